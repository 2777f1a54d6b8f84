//! The incidents of the specification's chapter 42, each with a test that would catch it again, and with a bound on
//! counted work where work was the attack. [`INCIDENTS`] says which test that is; some belong to other crates.
#![expect(clippy::panic, reason = "a test fails loudly")]

use move_binary_format::{
    CompiledModule, ReaderConfig,
    assembly::assemble,
    bounds,
    file_format::{Bytecode, FunctionDef, SignatureIdx},
};
use move_bytecode_verifier::{VerifierConfig, VerifyError, count_steps, verify_module};
use move_core_types::StatusCode;
use std::fs;
use std::path::Path;

/// Section, file of the test, its name.
const INCIDENTS: &[(&str, &str, &str)] = &[
    ("42.1 stack arithmetic", "runtime/move-bytecode-verifier/tests/incidents.rs", "counts_do_not_overflow"),
    (
        "42.2 lost back edges",
        "runtime/move-bytecode-verifier/tests/incidents.rs",
        "what_a_loop_does_is_seen_by_its_next_round",
    ),
    (
        "42.2 fixpoint",
        "runtime/move-bytecode-verifier/src/interpret.rs",
        "the_fixpoint_is_that_of_the_naive_interpreter_on_any_graph",
    ),
    ("42.3 endless join", "runtime/move-bytecode-verifier/tests/incidents.rs", "loops_that_swap_references_end"),
    (
        "42.3 joins",
        "runtime/move-bytecode-verifier/src/borrow_graph.rs",
        "random_graphs_stay_consistent_and_absorb_what_they_have_absorbed_without_growing",
    ),
    ("42.4 doubling types", "runtime/move-bytecode-verifier/tests/incidents.rs", "types_cannot_double_without_end"),
    ("42.4 at run time", "runtime/move-vm-runtime/tests/incidents.rs", "types_stop_growing_across_modules"),
    (
        "42.5 deep nesting",
        "runtime/move-bytecode-verifier/tests/adversarial.rs",
        "deep_types_are_refused_without_deep_recursion",
    ),
    ("42.5 at run time", "runtime/move-vm-runtime/tests/incidents.rs", "deep_and_large_values_need_little_host_stack"),
    (
        "42.6 shared signatures",
        "runtime/move-bytecode-verifier/tests/adversarial.rs",
        "steps_grow_no_faster_than_the_module",
    ),
    (
        "42.7 reference edges",
        "runtime/move-bytecode-verifier/tests/adversarial.rs",
        "what_costs_too_much_is_stopped_in_bounded_work",
    ),
    ("42.8 locals", "runtime/move-bytecode-verifier/tests/incidents.rs", "two_times_128_locals_are_too_many"),
    ("42.9 unreachable code", "runtime/move-bytecode-verifier/tests/incidents.rs", "unreachable_code_is_checked"),
    (
        "42.10 overlapping variants",
        "runtime/move-bytecode-verifier/tests/incidents.rs",
        "handles_of_one_field_are_one_field",
    ),
    ("42.11 recursive enums", "runtime/move-bytecode-verifier/tests/incidents.rs", "enums_do_not_contain_themselves"),
    (
        "42.12 new constructs",
        "runtime/move-bytecode-verifier/tests/incidents.rs",
        "every_instruction_is_known_to_every_pass",
    ),
    ("42.13 many definitions", "runtime/move-bytecode-verifier/tests/adversarial.rs", "many small functions"),
    (
        "42.14 free verification",
        "runtime/move-vm-runtime/tests/incidents.rs",
        "what_a_refused_bundle_loads_is_paid_for",
    ),
    (
        "42.15 verdicts of another configuration",
        "runtime/move-vm-runtime/tests/incidents.rs",
        "a_verdict_holds_for_its_configuration",
    ),
    (
        "42.16 attributes of the caller",
        "runtime/move-vm-runtime/tests/incidents.rs",
        "a_lock_is_the_callee_s_to_declare",
    ),
    ("42.17 closures in closures", "runtime/move-vm-runtime/tests/incidents.rs", "closures_nest_to_a_limit"),
    ("42.18 two encodings", "runtime/move-bytecode-verifier/tests/incidents.rs", "what_follows_a_module_is_refused"),
    ("42.19 panics", "runtime/move-bytecode-verifier/tests/incidents.rs", "a_panic_is_an_error_of_ours"),
];

#[test]
fn every_incident_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    for (incident, file, test) in INCIDENTS {
        #[expect(clippy::disallowed_methods, reason = "a test reads files")]
        let text = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(&format!("fn {test}()")) || text.contains(&format!("\"{test}\"")), "{incident}: {test}");
    }
    for number in 1..=19 {
        assert!(INCIDENTS.iter().any(|(name, ..)| name.starts_with(&format!("42.{number} "))), "42.{number}");
    }
}

fn module(items: &str) -> CompiledModule {
    let text = format!("module 0x42::m version 10 {{\n{items}\n}}");
    assemble(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The status, and the steps that it took.
fn verdict(items: &str) -> (Option<StatusCode>, u64) {
    let (verdict, steps) = count_steps(&VerifierConfig::production(), &module(items));
    (verdict.err().map(|error| error.status), steps)
}

#[test]
fn counts_do_not_overflow() {
    for count in [65_536, u64::from(u32::MAX), u64::MAX / 2 + 1, u64::MAX - 1, u64::MAX] {
        for code in [format!("VecPack (u8), {count} Pop"), format!("MoveLoc 0 VecUnpack (u8), {count}")] {
            let twice = format!("fun f(vector<u8>) {{ {code} {code} Ret }}");
            let (status, steps) = verdict(&twice);
            assert_eq!(status, Some(StatusCode::ConstraintNotSatisfied), "{code}");
            assert!(steps < 1_000, "{steps}");
        }
    }
}

#[test]
fn what_a_loop_does_is_seen_by_its_next_round() {
    // What happens at the end of a round must be known at its start, through however many blocks and loops.
    for (code, status) in [
        // Moved in round one, used in round two.
        (
            "fun f(N, bool) { head: CopyLoc 1 BrTrue go Branch out go: MoveLoc 0 Unpack N Pop Branch head out: LdU64 0 Abort }",
            StatusCode::MovelocUnavailableError,
        ),
        // Overwritten in round two.
        (
            "fun f(bool) { locals (N) head: LdU8 1 Pack N StLoc 1 CopyLoc 0 BrTrue head LdU64 0 Abort }",
            StatusCode::StlocUnsafeToDestroyError,
        ),
        // Two mutable references, one from the round before.
        (
            "fun f(&mut u64, bool) { locals (&mut u64)
            CopyLoc 0 StLoc 2
            head: LdU64 0 CopyLoc 2 WriteRef CopyLoc 0 StLoc 2 LdU64 0 CopyLoc 0 WriteRef CopyLoc 1 BrTrue head Ret }",
            StatusCode::WriterefExistsBorrowError,
        ),
        // The same through a nested loop whose back edges are found first.
        (
            "fun f(N, bool) {
            outer: Nop inner: CopyLoc 1 BrTrue inner CopyLoc 1 BrTrue take Branch out
            take: MoveLoc 0 Unpack N Pop CopyLoc 1 BrTrue inner2 Branch outer
            inner2: CopyLoc 1 BrTrue inner2 Branch outer
            out: LdU64 0 Abort }",
            StatusCode::MovelocUnavailableError,
        ),
    ] {
        let (found, steps) = verdict(&format!("struct N {{ a: u8 }} {code}"));
        assert_eq!(found, Some(status), "{code}");
        assert!(steps < 5_000, "{steps}");
    }
}

#[test]
fn loops_that_swap_references_end() {
    // States that could flip between two forms for ever: references that change places in every round.
    let swap = "CopyLoc 1 StLoc 3 MoveLoc 0 StLoc 1 MoveLoc 3 StLoc 0";
    for (locals, body) in [
        ("&mut u64", swap.to_owned()),
        ("&u64", swap.to_owned()),
        ("&mut u64", format!("{swap} CopyLoc 2 BrTrue head {swap}")),
    ] {
        let (status, steps) = verdict(&format!(
            "fun f({locals}, {locals}, bool) {{ locals ({locals}) head: {body} CopyLoc 2 BrTrue head Ret }}"
        ));
        println!("{locals}: {status:?} in {steps} steps");
        assert!(steps < 20_000, "{steps}");
    }
    // Many locals, each taking the place of the next, in five nested loops.
    let count = 60;
    let rotate: String = (0..count).map(|i| format!("CopyLoc {} StLoc {} ", 1 + (i + 1) % count, 1 + i)).collect();
    let refs = vec!["&u64"; count].join(", ");
    let heads = "a: Nop b: Nop c: Nop d: Nop e: Nop";
    let ends: String = ["e", "d", "c", "b", "a"].map(|label| format!("CopyLoc 0 BrTrue {label} ")).concat();
    let (status, steps) = verdict(&format!("fun f(bool, {refs}) {{ {heads} {rotate} {ends} Ret }}"));
    println!("{count} rotating references in five loops: {status:?} in {steps} steps");
    assert!(steps < 40_000_000, "{steps}");
}

#[test]
fn types_cannot_double_without_end() {
    let pair = |levels: u32| (0..levels).fold("u8".to_owned(), |ty, _| format!("P<{ty}, {ty}>"));
    for (levels, status) in
        [(3, None), (4, None), (5, Some(StatusCode::TooManyTypeNodes)), (10, Some(StatusCode::TooManyTypeNodes))]
    {
        let (found, steps) = verdict(&format!("struct P<A, B> {{ a: A, b: B }} fun f(&{}) {{ Ret }}", pair(levels)));
        assert_eq!(found, status, "{levels}");
        assert!(steps < 10_000, "{steps}");
    }
    // Doubled at every call, through any number of functions: refused where it closes a loop, whatever its length.
    let chain: String =
        (0..50).map(|i| format!("fun f{i}<T>() {{ CallGeneric f{}<P<T, T>> Ret }} ", (i + 1) % 50)).collect();
    let (found, steps) = verdict(&format!("struct P<A, B> {{ a: A, b: B }} {chain}"));
    assert_eq!(found, Some(StatusCode::LoopInInstantiationGraph));
    assert!(steps < 20_000, "{steps}");
}

#[test]
fn two_times_128_locals_are_too_many() {
    for (parameters, locals, fits) in
        [(128, 127, true), (127, 128, true), (128, 128, false), (1, 255, false), (0, 255, true)]
    {
        let list = |count: usize| vec!["&mut u64"; count].join(", ");
        let (found, _) = verdict(&format!("fun f({}) {{ locals ({}) Ret }}", list(parameters), list(locals)));
        assert_eq!(found, (!fits).then_some(StatusCode::TooManyLocals), "{parameters} and {locals}");
    }
}

#[test]
fn unreachable_code_is_checked() {
    for (code, status) in [
        ("Ret Pop Ret", StatusCode::NegativeStackSizeWithinBlock),
        ("Ret LdU8 0 Ret", StatusCode::PositiveStackSizeAtBlockEnd),
        ("Ret LdTrue LdU8 0 Add Pop Ret", StatusCode::IntegerOpTypeMismatchError),
        ("Branch 3 LdU8 0 Branch 1 Ret", StatusCode::PositiveStackSizeAtBlockEnd),
    ] {
        assert_eq!(verdict(&format!("fun f() {{ {code} }}")).0, Some(status), "{code}");
    }
}

#[test]
fn handles_of_one_field_are_one_field() {
    let text = |first: &str, second: &str| {
        format!(
            "enum E {{ A {{ x: u64, y: u64 }}, B {{ x: u64 }} }}
             fun f(&mut E) {{ locals (&mut u64, &mut u64)
               CopyLoc 0 MutBorrowVariantField E/{first} StLoc 1 CopyLoc 0 MutBorrowVariantField E/{second} StLoc 2
               LdU64 0 CopyLoc 2 WriteRef LdU64 0 CopyLoc 1 WriteRef Ret }}"
        )
    };
    for (first, second, status) in [
        ("A.x", "A.y", None),
        ("A.x", "A|B.x", Some(StatusCode::WriterefExistsBorrowError)),
        ("A|B.x", "B|A.x", Some(StatusCode::WriterefExistsBorrowError)),
        ("A.x", "A|A.x", Some(StatusCode::WriterefExistsBorrowError)),
    ] {
        assert_eq!(verdict(&text(first, second)).0, status, "{first} and {second}");
    }
}

#[test]
fn enums_do_not_contain_themselves() {
    for items in [
        "enum E { A {}, B { e: E } }",
        "enum E { A {}, B { e: vector<E> } }",
        "enum E { A {}, B { s: S } } struct S { e: E }",
        "enum E<T> { A { t: T }, B { e: E<E<T>> } }",
    ] {
        let (found, steps) = verdict(items);
        assert_eq!(found, Some(StatusCode::RecursiveStructDefinition), "{items}");
        assert!(steps < 1_000, "{steps}");
    }
}

/// Each instruction, in a module that has an entry in every table, alone before a `Ret`, in every version that has it and
/// in the one before: whatever the verdict, it is none of our own faults; and no version has it too early.
#[test]
fn every_instruction_is_known_to_every_pass() {
    let text = include_str!("../../move-binary-format/tests/kitchen_sink.move-asm");
    let sink = assemble(text).unwrap();
    let all = sink.function_defs.iter().filter_map(|def| def.code.as_ref()).max_by_key(|unit| unit.code.len()).unwrap();
    let config = VerifierConfig { enable_resource_access_control: true, ..VerifierConfig::production() };
    let mut seen = std::collections::BTreeSet::new();
    let mut statuses = std::collections::BTreeMap::new();
    let base = module(
        "struct S has copy, drop, store, key { a: u64 } struct G<T> has copy, drop, store, key { a: T }
         enum E has copy, drop { A { x: u64 } } enum O<T> has copy, drop { A { x: T } }
         fun g<T>(T): T { MoveLoc 0 Ret }
         fun all(u64) { LdConst u8 x\"00\" ImmBorrowField S.a ImmBorrowFieldGeneric G<u8>.a CallGeneric g<u8> PackGeneric G<u8>
           PackVariant E/A PackVariantGeneric O<u8>/A ImmBorrowVariantField E/A.x ImmBorrowVariantFieldGeneric O<u8>/A.x
           VecLen (u8) CallClosure (|u8|(u8)) Ret }",
    );
    for instruction in &all.code {
        let zero = to_first_entries(*instruction);
        seen.insert(zero.opcode());
        let mut tried = base.clone();
        let last: &mut FunctionDef = tried.function_defs.last_mut().unwrap();
        last.code.as_mut().unwrap().code = vec![zero, Bytecode::Ret];
        if bounds::check_module(&tried).is_err() {
            // A branch or local that this function does not have.
            continue;
        }
        let (verdict, steps) = count_steps(&config, &tried);
        let status = verdict.err().map(|error: VerifyError| error.status);
        assert_ne!(status, Some(StatusCode::VerifierInvariantViolation), "{zero:?}");
        assert!(steps < 5_000, "{steps}");
        *statuses.entry(status).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), Bytecode::TABLE.len(), "every instruction was tried");
    assert!(statuses.len() > 3, "{statuses:?}");
}

/// The same instruction with operands that exist in nearly every module.
fn to_first_entries(instruction: Bytecode) -> Bytecode {
    use Bytecode as B;
    match instruction {
        B::BrTrue(_) => B::BrTrue(0),
        B::BrFalse(_) => B::BrFalse(0),
        B::Branch(_) => B::Branch(0),
        B::CopyLoc(_) => B::CopyLoc(0),
        B::MoveLoc(_) => B::MoveLoc(0),
        B::StLoc(_) => B::StLoc(0),
        B::MutBorrowLoc(_) => B::MutBorrowLoc(0),
        B::ImmBorrowLoc(_) => B::ImmBorrowLoc(0),
        B::LdConst(_) => B::LdConst(Default::default()),
        B::MutBorrowField(_) => B::MutBorrowField(Default::default()),
        B::ImmBorrowField(_) => B::ImmBorrowField(Default::default()),
        B::MutBorrowFieldGeneric(_) => B::MutBorrowFieldGeneric(Default::default()),
        B::ImmBorrowFieldGeneric(_) => B::ImmBorrowFieldGeneric(Default::default()),
        B::Call(_) => B::Call(Default::default()),
        B::CallGeneric(_) => B::CallGeneric(Default::default()),
        B::Pack(_) => B::Pack(Default::default()),
        B::PackGeneric(_) => B::PackGeneric(Default::default()),
        B::Unpack(_) => B::Unpack(Default::default()),
        B::UnpackGeneric(_) => B::UnpackGeneric(Default::default()),
        B::Exists(_) => B::Exists(Default::default()),
        B::ExistsGeneric(_) => B::ExistsGeneric(Default::default()),
        B::MutBorrowGlobal(_) => B::MutBorrowGlobal(Default::default()),
        B::MutBorrowGlobalGeneric(_) => B::MutBorrowGlobalGeneric(Default::default()),
        B::ImmBorrowGlobal(_) => B::ImmBorrowGlobal(Default::default()),
        B::ImmBorrowGlobalGeneric(_) => B::ImmBorrowGlobalGeneric(Default::default()),
        B::MoveFrom(_) => B::MoveFrom(Default::default()),
        B::MoveFromGeneric(_) => B::MoveFromGeneric(Default::default()),
        B::MoveTo(_) => B::MoveTo(Default::default()),
        B::MoveToGeneric(_) => B::MoveToGeneric(Default::default()),
        B::ImmBorrowVariantField(_) => B::ImmBorrowVariantField(Default::default()),
        B::MutBorrowVariantField(_) => B::MutBorrowVariantField(Default::default()),
        B::ImmBorrowVariantFieldGeneric(_) => B::ImmBorrowVariantFieldGeneric(Default::default()),
        B::MutBorrowVariantFieldGeneric(_) => B::MutBorrowVariantFieldGeneric(Default::default()),
        B::PackVariant(_) => B::PackVariant(Default::default()),
        B::PackVariantGeneric(_) => B::PackVariantGeneric(Default::default()),
        B::UnpackVariant(_) => B::UnpackVariant(Default::default()),
        B::UnpackVariantGeneric(_) => B::UnpackVariantGeneric(Default::default()),
        B::TestVariant(_) => B::TestVariant(Default::default()),
        B::TestVariantGeneric(_) => B::TestVariantGeneric(Default::default()),
        B::PackClosure(_, mask) => B::PackClosure(Default::default(), mask),
        B::PackClosureGeneric(_, mask) => B::PackClosureGeneric(Default::default(), mask),
        other => other,
    }
}

#[test]
fn what_follows_a_module_is_refused() {
    let bytes = module("fun f() { Ret }").serialize(10).unwrap();
    let read = |bytes: &[u8]| {
        CompiledModule::deserialize_with(bytes, &ReaderConfig::PRODUCTION).map(|_| ()).map_err(|error| error.status)
    };
    assert_eq!(read(&bytes), Ok(()));
    for tail in [&[0][..], &[0xa1, 0x1c], &bytes] {
        assert_eq!(read(&[&bytes[..], tail].concat()), Err(StatusCode::Malformed));
    }
}

#[test]
fn a_panic_is_an_error_of_ours() {
    // Out of bounds, past the check for it: the passes must not be asked about such a module, and if they are, the
    // process lives.
    let mut broken = module("fun f() { Ret }");
    broken.function_handles[0].parameters = SignatureIdx(999);
    let without = move_bytecode_verifier::verdict_without(
        &VerifierConfig::production(),
        &broken,
        move_bytecode_verifier::Pass::Bounds,
    );
    assert_eq!(without.map_err(|error| error.status), Err(StatusCode::VerifierInvariantViolation));
    let verdict = verify_module(&VerifierConfig::production(), broken);
    assert_eq!(verdict.map_err(|error| error.status).unwrap_err(), StatusCode::IndexOutOfBounds);
}
