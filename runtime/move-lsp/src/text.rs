//! Positions of the protocol (lines, and UTF-16 units in them) and bytes; paths and their names in the protocol.

use serde_json::{Value, json};

/// The byte at a line and column; the end of the line, or of the text, where there is no such position.
pub(crate) fn byte(text: &str, line: u32, column: u32) -> usize {
    let mut start = 0;
    for _ in 0..line {
        match text.get(start..).and_then(|rest| rest.find('\n')) {
            Some(end) => start += end + 1,
            None => return text.len(),
        }
    }
    let mut units = 0;
    for (at, c) in text.get(start..).unwrap_or("").char_indices() {
        if units >= column || c == '\n' {
            return start + at;
        }
        units += u32::try_from(c.len_utf16()).unwrap_or(2);
    }
    text.len()
}

/// Line and column of a byte.
pub(crate) fn position(text: &str, byte: usize) -> Value {
    let mut end = byte.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = text.get(..end).unwrap_or("");
    let line = before.bytes().filter(|byte| *byte == b'\n').count();
    let column: usize = before.rsplit('\n').next().unwrap_or("").chars().map(char::len_utf16).sum();
    json!({ "line": line, "character": column })
}

/// The range between two bytes.
pub(crate) fn range(text: &str, start: usize, end: usize) -> Value {
    json!({ "start": position(text, start), "end": position(text, end) })
}

/// The path behind `file://`.
pub(crate) fn path(uri: &str) -> Option<String> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.get(rest.find('/')?..)?;
    let mut out = Vec::with_capacity(rest.len());
    let mut bytes = rest.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        out.push(u8::try_from(high << 4 | low).ok()?);
    }
    String::from_utf8(out).ok().filter(|path| !path.contains('\0'))
}

/// `file://` and the path.
pub(crate) fn uri(path: &str) -> String {
    let mut out = String::from("file://");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_utf_16_units() {
        let text = "ab\nc😀d\n";
        for (line, column, expected) in
            [(0, 0, 0), (0, 2, 2), (0, 9, 2), (1, 1, 4), (1, 3, 8), (1, 4, 9), (2, 0, 10), (9, 9, 10)]
        {
            assert_eq!(byte(text, line, column), expected, "{line}:{column}");
        }
        assert_eq!(position(text, 8), json!({ "line": 1, "character": 3 }));
        assert_eq!(position(text, 6), json!({ "line": 1, "character": 1 }));
    }

    #[test]
    fn paths_survive_the_protocol() {
        for name in ["/a/b.move", "/with space/ü%.move"] {
            assert_eq!(path(&uri(name)).as_deref(), Some(name));
        }
        for bad in ["http://x", "file://", "file:///%", "file:///%zz", "file:///%ff", "file:///%00"] {
            assert_eq!(path(bad), None, "{bad}");
        }
    }
}
