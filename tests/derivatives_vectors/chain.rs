//! A state in memory with the packages compiled into it, and calls of their functions.

use move_compiler::{Dependency, Input, SourceFile, compile};
use move_core_types::{AccountAddress, ModuleId, StructTag};
use move_vm_runtime::{
    CallRule, GasMeter, GasSchedule, Key, Returns, SessionContext, StateError, StateView, Vm, VmConfig,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Where `derivatives` and the drivers of this suite are published here.
pub(crate) const DERIVATIVES: &str = "0xde";
/// The address of `TenorMath`.
pub(crate) const MATH: &str = "0x5";

/// The Move packages that the suite runs with the packages they use, as directories of `move-packages`; and its drivers.
const PACKAGES: &[(&str, &str)] = &[
    ("MoveStdlib", "move-packages/move-stdlib/sources"),
    ("AptosStdlib", "move-packages/aptos-stdlib/sources"),
    ("AptosFramework", "move-packages/aptos-framework/sources"),
    ("TenorMath", "move-packages/tenor-math/sources"),
    ("Derivatives", "move-packages/derivatives/sources"),
    // The drivers belong to the package, for the functions that only it may call.
    ("Derivatives", "tests/derivatives_vectors/drivers"),
];

/// A small chain: a machine and its state.
pub(crate) struct Chain {
    vm: Vm,
    state: Memory,
    schedule: Arc<GasSchedule>,
    calls: u64,
    /// Internal gas units of the last call.
    pub(crate) gas: u64,
    /// Of every call's outcome.
    results: Sha256,
}

#[derive(Default, Clone)]
struct Memory {
    items: BTreeMap<Key, Arc<[u8]>>,
}

impl StateView for Memory {
    fn module(&self, id: &ModuleId) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.items.get(&Key::Module(id.clone())).cloned())
    }

    fn resource(&self, address: &AccountAddress, tag: &StructTag) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.items.get(&Key::Resource(*address, Arc::new(tag.clone()))).cloned())
    }

    fn table_item(&self, handle: &AccountAddress, key: &[u8]) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.items.get(&Key::TableItem(*handle, key.into())).cloned())
    }

    fn code_version(&self) -> u64 {
        0
    }
}

/// The Move files of a directory of the workspace, by name.
fn sources(directory: &str) -> Vec<SourceFile> {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(directory);
    let mut paths: Vec<_> = std::fs::read_dir(&at)
        .unwrap_or_else(|error| panic!("{}: {error}", at.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "move"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| SourceFile::new(path.display().to_string(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

impl Chain {
    /// Compiles the packages and the drivers of this suite.
    pub(crate) fn new() -> Self {
        let address = |text: &str| AccountAddress::from_hex_literal(text).unwrap();
        let named_addresses: BTreeMap<String, AccountAddress> = [
            ("std", "0x1"),
            ("vm_reserved", "0x0"),
            ("aptos_std", "0x1"),
            ("aptos_framework", "0x1"),
            ("aptos_token", "0x3"),
            ("aptos_token_objects", "0x4"),
            ("aptos_fungible_asset", "0xa"),
            ("core_resources", "0xa550c18"),
            ("tenor_math", MATH),
            ("derivatives", DERIVATIVES),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), address(value)))
        .collect();
        let mut dependencies: BTreeMap<&str, Dependency> = BTreeMap::new();
        for (name, directory) in PACKAGES {
            let package = dependencies.entry(name).or_insert_with(|| Dependency {
                name: (*name).to_owned(),
                sources: Vec::new(),
                named_addresses: named_addresses.clone(),
                language: None,
            });
            package.sources.extend(sources(directory));
        }
        let output = compile(Input {
            package: "DerivativesVectors".to_owned(),
            sources: Vec::new(),
            named_addresses,
            dependencies: dependencies.into_values().collect(),
            ..Input::default()
        });
        assert!(!output.diagnostics.has_errors(), "{}", output.diagnostics.render());
        let mut state = Memory::default();
        for unit in output.modules {
            state.items.insert(Key::Module(unit.id.clone()), unit.bytes.into());
        }
        Chain {
            vm: Vm::new(move_natives::table(), VmConfig::default()),
            state,
            schedule: Arc::new(GasSchedule::initial()),
            calls: 0,
            gas: 0,
            results: Sha256::new(),
        }
    }

    /// The same state with natives switched on or off, as a gas schedule does it.
    pub(crate) fn switched(&self, natives: bool) -> Self {
        let mut schedule = GasSchedule::initial();
        for (key, value) in &mut schedule.natives {
            if key.ends_with(".enabled") {
                *value = u64::from(natives);
            }
        }
        Chain {
            vm: Vm::new(move_natives::table(), VmConfig::default()),
            state: self.state.clone(),
            schedule: Arc::new(schedule),
            calls: 0,
            gas: 0,
            results: Sha256::new(),
        }
    }

    /// What all calls so far gave, in one number.
    pub(crate) fn results(&self) -> [u8; 32] {
        self.results.clone().finalize().into()
    }

    /// Calls a function and keeps its writes. Results are BCS; an abort is `Err` with its code in hexadecimal.
    pub(crate) fn call(
        &mut self,
        address: &str,
        module: &str,
        function: &str,
        args: &[Vec<u8>],
    ) -> Result<Vec<Vec<u8>>, String> {
        self.run(address, module, function, args).map(|returns| returns.values)
    }

    /// `call` of a function whose first parameter is `&mut`: its results and what the parameter became.
    pub(crate) fn call_mut(
        &mut self,
        address: &str,
        module: &str,
        function: &str,
        args: &[Vec<u8>],
    ) -> Result<(Vec<Vec<u8>>, Vec<u8>), String> {
        let mut returns = self.run(address, module, function, args)?;
        let (_, first) = returns.mut_args.pop().ok_or("no mutable parameter")?;
        Ok((returns.values, first))
    }

    fn run(&mut self, address: &str, module: &str, function: &str, args: &[Vec<u8>]) -> Result<Returns, String> {
        let module = ModuleId::new(AccountAddress::from_hex_literal(address).unwrap(), module.parse().unwrap());
        let mut gas = GasMeter::unlimited();
        // Tables of different transactions are different tables.
        self.calls += 1;
        let mut context = SessionContext::new(4, self.schedule.clone());
        context.transaction_hash[..8].copy_from_slice(&self.calls.to_le_bytes());
        let mut session = self.vm.session(&self.state, context);
        let outcome = session.call(&module, function, &[], args, CallRule::Any, &mut gas);
        self.gas = gas.used();
        self.results.update(format!("{:?}", outcome.as_ref().map_err(|error| error.to_vm_status())));
        let returns = outcome.map_err(|error| match error.sub_status {
            Some(code) if error.status.name() == "ABORTED" => format!("abort {code:#06x}"),
            _ => format!("{error} at {:?} {:?}", error.location, error.at),
        })?;
        let changes = session.finish().map_err(|error| error.to_string())?;
        for (key, value) in changes.writes {
            match value {
                Some(value) => self.state.items.insert(key, value),
                None => self.state.items.remove(&key),
            };
        }
        Ok(returns)
    }
}
