//! The kinds of tables in a file.

/// A kind of table. The discriminant is its byte in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum TableKind {
    ModuleHandles = 0x01,
    StructHandles = 0x02,
    FunctionHandles = 0x03,
    FunctionInsts = 0x04,
    Signatures = 0x05,
    Constants = 0x06,
    Identifiers = 0x07,
    Addresses = 0x08,
    StructDefs = 0x0a,
    StructDefInsts = 0x0b,
    FunctionDefs = 0x0c,
    FieldHandles = 0x0d,
    FieldInsts = 0x0e,
    Friends = 0x0f,
    Metadata = 0x10,
    VariantFieldHandles = 0x11,
    VariantFieldInsts = 0x12,
    StructVariantHandles = 0x13,
    StructVariantInsts = 0x14,
}

impl TableKind {
    /// The kinds in the order in which they are written.
    pub(crate) const WRITE_ORDER: [TableKind; 19] = [
        TableKind::ModuleHandles,
        TableKind::StructHandles,
        TableKind::FunctionHandles,
        TableKind::FunctionInsts,
        TableKind::Signatures,
        TableKind::Identifiers,
        TableKind::Addresses,
        TableKind::Constants,
        TableKind::Metadata,
        TableKind::StructDefs,
        TableKind::StructDefInsts,
        TableKind::FunctionDefs,
        TableKind::FieldHandles,
        TableKind::FieldInsts,
        TableKind::Friends,
        TableKind::VariantFieldHandles,
        TableKind::VariantFieldInsts,
        TableKind::StructVariantHandles,
        TableKind::StructVariantInsts,
    ];

    pub(crate) fn from_u8(byte: u8) -> Option<Self> {
        Self::WRITE_ORDER.into_iter().find(|kind| *kind as u8 == byte)
    }

    /// Whether scripts have the table too.
    pub(crate) fn is_common(self) -> bool {
        self as u8 <= 0x08 || self == TableKind::Metadata
    }

    /// The first version that has the table.
    pub(crate) fn since(self) -> u32 {
        match self as u8 {
            0x11..=0x14 => 7,
            0x10 => 5,
            0x0f => 2,
            _ => 1,
        }
    }
}
