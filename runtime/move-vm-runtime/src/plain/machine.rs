//! Frames, the operand stack, and the instructions.

use super::arith;
use super::decode::{decode, decode_at};
use super::globals::{Globals, Place};
use super::natives::PlainNative;
use super::value::{Captured, Closure, Ref, Root, Value};
use crate::closure::ClosureHead;
use crate::codec::Reader;
use crate::error::{Location, StackFrame, VmError, VmResult};
use crate::host::Backing;
use crate::instance::{Block, CallSite, Instance, Instr};
use crate::reentrancy::{Active, Entry, Undo};
use crate::types::{Kind, Ty};
use crate::world::{FunctionNo, InstanceNo, VALUE_DEPTH_MAX, World};
use move_core_types::{AccountAddress, StatusCode, TypeTag};
use std::sync::Arc;

/// Frames below the current one.
const CALL_DEPTH_MAX: usize = 1024;
/// Values on the operand stack of a call chain.
const OPERANDS_MAX: usize = 1024;
/// Longest message of an abort.
const ABORT_MESSAGE_MAX: usize = 1024;

/// An argument of the outermost call.
#[derive(Debug)]
pub(crate) enum Argument {
    /// Passed by value.
    Value(Value),
    /// Passed as a reference to a temporary.
    Reference(Value),
}

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) instance: Arc<Instance>,
    pub(super) pc: u16,
    locals: Vec<Value>,
    undo: Undo,
}

/// One run of the plain interpreter.
pub(crate) struct Machine<'a, 's> {
    pub(super) world: &'a mut World,
    pub(super) host: &'a mut Backing<'s>,
    pub(super) frames: Vec<Frame>,
    stack: Vec<(Value, Ty)>,
    pub(super) globals: Globals,
    /// Temporaries behind the reference arguments of the outermost call.
    temporaries: Vec<Value>,
    active: Active,
}

/// What follows an instruction.
enum Next {
    Fall,
    Jump(u16),
    /// The top frame changed: a call or a return.
    Frame,
    Done,
}

fn mistyped() -> VmError {
    VmError::new(StatusCode::UnknownInvariantViolationError)
        .with_sub(1)
        .message("an operand has another type than its instruction")
}

fn dangling() -> VmError {
    VmError::invariant("a reference leads nowhere")
}

impl<'a, 's> Machine<'a, 's> {
    pub(crate) fn new(world: &'a mut World, host: &'a mut Backing<'s>) -> Self {
        Self {
            world,
            host,
            frames: Vec::new(),
            stack: Vec::new(),
            globals: Globals::new(),
            temporaries: Vec::new(),
            active: Active::default(),
        }
    }

    /// Runs a function to its end: its results with references read through, and the temporaries of reference arguments.
    pub(crate) fn call(mut self, no: InstanceNo, args: Vec<Argument>) -> VmResult<(Vec<Value>, Vec<Value>)> {
        let result = self.run(no, args);
        match result {
            Ok(values) => {
                self.globals.flush(self.world, self.host)?;
                Ok((values, self.temporaries))
            }
            Err(error) => Err(self.finish_error(error)),
        }
    }

    fn run(&mut self, no: InstanceNo, args: Vec<Argument>) -> VmResult<Vec<Value>> {
        let instance = self.world.instance(no).clone();
        let mut operands = Vec::with_capacity(args.len());
        for (arg, ty) in args.into_iter().zip(instance.locals.iter()) {
            let value = match arg {
                Argument::Value(value) => value,
                Argument::Reference(value) => {
                    self.temporaries.push(value);
                    Value::Ref(Ref::new(Root::Temporary((self.temporaries.len() - 1) as u32)))
                }
            };
            operands.push((value, *ty));
        }
        let module = instance.module;
        self.world.use_module(self.host, module)?;
        self.enter(no, operands, Entry::Regular)?;
        if !self.frames.is_empty() {
            self.interpret()?;
        }
        let results = std::mem::take(&mut self.stack);
        results
            .into_iter()
            .map(|(value, _)| match value {
                Value::Ref(reference) => self.place(&reference).cloned(),
                value => Ok(value),
            })
            .collect()
    }

    /// Gives an error its place and, when asked for, the calls around it.
    fn finish_error(&self, error: VmError) -> VmError {
        let Some(frame) = self.frames.last() else { return error };
        let mut error = error.located(self.location(&frame.instance), frame.instance.def, frame.pc);
        if self.world.shared.config.stack_traces {
            error.stack = self.trace().into();
        }
        error
    }

    fn location(&self, instance: &Instance) -> Location {
        if instance.is_script {
            Location::Script
        } else {
            Location::Module(self.world.module(instance.module).id.clone())
        }
    }

    pub(super) fn trace(&self) -> Vec<StackFrame> {
        let frame = |frame: &Frame| StackFrame {
            module: (!frame.instance.is_script).then(|| self.world.module(frame.instance.module).id.clone()),
            function: self.world.function(frame.instance.function).name.to_string(),
            function_index: frame.instance.def,
            code_offset: frame.pc,
        };
        self.frames.iter().rev().map(frame).collect()
    }

    fn interpret(&mut self) -> VmResult<()> {
        'frames: loop {
            let Some(frame) = self.frames.last() else { return Ok(()) };
            let instance = frame.instance.clone();
            let mut pc = frame.pc;
            loop {
                let instr = instance.code.get(usize::from(pc)).ok_or_else(|| VmError::new(StatusCode::PcOverflow))?;
                if let Some(executed) = &mut self.world.executed {
                    executed.note(&instance, pc);
                }
                let next = self.step(&instance, instr)?;
                pc = match next {
                    Next::Fall => pc + 1,
                    Next::Jump(to) => to,
                    Next::Frame => continue 'frames,
                    Next::Done => return Ok(()),
                };
                self.set_pc(pc);
                if let Some(block) = instance.block_starting(pc) {
                    self.host.charge(block.gas)?;
                    self.check_height(block)?;
                }
            }
        }
    }

    fn set_pc(&mut self, pc: u16) {
        if let Some(frame) = self.frames.last_mut() {
            frame.pc = pc;
        }
    }

    /// The operand limit, by block (rule T-STACK-1): what callers left on the stack, and the block's greatest height.
    fn check_height(&self, block: &Block) -> VmResult<()> {
        if self.stack.len() + usize::from(block.height) > OPERANDS_MAX {
            return Err(VmError::new(StatusCode::ExecutionStackOverflow));
        }
        Ok(())
    }

    // Operands

    fn push(&mut self, value: Value, ty: Ty) {
        self.stack.push((value, ty));
    }

    fn pop(&mut self) -> VmResult<(Value, Ty)> {
        self.stack.pop().ok_or_else(|| VmError::new(StatusCode::EmptyValueStack))
    }

    /// Pops an operand that must be assignable to a type.
    fn pop_as(&mut self, ty: Ty) -> VmResult<Value> {
        let (value, found) = self.pop()?;
        if self.assignable(ty, found) { Ok(value) } else { Err(mistyped()) }
    }

    fn pop_bool(&mut self) -> VmResult<bool> {
        self.pop_as(Ty::BOOL)?.as_bool()
    }

    fn pop_u64(&mut self) -> VmResult<u64> {
        self.pop_as(Ty::U64)?.as_u64()
    }

    /// Pops a reference to a type; a mutable one if asked for.
    fn pop_ref(&mut self, target: Ty, mutable: bool) -> VmResult<Ref> {
        let (value, ty) = self.pop()?;
        match (value, self.world.types.kind(ty)) {
            (Value::Ref(reference), Kind::Ref { mutable: found, target: to })
                if *to == target && (*found || !mutable) =>
            {
                Ok(reference)
            }
            _ => Err(mistyped()),
        }
    }

    fn pop_vector_ref(&mut self, element: Ty, mutable: bool) -> VmResult<Ref> {
        let vector = self.world.types.vector(element)?;
        self.pop_ref(vector, mutable)
    }

    /// `to` can hold a value of type `from`.
    fn assignable(&self, to: Ty, from: Ty) -> bool {
        if to == from {
            return true;
        }
        match (self.world.types.kind(to), self.world.types.kind(from)) {
            (Kind::Function(to), Kind::Function(from)) => {
                to.args == from.args && to.results == from.results && to.abilities.is_subset(from.abilities)
            }
            (Kind::Ref { mutable: false, target: to }, Kind::Ref { mutable: false, target: from }) => {
                self.assignable(*to, *from)
            }
            _ => false,
        }
    }

    fn pop_args(&mut self, tys: &[Ty]) -> VmResult<Vec<(Value, Ty)>> {
        let from = self.stack.len().checked_sub(tys.len()).ok_or_else(|| VmError::new(StatusCode::EmptyValueStack))?;
        Ok(self.stack.split_off(from))
    }

    fn pop_values(&mut self, tys: &[Ty]) -> VmResult<Vec<Value>> {
        self.pop_args(tys)?
            .into_iter()
            .zip(tys)
            .map(|((value, found), ty)| if self.assignable(*ty, found) { Ok(value) } else { Err(mistyped()) })
            .collect()
    }

    // Places

    pub(super) fn place(&self, reference: &Ref) -> VmResult<&Value> {
        let root = match reference.root {
            Root::Local { frame, local } => {
                self.frames.get(frame as usize).and_then(|frame| frame.locals.get(usize::from(local)))
            }
            Root::Global(slot) => self.globals.slots.get(slot as usize).and_then(|slot| slot.value.as_ref()),
            Root::Temporary(index) => self.temporaries.get(index as usize),
        };
        let mut at = root.ok_or_else(dangling)?;
        for step in &reference.path {
            at = at.child(*step).ok_or_else(dangling)?;
        }
        if matches!(at, Value::Invalid) { Err(dangling()) } else { Ok(at) }
    }

    /// The place for writing; a resource becomes dirty.
    pub(super) fn place_mut(&mut self, reference: &Ref) -> VmResult<&mut Value> {
        let place = self.place_raw(reference)?;
        if matches!(place, Value::Invalid) { Err(dangling()) } else { Ok(place) }
    }

    /// As [`Machine::place_mut`], also for a place that was just emptied.
    pub(super) fn place_raw(&mut self, reference: &Ref) -> VmResult<&mut Value> {
        let root = match reference.root {
            Root::Local { frame, local } => {
                self.frames.get_mut(frame as usize).and_then(|frame| frame.locals.get_mut(usize::from(local)))
            }
            Root::Global(slot) => self.globals.slots.get_mut(slot as usize).and_then(|slot| {
                slot.dirty = true;
                slot.value.as_mut()
            }),
            Root::Temporary(index) => self.temporaries.get_mut(index as usize),
        };
        let mut at = root.ok_or_else(dangling)?;
        for step in &reference.path {
            at = at.child_mut(*step).ok_or_else(dangling)?;
        }
        Ok(at)
    }

    fn local(&mut self, local: u8) -> VmResult<&mut Value> {
        let frame = self.frames.last_mut().ok_or_else(dangling)?;
        frame.locals.get_mut(usize::from(local)).ok_or_else(dangling)
    }

    // Calls

    /// Enters a function with its arguments; natives run at once.
    fn enter(&mut self, no: InstanceNo, args: Vec<(Value, Ty)>, entry: Entry) -> VmResult<()> {
        let instance = self.world.instance(no).clone();
        if args.len() != instance.params {
            return Err(mistyped());
        }
        for ((_, found), ty) in args.iter().zip(&instance.locals) {
            if !self.assignable(*ty, *found) {
                return Err(mistyped());
            }
        }
        if instance.native.is_some() {
            return self.native(&instance, args);
        }
        let caller = self.frames.last().map(|frame| frame.instance.module);
        let undo = self.active.enter(caller, instance.module, entry, instance.module_lock)?;
        let block = *instance.block_starting(0).ok_or_else(|| VmError::new(StatusCode::PcOverflow))?;
        let gas = instance.entry_gas.saturating_add(block.gas);
        self.host.charge(gas)?;
        if self.frames.len() > CALL_DEPTH_MAX {
            return Err(VmError::new(StatusCode::CallStackOverflow));
        }
        let mut locals: Vec<Value> = args.into_iter().map(|(value, _)| value).collect();
        locals.resize(instance.locals.len(), Value::Invalid);
        self.frames.push(Frame { instance, pc: 0, locals, undo });
        self.check_height(&block)
    }

    fn native(&mut self, instance: &Arc<Instance>, args: Vec<(Value, Ty)>) -> VmResult<()> {
        let Some((native, gas)) = instance.native else { return Err(dangling()) };
        let located = |machine: &Self, error: VmError| error.located(machine.location(instance), instance.def, 0);
        self.host.native_gas = gas;
        self.host.charge(gas.base).map_err(|error| located(self, error))?;
        let args = args.into_iter().map(|(value, _)| value).collect();
        let mut context = PlainNative::new(self, instance.clone(), args);
        let result = native(&mut context);
        let (args, results, dispatch) = context.into_parts();
        result.map_err(|error| located(self, error.into()))?;
        if let Some(target) = dispatch {
            let mut operands: Vec<(Value, Ty)> = args.into_iter().zip(instance.locals.iter().copied()).collect();
            operands.pop();
            return self.enter(target, operands, Entry::NativeDispatch);
        }
        if results.len() != instance.results.len() {
            return Err(located(self, VmError::invariant("a native left the wrong number of results")));
        }
        self.stack.extend(results.into_iter().zip(instance.results.iter().copied()));
        Ok(())
    }

    fn call_site(&mut self, instance: &Instance, site: &CallSite) -> VmResult<()> {
        let function = self.world.callee(self.host, instance.module, site.handle)?;
        let module = self.world.function(function).module;
        if module != instance.module {
            self.world.use_module(self.host, module)?;
        }
        let no = self.world.instantiate(function, &site.ty_args)?;
        let callee = self.world.instance(no).clone();
        let args = self.pop_args(&callee.locals[..callee.params])?;
        self.enter(no, args, Entry::Regular)
    }

    fn ret(&mut self, instance: &Instance) -> VmResult<Next> {
        let from = self
            .stack
            .len()
            .checked_sub(instance.results.len())
            .ok_or_else(|| VmError::new(StatusCode::EmptyValueStack))?;
        for ((_, found), ty) in self.stack[from..].iter().zip(&instance.results) {
            if !self.assignable(*ty, *found) {
                return Err(mistyped());
            }
        }
        let frame = self.frames.pop().ok_or_else(dangling)?;
        self.active.leave(frame.undo);
        let Some(caller) = self.frames.last_mut() else { return Ok(Next::Done) };
        caller.pc += 1;
        let (pc, instance) = (caller.pc, caller.instance.clone());
        if let Some(block) = instance.block_starting(pc) {
            self.host.charge(block.gas)?;
            self.check_height(block)?;
        }
        Ok(Next::Frame)
    }

    // Closures

    fn pack_closure(&mut self, instance: &Instance, site: &CallSite, mask: u64, ty: Ty, captured: u16) -> VmResult<()> {
        let from = self
            .stack
            .len()
            .checked_sub(usize::from(captured))
            .ok_or_else(|| VmError::new(StatusCode::EmptyValueStack))?;
        let values: Vec<Value> = self.stack.split_off(from).into_iter().map(|(value, _)| value).collect();
        let depth = values.iter().map(|value| value.depth() + 1).max().unwrap_or(0);
        if depth > VALUE_DEPTH_MAX {
            return Err(VmError::new(StatusCode::VmMaxValueDepthReached));
        }
        let head = closure_head(self.world, instance, site, mask)?;
        let depth = u16::try_from(depth).unwrap_or(u16::MAX);
        self.push(
            Value::Closure(Box::new(Closure { head: Arc::new(head), depth, captured: Captured::Values(values) })),
            ty,
        );
        Ok(())
    }

    fn call_closure(&mut self, ty: Ty) -> VmResult<()> {
        let Kind::Function(function) = self.world.types.kind(ty).clone() else { return Err(mistyped()) };
        let Value::Closure(closure) = self.pop_as(ty)? else { return Err(mistyped()) };
        let provided = self.pop_args(&function.args)?;
        let no = resolve_closure(self.world, self.host, &closure.head)?;
        let callee = self.world.instance(no).clone();
        let schedule = self.world.schedule.clone();
        self.host.charge_per(schedule.call_per_arg, callee.params as u64)?;
        self.host.charge_per(schedule.call_per_ty_arg, callee.ty_args.len() as u64)?;
        let captured_tys: Vec<Ty> =
            (0..callee.params).filter(|at| closure.head.captures(*at)).map(|at| callee.locals[at]).collect();
        let captured = match closure.captured {
            Captured::Values(values) => values,
            Captured::Blob(bytes) => self.decode_captured(&captured_tys, &bytes)?,
        };
        if captured.len() != captured_tys.len() || captured.len() + provided.len() != callee.params {
            return Err(VmError::invariant("a closure's mask does not fit its function"));
        }
        let (mut captured, mut provided) = (captured.into_iter().zip(captured_tys), provided.into_iter());
        let mut args = Vec::with_capacity(callee.params);
        for at in 0..callee.params {
            let next = if closure.head.captures(at) { captured.next() } else { provided.next() };
            args.push(next.ok_or_else(|| VmError::invariant("a closure's mask does not fit its function"))?);
        }
        self.enter(no, args, Entry::Closure)
    }

    fn decode_captured(&mut self, tys: &[Ty], bytes: &[u8]) -> VmResult<Vec<Value>> {
        let mismatch =
            || VmError::new(StatusCode::FunctionResolutionFailure).message("captured values do not fit the function");
        let mut reader = Reader::new(bytes);
        let mut values = Vec::with_capacity(tys.len());
        for ty in tys {
            self.world.check_layout(*ty)?;
            values.push(decode_at(self.world, *ty, &mut reader, false)?.ok_or_else(mismatch)?);
        }
        if reader.is_empty() { Ok(values) } else { Err(mismatch()) }
    }

    // Storage

    /// The slot of a resource of the running module.
    fn resource(&mut self, ty: Ty, address: AccountAddress) -> VmResult<u32> {
        let slot = self.globals.slot(self.world, self.host, Place::Resource(address, ty), ty)?;
        let module = self.world.module_of(ty)?;
        self.active.check_resource(module)?;
        Ok(slot)
    }

    fn charge_units(&mut self, units: u64) -> VmResult<()> {
        let price = self.world.schedule.copy_per_unit;
        self.host.charge_per(price, units)
    }

    /// Charges for a copy of a value, and counts its memory.
    fn charge_copy(&mut self, units: u64) -> VmResult<()> {
        self.charge_units(units)?;
        self.host.use_memory(units)
    }

    /// Nesting of values with closures in them is measured, that of others follows from the type.
    fn check_depth(&mut self, ty: Ty, value: &Value) -> VmResult<()> {
        self.world.check_depth(ty)?;
        if self.world.facts(ty)?.has_function && value.depth() > VALUE_DEPTH_MAX {
            return Err(VmError::new(StatusCode::VmMaxValueDepthReached));
        }
        Ok(())
    }

    fn check_ability(&self, ty: Ty, has: impl Fn(move_core_types::AbilitySet) -> bool) -> VmResult<()> {
        if has(self.world.types.abilities(ty)) { Ok(()) } else { Err(mistyped()) }
    }

    /// Executes one instruction.
    fn step(&mut self, instance: &Arc<Instance>, instr: &Instr) -> VmResult<Next> {
        match instr {
            Instr::Nop => {}
            Instr::Pop => {
                let (_, ty) = self.pop()?;
                self.check_ability(ty, |abilities| abilities.has_drop())?;
            }
            Instr::Ret => return self.ret(instance),
            Instr::BrTrue(to) => {
                if self.pop_bool()? {
                    return Ok(Next::Jump(*to));
                }
            }
            Instr::BrFalse(to) => {
                if !self.pop_bool()? {
                    return Ok(Next::Jump(*to));
                }
            }
            Instr::Branch(to) => return Ok(Next::Jump(*to)),
            Instr::Ld(scalar) => {
                let value = Value::from_scalar(*scalar);
                let ty = value.scalar_ty().ok_or_else(mistyped)?;
                self.push(value, ty);
            }
            Instr::LdConst { ty, data } => {
                if matches!(self.world.types.kind(*ty), Kind::Vector(_)) {
                    self.host.use_memory(data.len() as u64)?;
                }
                let value =
                    decode(self.world, *ty, data)?.ok_or_else(|| VmError::new(StatusCode::MalformedConstantData))?;
                self.push(value, *ty);
            }
            Instr::CopyLoc { local, sized } => {
                let ty = instance.locals[usize::from(*local)];
                self.check_ability(ty, |abilities| abilities.has_copy())?;
                if !sized {
                    let units = self.local(*local)?.units();
                    self.charge_copy(units)?;
                }
                let value = self.local(*local)?.clone();
                if matches!(value, Value::Invalid) {
                    return Err(VmError::invariant("copy of an empty local"));
                }
                self.push(value, ty);
            }
            Instr::MoveLoc(local) => {
                let value = std::mem::replace(self.local(*local)?, Value::Invalid);
                if matches!(value, Value::Invalid) {
                    return Err(VmError::invariant("move of an empty local"));
                }
                self.push(value, instance.locals[usize::from(*local)]);
            }
            Instr::StLoc(local) => {
                let ty = instance.locals[usize::from(*local)];
                let value = self.pop_as(ty)?;
                let old = std::mem::replace(self.local(*local)?, value);
                if !matches!(old, Value::Invalid) {
                    self.check_ability(ty, |abilities| abilities.has_drop())?;
                }
            }
            Instr::BorrowLoc { local, result, .. } => {
                let frame = (self.frames.len() - 1) as u32;
                self.push(Value::Ref(Ref::new(Root::Local { frame, local: *local })), *result);
            }
            Instr::BorrowField { field, owner, result } => {
                let mutable = self.is_mutable(*result);
                let reference = self.pop_ref(*owner, mutable)?;
                self.push(Value::Ref(reference.step(u32::from(*field))), *result);
            }
            Instr::BorrowVariantField { field, variants, owner, result } => {
                let mutable = self.is_mutable(*result);
                let reference = self.pop_ref(*owner, mutable)?;
                match self.place(&reference)? {
                    Value::Variant(tag, _) if variants.contains(tag) => {}
                    Value::Variant(..) => return Err(VmError::new(StatusCode::StructVariantMismatch)),
                    _ => return Err(mistyped()),
                }
                self.push(Value::Ref(reference.step(u32::from(*field))), *result);
            }
            Instr::Call(site) => {
                let depth = self.frames.len();
                self.call_site(instance, &instance.sites[usize::from(*site)])?;
                return Ok(if self.frames.len() == depth { Next::Fall } else { Next::Frame });
            }
            Instr::CallClosure { ty } => {
                let depth = self.frames.len();
                self.call_closure(*ty)?;
                return Ok(if self.frames.len() == depth { Next::Fall } else { Next::Frame });
            }
            Instr::PackClosure { site, mask, ty, captured } => {
                self.pack_closure(instance, &instance.sites[usize::from(*site)], *mask, *ty, *captured)?;
            }
            Instr::Pack { ty, variant } => {
                let body = self.world.body(*ty)?;
                let fields = body.variants.get(usize::from(variant.unwrap_or(0))).ok_or_else(mistyped)?;
                let values = self.pop_values(fields)?;
                let value = match variant {
                    Some(tag) => Value::Variant(*tag, values),
                    None => Value::Struct(values),
                };
                self.check_depth(*ty, &value)?;
                self.push(value, *ty);
            }
            Instr::Unpack { ty, variant } => {
                let body = self.world.body(*ty)?;
                let values = match (self.pop_as(*ty)?, variant) {
                    (Value::Struct(values), None) => values,
                    (Value::Variant(tag, values), Some(wanted)) if tag == *wanted => values,
                    (Value::Variant(..), Some(_)) => return Err(VmError::new(StatusCode::StructVariantMismatch)),
                    _ => return Err(mistyped()),
                };
                let fields = body.variants.get(usize::from(variant.unwrap_or(0))).ok_or_else(mistyped)?;
                self.stack.extend(values.into_iter().zip(fields.iter().copied()));
            }
            Instr::TestVariant { ty, variant } => {
                let reference = self.pop_ref(*ty, false)?;
                let Value::Variant(tag, _) = self.place(&reference)? else { return Err(mistyped()) };
                let found = tag == variant;
                self.push(Value::Bool(found), Ty::BOOL);
            }
            Instr::ReadRef { ty, sized } => {
                self.check_ability(*ty, |abilities| abilities.has_copy())?;
                let reference = self.pop_ref(*ty, false)?;
                if !sized {
                    let units = self.place(&reference)?.units();
                    self.charge_copy(units)?;
                }
                let value = self.place(&reference)?.clone();
                self.push(value, *ty);
            }
            Instr::WriteRef { ty } => {
                let (reference, found) = self.pop()?;
                let Kind::Ref { mutable: true, target } = *self.world.types.kind(found) else { return Err(mistyped()) };
                let Value::Ref(reference) = reference else { return Err(mistyped()) };
                self.check_ability(target, |abilities| abilities.has_drop())?;
                if !self.assignable(target, *ty) {
                    return Err(mistyped());
                }
                let value = self.pop_as(target)?;
                self.check_depth(target, &value)?;
                *self.place_mut(&reference)? = value;
            }
            Instr::FreezeRef { result } => {
                let target = self.world.types.target(*result);
                let reference = self.pop_ref(target, true)?;
                self.push(Value::Ref(reference), *result);
            }
            Instr::Arith(op, kind) => {
                let (right, _) = self.pop()?;
                let left = self.pop_as(kind.ty())?;
                self.push(arith::arith(*op, &left, &right)?, kind.ty());
            }
            Instr::Negate(kind) => {
                let value = self.pop_as(kind.ty())?;
                self.push(arith::negate(&value)?, kind.ty());
            }
            Instr::Cast { from, to } => {
                let value = self.pop_as(from.ty())?;
                self.push(arith::cast(&value, *to)?, to.ty());
            }
            Instr::Compare(order, kind) => {
                let right = self.pop_as(kind.ty())?;
                let left = self.pop_as(kind.ty())?;
                self.push(Value::Bool(arith::compare(*order, &left, &right)?), Ty::BOOL);
            }
            Instr::Or => {
                let (right, left) = (self.pop_bool()?, self.pop_bool()?);
                self.push(Value::Bool(left || right), Ty::BOOL);
            }
            Instr::And => {
                let (right, left) = (self.pop_bool()?, self.pop_bool()?);
                self.push(Value::Bool(left && right), Ty::BOOL);
            }
            Instr::Not => {
                let value = self.pop_bool()?;
                self.push(Value::Bool(!value), Ty::BOOL);
            }
            Instr::Eq { negated, sized, .. } => self.equal(*negated, *sized)?,
            Instr::Abort => return Err(VmError::abort(self.pop_u64()?)),
            Instr::AbortMsg => {
                let message = self.pop_as(Ty::BYTES)?.to_bytes()?;
                let price = self.world.schedule.abort_msg_per_byte;
                self.host.charge_per(price, message.len() as u64)?;
                let code = self.pop_u64()?;
                return Err(abort_with(code, message));
            }
            Instr::Exists(ty) => {
                let address = self.pop_as(Ty::ADDRESS)?.as_address()?;
                let slot = self.resource(*ty, address)?;
                let found = self.globals.slots[slot as usize].value.is_some();
                self.push(Value::Bool(found), Ty::BOOL);
            }
            Instr::BorrowGlobal { ty, result } => {
                let address = self.pop_as(Ty::ADDRESS)?.as_address()?;
                let slot = self.resource(*ty, address)?;
                if self.globals.slots[slot as usize].value.is_none() {
                    return Err(self.missing(*ty, address));
                }
                self.push(Value::Ref(Ref::new(Root::Global(slot))), *result);
            }
            Instr::MoveFrom(ty) => {
                let address = self.pop_as(Ty::ADDRESS)?.as_address()?;
                let slot = self.resource(*ty, address)?;
                match self.globals.take(slot) {
                    Some(value) => self.push(value, *ty),
                    None => return Err(self.missing(*ty, address)),
                }
            }
            Instr::MoveTo(ty) => {
                let value = self.pop_as(*ty)?;
                let signer = self.pop_ref(Ty::SIGNER, false)?;
                let address = self.place(&signer)?.as_address()?;
                let slot = self.resource(*ty, address)?;
                if !self.globals.put(slot, value) {
                    return Err(VmError::new(StatusCode::ResourceAlreadyExists).message(format!("at {address}")));
                }
            }
            Instr::Fail(error) => return Err((**error).clone()),
            _ => self.vector_step(instr)?,
        }
        Ok(Next::Fall)
    }

    fn vector_step(&mut self, instr: &Instr) -> VmResult<()> {
        let out_of_bounds = || VmError::new(StatusCode::VectorOperationError).with_sub(1);
        match instr {
            Instr::VecPack { element, ty, count } => {
                let tys = vec![*element; usize::try_from(*count).map_err(|_| mistyped())?];
                let values = Value::Vector(self.pop_values(&tys)?);
                self.check_depth(*ty, &values)?;
                let width = self.world.element_width(*element)?;
                self.host.use_memory(width.saturating_mul(*count))?;
                self.push(values, *ty);
            }
            Instr::VecUnpack { element, count } => {
                let vector = self.world.types.vector(*element)?;
                let values = self.pop_as(vector)?.into_vector()?;
                if values.len() as u64 != *count {
                    return Err(VmError::new(StatusCode::VectorOperationError).with_sub(3));
                }
                self.stack.extend(values.into_iter().map(|value| (value, *element)));
            }
            Instr::VecLen(element) => {
                let reference = self.pop_vector_ref(*element, false)?;
                let length = self.place(&reference)?.as_vector()?.len() as u64;
                self.push(Value::U64(length), Ty::U64);
            }
            Instr::VecBorrow { element, result } => {
                let index = self.pop_u64()?;
                let mutable = self.is_mutable(*result);
                let reference = self.pop_vector_ref(*element, mutable)?;
                let length = self.place(&reference)?.as_vector()?.len() as u64;
                if index >= length {
                    return Err(out_of_bounds());
                }
                let index = u32::try_from(index).map_err(|_| out_of_bounds())?;
                self.push(Value::Ref(reference.step(index)), *result);
            }
            Instr::VecPushBack(element) => {
                let value = self.pop_as(*element)?;
                let reference = self.pop_vector_ref(*element, true)?;
                let vector = self.world.types.vector(*element)?;
                self.world.check_depth(vector)?;
                if self.world.facts(*element)?.has_function && value.depth() + 1 > VALUE_DEPTH_MAX {
                    return Err(VmError::new(StatusCode::VmMaxValueDepthReached));
                }
                let width = self.world.element_width(*element)?;
                self.host.use_memory(width)?;
                self.place_mut(&reference)?.as_vector_mut()?.push(value);
            }
            Instr::VecPopBack(element) => {
                let reference = self.pop_vector_ref(*element, true)?;
                match self.place_mut(&reference)?.as_vector_mut()?.pop() {
                    Some(value) => self.push(value, *element),
                    None => return Err(VmError::new(StatusCode::VectorOperationError).with_sub(2)),
                }
            }
            Instr::VecSwap(element) => {
                let (right, left) = (self.pop_u64()?, self.pop_u64()?);
                let reference = self.pop_vector_ref(*element, true)?;
                let values = self.place_mut(&reference)?.as_vector_mut()?;
                let length = values.len() as u64;
                if left >= length || right >= length {
                    return Err(out_of_bounds());
                }
                values.swap(left as usize, right as usize);
            }
            _ => return Err(VmError::new(StatusCode::Unreachable)),
        }
        Ok(())
    }

    fn is_mutable(&self, ty: Ty) -> bool {
        matches!(self.world.types.kind(ty), Kind::Ref { mutable: true, .. })
    }

    fn missing(&mut self, ty: Ty, address: AccountAddress) -> VmError {
        let name = self.world.types.tag(ty).map(|tag| tag.to_string()).unwrap_or_default();
        VmError::new(StatusCode::MissingData).message(format!("no {name} at {address}"))
    }

    fn equal(&mut self, negated: bool, sized: bool) -> VmResult<()> {
        let (right, right_ty) = self.pop()?;
        let (left, left_ty) = self.pop()?;
        if !self.assignable(left_ty, right_ty) && !self.assignable(right_ty, left_ty) {
            return Err(mistyped());
        }
        let target = self.world.types.target(left_ty);
        self.check_ability(left_ty, |abilities| abilities.has_drop())?;
        let read = |value: &'_ Value| -> VmResult<Option<Ref>> {
            match value {
                Value::Ref(reference) => Ok(Some(reference.clone())),
                _ => Ok(None),
            }
        };
        let _ = target;
        let (left_ref, right_ref) = (read(&left)?, read(&right)?);
        let (units, equal) = {
            let left = match &left_ref {
                Some(reference) => self.place(reference)?,
                None => &left,
            };
            let right = match &right_ref {
                Some(reference) => self.place(reference)?,
                None => &right,
            };
            let units = if sized { 0 } else { left.units() + right.units() };
            (units, left == right)
        };
        self.charge_units(units)?;
        self.push(Value::Bool(equal != negated), Ty::BOOL);
        Ok(())
    }
}

/// The identity of a closure over the function of a call site.
pub(crate) fn closure_head(
    world: &mut World,
    instance: &Instance,
    site: &CallSite,
    mask: u64,
) -> VmResult<ClosureHead> {
    let module = world.callee_module(instance.module, site.handle)?;
    let code = world.module(instance.module).code.clone();
    let handle = code.function_handle(site.handle).ok_or_else(dangling)?;
    let function = code.identifier(handle.name).ok_or_else(dangling)?.clone();
    let type_args: Vec<TypeTag> =
        site.ty_args.iter().map(|ty| world.types.tag(*ty).map(|tag| (*tag).clone())).collect::<VmResult<_>>()?;
    Ok(ClosureHead { module, function, type_args, mask })
}

/// The function that a closure names, loaded and charged for.
pub(crate) fn resolve_closure(world: &mut World, host: &mut Backing<'_>, head: &ClosureHead) -> VmResult<InstanceNo> {
    let function: FunctionNo = match world.find_function(host, &head.module, head.function.as_str())? {
        Some(function) => function,
        None => {
            let message = format!("no function {}::{}", head.module, head.function);
            return Err(VmError::new(StatusCode::FunctionResolutionFailure).message(message));
        }
    };
    let module = world.function(function).module;
    world.use_module(host, module)?;
    let mut args = Vec::with_capacity(head.type_args.len());
    for tag in &head.type_args {
        let ty = world.ty_of_tag(host, tag)?;
        use_type(world, host, ty)?;
        args.push(ty);
    }
    world.check_type_args(function, &args)?;
    world.instantiate(function, &args)
}

/// Charges for the modules that a type named from outside is made of.
pub(crate) fn use_type(world: &mut World, host: &mut Backing<'_>, ty: Ty) -> VmResult<()> {
    match world.types.kind(ty).clone() {
        Kind::Struct(_, args) => {
            let module = world.module_of(ty)?;
            world.use_module(host, module)?;
            args.iter().try_for_each(|arg| use_type(world, host, *arg))
        }
        Kind::Vector(inner) | Kind::Ref { target: inner, .. } => use_type(world, host, inner),
        Kind::Function(function) => {
            function.args.iter().chain(&function.results).try_for_each(|ty| use_type(world, host, *ty))
        }
        Kind::Bool | Kind::Int(_) | Kind::Address | Kind::Signer => Ok(()),
    }
}

/// The end of `AbortMsg`: the length is checked before the text.
pub(crate) fn abort_with(code: u64, message: Vec<u8>) -> VmError {
    if message.len() > ABORT_MESSAGE_MAX {
        return VmError::new(StatusCode::AbortMessageLimitExceeded);
    }
    match String::from_utf8(message) {
        Ok(message) => VmError::abort(code).message(message),
        Err(_) => VmError::new(StatusCode::InvalidAbortMessage),
    }
}
