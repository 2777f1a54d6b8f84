//! The syntax tree, as written: names are not resolved, nothing is typed.

use crate::source::Span;
use move_core_types::ability::AbilitySet;
use ruint::aliases::U256;
use std::rc::Rc;

/// An interned-enough name.
pub(crate) type Symbol = Rc<str>;

#[derive(Debug, Clone)]
pub(crate) struct Ident {
    pub(crate) name: Symbol,
    pub(crate) span: Span,
}

/// First component of a name chain may be a numeric address.
#[derive(Debug, Clone)]
pub(crate) enum Leading {
    Name(Ident),
    Number(U256, Span),
}

impl Leading {
    pub(crate) fn span(&self) -> Span {
        match self {
            Leading::Name(ident) => ident.span,
            Leading::Number(_, span) => *span,
        }
    }
}

/// `a`, `a::b`, `a::b::c`, `a::b::c::d`.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) first: Leading,
    pub(crate) rest: Vec<Ident>,
    pub(crate) span: Span,
}

impl Chain {
    pub(crate) fn single(&self) -> Option<&Ident> {
        match &self.first {
            Leading::Name(ident) if self.rest.is_empty() => Some(ident),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: Symbol,
    pub(crate) span: Span,
    pub(crate) value: AttributeValue,
}

#[derive(Debug, Clone)]
pub(crate) enum AttributeValue {
    None,
    Exp(Box<Exp>),
    List(Vec<Attribute>),
}

#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) kind: TypeKind,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum TypeKind {
    Name(Chain, Option<Vec<Type>>),
    Ref(bool, Box<Type>),
    Tuple(Vec<Type>),
    Fun(Vec<Type>, Box<Type>, AbilitySet),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinOp {
    Or,
    And,
    Eq,
    Neq,
    Lt,
    Gt,
    Le,
    Ge,
    BitOr,
    Xor,
    BitAnd,
    Shl,
    Shr,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

impl BinOp {
    pub(crate) fn text(self) -> &'static str {
        match self {
            BinOp::Or => "||",
            BinOp::And => "&&",
            BinOp::Eq => "==",
            BinOp::Neq => "!=",
            BinOp::Lt => "<",
            BinOp::Gt => ">",
            BinOp::Le => "<=",
            BinOp::Ge => ">=",
            BinOp::BitOr => "|",
            BinOp::Xor => "^",
            BinOp::BitAnd => "&",
            BinOp::Shl => "<<",
            BinOp::Shr => ">>",
            BinOp::Add => "+",
            BinOp::Sub => "-",
            BinOp::Mul => "*",
            BinOp::Div => "/",
            BinOp::Mod => "%",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Exp {
    pub(crate) kind: ExpKind,
    pub(crate) span: Span,
    /// Height of the tree below; bounded by the parser, so that later passes may recurse.
    pub(crate) height: u32,
}

#[derive(Debug, Clone)]
pub(crate) enum ExpKind {
    Error,
    /// A number and the type of its suffix.
    Number(U256, Option<Symbol>),
    Bool(bool),
    Address(Leading),
    Bytes(Vec<u8>),
    Vector(Option<Vec<Type>>, Vec<Exp>),
    Name(Chain, Option<Vec<Type>>),
    Call(Chain, Option<Vec<Type>>, Vec<Exp>),
    Macro(Chain, Vec<Exp>),
    Invoke(Box<Exp>, Vec<Exp>),
    Pack(Chain, Option<Vec<Type>>, Vec<(Ident, Option<Exp>)>),
    Field(Box<Exp>, Ident),
    Method(Box<Exp>, Ident, Option<Vec<Type>>, Vec<Exp>),
    Index(Box<Exp>, Box<Exp>),
    Not(Box<Exp>),
    Negate(Box<Exp>),
    Deref(Box<Exp>),
    Borrow(bool, Box<Exp>),
    Move(Ident),
    Copy(Ident),
    Binary(BinOp, Span, Box<Exp>, Box<Exp>),
    Cast(Box<Exp>, Type),
    Is(Box<Exp>, Vec<Type>),
    Annotated(Box<Exp>, Type),
    Assign(Box<Exp>, Box<Exp>),
    OpAssign(BinOp, Span, Box<Exp>, Box<Exp>),
    Lambda(Vec<(Pattern, Option<Type>)>, Box<Exp>),
    Block(Block),
    If(Box<Exp>, Box<Exp>, Option<Box<Exp>>),
    While(Option<Ident>, Box<Exp>, Box<Exp>),
    Loop(Option<Ident>, Box<Exp>),
    For(Ident, Box<Exp>, Box<Exp>, Box<Exp>),
    Match(Box<Exp>, Vec<Arm>),
    Return(Option<Box<Exp>>),
    Abort(Box<Exp>),
    Break(Option<Ident>),
    Continue(Option<Ident>),
    Tuple(Vec<Exp>),
    /// A skipped specification block.
    Spec,
}

#[derive(Debug, Clone)]
pub(crate) struct Arm {
    pub(crate) patterns: Pattern,
    pub(crate) guard: Option<Exp>,
    pub(crate) body: Exp,
}

#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) uses: Vec<Use>,
    pub(crate) items: Vec<Stmt>,
    pub(crate) tail: Option<Box<Exp>>,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum Stmt {
    Exp(Box<Exp>),
    Let(Box<Pattern>, Option<Box<Type>>, Option<Box<Exp>>, Span),
}

#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    pub(crate) kind: PatternKind,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum PatternKind {
    /// A single name: a variable, `_`, or in `match` possibly a variant.
    Name(Chain, Option<Vec<Type>>),
    /// Fields and whether `..` was given.
    Fields(Chain, Option<Vec<Type>>, Vec<(Ident, Option<Pattern>)>, bool),
    /// Elements and the position of `..`.
    Positional(Chain, Option<Vec<Type>>, Vec<Pattern>, Option<usize>),
    Tuple(Vec<Pattern>),
    Literal(Exp),
    /// Lower bound, upper bound, upper bound included.
    Range(Option<Exp>, Option<Exp>, bool),
}

#[derive(Debug, Clone)]
pub(crate) struct Use {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) address: Leading,
    pub(crate) module: Ident,
    pub(crate) kind: UseKind,
}

#[derive(Debug, Clone)]
pub(crate) enum UseKind {
    Module(Option<Ident>),
    Members(Vec<(Ident, Option<Ident>)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    Private,
    Public,
    Friend,
    Package,
}

#[derive(Debug, Clone)]
pub(crate) struct TypeParam {
    pub(crate) name: Ident,
    pub(crate) abilities: AbilitySet,
    pub(crate) phantom: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Item<T> {
    pub(crate) doc: String,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) value: T,
}

#[derive(Debug, Clone)]
pub(crate) struct Const {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) value: Exp,
    pub(crate) visibility: Visibility,
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) doc: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Variant {
    pub(crate) name: Ident,
    pub(crate) fields: Vec<Field>,
    pub(crate) positional: bool,
    pub(crate) doc: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Struct {
    pub(crate) name: Ident,
    pub(crate) type_params: Vec<TypeParam>,
    pub(crate) abilities: AbilitySet,
    /// A plain struct has exactly one, named like the struct.
    pub(crate) variants: Vec<Variant>,
    pub(crate) is_enum: bool,
    pub(crate) visibility: Visibility,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) is_entry: bool,
    pub(crate) is_native: bool,
    pub(crate) is_inline: bool,
    pub(crate) type_params: Vec<TypeParam>,
    pub(crate) params: Vec<(Ident, Type)>,
    pub(crate) result: Option<Type>,
    pub(crate) acquires: Vec<Chain>,
    pub(crate) body: Option<Block>,
    /// From the first modifier to the result type.
    pub(crate) header: Span,
}

#[derive(Debug, Clone)]
pub(crate) struct Module {
    pub(crate) address: Option<Leading>,
    pub(crate) name: Ident,
    pub(crate) doc: String,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) uses: Vec<Use>,
    pub(crate) friends: Vec<(Chain, Vec<Attribute>, Span)>,
    pub(crate) constants: Vec<Item<Const>>,
    pub(crate) structs: Vec<Item<Struct>>,
    pub(crate) functions: Vec<Item<Function>>,
    /// Words that occur in skipped specification text.
    pub(crate) spec_words: Rc<std::collections::BTreeSet<Symbol>>,
    pub(crate) is_script: bool,
    pub(crate) span: Span,
}
