/// A value that may be absent.
///
/// The value stands in a vector of length 0 or 1, so that clients read `{"vec": []}` or `{"vec": [value]}`.
module std::option {
    use std::vector;

    /// Something is present where nothing was expected.
    const EOPTION_IS_SET: u64 = 0x40000;
    /// Nothing is present where a value was expected.
    const EOPTION_NOT_SET: u64 = 0x40001;
    /// Only a vector of at most one element is an option.
    const EOPTION_VEC_TOO_LONG: u64 = 0x40002;

    /// Nothing, or one value.
    struct Option<Element> has copy, drop, store {
        vec: vector<Element>
    }

    /// Nothing.
    public fun none<Element>(): Option<Element> {
        Option { vec: vector::empty() }
    }

    /// `e`.
    public fun some<Element>(e: Element): Option<Element> {
        Option { vec: vector::singleton(e) }
    }

    /// The element of a vector that has at most one.
    public fun from_vec<Element>(vec: vector<Element>): Option<Element> {
        assert!(vec.length() <= 1, EOPTION_VEC_TOO_LONG);
        Option { vec }
    }

    /// Whether nothing is present.
    public fun is_none<Element>(self: &Option<Element>): bool {
        self.vec.is_empty()
    }

    /// Whether a value is present.
    public fun is_some<Element>(self: &Option<Element>): bool {
        !self.vec.is_empty()
    }

    /// Whether the value is present and equals `e_ref`.
    public fun contains<Element>(self: &Option<Element>, e_ref: &Element): bool {
        self.vec.contains(e_ref)
    }

    /// The value. Aborts if there is none.
    public fun borrow<Element>(self: &Option<Element>): &Element {
        assert!(self.is_some(), EOPTION_NOT_SET);
        self.vec.borrow(0)
    }

    /// The value, or `default_ref` if there is none.
    public fun borrow_with_default<Element>(self: &Option<Element>, default_ref: &Element): &Element {
        if (self.is_some()) self.vec.borrow(0) else default_ref
    }

    /// A copy of the value, or `default` if there is none.
    public fun get_with_default<Element: copy + drop>(self: &Option<Element>, default: Element): Element {
        if (self.is_some()) *self.vec.borrow(0) else default
    }

    /// Puts a value where there is none. Aborts if there is one.
    public fun fill<Element>(self: &mut Option<Element>, e: Element) {
        assert!(self.is_none(), EOPTION_IS_SET);
        self.vec.push_back(e);
    }

    /// Takes the value out and leaves nothing. Aborts if there is none.
    public fun extract<Element>(self: &mut Option<Element>): Element {
        assert!(self.is_some(), EOPTION_NOT_SET);
        self.vec.pop_back()
    }

    /// The value, to be changed in place. Aborts if there is none.
    public fun borrow_mut<Element>(self: &mut Option<Element>): &mut Element {
        assert!(self.is_some(), EOPTION_NOT_SET);
        self.vec.borrow_mut(0)
    }

    /// Puts `el` in the place of the value, which is returned. Aborts if there is none.
    public fun swap<Element>(self: &mut Option<Element>, el: Element): Element {
        assert!(self.is_some(), EOPTION_NOT_SET);
        let old = self.vec.pop_back();
        self.vec.push_back(el);
        old
    }

    /// Stores `e` and returns what was there before.
    public fun swap_or_fill<Element>(self: &mut Option<Element>, e: Element): Option<Element> {
        let old = if (self.is_some()) some(self.vec.pop_back()) else none();
        self.vec.push_back(e);
        old
    }

    /// The value, or `default` if there is none.
    public fun destroy_with_default<Element: drop>(self: Option<Element>, default: Element): Element {
        let Option { vec } = self;
        if (vec.is_empty()) default else vec.pop_back()
    }

    /// The value. Aborts if there is none.
    public fun destroy_some<Element>(self: Option<Element>): Element {
        assert!(self.is_some(), EOPTION_NOT_SET);
        let Option { vec } = self;
        let value = vec.pop_back();
        vec.destroy_empty();
        value
    }

    /// Ends the life of an option that holds nothing. Aborts if it holds something.
    public fun destroy_none<Element>(self: Option<Element>) {
        assert!(self.is_none(), EOPTION_IS_SET);
        let Option { vec } = self;
        vec.destroy_empty();
    }

    /// A vector of the value, or an empty one.
    public fun to_vec<Element>(self: Option<Element>): vector<Element> {
        let Option { vec } = self;
        vec
    }

    /// Gives the value, if there is one, to `f`.
    public inline fun for_each<Element>(self: Option<Element>, f: |Element|) {
        if (self.is_some()) f(self.destroy_some()) else self.destroy_none();
    }

    /// Shows the value, if there is one, to `f`.
    public inline fun for_each_ref<Element>(self: &Option<Element>, f: |&Element|) {
        if (self.is_some()) f(self.borrow());
    }

    /// Lets `f` change the value, if there is one.
    public inline fun for_each_mut<Element>(self: &mut Option<Element>, f: |&mut Element|) {
        if (self.is_some()) f(self.borrow_mut());
    }

    /// `f(init, value)`, or `init` if there is none.
    public inline fun fold<Accumulator, Element>(
        self: Option<Element>, init: Accumulator, f: |Accumulator, Element|Accumulator
    ): Accumulator {
        if (self.is_some()) {
            f(init, self.destroy_some())
        } else {
            self.destroy_none();
            init
        }
    }

    /// What `f` makes of the value, if there is one.
    public inline fun map<Element, OtherElement>(
        self: Option<Element>, f: |Element|OtherElement
    ): Option<OtherElement> {
        if (self.is_some()) {
            some(f(self.destroy_some()))
        } else {
            self.destroy_none();
            none()
        }
    }

    /// What `f` makes of the value, if there is one; the value stays.
    public inline fun map_ref<Element, OtherElement>(
        self: &Option<Element>, f: |&Element|OtherElement
    ): Option<OtherElement> {
        if (self.is_some()) some(f(self.borrow())) else none()
    }

    /// The value if it is present and satisfies `f`, otherwise nothing.
    public inline fun filter<Element: drop>(self: Option<Element>, f: |&Element|bool): Option<Element> {
        if (self.is_some() && f(self.borrow())) self else none()
    }

    /// Whether the value is present and satisfies `p`.
    public inline fun any<Element>(self: &Option<Element>, p: |&Element|bool): bool {
        self.is_some() && p(self.borrow())
    }

    /// Gives the value, if there is one, to `d`, which ends its life.
    public inline fun destroy<Element>(self: Option<Element>, d: |Element|) {
        if (self.is_some()) d(self.destroy_some()) else self.destroy_none();
    }
}
