/// A vector without a size limit: buckets of `bucket_size` elements, each a storage item of its own.
///
/// Invariant: bucket `b` exists exactly if `b * bucket_size < end_index`, and all but the last are full.
module aptos_std::big_vector {
    use std::error;
    use aptos_std::table_with_length::{Self, TableWithLength};

    friend aptos_std::smart_vector;

    /// The index is not smaller than the length.
    const EINDEX_OUT_OF_BOUNDS: u64 = 1;
    /// Only a vector without elements can be destroyed.
    const EVECTOR_NOT_EMPTY: u64 = 2;
    /// There is no element to take.
    const EVECTOR_EMPTY: u64 = 3;
    /// A bucket holds at least one element.
    const EZERO_BUCKET_SIZE: u64 = 4;

    /// `end_index` elements.
    struct BigVector<T> has store {
        buckets: TableWithLength<u64, vector<T>>,
        end_index: u64,
        bucket_size: u64
    }

    /// A vector without elements.
    public(friend) fun empty<T: store>(bucket_size: u64): BigVector<T> {
        assert!(bucket_size > 0, error::invalid_argument(EZERO_BUCKET_SIZE));
        BigVector { buckets: table_with_length::new(), end_index: 0, bucket_size }
    }

    /// A vector of one element.
    public(friend) fun singleton<T: store>(element: T, bucket_size: u64): BigVector<T> {
        let v = empty(bucket_size);
        v.push_back(element);
        v
    }

    /// Ends the life of a vector without elements. Aborts if it has some.
    public fun destroy_empty<T>(self: BigVector<T>) {
        assert!(self.end_index == 0, error::invalid_argument(EVECTOR_NOT_EMPTY));
        let BigVector { buckets, end_index: _, bucket_size: _ } = self;
        buckets.destroy_empty();
    }

    /// Ends the life of a vector and of its elements.
    public fun destroy<T: drop>(self: BigVector<T>) {
        let BigVector { buckets, end_index, bucket_size: _ } = self;
        let i = 0;
        while (end_index > 0) {
            let bucket = buckets.remove(i);
            end_index -= bucket.length();
            i += 1;
        };
        buckets.destroy_empty();
    }

    /// The element at `i`.
    public fun borrow<T>(self: &BigVector<T>, i: u64): &T {
        assert!(i < self.end_index, error::invalid_argument(EINDEX_OUT_OF_BOUNDS));
        self.buckets.borrow(i / self.bucket_size).borrow(i % self.bucket_size)
    }

    /// The element at `i`, to be changed in place.
    public fun borrow_mut<T>(self: &mut BigVector<T>, i: u64): &mut T {
        assert!(i < self.end_index, error::invalid_argument(EINDEX_OUT_OF_BOUNDS));
        let size = self.bucket_size;
        self.buckets.borrow_mut(i / size).borrow_mut(i % size)
    }

    /// Moves all of `other` to the end, in order.
    public fun append<T: store>(self: &mut BigVector<T>, other: BigVector<T>) {
        let count = other.length();
        let i = 0;
        // Taking from the back is cheap; what comes out reversed is turned around afterwards.
        let reversed = vector[];
        while (i < count) {
            reversed.push_back(other.pop_back());
            i += 1;
        };
        other.destroy_empty();
        reversed.for_each_reverse(|e| self.push_back(e));
    }

    /// Adds `val` at the end.
    public fun push_back<T: store>(self: &mut BigVector<T>, val: T) {
        let bucket = self.end_index / self.bucket_size;
        if (self.end_index % self.bucket_size == 0) {
            self.buckets.add(bucket, vector[val]);
        } else {
            self.buckets.borrow_mut(bucket).push_back(val);
        };
        self.end_index += 1;
    }

    /// Takes the last element off. Aborts if there is none.
    public fun pop_back<T>(self: &mut BigVector<T>): T {
        assert!(self.end_index > 0, error::invalid_state(EVECTOR_EMPTY));
        self.end_index -= 1;
        let last = self.end_index / self.bucket_size;
        let val = self.buckets.borrow_mut(last).pop_back();
        if (self.end_index % self.bucket_size == 0) {
            self.buckets.remove(last).destroy_empty();
        };
        val
    }

    /// Takes out the element at `i`; the others keep their order. Touches every bucket behind it.
    public fun remove<T>(self: &mut BigVector<T>, i: u64): T {
        assert!(i < self.end_index, error::invalid_argument(EINDEX_OUT_OF_BOUNDS));
        let size = self.bucket_size;
        let at = i / size;
        let last = (self.end_index - 1) / size;
        let val = self.buckets.borrow_mut(at).remove(i % size);
        while (at < last) {
            let first = self.buckets.borrow_mut(at + 1).remove(0);
            self.buckets.borrow_mut(at).push_back(first);
            at += 1;
        };
        self.end_index -= 1;
        if (self.end_index % size == 0) {
            self.buckets.remove(last).destroy_empty();
        };
        val
    }

    /// Takes out the element at `i` and puts the last one in its place.
    public fun swap_remove<T>(self: &mut BigVector<T>, i: u64): T {
        assert!(i < self.end_index, error::invalid_argument(EINDEX_OUT_OF_BOUNDS));
        let last = self.pop_back();
        if (i == self.end_index) {
            last
        } else {
            let size = self.bucket_size;
            let bucket = self.buckets.borrow_mut(i / size);
            bucket.replace(i % size, last)
        }
    }

    /// Exchanges the elements at `i` and `j`.
    public fun swap<T>(self: &mut BigVector<T>, i: u64, j: u64) {
        assert!(i < self.end_index && j < self.end_index, error::invalid_argument(EINDEX_OUT_OF_BOUNDS));
        let size = self.bucket_size;
        let i_bucket = i / size;
        let j_bucket = j / size;
        if (i_bucket == j_bucket) {
            self.buckets.borrow_mut(i_bucket).swap(i % size, j % size);
        } else {
            // Two references into the table cannot live at once: lift one bucket out.
            let left = self.buckets.remove(i_bucket);
            let right = self.buckets.borrow_mut(j_bucket);
            left.push_back(right.swap_remove(j % size));
            let e = left.swap_remove(i % size);
            right.push_back(e);
            let end = right.length() - 1;
            right.swap(j % size, end);
            self.buckets.add(i_bucket, left);
        }
    }

    /// Turns the order of all elements around.
    public fun reverse<T>(self: &mut BigVector<T>) {
        let i = 0;
        let j = self.end_index;
        while (i + 1 < j) {
            j -= 1;
            self.swap(i, j);
            i += 1;
        }
    }

    /// `(true, i)` with the first `i` whose element equals `val`, or `(false, 0)`.
    public fun index_of<T>(self: &BigVector<T>, val: &T): (bool, u64) {
        let start = 0;
        while (start < self.end_index) {
            let bucket = self.buckets.borrow(start / self.bucket_size);
            let (found, at) = bucket.index_of(val);
            if (found) return (true, start + at);
            start += self.bucket_size;
        };
        (false, 0)
    }

    /// Whether some element equals `val`.
    public fun contains<T>(self: &BigVector<T>, val: &T): bool {
        let (found, _) = self.index_of(val);
        found
    }

    /// Copies of all elements.
    public fun to_vector<T: copy>(self: &BigVector<T>): vector<T> {
        let made = vector[];
        let start = 0;
        while (start < self.end_index) {
            made.append(*self.buckets.borrow(start / self.bucket_size));
            start += self.bucket_size;
        };
        made
    }

    /// Number of elements.
    public fun length<T>(self: &BigVector<T>): u64 {
        self.end_index
    }

    /// Whether there are no elements.
    public fun is_empty<T>(self: &BigVector<T>): bool {
        self.end_index == 0
    }

    #[test_only]
    /// A vector without elements.
    public fun empty_for_test<T: store>(bucket_size: u64): BigVector<T> {
        empty(bucket_size)
    }
}
