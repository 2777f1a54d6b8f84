//! Rules about declarations, and about the program as a whole.

mod attributes;
mod functions;
mod graph;
mod structs;

pub(crate) use attributes::attributes;
pub(crate) use graph::{dependency_order, inline_cycles, instantiation_loops, randomness, structs_used};

use crate::{
    ast::Visibility,
    codes::Code,
    diagnostics::Diagnostic,
    program::{Program, attribute},
    types::ModId,
    typing::unused_aliases,
};

/// Checks what is declared, without bodies.
pub(crate) fn declarations(program: &Program) {
    structs::check(program);
    functions::check(program);
    friends(program);
}

/// Friends and package visibility do not mix.
fn friends(program: &Program) {
    for index in 0..program.modules.len() {
        let module = program.module(ModId(index as u32));
        let package = module.funs.iter().map(|id| program.fun(*id)).find(|fun| fun.visibility == Visibility::Package);
        let friend = module.funs.iter().map(|id| program.fun(*id)).find(|fun| fun.visibility == Visibility::Friend);
        let Some(package) = package else { continue };
        let other = friend.map(|fun| fun.name_span).or_else(|| module.friends.first().map(|(_, span)| *span));
        if let Some(other) = other {
            program.report(
                Diagnostic::new(
                    Code::BadFriend,
                    package.name_span,
                    "a module cannot have both package visibility and friends",
                )
                .also(other, "friend here"),
            );
        }
    }
}

/// Warns about what nobody uses.
pub(crate) fn unused(program: &Program) {
    for index in 0..program.modules.len() {
        let id = ModId(index as u32);
        if !program.is_root(id) {
            continue;
        }
        let module = program.module(id);
        for (name, alias) in &module.scope.members {
            if module.members.contains_key(name) && !alias.used.replace(true) && !alias.quiet {
                program.report(
                    Diagnostic::new(
                        Code::ShadowedAlias,
                        alias.span,
                        format!("the alias `{name}` means nothing: the module has a member of that name"),
                    )
                    .here("remove it, or rename it with `as`"),
                );
            }
        }
        unused_aliases(program, id, &module.scope);
        let words = &module.ast.spec_words;
        for fun in module.funs.iter().map(|id| program.fun(*id)) {
            let private = fun.visibility == Visibility::Private
                || fun.visibility == Visibility::Friend && module.friends.is_empty();
            let exempt = module.is_script
                || fun.is_entry
                || fun.is_test_only
                || fun.is_persistent
                || fun.is_inline
                || fun.is_native
                || &*fun.name == "init_module"
                || attribute(&fun.ast.attributes, "view").is_some()
                || words.contains(&fun.name);
            if private && !exempt && !fun.used.get() {
                program.report(Diagnostic::new(
                    Code::UnusedFunction,
                    fun.name_span,
                    format!("function `{}` is never used", fun.name),
                ));
            }
        }
        for decl in module.structs.iter().map(|id| program.strukt(*id)) {
            let kept = program.options.test_mode && module.is_test_only
                || attribute(&decl.attributes, "test_only").is_some()
                || attribute(&decl.attributes, "resource_group").is_some()
                || attribute(&decl.attributes, "event").is_some()
                || words.contains(&decl.name)
                || decl.visibility != Visibility::Private;
            if !decl.used.get() && !kept {
                program.report(Diagnostic::new(
                    Code::UnusedStruct,
                    decl.name_span,
                    format!("type `{}` is never used", decl.name),
                ));
            }
        }
        for constant in module.consts.iter().map(|id| program.constant(*id)) {
            let exempt =
                constant.is_test_only || words.contains(&constant.name) || constant.visibility != Visibility::Private;
            if !constant.used.get() && !exempt {
                program.report(Diagnostic::new(
                    Code::UnusedConstant,
                    constant.name_span,
                    format!("constant `{}` is never used", constant.name),
                ));
            }
        }
    }
}
