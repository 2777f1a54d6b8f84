//! Forms of signing beyond one key: what verifies, what does not, and that batches agree.
#![expect(clippy::unwrap_used, clippy::cast_sign_loss, reason = "a test fails loudly; one subtracts by hand")]

use move_core_types::{AccountAddress, Identifier, ModuleId};
use types::authenticator::{UNSUPPORTED_KIND, verify_all};
use types::crypto::Secp256k1SigningKey;
use types::{
    AccountAuthenticator, AnyPublicKey, AnySignature, DecodeError, Discard, EntryFunction, MultiEd25519Key,
    MultiEd25519Signature, MultiKey, MultiKeySignature, RawTransaction, Signature, SignedTransaction, SigningKey,
    TransactionAuthenticator, TransactionPayload,
};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

fn raw() -> RawTransaction {
    RawTransaction {
        sender: key(1).address(),
        sequence_number: 7,
        payload: TransactionPayload::EntryFunction(EntryFunction {
            module: ModuleId::new(AccountAddress::ONE, Identifier::new("m").unwrap()),
            function: Identifier::new("f").unwrap(),
            type_args: vec![],
            args: vec![],
        }),
        max_gas_amount: 2000,
        gas_unit_price: 100,
        expiration_timestamp_secs: 1_900_000_000,
        chain_id: 4,
    }
}

fn ed(key: &SigningKey, message: &[u8]) -> AccountAuthenticator {
    AccountAuthenticator::Ed25519 { public_key: key.public_key(), signature: key.sign(message) }
}

fn single(authenticator: AccountAuthenticator) -> SignedTransaction {
    SignedTransaction { raw: raw(), authenticator: TransactionAuthenticator::SingleSender(authenticator) }
}

fn fee_payer(
    sender: AccountAuthenticator,
    second: AccountAuthenticator,
    payer: AccountAuthenticator,
) -> SignedTransaction {
    SignedTransaction {
        raw: raw(),
        authenticator: TransactionAuthenticator::FeePayer {
            sender,
            secondary_addresses: vec![key(2).address()],
            secondary: vec![second],
            fee_payer_address: key(3).address(),
            fee_payer: payer,
        },
    }
}

fn multi_agent(addresses: Vec<AccountAddress>, secondary: Vec<AccountAuthenticator>) -> SignedTransaction {
    let message = raw().multi_agent_message(&addresses);
    SignedTransaction {
        raw: raw(),
        authenticator: TransactionAuthenticator::MultiAgent {
            sender: ed(&key(1), &message),
            secondary_addresses: addresses,
            secondary,
        },
    }
}

#[test]
fn each_form_has_its_verdict_alone_and_in_a_batch() {
    let message = raw().signing_message();
    let other = b"another message".as_slice();
    let named = raw().fee_payer_message(&[key(2).address()], &key(3).address());
    let open = raw().fee_payer_message(&[key(2).address()], &AccountAddress::ZERO);
    let agents = raw().multi_agent_message(&[key(2).address()]);
    let secp = Secp256k1SigningKey::from_bytes(&[9; 32]).unwrap();
    let any = |seed: u8| AnyPublicKey::Ed25519(key(seed).public_key());
    let any_secp = AnyPublicKey::Secp256k1(secp.public_key());
    let by_secp = AnySignature::Secp256k1(secp.sign(&message).unwrap());
    let by_ed = |seed: u8| AnySignature::Ed25519(key(seed).sign(&message));
    let high_s = {
        // The other root of the same equation: n - s, which only lenient verifiers take.
        let AnySignature::Secp256k1(mut bytes) = by_secp.clone() else { panic!("secp256k1") };
        let order = hex::decode("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").unwrap();
        let mut borrow = 0i16;
        for i in (0..32).rev() {
            let difference = i16::from(order[i]) - i16::from(bytes[32 + i]) - borrow;
            borrow = i16::from(difference < 0);
            bytes[32 + i] = (difference & 0xff) as u8;
        }
        AnySignature::Secp256k1(bytes)
    };
    let multi_ed = |threshold: u8, signed: &[(usize, Signature)]| AccountAuthenticator::MultiEd25519 {
        public_key: MultiEd25519Key::new((1..=3).map(|seed| key(seed).public_key()).collect(), threshold).unwrap(),
        signature: MultiEd25519Signature::new(signed).unwrap(),
    };
    let multi = |required: u8, signed: Vec<(usize, AnySignature)>| AccountAuthenticator::MultiKey {
        public_keys: MultiKey::new(vec![any(1), any_secp.clone(), any(2)], required).unwrap(),
        signatures: MultiKeySignature::new(signed).unwrap(),
    };
    let single_key = |public_key: &AnyPublicKey, signature: &AnySignature| {
        single(AccountAuthenticator::SingleKey { public_key: public_key.clone(), signature: signature.clone() })
    };
    let cases: Vec<(&str, SignedTransaction, Result<(), Discard>)> = vec![
        ("ed25519", single(ed(&key(1), &message)), Ok(())),
        ("ed25519, other message", single(ed(&key(1), other)), Err(Discard::InvalidSignature)),
        ("secp256k1", single_key(&any_secp, &by_secp), Ok(())),
        ("secp256k1, high s", single_key(&any_secp, &high_s), Err(Discard::InvalidSignature)),
        ("kinds differ", single_key(&any_secp, &by_ed(1)), Err(Discard::InvalidSignature)),
        ("2 of 3", single(multi_ed(2, &[(0, key(1).sign(&message)), (2, key(3).sign(&message))])), Ok(())),
        ("1 of 3, 2 due", single(multi_ed(2, &[(0, key(1).sign(&message))])), Err(Discard::InvalidSignature)),
        (
            "one wrong of 2",
            single(multi_ed(1, &[(0, key(1).sign(&message)), (1, key(9).sign(&message))])),
            Err(Discard::InvalidSignature),
        ),
        ("signer beyond the keys", single(multi_ed(1, &[(3, key(1).sign(&message))])), Err(Discard::InvalidSignature)),
        ("multi-key, mixed", single(multi(2, vec![(1, by_secp.clone()), (2, by_ed(2))])), Ok(())),
        ("multi-key, too few", single(multi(2, vec![(2, by_ed(2))])), Err(Discard::InvalidSignature)),
        ("nobody", single(AccountAuthenticator::NoAccountAuthenticator), Err(Discard::InvalidSignature)),
        ("payer named", fee_payer(ed(&key(1), &named), ed(&key(2), &named), ed(&key(3), &named)), Ok(())),
        ("payer open", fee_payer(ed(&key(1), &open), ed(&key(2), &open), ed(&key(3), &named)), Ok(())),
        ("each as it likes", fee_payer(ed(&key(1), &named), ed(&key(2), &open), ed(&key(3), &named)), Ok(())),
        (
            "the payer itself open",
            fee_payer(ed(&key(1), &named), ed(&key(2), &named), ed(&key(3), &open)),
            Err(Discard::InvalidSignature),
        ),
        ("two agents", multi_agent(vec![key(2).address()], vec![ed(&key(2), &agents)]), Ok(())),
        (
            "agent over another message",
            multi_agent(vec![key(2).address()], vec![ed(&key(2), &message)]),
            Err(Discard::InvalidSignature),
        ),
        (
            "counts differ",
            multi_agent(vec![key(2).address()], vec![]),
            Err(Discard::SecondaryKeysAddressesCountMismatch),
        ),
        (
            "sender twice",
            multi_agent(vec![key(1).address()], vec![ed(&key(1), &agents)]),
            Err(Discard::SignersContainDuplicates),
        ),
    ];
    for (name, transaction, expected) in &cases {
        assert_eq!(transaction.verify_signatures(), *expected, "{name}");
        assert_eq!(&SignedTransaction::from_bytes(&transaction.to_bytes()).unwrap(), transaction, "{name}");
    }
    let all: Vec<&SignedTransaction> = cases.iter().map(|case| &case.1).collect();
    let expected: Vec<Result<(), Discard>> = cases.iter().map(|case| case.2).collect();
    assert_eq!(verify_all(&all), expected);
}

#[test]
fn bitmaps_of_one_to_four_bytes_are_taken() {
    let message = raw().signing_message();
    let whole = single(AccountAuthenticator::MultiKey {
        public_keys: MultiKey::new(
            vec![AnyPublicKey::Ed25519(key(1).public_key()), AnyPublicKey::Ed25519(key(2).public_key())],
            1,
        )
        .unwrap(),
        signatures: MultiKeySignature::new(vec![(1, AnySignature::Ed25519(key(2).sign(&message)))]).unwrap(),
    })
    .to_bytes();
    let (head, bitmap) = whole.split_at(whole.len() - 5);
    assert_eq!(bitmap, [4, 0x40, 0, 0, 0]);
    // bitmap with its length, whether it is taken
    for (bitmap, expected) in [
        (vec![1, 0x40], true),
        (vec![2, 0x40, 0], true),
        (vec![3, 0x40, 0, 0], true),
        (vec![0], false),
        (vec![5, 0x40, 0, 0, 0, 0], false),
        (vec![1, 0xc0], false),
        (vec![1, 0], false),
    ] {
        let bytes = [head, &bitmap].concat();
        let decoded = SignedTransaction::from_bytes(&bytes);
        assert_eq!(decoded.is_ok(), expected, "{bitmap:?}");
        if let Ok(transaction) = decoded {
            assert_eq!(transaction.to_bytes(), bytes);
            assert_eq!(transaction.verify_signatures(), Ok(()));
        }
    }
}

#[test]
fn key_kinds_that_are_not_verified_are_named_and_not_called_malformed() {
    let bytes = single(ed(&key(1), b"")).to_bytes();
    let raw = types::codec::encode(&raw());
    assert!(bytes.starts_with(&raw));
    for tail in [
        vec![4, 2, 2, 33], // SingleKey with a secp256r1 key
        vec![4, 2, 3],     // keyless
        vec![4, 5],        // account abstraction
        vec![4, 2, 5],     // slh-dsa
    ] {
        let error = SignedTransaction::from_bytes(&[raw.as_slice(), &tail].concat()).unwrap_err();
        assert_eq!(error, DecodeError::Invalid(UNSUPPORTED_KIND), "{tail:?}");
    }
    for tail in [vec![5], vec![4, 6], vec![4, 2, 6], vec![], vec![0, 31]] {
        let error = SignedTransaction::from_bytes(&[raw.as_slice(), &tail].concat()).unwrap_err();
        assert_ne!(error, DecodeError::Invalid(UNSUPPORTED_KIND), "{tail:?}");
    }
}

#[test]
fn payload_kinds_that_were_removed_or_never_were_do_not_decode() {
    let bytes = single(ed(&key(1), b"")).to_bytes();
    for (variant, expected) in [(0u8, false), (1, false), (2, true), (3, false), (4, false), (5, false), (255, false)] {
        let mut changed = bytes.clone();
        changed[40] = variant;
        assert_eq!(SignedTransaction::from_bytes(&changed).is_ok(), expected, "variant {variant}");
    }
}

#[test]
fn no_more_than_thirty_two_signatures() {
    let addresses: Vec<AccountAddress> = (2..=33).map(|seed| key(seed).address()).collect();
    let message = raw().multi_agent_message(&addresses);
    let secondary: Vec<AccountAuthenticator> = (2..=33).map(|seed| ed(&key(seed), &message)).collect();
    assert_eq!(multi_agent(addresses.clone(), secondary.clone()).verify_signatures(), Err(Discard::InvalidSignature));
    let fewer = multi_agent(addresses[..31].to_vec(), secondary[..31].to_vec());
    assert_eq!(fewer.check_signers(), Ok(()));
}
