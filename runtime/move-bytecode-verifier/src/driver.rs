//! Runs the passes in order, and makes what has passed them into a type of its own.
//!
//! The first error ends verification. A panic, which would be a defect of ours, is reported as
//! `VERIFIER_INVARIANT_VIOLATION` and does not bring the process down.

use crate::{
    acquires,
    config::VerifierConfig,
    constant_accessors, constants,
    context::{Body, Context},
    control_flow::ControlFlow,
    duplicates,
    error::{Reject, VerifyError},
    features, friends, immutable_functions, instantiation_loops, instructions, limits, locals, loops,
    meter::Meter,
    recursion, references, signatures, stack,
    steps::{Pass, Steps},
    struct_accessors::{self, StructAccessors},
    type_safety,
};
use move_binary_format::{
    bounds,
    file_format::{CompiledModule, CompiledScript, FunctionDefIdx},
};
use move_core_types::{ModuleId, StatusCode};
use std::{
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A module that has passed every pass over a single module. [`verify_module`] is the only
/// constructor. Whether it fits its dependencies is another question: [`crate::dependencies`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedModule {
    module: CompiledModule,
    units: u64,
}

impl VerifiedModule {
    /// The module, no longer known to be verified.
    pub fn into_inner(self) -> CompiledModule {
        self.module
    }

    /// Metering units that verification took.
    pub fn units(&self) -> u64 {
        self.units
    }
}

impl Deref for VerifiedModule {
    type Target = CompiledModule;
    fn deref(&self) -> &CompiledModule {
        &self.module
    }
}

/// A script that has passed every pass over a single script. [`verify_script`] is the only
/// constructor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedScript {
    script: CompiledScript,
    units: u64,
}

impl VerifiedScript {
    /// The script, no longer known to be verified.
    pub fn into_inner(self) -> CompiledScript {
        self.script
    }

    /// Metering units that verification took.
    pub fn units(&self) -> u64 {
        self.units
    }
}

impl Deref for VerifiedScript {
    type Target = CompiledScript;
    fn deref(&self) -> &CompiledScript {
        &self.script
    }
}

/// Decides whether a module may run, as far as the module alone can tell.
///
/// Time and memory are linear in the module, up to the metered passes, which the limits of the
/// configuration bound.
///
/// # Errors
/// The first rule that is violated, with its public status code and place.
pub fn verify_module(config: &VerifierConfig, module: CompiledModule) -> Result<VerifiedModule, VerifyError> {
    let units = guarded(|| check_module(config, &module, &Steps::default()))?;
    Ok(VerifiedModule { module, units })
}

/// The verdict on a module, and how many steps it took: a count of elementary work in all passes,
/// metered or not, for tests of how the verifier scales.
#[doc(hidden)]
pub fn count_steps(config: &VerifierConfig, module: &CompiledModule) -> (Result<u64, VerifyError>, u64) {
    let steps = Steps::default();
    let verdict = guarded(|| check_module(config, module, &steps));
    (verdict, steps.get())
}

/// The verdict that a module would get without one pass: for tests that show that each pass matters.
#[doc(hidden)]
pub fn verdict_without(config: &VerifierConfig, module: &CompiledModule, pass: Pass) -> Result<u64, VerifyError> {
    guarded(|| check_module(config, module, &Steps::without(pass)))
}

/// Decides whether a script may run, as far as the script alone can tell.
///
/// # Errors
/// The first rule that is violated, with its public status code and place.
pub fn verify_script(config: &VerifierConfig, script: CompiledScript) -> Result<VerifiedScript, VerifyError> {
    let units = guarded(|| check_script(config, &script))?;
    Ok(VerifiedScript { script, units })
}

/// Turns a panic into an error.
pub(crate) fn guarded<T>(check: impl FnOnce() -> Result<T, VerifyError>) -> Result<T, VerifyError> {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| {
        Err(VerifyError::new(StatusCode::VerifierInvariantViolation).with_message("the verifier panicked"))
    })
}

fn check_module(config: &VerifierConfig, module: &CompiledModule, steps: &Steps) -> Result<u64, VerifyError> {
    if steps.runs(Pass::Bounds) {
        bounds::check_module(module)?;
    }
    let id = module.self_id();
    run_module_passes(config, module, steps).map_err(|reject| reject.into_error(id))
}

fn run_module_passes(config: &VerifierConfig, module: &CompiledModule, steps: &Steps) -> Result<u64, Reject> {
    if steps.runs(Pass::Features) {
        features::check(config, &module.tables)?;
        for (index, def) in (0u16..).zip(&module.function_defs) {
            let code = def.code.as_ref().map_or(&[][..], |code| &code.code);
            features::check_code(config, code).map_err(|reject| reject.in_function(Some(index)))?;
        }
    }
    if steps.runs(Pass::Limits) {
        limits::check(config, &module.tables)?;
    }
    let mut context = Context::of_module(module, steps);
    if steps.runs(Pass::Duplicates) {
        duplicates::check(&context)?;
    }
    let bodies = context.bodies();
    if steps.runs(Pass::Signatures) {
        signatures::check(&mut context, &bodies)?;
    }
    if steps.runs(Pass::Instructions) {
        for body in bodies.iter().flatten() {
            instructions::check(&context, body).map_err(|reject| body.locate(reject))?;
        }
    }
    if steps.runs(Pass::Constants) {
        constants::check(&context)?;
    }
    if steps.runs(Pass::Friends) {
        friends::check(&context)?;
    }
    if steps.runs(Pass::Recursion) {
        recursion::check(&context)?;
    }
    if steps.runs(Pass::Instantiation) {
        instantiation_loops::check(&context, &bodies)?;
    }
    let mut struct_accessors = steps.runs(Pass::StructAccessors).then(|| StructAccessors::new(&context)).transpose()?;
    let mut meter = if steps.runs(Pass::Meter) { Meter::new(config) } else { Meter::unlimited() };
    let mut back_edges = 0;
    for (index, body) in (0u16..).zip(&bodies) {
        let index = FunctionDefIdx(index);
        let locate = |reject: Reject| reject.in_function(Some(index.0));
        if let Some(struct_accessors) = &mut struct_accessors {
            struct_accessors.check(&mut context, index).map_err(locate)?;
        }
        if steps.runs(Pass::ConstantAccessors) {
            constant_accessors::check(&context, index).map_err(locate)?;
        }
        let Some(body) = body else { continue };
        if steps.runs(Pass::Immutable) {
            immutable_functions::check(&context, body).map_err(locate)?;
        }
        back_edges +=
            check_function(config, &mut context, body, &mut meter, steps).map_err(|reject| body.locate(reject))?;
        meter.finish_function()?;
    }
    let exceeds = config.max_back_edges_per_module.is_some_and(|limit| back_edges > limit as usize);
    if exceeds && steps.runs(Pass::FlowLimits) {
        return Err(Reject::new(StatusCode::TooManyBackEdges));
    }
    Ok(meter.units())
}

/// The passes over one function of a module. Returns the number of back edges.
fn check_function(
    config: &VerifierConfig,
    context: &mut Context<'_>,
    body: &Body<'_>,
    meter: &mut Meter,
    steps: &Steps,
) -> Result<usize, Reject> {
    let flow = if steps.runs(Pass::Flow) {
        loops::check(config, context.version, body.code)?
    } else {
        ControlFlow::new(body.code).ok_or(Reject::new(StatusCode::VerifierInvariantViolation))?
    };
    if steps.runs(Pass::FlowLimits) {
        if config.max_basic_blocks.is_some_and(|limit| flow.blocks().len() > limit as usize) {
            return Err(Reject::at(StatusCode::TooManyBasicBlocks, 0));
        }
        if config.max_back_edges_per_function.is_some_and(|limit| flow.back_edges().len() > limit as usize) {
            return Err(Reject::at(StatusCode::TooManyBackEdges, 0));
        }
    }
    check_code(config, context, body, &flow, meter, steps)?;
    if steps.runs(Pass::Acquires) {
        acquires::check(context, body)?;
    }
    Ok(flow.back_edges().len())
}

/// The passes that functions and scripts have in common.
fn check_code(
    config: &VerifierConfig,
    context: &mut Context<'_>,
    body: &Body<'_>,
    flow: &ControlFlow,
    meter: &mut Meter,
    steps: &Steps,
) -> Result<(), Reject> {
    if steps.runs(Pass::Stack) {
        stack::check(config, context, body, flow)?;
    }
    if steps.runs(Pass::Types) {
        type_safety::check(context, body, flow, meter)?;
    }
    if steps.runs(Pass::Locals) {
        locals::check(context, body, flow, meter)?;
    }
    if steps.runs(Pass::References) {
        references::check(context, body, flow, meter)?;
    }
    Ok(())
}

fn check_script(config: &VerifierConfig, script: &CompiledScript) -> Result<u64, VerifyError> {
    bounds::check_script(script)?;
    run_script_passes(config, script).map_err(|reject| reject.into_error(None::<ModuleId>))
}

fn run_script_passes(config: &VerifierConfig, script: &CompiledScript) -> Result<u64, Reject> {
    features::check(config, &script.tables)?;
    features::check_script_access(config, script.access.as_ref())?;
    features::check_code(config, &script.code.code)?;
    limits::check(config, &script.tables)?;
    let steps = Steps::default();
    let mut context = Context::of_script(script, &steps);
    duplicates::check(&context)?;
    let body = context.script_body(script);
    signatures::check_script(&mut context, script, &body)?;
    instructions::check(&context, &body)?;
    constants::check(&context)?;
    struct_accessors::check_script(&context)?;
    let flow = loops::check(config, context.version, body.code)?;
    if config.max_basic_blocks_in_script.is_some_and(|limit| flow.blocks().len() > limit as usize) {
        return Err(Reject::at(StatusCode::TooManyBasicBlocks, 0));
    }
    let mut meter = Meter::new(config);
    check_code(config, &mut context, &body, &flow, &mut meter, &steps)?;
    meter.finish_function()?;
    Ok(meter.units())
}
