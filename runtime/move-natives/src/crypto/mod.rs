//! Cryptography: digests, ed25519, secp256k1. Every function is plain bytes to bytes beneath its
//! native, so that it can be tested without a machine.
//!
//! Prices: what depends on the work is charged before it is done, at `<key>.<suffix>` of the schedule
//! where there is such an entry. The defaults keep the proportions of the first schedule between
//! instructions and measured time. Multi-ed25519 needs nothing here: it is Move on top of ed25519.

mod ed25519;
mod hash;
mod secp256k1;

pub use ed25519::{public_key_is_valid, verify_strict};
pub use hash::{blake2b_256, keccak256, ripemd160, sha2_512, sha3_512, sip_hash_2_4};
pub use secp256k1::recover;

use crate::Family;
use move_vm_runtime::{NativeContext, NativeResult};

pub(crate) const NATIVES: Family = &[
    ("aptos_hash", "sip_hash", hash::native_sip_hash),
    ("aptos_hash", "keccak256", hash::native_keccak256),
    ("aptos_hash", "sha2_512", hash::native_sha2_512),
    ("aptos_hash", "sha3_512", hash::native_sha3_512),
    ("aptos_hash", "ripemd160", hash::native_ripemd160),
    ("aptos_hash", "blake2b_256", hash::native_blake2b_256),
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
