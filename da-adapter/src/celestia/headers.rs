//! Which headers are believed: those that chain to a trusted one.

use std::{collections::BTreeMap, sync::Arc};

use celestia_types::{Error, ExtendedHeader, VerificationError, hash::Hash};

use crate::{Anchor, DaError, DaHeader};

/// Headers kept besides the trusted one. With many validators and a full square one takes 100 KB.
const KEPT: usize = 64;

/// Verified headers of one chain: the trusted one, and the newest and latest used others.
#[derive(Debug, Default)]
pub(super) struct Verified {
    trusted: Option<u64>,
    headers: BTreeMap<u64, Arc<ExtendedHeader>>,
    /// The last answer about the head, as it came; verified.
    pub(super) head_answer: String,
}

/// From where a header can be believed.
#[derive(Debug, Clone)]
pub(super) enum Base {
    /// Nothing is trusted yet.
    Nothing,
    /// A verified header below.
    Below(Arc<ExtendedHeader>),
    /// Only one above: headers lead down to ours by their parent hashes.
    Above(Arc<ExtendedHeader>),
}

impl Verified {
    pub(super) fn get(&self, height: u64) -> Option<Arc<ExtendedHeader>> {
        self.headers.get(&height).cloned()
    }

    pub(super) fn newest(&self) -> Option<Arc<ExtendedHeader>> {
        self.headers.last_key_value().map(|(_, header)| Arc::clone(header))
    }

    pub(super) fn anchor(&self) -> Option<Anchor> {
        self.headers.get(&self.trusted?).map(|header| known(header).anchor())
    }

    pub(super) fn base(&self, height: u64) -> Base {
        let below = self.headers.range(..height).next_back();
        let above = self.headers.range(height + 1..).next();
        match (below, above) {
            (Some((_, header)), _) => Base::Below(Arc::clone(header)),
            (None, Some((_, header))) => Base::Above(Arc::clone(header)),
            (None, None) => Base::Nothing,
        }
    }

    /// Takes up a header that was verified from its base, unless it contradicts a neighbour.
    pub(super) fn insert(&mut self, header: Arc<ExtendedHeader>) -> Result<(), DaError> {
        let height = header.height();
        let linked = |child: &ExtendedHeader, parent: &ExtendedHeader| child.last_header_hash() == parent.hash();
        let contradicts = self.headers.get(&height).is_some_and(|other| other.hash() != header.hash())
            || self.headers.get(&(height + 1)).is_some_and(|child| !linked(child, &header))
            || height
                .checked_sub(1)
                .and_then(|below| self.headers.get(&below))
                .is_some_and(|parent| !linked(&header, parent));
        if contradicts {
            return Err(DaError::byzantine(height, format!("header {} contradicts a verified one", header.hash())));
        }
        self.trusted.get_or_insert(height);
        self.headers.insert(height, header);
        while self.headers.len() > KEPT + 1 {
            let trusted = self.trusted;
            let oldest = self.headers.keys().copied().find(|&kept| Some(kept) != trusted && kept != height);
            let Some(oldest) = oldest else { break };
            self.headers.remove(&oldest);
        }
        Ok(())
    }
}

/// Checks a header by itself: hashes, data root, more than two thirds of the signatures.
pub(super) fn check_alone(header: &ExtendedHeader, height: u64, network: Option<&str>) -> Result<(), DaError> {
    if header.height() != height {
        return Err(DaError::byzantine(height, format!("header is of height {}", header.height())));
    }
    if let Some(network) = network.filter(|&network| network != header.chain_id().as_str()) {
        return Err(DaError::Fatal(format!("endpoint serves network {}, configured is {network}", header.chain_id())));
    }
    // Decoding does this today, but does not promise it.
    header.validate().map_err(|error| DaError::byzantine(height, format!("header: {error}")))
}

/// One step from a verified header to one above it.
#[derive(Debug)]
pub(super) enum Step {
    Verified,
    /// Too few of the signers are trusted: take smaller steps.
    TooFar,
}

pub(super) fn step(base: &ExtendedHeader, header: &ExtendedHeader) -> Result<Step, DaError> {
    match base.verify(header) {
        Ok(()) => Ok(Step::Verified),
        Err(Error::Verification(VerificationError::NotEnoughVotingPower(..)))
            if header.height() > base.height() + 1 =>
        {
            Ok(Step::TooFar)
        }
        Err(error) => Err(DaError::byzantine(header.height(), format!("header does not follow {base}: {error}"))),
    }
}

/// The part of a header that the interface shows.
pub(super) fn known(header: &ExtendedHeader) -> DaHeader {
    let micros = header.time().unix_timestamp_nanos().div_euclid(1000);
    DaHeader {
        height: header.height(),
        time_us: u64::try_from(micros).unwrap_or_default(),
        hash: bytes(header.hash()),
        parent: bytes(header.last_header_hash()),
        data_root: bytes(header.header.data_hash.unwrap_or_default()),
    }
}

fn bytes(hash: Hash) -> [u8; 32] {
    match hash {
        Hash::Sha256(bytes) => bytes,
        Hash::None => [0; 32],
    }
}
