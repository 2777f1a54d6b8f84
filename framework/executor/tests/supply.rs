//! Nothing is made and nothing is lost: random transactions over coins, their paired asset, and another asset, against a model
//! that is a table of numbers.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test reads its environment and fails loudly"
)]

mod common;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use common::{call, key, raw, sign};
use executor::{ExecutedBlock, Executor, MemoryState, Opening, Tip, execute_block, execute_genesis};
use move_core_types::AccountAddress;
use move_package::files::MemoryFiles;
use move_package::{BuildConfig, BuildError, build};
use proptest::prelude::*;
use types::genesis::GenesisPackage;
use types::transaction::Transaction;
use types::{Genesis, Parameters, Status, TransactionPayload, codec};

/// Who holds things: keys of the seeds 1 to this.
const PEOPLE: u8 = 4;
/// Whose account the bank is.
const BANK: u8 = 8;
const BANK_SOURCE: &str = include_str!("supply/bank.move");
const BANK_MANIFEST: &str = "[package]\nname = \"Bank\"\nversion = \"1.0.0\"\n[addresses]\nbank = \"_\"\n\
    [dependencies]\nAptosFramework = { local = \"../aptos-framework\" }\n";

fn published(files: &MemoryFiles, config: &BuildConfig) -> (Vec<u8>, Vec<Vec<u8>>) {
    match build(files, "p", config, &mut |_| ()) {
        Ok(built) => built.publication(),
        Err(BuildError::Compile(output)) => panic!("{}", output.diagnostics.render()),
        Err(error) => panic!("{error}"),
    }
}

fn genesis() -> Genesis {
    let mut packages = Vec::new();
    for name in ["MoveStdlib", "AptosStdlib", "AptosFramework"] {
        let mut files = MemoryFiles::default();
        files.insert_package("p", move_packages::package(name).unwrap());
        let (metadata, modules) = published(&files, &BuildConfig::default());
        packages.push(GenesisPackage { address: AccountAddress::ONE, metadata, modules });
    }
    let address = key(BANK).address();
    let mut files = MemoryFiles::default();
    files.insert("p/Move.toml", BANK_MANIFEST);
    files.insert("p/sources/bank.move", BANK_SOURCE);
    let named_addresses = [("bank".to_owned(), address)].into();
    let (metadata, modules) = published(&files, &BuildConfig { named_addresses, ..BuildConfig::default() });
    packages.push(GenesisPackage { address, metadata, modules });
    let mut balances: Vec<(AccountAddress, u64)> = (1..=9).map(|seed| (key(seed).address(), common::COINS)).collect();
    balances.sort();
    Genesis { balances, packages, ..common::genesis(&Parameters::DEFAULT) }
}

/// What the bank's view says of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Sums {
    /// Gold in coins, gold in both forms, the paired asset, silver, the native coin.
    supplies: [u128; 5],
    /// Of each person, and of the bank: gold in both forms.
    gold: Vec<u64>,
    /// The same of silver, then the bank's vault.
    silver: Vec<u64>,
    /// The same of the native coin, then where fees go.
    native: Vec<u64>,
}

#[derive(Clone)]
struct Chain {
    executor: Arc<Executor>,
    state: MemoryState,
    tip: Tip,
    numbers: [u64; 10],
}

impl Chain {
    /// A chain on which the bank is open; made once.
    fn open() -> &'static Self {
        static CHAIN: OnceLock<Chain> = OnceLock::new();
        CHAIN.get_or_init(|| {
            let genesis = genesis();
            let executor = Executor::new(move_natives::table(), &genesis);
            let block = execute_genesis(&executor, &genesis).unwrap_or_else(|error| panic!("{error}"));
            let mut state = MemoryState::default();
            state.apply(&block.executed.write_set);
            let mut chain = Chain { executor, state, tip: block.tip(), numbers: [0; 10] };
            assert_eq!(chain.act(BANK, "open", &[]), Status::Success);
            chain
        })
    }

    /// A transaction with addresses and amounts as arguments, in a block of its own.
    fn act(&mut self, who: u8, function: &str, args: &[Vec<u8>]) -> Status {
        let number = &mut self.numbers[usize::from(who)];
        let payload = TransactionPayload::EntryFunction(call(key(BANK).address(), "bank", function, args.to_vec()));
        let transaction: Transaction = sign(&key(who), raw(&key(who), *number, payload));
        *number += 1;
        let opening = Opening { time_us: self.tip.time_us + 1_000, da_read: self.tip.da_read, forced: vec![] };
        let base = Arc::new(self.state.clone());
        let executed = execute_block(&self.executor, base, &self.tip, &opening, &[transaction]).unwrap();
        let ExecutedBlock { block, mut placed } = executed.unwrap_or_else(|error| panic!("{error:?}"));
        for (key, op) in &block.changes {
            self.state.set(key, op.value().cloned());
        }
        self.tip = block.tip();
        placed.pop().unwrap().executed.receipt.status
    }

    fn sums(&self) -> Sums {
        let view = call(key(BANK).address(), "bank", "sums", vec![codec::encode(&everyone())]);
        let answer = self.executor.view(&self.state, self.tip.next_version - 1, self.tip.time_us, &view);
        let values = answer.unwrap_or_else(|error| panic!("{error}")).values;
        let [supplies, gold, silver, native] = values.as_slice() else { panic!("{} values", values.len()) };
        let supplies: Vec<u128> = codec::decode(supplies).unwrap();
        Sums {
            supplies: supplies.try_into().unwrap(),
            gold: codec::decode(gold).unwrap(),
            silver: codec::decode(silver).unwrap(),
            native: codec::decode(native).unwrap(),
        }
    }
}

/// People, the bank, and where fees go.
fn everyone() -> Vec<AccountAddress> {
    let mut list: Vec<AccountAddress> = (1..=PEOPLE).map(|seed| key(seed).address()).collect();
    list.extend([key(BANK).address(), common::sequencer().address()]);
    list.extend([5, 6, 7, 9].map(|seed| key(seed).address()));
    list
}

/// What a transaction does to the numbers if it succeeds.
#[derive(Debug, Clone, Copy)]
enum Effect {
    Gold { from: Option<usize>, to: Option<usize> },
    Silver { from: Option<usize>, to: Option<usize> },
    Native { to: usize },
    Nothing,
}

/// Every action: its function in the bank, whether the bank sends it, and what it does.
fn actions(who: usize, to: usize) -> Vec<(&'static str, bool, Effect)> {
    use Effect::{Gold, Native, Nothing, Silver};
    let (from, to, vault) = (Some(who), Some(to), Some(everyone().len()));
    vec![
        ("mint_gold", true, Gold { from: None, to }),
        ("mint_gold_as_asset", true, Gold { from: None, to }),
        ("burn_gold", true, Gold { from: to, to: None }),
        ("burn_gold_as_asset", true, Gold { from: to, to: None }),
        ("send_gold", false, Gold { from, to }),
        ("send_gold_in_two", false, Gold { from, to }),
        ("send_gold_as_asset", false, Gold { from, to }),
        ("turn_gold", false, Nothing),
        ("migrate_gold", false, Nothing),
        ("freeze_gold", true, Nothing),
        ("mint_silver", true, Silver { from: None, to }),
        ("burn_silver", true, Silver { from: to, to: None }),
        ("send_silver", false, Silver { from, to }),
        ("send_silver_in_parts", false, Silver { from, to }),
        ("seize_silver", true, Silver { from: to, to: vault }),
        ("return_silver", true, Silver { from: vault, to }),
        ("freeze_silver", true, Nothing),
        ("fail_after_sending", false, Nothing),
        ("send_native", false, Native { to: to.unwrap_or_default() }),
        ("send_native_as_asset", false, Native { to: to.unwrap_or_default() }),
    ]
}

fn shift(numbers: &mut [u64], from: Option<usize>, to: Option<usize>, amount: u64) -> Option<()> {
    if let Some(from) = from {
        numbers[from] = numbers[from].checked_sub(amount)?;
    }
    if let Some(to) = to {
        numbers[to] = numbers[to].checked_add(amount)?;
    }
    Some(())
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(24)
}

fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![6 => 0..200_u64, 1 => 0..100_000_u64, 1 => Just(u64::MAX)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_there_is_is_the_sum_of_what_everyone_has(
        steps in prop::collection::vec((0..20_usize, 0..4_usize, 0..4_usize, amount()), 1..60),
    ) {
        let mut chain = Chain::open().clone();
        let mut model = chain.sums();
        let mut natives: u128 = model.native.iter().map(|n| u128::from(*n)).sum::<u128>() + u128::from(chain.tip.fees);
        prop_assert_eq!(natives, model.supplies[4]);
        for (nth, who, to, amount) in steps {
            let (function, by_bank, effect) = actions(who, to)[nth];
            // Nobody has more than a balance can show.
            let amount = if function.starts_with("mint") { amount % 1_000_000 } else { amount };
            let sender = if by_bank { BANK } else { who as u8 + 1 };
            let recipient = key(to as u8 + 1).address().as_ref().to_vec();
            let status = chain.act(sender, function, &[recipient, amount.to_le_bytes().to_vec()]);
            let is_done = status.is_success();
            let sums = chain.sums();
            if is_done {
                match effect {
                    Effect::Gold { from, to } => shift(&mut model.gold, from, to, amount).unwrap(),
                    Effect::Silver { from, to } => shift(&mut model.silver, from, to, amount).unwrap(),
                    Effect::Native { to } => {
                        // The sender also paid for gas: only the sum below is exact for it.
                        prop_assert!(to == who || sums.native[to] >= model.native[to] + amount);
                    }
                    Effect::Nothing => {}
                }
            }
            prop_assert_eq!(&sums.gold, &model.gold, "{} {:?}", function, status);
            prop_assert_eq!(&sums.silver, &model.silver, "{} {:?}", function, status);
            let sum = |numbers: &[u64]| numbers.iter().map(|n| u128::from(*n)).sum::<u128>();
            prop_assert_eq!(sums.supplies[1], sum(&sums.gold));
            prop_assert_eq!(sums.supplies[0] + sums.supplies[2], sums.supplies[1]);
            prop_assert_eq!(sums.supplies[3], sum(&sums.silver));
            // What blocks collected and did not hand out yet is in nobody's account.
            natives = sum(&sums.native) + u128::from(chain.tip.fees);
            prop_assert_eq!(natives, sums.supplies[4]);
            prop_assert_eq!(sums.supplies[4], model.supplies[4]);
            model.native = sums.native;
        }
    }
}

#[test]
fn every_action_can_succeed() {
    let mut chain = Chain::open().clone();
    let mut done = BTreeSet::new();
    let to = key(2).address().as_ref().to_vec();
    for round in 0..3_u64 {
        // Migration leaves nothing to freeze: it comes last.
        for (function, by_bank, _) in
            actions(0, 1).into_iter().filter(|action| action.0 != "migrate_gold" || round == 2)
        {
            for who in if by_bank { vec![BANK] } else { vec![1, 2] } {
                let amount = match function {
                    // What freezes frees again in the next round.
                    "freeze_gold" | "freeze_silver" => round % 2,
                    "mint_gold" | "mint_gold_as_asset" | "mint_silver" => 100,
                    _ => 5_u64,
                };
                if chain.act(who, function, &[to.clone(), amount.to_le_bytes().to_vec()]).is_success() {
                    done.insert(function);
                }
            }
        }
    }
    let never: Vec<&str> = actions(0, 1).iter().map(|action| action.0).filter(|name| !done.contains(name)).collect();
    assert_eq!(never, ["fail_after_sending"]);
}
