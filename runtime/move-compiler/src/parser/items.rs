//! Files, modules, scripts and their members.

use super::{Failed, Parsed, Parser};
use crate::{
    api::LanguageVersion,
    ast::{
        Attribute, AttributeValue, Block, Const, Exp, ExpKind, Field, Function, Ident, Item, Leading, Module, Struct,
        Symbol, Use, UseKind, Variant, Visibility,
    },
    codes::Code,
    diagnostics::Diagnostic,
    lexer::Tok,
    source::Span,
};
use move_core_types::ability::AbilitySet;
use std::{collections::BTreeSet, rc::Rc};

#[derive(Default)]
struct Modifiers {
    visibility: Option<(Visibility, Span)>,
    entry: Option<Span>,
    native: Option<Span>,
    inline: Option<Span>,
}

impl Parser<'_> {
    pub(crate) fn file(&mut self) -> Vec<Module> {
        let mut modules = Vec::new();
        while self.peek() != Tok::Eof {
            let at = self.at;
            if self.definition(None, &mut modules).is_err() {
                self.resync_definition(at);
            }
        }
        modules
    }

    fn resync_definition(&mut self, at: usize) {
        if self.at == at {
            self.bump();
        }
        while !matches!(self.peek(), Tok::Eof | Tok::Module | Tok::Script | Tok::Hash) && !self.is_word("address") {
            self.bump();
        }
    }

    fn definition(&mut self, address: Option<&Leading>, modules: &mut Vec<Module>) -> Parsed<()> {
        let from = self.at;
        let attributes = self.attributes()?;
        match self.peek() {
            Tok::Module => {
                let module = self.module(from, attributes, address)?;
                modules.push(module);
                Ok(())
            }
            Tok::Script if address.is_none() => {
                let script = self.script(from, attributes)?;
                modules.push(script);
                Ok(())
            }
            Tok::Spec => self.skip_spec_item(&mut BTreeSet::new()),
            Tok::Ident if self.word() == "address" && address.is_none() => {
                self.bump();
                let address = self.leading("an address")?;
                self.expect(Tok::LBrace, "`{`")?;
                let first = modules.len();
                while self.peek() != Tok::RBrace && self.peek() != Tok::Eof {
                    let at = self.at;
                    if self.definition(Some(&address), modules).is_err() {
                        self.resync_definition(at);
                    }
                }
                for module in &mut modules[first..] {
                    module.attributes.extend(attributes.iter().cloned());
                }
                self.expect(Tok::RBrace, "`}`")
            }
            _ => Err(self.unexpected(if address.is_some() { "`module`" } else { "`module`, `script` or `address`" })),
        }
    }

    // Attributes ---------------------------------------------------------------------------------

    fn attributes(&mut self) -> Parsed<Vec<Attribute>> {
        let mut all = Vec::new();
        while self.peek() == Tok::Hash {
            self.bump();
            self.expect(Tok::LBracket, "`[` after `#`")?;
            all.extend(self.comma_list(Tok::RBracket, "`]` or `,`", Self::attribute)?);
        }
        Ok(all)
    }

    fn attribute(&mut self) -> Parsed<Attribute> {
        self.enter()?;
        let start = self.span();
        let mut name = self.any_word("an attribute name")?.to_string();
        while self.eat(Tok::ColonColon) {
            name.push_str("::");
            name.push_str(&self.any_word("an attribute name")?);
        }
        let value = match self.peek() {
            Tok::Eq => {
                self.bump();
                AttributeValue::Exp(Box::new(self.attribute_value()?))
            }
            Tok::LParen => {
                self.bump();
                AttributeValue::List(self.comma_list(Tok::RParen, "`)` or `,`", Self::attribute)?)
            }
            _ => AttributeValue::None,
        };
        self.leave();
        Ok(Attribute { name: name.into(), span: self.since(start), value })
    }

    /// Attribute names may be reserved words.
    fn any_word(&mut self, wanted: &str) -> Parsed<Symbol> {
        let word: Symbol = self.word().into();
        if word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            self.bump();
            Ok(word)
        } else {
            Err(self.unexpected(wanted))
        }
    }

    fn attribute_value(&mut self) -> Parsed<Exp> {
        if self.peek() == Tok::Number && self.peek_at(1) != Tok::ColonColon {
            return self.literal();
        }
        if matches!(self.peek(), Tok::True | Tok::False | Tok::At | Tok::ByteString | Tok::HexString) {
            return self.literal();
        }
        let chain = self.chain("an attribute value")?;
        let span = chain.span;
        Ok(self.node(ExpKind::Name(chain, None), span))
    }

    // Modules and scripts ------------------------------------------------------------------------

    fn module(&mut self, from: usize, attributes: Vec<Attribute>, address: Option<&Leading>) -> Parsed<Module> {
        let doc = self.take_docs(from);
        let start = self.span();
        self.bump();
        let first = self.leading("a module name")?;
        let (own, name) = if self.eat(Tok::ColonColon) {
            (Some(first), self.ident("a module name")?)
        } else {
            match first {
                Leading::Name(name) => (None, name),
                Leading::Number(..) => return Err(self.unexpected("`::` and a module name")),
            }
        };
        if let (Some(own), Some(outer)) = (&own, address) {
            self.report(
                Diagnostic::new(Code::NoAddress, own.span(), "the address is given twice")
                    .also(outer.span(), "by this address block"),
            );
        }
        let mut module = Module {
            address: own.or_else(|| address.cloned()),
            name,
            doc,
            attributes,
            uses: Vec::new(),
            friends: Vec::new(),
            constants: Vec::new(),
            structs: Vec::new(),
            functions: Vec::new(),
            spec_words: Rc::new(BTreeSet::new()),
            is_script: false,
            span: start,
        };
        self.members(&mut module)?;
        module.span = self.since(start);
        Ok(module)
    }

    fn script(&mut self, from: usize, attributes: Vec<Attribute>) -> Parsed<Module> {
        let doc = self.take_docs(from);
        let start = self.span();
        self.bump();
        let mut module = Module {
            address: None,
            name: Ident { name: "script".into(), span: start },
            doc,
            attributes,
            uses: Vec::new(),
            friends: Vec::new(),
            constants: Vec::new(),
            structs: Vec::new(),
            functions: Vec::new(),
            spec_words: Rc::new(BTreeSet::new()),
            is_script: true,
            span: start,
        };
        self.members(&mut module)?;
        module.span = self.since(start);
        if module.functions.len() != 1 {
            self.error(
                Code::BadScript,
                start,
                format!("a script has exactly one function, this one has {}", module.functions.len()),
            );
        }
        if let Some(ty) = module.structs.first() {
            let span = ty.value.name.span;
            self.error(Code::BadScript, span, "a script cannot declare types");
        }
        if let Some(friend) = module.friends.first() {
            let span = friend.2;
            self.error(Code::BadScript, span, "a script has no friends");
        }
        Ok(module)
    }

    fn members(&mut self, module: &mut Module) -> Parsed<()> {
        let open = self.span();
        self.expect(Tok::LBrace, "`{`")?;
        let mut words = BTreeSet::new();
        while self.peek() != Tok::RBrace {
            if self.peek() == Tok::Eof {
                if self.first_here() {
                    let span = self.span();
                    self.report(
                        Diagnostic::new(Code::Syntax, span, "expected `}` to close the module, found end of file")
                            .also(open, "opened here"),
                    );
                }
                return Ok(());
            }
            let at = self.at;
            if self.member(module, &mut words).is_err() {
                self.resync_member(at);
            }
        }
        self.bump();
        module.spec_words = Rc::new(words);
        Ok(())
    }

    fn resync_member(&mut self, at: usize) {
        if self.at == at {
            self.bump();
        }
        // A member that failed leaves its brackets open; count them again from its beginning.
        let mut depth = 0i64;
        for token in &self.tokens[at..self.at] {
            match token.tok {
                Tok::LBrace => depth += 1,
                Tok::RBrace => depth -= 1,
                _ => {}
            }
        }
        loop {
            match self.peek() {
                Tok::Eof => return,
                Tok::LBrace => depth += 1,
                Tok::RBrace => {
                    if depth <= 0 {
                        return;
                    }
                    depth -= 1;
                    if depth == 0 {
                        self.bump();
                        return;
                    }
                }
                Tok::Semi if depth <= 0 => {
                    self.bump();
                    return;
                }
                Tok::Fun | Tok::Struct | Tok::Public | Tok::Use | Tok::Friend | Tok::Const | Tok::Hash | Tok::Spec
                    if self.at > at + 1 && (depth <= 0 || self.at_line_start_item()) =>
                {
                    return;
                }
                _ => {}
            }
            self.bump();
        }
    }

    /// Whether the current token begins its line with at most one level of indentation: the start of a member.
    fn at_line_start_item(&self) -> bool {
        let start = self.span().start as usize;
        let line = self.text.get(..start).unwrap_or("").rsplit('\n').next().unwrap_or("");
        line.len() <= 4 && line.trim().is_empty()
    }

    fn member(&mut self, module: &mut Module, words: &mut BTreeSet<Symbol>) -> Parsed<()> {
        let from = self.at;
        let attributes = self.attributes()?;
        match self.peek() {
            Tok::Use => {
                let declaration = self.use_declaration(attributes)?;
                module.uses.push(declaration);
                return Ok(());
            }
            Tok::Friend if !self.friend_is_modifier() => {
                let start = self.span();
                self.bump();
                let chain = self.chain("a module")?;
                self.expect_semi("the friend declaration")?;
                let span = self.since(start);
                module.friends.push((chain, attributes, span));
                return Ok(());
            }
            Tok::Spec | Tok::Invariant => return self.skip_spec_item(words),
            _ => {}
        }
        let start = self.span();
        let modifiers = self.modifiers()?;
        match self.peek() {
            Tok::Const => {
                let doc = self.take_docs(from);
                let value = self.constant(&modifiers)?;
                module.constants.push(Item { doc, attributes, value });
            }
            Tok::Struct => {
                let doc = self.take_docs(from);
                let value = self.structure(&modifiers, start)?;
                module.structs.push(Item { doc, attributes, value });
            }
            Tok::Ident if self.word() == "enum" => {
                let doc = self.take_docs(from);
                let value = self.enumeration(&modifiers, start)?;
                module.structs.push(Item { doc, attributes, value });
            }
            Tok::Fun | Tok::Inline => {
                let doc = self.take_docs(from);
                let value = self.function(modifiers, start)?;
                module.functions.push(Item { doc, attributes, value });
            }
            _ => {
                return Err(
                    self.unexpected("a module member: `fun`, `struct`, `enum`, `const`, `use`, `friend` or `spec`")
                );
            }
        }
        Ok(())
    }

    fn friend_is_modifier(&self) -> bool {
        matches!(self.peek_at(1), Tok::Fun | Tok::Inline | Tok::Native | Tok::Struct | Tok::Const)
            || (self.peek_at(1) == Tok::Ident
                && matches!(self.word_at(1), "entry" | "enum")
                && self.peek_at(2) != Tok::ColonColon)
    }

    fn modifiers(&mut self) -> Parsed<Modifiers> {
        let mut modifiers = Modifiers::default();
        loop {
            let span = self.span();
            match self.peek() {
                Tok::Public => {
                    self.bump();
                    let mut visibility = Visibility::Public;
                    if self.eat(Tok::LParen) {
                        match self.peek() {
                            Tok::Friend => visibility = Visibility::Friend,
                            Tok::Script => {
                                let span = self.since(span);
                                self.report(
                                    Diagnostic::new(Code::Obsolete, span, "`public(script)` is obsolete")
                                        .here("write `public entry`"),
                                );
                                modifiers.entry = Some(span);
                            }
                            Tok::Ident if self.word() == "package" => visibility = Visibility::Package,
                            _ => return Err(self.unexpected("`friend` or `package`")),
                        }
                        self.bump();
                        self.expect(Tok::RParen, "`)`")?;
                    }
                    self.set_visibility(&mut modifiers, visibility, span);
                }
                Tok::Friend => {
                    self.bump();
                    self.set_visibility(&mut modifiers, Visibility::Friend, span);
                }
                Tok::Ident if self.word() == "package" => {
                    self.bump();
                    self.set_visibility(&mut modifiers, Visibility::Package, span);
                }
                Tok::Ident if self.word() == "entry" => {
                    self.bump();
                    self.set_once(&mut modifiers.entry, span, "entry");
                }
                Tok::Native => {
                    self.bump();
                    self.set_once(&mut modifiers.native, span, "native");
                }
                Tok::Inline => {
                    self.bump();
                    self.set_once(&mut modifiers.inline, span, "inline");
                }
                _ => return Ok(modifiers),
            }
        }
    }

    fn set_visibility(&mut self, modifiers: &mut Modifiers, visibility: Visibility, start: Span) {
        let span = self.since(start);
        if let Some((_, first)) = modifiers.visibility {
            self.report(Diagnostic::new(Code::Syntax, span, "visibility is given twice").also(first, "first here"));
        }
        modifiers.visibility = Some((visibility, span));
    }

    fn set_once(&mut self, slot: &mut Option<Span>, span: Span, what: &str) {
        if let Some(first) = *slot {
            self.report(
                Diagnostic::new(Code::Syntax, span, format!("`{what}` is given twice")).also(first, "first here"),
            );
        }
        *slot = Some(span);
    }

    // Uses ---------------------------------------------------------------------------------------

    pub(crate) fn use_declaration(&mut self, attributes: Vec<Attribute>) -> Parsed<Use> {
        self.bump();
        let address = self.leading("an address")?;
        self.expect(Tok::ColonColon, "`::`")?;
        let module = self.ident("a module name")?;
        let kind = if self.eat(Tok::ColonColon) {
            if self.eat(Tok::LBrace) {
                UseKind::Members(self.comma_list(Tok::RBrace, "`}` or `,`", Self::use_member)?)
            } else {
                UseKind::Members(vec![self.use_member()?])
            }
        } else if self.eat(Tok::As) {
            UseKind::Module(Some(self.ident("an alias")?))
        } else {
            UseKind::Module(None)
        };
        self.expect_semi("the `use` declaration")?;
        Ok(Use { attributes, address, module, kind })
    }

    fn use_member(&mut self) -> Parsed<(Ident, Option<Ident>)> {
        let name = self.ident("a member name")?;
        let alias = if self.eat(Tok::As) { Some(self.ident("an alias")?) } else { None };
        Ok((name, alias))
    }

    // Constants and types ------------------------------------------------------------------------

    fn refuse(&mut self, modifiers: &Modifiers, what: &str, visibility_ok: bool) {
        let spots = [(modifiers.entry, "entry"), (modifiers.native, "native"), (modifiers.inline, "inline")];
        for (span, word) in spots {
            if let Some(span) = span {
                self.error(Code::BadModifiers, span, format!("`{word}` does not go with {what}"));
            }
        }
        if let Some((_, span)) = modifiers.visibility
            && !visibility_ok
        {
            self.needs(LanguageVersion::V2_4, span, &format!("visibility modifiers on {what}"));
        }
    }

    fn constant(&mut self, modifiers: &Modifiers) -> Parsed<Const> {
        self.refuse(modifiers, "constants", false);
        self.bump();
        let name = self.ident("a constant name")?;
        self.expect(Tok::Colon, "`:` and a type")?;
        let ty = self.ty()?;
        self.expect(Tok::Eq, "`=`")?;
        let value = self.exp()?;
        self.expect_semi("the constant")?;
        Ok(Const { name, ty, value, visibility: modifiers.visibility.map_or(Visibility::Private, |v| v.0) })
    }

    fn structure(&mut self, modifiers: &Modifiers, start: Span) -> Parsed<Struct> {
        self.refuse(modifiers, "types", false);
        self.bump();
        let name = self.ident("a struct name")?;
        let type_params = self.type_params(true)?;
        let mut abilities = None;
        if self.eat_word("has") {
            abilities = Some((self.abilities(Tok::Comma)?, self.previous()));
        }
        let (fields, positional) = match self.peek() {
            Tok::LBrace => {
                self.bump();
                (self.fields()?, false)
            }
            Tok::LParen => {
                if let Some((_, span)) = abilities {
                    self.error(Code::BadAbilities, span, "the abilities of a positional struct come after its fields");
                }
                self.bump();
                (self.positional_fields()?, true)
            }
            Tok::Semi => (Vec::new(), true),
            _ => return Err(self.unexpected("`{`, `(`, `has` or `;`")),
        };
        let abilities = self.late_abilities(abilities, positional)?;
        let span = self.since(start);
        let variant = Variant { name: name.clone(), fields, positional, doc: String::new() };
        let visibility = modifiers.visibility.map_or(Visibility::Private, |v| v.0);
        Ok(Struct { name, type_params, abilities, variants: vec![variant], is_enum: false, visibility, span })
    }

    /// Abilities after a body, and the semicolon that follows them or a positional body.
    fn late_abilities(&mut self, early: Option<(AbilitySet, Span)>, semi: bool) -> Parsed<AbilitySet> {
        let mut set = early.map_or(AbilitySet::EMPTY, |(set, _)| set);
        let span = self.span();
        if self.eat_word("has") {
            let late = self.abilities(Tok::Comma)?;
            if let Some((_, first)) = early {
                self.report(
                    Diagnostic::new(Code::BadAbilities, span, "abilities are given before and after the body")
                        .also(first, "first here"),
                );
            }
            set = set.union(late);
            self.expect_semi("the abilities")?;
        } else if semi {
            self.expect_semi("the struct")?;
        }
        Ok(set)
    }

    fn fields(&mut self) -> Parsed<Vec<Field>> {
        self.comma_list(Tok::RBrace, "`}` or `,`", |p| {
            let from = p.at;
            let doc = p.take_docs(from);
            let name = p.ident("a field name")?;
            p.expect(Tok::Colon, "`:` and a type")?;
            let ty = p.ty()?;
            Ok(Field { name, ty, doc })
        })
    }

    fn positional_fields(&mut self) -> Parsed<Vec<Field>> {
        let mut nth = 0usize;
        self.comma_list(Tok::RParen, "`)` or `,`", |p| {
            let from = p.at;
            let doc = p.take_docs(from);
            let ty = p.ty()?;
            let name = Ident { name: nth.to_string().into(), span: ty.span };
            nth += 1;
            Ok(Field { name, ty, doc })
        })
    }

    fn enumeration(&mut self, modifiers: &Modifiers, start: Span) -> Parsed<Struct> {
        self.refuse(modifiers, "types", false);
        let span = self.span();
        self.needs(LanguageVersion::V2_0, span, "enums");
        self.bump();
        let name = self.ident("an enum name")?;
        let type_params = self.type_params(true)?;
        let mut abilities = None;
        if self.eat_word("has") {
            abilities = Some((self.abilities(Tok::Comma)?, self.previous()));
        }
        self.expect(Tok::LBrace, "`{`")?;
        let mut variants = Vec::new();
        while self.peek() != Tok::RBrace {
            let from = self.at;
            self.attributes()?;
            let doc = self.take_docs(from);
            let name = self.ident("a variant name")?;
            let (fields, positional) = match self.peek() {
                Tok::LBrace => {
                    self.bump();
                    (self.fields()?, false)
                }
                Tok::LParen => {
                    self.bump();
                    (self.positional_fields()?, true)
                }
                _ => (Vec::new(), true),
            };
            let braced = self.previous();
            let ended = matches!(self.text.get(braced.start as usize..braced.end as usize), Some("}"));
            variants.push(Variant { name, fields, positional, doc });
            if !self.eat(Tok::Comma) && !ended && self.peek() != Tok::RBrace {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        self.bump();
        let abilities = self.late_abilities(abilities, false)?;
        let span = self.since(start);
        let visibility = modifiers.visibility.map_or(Visibility::Private, |v| v.0);
        Ok(Struct { name, type_params, abilities, variants, is_enum: true, visibility, span })
    }

    // Functions ----------------------------------------------------------------------------------

    fn function(&mut self, mut modifiers: Modifiers, start: Span) -> Parsed<Function> {
        if self.peek() == Tok::Inline {
            let span = self.span();
            self.bump();
            self.set_once(&mut modifiers.inline, span, "inline");
        }
        self.expect(Tok::Fun, "`fun`")?;
        let name = self.ident("a function name")?;
        let type_params = self.type_params(false)?;
        self.expect(Tok::LParen, "`(`")?;
        let params = self.comma_list(Tok::RParen, "`)` or `,`", |p| {
            let name = p.ident("a parameter name")?;
            p.expect(Tok::Colon, "`:` and a type")?;
            Ok((name, p.ty()?))
        })?;
        let result = if self.eat(Tok::Colon) { Some(self.ty()?) } else { None };
        let header = self.since(start);
        let acquires = self.access_specifiers()?;
        let (is_native, is_entry, is_inline) =
            (modifiers.native.is_some(), modifiers.entry.is_some(), modifiers.inline.is_some());
        let body = match self.peek() {
            Tok::LBrace => {
                if let Some(native) = modifiers.native {
                    self.error(Code::BadModifiers, native, "a native function has no body");
                }
                Some(self.function_body())
            }
            Tok::Semi => {
                if !is_native {
                    let span = self.span();
                    self.error(Code::BadModifiers, span, "only native functions have no body");
                }
                self.bump();
                None
            }
            _ => return Err(self.unexpected("a function body")),
        };
        if let Some(span) = modifiers.inline {
            if is_entry {
                self.error(Code::BadModifiers, span, "`inline` and `entry` exclude each other");
            }
            if is_native {
                self.error(Code::BadModifiers, span, "`inline` and `native` exclude each other");
            }
        }
        let visibility = modifiers.visibility.map_or(Visibility::Private, |v| v.0);
        Ok(Function {
            name,
            visibility,
            is_entry,
            is_native,
            is_inline,
            type_params,
            params,
            result,
            acquires,
            body,
            header,
        })
    }

    fn function_body(&mut self) -> Block {
        match self.block() {
            Ok(block) => block,
            Err(Failed) => Block { uses: Vec::new(), items: Vec::new(), tail: None, span: self.span() },
        }
    }

    /// Collects the resources of `acquires`; the others are parsed and dropped.
    fn access_specifiers(&mut self) -> Parsed<Vec<crate::ast::Chain>> {
        let mut acquires = Vec::new();
        loop {
            let negated = self.peek() == Tok::Bang;
            let ahead = usize::from(negated);
            let is_acquires = self.peek_at(ahead) == Tok::Acquires;
            let word = self.word_at(ahead);
            if !is_acquires && !matches!(word, "reads" | "writes") {
                if !negated && word == "pure" {
                    self.bump();
                    continue;
                }
                return Ok(acquires);
            }
            if negated {
                self.bump();
            }
            self.bump();
            loop {
                if let Some(chain) = self.access_specifier()?
                    && is_acquires
                    && !negated
                {
                    acquires.push(chain);
                }
                if !self.eat(Tok::Comma) || matches!(self.peek(), Tok::LBrace | Tok::Semi) {
                    break;
                }
            }
        }
    }

    fn access_specifier(&mut self) -> Parsed<Option<crate::ast::Chain>> {
        let mut wild = false;
        let chain = if self.peek() == Tok::Star {
            self.bump();
            wild = true;
            None
        } else {
            let start = self.span();
            let first = self.leading("a resource")?;
            let mut rest = Vec::new();
            while self.eat(Tok::ColonColon) {
                if self.eat(Tok::Star) {
                    wild = true;
                } else {
                    rest.push(self.ident("a name")?);
                }
            }
            Some(crate::ast::Chain { first, rest, span: self.since(start) })
        };
        if self.peek() == Tok::Less {
            self.angle_list(Self::ty)?;
        }
        if self.eat(Tok::LParen) {
            match self.peek() {
                Tok::Star => self.bump(),
                Tok::At => {
                    self.bump();
                    self.leading("an address")?;
                }
                Tok::Number if self.peek_at(1) != Tok::ColonColon => self.bump(),
                _ => {
                    self.chain("an address")?;
                    if self.peek() == Tok::Less {
                        self.angle_list(Self::ty)?;
                    }
                    if self.eat(Tok::LParen) {
                        self.ident("a parameter")?;
                        self.expect(Tok::RParen, "`)`")?;
                    }
                }
            }
            self.expect(Tok::RParen, "`)`")?;
        }
        Ok(if wild { None } else { chain })
    }
}
