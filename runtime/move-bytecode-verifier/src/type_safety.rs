//! Types of operands: every instruction finds on the stack, and in locals, what it works on.
//!
//! A function passes iff, block by block, a simulation of the stack with types in place of values
//! meets the rule of every instruction. All blocks count, reachable or not.
//!
//! Assumes that signatures, instruction consistency and stack height have passed. Metered by the
//! size of the types pushed and of type arguments; types are compared and substituted by id.

use crate::{
    context::{Body, Context},
    control_flow::ControlFlow,
    error::Reject,
    meter::Meter,
    op::{Arguments, Op, VectorOp},
    types::{ListId, Type, TypeId, Types},
};
use move_binary_format::file_format::{
    AbilitySet, FunctionAttribute, FunctionHandleIdx, SignatureIdx, StructDefIdx, VariantFieldHandleIdx,
};
use move_core_types::StatusCode;

/// Units for each node of a type that is pushed or passed as type argument.
const NODE_COST: u64 = 30;

pub(crate) fn check(
    context: &mut Context<'_>,
    body: &Body<'_>,
    flow: &ControlFlow,
    meter: &mut Meter,
) -> Result<(), Reject> {
    context.types.enter_context(body.type_params);
    let common = Common::new(&mut context.types);
    let mut simulation = Simulation { context, body, meter, common, stack: Vec::new() };
    for block in flow.blocks() {
        simulation.stack.clear();
        for offset in block.offsets() {
            simulation.step(body.ops[usize::from(offset)]).map_err(|reject| reject.or_at(offset))?;
        }
    }
    Ok(())
}

/// Types that instructions name by themselves.
struct Common {
    bool: TypeId,
    u8: TypeId,
    u64: TypeId,
    address: TypeId,
    signer_reference: TypeId,
    message: TypeId,
}

impl Common {
    fn new(types: &mut Types<'_>) -> Self {
        let signer = types.id(Type::Signer);
        let u8 = types.id(Type::U8);
        Self {
            bool: types.id(Type::Bool),
            u8,
            u64: types.id(Type::U64),
            address: types.id(Type::Address),
            signer_reference: types.id(Type::Reference(signer)),
            message: types.id(Type::Vector(u8)),
        }
    }
}

struct Simulation<'s, 'm, 'b> {
    context: &'s mut Context<'m>,
    body: &'s Body<'b>,
    meter: &'s mut Meter,
    common: Common,
    stack: Vec<TypeId>,
}

type Step = Result<(), Reject>;

/// `Ok` iff the rule holds.
fn require(holds: bool, otherwise: StatusCode) -> Step {
    if holds { Ok(()) } else { Err(Reject::new(otherwise)) }
}

impl Simulation<'_, '_, '_> {
    fn pop(&mut self) -> Result<TypeId, Reject> {
        // The stack pass has shown that there is one.
        self.stack.pop().ok_or(Reject::new(StatusCode::VerifierInvariantViolation))
    }

    fn push(&mut self, ty: TypeId) -> Step {
        self.meter.charge_items(NODE_COST, self.context.types.nodes(ty))?;
        self.stack.push(ty);
        Ok(())
    }

    fn push_shape(&mut self, shape: Type) -> Step {
        let ty = self.context.types.id(shape);
        self.push(ty)
    }

    fn push_list(&mut self, list: ListId) -> Step {
        for position in 0..self.context.types.items(list).len() {
            self.push(self.context.types.items(list)[position])?;
        }
        Ok(())
    }

    fn push_reference(&mut self, mutable: bool, target: TypeId) -> Step {
        self.push_shape(if mutable { Type::MutableReference(target) } else { Type::Reference(target) })
    }

    /// Takes operands for a list of declared types, the last of which is on top.
    fn pop_assignable(&mut self, declared: ListId, otherwise: StatusCode) -> Step {
        for position in (0..self.context.types.items(declared).len()).rev() {
            let operand = self.pop()?;
            let declared = self.context.types.items(declared)[position];
            require(self.context.types.is_assignable(declared, operand), otherwise)?;
        }
        Ok(())
    }

    fn pop_exactly(&mut self, ty: TypeId, otherwise: StatusCode) -> Step {
        require(self.pop()? == ty, otherwise)
    }

    fn shape(&self, ty: TypeId) -> Type {
        self.context.types.shape(ty)
    }

    fn abilities(&mut self, ty: TypeId) -> AbilitySet {
        self.context.types.abilities(ty)
    }

    fn local(&self, local: u8) -> Result<TypeId, Reject> {
        self.body.locals.get(usize::from(local)).copied().ok_or(Reject::new(StatusCode::VerifierInvariantViolation))
    }

    /// The type arguments of an instruction, paid for.
    fn arguments(&mut self, arguments: Arguments) -> Result<ListId, Reject> {
        let list = self.context.arguments(arguments);
        for ty in self.context.types.items(list) {
            self.meter.charge_items(NODE_COST, self.context.types.nodes(*ty))?;
        }
        Ok(list)
    }

    /// The type that an instruction names by definition and type arguments, paid for.
    fn owner(&mut self, owner: StructDefIdx, arguments: Arguments) -> Result<TypeId, Reject> {
        self.arguments(arguments)?;
        Ok(self.context.owner_type(owner, arguments))
    }

    /// The types of the fields of a struct or variant with type arguments in place.
    fn fields(
        &mut self,
        owner: StructDefIdx,
        variant: Option<u16>,
        arguments: Arguments,
        otherwise: StatusCode,
    ) -> Result<ListId, Reject> {
        let declared = self.context.fields(owner, variant).ok_or(Reject::new(otherwise))?;
        let arguments = self.context.arguments(arguments);
        self.context.types.substitute_list(declared, arguments)
    }

    fn step(&mut self, op: Op) -> Step {
        match op {
            Op::Pop => {
                let operand = self.pop()?;
                require(self.abilities(operand).has_drop(), StatusCode::PopWithoutDropAbility)
            }
            Op::Ret => self.pop_assignable(self.body.results, StatusCode::RetTypeMismatchError),
            Op::Fork => self.pop_exactly(self.common.bool, StatusCode::BrTypeMismatchError),
            Op::Jump | Op::Nop => Ok(()),
            Op::Abort => self.pop_exactly(self.common.u64, StatusCode::AbortTypeMismatchError),
            Op::AbortMessage => {
                self.pop_exactly(self.common.message, StatusCode::AbortTypeMismatchError)?;
                self.pop_exactly(self.common.u64, StatusCode::AbortTypeMismatchError)
            }
            Op::Load(shape) => self.push_shape(shape),
            Op::LoadConstant(constant) => self.push(self.context.constant_type(usize::from(constant.0))),
            Op::CopyLocal(local) => {
                let ty = self.local(local)?;
                require(self.abilities(ty).has_copy(), StatusCode::CopylocWithoutCopyAbility)?;
                self.push(ty)
            }
            Op::MoveLocal(local) => self.push(self.local(local)?),
            Op::StoreLocal(local) => {
                let operand = self.pop()?;
                let declared = self.local(local)?;
                let fits = self.context.types.is_assignable(declared, operand);
                require(fits, StatusCode::StlocTypeMismatchError)
            }
            Op::BorrowLocal { mutable, local } => {
                let ty = self.local(local)?;
                require(!self.shape(ty).is_reference(), StatusCode::BorrowlocReferenceError)?;
                self.push_reference(mutable, ty)
            }
            Op::FreezeRef => {
                let operand = self.pop()?;
                let Type::MutableReference(target) = self.shape(operand) else {
                    return Err(Reject::new(StatusCode::FreezerefTypeMismatchError));
                };
                self.push_reference(false, target)
            }
            Op::ReadRef => {
                let operand = self.pop()?;
                let (target, _) =
                    self.context.types.target(operand).ok_or(Reject::new(StatusCode::ReadrefTypeMismatchError))?;
                require(self.abilities(target).has_copy(), StatusCode::ReadrefWithoutCopyAbility)?;
                self.push(target)
            }
            Op::WriteRef => self.write_ref(),
            Op::BorrowField { mutable, owner, field, variants, arguments } => {
                self.borrow_field(mutable, owner, field, variants, arguments)
            }
            Op::Call { function, arguments } => self.call(function, arguments),
            Op::Pack { owner, variant, arguments } => {
                let ty = self.owner(owner, arguments)?;
                let fields = self.fields(owner, variant, arguments, StatusCode::PackTypeMismatchError)?;
                self.pop_assignable(fields, StatusCode::PackTypeMismatchError)?;
                self.push(ty)
            }
            Op::Unpack { owner, variant, arguments } => {
                let ty = self.owner(owner, arguments)?;
                let fields = self.fields(owner, variant, arguments, StatusCode::PackTypeMismatchError)?;
                self.pop_exactly(ty, StatusCode::UnpackTypeMismatchError)?;
                self.push_list(fields)
            }
            Op::TestVariant { owner, arguments, variant: _ } => {
                let ty = self.owner(owner, arguments)?;
                let operand = self.pop()?;
                let target = self.context.types.target(operand).map(|(target, _)| target);
                require(target == Some(ty), StatusCode::TestVariantTypeMismatchError)?;
                self.push(self.common.bool)
            }
            Op::Exists { .. } | Op::BorrowGlobal { .. } | Op::MoveFrom { .. } | Op::MoveTo { .. } => self.storage(op),
            Op::Arithmetic
            | Op::Bitwise
            | Op::Shift
            | Op::Negate
            | Op::Cast(_)
            | Op::Compare
            | Op::Equal
            | Op::Logic
            | Op::Not => self.operator(op),
            Op::Vector { what, element } => self.vector(what, element),
            Op::PackClosure { function, mask, arguments } => self.pack_closure(function, mask, arguments),
            Op::CallClosure(signature) => self.call_closure(signature),
        }
    }

    fn write_ref(&mut self) -> Step {
        let reference = self.pop()?;
        let value = self.pop()?;
        let Type::MutableReference(target) = self.shape(reference) else {
            return Err(Reject::new(StatusCode::WriterefNoMutableReferenceError));
        };
        require(self.abilities(target).has_drop(), StatusCode::WriterefWithoutDropAbility)?;
        require(self.context.types.is_assignable(target, value), StatusCode::WriterefTypeMismatchError)
    }

    fn borrow_field(
        &mut self,
        mutable: bool,
        owner: StructDefIdx,
        field: u16,
        variants: Option<VariantFieldHandleIdx>,
        arguments: Arguments,
    ) -> Step {
        let mismatch = StatusCode::BorrowfieldTypeMismatchError;
        let ty = self.owner(owner, arguments)?;
        let operand = self.pop()?;
        let (target, target_is_mutable) = self.context.types.target(operand).ok_or(Reject::new(mismatch))?;
        require(target == ty && (target_is_mutable || !mutable), mismatch)?;
        let tables = self.context.tables;
        let variants = match variants {
            None => &[][..],
            Some(handle) => {
                let variants = &tables.variant_field_handles[usize::from(handle.0)].variants;
                require(!variants.is_empty(), StatusCode::ZeroVariantsError)?;
                variants
            }
        };
        let mut found = None;
        let choices =
            if variants.is_empty() { &[None][..] } else { &variants.iter().copied().map(Some).collect::<Vec<_>>() };
        for variant in choices {
            let fields = self.context.fields(owner, *variant);
            let declared = fields.and_then(|list| self.context.types.items(list).get(usize::from(field)).copied());
            let declared = declared.ok_or(Reject::new(StatusCode::BorrowfieldBadFieldError))?;
            let arguments = self.context.arguments(arguments);
            let field_type = self.context.types.substitute(declared, arguments)?;
            require(found.is_none_or(|found| found == field_type), mismatch)?;
            found = Some(field_type);
        }
        let field_type = found.ok_or(Reject::new(StatusCode::BorrowfieldBadFieldError))?;
        self.push_reference(mutable, field_type)
    }

    fn call(&mut self, function: FunctionHandleIdx, arguments: Arguments) -> Step {
        let handle = &self.context.tables.function_handles[usize::from(function.0)];
        let type_arguments = self.arguments(arguments)?;
        let parameters = self.context.signature(handle.parameters);
        let parameters = self.context.types.substitute_list(parameters, type_arguments)?;
        self.pop_assignable(parameters, StatusCode::CallTypeMismatchError)?;
        let results = self.context.signature(handle.results);
        let results = self.context.types.substitute_list(results, type_arguments)?;
        self.push_list(results)
    }

    /// Instructions on global storage.
    #[expect(clippy::wildcard_enum_match_arm, reason = "`step`, which is exhaustive, sends these only")]
    fn storage(&mut self, op: Op) -> Step {
        match op {
            Op::Exists { owner, arguments } => {
                let mismatch = StatusCode::ExistsWithoutKeyAbilityOrBadArgument;
                let ty = self.owner(owner, arguments)?;
                let operand = self.pop()?;
                let has_key = self.abilities(ty).has_key();
                require(has_key && operand == self.common.address, mismatch)?;
                self.push(self.common.bool)
            }
            Op::BorrowGlobal { mutable, owner, arguments } => {
                let ty = self.owner(owner, arguments)?;
                self.pop_exactly(self.common.address, StatusCode::BorrowglobalTypeMismatchError)?;
                require(self.abilities(ty).has_key(), StatusCode::BorrowglobalWithoutKeyAbility)?;
                self.push_reference(mutable, ty)
            }
            Op::MoveFrom { owner, arguments } => {
                let ty = self.owner(owner, arguments)?;
                let operand = self.pop()?;
                require(self.abilities(ty).has_key(), StatusCode::MovefromWithoutKeyAbility)?;
                require(operand == self.common.address, StatusCode::MovefromTypeMismatchError)?;
                self.push(ty)
            }
            Op::MoveTo { owner, arguments } => {
                let ty = self.owner(owner, arguments)?;
                let value = self.pop()?;
                let signer = self.pop()?;
                require(self.abilities(ty).has_key(), StatusCode::MovetoWithoutKeyAbility)?;
                let fits = value == ty && signer == self.common.signer_reference;
                require(fits, StatusCode::MovetoTypeMismatchError)
            }
            _ => Err(Reject::new(StatusCode::VerifierInvariantViolation)),
        }
    }

    /// Operators on integers, booleans and everything that can be compared.
    #[expect(clippy::wildcard_enum_match_arm, reason = "`step`, which is exhaustive, sends these only")]
    fn operator(&mut self, op: Op) -> Step {
        let integer = StatusCode::IntegerOpTypeMismatchError;
        let boolean = StatusCode::BooleanOpTypeMismatchError;
        match op {
            Op::Arithmetic | Op::Bitwise | Op::Compare => {
                let right = self.pop()?;
                let left = self.pop()?;
                let shape = self.shape(left);
                let is_allowed = if op == Op::Bitwise { shape.is_unsigned() } else { shape.is_integer() };
                require(is_allowed && left == right, integer)?;
                self.push(if op == Op::Compare { self.common.bool } else { left })
            }
            Op::Shift => {
                let amount = self.pop()?;
                let value = self.pop()?;
                require(amount == self.common.u8 && self.shape(value).is_unsigned(), integer)?;
                self.push(value)
            }
            Op::Negate => {
                let operand = self.pop()?;
                require(self.shape(operand).is_signed(), integer)?;
                self.push(operand)
            }
            Op::Cast(target) => {
                let operand = self.pop()?;
                require(self.shape(operand).is_integer(), integer)?;
                self.push_shape(target)
            }
            Op::Equal => {
                let right = self.pop()?;
                let left = self.pop()?;
                let is_allowed = left == right && self.abilities(left).has_drop();
                require(is_allowed, StatusCode::EqualityOpTypeMismatchError)?;
                self.push(self.common.bool)
            }
            Op::Logic => {
                self.pop_exactly(self.common.bool, boolean)?;
                self.pop_exactly(self.common.bool, boolean)?;
                self.push(self.common.bool)
            }
            Op::Not => {
                self.pop_exactly(self.common.bool, boolean)?;
                self.push(self.common.bool)
            }
            _ => Err(Reject::new(StatusCode::VerifierInvariantViolation)),
        }
    }

    fn vector(&mut self, what: VectorOp, element: SignatureIdx) -> Step {
        let mismatch = StatusCode::TypeMismatch;
        let element = match self.context.signature_items(element) {
            [element] => *element,
            _ => return Err(Reject::new(StatusCode::VerifierInvariantViolation)),
        };
        self.meter.charge_items(NODE_COST, self.context.types.nodes(element))?;
        let vector = self.context.types.id(Type::Vector(element));
        match what {
            VectorOp::Pack(count) => {
                for _ in 0..count {
                    let operand = self.pop()?;
                    require(self.context.types.is_assignable(element, operand), mismatch)?;
                }
                self.push(vector)
            }
            VectorOp::Unpack(count) => {
                self.pop_exactly(vector, mismatch)?;
                for _ in 0..count {
                    self.push(element)?;
                }
                Ok(())
            }
            VectorOp::Length => {
                self.pop_vector_reference(vector, false)?;
                self.push(self.common.u64)
            }
            VectorOp::Borrow { mutable } => {
                self.pop_exactly(self.common.u64, mismatch)?;
                self.pop_vector_reference(vector, mutable)?;
                self.push_reference(mutable, element)
            }
            VectorOp::PushBack => {
                let operand = self.pop()?;
                require(self.context.types.is_assignable(element, operand), mismatch)?;
                self.pop_vector_reference(vector, true)
            }
            VectorOp::PopBack => {
                self.pop_vector_reference(vector, true)?;
                self.push(element)
            }
            VectorOp::Swap => {
                self.pop_exactly(self.common.u64, mismatch)?;
                self.pop_exactly(self.common.u64, mismatch)?;
                self.pop_vector_reference(vector, true)
            }
        }
    }

    fn pop_vector_reference(&mut self, vector: TypeId, mutable: bool) -> Step {
        let operand = self.pop()?;
        let fits = self
            .context
            .types
            .target(operand)
            .is_some_and(|(target, target_is_mutable)| target == vector && (target_is_mutable || !mutable));
        require(fits, StatusCode::TypeMismatch)
    }

    fn pack_closure(&mut self, function: FunctionHandleIdx, mask: u64, arguments: Arguments) -> Step {
        let mismatch = StatusCode::PackTypeMismatchError;
        let handle = &self.context.tables.function_handles[usize::from(function.0)];
        let type_arguments = self.arguments(arguments)?;
        let parameters = self.context.signature(handle.parameters);
        let parameters = self.context.types.substitute_list(parameters, type_arguments)?;
        let results = self.context.signature(handle.results);
        let results = self.context.types.substitute_list(results, type_arguments)?;
        let mut abilities = if handle.attributes.contains(&FunctionAttribute::Persistent) {
            AbilitySet::PUBLIC_FUNCTIONS
        } else {
            AbilitySet::PRIVATE_FUNCTIONS
        };
        let is_captured = |position: usize| position < 64 && mask & (1 << position) != 0;
        let count = self.context.types.items(parameters).len();
        for position in (0..count).rev().filter(|position| is_captured(*position)) {
            let operand = self.pop()?;
            let parameter = self.context.types.items(parameters)[position];
            abilities = abilities.intersect(self.abilities(operand));
            let fits = self.context.types.is_assignable(parameter, operand);
            require(fits && !self.shape(parameter).is_reference(), mismatch)?;
        }
        let open: Vec<TypeId> = self
            .context
            .types
            .items(parameters)
            .iter()
            .enumerate()
            .filter(|(position, _)| !is_captured(*position))
            .map(|(_, parameter)| *parameter)
            .collect();
        let open = self.context.types.list(&open);
        self.push_shape(Type::Function { abilities, arguments: open, results })
    }

    fn call_closure(&mut self, signature: SignatureIdx) -> Step {
        let mismatch = StatusCode::CallTypeMismatchError;
        let function = match self.context.signature_items(signature) {
            [function] => *function,
            _ => return Err(Reject::new(StatusCode::VerifierInvariantViolation)),
        };
        self.meter.charge_items(NODE_COST, self.context.types.nodes(function))?;
        let Type::Function { arguments, results, abilities: _ } = self.shape(function) else {
            return Err(Reject::new(StatusCode::VerifierInvariantViolation));
        };
        let closure = self.pop()?;
        require(self.context.types.is_assignable(function, closure), mismatch)?;
        self.pop_assignable(arguments, mismatch)?;
        self.push_list(results)
    }
}
