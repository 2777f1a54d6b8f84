//! Digests of `aptos_std::aptos_hash`.

use super::charge;
use blake2::{Blake2b, digest::consts::U32};
use move_vm_runtime::{NativeContext, NativeResult, Scalar};
use ripemd::Ripemd160;
use sha2::{Digest, Sha512};
use sha3::{Keccak256, Sha3_512};

/// SHA2-512.
pub fn sha2_512(bytes: &[u8]) -> [u8; 64] {
    Sha512::digest(bytes).into()
}

/// SHA3-512.
pub fn sha3_512(bytes: &[u8]) -> [u8; 64] {
    Sha3_512::digest(bytes).into()
}

/// Keccak-256, with the padding from before the standard.
pub fn keccak256(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

/// RIPEMD-160.
pub fn ripemd160(bytes: &[u8]) -> [u8; 20] {
    Ripemd160::digest(bytes).into()
}

/// BLAKE2b with 32 bytes of output.
pub fn blake2b_256(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(bytes).into()
}

/// SipHash-2-4. Source: Aumasson, Bernstein, "SipHash: a fast short-input PRF" (2012).
pub fn sip_hash_2_4(key: [u64; 2], bytes: &[u8]) -> u64 {
    let [k0, k1] = key;
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let compress = |v: &mut [u64; 4], word: u64| {
        v[3] ^= word;
        sip_round(v);
        sip_round(v);
        v[0] ^= word;
    };
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        compress(&mut v, u64::from_le_bytes(*word));
    }
    // The last word holds what is left, and the length modulo 256 on top.
    let mut last = (bytes.len() as u64) << 56;
    for (position, byte) in rest.iter().enumerate() {
        last |= u64::from(*byte) << (8 * position);
    }
    compress(&mut v, last);
    v[2] ^= 0xff;
    for _ in 0..4 {
        sip_round(&mut v);
    }
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn sip_round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[2] = v[2].wrapping_add(v[3]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[1]);
    v[0] = v[0].wrapping_add(v[3]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].rotate_left(32);
}

/// The argument, after its length has been charged.
fn input(ctx: &mut dyn NativeContext, name: &str, base: u64, per_byte: u64) -> NativeResult<Vec<u8>> {
    let length = usize::try_from(ctx.vector_len(0)?).unwrap_or(usize::MAX);
    charge(ctx, &format!("native.0x1.aptos_hash.{name}.digest"), base, 1)?;
    charge(ctx, &format!("native.0x1.aptos_hash.{name}.digest_per_byte"), per_byte, length)?;
    ctx.bytes(0)
}

pub(super) fn native_sip_hash(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = input(ctx, "sip_hash", 36_760, 730)?;
    ctx.ret(Scalar::U64(sip_hash_2_4([0, 0], &bytes)))
}

pub(super) fn native_keccak256(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = input(ctx, "keccak256", 147_040, 1_650)?;
    ctx.ret_bytes(&keccak256(&bytes))
}

pub(super) fn native_sha2_512(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = input(ctx, "sha2_512", 119_100, 2_200)?;
    ctx.ret_bytes(&sha2_512(&bytes))
}

pub(super) fn native_sha3_512(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = input(ctx, "sha3_512", 165_420, 3_300)?;
    ctx.ret_bytes(&sha3_512(&bytes))
}

pub(super) fn native_ripemd160(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = input(ctx, "ripemd160", 110_280, 1_830)?;
    ctx.ret_bytes(&ripemd160(&bytes))
}

pub(super) fn native_blake2b_256(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = input(ctx, "blake2b_256", 64_330, 550)?;
    ctx.ret_bytes(&blake2b_256(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_published_ones() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            hex(&sha2_512(b"abc")),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        );
        assert_eq!(
            hex(&sha3_512(b"abc")),
            "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e\
             10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"
        );
        assert_eq!(hex(&keccak256(b"")), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        assert_eq!(hex(&ripemd160(b"abc")), "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
        assert_eq!(hex(&blake2b_256(b"abc")), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    }

    #[test]
    fn sip_hash_is_that_of_its_paper() {
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        let bytes: Vec<u8> = (0..15).collect();
        assert_eq!(sip_hash_2_4(key, &bytes), 0xa129_ca61_49be_45e5);
        // From the table of vectors of the authors: lengths 0, 8 and 63.
        let bytes: Vec<u8> = (0..63).collect();
        assert_eq!(sip_hash_2_4(key, &[]), 0x726f_db47_dd0e_0e31);
        assert_eq!(sip_hash_2_4(key, &bytes[..8]), 0x93f5_f579_9a93_2462);
        assert_eq!(sip_hash_2_4(key, &bytes), 0x958a_324c_eb06_4572);
    }
}
