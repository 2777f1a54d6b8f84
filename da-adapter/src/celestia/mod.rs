//! A Celestia node behind its JSON-RPC.
//!
//! Nothing that the node says is believed without proof, except that a height it does not have yet does not exist:
//!
//! * a header is checked by itself (hashes, data root, more than two thirds of the signatures) and must follow from a
//!   trusted one: by hash links, or by a third of the voting power known before, in as many steps as it takes;
//! * a namespace's shares come with a proof per row that they are all of them, against the row roots in the header;
//! * a submission's height is a hint: the caller reads it back.
//!
//! Answers are decoded and verified on blocking threads, and a panic in a dependency is a refused answer. Blobs are posted with
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

use celestia_rpc::{BlobClient, Client, TxConfig};
use celestia_types::{Blob as NodeBlob, ExtendedHeader, namespace_data::NamespaceData, nmt, state::Coin};
use jsonrpsee::core::{ClientError, client::ClientT, traits::ToRpcParams};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::{Mutex, OnceCell, watch};

use self::{
    failure::Doing,
    headers::{Base, Step, Verified},
};
use crate::{Anchor, Blob, Commitment, DaError, DaHeader, DataAvailability, FoundBlob, HeightData, Limits, Namespace};

/// The client takes 10 MiB of JSON per request, base64 included; the chain takes 8 MiB per transaction.
const SUBMIT_BYTES_MAX: u64 = 7_500_000;
const SUBMIT_BLOBS_MAX: usize = 200;
/// No parameters.
const NONE: [u8; 0] = [];
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
    /// For what is read.
    pub read_timeout: Duration,
    /// For the inclusion of a submission.
    pub submit_timeout: Duration,
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
            read_timeout: Duration::from_secs(30),
            submit_timeout: Duration::from_secs(120),
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
        let answer = self.ask(0, "state.Balance", NONE).await?;
        apart(0, move || decoded::<Coin>(0, answer.get().as_bytes()).map(|coin| coin.amount())).await
    }

    async fn client(&self) -> Result<&Client, DaError> {
        let config = &self.inner.config;
        let connect = || async {
            let (connect, request) = (Some(config.connect_timeout), Some(config.submit_timeout));
            Client::new(&config.url, config.token.as_deref(), connect, request).await
        };
        self.inner.client.get_or_try_init(connect).await.map_err(|error| failure::of_connecting(&error))
    }

    /// Calls a method that changes nothing; once more where the connection turns out to be broken, as the client then
    /// makes a new one.
    async fn ask(
        &self,
        height: u64,
        method: &str,
        params: impl ToRpcParams + Clone + Send,
    ) -> Result<Box<RawValue>, DaError> {
        let client = self.client().await?;
        let patience = self.inner.config.read_timeout;
        let call = || async {
            let answer = tokio::time::timeout(patience, client.request(method, params.clone())).await;
            answer.unwrap_or(Err(ClientError::RequestTimeout))
        };
        let result = match call().await {
            Err(ClientError::RestartNeeded(_)) => call().await,
            result => result,
        };
        result.map_err(|error| failure::of_call(&error, Doing::Reading(height)))
    }

    /// A header that was checked by itself, but not yet against a trusted one.
    async fn fetch(&self, height: u64) -> Result<Arc<ExtendedHeader>, DaError> {
        let answer = self.ask(height, "header.GetByHeight", (height,)).await?;
        self.checked(answer, Some(height)).await
    }

    async fn checked(&self, answer: Box<RawValue>, height: Option<u64>) -> Result<Arc<ExtendedHeader>, DaError> {
        let network = self.inner.config.network.clone();
        let about = height.unwrap_or_default();
        apart(about, move || {
            let header: ExtendedHeader = decoded(about, answer.get().as_bytes())?;
            headers::check_alone(&header, height.unwrap_or(header.height()), network.as_deref())?;
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
        let answer = self.ask(0, "header.LocalHead", NONE).await?;
        let text = answer.get().to_owned();
        let mut verified = self.inner.verified.lock().await;
        // Asked more often than blocks are made: the same answer is verified once.
        if let (true, Some(newest)) = (verified.head_answer == text, verified.newest()) {
            return Ok(newest);
        }
        let header = self.checked(answer, None).await?;
        self.believe(&mut verified, &header).await?;
        verified.head_answer = text;
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
        // A namespace that no row covers may come as null.
        let answer = self.ask(height, "share.GetNamespaceData", (height, id)).await?;
        let header = Arc::clone(header);
        apart(height, move || proven(&header, namespace, decoded(height, answer.get().as_bytes())?)).await
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

    async fn oldest(&self) -> Result<u64, DaError> {
        let answer = self.ask(0, "header.Tail", NONE).await?;
        self.checked(answer, None).await.map(|tail| tail.height())
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

/// Checks a node's answers as reading a height does, but for whether the header's chain is trusted: the entry point of
/// fuzzing. Returns how many blobs they prove.
///
/// * `header`, `data`: JSON of `header.GetByHeight` and `share.GetNamespaceData`.
///
/// # Errors
/// [`DaError::Byzantine`] for anything that does not verify.
pub fn check_answers(header: &[u8], namespace: Namespace, data: &[u8]) -> Result<usize, DaError> {
    guarded(0, || {
        let header: ExtendedHeader = decoded(0, header)?;
        headers::check_alone(&header, header.height(), None)?;
        proven(&header, namespace, decoded(0, data)?).map(|blobs| blobs.len())
    })
}

fn proven(
    header: &ExtendedHeader,
    namespace: Namespace,
    data: Option<NamespaceData>,
) -> Result<Vec<FoundBlob>, DaError> {
    let data = data.unwrap_or_else(|| NamespaceData::new(Vec::new()));
    square::blobs(header, namespace, &data)
        .map_err(|error| DaError::byzantine(header.height(), format!("namespace {namespace}: {error}")))
}

/// Runs CPU work on hostile bytes where it may block.
async fn apart<T: Send + 'static>(
    height: u64,
    work: impl FnOnce() -> Result<T, DaError> + Send + 'static,
) -> Result<T, DaError> {
    let done = tokio::task::spawn_blocking(move || guarded(height, work)).await;
    done.unwrap_or_else(|error| Err(DaError::Unavailable(format!("verification was cut off: {error}"))))
}

/// Turns a panic over hostile bytes into a refused answer.
///
/// The decoders are not ours: `subtle-encoding`, for one, panics on a signature of a single base64 character where
/// overflows are checked.
fn guarded<T>(height: u64, work: impl FnOnce() -> Result<T, DaError>) -> Result<T, DaError> {
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    done.unwrap_or_else(|_| Err(DaError::byzantine(height, "a decoder panicked over it")))
}

fn decoded<T: DeserializeOwned>(height: u64, json: &[u8]) -> Result<T, DaError> {
    serde_json::from_slice(json).map_err(|error| DaError::byzantine(height, format!("not what was asked for: {error}")))
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
