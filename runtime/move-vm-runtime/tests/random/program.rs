//! Whole random programs, each named by its seed, and the fixed ones that reach rare statuses.

use super::body::{Body, Helper, Random};
use super::types::{DECLARATIONS, TYS, Ty};
use std::collections::BTreeSet;

/// One program: the text of module `0x42::r`, whose `run(&signer, u64, u64)` is called.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) text: String,
    /// What it is made of.
    pub(crate) kinds: BTreeSet<&'static str>,
    /// Internal units that end whatever does not end by itself.
    pub(crate) gas: u64,
}

const PLENTY: u64 = 400_000_000;

/// The modules beside the program's own: natives, and a module of another address.
pub(crate) const OTHERS: [&str; 6] = [
    "module 0x1::bcs version 7 { public native fun to_bytes<T>(&T): vector<u8>; }",
    "module 0x1::hash version 7 {
       public native fun sha2_256(vector<u8>): vector<u8>; public native fun sha3_256(vector<u8>): vector<u8>; }",
    "module 0x1::mem version 7 { public native fun swap<T>(&mut T, &mut T); }",
    "module 0x1::vector version 7 {
       public native fun move_range<T>(&mut vector<T>, u64, u64, &mut vector<T>, u64); }",
    "module 0x1::signer version 7 { public native fun borrow_address(&signer): &address; }",
    "module 0x43::lib version 7 {
       struct Foreign has copy, drop, store { a: u64, b: vector<u8> }
       public fun make(u64): Foreign { MoveLoc 0 LdU8 1 LdU8 2 VecPack (u8), 2 Pack Foreign Ret }
       public fun blend(u64, u64): u64 { MoveLoc 0 LdU64 255 BitAnd MoveLoc 1 LdU64 255 BitAnd Xor Ret } }",
];

const IMPORTS: &str = "
  import struct 0x43::lib::Foreign has copy, drop, store;
  import fun 0x43::lib::make(u64): 0x43::lib::Foreign;
  import fun 0x43::lib::blend(u64, u64): u64;
  import fun 0x1::bcs::to_bytes<T>(&T): vector<u8>;
  import fun 0x1::hash::sha2_256(vector<u8>): vector<u8>;
  import fun 0x1::hash::sha3_256(vector<u8>): vector<u8>;
  import fun 0x1::mem::swap<T>(&mut T, &mut T);
  import fun 0x1::vector::move_range<T>(&mut vector<T>, u64, u64, &mut vector<T>, u64);
  import fun 0x1::signer::borrow_address(&signer): &address;";

const FUNCTIONS: &str = "
  fun mix(u64, u64): u64 { MoveLoc 0 LdU64 65535 BitAnd MoveLoc 1 LdU64 65535 BitAnd Add Ret }
  fun twice(u64): u64 { MoveLoc 0 LdU64 65535 BitAnd LdU64 2 Mul Ret }
  fun same<T>(T): T { MoveLoc 0 Ret }
  fun first<T: drop>(u64, T): u64 { MoveLoc 0 Ret }
  fun through(&u64): &u64 { MoveLoc 0 Ret }
  fun through_mut(&mut u64): &mut u64 { MoveLoc 0 Ret }
  fun part(&Pair): &u64 { MoveLoc 0 ImmBorrowField Pair.a Ret }
  fun part_mut(&mut Pair): &mut u64 { MoveLoc 0 MutBorrowField Pair.a Ret }
  fun inside<T>(&Box<T>): &T { MoveLoc 0 ImmBorrowFieldGeneric Box<T>.v Ret }
  fun inside_mut<T>(&mut Box<T>): &mut T { MoveLoc 0 MutBorrowFieldGeneric Box<T>.v Ret }";

/// The program with this seed.
pub(crate) fn program(seed: u64) -> Program {
    let mut random = Random(seed.wrapping_mul(0xd134_2543_de82_ef95) | 1);
    for _ in 0..8 {
        random.next();
    }
    if random.one_in(25) {
        return special(&mut random);
    }
    let careful = !random.one_in(3);
    let closures = random.one_in(12);
    let mut kinds = BTreeSet::new();
    let mut functions = String::new();
    let mut helpers: Vec<Helper> = Vec::new();
    for number in 0..random.below(3) {
        let result = random.pick(&TYS);
        let params: Vec<Ty> = (0..random.below(3)).map(|_| random.pick(&TYS)).collect();
        let is_generic = random.one_in(3);
        let active = choose(&mut random, 2, &[Ty::U64, result]);
        let mut body = Body::new(random.next(), params.clone(), active, careful, &helpers);
        body.initialize();
        (0..1 + random.below(3)).for_each(|_| body.statement(2));
        body.value(result, 2);
        body.op("Ret");
        let type_params = if is_generic { "<T: copy + drop>" } else { "" };
        functions += &function(&format!("f{number}{type_params}"), &params, &[result], &body);
        kinds.append(&mut body.kinds.clone());
        let name = if is_generic { format!("f{number}<{}>", random.pick(&TYS).text()) } else { format!("f{number}") };
        let acquires = body.acquires.clone();
        helpers.push(Helper { name, is_generic, params, result, acquires });
    }
    let mut fixed = vec![Ty::U64, Ty::Bool];
    if closures {
        fixed.push(Ty::Fun);
    }
    let count = 3 + random.below(6);
    let active = choose(&mut random, count, &fixed);
    let mut body = Body::new(random.next(), vec![Ty::U64, Ty::U64], active.clone(), careful, &helpers);
    body.initialize();
    (0..3 + random.below(8)).for_each(|_| body.statement(3));
    body.finish();
    let results: Vec<Ty> = active.into_iter().filter(|ty| *ty != Ty::Fun).flat_map(|ty| [ty; 3]).collect();
    functions += &function("run", &[Ty::U64, Ty::U64], &results, &body);
    kinds.append(&mut body.kinds);
    let text = format!("module 0x42::r version 10 {{ {IMPORTS} {DECLARATIONS} {FUNCTIONS}\n{functions} }}");
    Program { text, kinds, gas: PLENTY }
}

/// Some types, the fixed ones among them.
fn choose(random: &mut Random, count: u64, fixed: &[Ty]) -> Vec<Ty> {
    let mut found = fixed.to_vec();
    found.dedup();
    for _ in 0..count {
        let ty = random.pick(&TYS);
        if !found.contains(&ty) {
            found.push(ty);
        }
    }
    found
}

fn function(name: &str, params: &[Ty], results: &[Ty], body: &Body<'_>) -> String {
    let list = |tys: &[Ty]| tys.iter().map(|ty| ty.text()).collect::<Vec<_>>().join(", ");
    let params = std::iter::once("&signer".to_owned()).chain(params.iter().map(|ty| ty.text().to_owned()));
    let params: Vec<String> = params.collect();
    let acquires: Vec<&str> = body.acquires.iter().copied().collect();
    let acquires = if acquires.is_empty() { String::new() } else { format!("acquires {}", acquires.join(", ")) };
    format!(
        "public fun {name}({}): ({}) {acquires} {{ locals ({})\n{}}}\n",
        params.join(", "),
        list(results),
        body.locals(),
        body.text
    )
}

/// A program for a status that random code hardly reaches.
fn special(random: &mut Random) -> Program {
    let n = random.below(1200);
    let pad = "CopyLoc 0 ".repeat(50);
    let (kind, items) = match random.below(14) {
        0 => (
            "special: recursion",
            format!(
                "fun deep(u64): u64 {{ CopyLoc 0 LdU64 0 Eq BrTrue end MoveLoc 0 LdU64 1 Sub Call deep LdU64 1 Add Ret end: LdU64 0 Ret }}
                 public fun run(&signer, u64, u64): u64 {{ LdU64 {} Call deep Ret }}",
                n + 200
            ),
        ),
        1 => (
            "special: operands",
            format!(
                "fun wide(u64): u64 {{ CopyLoc 0 LdU64 0 Eq BrTrue end {pad} MoveLoc 0 LdU64 1 Sub Call wide {} Ret end: LdU64 0 Ret }}
                 public fun run(&signer, u64, u64): u64 {{ LdU64 {} Call wide Ret }}",
                "BitOr ".repeat(50),
                n % 40
            ),
        ),
        2 => ("special: deep types", chain(2 + n % 24, "vector<T>")),
        3 => ("special: large types", chain(2 + n % 9, "Two<T, T>")),
        4 => (
            "special: closures in closures",
            format!(
                "fun id(u64): u64 {{ MoveLoc 0 Ret }}
                 fun wrap(|u64|(u64) has copy + drop, u64): u64 {{ MoveLoc 1 MoveLoc 0 CallClosure (|u64|(u64) has copy + drop) Ret }}
                 public fun run(&signer, u64, u64): u64 {{ locals (|u64|(u64) has copy + drop, u64)
                   PackClosure id, 0 StLoc 3 LdU64 0 StLoc 4
                   head: CopyLoc 4 LdU64 {} Lt BrFalse end
                   MoveLoc 3 PackClosure wrap, 1 StLoc 3 MoveLoc 4 LdU64 1 Add StLoc 4 Branch head
                   end: LdU64 7 MoveLoc 3 CallClosure (|u64|(u64) has copy + drop) Ret }}",
                110 + n % 30
            ),
        ),
        // Copies count even when they are dropped at once. This one takes its time, so it is rarer than the others.
        5 if random.one_in(4) => (
            "special: memory",
            format!(
                "public fun run(&signer, u64, u64): u64 {{ locals (vector<u256>, u64)
                   LdU64 0 StLoc 4 {} VecPack (u256), 1000 StLoc 3
                   head: CopyLoc 4 LdU64 {} Lt BrFalse end
                   CopyLoc 3 Pop MoveLoc 4 LdU64 1 Add StLoc 4 Branch head
                   end: ImmBorrowLoc 3 VecLen (u256) Ret }}",
                "LdU256 1 ".repeat(1000),
                n * 12
            ),
        ),
        6 => {
            // Deep enough to exceed the price of a type's name, not the size of types.
            let name = format!("N{}", "ame".repeat(73));
            let ty = (0..n % 5).fold("u8".to_owned(), |ty, _| format!("{name}<{ty}, {ty}>"));
            (
                "special: type tags",
                format!(
                    "struct {name}<A, B> has store {{ a: A, b: B }} struct K<T: store> has key {{ t: T }}
                     public fun run(&signer, u64, u64): bool {{
                       LdConst address x\"{:064x}\" ExistsGeneric K<{ty}> Ret }}",
                    0x42
                ),
            )
        }
        7 => (
            "special: re-entry",
            format!(
                "fun touch(u64): u64 acquires R {{ LdConst address x\"0000000000000000000000000000000000000000000000000000000000000043\"
                   ImmBorrowGlobal R ImmBorrowField R.a ReadRef Ret }}
                 fun compute(u64): u64 {{ MoveLoc 0 Ret }}
                 public fun run(&signer, u64, u64): u64 {{ LdU64 1 PackClosure {}, 0 CallClosure (|u64|(u64) has copy + drop) Ret }}",
                if n.is_multiple_of(2) { "touch" } else { "compute" }
            )
            ,
        ),
        8 => {
            let length = [0, 1, 1023, 1024, 1025, 1100][(n % 6) as usize];
            let byte = if n.is_multiple_of(7) { "ff" } else { "61" };
            let prefix = if length < 128 { format!("{length:02x}") } else { format!("{:02x}{:02x}", length & 127 | 128, length >> 7) };
            (
                "special: messages",
                format!(
                    "public fun run(&signer, u64, u64) {{ MoveLoc 1 LdConst vector<u8> x\"{prefix}{}\" AbortMsg }}",
                    byte.repeat(length)
                ),
            )
        }
        9 => (
            "special: no end",
            "public fun run(&signer, u64, u64) { head: CopyLoc 1 CopyLoc 2 BitAnd Pop Branch head }".to_owned(),
        ),
        10 => {
            let levels = 3 + n % 8;
            let structs: String = (1..=levels)
                .map(|level| format!("struct L{level} has copy, drop, store {{ a: L{}, b: L{} }}\n", level - 1, level - 1))
                .collect();
            let locals: Vec<String> = (0..=levels).map(|level| format!("L{level}")).collect();
            let packs: String = (1..=levels)
                .map(|level| {
                    let below = 2 + level;
                    format!("CopyLoc {below} CopyLoc {below} Pack L{level} StLoc {} ", below + 1)
                })
                .collect();
            (
                "special: large layouts",
                format!(
                    "struct L0 has copy, drop, store {{ a: u8 }} {structs} struct K has key {{ l: L{levels} }}
                     public fun run(&signer, u64, u64) {{ locals ({})
                       LdU8 1 Pack L0 StLoc 3 {packs} MoveLoc 0 MoveLoc {} Pack K MoveTo K Ret }}",
                    locals.join(", "),
                    3 + levels
                ),
            )
        }
        11 => {
            let levels = 100 + n % 60;
            let structs: String = (1..=levels)
                .map(|level| format!("struct D{level} has copy, drop, store {{ a: D{} }}\n", level - 1))
                .collect();
            let packs: String = (1..=levels).map(|level| format!("Pack D{level} ")).collect();
            (
                "special: deep values",
                format!(
                    "struct D0 has copy, drop, store {{ a: u8 }} {structs}
                     public fun run(&signer, u64, u64) {{ LdU8 1 Pack D0 {packs} Pop Ret }}"
                ),
            )
        }
        12 => (
            "special: stored closures",
            "struct S has key { f: |u64|(u64) has copy + drop + store }
             public fun add(u64, u64): u64 [persistent] { MoveLoc 0 MoveLoc 1 Add Ret }
             public fun run(&signer, u64, u64): u64 acquires S { locals (|u64|(u64) has copy + drop + store)
               MoveLoc 0 CopyLoc 1 PackClosure add, 1 Pack S MoveTo S
               LdConst address x\"0000000000000000000000000000000000000000000000000000000000000042\" ImmBorrowGlobal S
               ImmBorrowField S.f ReadRef StLoc 3 MoveLoc 2 MoveLoc 3 CallClosure (|u64|(u64) has copy + drop + store) Ret }"
                .to_owned(),
        ),
        _ => (
            "special: many loads",
            format!(
                "public fun run(&signer, u64, u64): bool {{ {} LdTrue Ret }}",
                (0..n % 200)
                    .map(|at| format!("LdConst address x\"{:064x}\" Exists R Pop ", 0x1000 + at))
                    .collect::<String>()
            ),
        ),
    };
    let text = format!(
        "module 0x42::r version 10 {{ {DECLARATIONS} struct Two<A, B> has copy, drop {{ a: A, b: B }}\n{items} }}"
    );
    // Memory ends later than gas usually does.
    let gas = if kind == "special: memory" { u64::MAX / 2 } else { PLENTY };
    Program { text, kinds: BTreeSet::from([kind]), gas }
}

/// Functions that call one another with ever larger type arguments.
fn chain(length: u64, step: &str) -> String {
    let mut items = format!("fun d{length}<T>(): u64 {{ LdU64 {length} Ret }}\n");
    for level in 0..length {
        items += &format!("fun d{level}<T>(): u64 {{ CallGeneric d{}<{step}> Ret }}\n", level + 1);
    }
    items + "public fun run(&signer, u64, u64): u64 { CallGeneric d0<u8> Ret }"
}
