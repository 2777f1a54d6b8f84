//! The standard packages offer what the table `move-packages/surface.txt` says: each function with its signature, each type
//! with its abilities and fields, each constant with its value, each error with its category.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

use std::collections::{BTreeMap, BTreeSet};

use move_binary_format::abi::{ModuleAbi, StructAbi};
use move_compiler::api::{AttributeFact, CompiledUnit, FunctionFacts};
use move_package::build::{BuildConfig, BuildError, Built, build};
use move_package::files::MemoryFiles;
use move_package::graph::Mode;

const TABLE: &str = include_str!("../../../move-packages/surface.txt");

fn framework() -> Built {
    let mut files = MemoryFiles::default();
    for package in move_packages::packages() {
        files.insert_package(package.directory, package);
    }
    let config = BuildConfig { mode: Mode::Test, ..BuildConfig::default() };
    match build(&files, "aptos-framework", &config, &mut |_| {}) {
        Ok(built) => built,
        Err(BuildError::Compile(output)) => panic!("{}", output.diagnostics.render()),
        Err(error) => panic!("{error}"),
    }
}

/// Words, numbers and single signs of a declaration.
fn tokens(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut word = false;
    for c in text.chars() {
        let is_word = c.is_alphanumeric() || c == '_';
        match (is_word, word, found.last_mut()) {
            (true, true, Some(last)) => last.push(c),
            _ if c.is_whitespace() => {}
            _ => found.push(c.to_string()),
        }
        word = is_word;
    }
    found
}

/// A reader of a declaration's tokens.
struct Reader {
    tokens: Vec<String>,
    at: usize,
    params: BTreeMap<String, String>,
}

impl Reader {
    fn new(text: &str) -> Self {
        // Comments inside a header are not part of it.
        let text: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
        Reader { tokens: tokens(&text.join(" ")), at: 0, params: BTreeMap::new() }
    }

    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned().unwrap_or_default()
    }

    fn eat(&mut self, token: &str) -> bool {
        let is = self.peek() == token;
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, token: &str) {
        assert!(self.eat(token), "`{token}` expected at {} of {:?}", self.at, self.tokens);
    }

    fn abilities(&mut self, separator: &str) -> String {
        let mut set = BTreeSet::new();
        loop {
            set.insert(self.next());
            if !self.eat(separator) {
                return set.into_iter().collect::<Vec<_>>().join(separator);
            }
        }
    }

    /// `<phantom K: copy + drop, V>`, which are called `T0`, `T1` from here on.
    fn type_params(&mut self) -> String {
        let mut list = Vec::new();
        while self.eat("<") || self.eat(",") {
            let mut text = if self.eat("phantom") { String::from("phantom ") } else { String::new() };
            let name = self.next();
            text.push_str(&format!("T{}", list.len()));
            self.params.insert(name, format!("T{}", list.len()));
            if self.eat(":") {
                text.push_str(&format!(": {}", self.abilities("+")));
            }
            list.push(text);
            if self.eat(">") {
                break;
            }
        }
        format!("<{}>", list.join(", "))
    }

    /// A type, without the paths that lead to names.
    fn ty(&mut self) -> String {
        if self.eat("&") {
            let inner = if self.eat("mut") { "&mut " } else { "&" };
            return format!("{inner}{}", self.ty());
        }
        if self.eat("(") {
            let list = self.types(")");
            return if list.len() == 1 { list[0].clone() } else { format!("({})", list.join(", ")) };
        }
        if self.eat("|") {
            let params = self.types("|");
            let result = if [",", ")", "", "has"].contains(&self.peek()) { String::from("()") } else { self.ty() };
            let abilities = if self.eat("has") { format!(" has {}", self.next()) } else { String::new() };
            return format!("|{}|{result}{abilities}", params.join(", "));
        }
        let mut name = self.next();
        while self.eat(":") {
            self.expect(":");
            name = self.next();
        }
        if let Some(param) = self.params.get(&name) {
            name = param.clone();
        }
        if self.eat("<") {
            name = format!("{name}<{}>", self.types(">").join(", "));
        }
        name
    }

    fn types(&mut self, end: &str) -> Vec<String> {
        let mut list = Vec::new();
        while !self.eat(end) {
            list.push(self.ty());
            self.eat(",");
        }
        list
    }

    /// Name and one form for all spellings of a function's header.
    fn function(&mut self) -> (String, String) {
        let mut flags = BTreeSet::new();
        loop {
            let word = self.next();
            match word.as_str() {
                "fun" => break,
                // Whether a function is native is nobody's business.
                "native" => {}
                "(" => {
                    flags.insert(format!("({})", self.next()));
                    self.expect(")");
                }
                _ => {
                    flags.insert(word);
                }
            }
        }
        let name = self.next();
        let type_params = self.type_params();
        self.expect("(");
        let mut params = Vec::new();
        while !self.eat(")") {
            let param = self.next();
            self.expect(":");
            let ty = self.ty();
            // Names do not matter, except for whether the function may be called on its first parameter.
            params.push(if params.is_empty() && param == "self" { format!("self: {ty}") } else { ty });
            self.eat(",");
        }
        let result = if self.eat(":") { self.ty() } else { String::from("()") };
        let flags: Vec<String> = flags.into_iter().collect();
        let text = format!("{} fun {name}{type_params}({}): {result}", flags.join(" "), params.join(", "));
        (name, text)
    }

    /// Name and one form for all spellings of a type's declaration.
    fn strukt(&mut self) -> (String, String) {
        self.eat("public");
        let kind = self.next();
        let name = self.next();
        let type_params = self.type_params();
        let abilities = if self.eat("has") { self.abilities(",") } else { String::new() };
        self.expect("{");
        let body = if kind == "enum" {
            let mut variants = Vec::new();
            while !self.eat("}") {
                let variant = self.next();
                let fields = if self.eat("{") {
                    self.fields()
                } else if self.eat("(") {
                    let types = self.types(")").into_iter().enumerate();
                    types.map(|(nth, ty)| format!("{nth}: {ty}")).collect::<Vec<_>>().join(", ")
                } else {
                    String::new()
                };
                variants.push(format!("{variant} {{ {fields} }}"));
                self.eat(",");
            }
            variants.join(", ")
        } else {
            self.fields()
        };
        let text = format!("{kind} {name}{type_params} has {abilities} {{ {body} }}");
        (name, text)
    }

    fn fields(&mut self) -> String {
        let mut fields = Vec::new();
        while !self.eat("}") {
            let field = self.next();
            self.expect(":");
            fields.push(format!("{field}: {}", self.ty()));
            self.eat(",");
        }
        fields.join(", ")
    }
}

/// A type in the binary, in the form of [`Reader::strukt`].
fn described(abi: &StructAbi) -> String {
    let params: Vec<String> = abi
        .generic_type_params
        .iter()
        .enumerate()
        .map(|(nth, param)| {
            let phantom = if param.is_phantom { "phantom " } else { "" };
            let constraints: BTreeSet<&str> = param.constraints.iter().copied().collect();
            let constraints = constraints.into_iter().collect::<Vec<_>>().join("+");
            let colon = if constraints.is_empty() { "" } else { ": " };
            format!("{phantom}T{nth}{colon}{constraints}")
        })
        .collect();
    let abilities: BTreeSet<&str> = abi.abilities.iter().copied().collect();
    let abilities = abilities.into_iter().collect::<Vec<_>>().join(",");
    let fields = |fields: &[move_binary_format::abi::FieldAbi]| {
        let list = fields.iter().filter(|field| field.name != "dummy_field");
        list.map(|field| format!("{}: {}", field.name, Reader::new(&field.ty).ty())).collect::<Vec<_>>().join(", ")
    };
    let body = if abi.is_enum {
        let variants = abi.variants.iter().map(|variant| format!("{} {{ {} }}", variant.name, fields(&variant.fields)));
        variants.collect::<Vec<_>>().join(", ")
    } else {
        fields(&abi.fields)
    };
    let kind = if abi.is_enum { "enum" } else { "struct" };
    format!("{kind} {}<{}> has {abilities} {{ {body} }}", abi.name, params.join(", "))
}

fn has(attributes: &[AttributeFact], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.name == name)
}

/// What a module offers, beside what the table asks for.
struct Checked<'a> {
    unit: &'a CompiledUnit,
    source: &'a str,
    functions: BTreeMap<&'a str, &'a FunctionFacts>,
    structs: BTreeMap<String, String>,
}

impl<'a> Checked<'a> {
    fn new(built: &'a Built, unit: &'a CompiledUnit) -> Self {
        let facts = &unit.facts;
        let functions = facts.functions.iter().chain(&facts.inline_functions).map(|f| (f.name.as_str(), f)).collect();
        let structs = ModuleAbi::of(&unit.module).unwrap().structs;
        let structs = structs.iter().map(|abi| (abi.name.clone(), described(abi))).collect();
        let source = &built.output.diagnostics.files.get(facts.span.file).unwrap().text;
        Checked { unit, source, functions, structs }
    }

    fn function(&self, line: &str, remark: &str) -> Result<(), String> {
        let (name, asked) = Reader::new(line).function();
        let facts = self.functions.get(name.as_str()).ok_or(format!("no function {name}"))?;
        let (_, given) = Reader::new(&facts.signature).function();
        if asked != given {
            return Err(format!("\n  asked {asked}\n  given {given}"));
        }
        if remark.contains("view") != facts.is_view {
            return Err(format!("{name}: #[view] is {}", facts.is_view));
        }
        if remark.contains("test-only") != (facts.is_test_only || self.unit.facts.is_test_only) {
            return Err(format!("{name}: #[test_only] is {}", facts.is_test_only));
        }
        if remark.contains("deprecated") != has(&facts.attributes, "deprecated") {
            return Err(format!("{name}: #[deprecated] is not {}", remark.contains("deprecated")));
        }
        let is_documented = !facts.doc.trim().is_empty();
        if is_documented { Ok(()) } else { Err(format!("{name}: no documentation")) }
    }

    fn strukt(&self, line: &str, remark: &str) -> Result<(), String> {
        let (name, asked) = Reader::new(line).strukt();
        let given = self.structs.get(&name).ok_or(format!("no type {name}"))?;
        if asked != *given {
            return Err(format!("\n  asked {asked}\n  given {given}"));
        }
        let facts = self.unit.facts.structs.iter().find(|facts| facts.name == name).unwrap();
        if remark.contains("event") != facts.is_event {
            return Err(format!("{name}: #[event] is {}", facts.is_event));
        }
        if remark.contains("member of") != has(&facts.attributes, "resource_group_member") {
            return Err(format!("{name}: #[resource_group_member] is not {}", remark.contains("member of")));
        }
        let is_documented = !facts.doc.trim().is_empty();
        if is_documented { Ok(()) } else { Err(format!("{name}: no documentation")) }
    }

    fn constant(&self, line: &str) -> Result<(), String> {
        let (name, asked) = line.split_once(" = ").unwrap();
        let facts = self.unit.facts.constants.iter().find(|facts| facts.name == name);
        let given = &facts.ok_or(format!("no constant {name}"))?.value;
        let number = |text: &str| match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).map_or(text.to_string(), |number| number.to_string()),
            None => text.to_string(),
        };
        if number(asked) == number(given) { Ok(()) } else { Err(format!("{name}: {asked} asked, {given} given")) }
    }

    fn raises(&self, line: &str, remark: &str) -> Result<(), String> {
        let (category, name) = line.split_once(' ').unwrap();
        if remark.contains("by parameter") {
            let is_passed = self.source.matches(name).count() > 1 && self.source.contains(&format!("{category}("));
            return if is_passed { Ok(()) } else { Err(format!("nothing passes {name}")) };
        }
        let spelled = format!("{category}({name})");
        let is_raised = self.source.split_whitespace().collect::<String>().contains(&spelled);
        if is_raised { Ok(()) } else { Err(format!("nothing raises error::{spelled}")) }
    }

    /// Whether there is a function or type of the name in that declaration.
    fn declares(&self, line: &str) -> bool {
        let tokens = tokens(line);
        let at = tokens.iter().position(|token| ["fun", "struct", "enum"].contains(&token.as_str()));
        let name = at.and_then(|at| tokens.get(at + 1)).unwrap();
        self.functions.contains_key(name.as_str()) || self.structs.contains_key(name)
    }

    fn line(&self, line: &str) -> Result<(), String> {
        let (line, remark) = line.split_once("//").unwrap_or((line, ""));
        let line = line.trim();
        if remark.contains("absent:") {
            let is_there = ["const ", "raises "].iter().all(|kind| !line.starts_with(kind)) && self.declares(line);
            return if is_there { Err(format!("said to be absent: {line}")) } else { Ok(()) };
        }
        match line.split(' ').next().unwrap_or_default() {
            "const" => self.constant(&line["const ".len()..]),
            "raises" => self.raises(&line["raises ".len()..], remark),
            "struct" | "enum" => self.strukt(line, remark),
            "public" if line.starts_with("public enum") => self.strukt(line, remark),
            _ => self.function(line, remark),
        }
    }
}

#[test]
fn every_module_offers_what_the_table_says() {
    let built = framework();
    let mut module: Option<Checked<'_>> = None;
    let (mut checked, mut wrong) = (0, Vec::new());
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(header) = line.strip_prefix("module ") {
            let (name, priority) = header.split_once(' ').unwrap();
            let unit = built.output.modules.iter().find(|unit| unit.id.name.as_str() == name);
            match unit {
                Some(unit) => {
                    if unit.facts.doc.trim().is_empty() {
                        wrong.push(format!("{name}: no documentation"));
                    }
                    module = Some(Checked::new(&built, unit));
                }
                None => {
                    module = None;
                    // Whoever adds a module of low priority adds all of it.
                    if priority != "P2" {
                        wrong.push(format!("{name}: no such module"));
                    }
                }
            }
            continue;
        }
        let Some(module) = &module else { continue };
        checked += 1;
        if let Err(why) = module.line(line) {
            wrong.push(format!("{}: {why}", module.unit.id.name));
        }
    }
    assert!(checked > 1_300, "{checked} lines checked");
    assert!(wrong.is_empty(), "{} of {checked} lines:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn everything_public_is_documented() {
    let built = framework();
    let mut wrong = Vec::new();
    for unit in built.output.modules.iter().filter(|unit| !unit.facts.is_test_only) {
        let facts = &unit.facts;
        let mut check = |name: &str, doc: &str| {
            if doc.trim().is_empty() {
                wrong.push(format!("{}::{name}", unit.id.name));
            }
        };
        check("", &facts.doc);
        let functions = facts.functions.iter().chain(&facts.inline_functions);
        functions.filter(|f| f.signature.starts_with("public")).for_each(|f| check(&f.name, &f.doc));
        facts.structs.iter().for_each(|s| check(&s.name, &s.doc));
        // What only tests see needs no explanation beyond its name.
        let raised = facts.constants.iter().filter(|c| facts.error_map.values().any(|known| known.code_name == c.name));
        raised.for_each(|c| check(&c.name, &c.doc));
    }
    assert!(wrong.is_empty(), "{} without documentation:\n{}", wrong.len(), wrong.join("\n"));
}
