//! Arguments of the outermost call: who may be called with what.

use crate::CallRule;
use crate::codec::Reader;
use crate::error::{VmError, VmResult};
use crate::types::{Kind, Ty};
use crate::world::World;
use move_core_types::StatusCode;

/// One argument, still encoded.
#[derive(Debug, Clone)]
pub(crate) struct Encoded {
    /// The type, a reference's target for references.
    pub(crate) ty: Ty,
    /// Whether the parameter is a reference.
    pub(crate) by_reference: bool,
    pub(crate) bytes: Vec<u8>,
}

/// Matches arguments with parameters, fills in signers, and checks what the rule asks for.
pub(crate) fn gather(
    world: &mut World,
    params: &[Ty],
    results: &[Ty],
    args: &[Vec<u8>],
    rule: CallRule<'_>,
) -> VmResult<Vec<Encoded>> {
    if matches!(rule, CallRule::Entry(_)) && !results.is_empty() {
        return Err(VmError::new(StatusCode::InvalidMainFunctionSignature).message("entry functions return nothing"));
    }
    let signers = match rule {
        CallRule::Any => None,
        CallRule::Entry(signers) => Some(signers),
        CallRule::View => Some(&[][..]),
    };
    let mut all: Vec<Vec<u8>> = Vec::with_capacity(params.len());
    if let Some(signers) = signers {
        let wanted = params.iter().take_while(|ty| world.types.target(**ty) == Ty::SIGNER).count();
        if wanted != 0 && wanted != signers.len() {
            return Err(VmError::new(StatusCode::NumberOfSignerArgumentsMismatch));
        }
        all.extend(signers.iter().take(wanted).map(|signer| signer.as_ref().to_vec()));
        for ty in params.iter().skip(wanted) {
            if world.types.target(*ty) == Ty::SIGNER || world.types.is_ref(*ty) {
                let message = "signers come first, and nothing else is a reference";
                return Err(VmError::new(StatusCode::InvalidMainFunctionSignature).message(message));
            }
            if !constructible(world, *ty)? {
                return Err(VmError::new(StatusCode::InvalidParamTypeForDeserialization));
            }
        }
        for (ty, bytes) in params.iter().skip(wanted).zip(args) {
            validate(world, *ty, bytes)?;
        }
    }
    all.extend(args.iter().cloned());
    if all.len() != params.len() {
        return Err(VmError::new(StatusCode::NumberOfArgumentsMismatch).message(format!(
            "{} arguments for {} parameters",
            all.len(),
            params.len()
        )));
    }
    let encoded = params.iter().zip(all).map(|(ty, bytes)| Encoded {
        ty: world.types.target(*ty),
        by_reference: world.types.is_ref(*ty),
        bytes,
    });
    Ok(encoded.collect())
}

/// Types that a transaction may hand in: scalars, strings, options, objects, fixed-point numbers, and vectors of them.
fn constructible(world: &World, ty: Ty) -> VmResult<bool> {
    let mut ty = ty;
    loop {
        match world.types.kind(ty) {
            Kind::Bool | Kind::Int(_) | Kind::Address => return Ok(true),
            Kind::Vector(element) => ty = *element,
            Kind::Struct(_, args) => {
                let known = [
                    ("string", "String"),
                    ("object", "Object"),
                    ("fixed_point32", "FixedPoint32"),
                    ("fixed_point64", "FixedPoint64"),
                ];
                if known.iter().any(|(module, name)| world.is_std(ty, module, name)) {
                    return Ok(true);
                }
                match args.first() {
                    Some(inner) if world.is_std(ty, "option", "Option") => ty = *inner,
                    _ => return Ok(false),
                }
            }
            Kind::Signer | Kind::Ref { .. } | Kind::Function(_) => return Ok(false),
        }
    }
}

/// Checks what layout decoding alone does not: UTF-8 of strings, at most one element in options.
fn validate(world: &mut World, ty: Ty, bytes: &[u8]) -> VmResult<()> {
    let mut reader = Reader::new(bytes);
    match check(world, ty, &mut reader)? {
        Some(()) if reader.is_empty() => Ok(()),
        _ => Err(VmError::new(StatusCode::FailedToDeserializeArgument)),
    }
}

/// Recursion is bounded by the depth of types.
fn check(world: &mut World, ty: Ty, reader: &mut Reader<'_>) -> VmResult<Option<()>> {
    Ok(match world.types.kind(ty) {
        Kind::Bool => reader.bool().map(|_| ()),
        Kind::Int(kind) => {
            let bytes = kind.bytes() as usize;
            reader.take(bytes).map(|_| ())
        }
        Kind::Address => reader.take(32).map(|_| ()),
        Kind::Vector(element) => {
            let element = *element;
            let Some(count) = reader.length() else { return Ok(None) };
            for _ in 0..count {
                if check(world, element, reader)?.is_none() {
                    return Ok(None);
                }
            }
            Some(())
        }
        Kind::Struct(_, args) => {
            let args = args.clone();
            if world.is_std(ty, "string", "String") {
                return Ok(reader.bytes().filter(|bytes| std::str::from_utf8(bytes).is_ok()).map(|_| ()));
            }
            if world.is_std(ty, "option", "Option") {
                return match (reader.uleb(), args.first()) {
                    (Some(0), _) => Ok(Some(())),
                    (Some(1), Some(inner)) => check(world, *inner, reader),
                    _ => Ok(None),
                };
            }
            let body = world.body(ty)?;
            for field in body.variants.first().into_iter().flatten() {
                if check(world, *field, reader)?.is_none() {
                    return Ok(None);
                }
            }
            Some(())
        }
        Kind::Signer | Kind::Ref { .. } | Kind::Function(_) => None,
    })
}
