//! Values in memory, by layout: encoding, decoding, copies, equality, order, sizes.
//!
//! A value is named by its type and the index of its first word. Layouts nest at most as deep as values may, which
//! bounds every recursion here.

use super::memory::Memory;
use super::wide;
use crate::codec::{Reader, put_length, put_uleb};
use crate::error::VmError;
use crate::layout::{Layout, Shape, element_bytes};
use crate::types::{IntKind, Ty};
use crate::world::World;
use move_core_types::{AccountAddress, StatusCode, U256};
use std::cmp::Ordering;
use std::sync::Arc;

/// What stops work on values.
#[derive(Debug)]
pub(super) enum Stop {
    /// The memory is full, or a type has no layout: run the call on the plain interpreter.
    GiveUp,
    Error(VmError),
}

impl From<VmError> for Stop {
    fn from(error: VmError) -> Self {
        Stop::Error(error)
    }
}

impl From<StatusCode> for Stop {
    fn from(status: StatusCode) -> Self {
        Stop::Error(VmError::new(status))
    }
}

pub(super) type Work<T> = Result<T, Stop>;

/// A world and a memory, for the time of one operation.
pub(super) struct Values<'v> {
    pub(super) world: &'v mut World,
    pub(super) memory: &'v mut Memory,
}

fn outside() -> Stop {
    Stop::Error(VmError::invariant("an address outside memory"))
}

pub(super) fn address_words(address: &AccountAddress) -> [u64; 4] {
    let bytes: [u8; 32] = address.as_ref().try_into().unwrap_or([0; 32]);
    U256::from_le_bytes(bytes).into_limbs()
}

pub(super) fn address_of(words: [u64; 4]) -> AccountAddress {
    AccountAddress::new(U256::from_limbs(words).to_le_bytes())
}

impl Values<'_> {
    pub(super) fn layout(&mut self, ty: Ty) -> Work<Arc<Layout>> {
        self.world.layout(ty)?.ok_or(Stop::GiveUp)
    }

    pub(super) fn read(&self, at: usize) -> Work<u64> {
        self.memory.words.get(at).copied().ok_or_else(outside)
    }

    pub(super) fn write(&mut self, at: usize, word: u64) -> Work<()> {
        *self.memory.words.get_mut(at).ok_or_else(outside)? = word;
        Ok(())
    }

    pub(super) fn slice(&self, at: usize, count: usize) -> Work<&[u64]> {
        at.checked_add(count).and_then(|end| self.memory.words.get(at..end)).ok_or_else(outside)
    }

    pub(super) fn write_all(&mut self, at: usize, words: &[u64]) -> Work<()> {
        let end = at.checked_add(words.len()).ok_or_else(outside)?;
        self.memory.words.get_mut(at..end).ok_or_else(outside)?.copy_from_slice(words);
        Ok(())
    }

    pub(super) fn move_words(&mut self, from: usize, to: usize, count: usize) -> Work<()> {
        self.slice(from, count)?;
        self.slice(to, count)?;
        self.memory.words.copy_within(from..from + count, to);
        Ok(())
    }

    pub(super) fn quad(&self, at: usize) -> Work<[u64; 4]> {
        self.slice(at, 4)?.try_into().map_err(|_| outside())
    }

    /// First word of the elements, length, capacity.
    pub(super) fn header(&self, at: usize) -> Work<(usize, u64, u64)> {
        let words = self.slice(at, 3)?;
        Ok(((words[0] as u32 >> 3) as usize, words[1], words[2]))
    }

    /// Reads an element of 1, 2 or 4 bytes.
    fn part(&self, start: usize, index: u64, bytes: u32) -> Work<u64> {
        let at = index * u64::from(bytes);
        let word = self.read(start + (at >> 3) as usize)?;
        Ok(word >> ((at & 7) * 8) & ((1 << (bytes * 8)) - 1))
    }

    /// Makes a vector with room for `count` elements and writes its header to `at`; the answer is its first word.
    pub(super) fn new_vector(&mut self, at: usize, element: Ty, count: u64) -> Work<usize> {
        let bytes = u64::from(element_bytes(&*self.layout(element)?));
        if count == 0 {
            self.write_all(at, &[0, 0, 0])?;
            return Ok(0);
        }
        let words = count.checked_mul(bytes).ok_or(Stop::GiveUp)?.div_ceil(8);
        let (start, size) =
            self.memory.buffer(usize::try_from(words).map_err(|_| Stop::GiveUp)?).ok_or(Stop::GiveUp)?;
        self.write_all(at, &[(start as u64) << 3, count, size as u64 * 8 / bytes])?;
        Ok(start)
    }

    /// A `vector<u8>` with these bytes.
    pub(super) fn put_bytes(&mut self, at: usize, bytes: &[u8]) -> Work<()> {
        let start = self.new_vector(at, Ty::U8, bytes.len() as u64)?;
        for (index, chunk) in bytes.chunks(8).enumerate() {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write(start + index, u64::from_le_bytes(word))?;
        }
        Ok(())
    }

    /// The bytes of a `vector<u8>`.
    pub(super) fn bytes(&self, at: usize) -> Work<Vec<u8>> {
        let (start, length, _) = self.header(at)?;
        let length = usize::try_from(length).map_err(|_| outside())?;
        let mut bytes: Vec<u8> =
            self.slice(start, length.div_ceil(8))?.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(length);
        Ok(bytes)
    }

    /// Abstract size.
    pub(super) fn units(&mut self, ty: Ty, at: usize) -> Work<u64> {
        let layout = self.layout(ty)?;
        Ok(match &layout.shape {
            Shape::Bool | Shape::Int(_) | Shape::Address | Shape::Reference => 40,
            Shape::Vector(element) => {
                let (start, length, _) = self.header(at)?;
                let inner = self.layout(*element)?;
                match inner.shape {
                    Shape::Bool | Shape::Int(_) => 40 + u64::from(scalar_bytes(&inner)) * length,
                    Shape::Address if *element == Ty::ADDRESS => 40 + 32 * length,
                    _ => {
                        let mut sum = 40;
                        for index in 0..length as usize {
                            sum += self.units(*element, start + index * inner.words as usize)?;
                        }
                        sum
                    }
                }
            }
            Shape::Struct(fields) => self.units_of(fields, at)?,
            Shape::Enum(variants) => {
                let tag = self.read(at)? as usize;
                self.units_of(variants.get(tag).ok_or_else(outside)?, at)?
            }
        })
    }

    fn units_of(&mut self, fields: &[(u32, Ty)], at: usize) -> Work<u64> {
        let mut sum = 40;
        for (words, ty) in fields {
            sum += self.units(*ty, at + *words as usize)?;
        }
        Ok(sum)
    }

    /// Copies a value; vectors inside get buffers of their own.
    pub(super) fn copy(&mut self, ty: Ty, from: usize, to: usize) -> Work<()> {
        let layout = self.layout(ty)?;
        let words = layout.words as usize;
        if layout.flat {
            return self.move_words(from, to, words);
        }
        match &layout.shape {
            Shape::Vector(element) => {
                let (start, length, _) = self.header(from)?;
                let inner = self.layout(*element)?;
                let copy = self.new_vector(to, *element, length)?;
                if inner.flat {
                    let bytes = length * u64::from(element_bytes(&inner));
                    return self.move_words(start, copy, bytes.div_ceil(8) as usize);
                }
                for index in 0..length as usize {
                    let offset = index * inner.words as usize;
                    self.copy(*element, start + offset, copy + offset)?;
                }
            }
            Shape::Struct(fields) => {
                for (words, ty) in fields {
                    self.copy(*ty, from + *words as usize, to + *words as usize)?;
                }
            }
            Shape::Enum(variants) => {
                let tag = self.read(from)? as usize;
                self.move_words(from, to, words)?;
                for (words, ty) in variants.get(tag).ok_or_else(outside)? {
                    self.copy(*ty, from + *words as usize, to + *words as usize)?;
                }
            }
            Shape::Bool | Shape::Int(_) | Shape::Address | Shape::Reference => self.move_words(from, to, words)?,
        }
        Ok(())
    }

    pub(super) fn equal(&mut self, ty: Ty, a: usize, b: usize) -> Work<bool> {
        let layout = self.layout(ty)?;
        if layout.flat {
            let words = layout.words as usize;
            return Ok(self.slice(a, words)? == self.slice(b, words)?);
        }
        Ok(self.compare(ty, a, b)? == Ordering::Equal)
    }

    /// Total order of values.
    pub(super) fn compare(&mut self, ty: Ty, a: usize, b: usize) -> Work<Ordering> {
        let layout = self.layout(ty)?;
        match &layout.shape {
            Shape::Bool | Shape::Reference => Ok(self.read(a)?.cmp(&self.read(b)?)),
            Shape::Int(kind) => self.compare_ints(*kind, a, b),
            Shape::Address => Ok(address_of(self.quad(a)?).cmp(&address_of(self.quad(b)?))),
            Shape::Vector(element) => self.compare_vectors(*element, a, b),
            Shape::Struct(fields) => self.compare_fields(fields, a, b),
            Shape::Enum(variants) => {
                let (one, two) = (self.read(a)?, self.read(b)?);
                match one.cmp(&two) {
                    Ordering::Equal => self.compare_fields(variants.get(one as usize).ok_or_else(outside)?, a, b),
                    order => Ok(order),
                }
            }
        }
    }

    fn compare_ints(&self, kind: IntKind, a: usize, b: usize) -> Work<Ordering> {
        let words = kind.bytes().div_ceil(8) as usize;
        let (a, b) = (self.slice(a, words)?, self.slice(b, words)?);
        if kind.signed() {
            let less = |a: &[u64], b: &[u64]| {
                wide::any(crate::lower::op::Any::Lt, kind, a, b).is_some_and(|(words, _)| words[0] == 1)
            };
            return Ok(if less(a, b) {
                Ordering::Less
            } else if less(b, a) {
                Ordering::Greater
            } else {
                Ordering::Equal
            });
        }
        Ok(a.iter().rev().cmp(b.iter().rev()))
    }

    fn compare_vectors(&mut self, element: Ty, a: usize, b: usize) -> Work<Ordering> {
        let ((start_a, len_a, _), (start_b, len_b, _)) = (self.header(a)?, self.header(b)?);
        let inner = self.layout(element)?;
        if element == Ty::U8 {
            return Ok(self.bytes(a)?.cmp(&self.bytes(b)?));
        }
        let bytes = element_bytes(&inner);
        // Elements of less than a word are compared in two words at the top of the heap.
        let scratch = if bytes < 8 { self.memory.allocate(2).ok_or(Stop::GiveUp)? } else { 0 };
        for index in 0..len_a.min(len_b) {
            let order = if bytes < 8 {
                let (one, two) = (self.part(start_a, index, bytes)?, self.part(start_b, index, bytes)?);
                self.write_all(scratch, &[one, two])?;
                self.compare(element, scratch, scratch + 1)?
            } else {
                let offset = index as usize * inner.words as usize;
                self.compare(element, start_a + offset, start_b + offset)?
            };
            if order != Ordering::Equal {
                return Ok(order);
            }
        }
        Ok(len_a.cmp(&len_b))
    }

    fn compare_fields(&mut self, fields: &[(u32, Ty)], a: usize, b: usize) -> Work<Ordering> {
        for (words, ty) in fields {
            match self.compare(*ty, a + *words as usize, b + *words as usize)? {
                Ordering::Equal => {}
                order => return Ok(order),
            }
        }
        Ok(Ordering::Equal)
    }

    /// Appends the BCS of a value; signers as bare addresses.
    pub(super) fn encode(&mut self, ty: Ty, at: usize, out: &mut Vec<u8>) -> Work<()> {
        let layout = self.layout(ty)?;
        if let Some(scalars) = &layout.scalars {
            return self.encode_scalars(scalars, at, out);
        }
        match &layout.shape {
            Shape::Bool => out.push(self.read(at)? as u8),
            Shape::Int(kind) => {
                let bytes = kind.bytes() as usize;
                let from = out.len();
                out.extend(self.slice(at, bytes.div_ceil(8))?.iter().flat_map(|word| word.to_le_bytes()));
                out.truncate(from + bytes);
            }
            Shape::Address => out.extend(self.quad(at)?.iter().flat_map(|word| word.to_le_bytes())),
            Shape::Reference => return Err(StatusCode::ValueSerializationError.into()),
            Shape::Vector(element) => {
                let (start, length, _) = self.header(at)?;
                let length = usize::try_from(length).map_err(|_| outside())?;
                put_length(out, length)?;
                let inner = self.layout(*element)?;
                // Packed scalars lie in memory as they lie in BCS.
                if matches!(inner.shape, Shape::Bool | Shape::Int(_) | Shape::Address) {
                    let bytes = length * scalar_bytes(&inner) as usize;
                    let from = out.len();
                    out.extend(self.slice(start, bytes.div_ceil(8))?.iter().flat_map(|word| word.to_le_bytes()));
                    out.truncate(from + bytes);
                    return Ok(());
                }
                if let Some(scalars) = &inner.scalars {
                    for index in 0..length {
                        self.encode_scalars(scalars, start + index * inner.words as usize, out)?;
                    }
                    return Ok(());
                }
                for index in 0..length {
                    self.encode(*element, start + index * inner.words as usize, out)?;
                }
            }
            Shape::Struct(fields) => self.encode_fields(fields, at, out)?,
            Shape::Enum(variants) => {
                let tag = self.read(at)?;
                put_uleb(out, tag);
                self.encode_fields(variants.get(tag as usize).ok_or_else(outside)?, at, out)?;
            }
        }
        Ok(())
    }

    fn encode_scalars(&self, scalars: &[(u32, u8, bool)], at: usize, out: &mut Vec<u8>) -> Work<()> {
        for (word, bytes, _) in scalars {
            let (at, bytes) = (at + *word as usize, usize::from(*bytes));
            if bytes <= 8 {
                out.extend_from_slice(&self.read(at)?.to_le_bytes()[..bytes]);
            } else {
                self.slice(at, bytes / 8)?.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
            }
        }
        Ok(())
    }

    /// `None` when the bytes are not such scalars.
    fn decode_scalars(&mut self, scalars: &[(u32, u8, bool)], reader: &mut Reader<'_>, at: usize) -> Work<Option<()>> {
        for (word, bytes, is_bool) in scalars {
            let Some(bytes) = reader.take(usize::from(*bytes)) else { return Ok(None) };
            if *is_bool && bytes != [0] && bytes != [1] {
                return Ok(None);
            }
            self.put_raw(at + *word as usize, bytes)?;
        }
        Ok(Some(()))
    }

    fn encode_fields(&mut self, fields: &[(u32, Ty)], at: usize, out: &mut Vec<u8>) -> Work<()> {
        fields.iter().try_for_each(|(words, ty)| self.encode(*ty, at + *words as usize, out))
    }

    /// Decodes exactly these bytes to `at`; `false` when they are not an encoding of the type.
    pub(super) fn decode(&mut self, ty: Ty, bytes: &[u8], at: usize) -> Work<bool> {
        self.decode_whole(ty, bytes, at, false)
    }

    /// As [`Values::decode`]; with `signers`, these stand as their addresses.
    pub(super) fn decode_whole(&mut self, ty: Ty, bytes: &[u8], at: usize, signers: bool) -> Work<bool> {
        self.world.check_layout(ty)?;
        let mut reader = Reader::new(bytes);
        Ok(self.decode_at(ty, &mut reader, at, signers)?.is_some() && reader.is_empty())
    }

    fn decode_at(&mut self, ty: Ty, reader: &mut Reader<'_>, at: usize, signers: bool) -> Work<Option<()>> {
        if ty == Ty::SIGNER && !signers {
            return Ok(None);
        }
        let layout = self.layout(ty)?;
        if let Some(scalars) = &layout.scalars {
            return self.decode_scalars(scalars, reader, at);
        }
        Ok(match &layout.shape {
            Shape::Bool => match reader.bool() {
                Some(value) => Some(self.write(at, u64::from(value))?),
                None => None,
            },
            Shape::Int(_) | Shape::Address => {
                let bytes = scalar_bytes(&layout) as usize;
                let Some(bytes) = reader.take(bytes) else { return Ok(None) };
                Some(self.put_raw(at, bytes)?)
            }
            Shape::Reference => None,
            Shape::Vector(element) => {
                let Some(count) = reader.length() else { return Ok(None) };
                let inner = self.layout(*element)?;
                if (*element == Ty::SIGNER && !signers) || count > reader.left.len() {
                    return Ok(None); // Every element has at least one byte.
                }
                let start = self.new_vector(at, *element, count as u64)?;
                if matches!(inner.shape, Shape::Int(_) | Shape::Address) {
                    let Some(bytes) =
                        count.checked_mul(scalar_bytes(&inner) as usize).and_then(|bytes| reader.take(bytes))
                    else {
                        return Ok(None);
                    };
                    return Ok(Some(self.put_raw(start, bytes)?));
                }
                if inner.shape == Shape::Bool {
                    let Some(bytes) = reader.take(count) else { return Ok(None) };
                    if bytes.iter().any(|byte| *byte > 1) {
                        return Ok(None);
                    }
                    return Ok(Some(self.put_raw(start, bytes)?));
                }
                if let Some(scalars) = &inner.scalars {
                    for index in 0..count {
                        if self.decode_scalars(scalars, reader, start + index * inner.words as usize)?.is_none() {
                            return Ok(None);
                        }
                    }
                    return Ok(Some(()));
                }
                for index in 0..count {
                    if self.decode_at(*element, reader, start + index * inner.words as usize, signers)?.is_none() {
                        return Ok(None);
                    }
                }
                Some(())
            }
            Shape::Struct(fields) => self.decode_fields(fields, reader, at, signers)?,
            Shape::Enum(variants) => {
                let Some(tag) = reader.uleb() else { return Ok(None) };
                let Some(fields) = variants.get(tag as usize) else { return Ok(None) };
                let zeros = vec![0; layout.words as usize];
                self.write_all(at, &zeros)?;
                self.write(at, u64::from(tag))?;
                self.decode_fields(fields, reader, at, signers)?
            }
        })
    }

    fn decode_fields(
        &mut self,
        fields: &[(u32, Ty)],
        reader: &mut Reader<'_>,
        at: usize,
        signers: bool,
    ) -> Work<Option<()>> {
        for (words, ty) in fields {
            if self.decode_at(*ty, reader, at + *words as usize, signers)?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    /// Writes bytes as words, the last one filled up with zeros.
    fn put_raw(&mut self, at: usize, bytes: &[u8]) -> Work<()> {
        for (index, chunk) in bytes.chunks(8).enumerate() {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write(at + index, u64::from_le_bytes(word))?;
        }
        Ok(())
    }

    /// Replaces the elements of a vector by these `count`, given as their bytes in memory.
    pub(super) fn put_image(&mut self, at: usize, element: Ty, bytes: &[u8], count: u64) -> Work<()> {
        let start = self.new_vector(at, element, count)?;
        self.put_raw(start, bytes)
    }

    /// Gives a vector room for one more element.
    pub(super) fn grow(&mut self, header: usize, bytes: u64) -> Work<()> {
        let (start, length, capacity) = self.header(header)?;
        let words = |count: u64| (count * bytes).div_ceil(8) as usize;
        let wanted = (capacity * 2).max(length + 1).max(if bytes < 8 { 8 } else { 4 });
        let (to, size) = self.memory.buffer(words(wanted)).ok_or(Stop::GiveUp)?;
        self.move_words(start, to, words(length))?;
        if capacity > 0 {
            self.memory.give_back(start, words(capacity));
        }
        self.write_all(header, &[(to as u64) << 3, length, size as u64 * 8 / bytes])
    }
}

/// Bytes of a scalar in BCS.
fn scalar_bytes(layout: &Layout) -> u32 {
    match layout.shape {
        Shape::Bool => 1,
        Shape::Int(kind) => kind.bytes() as u32,
        _ => 32,
    }
}
