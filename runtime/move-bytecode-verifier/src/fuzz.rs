//! The fuzz target: bytes to a verdict. It panics when a promise is broken.

use crate::{VerifierConfig, count_steps};
use move_binary_format::{CompiledModule, ReaderConfig, file_format::VERSION_MAX};
use move_core_types::{StatusCode, fuzz::Verdict};

/// Steps that any file may cost, and further ones for each of its bytes: what is metered is bounded by the meter, all
/// else by the size.
const STEPS_BASE: u64 = 40_000_000;
const STEPS_PER_BYTE: u64 = 10_000;

/// Bytes to a verdict on the module in them, and its status: never our own fault, always the same, in bounded work.
///
/// # Panics
/// When a promise is broken.
pub fn verify(bytes: &[u8]) -> (Verdict, StatusCode) {
    let reader = ReaderConfig { version_max: VERSION_MAX, ..ReaderConfig::PRODUCTION };
    let module = match CompiledModule::deserialize_with(bytes, &reader) {
        Ok(module) => module,
        Err(error) => return (Verdict::Refused, error.status),
    };
    let config = VerifierConfig::production();
    let (verdict, steps) = count_steps(&config, &module);
    assert!(steps <= STEPS_BASE + STEPS_PER_BYTE * bytes.len() as u64, "{steps} steps for {} bytes", bytes.len());
    assert_eq!(count_steps(&config, &module), (verdict.clone(), steps), "another verdict the second time");
    match verdict {
        Ok(_) => (Verdict::Accepted, StatusCode::Executed),
        Err(error) => {
            assert_ne!(error.status, StatusCode::VerifierInvariantViolation, "{error}");
            (Verdict::Refused, error.status)
        }
    }
}

/// As [`verify`], without the status.
///
/// # Panics
/// When a promise is broken.
pub fn module(bytes: &[u8]) -> Verdict {
    verify(bytes).0
}
