use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::{Value, json};
use types::proof::{DaHint, PROOF_FORMAT, ProofFile, ProofLeaf, StateProof};
use types::{Genesis, Hash, Header, Signature, StateKey};

use crate::Target;
use crate::client::Client;
use crate::da;
use crate::ui::Ui;

/// Fetch a proof of a resource or of a table's item, or verify one without trusting any node.
///
/// Example: tenor prove 0xcafe 0xcafe::counter::Counter --out counter.proof
///          tenor prove --verify counter.proof --genesis genesis.bcs --da .tenor/da
#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// An address, or a name in `keys/`.
    #[arg(required_unless_present_any = ["verify", "table"])]
    account: Option<String>,
    /// The resource's type.
    #[arg(required_unless_present_any = ["verify", "table"])]
    tag: Option<String>,
    /// Prove an item of the table with this handle instead.
    #[arg(long, value_name = "HANDLE", requires_all = ["key_type", "key", "value_type"], conflicts_with = "account")]
    table: Option<String>,
    /// The type of the table's keys.
    #[arg(long, value_name = "TYPE")]
    key_type: Option<String>,
    /// The item's key: text, or JSON.
    #[arg(long)]
    key: Option<String>,
    /// The type of the table's values.
    #[arg(long, value_name = "TYPE")]
    value_type: Option<String>,
    /// The block at whose end it is proven; without it the last one.
    #[arg(long)]
    height: Option<u64>,
    /// Where to write the proof.
    #[arg(long, default_value = "state.proof")]
    out: PathBuf,
    /// Verify this file instead.
    #[arg(long, value_name = "FILE", requires = "genesis")]
    verify: Option<PathBuf>,
    /// The chain's genesis file.
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// The DA layer: a directory, or the address of a Celestia node.
    #[arg(long, value_name = "DIR|URL")]
    da: Option<String>,
    /// Authorization token of the Celestia node.
    #[arg(long, env = "TENOR_CELESTIA_TOKEN")]
    celestia_token: Option<String>,
    #[command(flatten)]
    target: Target,
}

fn bytes(value: &Value, pointer: &str) -> Result<Vec<u8>> {
    let text =
        value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("the answer has no {pointer}"))?;
    hex::decode(text.trim_start_matches("0x")).with_context(|| format!("{pointer} is not hexadecimal"))
}

fn array<const N: usize>(value: &Value, pointer: &str) -> Result<[u8; N]> {
    bytes(value, pointer)?.try_into().map_err(|_| anyhow!("{pointer} is not {N} bytes"))
}

/// The proof file that a node's JSON answer describes.
pub(crate) fn file_from_json(answer: &Value) -> Result<ProofFile> {
    let leaf = match answer.pointer("/proof/leaf") {
        Some(Value::Object(_)) => Some(ProofLeaf {
            path: array(answer, "/proof/leaf/path")?,
            value_hash: array(answer, "/proof/leaf/value_hash")?,
        }),
        _ => None,
    };
    let siblings = answer.pointer("/proof/siblings").and_then(Value::as_array).context("the answer has no siblings")?;
    let siblings =
        (0..siblings.len()).map(|i| array(answer, &format!("/proof/siblings/{i}"))).collect::<Result<_>>()?;
    let da = match (answer.pointer("/da/batch"), answer.pointer("/da/da_height")) {
        (Some(Value::String(batch)), Some(Value::String(height))) => {
            Some(DaHint { batch: batch.parse()?, da_height: height.parse()? })
        }
        _ => None,
    };
    Ok(ProofFile {
        format: PROOF_FORMAT,
        genesis_hash: Hash(array(answer, "/genesis_hash")?),
        key: bytes(answer, "/key/bytes")?,
        value: if answer.get("value").is_some_and(Value::is_string) { Some(bytes(answer, "/value")?) } else { None },
        proof: StateProof { leaf, siblings },
        header: Header::from_bytes(&bytes(answer, "/block/header_bytes")?)?,
        signature: Signature(array(answer, "/block/signature")?),
        da,
    })
}

/// What a verification has shown, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) proof: bool,
    pub(crate) signature: bool,
    pub(crate) da: bool,
}

/// Checks a proof file against a genesis file and, where given, a DA layer.
pub(crate) fn verify(file: &ProofFile, genesis: &Genesis, da_layer: Option<(&str, Option<&str>)>) -> Result<Shown> {
    let genesis_hash = genesis.hash();
    file.check(&genesis_hash)?;
    file.check_signature(&genesis.sequencer_public_key)
        .context("the header is not signed by the genesis key (a rotated key must be proven first)")?;
    let mut shown = Shown { proof: true, signature: true, da: false };
    let Some((layer, token)) = da_layer else { return Ok(shown) };
    let Some(hint) = file.da else {
        bail!("the proof does not say where its block was published; fetch it again once the block is published");
    };
    if hint.batch == 0 {
        bail!("batches are numbered from 1");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let found = runtime.block_on(async {
        let da = da::open(layer, token)?;
        da::header_from_da(&da, genesis, &genesis_hash, hint.batch, hint.da_height, file.header.height).await
    })?;
    match found {
        Some(header) if header == file.header => shown.da = true,
        Some(header) => bail!(
            "DA has another block {}: its header hash is {}, the proof's is {}",
            header.height,
            header.hash(),
            file.header.hash()
        ),
        None => bail!(
            "batch {} with block {} was not found on DA up to height {}",
            hint.batch,
            file.header.height,
            hint.da_height
        ),
    }
    Ok(shown)
}

impl Prove {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        if let Some(path) = &self.verify {
            let raw = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let file = ProofFile::from_bytes(&raw)?;
            let genesis_path = self.genesis.as_ref().context("--verify needs --genesis FILE")?;
            let raw = std::fs::read(genesis_path).with_context(|| format!("cannot read {}", genesis_path.display()))?;
            let genesis = Genesis::from_bytes(&raw)?;
            let layer = self.da.as_deref().map(|layer| (layer, self.celestia_token.as_deref()));
            let shown = verify(&file, &genesis, layer)?;
            let mark = |done: bool| if done { "yes" } else { "not checked" };
            let key = StateKey::from_bytes(&file.key)?;
            let text = format!(
                "proof ok\nkey        {key:?}\nvalue      {}\nblock      {}\nstate root 0x{}\nproof      {}\nsignature  {}\nda         {}\nexecuted   not checked",
                file.value.as_ref().map_or("absent".to_string(), |value| format!("0x{}", hex::encode(value))),
                file.header.height,
                file.header.state_root.to_hex(),
                mark(shown.proof),
                mark(shown.signature),
                mark(shown.da),
            );
            let json = json!({
                "ok": true, "height": file.header.height.to_string(), "state_root": format!("0x{}", file.header.state_root.to_hex()),
                "value": file.value.as_ref().map(|value| format!("0x{}", hex::encode(value))),
                "checked": { "proof": shown.proof, "signature": shown.signature, "da": shown.da, "executed": false },
            });
            ui.answer(text, &json);
            return Ok(());
        }
        let height = self.height.map(|height| format!("?height={height}")).unwrap_or_default();
        let client = Client::new(&self.target.url);
        let (what, answer) = match (&self.table, &self.account, &self.tag) {
            (Some(handle), _, _) => {
                let key = self.key.as_deref().unwrap_or_default();
                let structured = key.starts_with(['[', '{', '"']);
                let key =
                    if structured { serde_json::from_str(key).context("the key is not JSON")? } else { json!(key) };
                let body = json!({ "key_type": self.key_type, "value_type": self.value_type, "key": key });
                let path = format!("/v1/rollup/proofs/table_item/{handle}{height}");
                (format!("item {key} of table {handle}"), client.post_json(&path, &body)?)
            }
            (None, Some(account), Some(tag)) => {
                let address = super::account::address(&self.target, account)?;
                let path = format!("/v1/rollup/proofs/resource/{address}/{}{height}", tag.replace(' ', ""));
                (format!("{tag} of {address}"), client.get(&path)?)
            }
            (None, _, _) => bail!("name an account and a type, or a table and a key"),
        };
        let file = file_from_json(&answer)?;
        file.check(&file.genesis_hash).context("the node's own proof does not hold")?;
        std::fs::write(&self.out, file.to_bytes()).with_context(|| format!("cannot write {}", self.out.display()))?;
        ui.step("Proved", format!("{what} at block {}", file.header.height));
        ui.step("Wrote", format!("{} ({} siblings)", self.out.display(), file.proof.siblings.len()));
        ui.answer(format!("0x{}", file.header.state_root.to_hex()), &answer);
        Ok(())
    }
}
