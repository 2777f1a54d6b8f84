use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use move_core_types::AccountAddress;
use move_package::graph::Mode;
use serde_json::{Value, json};
use types::SigningKey;
use types::transaction::Transaction;

use super::new::{Plan, Template, create};
use crate::client::Client;
use crate::commands::deploy::publish;
use crate::commands::prove::{file_from_json, verify};
use crate::tx::{self, GasOptions};
use crate::ui::Ui;
use crate::{keys, package};

/// Watch a Move package become a chain: scaffold, build, deploy, transact, prove, publish, replay.
///
/// Example: tenor demo
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where to make the chain; without it a temporary directory that is removed.
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Accounts that count.
const ACCOUNTS: u8 = 10;
/// Rounds of one transaction by each of them; every round lands in a block of its own.
const ROUNDS: u64 = 24;
/// Coins for each account.
const FUNDS: u64 = 1_000_000_000;
const GAS: GasOptions = GasOptions { max_gas_amount: 20_000, gas_unit_price: 100 };
const PUBLISH_GAS: GasOptions = GasOptions { max_gas_amount: 1_000_000, gas_unit_price: 100 };
/// Longest wait for anything that DA has to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A `tenor run` of our own, ended with us.
pub(crate) struct Process {
    child: Child,
    pub(crate) rest: String,
    pub(crate) faucet: Option<String>,
}

impl Process {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn start(args: &[&str]) -> Result<Self> {
        let binary = std::env::current_exe().context("this binary cannot be found")?;
        let mut child = Command::new(binary)
            .arg("--quiet")
            .arg("run")
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("a node cannot be started")?;
        let stdout = child.stdout.take().context("the node has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let ready: Value = match serde_json::from_str(&line) {
            Ok(ready) => ready,
            Err(_) => {
                let status = child.wait()?;
                bail!("the node did not start ({status})");
            }
        };
        let text = |name: &str| ready.get(name).and_then(Value::as_str).map(ToString::to_string);
        Ok(Self { child, rest: text("rest").context("the node did not say where it listens")?, faucet: text("faucet") })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the demo does, with the time since it began on every line.
struct Show {
    ui: Ui,
    started: Instant,
}

impl Show {
    fn line(&self, text: impl std::fmt::Display) {
        let seconds = self.started.elapsed().as_secs_f32();
        self.ui.line(
            format!("{seconds:7.2} s  {text}"),
            || json!({ "seconds": format!("{seconds:.2}"), "step": text.to_string() }),
        );
    }
}

fn balance(client: &Client, address: AccountAddress) -> Result<u64> {
    let found = client.get(&format!("/v1/accounts/{address}/balance/0x1::aptos_coin::AptosCoin"))?;
    found.as_u64().context("a balance is not a number")
}

pub(crate) fn fund(client: &Client, faucet: &Client, address: AccountAddress, amount: u64) -> Result<()> {
    let answer = faucet.post_json("/fund", &json!({ "address": address.to_string(), "amount": amount }))?;
    let hash =
        answer.pointer("/txn_hashes/0").and_then(Value::as_str).context("the faucet did not name a transaction")?;
    let outcome = client.wait(hash, 30)?;
    if outcome.get("success") != Some(&Value::Bool(true)) {
        bail!("the faucet's transfer failed: {outcome}");
    }
    Ok(())
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn heads(client: &Client) -> Result<(u64, u64, u64)> {
    let info = client.get("/v1/rollup/info")?;
    let head =
        |name: &str| text(&info, &format!("/heads/{name}")).parse::<u64>().with_context(|| format!("no head `{name}`"));
    Ok((head("confirmed")?, head("published")?, head("final")?))
}

/// Waits for a condition that DA brings about.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if started.elapsed() > PATIENCE {
            bail!("waited {} s for {what}", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Sends a call that must fail, and says how it did.
fn send_to_fail(client: &Client, key: &SigningKey, function: &str, args: &[String]) -> Result<String> {
    let call = tx::call(client, function, &[], args)?;
    match tx::send(client, key, call, GAS) {
        Ok(_) => bail!("{function} was to fail and did not"),
        Err(error) => Ok(error.to_string()),
    }
}

fn call(client: &Client, key: &SigningKey, function: &str, args: &[String]) -> Result<Value> {
    tx::send(client, key, tx::call(client, function, &[], args)?, GAS).with_context(|| format!("calling {function}"))
}

fn deploy(show: &Show, client: &Client, key: &SigningKey, directory: &Path, name: &str) -> Result<()> {
    let named = package::open_addresses(directory)?.into_iter().map(|open| (open, key.address())).collect();
    let built = package::compile(Ui { quiet: true, ..show.ui }, directory, Mode::Normal, named)?;
    let (metadata, modules) = built.publication();
    let outcome = publish(Ui { quiet: true, ..show.ui }, client, key, &metadata, &modules, None, PUBLISH_GAS)?;
    show.line(format!("deployed {name}: {} modules in version {}", modules.len(), text(&outcome, "/version")));
    Ok(())
}

/// Every account increments its counter once a round; each round is waited for.
fn count(show: &Show, client: &Client, owner: AccountAddress, accounts: &[SigningKey]) -> Result<()> {
    let chain_id = tx::chain_id(client)?;
    let increment = tx::call(client, &format!("{owner}::counter::increment"), &[], &[])?;
    let progress = show.ui.progress(ROUNDS, "Counting");
    for round in 0..ROUNDS {
        let batch: Vec<Transaction> =
            accounts.iter().map(|key| tx::sign(key, round, chain_id, increment.clone(), GAS)).collect::<Result<_>>()?;
        let signed: Vec<_> = batch.iter().map(Transaction::signed).collect();
        let answer = client.post_bytes("/v1/transactions/batch", tx::BCS, &bcs::to_bytes(&signed)?)?;
        if answer.pointer("/transaction_failures/0").is_some() {
            bail!("a transaction was refused: {answer}");
        }
        for transaction in &batch {
            client.wait(&format!("0x{}", transaction.hash().to_hex()), 30)?;
        }
        let (height, _, _) = heads(client)?;
        until("the block to close", || Ok((heads(client)?.0 > height).then_some(())))?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(())
}

/// An option from writing to settlement; checks that payoff and remainder are the collateral.
fn option_life(
    show: &Show,
    client: &Client,
    owner: &SigningKey,
    writer: &SigningKey,
    buyer: &SigningKey,
) -> Result<()> {
    let at = owner.address();
    let calls = format!("{at}::covered_call");
    call(client, owner, &format!("{at}::oracle::create"), &["2000000000000".into()])?;
    show.line("option: the oracle says 2 000");
    let expiry = tx::now_secs()? + 4;
    let amount = 10_000_000u64;
    let terms = [at.to_string(), amount.to_string(), "2000000000000".into(), "1000".into(), expiry.to_string()];
    let written = call(client, writer, &format!("{calls}::write"), &terms)?;
    let events = written.get("events").and_then(Value::as_array).cloned().unwrap_or_default();
    let event = events
        .iter()
        .find(|event| text(event, "/type").ends_with("::covered_call::Written"))
        .context("no Written event")?;
    let option = text(event, "/data/call").to_string();
    show.line(format!("option: a covered call on {amount} units, strike 2 000, written at {option}"));
    call(client, buyer, &format!("{calls}::buy"), std::slice::from_ref(&option))?;
    show.line("option: bought for a premium of 1 000 units");
    let early = send_to_fail(client, buyer, &format!("{calls}::settle"), std::slice::from_ref(&option))?;
    show.line(format!("option: settling early fails as it should ({})", early.rsplit(": ").next().unwrap_or_default()));
    while tx::now_secs()? <= expiry {
        std::thread::sleep(Duration::from_millis(100));
    }
    call(client, owner, &format!("{at}::oracle::update"), &["2500000000000".into()])?;
    let settled = call(client, buyer, &format!("{calls}::settle"), &[option])?;
    let events = settled.get("events").and_then(Value::as_array).cloned().unwrap_or_default();
    let event = events
        .iter()
        .find(|event| text(event, "/type").ends_with("::covered_call::Settled"))
        .context("no Settled event")?;
    let (payoff, remainder) = (tx::number(&event["data"], "payoff")?, tx::number(&event["data"], "remainder")?);
    if payoff + remainder != amount || payoff == 0 {
        bail!("payoff {payoff} and remainder {remainder} are not the collateral {amount}");
    }
    show.line(format!(
        "option: expired at 2 500; the holder gets {payoff}, the writer {remainder}, together the collateral"
    ));
    Ok(())
}

/// The state root of a block on a node, once the node has it.
fn root_at(client: &Client, height: u64) -> Result<Option<String>> {
    let found = client.find(&format!("/v1/rollup/blocks/{height}"))?;
    Ok(found.map(|block| text(&block, "/header/state_root").to_string()))
}

impl Demo {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let show = Show { ui, started: Instant::now() };
        let temporary;
        let directory = match self.directory {
            Some(directory) => directory,
            None => {
                temporary = tempfile::tempdir().context("no temporary directory can be made")?;
                temporary.path().join("demo-chain")
            }
        };
        let summary = walk(&show, &directory)?;
        let seconds = show.started.elapsed().as_secs_f32();
        ui.answer(format!("{summary}; {seconds:.1} s"), &json!({ "demo": format!("{summary}; {seconds:.1} s") }));
        Ok(())
    }
}

fn walk(show: &Show, directory: &Path) -> Result<String> {
    create(show.ui, directory, &Plan::of(Template::Counter)).context("scaffolding the chain")?;
    show.line(format!(
        "scaffolded a chain in {}; the standard packages are compiled into its genesis",
        directory.display()
    ));
    let path = directory.to_str().context("the directory's name is not UTF-8")?;
    let node = Process::start(&["--chain", path]).context("starting the sequencer")?;
    let client = Client::new(&node.rest);
    let faucet = Client::new(node.faucet.as_deref().context("the node serves no faucet")?);
    show.line(format!("started a sequencer at {}", node.rest));

    let owner = keys::find(directory, "default")?;
    fund(&client, &faucet, owner.address(), 100_000_000_000)?;
    let accounts: Vec<SigningKey> = (1..=ACCOUNTS).map(|n| SigningKey::from_seed([n; 32])).collect();
    for account in &accounts {
        fund(&client, &faucet, account.address(), FUNDS)?;
    }
    show.line(format!("funded {} accounts through the faucet", accounts.len() + 1));
    deploy(show, &client, &owner, &directory.join("move"), "the counter")?;
    let option = directory.join("option");
    super::new::write_package(&option, Template::Option)?;
    deploy(show, &client, &owner, &option, "the option")?;

    count(show, &client, owner.address(), &accounts)?;
    show.line(format!("{} counters incremented {ROUNDS} times each", accounts.len()));
    let failed = send_to_fail(&client, &owner, &format!("{}::counter::add", owner.address()), &["0".into()])?;
    show.line(format!("a failing transaction is committed with its reason: {failed}"));
    let [writer, buyer, ..] = accounts.as_slice() else { bail!("two accounts are needed") };
    option_life(show, &client, &owner, writer, buyer)?;

    let counter = format!("{}::counter::Counter", owner.address());
    let found = client.get(&format!("/v1/accounts/{}/resource/{counter}", writer.address()))?;
    if text(&found, "/data/count") != ROUNDS.to_string() {
        bail!("the counter stands at {found}, expected {ROUNDS}");
    }
    show.line(format!("resource {counter} of {}: {}", writer.address(), found["data"]));
    show.line(format!("balance of {}: {}", buyer.address(), balance(&client, buyer.address())?));

    // Published, final, proven.
    let height = heads(&client)?.0;
    until("the blocks to be published and read back", || Ok((heads(&client)?.2 >= height).then_some(())))?;
    show.line(format!("blocks up to {height} are published and read back from DA"));
    let answer = client.get(&format!("/v1/rollup/proofs/resource/{}/{counter}?height={height}", writer.address()))?;
    let file = file_from_json(&answer)?;
    let genesis = types::Genesis::from_bytes(&std::fs::read(directory.join("genesis.bcs"))?)?;
    let da = directory.join(".tenor/da");
    let da_text = da.to_str().context("the directory's name is not UTF-8")?;
    let shown = verify(&file, &genesis, Some((da_text, None))).context("checking the state proof")?;
    if !(shown.proof && shown.signature && shown.da) {
        bail!("the proof was not checked against DA");
    }
    show.line(format!(
        "state proof of the counter holds under the root of block {height} as read from DA, {} siblings",
        file.proof.siblings.len()
    ));

    let root = root_at(&client, height)?.ok_or_else(|| anyhow!("block {height} is gone"))?;
    let replayed = replay(show, directory, da_text, height)?;
    if root != replayed {
        bail!("the replayed root {replayed} is not {root}");
    }
    let version = tx::number(&client.get("/v1")?, "ledger_version")?;
    let transactions = version - height;
    if transactions < 200 || height < 20 {
        bail!("{transactions} transactions in {height} blocks are fewer than were promised");
    }
    show.line(format!("{transactions} transactions in {height} blocks"));
    Ok(format!("demo: ok; {transactions} transactions; root {root}; replayed {replayed} equal; proof ok"))
}

/// A second node that gets the genesis file and the DA directory and nothing else; its root at `height`.
fn replay(show: &Show, directory: &Path, da: &str, height: u64) -> Result<String> {
    let second = directory.join("second");
    std::fs::create_dir_all(&second)?;
    std::fs::copy(directory.join("genesis.bcs"), second.join("genesis.bcs"))?;
    let (genesis, data) = (second.join("genesis.bcs"), second.join("data"));
    let (Some(genesis), Some(data), Some(chain)) = (genesis.to_str(), data.to_str(), second.to_str()) else {
        bail!("the directory's name is not UTF-8");
    };
    let node =
        Process::start(&["--full-node", "--chain", chain, "--genesis", genesis, "--data", data, "--da-path", da])
            .context("starting the full node")?;
    let client = Client::new(&node.rest);
    let root = until("the full node to replay", || root_at(&client, height))?;
    show.line(format!("a second node replayed {height} blocks from DA alone"));
    Ok(root)
}
