/// Uniform-price auctions: one price for all, at which the most is traded.
///
/// Ties: least imbalance, nearest to the reference, lower price. Better-priced orders fill fully, the marginal level pro rata in
/// lots, left-over lots by largest remainder, then lowest id. Prices and sizes with 9 decimals; sizes are lot multiples.
/// Units: prices and sizes with 9 decimals. Shares of the marginal level round down to the lot. Invariant: what is bought is what is
/// sold.
module derivatives::auction {
    use derivatives::units;

    /// More orders than one auction takes, or a size that is no lot multiple.
    const E_LOT: u64 = 0x0302;

    /// An auction takes this many orders.
    const ORDERS_MAX: u64 = 256;

    /// An order.
    struct Order has copy, drop, store { id: u64, is_buy: bool, price: u64, size: u128 }

    /// What an order got.
    struct Fill has copy, drop, store { id: u64, size: u128 }

    /// An order.
    public fun order(id: u64, is_buy: bool, price: u64, size: u128): Order { Order { id, is_buy, price, size } }

    /// The price, the volume and the fills by id. Price 0 if nothing trades.
    public fun clear(orders: &vector<Order>, lot: u128, reference: u64): (u64, u128, vector<Fill>) {
        let count = orders.length();
        assert!(count <= ORDERS_MAX, E_LOT);
        let (found, best, best_volume, best_rest, best_distance) = (false, 0u64, 0u128, 0u128, 0u64);
        let i = 0;
        while (i < count) {
            assert!(orders[i].size % lot == 0, E_LOT);
            let price = orders[i].price;
            let (demand, supply) = (0u128, 0u128);
            let j = 0;
            while (j < count) {
                let order = &orders[j];
                if (order.is_buy) { if (order.price >= price) demand += order.size; }
                else if (order.price <= price) supply += order.size;
                j += 1;
            };
            let volume = if (demand < supply) demand else supply;
            let rest = if (demand < supply) supply - demand else demand - supply;
            let distance = if (price < reference) reference - price else price - reference;
            let better = !found || volume > best_volume || (volume == best_volume && (rest < best_rest
                || (rest == best_rest && (distance < best_distance || (distance == best_distance && price < best)))));
            if (better) {
                found = true;
                best = price;
                best_volume = volume;
                best_rest = rest;
                best_distance = distance;
            };
            i += 1;
        };
        if (best_volume == 0) return (0, 0, vector[]);
        let fills = vector[];
        fill_side(orders, true, best, best_volume, lot, &mut fills);
        fill_side(orders, false, best, best_volume, lot, &mut fills);
        (best, best_volume, fills)
    }

    /// Fills one side level by level, best first.
    fun fill_side(orders: &vector<Order>, is_buy: bool, price: u64, volume: u128, lot: u128, fills: &mut vector<Fill>) {
        let left = volume;
        let (has_last, last) = (false, 0u64);
        while (left != 0) {
            // The best level not yet served.
            let (has_level, level, total) = (false, 0u64, 0u128);
            let i = 0;
            while (i < orders.length()) {
                let order = &orders[i];
                let eligible = order.is_buy == is_buy
                    && (if (is_buy) order.price >= price else order.price <= price)
                    && (!has_last || (if (is_buy) order.price < last else order.price > last));
                if (eligible) {
                    if (has_level && order.price == level) total += order.size
                    else if (!has_level || (if (is_buy) order.price > level else order.price < level)) {
                        has_level = true;
                        level = order.price;
                        total = order.size;
                    };
                };
                i += 1;
            };
            if (!has_level) break;
            let served = if (total <= left) total else left;
            fill_level(orders, is_buy, level, total, served, lot, fills);
            left -= served;
            has_last = true;
            last = level;
        }
    }

    /// Serves `served` of the `total` at one level.
    fun fill_level(
        orders: &vector<Order>, is_buy: bool, level: u64, total: u128, served: u128, lot: u128, fills: &mut vector<Fill>
    ) {
        let lots = served / lot;
        let (ids, parts, rests, given) = (vector<u64>[], vector<u128>[], vector<u128>[], 0u128);
        let i = 0;
        while (i < orders.length()) {
            let order = &orders[i];
            if (order.is_buy == is_buy && order.price == level) {
                let share = units::mul_div(lots, order.size, total);
                let rest = (((lots as u256) * (order.size as u256) % (total as u256)) as u128);
                ids.push_back(order.id);
                parts.push_back(share);
                rests.push_back(rest + 1);
                given += share;
            };
            i += 1;
        };
        while (given < lots) {
            // One more lot to the largest remainder, then the lowest id; a remainder is used once.
            let (at, j) = (0, 1);
            while (j < ids.length()) {
                if (rests[j] > rests[at] || (rests[j] == rests[at] && ids[j] < ids[at])) at = j;
                j += 1;
            };
            parts[at] += 1;
            rests[at] = 0;
            given += 1;
        };
        i = 0;
        while (i < ids.length()) {
            if (parts[i] != 0) insert(fills, Fill { id: ids[i], size: parts[i] * lot });
            i += 1;
        }
    }

    /// Keeps fills in order of id.
    fun insert(fills: &mut vector<Fill>, fill: Fill) {
        let at = fills.length();
        while (at > 0 && fills[at - 1].id > fill.id) at -= 1;
        fills.insert(at, fill);
    }

    /// Id and size.
    public fun unpack_fill(self: &Fill): (u64, u128) { (self.id, self.size) }
}
