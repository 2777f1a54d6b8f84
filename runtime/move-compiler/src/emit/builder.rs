//! The tables of a binary, filled on first use.

use crate::{
    ast::Visibility,
    ir::Callee,
    program::{Program, TypeParamDecl},
    types::{FunId, FunTy, IntTy, ModId, StructId, Ty, Value},
};
use move_binary_format::file_format::{
    AddressIdx, Bytecode, Constant, ConstantIdx, FieldHandle, FieldHandleIdx, FieldInstIdx, FunctionAttribute,
    FunctionHandle, FunctionHandleIdx, FunctionInstIdx, FunctionType, IdentifierIdx, Instantiation, ModuleHandle,
    ModuleHandleIdx, Signature, SignatureIdx, SignatureToken, StructDefIdx, StructDefInstIdx, StructHandle,
    StructHandleIdx, StructTypeParam, StructVariantHandle, StructVariantHandleIdx, StructVariantInstIdx,
    Tables as Pools, VariantFieldHandle, VariantFieldHandleIdx, VariantFieldInstIdx,
};
use move_core_types::{AccountAddress, Identifier, ability::AbilitySet};
use std::{collections::BTreeMap, rc::Rc};

/// A storage operation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Storage {
    MoveTo,
    MoveFrom,
    Borrow,
    BorrowMut,
    Exists,
}

/// What is known of a function that code may call.
#[derive(Debug, Clone)]
pub(crate) struct LiftedSignature {
    pub(crate) name: String,
    pub(crate) type_params: Vec<TypeParamDecl>,
    pub(crate) params: Vec<Ty>,
    pub(crate) results: Vec<Ty>,
}

pub(crate) struct Tables<'p> {
    pub(super) program: &'p Program,
    pub(super) module: ModId,
    pub(super) pools: Pools,
    /// Newest file version that anything used needs.
    pub(super) version: u32,
    pub(super) overflow: Option<&'static str>,
    pub(super) lifted: Vec<LiftedSignature>,
    struct_defs: BTreeMap<StructId, u16>,
    identifiers: BTreeMap<String, u16>,
    addresses: BTreeMap<AccountAddress, u16>,
    modules: BTreeMap<ModId, u16>,
    struct_handles: BTreeMap<StructId, u16>,
    function_handles: BTreeMap<Callee, u16>,
    signatures: BTreeMap<Vec<u8>, u16>,
    constants: BTreeMap<(Vec<u8>, Vec<u8>), u16>,
}

fn index_of<T: PartialEq>(list: &mut Vec<T>, item: T, overflow: &mut Option<&'static str>, what: &'static str) -> u16 {
    if let Some(at) = list.iter().position(|other| *other == item) {
        return at as u16;
    }
    if list.len() >= usize::from(u16::MAX) {
        *overflow = Some(what);
        return 0;
    }
    list.push(item);
    list.len() as u16 - 1
}

impl<'p> Tables<'p> {
    pub(super) fn new(program: &'p Program, module: ModId, version: u32) -> Self {
        let structs = &program.module(module).structs;
        let struct_defs = structs.iter().enumerate().map(|(nth, id)| (*id, nth as u16)).collect();
        let mut tables = Tables {
            program,
            module,
            pools: Pools::default(),
            version,
            overflow: None,
            lifted: Vec::new(),
            struct_defs,
            identifiers: BTreeMap::new(),
            addresses: BTreeMap::new(),
            modules: BTreeMap::new(),
            struct_handles: BTreeMap::new(),
            function_handles: BTreeMap::new(),
            signatures: BTreeMap::new(),
            constants: BTreeMap::new(),
        };
        tables.signature(&[]);
        tables
    }

    fn full(&mut self, length: usize, what: &'static str) -> bool {
        if length >= usize::from(u16::MAX) {
            self.overflow = Some(what);
        }
        length >= usize::from(u16::MAX)
    }

    pub(super) fn identifier(&mut self, name: &str) -> IdentifierIdx {
        if let Some(index) = self.identifiers.get(name) {
            return IdentifierIdx(*index);
        }
        if self.full(self.pools.identifiers.len(), "identifiers") {
            return IdentifierIdx(0);
        }
        match Identifier::new(name) {
            Ok(identifier) => self.pools.identifiers.push(identifier),
            Err(_) => {
                self.overflow = Some("valid identifiers");
                return IdentifierIdx(0);
            }
        }
        let index = self.pools.identifiers.len() as u16 - 1;
        self.identifiers.insert(name.to_string(), index);
        IdentifierIdx(index)
    }

    fn address(&mut self, address: AccountAddress) -> AddressIdx {
        let pools = &mut self.pools;
        let index = *self.addresses.entry(address).or_insert_with(|| {
            pools.addresses.push(address);
            pools.addresses.len() as u16 - 1
        });
        AddressIdx(index)
    }

    pub(super) fn module_handle(&mut self, id: ModId) -> ModuleHandleIdx {
        if let Some(index) = self.modules.get(&id) {
            return ModuleHandleIdx(*index);
        }
        let handle = self.module_name(id);
        self.pools.module_handles.push(handle);
        let index = self.pools.module_handles.len() as u16 - 1;
        self.modules.insert(id, index);
        ModuleHandleIdx(index)
    }

    pub(super) fn module_name(&mut self, id: ModId) -> ModuleHandle {
        let program = self.program;
        let module = program.module(id);
        ModuleHandle { address: self.address(module.address), name: self.identifier(&module.name) }
    }

    pub(super) fn struct_handle(&mut self, id: StructId) -> StructHandleIdx {
        if let Some(index) = self.struct_handles.get(&id) {
            return StructHandleIdx(*index);
        }
        if self.full(self.pools.struct_handles.len(), "struct handles") {
            return StructHandleIdx(0);
        }
        let program = self.program;
        let decl = program.strukt(id);
        let handle = StructHandle {
            module: self.module_handle(decl.module),
            name: self.identifier(&decl.name),
            abilities: decl.abilities,
            type_params: decl
                .type_params
                .iter()
                .map(|param| StructTypeParam { constraints: param.abilities, is_phantom: param.phantom })
                .collect(),
        };
        self.pools.struct_handles.push(handle);
        let index = self.pools.struct_handles.len() as u16 - 1;
        self.struct_handles.insert(id, index);
        StructHandleIdx(index)
    }

    // Types --------------------------------------------------------------------------------------

    pub(super) fn token(&mut self, ty: &Ty) -> SignatureToken {
        match ty {
            Ty::Bool => SignatureToken::Bool,
            Ty::Address => SignatureToken::Address,
            Ty::Signer => SignatureToken::Signer,
            Ty::Int(int) => {
                if int.is_signed() {
                    self.version = self.version.max(9);
                }
                match int {
                    IntTy::U8 => SignatureToken::U8,
                    IntTy::U16 => SignatureToken::U16,
                    IntTy::U32 => SignatureToken::U32,
                    IntTy::U64 => SignatureToken::U64,
                    IntTy::U128 => SignatureToken::U128,
                    IntTy::U256 => SignatureToken::U256,
                    IntTy::I8 => SignatureToken::I8,
                    IntTy::I16 => SignatureToken::I16,
                    IntTy::I32 => SignatureToken::I32,
                    IntTy::I64 => SignatureToken::I64,
                    IntTy::I128 => SignatureToken::I128,
                    IntTy::I256 => SignatureToken::I256,
                }
            }
            Ty::Vector(inner) => SignatureToken::vector(self.token(inner)),
            Ty::Ref(false, inner) => SignatureToken::reference(self.token(inner)),
            Ty::Ref(true, inner) => SignatureToken::mutable_reference(self.token(inner)),
            Ty::Struct(id, args) => {
                let handle = self.struct_handle(*id);
                if args.is_empty() {
                    SignatureToken::Struct(handle)
                } else {
                    SignatureToken::StructInst(handle, args.iter().map(|ty| self.token(ty)).collect())
                }
            }
            Ty::Fun(fun) => {
                self.version = self.version.max(8);
                SignatureToken::Function(Box::new(self.function_type(fun)))
            }
            Ty::Param(index) => SignatureToken::TypeParam(*index),
            // None of these survives checking.
            Ty::Tuple(_) | Ty::Var(_) | Ty::Never | Ty::Error => SignatureToken::Bool,
        }
    }

    fn function_type(&mut self, fun: &Rc<FunTy>) -> FunctionType {
        FunctionType {
            args: fun.args.iter().map(|ty| self.token(ty)).collect(),
            results: fun.result.flatten().iter().map(|ty| self.token(ty)).collect(),
            abilities: fun.abilities,
        }
    }

    pub(super) fn signature(&mut self, types: &[Ty]) -> SignatureIdx {
        let tokens: Vec<SignatureToken> = types.iter().map(|ty| self.token(ty)).collect();
        let key = format!("{tokens:?}").into_bytes();
        if let Some(index) = self.signatures.get(&key) {
            return SignatureIdx(*index);
        }
        if self.full(self.pools.signatures.len(), "signatures") {
            return SignatureIdx(0);
        }
        self.pools.signatures.push(Signature(tokens));
        let index = self.pools.signatures.len() as u16 - 1;
        self.signatures.insert(key, index);
        SignatureIdx(index)
    }

    // Functions ----------------------------------------------------------------------------------

    pub(super) fn function_handle(&mut self, callee: Callee) -> FunctionHandleIdx {
        if let Some(index) = self.function_handles.get(&callee) {
            return FunctionHandleIdx(*index);
        }
        if self.full(self.pools.function_handles.len(), "function handles") {
            return FunctionHandleIdx(0);
        }
        let handle = match callee {
            Callee::Declared(id) => self.declared_handle(id),
            Callee::Lifted(nth) => {
                let signature = self.lifted.get(nth).cloned().unwrap_or_else(|| LiftedSignature {
                    name: format!("__lambda__{nth}"),
                    type_params: Vec::new(),
                    params: Vec::new(),
                    results: Vec::new(),
                });
                self.handle(
                    self.module,
                    &signature.name,
                    &signature.type_params,
                    &signature.params,
                    &signature.results,
                    Vec::new(),
                )
            }
        };
        self.pools.function_handles.push(handle);
        let index = self.pools.function_handles.len() as u16 - 1;
        self.function_handles.insert(callee, index);
        FunctionHandleIdx(index)
    }

    fn declared_handle(&mut self, id: FunId) -> FunctionHandle {
        let program = self.program;
        let decl = program.fun(id);
        let params: Vec<Ty> = decl.params.iter().map(|(_, _, ty)| ty.clone()).collect();
        let mut attributes = Vec::new();
        let lock = crate::program::attribute(&decl.ast.attributes, "module_lock").is_some();
        // A public function without attributes counts as persistent; with one, it must say so.
        if decl.is_persistent || lock && decl.visibility == Visibility::Public {
            attributes.push(FunctionAttribute::Persistent);
        }
        if lock {
            attributes.push(FunctionAttribute::ModuleLock);
        }
        if !attributes.is_empty() {
            self.version = self.version.max(8);
        }
        self.handle(decl.module, &decl.name, &decl.type_params, &params, &decl.result.flatten(), attributes)
    }

    fn handle(
        &mut self,
        module: ModId,
        name: &str,
        type_params: &[TypeParamDecl],
        params: &[Ty],
        results: &[Ty],
        attributes: Vec<FunctionAttribute>,
    ) -> FunctionHandle {
        FunctionHandle {
            module: self.module_handle(module),
            name: self.identifier(name),
            parameters: self.signature(params),
            results: self.signature(results),
            type_params: type_params.iter().map(|param| param.abilities).collect::<Vec<AbilitySet>>(),
            access: None,
            attributes,
        }
    }

    fn function_inst(&mut self, callee: Callee, targs: &[Ty]) -> FunctionInstIdx {
        let inst = Instantiation { target: self.function_handle(callee), type_args: self.signature(targs) };
        FunctionInstIdx(index_of(&mut self.pools.function_insts, inst, &mut self.overflow, "function instantiations"))
    }

    pub(super) fn call(&mut self, callee: Callee, targs: &[Ty]) -> Bytecode {
        if targs.is_empty() {
            Bytecode::Call(self.function_handle(callee))
        } else {
            Bytecode::CallGeneric(self.function_inst(callee, targs))
        }
    }

    pub(super) fn pack_closure(&mut self, callee: Callee, targs: &[Ty], mask: u64) -> Bytecode {
        self.version = self.version.max(8);
        // The machine stores closures over what it knows to be persistent; of a public function the handle says it.
        if let Callee::Declared(id) = callee
            && self.program.fun(id).visibility == crate::ast::Visibility::Public
        {
            let index = self.function_handle(callee);
            if let Some(handle) = self.pools.function_handles.get_mut(usize::from(index.0))
                && !handle.attributes.contains(&FunctionAttribute::Persistent)
            {
                handle.attributes.insert(0, FunctionAttribute::Persistent);
            }
        }
        if targs.is_empty() {
            Bytecode::PackClosure(self.function_handle(callee), mask)
        } else {
            Bytecode::PackClosureGeneric(self.function_inst(callee, targs), mask)
        }
    }

    // Types of this module -----------------------------------------------------------------------

    fn struct_def(&self, id: StructId) -> StructDefIdx {
        StructDefIdx(self.struct_defs.get(&id).copied().unwrap_or(0))
    }

    fn struct_inst(&mut self, id: StructId, targs: &[Ty]) -> StructDefInstIdx {
        let inst = Instantiation { target: self.struct_def(id), type_args: self.signature(targs) };
        StructDefInstIdx(index_of(&mut self.pools.struct_def_insts, inst, &mut self.overflow, "struct instantiations"))
    }

    /// A plain struct without fields, which has a hidden one in the binary.
    pub(super) fn is_empty_struct(&self, id: StructId) -> bool {
        let decl = self.program.strukt(id);
        !decl.is_enum && decl.variants.first().is_none_or(|variant| variant.fields.is_empty())
    }

    fn variant(&mut self, id: StructId, variant: usize) -> StructVariantHandleIdx {
        let handle = StructVariantHandle { owner: self.struct_def(id), variant: variant as u16 };
        StructVariantHandleIdx(index_of(
            &mut self.pools.struct_variant_handles,
            handle,
            &mut self.overflow,
            "variant handles",
        ))
    }

    fn variant_inst(&mut self, id: StructId, variant: usize, targs: &[Ty]) -> StructVariantInstIdx {
        let inst = Instantiation { target: self.variant(id, variant), type_args: self.signature(targs) };
        StructVariantInstIdx(index_of(
            &mut self.pools.struct_variant_insts,
            inst,
            &mut self.overflow,
            "variant instantiations",
        ))
    }

    pub(super) fn pack(&mut self, id: StructId, variant: usize, targs: &[Ty]) -> Bytecode {
        if self.program.strukt(id).module != self.module {
            return self.accessor(
                format!("pack${}", self.accessor_suffix(id, variant)),
                targs,
                id,
                variant,
                Accessor::Pack,
            );
        }
        match (self.program.strukt(id).is_enum, targs.is_empty()) {
            (false, true) => Bytecode::Pack(self.struct_def(id)),
            (false, false) => Bytecode::PackGeneric(self.struct_inst(id, targs)),
            (true, true) => Bytecode::PackVariant(self.variant(id, variant)),
            (true, false) => Bytecode::PackVariantGeneric(self.variant_inst(id, variant, targs)),
        }
    }

    pub(super) fn unpack(&mut self, id: StructId, variant: usize, targs: &[Ty]) -> Bytecode {
        if self.program.strukt(id).module != self.module {
            return self.accessor(
                format!("unpack${}", self.accessor_suffix(id, variant)),
                targs,
                id,
                variant,
                Accessor::Unpack,
            );
        }
        match (self.program.strukt(id).is_enum, targs.is_empty()) {
            (false, true) => Bytecode::Unpack(self.struct_def(id)),
            (false, false) => Bytecode::UnpackGeneric(self.struct_inst(id, targs)),
            (true, true) => Bytecode::UnpackVariant(self.variant(id, variant)),
            (true, false) => Bytecode::UnpackVariantGeneric(self.variant_inst(id, variant, targs)),
        }
    }

    pub(super) fn test_variant(&mut self, id: StructId, variant: usize, targs: &[Ty]) -> Bytecode {
        if self.program.strukt(id).module != self.module {
            return self.accessor(
                format!("test_variant${}", self.accessor_suffix(id, variant)),
                targs,
                id,
                variant,
                Accessor::Test,
            );
        }
        if targs.is_empty() {
            Bytecode::TestVariant(self.variant(id, variant))
        } else {
            Bytecode::TestVariantGeneric(self.variant_inst(id, variant, targs))
        }
    }

    pub(super) fn borrow_field(
        &mut self,
        mutable: bool,
        id: StructId,
        variants: &[usize],
        field: usize,
        targs: &[Ty],
    ) -> Bytecode {
        if self.program.strukt(id).module != self.module {
            return self.field_accessor(mutable, id, variants, field, targs);
        }
        if variants.is_empty() {
            let handle = FieldHandle { owner: self.struct_def(id), field: field as u16 };
            let handle =
                FieldHandleIdx(index_of(&mut self.pools.field_handles, handle, &mut self.overflow, "field handles"));
            if targs.is_empty() {
                return if mutable { Bytecode::MutBorrowField(handle) } else { Bytecode::ImmBorrowField(handle) };
            }
            let inst = Instantiation { target: handle, type_args: self.signature(targs) };
            let inst =
                FieldInstIdx(index_of(&mut self.pools.field_insts, inst, &mut self.overflow, "field instantiations"));
            return if mutable { Bytecode::MutBorrowFieldGeneric(inst) } else { Bytecode::ImmBorrowFieldGeneric(inst) };
        }
        let handle = VariantFieldHandle {
            owner: self.struct_def(id),
            variants: variants.iter().map(|nth| *nth as u16).collect(),
            field: field as u16,
        };
        let handle = VariantFieldHandleIdx(index_of(
            &mut self.pools.variant_field_handles,
            handle,
            &mut self.overflow,
            "variant field handles",
        ));
        if targs.is_empty() {
            return if mutable {
                Bytecode::MutBorrowVariantField(handle)
            } else {
                Bytecode::ImmBorrowVariantField(handle)
            };
        }
        let inst = Instantiation { target: handle, type_args: self.signature(targs) };
        let inst = VariantFieldInstIdx(index_of(
            &mut self.pools.variant_field_insts,
            inst,
            &mut self.overflow,
            "variant field instantiations",
        ));
        if mutable {
            Bytecode::MutBorrowVariantFieldGeneric(inst)
        } else {
            Bytecode::ImmBorrowVariantFieldGeneric(inst)
        }
    }

    pub(super) fn storage(&mut self, op: Storage, id: StructId, targs: &[Ty]) -> Bytecode {
        if targs.is_empty() {
            let def = self.struct_def(id);
            return match op {
                Storage::MoveTo => Bytecode::MoveTo(def),
                Storage::MoveFrom => Bytecode::MoveFrom(def),
                Storage::Borrow => Bytecode::ImmBorrowGlobal(def),
                Storage::BorrowMut => Bytecode::MutBorrowGlobal(def),
                Storage::Exists => Bytecode::Exists(def),
            };
        }
        let inst = self.struct_inst(id, targs);
        match op {
            Storage::MoveTo => Bytecode::MoveToGeneric(inst),
            Storage::MoveFrom => Bytecode::MoveFromGeneric(inst),
            Storage::Borrow => Bytecode::ImmBorrowGlobalGeneric(inst),
            Storage::BorrowMut => Bytecode::MutBorrowGlobalGeneric(inst),
            Storage::Exists => Bytecode::ExistsGeneric(inst),
        }
    }

    // Accessors of public types of other modules ---------------------------------------------------

    fn accessor_suffix(&self, id: StructId, variant: usize) -> String {
        let decl = self.program.strukt(id);
        if decl.is_enum { format!("{}${}", decl.name, decl.variants[variant].name) } else { decl.name.to_string() }
    }

    fn accessor(&mut self, name: String, targs: &[Ty], id: StructId, variant: usize, kind: Accessor) -> Bytecode {
        let decl = self.program.strukt(id);
        let own = Ty::Struct(id, (0..decl.type_params.len()).map(|index| Ty::Param(index as u16)).collect());
        let fields: Vec<Ty> = decl.variants[variant].fields.iter().map(|field| field.ty.clone()).collect();
        let tag = variant as u16;
        let (params, results, attribute) = match kind {
            Accessor::Pack => (
                fields,
                vec![own],
                if decl.is_enum { FunctionAttribute::PackVariant(tag) } else { FunctionAttribute::Pack },
            ),
            Accessor::Unpack => (
                vec![own],
                fields,
                if decl.is_enum { FunctionAttribute::UnpackVariant(tag) } else { FunctionAttribute::Unpack },
            ),
            Accessor::Test => (vec![Ty::reference(false, own)], vec![Ty::Bool], FunctionAttribute::TestVariant(tag)),
        };
        self.foreign_call(&name, id, params, results, attribute, targs)
    }

    fn field_accessor(
        &mut self,
        mutable: bool,
        id: StructId,
        variants: &[usize],
        field: usize,
        targs: &[Ty],
    ) -> Bytecode {
        let decl = self.program.strukt(id);
        let own = Ty::Struct(id, (0..decl.type_params.len()).map(|index| Ty::Param(index as u16)).collect());
        let ty = decl.variants[variants.first().copied().unwrap_or(0)].fields[field].ty.clone();
        let word = if mutable { "borrow_mut" } else { "borrow" };
        let name = if decl.is_enum {
            format!("{word}${}${field}${}", decl.name, type_order(decl, field, &ty))
        } else {
            format!("{word}${}${field}", decl.name)
        };
        let attribute = if mutable {
            FunctionAttribute::BorrowFieldMutable(field as u16)
        } else {
            FunctionAttribute::BorrowFieldImmutable(field as u16)
        };
        self.foreign_call(
            &name,
            id,
            vec![Ty::reference(mutable, own)],
            vec![Ty::reference(mutable, ty)],
            attribute,
            targs,
        )
    }

    fn foreign_call(
        &mut self,
        name: &str,
        id: StructId,
        params: Vec<Ty>,
        results: Vec<Ty>,
        attribute: FunctionAttribute,
        targs: &[Ty],
    ) -> Bytecode {
        self.version = self.version.max(10);
        let program = self.program;
        let decl = program.strukt(id);
        let handle = self.handle(decl.module, name, &decl.type_params, &params, &results, vec![attribute]);
        let handle = FunctionHandleIdx(index_of(
            &mut self.pools.function_handles,
            handle,
            &mut self.overflow,
            "function handles",
        ));
        if targs.is_empty() {
            return Bytecode::Call(handle);
        }
        let inst = Instantiation { target: handle, type_args: self.signature(targs) };
        Bytecode::CallGeneric(FunctionInstIdx(index_of(
            &mut self.pools.function_insts,
            inst,
            &mut self.overflow,
            "function instantiations",
        )))
    }

    // Constants ----------------------------------------------------------------------------------

    pub(super) fn load_constant(&mut self, value: &Value) -> Bytecode {
        Bytecode::LdConst(self.constant_index(value))
    }

    pub(super) fn constant_index(&mut self, value: &Value) -> ConstantIdx {
        let ty = self.token(&value.ty());
        let mut data = Vec::new();
        value.encode(&mut data);
        if data.len() > usize::from(u16::MAX) {
            self.overflow = Some("bytes in one constant");
        }
        let key = (format!("{ty:?}").into_bytes(), data.clone());
        if let Some(index) = self.constants.get(&key) {
            return ConstantIdx(*index);
        }
        if self.full(self.pools.constants.len(), "constants") {
            return ConstantIdx(0);
        }
        self.pools.constants.push(Constant { ty, data });
        let index = self.pools.constants.len() as u16 - 1;
        self.constants.insert(key, index);
        ConstantIdx(index)
    }

    /// The index of a constant that is in the pool already.
    pub(super) fn known_constant(&mut self, value: &Value) -> Option<u16> {
        let ty = self.token(&value.ty());
        let mut data = Vec::new();
        value.encode(&mut data);
        self.constants.get(&(format!("{ty:?}").into_bytes(), data)).copied()
    }

    pub(super) fn struct_def_index(&self, id: StructId) -> Option<StructDefIdx> {
        self.struct_defs.get(&id).map(|index| StructDefIdx(*index))
    }
}

#[derive(Clone, Copy)]
enum Accessor {
    Pack,
    Unpack,
    Test,
}

/// The number of a (field index, field type) pair of an enum, counted in declaration order.
pub(super) fn type_order(decl: &crate::program::StructDecl, field: usize, ty: &Ty) -> usize {
    let mut seen: Vec<(usize, &Ty)> = Vec::new();
    for variant in &decl.variants {
        for (index, other) in variant.fields.iter().enumerate() {
            if !seen.contains(&(index, &other.ty)) {
                if index == field && other.ty == *ty {
                    return seen.len();
                }
                seen.push((index, &other.ty));
            }
        }
    }
    0
}

impl Tables<'_> {
    /// The handle of a generated accessor of an own type.
    pub(super) fn accessor_handle(
        &mut self,
        name: &str,
        id: StructId,
        params: &[Ty],
        results: &[Ty],
        attribute: FunctionAttribute,
    ) -> FunctionHandleIdx {
        let program = self.program;
        let handle = self.handle(self.module, name, &program.strukt(id).type_params, params, results, vec![attribute]);
        FunctionHandleIdx(index_of(&mut self.pools.function_handles, handle, &mut self.overflow, "function handles"))
    }
}
