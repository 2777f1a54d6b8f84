//! When a published block is valid: the rules of the chain, in their order, each with a name of its own.
//!
//! F and T1 need headers only, the others of T and D need DA's headers, C and R need execution. The first rule that
//! fails is the error; a block that fails changes no state. The sequencer holds its own blocks to the same rules.

use std::sync::Arc;

use types::authenticator::verify_all;
use types::transaction::Transaction;
use types::{BatchBlock, Discard, Hash, Header, Parameters, PublicKey, SignedTransaction};

use crate::block::{
    BlockError, ClosedBlock, ExecutedBlock, Inadmissible, Opening, Placed, Tip, execute_block, in_force,
};
use crate::executor::Executor;
use crate::reader::StateReader;
use types::forced::ForcedBlob;

macro_rules! rules {
    ($($rule:ident $name:ident $field:literal;)*) => {
        /// A rule of validity.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "named and explained in the chain's table of rules")]
        pub enum Rule {
            $($rule,)*
        }

        impl Rule {
            /// Its number, as `T2`.
            #[must_use]
            pub const fn number(self) -> &'static str {
                match self {
                    $(Rule::$rule => stringify!($rule),)*
                }
            }

            /// The error of breaking it, as `TimeBehindDa`.
            #[must_use]
            pub const fn error(self) -> &'static str {
                match self {
                    $(Rule::$rule => stringify!($name),)*
                }
            }

            /// What it speaks of.
            #[must_use]
            pub const fn field(self) -> &'static str {
                match self {
                    $(Rule::$rule => $field,)*
                }
            }
        }
    };
}

rules! {
    F1 Malformed "block";
    F2 WrongGenesis "genesis_hash";
    F3 WrongHeight "height";
    F4 WrongParent "parent";
    F5 WrongSequencer "sequencer";
    F6 BadSignature "signature";
    F7 WrongFirstVersion "first_version";
    T1 TimeNotAfterParent "time_us";
    T2 TimeBehindDa "time_us";
    T3 TimeAheadOfDa "time_us";
    T4 DaLagTooLarge "time_us";
    D1 DaReadBackwards "da_read";
    D2 DaReadTooFar "da_read";
    D3 DaReadUnknown "da_read";
    D4 DaReadStale "da_read";
    C1 BlockTooLarge "transactions";
    C2 EmptyBlock "count";
    C3 InadmissibleTransaction "transactions";
    C4 WrongCount "count";
    C5 BlockGasExceeded "gas_used";
    C6 KeyChangeInsideBatch "sequencer";
    R1 WrongTransactionRoot "transaction_root";
    R2 WrongReceiptRoot "receipt_root";
    R3 WrongStateRoot "state_root";
    R4 WrongGasUsed "gas_used";
    R5 WrongFees "fees";
}

/// A block that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("block {height}: {} ({}): {}: expected {expected}, found {found}", self.error_name(), self.rule.number(), self.rule.field())]
pub struct Invalid {
    /// Which rule.
    pub rule: Rule,
    /// Set where a count is short by exactly the forced transactions (`ForcedOmitted`).
    pub forced_omitted: bool,
    /// Of the block.
    pub height: u64,
    /// What the rule demands.
    pub expected: String,
    /// What the block has.
    pub found: String,
}

impl Invalid {
    /// The name of the error.
    #[must_use]
    pub fn error_name(&self) -> &'static str {
        if self.forced_omitted { "ForcedOmitted" } else { self.rule.error() }
    }
}

/// Where a block stands in its batch, and what DA says of it.
#[derive(Clone, Copy)]
pub struct BatchContext<'a> {
    /// The batch's inclusion height.
    pub inclusion_height: u64,
    /// Whether the block is the last of its batch.
    pub is_last: bool,
    /// Inclusion height of the batch `batches_unread_max` before this one; 0 where there is none.
    pub unread_inclusion: u64,
    /// Time of a DA header in microseconds; `None` if it was never read.
    pub da_time_us: &'a dyn Fn(u64) -> Option<u64>,
}

impl std::fmt::Debug for BatchContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchContext").field("inclusion_height", &self.inclusion_height).finish_non_exhaustive()
    }
}

/// Why a block was not taken.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It breaks a rule: the sequencer's signed fault.
    #[error(transparent)]
    Invalid(#[from] Box<Invalid>),
    /// This node cannot execute it.
    #[error(transparent)]
    Block(#[from] BlockError),
}

struct Check<'a> {
    header: &'a Header,
}

impl Check<'_> {
    fn fail(&self, rule: Rule, expected: impl ToString, found: impl ToString) -> Box<Invalid> {
        Box::new(Invalid {
            rule,
            forced_omitted: false,
            height: self.header.height,
            expected: expected.to_string(),
            found: found.to_string(),
        })
    }

    fn equal<T: PartialEq + std::fmt::Debug>(&self, rule: Rule, expected: &T, found: &T) -> Result<(), Box<Invalid>> {
        if expected == found { Ok(()) } else { Err(self.fail(rule, format!("{expected:?}"), format!("{found:?}"))) }
    }

    fn at_most(&self, rule: Rule, max: u64, found: u64) -> Result<(), Box<Invalid>> {
        if found <= max { Ok(()) } else { Err(self.fail(rule, format!("at most {max}"), found)) }
    }

    fn at_least(&self, rule: Rule, min: u64, found: u64) -> Result<(), Box<Invalid>> {
        if found >= min { Ok(()) } else { Err(self.fail(rule, format!("at least {min}"), found)) }
    }
}

/// Holds a published block to every rule, executing it on `base`, the state after its parent.
///
/// * `parent`: header hash of the block before.
/// * `forced`: all forced blobs that count in (parent's `da_read`, the header's `da_read`], in order. Only read if the
///   rules before it hold, so it may be computed for any header.
/// * `state_root`: the root after these changes, computed without keeping them.
///
/// # Errors
/// The first rule that is broken; or why this node cannot tell.
#[expect(clippy::too_many_arguments, reason = "a block, what it stands on, and what DA says: each is its own thing")]
pub fn verify_batch_block(
    executor: &Arc<Executor>,
    base: Arc<dyn StateReader>,
    tip: &Tip,
    parent: Hash,
    block: &BatchBlock,
    batch: &BatchContext<'_>,
    forced: &mut dyn FnMut(u64, u64) -> Vec<ForcedBlob>,
    state_root: &mut dyn FnMut(&ClosedBlock, &[Placed]) -> Hash,
) -> Result<ExecutedBlock, VerifyError> {
    let config = executor.chain_config(&base).map_err(BlockError::from)?;
    let (parameters, key) = in_force(&config);
    let own = check_header(executor, tip, parent, block, parameters, key)?;
    check_da(tip, &block.header, batch, parameters)?;
    let check = Check { header: &block.header };
    check_size(&check, tip, block, parameters)?;
    check_signatures(&check, &own)?;

    let header = &block.header;
    let opening =
        Opening { time_us: header.time_us, da_read: header.da_read, forced: forced(tip.da_read, header.da_read) };
    let executed = match execute_block(executor, base, tip, &opening, &own)? {
        Ok(executed) => executed,
        Err(Inadmissible { index, reason }) => {
            return Err(check.fail(Rule::C3, "admissible", inadmissible(index, reason)).into());
        }
    };
    check_content(&check, &executed.block, own.len(), batch, parameters)?;
    check_roots(&check, &executed.block, &executed.placed, state_root)?;
    Ok(executed)
}

fn inadmissible(index: usize, reason: Discard) -> String {
    format!("transaction {index}: {} ({})", reason.name(), reason.number())
}

/// F1 to F7 and T1; gives the decoded own transactions.
fn check_header(
    executor: &Executor,
    tip: &Tip,
    parent: Hash,
    block: &BatchBlock,
    parameters: &Parameters,
    key: &PublicKey,
) -> Result<Vec<Transaction>, Box<Invalid>> {
    let header = &block.header;
    let check = Check { header };
    check.equal(Rule::F1, &types::block::HEADER_FORMAT, &header.format)?;
    let mut own = Vec::with_capacity(block.transactions.len());
    for (index, bytes) in block.transactions.iter().enumerate() {
        check.at_most(Rule::F1, parameters.max_transaction_bytes, bytes.len() as u64)?;
        let decoded = Transaction::decode(bytes);
        let malformed = |error| check.fail(Rule::F1, "canonical", format!("transaction {index}: {error}"));
        own.push(decoded.map_err(malformed)?);
    }
    check.equal(Rule::F2, &executor.genesis_hash(), &header.genesis_hash)?;
    check.equal(Rule::F3, &(tip.height + 1), &header.height)?;
    check.equal(Rule::F4, &parent, &header.parent)?;
    check.equal(Rule::F5, &key.authentication_key(), &header.sequencer)?;
    if !header.signed_by(key, &block.signature) {
        return Err(check.fail(Rule::F6, format!("of key {key:?}"), format!("{:?}", block.signature)));
    }
    check.equal(Rule::F7, &tip.next_version, &header.first_version)?;
    check.at_least(Rule::T1, tip.time_us.saturating_add(1), header.time_us)?;
    Ok(own)
}

/// T2 to T4 and D1 to D4.
fn check_da(tip: &Tip, header: &Header, batch: &BatchContext<'_>, parameters: &Parameters) -> Result<(), Box<Invalid>> {
    let check = Check { header };
    let tolerance = parameters.da_time_tolerance_us;
    // Of a height beyond what was read no time is known: D3 says so, in its turn, by the height itself.
    let read_at = (batch.da_time_us)(header.da_read);
    if let Some(da_us) = read_at {
        check.at_least(Rule::T2, da_us.saturating_sub(tolerance), header.time_us)?;
    }
    if let Some(included_us) = (batch.da_time_us)(batch.inclusion_height) {
        check.at_most(Rule::T3, included_us.saturating_add(tolerance), header.time_us)?;
    }
    if let Some(da_us) = read_at {
        check.at_most(Rule::T4, da_us.saturating_add(parameters.max_da_lag_us), header.time_us)?;
    }
    check.at_least(Rule::D1, tip.da_read, header.da_read)?;
    check.at_most(Rule::D2, tip.da_read.saturating_add(parameters.da_heights_per_block_max), header.da_read)?;
    check.at_most(Rule::D3, batch.inclusion_height.saturating_sub(1), header.da_read)?;
    if read_at.is_none() {
        return Err(check.fail(Rule::D3, "a height that was read", header.da_read));
    }
    if batch.is_last {
        check.at_least(Rule::D4, batch.unread_inclusion, header.da_read)?;
    }
    Ok(())
}

/// C1 and C2.
fn check_size(check: &Check<'_>, tip: &Tip, block: &BatchBlock, parameters: &Parameters) -> Result<(), Box<Invalid>> {
    check.at_most(Rule::C1, parameters.block_transactions_max, block.transactions.len() as u64)?;
    let bytes = block.transactions.iter().map(|bytes| bytes.len() as u64).fold(0, u64::saturating_add);
    check.at_most(Rule::C1, parameters.block_bytes_max, bytes)?;
    if block.header.count > 1 || block.header.da_read > tip.da_read {
        Ok(())
    } else {
        Err(check.fail(Rule::C2, "a transaction, or a DA height read", block.header.count))
    }
}

/// C3, the part of it that needs no state.
fn check_signatures(check: &Check<'_>, own: &[Transaction]) -> Result<(), Box<Invalid>> {
    let signed: Vec<&SignedTransaction> = own.iter().map(Transaction::signed).collect();
    for (index, verdict) in verify_all(&signed).into_iter().enumerate() {
        if let Err(reason) = verdict {
            return Err(check.fail(Rule::C3, "admissible", inadmissible(index, reason)));
        }
    }
    Ok(())
}

/// C4 to C6.
fn check_content(
    check: &Check<'_>,
    closed: &ClosedBlock,
    own: usize,
    batch: &BatchContext<'_>,
    parameters: &Parameters,
) -> Result<(), Box<Invalid>> {
    let found = check.header.count;
    if closed.count != found {
        let mut invalid = check.fail(Rule::C4, closed.count, found);
        invalid.forced_omitted = usize::try_from(found).is_ok_and(|found| found == own + 1);
        return Err(invalid);
    }
    check.at_most(Rule::C5, parameters.block_own_gas_max, closed.own_gas)?;
    if closed.changes_key && !batch.is_last {
        return Err(check.fail(Rule::C6, "the last block of its batch", "a block before it"));
    }
    Ok(())
}

/// R1 to R5.
fn check_roots(
    check: &Check<'_>,
    closed: &ClosedBlock,
    placed: &[Placed],
    state_root: &mut dyn FnMut(&ClosedBlock, &[Placed]) -> Hash,
) -> Result<(), Box<Invalid>> {
    let header = check.header;
    check.equal(Rule::R1, &closed.transaction_root, &header.transaction_root)?;
    check.equal(Rule::R2, &closed.receipt_root, &header.receipt_root)?;
    check.equal(Rule::R3, &state_root(closed, placed), &header.state_root)?;
    check.equal(Rule::R4, &closed.gas_used, &header.gas_used)?;
    check.equal(Rule::R5, &closed.fees, &header.fees)
}
