//! Edge cases of ed25519: one verdict, single and batched, and it is that of ZIP-215.
#![expect(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test fails loudly and numbers its cases")]

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha512};
use types::crypto::{SignatureCheck, verify_batch};
use types::{PublicKey, Signature, SigningKey};

/// The twelve cases of "Taming the many EdDSAs" (2020): message, key, signature, verdict.
const TWELVE: [(&str, &str, &str, bool); 12] = [
    (
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000",
        true,
    ),
    (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        true,
    ),
    (
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
        true,
    ),
    (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
        true,
    ),
    (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
        true,
    ),
    (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
        true,
    ),
    (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
        false,
    ),
    (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
        false,
    ),
    (
        "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f",
        false,
    ),
    (
        "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908",
        true,
    ),
    (
        "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        true,
    ),
    (
        "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        true,
    ),
];

struct Case {
    message: Vec<u8>,
    key: PublicKey,
    signature: Signature,
}

impl Case {
    fn check(&self) -> SignatureCheck<'_> {
        SignatureCheck { key: self.key, message: &self.message, signature: self.signature }
    }
}

/// ZIP-215, word for word, on another library than the one under test.
fn by_definition(case: &Case) -> bool {
    let (r, s) = case.signature.0.split_at(32);
    let point = |bytes: &[u8]| CompressedEdwardsY(bytes.try_into().unwrap()).decompress();
    let (Some(a), Some(r_point)) = (point(&case.key.0), point(r)) else { return false };
    let Some(s) = Option::<Scalar>::from(Scalar::from_canonical_bytes(s.try_into().unwrap())) else { return false };
    let digest = Sha512::new().chain_update(r).chain_update(case.key.0).chain_update(&case.message).finalize();
    let k = Scalar::from_bytes_mod_order_wide(&digest.into());
    (ED25519_BASEPOINT_POINT * s - a * k - r_point).mul_by_cofactor().is_identity()
}

/// Single, definition and batch must say the same; in batches of every size, among good ones.
fn judge(cases: &[Case]) -> Vec<bool> {
    let single: Vec<bool> = cases.iter().map(|case| case.key.verifies(&case.message, &case.signature)).collect();
    let defined: Vec<bool> = cases.iter().map(by_definition).collect();
    assert_eq!(single, defined, "the library and the definition differ");
    let checks: Vec<SignatureCheck<'_>> = cases.iter().map(Case::check).collect();
    assert_eq!(verify_batch(&checks), single, "the batch and single verdicts differ");
    for (check, expected) in checks.iter().zip(&single) {
        assert_eq!(verify_batch(std::slice::from_ref(check)), [*expected]);
    }
    let good: Vec<Case> = (0..8).map(|i| signed(i, vec![i; 3])).collect();
    for (check, expected) in checks.iter().zip(&single) {
        let mut mixed: Vec<SignatureCheck<'_>> = good.iter().map(Case::check).collect();
        mixed.insert(3, *check);
        let mut verdicts = vec![true; 9];
        verdicts[3] = *expected;
        assert_eq!(verify_batch(&mixed), verdicts);
    }
    single
}

fn signed(seed: u8, message: Vec<u8>) -> Case {
    let key = SigningKey::from_seed([seed.wrapping_add(10); 32]);
    Case { signature: key.sign(&message), key: key.public_key(), message }
}

#[test]
fn the_twelve_known_edge_cases_have_one_verdict() {
    let bytes = |text: &str| hex::decode(text).unwrap();
    let cases: Vec<Case> = TWELVE
        .iter()
        .map(|(message, key, signature, _)| Case {
            message: bytes(message),
            key: PublicKey(bytes(key).try_into().unwrap()),
            signature: Signature(bytes(signature).try_into().unwrap()),
        })
        .collect();
    let expected: Vec<bool> = TWELVE.iter().map(|case| case.3).collect();
    assert_eq!(judge(&cases), expected);
}

/// All encodings of points of small order: canonical, with the wrong sign, and unreduced.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let mut encodings: Vec<[u8; 32]> = EIGHT_TORSION.iter().map(|point| point.compress().0).collect();
    let mut p_plus = [0xff; 32];
    p_plus[31] = 0x7f;
    for low in [0xed, 0xee, 0xec] {
        p_plus[0] = low;
        encodings.push(p_plus);
        let mut signed = p_plus;
        signed[31] = 0xff;
        encodings.push(signed);
    }
    let mut one_signed = [0; 32];
    (one_signed[0], one_signed[31]) = (1, 0x80);
    encodings.push(one_signed);
    encodings.retain(|bytes| CompressedEdwardsY(*bytes).decompress().is_some());
    encodings
}

#[test]
fn small_order_keys_and_commitments_have_one_verdict() {
    let encodings = small_order_encodings();
    assert!(encodings.len() >= 12);
    let mut cases = Vec::new();
    for key in &encodings {
        for commitment in &encodings {
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(commitment);
            cases.push(Case { message: b"Zcash".to_vec(), key: PublicKey(*key), signature: Signature(signature) });
        }
    }
    let verdicts = judge(&cases);
    assert!(verdicts.iter().all(|verdict| *verdict), "with S = 0 everything of small order cancels");
}

#[test]
fn crafted_signatures_with_torsion_have_one_verdict() {
    // A commitment with a component of small order: the plain equation fails, the cofactored one holds.
    let mut cases = Vec::new();
    for (i, torsion) in EIGHT_TORSION.iter().enumerate() {
        let secret = Scalar::from(1_000_003u64 + i as u64);
        let nonce = Scalar::from(77u64 + i as u64);
        let key = (ED25519_BASEPOINT_POINT * secret + torsion).compress().0;
        let commitment = (ED25519_BASEPOINT_POINT * nonce + torsion).compress().0;
        let message = vec![i as u8; 20];
        let digest = Sha512::new().chain_update(commitment).chain_update(key).chain_update(&message).finalize();
        let s = nonce + Scalar::from_bytes_mod_order_wide(&digest.into()) * secret;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&commitment);
        signature[32..].copy_from_slice(s.as_bytes());
        cases.push(Case { message: message.clone(), key: PublicKey(key), signature: Signature(signature) });
        signature[33] ^= 1;
        cases.push(Case { message, key: PublicKey(key), signature: Signature(signature) });
    }
    let verdicts = judge(&cases);
    assert!(verdicts.iter().enumerate().all(|(i, verdict)| *verdict == (i % 2 == 0)), "{verdicts:?}");
}

#[test]
fn large_batches_find_the_bad_ones() {
    let mut cases: Vec<Case> = (0..600u32).map(|i| signed(i as u8, i.to_le_bytes().to_vec())).collect();
    let bad = [0usize, 17, 255, 256, 257, 400, 599];
    for index in bad {
        cases[index].message.push(1);
    }
    let checks: Vec<SignatureCheck<'_>> = cases.iter().map(Case::check).collect();
    let expected: Vec<bool> = (0..600).map(|i| !bad.contains(&i)).collect();
    assert_eq!(verify_batch(&checks), expected);
    assert_eq!(verify_batch(&[]), Vec::<bool>::new());
}
