//! Constant accessors (version 11): a function named `const$...` returns a constant, and nothing else
//! does so under the attribute.
//!
//! A function passes iff it has neither name nor attribute, or both, the attribute once, and a body
//! that loads one value in the way of its type and returns it. Constant work per function.

use crate::{context::Context, error::Reject, types::Type};
use move_binary_format::file_format::{Bytecode, FunctionAttribute, FunctionDefIdx};
use move_core_types::StatusCode;

/// The first version with constant accessors.
const SINCE: u32 = 11;

pub(crate) fn check(context: &Context<'_>, definition: FunctionDefIdx) -> Result<(), Reject> {
    if context.version < SINCE {
        return Ok(());
    }
    let tables = context.tables;
    let def = &tables.function_defs[usize::from(definition.0)];
    let handle = &tables.function_handles[usize::from(def.handle.0)];
    let name = tables.identifiers[usize::from(handle.name.0)].as_str();
    let is_named = name.strip_prefix("const$").is_some_and(|rest| !rest.is_empty());
    let count = handle.attributes.iter().filter(|found| **found == FunctionAttribute::ConstantAccessor).count();
    let holds = match (is_named, count) {
        (false, 0) => true,
        (true, 1) => {
            let code = def.code.as_ref().map_or(&[][..], |code| &code.code);
            let parameters = context.signature_items(handle.parameters);
            match (parameters, context.signature_items(handle.results), code) {
                ([], [ty], [load, Bytecode::Ret]) => loads(context, load, context.types.shape(*ty), *ty),
                _ => false,
            }
        }
        _ => false,
    };
    if holds { Ok(()) } else { Err(Reject::new(StatusCode::InvalidConstApiCode)) }
}

/// Whether the instruction loads a value of the type in the only way allowed.
fn loads(context: &Context<'_>, load: &Bytecode, shape: Type, ty: crate::types::TypeId) -> bool {
    match shape {
        Type::Bool => matches!(load, Bytecode::LdTrue | Bytecode::LdFalse),
        Type::U8 => matches!(load, Bytecode::LdU8(_)),
        Type::U16 => matches!(load, Bytecode::LdU16(_)),
        Type::U32 => matches!(load, Bytecode::LdU32(_)),
        Type::U64 => matches!(load, Bytecode::LdU64(_)),
        Type::U128 => matches!(load, Bytecode::LdU128(_)),
        Type::U256 => matches!(load, Bytecode::LdU256(_)),
        Type::I8 => matches!(load, Bytecode::LdI8(_)),
        Type::I16 => matches!(load, Bytecode::LdI16(_)),
        Type::I32 => matches!(load, Bytecode::LdI32(_)),
        Type::I64 => matches!(load, Bytecode::LdI64(_)),
        Type::I128 => matches!(load, Bytecode::LdI128(_)),
        Type::I256 => matches!(load, Bytecode::LdI256(_)),
        Type::Address
        | Type::Signer
        | Type::Vector(_)
        | Type::Struct(_)
        | Type::Instance(..)
        | Type::Parameter(_)
        | Type::Reference(_)
        | Type::MutableReference(_)
        | Type::Function { .. } => {
            matches!(load, Bytecode::LdConst(constant) if context.constant_type(usize::from(constant.0)) == ty)
        }
    }
}
