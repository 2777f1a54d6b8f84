//! The log's bytes, and what recovery makes of a log that is torn, damaged or somebody else's.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::sync::Arc;

use proptest::prelude::*;
use storage::{
    Disk, Log, LogConfig, LogError, LogOffset, LogTail, RealDisk, fuzz,
    sim::{Dice, SimDisk},
};

const CONFIG: LogConfig = LogConfig { genesis_hash: [0xab; 32], segment_bytes: 4096 };
const START: LogTail = LogTail { from: LogOffset(0), synced: LogOffset(0) };

fn open(disk: &SimDisk, tail: LogTail) -> Result<(Log, Vec<Vec<u8>>), LogError> {
    let (log, records) = Log::open(Arc::new(disk.clone()), CONFIG, tail)?;
    Ok((log, records.into_iter().map(|record| record.body).collect()))
}

fn content(disk: &SimDisk, name: &str) -> Vec<u8> {
    let file = disk.open(name).unwrap();
    let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
    file.read_at(0, &mut bytes).unwrap();
    bytes
}

/// A disk with three synced records of ten bytes each, in 18 bytes of log.
fn three() -> SimDisk {
    let disk = SimDisk::new();
    let (mut log, _) = open(&disk, START).unwrap();
    for byte in [b'a', b'b', b'c'] {
        log.append(&[byte; 10]).unwrap();
    }
    assert_eq!(log.sync().unwrap(), LogOffset(54));
    disk
}

#[test]
fn the_bytes_are_those_of_the_specification() {
    let bytes = content(&three(), "00000000000000000000.tnrl");
    assert_eq!(bytes.len(), 4096);
    assert_eq!(&bytes[..8], b"TNRL\x01\0\0\0");
    assert_eq!(&bytes[8..16], &[0; 8]);
    assert_eq!(&bytes[16..48], &[0xab; 32]);
    assert_eq!(&bytes[48..60], &[0; 12]);
    assert_eq!(bytes[60..64], crc32c::crc32c(&bytes[..60]).to_le_bytes());
    // The second record, at log offset 18.
    let record = &bytes[64 + 18..64 + 36];
    assert_eq!(record[..4], 10u32.to_le_bytes());
    let checked = [18u64.to_le_bytes().as_slice(), &[b'b'; 10]].concat();
    assert_eq!(record[4..8], crc32c::crc32c(&checked).to_le_bytes());
    assert_eq!(&record[8..], [b'b'; 10]);
    assert!(bytes[64 + 54..].iter().all(|byte| *byte == 0));
}

#[test]
fn a_segment_says_where_it_begins_and_offsets_skip_headers() {
    let disk = SimDisk::new();
    let (mut log, _) = open(&disk, START).unwrap();
    for _ in 0..3 {
        log.append(&[1; 2000]).unwrap();
    }
    log.sync().unwrap();
    assert_eq!(disk.list().unwrap(), ["00000000000000000000.tnrl", "00000000000000004016.tnrl"]);
    let bytes = content(&disk, "00000000000000004016.tnrl");
    assert_eq!(bytes[8..16], 4016u64.to_le_bytes());
    // A body larger than a segment gets a larger one.
    log.append(&[2; 10_000]).unwrap();
    log.append(&[3]).unwrap();
    log.sync().unwrap();
    let (_, records) = open(&disk, START).unwrap();
    assert_eq!(records.iter().map(Vec::len).collect::<Vec<_>>(), [2000, 2000, 2000, 10_000, 1]);
}

#[test]
fn a_torn_tail_is_cut_and_corruption_below_a_synced_offset_is_refused() {
    // bit of the file that fails, offset known to be synced, what recovery finds
    let second = (64 + 18 + 12) * 8;
    for (synced, found) in [(0, Some(1)), (18, Some(1)), (19, None), (54, None)] {
        let disk = three();
        assert!(disk.flip_bit("00000000000000000000.tnrl", second));
        let outcome = open(&disk, LogTail { from: LogOffset(0), synced: LogOffset(synced) });
        match (outcome, found) {
            (Ok((_, records)), Some(count)) => assert_eq!(records.len(), count, "synced {synced}"),
            (Err(LogError::Corrupt { found: 18, synced: s }), None) => assert_eq!(s, synced),
            (other, _) => panic!("synced {synced}: {other:?}"),
        }
    }
}

#[test]
fn every_bit_of_a_synced_record_is_guarded() {
    for bit in 64 * 8..(64 + 54) * 8 {
        let disk = three();
        assert!(disk.flip_bit("00000000000000000000.tnrl", bit));
        let tail = LogTail { from: LogOffset(0), synced: LogOffset(54) };
        assert!(matches!(open(&disk, tail), Err(LogError::Corrupt { .. })), "bit {bit}");
    }
    for bit in 0..64 * 8 {
        let disk = three();
        assert!(disk.flip_bit("00000000000000000000.tnrl", bit));
        assert!(matches!(open(&disk, START), Err(LogError::BadSegment(_))), "bit {bit}");
    }
}

#[test]
fn what_lay_behind_a_cut_never_comes_back() {
    let disk = three();
    // The second record is torn; the third, behind it, is intact.
    assert!(disk.flip_bit("00000000000000000000.tnrl", (64 + 18 + 12) * 8));
    let (mut log, records) = open(&disk, START).unwrap();
    assert_eq!(records, [[b'a'; 10]]);
    // A record of the same size takes its place, so that the old third would follow on it.
    log.append(&[b'n'; 10]).unwrap();
    log.sync().unwrap();
    drop(log);
    disk.crash(&mut Dice::new(1));
    let (_, records) = open(&disk, START).unwrap();
    assert_eq!(records, [[b'a'; 10], [b'n'; 10]]);
}

#[test]
fn a_damaged_segment_before_the_last_is_corruption_whatever_is_known() {
    let disk = SimDisk::new();
    let (mut log, _) = open(&disk, START).unwrap();
    for _ in 0..3 {
        log.append(&[1; 2000]).unwrap();
    }
    log.sync().unwrap();
    assert!(disk.flip_bit("00000000000000000000.tnrl", 3000 * 8));
    assert!(matches!(open(&disk, START), Err(LogError::Corrupt { found: 2008, synced: 4016 })));
}

#[test]
fn the_log_of_another_chain_and_a_log_that_is_gone_are_refused() {
    let disk = three();
    let other = LogConfig { genesis_hash: [0xac; 32], ..CONFIG };
    assert!(matches!(Log::open(Arc::new(disk), other, START), Err(LogError::OtherChain(_))));
    let tail = LogTail { from: LogOffset(18), synced: LogOffset(54) };
    assert!(matches!(open(&SimDisk::new(), tail), Err(LogError::Missing(18))));
}

#[test]
fn reading_begins_where_the_database_ends_and_released_segments_go() {
    let disk = SimDisk::new();
    let (mut log, _) = open(&disk, START).unwrap();
    let mut ends = Vec::new();
    for i in 0..10 {
        ends.push(log.append(&[i; 2000]).unwrap());
    }
    log.sync().unwrap();
    assert_eq!(disk.list().unwrap().len(), 5);
    assert_eq!(log.release(LogOffset(ends[3].0 - 1)).unwrap(), 1);
    assert_eq!(log.release(ends[3]).unwrap(), 1);
    drop(log);
    let tail = LogTail { from: ends[4], synced: ends[9] };
    let (_, records) = open(&disk, tail).unwrap();
    assert_eq!(records.iter().map(|body| body[0]).collect::<Vec<_>>(), [5, 6, 7, 8, 9]);
    assert!(matches!(open(&disk, START), Err(LogError::Missing(0))));
}

#[test]
fn after_a_failed_sync_nothing_is_promised_any_more() {
    let disk = SimDisk::new();
    let (mut log, _) = open(&disk, START).unwrap();
    log.append(b"x").unwrap();
    disk.crash_after(1);
    assert!(matches!(log.sync(), Err(LogError::Disk(_))));
    disk.kill();
    assert!(matches!(log.sync(), Err(LogError::Failed)));
    assert!(matches!(log.append(b"y"), Err(LogError::Failed)));
    assert_eq!(log.synced(), LogOffset(0));
}

#[test]
fn what_a_start_found_is_durable_from_then_on() {
    for seed in 0..20 {
        let disk = SimDisk::new();
        let (mut log, _) = open(&disk, START).unwrap();
        log.append(b"x").unwrap();
        // Written, but the process is killed before the sync.
        disk.crash_after(1);
        assert!(log.sync().is_err());
        disk.kill();
        let (_, records) = open(&disk, START).unwrap();
        assert_eq!(records, [b"x"]);
        disk.crash(&mut Dice::new(seed));
        let (_, records) = open(&disk, START).unwrap();
        assert_eq!(records, [b"x"], "seed {seed}");
    }
}

#[test]
fn the_real_disk_keeps_a_log_like_the_simulated_one() {
    let directory = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(directory.path().join("log")).unwrap());
    let (mut log, _) = Log::open(Arc::clone(&disk), CONFIG, START).unwrap();
    for i in 0..10u8 {
        log.append(&[i; 1500]).unwrap();
        if let Some(preparation) = log.prepare() {
            preparation.run().unwrap();
        }
        log.sync().unwrap();
    }
    drop(log);
    let (log, records) = Log::open(disk, CONFIG, START).unwrap();
    assert_eq!(records.len(), 10);
    assert_eq!(records[9].end, log.synced());
    assert!(records.iter().zip(0u8..).all(|(record, i)| record.body == [i; 1500]));
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        fuzz::log(&bytes);
        fuzz::row(&bytes);
    }

    #[test]
    fn a_segment_of_any_bytes_is_read_or_refused(
        body in prop::collection::vec(any::<u8>(), 1..200),
        at in 0u64..200,
        noise in prop::collection::vec(any::<u8>(), 1..64),
        synced in 0u64..300,
    ) {
        let disk = SimDisk::new();
        let (mut log, _) = open(&disk, START).unwrap();
        let end = log.append(&body).unwrap();
        log.sync().unwrap();
        drop(log);
        disk.open("00000000000000000000.tnrl").unwrap().write_at(64 + at, &noise).unwrap();
        match open(&disk, LogTail { from: LogOffset(0), synced: LogOffset(synced) }) {
            Ok((log, records)) => prop_assert!(records.is_empty() || records[0] == body && log.end() >= end),
            Err(LogError::Corrupt { synced: s, .. }) => prop_assert_eq!(s, synced),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
