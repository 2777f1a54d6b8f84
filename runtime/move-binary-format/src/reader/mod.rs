//! From bytes to modules and scripts.
//!
//! ```text
//! A1 1C EB 0B | version word (u32, little-endian) | count | count × { kind: u8, offset, size }
//! | table contents | trailer
//! ```
//! Order of the checks, which decides the status: header, directory, contents, trailer, tables of
//! modules and scripts in file order, tables of modules only in file order, bounds.

mod code;
mod signature;
mod tables;

use crate::{
    bounds,
    cursor::{Cursor, malformed},
    errors::FormatError,
    file_format::{CompiledModule, CompiledScript, Tables, VERSION_DEFAULT, VERSION_MAX, VERSION_MIN},
    table_kind::TableKind,
};
use move_core_types::StatusCode;

/// First bytes of every file.
pub const MAGIC: [u8; 4] = [0xa1, 0x1c, 0xeb, 0x0b];
/// Set in the version word from version 7 on; the reader ignores these bits.
pub const VERSION_MASK: u32 = 0x0a00_0000;

/// What to do about bytes after the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrailingBytes {
    /// Refuse them: two byte strings must not be one module.
    Refuse,
    /// Ignore them, to import old data.
    Ignore,
}

/// What the reader accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReaderConfig {
    /// The newest version.
    pub version_max: u32,
    /// The longest identifier.
    pub identifier_bytes_max: u16,
    /// Bytes after the end.
    pub trailing: TrailingBytes,
}

impl ReaderConfig {
    /// What published code must satisfy.
    pub const PRODUCTION: Self =
        Self { version_max: VERSION_DEFAULT, identifier_bytes_max: 255, trailing: TrailingBytes::Refuse };
}

impl Default for ReaderConfig {
    fn default() -> Self {
        Self::PRODUCTION
    }
}

impl CompiledModule {
    /// Reads a module as published code must be.
    ///
    /// # Errors
    /// As [`Self::deserialize_with`].
    pub fn deserialize(bytes: &[u8]) -> Result<Self, FormatError> {
        Self::deserialize_with(bytes, &ReaderConfig::PRODUCTION)
    }

    /// Reads a module and checks that every index in it is in range.
    ///
    /// # Errors
    /// The first violation, with its public status code.
    pub fn deserialize_with(bytes: &[u8], config: &ReaderConfig) -> Result<Self, FormatError> {
        let module = Self::decode(bytes, config)?;
        bounds::check_module(&module)?;
        Ok(module)
    }

    /// Reads a module without checking its indices.
    ///
    /// # Errors
    /// The first violation of the encoding, with its public status code.
    pub fn decode(bytes: &[u8], config: &ReaderConfig) -> Result<Self, FormatError> {
        let mut file = File::open(bytes, config)?;
        let self_handle = file.trailer.index()?;
        file.finish(config)?;
        let mut tables = Tables::default();
        file.read_tables(&mut tables, config, |kind| kind.is_common())?;
        file.read_tables(&mut tables, config, |kind| !kind.is_common())?;
        Ok(Self { version: file.version, self_handle, tables })
    }
}

impl CompiledScript {
    /// Reads a script as a transaction must carry it.
    ///
    /// # Errors
    /// As [`Self::deserialize_with`].
    pub fn deserialize(bytes: &[u8]) -> Result<Self, FormatError> {
        Self::deserialize_with(bytes, &ReaderConfig::PRODUCTION)
    }

    /// Reads a script and checks that every index in it is in range.
    ///
    /// # Errors
    /// The first violation, with its public status code.
    pub fn deserialize_with(bytes: &[u8], config: &ReaderConfig) -> Result<Self, FormatError> {
        let script = Self::decode(bytes, config)?;
        bounds::check_script(&script)?;
        Ok(script)
    }

    /// Reads a script without checking its indices.
    ///
    /// # Errors
    /// The first violation of the encoding, with its public status code.
    pub fn decode(bytes: &[u8], config: &ReaderConfig) -> Result<Self, FormatError> {
        let mut file = File::open(bytes, config)?;
        let trailer = &mut file.trailer;
        let type_params = trailer.list(255, tables::abilities)?;
        let parameters = trailer.index()?;
        let access = if file.version >= 8 { tables::access_specifiers(trailer)? } else { None };
        let code = code::code_unit(trailer)?;
        file.finish(config)?;
        let mut tables = Tables::default();
        file.read_tables(&mut tables, config, |kind| kind.is_common())?;
        if let Some(entry) = file.directory.iter().find(|entry| !entry.kind.is_common()) {
            return Err(malformed(format!("table {:?} in a script", entry.kind)));
        }
        Ok(Self { version: file.version, tables, type_params, parameters, access, code })
    }
}

/// One entry of the directory; offsets count from the start of the contents.
#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: TableKind,
    offset: u32,
    size: u32,
}

/// A file cut into its parts.
struct File<'a> {
    version: u32,
    directory: Vec<Entry>,
    contents: &'a [u8],
    trailer: Cursor<'a>,
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8], config: &ReaderConfig) -> Result<Self, FormatError> {
        let mut cursor = Cursor::new(bytes, 0);
        if cursor.array() != Some(MAGIC) {
            return Err(FormatError::new(StatusCode::BadMagic, "not a Move module or script"));
        }
        let word = u32::from_le_bytes(cursor.array().ok_or_else(|| malformed("no version"))?);
        let version = word & !VERSION_MASK;
        let version_max = config.version_max.min(VERSION_MAX);
        if !(VERSION_MIN..=version_max).contains(&version) {
            let message = format!("version {version} is not between {VERSION_MIN} and {version_max}");
            return Err(FormatError::new(StatusCode::UnknownVersion, message));
        }
        cursor.version = version;
        let directory = read_directory(&mut cursor, bytes.len())?;
        let size = directory.last().map_or(0, |entry| entry.offset.saturating_add(entry.size));
        let contents = cursor.take(size as usize)?;
        Ok(Self { version, directory, contents, trailer: cursor })
    }

    fn finish(&self, config: &ReaderConfig) -> Result<(), FormatError> {
        match config.trailing {
            TrailingBytes::Refuse if !self.trailer.is_at_end() => Err(malformed("bytes after the end")),
            TrailingBytes::Refuse | TrailingBytes::Ignore => Ok(()),
        }
    }

    fn read_tables(
        &self,
        tables: &mut Tables,
        config: &ReaderConfig,
        select: impl Fn(TableKind) -> bool,
    ) -> Result<(), FormatError> {
        for entry in self.directory.iter().filter(|entry| select(entry.kind)) {
            if self.version < entry.kind.since() {
                return Err(malformed(format!("table {:?} in version {}", entry.kind, self.version)));
            }
            let start = entry.offset as usize;
            let bytes = self.contents.get(start..).and_then(|rest| rest.get(..entry.size as usize));
            let bytes = bytes.ok_or_else(|| malformed("table outside the contents"))?;
            tables::read_table(tables, entry.kind, Cursor::new(bytes, self.version), config)?;
        }
        Ok(())
    }
}

/// Reads the directory and sorts it by offset: tables lie side by side, none twice, none empty.
fn read_directory(cursor: &mut Cursor<'_>, file_bytes: usize) -> Result<Vec<Entry>, FormatError> {
    let mut directory = cursor.list(255, |cursor| {
        let kind = cursor.byte()?;
        let kind = TableKind::from_u8(kind)
            .ok_or_else(|| FormatError::new(StatusCode::UnknownTableType, format!("unknown table {kind:#04x}")))?;
        Ok(Entry { kind, offset: cursor.uleb_u32()?, size: cursor.uleb_u32()? })
    })?;
    directory.sort_by_key(|entry| entry.offset);
    let bad = |message: &str| Err(FormatError::new(StatusCode::BadHeaderTable, message));
    let mut end = 0u32;
    for (position, entry) in directory.iter().enumerate() {
        if entry.offset != end {
            return bad("gap or overlap between tables");
        }
        if entry.size == 0 {
            return bad("empty table");
        }
        let Some(next) = end.checked_add(entry.size) else {
            return bad("tables too large");
        };
        end = next;
        if directory.iter().take(position).any(|other| other.kind == entry.kind) {
            return Err(FormatError::new(StatusCode::DuplicateTable, format!("table {:?} twice", entry.kind)));
        }
        if end as usize > file_bytes {
            return bad("tables larger than the file");
        }
    }
    Ok(directory)
}
