//! Failures and lies on request.

use std::{collections::VecDeque, time::Duration};

use celestia_types::{
    Share,
    namespace_data::NamespaceData,
    nmt::Namespace,
    row_namespace_data::RowNamespaceData,
    test_utils::{invalidate, unverify},
};
use serde_json::Value;

use super::chain::{Block, Chain};

/// What happens to the next call of a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The node answers with this text.
    Error(String),
    /// The answer takes so long.
    Delay(Duration),
    /// There is no answer.
    Hang,
    /// The answer is of another type.
    Garbage,
    /// A submission is included, and the answer is an unknown outcome.
    LoseReply,
    /// A submission is accepted and never included; the answer is an unknown outcome.
    Swallow,
    /// A submission waits for so many blocks.
    Postpone(u64),
}

/// How the node lies, until told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
    /// A byte of a blob is changed.
    WrongShares,
    /// The last row of the namespace is missing.
    MissingRow,
    /// The last share of the namespace is missing.
    MissingShare,
    /// The namespace is said to be empty.
    NothingThere,
    /// The namespace is said to be empty, as null.
    Null,
    /// A row twice.
    DoubledRow,
    /// Shares of one row with the proof of another namespace.
    ForeignProof,
    /// Everything about another namespace.
    ForeignNamespace,
    /// The namespace as it was one height before.
    OtherHeight,
    /// Proofs whose places are out of any bounds.
    WildProof,
    /// Headers with a changed signature.
    BadSignature,
    /// Headers without signatures.
    NoSignatures,
    /// Headers whose row roots are not those of the data root.
    ForeignRoots,
    /// Headers signed by somebody else, consistent in themselves.
    ForeignChain,
    /// Headers of another block of the same height, signed by the right validators.
    Equivocation,
    /// Headers of the height before.
    HeaderOfOtherHeight,
    /// Headers with another time than was signed.
    OtherTime,
}

impl Lie {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::WrongShares,
        Self::MissingRow,
        Self::MissingShare,
        Self::NothingThere,
        Self::Null,
        Self::DoubledRow,
        Self::ForeignProof,
        Self::ForeignNamespace,
        Self::OtherHeight,
        Self::WildProof,
        Self::BadSignature,
        Self::NoSignatures,
        Self::ForeignRoots,
        Self::ForeignChain,
        Self::Equivocation,
        Self::HeaderOfOtherHeight,
        Self::OtherTime,
    ];
}

/// Faults by method, first come, first served.
#[derive(Debug, Default)]
pub(super) struct Script {
    next: Vec<(String, VecDeque<Fault>)>,
    pub(super) lie: Option<Lie>,
}

impl Script {
    pub(super) fn add(&mut self, method: &str, faults: impl IntoIterator<Item = Fault>) {
        match self.next.iter_mut().find(|(name, _)| name == method) {
            Some((_, queue)) => queue.extend(faults),
            None => self.next.push((method.to_owned(), faults.into_iter().collect())),
        }
    }

    pub(super) fn take(&mut self, method: &str) -> Option<Fault> {
        self.next.iter_mut().find(|(name, _)| name == method)?.1.pop_front()
    }
}

/// The header of `block` as JSON, true or not.
pub(super) fn header(lie: Option<Lie>, chain: &Chain, block: &Block) -> Value {
    let mut header = block.header.clone();
    match lie {
        Some(Lie::ForeignRoots) => invalidate(&mut header),
        Some(Lie::ForeignChain) => unverify(&mut header),
        Some(Lie::Equivocation) => header = chain.generator.another_of(&header),
        Some(Lie::HeaderOfOtherHeight) => {
            header = chain.block(header.height().saturating_sub(1)).map_or(header, |block| block.header.clone());
        }
        _ => {}
    }
    let mut json = json(&header);
    match lie {
        Some(Lie::BadSignature) => {
            if let Some(Value::String(signature)) = json.pointer_mut("/commit/signatures/0/signature") {
                let first = if signature.starts_with('A') { "B" } else { "A" };
                signature.replace_range(..1, first);
            }
        }
        Some(Lie::NoSignatures) => {
            if let Some(signatures) = json.pointer_mut("/commit/signatures") {
                *signatures = Value::Array(Vec::new());
            }
        }
        Some(Lie::OtherTime) => {
            if let Some(Value::String(time)) = json.pointer_mut("/header/time") {
                // By less than a second, so that nothing but its hash gives it away.
                let whole = time.split(['.', 'Z']).next().unwrap_or_default();
                let changed = if time.ends_with(".5Z") { format!("{whole}.6Z") } else { format!("{whole}.5Z") };
                *time = changed;
            }
        }
        _ => {}
    }
    json
}

/// What `block` holds of `namespace` as JSON, true or not.
pub(super) fn namespace(lie: Option<Lie>, chain: &Chain, block: &Block, namespace: Namespace) -> Value {
    let others = block.blobs.iter().map(|blob| blob.namespace).find(|&other| other != namespace);
    let foreign = || others.map_or(Vec::new(), |other| block.rows(other));
    let mut rows = block.rows(namespace);
    match lie {
        Some(Lie::WrongShares) => rows.iter_mut().for_each(change_a_byte),
        Some(Lie::MissingRow) => drop(rows.pop()),
        Some(Lie::MissingShare) => drop(rows.last_mut().and_then(|row| row.shares.pop())),
        Some(Lie::NothingThere) => rows.clear(),
        Some(Lie::Null) => return Value::Null,
        Some(Lie::DoubledRow) => rows.extend(rows.last().cloned()),
        Some(Lie::ForeignProof) => {
            for (row, other) in rows.iter_mut().zip(foreign()) {
                row.proof = other.proof;
            }
        }
        Some(Lie::ForeignNamespace) => rows = foreign(),
        Some(Lie::OtherHeight) => {
            let before = chain.block(block.header.height().saturating_sub(1));
            rows = before.map_or(Vec::new(), |block| block.rows(namespace));
        }
        _ => {}
    }
    let mut json = json(&NamespaceData::new(rows));
    if lie == Some(Lie::WildProof) {
        for row in json.as_array_mut().into_iter().flatten() {
            if let Some(proof) = row.get_mut("proof") {
                set(proof, "start", i64::MAX);
                set(proof, "end", i64::MIN);
            }
        }
    }
    json
}

fn change_a_byte(row: &mut RowNamespaceData) {
    for share in &mut row.shares {
        let mut bytes = share.to_vec();
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        if let Ok(changed) = Share::from_raw(&bytes) {
            *share = changed;
        }
    }
}

fn set(object: &mut Value, key: &str, value: i64) {
    if let Value::Object(fields) = object {
        fields.insert(key.to_owned(), value.into());
    }
}

pub(super) fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
