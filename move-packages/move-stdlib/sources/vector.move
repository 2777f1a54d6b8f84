/// Growable sequences. Every value of type `vector<Element>` is one; indices start at 0.
///
/// Eight functions are instructions of the machine (`empty`, `length`, `borrow`, `borrow_mut`, `push_back`, `pop_back`,
/// `destroy_empty`, `swap`): their failures are machine errors, not aborts of this module. Functions that take a
/// closure are inline, so that a closure may read and assign its surroundings.
module std::vector {
    /// The index is not smaller than the length.
    const EINDEX_OUT_OF_BOUNDS: u64 = 0x20000;
    /// The range ends before it starts, or after the vector does.
    const EINVALID_RANGE: u64 = 0x20001;
    /// Both vectors must have the same length.
    const EVECTORS_LENGTH_MISMATCH: u64 = 0x20002;
    /// A range cannot advance by 0.
    const EINVALID_STEP: u64 = 0x20003;
    /// A slice needs start <= end <= length.
    const EINVALID_SLICE_RANGE: u64 = 0x20004;

    #[bytecode_instruction]
    /// A vector without elements.
    public native fun empty<Element>(): vector<Element>;

    #[bytecode_instruction]
    /// Number of elements.
    public native fun length<Element>(self: &vector<Element>): u64;

    #[bytecode_instruction]
    /// The element at `i`.
    public native fun borrow<Element>(self: &vector<Element>, i: u64): &Element;

    #[bytecode_instruction]
    /// Adds `e` at the end.
    public native fun push_back<Element>(self: &mut vector<Element>, e: Element);

    #[bytecode_instruction]
    /// The element at `i`, to be changed in place.
    public native fun borrow_mut<Element>(self: &mut vector<Element>, i: u64): &mut Element;

    #[bytecode_instruction]
    /// Takes the last element off.
    public native fun pop_back<Element>(self: &mut vector<Element>): Element;

    #[bytecode_instruction]
    /// Ends the life of a vector without elements; needed where `Element` cannot be dropped.
    public native fun destroy_empty<Element>(self: vector<Element>);

    #[bytecode_instruction]
    /// Exchanges the elements at `i` and `j`.
    public native fun swap<Element>(self: &mut vector<Element>, i: u64, j: u64);

    /// Moves `length` elements, from `removal_position` of `from` on, into `to` so that the first of them stands at
    /// `insert_position`. Both vectors keep the order of the rest. Cost grows with the elements that change place.
    public native fun move_range<T>(
        from: &mut vector<T>,
        removal_position: u64,
        length: u64,
        to: &mut vector<T>,
        insert_position: u64
    );

    /// A vector of one element.
    public fun singleton<Element>(e: Element): vector<Element> {
        let v = empty();
        v.push_back(e);
        v
    }

    /// The last element. Aborts if there is none.
    public fun last<Element>(self: &vector<Element>): &Element {
        let len = self.length();
        assert!(len > 0, EINDEX_OUT_OF_BOUNDS);
        self.borrow(len - 1)
    }

    /// The last element, to be changed in place. Aborts if there is none.
    public fun last_mut<Element>(self: &mut vector<Element>): &mut Element {
        let len = self.length();
        assert!(len > 0, EINDEX_OUT_OF_BOUNDS);
        self.borrow_mut(len - 1)
    }

    /// Turns the order of all elements around.
    public fun reverse<Element>(self: &mut vector<Element>) {
        let len = self.length();
        self.reverse_slice(0, len);
    }

    /// Turns the order of the elements in [left, right) around.
    public fun reverse_slice<Element>(self: &mut vector<Element>, left: u64, right: u64) {
        assert!(left <= right, EINVALID_RANGE);
        while (left + 1 < right) {
            right -= 1;
            self.swap(left, right);
            left += 1;
        }
    }

    /// Moves all of `other` to the end, in order.
    public fun append<Element>(self: &mut vector<Element>, other: vector<Element>) {
        let at = self.length();
        let count = other.length();
        move_range(&mut other, 0, count, self, at);
        other.destroy_empty();
    }

    /// Moves all of `other` to the end, last element first.
    public fun reverse_append<Element>(self: &mut vector<Element>, other: vector<Element>) {
        while (!other.is_empty()) {
            self.push_back(other.pop_back());
        };
        other.destroy_empty();
    }

    /// Keeps the first `new_len` elements and returns the others in order.
    public fun trim<Element>(self: &mut vector<Element>, new_len: u64): vector<Element> {
        let len = self.length();
        assert!(new_len <= len, EINDEX_OUT_OF_BOUNDS);
        let tail = empty();
        move_range(self, new_len, len - new_len, &mut tail, 0);
        tail
    }

    /// Keeps the first `new_len` elements and returns the others, last one first.
    public fun trim_reverse<Element>(self: &mut vector<Element>, new_len: u64): vector<Element> {
        let len = self.length();
        assert!(new_len <= len, EINDEX_OUT_OF_BOUNDS);
        let tail = empty();
        while (len > new_len) {
            tail.push_back(self.pop_back());
            len -= 1;
        };
        tail
    }

    /// Whether there are no elements.
    public fun is_empty<Element>(self: &vector<Element>): bool {
        self.length() == 0
    }

    /// Whether some element equals `e`.
    public fun contains<Element>(self: &vector<Element>, e: &Element): bool {
        let (found, _) = self.index_of(e);
        found
    }

    /// `(true, i)` with the first `i` whose element equals `e`, or `(false, 0)`.
    public fun index_of<Element>(self: &vector<Element>, e: &Element): (bool, u64) {
        let len = self.length();
        let i = 0;
        while (i < len) {
            if (self.borrow(i) == e) return (true, i);
            i += 1;
        };
        (false, 0)
    }

    /// `(true, i)` with the first `i` whose element satisfies `f`, or `(false, 0)`.
    public inline fun find<Element>(self: &vector<Element>, f: |&Element|bool): (bool, u64) {
        let found = false;
        let at = 0;
        let i = 0;
        let len = self.length();
        while (i < len) {
            if (f(self.borrow(i))) {
                found = true;
                at = i;
                break
            };
            i += 1;
        };
        (found, at)
    }

    /// Puts `e` at `i` and shifts what stood there and behind it; `i` may equal the length.
    public fun insert<Element>(self: &mut vector<Element>, i: u64, e: Element) {
        let len = self.length();
        assert!(i <= len, EINDEX_OUT_OF_BOUNDS);
        self.push_back(e);
        while (i < len) {
            self.swap(i, len);
            i += 1;
        }
    }

    /// Takes out the element at `i`; the others keep their order.
    public fun remove<Element>(self: &mut vector<Element>, i: u64): Element {
        let len = self.length();
        assert!(i < len, EINDEX_OUT_OF_BOUNDS);
        let last = len - 1;
        while (i < last) {
            self.swap(i, i + 1);
            i += 1;
        };
        self.pop_back()
    }

    /// Takes out the first element equal to `val`: a vector with it, or an empty one.
    public fun remove_value<Element>(self: &mut vector<Element>, val: &Element): vector<Element> {
        let (found, at) = self.index_of(val);
        let removed = empty();
        if (found) removed.push_back(self.remove(at));
        removed
    }

    /// Takes out the element at `i` and puts the last one in its place: constant time, order lost.
    /// An index beyond the end of a vector that is not empty fails as `swap` does.
    public fun swap_remove<Element>(self: &mut vector<Element>, i: u64): Element {
        let len = self.length();
        assert!(len != 0, EINDEX_OUT_OF_BOUNDS);
        self.swap(i, len - 1);
        self.pop_back()
    }

    /// Puts `val` at `i` and returns what stood there.
    public fun replace<Element>(self: &mut vector<Element>, i: u64, val: Element): Element {
        let len = self.length();
        assert!(i < len, EINDEX_OUT_OF_BOUNDS);
        self.push_back(val);
        self.swap(i, len);
        self.pop_back()
    }

    /// Gives every element to `f`, first to last.
    public inline fun for_each<Element>(self: vector<Element>, f: |Element|) {
        let rest = self;
        rest.reverse();
        while (!rest.is_empty()) {
            f(rest.pop_back());
        };
        rest.destroy_empty();
    }

    /// Gives every element to `f`, last to first.
    public inline fun for_each_reverse<Element>(self: vector<Element>, f: |Element|) {
        let rest = self;
        while (!rest.is_empty()) {
            f(rest.pop_back());
        };
        rest.destroy_empty();
    }

    /// Shows every element to `f`, first to last.
    public inline fun for_each_ref<Element>(self: &vector<Element>, f: |&Element|) {
        let i = 0;
        let len = self.length();
        while (i < len) {
            f(self.borrow(i));
            i += 1;
        }
    }

    /// Gives the pairs of elements at equal indices to `f`, first to last.
    public inline fun zip<Element1, Element2>(
        self: vector<Element1>, v2: vector<Element2>, f: |Element1, Element2|
    ) {
        let left = self;
        let right = v2;
        left.reverse();
        right.reverse();
        left.zip_reverse(right, |a, b| f(a, b));
    }

    /// Gives the pairs of elements at equal indices to `f`, last to first.
    public inline fun zip_reverse<Element1, Element2>(
        self: vector<Element1>, v2: vector<Element2>, f: |Element1, Element2|
    ) {
        let left = self;
        let right = v2;
        let len = left.length();
        assert!(len == right.length(), EVECTORS_LENGTH_MISMATCH);
        while (len > 0) {
            f(left.pop_back(), right.pop_back());
            len -= 1;
        };
        left.destroy_empty();
        right.destroy_empty();
    }

    /// Shows the pairs of elements at equal indices to `f`, first to last.
    public inline fun zip_ref<Element1, Element2>(
        self: &vector<Element1>, v2: &vector<Element2>, f: |&Element1, &Element2|
    ) {
        let len = self.length();
        assert!(len == v2.length(), EVECTORS_LENGTH_MISMATCH);
        let i = 0;
        while (i < len) {
            f(self.borrow(i), v2.borrow(i));
            i += 1;
        }
    }

    /// Shows every index and element to `f`, first to last.
    public inline fun enumerate_ref<Element>(self: &vector<Element>, f: |u64, &Element|) {
        let i = 0;
        let len = self.length();
        while (i < len) {
            f(i, self.borrow(i));
            i += 1;
        }
    }

    /// Lets `f` change every element, first to last.
    public inline fun for_each_mut<Element>(self: &mut vector<Element>, f: |&mut Element|) {
        let i = 0;
        let len = self.length();
        while (i < len) {
            f(self.borrow_mut(i));
            i += 1;
        }
    }

    /// Lets `f` change the pairs of elements at equal indices, first to last.
    public inline fun zip_mut<Element1, Element2>(
        self: &mut vector<Element1>, v2: &mut vector<Element2>, f: |&mut Element1, &mut Element2|
    ) {
        let len = self.length();
        assert!(len == v2.length(), EVECTORS_LENGTH_MISMATCH);
        let i = 0;
        while (i < len) {
            f(self.borrow_mut(i), v2.borrow_mut(i));
            i += 1;
        }
    }

    /// Lets `f` change every element, first to last, with its index.
    public inline fun enumerate_mut<Element>(self: &mut vector<Element>, f: |u64, &mut Element|) {
        let i = 0;
        let len = self.length();
        while (i < len) {
            f(i, self.borrow_mut(i));
            i += 1;
        }
    }

    /// `f(..f(f(init, first), second).., last)`.
    public inline fun fold<Accumulator, Element>(
        self: vector<Element>, init: Accumulator, f: |Accumulator, Element|Accumulator
    ): Accumulator {
        let sum = init;
        self.for_each(|e| sum = f(sum, e));
        sum
    }

    /// `f(first, f(second, ..f(last, init)..))`.
    public inline fun foldr<Accumulator, Element>(
        self: vector<Element>, init: Accumulator, f: |Element, Accumulator|Accumulator
    ): Accumulator {
        let sum = init;
        self.for_each_reverse(|e| sum = f(e, sum));
        sum
    }

    /// What `f` makes of every element; the elements stay.
    public inline fun map_ref<Element, NewElement>(
        self: &vector<Element>, f: |&Element|NewElement
    ): vector<NewElement> {
        let made = vector[];
        self.for_each_ref(|e| made.push_back(f(e)));
        made
    }

    /// What `f` makes of the pairs of elements at equal indices; the elements stay.
    public inline fun zip_map_ref<Element1, Element2, NewElement>(
        self: &vector<Element1>, v2: &vector<Element2>, f: |&Element1, &Element2|NewElement
    ): vector<NewElement> {
        let made = vector[];
        self.zip_ref(v2, |a, b| made.push_back(f(a, b)));
        made
    }

    /// What `f` makes of every element.
    public inline fun map<Element, NewElement>(
        self: vector<Element>, f: |Element|NewElement
    ): vector<NewElement> {
        let made = vector[];
        self.for_each(|e| made.push_back(f(e)));
        made
    }

    /// What `f` makes of the pairs of elements at equal indices.
    public inline fun zip_map<Element1, Element2, NewElement>(
        self: vector<Element1>, v2: vector<Element2>, f: |Element1, Element2|NewElement
    ): vector<NewElement> {
        let made = vector[];
        self.zip(v2, |a, b| made.push_back(f(a, b)));
        made
    }

    /// The elements that satisfy `p`, in order.
    public inline fun filter<Element: drop>(
        self: vector<Element>, p: |&Element|bool
    ): vector<Element> {
        let kept = vector[];
        self.for_each(|e| {
            if (p(&e)) kept.push_back(e);
        });
        kept
    }

    /// Brings the elements that satisfy `pred` to the front and returns their number. The order within either part
    /// may change.
    public inline fun partition<Element>(self: &mut vector<Element>, pred: |&Element|bool): u64 {
        let front = 0;
        let i = 0;
        let len = self.length();
        while (i < len) {
            if (pred(self.borrow(i))) {
                self.swap(front, i);
                front += 1;
            };
            i += 1;
        };
        front
    }

    /// Moves the first `rot` elements to the end; returns where the former first element now stands.
    public fun rotate<Element>(self: &mut vector<Element>, rot: u64): u64 {
        let len = self.length();
        self.rotate_slice(0, rot, len)
    }

    /// Within [left, right), moves the elements of [left, rot) behind those of [rot, right); returns where the one from
    /// `left` now stands.
    public fun rotate_slice<Element>(self: &mut vector<Element>, left: u64, rot: u64, right: u64): u64 {
        // Turning both parts around and then the whole exchanges the parts and restores the order in each.
        self.reverse_slice(left, rot);
        self.reverse_slice(rot, right);
        self.reverse_slice(left, right);
        left + (right - rot)
    }

    /// Brings the elements that satisfy `p` to the front and returns their number. Both parts keep their order.
    public inline fun stable_partition<Element>(self: &mut vector<Element>, p: |&Element|bool): u64 {
        let len = self.length();
        let passed = vector[];
        let failed = vector[];
        self.reverse();
        while (len > 0) {
            let e = self.pop_back();
            if (p(&e)) passed.push_back(e) else failed.push_back(e);
            len -= 1;
        };
        let count = passed.length();
        self.append(passed);
        self.append(failed);
        count
    }

    /// Whether some element satisfies `p`; looks no further than the first.
    public inline fun any<Element>(self: &vector<Element>, p: |&Element|bool): bool {
        let found = false;
        let i = 0;
        let len = self.length();
        while (i < len) {
            found = p(self.borrow(i));
            if (found) break;
            i += 1;
        };
        found
    }

    /// Whether every element satisfies `p`; looks no further than the first that does not.
    public inline fun all<Element>(self: &vector<Element>, p: |&Element|bool): bool {
        let every = true;
        let i = 0;
        let len = self.length();
        while (i < len) {
            every = p(self.borrow(i));
            if (!every) break;
            i += 1;
        };
        every
    }

    /// Gives every element to `d`, which ends their life.
    public inline fun destroy<Element>(self: vector<Element>, d: |Element|) {
        self.for_each_reverse(|e| d(e));
    }

    /// `start`, `start + 1`, up to but without `end`.
    public fun range(start: u64, end: u64): vector<u64> {
        range_with_step(start, end, 1)
    }

    /// `start`, `start + step`, as long as smaller than `end`.
    public fun range_with_step(start: u64, end: u64, step: u64): vector<u64> {
        assert!(step > 0, EINVALID_STEP);
        let made = vector[];
        let next = start;
        while (next < end) {
            made.push_back(next);
            // Stops before the sum leaves u64.
            if (end - next <= step) break;
            next += step;
        };
        made
    }

    /// Copies of the elements in [start, end).
    public fun slice<Element: copy>(self: &vector<Element>, start: u64, end: u64): vector<Element> {
        assert!(start <= end && end <= self.length(), EINVALID_SLICE_RANGE);
        let made = vector[];
        while (start < end) {
            made.push_back(*self.borrow(start));
            start += 1;
        };
        made
    }
}
