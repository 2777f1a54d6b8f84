//! The loop: one match over micro-ops, nothing in it that allocates.
//!
//! Whatever is cold leaves the loop with [`Exit::Cold`] and is done by the machine around it, which then comes back.
//! The current frame is a window of as many words as a slot number can name, so that slots need no check; the call op
//! sees to it that windows lie inside the stack. References are checked at every access, so that wrong code can harm
//! nothing but the memory of its own call.

use super::frame::{Frame, WINDOW};
use super::globals::{HotSlot, Recent, recent_entry};
use super::wide;
use crate::lower::INLINE_DEPTH_MAX;
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
    /// A reference or op that verified code cannot make.
    Bad,
    /// Beyond what lowered code can hold: run the call on the plain interpreter.
    GiveUp,
}

/// A caller waiting for its callee.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    /// Where to go on; the call stands one before.
    pub(super) back: Pc,
    pub(super) base: u16,
    pub(super) height: u16,
}

impl Caller {
    #[inline(always)]
    pub(super) fn pack(self) -> u64 {
        u64::from(self.back) | u64::from(self.base) << 32 | u64::from(self.height) << 48
    }

    #[inline(always)]
    pub(super) fn unpack(word: u64) -> Self {
        Self { back: word as u32, base: (word >> 32) as u16, height: (word >> 48) as u16 }
    }
}

/// What no reference may reach: callers, outermost first, then a few numbers.
///
/// The numbers lie beside the callers so that the compiler leaves them in memory: as registers of the loop they would be
/// copied about by every op.
pub(super) type Control = [u64; CALL_DEPTH_MAX + 3];

/// Index in [`Control`] of the gas that is left.
pub(super) const GAS: usize = CALL_DEPTH_MAX;
/// Index in [`Control`] of what is left of the memory quota.
const QUOTA: usize = CALL_DEPTH_MAX + 1;
/// Index in [`Control`] of the index of the frame's first word.
pub(super) const FP: usize = CALL_DEPTH_MAX + 2;

/// Calls below the current one.
pub(super) const CALL_DEPTH_MAX: usize = 1024;
/// Operands of a call chain.
pub(super) const OPERANDS_MAX: u32 = 1024;
/// Words of the stack, at the start of memory.
pub(super) const STACK_WORDS: usize = 1 << 19;
/// First word of the heap: behind the stack there is room for the window of its last frame.
pub(super) const HEAP: usize = STACK_WORDS + WINDOW;
/// From this depth on the machine looks whether inlined calls would go too deep.
const DEPTH_EASY: usize = CALL_DEPTH_MAX - INLINE_DEPTH_MAX;

/// The registers of the machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Registers {
    pub(super) pc: Pc,
    pub(super) fp: u64,
    pub(super) gas: u64,
    pub(super) memory: u64,
    pub(super) height: u32,
    pub(super) depth: usize,
}

/// What the loop works on.
pub(super) struct Tables<'t> {
    pub(super) ops: &'t [Op],
    pub(super) pool: &'t [u64],
    pub(super) control: &'t mut Control,
    /// Per resource of the call: where it is, and whether it is there and was written to.
    pub(super) slots: &'t mut [HotSlot],
    pub(super) recent: &'t Recent,
    /// Per module: whether it was charged for.
    pub(super) paid: &'t [bool],
}

const UPPER: u64 = 0xffff_ffff_0000_0000;

/// Index of the word that a reference with an offset points at.
#[inline(always)]
fn word(reference: u64, offset: u32) -> usize {
    ((reference as u32) as usize).wrapping_add(offset as usize) >> 3
}

/// Runs until something is not for the loop.
pub(super) fn run(registers: &mut Registers, memory: &mut [u64], tables: &mut Tables<'_>) -> Exit {
    let Registers { mut pc, mut height, mut depth, .. } = *registers;
    let control = &mut *tables.control;
    (control[GAS], control[QUOTA], control[FP]) = (registers.gas, registers.memory, registers.fp);
    let Some((stack, heap)) = memory.split_at_mut_checked(HEAP) else { return Exit::Bad };
    let ops = tables.ops;
    let exit = 'run: {
        macro_rules! stop {
            ($exit:expr) => {
                break 'run $exit
            };
        }
        macro_rules! some {
            ($value:expr, $exit:expr) => {
                match $value {
                    Some(value) => value,
                    None => stop!($exit),
                }
            };
        }
        'frames: loop {
            let mut f = some!(Frame::at(&mut *stack, &mut *heap, &mut *control), Exit::Bad);
            macro_rules! charge {
                ($amount:expr) => {
                    f.control[GAS] = some!(f.control[GAS].checked_sub(u64::from($amount)), Exit::OutOfGas)
                };
            }
            macro_rules! get {
                ($slot:expr) => {
                    f.get($slot)
                };
            }
            macro_rules! set {
                ($slot:expr, $value:expr) => {{
                    let value = $value;
                    f.set($slot, value);
                }};
            }
            macro_rules! checked {
                ($d:expr, $value:expr) => {
                    set!($d, some!($value, Exit::Arithmetic))
                };
            }
            macro_rules! checked_pair {
                ($d:expr, $value:expr) => {{
                    let value = some!($value, Exit::Arithmetic);
                    f.set_pair($d, value);
                }};
            }
            macro_rules! checked_quad {
                ($d:expr, $value:expr) => {{
                    let value = some!($value, Exit::Arithmetic);
                    f.set_quad($d, value);
                }};
            }
            macro_rules! jump_if {
                ($condition:expr, $to:expr, $gas:expr) => {
                    if $condition {
                        charge!($gas);
                        pc = $to;
                        continue;
                    }
                };
            }
            macro_rules! read {
                ($index:expr) => {
                    some!(f.read($index), Exit::Bad)
                };
            }
            macro_rules! write {
                ($index:expr, $value:expr) => {
                    some!(f.write($index, $value), Exit::Bad)
                };
            }
            macro_rules! touch {
                ($reference:expr) => {
                    let tag = ($reference >> 32) as usize;
                    if tag != 0 {
                        some!(tables.slots.get_mut(tag - 1), Exit::Bad).dirty = true;
                    }
                };
            }
            macro_rules! load_part {
                ($d:expr, $r:expr, $offset:expr, $mask:expr) => {{
                    let at = (get!($r) as u32).wrapping_add($offset);
                    set!($d, read!((at >> 3) as usize) >> ((at & 7) * 8) & $mask);
                }};
            }
            macro_rules! store_part {
                ($r:expr, $a:expr, $offset:expr, $mask:expr) => {{
                    let reference = get!($r);
                    let value = get!($a) & $mask;
                    let at = (reference as u32).wrapping_add($offset);
                    let (index, shift) = ((at >> 3) as usize, (at & 7) * 8);
                    write!(index, read!(index) & !($mask << shift) | value << shift);
                    touch!(reference);
                }};
            }
            macro_rules! in_bounds {
                ($index:expr, $length:expr) => {
                    if $index >= $length {
                        stop!(Exit::Vector(1));
                    }
                };
            }
            macro_rules! take_memory {
                ($bytes:expr) => {
                    f.control[QUOTA] = some!(f.control[QUOTA].checked_sub(u64::from($bytes)), Exit::Memory)
                };
            }
            macro_rules! recent {
                ($address:expr, $ty:expr) => {{
                    let address: [u64; 4] = $address;
                    let known = &tables.recent[recent_entry($ty, &address)];
                    if known.ty != $ty || known.address != address {
                        stop!(Exit::Cold);
                    }
                    some!(tables.slots.get_mut(known.slot as usize), Exit::Cold)
                }};
            }
            loop {
                let op = some!(ops.get(pc as usize), Exit::Bad);
                match *op {
                    Op::Gas { gas: amount } => charge!(amount),
                    Op::Jump { to, gas: amount } => jump_if!(true, to, amount),
                    Op::JumpTrue { a, to, gas: amount } => jump_if!(get!(a) != 0, to, amount),
                    Op::JumpFalse { a, to, gas: amount } => jump_if!(get!(a) == 0, to, amount),
                    Op::JumpEq { a, b, to, gas: amount } => jump_if!(get!(a) == get!(b), to, amount),
                    Op::JumpNe { a, b, to, gas: amount } => jump_if!(get!(a) != get!(b), to, amount),
                    Op::JumpLt { a, b, to, gas: amount } => jump_if!(get!(a) < get!(b), to, amount),
                    Op::JumpLe { a, b, to, gas: amount } => jump_if!(get!(a) <= get!(b), to, amount),
                    Op::JumpEqImm { a, imm, to, gas: amount } => jump_if!(get!(a) == u64::from(imm), to, amount),
                    Op::JumpNeImm { a, imm, to, gas: amount } => jump_if!(get!(a) != u64::from(imm), to, amount),
                    Op::JumpLtImm { a, imm, to, gas: amount } => jump_if!(get!(a) < u64::from(imm), to, amount),
                    Op::JumpLeImm { a, imm, to, gas: amount } => jump_if!(get!(a) <= u64::from(imm), to, amount),
                    Op::JumpGtImm { a, imm, to, gas: amount } => jump_if!(get!(a) > u64::from(imm), to, amount),
                    Op::JumpGeImm { a, imm, to, gas: amount } => jump_if!(get!(a) >= u64::from(imm), to, amount),
                    Op::Const { d, imm } => set!(d, imm),
                    Op::Const2 { d, imm } => f.set_pair(d, u128::from(imm)),
                    Op::ConstWords { d, n, at } => {
                        for k in 0..n {
                            let word = *some!(tables.pool.get(at as usize + usize::from(k)), Exit::Bad);
                            f.set(d.wrapping_add(k), word);
                        }
                    }
                    Op::Move { d, a } => set!(d, get!(a)),
                    Op::Move2 { d, a } => f.set_pair(d, f.pair(a)),
                    Op::Move3 { d, a } => {
                        let words = [f.get(a), f.get(a.wrapping_add(1)), f.get(a.wrapping_add(2))];
                        f.set(d, words[0]);
                        f.set(d.wrapping_add(1), words[1]);
                        f.set(d.wrapping_add(2), words[2]);
                    }
                    Op::Move4 { d, a } => f.set_quad(d, f.quad(a)),
                    Op::MoveWords { d, a, n } => f.move_words(d, a, n),
                    Op::Widen { d, a, n } => {
                        set!(d, get!(a));
                        for k in 1..n {
                            f.set(d.wrapping_add(k), 0);
                        }
                    }
                    Op::Zero { d, n } => {
                        for k in 0..n {
                            f.set(d.wrapping_add(k), 0);
                        }
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
                        set!(d, get!(a) << (amount & 63) & (u64::MAX >> ((64 - u32::from(bits)) & 63)));
                    }
                    Op::Shr { d, a, b, bits } => {
                        let amount = get!(b);
                        if amount >= u64::from(bits) {
                            stop!(Exit::Arithmetic);
                        }
                        set!(d, get!(a) >> (amount & 63));
                    }
                    Op::ShlImm { d, a, imm, bits } => {
                        set!(d, get!(a) << (imm & 63) & (u64::MAX >> (64u32.wrapping_sub(u32::from(bits)) & 63)));
                    }
                    Op::ShrImm { d, a, imm } => set!(d, get!(a) >> (imm & 63)),
                    Op::Not { d, a } => set!(d, u64::from(get!(a) == 0)),
                    Op::Eq { d, a, b } => set!(d, u64::from(get!(a) == get!(b))),
                    Op::EqImm { d, a, imm } => set!(d, u64::from(get!(a) == imm)),
                    Op::NeImm { d, a, imm } => set!(d, u64::from(get!(a) != imm)),
                    Op::Ne { d, a, b } => set!(d, u64::from(get!(a) != get!(b))),
                    Op::Lt { d, a, b } => set!(d, u64::from(get!(a) < get!(b))),
                    Op::Le { d, a, b } => set!(d, u64::from(get!(a) <= get!(b))),
                    Op::LtImm { d, a, imm } => set!(d, u64::from(get!(a) < u64::from(imm))),
                    Op::LeImm { d, a, imm } => set!(d, u64::from(get!(a) <= u64::from(imm))),
                    Op::GtImm { d, a, imm } => set!(d, u64::from(get!(a) > u64::from(imm))),
                    Op::GeImm { d, a, imm } => set!(d, u64::from(get!(a) >= u64::from(imm))),
                    Op::EqWords { d, a, b, n, negated } => {
                        let equal = (0..n).all(|k| f.get(a.wrapping_add(k)) == f.get(b.wrapping_add(k)));
                        set!(d, u64::from(equal != negated));
                    }
                    Op::Narrow { d, a, bits } => {
                        let value = get!(a);
                        checked!(d, (value >> (bits & 63) == 0).then_some(value));
                    }
                    Op::NarrowWords { d, a, n, bits } => {
                        let value = get!(a);
                        let upper = (1..n).fold(0, |upper, k| upper | f.get(a.wrapping_add(k)));
                        let fits = upper == 0 && (bits == 64 || value >> (bits & 63) == 0);
                        checked!(d, fits.then_some(value));
                    }
                    Op::Narrow256 { d, a } => {
                        let words = f.quad(a);
                        if words[2] | words[3] != 0 {
                            stop!(Exit::Arithmetic);
                        }
                        f.set_pair(d, u128::from(words[0]) | u128::from(words[1]) << 64);
                    }
                    Op::Add128 { d, a, b } => checked_pair!(d, f.pair(a).checked_add(f.pair(b))),
                    Op::Sub128 { d, a, b } => checked_pair!(d, f.pair(a).checked_sub(f.pair(b))),
                    Op::Mul128 { d, a, b } => checked_pair!(d, wide::mul128(f.pair(a), f.pair(b))),
                    Op::Div128 { d, a, b } => checked_pair!(d, wide::div128(f.pair(a), f.pair(b))),
                    Op::Mod128 { d, a, b } => checked_pair!(d, wide::rem128(f.pair(a), f.pair(b))),
                    Op::Add128Imm { d, a, imm } => checked_pair!(d, f.pair(a).checked_add(u128::from(imm))),
                    Op::Sub128Imm { d, a, imm } => checked_pair!(d, f.pair(a).checked_sub(u128::from(imm))),
                    Op::Mul128Imm { d, a, imm } => checked_pair!(d, wide::mul128(f.pair(a), u128::from(imm))),
                    Op::Div128Imm { d, a, imm } => checked_pair!(d, wide::div128(f.pair(a), u128::from(imm))),
                    Op::Mod128Imm { d, a, imm } => checked_pair!(d, wide::rem128(f.pair(a), u128::from(imm))),
                    Op::Lt128 { d, a, b } => set!(d, u64::from(f.pair(a) < f.pair(b))),
                    Op::Le128 { d, a, b } => set!(d, u64::from(f.pair(a) <= f.pair(b))),
                    Op::Add256 { d, a, b } => checked_quad!(d, wide::add256(f.quad(a), f.quad(b))),
                    Op::Sub256 { d, a, b } => checked_quad!(d, wide::sub256(f.quad(a), f.quad(b))),
                    Op::Mul256 { d, a, b } => checked_quad!(d, wide::mul256(f.quad(a), f.quad(b))),
                    Op::Div256 { d, a, b } => checked_quad!(d, wide::div256(f.quad(a), f.quad(b))),
                    Op::Mod256 { d, a, b } => checked_quad!(d, wide::rem256(f.quad(a), f.quad(b))),
                    Op::Lt256 { d, a, b } => set!(d, u64::from(wide::less256(f.quad(a), f.quad(b)))),
                    Op::Le256 { d, a, b } => set!(d, u64::from(!wide::less256(f.quad(b), f.quad(a)))),
                    Op::Arith { op, kind, d, a, b } => {
                        let (words, n) = some!(wide::any(op, kind, &f.quad(a), &f.quad(b)), Exit::Arithmetic);
                        f.set_some(d, &words, n);
                    }
                    Op::Cast { from, to, d, a } => {
                        let (words, n) = some!(wide::cast(from, to, &f.quad(a)), Exit::Arithmetic);
                        f.set_some(d, &words, n);
                    }

                    Op::Lea { d, a } => set!(d, f.control[FP].wrapping_add(u64::from(a)) << 3),
                    Op::Offset { d, r, offset } => {
                        let reference = get!(r);
                        set!(d, reference & UPPER | u64::from((reference as u32).wrapping_add(offset)));
                    }
                    Op::Load1 { d, r, offset } => load_part!(d, r, offset, 0xff),
                    Op::Load2 { d, r, offset } => load_part!(d, r, offset, 0xffff),
                    Op::Load4 { d, r, offset } => load_part!(d, r, offset, 0xffff_ffff),
                    Op::Load8 { d, r, offset } => set!(d, read!(word(get!(r), offset))),
                    Op::LoadWords { d, r, n, offset } => {
                        let from = word(get!(r), offset);
                        some!(f.load(d, from, n), Exit::Bad);
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
                        some!(f.store(word(reference, offset), a, n), Exit::Bad);
                        touch!(reference);
                    }

                    Op::VecLenLocal { d, v } => set!(d, get!(v.wrapping_add(1))),
                    Op::VecLen { d, r, offset } => set!(d, read!(word(get!(r), offset).wrapping_add(1))),
                    Op::VecGet8Local { d, v, i } => {
                        let index = get!(i);
                        in_bounds!(index, get!(v.wrapping_add(1)));
                        set!(d, some!(f.element8(get!(v), index), Exit::Bad));
                    }
                    Op::VecGetLocal { d, v, i, bytes } => {
                        let index = get!(i);
                        in_bounds!(index, get!(v.wrapping_add(1)));
                        set!(d, some!(f.element(get!(v), index, bytes), Exit::Bad));
                    }
                    Op::VecGet8 { d, r, i, offset } => {
                        let (header, index) = (word(get!(r), offset), get!(i));
                        let (start, length) = some!(f.header(header), Exit::Bad);
                        in_bounds!(index, length);
                        set!(d, some!(f.element8(start, index), Exit::Bad));
                    }
                    Op::VecGet { d, r, i, bytes, offset } => {
                        let (header, index) = (word(get!(r), offset), get!(i));
                        let (start, length) = some!(f.header(header), Exit::Bad);
                        in_bounds!(index, length);
                        set!(d, some!(f.element(start, index, bytes), Exit::Bad));
                    }
                    Op::VecAtLocal { d, v, i, bytes } => {
                        let index = get!(i);
                        in_bounds!(index, get!(v.wrapping_add(1)));
                        set!(d, get!(v).wrapping_add(index.wrapping_mul(u64::from(bytes))));
                    }
                    Op::VecAt { d, r, i, bytes, offset } => {
                        let (reference, index) = (get!(r), get!(i));
                        let (start, length) = some!(f.header(word(reference, offset)), Exit::Bad);
                        in_bounds!(index, length);
                        let at = (start as u32).wrapping_add((index as u32).wrapping_mul(u32::from(bytes)));
                        set!(d, reference & UPPER | u64::from(at));
                    }
                    Op::VecPut8Local { v, i, a } => {
                        let index = get!(i);
                        in_bounds!(index, get!(v.wrapping_add(1)));
                        some!(f.put8(get!(v), index, a), Exit::Bad);
                    }
                    Op::VecPutLocal { v, i, a, bytes } => {
                        let index = get!(i);
                        in_bounds!(index, get!(v.wrapping_add(1)));
                        some!(f.put(get!(v), index, bytes, a), Exit::Bad);
                    }
                    Op::VecPut { r, i, a, bytes, offset } => {
                        let (reference, index) = (get!(r), get!(i));
                        let (start, length) = some!(f.header(word(reference, offset)), Exit::Bad);
                        in_bounds!(index, length);
                        some!(f.put(start, index, bytes, a), Exit::Bad);
                        touch!(reference);
                    }
                    Op::VecPush { r, a, bytes, offset } => {
                        let reference = get!(r);
                        let header = word(reference, offset);
                        let (start, length) = some!(f.header(header), Exit::Bad);
                        if length >= read!(header.wrapping_add(2)) {
                            stop!(Exit::Cold);
                        }
                        take_memory!(bytes);
                        some!(f.put(start, length, bytes, a), Exit::Bad);
                        write!(header.wrapping_add(1), length.wrapping_add(1));
                        touch!(reference);
                    }
                    Op::VecPushLocal { v, a, bytes } => {
                        let (start, length) = (get!(v), get!(v.wrapping_add(1)));
                        if length >= get!(v.wrapping_add(2)) {
                            stop!(Exit::Cold);
                        }
                        take_memory!(bytes);
                        some!(f.put(start, length, bytes, a), Exit::Bad);
                        set!(v.wrapping_add(1), length.wrapping_add(1));
                    }
                    Op::VecPopLocal { d, v, bytes } => {
                        let (start, length) = (get!(v), get!(v.wrapping_add(1)));
                        let last = some!(length.checked_sub(1), Exit::Vector(2));
                        set!(v.wrapping_add(1), last);
                        some!(f.take(d, start, last, bytes), Exit::Bad);
                    }
                    Op::VecPop { d, r, bytes, offset } => {
                        let reference = get!(r);
                        let header = word(reference, offset);
                        let (start, length) = some!(f.header(header), Exit::Bad);
                        touch!(reference);
                        let last = some!(length.checked_sub(1), Exit::Vector(2));
                        write!(header.wrapping_add(1), last);
                        some!(f.take(d, start, last, bytes), Exit::Bad);
                    }
                    Op::VecSwapLocal { v, i, j, bytes } => {
                        let (start, length) = (get!(v), get!(v.wrapping_add(1)));
                        let (i, j) = (get!(i), get!(j));
                        in_bounds!(i, length);
                        in_bounds!(j, length);
                        some!(f.swap(start, i, j, bytes), Exit::Bad);
                    }
                    Op::VecSwap { r, i, j, bytes, offset } => {
                        let reference = get!(r);
                        let (start, length) = some!(f.header(word(reference, offset)), Exit::Bad);
                        let (i, j) = (get!(i), get!(j));
                        touch!(reference);
                        in_bounds!(i, length);
                        in_bounds!(j, length);
                        some!(f.swap(start, i, j, bytes), Exit::Bad);
                    }

                    Op::CheckTag { a, tag } => {
                        if get!(a) != u64::from(tag) {
                            stop!(Exit::Variant);
                        }
                    }
                    Op::CheckTags { r, offset, at } => {
                        let tag = read!(word(get!(r), offset));
                        let mask = *some!(tables.pool.get(at as usize + (tag >> 6 & 1) as usize), Exit::Bad);
                        if tag > 127 || mask >> (tag & 63) & 1 == 0 {
                            stop!(Exit::Variant);
                        }
                    }
                    Op::Call { base, height: left, reach, slots, to } => {
                        let frame = f.control[FP].wrapping_add(u64::from(base));
                        if frame.wrapping_add(u64::from(slots)) > STACK_WORDS as u64
                            || height.wrapping_add(u32::from(reach)) > OPERANDS_MAX
                        {
                            stop!(Exit::GiveUp);
                        }
                        if depth >= DEPTH_EASY {
                            stop!(Exit::Cold);
                        }
                        f.control[depth] = Caller { back: pc.wrapping_add(1), base, height: left }.pack();
                        f.control[FP] = frame;
                        depth += 1;
                        height = height.wrapping_add(u32::from(left));
                        pc = to;
                        continue 'frames;
                    }
                    Op::Return { a, n, gas: amount } => {
                        charge!(amount);
                        if n == 1 {
                            set!(0, get!(a));
                        } else {
                            f.move_words(0, a, n);
                        }
                        if depth == 0 {
                            stop!(Exit::Done);
                        }
                        depth -= 1;
                        let caller = Caller::unpack(*some!(f.control.get(depth), Exit::Bad));
                        f.control[FP] = f.control[FP].wrapping_sub(u64::from(caller.base));
                        height = height.wrapping_sub(u32::from(caller.height));
                        pc = caller.back;
                        continue 'frames;
                    }
                    Op::Pay { module } => {
                        if tables.paid.get(module as usize) != Some(&true) {
                            stop!(Exit::Cold);
                        }
                    }

                    Op::Exists { d, a, ty } => {
                        let slot = recent!(f.quad(a), ty);
                        set!(d, u64::from(slot.present));
                    }
                    Op::BorrowGlobal { d, a, ty } => {
                        let slot = recent!(f.quad(a), ty);
                        if !slot.present {
                            stop!(Exit::Cold);
                        }
                        set!(d, slot.reference);
                    }
                    Op::MoveFrom { d, a, ty } => {
                        let slot = recent!(f.quad(a), ty);
                        if !slot.present {
                            stop!(Exit::Cold);
                        }
                        slot.present = false;
                        slot.dirty = true;
                        let (from, n) = (word(slot.reference, 0), slot.words);
                        some!(f.load(d, from, n), Exit::Bad);
                    }
                    Op::MoveTo { r, a, ty } => {
                        let signer = word(get!(r), 0);
                        let slot = recent!(some!(f.read_quad(signer), Exit::Bad), ty);
                        if slot.present {
                            stop!(Exit::Cold);
                        }
                        slot.present = true;
                        slot.dirty = true;
                        let (to, n) = (word(slot.reference, 0), slot.words);
                        some!(f.store(to, a, n), Exit::Bad);
                    }

                    Op::CallNative { .. }
                    | Op::CallSite { .. }
                    | Op::Abort { .. }
                    | Op::AbortMsg { .. }
                    | Op::Fail { .. }
                    | Op::ChargeLocal { .. }
                    | Op::CopyDeep { .. }
                    | Op::LoadDeep { .. }
                    | Op::EqDeep { .. }
                    | Op::EqRefs { .. }
                    | Op::VecPack { .. }
                    | Op::VecUnpack { .. }
                    | Op::LoadConst { .. } => stop!(Exit::Cold),
                }
                pc = pc.wrapping_add(1);
            }
        }
    };
    *registers = Registers { pc, fp: control[FP], gas: control[GAS], memory: control[QUOTA], height, depth };
    exit
}
