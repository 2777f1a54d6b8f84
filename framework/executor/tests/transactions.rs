//! Outcomes of single transactions: what is kept, what is charged, what is refused.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod common;

use common::*;
use executor::{FeeStatement, OpenBlock, Opening, OwnOutcome, Placed};
use move_core_types::AccountAddress;
use types::transaction::Transaction;
use types::{
    AccountAuthenticator, Discard, Event, Parameters, SignedTransaction, StateKey, Status, TransactionAuthenticator,
    TransactionPayload, codec,
};

type Account = (
    Vec<u8>,
    u64,
    u64,
    (u64, u64, AccountAddress),
    (u64, u64, AccountAddress),
    Vec<AccountAddress>,
    Vec<AccountAddress>,
);

const ACCOUNT: &str = "0x1::account::Account";

fn open(chain: &Chain) -> OpenBlock {
    let opening = Opening { time_us: START_US + 1_000_000, da_read: START_DA, forced: vec![] };
    OpenBlock::open(&chain.executor, chain.base(), &chain.tip, &opening).unwrap().0
}

fn kept(block: &mut OpenBlock, transaction: &Transaction) -> Placed {
    match block.execute(transaction, u64::MAX).unwrap() {
        OwnOutcome::Kept { placed, .. } => *placed,
        other => panic!("{other:?}"),
    }
}

fn refused(chain: &Chain, transaction: &Transaction) -> Option<Discard> {
    match open(chain).execute(transaction, u64::MAX).unwrap() {
        OwnOutcome::Refused { refused, .. } => Some(refused.reason),
        _ => None,
    }
}

fn u64_arg(value: u64) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

fn statement(placed: &Placed) -> FeeStatement {
    match placed.executed.events.last() {
        Some(Event::Module { tag, data }) if tag.to_string() == "0x1::transaction_fee::FeeStatement" => {
            codec::decode(data).unwrap()
        }
        other => panic!("{other:?} is no fee statement"),
    }
}

#[test]
fn a_transaction_changes_state_counts_and_pays() {
    let chain = Chain::new(Parameters::DEFAULT);
    let mut block = open(&chain);
    let sender = key(1).address();
    assert_eq!(get::<Account>(block.state(), sender, ACCOUNT), None, "accounts are implicit");

    let first = kept(&mut block, &transaction(1, 0, "create", vec![]));
    let executed = &first.executed;
    assert_eq!((first.version, &executed.receipt.status), (2, &Status::Success));
    assert_eq!(executed.receipt.fee, executed.receipt.gas_used * 100);
    assert_eq!(coins(block.state(), sender), COINS - executed.receipt.fee);
    let account: Account = get(block.state(), sender, ACCOUNT).unwrap();
    assert_eq!((account.0.as_slice(), account.1, account.2), (sender.as_ref(), 1, 2));
    assert_eq!(get::<u64>(block.state(), sender, "0xcafe::play::Counter"), Some(7));
    assert_eq!(executed.write_set.len(), 3, "counter, account, coin store");
    assert_eq!(executed.receipt.write_set_hash, executed.write_set.hash());
    let fee = statement(&first);
    assert_eq!(fee.total_charge_gas_units, executed.receipt.gas_used);
    assert_eq!(fee.execution_gas_units + fee.io_gas_units, fee.total_charge_gas_units);
    assert!(fee.io_gas_units > 0 && executed.receipt.gas_used >= 28);

    let second = kept(&mut block, &transaction(1, 1, "bump", vec![sender.as_ref().to_vec()]));
    assert_eq!((second.version, &second.executed.receipt.status), (3, &Status::Success));
    assert_eq!(get::<u64>(block.state(), sender, "0xcafe::play::Counter"), Some(8));
}

#[test]
fn a_failure_leaves_fee_and_sequence_number_and_one_event() {
    let mut small = raw(&key(3), 0, play("spin", vec![u64_arg(u64::MAX)]));
    small.max_gas_amount = 1000;
    let cases: Vec<(&str, Transaction, Status, Option<u64>)> = vec![
        (
            "abort",
            transaction(1, 0, "fail", vec![u64_arg(77)]),
            Status::Abort {
                module: Some(types::receipt::AbortModule {
                    address: cafe(),
                    name: move_core_types::Identifier::new("play").unwrap(),
                }),
                code: 77,
            },
            None,
        ),
        ("out of gas", sign(&key(3), small), Status::Error { status_code: 4002 }, Some(1000)),
        ("arithmetic", transaction(2, 0, "bump", vec![vec![9; 32]]), Status::Error { status_code: 4008 }, None),
        ("no such function", transaction(2, 0, "nothing", vec![]), Status::Error { status_code: 1091 }, None),
        (
            "not an entry function",
            transaction(2, 0, "read", vec![vec![0; 32]]),
            Status::Error { status_code: 1103 },
            None,
        ),
        ("too few arguments", transaction(2, 0, "bump", vec![]), Status::Error { status_code: 1098 }, None),
        ("argument too short", transaction(2, 0, "fail", vec![vec![1]]), Status::Error { status_code: 1100 }, None),
        ("too few signers", transaction(2, 0, "two", vec![]), Status::Error { status_code: 1101 }, None),
    ];
    for (name, transaction, status, gas) in cases {
        let chain = Chain::new(Parameters::DEFAULT);
        let mut block = open(&chain);
        let sender = transaction.raw().sender;
        let placed = kept(&mut block, &transaction);
        let receipt = &placed.executed.receipt;
        assert_eq!(receipt.status, status, "{name}: {:?}", placed.executed.detail);
        assert_eq!(placed.executed.events.len(), 1, "{name}");
        assert_eq!(statement(&placed).total_charge_gas_units, receipt.gas_used, "{name}");
        assert!(gas.is_none_or(|gas| gas == receipt.gas_used), "{name}: {}", receipt.gas_used);
        let mut touched: Vec<String> = placed.executed.write_set.iter().map(|(key, _)| format!("{key:?}")).collect();
        touched.retain(|key| !key.contains("Account") && !key.contains("CoinStore"));
        assert!(touched.is_empty(), "{name}: {touched:?}");
        assert_eq!(get::<Account>(block.state(), sender, ACCOUNT).unwrap().1, 1, "{name}");
        assert_eq!(coins(block.state(), sender), COINS - receipt.fee, "{name}");
    }
}

#[test]
fn no_transaction_may_use_more_than_any_may() {
    let parameters = Parameters { transaction_gas_max: 10_000, ..Parameters::DEFAULT };
    let chain = Chain::new(parameters);
    let mut block = open(&chain);
    let placed = kept(&mut block, &transaction(1, 0, "spin", vec![u64_arg(u64::MAX)]));
    assert_eq!(placed.executed.receipt.status, Status::Error { status_code: 4030 });
    assert_eq!(placed.executed.receipt.gas_used, 10_028, "intrinsic cost and the maximum");
}

#[test]
fn a_payload_that_spends_its_own_fee_is_rolled_back_and_pays() {
    let chain = Chain::new(Parameters::DEFAULT);
    let mut block = open(&chain);
    let sender = key(1).address();
    let mut drain = call(AccountAddress::ONE, "coin", "drain", vec![sender.as_ref().to_vec()]);
    drain.type_args = vec!["0x1::aptos_coin::AptosCoin".parse().unwrap()];
    let payload = TransactionPayload::EntryFunction(drain);
    let placed = kept(&mut block, &sign(&key(1), raw(&key(1), 0, payload)));
    let receipt = &placed.executed.receipt;
    if let Status::Error { status_code } = receipt.status {
        panic!("{status_code}: {:?}", placed.executed.detail);
    }
    let Status::Abort { module: Some(module), code } = &receipt.status else { panic!("{:?}", receipt.status) };
    assert_eq!((module.name.as_str(), *code), ("transaction_validation", 0x20006));
    assert_eq!(coins(block.state(), sender), COINS - receipt.fee);
}

#[test]
fn fees_come_from_coins_first_and_then_from_the_fungible_form() {
    let mut chain = Chain::new(Parameters::DEFAULT);
    let sender = key(1).address();
    put_coins(&mut chain.state, sender, 1_000);
    assert_eq!(
        refused(&chain, &transaction(1, 0, "create", vec![])),
        Some(Discard::InsufficientBalanceForTransactionFee)
    );
    put_fungible(&mut chain.state, sender, 100_000_000);
    let mut block = open(&chain);
    let placed = kept(&mut block, &transaction(1, 0, "create", vec![]));
    let fee = placed.executed.receipt.fee;
    assert!(fee > 1_000);
    assert_eq!(coins(block.state(), sender), 0);
    let store = types::hash::sha3(&[sender.as_ref(), AccountAddress::TEN.as_ref(), &[0xfc]]);
    let left: (AccountAddress, u64, bool) =
        get(block.state(), AccountAddress::new(store.0), "0x1::fungible_asset::FungibleStore").unwrap();
    assert_eq!(left.1, 100_000_000 - (fee - 1_000));
}

#[test]
fn every_refusal_has_its_own_code() {
    let chain = Chain::new(Parameters::DEFAULT);
    let with = |change: fn(&mut types::RawTransaction)| {
        let mut raw = raw(&key(1), 0, play("create", vec![]));
        change(&mut raw);
        sign(&key(1), raw)
    };
    let mut poor = raw(&key(50), 0, play("create", vec![]));
    poor.gas_unit_price = 100;
    let foreign = {
        let mut raw = raw(&key(1), 0, play("create", vec![]));
        raw.sender = key(2).address();
        sign(&key(1), raw)
    };
    let cases: Vec<(Transaction, Option<Discard>)> = vec![
        (with(|_| ()), None),
        (with(|raw| raw.chain_id = 5), Some(Discard::BadChainId)),
        (with(|raw| raw.max_gas_amount = 2_000_001), Some(Discard::MaxGasUnitsExceedsMaxGasUnitsBound)),
        (with(|raw| raw.max_gas_amount = 27), Some(Discard::MaxGasUnitsBelowMinTransactionGasUnits)),
        (with(|raw| raw.max_gas_amount = 28), None),
        (with(|raw| raw.gas_unit_price = 99), Some(Discard::GasUnitPriceBelowMinBound)),
        (with(|raw| raw.gas_unit_price = 10_000_000_001), Some(Discard::GasUnitPriceAboveMaxBound)),
        (foreign, Some(Discard::InvalidAuthKey)),
        (with(|raw| raw.expiration_timestamp_secs = START_US / 1_000_000 + 1), Some(Discard::TransactionExpired)),
        (with(|raw| raw.expiration_timestamp_secs = START_US / 1_000_000 + 2), None),
        (with(|raw| raw.sequence_number = 1), Some(Discard::SequenceNumberTooNew)),
        (with(|raw| raw.sequence_number = u64::MAX), Some(Discard::SequenceNumberTooBig)),
        (sign(&key(50), poor), Some(Discard::InsufficientBalanceForTransactionFee)),
        (with(|raw| raw.payload = play("store", vec![vec![0; 70_000]])), Some(Discard::ExceededMaxTransactionSize)),
        (
            with(|raw| {
                raw.payload = TransactionPayload::Multisig(types::transaction::Multisig {
                    multisig_address: AccountAddress::ONE,
                    transaction_payload: None,
                });
            }),
            Some(Discard::FeatureUnderGating),
        ),
    ];
    for (index, (transaction, expected)) in cases.iter().enumerate() {
        assert_eq!(refused(&chain, transaction), *expected, "case {index}");
    }
    let mut block = open(&chain);
    kept(&mut block, &transaction(1, 0, "create", vec![]));
    let again = block.execute(&transaction(1, 0, "create", vec![]), u64::MAX).unwrap();
    let OwnOutcome::Refused { refused, account_sequence } = again else { panic!("{again:?}") };
    assert_eq!((refused.reason, account_sequence), (Discard::SequenceNumberTooOld, 1));
}

#[test]
fn a_fee_payer_pays_and_every_key_must_fit() {
    let chain = Chain::new(Parameters::DEFAULT);
    let sponsor = key(2);
    let raw = raw(&key(50), 0, play("create", vec![]));
    let message = raw.fee_payer_message(&[], &sponsor.address());
    let part = |key: &types::SigningKey, message: &[u8]| AccountAuthenticator::Ed25519 {
        public_key: key.public_key(),
        signature: key.sign(message),
    };
    let sponsored = |payer: AccountAddress| {
        Transaction::new(SignedTransaction {
            raw: raw.clone(),
            authenticator: TransactionAuthenticator::FeePayer {
                sender: part(&key(50), &raw.fee_payer_message(&[], &AccountAddress::ZERO)),
                secondary_addresses: vec![],
                secondary: vec![],
                fee_payer_address: payer,
                fee_payer: part(&sponsor, &message),
            },
        })
    };
    let good = sponsored(sponsor.address());
    good.signed().verify_signatures().unwrap();
    let mut block = open(&chain);
    let fee = kept(&mut block, &good).executed.receipt.fee;
    assert_eq!(coins(block.state(), sponsor.address()), COINS - fee);
    assert_eq!(get::<Account>(block.state(), key(50).address(), ACCOUNT).unwrap().1, 1);
    assert_eq!(refused(&chain, &sponsored(key(3).address())), Some(Discard::InvalidAuthKey));
}

#[test]
fn several_signers_and_keys_of_other_kinds_act_as_their_accounts() {
    let mut chain = Chain::new(Parameters::DEFAULT);
    let raw_two = raw(&key(1), 0, play("two", vec![]));
    let second = key(2).address();
    let message = raw_two.multi_agent_message(&[second]);
    let part = |seed: u8| AccountAuthenticator::Ed25519 {
        public_key: key(seed).public_key(),
        signature: key(seed).sign(&message),
    };
    let agents = Transaction::new(SignedTransaction {
        raw: raw_two,
        authenticator: TransactionAuthenticator::MultiAgent {
            sender: part(1),
            secondary_addresses: vec![second],
            secondary: vec![part(2)],
        },
    });
    agents.signed().verify_signatures().unwrap();
    let secp = types::crypto::Secp256k1SigningKey::from_bytes(&[3; 32]).unwrap();
    let public = types::AnyPublicKey::Secp256k1(secp.public_key());
    let address = public.authentication_key();
    put_coins(&mut chain.state, address, COINS);
    let mut raw_create = raw(&key(1), 0, play("create", vec![]));
    raw_create.sender = address;
    let signature = types::AnySignature::Secp256k1(secp.sign(&raw_create.signing_message()).unwrap());
    let by_secp = Transaction::new(SignedTransaction {
        raw: raw_create,
        authenticator: TransactionAuthenticator::SingleSender(AccountAuthenticator::SingleKey {
            public_key: public,
            signature,
        }),
    });
    by_secp.signed().verify_signatures().unwrap();
    let mut block = open(&chain);
    for transaction in [agents, by_secp] {
        let placed = kept(&mut block, &transaction);
        assert_eq!(placed.executed.receipt.status, Status::Success, "{:?}", placed.executed.detail);
    }
    assert_eq!(get::<u64>(block.state(), address, "0xcafe::play::Counter"), Some(7));
    assert_eq!(get::<Account>(block.state(), second, ACCOUNT), None, "only the sender's transactions are counted");
}

#[test]
fn gas_grows_with_loops_bytes_written_and_transaction_size() {
    let chain = Chain::new(Parameters::DEFAULT);
    let gas = |transaction: &Transaction| {
        let placed = kept(&mut open(&chain), transaction);
        assert!(placed.executed.receipt.status.is_success(), "{:?}", placed.executed.receipt.status);
        placed.executed.receipt.gas_used
    };
    let spins: Vec<u64> =
        [0, 1_000, 2_000, 4_000].iter().map(|n| gas(&transaction(1, 0, "spin", vec![u64_arg(*n)]))).collect();
    // One turn: five stack moves, an equality, a subtraction, two branches.
    assert_eq!(spins[2] - spins[1], spins[1] - spins[0]);
    assert_eq!(spins[3] - spins[2], 2 * (spins[1] - spins[0]));
    let bytes = |n: usize| codec::encode(&vec![7u8; n]);
    let stores: Vec<u64> = [0, 500, 20_000].iter().map(|n| gas(&transaction(1, 0, "store", vec![bytes(*n)]))).collect();
    assert!(stores[0] < stores[1] && stores[1] < stores[2], "{stores:?}");
    // 19 500 bytes more: 11 580 each as part of the transaction (above 600), 890 each as part of state.
    assert!(stores[2] - stores[1] > 19_000 * (11_580 + 890) / 1_000_000, "{stores:?}");
}

#[test]
fn writing_back_what_was_there_is_no_write() {
    let chain = Chain::new(Parameters::DEFAULT);
    let mut block = open(&chain);
    kept(&mut block, &transaction(1, 0, "create", vec![]));
    let placed = kept(&mut block, &transaction(2, 0, "spin", vec![u64_arg(1)]));
    let keys: Vec<&StateKey> = placed.executed.write_set.iter().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), 2, "account and coin store: {keys:?}");
    assert!(placed.executed.write_set.as_slice().windows(2).all(|pair| pair[0].0.to_bytes() < pair[1].0.to_bytes()));
}

#[test]
fn a_script_runs_with_its_arguments_and_its_failures_have_no_module() {
    let chain = Chain::new(Parameters::DEFAULT);
    let text = "
script version 7 {
    import fun 0xcafe::play::create(&signer);
    fun main(&signer, u64) {
        MoveLoc 0
        Call 0xcafe::play::create
        CopyLoc 1
        LdU64 9
        Eq
        BrTrue fail
        Ret
        fail: MoveLoc 1
        Abort
    }
}";
    let script = move_binary_format::assembly::assemble_script(text).unwrap();
    let code = script.serialize(script.version).unwrap();
    let of = |number, value| {
        let script =
            types::Script { code: code.clone(), type_args: vec![], args: vec![types::TransactionArgument::U64(value)] };
        sign(&key(1), raw(&key(1), number, TransactionPayload::Script(script)))
    };
    let mut block = open(&chain);
    let failed = kept(&mut block, &of(0, 9));
    assert_eq!(failed.executed.receipt.status, Status::Abort { module: None, code: 9 }, "{:?}", failed.executed.detail);
    let good = kept(&mut block, &of(1, 8));
    assert_eq!(good.executed.receipt.status, Status::Success, "{:?}", good.executed.detail);
    assert_eq!(get::<u64>(block.state(), key(1).address(), "0xcafe::play::Counter"), Some(7));
    let junk = types::Script { code: vec![1, 2, 3], type_args: vec![], args: vec![] };
    let junk = kept(&mut block, &sign(&key(2), raw(&key(2), 0, TransactionPayload::Script(junk))));
    assert!(matches!(junk.executed.receipt.status, Status::Error { .. }), "{:?}", junk.executed.receipt.status);
}

#[test]
fn a_gas_schedule_with_an_entry_nobody_knows_changes_nothing_and_a_later_version_stops_the_node() {
    let mut schedule = executor::first_gas_schedule();
    schedule.entries.push(("zzz".to_owned(), 7));
    let odd = Chain::with_schedule(Parameters::DEFAULT, schedule.clone());
    let plain = Chain::new(Parameters::DEFAULT);
    let spin = transaction(1, 0, "spin", vec![u64_arg(50)]);
    let gas = |chain: &Chain| kept(&mut open(chain), &spin).executed.receipt.gas_used;
    assert_eq!(gas(&odd), gas(&plain));
    schedule.feature_version = 2;
    let later = Chain::with_schedule(Parameters::DEFAULT, schedule);
    let error = later.executor.chain_config(&later.state).unwrap_err();
    assert!(error.to_string().contains("feature version 2"), "{error}");
}

#[test]
fn limits_of_writes_end_a_transaction() {
    let parameters = Parameters { state_value_bytes_max: 1_048_576, ..Parameters::DEFAULT };
    let small = Parameters { write_set_bytes_max: 500, ..parameters };
    let chain = Chain::new(small);
    let mut block = open(&chain);
    let placed = kept(&mut block, &transaction(1, 0, "store", vec![codec::encode(&vec![1u8; 600])]));
    assert_eq!(placed.executed.receipt.status, Status::Error { status_code: 4027 });
    assert_eq!(get::<Vec<u8>>(block.state(), key(1).address(), "0xcafe::play::Blob"), None);
}

#[test]
fn views_and_simulation_change_nothing_and_see_ledger_time() {
    let chain = Chain::new(Parameters::DEFAULT);
    let mut block = open(&chain);
    kept(&mut block, &transaction(1, 0, "create", vec![]));
    let sender = key(1).address();
    let view = call(cafe(), "play", "read", vec![sender.as_ref().to_vec()]);
    let answer = chain.executor.view(block.state(), 2, START_US + 5, &view).unwrap();
    assert_eq!(answer.values, [7u64.to_le_bytes().to_vec()]);
    assert!(answer.gas_used > 0);
    let missing = call(cafe(), "play", "read", vec![vec![3; 32]]);
    assert!(chain.executor.view(block.state(), 2, START_US + 5, &missing).is_err());

    let bump = transaction(1, 1, "bump", vec![sender.as_ref().to_vec()]);
    let simulated = chain.executor.simulate(block.state(), 2, START_US + 5, &bump).unwrap().unwrap();
    let placed = kept(&mut block, &bump);
    assert_eq!(simulated.receipt, placed.executed.receipt);

    let unsigned = Transaction::new(SignedTransaction {
        raw: common::raw(&key(60), 0, play("create", vec![])),
        authenticator: TransactionAuthenticator::FeePayer {
            sender: AccountAuthenticator::NoAccountAuthenticator,
            secondary_addresses: vec![],
            secondary: vec![],
            fee_payer_address: AccountAddress::ZERO,
            fee_payer: AccountAuthenticator::NoAccountAuthenticator,
        },
    });
    let free = chain.executor.simulate(block.state(), 3, START_US + 5, &unsigned).unwrap().unwrap();
    assert!(free.receipt.status.is_success() && free.receipt.gas_used > 0);
    assert_eq!(unsigned.signed().verify_signatures(), Err(Discard::InvalidSignature), "only simulation takes it");

    let waiting = transaction(1, 9, "create", vec![]);
    assert_eq!(chain.executor.admit(block.state(), START_US + 5, &waiting).unwrap(), Ok(2));
    let old = transaction(1, 0, "create", vec![]);
    assert_eq!(chain.executor.admit(block.state(), START_US + 5, &old).unwrap(), Err(Discard::SequenceNumberTooOld));
}
