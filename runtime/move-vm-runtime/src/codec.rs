//! The parts of BCS that values, closures and type tags share: lengths, and a reader that never runs past its input.

use crate::error::{VmError, VmResult};
use move_core_types::{
    AbilitySet, AccountAddress, FunctionParamTag, FunctionTag, Identifier, ModuleId, StatusCode, StructTag, TypeTag,
};

/// Greatest length of a sequence.
pub(crate) const LENGTH_MAX: u64 = (1 << 31) - 1;
const TAG_DEPTH_MAX: u32 = 8;

pub(crate) fn put_uleb(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn put_length(out: &mut Vec<u8>, length: usize) -> VmResult<()> {
    if length as u64 > LENGTH_MAX {
        return Err(VmError::new(StatusCode::ValueSerializationError));
    }
    put_uleb(out, length as u64);
    Ok(())
}

/// What is left to read. Every method answers `None` when the bytes are not what they should be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) left: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.left.split_at_checked(count)?;
        self.left = tail;
        Some(head)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(crate) fn bool(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    /// A canonical ULEB128 number of 32 bits.
    pub(crate) fn uleb(&mut self) -> Option<u32> {
        let mut value = 0u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if shift > 0 && byte == 0 {
                    return None;
                }
                return u32::try_from(value).ok();
            }
        }
        None
    }

    pub(crate) fn length(&mut self) -> Option<usize> {
        let length = self.uleb()?;
        (u64::from(length) <= LENGTH_MAX).then_some(length as usize)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    pub(crate) fn address(&mut self) -> Option<AccountAddress> {
        Some(AccountAddress::new(self.take(32)?.try_into().ok()?))
    }

    pub(crate) fn identifier(&mut self) -> Option<Identifier> {
        Identifier::new(std::str::from_utf8(self.bytes()?).ok()?).ok()
    }

    pub(crate) fn module_id(&mut self) -> Option<ModuleId> {
        Some(ModuleId::new(self.address()?, self.identifier()?))
    }

    pub(crate) fn type_tags(&mut self) -> Option<Vec<TypeTag>> {
        self.tags(0)
    }

    fn tags(&mut self, depth: u32) -> Option<Vec<TypeTag>> {
        let count = self.length()?;
        let mut tags = Vec::with_capacity(count.min(32));
        for _ in 0..count {
            tags.push(self.tag(depth)?);
        }
        Some(tags)
    }

    /// Recursion is bounded by the limit on nesting.
    fn tag(&mut self, depth: u32) -> Option<TypeTag> {
        let index = self.uleb()?;
        if matches!(index, 6 | 7 | 11) && depth >= TAG_DEPTH_MAX {
            return None;
        }
        Some(match index {
            0 => TypeTag::Bool,
            1 => TypeTag::U8,
            2 => TypeTag::U64,
            3 => TypeTag::U128,
            4 => TypeTag::Address,
            5 => TypeTag::Signer,
            6 => TypeTag::vector(self.tag(depth + 1)?),
            7 => {
                let module = self.module_id()?;
                let name = self.identifier()?;
                let type_args = self.tags(depth + 1)?;
                StructTag { address: module.address, module: module.name, name, type_args }.into()
            }
            8 => TypeTag::U16,
            9 => TypeTag::U32,
            10 => TypeTag::U256,
            11 => {
                let args = self.params(depth + 1)?;
                let results = self.params(depth + 1)?;
                TypeTag::Function(Box::new(FunctionTag {
                    args,
                    results,
                    abilities: AbilitySet::from_u8(self.byte()?)?,
                }))
            }
            12 => TypeTag::I8,
            13 => TypeTag::I16,
            14 => TypeTag::I32,
            15 => TypeTag::I64,
            16 => TypeTag::I128,
            17 => TypeTag::I256,
            _ => return None,
        })
    }

    fn params(&mut self, depth: u32) -> Option<Vec<FunctionParamTag>> {
        let count = self.length()?;
        let mut params = Vec::with_capacity(count.min(32));
        for _ in 0..count {
            params.push(match self.uleb()? {
                0 => FunctionParamTag::Reference(self.tag(depth)?),
                1 => FunctionParamTag::MutableReference(self.tag(depth)?),
                2 => FunctionParamTag::Value(self.tag(depth)?),
                _ => return None,
            });
        }
        Some(params)
    }
}
