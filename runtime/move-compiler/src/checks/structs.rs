//! Structs and enums: abilities of fields, recursion, phantom parameters, limits.

use crate::{
    ast::Visibility,
    codes::Code,
    diagnostics::Diagnostic,
    program::{FieldDecl, Program, StructDecl, TypeParamDecl},
    types::{StructId, Ty},
};
use move_core_types::ability::{Ability, AbilitySet};
use std::collections::BTreeMap;

pub(super) fn check(program: &Program) {
    for index in 0..program.structs.len() {
        let decl = &program.structs[index];
        shape(program, decl);
        abilities(program, decl);
        phantoms(program, decl);
    }
    recursion(program);
}

fn shape(program: &Program, decl: &StructDecl) {
    if decl.visibility != Visibility::Private && decl.abilities.has_key() {
        program.report(
            Diagnostic::new(
                Code::BadModifiers,
                decl.name_span,
                format!("`{}` has `key`, and such types are private to their module", decl.name),
            )
            .note("remove the visibility or the ability"),
        );
    }
    let duplicate = !program.module(decl.module).structs.iter().any(|id| std::ptr::eq(program.strukt(*id), decl));
    if decl.is_enum && decl.variants.is_empty() && !duplicate {
        program.report(Diagnostic::new(Code::BadEnum, decl.name_span, format!("enum `{}` has no variants", decl.name)));
    }
    if decl.variants.len() > 127 {
        program.report(Diagnostic::new(
            Code::BadEnum,
            decl.name_span,
            format!("enum `{}` has {} variants, at most 127 are possible", decl.name, decl.variants.len()),
        ));
    }
    for variant in &decl.variants {
        if variant.fields.len() > 255 {
            program.report(Diagnostic::new(
                Code::Limit,
                variant.span,
                format!("`{}` has {} fields, at most 255 are possible", variant.name, variant.fields.len()),
            ));
        }
    }
    if decl.type_params.len() > 32 {
        program.report(Diagnostic::new(
            Code::Limit,
            decl.name_span,
            format!("`{}` has {} type parameters, at most 32 are possible", decl.name, decl.type_params.len()),
        ));
    }
}

fn fields(decl: &StructDecl) -> impl Iterator<Item = &FieldDecl> {
    decl.variants.iter().flat_map(|variant| &variant.fields)
}

fn abilities(program: &Program, decl: &StructDecl) {
    // Type parameters are assumed to have everything; instantiation decides.
    let assumed: Vec<TypeParamDecl> =
        decl.type_params.iter().map(|param| TypeParamDecl { abilities: AbilitySet::ALL, ..param.clone() }).collect();
    for field in fields(decl) {
        let have = program.abilities(&field.ty, &assumed);
        for ability in decl.abilities.iter() {
            let needed = ability.requires();
            if !have.has(needed) {
                let why = if ability == Ability::Key {
                    format!("`{}` has `key`, so its fields need `store`", decl.name)
                } else {
                    format!("`{}` has `{ability}`, so its fields need it too", decl.name)
                };
                program.report(
                    Diagnostic::new(
                        Code::FieldAbility,
                        field.span,
                        format!(
                            "field `{}` of type `{}` has no `{needed}`",
                            field.name,
                            program.show(&field.ty, &decl.type_params)
                        ),
                    )
                    .also(decl.name_span, why),
                );
                break;
            }
        }
    }
}

fn phantoms(program: &Program, decl: &StructDecl) {
    let mut used = vec![false; decl.type_params.len()];
    let mut real = vec![false; decl.type_params.len()];
    for field in fields(decl) {
        let before = real.clone();
        positions(program, &field.ty, false, &mut used, &mut real);
        for (nth, param) in decl.type_params.iter().enumerate() {
            if param.phantom && real[nth] && !before[nth] {
                program.report(
                    Diagnostic::new(
                        Code::PhantomPosition,
                        field.span,
                        format!(
                            "phantom type parameter `{}` is used in field `{}` where it is not phantom",
                            param.name, field.name
                        ),
                    )
                    .also(param.span, "declared as phantom here"),
                );
            }
        }
    }
    if !program.is_root(decl.module) {
        return;
    }
    let words = &program.module(decl.module).ast.spec_words;
    for (nth, param) in decl.type_params.iter().enumerate() {
        if !param.phantom && !real[nth] && !words.contains(&param.name) {
            let what = if used[nth] { "is used only in phantom positions" } else { "is not used" };
            program.report(
                Diagnostic::new(
                    Code::UnusedTypeParameter,
                    param.span,
                    format!("type parameter `{}` {what}", param.name),
                )
                .here("declare it `phantom`"),
            );
        }
    }
}

fn positions(program: &Program, ty: &Ty, phantom: bool, used: &mut [bool], real: &mut [bool]) {
    match ty {
        Ty::Param(index) => {
            if let Some(slot) = used.get_mut(*index as usize) {
                *slot = true;
            }
            if !phantom && let Some(slot) = real.get_mut(*index as usize) {
                *slot = true;
            }
        }
        Ty::Vector(inner) | Ty::Ref(_, inner) => positions(program, inner, false, used, real),
        Ty::Struct(id, args) => {
            let params = &program.strukt(*id).type_params;
            for (nth, arg) in args.iter().enumerate() {
                let is_phantom = params.get(nth).is_some_and(|param| param.phantom);
                positions(program, arg, is_phantom, used, real);
            }
        }
        Ty::Tuple(types) => types.iter().for_each(|ty| positions(program, ty, false, used, real)),
        Ty::Fun(fun) => {
            fun.args.iter().for_each(|ty| positions(program, ty, false, used, real));
            positions(program, &fun.result, false, used, real);
        }
        Ty::Bool | Ty::Int(_) | Ty::Address | Ty::Signer | Ty::Var(_) | Ty::Never | Ty::Error => {}
    }
}

/// Structs mentioned in a type.
fn mentions(ty: &Ty, out: &mut Vec<StructId>) {
    ty.any(&mut |part| {
        if let Ty::Struct(id, _) = part {
            out.push(*id);
        }
        false
    });
}

fn recursion(program: &Program) {
    // 0: not seen, 1: on the path, 2: done.
    let mut state: BTreeMap<u32, u8> = BTreeMap::new();
    for start in 0..program.structs.len() as u32 {
        if state.contains_key(&start) {
            continue;
        }
        let mut path: Vec<(u32, Vec<StructId>)> = vec![(start, edges(program, start))];
        state.insert(start, 1);
        while let Some((at, rest)) = path.last_mut() {
            let at = *at;
            let Some(next) = rest.pop() else {
                state.insert(at, 2);
                path.pop();
                continue;
            };
            match state.get(&next.0) {
                Some(1) => {
                    let names: Vec<String> = path
                        .iter()
                        .map(|(id, _)| *id)
                        .skip_while(|id| *id != next.0)
                        .map(|id| format!("`{}`", program.structs[id as usize].name))
                        .collect();
                    let decl = program.strukt(next);
                    let holder = &program.structs[at as usize];
                    let field = fields(holder).find(|field| {
                        let mut ids = Vec::new();
                        mentions(&field.ty, &mut ids);
                        ids.contains(&next)
                    });
                    let mut diagnostic = Diagnostic::new(
                        Code::RecursiveStruct,
                        decl.name_span,
                        format!("type `{}` contains itself", decl.name),
                    )
                    .note(format!("by way of {}", names.join(", ")));
                    if let Some(field) = field {
                        diagnostic = diagnostic.also(field.span, "through this field");
                    }
                    program.report(diagnostic);
                }
                Some(_) => {}
                None => {
                    state.insert(next.0, 1);
                    let edges = edges(program, next.0);
                    path.push((next.0, edges));
                }
            }
        }
    }
}

fn edges(program: &Program, id: u32) -> Vec<StructId> {
    let mut out = Vec::new();
    for field in fields(&program.structs[id as usize]) {
        mentions(&field.ty, &mut out);
    }
    out.sort_unstable();
    out.dedup();
    out
}
