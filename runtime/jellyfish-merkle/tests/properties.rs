//! The tree against the dumbest correct model: a map, and the definition of its root.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeMap;

use jellyfish_merkle::{CommitError, Hash, Limits, NotKept, Sha256, Tree, TreeHash, check};
use proptest::prelude::*;

type Model = BTreeMap<Hash, u8>;

/// The definition, word by word: nothing, one leaf at whatever depth, or two halves by the next bit.
fn root(set: &[(Hash, u8)], depth: usize) -> Hash {
    let pair = |a: Hash, b: Hash| -> [u8; 64] { [a, b].concat().try_into().unwrap() };
    match set {
        [] => Sha256::EMPTY,
        [(path, value)] => Sha256::leaf(&pair(*path, Sha256::value(&[*value]))),
        _ => {
            let middle = set.partition_point(|(path, _)| path[depth / 8] >> (7 - depth % 8) & 1 == 0);
            Sha256::inner(&pair(root(&set[..middle], depth + 1), root(&set[middle..], depth + 1)))
        }
    }
}

fn model_root(model: &Model) -> Hash {
    root(&model.iter().map(|(p, v)| (*p, *v)).collect::<Vec<_>>(), 0)
}

/// Paths that differ early, late, or only in their last bit.
fn path() -> impl Strategy<Value = Hash> {
    prop_oneof![
        (0u8..16).prop_map(|i| {
            let mut p = [0x77; 32];
            p[0] = i << 4;
            p
        }),
        (0usize..256).prop_map(|i| {
            let mut p = [0; 32];
            p[i / 8] |= 1 << (7 - i % 8);
            p
        }),
        (0u8..4).prop_map(|i| {
            let mut p = [0xff; 32];
            p[31] = i;
            p
        }),
    ]
}

fn batch() -> impl Strategy<Value = Vec<(Hash, Option<u8>)>> {
    prop::collection::vec((path(), prop::option::weighted(0.6, any::<u8>())), 0..40)
}

fn updates(batch: &[(Hash, Option<u8>)]) -> Vec<(Hash, Option<Hash>)> {
    batch.iter().map(|(path, value)| (*path, value.map(|v| Sha256::value(&[v])))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn it_reads_like_a_map_at_every_kept_version(
        batches in prop::collection::vec(batch(), 1..10),
        versions_max in 1usize..6,
        probes in prop::collection::vec(path(), 8),
    ) {
        let mut tree = Tree::<Sha256>::new(Limits { versions_max, stale_nodes_max: usize::MAX });
        let mut models: Vec<Model> = Vec::new();
        for (version, batch) in batches.iter().enumerate() {
            let mut model = models.last().cloned().unwrap_or_default();
            for (path, value) in batch {
                match value {
                    Some(value) => { model.insert(*path, *value); }
                    None => { model.remove(path); }
                }
            }
            let root = tree.commit(version as u64, &updates(batch)).unwrap();
            prop_assert_eq!(root, model_root(&model));
            models.push(model);

            for (old, model) in models.iter().enumerate() {
                let number = old as u64;
                if old + versions_max <= version {
                    prop_assert!(matches!(tree.prove(number, &[0; 32]), Err(NotKept::Pruned(..))));
                    continue;
                }
                let root = tree.root(number).unwrap();
                prop_assert_eq!(root, model_root(model));
                let leaves: Vec<_> = tree.leaves(number).unwrap().collect();
                let expected: Vec<_> = model.iter().map(|(p, v)| (*p, Sha256::value(&[*v]))).collect();
                prop_assert_eq!(leaves, expected);
                for path in &probes {
                    let proof = tree.prove(number, path).unwrap();
                    let value = model.get(path).map(std::slice::from_ref);
                    prop_assert!(check::<Sha256>(&root, path, value, &proof).is_ok());
                    prop_assert!(check::<Sha256>(&root, path, value.is_none().then_some(b"?".as_slice()), &proof).is_err());
                }
            }
        }
        // What only old versions used is given back with them.
        tree.prune_below(u64::MAX);
        let usage = tree.usage();
        prop_assert_eq!(usage.leaves, models.last().unwrap().len());
        prop_assert_eq!(usage.stale_nodes, 0);
        prop_assert!(tree.commit(batches.len() as u64, &[]).is_ok());
    }

    #[test]
    fn what_is_undone_leaves_no_trace(first in batch(), second in batch(), third in batch()) {
        let limits = Limits { versions_max: 8, stale_nodes_max: usize::MAX };
        let (mut tree, mut straight) = (Tree::<Sha256>::new(limits), Tree::<Sha256>::new(limits));
        for tree in [&mut tree, &mut straight] {
            tree.commit(5, &updates(&first)).unwrap();
        }
        tree.commit(6, &updates(&second)).unwrap();
        prop_assert!(tree.undo());
        prop_assert!(!tree.undo());
        let roots = [&mut tree, &mut straight].map(|tree| tree.commit(6, &updates(&third)).unwrap());
        prop_assert_eq!(roots[0], roots[1]);
        let counts = [tree.usage(), straight.usage()].map(|u| (u.inner_nodes, u.leaves, u.stale_nodes));
        prop_assert_eq!(counts[0], counts[1]);
        prop_assert_eq!(tree.root(5), straight.root(5));
    }
}

#[test]
fn versions_follow_one_another() {
    let mut tree = Tree::<Sha256>::new(Limits { versions_max: 4, stale_nodes_max: 100 });
    assert_eq!(tree.root(0), Err(NotKept::NoVersions));
    tree.commit(7, &[]).unwrap();
    assert_eq!(tree.commit(7, &[]), Err(CommitError::NotNext(7, 8)));
    assert_eq!(tree.commit(9, &[]), Err(CommitError::NotNext(9, 8)));
    assert_eq!(tree.root(6), Err(NotKept::Pruned(6, 7)));
    assert_eq!(tree.root(8), Err(NotKept::Future(8, 7)));
    assert_eq!(tree.root(7), Ok(Sha256::EMPTY));
}

#[test]
fn history_gives_way_when_it_costs_too_much() {
    let mut tree = Tree::<Sha256>::new(Limits { versions_max: 1000, stale_nodes_max: 500 });
    for version in 0..200u64 {
        let updates: Vec<_> = (0..50u64)
            .map(|i| (Sha256::value(&i.to_le_bytes()), Some(Sha256::value(&version.to_le_bytes()))))
            .collect();
        tree.commit(version, &updates).unwrap();
        assert!(tree.usage().stale_nodes <= 500);
    }
    let (oldest, newest) = tree.versions().unwrap();
    assert_eq!(newest, 199);
    assert!((190..199).contains(&oldest), "{oldest}");
    let usage = tree.usage();
    assert!(usage.bytes < 200_000, "{usage:?}");
}
