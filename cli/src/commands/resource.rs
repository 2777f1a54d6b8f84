use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::Target;
use crate::client::Client;
use crate::ui::Ui;

/// Print a resource, or the list of all at an address.
///
/// Example: tenor resource 0xcafe 0xcafe::counter::Counter
#[derive(Debug, Args)]
pub(crate) struct Resource {
    /// An address, or a name in `keys/`.
    account: String,
    /// The resource's type; without it all are listed.
    tag: Option<String>,
    #[command(flatten)]
    target: Target,
}

impl Resource {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let client = Client::new(&self.target.url);
        let address = super::account::address(&self.target, &self.account)?;
        if let Some(tag) = self.tag {
            let tag = crate::keys::resolve(&self.target.chain, &tag);
            let found = client.get(&format!("/v1/accounts/{address}/resource/{}", tag.replace(' ', "")))?;
            let data = found.get("data").cloned().unwrap_or(Value::Null);
            ui.answer(serde_json::to_string_pretty(&data)?, &found);
        } else {
            let found = client.get(&format!("/v1/accounts/{address}/resources"))?;
            for resource in found.as_array().into_iter().flatten() {
                let tag = resource.get("type").and_then(Value::as_str).unwrap_or_default();
                ui.line(tag, || resource.clone());
            }
        }
        Ok(())
    }
}
