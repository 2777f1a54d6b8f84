/// A lending pool: deposit assets and earn interest, borrow others against them, liquidate who owes too much.
///
/// Every asset has a reserve. A deposit gives shares of the reserve, as a fungible asset of its own that can be passed on; a debt
/// is a number that grows with the reserve's index. A borrower's collateral are shares that they handed in.
///
/// Invariant, per reserve: what is idle in the vault and what is owed is at least what all shares are worth together.
module lending::pool {
    use std::error;
    use std::option;
    use std::signer;
    use std::string::{Self, String};
    use aptos_std::math64;
    use aptos_std::math128;
    use aptos_std::ordered_map::{Self, OrderedMap};
    use aptos_std::smart_vector::{Self, SmartVector};
    use aptos_std::table::{Self, Table};
    use aptos_framework::event;
    use aptos_framework::fungible_asset::{Self, BurnRef, FungibleAsset, FungibleStore, Metadata, MintRef};
    use aptos_framework::object::{Self, ExtendRef, Object};
    use aptos_framework::primary_fungible_store;
    use aptos_framework::timestamp;
    use lending::prices;
    use lending::rates::{Self, Curve};

    /// Only the protocol's account may do this.
    const ENOT_PROTOCOL: u64 = 1;
    /// The asset has a reserve.
    const ERESERVE_EXISTS: u64 = 2;
    /// The asset has no reserve.
    const ERESERVE_NOT_FOUND: u64 = 3;
    /// Parts are below 100 %, and the threshold is not below the limit for borrowing.
    const EINVALID_TERMS: u64 = 4;
    /// The amount is 0, or too small to be worth anything.
    const EZERO: u64 = 5;
    /// The reserve does not have that much at present.
    const EILLIQUID: u64 = 6;
    /// The collateral does not carry the debt.
    const EUNDERCOLLATERALIZED: u64 = 7;
    /// The borrower owes nothing of the asset.
    const ENO_DEBT: u64 = 8;
    /// The borrower's collateral carries the debt.
    const EHEALTHY: u64 = 9;
    /// One liquidation repays at most half of a debt.
    const ETOO_MUCH_LIQUIDATED: u64 = 10;
    /// The borrower has not so much collateral of the asset.
    const EINSUFFICIENT_COLLATERAL: u64 = 11;
    /// The flash loan is of another asset.
    const EFLASH_LOAN_MISMATCH: u64 = 12;
    /// The flash loan was not paid back with its fee.
    const EFLASH_LOAN_NOT_REPAID: u64 = 13;
    /// The reserve takes no deposits and gives no loans at present.
    const EPAUSED: u64 = 14;
    /// The reserve would hold more than its cap.
    const ECAP_EXCEEDED: u64 = 15;

    const BPS: u64 = 10000;
    const FLASH_FEE_BPS: u64 = 9;
    /// The part of a debt that one liquidation may repay.
    const CLOSE_FACTOR_BPS: u64 = 5000;

    /// The protocol, at its account.
    struct Protocol has key {
        extend_ref: ExtendRef,
        reserves: OrderedMap<address, Reserve>,
        positions: Table<address, Position>,
        /// Everyone who ever had a position, for listing.
        borrowers: SmartVector<address>
    }

    /// One asset that is lent and borrowed.
    struct Reserve has store {
        asset: Object<Metadata>,
        vault: Object<FungibleStore>,
        share: Object<Metadata>,
        share_mint: MintRef,
        share_burn: BurnRef,
        /// Shares that borrowers handed in as collateral.
        collateral: Object<FungibleStore>,
        terms: Terms,
        curve: Curve,
        paused: bool,
        /// Debts in units of the index, and the index.
        scaled_debt: u128,
        index_wad: u128,
        accrued_secs: u64,
        /// What the protocol earned and did not take out; part of the vault that no share has.
        protocol_fees: u64
    }

    /// What a reserve demands.
    struct Terms has copy, drop, store {
        /// Of the worth of collateral, what may be borrowed.
        borrow_limit_bps: u64,
        /// Of the worth of collateral, what may be owed before it is liquidated.
        liquidation_threshold_bps: u64,
        /// What liquidators get beyond what they pay.
        liquidation_bonus_bps: u64,
        /// The protocol's part of interest.
        protocol_fee_bps: u64,
        /// What may be deposited at most.
        deposit_cap: u64
    }

    /// What one account owes, and what it handed in, by asset.
    struct Position has drop, store {
        debts: OrderedMap<address, u128>,
        collateral_shares: OrderedMap<address, u64>
    }

    /// Must be given back within the transaction.
    struct FlashLoan {
        asset: address,
        amount: u64,
        fee: u64
    }

    #[event]
    /// An asset can be deposited and borrowed.
    struct ReserveAdded has drop, store {
        asset: address,
        share: address
    }

    #[event]
    /// Somebody deposited.
    struct Deposited has drop, store {
        asset: address,
        account: address,
        amount: u64,
        shares: u64
    }

    #[event]
    /// Somebody gave shares back.
    struct Redeemed has drop, store {
        asset: address,
        account: address,
        amount: u64,
        shares: u64
    }

    #[event]
    /// Collateral of an account changed; shares after the change.
    struct CollateralChanged has drop, store {
        asset: address,
        account: address,
        shares: u64
    }

    #[event]
    /// Somebody borrowed.
    struct Borrowed has drop, store {
        asset: address,
        account: address,
        amount: u64
    }

    #[event]
    /// A debt was paid back, in part or whole.
    struct Repaid has drop, store {
        asset: address,
        account: address,
        payer: address,
        amount: u64
    }

    #[event]
    /// A debt was repaid by another, who took collateral.
    struct Liquidated has drop, store {
        account: address,
        liquidator: address,
        debt_asset: address,
        repaid: u64,
        collateral_asset: address,
        shares_taken: u64
    }

    #[event]
    /// Somebody borrowed and paid back at once.
    struct FlashLoaned has drop, store {
        asset: address,
        amount: u64,
        fee: u64
    }

    fun init_module(protocol: &signer) {
        let constructor = object::create_named_object(protocol, b"lending::pool");
        move_to(
            protocol,
            Protocol {
                extend_ref: constructor.generate_extend_ref(),
                reserves: ordered_map::new(),
                positions: table::new(),
                borrowers: smart_vector::new()
            }
        );
    }

    // ---- The protocol ----

    /// Terms of a reserve.
    public fun new_terms(
        borrow_limit_bps: u64,
        liquidation_threshold_bps: u64,
        liquidation_bonus_bps: u64,
        protocol_fee_bps: u64,
        deposit_cap: u64
    ): Terms {
        assert!(
            borrow_limit_bps <= liquidation_threshold_bps
                && liquidation_threshold_bps < BPS
                && liquidation_bonus_bps < BPS
                && protocol_fee_bps < BPS,
            error::invalid_argument(EINVALID_TERMS)
        );
        Terms {
            borrow_limit_bps,
            liquidation_threshold_bps,
            liquidation_bonus_bps,
            protocol_fee_bps,
            deposit_cap
        }
    }

    /// Adds a reserve with a curve of 2 %, 10 % up to 80 % utilization, and 100 % beyond.
    public entry fun add_reserve(
        protocol: &signer,
        asset: Object<Metadata>,
        borrow_limit_bps: u64,
        liquidation_threshold_bps: u64,
        liquidation_bonus_bps: u64,
        protocol_fee_bps: u64,
        deposit_cap: u64
    ) {
        let percent = rates::wad() / 100;
        add_reserve_with_curve(
            protocol,
            asset,
            new_terms(
                borrow_limit_bps,
                liquidation_threshold_bps,
                liquidation_bonus_bps,
                protocol_fee_bps,
                deposit_cap
            ),
            rates::new_curve(2 * percent, 10 * percent, 100 * percent, 80 * percent)
        );
    }

    /// Adds a reserve.
    public fun add_reserve_with_curve(
        protocol: &signer, asset: Object<Metadata>, terms: Terms, curve: Curve
    ) {
        assert_protocol(protocol);
        let p = &mut Protocol[@lending];
        let asset_addr = object::object_address(&asset);
        assert!(!p.reserves.contains(&asset_addr), error::already_exists(ERESERVE_EXISTS));
        let pool_signer = p.extend_ref.generate_signer_for_extending();
        let pool_addr = signer::address_of(&pool_signer);

        let symbol = share_symbol(fungible_asset::symbol(asset));
        let share_ref = object::create_named_object(&pool_signer, *symbol.bytes());
        primary_fungible_store::create_primary_store_enabled_fungible_asset(
            &share_ref,
            option::none(),
            symbol,
            symbol,
            fungible_asset::decimals(asset),
            string::utf8(b""),
            string::utf8(b"")
        );
        let share = share_ref.object_from_constructor_ref<Metadata>();
        p.reserves.add(
            asset_addr,
            Reserve {
                asset,
                vault: fungible_asset::create_store(&object::create_sticky_object(pool_addr), asset),
                share,
                share_mint: fungible_asset::generate_mint_ref(&share_ref),
                share_burn: fungible_asset::generate_burn_ref(&share_ref),
                collateral: fungible_asset::create_store(&object::create_sticky_object(pool_addr), share),
                terms,
                curve,
                paused: false,
                scaled_debt: 0,
                index_wad: rates::wad(),
                accrued_secs: timestamp::now_seconds(),
                protocol_fees: 0
            }
        );
        event::emit(ReserveAdded { asset: asset_addr, share: object::object_address(&share) });
    }

    /// Stops deposits and loans of an asset, or starts them again. Giving back always works.
    public entry fun set_paused(protocol: &signer, asset: Object<Metadata>, paused: bool) {
        assert_protocol(protocol);
        Protocol[@lending].reserve_mut(asset).paused = paused;
    }

    /// Pays the protocol's part of interest out.
    public entry fun collect_fees(protocol: &signer, asset: Object<Metadata>) {
        assert_protocol(protocol);
        let p = &mut Protocol[@lending];
        let reserve = p.reserve_mut(asset);
        let amount = math64::min(reserve.protocol_fees, fungible_asset::balance(reserve.vault));
        reserve.protocol_fees -= amount;
        let vault = reserve.vault;
        let paid = p.pay(vault, amount);
        primary_fungible_store::deposit(signer::address_of(protocol), paid);
    }

    // ---- Depositors ----

    /// Deposits, and puts the shares into the depositor's primary store.
    public entry fun deposit(account: &signer, asset: Object<Metadata>, amount: u64) {
        let paid = primary_fungible_store::withdraw(account, asset, amount);
        let shares = deposit_asset(signer::address_of(account), paid);
        primary_fungible_store::deposit(signer::address_of(account), shares);
    }

    /// Deposits for an account, and returns the shares.
    public fun deposit_asset(account: address, paid: FungibleAsset): FungibleAsset {
        let asset = paid.asset_metadata();
        let amount = paid.amount();
        let reserve = Protocol[@lending].reserve_mut(asset);
        assert!(!reserve.paused, error::unavailable(EPAUSED));
        assert!(
            reserve.total_assets() + (amount as u128) <= (reserve.terms.deposit_cap as u128),
            error::resource_exhausted(ECAP_EXCEEDED)
        );
        let shares = reserve.shares_for(amount);
        assert!(shares > 0, error::invalid_argument(EZERO));
        fungible_asset::deposit(reserve.vault, paid);
        event::emit(Deposited { asset: object::object_address(&asset), account, amount, shares });
        reserve.share_mint.mint(shares)
    }

    /// Gives shares from the depositor's primary store back for the asset.
    public entry fun redeem(account: &signer, asset: Object<Metadata>, shares: u64) {
        let share = share_of(asset);
        let given = primary_fungible_store::withdraw(account, share, shares);
        let addr = signer::address_of(account);
        primary_fungible_store::deposit(addr, redeem_shares(addr, asset, given));
    }

    /// Gives shares back for an account, and returns the asset.
    public fun redeem_shares(account: address, asset: Object<Metadata>, given: FungibleAsset): FungibleAsset {
        let p = &mut Protocol[@lending];
        let reserve = p.reserve_mut(asset);
        let shares = given.amount();
        let amount = reserve.worth_of(shares);
        assert!(amount > 0, error::invalid_argument(EZERO));
        assert!(amount <= reserve.idle(), error::unavailable(EILLIQUID));
        reserve.share_burn.burn(given);
        event::emit(Redeemed { asset: object::object_address(&asset), account, amount, shares });
        let vault = reserve.vault;
        p.pay(vault, amount)
    }

    // ---- Borrowers ----

    /// Hands shares from the borrower's primary store in as collateral.
    public entry fun add_collateral(account: &signer, asset: Object<Metadata>, shares: u64) {
        assert!(shares > 0, error::invalid_argument(EZERO));
        let given = primary_fungible_store::withdraw(account, share_of(asset), shares);
        let p = &mut Protocol[@lending];
        fungible_asset::deposit(p.reserve_mut(asset).collateral, given);
        let addr = signer::address_of(account);
        let asset_addr = object::object_address(&asset);
        let position = p.position_mut(addr);
        let present = position.collateral_shares.remove_or_none(&asset_addr).destroy_with_default(0);
        position.collateral_shares.add(asset_addr, present + shares);
        event::emit(CollateralChanged { asset: asset_addr, account: addr, shares: present + shares });
    }

    /// Takes collateral back, as long as the rest carries the debt.
    public entry fun remove_collateral(account: &signer, asset: Object<Metadata>, shares: u64) {
        let addr = signer::address_of(account);
        let p = &mut Protocol[@lending];
        p.accrue_all();
        let taken = p.take_collateral(addr, asset, shares);
        primary_fungible_store::deposit(addr, taken);
        p.assert_can_borrow(addr);
    }

    /// Borrows, as far as the collateral carries it.
    public entry fun borrow(account: &signer, asset: Object<Metadata>, amount: u64) {
        assert!(amount > 0, error::invalid_argument(EZERO));
        let addr = signer::address_of(account);
        let asset_addr = object::object_address(&asset);
        let p = &mut Protocol[@lending];
        p.accrue_all();
        let reserve = p.reserve_mut(asset);
        assert!(!reserve.paused, error::unavailable(EPAUSED));
        assert!(amount <= reserve.idle(), error::unavailable(EILLIQUID));
        let scaled = rates::div_up((amount as u128), rates::wad(), reserve.index_wad);
        reserve.scaled_debt += scaled;
        let vault = reserve.vault;
        let position = p.position_mut(addr);
        let present = position.debts.remove_or_none(&asset_addr).destroy_with_default(0);
        position.debts.add(asset_addr, present + scaled);
        let paid = p.pay(vault, amount);
        primary_fungible_store::deposit(addr, paid);
        p.assert_can_borrow(addr);
        event::emit(Borrowed { asset: asset_addr, account: addr, amount });
    }

    /// Pays the debt of an account back, at most what it owes.
    public entry fun repay(payer: &signer, asset: Object<Metadata>, account: address, amount: u64) {
        let p = &mut Protocol[@lending];
        let owed = p.debt(asset, account);
        assert!(owed > 0, error::invalid_state(ENO_DEBT));
        let amount = math64::min(amount, owed);
        assert!(amount > 0, error::invalid_argument(EZERO));
        let paid = primary_fungible_store::withdraw(payer, asset, amount);
        p.settle_debt(asset, account, paid);
        event::emit(
            Repaid {
                asset: object::object_address(&asset),
                account,
                payer: signer::address_of(payer),
                amount
            }
        );
    }

    /// Pays part of the debt of an account whose collateral no longer carries it, and takes collateral of the same worth and a
    /// bonus.
    public entry fun liquidate(
        liquidator: &signer,
        account: address,
        debt_asset: Object<Metadata>,
        repaid: u64,
        collateral_asset: Object<Metadata>
    ) {
        let p = &mut Protocol[@lending];
        p.accrue_all();
        let (threshold, owed) = p.health(account);
        assert!(owed > threshold, error::invalid_state(EHEALTHY));
        let debt = p.debt(debt_asset, account);
        assert!(debt > 0, error::invalid_state(ENO_DEBT));
        assert!(
            repaid <= math64::max(1, math64::mul_div(debt, CLOSE_FACTOR_BPS, BPS)),
            error::invalid_argument(ETOO_MUCH_LIQUIDATED)
        );
        let paid = primary_fungible_store::withdraw(liquidator, debt_asset, repaid);
        p.settle_debt(debt_asset, account, paid);

        let bonus_bps = p.reserve_mut(collateral_asset).terms.liquidation_bonus_bps;
        let worth = (repaid as u128) * prices::value_wad(debt_asset);
        let worth = math128::mul_div(worth, ((BPS + bonus_bps) as u128), (BPS as u128));
        let seized = ((worth / prices::value_wad(collateral_asset)) as u64);
        let shares = p.reserve_mut(collateral_asset).shares_for(seized);
        assert!(shares > 0, error::invalid_argument(EZERO));
        let taken = p.take_collateral(account, collateral_asset, shares);
        let addr = signer::address_of(liquidator);
        primary_fungible_store::deposit(addr, taken);
        event::emit(
            Liquidated {
                account,
                liquidator: addr,
                debt_asset: object::object_address(&debt_asset),
                repaid,
                collateral_asset: object::object_address(&collateral_asset),
                shares_taken: shares
            }
        );
    }

    /// Lends without collateral, for as long as the transaction lasts.
    public fun flash_borrow(asset: Object<Metadata>, amount: u64): (FungibleAsset, FlashLoan) {
        let p = &mut Protocol[@lending];
        let reserve = p.reserve_mut(asset);
        assert!(!reserve.paused, error::unavailable(EPAUSED));
        assert!(amount <= reserve.idle(), error::unavailable(EILLIQUID));
        let fee = math64::ceil_div(math64::mul_div(amount, FLASH_FEE_BPS, 1), BPS);
        let vault = reserve.vault;
        (p.pay(vault, amount), FlashLoan { asset: object::object_address(&asset), amount, fee })
    }

    /// What must be given back for a flash loan.
    public fun flash_owed(self: &FlashLoan): u64 {
        self.amount + self.fee
    }

    /// Gives a flash loan back with its fee, which goes to the depositors.
    public fun flash_repay(paid: FungibleAsset, loan: FlashLoan) {
        let FlashLoan { asset, amount, fee } = loan;
        let metadata = paid.asset_metadata();
        assert!(object::object_address(&metadata) == asset, error::invalid_argument(EFLASH_LOAN_MISMATCH));
        assert!(paid.amount() >= amount + fee, error::invalid_argument(EFLASH_LOAN_NOT_REPAID));
        fungible_asset::deposit(Protocol[@lending].reserve_mut(metadata).vault, paid);
        event::emit(FlashLoaned { asset, amount, fee });
    }

    // ---- Views ----

    #[view]
    /// The share asset of a reserve.
    public fun share_of(asset: Object<Metadata>): Object<Metadata> {
        Protocol[@lending].reserve(asset).share
    }

    #[view]
    /// What shares of a reserve are worth, as of the last accrual.
    public fun worth(asset: Object<Metadata>, shares: u64): u64 {
        Protocol[@lending].reserve(asset).worth_of(shares)
    }

    #[view]
    /// What an account owes, with interest up to now.
    public fun debt_of(asset: Object<Metadata>, account: address): u64 {
        Protocol[@lending].debt(asset, account)
    }

    #[view]
    /// What an account may owe before it is liquidated, and what it owes, in quote units.
    public fun health_of(account: address): (u128, u128) {
        let p = &mut Protocol[@lending];
        p.accrue_all();
        p.health(account)
    }

    #[view]
    /// The yearly rate that borrowers pay at present.
    public fun borrow_rate_wad(asset: Object<Metadata>): u128 {
        Protocol[@lending].reserve(asset).current_rate_wad()
    }

    #[view]
    /// Everyone who ever had a position.
    public fun borrowers(): vector<address> {
        Protocol[@lending].borrowers.to_vector()
    }

    #[view]
    /// Shares that an account handed in as collateral.
    public fun collateral_of(asset: Object<Metadata>, account: address): u64 {
        let p = &Protocol[@lending];
        if (!p.positions.contains(account)) return 0;
        let shares = p.positions.borrow(account).collateral_shares.get(&object::object_address(&asset));
        shares.destroy_with_default(0)
    }

    // ---- Reserves ----

    // Inline: what a map lends with a key in hand cannot be returned once the key is gone.
    inline fun reserve(self: &Protocol, asset: Object<Metadata>): &Reserve {
        let addr = object::object_address(&asset);
        assert!(self.reserves.contains(&addr), error::not_found(ERESERVE_NOT_FOUND));
        self.reserves.borrow(&addr)
    }

    /// The reserve, with interest up to now.
    fun reserve_mut(self: &mut Protocol, asset: Object<Metadata>): &mut Reserve {
        let addr = object::object_address(&asset);
        assert!(self.reserves.contains(&addr), error::not_found(ERESERVE_NOT_FOUND));
        let reserve = self.reserves.borrow_mut(&addr);
        reserve.accrue();
        reserve
    }

    fun accrue_all(self: &mut Protocol) {
        self.reserves.for_each_mut(|_asset, reserve| reserve.accrue());
    }

    /// Lets debts grow, and notes the protocol's part of it.
    fun accrue(self: &mut Reserve) {
        let now = timestamp::now_seconds();
        let seconds = now - self.accrued_secs;
        if (seconds == 0) return;
        self.accrued_secs = now;
        if (self.scaled_debt == 0) return;
        let before = self.lent();
        self.index_wad = rates::grow_index(self.index_wad, self.current_rate_wad(), seconds);
        let interest = self.lent() - before;
        let fee = rates::div_down(interest, (self.terms.protocol_fee_bps as u128), (BPS as u128));
        self.protocol_fees += (fee as u64);
    }

    fun current_rate_wad(self: &Reserve): u128 {
        self.curve.rate_wad(rates::utilization_wad(self.lent(), (self.idle() as u128)))
    }

    /// What all borrowers owe.
    fun lent(self: &Reserve): u128 {
        rates::div_up(self.scaled_debt, self.index_wad, rates::wad())
    }

    /// What could be paid out now.
    fun idle(self: &Reserve): u64 {
        let held = fungible_asset::balance(self.vault);
        if (held > self.protocol_fees) held - self.protocol_fees else 0
    }

    /// What all shares are worth together.
    fun total_assets(self: &Reserve): u128 {
        let all = (fungible_asset::balance(self.vault) as u128) + self.lent();
        let fees = (self.protocol_fees as u128);
        if (all > fees) all - fees else 0
    }

    fun total_shares(self: &Reserve): u128 {
        fungible_asset::supply(self.share).destroy_with_default(0)
    }

    /// Shares for an amount, rounded down.
    fun shares_for(self: &Reserve, amount: u64): u64 {
        let (assets, shares) = (self.total_assets(), self.total_shares());
        if (shares == 0 || assets == 0) amount
        else (rates::div_down((amount as u128), shares, assets) as u64)
    }

    /// The amount for shares, rounded down.
    fun worth_of(self: &Reserve, shares: u64): u64 {
        let all = self.total_shares();
        if (all == 0) 0 else (rates::div_down((shares as u128), self.total_assets(), all) as u64)
    }

    // ---- Positions ----

    fun position_mut(self: &mut Protocol, account: address): &mut Position {
        if (!self.positions.contains(account)) {
            self.borrowers.push_back(account);
            self.positions.add(
                account, Position { debts: ordered_map::new(), collateral_shares: ordered_map::new() }
            );
        };
        self.positions.borrow_mut(account)
    }

    fun debt(self: &mut Protocol, asset: Object<Metadata>, account: address): u64 {
        let index_wad = self.reserve_mut(asset).index_wad;
        if (!self.positions.contains(account)) return 0;
        let scaled = self.positions.borrow(account).debts.get(&object::object_address(&asset));
        (rates::div_up(scaled.destroy_with_default(0), index_wad, rates::wad()) as u64)
    }

    /// Takes a payment into the reserve and off the debt.
    fun settle_debt(self: &mut Protocol, asset: Object<Metadata>, account: address, paid: FungibleAsset) {
        let owed = self.debt(asset, account);
        let asset_addr = object::object_address(&asset);
        let amount = paid.amount();
        let reserve = self.reserve_mut(asset);
        fungible_asset::deposit(reserve.vault, paid);
        let index_wad = reserve.index_wad;
        let position = self.position_mut(account);
        let scaled = position.debts.remove(&asset_addr);
        // What is paid whole is forgotten whole, rounding included.
        let off =
            if (amount >= owed) scaled
            else math128::min(scaled, rates::div_down((amount as u128), rates::wad(), index_wad));
        if (scaled > off) position.debts.add(asset_addr, scaled - off);
        let reserve = self.reserve_mut(asset);
        reserve.scaled_debt -= off;
    }

    fun take_collateral(
        self: &mut Protocol, account: address, asset: Object<Metadata>, shares: u64
    ): FungibleAsset {
        let asset_addr = object::object_address(&asset);
        let position = self.position_mut(account);
        let present = position.collateral_shares.remove_or_none(&asset_addr).destroy_with_default(0);
        assert!(present >= shares, error::invalid_argument(EINSUFFICIENT_COLLATERAL));
        if (present > shares) position.collateral_shares.add(asset_addr, present - shares);
        event::emit(CollateralChanged { asset: asset_addr, account, shares: present - shares });
        let store = self.reserve_mut(asset).collateral;
        self.pay(store, shares)
    }

    /// What the account may owe before it is liquidated, and what it owes, in quote units.
    fun health(self: &Protocol, account: address): (u128, u128) {
        let (threshold, _, owed) = self.sums(account);
        (threshold, owed)
    }

    fun assert_can_borrow(self: &Protocol, account: address) {
        let (_, limit, owed) = self.sums(account);
        assert!(owed <= limit, error::invalid_state(EUNDERCOLLATERALIZED));
    }

    /// Threshold, borrow limit and debt of an account in quote units; collateral rounded down, debt rounded up.
    fun sums(self: &Protocol, account: address): (u128, u128, u128) {
        let (threshold, limit, owed) = (0, 0, 0);
        if (!self.positions.contains(account)) return (0, 0, 0);
        let position = self.positions.borrow(account);
        position.collateral_shares.for_each_ref(|asset, shares| {
            let reserve = self.reserves.borrow(asset);
            let worth =
                rates::div_down((reserve.worth_of(*shares) as u128), prices::value_wad(reserve.asset), rates::wad());
            threshold += rates::div_down(worth, (reserve.terms.liquidation_threshold_bps as u128), (BPS as u128));
            limit += rates::div_down(worth, (reserve.terms.borrow_limit_bps as u128), (BPS as u128));
        });
        position.debts.for_each_ref(|asset, scaled| {
            let reserve = self.reserves.borrow(asset);
            let amount = rates::div_up(*scaled, reserve.index_wad, rates::wad());
            owed += rates::div_up(amount, prices::value_wad(reserve.asset), rates::wad());
        });
        (threshold, limit, owed)
    }

    fun pay(self: &Protocol, store: Object<FungibleStore>, amount: u64): FungibleAsset {
        fungible_asset::withdraw(&self.extend_ref.generate_signer_for_extending(), store, amount)
    }

    fun share_symbol(symbol: String): String {
        let name = string::utf8(b"s");
        name.append(symbol);
        name
    }

    fun assert_protocol(account: &signer) {
        assert!(signer::address_of(account) == @lending, error::permission_denied(ENOT_PROTOCOL));
    }

    #[test_only]
    /// What publication does.
    public fun init_for_test(protocol: &signer) {
        init_module(protocol);
    }

    #[test_only]
    /// Aborts unless the reserve covers its shares and its debts are those of its borrowers.
    public fun check(asset: Object<Metadata>) {
        let p = &mut Protocol[@lending];
        p.accrue_all();
        let asset_addr = object::object_address(&asset);
        let (scaled, handed_in) = (0, 0);
        p.borrowers.for_each_ref(|account| {
            let position = p.positions.borrow(*account);
            scaled += position.debts.get(&asset_addr).destroy_with_default(0);
            handed_in += position.collateral_shares.get(&asset_addr).destroy_with_default(0);
        });
        let reserve = p.reserves.borrow(&asset_addr);
        assert!(scaled == reserve.scaled_debt, 1021);
        assert!(handed_in == fungible_asset::balance(reserve.collateral), 1022);
        let covered = (fungible_asset::balance(reserve.vault) as u128) + reserve.lent();
        let all_shares = (reserve.total_shares() as u64);
        assert!(covered >= (reserve.worth_of(all_shares) as u128) + (reserve.protocol_fees as u128), 1023);
    }
}
