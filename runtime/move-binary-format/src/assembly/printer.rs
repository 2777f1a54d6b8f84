//! Modules and scripts to text.

use super::refer::Plain;
use crate::{
    bytecode::{Bytecode, instruction_table},
    file_format::{
        AccessKind, AccessSpecifier, AddressIdx, AddressSpecifier, CodeUnit, CompiledModule, CompiledScript, Constant,
        ConstantIdx, FieldDef, FieldHandle, FieldHandleIdx, FieldInstIdx, FunctionAttribute, FunctionDef,
        FunctionHandle, FunctionHandleIdx, FunctionInstIdx, IdentifierIdx, ModuleHandleIdx, ResourceSpecifier,
        Signature, SignatureIdx, SignatureToken, StructDef, StructDefIdx, StructDefInstIdx, StructFields, StructHandle,
        StructHandleIdx, StructVariantHandle, StructVariantHandleIdx, StructVariantInstIdx, TableIndex, Tables,
        VariantFieldHandle, VariantFieldHandleIdx, VariantFieldInstIdx, Visibility,
    },
};
use move_core_types::{AbilitySet, I256, U256};

/// The text of a module, from which [`super::assemble`] makes an equal one, tables included.
pub fn disassemble(module: &CompiledModule) -> String {
    module_text(module, true)
}

/// The text of a module for people: without the order of the tables.
pub fn outline(module: &CompiledModule) -> String {
    module_text(module, false)
}

/// The text of a script, from which [`super::assemble_script`] makes an equal one.
pub fn disassemble_script(script: &CompiledScript) -> String {
    script_text(script, true)
}

/// The text of a script for people: without the order of the tables.
pub fn outline_script(script: &CompiledScript) -> String {
    script_text(script, false)
}

fn module_text(module: &CompiledModule, with_tables: bool) -> String {
    let printer = Printer::new(&module.tables, Some(module.self_handle));
    let mut out = format!("module {} version {} {{\n", printer.module(module.self_handle), module.version);
    printer.pools(&mut out, with_tables);
    for friend in &module.friends {
        out += &format!("    friend {}::{};\n", printer.address(friend.address), printer.identifier(friend.name));
    }
    for def in &module.struct_defs {
        out += &printer.struct_def(def);
    }
    for def in &module.function_defs {
        out += &printer.function_def(def);
    }
    out + "}\n"
}

fn script_text(script: &CompiledScript, with_tables: bool) -> String {
    let printer = Printer::new(&script.tables, None);
    let mut out = format!("script version {} {{\n", script.version);
    printer.pools(&mut out, with_tables);
    out += "\n    fun main";
    out += &generics(script.type_params.iter().map(|constraints| (false, *constraints)));
    out += &printer.signature(script.parameters);
    out += &printer.access(script.access.as_deref());
    out += &printer.code(&script.code);
    out + "}\n"
}

struct Printer<'a> {
    tables: &'a Tables,
    own: Option<ModuleHandleIdx>,
    plain: Plain,
}

fn raw<I: TableIndex>(index: I) -> String {
    format!("#{}", index.into_u16())
}

fn generics(params: impl Iterator<Item = (bool, AbilitySet)>) -> String {
    let params = params.enumerate().map(|(position, (is_phantom, constraints))| {
        let phantom = if is_phantom { "phantom " } else { "" };
        let constraints = if constraints.is_empty() { String::new() } else { format!(": {constraints}") };
        format!("{phantom}T{position}{constraints}")
    });
    let params: Vec<_> = params.collect();
    if params.is_empty() { String::new() } else { format!("<{}>", params.join(", ")) }
}

/// A name as it is, or between quotes if it would be read as something else.
fn quoted(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')) {
        name.to_owned()
    } else {
        format!("\"{name}\"")
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("x\"{digits}\"")
}

fn bytes_or_text(bytes: &[u8]) -> String {
    let is_plain = bytes.iter().all(|byte| (b' '..=b'~').contains(byte) && *byte != b'"');
    match std::str::from_utf8(bytes) {
        Ok(text) if is_plain => format!("\"{text}\""),
        _ => hex(bytes),
    }
}

/// Whether a bare word in the place of a type is something else than an own struct.
pub(super) fn is_type_word(word: &str) -> bool {
    let is_param = word.strip_prefix('T').is_some_and(|rest| rest.parse::<u16>().is_ok());
    is_param || word == "vector" || word == "Self" || word == "x" || super::operands::primitive(word).is_some()
}

impl<'a> Printer<'a> {
    fn new(tables: &'a Tables, own: Option<ModuleHandleIdx>) -> Self {
        Self { tables, own, plain: Plain::of(tables, own) }
    }

    fn address(&self, index: AddressIdx) -> String {
        match self.tables.address(index) {
            Some(address) if Plain::has(&self.plain.addresses, index) => address.to_short_string(),
            _ => raw(index),
        }
    }

    fn identifier(&self, index: IdentifierIdx) -> String {
        match self.tables.identifier(index) {
            Some(name) if Plain::has(&self.plain.identifiers, index) => quoted(name),
            _ => raw(index),
        }
    }

    fn module(&self, index: ModuleHandleIdx) -> String {
        match self.tables.module_handle(index) {
            Some(handle) if Plain::has(&self.plain.module_handles, index) => {
                format!("{}::{}", self.address(handle.address), self.identifier(handle.name))
            }
            _ => raw(index),
        }
    }

    /// `name` or `module::name`.
    fn qualified(&self, module: ModuleHandleIdx, name: IdentifierIdx) -> String {
        if Some(module) == self.own {
            self.identifier(name)
        } else {
            format!("{}::{}", self.module(module), self.identifier(name))
        }
    }

    fn struct_handle(&self, index: StructHandleIdx) -> String {
        match self.tables.struct_handle(index) {
            Some(handle) if Plain::has(&self.plain.struct_handles, index) => {
                let name = self.qualified(handle.module, handle.name);
                if is_type_word(&name) { format!("Self::{name}") } else { name }
            }
            _ => raw(index),
        }
    }

    fn function_handle(&self, index: FunctionHandleIdx) -> String {
        match self.tables.function_handle(index) {
            Some(handle) if Plain::has(&self.plain.function_handles, index) => {
                self.qualified(handle.module, handle.name)
            }
            _ => raw(index),
        }
    }

    fn types(&self, tokens: &[SignatureToken]) -> String {
        let tokens: Vec<_> = tokens.iter().map(|token| self.token(token)).collect();
        tokens.join(", ")
    }

    /// Recurses as deep as the token, which the reader limits.
    fn token(&self, token: &SignatureToken) -> String {
        use SignatureToken as T;
        match token {
            T::Vector(inner) => format!("vector<{}>", self.token(inner)),
            T::Reference(inner) => format!("&{}", self.token(inner)),
            T::MutableReference(inner) => format!("&mut {}", self.token(inner)),
            T::Struct(handle) => self.struct_handle(*handle),
            T::StructInst(handle, args) => format!("{}<{}>", self.struct_handle(*handle), self.types(args)),
            T::TypeParam(index) => format!("T{index}"),
            T::Function(function) => {
                let (args, results) = (self.types(&function.args), self.types(&function.results));
                if function.abilities.is_empty() {
                    format!("|{args}|({results})")
                } else {
                    format!("|{args}|({results}) has {}", function.abilities)
                }
            }
            T::Bool => "bool".to_owned(),
            T::Address => "address".to_owned(),
            T::Signer => "signer".to_owned(),
            T::U8 => "u8".to_owned(),
            T::U16 => "u16".to_owned(),
            T::U32 => "u32".to_owned(),
            T::U64 => "u64".to_owned(),
            T::U128 => "u128".to_owned(),
            T::U256 => "u256".to_owned(),
            T::I8 => "i8".to_owned(),
            T::I16 => "i16".to_owned(),
            T::I32 => "i32".to_owned(),
            T::I64 => "i64".to_owned(),
            T::I128 => "i128".to_owned(),
            T::I256 => "i256".to_owned(),
        }
    }

    fn tokens_of(&self, signature: &Signature) -> String {
        format!("({})", self.types(&signature.0))
    }

    fn signature(&self, index: SignatureIdx) -> String {
        match self.tables.signature(index) {
            Some(signature) if self.plain.signature(index) => self.tokens_of(signature),
            _ => raw(index),
        }
    }

    fn constant_text(&self, constant: &Constant) -> String {
        format!("{} {}", self.token(&constant.ty), hex(&constant.data))
    }

    fn struct_header(&self, handle: &StructHandle, name: &str) -> String {
        let params = handle.type_params.iter().map(|param| (param.is_phantom, param.constraints));
        let abilities = if handle.abilities.is_empty() { String::new() } else { format!(" has {}", handle.abilities) };
        format!("struct {name}{}{abilities}", generics(params))
    }

    fn function_header(&self, handle: &FunctionHandle, name: &str) -> String {
        let params = handle.type_params.iter().map(|constraints| (false, *constraints));
        let mut out = format!("fun {name}{}{}", generics(params), self.signature(handle.parameters));
        let has_results = self.tables.signature(handle.results).is_none_or(|results| !results.0.is_empty());
        // An empty list of results may be left out if its text would find the same entry.
        if has_results || !self.plain.signature(handle.results) {
            out += &format!(": {}", self.signature(handle.results));
        }
        if !handle.attributes.is_empty() {
            let attributes: Vec<_> = handle.attributes.iter().map(|attribute| attribute_text(*attribute)).collect();
            out += &format!(" [{}]", attributes.join(", "));
        }
        out + &self.access(handle.access.as_deref())
    }

    fn access(&self, access: Option<&[AccessSpecifier]>) -> String {
        let Some(specifiers) = access else {
            return String::new();
        };
        let specifiers = specifiers.iter().map(|specifier| {
            let negated = if specifier.negated { "!" } else { "" };
            let kind = match specifier.kind {
                AccessKind::Reads => "reads",
                AccessKind::Writes => "writes",
            };
            let resource = match specifier.resource {
                ResourceSpecifier::Any => "*".to_owned(),
                ResourceSpecifier::DeclaredAtAddress(address) => format!("address {}", self.address(address)),
                ResourceSpecifier::DeclaredInModule(module) => format!("module {}", self.module(module)),
                ResourceSpecifier::Resource(handle) => format!("struct {}", self.struct_handle(handle)),
                ResourceSpecifier::ResourceInstantiation(handle, args) => {
                    format!("struct {} {}", self.struct_handle(handle), self.signature(args))
                }
            };
            let address = match specifier.address {
                AddressSpecifier::Any => String::new(),
                AddressSpecifier::Literal(address) => format!(" @ {}", self.address(address)),
                AddressSpecifier::Parameter(local, None) => format!(" @ param {local}"),
                AddressSpecifier::Parameter(local, Some(function)) => format!(" @ param {local} via {}", raw(function)),
            };
            format!("{negated}{kind} {resource}{address}")
        });
        let specifiers: Vec<_> = specifiers.collect();
        format!(" access ({})", specifiers.join(", "))
    }

    /// Imports and metadata; with `exact` every table in its order.
    fn pools(&self, out: &mut String, exact: bool) {
        if exact {
            *out += "    tables {\n";
            for line in self.table_lines() {
                *out += &format!("        {line};\n");
            }
            *out += "    }\n";
        } else {
            let foreign = |module| Some(module) != self.own;
            for handle in self.tables.struct_handles.iter().filter(|handle| foreign(handle.module)) {
                let name = self.qualified(handle.module, handle.name);
                *out += &format!("    import {};\n", self.struct_header(handle, &name));
            }
            for handle in self.tables.function_handles.iter().filter(|handle| foreign(handle.module)) {
                let name = self.qualified(handle.module, handle.name);
                *out += &format!("    import {};\n", self.function_header(handle, &name));
            }
        }
        for metadata in &self.tables.metadata {
            *out += &format!("    metadata {} {};\n", bytes_or_text(&metadata.key), hex(&metadata.value));
        }
    }

    fn table_lines(&self) -> Vec<String> {
        let tables = self.tables;
        let mut lines: Vec<String> = Vec::new();
        lines.extend(tables.addresses.iter().map(|address| format!("address {}", address.to_short_string())));
        lines.extend(tables.identifiers.iter().map(|name| format!("identifier {}", quoted(name))));
        lines.extend(
            tables
                .module_handles
                .iter()
                .map(|handle| format!("module {}::{}", self.address(handle.address), self.identifier(handle.name))),
        );
        // In this block names are always qualified by their module.
        let qualified = |module, name| format!("{}::{}", self.module(module), self.identifier(name));
        lines.extend(
            tables
                .struct_handles
                .iter()
                .map(|handle| self.struct_header(handle, &qualified(handle.module, handle.name))),
        );
        lines.extend(tables.signatures.iter().map(|signature| format!("signature {}", self.tokens_of(signature))));
        lines.extend(
            tables
                .function_handles
                .iter()
                .map(|handle| self.function_header(handle, &qualified(handle.module, handle.name))),
        );
        lines.extend(tables.constants.iter().map(|constant| format!("constant {}", self.constant_text(constant))));
        let args = |signature| self.signature(signature);
        lines.extend(
            tables
                .struct_def_insts
                .iter()
                .map(|inst| format!("struct_inst {} {}", self.def(inst.target), args(inst.type_args))),
        );
        lines.extend(
            tables
                .function_insts
                .iter()
                .map(|inst| format!("fun_inst {} {}", self.function_handle(inst.target), args(inst.type_args))),
        );
        lines.extend(
            tables.field_handles.iter().map(|handle| format!("field {} .{}", self.def(handle.owner), handle.field)),
        );
        lines.extend(
            tables.field_insts.iter().map(|inst| format!("field_inst {} {}", raw(inst.target), args(inst.type_args))),
        );
        lines.extend(tables.variant_field_handles.iter().map(|handle| {
            let variants: Vec<_> = handle.variants.iter().map(u16::to_string).collect();
            format!("variant_field {} /{} .{}", self.def(handle.owner), variants.join("|"), handle.field)
        }));
        lines.extend(
            tables
                .variant_field_insts
                .iter()
                .map(|inst| format!("variant_field_inst {} {}", raw(inst.target), args(inst.type_args))),
        );
        lines.extend(
            tables
                .struct_variant_handles
                .iter()
                .map(|handle| format!("variant {} /{}", self.def(handle.owner), handle.variant)),
        );
        lines.extend(
            tables
                .struct_variant_insts
                .iter()
                .map(|inst| format!("variant_inst {} {}", raw(inst.target), args(inst.type_args))),
        );
        lines
    }

    fn fields(&self, fields: &[FieldDef]) -> String {
        let fields: Vec<_> =
            fields.iter().map(|field| format!("{}: {}", self.identifier(field.name), self.token(&field.ty))).collect();
        if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
    }

    fn struct_def(&self, def: &StructDef) -> String {
        let header = match self.tables.struct_handle(def.handle) {
            Some(handle) if Some(handle.module) == self.own && Plain::has(&self.plain.struct_handles, def.handle) => {
                self.struct_header(handle, &self.identifier(handle.name))
            }
            _ => format!("struct {}", raw(def.handle)),
        };
        match &def.fields {
            StructFields::Native => format!("\n    native {header};\n"),
            StructFields::Plain(fields) => format!("\n    {header} {}\n", self.fields(fields)),
            StructFields::Variants(variants) => {
                let header = header.strip_prefix("struct").unwrap_or(&header);
                let variants = variants.iter().map(|variant| {
                    format!("        {} {},\n", self.identifier(variant.name), self.fields(&variant.fields))
                });
                format!("\n    enum{header} {{\n{}    }}\n", variants.collect::<String>())
            }
        }
    }

    fn function_def(&self, def: &FunctionDef) -> String {
        let mut out = "\n    ".to_owned();
        out += match def.visibility {
            Visibility::Private => "",
            Visibility::Public => "public ",
            Visibility::Friend => "friend ",
        };
        out += if def.is_entry { "entry " } else { "" };
        out += if def.is_native() { "native " } else { "" };
        out += &match self.tables.function_handle(def.handle) {
            Some(handle) if Some(handle.module) == self.own && Plain::has(&self.plain.function_handles, def.handle) => {
                self.function_header(handle, &self.identifier(handle.name))
            }
            _ => format!("fun {}", raw(def.handle)),
        };
        if !def.acquires.is_empty() {
            let acquires: Vec<_> = def.acquires.iter().map(|acquired| self.def(*acquired)).collect();
            out += &format!(" acquires {}", acquires.join(", "));
        }
        match &def.code {
            Some(code) => out + &self.code(code),
            None => out + ";\n",
        }
    }

    fn code(&self, unit: &CodeUnit) -> String {
        let mut out = format!(" {{\n        locals {}\n", self.signature(unit.locals));
        for (offset, instruction) in unit.code.iter().enumerate() {
            out += &format!("        {offset}: {}\n", self.instruction(instruction));
        }
        out + "    }\n"
    }

    /// The name of an own struct definition.
    fn def(&self, index: StructDefIdx) -> String {
        let handle = self.tables.struct_def(index).map(|def| def.handle);
        match handle.and_then(|handle| self.tables.struct_handle(handle)) {
            Some(handle) if Plain::has(&self.plain.struct_defs, index) => self.identifier(handle.name),
            _ => raw(index),
        }
    }

    /// `S` or, with type arguments, `S<u64>`.
    fn def_with(&self, def: StructDefIdx, args: Option<SignatureIdx>) -> String {
        let args = args.and_then(|args| self.tables.signature(args));
        self.def(def) + &args.map_or_else(String::new, |args| format!("<{}>", self.types(&args.0)))
    }

    fn field_text(&self, handle: &FieldHandle, args: Option<SignatureIdx>) -> String {
        let fields = self.tables.struct_def(handle.owner).map_or(&[][..], |def| def.plain_fields());
        format!("{}.{}", self.def_with(handle.owner, args), self.field_name(fields, handle.field))
    }

    fn field_name(&self, fields: &[FieldDef], offset: u16) -> String {
        let named = fields.get(usize::from(offset));
        let first = named.and_then(|named| fields.iter().position(|field| field.name == named.name));
        match named {
            Some(field) if first == Some(usize::from(offset)) && Plain::has(&self.plain.identifiers, field.name) => {
                self.identifier(field.name)
            }
            _ => offset.to_string(),
        }
    }

    fn variant_name(&self, owner: StructDefIdx, variant: u16) -> String {
        let variants = self.tables.struct_def(owner).map_or(&[][..], |def| def.variants());
        let named = variants.get(usize::from(variant));
        let first = named.and_then(|named| variants.iter().position(|other| other.name == named.name));
        match named {
            Some(named) if first == Some(usize::from(variant)) && Plain::has(&self.plain.identifiers, named.name) => {
                self.identifier(named.name)
            }
            _ => variant.to_string(),
        }
    }

    fn variant_text(&self, handle: &StructVariantHandle, args: Option<SignatureIdx>) -> String {
        format!("{}/{}", self.def_with(handle.owner, args), self.variant_name(handle.owner, handle.variant))
    }

    fn variant_field_text(&self, handle: &VariantFieldHandle, args: Option<SignatureIdx>) -> String {
        let variants: Vec<_> =
            handle.variants.iter().map(|variant| self.variant_name(handle.owner, *variant)).collect();
        let all = self.tables.struct_def(handle.owner).map_or(&[][..], |def| def.variants());
        let first = handle.variants.first().and_then(|first| all.get(usize::from(*first)));
        let fields = first.map_or(&[][..], |variant| &variant.fields);
        let field = self.field_name(fields, handle.field);
        format!("{}/{}.{field}", self.def_with(handle.owner, args), variants.join("|"))
    }
}

fn attribute_text(attribute: FunctionAttribute) -> String {
    match attribute {
        FunctionAttribute::Persistent => "persistent".to_owned(),
        FunctionAttribute::ModuleLock => "module_lock".to_owned(),
        FunctionAttribute::Pack => "pack".to_owned(),
        FunctionAttribute::PackVariant(variant) => format!("pack_variant {variant}"),
        FunctionAttribute::Unpack => "unpack".to_owned(),
        FunctionAttribute::UnpackVariant(variant) => format!("unpack_variant {variant}"),
        FunctionAttribute::TestVariant(variant) => format!("test_variant {variant}"),
        FunctionAttribute::BorrowFieldImmutable(field) => format!("borrow_field {field}"),
        FunctionAttribute::BorrowFieldMutable(field) => format!("borrow_field_mut {field}"),
        FunctionAttribute::Immutable => "immutable".to_owned(),
        FunctionAttribute::ConstantAccessor => "constant_accessor".to_owned(),
    }
}

/// An operand of an instruction as text.
trait Show: Copy {
    fn show(self, printer: &Printer<'_>) -> String;
}

macro_rules! show_numbers {
    ($($number:ty),*) => {$(
        impl Show for $number {
            fn show(self, _: &Printer<'_>) -> String {
                self.to_string()
            }
        }
    )*};
}
show_numbers!(u8, u16, u32, u64, u128, U256, i8, i16, i32, i64, i128, I256);

macro_rules! show_entries {
    ($($index:ty: $lookup:ident, $plain:ident, |$printer:ident, $entry:ident, $i:ident| $text:expr;)*) => {$(
        impl Show for $index {
            fn show(self, $printer: &Printer<'_>) -> String {
                let $i = self;
                match $printer.tables.$lookup(self) {
                    Some($entry) if Plain::has(&$printer.plain.$plain, self) => $text,
                    _ => raw(self),
                }
            }
        }
    )*};
}

show_entries! {
    ConstantIdx: constant, constants, |printer, constant, _i| printer.constant_text(constant);
    SignatureIdx: signature, signatures, |printer, signature, _i| printer.tokens_of(signature);
    FunctionHandleIdx: function_handle, function_handles, |printer, _handle, i| printer.function_handle(i);
    StructDefIdx: struct_def, struct_defs, |printer, _def, i| printer.def(i);
    FunctionInstIdx: function_inst, function_insts, |printer, inst, _i| {
        let args = printer.tables.signature(inst.type_args).map_or(&[][..], |args| &args.0);
        format!("{}<{}>", printer.function_handle(inst.target), printer.types(args))
    };
    StructDefInstIdx: struct_def_inst, struct_def_insts, |printer, inst, _i| {
        printer.def_with(inst.target, Some(inst.type_args))
    };
    FieldHandleIdx: field_handle, field_handles, |printer, handle, _i| printer.field_text(handle, None);
    FieldInstIdx: field_inst, field_insts, |printer, inst, i| {
        let handle = printer.tables.field_handle(inst.target);
        handle.map_or_else(|| raw(i), |handle| printer.field_text(handle, Some(inst.type_args)))
    };
    VariantFieldHandleIdx: variant_field_handle, variant_field_handles, |printer, handle, _i| {
        printer.variant_field_text(handle, None)
    };
    VariantFieldInstIdx: variant_field_inst, variant_field_insts, |printer, inst, i| {
        let handle = printer.tables.variant_field_handle(inst.target);
        handle.map_or_else(|| raw(i), |handle| printer.variant_field_text(handle, Some(inst.type_args)))
    };
    StructVariantHandleIdx: struct_variant_handle, struct_variant_handles, |printer, handle, _i| {
        printer.variant_text(handle, None)
    };
    StructVariantInstIdx: struct_variant_inst, struct_variant_insts, |printer, inst, i| {
        let handle = printer.tables.struct_variant_handle(inst.target);
        handle.map_or_else(|| raw(i), |handle| printer.variant_text(handle, Some(inst.type_args)))
    };
}

macro_rules! define_printer {
    ($($(#[$doc:meta])* $opcode:literal since $since:literal $name:ident
        $(($($arg:ident: $type:ty = $codec:ident),+))?;)*) => {
        impl Printer<'_> {
            fn instruction(&self, instruction: &Bytecode) -> String {
                match instruction {
                    $(Bytecode::$name $(($($arg),+))? => {
                        let operands: &[String] = &[$($(Show::show(*$arg, self)),+)?];
                        if operands.is_empty() {
                            stringify!($name).to_owned()
                        } else {
                            format!("{} {}", stringify!($name), operands.join(", "))
                        }
                    })*
                }
            }
        }
    };
}
instruction_table!(define_printer);
