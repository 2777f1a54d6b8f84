//! Recovery of secp256k1 public keys from ECDSA signatures.

use super::charge;
use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use move_vm_runtime::{NativeContext, NativeResult, Scalar};

/// The uncompressed public key, without its prefix byte, under which the signature of the 32-byte
/// message is valid. `s` may lie in either half.
pub fn recover(message: &[u8], recovery_id: u8, signature: &[u8]) -> Option<[u8; 64]> {
    if message.len() != 32 || signature.len() != 64 {
        return None;
    }
    let mut id = RecoveryId::from_byte(recovery_id)?;
    let mut signature = Signature::from_slice(signature).ok()?;
    // The library wants the lower half; (r, -s) names the same key with the other parity.
    if let Some(lower) = signature.normalize_s() {
        signature = lower;
        id = RecoveryId::new(!id.is_y_odd(), id.is_x_reduced());
    }
    let key = VerifyingKey::recover_from_prehash(message, &signature, id).ok()?;
    key.to_encoded_point(false).as_bytes().get(1..)?.try_into().ok()
}

pub(super) fn native_recover(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    charge(ctx, "native.0x1.secp256k1.ecdsa_recover_internal.recover", 59_183_600, 1)?;
    let (message, recovery_id, signature) = (ctx.bytes(0)?, ctx.u8(1)?, ctx.bytes(2)?);
    let key = recover(&message, recovery_id, &signature);
    ctx.ret_bytes(key.as_ref().map_or(&[][..], |key| &key[..]))?;
    ctx.ret(Scalar::Bool(key.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use k256::ecdsa::SigningKey;

    #[test]
    fn the_signing_key_is_recovered_from_either_half_of_s() {
        for secret in [[3u8; 32], [0x51; 32], [0x7f; 32]] {
            let key = SigningKey::from_slice(&secret).unwrap();
            let expected = &key.verifying_key().to_encoded_point(false).as_bytes()[1..].to_vec();
            for message in [[1u8; 32], [0xee; 32]] {
                let (signature, id) = key.sign_prehash_recoverable(&message).unwrap();
                let bytes = signature.to_bytes();
                assert_eq!(&recover(&message, id.to_byte(), &bytes).unwrap()[..], expected);
                let upper = Signature::from_scalars(signature.r(), -signature.s()).unwrap();
                assert_eq!(&recover(&message, id.to_byte() ^ 1, &upper.to_bytes()).unwrap()[..], expected);
                assert_ne!(
                    recover(&message, id.to_byte() ^ 1, &bytes).map(|key| key.to_vec()).as_ref(),
                    Some(expected)
                );
            }
        }
    }

    #[test]
    fn what_is_no_signature_recovers_nothing() {
        let order = [
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae,
            0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
        ];
        let one = [vec![0; 31], vec![1]].concat();
        for signature in [vec![0; 64], [order.to_vec(), one.clone()].concat(), [one.clone(), order.to_vec()].concat()] {
            for id in 0..=4 {
                assert_eq!(recover(&[1; 32], id, &signature), None);
            }
        }
        let small = [one.clone(), one].concat();
        assert_eq!(recover(&[1; 31], 0, &small), None);
        assert_eq!(recover(&[1; 32], 0, &small[..63]), None);
        assert_eq!(recover(&[1; 32], 4, &small), None);
    }
}
