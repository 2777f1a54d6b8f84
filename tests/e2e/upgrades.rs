//! Code that changes on a running chain: a package by its publisher, the framework and the prices by the chain's admin.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Node, World};
use crate::packages::copy_package;

fn write_package(directory: &Path, name: &str, address: &str, modules: &[(String, String)]) {
    std::fs::create_dir_all(directory.join("sources")).unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n[addresses]\n{address} = \"_\"\n\
         [dependencies.AptosFramework]\nlocal = \"../aptos-core/aptos-move/framework/aptos-framework\"\n"
    );
    std::fs::write(directory.join("Move.toml"), manifest).unwrap();
    for (name, text) in modules {
        std::fs::write(directory.join(format!("sources/{name}.move")), text).unwrap();
    }
}

/// The last line of what a command wrote to stderr, which must fail.
fn refused(node: &Node, chain: &Path, args: &[&str]) -> String {
    let out = node.tenor(chain, args);
    assert_eq!(out.status.code(), Some(1), "tenor {args:?}");
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    text.lines().next_back().unwrap_or_default().to_owned()
}

/// A package at its place in a list of packages, by name.
fn published(node: &Node, address: &str, name: &str) -> Value {
    let (status, registry) = node.get(&format!("/accounts/{address}/resource/0x1::code::PackageRegistry"));
    assert_eq!(status, 200, "{registry}");
    let packages = registry["data"]["packages"].as_array().unwrap();
    packages.iter().find(|package| package["name"] == name).expect("a package of that name").clone()
}

#[test]
fn a_compatible_version_goes_in_and_an_incompatible_one_is_refused_with_the_reason() {
    let world = World::new("counter");
    let (chain, node) = (world.chain(), world.run());
    let write = |body: &str| {
        let text = format!("module jar::jar {{ use std::signer; {body} }}");
        write_package(&world.path("jar"), "Jar", "jar", &[("jar".to_owned(), text)]);
    };
    let first = "struct Jar has key { coins: u64 } \
        public entry fun open(who: &signer) { move_to(who, Jar { coins: 1 }); } \
        public fun add(left: u64, right: u64): u64 { left + right } \
        #[view] public fun coins(at: address): u64 { Jar[at].coins } ";
    write(&format!("{first} public fun who(s: &signer): address {{ signer::address_of(s) }}"));
    let address = node.json(&chain, &["deploy", "jar"])["address"].as_str().unwrap().to_string();
    node.ok(&chain, &["call", "default::jar::open"]);
    assert_eq!(published(&node, &address, "Jar")["upgrade_number"], "0");

    // More functions, more types, other bodies; what stands in state stays.
    let second = "struct Jar has key { coins: u64 } \
        struct Lid has key { open: bool } \
        public entry fun open(who: &signer) { move_to(who, Jar { coins: 1 }); } \
        public entry fun fill(who: &signer, coins: u64) { Jar[signer::address_of(who)].coins += coins; } \
        public entry fun close(who: &signer) { move_to(who, Lid { open: false }); } \
        public fun add(left: u64, right: u64): u64 { right + left } \
        public fun who(s: &signer): address { signer::address_of(s) } \
        #[view] public fun is_open(at: address): bool { Lid[at].open } \
        #[view] public fun coins(at: address): u64 { Jar[at].coins }";
    write(second);
    node.ok(&chain, &["deploy", "jar"]);
    node.ok(&chain, &["call", "default::jar::fill", "41"]);
    node.ok(&chain, &["call", "default::jar::close"]);
    assert_eq!(node.json(&chain, &["view", "default::jar::coins", &address])[0], "42");
    assert_eq!(node.json(&chain, &["view", "default::jar::is_open", &address])[0], false);
    assert_eq!(published(&node, &address, "Jar")["upgrade_number"], "1");

    let incompatible = [
        (second.replace("add(left: u64, right: u64): u64", "add(left: u64, right: u32): u64"), "add"),
        (second.replace("public fun add", "public fun plus"), "add"),
        (second.replace("{ coins: u64 }", "{ coins: u64, lids: u8 }").replace("coins: 1", "coins: 1, lids: 0"), "Jar"),
        (second.replace("struct Lid has key", "struct Lid has store, drop"), "Lid"),
    ];
    for (body, part) in incompatible {
        // A struct that loses `key` cannot stay in storage either; its users go with it.
        let body = if body.contains("Lid has store") {
            body.replace("move_to(who, Lid { open: false });", "let _ = Lid { open: who == who };")
                .replace("Lid[at].open", "Lid { open: at == at }.open")
        } else {
            body
        };
        write(&body.replace("right + left", "left + (right as u64)"));
        let why = refused(&node, &chain, &["deploy", "jar"]);
        assert!(why.contains("BACKWARD_INCOMPATIBLE_MODULE_UPDATE"), "{why}");
        assert!(why.ends_with(&format!(" {part}")), "{why}");
    }
    assert_eq!(published(&node, &address, "Jar")["upgrade_number"], "1");
    assert_eq!(node.json(&chain, &["view", "default::jar::coins", &address])[0], "42");

    // A module cannot be left out, and a policy not be loosened.
    std::fs::remove_file(world.path("jar/sources/jar.move")).unwrap();
    write_package(&world.path("jar"), "Jar", "jar", &[("lid".to_owned(), "module jar::lid {}".to_owned())]);
    let why = refused(&node, &chain, &["deploy", "jar"]);
    assert!(why.contains("EMODULE_MISSING"), "{why}");
}

#[test]
fn a_package_above_64_kib_is_deployed_in_pieces() {
    let world = World::new("counter");
    let (chain, node) = (world.chain(), world.run());
    // Bytes that do not compress, so that sources and code are both large.
    let mut state = 1_u64;
    let mut modules = Vec::new();
    for nth in 0..5 {
        let mut table = String::new();
        for _ in 0..25_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            table.push_str(&format!("{:02x}", state >> 56));
        }
        let before = if nth == 0 { "0".to_owned() } else { format!("large::part{}::sum()", nth - 1) };
        let text = format!(
            "module large::part{nth} {{ const TABLE: vector<u8> = x\"{table}\"; \
             #[view] public fun sum(): u64 {{ TABLE.length() + {before} }} }}"
        );
        modules.push((format!("part{nth}"), text));
    }
    write_package(&world.path("large"), "Large", "large", &modules);
    node.ok(&chain, &["account", "fund", "default", "--amount", "1000000000"]);
    // What a publication that broke off left behind is in nobody's way.
    let left = ["call", "0x1::large_packages::stage_code_chunk", "0x00", "[7]", "[\"0x00\"]"];
    node.ok(&chain, &left);
    let out = node.tenor(&chain, &["--json", "deploy", "large"]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{said}");
    let answer: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(answer["modules"].as_array().unwrap().len(), 5);
    let address = answer["address"].as_str().unwrap();
    assert_eq!(node.json(&chain, &["view", &format!("{address}::part4::sum")])[0], "125000");
    let (_, account) = node.get(&format!("/accounts/{address}"));
    let sent: u64 = account["sequence_number"].as_str().unwrap().parse().unwrap();
    assert!((5..=10).contains(&sent), "{sent} transactions");
    // Nothing of the staging area is left.
    let (status, _) = node.get(&format!("/accounts/{address}/resource/0x1::large_packages::StagingArea"));
    assert_eq!(status, 404);
    assert_eq!(published(&node, address, "Large")["modules"].as_array().unwrap().len(), 5);
}

#[test]
fn the_admin_upgrades_the_framework() {
    let world = World::new("counter");
    let (chain, node) = (world.chain(), world.run());
    copy_package("aptos-stdlib", &world.path("aptos-stdlib"));
    // The small package at 0x1 in one transaction, the large one in pieces.
    for (package, directory, module) in
        [("MoveStdlib", "move-stdlib", "error"), ("AptosFramework", "aptos-framework", "chain_id")]
    {
        copy_package(directory, &world.path(directory));
        let path = world.path(&format!("{directory}/sources/{module}.move"));
        let text = std::fs::read_to_string(&path).unwrap();
        let at = text.rfind('}').unwrap();
        let text = format!("{}    #[view]\n    public fun answer(): u64 {{ 42 }}\n}}\n", &text[..at]);
        std::fs::write(&path, text).unwrap();
        assert_eq!(node.get(&format!("/accounts/0x1/module/{module}")).0, 200);
        let why = refused(&node, &chain, &["deploy", directory, "--at", "0x1"]);
        assert!(why.contains("ENOT_ADMIN"), "{why}");
        let before = published(&node, "0x1", package)["upgrade_number"].clone();
        node.ok(&chain, &["deploy", directory, "--at", "0x1", "--as", "admin"]);
        let after = published(&node, "0x1", package)["upgrade_number"].clone();
        assert_eq!((before.as_str(), after.as_str()), (Some("0"), Some("1")), "{package}");
        assert_eq!(node.json(&chain, &["view", &format!("0x1::{module}::answer")])[0], "42");
    }
    // The chain goes on, with code that uses what came.
    let text = "module later::later { #[view] public fun sum(): u64 { 0 + aptos_framework::chain_id::answer() } }";
    write_package(&world.path("later"), "Later", "later", &[("later".to_owned(), text.to_owned())]);
    let manifest = std::fs::read_to_string(world.path("later/Move.toml")).unwrap();
    let local = manifest.replace("../aptos-core/aptos-move/framework/aptos-framework", "../aptos-framework");
    std::fs::write(world.path("later/Move.toml"), local).unwrap();
    node.ok(&chain, &["deploy", "later"]);
    assert_eq!(node.json(&chain, &["view", "default::later::sum"])[0], "42");
    // An incompatible framework is nobody's, not even the admin's.
    let path = world.path("move-stdlib/sources/error.move");
    let text = std::fs::read_to_string(&path).unwrap().replace("fun answer(): u64 { 42 }", "fun reply(): u64 { 42 }");
    std::fs::write(&path, text).unwrap();
    let why = refused(&node, &chain, &["deploy", "move-stdlib", "--at", "0x1", "--as", "admin"]);
    assert!(why.contains("BACKWARD_INCOMPATIBLE_MODULE_UPDATE") && why.contains("removed function answer"), "{why}");
}

#[test]
fn the_admin_changes_the_gas_schedule() {
    let world = World::new("counter");
    let (chain, node) = (world.chain(), world.run());
    node.deploy(&chain);
    let gas_of_a_call = || {
        let done = node.json(&chain, &["call", "default::counter::increment"]);
        done["gas_used"].as_str().unwrap().parse::<u64>().unwrap()
    };
    gas_of_a_call();
    let before = gas_of_a_call();
    let (_, schedule) = node.get("/accounts/0x1/resource/0x1::gas_schedule::GasSchedule");
    let entries = schedule["data"]["entries"].as_array().unwrap();
    let keys: Vec<&str> = entries.iter().map(|entry| entry["key"].as_str().unwrap()).collect();
    // Everything that costs something costs three times as much; limits stay.
    let values: Vec<String> = entries
        .iter()
        .map(|entry| {
            let value: u64 = entry["val"].as_str().unwrap().parse().unwrap();
            let key = entry["key"].as_str().unwrap();
            let is_price = ["instr.", "io.", "txn.intrinsic"].iter().any(|kind| key.starts_with(kind));
            if is_price { (value * 3).to_string() } else { value.to_string() }
        })
        .collect();
    let version = schedule["data"]["feature_version"].as_str().unwrap();
    let (keys, values) = (serde_json::to_string(&keys).unwrap(), serde_json::to_string(&values).unwrap());
    let args = ["call", "0x1::rollup::set_gas_schedule", version, &keys, &values];
    let why = refused(&node, &chain, &args);
    assert!(why.contains("ENOT_ADMIN"), "{why}");
    assert_eq!(gas_of_a_call(), before);
    let done = node.json(&chain, &[&args[..], &["--as", "admin"]].concat());
    assert!(done["events"].to_string().contains("GasScheduleChanged"), "{done}");
    let after = crate::harness::until("the next block begins", || Some(gas_of_a_call()).filter(|gas| *gas != before));
    assert!(before * 2 < after && after < before * 4, "{before} before, {after} after");

    // Prices whose meaning this binary does not know stop the node before the next block, which says what it needs.
    node.json(&chain, &["call", "0x1::rollup::set_gas_schedule", "2", "[]", "[]", "--as", "admin"]);
    let log = world.path(&format!("stderr-{}.txt", std::process::id()));
    crate::harness::until("the node says why it stops", || {
        let said = std::fs::read_to_string(&log).ok()?;
        (said.contains("the gas schedule has feature version 2") && node.stopped().is_some()).then_some(())
    });
}
