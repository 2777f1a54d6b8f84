//! The wire vectors that the SDKs made: keys, messages, signatures, hashes, arguments, byte for byte.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use move_core_types::{AccountAddress, Identifier, ModuleId, TypeTag};
use types::crypto::{Secp256k1SigningKey, authentication_key};
use types::hash::sha3;
use types::transaction::{Executable, ExtraConfig, PayloadInner};
use types::{
    AccountAuthenticator, AnyPublicKey, AnySignature, EntryFunction, MultiEd25519Key, MultiEd25519Signature, MultiKey,
    MultiKeySignature, RawTransaction, SignedTransaction, SigningKey, TransactionArgument, TransactionAuthenticator,
    TransactionPayload, codec,
};

const R: &str = "7df415e5b21bdaa8b2946e8f1f4278b39904e51a69627494cd3e6f2996732fbd07000000000000000200000000000000000000000000000000000000000000000000000000000000010d6170746f735f6163636f756e74087472616e73666572000220222222222222222222222222222222222222222222222222222222222222222208e803000000000000d007000000000000640000000000000000b33f710000000004";
const SEED_WITH_DATA: &str = "5efa3c4f02f83a0f4b2d69fc95c607cc02825cc4e7be536ef0992df050d9e67c";

fn k1() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

fn k2() -> SigningKey {
    SigningKey::from_seed([2; 32])
}

fn k3() -> Secp256k1SigningKey {
    Secp256k1SigningKey::from_bytes(&[3; 32]).unwrap()
}

fn transfer() -> EntryFunction {
    EntryFunction {
        module: ModuleId::new(AccountAddress::ONE, Identifier::new("aptos_account").unwrap()),
        function: Identifier::new("transfer").unwrap(),
        type_args: vec![],
        args: vec![vec![0x22; 32], 1000u64.to_le_bytes().to_vec()],
    }
}

fn r() -> RawTransaction {
    RawTransaction {
        sender: k1().address(),
        sequence_number: 7,
        payload: TransactionPayload::EntryFunction(transfer()),
        max_gas_amount: 2000,
        gas_unit_price: 100,
        expiration_timestamp_secs: 1_900_000_000,
        chain_id: 4,
    }
}

fn any1() -> AnyPublicKey {
    AnyPublicKey::Ed25519(k1().public_key())
}

fn any3() -> AnyPublicKey {
    AnyPublicKey::Secp256k1(k3().public_key())
}

fn hex_of<T: serde::Serialize>(value: &T) -> String {
    hex::encode(codec::encode(value))
}

#[test]
fn keys_and_derived_addresses() {
    let k1_address = k1().address();
    let seed = b"seed";
    let derived = |parts: &[&[u8]]| sha3(parts).to_hex();
    let multi = MultiEd25519Key::new(vec![k1().public_key(), k2().public_key()], 1).unwrap();
    let multi_key = MultiKey::new(vec![any1(), any3()], 1).unwrap();
    for (name, found, expected) in [
        ("public k1", hex_of(&k1().public_key()), "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"),
        ("public k2", hex_of(&k2().public_key()), "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"),
        (
            "public k3",
            hex::encode(k3().public_key()),
            "04531fe6068134503d2723133227c867ac8fa6c83c537e9a44c3c5bdbdcb1fe3379e92c265e71e481ba82a84675a47ac705a200fcd524e92d93b0e7386f26a5458",
        ),
        (
            "auth key Ed25519 k1",
            hex_of(&k1_address),
            "7df415e5b21bdaa8b2946e8f1f4278b39904e51a69627494cd3e6f2996732fbd",
        ),
        (
            "auth key SingleKey k1",
            hex_of(&any1().authentication_key()),
            "bbe6af385b3f36c98c46770ac79c0db8f3c7d2a58addf0f567dfd38f8f34a036",
        ),
        (
            "auth key SingleKey k3",
            hex_of(&any3().authentication_key()),
            "bcbb780e9744dc3f1295926d8cbb9ac7bb10fe206da9715c21f0f97b5fe623c9",
        ),
        (
            "auth key MultiEd25519",
            hex_of(&authentication_key(&multi.to_bytes(), 1)),
            "5e3d76595a0282b546cf9a1b1b057bbaa5b4bf467ba8fcd67e17ce485a117dc6",
        ),
        (
            "auth key MultiKey",
            hex_of(&multi_key.authentication_key()),
            "29fc4385e148bdc02a1e3715c0d3f3d9fcec676cd269b8103b22ab1a3433c697",
        ),
        (
            "named object",
            derived(&[k1_address.as_ref(), seed, &[0xfe]]),
            "19f4b2d722bce6c7d2f099d28aa500f432436595e859c552833dc7219170673c",
        ),
        (
            "resource account",
            derived(&[k1_address.as_ref(), seed, &[0xff]]),
            "e5027b0b88a0d9f024bce2ae6efb1af23e8fc0e26796f49a38502584538a02a8",
        ),
        (
            "derived object",
            derived(&[k1_address.as_ref(), AccountAddress::TEN.as_ref(), &[0xfc]]),
            "07668a2c47877739b7428567810ff3734287f95bd6a0dcadb1f1e54aa14b7720",
        ),
        (
            "paired asset",
            derived(&[AccountAddress::TEN.as_ref(), b"0x1::m::C", &[0xfe]]),
            "d7d4c5d8e7609457d48bfeca21099645a28e26ffa9fefbe4e318f5e433f1b974",
        ),
    ] {
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn raw_transactions_and_signing_messages() {
    let b33 = AccountAddress::new([0x33; 32]);
    let b44 = AccountAddress::new([0x44; 32]);
    let one_secondary = format!("{SEED_WITH_DATA}00{R}01{}", "33".repeat(32));
    let payer_open = format!("{SEED_WITH_DATA}01{R}00{}", "00".repeat(32));
    let payer_named = format!("{SEED_WITH_DATA}01{R}00{}", "44".repeat(32));
    let mut orderless = r();
    orderless.sequence_number = 0xdead_beef;
    orderless.payload = TransactionPayload::Payload(PayloadInner::V1 {
        executable: Executable::EntryFunction(transfer()),
        extra_config: ExtraConfig::V1 { multisig_address: None, replay_protection_nonce: Some(77) },
    });
    for (name, found, expected) in [
        ("R", hex_of(&r()), R.to_owned()),
        ("message", hex::encode(r().signing_message()), format!("b5e97db07fa0bd0e5598aa3643a9bc6f6693bddc1a9fec9e674a461eaa00b193{R}")),
        ("multi-agent", hex::encode(r().multi_agent_message(&[b33])), one_secondary),
        ("payer open", hex::encode(r().fee_payer_message(&[], &AccountAddress::ZERO)), payer_open),
        ("payer named", hex::encode(r().fee_payer_message(&[], &b44)), payer_named),
        ("orderless", hex_of(&orderless), "7df415e5b21bdaa8b2946e8f1f4278b39904e51a69627494cd3e6f2996732fbdefbeadde0000000004000100000000000000000000000000000000000000000000000000000000000000010d6170746f735f6163636f756e74087472616e73666572000220222222222222222222222222222222222222222222222222222222222222222208e8030000000000000000014d00000000000000d007000000000000640000000000000000b33f710000000004".to_owned()),
    ] {
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn authenticators_and_hashes() {
    let message = r().signing_message();
    let signature = k1().sign(&message);
    let signed = |authenticator| SignedTransaction { raw: r(), authenticator };
    let legacy = signed(TransactionAuthenticator::Ed25519 { public_key: k1().public_key(), signature });
    let single = TransactionAuthenticator::SingleSender(AccountAuthenticator::SingleKey {
        public_key: any1(),
        signature: AnySignature::Ed25519(signature),
    });
    let by_k3 = AnySignature::Secp256k1(k3().sign(&message).unwrap());
    let secp = AccountAuthenticator::SingleKey { public_key: any3(), signature: by_k3.clone() };
    let multi_key = AccountAuthenticator::MultiKey {
        public_keys: MultiKey::new(vec![any1(), any3()], 1).unwrap(),
        signatures: MultiKeySignature::new(vec![(1, by_k3)]).unwrap(),
    };
    let multi_ed = AccountAuthenticator::MultiEd25519 {
        public_key: MultiEd25519Key::new(vec![k1().public_key(), k2().public_key()], 1).unwrap(),
        signature: MultiEd25519Signature::new(&[(1, k2().sign(&message))]).unwrap(),
    };
    let k1_part = "208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
    let k1_signature = "ebf24ca05c80605e60fc2de1ce984976fdb409e43a57e47f242c767173ba1f9d43258480a1ea76d68523cb1e671720866037e0a53a82349be3405353f9866904";
    let k3_part = "014104531fe6068134503d2723133227c867ac8fa6c83c537e9a44c3c5bdbdcb1fe3379e92c265e71e481ba82a84675a47ac705a200fcd524e92d93b0e7386f26a5458";
    let k3_signature = "0140c2b069b7fc2336e7c7a455b0fcee21483b35a62c164fb73ddc790b83853a4db87f03fa7c09d252713d3cc50ccda476dac2b02be9310c0ac024fc6cff43fdb239";
    for (name, found, expected) in [
        ("signed", hex_of(&legacy), format!("{R}00{k1_part}40{k1_signature}")),
        ("hash", legacy.hash().to_hex(), "9f90eef6731c81cdbb9ba9b792d22d04c8eeb29bd673e62ef9a134a53d0aae6f".to_owned()),
        ("single key", hex_of(&single), format!("040200{k1_part}0040{k1_signature}")),
        ("its hash", signed(single.clone()).hash().to_hex(), "98858fdcc5519f8c8167cc233406f4bc2e2d42b6254d5c71fee731618f0d11b1".to_owned()),
        ("secp256k1", hex_of(&secp), format!("02{k3_part}{k3_signature}")),
        ("multi-key", hex_of(&multi_key), format!("030200{k1_part}{k3_part}0101{k3_signature}0440000000")),
        ("multi-ed25519", hex_of(&multi_ed), "01418a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b3940144a43a684fb17814a010744edca25c63e3cb35be42aef3a798fae38bd58be898291638e3374e0bd182c4d1c9929ebe1d441c760a830b1fb65a5ea4f40cc6c37d0640000000".to_owned()),
    ] {
        assert_eq!(found, expected, "{name}");
    }
    let all = [
        legacy.clone(),
        signed(single),
        signed(TransactionAuthenticator::SingleSender(secp)),
        signed(TransactionAuthenticator::SingleSender(multi_key)),
        signed(TransactionAuthenticator::SingleSender(multi_ed)),
    ];
    for transaction in &all {
        assert_eq!(transaction.verify_signatures(), Ok(()));
        assert_eq!(&SignedTransaction::from_bytes(&transaction.to_bytes()).unwrap(), transaction);
    }
    assert_eq!(types::transaction::Transaction::decode(&legacy.to_bytes()).unwrap().hash(), legacy.hash());
}

#[test]
fn tags_views_and_arguments() {
    let coin_store = "07000000000000000000000000000000000000000000000000000000000000000104636f696e09436f696e53746f7265010700000000000000000000000000000000000000000000000000000000000000010a6170746f735f636f696e094170746f73436f696e00";
    let tag: TypeTag = "0x1::coin::CoinStore<0x1::aptos_coin::AptosCoin>".parse().unwrap();
    assert_eq!(hex_of(&tag), coin_store);
    assert_eq!(hex_of(&"vector<vector<u8>>".parse::<TypeTag>().unwrap()), "060601");
    let view = "000000000000000000000000000000000000000000000000000000000000000104636f696e0762616c616e6365010700000000000000000000000000000000000000000000000000000000000000010a6170746f735f636f696e094170746f73436f696e0001200000000000000000000000000000000000000000000000000000000000000001";
    let call = EntryFunction::view_from_bytes(&hex::decode(view).unwrap()).unwrap();
    assert_eq!(call.function.as_str(), "balance");
    assert_eq!(hex_of(&call), view);
    for (argument, expected) in [
        (TransactionArgument::U64(5), "010500000000000000"),
        (TransactionArgument::U8Vector(vec![1, 2]), "04020102"),
        (TransactionArgument::Serialized(codec::encode(&vec![1u64])), "0909010100000000000000"),
        (TransactionArgument::U8Vector(b"ab".to_vec()), "04026162"),
        (
            TransactionArgument::Address(AccountAddress::ONE),
            "030000000000000000000000000000000000000000000000000000000000000001",
        ),
    ] {
        assert_eq!(hex_of(&argument), expected);
    }
    assert_eq!(TransactionArgument::U8Vector(vec![1, 2]).to_value_bytes(), [2, 1, 2]);
    assert_eq!(TransactionArgument::Serialized(vec![9]).to_value_bytes(), [9]);
}
