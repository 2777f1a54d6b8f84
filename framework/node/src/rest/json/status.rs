//! `vm_status`: an outcome as a sentence for people.

use executor::Detail;
use move_binary_format::attributes::ModuleAttributes;
use move_core_types::ModuleId;
use types::Status;

use super::value::Modules;

/// Status of an exhausted transaction.
const OUT_OF_GAS: u64 = 4002;
/// Status codes of code that ran: from here, and below the next.
const EXECUTION: u64 = 4000;
const EXECUTION_END: u64 = 5000;

/// Name and text that a module's own metadata gives an abort code.
fn described(modules: &dyn Modules, id: &ModuleId, code: u64) -> Option<(String, String)> {
    let attributes = ModuleAttributes::of(&*modules.module(id)?);
    // Codes of the standard library carry a category in the upper bits; modules map the plain reason too.
    let found = attributes.error_map.get(&code).or_else(|| attributes.error_map.get(&(code & 0xffff)))?;
    Some((found.code_name.clone(), found.code_description.clone()))
}

/// The sentence for an outcome; `detail` is what the executor keeps beside the receipt.
pub(crate) fn vm_status(modules: &dyn Modules, status: &Status, detail: &[u8]) -> String {
    let detail: Detail = bcs::from_bytes(detail).unwrap_or_default();
    match status {
        Status::Success => "Executed successfully".into(),
        Status::Abort { module: None, code } => format!("Move abort: code {code:#x}"),
        Status::Abort { module: Some(place), code } => {
            let id = ModuleId::new(place.address, place.name.clone());
            let at = format!("Move abort in {}::{}", id.address, id.name);
            match described(modules, &id, *code) {
                Some((name, text)) if text.is_empty() => format!("{at}: {name}({code:#x})"),
                Some((name, text)) => format!("{at}: {name}({code:#x}): {text}"),
                None => format!("{at}: {code:#x}"),
            }
        }
        Status::Error { status_code: OUT_OF_GAS } => "Out of gas".into(),
        Status::Error { status_code } => match (&detail.module, detail.at) {
            (Some(id), Some((function, offset))) => {
                let name = function_name(modules, id, function).unwrap_or_else(|| format!("function {function}"));
                let place = format!("{}::{}::{name} at code offset {offset}", id.address, id.name);
                // Code that never ran was refused by a rule, and the rule's name is what its author needs.
                if (EXECUTION..EXECUTION_END).contains(status_code) {
                    format!("Execution failed in {place}")
                } else {
                    format!("{} in {place}", crate::rest::calls::status_name(*status_code))
                }
            }
            _ => crate::rest::calls::status_name(*status_code),
        },
    }
}

/// What the machine said beside the outcome, such as what an upgrade breaks. Not part of the chain's history: nodes may differ.
pub(crate) fn vm_message(status: &Status, detail: &[u8]) -> Option<String> {
    let detail: Detail = bcs::from_bytes(detail).ok()?;
    detail.message.filter(|_| matches!(status, Status::Error { .. }))
}

fn function_name(modules: &dyn Modules, id: &ModuleId, index: u16) -> Option<String> {
    let module = modules.module(id)?;
    let def = module.function_defs.get(usize::from(index))?;
    let handle = module.function_handle(def.handle)?;
    module.identifier(handle.name).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use move_binary_format::CompiledModule;
    use move_core_types::AccountAddress;
    use types::receipt::AbortModule;

    use super::*;

    struct Nothing;

    impl Modules for Nothing {
        fn module(&self, _: &ModuleId) -> Option<Arc<CompiledModule>> {
            None
        }
    }

    #[test]
    fn outcomes_read_as_documented() {
        let place = AbortModule { address: AccountAddress::ONE, name: "coin".parse().unwrap() };
        for (status, text) in [
            (Status::Success, "Executed successfully"),
            (Status::Abort { module: None, code: 7 }, "Move abort: code 0x7"),
            (Status::Abort { module: Some(place), code: 0x1234 }, "Move abort in 0x1::coin: 0x1234"),
            (Status::Error { status_code: 4002 }, "Out of gas"),
            (Status::Error { status_code: 1101 }, "NUMBER_OF_SIGNER_ARGUMENTS_MISMATCH"),
        ] {
            assert_eq!(vm_status(&Nothing, &status, &[]), text);
        }
    }
}
