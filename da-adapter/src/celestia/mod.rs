//! A Celestia node behind its JSON-RPC.
//!
//! Nothing that the node says is believed without proof, except that a height it does not have yet does not exist:
//!
//! * a header is checked by itself (hashes, data root, more than two thirds of the signatures) and must follow from a
//!   trusted one: by hash links, or by a third of the voting power known before, in as many steps as it takes;
//! * a namespace's shares come with a proof per row that they are all of them, against the row roots in the header;
//! * a submission's height is a hint: the caller reads it back.
//!
//! Verification runs on blocking threads, where a panic in a dependency becomes a refused answer. Blobs are posted with
//! share version 0: their commitment does not depend on the paying account, and what they say is signed above.
//! One submission is in flight at a time, as the account's sequence numbers demand.

mod failure;
mod headers;
mod square;

use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use celestia_rpc::{BlobClient, Client, HeaderClient, StateClient, TxConfig};
use celestia_types::{Blob as NodeBlob, ExtendedHeader, namespace_data::NamespaceData, nmt};
use jsonrpsee::core::{ClientError, client::ClientT};
use tokio::sync::{Mutex, OnceCell, watch};

use self::{
    failure::Doing,
    headers::{Base, Step, Verified},
};
use crate::{Anchor, Blob, Commitment, DaError, DaHeader, DataAvailability, FoundBlob, HeightData, Limits, Namespace};

/// The client takes 10 MiB of JSON per request, base64 included; the chain takes 8 MiB per transaction.
const SUBMIT_BYTES_MAX: u64 = 7_500_000;
const SUBMIT_BLOBS_MAX: usize = 200;
/// Headers fetched at most to lead from a trusted header down to an older one.
const WALK_MAX: u64 = 4096;
/// Halvings at most on the way up from a trusted header.
const STEPS_MAX: usize = 64;

/// Where the node is and what is known of its chain.
#[derive(Clone)]
pub struct CelestiaConfig {
    /// `http://`, `https://`, `ws://` or `wss://`.
    pub url: String,
    /// `write` level to submit, `read` otherwise; none where the node skips authentication.
    pub token: Option<String>,
    /// Chain id that headers must carry, such as `celestia`; unchecked if none.
    pub network: Option<String>,
    /// A header to trust; without it, the first one seen is.
    pub trusted: Option<Anchor>,
    /// In utia per unit of gas; without it, the node estimates.
    pub gas_price: Option<f64>,
    /// Above it nothing is submitted.
    pub max_gas_price: Option<f64>,
    /// How often to ask for the head.
    pub poll: Duration,
    /// For a connection to be made.
    pub connect_timeout: Duration,
    /// For an answer; of a submission, for its inclusion.
    pub request_timeout: Duration,
    /// Heights after an unknown outcome until a submission is thought lost: the mempool forgets it after 36.
    pub settle_heights: u64,
}

impl CelestiaConfig {
    /// Defaults for the node at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: None,
            network: None,
            trusted: None,
            gas_price: None,
            max_gas_price: None,
            poll: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(120),
            settle_heights: 40,
        }
    }
}

impl fmt::Debug for CelestiaConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| "(hidden)");
        f.debug_struct("CelestiaConfig")
            .field("url", &self.url)
            .field("token", &token)
            .field("network", &self.network)
            .field("trusted", &self.trusted)
            .finish_non_exhaustive()
    }
}

/// The layer; clones share connection and verified headers.
#[derive(Debug, Clone)]
pub struct Celestia {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: CelestiaConfig,
    client: OnceCell<Client>,
    /// Held while headers are fetched, so that nothing is verified twice at a time.
    verified: Mutex<Verified>,
    submitting: Mutex<()>,
    heads: watch::Sender<Option<DaHeader>>,
}

impl Celestia {
    /// Connects when first used, and from now on asks for the head. Needs a tokio runtime.
    pub fn new(config: CelestiaConfig) -> Self {
        let poll = config.poll;
        let inner = Arc::new(Inner {
            config,
            client: OnceCell::new(),
            verified: Mutex::default(),
            submitting: Mutex::default(),
            heads: watch::channel(None).0,
        });
        tokio::spawn(follow(Arc::downgrade(&inner), poll));
        Self { inner }
    }

    /// The header that all others are verified from; none before the first was seen.
    ///
    /// Keep it, and configure it as trusted the next time, so that an endpoint cannot show another chain.
    pub async fn trusted(&self) -> Option<Anchor> {
        self.inner.verified.lock().await.anchor()
    }

    /// What the node's account holds, in utia. The node's word.
    ///
    /// # Errors
    /// As for reading.
    pub async fn balance(&self) -> Result<u64, DaError> {
        let coin = self.client().await?.state_balance().await;
        coin.map(|coin| coin.amount()).map_err(|error| failure::of_call(&error, Doing::Reading(0)))
    }

    async fn client(&self) -> Result<&Client, DaError> {
        let config = &self.inner.config;
        let connect = || async {
            let (connect, request) = (Some(config.connect_timeout), Some(config.request_timeout));
            Client::new(&config.url, config.token.as_deref(), connect, request).await
        };
        self.inner.client.get_or_try_init(connect).await.map_err(|error| failure::of_connecting(&error))
    }

    /// A header that was checked by itself, but not yet against a trusted one.
    async fn fetch(&self, height: u64) -> Result<Arc<ExtendedHeader>, DaError> {
        let client = self.client().await?;
        let mut result = client.header_get_by_height(height).await;
        if matches!(result, Err(ClientError::RestartNeeded(_))) {
            result = client.header_get_by_height(height).await;
        }
        let header = result.map_err(|error| failure::of_call(&error, Doing::Reading(height)))?;
        self.checked(header, height).await
    }

    async fn checked(&self, header: ExtendedHeader, height: u64) -> Result<Arc<ExtendedHeader>, DaError> {
        let network = self.inner.config.network.clone();
        apart(height, move || {
            headers::check_alone(&header, height, network.as_deref())?;
            Ok(Arc::new(header))
        })
        .await
    }

    /// The verified header at `height`.
    async fn verified(&self, height: u64) -> Result<Arc<ExtendedHeader>, DaError> {
        if height == 0 {
            return Err(DaError::Fatal("heights start at 1".to_owned()));
        }
        let mut verified = self.inner.verified.lock().await;
        if let Some(header) = verified.get(height) {
            return Ok(header);
        }
        let header = self.fetch(height).await?;
        self.believe(&mut verified, &header).await?;
        Ok(header)
    }

    /// Verifies a checked header against what is trusted, and takes it up.
    async fn believe(&self, verified: &mut Verified, header: &Arc<ExtendedHeader>) -> Result<(), DaError> {
        if matches!(verified.base(header.height()), Base::Nothing) && verified.get(header.height()).is_none() {
            self.trust(verified, header).await?;
        }
        if verified.get(header.height()).is_none() {
            match verified.base(header.height()) {
                Base::Nothing => {}
                Base::Below(base) => self.climb(verified, base, header).await?,
                Base::Above(base) => self.descend(base, header).await?,
            }
        }
        verified.insert(Arc::clone(header))
    }

    /// Takes up the first header of all: the configured one, or else the one at hand.
    async fn trust(&self, verified: &mut Verified, header: &Arc<ExtendedHeader>) -> Result<(), DaError> {
        let Some(anchor) = self.inner.config.trusted else {
            tracing::warn!(%header, "no trusted celestia header is configured, trusting the first one");
            return Ok(());
        };
        let first =
            if anchor.height == header.height() { Arc::clone(header) } else { self.fetch(anchor.height).await? };
        if headers::known(&first).anchor() != anchor {
            return Err(DaError::byzantine(
                anchor.height,
                format!("hash {} instead of the trusted {}", first.hash(), hex::encode(anchor.hash)),
            ));
        }
        verified.insert(first)
    }

    /// From a verified header up to `header`, in smaller steps where the validators have changed too much.
    async fn climb(
        &self,
        verified: &mut Verified,
        mut base: Arc<ExtendedHeader>,
        header: &Arc<ExtendedHeader>,
    ) -> Result<(), DaError> {
        let mut targets = vec![Arc::clone(header)];
        while let Some(target) = targets.last().cloned() {
            let (from, to) = (Arc::clone(&base), Arc::clone(&target));
            match apart(target.height(), move || headers::step(&from, &to)).await? {
                Step::Verified => {
                    targets.pop();
                    verified.insert(Arc::clone(&target))?;
                    base = target;
                }
                Step::TooFar if targets.len() < STEPS_MAX => {
                    let middle = base.height() + (target.height() - base.height()) / 2;
                    targets.push(self.fetch(middle).await?);
                }
                Step::TooFar => {
                    return Err(DaError::byzantine(header.height(), "header cannot be verified in any steps"));
                }
            }
        }
        Ok(())
    }

    /// From a verified header down to `header` by parent hashes.
    async fn descend(&self, base: Arc<ExtendedHeader>, header: &Arc<ExtendedHeader>) -> Result<(), DaError> {
        let height = header.height();
        if base.height() - height > WALK_MAX {
            return Err(DaError::Fatal(format!(
                "height {height} is far below the trusted header {}; configure an older one",
                base.height()
            )));
        }
        let mut child = base;
        while child.height() > height {
            let below = child.height() - 1;
            let parent = if below == height { Arc::clone(header) } else { self.fetch(below).await? };
            if child.last_header_hash() != parent.hash() {
                return Err(DaError::byzantine(below, format!("header is not the parent of {child}")));
            }
            child = parent;
        }
        Ok(())
    }

    /// The newest header, verified. One that is older than what is known already is not news.
    async fn newest(&self) -> Result<Arc<ExtendedHeader>, DaError> {
        let client = self.client().await?;
        let mut result = client.header_local_head().await;
        if matches!(result, Err(ClientError::RestartNeeded(_))) {
            result = client.header_local_head().await;
        }
        let header = result.map_err(|error| failure::of_call(&error, Doing::Reading(0)))?;
        let height = header.height();
        let header = self.checked(header, height).await?;
        let mut verified = self.inner.verified.lock().await;
        self.believe(&mut verified, &header).await?;
        let newest = verified.newest().unwrap_or(header);
        drop(verified);
        self.announce(headers::known(&newest));
        Ok(newest)
    }

    fn announce(&self, head: DaHeader) {
        self.inner.heads.send_if_modified(|known| {
            let news = known.is_none_or(|known| known.height < head.height);
            if news {
                *known = Some(head);
            }
            news
        });
    }

    async fn namespace(&self, header: &Arc<ExtendedHeader>, namespace: Namespace) -> Result<Vec<FoundBlob>, DaError> {
        let height = header.height();
        let id = node_namespace(namespace)?;
        let client = self.client().await?;
        let call = || client.request("share.GetNamespaceData", (height, id));
        // A namespace that no row covers may come as null.
        let mut result: Result<Option<NamespaceData>, _> = call().await;
        if matches!(result, Err(ClientError::RestartNeeded(_))) {
            result = call().await;
        }
        let data = result.map_err(|error| failure::of_call(&error, Doing::Reading(height)))?;
        let header = Arc::clone(header);
        apart(height, move || {
            let data = data.unwrap_or_else(|| NamespaceData::new(Vec::new()));
            square::blobs(&header, namespace, &data)
                .map_err(|error| DaError::byzantine(height, format!("namespace {namespace}: {error}")))
        })
        .await
    }
}

impl DataAvailability for Celestia {
    fn limits(&self) -> Limits {
        Limits {
            submit_bytes_max: SUBMIT_BYTES_MAX,
            submit_blobs_max: SUBMIT_BLOBS_MAX,
            settle_heights: self.inner.config.settle_heights,
        }
    }

    /// The share commitment of a blob of share version 0.
    fn commitment(&self, blob: &Blob) -> Result<Commitment, DaError> {
        node_blob(blob).map(|blob| Commitment(*blob.commitment.hash()))
    }

    async fn submit(&self, blobs: &[Blob]) -> Result<u64, DaError> {
        self.limits().check(blobs)?;
        let bytes = blobs.iter().map(|blob| blob.data.len() as u64).sum();
        let blobs = blobs.iter().map(node_blob).collect::<Result<Vec<_>, _>>()?;
        let config = &self.inner.config;
        let options =
            TxConfig { gas_price: config.gas_price, max_gas_price: config.max_gas_price, ..TxConfig::default() };
        let client = self.client().await?;
        let _one_at_a_time = self.inner.submitting.lock().await;
        let height = client.blob_submit(&blobs, options).await;
        height.map_err(|error| failure::of_call(&error, Doing::Submitting(bytes)))
    }

    async fn head(&self) -> Result<DaHeader, DaError> {
        self.newest().await.map(|header| headers::known(&header))
    }

    async fn header(&self, height: u64) -> Result<DaHeader, DaError> {
        self.verified(height).await.map(|header| headers::known(&header))
    }

    async fn read(&self, height: u64, namespaces: &[Namespace]) -> Result<HeightData, DaError> {
        let header = self.verified(height).await?;
        let mut asked = namespaces.to_vec();
        asked.sort_unstable();
        asked.dedup();
        let mut blobs = Vec::new();
        // The square is sorted by namespace.
        for namespace in asked {
            blobs.extend(self.namespace(&header, namespace).await?);
        }
        Ok(HeightData { header: headers::known(&header), blobs })
    }

    fn subscribe(&self) -> watch::Receiver<Option<DaHeader>> {
        self.inner.heads.subscribe()
    }
}

/// Asks for the head for as long as anybody else holds the layer.
async fn follow(layer: Weak<Inner>, poll: Duration) {
    let mut ticks = tokio::time::interval(poll.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(inner) = layer.upgrade() else { return };
        if let Err(error) = (Celestia { inner }).newest().await {
            tracing::debug!(%error, "no head from celestia");
        }
    }
}

/// Runs CPU work where it may block, and turns a panic over hostile bytes into a refused answer.
async fn apart<T: Send + 'static>(
    height: u64,
    work: impl FnOnce() -> Result<T, DaError> + Send + 'static,
) -> Result<T, DaError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(DaError::byzantine(height, format!("verification failed: {error}"))))
}

fn node_namespace(namespace: Namespace) -> Result<nmt::Namespace, DaError> {
    let id = nmt::Namespace::from_raw(namespace.as_bytes());
    id.map_err(|error| DaError::Fatal(format!("namespace {namespace}: {error}")))
}

fn node_blob(blob: &Blob) -> Result<NodeBlob, DaError> {
    if blob.data.is_empty() {
        return Err(DaError::Fatal("a blob must not be empty".to_owned()));
    }
    NodeBlob::new(node_namespace(blob.namespace)?, blob.data.clone(), None)
        .map_err(|error| DaError::Fatal(format!("blob: {error}")))
}
