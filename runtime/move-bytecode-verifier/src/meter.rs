//! Metering: how much work verification may cause.
//!
//! Two counters. The function counter starts at zero for every function; what a function used is
//! added to the module counter. Charges are sums of integers, so that the verdict near a limit is
//! the same on every machine. Passes that do not charge are linear in the module.

use crate::{config::VerifierConfig, error::Reject};
use move_core_types::StatusCode;

/// The two counters and their limits.
#[derive(Debug)]
pub(crate) struct Meter {
    function_units: u64,
    module_units: u64,
    function_limit: u64,
    module_limit: u64,
    exhausted: StatusCode,
}

impl Meter {
    /// Both counters at zero.
    pub(crate) fn new(config: &VerifierConfig) -> Self {
        Self {
            function_units: 0,
            module_units: 0,
            function_limit: config.max_units_per_function.unwrap_or(u64::MAX),
            module_limit: config.max_units_per_module.unwrap_or(u64::MAX),
            exhausted: if config.meter_reports_constraint {
                StatusCode::ConstraintNotSatisfied
            } else {
                StatusCode::ProgramTooComplex
            },
        }
    }

    /// Counters that never reach a limit, for tests.
    pub(crate) fn unlimited() -> Self {
        let exhausted = StatusCode::ProgramTooComplex;
        Self { function_units: 0, module_units: 0, function_limit: u64::MAX, module_limit: u64::MAX, exhausted }
    }

    /// Charges the current function.
    pub(crate) fn charge(&mut self, units: u64) -> Result<(), Reject> {
        self.function_units = self.function_units.saturating_add(units);
        if self.function_units > self.function_limit { Err(Reject::new(self.exhausted)) } else { Ok(()) }
    }

    /// Charges `units` for each of `items`.
    pub(crate) fn charge_items(&mut self, units: u64, items: u64) -> Result<(), Reject> {
        self.charge(units.saturating_mul(items))
    }

    /// Moves the units of the function just verified to the module.
    pub(crate) fn finish_function(&mut self) -> Result<(), Reject> {
        self.module_units = self.module_units.saturating_add(self.function_units);
        self.function_units = 0;
        if self.module_units > self.module_limit { Err(Reject::new(self.exhausted)) } else { Ok(()) }
    }

    /// All units charged so far.
    pub(crate) fn units(&self) -> u64 {
        self.module_units.saturating_add(self.function_units)
    }
}
