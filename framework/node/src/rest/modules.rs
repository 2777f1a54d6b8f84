//! Modules of the state, parsed once and kept while their bytes stay the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use move_binary_format::CompiledModule;
use move_core_types::ModuleId;
use parking_lot::Mutex;
use storage::StateAt;
use types::StateKey;

use super::json::value::Modules;

/// Modules kept parsed; beyond it the cache starts afresh.
const KEPT_MAX: usize = 2_048;

/// Parses a module as the chain accepts it.
pub(crate) fn parse(bytes: &[u8]) -> Option<CompiledModule> {
    CompiledModule::deserialize(bytes).ok()
}

type Kept = (Arc<[u8]>, Arc<CompiledModule>);

/// Parsed modules of all versions that were asked for lately; an entry counts only for the very bytes it was made of.
#[derive(Debug, Default)]
pub(crate) struct ModuleCache(Mutex<BTreeMap<ModuleId, Kept>>);

impl ModuleCache {
    fn get(&self, id: &ModuleId, bytes: &Arc<[u8]>) -> Option<Arc<CompiledModule>> {
        if let Some((kept, module)) = self.0.lock().get(id)
            && (Arc::ptr_eq(kept, bytes) || kept == bytes)
        {
            return Some(Arc::clone(module));
        }
        let module = Arc::new(parse(bytes)?);
        let mut kept = self.0.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(id.clone(), (Arc::clone(bytes), Arc::clone(&module)));
        Some(module)
    }
}

/// The modules of one version of the state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModulesAt<'a> {
    pub(crate) cache: &'a ModuleCache,
    pub(crate) state: &'a StateAt,
}

impl Modules for ModulesAt<'_> {
    fn module(&self, id: &ModuleId) -> Option<Arc<CompiledModule>> {
        let bytes = self.state.get(&StateKey::module(id)).ok()??;
        self.cache.get(id, &bytes)
    }
}
