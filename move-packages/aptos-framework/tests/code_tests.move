#[test_only]
module aptos_framework::code_tests {
    use std::bcs;
    use std::signer;
    use std::string;
    use aptos_framework::account;
    use aptos_framework::code::{Self, PackageRegistry};
    use aptos_framework::event;
    use aptos_framework::genesis;
    use aptos_framework::large_packages;
    use aptos_framework::object;
    use aptos_framework::object_code_deployment;
    use aptos_framework::resource_account;
    use aptos_framework::rollup;

    /// BCS of `PackageMetadata`: what clients send.
    fun package(
        name: vector<u8>, policy: u8, modules: vector<vector<u8>>, deps: vector<address>
    ): vector<u8> {
        let bytes = bcs::to_bytes(&string::utf8(name));
        bytes.push_back(policy);
        bytes.append(bcs::to_bytes(&0u64));
        // No digest, no manifest.
        bytes.append(x"0000");
        bytes.push_back((modules.length() as u8));
        modules.for_each(|module_name| {
            bytes.append(bcs::to_bytes(&string::utf8(module_name)));
            bytes.append(x"000000");
        });
        bytes.push_back((deps.length() as u8));
        deps.for_each(|account| {
            bytes.append(bcs::to_bytes(&account));
            bytes.append(bcs::to_bytes(&string::utf8(b"Base")));
        });
        bytes.push_back(0);
        bytes
    }

    fun publish(owner: &signer, name: vector<u8>, policy: u8, modules: vector<vector<u8>>) {
        code::publish_package_txn(owner, package(name, policy, modules, vector[]), vector[]);
    }

    #[test(alice = @0xa11ce)]
    fun packages_are_listed_and_upgraded(alice: &signer) {
        code::record_for_test(alice, package(b"A", 1, vector[b"m"], vector[]));
        code::record_for_test(alice, package(b"B", 1, vector[b"n"], vector[]));
        publish(alice, b"A", 2, vector[b"m", b"o"]);
        assert!(event::emitted_events<code::PublishPackage>().length() == 1, 0);
        assert!(
            code::can_change_upgrade_policy_to(code::upgrade_policy_compat(), code::upgrade_policy_immutable())
                && !code::can_change_upgrade_policy_to(
                    code::upgrade_policy_immutable(), code::upgrade_policy_compat()
                )
                && code::can_change_upgrade_policy_to(
                    code::upgrade_policy_arbitrary(), code::upgrade_policy_arbitrary()
                ),
            1
        );
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x10002, location = aptos_framework::code)]
    fun an_immutable_package_stays(alice: &signer) {
        publish(alice, b"A", 2, vector[b"m"]);
        publish(alice, b"A", 2, vector[b"m"]);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x10008, location = aptos_framework::code)]
    fun arbitrary_packages_are_not_accepted(alice: &signer) {
        publish(alice, b"A", 0, vector[b"m"]);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 4, location = aptos_framework::code)]
    fun an_upgrade_keeps_every_module(alice: &signer) {
        publish(alice, b"A", 1, vector[b"m", b"n"]);
        publish(alice, b"A", 1, vector[b"m"]);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x80001, location = aptos_framework::code)]
    fun a_module_belongs_to_one_package(alice: &signer) {
        publish(alice, b"A", 1, vector[b"m"]);
        publish(alice, b"B", 1, vector[b"m"]);
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    fun a_package_may_use_another(alice: &signer, bob: &signer) {
        code::record_for_test(alice, package(b"Base", 1, vector[b"m"], vector[]));
        code::publish_package_txn(bob, package(b"Top", 1, vector[b"t"], vector[@0xa11ce]), vector[]);
    }

    #[test(bob = @0xb0b)]
    #[expected_failure(abort_code = 0x60005, location = aptos_framework::code)]
    fun what_a_package_uses_is_there(bob: &signer) {
        code::publish_package_txn(bob, package(b"Top", 1, vector[b"t"], vector[@0xa11ce]), vector[]);
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    #[expected_failure(abort_code = 0x10006, location = aptos_framework::code)]
    fun what_stays_does_not_use_what_changes(alice: &signer, bob: &signer) {
        publish(alice, b"Base", 1, vector[b"m"]);
        code::publish_package_txn(bob, package(b"Top", 2, vector[b"t"], vector[@0xa11ce]), vector[]);
    }

    #[test(alice = @0xa11ce)]
    fun a_package_is_laid_down_in_pieces(alice: &signer) {
        let metadata = package(b"A", 1, vector[b"m"], vector[]);
        let tail = metadata.trim(5);
        large_packages::stage_code_chunk(alice, metadata, vector[1, 0], vector[b"b1", b"a1"]);
        large_packages::stage_code_chunk_and_publish_to_account(alice, tail, vector[1], vector[b"b2"]);
        assert!(event::emitted_events<code::PublishPackage>().length() == 1, 0);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x10001, location = aptos_framework::large_packages)]
    fun every_piece_has_its_place(alice: &signer) {
        large_packages::stage_code_chunk(alice, b"", vector[0], vector[]);
    }

    #[test(alice = @0xa11ce)]
    fun pieces_are_forgotten(alice: &signer) {
        large_packages::stage_code_chunk(alice, b"x", vector[0], vector[b"y"]);
        large_packages::cleanup_staging_area(alice);
        large_packages::stage_code_chunk(alice, b"", vector[], vector[]);
        large_packages::cleanup_staging_area(alice);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x60003, location = aptos_framework::large_packages)]
    fun there_is_nothing_to_forget(alice: &signer) {
        large_packages::cleanup_staging_area(alice);
    }

    #[test(alice = @0xa11ce)]
    fun an_object_holds_a_package(alice: &signer) {
        object_code_deployment::publish(alice, package(b"A", 1, vector[b"m"], vector[]), vector[]);
        let seed = bcs::to_bytes(&b"aptos_framework::object_code_deployment");
        seed.append(bcs::to_bytes(&1u64));
        let at = object::create_object_address(&@0xa11ce, seed);
        let object = object::address_to_object<PackageRegistry>(at);
        assert!(signer::address_of(&object_code_deployment::get_code_object_signer(alice, object)) == at, 0);
        object_code_deployment::freeze_code_object(alice, object);
        assert!(event::emitted_events<object_code_deployment::Freeze>().length() == 1, 1);
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    #[expected_failure(abort_code = 0x50002, location = aptos_framework::object_code_deployment)]
    fun only_the_owner_upgrades_an_objects_package(alice: &signer, bob: &signer) {
        object_code_deployment::publish(alice, package(b"A", 1, vector[b"m"], vector[]), vector[]);
        let seed = bcs::to_bytes(&b"aptos_framework::object_code_deployment");
        seed.append(bcs::to_bytes(&1u64));
        let at = object::create_object_address(&@0xa11ce, seed);
        object_code_deployment::upgrade(
            bob, package(b"A", 1, vector[b"m"], vector[]), vector[], object::address_to_object<PackageRegistry>(at)
        );
    }

    fun object_of(publisher: address, number: u64): object::Object<PackageRegistry> {
        let seed = bcs::to_bytes(&b"aptos_framework::object_code_deployment");
        seed.append(bcs::to_bytes(&number));
        object::address_to_object<PackageRegistry>(object::create_object_address(&publisher, seed))
    }

    #[test(alice = @0xa11ce)]
    fun a_package_is_published_in_pieces_at_an_object(alice: &signer) {
        let metadata = package(b"A", 1, vector[b"m"], vector[]);
        let tail = metadata.trim(5);
        large_packages::stage_code_chunk(alice, metadata, vector[0], vector[b"a1"]);
        large_packages::stage_code_chunk_and_publish_to_object(alice, tail, vector[0], vector[b"a2"]);
        assert!(object_of(@0xa11ce, 1).owner() == @0xa11ce, 0);
        assert!(event::emitted_events<object_code_deployment::Publish>().length() == 1, 1);
    }

    #[test(alice = @0xa11ce)]
    fun a_package_at_an_object_is_upgraded_in_pieces(alice: &signer) {
        let constructor = object::create_named_object(alice, b"code");
        let code_signer = constructor.generate_signer();
        code::record_for_test(&code_signer, package(b"A", 1, vector[b"m"], vector[]));
        object_code_deployment::manage_for_test(&code_signer, constructor.generate_extend_ref());
        large_packages::stage_code_chunk_and_upgrade_object_code(
            alice,
            package(b"A", 1, vector[b"m", b"n"], vector[]),
            vector[0, 1],
            vector[b"m", b"n"],
            constructor.object_from_constructor_ref<PackageRegistry>()
        );
        assert!(event::emitted_events<object_code_deployment::Upgrade>().length() == 1, 0);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x10002, location = aptos_framework::code)]
    fun a_frozen_object_keeps_its_packages(alice: &signer) {
        let constructor = object::create_named_object(alice, b"code");
        let code_signer = constructor.generate_signer();
        code::record_for_test(&code_signer, package(b"A", 1, vector[b"m"], vector[]));
        code::freeze_code_object(alice, constructor.object_from_constructor_ref<PackageRegistry>());
        publish(&code_signer, b"A", 2, vector[b"m"]);
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    #[expected_failure(abort_code = 0x50009, location = aptos_framework::code)]
    fun only_the_owner_freezes(alice: &signer, bob: &signer) {
        let constructor = object::create_named_object(alice, b"code");
        code::record_for_test(&constructor.generate_signer(), package(b"A", 1, vector[b"m"], vector[]));
        code::freeze_code_object(bob, constructor.object_from_constructor_ref<PackageRegistry>());
    }

    #[test(alice = @0xa11ce)]
    fun a_resource_account_is_its_package(alice: &signer) {
        resource_account::create_resource_account_and_publish_package(
            alice, b"shop", package(b"A", 1, vector[b"m"], vector[]), vector[]
        );
        let shop = account::create_resource_address(&@0xa11ce, b"shop");
        assert!(code::has_packages_for_test(shop), 0);
        assert!(
            account::get_authentication_key(shop)
                == x"0000000000000000000000000000000000000000000000000000000000000000",
            1
        );
    }

    #[test(alice = @0xa11ce)]
    fun a_package_comes_as_a_value(alice: &signer) {
        let metadata = code::metadata_for_test(package(b"A", 1, vector[b"m"], vector[]));
        code::publish_package(alice, metadata, vector[]);
        assert!(code::has_packages_for_test(@0xa11ce), 0);
    }

    #[test(admin = @0xad)]
    fun the_admin_publishes_for_the_framework_in_pieces(admin: &signer) {
        genesis::setup_with_admin(@0xad, vector[], vector[]);
        let metadata = package(b"A", 1, vector[b"m"], vector[]);
        let tail = metadata.trim(5);
        large_packages::stage_code_chunk(admin, metadata, vector[0], vector[b"m1"]);
        rollup::upgrade_staged_package(admin, @0x2, tail, vector[0], vector[b"m2"]);
        assert!(code::has_packages_for_test(@0x2) && !code::has_packages_for_test(@0xad), 0);
        assert!(event::emitted_events<rollup::PackageUpgraded>().length() == 1, 1);
    }

    #[test(stranger = @0xbad)]
    #[expected_failure(abort_code = 0x50001, location = aptos_framework::rollup)]
    fun a_stranger_publishes_nothing_for_the_framework(stranger: &signer) {
        genesis::setup_with_admin(@0xad, vector[], vector[]);
        rollup::upgrade_staged_package(stranger, @0x2, b"", vector[0], vector[b"m"]);
    }
}
