//! Making a genesis file: the standard packages, three keys, balances, first parameters and prices.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use move_core_types::AccountAddress;
use move_package::files::MemoryFiles;
use move_package::{BuildConfig, BuildError, build};
use types::genesis::{DaLayer, GENESIS_FORMAT, GenesisPackage};
use types::{Genesis, Parameters, PublicKey};

/// The admin's balance, for its own gas.
const ADMIN_BALANCE: u64 = 10_000_000_000;
/// The faucet's balance.
const FAUCET_BALANCE: u64 = 100_000_000_000_000_000;

/// What a chain's founder chooses.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    pub(crate) chain_id: u8,
    pub(crate) name: String,
    pub(crate) time_us: u64,
    pub(crate) da: DaLayer,
    pub(crate) da_start: u64,
    pub(crate) sequencer: PublicKey,
    pub(crate) admin: AccountAddress,
    pub(crate) faucet: AccountAddress,
}

/// The standard packages compiled, in the order in which they are published.
pub(crate) fn standard_packages() -> Result<Vec<GenesisPackage>> {
    let mut files = MemoryFiles::default();
    for package in move_packages::packages() {
        files.insert_package(package.directory, package);
    }
    let mut out = Vec::new();
    for (directory, address) in [("move-stdlib", 1), ("aptos-stdlib", 1), ("aptos-framework", 1), ("tenor-math", 5)] {
        let config = BuildConfig { named_addresses: BTreeMap::new(), ..BuildConfig::default() };
        let built = build(&files, directory, &config, &mut |_| {}).map_err(|error| match error {
            BuildError::Compile(output) => {
                anyhow!("the standard package {directory} does not compile:\n{}", output.diagnostics.render())
            }
            other => anyhow!("the standard package {directory} cannot be built: {other}"),
        })?;
        let (metadata, modules) = built.publication();
        out.push(GenesisPackage { address: AccountAddress::from_u8(address), metadata, modules });
    }
    Ok(out)
}

/// The genesis file of these choices.
pub(crate) fn make(choices: &Choices) -> Result<Genesis> {
    let mut balances = vec![(choices.admin, ADMIN_BALANCE), (choices.faucet, FAUCET_BALANCE)];
    balances.sort();
    let genesis = Genesis {
        format: GENESIS_FORMAT,
        chain_id: choices.chain_id,
        name: choices.name.clone(),
        time_us: choices.time_us,
        da: choices.da.clone(),
        da_start: choices.da_start,
        sequencer_public_key: choices.sequencer,
        admin: choices.admin,
        parameters: Parameters::DEFAULT.to_pairs(),
        gas_schedule: executor::first_gas_schedule(),
        privileged: Vec::new(),
        balances,
        packages: standard_packages()?,
        calls: Vec::new(),
    };
    genesis.check()?;
    Ok(genesis)
}

/// What a person may want to know of a genesis file.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) genesis_hash: types::Hash,
    pub(crate) header_hash: types::Hash,
    pub(crate) state_root: types::Hash,
}

/// Executes a genesis file in memory.
pub(crate) fn summarize(genesis: &Genesis) -> Result<Summary> {
    let executor = executor::Executor::new(move_natives::table(), genesis);
    let block = executor::execute_genesis(&executor, genesis)?;
    let mut tree: jellyfish_merkle::Tree<jellyfish_merkle::Sha256> =
        jellyfish_merkle::Tree::new(jellyfish_merkle::Limits { versions_max: 1, stale_nodes_max: 0 });
    let root = tree
        .commit(0, &block.tree_updates())
        .map_err(|error| anyhow!("the genesis state cannot be committed: {error}"))?;
    let state_root = types::Hash(root);
    Ok(Summary { genesis_hash: block.genesis_hash, header_hash: block.header(state_root).hash(), state_root })
}

/// The same for people, beside the file that nodes read.
pub(crate) fn to_json(genesis: &Genesis, summary: &Summary) -> serde_json::Value {
    let da = match &genesis.da {
        DaLayer::Embedded => serde_json::json!("embedded"),
        DaLayer::Celestia { network } => serde_json::json!({ "celestia": network }),
    };
    serde_json::json!({
        "genesis_hash": format!("0x{}", summary.genesis_hash.to_hex()),
        "header_0_hash": format!("0x{}", summary.header_hash.to_hex()),
        "state_root": format!("0x{}", summary.state_root.to_hex()),
        "chain_id": genesis.chain_id,
        "name": genesis.name,
        "time_us": genesis.time_us,
        "da": da,
        "da_start": genesis.da_start,
        "sequencer_public_key": hex::encode(genesis.sequencer_public_key.0),
        "admin": genesis.admin.to_string(),
        "parameters": genesis.parameters.iter().cloned().collect::<BTreeMap<_, _>>(),
        "balances": genesis.balances.iter().map(|(address, amount)| (address.to_string(), amount)).collect::<BTreeMap<_, _>>(),
        "packages": genesis.packages.iter().map(|package| serde_json::json!({ "address": package.address.to_string(), "modules": package.modules.len() })).collect::<Vec<_>>(),
    })
}
