//! Every native function of the standard packages against arguments that nobody expects: it answers or refuses, and whatever it
//! does is paid for.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    reason = "a test reads its environment and fails loudly"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use move_binary_format::file_format::SignatureToken;
use move_compiler::Output;
use move_compiler::api::CompiledUnit;
use move_core_types::{AccountAddress, ModuleId, StatusClass, StructTag, TypeTag};
use move_package::build::{BuildConfig, BuildError, build};
use move_package::files::MemoryFiles;
use move_package::graph::Mode;
use move_vm_runtime::{CallRule, GasMeter, GasSchedule, SessionContext, StateError, StateView, Vm, VmConfig};

/// Calls of each native function; `TENOR_NATIVE_CALLS` overrides.
const CALLS: u64 = 300;
/// Internal gas of a call: what a whole transaction may use.
const GAS: u64 = 2_000_000_000_000;

fn framework() -> Output {
    let mut files = MemoryFiles::default();
    for package in move_packages::packages() {
        files.insert_package(package.directory, package);
    }
    let config = BuildConfig { mode: Mode::Test, ..BuildConfig::default() };
    match build(&files, "aptos-framework", &config, &mut |_| {}) {
        Ok(built) => built.output,
        Err(BuildError::Compile(output)) => panic!("{}", output.diagnostics.render()),
        Err(error) => panic!("{error}"),
    }
}

struct Code(BTreeMap<ModuleId, Arc<[u8]>>);

impl StateView for Code {
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
        1
    }
}

/// A source of choices that is the same every time.
struct Choices(u64);

impl Choices {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number of up to 32 bytes: small, at an edge, or anything.
    fn number(&mut self, bytes: usize) -> Vec<u8> {
        let kind = self.below(4);
        let mut number: Vec<u8> = (0..bytes)
            .map(|at| match kind {
                0 => u8::from(at == 0) * u8::try_from(self.below(70)).unwrap(),
                1 => 0xff,
                2 => 0,
                _ => (self.next() & 0xff) as u8,
            })
            .collect();
        if kind == 2 && self.below(2) == 0 {
            number[bytes - 1] = 0x80;
        }
        number
    }

    fn length(&mut self) -> u64 {
        match self.below(8) {
            0 => 0,
            1..=2 => 32,
            3 => 64,
            4 => self.below(5),
            5..=6 => self.below(200),
            _ => self.below(20_000),
        }
    }
}

fn uleb(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// BCS of some value of a type, if one can be made: signers are addresses, structs what their fields are.
fn value(
    output: &Output,
    unit: &CompiledUnit,
    token: &SignatureToken,
    args: &[TypeTag],
    choices: &mut Choices,
    out: &mut Vec<u8>,
) -> Option<()> {
    use SignatureToken as T;
    match token {
        T::Bool => out.push((choices.next() & 1) as u8),
        T::U8 | T::I8 => out.extend(choices.number(1)),
        T::U16 | T::I16 => out.extend(choices.number(2)),
        T::U32 | T::I32 => out.extend(choices.number(4)),
        T::U64 | T::I64 => out.extend(choices.number(8)),
        T::U128 | T::I128 => out.extend(choices.number(16)),
        T::U256 | T::I256 | T::Address | T::Signer => out.extend(choices.number(32)),
        T::Reference(inner) | T::MutableReference(inner) => value(output, unit, inner, args, choices, out)?,
        T::Vector(inner) => {
            let length = if matches!(**inner, T::U8) { choices.length() } else { choices.below(4) };
            uleb(length, out);
            for _ in 0..length {
                value(output, unit, inner, args, choices, out)?;
            }
        }
        T::TypeParam(index) => match args.get(usize::from(*index))? {
            TypeTag::U64 => out.extend(choices.number(8)),
            TypeTag::U128 => out.extend(choices.number(16)),
            TypeTag::Address => out.extend(choices.number(32)),
            TypeTag::Bool => out.push((choices.next() & 1) as u8),
            _ => value(output, unit, &T::Vector(Box::new(T::U8)), args, choices, out)?,
        },
        T::Struct(handle) | T::StructInst(handle, _) => {
            let tables = &unit.module.tables;
            let handle = tables.struct_handle(*handle)?;
            let (id, name) = (tables.module_id_at(handle.module)?, tables.identifier(handle.name)?);
            let owner = output.module(&id)?;
            let inner: &[SignatureToken] = if let T::StructInst(_, inner) = token { inner } else { &[] };
            let at = owner.facts.structs.iter().position(|facts| facts.name == name.as_str())?;
            let fields = owner.module.tables.struct_defs.get(at)?;
            let move_binary_format::file_format::StructFields::Plain(fields) = &fields.fields else { return None };
            for field in fields {
                // One level of type arguments is all that natives take.
                let token = match &field.ty {
                    T::TypeParam(index) => inner.get(usize::from(*index))?.clone(),
                    T::Vector(of) => match &**of {
                        T::TypeParam(index) => T::Vector(Box::new(inner.get(usize::from(*index))?.clone())),
                        _ => field.ty.clone(),
                    },
                    other => other.clone(),
                };
                let of = if matches!(token, T::TypeParam(_) | T::Vector(_)) { unit } else { owner };
                value(output, of, &token, args, choices, out)?;
            }
        }
        T::Function(..) => return None,
    }
    Some(())
}

#[test]
fn no_argument_breaks_a_native_function() {
    let calls = std::env::var("TENOR_NATIVE_CALLS").ok().and_then(|text| text.parse().ok()).unwrap_or(CALLS);
    let output = framework();
    let code = output.modules.iter().map(|unit| (unit.id.clone(), Arc::from(unit.bytes.as_slice()))).collect();
    let (code, schedule) = (Code(code), Arc::new(GasSchedule::initial()));
    let vm = Vm::new(move_natives::test_table(), VmConfig { debug_output: true, ..VmConfig::default() });
    let mut choices = Choices(7);
    let types = [TypeTag::U64, TypeTag::U128, TypeTag::Address, TypeTag::Bool, TypeTag::Vector(Box::new(TypeTag::U8))];
    let (mut called, mut uncalled, mut answered) = (0, Vec::new(), 0_u64);
    let mut broken = BTreeMap::new();
    for unit in &output.modules {
        let natives = unit.module.tables.function_defs.iter().filter(|definition| definition.code.is_none());
        for definition in natives {
            let handle = unit.module.tables.function_handle(definition.handle).unwrap();
            let name = unit.module.tables.identifier(handle.name).unwrap().to_string();
            let params = unit.module.tables.signature(handle.parameters).unwrap();
            // The compiler makes instructions of these.
            if unit.id.name.as_str() == "vector" && name != "move_range" {
                continue;
            }
            called += 1;
            for _ in 0..calls {
                let chosen = (0..handle.type_params.len()).map(|_| types[choices.below(5) as usize].clone());
                let ty_args: Vec<TypeTag> = chosen.collect();
                let args: Option<Vec<Vec<u8>>> = params
                    .0
                    .iter()
                    .map(|token| {
                        let mut bytes = Vec::new();
                        value(&output, unit, token, &ty_args, &mut choices, &mut bytes).map(|()| bytes)
                    })
                    .collect();
                let Some(args) = args else {
                    uncalled.push(format!("{}::{name}", unit.id.name));
                    break;
                };
                let mut gas = GasMeter::new(GAS, GAS);
                let mut session = vm.session(&code, SessionContext::new(4, schedule.clone()));
                match session.call(&unit.id, &name, &ty_args, &args, CallRule::Any, &mut gas) {
                    Ok(_) => answered += 1,
                    Err(error) => {
                        if matches!(error.status.class(), StatusClass::InvariantViolation | StatusClass::Unknown) {
                            let mut shown = format!("{}::{name}<{ty_args:?}>: {error} for {args:02x?}", unit.id.name);
                            shown.truncate(400);
                            broken.entry(format!("{}::{name}", unit.id.name)).or_insert(shown);
                        }
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    uncalled.sort();
    uncalled.dedup();
    assert!(called > 60 && answered > 60 * calls / 4, "{called} functions, {answered} answers");
    assert!(uncalled.len() <= 4, "never called: {uncalled:?}");
}
