//! From modules and scripts to bytes. The same module and version always give the same bytes.
//!
//! Entries are written in index order; nothing is sorted, merged or dropped. What the version cannot
//! express, or what exceeds a limit of the format, is an error ([`StatusCode::ValueSerializationError`]).

use crate::{
    bytecode::{Bytecode, instruction_table},
    errors::FormatError,
    file_format::{
        AccessKind, AccessSpecifier, AddressSpecifier, CodeUnit, CompiledModule, CompiledScript, Constant, FieldDef,
        FieldHandle, FunctionAttribute, FunctionDef, FunctionHandle, Instantiation, Metadata, ModuleHandle,
        ResourceSpecifier, SignatureToken, StructDef, StructFields, StructHandle, StructVariantHandle, TOKEN_DEPTH_MAX,
        TableIndex, Tables, VERSION_MAX, VERSION_MIN, VariantFieldHandle,
    },
    reader::{MAGIC, VERSION_MASK},
    table_kind::TableKind,
    token_tag,
};
use move_core_types::{AbilitySet, I256, Identifier, StatusCode, U256};

type Write = Result<(), FormatError>;

fn refuse(message: impl Into<String>) -> FormatError {
    FormatError::new(StatusCode::ValueSerializationError, message)
}

impl CompiledModule {
    /// Writes the module as a file of `version`.
    ///
    /// # Errors
    /// The version is not between 5 and 11, cannot express something in the module, or a limit of
    /// the format is exceeded.
    pub fn serialize(&self, version: u32) -> Result<Vec<u8>, FormatError> {
        let mut trailer = Writer::new(version)?;
        trailer.index(self.self_handle)?;
        file(&self.tables, trailer)
    }
}

impl CompiledScript {
    /// Writes the script as a file of `version`.
    ///
    /// # Errors
    /// As [`CompiledModule::serialize`]; also tables that scripts do not have.
    pub fn serialize(&self, version: u32) -> Result<Vec<u8>, FormatError> {
        let mut trailer = Writer::new(version)?;
        trailer.list(255, &self.type_params, |out, abilities| out.abilities(*abilities))?;
        trailer.index(self.parameters)?;
        if version >= 8 {
            trailer.access(self.access.as_deref())?;
        } else if self.access.is_some() {
            return Err(refuse(format!("access specifiers of a script in version {version}")));
        }
        trailer.code_unit(&self.code)?;
        for kind in TableKind::WRITE_ORDER.into_iter().filter(|kind| !kind.is_common()) {
            let mut table = Writer::new(version)?;
            table.table(&self.tables, kind)?;
            if !table.bytes.is_empty() {
                return Err(refuse(format!("table {kind:?} in a script")));
            }
        }
        file(&self.tables, trailer)
    }
}

fn file(tables: &Tables, trailer: Writer) -> Result<Vec<u8>, FormatError> {
    let version = trailer.version;
    let (mut directory, mut contents) = (Writer::new(version)?, Writer::new(version)?);
    let mut count = 0u8;
    for kind in TableKind::WRITE_ORDER {
        let start = contents.bytes.len();
        contents.table(tables, kind)?;
        let size = contents.bytes.len() - start;
        if size == 0 {
            continue;
        }
        if version < kind.since() {
            return Err(refuse(format!("table {kind:?} in version {version}")));
        }
        count += 1;
        directory.bytes.push(kind as u8);
        directory.uleb(start as u64, u64::from(u32::MAX))?;
        directory.uleb(size as u64, u64::from(u32::MAX))?;
    }
    let word = if version >= 7 { version | VERSION_MASK } else { version };
    Ok([&MAGIC[..], &word.to_le_bytes(), &[count], &directory.bytes, &contents.bytes, &trailer.bytes].concat())
}

struct Writer {
    version: u32,
    bytes: Vec<u8>,
}

macro_rules! raw_integers {
    ($($name:ident: $int:ty;)*) => {
        impl Writer {$(
            fn $name(&mut self, value: $int) -> Write {
                self.bytes.extend_from_slice(&value.to_le_bytes());
                Ok(())
            }
        )*}
    };
}

raw_integers! {
    raw_u8: u8;
    raw_u16: u16;
    raw_u32: u32;
    raw_u64: u64;
    raw_u128: u128;
    raw_u256: U256;
    raw_i8: i8;
    raw_i16: i16;
    raw_i32: i32;
    raw_i64: i64;
    raw_i128: i128;
    raw_i256: I256;
}

impl Writer {
    fn new(version: u32) -> Result<Self, FormatError> {
        if !(VERSION_MIN..=VERSION_MAX).contains(&version) {
            return Err(refuse(format!("version {version} is not between {VERSION_MIN} and {VERSION_MAX}")));
        }
        Ok(Self { version, bytes: Vec::new() })
    }

    fn since(&self, since: u32, what: impl FnOnce() -> String) -> Write {
        if self.version < since { Err(refuse(format!("{} in version {}", what(), self.version))) } else { Ok(()) }
    }

    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn uleb(&mut self, mut value: u64, max: u64) -> Write {
        if value > max {
            return Err(refuse(format!("{value} is above the maximum {max}")));
        }
        while value >= 0x80 {
            self.byte((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.byte((value & 0x7f) as u8);
        Ok(())
    }

    fn index<I: TableIndex>(&mut self, index: I) -> Write {
        self.offset(index.into_u16())
    }

    fn offset(&mut self, offset: u16) -> Write {
        self.uleb(u64::from(offset), u64::from(u16::MAX))
    }

    fn local(&mut self, local: u8) -> Write {
        self.uleb(u64::from(local), 255)
    }

    fn mask(&mut self, mask: u64) -> Write {
        self.uleb(mask, u64::MAX)
    }

    fn abilities(&mut self, abilities: AbilitySet) -> Write {
        self.uleb(u64::from(abilities.into_u8()), 0xf)
    }

    fn blob(&mut self, bytes: &[u8], max: u64) -> Write {
        self.uleb(bytes.len() as u64, max)?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn list<T>(&mut self, max: u64, items: &[T], item: impl FnMut(&mut Self, &T) -> Write) -> Write {
        self.uleb(items.len() as u64, max)?;
        self.all(items, item)
    }

    fn all<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T) -> Write) -> Write {
        if items.len() > usize::from(u16::MAX) + 1 {
            return Err(refuse(format!("{} entries in one table", items.len())));
        }
        items.iter().try_for_each(|each| item(self, each))
    }

    fn table(&mut self, tables: &Tables, kind: TableKind) -> Write {
        match kind {
            TableKind::ModuleHandles => self.all(&tables.module_handles, Self::module_handle),
            TableKind::StructHandles => self.all(&tables.struct_handles, Self::struct_handle),
            TableKind::FunctionHandles => self.all(&tables.function_handles, Self::function_handle),
            TableKind::FunctionInsts => self.all(&tables.function_insts, Self::instantiation),
            TableKind::Signatures => {
                self.all(&tables.signatures, |out, signature| out.list(255, &signature.0, Self::token))
            }
            TableKind::Identifiers => self.all(&tables.identifiers, Self::identifier),
            TableKind::Addresses => self.all(&tables.addresses, |out, address| {
                out.bytes.extend_from_slice(&address.0);
                Ok(())
            }),
            TableKind::Constants => self.all(&tables.constants, Self::constant),
            TableKind::Metadata => self.all(&tables.metadata, Self::metadata),
            TableKind::StructDefs => self.all(&tables.struct_defs, Self::struct_def),
            TableKind::StructDefInsts => self.all(&tables.struct_def_insts, Self::instantiation),
            TableKind::FunctionDefs => self.all(&tables.function_defs, Self::function_def),
            TableKind::FieldHandles => self.all(&tables.field_handles, Self::field_handle),
            TableKind::FieldInsts => self.all(&tables.field_insts, Self::instantiation),
            TableKind::Friends => self.all(&tables.friends, Self::module_handle),
            TableKind::VariantFieldHandles => self.all(&tables.variant_field_handles, Self::variant_field_handle),
            TableKind::VariantFieldInsts => self.all(&tables.variant_field_insts, Self::instantiation),
            TableKind::StructVariantHandles => self.all(&tables.struct_variant_handles, Self::struct_variant_handle),
            TableKind::StructVariantInsts => self.all(&tables.struct_variant_insts, Self::instantiation),
        }
    }

    fn module_handle(&mut self, handle: &ModuleHandle) -> Write {
        self.index(handle.address)?;
        self.index(handle.name)
    }

    fn struct_handle(&mut self, handle: &StructHandle) -> Write {
        self.index(handle.module)?;
        self.index(handle.name)?;
        self.abilities(handle.abilities)?;
        self.list(255, &handle.type_params, |out, param| {
            out.abilities(param.constraints)?;
            out.uleb(u64::from(param.is_phantom), 1)
        })
    }

    fn function_handle(&mut self, handle: &FunctionHandle) -> Write {
        self.index(handle.module)?;
        self.index(handle.name)?;
        self.index(handle.parameters)?;
        self.index(handle.results)?;
        self.list(255, &handle.type_params, |out, abilities| out.abilities(*abilities))?;
        if self.version >= 7 {
            self.access(handle.access.as_deref())?;
        } else if handle.access.is_some() {
            return Err(refuse(format!("access specifiers in version {}", self.version)));
        }
        if self.version >= 8 {
            self.list(16, &handle.attributes, |out, attribute| out.attribute(*attribute))?;
        } else if !handle.attributes.is_empty() {
            return Err(refuse(format!("function attributes in version {}", self.version)));
        }
        Ok(())
    }

    fn attribute(&mut self, attribute: FunctionAttribute) -> Write {
        self.since(attribute.since(), || format!("function attribute {attribute:?}"))?;
        let (byte, payload) = match attribute {
            FunctionAttribute::Persistent => (1, None),
            FunctionAttribute::ModuleLock => (2, None),
            FunctionAttribute::Pack => (3, None),
            FunctionAttribute::PackVariant(variant) => (4, Some(variant)),
            FunctionAttribute::Unpack => (5, None),
            FunctionAttribute::UnpackVariant(variant) => (6, Some(variant)),
            FunctionAttribute::TestVariant(variant) => (7, Some(variant)),
            FunctionAttribute::BorrowFieldImmutable(field) => (8, Some(field)),
            FunctionAttribute::BorrowFieldMutable(field) => (9, Some(field)),
            FunctionAttribute::Immutable => (10, None),
            FunctionAttribute::ConstantAccessor => (11, None),
        };
        self.byte(byte);
        payload.map_or(Ok(()), |payload| self.raw_u16(payload))
    }

    fn access(&mut self, access: Option<&[AccessSpecifier]>) -> Write {
        let Some(specifiers) = access else {
            self.byte(1);
            return Ok(());
        };
        self.byte(2);
        self.list(64, specifiers, Self::access_specifier)
    }

    fn access_specifier(&mut self, specifier: &AccessSpecifier) -> Write {
        self.byte(match specifier.kind {
            AccessKind::Reads => 1,
            AccessKind::Writes => 2,
        });
        self.byte(if specifier.negated { 2 } else { 1 });
        match specifier.resource {
            ResourceSpecifier::Any => self.byte(1),
            ResourceSpecifier::DeclaredAtAddress(address) => {
                self.byte(2);
                self.index(address)?;
            }
            ResourceSpecifier::DeclaredInModule(module) => {
                self.byte(3);
                self.index(module)?;
            }
            ResourceSpecifier::Resource(handle) => {
                self.byte(4);
                self.index(handle)?;
            }
            ResourceSpecifier::ResourceInstantiation(handle, type_args) => {
                self.byte(5);
                self.index(handle)?;
                self.index(type_args)?;
            }
        }
        match specifier.address {
            AddressSpecifier::Any => self.byte(1),
            AddressSpecifier::Literal(address) => {
                self.byte(2);
                self.index(address)?;
            }
            AddressSpecifier::Parameter(local, function) => {
                self.byte(3);
                self.local(local)?;
                self.byte(if function.is_some() { 2 } else { 1 });
                function.map_or(Ok(()), |function| self.index(function))?;
            }
        }
        Ok(())
    }

    fn instantiation<I: TableIndex>(&mut self, inst: &Instantiation<I>) -> Write {
        self.index(inst.target)?;
        self.index(inst.type_args)
    }

    fn token(&mut self, token: &SignatureToken) -> Write {
        for (node, depth) in token.nodes() {
            if depth > TOKEN_DEPTH_MAX {
                return Err(refuse(format!("type nested deeper than {TOKEN_DEPTH_MAX}")));
            }
            let tag = token_tag::of(node);
            self.since(token_tag::since(tag).unwrap_or(1), || format!("type {node:?}"))?;
            self.byte(tag);
            match node {
                SignatureToken::Struct(handle) => self.index(*handle)?,
                SignatureToken::TypeParam(index) => self.offset(*index)?,
                SignatureToken::StructInst(handle, args) => {
                    self.index(*handle)?;
                    if args.is_empty() {
                        return Err(refuse("instantiation without type arguments"));
                    }
                    self.uleb(args.len() as u64, 255)?;
                }
                SignatureToken::Function(function) => {
                    self.abilities(function.abilities)?;
                    self.uleb(function.args.len() as u64, 255)?;
                    self.uleb(function.results.len() as u64, 255)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn identifier(&mut self, identifier: &Identifier) -> Write {
        if identifier.contains('$') {
            self.since(9, || format!("`$` in identifier {identifier}"))?;
        }
        self.blob(identifier.as_bytes(), 255)
    }

    fn constant(&mut self, constant: &Constant) -> Write {
        self.token(&constant.ty)?;
        self.blob(&constant.data, u64::from(u16::MAX))
    }

    fn metadata(&mut self, metadata: &Metadata) -> Write {
        self.blob(&metadata.key, 1023)?;
        self.blob(&metadata.value, u64::from(u16::MAX))
    }

    fn struct_def(&mut self, def: &StructDef) -> Write {
        self.index(def.handle)?;
        match &def.fields {
            StructFields::Native => {
                self.byte(1);
                Ok(())
            }
            StructFields::Plain(fields) => {
                self.byte(2);
                self.fields(fields)
            }
            StructFields::Variants(variants) => {
                self.since(7, || "enum".to_owned())?;
                self.byte(3);
                self.list(127, variants, |out, variant| {
                    out.index(variant.name)?;
                    out.fields(&variant.fields)
                })
            }
        }
    }

    fn fields(&mut self, fields: &[FieldDef]) -> Write {
        self.list(255, fields, |out, field| {
            out.index(field.name)?;
            out.token(&field.ty)
        })
    }

    fn function_def(&mut self, def: &FunctionDef) -> Write {
        self.index(def.handle)?;
        self.byte(def.visibility as u8);
        self.byte(if def.code.is_none() { 2 } else { 0 } | if def.is_entry { 4 } else { 0 });
        self.list(255, &def.acquires, |out, def| out.index(*def))?;
        def.code.as_ref().map_or(Ok(()), |code| self.code_unit(code))
    }

    fn code_unit(&mut self, unit: &CodeUnit) -> Write {
        self.index(unit.locals)?;
        self.list(u64::from(u16::MAX), &unit.code, Self::instruction)
    }

    fn field_handle(&mut self, handle: &FieldHandle) -> Write {
        self.index(handle.owner)?;
        self.uleb(u64::from(handle.field), 255)
    }

    fn variant_field_handle(&mut self, handle: &VariantFieldHandle) -> Write {
        self.index(handle.owner)?;
        self.uleb(u64::from(handle.field), 255)?;
        self.list(127, &handle.variants, |out, variant| out.uleb(u64::from(*variant), 127))
    }

    fn struct_variant_handle(&mut self, handle: &StructVariantHandle) -> Write {
        self.index(handle.owner)?;
        self.uleb(u64::from(handle.variant), 127)
    }
}

macro_rules! define_writer {
    ($($(#[$doc:meta])* $opcode:literal since $since:literal $name:ident
        $(($($arg:ident: $type:ty = $codec:ident),+))?;)*) => {
        impl Writer {
            fn instruction(&mut self, instruction: &Bytecode) -> Write {
                self.since(instruction.since(), || instruction.name().to_owned())?;
                self.byte(instruction.opcode());
                match instruction {
                    $(Bytecode::$name $(($($arg),+))? => { $($(self.$codec(*$arg)?;)+)? })*
                }
                Ok(())
            }
        }
    };
}
instruction_table!(define_writer);
