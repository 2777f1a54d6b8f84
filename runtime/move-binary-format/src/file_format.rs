//! What a compiled module or script consists of.
//!
//! Tables refer to each other by typed indices. Nothing here guarantees that an index is in range:
//! the reader checks that ([`crate::bounds`]), and whoever builds a module by hand has it checked.

pub use crate::bytecode::Bytecode;
pub use move_core_types::{Ability, AbilitySet};
use move_core_types::{AccountAddress, Identifier, ModuleId};
use std::{
    fmt,
    ops::{Deref, DerefMut},
};

/// The oldest version read and written.
pub const VERSION_MIN: u32 = 5;
/// The newest version known.
pub const VERSION_MAX: u32 = 11;
/// The newest version read unless configured otherwise.
pub const VERSION_DEFAULT: u32 = 10;

/// An index of one of the tables.
pub trait TableIndex: Copy + fmt::Debug + Eq + Ord {
    /// The table.
    const KIND: crate::errors::IndexKind;
    /// The index with this number.
    fn from_u16(index: u16) -> Self;
    /// The number.
    fn into_u16(self) -> u16;
    /// The number, for use with slices.
    fn as_usize(self) -> usize {
        usize::from(self.into_u16())
    }
}

macro_rules! indices {
    ($($(#[$doc:meta])* $name:ident = $kind:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u16);

        impl TableIndex for $name {
            const KIND: crate::errors::IndexKind = crate::errors::IndexKind::$kind;
            fn from_u16(index: u16) -> Self {
                Self(index)
            }
            fn into_u16(self) -> u16 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "#{}", self.0)
            }
        }
    )*};
}

indices! {
    /// Index of a module handle.
    ModuleHandleIdx = ModuleHandle;
    /// Index of a struct handle.
    StructHandleIdx = StructHandle;
    /// Index of a function handle.
    FunctionHandleIdx = FunctionHandle;
    /// Index of a field handle.
    FieldHandleIdx = FieldHandle;
    /// Index of a struct definition.
    StructDefIdx = StructDefinition;
    /// Index of an instantiation of a struct definition.
    StructDefInstIdx = StructDefInstantiation;
    /// Index of a function definition.
    FunctionDefIdx = FunctionDefinition;
    /// Index of an instantiation of a function.
    FunctionInstIdx = FunctionInstantiation;
    /// Index of an instantiation of a field handle.
    FieldInstIdx = FieldInstantiation;
    /// Index of a variant field handle.
    VariantFieldHandleIdx = VariantFieldHandle;
    /// Index of an instantiation of a variant field handle.
    VariantFieldInstIdx = VariantFieldInstantiation;
    /// Index of a struct variant handle.
    StructVariantHandleIdx = StructVariantHandle;
    /// Index of an instantiation of a struct variant handle.
    StructVariantInstIdx = StructVariantInstantiation;
    /// Index of a signature.
    SignatureIdx = Signature;
    /// Index of an identifier.
    IdentifierIdx = Identifier;
    /// Index of an address.
    AddressIdx = AddressIdentifier;
    /// Index of a constant.
    ConstantIdx = ConstantPool;
}

/// Index of an instruction within its function.
pub type CodeOffset = u16;
/// Index of a parameter or local within its function.
pub type LocalIdx = u8;
/// Index of a field within its struct or variant, 0 to 254.
pub type FieldOffset = u16;
/// Index of a variant within its enum, 0 to 126.
pub type VariantIdx = u16;
/// Index of a type parameter within its struct or function.
pub type TypeParamIdx = u16;

/// The name of a module: of this one, or of one that it uses. Also a friend declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleHandle {
    /// The address.
    pub address: AddressIdx,
    /// The name.
    pub name: IdentifierIdx,
}

/// A type parameter of a struct or enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructTypeParam {
    /// Abilities that arguments must have.
    pub constraints: AbilitySet,
    /// Whether arguments take no part in the abilities of the struct.
    pub is_phantom: bool,
}

/// A struct or enum, own or foreign.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructHandle {
    /// The defining module.
    pub module: ModuleHandleIdx,
    /// The name.
    pub name: IdentifierIdx,
    /// The declared abilities.
    pub abilities: AbilitySet,
    /// The type parameters.
    pub type_params: Vec<StructTypeParam>,
}

/// A function, own or foreign.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionHandle {
    /// The defining module.
    pub module: ModuleHandleIdx,
    /// The name.
    pub name: IdentifierIdx,
    /// Types of the parameters.
    pub parameters: SignatureIdx,
    /// Types of the results.
    pub results: SignatureIdx,
    /// Constraints of the type parameters.
    pub type_params: Vec<AbilitySet>,
    /// What it may touch in storage; `None`: anything. Version 7.
    pub access: Option<Vec<AccessSpecifier>>,
    /// Attributes. Version 8.
    pub attributes: Vec<FunctionAttribute>,
}

/// A field of an own plain struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldHandle {
    /// The struct.
    pub owner: StructDefIdx,
    /// Its field.
    pub field: FieldOffset,
}

/// A field at one offset, in any of some variants of an own enum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariantFieldHandle {
    /// The enum.
    pub owner: StructDefIdx,
    /// The variants.
    pub variants: Vec<VariantIdx>,
    /// The offset in each of them.
    pub field: FieldOffset,
}

/// A variant of an own enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructVariantHandle {
    /// The enum.
    pub owner: StructDefIdx,
    /// The variant.
    pub variant: VariantIdx,
}

/// A generic thing with its type arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instantiation<I> {
    /// The generic thing.
    pub target: I,
    /// The type arguments.
    pub type_args: SignatureIdx,
}

/// A function with type arguments.
pub type FunctionInst = Instantiation<FunctionHandleIdx>;
/// An own struct or enum with type arguments.
pub type StructDefInst = Instantiation<StructDefIdx>;
/// A field of an own generic struct with type arguments.
pub type FieldInst = Instantiation<FieldHandleIdx>;
/// A variant field of an own generic enum with type arguments.
pub type VariantFieldInst = Instantiation<VariantFieldHandleIdx>;
/// A variant of an own generic enum with type arguments.
pub type StructVariantInst = Instantiation<StructVariantHandleIdx>;

/// A list of types: parameters, results, locals or type arguments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Signature(pub Vec<SignatureToken>);

/// A type. Paths from the root have at most [`TOKEN_DEPTH_MAX`] nodes in whatever was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureToken {
    /// `bool`
    Bool,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `u128`
    U128,
    /// `u256`
    U256,
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `i128`
    I128,
    /// `i256`
    I256,
    /// `address`
    Address,
    /// `signer`
    Signer,
    /// `vector<T>`
    Vector(Box<SignatureToken>),
    /// A struct or enum without type arguments.
    Struct(StructHandleIdx),
    /// A struct or enum with type arguments.
    StructInst(StructHandleIdx, Vec<SignatureToken>),
    /// A function type.
    Function(Box<FunctionType>),
    /// `&T`
    Reference(Box<SignatureToken>),
    /// `&mut T`
    MutableReference(Box<SignatureToken>),
    /// A type parameter of the enclosing struct or function.
    TypeParam(TypeParamIdx),
}

/// A function type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionType {
    /// Types of the arguments.
    pub args: Vec<SignatureToken>,
    /// Types of the results.
    pub results: Vec<SignatureToken>,
    /// Abilities of the closures.
    pub abilities: AbilitySet,
}

/// The most nodes on a path from the root of a token.
pub const TOKEN_DEPTH_MAX: usize = 256;

impl SignatureToken {
    /// `vector<element>`
    pub fn vector(element: SignatureToken) -> Self {
        SignatureToken::Vector(Box::new(element))
    }

    /// `&inner`
    pub fn reference(inner: SignatureToken) -> Self {
        SignatureToken::Reference(Box::new(inner))
    }

    /// `&mut inner`
    pub fn mutable_reference(inner: SignatureToken) -> Self {
        SignatureToken::MutableReference(Box::new(inner))
    }

    /// The nodes in pre-order, with their depths (the root has 1). Does not recurse.
    pub fn nodes(&self) -> Nodes<'_> {
        Nodes { stack: vec![(self, 1)] }
    }

    /// `&T` or `&mut T`.
    pub fn is_reference(&self) -> bool {
        matches!(self, SignatureToken::Reference(_) | SignatureToken::MutableReference(_))
    }

    /// `&mut T`.
    pub fn is_mutable_reference(&self) -> bool {
        matches!(self, SignatureToken::MutableReference(_))
    }

    /// `i8` to `i256`.
    pub fn is_signed_integer(&self) -> bool {
        use SignatureToken as T;
        matches!(self, T::I8 | T::I16 | T::I32 | T::I64 | T::I128 | T::I256)
    }

    /// `u8` to `u256`.
    pub fn is_unsigned_integer(&self) -> bool {
        use SignatureToken as T;
        matches!(self, T::U8 | T::U16 | T::U32 | T::U64 | T::U128 | T::U256)
    }

    /// Any integer type.
    pub fn is_integer(&self) -> bool {
        self.is_signed_integer() || self.is_unsigned_integer()
    }

    /// The type with `args` for its type parameters; `None` if an index is out of range.
    /// Recurses as deep as the token.
    pub fn substitute(&self, args: &[SignatureToken]) -> Option<SignatureToken> {
        use SignatureToken as T;
        let list = |tokens: &[T]| tokens.iter().map(|token| token.substitute(args)).collect::<Option<Vec<_>>>();
        Some(match self {
            T::TypeParam(index) => args.get(usize::from(*index))?.clone(),
            T::Vector(inner) => T::Vector(Box::new(inner.substitute(args)?)),
            T::Reference(inner) => T::Reference(Box::new(inner.substitute(args)?)),
            T::MutableReference(inner) => T::MutableReference(Box::new(inner.substitute(args)?)),
            T::StructInst(handle, inner) => T::StructInst(*handle, list(inner)?),
            T::Function(function) => T::Function(Box::new(FunctionType {
                args: list(&function.args)?,
                results: list(&function.results)?,
                abilities: function.abilities,
            })),
            T::Bool | T::U8 | T::U16 | T::U32 | T::U64 | T::U128 | T::U256 => self.clone(),
            T::I8 | T::I16 | T::I32 | T::I64 | T::I128 | T::I256 => self.clone(),
            T::Address | T::Signer | T::Struct(_) => self.clone(),
        })
    }
}

/// The nodes of a token in pre-order; see [`SignatureToken::nodes`].
#[derive(Debug, Clone)]
pub struct Nodes<'a> {
    stack: Vec<(&'a SignatureToken, usize)>,
}

impl<'a> Iterator for Nodes<'a> {
    type Item = (&'a SignatureToken, usize);

    fn next(&mut self) -> Option<Self::Item> {
        use SignatureToken as T;
        let (token, depth) = self.stack.pop()?;
        let below = depth + 1;
        match token {
            T::Vector(inner) | T::Reference(inner) | T::MutableReference(inner) => self.stack.push((inner, below)),
            T::StructInst(_, args) => self.stack.extend(args.iter().rev().map(|arg| (arg, below))),
            T::Function(function) => {
                let children = function.args.iter().chain(&function.results);
                self.stack.extend(children.rev().map(|child| (child, below)));
            }
            T::Bool | T::U8 | T::U16 | T::U32 | T::U64 | T::U128 | T::U256 => {}
            T::I8 | T::I16 | T::I32 | T::I64 | T::I128 | T::I256 => {}
            T::Address | T::Signer | T::Struct(_) | T::TypeParam(_) => {}
        }
        Some((token, depth))
    }
}

/// A constant: a type without structs, and the BCS of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Constant {
    /// The type.
    pub ty: SignatureToken,
    /// The value.
    pub data: Vec<u8>,
}

/// Data that the format does not interpret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metadata {
    /// What it is about.
    pub key: Vec<u8>,
    /// The data.
    pub value: Vec<u8>,
}

/// The definition of a struct or enum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructDef {
    /// Its handle.
    pub handle: StructHandleIdx,
    /// What it is made of.
    pub fields: StructFields,
}

/// What a type is made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StructFields {
    /// Known to the host only.
    Native,
    /// A plain struct.
    Plain(Vec<FieldDef>),
    /// An enum.
    Variants(Vec<VariantDef>),
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldDef {
    /// The name.
    pub name: IdentifierIdx,
    /// The type.
    pub ty: SignatureToken,
}

/// A variant of an enum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariantDef {
    /// The name.
    pub name: IdentifierIdx,
    /// Its fields.
    pub fields: Vec<FieldDef>,
}

impl StructDef {
    /// The fields of a plain struct; empty for enums and native structs.
    pub fn plain_fields(&self) -> &[FieldDef] {
        match &self.fields {
            StructFields::Plain(fields) => fields,
            StructFields::Native | StructFields::Variants(_) => &[],
        }
    }

    /// The variants of an enum; empty for structs.
    pub fn variants(&self) -> &[VariantDef] {
        match &self.fields {
            StructFields::Variants(variants) => variants,
            StructFields::Native | StructFields::Plain(_) => &[],
        }
    }

    /// Every field: of the struct, or of all variants in order.
    pub fn all_fields(&self) -> impl Iterator<Item = &FieldDef> {
        self.plain_fields().iter().chain(self.variants().iter().flat_map(|variant| &variant.fields))
    }
}

/// Who may call a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Visibility {
    /// Its module.
    #[default]
    Private = 0,
    /// Everyone.
    Public = 1,
    /// Its module and the declared friends.
    Friend = 3,
}

/// The definition of a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionDef {
    /// Its handle.
    pub handle: FunctionHandleIdx,
    /// Who may call it.
    pub visibility: Visibility,
    /// Whether a transaction may call it, whatever the visibility.
    pub is_entry: bool,
    /// The own resources that it, or what it calls here, borrows globally or takes.
    pub acquires: Vec<StructDefIdx>,
    /// The code; `None`: a native function.
    pub code: Option<CodeUnit>,
}

impl FunctionDef {
    /// Whether the host provides the code.
    pub fn is_native(&self) -> bool {
        self.code.is_none()
    }
}

/// Code with the types of its locals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CodeUnit {
    /// Types of the locals after the parameters.
    pub locals: SignatureIdx,
    /// The instructions.
    pub code: Vec<Bytecode>,
}

/// An attribute of a function handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FunctionAttribute {
    /// Kept on upgrade like a public function; closures over it may be stored. Version 8.
    Persistent,
    /// While it runs, no active module may be entered again. Version 8.
    ModuleLock,
    /// Packs a public struct. Version 10.
    Pack,
    /// Packs a variant of a public enum. Version 10.
    PackVariant(VariantIdx),
    /// Unpacks a public struct. Version 10.
    Unpack,
    /// Unpacks a variant of a public enum. Version 10.
    UnpackVariant(VariantIdx),
    /// Tests a value of a public enum for a variant. Version 10.
    TestVariant(VariantIdx),
    /// Borrows a field of a public struct. Version 10.
    BorrowFieldImmutable(FieldOffset),
    /// Borrows a field of a public struct mutably. Version 10.
    BorrowFieldMutable(FieldOffset),
    /// The body may not change on upgrade. Version 11.
    Immutable,
    /// Returns the value of a constant. Version 11.
    ConstantAccessor,
}

impl FunctionAttribute {
    /// The first file version that has the attribute.
    pub fn since(self) -> u32 {
        use FunctionAttribute as A;
        match self {
            A::Persistent | A::ModuleLock => 8,
            A::Pack | A::PackVariant(_) | A::Unpack | A::UnpackVariant(_) | A::TestVariant(_) => 10,
            A::BorrowFieldImmutable(_) | A::BorrowFieldMutable(_) => 10,
            A::Immutable | A::ConstantAccessor => 11,
        }
    }
}

/// What a function may, or may not, touch in storage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessSpecifier {
    /// Reading or writing.
    pub kind: AccessKind,
    /// Whether it forbids.
    pub negated: bool,
    /// Which resources.
    pub resource: ResourceSpecifier,
    /// At which addresses.
    pub address: AddressSpecifier,
}

/// Reading or writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessKind {
    /// Reading.
    Reads,
    /// Writing, which includes reading.
    Writes,
}

/// Which resources an access specifier is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceSpecifier {
    /// All.
    Any,
    /// Those declared at an address.
    DeclaredAtAddress(AddressIdx),
    /// Those declared in a module.
    DeclaredInModule(ModuleHandleIdx),
    /// One, with all its instantiations.
    Resource(StructHandleIdx),
    /// One instantiation.
    ResourceInstantiation(StructHandleIdx, SignatureIdx),
}

/// At which addresses an access specifier applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressSpecifier {
    /// All.
    Any,
    /// One.
    Literal(AddressIdx),
    /// The value of a parameter, or what a function makes of it.
    Parameter(LocalIdx, Option<FunctionInstIdx>),
}

/// The tables of a module or script. In a script those from `struct_defs` on are empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tables {
    /// Modules referred to, the own one included.
    pub module_handles: Vec<ModuleHandle>,
    /// Types referred to.
    pub struct_handles: Vec<StructHandle>,
    /// Functions referred to.
    pub function_handles: Vec<FunctionHandle>,
    /// Functions with type arguments.
    pub function_insts: Vec<FunctionInst>,
    /// Lists of types.
    pub signatures: Vec<Signature>,
    /// Names.
    pub identifiers: Vec<Identifier>,
    /// Addresses.
    pub addresses: Vec<AccountAddress>,
    /// Constants.
    pub constants: Vec<Constant>,
    /// Data that the format does not interpret.
    pub metadata: Vec<Metadata>,
    /// Own types.
    pub struct_defs: Vec<StructDef>,
    /// Own types with type arguments.
    pub struct_def_insts: Vec<StructDefInst>,
    /// Own functions.
    pub function_defs: Vec<FunctionDef>,
    /// Fields of own structs.
    pub field_handles: Vec<FieldHandle>,
    /// Fields of own structs with type arguments.
    pub field_insts: Vec<FieldInst>,
    /// Modules that may call the friend functions.
    pub friends: Vec<ModuleHandle>,
    /// Fields of own enums.
    pub variant_field_handles: Vec<VariantFieldHandle>,
    /// Fields of own enums with type arguments.
    pub variant_field_insts: Vec<VariantFieldInst>,
    /// Variants of own enums.
    pub struct_variant_handles: Vec<StructVariantHandle>,
    /// Variants of own enums with type arguments.
    pub struct_variant_insts: Vec<StructVariantInst>,
}

macro_rules! lookups {
    ($($(#[$doc:meta])* $name:ident: $table:ident[$index:ty] -> $entry:ty;)*) => {
        impl Tables {$(
            $(#[$doc])*
            pub fn $name(&self, index: $index) -> Option<&$entry> {
                self.$table.get(index.as_usize())
            }
        )*}
    };
}

lookups! {
    /// The module handle at an index.
    module_handle: module_handles[ModuleHandleIdx] -> ModuleHandle;
    /// The struct handle at an index.
    struct_handle: struct_handles[StructHandleIdx] -> StructHandle;
    /// The function handle at an index.
    function_handle: function_handles[FunctionHandleIdx] -> FunctionHandle;
    /// The function instantiation at an index.
    function_inst: function_insts[FunctionInstIdx] -> FunctionInst;
    /// The signature at an index.
    signature: signatures[SignatureIdx] -> Signature;
    /// The identifier at an index.
    identifier: identifiers[IdentifierIdx] -> Identifier;
    /// The address at an index.
    address: addresses[AddressIdx] -> AccountAddress;
    /// The constant at an index.
    constant: constants[ConstantIdx] -> Constant;
    /// The struct definition at an index.
    struct_def: struct_defs[StructDefIdx] -> StructDef;
    /// The instantiation of a struct definition at an index.
    struct_def_inst: struct_def_insts[StructDefInstIdx] -> StructDefInst;
    /// The function definition at an index.
    function_def: function_defs[FunctionDefIdx] -> FunctionDef;
    /// The field handle at an index.
    field_handle: field_handles[FieldHandleIdx] -> FieldHandle;
    /// The field instantiation at an index.
    field_inst: field_insts[FieldInstIdx] -> FieldInst;
    /// The variant field handle at an index.
    variant_field_handle: variant_field_handles[VariantFieldHandleIdx] -> VariantFieldHandle;
    /// The variant field instantiation at an index.
    variant_field_inst: variant_field_insts[VariantFieldInstIdx] -> VariantFieldInst;
    /// The struct variant handle at an index.
    struct_variant_handle: struct_variant_handles[StructVariantHandleIdx] -> StructVariantHandle;
    /// The struct variant instantiation at an index.
    struct_variant_inst: struct_variant_insts[StructVariantInstIdx] -> StructVariantInst;
}

impl Tables {
    /// The full name of a module that a handle (or friend declaration) refers to.
    pub fn module_id(&self, handle: &ModuleHandle) -> Option<ModuleId> {
        Some(ModuleId::new(*self.address(handle.address)?, self.identifier(handle.name)?.clone()))
    }

    /// The full name of the module at an index.
    pub fn module_id_at(&self, index: ModuleHandleIdx) -> Option<ModuleId> {
        self.module_id(self.module_handle(index)?)
    }
}

/// A compiled module. Its tables are reachable directly: `module.signatures`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompiledModule {
    /// The file version.
    pub version: u32,
    /// The own module handle.
    pub self_handle: ModuleHandleIdx,
    /// The tables.
    pub tables: Tables,
}

/// A compiled script. Its tables are reachable directly: `script.signatures`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompiledScript {
    /// The file version.
    pub version: u32,
    /// The tables.
    pub tables: Tables,
    /// Constraints of the type parameters.
    pub type_params: Vec<AbilitySet>,
    /// Types of the parameters.
    pub parameters: SignatureIdx,
    /// What it may touch in storage; `None`: anything. Version 8.
    pub access: Option<Vec<AccessSpecifier>>,
    /// The code.
    pub code: CodeUnit,
}

impl CompiledModule {
    /// The full name of the module; `None` if the indices are out of range.
    pub fn self_id(&self) -> Option<ModuleId> {
        self.module_id_at(self.self_handle)
    }

    /// The modules that this one names in handles, without itself and its friends, in table order.
    pub fn dependencies(&self) -> impl Iterator<Item = ModuleId> {
        let own = self.self_handle;
        let others = self.module_handles.iter().enumerate().filter(move |(index, _)| *index != own.as_usize());
        others.filter_map(|(_, handle)| self.module_id(handle))
    }

    /// The declared friends, in table order.
    pub fn friend_ids(&self) -> impl Iterator<Item = ModuleId> {
        self.friends.iter().filter_map(|handle| self.module_id(handle))
    }
}

impl Deref for CompiledModule {
    type Target = Tables;
    fn deref(&self) -> &Tables {
        &self.tables
    }
}

impl DerefMut for CompiledModule {
    fn deref_mut(&mut self) -> &mut Tables {
        &mut self.tables
    }
}

impl Deref for CompiledScript {
    type Target = Tables;
    fn deref(&self) -> &Tables {
        &self.tables
    }
}

impl DerefMut for CompiledScript {
    fn deref_mut(&mut self) -> &mut Tables {
        &mut self.tables
    }
}
