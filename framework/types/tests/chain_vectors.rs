//! The worked values of the chain's own formats, byte for byte.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use std::sync::Arc;

use jellyfish_merkle::{Sha256, check};
use move_core_types::{AccountAddress, Identifier, StructTag, TypeTag};
use types::batch::{Batch, BatchLimits, Codec};
use types::block::genesis_transaction_hash;
use types::event::event_root;
use types::genesis::genesis_hash;
use types::hash::list_root;
use types::proof::ProofLeaf;
use types::receipt::AbortModule;
use types::state::value_hash;
use types::*;

fn tag(text: &str) -> StructTag {
    match text.parse::<TypeTag>().unwrap() {
        TypeTag::Struct(tag) => *tag,
        other => panic!("{other} is no struct"),
    }
}

fn a() -> StateKey {
    StateKey::resource(AccountAddress::ONE, tag("0x1::chain_id::ChainId"))
}

fn b() -> StateKey {
    StateKey::Module { address: AccountAddress::ONE, name: Identifier::new("chain_id").unwrap() }
}

fn c() -> StateKey {
    StateKey::table_item(AccountAddress::new([0x11; 32]), 7u64.to_le_bytes().to_vec())
}

fn hash(text: &str) -> Hash {
    text.parse().unwrap()
}

fn write(bytes: &[u8]) -> Op {
    Op::Write(Arc::from(bytes))
}

#[test]
fn state_keys_written_by_hand_are_what_serde_writes() {
    let mut deep = String::from("0x1::m::T<u8, vector<address>>");
    for _ in 0..6 {
        deep = format!("0xcafe::outer::Outer<{deep}, 0x2::a::B, bool>");
    }
    let long = Identifier::new("a".repeat(200)).unwrap();
    for key in [
        StateKey::resource(AccountAddress::new([0xfe; 32]), tag(&deep)),
        StateKey::resource(AccountAddress::ONE, tag("0x1::coin::CoinStore<0x1::aptos_coin::AptosCoin>")),
        StateKey::Module { address: AccountAddress::ONE, name: long },
        StateKey::table_item(AccountAddress::ONE, vec![7; 70_000]),
        StateKey::table_item(AccountAddress::ONE, vec![]),
    ] {
        assert_eq!(key.to_bytes(), bcs::to_bytes(&key).unwrap());
        assert_eq!(StateKey::from_bytes(&key.to_bytes()).unwrap(), key);
    }
}

#[test]
fn keys_paths_and_value_hashes() {
    for (key, bytes, path, value, hash_of_value) in [
        (
            a(),
            "000000000000000000000000000000000000000000000000000000000000000001000000000000000000000000000000000000000000000000000000000000000108636861696e5f696407436861696e496400",
            "7047cce11915cf4e71966b65e27ebf61c9066fb9923df2accc175e75e886a267",
            "04",
            "e52d9c508c502347344d8c07ad91cbd6068afc75ff6292f062a09ca381c89e71",
        ),
        (
            b(),
            "02000000000000000000000000000000000000000000000000000000000000000108636861696e5f6964",
            "03b4ffc70a5c820fbf17a6045e0792a488d675e78f323355664fc228f33f0f99",
            "a11ceb0b",
            "872e9d9dbebcb885b449a7dd4cb784a6b128c0d8860b2bfcc8f020cc3a2259d6",
        ),
        (
            c(),
            "031111111111111111111111111111111111111111111111111111111111111111080700000000000000",
            "47117fa0568f7b900b8875aebdda37afc007fbb2b5f08b3bbe89888d37a625b4",
            "e803000000000000",
            "921ac7f259f864606624eb7fc29124712ff65b425e9500a35dd32b71ddb9332c",
        ),
        (
            StateKey::resource(
                AccountAddress::new([0x22; 32]),
                tag("0x1::coin::CoinStore<0x1::aptos_coin::AptosCoin>"),
            ),
            "002222222222222222222222222222222222222222222222222222222222222222000000000000000000000000000000000000000000000000000000000000000104636f696e09436f696e53746f7265010700000000000000000000000000000000000000000000000000000000000000010a6170746f735f636f696e094170746f73436f696e00",
            "c52052edf5c1a0e27c6383735c7a2ce9aaede07135c88cd2d052f11b78804dbd",
            "",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
    ] {
        assert_eq!(hex::encode(key.to_bytes()), bytes);
        assert_eq!(key.path().to_hex(), path);
        assert_eq!(value_hash(&hex::decode(value).unwrap()).to_hex(), hash_of_value);
        assert_eq!(StateKey::from_bytes(&hex::decode(bytes).unwrap()).unwrap(), key);
    }
    assert!(StateKey::from_bytes(&[1]).is_err(), "variant 1 is reserved");
}

#[test]
fn worked_state_proofs_check() {
    let root = hash("d06e266ed45797074964aa6205c30b9c5674228e69a261b996d38f0c2f208b9a").0;
    let leaf_a = hash("05ecf3df2d15def14de3061e58602fecc353e684f84bd3d1e51f20f7db51f6a4").0;
    let leaf_b = hash("ab118444414f447d3a3d6733d100a620ea53b4c726858023b17a94c4e927bc65").0;
    let leaf_c = hash("a2f007cd0e005785c388b5b36af38274b02939a1f55c25dc710384fe5a1074ee").0;
    let empty = *b"SPARSE_MERKLE_PLACEHOLDER_HASH__";
    let inclusion = StateProof {
        leaf: Some(ProofLeaf { path: a().path().0, value_hash: value_hash(&[4]).0 }),
        siblings: vec![leaf_c, leaf_b, empty],
    };
    assert_eq!(check::<Sha256>(&root, &a().path().0, Some(&[4]), &inclusion), Ok(()));
    let other = StateKey::table_item(AccountAddress::new([0x11; 32]), 5u64.to_le_bytes().to_vec());
    assert_eq!(other.path().to_hex(), "57f3bfec9813aa59b5ff4a4eaf976e76dfce4570e6e23148f4f9a67d025a5ff0");
    let exclusion = StateProof {
        leaf: Some(ProofLeaf { path: c().path().0, value_hash: value_hash(&1000u64.to_le_bytes()).0 }),
        siblings: vec![leaf_a, leaf_b, empty],
    };
    assert_eq!(check::<Sha256>(&root, &other.path().0, None, &exclusion), Ok(()));

    // The file form: good as it is, bad with any bit of value, proof or header root flipped.
    let key = SigningKey::from_seed([1; 32]);
    let header = worked_header();
    let file = ProofFile {
        format: 1,
        genesis_hash: header.genesis_hash,
        key: a().to_bytes(),
        value: Some(vec![4]),
        proof: inclusion,
        signature: header.sign(&key),
        header,
        da: None,
    };
    let genesis = file.genesis_hash;
    file.check(&genesis).unwrap();
    file.check_signature(&key.public_key()).unwrap();
    assert!(file.check(&Hash::ZERO).is_err());
    assert!(file.check_signature(&SigningKey::from_seed([2; 32]).public_key()).is_err());
    assert_eq!(ProofFile::from_bytes(&file.to_bytes()).unwrap(), file);
    let mut wrong = file.clone();
    wrong.value = Some(vec![5]);
    assert!(wrong.check(&genesis).is_err());
    for sibling in 0..3 {
        for bit in 0..256usize {
            let mut wrong = file.clone();
            wrong.proof.siblings[sibling][bit / 8] ^= 1 << (bit % 8);
            assert!(wrong.check(&genesis).is_err(), "sibling {sibling}, bit {bit}");
        }
    }
}

fn genesis() -> Hash {
    genesis_hash(b"example")
}

fn metadata() -> BlockMetadata {
    let id = block_id(&genesis(), 1, 1_900_000_000_000_000, 7);
    BlockMetadata {
        block_id: id,
        height: 1,
        time_us: 1_900_000_000_000_000,
        da_read: 7,
        proposer: SigningKey::from_seed([1; 32]).address(),
        parent_fees: 0,
    }
}

fn worked_receipts() -> Vec<Receipt> {
    let event = Event::Module {
        tag: "0x1::coin::CoinDeposit".parse().unwrap(),
        data: codec::encode(&("0x1::aptos_coin::AptosCoin", AccountAddress::new([0x22; 32]), 1000u64)),
    };
    assert_eq!(
        hex::encode(codec::encode(&event)),
        "0107000000000000000000000000000000000000000000000000000000000000000104636f696e0b436f696e4465706f73697400431a3078313a3a6170746f735f636f696e3a3a4170746f73436f696e2222222222222222222222222222222222222222222222222222222222222222e803000000000000"
    );
    let root = event_root(&[event]);
    assert_eq!(root.to_hex(), "04fd98667eadc109e6c7c1feec5d49102011cbcb53896f217293d544e8940b72");
    let set = WriteSet::new(vec![(c(), write(&1000u64.to_le_bytes())), (b(), Op::Delete), (a(), write(&[4]))]).unwrap();
    assert_eq!(set.hash().to_hex(), "f4a71bef137b89e5425dc992fadb128e50554178caad4592cda9dcb097a7d63b");
    assert_eq!(WriteSet::default().hash().to_hex(), "20a5648fa2a6ca7de93fcadb0ba18c7ad8792c2549b1d2b27500c65bf186347e");
    let user = hash("9f90eef6731c81cdbb9ba9b792d22d04c8eeb29bd673e62ef9a134a53d0aae6f");
    let of_metadata = Receipt {
        transaction_hash: metadata().transaction_hash(),
        status: Status::Success,
        gas_used: 0,
        fee: 0,
        write_set_hash: WriteSet::default().hash(),
        event_root: event_root(&[]),
    };
    let of_user = Receipt {
        transaction_hash: user,
        status: Status::Success,
        gas_used: 50,
        fee: 5000,
        write_set_hash: set.hash(),
        event_root: root,
    };
    vec![of_metadata, of_user]
}

fn worked_header() -> Header {
    let receipts = worked_receipts();
    let transactions: Vec<Hash> = receipts.iter().map(|receipt| receipt.transaction_hash).collect();
    let receipt_hashes: Vec<Hash> = receipts.iter().map(Receipt::hash).collect();
    Header {
        format: 1,
        genesis_hash: genesis(),
        height: 1,
        parent: Hash([0xbb; 32]),
        time_us: 1_900_000_000_000_000,
        first_version: 1,
        count: 2,
        da_read: 7,
        transaction_root: list_root(&transactions),
        receipt_root: list_root(&receipt_hashes),
        state_root: hash("d06e266ed45797074964aa6205c30b9c5674228e69a261b996d38f0c2f208b9a"),
        gas_used: 50,
        fees: 5000,
        sequencer: SigningKey::from_seed([1; 32]).address(),
    }
}

#[test]
fn the_worked_block_is_reproduced() {
    let receipts = worked_receipts();
    let header = worked_header();
    let status = Status::Abort {
        module: Some(AbortModule { address: AccountAddress::ONE, name: Identifier::new("coin").unwrap() }),
        code: 0x10006,
    };
    for (name, found, expected) in [
        ("genesis hash", genesis().to_hex(), "42de9e8eeef6df30833794e3b7925199f7c9375283ae3fb87caf92f748692d35"),
        (
            "genesis tx hash",
            genesis_transaction_hash(&genesis()).to_hex(),
            "366afce93880f4e4955a178141ab705ad4f2c2a7921e828b881d9786e9b41164",
        ),
        ("block id", metadata().block_id.to_hex(), "3585c4698ce66c8e224833e96d8e0c3d0019b6013a1ba1d375bef6522b172ef4"),
        (
            "metadata tx hash",
            metadata().transaction_hash().to_hex(),
            "11742adddad23ecbd57627685cb38ee26695a7b7de556aa3fc78d821064fa505",
        ),
        ("receipt 0", receipts[0].hash().to_hex(), "36fa1726350ec0473e8ff3415b0661611f3e4babe3a7729d614ce37e18d494de"),
        ("receipt 1", receipts[1].hash().to_hex(), "9b862b77faa85d910a59aa772b4a24389b4a785150c7deab5bb25a879a3afac5"),
        (
            "transaction root",
            header.transaction_root.to_hex(),
            "287fb5d5668ac157a063c609e22006ffad761714c8ec1c637ba37f37db93a194",
        ),
        (
            "receipt root",
            header.receipt_root.to_hex(),
            "f32ee92f19056a233b7b9afdbe1d2b57fb4dda3e822ffec99693e4e6d4a7bc1f",
        ),
        (
            "header",
            hex::encode(header.to_bytes()),
            "010042de9e8eeef6df30833794e3b7925199f7c9375283ae3fb87caf92f748692d350100000000000000bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb00c012390ac006000100000000000000020000000700000000000000287fb5d5668ac157a063c609e22006ffad761714c8ec1c637ba37f37db93a194f32ee92f19056a233b7b9afdbe1d2b57fb4dda3e822ffec99693e4e6d4a7bc1fd06e266ed45797074964aa6205c30b9c5674228e69a261b996d38f0c2f208b9a320000000000000088130000000000007df415e5b21bdaa8b2946e8f1f4278b39904e51a69627494cd3e6f2996732fbd",
        ),
        ("header hash", header.hash().to_hex(), "7ceae84edf7592a6ff9b41fe8526e365609735f7a00bad29a8df3d42b30cdce2"),
        (
            "signature",
            hex::encode(header.sign(&SigningKey::from_seed([1; 32])).0),
            "92d528a3d0de3071a6faa98ef9679a1a19d0bbf1cde2b23c78e52b57354e6f8cd42cce8c9ddd322b952584ad080bbf74766371e376e2e6ce65bf72db3a339c09",
        ),
        (
            "abort",
            hex::encode(codec::encode(&status)),
            "0101000000000000000000000000000000000000000000000000000000000000000104636f696e0600010000000000",
        ),
    ] {
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(header.to_bytes().len(), block::HEADER_BYTES);
    assert_eq!(Header::from_bytes(&header.to_bytes()).unwrap(), header);
}

#[test]
fn the_worked_batch_is_reproduced() {
    let key = SigningKey::from_seed([1; 32]);
    let header = worked_header();
    let blocks = vec![BatchBlock { signature: header.sign(&key), header, transactions: vec![vec![0xee, 0xee]] }];
    let payload = codec::encode(&blocks);
    assert_eq!(payload.len(), 315);
    let batch =
        Batch { genesis_hash: genesis(), number: 1, previous: Hash::ZERO, codec: Codec::None, raw_bytes: 315, payload };
    assert_eq!(batch.hash().to_hex(), "010a28b63dc1d0054427d5ca444d6e66e0a903fb9a3aead2d2db220d6eb64f04");
    let limits = BatchLimits { raw_bytes_max: 1 << 20, parts_max: 256 };
    let blobs = batch.split(524_288, &limits, &key).unwrap();
    assert_eq!(blobs.len(), 1);
    assert_eq!(
        hex::encode(&blobs[0][blobs[0].len() - 64..]),
        "a2012ccfc8185deaba48478d1b34f1a40c8c89d3bff14af69d7eb8573ecf441c2c1040051f89ec019e3765e3d14d7bce92cc98f0bd18015ff87939d81eed8909"
    );
    assert_eq!(batch.blocks().unwrap(), blocks);
}
