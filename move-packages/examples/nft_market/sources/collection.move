/// Collections of unique tokens, each an object with an owner.
///
/// A collection belongs to whoever made it, has at most so many tokens, and asks a royalty of every sale. A token knows its
/// collection, its number, its name and its properties; its owner may burn it.
module nft_market::collection {
    use std::error;
    use std::option::{Self, Option};
    use std::signer;
    use std::string::String;
    use aptos_std::simple_map::{Self, SimpleMap};
    use aptos_std::string_utils;
    use aptos_framework::event;
    use aptos_framework::object::{Self, DeleteRef, ExtendRef, Object, TransferRef};
    use aptos_framework::timestamp;
    #[test_only]
    use std::string;
    #[test_only]
    use std::vector;

    /// The royalty is at most a fifth.
    const EROYALTY_TOO_HIGH: u64 = 1;
    /// The collection has as many tokens as it may.
    const ESOLD_OUT: u64 = 2;
    /// Only the collection's creator may do this.
    const ENOT_CREATOR: u64 = 3;
    /// Only the token's owner may do this.
    const ENOT_OWNER: u64 = 4;
    /// There are not as many values as keys.
    const EPROPERTIES_MISMATCH: u64 = 5;
    /// The name is empty or has more than 64 bytes.
    const EINVALID_NAME: u64 = 6;
    /// The token cannot be passed on.
    const ESOULBOUND: u64 = 7;
    /// There is no such property.
    const EPROPERTY_NOT_FOUND: u64 = 8;
    /// A collection may have at least one token.
    const EZERO_SUPPLY: u64 = 9;

    const BPS: u64 = 10000;
    const ROYALTY_MAX_BPS: u64 = 2000;
    const NAME_MAX: u64 = 64;

    /// A collection, at an object that its creator owns.
    struct Collection has key {
        creator: address,
        name: String,
        description: String,
        base_uri: String,
        royalty_bps: u64,
        royalty_receiver: address,
        supply: u64,
        minted: u64,
        supply_max: u64,
        extend_ref: ExtendRef
    }

    /// A token, at an object of its own.
    struct Token has key {
        collection: Object<Collection>,
        number: u64,
        name: String,
        properties: SimpleMap<String, String>,
        minted_secs: u64,
        transfer_ref: TransferRef,
        delete_ref: DeleteRef
    }

    #[event]
    /// There is a new collection.
    struct CollectionCreated has drop, store {
        collection: address,
        creator: address,
        supply_max: u64,
        royalty_bps: u64
    }

    #[event]
    /// There is a new token.
    struct Minted has drop, store {
        collection: address,
        token: address,
        number: u64,
        to: address
    }

    #[event]
    /// A token is no more.
    struct Burnt has drop, store {
        collection: address,
        token: address,
        number: u64
    }

    #[event]
    /// A property of a token changed.
    struct PropertySet has drop, store {
        token: address,
        key: String,
        value: String
    }

    /// Makes a collection.
    public entry fun create(
        creator: &signer,
        name: String,
        description: String,
        base_uri: String,
        supply_max: u64,
        royalty_bps: u64
    ) {
        create_collection(creator, name, description, base_uri, supply_max, royalty_bps);
    }

    /// As `create`, and returns the collection.
    public fun create_collection(
        creator: &signer,
        name: String,
        description: String,
        base_uri: String,
        supply_max: u64,
        royalty_bps: u64
    ): Object<Collection> {
        assert_name(&name);
        assert!(royalty_bps <= ROYALTY_MAX_BPS, error::out_of_range(EROYALTY_TOO_HIGH));
        assert!(supply_max > 0, error::invalid_argument(EZERO_SUPPLY));
        let creator_addr = signer::address_of(creator);
        let constructor = object::create_named_object(creator, *name.bytes());
        let collection_signer = constructor.generate_signer();
        move_to(
            &collection_signer,
            Collection {
                creator: creator_addr,
                name,
                description,
                base_uri,
                royalty_bps,
                royalty_receiver: creator_addr,
                supply: 0,
                minted: 0,
                supply_max,
                extend_ref: constructor.generate_extend_ref()
            }
        );
        event::emit(
            CollectionCreated {
                collection: signer::address_of(&collection_signer),
                creator: creator_addr,
                supply_max,
                royalty_bps
            }
        );
        constructor.object_from_constructor_ref<Collection>()
    }

    /// Where a collection of that creator and name is.
    public fun collection_address(creator: address, name: String): address {
        object::create_object_address(&creator, name.into_bytes())
    }

    /// Names who receives royalties.
    public entry fun set_royalty_receiver(
        creator: &signer, collection: Object<Collection>, receiver: address
    ) {
        let c = creators_own(creator, collection);
        Collection[c].royalty_receiver = receiver;
    }

    /// Lowers the royalty. Buyers were told the old one, so it never rises.
    public entry fun lower_royalty(creator: &signer, collection: Object<Collection>, royalty_bps: u64) {
        let c = creators_own(creator, collection);
        assert!(royalty_bps <= Collection[c].royalty_bps, error::out_of_range(EROYALTY_TOO_HIGH));
        Collection[c].royalty_bps = royalty_bps;
    }

    /// Makes a token and gives it away.
    public entry fun mint(
        creator: &signer,
        collection: Object<Collection>,
        to: address,
        keys: vector<String>,
        values: vector<String>
    ) {
        mint_token(creator, collection, to, keys, values, false);
    }

    /// Makes a token that stays with whom it is given to.
    public entry fun mint_soulbound(creator: &signer, collection: Object<Collection>, to: address) {
        mint_token(creator, collection, to, vector[], vector[], true);
    }

    /// Makes a token, gives it away, and returns it.
    public fun mint_token(
        creator: &signer,
        collection: Object<Collection>,
        to: address,
        keys: vector<String>,
        values: vector<String>,
        soulbound: bool
    ): Object<Token> {
        let c = creators_own(creator, collection);
        assert!(keys.length() == values.length(), error::invalid_argument(EPROPERTIES_MISMATCH));
        let collection_data = &mut Collection[c];
        assert!(collection_data.supply < collection_data.supply_max, error::resource_exhausted(ESOLD_OUT));
        collection_data.supply += 1;
        collection_data.minted += 1;
        let number = collection_data.minted;
        let name = collection_data.name;
        name.append(string_utils::format1(&b" #{}", number));

        let constructor = object::create_object(c);
        let token_signer = constructor.generate_signer();
        let transfer_ref = constructor.generate_transfer_ref();
        move_to(
            &token_signer,
            Token {
                collection,
                number,
                name,
                properties: simple_map::new_from(keys, values),
                minted_secs: timestamp::now_seconds(),
                transfer_ref,
                delete_ref: constructor.generate_delete_ref()
            }
        );
        let token = constructor.object_from_constructor_ref<Token>();
        let token_addr = signer::address_of(&token_signer);
        constructor.transfer_with_constructor_ref(to);
        if (soulbound) {
            Token[token_addr].transfer_ref.disable_ungated_transfer();
        };
        event::emit(Minted { collection: c, token: token_addr, number, to });
        token
    }

    /// Makes several tokens, one for each receiver.
    public entry fun mint_batch(creator: &signer, collection: Object<Collection>, receivers: vector<address>) {
        receivers.for_each(|to| {
            mint_token(creator, collection, to, vector[], vector[], false);
        });
    }

    /// Ends a token. Its number is never given again.
    public entry fun burn(owner: &signer, token: Object<Token>) {
        assert!(object::is_owner(token, signer::address_of(owner)), error::permission_denied(ENOT_OWNER));
        let at = object::object_address(&token);
        let Token {
            collection,
            number,
            name: _,
            properties: _,
            minted_secs: _,
            transfer_ref: _,
            delete_ref
        } = move_from<Token>(at);
        delete_ref.delete();
        let c = object::object_address(&collection);
        Collection[c].supply -= 1;
        event::emit(Burnt { collection: c, token: at, number });
    }

    /// Sets a property of a token.
    public entry fun set_property(creator: &signer, token: Object<Token>, key: String, value: String) {
        let at = object::object_address(&token);
        creators_own(creator, Token[at].collection);
        Token[at].properties.upsert(key, value);
        event::emit(PropertySet { token: at, key, value });
    }

    #[view]
    /// The token's name, as in `Cats #3`.
    public fun name(token: Object<Token>): String {
        Token[object::object_address(&token)].name
    }

    #[view]
    /// Where the token's picture is.
    public fun uri(token: Object<Token>): String {
        let t = &Token[object::object_address(&token)];
        let base = Collection[object::object_address(&t.collection)].base_uri;
        base.append(string_utils::to_string(&t.number));
        base
    }

    #[view]
    /// The token's number in its collection.
    public fun number(token: Object<Token>): u64 {
        Token[object::object_address(&token)].number
    }

    #[view]
    /// The token's collection.
    public fun collection_of(token: Object<Token>): Object<Collection> {
        Token[object::object_address(&token)].collection
    }

    #[view]
    /// A property, if the token has it.
    public fun property(token: Object<Token>, key: String): Option<String> {
        let properties = &Token[object::object_address(&token)].properties;
        if (properties.contains_key(&key)) option::some(*properties.borrow(&key)) else option::none()
    }

    #[view]
    /// A property. Aborts if the token does not have it.
    public fun property_of(token: Object<Token>, key: String): String {
        let found = property(token, key);
        assert!(found.is_some(), error::not_found(EPROPERTY_NOT_FOUND));
        found.destroy_some()
    }

    #[view]
    /// Keys of all properties.
    public fun property_keys(token: Object<Token>): vector<String> {
        Token[object::object_address(&token)].properties.keys()
    }

    #[view]
    /// Tokens that exist, and that may.
    public fun supply(collection: Object<Collection>): (u64, u64) {
        let c = &Collection[object::object_address(&collection)];
        (c.supply, c.supply_max)
    }

    #[view]
    /// Who receives royalties, and the royalty of a sale at a price: rounded down.
    public fun royalty(token: Object<Token>, price: u64): (address, u64) {
        let collection = Token[object::object_address(&token)].collection;
        let c = &Collection[object::object_address(&collection)];
        (c.royalty_receiver, (((price as u128) * (c.royalty_bps as u128) / (BPS as u128)) as u64))
    }

    #[view]
    /// Whether the token can be passed on.
    public fun is_transferable(token: Object<Token>): bool {
        object::ungated_transfer_allowed(token)
    }

    /// Aborts unless the token can be passed on.
    public fun assert_transferable(token: Object<Token>) {
        assert!(is_transferable(token), error::permission_denied(ESOULBOUND));
    }

    fun creators_own(creator: &signer, collection: Object<Collection>): address {
        let at = object::object_address(&collection);
        assert!(
            Collection[at].creator == signer::address_of(creator),
            error::permission_denied(ENOT_CREATOR)
        );
        at
    }

    fun assert_name(name: &String) {
        assert!(
            !name.is_empty() && name.length() <= NAME_MAX,
            error::invalid_argument(EINVALID_NAME)
        );
    }

    #[test_only]
    /// A collection called `Cats` with a royalty of 5 %.
    public fun cats_for_test(creator: &signer, supply_max: u64): Object<Collection> {
        create_collection(
            creator,
            string::utf8(b"Cats"),
            string::utf8(b"They purr."),
            string::utf8(b"https://cats.example/"),
            supply_max,
            500
        )
    }

    #[test_only]
    /// Texts out of bytes.
    public fun texts_for_test(list: vector<vector<u8>>): vector<String> {
        vector::map(list, |bytes| string::utf8(bytes))
    }
}
