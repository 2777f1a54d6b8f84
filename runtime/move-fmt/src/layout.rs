//! The nested tokens of a file as a document: what may break where.

use move_compiler::tokens::pieces;

use crate::print::{Doc, Docs, flat_width};
use crate::source::{Comment, Source, Token};
use crate::tree::{Bracket, Group, Leaf, Node, Role};

/// Expressions inside one another, brackets apart, that are laid out by their operators.
const DEPTH_MAX: usize = 48;
/// Columns of a call's beginning that may stand before an argument that breaks.
const HUG_MAX: usize = 70;
/// Elements of a vector that fill lines instead of taking one each.
const FILL_MIN: usize = 8;

/// What a pair of braces holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Braces {
    /// Modules, or members of one.
    Items,
    /// Statements.
    Body,
    /// Arms of a `match`.
    Arms,
    /// Variants of an enum.
    Variants,
    /// Fields of a declaration.
    Fields,
    /// Fields of a value or pattern.
    Pack,
    /// Members of a `use`.
    Uses,
}

/// The document of a file.
pub(crate) fn file<'t>(source: &Source<'t>, nodes: &[Node<'t>]) -> Docs<'t> {
    let layout = Layout { source };
    let mut out = Docs::default();
    layout.statements(nodes, Braces::Items, &mut out);
    for comment in &source.rest {
        out.push(if comment.blank_before { Doc::Blank } else { Doc::Fresh });
        layout.comment(comment, &mut out);
    }
    out
}

struct Layout<'s, 't> {
    source: &'s Source<'t>,
}

/// Words before the word that says what is declared.
const MODIFIERS: [&str; 6] = ["public", "package", "native", "entry", "inline", "friend"];

/// The word that says what a statement declares, if it declares something.
fn declares<'t>(nodes: &[Node<'t>]) -> &'t str {
    let mut at = 0;
    while nodes.get(at).is_some_and(|node| node.text() == "#") {
        at += 2;
    }
    let start = at;
    while nodes.get(at).is_some_and(|node| MODIFIERS.contains(&node.text())) {
        at += 1;
        if nodes.get(at).is_some_and(|node| node.group(Bracket::Paren).is_some()) {
            at += 1;
        }
    }
    let word = nodes.get(at).map_or("", Node::text);
    let named = nodes.get(at + 1).and_then(Node::role).is_some_and(|role| matches!(role, Role::Word | Role::Literal));
    match word {
        "module" | "script" | "struct" | "fun" | "spec" | "use" | "invariant" => word,
        "address" | "enum" if named => word,
        _ if at > start && nodes.get(start).is_some_and(|node| node.text() == "friend") => "friend",
        _ => "",
    }
}

/// What the braces at a position hold, seen from what stands before them in their statement.
fn braces(nodes: &[Node<'_>], at: usize) -> Braces {
    let head = nodes.get(..at).unwrap_or_default();
    match declares(head) {
        "module" | "script" | "address" => return Braces::Items,
        "struct" => return Braces::Fields,
        "enum" => return Braces::Variants,
        "use" => return Braces::Uses,
        "fun" | "spec" => return Braces::Body,
        _ => {}
    }
    let before = |back: usize| at.checked_sub(back).and_then(|at| nodes.get(at));
    match before(1) {
        Some(Node::Group(group)) => match group.bracket {
            Bracket::Paren
                if before(2).is_some_and(|node| node.text() == "match" && node.role() == Some(Role::Keyword)) =>
            {
                Braces::Arms
            }
            Bracket::Angle => Braces::Pack,
            Bracket::Paren | Bracket::Square | Bracket::Brace => Braces::Body,
        },
        Some(Node::Leaf(leaf)) => match leaf.role {
            Role::Joint => Braces::Uses,
            Role::Word if leaf.text != "spec" => Braces::Pack,
            _ => Braces::Body,
        },
        None => Braces::Body,
    }
}

/// Whether a node goes on with the expression that ended in a brace before it.
fn continues(node: Option<&Node<'_>>) -> bool {
    let Some(Node::Leaf(leaf)) = node else { return false };
    match leaf.role {
        Role::Comma
        | Role::Semi
        | Role::Colon
        | Role::Joint
        | Role::Binary
        | Role::Assign
        | Role::Arrow
        | Role::Range
        | Role::Glued => true,
        Role::BarClose => true,
        Role::Keyword => matches!(leaf.text, "else" | "as" | "is" | "has"),
        Role::Word | Role::Literal | Role::Label | Role::Prefix | Role::Macro | Role::BarOpen | Role::Bars => {
            leaf.text == "has"
        }
    }
}

/// Positions behind the last node of each statement, arm or element.
fn ends(nodes: &[Node<'_>], kind: Braces) -> Vec<usize> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut bars = false;
    for at in 0..nodes.len() {
        let Some(node) = nodes.get(at) else { break };
        let next = nodes.get(at + 1);
        let is_end = match node {
            Node::Leaf(leaf) => match (leaf.role, kind) {
                (Role::BarOpen, _) => {
                    bars = true;
                    false
                }
                (Role::BarClose, _) => {
                    bars = false;
                    false
                }
                (Role::Semi, Braces::Items | Braces::Body) => true,
                (Role::Comma, Braces::Arms | Braces::Variants | Braces::Fields | Braces::Pack | Braces::Uses) => !bars,
                _ => false,
            },
            Node::Group(group) => {
                let statement = nodes.get(start..).unwrap_or_default();
                match (kind, group.bracket) {
                    (Braces::Items | Braces::Body, Bracket::Brace) => {
                        !matches!(braces(statement, at - start), Braces::Pack | Braces::Uses) && !continues(next)
                    }
                    (Braces::Arms, Bracket::Brace) => {
                        let behind_arrow = at > start
                            && nodes.get(at - 1).and_then(Node::role).is_some_and(|role| role == Role::Arrow);
                        behind_arrow && !continues(next)
                    }
                    (Braces::Variants, Bracket::Brace | Bracket::Paren) => {
                        next.is_some_and(|next| next.role() != Some(Role::Comma))
                    }
                    _ => false,
                }
            }
        };
        if is_end {
            found.push(at + 1);
            start = at + 1;
            bars = false;
        }
    }
    if start < nodes.len() {
        found.push(nodes.len());
    }
    found
}

/// How tightly an operator binds; larger is tighter.
fn binding(text: &str) -> u8 {
    match text {
        "==>" | "<==>" => 1,
        "||" => 2,
        "&&" => 3,
        "==" | "!=" | "<" | ">" | "<=" | ">=" => 4,
        "|" => 6,
        "^" => 7,
        "&" => 8,
        "<<" | ">>" => 9,
        "+" | "-" => 10,
        _ => 11,
    }
}

fn is_control(node: &Node<'_>) -> bool {
    node.role() == Some(Role::Keyword) && matches!(node.text(), "if" | "while" | "for" | "match" | "loop")
}

impl<'t> Layout<'_, 't> {
    fn token(&self, index: usize) -> Option<&Token<'t>> {
        self.source.tokens.get(index)
    }

    // Tokens and comments.

    fn comment(&self, comment: &Comment<'t>, out: &mut Docs<'t>) {
        if comment.text.starts_with("//") {
            out.push(Doc::LineComment(comment.text));
        } else {
            out.push(Doc::Raw(comment.text));
        }
    }

    /// The comments before a token, each on its line where it was.
    fn comments_before(&self, index: usize, out: &mut Docs<'t>) {
        let Some(token) = self.token(index) else { return };
        for (nth, comment) in token.before.iter().enumerate() {
            if comment.own_line {
                out.push(if nth > 0 && comment.blank_before { Doc::Blank } else { Doc::Fresh });
            } else {
                out.text(" ");
            }
            self.comment(comment, out);
            if comment.own_line && comment.ends_line {
                let is_last = nth + 1 == token.before.len();
                out.push(if is_last && token.lines_before > 1 { Doc::Blank } else { Doc::Fresh });
            } else {
                out.text(" ");
            }
        }
    }

    fn word(&self, index: usize, text: &'t str, out: &mut Docs<'t>) {
        out.text(text);
        let Some(token) = self.token(index) else { return };
        for comment in &token.behind {
            out.text(" ");
            self.comment(comment, out);
        }
    }

    fn leaf(&self, leaf: &Leaf<'t>, out: &mut Docs<'t>) {
        // The second part of a split token has no comments of its own.
        let is_whole = self.token(leaf.token).is_some_and(|token| token.text == leaf.text);
        if is_whole {
            self.comments_before(leaf.token, out);
            self.word(leaf.token, leaf.text, out);
        } else {
            out.text(leaf.text);
        }
    }

    /// Whether an empty line stands before a statement.
    fn blank_before(&self, index: usize) -> bool {
        self.token(index).is_some_and(|token| match token.before.first() {
            Some(comment) => comment.blank_before,
            None => token.lines_before > 1,
        })
    }

    fn has_comments(&self, index: usize) -> bool {
        self.token(index).is_some_and(|token| !token.before.is_empty())
    }

    /// Whether the first thing behind an opening bracket stands on a line of its own.
    fn opens_line(&self, group: &Group<'t>) -> bool {
        let first = group.nodes.first().map_or(group.close, Node::first_token);
        let behind = self.token(group.open).is_some_and(|token| !token.behind.is_empty());
        behind
            || self.token(first).is_some_and(|token| match token.before.first() {
                Some(comment) => comment.own_line,
                None => token.lines_before > 0,
            })
    }

    // Statements.

    fn statements(&self, nodes: &[Node<'t>], kind: Braces, out: &mut Docs<'t>) {
        let mut start = 0;
        let mut last_was_large = false;
        for end in ends(nodes, kind) {
            let statement = nodes.get(start..end).unwrap_or_default();
            let Some(first) = statement.first() else { continue };
            let mut docs = Docs::default();
            self.statement(statement, &mut docs);
            let is_large = kind == Braces::Items
                && docs.breaks
                && statement.last().is_some_and(|n| n.group(Bracket::Brace).is_some());
            if start > 0 || kind != Braces::Items {
                let wants_blank = start > 0 && (self.blank_before(first.first_token()) || is_large || last_was_large);
                out.push(if wants_blank { Doc::Blank } else { Doc::Hard });
            }
            out.concat(docs);
            last_was_large = is_large;
            start = end;
        }
    }

    fn statement(&self, nodes: &[Node<'t>], out: &mut Docs<'t>) {
        let mut at = 0;
        while let (Some(hash), Some(Node::Group(group))) = (nodes.get(at), nodes.get(at + 1)) {
            if hash.text() != "#" || group.bracket != Bracket::Square {
                break;
            }
            let attribute: String = group.nodes.iter().map(Node::text).collect();
            if attribute == "fmt::skip" {
                return self.verbatim(nodes, out);
            }
            self.sequence(nodes.get(at..at + 2).unwrap_or_default(), out);
            at += 2;
            let Some(next) = nodes.get(at) else { return };
            let own_line = self.token(next.first_token()).is_some_and(|token| token.lines_before > 0);
            out.push(if own_line || self.has_comments(next.first_token()) { Doc::Hard } else { Doc::Text(" ") });
        }
        let rest = nodes.get(at..).unwrap_or_default();
        let (body, end) = match rest.last() {
            Some(last) if matches!(last.role(), Some(Role::Semi | Role::Comma)) => {
                (rest.get(..rest.len() - 1).unwrap_or_default(), Some(last))
            }
            _ => (rest, None),
        };
        if declares(body).is_empty() {
            self.expression(body, 0, out);
        } else {
            self.sequence(body, out);
        }
        if let Some(Node::Leaf(leaf)) = end {
            self.leaf(leaf, out);
        }
    }

    /// A statement as it stands.
    fn verbatim(&self, nodes: &[Node<'t>], out: &mut Docs<'t>) {
        let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else { return };
        let (first, last) = (first.first_token(), last.last_token());
        let (Some(start), Some(end)) = (self.token(first), self.token(last)) else { return };
        self.comments_before(first, out);
        let text = self.source.text.get(start.start..end.start + end.text.len()).unwrap_or("");
        out.push(Doc::Raw(text));
        self.word(last, "", out);
    }

    // Expressions.

    fn expression(&self, nodes: &[Node<'t>], depth: usize, out: &mut Docs<'t>) {
        let mut nodes = nodes;
        let Some(mut first) = nodes.first() else { return };
        if nodes.len() < 2 || depth > DEPTH_MAX {
            return self.sequence(nodes, out);
        }
        while first.role() == Some(Role::Keyword) && matches!(first.text(), "return" | "abort") {
            self.node(nodes, 0, out);
            let Some((_, rest)) = nodes.split_first() else { return };
            nodes = rest;
            let Some(next) = nodes.first() else { return };
            out.text(" ");
            first = next;
        }
        if first.role() == Some(Role::Label) && nodes.get(1).is_some_and(|node| node.role() == Some(Role::Colon)) {
            self.sequence(nodes.get(..2).unwrap_or_default(), out);
            nodes = nodes.get(2..).unwrap_or_default();
            let Some(next) = nodes.first() else { return };
            out.text(" ");
            first = next;
        }
        if first.role() == Some(Role::Keyword) && matches!(first.text(), "if" | "while" | "for") {
            return self.control(nodes, depth, out);
        }
        if matches!(first.role(), Some(Role::BarOpen | Role::Bars)) {
            return self.lambda(nodes, depth, out);
        }
        let is_plain = |node: &Node<'t>| !is_control(node) && !matches!(node.role(), Some(Role::BarOpen | Role::Bars));
        let is_let = first.text() == "let";
        let assign = nodes
            .iter()
            .position(|node| node.role() == Some(Role::Assign))
            .filter(|at| *at > 0 && (is_let || nodes.get(..*at).is_some_and(|left| left.iter().all(is_plain))));
        if let Some(at) = assign {
            return self.assignment(nodes, at, depth, out);
        }
        if let Some(at) = nodes.iter().position(|node| node.role() == Some(Role::Arrow)).filter(|at| *at > 0) {
            return self.assignment(nodes, at, depth, out);
        }
        let reach = nodes.iter().position(|node| !is_plain(node)).unwrap_or(nodes.len());
        let plain = nodes.get(..reach).unwrap_or_default();
        let operators = plain.iter().filter(|node| node.role() == Some(Role::Binary)).map(|node| binding(node.text()));
        if let Some(loosest) = operators.min() {
            return self.binary(nodes, reach, loosest, depth, out);
        }
        self.chain(nodes, out);
    }

    /// `left = right`, `pattern => body`.
    fn assignment(&self, nodes: &[Node<'t>], at: usize, depth: usize, out: &mut Docs<'t>) {
        self.sequence(nodes.get(..=at).unwrap_or_default(), out);
        let right = nodes.get(at + 1..).unwrap_or_default();
        let Some(first) = right.first() else { return };
        let mut docs = Docs::default();
        self.expression(right, depth + 1, &mut docs);
        let ends_in_group =
            right.last().is_some_and(|node| matches!(node, Node::Group(group) if group.bracket != Bracket::Angle));
        let has_operators = right.iter().any(|node| node.role() == Some(Role::Binary));
        let hugs = docs.breaks || (ends_in_group && !has_operators && !is_control(first));
        if hugs {
            out.text(" ");
            out.concat(docs);
        } else {
            let mut inner = Docs::default();
            inner.push(Doc::Line);
            inner.concat(docs);
            let mut group = Docs::default();
            group.indent(inner);
            out.group(group);
        }
    }

    /// `|x| body`
    fn lambda(&self, nodes: &[Node<'t>], depth: usize, out: &mut Docs<'t>) {
        let close = nodes.iter().position(|node| matches!(node.role(), Some(Role::BarClose | Role::Bars)));
        let end = close.map_or(nodes.len(), |at| at + 1);
        self.sequence(nodes.get(..end).unwrap_or_default(), out);
        let body = nodes.get(end..).unwrap_or_default();
        if !body.is_empty() {
            out.text(" ");
            self.expression(body, depth + 1, out);
        }
    }

    /// `if`, `while` and `for` with their bodies.
    fn control(&self, nodes: &[Node<'t>], depth: usize, out: &mut Docs<'t>) {
        let mut group = Docs::default();
        let mut rest = nodes;
        loop {
            // `if (..)`, or what is left of it in broken text.
            let head = if rest.get(1).is_some_and(|node| node.group(Bracket::Paren).is_some()) { 2 } else { 1 };
            self.sequence(rest.get(..head.min(rest.len())).unwrap_or_default(), &mut group);
            rest = rest.get(head..).unwrap_or_default();
            let other = rest.iter().position(|node| node.role() == Some(Role::Keyword) && node.text() == "else");
            let end = other.unwrap_or(rest.len());
            let ended_in_brace = self.body(rest.get(..end).unwrap_or_default(), depth, &mut group);
            let Some(at) = other else { break };
            group.push(if ended_in_brace { Doc::Text(" ") } else { Doc::Line });
            self.node(rest, at, &mut group);
            rest = rest.get(at + 1..).unwrap_or_default();
            if rest.first().is_none_or(|node| node.text() != "if" || node.role() != Some(Role::Keyword)) {
                self.body(rest, depth, &mut group);
                break;
            }
            group.text(" ");
        }
        out.group(group);
    }

    /// A body behind its condition; whether it ends in a brace.
    fn body(&self, nodes: &[Node<'t>], depth: usize, out: &mut Docs<'t>) -> bool {
        let Some(first) = nodes.first() else { return false };
        let mut docs = Docs::default();
        self.expression(nodes, depth + 1, &mut docs);
        let is_block = first.group(Bracket::Brace).is_some() || is_control(first) && docs.breaks;
        if is_block {
            out.text(" ");
            out.concat(docs);
        } else {
            let mut inner = Docs::default();
            inner.push(Doc::Line);
            inner.concat(docs);
            out.indent(inner);
        }
        is_block && nodes.last().is_some_and(|node| node.group(Bracket::Brace).is_some())
    }

    /// Operands, with a break before each operator of the loosest kind.
    fn binary(&self, nodes: &[Node<'t>], reach: usize, loosest: u8, depth: usize, out: &mut Docs<'t>) {
        let mut splits: Vec<usize> = (0..reach)
            .filter(|at| {
                nodes.get(*at).is_some_and(|node| node.role() == Some(Role::Binary) && binding(node.text()) == loosest)
            })
            .collect();
        splits.push(nodes.len());
        let operand = |range: std::ops::Range<usize>| {
            let mut docs = Docs::default();
            self.expression(nodes.get(range).unwrap_or_default(), depth + 1, &mut docs);
            docs
        };
        let first = splits.first().copied().unwrap_or(nodes.len());
        let head = operand(0..first);
        let mut tail: Vec<(usize, Docs<'t>)> = Vec::new();
        for pair in splits.windows(2) {
            if let [at, next] = pair {
                tail.push((*at, operand(at + 1..*next)));
            }
        }
        let breaks = head.breaks || tail.iter().any(|(_, docs)| docs.breaks);
        let mut group = Docs::default();
        group.concat(head);
        let mut inner = Docs::default();
        for (at, docs) in tail {
            let is_first = at == 0;
            inner.push(if breaks || is_first { Doc::Text(if is_first { "" } else { " " }) } else { Doc::Line });
            self.node(nodes, at, &mut inner);
            if !docs.list.is_empty() {
                inner.text(" ");
                inner.concat(docs);
            }
        }
        group.indent(inner);
        out.group(group);
    }

    /// `a.b().c()`, broken before the dots of calls if there are several.
    fn chain(&self, nodes: &[Node<'t>], out: &mut Docs<'t>) {
        let is_call = |at: usize| {
            nodes.get(at).is_some_and(|node| node.text() == ".")
                && nodes.get(at + 2).is_some_and(|node| matches!(node, Node::Group(group) if matches!(group.bracket, Bracket::Paren | Bracket::Angle)))
        };
        let dots: Vec<usize> = (1..nodes.len()).filter(|at| is_call(*at)).collect();
        if dots.len() < 2 {
            return self.sequence(nodes, out);
        }
        let mut links = Vec::new();
        for (nth, dot) in dots.iter().enumerate() {
            let end = dots.get(nth + 1).copied().unwrap_or(nodes.len());
            let mut docs = Docs::default();
            self.sequence_from(nodes, *dot, end, &mut docs);
            links.push(docs);
        }
        let first = dots.first().copied().unwrap_or(0);
        let mut head = Docs::default();
        self.sequence_from(nodes, 0, first, &mut head);
        let before_last = links.len() - 1;
        let early = head.breaks || links.iter().take(before_last).any(|docs| docs.breaks);
        let late = links.last().is_some_and(|docs| docs.breaks);
        if late && !early {
            let width: Option<usize> = std::iter::once(&head)
                .chain(links.iter().take(before_last))
                .map(|docs| flat_width(&docs.list, HUG_MAX))
                .sum();
            if width.is_some_and(|width| width <= HUG_MAX) {
                out.concat(head);
                links.into_iter().for_each(|docs| out.concat(docs));
                return;
            }
        }
        let mut group = Docs::default();
        group.concat(head);
        let mut inner = Docs::default();
        for docs in links {
            inner.push(Doc::Soft);
            inner.concat(docs);
        }
        group.indent(inner);
        out.group(group);
    }

    /// Nodes one after the other.
    fn sequence(&self, nodes: &[Node<'t>], out: &mut Docs<'t>) {
        self.sequence_from(nodes, 0, nodes.len(), out);
    }

    fn sequence_from(&self, nodes: &[Node<'t>], start: usize, end: usize, out: &mut Docs<'t>) {
        for at in start..end {
            if at > start && self.is_spaced(nodes, at) {
                out.text(" ");
            }
            self.node(nodes, at, out);
        }
    }

    fn node(&self, nodes: &[Node<'t>], at: usize, out: &mut Docs<'t>) {
        match nodes.get(at) {
            Some(Node::Leaf(leaf)) => self.leaf(leaf, out),
            Some(Node::Group(group)) => match group.bracket {
                Bracket::Paren | Bracket::Square => self.arguments(group, out),
                Bracket::Angle => self.angle(group, out),
                Bracket::Brace => self.brace(group, braces(nodes, at), out),
            },
            None => {}
        }
    }

    // Brackets.

    /// The elements of a list, each with its comma.
    fn elements<'n>(&self, nodes: &'n [Node<'t>]) -> Vec<(&'n [Node<'t>], Docs<'t>)> {
        let mut start = 0;
        let mut found = Vec::new();
        for end in ends(nodes, Braces::Pack) {
            let element = nodes.get(start..end).unwrap_or_default();
            let mut docs = Docs::default();
            self.statement(element, &mut docs);
            found.push((element, docs));
            start = end;
        }
        found
    }

    fn open(&self, group: &Group<'t>, out: &mut Docs<'t>) {
        self.comments_before(group.open, out);
        let text = self.token(group.open).map_or("", |token| token.text);
        self.word(group.open, text, out);
    }

    fn close(&self, group: &Group<'t>, out: &mut Docs<'t>) {
        self.word(group.close, group.close_text, out);
    }

    /// `(..)` and `[..]`.
    fn arguments(&self, group: &Group<'t>, out: &mut Docs<'t>) {
        let elements = self.elements(&group.nodes);
        let comments = self.has_comments(group.close);
        if elements.is_empty() && !comments {
            self.open(group, out);
            return self.close(group, out);
        }
        let opened = self.token(group.open).is_some_and(|token| token.behind.is_empty());
        let hugs = |(nodes, _): &(&[Node<'t>], Docs<'t>)| {
            let last = nodes.iter().rev().find(|node| node.role() != Some(Role::Comma));
            last.is_some_and(|node| matches!(node, Node::Group(_)))
                && nodes.first().is_some_and(|node| !self.has_comments(node.first_token()))
        };
        if let Some((last, others)) = elements.split_last()
            && opened
            && !comments
            && last.1.breaks
            && others.iter().all(|(_, docs)| !docs.breaks)
            && hugs(last)
            && others
                .iter()
                .map(|(_, docs)| flat_width(&docs.list, HUG_MAX))
                .sum::<Option<usize>>()
                .is_some_and(|width| width <= HUG_MAX)
        {
            self.open(group, out);
            for (nth, (_, docs)) in elements.into_iter().enumerate() {
                if nth > 0 {
                    out.text(" ");
                }
                out.concat(docs);
            }
            return self.close(group, out);
        }
        let is_atom = |nodes: &[Node<'t>]| nodes.len() <= 3 && nodes.iter().all(|node| node.leaf().is_some());
        let fills = group.bracket == Bracket::Square
            && elements.len() >= FILL_MIN
            && elements.iter().all(|(nodes, docs)| is_atom(nodes) && !docs.breaks);
        let mut whole = Docs::default();
        self.open(group, &mut whole);
        let mut inner = Docs::default();
        inner.push(Doc::Soft);
        for (nth, (_, docs)) in elements.into_iter().enumerate() {
            if nth > 0 && fills {
                let mut line = Docs::default();
                line.push(Doc::Line);
                line.concat(docs);
                inner.group(line);
                continue;
            }
            if nth > 0 {
                inner.push(Doc::Line);
            }
            inner.concat(docs);
        }
        if comments {
            self.comments_before(group.close, &mut inner);
        }
        whole.indent(inner);
        whole.push(Doc::Soft);
        self.close(group, &mut whole);
        out.group(whole);
    }

    /// `<..>`, on one line.
    fn angle(&self, group: &Group<'t>, out: &mut Docs<'t>) {
        self.open(group, out);
        self.sequence(&group.nodes, out);
        if self.token(group.close).is_some_and(|token| token.text == group.close_text) {
            self.comments_before(group.close, out);
            self.close(group, out);
        } else {
            out.text(group.close_text);
        }
    }

    fn brace(&self, group: &Group<'t>, kind: Braces, out: &mut Docs<'t>) {
        let comments = self.has_comments(group.close);
        let behind = self.token(group.open).is_some_and(|token| !token.behind.is_empty());
        if group.nodes.is_empty() && !comments {
            self.open(group, out);
            if behind {
                out.push(Doc::Hard);
            }
            return self.close(group, out);
        }
        let mut inner = Docs::default();
        let is_list = matches!(kind, Braces::Fields | Braces::Pack | Braces::Uses | Braces::Variants);
        let count = ends(&group.nodes, kind).len();
        let small = !self.opens_line(group)
            && !comments
            && (is_list || count <= 1)
            && !matches!(kind, Braces::Items | Braces::Arms);
        let mut broken = Docs::default();
        match kind {
            Braces::Items => {
                broken.push(Doc::Hard);
                self.statements(&group.nodes, kind, &mut broken);
            }
            _ => self.statements(&group.nodes, kind, &mut broken),
        }
        if !small || self.breaks_inside(&broken) {
            inner = broken;
            if comments {
                let blank = !group.nodes.is_empty() && self.blank_before(group.close);
                inner.push(if blank { Doc::Blank } else { Doc::Hard });
                self.comments_before(group.close, &mut inner);
            }
            self.open(group, out);
            out.indent(inner);
            out.push(Doc::Fresh);
            return self.close(group, out);
        }
        // One line if it fits: the breaks between elements are soft.
        let edge = || if kind == Braces::Uses { Doc::Soft } else { Doc::Line };
        let mut first = true;
        for doc in broken.list {
            match doc {
                Doc::Hard | Doc::Blank => inner.push(if std::mem::take(&mut first) { edge() } else { Doc::Line }),
                other => inner.push(other),
            }
        }
        let mut whole = Docs::default();
        self.open(group, &mut whole);
        whole.indent(inner);
        whole.push(edge());
        self.close(group, &mut whole);
        out.group(whole);
    }

    /// Whether a list of statements breaks other than between them.
    fn breaks_inside(&self, docs: &Docs<'t>) -> bool {
        docs.list.iter().any(|doc| !matches!(doc, Doc::Hard | Doc::Blank) && doc.breaks())
    }

    // Blanks between neighbours.

    /// Whether a blank stands before the node at a position.
    fn is_spaced(&self, nodes: &[Node<'t>], at: usize) -> bool {
        let (Some(left), Some(right)) = (at.checked_sub(1).and_then(|at| nodes.get(at)), nodes.get(at)) else {
            return false;
        };
        let wanted = self.wants_space(nodes, at, left, right);
        wanted || self.would_merge(left, right)
    }

    fn wants_space(&self, nodes: &[Node<'t>], at: usize, left: &Node<'t>, right: &Node<'t>) -> bool {
        let adjacent = self.token(right.first_token()).is_some_and(|token| token.adjacent);
        let right_role = right.role();
        match (left.role(), right_role) {
            (_, Some(Role::Comma | Role::Semi | Role::Macro | Role::BarClose)) => return false,
            (_, Some(Role::Joint)) => return right.text() == "::" && left.role() == Some(Role::Comma),
            (_, Some(Role::Colon)) => return false,
            (_, Some(Role::Glued)) | (Some(Role::Glued), _) => return !adjacent,
            (Some(Role::Joint | Role::Macro | Role::BarOpen), _) => return false,
            (Some(Role::Prefix), _) => return left.text() == "&mut",
            (Some(Role::Range), _) => {
                return right_role.is_some_and(|role| matches!(role, Role::Binary | Role::Arrow | Role::Assign));
            }
            (_, Some(Role::Range)) => {
                return !matches!(left, Node::Group(_))
                    && !matches!(left.role(), Some(Role::Word | Role::Literal | Role::Label));
            }
            _ => {}
        }
        let Node::Group(group) = right else {
            // A word behind `#[..]`, `(..)` and the like.
            return true;
        };
        match group.bracket {
            Bracket::Angle => false,
            Bracket::Brace => true,
            Bracket::Paren | Bracket::Square => match left {
                Node::Leaf(leaf) => match leaf.role {
                    Role::Word => matches!(leaf.text, "move" | "copy") && group.bracket == Bracket::Paren,
                    Role::Literal => false,
                    _ => true,
                },
                Node::Group(left) => {
                    // `if (c) (x)` is no call.
                    let control = at.checked_sub(2).and_then(|at| nodes.get(at)).is_some_and(is_control);
                    control || left.bracket == Bracket::Brace
                }
            },
        }
    }

    /// Whether two neighbours without a blank would be read as something else.
    fn would_merge(&self, left: &Node<'t>, right: &Node<'t>) -> bool {
        let end = |node: &Node<'t>| match node {
            Node::Leaf(leaf) => leaf.text,
            Node::Group(group) => group.close_text,
        };
        let start = |node: &Node<'t>| match node {
            Node::Leaf(leaf) => leaf.text,
            Node::Group(group) => self.token(group.open).map_or("", |token| token.text),
        };
        let (left_text, right_text) = (end(left), start(right));
        if left.last_token() == right.first_token() {
            // Parts of one token.
            return false;
        }
        let (Some(last), Some(first)) = (left_text.bytes().last(), right_text.bytes().next()) else { return false };
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'"' | b'\'');
        if is_word(last) && is_word(first) {
            return true;
        }
        if matches!(last, b')' | b']' | b'}') || matches!(first, b'(' | b'[' | b'{' | b')' | b']' | b'}' | b',' | b';')
        {
            return false;
        }
        if is_word(last) != is_word(first) && first != b'<' && last != b'&' && last != b'\'' {
            return false;
        }
        if first == b'<' {
            return self.token(right.first_token()).is_some_and(|token| !token.adjacent) && is_word(last);
        }
        let joined = format!("{left_text}{right_text}");
        let found = pieces(&joined);
        !(found.len() == 2 && found.first().is_some_and(|piece| piece.end == left_text.len()))
    }
}
