//! The chain's parameters: set in genesis, held in `0x1::rollup::Config`, moved by the admin within ranges.

use crate::batch::BatchLimits;
use crate::codec::DecodeError;

macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident = $default:literal, $range:expr;)*) => {
        /// All parameters by name. In state and genesis: (name, value) pairs, ascending by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Parameters {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Parameters {
            /// What `tenor new` writes.
            pub const DEFAULT: Parameters = Parameters { $($name: $default,)* };

            /// Names, ascending.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name),)*];

            /// The pairs, ascending by name.
            #[must_use]
            pub fn to_pairs(&self) -> Vec<(String, u64)> {
                vec![$((stringify!($name).to_owned(), self.$name),)*]
            }

            /// The value of a parameter, if there is one of this name.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<u64> {
                match name {
                    $(stringify!($name) => Some(self.$name),)*
                    _ => None,
                }
            }

            /// The same with one value changed; `None` if there is no such name. Ranges are not looked at.
            #[must_use]
            pub fn with(&self, name: &str, value: u64) -> Option<Self> {
                let mut changed = *self;
                match name {
                    $(stringify!($name) => changed.$name = value,)*
                    _ => return None,
                }
                Some(changed)
            }

            /// Least and greatest value that the admin may set while the others stand as they are. A fixed parameter
            /// has its default as both.
            #[must_use]
            pub fn range(&self, name: &str) -> Option<(u64, u64)> {
                match name {
                    $(stringify!($name) => {
                        let range: fn(&Parameters, u64) -> (u64, u64) = $range;
                        Some(range(self, $default))
                    })*
                    _ => None,
                }
            }
        }
    };
}

parameters! {
    /// Parts of a batch.
    batch_parts_max = 256, |_, default| (default, default);
    /// Uncompressed payload of a batch.
    batch_raw_bytes_max = 67_108_864, |_, default| (default, default);
    /// How far posting may run ahead of reading.
    batches_unread_max = 32, |_, default| (default, default);
    /// Sum of bytes of own transactions of a block.
    block_bytes_max = 4_194_304, |p, _| (p.max_transaction_bytes, 33_554_432);
    /// Sum of own gas of a block.
    block_own_gas_max = 1_000_000, |p, _| (p.transaction_gas_max, 1_000_000_000);
    /// Own transactions of a block.
    block_transactions_max = 9_999, |_, _| (100, 100_000);
    /// DA heights that one block may take.
    da_heights_per_block_max = 32, |_, default| (default, default);
    /// How far the sequencer's clock and DA's may disagree.
    da_time_tolerance_us = 10_000_000, |_, default| (default, default);
    /// One event.
    event_bytes_max = 1_048_576, |_, default| (default, 4 * default);
    /// All events of a transaction.
    events_bytes_max = 10_485_760, |_, default| (default, 4 * default);
    /// Events of a transaction.
    events_max = 4_096, |_, default| (default, 4 * default);
    /// Forced blobs walked per DA height.
    forced_blobs_per_da_height_max = 128, |_, default| (default, 8 * default);
    /// Forced bytes walked per DA height.
    forced_bytes_per_da_height_max = 1_048_576, |_, default| (default, 8 * default);
    /// Gas of forced transactions per DA height.
    forced_gas_per_da_height_max = 1_000_000, |_, default| (default, 8 * default);
    /// How far a block may lag behind DA.
    max_da_lag_us = 60_000_000, |_, _| (10_000_000, 3_600_000_000);
    /// Gas units that a transaction may ask for.
    max_gas_amount = 2_000_000, |_, default| (default, 100_000_000);
    /// Smallest coin units per gas unit, at most.
    max_gas_price = 10_000_000_000, |p, _| (p.min_gas_price, 1_000_000_000_000);
    /// Size of an own transaction.
    max_transaction_bytes = 65_536, |_, default| (default, 1_048_576);
    /// Smallest coin units per gas unit, at least.
    min_gas_price = 100, |p, _| (0, p.max_gas_price);
    /// Bytes of a table key.
    state_key_bytes_max = 4_096, |_, default| (default, 4 * default);
    /// Bytes of a value.
    state_value_bytes_max = 1_048_576, |_, default| (default, 4 * default);
    /// Execution and IO gas of a transaction.
    transaction_gas_max = 250_000, |p, _| (10_000, p.block_own_gas_max);
    /// Bytes of keys and values of a write set.
    write_set_bytes_max = 10_485_760, |_, default| (default, 4 * default);
    /// Keys of a write set.
    write_set_entries_max = 8_192, |_, default| (default, 4 * default);
}

impl Parameters {
    /// From (name, value) pairs: all names, ascending, nothing else. Ranges are not looked at.
    ///
    /// # Errors
    /// A name that is unknown, missing, repeated or out of order.
    pub fn from_pairs<N: AsRef<str>>(pairs: &[(N, u64)]) -> Result<Self, DecodeError> {
        let names = pairs.iter().map(|(name, _)| name.as_ref());
        if !names.eq(Self::NAMES.iter().copied()) {
            return Err(DecodeError::Invalid("parameters are not exactly the known ones in ascending order"));
        }
        let mut parameters = Self::DEFAULT;
        for (name, value) in pairs {
            parameters = parameters.with(name.as_ref(), *value).unwrap_or(parameters);
        }
        Ok(parameters)
    }

    /// The first value that is out of its range.
    ///
    /// # Errors
    /// Its name, value and range.
    pub fn check_ranges(&self) -> Result<(), OutOfRange> {
        for name in Self::NAMES {
            let (Some(value), Some((min, max))) = (self.get(name), self.range(name)) else { continue };
            if value < min || value > max {
                return Err(OutOfRange { name, value, min, max });
            }
        }
        Ok(())
    }

    /// What batch readers need.
    #[must_use]
    pub fn batch_limits(&self) -> BatchLimits {
        BatchLimits { raw_bytes_max: self.batch_raw_bytes_max, parts_max: self.batch_parts_max }
    }
}

/// A parameter beyond what the table allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("parameter {name} is {value}, allowed is {min} to {max}")]
pub struct OutOfRange {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub value: u64,
    /// Least allowed.
    pub min: u64,
    /// Greatest allowed.
    pub max: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ascend_and_defaults_are_in_range() {
        assert!(Parameters::NAMES.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", Parameters::NAMES);
        assert_eq!(Parameters::NAMES.len(), 24);
        Parameters::DEFAULT.check_ranges().unwrap();
    }

    #[test]
    fn pairs_must_be_complete_and_ascending() {
        let pairs = Parameters::DEFAULT.to_pairs();
        assert_eq!(Parameters::from_pairs(&pairs).unwrap(), Parameters::DEFAULT);
        let mut swapped = pairs.clone();
        swapped.swap(0, 1);
        let mut repeated = pairs.clone();
        repeated[1] = repeated[0].clone();
        let mut unknown = pairs.clone();
        unknown[23].0.push('x');
        for wrong in [&pairs[1..], &swapped, &repeated, &unknown] {
            assert!(Parameters::from_pairs(wrong).is_err());
        }
    }

    #[test]
    fn each_range_is_enforced_at_both_ends() {
        for name in Parameters::NAMES {
            let (min, max) = Parameters::DEFAULT.range(name).unwrap();
            let in_range = |value| Parameters::DEFAULT.with(name, value).unwrap().check_ranges().is_ok();
            assert!(in_range(min) && in_range(max), "{name}");
            assert!(min == 0 || !in_range(min - 1), "{name}");
            assert!(!in_range(max + 1), "{name}");
        }
    }
}
