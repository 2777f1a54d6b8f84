//! The `tenor` command: arguments in, text out; one file per command.
//!
//! stdout is the answer and nothing else; stderr is everything else. Exit 0 done, 1 refused or failed, 2 a malformed
//! request. `COMMANDS.md` beside this crate's manifest lists every command with what stdout holds.

mod args;
mod client;
mod commands;
mod da;
mod genesis;
mod keys;
mod package;
mod publisher;
mod rust_chain;
mod sim;
mod tx;
mod ui;
mod venue;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use ui::Ui;

// A transaction's small objects cost about half of what the system's allocator takes for them.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Launch and operate your own Move chain.
///
/// Example: tenor new my-chain && cd my-chain && tenor run
#[derive(Debug, Parser)]
#[command(name = "tenor", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    output: Output,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, Args)]
struct Output {
    /// Print the answer as JSON.
    #[arg(long, global = true)]
    json: bool,
    /// Print nothing but the answer and errors.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Print more on stderr.
    #[arg(short, long, global = true)]
    verbose: bool,
}

/// Which node a command talks to, and whose keys it uses.
#[derive(Debug, Clone, Args)]
pub(crate) struct Target {
    /// Address of the node.
    #[arg(long, default_value = "http://127.0.0.1:8080", env = "TENOR_URL")]
    pub(crate) url: String,
    /// The chain's directory, where its keys are.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) chain: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(commands::new::New),
    Run(commands::run::Run),
    Build(commands::build::Build),
    Test(commands::test::Test),
    Fmt(commands::fmt::Fmt),
    Doc(commands::doc::Doc),
    Disassemble(commands::disassemble::Disassemble),
    Lsp(commands::lsp::Lsp),
    Deploy(commands::deploy::Deploy),
    Genesis(commands::genesis::Genesis),
    Bench(commands::bench::Bench),
    Demo(commands::demo::Demo),
    Oracle(commands::oracle::Oracle),
    Keeper(commands::keeper::Keeper),
    Simulate(commands::simulate::Simulate),
    Call(commands::call::Call),
    View(commands::view::View),
    Resource(commands::resource::Resource),
    Account(commands::account::Account),
    Prove(commands::prove::Prove),
    Force(commands::force::Force),
    Status(commands::status::Status),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ui = Ui { json: cli.output.json, quiet: cli.output.quiet, verbose: cli.output.verbose };
    let result = match cli.command {
        Command::New(command) => command.run(ui),
        Command::Run(command) => command.run(ui),
        Command::Build(command) => command.run(ui),
        Command::Test(command) => command.run(ui),
        Command::Fmt(command) => command.run(ui),
        Command::Doc(command) => command.run(ui),
        Command::Disassemble(command) => command.run(ui),
        Command::Lsp(command) => {
            return command.run().unwrap_or_else(|error| {
                ui.error(&error);
                ExitCode::from(1)
            });
        }
        Command::Deploy(command) => command.run(ui),
        Command::Genesis(command) => command.run(ui),
        Command::Bench(command) => command.run(ui),
        Command::Demo(command) => command.run(ui),
        Command::Oracle(command) => command.run(ui),
        Command::Keeper(command) => command.run(ui),
        Command::Simulate(command) => command.run(ui),
        Command::Call(command) => command.run(ui),
        Command::View(command) => command.run(ui),
        Command::Resource(command) => command.run(ui),
        Command::Account(command) => command.run(ui),
        Command::Prove(command) => command.run(ui),
        Command::Force(command) => command.run(ui),
        Command::Status(command) => command.run(ui),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui.error(&error);
            ExitCode::from(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn every_command_has_a_row_in_the_table_and_an_example() {
        let table = include_str!("../COMMANDS.md");
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            assert!(table.contains(&format!("| `tenor {name}")), "COMMANDS.md has no row for `{name}`");
            let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
            assert!(about.contains("Example: tenor"), "`tenor {name} --help` shows no example");
        }
        Cli::command().debug_assert();
    }
}
