//! Fuzz targets: plain functions from bytes to a verdict. They panic when a promise is broken.

pub use crate::mutate::change;
use crate::{
    assembly,
    file_format::{CompiledModule, CompiledScript, VERSION_MAX},
    reader::ReaderConfig,
};
pub use move_core_types::fuzz::{Random, Verdict};

const CONFIG: ReaderConfig = ReaderConfig { version_max: VERSION_MAX, ..ReaderConfig::PRODUCTION };

/// Largest file whose text is tried as well.
const TEXT_BYTES_MAX: usize = 4096;

/// Bytes to module: what is read can be written, and is read again as the same; so is its text.
///
/// # Panics
/// When a promise is broken.
pub fn module(bytes: &[u8]) -> Verdict {
    let Ok(module) = CompiledModule::deserialize_with(bytes, &CONFIG) else {
        return Verdict::Refused;
    };
    let written = module.serialize(module.version);
    let again = written.as_ref().map(|written| CompiledModule::deserialize_with(written, &CONFIG));
    assert_eq!(again, Ok(Ok(module.clone())), "written differently");
    if bytes.len() <= TEXT_BYTES_MAX {
        let text = assembly::disassemble(&module);
        assert_eq!(assembly::assemble(&text).as_ref(), Ok(&module), "{text}");
    }
    Verdict::Accepted
}

/// Bytes to script, with the same promises.
///
/// # Panics
/// When a promise is broken.
pub fn script(bytes: &[u8]) -> Verdict {
    let Ok(script) = CompiledScript::deserialize_with(bytes, &CONFIG) else {
        return Verdict::Refused;
    };
    let written = script.serialize(script.version);
    let again = written.as_ref().map(|written| CompiledScript::deserialize_with(written, &CONFIG));
    assert_eq!(again, Ok(Ok(script.clone())), "written differently");
    if bytes.len() <= TEXT_BYTES_MAX {
        let text = assembly::disassemble_script(&script);
        assert_eq!(assembly::assemble_script(&text).as_ref(), Ok(&script), "{text}");
    }
    Verdict::Accepted
}

/// Text to module: what is assembled is disassembled to a text that means the same.
///
/// # Panics
/// When a promise is broken.
pub fn module_text(bytes: &[u8]) -> Verdict {
    let Some(module) = std::str::from_utf8(bytes).ok().and_then(|text| assembly::assemble(text).ok()) else {
        return Verdict::Refused;
    };
    let text = assembly::disassemble(&module);
    assert_eq!(assembly::assemble(&text).as_ref(), Ok(&module), "{text}");
    Verdict::Accepted
}
