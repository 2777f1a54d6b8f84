//! The chain as the simulator drives it: wallets that sign, batches that go out, blocks that are read back into the mirror.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use move_core_types::AccountAddress;
use serde_json::{Value, json};
use types::SigningKey;
use types::transaction::{EntryFunction, Transaction};

use super::invariants;
use super::mirror::{Audited, Mirror, Violation, number, text};
use crate::client::Client;
use crate::tx::{self, GasOptions};
use crate::venue::Venue;

const GAS: GasOptions = GasOptions { max_gas_amount: 200_000, gas_unit_price: 100 };
/// Transactions in one request.
const BATCH: usize = 50;
/// Longest wait for a transaction or a block.
const PATIENCE: Duration = Duration::from_secs(120);
/// Threads that read state back.
const READERS: usize = 4;

/// A key with its next sequence number.
#[derive(Debug, Clone)]
struct Wallet {
    key: SigningKey,
    next: u64,
}

/// A block as the simulator keeps it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    pub(crate) height: u64,
    pub(crate) last_version: u64,
    pub(crate) time_us: u64,
    pub(crate) transactions: u64,
    pub(crate) failed: u64,
    /// The venue's events: name and data.
    pub(crate) events: Vec<(String, Value)>,
    /// What did not hold at its end.
    pub(crate) violations: Vec<Violation>,
}

/// The driven chain.
pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) venue: Venue,
    pub(crate) mirror: Mirror,
    chain_id: u8,
    wallets: BTreeMap<AccountAddress, Wallet>,
    /// The last block that was read.
    pub(crate) height: Option<u64>,
    /// Hashes of what was sent and not yet waited for.
    sent: Vec<String>,
    /// The newest version that an outcome named, and the newest that was read.
    confirmed: u64,
    pub(crate) read: u64,
    /// Why transactions failed, and how often.
    pub(crate) failures: BTreeMap<String, u64>,
    pub(crate) transactions: u64,
}

impl World {
    pub(crate) fn new(client: Client, venue: Venue) -> Result<Self> {
        let chain_id = tx::chain_id(&client)?;
        let mirror = Mirror::new(&venue);
        Ok(Self {
            client,
            venue,
            mirror,
            chain_id,
            wallets: BTreeMap::new(),
            height: None,
            sent: Vec::new(),
            confirmed: 0,
            read: 0,
            failures: BTreeMap::new(),
            transactions: 0,
        })
    }

    /// Takes a key in; its sequence number is asked for unless the account is known to be new.
    pub(crate) fn add_wallet(&mut self, key: SigningKey, is_new: bool) -> Result<AccountAddress> {
        let address = key.address();
        let next = if is_new { 0 } else { tx::sequence_number(&self.client, address)? };
        self.wallets.insert(address, Wallet { key, next });
        Ok(address)
    }

    /// Signs calls in their order and sends them in batches.
    pub(crate) fn send(&mut self, calls: Vec<(AccountAddress, EntryFunction)>) -> Result<()> {
        let mut signed = Vec::with_capacity(calls.len());
        for (sender, call) in calls {
            let wallet = self.wallets.get_mut(&sender).with_context(|| format!("no key for {sender}"))?;
            let transaction = tx::sign(&wallet.key, wallet.next, self.chain_id, call, GAS)?;
            wallet.next += 1;
            signed.push(transaction);
        }
        for batch in signed.chunks(BATCH) {
            self.post(batch)?;
        }
        Ok(())
    }

    fn post(&mut self, batch: &[Transaction]) -> Result<()> {
        let mut waiting: Vec<&Transaction> = batch.iter().collect();
        let started = Instant::now();
        while !waiting.is_empty() {
            let body: Vec<_> = waiting.iter().map(|transaction| transaction.signed()).collect();
            let answer = self.client.post_bytes("/v1/transactions/batch", tx::BCS, &bcs::to_bytes(&body)?)?;
            let failures = answer.get("transaction_failures").and_then(Value::as_array).cloned().unwrap_or_default();
            let mut again = Vec::new();
            for failure in failures {
                let index =
                    failure.get("transaction_index").and_then(Value::as_u64).context("a failure without index")?;
                let transaction = waiting.get(usize::try_from(index)?).context("a failure of no transaction")?;
                // A full pool or lane empties with the next blocks; anything else is a mistake of ours.
                let why = failure.to_string();
                if !(why.contains("mempool_is_full") || why.contains("TOO_NEW")) {
                    bail!("a transaction was refused: {why}");
                }
                again.push(*transaction);
            }
            let refused: Vec<types::Hash> = again.iter().map(|transaction| transaction.hash()).collect();
            let taken = waiting.iter().map(|transaction| transaction.hash()).filter(|hash| !refused.contains(hash));
            self.sent.extend(taken.map(|hash| format!("0x{}", hash.to_hex())));
            waiting = again;
            if !waiting.is_empty() {
                if started.elapsed() > PATIENCE {
                    bail!("the node takes no more transactions");
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }

    /// Waits until everything that was sent has an outcome.
    pub(crate) fn settle(&mut self) -> Result<()> {
        for hash in std::mem::take(&mut self.sent) {
            let outcome = self.client.wait(&hash, PATIENCE.as_secs())?;
            self.confirmed = self.confirmed.max(number(&outcome, "/version")?);
        }
        Ok(())
    }

    /// Sends one call, waits, and fails with the reason if it failed.
    pub(crate) fn must(&mut self, sender: AccountAddress, call: EntryFunction) -> Result<()> {
        self.send(vec![(sender, call)])?;
        let hash = self.sent.last().cloned().context("nothing was sent")?;
        self.settle()?;
        let outcome = self.client.wait(&hash, PATIENCE.as_secs())?;
        if outcome.get("success") == Some(&Value::Bool(true)) {
            return Ok(());
        }
        Err(anyhow!("{}", outcome.get("vm_status").and_then(Value::as_str).unwrap_or("failed")))
    }

    /// Whether something confirmed lies in a block that was not read yet.
    pub(crate) fn is_behind(&self) -> bool {
        self.read < self.confirmed
    }

    /// Reads the next block and checks it. Waits for it if asked to; `None` if there is none yet.
    pub(crate) fn next_block(&mut self, wait: bool) -> Result<Option<Block>> {
        let started = Instant::now();
        let next = self.height.map_or(0, |height| height + 1);
        loop {
            if let Some(block) = self.client.find(&format!("/v1/blocks/by_height/{next}?with_transactions=true"))? {
                return self.take(&block).map(Some);
            }
            if !wait {
                return Ok(None);
            }
            if started.elapsed() > PATIENCE {
                bail!("no block {next} within {} s", PATIENCE.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn take(&mut self, shown: &Value) -> Result<Block> {
        let mut block = Block {
            height: number(shown, "/block_height")?,
            last_version: number(shown, "/last_version")?,
            time_us: number(shown, "/block_timestamp")?,
            ..Block::default()
        };
        let transactions =
            shown.get("transactions").and_then(Value::as_array).context("a block without transactions")?;
        for transaction in transactions {
            block.violations.extend(self.mirror.apply(transaction)?);
            if transaction.get("type").and_then(Value::as_str) == Some("user_transaction") {
                block.transactions += 1;
                if transaction.get("success") != Some(&Value::Bool(true)) {
                    block.failed += 1;
                    let status = transaction.get("vm_status").and_then(Value::as_str).unwrap_or("failed").to_owned();
                    let function = text(transaction, "/payload/function").unwrap_or_default();
                    let function = function.split_once("::").map_or("", |(_, name)| name);
                    *self.failures.entry(format!("{function}: {status}")).or_default() += 1;
                }
            }
            for event in transaction.get("events").and_then(Value::as_array).into_iter().flatten() {
                if let Some(name) = self.mirror.kind(event) {
                    let data = event.get("data").cloned().unwrap_or_default();
                    block.events.push((name.to_owned(), data));
                }
            }
        }
        self.mirror.now = block.time_us / 1_000_000;
        self.transactions += block.transactions;
        block.violations.extend(invariants::check(&self.mirror));
        self.height = Some(block.height);
        self.read = block.last_version;
        Ok(block)
    }

    /// A view at a version, or now.
    pub(crate) fn view(&self, function: &str, args: &[Value], version: Option<u64>) -> Result<Value> {
        let at = version.map(|version| format!("?ledger_version={version}")).unwrap_or_default();
        let function = format!("{}::{function}", self.venue.address);
        let body = json!({ "function": function, "type_arguments": [], "arguments": args });
        self.client.post_json(&format!("/v1/view{at}"), &body)
    }

    /// A market's mark.
    pub(crate) fn mark(&self, market: &AccountAddress, version: Option<u64>) -> Result<u64> {
        number(&self.view("markets::mark", &[json!(market.to_string())], version)?, "/0")
    }

    /// Reads every account, market, position and order from the node at one ledger version, and compares with the mirror. How many
    /// items were read, and what differs.
    pub(crate) fn audit(&self, version: u64) -> Result<(u64, Vec<Violation>)> {
        let all: Vec<Audited<'_>> = self.mirror.audited().collect();
        let parts = all.chunks(all.len().div_ceil(READERS).max(1));
        let results: Vec<Result<Vec<Violation>>> = std::thread::scope(|scope| {
            let readers: Vec<_> = parts.map(|part| scope.spawn(|| self.compare(part, version))).collect();
            let joined = readers.into_iter().map(|reader| reader.join());
            joined.map(|result| result.unwrap_or_else(|_| Err(anyhow!("a reader panicked")))).collect()
        });
        let mut differences = Vec::new();
        for result in results {
            differences.extend(result?);
        }
        Ok((u64::try_from(all.len())?, differences))
    }

    fn compare(&self, part: &[Audited<'_>], version: u64) -> Result<Vec<Violation>> {
        let mut differences = Vec::new();
        for item in part {
            match item {
                Audited::Resource { at, tag, data } => {
                    let path = format!("/v1/accounts/{at}/resource/{tag}?ledger_version={version}");
                    let found = self.client.find(&path)?;
                    if found.as_ref().and_then(|found| found.get("data")) != Some(*data) {
                        differences.push(format!("{tag} of {at} at version {version} is not what the write sets left"));
                    }
                }
                Audited::Item { handle, is_order, key, value } => {
                    let (kind, key_type, key) = if *is_order {
                        let id = u64::from_le_bytes((*key).try_into().context("an order's key is no u64")?);
                        ("book::Order", "u64", json!(id.to_string()))
                    } else {
                        ("ledger::Position", "address", json!(format!("0x{}", hex::encode(key))))
                    };
                    let body = json!({
                        "key_type": key_type, "key": key, "value_type": format!("{}::{kind}", self.venue.address),
                    });
                    let path = format!("/v1/tables/{handle}/item?ledger_version={version}");
                    let found = self.client.post_json_for_bcs(&path, &body)?;
                    if found.as_deref() != Some(*value) {
                        differences.push(format!("{kind} {key} at version {version} is not what the write sets left"));
                    }
                }
            }
        }
        Ok(differences)
    }
}
