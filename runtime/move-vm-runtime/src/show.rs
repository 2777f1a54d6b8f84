//! Values as text, for `string_utils` and `debug`: by type, from their BCS.

use crate::closure::StoredClosure;
use crate::codec::Reader;
use crate::error::{VmError, VmResult};
use crate::types::{IntKind, Kind, Ty};
use crate::world::World;
use move_binary_format::file_format::StructFields;
use move_core_types::{AbilitySet, AccountAddress, I256, StatusCode, U256};
use std::fmt::Write;

/// How values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// On one line.
    Plain,
    /// On one line, addresses with all 64 digits.
    CanonicalAddresses,
    /// On one line, integers with their types.
    IntegerTypes,
    /// On several indented lines.
    Debug,
    /// On one line and without names: addresses as 64 digits, bytes as numbers, an enum as its variant's number and
    /// fields.
    Bare,
}

/// A struct or enum, field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its type, with the variant's name behind it for enums.
    pub name: String,
    /// What its declaration allows.
    pub abilities: AbilitySet,
    /// Names of its fields, and their values.
    pub fields: Vec<(String, String)>,
}

/// The fields of a struct value, each as text.
pub(crate) fn show_fields(world: &mut World, ty: Ty, bytes: &[u8], style: Style) -> VmResult<Shown> {
    let mut shower = Shower { world, reader: Reader::new(bytes), style, out: String::new() };
    shower.fields(ty)
}

/// The text of a value of this type; its layout has been checked, which bounds the recursion.
pub(crate) fn show(world: &mut World, ty: Ty, bytes: &[u8], style: Style) -> VmResult<String> {
    let mut shower = Shower { world, reader: Reader::new(bytes), style, out: String::new() };
    shower.value(ty, 0)?;
    Ok(shower.out)
}

struct Shower<'w, 'b> {
    world: &'w mut World,
    reader: Reader<'b>,
    style: Style,
    out: String,
}

fn short() -> VmError {
    VmError::new(StatusCode::ValueDeserializationError)
}

impl Shower<'_, '_> {
    fn value(&mut self, ty: Ty, indent: usize) -> VmResult<()> {
        match self.world.types.kind(ty).clone() {
            Kind::Bool => {
                let value = self.reader.bool().ok_or_else(short)?;
                let _ = write!(self.out, "{value}");
            }
            Kind::Int(kind) => self.int(kind)?,
            Kind::Address | Kind::Signer if self.style == Style::Bare => {
                let address = self.reader.address().ok_or_else(short)?;
                self.out.push_str(&address.to_canonical_string());
            }
            Kind::Address => self.address("@")?,
            Kind::Signer => {
                self.out.push_str("signer(");
                self.address("@")?;
                self.out.push(')');
            }
            Kind::Vector(element) if self.style == Style::Bare => self.bare_vector(element)?,
            Kind::Struct(..) if self.style == Style::Bare => self.bare_structure(ty)?,
            Kind::Vector(element) if element == Ty::U8 => {
                let bytes = self.reader.bytes().ok_or_else(short)?;
                self.out.push_str("0x");
                bytes.iter().for_each(|byte| {
                    let _ = write!(self.out, "{byte:02x}");
                });
            }
            Kind::Vector(element) => self.vector(element, indent)?,
            Kind::Struct(..) => self.structure(ty, indent)?,
            Kind::Function(_) => {
                let closure = StoredClosure::decode(&mut self.reader).ok_or_else(short)?;
                let _ = write!(self.out, "{}::{}(..)", closure.head.module, closure.head.function);
            }
            Kind::Ref { .. } => return Err(short()),
        }
        Ok(())
    }

    fn int(&mut self, kind: IntKind) -> VmResult<()> {
        let bytes = self.reader.take(kind.bytes() as usize).ok_or_else(short)?;
        let mut wide = [if kind.signed() && bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 }; 32];
        wide[..bytes.len()].copy_from_slice(bytes);
        let _ = match kind.signed() {
            true => write!(self.out, "{}", I256::from_le_bytes(wide)),
            false => write!(self.out, "{}", U256::from_le_bytes(wide)),
        };
        if self.style == Style::IntegerTypes {
            let _ = write!(self.out, "{}{}", if kind.signed() { "i" } else { "u" }, kind.bytes() * 8);
        }
        Ok(())
    }

    fn address(&mut self, prefix: &str) -> VmResult<()> {
        let address = self.reader.address().ok_or_else(short)?;
        self.out.push_str(prefix);
        self.out.push_str(&match self.style {
            Style::CanonicalAddresses => format!("0x{}", address.to_canonical_string()),
            _ => short_form(&address),
        });
        Ok(())
    }

    fn line(&mut self, indent: usize) {
        match self.style {
            Style::Debug => {
                self.out.push('\n');
                self.out.extend(std::iter::repeat_n(' ', 2 * indent));
            }
            _ if self.out.ends_with(',') => self.out.push(' '),
            _ => {}
        }
    }

    fn vector(&mut self, element: Ty, indent: usize) -> VmResult<()> {
        let count = self.reader.length().ok_or_else(short)?;
        self.out.push('[');
        for at in 0..count {
            if at > 0 {
                self.out.push(',');
            } else if self.style != Style::Debug {
                self.out.push(' ');
            }
            self.line(indent + 1);
            self.value(element, indent + 1)?;
        }
        if count > 0 {
            match self.style {
                Style::Debug => self.line(indent),
                _ => self.out.push(' '),
            }
        }
        self.out.push(']');
        Ok(())
    }

    fn bare_vector(&mut self, element: Ty) -> VmResult<()> {
        let count = self.reader.length().ok_or_else(short)?;
        self.out.push('[');
        for at in 0..count {
            if at > 0 {
                self.out.push_str(", ");
            }
            self.value(element, 0)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn bare_structure(&mut self, ty: Ty) -> VmResult<()> {
        let body = self.world.body(ty)?;
        let Kind::Struct(id, _) = self.world.types.kind(ty) else { return Err(short()) };
        let (module, def) = self.world.struct_place(*id);
        let code = self.world.module(module).code.clone();
        let tag = match code.struct_defs.get(def).map(|def| &def.fields) {
            Some(StructFields::Variants(_)) => Some(self.reader.uleb().ok_or_else(short)?),
            Some(StructFields::Plain(_)) => None,
            Some(StructFields::Native) | None => return Err(short()),
        };
        let tys = body.variants.get(tag.unwrap_or(0) as usize).ok_or_else(short)?;
        self.out.push_str("{ ");
        let mut first = true;
        if let Some(tag) = tag {
            let _ = write!(self.out, "{tag}");
            first = false;
        }
        for ty in tys.iter() {
            if !std::mem::take(&mut first) {
                self.out.push_str(", ");
            }
            self.value(*ty, 0)?;
        }
        self.out.push_str(" }");
        Ok(())
    }

    fn fields(&mut self, ty: Ty) -> VmResult<Shown> {
        let body = self.world.body(ty)?;
        let Kind::Struct(id, _) = self.world.types.kind(ty) else { return Err(short()) };
        let (module, def) = self.world.struct_place(*id);
        let code = self.world.module(module).code.clone();
        let mut name = self.world.types.tag(ty)?.to_string();
        let def = code.struct_defs.get(def).ok_or_else(short)?;
        let abilities = code.struct_handle(def.handle).ok_or_else(short)?.abilities;
        let text = |index| code.identifier(index).map_or(String::new(), ToString::to_string);
        let (fields, tys) = match &def.fields {
            StructFields::Plain(fields) => (fields, body.variants.first()),
            StructFields::Variants(variants) => {
                let tag = self.reader.uleb().ok_or_else(short)? as usize;
                let variant = variants.get(tag).ok_or_else(short)?;
                let _ = write!(name, "::{}", text(variant.name));
                (&variant.fields, body.variants.get(tag))
            }
            StructFields::Native => return Err(short()),
        };
        let mut shown = Shown { name, abilities, fields: Vec::new() };
        for (field, ty) in fields.iter().zip(tys.ok_or_else(short)?.iter()) {
            self.value(*ty, 0)?;
            shown.fields.push((text(field.name), std::mem::take(&mut self.out)));
        }
        Ok(shown)
    }

    fn structure(&mut self, ty: Ty, indent: usize) -> VmResult<()> {
        if self.world.is_std(ty, "string", "String") {
            let bytes = self.reader.bytes().ok_or_else(short)?;
            let _ = write!(self.out, "{:?}", String::from_utf8_lossy(bytes));
            return Ok(());
        }
        let Kind::Struct(id, args) = self.world.types.kind(ty).clone() else { return Err(short()) };
        if let (true, Some(inner)) = (self.world.is_std(ty, "option", "Option"), args.first()) {
            if self.reader.uleb().ok_or_else(short)? == 0 {
                self.out.push_str("None");
            } else {
                self.out.push_str("Some(");
                self.value(*inner, indent)?;
                self.out.push(')');
            }
            return Ok(());
        }
        let body = self.world.body(ty)?;
        let (module, def) = self.world.struct_place(id);
        let code = self.world.module(module).code.clone();
        let name = self.world.types.tag(ty)?.to_string();
        self.out.push_str(&name);
        let def = code.struct_defs.get(def).ok_or_else(short)?;
        let (fields, tys) = match &def.fields {
            StructFields::Plain(fields) => (fields, body.variants.first()),
            StructFields::Variants(variants) => {
                let tag = self.reader.uleb().ok_or_else(short)? as usize;
                let variant = variants.get(tag).ok_or_else(short)?;
                let name = code.identifier(variant.name).map_or("", |name| name.as_str());
                let _ = write!(self.out, "::{name}");
                (&variant.fields, body.variants.get(tag))
            }
            StructFields::Native => return Err(short()),
        };
        let tys = tys.ok_or_else(short)?;
        self.out.push_str(" {");
        for (at, (field, ty)) in fields.iter().zip(tys.iter()).enumerate() {
            if at > 0 {
                self.out.push(',');
            } else if self.style != Style::Debug {
                self.out.push(' ');
            }
            self.line(indent + 1);
            let name = code.identifier(field.name).map_or("", |name| name.as_str());
            let _ = write!(self.out, "{name}: ");
            self.value(*ty, indent + 1)?;
        }
        match self.style {
            Style::Debug if !fields.is_empty() => self.line(indent),
            _ => self.out.push(' '),
        }
        self.out.push('}');
        Ok(())
    }
}

/// `0x` and the digits without leading zeros.
fn short_form(address: &AccountAddress) -> String {
    address.to_short_string()
}
