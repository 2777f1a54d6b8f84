//! The plain stack interpreter: the definition of what code does.
//!
//! Written for clarity. Every operand carries its type, and every instruction checks the types of its operands while
//! it runs (rule T-SAFE-1), which makes this an oracle for the verifier as well as for lowered code.

pub(crate) mod arith;
mod decode;
mod globals;
mod machine;
mod natives;
mod value;

pub(crate) use decode::decode;
pub(crate) use machine::{Argument, Machine};
pub(crate) use machine::{abort_with, use_type};
pub(crate) use value::Value;

use crate::arguments::Encoded;
use crate::error::{VmError, VmResult};
use crate::host::Backing;
use crate::world::{InstanceNo, World};
use move_core_types::StatusCode;

/// What a call left: BCS of the results, and of what each reference argument points at afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Outcome {
    pub(crate) values: Vec<Vec<u8>>,
    pub(crate) temporaries: Vec<Vec<u8>>,
}

/// Runs a function from encoded arguments to encoded results.
pub(crate) fn run(world: &mut World, backing: &mut Backing<'_>, no: InstanceNo, args: &[Encoded]) -> VmResult<Outcome> {
    let mut values = Vec::with_capacity(args.len());
    for arg in args {
        let Some(value) = decode::decode_argument(world, arg.ty, &arg.bytes)? else {
            return Err(VmError::new(StatusCode::FailedToDeserializeArgument));
        };
        values.push(if arg.by_reference { Argument::Reference(value) } else { Argument::Value(value) });
    }
    let (results, temporaries) = Machine::new(world, backing).call(no, values)?;
    let encode = |value: &Value| {
        let mut out = Vec::new();
        value.encode(&mut out).map(|()| out)
    };
    Ok(Outcome {
        values: results.iter().map(encode).collect::<VmResult<_>>()?,
        temporaries: temporaries.iter().map(encode).collect::<VmResult<_>>()?,
    })
}
