//! What is particular to the layer in a directory: crashes, locks, other processes, damaged logs.

use std::{fs, path::Path, time::Duration};

use crate::harness::{blob, namespace, noise};
use da_adapter::{
    Anchor, DaError, DataAvailability, ErrorClass,
    embedded::{self, Embedded},
};

fn log(dir: &Path) -> std::path::PathBuf {
    dir.join("heights.log")
}

/// A log of `heights` heights with a blob in every second one; returns the ends of the heights.
async fn filled(dir: &Path, heights: u64) -> Vec<u64> {
    let layer = Embedded::open(dir).unwrap();
    let mut ends = vec![0];
    for height in 1..=heights {
        let posting = (height % 2 == 0).then(|| {
            let (layer, data) = (layer.clone(), noise(200, u8::try_from(height).unwrap()));
            tokio::spawn(async move { layer.submit(&[blob(1, &data)]).await })
        });
        tokio::task::yield_now().await;
        assert_eq!(layer.seal(height * 1000).unwrap().height, height);
        if let Some(posting) = posting {
            assert_eq!(posting.await.unwrap().unwrap(), height);
        }
        ends.push(fs::metadata(log(dir)).unwrap().len());
    }
    ends
}

#[tokio::test]
async fn headers_are_those_of_the_specification() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 2).await;
    let layer = Embedded::open(dir.path()).unwrap();
    let (first, second) = (layer.header(1).await.unwrap(), layer.header(2).await.unwrap());
    // Computed by hand from the definitions: SHA-256 of the tag, a zero byte and the BCS header.
    let hash = |height: u64, time: u64, parent: [u8; 32], root: [u8; 32]| -> [u8; 32] {
        let mut bytes = b"TENOR::DaHeader\0".to_vec();
        bytes.extend(1u16.to_le_bytes());
        bytes.extend(height.to_le_bytes());
        bytes.extend(time.to_le_bytes());
        bytes.extend(parent);
        bytes.extend(root);
        sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), bytes)).into()
    };
    let sha = |bytes: &[u8]| -> [u8; 32] { <sha2::Sha256 as sha2::Digest>::digest(bytes).into() };
    assert_eq!(first.hash, hash(1, 1000, [0; 32], sha(b"")));
    let leaf = sha(&[&[0][..], namespace(1).as_bytes(), &noise(200, 2)].concat());
    assert_eq!(second.hash, hash(2, 2000, first.hash, leaf));
    assert_eq!(layer.read(2, &[namespace(1)]).await.unwrap().blobs[0].commitment.0, leaf);
}

#[tokio::test]
async fn wherever_a_write_tears_the_heights_before_it_stay_and_the_chain_goes_on() {
    let whole = tempfile::tempdir().unwrap();
    let ends = filled(whole.path(), 4).await;
    let bytes = fs::read(log(whole.path())).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for cut in 0..bytes.len() {
        fs::write(log(dir.path()), &bytes[..cut]).unwrap();
        let kept = ends.iter().filter(|&&end| end > 0 && end <= cut as u64).count() as u64;
        let layer = Embedded::open(dir.path()).unwrap();
        let next = layer.seal(9000).unwrap();
        assert_eq!(next.height, kept + 1, "cut at {cut}");
        assert_eq!(layer.header(next.height).await.unwrap(), next);
        if kept >= 2 {
            let read = layer.read(2, &[namespace(1)]).await.unwrap();
            assert_eq!(read.blobs[0].data, noise(200, 2));
        }
    }
    // Sectors written out of order: the last height is there in length, but not in content.
    let last = usize::try_from(ends[3]).unwrap();
    for garbled in [last..bytes.len(), last + 100..bytes.len(), last..last + 10, last + 140..last + 150] {
        let mut torn = bytes.clone();
        torn[garbled.clone()].fill(0);
        fs::write(log(dir.path()), &torn).unwrap();
        assert_eq!(Embedded::open(dir.path()).unwrap().seal(9000).unwrap().height, 4, "{garbled:?}");
    }
}

#[tokio::test]
async fn damage_that_is_no_torn_write_is_refused() {
    let whole = tempfile::tempdir().unwrap();
    let ends: Vec<_> = filled(whole.path(), 4).await.into_iter().map(|end| usize::try_from(end).unwrap()).collect();
    let bytes = fs::read(log(whole.path())).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let with = |bytes: &[u8]| {
        fs::write(log(dir.path()), bytes).unwrap();
        Embedded::open(dir.path())
    };
    // A head in the middle; a height missing; two heights swapped; another chain's tail.
    let mut head = bytes.clone();
    head[ends[1] + 20] ^= 1;
    let missing = [&bytes[..ends[1]], &bytes[ends[2]..]].concat();
    let swapped = [&bytes[..ends[1]], &bytes[ends[2]..ends[3]], &bytes[ends[1]..ends[2]], &bytes[ends[3]..]].concat();
    let elsewhere = tempfile::tempdir().unwrap();
    let others: Vec<_> =
        filled(elsewhere.path(), 4).await.into_iter().map(|end| usize::try_from(end).unwrap()).collect();
    Embedded::open(elsewhere.path()).unwrap().seal(5000).unwrap();
    let other = fs::read(log(elsewhere.path())).unwrap();
    // Times alone make it another chain.
    let shifted = tempfile::tempdir().unwrap();
    let layer = Embedded::open(shifted.path()).unwrap();
    (1..=5).for_each(|time| assert!(layer.seal(time * 1000 + 7).is_ok()));
    let empty = fs::read(log(shifted.path())).unwrap().len() / 5;
    let grafted = [&bytes[..ends[1]], &fs::read(log(shifted.path())).unwrap()[empty..]].concat();
    assert!(with(&[&bytes[..ends[4]], &other[others[4]..]].concat()).is_ok(), "the same history goes on");
    for (what, bytes) in [("head", &head), ("missing", &missing), ("swapped", &swapped), ("grafted", &grafted)] {
        assert_eq!(with(bytes).unwrap_err().class(), ErrorClass::Byzantine, "{what}");
    }
    // A blob in the middle: the chain of headers is whole, the height is not.
    let mut body = bytes.clone();
    body[ends[2] - 10] ^= 1;
    let layer = with(&body).unwrap();
    let error = layer.read(2, &[namespace(1)]).await.unwrap_err();
    assert!(matches!(error, DaError::Byzantine { height: 2, .. }), "{error}");
    assert!(layer.read(3, &[namespace(1)]).await.is_ok());
}

#[tokio::test]
async fn a_second_writer_is_told_that_the_directory_is_locked() {
    let dir = tempfile::tempdir().unwrap();
    let first = Embedded::open(dir.path()).unwrap();
    assert!(matches!(Embedded::open(dir.path()), Err(DaError::Locked(_))));
    first.seal(1).unwrap();
    drop(first);
    assert_eq!(Embedded::open(dir.path()).unwrap().seal(1).unwrap().height, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_posts_through_the_inbox() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Embedded::follow(dir.path(), Duration::from_millis(5), None), Err(DaError::Io { .. })));
    let writer = Embedded::start(dir.path(), Duration::from_millis(20)).unwrap();
    let follower = Embedded::follow(dir.path(), Duration::from_millis(5), None).unwrap();
    let mut posting = Vec::new();
    for byte in 1..=5 {
        let follower = follower.clone();
        let blobs = [blob(1, &[byte; 10]), blob(2, &[byte; 20])];
        posting.push(tokio::spawn(async move { (follower.submit(&blobs).await.unwrap(), byte) }));
    }
    for posted in posting {
        let (height, byte) = posted.await.unwrap();
        writer.wait_for(height).await.unwrap();
        let read = writer.read(height, &[namespace(1), namespace(2)]).await.unwrap();
        for length in [10, 20] {
            assert!(read.blobs.iter().any(|found| found.data == vec![byte; length]));
        }
    }
    assert!(follower.seal(1).is_err());
    // A height is there a little before its submissions are removed, but not the one after it.
    let head = writer.head().await.unwrap().height;
    writer.wait_for(head + 1).await.unwrap();
    assert_eq!(fs::read_dir(dir.path().join("inbox/taken")).unwrap().count(), 0);
    // What is no submission does not hold up the others.
    fs::write(dir.path().join("inbox/new/00-junk"), b"junk").unwrap();
    follower.submit(&[blob(1, b"after the junk")]).await.unwrap();
    assert!(!dir.path().join("inbox/new/00-junk").exists());
}

#[tokio::test]
async fn a_submission_claimed_before_a_crash_is_neither_lost_nor_doubled() {
    let dir = tempfile::tempdir().unwrap();
    let post = |name: &str, byte: u8| {
        let mut body = namespace(1).as_bytes().to_vec();
        body.extend(3u32.to_le_bytes());
        body.extend([byte; 3]);
        let crc = crc32c::crc32c(&body).to_le_bytes();
        body.extend(crc);
        fs::write(dir.path().join("inbox").join(name), body).unwrap();
    };
    {
        let layer = Embedded::open(dir.path()).unwrap();
        layer.seal(1).unwrap();
        post("new/00000000000000000001-0000000001-000000", 1);
        layer.seal(2).unwrap();
        assert_eq!(layer.read(2, &[namespace(1)]).await.unwrap().blobs[0].data, [1; 3]);
    }
    // The crash came after height 2 and before its submission was removed; another was claimed for height 3.
    post("taken/00000000000000000002-00000000000000000001-0000000001-000000", 1);
    post("taken/00000000000000000003-00000000000000000002-0000000001-000001", 2);
    let layer = Embedded::open(dir.path()).unwrap();
    layer.seal(3).unwrap();
    layer.seal(4).unwrap();
    let read = |height| {
        let layer = layer.clone();
        async move { layer.read(height, &[namespace(1)]).await.unwrap().blobs }
    };
    assert_eq!(read(3).await.iter().map(|blob| blob.data.clone()).collect::<Vec<_>>(), [[2; 3]]);
    assert!(read(4).await.is_empty());
}

#[tokio::test]
async fn a_follower_checks_its_anchor_and_notices_a_log_that_shrinks_or_changes() {
    let dir = tempfile::tempdir().unwrap();
    let ends = filled(dir.path(), 3).await;
    let poll = Duration::from_secs(3600);
    let follower = Embedded::follow(dir.path(), poll, None).unwrap();
    let second = follower.header(2).await.unwrap();
    assert!(Embedded::follow(dir.path(), poll, Some(second.anchor())).is_ok());
    let other = Anchor { height: 2, hash: [7; 32] };
    assert_eq!(Embedded::follow(dir.path(), poll, Some(other)).unwrap_err().class(), ErrorClass::Byzantine);

    // Another history of the same length, put under the reader.
    let elsewhere = tempfile::tempdir().unwrap();
    let layer = Embedded::open(elsewhere.path()).unwrap();
    for _ in 0..3 {
        layer.seal(77).unwrap();
    }
    let mut bytes = fs::read(log(dir.path())).unwrap();
    let first = usize::try_from(ends[1]).unwrap();
    bytes[..first].copy_from_slice(&fs::read(log(elsewhere.path())).unwrap()[..first]);
    fs::write(log(dir.path()), &bytes).unwrap();
    assert_eq!(follower.header(1).await.unwrap_err().class(), ErrorClass::Byzantine);
}

#[tokio::test]
async fn a_follower_sees_no_height_before_it_is_durable() {
    let dir = tempfile::tempdir().unwrap();
    let ends = filled(dir.path(), 3).await;
    // As if the write of height 3 were done and its sync not.
    let poll = Duration::from_millis(5);
    fs::write(dir.path().join("heights.durable"), ends[2].to_le_bytes()).unwrap();
    let follower = Embedded::follow(dir.path(), poll, None).unwrap();
    assert_eq!(follower.head().await.unwrap().height, 2);
    assert!(matches!(follower.header(3).await, Err(DaError::NotYet { height: 3, head: 2 })));
    fs::write(dir.path().join("heights.durable"), ends[3].to_le_bytes()).unwrap();
    assert_eq!(follower.wait_for(3).await.unwrap().height, 3);
    // A copy of the log alone is taken whole.
    let copy = tempfile::tempdir().unwrap();
    fs::copy(log(dir.path()), log(copy.path())).unwrap();
    assert_eq!(Embedded::follow(copy.path(), poll, None).unwrap().head().await.unwrap().height, 3);
}

#[tokio::test(start_paused = true)]
async fn inclusion_waits_as_long_as_requested() {
    let layer = Embedded::in_memory();
    layer.seal(1).unwrap();
    layer.faults().set_inclusion_delay(3);
    let posted = tokio::spawn({
        let layer = layer.clone();
        async move { layer.submit(&[blob(1, b"x")]).await.unwrap() }
    });
    tokio::task::yield_now().await;
    for time in 2..=5 {
        layer.seal(time).unwrap();
    }
    assert_eq!(posted.await.unwrap(), 5);
    layer.faults().set_latency(Duration::from_secs(60));
    let before = tokio::time::Instant::now();
    layer.head().await.unwrap();
    assert_eq!(before.elapsed(), Duration::from_secs(60));
}

#[test]
fn a_simulation_drives_it_without_waiting() {
    let layer = Embedded::in_memory();
    assert!(matches!(layer.head_now(), Err(DaError::NotYet { .. })));
    layer.seal(5).unwrap();
    layer.post(&[blob(1, b"one")]).unwrap();
    layer.post(&[blob(1, b"two")]).unwrap();
    assert_eq!(layer.seal(5).unwrap().time_us, 6);
    let read = layer.read_now(2, &[namespace(1)]).unwrap();
    assert_eq!(read.blobs.iter().map(|blob| &blob.data[..]).collect::<Vec<_>>(), [b"one", b"two"]);
    layer.post(&[blob(1, b"three")]).unwrap();
    layer.forget_queue();
    layer.seal(9).unwrap();
    assert!(layer.read_now(3, &[namespace(1)]).unwrap().blobs.is_empty());
    layer.faults().set_outage(true);
    assert!(layer.post(&[blob(1, b"x")]).is_err() && layer.head_now().is_err() && layer.read_now(1, &[]).is_err());
}

#[tokio::test]
async fn an_outage_file_takes_the_layer_away_for_everybody() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Embedded::open(dir.path()).unwrap();
    writer.seal(1).unwrap();
    let follower = Embedded::follow(dir.path(), Duration::from_secs(1), None).unwrap();
    fs::write(dir.path().join("outage"), b"").unwrap();
    for layer in [&writer, &follower] {
        assert_eq!(layer.head().await.unwrap_err().class(), ErrorClass::Retry);
    }
    writer.seal(2).unwrap();
    fs::remove_file(dir.path().join("outage")).unwrap();
    assert_eq!(writer.head().await.unwrap().height, 2);
}

#[tokio::test]
async fn any_bytes_are_read_without_harm() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 6).await;
    let bytes = fs::read(log(dir.path())).unwrap();
    assert_eq!(embedded::read_bytes(&bytes).unwrap(), (6, 3));
    let mut random = noise(4, 1).into_iter().cycle().zip(noise(60_000, 9));
    let mut next = || {
        let (a, b) = random.next().unwrap();
        usize::from(a) * 256 + usize::from(b)
    };
    for _ in 0..5000 {
        let mut bad = bytes.clone();
        for _ in 0..1 + next() % 3 {
            let at = next() % bad.len();
            match next() % 4 {
                0 => bad[at] ^= 1 << (next() % 8),
                1 => bad.truncate(at.max(1)),
                2 => bad.extend(noise(next() % 200, 3)),
                _ => bad[at..].rotate_left(1),
            }
        }
        // Whole heights only, and never one that its header does not bind.
        if let Ok((heights, blobs)) = embedded::read_bytes(&bad) {
            assert!(heights <= 6 && blobs as u64 <= heights / 2);
        }
    }
}

const CHILD: &str = "TENOR_DA_KILLED_WRITER";

/// Not a test of its own: the process that the next one kills.
#[tokio::test]
async fn a_writer_to_be_killed() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let _writer = Embedded::start(Path::new(&dir), Duration::from_millis(2)).unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_writers_lose_no_height_and_neither_lose_nor_double_a_submission() {
    let dir = tempfile::tempdir().unwrap();
    Embedded::open(dir.path()).unwrap().seal(1).unwrap();
    let follower = Embedded::follow(dir.path(), Duration::from_millis(2), None).unwrap();
    let mut seen = Vec::new();
    let mut posting = Vec::new();
    for round in 0..20u8 {
        let mut writer = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "embedded::a_writer_to_be_killed"])
            .env(CHILD, dir.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let head = follower.head().await.unwrap().height;
        follower.wait_for(head + 2).await.unwrap();
        for part in 0..5 {
            let follower = follower.clone();
            posting.push(tokio::spawn(async move { follower.submit(&[blob(1, &[round, part])]).await }));
        }
        // At a different point of the writer's work each time.
        tokio::time::sleep(Duration::from_micros(u64::from(round) * 700)).await;
        writer.kill().unwrap();
        writer.wait().unwrap();
        seen.push(follower.head().await.unwrap());
    }
    let writer = Embedded::open(dir.path()).unwrap();
    for _ in 0..3 {
        writer.seal(1).unwrap();
    }
    for posted in posting {
        posted.await.unwrap().unwrap();
    }
    for header in seen {
        assert_eq!(writer.header(header.height).await.unwrap(), header);
    }
    let mut found = Vec::new();
    for height in 1..=writer.head().await.unwrap().height {
        found.extend(writer.read(height, &[namespace(1)]).await.unwrap().blobs.into_iter().map(|blob| blob.data));
    }
    found.sort();
    let posted: Vec<_> = (0..20u8).flat_map(|round| (0..5).map(move |part| vec![round, part])).collect();
    assert_eq!(found, posted);
}
