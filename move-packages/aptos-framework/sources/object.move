/// Objects: addresses that hold resources and have an owner.
///
/// An object is an address with the resource `ObjectCore`. Whoever creates it gets a `ConstructorRef` for as long as the call
/// lasts, and makes from it the references that must outlive it: to delete, to extend, to transfer. An owner may be an object
/// itself; ownership then reaches through, up to 8 levels.
module aptos_framework::object {
    use std::bcs;
    use std::error;
    use std::hash;
    use std::signer;
    use aptos_std::from_bcs;
    use aptos_framework::account;
    use aptos_framework::create_signer::create_signer;
    use aptos_framework::event;
    use aptos_framework::guid;
    use aptos_framework::transaction_context;

    friend aptos_framework::coin;
    friend aptos_framework::fungible_asset;
    friend aptos_framework::primary_fungible_store;

    /// An object stands at this address.
    const EOBJECT_EXISTS: u64 = 1;
    /// No object stands at this address.
    const EOBJECT_DOES_NOT_EXIST: u64 = 2;
    /// The object, or one that it belongs to, cannot be transferred by its owner.
    const ENO_UNGATED_TRANSFERS: u64 = 3;
    /// The signer does not own the object.
    const ENOT_OBJECT_OWNER: u64 = 4;
    /// The object was made to stay.
    const ECANNOT_DELETE: u64 = 5;
    /// Objects are owned by objects in too many levels.
    const EMAXIMUM_NESTING: u64 = 6;
    /// The object does not hold the resource.
    const ERESOURCE_DOES_NOT_EXIST: u64 = 7;
    /// The object was not burnt.
    const EOBJECT_NOT_BURNT: u64 = 8;
    /// The object can never be transferred, or was burnt.
    const EOBJECT_NOT_TRANSFERRABLE: u64 = 9;
    /// The object was burnt.
    const EOBJECT_ALREADY_BURNT: u64 = 10;
    /// Permissioned signers do not exist.
    const EPERMISSIONED_SIGNER_REMOVED: u64 = 12;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const ENOT_A_RESOURCE_TYPE: u64 = 11;

    /// Where the numbers of an object's identifiers start, above those of accounts.
    const INIT_GUID_CREATION_NUM: u64 = 0x4000000000000;
    const MAXIMUM_OBJECT_NESTING: u8 = 8;

    #[test_only]
    const OBJECT_DERIVED_SCHEME: u8 = 0xFC;
    const OBJECT_FROM_GUID_ADDRESS_SCHEME: u8 = 0xFD;
    const OBJECT_FROM_SEED_ADDRESS_SCHEME: u8 = 0xFE;
    /// Keeps the addresses of unowned signers apart from those of named objects.
    const UNOWNED_SIGNER_SEPARATOR: vector<u8> = b"aptos_framework::object::unowned_onchain_signer";

    /// Where burnt objects were sent in the past.
    const BURN_ADDRESS: address = @0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;

    #[resource_group(scope = global)]
    /// The resources that stand at objects.
    struct ObjectGroup {}

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// What makes an address an object.
    struct ObjectCore has key {
        guid_creation_num: u64,
        owner: address,
        allow_ungated_transfer: bool,
        transfer_events: event::EventHandle<TransferEvent>
    }

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// The object was burnt by `original_owner`, who alone may take that back.
    struct TombStone has key {
        original_owner: address
    }

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// The object never changes its owner.
    struct Untransferable has key {}

    /// Points at an object that holds a `T`.
    struct Object<phantom T> has copy, drop, store {
        inner: address
    }

    /// Held while an object is made.
    struct ConstructorRef has drop {
        self: address,
        can_delete: bool
    }

    /// The right to delete an object.
    struct DeleteRef has drop, store {
        self: address
    }

    /// The right to act as an object.
    struct ExtendRef has drop, store {
        self: address
    }

    /// The right to say whether an object can be transferred, and to transfer it.
    struct TransferRef has drop, store {
        self: address
    }

    /// The right to transfer an object once, as long as `owner` has it.
    struct LinearTransferRef has drop {
        self: address,
        owner: address
    }

    /// The right to make objects whose addresses derive from this one's.
    struct DeriveRef has drop, store {
        self: address
    }

    #[deprecated]
    /// What a permissioned signer could transfer. Nothing makes one.
    #[lint::skip(unused_struct)]
    struct TransferPermission has copy, drop, store {
        object: address
    }

    #[event]
    /// An object changed its owner.
    struct Transfer has drop, store {
        object: address,
        from: address,
        to: address
    }

    /// The older form of `Transfer`; none are emitted.
    struct TransferEvent has drop, store {
        object: address,
        from: address,
        to: address
    }

    #[view]
    /// Whether the object never changes its owner.
    public fun is_untransferable<T: key>(self: Object<T>): bool {
        exists<Untransferable>(self.inner)
    }

    #[view]
    /// Whether the object was burnt.
    public fun is_burnt<T: key>(self: Object<T>): bool {
        exists<TombStone>(self.inner)
    }

    /// Points at the object, which must hold a `T`.
    public fun address_to_object<T: key>(object: address): Object<T> {
        assert!(exists<ObjectCore>(object), error::not_found(EOBJECT_DOES_NOT_EXIST));
        assert!(exists_at<T>(object), error::not_found(ERESOURCE_DOES_NOT_EXIST));
        Object { inner: object }
    }

    /// Whether an object stands at the address.
    public fun is_object(object: address): bool {
        exists<ObjectCore>(object)
    }

    /// Whether an object that holds a `T` stands at the address.
    public fun object_exists<T: key>(object: address): bool {
        exists<ObjectCore>(object) && exists_at<T>(object)
    }

    /// The address of the object that `source` names `seed`.
    public fun create_object_address(source: &address, seed: vector<u8>): address {
        let bytes = bcs::to_bytes(source);
        bytes.append(seed);
        bytes.push_back(OBJECT_FROM_SEED_ADDRESS_SCHEME);
        from_bcs::to_address(hash::sha3_256(bytes))
    }

    /// The address of the one object that `source` has of the object `derive_from`.
    public fun create_user_derived_object_address(source: address, derive_from: address): address {
        user_derived_address(source, derive_from)
    }

    /// The address of the object that `source` made with its identifier `creation_num`.
    public fun create_guid_object_address(source: address, creation_num: u64): address {
        let bytes = bcs::to_bytes(&guid::create_id(source, creation_num));
        bytes.push_back(OBJECT_FROM_GUID_ADDRESS_SCHEME);
        from_bcs::to_address(hash::sha3_256(bytes))
    }

    /// The object's address.
    public fun object_address<T: key>(self: &Object<T>): address {
        self.inner
    }

    /// Points at the same object for another resource that it holds.
    public fun convert<X: key, Y: key>(self: Object<X>): Object<Y> {
        address_to_object<Y>(self.inner)
    }

    /// Makes the object that `creator` names `seed`. It cannot be deleted.
    public fun create_named_object(creator: &signer, seed: vector<u8>): ConstructorRef {
        let creator_address = signer::address_of(creator);
        create_object_at(creator_address, create_object_address(&creator_address, seed), false)
    }

    /// Makes an object of `owner` that derives from `derive_ref`'s. It cannot be deleted.
    public(friend) fun create_user_derived_object(
        creator_address: address, derive_ref: &DeriveRef
    ): ConstructorRef {
        create_object_at(
            creator_address, user_derived_address(creator_address, derive_ref.self), false
        )
    }

    /// Makes the object of the framework at an address of its own choice.
    public(friend) fun create_object_at_address(owner: address, object: address): ConstructorRef {
        create_object_at(owner, object, false)
    }

    /// Makes an object at a unique address.
    public fun create_object(owner_address: address): ConstructorRef {
        create_object_at(owner_address, transaction_context::generate_auid_address(), true)
    }

    /// Makes an object at a unique address. It cannot be deleted.
    public fun create_sticky_object(owner_address: address): ConstructorRef {
        create_object_at(owner_address, transaction_context::generate_auid_address(), false)
    }

    #[deprecated]
    /// Makes an object at an address that counts with the account's identifiers.
    public fun create_object_from_account(creator: &signer): ConstructorRef {
        create_object_from_guid(signer::address_of(creator), account::create_guid(creator))
    }

    #[deprecated]
    /// Makes an object at an address that counts with the object's identifiers.
    public fun create_object_from_object(creator: &signer): ConstructorRef acquires ObjectCore {
        create_object_from_guid(signer::address_of(creator), create_guid(creator))
    }

    /// The right to act as a new address that nobody owns.
    public fun create_unique_onchain_signer(): ExtendRef {
        ExtendRef { self: transaction_context::generate_auid_address() }
    }

    /// The right to act as the address that `creator` names `name`, which nobody owns.
    public fun create_named_unowned_onchain_signer(creator: &signer, name: vector<u8>): ExtendRef {
        let seed = UNOWNED_SIGNER_SEPARATOR;
        seed.append(name);
        let self = create_object_address(&signer::address_of(creator), seed);
        assert!(!exists<ObjectCore>(self), error::already_exists(EOBJECT_EXISTS));
        ExtendRef { self }
    }

    fun create_object_from_guid(creator_address: address, guid: guid::GUID): ConstructorRef {
        let bytes = bcs::to_bytes(&guid);
        bytes.push_back(OBJECT_FROM_GUID_ADDRESS_SCHEME);
        create_object_at(creator_address, from_bcs::to_address(hash::sha3_256(bytes)), true)
    }

    fun create_object_at(owner: address, object: address, can_delete: bool): ConstructorRef {
        assert!(!exists<ObjectCore>(object), error::already_exists(EOBJECT_EXISTS));
        let guid_creation_num = INIT_GUID_CREATION_NUM;
        let transfer_events = event::new_event_handle(guid::create(object, &mut guid_creation_num));
        move_to(
            &create_signer(object),
            ObjectCore { guid_creation_num, owner, allow_ungated_transfer: true, transfer_events }
        );
        ConstructorRef { self: object, can_delete }
    }

    /// The right to delete the object. Aborts if it was made to stay.
    public fun generate_delete_ref(self: &ConstructorRef): DeleteRef {
        assert!(self.can_delete, error::permission_denied(ECANNOT_DELETE));
        DeleteRef { self: self.self }
    }

    /// The right to act as the object.
    public fun generate_extend_ref(self: &ConstructorRef): ExtendRef {
        ExtendRef { self: self.self }
    }

    /// The right to transfer the object. Aborts if it can never be.
    public fun generate_transfer_ref(self: &ConstructorRef): TransferRef {
        assert!(
            !exists<Untransferable>(self.self), error::permission_denied(EOBJECT_NOT_TRANSFERRABLE)
        );
        TransferRef { self: self.self }
    }

    /// The right to make objects that derive from the object.
    public fun generate_derive_ref(self: &ConstructorRef): DeriveRef {
        DeriveRef { self: self.self }
    }

    /// The object's signer.
    public fun generate_signer(self: &ConstructorRef): signer {
        create_signer(self.self)
    }

    /// The object's address.
    public fun address_from_constructor_ref(self: &ConstructorRef): address {
        self.self
    }

    /// Points at the object, which must hold a `T`.
    public fun object_from_constructor_ref<T: key>(self: &ConstructorRef): Object<T> {
        address_to_object<T>(self.self)
    }

    /// Whether the object can be deleted.
    public fun can_generate_delete_ref(self: &ConstructorRef): bool {
        self.can_delete
    }

    /// Gives the new object to another owner.
    public fun transfer_with_constructor_ref(self: &ConstructorRef, to: address) acquires ObjectCore {
        change_owner(self.self, to);
    }

    /// The object's next identifier.
    public fun create_guid(object: &signer): guid::GUID acquires ObjectCore {
        let addr = signer::address_of(object);
        assert!(exists<ObjectCore>(addr), error::not_found(EOBJECT_DOES_NOT_EXIST));
        guid::create(addr, &mut borrow_global_mut<ObjectCore>(addr).guid_creation_num)
    }

    /// A stream of events that belongs to the object.
    public fun new_event_handle<T: drop + store>(object: &signer): event::EventHandle<T> acquires ObjectCore {
        event::new_event_handle(create_guid(object))
    }

    /// The object's address.
    public fun address_from_delete_ref(self: &DeleteRef): address {
        self.self
    }

    /// Points at the object, which must hold a `T`.
    public fun object_from_delete_ref<T: key>(self: &DeleteRef): Object<T> {
        address_to_object<T>(self.self)
    }

    /// Ends the object's being one. Its other resources are its modules' business, and should be taken out before.
    public fun delete(self: DeleteRef) acquires ObjectCore, Untransferable {
        assert!(exists<ObjectCore>(self.self), error::not_found(EOBJECT_DOES_NOT_EXIST));
        let ObjectCore { guid_creation_num: _, owner: _, allow_ungated_transfer: _, transfer_events } =
            move_from<ObjectCore>(self.self);
        if (exists<Untransferable>(self.self)) {
            let Untransferable {} = move_from<Untransferable>(self.self);
        };
        event::destroy_handle(transfer_events);
    }

    /// The object's signer.
    public fun generate_signer_for_extending(self: &ExtendRef): signer {
        create_signer(self.self)
    }

    /// The object's address.
    public fun address_from_extend_ref(self: &ExtendRef): address {
        self.self
    }

    /// From now on the owner cannot transfer the object.
    public fun disable_ungated_transfer(self: &TransferRef) acquires ObjectCore {
        assert!(exists<ObjectCore>(self.self), error::not_found(EOBJECT_DOES_NOT_EXIST));
        borrow_global_mut<ObjectCore>(self.self).allow_ungated_transfer = false;
    }

    /// From now on nobody can transfer the object.
    public fun set_untransferable(self: &ConstructorRef) acquires ObjectCore {
        borrow_global_mut<ObjectCore>(self.self).allow_ungated_transfer = false;
        if (!exists<Untransferable>(self.self)) {
            move_to(&create_signer(self.self), Untransferable {});
        }
    }

    /// From now on the owner can transfer the object.
    public fun enable_ungated_transfer(self: &TransferRef) acquires ObjectCore {
        assert_transferable(self.self);
        borrow_global_mut<ObjectCore>(self.self).allow_ungated_transfer = true;
    }

    /// The right to transfer the object once, as long as its owner is the present one.
    public fun generate_linear_transfer_ref(self: &TransferRef): LinearTransferRef acquires ObjectCore {
        assert_transferable(self.self);
        LinearTransferRef { self: self.self, owner: borrow_global<ObjectCore>(self.self).owner }
    }

    /// Gives the object to another owner. Aborts if it has changed hands since the right was made.
    public fun transfer_with_ref(self: LinearTransferRef, to: address) acquires ObjectCore {
        assert_transferable(self.self);
        assert!(
            borrow_global<ObjectCore>(self.self).owner == self.owner,
            error::permission_denied(ENOT_OBJECT_OWNER)
        );
        change_owner(self.self, to);
    }

    /// Gives the object at an address to another owner.
    public entry fun transfer_call(owner: &signer, object: address, to: address) acquires ObjectCore {
        transfer_raw(owner, object, to);
    }

    /// Gives the object to another owner.
    public entry fun transfer<T: key>(owner: &signer, object: Object<T>, to: address) acquires ObjectCore {
        transfer_raw(owner, object.inner, to);
    }

    /// Gives the object at an address to another owner. The signer owns it, directly or through objects, all of which can be
    /// transferred.
    public fun transfer_raw(owner: &signer, object: address, to: address) acquires ObjectCore {
        assert_can_transfer(signer::address_of(owner), object);
        change_owner(object, to);
    }

    /// Gives the object to another object.
    public entry fun transfer_to_object<O: key, T: key>(
        owner: &signer, object: Object<O>, to: Object<T>
    ) acquires ObjectCore {
        transfer_raw(owner, object.inner, to.inner);
    }

    /// Marks an object that the signer owns directly as burnt: nobody can transfer it any more.
    public entry fun burn<T: key>(owner: &signer, object: Object<T>) acquires ObjectCore {
        let original_owner = signer::address_of(owner);
        assert!(is_owner(object, original_owner), error::permission_denied(ENOT_OBJECT_OWNER));
        assert!(!exists<TombStone>(object.inner), EOBJECT_ALREADY_BURNT);
        move_to(&create_signer(object.inner), TombStone { original_owner });
    }

    /// Takes the burning back; the signer is who burnt the object.
    public entry fun unburn<T: key>(
        original_owner: &signer, object: Object<T>
    ) acquires ObjectCore, TombStone {
        assert!(exists<TombStone>(object.inner), error::invalid_argument(EOBJECT_NOT_BURNT));
        let addr = signer::address_of(original_owner);
        let TombStone { original_owner: burnt_by } = move_from<TombStone>(object.inner);
        assert!(burnt_by == addr, error::permission_denied(ENOT_OBJECT_OWNER));
        if (borrow_global<ObjectCore>(object.inner).owner == BURN_ADDRESS) {
            change_owner(object.inner, addr);
        }
    }

    /// Takes the burning back on behalf of the owner, for stores that their owner uses again.
    public(friend) fun unburn_if_burnt(owner: &signer, object: address) acquires ObjectCore, TombStone {
        if (exists<TombStone>(object)) {
            unburn(owner, Object<ObjectCore> { inner: object });
        }
    }

    /// Whether the owner can transfer the object.
    public fun ungated_transfer_allowed<T: key>(self: Object<T>): bool acquires ObjectCore {
        assert!(exists<ObjectCore>(self.inner), error::not_found(EOBJECT_DOES_NOT_EXIST));
        borrow_global<ObjectCore>(self.inner).allow_ungated_transfer
    }

    #[view]
    /// The owner, which may be an object.
    public fun owner<T: key>(self: Object<T>): address acquires ObjectCore {
        assert!(exists<ObjectCore>(self.inner), error::not_found(EOBJECT_DOES_NOT_EXIST));
        borrow_global<ObjectCore>(self.inner).owner
    }

    #[view]
    /// Whether the object belongs to the address directly.
    public fun is_owner<T: key>(object: Object<T>, owner: address): bool acquires ObjectCore {
        owner(object) == owner
    }

    #[view]
    /// Whether the object is the address, or belongs to it directly or through objects.
    public fun owns<T: key>(object: Object<T>, owner: address): bool acquires ObjectCore {
        let current = object.inner;
        if (current == owner) return true;
        assert!(exists<ObjectCore>(current), error::not_found(EOBJECT_DOES_NOT_EXIST));
        let levels = 0;
        while (exists<ObjectCore>(current)) {
            assert!(levels < MAXIMUM_OBJECT_NESTING, error::out_of_range(EMAXIMUM_NESTING));
            current = borrow_global<ObjectCore>(current).owner;
            if (current == owner) return true;
            levels += 1;
        };
        false
    }

    #[view]
    /// The first owner up the line that is not an object.
    public fun root_owner<T: key>(self: Object<T>): address acquires ObjectCore {
        let current = owner(self);
        let levels = 0;
        while (exists<ObjectCore>(current)) {
            assert!(levels < MAXIMUM_OBJECT_NESTING, error::out_of_range(EMAXIMUM_NESTING));
            current = borrow_global<ObjectCore>(current).owner;
            levels += 1;
        };
        current
    }

    #[deprecated]
    /// Refuses: permissioned signers do not exist.
    public fun grant_permission<T>(
        _master: &signer, _permissioned_signer: &signer, _object: Object<T>
    ) {
        abort error::unavailable(EPERMISSIONED_SIGNER_REMOVED)
    }

    #[deprecated]
    /// Refuses: permissioned signers do not exist.
    public fun grant_permission_with_transfer_ref(_permissioned_signer: &signer, _ref: &TransferRef) {
        abort error::unavailable(EPERMISSIONED_SIGNER_REMOVED)
    }

    fun assert_transferable(object: address) {
        assert!(exists<ObjectCore>(object), error::not_found(EOBJECT_DOES_NOT_EXIST));
        assert!(
            !exists<Untransferable>(object) && !exists<TombStone>(object),
            error::permission_denied(EOBJECT_NOT_TRANSFERRABLE)
        );
    }

    /// The object and every object between it and `owner` must allow it.
    fun assert_can_transfer(owner: address, object: address) acquires ObjectCore {
        assert_transferable(object);
        let current = object;
        let levels = 0;
        loop {
            let core = borrow_global<ObjectCore>(current);
            assert!(core.allow_ungated_transfer, error::permission_denied(ENO_UNGATED_TRANSFERS));
            current = core.owner;
            if (current == owner) break;
            levels += 1;
            assert!(levels < MAXIMUM_OBJECT_NESTING, error::out_of_range(EMAXIMUM_NESTING));
            assert!(exists<ObjectCore>(current), error::permission_denied(ENOT_OBJECT_OWNER));
        }
    }

    fun change_owner(object: address, to: address) acquires ObjectCore {
        let core = borrow_global_mut<ObjectCore>(object);
        if (core.owner != to) {
            event::emit(Transfer { object, from: core.owner, to });
            core.owner = to;
        }
    }

    native fun exists_at<T: key>(object: address): bool;
    /// SHA3-256 of both addresses and 0xFC.
    native fun user_derived_address(source: address, derive_from: address): address;

    #[test_only]
    /// What the native derives, spelled out.
    public fun user_derived_address_for_test(source: address, derive_from: address): address {
        let bytes = bcs::to_bytes(&source);
        bytes.append(bcs::to_bytes(&derive_from));
        bytes.push_back(OBJECT_DERIVED_SCHEME);
        from_bcs::to_address(hash::sha3_256(bytes))
    }

    #[test_only]
    /// Burns an object the way it was done in the past.
    public fun burn_object_with_transfer<T: key>(owner: &signer, object: Object<T>) acquires ObjectCore {
        let original_owner = signer::address_of(owner);
        assert!(is_owner(object, original_owner), error::permission_denied(ENOT_OBJECT_OWNER));
        move_to(&create_signer(object.inner), TombStone { original_owner });
        change_owner(object.inner, BURN_ADDRESS);
    }

    #[test_only]
    /// An object where two addresses say.
    public fun create_user_derived_object_for_test(
        deriver_address: address, derive_ref: &DeriveRef
    ): ConstructorRef {
        create_user_derived_object(deriver_address, derive_ref)
    }
}
