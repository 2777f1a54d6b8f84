//! Functions: entry points, `init_module`, scripts, natives, limits.

use crate::{
    ast::Visibility,
    codes::Code,
    diagnostics::Diagnostic,
    program::{FunDecl, Program, attribute},
    types::Ty,
};
use move_core_types::AccountAddress;

pub(super) fn check(program: &Program) {
    for fun in &program.funs {
        limits(program, fun);
        let script = program.module(fun.module).is_script;
        if script {
            check_script(program, fun);
        } else if fun.is_entry && attribute(&fun.ast.attributes, "legacy_entry_fun").is_none() {
            check_entry(program, fun, "an entry function");
        }
        if !script && &*fun.name == "init_module" && !fun.is_test_only {
            check_init(program, fun);
        }
    }
}

fn limits(program: &Program, fun: &FunDecl) {
    if fun.params.len() > 128 {
        program.report(Diagnostic::new(
            Code::Limit,
            fun.name_span,
            format!("function `{}` has {} parameters, at most 128 are possible", fun.name, fun.params.len()),
        ));
    }
    if fun.type_params.len() > 32 {
        program.report(Diagnostic::new(
            Code::Limit,
            fun.name_span,
            format!("function `{}` has {} type parameters, at most 32 are possible", fun.name, fun.type_params.len()),
        ));
    }
}

fn check_script(program: &Program, fun: &FunDecl) {
    if fun.is_native || fun.is_inline {
        program.report(Diagnostic::new(
            Code::BadScript,
            fun.name_span,
            "the function of a script cannot be native or inline",
        ));
    }
    check_entry(program, fun, "a script");
}

fn check_entry(program: &Program, fun: &FunDecl, what: &str) {
    let code = if what == "a script" { Code::BadScript } else { Code::BadEntry };
    if !fun.result.is_unit() && fun.result != Ty::Error {
        let span = fun.ast.value.result.as_ref().map_or(fun.name_span, |ty| ty.span);
        program.report(Diagnostic::new(code, span, format!("{what} returns nothing")));
    }
    let mut other = None;
    for ((name, span, ty), (_, written)) in fun.params.iter().zip(&fun.ast.value.params) {
        let signer = matches!(ty.strip(), Ty::Signer);
        if (signer && matches!(ty, Ty::Ref(true, _)) || !signer && !is_argument(program, ty)) && *ty != Ty::Error {
            program.report(
                    Diagnostic::new(code, written.span, format!("a transaction cannot carry a `{}` for parameter `{name}` of {what}", program.show(ty, &fun.type_params)))
                        .note("possible are bool, integers, address, signer, String, Option, Object, fixed-point numbers, and vectors of these"),
                );
        }
        if signer && let Some(first) = other {
            let code = if what == "a script" { Code::BadScript } else { Code::SignerOrder };
            if program.is_root(fun.module) || code == Code::BadScript {
                program.report(
                    Diagnostic::new(code, *span, format!("signers come before all other parameters of {what}"))
                        .also(first, "this is not a signer"),
                );
            }
        } else if !signer {
            other = Some(*span);
        }
    }
}

/// Types that a transaction can carry.
pub(super) fn is_argument(program: &Program, ty: &Ty) -> bool {
    match ty {
        Ty::Bool | Ty::Int(_) | Ty::Address | Ty::Param(_) | Ty::Error | Ty::Signer => true,
        Ty::Vector(inner) => is_argument(program, inner),
        Ty::Struct(id, args) => {
            let decl = program.strukt(*id);
            let module = program.module(decl.module);
            if module.address == AccountAddress::ONE {
                match (&*module.name, &*decl.name) {
                    ("string", "String")
                    | ("object", "Object")
                    | ("fixed_point32", "FixedPoint32")
                    | ("fixed_point64", "FixedPoint64") => return true,
                    ("option", "Option") => return args.iter().all(|ty| is_argument(program, ty)),
                    _ => {}
                }
            }
            let public =
                decl.visibility == Visibility::Public && decl.abilities.has_copy() && !decl.abilities.has_key();
            public
                && decl
                    .variants
                    .iter()
                    .all(|variant| variant.fields.iter().all(|field| is_argument(program, &field.ty.substitute(args))))
        }
        Ty::Ref(..) | Ty::Fun(_) | Ty::Tuple(_) | Ty::Var(_) | Ty::Never => false,
    }
}

fn check_init(program: &Program, fun: &FunDecl) {
    let report = |span, message: &str| {
        program.report(
            Diagnostic::new(Code::BadInit, span, message)
                .note("it is called once, with the publisher's signer, when the module is published"),
        );
    };
    if fun.visibility != Visibility::Private {
        report(fun.name_span, "`init_module` must be private");
    }
    if !fun.type_params.is_empty() {
        report(fun.name_span, "`init_module` cannot be generic");
    }
    if !fun.result.is_unit() {
        report(fun.name_span, "`init_module` returns nothing");
    }
    if fun.params.len() != 1
        || !fun.params.iter().all(|(_, _, ty)| {
            matches!(ty, Ty::Signer | Ty::Error) || matches!(ty, Ty::Ref(false, inner) if **inner == Ty::Signer)
        })
    {
        report(fun.name_span, "`init_module` takes exactly one `&signer`");
    }
}
