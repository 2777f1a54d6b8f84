//! The loop: one match over micro-ops, nothing in it that allocates or calls out.
//!
//! Whatever is cold leaves the loop with [`Exit::Cold`] and is done by the machine around it, which then comes back.
//! Frame slots are inside the stack because the call op checks the callee's frame size; references are checked at
//! every access, so that wrong code can harm nothing but the memory of its own call.

use crate::lower::op::{Op, Pc};

/// Why the loop was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// The op at `pc` is for the machine.
    Cold,
    /// The outermost function returned.
    Done,
    OutOfGas,
    Arithmetic,
    /// A vector error with this sub-status.
    Vector(u64),
    Variant,
    Memory,
    CallDepth,
    /// A reference or op that verified code cannot make.
    Bad,
    /// Beyond what lowered code can hold: run the call on the plain interpreter.
    GiveUp,
}

/// A caller waiting for its callee.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Caller {
    /// Where to go on; the call stands one before.
    pub(super) back: Pc,
    pub(super) base: u16,
    pub(super) height: u16,
}

/// Calls below the current one.
pub(super) const CALL_DEPTH_MAX: usize = 1024;
/// Operands of a call chain.
const OPERANDS_MAX: u32 = 1024;
/// Words of the stack, at the start of memory.
pub(super) const STACK_WORDS: usize = 1 << 19;

/// The registers of the machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Registers {
    pub(super) pc: Pc,
    pub(super) fp: usize,
    pub(super) gas: u64,
    pub(super) memory: u64,
    pub(super) height: u32,
    pub(super) depth: usize,
}

/// What the loop works on.
pub(super) struct Tables<'t> {
    pub(super) ops: &'t [Op],
    pub(super) pool: &'t [u64],
    pub(super) callers: &'t mut [Caller],
    /// Per resource of the call: whether it was written to.
    pub(super) dirty: &'t mut [bool],
}

const UPPER: u64 = 0xffff_ffff_0000_0000;

#[inline(always)]
fn word(reference: u64, offset: u32) -> usize {
    ((reference as u32) as usize).wrapping_add(offset as usize) >> 3
}

/// Runs until something is not for the loop.
pub(super) fn run(registers: &mut Registers, memory: &mut [u64], tables: &mut Tables<'_>) -> Exit {
    let Registers { mut pc, mut fp, mut gas, memory: mut quota, mut height, mut depth } = *registers;
    let ops = tables.ops;
    let exit = 'run: {
        macro_rules! get {
            ($slot:expr) => {
                memory[fp.wrapping_add($slot as usize)]
            };
        }
        macro_rules! set {
            ($slot:expr, $value:expr) => {{
                let value = $value;
                memory[fp.wrapping_add($slot as usize)] = value;
            }};
        }
        macro_rules! stop {
            ($exit:expr) => {
                break 'run $exit
            };
        }
        macro_rules! checked {
            ($d:expr, $value:expr) => {
                match $value {
                    Some(value) => memory[fp.wrapping_add($d as usize)] = value,
                    None => stop!(Exit::Arithmetic),
                }
            };
        }
        macro_rules! jump_if {
            ($condition:expr, $to:expr) => {
                if $condition {
                    pc = $to;
                    continue;
                }
            };
        }
        macro_rules! read {
            ($index:expr) => {
                match memory.get($index) {
                    Some(word) => *word,
                    None => stop!(Exit::Bad),
                }
            };
        }
        macro_rules! write {
            ($index:expr, $value:expr) => {
                match memory.get_mut($index) {
                    Some(word) => *word = $value,
                    None => stop!(Exit::Bad),
                }
            };
        }
        macro_rules! touch {
            ($reference:expr) => {
                let tag = ($reference >> 32) as usize;
                if tag != 0 {
                    match tables.dirty.get_mut(tag - 1) {
                        Some(dirty) => *dirty = true,
                        None => stop!(Exit::Bad),
                    }
                }
            };
        }
        macro_rules! load_part {
            ($d:expr, $r:expr, $offset:expr, $mask:expr) => {{
                let at = (get!($r) as u32).wrapping_add($offset);
                let found = read!((at >> 3) as usize) >> ((at & 7) * 8) & $mask;
                set!($d, found);
            }};
        }
        macro_rules! store_part {
            ($r:expr, $a:expr, $offset:expr, $mask:expr) => {{
                let reference = get!($r);
                let value = get!($a) & $mask;
                let at = (reference as u32).wrapping_add($offset);
                let shift = (at & 7) * 8;
                let index = (at >> 3) as usize;
                let old = read!(index);
                write!(index, old & !($mask << shift) | value << shift);
                touch!(reference);
            }};
        }
        macro_rules! quad {
            ($slot:expr) => {{
                let at = fp + $slot as usize;
                let words = &memory[at..at + 4];
                [words[0], words[1], words[2], words[3]]
            }};
        }
        macro_rules! set_quad {
            ($slot:expr, $value:expr) => {{
                let value: [u64; 4] = $value;
                let at = fp + $slot as usize;
                memory[at..at + 4].copy_from_slice(&value);
            }};
        }
        macro_rules! pair {
            ($slot:expr) => {
                u128::from(get!($slot)) | u128::from(get!($slot + 1)) << 64
            };
        }
        macro_rules! set_pair {
            ($slot:expr, $value:expr) => {{
                let value: u128 = $value;
                set!($slot, value as u64);
                set!($slot + 1, (value >> 64) as u64);
            }};
        }
        macro_rules! checked_pair {
            ($d:expr, $value:expr) => {
                match $value {
                    Some(value) => set_pair!($d, value),
                    None => stop!(Exit::Arithmetic),
                }
            };
        }
        macro_rules! checked_quad {
            ($d:expr, $value:expr) => {
                match $value {
                    Some(value) => set_quad!($d, value),
                    None => stop!(Exit::Arithmetic),
                }
            };
        }
        macro_rules! part_of {
            ($start:expr, $index:expr, $bytes:expr) => {{
                // Elements of 1, 2 or 4 bytes do not cross words.
                let at = ($start as u32 as u64) + $index * u64::from($bytes);
                let mask = (1u64 << (u32::from($bytes) * 8)) - 1;
                read!((at >> 3) as usize) >> ((at & 7) * 8) & mask
            }};
        }
        loop {
            let Some(op) = ops.get(pc as usize) else { stop!(Exit::Bad) };
            match *op {
                Op::Gas { gas: amount } => match gas.checked_sub(u64::from(amount)) {
                    Some(left) => gas = left,
                    None => stop!(Exit::OutOfGas),
                },
                Op::Jump { to } => {
                    pc = to;
                    continue;
                }
                Op::JumpTrue { a, to } => jump_if!(get!(a) != 0, to),
                Op::JumpFalse { a, to } => jump_if!(get!(a) == 0, to),
                Op::JumpEq { a, b, to } => jump_if!(get!(a) == get!(b), to),
                Op::JumpNe { a, b, to } => jump_if!(get!(a) != get!(b), to),
                Op::JumpLt { a, b, to } => jump_if!(get!(a) < get!(b), to),
                Op::JumpLe { a, b, to } => jump_if!(get!(a) <= get!(b), to),
                Op::JumpEqImm { a, imm, to } => jump_if!(get!(a) == u64::from(imm), to),
                Op::JumpNeImm { a, imm, to } => jump_if!(get!(a) != u64::from(imm), to),
                Op::JumpLtImm { a, imm, to } => jump_if!(get!(a) < u64::from(imm), to),
                Op::JumpLeImm { a, imm, to } => jump_if!(get!(a) <= u64::from(imm), to),
                Op::JumpGtImm { a, imm, to } => jump_if!(get!(a) > u64::from(imm), to),
                Op::JumpGeImm { a, imm, to } => jump_if!(get!(a) >= u64::from(imm), to),
                Op::Const { d, imm } => set!(d, imm),
                Op::ConstWords { d, n, at } => {
                    let (from, to) = (at as usize, fp + d as usize);
                    let Some(words) = tables.pool.get(from..from + n as usize) else { stop!(Exit::Bad) };
                    memory[to..to + n as usize].copy_from_slice(words);
                }
                Op::Move { d, a } => set!(d, get!(a)),
                Op::Move2 { d, a } => {
                    let (low, high) = (get!(a), get!(a + 1));
                    set!(d, low);
                    set!(d + 1, high);
                }
                Op::Move4 { d, a } => set_quad!(d, quad!(a)),
                Op::MoveWords { d, a, n } => {
                    let from = fp + a as usize;
                    memory.copy_within(from..from + n as usize, fp + d as usize);
                }
                Op::Zero { d, n } => {
                    let at = fp + d as usize;
                    memory[at..at + n as usize].fill(0);
                }
                Op::Add { d, a, b } => checked!(d, get!(a).checked_add(get!(b))),
                Op::Sub { d, a, b } => checked!(d, get!(a).checked_sub(get!(b))),
                Op::Mul { d, a, b } => checked!(d, get!(a).checked_mul(get!(b))),
                Op::Div { d, a, b } => checked!(d, get!(a).checked_div(get!(b))),
                Op::Mod { d, a, b } => checked!(d, get!(a).checked_rem(get!(b))),
                Op::AddImm { d, a, imm } => checked!(d, get!(a).checked_add(imm)),
                Op::SubImm { d, a, imm } => checked!(d, get!(a).checked_sub(imm)),
                Op::MulImm { d, a, imm } => checked!(d, get!(a).checked_mul(imm)),
                Op::DivImm { d, a, imm } => checked!(d, get!(a).checked_div(imm)),
                Op::ModImm { d, a, imm } => checked!(d, get!(a).checked_rem(imm)),
                Op::AddNarrow { d, a, b, bits } => {
                    let sum = get!(a).wrapping_add(get!(b));
                    checked!(d, (sum >> (bits & 63) == 0).then_some(sum));
                }
                Op::MulNarrow { d, a, b, bits } => {
                    let product = get!(a).wrapping_mul(get!(b));
                    checked!(d, (product >> (bits & 63) == 0).then_some(product));
                }
                Op::And { d, a, b } => set!(d, get!(a) & get!(b)),
                Op::Or { d, a, b } => set!(d, get!(a) | get!(b)),
                Op::Xor { d, a, b } => set!(d, get!(a) ^ get!(b)),
                Op::AndImm { d, a, imm } => set!(d, get!(a) & imm),
                Op::OrImm { d, a, imm } => set!(d, get!(a) | imm),
                Op::XorImm { d, a, imm } => set!(d, get!(a) ^ imm),
                Op::Shl { d, a, b, bits } => {
                    let amount = get!(b);
                    if amount >= u64::from(bits) {
                        stop!(Exit::Arithmetic);
                    }
                    set!(d, get!(a) << amount & (u64::MAX >> (64 - u32::from(bits))));
                }
                Op::Shr { d, a, b, bits } => {
                    let amount = get!(b);
                    if amount >= u64::from(bits) {
                        stop!(Exit::Arithmetic);
                    }
                    set!(d, get!(a) >> amount);
                }
                Op::ShlImm { d, a, imm, bits } => {
                    set!(d, get!(a) << (imm & 63) & (u64::MAX >> ((64 - u32::from(bits)) & 63)));
                }
                Op::ShrImm { d, a, imm } => set!(d, get!(a) >> (imm & 63)),
                Op::Not { d, a } => set!(d, u64::from(get!(a) == 0)),
                Op::Eq { d, a, b } => set!(d, u64::from(get!(a) == get!(b))),
                Op::EqImm { d, a, imm } => set!(d, u64::from(get!(a) == imm)),
                Op::Ne { d, a, b } => set!(d, u64::from(get!(a) != get!(b))),
                Op::Lt { d, a, b } => set!(d, u64::from(get!(a) < get!(b))),
                Op::Le { d, a, b } => set!(d, u64::from(get!(a) <= get!(b))),
                Op::EqWords { d, a, b, n, negated } => {
                    let (a, b, n) = (fp + a as usize, fp + b as usize, n as usize);
                    let equal = memory[a..a + n] == memory[b..b + n];
                    set!(d, u64::from(equal != negated));
                }
                Op::Narrow { d, a, bits } => {
                    let value = get!(a);
                    checked!(d, (value >> (bits & 63) == 0).then_some(value));
                }
                Op::Add128 { d, a, b } => checked_pair!(d, pair!(a).checked_add(pair!(b))),
                Op::Sub128 { d, a, b } => checked_pair!(d, pair!(a).checked_sub(pair!(b))),
                Op::Mul128 { d, a, b } => checked_pair!(d, super::wide::mul128(pair!(a), pair!(b))),
                Op::Div128 { d, a, b } => checked_pair!(d, super::wide::div128(pair!(a), pair!(b))),
                Op::Mod128 { d, a, b } => checked_pair!(d, super::wide::rem128(pair!(a), pair!(b))),
                Op::Lt128 { d, a, b } => set!(d, u64::from(pair!(a) < pair!(b))),
                Op::Le128 { d, a, b } => set!(d, u64::from(pair!(a) <= pair!(b))),
                Op::Add256 { d, a, b } => checked_quad!(d, super::wide::add256(quad!(a), quad!(b))),
                Op::Sub256 { d, a, b } => checked_quad!(d, super::wide::sub256(quad!(a), quad!(b))),
                Op::Mul256 { d, a, b } => checked_quad!(d, super::wide::mul256(quad!(a), quad!(b))),
                Op::Div256 { d, a, b } => checked_quad!(d, super::wide::div256(quad!(a), quad!(b))),
                Op::Mod256 { d, a, b } => checked_quad!(d, super::wide::rem256(quad!(a), quad!(b))),
                Op::Lt256 { d, a, b } => set!(d, u64::from(super::wide::less256(quad!(a), quad!(b)))),
                Op::Le256 { d, a, b } => set!(d, u64::from(!super::wide::less256(quad!(b), quad!(a)))),
                Op::Lea { d, a } => set!(d, ((fp + a as usize) as u64) << 3),
                Op::Offset { d, r, offset } => {
                    let reference = get!(r);
                    set!(d, reference & UPPER | u64::from((reference as u32).wrapping_add(offset)));
                }
                Op::Load1 { d, r, offset } => load_part!(d, r, offset, 0xff),
                Op::Load2 { d, r, offset } => load_part!(d, r, offset, 0xffff),
                Op::Load4 { d, r, offset } => load_part!(d, r, offset, 0xffff_ffff),
                Op::Load8 { d, r, offset } => {
                    let value = read!(word(get!(r), offset));
                    set!(d, value);
                }
                Op::LoadWords { d, r, n, offset } => {
                    let from = word(get!(r), offset);
                    if memory.get(from..from + n as usize).is_none() {
                        stop!(Exit::Bad);
                    }
                    memory.copy_within(from..from + n as usize, fp + d as usize);
                }
                Op::Store1 { r, a, offset } => store_part!(r, a, offset, 0xff),
                Op::Store2 { r, a, offset } => store_part!(r, a, offset, 0xffff),
                Op::Store4 { r, a, offset } => store_part!(r, a, offset, 0xffff_ffff),
                Op::Store8 { r, a, offset } => {
                    let (reference, value) = (get!(r), get!(a));
                    write!(word(reference, offset), value);
                    touch!(reference);
                }
                Op::StoreWords { r, a, n, offset } => {
                    let reference = get!(r);
                    let to = word(reference, offset);
                    if memory.get(to..to + n as usize).is_none() {
                        stop!(Exit::Bad);
                    }
                    let from = fp + a as usize;
                    memory.copy_within(from..from + n as usize, to);
                    touch!(reference);
                }
                Op::VecLenLocal { d, v } => set!(d, get!(v + 1)),
                Op::VecLen { d, r, offset } => {
                    let length = read!(word(get!(r), offset) + 1);
                    set!(d, length);
                }
                Op::VecGet8Local { d, v, i } => {
                    let index = get!(i);
                    if index >= get!(v + 1) {
                        stop!(Exit::Vector(1));
                    }
                    let value = read!((get!(v) as u32 >> 3) as usize + index as usize);
                    set!(d, value);
                }
                Op::VecGetLocal { d, v, i, bytes } => {
                    let index = get!(i);
                    if index >= get!(v + 1) {
                        stop!(Exit::Vector(1));
                    }
                    let value = part_of!(get!(v), index, bytes);
                    set!(d, value);
                }
                Op::VecGet8 { d, r, i, offset } => {
                    let (header, index) = (word(get!(r), offset), get!(i));
                    if index >= read!(header + 1) {
                        stop!(Exit::Vector(1));
                    }
                    let value = read!((memory[header] as u32 >> 3) as usize + index as usize);
                    set!(d, value);
                }
                Op::VecGet { d, r, i, bytes, offset } => {
                    let (header, index) = (word(get!(r), offset), get!(i));
                    if index >= read!(header + 1) {
                        stop!(Exit::Vector(1));
                    }
                    let value = part_of!(memory[header], index, bytes);
                    set!(d, value);
                }
                Op::VecAtLocal { d, v, i, bytes } => {
                    let index = get!(i);
                    if index >= get!(v + 1) {
                        stop!(Exit::Vector(1));
                    }
                    set!(d, get!(v).wrapping_add(index.wrapping_mul(u64::from(bytes))));
                }
                Op::VecAt { d, r, i, bytes, offset } => {
                    let (reference, index) = (get!(r), get!(i));
                    let header = word(reference, offset);
                    if index >= read!(header + 1) {
                        stop!(Exit::Vector(1));
                    }
                    let at = (memory[header] as u32).wrapping_add((index as u32).wrapping_mul(u32::from(bytes)));
                    set!(d, reference & UPPER | u64::from(at));
                }
                Op::VecPush { r, a, bytes, offset } => {
                    let reference = get!(r);
                    let header = word(reference, offset);
                    let Some([start, length, capacity]) =
                        memory.get(header..header + 3).and_then(|words| words.first_chunk()).copied()
                    else {
                        stop!(Exit::Bad)
                    };
                    if length >= capacity {
                        stop!(Exit::Cold);
                    }
                    match quota.checked_sub(u64::from(bytes)) {
                        Some(left) => quota = left,
                        None => stop!(Exit::Memory),
                    }
                    match put(memory, start, length, bytes, fp + a as usize) {
                        Some(()) => memory[header + 1] = length + 1,
                        None => stop!(Exit::Bad),
                    }
                    touch!(reference);
                }
                Op::VecPushLocal { v, a, bytes } => {
                    let (start, length) = (get!(v), get!(v + 1));
                    if length >= get!(v + 2) {
                        stop!(Exit::Cold);
                    }
                    match quota.checked_sub(u64::from(bytes)) {
                        Some(left) => quota = left,
                        None => stop!(Exit::Memory),
                    }
                    match put(memory, start, length, bytes, fp + a as usize) {
                        Some(()) => set!(v + 1, length + 1),
                        None => stop!(Exit::Bad),
                    }
                }
                Op::VecPop { d, r, bytes, offset } => {
                    let reference = get!(r);
                    let header = word(reference, offset);
                    let (start, length) = (read!(header), read!(header + 1));
                    touch!(reference);
                    if length == 0 {
                        stop!(Exit::Vector(2));
                    }
                    memory[header + 1] = length - 1;
                    match take(memory, start, length - 1, bytes, fp + d as usize) {
                        Some(()) => {}
                        None => stop!(Exit::Bad),
                    }
                }
                Op::VecSwap { r, i, j, bytes, offset } => {
                    let reference = get!(r);
                    let header = word(reference, offset);
                    let (start, length) = (read!(header), read!(header + 1));
                    let (i, j) = (get!(i), get!(j));
                    touch!(reference);
                    if i >= length || j >= length {
                        stop!(Exit::Vector(1));
                    }
                    if swap(memory, start, i, j, bytes).is_none() {
                        stop!(Exit::Bad);
                    }
                }
                Op::CheckTag { a, tag } => {
                    if get!(a) != u64::from(tag) {
                        stop!(Exit::Variant);
                    }
                }
                Op::CheckTags { r, offset, at } => {
                    let tag = read!(word(get!(r), offset));
                    let mask = match tables.pool.get(at as usize + (tag >> 6 & 1) as usize) {
                        Some(mask) => *mask,
                        None => stop!(Exit::Bad),
                    };
                    if tag > 127 || mask >> (tag & 63) & 1 == 0 {
                        stop!(Exit::Variant);
                    }
                }
                Op::Call { base, height: left, reach, slots, to } => {
                    let frame = fp + base as usize;
                    if frame + slots as usize > STACK_WORDS || height + u32::from(reach) > OPERANDS_MAX {
                        stop!(Exit::GiveUp);
                    }
                    if depth >= CALL_DEPTH_MAX {
                        stop!(Exit::CallDepth);
                    }
                    let Some(caller) = tables.callers.get_mut(depth) else { stop!(Exit::Bad) };
                    *caller = Caller { back: pc + 1, base, height: left };
                    depth += 1;
                    height += u32::from(left);
                    fp = frame;
                    pc = to;
                    continue;
                }
                Op::Return { a, n } => {
                    match n {
                        0 => {}
                        1 => memory[fp] = get!(a),
                        _ => {
                            let from = fp + a as usize;
                            memory.copy_within(from..from + n as usize, fp);
                        }
                    }
                    if depth == 0 {
                        stop!(Exit::Done);
                    }
                    depth -= 1;
                    let Some(caller) = tables.callers.get(depth) else { stop!(Exit::Bad) };
                    fp -= caller.base as usize;
                    height -= u32::from(caller.height);
                    pc = caller.back;
                    continue;
                }
                _ => stop!(Exit::Cold),
            }
            pc = pc.wrapping_add(1);
        }
    };
    *registers = Registers { pc, fp, gas, memory: quota, height, depth };
    exit
}

/// Writes an element; `from` is the index of its first word.
#[inline(always)]
pub(super) fn put(memory: &mut [u64], start: u64, index: u64, bytes: u16, from: usize) -> Option<()> {
    if bytes == 8 {
        let value = *memory.get(from)?;
        *memory.get_mut((start as u32 >> 3) as usize + index as usize)? = value;
        return Some(());
    }
    if bytes < 8 {
        let value = *memory.get(from)?;
        let at = u64::from(start as u32) + index * u64::from(bytes);
        let (shift, mask) = ((at & 7) * 8, (1u64 << (u32::from(bytes) * 8)) - 1);
        let word = memory.get_mut((at >> 3) as usize)?;
        *word = *word & !(mask << shift) | (value & mask) << shift;
        return Some(());
    }
    let n = usize::from(bytes >> 3);
    let to = (start as u32 >> 3) as usize + index as usize * n;
    if memory.get(from..from + n).is_none() || memory.get(to..to + n).is_none() {
        return None;
    }
    memory.copy_within(from..from + n, to);
    Some(())
}

/// Reads an element; `to` is the index of its first word.
#[inline(always)]
pub(super) fn take(memory: &mut [u64], start: u64, index: u64, bytes: u16, to: usize) -> Option<()> {
    if bytes < 8 {
        let at = u64::from(start as u32) + index * u64::from(bytes);
        let mask = (1u64 << (u32::from(bytes) * 8)) - 1;
        let value = *memory.get((at >> 3) as usize)? >> ((at & 7) * 8) & mask;
        *memory.get_mut(to)? = value;
        return Some(());
    }
    let n = usize::from(bytes >> 3);
    let from = (start as u32 >> 3) as usize + index as usize * n;
    if memory.get(from..from + n).is_none() || memory.get(to..to + n).is_none() {
        return None;
    }
    memory.copy_within(from..from + n, to);
    Some(())
}

#[inline(always)]
fn swap(memory: &mut [u64], start: u64, i: u64, j: u64, bytes: u16) -> Option<()> {
    if bytes < 8 {
        let mask = (1u64 << (u32::from(bytes) * 8)) - 1;
        let place = |index: u64| {
            let at = u64::from(start as u32) + index * u64::from(bytes);
            ((at >> 3) as usize, (at & 7) * 8)
        };
        let ((word_i, shift_i), (word_j, shift_j)) = (place(i), place(j));
        let one = *memory.get(word_i)? >> shift_i & mask;
        let two = *memory.get(word_j)? >> shift_j & mask;
        let word = memory.get_mut(word_i)?;
        *word = *word & !(mask << shift_i) | two << shift_i;
        let word = memory.get_mut(word_j)?;
        *word = *word & !(mask << shift_j) | one << shift_j;
        return Some(());
    }
    let n = usize::from(bytes >> 3);
    let base = (start as u32 >> 3) as usize;
    let (one, two) = (base + i as usize * n, base + j as usize * n);
    if memory.get(one..one + n).is_none() || memory.get(two..two + n).is_none() {
        return None;
    }
    for k in 0..n {
        memory.swap(one + k, two + k);
    }
    Some(())
}
