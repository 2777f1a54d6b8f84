/// An order book in one resource: a new order is put in its place, the next one trades against it. Without loops, which
/// old machines accept in one arrangement only.
module 0xbe::orders {
    use std::vector;

    struct Order has copy, drop, store { id: u64, owner: address, price: u64, size: u64 }
    /// Best orders last.
    struct Book has key { bids: vector<Order>, asks: vector<Order>, next: u64, volume: u64 }

    /// Where an ask of this price goes: behind all that are better or as good.
    fun place(asks: &vector<Order>, price: u64, low: u64, high: u64): u64 {
        if (low >= high) return low;
        let middle = (low + high) / 2;
        if (vector::borrow(asks, middle).price > price) place(asks, price, middle + 1, high)
        else place(asks, price, low, middle)
    }

    fun sink(asks: &mut vector<Order>, i: u64, at: u64) {
        if (i > at) {
            vector::swap(asks, i, i - 1);
            sink(asks, i - 1, at);
        }
    }

    fun sell(book: &mut Book, owner: address, price: u64, size: u64) {
        let id = book.next;
        book.next = id + 1;
        let count = vector::length(&book.asks);
        let at = place(&book.asks, price, 0, count);
        vector::push_back(&mut book.asks, Order { id, owner, price, size });
        sink(&mut book.asks, count, at);
    }

    fun buy(book: &mut Book, price: u64, size: u64): u64 {
        let count = vector::length(&book.asks);
        if (size == 0 || count == 0) return 0;
        let best = vector::borrow_mut(&mut book.asks, count - 1);
        if (best.price > price) return 0;
        let paid = best.price;
        if (best.size > size) {
            best.size = best.size - size;
            return paid * size
        };
        let taken = best.size;
        vector::pop_back(&mut book.asks);
        paid * taken + buy(book, price, size - taken)
    }

    fun fill(book: &mut Book, who: address, n: u64) {
        if (n > 0) {
            sell(book, who, 1000 + n * 7 % 50, 10 + n);
            fill(book, who, n - 1);
        }
    }

    public fun setup(s: signer, _n: u64): u64 acquires Book {
        let who = 0x1::signer::address_of(&s);
        move_to(&s, Book { bids: vector::empty(), asks: vector::empty(), next: 0, volume: 0 });
        let book = borrow_global_mut<Book>(who);
        fill(book, who, 40);
        vector::length(&book.asks)
    }

    fun repeat(book: &mut Book, who: address, n: u64): u64 {
        if (n == 0) return 0;
        let count = vector::length(&book.asks);
        let price = vector::borrow(&book.asks, count - 1).price;
        let size = 15 + book.next % 20;
        sell(book, who, price + 9, size);
        let paid = buy(book, price + 50, size);
        book.volume = book.volume + paid;
        paid + repeat(book, who, n - 1)
    }

    /// `n` orders that come to stand a little behind the best, and as many that take as much from the best.
    public fun transact(s: signer, n: u64): u64 acquires Book {
        let who = 0x1::signer::address_of(&s);
        repeat(borrow_global_mut<Book>(who), who, n)
    }
}
