//! Modules and scripts as text: `assemble(disassemble(m)) == m`, table order included.
//!
//! ```text
//! module 0x42::m version 7 {
//!     import struct 0x1::s::T<phantom T0: store> has key;
//!     import fun 0x1::s::make<T0>(u64, &T0): (bool);
//!     friend 0x42::other;
//!
//!     struct S<T0: copy + drop> has drop { a: u64, b: vector<T0> }
//!     enum E has drop { A { x: u64 }, B {} }
//!
//!     public entry fun f<T: copy>(u64, &mut S<T>): (bool) [persistent] acquires R {
//!         locals (u64, bool)
//!         0: LdU64 1
//!         1: MoveLoc 1
//!         2: MutBorrowFieldGeneric S<T>.a
//!         3: WriteRef
//!         4: Branch done
//!         done: LdTrue
//!         Ret
//!     }
//!     native fun g();
//! }
//! ```
//! - References are symbolic, or `#n`: an index of the table concerned. What a symbolic reference
//!   names is appended to its table if it is missing; only types and functions must be declared.
//! - Type parameters are those of the header, or by position `T0`, `T1`, ...
//! - A number before an instruction must be its offset; a word is a label.
//! - Operands: `LdConst vector<u8> x"0161"` (type and BCS); `PackVariant E/A`;
//!   `ImmBorrowVariantField E/A|B.x`; `VecPack (u64), 2`; `PackClosure f, 1`.
//! - `tables { ... }` fixes the order of the tables; [`disassemble`] writes it, [`outline`] does not.
//! - `//` begins a comment.

mod assembler;
mod lexer;
mod operands;
mod printer;
mod refer;

pub use assembler::{Assembled, assemble, assemble_script, assemble_with_lines};
pub use lexer::AssemblyError;
pub use printer::{disassemble, disassemble_script, outline, outline_script};
