//! All declarations of a compilation, by index.

use crate::{
    api::{LanguageVersion, Options},
    ast::{self, Attribute, AttributeValue, Symbol, Visibility},
    diagnostics::Sink,
    source::{Files, Span},
    types::{ConstId, FunId, FunTy, ModId, StructId, Ty, Value},
};
use move_core_types::{
    AccountAddress, ModuleId,
    ability::{Ability, AbilitySet},
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

/// A package: the root or a dependency.
#[derive(Debug)]
pub(crate) struct Package {
    /// `None`: the root.
    pub(crate) dependency: Option<String>,
    pub(crate) named_addresses: BTreeMap<String, AccountAddress>,
    pub(crate) language: LanguageVersion,
}

/// A declared thing that a name can denote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    Struct(StructId),
    Fun(FunId),
    Const(ConstId),
}

/// An alias made by `use`.
#[derive(Debug)]
pub(crate) struct Alias<T> {
    pub(crate) target: T,
    pub(crate) span: Span,
    pub(crate) used: Cell<bool>,
    /// Declared in or for test code: never reported as unused.
    pub(crate) quiet: bool,
}

/// The aliases of a module or block.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) modules: BTreeMap<Symbol, Alias<ModId>>,
    pub(crate) members: BTreeMap<Symbol, Alias<Member>>,
}

#[derive(Debug)]
pub(crate) struct ModuleDecl {
    pub(crate) address: AccountAddress,
    pub(crate) name: Symbol,
    pub(crate) package: usize,
    pub(crate) is_script: bool,
    pub(crate) is_test_only: bool,
    pub(crate) name_span: Span,
    pub(crate) ast: Rc<ast::Module>,
    pub(crate) scope: Scope,
    pub(crate) members: BTreeMap<Symbol, Member>,
    pub(crate) structs: Vec<StructId>,
    pub(crate) funs: Vec<FunId>,
    pub(crate) consts: Vec<ConstId>,
    pub(crate) friends: Vec<(ModId, Span)>,
}

#[derive(Debug, Clone)]
pub(crate) struct TypeParamDecl {
    pub(crate) name: Symbol,
    pub(crate) span: Span,
    pub(crate) abilities: AbilitySet,
    pub(crate) phantom: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct FieldDecl {
    pub(crate) name: Symbol,
    pub(crate) span: Span,
    pub(crate) ty: Ty,
    pub(crate) doc: String,
}

#[derive(Debug, Clone)]
pub(crate) struct VariantDecl {
    pub(crate) name: Symbol,
    pub(crate) span: Span,
    pub(crate) fields: Vec<FieldDecl>,
    pub(crate) positional: bool,
    pub(crate) doc: String,
}

#[derive(Debug)]
pub(crate) struct StructDecl {
    pub(crate) module: ModId,
    pub(crate) name: Symbol,
    pub(crate) name_span: Span,
    pub(crate) span: Span,
    pub(crate) type_params: Vec<TypeParamDecl>,
    pub(crate) abilities: AbilitySet,
    pub(crate) is_enum: bool,
    pub(crate) visibility: Visibility,
    /// One for plain structs.
    pub(crate) variants: Vec<VariantDecl>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) doc: String,
    pub(crate) used: Cell<bool>,
}

impl StructDecl {
    pub(crate) fn variant(&self, name: &str) -> Option<usize> {
        if self.is_enum { self.variants.iter().position(|variant| &*variant.name == name) } else { None }
    }

    /// The function type of a struct with exactly one positional field of function type.
    pub(crate) fn wrapped_function(&self) -> Option<&Rc<FunTy>> {
        match (self.is_enum, self.variants.first()) {
            (false, Some(variant)) if variant.positional && variant.fields.len() == 1 => match &variant.fields[0].ty {
                Ty::Fun(fun) => Some(fun),
                _ => None,
            },
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct FunDecl {
    pub(crate) module: ModId,
    pub(crate) name: Symbol,
    pub(crate) name_span: Span,
    pub(crate) type_params: Vec<TypeParamDecl>,
    pub(crate) params: Vec<(Symbol, Span, Ty)>,
    pub(crate) result: Ty,
    pub(crate) ast: Rc<ast::Item<ast::Function>>,
    pub(crate) visibility: Visibility,
    pub(crate) is_entry: bool,
    pub(crate) is_native: bool,
    pub(crate) is_inline: bool,
    pub(crate) is_test: bool,
    pub(crate) is_test_only: bool,
    pub(crate) is_persistent: bool,
    pub(crate) acquires: Vec<(StructId, Span)>,
    pub(crate) used: Cell<bool>,
}

#[derive(Debug)]
pub(crate) struct ConstDecl {
    pub(crate) module: ModId,
    pub(crate) name: Symbol,
    pub(crate) name_span: Span,
    pub(crate) ty: Ty,
    pub(crate) ast: Rc<ast::Item<ast::Const>>,
    pub(crate) visibility: Visibility,
    pub(crate) is_test_only: bool,
    pub(crate) value: RefCell<ConstState>,
    pub(crate) used: Cell<bool>,
}

/// How far the evaluation of a constant has come.
#[derive(Debug, Clone)]
pub(crate) enum ConstState {
    Unknown,
    Running,
    Known(Value),
    Failed,
}

/// What has receiver functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// A struct or enum: in its module.
    Struct(StructId),
    /// Vectors: in `0x1::vector`.
    Vector,
    /// Signers: in `0x1::signer`.
    Signer,
}

/// Everything that is declared.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) files: Files,
    pub(crate) options: Options,
    pub(crate) packages: Vec<Package>,
    pub(crate) modules: Vec<ModuleDecl>,
    pub(crate) structs: Vec<StructDecl>,
    pub(crate) funs: Vec<FunDecl>,
    pub(crate) consts: Vec<ConstDecl>,
    pub(crate) by_name: BTreeMap<(AccountAddress, Symbol), ModId>,
    /// Receiver functions.
    pub(crate) receivers: BTreeMap<(Owner, Symbol), FunId>,
    /// Which module refers to which, and where first.
    pub(crate) uses: RefCell<BTreeMap<(ModId, ModId), Span>>,
    pub(crate) sink: RefCell<Sink>,
}

impl Program {
    pub(crate) fn module(&self, id: ModId) -> &ModuleDecl {
        &self.modules[id.0 as usize]
    }

    pub(crate) fn strukt(&self, id: StructId) -> &StructDecl {
        &self.structs[id.0 as usize]
    }

    pub(crate) fn fun(&self, id: FunId) -> &FunDecl {
        &self.funs[id.0 as usize]
    }

    pub(crate) fn constant(&self, id: ConstId) -> &ConstDecl {
        &self.consts[id.0 as usize]
    }

    pub(crate) fn report(&self, diagnostic: crate::diagnostics::Diagnostic) {
        self.sink.borrow_mut().push(diagnostic);
    }

    /// Notes that one module depends on another.
    pub(crate) fn note_use(&self, user: ModId, used: ModId, span: Span) {
        if user != used {
            self.uses.borrow_mut().entry((user, used)).or_insert(span);
        }
    }

    pub(crate) fn errors(&self) -> usize {
        self.sink.borrow().errors()
    }

    pub(crate) fn language(&self, module: ModId) -> LanguageVersion {
        self.packages[self.module(module).package].language
    }

    /// Whether warnings about the module are wanted.
    pub(crate) fn is_root(&self, module: ModId) -> bool {
        self.packages[self.module(module).package].dependency.is_none()
    }

    pub(crate) fn find_module(&self, address: AccountAddress, name: &str) -> Option<ModId> {
        self.by_name.get(&(address, Symbol::from(name))).copied()
    }

    pub(crate) fn module_text(&self, id: ModId) -> String {
        let module = self.module(id);
        if module.is_script {
            "script".to_string()
        } else {
            // As its header writes it.
            match &module.ast.address {
                Some(ast::Leading::Name(name)) => format!("{}::{}", name.name, module.name),
                _ => format!("{}::{}", module.address.to_short_string(), module.name),
            }
        }
    }

    pub(crate) fn module_id(&self, id: ModId) -> Option<ModuleId> {
        let module = self.module(id);
        Some(ModuleId::new(module.address, move_core_types::Identifier::new(&*module.name).ok()?))
    }

    pub(crate) fn is_vector_module(&self, id: ModId) -> bool {
        self.is_standard_module(id, "vector")
    }

    /// Whether this is the module of that name at `0x1`.
    pub(crate) fn is_standard_module(&self, id: ModId, name: &str) -> bool {
        let module = self.module(id);
        module.address == AccountAddress::ONE && &*module.name == name
    }

    /// The name of one of the eight vector functions that are instructions.
    pub(crate) fn vector_instruction(&self, id: FunId) -> Option<&str> {
        let fun = self.fun(id);
        let known = matches!(
            &*fun.name,
            "empty" | "length" | "borrow" | "borrow_mut" | "push_back" | "pop_back" | "destroy_empty" | "swap"
        );
        (fun.is_native && known && self.is_vector_module(fun.module)).then_some(&*fun.name)
    }

    /// Whether a type has an ability, given the abilities of the type parameters in scope.
    pub(crate) fn has(&self, ty: &Ty, ability: Ability, params: &[TypeParamDecl]) -> bool {
        self.abilities(ty, params).has(ability)
    }

    pub(crate) fn abilities(&self, ty: &Ty, params: &[TypeParamDecl]) -> AbilitySet {
        match ty {
            Ty::Bool | Ty::Int(_) | Ty::Address => AbilitySet::PRIMITIVES,
            Ty::Signer => AbilitySet::SIGNER,
            Ty::Ref(..) => AbilitySet::REFERENCES,
            Ty::Vector(inner) => AbilitySet::VECTOR.intersect(self.abilities(inner, params)),
            Ty::Param(index) => params.get(*index as usize).map_or(AbilitySet::ALL, |param| param.abilities),
            Ty::Fun(fun) => fun.abilities,
            Ty::Tuple(types) => {
                types.iter().fold(AbilitySet::PRIMITIVES, |set, ty| set.intersect(self.abilities(ty, params)))
            }
            Ty::Var(_) | Ty::Never | Ty::Error => AbilitySet::ALL,
            Ty::Struct(id, args) => {
                let decl = self.strukt(*id);
                let args = decl.type_params.iter().zip(args.iter());
                AbilitySet::of_instance(
                    decl.abilities,
                    args.map(|(param, ty)| (param.phantom, self.abilities(ty, params))),
                )
            }
        }
    }

    /// The type as a user would write it.
    pub(crate) fn show(&self, ty: &Ty, params: &[TypeParamDecl]) -> String {
        let list = |types: &[Ty]| types.iter().map(|ty| self.show(ty, params)).collect::<Vec<_>>().join(", ");
        match ty {
            Ty::Bool => "bool".into(),
            Ty::Int(int) => int.name().into(),
            Ty::Address => "address".into(),
            Ty::Signer => "signer".into(),
            Ty::Vector(inner) => format!("vector<{}>", self.show(inner, params)),
            Ty::Ref(false, inner) => format!("&{}", self.show(inner, params)),
            Ty::Ref(true, inner) => format!("&mut {}", self.show(inner, params)),
            Ty::Tuple(types) => format!("({})", list(types)),
            Ty::Param(index) => {
                params.get(*index as usize).map_or_else(|| format!("T{index}"), |param| param.name.to_string())
            }
            Ty::Var(_) => "_".into(),
            Ty::Never => "!".into(),
            Ty::Error => "{unknown}".into(),
            Ty::Struct(id, types) if types.is_empty() => self.strukt(*id).name.to_string(),
            Ty::Struct(id, types) => format!("{}<{}>", self.strukt(*id).name, list(types)),
            Ty::Fun(fun) => {
                let result = if fun.result.is_unit() { String::new() } else { self.show(&fun.result, params) };
                let has = if fun.abilities.is_empty() {
                    String::new()
                } else {
                    format!(" has {}", fun.abilities.iter().map(Ability::name).collect::<Vec<_>>().join(" + "))
                };
                format!("|{}|{result}{has}", list(&fun.args))
            }
        }
    }

    /// Whether `user` may call a function.
    pub(crate) fn may_call(&self, user: ModId, fun: &FunDecl) -> bool {
        if user == fun.module {
            return true;
        }
        match fun.visibility {
            Visibility::Public => true,
            Visibility::Private => false,
            Visibility::Friend => self.module(fun.module).friends.iter().any(|(friend, _)| *friend == user),
            Visibility::Package => {
                let (own, other) = (self.module(fun.module), self.module(user));
                own.package == other.package && own.address == other.address && !other.is_script
            }
        }
    }
}

/// Looks an attribute up by name.
pub(crate) fn attribute<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| &*attribute.name == name)
}

/// The attributes in the brackets of an attribute.
pub(crate) fn attribute_args(attribute: &Attribute) -> &[Attribute] {
    match &attribute.value {
        AttributeValue::List(list) => list,
        AttributeValue::None | AttributeValue::Exp(_) => &[],
    }
}
