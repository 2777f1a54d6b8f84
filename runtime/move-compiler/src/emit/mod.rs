//! Three-address code to stack code.
//!
//! Within a block, results that are used once, in order, stay on the operand stack: instructions become
//! trees ([`trees`]). Everything else lives in locals, which are shared where their lives do not overlap
//! ([`slots`]).

mod builder;
mod coalesce;
mod module;
mod slots;
mod trees;
mod webs;

pub(crate) use module::{ModuleCode, acquires, module, module_unit, modules_used, script, script_unit};

use crate::{
    ast::BinOp,
    flow::{cfg, live},
    ir::{Function, Instr, Mode, Op, Src, Temp, Term, VectorOp},
    source::Span,
    source_map::FunctionMap,
    types::{IntTy, Ty, Value},
};
use builder::Tables;
use move_binary_format::file_format::{Bytecode, CodeUnit};
use std::collections::BTreeSet;
use trees::{Child, Node};

/// Why a function has no code: what limit it exceeds.
#[derive(Debug)]
pub(crate) struct TooLarge(pub(crate) String);

/// Removes needless work from a checked function.
pub(crate) fn optimize(function: &mut Function) {
    webs::split(function);
    coalesce::join(function);
    webs::split(function);
}

/// Prepares a checked function for emission: references die where they are last used on every path.
pub(crate) fn prepare(function: &mut Function) {
    cfg::split_edges(function);
    let live = live::analyse(function);
    let predecessors = cfg::predecessors(function);
    let mut borrowed: BTreeSet<Temp> = BTreeSet::new();
    for instr in function.blocks.iter().flat_map(|block| &block.instrs) {
        if let Op::BorrowLocal(_, temp) = instr.op {
            borrowed.insert(temp);
        }
    }
    for (id, before) in predecessors.iter().enumerate() {
        let [before] = before.as_slice() else { continue };
        if function.blocks[*before].successors().len() < 2
            || matches!(function.blocks[id].term, Term::Abort(_) | Term::AbortMsg(..))
        {
            continue;
        }
        let mut dead: Vec<Temp> = Vec::new();
        for temp in live.live_out[*before].iter() {
            if !live.live_in[id].has(temp) && function.temps[temp as usize].ty.is_ref() {
                dead.push(temp);
            }
        }
        if dead.is_empty() || harmless(function, id, &borrowed) {
            continue;
        }
        let (span, site) = (function.blocks[id].span, function.blocks[id].site);
        let drops = dead.into_iter().map(|temp| Instr {
            op: Op::Drop,
            dsts: Vec::new(),
            srcs: vec![Src { temp, mode: Mode::Move }],
            span,
            site,
        });
        function.blocks[id].instrs.splice(0..0, drops);
    }
    cfg::simplify(function);
    cfg::rotate(function);
}

/// Whether a block leaves the function without anything that a stale reference could disturb.
fn harmless(function: &Function, id: usize, borrowed: &BTreeSet<Temp>) -> bool {
    let block = &function.blocks[id];
    // What a stale reference points into can be neither read nor moved.
    let touched = block
        .instrs
        .iter()
        .flat_map(|instr| &instr.srcs)
        .chain(block.term_srcs().iter())
        .any(|src| borrowed.contains(&src.temp));
    if touched {
        return false;
    }
    let quiet = block.instrs.iter().all(|instr| {
        matches!(instr.op, Op::Const(_) | Op::Binary(_) | Op::Not | Op::Negate | Op::Cast(_))
            || matches!(instr.op, Op::Assign)
                && instr
                    .dsts
                    .iter()
                    .chain(instr.srcs.iter().map(|src| &src.temp))
                    .all(|temp| function.temps[*temp as usize].ty.is_primitive())
    });
    let ends = match &block.term {
        Term::Ret(srcs) => srcs.iter().all(|src| function.temps[src.temp as usize].ty.is_primitive()),
        Term::Abort(_) | Term::AbortMsg(..) => true,
        Term::Jump(_) | Term::Branch(..) | Term::None => false,
    };
    quiet
        && ends
        && block.instrs.iter().all(|instr| instr.dsts.iter().all(|dst| function.temps[*dst as usize].name.is_none()))
}

struct Emitter<'a, 't> {
    function: &'a Function,
    tables: &'a mut Tables<'t>,
    slots: slots::Slots,
    code: Vec<Bytecode>,
    map: FunctionMap,
    last_span: Option<(Span, u32)>,
    uses: Vec<u32>,
}

/// Emits a function's code.
pub(crate) fn emit(function: &Function, tables: &mut Tables<'_>) -> Result<(CodeUnit, FunctionMap), TooLarge> {
    let info = trees::Info::of(function);
    let forests: Vec<trees::Forest> = (0..function.blocks.len()).map(|id| trees::build(function, &info, id)).collect();
    let slots = slots::assign(function, &forests, &info)?;
    let uses = info.uses;
    let mut emitter =
        Emitter { function, tables, slots, code: Vec::new(), map: FunctionMap::default(), last_span: None, uses };
    emitter.run(&forests)?;
    let Emitter { slots, code, mut map, tables, .. } = emitter;
    if code.len() > usize::from(u16::MAX) {
        return Err(TooLarge(format!("it has {} instructions, at most 65535 are possible", code.len())));
    }
    let types: Vec<Ty> = slots.locals.iter().map(|(ty, _, _)| ty.clone()).collect();
    let locals = tables.signature(&types);
    map.locals = slots.locals.iter().map(|(_, name, span)| (name.clone(), *span)).collect();
    Ok((CodeUnit { locals, code }, map))
}

impl Emitter<'_, '_> {
    fn run(&mut self, forests: &[trees::Forest]) -> Result<(), TooLarge> {
        let function = self.function;
        let mut starts: Vec<usize> = Vec::new();
        let mut fixups: Vec<(usize, usize)> = Vec::new();
        for (id, forest) in forests.iter().enumerate() {
            starts.push(self.code.len());
            for root in &forest.roots {
                self.root(root);
            }
            let block = &function.blocks[id];
            self.terminator(&block.term, &forest.term, id, block.span, block.site, &mut fixups);
            if self.code.len() > 200_000 {
                return Err(TooLarge("it has too many instructions".into()));
            }
        }
        for (at, target) in fixups {
            let offset = u16::try_from(starts[target]).map_err(|_| {
                TooLarge(format!("it has {} instructions, at most 65535 are possible", self.code.len()))
            })?;
            match &mut self.code[at] {
                Bytecode::Branch(to) | Bytecode::BrTrue(to) | Bytecode::BrFalse(to) => *to = offset,
                _ => {}
            }
        }
        Ok(())
    }

    fn put(&mut self, code: Bytecode, span: Span, site: u32) {
        if self.last_span != Some((span, site)) {
            self.last_span = Some((span, site));
            let offset = u16::try_from(self.code.len()).unwrap_or(u16::MAX);
            self.map.code.insert(offset, span);
            let mut chain = Vec::new();
            let mut at = site;
            while at != 0 {
                let (span, outer) = self.function.inlined[at as usize];
                chain.push(span);
                at = outer;
            }
            if !chain.is_empty() {
                self.map.inlined_at.insert(offset, chain);
            }
        }
        self.code.push(code);
    }

    fn load(&mut self, src: Src, span: Span, site: u32) {
        let slot = self.slots.slot(src.temp);
        let code = if src.mode == Mode::Move { Bytecode::MoveLoc(slot) } else { Bytecode::CopyLoc(slot) };
        self.put(code, span, site);
    }

    fn root(&mut self, node: &Node) {
        let instr = &node.instr;
        if let (Op::Assign, [dst], [Child::Leaf(src)]) = (&instr.op, instr.dsts.as_slice(), node.children.as_slice())
            && self.slots.slot_of(*dst) == self.slots.slot_of(src.temp)
            && self.slots.slot_of(*dst).is_some()
        {
            return;
        }
        self.node(node);
        for dst in instr.dsts.iter().rev() {
            if self.uses[*dst as usize] == 0 {
                self.put(Bytecode::Pop, instr.span, instr.site);
            } else {
                let slot = self.slots.slot(*dst);
                self.put(Bytecode::StLoc(slot), instr.span, instr.site);
            }
        }
    }

    fn children(&mut self, node_span: Span, site: u32, children: &[Child]) {
        for child in children {
            match child {
                Child::Leaf(src) => self.load(*src, node_span, site),
                Child::Const(value) => {
                    let code = self.constant(value);
                    self.put(code, node_span, site);
                }
                Child::Tree(node) => self.node(node),
                Child::Stmts(nodes) => nodes.iter().for_each(|node| self.root(node)),
            }
        }
    }

    fn node(&mut self, node: &Node) {
        let Instr { op, span, site, .. } = &node.instr;
        self.children(*span, *site, &node.children);
        if let Some(code) = self.operation(op, &node.instr) {
            self.put(code, *span, *site);
        }
    }

    fn operation(&mut self, op: &Op, instr: &Instr) -> Option<Bytecode> {
        Some(match op {
            Op::Assign => return None,
            Op::Drop => Bytecode::Pop,
            Op::Const(value) => self.constant(value),
            Op::Call(callee, targs) => self.tables.call(*callee, targs),
            Op::Pack(id, variant, targs) => {
                if self.tables.is_empty_struct(*id) {
                    self.put(Bytecode::LdFalse, instr.span, instr.site);
                }
                self.tables.pack(*id, *variant, targs)
            }
            Op::Unpack(id, variant, targs) => {
                let code = self.tables.unpack(*id, *variant, targs);
                if self.tables.is_empty_struct(*id) {
                    self.put(code, instr.span, instr.site);
                    Bytecode::Pop
                } else {
                    code
                }
            }
            Op::VecPack(element) => {
                let signature = self.tables.signature(std::slice::from_ref(element));
                Bytecode::VecPack(signature, instr.srcs.len() as u64)
            }
            Op::Vector(op, element) => {
                let signature = self.tables.signature(std::slice::from_ref(element));
                match op {
                    VectorOp::Length => Bytecode::VecLen(signature),
                    VectorOp::Borrow(false) => Bytecode::VecImmBorrow(signature),
                    VectorOp::Borrow(true) => Bytecode::VecMutBorrow(signature),
                    VectorOp::PushBack => Bytecode::VecPushBack(signature),
                    VectorOp::PopBack => Bytecode::VecPopBack(signature),
                    VectorOp::Swap => Bytecode::VecSwap(signature),
                    VectorOp::DestroyEmpty => Bytecode::VecUnpack(signature, 0),
                }
            }
            Op::BorrowLocal(mutable, temp) => {
                let slot = self.slots.slot(*temp);
                if *mutable { Bytecode::MutBorrowLoc(slot) } else { Bytecode::ImmBorrowLoc(slot) }
            }
            Op::BorrowField(mutable, id, variants, field, targs) => {
                self.tables.borrow_field(*mutable, *id, variants, *field, targs)
            }
            Op::TestVariant(id, variant, targs) => self.tables.test_variant(*id, *variant, targs),
            Op::ReadRef => Bytecode::ReadRef,
            Op::WriteRef => Bytecode::WriteRef,
            Op::Freeze => Bytecode::FreezeRef,
            Op::Not => Bytecode::Not,
            Op::Negate => Bytecode::Negate,
            Op::Binary(op) => binary(*op),
            Op::Cast(int) => cast(*int),
            Op::MoveTo(id, targs) => self.tables.storage(builder::Storage::MoveTo, *id, targs),
            Op::MoveFrom(id, targs) => self.tables.storage(builder::Storage::MoveFrom, *id, targs),
            Op::BorrowGlobal(mutable, id, targs) => {
                let op = if *mutable { builder::Storage::BorrowMut } else { builder::Storage::Borrow };
                self.tables.storage(op, *id, targs)
            }
            Op::Exists(id, targs) => self.tables.storage(builder::Storage::Exists, *id, targs),
            Op::PackClosure(callee, targs, mask) => self.tables.pack_closure(*callee, targs, *mask),
            Op::CallClosure(fun) => {
                let signature = self.tables.signature(&[Ty::Fun(fun.clone())]);
                Bytecode::CallClosure(signature)
            }
        })
    }

    fn constant(&mut self, value: &Value) -> Bytecode {
        match value {
            Value::Bool(true) => Bytecode::LdTrue,
            Value::Bool(false) => Bytecode::LdFalse,
            Value::Int(negative, magnitude, ty) => integer(*negative, *magnitude, *ty),
            Value::Vector(element, values) if values.is_empty() => {
                Bytecode::VecPack(self.tables.signature(std::slice::from_ref(element)), 0)
            }
            Value::Bytes(bytes) if bytes.is_empty() => Bytecode::VecPack(self.tables.signature(&[Ty::u8()]), 0),
            Value::Address(_) | Value::Bytes(_) | Value::Vector(..) => self.tables.load_constant(value),
        }
    }

    fn terminator(
        &mut self,
        term: &Term,
        children: &[Child],
        id: usize,
        span: Span,
        site: u32,
        fixups: &mut Vec<(usize, usize)>,
    ) {
        let next = id + 1;
        match term {
            Term::Jump(to) => {
                if *to != next {
                    fixups.push((self.code.len(), *to));
                    self.put(Bytecode::Branch(0), span, site);
                }
            }
            Term::Branch(_, yes, no) => {
                // `!c` only swaps the targets.
                let (children, yes, no) = match children {
                    [Child::Tree(node)] if matches!(node.instr.op, Op::Not) => (node.children.as_slice(), *no, *yes),
                    other => (other, *yes, *no),
                };
                self.children(span, site, children);
                if yes == next {
                    fixups.push((self.code.len(), no));
                    self.put(Bytecode::BrFalse(0), span, site);
                } else {
                    fixups.push((self.code.len(), yes));
                    self.put(Bytecode::BrTrue(0), span, site);
                    if no != next {
                        fixups.push((self.code.len(), no));
                        self.put(Bytecode::Branch(0), span, site);
                    }
                }
            }
            Term::Ret(_) => {
                self.children(span, site, children);
                self.put(Bytecode::Ret, span, site);
            }
            Term::Abort(_) => {
                self.children(span, site, children);
                self.put(Bytecode::Abort, span, site);
            }
            Term::AbortMsg(..) => {
                self.children(span, site, children);
                self.put(Bytecode::AbortMsg, span, site);
            }
            Term::None => {}
        }
    }
}

fn binary(op: BinOp) -> Bytecode {
    match op {
        BinOp::Or => Bytecode::Or,
        BinOp::And => Bytecode::And,
        BinOp::Eq => Bytecode::Eq,
        BinOp::Neq => Bytecode::Neq,
        BinOp::Lt => Bytecode::Lt,
        BinOp::Gt => Bytecode::Gt,
        BinOp::Le => Bytecode::Le,
        BinOp::Ge => Bytecode::Ge,
        BinOp::BitOr => Bytecode::BitOr,
        BinOp::Xor => Bytecode::Xor,
        BinOp::BitAnd => Bytecode::BitAnd,
        BinOp::Shl => Bytecode::Shl,
        BinOp::Shr => Bytecode::Shr,
        BinOp::Add => Bytecode::Add,
        BinOp::Sub => Bytecode::Sub,
        BinOp::Mul => Bytecode::Mul,
        BinOp::Div => Bytecode::Div,
        BinOp::Mod => Bytecode::Mod,
    }
}

fn cast(int: IntTy) -> Bytecode {
    match int {
        IntTy::U8 => Bytecode::CastU8,
        IntTy::U16 => Bytecode::CastU16,
        IntTy::U32 => Bytecode::CastU32,
        IntTy::U64 => Bytecode::CastU64,
        IntTy::U128 => Bytecode::CastU128,
        IntTy::U256 => Bytecode::CastU256,
        IntTy::I8 => Bytecode::CastI8,
        IntTy::I16 => Bytecode::CastI16,
        IntTy::I32 => Bytecode::CastI32,
        IntTy::I64 => Bytecode::CastI64,
        IntTy::I128 => Bytecode::CastI128,
        IntTy::I256 => Bytecode::CastI256,
    }
}

fn integer(negative: bool, magnitude: ruint::aliases::U256, ty: IntTy) -> Bytecode {
    let raw = if negative { magnitude.wrapping_neg() } else { magnitude };
    let bytes: [u8; 32] = raw.to_le_bytes();
    let low = u128::from_le_bytes(bytes[..16].try_into().unwrap_or([0; 16]));
    match ty {
        IntTy::U8 => Bytecode::LdU8(low as u8),
        IntTy::U16 => Bytecode::LdU16(low as u16),
        IntTy::U32 => Bytecode::LdU32(low as u32),
        IntTy::U64 => Bytecode::LdU64(low as u64),
        IntTy::U128 => Bytecode::LdU128(low),
        IntTy::U256 => Bytecode::LdU256(move_core_types::U256::from_le_bytes(bytes)),
        IntTy::I8 => Bytecode::LdI8((low as u8).cast_signed()),
        IntTy::I16 => Bytecode::LdI16((low as u16).cast_signed()),
        IntTy::I32 => Bytecode::LdI32((low as u32).cast_signed()),
        IntTy::I64 => Bytecode::LdI64((low as u64).cast_signed()),
        IntTy::I128 => Bytecode::LdI128(low.cast_signed()),
        IntTy::I256 => Bytecode::LdI256(move_core_types::I256::from_le_bytes(bytes)),
    }
}
