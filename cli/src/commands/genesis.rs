use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use crate::genesis::{summarize, to_json};
use crate::ui::Ui;

/// Execute a genesis file and print its hash, the hash of header 0 and the state root.
///
/// Example: tenor genesis genesis.bcs
#[derive(Debug, Args)]
pub(crate) struct Genesis {
    /// The file.
    #[arg(default_value = "genesis.bcs")]
    file: PathBuf,
}

impl Genesis {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let bytes = std::fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let genesis = types::Genesis::from_bytes(&bytes)?;
        let summary = summarize(&genesis)?;
        let text = format!(
            "genesis  0x{}\nheader 0 0x{}\nstate    0x{}",
            summary.genesis_hash.to_hex(),
            summary.header_hash.to_hex(),
            summary.state_root.to_hex()
        );
        ui.answer(text, &json!(to_json(&genesis, &summary)));
        Ok(())
    }
}
