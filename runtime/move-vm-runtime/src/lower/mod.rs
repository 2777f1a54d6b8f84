//! Lowering: typed stack instructions of one function instance to micro-ops over frame slots.
//!
//! The operand stack disappears: each of its positions has fixed slots behind the locals, and until an operand is
//! needed there it stays what it is, a constant, a local, a borrowed local, a reference with an offset ([`Place`]).
//! Copies and moves of locals therefore emit nothing, and results land in the local that takes them.
//!
//! What lowering does not do (closures, huge types) makes it answer `None`; such calls run on the plain interpreter,
//! whose results are the same by definition.

pub(crate) mod op;

mod body;
mod operand;

use crate::error::{VmError, VmResult};
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
    pub(crate) sites: Vec<Site>,
    pub(crate) errors: Vec<VmError>,
    pub(crate) constants: Vec<(Ty, Arc<[u8]>)>,
    pub(crate) tys: Vec<Ty>,
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
    /// Greatest height of the operand stack.
    pub(crate) height: u16,
}

/// Where a call goes.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) module: ModuleNo,
    pub(crate) handle: FunctionHandleIdx,
    pub(crate) ty_args: Box<[Ty]>,
    pub(crate) callee: Option<Callee>,
}

/// A resolved call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Callee {
    Lowered { module: ModuleNo, number: u32 },
    Native(InstanceNo),
}

/// The number of the lowered function of an instance; `None` when it cannot be lowered.
pub(crate) fn lower(world: &mut World, no: InstanceNo) -> VmResult<Option<u32>> {
    let at = no.0 as usize;
    if let Some(Some(known)) = world.arena.by_instance.get(at) {
        return Ok(*known);
    }
    let lowered = body::build(world, no)?;
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
    /// The function that an op belongs to.
    pub(crate) fn function_at(&self, pc: Pc) -> Option<&Lowered> {
        let after = self.functions.partition_point(|function| function.start <= pc);
        self.functions.get(after.checked_sub(1)?).filter(|function| pc < function.end)
    }
}
