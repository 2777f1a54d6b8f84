//! Circles: of modules, inline functions and instantiations; and what reaches the randomness module.

use crate::{
    ast::Visibility,
    codes::Code,
    diagnostics::Diagnostic,
    emit::ModuleCode,
    ir::{Callee, Op},
    lower::Bodies,
    program::{Program, attribute},
    source::Span,
    typed::TKind,
    types::{FunId, ModId, StructId, Ty},
};
use move_core_types::AccountAddress;
use std::collections::{BTreeMap, BTreeSet};

/// Modules, each behind those that it uses. `None` if there is a circle, which is reported.
pub(crate) fn dependency_order(program: &Program) -> Option<Vec<ModId>> {
    let mut edges: BTreeMap<ModId, BTreeMap<ModId, Span>> = BTreeMap::new();
    for ((user, used), span) in program.uses.borrow().iter() {
        edges.entry(*user).or_default().entry(*used).or_insert(*span);
    }
    for index in 0..program.modules.len() {
        let id = ModId(index as u32);
        for (friend, span) in &program.module(id).friends {
            edges.entry(*friend).or_default().entry(id).or_insert(*span);
        }
    }
    let mut order = Vec::new();
    let mut state: BTreeMap<ModId, bool> = BTreeMap::new();
    let mut fine = true;
    for index in 0..program.modules.len() {
        let start = ModId(index as u32);
        if state.contains_key(&start) {
            continue;
        }
        let next_of = |id: ModId| -> Vec<(ModId, Span)> {
            edges.get(&id).map(|to| to.iter().rev().map(|(id, span)| (*id, *span)).collect()).unwrap_or_default()
        };
        let mut path = vec![(start, next_of(start), Span::default())];
        state.insert(start, false);
        while let Some((at, rest, _)) = path.last_mut() {
            let at = *at;
            let Some((next, span)) = rest.pop() else {
                state.insert(at, true);
                order.push(at);
                path.pop();
                continue;
            };
            match state.get(&next) {
                Some(false) => {
                    fine = false;
                    report_cycle(program, &path, next, span);
                }
                Some(true) => {}
                None => {
                    state.insert(next, false);
                    path.push((next, next_of(next), span));
                }
            }
        }
    }
    fine.then_some(order)
}

/// A module on the path of the search, its edges that are still to be followed, and the use that led to it.
type Visit = (ModId, Vec<(ModId, Span)>, Span);

/// A function and one of its type parameters.
type Param = (FunId, u16);

fn report_cycle(program: &Program, path: &[Visit], back: ModId, span: Span) {
    let circle: Vec<&Visit> = path.iter().skip_while(|(id, _, _)| *id != back).collect();
    let mut names: Vec<String> = circle.iter().map(|(id, _, _)| format!("`{}`", program.module_text(*id))).collect();
    names.push(format!("`{}`", program.module_text(back)));
    let mut uses: Vec<(ModId, Span)> = circle.iter().skip(1).map(|(id, _, span)| (*id, *span)).collect();
    uses.push((back, span));
    let (first, first_span) = uses.remove(0);
    let mut diagnostic = Diagnostic::new(
        Code::DependencyCycle,
        first_span,
        format!("modules use each other in a circle: {}", names.join(" uses ")),
    )
    .here(format!("use of `{}`", program.module_text(first)));
    for (id, span) in uses {
        diagnostic = diagnostic.also(span, format!("use of `{}`", program.module_text(id)));
    }
    program.report(diagnostic);
}

/// Inline functions that call themselves, by way of other inline functions.
pub(crate) fn inline_cycles(program: &Program, bodies: &Bodies) {
    let mut calls: BTreeMap<FunId, Vec<(FunId, Span)>> = BTreeMap::new();
    for (id, body) in bodies {
        if !program.fun(*id).is_inline {
            continue;
        }
        let Some(body) = body else { continue };
        let mut found = Vec::new();
        let mut stack = vec![&body.exp];
        stack.extend(body.holes.iter().flatten());
        while let Some(exp) = stack.pop() {
            if let TKind::Call(callee, ..) = &exp.kind
                && program.fun(*callee).is_inline
            {
                found.push((*callee, exp.span));
            }
            crate::lower::children(exp, &mut stack);
        }
        calls.insert(*id, found);
    }
    let mut reported: BTreeSet<FunId> = BTreeSet::new();
    for (id, direct) in &calls {
        if reported.contains(id) {
            continue;
        }
        let mut seen: BTreeSet<FunId> = BTreeSet::new();
        let mut queue: Vec<(FunId, Span)> = direct.clone();
        while let Some((callee, span)) = queue.pop() {
            if callee == *id {
                let decl = program.fun(*id);
                let span =
                    direct.iter().find(|(next, _)| next == id || seen.contains(next)).map_or(span, |(_, at)| *at);
                program.report(
                    Diagnostic::new(Code::InlineCycle, span, format!("inline function `{}` calls itself", decl.name))
                        .also(decl.name_span, "declared here")
                        .note(format!(
                            "expanded on the way: {}",
                            seen.iter()
                                .chain([id])
                                .map(|id| format!("`{}`", program.fun(*id).name))
                                .collect::<Vec<_>>()
                                .join(", ")
                        )),
                );
                reported.extend(seen);
                break;
            }
            if seen.insert(callee) {
                let span_of = span;
                queue.extend(
                    calls
                        .get(&callee)
                        .into_iter()
                        .flatten()
                        .map(|(next, span)| (*next, if *next == *id { *span } else { span_of })),
                );
            }
        }
    }
}

/// Types of other modules that code builds, takes apart or selects from.
pub(crate) fn structs_used(code: &ModuleCode) -> BTreeSet<StructId> {
    code.instrs()
        .filter_map(|instr| match &instr.op {
            Op::Pack(id, ..) | Op::Unpack(id, ..) | Op::BorrowField(_, id, ..) | Op::TestVariant(id, ..) => Some(*id),
            _ => None,
        })
        .collect()
}

/// Generic functions of one module that call each other with ever larger type arguments.
pub(crate) fn instantiation_loops(program: &Program, codes: &[ModuleCode]) {
    for code in codes {
        // Nodes: function and type parameter. Edges: whether the argument is more than the parameter itself.
        let mut edges: BTreeMap<Param, Vec<(Param, bool, Span)>> = BTreeMap::new();
        for (id, function) in &code.functions {
            let Some(function) = function else { continue };
            for instr in function.blocks.iter().flat_map(|block| &block.instrs) {
                let (Op::Call(Callee::Declared(callee), targs) | Op::PackClosure(Callee::Declared(callee), targs, _)) =
                    &instr.op
                else {
                    continue;
                };
                if program.fun(*callee).module != code.module {
                    continue;
                }
                for (nth, ty) in targs.iter().enumerate() {
                    ty.any(&mut |part| {
                        if let Ty::Param(index) = part {
                            let grows = !matches!(ty, Ty::Param(_));
                            edges.entry((*id, *index)).or_default().push(((*callee, nth as u16), grows, instr.span));
                        }
                        false
                    });
                }
            }
        }
        let growing: Vec<(Param, Param, Span)> = edges
            .iter()
            .flat_map(|(from, list)| {
                list.iter().filter(|(_, grows, _)| *grows).map(|(to, _, span)| (*from, *to, *span))
            })
            .collect();
        for (from, to, span) in growing {
            let mut seen: BTreeSet<Param> = BTreeSet::new();
            let mut queue = vec![to];
            while let Some(at) = queue.pop() {
                if at == from {
                    program.report(
                        Diagnostic::new(
                            Code::GenericLoop,
                            span,
                            format!("function `{}` calls itself with ever larger types", program.fun(from.0).name),
                        )
                        .also(program.fun(from.0).name_span, "declared here"),
                    );
                    break;
                }
                if seen.insert(at) {
                    queue.extend(edges.get(&at).into_iter().flatten().map(|(to, _, _)| *to));
                }
            }
        }
    }
}

/// Functions that reach the randomness module need the attribute, and must not be public.
pub(crate) fn randomness(program: &Program, codes: &[ModuleCode]) {
    let Some(module) = program.find_module(AccountAddress::ONE, "randomness") else { return };
    let mut callers: BTreeMap<FunId, Vec<FunId>> = BTreeMap::new();
    for code in codes {
        for (id, function) in &code.functions {
            let Some(function) = function else { continue };
            for instr in function.blocks.iter().flat_map(|block| &block.instrs) {
                if let Op::Call(Callee::Declared(callee), _) | Op::PackClosure(Callee::Declared(callee), ..) = &instr.op
                {
                    callers.entry(*callee).or_default().push(*id);
                }
            }
        }
    }
    let mut reaching: BTreeSet<FunId> = BTreeSet::new();
    let mut queue: Vec<FunId> = program
        .module(module)
        .funs
        .iter()
        .copied()
        .filter(|id| program.fun(*id).visibility == Visibility::Public)
        .collect();
    while let Some(id) = queue.pop() {
        for caller in callers.get(&id).into_iter().flatten() {
            if program.fun(*caller).module != module && reaching.insert(*caller) {
                queue.push(*caller);
            }
        }
    }
    for id in reaching {
        let fun = program.fun(id);
        if !program.is_root(fun.module) || fun.is_test_only || program.module(fun.module).address == AccountAddress::ONE
        {
            continue;
        }
        if fun.visibility == Visibility::Public
            && attribute(&fun.ast.attributes, "lint::allow_unsafe_randomness").is_none()
        {
            program.report(
                Diagnostic::new(Code::Randomness, fun.name_span, format!("public function `{}` reaches the randomness module", fun.name))
                    .note("whoever calls it could abort after an unwelcome outcome; make it private, or mark it `#[lint::allow_unsafe_randomness]`"),
            );
        } else if fun.is_entry
            && fun.visibility != Visibility::Public
            && attribute(&fun.ast.attributes, "randomness").is_none()
        {
            program.report(
                Diagnostic::new(
                    Code::Randomness,
                    fun.name_span,
                    format!("entry function `{}` reaches the randomness module", fun.name),
                )
                .note("mark it `#[randomness]`"),
            );
        }
    }
}
