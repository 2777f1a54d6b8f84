/// What can be read off a book by walking it: levels, impact prices, what an order would trade.
///
/// Every walk has a bound. Prices and sizes with 9 decimals, money in quote; averages round down. Reads only.
/// Invariant: a walk never looks at more orders than its bound.
module derivatives::depth {
    use derivatives::book::Book;

    const NOTIONAL: u128 = 1000000000000;
    /// Orders that an impact price looks at.
    const IMPACT_ORDERS: u64 = 32;

    /// Prices and sizes of a side level by level, from at most `orders_max` orders.
    public fun levels(book: &Book, is_buy: bool, levels_max: u64, orders_max: u64): (vector<u64>, vector<u64>) {
        let (prices, sizes) = (vector<u64>[], vector<u64>[]);
        let cursor = book.start(is_buy);
        while (orders_max > 0) {
            let (there, _, price, size) = book.next(is_buy, &mut cursor);
            if (!there) break;
            let count = prices.length();
            if (count != 0 && prices[count - 1] == price) {
                let sum = &mut sizes[count - 1];
                *sum += size;
            } else {
                if (count == levels_max) break;
                prices.push_back(price);
                sizes.push_back(size);
            };
            orders_max -= 1;
        };
        (prices, sizes)
    }

    /// The average price of trading `impact` quote against a side, over at most 32 orders; 0 if depth is missing. Rounded down.
    public fun impact_price(book: &Book, is_buy: bool, impact: u128): u64 {
        let cursor = book.start(is_buy);
        let (quote, base, visited) = (0u128, 0u128, 0);
        while (visited < IMPACT_ORDERS) {
            let (there, _, price, size) = book.next(is_buy, &mut cursor);
            if (!there) return 0;
            let (price, size) = ((price as u128), (size as u128));
            let worth = price * size / NOTIONAL;
            if (quote + worth >= impact) {
                base += (impact - quote) * NOTIONAL / price;
                return if (base == 0) 0 else ((impact * NOTIONAL / base) as u64)
            };
            quote += worth;
            base += size;
            visited += 1;
        };
        0
    }

    /// Ids of a side in order of priority, at most `max`.
    public fun ids(book: &Book, is_buy: bool, max: u64): vector<u64> {
        let ids = vector[];
        let cursor = book.start(is_buy);
        while (max > 0) {
            let (there, id, _, _) = book.next(is_buy, &mut cursor);
            if (!there) break;
            ids.push_back(id);
            max -= 1;
        };
        ids
    }

    /// What an order with this limit would trade: size and quote, over at most `steps` orders.
    public fun taking(book: &Book, is_buy: bool, limit: u64, size: u64, steps: u64): (u64, u128) {
        let cursor = book.start(!is_buy);
        let (filled, quote) = (0u64, 0u128);
        while (steps > 0 && filled < size) {
            let (there, _, price, open) = book.next(!is_buy, &mut cursor);
            if (!there || (if (is_buy) price > limit else price < limit)) break;
            let part = if (open < size - filled) open else size - filled;
            filled += part;
            quote += (price as u128) * (part as u128) / NOTIONAL;
            steps -= 1;
        };
        (filled, quote)
    }
}
