//! Values with their types: decoded from BCS with a layout, encoded back, shown to people.

use crate::{
    AbilitySet, AccountAddress, FunctionParamTag, FunctionTag, I256, Identifier, ModuleId, StructTag, TypeTag, U256,
    layout::{FieldLayout, StructBody, StructLayout, TypeLayout},
    type_tag,
};
use std::{fmt, sync::Arc};

/// A value of Move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoveValue {
    /// `bool`
    Bool(bool),
    /// `u8`
    U8(u8),
    /// `u16`
    U16(u16),
    /// `u32`
    U32(u32),
    /// `u64`
    U64(u64),
    /// `u128`
    U128(u128),
    /// `u256`
    U256(U256),
    /// `i8`
    I8(i8),
    /// `i16`
    I16(i16),
    /// `i32`
    I32(i32),
    /// `i64`
    I64(i64),
    /// `i128`
    I128(i128),
    /// `i256`
    I256(I256),
    /// `address`
    Address(AccountAddress),
    /// `signer`, encoded as its address.
    Signer(AccountAddress),
    /// `vector<u8>`
    Bytes(Vec<u8>),
    /// Any other vector.
    Vector(Vec<MoveValue>),
    /// A struct or a variant of an enum.
    Struct(MoveStruct),
    /// A closure.
    Closure(Box<MoveClosure>),
}

/// A struct, or a variant of an enum, with its fields in order.
///
/// Invariant: the layout has the variant (none for a struct), with as many fields as there are values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveStruct {
    layout: Arc<StructLayout>,
    variant: Option<u16>,
    values: Vec<MoveValue>,
}

/// A closure, as far as it can be read without the code of its function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveClosure {
    /// The module of the function.
    pub module: ModuleId,
    /// The function.
    pub function: Identifier,
    /// Its type arguments.
    pub type_args: Vec<TypeTag>,
    /// Bit `i` is set when parameter `i` is captured.
    pub mask: u64,
    /// Nesting of the captured values.
    pub depth: u16,
    /// BCS of the captured values, one after the other.
    pub captured: Vec<u8>,
}

/// What decoding may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Nesting of structs and vectors; the host recurses as deep.
    pub depth_max: usize,
    /// Values, each scalar counted.
    pub values_max: usize,
}

impl DecodeLimits {
    /// What the machine allows for a stored value.
    pub const PRODUCTION: Self = Self { depth_max: 128, values_max: 1 << 20 };
}

/// Why bytes are not a value of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end within the value.
    #[error("value ends early")]
    End,
    /// Bytes are left: how many.
    #[error("{0} bytes after the value")]
    Trailing(usize),
    /// A length or variant number is not canonical, or above its maximum.
    #[error("invalid length")]
    Length,
    /// A byte that is neither 0 nor 1.
    #[error("{0} is no bool")]
    Bool(u8),
    /// An enum without such a variant.
    #[error("no variant {0}")]
    Variant(u32),
    /// Nested too deeply.
    #[error("value nested too deeply")]
    Depth,
    /// Too many values.
    #[error("too many values")]
    Count,
    /// Not a closure that can be read.
    #[error("unsupported closure")]
    Closure,
}

impl MoveStruct {
    /// A struct or variant; `None` if the layout does not have the variant or that many fields.
    pub fn new(layout: Arc<StructLayout>, variant: Option<u16>, values: Vec<MoveValue>) -> Option<Self> {
        let fits = layout.fields(variant).is_some_and(|fields| fields.len() == values.len());
        fits.then_some(Self { layout, variant, values })
    }

    /// The type.
    pub fn tag(&self) -> &StructTag {
        &self.layout.tag
    }

    /// The layout.
    pub fn layout(&self) -> &Arc<StructLayout> {
        &self.layout
    }

    /// The number of the variant, for an enum.
    pub fn variant(&self) -> Option<u16> {
        self.variant
    }

    /// The name of the variant, for an enum.
    pub fn variant_name(&self) -> Option<&Identifier> {
        match &self.layout.body {
            StructBody::Enum(variants) => variants.get(usize::from(self.variant?)).map(|variant| &variant.name),
            StructBody::Struct(_) => None,
        }
    }

    /// The values of the fields in order.
    pub fn values(&self) -> &[MoveValue] {
        &self.values
    }

    /// Names and values of the fields in order.
    pub fn fields(&self) -> impl Iterator<Item = (&Identifier, &MoveValue)> {
        let fields = self.layout.fields(self.variant).unwrap_or_default();
        fields.iter().map(|field| &field.name).zip(&self.values)
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&MoveValue> {
        self.fields().find(|(found, _)| found.as_str() == name).map(|(_, value)| value)
    }
}

impl MoveValue {
    /// Decodes the BCS of a value of the type, all bytes of it.
    ///
    /// # Errors
    /// The first reason why the bytes are not such a value, or a limit.
    pub fn decode(bytes: &[u8], layout: &TypeLayout, limits: &DecodeLimits) -> Result<Self, DecodeError> {
        let mut decoder = Decoder { rest: bytes, values_left: limits.values_max };
        let value = decoder.value(layout, limits.depth_max)?;
        if decoder.rest.is_empty() { Ok(value) } else { Err(DecodeError::Trailing(decoder.rest.len())) }
    }

    /// The BCS of the value.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode_into(&mut out);
        out
    }

    /// Appends the BCS of the value. Recurses as deep as the value.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            MoveValue::Bool(value) => out.push(u8::from(*value)),
            MoveValue::U8(value) => out.push(*value),
            MoveValue::U16(value) => out.extend(value.to_le_bytes()),
            MoveValue::U32(value) => out.extend(value.to_le_bytes()),
            MoveValue::U64(value) => out.extend(value.to_le_bytes()),
            MoveValue::U128(value) => out.extend(value.to_le_bytes()),
            MoveValue::U256(value) => out.extend(value.to_le_bytes()),
            MoveValue::I8(value) => out.extend(value.to_le_bytes()),
            MoveValue::I16(value) => out.extend(value.to_le_bytes()),
            MoveValue::I32(value) => out.extend(value.to_le_bytes()),
            MoveValue::I64(value) => out.extend(value.to_le_bytes()),
            MoveValue::I128(value) => out.extend(value.to_le_bytes()),
            MoveValue::I256(value) => out.extend(value.to_le_bytes()),
            MoveValue::Address(address) | MoveValue::Signer(address) => out.extend(address.0),
            MoveValue::Bytes(bytes) => {
                write_length(bytes.len(), out);
                out.extend_from_slice(bytes);
            }
            MoveValue::Vector(values) => {
                write_length(values.len(), out);
                values.iter().for_each(|value| value.encode_into(out));
            }
            MoveValue::Struct(value) => {
                if let Some(variant) = value.variant {
                    write_length(usize::from(variant), out);
                }
                value.values.iter().for_each(|value| value.encode_into(out));
            }
            MoveValue::Closure(closure) => closure.encode_into(out),
        }
    }
}

/// Format 2 of closures: seven elements.
const CLOSURE_FORMAT: u16 = 2;
const CLOSURE_ELEMENTS: u32 = 7;

impl MoveClosure {
    fn encode_into(&self, out: &mut Vec<u8>) {
        write_length(CLOSURE_ELEMENTS as usize, out);
        out.extend(CLOSURE_FORMAT.to_le_bytes());
        out.extend(self.module.address.0);
        for name in [&self.module.name, &self.function] {
            write_length(name.len(), out);
            out.extend_from_slice(name.as_bytes());
        }
        write_length(self.type_args.len(), out);
        for tag in &self.type_args {
            // A tag that was read is not nested too deeply to be written.
            out.extend(bcs::to_bytes(tag).unwrap_or_default());
        }
        out.extend(self.mask.to_le_bytes());
        out.extend(self.depth.to_le_bytes());
        write_length(self.captured.len(), out);
        out.extend_from_slice(&self.captured);
    }
}

/// ULEB128, as BCS writes lengths and variant numbers.
fn write_length(mut length: usize, out: &mut Vec<u8>) {
    while length >= 0x80 {
        let [low, ..] = length.to_le_bytes();
        out.push(low | 0x80);
        length >>= 7;
    }
    let [low, ..] = length.to_le_bytes();
    out.push(low);
}

struct Decoder<'a> {
    rest: &'a [u8],
    values_left: usize,
}

impl<'a> Decoder<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (array, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::End)?;
        self.rest = rest;
        Ok(*array)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::End)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A canonical ULEB128 of at most 32 bits.
    fn uleb(&mut self) -> Result<u32, DecodeError> {
        let mut value = 0u64;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if shift > 0 && byte == 0 {
                    return Err(DecodeError::Length);
                }
                return u32::try_from(value).map_err(|_| DecodeError::Length);
            }
        }
        Err(DecodeError::Length)
    }

    fn length(&mut self) -> Result<usize, DecodeError> {
        let length = self.uleb()?;
        if length >> 31 == 0 { Ok(length as usize) } else { Err(DecodeError::Length) }
    }

    fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.length()?;
        self.take(length)
    }

    fn value(&mut self, layout: &TypeLayout, depth: usize) -> Result<MoveValue, DecodeError> {
        self.values_left = self.values_left.checked_sub(1).ok_or(DecodeError::Count)?;
        Ok(match layout {
            TypeLayout::Bool => match self.array()? {
                [0] => MoveValue::Bool(false),
                [1] => MoveValue::Bool(true),
                [other] => return Err(DecodeError::Bool(other)),
            },
            TypeLayout::U8 => MoveValue::U8(u8::from_le_bytes(self.array()?)),
            TypeLayout::U16 => MoveValue::U16(u16::from_le_bytes(self.array()?)),
            TypeLayout::U32 => MoveValue::U32(u32::from_le_bytes(self.array()?)),
            TypeLayout::U64 => MoveValue::U64(u64::from_le_bytes(self.array()?)),
            TypeLayout::U128 => MoveValue::U128(u128::from_le_bytes(self.array()?)),
            TypeLayout::U256 => MoveValue::U256(U256::from_le_bytes(self.array()?)),
            TypeLayout::I8 => MoveValue::I8(i8::from_le_bytes(self.array()?)),
            TypeLayout::I16 => MoveValue::I16(i16::from_le_bytes(self.array()?)),
            TypeLayout::I32 => MoveValue::I32(i32::from_le_bytes(self.array()?)),
            TypeLayout::I64 => MoveValue::I64(i64::from_le_bytes(self.array()?)),
            TypeLayout::I128 => MoveValue::I128(i128::from_le_bytes(self.array()?)),
            TypeLayout::I256 => MoveValue::I256(I256::from_le_bytes(self.array()?)),
            TypeLayout::Address => MoveValue::Address(AccountAddress(self.array()?)),
            TypeLayout::Signer => MoveValue::Signer(AccountAddress(self.array()?)),
            TypeLayout::Vector(element) if **element == TypeLayout::U8 => MoveValue::Bytes(self.bytes()?.to_vec()),
            TypeLayout::Vector(element) => {
                let below = depth.checked_sub(1).ok_or(DecodeError::Depth)?;
                let length = self.length()?;
                let mut values = Vec::with_capacity(length.min(self.rest.len()).min(1024));
                for _ in 0..length {
                    values.push(self.value(element, below)?);
                }
                MoveValue::Vector(values)
            }
            TypeLayout::Struct(layout) => {
                let below = depth.checked_sub(1).ok_or(DecodeError::Depth)?;
                let variant = match &layout.body {
                    StructBody::Struct(_) => None,
                    StructBody::Enum(_) => Some(self.uleb()?),
                };
                let narrow = variant.map(u16::try_from).transpose().ok();
                let fields = narrow.and_then(|narrow| Some((narrow, layout.fields(narrow)?)));
                let (narrow, fields) = fields.ok_or(DecodeError::Variant(variant.unwrap_or_default()))?;
                let values = self.fields(fields, below)?;
                MoveValue::Struct(MoveStruct { layout: Arc::clone(layout), variant: narrow, values })
            }
            TypeLayout::Function => {
                depth.checked_sub(1).ok_or(DecodeError::Depth)?;
                MoveValue::Closure(Box::new(self.closure()?))
            }
        })
    }

    fn fields(&mut self, fields: &[FieldLayout], depth: usize) -> Result<Vec<MoveValue>, DecodeError> {
        fields.iter().map(|field| self.value(&field.layout, depth)).collect()
    }

    fn name(&mut self) -> Result<Identifier, DecodeError> {
        let text = std::str::from_utf8(self.bytes()?).map_err(|_| DecodeError::Closure)?;
        Identifier::new(text).map_err(|_| DecodeError::Closure)
    }

    fn closure(&mut self) -> Result<MoveClosure, DecodeError> {
        if self.uleb()? != CLOSURE_ELEMENTS || u16::from_le_bytes(self.array()?) != CLOSURE_FORMAT {
            return Err(DecodeError::Closure);
        }
        let address = AccountAddress(self.array()?);
        let module = ModuleId::new(address, self.name()?);
        let function = self.name()?;
        let type_args = self.list(|decoder| decoder.tag(0))?;
        let mask = u64::from_le_bytes(self.array()?);
        let depth = u16::from_le_bytes(self.array()?);
        Ok(MoveClosure { module, function, type_args, mask, depth, captured: self.bytes()?.to_vec() })
    }
}

/// Type tags within a value; serde reads whole inputs only.
impl Decoder<'_> {
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T, DecodeError>) -> Result<Vec<T>, DecodeError> {
        let mut items = Vec::new();
        for _ in 0..self.length()? {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn tag(&mut self, depth: u32) -> Result<TypeTag, DecodeError> {
        let index = self.uleb()?;
        if let Some(leaf) = type_tag::leaf_at(index) {
            return Ok(leaf);
        }
        let depth = depth + 1;
        if depth > type_tag::TYPE_TAG_DEPTH_MAX {
            return Err(DecodeError::Depth);
        }
        match index {
            type_tag::VECTOR => Ok(TypeTag::vector(self.tag(depth)?)),
            type_tag::STRUCT => Ok(TypeTag::Struct(Box::new(StructTag {
                address: AccountAddress(self.array()?),
                module: self.name()?,
                name: self.name()?,
                type_args: self.list(|decoder| decoder.tag(depth))?,
            }))),
            type_tag::FUNCTION => Ok(TypeTag::Function(Box::new(FunctionTag {
                args: self.list(|decoder| decoder.param(depth))?,
                results: self.list(|decoder| decoder.param(depth))?,
                abilities: {
                    let [bits] = self.array()?;
                    AbilitySet::from_u8(bits).ok_or(DecodeError::Closure)?
                },
            }))),
            other => Err(DecodeError::Variant(other)),
        }
    }

    fn param(&mut self, depth: u32) -> Result<FunctionParamTag, DecodeError> {
        let make = match self.uleb()? {
            0 => FunctionParamTag::Reference,
            1 => FunctionParamTag::MutableReference,
            2 => FunctionParamTag::Value,
            other => return Err(DecodeError::Variant(other)),
        };
        self.tag(depth).map(make)
    }
}

impl fmt::Display for MoveValue {
    /// For people: `0x1::m::S { a: 1, b: [true, false], c: 0x00ff }`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MoveValue::Bool(value) => value.fmt(f),
            MoveValue::U8(value) => value.fmt(f),
            MoveValue::U16(value) => value.fmt(f),
            MoveValue::U32(value) => value.fmt(f),
            MoveValue::U64(value) => value.fmt(f),
            MoveValue::U128(value) => value.fmt(f),
            MoveValue::U256(value) => value.fmt(f),
            MoveValue::I8(value) => value.fmt(f),
            MoveValue::I16(value) => value.fmt(f),
            MoveValue::I32(value) => value.fmt(f),
            MoveValue::I64(value) => value.fmt(f),
            MoveValue::I128(value) => value.fmt(f),
            MoveValue::I256(value) => value.fmt(f),
            MoveValue::Address(address) => write!(f, "@{address}"),
            MoveValue::Signer(address) => write!(f, "signer(@{address})"),
            MoveValue::Bytes(bytes) => write!(f, "0x{}", hex::encode(bytes)),
            MoveValue::Vector(values) => {
                f.write_str("[")?;
                for (position, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if position > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            MoveValue::Struct(value) => value.fmt(f),
            MoveValue::Closure(closure) => {
                write!(f, "{}::{}(mask {:#b})", closure.module, closure.function, closure.mask)
            }
        }
    }
}

impl fmt::Display for MoveStruct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.tag())?;
        self.variant_name().iter().try_for_each(|name| write!(f, "::{name}"))?;
        f.write_str(" {")?;
        for (position, (name, value)) in self.fields().enumerate() {
            write!(f, "{} {name}: {value}", if position > 0 { "," } else { "" })?;
        }
        f.write_str(" }")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::VariantLayout;

    fn field(name: &str, layout: TypeLayout) -> FieldLayout {
        FieldLayout { name: Identifier::new(name).unwrap(), layout }
    }

    fn pair(a: TypeLayout, b: TypeLayout) -> TypeLayout {
        let body = StructBody::Struct(vec![field("a", a), field("b", b)]);
        TypeLayout::Struct(Arc::new(StructLayout { tag: "0x1::m::Pair".parse().unwrap(), body }))
    }

    fn choice() -> TypeLayout {
        let variant = |name: &str, fields| VariantLayout { name: Identifier::new(name).unwrap(), fields };
        let body = StructBody::Enum(vec![
            variant("None", vec![]),
            variant("Zero", vec![]),
            variant("Some", vec![field("x", TypeLayout::U8)]),
        ]);
        TypeLayout::Struct(Arc::new(StructLayout { tag: "0x1::m::Choice".parse().unwrap(), body }))
    }

    #[test]
    fn values_are_read_written_and_shown() {
        let vector = TypeLayout::vector;
        let address = [vec![0; 31], vec![1]].concat();
        let closure =
            [vec![7, 2, 0], address.clone(), vec![1, b'm', 1, b'f', 2, 6, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 9, 9]]
                .concat();
        // layout, bytes, text
        for (layout, bytes, text) in [
            (TypeLayout::Bool, vec![1], "true"),
            (TypeLayout::U16, vec![0x34, 0x12], "4660"),
            (TypeLayout::I32, vec![0xff; 4], "-1"),
            (TypeLayout::I256, vec![0xff; 32], "-1"),
            (TypeLayout::Address, address.clone(), "@0x1"),
            (TypeLayout::Signer, address, "signer(@0x1)"),
            (vector(TypeLayout::U8), vec![2, 1, 2], "0x0102"),
            (vector(TypeLayout::Bool), vec![2, 1, 0], "[true, false]"),
            (vector(vector(TypeLayout::U8)), vec![2, 0, 1, 7], "[0x, 0x07]"),
            (pair(TypeLayout::U8, TypeLayout::Bool), vec![1, 1], "0x1::m::Pair { a: 1, b: true }"),
            (choice(), vec![2, 7], "0x1::m::Choice::Some { x: 7 }"),
            (choice(), vec![0], "0x1::m::Choice::None { }"),
            (TypeLayout::Function, closure, "0x1::m::f(mask 0b101)"),
        ] {
            let value = MoveValue::decode(&bytes, &layout, &DecodeLimits::PRODUCTION).unwrap();
            assert_eq!(value.to_string(), text);
            assert_eq!(value.encode(), bytes, "{text}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let vector = TypeLayout::vector;
        for (layout, bytes, error) in [
            (TypeLayout::Bool, vec![2], DecodeError::Bool(2)),
            (TypeLayout::U64, vec![0; 7], DecodeError::End),
            (TypeLayout::U64, vec![0; 9], DecodeError::Trailing(1)),
            (vector(TypeLayout::U8), vec![0x80, 0], DecodeError::Length),
            (vector(TypeLayout::U8), vec![0xff, 0xff, 0xff, 0xff, 0x7f], DecodeError::Length),
            (vector(TypeLayout::U8), vec![0xff, 0xff, 0xff, 0xff, 0x0f], DecodeError::Length),
            (vector(TypeLayout::U8), vec![0xff, 0xff, 0xff, 0xff, 0x07], DecodeError::End),
            (vector(TypeLayout::U64), vec![0xff, 0xff, 0xff, 0xff, 0x07], DecodeError::End),
            (choice(), vec![3], DecodeError::Variant(3)),
            (choice(), vec![0xff, 0xff, 0x7f], DecodeError::Variant(0x1f_ffff)),
            (TypeLayout::Function, vec![5, 1, 0], DecodeError::Closure),
        ] {
            assert_eq!(MoveValue::decode(&bytes, &layout, &DecodeLimits::PRODUCTION), Err(error), "{bytes:?}");
        }
    }

    #[test]
    fn depth_and_number_of_values_are_limited() {
        let deep = |depth: usize| (0..depth).fold(TypeLayout::U64, |inner, _| TypeLayout::vector(inner));
        let bytes = |depth: usize| [vec![1; depth], vec![0; 8]].concat();
        let limits = DecodeLimits::PRODUCTION;
        assert!(MoveValue::decode(&bytes(128), &deep(128), &limits).is_ok());
        assert_eq!(MoveValue::decode(&bytes(129), &deep(129), &limits), Err(DecodeError::Depth));
        let empty = StructLayout { tag: "0x1::m::Empty".parse().unwrap(), body: StructBody::Struct(vec![]) };
        let nothings = TypeLayout::vector(TypeLayout::Struct(Arc::new(empty)));
        let many = [0xff, 0xff, 0xff, 0xff, 0x07];
        assert_eq!(MoveValue::decode(&many, &nothings, &limits), Err(DecodeError::Count));
    }
}
