//! Whether a module may take the place of an older one under the *compatible* policy.
//!
//! Friends may break (they live at the same address and are upgraded together); entry functions count as public.

use move_binary_format::CompiledModule;
use move_binary_format::file_format::{
    FieldDef, FunctionAttribute, FunctionDef, FunctionHandle, SignatureToken, StructDef, StructFields, StructHandle, TableIndex,
    Visibility,
};
use move_core_types::Identifier;

/// The first difference that the policy does not allow.
pub(crate) fn check(old: &CompiledModule, new: &CompiledModule) -> Result<(), String> {
    for def in &old.struct_defs {
        let (Some(handle), Some(name)) = (old.struct_handle(def.handle), struct_name(old, def)) else { continue };
        let Some((new_def, new_handle)) = find_struct(new, name) else { return Err(format!("struct {name} is gone")) };
        check_struct(old, new, (def, handle), (new_def, new_handle)).map_err(|why| format!("struct {name}: {why}"))?;
    }
    for def in &old.function_defs {
        let Some(handle) = old.function_handle(def.handle) else { continue };
        let Some(name) = old.identifier(handle.name) else { continue };
        let persistent = handle.attributes.contains(&FunctionAttribute::Persistent);
        if def.visibility != Visibility::Public && !def.is_entry && !persistent {
            continue;
        }
        let found = new.function_defs.iter().find_map(|def| {
            let handle = new.function_handle(def.handle)?;
            (new.identifier(handle.name)? == name).then_some((def, handle))
        });
        let Some(found) = found else { return Err(format!("function {name} is gone")) };
        check_function(old, new, (def, handle), found).map_err(|why| format!("function {name}: {why}"))?;
    }
    Ok(())
}

fn struct_name<'m>(module: &'m CompiledModule, def: &StructDef) -> Option<&'m Identifier> {
    module.identifier(module.struct_handle(def.handle)?.name)
}

fn find_struct<'m>(module: &'m CompiledModule, name: &Identifier) -> Option<(&'m StructDef, &'m StructHandle)> {
    let def = module.struct_defs.iter().find(|def| struct_name(module, def) == Some(name))?;
    Some((def, module.struct_handle(def.handle)?))
}

fn check_struct(
    old: &CompiledModule,
    new: &CompiledModule,
    (old_def, old_handle): (&StructDef, &StructHandle),
    (new_def, new_handle): (&StructDef, &StructHandle),
) -> Result<(), String> {
    if !old_handle.abilities.is_subset(new_handle.abilities) {
        return Err("abilities were removed".to_owned());
    }
    if old_handle.type_params.len() != new_handle.type_params.len() {
        return Err("another number of type parameters".to_owned());
    }
    for (old, new) in old_handle.type_params.iter().zip(&new_handle.type_params) {
        if !new.constraints.is_subset(old.constraints) || (old.is_phantom && !new.is_phantom) {
            return Err("type parameters ask for more".to_owned());
        }
    }
    match (&old_def.fields, &new_def.fields) {
        (StructFields::Native, StructFields::Native) => Ok(()),
        (StructFields::Plain(old_fields), StructFields::Plain(new_fields)) => same_fields(old, new, old_fields, new_fields),
        (StructFields::Variants(old_variants), StructFields::Variants(new_variants)) => {
            if new_variants.len() < old_variants.len() {
                return Err("variants were removed".to_owned());
            }
            for (one, two) in old_variants.iter().zip(new_variants) {
                if old.identifier(one.name) != new.identifier(two.name) {
                    return Err("variants have other names or another order".to_owned());
                }
                same_fields(old, new, &one.fields, &two.fields)?;
            }
            Ok(())
        }
        _ => Err("a struct became an enum, or the reverse".to_owned()),
    }
}

fn same_fields(old: &CompiledModule, new: &CompiledModule, one: &[FieldDef], two: &[FieldDef]) -> Result<(), String> {
    let same = one.len() == two.len()
        && one.iter().zip(two).all(|(one, two)| {
            old.identifier(one.name) == new.identifier(two.name) && same_type(old, new, &one.ty, &two.ty)
        });
    if same { Ok(()) } else { Err("fields changed".to_owned()) }
}

/// Structural equality of types of two modules; both tokens are walked in step.
fn same_type(old: &CompiledModule, new: &CompiledModule, one: &SignatureToken, two: &SignatureToken) -> bool {
    use SignatureToken as T;
    let name = |module: &CompiledModule, handle| {
        let handle = module.struct_handle(handle)?;
        Some((module.module_id_at(handle.module)?, module.identifier(handle.name)?.clone()))
    };
    let mut left = one.nodes();
    let mut right = two.nodes();
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some((one, depth)), Some((two, other))) => {
                let same = depth == other
                    && match (one, two) {
                        (T::Struct(one), T::Struct(two)) => name(old, *one).is_some() && name(old, *one) == name(new, *two),
                        (T::StructInst(one, a), T::StructInst(two, b)) => {
                            a.len() == b.len() && name(old, *one).is_some() && name(old, *one) == name(new, *two)
                        }
                        (T::Function(one), T::Function(two)) => {
                            one.args.len() == two.args.len()
                                && one.results.len() == two.results.len()
                                && one.abilities == two.abilities
                        }
                        (T::TypeParam(one), T::TypeParam(two)) => one == two,
                        _ => std::mem::discriminant(one) == std::mem::discriminant(two),
                    };
                if !same {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

fn check_function(
    old: &CompiledModule,
    new: &CompiledModule,
    (old_def, old_handle): (&FunctionDef, &FunctionHandle),
    (new_def, new_handle): (&FunctionDef, &FunctionHandle),
) -> Result<(), String> {
    let rank = |visibility: Visibility| match visibility {
        Visibility::Private => 0,
        Visibility::Friend => 1,
        Visibility::Public => 2,
    };
    if rank(new_def.visibility) < rank(old_def.visibility) {
        return Err("lower visibility".to_owned());
    }
    if old_def.is_entry && !new_def.is_entry {
        return Err("no longer entry".to_owned());
    }
    if old_handle.type_params.len() != new_handle.type_params.len()
        || old_handle.type_params.iter().zip(&new_handle.type_params).any(|(old, new)| !new.is_subset(*old))
    {
        return Err("type parameters ask for more".to_owned());
    }
    for attribute in old_handle.attributes.iter().filter(|attribute| **attribute != FunctionAttribute::ModuleLock) {
        if !new_handle.attributes.contains(attribute) {
            return Err("an attribute was removed".to_owned());
        }
    }
    let list = |module: &CompiledModule, index: move_binary_format::file_format::SignatureIdx| {
        module.signatures.get(index.as_usize()).map_or_else(Vec::new, |signature| signature.0.clone())
    };
    let same = |one: Vec<SignatureToken>, two: Vec<SignatureToken>| {
        one.len() == two.len() && one.iter().zip(&two).all(|(one, two)| same_type(old, new, one, two))
    };
    if !same(list(old, old_handle.parameters), list(new, new_handle.parameters))
        || !same(list(old, old_handle.results), list(new, new_handle.results))
    {
        return Err("parameters or results changed".to_owned());
    }
    if old_handle.attributes.contains(&FunctionAttribute::Immutable) && old_def.code != new_def.code {
        return Err("the body of an immutable function changed".to_owned());
    }
    Ok(())
}
