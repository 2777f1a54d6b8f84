//! Complexity budget: the sum, over all uses, of the size of what is used is bounded by the file.
//!
//! A signature is paid for once in its table and again by every handle, instantiation, body and
//! instruction that names it, so that whatever later walks every use does linear work. Cheap enough
//! to run on published code before anything else.

use crate::error::VerifyError;
use move_binary_format::{
    bounds,
    file_format::{
        Bytecode, CodeUnit, CompiledModule, CompiledScript, IdentifierIdx, SignatureIdx, SignatureToken,
        StructHandleIdx, Tables,
    },
};
use move_core_types::StatusCode;

/// Units that every file has, and units for each byte of it.
const BASE_BUDGET: u64 = 2048;
const BUDGET_PER_BYTE: u64 = 20;
/// Units for each node of a type.
const NODE_COST: u64 = 8;

/// The budget of a module or script of so many bytes.
pub fn budget(file_bytes: usize) -> u64 {
    BASE_BUDGET.saturating_add(BUDGET_PER_BYTE.saturating_mul(file_bytes as u64))
}

/// Checks a module against the budget of its file. Returns the units spent.
///
/// # Errors
/// `PROGRAM_TOO_COMPLEX`, or the status of a failed bounds check.
pub fn check_module(module: &CompiledModule, file_bytes: usize) -> Result<u64, VerifyError> {
    bounds::check_module(module)?;
    let mut bill = Bill::new(&module.tables, budget(file_bytes));
    bill.tables().and_then(|()| bill.definitions()).map_err(VerifyError::new)?;
    Ok(bill.spent)
}

/// Checks a script against the budget of its file. Returns the units spent.
///
/// # Errors
/// `PROGRAM_TOO_COMPLEX`, or the status of a failed bounds check.
pub fn check_script(script: &CompiledScript, file_bytes: usize) -> Result<u64, VerifyError> {
    bounds::check_script(script)?;
    let mut bill = Bill::new(&script.tables, budget(file_bytes));
    bill.tables()
        .and_then(|()| bill.signature(script.parameters))
        .and_then(|()| bill.code(&script.code))
        .map_err(VerifyError::new)?;
    Ok(bill.spent)
}

struct Bill<'m> {
    tables: &'m Tables,
    spent: u64,
    budget: u64,
    /// By signature, once known.
    signatures: Vec<Option<u64>>,
}

type Charge = Result<(), StatusCode>;

impl<'m> Bill<'m> {
    fn new(tables: &'m Tables, budget: u64) -> Self {
        Self { tables, spent: 0, budget, signatures: vec![None; tables.signatures.len()] }
    }

    fn charge(&mut self, units: u64) -> Charge {
        self.spent = self.spent.saturating_add(units);
        if self.spent > self.budget { Err(StatusCode::ProgramTooComplex) } else { Ok(()) }
    }

    fn identifier_cost(&self, index: IdentifierIdx) -> u64 {
        self.tables.identifier(index).map_or(0, |name| name.len() as u64)
    }

    fn identifier(&mut self, index: IdentifierIdx) -> Charge {
        self.charge(self.identifier_cost(index))
    }

    fn struct_cost(&self, index: StructHandleIdx) -> u64 {
        let Some(handle) = self.tables.struct_handle(index) else { return 0 };
        let module = self.tables.module_handle(handle.module).map_or(0, |module| self.identifier_cost(module.name));
        module + self.identifier_cost(handle.name)
    }

    fn type_cost(&self, ty: &SignatureToken) -> u64 {
        ty.nodes().fold(0u64, |cost, (node, _)| {
            let name = if let SignatureToken::Struct(handle) | SignatureToken::StructInst(handle, _) = node {
                self.struct_cost(*handle)
            } else {
                0
            };
            cost.saturating_add(NODE_COST).saturating_add(name)
        })
    }

    /// One use of a signature. Computed once.
    fn signature(&mut self, index: SignatureIdx) -> Charge {
        let at = usize::from(index.0);
        let cost = match self.signatures.get(at).copied().flatten() {
            Some(cost) => cost,
            None => {
                let list = self.tables.signature(index).map_or(&[][..], |signature| &signature.0);
                let cost = list.iter().fold(0u64, |cost, ty| cost.saturating_add(self.type_cost(ty)));
                if let Some(known) = self.signatures.get_mut(at) {
                    *known = Some(cost);
                }
                cost
            }
        };
        self.charge(cost)
    }

    fn tables(&mut self) -> Charge {
        let tables = self.tables;
        for index in 0..tables.signatures.len() {
            self.signature(SignatureIdx(u16::try_from(index).unwrap_or(u16::MAX)))?;
        }
        for constant in &tables.constants {
            self.charge(self.type_cost(&constant.ty))?;
        }
        for handle in tables.module_handles.iter().chain(&tables.friends) {
            self.identifier(handle.name)?;
        }
        for handle in &tables.struct_handles {
            self.identifier(handle.name)?;
        }
        for handle in &tables.function_handles {
            self.identifier(handle.name)?;
            self.signature(handle.parameters)?;
            self.signature(handle.results)?;
        }
        let uses = tables.function_insts.iter().map(|inst| inst.type_args);
        let uses = uses.chain(tables.struct_def_insts.iter().map(|inst| inst.type_args));
        let uses = uses.chain(tables.field_insts.iter().map(|inst| inst.type_args));
        let uses = uses.chain(tables.variant_field_insts.iter().map(|inst| inst.type_args));
        let mut uses = uses.chain(tables.struct_variant_insts.iter().map(|inst| inst.type_args));
        uses.try_for_each(|signature| self.signature(signature))
    }

    fn definitions(&mut self) -> Charge {
        let tables = self.tables;
        for def in &tables.struct_defs {
            if let Some(handle) = tables.struct_handle(def.handle) {
                self.identifier(handle.name)?;
            }
            for variant in def.variants() {
                self.identifier(variant.name)?;
            }
            for field in def.all_fields() {
                self.identifier(field.name)?;
                self.charge(self.type_cost(&field.ty))?;
            }
        }
        for def in &tables.function_defs {
            if let Some(handle) = tables.function_handle(def.handle) {
                self.identifier(handle.name)?;
            }
            if let Some(code) = &def.code {
                self.code(code)?;
            }
        }
        Ok(())
    }

    fn code(&mut self, code: &CodeUnit) -> Charge {
        self.signature(code.locals)?;
        code.code
            .iter()
            .filter_map(|instruction| named_signature(self.tables, instruction))
            .try_for_each(|signature| self.signature(signature))
    }
}

/// The signature that a generic, vector or closure instruction names.
#[expect(clippy::wildcard_enum_match_arm, reason = "most instructions name none; the budget is an estimate")]
fn named_signature(tables: &Tables, instruction: &Bytecode) -> Option<SignatureIdx> {
    use Bytecode as B;
    match instruction {
        B::CallGeneric(inst) | B::PackClosureGeneric(inst, _) => Some(tables.function_inst(*inst)?.type_args),
        B::PackGeneric(inst)
        | B::UnpackGeneric(inst)
        | B::ExistsGeneric(inst)
        | B::MutBorrowGlobalGeneric(inst)
        | B::ImmBorrowGlobalGeneric(inst)
        | B::MoveFromGeneric(inst)
        | B::MoveToGeneric(inst) => Some(tables.struct_def_inst(*inst)?.type_args),
        B::MutBorrowFieldGeneric(inst) | B::ImmBorrowFieldGeneric(inst) => Some(tables.field_inst(*inst)?.type_args),
        B::MutBorrowVariantFieldGeneric(inst) | B::ImmBorrowVariantFieldGeneric(inst) => {
            Some(tables.variant_field_inst(*inst)?.type_args)
        }
        B::PackVariantGeneric(inst) | B::UnpackVariantGeneric(inst) | B::TestVariantGeneric(inst) => {
            Some(tables.struct_variant_inst(*inst)?.type_args)
        }
        B::VecPack(signature, _)
        | B::VecUnpack(signature, _)
        | B::VecLen(signature)
        | B::VecImmBorrow(signature)
        | B::VecMutBorrow(signature)
        | B::VecPushBack(signature)
        | B::VecPopBack(signature)
        | B::VecSwap(signature)
        | B::CallClosure(signature) => Some(*signature),
        _ => None,
    }
}
