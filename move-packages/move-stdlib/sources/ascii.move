/// Text whose characters are all below 0x80. New code uses `std::string`; this is here for code that imports it.
module std::ascii {
    use std::option::{Self, Option};

    /// The byte is 0x80 or above.
    const EINVALID_ASCII_CHARACTER: u64 = 0x10000;

    /// Text of bytes below 0x80.
    struct String has copy, drop, store {
        bytes: vector<u8>
    }

    /// One byte below 0x80.
    struct Char has copy, drop, store {
        byte: u8
    }

    /// The character with that code.
    public fun char(byte: u8): Char {
        assert!(is_valid_char(byte), EINVALID_ASCII_CHARACTER);
        Char { byte }
    }

    /// The text of those bytes. Aborts if one is not ASCII.
    public fun string(bytes: vector<u8>): String {
        assert!(all_valid(&bytes), EINVALID_ASCII_CHARACTER);
        String { bytes }
    }

    /// The text of those bytes, or nothing if one is not ASCII.
    public fun try_string(bytes: vector<u8>): Option<String> {
        if (all_valid(&bytes)) option::some(String { bytes }) else option::none()
    }

    /// Whether every character is between space and tilde.
    public fun all_characters_printable(string: &String): bool {
        let len = string.bytes.length();
        let i = 0;
        while (i < len) {
            if (!is_printable_char(*string.bytes.borrow(i))) return false;
            i += 1;
        };
        true
    }

    /// Adds `char` at the end.
    public fun push_char(string: &mut String, char: Char) {
        string.bytes.push_back(char.byte);
    }

    /// Takes the last character off.
    public fun pop_char(string: &mut String): Char {
        Char { byte: string.bytes.pop_back() }
    }

    /// Number of characters.
    public fun length(string: &String): u64 {
        string.bytes.length()
    }

    /// The characters' codes.
    public fun as_bytes(string: &String): &vector<u8> {
        &string.bytes
    }

    /// The characters' codes.
    public fun into_bytes(string: String): vector<u8> {
        let String { bytes } = string;
        bytes
    }

    /// The character's code.
    public fun byte(char: Char): u8 {
        let Char { byte } = char;
        byte
    }

    /// Whether `b` is below 0x80.
    public fun is_valid_char(b: u8): bool {
        b < 0x80
    }

    /// Whether `byte` is between space and tilde.
    public fun is_printable_char(byte: u8): bool {
        byte >= 0x20 && byte <= 0x7e
    }

    fun all_valid(bytes: &vector<u8>): bool {
        let len = bytes.length();
        let i = 0;
        while (i < len) {
            if (!is_valid_char(*bytes.borrow(i))) return false;
            i += 1;
        };
        true
    }
}
