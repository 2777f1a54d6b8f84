//! Random well-typed programs: the plain interpreter and lowered code must agree on results, gas and status.
//!
//! `TENOR_RANDOM=<count>` runs more programs than the default; each is named by its seed. Operands of every kind lie on
//! the stack while locals under them change, which is what lowering must get right.
#![expect(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test may fail loudly")]
#![expect(clippy::disallowed_methods, reason = "the number of programs comes from the environment")]

use move_binary_format::assembly::assemble;
use move_core_types::{AccountAddress, ModuleId, StructTag};
use move_vm_runtime::{CallRule, Engine, GasMeter, GasSchedule, SessionContext, StateError, StateView, Vm, VmConfig};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// Types of values in programs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ty {
    U8,
    U32,
    U64,
    U128,
    U256,
    Bool,
    Pair,
    Choice,
    Bytes,
    Words,
    Pairs,
}

const TYS: [Ty; 11] =
    [Ty::U8, Ty::U32, Ty::U64, Ty::U128, Ty::U256, Ty::Bool, Ty::Pair, Ty::Choice, Ty::Bytes, Ty::Words, Ty::Pairs];

impl Ty {
    fn text(self) -> &'static str {
        match self {
            Ty::U8 => "u8",
            Ty::U32 => "u32",
            Ty::U64 => "u64",
            Ty::U128 => "u128",
            Ty::U256 => "u256",
            Ty::Bool => "bool",
            Ty::Pair => "Pair",
            Ty::Choice => "Choice",
            Ty::Bytes => "vector<u8>",
            Ty::Words => "vector<u64>",
            Ty::Pairs => "vector<Pair>",
        }
    }

    /// The element of a vector.
    fn element(self) -> Option<Ty> {
        match self {
            Ty::Bytes => Some(Ty::U8),
            Ty::Words => Some(Ty::U64),
            Ty::Pairs => Some(Ty::Pair),
            _ => None,
        }
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 33) % limit
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        *items.get(self.below(items.len() as u64) as usize).unwrap()
    }
}

/// Two locals of each type, behind the two parameters; then a loop counter.
const LOCALS_FROM: u64 = 2;

struct Program {
    random: Random,
    text: String,
    labels: u32,
}

impl Program {
    fn op(&mut self, op: &str) {
        let _ = writeln!(self.text, "  {op}");
    }

    fn local(&mut self, ty: Ty) -> u64 {
        let at = TYS.iter().position(|other| *other == ty).unwrap() as u64;
        LOCALS_FROM + 2 * at + self.random.below(2)
    }

    /// Pushes a value; statements may stand between its operands.
    fn value(&mut self, ty: Ty, depth: u32) {
        if depth == 0 || self.random.below(4) == 0 {
            return self.leaf(ty);
        }
        match ty {
            Ty::U8 | Ty::U32 | Ty::U64 | Ty::U128 | Ty::U256 => self.number(ty, depth - 1),
            Ty::Bool => self.condition(depth - 1),
            Ty::Pair => {
                self.value(Ty::U64, depth - 1);
                self.aside(depth);
                self.value(Ty::U8, depth - 1);
                self.value(Ty::U128, depth - 1);
                self.op("Pack Pair");
            }
            Ty::Choice => match self.random.below(3) {
                0 => {
                    self.value(Ty::U64, depth - 1);
                    self.op("PackVariant Choice/One");
                }
                1 => {
                    self.value(Ty::U8, depth - 1);
                    self.aside(depth);
                    self.value(Ty::U64, depth - 1);
                    self.op("PackVariant Choice/Two");
                }
                _ => self.op("PackVariant Choice/None"),
            },
            Ty::Bytes | Ty::Words | Ty::Pairs => {
                let element = ty.element().unwrap();
                let count = 1 + self.random.below(3);
                for _ in 0..count {
                    self.value(element, depth - 1);
                }
                self.op(&format!("VecPack ({}), {count}", element.text()));
            }
        }
    }

    fn leaf(&mut self, ty: Ty) {
        if self.random.below(3) > 0 {
            let local = self.local(ty);
            return self.op(&format!("CopyLoc {local}"));
        }
        match ty {
            Ty::U8 => {
                let value = self.random.pick(&[0u64, 1, 2, 7, 200, 255]);
                self.op(&format!("LdU8 {value}"));
            }
            Ty::U32 => {
                let value = self.random.pick(&[0u64, 1, 3, 70_000, 4_294_967_295]);
                self.op(&format!("LdU32 {value}"));
            }
            Ty::U64 => {
                let value = self.random.pick(&[0u64, 1, 2, 3, 5, 1000, 5_000_000_000, u64::MAX]);
                self.op(&format!("LdU64 {value}"));
            }
            Ty::U128 => {
                let value = self.random.pick(&[0u128, 1, 9, 1 << 70, u128::MAX]);
                self.op(&format!("LdU128 {value}"));
            }
            Ty::U256 => {
                let value = self.random.pick(&["0", "1", "12", "1361129467683753853853498429727072845824"]);
                self.op(&format!("LdU256 {value}"));
            }
            Ty::Bool => {
                let op = self.random.pick(&["LdTrue", "LdFalse"]);
                self.op(op);
            }
            Ty::Bytes | Ty::Words | Ty::Pairs if self.random.below(6) == 0 => {
                self.op(&format!("VecPack ({}), 0", ty.element().unwrap().text()));
            }
            Ty::Bytes | Ty::Words | Ty::Pairs | Ty::Pair | Ty::Choice => {
                let local = self.local(ty);
                self.op(&format!("CopyLoc {local}"));
            }
        }
    }

    fn number(&mut self, ty: Ty, depth: u32) {
        match self.random.below(9) {
            0..4 => {
                self.value(ty, depth);
                self.aside(depth);
                self.value(ty, depth);
                let op = self
                    .random
                    .pick(&["Add", "Sub", "Mul", "Div", "Mod", "BitAnd", "BitOr", "Xor", "BitAnd", "Xor", "BitOr"]);
                self.op(op);
            }
            4 => {
                self.value(ty, depth);
                self.value(Ty::U8, 0);
                let op = self.random.pick(&["Shl", "Shr"]);
                self.op(op);
            }
            5 => {
                let from = self.random.pick(&[Ty::U8, Ty::U32, Ty::U64, Ty::U128, Ty::U256]);
                self.value(from, depth);
                self.op(&format!("CastU{}", ty.text().trim_start_matches('u')));
            }
            6 if ty == Ty::U64 => {
                let vector = self.random.pick(&[Ty::Bytes, Ty::Words, Ty::Pairs]);
                let local = self.local(vector);
                self.op(&format!("ImmBorrowLoc {local}"));
                self.op(&format!("VecLen ({})", vector.element().unwrap().text()));
            }
            7 if ty == Ty::U64 => {
                self.value(Ty::U64, depth);
                self.aside(depth);
                self.value(Ty::U64, depth);
                self.op("Call mix");
            }
            6 | 7 if ty == Ty::U8 || ty == Ty::U64 => {
                self.element(if ty == Ty::U8 { Ty::Bytes } else { Ty::Words }, depth);
            }
            8 if ty == Ty::U64 && self.random.below(4) == 0 => {
                let local = self.local(Ty::Choice);
                self.op(&format!("ImmBorrowLoc {local}"));
                self.op("ImmBorrowVariantField Choice/One.x");
                self.op("ReadRef");
            }
            8 if matches!(ty, Ty::U8 | Ty::U64 | Ty::U128) => {
                let local = self.local(Ty::Pair);
                let field = match ty {
                    Ty::U64 => "a",
                    Ty::U8 => "b",
                    _ => "c",
                };
                self.op(&format!("ImmBorrowLoc {local}"));
                self.op(&format!("ImmBorrowField Pair.{field}"));
                self.op("ReadRef");
            }
            _ => self.leaf(ty),
        }
    }

    fn element(&mut self, vector: Ty, depth: u32) {
        let local = self.local(vector);
        self.op(&format!("ImmBorrowLoc {local}"));
        self.index(depth);
        self.op(&format!("VecImmBorrow ({})", vector.element().unwrap().text()));
        self.op("ReadRef");
    }

    fn index(&mut self, _depth: u32) {
        let value = self.random.pick(&[0, 0, 0, 0, 0, 0, 0, 1, 2]);
        self.op(&format!("LdU64 {value}"));
    }

    fn condition(&mut self, depth: u32) {
        match self.random.below(6) {
            0 | 1 => {
                let ty = self.random.pick(&[Ty::U8, Ty::U32, Ty::U64, Ty::U128, Ty::U256]);
                self.value(ty, depth);
                self.aside(depth);
                self.value(ty, depth);
                let op = self.random.pick(&["Lt", "Le", "Gt", "Ge", "Eq", "Neq"]);
                self.op(op);
            }
            2 => {
                let ty = self.random.pick(&TYS);
                self.value(ty, depth);
                self.aside(depth);
                self.value(ty, depth);
                let op = self.random.pick(&["Eq", "Neq"]);
                self.op(op);
            }
            3 => {
                self.value(Ty::Bool, depth);
                self.op("Not");
            }
            4 => {
                self.value(Ty::Bool, depth);
                self.value(Ty::Bool, depth);
                let op = self.random.pick(&["And", "Or"]);
                self.op(op);
            }
            _ => {
                let local = self.local(Ty::Choice);
                self.op(&format!("ImmBorrowLoc {local}"));
                let variant = self.random.pick(&["One", "Two", "None"]);
                self.op(&format!("TestVariant Choice/{variant}"));
            }
        }
    }

    /// Perhaps a statement without jumps, while operands wait on the stack.
    fn aside(&mut self, depth: u32) {
        if self.random.below(3) == 0 {
            self.straight(depth.min(1));
        }
    }

    /// A statement without jumps.
    fn straight(&mut self, depth: u32) {
        match self.random.below(9) {
            0..3 => {
                let ty = self.random.pick(&TYS);
                self.value(ty, depth);
                let local = self.local(ty);
                self.op(&format!("StLoc {local}"));
            }
            3 => {
                let ty = self.random.pick(&TYS);
                self.value(ty, depth);
                let local = self.local(ty);
                self.op(&format!("MutBorrowLoc {local}"));
                self.op("WriteRef");
            }
            4 => {
                let (field, ty) = self.random.pick(&[("a", Ty::U64), ("b", Ty::U8), ("c", Ty::U128)]);
                self.value(ty, depth);
                let local = self.local(Ty::Pair);
                self.op(&format!("MutBorrowLoc {local}"));
                self.op(&format!("MutBorrowField Pair.{field}"));
                self.op("WriteRef");
            }
            5 => {
                let vector = self.random.pick(&[Ty::Bytes, Ty::Words, Ty::Pairs]);
                let element = vector.element().unwrap();
                let local = self.local(vector);
                self.value(element, depth);
                let spare = self.local(element);
                self.op(&format!("StLoc {spare}"));
                self.op(&format!("MutBorrowLoc {local}"));
                self.op(&format!("CopyLoc {spare}"));
                self.op(&format!("VecPushBack ({})", element.text()));
            }
            6 => {
                let local = self.local(Ty::Pair);
                self.op(&format!("CopyLoc {local}"));
                self.op("Unpack Pair");
                for ty in [Ty::U128, Ty::U8, Ty::U64] {
                    let local = self.local(ty);
                    self.op(&format!("StLoc {local}"));
                }
            }
            7 => {
                let vector = self.random.pick(&[Ty::Bytes, Ty::Words, Ty::Pairs]);
                let element = vector.element().unwrap();
                self.value(element, depth);
                let local = self.local(vector);
                self.op(&format!("MutBorrowLoc {local}"));
                self.index(0);
                self.op(&format!("VecMutBorrow ({})", element.text()));
                self.op("WriteRef");
            }
            _ => {
                let vector = self.random.pick(&[Ty::Bytes, Ty::Words, Ty::Pairs]);
                let element = vector.element().unwrap();
                let local = self.local(vector);
                self.op(&format!("MutBorrowLoc {local}"));
                if self.random.below(4) == 0 {
                    self.op(&format!("VecPopBack ({})", element.text()));
                    let local = self.local(element);
                    self.op(&format!("StLoc {local}"));
                } else {
                    self.index(0);
                    self.index(0);
                    self.op(&format!("VecSwap ({})", element.text()));
                }
            }
        }
    }

    fn label(&mut self) -> String {
        self.labels += 1;
        format!("l{}", self.labels)
    }

    fn statement(&mut self, nested: u32) {
        match self.random.below(8) {
            0 | 1 if nested > 0 => {
                let (other, end) = (self.label(), self.label());
                self.value(Ty::Bool, 2);
                let branch = self.random.pick(&["BrFalse", "BrTrue"]);
                self.op(&format!("{branch} {other}"));
                self.statement(nested - 1);
                self.op(&format!("Branch {end}"));
                let _ = writeln!(self.text, "  {other}: Nop");
                self.statement(nested - 1);
                let _ = writeln!(self.text, "  {end}: Nop");
            }
            2 if nested > 1 => {
                let counter = LOCALS_FROM + 2 * TYS.len() as u64;
                let (head, end) = (self.label(), self.label());
                self.op("LdU64 0");
                self.op(&format!("StLoc {counter}"));
                let _ = writeln!(self.text, "  {head}: CopyLoc {counter}");
                self.op("LdU64 3");
                self.op("Lt");
                self.op(&format!("BrFalse {end}"));
                self.statement(0);
                self.statement(0);
                self.op(&format!("MoveLoc {counter}"));
                self.op("LdU64 1");
                self.op("Add");
                self.op(&format!("StLoc {counter}"));
                self.op(&format!("Branch {head}"));
                let _ = writeln!(self.text, "  {end}: Nop");
            }
            _ => self.straight(3),
        }
    }
}

/// The text of the program with this seed.
fn program(seed: u64) -> String {
    let mut program =
        Program { random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1), text: String::new(), labels: 0 };
    for _ in 0..8 {
        program.random.next();
    }
    let locals: Vec<&str> = TYS.iter().flat_map(|ty| [ty.text(), ty.text()]).chain(["u64"]).collect();
    program.op(&format!("locals ({})", locals.join(", ")));
    // Every local has a value before anything else happens.
    for (at, ty) in TYS.iter().flat_map(|ty| [*ty, *ty]).enumerate() {
        match ty {
            Ty::U8 => program.op(&format!("LdU8 {}", at + 3)),
            Ty::U32 => program.op("LdU32 9"),
            Ty::U64 => program.op(&format!("CopyLoc {}", at & 1)),
            Ty::U128 => program.op("LdU128 77"),
            Ty::U256 => program.op("LdU256 5"),
            Ty::Bool => program.op("LdTrue"),
            Ty::Pair => {
                program.op("CopyLoc 0");
                program.op("LdU8 4");
                program.op("LdU128 6");
                program.op("Pack Pair");
            }
            Ty::Choice if at & 1 == 0 => {
                program.op("CopyLoc 1");
                program.op("PackVariant Choice/One");
            }
            Ty::Choice => program.op("PackVariant Choice/None"),
            Ty::Bytes => {
                program.op("LdU8 1");
                program.op("LdU8 2");
                program.op("VecPack (u8), 2");
            }
            Ty::Words => {
                program.op("CopyLoc 0");
                program.op("CopyLoc 1");
                program.op("LdU64 8");
                program.op("VecPack (u64), 3");
            }
            Ty::Pairs => {
                program.op("CopyLoc 14");
                program.op("VecPack (Pair), 1");
            }
        }
        program.op(&format!("StLoc {}", LOCALS_FROM + at as u64));
    }
    let statements = 3 + program.random.below(8);
    for _ in 0..statements {
        program.statement(3);
    }
    for (at, _) in locals.iter().enumerate().take(2 * TYS.len()) {
        program.op(&format!("MoveLoc {}", LOCALS_FROM + at as u64));
    }
    program.op("Ret");
    let results: Vec<&str> = TYS.iter().flat_map(|ty| [ty.text(), ty.text()]).collect();
    format!(
        "module 0x42::r version 7 {{
         struct Pair has copy, drop {{ a: u64, b: u8, c: u128 }}
         enum Choice has copy, drop {{ One {{ x: u64 }}, Two {{ y: u8, z: u64 }}, None {{}} }}
         fun mix(u64, u64): (u64) {{ MoveLoc 0 LdU64 65535 BitAnd MoveLoc 1 LdU64 65535 BitAnd Add Ret }}
         public fun run(u64, u64): ({}) {{\n{}}} }}",
        results.join(", "),
        program.text
    )
}

struct State(BTreeMap<ModuleId, Arc<[u8]>>, u64);

impl StateView for State {
    fn module(&self, id: &ModuleId) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.0.get(id).cloned())
    }

    fn resource(&self, _: &AccountAddress, _: &StructTag) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn table_item(&self, _: &AccountAddress, _: &[u8]) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn code_version(&self) -> u64 {
        self.1
    }
}

#[test]
fn both_interpreters_agree_on_random_programs() {
    let count: u64 = std::env::var("TENOR_RANDOM").ok().and_then(|text| text.parse().ok()).unwrap_or(1500);
    let config = VmConfig { engine: Engine::Both, ..VmConfig::default() };
    let vm = Vm::new(move_natives::table(), config);
    let schedule = Arc::new(GasSchedule::initial());
    let id = ModuleId::new(AccountAddress::from_hex_literal("0x42").unwrap(), "r".parse().unwrap());
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 1..=count {
        let text = program(seed);
        let module = assemble(&text).unwrap_or_else(|error| panic!("seed {seed}: {error:?}\n{text}"));
        let bytes = module.serialize(module.version).unwrap();
        let state = State(BTreeMap::from([(id.clone(), bytes.into())]), seed);
        for (a, b) in [(1u64, 2u64), (1_000_000, u64::MAX)] {
            let mut session = vm.session(&state, SessionContext::new(4, schedule.clone()));
            let args = [a.to_le_bytes().to_vec(), b.to_le_bytes().to_vec()];
            let result = session.call(&id, "run", &[], &args, CallRule::Any, &mut GasMeter::unlimited());
            let outcome = match result {
                Ok(_) => "EXECUTED".to_owned(),
                Err(error) => {
                    let status = error.status.name();
                    assert!(error.status.number() >= 4000, "seed {seed}: {error}\n{text}");
                    status.to_owned()
                }
            };
            *outcomes.entry(outcome).or_default() += 1;
        }
    }
    println!("{outcomes:?}");
    let ran = outcomes.get("EXECUTED").copied().unwrap_or(0);
    assert!(ran * 10 >= count * 2 * 2, "a fifth of the programs should end normally: {outcomes:?}");
}
