//! Rules about more than one module, and rules that whoever publishes and runs transactions asks for.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use move_binary_format::{
    CompiledModule,
    assembly::{assemble, assemble_script},
};
use move_bytecode_verifier::{
    VerifiedModule, VerifierConfig,
    compatibility::{self, Change, CompatibilityOptions, UpgradePolicy},
    complexity,
    cyclic_dependencies::{self, Neighbours},
    entry::{self, EntryParameters},
    error::VerifyError,
    natives, verify_module, verify_script,
};
use move_core_types::{ModuleId, StatusCode};
use std::collections::BTreeMap;

fn module(text: &str) -> CompiledModule {
    assemble(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn verified(text: &str) -> VerifiedModule {
    verify_module(&VerifierConfig::production(), module(text)).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn with(items: &str) -> CompiledModule {
    verified(&format!("module 0x42::m version 11 {{ {items} }}")).into_inner()
}

/// Upgrades from the first to the second, and the changes that are reported.
const UPGRADES: &[(&str, &str, &[Change])] = &[
    ("", "struct S { a: u8 } enum E { A {} } fun f() { Ret } public fun g() { Ret } friend 0x42::n;", &[]),
    ("struct S { a: u8 }", "", &[Change::StructRemoved]),
    ("enum S { A {} }", "", &[Change::StructRemoved]),
    ("struct S { a: u8 }", "struct S has copy { a: u8 }", &[]),
    ("struct S has copy { a: u8 }", "struct S { a: u8 }", &[Change::StructAbilities]),
    ("struct S<T: copy> { a: T }", "struct S<T> { a: T }", &[]),
    ("struct S<T> { a: T }", "struct S<U> { a: U }", &[]),
    ("struct S<T> { a: u8 }", "struct S<phantom T> { a: u8 }", &[]),
    ("struct S<T> { a: T }", "struct S<T: copy> { a: T }", &[Change::StructTypeParameters]),
    ("struct S<phantom T> { a: u8 }", "struct S<T> { a: u8 }", &[Change::StructTypeParameters]),
    ("struct S<T> { a: u8 }", "struct S { a: u8 }", &[Change::StructTypeParameters]),
    ("struct S { a: u8 }", "struct S { a: u8, b: u8 }", &[Change::StructLayout]),
    ("struct S { a: u8, b: u8 }", "struct S { b: u8, a: u8 }", &[Change::StructLayout]),
    ("struct S { a: u8 }", "struct S { a: u16 }", &[Change::StructLayout]),
    ("struct S { a: u8 }", "struct S { c: u8 }", &[Change::StructLayout]),
    ("struct S { a: u8 }", "enum S { A { a: u8 } }", &[Change::StructLayout]),
    ("enum S { A { a: u8 } }", "struct S { a: u8 }", &[Change::StructLayout]),
    ("struct S { a: T } struct T { a: u8 }", "struct T { a: u8 } struct S { a: T }", &[]),
    ("enum E { A {} }", "enum E { A {}, B { a: u8 } }", &[]),
    ("enum E { A {}, B {} }", "enum E { A {} }", &[Change::StructLayout]),
    ("enum E { A {}, B {} }", "enum E { B {}, A {} }", &[Change::StructLayout]),
    ("enum E { A {} }", "enum E { C {} }", &[Change::StructLayout]),
    ("enum E { A {} }", "enum E { A { a: u8 } }", &[Change::StructLayout]),
    ("public fun f() { Ret }", "public fun f() { Nop Ret }", &[]),
    ("public fun f() { Ret }", "public entry fun f() { Ret }", &[]),
    ("public fun f() { Ret }", "public fun f() [persistent] { Ret }", &[]),
    ("public fun f() { Ret }", "", &[Change::FunctionRemoved]),
    ("public fun f() { Ret }", "friend fun f() { Ret }", &[Change::FunctionVisibility]),
    ("public fun f() { Ret }", "fun f() { Ret }", &[Change::FunctionVisibility]),
    ("public fun f(u8) { Ret }", "public fun f(u16) { Ret }", &[Change::FunctionSignature]),
    ("public fun f() { Ret }", "public fun f(): u8 { LdU8 0 Ret }", &[Change::FunctionSignature]),
    ("public fun f<T: copy>(&T) { Ret }", "public fun f<U>(&U) { Ret }", &[]),
    ("public fun f<T>() { Ret }", "public fun f<T: copy>() { Ret }", &[Change::FunctionTypeParameters]),
    ("public fun f<T>() { Ret }", "public fun f() { Ret }", &[Change::FunctionTypeParameters]),
    ("public entry fun f() { Ret }", "public fun f() { Ret }", &[Change::FunctionEntry]),
    ("friend fun f() [persistent] { Ret }", "friend fun f() { Ret }", &[Change::FunctionAttributes]),
    ("public fun f() [module_lock] { Ret }", "public fun f() { Ret }", &[]),
    ("public fun f() [persistent] { Ret }", "public fun f() { Ret }", &[]),
    ("friend fun f() { Ret }", "", &[]),
    ("friend fun f() { Ret }", "public fun f() { Ret }", &[]),
    ("friend entry fun f() { Ret }", "", &[Change::FunctionRemoved]),
    ("entry fun f(u8) { Ret }", "public entry fun f(u8) { Nop Ret }", &[]),
    ("entry fun f(u8) { Ret }", "entry fun f(u16) { Ret }", &[Change::FunctionSignature]),
    ("entry fun f(u8) { Ret }", "fun f(u8) { Ret }", &[Change::FunctionEntry]),
    ("fun f(u8) { Ret }", "", &[]),
    ("fun f() [persistent] { Ret }", "", &[Change::FunctionRemoved]),
    ("fun f() [persistent] { Ret }", "fun f() [persistent] { Nop Ret }", &[]),
    ("fun f(u8) [persistent] { Ret }", "fun f() [persistent] { Ret }", &[Change::FunctionSignature]),
    ("fun f(): u64 [immutable] { LdU64 7 Ret }", "struct S { a: u8 } fun f(): u64 [immutable] { LdU64 7 Ret }", &[]),
    (
        "fun f(): u64 [immutable] { LdU64 7 Ret }",
        "fun f(): u64 [immutable] { LdU64 8 Ret }",
        &[Change::ImmutableFunction],
    ),
    (
        "fun f(bool) [immutable] { MoveLoc 0 BrTrue 2 Ret }",
        "fun f(bool) [immutable] { MoveLoc 0 BrFalse 2 Ret }",
        &[Change::ImmutableFunction],
    ),
    (
        "struct S has drop { a: u8, b: u8 } fun f(S) [immutable] { ImmBorrowLoc 0 ImmBorrowField S.a Pop Ret }",
        "struct T { a: u8 } fun g() { LdConst u8 x\"01\" Pop Ret }
         struct S has drop { a: u8, b: u8 } fun f(S) [immutable] { ImmBorrowLoc 0 ImmBorrowField S.a Pop Ret }",
        &[],
    ),
    (
        "struct S has drop { a: u8, b: u8 } fun f(S) [immutable] { ImmBorrowLoc 0 ImmBorrowField S.a Pop Ret }",
        "struct S has drop { a: u8, b: u8 } fun f(S) [immutable] { ImmBorrowLoc 0 ImmBorrowField S.b Pop Ret }",
        &[Change::ImmutableFunction],
    ),
    (
        "fun f() [immutable] { Call g Ret } fun g() [immutable] { Ret } fun h() [immutable] { Ret }",
        "fun f() [immutable] { Call h Ret } fun g() [immutable] { Ret } fun h() [immutable] { Ret }",
        &[Change::ImmutableFunction],
    ),
    (
        "fun f() [immutable] { LdConst u8 x\"01\" Pop VecPack (u8), 0 Pop Ret }",
        "fun g() { LdConst u8 x\"02\" Pop Ret } fun f() [immutable] { LdConst u8 x\"01\" Pop VecPack (u8), 0 Pop Ret }",
        &[],
    ),
    (
        "fun f() [immutable] { LdConst u8 x\"01\" Pop Ret }",
        "fun f() [immutable] { LdConst u8 x\"02\" Pop Ret }",
        &[Change::ImmutableFunction],
    ),
    ("fun f() [immutable] { Ret }", "", &[Change::ImmutableFunction]),
    ("friend 0x42::n;", "", &[]),
    (
        "struct S has copy { a: u8 } public fun f() { Ret } public fun g() { Ret }",
        "struct S { a: u16 } public fun g(u8) { Ret }",
        &[Change::StructAbilities, Change::StructLayout, Change::FunctionRemoved, Change::FunctionSignature],
    ),
];

fn changes(old: &CompiledModule, new: &CompiledModule, policy: UpgradePolicy) -> Vec<Change> {
    match compatibility::check(old, new, policy) {
        Ok(()) => Vec::new(),
        Err(error) => {
            assert_eq!(error.status(), StatusCode::BackwardIncompatibleModuleUpdate);
            error.violations.iter().map(|violation| violation.change).collect()
        }
    }
}

#[test]
fn a_compatible_upgrade_keeps_what_others_rely_on() {
    for (old_text, new_text, expected) in UPGRADES {
        let (old, new) = (with(old_text), with(new_text));
        assert_eq!(changes(&old, &new, UpgradePolicy::Compatible), *expected, "{old_text} -> {new_text}");
        assert_eq!(changes(&old, &old, UpgradePolicy::Compatible), [], "{old_text}");
        assert_eq!(changes(&old, &new, UpgradePolicy::Arbitrary), [], "{old_text} -> {new_text}");
        let differs: &[Change] = if old == new { &[] } else { &[Change::ImmutableModule] };
        assert_eq!(changes(&old, &new, UpgradePolicy::Immutable), differs);
        assert_eq!(changes(&old, &old, UpgradePolicy::Immutable), []);
    }
    let other = verified("module 0x42::other { }");
    let own = verified("module 0x42::m { }");
    for policy in [UpgradePolicy::Arbitrary, UpgradePolicy::Compatible] {
        assert_eq!(changes(&own, &other, policy), [Change::ModuleName]);
    }
}

#[test]
fn friends_count_where_friend_linking_is_checked() {
    let options = CompatibilityOptions { check_friend_linking: true, ..CompatibilityOptions::PRODUCTION };
    // old, new, changes
    for (old, new, expected) in [
        ("friend 0x42::n;", "friend 0x42::o; friend 0x42::n;", &[][..]),
        ("friend 0x42::n;", "friend 0x42::o;", &[Change::FriendRemoved]),
        ("friend fun f() { Ret }", "public fun f() { Ret }", &[]),
        ("friend fun f() { Ret }", "fun f() { Ret }", &[Change::FunctionVisibility]),
        ("friend fun f() { Ret }", "", &[Change::FunctionRemoved]),
    ] {
        let found = compatibility::check_with(&with(old), &with(new), UpgradePolicy::Compatible, &options);
        let found = found.err().map_or(Vec::new(), |error| error.violations);
        assert_eq!(found.iter().map(|violation| violation.change).collect::<Vec<_>>(), expected, "{old} -> {new}");
    }
}

#[test]
fn a_policy_is_never_weakened() {
    use UpgradePolicy::{Arbitrary, Compatible, Immutable};
    for (old, new, may) in [
        (Arbitrary, Compatible, true),
        (Compatible, Immutable, true),
        (Compatible, Compatible, true),
        (Compatible, Arbitrary, false),
        (Immutable, Compatible, false),
    ] {
        assert_eq!(old.may_become(new), may);
    }
    assert_eq!([0, 1, 2, 3].map(UpgradePolicy::from_u8), [Some(Arbitrary), Some(Compatible), Some(Immutable), None]);
}

/// Module names at `0x42` with the names of dependencies and friends.
type World = &'static [(&'static str, &'static [&'static str], &'static [&'static str])];

fn find_cycle(world: World, modules_max: usize) -> Result<(), StatusCode> {
    let id = |name: &str| ModuleId::new("0x42".parse().unwrap(), name.parse().unwrap());
    let (name, dependencies, friends) = world[0];
    let imports = dependencies.iter().map(|name| format!("import struct 0x42::{name}::S;"));
    let friends = friends.iter().map(|name| format!("friend 0x42::{name};"));
    let items: String = imports.chain(friends).collect();
    let subject = verified(&format!("module 0x42::{name} {{ {items} }}"));
    let others: BTreeMap<ModuleId, Neighbours> = world
        .iter()
        .map(|(name, dependencies, friends)| {
            let ids = |names: &[&str]| names.iter().map(|name| id(name)).collect();
            (id(name), Neighbours { dependencies: ids(dependencies), friends: ids(friends) })
        })
        .collect();
    let load = |id: &ModuleId| others.get(id).cloned().ok_or_else(|| VerifyError::new(StatusCode::LinkerError));
    cyclic_dependencies::verify(&subject, modules_max, load).map_err(|error| error.status)
}

#[test]
fn modules_do_not_depend_on_themselves() {
    let cases: &[(World, Result<(), StatusCode>)] = &[
        (&[("a", &["b", "c"], &[]), ("b", &["c"], &[]), ("c", &[], &[])], Ok(())),
        (&[("a", &["b"], &[]), ("b", &["a"], &[])], Err(StatusCode::CyclicModuleDependency)),
        (
            &[("a", &["b"], &[]), ("b", &["c"], &[]), ("c", &["d"], &[]), ("d", &["e"], &[]), ("e", &["b", "a"], &[])],
            Err(StatusCode::CyclicModuleDependency),
        ),
        // A cycle that does not touch the module is somebody else's, and does not hang us.
        (&[("a", &["b"], &[]), ("b", &["c"], &[]), ("c", &["b"], &[])], Ok(())),
        (&[("a", &[], &["b"]), ("b", &[], &["c"]), ("c", &[], &[])], Ok(())),
        (&[("a", &[], &["b"]), ("b", &[], &["c"]), ("c", &[], &["a"])], Err(StatusCode::CyclicModuleFriendship)),
        (
            &[("a", &["b"], &["c"]), ("b", &["c"], &[]), ("c", &[], &[])],
            Err(StatusCode::InvalidFriendDeclWithModulesInDependencies),
        ),
        (&[("a", &["b"], &[]), ("b", &["x"], &[])], Err(StatusCode::LinkerError)),
    ];
    for (world, expected) in cases {
        assert_eq!(find_cycle(world, 100), *expected, "{world:?}");
    }
    let chain: World = &[("a", &["b"], &[]), ("b", &["c"], &[]), ("c", &[], &[])];
    assert_eq!(find_cycle(chain, 2), Ok(()));
    assert_eq!(find_cycle(chain, 1), Err(StatusCode::DependencyLimitReached));
}

#[test]
fn only_the_privileged_define_natives() {
    for (items, is_native) in
        [("struct S { a: u8 } fun f() { Ret }", false), ("native fun f();", true), ("native struct S;", true)]
    {
        let module = with(items);
        assert_eq!(natives::check(&module, true), Ok(()));
        let found = natives::check(&module, false).map_err(|error| error.status);
        assert_eq!(found, if is_native { Err(StatusCode::UserDefinedNativeNotAllowed) } else { Ok(()) }, "{items}");
    }
}

#[test]
fn entry_functions_take_what_transactions_can_give() {
    let imports = "import struct 0x1::string::String has drop; import struct 0x1::option::Option<T> has drop;
        import struct 0x1::object::Object<phantom T> has drop; import struct 0x2::string::String has drop;
        struct S has drop { a: u8 }";
    let bad_shape = Err(StatusCode::InvalidMainFunctionSignature);
    let bad_type = Err(StatusCode::InvalidParamTypeForDeserialization);
    for (signature, expected) in [
        ("()", Ok((0, 0))),
        ("(signer, &signer, u8)", Ok((2, 1))),
        ("(bool, u256, i8, address, vector<vector<u8>>)", Ok((0, 5))),
        ("(0x1::string::String, vector<0x1::option::Option<0x1::string::String>>, 0x1::object::Object<S>)", Ok((0, 3))),
        ("(u8, signer)", bad_shape),
        ("(u8, &signer)", bad_shape),
        ("(&u8)", bad_shape),
        ("(&mut signer)", bad_shape),
        ("(): u8", bad_shape),
        ("(S)", bad_type),
        ("(vector<signer>)", bad_type),
        ("(0x1::option::Option<S>)", bad_type),
        ("(0x2::string::String)", bad_type),
        ("(||() has drop)", bad_type),
    ] {
        let module = with(&format!("{imports} entry fun f{signature} {{ LdU64 0 Abort }}"));
        let handle = &module.function_handles[usize::from(module.function_defs[0].handle.0)];
        let found = entry::check(&module.tables, handle.parameters, Some(handle.results));
        let expected = expected.map(|(signers, arguments)| EntryParameters { signers, arguments });
        assert_eq!(found, expected, "{signature}");
    }
    let script = assemble_script("script version 10 { fun main(&signer, u8) { Ret } }").unwrap();
    let script = verify_script(&VerifierConfig::production(), script).unwrap();
    let found = entry::check(&script.tables, script.parameters, None);
    assert_eq!(found, Ok(EntryParameters { signers: 1, arguments: 1 }));
}

#[test]
fn uses_of_types_cost_no_more_than_the_file_allows() {
    let ordinary =
        with("struct S { a: u64, b: vector<u8> } fun f(&S): u64 { MoveLoc 0 ImmBorrowField S.a ReadRef Ret }");
    let bytes = ordinary.serialize(11).unwrap();
    assert!(complexity::check_module(&ordinary, bytes.len()).is_ok());
    // One large signature, named by many instructions.
    let deep = (0..15).fold("u64".to_owned(), |ty, _| format!("vector<{ty}>"));
    let large = |count: usize| {
        let code = format!("VecPack ({deep}), 0 Pop ").repeat(count);
        with(&format!("fun f() {{ {code} Ret }}"))
    };
    let size = |module: &CompiledModule| module.serialize(11).unwrap().len();
    let (few, many) = (large(3), large(300));
    assert!(complexity::check_module(&few, size(&few)).is_ok());
    let wide = format!("fun g({}) {{ Ret }}", [deep.as_str(); 8].join(", "));
    let calls: String = (0..200).map(|n| format!("fun h{n}({}) {{ Ret }} ", [deep.as_str(); 8].join(", "))).collect();
    let shared = with(&format!("{wide} {calls}"));
    let found = complexity::check_module(&shared, size(&shared)).map_err(|error| error.status);
    assert_eq!(found, Err(StatusCode::ProgramTooComplex));
    let spent = complexity::check_module(&many, usize::MAX).unwrap();
    assert_eq!(complexity::check_module(&many, usize::MAX).unwrap(), spent);
    assert_eq!(complexity::budget(100), 2048 + 2000);
}

#[test]
fn the_meter_stops_functions_and_modules() {
    let text = "module 0x42::m { fun f(u64): u64 { MoveLoc 0 Ret } fun g(u64): u64 { MoveLoc 0 Ret } }";
    let units = verified(text).units();
    assert!(units > 0 && units.is_multiple_of(2), "{units}");
    let check = |function: u64, module_units: u64| {
        let config = VerifierConfig {
            max_units_per_function: Some(function),
            max_units_per_module: Some(module_units),
            ..VerifierConfig::production()
        };
        verify_module(&config, module(text)).map(|_| ()).map_err(|error| error.status)
    };
    assert_eq!(check(units / 2, units), Ok(()));
    assert_eq!(check(units / 2 - 1, units), Err(StatusCode::ProgramTooComplex));
    assert_eq!(check(units / 2, units - 1), Err(StatusCode::ProgramTooComplex));
    let config = VerifierConfig {
        max_units_per_function: Some(1),
        meter_reports_constraint: true,
        ..VerifierConfig::production()
    };
    let found = verify_module(&config, module(text)).map_err(|error| error.status);
    assert_eq!(found.unwrap_err(), StatusCode::ConstraintNotSatisfied);
}

#[test]
fn configurations_have_their_own_fingerprints() {
    let production = VerifierConfig::production();
    let other = VerifierConfig { max_fields: Some(30), ..VerifierConfig::production() };
    assert_eq!(production.fingerprint(), VerifierConfig::default().fingerprint());
    assert_ne!(production.fingerprint(), other.fingerprint());
}
