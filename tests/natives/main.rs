//! Natives that stand in for Move bodies give what the bodies give; the full dose is in `soak`.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

#[path = "../common/natives.rs"]
mod natives;

use move_vm_runtime::Engine;

#[test]
fn natives_of_the_mathematics_equal_their_move_text() {
    for engine in [Engine::Lowered, Engine::Plain] {
        let rounds = if engine == Engine::Lowered { 2_000 } else { 100 };
        match natives::compare(1, rounds, engine) {
            Ok(inputs) => assert_eq!(inputs, 15 * rounds),
            Err(difference) => panic!("{difference}"),
        }
    }
}

/// What a call costs, natives off and on; `--nocapture` shows the table.
#[test]
fn a_native_costs_no_more_gas_than_its_body() {
    println!("{:24} {:>10} {:>12} {:>10} {:>12}", "function", "body ns", "body gas", "native ns", "native gas");
    for (name, [(body_ns, body_gas), (native_ns, native_gas)]) in natives::costs(200) {
        println!("{name:24} {body_ns:>10} {body_gas:>12} {native_ns:>10} {native_gas:>12}");
        assert!(native_gas <= body_gas, "{name}: {native_gas} with the native, {body_gas} with the body");
    }
}
