//! One transaction: calls, publications, and what they leave behind.

use crate::engine;
use crate::error::{Location, VmError, VmResult};
use crate::gas::{GasKind, GasMeter};
use crate::host::{Backing, Extensions, Host, Saved};
use crate::plain;
use crate::publish::PublishRequest;
use crate::show::{self, Shown, Style};
use crate::state::{Changes, Event, Key, Write};
use crate::types::{Kind, Ty};
use crate::vm::{Shared, format_error, verify_error};
use crate::world::{FunctionNo, World};
use crate::{CallRule, Returns};
use move_binary_format::file_format::{FunctionDef, FunctionHandle, ModuleHandle, ModuleHandleIdx, Visibility};
use move_binary_format::{CompiledModule, CompiledScript};
use move_bytecode_verifier::{complexity, dependencies, verify_script};
use move_core_types::{AccountAddress, Identifier, ModuleId, StatusCode, StructTag, TypeTag};
use std::sync::Arc;

/// One transaction over a fixed state.
///
/// Between calls, changes lie in the session as BCS; [`Session::finish`] gives them back as the exact difference.
pub struct Session<'s> {
    pub(crate) shared: Arc<Shared>,
    world: Option<World>,
    /// Whether the code in the session differs from that of the view: its world serves nobody else.
    pub(crate) published: bool,
    pub(crate) backing: Backing<'s>,
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("host", &self.backing.host).finish_non_exhaustive()
    }
}

/// A state of a session to return to.
#[derive(Debug, Clone)]
pub struct Checkpoint(Saved);

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(world) = self.world.take().filter(|_| !self.published) {
            self.shared.keep(world);
        }
    }
}

/// What a function looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionInfo {
    /// Whether a transaction may call it.
    pub is_entry: bool,
    /// Who may call it.
    pub visibility: Visibility,
    /// Number of type parameters.
    pub type_params: usize,
    /// Number of leading signer parameters.
    pub signers: usize,
    /// Number of parameters, signers included.
    pub params: usize,
    /// Number of results.
    pub results: usize,
}

impl<'s> Session<'s> {
    pub(crate) fn new(shared: Arc<Shared>, world: World, backing: Backing<'s>) -> Self {
        Self { shared, world: Some(world), published: false, backing }
    }

    /// Gas, events, facts and extension data, between calls.
    pub fn host(&mut self) -> &mut Host {
        &mut self.backing.host
    }

    /// Data of natives.
    pub fn extensions(&mut self) -> &mut Extensions {
        &mut self.backing.host.extensions
    }

    /// Events so far.
    pub fn events(&self) -> &[Event] {
        &self.backing.events
    }

    /// Forgets loaded code: what follows sees the modules as they are now.
    pub(crate) fn reload(&mut self) {
        self.world = None;
        self.published = true;
    }

    /// The world, remade when a failure broke it.
    fn world(&mut self) -> &mut World {
        let usable = self.world.take().filter(|world| !world.broken);
        let (shared, backing) = (&self.shared, &self.backing);
        self.world.insert(usable.unwrap_or_else(|| {
            World::new(shared.clone(), backing.context.schedule.clone(), backing.view.code_version())
        }))
    }

    /// Runs `act` with the gas of the caller; after a failure state, events and extension data are as before.
    pub(crate) fn attempt<T>(&mut self, gas: &mut GasMeter, act: impl FnOnce(&mut Self) -> VmResult<T>) -> VmResult<T> {
        let saved = self.backing.save();
        self.backing.host.gas = gas.clone();
        let result = act(self);
        *gas = self.backing.host.gas.clone();
        if result.is_err() {
            self.backing.host.restore(saved);
        }
        result
    }

    /// Calls a function.
    ///
    /// Each argument is the BCS of its value; a parameter of reference type takes the value to refer to.
    ///
    /// # Errors
    /// Whatever ended the execution. Nothing of a failed call remains but the gas it used.
    pub fn call(
        &mut self,
        module: &ModuleId,
        function: &str,
        ty_args: &[TypeTag],
        args: &[Vec<u8>],
        rule: CallRule<'_>,
        gas: &mut GasMeter,
    ) -> VmResult<Returns> {
        self.attempt(gas, |session| {
            session.world();
            let Some(world) = session.world.as_mut() else { return Err(VmError::invariant("no world")) };
            let backing = &mut session.backing;
            let Some(no) = world.find_function(backing, module, function)? else {
                return Err(VmError::new(StatusCode::FunctionResolutionFailure)
                    .message(format!("no function {module}::{function}")));
            };
            let module = world.function(no).module;
            world.use_module(backing, module)?;
            let is_entry = world.definition(world.function(no)).is_entry;
            if matches!(rule, CallRule::Entry(_)) && !is_entry {
                return Err(VmError::new(StatusCode::ExecuteEntryFunctionCalledOnNonEntryFunction));
            }
            run(world, backing, no, ty_args, args, rule)
        })
    }

    /// Runs a script.
    ///
    /// # Errors
    /// Why the script is refused, or whatever ended its execution.
    pub fn run_script(
        &mut self,
        script: &[u8],
        ty_args: &[TypeTag],
        args: &[Vec<u8>],
        rule: CallRule<'_>,
        gas: &mut GasMeter,
    ) -> VmResult<Returns> {
        let module = Arc::new(self.script_module(script)?);
        self.attempt(gas, |session| {
            // A world of its own: scripts do not stay.
            let backing = &mut session.backing;
            let mut world =
                World::new(session.shared.clone(), backing.context.schedule.clone(), backing.view.code_version());
            let id = module.self_id().ok_or_else(|| VmError::invariant("a script without a name"))?;
            let no = world.load_script(backing, id, module)?;
            run(&mut world, backing, no, ty_args, args, rule)
        })
    }

    /// Decodes, verifies and links a script; the answer is a module with one function.
    fn script_module(&self, bytes: &[u8]) -> VmResult<CompiledModule> {
        let script = CompiledScript::deserialize_with(bytes, &self.shared.config.reader)
            .map_err(|error| format_error(&error))?;
        complexity::check_script(&script, bytes.len()).map_err(verify_error)?;
        let script = verify_script(&self.shared.config.verifier, script).map_err(verify_error)?;
        let ids: Vec<ModuleId> = script.module_handles.iter().filter_map(|handle| script.module_id(handle)).collect();
        let dependencies = crate::publish::dependencies(&self.shared, &self.backing, &ids)?;
        dependencies::verify_script(&script, dependencies.iter().map(|module| &**module)).map_err(verify_error)?;
        as_module(script.into_inner())
    }

    /// The value of a resource as of now, without charge.
    ///
    /// # Errors
    /// When the store failed.
    pub fn resource(&self, address: &AccountAddress, tag: &StructTag) -> VmResult<Option<Arc<[u8]>>> {
        self.backing.peek(&Key::Resource(*address, Arc::new(tag.clone())))
    }

    /// A value of a type as text.
    ///
    /// # Errors
    /// When the type does not exist, or the bytes are no value of it.
    pub fn show(&mut self, tag: &TypeTag, bytes: &[u8], style: Style) -> VmResult<String> {
        let (world, ty) = self.known_type(tag)?;
        show::show(world, ty, bytes, style)
    }

    /// A struct or enum as text, field by field.
    ///
    /// # Errors
    /// When the type does not exist or is no struct, or the bytes are no value of it.
    pub fn show_fields(&mut self, tag: &StructTag, bytes: &[u8], style: Style) -> VmResult<Shown> {
        let (world, ty) = self.known_type(&TypeTag::Struct(Box::new(tag.clone())))?;
        show::show_fields(world, ty, bytes, style)
    }

    fn known_type(&mut self, tag: &TypeTag) -> VmResult<(&mut World, Ty)> {
        self.world();
        let Some(world) = self.world.as_mut() else { return Err(VmError::invariant("no world")) };
        let ty = world.ty_of_tag(&self.backing, tag)?;
        Ok((world, ty))
    }

    /// The value of any key as of now, without charge.
    ///
    /// # Errors
    /// When the store failed.
    pub fn read(&self, key: &Key) -> VmResult<Option<Arc<[u8]>>> {
        self.backing.peek(key)
    }

    /// Writes a resource; `None` deletes it. For system code in Rust, between calls.
    pub fn set_resource(&mut self, address: AccountAddress, tag: &StructTag, value: Option<Vec<u8>>) {
        self.write(Key::Resource(address, Arc::new(tag.clone())), value);
    }

    /// Writes any key; `None` deletes it. For system code in Rust, between calls.
    pub fn write(&mut self, key: Key, value: Option<Vec<u8>>) {
        self.backing.host.overlay.insert(key, value.map(Arc::from));
    }

    /// Records an event from Rust.
    pub fn emit(&mut self, event: Event) {
        self.backing.host.events.push(event);
    }

    /// The present state of the session, to return to.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.backing.save())
    }

    /// Returns to a checkpoint: state, events and extension data. Modules and items that were charged for stay so.
    ///
    /// Checkpoints that were taken after this one are void from then on.
    pub fn rollback(&mut self, checkpoint: Checkpoint) {
        self.backing.host.restore(checkpoint.0);
        if self.published {
            self.world = None;
        }
    }

    /// What `code::request_publish` asked for in the calls so far.
    pub fn take_publish_request(&mut self) -> Option<PublishRequest> {
        self.backing.host.extensions.take::<Option<PublishRequest>>().flatten()
    }

    /// What a function looks like; `None` when there is no such function.
    ///
    /// # Errors
    /// When its module does not load.
    pub fn function_info(&mut self, module: &ModuleId, function: &str) -> VmResult<Option<FunctionInfo>> {
        self.world();
        let Some(world) = self.world.as_mut() else { return Ok(None) };
        if self.backing.peek(&Key::Module(module.clone()))?.is_none() {
            return Ok(None);
        }
        let Some(no) = world.find_function(&self.backing, module, function)? else { return Ok(None) };
        let function = world.function(no);
        let (definition, handle) = (world.definition(function), world.handle(function));
        let code = &world.module(function.module).code;
        let params = code.signature(handle.parameters).map_or(&[][..], |signature| &signature.0);
        use move_binary_format::file_format::SignatureToken as T;
        let is_signer = |token: &&T| match token {
            T::Signer => true,
            T::Reference(inner) => matches!(**inner, T::Signer),
            _ => false,
        };
        Ok(Some(FunctionInfo {
            is_entry: definition.is_entry,
            visibility: definition.visibility,
            type_params: handle.type_params.len(),
            signers: params.iter().take_while(is_signer).count(),
            params: params.len(),
            results: code.signature(handle.results).map_or(0, |signature| signature.0.len()),
        }))
    }

    /// Charges for writing what the session changed so far: per item, and per byte of key and value.
    ///
    /// # Errors
    /// When the gas is not there, or a key or value is too long.
    pub fn charge_writes(&self, gas: &mut GasMeter) -> VmResult<()> {
        let schedule = &self.backing.context.schedule;
        for (key, value) in self.backing.overlay.iter() {
            if self.backing.original(key)? == *value {
                continue;
            }
            gas.charge(GasKind::Io, schedule.io_write_item)?;
            let bytes = key.size() + value.as_ref().map_or(0, |value| value.len() as u64);
            gas.charge_per(GasKind::Io, schedule.io_write_byte, bytes)?;
        }
        Ok(())
    }

    /// The keys whose value differs from the state under the session, ascending.
    ///
    /// # Errors
    /// When the store failed.
    pub fn changed(&self) -> VmResult<Vec<Write>> {
        let mut writes = Vec::new();
        for (key, value) in self.backing.overlay.iter() {
            if self.backing.original(key)? != *value {
                writes.push((key.clone(), value.clone()));
            }
        }
        Ok(writes)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the store failed.
    pub fn finish(mut self) -> VmResult<Changes> {
        let mut writes = Vec::new();
        for (key, value) in self.backing.host.overlay.take() {
            if self.backing.original(&key)? != value {
                writes.push((key, value));
            }
        }
        Ok(Changes { writes, events: std::mem::take(&mut self.backing.host.events) })
    }
}

/// Resolves, decodes, runs, encodes.
pub(crate) fn run(
    world: &mut World,
    backing: &mut Backing<'_>,
    no: FunctionNo,
    ty_args: &[TypeTag],
    args: &[Vec<u8>],
    rule: CallRule<'_>,
) -> VmResult<Returns> {
    let mut tys = Vec::with_capacity(ty_args.len());
    for tag in ty_args {
        let ty = world.ty_of_tag(backing, tag)?;
        plain::use_type(world, backing, ty)?;
        tys.push(ty);
    }
    if let Err(mut error) = world.check_type_args(no, &tys) {
        error.location = Location::Module(world.module(world.function(no).module).id.clone());
        return Err(error);
    }
    let no = world.instantiate(no, &tys)?;
    let instance = world.instance(no).clone();
    let params = &instance.locals[..instance.params];
    let args = crate::arguments::gather(world, params, &instance.results, args, rule)?;
    let results: Vec<Ty> = instance.results.iter().map(|ty| world.types.target(*ty)).collect();
    let outcome = engine::run(world, backing, no, &args)?;
    let types = results.iter().map(|ty| world.types.tag(*ty).map(|tag| (*tag).clone())).collect::<VmResult<_>>()?;
    let (mut mut_args, mut mut_types) = (Vec::new(), Vec::new());
    let mut temporaries = outcome.temporaries.into_iter();
    for (position, ty) in params.iter().enumerate() {
        if world.types.is_ref(*ty) {
            let value = temporaries.next().unwrap_or_default();
            if matches!(world.types.kind(*ty), Kind::Ref { mutable: true, .. }) {
                mut_args.push((position, value));
                let target = world.types.target(*ty);
                mut_types.push((*world.types.tag(target)?).clone());
            }
        }
    }
    Ok(Returns { values: outcome.values, types, mut_args, mut_types })
}

/// The name under which scripts are loaded; no published module can have it.
pub(crate) const SCRIPT_NAME: &str = "<SELF>";

/// A script in the form of a module with one function.
pub(crate) fn as_module(script: CompiledScript) -> VmResult<CompiledModule> {
    let full = || VmError::new(StatusCode::IndexOutOfBounds).message("a table of the script is full");
    let mut tables = script.tables;
    let index = |length: usize| u16::try_from(length).map_err(|_| full());
    let name = Identifier::new(SCRIPT_NAME).map_err(|_| full())?;
    let name_idx = move_binary_format::file_format::IdentifierIdx(index(tables.identifiers.len())?);
    tables.identifiers.push(name);
    let address = move_binary_format::file_format::AddressIdx(index(tables.addresses.len())?);
    tables.addresses.push(AccountAddress::ZERO);
    let self_handle = ModuleHandleIdx(index(tables.module_handles.len())?);
    tables.module_handles.push(ModuleHandle { address, name: name_idx });
    let results = move_binary_format::file_format::SignatureIdx(index(tables.signatures.len())?);
    tables.signatures.push(move_binary_format::file_format::Signature(Vec::new()));
    let handle = move_binary_format::file_format::FunctionHandleIdx(index(tables.function_handles.len())?);
    tables.function_handles.push(FunctionHandle {
        module: self_handle,
        name: name_idx,
        parameters: script.parameters,
        results,
        type_params: script.type_params,
        access: script.access,
        attributes: Vec::new(),
    });
    tables.function_defs.push(FunctionDef {
        handle,
        visibility: Visibility::Public,
        is_entry: true,
        acquires: Vec::new(),
        code: Some(script.code),
    });
    Ok(CompiledModule { version: script.version, self_handle, tables })
}
