//! What goes in and what comes out. Everything is in memory.

use crate::{
    diagnostics::Diagnostics,
    source::{SourceFile, Span},
    source_map::SourceMap,
};
use move_binary_format::{CompiledModule, CompiledScript};
use move_core_types::{AccountAddress, Identifier, ModuleId};
use std::{collections::BTreeMap, fmt};

/// The language version that a package asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum LanguageVersion {
    /// 1
    V1,
    /// 2.0: enums, receiver calls, index notation, package visibility
    V2_0,
    /// 2.1: compound assignment, labels
    V2_1,
    /// 2.2: function values, comparison of everything, `acquires` optional
    #[default]
    V2_2,
    /// 2.3: signed integers
    V2_3,
    /// 2.4: public types, match on primitives, abort messages
    V2_4,
}

impl LanguageVersion {
    /// From `1`, `2`, `2.0`, .. `2.4`, with an optional third component and suffixes such as `-stable`.
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.split('-').next().unwrap_or("");
        let mut parts = text.split('.');
        Some(match (parts.next(), parts.next().unwrap_or("0")) {
            (Some("1"), _) => LanguageVersion::V1,
            (Some("2"), "0") => LanguageVersion::V2_0,
            (Some("2"), "1") => LanguageVersion::V2_1,
            (Some("2"), "2") => LanguageVersion::V2_2,
            (Some("2"), "3") => LanguageVersion::V2_3,
            (Some("2"), "4") => LanguageVersion::V2_4,
            _ => return None,
        })
    }
}

impl fmt::Display for LanguageVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LanguageVersion::V1 => "1",
            LanguageVersion::V2_0 => "2.0",
            LanguageVersion::V2_1 => "2.1",
            LanguageVersion::V2_2 => "2.2",
            LanguageVersion::V2_3 => "2.3",
            LanguageVersion::V2_4 => "2.4",
        })
    }
}

/// How to compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Language version of the root package.
    pub language: LanguageVersion,
    /// Version of the binary format; `None` is 7, or more where a module needs it.
    pub bytecode_version: Option<u32>,
    /// Keeps `#[test]` and `#[test_only]` items and plans the tests of the root package.
    pub test_mode: bool,
    /// Warns about unknown attributes.
    pub warn_unknown_attributes: bool,
    /// Warns about uses of deprecated items.
    pub warn_deprecated: bool,
    /// Runs the opt-in lints.
    pub lints: bool,
    /// Produces code for dependencies too; otherwise they are only checked for their signatures.
    pub compile_dependencies: bool,
}

impl Default for Options {
    /// Language 2.2, lowest binary version, no tests, dependencies compiled.
    fn default() -> Self {
        Options {
            language: LanguageVersion::default(),
            bytecode_version: None,
            test_mode: false,
            warn_unknown_attributes: true,
            warn_deprecated: false,
            lints: false,
            compile_dependencies: true,
        }
    }
}

/// Sources of a package that the root package uses.
#[derive(Debug, Clone, Default)]
pub struct Dependency {
    /// Name of the package; package visibility goes by it.
    pub name: String,
    /// Its sources.
    pub sources: Vec<SourceFile>,
    /// Values of the named addresses that occur in its sources.
    pub named_addresses: BTreeMap<String, AccountAddress>,
    /// Language version of its sources; `None`: the newest.
    pub language: Option<LanguageVersion>,
}

/// Everything that a compilation depends on.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Name of the root package.
    pub package: String,
    /// Sources of the root package.
    pub sources: Vec<SourceFile>,
    /// Values of the named addresses that occur in the root package.
    pub named_addresses: BTreeMap<String, AccountAddress>,
    /// Packages used directly or indirectly, in any order.
    pub dependencies: Vec<Dependency>,
    /// How to compile.
    pub options: Options,
}

/// Everything that comes out.
#[derive(Debug, Default)]
pub struct Output {
    /// Modules, each behind those that it uses; those of dependencies included if they were compiled.
    /// Empty if there were errors.
    pub modules: Vec<CompiledUnit>,
    /// Scripts of the root package. Empty if there were errors.
    pub scripts: Vec<ScriptUnit>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// Unit tests of the root package, in order of module and source. Empty outside of test mode.
    pub tests: Vec<TestCase>,
}

impl Output {
    /// The modules of the root package.
    pub fn root_modules(&self) -> impl Iterator<Item = &CompiledUnit> {
        self.modules.iter().filter(|unit| unit.dependency.is_none())
    }

    /// The module with an identity.
    pub fn module(&self, id: &ModuleId) -> Option<&CompiledUnit> {
        self.modules.iter().find(|unit| unit.id == *id)
    }
}

/// A compiled and verified module.
#[derive(Debug, Clone)]
pub struct CompiledUnit {
    /// Its identity.
    pub id: ModuleId,
    /// Name of the dependency it came from; `None`: the root package.
    pub dependency: Option<String>,
    /// The module, metadata included.
    pub module: CompiledModule,
    /// The module as bytes.
    pub bytes: Vec<u8>,
    /// Where code came from.
    pub source_map: SourceMap,
    /// What the binary does not say.
    pub facts: ModuleFacts,
}

/// A compiled and verified script.
#[derive(Debug, Clone)]
pub struct ScriptUnit {
    /// Name of its function.
    pub name: Identifier,
    /// The script, metadata included.
    pub script: CompiledScript,
    /// The script as bytes.
    pub bytes: Vec<u8>,
    /// Where code came from.
    pub source_map: SourceMap,
    /// Documentation, names and attributes of its function.
    pub function: FunctionFacts,
}

/// What the binary of a module does not say.
#[derive(Debug, Clone, Default)]
pub struct ModuleFacts {
    /// File (index into `diagnostics.files`) and place of the module.
    pub span: Span,
    /// Documentation comment.
    pub doc: String,
    /// Attributes.
    pub attributes: Vec<AttributeFact>,
    /// Whether the whole module exists only in test mode.
    pub is_test_only: bool,
    /// Error codes: value to name and description.
    pub error_map: BTreeMap<u64, ErrorDescription>,
    /// Types, in definition order of the binary.
    pub structs: Vec<StructFacts>,
    /// Functions, in definition order of the binary; without inline functions.
    pub functions: Vec<FunctionFacts>,
    /// Inline functions, in source order.
    pub inline_functions: Vec<FunctionFacts>,
    /// Constants, in source order.
    pub constants: Vec<ConstantFacts>,
}

/// Name and description of an error code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDescription {
    /// Name of the constant.
    pub code_name: String,
    /// Its documentation comment, trimmed.
    pub code_description: String,
}

/// An attribute as written: `name`, `name = value` or `name(..)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeFact {
    /// The name, with `::` if qualified.
    pub name: String,
    /// Text of the value behind `=`.
    pub value: Option<String>,
    /// The list in brackets.
    pub args: Vec<AttributeFact>,
}

/// What the binary does not say about a type.
#[derive(Debug, Clone, Default)]
pub struct StructFacts {
    /// The name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Documentation comment.
    pub doc: String,
    /// Attributes.
    pub attributes: Vec<AttributeFact>,
    /// Whether it is marked as event.
    pub is_event: bool,
    /// Names of the type parameters.
    pub type_params: Vec<String>,
    /// Names and documentation of the fields; of all variants in order, for enums.
    pub field_docs: Vec<(String, String)>,
    /// Names and documentation of the variants; empty for structs.
    pub variant_docs: Vec<(String, String)>,
}

/// What the binary does not say about a function.
#[derive(Debug, Clone, Default)]
pub struct FunctionFacts {
    /// The name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Documentation comment.
    pub doc: String,
    /// Attributes.
    pub attributes: Vec<AttributeFact>,
    /// Whether it is marked as view function.
    pub is_view: bool,
    /// Whether it exists only in test mode.
    pub is_test_only: bool,
    /// Names of the type parameters.
    pub type_params: Vec<String>,
    /// Names of the parameters.
    pub params: Vec<String>,
    /// The header as written, from the first modifier to the result type.
    pub signature: String,
}

/// A named constant.
#[derive(Debug, Clone, Default)]
pub struct ConstantFacts {
    /// The name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Documentation comment.
    pub doc: String,
    /// The type as text.
    pub ty: String,
    /// The value as text.
    pub value: String,
    /// The value, if it is an unsigned integer of at most 64 bits.
    pub number: Option<u64>,
}

/// A planned unit test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// Module of the test function.
    pub module: ModuleId,
    /// The test function.
    pub function: Identifier,
    /// Arguments in order of the parameters.
    pub args: Vec<TestArg>,
    /// `None`: the function must return.
    pub expected_failure: Option<ExpectedFailure>,
    /// Name of the test function in the source.
    pub span: Span,
}

/// An argument of a unit test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestArg {
    /// `signer` or `&signer`.
    Signer(AccountAddress),
    /// `address`.
    Address(AccountAddress),
}

/// How a unit test has to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedFailure {
    /// In any way.
    Any,
    /// With an abort code, raised by the module if one is given.
    Abort {
        /// The code.
        code: u64,
        /// Name of the constant that was written.
        constant: Option<String>,
        /// The module that must have raised it.
        location: Option<ModuleId>,
    },
    /// With an arithmetic error in a module.
    Arithmetic {
        /// The module.
        location: ModuleId,
    },
    /// With a vector error in a module.
    Vector {
        /// The sub-status.
        minor: Option<u64>,
        /// The module.
        location: ModuleId,
    },
    /// For want of gas in a module.
    OutOfGas {
        /// The module.
        location: ModuleId,
    },
    /// With a VM status in a module.
    Status {
        /// Number of the status code.
        major: u64,
        /// The sub-status.
        minor: Option<u64>,
        /// The module.
        location: ModuleId,
    },
}
