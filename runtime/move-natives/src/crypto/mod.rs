//! Cryptography: ed25519, secp256k1, SipHash. Every function is plain bytes to bytes beneath its
//! native, so that it can be tested without a machine.
//!
//! Prices: what depends on the work is charged before it is done, at `<key>.<suffix>` of the schedule
//! where there is such an entry. The defaults keep the proportions of the first schedule between
//! instructions and measured time. Multi-ed25519 needs nothing here: it is Move on top of ed25519.

mod ed25519;
mod secp256k1;
mod sip_hash;

pub use ed25519::{public_key_is_valid, verify_strict};
pub use secp256k1::recover;
pub use sip_hash::sip_hash_2_4;

use crate::Family;
use move_vm_runtime::{NativeContext, NativeResult};

pub(crate) const NATIVES: Family = &[
    ("aptos_hash", "sip_hash", sip_hash::native_sip_hash),
    ("ed25519", "public_key_validate_internal", ed25519::native_public_key_validate),
    ("ed25519", "signature_verify_strict_internal", ed25519::native_verify_strict),
    ("secp256k1", "ecdsa_recover_internal", secp256k1::native_recover),
];

/// Making keys and signing.
pub(crate) const TEST_NATIVES: Family = &[
    ("ed25519", "generate_keys_internal", ed25519::native_generate_keys),
    ("ed25519", "sign_internal", ed25519::native_sign),
];

/// Charges `count` times the price at a key of the schedule.
fn charge(ctx: &mut dyn NativeContext, key: &str, price: u64, count: usize) -> NativeResult<()> {
    let price = ctx.host().native_price(key, price);
    Ok(ctx.host().charge_per(price, count as u64)?)
}
