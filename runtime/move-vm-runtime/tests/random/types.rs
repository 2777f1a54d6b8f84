//! The types of values in random programs, and how they are written.

/// A type of values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Ty {
    U8,
    U16,
    U32,
    U64,
    U128,
    U256,
    I8,
    I16,
    I32,
    I64,
    I128,
    I256,
    Bool,
    Address,
    Pair,
    Wide,
    Foreign,
    Choice,
    BoxU64,
    BoxPair,
    OptU8,
    OptPair,
    Bytes,
    Words,
    Flags,
    Bigs,
    Shorts,
    Names,
    Pairs,
    Choices,
    Lists,
    /// `|u64|(u64) has copy + drop`.
    Fun,
    /// A resource.
    R,
    /// `G<u64>`, a resource.
    G,
}

/// The integers.
pub(crate) const INTS: [Ty; 12] =
    [Ty::U8, Ty::U16, Ty::U32, Ty::U64, Ty::U128, Ty::U256, Ty::I8, Ty::I16, Ty::I32, Ty::I64, Ty::I128, Ty::I256];

/// The types that locals can have, closures aside.
pub(crate) const TYS: [Ty; 31] = [
    Ty::U8,
    Ty::U16,
    Ty::U32,
    Ty::U64,
    Ty::U128,
    Ty::U256,
    Ty::I8,
    Ty::I16,
    Ty::I32,
    Ty::I64,
    Ty::I128,
    Ty::I256,
    Ty::Bool,
    Ty::Address,
    Ty::Pair,
    Ty::Wide,
    Ty::Foreign,
    Ty::Choice,
    Ty::BoxU64,
    Ty::BoxPair,
    Ty::OptU8,
    Ty::OptPair,
    Ty::Bytes,
    Ty::Words,
    Ty::Flags,
    Ty::Bigs,
    Ty::Shorts,
    Ty::Names,
    Ty::Pairs,
    Ty::Choices,
    Ty::Lists,
];

/// How a part of a value is borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// The operand of `ImmBorrowField` or its generic form.
    Field(&'static str),
    /// The operand of `ImmBorrowVariantField` or its generic form.
    Variant(&'static str),
    Element,
}

/// The structs and enums of the module.
pub(crate) const DECLARATIONS: &str = "
  struct Pair has copy, drop, store { a: u64, b: u8, c: u128 }
  struct Wide has copy, drop, store { a: u16, b: u32, c: u256, d: bool, e: address, f: i64, g: Pair, w: vector<u64>,
    s: vector<u8>, p: vector<Pair>, k: Choice, i: i8, j: i128 }
  struct Box<T> has copy, drop, store { v: T, n: u32 }
  enum Choice has copy, drop, store { One { x: u64 }, Two { y: u8, z: u64 }, None {}, Four { x: u64, p: Pair } }
  enum Opt<T> has copy, drop, store { None {}, Some { v: T }, Two { v: T, w: u16 } }
  struct R has key { a: u64, p: Pair, w: vector<u64>, k: Choice }
  struct G<T> has key { v: T }";

impl Ty {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Ty::U8 => "u8",
            Ty::U16 => "u16",
            Ty::U32 => "u32",
            Ty::U64 => "u64",
            Ty::U128 => "u128",
            Ty::U256 => "u256",
            Ty::I8 => "i8",
            Ty::I16 => "i16",
            Ty::I32 => "i32",
            Ty::I64 => "i64",
            Ty::I128 => "i128",
            Ty::I256 => "i256",
            Ty::Bool => "bool",
            Ty::Address => "address",
            Ty::Pair => "Pair",
            Ty::Wide => "Wide",
            Ty::Foreign => "0x43::lib::Foreign",
            Ty::Choice => "Choice",
            Ty::BoxU64 => "Box<u64>",
            Ty::BoxPair => "Box<Pair>",
            Ty::OptU8 => "Opt<u8>",
            Ty::OptPair => "Opt<Pair>",
            Ty::Bytes => "vector<u8>",
            Ty::Words => "vector<u64>",
            Ty::Flags => "vector<bool>",
            Ty::Bigs => "vector<u128>",
            Ty::Shorts => "vector<i16>",
            Ty::Names => "vector<address>",
            Ty::Pairs => "vector<Pair>",
            Ty::Choices => "vector<Choice>",
            Ty::Lists => "vector<vector<u64>>",
            Ty::Fun => "|u64|(u64) has copy + drop",
            Ty::R => "R",
            Ty::G => "G<u64>",
        }
    }

    pub(crate) fn is_signed(self) -> bool {
        matches!(self, Ty::I8 | Ty::I16 | Ty::I32 | Ty::I64 | Ty::I128 | Ty::I256)
    }

    pub(crate) fn is_unsigned(self) -> bool {
        matches!(self, Ty::U8 | Ty::U16 | Ty::U32 | Ty::U64 | Ty::U128 | Ty::U256)
    }

    pub(crate) fn is_int(self) -> bool {
        self.is_signed() || self.is_unsigned()
    }

    /// The width of an integer.
    pub(crate) fn bits(self) -> u32 {
        match self {
            Ty::U8 | Ty::I8 => 8,
            Ty::U16 | Ty::I16 => 16,
            Ty::U32 | Ty::I32 => 32,
            Ty::U64 | Ty::I64 => 64,
            Ty::U128 | Ty::I128 => 128,
            _ => 256,
        }
    }

    /// The end of the name of a load or cast.
    pub(crate) fn suffix(self) -> String {
        self.text().to_uppercase()
    }

    pub(crate) fn element(self) -> Option<Ty> {
        Some(match self {
            Ty::Bytes => Ty::U8,
            Ty::Words => Ty::U64,
            Ty::Flags => Ty::Bool,
            Ty::Bigs => Ty::U128,
            Ty::Shorts => Ty::I16,
            Ty::Names => Ty::Address,
            Ty::Pairs => Ty::Pair,
            Ty::Choices => Ty::Choice,
            Ty::Lists => Ty::Words,
            _ => return None,
        })
    }

    /// The vector of values of this type.
    pub(crate) fn vector(self) -> Option<Ty> {
        TYS.into_iter().find(|ty| ty.element() == Some(self))
    }

    pub(crate) fn is_generic(self) -> bool {
        matches!(self, Ty::BoxU64 | Ty::BoxPair | Ty::OptU8 | Ty::OptPair | Ty::G)
    }

    pub(crate) fn is_enum(self) -> bool {
        !self.variants().is_empty()
    }

    /// The fields of a struct.
    pub(crate) fn fields(self) -> &'static [(&'static str, Ty)] {
        match self {
            Ty::Pair => &[("a", Ty::U64), ("b", Ty::U8), ("c", Ty::U128)],
            Ty::Wide => &[
                ("a", Ty::U16),
                ("b", Ty::U32),
                ("c", Ty::U256),
                ("d", Ty::Bool),
                ("e", Ty::Address),
                ("f", Ty::I64),
                ("g", Ty::Pair),
                ("w", Ty::Words),
                ("s", Ty::Bytes),
                ("p", Ty::Pairs),
                ("k", Ty::Choice),
                ("i", Ty::I8),
                ("j", Ty::I128),
            ],
            Ty::BoxU64 => &[("v", Ty::U64), ("n", Ty::U32)],
            Ty::BoxPair => &[("v", Ty::Pair), ("n", Ty::U32)],
            Ty::R => &[("a", Ty::U64), ("p", Ty::Pair), ("w", Ty::Words), ("k", Ty::Choice)],
            Ty::G => &[("v", Ty::U64)],
            _ => &[],
        }
    }

    /// The variants of an enum.
    pub(crate) fn variants(self) -> &'static [(&'static str, &'static [Ty])] {
        match self {
            Ty::Choice => {
                &[("One", &[Ty::U64]), ("Two", &[Ty::U8, Ty::U64]), ("None", &[]), ("Four", &[Ty::U64, Ty::Pair])]
            }
            Ty::OptU8 => &[("None", &[]), ("Some", &[Ty::U8]), ("Two", &[Ty::U8, Ty::U16])],
            Ty::OptPair => &[("None", &[]), ("Some", &[Ty::Pair]), ("Two", &[Ty::Pair, Ty::U16])],
            _ => &[],
        }
    }

    /// Fields of variants: the variants that have it, the first of them, and its type.
    pub(crate) fn variant_fields(self) -> &'static [(&'static str, &'static str, Ty)] {
        match self {
            Ty::Choice => &[
                ("One|Four.x", "Four", Ty::U64),
                ("One.x", "One", Ty::U64),
                ("Two.y", "Two", Ty::U8),
                ("Two.z", "Two", Ty::U64),
                ("Four.p", "Four", Ty::Pair),
            ],
            Ty::OptU8 => &[("Some|Two.v", "Two", Ty::U8), ("Two.w", "Two", Ty::U16)],
            Ty::OptPair => &[("Some|Two.v", "Some", Ty::Pair), ("Two.w", "Two", Ty::U16)],
            _ => &[],
        }
    }

    /// What has a part of this type.
    pub(crate) fn containers(self) -> Vec<(Ty, Part)> {
        let mut found = Vec::new();
        for owner in TYS.into_iter().chain([Ty::R, Ty::G]) {
            let fields = owner.fields().iter().filter(|(_, ty)| *ty == self);
            found.extend(fields.map(|(field, _)| (owner, Part::Field(field))));
            let fields = owner.variant_fields().iter().filter(|(_, _, ty)| *ty == self);
            found.extend(fields.map(|(field, _, _)| (owner, Part::Variant(field))));
            if owner.element() == Some(self) {
                found.push((owner, Part::Element));
            }
        }
        found
    }
}
