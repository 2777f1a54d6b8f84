//! The bytecode verifier has the last word. What it refuses is a defect of the compiler, except for limits.

use crate::{
    codes::Code, diagnostics::Diagnostic, program::Program, source::Span, source_map::SourceMap, types::ModId,
};
use move_binary_format::{CompiledModule, CompiledScript};
use move_bytecode_verifier::{VerifierConfig, VerifyError, verify_module, verify_script};
use move_core_types::StatusCode;

/// Verifies a module; reports what is wrong.
pub(crate) fn module(program: &Program, id: ModId, module: &CompiledModule, map: &SourceMap) -> bool {
    match verify_module(&config(), module.clone()) {
        Ok(_) => true,
        Err(error) => {
            report(program, id, &error, map);
            false
        }
    }
}

/// Verifies a script; reports what is wrong.
pub(crate) fn script(program: &Program, id: ModId, script: &CompiledScript, map: &SourceMap) -> bool {
    match verify_script(&config(), script.clone()) {
        Ok(_) => true,
        Err(error) => {
            report(program, id, &error, map);
            false
        }
    }
}

fn config() -> VerifierConfig {
    VerifierConfig::production()
}

fn place(program: &Program, id: ModId, error: &VerifyError, map: &SourceMap) -> Span {
    let function = map.functions.get(usize::from(error.function.unwrap_or(0)));
    let Some(function) = function else { return program.module(id).name_span };
    error.offset.and_then(|offset| function.span_at(offset)).unwrap_or(function.span)
}

fn report(program: &Program, id: ModId, error: &VerifyError, map: &SourceMap) {
    let span = if error.function.is_some() || error.offset.is_some() {
        place(program, id, error, map)
    } else {
        program.module(id).name_span
    };
    let limit = match error.status {
        StatusCode::TooManyTypeParameters => Some("more type parameters than are possible (32)"),
        StatusCode::TooManyParameters => Some("more parameters or results than are possible (128)"),
        StatusCode::TooManyTypeNodes => Some("a type that is too large or too deep (128 nodes, 20 levels)"),
        StatusCode::TooManyBasicBlocks => Some("too many branches in one function (1024 blocks)"),
        StatusCode::LoopMaxDepthReached => Some("loops that nest too deeply (5 levels)"),
        StatusCode::ValueStackOverflow | StatusCode::ValueStackPushOverflow => {
            Some("an expression that needs too much of the operand stack")
        }
        StatusCode::ProgramTooComplex => Some("code that is too complex to verify"),
        _ => None,
    };
    let module = program.module_text(id);
    program.report(match limit {
        Some(what) => Diagnostic::new(Code::Limit, span, format!("`{module}` has {what}")).note(error.to_string()),
        None => Diagnostic::new(
            Code::Internal,
            span,
            format!("the bytecode verifier refuses the code made for `{module}`: {error}"),
        )
        .note("this is a defect of the compiler; please report it together with the source"),
    });
}
