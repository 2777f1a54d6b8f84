//! The natives of `TenorMath` against their Move text, both on the real machine: same results, same aborts, at the same place.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use move_compiler::{Input, SourceFile, compile};
use move_core_types::{AccountAddress, ModuleId, StructTag, U256, VmStatus};
use move_vm_runtime::{
    CallRule, Engine, GasMeter, GasSchedule, Session, SessionContext, StateError, StateView, Vm, VmConfig,
};

/// The package's modules and nothing else.
struct Modules(BTreeMap<ModuleId, Arc<[u8]>>);

impl StateView for Modules {
    fn module(&self, id: &ModuleId) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.0.get(id).cloned())
    }

    fn resource(&self, _: &AccountAddress, _: &StructTag) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn table_item(&self, _: &AccountAddress, _: &[u8]) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn code_version(&self) -> u64 {
        0
    }
}

fn modules() -> Modules {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("../move-packages/tenor-math/sources");
    let mut paths: Vec<_> = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let source =
        |path: &std::path::PathBuf| SourceFile::new(path.display().to_string(), std::fs::read_to_string(path).unwrap());
    let output = compile(Input {
        package: "TenorMath".to_owned(),
        sources: paths.iter().map(source).collect(),
        named_addresses: [("tenor_math".to_owned(), AccountAddress::from_u8(5))].into(),
        ..Input::default()
    });
    assert!(!output.diagnostics.has_errors(), "{}", output.diagnostics.render());
    Modules(output.modules.into_iter().map(|unit| (unit.id.clone(), unit.bytes.into())).collect())
}

/// The schedule in which bodies run and natives do not.
pub(crate) fn bodies() -> GasSchedule {
    let mut schedule = GasSchedule::initial();
    for (key, value) in &mut schedule.natives {
        if key.ends_with(".enabled") {
            *value = 0;
        }
    }
    schedule
}

/// A reproducible stream of numbers (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number of a random width up to `bits`, sometimes all ones or a power of two.
    fn wide(&mut self, bits: u64) -> U256 {
        let bits = 1 + self.below(bits);
        let limbs = [self.next(), self.next(), self.next(), self.next()];
        let value = U256::from_limbs(limbs).checked_shr(u32::try_from(256 - bits).unwrap()).unwrap();
        let top = U256::ONE.checked_shl(u32::try_from(bits - 1).unwrap()).unwrap();
        match self.below(16) {
            0 => top,
            1 => top.checked_sub(U256::ONE).unwrap(),
            2 => U256::MAX.checked_shr(u32::try_from(256 - bits).unwrap()).unwrap(),
            _ => value,
        }
    }

    fn narrow(&mut self, bits: u64) -> u64 {
        self.wide(bits).into_limbs()[0]
    }

    /// One of the edges, or next to it.
    fn near(&mut self, edges: &[u128]) -> U256 {
        let edge = U256::from(edges[usize::try_from(self.below(edges.len() as u64)).unwrap()]);
        let by = U256::from(self.below(3));
        if self.below(2) == 0 { edge.checked_add(by).unwrap() } else { edge.checked_sub(by).unwrap_or(edge) }
    }
}

const WAD: u128 = 1_000_000_000_000_000_000;

fn unsigned(value: U256) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

/// BCS of an `I256` with one zero.
fn signed(is_negative: bool, value: U256) -> Vec<u8> {
    let mut bytes = vec![u8::from(is_negative && value != U256::ZERO)];
    bytes.extend_from_slice(&value.to_le_bytes());
    bytes
}

/// An argument of a transcendental function: an edge, a usual number, or anything.
fn transcendental(random: &mut Random) -> Vec<u8> {
    let mag = match random.below(4) {
        0 => random.near(&[0, WAD, 42 * WAD, 43 * WAD, 135 * WAD, 94 * WAD / 10, 10 * WAD, 41_446_531_673_892_822_313]),
        1 => random.wide(68),
        2 => U256::from(u128::from(random.next()) * 8),
        _ => random.wide(256),
    };
    let is_negative = random.below(2) == 0;
    signed(is_negative, mag)
}

fn positive(random: &mut Random) -> U256 {
    match random.below(4) {
        0 => random.near(&[0, 1, WAD, 2 * WAD, u128::MAX]),
        1 => random.wide(68),
        2 => random.wide(193),
        _ => random.wide(256),
    }
}

fn option(random: &mut Random, spot: bool) -> Vec<Vec<u8>> {
    let price = |random: &mut Random| match random.below(8) {
        0 => random.near(&[1, 1 << 60, 1_000_000_000]).into_limbs()[0],
        1 => random.narrow(62),
        _ => 1 + random.below(200_000_000_000_000),
    };
    let under = price(random);
    let strike = match random.below(4) {
        0 => under,
        1 => price(random),
        // Within a factor of two, where options live.
        _ => (u128::from(under) * u128::from(500 + random.below(1500)) / 1000).try_into().unwrap_or(under),
    };
    let vol = match random.below(8) {
        0 => random.near(&[0, 1, 10_000_000, 10_000_000_000]).into_limbs()[0],
        1 => random.narrow(35),
        _ => 10_000_000 + random.below(2_000_000_000),
    };
    let tenor = match random.below(8) {
        0 => random.near(&[0, 1, 31_536_000, 315_360_000]).into_limbs()[0],
        1 => random.narrow(29),
        _ => random.below(40_000_000),
    };
    let rate = |random: &mut Random| {
        let mag = match random.below(4) {
            0 => 0,
            1 => random.near(&[1, 1_000_000_000]).into_limbs()[0],
            _ => random.below(200_000_000),
        };
        let mut bytes = vec![u8::from(mag != 0 && random.below(2) == 0)];
        bytes.extend_from_slice(&mag.to_le_bytes());
        bytes
    };
    let mut args = vec![vec![u8::from(random.below(2) == 0)]];
    args.extend([under, strike, vol, tenor].map(|value| value.to_le_bytes().to_vec()));
    args.push(rate(random));
    if spot {
        args.push(rate(random));
    }
    args
}

type Arguments = fn(&mut Random) -> Vec<Vec<u8>>;

/// Every function with a native, and where its arguments come from.
const FUNCTIONS: &[(&str, &str, Arguments)] = &[
    ("wide", "isqrt", |random| vec![unsigned(random.wide(256))]),
    ("wide", "mul_div_rem", products),
    ("wide", "mul_div_floor", products),
    ("wide", "mul_div_ceil", products),
    ("fixed", "mul_div_floor", products),
    ("fixed", "mul_div_ceil", products),
    ("fixed", "exp", |random| vec![transcendental(random)]),
    ("fixed", "ln", |random| vec![unsigned(positive(random))]),
    ("fixed", "sqrt", |random| vec![unsigned(positive(random))]),
    ("fixed", "pow", |random| vec![unsigned(positive(random)), transcendental(random)]),
    ("normal", "ncdf", |random| vec![transcendental(random)]),
    ("normal", "npdf", |random| vec![transcendental(random)]),
    ("black76", "price", |random| option(random, false)),
    ("black76", "greeks", |random| option(random, false)),
    ("black76", "greeks_spot", |random| option(random, true)),
];

fn products(random: &mut Random) -> Vec<Vec<u8>> {
    let bits = if random.below(2) == 0 { 256 } else { 130 };
    let (a, b, mut c) = (random.wide(bits), random.wide(bits), random.wide(256));
    if random.below(64) == 0 {
        c = U256::ZERO;
    }
    vec![unsigned(a), unsigned(b), unsigned(c)]
}

/// What consensus sees of a call.
fn call(
    session: &mut Session<'_>,
    module: &ModuleId,
    function: &str,
    args: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>, VmStatus> {
    let outcome = session.call(module, function, &[], args, CallRule::Any, &mut GasMeter::unlimited());
    outcome.map(|returns| returns.values).map_err(|error| error.to_vm_status())
}

/// Calls every function `rounds` times each way; the number of inputs, or the first that differs.
pub(crate) fn compare(seed: u64, rounds: u64, engine: Engine) -> Result<u64, String> {
    let modules = modules();
    let vm = Vm::new(move_natives::table(), VmConfig { engine, ..VmConfig::default() });
    let (on, off) = (Arc::new(GasSchedule::initial()), Arc::new(bodies()));
    let named = FUNCTIONS.iter().map(|(module, function, _)| (*module, *function));
    let known: Vec<_> = on.natives.keys().filter_map(|key| key.strip_suffix(".enabled")).collect();
    assert_eq!(named.clone().count(), known.len(), "every native that has a price is compared");
    for (module, function) in named {
        assert!(
            known.contains(&format!("native.0x5.{module}.{function}").as_str()),
            "{module}::{function} has a price"
        );
    }
    let mut random = Random(seed);
    let mut inputs = 0;
    for round in 0..rounds.div_ceil(1000) {
        let mut with = vm.session(&modules, SessionContext::new(4, on.clone()));
        let mut without = vm.session(&modules, SessionContext::new(4, off.clone()));
        for _ in 0..1000.min(rounds - 1000 * round) {
            for (module, function, arguments) in FUNCTIONS {
                let id = ModuleId::new(AccountAddress::from_u8(5), module.parse().unwrap());
                let args = arguments(&mut random);
                let native = call(&mut with, &id, function, &args);
                let body = call(&mut without, &id, function, &args);
                if native != body {
                    return Err(format!("{module}::{function}({args:02x?}): native {native:02x?}, body {body:02x?}"));
                }
                inputs += 1;
            }
        }
    }
    Ok(inputs)
}

/// Nanoseconds and internal gas of a call on average, by the body and by the native.
pub(crate) type Cost = [(u128, u64); 2];

/// What every function costs over `rounds` calls.
pub(crate) fn costs(rounds: u32) -> Vec<(String, Cost)> {
    let modules = modules();
    let vm = Vm::new(move_natives::table(), VmConfig::default());
    let mut table = Vec::new();
    for (module, function, arguments) in FUNCTIONS {
        let id = ModuleId::new(AccountAddress::from_u8(5), module.parse().unwrap());
        let cost = [bodies(), GasSchedule::initial()].map(|schedule| {
            let mut random = Random(7);
            let mut session = vm.session(&modules, SessionContext::new(4, Arc::new(schedule)));
            let calls: Vec<_> = (0..rounds).map(|_| arguments(&mut random)).collect();
            let _ = call(&mut session, &id, function, &calls[0]);
            let mut gas = GasMeter::unlimited();
            let start = std::time::Instant::now();
            for args in &calls {
                let _ = session.call(&id, function, &[], args, CallRule::Any, &mut gas);
            }
            (start.elapsed().as_nanos() / u128::from(rounds), gas.used() / u64::from(rounds))
        });
        table.push((format!("{module}::{function}"), cost));
    }
    table
}
