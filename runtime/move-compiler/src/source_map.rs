//! Where the code of a module came from.

use crate::source::Span;
use move_core_types::ModuleId;
use std::collections::BTreeMap;

/// Spans and names for one module or script. Spans point into the files of the compilation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// The module; `None` for scripts.
    pub module: Option<ModuleId>,
    /// Definition of the module.
    pub span: Span,
    /// By struct definition index.
    pub structs: Vec<StructMap>,
    /// By function definition index; one entry for scripts.
    pub functions: Vec<FunctionMap>,
    /// Constants by name, with their index in the constant pool.
    pub constants: BTreeMap<String, u16>,
    /// Path and text digest (SHA-256) of each file that spans refer to.
    pub files: BTreeMap<u32, FileDigest>,
}

/// A file that spans refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDigest {
    /// Its path.
    pub path: String,
    /// SHA-256 of its text.
    pub sha256: [u8; 32],
}

/// Names and spans of a type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StructMap {
    /// The definition.
    pub span: Span,
    /// Type parameters.
    pub type_params: Vec<(String, Span)>,
    /// Fields per variant; plain structs have one.
    pub fields: Vec<Vec<Span>>,
}

/// Names and spans of a function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionMap {
    /// The definition.
    pub span: Span,
    /// Type parameters.
    pub type_params: Vec<(String, Span)>,
    /// Parameters.
    pub params: Vec<(String, Span)>,
    /// Locals after the parameters; generated ones are called `$t12`.
    pub locals: Vec<(String, Span)>,
    /// Code offset to span, only where the span changes.
    pub code: BTreeMap<u16, Span>,
    /// Call sites of inline functions that the code at an offset was expanded from, innermost first.
    pub inlined_at: BTreeMap<u16, Vec<Span>>,
    /// Whether there is no code.
    pub is_native: bool,
}

impl FunctionMap {
    /// The span of the code at an offset.
    pub fn span_at(&self, offset: u16) -> Option<Span> {
        self.code.range(..=offset).next_back().map(|(_, span)| *span)
    }
}

fn uleb(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn text(value: &str, out: &mut Vec<u8>) {
    uleb(value.len() as u64, out);
    out.extend_from_slice(value.as_bytes());
}

impl SourceMap {
    /// Name of a local, parameters first.
    pub fn local_name(&self, function: usize, local: usize) -> Option<&str> {
        let map = self.functions.get(function)?;
        map.params.iter().chain(&map.locals).nth(local).map(|(name, _)| name.as_str())
    }

    /// The `.mvsm` encoding (BCS): definition span, optional module name, structs, functions, constants.
    ///
    /// A span is `{ file_hash: [u8; 32], start: u32, end: u32 }`.
    pub fn to_bcs(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.put_span(self.span, &mut out);
        match &self.module {
            None => out.push(0),
            Some(id) => {
                out.push(1);
                out.extend_from_slice(&id.address.0);
                text(id.name.as_str(), &mut out);
            }
        }
        uleb(self.structs.len() as u64, &mut out);
        for (nth, entry) in self.structs.iter().enumerate() {
            out.extend_from_slice(&(nth as u16).to_le_bytes());
            self.put_span(entry.span, &mut out);
            self.put_names(&entry.type_params, &mut out);
            uleb(entry.fields.len() as u64, &mut out);
            for fields in &entry.fields {
                uleb(fields.len() as u64, &mut out);
                for span in fields {
                    self.put_span(*span, &mut out);
                }
            }
        }
        uleb(self.functions.len() as u64, &mut out);
        for (nth, entry) in self.functions.iter().enumerate() {
            out.extend_from_slice(&(nth as u16).to_le_bytes());
            self.put_span(entry.span, &mut out);
            self.put_names(&entry.type_params, &mut out);
            self.put_names(&entry.params, &mut out);
            self.put_names(&entry.locals, &mut out);
            uleb(0, &mut out); // Nop labels.
            uleb(entry.code.len() as u64, &mut out);
            for (offset, span) in &entry.code {
                out.extend_from_slice(&offset.to_le_bytes());
                self.put_span(*span, &mut out);
            }
            out.push(u8::from(entry.is_native));
        }
        uleb(self.constants.len() as u64, &mut out);
        for (name, index) in &self.constants {
            text(name, &mut out);
            out.extend_from_slice(&index.to_le_bytes());
        }
        out
    }

    fn put_span(&self, span: Span, out: &mut Vec<u8>) {
        let digest = self.files.get(&span.file).map_or([0; 32], |file| file.sha256);
        out.extend_from_slice(&digest);
        out.extend_from_slice(&span.start.to_le_bytes());
        out.extend_from_slice(&span.end.to_le_bytes());
    }

    fn put_names(&self, names: &[(String, Span)], out: &mut Vec<u8>) {
        uleb(names.len() as u64, out);
        for (name, span) in names {
            text(name, out);
            self.put_span(*span, out);
        }
    }
}
