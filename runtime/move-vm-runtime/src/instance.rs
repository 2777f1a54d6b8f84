//! Functions made ready to run: instructions with types filled in, and what each basic block costs.
//!
//! This is the common input of the plain interpreter and of lowering. Types on the operand stack are followed through
//! each block (verified code enters every block with an empty stack), so that every instruction knows its operands.
//! A type beyond the limits does not fail here but at its instruction, as [`Instr::Fail`].

use crate::error::{VmError, VmResult};
use crate::gas::NativeGas;
use crate::native::{NativeFn, Scalar};
use crate::types::{IntKind, Kind, Ty};
use crate::world::{Code, FunctionNo, ModuleNo, World, int_kind};
use move_binary_format::Bytecode;
use move_binary_format::file_format::{
    FieldHandleIdx, FunctionHandleIdx, SignatureIdx, StructDefIdx, StructVariantHandleIdx, TableIndex,
    VariantFieldHandleIdx,
};
use move_core_types::StatusCode;
use std::sync::Arc;

/// Integer and boolean operations with two operands of one type and a result of the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arith {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    BitOr,
    BitAnd,
    Xor,
    Shl,
    Shr,
}

/// Order of integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Lt,
    Gt,
    Le,
    Ge,
}

/// The target of a call: resolved when it is first reached.
#[derive(Debug, Clone)]
pub(crate) struct CallSite {
    pub(crate) handle: FunctionHandleIdx,
    pub(crate) ty_args: Box<[Ty]>,
    pub(crate) params: Box<[Ty]>,
    pub(crate) results: Box<[Ty]>,
}

/// One instruction with its types.
#[derive(Debug, Clone)]
pub(crate) enum Instr {
    Nop,
    Pop,
    Ret,
    BrTrue(u16),
    BrFalse(u16),
    Branch(u16),
    Ld(Scalar),
    LdConst { ty: Ty, data: Arc<[u8]> },
    CopyLoc { local: u8, sized: bool },
    MoveLoc(u8),
    StLoc(u8),
    BorrowLoc { local: u8, mutable: bool, result: Ty },
    BorrowField { field: u16, owner: Ty, result: Ty },
    BorrowVariantField { field: u16, variants: Arc<[u16]>, owner: Ty, result: Ty },
    Call(u16),
    Pack { ty: Ty, variant: Option<u16> },
    Unpack { ty: Ty, variant: Option<u16> },
    TestVariant { ty: Ty, variant: u16 },
    ReadRef { ty: Ty, sized: bool },
    WriteRef { ty: Ty },
    FreezeRef { result: Ty },
    Arith(Arith, IntKind),
    Negate(IntKind),
    Cast { from: IntKind, to: IntKind },
    Or,
    And,
    Not,
    Eq { ty: Ty, negated: bool, sized: bool },
    Compare(Order, IntKind),
    Abort,
    AbortMsg,
    Exists(Ty),
    BorrowGlobal { ty: Ty, result: Ty },
    MoveFrom(Ty),
    MoveTo(Ty),
    VecPack { element: Ty, ty: Ty, count: u64 },
    VecLen(Ty),
    VecBorrow { element: Ty, result: Ty },
    VecPushBack(Ty),
    VecPopBack(Ty),
    VecUnpack { element: Ty, count: u64 },
    VecSwap(Ty),
    PackClosure { site: u16, mask: u64, ty: Ty, captured: u16 },
    CallClosure { ty: Ty },
    Fail(Box<VmError>),
}

/// A basic block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    /// Its first instruction.
    pub(crate) start: u16,
    /// One past its last instruction.
    pub(crate) end: u16,
    /// What its instructions cost, data aside.
    pub(crate) gas: u64,
    /// Greatest height of the operand stack inside it.
    pub(crate) height: u16,
}

/// A function with type arguments.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) function: FunctionNo,
    pub(crate) module: ModuleNo,
    pub(crate) def: u16,
    pub(crate) ty_args: Box<[Ty]>,
    pub(crate) params: usize,
    /// Parameters, then the other locals.
    pub(crate) locals: Box<[Ty]>,
    pub(crate) results: Box<[Ty]>,
    pub(crate) code: Vec<Instr>,
    pub(crate) blocks: Vec<Block>,
    /// Per instruction: 1 plus the number of the block that it starts, or 0.
    pub(crate) block_at: Vec<u16>,
    pub(crate) sites: Vec<CallSite>,
    pub(crate) native: Option<(NativeFn, NativeGas)>,
    /// What entering costs beyond the first block: per local, and creation of the locals' types.
    pub(crate) entry_gas: u64,
    pub(crate) is_script: bool,
    pub(crate) module_lock: bool,
}

impl Instance {
    pub(crate) fn build(world: &mut World, no: FunctionNo, ty_args: &[Ty]) -> VmResult<Self> {
        let function = world.function(no).clone();
        let code = world.module(function.module).code.clone();
        let is_script = world.module(function.module).is_script;
        let handle = world.handle(&function).clone();
        if handle.type_params.len() != ty_args.len() {
            return Err(VmError::new(StatusCode::NumberOfTypeArgumentsMismatch));
        }
        let signature = |index: SignatureIdx| code.signature(index).ok_or_else(bounds);
        let params = world.tys(function.module, &signature(handle.parameters)?.0, ty_args)?;
        let results = world.tys(function.module, &signature(handle.results)?.0, ty_args)?;
        let name = &world.module(function.module).id;
        let native = function
            .native
            .map(|native| (native, world.schedule.native(&name.address, name.name.as_str(), function.name.as_str())));
        let mut instance = Instance {
            function: no,
            module: function.module,
            def: function.def.into_u16(),
            ty_args: ty_args.into(),
            params: params.len(),
            locals: params,
            results,
            code: Vec::new(),
            blocks: Vec::new(),
            block_at: Vec::new(),
            sites: Vec::new(),
            native,
            entry_gas: 0,
            is_script,
            module_lock: function.module_lock,
        };
        let Some(unit) = world.definition(&function).code.clone() else {
            if instance.native.is_none() {
                let message = format!("no native function {}::{}", name, function.name);
                return Err(VmError::new(StatusCode::MissingDependency).message(message));
            }
            return Ok(instance);
        };
        if instance.native.is_some() {
            return Ok(instance);
        }
        let others = world.tys(function.module, &signature(unit.locals)?.0, ty_args)?;
        instance.locals = instance.locals.iter().chain(&others).copied().collect();
        let locals = instance.locals.len() as u64;
        let mut entry = world.schedule.call_per_local.checked_mul(locals);
        if !ty_args.is_empty() {
            let nodes: u64 = instance.locals.iter().map(|ty| u64::from(world.types.nodes(*ty))).sum();
            entry = entry.and_then(|gas| gas.checked_add(world.schedule.type_node.checked_mul(nodes)?));
        }
        instance.entry_gas = entry.unwrap_or(u64::MAX);
        let mut builder = Builder { world, tables: code, module: function.module, instance, stack: Vec::new() };
        builder.run(&unit.code)?;
        Ok(builder.instance)
    }

    /// The block that starts at an instruction.
    pub(crate) fn block_starting(&self, pc: u16) -> Option<&Block> {
        match self.block_at.get(usize::from(pc)) {
            Some(0) | None => None,
            Some(block) => self.blocks.get(usize::from(*block) - 1),
        }
    }
}

fn bounds() -> VmError {
    VmError::invariant("index outside a table of verified code")
}

fn mistyped(what: &str) -> VmError {
    VmError::new(StatusCode::UnknownInvariantViolationError)
        .with_sub(1)
        .message(format!("operand types do not fit: {what}"))
}

/// Types of parameters and results.
type Signature = (Box<[Ty]>, Box<[Ty]>);

struct Builder<'w> {
    world: &'w mut World,
    tables: Code,
    module: ModuleNo,
    instance: Instance,
    /// Types of the operands inside the current block.
    stack: Vec<Ty>,
}

/// The cost of one instruction, summed with checks.
struct Cost(Option<u64>);

impl Cost {
    fn add(&mut self, amount: u64) {
        self.0 = self.0.and_then(|sum| sum.checked_add(amount));
    }

    fn times(&mut self, price: u64, count: u64) {
        self.0 = self.0.and_then(|sum| sum.checked_add(price.checked_mul(count)?));
    }
}

impl Builder<'_> {
    fn run(&mut self, code: &[Bytecode]) -> VmResult<()> {
        let mut leader = vec![false; code.len()];
        if let Some(first) = leader.first_mut() {
            *first = true;
        }
        for (at, op) in code.iter().enumerate() {
            if let Some(target) = op.branch_target() {
                *leader.get_mut(usize::from(target)).ok_or_else(bounds)? = true;
            }
            if op.is_branch() && at + 1 < code.len() {
                leader[at + 1] = true;
            }
        }
        self.instance.block_at = vec![0; code.len()];
        let mut cost = Cost(Some(0));
        let mut height = 0;
        for (at, op) in code.iter().enumerate() {
            if leader[at] {
                self.close_block(&mut cost, &mut height, at);
                let start = u16::try_from(at).map_err(|_| bounds())?;
                self.instance.blocks.push(Block { start, end: start, gas: 0, height: 0 });
                self.instance.block_at[at] = u16::try_from(self.instance.blocks.len()).map_err(|_| bounds())?;
                self.stack.clear();
            }
            if self.instance.code.len() > at {
                continue; // Behind an instruction that always fails.
            }
            let instr = match self.step(op, &mut cost) {
                Ok(instr) => instr,
                Err(error) if is_type_limit(&error) => {
                    // Nothing after it in the block runs, so that types need not be followed further.
                    self.instance.code.push(Instr::Fail(Box::new(error)));
                    self.skip_block(code, &leader, at + 1);
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.instance.code.push(instr);
            height = height.max(self.stack.len());
        }
        let end = code.len();
        self.close_block(&mut cost, &mut height, end);
        Ok(())
    }

    fn close_block(&mut self, cost: &mut Cost, height: &mut usize, end: usize) {
        if let Some(block) = self.instance.blocks.last_mut() {
            block.gas = cost.0.unwrap_or(u64::MAX);
            block.height = u16::try_from(*height).unwrap_or(u16::MAX);
            block.end = u16::try_from(end).unwrap_or(u16::MAX);
        }
        *cost = Cost(Some(0));
        *height = 0;
    }

    /// Fills the rest of a block behind an instruction that always fails.
    fn skip_block(&mut self, code: &[Bytecode], leader: &[bool], from: usize) {
        let mut at = from;
        while at < code.len() && !leader[at] {
            self.instance.code.push(Instr::Nop);
            at += 1;
        }
    }

    fn pop(&mut self) -> VmResult<Ty> {
        self.stack.pop().ok_or_else(|| VmError::new(StatusCode::EmptyValueStack))
    }

    fn pop_n(&mut self, count: usize) -> VmResult<()> {
        let left = self.stack.len().checked_sub(count).ok_or_else(|| VmError::new(StatusCode::EmptyValueStack))?;
        self.stack.truncate(left);
        Ok(())
    }

    fn pop_int(&mut self) -> VmResult<IntKind> {
        let ty = self.pop()?;
        int_kind(&self.world.types, ty).ok_or_else(|| mistyped("an integer"))
    }

    fn local(&self, local: u8) -> VmResult<Ty> {
        self.instance.locals.get(usize::from(local)).copied().ok_or_else(bounds)
    }

    fn args(&mut self, signature: SignatureIdx) -> VmResult<Box<[Ty]>> {
        let tables = self.tables.clone();
        let ty_args = self.instance.ty_args.clone();
        self.world.tys(self.module, &tables.signature(signature).ok_or_else(bounds)?.0, &ty_args)
    }

    /// The one type of a signature.
    fn single(&mut self, signature: SignatureIdx) -> VmResult<Ty> {
        self.args(signature)?.first().copied().ok_or_else(bounds)
    }

    fn own_struct(&mut self, def: StructDefIdx, args: &[Ty]) -> VmResult<Ty> {
        let handle = self.tables.struct_def(def).ok_or_else(bounds)?.handle;
        self.world.struct_ty(self.module, handle, args)
    }

    fn struct_inst(&mut self, index: move_binary_format::file_format::StructDefInstIdx) -> VmResult<Ty> {
        let inst = *self.tables.struct_def_inst(index).ok_or_else(bounds)?;
        let args = self.args(inst.type_args)?;
        self.own_struct(inst.target, &args)
    }

    fn nodes(&self, ty: Ty) -> u64 {
        u64::from(self.world.types.nodes(ty))
    }

    /// Whether the abstract size of a value needs the value.
    fn sized(&mut self, ty: Ty) -> VmResult<Option<u64>> {
        Ok(self.world.facts(ty)?.units)
    }

    fn push_scalar(&mut self, scalar: Scalar, ty: Ty, cost: &mut Cost) -> Instr {
        let schedule = &self.world.schedule;
        cost.add(match scalar {
            Scalar::U128(_) | Scalar::U256(_) | Scalar::I128(_) | Scalar::I256(_) => schedule.load_large,
            _ => schedule.load_small,
        });
        self.stack.push(ty);
        Instr::Ld(scalar)
    }

    fn borrow_field(
        &mut self,
        handle: FieldHandleIdx,
        args: &[Ty],
        generic: bool,
        mutable: bool,
        cost: &mut Cost,
    ) -> VmResult<Instr> {
        let handle = *self.tables.field_handle(handle).ok_or_else(bounds)?;
        cost.add(self.world.schedule.borrow_field);
        let owner = self.own_struct(handle.owner, args)?;
        let body = self.world.body(owner)?;
        let field =
            *body.variants.first().and_then(|fields| fields.get(usize::from(handle.field))).ok_or_else(bounds)?;
        if generic {
            cost.times(self.world.schedule.type_node, self.nodes(owner) + self.nodes(field));
        }
        let result = self.world.types.reference(mutable, field)?;
        self.pop()?;
        self.stack.push(result);
        Ok(Instr::BorrowField { field: handle.field, owner, result })
    }

    fn borrow_variant(
        &mut self,
        handle: VariantFieldHandleIdx,
        args: &[Ty],
        generic: bool,
        mutable: bool,
        cost: &mut Cost,
    ) -> VmResult<Instr> {
        let handle = self.tables.variant_field_handle(handle).ok_or_else(bounds)?.clone();
        cost.add(self.world.schedule.borrow_variant_field);
        let owner = self.own_struct(handle.owner, args)?;
        let body = self.world.body(owner)?;
        let first = usize::from(*handle.variants.first().ok_or_else(bounds)?);
        let field =
            *body.variants.get(first).and_then(|fields| fields.get(usize::from(handle.field))).ok_or_else(bounds)?;
        if generic {
            cost.times(self.world.schedule.type_node, self.nodes(owner) + self.nodes(field));
        }
        let result = self.world.types.reference(mutable, field)?;
        self.pop()?;
        self.stack.push(result);
        Ok(Instr::BorrowVariantField { field: handle.field, variants: handle.variants.into(), owner, result })
    }

    fn variant(&mut self, handle: StructVariantHandleIdx, args: &[Ty]) -> VmResult<(Ty, u16)> {
        let handle = *self.tables.struct_variant_handle(handle).ok_or_else(bounds)?;
        Ok((self.own_struct(handle.owner, args)?, handle.variant))
    }

    fn fields(&mut self, ty: Ty, variant: Option<u16>) -> VmResult<Box<[Ty]>> {
        let body = self.world.body(ty)?;
        body.variants.get(usize::from(variant.unwrap_or(0))).cloned().ok_or_else(bounds)
    }

    fn pack(&mut self, ty: Ty, variant: Option<u16>, generic: bool, cost: &mut Cost) -> VmResult<Instr> {
        let fields = self.fields(ty, variant)?;
        self.pack_cost(ty, &fields, generic, cost);
        self.pop_n(fields.len())?;
        self.stack.push(ty);
        Ok(Instr::Pack { ty, variant })
    }

    fn unpack(&mut self, ty: Ty, variant: Option<u16>, generic: bool, cost: &mut Cost) -> VmResult<Instr> {
        let fields = self.fields(ty, variant)?;
        self.pack_cost(ty, &fields, generic, cost);
        self.pop()?;
        self.stack.extend_from_slice(&fields);
        Ok(Instr::Unpack { ty, variant })
    }

    fn pack_cost(&self, ty: Ty, fields: &[Ty], generic: bool, cost: &mut Cost) {
        cost.add(self.world.schedule.pack);
        cost.times(self.world.schedule.pack_per_field, fields.len() as u64);
        if generic {
            let nodes = self.nodes(ty) + fields.iter().map(|field| self.nodes(*field)).sum::<u64>();
            cost.times(self.world.schedule.type_node, nodes);
        }
    }

    fn test(&mut self, ty: Ty, variant: u16, generic: bool, cost: &mut Cost) -> VmResult<Instr> {
        cost.add(self.world.schedule.test_variant);
        if generic {
            cost.times(self.world.schedule.type_node, self.nodes(ty));
        }
        self.pop()?;
        self.stack.push(Ty::BOOL);
        Ok(Instr::TestVariant { ty, variant })
    }

    fn global(&mut self, ty: Ty, price: u64, generic: bool, cost: &mut Cost) {
        cost.add(price);
        if generic {
            cost.times(self.world.schedule.type_node, self.nodes(ty));
        }
    }

    fn exists(&mut self, ty: Ty, generic: bool, cost: &mut Cost) -> VmResult<Instr> {
        self.global(ty, self.world.schedule.exists, generic, cost);
        self.pop()?;
        self.stack.push(Ty::BOOL);
        Ok(Instr::Exists(ty))
    }

    fn borrow_global(&mut self, ty: Ty, mutable: bool, generic: bool, cost: &mut Cost) -> VmResult<Instr> {
        self.global(ty, self.world.schedule.borrow_global, generic, cost);
        let result = self.world.types.reference(mutable, ty)?;
        self.pop()?;
        self.stack.push(result);
        Ok(Instr::BorrowGlobal { ty, result })
    }

    fn move_from(&mut self, ty: Ty, generic: bool, cost: &mut Cost) -> VmResult<Instr> {
        self.global(ty, self.world.schedule.move_from, generic, cost);
        self.pop()?;
        self.stack.push(ty);
        Ok(Instr::MoveFrom(ty))
    }

    fn move_to(&mut self, ty: Ty, generic: bool, cost: &mut Cost) -> VmResult<Instr> {
        self.global(ty, self.world.schedule.move_to, generic, cost);
        self.pop_n(2)?;
        Ok(Instr::MoveTo(ty))
    }

    /// Parameter and result types of a function handle with type arguments.
    fn callee(&mut self, handle: FunctionHandleIdx, args: &[Ty]) -> VmResult<Signature> {
        let tables = self.tables.clone();
        let handle = tables.function_handle(handle).ok_or_else(bounds)?;
        let signature = |index: SignatureIdx| tables.signature(index).ok_or_else(bounds);
        let params = self.world.tys(self.module, &signature(handle.parameters)?.0, args)?;
        let results = self.world.tys(self.module, &signature(handle.results)?.0, args)?;
        Ok((params, results))
    }

    fn site(
        &mut self,
        handle: FunctionHandleIdx,
        ty_args: &[Ty],
        params: Box<[Ty]>,
        results: Box<[Ty]>,
    ) -> VmResult<u16> {
        self.instance.sites.push(CallSite { handle, ty_args: ty_args.into(), params, results });
        u16::try_from(self.instance.sites.len() - 1).map_err(|_| bounds())
    }

    fn call(&mut self, handle: FunctionHandleIdx, ty_args: &[Ty], cost: &mut Cost) -> VmResult<Instr> {
        let (params, results) = self.callee(handle, ty_args)?;
        cost.add(self.world.schedule.call);
        cost.times(self.world.schedule.call_per_arg, params.len() as u64);
        cost.times(self.world.schedule.call_per_ty_arg, ty_args.len() as u64);
        self.pop_n(params.len())?;
        self.stack.extend_from_slice(&results);
        Ok(Instr::Call(self.site(handle, ty_args, params, results)?))
    }

    fn pack_closure(
        &mut self,
        handle: FunctionHandleIdx,
        ty_args: &[Ty],
        mask: u64,
        cost: &mut Cost,
    ) -> VmResult<Instr> {
        use move_binary_format::file_format::FunctionAttribute;
        let (params, results) = self.callee(handle, ty_args)?;
        let captured = |position: usize| position < 64 && mask >> position & 1 == 1;
        let count = (0..params.len()).filter(|position| captured(*position)).count();
        cost.add(self.world.schedule.pack_closure);
        cost.times(self.world.schedule.pack_closure_per_arg, count as u64);
        let tables = self.tables.clone();
        let target = tables.function_handle(handle).ok_or_else(bounds)?;
        let storable = target.attributes.contains(&FunctionAttribute::Persistent);
        let mut abilities = if storable {
            move_core_types::AbilitySet::PUBLIC_FUNCTIONS
        } else {
            move_core_types::AbilitySet::PRIVATE_FUNCTIONS
        };
        let mut args = Vec::new();
        for (position, ty) in params.iter().enumerate() {
            if captured(position) {
                abilities = abilities.intersect(self.world.types.abilities(*ty));
            } else {
                args.push(*ty);
            }
        }
        self.pop_n(count)?;
        let ty = self.world.types.intern(Kind::Function(Box::new(crate::types::FunctionTy {
            args: args.into(),
            results: results.clone(),
            abilities,
        })))?;
        self.stack.push(ty);
        Ok(Instr::PackClosure {
            site: self.site(handle, ty_args, params, results)?,
            mask,
            ty,
            captured: u16::try_from(count).map_err(|_| bounds())?,
        })
    }

    fn element(&mut self, signature: SignatureIdx, price: u64, cost: &mut Cost) -> VmResult<Ty> {
        cost.add(price);
        let element = self.single(signature)?;
        cost.times(self.world.schedule.type_node, self.nodes(element));
        Ok(element)
    }

    fn vec_borrow(&mut self, signature: SignatureIdx, mutable: bool, cost: &mut Cost) -> VmResult<Instr> {
        let element = self.element(signature, self.world.schedule.vec_borrow, cost)?;
        self.pop_n(2)?;
        let result = self.world.types.reference(mutable, element)?;
        self.stack.push(result);
        Ok(Instr::VecBorrow { element, result })
    }

    fn arith(&mut self, op: Arith, cost: &mut Cost) -> VmResult<Instr> {
        cost.add(self.world.schedule.arithmetic);
        let right = self.pop_int()?;
        let left = self.pop_int()?;
        let fits = if matches!(op, Arith::Shl | Arith::Shr) { right == IntKind::U8 } else { left == right };
        if !fits {
            return Err(VmError::new(StatusCode::InternalTypeError));
        }
        self.stack.push(left.ty());
        Ok(Instr::Arith(op, left))
    }

    fn compare(&mut self, order: Order, cost: &mut Cost) -> VmResult<Instr> {
        cost.add(self.world.schedule.arithmetic);
        let right = self.pop_int()?;
        let left = self.pop_int()?;
        if left != right {
            return Err(VmError::new(StatusCode::InternalTypeError));
        }
        self.stack.push(Ty::BOOL);
        Ok(Instr::Compare(order, left))
    }

    fn equal(&mut self, negated: bool, cost: &mut Cost) -> VmResult<Instr> {
        cost.add(self.world.schedule.equality);
        let right = self.pop()?;
        self.pop()?;
        let ty = self.world.types.target(right);
        let units = self.sized(ty)?;
        if let Some(units) = units {
            cost.times(self.world.schedule.copy_per_unit, units.saturating_mul(2));
        }
        self.stack.push(Ty::BOOL);
        Ok(Instr::Eq { ty: right, negated, sized: units.is_some() })
    }

    fn cast(&mut self, to: IntKind, cost: &mut Cost) -> VmResult<Instr> {
        cost.add(self.world.schedule.cast);
        let from = self.pop_int()?;
        self.stack.push(to.ty());
        Ok(Instr::Cast { from, to })
    }

    fn logic(&mut self, instr: Instr, operands: usize, cost: &mut Cost) -> VmResult<Instr> {
        cost.add(self.world.schedule.arithmetic);
        self.pop_n(operands)?;
        self.stack.push(Ty::BOOL);
        Ok(instr)
    }

    fn borrow_loc(&mut self, local: u8, mutable: bool, cost: &mut Cost) -> VmResult<Instr> {
        cost.add(self.world.schedule.borrow_loc);
        let ty = self.local(local)?;
        let result = self.world.types.reference(mutable, ty)?;
        self.stack.push(result);
        Ok(Instr::BorrowLoc { local, mutable, result })
    }

    /// Translates one instruction and follows its effect on types and cost.
    fn step(&mut self, op: &Bytecode, cost: &mut Cost) -> VmResult<Instr> {
        use Bytecode as B;
        let schedule = self.world.schedule.clone();
        let tables = self.tables.clone();
        Ok(match *op {
            B::Nop => {
                cost.add(schedule.nop);
                Instr::Nop
            }
            B::Pop => {
                cost.add(schedule.pop);
                self.pop()?;
                Instr::Pop
            }
            B::Ret => {
                cost.add(schedule.ret);
                self.pop_n(self.instance.results.len())?;
                Instr::Ret
            }
            B::BrTrue(to) => {
                cost.add(schedule.branch_conditional);
                self.pop()?;
                Instr::BrTrue(to)
            }
            B::BrFalse(to) => {
                cost.add(schedule.branch_conditional);
                self.pop()?;
                Instr::BrFalse(to)
            }
            B::Branch(to) => {
                cost.add(schedule.branch);
                Instr::Branch(to)
            }
            B::LdTrue => self.push_scalar(Scalar::Bool(true), Ty::BOOL, cost),
            B::LdFalse => self.push_scalar(Scalar::Bool(false), Ty::BOOL, cost),
            B::LdU8(value) => self.push_scalar(Scalar::U8(value), Ty::U8, cost),
            B::LdU16(value) => self.push_scalar(Scalar::U16(value), Ty::U16, cost),
            B::LdU32(value) => self.push_scalar(Scalar::U32(value), Ty::U32, cost),
            B::LdU64(value) => self.push_scalar(Scalar::U64(value), Ty::U64, cost),
            B::LdU128(value) => self.push_scalar(Scalar::U128(value), Ty::U128, cost),
            B::LdU256(value) => self.push_scalar(Scalar::U256(value), Ty::U256, cost),
            B::LdI8(value) => self.push_scalar(Scalar::I8(value), Ty::I8, cost),
            B::LdI16(value) => self.push_scalar(Scalar::I16(value), Ty::I16, cost),
            B::LdI32(value) => self.push_scalar(Scalar::I32(value), Ty::I32, cost),
            B::LdI64(value) => self.push_scalar(Scalar::I64(value), Ty::I64, cost),
            B::LdI128(value) => self.push_scalar(Scalar::I128(value), Ty::I128, cost),
            B::LdI256(value) => self.push_scalar(Scalar::I256(value), Ty::I256, cost),
            B::LdConst(index) => {
                let constant = tables.constant(index).ok_or_else(bounds)?;
                cost.add(schedule.load_const);
                cost.times(schedule.load_const_per_byte, constant.data.len() as u64);
                let ty = self.world.ty(self.module, &constant.ty, &[])?;
                cost.times(schedule.type_node, self.nodes(ty));
                self.stack.push(ty);
                Instr::LdConst { ty, data: constant.data.as_slice().into() }
            }
            B::CopyLoc(local) => {
                cost.add(schedule.copy_loc);
                let ty = self.local(local)?;
                let units = self.sized(ty)?;
                if let Some(units) = units {
                    cost.times(schedule.copy_per_unit, units);
                }
                self.stack.push(ty);
                Instr::CopyLoc { local, sized: units.is_some() }
            }
            B::MoveLoc(local) => {
                cost.add(schedule.move_loc);
                let ty = self.local(local)?;
                self.stack.push(ty);
                Instr::MoveLoc(local)
            }
            B::StLoc(local) => {
                cost.add(schedule.st_loc);
                self.pop()?;
                Instr::StLoc(local)
            }
            B::MutBorrowLoc(local) => self.borrow_loc(local, true, cost)?,
            B::ImmBorrowLoc(local) => self.borrow_loc(local, false, cost)?,
            B::MutBorrowField(index) => self.borrow_field(index, &[], false, true, cost)?,
            B::ImmBorrowField(index) => self.borrow_field(index, &[], false, false, cost)?,
            B::MutBorrowFieldGeneric(index) | B::ImmBorrowFieldGeneric(index) => {
                let inst = *tables.field_inst(index).ok_or_else(bounds)?;
                let args = self.args(inst.type_args)?;
                self.borrow_field(inst.target, &args, true, matches!(op, B::MutBorrowFieldGeneric(_)), cost)?
            }
            B::MutBorrowVariantField(index) => self.borrow_variant(index, &[], false, true, cost)?,
            B::ImmBorrowVariantField(index) => self.borrow_variant(index, &[], false, false, cost)?,
            B::MutBorrowVariantFieldGeneric(index) | B::ImmBorrowVariantFieldGeneric(index) => {
                let inst = *tables.variant_field_inst(index).ok_or_else(bounds)?;
                let args = self.args(inst.type_args)?;
                self.borrow_variant(inst.target, &args, true, matches!(op, B::MutBorrowVariantFieldGeneric(_)), cost)?
            }
            B::Call(handle) => self.call(handle, &[], cost)?,
            B::CallGeneric(index) => {
                let inst = *tables.function_inst(index).ok_or_else(bounds)?;
                let args = self.args(inst.type_args)?;
                self.call(inst.target, &args, cost)?
            }
            B::Pack(def) => {
                let ty = self.own_struct(def, &[])?;
                self.pack(ty, None, false, cost)?
            }
            B::PackGeneric(index) => {
                let ty = self.struct_inst(index)?;
                self.pack(ty, None, true, cost)?
            }
            B::Unpack(def) => {
                let ty = self.own_struct(def, &[])?;
                self.unpack(ty, None, false, cost)?
            }
            B::UnpackGeneric(index) => {
                let ty = self.struct_inst(index)?;
                self.unpack(ty, None, true, cost)?
            }
            B::PackVariant(index) => {
                let (ty, variant) = self.variant(index, &[])?;
                self.pack(ty, Some(variant), false, cost)?
            }
            B::UnpackVariant(index) => {
                let (ty, variant) = self.variant(index, &[])?;
                self.unpack(ty, Some(variant), false, cost)?
            }
            B::TestVariant(index) => {
                let (ty, variant) = self.variant(index, &[])?;
                self.test(ty, variant, false, cost)?
            }
            B::PackVariantGeneric(index) | B::UnpackVariantGeneric(index) | B::TestVariantGeneric(index) => {
                let inst = *tables.struct_variant_inst(index).ok_or_else(bounds)?;
                let args = self.args(inst.type_args)?;
                let (ty, variant) = self.variant(inst.target, &args)?;
                match op {
                    B::PackVariantGeneric(_) => self.pack(ty, Some(variant), true, cost)?,
                    B::UnpackVariantGeneric(_) => self.unpack(ty, Some(variant), true, cost)?,
                    _ => self.test(ty, variant, true, cost)?,
                }
            }
            B::ReadRef => {
                cost.add(schedule.read_ref);
                let reference = self.pop()?;
                if !self.world.types.is_ref(reference) {
                    return Err(mistyped("ReadRef"));
                }
                let ty = self.world.types.target(reference);
                let units = self.sized(ty)?;
                if let Some(units) = units {
                    cost.times(schedule.copy_per_unit, units);
                }
                self.stack.push(ty);
                Instr::ReadRef { ty, sized: units.is_some() }
            }
            B::WriteRef => {
                cost.add(schedule.write_ref);
                self.pop()?;
                let ty = self.pop()?;
                Instr::WriteRef { ty }
            }
            B::FreezeRef => {
                cost.add(schedule.nop);
                let ty = self.pop()?;
                let target = self.world.types.target(ty);
                let result = self.world.types.reference(false, target)?;
                self.stack.push(result);
                Instr::FreezeRef { result }
            }
            B::Add => self.arith(Arith::Add, cost)?,
            B::Sub => self.arith(Arith::Sub, cost)?,
            B::Mul => self.arith(Arith::Mul, cost)?,
            B::Mod => self.arith(Arith::Mod, cost)?,
            B::Div => self.arith(Arith::Div, cost)?,
            B::BitOr => self.arith(Arith::BitOr, cost)?,
            B::BitAnd => self.arith(Arith::BitAnd, cost)?,
            B::Xor => self.arith(Arith::Xor, cost)?,
            B::Shl => self.arith(Arith::Shl, cost)?,
            B::Shr => self.arith(Arith::Shr, cost)?,
            B::Or => self.logic(Instr::Or, 2, cost)?,
            B::And => self.logic(Instr::And, 2, cost)?,
            B::Not => self.logic(Instr::Not, 1, cost)?,
            B::Eq => self.equal(false, cost)?,
            B::Neq => self.equal(true, cost)?,
            B::Lt => self.compare(Order::Lt, cost)?,
            B::Gt => self.compare(Order::Gt, cost)?,
            B::Le => self.compare(Order::Le, cost)?,
            B::Ge => self.compare(Order::Ge, cost)?,
            B::Negate => {
                cost.add(schedule.arithmetic);
                let kind = self.pop_int()?;
                self.stack.push(kind.ty());
                Instr::Negate(kind)
            }
            B::CastU8 => self.cast(IntKind::U8, cost)?,
            B::CastU16 => self.cast(IntKind::U16, cost)?,
            B::CastU32 => self.cast(IntKind::U32, cost)?,
            B::CastU64 => self.cast(IntKind::U64, cost)?,
            B::CastU128 => self.cast(IntKind::U128, cost)?,
            B::CastU256 => self.cast(IntKind::U256, cost)?,
            B::CastI8 => self.cast(IntKind::I8, cost)?,
            B::CastI16 => self.cast(IntKind::I16, cost)?,
            B::CastI32 => self.cast(IntKind::I32, cost)?,
            B::CastI64 => self.cast(IntKind::I64, cost)?,
            B::CastI128 => self.cast(IntKind::I128, cost)?,
            B::CastI256 => self.cast(IntKind::I256, cost)?,
            B::Abort => {
                cost.add(schedule.abort);
                self.pop()?;
                Instr::Abort
            }
            B::AbortMsg => {
                cost.add(schedule.abort_msg);
                self.pop_n(2)?;
                Instr::AbortMsg
            }
            B::Exists(def) => {
                let ty = self.own_struct(def, &[])?;
                self.exists(ty, false, cost)?
            }
            B::ExistsGeneric(index) => {
                let ty = self.struct_inst(index)?;
                self.exists(ty, true, cost)?
            }
            B::MutBorrowGlobal(def) | B::ImmBorrowGlobal(def) => {
                let ty = self.own_struct(def, &[])?;
                self.borrow_global(ty, matches!(op, B::MutBorrowGlobal(_)), false, cost)?
            }
            B::MutBorrowGlobalGeneric(index) | B::ImmBorrowGlobalGeneric(index) => {
                let ty = self.struct_inst(index)?;
                self.borrow_global(ty, matches!(op, B::MutBorrowGlobalGeneric(_)), true, cost)?
            }
            B::MoveFrom(def) => {
                let ty = self.own_struct(def, &[])?;
                self.move_from(ty, false, cost)?
            }
            B::MoveFromGeneric(index) => {
                let ty = self.struct_inst(index)?;
                self.move_from(ty, true, cost)?
            }
            B::MoveTo(def) => {
                let ty = self.own_struct(def, &[])?;
                self.move_to(ty, false, cost)?
            }
            B::MoveToGeneric(index) => {
                let ty = self.struct_inst(index)?;
                self.move_to(ty, true, cost)?
            }
            B::VecPack(signature, count) => {
                let element = self.element(signature, schedule.vec_pack, cost)?;
                cost.times(schedule.vec_per_element, count);
                self.pop_n(usize::try_from(count).map_err(|_| bounds())?)?;
                let ty = self.world.types.vector(element)?;
                self.stack.push(ty);
                Instr::VecPack { element, ty, count }
            }
            B::VecUnpack(signature, count) => {
                let element = self.element(signature, schedule.vec_unpack, cost)?;
                cost.times(schedule.vec_per_element, count);
                self.pop()?;
                if count > 1024 {
                    return Err(mistyped("VecUnpack"));
                }
                self.stack.extend((0..count).map(|_| element));
                Instr::VecUnpack { element, count }
            }
            B::VecLen(signature) => {
                let element = self.element(signature, schedule.vec_len, cost)?;
                self.pop()?;
                self.stack.push(Ty::U64);
                Instr::VecLen(element)
            }
            B::VecImmBorrow(signature) => self.vec_borrow(signature, false, cost)?,
            B::VecMutBorrow(signature) => self.vec_borrow(signature, true, cost)?,
            B::VecPushBack(signature) => {
                let element = self.element(signature, schedule.vec_push_back, cost)?;
                self.pop_n(2)?;
                Instr::VecPushBack(element)
            }
            B::VecPopBack(signature) => {
                let element = self.element(signature, schedule.vec_pop_back, cost)?;
                self.pop()?;
                self.stack.push(element);
                Instr::VecPopBack(element)
            }
            B::VecSwap(signature) => {
                let element = self.element(signature, schedule.vec_swap, cost)?;
                self.pop_n(3)?;
                Instr::VecSwap(element)
            }
            B::PackClosure(handle, mask) => self.pack_closure(handle, &[], mask, cost)?,
            B::PackClosureGeneric(index, mask) => {
                let inst = *tables.function_inst(index).ok_or_else(bounds)?;
                let args = self.args(inst.type_args)?;
                self.pack_closure(inst.target, &args, mask, cost)?
            }
            B::CallClosure(signature) => {
                cost.add(schedule.call);
                let ty = self.single(signature)?;
                let Kind::Function(function) = self.world.types.kind(ty).clone() else {
                    return Err(mistyped("CallClosure"));
                };
                self.pop_n(function.args.len() + 1)?;
                self.stack.extend_from_slice(&function.results);
                Instr::CallClosure { ty }
            }
        })
    }
}

/// Failures that belong to the instruction, not to the code as a whole.
fn is_type_limit(error: &VmError) -> bool {
    matches!(
        error.status,
        StatusCode::TooManyTypeNodes | StatusCode::VmMaxTypeDepthReached | StatusCode::VmMaxValueDepthReached
    )
}
