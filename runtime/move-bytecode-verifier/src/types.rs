//! Types, each stored once: equal types have equal ids.
//!
//! Signatures are taken apart once per module; from then on comparing types is comparing numbers,
//! and substitution, abilities and sizes are remembered. This is what keeps passes linear when
//! thousands of instructions name one large signature (specification 42.6). A type's components
//! always have smaller ids than the type; all walks use their own stacks.

use crate::{error::Reject, steps::Steps};
use foldhash::quality::FixedState;
use hashbrown::HashMap;
use move_binary_format::file_format::{SignatureToken, StructHandle, StructHandleIdx};
use move_core_types::{AbilitySet, StatusCode};

/// A type of the module at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TypeId(u32);

/// A list of types: a signature, type arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ListId(u32);

/// One level of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Type {
    Bool,
    U8,
    U16,
    U32,
    U64,
    U128,
    U256,
    I8,
    I16,
    I32,
    I64,
    I128,
    I256,
    Address,
    Signer,
    Parameter(u16),
    Vector(TypeId),
    Reference(TypeId),
    MutableReference(TypeId),
    /// A struct or enum without type parameters, by handle.
    Struct(u16),
    /// A struct or enum applied to type arguments.
    Instance(u16, ListId),
    Function {
        abilities: AbilitySet,
        arguments: ListId,
        results: ListId,
    },
}

impl Type {
    /// Whether arithmetic is defined on it.
    pub(crate) fn is_integer(self) -> bool {
        self.is_unsigned() || self.is_signed()
    }

    pub(crate) fn is_unsigned(self) -> bool {
        matches!(self, Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::U128 | Type::U256)
    }

    pub(crate) fn is_signed(self) -> bool {
        matches!(self, Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::I128 | Type::I256)
    }

    /// The position in [`SCALARS`].
    fn scalar(self) -> Option<u32> {
        Some(match self {
            Type::Bool => 0,
            Type::U8 => 1,
            Type::U16 => 2,
            Type::U32 => 3,
            Type::U64 => 4,
            Type::U128 => 5,
            Type::U256 => 6,
            Type::I8 => 7,
            Type::I16 => 8,
            Type::I32 => 9,
            Type::I64 => 10,
            Type::I128 => 11,
            Type::I256 => 12,
            Type::Address => 13,
            Type::Signer => 14,
            Type::Parameter(_)
            | Type::Vector(_)
            | Type::Reference(_)
            | Type::MutableReference(_)
            | Type::Struct(_)
            | Type::Instance(..)
            | Type::Function { .. } => return None,
        })
    }

    pub(crate) fn is_reference(self) -> bool {
        matches!(self, Type::Reference(_) | Type::MutableReference(_))
    }
}

/// The types without components, which are the first in every module.
const SCALARS: [Type; 15] = [
    Type::Bool,
    Type::U8,
    Type::U16,
    Type::U32,
    Type::U64,
    Type::U128,
    Type::U256,
    Type::I8,
    Type::I16,
    Type::I32,
    Type::I64,
    Type::I128,
    Type::I256,
    Type::Address,
    Type::Signer,
];

/// What is remembered about a type.
#[derive(Debug, Clone, Copy)]
struct Facts {
    shape: Type,
    /// Nodes when written out.
    nodes: u64,
    /// Mentions no type parameter.
    closed: bool,
    /// Abilities, valid in the context `abilities_in`.
    abilities: AbilitySet,
    abilities_in: u32,
}

/// No context: abilities not computed yet.
const NO_CONTEXT: u32 = 0;
/// Every context: abilities of closed types.
const ANY_CONTEXT: u32 = u32::MAX;

/// Work left when a signature is taken apart.
enum Step<'t> {
    Enter(&'t SignatureToken),
    Unary(fn(TypeId) -> Type),
    Instance(u16, usize),
    Function(AbilitySet, usize, usize),
}

/// All types of a module.
#[derive(Debug)]
pub(crate) struct Types<'m> {
    steps: &'m Steps,
    structs: &'m [StructHandle],
    facts: Vec<Facts>,
    ids: HashMap<Type, TypeId, FixedState>,
    elements: Vec<TypeId>,
    lists: Vec<(u32, u32)>,
    list_ids: HashMap<Box<[TypeId]>, ListId, FixedState>,
    substituted: HashMap<(TypeId, ListId), TypeId, FixedState>,
    substituted_lists: HashMap<(ListId, ListId), ListId, FixedState>,
    context: u32,
    constraints: Vec<AbilitySet>,
    parameter_count: usize,
}

impl<'m> Types<'m> {
    /// No types yet. The empty list is [`Types::EMPTY`].
    pub(crate) fn new(structs: &'m [StructHandle], steps: &'m Steps) -> Self {
        let hasher = FixedState::with_seed(0x6d6f_7665);
        let mut types = Self {
            steps,
            structs,
            facts: Vec::new(),
            ids: HashMap::with_hasher(hasher),
            elements: Vec::new(),
            lists: Vec::new(),
            list_ids: HashMap::with_hasher(hasher),
            substituted: HashMap::with_hasher(hasher),
            substituted_lists: HashMap::with_hasher(hasher),
            context: NO_CONTEXT + 1,
            constraints: Vec::new(),
            parameter_count: 0,
        };
        types.list(&[]);
        for (position, shape) in (0u32..).zip(SCALARS) {
            let id = types.add(shape);
            debug_assert!(shape.scalar() == Some(position) && id.0 == position);
        }
        types
    }

    /// The list without types.
    pub(crate) const EMPTY: ListId = ListId(0);

    /// The counter of work.
    pub(crate) fn steps(&self) -> &'m Steps {
        self.steps
    }

    /// The outermost level of a type.
    pub(crate) fn shape(&self, ty: TypeId) -> Type {
        self.facts[ty.0 as usize].shape
    }

    /// Nodes of the type when written out.
    pub(crate) fn nodes(&self, ty: TypeId) -> u64 {
        self.facts[ty.0 as usize].nodes
    }

    /// Whether the type mentions no type parameter.
    pub(crate) fn is_closed(&self, ty: TypeId) -> bool {
        self.facts[ty.0 as usize].closed
    }

    /// One more than the largest index of a type parameter that occurs in any type.
    pub(crate) fn parameter_count(&self) -> usize {
        self.parameter_count
    }

    /// The types of a list.
    pub(crate) fn items(&self, list: ListId) -> &[TypeId] {
        let (start, length) = self.lists[list.0 as usize];
        &self.elements[start as usize..(start + length) as usize]
    }

    /// The target of a reference, and whether it is mutable.
    pub(crate) fn target(&self, ty: TypeId) -> Option<(TypeId, bool)> {
        if let Type::Reference(target) = self.shape(ty) {
            return Some((target, false));
        }
        if let Type::MutableReference(target) = self.shape(ty) { Some((target, true)) } else { None }
    }

    /// The component at a position: element, target, type argument, arguments then results.
    pub(crate) fn component(&self, ty: TypeId, position: usize) -> Option<TypeId> {
        self.steps.count(1);
        match self.shape(ty) {
            Type::Vector(inner) | Type::Reference(inner) | Type::MutableReference(inner) => {
                (position == 0).then_some(inner)
            }
            Type::Instance(_, arguments) => self.items(arguments).get(position).copied(),
            Type::Function { arguments, results, .. } => {
                let arguments = self.items(arguments);
                match position.checked_sub(arguments.len()) {
                    None => arguments.get(position).copied(),
                    Some(position) => self.items(results).get(position).copied(),
                }
            }
            Type::Bool
            | Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::U128
            | Type::U256
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::I128
            | Type::I256
            | Type::Address
            | Type::Signer
            | Type::Parameter(_)
            | Type::Struct(_) => None,
        }
    }

    /// All components, see [`Types::component`].
    pub(crate) fn components(&self, ty: TypeId) -> impl Iterator<Item = TypeId> {
        (0..).map_while(move |position| self.component(ty, position))
    }

    /// The id of a type whose components are known.
    pub(crate) fn id(&mut self, shape: Type) -> TypeId {
        self.steps.count(1);
        if let Some(position) = shape.scalar() {
            return TypeId(position);
        }
        match self.ids.get(&shape) {
            Some(id) => *id,
            None => self.add(shape),
        }
    }

    fn add(&mut self, shape: Type) -> TypeId {
        let id = TypeId(u32::try_from(self.facts.len()).unwrap_or(u32::MAX));
        if let Type::Parameter(index) = shape {
            self.parameter_count = self.parameter_count.max(usize::from(index) + 1);
        }
        let closed = !matches!(shape, Type::Parameter(_));
        self.facts.push(Facts { shape, nodes: 1, closed, abilities: AbilitySet::EMPTY, abilities_in: NO_CONTEXT });
        let (nodes, closed) = self.components(id).fold((1u64, closed), |(nodes, closed), component| {
            (nodes.saturating_add(self.nodes(component)), closed && self.is_closed(component))
        });
        let facts = &mut self.facts[id.0 as usize];
        facts.nodes = nodes;
        facts.closed = closed;
        self.ids.insert(shape, id);
        id
    }

    /// The id of a list.
    pub(crate) fn list(&mut self, items: &[TypeId]) -> ListId {
        self.steps.count(1 + items.len() as u64);
        if let Some(id) = self.list_ids.get(items) {
            return *id;
        }
        let id = ListId(u32::try_from(self.lists.len()).unwrap_or(u32::MAX));
        let start = u32::try_from(self.elements.len()).unwrap_or(u32::MAX);
        self.elements.extend_from_slice(items);
        self.lists.push((start, u32::try_from(items.len()).unwrap_or(u32::MAX)));
        self.list_ids.insert(items.into(), id);
        id
    }

    /// Takes a signature apart.
    pub(crate) fn list_of(&mut self, tokens: &[SignatureToken]) -> ListId {
        let items: Vec<TypeId> = tokens.iter().map(|token| self.id_of(token)).collect();
        self.list(&items)
    }

    /// Takes one type of a signature apart.
    pub(crate) fn id_of(&mut self, token: &SignatureToken) -> TypeId {
        let mut steps = vec![Step::Enter(token)];
        let mut done: Vec<TypeId> = Vec::new();
        while let Some(step) = steps.pop() {
            let shape = match step {
                Step::Enter(token) => match token {
                    SignatureToken::Bool => Type::Bool,
                    SignatureToken::U8 => Type::U8,
                    SignatureToken::U16 => Type::U16,
                    SignatureToken::U32 => Type::U32,
                    SignatureToken::U64 => Type::U64,
                    SignatureToken::U128 => Type::U128,
                    SignatureToken::U256 => Type::U256,
                    SignatureToken::I8 => Type::I8,
                    SignatureToken::I16 => Type::I16,
                    SignatureToken::I32 => Type::I32,
                    SignatureToken::I64 => Type::I64,
                    SignatureToken::I128 => Type::I128,
                    SignatureToken::I256 => Type::I256,
                    SignatureToken::Address => Type::Address,
                    SignatureToken::Signer => Type::Signer,
                    SignatureToken::TypeParam(index) => Type::Parameter(*index),
                    SignatureToken::Struct(handle) => Type::Struct(handle.0),
                    SignatureToken::Vector(inner) => {
                        steps.extend([Step::Unary(Type::Vector), Step::Enter(inner)]);
                        continue;
                    }
                    SignatureToken::Reference(inner) => {
                        steps.extend([Step::Unary(Type::Reference), Step::Enter(inner)]);
                        continue;
                    }
                    SignatureToken::MutableReference(inner) => {
                        steps.extend([Step::Unary(Type::MutableReference), Step::Enter(inner)]);
                        continue;
                    }
                    SignatureToken::StructInst(handle, arguments) => {
                        steps.push(Step::Instance(handle.0, arguments.len()));
                        steps.extend(arguments.iter().rev().map(Step::Enter));
                        continue;
                    }
                    SignatureToken::Function(function) => {
                        let (args, results) = (&function.args, &function.results);
                        steps.push(Step::Function(function.abilities, args.len(), results.len()));
                        steps.extend(results.iter().rev().map(Step::Enter));
                        steps.extend(args.iter().rev().map(Step::Enter));
                        continue;
                    }
                },
                Step::Unary(build) => match done.pop() {
                    Some(inner) => build(inner),
                    None => continue,
                },
                Step::Instance(handle, count) => {
                    let arguments = self.list(&done.split_off(done.len() - count));
                    Type::Instance(handle, arguments)
                }
                Step::Function(abilities, arguments, results) => {
                    let results = self.list(&done.split_off(done.len() - results));
                    let arguments = self.list(&done.split_off(done.len() - arguments));
                    Type::Function { abilities, arguments, results }
                }
            };
            let id = self.id(shape);
            done.push(id);
        }
        done[0]
    }

    /// The struct handle at an index. Bounds checks have passed.
    pub(crate) fn struct_handle(&self, handle: u16) -> &'m StructHandle {
        &self.structs[usize::from(handle)]
    }

    /// The type of a struct applied to its own parameters' arguments; the bare struct for no arguments.
    pub(crate) fn owner(&mut self, handle: StructHandleIdx, arguments: ListId) -> TypeId {
        if self.struct_handle(handle.0).type_params.is_empty() {
            self.id(Type::Struct(handle.0))
        } else {
            self.id(Type::Instance(handle.0, arguments))
        }
    }

    // Substitution.

    /// The type with its parameters replaced.
    pub(crate) fn substitute(&mut self, ty: TypeId, arguments: ListId) -> Result<TypeId, Reject> {
        if let Some(done) = self.substitution(ty, arguments) {
            return Ok(done);
        }
        let mut stack = vec![ty];
        while let Some(top) = stack.last().copied() {
            if self.substitution(top, arguments).is_some() {
                stack.pop();
                continue;
            }
            if let Type::Parameter(_) = self.shape(top) {
                // An argument is missing; earlier passes have compared the counts.
                return Err(Reject::new(StatusCode::VerifierInvariantViolation));
            }
            let depth = stack.len();
            for component in self.components(top) {
                if self.substitution(component, arguments).is_none() {
                    stack.push(component);
                }
            }
            if stack.len() > depth {
                continue;
            }
            let shape = match self.shape(top) {
                Type::Vector(inner) => Type::Vector(self.replaced(inner, arguments)),
                Type::Reference(inner) => Type::Reference(self.replaced(inner, arguments)),
                Type::MutableReference(inner) => Type::MutableReference(self.replaced(inner, arguments)),
                Type::Instance(handle, own) => Type::Instance(handle, self.replaced_list(own, arguments)),
                Type::Function { abilities, arguments: own, results } => Type::Function {
                    abilities,
                    arguments: self.replaced_list(own, arguments),
                    results: self.replaced_list(results, arguments),
                },
                closed @ (Type::Bool
                | Type::U8
                | Type::U16
                | Type::U32
                | Type::U64
                | Type::U128
                | Type::U256
                | Type::I8
                | Type::I16
                | Type::I32
                | Type::I64
                | Type::I128
                | Type::I256
                | Type::Address
                | Type::Signer
                | Type::Parameter(_)
                | Type::Struct(_)) => closed,
            };
            let id = self.id(shape);
            self.substituted.insert((top, arguments), id);
        }
        self.substitution(ty, arguments).ok_or(Reject::new(StatusCode::VerifierInvariantViolation))
    }

    /// A list with its parameters replaced.
    pub(crate) fn substitute_list(&mut self, list: ListId, arguments: ListId) -> Result<ListId, Reject> {
        if let Some(done) = self.substituted_lists.get(&(list, arguments)) {
            return Ok(*done);
        }
        self.steps.count(1 + self.items(list).len() as u64);
        if self.items(list).iter().all(|item| self.is_closed(*item)) {
            return Ok(list);
        }
        let items = self.items(list).to_vec();
        let items: Vec<TypeId> =
            items.into_iter().map(|item| self.substitute(item, arguments)).collect::<Result<_, _>>()?;
        let done = self.list(&items);
        self.substituted_lists.insert((list, arguments), done);
        Ok(done)
    }

    /// The result of a substitution, if it is known.
    fn substitution(&self, ty: TypeId, arguments: ListId) -> Option<TypeId> {
        if self.is_closed(ty) {
            return Some(ty);
        }
        if let Type::Parameter(index) = self.shape(ty) {
            self.items(arguments).get(usize::from(index)).copied()
        } else {
            self.substituted.get(&(ty, arguments)).copied()
        }
    }

    /// The result of a substitution that is known.
    fn replaced(&self, ty: TypeId, arguments: ListId) -> TypeId {
        self.substitution(ty, arguments).unwrap_or(ty)
    }

    fn replaced_list(&mut self, list: ListId, arguments: ListId) -> ListId {
        let items: Vec<TypeId> = self.items(list).iter().map(|item| self.replaced(*item, arguments)).collect();
        self.list(&items)
    }

    // Abilities.

    /// Sets what type parameters can do, for [`Types::abilities`].
    pub(crate) fn enter_context(&mut self, constraints: &[AbilitySet]) {
        if self.constraints != constraints {
            self.constraints = constraints.to_vec();
            self.context += 1;
        }
    }

    /// The abilities of a type in the context last entered.
    pub(crate) fn abilities(&mut self, ty: TypeId) -> AbilitySet {
        if let Some(known) = self.known_abilities(ty) {
            return known;
        }
        let mut stack = vec![ty];
        while let Some(top) = stack.last().copied() {
            if self.known_abilities(top).is_some() {
                stack.pop();
                continue;
            }
            let depth = stack.len();
            if matches!(self.shape(top), Type::Vector(_) | Type::Instance(..)) {
                for component in self.components(top) {
                    if self.known_abilities(component).is_none() {
                        stack.push(component);
                    }
                }
            }
            if stack.len() > depth {
                continue;
            }
            let abilities = self.compute_abilities(top);
            let context = if self.is_closed(top) { ANY_CONTEXT } else { self.context };
            let facts = &mut self.facts[top.0 as usize];
            facts.abilities = abilities;
            facts.abilities_in = context;
        }
        self.known_abilities(ty).unwrap_or(AbilitySet::EMPTY)
    }

    fn known_abilities(&self, ty: TypeId) -> Option<AbilitySet> {
        let facts = &self.facts[ty.0 as usize];
        (facts.abilities_in == ANY_CONTEXT || facts.abilities_in == self.context).then_some(facts.abilities)
    }

    /// From the abilities of the components, which are known.
    fn compute_abilities(&self, ty: TypeId) -> AbilitySet {
        let known = |ty| self.known_abilities(ty).unwrap_or(AbilitySet::EMPTY);
        match self.shape(ty) {
            Type::Bool
            | Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::U128
            | Type::U256
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::I128
            | Type::I256
            | Type::Address => AbilitySet::PRIMITIVES,
            Type::Signer => AbilitySet::SIGNER,
            Type::Reference(_) | Type::MutableReference(_) => AbilitySet::REFERENCES,
            Type::Parameter(index) => self.constraints.get(usize::from(index)).copied().unwrap_or(AbilitySet::EMPTY),
            Type::Function { abilities, .. } => abilities,
            Type::Struct(handle) => self.struct_handle(handle).abilities,
            Type::Vector(element) => AbilitySet::of_instance(AbilitySet::VECTOR, [(false, known(element))]),
            Type::Instance(handle, arguments) => {
                let handle = self.struct_handle(handle);
                let phantoms = handle.type_params.iter().map(|parameter| parameter.is_phantom);
                let arguments = self.items(arguments).iter().map(|argument| known(*argument));
                AbilitySet::of_instance(handle.abilities, phantoms.zip(arguments))
            }
        }
    }

    // Assignment.

    /// Whether a value of type `source` may be used where `target` is declared: equal types; function
    /// types that differ only in that the source has more abilities; immutable references to such.
    pub(crate) fn is_assignable(&self, target: TypeId, source: TypeId) -> bool {
        let (mut target, mut source) = (target, source);
        loop {
            if target == source {
                return true;
            }
            match (self.shape(target), self.shape(source)) {
                (Type::Reference(inner_target), Type::Reference(inner_source)) => {
                    target = inner_target;
                    source = inner_source;
                }
                (
                    Type::Function { abilities: fewer, arguments: target_arguments, results: target_results },
                    Type::Function { abilities: more, arguments: source_arguments, results: source_results },
                ) => {
                    return fewer.is_subset(more)
                        && target_arguments == source_arguments
                        && target_results == source_results;
                }
                _ => return false,
            }
        }
    }
}
