//! Whole modules and scripts: definitions, friends, metadata, source maps.

use super::{
    builder::{LiftedSignature, Tables, type_order},
    emit,
};
use crate::{
    api::{CompiledUnit, FunctionFacts, ScriptUnit},
    ast::Visibility,
    codes::Code,
    diagnostics::Diagnostic,
    facts,
    ir::{Callee, Function, Instr, Op},
    program::{Program, StructDecl},
    source_map::{FileDigest, FunctionMap, SourceMap, StructMap},
    types::{FunId, ModId, StructId, Ty},
};
use move_binary_format::{
    CompiledModule, CompiledScript,
    file_format::{
        Bytecode, CodeUnit, FieldDef, FunctionDef, ModuleHandle, SignatureToken, StructDef, StructDefIdx, StructFields,
        VariantDef, Visibility as BinaryVisibility,
    },
};
use move_core_types::Identifier;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The checked code of a module.
#[derive(Debug)]
pub(crate) struct ModuleCode {
    pub(crate) module: ModId,
    /// Declared functions that are not inline, in source order; no code for natives.
    pub(crate) functions: Vec<(FunId, Option<Function>)>,
    /// Functions made from lambdas.
    pub(crate) lifted: Vec<Function>,
}

impl ModuleCode {
    fn all(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter_map(|(_, function)| function.as_ref()).chain(&self.lifted)
    }

    /// Every instruction.
    pub(crate) fn instrs(&self) -> impl Iterator<Item = &Instr> {
        self.all().flat_map(|function| function.blocks.iter().flat_map(|block| &block.instrs))
    }
}

/// Functions of other modules that a module's code refers to.
pub(crate) fn modules_used(code: &ModuleCode) -> BTreeSet<FunId> {
    code.instrs()
        .filter_map(|instr| match &instr.op {
            Op::Call(Callee::Declared(id), _) | Op::PackClosure(Callee::Declared(id), ..) => Some(*id),
            _ => None,
        })
        .collect()
}

/// Resources acquired by each function: of the declared ones, then of the lifted ones.
pub(crate) fn acquires(program: &Program, code: &ModuleCode) -> Vec<BTreeSet<StructId>> {
    let count = code.functions.len() + code.lifted.len();
    let index: BTreeMap<FunId, usize> = code.functions.iter().enumerate().map(|(nth, (id, _))| (*id, nth)).collect();
    let mut sets: Vec<BTreeSet<StructId>> = vec![BTreeSet::new(); count];
    let mut calls: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    let functions = code.functions.iter().map(|(_, function)| function.as_ref()).chain(code.lifted.iter().map(Some));
    for (nth, function) in functions.enumerate() {
        let Some(function) = function else { continue };
        for instr in function.blocks.iter().flat_map(|block| &block.instrs) {
            match &instr.op {
                Op::MoveFrom(id, _) | Op::BorrowGlobal(_, id, _) => {
                    sets[nth].insert(*id);
                }
                Op::Call(Callee::Declared(id), _) if program.fun(*id).module == code.module => {
                    if let Some(callee) = index.get(id) {
                        calls[nth].insert(*callee);
                    }
                }
                Op::Call(Callee::Lifted(lifted), _) => {
                    calls[nth].insert(code.functions.len() + lifted);
                }
                _ => {}
            }
        }
    }
    let mut changed = true;
    while changed {
        changed = false;
        for nth in 0..count {
            for callee in calls[nth].clone() {
                let more: Vec<StructId> = sets[callee].difference(&sets[nth]).copied().collect();
                changed |= !more.is_empty();
                sets[nth].extend(more);
            }
        }
    }
    sets
}

struct Finished {
    tables_version: u32,
    pools: move_binary_format::Tables,
    map: SourceMap,
}

fn visibility(visibility: Visibility) -> BinaryVisibility {
    match visibility {
        Visibility::Private => BinaryVisibility::Private,
        Visibility::Public => BinaryVisibility::Public,
        Visibility::Friend | Visibility::Package => BinaryVisibility::Friend,
    }
}

fn lifted_signatures(code: &ModuleCode) -> Vec<LiftedSignature> {
    code.lifted
        .iter()
        .map(|function| LiftedSignature {
            name: function.name.to_string(),
            type_params: function.type_params.clone(),
            params: function.temps.iter().take(function.params).map(|temp| temp.ty.clone()).collect(),
            results: function.results.clone(),
        })
        .collect()
}

fn too_large(program: &Program, function: &Function, why: &str) {
    program.report(Diagnostic::new(
        Code::Limit,
        function.span,
        format!("function `{}` is too large: {why}", function.name),
    ));
}

fn function_map(program: &Program, mut map: FunctionMap, function: &Function) -> FunctionMap {
    let _ = program;
    map.span = function.span;
    map.type_params = function.type_params.iter().map(|param| (param.name.to_string(), param.span)).collect();
    map.params = function
        .temps
        .iter()
        .take(function.params)
        .map(|temp| (temp.name.as_ref().map_or_else(|| "_".to_string(), |name| name.to_string()), temp.span))
        .collect();
    map
}

/// Assembles a module. `friends` are the modules that use its package functions.
pub(crate) fn module(
    program: &Program,
    code: &ModuleCode,
    friends: &BTreeSet<ModId>,
    version: u32,
) -> Option<(CompiledModule, SourceMap)> {
    let mut tables = Tables::new(program, code.module, version);
    tables.lifted = lifted_signatures(code);
    let self_handle = tables.module_handle(code.module);
    let decl = program.module(code.module);
    let mut map = SourceMap { module: program.module_id(code.module), span: decl.name_span, ..SourceMap::default() };
    for id in &decl.structs {
        let definition = struct_def(&mut tables, *id);
        tables.pools.struct_defs.push(definition);
        map.structs.push(struct_map(program.strukt(*id)));
    }
    let acquires = acquires(program, code);
    let errors = program.errors();
    check_acquires(program, code, &acquires);
    for (nth, (id, function)) in code.functions.iter().enumerate() {
        let decl = program.fun(*id);
        let handle = tables.function_handle(Callee::Declared(*id));
        let (unit, entry) = match function {
            None => (None, FunctionMap { is_native: true, span: decl.name_span, ..FunctionMap::default() }),
            Some(function) => {
                let (unit, entry) = emitted(program, function, &mut tables)?;
                (Some(unit), entry)
            }
        };
        let acquires = struct_indices(&tables, &acquires[nth]);
        map.functions.push(entry);
        tables.pools.function_defs.push(FunctionDef {
            handle,
            visibility: visibility(decl.visibility),
            is_entry: decl.is_entry,
            acquires,
            code: unit,
        });
    }
    for (nth, function) in code.lifted.iter().enumerate() {
        let handle = tables.function_handle(Callee::Lifted(nth));
        let (unit, entry) = emitted(program, function, &mut tables)?;
        let acquires = struct_indices(&tables, &acquires[code.functions.len() + nth]);
        map.functions.push(entry);
        tables.pools.function_defs.push(FunctionDef {
            handle,
            visibility: BinaryVisibility::Private,
            is_entry: false,
            acquires,
            code: Some(unit),
        });
    }
    for id in &decl.structs {
        accessors(&mut tables, *id, &mut map);
    }
    let mut names: BTreeSet<ModId> = friends.clone();
    names.extend(decl.friends.iter().map(|(friend, _)| *friend));
    names.remove(&code.module);
    let mut list: Vec<(move_core_types::AccountAddress, String, ModId)> =
        names.into_iter().map(|id| (program.module(id).address, program.module(id).name.to_string(), id)).collect();
    list.sort();
    for (_, _, id) in list {
        let handle: ModuleHandle = tables.module_name(id);
        tables.pools.friends.push(handle);
    }
    let finished = finish(program, code, tables, map, errors)?;
    let module = CompiledModule { version: finished.tables_version, self_handle, tables: finished.pools };
    Some((module, finished.map))
}

fn struct_indices(tables: &Tables<'_>, ids: &BTreeSet<StructId>) -> Vec<StructDefIdx> {
    let mut list: Vec<StructDefIdx> = ids.iter().filter_map(|id| tables.struct_def_index(*id)).collect();
    list.sort_unstable();
    list
}

fn emitted(program: &Program, function: &Function, tables: &mut Tables<'_>) -> Option<(CodeUnit, FunctionMap)> {
    match emit(function, tables) {
        Ok((unit, map)) => Some((unit, function_map(program, map, function))),
        Err(why) => {
            too_large(program, function, &why.0);
            None
        }
    }
}

fn finish(
    program: &Program,
    code: &ModuleCode,
    mut tables: Tables<'_>,
    mut map: SourceMap,
    errors: usize,
) -> Option<Finished> {
    let decl = program.module(code.module);
    for id in &decl.consts {
        if let Some(value) = crate::constants::value(program, *id)
            && let Some(index) = tables.known_constant(&value)
        {
            map.constants.insert(program.constant(*id).name.to_string(), index);
        }
    }
    if let Some(what) = tables.overflow {
        program.report(Diagnostic::new(
            Code::Limit,
            decl.name_span,
            format!("module `{}` has too many {what}", decl.name),
        ));
    }
    if program.errors() > errors {
        return None;
    }
    let mut pools = tables.pools;
    pools.metadata = facts::metadata(program, code.module);
    let mut used: BTreeSet<u32> = BTreeSet::new();
    used.insert(map.span.file);
    for function in &map.functions {
        used.insert(function.span.file);
        used.extend(function.code.values().map(|span| span.file));
        used.extend(function.locals.iter().map(|(_, span)| span.file));
    }
    for file in used {
        if let Some(source) = program.files.get(file) {
            let digest: [u8; 32] = Sha256::digest(source.text.as_bytes()).into();
            map.files.insert(file, FileDigest { path: source.path.clone(), sha256: digest });
        }
    }
    Some(Finished { tables_version: tables.version, pools, map })
}

/// Assembles a script.
pub(crate) fn script(program: &Program, code: &ModuleCode, version: u32) -> Option<(CompiledScript, SourceMap)> {
    let mut tables = Tables::new(program, code.module, version);
    let errors = program.errors();
    let (id, function) = code.functions.first()?;
    let function = function.as_ref()?;
    let decl = program.fun(*id);
    let params: Vec<Ty> = decl.params.iter().map(|(_, _, ty)| ty.clone()).collect();
    let parameters = tables.signature(&params);
    let (unit, entry) = emitted(program, function, &mut tables)?;
    let map = SourceMap { module: None, span: decl.name_span, functions: vec![entry], ..SourceMap::default() };
    let type_params = decl.type_params.iter().map(|param| param.abilities).collect();
    let finished = finish(program, code, tables, map, errors)?;
    let script = CompiledScript {
        version: finished.tables_version,
        tables: finished.pools,
        type_params,
        parameters,
        access: None,
        code: unit,
    };
    Some((script, finished.map))
}

fn struct_def(tables: &mut Tables<'_>, id: StructId) -> StructDef {
    let program = tables.program;
    let decl = program.strukt(id);
    let handle = tables.struct_handle(id);
    if decl.is_enum {
        tables.version = tables.version.max(7);
        let mut variants = Vec::new();
        for variant in &decl.variants {
            let name = tables.identifier(&variant.name);
            let fields = field_defs(tables, variant);
            variants.push(VariantDef { name, fields });
        }
        return StructDef { handle, fields: StructFields::Variants(variants) };
    }
    let mut fields = match decl.variants.first() {
        Some(variant) => field_defs(tables, variant),
        None => Vec::new(),
    };
    if fields.is_empty() {
        fields.push(FieldDef { name: tables.identifier("dummy_field"), ty: SignatureToken::Bool });
    }
    StructDef { handle, fields: StructFields::Plain(fields) }
}

fn field_defs(tables: &mut Tables<'_>, variant: &crate::program::VariantDecl) -> Vec<FieldDef> {
    let mut fields = Vec::new();
    for field in &variant.fields {
        // Positional fields are called `_0`, `_1` in the binary, whose names cannot start with a digit.
        let name = if field.name.starts_with(|c: char| c.is_ascii_digit()) {
            format!("_{}", field.name)
        } else {
            field.name.to_string()
        };
        let name = tables.identifier(&name);
        let ty = tables.token(&field.ty);
        fields.push(FieldDef { name, ty });
    }
    fields
}

fn struct_map(decl: &StructDecl) -> StructMap {
    StructMap {
        span: decl.span,
        type_params: decl.type_params.iter().map(|param| (param.name.to_string(), param.span)).collect(),
        fields: decl.variants.iter().map(|variant| variant.fields.iter().map(|field| field.span).collect()).collect(),
    }
}

fn check_acquires(program: &Program, code: &ModuleCode, sets: &[BTreeSet<StructId>]) {
    let old = program.language(code.module) < crate::api::LanguageVersion::V2_2;
    for ((id, function), set) in code.functions.iter().zip(sets) {
        let Some(function) = function else { continue };
        let decl = program.fun(*id);
        if function.declared_acquires.is_empty() && (!old || program.module(decl.module).is_script) {
            continue;
        }
        for missing in set.iter().filter(|id| !function.declared_acquires.iter().any(|(other, _)| other == *id)) {
            let name = &program.strukt(*missing).name;
            let at = function
                .blocks
                .iter()
                .flat_map(|block| &block.instrs)
                .find(|instr| touches(program, code, sets, instr, *missing))
                .map(|instr| instr.span);
            program.report(
                Diagnostic::new(
                    Code::Acquires,
                    at.unwrap_or(decl.name_span),
                    format!("function `{}` acquires `{name}` here, but does not say so", decl.name),
                )
                .also(decl.name_span, format!("add `acquires {name}`")),
            );
        }
        for (extra, span) in function.declared_acquires.iter().filter(|(id, _)| !set.contains(id)) {
            let name = &program.strukt(*extra).name;
            program.report(
                Diagnostic::new(Code::Acquires, *span, format!("function `{}` does not acquire `{name}`", decl.name))
                    .here("remove it"),
            );
        }
    }
}

fn touches(program: &Program, code: &ModuleCode, sets: &[BTreeSet<StructId>], instr: &Instr, wanted: StructId) -> bool {
    match &instr.op {
        Op::MoveFrom(id, _) | Op::BorrowGlobal(_, id, _) => *id == wanted,
        Op::Call(Callee::Declared(id), _) if program.fun(*id).module == code.module => {
            code.functions.iter().position(|(other, _)| other == id).is_some_and(|nth| sets[nth].contains(&wanted))
        }
        _ => false,
    }
}

/// Name, attribute, parameters, results and code of an accessor.
type Accessor = (String, move_binary_format::file_format::FunctionAttribute, Vec<Ty>, Vec<Ty>, Vec<Bytecode>);

/// Accessor functions of a type that other modules may use directly (language 2.4).
fn accessors(tables: &mut Tables<'_>, id: StructId, map: &mut SourceMap) {
    let program = tables.program;
    let decl = program.strukt(id);
    if decl.visibility == Visibility::Private || decl.abilities.has_key() {
        return;
    }
    tables.version = tables.version.max(10);
    let generic = !decl.type_params.is_empty();
    let targs: Vec<Ty> =
        if generic { (0..decl.type_params.len()).map(|index| Ty::Param(index as u16)).collect() } else { Vec::new() };
    let own = Ty::Struct(id, targs.clone().into());
    let mut functions: Vec<Accessor> = Vec::new();
    use move_binary_format::file_format::FunctionAttribute as Attribute;
    for (nth, variant) in decl.variants.iter().enumerate() {
        let tag = nth as u16;
        let suffix = if decl.is_enum { format!("{}${}", decl.name, variant.name) } else { decl.name.to_string() };
        let fields: Vec<Ty> = variant.fields.iter().map(|field| field.ty.clone()).collect();
        let mut code: Vec<Bytecode> = (0..fields.len()).map(|slot| Bytecode::MoveLoc(slot as u8)).collect();
        code.push(tables.pack(id, nth, &targs));
        let attribute = if decl.is_enum { Attribute::PackVariant(tag) } else { Attribute::Pack };
        functions.push((format!("pack${suffix}"), attribute, fields.clone(), vec![own.clone()], code));
        let attribute = if decl.is_enum { Attribute::UnpackVariant(tag) } else { Attribute::Unpack };
        let code = vec![Bytecode::MoveLoc(0), tables.unpack(id, nth, &targs)];
        functions.push((format!("unpack${suffix}"), attribute, vec![own.clone()], fields, code));
        if decl.is_enum {
            let code = vec![Bytecode::MoveLoc(0), tables.test_variant(id, nth, &targs)];
            functions.push((
                format!("test_variant${suffix}"),
                Attribute::TestVariant(tag),
                vec![Ty::reference(false, own.clone())],
                vec![Ty::Bool],
                code,
            ));
        }
    }
    let mut seen: Vec<(usize, Ty)> = Vec::new();
    for variant in &decl.variants {
        for (index, field) in variant.fields.iter().enumerate() {
            if seen.contains(&(index, field.ty.clone())) {
                continue;
            }
            seen.push((index, field.ty.clone()));
            let variants: Vec<usize> = if decl.is_enum {
                (0..decl.variants.len())
                    .filter(|nth| decl.variants[*nth].fields.get(index).is_some_and(|other| other.ty == field.ty))
                    .collect()
            } else {
                Vec::new()
            };
            let suffix = if decl.is_enum {
                format!("{}${index}${}", decl.name, type_order(decl, index, &field.ty))
            } else {
                format!("{}${index}", decl.name)
            };
            for mutable in [false, true] {
                let code = vec![Bytecode::MoveLoc(0), tables.borrow_field(mutable, id, &variants, index, &targs)];
                let word = if mutable { "borrow_mut" } else { "borrow" };
                let attribute = if mutable {
                    Attribute::BorrowFieldMutable(index as u16)
                } else {
                    Attribute::BorrowFieldImmutable(index as u16)
                };
                functions.push((
                    format!("{word}${suffix}"),
                    attribute,
                    vec![Ty::reference(mutable, own.clone())],
                    vec![Ty::reference(mutable, field.ty.clone())],
                    code,
                ));
            }
        }
    }
    for (name, attribute, params, results, mut code) in functions {
        code.push(Bytecode::Ret);
        let handle = tables.accessor_handle(&name, id, &params, &results, attribute);
        let locals = tables.signature(&[]);
        let definition = FunctionDef {
            handle,
            visibility: visibility(decl.visibility),
            is_entry: false,
            acquires: Vec::new(),
            code: Some(CodeUnit { locals, code }),
        };
        tables.pools.function_defs.push(definition);
        map.functions.push(FunctionMap { span: decl.span, ..FunctionMap::default() });
    }
}

/// A compiled script with its facts.
pub(crate) fn script_unit(
    program: &Program,
    id: FunId,
    script: CompiledScript,
    bytes: Vec<u8>,
    source_map: SourceMap,
    function: FunctionFacts,
) -> Option<ScriptUnit> {
    let name = Identifier::new(&*program.fun(id).name).ok()?;
    Some(ScriptUnit { name, script, bytes, source_map, function })
}

/// A compiled module with its facts.
pub(crate) fn module_unit(
    program: &Program,
    id: ModId,
    module: CompiledModule,
    bytes: Vec<u8>,
    source_map: SourceMap,
) -> Option<CompiledUnit> {
    let package = &program.packages[program.module(id).package];
    Some(CompiledUnit {
        id: program.module_id(id)?,
        dependency: package.dependency.clone(),
        module,
        bytes,
        source_map,
        facts: facts::module(program, id),
    })
}
