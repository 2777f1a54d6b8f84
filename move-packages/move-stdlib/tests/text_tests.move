#[test_only]
module std::text_tests {
    use std::ascii;
    use std::option;
    use std::string;
    use std::type_name;

    #[test]
    fun text_is_put_together() {
        let s = string::utf8(b"ab");
        s.append(string::utf8(b"ef"));
        s.insert(2, string::utf8(b"cd"));
        s.append_utf8(b"!");
        assert!(s == string::utf8(b"abcdef!"), 0);
        assert!(s.length() == 7 && !s.is_empty(), 1);
        assert!(s.sub_string(2, 4) == string::utf8(b"cd"), 2);
        assert!(s.index_of(&string::utf8(b"de")) == 3, 3);
        assert!(s.index_of(&string::utf8(b"x")) == 7, 4);
        assert!(s.index_of(&string::utf8(b"")) == 0, 5);
        assert!(*s.bytes() == b"abcdef!", 6);
        assert!(s.into_bytes() == b"abcdef!", 7);
    }

    #[test]
    fun only_utf8_is_text() {
        // The euro sign, cut short, overlong, a surrogate.
        assert!(string::try_utf8(x"e282ac").is_some(), 0);
        assert!(string::try_utf8(x"e282").is_none(), 1);
        assert!(string::try_utf8(x"c0af").is_none(), 2);
        assert!(string::try_utf8(x"eda080").is_none(), 3);
        assert!(string::internal_check_utf8(&b"plain"), 4);
    }

    #[test]
    #[expected_failure(abort_code = 1, location = std::string)]
    fun other_bytes_are_refused() {
        string::utf8(x"ff");
    }

    #[test]
    #[expected_failure(abort_code = 2, location = std::string)]
    fun a_character_is_not_cut() {
        string::utf8(x"e282ac").sub_string(0, 1);
    }

    #[test]
    #[expected_failure(abort_code = 2, location = std::string)]
    fun nothing_goes_behind_the_end() {
        string::utf8(b"a").insert(2, string::utf8(b"b"));
    }

    #[test]
    fun ascii_text_is_bytes_below_128() {
        let s = ascii::string(b"ab");
        ascii::push_char(&mut s, ascii::char(0x63));
        assert!(ascii::length(&s) == 3, 0);
        assert!(*ascii::as_bytes(&s) == b"abc", 1);
        assert!(ascii::byte(ascii::pop_char(&mut s)) == 0x63, 2);
        assert!(ascii::all_characters_printable(&s), 3);
        assert!(!ascii::all_characters_printable(&ascii::string(x"0a")), 4);
        assert!(ascii::try_string(x"80") == option::none(), 5);
        assert!(ascii::is_valid_char(0x7f) && !ascii::is_valid_char(0x80), 6);
        assert!(ascii::is_printable_char(0x20) && !ascii::is_printable_char(0x7f), 7);
        assert!(ascii::into_bytes(s) == b"ab", 8);
    }

    #[test]
    #[expected_failure(abort_code = 0x10000, location = std::ascii)]
    fun other_bytes_are_no_ascii_text() {
        ascii::string(x"80");
    }

    #[test]
    fun types_have_names() {
        assert!(*ascii::as_bytes(type_name::get<u64>().borrow_string()) == b"u64", 0);
        assert!(ascii::into_bytes(type_name::get<vector<bool>>().into_string()) == b"vector<bool>", 1);
    }
}
