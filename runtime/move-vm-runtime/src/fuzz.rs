//! The fuzz target: what the verifier accepts, runs. It panics when a promise is broken.

use crate::{
    CallRule, Engine, GasMeter, GasSchedule, NativeTable, SessionContext, StateError, StateView, Vm, VmConfig, VmError,
};
use move_binary_format::file_format::{AbilitySet, SignatureToken, VERSION_MAX};
use move_binary_format::{CompiledModule, ReaderConfig, assembly};
use move_core_types::fuzz::{Random, Verdict};
use move_core_types::{AccountAddress, ModuleId, StructTag, TypeTag};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Gas of one call.
const GAS: u64 = 20_000_000;

/// One module, and nothing else.
struct One(ModuleId, Arc<[u8]>);

impl StateView for One {
    fn module(&self, id: &ModuleId) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok((*id == self.0).then(|| self.1.clone()))
    }

    fn resource(&self, _address: &AccountAddress, _tag: &StructTag) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn table_item(&self, _handle: &AccountAddress, _key: &[u8]) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn code_version(&self) -> u64 {
        0
    }
}

/// How many calls ended how, by name of the status.
pub type Endings = BTreeMap<&'static str, u64>;

/// Bytes to a module; if it verifies and needs no other, its functions run on both interpreters, which agree, and with
/// run-time type checks, which hold. Arguments follow from the bytes.
///
/// # Panics
/// When a promise is broken.
pub fn run(bytes: &[u8], endings: &mut Endings) -> Verdict {
    let reader = ReaderConfig { version_max: VERSION_MAX, ..ReaderConfig::PRODUCTION };
    let Ok(module) = CompiledModule::deserialize_with(bytes, &reader) else { return Verdict::Refused };
    let verifier = move_bytecode_verifier::VerifierConfig::production();
    let Ok(verified) = move_bytecode_verifier::verify_module(&verifier, module) else { return Verdict::Refused };
    let Some(id) = verified.self_id().filter(|_| verified.dependencies().next().is_none()) else {
        return Verdict::Refused;
    };
    let config = VmConfig { engine: Engine::Both, reader, ..VmConfig::default() };
    let vm = Vm::new(NativeTable::new(), config);
    let state = One(id.clone(), bytes.into());
    let mut session = vm.session(&state, SessionContext::new(4, Arc::new(GasSchedule::initial())));
    let mut random = Random::new(
        bytes.iter().fold(bytes.len() as u64, |seed, byte| seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte)),
    );
    for def in &verified.function_defs {
        let Some(handle) = verified.function_handle(def.handle).filter(|_| !def.is_native()) else { continue };
        let parameters = verified.signature(handle.parameters).map_or(&[][..], |signature| &signature.0);
        if !handle.type_params.iter().all(|constraints| constraints.is_subset(AbilitySet::PRIMITIVES)) {
            continue;
        }
        let Some(args) = parameters.iter().map(|ty| argument(&mut random, ty)).collect::<Option<Vec<_>>>() else {
            continue;
        };
        let ty_args = vec![TypeTag::U64; handle.type_params.len()];
        let name = verified.identifier(handle.name).map_or("", |name| name.as_str());
        let mut gas = GasMeter::new(GAS, GAS);
        let ending = match session.call(&id, name, &ty_args, &args, CallRule::Any, &mut gas) {
            Ok(_) => "EXECUTED",
            Err(error) => {
                assert!(!is_defect(&error), "{id}::{name}: {error:?}\n{}", assembly::disassemble(&verified));
                error.status.name()
            }
        };
        *endings.entry(ending).or_default() += 1;
    }
    Verdict::Accepted
}

/// Invariant violations, and numbers that are no status.
fn is_defect(error: &VmError) -> bool {
    let number = error.status.number();
    (2000..3000).contains(&number) || number >= 5000
}

/// Some value of a type that needs no definitions, as BCS.
fn argument(random: &mut Random, ty: &SignatureToken) -> Option<Vec<u8>> {
    let small = |random: &mut Random, width: usize| {
        let mut bytes = vec![0; width];
        bytes[0] = random.below(4) as u8;
        bytes
    };
    Some(match ty {
        SignatureToken::Bool => vec![random.below(2) as u8],
        SignatureToken::U8 | SignatureToken::I8 => small(random, 1),
        SignatureToken::U16 | SignatureToken::I16 => small(random, 2),
        SignatureToken::U32 | SignatureToken::I32 => small(random, 4),
        SignatureToken::U64 | SignatureToken::I64 | SignatureToken::TypeParam(_) => small(random, 8),
        SignatureToken::U128 | SignatureToken::I128 => small(random, 16),
        SignatureToken::U256 | SignatureToken::I256 | SignatureToken::Address | SignatureToken::Signer => {
            small(random, 32)
        }
        SignatureToken::Vector(element) => {
            let count = random.below(4);
            let mut bytes = vec![count as u8];
            for _ in 0..count {
                bytes.extend(argument(random, element)?);
            }
            bytes
        }
        SignatureToken::Reference(target) | SignatureToken::MutableReference(target) => argument(random, target)?,
        SignatureToken::Struct(_) | SignatureToken::StructInst(..) | SignatureToken::Function(_) => return None,
    })
}
