//! Layouts: types with the names of their fields, enough to read BCS without any code.
//!
//! Layouts of structs are shared ([`Arc`]), so that a type that occurs often is described once.

use crate::{Identifier, StructTag, TypeTag};
use std::sync::Arc;

/// A type as far as its values are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeLayout {
    /// `bool`
    Bool,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `u128`
    U128,
    /// `u256`
    U256,
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `i128`
    I128,
    /// `i256`
    I256,
    /// `address`
    Address,
    /// `signer`
    Signer,
    /// `vector<T>`
    Vector(Arc<TypeLayout>),
    /// A struct or enum.
    Struct(Arc<StructLayout>),
    /// A function type: closures describe themselves.
    Function,
}

/// A struct or enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructLayout {
    /// The type.
    pub tag: StructTag,
    /// What it is made of.
    pub body: StructBody,
}

/// What a struct or enum is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StructBody {
    /// The fields of a struct.
    Struct(Vec<FieldLayout>),
    /// The variants of an enum.
    Enum(Vec<VariantLayout>),
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldLayout {
    /// The name.
    pub name: Identifier,
    /// The type.
    pub layout: TypeLayout,
}

/// A variant of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantLayout {
    /// The name.
    pub name: Identifier,
    /// Its fields.
    pub fields: Vec<FieldLayout>,
}

impl TypeLayout {
    /// `vector<element>`
    pub fn vector(element: TypeLayout) -> Self {
        TypeLayout::Vector(Arc::new(element))
    }

    /// The layout of a type without structs and functions; `None` if one is in it.
    pub fn of_primitive(tag: &TypeTag) -> Option<Self> {
        Some(match tag {
            TypeTag::Bool => TypeLayout::Bool,
            TypeTag::U8 => TypeLayout::U8,
            TypeTag::U16 => TypeLayout::U16,
            TypeTag::U32 => TypeLayout::U32,
            TypeTag::U64 => TypeLayout::U64,
            TypeTag::U128 => TypeLayout::U128,
            TypeTag::U256 => TypeLayout::U256,
            TypeTag::I8 => TypeLayout::I8,
            TypeTag::I16 => TypeLayout::I16,
            TypeTag::I32 => TypeLayout::I32,
            TypeTag::I64 => TypeLayout::I64,
            TypeTag::I128 => TypeLayout::I128,
            TypeTag::I256 => TypeLayout::I256,
            TypeTag::Address => TypeLayout::Address,
            TypeTag::Signer => TypeLayout::Signer,
            TypeTag::Vector(element) => TypeLayout::vector(Self::of_primitive(element)?),
            TypeTag::Struct(_) | TypeTag::Function(_) => return None,
        })
    }
}

impl StructLayout {
    /// The fields of the struct, or of a variant of the enum; `None` if there is no such variant.
    pub fn fields(&self, variant: Option<u16>) -> Option<&[FieldLayout]> {
        match (&self.body, variant) {
            (StructBody::Struct(fields), None) => Some(fields),
            (StructBody::Enum(variants), Some(variant)) => Some(&variants.get(usize::from(variant))?.fields),
            (StructBody::Struct(_), Some(_)) | (StructBody::Enum(_), None) => None,
        }
    }
}
