//! Why bytes are not a module, or a module not within bounds.

use crate::file_format::CodeOffset;
use move_core_types::StatusCode;
use std::fmt;

/// What an index counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexKind {
    /// Module handles.
    ModuleHandle,
    /// Struct handles.
    StructHandle,
    /// Function handles.
    FunctionHandle,
    /// Field handles.
    FieldHandle,
    /// Friend declarations.
    FriendDeclaration,
    /// Function instantiations.
    FunctionInstantiation,
    /// Field instantiations.
    FieldInstantiation,
    /// Struct definitions.
    StructDefinition,
    /// Instantiations of struct definitions.
    StructDefInstantiation,
    /// Function definitions.
    FunctionDefinition,
    /// Fields of one struct or variant.
    FieldDefinition,
    /// Variants of one enum.
    VariantDefinition,
    /// Variant field handles.
    VariantFieldHandle,
    /// Variant field instantiations.
    VariantFieldInstantiation,
    /// Struct variant handles.
    StructVariantHandle,
    /// Struct variant instantiations.
    StructVariantInstantiation,
    /// Signatures.
    Signature,
    /// Identifiers.
    Identifier,
    /// Address identifiers.
    AddressIdentifier,
    /// Constants.
    ConstantPool,
    /// Locals of one function.
    LocalPool,
    /// Instructions of one function.
    CodeDefinition,
    /// Type parameters in scope.
    TypeParameter,
    /// Fields counted as members.
    MemberCount,
}

/// Where in a module or script something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// An entry of a table.
    Entry(IndexKind, u16),
    /// An instruction: of the function definition with this index, or of the script (`None`).
    Code(Option<u16>, CodeOffset),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Entry(kind, index) => write!(f, "{kind:?} {index}"),
            Place::Code(Some(function), offset) => write!(f, "function {function}, instruction {offset}"),
            Place::Code(None, offset) => write!(f, "instruction {offset}"),
        }
    }
}

/// Why bytes are refused. Only the status is part of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError {
    /// The public status code.
    pub status: StatusCode,
    /// Where, if known.
    pub place: Option<Place>,
    /// What exactly, for people.
    pub message: String,
}

impl FormatError {
    /// An error without a place.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, place: None, message: message.into() }
    }

    /// The same error at a place, unless it already has one.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.status, self.status.number(), self.message)?;
        self.place.iter().try_for_each(|place| write!(f, " at {place}"))
    }
}

impl std::error::Error for FormatError {}
