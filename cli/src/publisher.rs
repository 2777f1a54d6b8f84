//! What publishers of prices send: signed reports, and the volatility surface. Integers only; prices with 9 decimals.

use std::path::Path;

use anyhow::{Context, Result};
use types::transaction::EntryFunction;
use types::{Genesis, Hash, SigningKey};

use crate::keys;
use crate::venue::{E9, Market, PUBLISHERS, Venue, arg, report_bytes};

/// Seconds of a year.
const YEAR: u128 = 31_536_000;

/// The keys that sign a venue's prices.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    venue: Venue,
    genesis_hash: Hash,
    keys: Vec<SigningKey>,
}

/// The surface at one expiry: volatility at the money with 9 decimals, and the forward.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice {
    pub(crate) expiry: u64,
    pub(crate) vol: u64,
    pub(crate) forward: u64,
}

impl Publisher {
    /// The publishers of the chain in this directory.
    pub(crate) fn load(chain: &Path) -> Result<Self> {
        let path = chain.join("genesis.bcs");
        let raw = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let keys = (1..=PUBLISHERS).map(|number| keys::find(chain, &format!("publisher-{number}")));
        Ok(Self {
            venue: Venue::load(chain)?,
            genesis_hash: Genesis::from_bytes(&raw)?.hash(),
            keys: keys.collect::<Result<_>>()?,
        })
    }

    /// Every publisher's report of about this price at this time, in one call. They differ by a hundredth of a per mille.
    pub(crate) fn report(&self, market: &Market, price: u64, time_ms: u64) -> Result<EntryFunction> {
        let (mut publishers, mut prices, mut confidences) = (vec![], vec![], vec![]);
        let (mut times, mut sequences, mut signatures) = (vec![], vec![], vec![]);
        for (number, key) in (0u64..).zip(&self.keys) {
            let apart = price / 100_000;
            let said = (price + number * apart).saturating_sub(apart).max(1);
            let confidence = price / 10_000;
            // Times rise, so they serve as sequence numbers.
            let message = report_bytes(&self.genesis_hash, &market.feed, said, confidence, time_ms, time_ms);
            publishers.push(number);
            prices.push(said);
            confidences.push(confidence);
            times.push(time_ms);
            sequences.push(time_ms);
            signatures.push(key.sign(&message).0.to_vec());
        }
        let args = vec![
            arg(&market.feed)?,
            arg(&publishers)?,
            arg(&prices)?,
            arg(&confidences)?,
            arg(&times)?,
            arg(&sequences)?,
            arg(&signatures)?,
        ];
        self.venue.call("oracle", "update_price", args)
    }

    /// The surface, slice by slice: a smile around the forward.
    pub(crate) fn surface(&self, market: &Market, slices: &[Slice], now: u64) -> Result<EntryFunction> {
        let count = slices.len();
        let mut parameters: (Vec<u64>, Vec<u64>) = Default::default();
        for slice in slices {
            // Total variance at the money, with 9 decimals; half of it comes from a, half from b times sigma of 0.1.
            let tenor = u128::from(slice.expiry.saturating_sub(now).max(1));
            let vol = u128::from(slice.vol);
            let variance = u64::try_from(vol * vol / u128::from(E9) * tenor / YEAR)?;
            parameters.0.push(variance / 2);
            parameters.1.push((variance - variance / 2).saturating_mul(10).min(E9));
        }
        let column = |value: u64| vec![value; count];
        let signs = |value: bool| vec![value; count];
        let args = vec![
            arg(&market.feed)?,
            arg(&slices.iter().map(|slice| slice.expiry).collect::<Vec<_>>())?,
            arg(&signs(false))?,
            arg(&parameters.0)?,
            arg(&parameters.1)?,
            arg(&signs(true))?,
            arg(&column(E9 / 5))?,
            arg(&signs(false))?,
            arg(&column(0))?,
            arg(&column(E9 / 10))?,
            arg(&slices.iter().map(|slice| slice.forward).collect::<Vec<_>>())?,
            arg(&signs(false))?,
            arg(&column(0))?,
        ];
        self.venue.call("oracle", "update_vol", args)
    }
}
