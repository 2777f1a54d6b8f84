//! The module or script under verification, with its signatures taken apart.

use crate::{
    error::Reject,
    op::{Arguments, Op},
    steps::Steps,
    types::{ListId, TypeId, Types},
};
use move_binary_format::file_format::{
    AbilitySet, Bytecode, CompiledModule, CompiledScript, FunctionDefIdx, FunctionHandleIdx, ModuleHandleIdx,
    SignatureIdx, StructDefIdx, StructFields, StructHandle, Tables,
};

/// What passes after the limits work on.
#[derive(Debug)]
pub(crate) struct Context<'m> {
    pub(crate) version: u32,
    pub(crate) tables: &'m Tables,
    /// `None` in scripts.
    pub(crate) self_handle: Option<ModuleHandleIdx>,
    pub(crate) types: Types<'m>,
    signatures: Vec<ListId>,
    /// By constant: its type.
    constants: Vec<TypeId>,
    /// By struct definition, by variant (a plain struct has one): the types of the fields.
    layouts: Vec<Vec<ListId>>,
    /// By function handle: its definition.
    definitions: Vec<Option<FunctionDefIdx>>,
}

impl<'m> Context<'m> {
    /// Takes all signatures and fields apart. Linear in their size.
    fn new(version: u32, tables: &'m Tables, self_handle: Option<ModuleHandleIdx>, steps: &'m Steps) -> Self {
        let mut types = Types::new(&tables.struct_handles, steps);
        let signatures = tables.signatures.iter().map(|signature| types.list_of(&signature.0)).collect();
        let constants = tables.constants.iter().map(|constant| types.id_of(&constant.ty)).collect();
        let layouts = tables
            .struct_defs
            .iter()
            .map(|def| {
                let mut list = |fields: &[move_binary_format::file_format::FieldDef]| {
                    let items: Vec<TypeId> = fields.iter().map(|field| types.id_of(&field.ty)).collect();
                    types.list(&items)
                };
                match &def.fields {
                    StructFields::Native => Vec::new(),
                    StructFields::Plain(fields) => vec![list(fields)],
                    StructFields::Variants(variants) => variants.iter().map(|variant| list(&variant.fields)).collect(),
                }
            })
            .collect();
        let mut definitions = vec![None; tables.function_handles.len()];
        for (index, def) in (0u16..).zip(&tables.function_defs) {
            definitions[usize::from(def.handle.0)] = Some(FunctionDefIdx(index));
        }
        Self { version, tables, self_handle, types, signatures, constants, layouts, definitions }
    }

    pub(crate) fn of_module(module: &'m CompiledModule, steps: &'m Steps) -> Self {
        Self::new(module.version, &module.tables, Some(module.self_handle), steps)
    }

    pub(crate) fn of_script(script: &'m CompiledScript, steps: &'m Steps) -> Self {
        Self::new(script.version, &script.tables, None, steps)
    }

    /// Resolves an instruction.
    pub(crate) fn op(&self, instruction: &Bytecode) -> Op {
        self.count(1);
        Op::new(self.tables, instruction)
    }

    /// Counts work that no meter charges for.
    pub(crate) fn count(&self, steps: u64) {
        self.types.steps().count(steps);
    }

    /// All signatures.
    pub(crate) fn signatures(&self) -> &[ListId] {
        &self.signatures
    }

    /// The type of a constant.
    pub(crate) fn constant_type(&self, index: usize) -> TypeId {
        self.constants[index]
    }

    /// The types of a signature.
    pub(crate) fn signature(&self, index: SignatureIdx) -> ListId {
        self.signatures[usize::from(index.0)]
    }

    /// The types of a signature, as a slice.
    pub(crate) fn signature_items(&self, index: SignatureIdx) -> &[TypeId] {
        self.types.items(self.signature(index))
    }

    /// The type arguments of an instruction; none for the plain form.
    pub(crate) fn arguments(&self, arguments: Arguments) -> ListId {
        arguments.map_or(Types::EMPTY, |index| self.signature(index))
    }

    /// The handle of an own struct or enum.
    pub(crate) fn struct_handle(&self, owner: StructDefIdx) -> &'m StructHandle {
        let def = &self.tables.struct_defs[usize::from(owner.0)];
        &self.tables.struct_handles[usize::from(def.handle.0)]
    }

    /// The types of the fields of a plain struct (`None`) or of one variant, with type parameters
    /// as declared; nothing if the definition has another shape.
    pub(crate) fn fields(&self, owner: StructDefIdx, variant: Option<u16>) -> Option<ListId> {
        let layout = &self.layouts[usize::from(owner.0)];
        match (&self.tables.struct_defs[usize::from(owner.0)].fields, variant) {
            (StructFields::Plain(_), None) => layout.first().copied(),
            (StructFields::Variants(_), Some(variant)) => layout.get(usize::from(variant)).copied(),
            (StructFields::Native, _) | (StructFields::Plain(_), Some(_)) | (StructFields::Variants(_), None) => None,
        }
    }

    /// The types of all fields of an own struct or enum, by variant.
    pub(crate) fn layout(&self, owner: StructDefIdx) -> &[ListId] {
        &self.layouts[usize::from(owner.0)]
    }

    /// The type that an instruction names by definition and type arguments.
    pub(crate) fn owner_type(&mut self, owner: StructDefIdx, arguments: Arguments) -> TypeId {
        let arguments = self.arguments(arguments);
        let handle = self.tables.struct_defs[usize::from(owner.0)].handle;
        self.types.owner(handle, arguments)
    }

    /// The definition of an own function.
    pub(crate) fn definition(&self, function: FunctionHandleIdx) -> Option<FunctionDefIdx> {
        self.definitions[usize::from(function.0)]
    }

    /// By function definition: its body; `None` for natives.
    pub(crate) fn bodies(&self) -> Vec<Option<Body<'m>>> {
        let count = u16::try_from(self.tables.function_defs.len()).unwrap_or(u16::MAX);
        (0..count).map(|index| self.body(FunctionDefIdx(index))).collect()
    }

    fn body(&self, index: FunctionDefIdx) -> Option<Body<'m>> {
        let def = &self.tables.function_defs[usize::from(index.0)];
        let handle = &self.tables.function_handles[usize::from(def.handle.0)];
        let code = def.code.as_ref()?;
        let parameters = self.signature_items(handle.parameters);
        self.count(parameters.len() as u64 + self.signature_items(code.locals).len() as u64);
        let locals = [parameters, self.signature_items(code.locals)].concat();
        Some(Body {
            definition: Some(index),
            type_params: &handle.type_params,
            parameter_count: parameters.len(),
            locals,
            declared_locals: code.locals,
            results: self.signature(handle.results),
            code: &code.code,
            ops: self.ops(&code.code),
            acquires: &def.acquires,
        })
    }

    fn ops(&self, code: &[Bytecode]) -> Vec<Op> {
        code.iter().map(|instruction| self.op(instruction)).collect()
    }

    /// The body of a script.
    pub(crate) fn script_body(&self, script: &'m CompiledScript) -> Body<'m> {
        let parameters = self.signature_items(script.parameters);
        let locals = [parameters, self.signature_items(script.code.locals)].concat();
        Body {
            definition: None,
            type_params: &script.type_params,
            parameter_count: parameters.len(),
            locals,
            declared_locals: script.code.locals,
            results: Types::EMPTY,
            code: &script.code.code,
            ops: self.ops(&script.code.code),
            acquires: &[],
        }
    }
}

/// One function with code.
#[derive(Debug)]
pub(crate) struct Body<'m> {
    /// `None` for the body of a script.
    pub(crate) definition: Option<FunctionDefIdx>,
    pub(crate) type_params: &'m [AbilitySet],
    pub(crate) parameter_count: usize,
    /// Types of the parameters, then of the declared locals.
    pub(crate) locals: Vec<TypeId>,
    pub(crate) declared_locals: SignatureIdx,
    pub(crate) results: ListId,
    pub(crate) code: &'m [Bytecode],
    /// The same, resolved.
    pub(crate) ops: Vec<Op>,
    pub(crate) acquires: &'m [StructDefIdx],
}

impl Body<'_> {
    /// Adds the function to an error.
    pub(crate) fn locate(&self, reject: Reject) -> Reject {
        reject.in_function(self.definition.map(|index| index.0))
    }
}
