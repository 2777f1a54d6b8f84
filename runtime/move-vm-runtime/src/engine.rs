//! Which interpreter runs a call, and the comparison of both.

use crate::Engine;
use crate::arguments::Encoded;
use crate::coverage::Executed;
use crate::error::{VmError, VmResult};
use crate::fast;
use crate::host::{Backing, Host};
use crate::plain::{self, Outcome};
use crate::world::{InstanceNo, World};
use move_core_types::StatusCode;

/// Runs a function from encoded arguments to encoded results, on the engine that the configuration names.
pub(crate) fn run(world: &mut World, backing: &mut Backing<'_>, no: InstanceNo, args: &[Encoded]) -> VmResult<Outcome> {
    match world.shared.config.engine {
        Engine::Plain => plain::run(world, backing, no, args),
        Engine::Lowered => {
            let before = backing.host.mark();
            match fast::run(world, backing, no, args) {
                Ok(Some(outcome)) => Ok(outcome),
                Ok(None) => {
                    backing.host.rewind(before);
                    plain::run(world, backing, no, args)
                }
                Err(error) => Err(error),
            }
        }
        Engine::Both => both(world, backing, no, args),
    }
}

/// Runs both and halts on a difference.
fn both(world: &mut World, backing: &mut Backing<'_>, no: InstanceNo, args: &[Encoded]) -> VmResult<Outcome> {
    let before = backing.host.clone();
    let lowered = match fast::run(world, backing, no, args) {
        Ok(Some(outcome)) => Some(Ok(outcome)),
        Ok(None) => None,
        Err(error) => Some(Err(error)),
    };
    let after = std::mem::replace(&mut backing.host, before);
    world.executed = world.shared.config.coverage.then(Executed::default);
    let plain = plain::run(world, backing, no, args);
    if let Some(executed) = world.executed.take() {
        world.shared.clone().cover(world, &executed, lowered.is_some());
    }
    if let Some(lowered) = lowered
        && let Some(difference) = difference(&plain, &backing.host, &lowered, &after)
    {
        return Err(VmError::new(StatusCode::UnknownInvariantViolationError)
            .message(format!("the interpreters differ: {difference}")));
    }
    plain
}

/// What the two runs disagree about, if anything.
fn difference(plain: &VmResult<Outcome>, host: &Host, lowered: &VmResult<Outcome>, other: &Host) -> Option<String> {
    match (plain, lowered) {
        (Ok(plain), Ok(lowered)) if plain == lowered => {}
        (Err(plain), Err(lowered)) if same_error(plain, lowered) => {}
        _ => return Some(format!("plain {plain:?}, lowered {lowered:?}")),
    }
    if host.gas.left() != other.gas.left() || host.gas.io_used() != other.gas.io_used() {
        return Some(format!("gas left: plain {}, lowered {}", host.gas.left(), other.gas.left()));
    }
    if plain.is_ok() && host.overlay != other.overlay {
        return Some("writes".to_owned());
    }
    if plain.is_ok() && host.events != other.events {
        return Some("events".to_owned());
    }
    None
}

/// Equal as far as consensus goes; where gas runs out is no part of that.
fn same_error(one: &VmError, two: &VmError) -> bool {
    let gas =
        matches!(one.status, StatusCode::OutOfGas | StatusCode::ExecutionLimitReached | StatusCode::IoLimitReached);
    let place = gas || (one.location == two.location && one.at == two.at);
    one.status == two.status && one.sub_status == two.sub_status && place
}
