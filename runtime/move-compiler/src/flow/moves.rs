//! Definite assignment, the choice between copy and move, and the abilities that both need.
//!
//! After this pass and the borrow check every operand says whether it is copied or moved.

use super::{Bits, live};
use crate::ast::BinOp;
use crate::{
    codes::Code,
    diagnostics::Diagnostic,
    ir::{Function, Instr, Mode, Op, Src, Temp, Term},
    program::Program,
    source::Span,
    types::Ty,
};
use move_core_types::ability::Ability;

/// Checks assignments and decides operands, except for last uses of variables that were borrowed at some
/// time, which [`super::borrow`] decides.
pub(crate) fn check(program: &Program, function: &mut Function) {
    assignment(program, function);
    decide(program, function);
}

fn name(function: &Function, temp: Temp) -> String {
    match &function.temps[temp as usize].name {
        Some(name) => format!("`{}`", name.split('$').next().unwrap_or(name)),
        None => "this value".into(),
    }
}

fn show(program: &Program, function: &Function, temp: Temp) -> String {
    program.show(&function.temps[temp as usize].ty, &function.type_params)
}

fn has(program: &Program, function: &Function, ty: &Ty, ability: Ability) -> bool {
    program.has(ty, ability, &function.type_params)
}

// Definite assignment ----------------------------------------------------------------------------

/// Reports reads of variables that may have no value.
fn assignment(program: &Program, function: &Function) {
    let count = function.temps.len();
    let mut may = vec![Bits::new(count); function.blocks.len()];
    let mut reached = vec![false; function.blocks.len()];
    // Temporaries that may be without a value at the start of a block.
    let mut start = Bits::new(count);
    for temp in function.params..count {
        start.insert(temp as Temp);
    }
    may[0] = start;
    reached[0] = true;
    let mut queue = vec![0];
    while let Some(id) = queue.pop() {
        let mut state = may[id].clone();
        for instr in &function.blocks[id].instrs {
            transfer(instr, &mut state);
        }
        for src in function.blocks[id].term_srcs() {
            if src.mode == Mode::Move {
                state.insert(src.temp);
            }
        }
        for to in function.blocks[id].successors() {
            let changed = may[to].union(&state);
            if changed || !reached[to] {
                reached[to] = true;
                queue.push(to);
            }
        }
    }
    let mut reported: Vec<Temp> = Vec::new();
    for (id, block) in function.blocks.iter().enumerate() {
        if !reached[id] {
            continue;
        }
        let mut state = may[id].clone();
        for instr in &block.instrs {
            for src in &instr.srcs {
                read(program, function, &state, src.temp, instr.span, &mut reported);
            }
            if let Op::BorrowLocal(_, temp) = instr.op {
                read(program, function, &state, temp, instr.span, &mut reported);
            }
            transfer(instr, &mut state);
        }
        for src in block.term_srcs() {
            read(program, function, &state, src.temp, block.span, &mut reported);
        }
    }
}

fn transfer(instr: &Instr, state: &mut Bits) {
    for src in &instr.srcs {
        if src.mode == Mode::Move {
            state.insert(src.temp);
        }
    }
    for dst in &instr.dsts {
        state.remove(*dst);
    }
}

fn read(program: &Program, function: &Function, state: &Bits, temp: Temp, span: Span, reported: &mut Vec<Temp>) {
    if !state.has(temp) || reported.contains(&temp) || function.temps[temp as usize].name.is_none() {
        return;
    }
    reported.push(temp);
    let mut moved: Option<Span> = None;
    let mut assigned = false;
    for block in &function.blocks {
        for instr in &block.instrs {
            if instr.srcs.iter().any(|src| src.temp == temp && src.mode == Mode::Move) {
                moved = Some(instr.span);
            }
            assigned |= instr.dsts.contains(&temp);
        }
    }
    let what = name(function, temp);
    let diagnostic = match moved {
        Some(moved) => {
            Diagnostic::new(Code::Unassigned, span, format!("{what} has no value here, as it was moved before"))
                .also(moved, "moved here")
        }
        None if assigned => Diagnostic::new(Code::Unassigned, span, format!("{what} may have no value here"))
            .also(function.temps[temp as usize].span, "declared here; not assigned on every path"),
        None => Diagnostic::new(Code::Unassigned, span, format!("{what} has no value here"))
            .also(function.temps[temp as usize].span, "declared here, never assigned"),
    };
    program.report(diagnostic);
}

// Copy or move -----------------------------------------------------------------------------------

/// Where a temporary is read next, for messages.
pub(super) fn next_use(function: &Function, temp: Temp, block: usize, after: usize) -> Option<Span> {
    let reads = |instr: &Instr| {
        instr.srcs.iter().any(|src| src.temp == temp) || matches!(instr.op, Op::BorrowLocal(_, local) if local == temp)
    };
    if let Some(instr) = function.blocks[block].instrs.iter().skip(after).find(|instr| reads(instr)) {
        return Some(instr.span);
    }
    let mut seen = vec![false; function.blocks.len()];
    let mut queue = vec![(block, true)];
    while let Some((id, first)) = queue.pop() {
        if !first && let Some(instr) = function.blocks[id].instrs.iter().find(|instr| reads(instr)) {
            return Some(instr.span);
        }
        if function.blocks[id].term_srcs().iter().any(|src| src.temp == temp) {
            return Some(function.blocks[id].span);
        }
        for to in function.blocks[id].successors() {
            if !seen[to] {
                seen[to] = true;
                queue.push((to, false));
            }
        }
    }
    None
}

fn decide(program: &Program, function: &mut Function) {
    let liveness = live::analyse(function);
    let mut borrowed_ever = Bits::new(function.temps.len());
    for block in &function.blocks {
        for instr in &block.instrs {
            if let Op::BorrowLocal(_, temp) = instr.op {
                borrowed_ever.insert(temp);
            }
        }
    }
    for id in 0..function.blocks.len() {
        let mut live = liveness.live_out[id].clone();
        let mut block = function.blocks[id].clone();
        let at_end = block.instrs.len();
        let span = block.span;
        match &mut block.term {
            Term::Ret(srcs) => {
                decide_srcs(program, function, srcs, &live, &borrowed_ever, span, (id, at_end), &Op::Assign);
            }
            Term::Branch(src, ..) | Term::Abort(src) => {
                let mut one = [*src];
                decide_srcs(program, function, &mut one, &live, &borrowed_ever, span, (id, at_end), &Op::Assign);
                *src = one[0];
            }
            Term::AbortMsg(a, b) => {
                let mut both = [*a, *b];
                decide_srcs(program, function, &mut both, &live, &borrowed_ever, span, (id, at_end), &Op::Assign);
                [*a, *b] = both;
            }
            Term::Jump(_) | Term::None => {}
        }
        for src in block.term_srcs() {
            live.insert(src.temp);
        }
        for nth in (0..block.instrs.len()).rev() {
            let mut instr = block.instrs[nth].clone();
            for dst in &instr.dsts {
                live.remove(*dst);
            }
            let op = instr.op.clone();
            decide_srcs(program, function, &mut instr.srcs, &live, &borrowed_ever, instr.span, (id, nth + 1), &op);
            abilities(program, function, &instr);
            live::step(&instr, &mut live);
            block.instrs[nth] = instr;
        }
        function.blocks[id] = block;
    }
}

#[expect(clippy::too_many_arguments, reason = "one decision and all it depends on")]
fn decide_srcs(
    program: &Program,
    function: &Function,
    srcs: &mut [Src],
    live_after: &Bits,
    borrowed_ever: &Bits,
    span: Span,
    at: (usize, usize),
    op: &Op,
) {
    for nth in 0..srcs.len() {
        let src = srcs[nth];
        let again = srcs[nth + 1..].iter().any(|other| other.temp == src.temp);
        let needed = live_after.has(src.temp) || again;
        let ty = &function.temps[src.temp as usize].ty;
        match src.mode {
            Mode::Move => {
                if needed && function.temps[src.temp as usize].name.is_some() && again {
                    program.report(Diagnostic::new(
                        Code::MovedLater,
                        span,
                        format!("{} is moved, but used again", name(function, src.temp)),
                    ));
                }
            }
            Mode::Copy => {
                // A reference that nobody needs any more must not stay behind.
                if ty.is_ref() && !needed {
                    srcs[nth].mode = Mode::Move;
                }
                if !has(program, function, ty, Ability::Copy) {
                    program.report(
                        Diagnostic::new(
                            Code::NotCopyable,
                            span,
                            format!(
                                "{} of type `{}` cannot be copied, as the type has no `copy`",
                                name(function, src.temp),
                                show(program, function, src.temp)
                            ),
                        )
                        .also(function.temps[src.temp as usize].span, "declared here"),
                    );
                }
            }
            Mode::Infer => {
                let copyable = has(program, function, ty, Ability::Copy);
                let open = borrowed_ever.has(src.temp)
                    && !ty.is_ref()
                    && copyable
                    && has(program, function, ty, Ability::Drop);
                srcs[nth].mode = if needed {
                    Mode::Copy
                } else if open {
                    Mode::Infer
                } else {
                    Mode::Move
                };
                if needed && !copyable && !matches!(op, Op::Drop) {
                    let later = if again { Some(span) } else { next_use(function, src.temp, at.0, at.1) };
                    let mut diagnostic = Diagnostic::new(
                        Code::NotCopyable,
                        span,
                        format!(
                            "{} would have to be copied here, but its type `{}` has no `copy`",
                            name(function, src.temp),
                            show(program, function, src.temp)
                        ),
                    );
                    if let Some(later) = later {
                        diagnostic = diagnostic.also(later, "it is used again here");
                    }
                    program.report(diagnostic);
                }
            }
        }
    }
}

/// Abilities that single operations need.
fn abilities(program: &Program, function: &Function, instr: &Instr) {
    let ty = |temp: Temp| &function.temps[temp as usize].ty;
    let need = |ty: &Ty, ability: Ability, why: &str| {
        if !has(program, function, ty, ability) {
            let code = if ability == Ability::Copy { Code::NotCopyable } else { Code::NotDroppable };
            let shown = program.show(ty, &function.type_params);
            program.report(Diagnostic::new(code, instr.span, format!("{why}, but type `{shown}` has no `{ability}`")));
        }
    };
    match &instr.op {
        Op::ReadRef => {
            if let Some(dst) = instr.dsts.first() {
                need(ty(*dst), Ability::Copy, "the value is copied out of a reference");
            }
        }
        Op::WriteRef => {
            if let Some(value) = instr.srcs.first() {
                need(ty(value.temp), Ability::Drop, "the old value is overwritten");
            }
        }
        Op::Binary(BinOp::Eq | BinOp::Neq) => {
            if let Some(value) = instr.srcs.first() {
                need(ty(value.temp), Ability::Drop, "`==` and `!=` consume their operands");
            }
        }
        _ => {}
    }
}

// Drops ------------------------------------------------------------------------------------------

/// Reports values without `drop` that are lost. All operands are decided by now.
pub(crate) fn drops(program: &Program, function: &Function) {
    let precious: Vec<bool> =
        function.temps.iter().map(|info| !has(program, function, &info.ty, Ability::Drop)).collect();
    if !precious.iter().any(|is| *is) {
        return;
    }
    let count = function.temps.len();
    let mut holds = vec![Bits::new(count); function.blocks.len()];
    let mut reached = vec![false; function.blocks.len()];
    for (temp, _) in precious.iter().enumerate().take(function.params).filter(|(_, is)| **is) {
        holds[0].insert(temp as Temp);
    }
    reached[0] = true;
    let mut queue = vec![0];
    while let Some(id) = queue.pop() {
        let mut state = holds[id].clone();
        for instr in &function.blocks[id].instrs {
            hold(instr, &precious, &mut state);
        }
        for src in function.blocks[id].term_srcs() {
            if src.mode == Mode::Move {
                state.remove(src.temp);
            }
        }
        for to in function.blocks[id].successors() {
            let changed = holds[to].union(&state);
            if changed || !reached[to] {
                reached[to] = true;
                queue.push(to);
            }
        }
    }
    let mut reported: Vec<Temp> = Vec::new();
    let mut uses = vec![0u32; count];
    for block in &function.blocks {
        for instr in &block.instrs {
            instr.srcs.iter().for_each(|src| uses[src.temp as usize] += 1);
        }
        block.term_srcs().iter().for_each(|src| uses[src.temp as usize] += 1);
    }
    for (id, block) in function.blocks.iter().enumerate() {
        if !reached[id] {
            continue;
        }
        let mut state = holds[id].clone();
        for instr in &block.instrs {
            let mut before = state.clone();
            for src in &instr.srcs {
                if src.mode == Mode::Move {
                    before.remove(src.temp);
                }
            }
            if matches!(instr.op, Op::Drop)
                && let Some(src) = instr.srcs.first()
                && precious[src.temp as usize]
                && !reported.contains(&src.temp)
            {
                reported.push(src.temp);
                lost(program, function, src.temp, instr.span, "ignored here");
            }
            for dst in &instr.dsts {
                if before.has(*dst) && !reported.contains(dst) {
                    reported.push(*dst);
                    lost(program, function, *dst, instr.span, "overwritten here while it still holds a value");
                }
                let unnamed = function.temps[*dst as usize].name.is_none();
                if precious[*dst as usize] && uses[*dst as usize] == 0 && unnamed && !reported.contains(dst) {
                    reported.push(*dst);
                    lost(program, function, *dst, instr.span, "not used");
                }
            }
            hold(instr, &precious, &mut state);
        }
        if let Term::Ret(srcs) = &block.term {
            for src in srcs {
                if src.mode == Mode::Move {
                    state.remove(src.temp);
                }
            }
            for temp in state.iter() {
                if !reported.contains(&temp) {
                    reported.push(temp);
                    let info = &function.temps[temp as usize];
                    lost(program, function, temp, info.span, "not consumed on every path that returns");
                }
            }
        }
    }
}

fn hold(instr: &Instr, precious: &[bool], state: &mut Bits) {
    for src in &instr.srcs {
        if src.mode == Mode::Move {
            state.remove(src.temp);
        }
    }
    for dst in &instr.dsts {
        if precious[*dst as usize] {
            state.insert(*dst);
        }
    }
}

fn lost(program: &Program, function: &Function, temp: Temp, span: Span, how: &str) {
    let info = &function.temps[temp as usize];
    let mut diagnostic = Diagnostic::new(
        Code::NotDroppable,
        span,
        format!("{} is {how}, but its type `{}` has no `drop`", name(function, temp), show(program, function, temp)),
    );
    if info.name.is_some() && info.span != span {
        diagnostic = diagnostic.also(info.span, "declared here");
    }
    program.report(diagnostic.note("take it apart, store it, or return it"));
}
