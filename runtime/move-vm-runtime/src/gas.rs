//! Gas: what work costs, and what is left.
//!
//! All amounts are internal units in `u64`; overflow is running out of gas. Instruction prices are summed per basic
//! block of the bytecode and charged at its entry (rule T-GAS-2); only what depends on data is charged by the
//! instruction itself.

use crate::error::{VmError, VmResult};
use move_core_types::{AccountAddress, StatusCode};
use std::collections::BTreeMap;

macro_rules! prices {
    ($($field:ident = $value:literal, $key:literal, $doc:literal;)*) => {
        /// The price of everything: versioned data that lives on chain.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct GasSchedule {
            $(#[doc = $doc] pub $field: u64,)*
            /// Entries of natives: everything whose key starts with `native.`.
            pub natives: BTreeMap<String, u64>,
        }

        impl GasSchedule {
            /// The first schedule.
            pub fn initial() -> Self {
                Self { $($field: $value,)* natives: first_natives() }
            }

            /// The schedule in which nothing costs anything.
            pub fn free() -> Self {
                let limits = Self::initial();
                Self {
                    $($field: 0,)*
                    natives: BTreeMap::new(),
                }.with_limits_of(&limits)
            }

            /// Sets one entry; unknown keys are refused.
            fn set(&mut self, key: &str, value: u64) -> bool {
                match key {
                    $($key => self.$field = value,)*
                    _ if key.starts_with("native.") => { self.natives.insert(key.to_owned(), value); }
                    _ => return false,
                }
                true
            }

            /// All entries, in a fixed order.
            pub fn entries(&self) -> Vec<(String, u64)> {
                let mut entries = vec![$(($key.to_owned(), self.$field),)*];
                entries.extend(self.natives.iter().map(|(key, value)| (key.clone(), *value)));
                entries
            }
        }
    };
}

prices! {
    txn_intrinsic = 28000000, "txn.intrinsic", "per transaction";
    txn_intrinsic_per_byte = 11580, "txn.intrinsic_per_byte", "per byte of the transaction above `txn.free_bytes`";
    txn_free_bytes = 600, "txn.free_bytes", "bytes of a transaction that cost nothing";
    io_read_item = 3023850, "io.read_item", "reading one state item";
    io_read_byte = 1510, "io.read_byte", "per byte read, rounded up to 4 096";
    io_write_item = 895680, "io.write_item", "writing one state item";
    io_write_byte = 890, "io.write_byte", "per byte of key and value written";
    io_module_item = 744600, "io.module_item", "using a module for the first time in a transaction";
    io_module_byte = 420, "io.module_byte", "per byte of it";
    dependency_items_max = 768, "dependency_items_max", "modules charged per transaction";
    dependency_bytes_max = 1800000, "dependency_bytes_max", "bytes of modules charged per transaction";
    memory_units_max = 10000000, "memory_units_max", "memory quota per transaction, abstract units";
    storage_item = 0, "storage.item", "fee per new item";
    storage_byte = 0, "storage.byte", "fee per new byte";
    nop = 360, "instr.nop", "`Nop`, `FreezeRef`";
    ret = 2200, "instr.ret", "`Ret`";
    abort = 2200, "instr.abort", "`Abort`";
    abort_msg = 4400, "instr.abort_msg", "`AbortMsg`";
    abort_msg_per_byte = 450, "instr.abort_msg_per_byte", "per byte of the message";
    branch_conditional = 4410, "instr.branch_conditional", "`BrTrue`, `BrFalse`";
    branch = 2940, "instr.branch", "`Branch`";
    pop = 1470, "instr.pop", "`Pop`";
    load_small = 2200, "instr.load_small", "literals up to 64 bits, and booleans";
    load_large = 2940, "instr.load_large", "literals of 128 and 256 bits";
    load_const = 23890, "instr.load_const", "`LdConst`";
    load_const_per_byte = 1280, "instr.load_const_per_byte", "per byte of the constant";
    borrow_loc = 2200, "instr.borrow_loc", "borrowing a local";
    borrow_field = 7350, "instr.borrow_field", "borrowing a field";
    borrow_variant_field = 8350, "instr.borrow_variant_field", "borrowing a field of a variant";
    test_variant = 5350, "instr.test_variant", "`TestVariant`";
    copy_loc = 2940, "instr.copy_loc", "`CopyLoc`";
    copy_per_unit = 140, "instr.copy_per_unit", "per abstract unit copied, read or compared";
    move_loc = 4410, "instr.move_loc", "`MoveLoc`";
    st_loc = 4410, "instr.st_loc", "`StLoc`";
    call = 36760, "instr.call", "`Call`";
    call_per_arg = 3670, "instr.call_per_arg", "per argument";
    call_per_local = 3670, "instr.call_per_local", "per local, parameters included";
    call_per_ty_arg = 3670, "instr.call_per_ty_arg", "per type argument";
    pack = 8080, "instr.pack", "packing and unpacking";
    pack_per_field = 1470, "instr.pack_per_field", "per field";
    pack_closure = 9080, "instr.pack_closure", "`PackClosure`";
    pack_closure_per_arg = 1470, "instr.pack_closure_per_arg", "per captured argument";
    read_ref = 7350, "instr.read_ref", "`ReadRef`";
    write_ref = 7350, "instr.write_ref", "`WriteRef`";
    cast = 4410, "instr.cast", "casts";
    arithmetic = 5880, "instr.arithmetic", "arithmetic, logic and order";
    equality = 3670, "instr.equality", "`Eq`, `Neq`";
    borrow_global = 18380, "instr.borrow_global", "borrowing a resource";
    exists = 9190, "instr.exists", "`Exists`";
    move_from = 12860, "instr.move_from", "`MoveFrom`";
    move_to = 18380, "instr.move_to", "`MoveTo`";
    vec_len = 8080, "instr.vec_len", "`VecLen`";
    vec_borrow = 12130, "instr.vec_borrow", "borrowing an element";
    vec_push_back = 13960, "instr.vec_push_back", "`VecPushBack`";
    vec_pop_back = 9550, "instr.vec_pop_back", "`VecPopBack`";
    vec_swap = 11020, "instr.vec_swap", "`VecSwap`";
    vec_pack = 22050, "instr.vec_pack", "`VecPack`";
    vec_unpack = 18380, "instr.vec_unpack", "`VecUnpack`";
    vec_per_element = 1470, "instr.vec_per_element", "per element packed or unpacked";
    type_node = 4000, "instr.type_node", "creating one node of a type by substitution";
    native_base = 11020, "instr.native_base", "a native function without a price of its own";
    native_per_byte = 180, "instr.native_per_byte", "per byte a native function without a price of its own works on";
}

/// `TenorMath`: functions with a Move body and a native beside it. Priced by its time at
/// what instructions cost for theirs, about 400 units a nanosecond.
const MATH: &[(&str, u64)] = &[
    ("wide.isqrt", 600_000),
    ("wide.mul_div_rem", 120_000),
    ("wide.mul_div_floor", 120_000),
    ("wide.mul_div_ceil", 120_000),
    ("fixed.mul_div_floor", 120_000),
    ("fixed.mul_div_ceil", 120_000),
    ("fixed.exp", 400_000),
    ("fixed.ln", 400_000),
    ("fixed.sqrt", 600_000),
    ("fixed.pow", 800_000),
    ("normal.ncdf", 800_000),
    ("normal.npdf", 500_000),
    ("black76.price", 2_000_000),
    ("black76.greeks", 3_000_000),
    ("black76.greeks_spot", 4_000_000),
];

/// First prices of natives, and which of them stand in for a body.
fn first_natives() -> BTreeMap<String, u64> {
    let price = |(name, base): &(&str, u64)| {
        let key = format!("native.{}.{name}", AccountAddress::from_u8(5));
        [(format!("{key}.enabled"), 1), (key, *base)]
    };
    MATH.iter().flat_map(price).collect()
}

/// What one native function costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NativeGas {
    /// Charged before it runs.
    pub base: u64,
    /// Charged per byte it works on.
    pub per_byte: u64,
    /// Whether the native stands in for the Move body (for functions that have one).
    pub enabled: bool,
}

impl GasSchedule {
    /// The schedule with these entries; keys that are not given keep the values of the first schedule.
    ///
    /// # Errors
    /// The first key that is not known.
    pub fn from_entries<'a>(entries: impl IntoIterator<Item = (&'a str, u64)>) -> Result<Self, String> {
        let mut schedule = Self::initial();
        for (key, value) in entries {
            if !schedule.set(key, value) {
                return Err(key.to_owned());
            }
        }
        Ok(schedule)
    }

    fn with_limits_of(mut self, other: &Self) -> Self {
        self.dependency_items_max = other.dependency_items_max;
        self.dependency_bytes_max = other.dependency_bytes_max;
        self.memory_units_max = other.memory_units_max;
        self
    }

    /// What a native function costs.
    pub fn native(&self, address: &AccountAddress, module: &str, function: &str) -> NativeGas {
        let key = format!("native.{address}.{module}.{function}");
        let get = |suffix: &str| self.natives.get(&format!("{key}{suffix}")).copied();
        NativeGas {
            base: get("").unwrap_or(self.native_base),
            per_byte: get(".per_byte").unwrap_or(self.native_per_byte),
            enabled: get(".enabled").unwrap_or(1) != 0,
        }
    }

    /// The intrinsic cost of a transaction of this size.
    pub fn intrinsic(&self, transaction_bytes: u64) -> Option<u64> {
        let above = transaction_bytes.saturating_sub(self.txn_free_bytes);
        self.txn_intrinsic_per_byte.checked_mul(above)?.checked_add(self.txn_intrinsic)
    }
}

/// What a charge is for; decides the status when a transaction's maximum is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GasKind {
    /// Instructions, natives, creation of types.
    Execution,
    /// Reads, writes, modules.
    Io,
}

/// The gas of one transaction.
///
/// Two limits run down together: what the user offered, and what any transaction may use.
#[derive(Debug, Clone)]
pub struct GasMeter {
    /// What is left of the lower limit.
    pub(crate) left: u64,
    initial: u64,
    /// Whether the user's offer is the lower limit.
    user_bound: bool,
    io_used: u64,
}

impl GasMeter {
    /// A meter with the user's maximum and the maximum of any transaction, both in internal units.
    pub fn new(user_max: u64, transaction_max: u64) -> Self {
        let initial = user_max.min(transaction_max);
        Self { left: initial, initial, user_bound: user_max <= transaction_max, io_used: 0 }
    }

    /// A meter that never runs out in practice.
    pub fn unlimited() -> Self {
        Self::new(u64::MAX, u64::MAX)
    }

    /// Internal units used so far.
    pub fn used(&self) -> u64 {
        self.initial - self.left
    }

    /// Internal units left.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Internal units used for reads, writes and modules.
    pub fn io_used(&self) -> u64 {
        self.io_used
    }

    /// Takes `amount`; when it is not there, nothing is left afterwards.
    ///
    /// # Errors
    /// `OUT_OF_GAS`, or `EXECUTION_LIMIT_REACHED` and `IO_LIMIT_REACHED` when the transaction's maximum was the lower limit.
    pub fn charge(&mut self, kind: GasKind, amount: u64) -> VmResult<()> {
        match self.left.checked_sub(amount) {
            Some(left) => {
                self.left = left;
                if kind == GasKind::Io {
                    self.io_used += amount;
                }
                Ok(())
            }
            None => Err(self.exhausted(kind)),
        }
    }

    /// Takes `count` times `price`.
    ///
    /// # Errors
    /// As [`GasMeter::charge`]; an overflow is running out of gas.
    pub fn charge_per(&mut self, kind: GasKind, price: u64, count: u64) -> VmResult<()> {
        match price.checked_mul(count) {
            Some(amount) => self.charge(kind, amount),
            None => Err(self.exhausted(kind)),
        }
    }

    /// Empties the meter and says which limit was hit.
    pub(crate) fn exhausted(&mut self, kind: GasKind) -> VmError {
        if kind == GasKind::Io {
            self.io_used += self.left;
        }
        self.left = 0;
        VmError::new(match (self.user_bound, kind) {
            (true, _) => StatusCode::OutOfGas,
            (false, GasKind::Execution) => StatusCode::ExecutionLimitReached,
            (false, GasKind::Io) => StatusCode::IoLimitReached,
        })
    }
}
