//! The incidents of the specification's chapter on them that only running code can show, with bounds on counted work.
//! The list of all incidents is in the tests of `move-bytecode-verifier`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use move_binary_format::assembly::assemble;
use move_core_types::{AccountAddress, ModuleId, StatusCode, StructTag};
use move_vm_runtime::{
    CallRule, Engine, GasMeter, GasSchedule, Key, PublishPolicy, Returns, SessionContext, StateError, StateView, Vm,
    VmConfig, VmError,
};
use std::collections::BTreeMap;
use std::sync::Arc;

struct State {
    vm: Vm,
    items: BTreeMap<Key, Arc<[u8]>>,
}

impl StateView for State {
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

fn binary(text: &str) -> (ModuleId, Vec<u8>) {
    let module = assemble(text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    (module.self_id().unwrap(), module.serialize(module.version).unwrap())
}

impl State {
    fn with(config: VmConfig, modules: &[String]) -> Self {
        let items = modules.iter().map(|text| {
            let (id, bytes) = binary(text);
            (Key::Module(id), bytes.into())
        });
        Self { vm: Vm::new(move_natives::table(), config), items: items.collect() }
    }

    fn new(modules: &[String]) -> Self {
        Self::with(VmConfig { engine: Engine::Both, ..VmConfig::default() }, modules)
    }

    /// What a function of module `0x42::m` returns, and the gas that it uses.
    fn call(&mut self, function: &str, args: &[Vec<u8>]) -> (Result<Returns, VmError>, u64) {
        let id = ModuleId::new(AccountAddress::from_hex_literal("0x42").unwrap(), "m".parse().unwrap());
        let mut gas = GasMeter::unlimited();
        let (result, changes) = {
            let mut session = self.vm.session(self, SessionContext::new(4, Arc::new(GasSchedule::initial())));
            let result = session.call(&id, function, &[], args, CallRule::Any, &mut gas);
            (result, session.finish().unwrap())
        };
        for (key, value) in changes.writes {
            match value {
                Some(value) => drop(self.items.insert(key, value)),
                None => drop(self.items.remove(&key)),
            }
        }
        (result, gas.used())
    }
}

/// Runs a test with little host stack.
fn with_small_stack(test: fn()) {
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(test).unwrap();
    assert!(thread.join().is_ok());
}

#[test]
fn types_stop_growing_across_modules() {
    // Each module calls the next with a type twice as large, or one level deeper: no module alone has a loop.
    for (step, count, status) in
        [("P<T, T>", 12, StatusCode::TooManyTypeNodes), ("vector<T>", 30, StatusCode::VmMaxTypeDepthReached)]
    {
        let modules: Vec<String> = (0..count)
            .map(|level| {
                let name = if level == 0 { "m".to_owned() } else { format!("m{level}") };
                let import = format!("import fun 0x42::m{}::f<T>();", level + 1);
                let body = if level + 1 == count {
                    String::new()
                } else {
                    format!("CallGeneric 0x42::m{}::f<{step}>", level + 1)
                };
                let import = if level + 1 == count { "" } else { &import };
                let start = if level == 0 { "public fun run() { CallGeneric f<u8> Ret }" } else { "" };
                format!(
                    "module 0x42::{name} version 8 {{ {import} struct P<A, B> {{ a: A, b: B }}
                     public fun f<T>() {{ {body} Ret }} {start} }}"
                )
            })
            .collect();
        let mut state = State::new(&modules);
        let (result, used) = state.call("run", &[]);
        assert_eq!(result.unwrap_err().status, status, "{step}");
        println!("{step}: stopped after {used} units");
        assert!(used < 60_000_000, "{used}");
    }
}

#[test]
fn deep_and_large_values_need_little_host_stack() {
    with_small_stack(|| {
        // 120 structs inside one another: packed, copied, compared, encoded, stored, loaded, dropped.
        let structs: String =
            (1..=119).map(|n| format!("struct D{n} has copy, drop, store {{ a: D{} }} ", n - 1)).collect();
        let packs: String = (1..=119).map(|n| format!("Pack D{n} ")).collect();
        let text = format!(
            "module 0x42::m version 8 {{ struct D0 has copy, drop, store {{ a: vector<u8> }} {structs}
               struct K has key {{ d: D119 }}
               public fun run(&signer): bool acquires K {{ locals (D119)
                 LdConst vector<u8> x\"03010203\" Pack D0 {packs} StLoc 1
                 CopyLoc 1 CopyLoc 1 Eq Pop
                 MoveLoc 0 CopyLoc 1 Pack K MoveTo K
                 LdConst address x\"0000000000000000000000000000000000000000000000000000000000000042\" ImmBorrowGlobal K
                 ImmBorrowField K.d ReadRef MoveLoc 1 Eq Ret }}
               public fun load(): bool acquires K {{
                 LdConst address x\"0000000000000000000000000000000000000000000000000000000000000042\" ImmBorrowGlobal K
                 ImmBorrowField K.d ReadRef Pop LdTrue Ret }} }}"
        );
        let mut state = State::new(&[text]);
        let signer = AccountAddress::from_hex_literal("0x42").unwrap().as_ref().to_vec();
        assert_eq!(state.call("run", &[signer]).0.unwrap().values, [vec![1]]);
        assert_eq!(state.call("load", &[]).0.unwrap().values, [vec![1]]);
    });
    with_small_stack(|| {
        // A vector of vectors, a hundred thousand of them, dropped at once.
        let text = "module 0x42::m version 8 { public fun run(): u64 { locals (vector<vector<u8>>, u64)
            VecPack (vector<u8>), 0 StLoc 0 LdU64 0 StLoc 1
            head: CopyLoc 1 LdU64 100000 Lt BrFalse end
            MutBorrowLoc 0 LdConst vector<u8> x\"0101\" VecPushBack (vector<u8>) MoveLoc 1 LdU64 1 Add StLoc 1 Branch head
            end: ImmBorrowLoc 0 VecLen (vector<u8>) Ret } }";
        let mut state = State::new(&[text.to_owned()]);
        let (result, _) = state.call("run", &[]);
        assert_eq!(result.unwrap().values, [100_000u64.to_le_bytes().to_vec()]);
    });
}

#[test]
fn what_a_refused_bundle_loads_is_paid_for() {
    // The bundle names a large module, then fails to link: loading it has been charged.
    let filler: String = (0..200).map(|n| format!("public fun f{n}(): u64 {{ LdU64 {n} Ret }} ")).collect();
    let state = State::new(&[format!("module 0x42::big version 8 {{ {filler} }}")]);
    let bad =
        binary("module 0x42::n version 8 { import fun 0x42::big::missing(); fun g() { Call 0x42::big::missing Ret } }")
            .1;
    let mut gas = GasMeter::unlimited();
    let mut session = state.vm.session(&state, SessionContext::new(4, Arc::new(GasSchedule::initial())));
    let sender = AccountAddress::from_hex_literal("0x42").unwrap();
    let result = session.publish(&[bad], sender, PublishPolicy::Compatible, &mut gas);
    assert_eq!(result.unwrap_err().status, StatusCode::LookupFailed);
    assert!(gas.used() > GasSchedule::initial().io_module_item, "{}", gas.used());
}

#[test]
fn a_verdict_holds_for_its_configuration() {
    let bytes =
        binary("module 0x42::m version 8 { enum E has drop { A {} } public fun f() { PackVariant E/A Pop Ret } }").1;
    let sender = AccountAddress::from_hex_literal("0x42").unwrap();
    let publish = |state: &State| {
        let mut session = state.vm.session(state, SessionContext::new(4, Arc::new(GasSchedule::initial())));
        let result = session.publish(
            std::slice::from_ref(&bytes),
            sender,
            PublishPolicy::Compatible,
            &mut GasMeter::unlimited(),
        );
        result.map(|_| ()).map_err(|error| error.status)
    };
    let mut strict = VmConfig::default();
    strict.verifier.enable_enums = false;
    assert_eq!(publish(&State::with(VmConfig::default(), &[])), Ok(()));
    assert_eq!(publish(&State::with(strict, &[])), Err(StatusCode::FeatureNotEnabled));
    assert_eq!(publish(&State::with(VmConfig::default(), &[])), Ok(()));
}

#[test]
fn a_lock_is_the_callee_s_to_declare() {
    // The caller's handle says nothing of the lock that the definition has, or claims one that it has not.
    let lib = |attribute: &str| {
        format!(
            "module 0x42::lib version 8 {{ public fun apply(|u64|(u64), u64): u64 {attribute} {{ MoveLoc 1 MoveLoc 0 CallClosure (|u64|(u64)) Ret }} }}"
        )
    };
    let user = |claimed: &str| {
        format!(
            "module 0x42::m version 8 {{
               import fun 0x42::lib::apply(|u64|(u64), u64): u64 {claimed};
               public fun back(u64): u64 {{ MoveLoc 0 LdU64 1 Add Ret }}
               public fun run(): u64 {{ PackClosure back, 0 LdU64 6 Call 0x42::lib::apply Ret }} }}"
        )
    };
    for (defined, claimed, status) in [
        ("", "", None),
        ("[module_lock]", "", Some(StatusCode::RuntimeDispatchError)),
        ("[module_lock]", "[module_lock]", Some(StatusCode::RuntimeDispatchError)),
        ("", "[module_lock]", None),
    ] {
        let mut state = State::new(&[lib(defined), user(claimed)]);
        let (result, _) = state.call("run", &[]);
        assert_eq!(result.as_ref().err().map(|error| error.status), status, "defined {defined}, claimed {claimed}");
        if let Ok(returns) = result {
            assert_eq!(returns.values, [7u64.to_le_bytes().to_vec()]);
        }
    }
}

/// A function that captures a closure in a closure so many times, and stores the last one.
const NESTED: &str = "module 0x42::m version 8 {
    struct K has key { f: |u64|(u64) has copy + drop + store }
    public fun id(u64): u64 [persistent] { MoveLoc 0 Ret }
    public fun wrap(|u64|(u64) has copy + drop + store, u64): u64 [persistent] {
        MoveLoc 1 MoveLoc 0 CallClosure (|u64|(u64) has copy + drop + store) Ret }
    public fun nest(&signer, u64) { locals (|u64|(u64) has copy + drop + store)
        PackClosure id, 0 StLoc 2
        head: CopyLoc 1 LdU64 0 Gt BrFalse end
        MoveLoc 2 PackClosure wrap, 1 StLoc 2 MoveLoc 1 LdU64 1 Sub StLoc 1 Branch head
        end: MoveLoc 0 MoveLoc 2 Pack K MoveTo K Ret }
    public fun run(u64): u64 acquires K {
        MoveLoc 0
        LdConst address x\"0000000000000000000000000000000000000000000000000000000000000042\" ImmBorrowGlobal K
        ImmBorrowField K.f ReadRef CallClosure (|u64|(u64) has copy + drop + store) Ret }
}";

#[test]
fn closures_nest_to_a_limit() {
    with_small_stack(|| {
        let signer = AccountAddress::from_hex_literal("0x42").unwrap().as_ref().to_vec();
        let arg = |n: u64| n.to_le_bytes().to_vec();
        for (count, fits) in [(0, true), (1, true), (100, true), (126, true), (128, false), (10_000, false)] {
            let mut state = State::new(&[NESTED.to_owned()]);
            let (result, used) = state.call("nest", &[signer.clone(), arg(count)]);
            let status = result.err().map(|error| error.status);
            // The resource around it is one more level.
            assert_eq!(status, (!fits).then_some(StatusCode::VmMaxValueDepthReached), "{count}");
            assert!(used < 40_000_000, "{used}");
            if fits {
                assert_eq!(state.call("run", &[arg(5)]).0.unwrap().values, [arg(5)], "{count}");
            }
        }
    });
}
