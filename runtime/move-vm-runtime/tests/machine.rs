//! What sessions promise, on both interpreters at once: every test runs with [`Engine::Both`], which halts on a
//! difference in results, writes, events, gas or status.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]
#![expect(clippy::indexing_slicing, reason = "a test may fail loudly")]
#![expect(clippy::disallowed_methods, reason = "the shared vectors are files, named by the environment")]

use move_binary_format::assembly::assemble;
use move_core_types::{AccountAddress, ModuleId, StatusCode, StructTag};
use move_vm_runtime::{
    CallRule, Changes, Engine, GasMeter, GasSchedule, Key, PublishPolicy, Returns, SessionContext, StateError,
    StateView, Vm, VmConfig, VmError,
};
use std::collections::BTreeMap;
use std::sync::Arc;

#[expect(dead_code, reason = "other suites use the rest")]
mod common;

/// A state in memory with a machine over it.
struct Chain {
    vm: Vm,
    items: BTreeMap<Key, Arc<[u8]>>,
    code_version: u64,
    schedule: Arc<GasSchedule>,
}

impl StateView for Chain {
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
        self.code_version
    }
}

fn user() -> AccountAddress {
    AccountAddress::from_hex_literal("0x42").unwrap()
}

fn id(name: &str) -> ModuleId {
    ModuleId::new(user(), name.parse().unwrap())
}

/// A module out of assembler text.
fn binary(text: &str) -> Vec<u8> {
    let module = assemble(text).unwrap();
    module.serialize(module.version).unwrap()
}

/// Modules at 0x42 out of Move text.
fn compiled(text: &str) -> Vec<Vec<u8>> {
    let output = move_compiler::compile(move_compiler::Input {
        package: "test".to_owned(),
        sources: vec![move_compiler::SourceFile::new("test.move", text)],
        dependencies: common::standard_sources(),
        named_addresses: BTreeMap::from([("std".to_owned(), AccountAddress::ONE)]),
        ..move_compiler::Input::default()
    });
    assert!(!output.diagnostics.has_errors(), "{}", output.diagnostics.render());
    output.root_modules().map(|unit| unit.bytes.clone()).collect()
}

impl Chain {
    fn new() -> Self {
        let config = VmConfig { engine: Engine::Both, ..VmConfig::default() };
        let mut items = BTreeMap::new();
        for (id, bytes) in common::standard_modules() {
            items.insert(Key::Module(id), bytes.into());
        }
        Self {
            vm: Vm::new(move_natives::table(), config),
            items,
            code_version: 0,
            schedule: Arc::new(GasSchedule::initial()),
        }
    }

    /// A chain with modules published at 0x42.
    fn with(text: &str) -> Self {
        let mut chain = Self::new();
        chain.publish(&compiled(text), PublishPolicy::Compatible).unwrap();
        chain
    }

    /// A chain with an assembled module.
    fn assembled(text: &str) -> Self {
        let mut chain = Self::new();
        chain.publish(&[binary(text)], PublishPolicy::Compatible).unwrap();
        chain
    }

    fn apply(&mut self, changes: Changes) {
        for (key, value) in changes.writes {
            if matches!(key, Key::Module(_)) {
                self.code_version += 1;
            }
            match value {
                Some(value) => self.items.insert(key, value),
                None => self.items.remove(&key),
            };
        }
    }

    fn publish(&mut self, bundle: &[Vec<u8>], policy: PublishPolicy) -> Result<Vec<ModuleId>, VmError> {
        let mut gas = GasMeter::unlimited();
        let (result, changes) = {
            let mut session = self.vm.session(self, SessionContext::new(4, self.schedule.clone()));
            let result = session.publish(bundle, user(), policy, &mut gas);
            (result, session.finish().unwrap())
        };
        assert!(result.is_ok() || changes.writes.is_empty(), "a refused bundle left a trace");
        self.apply(changes);
        result
    }

    /// Calls a function with internal units of gas; what it returned, and what it used.
    fn call_with(&mut self, function: &str, args: &[Vec<u8>], units: u64) -> (Result<Returns, VmError>, u64) {
        let (module, function) = function.split_once("::").unwrap();
        let mut gas = GasMeter::new(units, u64::MAX);
        let (result, changes) = {
            let mut session = self.vm.session(self, SessionContext::new(4, self.schedule.clone()));
            let result = session.call(&id(module), function, &[], args, CallRule::Any, &mut gas);
            (result, session.finish().unwrap())
        };
        assert!(result.is_ok() || changes.writes.is_empty() && changes.events.is_empty(), "a failed call left a trace");
        self.apply(changes);
        (result, gas.used())
    }

    fn call(&mut self, function: &str, args: &[Vec<u8>]) -> Result<Returns, VmError> {
        self.call_with(function, args, u64::MAX).0
    }

    fn number(&mut self, function: &str, args: &[Vec<u8>]) -> u64 {
        let returns = self.call(function, args).unwrap_or_else(|error| panic!("{function}: {error}"));
        u64::from_le_bytes(returns.values[0].as_slice().try_into().unwrap())
    }

    fn status(&mut self, function: &str, args: &[Vec<u8>]) -> StatusCode {
        self.call(function, args).expect_err("it should fail").status
    }
}

fn u64_arg(value: u64) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

const RECURSION: &str = "
module 0x42::deep {
    public fun down(n: u64): u64 { if (n == 0) 0 else down(n - 1) + 1 }
}";

#[test]
fn calls_nest_1024_deep_and_no_deeper() {
    let mut chain = Chain::with(RECURSION);
    assert_eq!(chain.number("deep::down", &[u64_arg(1024)]), 1024);
    assert_eq!(chain.status("deep::down", &[u64_arg(1025)]), StatusCode::CallStackOverflow);
}

const WORK: &str = "
module 0x42::work {
    struct Total has key { sum: u64, items: vector<u64> }
    public entry fun run(account: &signer, n: u64) acquires Total {
        let address = std::signer::address_of(account);
        if (!exists<Total>(address)) move_to(account, Total { sum: 0, items: vector[] });
        let total = borrow_global_mut<Total>(address);
        let i = 0;
        while (i < n) {
            std::vector::push_back(&mut total.items, i * i);
            total.sum = total.sum + *std::vector::borrow(&total.items, i);
            i = i + 1;
        };
        let copied = total.items;
        std::vector::reverse(&mut copied);
        total.items = copied;
    }
    public fun sum(address: address): u64 acquires Total { borrow_global<Total>(address).sum }
}";

#[test]
fn out_of_gas_anywhere_leaves_nothing_and_uses_all() {
    let mut chain = Chain::with(WORK);
    let args = [user().as_ref().to_vec(), u64_arg(3)];
    let before = chain.items.clone();
    let (result, used) = chain.call_with("work::run", &args, u64::MAX);
    result.unwrap();
    chain.items = before.clone();
    for part in 0..200 {
        let units = used * part / 200;
        let (result, spent) = chain.call_with("work::run", &args, units);
        assert_eq!(result.expect_err("gas runs out").status, StatusCode::OutOfGas, "{units} of {used}");
        assert_eq!(spent, units);
        assert_eq!(chain.items, before);
    }
    let (result, spent) = chain.call_with("work::run", &args, used);
    result.unwrap();
    assert_eq!(spent, used, "gas does not depend on what is cached");
    assert_eq!(chain.number("work::sum", &[user().as_ref().to_vec()]), 5);
    let (result, _) = chain.call_with("work::run", &args, used - 1);
    result.expect_err("one unit less");
}

#[test]
fn memory_runs_out_with_a_status() {
    let mut chain = Chain::with(
        "module 0x42::hog {
            public fun eat(n: u64): u64 {
                let bytes = vector<u8>[];
                let i = 0;
                while (i < 4096) { std::vector::push_back(&mut bytes, 1); i = i + 1; };
                let all = vector[];
                let i = 0;
                while (i < n) { std::vector::push_back(&mut all, bytes); i = i + 1; };
                std::vector::length(&all)
            }
        }",
    );
    assert_eq!(chain.number("hog::eat", &[u64_arg(100)]), 100);
    assert_eq!(chain.status("hog::eat", &[u64_arg(1_000_000)]), StatusCode::MemoryLimitExceeded);
}

#[test]
fn an_initializer_runs_once_and_upgrades_must_fit() {
    let first = "module 0x42::m {
        struct Born has key { times: u64 }
        fun init_module(account: &signer) { move_to(account, Born { times: 1 }); }
        public fun times(): u64 acquires Born { borrow_global<Born>(@0x42).times }
    }";
    let better = first.replace(".times }\n    }", ".times + 100 }\n    public fun more(): u64 { 7 } }");
    let worse = first.replace("public fun times", "fun times");
    let mut chain = Chain::new();
    assert_eq!(chain.publish(&compiled(first), PublishPolicy::Compatible).unwrap(), vec![id("m")]);
    assert_eq!(chain.number("m::times", &[]), 1);
    let refused = chain.publish(&compiled(&worse), PublishPolicy::Compatible).unwrap_err();
    assert_eq!(refused.status, StatusCode::BackwardIncompatibleModuleUpdate);
    let refused = chain.publish(&compiled(&better), PublishPolicy::Immutable).unwrap_err();
    assert_eq!(refused.status, StatusCode::BackwardIncompatibleModuleUpdate);
    assert_eq!(chain.publish(&compiled(&better), PublishPolicy::Compatible).unwrap(), vec![]);
    assert_eq!(chain.number("m::times", &[]), 101);
    assert_eq!(chain.number("m::more", &[]), 7);
}

#[test]
fn bundles_are_refused_for_the_documented_reasons() {
    let module = |text: &str| compiled(text).remove(0);
    let mut chain = Chain::new();
    let plain = module("module 0x42::a { public fun one(): u64 { 1 } }");
    let cases = [
        (vec![module("module 0x43::a { public fun one(): u64 { 1 } }")], StatusCode::ModuleAddressDoesNotMatchSender),
        (vec![plain.clone(), plain], StatusCode::DuplicateModuleName),
        (vec![b"no module".to_vec()], StatusCode::BadMagic),
        (
            vec![binary("module 0x42::a version 7 { fun init_module(&signer, u64) { 0: Ret } }")],
            StatusCode::InvalidInitModule,
        ),
        (vec![binary("module 0x42::a version 7 { native fun own(); }")], StatusCode::UserDefinedNativeNotAllowed),
    ];
    for (bundle, status) in cases {
        assert_eq!(chain.publish(&bundle, PublishPolicy::Compatible).unwrap_err().status, status);
    }
    let needs = compiled(
        "module 0x42::b { public fun one(): u64 { 1 } } module 0x42::c { public fun two(): u64 { 0x42::b::one() } }",
    );
    let c = needs.iter().find(|bytes| bytes.windows(3).any(|part| part == b"two")).unwrap().clone();
    let refused = chain.publish(&[c], PublishPolicy::Compatible).unwrap_err();
    assert_eq!(refused.status, StatusCode::LinkerError);
    // The order inside a bundle does not matter.
    let reversed: Vec<Vec<u8>> = needs.into_iter().rev().collect();
    chain.publish(&reversed, PublishPolicy::Compatible).unwrap();
    assert_eq!(chain.number("c::two", &[]), 1);
}

#[test]
fn a_rollback_keeps_what_came_before_it() {
    let chain = Chain::with(WORK);
    let mut session = chain.vm.session(&chain, SessionContext::new(4, chain.schedule.clone()));
    let mut gas = GasMeter::unlimited();
    let args = |n| [user().as_ref().to_vec(), u64_arg(n)];
    session.call(&id("work"), "run", &[], &args(2), CallRule::Any, &mut gas).unwrap();
    let mark = session.checkpoint();
    session.call(&id("work"), "run", &[], &args(0), CallRule::Any, &mut gas).unwrap();
    session.rollback(mark);
    let changes = session.finish().unwrap();
    assert_eq!(changes.writes.len(), 1);
    let (sum, items) = (1u64.to_le_bytes(), [1u64.to_le_bytes(), 0u64.to_le_bytes()].concat());
    assert_eq!(*changes.writes[0].1.clone().unwrap(), [sum.to_vec(), vec![2], items].concat());
}

#[test]
fn entry_arguments_are_checked() {
    let mut chain = Chain::with(
        "module 0x42::e {
            public entry fun text(_: std::string::String, _: std::option::Option<u64>) {}
            public entry fun two(_: &signer, _: &signer, _: u64) {}
            public fun plain(_: u64) {}
        }",
    );
    let own = binary(
        "module 0x42::o version 7 { struct Own has drop { x: u64 } entry fun bad(Own) { 0: Ret }
        entry fun late(u64, &signer) { 0: Ret } entry fun by_ref(&u64) { 0: Ret }
        entry fun gives(): u64 { 0: LdU64 1 1: Ret } }",
    );
    chain.publish(&[own], PublishPolicy::Compatible).unwrap();
    let signers = [user(), AccountAddress::ONE];
    let call = |function: &str, signers: &[AccountAddress], args: &[Vec<u8>]| {
        let mut gas = GasMeter::unlimited();
        let mut session = chain.vm.session(&chain, SessionContext::new(4, chain.schedule.clone()));
        let module = id(if ["text", "two", "plain"].contains(&function) { "e" } else { "o" });
        session.call(&module, function, &[], args, CallRule::Entry(signers), &mut gas).map_err(|error| error.status)
    };
    let none = vec![0];
    assert!(call("text", &[], &[vec![1, b'a'], none.clone()]).is_ok());
    assert!(call("text", &signers, &[vec![1, b'a'], [vec![1], u64_arg(5)].concat()]).is_ok());
    for (function, given, args, status) in [
        ("text", 0, vec![vec![1, 0xff], none.clone()], StatusCode::FailedToDeserializeArgument),
        ("text", 0, vec![vec![1, b'a'], vec![2, 0]], StatusCode::FailedToDeserializeArgument),
        ("text", 0, vec![vec![1, b'a', 0], none], StatusCode::FailedToDeserializeArgument),
        ("text", 0, vec![vec![1, b'a']], StatusCode::NumberOfArgumentsMismatch),
        ("two", 1, vec![u64_arg(1)], StatusCode::NumberOfSignerArgumentsMismatch),
        ("two", 2, vec![], StatusCode::NumberOfArgumentsMismatch),
        ("plain", 0, vec![u64_arg(1)], StatusCode::ExecuteEntryFunctionCalledOnNonEntryFunction),
        ("bad", 0, vec![u64_arg(1)], StatusCode::InvalidParamTypeForDeserialization),
        ("late", 1, vec![u64_arg(1)], StatusCode::InvalidMainFunctionSignature),
        ("by_ref", 0, vec![u64_arg(1)], StatusCode::InvalidMainFunctionSignature),
        ("gives", 0, vec![], StatusCode::InvalidMainFunctionSignature),
    ] {
        assert_eq!(call(function, &signers[..given], &args).unwrap_err(), status, "{function} {args:?}");
    }
    assert!(call("two", &signers, &[u64_arg(1)]).is_ok());
}

#[test]
fn closures_capture_by_mask() {
    // 10 captured in first place, or in second: 10 - 3 and 3 - 10.
    let text = |mask: u64| {
        format!(
            "module 0x42::c version 8 {{
                public fun sub(u64, u64): (u64) [persistent] {{ 0: MoveLoc 0 1: MoveLoc 1 2: Sub 3: Ret }}
                public fun run(): (u64) {{
                    0: LdU64 3
                    1: LdU64 10
                    2: PackClosure sub, {mask}
                    3: CallClosure (|u64|(u64) has copy + drop + store)
                    4: Ret
                }}
            }}"
        )
    };
    assert_eq!(Chain::assembled(&text(1)).number("c::run", &[]), 7);
    assert_eq!(Chain::assembled(&text(2)).status("c::run", &[]), StatusCode::ArithmeticError);
}

#[test]
fn closures_live_in_storage() {
    let mut chain = Chain::assembled(
        "module 0x42::c version 8 {
            struct Box has key { f: |u64|(u64) has copy + drop + store }
            public fun sub(u64, u64): (u64) [persistent] { 0: MoveLoc 0 1: MoveLoc 1 2: Sub 3: Ret }
            public fun keep(&signer, u64) {
                0: MoveLoc 0
                1: MoveLoc 1
                2: PackClosure sub, 1
                3: Pack Box
                4: MoveTo Box
                5: Ret
            }
            public fun use(address, u64): (u64) acquires Box {
                0: MoveLoc 1
                1: MoveLoc 0
                2: ImmBorrowGlobal Box
                3: ImmBorrowField Box.f
                4: ReadRef
                5: CallClosure (|u64|(u64) has copy + drop + store)
                6: Ret
            }
        }",
    );
    chain.call("c::keep", &[user().as_ref().to_vec(), u64_arg(50)]).unwrap();
    assert_eq!(chain.number("c::use", &[user().as_ref().to_vec(), u64_arg(8)]), 42);
    let stored = chain.items.iter().find(|(key, _)| matches!(key, Key::Resource(..))).unwrap().1.clone();
    // Format 2: seven elements, the captured value as a blob at the end.
    assert_eq!((stored[0], &stored[1..3]), (7, &[2, 0][..]));
    assert_eq!(stored[stored.len() - 9..], [vec![8], u64_arg(50)].concat());
}

#[test]
fn a_re_entered_module_may_not_touch_its_resources() {
    // `outer` calls a closure over its own module's function: computing is allowed, storage is not.
    let mut chain = Chain::assembled(
        "module 0x42::r version 8 {
            struct Data has key { x: u64 }
            public fun pure(): (u64) [persistent] { 0: LdU64 5 1: Ret }
            public fun reads(): (u64) [persistent] acquires Data {
                0: LdConst address x\"0000000000000000000000000000000000000000000000000000000000000042\"
                1: Exists Data
                2: BrTrue 5
                3: LdU64 1
                4: Ret
                5: LdU64 2
                6: Ret
            }
            public fun call_pure(): (u64) { 0: PackClosure pure, 0 1: CallClosure (||(u64) has copy + drop + store) 2: Ret }
            public fun call_reads(): (u64) { 0: PackClosure reads, 0 1: CallClosure (||(u64) has copy + drop + store) 2: Ret }
        }"
        .replace(" acquires Data {\n                0: LdConst", " {\n                0: LdConst")
        .as_str(),
    );
    assert_eq!(chain.number("r::call_pure", &[]), 5);
    assert_eq!(chain.number("r::reads", &[]), 1);
    assert_eq!(chain.status("r::call_reads", &[]), StatusCode::RuntimeDispatchError);
}

#[test]
fn values_do_not_depend_on_the_order_in_which_types_were_met() {
    // The same world serves many sessions; a fresh machine must answer alike.
    let text = "module 0x42::g {
        struct Pair<A, B> has copy, drop { a: A, b: B }
        public fun run(n: u64): vector<u8> {
            let pair = Pair { a: n, b: vector[Pair { a: (n as u8), b: true }] };
            std::bcs::to_bytes(&pair)
        }
    }";
    let mut warm = Chain::with(text);
    let first = warm.call_with("g::run", &[u64_arg(7)], u64::MAX);
    let second = warm.call_with("g::run", &[u64_arg(7)], u64::MAX);
    let fresh = Chain::with(text).call_with("g::run", &[u64_arg(7)], u64::MAX);
    assert_eq!(first.0.unwrap(), second.0.clone().unwrap());
    assert_eq!(second.0.unwrap(), fresh.0.unwrap());
    assert_eq!((first.1, second.1), (second.1, fresh.1));
}

#[test]
fn closures_are_equal_when_they_behave_alike() {
    // Rule T-EQ-1: of two closures with equal captured values, the mask decides.
    let mut chain = Chain::assembled(
        "module 0x42::c version 8 {
            public fun sub(u64, u64): u64 [persistent] { MoveLoc 0 MoveLoc 1 Sub Ret }
            public fun add(u64, u64): u64 [persistent] { MoveLoc 0 MoveLoc 1 Add Ret }
            public fun run(): (bool, bool, bool, bool) {
                LdU64 5 PackClosure sub, 1 LdU64 5 PackClosure sub, 1 Eq
                LdU64 5 PackClosure sub, 1 LdU64 5 PackClosure sub, 2 Eq
                LdU64 5 PackClosure sub, 1 LdU64 6 PackClosure sub, 1 Eq
                LdU64 5 PackClosure sub, 1 LdU64 5 PackClosure add, 1 Eq
                Ret
            }
        }",
    );
    let returns = chain.call("c::run", &[]).unwrap();
    assert_eq!(returns.values, [vec![1], vec![0], vec![0], vec![0]]);
}

#[test]
fn both_forms_of_stored_closures_are_read() {
    // Rule T-CLO-1: format 2 is written, 1 and 2 are read, nothing else is.
    let text = "module 0x42::c version 8 {
        struct Box has key { f: |u64|(u64) has copy + drop + store }
        public fun sub(u64, u64): u64 [persistent] { MoveLoc 0 MoveLoc 1 Sub Ret }
        public fun use(u64): u64 acquires Box {
            MoveLoc 0
            LdConst address x\"0000000000000000000000000000000000000000000000000000000000000042\" ImmBorrowGlobal Box
            ImmBorrowField Box.f ReadRef CallClosure (|u64|(u64) has copy + drop + store) Ret
        }
    }";
    let head = |elements: u8, format: u16, function: &str, mask: u64| {
        let name = [&[u8::try_from(function.len()).unwrap()], function.as_bytes()].concat();
        [&[elements][..], &format.to_le_bytes(), user().as_ref(), &[1, b'c'], &name, &[0], &mask.to_le_bytes()].concat()
    };
    let captured = 50u64.to_le_bytes();
    let first = |format, function, mask| [&head(7, format, function, mask)[..], &[2], &captured].concat();
    let second = |function, mask, depth: u8, blob: &[u8]| {
        [&head(7, 2, function, mask)[..], &[depth, 0, u8::try_from(blob.len()).unwrap()], blob].concat()
    };
    let damaged = StatusCode::FailedToDeserializeResource;
    for (bytes, expected) in [
        (first(1, "sub", 1), Ok(42)),
        (second("sub", 1, 1, &captured), Ok(42)),
        (first(3, "sub", 1), Err(damaged)),
        (first(0, "sub", 1), Err(damaged)),
        (second("sub", 1, 1, &captured)[1..].to_vec(), Err(damaged)),
        // Well formed, but not of what the module is made of now.
        (second("gone", 1, 1, &captured), Err(StatusCode::FunctionResolutionFailure)),
        (second("sub", 1, 1, &captured[..7]), Err(StatusCode::FunctionResolutionFailure)),
        (second("sub", 1, 1, &[&captured[..], &[0]].concat()), Err(StatusCode::FunctionResolutionFailure)),
    ] {
        let mut chain = Chain::assembled(text);
        let tag: StructTag = "0x42::c::Box".parse().unwrap();
        chain.items.insert(Key::Resource(user(), Arc::new(tag)), bytes.clone().into());
        let found = chain.call("c::use", &[u64_arg(8)]);
        let found = found.map(|returns| returns.values).map_err(|error| error.status);
        assert_eq!(found, expected.map(|number| vec![u64_arg(number)]), "{bytes:?}");
    }
}

#[test]
fn operands_of_a_chain_of_calls_have_a_limit_by_block() {
    // Rule T-STACK-1: what callers have left, and the greatest height of the block that is entered.
    for (left, more, status) in [
        (1000, 24, None),
        (1000, 25, Some(StatusCode::ExecutionStackOverflow)),
        (0, 1024, None),
        (1, 1024, Some(StatusCode::ExecutionStackOverflow)),
        (1024, 0, None),
    ] {
        let push = |count: usize| "LdU8 0 ".repeat(count);
        let pop = |count: usize| "Pop ".repeat(count);
        let mut chain = Chain::assembled(&format!(
            "module 0x42::s version 8 {{
                fun inner() {{ {} {} Ret }}
                public fun run() {{ {} Call inner {} Ret }}
            }}",
            push(more),
            pop(more),
            push(left),
            pop(left)
        ));
        let found = chain.call("s::run", &[]).err().map(|error| error.status);
        assert_eq!(found, status, "{left} and {more}");
    }
}
