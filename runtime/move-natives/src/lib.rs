//! The native functions, one table.
//!
//! Every function is found by (address, module, name) and runs against [`NativeContext`](move_vm_runtime::NativeContext), which both interpreters
//! implement: it reads arguments by kind, charges gas before it works, leaves results in order, and never panics.
//! One file per family. [`table`] is what a chain runs; [`test_table`] adds what only unit tests may do.

mod aggregator;
mod bcs;
mod code;
pub mod crypto;
mod debug;
mod dispatch;
mod event;
mod hash;
mod math;
mod memory;
mod object;
mod signer;
mod string;
mod table;
mod transaction_context;
mod types;
mod unit_test;

use move_core_types::AccountAddress;
use move_vm_runtime::{NativeFn, NativeTable};

/// Functions of modules at one address: module, name, implementation.
type Family = &'static [(&'static str, &'static str, NativeFn)];

/// The address of `TenorMath`.
const MATH: AccountAddress = AccountAddress::from_u8(5);

/// The natives of a chain.
pub fn table() -> NativeTable {
    let mut natives = build(&[
        aggregator::NATIVES,
        bcs::NATIVES,
        code::NATIVES,
        crypto::NATIVES,
        debug::NATIVES,
        dispatch::NATIVES,
        event::NATIVES,
        hash::NATIVES,
        memory::NATIVES,
        object::NATIVES,
        signer::NATIVES,
        string::NATIVES,
        table::NATIVES,
        transaction_context::NATIVES,
        types::NATIVES,
    ]);
    add(&mut natives, MATH, math::NATIVES);
    natives
}

/// The natives of a chain and those of unit tests.
pub fn test_table() -> NativeTable {
    let mut natives = table();
    for family in [crypto::TEST_NATIVES, unit_test::NATIVES, event::TEST_NATIVES] {
        add(&mut natives, AccountAddress::ONE, family);
    }
    natives
}

fn build(families: &[Family]) -> NativeTable {
    let mut natives = NativeTable::new();
    families.iter().for_each(|family| add(&mut natives, AccountAddress::ONE, family));
    natives
}

fn add(natives: &mut NativeTable, address: AccountAddress, family: Family) {
    for (module, function, native) in family {
        let added = natives.add(address, module, function, *native);
        assert!(added.is_ok(), "two natives for {module}::{function}");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_native_stands_twice_in_the_table() {
        assert!(super::test_table().names().count() > super::table().names().count());
    }
}
