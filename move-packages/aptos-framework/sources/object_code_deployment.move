/// Packages at objects of their own: whoever owns the object may upgrade what is published there.
module aptos_framework::object_code_deployment {
    use std::bcs;
    use std::error;
    use std::signer;
    use aptos_framework::account;
    use aptos_framework::code::{Self, PackageRegistry};
    use aptos_framework::event;
    use aptos_framework::object::{Self, ExtendRef, Object};

    // 1 is EOBJECT_CODE_DEPLOYMENT_NOT_SUPPORTED, which nothing raises: it is.
    /// The signer does not own the object.
    const ENOT_CODE_OBJECT_OWNER: u64 = 2;
    /// There is no package at the object.
    const ECODE_OBJECT_DOES_NOT_EXIST: u64 = 3;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const EOBJECT_CODE_DEPLOYMENT_NOT_SUPPORTED: u64 = 1;

    const OBJECT_CODE_DEPLOYMENT_DOMAIN_SEPARATOR: vector<u8> = b"aptos_framework::object_code_deployment";

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// What the package is upgraded with.
    struct ManagingRefs has key {
        extend_ref: ExtendRef
    }

    #[event]
    /// A package was published at an object.
    struct Publish has drop, store {
        object_address: address
    }

    #[event]
    /// A package at an object was upgraded.
    struct Upgrade has drop, store {
        object_address: address
    }

    #[event]
    /// A package at an object changes no more.
    struct Freeze has drop, store {
        object_address: address
    }

    /// Publishes a package at a new object of the signer's. Its address follows from the signer's and the sequence number.
    public entry fun publish(
        publisher: &signer, metadata_serialized: vector<u8>, code: vector<vector<u8>>
    ) {
        let publisher_address = signer::address_of(publisher);
        let constructor_ref = object::create_named_object(publisher, object_seed(publisher_address));
        let code_signer = constructor_ref.generate_signer();
        code::publish_package_txn(&code_signer, metadata_serialized, code);
        event::emit(Publish { object_address: signer::address_of(&code_signer) });
        move_to(&code_signer, ManagingRefs { extend_ref: constructor_ref.generate_extend_ref() });
    }

    /// Upgrades the package at an object of the signer's.
    public entry fun upgrade(
        publisher: &signer,
        metadata_serialized: vector<u8>,
        code: vector<vector<u8>>,
        code_object: Object<PackageRegistry>
    ) acquires ManagingRefs {
        let code_signer = get_code_object_signer(publisher, code_object);
        code::publish_package_txn(&code_signer, metadata_serialized, code);
        event::emit(Upgrade { object_address: signer::address_of(&code_signer) });
    }

    /// From now on the package at an object of the signer's changes no more.
    public entry fun freeze_code_object(publisher: &signer, code_object: Object<PackageRegistry>) {
        code::freeze_code_object(publisher, code_object);
        event::emit(Freeze { object_address: object::object_address(&code_object) });
    }

    /// The signer of an object with a package, for the object's owner.
    public fun get_code_object_signer(
        publisher: &signer, code_object: Object<PackageRegistry>
    ): signer acquires ManagingRefs {
        assert!(
            object::is_owner(code_object, signer::address_of(publisher)),
            error::permission_denied(ENOT_CODE_OBJECT_OWNER)
        );
        let addr = object::object_address(&code_object);
        assert!(exists<ManagingRefs>(addr), error::not_found(ECODE_OBJECT_DOES_NOT_EXIST));
        borrow_global<ManagingRefs>(addr).extend_ref.generate_signer_for_extending()
    }

    /// The transaction's own number is counted when it ends, hence the 1.
    fun object_seed(publisher: address): vector<u8> {
        let seed = bcs::to_bytes(&OBJECT_CODE_DEPLOYMENT_DOMAIN_SEPARATOR);
        seed.append(bcs::to_bytes(&(account::get_sequence_number(publisher) + 1)));
        seed
    }

    #[test_only]
    /// Lets an object's owner upgrade the packages there.
    public fun manage_for_test(code_signer: &signer, extend_ref: ExtendRef) {
        move_to(code_signer, ManagingRefs { extend_ref });
    }
}
