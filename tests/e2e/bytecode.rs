//! Bytecode written by hand that no compiler emits: refused at deploy by the rule it breaks and the place, and nothing changes.

use serde::Serialize;
use types::{SigningKey, codec};

use crate::harness::World;
use crate::kills::{committed, framework, fund, post, signed};

#[derive(Serialize)]
struct ModuleMetadata {
    name: String,
    source: Vec<u8>,
    source_map: Vec<u8>,
    extension: Option<()>,
}

/// `0x1::code::PackageMetadata` of a package with one module and no dependencies.
#[derive(Serialize)]
struct Metadata {
    name: String,
    upgrade_policy: u8,
    upgrade_number: u64,
    source_digest: String,
    manifest: Vec<u8>,
    modules: Vec<ModuleMetadata>,
    deps: Vec<(u8, String)>,
    extension: Option<()>,
}

#[test]
fn ill_typed_bytecode_is_refused_at_deploy_by_name_and_offset_and_changes_nothing() {
    let world = World::new("counter");
    let node = world.run();
    let key = SigningKey::from_seed([0x42; 32]);
    fund(&node, key.address());
    let address = key.address();
    // What, body of a function of type `(u64): (u64)`, status, offset.
    let rows = [
        ("adds a truth to a number", "CopyLoc 0\nLdTrue\nAdd\nRet", "INTEGER_OP_TYPE_MISMATCH_ERROR", 2),
        ("returns a truth for a number", "LdTrue\nRet", "RET_TYPE_MISMATCH_ERROR", 1),
        ("takes from an empty stack", "Pop\nCopyLoc 0\nRet", "NEGATIVE_STACK_SIZE_WITHIN_BLOCK", 0),
        ("reads through a number", "CopyLoc 0\nReadRef\nRet", "READREF_TYPE_MISMATCH_ERROR", 1),
        ("moves a local twice", "MoveLoc 0\nMoveLoc 0\nAdd\nRet", "MOVELOC_UNAVAILABLE_ERROR", 1),
    ];
    let publish = |body: &str, number: u64| {
        let text = format!("module {address}::hand version 7 {{ public fun f(u64): (u64) {{\n{body}\n}} }}");
        let module = move_binary_format::assembly::assemble(&text).unwrap();
        let bytes = module.serialize(module.version).unwrap();
        let metadata = Metadata {
            name: "Hand".into(),
            upgrade_policy: 1,
            upgrade_number: 0,
            source_digest: String::new(),
            manifest: vec![],
            modules: vec![ModuleMetadata { name: "hand".into(), source: vec![], source_map: vec![], extension: None }],
            deps: vec![],
            extension: None,
        };
        let args = vec![codec::encode(&codec::encode(&metadata)), codec::encode(&vec![bytes])];
        signed(&key, number, framework("code", "publish_package_txn", args))
    };
    let resources = || node.get(&format!("/accounts/{address}/resources")).1;
    let names = |resources: &serde_json::Value| -> Vec<String> {
        resources.as_array().unwrap().iter().map(|r| r["type"].as_str().unwrap().to_owned()).collect()
    };
    let before = names(&resources());
    let mut number = 0;
    for (what, body, status, offset) in rows {
        let transaction = publish(body, number);
        assert_eq!(post(&node, &transaction).0, 202, "{what}");
        let done = committed(&node, &transaction);
        assert_eq!(done["success"], false, "{what}");
        let said = done["vm_status"].as_str().unwrap();
        assert_eq!(said, format!("{status} in {address}::hand::function 0 at code offset {offset}"), "{what}");
        assert_eq!(node.get(&format!("/accounts/{address}/module/hand")).0, 404, "{what}");
        assert_eq!(names(&resources()), before, "{what}");
        number += 1;
    }
    // The same by hand and well typed is taken.
    let good = publish("CopyLoc 0\nLdU64 1\nAdd\nRet", number);
    assert_eq!(post(&node, &good).0, 202);
    let done = committed(&node, &good);
    assert_eq!(done["success"], true, "{}", done["vm_status"]);
    assert_eq!(node.get(&format!("/accounts/{address}/module/hand")).0, 200);
}
