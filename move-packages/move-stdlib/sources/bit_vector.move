/// A fixed number of bits, 1 to 1023.
module std::bit_vector {
    /// The index is not smaller than the length.
    const EINDEX: u64 = 0x20000;
    /// The length is 0, or 1024 or more.
    const ELENGTH: u64 = 0x20001;

    #[test_only]
    const WORD_SIZE: u64 = 1;
    /// Lengths are below this.
    const MAX_SIZE: u64 = 1024;

    /// `length` bits; `bit_field[i]` is bit `i`.
    struct BitVector has copy, drop, store {
        length: u64,
        bit_field: vector<bool>
    }

    /// `length` bits, none set.
    public fun new(length: u64): BitVector {
        assert!(length > 0 && length < MAX_SIZE, ELENGTH);
        let bit_field = vector[];
        let i = 0;
        while (i < length) {
            bit_field.push_back(false);
            i += 1;
        };
        BitVector { length, bit_field }
    }

    /// Sets a bit.
    public fun set(self: &mut BitVector, bit_index: u64) {
        assert!(bit_index < self.length, EINDEX);
        *self.bit_field.borrow_mut(bit_index) = true;
    }

    /// Clears a bit.
    public fun unset(self: &mut BitVector, bit_index: u64) {
        assert!(bit_index < self.length, EINDEX);
        *self.bit_field.borrow_mut(bit_index) = false;
    }

    /// Bit `i` becomes what bit `i + amount` was; the last `amount` bits are cleared.
    public fun shift_left(self: &mut BitVector, amount: u64) {
        let length = self.length;
        let i = 0;
        while (i < length) {
            let from_above = amount < length - i && *self.bit_field.borrow(i + amount);
            *self.bit_field.borrow_mut(i) = from_above;
            i += 1;
        }
    }

    /// Whether a bit is set.
    public fun is_index_set(self: &BitVector, bit_index: u64): bool {
        assert!(bit_index < self.length, EINDEX);
        *self.bit_field.borrow(bit_index)
    }

    /// Number of bits.
    public fun length(self: &BitVector): u64 {
        self.length
    }

    /// Number of set bits from `start_index` up to the first that is not.
    public fun longest_set_sequence_starting_at(self: &BitVector, start_index: u64): u64 {
        assert!(start_index < self.length, EINDEX);
        let end = start_index;
        while (end < self.length && *self.bit_field.borrow(end)) {
            end += 1;
        };
        end - start_index
    }

    #[test_only]
    /// Bits per element of the field.
    public fun word_size(): u64 {
        WORD_SIZE
    }
}
