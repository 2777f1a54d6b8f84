//! Modules made to be hard: the work of verification grows no faster than they do.
//!
//! Each family is built at sizes n, 2n and 4n; the elementary steps for each further byte may not grow
//! by more than a tenth. Families that the meter must stop are stopped within a bound
//! on steps that has nothing to do with their size.
#![expect(clippy::panic, reason = "a test fails loudly")]

use move_binary_format::{CompiledModule, assembly::assemble};
use move_bytecode_verifier::{VerifierConfig, count_steps};
use move_core_types::StatusCode;

fn module(items: &str) -> CompiledModule {
    let text = format!("module 0x42::m version 11 {{\n{items}\n}}");
    assemble(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn list(count: usize, separator: &str, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(separator)
}

/// A type of about a hundred nodes.
fn large_type(inner: &str) -> String {
    let args = list(30, ", ", |i| if i < 12 { format!("vector<vector<{inner}>>") } else { "u8".to_owned() });
    format!("W<{args}>")
}

const WIDE_STRUCT: &str = "struct W<A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, B0, B1, B2, B3, B4, B5, B6, B7, B8, B9, \
    C0, C1, C2, C3, C4, C5, C6, C7, C8, C9> has copy, drop, store { a: u8 }\n";

type Family = (&'static str, usize, fn(usize) -> String);

/// Name, size n, items of the module at a size.
const FAMILIES: &[Family] = &[
    ("instructions that name one large signature", 200, |n| {
        let ty = large_type("u8");
        format!(
            "{WIDE_STRUCT} fun f<T>() {{ Ret }} fun g() {{ {} Ret }}",
            list(n, " ", |_| format!("CallGeneric f<{ty}>"))
        )
    }),
    ("handles that share one large signature", 100, |n| {
        let params = vec![large_type("u8"); 20].join(", ");
        format!("{WIDE_STRUCT} {}", list(n, "\n", |i| format!("fun f{i}({params}) {{ Ret }}")))
    }),
    ("instantiations that share one large signature", 100, |n| {
        let args = list(30, ", ", |i| if i == 0 { large_type("T") } else { "vector<T>".to_owned() });
        let params = list(30, ", ", |i| format!("P{i}"));
        let functions = list(n, "\n", |i| format!("fun f{i}<{params}>() {{ Ret }}"));
        let calls = list(n, " ", |i| format!("CallGeneric f{i}<{args}>"));
        format!("{WIDE_STRUCT} {functions} fun g<T>() {{ {calls} Ret }}")
    }),
    ("small functions with large locals and alternating constraints", 50, |n| {
        let ty = large_type("T");
        let locals = vec![ty; 100].join(", ");
        format!(
            "{WIDE_STRUCT} {}",
            list(n, "\n", |i| {
                let constraint = if i % 2 == 0 { "copy + drop" } else { "drop" };
                format!("fun f{i}<T: {constraint}>() {{ locals ({locals}) Ret }}")
            })
        )
    }),
    ("fields that mention many structs", 100, |n| {
        list(n, "\n", |i| {
            let fields = list(i.min(50) + 1, ", ", |k| {
                if k == 0 { "x: u8".to_owned() } else { format!("f{k}: vector<S{}>", i - k) }
            });
            format!("struct S{i} {{ {fields} }}")
        })
    }),
    ("a chain of generic structs, each with two of the one before", 100, |n| {
        let structs = list(n, "\n", |i| {
            if i == 0 {
                "struct S0<T> has copy, drop, store { a: T }".to_owned()
            } else {
                format!("struct S{i}<T> has copy, drop, store {{ a: S{}<T>, b: S{}<vector<T>> }}", i - 1, i - 1)
            }
        });
        let borrows = list(n, " ", |i| {
            let i = n - 1 - i;
            if i == 0 { String::new() } else { format!("ImmBorrowFieldGeneric S{i}<u8>.a") }
        });
        format!("{structs} fun f(&S{}<u8>) {{ MoveLoc 0 {borrows} Pop Ret }}", n - 1)
    }),
    ("loops one after the other", 80, |n| {
        format!("fun f(bool) {{ {} Ret }}", list(n, " ", |i| format!("l{i}: CopyLoc 0 BrTrue l{i}")))
    }),
    ("many ways back to one loop head", 100, |n| {
        format!("fun f(bool) {{ {} Ret }}", list(n, " ", |_| "CopyLoc 0 BrTrue 0".to_owned()))
    }),
    ("branches over blocks with many references", 60, |n| {
        let locals = vec!["&mut u64"; 40].join(", ");
        let stores = list(40, " ", |i| format!("CopyLoc 1 StLoc {}", i + 2));
        let blocks = list(n, " ", |i| format!("CopyLoc 0 BrTrue l{i} Nop l{i}: Nop"));
        format!("fun f(bool, &mut u64) {{ locals ({locals}) {stores} {blocks} Ret }}")
    }),
    ("many small functions", 500, |n| list(n, "\n", |i| format!("fun f{i}() {{ Ret }}"))),
    ("calls of functions with long acquires lists", 100, |n| {
        let structs = list(100, "\n", |i| format!("struct R{i} has key {{ a: u8 }}"));
        let acquires = list(100, ", ", |i| format!("R{i}"));
        let functions = list(n, "\n", |i| format!("fun f{i}() acquires {acquires} {{ Call n Call n Ret }}"));
        format!("{structs} native fun n() acquires {acquires}; {functions}")
    }),
    ("variant field handles with all variants", 300, |n| {
        let variants = list(127, ", ", |i| format!("V{i} {{ x: u64 }}"));
        let all = list(127, "|", |i| i.to_string());
        let borrows = list(n, " ", |_| format!("CopyLoc 0 ImmBorrowVariantField E/{all}.0 Pop"));
        format!("enum E {{ {variants} }} fun f(&E) {{ {borrows} Ret }}")
    }),
    ("accessors of a large enum", 60, |n| {
        let variants = list(100, ", ", |i| format!("V{i} {{ x: u64, y{i}: u8 }}"));
        let accessors = list(n.min(100), "\n", |i| {
            format!("fun test_variant$E$V{i}(&E): bool [test_variant {i}] {{ MoveLoc 0 TestVariant E/{i} Ret }}")
        });
        let others = list(n, "\n", |i| format!("fun f{i}() {{ Ret }}"));
        format!("enum E {{ {variants} }} {accessors} {others}")
    }),
    ("functions that call each other generically", 40, |n| {
        list(n, "\n", |i| {
            let calls = list(10, " ", |k| format!("CallGeneric f{}<U, T>", (i * 7 + k * k) % n));
            format!("fun f{i}<T, U>() {{ {calls} Ret }}")
        })
    }),
    ("vectors in constants", 200, |n| {
        list(n, "\n", |i| {
            format!(
                "fun f{i}() {{ LdConst vector<vector<u8>> x\"02{:02x}{}00\" Pop Ret }}",
                i % 100,
                "00".repeat(i % 100)
            )
        })
    }),
    ("pushes of large types", 200, |n| {
        let ty = large_type("u8");
        format!("{WIDE_STRUCT} fun f({ty}) {{ {} Ret }}", list(n, " ", |_| "CopyLoc 0 Pop".to_owned()))
    }),
    ("closures over closures", 100, |n| {
        let ty = "|u8, &u64, vector<|bool|(u8)>|(u64)";
        let packs = list(n, " ", |_| "PackClosure g, 0 Pop".to_owned());
        format!("fun g(u8, &u64, vector<|bool|(u8)>): u64 {{ LdU64 0 Abort }} fun f({ty}) {{ {packs} LdU64 0 Abort }}")
    }),
];

#[test]
fn steps_grow_no_faster_than_the_module() {
    let config = VerifierConfig::production();
    for (name, n, family) in FAMILIES {
        let measured = [*n, 2 * n, 4 * n].map(|size| {
            let module = module(&family(size));
            let bytes = module.serialize(11).unwrap_or_else(|error| panic!("{name}: {error}")).len();
            let (verdict, steps) = count_steps(&config, &module);
            let units = verdict.unwrap_or_else(|error| panic!("{name} at {size}: {error}"));
            (bytes as u64, steps, units)
        });
        println!("{name}: (bytes, steps, units) {measured:?}");
        // What the second half of the growth costs for each byte, against the first.
        let [(bytes_1, steps_1, units_1), (bytes_2, steps_2, units_2), (bytes_4, steps_4, units_4)] = measured;
        let is_linear = |one: u64, two: u64, four: u64| {
            let first = u128::from(two - one) * u128::from(bytes_4 - bytes_2);
            let second = u128::from(four - two) * u128::from(bytes_2 - bytes_1);
            second * 10 <= first * 11
        };
        assert!(is_linear(steps_1, steps_2, steps_4), "{name}: steps grow faster than bytes");
        assert!(is_linear(units_1, units_2, units_4), "{name}: units grow faster than bytes");
    }
}

/// Families that cost more than they weigh, and must be stopped.
const STOPPED: &[Family] = &[
    ("calls with many reference arguments and results", 100, |n| {
        let params = vec!["&mut u64"; 60].join(", ");
        let results = vec!["&mut u64"; 60].join(", ");
        let loads = list(60, " ", |i| format!("MoveLoc {i}"));
        let calls = "Call g ".repeat(n);
        format!("fun g({params}): ({results}) {{ {loads} Ret }} fun f({params}): ({results}) {{ {loads} {calls} Ret }}")
    }),
    ("many references in nested loops", 250, |n| {
        let locals = vec!["&mut u64"; 200].join(", ");
        let stores = list(200, " ", |i| format!("CopyLoc 1 StLoc {}", i + 2));
        let body = list(n, " ", |i| {
            format!("CopyLoc 0 BrTrue s{i} CopyLoc {} StLoc {} s{i}: Nop", 2 + i % 100, 2 + (i * 7) % 200)
        });
        format!(
            "fun f(bool, &mut u64) {{ locals ({locals}) {stores}
                a: Nop b: Nop c: Nop d: Nop e: Nop {body}
                CopyLoc 0 BrTrue e CopyLoc 0 BrTrue d CopyLoc 0 BrTrue c CopyLoc 0 BrTrue b CopyLoc 0 BrTrue a
                Ret }}"
        )
    }),
    ("types that double at every level", 4000, |n| {
        let pair = (0..4).fold("V".to_owned(), |ty, _| format!("P<{ty}, {ty}>"));
        let pack = format!("VecPack ({pair}), 0 Pop ").repeat(n);
        let functions = list(20, "\n", |i| format!("fun f{i}() {{ {pack} Ret }}"));
        format!("struct P<A, B> has copy, drop {{ a: A, b: B }} struct V has copy, drop {{ a: u8 }} {functions}")
    }),
];

#[test]
fn what_costs_too_much_is_stopped_in_bounded_work() {
    // A generous multiple of what the limit of units pays for.
    const STEPS_MAX: u64 = 40_000_000;
    for (name, n, family) in STOPPED {
        let (verdict, steps) = count_steps(&VerifierConfig::production(), &module(&family(*n)));
        println!("{name}: {steps} steps");
        assert_eq!(verdict.map_err(|error| error.status), Err(StatusCode::ProgramTooComplex), "{name}");
        assert!(steps < STEPS_MAX, "{name}: {steps} steps");
    }
}

#[test]
fn deep_types_are_refused_without_deep_recursion() {
    // The reader allows depth 256; the verifier must not need a large stack for it.
    let deep = |open: &str, close: &str| format!("{}u8{}", open.repeat(254), close.repeat(254));
    let config = VerifierConfig { max_type_depth: None, max_type_nodes: None, ..VerifierConfig::production() };
    let run = move || {
        for (ty, expected) in [(deep("vector<", ">"), Ok(())), (deep("S<", ">"), Ok(())), (deep("||(", ")"), Ok(()))] {
            let module = module(&format!(
                "struct S<T> has copy, drop, store {{ a: T }} struct F {{ a: {ty} }} fun f(&{}) {{ Ret }}",
                ty.replacen("vector<u8>", "u8", 1)
            ));
            let limited = count_steps(&VerifierConfig::production(), &module).0.map(|_| ());
            assert_eq!(limited.map_err(|error| error.status), Err(StatusCode::TooManyTypeNodes));
            assert_eq!(count_steps(&config, &module).0.map(|_| ()).map_err(|error| error.status), expected);
        }
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(run);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
}

#[test]
fn counts_that_overflow_stack_arithmetic_are_refused_first() {
    for (code, status) in [
        ("MoveLoc 0 VecUnpack (u8), 18446744073709551615 Ret", StatusCode::ConstraintNotSatisfied),
        ("VecPack (u8), 18446744073709551615 Pop Ret", StatusCode::ConstraintNotSatisfied),
        ("MoveLoc 0 VecUnpack (u8), 65535 Ret", StatusCode::ValueStackPushOverflow),
    ] {
        let module = module(&format!("fun f(vector<u8>) {{ {code} }}"));
        let (verdict, steps) = count_steps(&VerifierConfig::production(), &module);
        assert_eq!(verdict.map_err(|error| error.status), Err(status), "{code}");
        assert!(steps < 1000, "{steps}");
    }
}

#[test]
fn the_last_of_255_locals_is_watched() {
    let locals = vec!["&mut u64"; 127].join(", ");
    let parameters = vec!["&mut u64"; 128].join(", ");
    for (code, status) in [
        ("CopyLoc 0 StLoc 254 MoveLoc 254 Pop Ret", None),
        ("MoveLoc 254 Pop Ret", Some(StatusCode::MovelocUnavailableError)),
        (
            "CopyLoc 127 StLoc 254 LdU64 0 CopyLoc 127 WriteRef MoveLoc 254 Pop Ret",
            Some(StatusCode::WriterefExistsBorrowError),
        ),
    ] {
        let module = module(&format!("fun f({parameters}) {{ locals ({locals}) {code} }}"));
        let verdict = count_steps(&VerifierConfig::production(), &module).0;
        assert_eq!(verdict.err().map(|error| error.status), status, "{code}");
    }
    let module = module(&format!("fun f({parameters}) {{ locals ({locals}, u8) Ret }}"));
    let verdict = count_steps(&VerifierConfig::production(), &module).0;
    assert_eq!(verdict.err().map(|error| error.status), Some(StatusCode::TooManyLocals));
}
