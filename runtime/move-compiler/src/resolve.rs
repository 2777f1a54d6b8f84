//! Names to declarations, and written types to types.

use crate::{
    ast::{self, Chain, Ident, Leading, TypeKind, Use, UseKind},
    codes::Code,
    diagnostics::{Diagnostic, nearest},
    program::{Alias, Member, ModuleDecl, Program, Scope, TypeParamDecl},
    source::Span,
    types::{FunTy, IntTy, ModId, StructId, Ty},
};
use move_core_types::AccountAddress;
use std::{cell::Cell, rc::Rc};

/// What a name chain denotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolved {
    Member(Member),
    Variant(StructId, usize),
}

/// A place from which names are looked up.
#[derive(Debug)]
pub(crate) struct Names<'p> {
    pub(crate) program: &'p Program,
    pub(crate) module: ModId,
    /// Aliases of enclosing blocks, innermost last.
    pub(crate) blocks: Vec<Scope>,
    pub(crate) type_params: Vec<TypeParamDecl>,
}

/// What a written type may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypePlace {
    /// Anything: result, annotation.
    Any,
    /// References, but no tuples: parameters.
    Param,
    /// Neither: fields, type arguments, elements.
    Inner,
}

pub(crate) fn is_upper(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}

/// The address of 32 bytes that a number denotes.
pub(crate) fn number_address(value: ruint::aliases::U256) -> AccountAddress {
    AccountAddress::new(value.to_be_bytes())
}

/// Builtin types by name.
pub(crate) fn builtin_type(name: &str) -> Option<Ty> {
    Some(match name {
        "bool" => Ty::Bool,
        "address" => Ty::Address,
        "signer" => Ty::Signer,
        _ => Ty::Int(IntTy::from_name(name)?),
    })
}

impl Program {
    /// The address that a leading name denotes in a package; reports if there is none.
    pub(crate) fn address(&self, package: usize, leading: &Leading) -> Option<AccountAddress> {
        match leading {
            Leading::Number(value, _) => Some(number_address(*value)),
            Leading::Name(ident) => {
                let addresses = &self.packages[package].named_addresses;
                if let Some(address) = addresses.get(&*ident.name) {
                    return Some(*address);
                }
                let mut diagnostic = Diagnostic::new(
                    Code::UnknownAddress,
                    ident.span,
                    format!("named address `{}` has no value", ident.name),
                );
                diagnostic = match nearest(&ident.name, addresses.keys().map(String::as_str)) {
                    Some(near) => diagnostic.here(format!("did you mean `{near}`?")),
                    None => diagnostic
                        .note("give it one in `[addresses]` of the package manifest or with `--named-addresses`"),
                };
                self.report(diagnostic);
                None
            }
        }
    }
}

impl<'p> Names<'p> {
    pub(crate) fn new(program: &'p Program, module: ModId, type_params: Vec<TypeParamDecl>) -> Self {
        Names { program, module, blocks: Vec::new(), type_params }
    }

    fn own(&self) -> &'p ModuleDecl {
        self.program.module(self.module)
    }

    pub(crate) fn show(&self, ty: &Ty) -> String {
        self.program.show(ty, &self.type_params)
    }

    // Names --------------------------------------------------------------------------------------

    /// A member by its bare name: aliases of blocks, own members, aliases of the module.
    pub(crate) fn bare_member(&self, name: &str) -> Option<Member> {
        for scope in self.blocks.iter().rev() {
            if let Some(alias) = scope.members.get(name) {
                alias.used.set(true);
                return Some(alias.target);
            }
        }
        let own = self.own();
        if let Some(member) = own.members.get(name) {
            return Some(*member);
        }
        own.scope.members.get(name).map(|alias| {
            alias.used.set(true);
            alias.target
        })
    }

    fn module_alias(&self, name: &str) -> Option<ModId> {
        if name == "Self" && !self.own().is_script {
            return Some(self.module);
        }
        let scopes = self.blocks.iter().rev().chain(std::iter::once(&self.own().scope));
        for scope in scopes {
            if let Some(alias) = scope.modules.get(name) {
                alias.used.set(true);
                return Some(alias.target);
            }
        }
        None
    }

    /// Whether a name is an alias of a module here; uses it.
    pub(crate) fn is_module(&self, name: &str) -> bool {
        self.module_alias(name).is_some()
    }

    fn unbound_module(&self, ident: &Ident) {
        let scopes = self.blocks.iter().chain(std::iter::once(&self.own().scope));
        let names: Vec<&str> = scopes.flat_map(|scope| scope.modules.keys().map(|name| &**name)).collect();
        let mut diagnostic =
            Diagnostic::new(Code::UnboundModule, ident.span, format!("no module or alias `{}` in scope", ident.name));
        diagnostic = match nearest(&ident.name, names.into_iter()) {
            Some(near) => diagnostic.here(format!("did you mean `{near}`?")),
            None => {
                let hints: Vec<String> = self
                    .program
                    .modules
                    .iter()
                    .filter(|m| m.name == ident.name)
                    .take(1)
                    .map(|m| {
                        let named = self.program.packages[self.own().package]
                            .named_addresses
                            .iter()
                            .find(|(_, a)| **a == m.address);
                        let address = named.map_or_else(|| m.address.to_short_string(), |(name, _)| name.clone());
                        format!("add `use {address}::{};`", m.name)
                    })
                    .collect();
                match hints.first() {
                    Some(hint) => diagnostic.note(hint.clone()),
                    None => diagnostic,
                }
            }
        };
        self.program.report(diagnostic);
    }

    fn module_at(&self, address: &Leading, name: &Ident) -> Option<ModId> {
        let value = self.program.address(self.own().package, address)?;
        if let Some(module) = self.program.find_module(value, &name.name) {
            return Some(module);
        }
        let siblings: Vec<&str> =
            self.program.modules.iter().filter(|m| m.address == value && !m.is_script).map(|m| &*m.name).collect();
        let shown = match address {
            Leading::Name(ident) => ident.name.to_string(),
            Leading::Number(..) => value.to_short_string(),
        };
        let mut diagnostic =
            Diagnostic::new(Code::UnboundModule, name.span, format!("no module `{}` at address `{shown}`", name.name));
        if let Some(near) = nearest(&name.name, siblings.into_iter()) {
            diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
        }
        self.program.report(diagnostic);
        None
    }

    fn member_of(&self, module: ModId, name: &Ident) -> Option<Member> {
        let decl = self.program.module(module);
        if let Some(member) = decl.members.get(&name.name) {
            return Some(*member);
        }
        let mut diagnostic = Diagnostic::new(
            Code::UnboundMember,
            name.span,
            format!("no `{}` in module `{}`", name.name, self.program.module_text(module)),
        );
        if let Some(near) = nearest(&name.name, decl.members.keys().map(|name| &**name)) {
            diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
        }
        self.program.report(diagnostic);
        None
    }

    fn variant_of(&self, id: StructId, name: &Ident) -> Option<Resolved> {
        let decl = self.program.strukt(id);
        if let Some(index) = decl.variant(&name.name) {
            return Some(Resolved::Variant(id, index));
        }
        let what = if decl.is_enum {
            format!("enum `{}` has no variant `{}`", decl.name, name.name)
        } else {
            format!("`{}` is not an enum", decl.name)
        };
        let mut diagnostic =
            Diagnostic::new(Code::UnboundVariant, name.span, what).also(decl.name_span, "declared here");
        if let Some(near) = nearest(&name.name, decl.variants.iter().map(|variant| &*variant.name)) {
            diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
        }
        self.program.report(diagnostic);
        None
    }

    fn enum_variant(&self, member: Option<Member>, owner: &Ident, name: &Ident) -> Option<Resolved> {
        match member? {
            Member::Struct(id) => self.variant_of(id, name),
            Member::Fun(_) | Member::Const(_) => {
                self.program.report(Diagnostic::new(
                    Code::WrongKind,
                    owner.span,
                    format!("`{}` is not an enum", owner.name),
                ));
                None
            }
        }
    }

    /// A chain of two or more components. Reports and returns `None` if it denotes nothing.
    pub(crate) fn qualified(&self, chain: &Chain) -> Option<Resolved> {
        match (&chain.first, chain.rest.as_slice()) {
            (Leading::Name(first), [name])
                if is_upper(&first.name) && is_upper(&name.name) && self.bare_member(&first.name).is_some() =>
            {
                self.enum_variant(self.bare_member(&first.name), first, name)
            }
            (Leading::Name(first), [name]) => {
                let Some(module) = self.module_alias(&first.name) else {
                    let own = self.own().package;
                    if let Some(address) = self.program.packages[own].named_addresses.get(&*first.name)
                        && self.program.find_module(*address, &name.name).is_some()
                    {
                        self.program.report(Diagnostic::new(
                            Code::WrongKind,
                            chain.span,
                            format!("`{}::{}` is a module, not a member", first.name, name.name),
                        ));
                        return None;
                    }
                    if is_upper(&first.name) && is_upper(&name.name) {
                        self.program.report(self.unbound(first, "type", Code::UnboundType));
                    } else {
                        self.unbound_module(first);
                    }
                    return None;
                };
                self.member_of(module, name).map(Resolved::Member)
            }
            (Leading::Number(..), [name]) => {
                self.program.report(Diagnostic::new(
                    Code::WrongKind,
                    chain.span,
                    format!("`{}` is a module, not a member", name.name),
                ));
                None
            }
            (Leading::Name(first), [owner, name])
                if is_upper(&owner.name) && self.module_alias(&first.name).is_some() =>
            {
                let module = self.module_alias(&first.name)?;
                self.enum_variant(self.member_of(module, owner), owner, name)
            }
            (first, [module, name]) => {
                let module = self.module_at(first, module)?;
                self.member_of(module, name).map(Resolved::Member)
            }
            (first, [module, owner, name]) => {
                let module = self.module_at(first, module)?;
                self.enum_variant(self.member_of(module, owner), owner, name)
            }
            (first, _) => {
                self.program.report(Diagnostic::new(Code::UnboundName, first.span(), "this is not a name"));
                None
            }
        }
    }

    /// A chain of any length, as a member or variant; reports.
    pub(crate) fn any(&self, chain: &Chain, what: &str, code: Code) -> Option<Resolved> {
        let Some(single) = chain.single() else { return self.qualified(chain) };
        if let Some(member) = self.bare_member(&single.name) {
            return Some(Resolved::Member(member));
        }
        self.program.report(self.unbound(single, what, code));
        None
    }

    /// A diagnostic for an unknown bare name.
    pub(crate) fn unbound(&self, ident: &Ident, what: &str, code: Code) -> Diagnostic {
        let own = self.own();
        let scopes = self.blocks.iter().chain(std::iter::once(&own.scope));
        let mut names: Vec<&str> = scopes.flat_map(|scope| scope.members.keys().map(|name| &**name)).collect();
        names.extend(own.members.keys().map(|name| &**name));
        names.extend(self.type_params.iter().map(|param| &*param.name));
        if code == Code::UnboundType {
            names.extend(["bool", "u8", "u16", "u32", "u64", "u128", "u256", "address", "signer", "vector"]);
        }
        let diagnostic = Diagnostic::new(code, ident.span, format!("no {what} `{}` in scope", ident.name));
        match nearest(&ident.name, names.into_iter()) {
            Some(near) => diagnostic.here(format!("did you mean `{near}`?")),
            None => diagnostic,
        }
    }

    /// A module by chain: `Self`, an alias, or address and name.
    pub(crate) fn module_chain(&self, chain: &Chain) -> Option<ModId> {
        match (&chain.first, chain.rest.as_slice()) {
            (Leading::Name(ident), []) => {
                let module = self.module_alias(&ident.name);
                if module.is_none() {
                    self.unbound_module(ident);
                }
                module
            }
            (first, [name]) => self.module_at(first, name),
            _ => {
                self.program.report(Diagnostic::new(Code::WrongKind, chain.span, "this is not the name of a module"));
                None
            }
        }
    }

    // Uses ---------------------------------------------------------------------------------------

    /// The aliases that `use` declarations make.
    pub(crate) fn scope(&self, uses: &[Use], quiet: bool) -> Scope {
        let mut scope = Scope::default();
        for declaration in uses {
            let quiet = quiet || declaration.attributes.iter().any(|a| &*a.name == "test_only");
            let Some(module) = self.module_at(&declaration.address, &declaration.module) else { continue };
            match &declaration.kind {
                UseKind::Module(alias) => {
                    self.module_use(&mut scope, alias.as_ref().unwrap_or(&declaration.module), module, quiet);
                }
                UseKind::Members(members) => {
                    for (name, alias) in members {
                        self.member_use(&mut scope, declaration, module, name, alias.as_ref(), quiet);
                    }
                }
            }
        }
        scope
    }

    fn module_use(&self, scope: &mut Scope, alias: &Ident, module: ModId, quiet: bool) {
        let entry = Alias { target: module, span: alias.span, used: Cell::new(false), quiet };
        self.check_alias(alias, true);
        match scope.modules.get(&alias.name) {
            Some(first) => self.duplicate_alias(alias, first.span),
            None => drop(scope.modules.insert(alias.name.clone(), entry)),
        }
    }

    /// Nothing may be called `Self`, and nothing but modules `vector`.
    fn check_alias(&self, alias: &Ident, module: bool) {
        let name = &*alias.name;
        if name == "Self" || name == "vector" && !module {
            self.program.report(Diagnostic::new(Code::BadName, alias.span, format!("`{name}` is a reserved name")));
        } else if module && name.starts_with('_') {
            self.program.report(Diagnostic::new(
                Code::BadName,
                alias.span,
                "the alias of a module does not start with an underscore",
            ));
        }
    }

    fn duplicate_alias(&self, alias: &Ident, first: Span) {
        self.program.report(
            Diagnostic::new(
                Code::DuplicateItem,
                alias.span,
                format!("`{}` is already an alias in this scope", alias.name),
            )
            .also(first, "first here"),
        );
    }

    fn member_use(
        &self,
        scope: &mut Scope,
        declaration: &Use,
        module: ModId,
        name: &Ident,
        alias: Option<&Ident>,
        quiet: bool,
    ) {
        if &*name.name == "Self" {
            let alias =
                alias.cloned().unwrap_or_else(|| Ident { name: declaration.module.name.clone(), span: name.span });
            return self.module_use(scope, &alias, module, quiet);
        }
        let spec_only = self.program.module(module).ast.spec_words.contains(&name.name);
        if spec_only && !self.program.module(module).members.contains_key(&name.name) {
            return; // A schema or specification function.
        }
        let Some(member) = self.member_of(module, name) else { return };
        let alias = alias.unwrap_or(name);
        let wants_upper = !matches!(member, Member::Fun(_));
        if wants_upper && !is_upper(&alias.name) {
            self.program.report(Diagnostic::new(
                Code::BadName,
                alias.span,
                format!(
                    "the alias `{}` must start with an upper-case letter, as it names a type or constant",
                    alias.name
                ),
            ));
        }
        let entry = Alias { target: member, span: alias.span, used: Cell::new(false), quiet };
        self.check_alias(alias, false);
        match scope.members.get(&alias.name) {
            Some(first) => self.duplicate_alias(alias, first.span),
            None => drop(scope.members.insert(alias.name.clone(), entry)),
        }
    }

    // Types --------------------------------------------------------------------------------------

    pub(crate) fn ty(&self, written: &ast::Type, place: TypePlace) -> Ty {
        let ty = match &written.kind {
            TypeKind::Ref(mutable, inner) => {
                let target = self.ty(inner, TypePlace::Any);
                match target {
                    Ty::Error => Ty::Error,
                    Ty::Ref(..) => return self.invalid(written.span, "references to references do not exist"),
                    Ty::Tuple(_) => return self.invalid(written.span, "references to tuples do not exist"),
                    target => Ty::reference(*mutable, target),
                }
            }
            TypeKind::Tuple(types) => {
                let types: Vec<Ty> = types.iter().map(|ty| self.ty(ty, TypePlace::Param)).collect();
                Ty::tuple(types)
            }
            TypeKind::Fun(args, result, abilities) => {
                if abilities.has_key() {
                    return self.invalid(written.span, "function types cannot have `key`");
                }
                let args = args.iter().map(|ty| self.ty(ty, TypePlace::Param)).collect();
                let result = self.ty(result, TypePlace::Any);
                Ty::Fun(Rc::new(FunTy { args, result, abilities: *abilities }))
            }
            TypeKind::Name(chain, args) => self.named_type(written.span, chain, args.as_deref()),
        };
        match (&ty, place) {
            (Ty::Ref(..), TypePlace::Inner) => self.invalid(written.span, "references are not allowed here"),
            (Ty::Tuple(_), TypePlace::Inner | TypePlace::Param) => {
                self.invalid(written.span, "tuples are not allowed here")
            }
            _ => ty,
        }
    }

    fn invalid(&self, span: Span, message: &str) -> Ty {
        self.program.report(Diagnostic::new(Code::InvalidType, span, message));
        Ty::Error
    }

    fn arity(&self, span: Span, what: &str, wanted: usize, found: usize) -> bool {
        if wanted != found {
            self.program.report(Diagnostic::new(
                Code::WrongArity,
                span,
                format!("{what} takes {wanted} type argument(s), {found} given"),
            ));
        }
        wanted == found
    }

    fn named_type(&self, span: Span, chain: &Chain, args: Option<&[ast::Type]>) -> Ty {
        let count = args.map_or(0, <[ast::Type]>::len);
        if let Some(single) = chain.single() {
            if let Some(index) = self.type_params.iter().position(|param| param.name == single.name) {
                self.arity(span, "a type parameter", 0, count);
                return Ty::Param(index as u16);
            }
            if &*single.name == "vector" && self.bare_member("vector").is_none() {
                if !self.arity(span, "`vector`", 1, count) {
                    return Ty::Error;
                }
                return Ty::vector(self.ty(&args.unwrap_or_default()[0], TypePlace::Inner));
            }
            if self.bare_member(&single.name).is_none()
                && let Some(ty) = builtin_type(&single.name)
            {
                self.arity(span, "a primitive type", 0, count);
                if let Ty::Int(int) = ty
                    && int.is_signed()
                    && self.program.language(self.module) < crate::api::LanguageVersion::V2_3
                {
                    self.program.report(Diagnostic::new(
                        Code::NeedsLanguage,
                        span,
                        "signed integers need language version 2.3 or newer",
                    ));
                }
                return ty;
            }
        }
        match self.any(chain, "type", Code::UnboundType) {
            None => Ty::Error,
            Some(Resolved::Member(Member::Struct(id))) => self.struct_type(span, id, args),
            Some(Resolved::Variant(id, index)) => {
                let variant = &self.program.strukt(id).variants[index].name;
                self.program.report(Diagnostic::new(
                    Code::WrongKind,
                    chain.span,
                    format!("`{variant}` is a variant, not a type"),
                ));
                Ty::Error
            }
            Some(Resolved::Member(_)) => {
                self.program.report(Diagnostic::new(Code::WrongKind, chain.span, "this is not a type"));
                Ty::Error
            }
        }
    }

    /// An instance of a struct with written arguments.
    pub(crate) fn struct_type(&self, span: Span, id: StructId, args: Option<&[ast::Type]>) -> Ty {
        let decl = self.program.strukt(id);
        decl.used.set(true);
        self.program.note_use(self.module, decl.module, span);
        let what = format!("type `{}`", decl.name);
        self.program.deprecated_use(self.module, decl.module, &decl.attributes, &what, (span, decl.name_span));
        let args = args.unwrap_or_default();
        if !self.arity(span, &format!("`{}`", decl.name), decl.type_params.len(), args.len()) {
            return Ty::Error;
        }
        let types: Vec<Ty> = args.iter().map(|ty| self.ty(ty, TypePlace::Inner)).collect();
        for ((param, ty), written) in decl.type_params.iter().zip(&types).zip(args) {
            self.constraint(ty, param, written.span, &format!("type `{}`", decl.name));
        }
        Ty::Struct(id, types.into())
    }

    /// Reports if a type argument lacks what its parameter demands.
    pub(crate) fn constraint(&self, ty: &Ty, param: &TypeParamDecl, span: Span, owner: &str) {
        let have = self.program.abilities(ty, &self.type_params);
        for ability in param.abilities.iter() {
            if !have.has(ability) {
                self.program.report(
                    Diagnostic::new(
                        Code::MissingAbility,
                        span,
                        format!("type `{}` lacks the ability `{ability}`", self.show(ty)),
                    )
                    .also(param.span, format!("{owner} demands it for `{}`", param.name)),
                );
                return;
            }
        }
    }
}
