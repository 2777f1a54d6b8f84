//! Limits: counts and sizes of what is declared.
//!
//! A module passes iff no handle, type or definition exceeds its limit in the configuration.
//! Linear in the module; does not recurse into types.

use crate::{config::VerifierConfig, error::Reject};
use move_binary_format::{
    errors::IndexKind,
    file_format::{SignatureToken, StructFields, Tables},
};
use move_core_types::StatusCode;

/// Weight of a struct, an instantiation or a type parameter; other nodes weigh 1, function types
/// included (rule T-LIM-1).
const NAMED_NODE_WEIGHT: u64 = 4;

fn exceeds(count: usize, limit: Option<u32>) -> bool {
    limit.is_some_and(|limit| count > limit as usize)
}

pub(crate) fn check(config: &VerifierConfig, tables: &Tables) -> Result<(), Reject> {
    check_handles(config, tables)?;
    check_types(config, tables)?;
    check_definitions(config, tables)
}

fn check_handles(config: &VerifierConfig, tables: &Tables) -> Result<(), Reject> {
    let signature_len = |index| tables.signature(index).map_or(0, |signature| signature.0.len());
    for (index, handle) in tables.function_handles.iter().enumerate() {
        let reject = |status| Err(Reject::entry(status, IndexKind::FunctionHandle, index));
        if exceeds(handle.type_params.len(), config.max_type_parameters) {
            return reject(StatusCode::TooManyTypeParameters);
        }
        if exceeds(signature_len(handle.parameters), config.max_function_parameters)
            || exceeds(signature_len(handle.results), config.max_function_results)
        {
            return reject(StatusCode::TooManyParameters);
        }
    }
    for (index, handle) in tables.struct_handles.iter().enumerate() {
        if exceeds(handle.type_params.len(), config.max_type_parameters) {
            return Err(Reject::entry(StatusCode::TooManyTypeParameters, IndexKind::StructHandle, index));
        }
    }
    Ok(())
}

fn check_types(config: &VerifierConfig, tables: &Tables) -> Result<(), Reject> {
    for (index, signature) in tables.signatures.iter().enumerate() {
        for ty in &signature.0 {
            check_type(config, ty).map_err(|reject| reject.or_entry(IndexKind::Signature, index))?;
        }
    }
    for (index, constant) in tables.constants.iter().enumerate() {
        check_type(config, &constant.ty).map_err(|reject| reject.or_entry(IndexKind::ConstantPool, index))?;
    }
    for (index, def) in tables.struct_defs.iter().enumerate() {
        for field in def.all_fields() {
            check_type(config, &field.ty).map_err(|reject| reject.or_entry(IndexKind::StructDefinition, index))?;
        }
    }
    Ok(())
}

fn check_type(config: &VerifierConfig, ty: &SignatureToken) -> Result<(), Reject> {
    let mut weight = 0u64;
    for (node, depth) in ty.nodes() {
        if exceeds(depth, config.max_type_depth) {
            return Err(Reject::new(StatusCode::TooManyTypeNodes));
        }
        weight += match node {
            SignatureToken::Struct(_) | SignatureToken::StructInst(..) | SignatureToken::TypeParam(_) => {
                NAMED_NODE_WEIGHT
            }
            SignatureToken::Function(function) => {
                if exceeds(function.args.len(), config.max_function_parameters)
                    || exceeds(function.results.len(), config.max_function_results)
                {
                    return Err(Reject::new(StatusCode::TooManyParameters));
                }
                1
            }
            SignatureToken::Bool
            | SignatureToken::U8
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
            | SignatureToken::I256
            | SignatureToken::Address
            | SignatureToken::Signer
            | SignatureToken::Vector(_)
            | SignatureToken::Reference(_)
            | SignatureToken::MutableReference(_) => 1,
        };
    }
    if config.max_type_nodes.is_some_and(|limit| weight > u64::from(limit)) {
        return Err(Reject::new(StatusCode::TooManyTypeNodes));
    }
    Ok(())
}

fn check_definitions(config: &VerifierConfig, tables: &Tables) -> Result<(), Reject> {
    if exceeds(tables.function_defs.len(), config.max_function_definitions) {
        return Err(Reject::new(StatusCode::MaxFunctionDefinitionsReached));
    }
    if exceeds(tables.struct_defs.len(), config.max_struct_definitions) {
        return Err(Reject::new(StatusCode::MaxStructDefinitionsReached));
    }
    for (index, def) in tables.struct_defs.iter().enumerate() {
        let reject = |status| Err(Reject::entry(status, IndexKind::StructDefinition, index));
        let fields = match &def.fields {
            StructFields::Native => 0,
            StructFields::Plain(fields) => fields.len(),
            StructFields::Variants(variants) => {
                if exceeds(variants.len(), config.max_struct_variants) {
                    return reject(StatusCode::MaxStructVariantsReached);
                }
                variants.iter().map(|variant| variant.fields.len()).max().unwrap_or(0)
            }
        };
        if exceeds(fields, config.max_fields) {
            return reject(StatusCode::MaxFieldDefinitionsReached);
        }
    }
    Ok(())
}
