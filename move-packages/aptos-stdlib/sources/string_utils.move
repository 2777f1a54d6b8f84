/// Values as text.
///
/// Integers are decimal, addresses `@0x..`, strings quoted, `vector<u8>` is `0x` and hex, other vectors stand in brackets,
/// structs as `0x1::m::S { field: value }`, options as `Some(value)` or `None`.
module aptos_std::string_utils {
    use std::string::{Self, String};

    /// The number of `{}` differs from the number of arguments.
    const EARGS_MISMATCH: u64 = 1;
    /// A brace is neither doubled nor part of `{}`.
    const EINVALID_FORMAT: u64 = 2;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const EUNABLE_TO_FORMAT_DELAYED_FIELD: u64 = 3;

    const STYLE_PLAIN: u8 = 0;
    const STYLE_CANONICAL_ADDRESSES: u8 = 1;
    const STYLE_INTEGER_TYPES: u8 = 2;
    const STYLE_DEBUG: u8 = 3;

    const OPEN: u8 = 0x7b;
    const CLOSE: u8 = 0x7d;

    /// The value on one line.
    public fun to_string<T>(s: &T): String {
        format_value(s, STYLE_PLAIN)
    }

    /// The value on one line, addresses with all 64 digits.
    public fun to_string_with_canonical_addresses<T>(s: &T): String {
        format_value(s, STYLE_CANONICAL_ADDRESSES)
    }

    /// The value on one line, integers with their types, as in `6u8`.
    public fun to_string_with_integer_types<T>(s: &T): String {
        format_value(s, STYLE_INTEGER_TYPES)
    }

    /// The value on several indented lines.
    public fun debug_string<T>(s: &T): String {
        format_value(s, STYLE_DEBUG)
    }

    /// `fmt` with the text of `a` in place of `{}`; `{{` and `}}` stand for braces.
    public fun format1<T0: drop>(fmt: &vector<u8>, a: T0): String {
        fill(fmt, vector[to_string(&a)])
    }

    /// `fmt` with the arguments' texts in place of `{}`, in order.
    public fun format2<T0: drop, T1: drop>(fmt: &vector<u8>, a: T0, b: T1): String {
        fill(fmt, vector[to_string(&a), to_string(&b)])
    }

    /// `fmt` with the arguments' texts in place of `{}`, in order.
    public fun format3<T0: drop, T1: drop, T2: drop>(fmt: &vector<u8>, a: T0, b: T1, c: T2): String {
        fill(fmt, vector[to_string(&a), to_string(&b), to_string(&c)])
    }

    /// `fmt` with the arguments' texts in place of `{}`, in order.
    public fun format4<T0: drop, T1: drop, T2: drop, T3: drop>(
        fmt: &vector<u8>, a: T0, b: T1, c: T2, d: T3
    ): String {
        fill(fmt, vector[to_string(&a), to_string(&b), to_string(&c), to_string(&d)])
    }

    fun fill(fmt: &vector<u8>, args: vector<String>): String {
        let made = vector[];
        let len = fmt.length();
        let count = args.length();
        let used = 0;
        let i = 0;
        while (i < len) {
            let c = *fmt.borrow(i);
            i += 1;
            if (c == OPEN || c == CLOSE) {
                assert!(i < len, EINVALID_FORMAT);
                let next = *fmt.borrow(i);
                i += 1;
                if (next == c) {
                    made.push_back(c);
                } else {
                    assert!(c == OPEN && next == CLOSE, EINVALID_FORMAT);
                    assert!(used < count, EARGS_MISMATCH);
                    made.append(*args.borrow(used).bytes());
                    used += 1;
                }
            } else {
                made.push_back(c);
            }
        };
        assert!(used == count, EARGS_MISMATCH);
        string::utf8(made)
    }

    native fun format_value<T>(value: &T, style: u8): String;
}
