//! Throughput on ordinary modules: those of the shared execution vectors, compiled from Move sources of
//! a few dozen lines. Bytes are those of the files.
//!
//! `read` decodes and checks bounds, `verify` takes decoded modules, `read_and_verify` does both, as a
//! node does with code that it has not seen. Their ratio says what verification adds to reading.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a benchmark reads files and fails loudly")]

use divan::{Bencher, counter::BytesCount};
use move_binary_format::{CompiledModule, ReaderConfig, TrailingBytes};
use move_bytecode_verifier::{VerifierConfig, verify_module};
use std::{fs, path::Path};

fn main() {
    divan::main();
}

fn reader() -> ReaderConfig {
    ReaderConfig { trailing: TrailingBytes::Ignore, ..ReaderConfig::default() }
}

/// The files of all modules that the vectors execute.
fn files() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("tests/vectors/vm");
    let mut paths = Vec::new();
    for case in fs::read_dir(root).unwrap() {
        let Ok(entries) = fs::read_dir(case.unwrap().path().join("mv")) else { continue };
        paths.extend(entries.map(|entry| entry.unwrap().path()));
    }
    paths.sort();
    let is_module = |path: &&std::path::PathBuf| !path.to_string_lossy().contains("script_");
    paths.iter().filter(is_module).map(|path| fs::read(path).unwrap()).collect()
}

fn size(files: &[Vec<u8>]) -> BytesCount {
    BytesCount::new(files.iter().map(Vec::len).sum::<usize>())
}

fn decode(files: &[Vec<u8>]) -> Vec<CompiledModule> {
    files.iter().map(|bytes| CompiledModule::deserialize_with(bytes, &reader()).unwrap()).collect()
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let files = files();
    bencher.counter(size(&files)).bench(|| decode(&files));
}

#[divan::bench]
fn verify(bencher: Bencher<'_, '_>) {
    let files = files();
    let config = VerifierConfig::production();
    bencher.counter(size(&files)).with_inputs(|| decode(&files)).bench_values(|modules| {
        modules.into_iter().map(|module| verify_module(&config, module).unwrap().units()).sum::<u64>()
    });
}

#[divan::bench]
fn read_and_verify(bencher: Bencher<'_, '_>) {
    let files = files();
    let config = VerifierConfig::production();
    bencher.counter(size(&files)).bench(|| {
        decode(&files).into_iter().map(|module| verify_module(&config, module).unwrap().units()).sum::<u64>()
    });
}
