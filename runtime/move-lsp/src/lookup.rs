//! Names under the cursor, and names that may stand there.

use move_compiler::Span;
use move_compiler::index::{Analysis, Expression, Item, ItemKind, ModuleIndex, Owner};
use move_compiler::tokens::{Piece, PieceKind, pieces};
use move_core_types::AccountAddress;
use serde_json::{Value, json};

/// What a name means.
pub(crate) enum Target<'a> {
    Item(&'a Item),
    Module(&'a ModuleIndex),
}

impl Target<'_> {
    pub(crate) fn span(&self) -> Span {
        match self {
            Target::Item(item) => item.span,
            Target::Module(module) => module.name_span,
        }
    }
}

/// What stands before the cursor.
pub(crate) enum Before {
    /// A dot, at this byte.
    Dot(usize),
    /// `a::b::`: the names.
    Path(Vec<String>),
    Nothing,
}

/// The text's tokens.
struct Tokens<'t> {
    text: &'t str,
    pieces: Vec<Piece>,
}

impl<'t> Tokens<'t> {
    fn of(text: &'t str) -> Self {
        let pieces = pieces(text).into_iter().filter(|piece| piece.kind != PieceKind::Comment).collect();
        Tokens { text, pieces }
    }

    fn word(&self, at: usize) -> &'t str {
        self.pieces.get(at).and_then(|piece| self.text.get(piece.start..piece.end)).unwrap_or("")
    }

    fn is_name(&self, at: usize) -> bool {
        self.pieces.get(at).is_some_and(|piece| matches!(piece.kind, PieceKind::Word | PieceKind::Number))
    }

    /// The word that the cursor is in or behind.
    fn at(&self, offset: usize) -> Option<usize> {
        let at = self.pieces.partition_point(|piece| piece.end < offset);
        let touches = |at: &usize| self.pieces.get(*at).is_some_and(|piece| piece.start <= offset && self.is_name(*at));
        [at, at + 1].into_iter().find(touches)
    }

    /// The names before a `::` that ends at a position of a list of tokens, outermost first.
    fn path(&self, end: usize) -> Vec<String> {
        let mut names = Vec::new();
        let mut at = end;
        while let Some(name) = at.checked_sub(2) {
            if self.word(at - 1) != "::" || !self.is_name(name) {
                break;
            }
            names.insert(0, self.word(name).to_owned());
            at = name;
        }
        names
    }

    /// The names before a word: `a::b::word`, or `a::b::{.., word}`.
    fn path_before(&self, word: usize) -> Vec<String> {
        let direct = self.path(word);
        if !direct.is_empty() {
            return direct;
        }
        let mut at = word;
        while let Some(before) = at.checked_sub(1) {
            match self.word(before) {
                "{" => return self.path(before),
                "," => {}
                _ if self.is_name(before) => {}
                _ => break,
            }
            at = before;
        }
        Vec::new()
    }
}

fn contains(analysis: &Analysis, span: Span, path: &str, offset: usize) -> bool {
    span.start as usize <= offset && offset <= span.end as usize && analysis.diagnostics.files.path(span.file) == path
}

fn length(span: Span) -> u32 {
    span.end.saturating_sub(span.start)
}

/// The module around the cursor.
fn module_at<'a>(analysis: &'a Analysis, path: &str, offset: usize) -> Option<&'a ModuleIndex> {
    analysis.modules.iter().find(|module| contains(analysis, module.span, path, offset))
}

fn address(module: &ModuleIndex, name: &str) -> Option<AccountAddress> {
    let known = module.addresses.iter().find(|(known, _)| known == name).map(|(_, address)| *address);
    known.or_else(|| AccountAddress::from_hex_literal(name).ok())
}

/// The module that a path means in another.
fn module_of<'a>(analysis: &'a Analysis, inside: &'a ModuleIndex, path: &[String]) -> Option<&'a ModuleIndex> {
    match path {
        [name] if name == "Self" => Some(inside),
        [name] => {
            let index = inside.modules.iter().find(|(known, _)| known == name)?.1;
            analysis.modules.get(index)
        }
        [first, name] => {
            let address = address(inside, first)?;
            analysis.modules.iter().find(|module| module.address == address && module.name == *name)
        }
        _ => None,
    }
}

/// The enum's variants that a path means.
fn variants<'a>(analysis: &'a Analysis, inside: &'a ModuleIndex, path: &[String]) -> Vec<&'a Item> {
    let Some((name, prefix)) = path.split_last() else { return Vec::new() };
    let home = if prefix.is_empty() {
        let alias = inside.aliases.iter().find(|(known, item)| known == name && item.kind == ItemKind::Enum);
        match alias {
            Some((_, item)) => analysis.modules.iter().find(|module| module.items.contains(item)),
            None => Some(inside),
        }
    } else {
        module_of(analysis, inside, prefix)
    };
    let prefix = format!("{name}::");
    let items = home.map(|module| module.items.as_slice()).unwrap_or_default();
    items.iter().filter(|item| item.kind == ItemKind::Variant && item.detail.starts_with(&prefix)).collect()
}

/// What the name under the cursor means.
pub(crate) fn target<'a>(analysis: &'a Analysis, path: &str, source: &str, offset: usize) -> Option<Target<'a>> {
    let tokens = Tokens::of(source);
    let at = tokens.at(offset)?;
    let word = tokens.word(at);
    let uses =
        analysis.references.iter().filter(|used| used.name == word && contains(analysis, used.span, path, offset));
    let inside = module_at(analysis, path, offset);
    let before = tokens.path_before(at);
    if before.is_empty()
        && let Some(found) = uses.min_by_key(|used| length(used.span))
    {
        return Some(Target::Item(&found.target));
    }
    let inside = inside?;
    if before.is_empty() {
        let own = inside.items.iter().find(|item| item.name == word && item.kind != ItemKind::Variant);
        let alias = || inside.aliases.iter().find(|(name, _)| name == word).map(|(_, item)| item);
        if let Some(item) = own.or_else(alias) {
            return Some(Target::Item(item));
        }
        if word == inside.name && contains(analysis, inside.name_span, path, offset) {
            return Some(Target::Module(inside));
        }
        if let Some(module) = module_of(analysis, inside, &[word.to_owned()]) {
            return Some(Target::Module(module));
        }
        // Fields and variants, where they are declared.
        let fields = analysis.members.values().flatten().chain(inside.items.iter());
        let mut declared = fields.filter(|item| item.name == word && contains(analysis, item.span, path, offset));
        return declared.next().map(Target::Item);
    }
    if let Some(module) = module_of(analysis, inside, &before) {
        return module.items.iter().find(|item| item.name == word).map(Target::Item);
    }
    if let Some(variant) = variants(analysis, inside, &before).into_iter().find(|item| item.name == word) {
        return Some(Target::Item(variant));
    }
    let mut full = before;
    full.push(word.to_owned());
    module_of(analysis, inside, &full).map(Target::Module)
}

/// The smallest expression around the cursor.
pub(crate) fn expression<'a>(analysis: &'a Analysis, path: &str, offset: usize) -> Option<&'a Expression> {
    let around = analysis.expressions.iter().filter(|exp| contains(analysis, exp.span, path, offset));
    around.min_by_key(|exp| length(exp.span))
}

/// What stands before the word at the cursor.
pub(crate) fn before(source: &str, offset: usize) -> Before {
    let tokens = Tokens::of(source.get(..offset).unwrap_or(source));
    let count = tokens.pieces.len();
    let in_word =
        count > 0 && tokens.is_name(count - 1) && tokens.pieces.last().is_some_and(|piece| piece.end == offset);
    let end = if in_word { count - 1 } else { count };
    let Some(last) = end.checked_sub(1) else { return Before::Nothing };
    match tokens.word(last) {
        "." => Before::Dot(tokens.pieces.get(last).map_or(0, |piece| piece.start)),
        "::" => Before::Path(tokens.path(end)),
        _ => Before::Nothing,
    }
}

/// Names that may stand at the cursor: members of a path, or everything in scope.
pub(crate) fn names(analysis: &Analysis, path: &str, source: &str, offset: usize, before: &Before) -> Vec<Value> {
    let inside = module_at(analysis, path, offset)
        .or_else(|| analysis.modules.iter().find(|module| analysis.diagnostics.files.path(module.span.file) == path));
    let Some(inside) = inside else { return Vec::new() };
    if let Before::Path(names) = before {
        if let Some(module) = module_of(analysis, inside, names) {
            let own = std::ptr::eq(module, inside);
            let items = module.items.iter().filter(|item| item.kind != ItemKind::Variant && (own || item.is_public));
            return items.map(shown).collect();
        }
        let found = variants(analysis, inside, names);
        if !found.is_empty() {
            return found.into_iter().map(shown).collect();
        }
        // An address: its modules.
        let [name] = names.as_slice() else { return Vec::new() };
        let Some(address) = address(inside, name) else { return Vec::new() };
        let modules = analysis.modules.iter().filter(|module| module.address == address);
        return modules.map(|module| json!({ "label": module.name, "kind": 9, "documentation": module.doc })).collect();
    }
    let mut found: Vec<Value> = Vec::new();
    // Variables of the function around the cursor: declared between its `fun` and here.
    let tokens = Tokens::of(source.get(..offset).unwrap_or(source));
    let start = (0..tokens.pieces.len()).rev().find(|at| tokens.word(*at) == "fun");
    let start = start.and_then(|at| tokens.pieces.get(at)).map_or(0, |piece| piece.start);
    for used in &analysis.references {
        let is_here = |span: Span| {
            contains(analysis, span, path, span.start as usize) && (start..offset).contains(&(span.start as usize))
        };
        let known = |found: &[Value]| found.iter().any(|item| item["label"] == used.name.as_str());
        if used.target.kind == ItemKind::Variable && is_here(used.target.span) && !known(&found) {
            found.push(shown(&used.target));
        }
    }
    found.extend(inside.items.iter().filter(|item| item.kind != ItemKind::Variant).map(shown));
    found.extend(inside.aliases.iter().map(|(name, item)| {
        let mut value = shown(item);
        value["label"] = name.as_str().into();
        value
    }));
    found.extend(inside.modules.iter().map(|(name, _)| json!({ "label": name, "kind": 9 })));
    found
}

/// Fields and receiver functions of the expression that ends where a dot was.
pub(crate) fn members(analysis: &Analysis, path: &str, source: &str, dot: usize) -> Vec<Value> {
    let start = operand(source, dot);
    let ends_here = |exp: &&Expression| {
        let end = exp.span.end as usize;
        end <= dot
            && source.get(end..dot).is_some_and(|gap| gap.trim().is_empty())
            && analysis.diagnostics.files.path(exp.span.file) == path
    };
    let mut candidates: Vec<&Expression> = analysis.expressions.iter().filter(ends_here).collect();
    candidates.sort_by_key(|exp| ((exp.span.start as usize).abs_diff(start), exp.owner.is_none()));
    let Some(owner) = candidates.first().and_then(|exp| exp.owner) else { return Vec::new() };
    let inside = module_at(analysis, path, dot);
    let items = analysis.members.get(&owner).map(Vec::as_slice).unwrap_or_default();
    let own = matches!(owner, Owner::Struct(_))
        && inside.is_some_and(|module| {
            items.iter().any(|item| {
                contains(analysis, module.span, path, item.span.start as usize)
                    && analysis.diagnostics.files.path(item.span.file) == path
            })
        });
    items.iter().filter(|item| own || item.is_public).map(shown).collect()
}

/// Where the operand of a dot begins: names, dots, and brackets with what is in them.
fn operand(source: &str, dot: usize) -> usize {
    let tokens = Tokens::of(source.get(..dot).unwrap_or(""));
    let mut at = tokens.pieces.len();
    let mut start = dot;
    let mut wants_joint = false;
    while let Some(before) = at.checked_sub(1) {
        let word = tokens.word(before);
        let begin = tokens.pieces.get(before).map_or(0, |piece| piece.start);
        if matches!(word, ")" | "]" | ">") && !wants_joint {
            let (mut depth, mut inner) = (0usize, before + 1);
            while let Some(next) = inner.checked_sub(1) {
                match tokens.word(next) {
                    ")" | "]" | ">" => depth += 1,
                    "(" | "[" | "<" => depth = depth.saturating_sub(1),
                    _ => {}
                }
                inner = next;
                if depth == 0 {
                    break;
                }
            }
            start = tokens.pieces.get(inner).map_or(0, |piece| piece.start);
            at = inner;
            continue;
        }
        if matches!(word, "." | "::") {
            wants_joint = false;
        } else if tokens.is_name(before) && !wants_joint && !matches!(word, "return" | "if" | "else" | "let" | "in") {
            wants_joint = true;
            start = begin;
        } else {
            break;
        }
        at = before;
    }
    start
}

/// An item as a proposal.
fn shown(item: &Item) -> Value {
    let kind = match item.kind {
        ItemKind::Function => 3,
        ItemKind::Method => 2,
        ItemKind::Struct => 22,
        ItemKind::Enum => 13,
        ItemKind::Variant => 20,
        ItemKind::Constant => 21,
        ItemKind::Field => 5,
        ItemKind::Variable => 6,
    };
    json!({ "label": item.name, "kind": kind, "detail": item.detail, "documentation": item.doc.trim() })
}

/// The protocol's number for the kind of a symbol.
pub(crate) fn symbol(kind: ItemKind) -> u8 {
    match kind {
        ItemKind::Function => 12,
        ItemKind::Method => 6,
        ItemKind::Struct => 23,
        ItemKind::Enum => 10,
        ItemKind::Variant => 22,
        ItemKind::Constant => 14,
        ItemKind::Field => 8,
        ItemKind::Variable => 13,
    }
}
