//! The tree against the hash-bound limit of the same update, and against the `jmt` crate.
//!
//! Workload: random 32-byte paths, 8-byte values; batches of 80 % existing and 20 % new keys, values hashed inside
//! the measurement on both sides. First a table of ratios taken within this run, in CPU time, then divan's figures.
//! `TENOR_BENCH_KEYS` sets the size of the tree (default 1 000 000), `TENOR_BENCH_JMT_KEYS` that of the comparison
//! with the `jmt` crate (default 1 000 000, whose building takes the crate some 20 s).
#![expect(clippy::print_stdout, clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a report of ratios")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark reads clock and environment")]

use std::{cell::Cell, hint::black_box, time::Duration};

use divan::Bencher;
use jellyfish_merkle::{Hash, Limits, Sha256, Tree, TreeHash, check};
use jmt::{KeyHash, Sha256Jmt, mock::MockTreeStore};
use rand::{Rng, SeedableRng, rngs::StdRng};
use rustix::time::{ClockId, clock_gettime};

const LIMITS: Limits = Limits { versions_max: 16, stale_nodes_max: 1 << 26 };
const BATCH: usize = 10_000;

fn main() {
    println!("{}", report());
    divan::main();
}

type Values = Vec<(Hash, [u8; 8])>;

fn keys(count: usize, rng: &mut StdRng) -> Values {
    (0..count).map(|_| (rng.r#gen(), rng.r#gen())).collect()
}

fn batch(present: &mut Values, size: usize, rng: &mut StdRng) -> Values {
    (0..size)
        .map(|i| {
            if i % 5 == 0 {
                present.push((rng.r#gen(), [0; 8]));
            }
            let at = if i % 5 == 0 { present.len() - 1 } else { rng.gen_range(0..present.len()) };
            (present[at].0, rng.r#gen())
        })
        .collect()
}

fn commit<H: TreeHash>(tree: &mut Tree<H>, values: &Values) -> Hash {
    let version = tree.versions().map_or(0, |(_, newest)| newest + 1);
    let updates: Vec<_> = values.iter().map(|(path, value)| (*path, Some(H::value(value)))).collect();
    tree.commit(version, &updates).unwrap()
}

thread_local! {
    static HASHES: Cell<u64> = const { Cell::new(0) };
}

/// Counts leaf and inner hashes.
enum Counting {}

impl TreeHash for Counting {
    const EMPTY: Hash = Sha256::EMPTY;

    fn value(bytes: &[u8]) -> Hash {
        Sha256::value(bytes)
    }

    fn leaf(line: &[u8; 64]) -> Hash {
        HASHES.set(HASHES.get() + 1);
        Sha256::leaf(line)
    }

    fn inner(line: &[u8; 64]) -> Hash {
        HASHES.set(HASHES.get() + 1);
        Sha256::inner(line)
    }
}

fn median(mut samples: Vec<Duration>) -> f64 {
    samples.sort();
    samples[samples.len() / 2].as_nanos() as f64
}

/// CPU time of this thread, so that a shared machine disturbs less.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap()
}

fn timed<T>(action: impl FnOnce() -> T) -> Duration {
    let start = cpu_time();
    black_box(action());
    cpu_time() - start
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn report() -> String {
    let node = median(
        (0..9)
            .map(|_| {
                timed(|| {
                    let mut line = [7u8; 64];
                    for _ in 0..10_000 {
                        let hash = Sha256::inner(&line);
                        line[..32].copy_from_slice(&hash);
                    }
                    line
                })
            })
            .collect(),
    ) / 10_000.0;

    let size = number("TENOR_BENCH_KEYS", 1_000_000);
    let mut rng = StdRng::seed_from_u64(1);
    let (mut present, mut tree, mut counting) =
        (keys(size, &mut rng), Tree::<Sha256>::new(LIMITS), Tree::<Counting>::new(LIMITS));
    let build = timed(|| commit(&mut tree, &present));
    commit(&mut counting, &present);
    HASHES.set(0);
    let (mut ours, mut hashes) = (Vec::new(), 0);
    for round in 0..40 {
        let values = batch(&mut present, BATCH, &mut rng);
        let updates: Vec<_> = values.iter().map(|(path, value)| (*path, Some(Sha256::value(value)))).collect();
        let version = tree.versions().unwrap().1 + 1;
        let took = timed(|| tree.commit(version, &updates).unwrap());
        counting.commit(version, &updates).unwrap();
        // By then the window is full and every commit prunes one version.
        if round >= 20 {
            ours.push(took);
            hashes = HASHES.get();
        }
        HASHES.set(0);
    }
    let (per_update, limit) = (median(ours) / BATCH as f64, hashes as f64 * node / BATCH as f64);
    let usage = tree.usage();

    let (theirs, same) = compare(number("TENOR_BENCH_JMT_KEYS", 1_000_000));
    format!(
        "node hash                       {node:.1} ns\n\
         build, {size} keys         {:.2} s\n\
         commit, {BATCH} over {size} {per_update:.0} ns per update, versioned, values hashed before\n\
         hash-bound limit                {limit:.0} ns per update ({:.1} hashes)\n\
         limit / commit                  {:.0} %   (must 35, goal 55)\n\
         jmt / ours, values hashed inside {theirs:.0} / {same:.0} ns = {:.1} times   (must 8, goal 12)\n\
         memory                          {:.0} bytes per key with {} stale nodes",
        build.as_secs_f64(),
        hashes as f64 / BATCH as f64,
        100.0 * limit / per_update,
        theirs / same,
        usage.bytes as f64 / present.len() as f64,
        usage.stale_nodes,
    )
}

/// The same batches through the crate and through ours: nanoseconds per update, and equal roots.
fn compare(size: usize) -> (f64, f64) {
    let mut rng = StdRng::seed_from_u64(2);
    let mut present = keys(size, &mut rng);
    let (store, mut tree) = (MockTreeStore::default(), Tree::<Sha256>::new(LIMITS));
    let mut version = 0;
    for part in present.chunks(10_000) {
        let sets = part.iter().map(|(path, value)| (KeyHash(*path), value.to_vec()));
        let (_, update) = Sha256Jmt::new(&store).batch_put_value_sets(vec![sets.collect()], None, version).unwrap();
        store.write_tree_update_batch(update).unwrap();
        commit(&mut tree, &part.to_vec());
        version += 1;
    }
    // One after the other, each with its own data in the caches.
    let batches: Vec<Values> = (0..9).map(|_| batch(&mut present, BATCH, &mut rng)).collect();
    let (mut theirs, mut ours, mut roots) = (Vec::new(), Vec::new(), Vec::new());
    for values in &batches {
        let sets: Vec<_> = values.iter().map(|(path, value)| (KeyHash(*path), value.to_vec())).collect();
        let mut result = None;
        theirs.push(timed(|| {
            result = Some(Sha256Jmt::new(&store).batch_put_value_sets(vec![sets], None, version).unwrap());
        }));
        let (root, update) = result.unwrap();
        store.write_tree_update_batch(update).unwrap();
        roots.push(root[0].0);
        version += 1;
    }
    for (values, root) in batches.iter().zip(roots) {
        ours.push(timed(|| assert_eq!(commit(&mut tree, values), root, "roots differ")));
    }
    (median(theirs) / BATCH as f64, median(ours) / BATCH as f64)
}

fn tree_of(size: usize) -> (Tree<Sha256>, Values, StdRng) {
    let mut rng = StdRng::seed_from_u64(3);
    let present = keys(size, &mut rng);
    let mut tree = Tree::new(LIMITS);
    commit(&mut tree, &present);
    (tree, present, rng)
}

#[divan::bench(name = "tree/commit/over_100k", args = [100, 1_000, 10_000], sample_count = 50)]
fn commit_batch(bencher: Bencher<'_, '_>, size: usize) {
    let (mut tree, mut present, mut rng) = tree_of(100_000);
    bencher
        .counter(divan::counter::ItemsCount::new(size))
        .with_inputs(|| batch(&mut present, size, &mut rng))
        .bench_local_values(|values| commit(&mut tree, &values));
}

#[divan::bench(name = "tree/build", args = [10_000, 100_000], sample_count = 10)]
fn build(bencher: Bencher<'_, '_>, size: usize) {
    let values = keys(size, &mut StdRng::seed_from_u64(4));
    bencher
        .counter(divan::counter::ItemsCount::new(size))
        .bench_local(|| commit(&mut Tree::<Sha256>::new(LIMITS), &values));
}

#[divan::bench(name = "proof/make/over_100k")]
fn prove(bencher: Bencher<'_, '_>) {
    let (tree, present, mut rng) = tree_of(100_000);
    bencher
        .with_inputs(|| present[rng.gen_range(0..present.len())].0)
        .bench_local_values(|path| tree.prove(0, &path).unwrap());
}

#[divan::bench(name = "proof/check/over_100k")]
fn check_proof(bencher: Bencher<'_, '_>) {
    let (tree, present, mut rng) = tree_of(100_000);
    let root = tree.root(0).unwrap();
    bencher
        .with_inputs(|| {
            let (path, value) = present[rng.gen_range(0..present.len())];
            (path, value, tree.prove(0, &path).unwrap())
        })
        .bench_local_values(|(path, value, proof)| check::<Sha256>(&root, &path, Some(&value), &proof).unwrap());
}
