//! Bounds: every index refers to something.
//!
//! Runs after decoding and again as the first pass of the verifier, since modules can also be built
//! by hand. Everything later may look up indices without surprises. Linear: the largest type
//! parameter of each signature is computed once, not per use.

use crate::{
    cursor::malformed,
    errors::{FormatError, IndexKind, Place},
    file_format::{
        AccessSpecifier, AddressSpecifier, Bytecode, CodeUnit, CompiledModule, CompiledScript, FieldDef, Instantiation,
        ModuleHandle, ResourceSpecifier, SignatureIdx, SignatureToken, StructFields, TableIndex, Tables, VariantIdx,
    },
};
use move_core_types::StatusCode;

type Check = Result<(), FormatError>;

/// The most parameters and locals of one function.
pub const LOCALS_MAX: usize = 255;

/// Checks every index of a module.
///
/// # Errors
/// The first index out of range; also missing module handles, arity of struct types, enums without
/// variants and too many locals.
pub fn check_module(module: &CompiledModule) -> Check {
    let checker = Checker::new(&module.tables, false);
    checker.signatures_and_constants()?;
    checker.module_handles(&module.module_handles)?;
    checker.index(module.self_handle)?;
    checker.handles()?;
    checker.field_handles()?;
    checker.module_handles(&module.friends)?;
    checker.insts(&module.struct_def_insts)?;
    checker.insts(&module.function_insts)?;
    checker.insts(&module.field_insts)?;
    checker.struct_defs()?;
    checker.variant_handles()?;
    checker.insts(&module.variant_field_insts)?;
    checker.insts(&module.struct_variant_insts)?;
    checker.function_defs()
}

/// Checks every index of a script.
///
/// # Errors
/// As [`check_module`], and instructions that need what only modules have.
pub fn check_script(script: &CompiledScript) -> Check {
    let checker = Checker::new(&script.tables, true);
    checker.signatures_and_constants()?;
    checker.module_handles(&script.module_handles)?;
    checker.handles()?;
    checker.insts(&script.function_insts)?;
    checker.index(script.parameters)?;
    checker.type_params_of(script.parameters, script.type_params.len())?;
    let parameters = checker.length_of(script.parameters);
    checker.access(script.access.as_deref(), parameters)?;
    checker.code(&script.code, script.type_params.len(), parameters, None)
}

fn out_of_bounds(kind: IndexKind, index: usize, length: usize) -> FormatError {
    let message = format!("{kind:?} {index} of {length}");
    let place = u16::try_from(index).ok().map(|index| Place::Entry(kind, index));
    FormatError { status: StatusCode::IndexOutOfBounds, place, message }
}

fn in_range(kind: IndexKind, index: usize, length: usize) -> Check {
    if index < length { Ok(()) } else { Err(out_of_bounds(kind, index, length)) }
}

/// One more than the largest type parameter among tokens.
fn type_params_used<'a>(tokens: impl IntoIterator<Item = &'a SignatureToken>) -> usize {
    let nodes = tokens.into_iter().flat_map(|token| token.nodes());
    let used = nodes.map(|(node, _)| match node {
        SignatureToken::TypeParam(index) => usize::from(*index) + 1,
        _ => 0,
    });
    used.max().unwrap_or(0)
}

struct Checker<'a> {
    tables: &'a Tables,
    is_script: bool,
    /// For each signature, one more than the largest type parameter in it.
    used: Vec<usize>,
}

impl<'a> Checker<'a> {
    fn new(tables: &'a Tables, is_script: bool) -> Self {
        let used = tables.signatures.iter().map(|signature| type_params_used(&signature.0)).collect();
        Self { tables, is_script, used }
    }

    fn length(&self, kind: IndexKind) -> usize {
        let tables = self.tables;
        match kind {
            IndexKind::ModuleHandle => tables.module_handles.len(),
            IndexKind::StructHandle => tables.struct_handles.len(),
            IndexKind::FunctionHandle => tables.function_handles.len(),
            IndexKind::FieldHandle => tables.field_handles.len(),
            IndexKind::FriendDeclaration => tables.friends.len(),
            IndexKind::FunctionInstantiation => tables.function_insts.len(),
            IndexKind::FieldInstantiation => tables.field_insts.len(),
            IndexKind::StructDefinition => tables.struct_defs.len(),
            IndexKind::StructDefInstantiation => tables.struct_def_insts.len(),
            IndexKind::FunctionDefinition => tables.function_defs.len(),
            IndexKind::VariantFieldHandle => tables.variant_field_handles.len(),
            IndexKind::VariantFieldInstantiation => tables.variant_field_insts.len(),
            IndexKind::StructVariantHandle => tables.struct_variant_handles.len(),
            IndexKind::StructVariantInstantiation => tables.struct_variant_insts.len(),
            IndexKind::Signature => tables.signatures.len(),
            IndexKind::Identifier => tables.identifiers.len(),
            IndexKind::AddressIdentifier => tables.addresses.len(),
            IndexKind::ConstantPool => tables.constants.len(),
            // These count within one definition, not in a table.
            IndexKind::FieldDefinition | IndexKind::VariantDefinition | IndexKind::LocalPool => 0,
            IndexKind::CodeDefinition | IndexKind::TypeParameter | IndexKind::MemberCount => 0,
        }
    }

    fn index<I: TableIndex>(&self, index: I) -> Check {
        in_range(I::KIND, index.as_usize(), self.length(I::KIND))
    }

    fn length_of(&self, signature: SignatureIdx) -> usize {
        self.tables.signature(signature).map_or(0, |signature| signature.0.len())
    }

    /// The signature exists already; its type parameters must be among `count`.
    fn type_params_of(&self, signature: SignatureIdx, count: usize) -> Check {
        match self.used.get(signature.as_usize()).copied().unwrap_or(0) {
            0 => Ok(()),
            used => in_range(IndexKind::TypeParameter, used - 1, count),
        }
    }

    fn signatures_and_constants(&self) -> Check {
        let at = |kind, index: usize| Place::Entry(kind, u16::try_from(index).unwrap_or(u16::MAX));
        if !self.is_script && self.tables.module_handles.is_empty() {
            return Err(FormatError::new(StatusCode::NoModuleHandles, "no module handles"));
        }
        for (index, signature) in self.tables.signatures.iter().enumerate() {
            for token in &signature.0 {
                self.token(token).map_err(|error| error.at(at(IndexKind::Signature, index)))?;
            }
        }
        for (index, constant) in self.tables.constants.iter().enumerate() {
            self.token(&constant.ty).map_err(|error| error.at(at(IndexKind::ConstantPool, index)))?;
        }
        Ok(())
    }

    fn token(&self, token: &SignatureToken) -> Check {
        for (node, _) in token.nodes() {
            let (handle, arity) = match node {
                SignatureToken::Struct(handle) => (*handle, 0),
                SignatureToken::StructInst(handle, args) => (*handle, args.len()),
                _ => continue,
            };
            self.index(handle)?;
            let expected = self.tables.struct_handle(handle).map_or(0, |handle| handle.type_params.len());
            if arity != expected {
                let message = format!("{arity} type arguments for struct handle {handle}, which has {expected}");
                return Err(FormatError::new(StatusCode::NumberOfTypeArgumentsMismatch, message));
            }
        }
        Ok(())
    }

    fn module_handles(&self, handles: &[ModuleHandle]) -> Check {
        for handle in handles {
            self.index(handle.address)?;
            self.index(handle.name)?;
        }
        Ok(())
    }

    /// Struct and function handles.
    fn handles(&self) -> Check {
        for handle in &self.tables.struct_handles {
            self.index(handle.module)?;
            self.index(handle.name)?;
        }
        for handle in &self.tables.function_handles {
            self.index(handle.module)?;
            self.index(handle.name)?;
            self.index(handle.parameters)?;
            self.index(handle.results)?;
            self.type_params_of(handle.parameters, handle.type_params.len())?;
            self.type_params_of(handle.results, handle.type_params.len())?;
            self.access(handle.access.as_deref(), self.length_of(handle.parameters))?;
        }
        Ok(())
    }

    fn access(&self, access: Option<&[AccessSpecifier]>, parameters: usize) -> Check {
        for specifier in access.unwrap_or_default() {
            match specifier.resource {
                ResourceSpecifier::Any => {}
                ResourceSpecifier::DeclaredAtAddress(address) => self.index(address)?,
                ResourceSpecifier::DeclaredInModule(module) => self.index(module)?,
                ResourceSpecifier::Resource(handle) => self.index(handle)?,
                ResourceSpecifier::ResourceInstantiation(handle, type_args) => {
                    self.index(handle)?;
                    self.index(type_args)?;
                }
            }
            match specifier.address {
                AddressSpecifier::Any => {}
                AddressSpecifier::Literal(address) => self.index(address)?,
                AddressSpecifier::Parameter(local, function) => {
                    in_range(IndexKind::LocalPool, usize::from(local), parameters)?;
                    function.map_or(Ok(()), |function| self.index(function))?;
                }
            }
        }
        Ok(())
    }

    fn field_handles(&self) -> Check {
        for handle in &self.tables.field_handles {
            self.index(handle.owner)?;
            let fields = self.tables.struct_def(handle.owner).map_or(0, |def| def.plain_fields().len());
            in_range(IndexKind::FieldDefinition, usize::from(handle.field), fields)?;
        }
        Ok(())
    }

    fn insts<I: TableIndex>(&self, insts: &[Instantiation<I>]) -> Check {
        for inst in insts {
            self.index(inst.target)?;
            self.index(inst.type_args)?;
        }
        Ok(())
    }

    fn struct_defs(&self) -> Check {
        for def in &self.tables.struct_defs {
            self.index(def.handle)?;
            let type_params = self.tables.struct_handle(def.handle).map_or(0, |handle| handle.type_params.len());
            match &def.fields {
                StructFields::Native => {}
                StructFields::Plain(fields) => self.fields(fields, type_params)?,
                StructFields::Variants(variants) => {
                    if variants.is_empty() {
                        return Err(FormatError::new(StatusCode::ZeroVariantsError, "enum without variants"));
                    }
                    for variant in variants {
                        self.index(variant.name)?;
                        self.fields(&variant.fields, type_params)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn fields(&self, fields: &[FieldDef], type_params: usize) -> Check {
        for field in fields {
            self.index(field.name)?;
            self.token(&field.ty)?;
            if let Some(largest) = type_params_used([&field.ty]).checked_sub(1) {
                in_range(IndexKind::TypeParameter, largest, type_params)?;
            }
        }
        Ok(())
    }

    fn variant_handles(&self) -> Check {
        for handle in &self.tables.variant_field_handles {
            self.index(handle.owner)?;
            let variants = self.tables.struct_def(handle.owner).map_or(&[][..], |def| def.variants());
            if handle.variants.is_empty() {
                return Err(FormatError::new(StatusCode::ZeroVariantsError, "field of no variant"));
            }
            for variant in &handle.variants {
                self.variant(*variant, variants.len())?;
                let fields = variants.get(usize::from(*variant)).map_or(0, |variant| variant.fields.len());
                in_range(IndexKind::FieldDefinition, usize::from(handle.field), fields)?;
            }
        }
        for handle in &self.tables.struct_variant_handles {
            self.index(handle.owner)?;
            let variants = self.tables.struct_def(handle.owner).map_or(0, |def| def.variants().len());
            self.variant(handle.variant, variants)?;
        }
        Ok(())
    }

    fn variant(&self, variant: VariantIdx, count: usize) -> Check {
        in_range(IndexKind::VariantDefinition, usize::from(variant), count)
    }

    fn function_defs(&self) -> Check {
        for (index, def) in self.tables.function_defs.iter().enumerate() {
            self.index(def.handle)?;
            for acquired in &def.acquires {
                self.index(*acquired)?;
            }
            let (Some(code), Some(handle)) = (&def.code, self.tables.function_handle(def.handle)) else {
                continue;
            };
            let function = u16::try_from(index).map_err(|_| malformed("too many functions"))?;
            self.code(code, handle.type_params.len(), self.length_of(handle.parameters), Some(function))?;
        }
        Ok(())
    }

    fn code(&self, unit: &CodeUnit, type_params: usize, parameters: usize, function: Option<u16>) -> Check {
        self.index(unit.locals)?;
        let locals = parameters + self.length_of(unit.locals);
        if locals > LOCALS_MAX {
            return Err(FormatError::new(StatusCode::TooManyLocals, format!("{locals} parameters and locals")));
        }
        self.type_params_of(unit.locals, type_params)?;
        let scope = Scope { type_params, locals, instructions: unit.code.len() };
        for (offset, instruction) in unit.code.iter().enumerate() {
            self.instruction(instruction, &scope).map_err(|mut error| {
                error.place = u16::try_from(offset).ok().map(|offset| Place::Code(function, offset));
                error
            })?;
        }
        Ok(())
    }

    /// An index into a table that scripts do not have.
    fn own<I: TableIndex>(&self, index: I) -> Check {
        if self.is_script {
            let message = format!("{:?} in a script", I::KIND);
            return Err(FormatError::new(StatusCode::InvalidOperationInScript, message));
        }
        self.index(index)
    }

    fn own_inst<I: TableIndex, T>(&self, index: I, table: &[Instantiation<T>], scope: &Scope) -> Check {
        self.own(index)?;
        let inst = table.get(index.as_usize());
        inst.map_or(Ok(()), |inst| self.type_params_of(inst.type_args, scope.type_params))
    }

    fn instruction(&self, instruction: &Bytecode, scope: &Scope) -> Check {
        use Bytecode as B;
        let tables = self.tables;
        match instruction {
            B::LdConst(constant) => self.index(*constant),
            B::CopyLoc(local) | B::MoveLoc(local) | B::StLoc(local) => scope.local(*local),
            B::MutBorrowLoc(local) | B::ImmBorrowLoc(local) => scope.local(*local),
            B::BrTrue(to) | B::BrFalse(to) | B::Branch(to) => {
                in_range(IndexKind::CodeDefinition, usize::from(*to), scope.instructions)
            }
            B::MutBorrowField(field) | B::ImmBorrowField(field) => self.own(*field),
            B::MutBorrowFieldGeneric(field) | B::ImmBorrowFieldGeneric(field) => {
                self.own_inst(*field, &tables.field_insts, scope)
            }
            B::MutBorrowVariantField(field) | B::ImmBorrowVariantField(field) => self.own(*field),
            B::MutBorrowVariantFieldGeneric(field) | B::ImmBorrowVariantFieldGeneric(field) => {
                self.own_inst(*field, &tables.variant_field_insts, scope)
            }
            B::Call(function) | B::PackClosure(function, _) => self.index(*function),
            B::CallGeneric(function) | B::PackClosureGeneric(function, _) => {
                self.index(*function)?;
                let inst = tables.function_inst(*function);
                inst.map_or(Ok(()), |inst| self.type_params_of(inst.type_args, scope.type_params))
            }
            B::Pack(def) | B::Unpack(def) | B::Exists(def) | B::MutBorrowGlobal(def) => self.own(*def),
            B::ImmBorrowGlobal(def) | B::MoveFrom(def) | B::MoveTo(def) => self.own(*def),
            B::PackGeneric(def) | B::UnpackGeneric(def) | B::ExistsGeneric(def) | B::MutBorrowGlobalGeneric(def) => {
                self.own_inst(*def, &tables.struct_def_insts, scope)
            }
            B::ImmBorrowGlobalGeneric(def) | B::MoveFromGeneric(def) | B::MoveToGeneric(def) => {
                self.own_inst(*def, &tables.struct_def_insts, scope)
            }
            B::PackVariant(variant) | B::UnpackVariant(variant) | B::TestVariant(variant) => self.own(*variant),
            B::PackVariantGeneric(variant) | B::UnpackVariantGeneric(variant) | B::TestVariantGeneric(variant) => {
                self.own_inst(*variant, &tables.struct_variant_insts, scope)
            }
            B::VecPack(signature, _) | B::VecUnpack(signature, _) => self.signature(*signature, scope),
            B::VecLen(signature) | B::VecImmBorrow(signature) => self.signature(*signature, scope),
            B::VecMutBorrow(signature) | B::VecPushBack(signature) => self.signature(*signature, scope),
            B::VecPopBack(signature) | B::VecSwap(signature) => self.signature(*signature, scope),
            B::CallClosure(signature) => self.signature(*signature, scope),
            B::Pop | B::Ret | B::LdTrue | B::LdFalse | B::ReadRef | B::WriteRef | B::FreezeRef | B::Nop => Ok(()),
            B::LdU8(_) | B::LdU16(_) | B::LdU32(_) | B::LdU64(_) | B::LdU128(_) | B::LdU256(_) => Ok(()),
            B::LdI8(_) | B::LdI16(_) | B::LdI32(_) | B::LdI64(_) | B::LdI128(_) | B::LdI256(_) => Ok(()),
            B::CastU8 | B::CastU16 | B::CastU32 | B::CastU64 | B::CastU128 | B::CastU256 => Ok(()),
            B::CastI8 | B::CastI16 | B::CastI32 | B::CastI64 | B::CastI128 | B::CastI256 => Ok(()),
            B::Add | B::Sub | B::Mul | B::Mod | B::Div | B::Negate => Ok(()),
            B::BitOr | B::BitAnd | B::Xor | B::Shl | B::Shr | B::Or | B::And | B::Not => Ok(()),
            B::Eq | B::Neq | B::Lt | B::Gt | B::Le | B::Ge | B::Abort | B::AbortMsg => Ok(()),
        }
    }

    fn signature(&self, signature: SignatureIdx, scope: &Scope) -> Check {
        self.index(signature)?;
        self.type_params_of(signature, scope.type_params)
    }
}

/// What the instructions of one function may refer to.
struct Scope {
    type_params: usize,
    locals: usize,
    instructions: usize,
}

impl Scope {
    fn local(&self, local: u8) -> Check {
        in_range(IndexKind::LocalPool, usize::from(local), self.locals)
    }
}
