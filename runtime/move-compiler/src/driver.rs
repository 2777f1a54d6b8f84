//! The order of the passes.

use crate::{
    api::{Input, LanguageVersion, Output},
    checks,
    codes::Code,
    constants, declare,
    diagnostics::{Diagnostic, Sink},
    emit, facts,
    flow::{borrow, cfg, moves, uses},
    lower, parser, plan,
    program::{Package, Program},
    source::Files,
    source_map::SourceMap,
    types::{ConstId, FunId, ModId},
    typing, verify,
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// Stack of the thread that compiles: trees are bounded in height, not by the caller's stack.
const STACK_BYTES: usize = 512 << 20;

/// Compiles packages. See [`crate::api`] for what goes in and comes out.
///
/// Runs on a thread of its own for the sake of its stack; if none can be made, on the caller's.
pub fn compile(input: Input) -> Output {
    on_large_stack(input, run).unwrap_or_default()
}

/// Does the work on a thread with a large stack, or on the caller's if there is none.
pub(crate) fn on_large_stack<T: Send>(input: Input, work: fn(Input) -> T) -> Option<T> {
    let slot = std::sync::Mutex::new(Some(input));
    let take = || slot.lock().ok().and_then(|mut slot| slot.take());
    std::thread::scope(|scope| {
        let spawned = std::thread::Builder::new()
            .name("move-compiler".into())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || take().map(work));
        match spawned {
            Ok(handle) => match handle.join() {
                Ok(output) => output,
                Err(panic) => std::panic::resume_unwind(panic),
            },
            Err(_) => take().map(work),
        }
    })
}

fn run(input: Input) -> Output {
    let program = prepare(input);
    let built = checked(&program);
    crate::silence::apply(&program);
    finish(program, built)
}

/// All passes after the declarations.
pub(crate) fn checked(program: &Program) -> Option<Built> {
    if program.errors() == 0 || !program.modules.is_empty() { build(program) } else { None }
}

/// Parses and declares.
fn prepare(input: Input) -> Program {
    let (mut program, parsed) = parsed(input);
    if program.errors() == 0 {
        declare_all(&mut program, parsed);
    }
    program
}

/// Enters everything that was parsed, package by package.
pub(crate) fn declare_all(program: &mut Program, parsed: Vec<Vec<crate::ast::Module>>) {
    for (package, modules) in parsed.into_iter().enumerate() {
        declare::modules(program, package, modules);
    }
    declare::members(program);
    declare::aliases(program);
    declare::signatures(program);
}

/// Parses; nothing is declared yet.
pub(crate) fn parsed(input: Input) -> (Program, Vec<Vec<crate::ast::Module>>) {
    let mut files = Files::default();
    let mut sink = Sink::default();
    let mut packages = Vec::new();
    let mut parsed = Vec::new();
    let newest = LanguageVersion::V2_4;
    for dependency in input.dependencies {
        let language = dependency.language.unwrap_or(newest);
        packages.push(Package {
            dependency: Some(dependency.name),
            named_addresses: dependency.named_addresses,
            language,
        });
        parsed.push(parse_all(dependency.sources, language, &mut files, &mut sink));
    }
    packages.push(Package {
        dependency: None,
        named_addresses: input.named_addresses,
        language: input.options.language,
    });
    parsed.push(parse_all(input.sources, input.options.language, &mut files, &mut sink));
    let program = Program {
        files,
        options: input.options,
        packages,
        modules: Vec::new(),
        structs: Vec::new(),
        funs: Vec::new(),
        consts: Vec::new(),
        by_name: BTreeMap::new(),
        receivers: BTreeMap::new(),
        uses: RefCell::new(BTreeMap::new()),
        sink: RefCell::new(sink),
    };
    (program, parsed)
}

fn parse_all(
    sources: Vec<crate::SourceFile>,
    language: LanguageVersion,
    files: &mut Files,
    sink: &mut Sink,
) -> Vec<crate::ast::Module> {
    let mut modules = Vec::new();
    for source in sources {
        let index = files.add(source);
        let Some(text) = files.get(index).map(|file| file.text.as_str()) else { continue };
        if u32::try_from(text.len()).is_err() {
            continue;
        }
        modules.extend(parser::parse(text, index, language, sink));
    }
    modules
}

pub(crate) struct Built {
    modules: Vec<crate::api::CompiledUnit>,
    scripts: Vec<crate::api::ScriptUnit>,
    tests: Vec<crate::api::TestCase>,
}

fn finish(program: Program, built: Option<Built>) -> Output {
    let Program { files, sink, .. } = program;
    let diagnostics = sink.into_inner().finish(files);
    match built {
        Some(built) if !diagnostics.has_errors() => {
            Output { modules: built.modules, scripts: built.scripts, tests: built.tests, diagnostics }
        }
        _ => Output { diagnostics, ..Output::default() },
    }
}

/// Types every body.
fn bodies(program: &Program) -> lower::Bodies {
    let mut bodies = lower::Bodies::new();
    for index in 0..program.funs.len() {
        let decl = &program.funs[index];
        let wanted = program.options.compile_dependencies || program.is_root(decl.module) || decl.is_inline;
        if decl.is_native || !wanted {
            continue;
        }
        let errors = program.errors();
        let body = typing::function(program, decl);
        let clean = program.errors() == errors;
        bodies.insert(FunId(index as u32), body.filter(|_| clean).map(Rc::new));
    }
    bodies
}

fn build(program: &Program) -> Option<Built> {
    checks::declarations(program);
    for index in 0..program.consts.len() {
        constants::evaluate(program, ConstId(index as u32), &mut Vec::new());
    }
    let bodies = bodies(program);
    let order = checks::dependency_order(program);
    checks::inline_cycles(program, &bodies);
    let tests = plan::tests(program);
    checks::attributes(program);
    crate::lints::check(program, &bodies);
    checks::unused(program);
    let order = order?;
    let mut codes = Vec::new();
    for id in &order {
        let wanted = program.options.compile_dependencies || program.is_root(*id);
        if wanted {
            codes.push(lower_module(program, &bodies, *id));
        }
    }
    if program.errors() > 0 {
        return None;
    }
    checks::randomness(program, &codes);
    checks::instantiation_loops(program, &codes);
    if program.errors() > 0 {
        return None;
    }
    let friends = package_friends(program, &codes);
    let mut built = Built { modules: Vec::new(), scripts: Vec::new(), tests };
    let none = BTreeSet::new();
    for code in &codes {
        assemble(program, code, friends.get(&code.module).unwrap_or(&none), &mut built);
    }
    Some(built)
}

/// Lowers and checks the functions of a module.
fn lower_module(program: &Program, bodies: &lower::Bodies, id: ModId) -> emit::ModuleCode {
    let mut shared = lower::ModuleLowering { program, bodies, module: id, lifted: Vec::new() };
    let mut functions = Vec::new();
    for fun in &program.module(id).funs {
        let decl = program.fun(*fun);
        if decl.is_inline {
            continue;
        }
        let code = if decl.is_native { None } else { lower::function(&mut shared, *fun) };
        functions.push((*fun, code));
    }
    let mut code = emit::ModuleCode {
        module: id,
        functions,
        lifted: shared.lifted.into_iter().map(|lifted| lifted.function).collect(),
    };
    let root = program.is_root(id);
    for function in code.functions.iter_mut().filter_map(|(_, function)| function.as_mut()).chain(&mut code.lifted) {
        cfg::simplify(function);
        let errors = program.errors();
        if root {
            uses::check(program, function);
        }
        moves::check(program, function);
        if program.errors() > errors {
            function.blocks.clear();
        }
    }
    let sets = emit::acquires(program, &code);
    let acquires: borrow::Acquires = code.functions.iter().zip(sets).map(|((id, _), set)| (*id, set)).collect();
    for function in code.functions.iter_mut().filter_map(|(_, function)| function.as_mut()).chain(&mut code.lifted) {
        if function.blocks.is_empty() {
            continue;
        }
        let errors = program.errors();
        borrow::check(program, function, &acquires);
        if program.errors() == errors {
            moves::drops(program, function);
        }
    }
    code
}

/// For each module, the others that use its package functions.
fn package_friends(program: &Program, codes: &[emit::ModuleCode]) -> BTreeMap<ModId, BTreeSet<ModId>> {
    let mut friends: BTreeMap<ModId, BTreeSet<ModId>> = BTreeMap::new();
    for code in codes {
        for fun in emit::modules_used(code) {
            let decl = program.fun(fun);
            if decl.visibility == crate::ast::Visibility::Package && decl.module != code.module {
                friends.entry(decl.module).or_default().insert(code.module);
            }
        }
        for id in checks::structs_used(code) {
            let decl = program.strukt(id);
            if decl.visibility == crate::ast::Visibility::Package && decl.module != code.module {
                friends.entry(decl.module).or_default().insert(code.module);
            }
        }
    }
    friends
}

/// Emits, verifies and serialises a module or script.
fn assemble(program: &Program, code: &emit::ModuleCode, friends: &BTreeSet<ModId>, built: &mut Built) {
    let wanted = program.options.bytecode_version;
    let least = wanted.unwrap_or(7).min(7);
    let mut code =
        emit::ModuleCode { module: code.module, functions: code.functions.clone(), lifted: code.lifted.clone() };
    for function in code.functions.iter_mut().filter_map(|(_, function)| function.as_mut()).chain(&mut code.lifted) {
        emit::optimize(function);
        emit::prepare(function);
    }
    let module = program.module(code.module);
    if module.is_script {
        let Some((mut script, map)) = emit::script(program, &code, least) else { return };
        let Some(version) = version(program, code.module, script.version) else { return };
        script.version = version;
        if !verify::script(program, code.module, &script, &map) {
            return;
        }
        let Some(bytes) = serialised(program, code.module, script.serialize(version)) else { return };
        let Some((fun, _)) = code.functions.first() else { return };
        if let Some(unit) = emit::script_unit(program, *fun, script, bytes, map, facts::function(program, *fun)) {
            built.scripts.push(unit);
        }
        return;
    }
    let Some((mut compiled, map)) = emit::module(program, &code, friends, least) else { return };
    let Some(version) = version(program, code.module, compiled.version) else { return };
    compiled.version = version;
    if !verify::module(program, code.module, &compiled, &map) {
        return;
    }
    let Some(bytes) = serialised(program, code.module, compiled.serialize(version)) else { return };
    let map: SourceMap = map;
    if let Some(unit) = emit::module_unit(program, code.module, compiled, bytes, map) {
        built.modules.push(unit);
    }
}

/// The version to write: the one asked for, if it is enough, or the least that is.
fn version(program: &Program, id: ModId, needed: u32) -> Option<u32> {
    match program.options.bytecode_version {
        Some(wanted) if wanted < needed => {
            let module = program.module(id);
            program.report(
                Diagnostic::new(
                    Code::Limit,
                    module.name_span,
                    format!("module `{}` needs binary version {needed}, but {wanted} was asked for", module.name),
                )
                .note("8 brings function values, 9 signed integers, 10 abort messages and public types"),
            );
            None
        }
        Some(wanted) => Some(wanted),
        None => Some(needed),
    }
}

fn serialised(
    program: &Program,
    id: ModId,
    result: Result<Vec<u8>, move_binary_format::FormatError>,
) -> Option<Vec<u8>> {
    match result {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            let module = program.module(id);
            program.report(Diagnostic::new(
                Code::Limit,
                module.name_span,
                format!("module `{}` cannot be written: {error:?}", module.name),
            ));
            None
        }
    }
}
