//! What the binary does not say: documentation, attributes, names, error codes; and the metadata made from it.

use crate::{
    api::{AttributeFact, ConstantFacts, ErrorDescription, FunctionFacts, ModuleFacts, StructFacts},
    ast::{Attribute, AttributeValue, Exp, ExpKind, Leading},
    constants,
    program::{Member, Program, attribute, attribute_args},
    resolve::{Names, Resolved},
    types::{FunId, ModId, Value},
};
use move_binary_format::{
    attributes::{self, KnownAttribute, ModuleAttributes},
    file_format::Metadata,
};
use move_core_types::AccountAddress;
use std::collections::BTreeMap;

/// Text of an attribute value.
pub(crate) fn value_text(program: &Program, exp: &Exp) -> String {
    match &exp.kind {
        ExpKind::Number(value, _) => value.to_string(),
        _ => program.files.text(exp.span).to_string(),
    }
}

pub(crate) fn attribute_facts(program: &Program, attributes: &[Attribute]) -> Vec<AttributeFact> {
    attributes
        .iter()
        .map(|attribute| {
            let (value, args) = match &attribute.value {
                AttributeValue::None => (None, Vec::new()),
                AttributeValue::Exp(exp) => (Some(value_text(program, exp)), Vec::new()),
                AttributeValue::List(list) => (None, attribute_facts(program, list)),
            };
            AttributeFact { name: attribute.name.to_string(), value, args }
        })
        .collect()
}

pub(crate) fn function(program: &Program, id: FunId) -> FunctionFacts {
    let decl = program.fun(id);
    FunctionFacts {
        name: decl.name.to_string(),
        span: decl.name_span,
        doc: decl.ast.doc.clone(),
        attributes: attribute_facts(program, &decl.ast.attributes),
        is_view: attribute(&decl.ast.attributes, "view").is_some(),
        is_test_only: decl.is_test_only,
        type_params: decl.type_params.iter().map(|param| param.name.to_string()).collect(),
        params: decl.params.iter().map(|(name, _, _)| name.to_string()).collect(),
        signature: program.files.text(decl.ast.value.header).to_string(),
    }
}

pub(crate) fn module(program: &Program, id: ModId) -> ModuleFacts {
    let decl = program.module(id);
    let mut facts = ModuleFacts {
        span: decl.name_span,
        doc: decl.ast.doc.clone(),
        attributes: attribute_facts(program, &decl.ast.attributes),
        is_test_only: decl.is_test_only,
        error_map: error_map(program, id),
        ..ModuleFacts::default()
    };
    for id in &decl.structs {
        let strukt = program.strukt(*id);
        facts.structs.push(StructFacts {
            name: strukt.name.to_string(),
            span: strukt.name_span,
            doc: strukt.doc.clone(),
            attributes: attribute_facts(program, &strukt.attributes),
            is_event: attribute(&strukt.attributes, "event").is_some(),
            type_params: strukt.type_params.iter().map(|param| param.name.to_string()).collect(),
            field_docs: strukt
                .variants
                .iter()
                .flat_map(|variant| variant.fields.iter().map(|field| (field.name.to_string(), field.doc.clone())))
                .collect(),
            variant_docs: if strukt.is_enum {
                strukt.variants.iter().map(|variant| (variant.name.to_string(), variant.doc.clone())).collect()
            } else {
                Vec::new()
            },
        });
    }
    for id in &decl.funs {
        let entry = function(program, *id);
        if program.fun(*id).is_inline { facts.inline_functions.push(entry) } else { facts.functions.push(entry) }
    }
    for id in &decl.consts {
        let constant = program.constant(*id);
        let value = constants::value(program, *id);
        facts.constants.push(ConstantFacts {
            name: constant.name.to_string(),
            span: constant.name_span,
            doc: constant.ast.doc.clone(),
            ty: program.show(&constant.ty, &[]),
            value: value.as_ref().map(Value::text).unwrap_or_default(),
            number: value.as_ref().and_then(small_number),
        });
    }
    facts
}

pub(crate) fn small_number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(false, magnitude, ty) if !ty.is_signed() => u64::try_from(*magnitude).ok(),
        _ => None,
    }
}

fn error_map(program: &Program, id: ModId) -> BTreeMap<u64, ErrorDescription> {
    let decl = program.module(id);
    let mut map = BTreeMap::new();
    if decl.address == AccountAddress::ONE && &*decl.name == "error" {
        return map;
    }
    for id in &decl.consts {
        let constant = program.constant(*id);
        if !constant.name.starts_with('E') || constant.is_test_only && !decl.is_test_only {
            continue;
        }
        if let Some(code) = constants::value(program, *id).as_ref().and_then(small_number) {
            map.entry(code).or_insert_with(|| ErrorDescription {
                code_name: constant.name.to_string(),
                code_description: constant
                    .ast
                    .doc
                    .lines()
                    .map(str::trim)
                    .collect::<Vec<_>>()
                    .join("\n")
                    .trim()
                    .to_string(),
            });
        }
    }
    map
}

/// The runtime metadata of a module: how it was compiled, and its attributes if it has any.
pub(crate) fn metadata(program: &Program, id: ModId) -> Vec<Metadata> {
    let mut list = vec![compilation(program, id)];
    let decl = program.module(id);
    let mut all = ModuleAttributes::default();
    for (code, description) in error_map(program, id) {
        all.error_map.insert(
            code,
            attributes::ErrorDescription {
                code_name: description.code_name,
                code_description: description.code_description,
            },
        );
    }
    for id in &decl.structs {
        let strukt = program.strukt(*id);
        let mut known = Vec::new();
        if attribute(&strukt.attributes, "event").is_some() {
            known.push(KnownAttribute { kind: attributes::KIND_EVENT, args: Vec::new() });
        }
        if let Some(group) = attribute(&strukt.attributes, "resource_group") {
            known.push(KnownAttribute { kind: attributes::KIND_RESOURCE_GROUP, args: vec![scope_of(program, group)] });
        }
        if let Some(member) = attribute(&strukt.attributes, "resource_group_member")
            && let Some(container) = group_of(program, strukt.module, member)
        {
            let container = program.strukt(container);
            let owner = program.module(container.module);
            known.push(KnownAttribute {
                kind: attributes::KIND_RESOURCE_GROUP_MEMBER,
                args: vec![format!("{}::{}::{}", owner.address.to_canonical_string(), owner.name, container.name)],
            });
        }
        if !known.is_empty() {
            all.struct_attributes.insert(strukt.name.to_string(), known);
        }
    }
    for id in &decl.funs {
        let fun = program.fun(*id);
        let mut known = Vec::new();
        if attribute(&fun.ast.attributes, "view").is_some() {
            known.push(KnownAttribute { kind: attributes::KIND_VIEW, args: Vec::new() });
        }
        if let Some(randomness) = attribute(&fun.ast.attributes, "randomness") {
            let args = attribute_args(randomness).iter().filter(|arg| &*arg.name == "max_gas").filter_map(|arg| {
                match &arg.value {
                    AttributeValue::Exp(exp) => Some(value_text(program, exp)),
                    _ => None,
                }
            });
            known.push(KnownAttribute { kind: attributes::KIND_RANDOMNESS, args: args.collect() });
        }
        if !known.is_empty() && !fun.is_inline {
            all.fun_attributes.insert(fun.name.to_string(), known);
        }
    }
    let empty = all.error_map.is_empty() && all.struct_attributes.is_empty() && all.fun_attributes.is_empty();
    if !empty && let Some(value) = all.to_bytes() {
        if value.len() > attributes::METADATA_BYTES_MAX {
            program.report(crate::diagnostics::Diagnostic::new(
                crate::codes::Code::Limit,
                decl.name_span,
                format!("the metadata of module `{}` (error descriptions and attributes) takes {} bytes, at most {} are possible", decl.name, value.len(), attributes::METADATA_BYTES_MAX),
            ));
        } else {
            list.push(Metadata { key: attributes::METADATA_KEY.to_vec(), value });
        }
    }
    list
}

fn compilation(program: &Program, id: ModId) -> Metadata {
    let mut value = vec![0u8];
    for text in [concat!("tenor-", env!("CARGO_PKG_VERSION")).to_string(), program.language(id).to_string()] {
        value.push(text.len() as u8);
        value.extend_from_slice(text.as_bytes());
    }
    Metadata { key: b"compilation_metadata".to_vec(), value }
}

/// The scope of a resource group.
pub(crate) fn scope_of(program: &Program, group: &Attribute) -> String {
    attribute_args(group)
        .iter()
        .find(|arg| &*arg.name == "scope")
        .and_then(|arg| match &arg.value {
            AttributeValue::Exp(exp) => Some(value_text(program, exp)),
            _ => None,
        })
        .unwrap_or_else(|| "global".into())
}

/// The container that a member names.
pub(crate) fn group_of(program: &Program, module: ModId, member: &Attribute) -> Option<crate::types::StructId> {
    let arg = attribute_args(member).iter().find(|arg| &*arg.name == "group")?;
    let AttributeValue::Exp(exp) = &arg.value else { return None };
    let ExpKind::Name(chain, _) = &exp.kind else { return None };
    let names = Names::new(program, module, Vec::new());
    let resolved = match (&chain.first, chain.rest.len()) {
        (Leading::Name(ident), 0) => names.bare_member(&ident.name).map(Resolved::Member),
        _ => names.qualified(chain),
    };
    match resolved? {
        Resolved::Member(Member::Struct(id)) => Some(id),
        _ => None,
    }
}
