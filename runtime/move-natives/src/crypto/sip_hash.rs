//! SipHash, 64 bits: `aptos_hash::sip_hash`.

use move_vm_runtime::{NativeContext, NativeResult, Scalar};

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

/// With zero keys.
pub(super) fn native_sip_hash(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let size = ctx.vector_len(0)?;
    ctx.charge_bytes(size)?;
    let bytes = ctx.bytes(0)?;
    ctx.ret(Scalar::U64(sip_hash_2_4([0, 0], &bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
