//! From syntax trees to declarations: modules, members, aliases, signatures.

use crate::{
    ast::{self, Attribute, Ident, Symbol, TypeParam},
    codes::Code,
    diagnostics::Diagnostic,
    program::{
        ConstDecl, ConstState, FieldDecl, FunDecl, Member, ModuleDecl, Owner, Program, Scope, StructDecl,
        TypeParamDecl, VariantDecl, attribute,
    },
    resolve::{Names, Resolved, TypePlace, is_upper},
    types::{ConstId, FunId, ModId, StructId, Ty},
};
use move_core_types::AccountAddress;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

/// Whether an item stays, given its attributes.
fn keep(attributes: &[Attribute], test_mode: bool, is_root: bool) -> bool {
    if attribute(attributes, "verify_only").is_some() {
        return false;
    }
    let test = attribute(attributes, "test").is_some();
    let test_only = attribute(attributes, "test_only").is_some();
    if !test_mode { !test && !test_only } else { !test || is_root }
}

/// Enters all modules of a package. `package` is its index in `program.packages`.
pub(crate) fn modules(program: &mut Program, package: usize, parsed: Vec<ast::Module>) {
    let test_mode = program.options.test_mode;
    let is_root = program.packages[package].dependency.is_none();
    for mut module in parsed {
        if !keep(&module.attributes, test_mode, is_root) {
            continue;
        }
        if module.is_script && !is_root {
            continue;
        }
        module.uses.retain(|u| keep(&u.attributes, test_mode, is_root));
        module.friends.retain(|(_, attributes, _)| keep(attributes, test_mode, is_root));
        module.constants.retain(|item| keep(&item.attributes, test_mode, is_root));
        module.structs.retain(|item| keep(&item.attributes, test_mode, is_root));
        module.functions.retain(|item| keep(&item.attributes, test_mode, is_root));
        let address = match &module.address {
            Some(leading) => match program.address(package, leading) {
                Some(address) => address,
                None => continue,
            },
            None if module.is_script => AccountAddress::ZERO,
            None => {
                program.report(
                    Diagnostic::new(
                        Code::NoAddress,
                        module.name.span,
                        format!("module `{}` has no address", module.name.name),
                    )
                    .note("write `module address::name`"),
                );
                continue;
            }
        };
        let name = if module.is_script {
            match module.functions.first() {
                Some(function) => function.value.name.name.clone(),
                None => continue,
            }
        } else {
            check_module_name(program, &module.name);
            module.name.name.clone()
        };
        let id = ModId(program.modules.len() as u32);
        if !module.is_script {
            if let Some(first) = program.by_name.get(&(address, name.clone())) {
                let first = program.module(*first);
                let other = program.packages[first.package].dependency.clone();
                let mut diagnostic = Diagnostic::new(
                    Code::DuplicateItem,
                    module.name.span,
                    format!("module `{}::{name}` is declared twice", address.to_short_string()),
                )
                .also(first.name_span, "first here");
                if first.package != package {
                    diagnostic = diagnostic.note(format!(
                        "by package `{}` and package `{}`",
                        other.unwrap_or_else(|| "root".into()),
                        program.packages[package].dependency.clone().unwrap_or_else(|| "root".into())
                    ));
                }
                program.report(diagnostic);
                continue;
            }
            program.by_name.insert((address, name.clone()), id);
        }
        program.modules.push(ModuleDecl {
            address,
            name,
            package,
            is_script: module.is_script,
            is_test_only: attribute(&module.attributes, "test_only").is_some(),
            name_span: module.name.span,
            ast: Rc::new(module),
            scope: Scope::default(),
            members: BTreeMap::new(),
            structs: Vec::new(),
            funs: Vec::new(),
            consts: Vec::new(),
            friends: Vec::new(),
        });
    }
}

fn check_module_name(program: &Program, name: &Ident) {
    if name.name.starts_with('_') {
        program.report(Diagnostic::new(Code::BadName, name.span, "module names do not start with an underscore"));
    }
    check_length(program, name);
    if &*name.name == "Self" {
        program.report(Diagnostic::new(Code::BadName, name.span, "nothing may be called `Self`"));
    }
}

fn check_length(program: &Program, name: &Ident) {
    if name.name.len() > 255 {
        program.report(Diagnostic::new(Code::Limit, name.span, "a name has at most 255 characters"));
    }
}

const RESERVED: &[&str] = &[
    "move_to",
    "move_from",
    "borrow_global",
    "borrow_global_mut",
    "exists",
    "freeze",
    "assert",
    "bool",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "u256",
    "address",
    "signer",
    "vector",
    "Self",
];

const RESERVED_SIGNED: &[&str] = &["i8", "i16", "i32", "i64", "i128", "i256"];

fn check_member_name(program: &Program, module: ModId, name: &Ident, upper: bool, what: &str) {
    check_length(program, name);
    let signed = program.language(module) >= crate::api::LanguageVersion::V2_3;
    let problem = if RESERVED.contains(&&*name.name) || signed && RESERVED_SIGNED.contains(&&*name.name) {
        format!("`{}` is a reserved name", name.name)
    } else if upper && !is_upper(&name.name) {
        format!("the name of a {what} must start with an upper-case letter")
    } else if !upper && name.name.starts_with('_') {
        format!("the name of a {what} may not start with an underscore")
    } else {
        return;
    };
    program.report(Diagnostic::new(Code::BadName, name.span, problem));
}

/// Enters the members of all modules by name.
pub(crate) fn members(program: &mut Program) {
    for index in 0..program.modules.len() {
        let id = ModId(index as u32);
        let tree = program.modules[index].ast.clone();
        let mut spans: BTreeMap<Symbol, crate::source::Span> = BTreeMap::new();
        let module_test_only = program.modules[index].is_test_only;
        for item in &tree.structs {
            let what = if item.value.is_enum { "enum" } else { "struct" };
            check_member_name(program, id, &item.value.name, true, what);
            let struct_id = StructId(program.structs.len() as u32);
            program.structs.push(StructDecl {
                module: id,
                name: item.value.name.name.clone(),
                name_span: item.value.name.span,
                span: item.value.span,
                type_params: type_params(program, &item.value.type_params),
                abilities: item.value.abilities,
                is_enum: item.value.is_enum,
                visibility: item.value.visibility,
                variants: Vec::new(),
                attributes: item.attributes.clone(),
                doc: item.doc.clone(),
                used: Cell::new(false),
            });
            if enter(program, index, &mut spans, &item.value.name, Member::Struct(struct_id)) {
                program.modules[index].structs.push(struct_id);
            }
        }
        for item in &tree.constants {
            check_member_name(program, id, &item.value.name, true, "constant");
            let const_id = ConstId(program.consts.len() as u32);
            program.consts.push(ConstDecl {
                module: id,
                name: item.value.name.name.clone(),
                name_span: item.value.name.span,
                ty: Ty::Error,
                ast: Rc::new(item.clone()),
                visibility: item.value.visibility,
                is_test_only: module_test_only || attribute(&item.attributes, "test_only").is_some(),
                value: RefCell::new(ConstState::Unknown),
                used: Cell::new(false),
            });
            if enter(program, index, &mut spans, &item.value.name, Member::Const(const_id)) {
                program.modules[index].consts.push(const_id);
            }
        }
        for item in &tree.functions {
            if !tree.is_script {
                check_member_name(program, id, &item.value.name, false, "function");
            }
            let fun_id = FunId(program.funs.len() as u32);
            let is_test = attribute(&item.attributes, "test").is_some();
            program.funs.push(FunDecl {
                module: id,
                name: item.value.name.name.clone(),
                name_span: item.value.name.span,
                type_params: type_params(program, &item.value.type_params),
                params: Vec::new(),
                result: Ty::unit(),
                ast: Rc::new(item.clone()),
                visibility: item.value.visibility,
                is_entry: item.value.is_entry,
                is_native: item.value.is_native,
                is_inline: item.value.is_inline,
                is_test,
                is_test_only: is_test || module_test_only || attribute(&item.attributes, "test_only").is_some(),
                is_persistent: attribute(&item.attributes, "persistent").is_some(),
                acquires: Vec::new(),
                used: Cell::new(false),
            });
            if enter(program, index, &mut spans, &item.value.name, Member::Fun(fun_id)) {
                program.modules[index].funs.push(fun_id);
            }
        }
    }
}

fn enter(
    program: &mut Program,
    module: usize,
    spans: &mut BTreeMap<Symbol, crate::source::Span>,
    name: &Ident,
    member: Member,
) -> bool {
    if let Some(first) = spans.get(&name.name) {
        // Kinds are entered one after the other: the later one in the text is the duplicate.
        let (first, second) = if first.start < name.span.start { (*first, name.span) } else { (name.span, *first) };
        program.report(
            Diagnostic::new(Code::DuplicateItem, second, format!("`{}` is declared twice in this module", name.name))
                .also(first, "first here"),
        );
        return false;
    }
    spans.insert(name.name.clone(), name.span);
    program.modules[module].members.insert(name.name.clone(), member);
    true
}

fn type_params(program: &Program, params: &[TypeParam]) -> Vec<TypeParamDecl> {
    let mut out: Vec<TypeParamDecl> = Vec::new();
    for param in params {
        if let Some(first) = out.iter().find(|other| other.name == param.name.name) {
            program.report(
                Diagnostic::new(
                    Code::DuplicateItem,
                    param.name.span,
                    format!("type parameter `{}` is declared twice", param.name.name),
                )
                .also(first.span, "first here"),
            );
        }
        out.push(TypeParamDecl {
            name: param.name.name.clone(),
            span: param.name.span,
            abilities: param.abilities,
            phantom: param.phantom,
        });
    }
    out
}

/// Makes the aliases of all modules, and the friend lists.
pub(crate) fn aliases(program: &mut Program) {
    for index in 0..program.modules.len() {
        let id = ModId(index as u32);
        let tree = program.modules[index].ast.clone();
        let quiet = program.modules[index].is_test_only || program.options.test_mode && !program.is_root(id);
        let scope = Names::new(program, id, Vec::new()).scope(&tree.uses, quiet);
        program.modules[index].scope = scope;
        let friends = friends(program, id, &tree);
        program.modules[index].friends = friends;
    }
}

fn friends(program: &Program, id: ModId, tree: &ast::Module) -> Vec<(ModId, crate::source::Span)> {
    let names = Names::new(program, id, Vec::new());
    let mut list: Vec<(ModId, crate::source::Span)> = Vec::new();
    for (chain, _, span) in &tree.friends {
        let Some(friend) = names.module_chain(chain) else { continue };
        let own = program.module(id);
        if friend == id {
            program.report(Diagnostic::new(Code::BadFriend, *span, "a module cannot be its own friend"));
        } else if program.module(friend).address != own.address {
            program.report(
                Diagnostic::new(
                    Code::BadFriend,
                    *span,
                    format!("friend `{}` has another address", program.module_text(friend)),
                )
                .note("friends must be published at the same address"),
            );
        } else if let Some((_, first)) = list.iter().find(|(other, _)| *other == friend) {
            program.report(
                Diagnostic::new(Code::DuplicateItem, *span, "this friend is declared twice").also(*first, "first here"),
            );
        } else {
            list.push((friend, *span));
        }
    }
    list
}

/// Resolves fields, constant types and function signatures.
pub(crate) fn signatures(program: &mut Program) {
    for index in 0..program.modules.len() {
        let tree = program.modules[index].ast.clone();
        let mut next = 0;
        for item in &tree.structs {
            let Some(id) = program.modules[index].structs.get(next).copied() else { break };
            if program.strukt(id).name_span != item.value.name.span {
                continue; // A duplicate.
            }
            next += 1;
            let variants = variants(program, ModId(index as u32), id, &item.value);
            program.structs[id.0 as usize].variants = variants;
        }
    }
    for index in 0..program.consts.len() {
        let decl = &program.consts[index];
        let (module, tree) = (decl.module, decl.ast.clone());
        let ty = Names::new(program, module, Vec::new()).ty(&tree.value.ty, TypePlace::Any);
        program.consts[index].ty = ty;
    }
    for index in 0..program.funs.len() {
        function_signature(program, index);
    }
}

fn variants(program: &Program, module: ModId, id: StructId, tree: &ast::Struct) -> Vec<VariantDecl> {
    let names = Names::new(program, module, program.strukt(id).type_params.clone());
    let mut variants: Vec<VariantDecl> = Vec::new();
    for variant in &tree.variants {
        if let Some(first) = variants.iter().find(|other| other.name == variant.name.name) {
            program.report(
                Diagnostic::new(
                    Code::DuplicateItem,
                    variant.name.span,
                    format!("variant `{}` is declared twice", variant.name.name),
                )
                .also(first.span, "first here"),
            );
        }
        if tree.is_enum && !is_upper(&variant.name.name) {
            program.report(Diagnostic::new(
                Code::BadName,
                variant.name.span,
                "the name of a variant must start with an upper-case letter",
            ));
        }
        let mut fields: Vec<FieldDecl> = Vec::new();
        for field in &variant.fields {
            if let Some(first) = fields.iter().find(|other| other.name == field.name.name) {
                program.report(
                    Diagnostic::new(
                        Code::DuplicateItem,
                        field.name.span,
                        format!("field `{}` is declared twice", field.name.name),
                    )
                    .also(first.span, "first here"),
                );
            }
            check_length(program, &field.name);
            let mut ty = names.ty(&field.ty, TypePlace::Inner);
            // The function in a wrapper struct has the abilities of the wrapper unless it says otherwise.
            if let Ty::Fun(fun) = &ty
                && !tree.is_enum
                && variant.positional
                && variant.fields.len() == 1
                && fun.abilities.is_empty()
            {
                ty = Ty::Fun(Rc::new(crate::types::FunTy { abilities: tree.abilities.requires(), ..(**fun).clone() }));
            }
            fields.push(FieldDecl { name: field.name.name.clone(), span: field.name.span, ty, doc: field.doc.clone() });
        }
        variants.push(VariantDecl {
            name: variant.name.name.clone(),
            span: variant.name.span,
            fields,
            positional: variant.positional,
            doc: variant.doc.clone(),
        });
    }
    variants
}

fn function_signature(program: &mut Program, index: usize) {
    let decl = &program.funs[index];
    let tree = decl.ast.clone();
    let names = Names::new(program, decl.module, decl.type_params.clone());
    let mut params: Vec<(Symbol, crate::source::Span, Ty)> = Vec::new();
    for (name, ty) in &tree.value.params {
        if &*name.name != "_"
            && let Some((_, first, _)) = params.iter().find(|(other, _, _)| *other == name.name)
        {
            program.report(
                Diagnostic::new(Code::DuplicateItem, name.span, format!("parameter `{}` is declared twice", name.name))
                    .also(*first, "first here"),
            );
        }
        if is_upper(&name.name) {
            program.report(Diagnostic::new(
                Code::BadName,
                name.span,
                "the name of a parameter must start with a lower-case letter or `_`",
            ));
        }
        params.push((name.name.clone(), name.span, names.ty(ty, TypePlace::Param)));
    }
    let result = tree.value.result.as_ref().map_or_else(Ty::unit, |ty| names.ty(ty, TypePlace::Any));
    let mut acquires = Vec::new();
    for chain in &tree.value.acquires {
        match names.any(chain, "resource", Code::UnboundType) {
            Some(Resolved::Member(Member::Struct(id))) => {
                program.strukt(id).used.set(true);
                if program.strukt(id).module != decl.module {
                    program.report(Diagnostic::new(
                        Code::Acquires,
                        chain.span,
                        "only resources of this module can be acquired",
                    ));
                } else if let Some((_, first)) = acquires.iter().find(|(other, _): &&(StructId, _)| *other == id) {
                    program.report(
                        Diagnostic::new(Code::DuplicateItem, chain.span, "this resource is listed twice")
                            .also(*first, "first here"),
                    );
                } else {
                    acquires.push((id, chain.span));
                }
            }
            Some(_) => program.report(Diagnostic::new(Code::WrongKind, chain.span, "this is not a resource type")),
            None => {}
        }
    }
    let module = decl.module;
    let receiver = receiver(program, module, index, &params);
    let decl = &mut program.funs[index];
    decl.params = params;
    decl.result = result;
    decl.acquires = acquires;
    if let Some(target) = receiver {
        program.receivers.insert((target, program.funs[index].name.clone()), FunId(index as u32));
    }
}

/// The type whose receiver function this is; warns if `self` does not make it one.
fn receiver(
    program: &Program,
    module: ModId,
    index: usize,
    params: &[(Symbol, crate::source::Span, Ty)],
) -> Option<Owner> {
    let (name, span, ty) = params.first()?;
    if &**name != "self" {
        return None;
    }
    let distinct = |types: &[Ty]| {
        let mut seen = Vec::new();
        types.iter().all(|ty| matches!(ty, Ty::Param(index) if !seen.contains(index) && { seen.push(*index); true }))
    };
    match ty.strip() {
        Ty::Struct(id, types) if program.strukt(*id).module == module && distinct(types) => {
            return Some(Owner::Struct(*id));
        }
        Ty::Vector(inner) if program.is_vector_module(module) && matches!(**inner, Ty::Param(_)) => {
            return Some(Owner::Vector);
        }
        Ty::Signer if program.is_standard_module(module, "signer") => return Some(Owner::Signer),
        Ty::Error => return None,
        _ => {}
    }
    if program.is_root(module) {
        let fun = &program.funs[index].name;
        program.report(
            Diagnostic::new(
                Code::NotReceiver,
                *span,
                format!("`{fun}` is not a receiver function, although its first parameter is called `self`"),
            )
            .note("`self` needs a type of this module, instantiated with type parameters of the function"),
        );
    }
    None
}
