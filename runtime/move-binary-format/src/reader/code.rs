//! Code units and instructions.

use crate::{
    bytecode::{Bytecode, instruction_table},
    cursor::{Cursor, malformed},
    errors::FormatError,
    file_format::CodeUnit,
};
use move_core_types::StatusCode;

pub(super) fn code_unit(cursor: &mut Cursor<'_>) -> Result<CodeUnit, FormatError> {
    Ok(CodeUnit { locals: cursor.index()?, code: cursor.list(u16::MAX, instruction)? })
}

macro_rules! define_reader {
    ($($(#[$doc:meta])* $opcode:literal since $since:literal $name:ident
        $(($($arg:ident: $type:ty = $codec:ident),+))?;)*) => {
        fn instruction(cursor: &mut Cursor<'_>) -> Result<Bytecode, FormatError> {
            let opcode = cursor.byte()?;
            let (since, read): (u32, fn(&mut Cursor<'_>) -> Result<Bytecode, FormatError>) = match opcode {
                $($opcode => ($since, |_cursor| Ok(Bytecode::$name $(($(_cursor.$codec()?),+))?)),)*
                _ => return Err(FormatError::new(StatusCode::UnknownOpcode, format!("unknown opcode {opcode:#04x}"))),
            };
            if cursor.version < since {
                return Err(malformed(format!("opcode {opcode:#04x} in version {}", cursor.version)));
            }
            read(cursor)
        }
    };
}
instruction_table!(define_reader);
