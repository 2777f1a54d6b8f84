//! Random changes to good modules: whatever comes out gets a verdict, never a panic.
//!
//! [`verdict`] is the target: bytes in, verdict out. It runs here on the vectors' modules with random
//! bytes changed, and on modules changed in structure, which reach deeper passes. `TENOR_FUZZ` sets the
//! number of changed modules.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads files and its environment and fails loudly"
)]

use move_binary_format::{
    CompiledModule, ReaderConfig,
    file_format::{
        AbilitySet, Bytecode, FieldHandleIdx, FunctionHandleIdx, SignatureIdx, SignatureToken, StructDefIdx, Visibility,
    },
};
use move_bytecode_verifier::{VerifierConfig, verify_module};
use move_core_types::StatusCode;
use std::{collections::BTreeMap, fs, path::Path};

/// What became of some bytes.
type Verdict = Result<u64, StatusCode>;

/// The fuzz target.
fn verdict(bytes: &[u8]) -> Verdict {
    let reader = ReaderConfig { version_max: 11, ..ReaderConfig::default() };
    let module = CompiledModule::deserialize_with(bytes, &reader).map_err(|error| error.status)?;
    let verified = verify_module(&VerifierConfig::production(), module).map_err(|error| error.status)?;
    Ok(verified.units())
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound.max(1)
    }

    fn index(&mut self, bound: usize) -> u16 {
        // Mostly in range, so that bounds checks do not end everything.
        let bound = if self.below(50) == 0 { bound + 1 } else { bound };
        u16::try_from(self.below(bound)).unwrap()
    }

    fn pick<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        items.get(self.below(items.len()))
    }
}

fn token(random: &mut Random, module: &CompiledModule) -> SignatureToken {
    match random.below(9) {
        0 => SignatureToken::U64,
        1 => SignatureToken::Bool,
        2 => SignatureToken::Address,
        3 => SignatureToken::Signer,
        4 => SignatureToken::TypeParam(random.index(2)),
        5 => SignatureToken::vector(SignatureToken::U8),
        _ => {
            let signatures = &module.signatures;
            let found = random.pick(signatures).and_then(|signature| signature.0.first()).cloned();
            let found = found.unwrap_or(SignatureToken::U8);
            match random.below(5) {
                0 => SignatureToken::reference(found),
                1 => SignatureToken::mutable_reference(found),
                2 => SignatureToken::vector(found),
                _ => found,
            }
        }
    }
}

fn instruction(random: &mut Random, module: &CompiledModule, length: usize) -> Bytecode {
    match random.below(24) {
        0 => Bytecode::Pop,
        1 => Bytecode::Ret,
        2 => Bytecode::BrTrue(random.index(length)),
        3 => Bytecode::BrFalse(random.index(length)),
        4 => Bytecode::Branch(random.index(length)),
        5 => Bytecode::LdU64(1),
        6 => Bytecode::CopyLoc(u8::try_from(random.below(6)).unwrap()),
        7 => Bytecode::MoveLoc(u8::try_from(random.below(6)).unwrap()),
        8 => Bytecode::StLoc(u8::try_from(random.below(6)).unwrap()),
        9 => Bytecode::MutBorrowLoc(u8::try_from(random.below(6)).unwrap()),
        10 => Bytecode::ImmBorrowLoc(u8::try_from(random.below(6)).unwrap()),
        11 => Bytecode::MutBorrowField(FieldHandleIdx(random.index(module.field_handles.len()))),
        12 => Bytecode::Call(FunctionHandleIdx(random.index(module.function_handles.len()))),
        13 => Bytecode::Pack(StructDefIdx(random.index(module.struct_defs.len()))),
        14 => Bytecode::Unpack(StructDefIdx(random.index(module.struct_defs.len()))),
        15 => Bytecode::ReadRef,
        16 => Bytecode::WriteRef,
        17 => Bytecode::FreezeRef,
        18 => Bytecode::VecLen(SignatureIdx(random.index(module.signatures.len()))),
        19 => Bytecode::PackClosure(FunctionHandleIdx(random.index(module.function_handles.len())), 1),
        20 => Bytecode::CallClosure(SignatureIdx(random.index(module.signatures.len()))),
        21 => Bytecode::Abort,
        _ => {
            let functions = &module.function_defs;
            let code = random.pick(functions).and_then(|def| def.code.as_ref());
            code.and_then(|code| random.pick(&code.code).copied()).unwrap_or(Bytecode::Nop)
        }
    }
}

/// Changes one thing.
fn change(random: &mut Random, module: &mut CompiledModule) {
    let snapshot = module.clone();
    let functions = module.function_defs.len();
    match random.below(14) {
        0..=7 => {
            let at = random.below(functions);
            let Some(code) = module.function_defs.get_mut(at).and_then(|def| def.code.as_mut()) else { return };
            let length = code.code.len();
            let at = random.below(length);
            match random.below(4) {
                0 => code.code.insert(at, instruction(random, &snapshot, length)),
                1 if length > 1 => drop(code.code.remove(at)),
                2 => {
                    let other = random.below(length);
                    code.code.swap(at, other);
                }
                _ => code.code[at] = instruction(random, &snapshot, length),
            }
        }
        8 => {
            let count = module.signatures.len();
            let at = random.below(count);
            let Some(signature) = module.signatures.get_mut(at) else { return };
            let position = random.below(signature.0.len() + 1);
            signature.0.insert(position, token(random, &snapshot));
        }
        9 => {
            let count = module.struct_handles.len();
            let abilities = AbilitySet::from_u8(u8::try_from(random.below(16)).unwrap()).unwrap();
            let at = random.below(count);
            if let Some(handle) = module.struct_handles.get_mut(at) {
                handle.abilities = abilities;
            }
        }
        10 => {
            let signature = SignatureIdx(random.index(module.signatures.len()));
            let at = random.below(module.function_handles.len());
            let Some(handle) = module.function_handles.get_mut(at) else { return };
            if random.below(2) == 0 { handle.parameters = signature } else { handle.results = signature }
        }
        11 => {
            let signature = SignatureIdx(random.index(module.signatures.len()));
            let at = random.below(functions);
            if let Some(code) = module.function_defs.get_mut(at).and_then(|def| def.code.as_mut()) {
                code.locals = signature;
            }
        }
        12 => {
            let resource = StructDefIdx(random.index(module.struct_defs.len()));
            let at = random.below(functions);
            let Some(def) = module.function_defs.get_mut(at) else { return };
            def.visibility = Visibility::Friend;
            if def.acquires.pop().is_none() {
                def.acquires.push(resource);
            }
        }
        _ => {
            let signature = SignatureIdx(random.index(module.signatures.len()));
            let at = random.below(module.function_insts.len());
            if let Some(inst) = module.function_insts.get_mut(at) {
                inst.type_args = signature;
            }
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("tests/vectors");
    let mut files = Vec::new();
    let mut stack = vec![root];
    while let Some(dir) = stack.pop() {
        let Ok(entries) = fs::read_dir(&dir) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
            } else if path.extension().is_some_and(|extension| extension == "mv") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn iterations(default: usize) -> usize {
    std::env::var("TENOR_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}

/// Counts verdicts, and fails on those that mean a defect of ours.
fn record(seen: &mut BTreeMap<&'static str, usize>, verdict: &Verdict, bytes: &[u8]) {
    let name = match verdict {
        Ok(_) => "ok",
        Err(status) => status.name(),
    };
    *seen.entry(name).or_default() += 1;
    let is_defect = matches!(verdict, Err(StatusCode::VerifierInvariantViolation));
    assert!(!is_defect, "{name}: {}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
}

#[test]
fn changed_bytes_get_a_verdict() {
    let seeds = seeds();
    assert!(!seeds.is_empty());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut seen = BTreeMap::new();
    for _ in 0..iterations(20_000) {
        let mut bytes = random.pick(&seeds).unwrap().clone();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 if !bytes.is_empty() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
                1 if !bytes.is_empty() => bytes[at] = bytes[at].wrapping_add(1),
                _ => bytes.truncate(at.max(20)),
            }
        }
        record(&mut seen, &verdict(&bytes), &bytes);
    }
    println!("{seen:?}");
}

#[test]
fn changed_modules_get_a_verdict() {
    let reader = ReaderConfig {
        version_max: 11,
        trailing: move_binary_format::TrailingBytes::Ignore,
        ..ReaderConfig::default()
    };
    let seeds: Vec<CompiledModule> =
        seeds().iter().filter_map(|bytes| CompiledModule::deserialize_with(bytes, &reader).ok()).collect();
    assert!(!seeds.is_empty());
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut seen = BTreeMap::new();
    for _ in 0..iterations(20_000) {
        let mut module = random.pick(&seeds).unwrap().clone();
        module.version = [5, 6, 7, 8, 10, 11][random.below(6)].max(module.version);
        for _ in 0..=random.below(4) {
            change(&mut random, &mut module);
        }
        let Ok(bytes) = module.serialize(module.version) else { continue };
        record(&mut seen, &verdict(&bytes), &bytes);
    }
    println!("{seen:?}");
    // The changes must reach every kind of pass.
    for name in ["ok", "MOVELOC_UNAVAILABLE_ERROR", "CALL_TYPE_MISMATCH_ERROR", "POSITIVE_STACK_SIZE_AT_BLOCK_END"] {
        assert!(seen.contains_key(name), "{name} was never seen");
    }
}
