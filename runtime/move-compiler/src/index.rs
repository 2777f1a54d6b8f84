//! What an editor asks for: where names are declared, what type an expression has, what a name may be followed by.

use crate::{
    api::Input,
    diagnostics::Diagnostics,
    driver,
    program::{self, Member, Program},
    source::Span,
    typed::{Body, TArm, TExp, TKind, TPat, TPattern, TStmt},
    types::{ConstId, FunId, ModId, StructId, Ty},
    typing,
};
use move_core_types::AccountAddress;
use std::collections::BTreeMap;

/// Diagnostics and everything that is declared or referred to in the root package.
#[derive(Debug, Default)]
pub struct Analysis {
    /// Errors and warnings, with the files.
    pub diagnostics: Diagnostics,
    /// Every module that could be read, dependencies too.
    pub modules: Vec<ModuleIndex>,
    /// Uses of names in bodies of the root package.
    pub references: Vec<Reference>,
    /// Types of expressions in bodies of the root package.
    pub expressions: Vec<Expression>,
    /// Fields and receiver functions, by owner.
    pub members: BTreeMap<Owner, Vec<Item>>,
}

/// A module and the names in its scope.
#[derive(Debug, Clone)]
pub struct ModuleIndex {
    /// Its address.
    pub address: AccountAddress,
    /// Its name.
    pub name: String,
    /// Where the name is declared.
    pub name_span: Span,
    /// The whole module.
    pub span: Span,
    /// Documentation.
    pub doc: String,
    /// Whether it belongs to a dependency.
    pub is_dependency: bool,
    /// What it declares.
    pub items: Vec<Item>,
    /// Modules that it has a name for: the name, and the position in [`Analysis::modules`].
    pub modules: Vec<(String, usize)>,
    /// Members of other modules that it has a name for.
    pub aliases: Vec<(String, Item)>,
    /// Named addresses of its package.
    pub addresses: Vec<(String, AccountAddress)>,
}

/// Something declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ItemKind,
    /// Its declaration in one line.
    pub detail: String,
    /// Documentation.
    pub doc: String,
    /// Where its name is declared.
    pub span: Span,
    /// Whether other modules may use it, as far as visibility goes.
    pub is_public: bool,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ItemKind {
    Function,
    Struct,
    Enum,
    Variant,
    Constant,
    Field,
    Method,
    Variable,
}

/// A use of a name in a body.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The name.
    pub name: String,
    /// The expression or declaration that holds it.
    pub span: Span,
    /// What it refers to.
    pub target: Item,
}

/// An expression and its type.
#[derive(Debug, Clone)]
pub struct Expression {
    /// Where it stands.
    pub span: Span,
    /// Its type as a user would write it.
    pub ty: String,
    /// Whose members may follow a dot.
    pub owner: Option<Owner>,
}

/// Whose fields or receiver functions these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A struct or enum, by a number of this analysis.
    Struct(u32),
    /// Vectors.
    Vector,
    /// Signers.
    Signer,
}

/// Analyzes packages. Like [`crate::compile`], but without code; where a file does not parse, what could be read counts.
pub fn analyze(input: Input) -> Analysis {
    driver::on_large_stack(input, |input| {
        let (mut program, parsed) = driver::parsed(input);
        let syntax_errors = program.errors();
        let findings = program.sink.get_mut().list.len();
        driver::declare_all(&mut program, parsed);
        if syntax_errors == 0 {
            driver::checked(&program);
            crate::silence::apply(&program);
        }
        let mut analysis = Indexer { program: &program, out: Analysis::default() }.run();
        let mut sink = std::mem::take(program.sink.get_mut());
        if syntax_errors > 0 {
            // What follows from text that could not be read is not worth saying.
            sink.list.truncate(findings);
        }
        analysis.diagnostics = sink.finish(std::mem::take(&mut program.files));
        analysis
    })
    .unwrap_or_default()
}

struct Indexer<'p> {
    program: &'p Program,
    out: Analysis,
}

impl Indexer<'_> {
    fn run(mut self) -> Analysis {
        let program = self.program;
        for index in 0..program.modules.len() {
            let module = self.module(ModId(index as u32));
            self.out.modules.push(module);
        }
        for index in 0..program.structs.len() {
            let id = StructId(index as u32);
            let decl = program.strukt(id);
            let mut fields: Vec<Item> = Vec::new();
            for field in decl.variants.iter().flat_map(|variant| &variant.fields) {
                if !fields.iter().any(|known| known.name == *field.name) {
                    fields.push(self.field(id, &field.name));
                }
            }
            self.out.members.insert(Owner::Struct(id.0), fields);
        }
        for ((owner, _), fun) in &program.receivers {
            let mut item = self.function(*fun);
            item.kind = ItemKind::Method;
            let owner = match owner {
                program::Owner::Struct(id) => Owner::Struct(id.0),
                program::Owner::Vector => Owner::Vector,
                program::Owner::Signer => Owner::Signer,
            };
            self.out.members.entry(owner).or_default().push(item);
        }
        for index in 0..program.funs.len() {
            let decl = &program.funs[index];
            if program.is_root(decl.module)
                && !decl.is_native
                && let Some(body) = typing::function(program, decl)
            {
                self.body(&body, &decl.type_params);
            }
        }
        self.out
    }

    fn module(&self, id: ModId) -> ModuleIndex {
        let program = self.program;
        let decl = program.module(id);
        let mut items: Vec<Item> = Vec::new();
        items.extend(decl.structs.iter().map(|id| self.strukt(*id)));
        items.extend(decl.funs.iter().map(|id| self.function(*id)));
        items.extend(decl.consts.iter().map(|id| self.constant(*id)));
        for id in &decl.structs {
            let strukt = program.strukt(*id);
            if strukt.is_enum {
                items.extend(strukt.variants.iter().map(|variant| Item {
                    name: variant.name.to_string(),
                    kind: ItemKind::Variant,
                    detail: format!("{}::{}", strukt.name, variant.name),
                    doc: variant.doc.clone(),
                    span: variant.span,
                    is_public: true,
                }));
            }
        }
        let package = &program.packages[decl.package];
        let modules = decl.scope.modules.iter().map(|(name, alias)| (name.to_string(), alias.target.0 as usize));
        let aliases = decl.scope.members.iter().map(|(name, alias)| (name.to_string(), self.member(alias.target)));
        ModuleIndex {
            address: decl.address,
            name: decl.name.to_string(),
            name_span: decl.name_span,
            span: decl.ast.span,
            doc: decl.ast.doc.clone(),
            is_dependency: package.dependency.is_some(),
            items,
            modules: modules.collect(),
            aliases: aliases.collect(),
            addresses: package.named_addresses.iter().map(|(name, address)| (name.clone(), *address)).collect(),
        }
    }

    fn member(&self, member: Member) -> Item {
        match member {
            Member::Struct(id) => self.strukt(id),
            Member::Fun(id) => self.function(id),
            Member::Const(id) => self.constant(id),
        }
    }

    fn function(&self, id: FunId) -> Item {
        let decl = self.program.fun(id);
        let header = self.program.files.text(decl.ast.value.header);
        Item {
            name: decl.name.to_string(),
            kind: ItemKind::Function,
            detail: header.split_whitespace().collect::<Vec<_>>().join(" "),
            doc: decl.ast.doc.clone(),
            span: decl.name_span,
            is_public: decl.visibility != crate::ast::Visibility::Private,
        }
    }

    fn strukt(&self, id: StructId) -> Item {
        let decl = self.program.strukt(id);
        let word = if decl.is_enum { "enum" } else { "struct" };
        let params: Vec<&str> = decl.type_params.iter().map(|param| &*param.name).collect();
        let params = if params.is_empty() { String::new() } else { format!("<{}>", params.join(", ")) };
        let abilities: Vec<&str> = decl.abilities.iter().map(move_core_types::Ability::name).collect();
        let has = if abilities.is_empty() { String::new() } else { format!(" has {}", abilities.join(", ")) };
        Item {
            name: decl.name.to_string(),
            kind: if decl.is_enum { ItemKind::Enum } else { ItemKind::Struct },
            detail: format!("{word} {}{params}{has}", decl.name),
            doc: decl.doc.clone(),
            span: decl.name_span,
            is_public: true,
        }
    }

    fn constant(&self, id: ConstId) -> Item {
        let decl = self.program.constant(id);
        Item {
            name: decl.name.to_string(),
            kind: ItemKind::Constant,
            detail: format!("const {}: {}", decl.name, self.program.show(&decl.ty, &[])),
            doc: decl.ast.doc.clone(),
            span: decl.name_span,
            is_public: decl.visibility != crate::ast::Visibility::Private,
        }
    }

    fn field(&self, id: StructId, name: &str) -> Item {
        let decl = self.program.strukt(id);
        let field = decl.variants.iter().flat_map(|variant| &variant.fields).find(|field| &*field.name == name);
        let ty = field.map_or(String::new(), |field| self.program.show(&field.ty, &decl.type_params));
        Item {
            name: name.to_owned(),
            kind: ItemKind::Field,
            detail: format!("{name}: {ty}"),
            doc: field.map(|field| field.doc.clone()).unwrap_or_default(),
            span: field.map_or(decl.name_span, |field| field.span),
            is_public: false,
        }
    }

    fn body(&mut self, body: &Body, params: &[crate::program::TypeParamDecl]) {
        let locals: Vec<Item> = body
            .locals
            .iter()
            .map(|local| {
                let ty = crate::lower::resolve(&local.ty, &body.solution);
                Item {
                    name: local.name.to_string(),
                    kind: ItemKind::Variable,
                    detail: format!("let {}: {}", local.name, self.program.show(&ty, params)),
                    doc: String::new(),
                    span: local.span,
                    is_public: false,
                }
            })
            .collect();
        for (local, item) in body.locals.iter().zip(&locals) {
            self.refer(local.span, item.clone());
            self.expression(local.span, &crate::lower::resolve(&local.ty, &body.solution), params);
        }
        let mut walk = Walk { exps: vec![&body.exp], patterns: Vec::new() };
        walk.exps.extend(body.holes.iter().flatten());
        loop {
            if let Some(pattern) = walk.patterns.pop() {
                self.pattern(pattern, &mut walk);
                continue;
            }
            let Some(exp) = walk.exps.pop() else { return };
            self.expression(exp.span, &crate::lower::resolve(&exp.ty, &body.solution), params);
            let target = match &exp.kind {
                TKind::Local(id) | TKind::Move(id) | TKind::Copy(id) => locals.get(id.0 as usize).cloned(),
                TKind::Call(id, ..) | TKind::FunValue(id, _) => Some(self.function(*id)),
                TKind::Const(id) => Some(self.constant(*id)),
                TKind::Pack(id, variant, ..) => {
                    let decl = self.program.strukt(*id);
                    if let Some(variant) = decl.variants.get(*variant).filter(|_| decl.is_enum) {
                        let item = Item {
                            name: variant.name.to_string(),
                            kind: ItemKind::Variant,
                            detail: format!("{}::{}", decl.name, variant.name),
                            doc: variant.doc.clone(),
                            span: variant.span,
                            is_public: true,
                        };
                        self.refer(exp.span, item);
                    }
                    Some(self.strukt(*id))
                }
                TKind::Field(_, id, name) => Some(self.field(*id, name)),
                _ => None,
            };
            if let Some(target) = target {
                self.refer(exp.span, target);
            }
            walk.children(exp);
        }
    }

    fn pattern<'b>(&mut self, pattern: &'b TPattern, walk: &mut Walk<'b>) {
        match &pattern.kind {
            TPat::Struct(id, _, _, fields, _) => {
                let item = self.strukt(*id);
                self.refer(pattern.span, item);
                walk.patterns.extend(fields.iter().map(|(_, pattern)| pattern));
            }
            TPat::Tuple(patterns) => walk.patterns.extend(patterns),
            TPat::Place(exp) => walk.exps.push(exp),
            TPat::Error | TPat::Wild | TPat::Local(_) | TPat::Value(_) | TPat::Range(..) => {}
        }
    }

    fn refer(&mut self, span: Span, target: Item) {
        self.out.references.push(Reference { name: target.name.clone(), span, target });
    }

    fn expression(&mut self, span: Span, ty: &Ty, params: &[crate::program::TypeParamDecl]) {
        let mut inner = ty;
        while let Ty::Ref(_, target) = inner {
            inner = target;
        }
        let owner = match inner {
            Ty::Struct(id, _) => Some(Owner::Struct(id.0)),
            Ty::Vector(_) => Some(Owner::Vector),
            Ty::Signer => Some(Owner::Signer),
            _ => None,
        };
        self.out.expressions.push(Expression { span, ty: self.program.show(ty, params), owner });
    }
}

/// What is still to be visited.
struct Walk<'b> {
    exps: Vec<&'b TExp>,
    patterns: Vec<&'b TPattern>,
}

impl<'b> Walk<'b> {
    fn children(&mut self, exp: &'b TExp) {
        match &exp.kind {
            TKind::Error
            | TKind::Value(_)
            | TKind::Int(..)
            | TKind::Const(_)
            | TKind::Local(_)
            | TKind::Move(_)
            | TKind::Copy(_)
            | TKind::FunValue(..)
            | TKind::Break(_)
            | TKind::Continue(_)
            | TKind::Hole(_) => {}
            TKind::Call(_, _, args) | TKind::Global(_, _, args) | TKind::Vector(args) | TKind::Tuple(args) => {
                self.exps.extend(args);
            }
            TKind::Invoke(callee, args) => {
                self.exps.push(callee);
                self.exps.extend(args);
            }
            TKind::Lambda(lambda) => {
                self.patterns.extend(&lambda.params);
                self.exps.push(&lambda.body);
            }
            TKind::Pack(_, _, _, fields) => self.exps.extend(fields.iter().map(|(_, exp)| exp)),
            TKind::Field(inner, ..)
            | TKind::Resource(inner)
            | TKind::Not(inner)
            | TKind::Negate(inner)
            | TKind::Deref(inner)
            | TKind::Borrow(_, inner)
            | TKind::Freeze(inner)
            | TKind::Cast(inner)
            | TKind::Test(inner, ..)
            | TKind::Loop(_, inner) => self.exps.push(inner),
            TKind::Index(left, right)
            | TKind::Binary(_, left, right)
            | TKind::Assign(left, right)
            | TKind::OpAssign(_, left, right)
            | TKind::While(_, left, right) => self.exps.extend([&**left, &**right]),
            TKind::AssignPattern(pattern, exp) => {
                self.patterns.push(pattern);
                self.exps.push(exp);
            }
            TKind::Block(statements, tail) => {
                for statement in statements {
                    match statement {
                        TStmt::Exp(exp) => self.exps.push(exp),
                        TStmt::Let(pattern, exp) => {
                            self.patterns.push(pattern);
                            self.exps.extend(exp);
                        }
                    }
                }
                self.exps.extend(tail.as_deref());
            }
            TKind::If(condition, then, other) => {
                self.exps.extend([&**condition, &**then]);
                self.exps.extend(other.as_deref());
            }
            TKind::For(_, _, from, to, body) => self.exps.extend([&**from, &**to, &**body]),
            TKind::Match(subject, arms) => {
                self.exps.push(subject);
                for TArm { pattern, guard, body } in arms {
                    self.patterns.push(pattern);
                    self.exps.extend(guard);
                    self.exps.push(body);
                }
            }
            TKind::Return(value) => self.exps.extend(value.as_deref()),
            TKind::Abort(code, message) => {
                self.exps.push(code);
                self.exps.extend(message.as_deref());
            }
        }
    }
}
