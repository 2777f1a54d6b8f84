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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_published_ones() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            hex(&Sha512::digest(b"abc")),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        );
        assert_eq!(
            hex(&Sha3_512::digest(b"abc")),
            "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e\
             10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"
        );
        assert_eq!(hex(&Keccak256::digest(b"")), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        assert_eq!(hex(&Ripemd160::digest(b"abc")), "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
        assert_eq!(
            hex(&Blake2b::<U32>::digest(b"abc")),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
        );
    }
}
