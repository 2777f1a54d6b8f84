/// Accounts: who may sign for an address, and how many transactions it sent.
///
/// Accounts are implicit: every address is one, with the sequence number 0 and itself as authentication key, until the
/// resource `Account` says otherwise. The resource appears with the first signed transaction, or when a function here needs it.
module aptos_framework::account {
    use std::bcs;
    use std::error;
    use std::hash;
    use std::option::{Self, Option};
    use std::signer;
    use aptos_std::ed25519;
    use aptos_std::from_bcs;
    use aptos_std::multi_ed25519;
    use aptos_std::table::{Self, Table};
    use aptos_std::type_info::{Self, TypeInfo};
    use aptos_framework::chain_id;
    use aptos_framework::create_signer::create_signer;
    use aptos_framework::event::{Self, EventHandle};
    use aptos_framework::guid;
    use aptos_framework::system_addresses;

    friend aptos_framework::aptos_account;
    friend aptos_framework::coin;
    friend aptos_framework::genesis;
    friend aptos_framework::resource_account;

    /// The address has an account.
    const EACCOUNT_ALREADY_EXISTS: u64 = 1;
    // 2 is EACCOUNT_DOES_NOT_EXIST, which nothing raises: every address has an account.
    /// An authentication key has 32 bytes.
    const EMALFORMED_AUTHENTICATION_KEY: u64 = 4;
    /// The address is reserved for the system.
    const ECANNOT_RESERVED_ADDRESS: u64 = 5;
    /// The public key does not lead to the account's authentication key.
    const EWRONG_CURRENT_PUBLIC_KEY: u64 = 7;
    /// The signature does not prove what it should.
    const EINVALID_PROOF_OF_KNOWLEDGE: u64 = 8;
    /// Only the framework's reserved addresses can be created so.
    const ENO_VALID_FRAMEWORK_RESERVED_ADDRESS: u64 = 11;
    /// The key's scheme must be 0 (ed25519) or 1 (k-of-n ed25519).
    const EINVALID_SCHEME: u64 = 12;
    /// The authentication key leads to another account.
    const EINVALID_ORIGINATING_ADDRESS: u64 = 13;
    /// The signer's capability was not offered to this account.
    const ENO_SUCH_SIGNER_CAPABILITY: u64 = 14;
    /// The resource account is claimed.
    const ERESOURCE_ACCCOUNT_EXISTS: u64 = 15;
    /// The resource account's address has sent transactions.
    const EACCOUNT_ALREADY_USED: u64 = 16;
    /// The offering address has no account.
    const EOFFERER_ADDRESS_DOES_NOT_EXIST: u64 = 17;
    /// The rotation capability was not offered to this account.
    const ENO_SUCH_ROTATION_CAPABILITY_OFFER: u64 = 18;
    /// The account offers no signer capability.
    const ENO_SIGNER_CAPABILITY_OFFERED: u64 = 19;
    /// The account has no identifiers left.
    const EEXCEEDED_MAX_GUID_CREATION_NUM: u64 = 20;
    /// The new authentication key belongs to another account.
    const ENEW_AUTH_KEY_ALREADY_MAPPED: u64 = 21;
    /// The new authentication key is the present one.
    const ENEW_AUTH_KEY_SAME_AS_CURRENT: u64 = 22;
    /// The scheme is none of 0, 1, 2 and 3.
    const EUNRECOGNIZED_SCHEME: u64 = 24;
    /// Originating addresses are recorded by key rotation only.
    const ESET_ORIGINATING_ADDRESS_DISABLED: u64 = 27;
    /// Permissioned signers do not exist.
    const EPERMISSIONED_SIGNER_REMOVED: u64 = 30;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const EACCOUNT_DOES_NOT_EXIST: u64 = 2;
    #[test_only]
    const ESEQUENCE_NUMBER_TOO_BIG: u64 = 3;
    #[test_only]
    const EOUT_OF_GAS: u64 = 6;
    #[test_only]
    const ENO_CAPABILITY: u64 = 9;
    #[test_only]
    const EINVALID_ACCEPT_ROTATION_CAPABILITY: u64 = 10;
    #[test_only]
    const ENOT_A_KEYLESS_PUBLIC_KEY: u64 = 25;
    #[test_only]
    const ENOT_THE_ORIGINAL_PUBLIC_KEY: u64 = 26;
    #[test_only]
    const EENCRYPTED_DK_TOO_LONG: u64 = 28;
    #[test_only]
    const EENCRYPTED_DK_NOT_FOUND: u64 = 29;
    #[test_only]
    const ESEQ_NUM_PROOF_REPLAYABLE_CONTEXT: u64 = 31;

    /// The authentication key that no public key leads to.
    const ZERO_AUTH_KEY: vector<u8> = x"0000000000000000000000000000000000000000000000000000000000000000";
    /// Keys of one signer; the next ones in order: of several, any one, any several.
    const ED25519_SCHEME: u8 = 0;
    const MULTI_ED25519_SCHEME: u8 = 1;
    const SINGLE_KEY_SCHEME: u8 = 2;
    const MULTI_KEY_SCHEME: u8 = 3;
    const DERIVE_RESOURCE_ACCOUNT_SCHEME: u8 = 255;
    /// Identifiers of accounts are below this, those of objects start here.
    const MAX_GUID_CREATION_NUM: u64 = 0x4000000000000;

    /// What is known of an address that signed, or that was given something to hold.
    struct Account has key, store {
        authentication_key: vector<u8>,
        sequence_number: u64,
        guid_creation_num: u64,
        coin_register_events: EventHandle<CoinRegisterEvent>,
        key_rotation_events: EventHandle<KeyRotationEvent>,
        rotation_capability_offer: CapabilityOffer<RotationCapability>,
        signer_capability_offer: CapabilityOffer<SignerCapability>
    }

    /// To whom a capability is offered.
    struct CapabilityOffer<phantom T> has store {
        for: Option<address>
    }

    /// The right to change an account's authentication key.
    struct RotationCapability has drop, store {
        account: address
    }

    /// The right to act as an account.
    struct SignerCapability has drop, store {
        account: address
    }

    /// Which account an authentication key belongs to, for those that changed it; at `0x1`.
    struct OriginatingAddress has key {
        address_map: Table<address, address>
    }

    /// What both keys sign when an account changes from one to the other.
    struct RotationProofChallenge has copy, drop {
        sequence_number: u64,
        originator: address,
        current_auth_key: address,
        new_public_key: vector<u8>
    }

    /// What an account signs to offer its rotation capability.
    struct RotationCapabilityOfferProofChallengeV2 has drop {
        chain_id: u8,
        sequence_number: u64,
        source_address: address,
        recipient_address: address
    }

    /// What an account signs to offer its signer capability.
    struct SignerCapabilityOfferProofChallengeV2 has copy, drop {
        sequence_number: u64,
        source_address: address,
        recipient_address: address
    }

    /// The older form of `RotationCapabilityOfferProofChallengeV2`, which nothing accepts.
    #[lint::skip(unused_struct)]
    struct RotationCapabilityOfferProofChallenge has drop {
        sequence_number: u64,
        recipient_address: address
    }

    /// The older form of `SignerCapabilityOfferProofChallengeV2`, which nothing accepts.
    #[lint::skip(unused_struct)]
    struct SignerCapabilityOfferProofChallenge has drop {
        sequence_number: u64,
        recipient_address: address
    }

    #[deprecated]
    /// What a permissioned signer could do to an account. Nothing makes one.
    #[lint::skip(unused_struct)]
    enum AccountPermission has copy, drop, store {
        KeyRotation,
        Offering
    }

    #[event]
    /// An account's authentication key changed.
    struct KeyRotation has drop, store {
        account: address,
        old_authentication_key: vector<u8>,
        new_authentication_key: vector<u8>
    }

    #[event]
    /// An account's authentication key changed to that of a public key.
    struct KeyRotationToPublicKey has drop, store {
        account: address,
        verified_public_key_bit_map: vector<u8>,
        public_key_scheme: u8,
        public_key: vector<u8>,
        old_auth_key: vector<u8>,
        new_auth_key: vector<u8>
    }

    #[event]
    /// An account holds a coin type for the first time.
    struct CoinRegister has drop, store {
        account: address,
        type_info: TypeInfo
    }

    /// The older form of `KeyRotation`; none are emitted.
    struct KeyRotationEvent has drop, store {
        old_authentication_key: vector<u8>,
        new_authentication_key: vector<u8>
    }

    /// The older form of `CoinRegister`; none are emitted.
    struct CoinRegisterEvent has drop, store {
        type_info: TypeInfo
    }

    /// Prepares the record of originating addresses.
    public(friend) fun initialize(aptos_framework: &signer) {
        system_addresses::assert_aptos_framework(aptos_framework);
        move_to(aptos_framework, OriginatingAddress { address_map: table::new() });
    }

    /// Gives the address the resource `Account`, unless it has one. Aborts at the system's addresses.
    public fun create_account_if_does_not_exist(account_address: address) {
        if (!exists<Account>(account_address)) {
            create_account(account_address);
        }
    }

    /// Gives the address the resource `Account`. Aborts if it has one, and at the system's addresses.
    public(friend) fun create_account(new_address: address): signer {
        assert!(!exists<Account>(new_address), error::already_exists(EACCOUNT_ALREADY_EXISTS));
        assert!(!is_reserved(new_address), error::invalid_argument(ECANNOT_RESERVED_ADDRESS));
        create_account_unchecked(new_address)
    }

    /// Gives the address the resource `Account`.
    public(friend) fun create_account_unchecked(new_address: address): signer {
        let new_account = create_signer(new_address);
        let guid_creation_num = 0;
        let coin_register_events = event::new_event_handle(guid::create(new_address, &mut guid_creation_num));
        let key_rotation_events = event::new_event_handle(guid::create(new_address, &mut guid_creation_num));
        move_to(
            &new_account,
            Account {
                authentication_key: bcs::to_bytes(&new_address),
                sequence_number: 0,
                guid_creation_num,
                coin_register_events,
                key_rotation_events,
                rotation_capability_offer: CapabilityOffer { for: option::none() },
                signer_capability_offer: CapabilityOffer { for: option::none() }
            }
        );
        new_account
    }

    /// Gives one of the addresses that are reserved for the framework the resource `Account`, and hands out its signer.
    public(friend) fun create_framework_reserved_account(addr: address): (signer, SignerCapability) {
        assert!(
            system_addresses::is_framework_reserved_address(addr),
            error::permission_denied(ENO_VALID_FRAMEWORK_RESERVED_ADDRESS)
        );
        (create_account_unchecked(addr), SignerCapability { account: addr })
    }

    /// Whether the address has the resource `Account`.
    public(friend) fun has_resource(addr: address): bool {
        exists<Account>(addr)
    }

    /// Whether the address can be given the resource `Account` by whoever deposits there.
    public(friend) fun is_reserved(addr: address): bool {
        addr == @vm_reserved || addr == @aptos_framework || addr == @aptos_token
    }

    #[view]
    /// Whether the address has an account: every address has.
    public fun exists_at(_addr: address): bool {
        true
    }

    #[view]
    /// The number of the next identifier that the account gives out.
    public fun get_guid_next_creation_num(addr: address): u64 acquires Account {
        if (exists<Account>(addr)) borrow_global<Account>(addr).guid_creation_num else 0
    }

    #[view]
    /// How many transactions the account sent.
    public fun get_sequence_number(addr: address): u64 acquires Account {
        if (exists<Account>(addr)) borrow_global<Account>(addr).sequence_number else 0
    }

    #[view]
    /// Which account changed its authentication key to this one by proof, if any.
    public fun originating_address(auth_key: address): Option<address> acquires OriginatingAddress {
        let map = &borrow_global<OriginatingAddress>(@aptos_framework).address_map;
        if (map.contains(auth_key)) option::some(*map.borrow(auth_key)) else option::none()
    }

    #[view]
    /// What the hash of the account's public key must be.
    public fun get_authentication_key(addr: address): vector<u8> acquires Account {
        if (exists<Account>(addr)) borrow_global<Account>(addr).authentication_key
        else bcs::to_bytes(&addr)
    }

    /// Sets the authentication key to anything of 32 bytes.
    public(friend) fun rotate_authentication_key_internal(
        account: &signer, new_auth_key: vector<u8>
    ) acquires Account {
        let addr = signer::address_of(account);
        assert!(new_auth_key.length() == 32, error::invalid_argument(EMALFORMED_AUTHENTICATION_KEY));
        ensure_resource(addr);
        borrow_global_mut<Account>(addr).authentication_key = new_auth_key;
    }

    /// Sets the authentication key without any proof that someone can sign with it.
    entry fun rotate_authentication_key_call(account: &signer, new_auth_key: vector<u8>) acquires Account {
        let addr = signer::address_of(account);
        let old_authentication_key = get_authentication_key(addr);
        rotate_authentication_key_internal(account, new_auth_key);
        event::emit(KeyRotation { account: addr, old_authentication_key, new_authentication_key: new_auth_key });
    }

    /// Sets the authentication key to that of a public key, without proof that someone can sign with it.
    entry fun rotate_authentication_key_from_public_key(
        account: &signer, scheme: u8, new_public_key_bytes: vector<u8>
    ) acquires Account {
        let addr = signer::address_of(account);
        let new_auth_key =
            if (scheme == ED25519_SCHEME) {
                ed25519::unvalidated_public_key_to_authentication_key(
                    &ed25519::new_unvalidated_public_key_from_bytes(new_public_key_bytes)
                )
            } else if (scheme == MULTI_ED25519_SCHEME) {
                multi_ed25519::unvalidated_public_key_to_authentication_key(
                    &multi_ed25519::new_unvalidated_public_key_from_bytes(new_public_key_bytes)
                )
            } else {
                assert!(
                    scheme == SINGLE_KEY_SCHEME || scheme == MULTI_KEY_SCHEME,
                    error::invalid_argument(EUNRECOGNIZED_SCHEME)
                );
                let preimage = new_public_key_bytes;
                preimage.push_back(scheme);
                hash::sha3_256(preimage)
            };
        let old_auth_key = get_authentication_key(addr);
        rotate_authentication_key_internal(account, new_auth_key);
        event::emit(
            KeyRotationToPublicKey {
                account: addr,
                // No key proved itself.
                verified_public_key_bit_map: vector[0],
                public_key_scheme: scheme,
                public_key: new_public_key_bytes,
                old_auth_key,
                new_auth_key
            }
        );
    }

    /// Changes the authentication key from one public key to another, both of which sign a `RotationProofChallenge`.
    public entry fun rotate_authentication_key(
        account: &signer,
        from_scheme: u8,
        from_public_key_bytes: vector<u8>,
        to_scheme: u8,
        to_public_key_bytes: vector<u8>,
        cap_rotate_key: vector<u8>,
        cap_update_table: vector<u8>
    ) acquires Account, OriginatingAddress {
        let addr = signer::address_of(account);
        ensure_resource(addr);
        let current = borrow_global<Account>(addr).authentication_key;
        assert!(
            current == authentication_key_of(from_scheme, from_public_key_bytes),
            error::unauthenticated(EWRONG_CURRENT_PUBLIC_KEY)
        );
        let challenge = RotationProofChallenge {
            sequence_number: borrow_global<Account>(addr).sequence_number,
            originator: addr,
            current_auth_key: from_bcs::to_address(current),
            new_public_key: to_public_key_bytes
        };
        assert_signed(from_scheme, from_public_key_bytes, cap_rotate_key, copy challenge);
        assert_signed(to_scheme, to_public_key_bytes, cap_update_table, challenge);
        move_to_key(addr, authentication_key_of(to_scheme, to_public_key_bytes));
    }

    /// Changes another account's authentication key, by the rotation capability that it offered.
    public entry fun rotate_authentication_key_with_rotation_capability(
        delegate_signer: &signer,
        rotation_cap_offerer_address: address,
        new_scheme: u8,
        new_public_key_bytes: vector<u8>,
        cap_update_table: vector<u8>
    ) acquires Account, OriginatingAddress {
        assert!(
            exists<Account>(rotation_cap_offerer_address),
            error::not_found(EOFFERER_ADDRESS_DOES_NOT_EXIST)
        );
        let delegate = signer::address_of(delegate_signer);
        let offerer = borrow_global<Account>(rotation_cap_offerer_address);
        assert!(
            offerer.rotation_capability_offer.for.contains(&delegate),
            error::not_found(ENO_SUCH_ROTATION_CAPABILITY_OFFER)
        );
        let current_auth_key = from_bcs::to_address(offerer.authentication_key);
        let challenge = RotationProofChallenge {
            sequence_number: get_sequence_number(delegate),
            originator: rotation_cap_offerer_address,
            current_auth_key,
            new_public_key: new_public_key_bytes
        };
        assert_signed(new_scheme, new_public_key_bytes, cap_update_table, challenge);
        move_to_key(rotation_cap_offerer_address, authentication_key_of(new_scheme, new_public_key_bytes));
    }

    /// Lets `recipient_address` change the authentication key; the present key signs the offer.
    public entry fun offer_rotation_capability(
        account: &signer,
        rotation_capability_sig_bytes: vector<u8>,
        account_scheme: u8,
        account_public_key_bytes: vector<u8>,
        recipient_address: address
    ) acquires Account {
        let addr = signer::address_of(account);
        ensure_resource(addr);
        let challenge = RotationCapabilityOfferProofChallengeV2 {
            chain_id: chain_id::get(),
            sequence_number: get_sequence_number(addr),
            source_address: addr,
            recipient_address
        };
        verify_signed_message(
            addr, account_scheme, account_public_key_bytes, rotation_capability_sig_bytes, challenge
        );
        borrow_global_mut<Account>(addr).rotation_capability_offer.for.swap_or_fill(recipient_address);
    }

    /// Refuses: originating addresses are recorded by key rotation only.
    entry fun set_originating_address(_account: &signer) {
        abort error::invalid_state(ESET_ORIGINATING_ADDRESS_DISABLED)
    }

    #[view]
    /// Whether the account offers its rotation capability.
    public fun is_rotation_capability_offered(account_addr: address): bool acquires Account {
        exists<Account>(account_addr)
            && borrow_global<Account>(account_addr).rotation_capability_offer.for.is_some()
    }

    #[view]
    /// To whom the account offers its rotation capability. Aborts if it does not.
    public fun get_rotation_capability_offer_for(account_addr: address): address acquires Account {
        assert!(
            is_rotation_capability_offered(account_addr),
            error::not_found(ENO_SUCH_ROTATION_CAPABILITY_OFFER)
        );
        *borrow_global<Account>(account_addr).rotation_capability_offer.for.borrow()
    }

    /// Takes the offer of the rotation capability to an address back.
    public entry fun revoke_rotation_capability(
        account: &signer, to_be_revoked_address: address
    ) acquires Account {
        let addr = signer::address_of(account);
        assert!(
            exists<Account>(addr)
                && borrow_global<Account>(addr).rotation_capability_offer.for.contains(&to_be_revoked_address),
            error::not_found(ENO_SUCH_ROTATION_CAPABILITY_OFFER)
        );
        revoke_any_rotation_capability(account);
    }

    /// Takes the offer of the rotation capability back.
    public entry fun revoke_any_rotation_capability(account: &signer) acquires Account {
        let addr = signer::address_of(account);
        assert!(is_rotation_capability_offered(addr), error::not_found(ENO_SUCH_ROTATION_CAPABILITY_OFFER));
        borrow_global_mut<Account>(addr).rotation_capability_offer.for.extract();
    }

    /// Lets `recipient_address` act as the account; the present key signs the offer.
    public entry fun offer_signer_capability(
        account: &signer,
        signer_capability_sig_bytes: vector<u8>,
        account_scheme: u8,
        account_public_key_bytes: vector<u8>,
        recipient_address: address
    ) acquires Account {
        let addr = signer::address_of(account);
        ensure_resource(addr);
        let challenge = SignerCapabilityOfferProofChallengeV2 {
            sequence_number: get_sequence_number(addr),
            source_address: addr,
            recipient_address
        };
        verify_signed_message(
            addr, account_scheme, account_public_key_bytes, signer_capability_sig_bytes, challenge
        );
        borrow_global_mut<Account>(addr).signer_capability_offer.for.swap_or_fill(recipient_address);
    }

    #[view]
    /// Whether the account offers its signer capability.
    public fun is_signer_capability_offered(account_addr: address): bool acquires Account {
        exists<Account>(account_addr)
            && borrow_global<Account>(account_addr).signer_capability_offer.for.is_some()
    }

    #[view]
    /// To whom the account offers its signer capability. Aborts if it does not.
    public fun get_signer_capability_offer_for(account_addr: address): address acquires Account {
        assert!(is_signer_capability_offered(account_addr), error::not_found(ENO_SIGNER_CAPABILITY_OFFERED));
        *borrow_global<Account>(account_addr).signer_capability_offer.for.borrow()
    }

    /// Takes the offer of the signer capability to an address back.
    public entry fun revoke_signer_capability(
        account: &signer, to_be_revoked_address: address
    ) acquires Account {
        let addr = signer::address_of(account);
        assert!(
            exists<Account>(addr)
                && borrow_global<Account>(addr).signer_capability_offer.for.contains(&to_be_revoked_address),
            error::not_found(ENO_SUCH_SIGNER_CAPABILITY)
        );
        revoke_any_signer_capability(account);
    }

    /// Takes the offer of the signer capability back.
    public entry fun revoke_any_signer_capability(account: &signer) acquires Account {
        let addr = signer::address_of(account);
        assert!(is_signer_capability_offered(addr), error::not_found(ENO_SIGNER_CAPABILITY_OFFERED));
        borrow_global_mut<Account>(addr).signer_capability_offer.for.extract();
    }

    /// The signer of an account that offered it to this one.
    public fun create_authorized_signer(account: &signer, offerer_address: address): signer acquires Account {
        assert!(exists<Account>(offerer_address), error::not_found(EOFFERER_ADDRESS_DOES_NOT_EXIST));
        assert!(
            borrow_global<Account>(offerer_address).signer_capability_offer.for.contains(
                &signer::address_of(account)
            ),
            error::not_found(ENO_SUCH_SIGNER_CAPABILITY)
        );
        create_signer(offerer_address)
    }

    /// Aborts unless `public key` is the account's and signed `message`.
    public fun verify_signed_message<T: drop>(
        account: address,
        account_scheme: u8,
        account_public_key: vector<u8>,
        signed_message_bytes: vector<u8>,
        message: T
    ) acquires Account {
        assert!(
            get_authentication_key(account) == authentication_key_of(account_scheme, account_public_key),
            error::invalid_argument(EWRONG_CURRENT_PUBLIC_KEY)
        );
        assert_signed(account_scheme, account_public_key, signed_message_bytes, message);
    }

    /// The address of the resource account of `source` with that seed.
    public fun create_resource_address(source: &address, seed: vector<u8>): address {
        let bytes = bcs::to_bytes(source);
        bytes.append(seed);
        bytes.push_back(DERIVE_RESOURCE_ACCOUNT_SCHEME);
        from_bcs::to_address(hash::sha3_256(bytes))
    }

    /// Claims the resource account of `source` with that seed: an account that no key signs for.
    public fun create_resource_account(
        source: &signer, seed: vector<u8>
    ): (signer, SignerCapability) acquires Account {
        let addr = create_resource_address(&signer::address_of(source), seed);
        let resource =
            if (exists<Account>(addr)) {
                let account = borrow_global<Account>(addr);
                // Anyone may have deposited there before; what claims it is the offer to itself below.
                assert!(
                    account.signer_capability_offer.for.is_none(),
                    error::already_exists(ERESOURCE_ACCCOUNT_EXISTS)
                );
                assert!(account.sequence_number == 0, error::invalid_state(EACCOUNT_ALREADY_USED));
                create_signer(addr)
            } else {
                create_account_unchecked(addr)
            };
        rotate_authentication_key_internal(&resource, ZERO_AUTH_KEY);
        borrow_global_mut<Account>(addr).signer_capability_offer.for.fill(addr);
        (resource, SignerCapability { account: addr })
    }

    /// The account's next identifier.
    public fun create_guid(account_signer: &signer): guid::GUID acquires Account {
        let addr = signer::address_of(account_signer);
        ensure_resource(addr);
        let account = borrow_global_mut<Account>(addr);
        let guid = guid::create(addr, &mut account.guid_creation_num);
        assert!(
            account.guid_creation_num < MAX_GUID_CREATION_NUM,
            error::out_of_range(EEXCEEDED_MAX_GUID_CREATION_NUM)
        );
        guid
    }

    /// A stream of events that belongs to the account.
    public fun new_event_handle<T: drop + store>(account: &signer): EventHandle<T> acquires Account {
        event::new_event_handle(create_guid(account))
    }

    /// Notes that the account holds a coin type for the first time.
    public(friend) fun register_coin<CoinType>(account_addr: address) {
        event::emit(CoinRegister { account: account_addr, type_info: type_info::type_of<CoinType>() });
    }

    /// The signer that the capability is for.
    public fun create_signer_with_capability(capability: &SignerCapability): signer {
        create_signer(capability.account)
    }

    /// The account that the capability is for.
    public fun get_signer_capability_address(capability: &SignerCapability): address {
        capability.account
    }

    #[deprecated]
    /// Refuses: permissioned signers do not exist.
    public fun grant_key_rotation_permission(_master: &signer, _permissioned_signer: &signer) {
        abort error::unavailable(EPERMISSIONED_SIGNER_REMOVED)
    }

    #[deprecated]
    /// Refuses: permissioned signers do not exist.
    public fun grant_key_offering_permission(_master: &signer, _permissioned_signer: &signer) {
        abort error::unavailable(EPERMISSIONED_SIGNER_REMOVED)
    }

    fun ensure_resource(addr: address) {
        if (!exists<Account>(addr)) {
            create_account_unchecked(addr);
        }
    }

    fun authentication_key_of(scheme: u8, public_key: vector<u8>): vector<u8> {
        if (scheme == ED25519_SCHEME) {
            ed25519::unvalidated_public_key_to_authentication_key(
                &ed25519::new_unvalidated_public_key_from_bytes(public_key)
            )
        } else {
            assert!(scheme == MULTI_ED25519_SCHEME, error::invalid_argument(EINVALID_SCHEME));
            multi_ed25519::unvalidated_public_key_to_authentication_key(
                &multi_ed25519::new_unvalidated_public_key_from_bytes(public_key)
            )
        }
    }

    fun assert_signed<T: drop>(scheme: u8, public_key: vector<u8>, signature: vector<u8>, message: T) {
        let good =
            if (scheme == ED25519_SCHEME) {
                ed25519::signature_verify_strict_t(
                    &ed25519::new_signature_from_bytes(signature),
                    &ed25519::new_unvalidated_public_key_from_bytes(public_key),
                    message
                )
            } else {
                assert!(scheme == MULTI_ED25519_SCHEME, error::invalid_argument(EINVALID_SCHEME));
                multi_ed25519::signature_verify_strict_t(
                    &multi_ed25519::new_signature_from_bytes(signature),
                    &multi_ed25519::new_unvalidated_public_key_from_bytes(public_key),
                    message
                )
            };
        assert!(good, error::invalid_argument(EINVALID_PROOF_OF_KNOWLEDGE));
    }

    /// Sets a proven authentication key and records whose it is.
    fun move_to_key(addr: address, new_auth_key: vector<u8>) acquires Account, OriginatingAddress {
        let account = borrow_global_mut<Account>(addr);
        let old_auth_key = account.authentication_key;
        assert!(old_auth_key != new_auth_key, error::invalid_argument(ENEW_AUTH_KEY_SAME_AS_CURRENT));
        account.authentication_key = new_auth_key;

        let old_key_address = from_bcs::to_address(old_auth_key);
        let new_key_address = from_bcs::to_address(new_auth_key);
        let map = &mut borrow_global_mut<OriginatingAddress>(@aptos_framework).address_map;
        if (map.contains(old_key_address)) {
            assert!(map.remove(old_key_address) == addr, error::not_found(EINVALID_ORIGINATING_ADDRESS));
        };
        assert!(!map.contains(new_key_address), error::invalid_argument(ENEW_AUTH_KEY_ALREADY_MAPPED));
        map.add(new_key_address, addr);

        event::emit(
            KeyRotation { account: addr, old_authentication_key: old_auth_key, new_authentication_key: new_auth_key }
        );
    }

    #[test_only]
    /// The signer of any address.
    public fun create_signer_for_test(addr: address): signer {
        create_signer(addr)
    }

    #[test_only]
    /// The signer of an address, which gets the resource `Account` unless it has one.
    public fun create_account_for_test(new_address: address): signer {
        if (exists<Account>(new_address)) create_signer(new_address)
        else create_account_unchecked(new_address)
    }

    #[test_only]
    /// Counts one transaction.
    public fun increment_sequence_number_for_test(addr: address) acquires Account {
        ensure_resource(addr);
        let account = borrow_global_mut<Account>(addr);
        account.sequence_number += 1;
    }

    #[test_only]
    /// Sets how many transactions the account sent.
    public fun set_sequence_number(addr: address, s: u64) acquires Account {
        ensure_resource(addr);
        borrow_global_mut<Account>(addr).sequence_number = s;
    }

    #[test_only]
    /// The right to act as any account.
    public fun create_test_signer_cap(account: address): SignerCapability {
        SignerCapability { account }
    }

    #[test_only]
    /// Offers without a signature.
    public fun set_signer_capability_offer(offerer: address, receiver: address) acquires Account {
        ensure_resource(offerer);
        borrow_global_mut<Account>(offerer).signer_capability_offer.for.swap_or_fill(receiver);
    }

    #[test_only]
    /// Offers without a signature.
    public fun set_rotation_capability_offer(offerer: address, receiver: address) acquires Account {
        ensure_resource(offerer);
        borrow_global_mut<Account>(offerer).rotation_capability_offer.for.swap_or_fill(receiver);
    }

    #[test_only]
    /// The account of a public key.
    public fun create_account_from_ed25519_public_key(pk_bytes: vector<u8>): signer {
        let pk = ed25519::new_unvalidated_public_key_from_bytes(pk_bytes);
        create_account_for_test(
            from_bcs::to_address(ed25519::unvalidated_public_key_to_authentication_key(&pk))
        )
    }

    #[test_only]
    /// What the offering account signs.
    public fun get_signer_capability_offer_proof_challenge_v2(
        source_address: address, recipient_address: address
    ): SignerCapabilityOfferProofChallengeV2 acquires Account {
        SignerCapabilityOfferProofChallengeV2 {
            sequence_number: get_sequence_number(source_address),
            source_address,
            recipient_address
        }
    }

    #[test_only]
    /// Prepares the record of originating addresses.
    public fun initialize_for_test(aptos_framework: &signer) {
        initialize(aptos_framework);
    }
}
