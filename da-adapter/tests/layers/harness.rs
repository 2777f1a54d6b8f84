//! The layers under test, behind one harness.

use std::time::Duration;

use da_adapter::{
    Blob, Da, DaError, DataAvailability, Namespace,
    celestia::{Celestia, CelestiaConfig},
    dev_server::{BlockClock, DevServer, Fault},
    embedded::{Embedded, SubmitFault},
};

/// A running layer whose heights are made on demand.
pub(crate) trait Layer: Sized + Send {
    /// Starts it with at least one height.
    fn start() -> impl Future<Output = Self> + Send;
    /// The one that posts.
    fn da(&self) -> Da;
    /// Another process's view.
    fn reader(&self) -> Da;
    /// Makes a height.
    fn seal(&self) -> u64;
    /// Takes the layer away or brings it back.
    fn outage(&mut self, away: bool) -> impl Future<Output = ()> + Send;
    /// The next submission is included, the answer lost.
    fn lose_reply(&self);
    /// The next submission is accepted and never included.
    fn swallow(&self);
    /// The next submission is refused for a while.
    fn refuse(&self);
}

/// The embedded layer in a directory, read by a follower.
pub(crate) struct OnDisk {
    pub(crate) dir: tempfile::TempDir,
    writer: Embedded,
}

impl Layer for OnDisk {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let writer = Embedded::open(dir.path()).unwrap();
        writer.seal(1_000_000).unwrap();
        Self { dir, writer }
    }

    fn da(&self) -> Da {
        self.writer.clone().into()
    }

    fn reader(&self) -> Da {
        Embedded::follow(self.dir.path(), Duration::from_millis(5), None).unwrap().into()
    }

    fn seal(&self) -> u64 {
        self.writer.seal(0).unwrap().height
    }

    async fn outage(&mut self, away: bool) {
        self.writer.faults().set_outage(away);
    }

    fn lose_reply(&self) {
        self.writer.faults().script([SubmitFault::LoseReply]);
    }

    fn swallow(&self) {
        self.writer.faults().script([SubmitFault::Swallow]);
    }

    fn refuse(&self) {
        self.writer.faults().script([SubmitFault::Refuse]);
    }
}

/// Celestia: the real client against the double.
pub(crate) struct Node {
    pub(crate) server: DevServer,
    da: Celestia,
}

pub(crate) fn client(server: &DevServer) -> Celestia {
    Celestia::new(CelestiaConfig {
        poll: Duration::from_millis(20),
        trusted: Some(da_adapter::Anchor {
            height: 1,
            hash: server.header(1).unwrap().hash().as_bytes().try_into().unwrap(),
        }),
        network: Some("private".to_owned()),
        settle_heights: 3,
        submit_timeout: Duration::from_secs(5),
        ..CelestiaConfig::new(server.url())
    })
}

impl Layer for Node {
    async fn start() -> Self {
        let server = DevServer::start(BlockClock::Manual).await.unwrap();
        let da = client(&server);
        Self { server, da }
    }

    fn da(&self) -> Da {
        self.da.clone().into()
    }

    fn reader(&self) -> Da {
        let url = self.server.websocket_url();
        Celestia::new(CelestiaConfig { poll: Duration::from_millis(20), ..CelestiaConfig::new(url) }).into()
    }

    fn seal(&self) -> u64 {
        self.server.seal().unwrap()
    }

    async fn outage(&mut self, away: bool) {
        if away {
            self.server.pause().await;
        } else {
            self.server.resume().await.unwrap();
        }
    }

    fn lose_reply(&self) {
        self.server.script("blob.Submit", [Fault::LoseReply]);
    }

    fn swallow(&self) {
        self.server.script("blob.Submit", [Fault::Swallow]);
    }

    fn refuse(&self) {
        self.server.script("blob.Submit", [Fault::Error("mempool is full".to_owned())]);
    }
}

pub(crate) fn namespace(byte: u8) -> Namespace {
    Namespace::new_v0([byte; 10]).unwrap()
}

pub(crate) fn blob(namespace_byte: u8, data: &[u8]) -> Blob {
    Blob::new(namespace(namespace_byte), data.to_vec())
}

/// Bytes that compress badly and differ from each other.
pub(crate) fn noise(length: usize, seed: u8) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Does `work`, making heights until it is done.
pub(crate) async fn while_sealing<L: Layer, T: Send + 'static>(
    layer: &L,
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    let mut work = tokio::spawn(work);
    for _ in 0..500 {
        match tokio::time::timeout(Duration::from_millis(40), &mut work).await {
            Ok(done) => return done.unwrap(),
            Err(_) => layer.seal(),
        };
    }
    panic!("not done after 500 heights");
}

pub(crate) async fn submit<L: Layer>(layer: &L, blobs: &[Blob]) -> Result<u64, DaError> {
    let (da, blobs) = (layer.da(), blobs.to_vec());
    while_sealing(layer, async move { da.submit(&blobs).await }).await
}

/// How often a blob is in the layer.
pub(crate) async fn occurrences(da: &Da, blob: &Blob) -> usize {
    let commitment = da.commitment(blob).unwrap();
    let mut count = 0;
    for height in 1..=da.head().await.unwrap().height {
        let data = da.read(height, &[blob.namespace]).await.unwrap();
        count += data.blobs.iter().filter(|found| found.commitment == commitment).count();
    }
    count
}
