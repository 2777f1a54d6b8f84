//! Which warnings are wanted: attributes that silence them, and uses of deprecated items.

use crate::{
    ast::Attribute,
    codes::Code,
    diagnostics::{Diagnostic, Severity},
    program::{Program, attribute, attribute_args},
    source::Span,
    types::ModId,
};

/// A stretch of text in which `#[lint::skip(..)]` silences warnings.
struct Quiet {
    span: Span,
    names: Vec<String>,
}

fn skipped(attributes: &[Attribute], span: Span, out: &mut Vec<Quiet>) {
    for found in attributes.iter().filter(|attribute| &*attribute.name == "lint::skip") {
        let names = attribute_args(found).iter().map(|entry| entry.name.to_string()).collect();
        out.push(Quiet { span, names });
    }
}

/// Removes the warnings that attributes silence.
pub(crate) fn apply(program: &Program) {
    let mut quiet = Vec::new();
    for index in 0..program.modules.len() {
        let id = ModId(index as u32);
        if !program.is_root(id) {
            continue;
        }
        let tree = &program.module(id).ast;
        skipped(&tree.attributes, tree.span, &mut quiet);
        for item in &tree.constants {
            skipped(&item.attributes, item.value.name.span.to(item.value.value.span), &mut quiet);
        }
        for item in &tree.structs {
            skipped(&item.attributes, item.value.span, &mut quiet);
        }
        for item in &tree.functions {
            let end = item.value.body.as_ref().map_or(item.value.header, |body| body.span);
            skipped(&item.attributes, item.value.header.to(end), &mut quiet);
        }
    }
    if quiet.is_empty() {
        return;
    }
    program.sink.borrow_mut().list.retain(|diagnostic| {
        let span = diagnostic.primary.span;
        let silenced = diagnostic.severity == Severity::Warning
            && quiet.iter().any(|region| {
                region.span.file == span.file
                    && region.span.start <= span.start
                    && span.end <= region.span.end
                    && region.names.iter().any(|name| name == "all" || *name == diagnostic.code.lint())
            });
        !silenced
    });
}

impl Program {
    /// Warns about the use of an item that is marked as deprecated, or whose module is.
    pub(crate) fn deprecated_use(
        &self,
        user: ModId,
        owner: ModId,
        attributes: &[Attribute],
        what: &str,
        at: (Span, Span),
    ) {
        if !self.options.warn_deprecated || user == owner || !self.is_root(user) {
            return;
        }
        let module = self.module(owner);
        let message = if attribute(attributes, "deprecated").is_some() {
            format!("{what} is deprecated")
        } else if attribute(&module.ast.attributes, "deprecated").is_some() {
            format!("{what} is deprecated, as its module `{}` is", self.module_text(owner))
        } else {
            return;
        };
        let (span, declared) = at;
        self.report(Diagnostic::new(Code::Deprecated, span, message).also(declared, "declared here"));
    }
}
