//! Text to modules and scripts.
//!
//! The items are cut apart first and then visited in the order in which tables depend on each other,
//! so that text may refer forward. Nothing is checked beyond the text itself: what comes out may be
//! invalid on purpose.

use super::{
    lexer::{AssemblyError, Reader, Token, tokens},
    operands::{Operand, abilities, intern, raw_index},
};
use crate::{
    bytecode::{Bytecode, instruction_table},
    file_format::{
        AccessKind, AccessSpecifier, AddressSpecifier, CodeOffset, CodeUnit, CompiledModule, CompiledScript, FieldDef,
        FieldHandle, FunctionAttribute, FunctionDef, FunctionHandle, FunctionHandleIdx, Instantiation, Metadata,
        ModuleHandleIdx, ResourceSpecifier, Signature, SignatureIdx, StructDef, StructFields, StructHandle,
        StructHandleIdx, StructTypeParam, StructVariantHandle, TableIndex, Tables, VERSION_DEFAULT, VariantDef,
        VariantFieldHandle, Visibility,
    },
};
use move_core_types::{AbilitySet, I256, U256};

type Parse<T> = Result<T, AssemblyError>;

/// A module, and where its instructions stand in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The module.
    pub module: CompiledModule,
    /// For each function definition the line of each instruction, counted from 1.
    pub lines: Vec<Vec<u32>>,
}

/// Makes a module of its text; see [`super`] for the language.
///
/// # Errors
/// The first line that does not follow the grammar or names something undeclared.
pub fn assemble(text: &str) -> Result<CompiledModule, AssemblyError> {
    assemble_with_lines(text).map(|assembled| assembled.module)
}

/// Like [`assemble`], and tells the line of each instruction.
///
/// # Errors
/// As [`assemble`].
pub fn assemble_with_lines(text: &str) -> Result<Assembled, AssemblyError> {
    let tokens = tokens(text)?;
    let mut reader = Reader::new(&tokens);
    reader.expect_word("module")?;
    let name = reader.clone();
    let mut assembler = Assembler::default();
    Assembler::default().module(&mut reader)?; // Skipped for now: the tables come first.
    let version = assembler.version(&mut reader)?;
    let items = items(&mut reader)?;
    assembler.first_tables(&items)?;
    let self_handle = assembler.module(&mut name.clone())?;
    assembler.own = Some(self_handle);
    assembler.handles(&items)?;
    assembler.struct_defs(&items)?;
    assembler.last_tables(&items)?;
    let mut lines = Vec::new();
    for item in items.iter().filter(|item| item.kind == Kind::Function) {
        let mut reader = item.reader.clone();
        assembler.function_def(&mut reader, &mut lines)?;
        reader.expect_end()?;
    }
    assembler.friends_and_metadata(&items)?;
    let module = CompiledModule { version, self_handle, tables: assembler.tables };
    Ok(Assembled { module, lines })
}

/// Makes a script of its text; its only function is `fun main`.
///
/// # Errors
/// As [`assemble`].
pub fn assemble_script(text: &str) -> Result<CompiledScript, AssemblyError> {
    let tokens = tokens(text)?;
    let mut reader = Reader::new(&tokens);
    reader.expect_word("script")?;
    let mut assembler = Assembler::default();
    let version = assembler.version(&mut reader)?;
    let items = items(&mut reader)?;
    assembler.first_tables(&items)?;
    let (mains, others): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.kind == Kind::Function);
    assembler.handles(&others)?;
    assembler.last_tables(&others)?;
    if let Some(item) = others.iter().find(|item| matches!(item.kind, Kind::Struct | Kind::Friend)) {
        return item.reader.fail("a script has one function and nothing else");
    }
    assembler.friends_and_metadata(&others)?;
    let [main] = mains.as_slice() else {
        return reader.fail("a script has one function");
    };
    let mut reader = main.reader.clone();
    reader.expect_word("fun")?;
    reader.expect_word("main")?;
    let type_params = assembler.generics(&mut reader)?.into_iter().map(|param| param.constraints).collect();
    let parameters = assembler.signature(&mut reader)?;
    let access = assembler.access(&mut reader)?;
    let (code, _) = assembler.code(&mut reader)?;
    reader.expect_end()?;
    Ok(CompiledScript { version, tables: assembler.tables, type_params, parameters, access, code })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An entry of the block `tables`.
    Table,
    Import,
    Friend,
    Metadata,
    Struct,
    Function,
}

struct Item<'a> {
    kind: Kind,
    reader: Reader<'a>,
}

/// Cuts the text between braces into its items.
fn items<'a>(reader: &mut Reader<'a>) -> Parse<Vec<Item<'a>>> {
    let mut items = Vec::new();
    reader.expect_mark("{")?;
    while !reader.eat_mark("}") {
        if reader.eat_word("tables") {
            reader.expect_mark("{")?;
            while !reader.eat_mark("}") {
                items.push(Item { kind: Kind::Table, reader: reader.item()? });
            }
            continue;
        }
        let kind = kind_of(reader)?;
        items.push(Item { kind, reader: reader.item()? });
    }
    if reader.is_at_end() { Ok(items) } else { reader.fail("expected the end") }
}

fn kind_of(reader: &Reader<'_>) -> Parse<Kind> {
    let is_function = |word: &str| matches!(word, "fun" | "entry" | "native" | "public");
    match (reader.peek(), reader.peek_second()) {
        (Some(Token::Word(word)), second) => match (word.as_str(), second) {
            ("import", _) => Ok(Kind::Import),
            ("metadata", _) => Ok(Kind::Metadata),
            ("struct" | "enum", _) => Ok(Kind::Struct),
            ("native", Some(Token::Word(second))) if second == "struct" => Ok(Kind::Struct),
            ("friend", Some(Token::Word(second))) if is_function(second) => Ok(Kind::Function),
            ("friend", _) => Ok(Kind::Friend),
            (word, _) if is_function(word) => Ok(Kind::Function),
            (word, _) => reader.fail(format!("unexpected `{word}`")),
        },
        _ => reader.fail("expected an item"),
    }
}

/// The module being built.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    pub(super) tables: Tables,
    pub(super) own: Option<ModuleHandleIdx>,
    /// Names of the type parameters in scope.
    pub(super) type_params: Vec<String>,
    /// Jumps to labels not yet known: instruction, label, where.
    jumps: Vec<(usize, String, u32)>,
    /// The instruction being read.
    at: usize,
}

impl Reader<'_> {
    fn expect_end(&mut self) -> Parse<()> {
        self.eat_mark(";");
        if self.is_at_end() { Ok(()) } else { self.fail("expected the end of the item") }
    }
}

impl Assembler {
    fn version(&mut self, reader: &mut Reader<'_>) -> Parse<u32> {
        if reader.eat_word("version") { reader.number() } else { Ok(VERSION_DEFAULT) }
    }

    /// Visits the entries of the block `tables` that begin with one of these words.
    fn entries(
        &mut self,
        items: &[Item<'_>],
        word: &str,
        mut read: impl FnMut(&mut Self, &mut Reader<'_>) -> Parse<()>,
    ) -> Parse<()> {
        for item in items.iter().filter(|item| item.kind == Kind::Table) {
            let mut reader = item.reader.clone();
            if reader.eat_word(word) {
                self.type_params.clear();
                read(self, &mut reader)?;
                reader.expect_end()?;
            }
        }
        Ok(())
    }

    /// What names consist of.
    fn first_tables(&mut self, items: &[Item<'_>]) -> Parse<()> {
        const WORDS: [&str; 14] = [
            "address",
            "identifier",
            "module",
            "struct",
            "signature",
            "fun",
            "constant",
            "struct_inst",
            "fun_inst",
            "field",
            "field_inst",
            "variant_field",
            "variant_field_inst",
            "variant",
        ];
        for item in items.iter().filter(|item| item.kind == Kind::Table) {
            let mut reader = item.reader.clone();
            let word = reader.word()?;
            if !WORDS.contains(&word) && word != "variant_inst" {
                return item.reader.fail(format!("unknown table `{word}`"));
            }
        }
        // Entries are pushed, not looked up: tables may hold the same entry twice.
        self.entries(items, "address", |asm, reader| {
            let mut alone = Assembler::default();
            alone.address(reader)?;
            asm.tables.addresses.append(&mut alone.tables.addresses);
            Ok(())
        })?;
        self.entries(items, "identifier", |asm, reader| {
            let mut alone = Assembler::default();
            alone.identifier(reader)?;
            asm.tables.identifiers.append(&mut alone.tables.identifiers);
            Ok(())
        })?;
        self.entries(items, "module", |asm, reader| {
            let handle = asm.module_handle(reader)?;
            asm.tables.module_handles.push(handle);
            Ok(())
        })
    }

    /// Handles of types and functions: of the block `tables`, imported, defined.
    fn handles(&mut self, items: &[Item<'_>]) -> Parse<()> {
        self.entries(items, "struct", |asm, reader| {
            let handle = asm.struct_header(reader)?;
            asm.tables.struct_handles.push(handle);
            Ok(())
        })?;
        for item in items.iter().filter(|item| item.kind == Kind::Import) {
            let mut reader = item.reader.clone();
            reader.expect_word("import")?;
            if reader.eat_word("struct") {
                let handle = self.struct_header(&mut reader)?;
                self.declare_struct(handle, &item.reader)?;
                reader.expect_end()?;
            }
        }
        for item in items.iter().filter(|item| item.kind == Kind::Struct) {
            let mut reader = item.reader.clone();
            reader.eat_word("native");
            reader.next();
            if !reader.is_mark("#") {
                let handle = self.struct_header(&mut reader)?;
                self.declare_struct(handle, &item.reader)?;
            }
        }
        self.entries(items, "signature", |asm, reader| {
            reader.expect_mark("(")?;
            let types = asm.types(reader, ")")?;
            asm.tables.signatures.push(Signature(types));
            Ok(())
        })?;
        self.entries(items, "fun", |asm, reader| {
            let handle = asm.function_header(reader)?;
            asm.tables.function_handles.push(handle);
            Ok(())
        })?;
        for item in items.iter().filter(|item| item.kind == Kind::Import) {
            let mut reader = item.reader.clone();
            reader.expect_word("import")?;
            if !reader.eat_word("struct") {
                reader.expect_word("fun")?;
                let handle = self.function_header(&mut reader)?;
                self.declare_function(handle, &item.reader)?;
                reader.expect_end()?;
            }
        }
        for item in items.iter().filter(|item| item.kind == Kind::Function) {
            let mut reader = item.reader.clone();
            modifiers(&mut reader)?;
            if !reader.is_mark("#") {
                let handle = self.function_header(&mut reader)?;
                self.declare_function(handle, &item.reader)?;
            }
        }
        Ok(())
    }

    fn declare_struct(&mut self, handle: StructHandle, reader: &Reader<'_>) -> Parse<StructHandleIdx> {
        let key = (handle.module, handle.name);
        let same = self.tables.struct_handles.iter().find(|other| (other.module, other.name) == key);
        if same.is_some_and(|same| *same != handle) {
            return reader.fail("type declared twice, differently");
        }
        intern(&mut self.tables.struct_handles, handle, reader)
    }

    fn declare_function(&mut self, handle: FunctionHandle, reader: &Reader<'_>) -> Parse<FunctionHandleIdx> {
        let key = (handle.module, handle.name);
        let same = self.tables.function_handles.iter().find(|other| (other.module, other.name) == key);
        if same.is_some_and(|same| *same != handle) {
            return reader.fail("function declared twice, differently");
        }
        intern(&mut self.tables.function_handles, handle, reader)
    }

    /// `<phantom T: copy + drop, U>`, if there; brings the names into scope.
    fn generics(&mut self, reader: &mut Reader<'_>) -> Parse<Vec<StructTypeParam>> {
        self.type_params.clear();
        if !reader.eat_mark("<") {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        let params = reader.list(">", |reader| {
            let is_phantom = reader.eat_word("phantom");
            names.push(reader.word()?.to_owned());
            let constraints = if reader.eat_mark(":") { abilities(reader, false)? } else { AbilitySet::EMPTY };
            Ok(StructTypeParam { constraints, is_phantom })
        })?;
        self.type_params = names;
        Ok(params)
    }

    /// `name<params> has abilities`
    fn struct_header(&mut self, reader: &mut Reader<'_>) -> Parse<StructHandle> {
        let (module, name) = self.qualified(reader)?;
        let type_params = self.generics(reader)?;
        let abilities = if reader.eat_word("has") { abilities(reader, true)? } else { AbilitySet::EMPTY };
        Ok(StructHandle { module, name, abilities, type_params })
    }

    /// `name<params>(types): (types) [attributes] access (...)`
    fn function_header(&mut self, reader: &mut Reader<'_>) -> Parse<FunctionHandle> {
        let (module, name) = self.qualified(reader)?;
        let type_params = self.generics(reader)?.into_iter().map(|param| param.constraints).collect();
        let parameters = self.signature(reader)?;
        let results = if reader.eat_mark(":") {
            self.results(reader)?
        } else {
            intern(&mut self.tables.signatures, Signature::default(), reader)?
        };
        let attributes = if reader.eat_mark("[") { reader.list("]", attribute)? } else { Vec::new() };
        let access = self.access(reader)?;
        Ok(FunctionHandle { module, name, parameters, results, type_params, access, attributes })
    }

    /// A list of types, or one type without parentheses.
    fn results(&mut self, reader: &mut Reader<'_>) -> Parse<SignatureIdx> {
        if reader.is_mark("(") || reader.is_mark("#") {
            return self.signature(reader);
        }
        let token = self.token(reader, 1)?;
        intern(&mut self.tables.signatures, Signature(vec![token]), reader)
    }

    fn access(&mut self, reader: &mut Reader<'_>) -> Parse<Option<Vec<AccessSpecifier>>> {
        if !reader.eat_word("access") {
            return Ok(None);
        }
        reader.expect_mark("(")?;
        reader.list(")", |reader| self.access_specifier(reader)).map(Some)
    }

    fn access_specifier(&mut self, reader: &mut Reader<'_>) -> Parse<AccessSpecifier> {
        let negated = reader.eat_mark("!");
        let kind = if reader.eat_word("reads") {
            AccessKind::Reads
        } else {
            reader.expect_word("writes")?;
            AccessKind::Writes
        };
        let resource = if reader.eat_mark("*") {
            ResourceSpecifier::Any
        } else if reader.eat_word("address") {
            ResourceSpecifier::DeclaredAtAddress(self.address(reader)?)
        } else if reader.eat_word("module") {
            ResourceSpecifier::DeclaredInModule(self.module(reader)?)
        } else {
            reader.expect_word("struct")?;
            let handle = self.struct_handle(reader)?;
            if reader.is_mark("(") || reader.is_mark("#") {
                ResourceSpecifier::ResourceInstantiation(handle, self.signature(reader)?)
            } else {
                ResourceSpecifier::Resource(handle)
            }
        };
        let address = if !reader.eat_mark("@") {
            AddressSpecifier::Any
        } else if reader.eat_word("param") {
            let local = reader.number()?;
            AddressSpecifier::Parameter(local, if reader.eat_word("via") { raw_index(reader)? } else { None })
        } else {
            AddressSpecifier::Literal(self.address(reader)?)
        };
        Ok(AccessSpecifier { kind, negated, resource, address })
    }

    fn struct_defs(&mut self, items: &[Item<'_>]) -> Parse<()> {
        for item in items.iter().filter(|item| item.kind == Kind::Struct) {
            let mut reader = item.reader.clone();
            let is_native = reader.eat_word("native");
            let is_enum = reader.eat_word("enum");
            if !is_enum {
                reader.expect_word("struct")?;
            }
            let handle = match raw_index::<StructHandleIdx>(&mut reader)? {
                Some(index) => {
                    self.type_params.clear();
                    index
                }
                None => {
                    let handle = self.struct_header(&mut reader)?;
                    self.declare_struct(handle, &item.reader)?
                }
            };
            let fields = if is_native {
                StructFields::Native
            } else if is_enum {
                reader.expect_mark("{")?;
                StructFields::Variants(reader.list("}", |reader| {
                    Ok(VariantDef { name: self.identifier(reader)?, fields: self.fields(reader)? })
                })?)
            } else {
                StructFields::Plain(self.fields(&mut reader)?)
            };
            reader.expect_end()?;
            self.tables.struct_defs.push(StructDef { handle, fields });
        }
        Ok(())
    }

    fn fields(&mut self, reader: &mut Reader<'_>) -> Parse<Vec<FieldDef>> {
        reader.expect_mark("{")?;
        reader.list("}", |reader| {
            let name = self.identifier(reader)?;
            reader.expect_mark(":")?;
            Ok(FieldDef { name, ty: self.token(reader, 1)? })
        })
    }

    /// Constants, and what refers to definitions.
    fn last_tables(&mut self, items: &[Item<'_>]) -> Parse<()> {
        macro_rules! instantiations {
            ($word:literal, $table:ident, $target:ident) => {
                self.entries(items, $word, |asm, reader| {
                    let target = asm.$target(reader)?;
                    let type_args = asm.signature(reader)?;
                    asm.tables.$table.push(Instantiation { target, type_args });
                    Ok(())
                })?;
            };
        }
        self.entries(items, "constant", |asm, reader| {
            let constant = asm.constant(reader)?;
            asm.tables.constants.push(constant);
            Ok(())
        })?;
        instantiations!("struct_inst", struct_def_insts, def);
        instantiations!("fun_inst", function_insts, function);
        instantiations!("field_inst", field_insts, required);
        instantiations!("variant_field_inst", variant_field_insts, required);
        instantiations!("variant_inst", struct_variant_insts, required);
        self.entries(items, "field", |asm, reader| {
            let owner = asm.def(reader)?;
            reader.expect_mark(".")?;
            asm.tables.field_handles.push(FieldHandle { owner, field: reader.number()? });
            Ok(())
        })?;
        self.entries(items, "variant_field", |asm, reader| {
            let owner = asm.def(reader)?;
            reader.expect_mark("/")?;
            let mut variants = Vec::new();
            while !reader.eat_mark(".") {
                reader.eat_mark("|");
                variants.push(reader.number()?);
            }
            asm.tables.variant_field_handles.push(VariantFieldHandle { owner, variants, field: reader.number()? });
            Ok(())
        })?;
        self.entries(items, "variant", |asm, reader| {
            let owner = asm.def(reader)?;
            reader.expect_mark("/")?;
            asm.tables.struct_variant_handles.push(StructVariantHandle { owner, variant: reader.number()? });
            Ok(())
        })
    }

    fn required<I: TableIndex>(&mut self, reader: &mut Reader<'_>) -> Parse<I> {
        match raw_index(reader)? {
            Some(index) => Ok(index),
            None => reader.fail("expected `#` and an index"),
        }
    }

    fn friends_and_metadata(&mut self, items: &[Item<'_>]) -> Parse<()> {
        for item in items {
            let mut reader = item.reader.clone();
            match item.kind {
                Kind::Friend => {
                    reader.expect_word("friend")?;
                    let friend = self.module_handle(&mut reader)?;
                    self.tables.friends.push(friend);
                }
                Kind::Metadata => {
                    reader.expect_word("metadata")?;
                    self.tables.metadata.push(Metadata { key: reader.bytes()?, value: reader.bytes()? });
                }
                Kind::Table | Kind::Import | Kind::Struct | Kind::Function => continue,
            }
            reader.expect_end()?;
        }
        Ok(())
    }

    fn function_def(&mut self, reader: &mut Reader<'_>, lines: &mut Vec<Vec<u32>>) -> Parse<()> {
        let start = reader.clone();
        let (visibility, is_entry, is_native) = modifiers(reader)?;
        let handle = match raw_index::<FunctionHandleIdx>(reader)? {
            Some(index) => {
                self.type_params.clear();
                index
            }
            None => {
                let handle = self.function_header(reader)?;
                self.declare_function(handle, &start)?
            }
        };
        let mut acquires = Vec::new();
        if reader.eat_word("acquires") {
            acquires.push(self.def(reader)?);
            while reader.eat_mark(",") {
                acquires.push(self.def(reader)?);
            }
        }
        let (code, code_lines) =
            if is_native { (None, Vec::new()) } else { self.code(reader).map(|(c, l)| (Some(c), l))? };
        lines.push(code_lines);
        self.tables.function_defs.push(FunctionDef { handle, visibility, is_entry, acquires, code });
        Ok(())
    }

    fn code(&mut self, reader: &mut Reader<'_>) -> Parse<(CodeUnit, Vec<u32>)> {
        reader.expect_mark("{")?;
        let locals = if reader.eat_word("locals") {
            self.signature(reader)?
        } else {
            intern(&mut self.tables.signatures, Signature::default(), reader)?
        };
        let (mut code, mut lines, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        self.jumps.clear();
        while !reader.eat_mark("}") {
            while reader.peek_second() == Some(&Token::Mark(":")) {
                let start = reader.clone();
                let label = reader.word()?;
                reader.expect_mark(":")?;
                match label.parse::<usize>() {
                    Ok(offset) if offset != code.len() => {
                        return start.fail(format!("this is instruction {}, not {offset}", code.len()));
                    }
                    Ok(_) => {}
                    Err(_) if labels.iter().any(|(name, _)| *name == label) => {
                        return start.fail(format!("label `{label}` twice"));
                    }
                    Err(_) => labels.push((label, code.len())),
                }
            }
            if reader.is_mark("}") {
                return reader.fail("a label stands before an instruction");
            }
            lines.push(reader.line());
            self.at = code.len();
            code.push(self.instruction(reader)?);
        }
        for (at, label, line) in std::mem::take(&mut self.jumps) {
            let target = labels.iter().find(|(name, _)| *name == label).and_then(|(_, to)| u16::try_from(*to).ok());
            let Some(target) = target else {
                return Err(AssemblyError { line, message: format!("no label `{label}`") });
            };
            match code.get_mut(at) {
                Some(Bytecode::Branch(to) | Bytecode::BrTrue(to) | Bytecode::BrFalse(to)) => *to = target,
                _ => return Err(AssemblyError { line, message: "only jumps have labels".to_owned() }),
            }
        }
        Ok((CodeUnit { locals, code }, lines))
    }

    // The encodings named in the instruction table.

    fn index<I: Operand>(&mut self, reader: &mut Reader<'_>) -> Parse<I> {
        match raw_index(reader)? {
            // `#3::name` is a name in module 3.
            Some(index) if !reader.is_mark("::") => Ok(index),
            Some(_) => reader.fail("a module is written by its name"),
            None => I::symbolic(self, reader),
        }
    }

    fn offset(&mut self, reader: &mut Reader<'_>) -> Parse<CodeOffset> {
        let line = reader.line();
        let target = reader.word()?;
        if let Ok(offset) = target.parse() {
            return Ok(offset);
        }
        self.jumps.push((self.at, target.to_owned(), line));
        Ok(0)
    }

    fn local(&mut self, reader: &mut Reader<'_>) -> Parse<u8> {
        reader.number()
    }

    fn mask(&mut self, reader: &mut Reader<'_>) -> Parse<u64> {
        reader.number()
    }
}

/// `public entry native fun`
fn modifiers(reader: &mut Reader<'_>) -> Parse<(Visibility, bool, bool)> {
    let visibility = if reader.eat_word("public") {
        Visibility::Public
    } else if reader.eat_word("friend") {
        Visibility::Friend
    } else {
        Visibility::Private
    };
    let is_entry = reader.eat_word("entry");
    let is_native = reader.eat_word("native");
    reader.expect_word("fun")?;
    Ok((visibility, is_entry, is_native))
}

fn attribute(reader: &mut Reader<'_>) -> Parse<FunctionAttribute> {
    let start = reader.clone();
    Ok(match reader.word()? {
        "persistent" => FunctionAttribute::Persistent,
        "module_lock" => FunctionAttribute::ModuleLock,
        "pack" => FunctionAttribute::Pack,
        "pack_variant" => FunctionAttribute::PackVariant(reader.number()?),
        "unpack" => FunctionAttribute::Unpack,
        "unpack_variant" => FunctionAttribute::UnpackVariant(reader.number()?),
        "test_variant" => FunctionAttribute::TestVariant(reader.number()?),
        "borrow_field" => FunctionAttribute::BorrowFieldImmutable(reader.number()?),
        "borrow_field_mut" => FunctionAttribute::BorrowFieldMutable(reader.number()?),
        "immutable" => FunctionAttribute::Immutable,
        "constant_accessor" => FunctionAttribute::ConstantAccessor,
        other => return start.fail(format!("unknown attribute `{other}`")),
    })
}

macro_rules! raw_integers {
    ($($name:ident: $int:ty;)*) => {
        impl Assembler {$(
            fn $name(&mut self, reader: &mut Reader<'_>) -> Parse<$int> {
                reader.number()
            }
        )*}
    };
}

raw_integers! {
    raw_u8: u8;
    raw_u16: u16;
    raw_u32: u32;
    raw_u64: u64;
    raw_u128: u128;
    raw_u256: U256;
    raw_i8: i8;
    raw_i16: i16;
    raw_i32: i32;
    raw_i64: i64;
    raw_i128: i128;
    raw_i256: I256;
}

macro_rules! define_assembler {
    ($($(#[$doc:meta])* $opcode:literal since $since:literal $name:ident
        $(($first:ident: $first_type:ty = $first_codec:ident $(, $arg:ident: $type:ty = $codec:ident)*))?;)*) => {
        impl Assembler {
            fn instruction(&mut self, reader: &mut Reader<'_>) -> Parse<Bytecode> {
                let start = reader.clone();
                match reader.word()? {
                    $(stringify!($name) => Ok(Bytecode::$name $((
                        self.$first_codec(reader)?
                        $(, {
                            reader.expect_mark(",")?;
                            self.$codec(reader)?
                        })*
                    ))?),)*
                    other => start.fail(format!("unknown instruction `{other}`")),
                }
            }
        }
    };
}
instruction_table!(define_assembler);
