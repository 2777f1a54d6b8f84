//! Types and references in text: looked up, or appended to their table if they are missing.

use super::{
    assembler::Assembler,
    lexer::{AssemblyError, Reader, Token},
};
use crate::file_format::{
    AddressIdx, Constant, ConstantIdx, FieldHandle, FieldHandleIdx, FieldInstIdx, FunctionHandleIdx, FunctionInstIdx,
    FunctionType, IdentifierIdx, Instantiation, ModuleHandle, ModuleHandleIdx, Signature, SignatureIdx, SignatureToken,
    StructDefIdx, StructDefInstIdx, StructHandleIdx, StructVariantHandle, StructVariantHandleIdx, StructVariantInstIdx,
    TOKEN_DEPTH_MAX, TableIndex, VariantFieldHandle, VariantFieldHandleIdx, VariantFieldInstIdx,
};
use move_core_types::{Ability, AbilitySet, AccountAddress, Identifier};

type Parse<T> = Result<T, AssemblyError>;

/// The type that a word alone means, if it is not the name of a struct or parameter.
pub(super) fn primitive(word: &str) -> Option<SignatureToken> {
    Some(match word {
        "bool" => SignatureToken::Bool,
        "u8" => SignatureToken::U8,
        "u16" => SignatureToken::U16,
        "u32" => SignatureToken::U32,
        "u64" => SignatureToken::U64,
        "u128" => SignatureToken::U128,
        "u256" => SignatureToken::U256,
        "i8" => SignatureToken::I8,
        "i16" => SignatureToken::I16,
        "i32" => SignatureToken::I32,
        "i64" => SignatureToken::I64,
        "i128" => SignatureToken::I128,
        "i256" => SignatureToken::I256,
        "address" => SignatureToken::Address,
        "signer" => SignatureToken::Signer,
        _ => return None,
    })
}

/// The index of the first equal entry, which is appended if there is none.
pub(super) fn intern<T: PartialEq, I: TableIndex>(table: &mut Vec<T>, entry: T, reader: &Reader<'_>) -> Parse<I> {
    let position = table.iter().position(|existing| *existing == entry).unwrap_or_else(|| {
        table.push(entry);
        table.len() - 1
    });
    match u16::try_from(position) {
        Ok(index) => Ok(I::from_u16(index)),
        Err(_) => reader.fail("table full"),
    }
}

/// `#n`
pub(super) fn raw_index<I: TableIndex>(reader: &mut Reader<'_>) -> Parse<Option<I>> {
    if reader.eat_mark("#") { reader.number().map(|index| Some(I::from_u16(index))) } else { Ok(None) }
}

/// `copy + drop`; `commas` may separate them too, where nothing else does.
pub(super) fn abilities(reader: &mut Reader<'_>, commas: bool) -> Parse<AbilitySet> {
    let mut set = AbilitySet::EMPTY;
    loop {
        let line = reader.clone();
        let word = reader.word()?;
        match Ability::ALL.into_iter().find(|ability| ability.name() == word) {
            Some(ability) => set = set.with(ability),
            None => return line.fail(format!("`{word}` is no ability")),
        }
        if !(reader.eat_mark("+") || commas && reader.eat_mark(",")) {
            return Ok(set);
        }
    }
}

impl Assembler {
    pub(super) fn address(&mut self, reader: &mut Reader<'_>) -> Parse<AddressIdx> {
        if let Some(index) = raw_index(reader)? {
            return Ok(index);
        }
        let start = reader.clone();
        match AccountAddress::from_hex_literal(reader.word()?) {
            Ok(address) => intern(&mut self.tables.addresses, address, reader),
            Err(error) => start.fail(error.to_string()),
        }
    }

    pub(super) fn identifier(&mut self, reader: &mut Reader<'_>) -> Parse<IdentifierIdx> {
        if let Some(index) = raw_index(reader)? {
            return Ok(index);
        }
        let start = reader.clone();
        match Identifier::new(reader.name()?) {
            Ok(name) => intern(&mut self.tables.identifiers, name, reader),
            Err(error) => start.fail(error.to_string()),
        }
    }

    /// `address::name`, both possibly `#n`.
    pub(super) fn module_handle(&mut self, reader: &mut Reader<'_>) -> Parse<ModuleHandle> {
        let address = self.address(reader)?;
        reader.expect_mark("::")?;
        Ok(ModuleHandle { address, name: self.identifier(reader)? })
    }

    /// A module: `#n` or `address::name`.
    pub(super) fn module(&mut self, reader: &mut Reader<'_>) -> Parse<ModuleHandleIdx> {
        if let Some(index) = raw_index(reader)? {
            return Ok(index);
        }
        let handle = self.module_handle(reader)?;
        intern(&mut self.tables.module_handles, handle, reader)
    }

    /// `name`, `Self::name` or `module::name`.
    pub(super) fn qualified(&mut self, reader: &mut Reader<'_>) -> Parse<(ModuleHandleIdx, IdentifierIdx)> {
        let is_foreign = reader.is_mark("#") || reader.peek_second() == Some(&Token::Mark("::"));
        if is_foreign && !reader.is_word("Self") {
            let module = self.module(reader)?;
            reader.expect_mark("::")?;
            return Ok((module, self.identifier(reader)?));
        }
        let Some(own) = self.own else {
            return reader.fail("a script has no names of its own");
        };
        if reader.eat_word("Self") {
            reader.expect_mark("::")?;
        }
        Ok((own, self.identifier(reader)?))
    }

    pub(super) fn struct_handle(&mut self, reader: &mut Reader<'_>) -> Parse<StructHandleIdx> {
        if let Some(index) = raw_index(reader)? {
            return Ok(index);
        }
        let start = reader.clone();
        let key = self.qualified(reader)?;
        let position = self.tables.struct_handles.iter().position(|handle| (handle.module, handle.name) == key);
        match position.and_then(|position| u16::try_from(position).ok()) {
            Some(index) => Ok(StructHandleIdx(index)),
            None => start.fail("this type is not declared"),
        }
    }

    pub(super) fn function(&mut self, reader: &mut Reader<'_>) -> Parse<FunctionHandleIdx> {
        if let Some(index) = raw_index(reader)? {
            return Ok(index);
        }
        let start = reader.clone();
        let key = self.qualified(reader)?;
        let position = self.tables.function_handles.iter().position(|handle| (handle.module, handle.name) == key);
        match position.and_then(|position| u16::try_from(position).ok()) {
            Some(index) => Ok(FunctionHandleIdx(index)),
            None => start.fail("this function is not declared"),
        }
    }

    pub(super) fn types(&mut self, reader: &mut Reader<'_>, close: &str) -> Parse<Vec<SignatureToken>> {
        reader.list(close, |reader| self.token(reader, 1))
    }

    pub(super) fn token(&mut self, reader: &mut Reader<'_>, depth: usize) -> Parse<SignatureToken> {
        if depth > TOKEN_DEPTH_MAX {
            return reader.fail("type nested too deeply");
        }
        let below = depth + 1;
        if reader.eat_mark("&") {
            let is_mutable = reader.eat_word("mut");
            let inner = self.token(reader, below)?;
            let make = if is_mutable { SignatureToken::mutable_reference } else { SignatureToken::reference };
            return Ok(make(inner));
        }
        if reader.eat_mark("|") {
            let args = reader.list("|", |reader| self.token(reader, below))?;
            reader.expect_mark("(")?;
            let results = reader.list(")", |reader| self.token(reader, below))?;
            let abilities = if reader.eat_word("has") { abilities(reader, false)? } else { AbilitySet::EMPTY };
            return Ok(SignatureToken::Function(Box::new(FunctionType { args, results, abilities })));
        }
        if let Some(Token::Word(word)) = reader.peek()
            && reader.peek_second() != Some(&Token::Mark("::"))
        {
            let param = self.type_params.iter().position(|name| name == word);
            let param = param.and_then(|position| u16::try_from(position).ok());
            let by_position = || word.strip_prefix('T').and_then(|digits| digits.parse().ok());
            if let Some(token) = primitive(word).or(param.or_else(by_position).map(SignatureToken::TypeParam)) {
                reader.next();
                return Ok(token);
            }
            if reader.eat_word("vector") {
                reader.expect_mark("<")?;
                let element = self.token(reader, below)?;
                reader.expect_mark(">")?;
                return Ok(SignatureToken::vector(element));
            }
        }
        let handle = self.struct_handle(reader)?;
        if !reader.eat_mark("<") {
            return Ok(SignatureToken::Struct(handle));
        }
        let args = reader.list(">", |reader| self.token(reader, below))?;
        Ok(SignatureToken::StructInst(handle, args))
    }

    /// `#n` or `(types)`.
    pub(super) fn signature(&mut self, reader: &mut Reader<'_>) -> Parse<SignatureIdx> {
        if let Some(index) = raw_index(reader)? {
            return Ok(index);
        }
        reader.expect_mark("(")?;
        let types = self.types(reader, ")")?;
        intern(&mut self.tables.signatures, Signature(types), reader)
    }

    /// `<types>`, if there.
    fn type_args(&mut self, reader: &mut Reader<'_>) -> Parse<SignatureIdx> {
        reader.expect_mark("<")?;
        let types = self.types(reader, ">")?;
        intern(&mut self.tables.signatures, Signature(types), reader)
    }

    pub(super) fn constant(&mut self, reader: &mut Reader<'_>) -> Parse<Constant> {
        Ok(Constant { ty: self.token(reader, 1)?, data: reader.bytes()? })
    }

    /// An own struct or enum: `#n` or its name.
    pub(super) fn def(&mut self, reader: &mut Reader<'_>) -> Parse<StructDefIdx> {
        if let Some(index) = raw_index(reader)? {
            return Ok(index);
        }
        let start = reader.clone();
        let handle = self.struct_handle(reader)?;
        let position = self.tables.struct_defs.iter().position(|def| def.handle == handle);
        match position.and_then(|position| u16::try_from(position).ok()) {
            Some(index) => Ok(StructDefIdx(index)),
            None => start.fail("this type is not defined here"),
        }
    }

    /// A field by name or offset, in the struct or the given variant of the enum.
    fn field(&mut self, reader: &mut Reader<'_>, owner: StructDefIdx, variant: Option<u16>) -> Parse<u16> {
        reader.expect_mark(".")?;
        let start = reader.clone();
        let name = reader.name()?;
        if let Ok(offset) = name.parse() {
            return Ok(offset);
        }
        let def = self.tables.struct_def(owner);
        let fields = def.map_or(&[][..], |def| match variant {
            Some(variant) => def.variants().get(usize::from(variant)).map_or(&[][..], |variant| &variant.fields),
            None => def.plain_fields(),
        });
        let is_named = |index| self.tables.identifier(index).is_some_and(|found| found.as_str() == name);
        let position = fields.iter().position(|field| is_named(field.name));
        match position.and_then(|position| u16::try_from(position).ok()) {
            Some(offset) => Ok(offset),
            None => start.fail(format!("no field `{name}`")),
        }
    }

    /// A variant by name or number.
    fn variant(&mut self, reader: &mut Reader<'_>, owner: StructDefIdx) -> Parse<u16> {
        let start = reader.clone();
        let name = reader.name()?;
        if let Ok(variant) = name.parse() {
            return Ok(variant);
        }
        let variants = self.tables.struct_def(owner).map_or(&[][..], |def| def.variants());
        let is_named = |index| self.tables.identifier(index).is_some_and(|found| found.as_str() == name);
        let position = variants.iter().position(|variant| is_named(variant.name));
        match position.and_then(|position| u16::try_from(position).ok()) {
            Some(variant) => Ok(variant),
            None => start.fail(format!("no variant `{name}`")),
        }
    }

    pub(super) fn field_handle(&mut self, reader: &mut Reader<'_>, owner: StructDefIdx) -> Parse<FieldHandleIdx> {
        let field = self.field(reader, owner, None)?;
        intern(&mut self.tables.field_handles, FieldHandle { owner, field }, reader)
    }

    fn variant_handle(&mut self, reader: &mut Reader<'_>, owner: StructDefIdx) -> Parse<StructVariantHandleIdx> {
        reader.expect_mark("/")?;
        let variant = self.variant(reader, owner)?;
        intern(&mut self.tables.struct_variant_handles, StructVariantHandle { owner, variant }, reader)
    }

    /// `/A|B.field`
    pub(super) fn variant_field(&mut self, reader: &mut Reader<'_>, owner: StructDefIdx) -> Parse<VariantFieldHandle> {
        reader.expect_mark("/")?;
        let mut variants = vec![self.variant(reader, owner)?];
        while reader.eat_mark("|") {
            variants.push(self.variant(reader, owner)?);
        }
        let field = self.field(reader, owner, variants.first().copied())?;
        Ok(VariantFieldHandle { owner, variants, field })
    }
}

/// An operand that is an index.
pub(super) trait Operand: TableIndex {
    /// Reads the symbolic form.
    fn symbolic(assembler: &mut Assembler, reader: &mut Reader<'_>) -> Parse<Self>;
}

macro_rules! operands {
    ($($index:ty: |$asm:ident, $reader:ident| $body:expr;)*) => {$(
        impl Operand for $index {
            fn symbolic($asm: &mut Assembler, $reader: &mut Reader<'_>) -> Parse<Self> {
                $body
            }
        }
    )*};
}

operands! {
    ConstantIdx: |asm, reader| {
        let constant = asm.constant(reader)?;
        intern(&mut asm.tables.constants, constant, reader)
    };
    SignatureIdx: |asm, reader| asm.signature(reader);
    FunctionHandleIdx: |asm, reader| asm.function(reader);
    StructDefIdx: |asm, reader| asm.def(reader);
    FunctionInstIdx: |asm, reader| {
        let target = asm.function(reader)?;
        let type_args = asm.type_args(reader)?;
        intern(&mut asm.tables.function_insts, Instantiation { target, type_args }, reader)
    };
    StructDefInstIdx: |asm, reader| {
        let target = asm.def(reader)?;
        let type_args = asm.type_args(reader)?;
        intern(&mut asm.tables.struct_def_insts, Instantiation { target, type_args }, reader)
    };
    FieldHandleIdx: |asm, reader| {
        let owner = asm.def(reader)?;
        asm.field_handle(reader, owner)
    };
    FieldInstIdx: |asm, reader| {
        let owner = asm.def(reader)?;
        let type_args = asm.type_args(reader)?;
        let target = asm.field_handle(reader, owner)?;
        intern(&mut asm.tables.field_insts, Instantiation { target, type_args }, reader)
    };
    VariantFieldHandleIdx: |asm, reader| {
        let owner = asm.def(reader)?;
        let handle = asm.variant_field(reader, owner)?;
        intern(&mut asm.tables.variant_field_handles, handle, reader)
    };
    VariantFieldInstIdx: |asm, reader| {
        let owner = asm.def(reader)?;
        let type_args = asm.type_args(reader)?;
        let handle = asm.variant_field(reader, owner)?;
        let target = intern(&mut asm.tables.variant_field_handles, handle, reader)?;
        intern(&mut asm.tables.variant_field_insts, Instantiation { target, type_args }, reader)
    };
    StructVariantHandleIdx: |asm, reader| {
        let owner = asm.def(reader)?;
        asm.variant_handle(reader, owner)
    };
    StructVariantInstIdx: |asm, reader| {
        let owner = asm.def(reader)?;
        let type_args = asm.type_args(reader)?;
        let target = asm.variant_handle(reader, owner)?;
        intern(&mut asm.tables.struct_variant_insts, Instantiation { target, type_args }, reader)
    };
}
