//! Type tags: types as values, and the ids of modules.
//!
//! BCS follows the public variant numbers. Vectors, structs and function types nest at most
//! [`TYPE_TAG_DEPTH_MAX`] deep, in both directions, so that no input makes the host recurse.

use crate::{AbilitySet, AccountAddress, Identifier};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, EnumAccess, SeqAccess, VariantAccess, Visitor},
    ser::{self, SerializeSeq, SerializeStruct},
};
use std::{fmt, marker::PhantomData};

/// How deep vectors, structs and function types may nest in a serialized or written type tag.
pub const TYPE_TAG_DEPTH_MAX: u32 = 8;

/// A type as a value.
///
/// `Display` is the canonical string of types inside Move (addresses without leading zeros);
/// [`TypeTag::to_standard_string`] is the form of the REST interface.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypeTag {
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
    Vector(Box<TypeTag>),
    /// A struct or enum.
    Struct(Box<StructTag>),
    /// A function type.
    Function(Box<FunctionTag>),
}

/// A struct or enum type as a value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructTag {
    /// Address of the defining module.
    pub address: AccountAddress,
    /// Name of the defining module.
    pub module: Identifier,
    /// Name of the type.
    pub name: Identifier,
    /// The type arguments.
    pub type_args: Vec<TypeTag>,
}

/// A function type as a value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionTag {
    /// Types of the arguments.
    pub args: Vec<FunctionParamTag>,
    /// Types of the results.
    pub results: Vec<FunctionParamTag>,
    /// Abilities of the closures.
    pub abilities: AbilitySet,
}

/// The type of an argument or result of a function type.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FunctionParamTag {
    /// `&T`
    Reference(TypeTag),
    /// `&mut T`
    MutableReference(TypeTag),
    /// `T`
    Value(TypeTag),
}

/// The full name of a module.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ModuleId {
    /// The account that holds the module.
    pub address: AccountAddress,
    /// Its name.
    pub name: Identifier,
}

impl ModuleId {
    /// The id made of these parts.
    pub fn new(address: AccountAddress, name: Identifier) -> Self {
        Self { address, name }
    }
}

impl StructTag {
    /// The module that defines the type.
    pub fn module_id(&self) -> ModuleId {
        ModuleId::new(self.address, self.module.clone())
    }

    /// Whether it is `address::module::name`, whatever its arguments.
    pub fn is(&self, address: &AccountAddress, module: &str, name: &str) -> bool {
        self.address == *address && self.module.as_str() == module && self.name.as_str() == name
    }
}

impl TypeTag {
    /// `vector<element>`
    pub fn vector(element: TypeTag) -> Self {
        TypeTag::Vector(Box::new(element))
    }

    /// The struct tag inside, if it is a struct.
    pub fn as_struct(&self) -> Option<&StructTag> {
        match self {
            TypeTag::Struct(tag) => Some(tag),
            _ => None,
        }
    }
}

impl From<StructTag> for TypeTag {
    fn from(tag: StructTag) -> Self {
        TypeTag::Struct(Box::new(tag))
    }
}

impl FunctionParamTag {
    /// The type without the reference.
    pub fn inner(&self) -> &TypeTag {
        match self {
            FunctionParamTag::Reference(tag)
            | FunctionParamTag::MutableReference(tag)
            | FunctionParamTag::Value(tag) => tag,
        }
    }
}

const TAG_NAMES: &[&str] = &[
    "bool", "u8", "u64", "u128", "address", "signer", "vector", "struct", "u16", "u32", "u256", "function", "i8",
    "i16", "i32", "i64", "i128", "i256",
];

const TOO_DEEP: &str = "type tag nested too deeply";

/// The public variant number, for tags without payload.
fn leaf_index(tag: &TypeTag) -> Option<u32> {
    Some(match tag {
        TypeTag::Bool => 0,
        TypeTag::U8 => 1,
        TypeTag::U64 => 2,
        TypeTag::U128 => 3,
        TypeTag::Address => 4,
        TypeTag::Signer => 5,
        TypeTag::U16 => 8,
        TypeTag::U32 => 9,
        TypeTag::U256 => 10,
        TypeTag::I8 => 12,
        TypeTag::I16 => 13,
        TypeTag::I32 => 14,
        TypeTag::I64 => 15,
        TypeTag::I128 => 16,
        TypeTag::I256 => 17,
        TypeTag::Vector(_) | TypeTag::Struct(_) | TypeTag::Function(_) => return None,
    })
}

/// The tag without payload that has this variant number.
pub(crate) fn leaf_at(index: u32) -> Option<TypeTag> {
    Some(match index {
        0 => TypeTag::Bool,
        1 => TypeTag::U8,
        2 => TypeTag::U64,
        3 => TypeTag::U128,
        4 => TypeTag::Address,
        5 => TypeTag::Signer,
        8 => TypeTag::U16,
        9 => TypeTag::U32,
        10 => TypeTag::U256,
        12 => TypeTag::I8,
        13 => TypeTag::I16,
        14 => TypeTag::I32,
        15 => TypeTag::I64,
        16 => TypeTag::I128,
        17 => TypeTag::I256,
        _ => return None,
    })
}

pub(crate) const VECTOR: u32 = 6;
pub(crate) const STRUCT: u32 = 7;
pub(crate) const FUNCTION: u32 = 11;

/// An item to be written below `depth` constructors.
struct At<'a, T: ?Sized>(&'a T, u32);

impl Serialize for At<'_, TypeTag> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(index) = leaf_index(self.0) {
            let name = TAG_NAMES.get(index as usize).copied().unwrap_or_default();
            return serializer.serialize_unit_variant("TypeTag", index, name);
        }
        let depth = self.1 + 1;
        if depth > TYPE_TAG_DEPTH_MAX {
            return Err(ser::Error::custom(TOO_DEEP));
        }
        match self.0 {
            TypeTag::Vector(element) => {
                serializer.serialize_newtype_variant("TypeTag", VECTOR, "vector", &At(&**element, depth))
            }
            TypeTag::Struct(tag) => {
                serializer.serialize_newtype_variant("TypeTag", STRUCT, "struct", &At(&**tag, depth))
            }
            TypeTag::Function(tag) => {
                serializer.serialize_newtype_variant("TypeTag", FUNCTION, "function", &At(&**tag, depth))
            }
            _ => Err(ser::Error::custom("a tag without payload has a variant number")),
        }
    }
}

impl<T> Serialize for At<'_, [T]>
where
    for<'a> At<'a, T>: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for item in self.0 {
            seq.serialize_element(&At(item, self.1))?;
        }
        seq.end()
    }
}

impl Serialize for At<'_, StructTag> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("StructTag", 4)?;
        fields.serialize_field("address", &self.0.address)?;
        fields.serialize_field("module", &self.0.module)?;
        fields.serialize_field("name", &self.0.name)?;
        fields.serialize_field("type_args", &At(self.0.type_args.as_slice(), self.1))?;
        fields.end()
    }
}

impl Serialize for At<'_, FunctionTag> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("FunctionTag", 3)?;
        fields.serialize_field("args", &At(self.0.args.as_slice(), self.1))?;
        fields.serialize_field("results", &At(self.0.results.as_slice(), self.1))?;
        fields.serialize_field("abilities", &self.0.abilities)?;
        fields.end()
    }
}

impl Serialize for At<'_, FunctionParamTag> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (index, name) = match self.0 {
            FunctionParamTag::Reference(_) => (0, "reference"),
            FunctionParamTag::MutableReference(_) => (1, "mutable_reference"),
            FunctionParamTag::Value(_) => (2, "value"),
        };
        serializer.serialize_newtype_variant("FunctionParamTag", index, name, &At(self.0.inner(), self.1))
    }
}

/// Reads a `T` below `depth` constructors.
struct Below<T>(u32, PhantomData<T>);

fn below<T>(depth: u32) -> Below<T> {
    Below(depth, PhantomData)
}

/// Reads a list of `T`, each below `depth` constructors.
struct ListBelow<T>(u32, PhantomData<T>);

fn index_seed() -> PhantomData<u32> {
    PhantomData
}

fn next<'de, A: SeqAccess<'de>, T>(seq: &mut A, seed: impl DeserializeSeed<'de, Value = T>) -> Result<T, A::Error> {
    seq.next_element_seed(seed)?.ok_or_else(|| de::Error::custom("type tag ends early"))
}

impl<'de> DeserializeSeed<'de> for Below<TypeTag> {
    type Value = TypeTag;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<TypeTag, D::Error> {
        deserializer.deserialize_enum("TypeTag", TAG_NAMES, self)
    }
}

impl<'de> Visitor<'de> for Below<TypeTag> {
    type Value = TypeTag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a type tag")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<TypeTag, A::Error> {
        let (index, payload) = data.variant_seed(index_seed())?;
        if let Some(leaf) = leaf_at(index) {
            payload.unit_variant()?;
            return Ok(leaf);
        }
        let depth = self.0 + 1;
        match index {
            VECTOR | STRUCT | FUNCTION if depth > TYPE_TAG_DEPTH_MAX => Err(de::Error::custom(TOO_DEEP)),
            VECTOR => Ok(TypeTag::vector(payload.newtype_variant_seed(below::<TypeTag>(depth))?)),
            STRUCT => Ok(TypeTag::Struct(Box::new(payload.newtype_variant_seed(below::<StructTag>(depth))?))),
            FUNCTION => Ok(TypeTag::Function(Box::new(payload.newtype_variant_seed(below::<FunctionTag>(depth))?))),
            _ => Err(de::Error::custom(format!("unknown type tag {index}"))),
        }
    }
}

impl<'de, T> DeserializeSeed<'de> for ListBelow<T>
where
    Below<T>: DeserializeSeed<'de, Value = T>,
{
    type Value = Vec<T>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T> Visitor<'de> for ListBelow<T>
where
    Below<T>: DeserializeSeed<'de, Value = T>,
{
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of type tags")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new(); // The declared length is not trusted with an allocation.
        while let Some(item) = seq.next_element_seed(below::<T>(self.0))? {
            items.push(item);
        }
        Ok(items)
    }
}

impl<'de> DeserializeSeed<'de> for Below<StructTag> {
    type Value = StructTag;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<StructTag, D::Error> {
        deserializer.deserialize_struct("StructTag", &["address", "module", "name", "type_args"], self)
    }
}

impl<'de> Visitor<'de> for Below<StructTag> {
    type Value = StructTag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a struct tag")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<StructTag, A::Error> {
        Ok(StructTag {
            address: next(&mut seq, PhantomData)?,
            module: next(&mut seq, PhantomData)?,
            name: next(&mut seq, PhantomData)?,
            type_args: next(&mut seq, ListBelow::<TypeTag>(self.0, PhantomData))?,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Below<FunctionTag> {
    type Value = FunctionTag;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FunctionTag, D::Error> {
        deserializer.deserialize_struct("FunctionTag", &["args", "results", "abilities"], self)
    }
}

impl<'de> Visitor<'de> for Below<FunctionTag> {
    type Value = FunctionTag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function type")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FunctionTag, A::Error> {
        Ok(FunctionTag {
            args: next(&mut seq, ListBelow::<FunctionParamTag>(self.0, PhantomData))?,
            results: next(&mut seq, ListBelow::<FunctionParamTag>(self.0, PhantomData))?,
            abilities: next(&mut seq, PhantomData)?,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Below<FunctionParamTag> {
    type Value = FunctionParamTag;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FunctionParamTag, D::Error> {
        deserializer.deserialize_enum("FunctionParamTag", &["reference", "mutable_reference", "value"], self)
    }
}

impl<'de> Visitor<'de> for Below<FunctionParamTag> {
    type Value = FunctionParamTag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the type of an argument or result")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<FunctionParamTag, A::Error> {
        let (index, payload) = data.variant_seed(index_seed())?;
        let make = match index {
            0 => FunctionParamTag::Reference,
            1 => FunctionParamTag::MutableReference,
            2 => FunctionParamTag::Value,
            _ => return Err(de::Error::custom(format!("unknown kind of argument {index}"))),
        };
        payload.newtype_variant_seed(below::<TypeTag>(self.0)).map(make)
    }
}

macro_rules! serde_as_tag_or_text {
    ($($tag:ty = $depth:literal),*) => {$(
        impl Serialize for $tag {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    At(self, $depth).serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $tag {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    text.parse().map_err(de::Error::custom)
                } else {
                    below::<$tag>($depth).deserialize(deserializer)
                }
            }
        }
    )*};
}
// A bare struct tag counts as one level, as inside a type tag.
serde_as_tag_or_text!(TypeTag = 0, StructTag = 1);

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> TypeTag {
        text.parse().unwrap()
    }

    #[test]
    fn tags_have_their_public_variant_numbers() {
        for (text, bytes) in [
            ("bool", vec![0]),
            ("u8", vec![1]),
            ("u64", vec![2]),
            ("u128", vec![3]),
            ("address", vec![4]),
            ("signer", vec![5]),
            ("vector<u16>", vec![6, 8]),
            ("u32", vec![9]),
            ("u256", vec![10]),
            ("|u8, &u64, &mut bool|(u16) has copy + drop", vec![11, 3, 2, 1, 0, 2, 1, 0, 1, 2, 8, 3]),
            ("i8", vec![12]),
            ("i16", vec![13]),
            ("i32", vec![14]),
            ("i64", vec![15]),
            ("i128", vec![16]),
            ("i256", vec![17]),
        ] {
            assert_eq!(bcs::to_bytes(&tag(text)).unwrap(), bytes, "{text}");
            assert_eq!(bcs::from_bytes::<TypeTag>(&bytes).unwrap(), tag(text));
        }
        let bytes = bcs::to_bytes(&tag("0x1::m::S<u8, bool>")).unwrap();
        assert_eq!(bytes[0], 7);
        assert_eq!(bytes[32..], [1, 1, b'm', 1, b'S', 2, 1, 0]);
        assert_eq!(bcs::from_bytes::<TypeTag>(&bytes).unwrap(), tag("0x1::m::S<u8, bool>"));
        assert_eq!(bcs::to_bytes(tag("0x1::m::S").as_struct().unwrap()).unwrap().len(), 32 + 2 + 2 + 1);
    }

    #[test]
    fn nesting_is_limited_in_both_directions() {
        let mut deep = TypeTag::U8;
        for depth in 1..=20 {
            deep = TypeTag::vector(deep);
            let mut bytes = vec![6; depth];
            bytes.push(1);
            let fits = depth <= 8;
            assert_eq!(bcs::to_bytes(&deep).is_ok(), fits, "write {depth}");
            assert_eq!(bcs::from_bytes::<TypeTag>(&bytes).is_ok(), fits, "read {depth}");
            assert_eq!(deep.to_string().parse::<TypeTag>().is_ok(), fits, "parse {depth}");
        }
        assert!(bcs::from_bytes::<TypeTag>(&vec![6; 100_000]).is_err());
    }

    #[test]
    fn unknown_variants_and_bad_names_are_refused() {
        for bytes in [vec![18], vec![255], vec![6], vec![11, 1, 3, 0, 0, 0], vec![11, 0, 0, 16]] {
            assert!(bcs::from_bytes::<TypeTag>(&bytes).is_err(), "{bytes:?}");
        }
        let mut bytes = bcs::to_bytes(&tag("0x1::m::S")).unwrap();
        bytes[34] = b'-';
        assert!(bcs::from_bytes::<TypeTag>(&bytes).is_err());
    }
}
