//! Formats Move sources: from the tokens and the comments between them, with no regard to what they mean.
//!
//! What comes out has the tokens and comments of what went in, in the same order, and formatting it again changes
//! nothing. Both are checked for every text before it is handed out.
//!
//! The way of a text: `source` makes tokens with the comments that belong to them; `tree` nests them by brackets and
//! finds out which operators are prefixes; `layout` makes a document of texts and possible line breaks; `print`
//! chooses the breaks.
//!
//! ```
//! let text = "module 0x1::m{fun f( x:u64 ):u64{x+1}}";
//! let formatted = move_fmt::format(text, 90).unwrap();
//! assert_eq!(formatted, "module 0x1::m {\n    fun f(x: u64): u64 { x + 1 }\n}\n");
//! ```

mod layout;
mod print;
mod source;
mod tree;

use move_compiler::tokens::{PieceKind, pieces};

/// Columns of a line where nothing else is said.
pub const WIDTH: usize = 90;
/// Rounds until nothing changes; more than two are rare.
const ROUNDS_MAX: usize = 6;

/// Why a text is not formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// A character or comment that the language does not know, at a byte.
    #[error("this is no token")]
    Invalid(usize),
    /// A bracket without its partner, at a byte.
    #[error("this bracket has no partner")]
    Unbalanced(usize),
    /// Brackets inside one another beyond the limit of 256, at a byte.
    #[error("brackets are nested deeper than {}", tree::DEPTH_MAX)]
    TooDeep(usize),
}

impl FormatError {
    /// The byte that it is about.
    pub fn at(self) -> usize {
        match self {
            FormatError::Invalid(at) | FormatError::Unbalanced(at) | FormatError::TooDeep(at) => at,
        }
    }
}

/// Formats a text for lines of `width` columns.
///
/// A text whose layout does not settle is given back as it is. Linear in the text but for a small factor.
///
/// # Errors
/// Where the text is not made of tokens and matching brackets.
pub fn format(text: &str, width: usize) -> Result<String, FormatError> {
    let mut current = once(text, width)?;
    for _ in 0..ROUNDS_MAX {
        let next = once(&current, width)?;
        if next == current {
            return Ok(if same_pieces(text, &current) { current } else { text.to_owned() });
        }
        current = next;
    }
    Ok(text.to_owned())
}

fn once(text: &str, width: usize) -> Result<String, FormatError> {
    let source = source::Source::read(text)?;
    let nodes = tree::nest(&source)?;
    Ok(print::print(&layout::file(&source, &nodes), width))
}

/// Whether two texts have the same tokens and comments, in the same order.
pub fn same_pieces(left: &str, right: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let pieces = pieces(text).into_iter();
        pieces
            .map(|piece| {
                let word = text.get(piece.start..piece.end).unwrap_or("");
                if piece.kind == PieceKind::Comment { word.trim_end().to_owned() } else { word.to_owned() }
            })
            .collect()
    };
    words(left) == words(right)
}
