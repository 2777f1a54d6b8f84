//! Identifiers: names of modules, types, functions and fields.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Borrow, fmt, ops::Deref, str::FromStr};

/// A name that satisfies the grammar: a letter, or an underscore and at least one more character,
/// followed by letters, digits, `_` and `$`; or the historical `<SELF>` and `<SELF>_` with digits.
///
/// BCS: a string. Decoding checks the grammar.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(Box<str>);

/// The text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid identifier `{0}`")]
pub struct InvalidIdentifier(pub String);

/// Whether `text` satisfies the grammar of identifiers.
pub fn is_valid_identifier(text: &str) -> bool {
    let rest_is_valid =
        |rest: &[u8]| rest.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$'));
    match text.as_bytes() {
        b"<SELF>" => true,
        [b'<', b'S', b'E', b'L', b'F', b'>', b'_', digits @ ..] => {
            !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
        }
        [b'a'..=b'z' | b'A'..=b'Z', rest @ ..] => rest_is_valid(rest),
        [b'_', rest @ ..] if !rest.is_empty() => rest_is_valid(rest),
        _ => false,
    }
}

impl Identifier {
    /// Checks and wraps a name.
    ///
    /// # Errors
    /// [`InvalidIdentifier`] if the grammar is not satisfied.
    pub fn new(text: impl Into<Box<str>>) -> Result<Self, InvalidIdentifier> {
        let text = text.into();
        if is_valid_identifier(&text) { Ok(Self(text)) } else { Err(InvalidIdentifier(text.into())) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as an owned string.
    pub fn into_string(self) -> String {
        self.0.into()
    }
}

impl Deref for Identifier {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Identifier {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Identifier {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Identifier {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Identifier {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Identifier {
    type Err = InvalidIdentifier;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl TryFrom<&str> for Identifier {
    type Error = InvalidIdentifier;
    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl Serialize for Identifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Identifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_that_of_the_binary_format() {
        for text in ["a", "Z9", "_a", "__", "_0", "<SELF>", "<SELF>_1", "<SELF>_01", "a$b", "_$"] {
            assert!(is_valid_identifier(text), "{text}");
        }
        for text in ["", "_", "1a", "a-b", "é", "aé", "<SELF>_", "<SELF>_x", "<SELF>1", "$a", " a", "a "] {
            assert!(!is_valid_identifier(text), "{text}");
        }
    }
}
