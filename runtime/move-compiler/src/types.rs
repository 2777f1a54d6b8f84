//! Types as the checker knows them, and what does not depend on a program.

use move_core_types::ability::AbilitySet;
use ruint::aliases::U256;
use std::rc::Rc;

/// Index of a module in a [`crate::program::Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ModId(pub(crate) u32);
/// Index of a struct or enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StructId(pub(crate) u32);
/// Index of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FunId(pub(crate) u32);
/// Index of a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConstId(pub(crate) u32);

/// The integer types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum IntTy {
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
}

impl IntTy {
    pub(crate) const ALL: [IntTy; 12] = [
        IntTy::U8,
        IntTy::U16,
        IntTy::U32,
        IntTy::U64,
        IntTy::U128,
        IntTy::U256,
        IntTy::I8,
        IntTy::I16,
        IntTy::I32,
        IntTy::I64,
        IntTy::I128,
        IntTy::I256,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            IntTy::U8 => "u8",
            IntTy::U16 => "u16",
            IntTy::U32 => "u32",
            IntTy::U64 => "u64",
            IntTy::U128 => "u128",
            IntTy::U256 => "u256",
            IntTy::I8 => "i8",
            IntTy::I16 => "i16",
            IntTy::I32 => "i32",
            IntTy::I64 => "i64",
            IntTy::I128 => "i128",
            IntTy::I256 => "i256",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<IntTy> {
        IntTy::ALL.into_iter().find(|ty| ty.name() == name)
    }

    pub(crate) fn bits(self) -> usize {
        match self {
            IntTy::U8 | IntTy::I8 => 8,
            IntTy::U16 | IntTy::I16 => 16,
            IntTy::U32 | IntTy::I32 => 32,
            IntTy::U64 | IntTy::I64 => 64,
            IntTy::U128 | IntTy::I128 => 128,
            IntTy::U256 | IntTy::I256 => 256,
        }
    }

    pub(crate) fn is_signed(self) -> bool {
        self >= IntTy::I8
    }

    pub(crate) fn bit(self) -> u16 {
        1 << (self as u16)
    }

    /// The greatest value.
    pub(crate) fn max(self) -> U256 {
        let bits = self.bits() - usize::from(self.is_signed());
        if bits == 256 { U256::MAX } else { (U256::ONE << bits) - U256::ONE }
    }

    /// Magnitude of the least value.
    pub(crate) fn min_magnitude(self) -> U256 {
        if self.is_signed() { U256::ONE << (self.bits() - 1) } else { U256::ZERO }
    }

    /// Whether the number with this sign and magnitude is a value of the type.
    pub(crate) fn fits(self, negative: bool, magnitude: U256) -> bool {
        magnitude <= if negative && !magnitude.is_zero() { self.min_magnitude() } else { self.max() }
    }
}

/// All unsigned types, as a mask of [`IntTy::bit`].
pub(crate) const UNSIGNED: u16 = 0x3f;
/// All signed types.
pub(crate) const SIGNED: u16 = 0xfc0;

/// A function type. The result is a tuple if there is not exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunTy {
    pub(crate) args: Vec<Ty>,
    pub(crate) result: Ty,
    pub(crate) abilities: AbilitySet,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ty {
    Bool,
    Int(IntTy),
    Address,
    Signer,
    Vector(Rc<Ty>),
    Struct(StructId, Rc<[Ty]>),
    /// Mutable or not.
    Ref(bool, Rc<Ty>),
    Fun(Rc<FunTy>),
    /// Not of length one; empty is unit.
    Tuple(Rc<[Ty]>),
    /// Type parameter of the enclosing item.
    Param(u16),
    /// Inference variable.
    Var(u32),
    /// Of expressions that do not return.
    Never,
    /// Something was wrong and has been reported.
    Error,
}

impl Ty {
    pub(crate) fn unit() -> Ty {
        Ty::Tuple(Rc::from([]))
    }

    pub(crate) fn u64() -> Ty {
        Ty::Int(IntTy::U64)
    }

    pub(crate) fn u8() -> Ty {
        Ty::Int(IntTy::U8)
    }

    pub(crate) fn vector(element: Ty) -> Ty {
        Ty::Vector(Rc::new(element))
    }

    pub(crate) fn bytes() -> Ty {
        Ty::vector(Ty::u8())
    }

    pub(crate) fn reference(mutable: bool, target: Ty) -> Ty {
        Ty::Ref(mutable, Rc::new(target))
    }

    /// One type is itself, otherwise a tuple.
    pub(crate) fn tuple(mut types: Vec<Ty>) -> Ty {
        if types.len() == 1 { types.remove(0) } else { Ty::Tuple(types.into()) }
    }

    /// The elements of a tuple, or the one type.
    pub(crate) fn flatten(&self) -> Vec<Ty> {
        match self {
            Ty::Tuple(types) => types.to_vec(),
            Ty::Never => Vec::new(),
            other => vec![other.clone()],
        }
    }

    pub(crate) fn is_unit(&self) -> bool {
        matches!(self, Ty::Tuple(types) if types.is_empty())
    }

    pub(crate) fn is_ref(&self) -> bool {
        matches!(self, Ty::Ref(..))
    }

    /// Without one level of reference.
    pub(crate) fn strip(&self) -> &Ty {
        match self {
            Ty::Ref(_, inner) => inner,
            other => other,
        }
    }

    /// Copying it is as cheap as a reference to it.
    pub(crate) fn is_primitive(&self) -> bool {
        matches!(self, Ty::Bool | Ty::Int(_) | Ty::Address)
    }

    /// With `args` for type parameters.
    pub(crate) fn substitute(&self, args: &[Ty]) -> Ty {
        if args.is_empty() {
            return self.clone();
        }
        match self {
            Ty::Param(index) => args.get(*index as usize).cloned().unwrap_or(Ty::Error),
            Ty::Vector(inner) => Ty::vector(inner.substitute(args)),
            Ty::Struct(id, types) if !types.is_empty() => {
                Ty::Struct(*id, types.iter().map(|ty| ty.substitute(args)).collect())
            }
            Ty::Ref(mutable, inner) => Ty::reference(*mutable, inner.substitute(args)),
            Ty::Fun(fun) => Ty::Fun(Rc::new(FunTy {
                args: fun.args.iter().map(|ty| ty.substitute(args)).collect(),
                result: fun.result.substitute(args),
                abilities: fun.abilities,
            })),
            Ty::Tuple(types) => Ty::Tuple(types.iter().map(|ty| ty.substitute(args)).collect()),
            Ty::Bool | Ty::Int(_) | Ty::Address | Ty::Signer | Ty::Struct(..) | Ty::Var(_) | Ty::Never | Ty::Error => {
                self.clone()
            }
        }
    }

    /// Whether `test` holds for this type or a part of it.
    pub(crate) fn any(&self, test: &mut dyn FnMut(&Ty) -> bool) -> bool {
        if test(self) {
            return true;
        }
        match self {
            Ty::Vector(inner) | Ty::Ref(_, inner) => inner.any(test),
            Ty::Struct(_, types) | Ty::Tuple(types) => types.iter().any(|ty| ty.any(test)),
            Ty::Fun(fun) => fun.args.iter().any(|ty| ty.any(test)) || fun.result.any(test),
            Ty::Bool | Ty::Int(_) | Ty::Address | Ty::Signer | Ty::Param(_) | Ty::Var(_) | Ty::Never | Ty::Error => {
                false
            }
        }
    }

    /// Nodes on the longest path, and nodes in all, both counted up to `limit`.
    pub(crate) fn measure(&self, limit: usize) -> (usize, usize) {
        let mut depth = 0;
        let mut count = 0;
        let mut stack = vec![(self, 1usize)];
        while let Some((ty, level)) = stack.pop() {
            depth = depth.max(level);
            count += 1;
            if depth > limit || count > limit {
                return (depth, count);
            }
            match ty {
                Ty::Vector(inner) | Ty::Ref(_, inner) => stack.push((inner, level + 1)),
                Ty::Struct(_, types) | Ty::Tuple(types) => stack.extend(types.iter().map(|ty| (ty, level + 1))),
                Ty::Fun(fun) => {
                    stack.extend(fun.args.iter().map(|ty| (ty, level + 1)));
                    stack.push((&fun.result, level + 1));
                }
                Ty::Bool
                | Ty::Int(_)
                | Ty::Address
                | Ty::Signer
                | Ty::Param(_)
                | Ty::Var(_)
                | Ty::Never
                | Ty::Error => {}
            }
        }
        (depth, count)
    }
}

/// A compile-time value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Bool(bool),
    /// Negative?, magnitude, type.
    Int(bool, U256, IntTy),
    Address([u8; 32]),
    Bytes(Vec<u8>),
    /// Element type and elements.
    Vector(Ty, Vec<Value>),
}

impl Value {
    pub(crate) fn number(value: u64, ty: IntTy) -> Value {
        Value::Int(false, U256::from(value), ty)
    }

    pub(crate) fn ty(&self) -> Ty {
        match self {
            Value::Bool(_) => Ty::Bool,
            Value::Int(_, _, ty) => Ty::Int(*ty),
            Value::Address(_) => Ty::Address,
            Value::Bytes(_) => Ty::bytes(),
            Value::Vector(element, _) => Ty::vector(element.clone()),
        }
    }

    /// Appends the BCS encoding.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Value::Bool(value) => out.push(u8::from(*value)),
            Value::Int(negative, magnitude, ty) => {
                let value = if *negative { magnitude.wrapping_neg() } else { *magnitude };
                let bytes: [u8; 32] = value.to_le_bytes();
                out.extend_from_slice(&bytes[..ty.bits() / 8]);
            }
            Value::Address(bytes) => out.extend_from_slice(bytes),
            Value::Bytes(bytes) => {
                length(bytes.len(), out);
                out.extend_from_slice(bytes);
            }
            Value::Vector(_, values) => {
                length(values.len(), out);
                for value in values {
                    value.encode(out);
                }
            }
        }
    }

    /// The value as source text.
    pub(crate) fn text(&self) -> String {
        match self {
            Value::Bool(value) => value.to_string(),
            Value::Int(negative, magnitude, _) => format!("{}{magnitude}", if *negative { "-" } else { "" }),
            Value::Address(bytes) => format!("@{}", move_core_types::AccountAddress::new(*bytes).to_short_string()),
            Value::Bytes(bytes) if bytes.iter().all(|b| (0x20..0x7f).contains(b) && *b != b'"' && *b != b'\\') => {
                format!("b\"{}\"", String::from_utf8_lossy(bytes))
            }
            Value::Bytes(bytes) => format!("x\"{}\"", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()),
            Value::Vector(_, values) => {
                format!("vector[{}]", values.iter().map(Value::text).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

fn length(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
