//! Values that are assigned and never read.

use super::live;
use crate::{
    codes::Code,
    diagnostics::Diagnostic,
    ir::{Function, Op},
    program::Program,
};

/// Warns about assignments to variables whose value is lost.
pub(crate) fn check(program: &Program, function: &Function) {
    let liveness = live::analyse(function);
    let mut borrowed = vec![false; function.temps.len()];
    let mut read = vec![false; function.temps.len()];
    for block in &function.blocks {
        for instr in &block.instrs {
            if let Op::BorrowLocal(_, temp) = instr.op {
                borrowed[temp as usize] = true;
            }
            instr.srcs.iter().for_each(|src| read[src.temp as usize] = true);
        }
        block.term_srcs().iter().for_each(|src| read[src.temp as usize] = true);
    }
    for (id, block) in function.blocks.iter().enumerate() {
        let mut live = liveness.live_out[id].clone();
        for src in block.term_srcs() {
            live.insert(src.temp);
        }
        for instr in block.instrs.iter().rev() {
            for dst in &instr.dsts {
                let info = &function.temps[*dst as usize];
                let Some(name) = &info.name else { continue };
                let quiet = name.starts_with('_') || name.contains('$') || instr.site != 0 || borrowed[*dst as usize];
                // A variable that is never read at all is reported as unused elsewhere.
                let known = read[*dst as usize] || (*dst as usize) < function.params;
                if !live.has(*dst) && !quiet && known && !matches!(instr.op, Op::Unpack(..)) {
                    program.report(Diagnostic::new(
                        Code::UnusedAssignment,
                        instr.span,
                        format!("the value assigned to `{name}` here is never read"),
                    ));
                }
            }
            live::step(instr, &mut live);
        }
    }
}
