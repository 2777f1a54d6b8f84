//! Batches cut into parts and put together: any order, twice, among strangers, under bounds, past a change of key.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test fails loudly and makes noise of numbers"
)]

use move_core_types::AccountAddress;
use proptest::prelude::*;
use types::batch::{
    BatchLimits, BatchPart, BatchReader, Candidate, Codec, HEAD_BYTES, PartError, Pushed, ReaderLimits,
    SIGNATURE_BYTES, SealError, Skip,
};
use types::evidence::EvidenceKind;
use types::{Batch, BatchBlock, Evidence, Hash, Header, SignedHeader, SigningKey};

const LIMITS: BatchLimits = BatchLimits { raw_bytes_max: 1 << 20, parts_max: 64 };
const GENESIS: Hash = Hash([7; 32]);

fn key() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

fn block(height: u64, noise: &[u8]) -> BatchBlock {
    let header = Header {
        format: 1,
        genesis_hash: GENESIS,
        height,
        parent: Hash::ZERO,
        time_us: height,
        first_version: height,
        count: 2,
        da_read: 0,
        transaction_root: Hash::ZERO,
        receipt_root: Hash::ZERO,
        state_root: Hash::ZERO,
        gas_used: 0,
        fees: 0,
        sequencer: AccountAddress::ZERO,
    };
    BatchBlock { signature: header.sign(&key()), header, transactions: vec![noise.to_vec()] }
}

/// Bytes that do not compress.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn batch(number: u64, previous: Hash, len: usize) -> Batch {
    Batch::seal(GENESIS, number, previous, &[block(number, &noise(number, len))], &LIMITS).unwrap()
}

fn reader() -> BatchReader {
    let limits = ReaderLimits { batch: LIMITS, parked_bytes_max: 1 << 20 };
    BatchReader::new(GENESIS, limits, key().public_key(), 0, Hash::ZERO, 0)
}

fn complete(pushed: Pushed) -> Candidate {
    match pushed {
        Pushed::Complete(candidate) => candidate,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_sealed_is_read_back_and_small_payloads_compress() {
    let blocks: Vec<BatchBlock> = (1..50).map(|height| block(height, &[0xab; 100])).collect();
    let batch = Batch::seal(GENESIS, 1, Hash::ZERO, &blocks, &LIMITS).unwrap();
    assert_eq!(batch.codec, Codec::Lz4);
    assert!(batch.payload.len() < batch.raw_bytes as usize / 2);
    assert_eq!(batch.blocks().unwrap(), blocks);
    assert_eq!(Batch::seal(GENESIS, 1, Hash::ZERO, &[], &LIMITS), Err(SealError::Empty));
    let small = BatchLimits { raw_bytes_max: 100, ..LIMITS };
    assert!(matches!(Batch::seal(GENESIS, 1, Hash::ZERO, &blocks, &small), Err(SealError::TooLarge(_, 100))));
}

#[test]
fn a_payload_that_says_another_length_or_goes_on_is_refused() {
    let good = batch(1, Hash::ZERO, 4_000);
    let blocks: Vec<BatchBlock> = (1..50).map(|height| block(height, &[0xab; 100])).collect();
    let packed = Batch::seal(GENESIS, 1, Hash::ZERO, &blocks, &LIMITS).unwrap();
    for batch in [good, packed] {
        let longer = Batch { raw_bytes: batch.raw_bytes + 1, ..batch.clone() };
        let shorter = Batch { raw_bytes: batch.raw_bytes - 1, ..batch.clone() };
        let mut more = batch.clone();
        more.payload.push(0);
        let mut twice = batch.clone();
        twice.payload.extend(batch.payload.clone());
        let mut cut = batch.clone();
        cut.payload.pop();
        for wrong in [longer, shorter, more, twice, cut] {
            assert!(wrong.blocks().is_err());
        }
    }
    // A frame of linked blocks, and one with a dictionary, are not ours.
    let mut linked = Batch::seal(GENESIS, 1, Hash::ZERO, &blocks, &LIMITS).unwrap();
    linked.payload[4] &= !0x20;
    assert!(linked.blocks().is_err());
}

#[test]
fn the_batch_hash_does_not_depend_on_the_cut() {
    let batch = batch(1, Hash::ZERO, 5_000);
    for (blob_bytes_max, parts) in [(100_000, 1), (3_000, 2), (1_000, 7)] {
        let blobs = batch.split(blob_bytes_max, &LIMITS, &key()).unwrap();
        assert_eq!(blobs.len(), parts);
        assert!(blobs.iter().all(|blob| blob.len() <= blob_bytes_max));
        let mut reader = reader();
        for (index, blob) in blobs.iter().enumerate() {
            match reader.push(5, index as u64, blob) {
                Pushed::Complete(candidate) => assert_eq!(candidate.batch.hash(), batch.hash()),
                other => assert_eq!(other, Pushed::Kept { reread: None }),
            }
        }
    }
    assert!(matches!(batch.split(160, &LIMITS, &key()), Err(SealError::TooManyParts(_, 64))));
}

#[test]
fn foreign_and_damaged_blobs_are_skipped_by_name() {
    let blob = batch(1, Hash::ZERO, 100).split(1_000, &LIMITS, &key()).unwrap().remove(0);
    let with = |at: usize, byte: u8| {
        let mut changed = blob.clone();
        changed[at] = byte;
        changed
    };
    let part = |error| Pushed::Skipped(Skip::Part(error));
    for (name, blob, expected) in [
        ("empty", vec![], part(PartError::Magic)),
        ("magic", with(0, b'X'), part(PartError::Magic)),
        ("format", with(4, 2), part(PartError::Format)),
        ("genesis", with(5, 8), part(PartError::Genesis)),
        ("number 0", with(37, 0), part(PartError::Bounds)),
        ("part beyond", with(77, 1), part(PartError::Bounds)),
        ("no parts", with(79, 0), part(PartError::Bounds)),
        ("too many parts", with(79, 65), part(PartError::Bounds)),
        ("codec", with(81, 2), part(PartError::Bounds)),
        ("length", with(85, 1), part(PartError::Bounds)),
        ("no slice", blob[..HEAD_BYTES + SIGNATURE_BYTES].to_vec(), part(PartError::Bounds)),
        ("cut short", blob[..blob.len() - 1].to_vec(), Pushed::Skipped(Skip::Signature)),
        ("slice", with(HEAD_BYTES, blob[HEAD_BYTES] ^ 1), Pushed::Skipped(Skip::Signature)),
        ("signature", with(blob.len() - 1, blob[blob.len() - 1] ^ 1), Pushed::Skipped(Skip::Signature)),
    ] {
        assert_eq!(reader().push(1, 0, &blob), expected, "{name}");
    }
}

#[test]
fn numbers_ahead_wait_and_come_in_their_turn() {
    let first = batch(1, Hash::ZERO, 2_000);
    let second = batch(2, first.hash(), 2_000);
    let lone = batch(2, Hash::ZERO, 2_000);
    let cut = |batch: &Batch| batch.split(1_000, &LIMITS, &key()).unwrap();
    let mut reader = reader();
    for (index, blob) in cut(&second).iter().chain(&cut(&lone)).enumerate() {
        assert_eq!(reader.push(3, index as u64, blob), Pushed::Kept { reread: None });
    }
    assert_eq!(reader.parked_up_to(), Some(2));
    let blobs = cut(&first);
    assert_eq!(reader.push(4, 0, &blobs[0]), Pushed::Kept { reread: None });
    assert_eq!(reader.push(4, 1, &blobs[0]), Pushed::Skipped(Skip::Duplicate));
    let candidate = blobs[1..]
        .iter()
        .enumerate()
        .map(|(i, blob)| reader.push(4, 2 + i as u64, blob))
        .fold(None, |_, pushed| Some(pushed))
        .unwrap();
    let candidate = complete(candidate);
    assert_eq!((candidate.batch.hash(), candidate.inclusion_height), (first.hash(), 4));
    reader.advance(&candidate, key().public_key(), LIMITS);
    let next = reader.ready().unwrap();
    assert_eq!(next.batch.hash(), second.hash());
    assert_eq!((next.completed_at, next.inclusion_height), (3, 4), "never below the one before");
    assert_eq!(reader.push(9, 0, &blobs[0]), Pushed::Skipped(Skip::Consumed));
    let rival = cut(&batch(2, Hash([9; 32]), 100)).remove(0);
    assert_eq!(reader.push(9, 1, &rival), Pushed::Skipped(Skip::OtherPredecessor));
}

#[test]
fn what_waits_is_bounded_and_what_is_dropped_is_named() {
    let limits = ReaderLimits { batch: LIMITS, parked_bytes_max: 5_000 };
    let mut reader = BatchReader::new(GENESIS, limits, key().public_key(), 0, Hash::ZERO, 0);
    let mut dropped = None;
    for number in 2..6 {
        let blob = batch(number, Hash([3; 32]), 2_000).split(10_000, &LIMITS, &key()).unwrap().remove(0);
        let Pushed::Kept { reread } = reader.push(number, 0, &blob) else { panic!("it waits") };
        dropped = dropped.or(reread);
        assert!(reader.parked_bytes() <= 5_000);
    }
    assert_eq!(dropped, Some(4), "the farthest went first");
    // The expected number is taken whatever its size.
    let first = batch(1, Hash::ZERO, 20_000).split(100_000, &LIMITS, &key()).unwrap().remove(0);
    complete(reader.push(9, 0, &first));
}

#[test]
fn under_a_new_key_only_later_parts_count() {
    let new_key = SigningKey::from_seed([2; 32]);
    let first = batch(1, Hash::ZERO, 100);
    let second = batch(2, first.hash(), 100);
    let cut = |batch: &Batch, key: &SigningKey| batch.split(10_000, &LIMITS, key).unwrap().remove(0);
    let mut reader = reader();
    assert_eq!(reader.push(5, 0, &cut(&second, &key())), Pushed::Kept { reread: None });
    let candidate = complete(reader.push(5, 1, &cut(&first, &key())));
    reader.advance(&candidate, new_key.public_key(), LIMITS);
    assert_eq!(reader.ready(), None, "parts under the old key are forgotten");
    assert_eq!(reader.push(5, 2, &cut(&second, &new_key)), Pushed::Skipped(Skip::Signature), "not above the inclusion");
    assert_eq!(reader.push(6, 0, &cut(&second, &key())), Pushed::Skipped(Skip::Signature));
    complete(reader.push(6, 1, &cut(&second, &new_key)));
}

#[test]
fn evidence_convinces_only_where_both_sides_are_signed() {
    let limits = LIMITS;
    let sign = |header: &Header, key: &SigningKey| SignedHeader { signature: header.sign(key), header: header.clone() };
    let (a, mut other) = (block(3, b"").header, block(3, b"").header);
    other.fees = 1;
    let two = |b: SignedHeader| Evidence {
        format: 1,
        genesis_hash: GENESIS,
        kind: EvidenceKind::TwoHeaders { a: sign(&a, &key()), b },
    };
    let mut elsewhere = other.clone();
    elsewhere.height = 4;
    for (evidence, expected) in [
        (two(sign(&other, &key())), true),
        (two(sign(&a, &key())), false),
        (two(sign(&other, &SigningKey::from_seed([2; 32]))), false),
        (two(sign(&elsewhere, &key())), false),
    ] {
        assert_eq!(evidence.convinces(&key().public_key(), &limits), expected);
        assert_eq!(Evidence::from_bytes(&evidence.to_bytes()).unwrap(), evidence);
    }
    let part = |batch: &Batch, size: usize| batch.split(size, &LIMITS, &key()).unwrap().remove(0);
    let (one, rival) = (batch(1, Hash::ZERO, 500), batch(1, Hash([1; 32]), 500));
    let batches =
        |a: Vec<u8>, b: Vec<u8>| Evidence { format: 1, genesis_hash: GENESIS, kind: EvidenceKind::TwoBatches { a, b } };
    let key = key().public_key();
    assert!(batches(part(&one, 10_000), part(&rival, 10_000)).convinces(&key, &limits));
    assert!(!batches(part(&one, 10_000), part(&one, 300)).convinces(&key, &limits), "only cut otherwise");
}

proptest! {
    #[test]
    fn parts_make_the_same_batch_in_any_order(len in 0usize..6_000, blob in 200usize..3_000, seed: u64) {
        let batch = batch(1, Hash::ZERO, len);
        let Ok(mut blobs) = batch.split(blob, &LIMITS, &key()) else { return Ok(()) };
        let order = noise(seed, blobs.len());
        let mut order: Vec<(u8, usize)> = order.into_iter().zip(0..).collect();
        order.sort_unstable();
        blobs = order.iter().map(|(_, i)| blobs[*i].clone()).collect();
        blobs.extend(blobs.clone());
        let mut reader = reader();
        let mut found = None;
        for (index, blob) in blobs.iter().enumerate() {
            prop_assert!(BatchPart::parse(blob, &GENESIS, &LIMITS).is_ok());
            if let Pushed::Complete(candidate) = reader.push(1, index as u64, blob) {
                found = Some(candidate);
                break;
            }
        }
        let found = found.unwrap();
        prop_assert_eq!(&found.batch, &batch);
        prop_assert_eq!(found.batch.blocks().unwrap(), batch.blocks().unwrap());
    }
}
