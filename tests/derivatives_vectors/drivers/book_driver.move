/// Drives a book as the vectors of `orderbook.json` do: one book, its clock and its mark, at the address of the package.
module derivatives::book_driver {
    use derivatives::book::{Self, Book};
    use derivatives::depth;
    use derivatives::orders::{Outcome, Request};
    use tenor_math::int128::{Self, I128};

    struct Driver has key { book: Book, now: u64, mark: u64 }

    public fun start(
        account: &signer, tick: u64, lot: u64, min_size: u64, max_steps: u64, maker_fee: I128, taker_fee: I128, band: u64,
        now: u64, mark: u64
    ) {
        let cap = 340282366920938463463374607431768211455;
        let config = book::config(tick, lot, min_size, max_steps, maker_fee, taker_fee, band, false, cap, cap);
        move_to(account, Driver { book: book::new(config), now, mark });
    }

    public fun set_position(at: address, owner: address, size: I128) acquires Driver {
        // Positions of a scenario's start have no entry that matters.
        Driver[at].book.ledger_mut().transfer(owner, size, int128::zero());
    }

    public fun set(at: address, now: u64, mark: u64, status: u8) acquires Driver {
        let d = &mut Driver[at];
        if (now != 0) d.now = now;
        if (mark != 0) d.mark = mark;
        if (status != 255) d.book.set_status(status);
    }

    public fun place(at: address, r: Request): Outcome acquires Driver {
        let d = &mut Driver[at];
        let c = d.book.context(d.now, d.mark, d.mark);
        d.book.place(r, &c)
    }

    public fun cancel(at: address, owner: address, id: u64): (u64, u64) acquires Driver { Driver[at].book.cancel(owner, id) }

    public fun cancel_all(at: address, owner: address, max: u64): (u64, vector<u64>) acquires Driver {
        Driver[at].book.cancel_all(owner, max)
    }

    public fun amend(at: address, owner: address, id: u64, size: u64): (u64, u64, bool) acquires Driver {
        let d = &mut Driver[at];
        let c = d.book.context(d.now, d.mark, d.mark);
        d.book.amend(owner, id, size, &c)
    }

    public fun place_trigger(at: address, at_or_above: bool, price: u64, r: Request): u64 acquires Driver {
        Driver[at].book.triggers_mut().place(at_or_above, price, r)
    }

    public fun cancel_trigger(at: address, owner: address, id: u64): u64 acquires Driver {
        Driver[at].book.triggers_mut().cancel(owner, id)
    }

    /// Fires at most `max`: their ids and outcomes.
    public fun crank(at: address, max: u64): (vector<u64>, vector<Outcome>) acquires Driver {
        let d = &mut Driver[at];
        let c = d.book.context(d.now, d.mark, d.mark);
        let (ids, outcomes) = (vector[], vector[]);
        // What fires is decided before the first one trades: an order that it places does not count.
        let requests = vector[];
        while (max > 0) {
            let (fired, id, r) = d.book.triggers_mut().next_fired(d.mark);
            if (!fired) break;
            ids.push_back(id);
            requests.push_back(r);
            max -= 1;
        };
        requests.for_each(|r| outcomes.push_back(d.book.place(r, &c)));
        (ids, outcomes)
    }

    /// Ids of a side, best first.
    public fun ids(at: address, is_buy: bool): vector<u64> acquires Driver { depth::ids(&Driver[at].book, is_buy, 100000) }

    public fun order(at: address, id: u64): (address, bool, u64, u64, bool, u64) acquires Driver { Driver[at].book.order_of(id) }

    public fun position(at: address, owner: address): (I128, u64, u64) acquires Driver {
        let (size, _, buys, sells, _, _) = Driver[at].book.ledger().position_of(owner);
        (size, buys, sells)
    }

    public fun totals(at: address): (I128, u64, u128) acquires Driver {
        let b = &Driver[at].book;
        (b.ledger().fees(), b.triggers().count(), b.ledger().open_interest())
    }
}
