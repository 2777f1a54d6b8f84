//! The fuzz targets on their corpus, on changed copies of it, and on noise.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::type_complexity,
    reason = "a test fails loudly and makes noise of numbers"
)]

use move_core_types::{AccountAddress, Identifier, ModuleId};
use types::block::BlockMetadata;
use types::forced::ForcedBlob;
use types::fuzz::TARGETS;
use types::genesis::{DaLayer, GasSchedule, GenesisPackage};
use types::proof::{DaHint, EventProof};
use types::*;

fn corpus() -> Vec<(&'static str, Vec<u8>)> {
    let key = SigningKey::from_seed([1; 32]);
    let call = EntryFunction {
        module: ModuleId::new(AccountAddress::ONE, Identifier::new("coin").unwrap()),
        function: Identifier::new("transfer").unwrap(),
        type_args: vec!["vector<0x1::a::B<u8, |u8, &address|() has copy + drop>>".parse().unwrap()],
        args: vec![vec![1; 32], vec![2; 8]],
    };
    let raw = RawTransaction {
        sender: key.address(),
        sequence_number: 1,
        payload: TransactionPayload::EntryFunction(call.clone()),
        max_gas_amount: 1,
        gas_unit_price: 1,
        expiration_timestamp_secs: 1,
        chain_id: 4,
    };
    let signature = key.sign(&raw.signing_message());
    let signed = SignedTransaction {
        raw,
        authenticator: TransactionAuthenticator::Ed25519 { public_key: key.public_key(), signature },
    };
    let state_key = StateKey::table_item(AccountAddress::ONE, vec![1, 2, 3]);
    let set = WriteSet::new(vec![(state_key.clone(), Op::Write([1, 2].into()))]).unwrap();
    let metadata = BlockMetadata {
        block_id: Hash::ZERO,
        height: 1,
        time_us: 2,
        da_read: 3,
        proposer: key.address(),
        parent_fees: 0,
    };
    let header = Header {
        format: 1,
        genesis_hash: Hash::ZERO,
        height: 1,
        parent: Hash::ZERO,
        time_us: 2,
        first_version: 1,
        count: 1,
        da_read: 3,
        transaction_root: metadata.transaction_hash(),
        receipt_root: Hash::ZERO,
        state_root: Hash::ZERO,
        gas_used: 0,
        fees: 0,
        sequencer: key.address(),
    };
    let receipt = Receipt {
        transaction_hash: signed.hash(),
        status: Status::Error { status_code: 4002 },
        gas_used: 1,
        fee: 1,
        write_set_hash: set.hash(),
        event_root: Hash::EMPTY_LIST,
    };
    let da = Some(DaHint { batch: 1, da_height: 2 });
    let proof = ProofFile {
        format: 1,
        genesis_hash: Hash::ZERO,
        key: state_key.to_bytes(),
        value: Some(vec![1]),
        proof: StateProof { leaf: None, siblings: vec![[1; 32], [2; 32]] },
        header: header.clone(),
        signature: header.sign(&key),
        da,
    };
    let transaction_proof = TransactionProof {
        format: 1,
        genesis_hash: Hash::ZERO,
        transaction: signed.to_bytes(),
        receipt,
        index: 0,
        transaction_path: vec![Hash::ZERO],
        receipt_path: vec![],
        event: Some(EventProof { bytes: vec![1], index: 0, count: 1, path: vec![] }),
        header: header.clone(),
        signature: header.sign(&key),
        da,
    };
    let genesis = Genesis {
        format: 1,
        chain_id: 4,
        name: "fuzz".to_owned(),
        time_us: 1,
        da: DaLayer::Celestia { network: "mocha".to_owned() },
        da_start: 1,
        sequencer_public_key: key.public_key(),
        admin: AccountAddress::ZERO,
        parameters: Parameters::DEFAULT.to_pairs(),
        gas_schedule: GasSchedule { feature_version: 1, entries: vec![("a".to_owned(), 1), ("b".to_owned(), 2)] },
        privileged: vec![],
        balances: vec![(AccountAddress::ONE, 1)],
        packages: vec![GenesisPackage { address: AccountAddress::ONE, metadata: vec![1], modules: vec![vec![2]] }],
        calls: vec![],
    };
    let evidence = Evidence {
        format: 1,
        genesis_hash: Hash::ZERO,
        kind: evidence::EvidenceKind::InvalidBlock {
            batch: 1,
            da_height: 2,
            header: header.clone(),
            signature: header.sign(&key),
            rule: "R3".to_owned(),
            field: "state_root".to_owned(),
            expected: vec![1],
            found: vec![2],
        },
    };
    let record = LogRecord::BlockOpened {
        height: 1,
        time_us: 2,
        da_read: 3,
        forced: vec![ForcedBlob { da_height: 3, bytes: forced::wrap(&signed.to_bytes()) }],
    };
    let limits = batch::BatchLimits { raw_bytes_max: 1 << 20, parts_max: 256 };
    let block = BatchBlock { signature: header.sign(&key), header: header.clone(), transactions: vec![vec![0; 300]] };
    let batch = Batch::seal(Hash::ZERO, 1, Hash::ZERO, &[block], &limits).unwrap();
    vec![
        ("signed_transaction", signed.to_bytes()),
        ("view_request", codec::encode(&call)),
        ("state_key", state_key.to_bytes()),
        ("write_set", codec::encode(&set)),
        ("header", header.to_bytes()),
        ("log_record", record.to_bytes()),
        ("genesis", genesis.to_bytes()),
        ("proof_file", proof.to_bytes()),
        ("transaction_proof", transaction_proof.to_bytes()),
        ("evidence", evidence.to_bytes()),
        ("batch_part", batch.split(10_000, &limits, &key).unwrap().remove(0)),
        ("batch_payload", [batch.raw_bytes.to_le_bytes().as_slice(), &batch.payload].concat()),
    ]
}

struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[test]
fn every_target_takes_its_corpus_and_survives_changes_of_it() {
    let corpus = corpus();
    assert_eq!(corpus.len(), TARGETS.len());
    let mut noise = Noise(0x1234_5678_9abc_def1);
    for ((name, bytes), (target_name, target)) in corpus.iter().zip(TARGETS) {
        assert_eq!(name, target_name);
        assert!(target(bytes), "{name} refuses its corpus");
        for cut in 0..bytes.len().min(400) {
            // A blob is what it is; whether all of it is there, its signature tells.
            let is_open_ended = *name == "batch_part" && cut > 150;
            assert!(is_open_ended || !target(&bytes[..cut]), "{name} takes {cut} bytes of {}", bytes.len());
        }
        for _ in 0..3_000 {
            let mut changed = bytes.clone();
            for _ in 0..1 + noise.next() % 3 {
                let at = (noise.next() % changed.len() as u64) as usize;
                match noise.next() % 4 {
                    0 => changed[at] = noise.next() as u8,
                    1 => changed[at] ^= 1 << (noise.next() % 8),
                    2 => changed.insert(at, noise.next() as u8),
                    _ => changed[at] = 0xff,
                }
            }
            let _taken = target(&changed);
        }
        for len in 0..300 {
            let random: Vec<u8> = (0..len).map(|_| noise.next() as u8).collect();
            let _taken = target(&random);
        }
    }
}

#[test]
fn nesting_without_end_is_refused_before_it_hurts() {
    // A type tag of a hundred thousand nested vectors, inside a state key, an event and a transaction.
    let deep = vec![6u8; 100_000];
    let struct_tag = [vec![0; 33], vec![1, b'm', 1, b'S', 1], deep.clone()].concat();
    assert!(StateKey::from_bytes(&struct_tag).is_err());
    assert!(codec::decode::<Event>(&[vec![1], deep.clone()].concat()).is_err());
    let call = [vec![0; 32], vec![1, b'm', 1, b'f', 1], deep].concat();
    assert!(EntryFunction::view_from_bytes(&call).is_err());
    assert!(SignedTransaction::from_bytes(&[vec![0; 40], vec![2], call].concat()).is_err());
}

#[test]
fn lengths_that_nothing_backs_allocate_nothing() {
    // 2^31 - 1 of everything, and then the end.
    let many = [0xff, 0xff, 0xff, 0xff, 0x07];
    for (_, target) in TARGETS {
        assert!(!target(&many));
    }
    assert!(codec::decode::<WriteSet>(&many).is_err());
    assert!(SignedTransaction::from_bytes(&[vec![0; 40], vec![2; 1], vec![0; 32], many.to_vec()].concat()).is_err());
}

#[test]
fn genesis_files_are_checked_beyond_their_form() {
    let (_, bytes) = corpus().remove(6);
    let good = Genesis::from_bytes(&bytes).unwrap();
    let broken: Vec<(&str, fn(&mut Genesis))> = vec![
        ("format", |genesis| genesis.format = 2),
        ("chain id", |genesis| genesis.chain_id = 0),
        ("parameter missing", |genesis| drop(genesis.parameters.pop())),
        ("parameter unknown", |genesis| genesis.parameters[0].0.push('x')),
        ("parameters unsorted", |genesis| genesis.parameters.swap(0, 1)),
        ("parameter out of range", |genesis| genesis.parameters[0].1 += 1),
        ("gas unsorted", |genesis| genesis.gas_schedule.entries.swap(0, 1)),
        ("gas repeated", |genesis| genesis.gas_schedule.entries[1].0 = "a".to_owned()),
        ("balance of zero", |genesis| genesis.balances[0].1 = 0),
        ("balance repeated", |genesis| genesis.balances.push((AccountAddress::ONE, 1))),
        ("supply", |genesis| genesis.balances.push((AccountAddress::TWO, u64::MAX))),
        ("privileged repeated", |genesis| genesis.privileged = vec![AccountAddress::TWO; 2]),
    ];
    for (name, change) in broken {
        let mut genesis = good.clone();
        change(&mut genesis);
        assert!(Genesis::from_bytes(&genesis.to_bytes()).is_err(), "{name}");
    }
    assert!(Genesis::from_bytes(&[bytes, vec![0]].concat()).is_err(), "bytes left over");
}
