use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use move_core_types::{AccountAddress, ModuleId};
use serde_json::json;
use types::SigningKey;
use types::authenticator::verify_all;
use types::transaction::{EntryFunction, SignedTransaction, Transaction};

use super::demo::{Process, fund, until};
use super::new::{Plan, Template, create};
use crate::client::Client;
use crate::tx::{self, GasOptions};
use crate::ui::Ui;

/// Measure confirmed transfers: CPU per transaction in batches over REST, latency one by one.
///
/// Example: tenor bench --transactions 20000
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Transfers of the batch run.
    #[arg(long, default_value_t = 10_000)]
    transactions: u64,
    /// Accounts that send them.
    #[arg(long, default_value_t = 100)]
    accounts: u64,
    /// Transfers of the latency run.
    #[arg(long, default_value_t = 200)]
    singles: u64,
    /// Only sign into this file; what the measuring process starts beforehand.
    #[arg(long, hide = true, value_name = "FILE")]
    sign_into: Option<PathBuf>,
}

/// Transactions in one request.
const BATCH: usize = 100;
const GAS: GasOptions = GasOptions { max_gas_amount: 5_000, gas_unit_price: 100 };
const CHAIN_ID: u8 = 4;

fn sender(index: u64) -> SigningKey {
    let mut seed = [0x5e; 32];
    if let Some(head) = seed.first_chunk_mut::<8>() {
        *head = index.to_le_bytes();
    }
    SigningKey::from_seed(seed)
}

fn transfer(to: AccountAddress) -> Result<EntryFunction> {
    Ok(EntryFunction {
        module: ModuleId::new(AccountAddress::ONE, "aptos_account".try_into()?),
        function: "transfer".try_into()?,
        type_args: vec![],
        args: vec![to.into_bytes().to_vec(), 1u64.to_le_bytes().to_vec()],
    })
}

/// Each account's transfers, ring-wise to the next account, round by round so that lanes stay short.
fn sign(transactions: u64, accounts: u64) -> Result<Vec<SignedTransaction>> {
    let keys: Vec<SigningKey> = (0..accounts).map(sender).collect();
    let mut out = Vec::new();
    for index in 0..transactions {
        let (at, round) = (usize::try_from(index % accounts)?, index / accounts);
        let to = keys.get((at + 1) % keys.len()).context("no accounts")?.address();
        let key = keys.get(at).context("no accounts")?;
        out.push(tx::sign(key, round, CHAIN_ID, transfer(to)?, GAS)?.signed().clone());
    }
    Ok(out)
}

/// User and system time of a process so far.
fn cpu(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .context("CPU time is read from /proc, which is not here")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| {
        fields.get(index).and_then(|text| text.parse::<u64>().ok()).context("/proc/PID/stat is malformed")
    };
    // utime and stime, in ticks of 10 ms.
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

/// Nanoseconds per signature of the batch check that the node uses, 256 at a time, one thread.
fn signature_ns(signed: &[SignedTransaction]) -> u128 {
    let sample: Vec<&SignedTransaction> = signed.iter().take(256).collect();
    let mut best = u128::MAX;
    for _ in 0..5 {
        let started = Instant::now();
        let verdicts = verify_all(&sample);
        let taken = started.elapsed().as_nanos();
        if verdicts.iter().all(Result::is_ok) {
            best = best.min(taken / u128::try_from(sample.len().max(1)).unwrap_or(1));
        }
    }
    best
}

impl Bench {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        if self.accounts < 2 || self.transactions < 1 {
            bail!("at least two accounts and one transaction are needed");
        }
        if let Some(file) = &self.sign_into {
            let signed = sign(self.transactions, self.accounts)?;
            std::fs::write(file, bcs::to_bytes(&signed)?)
                .with_context(|| format!("cannot write {}", file.display()))?;
            return Ok(());
        }
        let directory = tempfile::tempdir()?;
        let chain = directory.path().join("bench");
        let signed = self.sign_elsewhere(ui, directory.path())?;
        create(ui, &chain, &Plan::of(Template::Counter))?;
        let node = Process::start(&["--chain", chain.to_str().context("the directory's name is not UTF-8")?])?;
        let client = Client::new(&node.rest);
        let faucet = Client::new(node.faucet.as_deref().context("the node serves no faucet")?);
        let progress = ui.progress(self.accounts, "Funding");
        for index in 0..self.accounts {
            fund(&client, &faucet, sender(index).address(), 10_000_000_000)?;
            progress.inc(1);
        }
        progress.finish_and_clear();
        let (cpu_us, wall) = self.batches(ui, &client, &node, &signed)?;
        let latencies = self.latencies(ui, &client)?;
        let signature_ns = signature_ns(&signed);
        let at = |per_mille: usize| {
            latencies
                .get((latencies.len() * per_mille / 1000).min(latencies.len().saturating_sub(1)))
                .copied()
                .unwrap_or_default()
        };
        let per_second = u128::from(self.transactions) * 1000 / wall.as_millis().max(1);
        let ratio_percent = cpu_us * 1000 * 100 / signature_ns.max(1);
        let text = format!(
            "transfers confirmed      {} in {:.2} s, {per_second}/s\n\
             server CPU/transaction   {cpu_us} us\n\
             signature, batch of 256  {}.{:01} us\n\
             ratio                    {}.{:02}\n\
             latency p50 / p99        {} us / {} us",
            self.transactions,
            wall.as_secs_f32(),
            signature_ns / 1000,
            signature_ns % 1000 / 100,
            ratio_percent / 100,
            ratio_percent % 100,
            at(500).as_micros(),
            at(990).as_micros(),
        );
        ui.answer(
            text,
            &json!({
                "transactions": self.transactions, "wall_ms": wall.as_millis().to_string(), "per_second": per_second.to_string(),
                "cpu_us_per_transaction": cpu_us.to_string(), "signature_ns": signature_ns.to_string(), "ratio_percent": ratio_percent.to_string(),
                "latency_us": { "p50": at(500).as_micros().to_string(), "p99": at(990).as_micros().to_string() },
            }),
        );
        Ok(())
    }

    /// Signing is the clients' work: it is done by another process and not measured.
    fn sign_elsewhere(&self, ui: Ui, directory: &Path) -> Result<Vec<SignedTransaction>> {
        ui.step("Signing", format!("{} transfers in another process", self.transactions));
        let file = directory.join("signed.bcs");
        let status = Command::new(std::env::current_exe()?)
            .args(["bench", "--transactions", &self.transactions.to_string(), "--accounts", &self.accounts.to_string()])
            .arg("--sign-into")
            .arg(&file)
            .status()?;
        if !status.success() {
            bail!("signing failed");
        }
        Ok(bcs::from_bytes(&std::fs::read(&file)?)?)
    }

    /// Server CPU per transaction in microseconds, and the time until all are confirmed.
    fn batches(
        &self,
        ui: Ui,
        client: &Client,
        node: &Process,
        signed: &[SignedTransaction],
    ) -> Result<(u128, Duration)> {
        let bodies: Vec<Vec<u8>> = signed.chunks(BATCH).map(bcs::to_bytes).collect::<Result<_, _>>()?;
        let last = Transaction::new(signed.last().context("nothing was signed")?.clone());
        let progress = ui.progress(u64::try_from(bodies.len())?, "Submitting");
        let before = cpu(node.pid())?;
        let started = Instant::now();
        for body in &bodies {
            // A full pool says so; the client waits and tries again.
            until("room in the pool", || match client.post_bytes("/v1/transactions/batch", tx::BCS, body) {
                Ok(answer) if answer.pointer("/transaction_failures/0").is_none() => Ok(Some(())),
                Ok(answer)
                    if answer.to_string().contains("mempool_is_full") || answer.to_string().contains("TOO_NEW") =>
                {
                    Ok(None)
                }
                Ok(answer) => bail!("a transaction was refused: {answer}"),
                Err(error) => Err(error),
            })?;
            progress.inc(1);
        }
        client.wait(&format!("0x{}", last.hash().to_hex()), 60)?;
        let wall = started.elapsed();
        let used = cpu(node.pid())?.saturating_sub(before);
        progress.finish_and_clear();
        Ok((used.as_micros() / u128::from(self.transactions), wall))
    }

    /// From sending a request to knowing that it is confirmed, one at a time, ascending.
    fn latencies(&self, ui: Ui, client: &Client) -> Result<Vec<Duration>> {
        let key = sender(0);
        let first = tx::sequence_number(client, key.address())?;
        let to = sender(1).address();
        let progress = ui.progress(self.singles, "Latency");
        let mut out = Vec::new();
        for number in 0..self.singles {
            let transaction = tx::sign(&key, first + number, CHAIN_ID, transfer(to)?, GAS)?;
            let started = Instant::now();
            client.post_bytes("/v1/transactions", tx::BCS, transaction.bytes())?;
            client.wait(&format!("0x{}", transaction.hash().to_hex()), 30)?;
            out.push(started.elapsed());
            progress.inc(1);
        }
        progress.finish_and_clear();
        out.sort();
        Ok(out)
    }
}
