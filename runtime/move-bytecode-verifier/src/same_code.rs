//! Whether two versions of a function have the same body, whatever the indices in their tables.

use crate::{
    dependencies::{same_signature, same_type},
    op::{Arguments, Op},
};
use move_binary_format::file_format::{
    CodeUnit, FunctionHandleIdx, IdentifierIdx, SignatureIdx, StructDefIdx, Tables, VariantFieldHandleIdx,
};

/// Compares locals and instructions with indices resolved to names. Both modules are within bounds.
pub(crate) fn same_code(old: &Tables, old_code: &CodeUnit, new: &Tables, new_code: &CodeUnit) -> bool {
    let pair = Pair { old, new };
    same_signature(old, old_code.locals, new, new_code.locals)
        && old_code.code.len() == new_code.code.len()
        && old_code.code.iter().zip(&new_code.code).all(|(old_instruction, new_instruction)| {
            old_instruction.opcode() == new_instruction.opcode()
                && match pair.same_names(Op::new(old, old_instruction), Op::new(new, new_instruction)) {
                    Some(same) => same,
                    None => old_instruction == new_instruction,
                }
        })
}

struct Pair<'t> {
    old: &'t Tables,
    new: &'t Tables,
}

impl Pair<'_> {
    /// Compares what two instructions of one opcode name; `None` if they name nothing.
    fn same_names(&self, old: Op, new: Op) -> Option<bool> {
        Some(match (old, new) {
            (Op::LoadConstant(old), Op::LoadConstant(new)) => match (self.old.constant(old), self.new.constant(new)) {
                (Some(old), Some(new)) => old.data == new.data && same_type(self.old, &old.ty, self.new, &new.ty),
                _ => false,
            },
            (
                Op::BorrowField { owner, field, variants, arguments, mutable: _ },
                Op::BorrowField {
                    owner: new_owner,
                    field: new_field,
                    variants: new_variants,
                    arguments: new_arguments,
                    mutable: _,
                },
            ) => {
                self.owner(owner, arguments, new_owner, new_arguments)
                    && field == new_field
                    && self.variants(variants, new_variants)
            }
            (
                Op::Pack { owner, variant, arguments } | Op::Unpack { owner, variant, arguments },
                Op::Pack { owner: new_owner, variant: new_variant, arguments: new_arguments }
                | Op::Unpack { owner: new_owner, variant: new_variant, arguments: new_arguments },
            ) => self.owner(owner, arguments, new_owner, new_arguments) && variant == new_variant,
            (
                Op::TestVariant { owner, variant, arguments },
                Op::TestVariant { owner: new_owner, variant: new_variant, arguments: new_arguments },
            ) => self.owner(owner, arguments, new_owner, new_arguments) && variant == new_variant,
            (
                Op::Exists { owner, arguments }
                | Op::BorrowGlobal { owner, arguments, mutable: _ }
                | Op::MoveFrom { owner, arguments }
                | Op::MoveTo { owner, arguments },
                Op::Exists { owner: new_owner, arguments: new_arguments }
                | Op::BorrowGlobal { owner: new_owner, arguments: new_arguments, mutable: _ }
                | Op::MoveFrom { owner: new_owner, arguments: new_arguments }
                | Op::MoveTo { owner: new_owner, arguments: new_arguments },
            ) => self.owner(owner, arguments, new_owner, new_arguments),
            (Op::Call { function, arguments }, Op::Call { function: new_function, arguments: new_arguments }) => {
                self.function(function, arguments, new_function, new_arguments)
            }
            (
                Op::PackClosure { function, mask, arguments },
                Op::PackClosure { function: new_function, mask: new_mask, arguments: new_arguments },
            ) => self.function(function, arguments, new_function, new_arguments) && mask == new_mask,
            (Op::Vector { what, element }, Op::Vector { what: new_what, element: new_element }) => {
                what == new_what && self.signature(element, new_element)
            }
            (Op::CallClosure(signature), Op::CallClosure(new_signature)) => self.signature(signature, new_signature),
            _ => return None,
        })
    }

    fn signature(&self, old: SignatureIdx, new: SignatureIdx) -> bool {
        same_signature(self.old, old, self.new, new)
    }

    fn arguments(&self, old: Arguments, new: Arguments) -> bool {
        match (old, new) {
            (None, None) => true,
            (Some(old), Some(new)) => self.signature(old, new),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    fn identifier(&self, old: IdentifierIdx, new: IdentifierIdx) -> bool {
        self.old.identifier(old) == self.new.identifier(new)
    }

    /// Own structs by name: the modules have the same name.
    fn owner(&self, old: StructDefIdx, old_arguments: Arguments, new: StructDefIdx, new_arguments: Arguments) -> bool {
        let name = |tables: &Tables, index| Some(tables.struct_handle(tables.struct_def(index)?.handle)?.name);
        match (name(self.old, old), name(self.new, new)) {
            (Some(old), Some(new)) => self.identifier(old, new) && self.arguments(old_arguments, new_arguments),
            _ => false,
        }
    }

    fn function(
        &self,
        old: FunctionHandleIdx,
        old_arguments: Arguments,
        new: FunctionHandleIdx,
        new_arguments: Arguments,
    ) -> bool {
        let (Some(old), Some(new)) = (self.old.function_handle(old), self.new.function_handle(new)) else {
            return false;
        };
        self.old.module_id_at(old.module) == self.new.module_id_at(new.module)
            && self.identifier(old.name, new.name)
            && self.arguments(old_arguments, new_arguments)
    }

    fn variants(&self, old: Option<VariantFieldHandleIdx>, new: Option<VariantFieldHandleIdx>) -> bool {
        let list = |tables: &Tables, handle| Some(tables.variant_field_handle(handle)?.variants.clone());
        match (old, new) {
            (None, None) => true,
            (Some(old), Some(new)) => list(self.old, old) == list(self.new, new),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }
}
