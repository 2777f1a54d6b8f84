//! Types: a constructor byte, its own immediates, then its children, in pre-order.

use crate::{
    cursor::{Cursor, malformed},
    errors::FormatError,
    file_format::{FunctionType, SignatureToken, StructHandleIdx, TOKEN_DEPTH_MAX},
    reader::tables::abilities,
    token_tag as tag,
};
use move_core_types::{AbilitySet, StatusCode};

/// A node whose children are not complete.
enum Pending {
    Vector,
    Reference,
    MutableReference,
    Struct { handle: StructHandleIdx, arity: u8, args: Vec<SignatureToken> },
    Function { abilities: AbilitySet, arg_count: u8, result_count: u8, children: Vec<SignatureToken> },
}

/// What a constructor byte and its immediates begin.
enum Node {
    Leaf(SignatureToken),
    Pending(Pending),
}

/// Reads one type with an explicit stack: depth is limited, and the host does not recurse.
pub(super) fn token(cursor: &mut Cursor<'_>) -> Result<SignatureToken, FormatError> {
    let mut stack: Vec<Pending> = Vec::new();
    loop {
        let node = node(cursor)?;
        if stack.len() >= TOKEN_DEPTH_MAX {
            return Err(malformed(format!("type nested deeper than {TOKEN_DEPTH_MAX}")));
        }
        let mut complete = match node {
            Node::Pending(pending) => {
                stack.push(pending);
                continue;
            }
            Node::Leaf(leaf) => leaf,
        };
        loop {
            let Some(parent) = stack.pop() else {
                return Ok(complete);
            };
            match with_child(parent, complete) {
                Node::Leaf(token) => complete = token,
                Node::Pending(pending) => {
                    stack.push(pending);
                    break;
                }
            }
        }
    }
}

fn node(cursor: &mut Cursor<'_>) -> Result<Node, FormatError> {
    let byte = cursor.byte()?;
    let since = tag::since(byte).ok_or_else(|| {
        FormatError::new(StatusCode::UnknownSerializedType, format!("unknown constructor of types {byte:#04x}"))
    })?;
    if cursor.version < since {
        return Err(malformed(format!("constructor of types {byte:#04x} in version {}", cursor.version)));
    }
    if let Some(leaf) = tag::leaf(byte) {
        return Ok(Node::Leaf(leaf));
    }
    Ok(match byte {
        tag::VECTOR => Node::Pending(Pending::Vector),
        tag::REFERENCE => Node::Pending(Pending::Reference),
        tag::MUTABLE_REFERENCE => Node::Pending(Pending::MutableReference),
        tag::STRUCT => Node::Leaf(SignatureToken::Struct(cursor.index()?)),
        tag::TYPE_PARAM => Node::Leaf(SignatureToken::TypeParam(cursor.uleb_u16(u16::MAX)?)),
        tag::STRUCT_INST => {
            let handle = cursor.index()?;
            let arity = cursor.uleb_u8(255)?;
            if arity == 0 {
                return Err(malformed("instantiation without type arguments"));
            }
            Node::Pending(Pending::Struct { handle, arity, args: Vec::new() })
        }
        _ => {
            let abilities = abilities(cursor)?;
            let (arg_count, result_count) = (cursor.uleb_u8(255)?, cursor.uleb_u8(255)?);
            if arg_count == 0 && result_count == 0 {
                let function = FunctionType { args: Vec::new(), results: Vec::new(), abilities };
                return Ok(Node::Leaf(SignatureToken::Function(Box::new(function))));
            }
            Node::Pending(Pending::Function { abilities, arg_count, result_count, children: Vec::new() })
        }
    })
}

/// Adds a child; the node is complete when it was the last.
fn with_child(parent: Pending, child: SignatureToken) -> Node {
    match parent {
        Pending::Vector => Node::Leaf(SignatureToken::vector(child)),
        Pending::Reference => Node::Leaf(SignatureToken::reference(child)),
        Pending::MutableReference => Node::Leaf(SignatureToken::mutable_reference(child)),
        Pending::Struct { handle, arity, mut args } => {
            args.push(child);
            if args.len() < usize::from(arity) {
                Node::Pending(Pending::Struct { handle, arity, args })
            } else {
                Node::Leaf(SignatureToken::StructInst(handle, args))
            }
        }
        Pending::Function { abilities, arg_count, result_count, mut children } => {
            children.push(child);
            if children.len() < usize::from(arg_count) + usize::from(result_count) {
                Node::Pending(Pending::Function { abilities, arg_count, result_count, children })
            } else {
                let results = children.split_off(usize::from(arg_count));
                let function = FunctionType { args: children, results, abilities };
                Node::Leaf(SignatureToken::Function(Box::new(function)))
            }
        }
    }
}
