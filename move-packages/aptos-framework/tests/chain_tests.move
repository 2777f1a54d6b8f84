#[test_only]
module aptos_framework::chain_tests {
    use std::signer;
    use std::string;
    use aptos_framework::account;
    use aptos_framework::aggregator_v2;
    use aptos_framework::aptos_coin::AptosCoin;
    use aptos_framework::block;
    use aptos_framework::chain_id;
    use aptos_framework::coin;
    use aptos_framework::event;
    use aptos_framework::fees;
    use aptos_framework::gas_schedule;
    use aptos_framework::genesis;
    use aptos_framework::randomness;
    use aptos_framework::rollup;
    use aptos_framework::system_addresses;
    use aptos_framework::timestamp;
    use aptos_framework::transaction_context;
    use aptos_framework::transaction_validation;
    use aptos_framework::util;

    #[event]
    struct Happened has drop, store {
        n: u64
    }

    #[test]
    fun events_are_remembered() {
        event::emit(Happened { n: 1 });
        event::emit(Happened { n: 2 });
        assert!(event::was_event_emitted(&Happened { n: 1 }) && !event::was_event_emitted(&Happened { n: 3 }), 0);
        assert!(event::emitted_events<Happened>().length() == 2, 1);
    }

    #[test(framework = @aptos_framework)]
    fun time_passes(framework: &signer) {
        timestamp::set_time_has_started_for_testing(framework);
        timestamp::set_time_has_started_for_testing(framework);
        assert!(timestamp::now_microseconds() == 0, 0);
        timestamp::update_global_time_for_test(1500000);
        assert!(timestamp::now_seconds() == 1, 1);
        timestamp::update_global_time_for_test_secs(5);
        timestamp::fast_forward_seconds(2);
        assert!(timestamp::now_seconds() == 7, 2);
        let vm = account::create_signer_for_test(@vm_reserved);
        timestamp::update_global_time(&vm, @0x5, 8000000);
        timestamp::update_global_time(&vm, @vm_reserved, 8000000);
        assert!(timestamp::now_seconds() == 8, 3);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x10002, location = aptos_framework::timestamp)]
    fun time_does_not_stand(framework: &signer) {
        timestamp::set_time_has_started_for_testing(framework);
        timestamp::update_global_time(&account::create_signer_for_test(@vm_reserved), @0x5, 0);
    }

    #[test]
    fun a_block_sets_time_and_pays_out_fees() {
        genesis::setup_with_balances(vector[@0xa11ce], vector[1000]);
        assert!(chain_id::get() == 4 && block::get_current_block_height() == 0, 0);
        let vm = account::create_signer_for_test(@vm_reserved);
        block::open_for_test(&vm, @0x77, 1, @0x5e9, 3000000, 40);
        assert!(timestamp::now_seconds() == 3 && block::get_current_block_height() == 1, 1);
        assert!(coin::balance<AptosCoin>(fees::recipient()) == 40, 2);
        assert!(event::emitted_events<block::NewBlock>().length() == 1, 3);
        let framework = account::create_signer_for_test(@aptos_framework);
        block::initialize_commit_history(&framework, 2);
        block::open_for_test(&vm, @0x78, 2, @0x5e9, 4000000, 0);
        block::update_epoch_interval_microsecs(&framework, 5000000);
        assert!(block::get_epoch_interval_secs() == 5, 4);
        assert!(gas_schedule::feature_version() == 1, 5);
        assert!(rollup::admin() == @0x0 && rollup::genesis_hash().length() == 32, 6);
        assert!(rollup::sequencer_public_key().length() == 32 && rollup::parameters().is_empty(), 7);
    }

    fun with_admin(admin: address) {
        genesis::setup_with_admin(
            admin,
            vector[string::utf8(b"max_gas_price"), string::utf8(b"min_gas_price"), string::utf8(b"batch_parts_max")],
            vector[1000, 100, 256]
        );
    }

    #[test(admin = @0xad)]
    fun the_admin_moves_parameters(admin: &signer) {
        with_admin(@0xad);
        let name = string::utf8(b"min_gas_price");
        assert!(rollup::parameter(name) == 100, 0);
        rollup::set_parameter(admin, name, 1000);
        assert!(rollup::parameter(name) == 1000, 1);
        rollup::set_gas_schedule(admin, 2, vector[string::utf8(b"a"), string::utf8(b"b")], vector[1, 2]);
        assert!(gas_schedule::feature_version() == 2, 2);
        rollup::set_fee_recipient(admin, @0xfee);
        assert!(fees::recipient() == @0xfee, 3);
        fees::set_recipient(admin, @0xfee2);
        assert!(fees::recipient() == @0xfee2, 4);
        rollup::set_sequencer_key(admin, x"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        rollup::set_admin(admin, @0xad2);
        assert!(rollup::admin() == @0xad2, 5);
        assert!(event::emitted_events<rollup::ParameterChanged>().length() == 1, 6);
    }

    #[test(stranger = @0xbad)]
    #[expected_failure(abort_code = 0x50001, location = aptos_framework::rollup)]
    fun a_stranger_moves_nothing(stranger: &signer) {
        with_admin(@0xad);
        rollup::set_parameter(stranger, string::utf8(b"min_gas_price"), 1);
    }

    #[test(admin = @0xad)]
    #[expected_failure(abort_code = 0x50001, location = aptos_framework::fees)]
    fun who_was_admin_names_no_recipient(admin: &signer) {
        with_admin(@0xad);
        rollup::set_admin(admin, @0xad2);
        fees::set_recipient(admin, @0xad);
    }

    #[test(admin = @0xad)]
    #[expected_failure(abort_code = 0x10002, location = aptos_framework::rollup)]
    fun a_parameter_has_a_name(admin: &signer) {
        with_admin(@0xad);
        rollup::set_parameter(admin, string::utf8(b"nothing"), 1);
    }

    #[test(admin = @0xad)]
    #[expected_failure(abort_code = 0x10003, location = aptos_framework::rollup)]
    fun a_parameter_stays_in_its_range(admin: &signer) {
        with_admin(@0xad);
        rollup::set_parameter(admin, string::utf8(b"min_gas_price"), 1001);
    }

    #[test(admin = @0xad)]
    #[expected_failure(abort_code = 0x10003, location = aptos_framework::rollup)]
    fun some_parameters_are_fixed_for_good(admin: &signer) {
        with_admin(@0xad);
        rollup::set_parameter(admin, string::utf8(b"batch_parts_max"), 256);
    }

    #[test(admin = @0xad)]
    #[expected_failure(abort_code = 0x10005, location = aptos_framework::rollup)]
    fun the_admin_publishes_nowhere_else(admin: &signer) {
        with_admin(@0xad);
        rollup::upgrade_package(admin, @0x10, b"", vector[]);
    }

    #[test]
    fun numbers_have_limits() {
        let a = aggregator_v2::create_aggregator<u64>(10);
        a.add(7);
        assert!(!a.try_add(4) && a.try_add(3) && a.read() == 10, 0);
        assert!(!a.try_sub(11) && a.try_sub(4) && a.is_at_least(6) && !a.is_at_least(7), 1);
        a.sub(1);
        assert!(a.max_value() == 10 && a.snapshot().read_snapshot() == 5, 2);
        let b = aggregator_v2::create_unbounded_aggregator_with_value<u128>(1 << 100);
        assert!(b.read() == 1 << 100, 3);
        let text =
            aggregator_v2::derive_string_concat(
                string::utf8(b"#"), &aggregator_v2::create_snapshot(7u64), string::utf8(b"!")
            );
        assert!(text.read_derived_string() == string::utf8(b"#7!"), 4);
        assert!(aggregator_v2::create_aggregator_with_value<u64>(1, 2).read() == 1, 5);
    }

    #[test]
    #[expected_failure(abort_code = 0x20001, location = aptos_framework::aggregator_v2)]
    fun a_number_does_not_pass_its_limit() {
        aggregator_v2::create_aggregator<u64>(10).add(11);
    }

    #[test]
    #[expected_failure(abort_code = 0x20002, location = aptos_framework::aggregator_v2)]
    fun a_number_is_not_negative() {
        aggregator_v2::create_unbounded_aggregator<u64>().sub(1);
    }

    #[test(framework = @aptos_framework)]
    fun tests_draw_numbers_from_a_seed(framework: &signer) {
        randomness::initialize_for_testing(framework);
        assert!(randomness::bytes(40).length() == 40, 0);
        let seen = vector<u64>[];
        randomness::permutation(5).for_each(|n| seen.push_back(n));
        assert!(seen.length() == 5 && seen.fold(0, |s, n| s + n) == 10, 1);
        let i = 0;
        while (i < 20) {
            let n = randomness::u64_range(10, 13);
            assert!(n >= 10 && n < 13, 2);
            assert!(randomness::u8_range(3, 4) == 3, 3);
            i += 1;
        };
        assert!(randomness::u256_integer() != randomness::u256_integer(), 4);
        randomness::u8_integer();
        randomness::u16_integer();
        randomness::u32_integer();
        randomness::u64_integer();
        randomness::u128_integer();
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 1, location = aptos_framework::randomness)]
    fun a_chain_has_no_random_numbers(framework: &signer) {
        randomness::initialize(framework);
        randomness::u64_integer();
    }

    #[test]
    fun a_transaction_has_unique_addresses() {
        assert!(transaction_context::get_transaction_hash().length() == 32, 0);
        let first = transaction_context::generate_auid_address();
        let second = transaction_context::auid_address(&transaction_context::generate_auid());
        assert!(first != second, 1);
        assert!(transaction_context::get_script_hash().is_empty(), 2);
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun a_test_is_no_transaction() {
        transaction_context::sender();
    }

    #[test(framework = @aptos_framework, core = @core_resources, vm = @vm_reserved)]
    fun the_systems_addresses_are_known(framework: &signer, core: &signer, vm: &signer) {
        system_addresses::assert_aptos_framework(framework);
        system_addresses::assert_framework_reserved_address(framework);
        system_addresses::assert_core_resource(core);
        system_addresses::assert_vm(vm);
        assert!(system_addresses::is_reserved_address(signer::address_of(vm)), 0);
        assert!(system_addresses::is_framework_reserved_address(@0xa), 1);
        assert!(!system_addresses::is_framework_reserved_address(@0xb), 2);
        assert!(!system_addresses::is_vm(framework) && !system_addresses::is_core_resource_address(@0x1), 3);
    }

    #[test]
    fun addresses_come_out_of_bytes() {
        assert!(
            util::address_from_bytes(x"0000000000000000000000000000000000000000000000000000000000000a0b") == @0xa0b, 0
        );
        assert!(transaction_validation::out_of_gas_code() == 0x20006, 1);
        assert!(transaction_validation::prologue_codes()[0] == 0x103e9, 2);
    }

    #[test(framework = @aptos_framework)]
    fun the_systems_addresses_are_asked_for(framework: &signer) {
        system_addresses::assert_core_resource_address(@core_resources);
        system_addresses::assert_framework_reserved(@0xa);
        assert!(system_addresses::is_aptos_framework_address(signer::address_of(framework)), 0);
        assert!(system_addresses::is_vm_address(@vm_reserved) && !system_addresses::is_vm_address(@0x1), 1);
    }

    #[test]
    #[expected_failure(abort_code = 0x50001, location = aptos_framework::system_addresses)]
    fun core_resources_are_at_one_address() {
        system_addresses::assert_core_resource_address(@0x1);
    }

    #[test]
    #[expected_failure(abort_code = 0x50004, location = aptos_framework::system_addresses)]
    fun eleven_is_not_reserved() {
        system_addresses::assert_framework_reserved(@0xb);
    }

    #[test]
    fun a_text_of_numbers_is_a_text() {
        assert!(aggregator_v2::create_derived_string(string::utf8(b"x")).read_derived_string() == string::utf8(b"x"), 0);
    }

    #[test]
    #[expected_failure(abort_code = 0x30009, location = aptos_framework::aggregator_v2)]
    fun a_reading_is_not_copied() {
        aggregator_v2::copy_snapshot(&aggregator_v2::create_snapshot(7u64));
    }

    #[test]
    #[expected_failure(abort_code = 0x30009, location = aptos_framework::aggregator_v2)]
    fun readings_are_not_joined() {
        aggregator_v2::string_concat(
            string::utf8(b""), &aggregator_v2::create_snapshot(7u64), string::utf8(b"")
        );
    }

    #[test(framework = @aptos_framework)]
    fun a_block_stands_for_a_set_of_writes(framework: &signer) {
        timestamp::set_time_has_started_for_testing(framework);
        account::create_account_for_test(@aptos_framework);
        block::initialize_for_test(framework, 1000000);
        block::initialize_commit_history(framework, 10);
        assert!(block::get_epoch_interval_secs() == 1, 0);
        block::emit_writeset_block_event(&account::create_signer_for_test(@vm_reserved), @0x77);
        assert!(event::emitted_events<block::NewBlock>().length() == 1, 1);
    }

    #[test(framework = @aptos_framework)]
    fun numbers_of_every_width_stay_in_their_range(framework: &signer) {
        randomness::initialize_for_testing(framework);
        randomness::set_seed(x"0000000000000000000000000000000000000000000000000000000000000007");
        let seen = vector[0, 0, 0];
        let i = 0;
        while (i < 30) {
            let n = randomness::u64_range_internal(5, 8);
            *seen.borrow_mut(n - 5) += 1;
            assert!(randomness::u16_range(65534, 65535) == 65534, i);
            assert!(randomness::u32_range(0, 2) < 2, i);
            assert!(randomness::u128_range(1 << 100, (1 << 100) + 9) - (1 << 100) < 9, i);
            assert!(randomness::u256_range(0, 1) == 0, i);
            i += 1;
        };
        assert!(seen.all(|n| *n > 0), 100);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 2, location = aptos_framework::randomness)]
    fun a_range_has_a_number(framework: &signer) {
        randomness::initialize_for_testing(framework);
        randomness::u256_range(5, 5);
    }
}
