//! Struct accessors (version 10): a wrapper of a public struct or enum does what its name says.
//!
//! Foreign code reaches the inside of public structs through functions with reserved names and
//! attributes. A function passes iff it has neither, or both, and they agree with each other, with
//! its signature and with its body, which is one instruction between the loads of all parameters and
//! the return:
//!
//! | name | signature | instruction |
//! |---|---|---|
//! | `pack$S`, `pack$S$V` | fields → `S` | `Pack`, `PackVariant` |
//! | `unpack$S`, `unpack$S$V` | `S` → fields | `Unpack`, `UnpackVariant` |
//! | `test_variant$S$V` | `&S` → `bool` | `TestVariant` |
//! | `borrow$S$k`, `borrow$S$k$t` | `&S` → `&F` | borrow of field `k` |
//! | `borrow_mut$S$k`, `borrow_mut$S$k$t` | `&mut S` → `&mut F` | mutable borrow of field `k` |
//!
//! Linear in the functions, up to the look-up of names.

use crate::{
    context::Context,
    error::Reject,
    op::{Arguments, Op},
    types::{Type, TypeId},
};
use move_binary_format::{
    errors::IndexKind,
    file_format::{Bytecode, FunctionAttribute, FunctionDefIdx, FunctionHandle, StructDefIdx, StructFields},
};
use move_core_types::StatusCode;
use std::collections::BTreeMap;

/// The first version with struct accessors; older functions may carry such names by accident.
const SINCE: u32 = 10;

const MISMATCH: Reject = Reject::new(StatusCode::InvalidStructApiCode);

fn is_struct_accessor(attribute: &FunctionAttribute) -> bool {
    match attribute {
        FunctionAttribute::Pack
        | FunctionAttribute::PackVariant(_)
        | FunctionAttribute::Unpack
        | FunctionAttribute::UnpackVariant(_)
        | FunctionAttribute::TestVariant(_)
        | FunctionAttribute::BorrowFieldImmutable(_)
        | FunctionAttribute::BorrowFieldMutable(_) => true,
        FunctionAttribute::Persistent
        | FunctionAttribute::ModuleLock
        | FunctionAttribute::Immutable
        | FunctionAttribute::ConstantAccessor => false,
    }
}

/// A script has no accessors of its own and calls none.
pub(crate) fn check_script(context: &Context<'_>) -> Result<(), Reject> {
    for (index, handle) in context.tables.function_handles.iter().enumerate() {
        if handle.attributes.iter().any(is_struct_accessor) {
            return Err(Reject::entry(StatusCode::InvalidOperationInScript, IndexKind::FunctionHandle, index));
        }
    }
    Ok(())
}

/// Own structs and enums by name, for all functions of a module.
pub(crate) struct StructAccessors<'m> {
    structs: BTreeMap<&'m str, StructDefIdx>,
    /// By enum, once asked for: its fields by type order.
    orders: BTreeMap<StructDefIdx, Vec<OrderedField>>,
}

/// A pair of offset and type that occurs in an enum.
#[derive(Clone)]
struct OrderedField {
    offset: usize,
    ty: TypeId,
    /// The variants that have it, ascending.
    variants: Vec<u16>,
}

impl<'m> StructAccessors<'m> {
    /// Also checks that no handle, imported ones included, has two accessor attributes.
    pub(crate) fn new(context: &Context<'m>) -> Result<Self, Reject> {
        let tables = context.tables;
        if context.version >= SINCE {
            for (index, handle) in tables.function_handles.iter().enumerate() {
                if handle.attributes.iter().filter(|attribute| is_struct_accessor(attribute)).count() > 1 {
                    return Err(MISMATCH.or_entry(IndexKind::FunctionHandle, index));
                }
            }
        }
        let structs = (0u16..).zip(&tables.struct_defs).map(|(index, def)| {
            let handle = &tables.struct_handles[usize::from(def.handle.0)];
            (tables.identifiers[usize::from(handle.name.0)].as_str(), StructDefIdx(index))
        });
        Ok(Self { structs: structs.collect(), orders: BTreeMap::new() })
    }

    pub(crate) fn check(&mut self, context: &mut Context<'m>, definition: FunctionDefIdx) -> Result<(), Reject> {
        if context.version < SINCE {
            return Ok(());
        }
        let tables = context.tables;
        let def = &tables.function_defs[usize::from(definition.0)];
        let handle = &tables.function_handles[usize::from(def.handle.0)];
        let name = tables.identifiers[usize::from(handle.name.0)].as_str();
        let attribute = handle.attributes.iter().find(|attribute| is_struct_accessor(attribute)).copied();
        let (name, attribute) = match (self.parse(name, attribute), attribute) {
            (None, None) => return Ok(()),
            (Some(name), Some(attribute)) => (name, attribute),
            _ => return Err(MISMATCH),
        };
        let access = access(context, name, attribute).ok_or(MISMATCH)?;
        let code = def.code.as_ref().ok_or(MISMATCH)?;
        let borrowed = match access {
            Access::Borrow { mutable: _, field, order } => self.borrowed_field(context, name.owner, field, order),
            Access::Pack(_) | Access::Unpack(_) | Access::Test(_) => None,
        };
        check_signature(context, handle, name.owner, access, borrowed)?;
        check_body(context, handle, &code.code, name.owner, access, borrowed)
    }

    /// The field that an accessor borrows: its type, and in an enum the variants that have it.
    fn borrowed_field(
        &mut self,
        context: &Context<'_>,
        owner: StructDefIdx,
        field: u16,
        order: Option<usize>,
    ) -> Option<(TypeId, &[u16])> {
        let Some(order) = order else {
            let fields = context.fields(owner, None)?;
            return Some((*context.types.items(fields).get(usize::from(field))?, &[]));
        };
        if !matches!(context.tables.struct_defs[usize::from(owner.0)].fields, StructFields::Variants(_)) {
            return None;
        }
        let found = self.orders.entry(owner).or_insert_with(|| type_orders(context, owner)).get(order)?;
        (found.offset == usize::from(field)).then_some((found.ty, &found.variants))
    }

    /// The name of an accessor of an own struct.
    fn parse<'n>(&self, name: &'n str, attribute: Option<FunctionAttribute>) -> Option<Name<'n>> {
        let (word, rest) = name.split_once('$')?;
        let word = match word {
            "pack" => Word::Pack,
            "unpack" => Word::Unpack,
            "test_variant" => Word::Test,
            "borrow" => Word::Borrow { mutable: false },
            "borrow_mut" => Word::Borrow { mutable: true },
            _ => return None,
        };
        let ends = rest.match_indices('$').map(|(at, _)| at).chain([rest.len()]);
        let mut found = ends.filter_map(|end| Some((self.structs.get(&rest[..end])?, end)));
        // Names of structs and variants may contain `$`: the attribute decides.
        let names_variant = matches!(
            attribute,
            Some(
                FunctionAttribute::PackVariant(_)
                    | FunctionAttribute::UnpackVariant(_)
                    | FunctionAttribute::TestVariant(_)
            )
        );
        let (owner, end) = if names_variant { found.next() } else { found.next_back() }?;
        Some(Name { word, owner: *owner, rest: rest.get(end + 1..) })
    }
}

#[derive(Clone, Copy)]
enum Word {
    Pack,
    Unpack,
    Test,
    Borrow { mutable: bool },
}

/// A name taken apart.
#[derive(Clone, Copy)]
struct Name<'n> {
    word: Word,
    owner: StructDefIdx,
    /// What follows the struct.
    rest: Option<&'n str>,
}

/// What an accessor does.
#[derive(Clone, Copy)]
enum Access {
    Pack(Option<u16>),
    Unpack(Option<u16>),
    Test(u16),
    /// The field at an offset; in an enum, its type order.
    Borrow {
        mutable: bool,
        field: u16,
        order: Option<usize>,
    },
}

/// What name and attribute say, if they say the same.
fn access(context: &Context<'_>, name: Name<'_>, attribute: FunctionAttribute) -> Option<Access> {
    let variant = |index: u16| {
        let def = &context.tables.struct_defs[usize::from(name.owner.0)];
        let variant = def.variants().get(usize::from(index))?;
        let variant_name = context.tables.identifiers[usize::from(variant.name.0)].as_str();
        (Some(variant_name) == name.rest).then_some(index)
    };
    match (name.word, attribute) {
        (Word::Pack, FunctionAttribute::Pack) if name.rest.is_none() => Some(Access::Pack(None)),
        (Word::Pack, FunctionAttribute::PackVariant(index)) => Some(Access::Pack(Some(variant(index)?))),
        (Word::Unpack, FunctionAttribute::Unpack) if name.rest.is_none() => Some(Access::Unpack(None)),
        (Word::Unpack, FunctionAttribute::UnpackVariant(index)) => Some(Access::Unpack(Some(variant(index)?))),
        (Word::Test, FunctionAttribute::TestVariant(index)) => Some(Access::Test(variant(index)?)),
        (Word::Borrow { mutable: false }, FunctionAttribute::BorrowFieldImmutable(field)) => {
            borrow(name.rest?, false, field)
        }
        (Word::Borrow { mutable: true }, FunctionAttribute::BorrowFieldMutable(field)) => {
            borrow(name.rest?, true, field)
        }
        _ => None,
    }
}

fn borrow(rest: &str, mutable: bool, field: u16) -> Option<Access> {
    let (offset, order) = match rest.split_once('$') {
        Some((offset, order)) => (offset, Some(number(order)?)),
        None => (rest, None),
    };
    (number(offset)? == usize::from(field)).then_some(Access::Borrow { mutable, field, order })
}

/// A decimal number in its shortest form.
fn number(text: &str) -> Option<usize> {
    let number: usize = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// The pairs of offset and type of an enum, numbered by first occurrence.
fn type_orders(context: &Context<'_>, owner: StructDefIdx) -> Vec<OrderedField> {
    let mut numbers: BTreeMap<(usize, TypeId), usize> = BTreeMap::new();
    let mut orders: Vec<OrderedField> = Vec::new();
    for (variant, list) in (0u16..).zip(context.layout(owner)) {
        for (offset, ty) in context.types.items(*list).iter().enumerate() {
            let number = *numbers.entry((offset, *ty)).or_insert_with(|| {
                orders.push(OrderedField { offset, ty: *ty, variants: Vec::new() });
                orders.len() - 1
            });
            orders[number].variants.push(variant);
        }
    }
    orders
}

fn check_signature(
    context: &mut Context<'_>,
    handle: &FunctionHandle,
    owner: StructDefIdx,
    access: Access,
    borrowed: Option<(TypeId, &[u16])>,
) -> Result<(), Reject> {
    let params = context.struct_handle(owner).type_params.len();
    if handle.type_params.len() != params {
        return Err(MISMATCH);
    }
    let identity: Vec<TypeId> = (0u16..).take(params).map(|index| context.types.id(Type::Parameter(index))).collect();
    let identity = context.types.list(&identity);
    let struct_handle = context.tables.struct_defs[usize::from(owner.0)].handle;
    let whole = context.types.owner(struct_handle, identity);
    let mut single = |shape: Option<Type>| {
        let ty = shape.map_or(whole, |shape| context.types.id(shape));
        context.types.list(&[ty])
    };
    let (parameters, results) = match access {
        Access::Pack(variant) => {
            let whole = single(None);
            (context.fields(owner, variant).ok_or(MISMATCH)?, whole)
        }
        Access::Unpack(variant) => {
            let whole = single(None);
            (whole, context.fields(owner, variant).ok_or(MISMATCH)?)
        }
        Access::Test(_) => (single(Some(Type::Reference(whole))), single(Some(Type::Bool))),
        Access::Borrow { mutable, field: _, order: _ } => {
            let reference = if mutable { Type::MutableReference } else { Type::Reference };
            let parameters = single(Some(reference(whole)));
            let (field, _) = borrowed.ok_or(MISMATCH)?;
            let field = context.types.id(reference(field));
            (parameters, context.types.list(&[field]))
        }
    };
    if context.signature(handle.parameters) == parameters && context.signature(handle.results) == results {
        Ok(())
    } else {
        Err(MISMATCH)
    }
}

fn check_body(
    context: &Context<'_>,
    handle: &FunctionHandle,
    code: &[Bytecode],
    owner: StructDefIdx,
    access: Access,
    borrowed: Option<(TypeId, &[u16])>,
) -> Result<(), Reject> {
    let [loads @ .., instruction, Bytecode::Ret] = code else { return Err(MISMATCH) };
    let parameters = context.signature_items(handle.parameters).len();
    let loads_all = loads.len() == parameters
        && loads
            .iter()
            .enumerate()
            .all(|(index, load)| matches!(load, Bytecode::MoveLoc(local) if usize::from(*local) == index));
    let is_identity = |arguments: Arguments| {
        let types = arguments.map_or(&[][..], |arguments| context.signature_items(arguments));
        types.len() == handle.type_params.len()
            && (0u16..).zip(types).all(|(index, ty)| context.types.shape(*ty) == Type::Parameter(index))
    };
    let does_it = match (access, context.op(instruction)) {
        (Access::Pack(expected), Op::Pack { owner: found, variant, arguments })
        | (Access::Unpack(expected), Op::Unpack { owner: found, variant, arguments }) => {
            found == owner && variant == expected && is_identity(arguments)
        }
        (Access::Test(expected), Op::TestVariant { owner: found, variant, arguments }) => {
            found == owner && variant == expected && is_identity(arguments)
        }
        (
            Access::Borrow { mutable: expected, field: offset, order: _ },
            Op::BorrowField { mutable, owner: found, field, variants, arguments },
        ) => {
            let listed = variants
                .map_or(&[][..], |handle| &context.tables.variant_field_handles[usize::from(handle.0)].variants);
            found == owner
                && mutable == expected
                && field == offset
                && borrowed.is_some_and(|(_, variants)| variants == listed)
                && is_identity(arguments)
        }
        _ => false,
    };
    if loads_all && does_it { Ok(()) } else { Err(MISMATCH) }
}
