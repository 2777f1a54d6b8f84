/// Printing in unit tests. On a chain nothing is printed.
module aptos_std::debug {
    /// Prints `[debug] ` and the text of `string_utils::debug_string`.
    public native fun print<T>(x: &T);

    /// Prints the functions that are running.
    public native fun print_stack_trace();
}
