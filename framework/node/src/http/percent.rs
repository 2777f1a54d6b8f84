//! Percent-decoding of paths and queries.

use std::collections::BTreeMap;

/// Decodes `%XX`, and `+` as a space where `plus` says so. `None`: a broken escape, or not UTF-8.
pub(crate) fn decode(text: &str, plus: bool) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' if plus => b' ',
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

/// Splits a raw query string. Parameters without `=` have an empty value.
pub(crate) fn query(raw: &str) -> Option<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        out.insert(decode(name, true)?, decode(value, true)?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_broken_ones_are_refused() {
        for (text, decoded) in [
            ("0x1::coin::CoinStore%3C0x1::a::B%3E", Some("0x1::coin::CoinStore<0x1::a::B>")),
            ("a%3a%3Ab", Some("a::b")),
            ("a+b", Some("a+b")),
            ("%", None),
            ("%4", None),
            ("%zz", None),
            ("%ff", None),
        ] {
            assert_eq!(decode(text, false).as_deref(), decoded, "{text}");
        }
        assert_eq!(
            query("a=1&b&a=2+3").unwrap(),
            BTreeMap::from([("a".into(), "2 3".into()), ("b".into(), String::new())])
        );
    }
}
