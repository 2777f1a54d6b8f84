//! The limits of production networks, each at its edge: what is exactly at the limit is accepted, one more is not.
#![expect(clippy::panic, reason = "a test fails loudly")]

use move_binary_format::assembly::assemble;
use move_bytecode_verifier::{VerifierConfig, verify_module};
use move_core_types::StatusCode;

fn many(count: usize, separator: &str, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(separator)
}

fn vectors(depth: usize) -> String {
    (1..depth).fold("u8".to_owned(), |ty, _| format!("vector<{ty}>"))
}

type Limit = (&'static str, usize, StatusCode, fn(usize) -> String);

/// What is limited, the limit, the status of one more, and a module of a size.
const LIMITS: &[Limit] = &[
    ("type parameters of functions", 32, StatusCode::TooManyTypeParameters, |n| {
        format!("fun f<{}>() {{ Ret }}", many(n, ", ", |i| format!("P{i}")))
    }),
    ("type parameters of structs", 32, StatusCode::TooManyTypeParameters, |n| {
        format!("struct S<{}> {{ a: u8 }}", many(n, ", ", |i| format!("P{i}")))
    }),
    ("parameters", 128, StatusCode::TooManyParameters, |n| {
        format!("fun f({}) {{ Ret }}", many(n, ", ", |_| "u8".to_owned()))
    }),
    ("results", 128, StatusCode::TooManyParameters, |n| {
        format!("fun f(): ({}) {{ {} Ret }}", many(n, ", ", |_| "u8".to_owned()), "LdU8 0 ".repeat(n))
    }),
    // A struct weighs 4, as does its argument: 4 + 4 + 120 vectors are too deep, so breadth it is.
    ("weight of types", 128, StatusCode::TooManyTypeNodes, |n| {
        let params = many(31, ", ", |i| format!("P{i}"));
        // 4 for the struct, 31 arguments: 30 of them 4 each, the last one the rest.
        let last = n - 4 - 30 * 4;
        let args = many(31, ", ", |i| if i < 30 { "N".to_owned() } else { vectors(last) });
        format!("struct N {{ a: u8 }} struct W<{params}> {{ a: u8 }} fun f(W<{args}>) {{ LdU64 0 Abort }}")
    }),
    ("depth of types", 20, StatusCode::TooManyTypeNodes, |n| format!("fun f({}) {{ Ret }}", vectors(n))),
    ("arguments of function types", 128, StatusCode::TooManyTypeNodes, |n| {
        // The type itself weighs 1 (rule T-LIM-1), so that its weight is what is met first.
        format!("fun f(&|{}|()) {{ Ret }}", many(n - 2, ", ", |_| "u8".to_owned()))
    }),
    ("basic blocks", 1024, StatusCode::TooManyBasicBlocks, |n| {
        format!("fun f() {{ {} Ret }}", many(n - 1, " ", |i| format!("Branch {}", i + 1)))
    }),
    ("height of the stack", 1024, StatusCode::ValueStackOverflow, |n| {
        format!("fun f() {{ {} {} Ret }}", "LdU8 0 ".repeat(n), "Pop ".repeat(n))
    }),
    ("pushes in a block", 10_000, StatusCode::ValueStackPushOverflow, |n| {
        format!("fun f() {{ {} Ret }}", "LdU8 0 Pop ".repeat(n))
    }),
    ("nested loops", 5, StatusCode::LoopMaxDepthReached, |n| {
        let heads = many(n, " ", |i| format!("l{i}: Nop"));
        format!("fun f(bool) {{ {heads} {} Ret }}", many(n, " ", |i| format!("CopyLoc 0 BrTrue l{}", n - 1 - i)))
    }),
    ("elements packed at once", 65_535, StatusCode::ConstraintNotSatisfied, |n| {
        // The stack is too low for any such count: the status tells which rule has spoken.
        format!("fun f(vector<u8>) {{ MoveLoc 0 VecUnpack (u8), {n} Ret }}")
    }),
];

fn verdict(items: &str) -> Option<StatusCode> {
    let text = format!("module 0x42::m version 10 {{ {items} }}");
    let module = assemble(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    verify_module(&VerifierConfig::production(), module).err().map(|error| error.status)
}

#[test]
fn production_limits_hold_to_the_unit() {
    for (name, limit, status, family) in LIMITS {
        assert_ne!(verdict(&family(*limit)), Some(*status), "{name}: {limit}");
        if *name != "elements packed at once" {
            assert_eq!(verdict(&family(*limit)), None, "{name}: {limit}");
        }
        assert_eq!(verdict(&family(limit + 1)), Some(*status), "{name}: {}", limit + 1);
    }
}

#[test]
fn networks_put_no_limit_on_definitions() {
    let config = VerifierConfig::production();
    assert_eq!(
        [
            config.max_struct_definitions,
            config.max_struct_variants,
            config.max_fields,
            config.max_function_definitions,
            config.max_basic_blocks_in_script,
            config.max_back_edges_per_function,
            config.max_back_edges_per_module,
        ],
        [None; 7]
    );
    let items = format!(
        "{} {} struct S {{ {} }} enum E {{ {} }}",
        many(300, " ", |i| format!("struct S{i} {{ a: u8 }}")),
        many(1200, " ", |i| format!("fun f{i}() {{ Ret }}")),
        many(200, ", ", |i| format!("f{i}: u8")),
        many(127, ", ", |i| format!("V{i} {{}}"))
    );
    assert_eq!(verdict(&items), None);
}
