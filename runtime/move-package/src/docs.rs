//! Documentation of a package as Markdown, one page per module, made of its documentation comments.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use move_binary_format::abi::{ModuleAbi, StructAbi};
use move_compiler::api::{CompiledUnit, FunctionFacts, StructFacts};

use crate::build::Built;

/// What goes into the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocOptions {
    /// Functions that nobody outside may call.
    pub private_functions: bool,
    /// The text of functions, folded away.
    pub implementation: bool,
}

impl Default for DocOptions {
    /// Everything.
    fn default() -> Self {
        DocOptions { private_functions: true, implementation: true }
    }
}

/// The pages of the root's modules: paths `docs/<module>.md`, and texts.
pub fn pages(built: &Built, options: DocOptions) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for unit in built.output.root_modules().filter(|unit| !unit.facts.is_test_only) {
        pages.insert(format!("docs/{}.md", unit.id.name), page(built, unit, options));
    }
    pages
}

/// One page.
fn page(built: &Built, unit: &CompiledUnit, options: DocOptions) -> String {
    let name = format!("{}::{}", unit.id.address.to_short_string(), unit.id.name);
    let links = Links::of(unit);
    let mut text = format!("# Module `{name}`\n\n");
    paragraph(&mut text, &unit.facts.doc, &links);
    let abi = ModuleAbi::of(&unit.module);
    let layout = |name: &str| abi.as_ref().and_then(|abi| abi.structs.iter().find(|layout| layout.name == name));
    let structs: Vec<(&StructFacts, Option<&StructAbi>)> =
        unit.facts.structs.iter().map(|facts| (facts, layout(&facts.name))).collect();
    let functions: Vec<&FunctionFacts> = unit
        .facts
        .functions
        .iter()
        .chain(&unit.facts.inline_functions)
        .filter(|facts| !facts.is_test_only && (options.private_functions || is_callable(facts)))
        .collect();

    for (facts, layout) in &structs {
        let _ = writeln!(text, "- [{} `{}`](#{})", kind(*layout), facts.name, anchor(&facts.name));
    }
    if !unit.facts.constants.is_empty() {
        text.push_str("- [Constants](#constants)\n");
    }
    for facts in &functions {
        let _ = writeln!(text, "- [Function `{}`](#{})", facts.name, anchor(&facts.name));
    }

    for (facts, layout) in &structs {
        type_section(&mut text, facts, *layout, &links);
    }
    constants_section(&mut text, unit, &links);
    for facts in functions {
        let _ = write!(text, "\n<a id=\"{}\"></a>\n\n## Function `{}`\n\n", anchor(&facts.name), facts.name);
        paragraph(&mut text, &facts.doc, &links);
        let attributes: Vec<&str> = facts.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        let attributes = if attributes.is_empty() { String::new() } else { format!("#[{}]\n", attributes.join(", ")) };
        let _ = write!(text, "```move\n{attributes}{}\n```\n", facts.signature.trim());
        let file = built.output.diagnostics.files.get(facts.span.file).map_or("", |file| file.text.as_str());
        let body = file.get(facts.span.end as usize..).and_then(block);
        if let (true, Some(body)) = (options.implementation, body) {
            let signature = facts.signature.trim();
            let _ = write!(
                text,
                "\n<details>\n<summary>Implementation</summary>\n\n```move\n{signature} {body}\n```\n\n</details>\n"
            );
        }
    }
    text
}

fn type_section(text: &mut String, facts: &StructFacts, layout: Option<&StructAbi>, links: &Links) {
    let _ = write!(text, "\n<a id=\"{}\"></a>\n\n## {} `{}`\n\n", anchor(&facts.name), kind(layout), facts.name);
    paragraph(text, &facts.doc, links);
    if facts.is_event {
        text.push_str("An event.\n\n");
    }
    let Some(layout) = layout else { return };
    let params =
        if facts.type_params.is_empty() { String::new() } else { format!("<{}>", facts.type_params.join(", ")) };
    let word = if layout.is_enum { "enum" } else { "struct" };
    let abilities =
        if layout.abilities.is_empty() { String::new() } else { format!(" has {}", layout.abilities.join(", ")) };
    let _ = write!(text, "```move\n{word} {}{params}{abilities}\n```\n\n", facts.name);
    let mut docs = facts.field_docs.iter();
    let mut fields = |text: &mut String, fields: &[move_binary_format::abi::FieldAbi]| {
        for field in fields {
            let doc = docs.next().map(|(_, doc)| one_line(doc)).filter(|doc| !doc.is_empty());
            let doc = doc.map(|doc| format!(": {doc}")).unwrap_or_default();
            let _ = writeln!(text, "- `{}: {}`{doc}", field.name, field.ty);
        }
    };
    text.push_str("<details>\n<summary>Fields</summary>\n\n");
    fields(text, &layout.fields);
    for (variant, doc) in layout.variants.iter().zip(&facts.variant_docs) {
        let _ = writeln!(text, "\n`{}` {}\n", variant.name, one_line(&doc.1));
        fields(text, &variant.fields);
    }
    text.push_str("\n</details>\n");
}

fn constants_section(text: &mut String, unit: &CompiledUnit, links: &Links) {
    if unit.facts.constants.is_empty() {
        return;
    }
    text.push_str("\n## Constants\n\n");
    for constant in &unit.facts.constants {
        let _ = writeln!(text, "<a id=\"{}\"></a>\n", anchor(&constant.name));
        paragraph(text, &constant.doc, links);
        let _ = write!(text, "```move\nconst {}: {} = {};\n```\n\n", constant.name, constant.ty, constant.value);
    }
}

/// The first block of a text in braces, or nothing if a `;` comes first.
fn block(text: &str) -> Option<&str> {
    let mut depth = 0u32;
    let mut start = 0;
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '/' if rest.next_if(|(_, next)| *next == '/').is_some() => {
                for (_, c) in rest.by_ref() {
                    if c == '\n' {
                        break;
                    }
                }
            }
            '"' => {
                while let Some((_, c)) = rest.next() {
                    match c {
                        '\\' => {
                            rest.next();
                        }
                        '"' => break,
                        _ => {}
                    }
                }
            }
            ';' if depth == 0 => return None,
            '{' => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return text.get(start..=at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether somebody outside the module may call it.
fn is_callable(facts: &FunctionFacts) -> bool {
    facts.is_view || facts.signature.contains("public") || facts.signature.contains("entry")
}

fn kind(layout: Option<&StructAbi>) -> &'static str {
    match layout {
        Some(layout) if layout.is_enum => "Enum",
        Some(layout) if layout.abilities.contains(&"key") => "Resource",
        _ => "Struct",
    }
}

fn anchor(name: &str) -> String {
    format!("item_{name}")
}

fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Items of a module, for links from comments.
struct Links(Vec<String>);

impl Links {
    fn of(unit: &CompiledUnit) -> Self {
        let facts = &unit.facts;
        let structs = facts.structs.iter().map(|item| item.name.clone());
        let functions = facts.functions.iter().chain(&facts.inline_functions).map(|item| item.name.clone());
        Links(structs.chain(functions).chain(facts.constants.iter().map(|item| item.name.clone())).collect())
    }
}

/// A comment, in which names of items in backticks become links.
fn paragraph(text: &mut String, doc: &str, links: &Links) {
    let doc = doc.trim();
    if doc.is_empty() {
        return;
    }
    for (nth, part) in doc.split('`').enumerate() {
        let is_code = nth % 2 == 1;
        if is_code && links.0.iter().any(|name| name == part) {
            let _ = write!(text, "[`{part}`](#{})", anchor(part));
        } else if is_code {
            let _ = write!(text, "`{part}`");
        } else {
            text.push_str(part);
        }
    }
    text.push_str("\n\n");
}
