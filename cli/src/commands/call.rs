use anyhow::Result;
use clap::Args;

use crate::client::Client;
use crate::tx::{self, GasOptions};
use crate::ui::Ui;
use crate::{Target, keys};

/// Call an entry function and wait for the outcome.
///
/// Example: tenor call 0xcafe::counter::increment --as alice
#[derive(Debug, Args)]
pub(crate) struct Call {
    /// ADDR::module::function
    function: String,
    /// Arguments, converted by the function's ABI; vectors as JSON.
    args: Vec<String>,
    /// Type arguments.
    #[arg(long = "type-args", value_name = "TYPE", num_args = 1..)]
    type_args: Vec<String>,
    /// Who sends: a name in `keys/` or a key file.
    #[arg(long = "as", default_value = "default", value_name = "ACCOUNT")]
    sender: String,
    /// Most gas units.
    #[arg(long, default_value_t = 200_000)]
    max_gas: u64,
    /// Price of a gas unit.
    #[arg(long, default_value_t = 100)]
    gas_price: u64,
    #[command(flatten)]
    target: Target,
}

impl Call {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let client = Client::new(&self.target.url);
        let key = keys::find(&self.target.chain, &self.sender)?;
        let call = tx::call(&client, &keys::resolve(&self.target.chain, &self.function), &self.type_args, &self.args)?;
        let gas = GasOptions { max_gas_amount: self.max_gas, gas_unit_price: self.gas_price };
        let outcome = tx::send(&client, &key, call, gas)?;
        let text = |name: &str| outcome.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_string();
        ui.step("Confirmed", format!("in version {}, {} gas units", text("version"), text("gas_used")));
        ui.answer(text("hash"), &outcome);
        Ok(())
    }
}
