//! Printing: a fixed charge and no effect, unless the caller asked for the lines.

use crate::Family;
use move_vm_runtime::{NativeContext, NativeResult, Style};

pub(crate) const NATIVES: Family = &[("debug", "print", print), ("debug", "print_stack_trace", print_stack_trace)];

fn print(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    if ctx.host().debug_output.is_some() {
        let text = ctx.show(0, Style::Debug)?;
        if let Some(lines) = &mut ctx.host().debug_output {
            lines.push(format!("[debug] {text}"));
        }
    }
    Ok(())
}

fn print_stack_trace(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let trace = ctx.stack_trace();
    if let Some(lines) = &mut ctx.host().debug_output {
        lines.push(trace);
    }
    Ok(())
}
