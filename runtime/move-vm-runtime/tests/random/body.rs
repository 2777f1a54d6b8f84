//! The body of one random function: expressions and statements that verify by construction.
//!
//! Operands of every kind wait on the stack while statements change locals under them, which is what lowering must get
//! right. A *careful* body rarely does what can fail; a wild one does it as it comes.

use super::types::{INTS, Part, Ty};
use std::collections::BTreeSet;
use std::fmt::Write;

pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 33) % limit
    }

    pub(crate) fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        *items.get(self.below(items.len() as u64) as usize).unwrap()
    }
}

/// A function that bodies may call.
#[derive(Clone, Debug)]
pub(crate) struct Helper {
    /// The operand of `Call` or `CallGeneric`.
    pub(crate) name: String,
    pub(crate) is_generic: bool,
    pub(crate) params: Vec<Ty>,
    pub(crate) result: Ty,
    pub(crate) acquires: BTreeSet<&'static str>,
}

/// Resources lie at the signer's address, at this one, and nowhere else.
const ADDRESSES: [&str; 3] = [
    "x\"0000000000000000000000000000000000000000000000000000000000000042\"",
    "x\"0000000000000000000000000000000000000000000000000000000000000043\"",
    "x\"0000000000000000000000000000000000000000000000000000000000000044\"",
];

pub(crate) struct Body<'h> {
    pub(crate) random: Random,
    pub(crate) text: String,
    pub(crate) acquires: BTreeSet<&'static str>,
    /// What the program is made of, for statistics.
    pub(crate) kinds: BTreeSet<&'static str>,
    labels: u32,
    careful: bool,
    /// Whether closures may occur.
    closures: bool,
    helpers: &'h [Helper],
    /// Types of the locals; three each, the third of which only statements with references touch.
    active: Vec<Ty>,
    /// Types of the parameters behind the signer.
    params: Vec<Ty>,
    locals_from: u64,
    /// Whether a statement around this one uses the references.
    references_taken: bool,
    loops: u64,
}

/// Counters of nested loops.
const LOOPS_MAX: u64 = 2;

impl<'h> Body<'h> {
    pub(crate) fn new(seed: u64, params: Vec<Ty>, active: Vec<Ty>, careful: bool, helpers: &'h [Helper]) -> Self {
        let closures = active.contains(&Ty::Fun);
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            random.next();
        }
        Body {
            random,
            text: String::new(),
            acquires: BTreeSet::new(),
            kinds: BTreeSet::new(),
            labels: 0,
            careful,
            closures,
            helpers,
            active,
            locals_from: 1 + params.len() as u64,
            params,
            references_taken: false,
            loops: 0,
        }
    }

    /// Types of the locals behind the parameters.
    pub(crate) fn locals(&self) -> String {
        let mut all: Vec<String> = self.active.iter().flat_map(|ty| vec![ty.text().to_owned(); 3]).collect();
        all.extend(vec!["u64".to_owned(); LOOPS_MAX as usize]);
        all.extend(self.active.iter().flat_map(|ty| [format!("&mut {}", part(*ty)), format!("&{}", part(*ty))]));
        all.join(", ")
    }

    pub(crate) fn op(&mut self, op: &str) {
        let _ = writeln!(self.text, "  {op}");
    }

    fn risky(&mut self) -> bool {
        !self.careful || self.random.one_in(60)
    }

    fn position(&self, ty: Ty) -> Option<u64> {
        self.active.iter().position(|other| *other == ty).map(|at| self.locals_from + 3 * at as u64)
    }

    fn local(&mut self, ty: Ty) -> Option<u64> {
        Some(self.position(ty)? + self.random.below(2))
    }

    fn counter(&self, nested: u64) -> u64 {
        self.locals_from + 3 * self.active.len() as u64 + nested
    }

    fn reference_local(&self, ty: Ty, mutable: bool) -> u64 {
        let at = self.active.iter().position(|other| *other == ty).unwrap_or(0) as u64;
        self.counter(LOOPS_MAX) + 2 * at + u64::from(!mutable)
    }

    /// Gives every local a value.
    pub(crate) fn initialize(&mut self) {
        for ty in self.active.clone() {
            for copy in 0..3 {
                self.literal(ty, 2);
                let at = self.position(ty).unwrap() + copy;
                self.op(&format!("StLoc {at}"));
            }
        }
    }

    /// Pushes every local, and returns them.
    pub(crate) fn finish(&mut self) {
        for ty in self.active.clone() {
            if ty == Ty::Fun {
                continue;
            }
            for copy in 0..3 {
                let at = self.position(ty).unwrap() + copy;
                self.op(&format!("MoveLoc {at}"));
            }
        }
        self.op("Ret");
    }

    // Values

    /// Pushes a value that no local is needed for.
    pub(crate) fn literal(&mut self, ty: Ty, depth: u32) {
        match ty {
            Ty::Bool => {
                let op = self.random.pick(&["LdTrue", "LdFalse"]);
                self.op(op);
            }
            Ty::Address => {
                let address = self.random.pick(&ADDRESSES);
                self.op(&format!("LdConst address {address}"));
            }
            Ty::Fun => self.closure(None),
            Ty::Foreign => {
                self.literal(Ty::U64, 0);
                self.op("Call 0x43::lib::make");
            }
            Ty::Bytes if self.random.one_in(3) => {
                let bytes = self.random.pick(&["x\"020161\"", "x\"03010203\"", "x\"0100\"", "x\"0168\""]);
                self.op(&format!("LdConst vector<u8> {bytes}"));
            }
            Ty::Words if self.random.one_in(5) => self.op("LdConst vector<u64> x\"0107000000000000ff\""),
            _ if ty.is_int() => self.number_literal(ty),
            _ if ty.element().is_some() => {
                let element = ty.element().unwrap();
                let least = u64::from(!self.risky());
                let count = least + self.random.below(3);
                (0..count).for_each(|_| self.literal(element, depth.saturating_sub(1)));
                self.op(&format!("VecPack ({}), {count}", element.text()));
            }
            _ if ty.is_enum() => {
                let (variant, fields) = self.random.pick(ty.variants());
                fields.iter().for_each(|field| self.literal(*field, depth.saturating_sub(1)));
                self.variant_op("PackVariant", ty, variant);
            }
            _ => {
                ty.fields().iter().for_each(|(_, field)| self.literal(*field, depth.saturating_sub(1)));
                self.struct_op("Pack", ty);
            }
        }
    }

    fn struct_op(&mut self, op: &str, ty: Ty) {
        let generic = if ty.is_generic() { "Generic" } else { "" };
        self.note(ty);
        self.op(&format!("{op}{generic} {}", ty.text()));
    }

    fn variant_op(&mut self, op: &str, ty: Ty, variant: &str) {
        let generic = if ty.is_generic() { "Generic" } else { "" };
        self.note(ty);
        self.op(&format!("{op}{generic} {}/{variant}", ty.text()));
    }

    fn note(&mut self, ty: Ty) {
        if ty.is_generic() {
            self.kinds.insert("generics");
        }
        if ty.is_enum() {
            self.kinds.insert("enums");
        }
        if matches!(ty, Ty::R | Ty::G) {
            self.kinds.insert("storage");
        }
    }

    fn number_literal(&mut self, ty: Ty) {
        let suffix = ty.suffix();
        let small = self.random.pick(&[0, 1, 1, 2, 3, 7, 9, 60, 100, 127]);
        let text = match self.random.below(10) {
            0 if self.risky() => greatest(ty),
            1 if ty.is_signed() && self.risky() => least(ty),
            2 if ty.is_signed() => format!("-{}", 1 + small / 2),
            3 if ty.bits() > 32 => "5000000000".to_owned(),
            4 if ty.bits() > 128 => "1361129467683753853853498429727072845824".to_owned(),
            5 if ty.bits() > 8 => "300".to_owned(),
            _ => small.to_string(),
        };
        self.op(&format!("Ld{suffix} {text}"));
    }

    fn load(&mut self, ty: Ty, value: u64) {
        let suffix = ty.suffix();
        self.op(&format!("Ld{suffix} {value}"));
    }

    /// Pushes a value; statements may stand between its operands.
    pub(crate) fn value(&mut self, ty: Ty, depth: u32) {
        if depth == 0 || self.random.one_in(5) {
            return self.leaf(ty);
        }
        match self.random.below(12) {
            0 | 1 if self.reference(ty, false, 2, false) => return self.op("ReadRef"),
            2 => {
                let found: Vec<usize> =
                    (0..self.helpers.len()).filter(|at| self.helpers[*at].result == ty && self.loops == 0).collect();
                if !found.is_empty() {
                    let helper = self.helpers[self.random.pick(&found)].clone();
                    return self.call(&helper, depth - 1);
                }
            }
            3 if self.random.one_in(2) && ty != Ty::Fun => {
                self.value(ty, depth - 1);
                self.kinds.insert("generics");
                return self.op(&format!("CallGeneric same<{}>", ty.text()));
            }
            4 if ty.is_int() => {
                let vector = ty.vector().filter(|vector| self.position(*vector).is_some());
                if ty == Ty::U64 {
                    let from = self.random.pick(&[Ty::Bytes, Ty::Words, Ty::Pairs, Ty::Flags, Ty::Lists, Ty::Bigs]);
                    if self.reference(from, false, 2, false) {
                        return self.op(&format!("VecLen ({})", from.element().unwrap().text()));
                    }
                }
                if vector.is_some() && self.reference(ty, false, 1, false) {
                    return self.op("ReadRef");
                }
            }
            _ => {}
        }
        match ty {
            Ty::Bool => self.condition(depth - 1),
            Ty::Bytes if self.random.one_in(4) => self.bytes_of_native(depth - 1),
            Ty::Address if self.random.one_in(3) => {
                self.op("CopyLoc 0");
                self.op("Call 0x1::signer::borrow_address");
                self.op("ReadRef");
            }
            Ty::Address | Ty::Fun | Ty::Foreign => self.leaf(ty),
            _ if ty.is_int() => self.number(ty, depth - 1),
            _ if ty.element().is_some() => {
                let element = ty.element().unwrap();
                let count = 1 + self.random.below(3);
                for _ in 0..count {
                    self.value(element, depth - 1);
                    self.aside(depth);
                }
                self.op(&format!("VecPack ({}), {count}", element.text()));
            }
            _ if ty.is_enum() => {
                let (variant, fields) = self.random.pick(ty.variants());
                for field in fields {
                    self.value(*field, depth - 1);
                    self.aside(depth);
                }
                self.variant_op("PackVariant", ty, variant);
            }
            _ => {
                for (_, field) in ty.fields() {
                    self.value(*field, depth.min(2) - 1);
                    self.aside(depth);
                }
                self.struct_op("Pack", ty);
            }
        }
    }

    fn call(&mut self, helper: &Helper, depth: u32) {
        self.op("CopyLoc 0");
        for param in &helper.params {
            self.value(*param, depth.min(1));
            self.aside(depth);
        }
        self.acquires.extend(&helper.acquires);
        if helper.is_generic {
            self.kinds.insert("generics");
        }
        let form = if helper.is_generic { "CallGeneric" } else { "Call" };
        self.op(&format!("{form} {}", helper.name));
    }

    fn bytes_of_native(&mut self, depth: u32) {
        match self.random.below(3) {
            0 => {
                self.value(Ty::Bytes, depth);
                let hash = self.random.pick(&["sha2_256", "sha3_256"]);
                self.op(&format!("Call 0x1::hash::{hash}"));
            }
            _ => {
                let ty = self.random.pick(&self.active.clone());
                if ty != Ty::Fun && self.reference(ty, false, 2, false) {
                    self.kinds.insert("generics");
                    return self.op(&format!("CallGeneric 0x1::bcs::to_bytes<{}>", ty.text()));
                }
                self.leaf(Ty::Bytes);
            }
        }
    }

    fn leaf(&mut self, ty: Ty) {
        if let Some(at) = self.params.iter().position(|param| *param == ty).filter(|_| self.random.one_in(4)) {
            return self.op(&format!("CopyLoc {}", at + 1));
        }
        match self.local(ty) {
            Some(local) if !self.random.one_in(3) => self.op(&format!("CopyLoc {local}")),
            _ => self.literal(ty, 1),
        }
    }

    /// A number of which little is known; a careful body makes it small.
    fn small(&mut self, ty: Ty, depth: u32) {
        self.value(ty, depth);
        if !self.risky() {
            let modulus = self.random.pick(&[3, 7, 11]);
            self.load(ty, modulus);
            self.op("Mod");
        }
    }

    fn number(&mut self, ty: Ty, depth: u32) {
        match self.random.below(10) {
            0 | 1 => {
                self.small(ty, depth);
                self.aside(depth);
                self.small(ty, depth);
                let op = self.random.pick(&["Add", "Mul", "Add"]);
                self.op(op);
            }
            2 => {
                self.small(ty, depth);
                if !ty.is_signed() && !self.risky() {
                    self.load(ty, 20);
                    self.op("Add");
                }
                self.aside(depth);
                self.small(ty, depth);
                self.op("Sub");
            }
            3 => {
                self.value(ty, depth);
                if self.risky() {
                    self.value(ty, depth);
                } else {
                    let by = 1 + self.random.below(9);
                    self.load(ty, by);
                }
                let op = self.random.pick(&["Div", "Mod"]);
                self.op(op);
            }
            4 | 5 if ty.is_unsigned() => {
                self.value(ty, depth);
                self.aside(depth);
                self.value(ty, depth);
                let op = self.random.pick(&["BitAnd", "BitOr", "Xor"]);
                self.op(op);
            }
            6 if ty.is_unsigned() => {
                self.value(ty, depth);
                if self.risky() {
                    self.value(Ty::U8, 0);
                } else if self.random.one_in(2) {
                    let by = self.random.below(u64::from(ty.bits()).min(255));
                    self.load(Ty::U8, by);
                } else {
                    self.leaf(Ty::U8);
                    self.load(Ty::U8, 7);
                    self.op("BitAnd");
                }
                let op = self.random.pick(&["Shl", "Shr"]);
                self.op(op);
            }
            4..=6 => {
                self.small(ty, depth);
                self.op("Negate");
            }
            7 | 8 => {
                let from = self.random.pick(&INTS);
                self.value(from, depth);
                if !self.risky() {
                    self.load(from, 50);
                    self.op("Mod");
                    if from.is_signed() {
                        self.load(from, 50);
                        self.op("Add");
                    }
                }
                let suffix = ty.suffix();
                self.op(&format!("Cast{suffix}"));
            }
            9 if ty == Ty::U64 && self.closures => self.call_closure(depth),
            9 if ty == Ty::U64 => {
                self.value(Ty::U64, depth);
                self.aside(depth);
                self.value(Ty::U64, depth);
                let call = self.random.pick(&["Call mix", "Call mix", "Call 0x43::lib::blend"]);
                self.op(call);
            }
            _ => self.leaf(ty),
        }
    }

    /// Pushes a closure, with captured values made from locals if a depth is given.
    fn closure(&mut self, depth: Option<u32>) {
        self.kinds.insert("closures");
        let captured = |body: &mut Self, ty| match depth {
            Some(depth) => body.value(ty, depth),
            None => body.literal(ty, 1),
        };
        match self.random.below(4) {
            0 => self.op("PackClosure twice, 0"),
            1 => {
                captured(self, Ty::U64);
                self.op("PackClosure mix, 1");
            }
            2 => {
                captured(self, Ty::U64);
                self.op("PackClosure 0x43::lib::blend, 2");
            }
            _ => {
                self.kinds.insert("generics");
                captured(self, Ty::Pair);
                self.op("PackClosureGeneric first<Pair>, 2");
            }
        }
    }

    fn call_closure(&mut self, depth: u32) {
        self.kinds.insert("closures");
        self.value(Ty::U64, depth);
        if self.random.one_in(2) {
            self.closure(Some(depth));
        } else {
            self.leaf(Ty::Fun);
        }
        self.op("CallClosure (|u64|(u64) has copy + drop)");
    }

    fn condition(&mut self, depth: u32) {
        match self.random.below(9) {
            0..=2 => {
                let ty = self.random.pick(&INTS);
                self.value(ty, depth);
                self.aside(depth);
                if self.random.one_in(2) {
                    self.number_literal(ty);
                } else {
                    self.value(ty, depth);
                }
                let op = self.random.pick(&["Lt", "Le", "Gt", "Ge", "Eq", "Neq"]);
                self.op(op);
            }
            3 => {
                let ty = self.random.pick(&self.active.clone());
                self.value(ty, depth);
                self.aside(depth);
                self.value(ty, depth);
                let op = self.random.pick(&["Eq", "Neq"]);
                self.op(op);
            }
            4 => {
                self.value(Ty::Bool, depth);
                self.op("Not");
            }
            5 => {
                self.value(Ty::Bool, depth);
                self.value(Ty::Bool, depth);
                let op = self.random.pick(&["And", "Or"]);
                self.op(op);
            }
            6 => {
                // Two references at once; the second must not disturb the first.
                let ty = self.random.pick(&self.active.clone());
                if ty == Ty::Fun || !self.reference(ty, false, 2, true) {
                    return self.leaf(Ty::Bool);
                }
                if !self.reference(ty, false, 1, true) {
                    self.op("Pop");
                    return self.leaf(Ty::Bool);
                }
                let op = self.random.pick(&["Eq", "Neq"]);
                self.op(op);
            }
            7 => {
                let ty = self.random.pick(&[Ty::Choice, Ty::OptU8, Ty::OptPair]);
                if !self.reference(ty, false, 2, false) {
                    return self.leaf(Ty::Bool);
                }
                let (variant, _) = self.random.pick(ty.variants());
                self.variant_op("TestVariant", ty, variant);
            }
            _ => {
                let address = self.random.pick(&ADDRESSES);
                self.op(&format!("LdConst address {address}"));
                let ty = self.random.pick(&[Ty::R, Ty::G]);
                self.struct_op("Exists", ty);
            }
        }
    }

    // References

    fn reachable(&self, ty: Ty, depth: u32) -> bool {
        matches!(ty, Ty::R | Ty::G)
            || self.position(ty).is_some()
            || (depth > 0 && ty.containers().iter().any(|(owner, _)| self.reachable(*owner, depth - 1)))
    }

    /// Pushes a reference to some place of a type, if there is one within reach.
    ///
    /// * `pure`: nothing is borrowed mutably on the way.
    fn reference(&mut self, ty: Ty, mutable: bool, depth: u32, pure: bool) -> bool {
        if ty == Ty::Fun || !self.reachable(ty, depth) {
            return false;
        }
        self.kinds.insert("references");
        if matches!(ty, Ty::R | Ty::G) {
            // Careful bodies leave these two alone.
            let address = if self.risky() { self.random.pick(&ADDRESSES) } else { ADDRESSES[1] };
            self.op(&format!("LdConst address {address}"));
            self.acquires.insert(if ty == Ty::R { "R" } else { "G" });
            self.struct_op(if mutable { "MutBorrowGlobal" } else { "ImmBorrowGlobal" }, ty);
            return true;
        }
        let frozen = !mutable && !pure && self.random.one_in(6);
        let mutable_path = mutable || frozen;
        let risky = self.risky();
        let mut ways: Vec<(Ty, Part)> = ty.containers();
        ways.retain(|(owner, part)| {
            depth > 0 && self.reachable(*owner, depth - 1) && (risky || !matches!(part, Part::Variant(_)))
        });
        let local = self.position(ty);
        let kind = if mutable_path { "Mut" } else { "Imm" };
        if let Some(at) = local.filter(|_| ways.is_empty() || self.random.one_in(2)) {
            let at = at + self.random.below(2);
            self.op(&format!("{kind}BorrowLoc {at}"));
            if ty == Ty::U64 && self.random.one_in(4) {
                self.op(if mutable_path { "Call through_mut" } else { "Call through" });
            }
        } else if ways.is_empty() {
            return false;
        } else {
            let (owner, part) = self.random.pick(&ways);
            if !self.reference(owner, mutable_path, depth - 1, true) {
                return false;
            }
            let generic = if owner.is_generic() { "Generic" } else { "" };
            self.note(owner);
            match part {
                Part::Field("v") if owner == Ty::BoxPair && self.random.one_in(2) => {
                    let name = if mutable_path { "inside_mut" } else { "inside" };
                    self.op(&format!("CallGeneric {name}<Pair>"));
                }
                Part::Field("a") if owner == Ty::Pair && self.random.one_in(4) => {
                    self.op(if mutable_path { "Call part_mut" } else { "Call part" });
                }
                Part::Field(field) => self.op(&format!("{kind}BorrowField{generic} {}.{field}", owner.text())),
                Part::Variant(field) => self.op(&format!("{kind}BorrowVariantField{generic} {}/{field}", owner.text())),
                Part::Element => {
                    self.index();
                    self.op(&format!("Vec{kind}Borrow ({})", ty.text()));
                }
            }
        }
        if frozen {
            self.op("FreezeRef");
        }
        true
    }

    /// An index while a reference waits on the stack.
    fn index(&mut self) {
        if self.risky() {
            let position = self.position(Ty::U64);
            match position {
                Some(at) if self.random.one_in(4) => self.op(&format!("CopyLoc {at}")),
                _ => {
                    let value = self.random.pick(&[0, 0, 0, 0, 0, 1, 2, u64::MAX]);
                    self.load(Ty::U64, value);
                }
            }
        } else {
            self.load(Ty::U64, 0);
        }
    }

    // Statements

    /// Perhaps a statement without jumps, while operands wait on the stack.
    fn aside(&mut self, depth: u32) {
        if self.random.one_in(6) {
            self.straight(depth.min(1));
        }
    }

    fn store(&mut self, ty: Ty) {
        match self.local(ty) {
            Some(local) => self.op(&format!("StLoc {local}")),
            None => self.op("Pop"),
        }
    }

    /// A value for use under a reference: it is made beforehand and copied.
    fn spare(&mut self, ty: Ty, depth: u32) -> Option<u64> {
        let local = self.local(ty)?;
        self.value(ty, depth);
        self.op(&format!("StLoc {local}"));
        Some(local)
    }

    /// A statement without jumps.
    fn straight(&mut self, depth: u32) {
        let ty = self.random.pick(&self.active.clone());
        match self.random.below(12) {
            0..=3 => {
                self.value(ty, depth);
                self.store(ty);
            }
            4 | 5 => {
                self.value(ty, depth);
                if self.reference(ty, true, 2, false) {
                    self.op("WriteRef");
                } else {
                    self.op("Pop");
                }
            }
            6 => self.take_apart(ty, depth),
            7 | 8 => self.change_vector(depth),
            9 => {
                // A local moves, and gets a new value.
                let Some(at) = self.position(ty) else { return };
                self.op(&format!("MoveLoc {at}"));
                self.literal(ty, 1);
                self.op(&format!("StLoc {at}"));
                self.op(&format!("StLoc {}", at + 1));
            }
            10 if ty != Ty::Fun => {
                let Some(at) = self.position(ty) else { return };
                self.kinds.insert("references");
                self.kinds.insert("generics");
                self.op(&format!("MutBorrowLoc {at}"));
                self.op(&format!("MutBorrowLoc {}", at + 1));
                self.op(&format!("CallGeneric 0x1::mem::swap<{}>", ty.text()));
            }
            _ => {
                self.value(ty, depth);
                self.op("Pop");
            }
        }
    }

    fn take_apart(&mut self, ty: Ty, depth: u32) {
        if let Some(element) = ty.element() {
            if self.risky() {
                let count = self.random.below(3);
                self.value(ty, depth);
                self.op(&format!("VecUnpack ({}), {count}", element.text()));
                (0..count).for_each(|_| self.store(element));
            } else {
                self.literal(element, 1);
                self.literal(element, 1);
                self.op(&format!("VecPack ({}), 2", element.text()));
                self.op(&format!("VecUnpack ({}), 2", element.text()));
                (0..2).for_each(|_| self.store(element));
            }
        } else if ty.is_enum() {
            let (variant, fields) = self.random.pick(ty.variants());
            if self.risky() {
                self.value(ty, depth);
            } else {
                fields.iter().for_each(|field| self.leaf(*field));
                self.variant_op("PackVariant", ty, variant);
                let Some(local) = self.local(ty) else { return self.op("Pop") };
                self.op(&format!("StLoc {local}"));
                self.op(&format!("CopyLoc {local}"));
            }
            self.variant_op("UnpackVariant", ty, variant);
            fields.iter().rev().for_each(|field| self.store(*field));
        } else if !ty.fields().is_empty() {
            self.value(ty, depth);
            self.struct_op("Unpack", ty);
            ty.fields().iter().rev().for_each(|(_, field)| self.store(*field));
        } else {
            self.value(ty, depth);
            self.store(ty);
        }
    }

    fn change_vector(&mut self, depth: u32) {
        let vectors: Vec<Ty> = self.active.iter().copied().filter(|ty| ty.element().is_some()).collect();
        if vectors.is_empty() {
            return;
        }
        let vector = self.random.pick(&vectors);
        let element = vector.element().unwrap();
        let push = self.random.one_in(2);
        let pop = self.random.one_in(3);
        if push || (pop && !self.risky()) {
            let spare = self.spare(element, depth);
            if !self.reference(vector, true, 2, false) {
                return;
            }
            match spare {
                Some(local) => self.op(&format!("CopyLoc {local}")),
                None => self.literal(element, 1),
            }
            self.op(&format!("VecPushBack ({})", element.text()));
            if !pop {
                return;
            }
        }
        // Careful bodies take from the same place that they have added to.
        let Some(at) = self.position(vector) else { return };
        self.kinds.insert("references");
        if pop && !self.risky() {
            self.literal(vector, 1);
            self.op(&format!("StLoc {at}"));
            self.op(&format!("MutBorrowLoc {at}"));
            self.literal(element, 1);
            self.op(&format!("VecPushBack ({})", element.text()));
        }
        if pop && !self.careful && self.random.one_in(2) && self.reference(vector, true, 2, false) {
            self.op(&format!("VecPopBack ({})", element.text()));
            return self.store(element);
        }
        if pop {
            self.op(&format!("MutBorrowLoc {at}"));
            self.op(&format!("VecPopBack ({})", element.text()));
            return self.store(element);
        }
        if self.random.one_in(4) {
            let (position, length, to) = if self.risky() {
                (self.random.below(3), self.random.below(3), self.random.below(2))
            } else {
                (0, 1, 0)
            };
            self.kinds.insert("generics");
            self.op(&format!("MutBorrowLoc {at}"));
            self.load(Ty::U64, position);
            self.load(Ty::U64, length);
            self.op(&format!("MutBorrowLoc {}", at + 1));
            self.load(Ty::U64, to);
            self.op(&format!("CallGeneric 0x1::vector::move_range<{}>", element.text()));
            if self.careful {
                self.literal(vector, 1);
                self.op(&format!("StLoc {at}"));
            }
            return;
        }
        if self.reference(vector, true, 2, false) {
            self.index();
            self.index();
            self.op(&format!("VecSwap ({})", element.text()));
        }
    }

    fn label(&mut self) -> String {
        self.labels += 1;
        format!("l{}", self.labels)
    }

    fn at_label(&mut self, label: &str) {
        let _ = writeln!(self.text, "  {label}: Nop");
    }

    pub(crate) fn statement(&mut self, nested: u32) {
        match self.random.below(16) {
            0..=2 if nested > 0 => self.choice(nested),
            3 | 4 if nested > 1 && self.loops < LOOPS_MAX => self.repeat(nested),
            5 | 6 => self.through_reference(nested),
            7 | 8 => self.storage(),
            9 if self.random.one_in(if self.careful { 25 } else { 6 }) => self.abort(),
            10 => self.known_variant(),
            _ => self.straight(3),
        }
    }

    fn choice(&mut self, nested: u32) {
        let (other, end) = (self.label(), self.label());
        self.value(Ty::Bool, 2);
        let branch = self.random.pick(&["BrFalse", "BrTrue"]);
        self.op(&format!("{branch} {other}"));
        self.statement(nested - 1);
        if self.random.one_in(3) {
            self.at_label(&other);
            return;
        }
        self.op(&format!("Branch {end}"));
        self.at_label(&other);
        self.statement(nested - 1);
        self.at_label(&end);
    }

    fn repeat(&mut self, nested: u32) {
        self.kinds.insert("loops");
        let (head, end) = (self.label(), self.label());
        let counter = self.counter(self.loops);
        self.loops += 1;
        let rounds = 1 + self.random.below(4);
        self.load(Ty::U64, 0);
        self.op(&format!("StLoc {counter}"));
        self.at_label(&head);
        self.op(&format!("CopyLoc {counter}"));
        self.load(Ty::U64, rounds);
        self.op("Lt");
        self.op(&format!("BrFalse {end}"));
        self.statement(nested - 2);
        if self.random.one_in(3) {
            self.value(Ty::Bool, 1);
            self.op(&format!("BrTrue {end}"));
        }
        self.statement(nested - 1);
        self.op(&format!("MoveLoc {counter}"));
        self.load(Ty::U64, 1);
        self.op("Add");
        self.op(&format!("StLoc {counter}"));
        self.op(&format!("Branch {head}"));
        self.at_label(&end);
        self.loops -= 1;
    }

    /// A reference lives in a local for a while, across whatever stands in between.
    fn through_reference(&mut self, nested: u32) {
        let ty = self.random.pick(&self.active.clone());
        let Some(at) = self.position(ty).filter(|_| !self.references_taken && ty != Ty::Fun) else {
            return self.straight(2);
        };
        self.references_taken = true;
        self.kinds.insert("references");
        let (target, mutable) = (at + 2, self.reference_local(ty, true));
        self.op(&format!("MutBorrowLoc {target}"));
        self.op(&format!("StLoc {mutable}"));
        for _ in 0..=self.random.below(3) {
            match self.random.below(5) {
                0 => {
                    self.value(ty, 2);
                    self.op(&format!("CopyLoc {mutable}"));
                    self.op("WriteRef");
                }
                4 if ty.element().is_some() => self.vector_through(ty, mutable),
                1 => {
                    self.op(&format!("CopyLoc {mutable}"));
                    self.op("ReadRef");
                    self.store(ty);
                }
                2 => {
                    let fixed = self.reference_local(ty, false);
                    self.op(&format!("CopyLoc {mutable}"));
                    self.op("FreezeRef");
                    self.op(&format!("StLoc {fixed}"));
                    if nested > 0 {
                        self.statement(nested - 1);
                    }
                    self.op(&format!("CopyLoc {fixed}"));
                    self.op("ReadRef");
                    self.store(ty);
                    self.op(&format!("MoveLoc {fixed}"));
                    self.op("Pop");
                }
                _ if nested > 0 => self.statement(nested - 1),
                _ => self.straight(1),
            }
        }
        self.op(&format!("MoveLoc {mutable}"));
        self.op("Pop");
        self.references_taken = false;
    }

    /// Adds to a vector behind a reference, looks at it and takes away again.
    fn vector_through(&mut self, vector: Ty, reference: u64) {
        let element = vector.element().unwrap();
        let text = element.text();
        self.op(&format!("CopyLoc {reference}"));
        self.literal(element, 1);
        self.op(&format!("VecPushBack ({text})"));
        self.op(&format!("CopyLoc {reference}"));
        self.load(Ty::U64, 0);
        self.op(&format!("VecImmBorrow ({text})"));
        self.op("ReadRef");
        self.store(element);
        if self.random.one_in(2) {
            self.op(&format!("CopyLoc {reference}"));
            self.load(Ty::U64, 0);
            self.load(Ty::U64, 0);
            self.op(&format!("VecSwap ({text})"));
        }
        if self.random.one_in(2) {
            self.op(&format!("CopyLoc {reference}"));
            self.op(&format!("VecPopBack ({text})"));
            self.store(element);
        }
    }

    fn storage(&mut self) {
        let ty = self.random.pick(&[Ty::R, Ty::G]);
        let name = if ty == Ty::R { "R" } else { "G" };
        // The signer's own address, whose resources come and go.
        let address = ADDRESSES[0];
        let guarded = !self.risky();
        let end = self.label();
        let put = self.random.one_in(2);
        if guarded {
            self.op(&format!("LdConst address {address}"));
            self.struct_op("Exists", ty);
            self.op(&format!("{} {end}", if put { "BrTrue" } else { "BrFalse" }));
        }
        if put {
            self.op("CopyLoc 0");
            for (_, field) in ty.fields() {
                self.value(*field, 1);
            }
            self.struct_op("Pack", ty);
            self.struct_op("MoveTo", ty);
        } else {
            self.op(&format!("LdConst address {address}"));
            self.acquires.insert(name);
            self.struct_op("MoveFrom", ty);
            self.struct_op("Unpack", ty);
            ty.fields().iter().rev().for_each(|(_, field)| self.store(*field));
        }
        if guarded {
            self.at_label(&end);
        }
    }

    fn abort(&mut self) {
        let end = self.label();
        self.value(Ty::Bool, 1);
        self.op(&format!("BrFalse {end}"));
        self.value(Ty::U64, 1);
        if self.random.one_in(2) {
            self.op("Abort");
        } else {
            self.value(Ty::Bytes, 1);
            self.op("AbortMsg");
        }
        self.at_label(&end);
    }

    /// A field of a variant that is known to be there.
    fn known_variant(&mut self) {
        let enums: Vec<Ty> = self.active.iter().copied().filter(|ty| ty.is_enum()).collect();
        if enums.is_empty() {
            return self.straight(2);
        }
        let ty = self.random.pick(&enums);
        let (field, variant, field_ty) = self.random.pick(ty.variant_fields());
        let Some((_, fields)) = ty.variants().iter().find(|(name, _)| *name == variant) else { return };
        let Some(local) = self.local(ty) else { return };
        fields.iter().for_each(|field| self.leaf(*field));
        self.variant_op("PackVariant", ty, variant);
        self.op(&format!("StLoc {local}"));
        let generic = if ty.is_generic() { "Generic" } else { "" };
        if self.random.one_in(2) {
            self.leaf(field_ty);
            self.op(&format!("MutBorrowLoc {local}"));
            self.op(&format!("MutBorrowVariantField{generic} {}/{field}", ty.text()));
            self.op("WriteRef");
        }
        self.op(&format!("ImmBorrowLoc {local}"));
        self.op(&format!("ImmBorrowVariantField{generic} {}/{field}", ty.text()));
        self.op("ReadRef");
        self.store(field_ty);
    }
}

/// A type as the target of a reference.
fn part(ty: Ty) -> &'static str {
    if ty == Ty::Fun { "u64" } else { ty.text() }
}

fn greatest(ty: Ty) -> String {
    match (ty.is_signed(), ty.bits()) {
        (false, 8) => u8::MAX.to_string(),
        (false, 16) => u16::MAX.to_string(),
        (false, 32) => u32::MAX.to_string(),
        (false, 64) => u64::MAX.to_string(),
        (false, 128) => u128::MAX.to_string(),
        (false, _) => "115792089237316195423570985008687907853269984665640564039457584007913129639935".to_owned(),
        (true, 8) => i8::MAX.to_string(),
        (true, 16) => i16::MAX.to_string(),
        (true, 32) => i32::MAX.to_string(),
        (true, 64) => i64::MAX.to_string(),
        (true, 128) => i128::MAX.to_string(),
        (true, _) => "57896044618658097711785492504343953926634992332820282019728792003956564819967".to_owned(),
    }
}

fn least(ty: Ty) -> String {
    match ty.bits() {
        8 => i8::MIN.to_string(),
        16 => i16::MIN.to_string(),
        32 => i32::MIN.to_string(),
        64 => i64::MIN.to_string(),
        128 => i128::MIN.to_string(),
        _ => "-57896044618658097711785492504343953926634992332820282019728792003956564819968".to_owned(),
    }
}
