//! Run-time types: fully instantiated, interned, limited in size and depth.
//!
//! Equal types have equal ids, so that comparing types is comparing integers. No type larger than the limits is ever
//! built: the check precedes the construction.

use crate::error::{VmError, VmResult};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use move_core_types::{
    AbilitySet, FunctionParamTag, FunctionTag, Identifier, ModuleId, StatusCode, StructTag, TypeTag,
};
use std::sync::Arc;

/// Nodes of one run-time type.
pub const TYPE_NODES_MAX: u32 = 128;
/// Depth of one run-time type.
pub const TYPE_DEPTH_MAX: u32 = 20;
/// Pseudo cost of one type tag: 100 per node and 1 per byte of address, module and struct name.
const TAG_COST_MAX: u64 = 5000;

/// A run-time type, known to the machine that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ty(pub(crate) u32);

/// A struct or enum definition by full name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StructId(pub(crate) u32);

/// Width and signedness of an integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum IntKind {
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
}

impl IntKind {
    /// Bytes of a value.
    pub(crate) fn bytes(self) -> u64 {
        match self {
            IntKind::U8 | IntKind::I8 => 1,
            IntKind::U16 | IntKind::I16 => 2,
            IntKind::U32 | IntKind::I32 => 4,
            IntKind::U64 | IntKind::I64 => 8,
            IntKind::U128 | IntKind::I128 => 16,
            IntKind::U256 | IntKind::I256 => 32,
        }
    }

    pub(crate) fn signed(self) -> bool {
        matches!(self, IntKind::I8 | IntKind::I16 | IntKind::I32 | IntKind::I64 | IntKind::I128 | IntKind::I256)
    }

    pub(crate) fn ty(self) -> Ty {
        match self {
            IntKind::U8 => Ty::U8,
            IntKind::U16 => Ty::U16,
            IntKind::U32 => Ty::U32,
            IntKind::U64 => Ty::U64,
            IntKind::U128 => Ty::U128,
            IntKind::U256 => Ty::U256,
            IntKind::I8 => Ty::I8,
            IntKind::I16 => Ty::I16,
            IntKind::I32 => Ty::I32,
            IntKind::I64 => Ty::I64,
            IntKind::I128 => Ty::I128,
            IntKind::I256 => Ty::I256,
        }
    }
}

/// What a type is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Bool,
    Int(IntKind),
    Address,
    Signer,
    Vector(Ty),
    Struct(StructId, Box<[Ty]>),
    Ref { mutable: bool, target: Ty },
    Function(Box<FunctionTy>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FunctionTy {
    pub(crate) args: Box<[Ty]>,
    pub(crate) results: Box<[Ty]>,
    pub(crate) abilities: AbilitySet,
}

#[derive(Debug, Clone)]
struct Entry {
    kind: Kind,
    nodes: u32,
    depth: u32,
    abilities: AbilitySet,
    tag: Option<Arc<TypeTag>>,
    struct_tag: Option<Arc<StructTag>>,
}

/// The name and declaration of a struct or enum.
#[derive(Debug, Clone)]
pub(crate) struct StructName {
    pub(crate) module: ModuleId,
    pub(crate) name: Identifier,
    pub(crate) abilities: AbilitySet,
    /// Per type parameter, whether it is phantom.
    pub(crate) phantoms: Box<[bool]>,
}

/// All types of one machine.
#[derive(Debug)]
pub(crate) struct Types {
    entries: Vec<Entry>,
    index: HashMap<Kind, Ty, FixedState>,
    structs: Vec<StructName>,
}

const LEAVES: [Kind; 15] = [
    Kind::Bool,
    Kind::Int(IntKind::U8),
    Kind::Int(IntKind::U16),
    Kind::Int(IntKind::U32),
    Kind::Int(IntKind::U64),
    Kind::Int(IntKind::U128),
    Kind::Int(IntKind::U256),
    Kind::Int(IntKind::I8),
    Kind::Int(IntKind::I16),
    Kind::Int(IntKind::I32),
    Kind::Int(IntKind::I64),
    Kind::Int(IntKind::I128),
    Kind::Int(IntKind::I256),
    Kind::Address,
    Kind::Signer,
];

impl Ty {
    pub(crate) const BOOL: Ty = Ty(0);
    pub(crate) const U8: Ty = Ty(1);
    pub(crate) const U16: Ty = Ty(2);
    pub(crate) const U32: Ty = Ty(3);
    /// `u64`
    pub const U64: Ty = Ty(4);
    /// `u128`
    pub const U128: Ty = Ty(5);
    pub(crate) const U256: Ty = Ty(6);
    pub(crate) const I8: Ty = Ty(7);
    pub(crate) const I16: Ty = Ty(8);
    pub(crate) const I32: Ty = Ty(9);
    pub(crate) const I64: Ty = Ty(10);
    pub(crate) const I128: Ty = Ty(11);
    pub(crate) const I256: Ty = Ty(12);
    pub(crate) const ADDRESS: Ty = Ty(13);
    pub(crate) const SIGNER: Ty = Ty(14);
    /// `vector<u8>`
    pub(crate) const BYTES: Ty = Ty(15);

    pub(crate) fn idx(self) -> usize {
        self.0 as usize
    }
}

impl Types {
    pub(crate) fn new() -> Self {
        let mut types =
            Self { entries: Vec::new(), index: HashMap::with_hasher(FixedState::default()), structs: Vec::new() };
        for kind in LEAVES {
            let abilities = if kind == Kind::Signer { AbilitySet::SIGNER } else { AbilitySet::PRIMITIVES };
            types.push(kind, 1, 1, abilities);
        }
        types.push(Kind::Vector(Ty::U8), 2, 2, AbilitySet::PRIMITIVES);
        types
    }

    fn push(&mut self, kind: Kind, nodes: u32, depth: u32, abilities: AbilitySet) -> Ty {
        let ty = Ty(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        self.index.insert(kind.clone(), ty);
        self.entries.push(Entry { kind, nodes, depth, abilities, tag: None, struct_tag: None });
        ty
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn kind(&self, ty: Ty) -> &Kind {
        &self.entries[ty.idx()].kind
    }

    pub(crate) fn abilities(&self, ty: Ty) -> AbilitySet {
        self.entries[ty.idx()].abilities
    }

    pub(crate) fn nodes(&self, ty: Ty) -> u32 {
        self.entries[ty.idx()].nodes
    }

    pub(crate) fn depth(&self, ty: Ty) -> u32 {
        self.entries[ty.idx()].depth
    }

    /// Declares a struct name; its declaration may follow with [`Types::declare`].
    pub(crate) fn add_struct(&mut self, name: StructName) -> StructId {
        self.structs.push(name);
        StructId(u32::try_from(self.structs.len() - 1).unwrap_or(u32::MAX))
    }

    pub(crate) fn struct_name(&self, id: StructId) -> &StructName {
        &self.structs[id.0 as usize]
    }

    /// Interns a type made of interned parts.
    pub(crate) fn intern(&mut self, kind: Kind) -> VmResult<Ty> {
        if let Some(ty) = self.index.get(&kind) {
            return Ok(*ty);
        }
        let (mut nodes, mut depth) = (1u32, 1u32);
        let mut add = |types: &Self, ty: Ty| {
            nodes += types.nodes(ty);
            depth = depth.max(1 + types.depth(ty));
        };
        let abilities = match &kind {
            Kind::Bool | Kind::Int(_) | Kind::Address => AbilitySet::PRIMITIVES,
            Kind::Signer => AbilitySet::SIGNER,
            Kind::Vector(element) => {
                add(self, *element);
                AbilitySet::of_instance(AbilitySet::VECTOR, [(false, self.abilities(*element))])
            }
            Kind::Struct(id, args) => {
                args.iter().for_each(|arg| add(self, *arg));
                let name = self.struct_name(*id);
                if name.phantoms.len() != args.len() {
                    return Err(VmError::new(StatusCode::NumberOfTypeArgumentsMismatch));
                }
                let args = name.phantoms.iter().zip(args).map(|(phantom, arg)| (*phantom, self.abilities(*arg)));
                AbilitySet::of_instance(name.abilities, args)
            }
            Kind::Ref { target, .. } => {
                add(self, *target);
                AbilitySet::REFERENCES
            }
            Kind::Function(function) => {
                function.args.iter().chain(&function.results).for_each(|ty| add(self, *ty));
                function.abilities
            }
        };
        if nodes > TYPE_NODES_MAX {
            return Err(VmError::new(StatusCode::TooManyTypeNodes));
        }
        if depth > TYPE_DEPTH_MAX {
            return Err(VmError::new(StatusCode::VmMaxTypeDepthReached));
        }
        Ok(self.push(kind, nodes, depth, abilities))
    }

    pub(crate) fn vector(&mut self, element: Ty) -> VmResult<Ty> {
        self.intern(Kind::Vector(element))
    }

    pub(crate) fn reference(&mut self, mutable: bool, target: Ty) -> VmResult<Ty> {
        self.intern(Kind::Ref { mutable, target })
    }

    /// The target of a reference, the type itself otherwise.
    pub(crate) fn target(&self, ty: Ty) -> Ty {
        match self.kind(ty) {
            Kind::Ref { target, .. } => *target,
            _ => ty,
        }
    }

    pub(crate) fn is_ref(&self, ty: Ty) -> bool {
        matches!(self.kind(ty), Kind::Ref { .. })
    }

    /// The type as a tag, within the limit on tags.
    pub(crate) fn tag(&mut self, ty: Ty) -> VmResult<Arc<TypeTag>> {
        if let Some(tag) = &self.entries[ty.idx()].tag {
            return Ok(tag.clone());
        }
        let mut cost = 0;
        self.tag_cost(ty, &mut cost)?;
        let tag = Arc::new(self.build_tag(ty)?);
        self.entries[ty.idx()].tag = Some(tag.clone());
        Ok(tag)
    }

    /// The tag of a struct; `None` for other types.
    pub(crate) fn struct_tag(&mut self, ty: Ty) -> VmResult<Option<Arc<StructTag>>> {
        if let Some(tag) = &self.entries[ty.idx()].struct_tag {
            return Ok(Some(tag.clone()));
        }
        let TypeTag::Struct(tag) = &*self.tag(ty)? else { return Ok(None) };
        let tag = Arc::new((**tag).clone());
        self.entries[ty.idx()].struct_tag = Some(tag.clone());
        Ok(Some(tag))
    }

    /// Recursion is bounded by the depth of types.
    fn tag_cost(&self, ty: Ty, cost: &mut u64) -> VmResult<()> {
        *cost += 100;
        if let Kind::Struct(id, _) = self.kind(ty) {
            let name = self.struct_name(*id);
            *cost += 32 + name.module.name.as_str().len() as u64 + name.name.as_str().len() as u64;
        }
        if *cost > TAG_COST_MAX {
            return Err(VmError::new(StatusCode::TypeTagLimitExceeded));
        }
        match self.kind(ty) {
            Kind::Vector(inner) | Kind::Ref { target: inner, .. } => self.tag_cost(*inner, cost),
            Kind::Struct(_, args) => args.iter().try_for_each(|arg| self.tag_cost(*arg, cost)),
            Kind::Function(function) => {
                function.args.iter().chain(&function.results).try_for_each(|ty| self.tag_cost(*ty, cost))
            }
            Kind::Bool | Kind::Int(_) | Kind::Address | Kind::Signer => Ok(()),
        }
    }

    fn build_tag(&self, ty: Ty) -> VmResult<TypeTag> {
        Ok(match self.kind(ty) {
            Kind::Bool => TypeTag::Bool,
            Kind::Int(kind) => match kind {
                IntKind::U8 => TypeTag::U8,
                IntKind::U16 => TypeTag::U16,
                IntKind::U32 => TypeTag::U32,
                IntKind::U64 => TypeTag::U64,
                IntKind::U128 => TypeTag::U128,
                IntKind::U256 => TypeTag::U256,
                IntKind::I8 => TypeTag::I8,
                IntKind::I16 => TypeTag::I16,
                IntKind::I32 => TypeTag::I32,
                IntKind::I64 => TypeTag::I64,
                IntKind::I128 => TypeTag::I128,
                IntKind::I256 => TypeTag::I256,
            },
            Kind::Address => TypeTag::Address,
            Kind::Signer => TypeTag::Signer,
            Kind::Vector(element) => TypeTag::vector(self.build_tag(*element)?),
            Kind::Struct(id, args) => {
                let name = self.struct_name(*id);
                StructTag {
                    address: name.module.address,
                    module: name.module.name.clone(),
                    name: name.name.clone(),
                    type_args: args.iter().map(|arg| self.build_tag(*arg)).collect::<VmResult<_>>()?,
                }
                .into()
            }
            Kind::Ref { .. } => return Err(VmError::invariant("a reference has no type tag")),
            Kind::Function(function) => {
                let param = |ty: &Ty| -> VmResult<FunctionParamTag> {
                    Ok(match self.kind(*ty) {
                        Kind::Ref { mutable: true, target } => {
                            FunctionParamTag::MutableReference(self.build_tag(*target)?)
                        }
                        Kind::Ref { mutable: false, target } => FunctionParamTag::Reference(self.build_tag(*target)?),
                        _ => FunctionParamTag::Value(self.build_tag(*ty)?),
                    })
                };
                TypeTag::Function(Box::new(FunctionTag {
                    args: function.args.iter().map(param).collect::<VmResult<_>>()?,
                    results: function.results.iter().map(param).collect::<VmResult<_>>()?,
                    abilities: function.abilities,
                }))
            }
        })
    }
}
