//! The genesis file: everything from which version 0 follows, without a compiler.

use move_core_types::AccountAddress;
use serde::{Deserialize, Serialize};

use crate::codec::{DecodeError, decode, encode};
use crate::crypto::PublicKey;
use crate::hash::{Hash, tag, tagged};
use crate::parameters::Parameters;
use crate::transaction::EntryFunction;

/// Size of a genesis file at most.
pub const GENESIS_BYTES_MAX: usize = 67_108_864;
/// The format that this version reads and writes.
pub const GENESIS_FORMAT: u16 = 1;

/// The data-availability layer of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DaLayer {
    /// A directory.
    Embedded,
    /// Celestia.
    Celestia {
        /// Which of its networks.
        network: String,
    },
}

/// Prices, as `0x1::gas_schedule::GasSchedule` holds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GasSchedule {
    /// What the entries mean; a node that does not know it halts.
    pub feature_version: u64,
    /// (name, value), ascending by name.
    pub entries: Vec<(String, u64)>,
}

impl GasSchedule {
    /// Key of lowered code in caches.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tagged(tag::GAS_SCHEDULE, &[&encode(self)])
    }

    /// The entry of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u64> {
        self.entries
            .binary_search_by(|(key, _)| key.as_str().cmp(name))
            .ok()
            .and_then(|i| self.entries.get(i))
            .map(|(_, value)| *value)
    }
}

/// A compiled package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisPackage {
    /// Where it is published.
    pub address: AccountAddress,
    /// BCS package metadata.
    #[serde(with = "crate::bytes")]
    pub metadata: Vec<u8>,
    /// Bytecode in dependency order.
    #[serde(with = "crate::bytes::list")]
    pub modules: Vec<Vec<u8>>,
}

/// A call that sets the application up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisCall {
    /// Who calls.
    pub sender: AccountAddress,
    /// What.
    pub function: EntryFunction,
}

/// `genesis.bcs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genesis {
    /// 1.
    pub format: u16,
    /// 1 to 255; for wallets.
    pub chain_id: u8,
    /// For people.
    pub name: String,
    /// Time of block 0.
    pub time_us: u64,
    /// Where batches go.
    pub da: DaLayer,
    /// `da_read` of header 0.
    pub da_start: u64,
    /// Signs headers and batches until the admin names another.
    pub sequencer_public_key: PublicKey,
    /// Who may move parameters; `0x0`: nobody.
    pub admin: AccountAddress,
    /// All parameters, ascending by name.
    pub parameters: Vec<(String, u64)>,
    /// First prices.
    pub gas_schedule: GasSchedule,
    /// Addresses that may declare natives beside `0x0` to `0xf`, ascending.
    pub privileged: Vec<AccountAddress>,
    /// Native coin, ascending by address, no zero.
    pub balances: Vec<(AccountAddress, u64)>,
    /// Code.
    pub packages: Vec<GenesisPackage>,
    /// Set-up.
    pub calls: Vec<GenesisCall>,
}

impl Genesis {
    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// Too large, not canonical, another format, or a list that is unsorted, repeated or incomplete.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > GENESIS_BYTES_MAX {
            let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            return Err(DecodeError::TooLarge { what: "genesis file", found, limit: 67_108_864 });
        }
        let genesis: Genesis = decode(bytes)?;
        genesis.check()?;
        Ok(genesis)
    }

    /// Everything that a file must satisfy beyond being canonical.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), DecodeError> {
        if self.format != GENESIS_FORMAT {
            return Err(DecodeError::Format { what: "genesis file", found: self.format });
        }
        let rules = [
            (self.chain_id != 0, "chain id 0"),
            (self.parameters()?.check_ranges().is_ok(), "a parameter is out of its range"),
            (ascending(&self.gas_schedule.entries, |(name, _)| name), "gas entries are not ascending by name"),
            (ascending(&self.privileged, |address| address), "privileged addresses are not ascending"),
            (ascending(&self.balances, |(address, _)| address), "balances are not ascending by address"),
            (self.balances.iter().all(|(_, amount)| *amount > 0), "a balance of zero"),
            (self.supply().is_some(), "balances add up to more than u64 holds"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, what)) => Err(DecodeError::Invalid(what)),
            None => Ok(()),
        }
    }

    /// Names the chain: `TENOR::Genesis` over the file's bytes.
    #[must_use]
    pub fn hash(&self) -> Hash {
        genesis_hash(&self.to_bytes())
    }

    /// The parameters.
    ///
    /// # Errors
    /// Not exactly the known ones.
    pub fn parameters(&self) -> Result<Parameters, DecodeError> {
        Parameters::from_pairs(&self.parameters)
    }

    /// Sum of all balances; it never changes.
    #[must_use]
    pub fn supply(&self) -> Option<u64> {
        self.balances.iter().try_fold(0u64, |sum, (_, amount)| sum.checked_add(*amount))
    }

    /// Whether an address may declare natives.
    #[must_use]
    pub fn is_privileged(&self, address: &AccountAddress) -> bool {
        address.is_special() || self.privileged.binary_search(address).is_ok()
    }
}

/// `TENOR::Genesis` over a file's bytes.
#[must_use]
pub fn genesis_hash(bytes: &[u8]) -> Hash {
    tagged(tag::GENESIS, &[bytes])
}

fn ascending<T, K: Ord + ?Sized>(items: &[T], key: impl Fn(&T) -> &K) -> bool {
    items.windows(2).all(|pair| matches!(pair, [a, b] if key(a) < key(b)))
}
