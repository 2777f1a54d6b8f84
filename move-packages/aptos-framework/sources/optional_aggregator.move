/// A number with a limit, in the layout that coin supplies have had from the first day: a counter or an integer. On this chain
/// it is always an integer.
module aptos_framework::optional_aggregator {
    use std::error;
    use std::option::{Self, Option};
    use aptos_framework::aggregator::Aggregator;

    friend aptos_framework::coin;

    /// The sum is above the limit.
    const EAGGREGATOR_OVERFLOW: u64 = 1;
    /// The difference is below zero.
    const EAGGREGATOR_UNDERFLOW: u64 = 2;

    /// `value`, at most `limit`.
    struct Integer has store {
        value: u128,
        limit: u128
    }

    /// `integer` is present, `aggregator` is not.
    struct OptionalAggregator has store {
        aggregator: Option<Aggregator>,
        integer: Option<Integer>
    }

    /// 0, at most `limit`.
    public(friend) fun new(limit: u128): OptionalAggregator {
        OptionalAggregator {
            aggregator: option::none(),
            integer: option::some(Integer { value: 0, limit })
        }
    }

    /// Adds. Aborts above the limit.
    public fun add(self: &mut OptionalAggregator, value: u128) {
        let integer = self.integer.borrow_mut();
        assert!(value <= integer.limit - integer.value, error::out_of_range(EAGGREGATOR_OVERFLOW));
        integer.value += value;
    }

    /// Subtracts. Aborts below zero.
    public fun sub(self: &mut OptionalAggregator, value: u128) {
        let integer = self.integer.borrow_mut();
        assert!(value <= integer.value, error::out_of_range(EAGGREGATOR_UNDERFLOW));
        integer.value -= value;
    }

    /// The number.
    public fun read(self: &OptionalAggregator): u128 {
        self.integer.borrow().value
    }

    /// Whether it is a counter: never here.
    public fun is_parallelizable(self: &OptionalAggregator): bool {
        self.aggregator.is_some()
    }
}
