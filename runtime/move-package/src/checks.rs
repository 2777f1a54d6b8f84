//! Rules on compiled code: who emits events, how large a module's facts about itself may be.

use std::collections::BTreeSet;

use move_binary_format::CompiledModule;
use move_binary_format::attributes::{METADATA_BYTES_MAX, METADATA_KEY};
use move_binary_format::bytecode::Bytecode;
use move_binary_format::file_format::{FunctionHandleIdx, SignatureToken};
use move_compiler::Output;
use move_compiler::api::CompiledUnit;
use move_core_types::{AccountAddress, ModuleId};

/// A function: its module and name.
type Name = (ModuleId, String);

/// What the root's modules do that they must not, one text per violation.
pub fn violations(output: &Output) -> Vec<String> {
    let mut found = Vec::new();
    for unit in output.root_modules() {
        foreign_events(output, unit, &mut found);
        oversized_facts(unit, &mut found);
    }
    found
}

/// `event::emit<T>` only with an event of the module itself.
fn foreign_events(output: &Output, unit: &CompiledUnit, found: &mut Vec<String>) {
    let module = &unit.module;
    let own_events: BTreeSet<&str> =
        unit.facts.structs.iter().filter(|facts| facts.is_event).map(|facts| facts.name.as_str()).collect();
    for (index, definition) in module.tables.function_defs.iter().enumerate() {
        for (offset, instruction) in definition.code.iter().flat_map(|unit| unit.code.iter().enumerate()) {
            let Bytecode::CallGeneric(inst) = instruction else { continue };
            let Some(inst) = module.tables.function_inst(*inst) else { continue };
            if callee(module, inst.target).is_none_or(|(id, name)| !is_framework(&id, "event") || name != "emit") {
                continue;
            }
            let argument = module.tables.signature(inst.type_args).and_then(|signature| signature.0.first());
            let (Some(SignatureToken::Struct(handle)) | Some(SignatureToken::StructInst(handle, _))) = argument else {
                // Through a type parameter, as the framework's own helpers do.
                found.push(message(
                    output,
                    unit,
                    index,
                    offset,
                    "`event::emit` needs an event type, not a type parameter",
                ));
                continue;
            };
            let event = module.tables.struct_handle(*handle);
            let name = event.and_then(|event| module.tables.identifier(event.name)).map(|name| name.as_str());
            let is_own = event.is_some_and(|event| event.module == module.self_handle);
            let name = name.unwrap_or("?");
            if !is_own {
                let text = format!("`{name}` is an event of another module: only its own module emits it");
                found.push(message(output, unit, index, offset, &text));
            } else if !own_events.contains(name) {
                let text = format!("`{name}` is not an event: put `#[event]` in front of it");
                found.push(message(output, unit, index, offset, &text));
            }
        }
    }
}

fn oversized_facts(unit: &CompiledUnit, found: &mut Vec<String>) {
    for entry in unit.module.tables.metadata.iter().filter(|entry| entry.key == METADATA_KEY) {
        if entry.value.len() > METADATA_BYTES_MAX {
            found.push(format!(
                "error: module `{}` says {} bytes about itself (error codes, attributes), at most {METADATA_BYTES_MAX} are accepted",
                unit.id,
                entry.value.len()
            ));
        }
    }
}

fn callee(module: &CompiledModule, handle: FunctionHandleIdx) -> Option<Name> {
    let handle = module.tables.function_handle(handle)?;
    let name = module.tables.identifier(handle.name)?;
    Some((module.tables.module_id_at(handle.module)?, name.to_string()))
}

fn is_framework(id: &ModuleId, module: &str) -> bool {
    id.address == AccountAddress::ONE && id.name.as_str() == module
}

fn message(output: &Output, unit: &CompiledUnit, function: usize, offset: usize, text: &str) -> String {
    let map = unit.source_map.functions.get(function);
    let span = map.and_then(|map| map.span_at(u16::try_from(offset).unwrap_or(u16::MAX)).or(Some(map.span)));
    let files = &output.diagnostics.files;
    match span {
        Some(span) => {
            let position = files.position(span.file, span.start);
            format!("error: {text}\n  --> {}:{}:{}", files.path(span.file), position.line, position.column)
        }
        None => format!("error: {text}\n  --> module {}", unit.id),
    }
}
