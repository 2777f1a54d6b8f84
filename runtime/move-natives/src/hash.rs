//! Digests: `hash`, and those of `aptos_hash` that are plain digests.

use crate::Family;
use blake2::{Blake2b, digest::consts::U32};
use move_vm_runtime::{NativeContext, NativeResult};
use ripemd::Ripemd160;
use sha2::{Digest, Sha256, Sha512};
use sha3::{Keccak256, Sha3_256, Sha3_512};

pub(crate) const NATIVES: Family = &[
    ("hash", "sha2_256", digest::<Sha256>),
    ("hash", "sha3_256", digest::<Sha3_256>),
    ("aptos_hash", "keccak256", digest::<Keccak256>),
    ("aptos_hash", "sha2_512", digest::<Sha512>),
    ("aptos_hash", "sha3_512", digest::<Sha3_512>),
    ("aptos_hash", "ripemd160", digest::<Ripemd160>),
    ("aptos_hash", "blake2b_256", digest::<Blake2b<U32>>),
];

fn digest<D: Digest>(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let size = ctx.vector_len(0)?;
    ctx.charge_bytes(size)?;
    let bytes = ctx.bytes(0)?;
    ctx.ret_bytes(&D::digest(&bytes))
}
