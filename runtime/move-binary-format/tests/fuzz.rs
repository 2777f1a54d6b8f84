//! The fuzz targets on a corpus and its random neighbours.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test reads files and may fail loudly")]

use move_binary_format::{
    CompiledModule,
    assembly::{assemble, assemble_script, disassemble},
    fuzz::{Random, Verdict, module, module_text, script},
};
use std::{fs, path::Path};

fn hammer(target: fn(&[u8]) -> Verdict, corpus: &[Vec<u8>], rounds: usize) {
    let (mut accepted, mut refused) = (0, 0);
    for (position, seed) in corpus.iter().enumerate() {
        assert_eq!(target(seed), Verdict::Accepted, "corpus entry {position}");
        let mut random = Random::new(position as u64);
        for _ in 0..rounds {
            let mut bytes = seed.clone();
            random.mutate(&mut bytes);
            match target(&bytes) {
                Verdict::Accepted => accepted += 1,
                Verdict::Refused => refused += 1,
            }
        }
    }
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} refused");
}

/// Modules recorded in the shared vectors, one of each dozen.
fn recorded() -> Vec<Vec<u8>> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/vm");
    let mut cases: Vec<_> = fs::read_dir(vectors).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let files = cases.iter().step_by(12).map(|case| case.join("mv/0x42_m.mv")).filter(|path| path.exists());
    files.map(|path| fs::read(path).unwrap()).collect()
}

fn kitchen_sink() -> CompiledModule {
    // Names that only some tables may hold are left out, so that bounds hold.
    let text = "module 0x42::m version 11 {
        import fun 0x1::v::make<T0: drop>(T0): (vector<T0>) [persistent];
        friend 0x42::friendly;
        metadata \"key\" x\"00ff\";
        struct S<T: copy + drop, phantom U> has drop { a: u64, b: vector<T>, c: |&T, u8|(i256) has copy, d$e: bool }
        enum E<T> has drop { A { x: u64, t: T }, B { x: u64 }, C {} }
        public entry fun f<T: copy + drop>(signer, &mut S<T, u16>): (u64, bool) [module_lock]
            access (reads *, !writes address 0x42 @ 0x1, reads struct S (u64, bool) @ param 1) acquires E {
            locals (u64, &T, T)
            LdU256 77 LdI128 -5 LdConst vector<u8> x\"0161\" BrTrue end MoveLoc 4
            ImmBorrowVariantFieldGeneric E<T>/A|B.x PackVariantGeneric E<T>/A TestVariantGeneric E<u8>/C
            MutBorrowFieldGeneric S<T, u16>.b VecPack (T), 3 CallGeneric 0x1::v::make<T>
            PackClosureGeneric 0x1::v::make<T>, 1 CallClosure (|u64|(bool) has drop)
            end: Ret
        }
        native fun g(u8, u8);
    }";
    assemble(text).unwrap()
}

#[test]
fn no_change_of_the_bytes_of_a_module_breaks_a_promise() {
    let sink = kitchen_sink();
    let mut corpus: Vec<_> = (8..=11).filter_map(|version| sink.serialize(version).ok()).collect();
    assert!(!corpus.is_empty());
    corpus.extend(recorded());
    hammer(module, &corpus, 700);
    hammer(module, &corpus[..1], 20_000);
}

#[test]
fn no_change_of_the_bytes_of_a_script_breaks_a_promise() {
    let text = "script version 9 {
        import fun 0x1::m::f<T0>(u64);
        fun main<T: store>(u64, &signer) access (reads *) { locals (bool) CopyLoc 0 CallGeneric 0x1::m::f<T> LdI8 -3 Ret }
    }";
    let corpus = [assemble_script(text).unwrap().serialize(9).unwrap()];
    hammer(script, &corpus, 20_000);
}

#[test]
fn no_change_of_the_text_of_a_module_breaks_a_promise() {
    let small = "module 0x1::m version 7 { struct S { a: u64 } public fun f(x0: u8) { Ret } }".replace("x0: ", "");
    let corpus = [small.into_bytes(), disassemble(&kitchen_sink()).into_bytes()];
    hammer(module_text, &corpus, 3_000);
}
