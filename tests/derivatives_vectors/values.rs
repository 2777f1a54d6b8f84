//! BCS of arguments and results, from and to decimal text.

use move_core_types::U256;

/// A `u8`.
pub(crate) fn u8(text: &str) -> Vec<u8> {
    text.parse::<u8>().unwrap_or_else(|error| panic!("{text}: {error}")).to_le_bytes().to_vec()
}

/// A `u64`.
pub(crate) fn u64(text: &str) -> Vec<u8> {
    text.parse::<u64>().unwrap_or_else(|error| panic!("{text}: {error}")).to_le_bytes().to_vec()
}

/// A `u128`.
pub(crate) fn u128(text: &str) -> Vec<u8> {
    text.parse::<u128>().unwrap_or_else(|error| panic!("{text}: {error}")).to_le_bytes().to_vec()
}

/// A `u256`.
pub(crate) fn u256(text: &str) -> Vec<u8> {
    text.parse::<U256>().unwrap_or_else(|error| panic!("{text}: {error}")).to_le_bytes().to_vec()
}

/// A truth value.
pub(crate) fn bool(value: bool) -> Vec<u8> {
    vec![u8::from(value)]
}

/// A signed number of `tenor_math`, with a magnitude of the given encoding.
pub(crate) fn signed(text: &str, magnitude: fn(&str) -> Vec<u8>) -> Vec<u8> {
    match text.strip_prefix('-') {
        Some(rest) => [vec![1], magnitude(rest)].concat(),
        None => [vec![0], magnitude(text)].concat(),
    }
}

/// An `I64`.
pub(crate) fn i64(text: &str) -> Vec<u8> {
    signed(text, u64)
}

/// An `I128`.
pub(crate) fn i128(text: &str) -> Vec<u8> {
    signed(text, u128)
}

/// An `I256`.
pub(crate) fn i256(text: &str) -> Vec<u8> {
    signed(text, u256)
}

/// A vector of encoded items.
pub(crate) fn vector(items: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let items: Vec<Vec<u8>> = items.into_iter().collect();
    let mut out = Vec::new();
    let mut length = items.len();
    while length >= 0x80 {
        out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap());
    out.extend(items.concat());
    out
}

/// Reads results one after the other, as decimal text.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Vec<u8> {
        let (head, tail) = self.0.split_at(count);
        self.0 = tail;
        head.to_vec()
    }

    /// That many bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        self.take(count)
    }

    /// A truth value.
    pub(crate) fn bool(&mut self) -> bool {
        self.take(1)[0] == 1
    }

    /// A `u8`.
    pub(crate) fn u8(&mut self) -> u8 {
        self.take(1)[0]
    }

    /// A `u64`.
    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }

    /// A `u128`.
    pub(crate) fn u128(&mut self) -> u128 {
        u128::from_le_bytes(self.take(16).try_into().unwrap())
    }

    /// A `u256`.
    pub(crate) fn u256(&mut self) -> String {
        let bytes: [u8; 32] = self.take(32).try_into().unwrap();
        U256::from_le_bytes(bytes).to_string()
    }

    fn sign(negative: bool, magnitude: String) -> String {
        if negative { format!("-{magnitude}") } else { magnitude }
    }

    /// An `I128`.
    pub(crate) fn i128(&mut self) -> String {
        let negative = self.bool();
        Self::sign(negative, self.u128().to_string())
    }

    /// An `I256`.
    pub(crate) fn i256(&mut self) -> String {
        let negative = self.bool();
        let magnitude = self.u256();
        Self::sign(negative, magnitude)
    }

    /// The length of a vector.
    pub(crate) fn length(&mut self) -> usize {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.u8();
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return value;
            }
            shift += 7;
        }
    }
}
