//! What the vector tests of this crate and of the compiler share: where the cases are, how their steps run, and the
//! standard library's modules.

use move_binary_format::{ReaderConfig, TrailingBytes};
use move_core_types::{AccountAddress, I256, ModuleId, StructTag, TypeTag, U256};
use move_vm_runtime::{
    CallRule, Engine, GasMeter, GasSchedule, Key, Location, SessionContext, StateError, StateView, Vm, VmConfig,
    VmError,
};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names and binaries of the modules at `0x1` that the cases may call, compiled from the embedded sources.
pub(crate) fn standard_modules() -> Vec<(ModuleId, Vec<u8>)> {
    let input = move_compiler::Input { dependencies: standard_sources(), ..move_compiler::Input::default() };
    let output = move_compiler::compile(input);
    assert!(!output.diagnostics.has_errors(), "{}", output.diagnostics.render());
    output.modules.into_iter().map(|unit| (unit.id, unit.bytes)).collect()
}

/// The standard library as a dependency.
pub(crate) fn standard_sources() -> Vec<move_compiler::Dependency> {
    let package = move_packages::package("MoveStdlib").expect("is embedded");
    let sources = package.sources().map(|file| move_compiler::SourceFile::new(file.path, file.text)).collect();
    let named_addresses =
        [("std".to_owned(), AccountAddress::ONE), ("vm_reserved".to_owned(), AccountAddress::ZERO)].into();
    vec![move_compiler::Dependency { name: "MoveStdlib".to_owned(), sources, named_addresses, language: None }]
}

pub(crate) fn vectors_dir() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match std::env::var("TENOR_VECTORS") {
        Ok(dir) => {
            let dir = workspace.join(dir);
            assert!(dir.is_dir(), "TENOR_VECTORS names {}, which is not a directory", dir.display());
            dir
        }
        Err(_) => workspace.join("tests/vectors"),
    }
}

pub(crate) fn label(root: &Path, dir: &Path) -> String {
    dir.strip_prefix(root).unwrap_or(dir).display().to_string()
}

/// The cases of a family, by name; none when the directory is missing.
pub(crate) fn cases(family: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(family) else { return Vec::new() };
    let mut dirs: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("case.json").is_file()).collect();
    dirs.sort();
    dirs
}

pub(crate) fn json(path: &Path) -> Json {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        .unwrap()
}

/// Published code is read with versions up to 7 and bytes after the end, as the reference did.
pub(crate) const READER: ReaderConfig =
    ReaderConfig { version_max: 7, identifier_bytes_max: 255, trailing: TrailingBytes::Ignore };

/// A state in memory.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) items: BTreeMap<Key, Arc<[u8]>>,
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

/// Runs the steps of a case on its modules and scripts, and compares with what the reference did.
pub(crate) fn run_case(
    dir: &Path,
    engine: Engine,
    modules: &[(ModuleId, Vec<u8>)],
    scripts: &BTreeMap<String, Vec<u8>>,
) -> Result<(), String> {
    let (case, expected) = (json(&dir.join("case.json")), json(&dir.join("expected.json")));
    let mut state = Memory::default();
    for (id, bytes) in modules {
        state.items.insert(Key::Module(id.clone()), bytes.as_slice().into());
    }
    let config = VmConfig { engine, reader: ReaderConfig { version_max: 11, ..READER }, ..VmConfig::default() };
    let vm = Vm::new(move_natives::table(), config);
    let schedule = Arc::new(GasSchedule::initial());
    for (number, (step, want)) in
        case["steps"].as_array().unwrap().iter().zip(expected["steps"].as_array().unwrap()).enumerate()
    {
        let ty_args: Vec<TypeTag> = step["type_args"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|tag| tag.as_str().unwrap().parse().unwrap())
            .collect();
        let args: Vec<Vec<u8>> = step["args"].as_array().into_iter().flatten().map(argument).collect();
        let mut gas = GasMeter::unlimited();
        let mut session = vm.session(&state, SessionContext::new(4, schedule.clone()));
        let result = if let Some(call) = step["call"].as_str() {
            let mut parts = call.split("::");
            let address = AccountAddress::from_hex_literal(parts.next().unwrap()).unwrap();
            let module = ModuleId::new(address, parts.next().unwrap().parse().unwrap());
            session.call(&module, parts.next().unwrap(), &ty_args, &args, CallRule::Any, &mut gas)
        } else {
            let bytes = &scripts[step["script"].as_str().unwrap()];
            session.run_script(bytes, &ty_args, &args, CallRule::Any, &mut gas)
        };
        let failed = result.is_err();
        let found = match result {
            Ok(returns) => {
                let mut found = serde_json::json!({
                    "status": "ok",
                    "returns": returns.values.iter().map(hex::encode).collect::<Vec<_>>(),
                });
                if !returns.mut_args.is_empty() {
                    let args = returns
                        .mut_args
                        .iter()
                        .map(|(arg, value)| serde_json::json!({"arg": arg, "value": hex::encode(value)}));
                    found["mut_args"] = args.collect();
                }
                found
            }
            Err(error) => outcome(&error),
        };
        compare(want, &found).map_err(|why| format!("step {number}: {why}; found {found}, expected {want}"))?;
        let changes = session.finish().map_err(|error| error.to_string())?;
        if failed && !(changes.writes.is_empty() && changes.events.is_empty()) {
            return Err(format!("step {number}: a failed step left a trace"));
        }
        for (key, value) in changes.writes {
            match value {
                Some(value) => state.items.insert(key, value),
                None => state.items.remove(&key),
            };
        }
    }
    let mut found: Vec<(AccountAddress, String, String)> = Vec::new();
    for (key, value) in &state.items {
        if let Key::Resource(address, tag) = key {
            found.push((*address, tag.to_string(), hex::encode(value)));
        }
    }
    let mut want: Vec<(AccountAddress, String, String)> = Vec::new();
    for item in expected["storage"].as_array().into_iter().flatten() {
        let tag: TypeTag = item["type"].as_str().unwrap().parse().unwrap();
        let address = AccountAddress::from_hex_literal(item["address"].as_str().unwrap()).unwrap();
        want.push((address, tag.to_string(), item["value"].as_str().unwrap().to_owned()));
    }
    found.sort();
    want.sort();
    if found == want { Ok(()) } else { Err(format!("storage {found:?}, expected {want:?}")) }
}

fn outcome(error: &VmError) -> Json {
    let location = match &error.location {
        Location::Undefined => "undefined".to_owned(),
        Location::Script => "script".to_owned(),
        Location::Module(id) => format!("{}::{}", short(&id.address), id.name),
    };
    if error.status.name() == "ABORTED" {
        let code = error.sub_status.unwrap().to_string();
        return serde_json::json!({"status": "abort", "code": code, "location": location});
    }
    serde_json::json!({
        "status": "error", "name": error.status.name(), "number": error.status.number(), "location": location,
        "sub_status": error.sub_status, "message": error.message, "at": error.at.map(|(f, c)| format!("{f}:{c}")),
    })
}

fn short(address: &AccountAddress) -> String {
    address.to_short_string()
}

/// What the readme of the vectors asks to compare.
fn compare(want: &Json, found: &Json) -> Result<(), String> {
    let keys: &[&str] = match want["status"].as_str().unwrap() {
        "ok" => &["status", "returns", "mut_args"],
        "abort" => &["status", "code", "location"],
        _ => &["status", "name", "number"],
    };
    for key in keys {
        let empty = |value: &Json| value.as_array().is_some_and(Vec::is_empty) || value.is_null();
        if want[*key] != found[*key] && !(empty(&want[*key]) && empty(&found[*key])) {
            return Err(format!("{key} differs"));
        }
    }
    let module = want["location"].as_str().filter(|location| location.contains("::"));
    match module {
        Some(location) if found["location"].as_str() != Some(location) => Err("location differs".to_owned()),
        _ => Ok(()),
    }
}

/// BCS of an argument.
fn argument(arg: &Json) -> Vec<u8> {
    let (kind, value) = arg.as_object().unwrap().iter().next().unwrap();
    encode(kind, value)
}

fn encode(kind: &str, value: &Json) -> Vec<u8> {
    if let Some(inner) = kind.strip_prefix("vec_") {
        let items = value.as_array().unwrap();
        let mut out = length(items.len());
        items.iter().for_each(|item| out.extend(encode(inner, item)));
        return out;
    }
    let text = value.as_str().unwrap_or_else(|| panic!("{kind}: {value}"));
    match kind {
        "u8" => text.parse::<u8>().unwrap().to_le_bytes().to_vec(),
        "u16" => text.parse::<u16>().unwrap().to_le_bytes().to_vec(),
        "u32" => text.parse::<u32>().unwrap().to_le_bytes().to_vec(),
        "u64" => text.parse::<u64>().unwrap().to_le_bytes().to_vec(),
        "u128" => text.parse::<u128>().unwrap().to_le_bytes().to_vec(),
        "u256" => text.parse::<U256>().unwrap().to_le_bytes().to_vec(),
        "i8" => text.parse::<i8>().unwrap().to_le_bytes().to_vec(),
        "i16" => text.parse::<i16>().unwrap().to_le_bytes().to_vec(),
        "i32" => text.parse::<i32>().unwrap().to_le_bytes().to_vec(),
        "i64" => text.parse::<i64>().unwrap().to_le_bytes().to_vec(),
        "i128" => text.parse::<i128>().unwrap().to_le_bytes().to_vec(),
        "i256" => text.parse::<I256>().unwrap().to_le_bytes().to_vec(),
        "bool" => vec![u8::from(text == "true")],
        "address" | "signer" => AccountAddress::from_hex_literal(text).unwrap().as_ref().to_vec(),
        "bytes" => {
            let bytes = hex::decode(text.trim_start_matches("0x")).unwrap();
            [length(bytes.len()), bytes].concat()
        }
        "ascii" => [length(text.len()), text.as_bytes().to_vec()].concat(),
        "bcs" => hex::decode(text.trim_start_matches("0x")).unwrap(),
        _ => panic!("argument kind {kind}"),
    }
}

fn length(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
    out
}
