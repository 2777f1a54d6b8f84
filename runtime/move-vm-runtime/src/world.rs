//! Loaded code: modules, functions, types and their facts, for one code version and one gas schedule.
//!
//! A world belongs to one session at a time and is passed on to the next one while the code version and the schedule
//! stay the same. Loading never charges: what a transaction pays for a module depends on its first use by that
//! transaction alone (rule T-LOAD-1), see [`World::use_module`].

use crate::coverage::Executed;
use crate::error::{VmError, VmResult};
use crate::fast::Memory;
use crate::gas::GasSchedule;
use crate::host::Backing;
use crate::instance::Instance;
use crate::layout::Layout;
use crate::lower::Arena;
use crate::native::NativeFn;
use crate::state::Key;
use crate::types::{FunctionTy, IntKind, Kind, StructId, StructName, TYPE_DEPTH_MAX, TYPE_NODES_MAX, Ty, Types};
use crate::vm::Shared;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use move_binary_format::CompiledModule;
use move_binary_format::file_format::{
    FunctionDef, FunctionDefIdx, FunctionHandle, FunctionHandleIdx, SignatureToken, StructFields, StructHandleIdx,
    TableIndex,
};
use move_bytecode_verifier::VerifiedModule;
use move_core_types::{AccountAddress, FunctionParamTag, Identifier, ModuleId, StatusCode, TypeTag};
use std::ops::Deref;
use std::sync::Arc;

/// Verified code, of a module or of a script in the form of a module.
#[derive(Debug, Clone)]
pub(crate) enum Code {
    Module(Arc<VerifiedModule>),
    Script(Arc<CompiledModule>),
}

impl Deref for Code {
    type Target = CompiledModule;
    fn deref(&self) -> &CompiledModule {
        match self {
            Code::Module(module) => module,
            Code::Script(module) => module,
        }
    }
}

/// Nodes of a type's layout.
pub(crate) const LAYOUT_NODES_MAX: u64 = 512;
/// Nesting of a value, and of a layout.
pub(crate) const VALUE_DEPTH_MAX: u32 = 128;

/// A module of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ModuleNo(pub(crate) u32);

/// A function of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FunctionNo(pub(crate) u32);

/// A function with type arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct InstanceNo(pub(crate) u32);

#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) id: ModuleId,
    pub(crate) code: Code,
    pub(crate) is_script: bool,
    size: u64,
    /// The type behind each struct handle.
    structs: Vec<StructId>,
    functions_from: u32,
    names: HashMap<Identifier, u16, FixedState>,
    /// The function behind each function handle, once it was called.
    callees: Vec<Option<FunctionNo>>,
    /// Modules whose types this one's types are made of, itself included, ascending by id.
    type_modules: Option<Arc<[ModuleNo]>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) module: ModuleNo,
    pub(crate) def: FunctionDefIdx,
    pub(crate) name: Identifier,
    /// The implementation, if the host provides one.
    pub(crate) native: Option<NativeFn>,
    pub(crate) module_lock: bool,
}

#[derive(Debug, Clone, Copy)]
struct StructPlace {
    module: ModuleNo,
    def: u16,
}

/// What a struct or enum is made of, instantiated: the fields of each variant; one entry for a plain struct.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) is_enum: bool,
    pub(crate) variants: Vec<Box<[Ty]>>,
}

/// What all values of a type have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Greatest nesting, captured values of closures aside.
    pub(crate) depth: u32,
    /// Abstract size, when it does not depend on the value.
    pub(crate) units: Option<u64>,
    /// Nodes of the layout.
    pub(crate) nodes: u64,
    /// Size in BCS, when it does not depend on the value.
    pub(crate) bcs: Option<u64>,
    /// Whether closures can be inside.
    pub(crate) has_function: bool,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) shared: Arc<Shared>,
    pub(crate) schedule: Arc<GasSchedule>,
    pub(crate) code_version: u64,
    pub(crate) types: Types,
    /// Set when loading stopped half way: the world must not be used again.
    pub(crate) broken: bool,
    /// What the running call has executed, if anybody asks.
    pub(crate) executed: Option<Executed>,
    modules: Vec<Module>,
    module_index: HashMap<ModuleId, ModuleNo, FixedState>,
    struct_index: HashMap<(ModuleId, Identifier), StructId, FixedState>,
    struct_places: Vec<StructPlace>,
    functions: Vec<Function>,
    pub(crate) layouts: Vec<Option<Arc<Layout>>>,
    pub(crate) arena: Arena,
    /// Kept between calls; away while one runs.
    pub(crate) memory: Option<Memory>,
    bodies: Vec<Option<Arc<Body>>>,
    facts: Vec<Option<Facts>>,
    instances: Vec<Arc<Instance>>,
    instance_index: HashMap<(FunctionNo, Box<[Ty]>), InstanceNo, FixedState>,
}

fn unresolved(what: impl std::fmt::Display) -> VmError {
    VmError::new(StatusCode::TypeResolutionFailure).message(format!("{what} does not resolve"))
}

fn bounds() -> VmError {
    VmError::invariant("index outside a table of verified code")
}

impl World {
    pub(crate) fn new(shared: Arc<Shared>, schedule: Arc<GasSchedule>, code_version: u64) -> Self {
        Self {
            shared,
            schedule,
            code_version,
            types: Types::new(),
            broken: false,
            executed: None,
            modules: Vec::new(),
            module_index: HashMap::with_hasher(FixedState::default()),
            struct_index: HashMap::with_hasher(FixedState::default()),
            struct_places: Vec::new(),
            functions: Vec::new(),
            layouts: Vec::new(),
            arena: Arena::default(),
            memory: None,
            bodies: Vec::new(),
            facts: Vec::new(),
            instances: Vec::new(),
            instance_index: HashMap::with_hasher(FixedState::default()),
        }
    }

    /// How many modules there are.
    pub(crate) fn module_count(&self) -> usize {
        self.modules.len()
    }

    /// How much has been loaded, to bound what is kept between sessions.
    pub(crate) fn weight(&self) -> usize {
        self.types.len() + self.instances.len() * 8 + self.modules.len() * 16 + self.arena.ops.len()
    }

    pub(crate) fn module(&self, no: ModuleNo) -> &Module {
        &self.modules[no.0 as usize]
    }

    pub(crate) fn function(&self, no: FunctionNo) -> &Function {
        &self.functions[no.0 as usize]
    }

    pub(crate) fn instance(&self, no: InstanceNo) -> &Arc<Instance> {
        &self.instances[no.0 as usize]
    }

    /// All functions made ready so far.
    pub(crate) fn instances(&self) -> impl Iterator<Item = &Arc<Instance>> {
        self.instances.iter()
    }

    /// The definition of a function.
    pub(crate) fn definition(&self, function: &Function) -> &FunctionDef {
        &self.module(function.module).code.function_defs[function.def.as_usize()]
    }

    /// The own handle of a function.
    pub(crate) fn handle(&self, function: &Function) -> &FunctionHandle {
        let code = &self.module(function.module).code;
        &code.function_handles[self.definition(function).handle.as_usize()]
    }

    /// Charges for a module and the modules of its types, each at its first use in the transaction.
    pub(crate) fn use_module(&mut self, host: &mut Backing<'_>, no: ModuleNo) -> VmResult<()> {
        for part in self.type_modules(no).iter() {
            let module = self.module(*part);
            if !module.is_script {
                host.use_module(&module.id, module.size)?;
            }
        }
        Ok(())
    }

    /// The modules that a module's types are made of; the search keeps its own stack.
    fn type_modules(&mut self, no: ModuleNo) -> Arc<[ModuleNo]> {
        if let Some(known) = &self.module(no).type_modules {
            return known.clone();
        }
        let mut found = vec![no];
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            next += 1;
            for id in &self.module(at).structs {
                let other = self.struct_places[id.0 as usize].module;
                if !found.contains(&other) {
                    found.push(other);
                }
            }
        }
        found.sort_by(|a, b| self.module(*a).id.cmp(&self.module(*b).id));
        let found: Arc<[ModuleNo]> = found.into();
        self.modules[no.0 as usize].type_modules = Some(found.clone());
        found
    }

    /// Finds a module, loading it and every module that its types need.
    pub(crate) fn load(&mut self, host: &Backing<'_>, id: &ModuleId) -> VmResult<ModuleNo> {
        if let Some(no) = self.module_index.get(id) {
            return Ok(*no);
        }
        let first_new = self.modules.len();
        let result = self.load_new(host, id);
        if result.is_err() {
            self.broken = true;
            self.forget_modules(first_new);
        }
        result
    }

    /// Takes back modules that were entered while loading failed: who asks for them again meets the failure again.
    fn forget_modules(&mut self, first: usize) {
        for module in self.modules.drain(first..) {
            self.module_index.remove(&module.id);
            for def in &module.code.struct_defs {
                let name = module.code.struct_handle(def.handle).and_then(|handle| module.code.identifier(handle.name));
                if let Some(name) = name {
                    self.struct_index.remove(&(module.id.clone(), name.clone()));
                }
            }
        }
    }

    fn load_new(&mut self, host: &Backing<'_>, id: &ModuleId) -> VmResult<ModuleNo> {
        let first_new = self.modules.len();
        let mut wanted = vec![id.clone()];
        while let Some(id) = wanted.pop() {
            if self.module_index.contains_key(&id) {
                continue;
            }
            let Some(bytes) = host.peek(&Key::Module(id.clone()))? else {
                return Err(VmError::new(StatusCode::LinkerError).message(format!("module {id} does not exist")));
            };
            let code = self.shared.stored_module(&bytes)?;
            if code.self_id().as_ref() != Some(&id) {
                return Err(VmError::new(StatusCode::LinkerError).message(format!("module {id} has another name")));
            }
            wanted.extend(self.add_module(id, Code::Module(code), bytes.len() as u64, false)?);
        }
        for no in first_new..self.modules.len() {
            self.resolve_structs(no)?;
        }
        self.module_index.get(id).copied().ok_or_else(bounds)
    }

    /// Enters a verified script, in the form of a module.
    pub(crate) fn load_script(
        &mut self,
        host: &Backing<'_>,
        id: ModuleId,
        code: Arc<CompiledModule>,
    ) -> VmResult<FunctionNo> {
        self.broken = true; // Scripts come and go; their world does not stay.
        for id in self.add_module(id.clone(), Code::Script(code), 0, true)? {
            self.load(host, &id)?;
        }
        let no = self.module_index.get(&id).copied().ok_or_else(bounds)?;
        self.resolve_structs(no.0 as usize)?;
        Ok(FunctionNo(self.module(no).functions_from))
    }

    /// Enters a module with its own names; the answer is the modules that its types refer to.
    fn add_module(&mut self, id: ModuleId, code: Code, size: u64, is_script: bool) -> VmResult<Vec<ModuleId>> {
        let no = ModuleNo(u32::try_from(self.modules.len()).map_err(|_| bounds())?);
        for (def_no, def) in code.struct_defs.iter().enumerate() {
            let handle = code.struct_handle(def.handle).ok_or_else(bounds)?;
            let name = code.identifier(handle.name).ok_or_else(bounds)?.clone();
            let struct_id = self.types.add_struct(StructName {
                module: id.clone(),
                name: name.clone(),
                abilities: handle.abilities,
                phantoms: handle.type_params.iter().map(|param| param.is_phantom).collect(),
            });
            self.struct_index.insert((id.clone(), name), struct_id);
            self.struct_places.push(StructPlace { module: no, def: u16::try_from(def_no).map_err(|_| bounds())? });
        }
        let functions_from = u32::try_from(self.functions.len()).map_err(|_| bounds())?;
        let mut names = HashMap::with_hasher(FixedState::default());
        for (def_no, def) in code.function_defs.iter().enumerate() {
            let def_no = u16::try_from(def_no).map_err(|_| bounds())?;
            let handle = code.function_handle(def.handle).ok_or_else(bounds)?;
            let name = code.identifier(handle.name).ok_or_else(bounds)?.clone();
            let table_entry = self.shared.natives.get(&id.address, id.name.as_str(), name.as_str());
            let native = table_entry.filter(|_| {
                !is_script
                    && (def.is_native() || self.schedule.native(&id.address, id.name.as_str(), name.as_str()).enabled)
            });
            names.insert(name.clone(), def_no);
            self.functions.push(Function {
                module: no,
                def: FunctionDefIdx(def_no),
                name,
                native,
                module_lock: handle
                    .attributes
                    .contains(&move_binary_format::file_format::FunctionAttribute::ModuleLock),
            });
        }
        let mut needs = Vec::new();
        for handle in &code.struct_handles {
            let module = code.module_id_at(handle.module).ok_or_else(bounds)?;
            if module != id && !needs.contains(&module) {
                needs.push(module);
            }
        }
        self.modules.push(Module {
            id: id.clone(),
            is_script,
            size,
            structs: Vec::new(),
            functions_from,
            names,
            callees: vec![None; code.function_handles.len()],
            type_modules: None,
            code,
        });
        self.module_index.insert(id, no);
        Ok(needs)
    }

    fn resolve_structs(&mut self, no: usize) -> VmResult<()> {
        let code = self.modules[no].code.clone();
        let mut structs = Vec::with_capacity(code.struct_handles.len());
        for handle in &code.struct_handles {
            let module = code.module_id_at(handle.module).ok_or_else(bounds)?;
            let name = code.identifier(handle.name).ok_or_else(bounds)?.clone();
            let key = (module, name);
            structs.push(*self.struct_index.get(&key).ok_or_else(|| unresolved(format!("{}::{}", key.0, key.1)))?);
        }
        self.modules[no].structs = structs;
        Ok(())
    }

    /// Finds a function by name.
    pub(crate) fn find_function(
        &mut self,
        host: &Backing<'_>,
        id: &ModuleId,
        name: &str,
    ) -> VmResult<Option<FunctionNo>> {
        let no = self.load(host, id)?;
        let module = self.module(no);
        let Ok(name) = Identifier::new(name) else { return Ok(None) };
        Ok(module.names.get(&name).map(|def| FunctionNo(module.functions_from + u32::from(*def))))
    }

    /// The module that a function handle of another module names; does not load it.
    pub(crate) fn callee_module(&self, module: ModuleNo, handle: FunctionHandleIdx) -> VmResult<ModuleId> {
        let code = &self.module(module).code;
        let handle = code.function_handle(handle).ok_or_else(bounds)?;
        code.module_id_at(handle.module).ok_or_else(bounds)
    }

    /// The function behind a handle, loading its module if need be.
    pub(crate) fn callee(
        &mut self,
        host: &Backing<'_>,
        module: ModuleNo,
        handle: FunctionHandleIdx,
    ) -> VmResult<FunctionNo> {
        if let Some(known) = self.module(module).callees.get(handle.as_usize()).copied().flatten() {
            return Ok(known);
        }
        let code = self.module(module).code.clone();
        let target = code.function_handle(handle).ok_or_else(bounds)?;
        let id = code.module_id_at(target.module).ok_or_else(bounds)?;
        let name = code.identifier(target.name).ok_or_else(bounds)?;
        let Some(function) = self.find_function(host, &id, name.as_str())? else {
            return Err(
                VmError::new(StatusCode::FunctionResolutionFailure).message(format!("no function {id}::{name}"))
            );
        };
        self.modules[module.0 as usize].callees[handle.as_usize()] = Some(function);
        Ok(function)
    }

    /// The type behind a struct handle with these arguments.
    pub(crate) fn struct_ty(&mut self, module: ModuleNo, handle: StructHandleIdx, args: &[Ty]) -> VmResult<Ty> {
        let id = *self.module(module).structs.get(handle.as_usize()).ok_or_else(bounds)?;
        self.types.intern(Kind::Struct(id, args.into()))
    }

    /// A type of the file with these type arguments; checked against the limits as it grows.
    pub(crate) fn ty(&mut self, module: ModuleNo, token: &SignatureToken, args: &[Ty]) -> VmResult<Ty> {
        self.build(module, token, args, &mut 0, 1)
    }

    /// Recursion is bounded by the depth limit of types.
    fn build(
        &mut self,
        module: ModuleNo,
        token: &SignatureToken,
        args: &[Ty],
        nodes: &mut u32,
        depth: u32,
    ) -> VmResult<Ty> {
        use SignatureToken as T;
        if let T::TypeParam(index) = token {
            let ty = *args.get(usize::from(*index)).ok_or_else(bounds)?;
            *nodes += self.types.nodes(ty);
            if *nodes > TYPE_NODES_MAX {
                return Err(VmError::new(StatusCode::TooManyTypeNodes));
            }
            if depth + self.types.depth(ty) - 1 > TYPE_DEPTH_MAX {
                return Err(VmError::new(StatusCode::VmMaxTypeDepthReached));
            }
            return Ok(ty);
        }
        if *nodes >= TYPE_NODES_MAX {
            return Err(VmError::new(StatusCode::TooManyTypeNodes));
        }
        if depth > TYPE_DEPTH_MAX {
            return Err(VmError::new(StatusCode::VmMaxTypeDepthReached));
        }
        *nodes += 1;
        let below = depth + 1;
        Ok(match token {
            T::Bool => Ty::BOOL,
            T::U8 => Ty::U8,
            T::U16 => Ty::U16,
            T::U32 => Ty::U32,
            T::U64 => Ty::U64,
            T::U128 => Ty::U128,
            T::U256 => Ty::U256,
            T::I8 => Ty::I8,
            T::I16 => Ty::I16,
            T::I32 => Ty::I32,
            T::I64 => Ty::I64,
            T::I128 => Ty::I128,
            T::I256 => Ty::I256,
            T::Address => Ty::ADDRESS,
            T::Signer => Ty::SIGNER,
            T::Vector(inner) => {
                let inner = self.build(module, inner, args, nodes, below)?;
                self.types.vector(inner)?
            }
            T::Reference(inner) => {
                let inner = self.build(module, inner, args, nodes, below)?;
                self.types.reference(false, inner)?
            }
            T::MutableReference(inner) => {
                let inner = self.build(module, inner, args, nodes, below)?;
                self.types.reference(true, inner)?
            }
            T::Struct(handle) => self.struct_ty(module, *handle, &[])?,
            T::StructInst(handle, inner) => {
                let inner: Vec<Ty> =
                    inner.iter().map(|token| self.build(module, token, args, nodes, below)).collect::<VmResult<_>>()?;
                self.struct_ty(module, *handle, &inner)?
            }
            T::Function(function) => {
                let mut list = |tokens: &[T]| -> VmResult<Box<[Ty]>> {
                    tokens.iter().map(|token| self.build(module, token, args, nodes, below)).collect()
                };
                let (params, results) = (list(&function.args)?, list(&function.results)?);
                let function = FunctionTy { args: params, results, abilities: function.abilities };
                self.types.intern(Kind::Function(Box::new(function)))?
            }
            T::TypeParam(_) => return Err(bounds()),
        })
    }

    /// The types of a signature with these type arguments.
    pub(crate) fn tys(&mut self, module: ModuleNo, tokens: &[SignatureToken], args: &[Ty]) -> VmResult<Box<[Ty]>> {
        tokens.iter().map(|token| self.ty(module, token, args)).collect()
    }

    /// The type that a tag names, loading what it is made of.
    pub(crate) fn ty_of_tag(&mut self, host: &Backing<'_>, tag: &TypeTag) -> VmResult<Ty> {
        self.tag_at(host, tag, 1)
    }

    fn tag_at(&mut self, host: &Backing<'_>, tag: &TypeTag, depth: u32) -> VmResult<Ty> {
        if depth > TYPE_DEPTH_MAX {
            return Err(VmError::new(StatusCode::VmMaxTypeDepthReached));
        }
        Ok(match tag {
            TypeTag::Bool => Ty::BOOL,
            TypeTag::U8 => Ty::U8,
            TypeTag::U16 => Ty::U16,
            TypeTag::U32 => Ty::U32,
            TypeTag::U64 => Ty::U64,
            TypeTag::U128 => Ty::U128,
            TypeTag::U256 => Ty::U256,
            TypeTag::I8 => Ty::I8,
            TypeTag::I16 => Ty::I16,
            TypeTag::I32 => Ty::I32,
            TypeTag::I64 => Ty::I64,
            TypeTag::I128 => Ty::I128,
            TypeTag::I256 => Ty::I256,
            TypeTag::Address => Ty::ADDRESS,
            TypeTag::Signer => Ty::SIGNER,
            TypeTag::Vector(inner) => {
                let inner = self.tag_at(host, inner, depth + 1)?;
                self.types.vector(inner)?
            }
            TypeTag::Struct(tag) => {
                let args: Box<[Ty]> =
                    tag.type_args.iter().map(|arg| self.tag_at(host, arg, depth + 1)).collect::<VmResult<_>>()?;
                self.load(host, &tag.module_id())?;
                let Some(id) = self.struct_index.get(&(tag.module_id(), tag.name.clone())).copied() else {
                    return Err(unresolved(tag));
                };
                self.check_constraints_of_struct(id, &args)?;
                self.types.intern(Kind::Struct(id, args))?
            }
            TypeTag::Function(function) => {
                let mut list = |params: &[FunctionParamTag]| -> VmResult<Box<[Ty]>> {
                    params
                        .iter()
                        .map(|param| {
                            let inner = self.tag_at(host, param.inner(), depth + 1)?;
                            match param {
                                FunctionParamTag::Reference(_) => self.types.reference(false, inner),
                                FunctionParamTag::MutableReference(_) => self.types.reference(true, inner),
                                FunctionParamTag::Value(_) => Ok(inner),
                            }
                        })
                        .collect()
                };
                let (args, results) = (list(&function.args)?, list(&function.results)?);
                self.types.intern(Kind::Function(Box::new(FunctionTy {
                    args,
                    results,
                    abilities: function.abilities,
                })))?
            }
        })
    }

    fn check_constraints_of_struct(&self, id: StructId, args: &[Ty]) -> VmResult<()> {
        let place = self.struct_places[id.0 as usize];
        let code = &self.module(place.module).code;
        let handle = code.struct_handle(code.struct_defs[usize::from(place.def)].handle).ok_or_else(bounds)?;
        if handle.type_params.len() != args.len() {
            return Err(VmError::new(StatusCode::NumberOfTypeArgumentsMismatch));
        }
        for (param, arg) in handle.type_params.iter().zip(args) {
            if !param.constraints.is_subset(self.types.abilities(*arg)) {
                return Err(VmError::new(StatusCode::ConstraintNotSatisfied));
            }
        }
        Ok(())
    }

    /// Checks type arguments of a function against its type parameters.
    pub(crate) fn check_type_args(&self, function: FunctionNo, args: &[Ty]) -> VmResult<()> {
        let handle = self.handle(self.function(function));
        if handle.type_params.len() != args.len() {
            return Err(VmError::new(StatusCode::NumberOfTypeArgumentsMismatch));
        }
        for (constraints, arg) in handle.type_params.iter().zip(args) {
            if !constraints.is_subset(self.types.abilities(*arg)) {
                return Err(VmError::new(StatusCode::ConstraintNotSatisfied));
            }
        }
        Ok(())
    }

    /// Where a struct is defined: its module and the definition's index.
    pub(crate) fn struct_place(&self, id: StructId) -> (ModuleNo, usize) {
        let place = self.struct_places[id.0 as usize];
        (place.module, usize::from(place.def))
    }

    /// The module that defines a struct type.
    pub(crate) fn module_of(&self, ty: Ty) -> VmResult<ModuleNo> {
        match self.types.kind(ty) {
            Kind::Struct(id, _) => Ok(self.struct_places[id.0 as usize].module),
            _ => Err(VmError::invariant("not a struct")),
        }
    }

    /// What a struct or enum type is made of.
    pub(crate) fn body(&mut self, ty: Ty) -> VmResult<Arc<Body>> {
        if let Some(Some(body)) = self.bodies.get(ty.idx()) {
            return Ok(body.clone());
        }
        let Kind::Struct(id, args) = self.types.kind(ty).clone() else {
            return Err(VmError::invariant("not a struct"));
        };
        let (module, def) = self.struct_place(id);
        let code = self.module(module).code.clone();
        let def = code.struct_defs.get(def).ok_or_else(bounds)?;
        let mut list = |fields: &[move_binary_format::file_format::FieldDef]| -> VmResult<Box<[Ty]>> {
            fields.iter().map(|field| self.ty(module, &field.ty, &args)).collect()
        };
        let body = match &def.fields {
            StructFields::Plain(fields) => Body { is_enum: false, variants: vec![list(fields)?] },
            StructFields::Variants(variants) => {
                let variants = variants.iter().map(|variant| list(&variant.fields)).collect::<VmResult<_>>()?;
                Body { is_enum: true, variants }
            }
            StructFields::Native => return Err(VmError::new(StatusCode::UnimplementedFunctionality)),
        };
        let body = Arc::new(body);
        if self.bodies.len() <= ty.idx() {
            self.bodies.resize(ty.idx() + 1, None);
        }
        self.bodies[ty.idx()] = Some(body.clone());
        Ok(body)
    }

    /// What all values of a type have in common. Keeps its own stack: fields may nest deeper than types.
    pub(crate) fn facts(&mut self, ty: Ty) -> VmResult<Facts> {
        if let Some(Some(facts)) = self.facts.get(ty.idx()) {
            return Ok(*facts);
        }
        let mut stack = vec![(ty, false)];
        let mut open: Vec<Ty> = Vec::new();
        while let Some((ty, children_done)) = stack.pop() {
            if self.facts.get(ty.idx()).is_some_and(Option::is_some) {
                continue;
            }
            if children_done {
                open.pop();
                let facts = self.combine(ty)?;
                if self.facts.len() <= ty.idx() {
                    self.facts.resize(ty.idx() + 1, None);
                }
                self.facts[ty.idx()] = Some(facts);
                continue;
            }
            if open.contains(&ty) {
                return Err(VmError::new(StatusCode::RecursiveStructDefinition));
            }
            open.push(ty);
            stack.push((ty, true));
            match self.types.kind(ty) {
                Kind::Vector(element) => stack.push((*element, false)),
                Kind::Struct(..) => {
                    let body = self.body(ty)?;
                    stack.extend(body.variants.iter().flat_map(|fields| fields.iter()).map(|field| (*field, false)));
                }
                Kind::Bool | Kind::Int(_) | Kind::Address | Kind::Signer | Kind::Ref { .. } | Kind::Function(_) => {}
            }
        }
        self.facts.get(ty.idx()).copied().flatten().ok_or_else(bounds)
    }

    fn known_facts(&self, ty: Ty) -> VmResult<Facts> {
        self.facts.get(ty.idx()).copied().flatten().ok_or_else(bounds)
    }

    /// Facts of a type from those of its parts.
    fn combine(&mut self, ty: Ty) -> VmResult<Facts> {
        let leaf = |bcs| Facts { depth: 0, units: Some(40), nodes: 1, bcs, has_function: false };
        Ok(match self.types.kind(ty) {
            Kind::Bool => leaf(Some(1)),
            Kind::Int(kind) => leaf(Some(kind.bytes())),
            Kind::Address => leaf(Some(32)),
            Kind::Signer | Kind::Ref { .. } => leaf(None),
            Kind::Function(_) => Facts { units: None, has_function: true, ..leaf(None) },
            Kind::Vector(element) => {
                let element = self.known_facts(*element)?;
                Facts {
                    depth: element.depth.saturating_add(1),
                    units: None,
                    nodes: element.nodes.saturating_add(1),
                    bcs: None,
                    has_function: element.has_function,
                }
            }
            Kind::Struct(..) => {
                let body = self.body(ty)?;
                let mut facts = Facts { depth: 0, units: Some(40), nodes: 1, bcs: Some(0), has_function: false };
                for field in body.variants.iter().flat_map(|fields| fields.iter()) {
                    let field = self.known_facts(*field)?;
                    facts.depth = facts.depth.max(field.depth);
                    facts.nodes = facts.nodes.saturating_add(field.nodes);
                    facts.units = facts.units.zip(field.units).and_then(|(a, b)| a.checked_add(b));
                    facts.bcs = facts.bcs.zip(field.bcs).and_then(|(a, b)| a.checked_add(b));
                    facts.has_function |= field.has_function;
                }
                facts.depth = facts.depth.saturating_add(1);
                if body.is_enum {
                    facts.units = None;
                    facts.bcs = None;
                }
                facts
            }
        })
    }

    /// Fails when values of the type may nest too deep.
    pub(crate) fn check_depth(&mut self, ty: Ty) -> VmResult<()> {
        if self.facts(ty)?.depth > VALUE_DEPTH_MAX {
            return Err(VmError::new(StatusCode::VmMaxValueDepthReached));
        }
        Ok(())
    }

    /// Fails when the layout of the type is too big to encode or decode values by it.
    pub(crate) fn check_layout(&mut self, ty: Ty) -> VmResult<Facts> {
        let facts = self.facts(ty)?;
        if facts.nodes > LAYOUT_NODES_MAX {
            return Err(VmError::new(StatusCode::TooManyTypeNodes));
        }
        if facts.depth > VALUE_DEPTH_MAX {
            return Err(VmError::new(StatusCode::VmMaxValueDepthReached));
        }
        Ok(facts)
    }

    /// A function with type arguments, made ready to run.
    pub(crate) fn instantiate(&mut self, function: FunctionNo, ty_args: &[Ty]) -> VmResult<InstanceNo> {
        let key = (function, Box::from(ty_args));
        if let Some(no) = self.instance_index.get(&key) {
            return Ok(*no);
        }
        let instance = Instance::build(self, function, ty_args)?;
        let no = InstanceNo(u32::try_from(self.instances.len()).map_err(|_| bounds())?);
        self.instances.push(Arc::new(instance));
        self.instance_index.insert(key, no);
        Ok(no)
    }

    /// Whether the type is the named struct of address `0x1`.
    pub(crate) fn is_std(&self, ty: Ty, module: &str, name: &str) -> bool {
        match self.types.kind(ty) {
            Kind::Struct(id, _) => {
                let known = self.types.struct_name(*id);
                known.module.address == AccountAddress::ONE
                    && known.module.name.as_str() == module
                    && known.name.as_str() == name
            }
            _ => false,
        }
    }
}

/// The integer kind of a type.
pub(crate) fn int_kind(types: &Types, ty: Ty) -> Option<IntKind> {
    match types.kind(ty) {
        Kind::Int(kind) => Some(*kind),
        _ => None,
    }
}
