/// Packages that do not fit into one transaction: pieces are laid down by several, and published by the last.
module aptos_framework::large_packages {
    use std::error;
    use std::signer;
    use aptos_std::smart_table::{Self, SmartTable};
    use aptos_framework::code::{Self, PackageRegistry};
    use aptos_framework::object::Object;
    use aptos_framework::object_code_deployment;

    friend aptos_framework::rollup;

    /// There are not as many pieces as indices.
    const ECODE_MISMATCH: u64 = 1;
    /// The account laid nothing down.
    const EMISSING_STAGING_AREA: u64 = 3;

    /// The pieces so far. `code` holds the modules by index, of which `last_module_idx` is the largest.
    struct StagingArea has key {
        metadata_serialized: vector<u8>,
        code: SmartTable<u64, vector<u8>>,
        last_module_idx: u64
    }

    /// Lays pieces down.
    ///
    /// * `metadata_chunk`: goes behind what is there of the metadata.
    /// * `code_chunks`: each goes behind what is there of the module whose index stands at the same place of `code_indices`.
    public entry fun stage_code_chunk(
        owner: &signer,
        metadata_chunk: vector<u8>,
        code_indices: vector<u16>,
        code_chunks: vector<vector<u8>>
    ) acquires StagingArea {
        stage(owner, metadata_chunk, code_indices, code_chunks);
    }

    /// Lays the last pieces down and publishes at the signer's account.
    public entry fun stage_code_chunk_and_publish_to_account(
        owner: &signer,
        metadata_chunk: vector<u8>,
        code_indices: vector<u16>,
        code_chunks: vector<vector<u8>>
    ) acquires StagingArea {
        stage(owner, metadata_chunk, code_indices, code_chunks);
        let (metadata_serialized, code) = assemble(owner);
        code::publish_package_txn(owner, metadata_serialized, code);
    }

    /// Lays the last pieces down and publishes at a new object.
    public entry fun stage_code_chunk_and_publish_to_object(
        owner: &signer,
        metadata_chunk: vector<u8>,
        code_indices: vector<u16>,
        code_chunks: vector<vector<u8>>
    ) acquires StagingArea {
        stage(owner, metadata_chunk, code_indices, code_chunks);
        let (metadata_serialized, code) = assemble(owner);
        object_code_deployment::publish(owner, metadata_serialized, code);
    }

    /// Lays the last pieces down and upgrades the package at an object.
    public entry fun stage_code_chunk_and_upgrade_object_code(
        owner: &signer,
        metadata_chunk: vector<u8>,
        code_indices: vector<u16>,
        code_chunks: vector<vector<u8>>,
        code_object: Object<PackageRegistry>
    ) acquires StagingArea {
        stage(owner, metadata_chunk, code_indices, code_chunks);
        let (metadata_serialized, code) = assemble(owner);
        object_code_deployment::upgrade(owner, metadata_serialized, code, code_object);
    }

    /// Lays the last pieces down and returns them all, put together: metadata and modules.
    public(friend) fun stage_and_assemble(
        owner: &signer,
        metadata_chunk: vector<u8>,
        code_indices: vector<u16>,
        code_chunks: vector<vector<u8>>
    ): (vector<u8>, vector<vector<u8>>) acquires StagingArea {
        stage(owner, metadata_chunk, code_indices, code_chunks);
        assemble(owner)
    }

    /// Forgets the pieces.
    public entry fun cleanup_staging_area(owner: &signer) acquires StagingArea {
        let addr = signer::address_of(owner);
        assert!(exists<StagingArea>(addr), error::not_found(EMISSING_STAGING_AREA));
        let StagingArea { metadata_serialized: _, code, last_module_idx: _ } = move_from<StagingArea>(addr);
        code.destroy();
    }

    fun stage(
        owner: &signer,
        metadata_chunk: vector<u8>,
        code_indices: vector<u16>,
        code_chunks: vector<vector<u8>>
    ) acquires StagingArea {
        assert!(code_indices.length() == code_chunks.length(), error::invalid_argument(ECODE_MISMATCH));
        let addr = signer::address_of(owner);
        if (!exists<StagingArea>(addr)) {
            move_to(
                owner,
                StagingArea {
                    metadata_serialized: vector[],
                    // One module per storage item: each may be large.
                    code: smart_table::new_with_config(1, 100, 1),
                    last_module_idx: 0
                }
            );
        };
        let area = borrow_global_mut<StagingArea>(addr);
        area.metadata_serialized.append(metadata_chunk);
        code_indices.zip(code_chunks, |index, chunk| {
            let index = (index as u64);
            if (area.code.contains(index)) {
                area.code.borrow_mut(index).append(chunk);
            } else {
                area.code.add(index, chunk);
                if (index > area.last_module_idx) area.last_module_idx = index;
            }
        });
    }

    /// Takes the pieces back as metadata and modules, and removes the area.
    fun assemble(owner: &signer): (vector<u8>, vector<vector<u8>>) acquires StagingArea {
        let StagingArea { metadata_serialized, code: staged, last_module_idx } =
            move_from<StagingArea>(signer::address_of(owner));
        let code = vector[];
        let i = 0;
        while (i <= last_module_idx) {
            // Aborts where an index was left out.
            code.push_back(staged.remove(i));
            i += 1;
        };
        staged.destroy_empty();
        (metadata_serialized, code)
    }
}
