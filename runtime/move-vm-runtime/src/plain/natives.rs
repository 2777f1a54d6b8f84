//! What natives see of the plain interpreter.

use super::decode::decode;
use super::globals::Place;
use super::machine::Machine;
use super::value::{Ref, Value};
use crate::dispatch;
use crate::error::{VmError, VmResult};
use crate::host::Host;
use crate::instance::Instance;
use crate::native::{NativeContext, NativeResult, Scalar};
use crate::show::{Style, show};
use crate::types::{Kind, Ty};
use crate::world::InstanceNo;
use move_core_types::{AccountAddress, ModuleId, TypeTag};
use std::cmp::Ordering;
use std::sync::Arc;

/// One call of a native.
pub(super) struct PlainNative<'m, 'a, 's> {
    machine: &'m mut Machine<'a, 's>,
    instance: Arc<Instance>,
    args: Vec<Value>,
    results: Vec<Value>,
    dispatch: Option<InstanceNo>,
}

fn no_argument(index: usize) -> VmError {
    VmError::invariant(format!("a native asked for argument {index}"))
}

impl<'m, 'a, 's> PlainNative<'m, 'a, 's> {
    pub(super) fn new(machine: &'m mut Machine<'a, 's>, instance: Arc<Instance>, args: Vec<Value>) -> Self {
        Self { machine, instance, args, results: Vec::new(), dispatch: None }
    }

    /// Arguments, results, and the function to dispatch to.
    pub(super) fn into_parts(self) -> (Vec<Value>, Vec<Value>, Option<InstanceNo>) {
        (self.args, self.results, self.dispatch)
    }

    /// The argument, or what it refers to.
    fn arg(&self, index: usize) -> VmResult<&Value> {
        match self.args.get(index).ok_or_else(|| no_argument(index))? {
            Value::Ref(reference) => self.machine.place(reference),
            value => Ok(value),
        }
    }

    fn reference(&self, index: usize) -> VmResult<Ref> {
        match self.args.get(index) {
            Some(Value::Ref(reference)) => Ok(reference.clone()),
            _ => Err(no_argument(index)),
        }
    }

    fn target(&self, index: usize) -> VmResult<Ty> {
        let ty = self.instance.locals.get(index).copied().ok_or_else(|| no_argument(index))?;
        Ok(self.machine.world.types.target(ty))
    }

    /// The declared type of the next result.
    fn next_result(&self) -> VmResult<Ty> {
        let next = self.results.len();
        self.instance.results.get(next).copied().ok_or_else(|| VmError::invariant("a native left too many results"))
    }

    fn leave(&mut self, value: Value, expected: Ty) -> NativeResult<()> {
        if self.next_result()? != expected {
            return Err(VmError::invariant("a native left a result of another type").into());
        }
        self.results.push(value);
        Ok(())
    }

    fn item(&mut self, handle: AccountAddress, key: &[u8], ty: Ty) -> NativeResult<u32> {
        let machine = &mut *self.machine;
        Ok(machine.globals.slot(machine.world, machine.host, Place::Item(handle, key.into()), ty)?)
    }
}

impl NativeContext for PlainNative<'_, '_, '_> {
    fn host(&mut self) -> &mut Host {
        self.machine.host
    }

    fn type_arg(&self, index: usize) -> NativeResult<Ty> {
        let ty = self.instance.ty_args.get(index).copied();
        Ok(ty.ok_or_else(|| VmError::invariant("a native asked for a type argument that is not there"))?)
    }

    fn arg_type(&self, index: usize) -> NativeResult<Ty> {
        Ok(self.target(index)?)
    }

    fn type_tag(&mut self, ty: Ty) -> NativeResult<Arc<TypeTag>> {
        Ok(self.machine.world.types.tag(ty)?)
    }

    fn constant_size(&mut self, ty: Ty) -> NativeResult<Option<u64>> {
        Ok(self.machine.world.check_layout(ty)?.bcs)
    }

    fn result_type(&self) -> NativeResult<Ty> {
        Ok(self.machine.world.types.target(self.next_result()?))
    }

    fn show(&mut self, index: usize, style: Style) -> NativeResult<String> {
        let ty = self.target(index)?;
        self.machine.world.check_layout(ty)?;
        let mut bytes = Vec::new();
        self.arg(index)?.encode(&mut bytes)?;
        Ok(show(self.machine.world, ty, &bytes, style)?)
    }

    fn arg_count(&self) -> usize {
        self.args.len()
    }

    fn scalar(&mut self, index: usize) -> NativeResult<Scalar> {
        Ok(self.arg(index)?.scalar()?)
    }

    fn bytes(&mut self, index: usize) -> NativeResult<Vec<u8>> {
        Ok(self.arg(index)?.to_bytes()?)
    }

    fn vector_len(&mut self, index: usize) -> NativeResult<u64> {
        Ok(self.arg(index)?.as_vector()?.len() as u64)
    }

    fn encode(&mut self, index: usize) -> NativeResult<Option<Vec<u8>>> {
        let ty = self.target(index)?;
        if !dispatch::encodable(self.machine.world, ty)? {
            return Ok(None);
        }
        let mut out = Vec::new();
        self.arg(index)?.encode(&mut out)?;
        Ok(Some(out))
    }

    fn compare(&mut self, left: usize, right: usize) -> NativeResult<Ordering> {
        Ok(self.arg(left)?.compare(self.arg(right)?)?)
    }

    fn abstract_size(&mut self, index: usize) -> NativeResult<u64> {
        Ok(self.arg(index)?.units())
    }

    fn swap(&mut self, left: usize, right: usize) -> NativeResult<()> {
        let (left, right) = (self.reference(left)?, self.reference(right)?);
        let value = std::mem::replace(self.machine.place_mut(&left)?, Value::Invalid);
        let other = std::mem::replace(self.machine.place_mut(&right)?, value);
        *self.machine.place_raw(&left)? = other;
        Ok(())
    }

    fn move_range(&mut self, from: usize, position: u64, length: u64, to: usize, insert: u64) -> NativeResult<bool> {
        let (source, target) = (self.reference(from)?, self.reference(to)?);
        let inside = |at: u64, of: usize| at <= of as u64;
        let (source_len, target_len) = (self.arg(from)?.as_vector()?.len(), self.arg(to)?.as_vector()?.len());
        let Some(end) = position.checked_add(length) else { return Ok(false) };
        if !inside(end, source_len) || !inside(insert, target_len) {
            return Ok(false);
        }
        let Kind::Vector(element) = *self.machine.world.types.kind(self.target(from)?) else {
            return Err(no_argument(from).into());
        };
        let width = self.machine.world.element_width(element)?;
        self.machine.host.use_memory(width.saturating_mul((source_len + target_len) as u64))?;
        let moved: Vec<Value> =
            self.machine.place_mut(&source)?.as_vector_mut()?.drain(position as usize..end as usize).collect();
        let target = self.machine.place_mut(&target)?.as_vector_mut()?;
        let tail = target.split_off(insert as usize);
        target.extend(moved);
        target.extend(tail);
        Ok(true)
    }

    fn write_bcs(&mut self, index: usize, bytes: &[u8]) -> NativeResult<bool> {
        self.machine.host.use_memory(bytes.len() as u64)?;
        let ty = self.target(index)?;
        let reference = self.reference(index)?;
        match decode(self.machine.world, ty, bytes)? {
            Some(value) => {
                *self.machine.place_mut(&reference)? = value;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn ret(&mut self, value: Scalar) -> NativeResult<()> {
        let value = Value::from_scalar(value);
        let ty = value.scalar_ty().ok_or_else(|| VmError::invariant("not a scalar"))?;
        self.leave(value, ty)
    }

    fn ret_bytes(&mut self, bytes: &[u8]) -> NativeResult<()> {
        self.machine.host.use_memory(bytes.len() as u64)?;
        self.leave(Value::bytes(bytes), Ty::BYTES)
    }

    fn ret_bcs(&mut self, bytes: &[u8]) -> NativeResult<bool> {
        self.machine.host.use_memory(bytes.len() as u64)?;
        let ty = self.next_result()?;
        match decode(self.machine.world, ty, bytes)? {
            Some(value) => {
                self.results.push(value);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn ret_signer(&mut self, address: AccountAddress) -> NativeResult<()> {
        self.leave(Value::signer(address), Ty::SIGNER)
    }

    fn ret_signers(&mut self, addresses: &[AccountAddress]) -> NativeResult<()> {
        self.machine.host.use_memory(32 * addresses.len() as u64)?;
        let ty = self.machine.world.types.vector(Ty::SIGNER)?;
        self.leave(Value::Vector(addresses.iter().map(|address| Value::signer(*address)).collect()), ty)
    }

    fn ret_signer_address(&mut self, index: usize) -> NativeResult<()> {
        if self.target(index)? != Ty::SIGNER {
            return Err(no_argument(index).into());
        }
        let reference = self.reference(index)?.step(0);
        let ty = self.machine.world.types.reference(false, Ty::ADDRESS)?;
        self.leave(Value::Ref(reference), ty)
    }

    fn exists(&mut self, ty: Ty, address: AccountAddress) -> NativeResult<bool> {
        if !matches!(self.machine.world.types.kind(ty), Kind::Struct(..)) {
            return Ok(false);
        }
        let machine = &mut *self.machine;
        let slot = machine.globals.slot(machine.world, machine.host, Place::Resource(address, ty), ty)?;
        Ok(machine.globals.slots[slot as usize].value.is_some())
    }

    fn table_contains(&mut self, handle: AccountAddress, key: &[u8]) -> NativeResult<bool> {
        let machine = &mut *self.machine;
        Ok(machine.globals.has_item(machine.host, handle, key)?)
    }

    fn table_add(&mut self, handle: AccountAddress, key: &[u8], ty: Ty, value: usize) -> NativeResult<bool> {
        let slot = self.item(handle, key, ty)?;
        if self.machine.globals.slots[slot as usize].value.is_some() {
            return Ok(false);
        }
        if self.target(value)? != ty {
            return Err(no_argument(value).into());
        }
        let value = std::mem::replace(self.args.get_mut(value).ok_or_else(|| no_argument(value))?, Value::Invalid);
        Ok(self.machine.globals.put(slot, value))
    }

    fn table_borrow(&mut self, handle: AccountAddress, key: &[u8], ty: Ty) -> NativeResult<bool> {
        let slot = self.item(handle, key, ty)?;
        if self.machine.globals.slots[slot as usize].value.is_none() {
            return Ok(false);
        }
        if self.machine.world.types.target(self.next_result()?) != ty {
            return Err(VmError::invariant("a native left a result of another type").into());
        }
        self.results.push(Value::Ref(Ref::new(super::value::Root::Global(slot))));
        Ok(true)
    }

    fn table_remove(&mut self, handle: AccountAddress, key: &[u8], ty: Ty) -> NativeResult<bool> {
        let slot = self.item(handle, key, ty)?;
        match self.machine.globals.take(slot) {
            Some(value) => {
                self.leave(value, ty)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn load_function(&mut self, module: &ModuleId, function: &str) -> NativeResult<bool> {
        Ok(dispatch::load_function(self.machine.world, self.machine.host, module, function)?)
    }

    fn may_dispatch(&mut self, first: (&ModuleId, &str), second: (&ModuleId, &str)) -> NativeResult<bool> {
        Ok(dispatch::may_dispatch(self.machine.world, self.machine.host, first, second)?)
    }

    fn dispatch(&mut self, module: &ModuleId, function: &str) -> NativeResult<()> {
        let no = dispatch::target(self.machine.world, self.machine.host, &self.instance, module, function)?;
        self.dispatch = Some(no);
        Ok(())
    }

    fn stack_trace(&self) -> String {
        dispatch::trace_text(&self.machine.trace())
    }
}
