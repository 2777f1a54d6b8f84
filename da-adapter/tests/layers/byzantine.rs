//! A node that lies is refused, lie by lie, and nothing that it said sticks.

use std::time::Duration;

use crate::harness::{blob, client, namespace, noise};
use da_adapter::{
    DaError, DataAvailability, ErrorClass, Publisher, PublisherConfig,
    celestia::{Celestia, CelestiaConfig, check_answers},
    dev_server::{BlockClock, DevServer, Fault, Lie},
};

const OURS: u8 = 5;
const OTHER: u8 = 9;

/// A chain of six heights: ours and another namespace at 3 and 4, several rows of ours at 4.
async fn chain() -> DevServer {
    let server = DevServer::start(BlockClock::Manual).await.unwrap();
    let node_blob = |byte: u8, data: Vec<u8>| {
        let id = celestia_types::nmt::Namespace::from_raw(namespace(byte).as_bytes()).unwrap();
        celestia_types::Blob::new(id, data, None).unwrap()
    };
    server.seal().unwrap();
    server.inject(vec![node_blob(OURS, noise(700, 1)), node_blob(OTHER, noise(700, 2))]);
    assert_eq!(server.seal().unwrap(), 3);
    server.inject(vec![node_blob(OURS, noise(4000, 3)), node_blob(OURS, b"second".to_vec())]);
    server.inject(vec![node_blob(OTHER, noise(4000, 4)), node_blob(OTHER, b"other".to_vec())]);
    assert_eq!(server.seal().unwrap(), 4);
    server.seal().unwrap();
    assert_eq!(server.seal().unwrap(), 6);
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_lie_about_a_height_is_refused_and_does_not_stick() {
    let server = chain().await;
    for lie in Lie::ALL {
        let da = client(&server);
        // The header above is known, as it is when heights are read again after a restart.
        da.header(5).await.unwrap();
        server.lie(Some(lie));
        let error = da.read(4, &[namespace(OURS)]).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Byzantine, "{lie:?}: {error}");
        assert!(matches!(error, DaError::Byzantine { height: 4, .. }), "{lie:?}: {error}");
        server.lie(None);
        let read = da.read(4, &[namespace(OURS)]).await.unwrap();
        assert_eq!(read.blobs.len(), 2, "{lie:?}");
        assert_eq!(read.blobs[0].data, noise(4000, 3), "{lie:?}");
        assert_eq!(read.blobs[1].data, b"second", "{lie:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lies_about_the_head_are_refused() {
    let server = chain().await;
    for lie in [Lie::BadSignature, Lie::NoSignatures, Lie::ForeignRoots, Lie::ForeignChain, Lie::OtherTime] {
        let da = client(&server);
        da.header(1).await.unwrap();
        server.lie(Some(lie));
        let error = da.head().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Byzantine, "{lie:?}: {error}");
        server.lie(None);
        assert_eq!(da.head().await.unwrap().height, 6, "{lie:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_link_to_a_trusted_header_does_not_replace_signatures() {
    let server = chain().await;
    for lie in [Lie::BadSignature, Lie::NoSignatures, Lie::ForeignRoots, Lie::ForeignChain, Lie::OtherTime] {
        let da = client(&server);
        server.lie(None);
        da.header(1).await.unwrap();
        server.lie(Some(lie));
        assert_eq!(da.header(2).await.unwrap_err().class(), ErrorClass::Byzantine, "{lie:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heights_below_the_trusted_header_must_lead_up_to_it() {
    let server = chain().await;
    let trusted = client(&server).header(5).await.unwrap().anchor();
    for lie in [Lie::Equivocation, Lie::ForeignChain] {
        let da = Celestia::new(CelestiaConfig { trusted: Some(trusted), ..CelestiaConfig::new(server.url()) });
        server.lie(None);
        da.header(5).await.unwrap();
        server.lie(Some(lie));
        assert_eq!(da.header(2).await.unwrap_err().class(), ErrorClass::Byzantine, "{lie:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn absence_needs_proof_where_a_row_could_hold_the_namespace() {
    let server = chain().await;
    let da = client(&server);
    // Between ours and the other, so that a row's range covers it.
    let between = namespace(7);
    assert!(da.read(4, &[between]).await.unwrap().blobs.is_empty());
    for lie in [Lie::NothingThere, Lie::Null] {
        server.lie(Some(lie));
        assert_eq!(da.read(4, &[between]).await.unwrap_err().class(), ErrorClass::Byzantine, "{lie:?}");
        // No row of an empty square covers it: nothing is the truth.
        assert!(da.read(5, &[between]).await.unwrap().blobs.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_without_the_trusted_header_is_refused() {
    let server = chain().await;
    let hash = client(&server).header(3).await.unwrap().hash;
    let with = |config: CelestiaConfig| Celestia::new(config);
    let url = server.url();
    let anchor = |height, hash| Some(da_adapter::Anchor { height, hash });

    let honest = with(CelestiaConfig { trusted: anchor(3, hash), ..CelestiaConfig::new(&url) });
    for height in [6, 2, 4, 1] {
        assert_eq!(honest.header(height).await.unwrap().height, height);
    }
    assert_eq!(honest.trusted().await, anchor(3, hash));

    let other_hash = with(CelestiaConfig { trusted: anchor(3, [7; 32]), ..CelestiaConfig::new(&url) });
    let other_height = with(CelestiaConfig { trusted: anchor(2, hash), ..CelestiaConfig::new(&url) });
    for da in [other_hash, other_height] {
        for height in [6, 3, 2] {
            assert_eq!(da.header(height).await.unwrap_err().class(), ErrorClass::Byzantine);
        }
        assert!(da.head().await.is_err());
    }

    let other_network = with(CelestiaConfig { network: Some("mocha-4".to_owned()), ..CelestiaConfig::new(&url) });
    assert_eq!(other_network.head().await.unwrap_err().class(), ErrorClass::Stop);

    let other_chain = chain().await;
    let moved = with(CelestiaConfig { trusted: anchor(3, hash), ..CelestiaConfig::new(other_chain.url()) });
    assert_eq!(moved.head().await.unwrap_err().class(), ErrorClass::Byzantine);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_blobs_are_read_as_they_are() {
    let server = DevServer::start(BlockClock::Manual).await.unwrap();
    let id = celestia_types::nmt::Namespace::from_raw(namespace(OURS).as_bytes()).unwrap();
    let signed = celestia_types::Blob::new(id, noise(2000, 1), Some([7; 20].into())).unwrap();
    let plain = celestia_types::Blob::new(id, noise(1000, 2), None).unwrap();
    server.inject(vec![signed.clone(), plain.clone()]);
    let height = server.seal().unwrap();
    let da = client(&server);
    let read = da.read(height, &[namespace(OURS)]).await.unwrap();
    for (found, posted) in read.blobs.iter().zip([signed, plain]) {
        assert_eq!(found.data, posted.data);
        assert_eq!(found.commitment.0, *posted.commitment.hash());
    }
    assert_eq!(read.blobs.len(), 2);
    let ours = blob(OURS, &noise(1000, 2));
    assert_eq!(da.commitment(&ours).unwrap(), read.blobs[1].commitment);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_nodes_failures_are_told_apart() {
    let server = chain().await;
    server.prune_below(3);
    let da = Celestia::new(CelestiaConfig {
        read_timeout: Duration::from_millis(300),
        submit_timeout: Duration::from_millis(300),
        ..CelestiaConfig::new(server.url())
    });
    assert_eq!(da.header(5).await.unwrap().height, 5);
    assert_eq!(da.header(2).await.unwrap_err().class(), ErrorClass::Archive);
    assert_eq!(da.oldest().await.unwrap(), 3);
    assert_eq!(da.balance().await.unwrap(), 1_000_000);
    for (fault, class) in [
        (Fault::Garbage, ErrorClass::Byzantine),
        (Fault::Hang, ErrorClass::Retry),
        (Fault::Error("header: syncing in progress".to_owned()), ErrorClass::Retry),
        (Fault::Error("missing permission to invoke".to_owned()), ErrorClass::Stop),
    ] {
        server.script("header.GetByHeight", [fault.clone()]);
        assert_eq!(da.header(4).await.unwrap_err().class(), class, "header: {fault:?}");
        server.script("share.GetNamespaceData", [fault.clone()]);
        assert_eq!(da.read(5, &[namespace(OURS)]).await.unwrap_err().class(), class, "read: {fault:?}");
    }
    for (fault, class) in [
        (Fault::Garbage, ErrorClass::Reconcile),
        (Fault::Hang, ErrorClass::Reconcile),
        (Fault::Error("insufficient funds".to_owned()), ErrorClass::Stop),
        (Fault::Error("account sequence mismatch, expected 2, got 1".to_owned()), ErrorClass::Retry),
        (Fault::Error("blob(s) too large".to_owned()), ErrorClass::Split),
    ] {
        server.script("blob.Submit", [fault.clone()]);
        assert_eq!(da.submit(&[blob(OURS, b"x")]).await.unwrap_err().class(), class, "submit: {fault:?}");
    }
    let nobody = Celestia::new(CelestiaConfig::new("http://127.0.0.1:1"));
    assert_eq!(nobody.head().await.unwrap_err().class(), ErrorClass::Retry);
    assert_eq!(nobody.submit(&[blob(OURS, b"x")]).await.unwrap_err().class(), ErrorClass::Retry);
    let nowhere = Celestia::new(CelestiaConfig::new("ftp://nowhere"));
    assert_eq!(nowhere.head().await.unwrap_err().class(), ErrorClass::Stop);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blob_of_many_rows_and_a_large_square_verify() {
    let server = DevServer::start(BlockClock::OnSubmit).await.unwrap();
    let da = client(&server);
    let large = blob(OURS, &noise(150_000, 1));
    let height = da.submit(&[blob(OTHER, b"small"), large.clone(), blob(OURS, b"tail")]).await.unwrap();
    let read = da.read(height, &[namespace(OURS)]).await.unwrap();
    assert_eq!(read.blobs.len(), 2);
    assert_eq!(read.blobs[0].data, large.data);
    assert_eq!(read.blobs[0].commitment, da.commitment(&large).unwrap());
    assert_eq!(read.blobs[1].data, b"tail");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mangled_answers_never_prove_other_blobs() {
    const MARKS: &[u8] = br#"0129AZaz+/=",:[]{}-e."#;
    let server = chain().await;
    let (header, data) = server.answers(4, namespace(OURS)).unwrap();
    assert_eq!(check_answers(&header, namespace(OURS), &data).unwrap(), 2);
    let mut random = noise(40_000, 5).into_iter();
    let mut next = move || {
        let mut byte = || usize::from(random.next().unwrap());
        byte() << 16 | byte() << 8 | byte()
    };
    for round in 0..2000 {
        let (mut header, mut data) = (header.clone(), data.clone());
        let bytes = if round % 3 == 0 { &mut header } else { &mut data };
        let at = next() % bytes.len();
        match next() % 5 {
            0 => bytes[at] ^= 1 << (next() % 7),
            1 => bytes.truncate(at),
            2 => bytes[at] = MARKS[next() % MARKS.len()],
            3 => drop(bytes.remove(at)),
            _ => bytes.insert(at, MARKS[next() % MARKS.len()]),
        }
        // Spare bits of base64 and unused fields may change without harm; the blobs may not.
        if let Ok(blobs) = check_answers(&header, namespace(OURS), &data) {
            assert_eq!(blobs, 2, "round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_takes_less_than_it_should_gets_smaller_submissions() {
    let server = DevServer::start(BlockClock::OnSubmit).await.unwrap();
    let da = client(&server);
    let dir = tempfile::tempdir().unwrap();
    let publisher = Publisher::open(dir.path(), PublisherConfig::default()).unwrap();
    let parts: Vec<_> = (0..4).map(|part| blob(OURS, &noise(100, part))).collect();
    server.script("blob.Submit", [Fault::Error("tx too large".to_owned()), Fault::Error("tx too large".to_owned())]);
    publisher.publish(&da, 1, &parts).await.unwrap();
    for part in &parts {
        assert_eq!(server.occurrences(da.commitment(part).unwrap().0), 1);
    }
    server.script("blob.Submit", [Fault::Error("tx too large".to_owned())]);
    let error = publisher.publish(&da, 2, &[blob(OURS, b"one")]).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Split);
    assert_eq!(publisher.intents().unwrap().len(), 1);
}

/// Against a node of a real network, where one is named: `TENOR_CELESTIA_URL`, and `TENOR_CELESTIA_TOKEN` to write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_node_where_there_is_one() {
    let Ok(url) = std::env::var("TENOR_CELESTIA_URL") else {
        println!("not run: TENOR_CELESTIA_URL names no node");
        return;
    };
    let token = std::env::var("TENOR_CELESTIA_TOKEN").ok();
    let da = Celestia::new(CelestiaConfig { token: token.clone(), ..CelestiaConfig::new(url) });
    let head = da.head().await.unwrap();
    let read = da.read(head.height, &[namespace(OURS)]).await.unwrap();
    assert_eq!(read.header, head);
    if token.is_some() {
        let posted = blob(OURS, &noise(3000, 7));
        let height = da.submit(std::slice::from_ref(&posted)).await.unwrap();
        da.wait_for(height).await.unwrap();
        let read = da.read(height, &[namespace(OURS)]).await.unwrap();
        assert!(read.blobs.iter().any(|found| found.data == posted.data));
    }
}
