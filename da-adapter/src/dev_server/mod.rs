//! A Celestia node in the same process, for tests: a JSON-RPC server that an unmodified client cannot tell apart.
//!
//! Squares, commitments, roots, proofs and signed headers come from `celestia-types` alone, so that a reader is tested
//! against another implementation than its own. On top of that the node fails and lies on request.

mod chain;
mod faults;
mod square;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use celestia_types::{Blob, Commitment, ExtendedHeader, nmt::Namespace};
use jsonrpsee::{
    RpcModule,
    server::{Server, ServerHandle},
    types::{ErrorObjectOwned, Params},
};
use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};

pub use self::faults::{Fault, Lie};
use self::{
    chain::{Block, Chain, Waiting},
    faults::Script,
};
use crate::DaError;

/// The chain's limit of a transaction.
const TRANSACTION_BYTES_MAX: usize = 8 << 20;
/// The node's own limit of a request.
const REQUEST_BYTES_MAX: u32 = 16 << 20;
/// How long a submission waits for a block before the node gives up on it.
const INCLUSION_PATIENCE: Duration = Duration::from_secs(20);

/// When blocks are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockClock {
    /// When [`DevServer::seal`] is called.
    Manual,
    /// At this interval.
    Every(Duration),
    /// As soon as something is submitted.
    OnSubmit,
}

/// A running node. Its chain outlives [`pause`](Self::pause) and ends with the last clone.
#[derive(Debug)]
pub struct DevServer {
    node: Arc<Node>,
    address: SocketAddr,
    handle: Option<ServerHandle>,
}

#[derive(Debug)]
struct Node {
    chain: Mutex<Chain>,
    script: Mutex<Script>,
    clock: BlockClock,
    head: watch::Sender<u64>,
}

impl DevServer {
    /// Starts a node on a free port of this machine, with one empty block.
    ///
    /// # Errors
    /// [`DaError::Fatal`] where no port can be had.
    pub async fn start(clock: BlockClock) -> Result<Self, DaError> {
        let (head, _) = watch::channel(0);
        let node = Node { chain: Mutex::new(Chain::new()), script: Mutex::default(), clock, head };
        let mut server = Self { node: Arc::new(node), address: SocketAddr::from(([127, 0, 0, 1], 0)), handle: None };
        server.node.seal()?;
        for port in ports() {
            server.address.set_port(port);
            if server.resume().await.is_ok() {
                break;
            }
        }
        if server.handle.is_none() {
            return Err(DaError::Fatal("no free port for the celestia double".to_owned()));
        }
        if let BlockClock::Every(interval) = clock {
            let node = Arc::downgrade(&server.node);
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(interval).await;
                    let Some(node) = node.upgrade() else { return };
                    let sealed = tokio::task::spawn_blocking(move || node.seal()).await;
                    if !matches!(sealed, Ok(Ok(_))) {
                        tracing::error!(?sealed, "the double seals no more blocks");
                        return;
                    }
                }
            });
        }
        Ok(server)
    }

    /// Where clients connect by HTTP.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where clients connect by WebSocket.
    pub fn websocket_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Makes a block of what waits and returns its height.
    ///
    /// # Errors
    /// [`DaError::Fatal`] for blobs that make no square.
    pub fn seal(&self) -> Result<u64, DaError> {
        self.node.seal()
    }

    /// Blobs that somebody else posts with the next block: any share version, any namespace.
    pub fn inject(&self, blobs: Vec<Blob>) {
        held(&self.node.chain).mempool.push(Waiting { blobs, not_before: 0, included: None });
    }

    /// Whether blocks take their transactions in reverse order of arrival.
    pub fn set_reversed(&self, reversed: bool) {
        held(&self.node.chain).reversed = reversed;
    }

    /// Forgets heights below this one.
    pub fn prune_below(&self, height: u64) {
        held(&self.node.chain).tail = height;
    }

    /// What happens to the next calls of `method`, such as `blob.Submit`.
    pub fn script(&self, method: &str, faults: impl IntoIterator<Item = Fault>) {
        held(&self.node.script).add(method, faults);
    }

    /// Lies from now on, or no more.
    pub fn lie(&self, lie: Option<Lie>) {
        held(&self.node.script).lie = lie;
    }

    /// The true header at `height`.
    pub fn header(&self, height: u64) -> Option<ExtendedHeader> {
        held(&self.node.chain).block(height).map(|block| block.header.clone())
    }

    /// What it answers about `height` and `namespace`, as JSON: header and namespace data.
    ///
    /// # Errors
    /// [`DaError::NotYet`] where there is no such height.
    pub fn answers(&self, height: u64, namespace: crate::Namespace) -> Result<(Vec<u8>, Vec<u8>), DaError> {
        let none = |_| DaError::NotYet { height, head: 0 };
        let id = Namespace::from_raw(namespace.as_bytes()).map_err(|error| DaError::Fatal(error.to_string()))?;
        let header = self.node.header(height).map_err(none)?;
        let data = self.node.namespace_data(height, id).map_err(none)?;
        Ok((header.to_string().into_bytes(), data.to_string().into_bytes()))
    }

    /// How often `commitment` is in the chain.
    pub fn occurrences(&self, commitment: [u8; 32]) -> usize {
        let chain = held(&self.node.chain);
        (1..=chain.head())
            .filter_map(|height| chain.block(height))
            .flat_map(|block| &block.blobs)
            .filter(|blob| *blob.commitment.hash() == commitment)
            .count()
    }

    /// Stops answering: connections break and are refused. Blocks go on.
    pub async fn pause(&mut self) {
        if let Some(handle) = self.handle.take() {
            // Stopped already is what was wanted.
            let _ = handle.stop();
            handle.stopped().await;
        }
    }

    /// Answers again, at the same address.
    ///
    /// # Errors
    /// [`DaError::Io`] where the port was taken meanwhile.
    pub async fn resume(&mut self) -> Result<(), DaError> {
        let config = jsonrpsee::server::ServerConfig::builder()
            .max_request_body_size(REQUEST_BYTES_MAX)
            .max_response_body_size(256 << 20)
            .build();
        let server = Server::builder().set_config(config).build(self.address).await;
        let server = server.map_err(DaError::io("starting the celestia double"))?;
        self.address = server.local_addr().map_err(DaError::io("starting the celestia double"))?;
        let module = methods(Arc::clone(&self.node));
        self.handle = Some(server.start(module.map_err(|error| DaError::Fatal(error.to_string()))?));
        Ok(())
    }
}

/// Ports below those that the system gives to connections: one that is left for a while is free when it is needed again.
fn ports() -> impl Iterator<Item = u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(101).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    (0..1000).filter_map(move |at| u16::try_from(20_000 + start.wrapping_add(at) % 10_000).ok())
}

impl Node {
    fn seal(&self) -> Result<u64, DaError> {
        let mut chain = held(&self.chain);
        let height = chain.seal().map_err(|error| DaError::Fatal(format!("celestia double: {error}")))?;
        drop(chain);
        self.head.send_replace(height);
        Ok(height)
    }

    /// Plays the fault that is due for `method`, and returns it if the method itself must play along.
    async fn fault(&self, method: &str) -> Result<Option<Fault>, Answer> {
        let fault = held(&self.script).take(method);
        match fault {
            Some(Fault::Error(text)) => Err(Answer::Error(text)),
            Some(Fault::Garbage) => Err(Answer::Value(json!({ "neither": "this", "nor": ["that"] }))),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Delay(time)) => {
                tokio::time::sleep(time).await;
                Ok(None)
            }
            other => Ok(other),
        }
    }

    /// Reads from the block at `height`, with the node's own words where there is none.
    fn at<T>(&self, height: u64, read: impl FnOnce(&Chain, &Block) -> T) -> Result<T, Answer> {
        let chain = held(&self.chain);
        if height == 0 {
            return Err(Answer::Error("header: given height is 0".to_owned()));
        }
        if height < chain.tail {
            return Err(Answer::Error(format!("header: requested header ({height}) is below Tail ({})", chain.tail)));
        }
        let Some(block) = chain.block(height) else {
            let head = chain.head();
            return Err(Answer::Error(format!(
                "header: given height is from the future: networkHeight: {head}, requestedHeight: {height}"
            )));
        };
        Ok(read(&chain, block))
    }

    fn header(&self, height: u64) -> Result<Value, Answer> {
        let lie = held(&self.script).lie;
        self.at(height, |chain, block| faults::header(lie, chain, block))
    }

    fn head(&self) -> Result<Value, Answer> {
        let head = held(&self.chain).head();
        self.header(head)
    }

    async fn submit(self: Arc<Self>, blobs: Vec<Blob>) -> Result<Value, Answer> {
        let fault = self.fault("blob.Submit").await?;
        check(&blobs)?;
        let lost = || Answer::Error("timed out waiting for tx to be included in a block".to_owned());
        if fault == Some(Fault::Swallow) {
            return Err(lost());
        }
        let (sender, receiver) = oneshot::channel();
        {
            let mut chain = held(&self.chain);
            let postponed = if let Some(Fault::Postpone(blocks)) = fault { blocks } else { 0 };
            let not_before = chain.head() + 1 + postponed;
            let included = (fault != Some(Fault::LoseReply)).then_some(sender);
            chain.mempool.push(Waiting { blobs, not_before, included });
        }
        if self.clock == BlockClock::OnSubmit {
            let node = Arc::clone(&self);
            let sealed = tokio::task::spawn_blocking(move || node.seal()).await;
            sealed
                .map_err(|error| Answer::Error(error.to_string()))?
                .map_err(|error| Answer::Error(error.to_string()))?;
        }
        if fault == Some(Fault::LoseReply) {
            return Err(lost());
        }
        match tokio::time::timeout(INCLUSION_PATIENCE, receiver).await {
            Ok(Ok(height)) => Ok(json!(height)),
            _ => Err(lost()),
        }
    }

    async fn wait_for(&self, height: u64) -> Result<Value, Answer> {
        let mut head = self.head.subscribe();
        // The sender lives as long as the node.
        let _ = head.wait_for(|&head| head >= height).await;
        self.header(height)
    }

    fn blob(&self, height: u64, namespace: Namespace, commitment: Commitment) -> Result<Value, Answer> {
        let found = self.at(height, |_, block| {
            block.blobs.iter().find(|blob| blob.namespace == namespace && blob.commitment == commitment).cloned()
        })?;
        found.map(|blob| faults::json(&blob)).ok_or_else(|| Answer::Error("blob: not found".to_owned()))
    }

    fn blobs(&self, height: u64, namespaces: &[Namespace]) -> Result<Value, Answer> {
        self.at(height, |_, block| {
            let mut blobs = Vec::new();
            for namespace in namespaces {
                blobs.extend(block.blobs.iter().filter(|blob| blob.namespace == *namespace));
            }
            if blobs.is_empty() { Value::Null } else { faults::json(&blobs) }
        })
    }

    fn namespace_data(&self, height: u64, namespace: Namespace) -> Result<Value, Answer> {
        let lie = held(&self.script).lie;
        self.at(height, |chain, block| faults::namespace(lie, chain, block, namespace))
    }

    fn proofs(&self, height: u64, namespace: Namespace, commitment: Commitment) -> Result<Value, Answer> {
        self.blob(height, namespace, commitment)?;
        self.at(height, |_, block| {
            let rows = block.namespace(namespace).into_inner();
            faults::json(&rows.into_iter().map(|row| row.proof).collect::<Vec<_>>())
        })
    }
}

/// What the chain refuses before a block is made.
fn check(blobs: &[Blob]) -> Result<(), Answer> {
    let refuse = |text: &str| Err(Answer::Error(text.to_owned()));
    if blobs.is_empty() {
        return refuse("blob: no blobs provided");
    }
    if blobs.iter().map(|blob| blob.data.len()).sum::<usize>() > TRANSACTION_BYTES_MAX {
        return refuse("blob(s) too large: total blob size exceeds the limit: code 11139");
    }
    for blob in blobs {
        if blob.data.is_empty() {
            return refuse("cannot use zero length blob: code 11124");
        }
        if blob.namespace.is_reserved() {
            return refuse("cannot use reserved namespace IDs: code 11110");
        }
        if let Err(error) = blob.validate() {
            return refuse(&format!("blob commitment is invalid: {error}"));
        }
    }
    Ok(())
}

/// What a call ends with, when not with its own result.
#[derive(Debug)]
enum Answer {
    Error(String),
    Value(Value),
}

fn methods(node: Arc<Node>) -> Result<RpcModule<Node>, jsonrpsee::core::RegisterMethodError> {
    let mut module = RpcModule::from_arc(node);
    module.register_async_method("blob.Submit", |params, node, _| async move {
        let result = match parse::<(Vec<Blob>, Value)>(&params) {
            Ok((blobs, _)) => node.submit(blobs).await,
            Err(error) => Err(error),
        };
        answer(result)
    })?;
    module.register_async_method("blob.Get", |params, node, _| async move {
        call(&node, "blob.Get", &params, |node, (height, namespace, commitment)| {
            node.blob(height, namespace, commitment)
        })
        .await
    })?;
    module.register_async_method("blob.GetAll", |params, node, _| async move {
        call(&node, "blob.GetAll", &params, |node, (height, namespaces): (u64, Vec<Namespace>)| {
            node.blobs(height, &namespaces)
        })
        .await
    })?;
    module.register_async_method("blob.GetProof", |params, node, _| async move {
        call(&node, "blob.GetProof", &params, |node, (height, namespace, commitment)| {
            node.proofs(height, namespace, commitment)
        })
        .await
    })?;
    module.register_async_method("header.GetByHeight", |params, node, _| async move {
        call(&node, "header.GetByHeight", &params, |node, (height,): (u64,)| node.header(height)).await
    })?;
    for name in ["header.LocalHead", "header.NetworkHead"] {
        module.register_async_method(name, move |_, node, _| async move {
            let result = node.fault(name).await.and_then(|_| node.head());
            answer(result)
        })?;
    }
    module.register_async_method("header.Tail", |_, node, _| async move {
        let tail = held(&node.chain).tail;
        answer(node.header(tail))
    })?;
    module.register_async_method("header.WaitForHeight", |params, node, _| async move {
        let result = match parse::<(u64,)>(&params) {
            Ok((height,)) => node.wait_for(height).await,
            Err(error) => Err(error),
        };
        answer(result)
    })?;
    module.register_async_method("share.GetNamespaceData", |params, node, _| async move {
        call(&node, "share.GetNamespaceData", &params, |node, (height, namespace)| {
            node.namespace_data(height, namespace)
        })
        .await
    })?;
    module.register_async_method("state.Balance", |_, node, _| async move {
        let result = node.fault("state.Balance").await.map(|_| json!({ "denom": "utia", "amount": "1000000" }));
        answer(result)
    })?;
    Ok(module)
}

async fn call<P: serde::de::DeserializeOwned>(
    node: &Arc<Node>,
    method: &str,
    params: &Params<'static>,
    read: impl FnOnce(&Node, P) -> Result<Value, Answer> + Send,
) -> Result<Value, ErrorObjectOwned> {
    let result = match node.fault(method).await {
        Ok(_) => parse(params).and_then(|params| read(node, params)),
        Err(answer) => Err(answer),
    };
    answer(result)
}

fn parse<P: serde::de::DeserializeOwned>(params: &Params<'static>) -> Result<P, Answer> {
    params.parse().map_err(|error| Answer::Error(format!("invalid params: {error}")))
}

fn answer(result: Result<Value, Answer>) -> Result<Value, ErrorObjectOwned> {
    match result {
        Ok(value) | Err(Answer::Value(value)) => Ok(value),
        Err(Answer::Error(text)) => Err(ErrorObjectOwned::owned(1, text, None::<()>)),
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
