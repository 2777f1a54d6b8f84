/// Names of public functions, for those who let others choose what is called.
module aptos_framework::function_info {
    use std::error;
    use std::signer;
    use std::string::String;

    friend aptos_framework::dispatchable_fungible_asset;
    friend aptos_framework::fungible_asset;

    /// The name is not an identifier.
    const EINVALID_IDENTIFIER: u64 = 1;
    /// There is no such function.
    const EINVALID_FUNCTION: u64 = 2;

    /// Names a function.
    struct FunctionInfo has copy, drop, store {
        module_address: address,
        module_name: String,
        function_name: String
    }

    /// Names a function of the signer's module.
    public fun new_function_info(
        module_signer: &signer, module_name: String, function_name: String
    ): FunctionInfo {
        new_function_info_from_address(signer::address_of(module_signer), module_name, function_name)
    }

    /// Names a function. It need not exist.
    public fun new_function_info_from_address(
        module_address: address, module_name: String, function_name: String
    ): FunctionInfo {
        assert!(is_identifier(module_name.bytes()), error::invalid_argument(EINVALID_IDENTIFIER));
        assert!(is_identifier(function_name.bytes()), error::invalid_argument(EINVALID_IDENTIFIER));
        FunctionInfo { module_address, module_name, function_name }
    }

    /// Whether the function named by `target` can stand where the framework's function named by `framework` calls it: public,
    /// elsewhere, and with the parameters of the latter but the last. Aborts with EINVALID_FUNCTION if there is none.
    public(friend) fun check_dispatch_type_compatibility(
        framework: &FunctionInfo, target: &FunctionInfo
    ): bool {
        load_function(target);
        is_compatible(framework, target)
    }

    /// Loads the module of the function, which dispatching demands. Aborts with EINVALID_FUNCTION if there is none.
    public(friend) fun load_module_from_function(f: &FunctionInfo) {
        load_function(f)
    }

    fun load_function(f: &FunctionInfo) {
        assert!(load(f), error::invalid_argument(EINVALID_FUNCTION));
    }

    native fun is_identifier(name: &vector<u8>): bool;
    /// Whether the module could be loaded and has the function.
    native fun load(f: &FunctionInfo): bool;
    native fun is_compatible(framework: &FunctionInfo, target: &FunctionInfo): bool;
}
