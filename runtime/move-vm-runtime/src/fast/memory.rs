//! The linear memory of a call: the stack at its start, above it a heap that only grows.
//!
//! Buffers of vectors have sizes of powers of two; one that a vector outgrew serves the next vector of its size.

use super::hot::{CALL_DEPTH_MAX, Control, HEAP};

/// Most words of a memory: addresses of bytes fit 32 bits with room to spare.
const WORDS_MAX: usize = 1 << 27;
/// Words kept between calls.
const KEEP_WORDS: usize = 1 << 22;

/// Words, with an allocator over them.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) words: Vec<u64>,
    /// Callers and counters of the loop; kept apart, so that no reference can name them.
    pub(super) control: Box<Control>,
    /// First word never handed out in this call.
    next: usize,
    /// Buffers given back, by the logarithm of their size.
    free: Vec<Vec<usize>>,
}

impl Default for Memory {
    fn default() -> Self {
        let control = Box::new([0; CALL_DEPTH_MAX + 3]);
        Self { words: Vec::new(), control, next: HEAP, free: Vec::new() }
    }
}

impl Memory {
    /// Makes the memory of an earlier call ready for the next one. What it held stays and is never read.
    pub(crate) fn reset(&mut self) {
        if self.words.len() > KEEP_WORDS {
            self.words.truncate(KEEP_WORDS);
            self.words.shrink_to_fit();
        }
        let least = HEAP + 4096;
        if self.words.len() < least {
            // Fresh pages are zero already and cost nothing until they are used.
            self.words = vec![0; least];
        }
        self.next = HEAP;
        self.free.iter_mut().for_each(Vec::clear);
    }

    /// Some words, with whatever is in them; `None` when the memory is full.
    pub(crate) fn allocate(&mut self, words: usize) -> Option<usize> {
        let at = self.next;
        let end = at.checked_add(words).filter(|end| *end <= WORDS_MAX)?;
        if end > self.words.len() {
            let grown = self.words.len().saturating_mul(2).clamp(end, WORDS_MAX.max(end));
            self.words.resize(grown, 0);
        }
        self.next = end;
        Some(at)
    }

    /// A buffer of at least so many words: where it is and how many it has.
    pub(crate) fn buffer(&mut self, words: usize) -> Option<(usize, usize)> {
        if words > WORDS_MAX {
            return None;
        }
        let size = words.next_power_of_two();
        let class = size.trailing_zeros() as usize;
        if let Some(at) = self.free.get_mut(class).and_then(Vec::pop) {
            return Some((at, size));
        }
        Some((self.allocate(size)?, size))
    }

    /// Takes a buffer back.
    pub(crate) fn give_back(&mut self, at: usize, words: usize) {
        if !words.is_power_of_two() || at < HEAP {
            return;
        }
        let class = words.trailing_zeros() as usize;
        if self.free.len() <= class {
            self.free.resize(class + 1, Vec::new());
        }
        self.free[class].push(at);
    }
}
