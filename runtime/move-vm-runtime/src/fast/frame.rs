//! The current frame, and the rest of memory as references see it.

use super::hot::{Control, FP, HEAP};

/// Words of a frame's window: as many as a slot number can name.
pub(super) const WINDOW: usize = 1 << 16;

/// Memory in three parts: frames below, the current frame, the heap.
pub(super) struct Frame<'m> {
    below: &'m mut [u64],
    frame: &'m mut [u64; WINDOW],
    heap: &'m mut [u64],
    pub(super) control: &'m mut Control,
}

/// Index inside the heap of the word at a byte address.
#[inline(always)]
fn in_heap(address: u64) -> usize {
    ((address as u32 >> 3) as usize).wrapping_sub(HEAP)
}

/// Word inside the heap, shift inside the word and mask of an element of 1, 2 or 4 bytes, which crosses no words.
#[inline(always)]
fn part(start: u64, index: u64, bytes: u16) -> (usize, u32, u64) {
    let at = u64::from(start as u32).wrapping_add(index.wrapping_mul(u64::from(bytes)));
    ((at >> 3) as usize, (at & 7) as u32 * 8, (1u64 << ((u32::from(bytes) * 8) & 63)).wrapping_sub(1))
}

impl<'m> Frame<'m> {
    #[inline(always)]
    pub(super) fn at(stack: &'m mut [u64], heap: &'m mut [u64], control: &'m mut Control) -> Option<Self> {
        let (below, above) = stack.split_at_mut_checked(control[FP] as usize)?;
        Some(Self { below, frame: above.first_chunk_mut()?, heap, control })
    }

    /// Index inside the frame of a word of the memory as a whole.
    #[inline(always)]
    fn inside(&self, index: usize) -> usize {
        index.wrapping_sub(self.control[FP] as usize)
    }

    #[inline(always)]
    pub(super) fn get(&self, slot: u16) -> u64 {
        self.frame[usize::from(slot)]
    }

    #[inline(always)]
    pub(super) fn set(&mut self, slot: u16, word: u64) {
        self.frame[usize::from(slot)] = word;
    }

    #[inline(always)]
    pub(super) fn pair(&self, slot: u16) -> u128 {
        u128::from(self.get(slot)) | u128::from(self.get(slot.wrapping_add(1))) << 64
    }

    #[inline(always)]
    pub(super) fn set_pair(&mut self, slot: u16, value: u128) {
        self.set(slot, value as u64);
        self.set(slot.wrapping_add(1), (value >> 64) as u64);
    }

    #[inline(always)]
    pub(super) fn quad(&self, slot: u16) -> [u64; 4] {
        [0, 1, 2, 3].map(|k| self.get(slot.wrapping_add(k)))
    }

    #[inline(always)]
    pub(super) fn set_quad(&mut self, slot: u16, words: [u64; 4]) {
        self.set_some(slot, &words, 4);
    }

    #[inline(always)]
    pub(super) fn set_some(&mut self, slot: u16, words: &[u64; 4], n: usize) {
        for (k, word) in words.iter().take(n).enumerate() {
            self.set(slot.wrapping_add(k as u16), *word);
        }
    }

    /// The ranges may overlap.
    #[inline(always)]
    pub(super) fn move_words(&mut self, d: u16, a: u16, n: u16) {
        if d <= a {
            for k in 0..n {
                self.set(d.wrapping_add(k), self.get(a.wrapping_add(k)));
            }
        } else {
            for k in (0..n).rev() {
                self.set(d.wrapping_add(k), self.get(a.wrapping_add(k)));
            }
        }
    }

    /// The word at an index of the memory as a whole.
    #[inline(always)]
    pub(super) fn read(&self, index: usize) -> Option<u64> {
        if let Some(word) = self.heap.get(index.wrapping_sub(HEAP)) {
            return Some(*word);
        }
        if let Some(word) = self.below.get(index) {
            return Some(*word);
        }
        self.frame.get(self.inside(index)).copied()
    }

    #[inline(always)]
    pub(super) fn write(&mut self, index: usize, word: u64) -> Option<()> {
        if let Some(place) = self.heap.get_mut(index.wrapping_sub(HEAP)) {
            *place = word;
            return Some(());
        }
        if let Some(place) = self.below.get_mut(index) {
            *place = word;
            return Some(());
        }
        let inside = self.inside(index);
        *self.frame.get_mut(inside)? = word;
        Some(())
    }

    #[inline(always)]
    pub(super) fn read_quad(&self, index: usize) -> Option<[u64; 4]> {
        Some([
            self.read(index)?,
            self.read(index.wrapping_add(1))?,
            self.read(index.wrapping_add(2))?,
            self.read(index.wrapping_add(3))?,
        ])
    }

    /// Words from anywhere to slots.
    #[inline(always)]
    pub(super) fn load(&mut self, d: u16, from: usize, n: u16) -> Option<()> {
        // A source inside this frame may lie just below the slots.
        if from < HEAP && self.inside(from) < WINDOW {
            self.move_words(d, self.inside(from) as u16, n);
            return Some(());
        }
        for k in 0..n {
            let word = self.read(from.wrapping_add(usize::from(k)))?;
            self.set(d.wrapping_add(k), word);
        }
        Some(())
    }

    /// Words from slots to anywhere.
    #[inline(always)]
    pub(super) fn store(&mut self, to: usize, a: u16, n: u16) -> Option<()> {
        if to < HEAP && self.inside(to) < WINDOW {
            self.move_words(self.inside(to) as u16, a, n);
            return Some(());
        }
        for k in 0..n {
            self.write(to.wrapping_add(usize::from(k)), self.get(a.wrapping_add(k)))?;
        }
        Some(())
    }

    /// Address of the elements and length of the vector whose header is at an index.
    #[inline(always)]
    pub(super) fn header(&self, index: usize) -> Option<(u64, u64)> {
        Some((self.read(index)?, self.read(index.wrapping_add(1))?))
    }

    /// An element of 8 bytes; vectors keep their elements in the heap.
    #[inline(always)]
    pub(super) fn element8(&self, start: u64, index: u64) -> Option<u64> {
        self.heap.get(in_heap(start).wrapping_add(index as usize)).copied()
    }

    /// An element of 1, 2 or 4 bytes.
    #[inline(always)]
    pub(super) fn element(&self, start: u64, index: u64, bytes: u16) -> Option<u64> {
        let (word, shift, mask) = part(start, index, bytes);
        Some(self.heap.get(word.wrapping_sub(HEAP))? >> shift & mask)
    }

    #[inline(always)]
    pub(super) fn put8(&mut self, start: u64, index: u64, a: u16) -> Option<()> {
        let value = self.get(a);
        *self.heap.get_mut(in_heap(start).wrapping_add(index as usize))? = value;
        Some(())
    }

    /// Writes an element of any size from slots.
    #[inline(always)]
    pub(super) fn put(&mut self, start: u64, index: u64, bytes: u16, a: u16) -> Option<()> {
        if bytes == 8 {
            return self.put8(start, index, a);
        }
        if bytes < 8 {
            let (word, shift, mask) = part(start, index, bytes);
            let value = self.get(a) & mask;
            let word = self.heap.get_mut(word.wrapping_sub(HEAP))?;
            *word = *word & !(mask << shift) | value << shift;
            return Some(());
        }
        let n = bytes >> 3;
        let to = in_heap(start).wrapping_add((index as usize).wrapping_mul(usize::from(n)));
        let target = self.heap.get_mut(to..to.wrapping_add(usize::from(n)))?;
        for (k, word) in target.iter_mut().enumerate() {
            *word = self.frame[usize::from(a.wrapping_add(k as u16))];
        }
        Some(())
    }

    /// Reads an element of any size into slots.
    #[inline(always)]
    pub(super) fn take(&mut self, d: u16, start: u64, index: u64, bytes: u16) -> Option<()> {
        if bytes < 8 {
            let value = self.element(start, index, bytes)?;
            self.set(d, value);
            return Some(());
        }
        let n = bytes >> 3;
        let from = in_heap(start).wrapping_add((index as usize).wrapping_mul(usize::from(n)));
        let source = self.heap.get(from..from.wrapping_add(usize::from(n)))?;
        for (k, word) in source.iter().enumerate() {
            self.frame[usize::from(d.wrapping_add(k as u16))] = *word;
        }
        Some(())
    }

    /// Exchanges two elements.
    #[inline(always)]
    pub(super) fn swap(&mut self, start: u64, i: u64, j: u64, bytes: u16) -> Option<()> {
        if bytes < 8 {
            let (one, two) = (self.element(start, i, bytes)?, self.element(start, j, bytes)?);
            for (index, value) in [(i, two), (j, one)] {
                let (word, shift, mask) = part(start, index, bytes);
                let word = self.heap.get_mut(word.wrapping_sub(HEAP))?;
                *word = *word & !(mask << shift) | value << shift;
            }
            return Some(());
        }
        let n = usize::from(bytes >> 3);
        let one = in_heap(start).wrapping_add((i as usize).wrapping_mul(n));
        let two = in_heap(start).wrapping_add((j as usize).wrapping_mul(n));
        for k in 0..n {
            let (left, right) = (*self.heap.get(one.wrapping_add(k))?, *self.heap.get(two.wrapping_add(k))?);
            *self.heap.get_mut(one.wrapping_add(k))? = right;
            *self.heap.get_mut(two.wrapping_add(k))? = left;
        }
        Some(())
    }
}
