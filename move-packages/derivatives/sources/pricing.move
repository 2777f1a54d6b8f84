/// Prices from reports: medians, moving averages, the mark price, the breaker.
///
/// Units: prices with 9 decimals, times in seconds, ratios with 9 decimals. A median of an even count and the mark's average round
/// down, moving averages toward zero, limits inward. Arithmetic only; `oracle` keeps the feeds.
/// Invariant: the mark stays within 5 % of the index.
module derivatives::pricing {
    use tenor_math::int128::{Self, I128};

    const RATE: u128 = 1000000000;
    /// A report counts this long, in seconds.
    const MAX_AGE: u64 = 30;
    /// Fewer reports make no price.
    const MIN_PUBLISHERS: u64 = 3;
    /// A report is left out when its confidence is wider than 1 % of the price.
    const MAX_CONFIDENCE: u128 = 10000000;
    /// The mark stays within 5 % of the index.
    const MARK_BAND: u128 = 50000000;
    /// A price more than 10 % away from the 5-minute average trips the breaker.
    const BREAKER: u128 = 100000000;

    /// A publisher's latest word.
    struct Report has copy, drop, store { price: u64, confidence: u64, ts: u64 }

    /// A publisher's latest word.
    public fun report(price: u64, confidence: u64, ts: u64): Report { Report { price, confidence, ts } }

    /// When it was said, in seconds.
    public fun ts(self: &Report): u64 { self.ts }

    /// Whether there is a price, the price, and how many reports counted.
    public fun aggregate(reports: &vector<Report>, now: u64): (bool, u64, u64) {
        let prices = vector[];
        let i = 0;
        while (i < reports.length()) {
            let r = &reports[i];
            if (r.ts <= now && now - r.ts <= MAX_AGE && r.price != 0
                && (r.confidence as u128) * RATE <= (r.price as u128) * MAX_CONFIDENCE) prices.push_back(r.price);
            i += 1;
        };
        let used = prices.length();
        if (used < MIN_PUBLISHERS) (false, 0, used) else (true, median(prices), used)
    }

    /// The middle value, or the floor of the mean of the two in the middle. There is at least one, and few.
    public fun median(values: vector<u64>): u64 {
        let count = values.length();
        let i = 1;
        while (i < count) {
            let j = i;
            while (j > 0 && values[j - 1] > values[j]) {
                values.swap(j - 1, j);
                j -= 1;
            };
            i += 1;
        };
        let middle = values[count / 2];
        if (count % 2 == 1) middle else mean(values[count / 2 - 1], middle)
    }

    /// One step of an exponential moving average over `tau` seconds.
    public fun ema(previous: I128, x: I128, dt: u64, tau: u64): I128 {
        let weight = if (dt < tau) dt else tau;
        previous.add(x.sub(previous).mul_div_trunc(int128::from((weight as u128)), int128::from((tau as u128))))
    }

    /// The mark of a perpetual. 0 stands for a side of the book, a last trade or an external price that is missing.
    public fun mark(index: u64, basis: I128, bid: u64, ask: u64, last: u64, external: u64): u64 {
        let fair = int128::from((index as u128)).add(basis).max(int128::from(1)).magnitude();
        let book = if (bid != 0 && ask != 0) median(vector[bid, ask, if (last == 0) mean(bid, ask) else last]) else index;
        let fair = if (fair > 18446744073709551615) 18446744073709551615u64 else (fair as u64);
        let middle = if (external != 0) median(vector[fair, book, external]) else mean(fair, book);
        let (low, high) = ((index as u128) * (RATE - MARK_BAND), (index as u128) * (RATE + MARK_BAND) / RATE);
        let low = ((low + RATE - 1) / RATE as u64);
        if (middle < low) low else if ((middle as u128) > high) (high as u64) else middle
    }

    /// Whether a price lies more than 10 % away from the average of five minutes.
    public fun breaker(price: u64, average: u64): bool {
        let distance = if (price > average) price - average else average - price;
        (distance as u128) * RATE > (average as u128) * BREAKER
    }

    /// The price moved to within 10 % of the average, inward.
    public fun within_breaker(price: u64, average: u64): u64 {
        let low = (((average as u128) * (RATE - BREAKER) + RATE - 1) / RATE as u64);
        let high = ((average as u128) * (RATE + BREAKER) / RATE as u64);
        if (price < low) low else if (price > high) high else price
    }

    fun mean(a: u64, b: u64): u64 { (((a as u128) + (b as u128)) / 2 as u64) }
}
