/// Counters with an upper limit, of type `u64` or `u128`, and texts that contain them.
///
/// On other chains these spare transactions from running one after the other; here they are numbers with a limit.
module aptos_framework::aggregator_v2 {
    use std::bcs;
    use std::error;
    use std::mem;
    use std::string::String;
    use aptos_std::string_utils;

    /// The sum is above the limit.
    const EAGGREGATOR_OVERFLOW: u64 = 1;
    /// The difference is below zero.
    const EAGGREGATOR_UNDERFLOW: u64 = 2;
    // 7 is EUNSUPPORTED_AGGREGATOR_TYPE, raised by the natives below: a counter is a `u64` or a `u128`.
    /// The texts around the number are too long.
    const ECONCAT_STRING_LENGTH_TOO_LARGE: u64 = 8;
    /// The function was withdrawn.
    const EAGGREGATOR_FUNCTION_NOT_YET_SUPPORTED: u64 = 9;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const EUNSUPPORTED_AGGREGATOR_SNAPSHOT_TYPE: u64 = 5;
    #[test_only]
    const EAGGREGATOR_API_V2_NOT_ENABLED: u64 = 6;
    #[test_only]
    const EUNSUPPORTED_AGGREGATOR_TYPE: u64 = 7;

    const MAX_U64: u128 = 18446744073709551615;
    const MAX_U128: u128 = 340282366920938463463374607431768211455;
    /// Bytes of both texts around a number.
    const CONCAT_BYTES_MAX: u64 = 1024;

    /// `value`, at most `max_value`.
    struct Aggregator<IntElement> has store, drop {
        value: IntElement,
        max_value: IntElement
    }

    /// What a counter read at some time.
    struct AggregatorSnapshot<IntElement> has store, drop {
        value: IntElement
    }

    /// A text made of a snapshot.
    struct DerivedStringSnapshot has store, drop {
        value: String,
        padding: vector<u8>
    }

    /// The limit.
    public fun max_value<IntElement: copy + drop>(self: &Aggregator<IntElement>): IntElement {
        self.max_value
    }

    /// 0, at most `max_value`.
    public fun create_aggregator<IntElement: copy + drop>(max_value: IntElement): Aggregator<IntElement> {
        Aggregator { value: from_u128<IntElement>(0), max_value }
    }

    /// `start_value`, at most `max_value`.
    public fun create_aggregator_with_value<IntElement: copy + drop>(
        start_value: IntElement, max_value: IntElement
    ): Aggregator<IntElement> {
        let made = create_aggregator(max_value);
        made.add(start_value);
        made
    }

    /// 0, at most what the type can hold.
    public fun create_unbounded_aggregator<IntElement: copy + drop>(): Aggregator<IntElement> {
        Aggregator { value: from_u128<IntElement>(0), max_value: from_u128<IntElement>(largest<IntElement>()) }
    }

    /// `start_value`, at most what the type can hold.
    public fun create_unbounded_aggregator_with_value<IntElement: copy + drop>(
        start_value: IntElement
    ): Aggregator<IntElement> {
        let made = create_unbounded_aggregator();
        made.add(start_value);
        made
    }

    /// Adds and returns true, or returns false if the sum is above the limit.
    public fun try_add<IntElement>(self: &mut Aggregator<IntElement>, value: IntElement): bool {
        let present = as_u128(&self.value);
        let more = into_u128(value);
        if (more > as_u128(&self.max_value) - present) return false;
        set(self, present + more);
        true
    }

    /// Adds. Aborts above the limit.
    public fun add<IntElement>(self: &mut Aggregator<IntElement>, value: IntElement) {
        assert!(self.try_add(value), error::out_of_range(EAGGREGATOR_OVERFLOW));
    }

    /// Subtracts and returns true, or returns false if the difference is below zero.
    public fun try_sub<IntElement>(self: &mut Aggregator<IntElement>, value: IntElement): bool {
        let present = as_u128(&self.value);
        let less = into_u128(value);
        if (less > present) return false;
        set(self, present - less);
        true
    }

    /// Subtracts. Aborts below zero.
    public fun sub<IntElement>(self: &mut Aggregator<IntElement>, value: IntElement) {
        assert!(self.try_sub(value), error::out_of_range(EAGGREGATOR_UNDERFLOW));
    }

    /// Whether the counter reads `min_amount` or more.
    public fun is_at_least<IntElement>(self: &Aggregator<IntElement>, min_amount: IntElement): bool {
        as_u128(&self.value) >= into_u128(min_amount)
    }

    /// What the counter reads.
    public fun read<IntElement>(self: &Aggregator<IntElement>): IntElement {
        from_u128<IntElement>(as_u128(&self.value))
    }

    /// What the counter reads, to be kept.
    public fun snapshot<IntElement>(self: &Aggregator<IntElement>): AggregatorSnapshot<IntElement> {
        AggregatorSnapshot { value: self.read() }
    }

    /// A number, as if a counter had read it.
    public fun create_snapshot<IntElement: copy + drop>(value: IntElement): AggregatorSnapshot<IntElement> {
        AggregatorSnapshot { value }
    }

    /// What the counter read.
    public fun read_snapshot<IntElement>(self: &AggregatorSnapshot<IntElement>): IntElement {
        from_u128<IntElement>(as_u128(&self.value))
    }

    /// The text.
    public fun read_derived_string(self: &DerivedStringSnapshot): String {
        self.value
    }

    /// A text, as if made of a snapshot.
    public fun create_derived_string(value: String): DerivedStringSnapshot {
        DerivedStringSnapshot { value, padding: vector[] }
    }

    /// `before`, the number in decimal, `after`.
    public fun derive_string_concat<IntElement>(
        before: String, snapshot: &AggregatorSnapshot<IntElement>, after: String
    ): DerivedStringSnapshot {
        assert!(
            before.length() + after.length() <= CONCAT_BYTES_MAX,
            error::invalid_argument(ECONCAT_STRING_LENGTH_TOO_LARGE)
        );
        before.append(string_utils::to_string(&as_u128(&snapshot.value)));
        before.append(after);
        create_derived_string(before)
    }

    #[deprecated]
    /// Refuses: the function was withdrawn.
    public fun copy_snapshot<IntElement: copy + drop>(
        _snapshot: &AggregatorSnapshot<IntElement>
    ): AggregatorSnapshot<IntElement> {
        abort error::invalid_state(EAGGREGATOR_FUNCTION_NOT_YET_SUPPORTED)
    }

    #[deprecated]
    /// Refuses: the function was withdrawn.
    public fun string_concat<IntElement>(
        _before: String, _snapshot: &AggregatorSnapshot<IntElement>, _after: String
    ): AggregatorSnapshot<String> {
        abort error::invalid_state(EAGGREGATOR_FUNCTION_NOT_YET_SUPPORTED)
    }

    // Type parameters have no arithmetic: numbers are added as `u128` and come back as what they were.

    fun largest<IntElement>(): u128 {
        if (bcs::constant_serialized_size<IntElement>().contains(&8)) MAX_U64 else MAX_U128
    }

    fun set<IntElement>(aggregator: &mut Aggregator<IntElement>, n: u128) {
        into_u128(mem::replace(&mut aggregator.value, from_u128<IntElement>(n)));
    }

    // These abort with 7 unless `IntElement` is `u64` or `u128`; `from_u128` also unless `n` fits.
    native fun as_u128<IntElement>(value: &IntElement): u128;
    native fun into_u128<IntElement>(value: IntElement): u128;
    native fun from_u128<IntElement>(n: u128): IntElement;
}
