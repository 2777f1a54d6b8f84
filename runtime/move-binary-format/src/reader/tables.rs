//! The records of each table.

use super::{ReaderConfig, code::code_unit, signature::token};
use crate::{
    cursor::{Cursor, malformed},
    errors::FormatError,
    file_format::{
        AccessKind, AccessSpecifier, AddressSpecifier, Constant, FieldDef, FieldHandle, FunctionAttribute, FunctionDef,
        FunctionHandle, Instantiation, Metadata, ModuleHandle, ResourceSpecifier, Signature, StructDef, StructFields,
        StructHandle, StructTypeParam, StructVariantHandle, TableIndex, Tables, VariantDef, VariantFieldHandle,
        Visibility,
    },
    table_kind::TableKind,
};
use move_core_types::{AbilitySet, AccountAddress, Identifier, StatusCode};

type Read<T> = Result<T, FormatError>;

/// Reads a whole table into its place.
pub(super) fn read_table(
    tables: &mut Tables,
    kind: TableKind,
    mut cursor: Cursor<'_>,
    config: &ReaderConfig,
) -> Read<()> {
    match kind {
        TableKind::ModuleHandles => tables.module_handles = cursor.until_end(module_handle)?,
        TableKind::StructHandles => tables.struct_handles = cursor.until_end(struct_handle)?,
        TableKind::FunctionHandles => tables.function_handles = cursor.until_end(function_handle)?,
        TableKind::FunctionInsts => tables.function_insts = cursor.until_end(instantiation)?,
        TableKind::Signatures => tables.signatures = cursor.until_end(signature)?,
        TableKind::Constants => tables.constants = cursor.until_end(constant)?,
        TableKind::Identifiers => tables.identifiers = cursor.until_end(|cursor| identifier(cursor, config))?,
        TableKind::Addresses => tables.addresses = cursor.until_end(address)?,
        TableKind::StructDefs => tables.struct_defs = cursor.until_end(struct_def)?,
        TableKind::StructDefInsts => tables.struct_def_insts = cursor.until_end(instantiation)?,
        TableKind::FunctionDefs => tables.function_defs = cursor.until_end(function_def)?,
        TableKind::FieldHandles => tables.field_handles = cursor.until_end(field_handle)?,
        TableKind::FieldInsts => tables.field_insts = cursor.until_end(instantiation)?,
        TableKind::Friends => tables.friends = cursor.until_end(module_handle)?,
        TableKind::Metadata => tables.metadata = cursor.until_end(metadata)?,
        TableKind::VariantFieldHandles => tables.variant_field_handles = cursor.until_end(variant_field_handle)?,
        TableKind::VariantFieldInsts => tables.variant_field_insts = cursor.until_end(instantiation)?,
        TableKind::StructVariantHandles => tables.struct_variant_handles = cursor.until_end(struct_variant_handle)?,
        TableKind::StructVariantInsts => tables.struct_variant_insts = cursor.until_end(instantiation)?,
    }
    Ok(())
}

fn module_handle(cursor: &mut Cursor<'_>) -> Read<ModuleHandle> {
    Ok(ModuleHandle { address: cursor.index()?, name: cursor.index()? })
}

pub(super) fn abilities(cursor: &mut Cursor<'_>) -> Read<AbilitySet> {
    let bits = cursor.uleb_u8(0xf)?;
    AbilitySet::from_u8(bits).ok_or_else(|| malformed("unknown ability"))
}

fn struct_handle(cursor: &mut Cursor<'_>) -> Read<StructHandle> {
    let type_param = |cursor: &mut Cursor<'_>| {
        Ok(StructTypeParam { constraints: abilities(cursor)?, is_phantom: cursor.uleb(1)? == 1 })
    };
    Ok(StructHandle {
        module: cursor.index()?,
        name: cursor.index()?,
        abilities: abilities(cursor)?,
        type_params: cursor.list(255, type_param)?,
    })
}

fn function_handle(cursor: &mut Cursor<'_>) -> Read<FunctionHandle> {
    Ok(FunctionHandle {
        module: cursor.index()?,
        name: cursor.index()?,
        parameters: cursor.index()?,
        results: cursor.index()?,
        type_params: cursor.list(255, abilities)?,
        access: if cursor.version >= 7 { access_specifiers(cursor)? } else { None },
        attributes: if cursor.version >= 8 { cursor.list(16, attribute)? } else { Vec::new() },
    })
}

fn attribute(cursor: &mut Cursor<'_>) -> Read<FunctionAttribute> {
    let byte = cursor.byte()?;
    let since = match byte {
        1 | 2 => 8,
        3..=9 => 10,
        10 | 11 => 11,
        _ => return Err(malformed(format!("unknown function attribute {byte:#04x}"))),
    };
    if cursor.version < since {
        return Err(malformed(format!("function attribute {byte:#04x} in version {}", cursor.version)));
    }
    Ok(match byte {
        1 => FunctionAttribute::Persistent,
        2 => FunctionAttribute::ModuleLock,
        3 => FunctionAttribute::Pack,
        4 => FunctionAttribute::PackVariant(cursor.raw_u16()?),
        5 => FunctionAttribute::Unpack,
        6 => FunctionAttribute::UnpackVariant(cursor.raw_u16()?),
        7 => FunctionAttribute::TestVariant(cursor.raw_u16()?),
        8 => FunctionAttribute::BorrowFieldImmutable(cursor.raw_u16()?),
        9 => FunctionAttribute::BorrowFieldMutable(cursor.raw_u16()?),
        10 => FunctionAttribute::Immutable,
        _ => FunctionAttribute::ConstantAccessor,
    })
}

pub(super) fn access_specifiers(cursor: &mut Cursor<'_>) -> Read<Option<Vec<AccessSpecifier>>> {
    cursor.option(|cursor| cursor.list(64, access_specifier))
}

fn access_specifier(cursor: &mut Cursor<'_>) -> Read<AccessSpecifier> {
    let kind = match cursor.byte()? {
        1 => AccessKind::Reads,
        2 => AccessKind::Writes,
        other => return Err(malformed(format!("unknown kind of access {other:#04x}"))),
    };
    let negated = cursor.boolean()?;
    let resource = match cursor.byte()? {
        1 => ResourceSpecifier::Any,
        2 => ResourceSpecifier::DeclaredAtAddress(cursor.index()?),
        3 => ResourceSpecifier::DeclaredInModule(cursor.index()?),
        4 => ResourceSpecifier::Resource(cursor.index()?),
        5 => ResourceSpecifier::ResourceInstantiation(cursor.index()?, cursor.index()?),
        other => return Err(malformed(format!("unknown resource specifier {other:#04x}"))),
    };
    let address = match cursor.byte()? {
        1 => AddressSpecifier::Any,
        2 => AddressSpecifier::Literal(cursor.index()?),
        3 => AddressSpecifier::Parameter(cursor.local()?, cursor.option(Cursor::index)?),
        other => return Err(malformed(format!("unknown address specifier {other:#04x}"))),
    };
    Ok(AccessSpecifier { kind, negated, resource, address })
}

fn instantiation<I: TableIndex>(cursor: &mut Cursor<'_>) -> Read<Instantiation<I>> {
    Ok(Instantiation { target: cursor.index()?, type_args: cursor.index()? })
}

fn signature(cursor: &mut Cursor<'_>) -> Read<Signature> {
    cursor.list(255, token).map(Signature)
}

fn constant(cursor: &mut Cursor<'_>) -> Read<Constant> {
    Ok(Constant { ty: token(cursor)?, data: cursor.blob(u16::MAX)? })
}

fn identifier(cursor: &mut Cursor<'_>, config: &ReaderConfig) -> Read<Identifier> {
    let bytes = cursor.blob(config.identifier_bytes_max)?;
    let text = String::from_utf8(bytes).map_err(|_| malformed("identifier is not UTF-8"))?;
    if cursor.version < 9 && text.contains('$') {
        return Err(malformed(format!("`$` in an identifier in version {}", cursor.version)));
    }
    Identifier::new(text).map_err(|error| malformed(error.to_string()))
}

fn address(cursor: &mut Cursor<'_>) -> Read<AccountAddress> {
    cursor.array().map(AccountAddress::new).ok_or_else(|| malformed("address cut short"))
}

fn metadata(cursor: &mut Cursor<'_>) -> Read<Metadata> {
    Ok(Metadata { key: cursor.blob(1023)?, value: cursor.blob(u16::MAX)? })
}

fn struct_def(cursor: &mut Cursor<'_>) -> Read<StructDef> {
    let handle = cursor.index()?;
    let fields = match cursor.byte()? {
        1 => StructFields::Native,
        2 => StructFields::Plain(fields(cursor)?),
        3 if cursor.version < 7 => return Err(malformed(format!("enum in version {}", cursor.version))),
        3 => StructFields::Variants(
            cursor.list(127, |cursor| Ok(VariantDef { name: cursor.index()?, fields: fields(cursor)? }))?,
        ),
        other => {
            let message = format!("unknown kind of struct {other:#04x}");
            return Err(FormatError::new(StatusCode::UnknownNativeStructFlag, message));
        }
    };
    Ok(StructDef { handle, fields })
}

fn fields(cursor: &mut Cursor<'_>) -> Read<Vec<FieldDef>> {
    cursor.list(255, |cursor| Ok(FieldDef { name: cursor.index()?, ty: token(cursor)? }))
}

fn function_def(cursor: &mut Cursor<'_>) -> Read<FunctionDef> {
    const NATIVE: u8 = 2;
    const ENTRY: u8 = 4;
    let handle = cursor.index()?;
    let visibility = match cursor.byte()? {
        0 => Visibility::Private,
        1 => Visibility::Public,
        3 => Visibility::Friend,
        other => return Err(malformed(format!("unknown visibility {other:#04x}"))),
    };
    let flags = cursor.byte()?;
    let acquires = cursor.list(255, Cursor::index)?;
    let code = if flags & NATIVE == 0 { Some(code_unit(cursor)?) } else { None };
    if flags & !(NATIVE | ENTRY) != 0 {
        return Err(FormatError::new(StatusCode::InvalidFlagBits, format!("unknown function flags {flags:#04x}")));
    }
    Ok(FunctionDef { handle, visibility, is_entry: flags & ENTRY != 0, acquires, code })
}

fn field_handle(cursor: &mut Cursor<'_>) -> Read<FieldHandle> {
    Ok(FieldHandle { owner: cursor.index()?, field: cursor.uleb_u16(255)? })
}

fn variant_field_handle(cursor: &mut Cursor<'_>) -> Read<VariantFieldHandle> {
    let owner = cursor.index()?;
    let field = cursor.uleb_u16(255)?;
    Ok(VariantFieldHandle { owner, variants: cursor.list(127, |cursor| cursor.uleb_u16(127))?, field })
}

fn struct_variant_handle(cursor: &mut Cursor<'_>) -> Read<StructVariantHandle> {
    Ok(StructVariantHandle { owner: cursor.index()?, variant: cursor.uleb_u16(127)? })
}
