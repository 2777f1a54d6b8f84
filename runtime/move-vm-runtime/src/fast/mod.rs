//! The register machine: runs lowered code over one linear memory.
//!
//! [`hot`] is the loop; what it cannot do by itself is done here, between two stays in the loop. The machine gives up,
//! and the caller runs the plain interpreter from the start of the call, where lowering or memory end; as both
//! interpreters agree to the unit, nobody can tell the difference but by time.

mod elements;
mod frame;
mod globals;
mod hot;
mod machine;
mod memory;
mod natives;
mod values;
mod wide;

pub(crate) use machine::run;
pub(crate) use memory::Memory;
pub(crate) use wide::words;

use crate::native::Scalar;
use crate::plain::Value;
use crate::types::Ty;

/// Words, their number and the type of a scalar.
pub(crate) fn scalar_words(scalar: Scalar) -> Option<([u64; 4], usize, Ty)> {
    let value = Value::from_scalar(scalar);
    let ty = value.scalar_ty()?;
    let (words, n) = wide::words(&value)?;
    Some((words, n, ty))
}
