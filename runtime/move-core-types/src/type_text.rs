//! Type tags and module ids as text, written and read.
//!
//! ```text
//! type     := primitive | "vector" "<" type ">" | struct | function
//! struct   := address "::" name "::" name [ "<" type { "," type } [","] ">" ]
//! function := "|" [ param { "," param } ] "|" ( param | "(" [ param { "," param } ] ")" )
//!             [ "has" ability { "+" ability } ]
//! param    := [ "&" [ "mut" ] ] type
//! ```
//! White space is free between tokens. Written: one space after commas, results in parentheses,
//! addresses without leading zeros ([`TypeTag`]'s `Display`) or in standard form.

use crate::{
    Ability, AbilitySet, AccountAddress, FunctionParamTag, FunctionTag, Identifier, ModuleId, StructTag, TypeTag,
    type_tag::TYPE_TAG_DEPTH_MAX,
};
use std::{fmt, str::FromStr};

/// How addresses are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressForm {
    /// No leading zeros: the form inside Move.
    Short,
    /// `0x0` to `0xf` short, all others 64 digits: the form of the REST interface.
    Standard,
}

impl AddressForm {
    fn write(self, address: &AccountAddress, out: &mut impl fmt::Write) -> fmt::Result {
        match self {
            AddressForm::Short => out.write_str(&address.to_short_string()),
            AddressForm::Standard => write!(out, "{address}"),
        }
    }
}

fn write_list<T>(
    out: &mut impl fmt::Write,
    items: &[T],
    mut write: impl FnMut(&mut dyn fmt::Write, &T) -> fmt::Result,
) -> fmt::Result {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            out.write_str(", ")?;
        }
        write(out, item)?;
    }
    Ok(())
}

fn write_tag(out: &mut dyn fmt::Write, tag: &TypeTag, form: AddressForm) -> fmt::Result {
    let word = match tag {
        TypeTag::Bool => "bool",
        TypeTag::U8 => "u8",
        TypeTag::U16 => "u16",
        TypeTag::U32 => "u32",
        TypeTag::U64 => "u64",
        TypeTag::U128 => "u128",
        TypeTag::U256 => "u256",
        TypeTag::I8 => "i8",
        TypeTag::I16 => "i16",
        TypeTag::I32 => "i32",
        TypeTag::I64 => "i64",
        TypeTag::I128 => "i128",
        TypeTag::I256 => "i256",
        TypeTag::Address => "address",
        TypeTag::Signer => "signer",
        TypeTag::Vector(element) => {
            out.write_str("vector<")?;
            write_tag(out, element, form)?;
            ">"
        }
        TypeTag::Struct(tag) => return write_struct(out, tag, form),
        TypeTag::Function(tag) => return write_function(out, tag, form),
    };
    out.write_str(word)
}

fn write_struct(mut out: &mut dyn fmt::Write, tag: &StructTag, form: AddressForm) -> fmt::Result {
    form.write(&tag.address, &mut out)?;
    write!(out, "::{}::{}", tag.module, tag.name)?;
    if tag.type_args.is_empty() {
        return Ok(());
    }
    out.write_str("<")?;
    write_list(&mut out, &tag.type_args, |out, tag| write_tag(out, tag, form))?;
    out.write_str(">")
}

fn write_function(mut out: &mut dyn fmt::Write, tag: &FunctionTag, form: AddressForm) -> fmt::Result {
    out.write_str("|")?;
    write_list(&mut out, &tag.args, |out, tag| write_param(out, tag, form))?;
    out.write_str("|(")?;
    write_list(&mut out, &tag.results, |out, tag| write_param(out, tag, form))?;
    out.write_str(")")?;
    if tag.abilities.is_empty() { Ok(()) } else { write!(out, " has {}", tag.abilities) }
}

fn write_param(out: &mut dyn fmt::Write, tag: &FunctionParamTag, form: AddressForm) -> fmt::Result {
    out.write_str(match tag {
        FunctionParamTag::Reference(_) => "&",
        FunctionParamTag::MutableReference(_) => "&mut ",
        FunctionParamTag::Value(_) => "",
    })?;
    write_tag(out, tag.inner(), form)
}

impl TypeTag {
    /// The text with addresses in standard form, as the REST interface writes it.
    pub fn to_standard_string(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = write_tag(&mut out, self, AddressForm::Standard);
        out
    }
}

impl StructTag {
    /// The text with addresses in standard form, as the REST interface writes it.
    pub fn to_standard_string(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = write_struct(&mut out, self, AddressForm::Standard);
        out
    }
}

impl fmt::Display for TypeTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_tag(f, self, AddressForm::Short)
    }
}

impl fmt::Display for StructTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_struct(f, self, AddressForm::Short)
    }
}

impl fmt::Display for FunctionTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_function(f, self, AddressForm::Short)
    }
}

impl fmt::Display for ModuleId {
    /// `0x1::coin`, address in standard form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.address, self.name)
    }
}

macro_rules! debug_is_display {
    ($($tag:ty),*) => {$(
        impl fmt::Debug for $tag {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
debug_is_display!(TypeTag, StructTag, FunctionTag, ModuleId);

impl fmt::Debug for FunctionParamTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_param(f, self, AddressForm::Short)
    }
}

/// Why a text is not a type, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct TypeTextError {
    /// What was wrong or expected.
    pub what: &'static str,
    /// Offset in the text.
    pub at: usize,
}

/// Longest text that is read as a type, in bytes.
pub const TYPE_TEXT_BYTES_MAX: usize = 16 * 1024;

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn whole<T>(text: &'a str, parse: impl FnOnce(&mut Self) -> Result<T, TypeTextError>) -> Result<T, TypeTextError> {
        let mut parser = Parser { text, at: 0 };
        if text.len() > TYPE_TEXT_BYTES_MAX {
            return Err(parser.error("text of a type too long"));
        }
        let tag = parse(&mut parser)?;
        parser.skip_space();
        if parser.rest().is_empty() { Ok(tag) } else { Err(parser.error("expected the end")) }
    }

    fn error(&self, what: &'static str) -> TypeTextError {
        TypeTextError { what, at: self.at }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn expect(&mut self, token: &str, what: &'static str) -> Result<(), TypeTextError> {
        if self.eat(token) { Ok(()) } else { Err(self.error(what)) }
    }

    /// A run of word characters, possibly empty.
    fn word(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn eat_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let start = self.at;
        let found = self.word() == word;
        if !found {
            self.at = start;
        }
        found
    }

    fn tag(&mut self, depth: u32) -> Result<TypeTag, TypeTextError> {
        self.skip_space();
        let start = self.at;
        if self.rest().starts_with('|') {
            return Ok(TypeTag::Function(Box::new(self.function(self.deeper(depth)?)?)));
        }
        let word = self.word();
        let leaf = match word {
            "bool" => TypeTag::Bool,
            "u8" => TypeTag::U8,
            "u16" => TypeTag::U16,
            "u32" => TypeTag::U32,
            "u64" => TypeTag::U64,
            "u128" => TypeTag::U128,
            "u256" => TypeTag::U256,
            "i8" => TypeTag::I8,
            "i16" => TypeTag::I16,
            "i32" => TypeTag::I32,
            "i64" => TypeTag::I64,
            "i128" => TypeTag::I128,
            "i256" => TypeTag::I256,
            "address" => TypeTag::Address,
            "signer" => TypeTag::Signer,
            "vector" => {
                let depth = self.deeper(depth)?;
                self.expect("<", "expected `<`")?;
                let element = self.tag(depth)?;
                self.expect(">", "expected `>`")?;
                return Ok(TypeTag::vector(element));
            }
            _ => {
                self.at = start;
                let depth = self.deeper(depth)?;
                return Ok(TypeTag::Struct(Box::new(self.struct_tag(depth)?)));
            }
        };
        Ok(leaf)
    }

    fn deeper(&self, depth: u32) -> Result<u32, TypeTextError> {
        if depth >= TYPE_TAG_DEPTH_MAX { Err(self.error("type nested too deeply")) } else { Ok(depth + 1) }
    }

    fn address(&mut self) -> Result<AccountAddress, TypeTextError> {
        self.skip_space();
        let at = self.at;
        let word = self.word();
        AccountAddress::from_hex(word).map_err(|_| TypeTextError { what: "expected a type", at })
    }

    fn name(&mut self) -> Result<Identifier, TypeTextError> {
        self.skip_space();
        let at = self.at;
        Identifier::new(self.word()).map_err(|_| TypeTextError { what: "expected a name", at })
    }

    fn module_id(&mut self) -> Result<ModuleId, TypeTextError> {
        let address = self.address()?;
        self.expect("::", "expected `::`")?;
        Ok(ModuleId::new(address, self.name()?))
    }

    fn struct_tag(&mut self, depth: u32) -> Result<StructTag, TypeTextError> {
        let module = self.module_id()?;
        self.expect("::", "expected `::`")?;
        let name = self.name()?;
        let mut type_args = Vec::new();
        if self.eat("<") {
            loop {
                type_args.push(self.tag(depth)?);
                let comma = self.eat(",");
                if self.eat(">") {
                    break;
                }
                if !comma {
                    return Err(self.error("expected `,` or `>`"));
                }
            }
        }
        Ok(StructTag { address: module.address, module: module.name, name, type_args })
    }

    fn params(&mut self, close: &str, depth: u32) -> Result<Vec<FunctionParamTag>, TypeTextError> {
        let mut params = Vec::new();
        while !self.eat(close) {
            if !params.is_empty() {
                self.expect(",", "expected `,`")?;
            }
            params.push(self.param(depth)?);
        }
        Ok(params)
    }

    fn param(&mut self, depth: u32) -> Result<FunctionParamTag, TypeTextError> {
        if !self.eat("&") {
            return Ok(FunctionParamTag::Value(self.tag(depth)?));
        }
        if self.eat_word("mut") {
            return Ok(FunctionParamTag::MutableReference(self.tag(depth)?));
        }
        Ok(FunctionParamTag::Reference(self.tag(depth)?))
    }

    fn function(&mut self, depth: u32) -> Result<FunctionTag, TypeTextError> {
        self.expect("|", "expected `|`")?;
        let args = self.params("|", depth)?;
        let results = if self.eat("(") {
            self.params(")", depth)?
        } else {
            self.skip_space();
            let starts_type = |c: char| c.is_ascii_alphanumeric() || matches!(c, '&' | '|');
            let has_result = self.rest().starts_with(starts_type) && !self.rest().starts_with("has ");
            if has_result { vec![self.param(depth)?] } else { Vec::new() }
        };
        let mut abilities = AbilitySet::EMPTY;
        if self.eat_word("has") {
            loop {
                abilities = abilities.with(self.ability()?);
                if !self.eat("+") {
                    break;
                }
            }
        }
        Ok(FunctionTag { args, results, abilities })
    }

    fn ability(&mut self) -> Result<Ability, TypeTextError> {
        self.skip_space();
        let at = self.at;
        let word = self.word();
        let found = Ability::ALL.into_iter().find(|ability| ability.name() == word);
        found.ok_or(TypeTextError { what: "expected an ability", at })
    }
}

impl FromStr for TypeTag {
    type Err = TypeTextError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Parser::whole(text, |parser| parser.tag(0))
    }
}

impl FromStr for StructTag {
    type Err = TypeTextError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Parser::whole(text, |parser| parser.struct_tag(1))
    }
}

impl FromStr for ModuleId {
    type Err = TypeTextError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Parser::whole(text, Parser::module_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_one_canonical_text() {
        // input, canonical
        for (text, canonical) in [
            ("bool", "bool"),
            (" vector < u8 > ", "vector<u8>"),
            ("0x1::coin::Coin<0x2::m::T,u8,>", "0x1::coin::Coin<0x2::m::T, u8>"),
            ("0x0042::m::S", "0x42::m::S"),
            ("1::m::S", "0x1::m::S"),
            ("0x1 :: m :: S < vector<address> >", "0x1::m::S<vector<address>>"),
            ("||", "||()"),
            ("||()", "||()"),
            ("|u8|bool", "|u8|(bool)"),
            ("|&u8,&mut 0x1::m::S|(u64,&u8) has copy+store", "|&u8, &mut 0x1::m::S|(u64, &u8) has copy + store"),
            ("||has drop", "||() has drop"),
            ("|| | u8 | u16", "||(|u8|(u16))"),
            ("0x1::m::S<||()>", "0x1::m::S<||()>"),
        ] {
            let tag: TypeTag = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(tag.to_string(), canonical);
            assert_eq!(canonical.parse(), Ok(tag));
        }
        let tag: TypeTag = "0x42::m::S<0x1::m::T>".parse().unwrap();
        assert_eq!(tag.to_standard_string(), format!("0x{}42::m::S<0x1::m::T>", "0".repeat(62)));
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for text in [
            "",
            "u7",
            "vector",
            "vector<>",
            "vector<u8",
            "0x1::m",
            "0x1::m::",
            "0x1::m::S<>",
            "0x1::m::S<u8 u8>",
            "u8 u8",
            "0x1:: :m::S",
            "0x1::1::S",
            "|u8",
            "|u8|(",
            "||() has",
            "||() has fly",
            "&u8",
            "é",
            "0x1::m::S<é>",
            "0x1::_::S",
        ] {
            assert!(text.parse::<TypeTag>().is_err(), "{text}");
        }
        assert!(format!("0x1::m::S<{}>", "u8,".repeat(10_000)).parse::<TypeTag>().is_err());
    }
}
