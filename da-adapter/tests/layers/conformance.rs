//! What every layer does: one suite, run on each.

use std::time::Duration;

use crate::harness::{Layer, blob, namespace, noise, occurrences, submit, while_sealing};
use da_adapter::{DaError, DataAvailability, ErrorClass, Publisher, PublisherConfig};

/// Instantiates every law for one layer.
macro_rules! conformance {
    ($layer:ident: $($law:ident),+ $(,)?) => {
        #[expect(non_snake_case, reason = "named after the layer")]
        mod $layer {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $law() {
                    super::$law(<crate::harness::$layer as super::Layer>::start().await).await;
                }
            )+
        }
    };
    ($($law:ident),+ $(,)?) => {
        conformance!(OnDisk: $($law),+);
        conformance!(Node: $($law),+);
    };
}

conformance!(
    what_is_posted_is_read_back_in_order,
    namespaces_are_isolated,
    heights_form_a_chain_also_where_they_are_empty,
    a_height_to_come_is_waited_for,
    too_much_is_refused_and_nothing_is_posted,
    away_and_back,
    the_same_bytes_may_be_posted_twice,
    a_blob_is_found_by_its_commitment,
    another_reader_sees_the_same,
    publishing_survives_a_lost_reply_without_doubling,
    publishing_posts_again_what_was_swallowed,
    publishing_outlasts_refusals_and_an_outage,
    a_publisher_killed_before_inclusion_neither_loses_nor_doubles,
    a_publisher_killed_before_submission_loses_nothing,
    publishing_too_much_leaves_no_intent,
    publishing_more_than_a_submission_takes_several,
);

async fn what_is_posted_is_read_back_in_order(layer: impl Layer) {
    let da = layer.da();
    // Around the borders of a share and of a row.
    let sizes = [1, 477, 478, 479, 960, 961, 10_000, 40_000];
    let blobs: Vec<_> = (0..).zip(sizes).map(|(seed, size)| blob(7, &noise(size, seed))).collect();
    let height = submit(&layer, &blobs).await.unwrap();
    let read = da.read(height, &[namespace(7)]).await.unwrap();
    assert_eq!(read.header, da.header(height).await.unwrap());
    assert_eq!(read.blobs.len(), blobs.len());
    for (found, posted) in read.blobs.iter().zip(&blobs) {
        assert_eq!(found.data, posted.data);
        assert_eq!(found.namespace, posted.namespace);
        assert_eq!(found.commitment, da.commitment(posted).unwrap());
    }
    assert!(read.blobs.is_sorted_by(|a, b| a.index < b.index));
}

async fn namespaces_are_isolated(layer: impl Layer) {
    let da = layer.da();
    let blobs = [blob(1, b"one"), blob(2, &noise(3000, 1)), blob(1, b"uno"), blob(4, b"four")];
    let height = submit(&layer, &blobs).await.unwrap();
    let data =
        |read: da_adapter::HeightData| -> Vec<Vec<u8>> { read.blobs.into_iter().map(|blob| blob.data).collect() };
    let read = |namespaces: Vec<_>| {
        let da = &da;
        async move { data(da.read(height, &namespaces).await.unwrap()) }
    };
    assert_eq!(read(vec![namespace(1)]).await, [b"one", b"uno"]);
    assert_eq!(read(vec![namespace(4)]).await, [b"four"]);
    // Between those that are there, and behind them.
    for absent in [3, 5, 0xfe] {
        assert!(read(vec![namespace(absent)]).await.is_empty(), "{absent}");
    }
    assert!(read(vec![]).await.is_empty());
    let both = da.read(height, &[namespace(4), namespace(1), namespace(1)]).await.unwrap();
    assert!(both.blobs.is_sorted_by(|a, b| a.index < b.index));
    assert_eq!(both.blobs.len(), 3);
}

async fn heights_form_a_chain_also_where_they_are_empty(layer: impl Layer) {
    let da = layer.da();
    submit(&layer, &[blob(1, b"x")]).await.unwrap();
    layer.seal();
    layer.seal();
    let head = da.head().await.unwrap();
    let first = da.header(1).await.unwrap();
    assert_eq!((first.height, first.parent), (1, [0; 32]));
    let mut parent = first;
    for height in 2..=head.height {
        let header = da.header(height).await.unwrap();
        assert_eq!((header.height, header.parent), (height, parent.hash));
        assert!(header.time_us >= parent.time_us);
        parent = header;
    }
    assert_eq!(parent, head);
    assert!(da.read(head.height, &[namespace(1)]).await.unwrap().blobs.is_empty());
}

async fn a_height_to_come_is_waited_for(layer: impl Layer) {
    let da = layer.da();
    let head = da.head().await.unwrap().height;
    for ahead in [1, 2, 1000] {
        let error = da.read(head + ahead, &[namespace(1)]).await.unwrap_err();
        assert!(matches!(error, DaError::NotYet { .. }), "{error}");
    }
    assert_eq!(da.read(0, &[]).await.unwrap_err().class(), ErrorClass::Stop);
    let mut heads = da.subscribe();
    let waiting = tokio::spawn({
        let da = da.clone();
        async move { da.wait_for(head + 2).await.unwrap() }
    });
    layer.seal();
    layer.seal();
    assert_eq!(waiting.await.unwrap().height, head + 2);
    let seen = heads.wait_for(|seen| seen.is_some_and(|seen| seen.height == head + 2)).await;
    assert!(seen.is_ok());
}

async fn too_much_is_refused_and_nothing_is_posted(layer: impl Layer) {
    let da = layer.da();
    let limits = da.limits();
    let large = vec![1; usize::try_from(limits.submit_bytes_max).unwrap() + 1];
    let before = layer.seal();
    for (what, blobs, class) in [
        ("a large blob", vec![blob(1, &large)], ErrorClass::Split),
        (
            "large together",
            vec![blob(1, &large[..large.len() / 2]), blob(1, &large[..large.len() / 2 + 1])],
            ErrorClass::Split,
        ),
        ("many", vec![blob(1, b"x"); limits.submit_blobs_max + 1], ErrorClass::Split),
        ("none", vec![], ErrorClass::Stop),
        ("an empty one", vec![blob(1, b"x"), blob(1, b"")], ErrorClass::Stop),
    ] {
        assert_eq!(da.submit(&blobs).await.unwrap_err().class(), class, "{what}");
    }
    let after = layer.seal();
    for height in before..=after {
        assert!(da.read(height, &[namespace(1)]).await.unwrap().blobs.is_empty());
    }
}

async fn away_and_back(mut layer: impl Layer) {
    let da = layer.da();
    let height = submit(&layer, &[blob(1, b"before")]).await.unwrap();
    layer.outage(true).await;
    // A connection that breaks under a submission leaves its outcome unknown.
    let error = da.submit(&[blob(1, b"during")]).await.unwrap_err();
    assert!(matches!(error.class(), ErrorClass::Retry | ErrorClass::Reconcile), "{error}");
    for error in [da.head().await.unwrap_err(), da.read(height + 1, &[namespace(1)]).await.unwrap_err()] {
        assert_eq!(error.class(), ErrorClass::Retry, "{error}");
    }
    layer.outage(false).await;
    assert_eq!(da.read(height, &[namespace(1)]).await.unwrap().blobs[0].data, b"before");
    let later = submit(&layer, &[blob(1, b"after")]).await.unwrap();
    assert!(later > height);
    assert_eq!(occurrences(&da, &blob(1, b"during")).await, 0);
    assert_eq!(da.oldest().await.unwrap(), 1);
}

async fn the_same_bytes_may_be_posted_twice(layer: impl Layer) {
    let da = layer.da();
    let again = blob(1, b"again");
    submit(&layer, &[again.clone(), again.clone()]).await.unwrap();
    submit(&layer, std::slice::from_ref(&again)).await.unwrap();
    assert_eq!(occurrences(&da, &again).await, 3);
}

async fn a_blob_is_found_by_its_commitment(layer: impl Layer) {
    let da = layer.da();
    let wanted = blob(2, b"wanted");
    submit(&layer, &[blob(2, b"other")]).await.unwrap();
    let height = submit(&layer, &[blob(1, b"wanted"), blob(2, b"another"), wanted.clone()]).await.unwrap();
    let commitment = da.commitment(&wanted).unwrap();
    let found = da.find(namespace(2), commitment, 1, u64::MAX).await.unwrap().unwrap();
    assert_eq!(found.height, height);
    let read = da.read(height, &[namespace(2)]).await.unwrap();
    assert!(read.blobs.iter().any(|blob| blob.index == found.index && blob.data == b"wanted"));
    assert_eq!(da.find(namespace(2), commitment, height + 1, u64::MAX).await.unwrap(), None);
    assert_eq!(da.find(namespace(2), commitment, 1, height - 1).await.unwrap(), None);
    assert_eq!(da.find(namespace(1), commitment, 1, u64::MAX).await.unwrap(), None);
}

async fn another_reader_sees_the_same(layer: impl Layer) {
    let da = layer.da();
    submit(&layer, &[blob(1, b"one"), blob(2, &noise(5000, 2))]).await.unwrap();
    let reader = layer.reader();
    let late = submit(&layer, &[blob(2, b"late")]).await.unwrap();
    reader.wait_for(late).await.unwrap();
    let both = [namespace(1), namespace(2)];
    for height in 1..=late {
        assert_eq!(reader.read(height, &both).await.unwrap(), da.read(height, &both).await.unwrap(), "height {height}");
    }
}

fn impatient() -> PublisherConfig {
    PublisherConfig { pause: Duration::from_millis(5), pause_max: Duration::from_millis(20), attempts: 60 }
}

/// Publishes as a process that has just started would.
async fn publish(
    layer: &impl Layer,
    dir: &std::path::Path,
    key: u64,
    blobs: &[da_adapter::Blob],
) -> Result<u64, DaError> {
    let publisher = Publisher::open(dir, impatient()).unwrap();
    let (da, blobs) = (layer.da(), blobs.to_vec());
    while_sealing(layer, async move { publisher.publish(&da, key, &blobs).await }).await
}

async fn publishing_survives_a_lost_reply_without_doubling(layer: impl Layer) {
    let dir = tempfile::tempdir().unwrap();
    let parts = [blob(1, b"part one"), blob(1, b"part two")];
    layer.lose_reply();
    let height = publish(&layer, dir.path(), 1, &parts).await.unwrap();
    for part in &parts {
        assert_eq!(occurrences(&layer.da(), part).await, 1);
    }
    assert_eq!(publish(&layer, dir.path(), 1, &parts).await.unwrap(), height, "publishing again finds the same");
    assert_eq!(occurrences(&layer.da(), &parts[0]).await, 1);
}

async fn publishing_posts_again_what_was_swallowed(layer: impl Layer) {
    let dir = tempfile::tempdir().unwrap();
    let part = blob(1, b"part");
    layer.swallow();
    layer.swallow();
    let height = publish(&layer, dir.path(), 1, std::slice::from_ref(&part)).await.unwrap();
    assert_eq!(layer.da().read(height, &[namespace(1)]).await.unwrap().blobs[0].data, b"part");
    assert_eq!(occurrences(&layer.da(), &part).await, 1);
}

async fn publishing_outlasts_refusals_and_an_outage(mut layer: impl Layer) {
    let dir = tempfile::tempdir().unwrap();
    let part = blob(1, b"part");
    layer.da().head().await.unwrap();
    layer.refuse();
    layer.outage(true).await;
    let publishing = tokio::spawn({
        let (da, part) = (layer.da(), part.clone());
        let publisher = Publisher::open(dir.path(), impatient()).unwrap();
        async move { publisher.publish(&da, 1, &[part]).await }
    });
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert!(!publishing.is_finished());
    layer.outage(false).await;
    while_sealing(&layer, async move { publishing.await.unwrap() }).await.unwrap();
    assert_eq!(occurrences(&layer.da(), &part).await, 1);
}

async fn a_publisher_killed_before_inclusion_neither_loses_nor_doubles(layer: impl Layer) {
    let dir = tempfile::tempdir().unwrap();
    let part = blob(1, b"part");
    let da = layer.da();
    let publisher = Publisher::open(dir.path(), impatient()).unwrap();
    {
        let publishing = publisher.publish(&da, 1, std::slice::from_ref(&part));
        // Nothing is sealed meanwhile: submitted, not included.
        assert!(tokio::time::timeout(Duration::from_millis(300), publishing).await.is_err());
    }
    assert_eq!(publisher.intents().unwrap().len(), 1);
    drop(publisher);
    publish(&layer, dir.path(), 1, std::slice::from_ref(&part)).await.unwrap();
    layer.seal();
    assert_eq!(occurrences(&da, &part).await, 1);
}

async fn a_publisher_killed_before_submission_loses_nothing(layer: impl Layer) {
    let dir = tempfile::tempdir().unwrap();
    let part = blob(1, b"part");
    {
        let publisher = Publisher::open(dir.path(), PublisherConfig { attempts: 1, ..impatient() }).unwrap();
        layer.refuse();
        let da = layer.da();
        assert!(publisher.publish(&da, 1, std::slice::from_ref(&part)).await.is_err());
    }
    let publisher = Publisher::open(dir.path(), impatient()).unwrap();
    let intents = publisher.intents().unwrap();
    assert_eq!((intents.len(), intents[0].key, &intents[0].blobs[..]), (1, 1, std::slice::from_ref(&part)));
    publish(&layer, dir.path(), 1, &intents[0].blobs).await.unwrap();
    assert_eq!(occurrences(&layer.da(), &part).await, 1);
    publisher.forget(1).unwrap();
    assert!(publisher.intents().unwrap().is_empty());
}

async fn publishing_too_much_leaves_no_intent(layer: impl Layer) {
    let dir = tempfile::tempdir().unwrap();
    let large = vec![1; usize::try_from(layer.da().limits().submit_bytes_max).unwrap() + 1];
    for (blobs, class) in [(vec![blob(1, b"x"), blob(1, &large)], ErrorClass::Split), (vec![], ErrorClass::Stop)] {
        assert_eq!(publish(&layer, dir.path(), 1, &blobs).await.unwrap_err().class(), class);
        assert!(Publisher::open(dir.path(), impatient()).unwrap().intents().unwrap().is_empty());
    }
    publish(&layer, dir.path(), 1, &[blob(1, b"x")]).await.unwrap();
    let other = publish(&layer, dir.path(), 1, &[blob(1, b"y")]).await.unwrap_err();
    assert_eq!(other.class(), ErrorClass::Stop, "{other}");
    assert_eq!(occurrences(&layer.da(), &blob(1, b"x")).await, 1);
}

async fn publishing_more_than_a_submission_takes_several(layer: impl Layer) {
    let dir = tempfile::tempdir().unwrap();
    let count = layer.da().limits().submit_blobs_max * 2 + 10;
    let blobs: Vec<_> = (0..count).map(|part| blob(1, &part.to_be_bytes())).collect();
    layer.lose_reply();
    let height = publish(&layer, dir.path(), 1, &blobs).await.unwrap();
    let mut found = Vec::new();
    for height in 1..=height {
        let read = layer.da().read(height, &[namespace(1)]).await.unwrap();
        found.extend(read.blobs.into_iter().map(|blob| blob.data));
    }
    assert_eq!(found, blobs.into_iter().map(|blob| blob.data).collect::<Vec<_>>());
}
