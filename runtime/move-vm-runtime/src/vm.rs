//! What outlives transactions: natives, configuration, verified and loaded code.

use crate::Engine;
use crate::coverage::{Coverage, Executed, Gathered};
use crate::error::{Location, VmError, VmResult};
use crate::gas::GasSchedule;
use crate::host::{Backing, Host, SessionContext};
use crate::native::NativeTable;
use crate::session::Session;
use crate::state::StateView;
use crate::world::World;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use move_binary_format::{CompiledModule, FormatError, ReaderConfig};
use move_bytecode_verifier::{VerifiedModule, VerifyError, verify_module};
use move_core_types::{AccountAddress, StatusClass, StatusCode};
use std::sync::{Arc, Mutex};

/// Modules kept decoded and verified.
const VERIFIED_MAX: usize = 4096;
/// Loaded types, functions and modules (weighted) that a world may hold and still be kept.
const WORLD_WEIGHT_MAX: usize = 4_000_000;
/// Worlds kept for the next sessions: about one per thread.
const WORLDS_MAX: usize = 16;

/// How a machine behaves. What changes results must be equal on all nodes of a network.
#[derive(Debug, Clone)]
pub struct VmConfig {
    /// Which interpreter runs.
    pub engine: Engine,
    /// What the reader of modules accepts.
    pub reader: ReaderConfig,
    /// Limits and switches of the verifier.
    pub verifier: move_bytecode_verifier::VerifierConfig,
    /// Addresses beside `0x0` to `0xf` whose modules may declare natives.
    pub privileged: Vec<AccountAddress>,
    /// Errors carry the calls that led to them.
    pub stack_traces: bool,
    /// `debug::print` keeps its lines for the caller.
    pub debug_output: bool,
    /// What is executed is counted, see [`Vm::coverage`]; on [`Engine::Both`] only.
    #[doc(hidden)]
    pub coverage: bool,
}

impl Default for VmConfig {
    fn default() -> Self {
        Self {
            engine: Engine::Lowered,
            reader: ReaderConfig::default(),
            verifier: move_bytecode_verifier::VerifierConfig::production(),
            privileged: Vec::new(),
            stack_traces: false,
            debug_output: false,
            coverage: false,
        }
    }
}

/// What all sessions of a machine share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) natives: NativeTable,
    pub(crate) config: VmConfig,
    verified: Mutex<HashMap<[u8; 32], Arc<VerifiedModule>, FixedState>>,
    worlds: Mutex<Vec<World>>,
    covered: Mutex<Gathered>,
}

/// The machine.
#[derive(Debug, Clone)]
pub struct Vm {
    pub(crate) shared: Arc<Shared>,
}

impl Vm {
    /// A machine with these natives.
    pub fn new(natives: NativeTable, config: VmConfig) -> Self {
        Self {
            shared: Arc::new(Shared {
                natives,
                config,
                verified: Mutex::new(HashMap::with_hasher(FixedState::default())),
                worlds: Mutex::new(Vec::new()),
                covered: Mutex::new(Gathered::default()),
            }),
        }
    }

    /// The configuration.
    pub fn config(&self) -> &VmConfig {
        &self.shared.config
    }

    /// What was executed so far, if the configuration asks for it.
    #[doc(hidden)]
    pub fn coverage(&self) -> Coverage {
        lock(&self.shared.covered).coverage()
    }

    /// The natives.
    pub fn natives(&self) -> &NativeTable {
        &self.shared.natives
    }

    /// Starts a session: one transaction over a fixed state.
    pub fn session<'s>(&self, view: &'s dyn StateView, context: SessionContext) -> Session<'s> {
        let world = self.shared.world(view.code_version(), &context.schedule);
        let host = Backing { view, host: Host::new(context, self.shared.config.debug_output) };
        Session::new(self.shared.clone(), world, host)
    }
}

/// Kept worlds point back at what they share: the last machine to go takes them along, or neither would ever be freed.
impl Drop for Vm {
    fn drop(&mut self) {
        let mut worlds = lock(&self.shared.worlds);
        if Arc::strong_count(&self.shared) == worlds.len() + 1 {
            let kept = std::mem::take(&mut *worlds);
            drop(worlds);
            drop(kept);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is inside are caches; a panic elsewhere leaves them usable.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Shared {
    /// A kept world for this code and schedule, or a new one.
    fn world(self: &Arc<Self>, code_version: u64, schedule: &Arc<GasSchedule>) -> World {
        let mut worlds = lock(&self.worlds);
        let fits = |world: &World| {
            world.code_version == code_version
                && (Arc::ptr_eq(&world.schedule, schedule) || world.schedule == *schedule)
        };
        match worlds.iter().position(fits) {
            Some(position) => worlds.swap_remove(position),
            None => World::new(self.clone(), schedule.clone(), code_version),
        }
    }

    /// Counts what a call has executed.
    pub(crate) fn cover(&self, world: &World, executed: &Executed, compared: bool) {
        lock(&self.covered).add(world, executed, compared);
    }

    /// Takes a world back after its session.
    pub(crate) fn keep(&self, world: World) {
        if world.broken || world.weight() > WORLD_WEIGHT_MAX {
            return;
        }
        let mut worlds = lock(&self.worlds);
        if worlds.len() >= WORLDS_MAX {
            worlds.remove(0);
        }
        worlds.push(world);
    }

    /// Decodes and verifies a module that is being executed: it was accepted once, so that failures are alarms.
    pub(crate) fn stored_module(&self, bytes: &[u8]) -> VmResult<Arc<VerifiedModule>> {
        self.module(bytes).map_err(|error| {
            let status = match error.status.class() {
                StatusClass::Verification => StatusCode::UnexpectedVerifierError,
                StatusClass::Deserialization => StatusCode::UnexpectedDeserializationError,
                _ => error.status,
            };
            VmError { status, message: Some(error.to_string()), ..error }
        })
    }

    /// Decodes and verifies a module.
    pub(crate) fn module(&self, bytes: &[u8]) -> VmResult<Arc<VerifiedModule>> {
        use sha3::{Digest, Sha3_256};
        let hash: [u8; 32] = Sha3_256::digest(bytes).into();
        if let Some(known) = lock(&self.verified).get(&hash) {
            return Ok(known.clone());
        }
        let module =
            CompiledModule::deserialize_with(bytes, &self.config.reader).map_err(|error| format_error(&error))?;
        let module = Arc::new(verify_module(&self.config.verifier, module).map_err(verify_error)?);
        let mut verified = lock(&self.verified);
        if verified.len() >= VERIFIED_MAX {
            verified.clear();
        }
        verified.insert(hash, module.clone());
        Ok(module)
    }
}

pub(crate) fn format_error(error: &FormatError) -> VmError {
    VmError::new(error.status).message(error.to_string())
}

pub(crate) fn verify_error(error: VerifyError) -> VmError {
    let message = error.to_string();
    let mut result = VmError::new(error.status).message(message);
    if let Some(module) = error.module {
        result.location = Location::Module(module);
    }
    if let (Some(function), Some(offset)) = (error.function, error.offset) {
        result.at = Some((function, offset));
    }
    result
}
