//! Who signed a transaction, and the checks of it.
//!
//! ```text
//! TransactionAuthenticator  0 Ed25519 · 1 MultiEd25519 · 2 MultiAgent · 3 FeePayer · 4 SingleSender
//! AccountAuthenticator      0 Ed25519 · 1 MultiEd25519 · 2 SingleKey · 3 MultiKey · 4 none (simulation) · 5 unsupported
//! AnyPublicKey, AnySignature  0 ed25519 · 1 secp256k1 · 2 and up unsupported
//! ```
//!
//! Bitmaps are read from the most significant bit of byte 0. [`verify_all`] checks many transactions at once: all
//! their ed25519 signatures go through one batch, and the verdict equals that of checking each alone.

use move_core_types::AccountAddress;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::admission::Discard;
use crate::codec::encode;
use crate::crypto::{
    PublicKey, SCHEME_MULTI_ED25519, SCHEME_MULTI_KEY, SCHEME_SINGLE_KEY, Signature, SignatureCheck,
    authentication_key, prefixed, secp256k1_verifies, verify_batch,
};
use crate::transaction::{SignedTransaction, Transaction};

/// Keys of one k-of-n account at most; bits of a bitmap.
pub const KEYS_MAX: usize = 32;
/// Signatures of one transaction at most.
pub const SIGNATURES_MAX: usize = 32;
/// What the decoder says of key kinds that exist but are not verified here.
pub const UNSUPPORTED_KIND: &str = "a key or account kind that this chain does not verify";

/// Decoding it always fails with [`UNSUPPORTED_KIND`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsupported {}

impl Serialize for Unsupported {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl<'de> Deserialize<'de> for Unsupported {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom(UNSUPPORTED_KIND))
    }
}

/// Who signed the whole transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransactionAuthenticator {
    /// One ed25519 key.
    Ed25519 {
        /// The key.
        #[serde(with = "prefixed")]
        public_key: PublicKey,
        /// Over the signing message.
        #[serde(with = "prefixed")]
        signature: Signature,
    },
    /// k of n ed25519 keys.
    MultiEd25519 {
        /// The keys and their threshold.
        public_key: MultiEd25519Key,
        /// Some of their signatures.
        signature: MultiEd25519Signature,
    },
    /// Several accounts.
    MultiAgent {
        /// The sender's.
        sender: AccountAuthenticator,
        /// The other accounts.
        secondary_addresses: Vec<AccountAddress>,
        /// Theirs, in the same order.
        secondary: Vec<AccountAuthenticator>,
    },
    /// Possibly several accounts, and one that pays.
    FeePayer {
        /// The sender's.
        sender: AccountAuthenticator,
        /// The other accounts.
        secondary_addresses: Vec<AccountAddress>,
        /// Theirs, in the same order.
        secondary: Vec<AccountAuthenticator>,
        /// Who pays.
        fee_payer_address: AccountAddress,
        /// The payer's.
        fee_payer: AccountAuthenticator,
    },
    /// One account of any kind.
    SingleSender(AccountAuthenticator),
}

/// Who signed for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountAuthenticator {
    /// One ed25519 key.
    Ed25519 {
        /// The key.
        #[serde(with = "prefixed")]
        public_key: PublicKey,
        /// Over the signing message.
        #[serde(with = "prefixed")]
        signature: Signature,
    },
    /// k of n ed25519 keys.
    MultiEd25519 {
        /// The keys and their threshold.
        public_key: MultiEd25519Key,
        /// Some of their signatures.
        signature: MultiEd25519Signature,
    },
    /// One key of any kind.
    SingleKey {
        /// The key.
        public_key: AnyPublicKey,
        /// Its signature.
        signature: AnySignature,
    },
    /// k of n keys of any kinds.
    MultiKey {
        /// The keys and how many must sign.
        public_keys: MultiKey,
        /// Some of their signatures.
        signatures: MultiKeySignature,
    },
    /// Nobody: only simulation takes it.
    NoAccountAuthenticator,
    /// Account abstraction; no decoder gives it.
    #[doc(hidden)]
    Abstraction(Unsupported),
}

/// A key of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnyPublicKey {
    /// ed25519.
    Ed25519(#[serde(with = "prefixed")] PublicKey),
    /// An uncompressed secp256k1 point.
    Secp256k1(#[serde(with = "prefixed")] [u8; 65]),
    #[doc(hidden)]
    Secp256r1(Unsupported),
    #[doc(hidden)]
    Keyless(Unsupported),
    #[doc(hidden)]
    FederatedKeyless(Unsupported),
    #[doc(hidden)]
    SlhDsa(Unsupported),
}

/// A signature of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnySignature {
    /// ed25519.
    Ed25519(#[serde(with = "prefixed")] Signature),
    /// secp256k1, `r ‖ s`.
    Secp256k1(#[serde(with = "prefixed")] [u8; 64]),
    #[doc(hidden)]
    WebAuthn(Unsupported),
    #[doc(hidden)]
    Keyless(Unsupported),
    #[doc(hidden)]
    SlhDsa(Unsupported),
}

/// Up to 32 ed25519 keys and a threshold: `keys ‖ threshold`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultiEd25519Key {
    keys: Vec<PublicKey>,
    threshold: u8,
}

impl MultiEd25519Key {
    /// `None` unless there are 1 to 32 keys and the threshold is between 1 and their number.
    #[must_use]
    pub fn new(keys: Vec<PublicKey>, threshold: u8) -> Option<Self> {
        let in_bounds = (1..=KEYS_MAX).contains(&keys.len()) && (1..=keys.len()).contains(&usize::from(threshold));
        in_bounds.then_some(MultiEd25519Key { keys, threshold })
    }

    /// `keys ‖ threshold`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.keys.iter().flat_map(|key| key.0).collect();
        bytes.push(self.threshold);
        bytes
    }

    /// From `keys ‖ threshold`.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (threshold, keys) = bytes.split_last()?;
        let (keys, rest) = keys.as_chunks::<32>();
        if !rest.is_empty() || keys.len() > KEYS_MAX {
            return None;
        }
        MultiEd25519Key::new(keys.iter().copied().map(PublicKey).collect(), *threshold)
    }

    /// The keys in order.
    #[must_use]
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// How many must sign.
    #[must_use]
    pub fn threshold(&self) -> u8 {
        self.threshold
    }
}

/// Signatures of some of the keys and which: `signatures ‖ 4-byte bitmap`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultiEd25519Signature {
    signatures: Vec<Signature>,
    bitmap: [u8; 4],
}

impl MultiEd25519Signature {
    /// From (key index, signature) pairs in ascending order of index; `None` if they are not, or reach 32.
    #[must_use]
    pub fn new(signed: &[(usize, Signature)]) -> Option<Self> {
        let bitmap = bitmap_of(signed.iter().map(|(index, _)| *index))?;
        Some(MultiEd25519Signature { signatures: signed.iter().map(|(_, signature)| *signature).collect(), bitmap })
    }

    /// `signatures ‖ bitmap`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.signatures.iter().flat_map(|signature| signature.0).collect();
        bytes.extend(self.bitmap);
        bytes
    }

    /// From `signatures ‖ bitmap`; the number of bits must be that of the signatures.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (signatures, bitmap) = bytes.split_last_chunk::<4>()?;
        let (signatures, rest) = signatures.as_chunks::<64>();
        let fits = rest.is_empty() && signatures.len() <= KEYS_MAX && set_bits(bitmap).len() == signatures.len();
        fits.then(|| MultiEd25519Signature {
            signatures: signatures.iter().copied().map(Signature).collect(),
            bitmap: *bitmap,
        })
    }
}

/// Keys of any kinds and how many must sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MultiKey {
    keys: Vec<AnyPublicKey>,
    required: u8,
}

impl MultiKey {
    /// `None` unless there are 1 to 32 keys and between 1 and all of them must sign.
    #[must_use]
    pub fn new(keys: Vec<AnyPublicKey>, required: u8) -> Option<Self> {
        let in_bounds = (1..=KEYS_MAX).contains(&keys.len()) && (1..=keys.len()).contains(&usize::from(required));
        in_bounds.then_some(MultiKey { keys, required })
    }

    /// The keys in order.
    #[must_use]
    pub fn keys(&self) -> &[AnyPublicKey] {
        &self.keys
    }

    /// How many must sign.
    #[must_use]
    pub fn required(&self) -> u8 {
        self.required
    }
}

impl<'de> Deserialize<'de> for MultiKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "MultiKey")]
        struct Wire {
            keys: Vec<AnyPublicKey>,
            required: u8,
        }
        let wire = Wire::deserialize(deserializer)?;
        MultiKey::new(wire.keys, wire.required)
            .ok_or_else(|| D::Error::custom("keys or threshold of a multi-key out of bounds"))
    }
}

/// Signatures of some keys and which, in a bitmap of 1 to 4 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MultiKeySignature {
    signatures: Vec<AnySignature>,
    #[serde(serialize_with = "crate::bytes::serialize")]
    bitmap: Vec<u8>,
}

impl MultiKeySignature {
    /// From (key index, signature) pairs in ascending order of index; `None` if they are not, or reach 32.
    #[must_use]
    pub fn new(signed: Vec<(usize, AnySignature)>) -> Option<Self> {
        let bitmap = bitmap_of(signed.iter().map(|(index, _)| *index))?.to_vec();
        Some(MultiKeySignature { signatures: signed.into_iter().map(|(_, signature)| signature).collect(), bitmap })
    }

    /// The signatures in ascending order of signer.
    #[must_use]
    pub fn signatures(&self) -> &[AnySignature] {
        &self.signatures
    }

    /// The bitmap as it came.
    #[must_use]
    pub fn bitmap(&self) -> &[u8] {
        &self.bitmap
    }
}

impl<'de> Deserialize<'de> for MultiKeySignature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "MultiKeySignature")]
        struct Wire {
            signatures: Vec<AnySignature>,
            #[serde(with = "crate::bytes")]
            bitmap: Vec<u8>,
        }
        let wire = Wire::deserialize(deserializer)?;
        let fits = (1..=4).contains(&wire.bitmap.len()) && set_bits(&wire.bitmap).len() == wire.signatures.len();
        if !fits {
            return Err(D::Error::custom("a bitmap that does not fit its signatures"));
        }
        Ok(MultiKeySignature { signatures: wire.signatures, bitmap: wire.bitmap })
    }
}

macro_rules! as_prefixed_bytes {
    ($type:ty, $text:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(&self.to_bytes())
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let bytes = crate::bytes::deserialize(deserializer)?;
                Self::from_bytes(&bytes).ok_or_else(|| D::Error::custom($text))
            }
        }
    };
}
as_prefixed_bytes!(MultiEd25519Key, "not a multi-ed25519 key");
as_prefixed_bytes!(MultiEd25519Signature, "not a multi-ed25519 signature");

/// Indices of set bits, ascending, most significant bit of byte 0 first.
fn set_bits(bitmap: &[u8]) -> Vec<usize> {
    let is_set = |i: &usize| bitmap.get(i / 8).is_some_and(|byte| byte & (0x80 >> (i % 8)) != 0);
    (0..bitmap.len() * 8).filter(is_set).collect()
}

fn bitmap_of(indices: impl Iterator<Item = usize>) -> Option<[u8; 4]> {
    let mut bitmap = [0u8; 4];
    let mut next = 0;
    for index in indices {
        if index < next || index >= KEYS_MAX {
            return None;
        }
        *bitmap.get_mut(index / 8)? |= 0x80 >> (index % 8);
        next = index + 1;
    }
    Some(bitmap)
}

/// One signature and the key that should have made it.
#[derive(Debug, Clone, Copy)]
enum Pair<'a> {
    Ed25519(PublicKey, Signature),
    Secp256k1(&'a [u8; 65], &'a [u8; 64]),
    /// A key of one kind with a signature of another.
    Mismatch,
}

impl<'a> Pair<'a> {
    fn of(key: &'a AnyPublicKey, signature: &'a AnySignature) -> Self {
        match (key, signature) {
            (AnyPublicKey::Ed25519(key), AnySignature::Ed25519(signature)) => Pair::Ed25519(*key, *signature),
            (AnyPublicKey::Secp256k1(key), AnySignature::Secp256k1(signature)) => Pair::Secp256k1(key, signature),
            (AnyPublicKey::Ed25519(_) | AnyPublicKey::Secp256k1(_), _) => Pair::Mismatch,
            (
                AnyPublicKey::Secp256r1(never)
                | AnyPublicKey::Keyless(never)
                | AnyPublicKey::FederatedKeyless(never)
                | AnyPublicKey::SlhDsa(never),
                _,
            ) => match *never {},
        }
    }

    fn verifies(&self, message: &[u8]) -> bool {
        match self {
            Pair::Ed25519(key, signature) => key.verifies(message, signature),
            Pair::Secp256k1(key, signature) => secp256k1_verifies(key, message, signature),
            Pair::Mismatch => false,
        }
    }
}

impl AccountAuthenticator {
    /// The authentication key that must be that of its account; `None` if there is no key.
    #[must_use]
    pub fn authentication_key(&self) -> Option<AccountAddress> {
        match self {
            Self::Ed25519 { public_key, .. } => Some(public_key.authentication_key()),
            Self::MultiEd25519 { public_key, .. } => {
                Some(authentication_key(&public_key.to_bytes(), SCHEME_MULTI_ED25519))
            }
            Self::SingleKey { public_key, .. } => Some(public_key.authentication_key()),
            Self::MultiKey { public_keys, .. } => Some(public_keys.authentication_key()),
            Self::NoAccountAuthenticator => None,
            Self::Abstraction(never) => match *never {},
        }
    }

    /// Number of signatures in it.
    #[must_use]
    pub fn signature_count(&self) -> usize {
        match self {
            Self::Ed25519 { .. } | Self::SingleKey { .. } => 1,
            Self::MultiEd25519 { signature, .. } => signature.signatures.len(),
            Self::MultiKey { signatures, .. } => signatures.signatures.len(),
            Self::NoAccountAuthenticator => 0,
            Self::Abstraction(never) => match *never {},
        }
    }

    /// Every signature beside its key, or `None` if there are too few, or one belongs to no key.
    fn pairs(&self) -> Option<Vec<Pair<'_>>> {
        match self {
            Self::Ed25519 { public_key, signature } => Some(vec![Pair::Ed25519(*public_key, *signature)]),
            Self::MultiEd25519 { public_key, signature } => {
                if signature.signatures.len() < usize::from(public_key.threshold) {
                    return None;
                }
                let signed = set_bits(&signature.bitmap).into_iter().zip(&signature.signatures);
                signed.map(|(index, signature)| Some(Pair::Ed25519(*public_key.keys.get(index)?, *signature))).collect()
            }
            Self::SingleKey { public_key, signature } => Some(vec![Pair::of(public_key, signature)]),
            Self::MultiKey { public_keys, signatures } => {
                if signatures.signatures.len() < usize::from(public_keys.required) {
                    return None;
                }
                let signed = set_bits(&signatures.bitmap).into_iter().zip(&signatures.signatures);
                signed.map(|(index, signature)| Some(Pair::of(public_keys.keys.get(index)?, signature))).collect()
            }
            Self::NoAccountAuthenticator => None,
            Self::Abstraction(never) => match *never {},
        }
    }

    /// Whether every signature verifies over `message` and there are enough of them.
    #[must_use]
    pub fn verifies(&self, message: &[u8]) -> bool {
        self.pairs().is_some_and(|pairs| pairs.iter().all(|pair| pair.verifies(message)))
    }
}

impl AnyPublicKey {
    /// SHA3-256 over its BCS and scheme 2.
    #[must_use]
    pub fn authentication_key(&self) -> AccountAddress {
        authentication_key(&encode(self), SCHEME_SINGLE_KEY)
    }
}

impl MultiKey {
    /// SHA3-256 over its BCS and scheme 3.
    #[must_use]
    pub fn authentication_key(&self) -> AccountAddress {
        authentication_key(&encode(self), SCHEME_MULTI_KEY)
    }
}

/// One account's part in a transaction: its authenticator and the messages it may have signed, any of which will do.
struct Part<'a> {
    authenticator: AuthenticatorRef<'a>,
    messages: Vec<usize>,
}

enum AuthenticatorRef<'a> {
    Borrowed(&'a AccountAuthenticator),
    Made(AccountAuthenticator),
}

impl AuthenticatorRef<'_> {
    fn get(&self) -> &AccountAuthenticator {
        match self {
            AuthenticatorRef::Borrowed(authenticator) => authenticator,
            AuthenticatorRef::Made(authenticator) => authenticator,
        }
    }
}

/// Everything that must verify in one transaction.
struct Plan<'a> {
    messages: Vec<Vec<u8>>,
    parts: Vec<Part<'a>>,
}

impl SignedTransaction {
    /// Every account that signed, with its authentication key, in order sender, secondary signers, fee payer.
    ///
    /// The key is `None` where simulation gives none.
    #[must_use]
    pub fn account_keys(&self) -> Vec<(AccountAddress, Option<AccountAddress>)> {
        let mut addresses = vec![self.raw.sender];
        addresses.extend_from_slice(self.secondary_signers());
        if let TransactionAuthenticator::FeePayer { fee_payer_address, .. } = &self.authenticator {
            addresses.push(*fee_payer_address);
        }
        let keys = self.parts_without_messages().into_iter().map(|part| part.get().authentication_key());
        addresses.into_iter().zip(keys).collect()
    }

    fn parts_without_messages(&self) -> Vec<AuthenticatorRef<'_>> {
        use AuthenticatorRef::{Borrowed, Made};
        match &self.authenticator {
            TransactionAuthenticator::Ed25519 { public_key, signature } => {
                vec![Made(AccountAuthenticator::Ed25519 { public_key: *public_key, signature: *signature })]
            }
            TransactionAuthenticator::MultiEd25519 { public_key, signature } => {
                vec![Made(AccountAuthenticator::MultiEd25519 {
                    public_key: public_key.clone(),
                    signature: signature.clone(),
                })]
            }
            TransactionAuthenticator::MultiAgent { sender, secondary, .. } => {
                std::iter::once(sender).chain(secondary).map(Borrowed).collect()
            }
            TransactionAuthenticator::FeePayer { sender, secondary, fee_payer, .. } => {
                std::iter::once(sender).chain(secondary).chain(std::iter::once(fee_payer)).map(Borrowed).collect()
            }
            TransactionAuthenticator::SingleSender(sender) => vec![Borrowed(sender)],
        }
    }

    fn plan(&self) -> Plan<'_> {
        let parts = self.parts_without_messages();
        let last = parts.len().saturating_sub(1);
        let (messages, choices): (Vec<Vec<u8>>, _) = match &self.authenticator {
            TransactionAuthenticator::MultiAgent { secondary_addresses, .. } => {
                (vec![self.raw.multi_agent_message(secondary_addresses)], 1)
            }
            TransactionAuthenticator::FeePayer { secondary_addresses, fee_payer_address, .. } => {
                let named = self.raw.fee_payer_message(secondary_addresses, fee_payer_address);
                let open = self.raw.fee_payer_message(secondary_addresses, &AccountAddress::ZERO);
                (vec![named, open], 2)
            }
            TransactionAuthenticator::Ed25519 { .. }
            | TransactionAuthenticator::MultiEd25519 { .. }
            | TransactionAuthenticator::SingleSender(_) => (vec![self.raw.signing_message()], 1),
        };
        let with_messages = parts.into_iter().enumerate().map(|(i, authenticator)| {
            // The fee payer, who comes last, signs over its own address.
            let own = if choices == 2 && i == last { 1 } else { choices };
            Part { authenticator, messages: (0..own).collect() }
        });
        Plan { parts: with_messages.collect(), messages }
    }

    /// Counts, duplicates and the number of signatures: everything about the signers that needs no cryptography.
    ///
    /// # Errors
    /// 27 and 28 of the admission codes, and 1 for more than 32 signatures.
    pub fn check_signers(&self) -> Result<(), Discard> {
        let (addresses, authenticators) = match &self.authenticator {
            TransactionAuthenticator::MultiAgent { secondary_addresses, secondary, .. }
            | TransactionAuthenticator::FeePayer { secondary_addresses, secondary, .. } => {
                (secondary_addresses.as_slice(), secondary.len())
            }
            TransactionAuthenticator::Ed25519 { .. }
            | TransactionAuthenticator::MultiEd25519 { .. }
            | TransactionAuthenticator::SingleSender(_) => (&[] as &[AccountAddress], 0),
        };
        if addresses.len() != authenticators {
            return Err(Discard::SecondaryKeysAddressesCountMismatch);
        }
        let mut signers: Vec<&AccountAddress> = addresses.iter().chain(std::iter::once(&self.raw.sender)).collect();
        signers.sort();
        if signers.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Discard::SignersContainDuplicates);
        }
        let count: usize = self.parts_without_messages().iter().map(|part| part.get().signature_count()).sum();
        if count > SIGNATURES_MAX { Err(Discard::InvalidSignature) } else { Ok(()) }
    }

    /// Checks the signers and every signature, one by one.
    ///
    /// # Errors
    /// As [`SignedTransaction::check_signers`], and 1 if a signature does not verify.
    pub fn verify_signatures(&self) -> Result<(), Discard> {
        self.check_signers()?;
        if self.plan().verifies() { Ok(()) } else { Err(Discard::InvalidSignature) }
    }

    /// Whether all signatures verify: such a transaction must not be simulated, since anyone could replay it.
    #[must_use]
    pub fn is_validly_signed(&self) -> bool {
        self.verify_signatures().is_ok()
    }
}

impl Plan<'_> {
    fn verifies(&self) -> bool {
        self.parts.iter().all(|part| {
            let mut messages = part.messages.iter().filter_map(|i| self.messages.get(*i));
            messages.any(|message| part.authenticator.get().verifies(message))
        })
    }
}

/// The verdict of [`SignedTransaction::verify_signatures`] for each transaction, with all ed25519 signatures batched.
#[must_use]
pub fn verify_all(transactions: &[&SignedTransaction]) -> Vec<Result<(), Discard>> {
    let mut verdicts: Vec<Result<(), Discard>> =
        transactions.iter().map(|transaction| transaction.check_signers()).collect();
    let plans: Vec<Option<Plan<'_>>> = transactions
        .iter()
        .zip(&verdicts)
        .map(|(transaction, verdict)| verdict.is_ok().then(|| transaction.plan()))
        .collect();
    // Every ed25519 pair is tried over its first message; whatever fails there is judged again alone.
    let mut checks = Vec::new();
    let mut owners = Vec::new();
    let mut retry = vec![false; transactions.len()];
    for (owner, plan) in plans.iter().enumerate() {
        let Some(plan) = plan else { continue };
        for part in &plan.parts {
            let message = part.messages.first().and_then(|i| plan.messages.get(*i));
            let (Some(pairs), Some(message)) = (part.authenticator.get().pairs(), message) else {
                retry[owner] = true;
                continue;
            };
            for pair in pairs {
                match pair {
                    Pair::Ed25519(key, signature) => {
                        checks.push(SignatureCheck { key, message, signature });
                        owners.push(owner);
                    }
                    Pair::Secp256k1(..) => retry[owner] |= !pair.verifies(message),
                    Pair::Mismatch => retry[owner] = true,
                }
            }
        }
    }
    for (owner, good) in owners.iter().zip(verify_batch(&checks)) {
        retry[*owner] |= !good;
    }
    for ((verdict, plan), retry) in verdicts.iter_mut().zip(&plans).zip(retry) {
        if let Some(plan) = plan
            && retry
            && !plan.has_choice_and_verifies()
        {
            *verdict = Err(Discard::InvalidSignature);
        }
    }
    verdicts
}

impl Plan<'_> {
    /// With one message for everybody the batch has already said no.
    fn has_choice_and_verifies(&self) -> bool {
        self.messages.len() > 1 && self.verifies()
    }
}

/// A transaction whose signatures have been checked; only checking makes one.
#[derive(Debug, Clone)]
pub struct VerifiedTransaction(Transaction);

impl VerifiedTransaction {
    /// Checks one transaction alone.
    ///
    /// # Errors
    /// As [`SignedTransaction::verify_signatures`].
    pub fn new(transaction: Transaction) -> Result<Self, Discard> {
        transaction.signed().verify_signatures()?;
        Ok(VerifiedTransaction(transaction))
    }

    /// Checks many transactions at once, with the same verdicts.
    #[must_use]
    pub fn new_batch(transactions: Vec<Transaction>) -> Vec<Result<Self, Discard>> {
        let signed: Vec<&SignedTransaction> = transactions.iter().map(Transaction::signed).collect();
        let verdicts = verify_all(&signed);
        transactions
            .into_iter()
            .zip(verdicts)
            .map(|(transaction, verdict)| verdict.map(|()| VerifiedTransaction(transaction)))
            .collect()
    }

    /// The transaction.
    #[must_use]
    pub fn transaction(&self) -> &Transaction {
        &self.0
    }

    /// The transaction itself.
    #[must_use]
    pub fn into_inner(self) -> Transaction {
        self.0
    }
}

impl std::ops::Deref for VerifiedTransaction {
    type Target = Transaction;
    fn deref(&self) -> &Transaction {
        &self.0
    }
}
