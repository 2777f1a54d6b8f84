//! Values and types as they are written in commands.

use std::collections::BTreeMap;

use move_core_types::{AccountAddress, ModuleId, TypeTag, U256};

/// Vectors inside one another.
const DEPTH_MAX: usize = 128;

/// Named addresses of a session.
#[derive(Debug, Clone)]
pub(crate) struct Names(pub(crate) BTreeMap<String, AccountAddress>);

impl Names {
    /// `0x42`, `@0x42`, a name, or `@name`.
    pub(crate) fn address(&self, text: &str) -> Result<AccountAddress, String> {
        let bare = text.strip_prefix('@').unwrap_or(text);
        if let Some(address) = self.0.get(bare) {
            return Ok(*address);
        }
        if bare.starts_with("0x") {
            return AccountAddress::from_hex_literal(bare).map_err(|error| format!("`{text}` is no address: {error}"));
        }
        if !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit()) {
            let number = bare.parse::<U256>().map_err(|_| format!("`{text}` is no address: it is too large"))?;
            let mut bytes = number.to_le_bytes();
            bytes.reverse();
            return Ok(AccountAddress(bytes));
        }
        Err(format!("there is no address `{text}`: write `0x..`, or give it a value in `init --addresses`"))
    }

    /// `ADDR::module::function`.
    pub(crate) fn function(&self, text: &str) -> Result<(ModuleId, String), String> {
        let wrong = || format!("`{text}` is not of the form ADDRESS::module::function");
        let mut parts = text.split("::");
        let (Some(address), Some(module), Some(function), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let module = module.parse().map_err(|_| wrong())?;
        Ok((ModuleId::new(self.address(address)?, module), function.to_owned()))
    }

    /// Types between blanks or commas.
    pub(crate) fn types(&self, text: &str) -> Result<Vec<TypeTag>, String> {
        let mut types = Vec::new();
        let (mut depth, mut start) = (0usize, 0);
        for (at, byte) in text.bytes().chain([b' ']).enumerate() {
            match byte {
                b'<' | b'(' => depth += 1,
                b'>' | b')' => depth = depth.saturating_sub(1),
                b',' | b' ' | b'\t' if depth == 0 => {
                    let word = text.get(start..at).unwrap_or("").trim();
                    if !word.is_empty() {
                        types.push(self.ty(word)?);
                    }
                    start = at + 1;
                }
                _ => {}
            }
        }
        match text.get(start..).unwrap_or("").trim() {
            "" => Ok(types),
            rest => Err(format!("`{rest}` is no type: a bracket is not closed")),
        }
    }

    /// A type; named addresses may stand for numbers.
    pub(crate) fn ty(&self, text: &str) -> Result<TypeTag, String> {
        let mut plain = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            let (word, behind) = rest.split_at(if length == 0 { first.len_utf8() } else { length });
            if length > 0 && behind.trim_start().starts_with("::") && !plain.trim_end().ends_with("::") {
                plain.push_str(&self.address(word)?.to_short_string());
            } else {
                plain.push_str(word);
            }
            rest = behind;
        }
        plain.parse().map_err(|error| format!("`{text}` is no type: {error}"))
    }

    /// BCS of values between blanks or commas.
    pub(crate) fn values(&self, text: &str) -> Result<Vec<Vec<u8>>, String> {
        let mut reader = Reader { names: self, text, at: 0 };
        let mut values = Vec::new();
        loop {
            reader.blanks();
            if reader.eat(',') {
                continue;
            }
            if reader.peek().is_none() {
                return Ok(values);
            }
            values.push(reader.value(0)?);
        }
    }
}

struct Reader<'a> {
    names: &'a Names,
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|c| c.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Vec<u8>, String> {
        if depth > DEPTH_MAX {
            return Err(format!("a value is deeper than {DEPTH_MAX}"));
        }
        let vector = self.rest().strip_prefix("vector").map_or("", str::trim_start);
        if vector.starts_with('[') {
            self.at = self.text.len() - vector.len();
        }
        if self.eat('[') {
            return self.vector(depth);
        }
        if self.rest().starts_with("b\"") {
            self.at += 2;
            return self.string();
        }
        if self.rest().starts_with("x\"") {
            self.at += 2;
            let end = self.rest().find('"').ok_or("a string is not closed")?;
            let digits = self.rest().get(..end).unwrap_or("");
            self.at += end + 1;
            return Ok(bytes(&hex(digits).ok_or_else(|| format!("`{digits}` are no hex digits of bytes"))?));
        }
        if self.eat('"') {
            return self.string();
        }
        let rest = self.rest();
        let end =
            rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, ',' | ']' | '[' | '"')).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or("");
        if word.is_empty() {
            return Err(format!("`{rest}` is no value"));
        }
        self.at += end;
        match word {
            "true" => Ok(vec![1]),
            "false" => Ok(vec![0]),
            _ if word.starts_with('@') => Ok(self.names.address(word)?.0.to_vec()),
            _ => number(word),
        }
    }

    /// Behind the opening bracket.
    fn vector(&mut self, depth: usize) -> Result<Vec<u8>, String> {
        let mut items = Vec::new();
        loop {
            self.blanks();
            if self.eat(']') {
                break;
            }
            items.push(self.value(depth + 1)?);
            self.blanks();
            if !self.eat(',') && self.peek() != Some(']') {
                return Err("a vector is not closed".to_owned());
            }
        }
        let mut out = Vec::new();
        length(items.len(), &mut out);
        items.iter().for_each(|item| out.extend_from_slice(item));
        Ok(out)
    }

    /// Behind the opening quote; the escapes of byte strings.
    fn string(&mut self) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        loop {
            let c = self.peek().ok_or("a string is not closed")?;
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(bytes(&out)),
                '\\' => {
                    let escape = self.peek().ok_or("a string is not closed")?;
                    self.at += escape.len_utf8();
                    out.push(match escape {
                        'n' => b'\n',
                        'r' => b'\r',
                        't' => b'\t',
                        '\\' => b'\\',
                        '0' => 0,
                        '"' => b'"',
                        'x' => {
                            let byte = self.rest().get(..2).and_then(hex).and_then(|bytes| bytes.first().copied());
                            self.at += 2;
                            byte.ok_or("`\\x` needs two hex digits")?
                        }
                        other => return Err(format!("there is no escape `\\{other}`")),
                    });
                }
                c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

fn length(mut value: usize, out: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn bytes(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 2);
    length(content.len(), &mut out);
    out.extend_from_slice(content);
    out
}

/// Names and widths in bits of the integer types.
const WIDTHS: [(&str, usize); 12] = [
    ("u128", 128),
    ("u256", 256),
    ("u16", 16),
    ("u32", 32),
    ("u64", 64),
    ("u8", 8),
    ("i128", 128),
    ("i256", 256),
    ("i16", 16),
    ("i32", 32),
    ("i64", 64),
    ("i8", 8),
];

/// An integer: decimal or hex, with a suffix or of 64 bits, or of the smallest width above that holds it.
fn number(word: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("`{word}` is no value");
    let suffix = WIDTHS.iter().find(|(name, _)| word.ends_with(name));
    let digits = suffix.map_or(word, |(name, _)| word.get(..word.len() - name.len()).unwrap_or(""));
    let (digits, negative) = match digits.strip_prefix('-') {
        Some(digits) => (digits, true),
        None => (digits, false),
    };
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let value = match plain.strip_prefix("0x") {
        Some(hex) => U256::from_str_radix(hex, 16),
        None => U256::from_str_radix(&plain, 10),
    }
    .map_err(|_| wrong())?;
    if plain.is_empty() || plain == "0x" {
        return Err(wrong());
    }
    let bytes = value.to_le_bytes();
    let signed = negative || suffix.is_some_and(|(name, _)| name.starts_with('i'));
    if negative && suffix.is_some_and(|(name, _)| name.starts_with('u')) {
        return Err(format!("`{word}` is out of range"));
    }
    let fits = |bits: &usize| bytes.iter().skip(bits / 8).all(|byte| *byte == 0);
    let unsuffixed = if signed { 64 } else { *[64, 128].iter().find(|bits| fits(bits)).unwrap_or(&256) };
    let bits = suffix.map_or(unsuffixed, |(_, bits)| *bits);
    let number = bytes.get(..bits / 8).unwrap_or_default();
    if !signed {
        return if fits(&bits) { Ok(number.to_vec()) } else { Err(format!("`{word}` is out of range")) };
    }
    // The two's complement of a magnitude is in range if its sign says so, or if it is zero.
    let pattern: Vec<u8> = if negative { negate(number) } else { number.to_vec() };
    let is_negative = pattern.last().is_some_and(|byte| byte & 0x80 != 0);
    let is_zero = number.iter().all(|byte| *byte == 0);
    if fits(&bits) && (is_negative == negative || is_zero) {
        Ok(pattern)
    } else {
        Err(format!("`{word}` is out of range"))
    }
}

/// The two's complement, least byte first.
fn negate(bytes: &[u8]) -> Vec<u8> {
    let mut carry = true;
    let next = |byte: &u8| {
        let (sum, over) = (!byte).overflowing_add(u8::from(carry));
        carry = over;
        sum
    };
    bytes.iter().map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names([("std".to_owned(), AccountAddress::ONE)].into())
    }

    #[test]
    fn values_are_read() {
        let one = AccountAddress::ONE.0.to_vec();
        // text, BCS of the values
        let rows: Vec<(&str, Vec<Vec<u8>>)> = vec![
            ("", vec![]),
            ("1 2u8, 0xffu16", vec![1u64.to_le_bytes().to_vec(), vec![2], vec![255, 0]]),
            ("1_000u32", vec![1000u32.to_le_bytes().to_vec()]),
            ("18446744073709551616", vec![(1u128 << 64).to_le_bytes().to_vec()]),
            ("true false", vec![vec![1], vec![0]]),
            ("@0x1 @std @1", vec![one.clone(), one.clone(), one]),
            ("b\"a \\x01\" x\"00ff\" \"é\"", vec![vec![3, 97, 32, 1], vec![2, 0, 255], vec![2, 0xc3, 0xa9]]),
            ("[1u8, 2u8] [] [[true],[]]", vec![vec![2, 1, 2], vec![0], vec![2, 1, 1, 0]]),
            ("-1i8 -128i8 127i8", vec![vec![255], vec![128], vec![127]]),
        ];
        for (text, expected) in rows {
            assert_eq!(names().values(text).unwrap(), expected, "{text}");
        }
        let wide = names().values("340282366920938463463374607431768211456").unwrap();
        assert_eq!(wide[0].len(), 32);
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let deep = "[".repeat(1_000_000);
        for text in [
            "x",
            "256u8",
            "0x",
            "1u7",
            "[1",
            "[1 2]",
            "\"a",
            "b\"\\q\"",
            "x\"0\"",
            "x\"0g\"",
            "@nobody",
            "-1u8",
            "128i8",
            "-129i8",
            "]",
            "b\"\\x",
            "\"\\xé\"",
            &deep,
        ] {
            assert!(names().values(text).is_err(), "{}", text.get(..10).unwrap_or(text));
        }
    }

    #[test]
    fn types_are_read() {
        let found = names().types("u8, vector<bool> std::m::S<u8, std::m::T> 0x2::a::B").unwrap();
        let text: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(text, ["u8", "vector<bool>", "0x1::m::S<u8, 0x1::m::T>", "0x2::a::B"]);
        assert!(names().types("vector<u8").is_err());
        assert!(names().types("nobody::m::S").is_err());
    }
}
