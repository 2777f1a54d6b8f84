//! What has been executed, for tests of how much of the machine random programs reach.
//!
//! The plain interpreter notes which instructions it executes. A micro-op counts as executed when the instruction that
//! it was lowered from was, in a call that both interpreters ran to the same end.

use crate::instance::Instance;
use crate::lower::op::Op;
use crate::world::World;
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

/// Counts of what was executed by calls on [`crate::Engine::Both`].
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// By name of the bytecode instruction: in how many calls, each place counted once.
    pub instructions: BTreeMap<&'static str, u64>,
    /// By name of the micro-op, likewise.
    pub micro_ops: BTreeMap<String, u64>,
    /// Calls that both interpreters ran.
    pub compared: u64,
    /// Calls that lowered code left to the plain interpreter.
    pub plain_only: u64,
}

/// Instructions that one call has executed.
#[derive(Debug, Default)]
pub(crate) struct Executed {
    /// By address of the function instance, which the world keeps, and instruction.
    places: HashSet<(usize, u16)>,
}

impl Executed {
    pub(crate) fn note(&mut self, instance: &Arc<Instance>, pc: u16) {
        self.places.insert((Arc::as_ptr(instance).addr(), pc));
    }
}

/// Counts gathered by a machine.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    counts: Coverage,
    /// By kind of micro-op: its name, and its count.
    micro_ops: HashMap<Discriminant<Op>, (String, u64)>,
}

impl Gathered {
    /// Adds what a call has executed.
    pub(crate) fn add(&mut self, world: &World, executed: &Executed, compared: bool) {
        if compared {
            self.counts.compared += 1;
        } else {
            self.counts.plain_only += 1;
        }
        for instance in world.instances() {
            let at = Arc::as_ptr(instance).addr();
            let code = &world.module(instance.module).code;
            let unit = code.function_defs.get(usize::from(instance.def)).and_then(|def| def.code.as_ref());
            for (pc, instruction) in (0u16..).zip(unit.iter().flat_map(|unit| &unit.code)) {
                if executed.places.contains(&(at, pc)) {
                    *self.counts.instructions.entry(instruction.name()).or_default() += 1;
                }
            }
        }
        if !compared {
            return;
        }
        let arena = &world.arena;
        for function in &arena.functions {
            for pc in function.start..function.end {
                let Some(op) = arena.ops.get(pc as usize) else { continue };
                // The innermost function, should calls have been inlined.
                let Some((no, offset)) = arena.places(pc).first().copied() else { continue };
                if executed.places.contains(&(Arc::as_ptr(world.instance(no)).addr(), offset)) {
                    let name = || format!("{op:?}").split(' ').next().unwrap_or_default().to_owned();
                    self.micro_ops.entry(discriminant(op)).or_insert_with(|| (name(), 0)).1 += 1;
                }
            }
        }
    }

    pub(crate) fn coverage(&self) -> Coverage {
        Coverage { micro_ops: self.micro_ops.values().cloned().collect(), ..self.counts.clone() }
    }
}
