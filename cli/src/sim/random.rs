//! A reproducible stream of numbers (splitmix64), and the price paths that are made of it.

use anyhow::Result;
use clap::ValueEnum;

/// A seeded stream.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x7465_6e6f_7221)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `[low, high]`.
    pub(crate) fn within(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high.saturating_sub(low) + 1)
    }

    /// Whether something of so many per cent happens.
    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }
}

/// What the market does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// The price wanders around where it was.
    Calm,
    /// It rises by a quarter.
    Trend,
    /// It falls by 40 %.
    Crash,
}

impl Scenario {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Trend => "trend",
            Self::Crash => "crash",
        }
    }

    /// The change from the first to the last block, in per mille.
    fn change(self) -> i64 {
        match self {
            Self::Calm => 0,
            Self::Trend => 250,
            Self::Crash => -400,
        }
    }
}

/// A price for each of `blocks` blocks after the first: a straight line with noise that is gone at both ends.
pub(crate) fn path(scenario: Scenario, random: &mut Random, start: u64, blocks: u64) -> Result<Vec<u64>> {
    let (start, last) = (i128::from(start), i128::from(blocks.max(1)));
    let change = i128::from(scenario.change());
    let mut noise = 0i128;
    let mut prices = Vec::new();
    for block in 1..=last {
        noise = noise * 9 / 10 + i128::from(random.within(0, 3000)) - 1500;
        // Noise in millionths, at full strength in the middle.
        let strength = (4 * block * (last - block)).min(last * last);
        let drift = start * change * block / (1000 * last);
        let price = start + drift + start * noise * strength / (last * last * 1_000_000);
        prices.push(u64::try_from(price.max(1))?);
    }
    Ok(prices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_where_their_scenario_says_and_depend_on_the_seed_alone() {
        let start = 60_000_000_000_000;
        for (scenario, last) in
            [(Scenario::Calm, start), (Scenario::Trend, 75_000_000_000_000), (Scenario::Crash, 36_000_000_000_000)]
        {
            let of = |seed| path(scenario, &mut Random::new(seed), start, 200).unwrap();
            assert_eq!(of(1).len(), 200);
            assert_eq!(of(1).last(), Some(&last), "{scenario:?}");
            assert_eq!(of(1), of(1));
            assert_ne!(of(1), of(2));
            for pair in of(3).windows(2) {
                assert!(pair[0].abs_diff(pair[1]) * 50 < pair[0], "{scenario:?}: a step of more than 2 %: {pair:?}");
            }
        }
    }
}
