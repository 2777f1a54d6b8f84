/// A vector that keeps its first elements in place and the rest in storage items of their own: as cheap as a vector while
/// it is small, and without a size limit when it is not.
///
/// The elements are those of `inline_vec`, followed by those of `big_vec`. Unless set, how many stay in place and how many
/// share an item follows from the size of the elements.
module aptos_std::smart_vector {
    use std::error;
    use std::option::{Self, Option};
    use aptos_std::big_vector::{Self, BigVector};
    use aptos_std::math64;
    use aptos_std::type_info;

    /// The index is not smaller than the length.
    const EINDEX_OUT_OF_BOUNDS: u64 = 1;
    /// Only a vector without elements can be destroyed.
    const EVECTOR_NOT_EMPTY: u64 = 2;
    /// There is no element to take.
    const EVECTOR_EMPTY: u64 = 3;
    /// A bucket holds at least one element.
    const EZERO_BUCKET_SIZE: u64 = 4;
    /// Both vectors must have the same length.
    const ESMART_VECTORS_LENGTH_MISMATCH: u64 = 0x20005;

    /// Bytes that the elements in place take at most.
    const INLINE_BYTES: u64 = 150;
    /// Bytes that the elements of one bucket aim at.
    const BUCKET_BYTES: u64 = 1024;

    /// The elements of `inline_vec`, then those of `big_vec`.
    struct SmartVector<T> has store {
        inline_vec: vector<T>,
        big_vec: Option<BigVector<T>>,
        inline_capacity: Option<u64>,
        bucket_size: Option<u64>
    }

    /// A vector without elements.
    public fun new<T: store>(): SmartVector<T> {
        SmartVector {
            inline_vec: vector[],
            big_vec: option::none(),
            inline_capacity: option::none(),
            bucket_size: option::none()
        }
    }

    #[deprecated]
    /// The old name of `new`.
    public fun empty<T: store>(): SmartVector<T> {
        new()
    }

    /// A vector without elements; `inline_capacity` of them stay in place, `bucket_size` share an item.
    public fun empty_with_config<T: store>(inline_capacity: u64, bucket_size: u64): SmartVector<T> {
        assert!(bucket_size > 0, error::invalid_argument(EZERO_BUCKET_SIZE));
        SmartVector {
            inline_vec: vector[],
            big_vec: option::none(),
            inline_capacity: option::some(inline_capacity),
            bucket_size: option::some(bucket_size)
        }
    }

    /// A vector of one element.
    public fun singleton<T: store>(element: T): SmartVector<T> {
        let v = new();
        v.push_back(element);
        v
    }

    /// Ends the life of a vector without elements. Aborts if it has some.
    public fun destroy_empty<T>(self: SmartVector<T>) {
        assert!(self.is_empty(), error::invalid_argument(EVECTOR_NOT_EMPTY));
        let SmartVector { inline_vec, big_vec, inline_capacity: _, bucket_size: _ } = self;
        inline_vec.destroy_empty();
        big_vec.destroy_none();
    }

    /// Ends the life of a vector and of its elements.
    public fun destroy<T: drop>(self: SmartVector<T>) {
        self.clear();
        self.destroy_empty();
    }

    /// Takes all elements out.
    public fun clear<T: drop>(self: &mut SmartVector<T>) {
        self.inline_vec = vector[];
        if (self.big_vec.is_some()) {
            self.big_vec.extract().destroy();
        }
    }

    /// The element at `i`.
    public fun borrow<T>(self: &SmartVector<T>, i: u64): &T {
        assert!(i < self.length(), error::invalid_argument(EINDEX_OUT_OF_BOUNDS));
        let inline_len = self.inline_vec.length();
        if (i < inline_len) {
            self.inline_vec.borrow(i)
        } else {
            self.big_vec.borrow().borrow(i - inline_len)
        }
    }

    /// The element at `i`, to be changed in place.
    public fun borrow_mut<T>(self: &mut SmartVector<T>, i: u64): &mut T {
        assert!(i < self.length(), error::invalid_argument(EINDEX_OUT_OF_BOUNDS));
        let inline_len = self.inline_vec.length();
        if (i < inline_len) {
            self.inline_vec.borrow_mut(i)
        } else {
            self.big_vec.borrow_mut().borrow_mut(i - inline_len)
        }
    }

    /// Moves all of `other` to the end, in order.
    public fun append<T: store>(self: &mut SmartVector<T>, other: SmartVector<T>) {
        let reversed = vector[];
        while (!other.is_empty()) {
            reversed.push_back(other.pop_back());
        };
        other.destroy_empty();
        reversed.for_each_reverse(|e| self.push_back(e));
    }

    /// Adds all of `vals` at the end, in order.
    public fun add_all<T: store>(self: &mut SmartVector<T>, vals: vector<T>) {
        vals.for_each(|e| self.push_back(e));
    }

    /// Copies of all elements.
    public fun to_vector<T: store + copy>(self: &SmartVector<T>): vector<T> {
        let made = self.inline_vec;
        if (self.big_vec.is_some()) {
            made.append(self.big_vec.borrow().to_vector());
        };
        made
    }

    /// Adds `val` at the end.
    public fun push_back<T: store>(self: &mut SmartVector<T>, val: T) {
        if (self.big_vec.is_some()) {
            self.big_vec.borrow_mut().push_back(val);
            return
        };
        let inline_len = self.inline_vec.length();
        let fits =
            if (self.inline_capacity.is_some()) {
                inline_len < *self.inline_capacity.borrow()
            } else {
                (inline_len + 1) * element_size(&val) <= INLINE_BYTES
            };
        if (fits) {
            self.inline_vec.push_back(val);
        } else {
            let bucket_size =
                if (self.bucket_size.is_some()) *self.bucket_size.borrow()
                else math64::max(1, BUCKET_BYTES / element_size(&val));
            self.big_vec.fill(big_vector::singleton(val, bucket_size));
        }
    }

    /// Takes the last element off. Aborts if there is none.
    public fun pop_back<T>(self: &mut SmartVector<T>): T {
        assert!(!self.is_empty(), error::invalid_state(EVECTOR_EMPTY));
        if (self.big_vec.is_none()) {
            self.inline_vec.pop_back()
        } else {
            let val = self.big_vec.borrow_mut().pop_back();
            drop_empty_tail(self);
            val
        }
    }

    /// Takes out the element at `i`; the others keep their order.
    public fun remove<T>(self: &mut SmartVector<T>, i: u64): T {
        assert!(i < self.length(), error::invalid_argument(EINDEX_OUT_OF_BOUNDS));
        let inline_len = self.inline_vec.length();
        if (i < inline_len) {
            self.inline_vec.remove(i)
        } else {
            let val = self.big_vec.borrow_mut().remove(i - inline_len);
            drop_empty_tail(self);
            val
        }
    }

    /// Takes out the element at `i` and puts the last one in its place.
    public fun swap_remove<T>(self: &mut SmartVector<T>, i: u64): T {
        assert!(i < self.length(), error::invalid_argument(EINDEX_OUT_OF_BOUNDS));
        let inline_len = self.inline_vec.length();
        if (self.big_vec.is_none()) {
            self.inline_vec.swap_remove(i)
        } else if (i < inline_len) {
            let last = self.big_vec.borrow_mut().pop_back();
            drop_empty_tail(self);
            self.inline_vec.replace(i, last)
        } else {
            let val = self.big_vec.borrow_mut().swap_remove(i - inline_len);
            drop_empty_tail(self);
            val
        }
    }

    /// Exchanges the elements at `i` and `j`.
    public fun swap<T: store>(self: &mut SmartVector<T>, i: u64, j: u64) {
        let len = self.length();
        assert!(i < len && j < len, error::invalid_argument(EINDEX_OUT_OF_BOUNDS));
        if (i > j) {
            (i, j) = (j, i);
        };
        let inline_len = self.inline_vec.length();
        if (j < inline_len) {
            self.inline_vec.swap(i, j);
        } else if (i >= inline_len) {
            self.big_vec.borrow_mut().swap(i - inline_len, j - inline_len);
        } else {
            let big = self.big_vec.borrow_mut();
            let left = self.inline_vec.borrow_mut(i);
            let right = big.borrow_mut(j - inline_len);
            std::mem::swap(left, right);
        }
    }

    /// Turns the order of all elements around.
    public fun reverse<T: store>(self: &mut SmartVector<T>) {
        let i = 0;
        let j = self.length();
        while (i + 1 < j) {
            j -= 1;
            self.swap(i, j);
            i += 1;
        }
    }

    /// `(true, i)` with the first `i` whose element equals `val`, or `(false, 0)`.
    public fun index_of<T>(self: &SmartVector<T>, val: &T): (bool, u64) {
        let (found, at) = self.inline_vec.index_of(val);
        if (found) return (true, at);
        if (self.big_vec.is_none()) return (false, 0);
        let (found, at) = self.big_vec.borrow().index_of(val);
        if (found) (true, at + self.inline_vec.length()) else (false, 0)
    }

    /// Whether some element equals `val`.
    public fun contains<T>(self: &SmartVector<T>, val: &T): bool {
        let (found, _) = self.index_of(val);
        found
    }

    /// Number of elements.
    public fun length<T>(self: &SmartVector<T>): u64 {
        let inline_len = self.inline_vec.length();
        if (self.big_vec.is_none()) inline_len else inline_len + self.big_vec.borrow().length()
    }

    /// Whether there are no elements.
    public fun is_empty<T>(self: &SmartVector<T>): bool {
        self.length() == 0
    }

    /// Gives every element to `f`, first to last.
    public inline fun for_each<T: store>(self: SmartVector<T>, f: |T|) {
        let rest = self;
        let reversed = vector[];
        while (!rest.is_empty()) {
            reversed.push_back(rest.pop_back());
        };
        rest.destroy_empty();
        reversed.for_each_reverse(|e| f(e));
    }

    /// Gives every element to `f`, last to first.
    public inline fun for_each_reverse<T>(self: SmartVector<T>, f: |T|) {
        let rest = self;
        while (!rest.is_empty()) {
            f(rest.pop_back());
        };
        rest.destroy_empty();
    }

    /// Shows every element to `f`, first to last.
    public inline fun for_each_ref<T>(self: &SmartVector<T>, f: |&T|) {
        let i = 0;
        let len = self.length();
        while (i < len) {
            f(self.borrow(i));
            i += 1;
        }
    }

    /// Lets `f` change every element, first to last.
    public inline fun for_each_mut<T>(self: &mut SmartVector<T>, f: |&mut T|) {
        let i = 0;
        let len = self.length();
        while (i < len) {
            f(self.borrow_mut(i));
            i += 1;
        }
    }

    /// Shows every index and element to `f`, first to last.
    public inline fun enumerate_ref<T>(self: &SmartVector<T>, f: |u64, &T|) {
        let i = 0;
        let len = self.length();
        while (i < len) {
            f(i, self.borrow(i));
            i += 1;
        }
    }

    /// Lets `f` change every element, first to last, with its index.
    public inline fun enumerate_mut<T>(self: &mut SmartVector<T>, f: |u64, &mut T|) {
        let i = 0;
        let len = self.length();
        while (i < len) {
            f(i, self.borrow_mut(i));
            i += 1;
        }
    }

    /// `f(..f(f(init, first), second).., last)`.
    public inline fun fold<Accumulator, T: store>(
        self: SmartVector<T>, init: Accumulator, f: |Accumulator, T|Accumulator
    ): Accumulator {
        let sum = init;
        self.for_each(|e| sum = f(sum, e));
        sum
    }

    /// `f(first, f(second, ..f(last, init)..))`.
    public inline fun foldr<Accumulator, T>(
        self: SmartVector<T>, init: Accumulator, f: |T, Accumulator|Accumulator
    ): Accumulator {
        let sum = init;
        self.for_each_reverse(|e| sum = f(e, sum));
        sum
    }

    /// What `f` makes of every element; the elements stay.
    public inline fun map_ref<T1, T2: store>(self: &SmartVector<T1>, f: |&T1|T2): SmartVector<T2> {
        let made = new<T2>();
        self.for_each_ref(|e| made.push_back(f(e)));
        made
    }

    /// What `f` makes of every element.
    public inline fun map<T1: store, T2: store>(self: SmartVector<T1>, f: |T1|T2): SmartVector<T2> {
        let made = new<T2>();
        self.for_each(|e| made.push_back(f(e)));
        made
    }

    /// The elements that satisfy `p`, in order.
    public inline fun filter<T: store + drop>(self: SmartVector<T>, p: |&T|bool): SmartVector<T> {
        let kept = new<T>();
        self.for_each(|e| {
            if (p(&e)) kept.push_back(e);
        });
        kept
    }

    /// Gives the pairs of elements at equal indices to `f`, first to last.
    public inline fun zip<T1: store, T2: store>(
        self: SmartVector<T1>, v2: SmartVector<T2>, f: |T1, T2|
    ) {
        let left = self;
        let right = v2;
        let len = left.length();
        assert!(len == right.length(), ESMART_VECTORS_LENGTH_MISMATCH);
        let lefts = vector[];
        let rights = vector[];
        while (len > 0) {
            lefts.push_back(left.pop_back());
            rights.push_back(right.pop_back());
            len -= 1;
        };
        left.destroy_empty();
        right.destroy_empty();
        lefts.zip_reverse(rights, |a, b| f(a, b));
    }

    /// Gives the pairs of elements at equal indices to `f`, last to first.
    public inline fun zip_reverse<T1, T2>(self: SmartVector<T1>, v2: SmartVector<T2>, f: |T1, T2|) {
        let left = self;
        let right = v2;
        let len = left.length();
        assert!(len == right.length(), ESMART_VECTORS_LENGTH_MISMATCH);
        while (len > 0) {
            f(left.pop_back(), right.pop_back());
            len -= 1;
        };
        left.destroy_empty();
        right.destroy_empty();
    }

    /// Shows the pairs of elements at equal indices to `f`, first to last.
    public inline fun zip_ref<T1, T2>(self: &SmartVector<T1>, v2: &SmartVector<T2>, f: |&T1, &T2|) {
        let len = self.length();
        assert!(len == v2.length(), ESMART_VECTORS_LENGTH_MISMATCH);
        let i = 0;
        while (i < len) {
            f(self.borrow(i), v2.borrow(i));
            i += 1;
        }
    }

    /// Lets `f` change the pairs of elements at equal indices, first to last.
    public inline fun zip_mut<T1, T2>(
        self: &mut SmartVector<T1>, v2: &mut SmartVector<T2>, f: |&mut T1, &mut T2|
    ) {
        let len = self.length();
        assert!(len == v2.length(), ESMART_VECTORS_LENGTH_MISMATCH);
        let i = 0;
        while (i < len) {
            f(self.borrow_mut(i), v2.borrow_mut(i));
            i += 1;
        }
    }

    /// What `f` makes of the pairs of elements at equal indices.
    public inline fun zip_map<T1: store, T2: store, NewT: store>(
        self: SmartVector<T1>, v2: SmartVector<T2>, f: |T1, T2|NewT
    ): SmartVector<NewT> {
        let made = new<NewT>();
        self.zip(v2, |a, b| made.push_back(f(a, b)));
        made
    }

    /// What `f` makes of the pairs of elements at equal indices; the elements stay.
    public inline fun zip_map_ref<T1, T2, NewT: store>(
        self: &SmartVector<T1>, v2: &SmartVector<T2>, f: |&T1, &T2|NewT
    ): SmartVector<NewT> {
        let made = new<NewT>();
        self.zip_ref(v2, |a, b| made.push_back(f(a, b)));
        made
    }

    fun element_size<T>(val: &T): u64 {
        math64::max(1, type_info::size_of_val(val))
    }

    fun drop_empty_tail<T>(v: &mut SmartVector<T>) {
        if (v.big_vec.borrow().is_empty()) {
            v.big_vec.extract().destroy_empty();
        }
    }
}
