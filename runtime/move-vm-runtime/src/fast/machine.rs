//! The machine around the loop: calls between modules, storage, vectors that grow, values with vectors inside.

use super::elements;
use super::globals::Globals;
use super::hot::{self, CALL_DEPTH_MAX, Caller, Exit, OPERANDS_MAX, Registers, STACK_WORDS, Tables};
use super::memory::Memory;
use super::natives::FastNative;
use super::values::{Stop, Values, Work, address_of};
use crate::arguments::Encoded;
use crate::error::{Location, StackFrame, VmError, VmResult};
use crate::gas::GasKind;
use crate::host::Backing;
use crate::layout::element_bytes;
use crate::lower::lower;
use crate::lower::op::{Op, Pc, Slot};
use crate::plain::{Outcome, abort_with};
use crate::types::{Kind, Ty};
use crate::world::{InstanceNo, ModuleNo, World};
use move_core_types::StatusCode;

/// One run of the register machine.
pub(super) struct Machine<'a, 's> {
    pub(super) world: &'a mut World,
    pub(super) host: &'a mut Backing<'s>,
    pub(super) memory: &'a mut Memory,
    pub(super) globals: Globals,
    registers: Registers,
    /// Per module: whether it is known to be charged for.
    paid: Vec<bool>,
}

/// Runs a function from encoded arguments to encoded results; `None`: run it on the plain interpreter instead.
///
/// After `None` the host may have changed; the caller restores it.
pub(crate) fn run(
    world: &mut World,
    host: &mut Backing<'_>,
    no: InstanceNo,
    args: &[Encoded],
) -> VmResult<Option<Outcome>> {
    let mut memory = world.memory.take().unwrap_or_default();
    memory.reset();
    let mut machine = Machine {
        world,
        host,
        memory: &mut memory,
        globals: Globals::new(),
        registers: Registers { pc: 0, fp: 0, gas: 0, memory: 0, height: 0, depth: 0 },
        paid: Vec::new(),
    };
    let result = machine.call(no, args);
    let result = match result {
        Ok(outcome) => Ok(Some(outcome)),
        Err(Stop::GiveUp) => Ok(None),
        Err(Stop::Error(error)) => Err(error),
    };
    world.memory = Some(memory);
    result
}

fn bad() -> Stop {
    Stop::Error(VmError::invariant("lowered code left its memory"))
}

impl Machine<'_, '_> {
    pub(super) fn values(&mut self) -> Values<'_> {
        Values { world: self.world, memory: self.memory }
    }

    fn call(&mut self, no: InstanceNo, args: &[Encoded]) -> Work<Outcome> {
        let instance = self.world.instance(no).clone();
        if instance.native.is_some() {
            return Err(Stop::GiveUp);
        }
        let number = lower(self.world, self.host, no)?.ok_or(Stop::GiveUp)?;
        let entry = self.world.arena.functions[number as usize];
        let mut temporaries = Vec::new();
        let mut slot = 0;
        for arg in args {
            let words = self.values().layout(arg.ty)?.words as usize;
            let at = if arg.by_reference { self.memory.allocate(words).ok_or(Stop::GiveUp)? } else { slot };
            if slot + words > STACK_WORDS {
                return Err(Stop::GiveUp);
            }
            let decoded = self.values().decode_whole(arg.ty, &arg.bytes, at, true)?;
            if !decoded {
                return Err(StatusCode::FailedToDeserializeArgument.into());
            }
            if arg.by_reference {
                temporaries.push((arg.ty, at));
                self.values().write(slot, (at as u64) << 3)?;
                slot += 1;
            } else {
                slot += words;
            }
        }
        self.world.use_module(self.host, instance.module)?;
        if usize::from(entry.slots) > STACK_WORDS || u32::from(entry.height) > OPERANDS_MAX {
            return Err(Stop::GiveUp);
        }
        self.registers.pc = entry.start;
        if let Err(stop) = self.interpret() {
            return Err(match stop {
                Stop::GiveUp => Stop::GiveUp,
                Stop::Error(error) => Stop::Error(self.located(error)),
            });
        }
        let mut outcome = Outcome::default();
        let mut slot = 0;
        for ty in instance.results.iter() {
            let target = self.world.types.target(*ty);
            let mut out = Vec::new();
            if self.world.types.is_ref(*ty) {
                let reference = self.values().read(slot)?;
                let at = self.aligned(target, reference)?;
                self.values().encode(target, at, &mut out)?;
                slot += 1;
            } else {
                self.values().encode(target, slot, &mut out)?;
                slot += self.values().layout(target)?.words as usize;
            }
            outcome.values.push(out);
        }
        for (ty, at) in temporaries {
            let mut out = Vec::new();
            self.values().encode(ty, at, &mut out)?;
            outcome.temporaries.push(out);
        }
        let mut values = Values { world: self.world, memory: self.memory };
        self.globals.flush(&mut values, self.host)?;
        Ok(outcome)
    }

    /// The first word of what a reference points at; scalars inside packed vectors are copied out.
    pub(super) fn aligned(&mut self, ty: Ty, reference: u64) -> Work<usize> {
        let at = reference as u32;
        let bytes = element_bytes(&*self.values().layout(ty)?);
        if bytes >= 8 {
            return Ok((at >> 3) as usize);
        }
        let copy = self.memory.allocate(1).ok_or(Stop::GiveUp)?;
        let mut values = self.values();
        let word = values.read((at >> 3) as usize)?;
        values.write(copy, word >> ((at & 7) * 8) & ((1u64 << (bytes * 8)) - 1))?;
        Ok(copy)
    }

    fn located(&self, error: VmError) -> VmError {
        if error.at.is_some() {
            return error;
        }
        let trace = self.trace();
        let Some(frame) = trace.first() else { return error };
        let location = frame.module.clone().map_or(Location::Script, Location::Module);
        let mut error = error.located(location, frame.function_index, frame.code_offset);
        if self.world.shared.config.stack_traces {
            error.stack = trace.into();
        }
        error
    }

    /// The calls, innermost first.
    pub(super) fn trace(&self) -> Vec<StackFrame> {
        let callers = self.memory.control[..self.registers.depth].iter().rev();
        std::iter::once(self.registers.pc)
            .chain(callers.map(|caller| Caller::unpack(*caller).back.saturating_sub(1)))
            .flat_map(|pc| self.world.arena.places(pc))
            .map(|(no, code_offset)| {
                let instance = self.world.instance(no);
                StackFrame {
                    module: (!instance.is_script).then(|| self.world.module(instance.module).id.clone()),
                    function: self.world.function(instance.function).name.to_string(),
                    function_index: instance.def,
                    code_offset,
                }
            })
            .collect()
    }

    fn interpret(&mut self) -> Work<()> {
        loop {
            self.registers.gas = self.host.gas.left;
            self.registers.memory = self.host.memory;
            let mut tables = Tables {
                ops: &self.world.arena.ops,
                pool: &self.world.arena.pool,
                control: &mut self.memory.control,
                slots: &mut self.globals.hot,
                recent: &self.globals.recent,
                paid: &self.paid,
            };
            let exit = hot::run(&mut self.registers, &mut self.memory.words, &mut tables);
            self.host.gas.left = self.registers.gas;
            self.host.memory = self.registers.memory;
            let status = match exit {
                Exit::Cold => {
                    self.cold()?;
                    continue;
                }
                Exit::Done => return Ok(()),
                Exit::GiveUp => return Err(Stop::GiveUp),
                Exit::OutOfGas => return Err(self.host.gas.exhausted(GasKind::Execution).into()),
                Exit::Arithmetic => StatusCode::ArithmeticError,
                Exit::Vector(sub) => return Err(VmError::new(StatusCode::VectorOperationError).with_sub(sub).into()),
                Exit::Variant => StatusCode::StructVariantMismatch,
                Exit::Memory => StatusCode::MemoryLimitExceeded,
                Exit::Bad => return Err(bad()),
            };
            return Err(status.into());
        }
    }

    /// Index of the word in a slot.
    fn at(&self, slot: Slot) -> usize {
        self.registers.fp as usize + usize::from(slot)
    }

    fn word(&mut self, slot: Slot) -> Work<u64> {
        let at = self.at(slot);
        self.values().read(at)
    }

    fn set(&mut self, slot: Slot, word: u64) -> Work<()> {
        let at = self.at(slot);
        self.values().write(at, word)
    }

    /// Charges for the abstract size of values.
    fn charge_units(&mut self, units: u64) -> Work<()> {
        let price = self.world.schedule.copy_per_unit;
        Ok(self.host.charge_per(price, units)?)
    }

    /// Performs the op that the loop left to us, and goes to the next.
    fn cold(&mut self) -> Work<()> {
        let op = *self.world.arena.ops.get(self.registers.pc as usize).ok_or_else(bad)?;
        match op {
            Op::CallSite { base, height, site } => return self.call_site(base, height, site),
            Op::Call { base, height, reach, slots, to } => return self.enter(base, height, reach, slots, to),
            Op::CallNative { base, instance } => self.native(base, InstanceNo(instance))?,
            Op::Pay { module } => return self.use_module(ModuleNo(module)),
            Op::VecPush { r, bytes, offset, .. } => {
                let reference = self.word(r)?;
                let header = ((reference as u32).wrapping_add(offset) >> 3) as usize;
                return self.values().grow(header, u64::from(bytes));
            }
            Op::VecPushLocal { v, bytes, .. } => {
                let header = self.at(v);
                return self.values().grow(header, u64::from(bytes));
            }
            Op::Abort { a } => return Err(VmError::abort(self.word(a)?).into()),
            Op::AbortMsg { a, b } => {
                let at = self.at(b);
                let message = self.values().bytes(at)?;
                let price = self.world.schedule.abort_msg_per_byte;
                self.host.charge_per(price, message.len() as u64)?;
                return Err(abort_with(self.word(a)?, message).into());
            }
            Op::Fail { at } => return Err(self.world.arena.errors.get(at as usize).cloned().ok_or_else(bad)?.into()),
            Op::ChargeLocal { a, ty } => {
                let at = self.at(a);
                let units = self.values().units(Ty(ty), at)?;
                self.charge_units(units)?;
                self.host.use_memory(units)?;
            }
            Op::CopyDeep { d, a, ty } => {
                let (from, to) = (self.at(a), self.at(d));
                self.values().copy(Ty(ty), from, to)?;
            }
            Op::LoadDeep { d, r, ty, offset, charged } => {
                let ty = Ty(ty);
                let reference = self.word(r)?;
                let from = ((reference as u32).wrapping_add(offset) >> 3) as usize;
                if !charged {
                    let units = self.values().units(ty, from)?;
                    self.charge_units(units)?;
                    self.host.use_memory(units)?;
                }
                let to = self.at(d);
                self.values().copy(ty, from, to)?;
            }
            Op::EqDeep { d, a, b, ty, negated, sized } => {
                let ty = Ty(ty);
                let (a, b) = (self.at(a), self.at(b));
                self.equal(ty, a, b, d, negated, sized)?;
            }
            Op::EqRefs { d, a, b, ty, negated, sized } => {
                let ty = Ty(ty);
                let (a, b) = (self.word(a)?, self.word(b)?);
                let (a, b) = (self.aligned(ty, a)?, self.aligned(ty, b)?);
                self.equal(ty, a, b, d, negated, sized)?;
            }
            Op::VecPack { d, a, n, ty } => self.vec_pack(d, a, n, Ty(ty))?,
            Op::VecUnpack { d, a, n, ty } => self.vec_unpack(d, a, n, Ty(ty))?,
            Op::LoadConst { d, at } => {
                let (ty, data) = self.world.arena.constants.get(at as usize).cloned().ok_or_else(bad)?;
                self.host.use_memory(data.len() as u64)?;
                let to = self.at(d);
                if !self.values().decode(ty, &data, to)? {
                    return Err(StatusCode::MalformedConstantData.into());
                }
            }
            // What these need is found here, then the loop does them again.
            Op::Exists { a, ty, .. } => {
                let address = self.address(a)?;
                return self.resource(Ty(ty), address).map(|_| ());
            }
            Op::BorrowGlobal { a, ty, .. } | Op::MoveFrom { a, ty, .. } => {
                let address = self.address(a)?;
                let slot = self.resource(Ty(ty), address)?;
                return if self.globals.present(slot) { Ok(()) } else { Err(self.missing(Ty(ty), address)) };
            }
            Op::MoveTo { r, ty, .. } => {
                let reference = self.word(r)?;
                let address = self.values().quad((reference as u32 >> 3) as usize)?;
                let slot = self.resource(Ty(ty), address)?;
                if self.globals.present(slot) {
                    return Err(VmError::new(StatusCode::ResourceAlreadyExists)
                        .message(format!("at {}", address_of(address)))
                        .into());
                }
                return Ok(());
            }
            _ => return Err(bad()),
        }
        self.registers.pc += 1;
        Ok(())
    }

    fn equal(&mut self, ty: Ty, a: usize, b: usize, d: Slot, negated: bool, sized: bool) -> Work<()> {
        if !sized {
            let units = self.values().units(ty, a)? + self.values().units(ty, b)?;
            self.charge_units(units)?;
        }
        let equal = self.values().equal(ty, a, b)?;
        self.set(d, u64::from(equal != negated))
    }

    fn vec_pack(&mut self, d: Slot, a: Slot, n: u16, element: Ty) -> Work<()> {
        let (from, to) = (self.at(a), self.at(d));
        let layout = self.values().layout(element)?;
        let bytes = element_bytes(&layout);
        self.host.use_memory(u64::from(bytes) * u64::from(n))?;
        // The header takes the place of the first elements: it is written last.
        let header = self.memory.allocate(3).ok_or(Stop::GiveUp)?;
        let mut values = self.values();
        let start = values.new_vector(header, element, u64::from(n))?;
        for index in 0..usize::from(n) {
            let word = from + index * layout.words as usize;
            let small = u16::try_from(bytes).map_err(|_| Stop::GiveUp)?;
            elements::put(&mut values.memory.words, (start as u64) << 3, index as u64, small, word).ok_or_else(bad)?;
        }
        values.move_words(header, to, 3)
    }

    fn vec_unpack(&mut self, d: Slot, a: Slot, n: u16, element: Ty) -> Work<()> {
        let (from, to) = (self.at(a), self.at(d));
        let layout = self.values().layout(element)?;
        let bytes = u16::try_from(element_bytes(&layout)).map_err(|_| Stop::GiveUp)?;
        let values = self.values();
        let (start, length, _) = values.header(from)?;
        if length != u64::from(n) {
            return Err(VmError::new(StatusCode::VectorOperationError).with_sub(3).into());
        }
        for index in 0..usize::from(n) {
            let word = to + index * layout.words as usize;
            elements::take(&mut values.memory.words, (start as u64) << 3, index as u64, bytes, word).ok_or_else(bad)?;
        }
        Ok(())
    }

    fn address(&mut self, slot: Slot) -> Work<[u64; 4]> {
        let at = self.at(slot);
        self.values().quad(at)
    }

    fn resource(&mut self, ty: Ty, address: [u64; 4]) -> Work<usize> {
        let mut values = Values { world: self.world, memory: self.memory };
        self.globals.resource(&mut values, self.host, ty, address)
    }

    fn missing(&mut self, ty: Ty, address: [u64; 4]) -> Stop {
        let name = self.world.types.tag(ty).map(|tag| tag.to_string()).unwrap_or_default();
        VmError::new(StatusCode::MissingData).message(format!("no {name} at {}", address_of(address))).into()
    }

    // Calls

    /// Pays for a module at its first use.
    fn use_module(&mut self, module: ModuleNo) -> Work<()> {
        self.world.use_module(self.host, module)?;
        let count = self.world.module_count();
        if self.paid.len() < count {
            self.paid.resize(count, false);
        }
        self.paid[module.0 as usize] = true;
        Ok(())
    }

    fn call_site(&mut self, base: Slot, height: u16, number: u32) -> Work<()> {
        let site = self.world.arena.sites.get(number as usize).cloned().ok_or_else(bad)?;
        let function = self.world.callee(self.host, site.module, site.handle)?;
        let module = self.world.function(function).module;
        if !site.paid && module != site.module {
            self.use_module(module)?;
        }
        let no = self.world.instantiate(function, &site.ty_args)?;
        if self.world.instance(no).native.is_some() {
            self.native(base, no)?;
            self.registers.pc += 1;
            return Ok(());
        }
        let number = lower(self.world, self.host, no)?.ok_or(Stop::GiveUp)?;
        let function = self.world.arena.functions[number as usize];
        let reach = height.saturating_add(function.height);
        if site.paid {
            // From now on the loop does it.
            let op = Op::Call { base, height, reach, slots: function.slots, to: function.start };
            self.world.arena.ops[self.registers.pc as usize] = op;
            return Ok(());
        }
        self.enter(base, height, reach, function.slots, function.start)
    }

    /// Enters a function where the loop does not see whether that is too deep.
    fn enter(&mut self, base: Slot, height: u16, reach: u16, slots: u16, start: Pc) -> Work<()> {
        let frame = self.at(base);
        if frame + usize::from(slots) > STACK_WORDS || self.registers.height + u32::from(reach) > OPERANDS_MAX {
            return Err(Stop::GiveUp);
        }
        let depth = self.registers.depth;
        let function = *self.world.arena.function_at(start).ok_or_else(bad)?;
        if depth >= CALL_DEPTH_MAX {
            // Entering is charged before the depth is checked.
            self.host.charge(function.entry_gas)?;
            return Err(StatusCode::CallStackOverflow.into());
        }
        if depth + 1 + usize::from(function.depth) > CALL_DEPTH_MAX {
            return Err(Stop::GiveUp);
        }
        self.memory.control[depth] = Caller { back: self.registers.pc + 1, base, height }.pack();
        self.registers = Registers {
            pc: start,
            fp: frame as u64,
            height: self.registers.height + u32::from(height),
            depth: depth + 1,
            ..self.registers
        };
        Ok(())
    }

    fn native(&mut self, base: Slot, no: InstanceNo) -> Work<()> {
        let instance = self.world.instance(no).clone();
        let Some((native, gas)) = instance.native else { return Err(bad()) };
        let frame = self.at(base);
        let located = |machine: &Self, error: VmError| {
            let location = Location::Module(machine.world.module(instance.module).id.clone());
            Stop::Error(error.located(location, instance.def, 0))
        };
        self.host.native_gas = gas;
        self.host.charge(gas.base).map_err(|error| located(self, error))?;
        let mut context = FastNative::new(self, instance.clone(), frame)?;
        let result = native(&mut context);
        let (results, gave_up) = context.into_parts();
        if gave_up {
            return Err(Stop::GiveUp);
        }
        result.map_err(|error| located(self, error.into()))?;
        if results != instance.results.len() {
            return Err(located(self, VmError::invariant("a native left the wrong number of results")));
        }
        Ok(())
    }

    /// Whether a type is a reference.
    pub(super) fn is_ref(&self, ty: Ty) -> bool {
        matches!(self.world.types.kind(ty), Kind::Ref { .. })
    }
}
