/// Covered calls on the native coin: the right to a coin's rise above a strike, paid out of coins that the writer put aside.
///
/// Life of a call: `write` escrows the coins; `buy` pays the premium and names the holder, or `cancel` takes it back; from expiry
/// on, `fix` takes the oracle's price as the settlement, once; `settle` pays the holder and gives the rest to the writer.
///
/// Units: amounts in smallest units of the coin; `_e9` prices, quote coins per coin with 9 decimals; `_secs` seconds since 1970.
/// Invariant: the escrow of a call is its `amount` until it ends, and what ends it pays out exactly that.
module option_example::covered_call {
    use std::error;
    use std::option::{Self, Option};
    use std::signer;
    use aptos_framework::aptos_coin::AptosCoin;
    use aptos_framework::coin::{Self, Coin};
    use aptos_framework::event;
    use aptos_framework::object::{Self, DeleteRef, Object};
    use aptos_framework::timestamp;
    use option_example::oracle;
    use option_example::payoff;

    /// There is no call at this address: it was settled or cancelled.
    const ECALL_NOT_FOUND: u64 = 1;
    /// Amount and strike are above 0.
    const EZERO: u64 = 2;
    /// The call has expired, or would at once.
    const EEXPIRED: u64 = 3;
    /// The call has not expired yet.
    const ENOT_EXPIRED: u64 = 4;
    /// Somebody holds the call.
    const EHELD: u64 = 5;
    /// Only the writer can take a call back.
    const ENOT_WRITER: u64 = 6;
    /// The account publishes no price.
    const EORACLE_NOT_FOUND: u64 = 7;

    /// One call, at an object of its own.
    struct Call has key {
        writer: address,
        holder: Option<address>,
        oracle: address,
        strike_e9: u64,
        premium: u64,
        expiry_secs: u64,
        /// The price that decides, once it is known.
        settlement_e9: Option<u64>,
        escrow: Coin<AptosCoin>,
        delete_ref: DeleteRef
    }

    #[event]
    /// Coins were put aside for a call.
    struct Written has drop, store {
        call: address,
        writer: address,
        oracle: address,
        amount: u64,
        strike_e9: u64,
        premium: u64,
        expiry_secs: u64
    }

    #[event]
    /// A call has a holder.
    struct Bought has drop, store {
        call: address,
        holder: address,
        premium: u64
    }

    #[event]
    /// A call that nobody held was taken back.
    struct Cancelled has drop, store {
        call: address,
        amount: u64
    }

    #[event]
    /// The price that decides is known.
    struct Fixed has drop, store {
        call: address,
        settlement_e9: u64
    }

    #[event]
    /// A call ended: the holder has the payoff, the writer the remainder.
    struct Settled has drop, store {
        call: address,
        settlement_e9: u64,
        payoff: u64,
        remainder: u64
    }

    /// Offers a call on `amount` coins of the writer's for `premium`, decided by the price of `oracle` at `expiry_secs`.
    public entry fun write(
        writer: &signer, oracle: address, amount: u64, strike_e9: u64, premium: u64, expiry_secs: u64
    ) {
        write_call(writer, oracle, amount, strike_e9, premium, expiry_secs);
    }

    /// As `write`, and returns the call.
    public fun write_call(
        writer: &signer, oracle: address, amount: u64, strike_e9: u64, premium: u64, expiry_secs: u64
    ): Object<Call> {
        assert!(amount > 0 && strike_e9 > 0, error::invalid_argument(EZERO));
        assert!(timestamp::now_seconds() < expiry_secs, error::invalid_argument(EEXPIRED));
        assert!(oracle::exists_at(oracle), error::not_found(EORACLE_NOT_FOUND));
        let escrow = coin::withdraw<AptosCoin>(writer, amount);
        let writer_addr = signer::address_of(writer);
        let constructor = object::create_object(writer_addr);
        let call_signer = constructor.generate_signer();
        move_to(
            &call_signer,
            Call {
                writer: writer_addr,
                holder: option::none(),
                oracle,
                strike_e9,
                premium,
                expiry_secs,
                settlement_e9: option::none(),
                escrow,
                delete_ref: constructor.generate_delete_ref()
            }
        );
        let call = signer::address_of(&call_signer);
        event::emit(Written { call, writer: writer_addr, oracle, amount, strike_e9, premium, expiry_secs });
        constructor.object_from_constructor_ref<Call>()
    }

    /// Pays the premium to the writer and holds the call from now on.
    public entry fun buy(buyer: &signer, call: Object<Call>) {
        let at = existing(call);
        let terms = &mut Call[at];
        assert!(terms.holder.is_none(), error::invalid_state(EHELD));
        assert!(timestamp::now_seconds() < terms.expiry_secs, error::invalid_state(EEXPIRED));
        let holder = signer::address_of(buyer);
        terms.holder.fill(holder);
        coin::transfer<AptosCoin>(buyer, terms.writer, terms.premium);
        event::emit(Bought { call: at, holder, premium: terms.premium });
    }

    /// Takes a call that nobody holds back.
    public entry fun cancel(writer: &signer, call: Object<Call>) {
        let at = existing(call);
        assert!(Call[at].writer == signer::address_of(writer), error::permission_denied(ENOT_WRITER));
        assert!(Call[at].holder.is_none(), error::invalid_state(EHELD));
        let (escrow, writer_addr, _) = end(at);
        event::emit(Cancelled { call: at, amount: coin::value(&escrow) });
        coin::deposit(writer_addr, escrow);
    }

    /// Takes the oracle's present price as the settlement, unless there is one. Anyone may do this from expiry on, at the time of
    /// the block; the price must not be older than 60 seconds.
    public entry fun fix(call: Object<Call>) {
        fix_at(existing(call));
    }

    /// Pays out: the payoff to the holder, the remainder to the writer. Anyone may do this from expiry on; it fixes the settlement
    /// where nobody has.
    public entry fun settle(call: Object<Call>) {
        let at = existing(call);
        let settlement_e9 = fix_at(at);
        let strike_e9 = Call[at].strike_e9;
        let (escrow, writer, holder) = end(at);
        let payoff = 0;
        if (holder.is_some()) {
            payoff = payoff::call(coin::value(&escrow), strike_e9, settlement_e9);
            coin::deposit(holder.destroy_some(), coin::extract(&mut escrow, payoff));
        };
        event::emit(Settled { call: at, settlement_e9, payoff, remainder: coin::value(&escrow) });
        coin::deposit(writer, escrow);
    }

    #[view]
    /// Coins put aside for the call.
    public fun escrowed(call: Object<Call>): u64 {
        coin::value(&Call[existing(call)].escrow)
    }

    #[view]
    /// Who holds the call, if anyone.
    public fun holder(call: Object<Call>): Option<address> {
        Call[existing(call)].holder
    }

    #[view]
    /// The price that decides, once it is known.
    public fun settlement_e9(call: Object<Call>): Option<u64> {
        Call[existing(call)].settlement_e9
    }

    #[view]
    /// What the holder would receive if the settlement were the present price.
    public fun payoff_now(call: Object<Call>): u64 {
        let terms = &Call[existing(call)];
        payoff::call(coin::value(&terms.escrow), terms.strike_e9, oracle::price_e9(terms.oracle))
    }

    fun fix_at(at: address): u64 {
        let terms = &mut Call[at];
        assert!(terms.expiry_secs <= timestamp::now_seconds(), error::invalid_state(ENOT_EXPIRED));
        if (terms.settlement_e9.is_none()) {
            let settlement_e9 = oracle::price_e9(terms.oracle);
            terms.settlement_e9.fill(settlement_e9);
            event::emit(Fixed { call: at, settlement_e9 });
        };
        *terms.settlement_e9.borrow()
    }

    fun existing(call: Object<Call>): address {
        let at = object::object_address(&call);
        assert!(exists<Call>(at), error::not_found(ECALL_NOT_FOUND));
        at
    }

    /// Removes the call; its escrow is the caller's to pay out.
    fun end(at: address): (Coin<AptosCoin>, address, Option<address>) {
        let Call {
            writer,
            holder,
            oracle: _,
            strike_e9: _,
            premium: _,
            expiry_secs: _,
            settlement_e9: _,
            escrow,
            delete_ref
        } = move_from<Call>(at);
        delete_ref.delete();
        (escrow, writer, holder)
    }
}
