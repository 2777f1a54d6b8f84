//! The worked example of the specification, byte for byte: roots, proofs, and what a flipped bit does to them.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use jellyfish_merkle::{Hash, Limits, ProofError, ProofLeaf, Sha256, StateProof, Tree, TreeHash, check};

const LIMITS: Limits = Limits { versions_max: 8, stale_nodes_max: 1000 };

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn hash(text: &str) -> Hash {
    bytes(text).try_into().unwrap()
}

struct Entry {
    path: Hash,
    value: Vec<u8>,
    leaf: Hash,
}

fn entry(key: &str, path: &str, value: &str, value_hash: &str, leaf: &str) -> Entry {
    let entry = Entry { path: hash(path), value: bytes(value), leaf: hash(leaf) };
    assert_eq!(Sha256::value(&bytes(key)), entry.path);
    assert_eq!(Sha256::value(&entry.value), hash(value_hash));
    entry
}

fn a() -> Entry {
    entry(
        "000000000000000000000000000000000000000000000000000000000000000001000000000000000000000000000000000000000000000000000000000000000108636861696e5f696407436861696e496400",
        "7047cce11915cf4e71966b65e27ebf61c9066fb9923df2accc175e75e886a267",
        "04",
        "e52d9c508c502347344d8c07ad91cbd6068afc75ff6292f062a09ca381c89e71",
        "05ecf3df2d15def14de3061e58602fecc353e684f84bd3d1e51f20f7db51f6a4",
    )
}

fn b() -> Entry {
    entry(
        "02000000000000000000000000000000000000000000000000000000000000000108636861696e5f6964",
        "03b4ffc70a5c820fbf17a6045e0792a488d675e78f323355664fc228f33f0f99",
        "a11ceb0b",
        "872e9d9dbebcb885b449a7dd4cb784a6b128c0d8860b2bfcc8f020cc3a2259d6",
        "ab118444414f447d3a3d6733d100a620ea53b4c726858023b17a94c4e927bc65",
    )
}

fn c() -> Entry {
    entry(
        "031111111111111111111111111111111111111111111111111111111111111111080700000000000000",
        "47117fa0568f7b900b8875aebdda37afc007fbb2b5f08b3bbe89888d37a625b4",
        "e803000000000000",
        "921ac7f259f864606624eb7fc29124712ff65b425e9500a35dd32b71ddb9332c",
        "a2f007cd0e005785c388b5b36af38274b02939a1f55c25dc710384fe5a1074ee",
    )
}

/// Version 0 holds A, 1 A and B, 2 all three, 3 A and C.
fn tree() -> Tree<Sha256> {
    let mut tree = Tree::new(LIMITS);
    let set = |e: Entry| (e.path, Some(Sha256::value(&e.value)));
    tree.commit(0, &[set(a())]).unwrap();
    tree.commit(1, &[set(b())]).unwrap();
    tree.commit(2, &[set(c())]).unwrap();
    tree.commit(3, &[(b().path, None)]).unwrap();
    tree
}

#[test]
fn roots_are_those_of_the_specification() {
    let tree = tree();
    for (version, root) in [
        (0, "05ecf3df2d15def14de3061e58602fecc353e684f84bd3d1e51f20f7db51f6a4"),
        (1, "a9b67c1357dc9c9ebf367129e8115592fa9fb97e91b0b3f01465ed271cb81084"),
        (2, "d06e266ed45797074964aa6205c30b9c5674228e69a261b996d38f0c2f208b9a"),
        (3, "5b5d5a27b286bac83eafadff9b7ce23228d388fe2f42abc066e64e74b7d4aba4"),
    ] {
        assert_eq!(hex::encode(tree.root(version).unwrap()), root, "version {version}");
    }
}

#[test]
fn proofs_are_those_of_the_specification() {
    let tree = tree();
    let root = tree.root(2).unwrap();
    let (a, b, c) = (a(), b(), c());
    let leaf = |e: &Entry| Some(ProofLeaf { path: e.path, value_hash: Sha256::value(&e.value) });

    let inclusion = tree.prove(2, &a.path).unwrap();
    assert_eq!(inclusion, StateProof { leaf: leaf(&a), siblings: vec![c.leaf, b.leaf, Sha256::EMPTY] });
    check::<Sha256>(&root, &a.path, Some(&a.value), &inclusion).unwrap();

    let key = bytes("031111111111111111111111111111111111111111111111111111111111111111080500000000000000");
    let other = Sha256::value(&key);
    assert_eq!(other, hash("57f3bfec9813aa59b5ff4a4eaf976e76dfce4570e6e23148f4f9a67d025a5ff0"));
    let other_leaf = tree.prove(2, &other).unwrap();
    assert_eq!(other_leaf, StateProof { leaf: leaf(&c), siblings: vec![a.leaf, b.leaf, Sha256::EMPTY] });
    check::<Sha256>(&root, &other, None, &other_leaf).unwrap();

    let key = bytes(
        "002222222222222222222222222222222222222222222222222222222222222222000000000000000000000000000000000000000000000000000000000000000104636f696e09436f696e53746f7265010700000000000000000000000000000000000000000000000000000000000000010a6170746f735f636f696e094170746f73436f696e00",
    );
    let empty = Sha256::value(&key);
    assert_eq!(empty, hash("c52052edf5c1a0e27c6383735c7a2ce9aaede07135c88cd2d052f11b78804dbd"));
    let empty_place = tree.prove(2, &empty).unwrap();
    let ac = hash("23d4de065a421c5f9b361bbde6f744cbcd925eb5a5f15c9ebbf5a695388bf8c8");
    assert_eq!(empty_place, StateProof { leaf: None, siblings: vec![ac] });
    check::<Sha256>(&root, &empty, None, &empty_place).unwrap();
}

#[test]
fn a_proof_with_any_bit_flipped_fails() {
    let tree = tree();
    let root = tree.root(2).unwrap();
    let (a, absent) = (a(), Sha256::value(b"absent"));
    for (path, value) in [(a.path, Some(a.value.as_slice())), (absent, None)] {
        let proof = tree.prove(2, &path).unwrap();
        check::<Sha256>(&root, &path, value, &proof).unwrap();
        let encoded = bcs::to_bytes(&proof).unwrap();
        for at in 0..encoded.len() * 8 {
            let mut flipped = encoded.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            if let Ok(proof) = bcs::from_bytes::<StateProof>(&flipped) {
                assert!(check::<Sha256>(&root, &path, value, &proof).is_err(), "bit {at}");
            }
        }
        for at in 0..256 {
            let mut other = root;
            other[at / 8] ^= 1 << (at % 8);
            assert!(matches!(
                check::<Sha256>(&other, &path, value, &proof),
                Err(ProofError::RootMismatch(found, expected)) if found == root && expected == other
            ));
        }
    }
}

#[test]
fn a_proof_shows_nothing_but_what_it_was_made_for() {
    let tree = tree();
    let root = tree.root(2).unwrap();
    let (a, b) = (a(), b());
    let proof = tree.prove(2, &a.path).unwrap();
    let verdict = |path: &Hash, value: Option<&[u8]>, proof: &StateProof| check::<Sha256>(&root, path, value, proof);
    assert_eq!(verdict(&a.path, None, &proof), Err(ProofError::LeafPresent));
    assert_eq!(
        verdict(&a.path, Some(b"x"), &proof),
        Err(ProofError::ValueMismatch(Sha256::value(&a.value), Sha256::value(b"x")))
    );
    assert_eq!(verdict(&b.path, Some(&b.value), &proof), Err(ProofError::LeafMissing));
    // B's place is not on the way to A's leaf.
    assert_eq!(verdict(&b.path, None, &proof), Err(ProofError::LeafElsewhere(1, 3)));
    let deep = StateProof { leaf: None, siblings: vec![Sha256::EMPTY; 257] };
    assert_eq!(verdict(&a.path, None, &deep), Err(ProofError::TooDeep(257)));
}
