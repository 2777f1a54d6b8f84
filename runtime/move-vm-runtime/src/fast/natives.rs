//! What natives see of the register machine.

use super::globals::Place;
use super::machine::Machine;
use super::scalar_words;
use super::values::{Stop, Values, Work, address_words};
use super::wide;
use crate::dispatch;
use crate::error::{VmError, VmResult};
use crate::host::Host;
use crate::instance::Instance;
use crate::layout::{Shape, element_bytes};
use crate::native::{NativeContext, NativeError, NativeResult, Scalar};
use crate::show::{Style, show};
use crate::types::{Kind, Ty};
use move_core_types::{AccountAddress, ModuleId, TypeTag};
use std::cmp::Ordering;
use std::sync::Arc;

/// One call of a native: arguments in the slots of its frame, results gathered beside them.
pub(super) struct FastNative<'m, 'a, 's> {
    machine: &'m mut Machine<'a, 's>,
    instance: Arc<Instance>,
    /// First word of each argument.
    args: Vec<usize>,
    frame: usize,
    /// Words of the results so far; written to the frame at the end, over the arguments.
    out: Vec<u64>,
    results: usize,
    gave_up: bool,
}

fn no_argument(index: usize) -> VmError {
    VmError::invariant(format!("a native asked for argument {index}"))
}

impl<'m, 'a, 's> FastNative<'m, 'a, 's> {
    pub(super) fn new(machine: &'m mut Machine<'a, 's>, instance: Arc<Instance>, frame: usize) -> Work<Self> {
        let mut args = Vec::with_capacity(instance.params);
        let mut at = frame;
        for ty in instance.locals.iter() {
            args.push(at);
            at += machine.values().layout(*ty)?.words as usize;
        }
        Ok(Self { machine, instance, args, frame, out: Vec::new(), results: 0, gave_up: false })
    }

    /// Writes the results over the arguments; how many there are, and whether the call must run elsewhere.
    pub(super) fn into_parts(mut self) -> (usize, bool) {
        let (frame, out) = (self.frame, std::mem::take(&mut self.out));
        let written = self.machine.values().write_all(frame, &out);
        (self.results, self.gave_up || written.is_err())
    }

    /// Remembers that the machine gives up, whatever the native makes of the error.
    fn work<T>(&mut self, work: Work<T>) -> NativeResult<T> {
        work.map_err(|stop| match stop {
            Stop::Error(error) => error.into(),
            Stop::GiveUp => {
                self.gave_up = true;
                NativeError::from(VmError::invariant("the register machine gave up"))
            }
        })
    }

    fn target(&self, index: usize) -> VmResult<Ty> {
        let ty = self.instance.locals.get(index).copied().ok_or_else(|| no_argument(index))?;
        Ok(self.machine.world.types.target(ty))
    }

    /// Type and first word of an argument, or of what it refers to.
    fn arg(&mut self, index: usize) -> NativeResult<(Ty, usize)> {
        let declared = self.instance.locals.get(index).copied().ok_or_else(|| no_argument(index))?;
        let at = self.args[index];
        if !self.machine.is_ref(declared) {
            return Ok((declared, at));
        }
        let target = self.machine.world.types.target(declared);
        let reference = self.machine.values().read(at);
        let reference = self.work(reference)?;
        let aligned = self.machine.aligned(target, reference);
        Ok((target, self.work(aligned)?))
    }

    fn reference(&mut self, index: usize) -> NativeResult<u64> {
        let declared = self.instance.locals.get(index).copied().ok_or_else(|| no_argument(index))?;
        if !self.machine.is_ref(declared) {
            return Err(no_argument(index).into());
        }
        let at = self.args[index];
        let read = self.machine.values().read(at);
        self.work(read)
    }

    /// Marks what a reference points into as written to.
    fn touch(&mut self, reference: u64) {
        let tag = (reference >> 32) as usize;
        if let Some(hot) = tag.checked_sub(1).and_then(|slot| self.machine.globals.hot.get_mut(slot)) {
            hot.dirty = true;
        }
    }

    fn next_result(&self) -> VmResult<Ty> {
        self.instance
            .results
            .get(self.results)
            .copied()
            .ok_or_else(|| VmError::invariant("a native left too many results"))
    }

    /// Leaves words as the next result.
    fn leave(&mut self, words: &[u64], expected: Ty) -> NativeResult<()> {
        if self.next_result()? != expected {
            return Err(VmError::invariant("a native left a result of another type").into());
        }
        self.out.extend_from_slice(words);
        self.results += 1;
        Ok(())
    }

    /// Leaves a value from memory as the next result.
    fn leave_from(&mut self, at: usize, ty: Ty) -> NativeResult<()> {
        let layout = self.machine.values().layout(ty);
        let words = self.work(layout)?.words as usize;
        let slice = self.machine.values().slice(at, words).map(<[u64]>::to_vec);
        let words = self.work(slice)?;
        self.leave(&words, ty)
    }

    fn scratch(&mut self, ty: Ty) -> NativeResult<usize> {
        let layout = self.machine.values().layout(ty);
        let words = self.work(layout)?.words as usize;
        let at = self.machine.memory.allocate(words).ok_or(Stop::GiveUp);
        self.work(at)
    }

    fn slot(&mut self, place: Place, ty: Ty) -> NativeResult<usize> {
        let machine = &mut *self.machine;
        let mut values = Values { world: machine.world, memory: machine.memory };
        let slot = machine.globals.slot(&mut values, machine.host, place, ty);
        self.work(slot)
    }

    fn encoded(&mut self, index: usize) -> NativeResult<(Ty, Vec<u8>)> {
        let (ty, at) = self.arg(index)?;
        let mut out = Vec::new();
        let done = self.machine.values().encode(ty, at, &mut out);
        self.work(done)?;
        Ok((ty, out))
    }
}

impl NativeContext for FastNative<'_, '_, '_> {
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
        let (ty, bytes) = self.encoded(index)?;
        Ok(show(self.machine.world, ty, &bytes, style)?)
    }

    fn arg_count(&self) -> usize {
        self.args.len()
    }

    fn scalar(&mut self, index: usize) -> NativeResult<Scalar> {
        let (ty, at) = self.arg(index)?;
        let layout = self.machine.values().layout(ty);
        let layout = self.work(layout)?;
        let words = self.machine.values().slice(at, layout.words as usize).map(<[u64]>::to_vec);
        let words = self.work(words)?;
        let wrong = || VmError::new(move_core_types::StatusCode::InternalTypeError).message("expected a scalar");
        Ok(match (&layout.shape, words.as_slice()) {
            (Shape::Bool, [word]) => Scalar::Bool(*word != 0),
            (Shape::Int(kind), words) => wide::int(*kind, words).ok_or_else(wrong)?.scalar()?,
            (Shape::Address, words) => {
                let words: [u64; 4] = words.try_into().map_err(|_| wrong())?;
                Scalar::Address(super::values::address_of(words))
            }
            _ => return Err(wrong().into()),
        })
    }

    fn bytes(&mut self, index: usize) -> NativeResult<Vec<u8>> {
        let (ty, at) = self.arg(index)?;
        if ty != Ty::BYTES {
            return Err(VmError::new(move_core_types::StatusCode::InternalTypeError).message("expected bytes").into());
        }
        let bytes = self.machine.values().bytes(at);
        self.work(bytes)
    }

    fn vector_len(&mut self, index: usize) -> NativeResult<u64> {
        let (ty, at) = self.arg(index)?;
        if !matches!(self.machine.world.types.kind(ty), Kind::Vector(_)) {
            return Err(VmError::new(move_core_types::StatusCode::InternalTypeError)
                .message("expected a vector")
                .into());
        }
        let header = self.machine.values().header(at);
        Ok(self.work(header)?.1)
    }

    fn encode(&mut self, index: usize) -> NativeResult<Option<Vec<u8>>> {
        let ty = self.target(index)?;
        if !dispatch::encodable(self.machine.world, ty)? {
            return Ok(None);
        }
        Ok(Some(self.encoded(index)?.1))
    }

    fn compare(&mut self, left: usize, right: usize) -> NativeResult<Ordering> {
        let (ty, a) = self.arg(left)?;
        let (other, b) = self.arg(right)?;
        if ty != other {
            return Err(no_argument(right).into());
        }
        let order = self.machine.values().compare(ty, a, b);
        self.work(order)
    }

    fn abstract_size(&mut self, index: usize) -> NativeResult<u64> {
        let (ty, at) = self.arg(index)?;
        let units = self.machine.values().units(ty, at);
        self.work(units)
    }

    fn swap(&mut self, left: usize, right: usize) -> NativeResult<()> {
        let ty = self.target(left)?;
        if ty != self.target(right)? {
            return Err(no_argument(right).into());
        }
        let (a, b) = (self.reference(left)?, self.reference(right)?);
        self.touch(a);
        self.touch(b);
        let layout = self.machine.values().layout(ty);
        let layout = self.work(layout)?;
        let bytes = element_bytes(&layout);
        let mut exchange = || -> Work<()> {
            let mut values = self.machine.values();
            if bytes < 8 {
                let mask = (1u64 << (bytes * 8)) - 1;
                let place = |reference: u64| ((reference as u32 >> 3) as usize, (reference & 7) * 8);
                let ((word_a, shift_a), (word_b, shift_b)) = (place(a), place(b));
                let one = values.read(word_a)? >> shift_a & mask;
                let two = values.read(word_b)? >> shift_b & mask;
                let word = values.read(word_a)?;
                values.write(word_a, word & !(mask << shift_a) | two << shift_a)?;
                let word = values.read(word_b)?;
                return values.write(word_b, word & !(mask << shift_b) | one << shift_b);
            }
            let words = layout.words as usize;
            let (a, b) = ((a as u32 >> 3) as usize, (b as u32 >> 3) as usize);
            let one = values.slice(a, words)?.to_vec();
            values.move_words(b, a, words)?;
            values.write_all(b, &one)
        };
        let done = exchange();
        self.work(done)
    }

    fn move_range(&mut self, from: usize, position: u64, length: u64, to: usize, insert: u64) -> NativeResult<bool> {
        let ty = self.target(from)?;
        let Kind::Vector(element) = *self.machine.world.types.kind(ty) else { return Err(no_argument(from).into()) };
        if self.target(to)? != ty {
            return Err(no_argument(to).into());
        }
        let (source, target) = (self.reference(from)?, self.reference(to)?);
        let at = |reference: u64| (reference as u32 >> 3) as usize;
        let mut moved = || -> Work<bool> {
            let mut values = self.machine.values();
            let bytes = element_bytes(&*values.layout(element)?) as usize;
            let ((from_start, from_len, _), (to_start, to_len, _)) =
                (values.header(at(source))?, values.header(at(target))?);
            match position.checked_add(length) {
                Some(end) if end <= from_len && insert <= to_len => {}
                _ => return Ok(false),
            }
            self.machine.host.use_memory((from_len + to_len).saturating_mul(bytes as u64))?;
            let mut values = self.machine.values();
            if length == 0 {
                return Ok(true);
            }
            // Byte images of both vectors; elements of all sizes lie densely in them.
            let image = |values: &Values<'_>, start: usize, len: u64| -> Work<Vec<u8>> {
                let size = len as usize * bytes;
                let mut image: Vec<u8> =
                    values.slice(start, size.div_ceil(8))?.iter().flat_map(|word| word.to_le_bytes()).collect();
                image.truncate(size);
                Ok(image)
            };
            let mut one = image(&values, from_start, from_len)?;
            let mut two = image(&values, to_start, to_len)?;
            let (first, last) = (position as usize * bytes, (position + length) as usize * bytes);
            let part: Vec<u8> = one.drain(first..last).collect();
            let middle = insert as usize * bytes;
            two.splice(middle..middle, part);
            values.put_image(at(source), element, &one, from_len - length)?;
            values.put_image(at(target), element, &two, to_len + length)?;
            Ok(true)
        };
        let done = moved();
        let moved = self.work(done)?;
        if moved {
            self.touch(source);
            self.touch(target);
        }
        Ok(moved)
    }

    fn write_bcs(&mut self, index: usize, bytes: &[u8]) -> NativeResult<bool> {
        self.machine.host.use_memory(bytes.len() as u64)?;
        let ty = self.target(index)?;
        let reference = self.reference(index)?;
        let layout = self.machine.values().layout(ty);
        let layout = self.work(layout)?;
        let small = element_bytes(&layout);
        let scratch = self.scratch(ty)?;
        let decoded = self.machine.values().decode(ty, bytes, scratch);
        if !self.work(decoded)? {
            return Ok(false);
        }
        self.touch(reference);
        let at = (reference as u32 >> 3) as usize;
        let mut store = || -> Work<()> {
            let mut values = self.machine.values();
            if small >= 8 {
                return values.move_words(scratch, at, layout.words as usize);
            }
            let (mask, shift) = ((1u64 << (small * 8)) - 1, (reference & 7) * 8);
            let (word, value) = (values.read(at)?, values.read(scratch)?);
            values.write(at, word & !(mask << shift) | (value & mask) << shift)
        };
        let done = store();
        self.work(done)?;
        Ok(true)
    }

    fn ret(&mut self, value: Scalar) -> NativeResult<()> {
        let (words, n, ty) = scalar_words(value).ok_or_else(|| VmError::invariant("not a scalar"))?;
        self.leave(&words[..n], ty)
    }

    fn ret_bytes(&mut self, bytes: &[u8]) -> NativeResult<()> {
        self.machine.host.use_memory(bytes.len() as u64)?;
        let scratch = self.scratch(Ty::BYTES)?;
        let done = self.machine.values().put_bytes(scratch, bytes);
        self.work(done)?;
        self.leave_from(scratch, Ty::BYTES)
    }

    fn ret_bcs(&mut self, bytes: &[u8]) -> NativeResult<bool> {
        self.machine.host.use_memory(bytes.len() as u64)?;
        let ty = self.next_result()?;
        let scratch = self.scratch(ty)?;
        let decoded = self.machine.values().decode(ty, bytes, scratch);
        if !self.work(decoded)? {
            return Ok(false);
        }
        self.leave_from(scratch, ty)?;
        Ok(true)
    }

    fn ret_signer(&mut self, address: AccountAddress) -> NativeResult<()> {
        self.leave(&address_words(&address), Ty::SIGNER)
    }

    fn ret_signers(&mut self, addresses: &[AccountAddress]) -> NativeResult<()> {
        self.machine.host.use_memory(32 * addresses.len() as u64)?;
        let ty = self.machine.world.types.vector(Ty::SIGNER)?;
        let scratch = self.scratch(ty)?;
        let mut fill = || -> Work<()> {
            let mut values = self.machine.values();
            let start = values.new_vector(scratch, Ty::SIGNER, addresses.len() as u64)?;
            for (index, address) in addresses.iter().enumerate() {
                values.write_all(start + 4 * index, &address_words(address))?;
            }
            Ok(())
        };
        let done = fill();
        self.work(done)?;
        self.leave_from(scratch, ty)
    }

    fn ret_signer_address(&mut self, index: usize) -> NativeResult<()> {
        if self.target(index)? != Ty::SIGNER {
            return Err(no_argument(index).into());
        }
        let reference = self.reference(index)?;
        let ty = self.machine.world.types.reference(false, Ty::ADDRESS)?;
        self.leave(&[reference], ty)
    }

    fn exists(&mut self, ty: Ty, address: AccountAddress) -> NativeResult<bool> {
        if !matches!(self.machine.world.types.kind(ty), Kind::Struct(..)) {
            return Ok(false);
        }
        let slot = self.slot(Place::Resource(address, ty), ty)?;
        Ok(self.machine.globals.present(slot))
    }

    fn table_contains(&mut self, handle: AccountAddress, key: &[u8]) -> NativeResult<bool> {
        let machine = &mut *self.machine;
        let found = machine.globals.has_item(machine.host, handle, key);
        self.work(found)
    }

    fn table_add(&mut self, handle: AccountAddress, key: &[u8], ty: Ty, value: usize) -> NativeResult<bool> {
        let slot = self.slot(Place::Item(handle, key.into()), ty)?;
        if self.machine.globals.present(slot) {
            return Ok(false);
        }
        let (found, at) = self.arg(value)?;
        if found != ty {
            return Err(no_argument(value).into());
        }
        let machine = &mut *self.machine;
        let mut values = Values { world: machine.world, memory: machine.memory };
        let put = machine.globals.put(&mut values, slot, at);
        self.work(put)
    }

    fn table_borrow(&mut self, handle: AccountAddress, key: &[u8], ty: Ty) -> NativeResult<bool> {
        let slot = self.slot(Place::Item(handle, key.into()), ty)?;
        if !self.machine.globals.present(slot) {
            return Ok(false);
        }
        let declared = self.next_result()?;
        if self.machine.world.types.target(declared) != ty {
            return Err(VmError::invariant("a native left a result of another type").into());
        }
        let reference = self.machine.globals.hot[slot].reference;
        self.leave(&[reference], declared)?;
        Ok(true)
    }

    fn table_remove(&mut self, handle: AccountAddress, key: &[u8], ty: Ty) -> NativeResult<bool> {
        let slot = self.slot(Place::Item(handle, key.into()), ty)?;
        let scratch = self.scratch(ty)?;
        let machine = &mut *self.machine;
        let mut values = Values { world: machine.world, memory: machine.memory };
        let taken = machine.globals.take(&mut values, slot, scratch);
        if !self.work(taken)? {
            return Ok(false);
        }
        self.leave_from(scratch, ty)?;
        Ok(true)
    }

    fn load_function(&mut self, module: &ModuleId, function: &str) -> NativeResult<bool> {
        Ok(dispatch::load_function(self.machine.world, self.machine.host, module, function)?)
    }

    fn may_dispatch(&mut self, first: (&ModuleId, &str), second: (&ModuleId, &str)) -> NativeResult<bool> {
        Ok(dispatch::may_dispatch(self.machine.world, self.machine.host, first, second)?)
    }

    /// Calls into functions named at run time are for the plain interpreter, which keeps account of re-entry.
    fn dispatch(&mut self, _module: &ModuleId, _function: &str) -> NativeResult<()> {
        self.work(Err(Stop::GiveUp))
    }

    fn stack_trace(&self) -> String {
        dispatch::trace_text(&self.machine.trace())
    }
}
