//! Signatures: types are well formed, references stand only where they may, and type arguments meet
//! their constraints wherever they are used.
//!
//! Every type is first checked without context, which yields what it needs of each type parameter;
//! a use then compares needs with what the context grants. Both are bit sets, and the needs of a
//! type are found once, however often the type is used (specification 42.6).
//!
//! Assumes bounds and limits. Linear in the module.

use crate::{
    context::{Body, Context},
    error::Reject,
    field_abilities,
    op::{Op, VectorOp},
    types::{ListId, Type, TypeId},
};
use foldhash::quality::FixedState;
use hashbrown::HashMap;
use move_binary_format::{
    errors::IndexKind,
    file_format::{Ability, AbilitySet, Bytecode, CompiledScript, SignatureIdx, StructDefIdx},
};
use move_core_types::StatusCode;
use smallvec::SmallVec;

/// The most type parameters that needs can be kept for.
const TYPE_PARAMS_MAX: usize = 256;
/// Type parameters in one word of needs, four bits each.
const PARAMS_PER_WORD: usize = 16;

/// Abilities by type parameter, four bits each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Needs(SmallVec<[u64; 2]>);

impl Needs {
    fn add(&mut self, parameter: u16, abilities: AbilitySet) {
        let word = usize::from(parameter) / PARAMS_PER_WORD;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= u64::from(abilities.into_u8()) << (usize::from(parameter) % PARAMS_PER_WORD * 4);
    }

    fn merge(&mut self, other: &Needs) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own |= other;
        }
    }

    /// What a list of constraints grants.
    pub(crate) fn granted(constraints: impl Iterator<Item = AbilitySet>) -> Self {
        let mut granted = Needs::default();
        for (parameter, abilities) in (0u16..).zip(constraints) {
            granted.add(parameter, abilities);
        }
        granted
    }

    pub(crate) fn is_granted_by(&self, granted: &Needs) -> bool {
        self.0.iter().enumerate().all(|(word, needs)| needs & !granted.0.get(word).copied().unwrap_or(0) == 0)
    }
}

/// How a type is used: whether it may be a reference, and what abilities it must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Use {
    reference: bool,
    required: AbilitySet,
}

const ANYTHING: Use = Use { reference: true, required: AbilitySet::EMPTY };
const NO_REFERENCE: Use = Use { reference: false, required: AbilitySet::EMPTY };

/// Needs of types by use, each found once.
#[derive(Debug, Default)]
pub(crate) struct NeedsOfTypes {
    /// Index into `needs`.
    known: HashMap<(TypeId, Use), Result<u32, StatusCode>, FixedState>,
    needs: Vec<Needs>,
}

/// A type whose components are being looked at.
struct Frame {
    ty: TypeId,
    usage: Use,
    next: usize,
    needs: Needs,
}

impl NeedsOfTypes {
    /// What `ty` needs of type parameters when it must not be a reference.
    pub(crate) fn of_value(&mut self, context: &Context<'_>, ty: TypeId) -> Result<&Needs, StatusCode> {
        self.find(context, ty, NO_REFERENCE)
    }

    fn find(&mut self, context: &Context<'_>, ty: TypeId, usage: Use) -> Result<&Needs, StatusCode> {
        let index = match self.known.get(&(ty, usage)) {
            Some(known) => *known,
            None => self.compute(context, ty, usage),
        }?;
        Ok(&self.needs[index as usize])
    }

    fn compute(&mut self, context: &Context<'_>, ty: TypeId, usage: Use) -> Result<u32, StatusCode> {
        let mut stack = vec![Frame { ty, usage, next: 0, needs: Needs::default() }];
        let mut last = Ok(0);
        while let Some(frame) = stack.last_mut() {
            let own = if frame.next == 0 { check_root(context, frame.ty, frame.usage) } else { Ok(()) };
            let step = own.and_then(|()| component(context, frame.ty, frame.usage, frame.next));
            let result = match step {
                Err(status) => Err(status),
                Ok(Some((component, usage))) => match self.known.get(&(component, usage)) {
                    None => {
                        // Looked at again, as the same component, once it is known.
                        stack.push(Frame { ty: component, usage, next: 0, needs: Needs::default() });
                        continue;
                    }
                    Some(Ok(index)) => {
                        frame.needs.merge(&self.needs[*index as usize]);
                        frame.next += 1;
                        continue;
                    }
                    Some(Err(status)) => Err(*status),
                },
                Ok(None) => {
                    if let Type::Parameter(parameter) = context.types.shape(frame.ty) {
                        frame.needs.add(parameter, frame.usage.required);
                    }
                    self.needs.push(std::mem::take(&mut frame.needs));
                    Ok(u32::try_from(self.needs.len() - 1).unwrap_or(u32::MAX))
                }
            };
            self.known.insert((frame.ty, frame.usage), result);
            last = result;
            stack.pop();
        }
        last
    }
}

/// The rules for the outermost level of a type.
fn check_root(context: &Context<'_>, ty: TypeId, usage: Use) -> Result<(), StatusCode> {
    let has = match context.types.shape(ty) {
        Type::Parameter(_) => AbilitySet::ALL,
        Type::Bool
        | Type::U8
        | Type::U16
        | Type::U32
        | Type::U64
        | Type::U128
        | Type::U256
        | Type::I8
        | Type::I16
        | Type::I32
        | Type::I64
        | Type::I128
        | Type::I256
        | Type::Address => AbilitySet::PRIMITIVES,
        Type::Signer => AbilitySet::SIGNER,
        Type::Reference(_) | Type::MutableReference(_) => {
            if !usage.reference {
                return Err(StatusCode::InvalidSignatureToken);
            }
            AbilitySet::REFERENCES
        }
        Type::Vector(_) => AbilitySet::VECTOR,
        Type::Function { abilities, .. } => abilities,
        Type::Struct(handle) | Type::Instance(handle, _) => context.types.struct_handle(handle).abilities,
    };
    if !usage.required.is_subset(has) {
        return Err(StatusCode::ConstraintNotSatisfied);
    }
    if let Type::Instance(handle, arguments) = context.types.shape(ty)
        && context.types.struct_handle(handle).type_params.len() != context.types.items(arguments).len()
    {
        return Err(StatusCode::NumberOfTypeArgumentsMismatch);
    }
    Ok(())
}

/// A component of a type and how it is used there.
fn component(
    context: &Context<'_>,
    ty: TypeId,
    usage: Use,
    position: usize,
) -> Result<Option<(TypeId, Use)>, StatusCode> {
    let Some(component) = context.types.component(ty, position) else { return Ok(None) };
    let usage = match context.types.shape(ty) {
        Type::Reference(_) | Type::MutableReference(_) => NO_REFERENCE,
        Type::Vector(_) => Use { reference: false, required: usage.required.requires() },
        Type::Function { .. } => ANYTHING,
        Type::Instance(handle, _) => {
            let params = &context.types.struct_handle(handle).type_params;
            let param = params.get(position).ok_or(StatusCode::NumberOfTypeArgumentsMismatch)?;
            let inherited = if param.is_phantom { AbilitySet::EMPTY } else { usage.required.requires() };
            Use { reference: false, required: param.constraints.union(inherited) }
        }
        Type::Bool
        | Type::U8
        | Type::U16
        | Type::U32
        | Type::U64
        | Type::U128
        | Type::U256
        | Type::I8
        | Type::I16
        | Type::I32
        | Type::I64
        | Type::I128
        | Type::I256
        | Type::Address
        | Type::Signer
        | Type::Parameter(_)
        | Type::Struct(_) => return Ok(None),
    };
    Ok(Some((component, usage)))
}

/// The pass.
struct Checker<'c, 'm> {
    context: &'c mut Context<'m>,
    of_types: NeedsOfTypes,
    /// By signature: needs when each type may be a reference.
    signatures: Vec<Needs>,
    function_insts: Vec<Needs>,
}

/// The signatures of a module.
pub(crate) fn check(context: &mut Context<'_>, bodies: &[Option<Body<'_>>]) -> Result<(), Reject> {
    check_parameter_indices(context, 0)?;
    let mut checker = Checker::new(context);
    checker.check_tables()?;
    for body in bodies.iter().flatten() {
        checker.check_body(body).map_err(|reject| body.locate(reject))?;
    }
    let Checker { context, mut of_types, .. } = checker;
    field_abilities::check(context, &mut of_types)
}

/// The signatures of a script.
pub(crate) fn check_script(context: &mut Context<'_>, script: &CompiledScript, body: &Body<'_>) -> Result<(), Reject> {
    check_parameter_indices(context, script.type_params.len())?;
    let mut checker = Checker::new(context);
    checker.check_tables()?;
    let granted = Needs::granted(script.type_params.iter().copied());
    checker.require_signature(script.parameters, &granted)?;
    checker.check_body(body)
}

/// Type parameter indices are small enough for needs to be kept.
fn check_parameter_indices(context: &Context<'_>, script_params: usize) -> Result<(), Reject> {
    let tables = context.tables;
    let counts = tables.struct_handles.iter().map(|handle| handle.type_params.len());
    let counts = counts.chain(tables.function_handles.iter().map(|handle| handle.type_params.len()));
    let counts = counts.chain([script_params]);
    if counts.max().unwrap_or(0).max(context.types.parameter_count()) > TYPE_PARAMS_MAX {
        return Err(Reject::new(StatusCode::UnknownInvariantViolationError));
    }
    Ok(())
}

impl<'c, 'm> Checker<'c, 'm> {
    fn new(context: &'c mut Context<'m>) -> Self {
        Self { context, of_types: NeedsOfTypes::default(), signatures: Vec::new(), function_insts: Vec::new() }
    }

    fn check_tables(&mut self) -> Result<(), Reject> {
        self.check_signatures()?;
        self.check_function_insts()?;
        self.check_owner_insts()?;
        self.check_function_handles()
    }

    fn check_signatures(&mut self) -> Result<(), Reject> {
        for (index, list) in self.context.signatures().iter().enumerate() {
            let mut needs = Needs::default();
            for ty in self.context.types.items(*list) {
                let found = self.of_types.find(self.context, *ty, ANYTHING);
                needs.merge(found.map_err(|status| Reject::entry(status, IndexKind::Signature, index))?);
            }
            self.signatures.push(needs);
        }
        Ok(())
    }

    /// Needs of a list of type arguments.
    fn arguments(
        &mut self,
        arguments: ListId,
        parameters: impl ExactSizeIterator<Item = AbilitySet>,
    ) -> Result<Needs, StatusCode> {
        let items = self.context.types.items(arguments);
        if items.len() != parameters.len() {
            return Err(StatusCode::NumberOfTypeArgumentsMismatch);
        }
        let mut needs = Needs::default();
        for (ty, required) in items.iter().zip(parameters) {
            needs.merge(self.of_types.find(self.context, *ty, Use { reference: false, required })?);
        }
        Ok(needs)
    }

    fn check_function_insts(&mut self) -> Result<(), Reject> {
        let tables = self.context.tables;
        for (index, inst) in tables.function_insts.iter().enumerate() {
            let handle = &tables.function_handles[usize::from(inst.target.0)];
            let arguments = self.context.signature(inst.type_args);
            let needs = self
                .arguments(arguments, handle.type_params.iter().copied())
                .map_err(|status| Reject::entry(status, IndexKind::FunctionInstantiation, index))?;
            self.function_insts.push(needs);
        }
        Ok(())
    }

    /// Needs of an own struct or enum with type arguments.
    fn owner(&mut self, owner: StructDefIdx, arguments: SignatureIdx) -> Result<Needs, StatusCode> {
        let params = &self.context.struct_handle(owner).type_params;
        let arguments = self.context.signature(arguments);
        self.arguments(arguments, params.iter().map(|param| param.constraints))
    }

    fn check_owner_insts(&mut self) -> Result<(), Reject> {
        let tables = self.context.tables;
        for (index, inst) in tables.struct_def_insts.iter().enumerate() {
            self.owner(inst.target, inst.type_args)
                .map_err(|status| Reject::entry(status, IndexKind::StructDefInstantiation, index))?;
        }
        for (index, inst) in tables.field_insts.iter().enumerate() {
            self.owner(tables.field_handles[usize::from(inst.target.0)].owner, inst.type_args)
                .map_err(|status| Reject::entry(status, IndexKind::FieldInstantiation, index))?;
        }
        for (index, inst) in tables.struct_variant_insts.iter().enumerate() {
            self.owner(tables.struct_variant_handles[usize::from(inst.target.0)].owner, inst.type_args)
                .map_err(|status| Reject::entry(status, IndexKind::StructVariantInstantiation, index))?;
        }
        for (index, inst) in tables.variant_field_insts.iter().enumerate() {
            self.owner(tables.variant_field_handles[usize::from(inst.target.0)].owner, inst.type_args)
                .map_err(|status| Reject::entry(status, IndexKind::VariantFieldInstantiation, index))?;
        }
        Ok(())
    }

    fn require_signature(&self, signature: SignatureIdx, granted: &Needs) -> Result<(), Reject> {
        let index = usize::from(signature.0);
        if self.signatures[index].is_granted_by(granted) {
            Ok(())
        } else {
            Err(Reject::entry(StatusCode::ConstraintNotSatisfied, IndexKind::Signature, index))
        }
    }

    fn check_function_handles(&self) -> Result<(), Reject> {
        for (index, handle) in self.context.tables.function_handles.iter().enumerate() {
            let granted = Needs::granted(handle.type_params.iter().copied());
            for signature in [handle.parameters, handle.results] {
                if !self.signatures[usize::from(signature.0)].is_granted_by(&granted) {
                    let status = StatusCode::ConstraintNotSatisfied;
                    return Err(Reject::entry(status, IndexKind::FunctionHandle, index));
                }
            }
        }
        Ok(())
    }

    fn check_body(&mut self, body: &Body<'_>) -> Result<(), Reject> {
        let granted = Needs::granted(body.type_params.iter().copied());
        self.require_signature(body.declared_locals, &granted)?;
        for ((offset, instruction), op) in (0u16..).zip(body.code).zip(&body.ops) {
            self.check_instruction(instruction, *op, &granted).map_err(|status| Reject::at(status, offset))?;
        }
        Ok(())
    }

    fn check_instruction(&mut self, instruction: &Bytecode, op: Op, granted: &Needs) -> Result<(), StatusCode> {
        let grants = |needs: &Needs| {
            if needs.is_granted_by(granted) { Ok(()) } else { Err(StatusCode::ConstraintNotSatisfied) }
        };
        if let Bytecode::CallGeneric(inst) | Bytecode::PackClosureGeneric(inst, _) = instruction {
            return grants(&self.function_insts[usize::from(inst.0)]);
        }
        match op {
            Op::Exists { owner, arguments: Some(arguments) }
            | Op::BorrowGlobal { owner, arguments: Some(arguments), mutable: _ }
            | Op::MoveFrom { owner, arguments: Some(arguments) }
            | Op::MoveTo { owner, arguments: Some(arguments) } => {
                let required = AbilitySet::singleton(Ability::Key);
                let ty = self.context.owner_type(owner, Some(arguments));
                grants(self.of_types.find(self.context, ty, Use { reference: false, required })?)
            }
            Op::BorrowField { owner, arguments: Some(arguments), mutable: _, field: _, variants: _ }
            | Op::Pack { owner, arguments: Some(arguments), variant: _ }
            | Op::Unpack { owner, arguments: Some(arguments), variant: _ }
            | Op::TestVariant { owner, arguments: Some(arguments), variant: _ } => {
                let ty = self.context.owner_type(owner, Some(arguments));
                grants(self.of_types.find(self.context, ty, NO_REFERENCE)?)
            }
            Op::Vector { what, element } => {
                match what {
                    VectorOp::Pack(_)
                    | VectorOp::Unpack(_)
                    | VectorOp::Length
                    | VectorOp::Borrow { mutable: _ }
                    | VectorOp::PushBack
                    | VectorOp::PopBack
                    | VectorOp::Swap => {}
                }
                let element = self.single(element)?;
                grants(self.of_types.find(self.context, element, NO_REFERENCE)?)
            }
            Op::CallClosure(signature) => {
                let function = self.single(signature)?;
                if !matches!(self.context.types.shape(function), Type::Function { .. }) {
                    return Err(StatusCode::ClosureCallRequiresFunction);
                }
                grants(self.of_types.find(self.context, function, NO_REFERENCE)?)
            }
            Op::Exists { arguments: None, .. }
            | Op::BorrowGlobal { arguments: None, .. }
            | Op::MoveFrom { arguments: None, .. }
            | Op::MoveTo { arguments: None, .. }
            | Op::BorrowField { arguments: None, .. }
            | Op::Pack { arguments: None, .. }
            | Op::Unpack { arguments: None, .. }
            | Op::TestVariant { arguments: None, .. }
            | Op::Call { .. }
            | Op::PackClosure { .. }
            | Op::Pop
            | Op::Ret
            | Op::Fork
            | Op::Jump
            | Op::Nop
            | Op::Load(_)
            | Op::LoadConstant(_)
            | Op::CopyLocal(_)
            | Op::MoveLocal(_)
            | Op::StoreLocal(_)
            | Op::BorrowLocal { .. }
            | Op::ReadRef
            | Op::WriteRef
            | Op::FreezeRef
            | Op::Arithmetic
            | Op::Bitwise
            | Op::Shift
            | Op::Negate
            | Op::Cast(_)
            | Op::Compare
            | Op::Equal
            | Op::Logic
            | Op::Not
            | Op::Abort
            | Op::AbortMessage => Ok(()),
        }
    }

    /// The only type of a signature.
    fn single(&self, signature: SignatureIdx) -> Result<TypeId, StatusCode> {
        match self.context.signature_items(signature) {
            [ty] => Ok(*ty),
            _ => Err(StatusCode::NumberOfTypeArgumentsMismatch),
        }
    }
}
