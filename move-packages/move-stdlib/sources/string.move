/// Text in UTF-8. Every `String` is valid UTF-8; indices are byte offsets and must fall between characters.
module std::string {
    use std::option::{Self, Option};

    /// The bytes are not valid UTF-8.
    const EINVALID_UTF8: u64 = 1;
    /// The index lies beyond the end or inside a character.
    const EINVALID_INDEX: u64 = 2;

    /// Text.
    struct String has copy, drop, store {
        bytes: vector<u8>
    }

    /// The text that `bytes` encode. Aborts if they are not UTF-8.
    public fun utf8(bytes: vector<u8>): String {
        assert!(internal_check_utf8(&bytes), EINVALID_UTF8);
        String { bytes }
    }

    /// The text that `bytes` encode, or nothing if they are not UTF-8.
    public fun try_utf8(bytes: vector<u8>): Option<String> {
        if (internal_check_utf8(&bytes)) option::some(String { bytes }) else option::none()
    }

    /// The encoded text.
    public fun bytes(self: &String): &vector<u8> {
        &self.bytes
    }

    /// The encoded text.
    public fun into_bytes(self: String): vector<u8> {
        let String { bytes } = self;
        bytes
    }

    /// Whether there is no character.
    public fun is_empty(self: &String): bool {
        self.bytes.is_empty()
    }

    /// Number of bytes.
    public fun length(self: &String): u64 {
        self.bytes.length()
    }

    /// Adds `r` at the end.
    public fun append(self: &mut String, r: String) {
        let String { bytes } = r;
        self.bytes.append(bytes);
    }

    /// Adds the text that `bytes` encode at the end. Aborts if they are not UTF-8.
    public fun append_utf8(self: &mut String, bytes: vector<u8>) {
        self.append(utf8(bytes));
    }

    /// Puts `o` in front of the character that starts at byte `at`; `at` may be the length.
    public fun insert(self: &mut String, at: u64, o: String) {
        let len = self.length();
        assert!(at <= len && internal_is_char_boundary(&self.bytes, at), EINVALID_INDEX);
        let tail = self.bytes.trim(at);
        self.append(o);
        self.bytes.append(tail);
    }

    /// The text from byte `i` up to, but without, byte `j`.
    public fun sub_string(self: &String, i: u64, j: u64): String {
        let len = self.length();
        assert!(
            i <= j
                && j <= len
                && internal_is_char_boundary(&self.bytes, i)
                && internal_is_char_boundary(&self.bytes, j),
            EINVALID_INDEX
        );
        String { bytes: internal_sub_string(&self.bytes, i, j) }
    }

    /// Byte offset of the first occurrence of `r`, or the length if there is none.
    public fun index_of(self: &String, r: &String): u64 {
        internal_index_of(&self.bytes, &r.bytes)
    }

    /// Whether `v` is valid UTF-8.
    public native fun internal_check_utf8(v: &vector<u8>): bool;
    native fun internal_is_char_boundary(v: &vector<u8>, i: u64): bool;
    native fun internal_sub_string(v: &vector<u8>, i: u64, j: u64): vector<u8>;
    native fun internal_index_of(v: &vector<u8>, r: &vector<u8>): u64;
}
