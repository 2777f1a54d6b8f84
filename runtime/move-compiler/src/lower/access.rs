//! Who may reach into types and call functions, where code ends up after expansion.

use crate::{
    ast::Visibility,
    codes::Code,
    diagnostics::Diagnostic,
    program::Program,
    source::Span,
    types::{FunId, ModId, StructId},
};

/// Whether a foreign module may build, take apart and select from a type (language 2.4).
pub(crate) fn struct_visible(program: &Program, user: ModId, id: StructId) -> bool {
    let decl = program.strukt(id);
    if decl.module == user {
        return true;
    }
    if decl.abilities.has_key() {
        return false;
    }
    match decl.visibility {
        Visibility::Private => false,
        Visibility::Public => true,
        Visibility::Friend => program.module(decl.module).friends.iter().any(|(friend, _)| *friend == user),
        Visibility::Package => {
            let (own, other) = (program.module(decl.module), program.module(user));
            own.package == other.package && own.address == other.address
        }
    }
}

/// Reports a call that is not allowed from where it was expanded to.
pub(crate) fn check_call(program: &Program, host: ModId, fun: FunId, span: Span, sites: &[Span]) {
    let decl = program.fun(fun);
    if program.may_call(host, decl) || sites.is_empty() {
        return;
    }
    let mut diagnostic = Diagnostic::new(
        Code::NotVisible,
        span,
        format!(
            "function `{}` of module `{}` is not visible in module `{}`, where this code is expanded",
            decl.name,
            program.module_text(decl.module),
            program.module_text(host)
        ),
    )
    .also(decl.name_span, "declared here");
    for site in sites {
        diagnostic = diagnostic.also(*site, "expanded here");
    }
    program.report(diagnostic);
}

/// Reports an operation on a type that is not allowed from where it was expanded to.
pub(crate) fn check_struct(program: &Program, host: ModId, id: StructId, span: Span, sites: &[Span], storage: bool) {
    let decl = program.strukt(id);
    let allowed = if storage { decl.module == host } else { struct_visible(program, host, id) };
    if allowed || sites.is_empty() {
        return;
    }
    let mut diagnostic = Diagnostic::new(
        Code::StructAccess,
        span,
        format!(
            "this operation on `{}` is possible only in module `{}`, but is expanded in `{}`",
            decl.name,
            program.module_text(decl.module),
            program.module_text(host)
        ),
    )
    .also(decl.name_span, "declared here");
    for site in sites {
        diagnostic = diagnostic.also(*site, "expanded here");
    }
    program.report(diagnostic);
}
