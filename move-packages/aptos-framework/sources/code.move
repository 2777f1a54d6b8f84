/// Publishing packages: what an account's modules belong to, and who may change them how.
///
/// The machine loads and checks the modules; this module keeps the list of packages and holds upgrades to their policies.
module aptos_framework::code {
    use std::error;
    use std::option::Option;
    use std::signer;
    use std::string::{Self, String};
    use aptos_std::copyable_any::Any;
    use aptos_framework::event;
    use aptos_framework::object::{Self, Object};
    use aptos_framework::system_addresses;
    use aptos_framework::util;

    friend aptos_framework::genesis;
    friend aptos_framework::object_code_deployment;
    friend aptos_framework::rollup;

    /// A module of that name belongs to another package of the account.
    const EMODULE_NAME_CLASH: u64 = 0x1;
    /// The package was published to stay as it is.
    const EUPGRADE_IMMUTABLE: u64 = 0x2;
    /// An upgrade cannot loosen the policy.
    const EUPGRADE_WEAKER_POLICY: u64 = 0x3;
    /// An upgrade cannot leave a module out.
    const EMODULE_MISSING: u64 = 0x4;
    /// A package that this one depends on is not published.
    const EPACKAGE_DEP_MISSING: u64 = 0x5;
    /// A package that this one depends on may change more freely than this one.
    const EDEP_WEAKER_POLICY: u64 = 0x6;
    /// Packages that may change arbitrarily serve packages of their own account only.
    const EDEP_ARBITRARY_NOT_SAME_ADDRESS: u64 = 0x7;
    /// Packages that may change arbitrarily are not accepted.
    const EINCOMPATIBLE_POLICY_DISABLED: u64 = 0x8;
    /// The signer does not own the package.
    const ENOT_PACKAGE_OWNER: u64 = 0x9;
    /// There are no packages at the object.
    const ECODE_OBJECT_DOES_NOT_EXIST: u64 = 0xA;
    /// Permissioned signers do not exist.
    const EPERMISSIONED_SIGNER_REMOVED: u64 = 0xC;

    /// The packages of an account.
    struct PackageRegistry has key, store, drop {
        packages: vector<PackageMetadata>
    }

    /// A package. `manifest` and the modules' texts are compressed; what the client chose not to send is empty.
    struct PackageMetadata has copy, drop, store {
        name: String,
        upgrade_policy: UpgradePolicy,
        upgrade_number: u64,
        source_digest: String,
        manifest: vector<u8>,
        modules: vector<ModuleMetadata>,
        deps: vector<PackageDep>,
        extension: Option<Any>
    }

    /// A package that another one depends on.
    struct PackageDep has store, drop, copy {
        account: address,
        package_name: String
    }

    /// A module of a package.
    struct ModuleMetadata has copy, drop, store {
        name: String,
        source: vector<u8>,
        source_map: vector<u8>,
        extension: Option<Any>
    }

    /// 0: anything may change; 1: what others may have used stays; 2: nothing changes.
    struct UpgradePolicy has store, copy, drop {
        policy: u8
    }

    #[event]
    /// A package was published.
    struct PublishPackage has drop, store {
        code_address: address,
        is_upgrade: bool
    }

    #[deprecated]
    /// Let a permissioned signer publish. Nothing makes one.
    #[lint::skip(unused_struct)]
    struct CodePublishingPermission has copy, drop, store {}

    /// A module that the package may use; with an empty name, every module of the account.
    struct AllowedDep has drop {
        account: address,
        module_name: String
    }

    /// Anything may change.
    public fun upgrade_policy_arbitrary(): UpgradePolicy {
        UpgradePolicy { policy: 0 }
    }

    /// What others may have used stays.
    public fun upgrade_policy_compat(): UpgradePolicy {
        UpgradePolicy { policy: 1 }
    }

    /// Nothing changes.
    public fun upgrade_policy_immutable(): UpgradePolicy {
        UpgradePolicy { policy: 2 }
    }

    /// Whether a package of the policy `from` may get the policy `to`.
    public fun can_change_upgrade_policy_to(from: UpgradePolicy, to: UpgradePolicy): bool {
        from.policy <= to.policy
    }

    /// Publishes a package, or upgrades it if one of its name is there.
    ///
    /// * `code`: the modules, each after those that it uses.
    public fun publish_package(
        owner: &signer, pack: PackageMetadata, code: vector<vector<u8>>
    ) acquires PackageRegistry {
        assert!(pack.upgrade_policy.policy > 0, error::invalid_argument(EINCOMPATIBLE_POLICY_DISABLED));
        let addr = signer::address_of(owner);
        let allowed_deps = check_dependencies(addr, &pack);
        let module_names = module_names(&pack);
        let policy = pack.upgrade_policy.policy;
        let is_upgrade = record(owner, pack);
        event::emit(PublishPackage { code_address: addr, is_upgrade });
        request_publish(addr, module_names, allowed_deps, code, policy);
    }

    /// Publishes a package, or upgrades it if one of its name is there.
    ///
    /// * `metadata_serialized`: BCS of `PackageMetadata`.
    public entry fun publish_package_txn(
        owner: &signer, metadata_serialized: vector<u8>, code: vector<vector<u8>>
    ) acquires PackageRegistry {
        publish_package(owner, util::from_bytes<PackageMetadata>(metadata_serialized), code);
    }

    /// From now on no package at the object changes.
    public fun freeze_code_object(
        publisher: &signer, code_object: Object<PackageRegistry>
    ) acquires PackageRegistry {
        let addr = object::object_address(&code_object);
        assert!(exists<PackageRegistry>(addr), error::not_found(ECODE_OBJECT_DOES_NOT_EXIST));
        assert!(
            object::is_owner(code_object, signer::address_of(publisher)),
            error::permission_denied(ENOT_PACKAGE_OWNER)
        );
        borrow_global_mut<PackageRegistry>(addr).packages.for_each_mut(|pack| {
            pack.upgrade_policy = upgrade_policy_immutable();
        });
    }

    /// Notes a package whose modules genesis published.
    public(friend) fun record_genesis_package(
        owner: &signer, metadata_serialized: vector<u8>
    ) acquires PackageRegistry {
        record(owner, util::from_bytes<PackageMetadata>(metadata_serialized));
    }

    #[test_only]
    /// Lists a package without its modules: a transaction publishes one package only.
    public fun record_for_test(owner: &signer, metadata_serialized: vector<u8>) acquires PackageRegistry {
        record(owner, util::from_bytes<PackageMetadata>(metadata_serialized));
    }

    #[test_only]
    /// Metadata out of what clients send.
    public fun metadata_for_test(metadata_serialized: vector<u8>): PackageMetadata {
        util::from_bytes<PackageMetadata>(metadata_serialized)
    }

    #[test_only]
    /// Whether the account has packages.
    public fun has_packages_for_test(at: address): bool {
        exists<PackageRegistry>(at)
    }

    #[deprecated]
    /// Refuses: permissioned signers do not exist.
    public fun grant_permission(_master: &signer, _permissioned_signer: &signer) {
        abort error::unavailable(EPERMISSIONED_SIGNER_REMOVED)
    }

    /// Puts the package into its account's list, in the place of an older one, and says whether there was one.
    fun record(owner: &signer, pack: PackageMetadata): bool acquires PackageRegistry {
        let addr = signer::address_of(owner);
        if (!exists<PackageRegistry>(addr)) {
            move_to(owner, PackageRegistry { packages: vector[] });
        };
        let module_names = module_names(&pack);
        let packages = &mut borrow_global_mut<PackageRegistry>(addr).packages;
        let count = packages.length();
        let place = count;
        let upgrade_number = 0;
        let i = 0;
        while (i < count) {
            let old = packages.borrow(i);
            if (old.name == pack.name) {
                check_upgrade(old, &pack, &module_names);
                upgrade_number = old.upgrade_number + 1;
                place = i;
            } else {
                check_coexistence(old, &module_names);
            };
            i += 1;
        };
        // The client's number has no meaning.
        pack.upgrade_number = upgrade_number;
        if (place < count) {
            *packages.borrow_mut(place) = pack;
            true
        } else {
            packages.push_back(pack);
            false
        }
    }

    fun check_upgrade(old: &PackageMetadata, new: &PackageMetadata, new_modules: &vector<String>) {
        assert!(
            old.upgrade_policy.policy < upgrade_policy_immutable().policy,
            error::invalid_argument(EUPGRADE_IMMUTABLE)
        );
        assert!(
            can_change_upgrade_policy_to(old.upgrade_policy, new.upgrade_policy),
            error::invalid_argument(EUPGRADE_WEAKER_POLICY)
        );
        old.modules.for_each_ref(|m| assert!(new_modules.contains(&m.name), EMODULE_MISSING));
    }

    fun check_coexistence(other: &PackageMetadata, new_modules: &vector<String>) {
        other.modules.for_each_ref(|m| {
            assert!(!new_modules.contains(&m.name), error::already_exists(EMODULE_NAME_CLASH));
        });
    }

    /// Each package that this one depends on is published and changes no more freely; returns the modules that it offers.
    fun check_dependencies(
        publish_address: address, pack: &PackageMetadata
    ): vector<AllowedDep> acquires PackageRegistry {
        let allowed = vector[];
        let deps = &pack.deps;
        let count = deps.length();
        let i = 0;
        while (i < count) {
            let dep = deps.borrow(i);
            assert!(exists<PackageRegistry>(dep.account), error::not_found(EPACKAGE_DEP_MISSING));
            if (system_addresses::is_framework_reserved_address(dep.account)) {
                // The framework's packages are the chain's own: the admin upgrades them compatibly, whatever they say.
                allowed.push_back(AllowedDep { account: dep.account, module_name: string::utf8(b"") });
            } else {
                let registry = borrow_global<PackageRegistry>(dep.account);
                let (found, at) = registry.packages.find(|p| p.name == dep.package_name);
                assert!(found, error::not_found(EPACKAGE_DEP_MISSING));
                let dep_pack = registry.packages.borrow(at);
                assert!(
                    dep_pack.upgrade_policy.policy >= pack.upgrade_policy.policy,
                    error::invalid_argument(EDEP_WEAKER_POLICY)
                );
                if (dep_pack.upgrade_policy.policy == 0) {
                    assert!(
                        dep.account == publish_address,
                        error::invalid_argument(EDEP_ARBITRARY_NOT_SAME_ADDRESS)
                    );
                };
                dep_pack.modules.for_each_ref(|m| {
                    allowed.push_back(AllowedDep { account: dep.account, module_name: m.name });
                });
            };
            i += 1;
        };
        allowed
    }

    fun module_names(pack: &PackageMetadata): vector<String> {
        pack.modules.map_ref(|m| m.name)
    }

    /// Has the modules published at the end of this call: they are those of `expected_modules`, and use no others than those of
    /// their own account, of `allowed_deps`, and each other.
    native fun request_publish(
        owner: address,
        expected_modules: vector<String>,
        allowed_deps: vector<AllowedDep>,
        code: vector<vector<u8>>,
        policy: u8
    );
}
