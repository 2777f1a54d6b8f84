//! The published `jmt` crate as an oracle: same roots, same proofs, and its checker is no kinder than ours.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeMap;

use jellyfish_merkle::{Hash, Limits, ProofLeaf, Sha256, StateProof, Tree, TreeHash, check};
use jmt::{KeyHash, Sha256Jmt, mock::MockTreeStore, proof::SparseMerkleProof};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::Deserialize;

const LIMITS: Limits = Limits { versions_max: 4, stale_nodes_max: 1 << 20 };

type Batch = BTreeMap<Hash, Option<Vec<u8>>>;

/// Batches of writes and deletions over few enough paths that deletions often hit.
fn batches(seed: u64, count: usize) -> Vec<Batch> {
    let mut rng = StdRng::seed_from_u64(seed);
    let paths: Vec<Hash> = (0..400)
        .map(|_| {
            let mut path: Hash = rng.r#gen();
            if rng.gen_bool(0.3) {
                // Shared prefixes of all lengths, so that collapsing over many levels is met.
                path = [0x5a; 32];
                path[rng.gen_range(0..32)] ^= 1 << rng.gen_range(0..8);
            }
            path
        })
        .collect();
    (0..count)
        .map(|i| {
            let deletions = if i % 5 == 4 { 0.95 } else { 0.3 };
            let size = rng.gen_range(1..300);
            (0..size)
                .map(|_| {
                    let value = (!rng.gen_bool(deletions)).then(|| rng.r#gen::<[u8; 5]>().to_vec());
                    (paths[rng.gen_range(0..paths.len())], value)
                })
                .collect()
        })
        .collect()
}

fn updates(batch: &Batch) -> Vec<(Hash, Option<Hash>)> {
    batch.iter().map(|(path, value)| (*path, value.as_ref().map(|v| Sha256::value(v)))).collect()
}

#[test]
fn roots_equal_those_of_the_jmt_crate_over_batches_with_deletions() {
    for seed in 0..8 {
        let (store, mut ours) = (MockTreeStore::default(), Tree::<Sha256>::new(LIMITS));
        for (version, batch) in batches(seed, 12).iter().enumerate() {
            let version = version as u64;
            let sets = batch.iter().map(|(path, value)| (KeyHash(*path), value.clone()));
            let (root, update) = Sha256Jmt::new(&store).put_value_set(sets, version).unwrap();
            store.write_tree_update_batch(update).unwrap();
            assert_eq!(ours.commit(version, &updates(batch)).unwrap(), root.0, "seed {seed} version {version}");
        }
    }
}

#[derive(Deserialize)]
struct TheirProof {
    leaf: Option<ProofLeaf>,
    siblings: Vec<TheirNode>,
    _phantom: (),
}

#[derive(Deserialize)]
enum TheirNode {
    Null,
    Internal { left: Hash, right: Hash },
    Leaf { path: Hash, value_hash: Hash },
}

/// Their proofs carry a sibling's two halves where ours carry its hash.
fn ours_from(theirs: TheirProof) -> StateProof {
    let pair = |a: Hash, b: Hash| -> [u8; 64] { [a, b].concat().try_into().unwrap() };
    let siblings = theirs.siblings.into_iter().map(|node| match node {
        TheirNode::Null => Sha256::EMPTY,
        TheirNode::Internal { left, right } => Sha256::inner(&pair(left, right)),
        TheirNode::Leaf { path, value_hash } => Sha256::leaf(&pair(path, value_hash)),
    });
    StateProof { leaf: theirs.leaf, siblings: siblings.collect() }
}

#[test]
fn proofs_equal_those_of_the_jmt_crate_and_a_flipped_bit_fails_in_both() {
    let (store, mut ours) = (MockTreeStore::default(), Tree::<Sha256>::new(LIMITS));
    let mut present = BTreeMap::new();
    let all = batches(99, 4);
    for (version, batch) in (0..).zip(&all) {
        let sets = batch.iter().map(|(path, value)| (KeyHash(*path), value.clone()));
        let (_, update) = Sha256Jmt::new(&store).put_value_set(sets, version).unwrap();
        store.write_tree_update_batch(update).unwrap();
        ours.commit(version, &updates(batch)).unwrap();
        present.extend(batch.clone());
    }
    let (tree, newest) = (Sha256Jmt::new(&store), all.len() as u64 - 1);
    let root = tree.get_root_hash(newest).unwrap();
    let mut rng = StdRng::seed_from_u64(7);
    for (path, value) in present.iter().take(120) {
        let (found, proof) = tree.get_with_proof(KeyHash(*path), newest).unwrap();
        assert_eq!(&found, value);
        proof.verify(root, KeyHash(*path), value.as_ref()).unwrap();

        let encoded = bcs::to_bytes(&proof).unwrap();
        let converted = ours_from(bcs::from_bytes(&encoded).unwrap());
        assert_eq!(converted, ours.prove(newest, path).unwrap());
        check::<Sha256>(&root.0, path, value.as_deref(), &converted).unwrap();

        for _ in 0..20 {
            let mut flipped = encoded.clone();
            let at = rng.gen_range(0..flipped.len() * 8);
            flipped[at / 8] ^= 1 << (at % 8);
            if let Ok(theirs) = bcs::from_bytes::<SparseMerkleProof<sha2::Sha256>>(&flipped) {
                assert!(theirs.verify(root, KeyHash(*path), value.as_ref()).is_err(), "their checker, bit {at}");
            }
            if let Ok(theirs) = bcs::from_bytes(&flipped) {
                assert!(
                    check::<Sha256>(&root.0, path, value.as_deref(), &ours_from(theirs)).is_err(),
                    "ours, bit {at}"
                );
            }
        }
    }
}
