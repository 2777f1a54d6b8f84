/// Shares of a pool: what a deposit buys, what a share redeems, what fees dilute.
///
/// A virtual offset of 10^6 shares and one unit of assets makes inflation of the share price by a first depositor or a donation
/// worthless. Units: assets in quote, price per share with 18 decimals. Every division favours the pool.
/// Invariant: the price per share never falls by a deposit or a redemption.
/// Rounds down.
module derivatives::shares {
    /// The deposit is too small for a share.
    const E_ZERO_SHARES: u64 = 0x0903;
    /// More shares or assets than there are.
    const E_OVERFLOW: u64 = 0x0101;

    const VIRTUAL_SHARES: u256 = 1000000;
    const VIRTUAL_ASSETS: u256 = 1;
    /// 2 % a year.
    const MANAGEMENT: u256 = 20000000;
    /// 10 % of gains above the high-water mark.
    const PERFORMANCE: u256 = 100000000;
    const RATE: u256 = 1000000000;
    const WAD: u256 = 1000000000000000000;
    const YEAR: u256 = 31536000;

    /// The ledger of a pool. `hwm` is the high-water mark of the price per share, `accrued_s` when fees were last taken.
    struct Pool has copy, drop, store { assets: u128, shares: u256, hwm: u256, accrued_s: u64, fee_shares: u256 }

    /// An empty pool.
    public fun empty(): Pool { Pool { assets: 0, shares: 0, hwm: 0, accrued_s: 0, fee_shares: 0 } }

    /// The price per share with 18 decimals.
    public fun price_per_share(self: &Pool): u256 {
        ((self.assets as u256) + VIRTUAL_ASSETS) * WAD / (self.shares + VIRTUAL_SHARES)
    }

    /// The shares that a deposit would buy.
    public fun shares_for(self: &Pool, assets: u128): u256 {
        (assets as u256) * (self.shares + VIRTUAL_SHARES) / ((self.assets as u256) + VIRTUAL_ASSETS)
    }

    /// Takes a deposit in; returns its shares.
    public fun deposit(self: &mut Pool, assets: u128): u256 {
        let shares = self.shares_for(assets);
        assert!(shares != 0, E_ZERO_SHARES);
        self.assets += assets;
        self.shares += shares;
        shares
    }

    /// Redeems shares; returns the assets they are worth.
    public fun redeem(self: &mut Pool, shares: u256): u128 {
        assert!(shares <= self.shares, E_OVERFLOW);
        let assets = (shares * ((self.assets as u256) + VIRTUAL_ASSETS) / (self.shares + VIRTUAL_SHARES) as u128);
        self.assets -= assets;
        self.shares -= shares;
        assets
    }

    /// Books a gain.
    public fun gain(self: &mut Pool, assets: u128) { self.assets += assets; }

    /// Books a loss; a pool does not fall below nothing.
    public fun lose(self: &mut Pool, assets: u128) {
        self.assets = if (assets < self.assets) self.assets - assets else 0;
    }

    /// Takes fees up to `now` by dilution: for management, then for performance above the high-water mark. Returns both in shares.
    public fun accrue(self: &mut Pool, now: u64): (u256, u256) {
        let elapsed = ((now - self.accrued_s) as u256);
        self.accrued_s = now;
        let management = self.shares * MANAGEMENT * elapsed / (RATE * YEAR);
        self.shares += management;
        let price = self.price_per_share();
        if (self.hwm == 0) self.hwm = price;
        let performance = 0;
        if (price > self.hwm && self.shares != 0) {
            let gain = (price - self.hwm) * self.shares / WAD;
            let fee = gain * PERFORMANCE / RATE;
            let assets = (self.assets as u256) + VIRTUAL_ASSETS;
            let rest = if (assets > fee) assets - fee else 1;
            performance = fee * (self.shares + VIRTUAL_SHARES) / rest;
            self.shares += performance;
            let price = self.price_per_share();
            if (price > self.hwm) self.hwm = price;
        };
        self.fee_shares += management + performance;
        (management, performance)
    }

    /// Assets, shares, high-water mark, fee shares.
    public fun state(self: &Pool): (u128, u256, u256, u256) { (self.assets, self.shares, self.hwm, self.fee_shares) }

    /// What the pool holds.
    public fun assets(self: &Pool): u128 { self.assets }

    /// How many shares there are.
    public fun total(self: &Pool): u256 { self.shares }

    /// Sets the assets to a net value found elsewhere.
    public fun revalue(self: &mut Pool, assets: u128) { self.assets = assets; }
}
