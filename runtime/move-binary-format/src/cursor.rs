//! The primitive encodings: fixed-width integers, ULEB128, blobs, read from a bounded slice.

use crate::{errors::FormatError, file_format::TableIndex};
use move_core_types::{I256, StatusCode, U256};

/// A position in a slice. Reading never goes past the end and never allocates by a declared length.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The file version, which decides what is allowed.
    pub(crate) version: u32,
}

pub(crate) fn malformed(message: impl Into<String>) -> FormatError {
    FormatError::new(StatusCode::Malformed, message)
}

macro_rules! raw_integers {
    ($($name:ident: $int:ty, $bytes:literal, $status:ident;)*) => {
        impl Cursor<'_> {$(
            pub(crate) fn $name(&mut self) -> Result<$int, FormatError> {
                let bytes = self.array::<$bytes>();
                let bytes = bytes.ok_or_else(|| FormatError::new(StatusCode::$status, "integer cut short"))?;
                Ok(<$int>::from_le_bytes(bytes))
            }
        )*}
    };
}

raw_integers! {
    raw_u8: u8, 1, Malformed;
    raw_u16: u16, 2, BadU16;
    raw_u32: u32, 4, BadU32;
    raw_u64: u64, 8, BadU64;
    raw_u128: u128, 16, BadU128;
    raw_u256: U256, 32, BadU256;
    raw_i8: i8, 1, Malformed;
    raw_i16: i16, 2, BadU16;
    raw_i32: i32, 4, BadU32;
    raw_i64: i64, 8, BadU64;
    raw_i128: i128, 16, BadU128;
    raw_i256: I256, 32, BadU256;
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8], version: u32) -> Self {
        Self { bytes, at: 0, version }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let array = *self.bytes.get(self.at..)?.first_chunk::<N>()?;
        self.at += N;
        Some(array)
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], FormatError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken =
            rest.get(..count).ok_or_else(|| malformed(format!("{count} bytes promised, {} left", rest.len())))?;
        self.at += count;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, FormatError> {
        let byte = self.bytes.get(self.at).copied().ok_or_else(|| malformed("unexpected end"))?;
        self.at += 1;
        Ok(byte)
    }

    /// Canonical ULEB128 of at most 64 bits, at most `max`.
    pub(crate) fn uleb(&mut self, max: u64) -> Result<u64, FormatError> {
        let mut value = 0u64;
        let mut shift = 0u32;
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift >= 64 || (bits << shift) >> shift != bits {
                return Err(malformed("ULEB128 of more than 64 bits"));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                if shift > 0 && bits == 0 {
                    return Err(malformed("ULEB128 with superfluous zeros"));
                }
                break;
            }
            shift += 7;
        }
        if value > max {
            return Err(malformed(format!("{value} is above the maximum {max}")));
        }
        Ok(value)
    }

    pub(crate) fn uleb_u8(&mut self, max: u8) -> Result<u8, FormatError> {
        let value = self.uleb(u64::from(max))?;
        u8::try_from(value).map_err(|_| malformed("number too large"))
    }

    pub(crate) fn uleb_u16(&mut self, max: u16) -> Result<u16, FormatError> {
        let value = self.uleb(u64::from(max))?;
        u16::try_from(value).map_err(|_| malformed("number too large"))
    }

    pub(crate) fn uleb_u32(&mut self) -> Result<u32, FormatError> {
        let value = self.uleb(u64::from(u32::MAX))?;
        u32::try_from(value).map_err(|_| malformed("number too large"))
    }

    // The encodings named in the instruction table.

    pub(crate) fn index<I: TableIndex>(&mut self) -> Result<I, FormatError> {
        self.uleb_u16(u16::MAX).map(I::from_u16)
    }

    pub(crate) fn offset(&mut self) -> Result<u16, FormatError> {
        self.uleb_u16(u16::MAX)
    }

    pub(crate) fn local(&mut self) -> Result<u8, FormatError> {
        self.uleb_u8(u8::MAX)
    }

    pub(crate) fn mask(&mut self) -> Result<u64, FormatError> {
        self.uleb(u64::MAX)
    }

    /// A length and as many bytes.
    pub(crate) fn blob(&mut self, max: u16) -> Result<Vec<u8>, FormatError> {
        let count = self.uleb_u16(max)?;
        Ok(self.take(usize::from(count))?.to_vec())
    }

    /// A count and as many items; each takes at least one byte, so the input bounds the work.
    pub(crate) fn list<T>(
        &mut self,
        max: u16,
        mut item: impl FnMut(&mut Self) -> Result<T, FormatError>,
    ) -> Result<Vec<T>, FormatError> {
        let count = self.uleb_u16(max)?;
        let left = self.bytes.len().saturating_sub(self.at);
        let mut items = Vec::with_capacity(usize::from(count).min(left));
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Items until the end of the slice.
    pub(crate) fn until_end<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, FormatError>,
    ) -> Result<Vec<T>, FormatError> {
        let mut items = Vec::new();
        while !self.is_at_end() {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `01` nothing, `02` and the payload.
    pub(crate) fn option<T>(
        &mut self,
        payload: impl FnOnce(&mut Self) -> Result<T, FormatError>,
    ) -> Result<Option<T>, FormatError> {
        match self.byte()? {
            1 => Ok(None),
            2 => payload(self).map(Some),
            other => Err(malformed(format!("{other:#04x} is no option"))),
        }
    }

    /// `01` false, `02` true.
    pub(crate) fn boolean(&mut self) -> Result<bool, FormatError> {
        match self.byte()? {
            1 => Ok(false),
            2 => Ok(true),
            other => Err(malformed(format!("{other:#04x} is no boolean"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_uleb_of_64_bits_is_read() {
        let ten = |last: u8| [vec![0xff; 9], vec![last]].concat();
        // bytes, value
        for (bytes, value) in [
            (vec![0], Some(0)),
            (vec![0x7f], Some(127)),
            (vec![0x80, 1], Some(128)),
            (ten(1), Some(u64::MAX)),
            (ten(2), None),
            (ten(0x81), None),
            (vec![0x80; 11], None),
            (vec![0x80, 0], None),
            (vec![0xff, 0x80, 0], None),
            (vec![0x80], None),
            (vec![], None),
        ] {
            let read = Cursor::new(&bytes, 10).uleb(u64::MAX);
            assert_eq!(read.as_ref().ok().copied(), value, "{bytes:?}");
            assert!(value.is_some() || read.unwrap_err().status == StatusCode::Malformed);
        }
        assert!(Cursor::new(&[0x80, 2], 10).uleb(255).is_err());
    }
}
