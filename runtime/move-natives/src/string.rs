//! Text: what `string` asks of bytes, and values as text.

use crate::Family;
use move_vm_runtime::{NativeContext, NativeError, NativeResult, Scalar, Style};

/// The end stands before the start.
const REVERSED: u64 = 1;
/// Outside the string, or inside a character (rule T-NAT-1).
const OUTSIDE: u64 = 2;

pub(crate) const NATIVES: Family = &[
    ("string", "internal_check_utf8", check_utf8),
    ("string", "internal_is_char_boundary", is_char_boundary),
    ("string", "internal_sub_string", sub_string),
    ("string", "internal_index_of", index_of),
    ("string_utils", "format_value", format_value),
];

/// The bytes of the first argument, paid for by length.
fn text(ctx: &mut dyn NativeContext) -> NativeResult<Vec<u8>> {
    let size = ctx.vector_len(0)?;
    ctx.charge_bytes(size)?;
    ctx.bytes(0)
}

fn check_utf8(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = text(ctx)?;
    ctx.ret(Scalar::Bool(std::str::from_utf8(&bytes).is_ok()))
}

/// The ends are boundaries; inside, any byte that does not continue a character.
fn at_boundary(bytes: &[u8], index: u64) -> bool {
    if index == bytes.len() as u64 {
        return true;
    }
    match usize::try_from(index).ok().and_then(|index| bytes.get(index)) {
        Some(byte) => index == 0 || byte & 0xc0 != 0x80,
        None => false,
    }
}

fn is_char_boundary(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = text(ctx)?;
    let index = ctx.u64(1)?;
    ctx.ret(Scalar::Bool(at_boundary(&bytes, index)))
}

fn sub_string(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = text(ctx)?;
    let (from, to) = (ctx.u64(1)?, ctx.u64(2)?);
    if to < from {
        return Err(NativeError::Abort(REVERSED));
    }
    if !at_boundary(&bytes, from) || !at_boundary(&bytes, to) {
        return Err(NativeError::Abort(OUTSIDE));
    }
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    match range.and_then(|(from, to)| bytes.get(from..to)) {
        Some(part) => ctx.ret_bytes(part),
        None => Err(NativeError::Abort(OUTSIDE)),
    }
}

/// Offset of the first occurrence, or the length.
fn index_of(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = text(ctx)?;
    let pattern_size = ctx.vector_len(1)?;
    ctx.charge_bytes(pattern_size)?;
    let pattern = ctx.bytes(1)?;
    let found = find(&bytes, &pattern).unwrap_or(bytes.len());
    ctx.ret(Scalar::U64(found as u64))
}

/// Knuth-Morris-Pratt: the work stays linear, as the charge is.
fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    if pattern.is_empty() {
        return Some(0);
    }
    let mut fallback = vec![0usize; pattern.len()];
    let mut matched = 0;
    for at in 1..pattern.len() {
        while matched > 0 && pattern[at] != pattern[matched] {
            matched = fallback[matched - 1];
        }
        matched += usize::from(pattern[at] == pattern[matched]);
        fallback[at] = matched;
    }
    matched = 0;
    for (at, byte) in bytes.iter().enumerate() {
        while matched > 0 && *byte != pattern[matched] {
            matched = fallback[matched - 1];
        }
        matched += usize::from(*byte == pattern[matched]);
        if matched == pattern.len() {
            return Some(at + 1 - matched);
        }
    }
    None
}

/// Style: 0 plain, 1 canonical addresses, 2 integer types, 3 on several lines.
fn format_value(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let size = ctx.abstract_size(0)?;
    ctx.charge_bytes(size)?;
    let style = match ctx.u8(1)? {
        0 => Style::Plain,
        1 => Style::CanonicalAddresses,
        2 => Style::IntegerTypes,
        _ => Style::Debug,
    };
    let text = ctx.show(0, style)?;
    ctx.charge_bytes(text.len() as u64)?;
    ret_string(ctx, &text)
}

/// Leaves a string (any struct around one `vector<u8>`) as the next result.
pub(crate) fn ret_string(ctx: &mut dyn NativeContext, text: &str) -> NativeResult<()> {
    let encoded = ::bcs::to_bytes(text).map_err(|_| NativeError::Abort(OUTSIDE))?;
    ctx.ret_bcs(&encoded)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{at_boundary, find};

    #[test]
    fn a_pattern_is_found_where_it_first_stands() {
        for (text, pattern, want) in [
            ("", "", Some(0)),
            ("abc", "", Some(0)),
            ("aabaab", "aab", Some(0)),
            ("ababac", "abac", Some(2)),
            ("abc", "abcd", None),
        ] {
            assert_eq!(find(text.as_bytes(), pattern.as_bytes()), want, "{pattern} in {text}");
        }
    }

    #[test]
    fn boundaries_lie_between_characters() {
        let text = "aéz".as_bytes();
        let found: Vec<bool> = (0..6).map(|index| at_boundary(text, index)).collect();
        assert_eq!(found, [true, true, false, true, true, false]);
    }
}
