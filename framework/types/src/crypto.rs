//! Keys and signatures: ed25519 under ZIP-215, single and batched alike, and secp256k1.
//!
//! ZIP-215 accepts exactly: a canonical `S`, and the cofactored equation, with small-order and non-canonical encodings
//! of `A` and `R` allowed. Under it a batch gives the verdict of its members, which other rules do not promise: nodes
//! that verify in different batches would disagree.

use std::fmt;

use ed25519_consensus::batch::{Item, Verifier};
use move_core_types::AccountAddress;
use rand_core::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::hash::{Hash, sha3};

/// Members of one batch check; beyond it the gain per signature is gone.
pub const SIGNATURE_BATCH_MAX: usize = 256;

/// Scheme byte of a legacy single ed25519 key.
pub const SCHEME_ED25519: u8 = 0;
/// Scheme byte of a legacy k-of-n ed25519 key.
pub const SCHEME_MULTI_ED25519: u8 = 1;
/// Scheme byte of a single key of any kind.
pub const SCHEME_SINGLE_KEY: u8 = 2;
/// Scheme byte of a k-of-n key of any kinds.
pub const SCHEME_MULTI_KEY: u8 = 3;

/// An ed25519 public key; not necessarily a point. Bare 32 bytes in BCS.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PublicKey(#[serde(with = "move_core_types::bare")] pub [u8; 32]);

impl PublicKey {
    /// `SHA3-256(key ‖ 00)`: the authentication key, and the address of a fresh account.
    #[must_use]
    pub fn authentication_key(&self) -> AccountAddress {
        authentication_key(&self.0, SCHEME_ED25519)
    }

    /// Whether `signature` is this key's over `message`, under ZIP-215.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_consensus::Signature::from(signature.0);
        ed25519_consensus::VerificationKey::try_from(self.0).is_ok_and(|key| key.verify(&signature, message).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

/// An ed25519 signature, `R ‖ S`. Bare 64 bytes in BCS.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature(pub [u8; 64]);

impl Signature {
    /// 64 zero bytes: what header 0, which nobody signs, carries; valid under no ordinary key.
    pub const ZERO: Signature = Signature([0; 64]);
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

/// The two halves of a signature, each written as one piece.
#[derive(Serialize, Deserialize)]
struct Halves(#[serde(with = "move_core_types::bare")] [u8; 32], #[serde(with = "move_core_types::bare")] [u8; 32]);

impl Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut halves = Halves([0; 32], [0; 32]);
        halves.0.copy_from_slice(&self.0[..32]);
        halves.1.copy_from_slice(&self.0[32..]);
        halves.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let halves = Halves::deserialize(deserializer)?;
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&halves.0);
        bytes[32..].copy_from_slice(&halves.1);
        Ok(Signature(bytes))
    }
}

/// An ed25519 private key. Its `Debug` form shows the public key only.
#[derive(Clone)]
pub struct SigningKey(ed25519_consensus::SigningKey);

impl SigningKey {
    /// From the 32 bytes of a seed.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        SigningKey(ed25519_consensus::SigningKey::from(seed))
    }

    /// The 32 bytes that it was made from.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verification_key().to_bytes())
    }

    /// The authentication key of the public key, scheme 0.
    #[must_use]
    pub fn address(&self) -> AccountAddress {
        self.public_key().authentication_key()
    }

    /// Deterministic signature over `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public_key()).finish()
    }
}

/// `SHA3-256(key material ‖ scheme byte)`.
#[must_use]
pub fn authentication_key(material: &[u8], scheme: u8) -> AccountAddress {
    AccountAddress::new(sha3(&[material, &[scheme]]).0)
}

/// One ed25519 signature to check.
#[derive(Debug, Clone, Copy)]
pub struct SignatureCheck<'a> {
    /// Whose.
    pub key: PublicKey,
    /// Over what.
    pub message: &'a [u8],
    /// The claim.
    pub signature: Signature,
}

/// The verdict of [`PublicKey::verifies`] for each item, in batches of [`SIGNATURE_BATCH_MAX`].
///
/// A batch that fails is halved until the culprits stand alone, so that a few bad signatures cost a few more checks
/// and never a different verdict.
#[must_use]
pub fn verify_batch(items: &[SignatureCheck<'_>]) -> Vec<bool> {
    let mut verdicts = Vec::with_capacity(items.len());
    for chunk in items.chunks(SIGNATURE_BATCH_MAX) {
        let prepared: Vec<Item> = chunk
            .iter()
            .map(|item| {
                Item::from((item.key.0.into(), ed25519_consensus::Signature::from(item.signature.0), item.message))
            })
            .collect();
        bisect(chunk, &prepared, &mut verdicts);
    }
    verdicts
}

/// Depth is the logarithm of a batch's size.
fn bisect(items: &[SignatureCheck<'_>], prepared: &[Item], verdicts: &mut Vec<bool>) {
    if let [single] = prepared {
        verdicts.push(single.clone().verify_single().is_ok());
        return;
    }
    let mut batch = Verifier::new();
    for item in prepared {
        batch.queue(item.clone());
    }
    if batch.verify(Coefficients::over(items)).is_ok() {
        verdicts.resize(verdicts.len() + items.len(), true);
        return;
    }
    let half = items.len() / 2;
    bisect(&items[..half], &prepared[..half], verdicts);
    bisect(&items[half..], &prepared[half..], verdicts);
}

/// The random coefficients of a batch equation, drawn from a hash of everything that is being checked.
///
/// Whoever crafts a signature would have to know its coefficient beforehand, which depends on that very signature.
/// This keeps the check a function of its input: no operating system's randomness in a pure room.
struct Coefficients {
    seed: [u8; 32],
    counter: u64,
}

impl Coefficients {
    fn over(items: &[SignatureCheck<'_>]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"TENOR::SignatureBatch");
        for item in items {
            hasher.update(item.key.0);
            hasher.update(item.signature.0);
            hasher.update((item.message.len() as u64).to_le_bytes());
            hasher.update(item.message);
        }
        Coefficients { seed: hasher.finalize().into(), counter: 0 }
    }
}

impl RngCore for Coefficients {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        for chunk in dest.chunks_mut(32) {
            let block: [u8; 32] =
                Sha256::new().chain_update(self.seed).chain_update(self.counter.to_le_bytes()).finalize().into();
            self.counter += 1;
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl CryptoRng for Coefficients {}

/// Whether `signature` (`r ‖ s`, `s` in the lower half) is that of the uncompressed secp256k1 point `key` over
/// SHA3-256 of `message`.
#[must_use]
pub fn secp256k1_verifies(key: &[u8; 65], message: &[u8], signature: &[u8; 64]) -> bool {
    use k256::ecdsa::signature::hazmat::PrehashVerifier as _;
    let Ok(key) = k256::ecdsa::VerifyingKey::from_sec1_bytes(key) else { return false };
    let Ok(signature) = k256::ecdsa::Signature::from_slice(signature) else { return false };
    let digest: Hash = sha3(&[message]);
    signature.normalize_s().is_none() && key.verify_prehash(&digest.0, &signature).is_ok()
}

/// A secp256k1 private key, for tools and tests. Its `Debug` form shows nothing.
#[derive(Clone)]
pub struct Secp256k1SigningKey(k256::ecdsa::SigningKey);

impl Secp256k1SigningKey {
    /// From 32 bytes that are a scalar between 1 and the group order.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        k256::ecdsa::SigningKey::from_slice(bytes).ok().map(Secp256k1SigningKey)
    }

    /// The 65-byte uncompressed point.
    #[must_use]
    pub fn public_key(&self) -> [u8; 65] {
        let point = self.0.verifying_key().to_encoded_point(false);
        let mut bytes = [0; 65];
        bytes.copy_from_slice(point.as_bytes());
        bytes
    }

    /// Deterministic signature over SHA3-256 of `message`, `s` in the lower half.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Option<[u8; 64]> {
        use k256::ecdsa::signature::hazmat::PrehashSigner as _;
        let signature: k256::ecdsa::Signature = self.0.sign_prehash(&sha3(&[message]).0).ok()?;
        Some(signature.normalize_s().unwrap_or(signature).to_bytes().into())
    }
}

impl fmt::Debug for Secp256k1SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secp256k1SigningKey")
    }
}

/// A key or signature with a length before it, as authenticators carry them.
pub(crate) mod prefixed {
    use serde::de::Error as _;
    use serde::{Deserializer, Serializer};

    /// Fixed-size bytes behind a newtype.
    pub(crate) trait Fixed: Sized {
        const SIZE: usize;
        fn bytes(&self) -> &[u8];
        fn from_bytes(bytes: &[u8]) -> Option<Self>;
    }

    impl Fixed for super::PublicKey {
        const SIZE: usize = 32;
        fn bytes(&self) -> &[u8] {
            &self.0
        }
        fn from_bytes(bytes: &[u8]) -> Option<Self> {
            bytes.try_into().ok().map(super::PublicKey)
        }
    }

    impl Fixed for super::Signature {
        const SIZE: usize = 64;
        fn bytes(&self) -> &[u8] {
            &self.0
        }
        fn from_bytes(bytes: &[u8]) -> Option<Self> {
            bytes.try_into().ok().map(super::Signature)
        }
    }

    impl<const N: usize> Fixed for [u8; N] {
        const SIZE: usize = N;
        fn bytes(&self) -> &[u8] {
            self
        }
        fn from_bytes(bytes: &[u8]) -> Option<Self> {
            bytes.try_into().ok()
        }
    }

    pub(crate) fn serialize<T: Fixed, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(value.bytes())
    }

    pub(crate) fn deserialize<'de, T: Fixed, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let bytes = crate::bytes::deserialize(deserializer)?;
        T::from_bytes(&bytes)
            .ok_or_else(|| D::Error::custom(format!("{} bytes where {} are due", bytes.len(), T::SIZE)))
    }
}
