//! Lowering: typed stack instructions of one function instance to micro-ops over frame slots.
//!
//! The operand stack disappears: each of its positions has fixed slots behind the locals, and until an operand is
//! needed there it stays what it is, a constant, a local, a borrowed local, a reference with an offset ([`Place`]).
//! Copies and moves of locals therefore emit nothing, and results land in the local that takes them. Small functions
//! without loops are lowered in place of their calls.
//!
//! What lowering does not do (closures, huge types) makes it answer `None`; such calls run on the plain interpreter,
//! whose results are the same by definition.

pub(crate) mod op;

mod body;
mod calls;
mod data;
mod instr;
mod numbers;
mod operand;
mod stack;

use crate::error::{VmError, VmResult};
use crate::host::Backing;
use crate::types::Ty;
use crate::world::{InstanceNo, ModuleNo, World};
use move_binary_format::file_format::FunctionHandleIdx;
use op::{Op, Pc};
use std::sync::Arc;

/// All lowered code of a world.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    pub(crate) ops: Vec<Op>,
    /// Bytecode offset of each op.
    pub(crate) offsets: Vec<u16>,
    pub(crate) functions: Vec<Lowered>,
    /// Words of constants and tag masks.
    pub(crate) pool: Vec<u64>,
    pub(crate) spans: Vec<Span>,
    pub(crate) sites: Vec<Site>,
    pub(crate) errors: Vec<VmError>,
    pub(crate) constants: Vec<(Ty, Arc<[u8]>)>,
    by_instance: Vec<Option<Option<u32>>>,
}

/// A lowered function; its ops lie together in the arena.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lowered {
    pub(crate) instance: InstanceNo,
    pub(crate) start: Pc,
    pub(crate) end: Pc,
    /// Slots of its frame, those of outgoing arguments included.
    pub(crate) slots: u16,
    /// Greatest height of the operand stack, that of inlined functions included.
    pub(crate) height: u16,
    /// Calls inside calls that were inlined, at most.
    pub(crate) depth: u16,
    /// What entering it costs.
    pub(crate) entry_gas: u64,
    /// Its part of the arena's spans.
    pub(crate) spans: (usize, usize),
}

/// Most calls inside calls that are inlined.
pub(crate) const INLINE_DEPTH_MAX: usize = 4;

/// Ops of an inlined function, those of its inlined calls included. Spans nest, and are in the order of their starts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: Pc,
    pub(crate) end: Pc,
    pub(crate) instance: InstanceNo,
    /// Where in the function around it the call stands.
    pub(crate) at: u16,
}

/// Where a call goes.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) module: ModuleNo,
    pub(crate) handle: FunctionHandleIdx,
    pub(crate) ty_args: Box<[Ty]>,
    /// Whether the code before the call has seen to it that the callee's module is charged for.
    pub(crate) paid: bool,
}

/// The number of the lowered function of an instance; `None` when it cannot be lowered.
pub(crate) fn lower(world: &mut World, host: &Backing<'_>, no: InstanceNo) -> VmResult<Option<u32>> {
    let at = no.0 as usize;
    if let Some(Some(known)) = world.arena.by_instance.get(at) {
        return Ok(*known);
    }
    let lowered = body::build(world, host, no)?;
    let number = match lowered {
        None => None,
        Some(function) => {
            world.arena.functions.push(function);
            u32::try_from(world.arena.functions.len() - 1).ok()
        }
    };
    if world.arena.by_instance.len() <= at {
        world.arena.by_instance.resize(at + 1, None);
    }
    world.arena.by_instance[at] = Some(number);
    Ok(number)
}

impl Arena {
    /// The functions that an op belongs to, innermost first, each with the bytecode offset that is being executed.
    pub(crate) fn places(&self, pc: Pc) -> Vec<(InstanceNo, u16)> {
        let Some(function) = self.function_at(pc) else { return Vec::new() };
        let mut offset = self.offsets.get(pc as usize).copied().unwrap_or(0);
        let mut places = Vec::new();
        let spans = self.spans.get(function.spans.0..function.spans.1).unwrap_or(&[]);
        for span in spans.iter().rev().filter(|span| span.start <= pc && pc < span.end) {
            places.push((span.instance, offset));
            offset = span.at;
        }
        places.push((function.instance, offset));
        places
    }

    /// The function that an op belongs to.
    pub(crate) fn function_at(&self, pc: Pc) -> Option<&Lowered> {
        let after = self.functions.partition_point(|function| function.start <= pc);
        self.functions.get(after.checked_sub(1)?).filter(|function| pc < function.end)
    }
}
