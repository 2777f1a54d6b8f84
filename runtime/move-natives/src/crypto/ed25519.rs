//! Ed25519 by the strict rules, which only Move functions follow; transactions follow ZIP-215.
//!
//! A public key is valid if it is the canonical encoding of a point of large order. A signature is
//! valid if besides `s` is canonical, `R` is the canonical encoding of a point of large order, and
//! `[s]B = R + [k]A` holds without the cofactor. Source: RFC 8032, section 5.1.7; Chalkias, Garillot,
//! Nikolaenko, "Taming the many EdDSAs" (2020), which calls this the strictest choice.

use super::charge;
use curve25519_dalek::{edwards::CompressedEdwardsY, edwards::EdwardsPoint, scalar::Scalar as FieldScalar};
use ed25519_consensus::SigningKey;
use move_core_types::StatusCode;
use move_vm_runtime::{NativeContext, NativeResult, Scalar};
use sha2::{Digest, Sha256, Sha512};

/// The point of a canonical encoding, unless its order is small.
fn large_order_point(bytes: &[u8]) -> Option<EdwardsPoint> {
    let compressed = CompressedEdwardsY(bytes.try_into().ok()?);
    let point = compressed.decompress()?;
    (point.compress() == compressed && !point.is_small_order()).then_some(point)
}

/// Whether the bytes are the canonical encoding of a point of large order.
pub fn public_key_is_valid(bytes: &[u8]) -> bool {
    large_order_point(bytes).is_some()
}

/// Whether the signature of the message is valid under the key, by the strict rules.
pub fn verify_strict(signature: &[u8], public_key: &[u8], message: &[u8]) -> bool {
    let Some((r_bytes, s_bytes)) = signature.split_first_chunk::<32>() else {
        return false;
    };
    let Ok(s_bytes) = <[u8; 32]>::try_from(s_bytes) else {
        return false;
    };
    let Some(s) = Option::<FieldScalar>::from(FieldScalar::from_canonical_bytes(s_bytes)) else {
        return false;
    };
    let (Some(a), Some(r)) = (large_order_point(public_key), large_order_point(r_bytes)) else {
        return false;
    };
    let hash = Sha512::new().chain_update(r_bytes).chain_update(public_key).chain_update(message);
    let k = FieldScalar::from_bytes_mod_order_wide(&hash.finalize().into());
    EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &-a, &s) == r
}

pub(super) fn native_public_key_validate(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    charge(ctx, "native.0x1.ed25519.public_key_validate_internal.point", 1_630_300, 1)?;
    let bytes = ctx.bytes(0)?;
    ctx.ret(Scalar::Bool(public_key_is_valid(&bytes)))
}

pub(super) fn native_verify_strict(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let length = usize::try_from(ctx.vector_len(2)?).unwrap_or(usize::MAX);
    charge(ctx, "native.0x1.ed25519.signature_verify_strict_internal.verify", 11_590_000, 1)?;
    charge(ctx, "native.0x1.ed25519.signature_verify_strict_internal.message_byte", 2_200, length)?;
    let (signature, public_key, message) = (ctx.bytes(0)?, ctx.bytes(1)?, ctx.bytes(2)?);
    ctx.ret(Scalar::Bool(verify_strict(&signature, &public_key, &message)))
}

/// How many keys a unit test has made.
#[derive(Debug, Clone, Default)]
struct KeysMade(u64);

/// Tests are deterministic: the secret keys are hashes of a counter.
pub(super) fn native_generate_keys(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let made = ctx.host().extensions.get::<KeysMade>();
    made.0 += 1;
    let secret: [u8; 32] =
        Sha256::new().chain_update(b"unit test key").chain_update(made.0.to_le_bytes()).finalize().into();
    let public = SigningKey::from(secret).verification_key().to_bytes();
    ctx.ret_bytes(&secret)?;
    ctx.ret_bytes(&public)
}

pub(super) fn native_sign(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (secret, message) = (ctx.bytes(0)?, ctx.bytes(1)?);
    let secret = <[u8; 32]>::try_from(secret).map_err(|_| StatusCode::ConstraintNotSatisfied)?;
    ctx.ret_bytes(&SigningKey::from(secret).sign(&message).to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn signatures_of_the_standard_verify_and_changed_ones_do_not() {
        // RFC 8032, section 7.1: public key, message, signature.
        for (key, message, signature) in [
            (
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
            (
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            ),
        ] {
            let (key, message, signature) = (unhex(key), unhex(message), unhex(signature));
            assert!(public_key_is_valid(&key));
            assert!(verify_strict(&signature, &key, &message));
            assert!(!verify_strict(&signature, &key, b"another"));
            for at in 0..64 {
                let mut changed = signature.clone();
                changed[at] ^= 1;
                assert!(!verify_strict(&changed, &key, &message), "byte {at}");
            }
            assert!(!verify_strict(&signature[..63], &key, &message));
            assert!(!verify_strict(&signature, &key[..31], &message));
            assert!(!verify_strict(&[], &[], &message));
        }
    }

    #[test]
    fn keys_of_small_order_and_second_encodings_are_refused() {
        let small = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
        for key in [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000080",
            small,
            // 2^255 - 19 + 1 and + 0: second encodings of small points.
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            // Not on the curve.
            "0200000000000000000000000000000000000000000000000000000000000000",
        ] {
            assert!(!public_key_is_valid(&unhex(key)), "{key}");
        }
        assert!(!public_key_is_valid(&[1; 31]));
    }

    #[test]
    fn a_second_form_of_s_is_refused() {
        let key = SigningKey::from([7; 32]);
        let signature = key.sign(b"m").to_bytes();
        assert!(verify_strict(&signature, &key.verification_key().to_bytes(), b"m"));
        // s + L, which satisfies the equation as well.
        let order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let mut other = signature;
        let mut carry = 0u16;
        for (byte, add) in other[32..].iter_mut().zip(order) {
            carry += u16::from(*byte) + u16::from(add);
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        assert!(!verify_strict(&other, &key.verification_key().to_bytes(), b"m"));
    }
}
