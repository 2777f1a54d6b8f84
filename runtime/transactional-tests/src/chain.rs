//! The chain of a session, and what each command does to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use move_binary_format::assembly::{disassemble, disassemble_script};
use move_compiler::tokens::{PieceKind, pieces};
use move_compiler::{Dependency, Input, Options, Output, SourceFile, compile};
use move_core_types::{Ability, AccountAddress, ModuleId, StructTag, TypeTag};
use move_vm_runtime::{
    CallRule, Changes, Engine, GasMeter, GasSchedule, Key, Location, PublishPolicy, Returns, Session, SessionContext,
    StateError, StateView, Style, Vm, VmConfig, VmError,
};

use crate::command::{Command, Run};
use crate::file::Task;
use crate::report::{self, Outcome, TaskReport};
use crate::values::Names;

/// Internal gas units of one gas unit.
const GAS_UNIT: u64 = 1_000_000;
/// The chain id that programs see.
const CHAIN_ID: u8 = 4;

/// Modules and resources.
#[derive(Default)]
struct State {
    items: BTreeMap<Key, Arc<[u8]>>,
    code_version: u64,
}

impl StateView for State {
    fn module(&self, id: &ModuleId) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.items.get(&Key::Module(id.clone())).cloned())
    }

    fn resource(&self, address: &AccountAddress, tag: &StructTag) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.items.get(&Key::Resource(*address, Arc::new(tag.clone()))).cloned())
    }

    fn table_item(&self, handle: &AccountAddress, key: &[u8]) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.items.get(&Key::TableItem(*handle, key.into())).cloned())
    }

    fn code_version(&self) -> u64 {
        self.code_version
    }
}

impl State {
    fn apply(&mut self, changes: Changes) {
        for (key, value) in changes.writes {
            self.code_version += u64::from(matches!(key, Key::Module(_)));
            match value {
                Some(value) => self.items.insert(key, value),
                None => self.items.remove(&key),
            };
        }
    }
}

/// Source text of which modules are on the chain.
struct Published {
    text: String,
    /// Their identities and where in the text they stand.
    modules: Vec<(ModuleId, (usize, usize))>,
}

/// The chain of one file.
pub(crate) struct Chain<'f> {
    file: &'f str,
    names: Names,
    library: Vec<Dependency>,
    published: Vec<Published>,
    state: State,
    vm: Vm,
    schedule: Arc<GasSchedule>,
}

/// How a task went on: what to report, and what to print.
type Step = Result<(Outcome, String), (Outcome, String)>;

impl<'f> Chain<'f> {
    /// A chain that holds nothing but the standard library; the larger packages only where `text` names them.
    pub(crate) fn new(file: &'f str, text: &str) -> Self {
        let library = library(text);
        let mut state = State::default();
        for (id, bytes) in library_modules(&library) {
            state.items.insert(Key::Module(id.clone()), bytes.clone());
        }
        let config = VmConfig { engine: Engine::Both, ..VmConfig::default() };
        Chain {
            file,
            names: Names(standard_names()),
            library,
            published: Vec::new(),
            state,
            vm: Vm::new(move_natives::table(), config),
            schedule: Arc::new(GasSchedule::initial()),
        }
    }

    /// Runs a task.
    pub(crate) fn task(&mut self, index: usize, task: &Task) -> TaskReport {
        let (outcome, text) = match self.step(task) {
            Ok(done) | Err(done) => done,
        };
        TaskReport { index, command: task.command.name(), lines: task.lines, outcome, text }
    }

    fn step(&mut self, task: &Task) -> Step {
        let data = task.data.as_deref().unwrap_or("");
        match &task.command {
            Command::Init { addresses } => self.init(addresses),
            Command::Publish { gas_budget, verbose } => self.publish(data, *gas_budget, *verbose),
            Command::Run(run) => self.run(run, data),
            Command::View { address, resource } => self.view(address, resource),
            Command::PrintBytecode { module } => self.print_bytecode(*module, data),
        }
    }

    fn init(&mut self, addresses: &[String]) -> Step {
        for pair in addresses {
            let (name, value) =
                pair.split_once('=').ok_or_else(|| bad(format!("`{pair}` is not of the form name=value")))?;
            let address = self.names.address(value).map_err(bad)?;
            self.names.0.insert(name.to_owned(), address);
        }
        Ok(quiet())
    }

    fn compile(&self, data: &str) -> Result<Output, (Outcome, String)> {
        let mut dependencies = self.library.clone();
        for (number, published) in self.published.iter().enumerate() {
            dependencies.push(Dependency {
                // Each publication is a package of its own.
                name: format!("task{number}"),
                sources: vec![SourceFile::new(self.file, published.text.clone())],
                named_addresses: self.names.0.clone(),
                language: None,
            });
        }
        // What is compiled may replace what is there.
        let mine = modules_in(data);
        for dependency in &mut dependencies {
            for source in &mut dependency.sources {
                let theirs = modules_in(&source.text);
                for (name, range) in &theirs {
                    if mine.iter().any(|(own, _)| self.same_module(own, name)) {
                        blank(&mut source.text, *range);
                    }
                }
            }
        }
        let output = compile(Input {
            package: "session".to_owned(),
            sources: vec![SourceFile::new(self.file, data)],
            named_addresses: self.names.0.clone(),
            dependencies,
            options: Options { compile_dependencies: false, ..Options::default() },
        });
        if !output.diagnostics.has_errors() {
            return Ok(output);
        }
        let diagnostics = &output.diagnostics;
        let mut lines = BTreeSet::new();
        let mut text = String::from("Error: compilation errors:\n");
        for error in diagnostics.errors() {
            lines.insert(diagnostics.files.position(error.primary.span.file, error.primary.span.start).line);
            diagnostics.render_one(error, &mut text);
            text.push('\n');
        }
        Err((Outcome::CompileError { lines: lines.into_iter().collect() }, end_line(text)))
    }

    /// Whether two module names, address as written, mean the same.
    fn same_module(&self, left: &(String, String), right: &(String, String)) -> bool {
        left.1 == right.1
            && match (self.names.address(&left.0), self.names.address(&right.0)) {
                (Ok(left), Ok(right)) => left == right,
                _ => false,
            }
    }

    fn session(&self) -> Session<'_> {
        self.vm.session(&self.state, SessionContext::new(CHAIN_ID, self.schedule.clone()))
    }

    fn publish(&mut self, data: &str, gas_budget: Option<u64>, verbose: bool) -> Step {
        let output = self.compile(data)?;
        let units: Vec<_> = output.root_modules().collect();
        let Some(first) = units.first().map(|unit| unit.id.clone()) else {
            return Err(not_code("`publish` needs a module"));
        };
        if !output.scripts.is_empty() {
            return Err(not_code("`publish` takes modules, not scripts"));
        }
        let mut gas = meter(gas_budget);
        let mut session = self.session();
        let mut rest = units.as_slice();
        while let Some(head) = rest.first() {
            let count = rest.iter().take_while(|unit| unit.id.address == head.id.address).count();
            let (group, others) = rest.split_at(count);
            let bundle: Vec<Vec<u8>> = group.iter().map(|unit| unit.bytes.clone()).collect();
            if let Err(error) = session.publish(&bundle, head.id.address, PublishPolicy::Compatible, &mut gas) {
                let named = match &error.location {
                    Location::Module(id) if group.iter().any(|unit| unit.id == *id) => id.clone(),
                    _ if units.len() == 1 => first,
                    _ => head.id.clone(),
                };
                let name = format!("{}::{}", named.address.to_canonical_string(), named.name);
                return Err(failed(&format!("Unable to publish module '{name}'. Got"), &error, verbose));
            }
            rest = others;
        }
        let changes = session.finish().map_err(|error| failed("Unable to publish. Got", &error, verbose))?;
        self.state.apply(changes);
        self.remember(data, &units.iter().map(|unit| unit.id.clone()).collect::<Vec<_>>());
        Ok(quiet())
    }

    /// Keeps the source of what was published, for what is compiled later; what it replaces is forgotten.
    fn remember(&mut self, data: &str, ids: &[ModuleId]) {
        for published in &mut self.published {
            let (gone, kept) = published.modules.drain(..).partition(|(id, _)| ids.contains(id));
            published.modules = kept;
            let gone: Vec<(ModuleId, (usize, usize))> = gone;
            gone.iter().for_each(|(_, range)| blank(&mut published.text, *range));
        }
        self.published.retain(|published| !published.modules.is_empty());
        let modules = modules_in(data)
            .into_iter()
            .filter_map(|((address, name), range)| {
                let id = ModuleId::new(self.names.address(&address).ok()?, name.parse().ok()?);
                Some((id, range))
            })
            .collect();
        self.published.push(Published { text: data.to_owned(), modules });
    }

    fn run(&mut self, run: &Run, data: &str) -> Step {
        let target = run.function.as_deref().map(|name| self.names.function(name)).transpose().map_err(bad)?;
        let type_args = self.names.types(&run.type_args).map_err(bad)?;
        let mut args = Vec::new();
        for signer in &run.signers {
            args.push(self.names.address(signer).map_err(bad)?.0.to_vec());
        }
        args.extend(self.names.values(&run.args).map_err(bad)?);
        let script = match &target {
            Some(_) => None,
            None => Some(self.script(data)?),
        };
        let mut gas = meter(run.gas_budget);
        let mut session = self.session();
        let (prefix, result) = match (&target, &script) {
            (Some((module, function)), _) => (
                "Function execution failed with",
                session.call(module, function, &type_args, &args, CallRule::Any, &mut gas),
            ),
            (None, script) => (
                "Script execution failed with",
                session.run_script(script.as_deref().unwrap_or_default(), &type_args, &args, CallRule::Any, &mut gas),
            ),
        };
        let returns = result.map_err(|error| failed(prefix, &error, run.verbose))?;
        let done = returned(&mut session, &returns).map_err(|error| failed(prefix, &error, run.verbose))?;
        let changes = session.finish().map_err(|error| failed(prefix, &error, run.verbose))?;
        self.state.apply(changes);
        Ok(done)
    }

    fn script(&self, data: &str) -> Result<Vec<u8>, (Outcome, String)> {
        let output = self.compile(data)?;
        let has_modules = output.root_modules().next().is_some();
        match output.scripts.as_slice() {
            [script] if !has_modules => Ok(script.bytes.clone()),
            _ => Err(not_code("`run` without a function needs one script")),
        }
    }

    fn view(&mut self, address: &str, resource: &str) -> Step {
        let address = self.names.address(address).map_err(bad)?;
        let TypeTag::Struct(tag) = self.names.ty(resource).map_err(bad)? else {
            return Err(bad(format!("`{resource}` is no struct")));
        };
        let prefix = "Viewing failed with";
        let mut session = self.session();
        let found = session.resource(&address, &tag).map_err(|error| failed(prefix, &error, false))?;
        let Some(bytes) = found else { return Ok((Outcome::NoResource, "[No Resource Exists]\n".to_owned())) };
        let shown = session.show_fields(&tag, &bytes, Style::Bare).map_err(|error| failed(prefix, &error, false))?;
        let abilities: Vec<&str> = shown.abilities.iter().map(Ability::name).collect();
        let mut text = format!("{} {} {{\n", abilities.join(" "), shown.name);
        for (field, value) in &shown.fields {
            text.push_str(&format!("    {field}: {value}\n"));
        }
        text.push_str("}\n");
        Ok((Outcome::Ok { returns: Vec::new(), mutable_inputs: BTreeMap::new() }, text))
    }

    fn print_bytecode(&self, module: bool, data: &str) -> Step {
        let output = self.compile(data)?;
        let texts: Vec<String> = if module {
            output.root_modules().map(|unit| disassemble(&unit.module)).collect()
        } else {
            output.scripts.iter().map(|unit| disassemble_script(&unit.script)).collect()
        };
        if texts.is_empty() {
            let what = if module {
                "`print-bytecode --input module` needs a module"
            } else {
                "`print-bytecode` needs a script"
            };
            return Err(not_code(what));
        }
        Ok((Outcome::Ok { returns: Vec::new(), mutable_inputs: BTreeMap::new() }, end_line(texts.join("\n"))))
    }
}

fn quiet() -> (Outcome, String) {
    (Outcome::Ok { returns: Vec::new(), mutable_inputs: BTreeMap::new() }, String::new())
}

fn bad(message: impl std::fmt::Display) -> (Outcome, String) {
    (Outcome::BadCommand, format!("Error: {message}\n"))
}

/// The data compiles, but is not what the command needs.
fn not_code(message: &str) -> (Outcome, String) {
    (Outcome::CompileError { lines: Vec::new() }, format!("Error: compilation errors:\n{message}\n"))
}

fn end_line(text: String) -> String {
    format!("{}\n", text.trim_end())
}

fn meter(gas_budget: Option<u64>) -> GasMeter {
    match gas_budget {
        None => GasMeter::unlimited(),
        Some(units) => {
            let units = units.saturating_mul(GAS_UNIT);
            GasMeter::new(units, units)
        }
    }
}

fn failed(prefix: &str, error: &VmError, verbose: bool) -> (Outcome, String) {
    let location = match &error.location {
        Location::Undefined => "undefined".to_owned(),
        Location::Script => "script".to_owned(),
        Location::Module(id) => format!("{}::{}", id.address.to_short_string(), id.name),
    };
    let vm = report::Vm {
        major_status: error.status.name(),
        number: error.status.number(),
        sub_status: error.sub_status,
        location,
        at: error.at,
    };
    let text = vm.text(prefix, error.message.as_deref().filter(|_| verbose));
    (Outcome::VmError(vm), text)
}

/// What a call gave back, as text.
fn returned(session: &mut Session<'_>, returns: &Returns) -> Result<(Outcome, String), VmError> {
    let mut mutable_inputs = BTreeMap::new();
    for ((at, bytes), tag) in returns.mut_args.iter().zip(&returns.mut_types) {
        mutable_inputs.insert(*at, session.show(tag, bytes, Style::Bare)?);
    }
    let mut values = Vec::new();
    for (bytes, tag) in returns.values.iter().zip(&returns.types) {
        values.push(session.show(tag, bytes, Style::Bare)?);
    }
    let mut text = String::new();
    if !mutable_inputs.is_empty() {
        let list: Vec<String> = mutable_inputs.iter().map(|(at, value)| format!("local#{at}: {value}")).collect();
        text.push_str(&format!("mutable inputs after call: {}\n", list.join(", ")));
    }
    if !values.is_empty() {
        text.push_str(&format!("return values: {}\n", values.join(", ")));
    }
    Ok((Outcome::Ok { returns: values, mutable_inputs }, text))
}

fn standard_names() -> BTreeMap<String, AccountAddress> {
    let one = ["std", "aptos_std", "aptos_framework"].map(|name| (name.to_owned(), AccountAddress::ONE));
    one.into_iter().chain([("vm_reserved".to_owned(), AccountAddress::ZERO)]).collect()
}

/// The embedded packages that a session may use, in order of dependency.
const PACKAGES: [&str; 3] = ["MoveStdlib", "AptosStdlib", "AptosFramework"];

/// The packages as dependencies: the first, and the others if `text` names one of their modules.
fn library(text: &str) -> Vec<Dependency> {
    let count = if names_a_module_of(text, "AptosFramework") {
        3
    } else if names_a_module_of(text, "AptosStdlib") {
        2
    } else {
        1
    };
    PACKAGES
        .iter()
        .take(count)
        .filter_map(|name| {
            let package = move_packages::package(name)?;
            let sources = package.sources().map(|file| SourceFile::new(file.path, file.text)).collect();
            Some(Dependency { name: (*name).to_owned(), sources, named_addresses: standard_names(), language: None })
        })
        .collect()
}

fn names_a_module_of(text: &str, package: &str) -> bool {
    let Some(package) = move_packages::package(package) else { return false };
    let modules = package.sources().filter_map(|file| file.path.rsplit('/').next()?.strip_suffix(".move"));
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    modules.into_iter().any(|module| {
        ["std", "aptos_std", "aptos_framework", "0x1"].iter().any(|address| {
            let name = format!("{address}::{module}");
            text.match_indices(&name).any(|(at, _)| !text.as_bytes().get(at + name.len()).is_some_and(word))
        })
    })
}

type Modules = Vec<(ModuleId, Arc<[u8]>)>;

/// The binaries of the packages, compiled once.
fn library_modules(library: &[Dependency]) -> &'static Modules {
    static COMPILED: [OnceLock<Modules>; PACKAGES.len()] = [const { OnceLock::new() }; PACKAGES.len()];
    static NONE: Modules = Vec::new();
    let Some(cell) = library.len().checked_sub(1).and_then(|last| COMPILED.get(last)) else { return &NONE };
    cell.get_or_init(|| {
        let output = compile(Input { dependencies: library.to_vec(), ..Input::default() });
        output.modules.into_iter().map(|unit| (unit.id, Arc::from(unit.bytes))).collect()
    })
}

/// A module as a text declares it: address as written, name, and the bytes from `module` to the closing brace.
type Declared = ((String, String), (usize, usize));

/// The modules that a text declares.
fn modules_in(text: &str) -> Vec<Declared> {
    let pieces: Vec<_> = pieces(text).into_iter().filter(|piece| piece.kind != PieceKind::Comment).collect();
    let word = |at: usize| pieces.get(at).and_then(|piece| text.get(piece.start..piece.end)).unwrap_or("");
    let mut found = Vec::new();
    let mut block = String::new();
    let mut at = 0;
    while at < pieces.len() {
        if word(at) == "address" && word(at + 2) == "{" {
            block = word(at + 1).to_owned();
            at += 3;
            continue;
        }
        let qualified = word(at + 2) == "::";
        let open = if qualified { at + 4 } else { at + 2 };
        if word(at) != "module" || word(open) != "{" {
            at += 1;
            continue;
        }
        let name = if qualified {
            (word(at + 1).to_owned(), word(at + 3).to_owned())
        } else {
            (block.clone(), word(at + 1).to_owned())
        };
        let (mut depth, mut end) = (0usize, open);
        while end < pieces.len() {
            match word(end) {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
            end += 1;
        }
        let start = pieces.get(at).map_or(0, |piece| piece.start);
        found.push((name, (start, pieces.get(end).map_or(text.len(), |piece| piece.end))));
        at = end + 1;
    }
    found
}

/// Puts blanks over a range of bytes; lines stay.
fn blank(text: &mut String, (start, end): (usize, usize)) {
    let Some(range) = text.get(start..end) else { return };
    let blanks: String =
        range.chars().flat_map(|c| std::iter::repeat_n(if c == '\n' { '\n' } else { ' ' }, c.len_utf8())).collect();
    text.replace_range(start..end, &blanks);
}
