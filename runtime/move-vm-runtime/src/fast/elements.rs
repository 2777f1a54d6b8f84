//! Elements of vectors in the linear memory, for what works on it as a whole.

/// Writes an element; `from` is the index of its first word.
pub(super) fn put(memory: &mut [u64], start: u64, index: u64, bytes: u16, from: usize) -> Option<()> {
    if bytes == 8 {
        let value = *memory.get(from)?;
        *memory.get_mut((start as u32 >> 3) as usize + index as usize)? = value;
        return Some(());
    }
    if bytes < 8 {
        let value = *memory.get(from)?;
        let at = u64::from(start as u32) + index * u64::from(bytes);
        let (shift, mask) = ((at & 7) * 8, (1u64 << (u32::from(bytes) * 8)) - 1);
        let word = memory.get_mut((at >> 3) as usize)?;
        *word = *word & !(mask << shift) | (value & mask) << shift;
        return Some(());
    }
    let n = usize::from(bytes >> 3);
    let to = (start as u32 >> 3) as usize + index as usize * n;
    if memory.get(from..from + n).is_none() || memory.get(to..to + n).is_none() {
        return None;
    }
    memory.copy_within(from..from + n, to);
    Some(())
}

/// Reads an element; `to` is the index of its first word.
pub(super) fn take(memory: &mut [u64], start: u64, index: u64, bytes: u16, to: usize) -> Option<()> {
    if bytes < 8 {
        let at = u64::from(start as u32) + index * u64::from(bytes);
        let mask = (1u64 << (u32::from(bytes) * 8)) - 1;
        let value = *memory.get((at >> 3) as usize)? >> ((at & 7) * 8) & mask;
        *memory.get_mut(to)? = value;
        return Some(());
    }
    let n = usize::from(bytes >> 3);
    let from = (start as u32 >> 3) as usize + index as usize * n;
    if memory.get(from..from + n).is_none() || memory.get(to..to + n).is_none() {
        return None;
    }
    memory.copy_within(from..from + n, to);
    Some(())
}
