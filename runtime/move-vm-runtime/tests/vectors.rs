//! The shared vectors: every case below `vm` and `verify-fail`, from the bytecode they bring along.
//!
//! `TENOR_VECTORS=<dir>` names another directory of the same layout; a relative one counts from the workspace root.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test may fail loudly")]
#![expect(clippy::indexing_slicing, reason = "a test may fail loudly")]
#![expect(clippy::disallowed_methods, reason = "the vectors are files, named by the environment")]

use move_binary_format::{CompiledModule, ReaderConfig, TrailingBytes};
use move_bytecode_verifier::{VerifierConfig, dependencies, verify_module};
use move_core_types::{AccountAddress, I256, ModuleId, StructTag, TypeTag, U256};
use move_vm_runtime::{
    CallRule, Engine, GasMeter, GasSchedule, Key, Location, SessionContext, StateError, StateView, Vm, VmConfig, VmError,
};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod common;

/// Failures that are expected until something else is ready are not listed here: there are none.
#[test]
fn the_shared_vectors_pass() {
    let root = vectors_dir();
    let (mut passed, mut failed) = (0, 0);
    let mut report = |name: &str, result: Result<(), String>| match result {
        Ok(()) => passed += 1,
        Err(why) => {
            failed += 1;
            println!("FAILED {name}: {why}");
        }
    };
    for dir in cases(&root.join("verify-fail")) {
        report(&label(&root, &dir), verify_case(&dir));
    }
    let std = common::standard_modules();
    for engine in [Engine::Plain] {
        for dir in cases(&root.join("vm")) {
            if dir.join("mv").is_dir() {
                report(&format!("{} ({engine:?})", label(&root, &dir)), vm_case(&dir, engine, &std));
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    assert!(passed + failed > 0, "no case below {}", root.display());
    assert_eq!(failed, 0, "{failed} vectors failed");
}

fn vectors_dir() -> PathBuf {
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

fn label(root: &Path, dir: &Path) -> String {
    dir.strip_prefix(root).unwrap_or(dir).display().to_string()
}

/// The cases of a family, by name; none when the directory is missing.
fn cases(family: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(family) else { return Vec::new() };
    let mut dirs: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("case.json").is_file()).collect();
    dirs.sort();
    dirs
}

fn json(path: &Path) -> Json {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

/// Published code is read with versions up to 7 and bytes after the end, as the reference did.
const READER: ReaderConfig = ReaderConfig { version_max: 7, identifier_bytes_max: 255, trailing: TrailingBytes::Ignore };

fn verify_case(dir: &Path) -> Result<(), String> {
    let (case, expected) = (json(&dir.join("case.json")), json(&dir.join("expected.json")));
    let bytes = std::fs::read(dir.join(case["module"].as_str().unwrap())).unwrap();
    let config = VerifierConfig { meter_reports_constraint: true, ..VerifierConfig::production() };
    let run = || -> Result<(), (&'static str, u64, &'static str)> {
        let module = CompiledModule::deserialize_with(&bytes, &READER)
            .map_err(|error| ("deserialize", error.status.number(), error.status.name()))?;
        let module =
            verify_module(&config, module).map_err(|error| ("verify", error.status.number(), error.status.name()))?;
        let mut known = Vec::new();
        for dep in case["deps"].as_array().into_iter().flatten() {
            let bytes = std::fs::read(dir.join(dep.as_str().unwrap())).unwrap();
            let dep = CompiledModule::deserialize_with(&bytes, &READER).expect("dependencies are valid");
            known.push(verify_module(&config, dep).expect("dependencies are valid"));
        }
        for (_, bytes) in common::standard_modules() {
            let dep = CompiledModule::deserialize(&bytes).expect("dependencies are valid");
            known.push(verify_module(&config, dep).expect("dependencies are valid"));
        }
        if let Some(missing) = module.dependencies().find(|id| !known.iter().any(|dep| dep.self_id().as_ref() == Some(id))) {
            let _ = missing;
            return Err(("link", 1081, "LINKER_ERROR"));
        }
        dependencies::verify(&module, known.iter()).map_err(|error| ("link", error.status.number(), error.status.name()))
    };
    match (run(), expected["status"].as_str().unwrap()) {
        (Ok(()), "ok") => Ok(()),
        (Ok(()), _) => Err(format!("accepted, expected {}", expected["name"])),
        (Err((phase, number, name)), "ok") => Err(format!("{name} {number} in {phase}, expected acceptance")),
        (Err((phase, number, name)), _) => {
            let want = (expected["number"].as_u64().unwrap(), expected["name"].as_str().unwrap());
            // The reference answered something else for version 4; rule T-VER-1 wins.
            if (number, name) == want { Ok(()) } else { Err(format!("{name} {number} in {phase}, expected {} {}", want.1, want.0)) }
        }
    }
}

/// A state in memory.
#[derive(Default)]
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

fn vm_case(dir: &Path, engine: Engine, std: &[(ModuleId, Vec<u8>)]) -> Result<(), String> {
    let (case, expected) = (json(&dir.join("case.json")), json(&dir.join("expected.json")));
    let mut state = Memory::default();
    for (id, bytes) in std {
        state.items.insert(Key::Module(id.clone()), bytes.as_slice().into());
    }
    let mut scripts = BTreeMap::new();
    for entry in std::fs::read_dir(dir.join("mv")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if let Some(name) = stem.strip_prefix("script_") {
            scripts.insert(name.to_owned(), bytes);
        } else {
            let reader = ReaderConfig { version_max: 11, ..READER };
            let module = CompiledModule::deserialize_with(&bytes, &reader).map_err(|error| error.to_string())?;
            state.items.insert(Key::Module(module.self_id().unwrap()), bytes.into());
        }
    }
    let config = VmConfig { engine, reader: ReaderConfig { version_max: 11, ..READER }, ..VmConfig::default() };
    let vm = Vm::new(move_natives::table(), config);
    let schedule = Arc::new(GasSchedule::initial());
    for (number, (step, want)) in case["steps"].as_array().unwrap().iter().zip(expected["steps"].as_array().unwrap()).enumerate() {
        let ty_args: Vec<TypeTag> =
            step["type_args"].as_array().into_iter().flatten().map(|tag| tag.as_str().unwrap().parse().unwrap()).collect();
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
                    let args = returns.mut_args.iter().map(|(arg, value)| serde_json::json!({"arg": arg, "value": hex::encode(value)}));
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
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}
