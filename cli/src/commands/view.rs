use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::Target;
use crate::client::Client;
use crate::keys;
use crate::tx;
use crate::ui::Ui;

/// Call a view function and print what it returns, one value a line.
///
/// Example: tenor view 0xcafe::counter::value 0xcafe
#[derive(Debug, Args)]
pub(crate) struct View {
    /// ADDR::module::function
    function: String,
    /// Arguments, converted by the function's ABI; vectors as JSON.
    args: Vec<String>,
    /// Type arguments.
    #[arg(long = "type-args", value_name = "TYPE", num_args = 1..)]
    type_args: Vec<String>,
    #[command(flatten)]
    target: Target,
}

/// Calls a view function with arguments as they stand on a command line.
pub(crate) fn view(client: &Client, function: &str, type_args: &[String], args: &[String]) -> Result<Value> {
    let call = tx::call(client, function, type_args, args)?;
    client.post_bytes("/v1/view", "application/x.aptos.view_function+bcs", &bcs::to_bytes(&call)?)
}

impl View {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let values = view(
            &Client::new(&self.target.url),
            &keys::resolve(&self.target.chain, &self.function),
            &self.type_args,
            &self.args,
        )?;
        let lines: Vec<String> = values
            .as_array()
            .into_iter()
            .flatten()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), ToString::to_string))
            .collect();
        ui.answer(lines.join("\n"), &values);
        Ok(())
    }
}
