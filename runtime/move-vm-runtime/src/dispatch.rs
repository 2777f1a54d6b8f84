//! What both interpreters do for natives that need code: dispatch, signatures, traces, encodability.

use crate::error::{StackFrame, VmError, VmResult};
use crate::host::Backing;
use crate::instance::Instance;
use crate::types::{Kind, Ty};
use crate::world::{FunctionNo, InstanceNo, LAYOUT_NODES_MAX, VALUE_DEPTH_MAX, World};
use move_binary_format::file_format::Visibility;
use move_core_types::{ModuleId, StatusCode};

/// Loads a module and charges for it; whether it has the function.
pub(crate) fn load_function(
    world: &mut World,
    host: &mut Backing<'_>,
    module: &ModuleId,
    function: &str,
) -> VmResult<bool> {
    if host.peek(&crate::state::Key::Module(module.clone()))?.is_none() {
        return Ok(false);
    }
    let no = world.load(host, module)?;
    world.use_module(host, no)?;
    Ok(world.find_function(host, module, function)?.is_some())
}

fn find(world: &mut World, host: &mut Backing<'_>, place: (&ModuleId, &str)) -> VmResult<FunctionNo> {
    if !load_function(world, host, place.0, place.1)? {
        let message = format!("no function {}::{}", place.0, place.1);
        return Err(VmError::new(StatusCode::FunctionResolutionFailure).message(message));
    }
    match world.find_function(host, place.0, place.1)? {
        Some(function) => Ok(function),
        None => Err(VmError::new(StatusCode::FunctionResolutionFailure)),
    }
}

/// Whether the native `first` may dispatch to `second`.
pub(crate) fn may_dispatch(
    world: &mut World,
    host: &mut Backing<'_>,
    first: (&ModuleId, &str),
    second: (&ModuleId, &str),
) -> VmResult<bool> {
    let elsewhere = first.0 != second.0;
    let (first, second) = (find(world, host, first)?, find(world, host, second)?);
    let definition = world.definition(world.function(second));
    if !elsewhere || definition.visibility != Visibility::Public || definition.is_native() {
        return Ok(false);
    }
    same_types(world, first, second, 1)
}

/// Compares signatures, the last `drop` parameters of the first aside, with type parameters by position.
fn same_types(world: &mut World, first: FunctionNo, second: FunctionNo, drop: usize) -> VmResult<bool> {
    let (one, two) = (world.handle(world.function(first)).clone(), world.handle(world.function(second)).clone());
    if one.type_params != two.type_params {
        return Ok(false);
    }
    // Types of different modules compare once instantiated; placeholders keep the parameters apart.
    let placeholders = placeholders(world, one.type_params.len())?;
    let (first, second) = (world.function(first).module, world.function(second).module);
    let (code_one, code_two) = (world.module(first).code.clone(), world.module(second).code.clone());
    let bounds = || VmError::invariant("index outside a table of verified code");
    let params_one = &code_one.signature(one.parameters).ok_or_else(bounds)?.0;
    let Some(kept) = params_one.len().checked_sub(drop) else { return Ok(false) };
    let params_one = world.tys(first, &params_one[..kept], &placeholders)?;
    let params_two = world.tys(second, &code_two.signature(two.parameters).ok_or_else(bounds)?.0, &placeholders)?;
    let results_one = world.tys(first, &code_one.signature(one.results).ok_or_else(bounds)?.0, &placeholders)?;
    let results_two = world.tys(second, &code_two.signature(two.results).ok_or_else(bounds)?.0, &placeholders)?;
    Ok(params_one == params_two && results_one == results_two)
}

/// Distinct types that stand for type parameters: `vector<signer>` nested by position.
fn placeholders(world: &mut World, count: usize) -> VmResult<Vec<Ty>> {
    let mut ty = Ty::SIGNER;
    let mut tys = Vec::with_capacity(count);
    for _ in 0..count {
        ty = world.types.vector(ty)?;
        tys.push(ty);
    }
    Ok(tys)
}

/// The function to which a native dispatches, if it fits.
pub(crate) fn target(
    world: &mut World,
    host: &mut Backing<'_>,
    native: &Instance,
    module: &ModuleId,
    function: &str,
) -> VmResult<InstanceNo> {
    let refuse = |message: &str| VmError::new(StatusCode::RuntimeDispatchError).message(message.to_owned());
    if !module.address.is_special() && !host.modules_used.contains(module) {
        return Err(VmError::new(StatusCode::FunctionResolutionFailure)
            .message("the module of a dispatch target was not loaded"));
    }
    if world.module(native.module).id == *module {
        return Err(refuse("dispatch into the module of the native"));
    }
    let Some(no) = world.find_function(host, module, function)? else {
        return Err(VmError::new(StatusCode::FunctionResolutionFailure));
    };
    let definition = world.definition(world.function(no));
    if definition.visibility != Visibility::Public || definition.is_native() {
        return Err(refuse("a dispatch target must be public and not native"));
    }
    if !same_types(world, native.function, no, 1)? {
        return Err(refuse("a dispatch target has another signature"));
    }
    world.instantiate(no, &native.ty_args)
}

/// Whether values of a type have an encoding at all: no references, no closures without store, no too big layout.
pub(crate) fn encodable(world: &mut World, ty: Ty) -> VmResult<bool> {
    let facts = world.facts(ty)?;
    if facts.nodes > LAYOUT_NODES_MAX || facts.depth > VALUE_DEPTH_MAX {
        return Ok(false);
    }
    if !facts.has_function {
        return Ok(!world.types.is_ref(ty));
    }
    let mut stack = vec![ty];
    while let Some(ty) = stack.pop() {
        match world.types.kind(ty) {
            Kind::Function(function) if !function.abilities.has_store() => return Ok(false),
            Kind::Ref { .. } => return Ok(false),
            Kind::Vector(element) => stack.push(*element),
            Kind::Struct(..) => {
                let body = world.body(ty)?;
                stack.extend(body.variants.iter().flat_map(|fields| fields.iter()));
            }
            Kind::Function(_) | Kind::Bool | Kind::Int(_) | Kind::Address | Kind::Signer => {}
        }
    }
    Ok(true)
}

/// The calls of a trace, one per line.
pub(crate) fn trace_text(frames: &[StackFrame]) -> String {
    use std::fmt::Write;
    let mut text = String::from("Call Stack:\n");
    for (depth, frame) in frames.iter().enumerate() {
        let module = frame.module.as_ref().map_or_else(|| "script".to_owned(), ToString::to_string);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    [{depth}] {module}::{}\n        Code: [{}]", frame.function, frame.code_offset);
    }
    text
}
