//! Tokens nested by brackets, and the part that each token plays.

use move_compiler::tokens::PieceKind;

use crate::FormatError;
use crate::source::Source;

/// Brackets inside one another.
pub(crate) const DEPTH_MAX: usize = 256;

/// The kind of a bracket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bracket {
    Paren,
    Square,
    Brace,
    /// `<` directly behind a name.
    Angle,
}

/// What a token is among its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Word,
    /// `if`, `return` and the like: an expression follows, a blank between.
    Keyword,
    Literal,
    Label,
    /// `!`, `*`, `&`, `-`, `@`, `#` before their operand; `&mut`.
    Prefix,
    /// `!` behind the name of a macro.
    Macro,
    Binary,
    /// `=`, `+=` and the like.
    Assign,
    Arrow,
    Range,
    /// `.` and `::`.
    Joint,
    Comma,
    Semi,
    Colon,
    BarOpen,
    BarClose,
    /// `||` without parameters between.
    Bars,
    /// `<` that is glued to what stands before it, as it was.
    Glued,
}

/// A token or a pair of brackets.
#[derive(Debug)]
pub(crate) enum Node<'t> {
    Leaf(Leaf<'t>),
    Group(Group<'t>),
}

/// A token by its index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf<'t> {
    pub(crate) token: usize,
    /// The text: part of the token's where `>>` closes two brackets.
    pub(crate) text: &'t str,
    pub(crate) role: Role,
}

/// What stands between two brackets.
#[derive(Debug)]
pub(crate) struct Group<'t> {
    pub(crate) bracket: Bracket,
    pub(crate) open: usize,
    pub(crate) close: usize,
    /// `>` or the bracket's own text.
    pub(crate) close_text: &'t str,
    pub(crate) nodes: Vec<Node<'t>>,
}

impl<'t> Node<'t> {
    pub(crate) fn leaf(&self) -> Option<&Leaf<'t>> {
        match self {
            Node::Leaf(leaf) => Some(leaf),
            Node::Group(_) => None,
        }
    }

    pub(crate) fn group(&self, bracket: Bracket) -> Option<&Group<'t>> {
        match self {
            Node::Group(group) if group.bracket == bracket => Some(group),
            _ => None,
        }
    }

    /// The text of a single token, empty for brackets.
    pub(crate) fn text(&self) -> &'t str {
        self.leaf().map_or("", |leaf| leaf.text)
    }

    pub(crate) fn role(&self) -> Option<Role> {
        self.leaf().map(|leaf| leaf.role)
    }

    pub(crate) fn first_token(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.token,
            Node::Group(group) => group.open,
        }
    }

    pub(crate) fn last_token(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.token,
            Node::Group(group) => group.close,
        }
    }
}

/// A bracket that waits for its partner.
struct Open<'t> {
    bracket: Bracket,
    token: usize,
    nodes: Vec<Node<'t>>,
}

/// Nests the tokens of a text.
pub(crate) fn nest<'t>(source: &Source<'t>) -> Result<Vec<Node<'t>>, FormatError> {
    let angles = angles(source);
    let mut stack: Vec<Open<'t>> = Vec::new();
    let mut nodes: Vec<Node<'t>> = Vec::new();
    for (index, token) in source.tokens.iter().enumerate() {
        let opened = match token.text {
            "(" => Some(Bracket::Paren),
            "[" => Some(Bracket::Square),
            "{" => Some(Bracket::Brace),
            "<" if angles.opens.binary_search(&index).is_ok() => Some(Bracket::Angle),
            _ => None,
        };
        if let Some(bracket) = opened {
            if stack.len() >= DEPTH_MAX {
                return Err(FormatError::TooDeep(token.start));
            }
            stack.push(Open { bracket, token: index, nodes: std::mem::take(&mut nodes) });
            continue;
        }
        let closes = match token.text {
            ")" => Some(Bracket::Paren),
            "]" => Some(Bracket::Square),
            "}" => Some(Bracket::Brace),
            _ => None,
        };
        if let Some(bracket) = closes {
            let Some(open) = stack.pop().filter(|open| open.bracket == bracket) else {
                return Err(FormatError::Unbalanced(token.start));
            };
            close(open, index, token.text, &mut nodes);
            continue;
        }
        let count = angles.closes.binary_search_by_key(&index, |(at, _)| *at).ok().and_then(|at| angles.closes.get(at));
        let Some((_, count)) = count else {
            nodes.push(Node::Leaf(Leaf { token: index, text: token.text, role: Role::Word }));
            continue;
        };
        for _ in 0..*count {
            match stack.pop() {
                Some(open) if open.bracket == Bracket::Angle => close(open, index, ">", &mut nodes),
                _ => return Err(FormatError::Unbalanced(token.start)),
            }
        }
        if let Some(rest) = token.text.get(*count..).filter(|rest| !rest.is_empty()) {
            nodes.push(Node::Leaf(Leaf { token: index, text: rest, role: Role::Word }));
        }
    }
    if let Some(open) = stack.last() {
        let start = source.tokens.get(open.token).map_or(0, |token| token.start);
        return Err(FormatError::Unbalanced(start));
    }
    roles(source, &mut nodes);
    Ok(nodes)
}

fn close<'t>(open: Open<'t>, token: usize, text: &'t str, nodes: &mut Vec<Node<'t>>) {
    let inner = std::mem::replace(nodes, open.nodes);
    nodes.push(Node::Group(Group {
        bracket: open.bracket,
        open: open.token,
        close: token,
        close_text: text,
        nodes: inner,
    }));
}

/// Which tokens are brackets of type arguments: `<` by index; `>`, `>>`, `>=`, `>>=` by index and how many they close.
struct Angles {
    opens: Vec<usize>,
    closes: Vec<(usize, usize)>,
}

/// Finds `<` that stand directly behind a name and have a partner before anything that no type contains.
fn angles(source: &Source<'_>) -> Angles {
    let mut found = Angles { opens: Vec::new(), closes: Vec::new() };
    // Candidates since the last token that no type contains, with the depth of round brackets around them.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut depth = 0usize;
    for (index, token) in source.tokens.iter().enumerate() {
        match token.text {
            "<" => {
                let before = index.checked_sub(1).and_then(|at| source.tokens.get(at));
                let behind_name = before.is_some_and(|before| before.kind == PieceKind::Word || before.text == "::")
                    && token.adjacent;
                if behind_name {
                    open.push((index, depth));
                } else {
                    open.clear();
                }
            }
            ">" | ">>" | ">=" | ">>=" => {
                let marks = token.text.bytes().filter(|byte| *byte == b'>').count();
                let mut count = 0;
                while count < marks && open.last().is_some_and(|(_, at)| *at == depth) {
                    let Some((at, _)) = open.pop() else { break };
                    found.opens.push(at);
                    count += 1;
                }
                if count > 0 {
                    found.closes.push((index, count));
                }
                if count < marks {
                    open.clear();
                }
            }
            "(" => depth += 1,
            ")" => {
                depth = depth.saturating_sub(1);
                // Types do not leave the brackets that they began in.
                while open.last().is_some_and(|(_, at)| *at > depth) {
                    open.pop();
                }
            }
            "," | ":" | "::" | "&" | "&mut" | "|" | "||" | "+" | "*" | "@" => {}
            _ if matches!(token.kind, PieceKind::Word | PieceKind::Number) => {}
            _ => open.clear(),
        }
    }
    // A `>>` of which one half found no partner is left whole: halves of one token cannot differ.
    found.opens.sort_unstable();
    found
}

/// Words behind which an expression begins.
const KEYWORDS: [&str; 16] = [
    "if", "else", "while", "for", "in", "match", "return", "abort", "let", "loop", "as", "is", "has", "use", "const",
    "break",
];

/// Gives each token its role.
fn roles(source: &Source<'_>, nodes: &mut [Node<'_>]) {
    let mut expecting = true;
    let mut bar_open = false;
    let mut control = false;
    let mut previous = None;
    for at in 0..nodes.len() {
        let next_is_brace =
            |nodes: &[Node<'_>]| nodes.get(at + 2).is_some_and(|node| node.group(Bracket::Brace).is_some());
        let is_match = nodes.get(at).is_some_and(|node| node.text() == "match") && next_is_brace(nodes);
        let next_is_paren = nodes.get(at + 1).is_some_and(|node| node.group(Bracket::Paren).is_some());
        let Some(node) = nodes.get_mut(at) else { return };
        match node {
            Node::Group(group) => {
                roles(source, &mut group.nodes);
                expecting = control && group.bracket == Bracket::Paren;
                control = false;
                previous = None;
            }
            Node::Leaf(leaf) => {
                let kind = source.tokens.get(leaf.token).map_or(PieceKind::Invalid, |token| token.kind);
                control = false;
                (leaf.role, expecting) = match (kind, leaf.text) {
                    (PieceKind::Word, "match") if !is_match => (Role::Word, false),
                    (PieceKind::Word, "for") if !next_is_paren => (Role::Word, false),
                    (PieceKind::Word, "has" | "in" | "is" | "as") if expecting && previous != Some(Role::Keyword) => {
                        (Role::Word, false)
                    }
                    (PieceKind::Word, word) if KEYWORDS.contains(&word) && previous != Some(Role::Joint) => {
                        control = matches!(word, "if" | "while" | "for" | "match");
                        (Role::Keyword, true)
                    }
                    (PieceKind::Word, _) => (Role::Word, false),
                    (PieceKind::Number | PieceKind::String, _) => (Role::Literal, false),
                    (PieceKind::Label, _) => (Role::Label, false),
                    (_, "!") if !expecting => (Role::Macro, true),
                    (_, "!" | "@" | "#" | "&mut") => (Role::Prefix, true),
                    (_, "*" | "&" | "-") if expecting => (Role::Prefix, true),
                    (_, "|") if bar_open => {
                        bar_open = false;
                        (Role::BarClose, true)
                    }
                    (_, "|") if expecting => {
                        bar_open = true;
                        (Role::BarOpen, true)
                    }
                    (_, "||") if expecting => (Role::Bars, true),
                    (_, ",") => (Role::Comma, true),
                    (_, ";") => {
                        bar_open = false;
                        (Role::Semi, true)
                    }
                    (_, ":") => (Role::Colon, true),
                    (_, "." | "::") => (Role::Joint, true),
                    (_, ".." | "..=") => (Role::Range, true),
                    (_, "=>") => (Role::Arrow, true),
                    (_, "=" | "+=" | "-=" | "*=" | "/=" | "%=" | "&=" | "|=" | "^=" | "<<=" | ">>=") => {
                        (Role::Assign, true)
                    }
                    (_, "<") if source.tokens.get(leaf.token).is_some_and(|token| token.adjacent) => {
                        (Role::Glued, true)
                    }
                    _ => (Role::Binary, true),
                };
                previous = Some(leaf.role);
            }
        }
    }
}
