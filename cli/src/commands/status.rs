use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::Target;
use crate::client::Client;
use crate::ui::Ui;

/// Show where the chain stands: its head, what is published, how far DA was read.
///
/// Example: tenor status, or tenor status HASH for one transaction
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// A transaction's hash.
    hash: Option<String>,
    #[command(flatten)]
    target: Target,
}

fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "-".into(),
        Some(other) => other.to_string(),
    }
}

impl Status {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let client = Client::new(&self.target.url);
        if let Some(hash) = self.hash {
            let status = client.get(&format!("/v1/rollup/status/{hash}"))?;
            let line = format!(
                "{} version {} block {} da height {}",
                text(&status, "/status"),
                text(&status, "/version"),
                text(&status, "/block_height"),
                text(&status, "/da/height"),
            );
            ui.answer(line, &status);
            return Ok(());
        }
        let info = client.get("/v1/rollup/info")?;
        let lines = [
            format!("chain       {} (id {})", text(&info, "/name"), text(&info, "/chain_id")),
            format!("genesis     {}", text(&info, "/genesis_hash")),
            format!("role        {}", text(&info, "/role")),
            format!("block       {}", text(&info, "/heads/confirmed")),
            format!("published   {}", text(&info, "/heads/published")),
            format!("final       {}", text(&info, "/heads/final")),
            format!(
                "da          {} at height {}, {}",
                text(&info, "/da/layer"),
                text(&info, "/da/read_up_to"),
                text(&info, "/da/state")
            ),
            format!("halted      {}", text(&info, "/halted")),
        ];
        ui.answer(lines.join("\n"), &info);
        Ok(())
    }
}
