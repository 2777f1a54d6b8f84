//! `Tenor.toml`: everything a node's operator may choose, parsed once, unknown keys refused with a suggestion.
//!
//! Nothing here decides validity: what two nodes must agree on is in the genesis file. Paths are relative to the
//! directory of the file. Every key has a default, so an empty file is a valid one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use types::Genesis;

/// The name of the file in a chain's directory.
pub const FILE_NAME: &str = "Tenor.toml";

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// Not TOML, or a value of the wrong type.
    #[error("{path}: {message}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The parser's message with its position.
        message: String,
    },
    /// A key nobody reads; most likely misspelt.
    #[error("{path}: unknown key `{key}`, did you mean `{nearest}`?")]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key with its table.
        key: String,
        /// The known key that looks most like it.
        nearest: String,
    },
    /// A value outside its range.
    #[error("{path}: `{key}` {reason}")]
    OutOfRange {
        /// The file.
        path: PathBuf,
        /// The key with its table.
        key: &'static str,
        /// What it must be.
        reason: &'static str,
    },
}

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Config {
    /// What the chain is.
    pub chain: Chain,
    /// Where the application's Move packages lie.
    pub packages: Packages,
    /// What this process serves and where it keeps its data.
    pub node: Node,
    /// How the sequencer builds and confirms blocks.
    pub sequencer: Sequencer,
    /// Where blocks are published.
    pub da: Da,
    /// What is kept.
    pub storage: Storage,
}

/// `[chain]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Chain {
    /// For people; the genesis file has the name that counts.
    pub name: String,
    /// The genesis file.
    pub genesis: PathBuf,
}

impl Default for Chain {
    fn default() -> Self {
        Self { name: "my-chain".into(), genesis: "genesis.bcs".into() }
    }
}

/// `[packages]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Packages {
    /// The Move package that `tenor build`, `test` and `deploy` take when none is named.
    pub default: PathBuf,
}

impl Default for Packages {
    fn default() -> Self {
        Self { default: "move".into() }
    }
}

/// What a process does for its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Orders, executes, confirms and publishes.
    #[default]
    Sequencer,
    /// Reads DA, executes, compares.
    FullNode,
}

/// `[node]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Node {
    /// `sequencer` or `full-node`.
    pub role: Role,
    /// The database and the log.
    pub data: PathBuf,
    /// The REST API.
    pub listen: SocketAddr,
    /// The faucet; only a sequencer with the faucet's key serves it.
    pub faucet_listen: SocketAddr,
    /// The indexer answers that the SDKs need.
    pub indexer_listen: SocketAddr,
    /// The key that signs headers and batches.
    pub sequencer_key: PathBuf,
    /// The faucet account's key.
    pub faucet_key: PathBuf,
    /// Execute everything on both interpreters and halt on a difference.
    pub check: bool,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            role: Role::Sequencer,
            data: ".tenor/data".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            faucet_listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            indexer_listen: SocketAddr::from(([127, 0, 0, 1], 8090)),
            sequencer_key: "keys/sequencer.key".into(),
            faucet_key: "keys/faucet.key".into(),
            check: false,
        }
    }
}

/// `[sequencer]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Sequencer {
    /// A block closes this long after it opened.
    pub block_interval_ms: u64,
    /// A batch is cut when its compressed size reaches this.
    pub batch_bytes_target: u64,
    /// A batch is cut when its oldest block is this old; 0: 5 000 on Celestia, 1 000 embedded.
    pub batch_age_ms_max: u64,
    /// Transactions waiting in the pool.
    pub mempool_transactions_max: usize,
}

impl Default for Sequencer {
    fn default() -> Self {
        Self {
            block_interval_ms: 100,
            batch_bytes_target: 262_144,
            batch_age_ms_max: 0,
            mempool_transactions_max: 100_000,
        }
    }
}

/// Which data-availability layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DaKind {
    /// A durable local log with the same semantics.
    #[default]
    Embedded,
    /// A Celestia node's JSON-RPC.
    Celestia,
}

/// `[da]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Da {
    /// `embedded` or `celestia`.
    pub kind: DaKind,
    /// Directory of the embedded layer.
    pub path: PathBuf,
    /// Time between heights of the embedded layer.
    pub interval_ms: u64,
    /// Address of the Celestia node.
    pub celestia_url: String,
    /// Its authorization token.
    pub celestia_token: String,
}

impl Default for Da {
    fn default() -> Self {
        Self {
            kind: DaKind::Embedded,
            path: ".tenor/da".into(),
            interval_ms: 1_000,
            celestia_url: String::new(),
            celestia_token: String::new(),
        }
    }
}

/// `[storage]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Storage {
    /// Blocks whose state stays readable and provable; at least 1.
    pub provable_blocks: u64,
}

impl Default for Storage {
    fn default() -> Self {
        Self { provable_blocks: 1_024 }
    }
}

/// Every key that is read, for suggestions.
const KEYS: &[(&str, &[&str])] = &[
    ("chain", &["name", "genesis"]),
    ("packages", &["default"]),
    ("node", &["role", "data", "listen", "faucet_listen", "indexer_listen", "sequencer_key", "faucet_key", "check"]),
    ("sequencer", &["block_interval_ms", "batch_bytes_target", "batch_age_ms_max", "mempool_transactions_max"]),
    ("da", &["kind", "path", "interval_ms", "celestia_url", "celestia_token"]),
    ("storage", &["provable_blocks"]),
];

impl Config {
    /// Reads `Tenor.toml` in `directory`; relative paths in it are resolved against the directory.
    ///
    /// # Errors
    /// [`ConfigError`] names the file and the key.
    pub fn load(directory: &Path) -> Result<Self, ConfigError> {
        let path = directory.join(FILE_NAME);
        let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        let mut config = Self::parse(&text, &path)?;
        for file in [
            &mut config.chain.genesis,
            &mut config.packages.default,
            &mut config.node.data,
            &mut config.node.sequencer_key,
            &mut config.node.faucet_key,
            &mut config.da.path,
        ] {
            *file = directory.join(&*file);
        }
        Ok(config)
    }

    /// Reads the genesis file that the configuration names.
    ///
    /// # Errors
    /// The file cannot be read, or is no genesis file; the message names it and says how to make one.
    pub fn genesis(&self) -> anyhow::Result<Genesis> {
        let path = &self.chain.genesis;
        let bytes = std::fs::read(path).with_context(|| {
            format!("cannot read the genesis file {}; make one with `tenor new` or `tenor genesis`", path.display())
        })?;
        Genesis::from_bytes(&bytes).with_context(|| format!("{} is not a genesis file", path.display()))
    }

    /// Parses the text of a configuration; `path` appears in errors.
    ///
    /// # Errors
    /// As for [`Config::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let syntax = |message: String| ConfigError::Syntax { path: path.to_path_buf(), message };
        let table: toml::Table =
            text.parse().map_err(|e: toml::de::Error| syntax(e.to_string().trim_end().to_string()))?;
        for (section, value) in &table {
            let known: Vec<String> = KEYS.iter().map(|(name, _)| (*name).to_string()).collect();
            let Some((_, keys)) = KEYS.iter().find(|(name, _)| name == section) else {
                return Err(unknown(path, section, &known));
            };
            for key in value.as_table().into_iter().flat_map(toml::Table::keys) {
                if !keys.contains(&key.as_str()) {
                    let known: Vec<String> =
                        KEYS.iter().flat_map(|(s, keys)| keys.iter().map(move |k| format!("{s}.{k}"))).collect();
                    return Err(unknown(path, &format!("{section}.{key}"), &known));
                }
            }
        }
        let config: Self = toml::from_str(text).map_err(|e| syntax(e.to_string().trim_end().to_string()))?;
        let range = |key, reason| Err(ConfigError::OutOfRange { path: path.to_path_buf(), key, reason });
        if config.storage.provable_blocks == 0 {
            return range("storage.provable_blocks", "must be at least 1");
        }
        if config.da.interval_ms == 0 {
            return range("da.interval_ms", "must be at least 1");
        }
        if config.sequencer.block_interval_ms == 0 {
            return range("sequencer.block_interval_ms", "must be at least 1");
        }
        if config.sequencer.mempool_transactions_max == 0 {
            return range("sequencer.mempool_transactions_max", "must be at least 1");
        }
        Ok(config)
    }
}

fn unknown(path: &Path, key: &str, known: &[String]) -> ConfigError {
    let nearest = known.iter().min_by_key(|name| distance(key, name)).cloned().unwrap_or_default();
    ConfigError::UnknownKey { path: path.to_path_buf(), key: key.to_string(), nearest }
}

/// Edit distance (Levenshtein): insertions, deletions and substitutions cost one.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = *cell;
            left = substituted.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_the_nearest_known_one() {
        for (text, key, nearest) in [
            ("[nod]\n", "nod", "node"),
            ("[node]\nlissten = \"127.0.0.1:1\"\n", "node.lissten", "node.listen"),
            ("[da]\ninterval = 5\n", "da.interval", "da.interval_ms"),
            ("[sequencer]\nprovable_blocks = 5\n", "sequencer.provable_blocks", "storage.provable_blocks"),
        ] {
            match Config::parse(text, Path::new("Tenor.toml")) {
                Err(ConfigError::UnknownKey { key: k, nearest: n, .. }) => {
                    assert_eq!((k.as_str(), n.as_str()), (key, nearest));
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn an_empty_file_is_the_default_and_every_known_key_is_read() {
        assert_eq!(Config::parse("", Path::new("t")).unwrap(), Config::default());
        let text = "[chain]\nname='a'\ngenesis='g'\n[packages]\ndefault='p'\n[node]\nrole='full-node'\ndata='d'\n\
            listen='127.0.0.1:0'\nfaucet_listen='127.0.0.1:0'\nindexer_listen='127.0.0.1:0'\nsequencer_key='s'\nfaucet_key='f'\ncheck=true\n\
            [sequencer]\nblock_interval_ms=1\nbatch_bytes_target=2\nbatch_age_ms_max=3\nmempool_transactions_max=4\n\
            [da]\nkind='celestia'\npath='q'\ninterval_ms=5\ncelestia_url='u'\ncelestia_token='t'\n[storage]\nprovable_blocks=6\n";
        let config = Config::parse(text, Path::new("t")).unwrap();
        assert_eq!(config.node.role, Role::FullNode);
        assert_eq!(config.storage.provable_blocks, 6);
        assert_eq!(config.da.kind, DaKind::Celestia);
    }

    #[test]
    fn wrong_types_and_ranges_are_refused() {
        for text in ["[node]\nlisten = 7\n", "[node\n", "[storage]\nprovable_blocks = 0\n", "[da]\nkind = \"moon\"\n"] {
            assert!(Config::parse(text, Path::new("t")).is_err(), "{text}");
        }
    }
}
