//! Attributes: known names, right places, right arguments.

use super::functions::is_argument;
use crate::{
    ast::{Attribute, Visibility},
    codes::Code,
    diagnostics::{Diagnostic, nearest},
    facts,
    program::{FunDecl, Program, StructDecl, attribute, attribute_args},
    types::{ModId, Ty},
};

const KNOWN: &[&str] = &[
    "test",
    "test_only",
    "expected_failure",
    "verify_only",
    "view",
    "event",
    "resource_group",
    "resource_group_member",
    "persistent",
    "module_lock",
    "deprecated",
    "bytecode_instruction",
    "native_interface",
    "legacy_entry_fun",
    "randomness",
    "lint::skip",
    "lint::allow_unsafe_randomness",
    "fmt::skip",
    "mutation::skip",
];

/// Checks the attributes of everything in the root package.
pub(crate) fn attributes(program: &Program) {
    for index in 0..program.modules.len() {
        let id = ModId(index as u32);
        let module = program.module(id);
        let root = program.is_root(id);
        if root {
            names(program, &module.ast.attributes);
            for id in &module.consts {
                names(program, &program.constant(*id).ast.attributes);
            }
        }
        for id in &module.structs {
            let decl = program.strukt(*id);
            if root {
                names(program, &decl.attributes);
            }
            structure(program, decl);
        }
        for id in &module.funs {
            let decl = program.fun(*id);
            if root {
                names(program, &decl.ast.attributes);
            }
            function(program, decl);
        }
    }
}

fn names(program: &Program, attributes: &[Attribute]) {
    for (nth, attribute) in attributes.iter().enumerate() {
        if let Some(first) = attributes[..nth].iter().find(|other| other.name == attribute.name) {
            program.report(
                Diagnostic::new(
                    Code::DuplicateItem,
                    attribute.span,
                    format!("attribute `{}` is given twice", attribute.name),
                )
                .also(first.span, "first here"),
            );
        }
        if program.options.warn_unknown_attributes
            && !KNOWN.contains(&&*attribute.name)
            && !attribute.name.starts_with("lint::")
        {
            let mut diagnostic = Diagnostic::new(
                Code::UnknownAttribute,
                attribute.span,
                format!("unknown attribute `{}`", attribute.name),
            );
            if let Some(near) = nearest(&attribute.name, KNOWN.iter().copied()) {
                diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
            }
            program.report(diagnostic);
        }
        if &*attribute.name == "lint::skip" {
            lint_names(program, attribute);
        }
    }
}

/// Warnings have names; a slip would silence nothing.
fn lint_names(program: &Program, skip: &Attribute) {
    let names: Vec<String> =
        Code::ALL.iter().filter(|code| code.name().starts_with('W')).map(|code| code.lint()).collect();
    for entry in attribute_args(skip) {
        if let Some(near) = nearest(&entry.name, names.iter().map(String::as_str))
            && !names.iter().any(|name| **name == *entry.name)
        {
            program.report(
                Diagnostic::new(Code::UnknownAttribute, entry.span, format!("there is no warning `{}`", entry.name))
                    .here(format!("did you mean `{near}`?")),
            );
        }
    }
}

fn bad(program: &Program, attribute: &Attribute, message: impl Into<String>) {
    program.report(Diagnostic::new(Code::BadAttribute, attribute.span, message));
}

fn structure(program: &Program, decl: &StructDecl) {
    for name in ["test", "view", "persistent", "randomness", "expected_failure", "module_lock"] {
        if let Some(found) = attribute(&decl.attributes, name) {
            bad(program, found, format!("`{name}` belongs on functions"));
        }
    }
    let event = attribute(&decl.attributes, "event");
    let member = attribute(&decl.attributes, "resource_group_member");
    if let Some(event) = event {
        if !decl.abilities.has_drop() || !decl.abilities.has_store() {
            program.report(
                Diagnostic::new(
                    Code::BadAttribute,
                    event.span,
                    format!("event `{}` needs `drop` and `store`", decl.name),
                )
                .also(decl.name_span, "declared here"),
            );
        }
        if member.is_some() {
            bad(program, event, "an event cannot be a member of a resource group");
        }
    }
    if let Some(group) = attribute(&decl.attributes, "resource_group") {
        let scope = facts::scope_of(program, group);
        if !matches!(scope.as_str(), "global" | "address" | "module_") {
            bad(
                program,
                group,
                format!("the scope of a resource group is `global`, `address` or `module_`, not `{scope}`"),
            );
        }
        let empty = decl.variants.iter().all(|variant| variant.fields.is_empty());
        if !empty || !decl.abilities.is_empty() || !decl.type_params.is_empty() || decl.is_enum {
            bad(program, group, "the container of a resource group has no fields, abilities or type parameters");
        }
    }
    if let Some(member) = member {
        if !decl.abilities.has_key() {
            program.report(
                Diagnostic::new(
                    Code::BadAttribute,
                    member.span,
                    format!("`{}` needs `key` to be in a resource group", decl.name),
                )
                .also(decl.name_span, "declared here"),
            );
        }
        let Some(container) = facts::group_of(program, decl.module, member) else {
            return bad(program, member, "write `resource_group_member(group = address::module::Container)`");
        };
        let container = program.strukt(container);
        let Some(group) = attribute(&container.attributes, "resource_group") else {
            return bad(program, member, format!("`{}` is not a resource group", container.name));
        };
        let (own, other) = (program.module(decl.module), program.module(container.module));
        let fits = match facts::scope_of(program, group).as_str() {
            "module_" => decl.module == container.module,
            "address" => own.address == other.address,
            _ => true,
        };
        if !fits {
            bad(
                program,
                member,
                format!("the scope of resource group `{}` does not reach this module", container.name),
            );
        }
    }
}

fn function(program: &Program, decl: &FunDecl) {
    let attributes = &decl.ast.attributes;
    for name in ["event", "resource_group", "resource_group_member"] {
        if let Some(found) = attribute(attributes, name) {
            bad(program, found, format!("`{name}` belongs on types"));
        }
    }
    if let Some(view) = attribute(attributes, "view") {
        if decl.result.is_unit() {
            bad(program, view, "a view function returns at least one value");
        }
        for ((name, _, ty), (_, written)) in decl.params.iter().zip(&decl.ast.value.params) {
            let problem = if matches!(ty.strip(), Ty::Signer) {
                "a view function has no signer"
            } else if !is_argument(program, ty) {
                "a transaction cannot carry this type"
            } else {
                continue;
            };
            program.report(
                Diagnostic::new(
                    Code::BadAttribute,
                    written.span,
                    format!("parameter `{name}` of a view function: {problem}"),
                )
                .also(view.span, "because of this attribute"),
            );
        }
    }
    if let Some(randomness) = attribute(attributes, "randomness") {
        if !decl.is_entry || decl.visibility == Visibility::Public {
            bad(program, randomness, "`randomness` belongs on entry functions that are not public");
        }
        let args = attribute_args(randomness);
        if args.len() > 1 || args.iter().any(|arg| &*arg.name != "max_gas") {
            bad(program, randomness, "the only argument is `max_gas = number`");
        }
    }
    if let Some(found) = attribute(attributes, "expected_failure")
        && attribute(attributes, "test").is_none()
    {
        bad(program, found, "`expected_failure` belongs on functions with `test`");
    }
    if let (Some(test), Some(only)) = (attribute(attributes, "test"), attribute(attributes, "test_only")) {
        program.report(
            Diagnostic::new(Code::BadAttribute, only.span, "a test is `test_only` anyway").also(test.span, "test here"),
        );
    }
}
