//! Entry signatures: what a transaction may call, and with what.
//!
//! The core verifier does not restrict entry functions and scripts; whoever runs transactions asks
//! here. Signers come first, everything else must be something that bytes from outside can become:
//! scalars, vectors, strings, options, object handles. Nothing is returned.
//!
//! Types of the standard library are recognized by name at address `0x1`.

use move_binary_format::file_format::{SignatureIdx, SignatureToken, StructHandleIdx, Tables};
use move_core_types::{AccountAddress, StatusCode};

/// What an entry function or script takes from a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryParameters {
    /// Leading `signer` or `&signer` parameters.
    pub signers: usize,
    /// Parameters decoded from the transaction's arguments.
    pub arguments: usize,
}

/// What an argument may be besides scalars and vectors, by module and name at `0x1`; whether it
/// takes one type argument that must be allowed itself, or one that can be anything.
const ALLOWED_STRUCTS: &[(&str, &str, Argument)] = &[
    ("string", "String", Argument::None),
    ("option", "Option", Argument::Allowed),
    ("object", "Object", Argument::Any),
];

/// The type argument of an allowed struct.
#[derive(Clone, Copy)]
enum Argument {
    None,
    Allowed,
    Any,
}

/// Checks the signature of an entry function or script. Indices are within bounds.
///
/// * `results`: `None` for scripts.
///
/// # Errors
/// `INVALID_MAIN_FUNCTION_SIGNATURE` for results, references and signers after other parameters;
/// `INVALID_PARAM_TYPE_FOR_DESERIALIZATION` for types that arguments cannot have.
pub fn check(
    tables: &Tables,
    parameters: SignatureIdx,
    results: Option<SignatureIdx>,
) -> Result<EntryParameters, StatusCode> {
    let list = |index: SignatureIdx| tables.signature(index).map(|signature| &signature.0[..]);
    let parameters = list(parameters).ok_or(StatusCode::InvalidMainFunctionSignature)?;
    if let Some(results) = results
        && !list(results).ok_or(StatusCode::InvalidMainFunctionSignature)?.is_empty()
    {
        return Err(StatusCode::InvalidMainFunctionSignature);
    }
    let signers = parameters.iter().take_while(|ty| is_signer(ty)).count();
    for ty in &parameters[signers..] {
        if is_signer(ty) || ty.is_reference() {
            return Err(StatusCode::InvalidMainFunctionSignature);
        }
        if !is_allowed(tables, ty) {
            return Err(StatusCode::InvalidParamTypeForDeserialization);
        }
    }
    Ok(EntryParameters { signers, arguments: parameters.len() - signers })
}

fn is_signer(ty: &SignatureToken) -> bool {
    let target = if let SignatureToken::Reference(target) = ty { target } else { ty };
    *target == SignatureToken::Signer
}

fn is_allowed(tables: &Tables, ty: &SignatureToken) -> bool {
    // Allowed types nest in one place at a time.
    let mut ty = ty;
    loop {
        ty = match ty {
            SignatureToken::Bool | SignatureToken::Address => return true,
            SignatureToken::Vector(element) => element,
            SignatureToken::Struct(handle) => {
                return matches!(allowed_struct(tables, *handle), Some(Argument::None));
            }
            SignatureToken::StructInst(handle, arguments) => match (allowed_struct(tables, *handle), &arguments[..]) {
                (Some(Argument::Allowed), [argument]) => argument,
                (Some(Argument::Any), [_]) => return true,
                _ => return false,
            },
            // What a type parameter stands for is known, and checked, when the function is called.
            SignatureToken::TypeParam(_) => return true,
            SignatureToken::U8
            | SignatureToken::U16
            | SignatureToken::U32
            | SignatureToken::U64
            | SignatureToken::U128
            | SignatureToken::U256
            | SignatureToken::I8
            | SignatureToken::I16
            | SignatureToken::I32
            | SignatureToken::I64
            | SignatureToken::I128
            | SignatureToken::I256 => return true,
            SignatureToken::Signer
            | SignatureToken::Reference(_)
            | SignatureToken::MutableReference(_)
            | SignatureToken::Function(_) => return false,
        }
    }
}

fn allowed_struct(tables: &Tables, handle: StructHandleIdx) -> Option<Argument> {
    let handle = tables.struct_handle(handle)?;
    let module = tables.module_handle(handle.module)?;
    let module_name = tables.identifier(module.name)?;
    let name = tables.identifier(handle.name)?;
    if tables.address(module.address)? != &AccountAddress::ONE {
        return None;
    }
    let found = ALLOWED_STRUCTS.iter().find(|(of, this, _)| module_name == of && name == this);
    found.map(|(_, _, argument)| *argument)
}
