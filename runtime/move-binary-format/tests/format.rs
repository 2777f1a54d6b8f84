//! The format rule by rule: what is accepted, and with which status the rest is refused.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use move_binary_format::{
    Bytecode, CompiledModule, CompiledScript, FormatError, ReaderConfig, TrailingBytes,
    assembly::{assemble, assemble_script, disassemble, disassemble_script},
    file_format::{
        AbilitySet, CodeUnit, FunctionDefIdx, Signature, SignatureIdx, SignatureToken, StructFields, VERSION_MAX,
        VERSION_MIN,
    },
};
use move_core_types::{Identifier, StatusCode};

const NEWEST: ReaderConfig = ReaderConfig { version_max: VERSION_MAX, ..ReaderConfig::PRODUCTION };
const LENIENT: ReaderConfig = ReaderConfig { trailing: TrailingBytes::Ignore, ..NEWEST };

fn kitchen_sink() -> CompiledModule {
    assemble(include_str!("kitchen_sink.move-asm")).unwrap_or_else(|error| panic!("{error}"))
}

/// A module of one function with this body.
fn with_code(version: u32, body: &str) -> Result<CompiledModule, FormatError> {
    let text = format!("module 0x1::m version {version} {{ struct S {{ a: u8 }} fun f(u64) {{ {body} }} }}");
    Ok(assemble(&text).unwrap_or_else(|error| panic!("{error} in {text}")))
}

fn small() -> CompiledModule {
    assemble("module 0x1::m version 7 { public fun f(): u64 { 0: LdU64 7 1: Ret } }").unwrap()
}

fn status(bytes: &[u8], config: &ReaderConfig) -> Option<StatusCode> {
    CompiledModule::deserialize_with(bytes, config).err().map(|error| error.status)
}

/// The status of the bytes of a file after a change.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> Option<StatusCode> {
    let mut bytes = small().serialize(7).unwrap();
    change(&mut bytes);
    status(&bytes, &NEWEST)
}

#[test]
fn the_worked_example_is_written_byte_by_byte() {
    let mut module = small();
    // The example numbers its signatures the other way round.
    module.signatures = vec![Signature(vec![]), Signature(vec![SignatureToken::U64])];
    module.function_handles[0].parameters = SignatureIdx(0);
    module.function_handles[0].results = SignatureIdx(1);
    module.function_defs[0].code.as_mut().unwrap().locals = SignatureIdx(0);
    let mut expected = vec![0xa1, 0x1c, 0xeb, 0x0b, 7, 0, 0, 0x0a, 6];
    expected.extend([1, 0, 2, 3, 2, 6, 5, 8, 3, 7, 0x0b, 4, 8, 0x0f, 0x20, 0x0c, 0x2f, 0x10]);
    expected.extend([0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 3, 1, b'm', 1, b'f']);
    expected.extend([0; 31]);
    expected.extend([1, 0, 1, 0, 0, 0, 2, 6, 7, 0, 0, 0, 0, 0, 0, 0, 2, 0]);
    assert_eq!(module.serialize(7).unwrap(), expected);
    assert_eq!(expected.len(), 91);
    assert_eq!(module.serialize(8).unwrap().len(), 92);
}

#[test]
fn everything_survives_bytes_and_text() {
    let module = kitchen_sink();
    let used: std::collections::BTreeSet<u8> = module
        .function_defs
        .iter()
        .flat_map(|def| def.code.iter().flat_map(|unit| &unit.code))
        .map(Bytecode::opcode)
        .collect();
    assert_eq!(used.len(), 0x68, "every instruction occurs");
    let bytes = module.serialize(11).unwrap();
    let config = NEWEST;
    assert_eq!(CompiledModule::decode(&bytes, &config).unwrap(), module);
    let text = disassemble(&module);
    assert_eq!(assemble(&text).unwrap_or_else(|error| panic!("{error}\n{text}")), module);
}

#[test]
fn tables_with_doubles_survive_text() {
    let mut module = kitchen_sink();
    let tables = &mut module.tables;
    macro_rules! double {
        ($($table:ident),*) => { $(tables.$table.extend(tables.$table.clone());)* };
    }
    double!(addresses, identifiers, module_handles, struct_handles, function_handles, signatures, constants);
    double!(struct_defs, struct_def_insts, function_defs, function_insts, field_handles, field_insts, friends);
    double!(variant_field_handles, variant_field_insts, struct_variant_handles, struct_variant_insts, metadata);
    // Let half of the references lead to the second copies.
    let half = |index: &mut u16, length: usize| {
        if *index % 2 == 1 {
            *index += u16::try_from(length / 2).unwrap();
        }
    };
    let (identifiers, signatures) = (tables.identifiers.len(), tables.signatures.len());
    for handle in &mut tables.function_handles {
        half(&mut handle.name.0, identifiers);
        half(&mut handle.parameters.0, signatures);
        half(&mut handle.results.0, signatures);
    }
    for def in &mut tables.struct_defs {
        half(&mut def.handle.0, tables.struct_handles.len());
        if let StructFields::Plain(fields) = &mut def.fields {
            fields.iter_mut().for_each(|field| half(&mut field.name.0, identifiers));
        }
    }
    for inst in &mut tables.function_insts {
        half(&mut inst.target.0, tables.function_handles.len());
        half(&mut inst.type_args.0, signatures);
    }
    let text = disassemble(&module);
    assert_eq!(assemble(&text).unwrap_or_else(|error| panic!("{error}\n{text}")), module);
}

#[test]
fn a_script_survives_bytes_and_text() {
    let text = "script version 8 {
        import fun 0x1::m::f<T0>(u64);
        fun main<T: store>(u64, &signer) access (reads *) { locals (bool) 0: CopyLoc 0 1: CallGeneric 0x1::m::f<T> 2: Ret }
    }";
    let script = assemble_script(text).unwrap();
    assert_eq!(assemble_script(&disassemble_script(&script)).unwrap(), script);
    assert_eq!(CompiledScript::deserialize(&script.serialize(8).unwrap()).unwrap(), script);
    assert_eq!(script.serialize(7).unwrap_err().status, StatusCode::ValueSerializationError);
    // What only modules have is refused in a script.
    let mut own = script;
    own.code.code[0] = Bytecode::Exists(Default::default());
    let status = CompiledScript::deserialize(&own.serialize(8).unwrap()).unwrap_err().status;
    assert_eq!(status, StatusCode::InvalidOperationInScript);
    let module = small().serialize(7).unwrap();
    assert_eq!(CompiledScript::deserialize(&module).unwrap_err().status, StatusCode::Malformed);
}

#[test]
fn the_header_decides_first() {
    use StatusCode as S;
    let word = |version: u32| changed(|bytes| bytes[4..8].copy_from_slice(&version.to_le_bytes()));
    // version word, status
    for (version, status) in [
        (0x0a00_0007, None),
        (7, None),
        (0x0200_0007, None),
        (0x0800_0007, None),
        (0x0100_0007, Some(S::UnknownVersion)),
        (0, Some(S::UnknownVersion)),
        (4, Some(S::UnknownVersion)),
        (12, Some(S::UnknownVersion)),
        (u32::MAX, Some(S::UnknownVersion)),
    ] {
        assert_eq!(word(version), status, "{version:#x}");
    }
    let bytes = small().serialize(7).unwrap();
    assert_eq!(status(&bytes, &ReaderConfig { version_max: 6, ..NEWEST }), Some(S::UnknownVersion));
    for length in 0..bytes.len() {
        let expected = if length < 4 { S::BadMagic } else { S::Malformed };
        let got = status(&bytes[..length], &NEWEST).unwrap();
        assert!(got == expected || (length > 8 && got == S::BadHeaderTable), "{length} bytes: {got}");
    }
    assert_eq!(changed(|bytes| bytes[0] = 0), Some(S::BadMagic));
    assert_eq!(changed(|bytes| bytes.push(0)), Some(S::Malformed));
    let with_tail = [bytes, vec![0]].concat();
    assert_eq!(status(&with_tail, &LENIENT), None);
}

#[test]
fn the_directory_must_cover_the_contents_exactly() {
    use StatusCode as S;
    // offset of the byte in the file, value, status
    for (at, value, expected) in [
        (9, 0x09, S::UnknownTableType),
        (9, 0x15, S::UnknownTableType),
        (9, 0x03, S::DuplicateTable),
        (10, 1, S::BadHeaderTable),
        (11, 0, S::BadHeaderTable),
        (11, 3, S::BadHeaderTable),
        (13, 0, S::BadHeaderTable),
        (26, 0x7f, S::BadHeaderTable),
        (8, 0, S::Malformed),
    ] {
        assert_eq!(changed(|bytes| bytes[at] = value), Some(expected), "byte {at} = {value:#x}");
    }
    // The order of the entries is free.
    assert_eq!(changed(|bytes| bytes[9..15].rotate_left(3)), None);
}

#[test]
fn types_nest_256_deep_and_no_deeper() {
    for (depth, fits) in [(255, true), (256, true), (257, false)] {
        for make in [SignatureToken::vector, SignatureToken::reference, |inner| {
            SignatureToken::Function(Box::new(move_binary_format::file_format::FunctionType {
                args: vec![],
                results: vec![inner],
                abilities: AbilitySet::EMPTY,
            }))
        }] {
            let token = (1..depth).fold(SignatureToken::U8, |inner, _| make(inner));
            let mut module = small();
            module.signatures.push(Signature(vec![token]));
            assert_eq!(module.serialize(8).is_ok(), fits, "{depth}");
        }
    }
    // The writer refuses deeper types, so two signatures are overwritten by one deep one.
    let mut module = small();
    module.signatures.push(Signature(vec![SignatureToken::U8; 255]));
    module.signatures.push(Signature(vec![SignatureToken::U8]));
    let file = module.serialize(8).unwrap();
    let start = file.windows(255).position(|window| window.iter().all(|byte| *byte == 2)).unwrap() - 2;
    let deep = |depth: usize, rest: &[u8]| {
        let mut bytes = file.clone();
        let token = [&[1][..], &vec![0x0a; depth - 1], &[2], rest].concat();
        bytes[start..start + 259].copy_from_slice(&token);
        status(&bytes, &NEWEST)
    };
    assert_eq!(deep(256, &[1, 2]), None);
    assert_eq!(deep(257, &[0]), Some(StatusCode::Malformed));
}

#[test]
fn every_instruction_belongs_to_its_version() {
    let newest = kitchen_sink();
    let instructions: Vec<Bytecode> = newest.function_defs[0].code.as_ref().unwrap().code.to_vec();
    for instruction in instructions {
        let mut module = small();
        let since = instruction.since().max(VERSION_MIN);
        module.function_defs[0].code = Some(CodeUnit { locals: SignatureIdx(0), code: vec![instruction] });
        let bytes = module.serialize(since).unwrap();
        assert_eq!(CompiledModule::decode(&bytes, &NEWEST).unwrap().function_defs, module.function_defs);
        if since > VERSION_MIN {
            assert!(module.serialize(since - 1).is_err(), "{instruction:?}");
            // The word alone decides; tables of versions 7 and 8 differ, so stay on one side of them.
            if ![7, 8].contains(&since) {
                let mut old = bytes.clone();
                old[4] -= 1;
                let error = CompiledModule::decode(&old, &NEWEST).unwrap_err();
                assert_eq!(error.status, StatusCode::Malformed, "{instruction:?}");
            }
        }
        // One byte less leaves the immediate, or the next thing, cut short.
        assert!(CompiledModule::decode(&bytes[..bytes.len() - 1], &NEWEST).is_err());
    }
}

#[test]
fn integers_cut_short_have_their_own_status() {
    use StatusCode as S;
    for (name, bytes, expected) in [
        ("LdU8", 1, S::Malformed),
        ("LdU16", 2, S::BadU16),
        ("LdU32", 4, S::BadU32),
        ("LdU64", 8, S::BadU64),
        ("LdU128", 16, S::BadU128),
        ("LdU256", 32, S::BadU256),
        ("LdI8", 1, S::Malformed),
        ("LdI16", 2, S::BadU16),
        ("LdI32", 4, S::BadU32),
        ("LdI64", 8, S::BadU64),
        ("LdI128", 16, S::BadU128),
        ("LdI256", 32, S::BadU256),
    ] {
        // In a script the code stands at the end of the file.
        let script = assemble_script(&format!("script version 9 {{ fun main() {{ {name} 1 }} }}")).unwrap();
        let file = script.serialize(9).unwrap();
        for cut in 1..=bytes {
            let error = CompiledScript::deserialize_with(&file[..file.len() - cut], &NEWEST).unwrap_err();
            assert_eq!(error.status, expected, "{name} without {cut} bytes");
        }
    }
    for (opcode, expected) in [(0x00, S::UnknownOpcode), (0x69, S::UnknownOpcode), (0xff, S::UnknownOpcode)] {
        let script = assemble_script("script version 9 { fun main() { Ret } }").unwrap();
        let mut file = script.serialize(9).unwrap();
        *file.last_mut().unwrap() = opcode;
        assert_eq!(CompiledScript::deserialize(&file).unwrap_err().status, expected);
    }
}

#[test]
fn bytes_of_definitions_are_checked() {
    use StatusCode as S;
    // In the worked example the function definition starts 17 bytes before the end.
    let function = |at: usize, value: u8| {
        changed(|bytes| {
            let start = bytes.len() - 17;
            bytes[start + at] = value;
        })
    };
    for (at, value, expected) in [
        (0, 1, Some(S::IndexOutOfBounds)),
        (1, 0, None),
        (1, 2, Some(S::Malformed)),
        (1, 3, None),
        (1, 4, Some(S::Malformed)),
        (2, 1, Some(S::InvalidFlagBits)),
        (2, 4, None),
        (2, 8, Some(S::InvalidFlagBits)),
        (4, 9, Some(S::IndexOutOfBounds)),
        (16, 1, Some(S::IndexOutOfBounds)),
    ] {
        assert_eq!(function(at, value), expected, "byte {at} = {value}");
    }
}

#[test]
fn identifiers_follow_the_grammar_of_their_version() {
    let named = |name: &str, version: u32| {
        let mut module = small();
        module.identifiers[1] = Identifier::new("placeholder__".get(..name.len()).unwrap_or("a")).unwrap();
        let mut bytes = module.serialize(version).unwrap();
        let place = module.identifiers[1].as_bytes().to_vec();
        let at = bytes.windows(place.len()).position(|window| window == place).unwrap();
        bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
        status(&bytes, &NEWEST)
    };
    for name in ["ok_1", "_a", "<SELF>", "<SELF>_1"] {
        assert_eq!(named(name, 7), None, "{name}");
    }
    for name in ["_", "1a", "a-b", "é", "<SELF>_", "<SELF>_x", "a$b"] {
        assert_eq!(named(name, 7), Some(StatusCode::Malformed), "{name}");
    }
    assert_eq!(named("a$b", 9), None);
    for (length, fits) in [(255, true), (256, false)] {
        let mut module = small();
        module.identifiers[1] = Identifier::new("a".repeat(length)).unwrap();
        assert_eq!(module.serialize(7).is_ok(), fits, "{length}");
    }
}

#[test]
fn indices_are_within_bounds() {
    use StatusCode as S;
    // body of a function with one u64 parameter in a module with one struct, status
    for (body, expected) in [
        ("Ret", None),
        ("LdConst #0", Some(S::IndexOutOfBounds)),
        ("CopyLoc 0 Ret", None),
        ("CopyLoc 1 Ret", Some(S::IndexOutOfBounds)),
        ("locals (u8) StLoc 1 Ret", None),
        ("Branch 0", None),
        ("Branch 1", Some(S::IndexOutOfBounds)),
        ("BrTrue 65535", Some(S::IndexOutOfBounds)),
        ("Call #0", None),
        ("Call #1", Some(S::IndexOutOfBounds)),
        ("CallGeneric #0", Some(S::IndexOutOfBounds)),
        ("CallGeneric f<u64>", None),
        ("CallGeneric f<T0>", Some(S::IndexOutOfBounds)),
        ("Pack S", None),
        ("Pack #1", Some(S::IndexOutOfBounds)),
        ("PackGeneric #0", Some(S::IndexOutOfBounds)),
        ("PackGeneric S<vector<T0>>", Some(S::IndexOutOfBounds)),
        ("ImmBorrowField S.0", None),
        ("ImmBorrowField S.1", Some(S::IndexOutOfBounds)),
        ("PackVariant S/0", Some(S::IndexOutOfBounds)),
        ("ImmBorrowVariantField S/0.0", Some(S::IndexOutOfBounds)),
        ("VecLen #9", Some(S::IndexOutOfBounds)),
        ("VecLen (T0)", Some(S::IndexOutOfBounds)),
        ("VecLen (S<u8>)", Some(S::NumberOfTypeArgumentsMismatch)),
        ("VecLen (#5)", Some(S::IndexOutOfBounds)),
        ("CallClosure (|T0|())", Some(S::IndexOutOfBounds)),
        ("locals (T0) Ret", Some(S::IndexOutOfBounds)),
        ("locals #9 Ret", Some(S::IndexOutOfBounds)),
    ] {
        let bytes = with_code(8, body).unwrap().serialize(8).unwrap();
        assert_eq!(status(&bytes, &NEWEST), expected, "{body}");
    }
}

#[test]
fn declarations_are_within_bounds() {
    use StatusCode as S;
    let many = |count: usize| vec!["u8"; count].join(", ");
    let locals =
        |parameters: usize, locals: usize| format!("fun f({}) {{ locals ({}) Ret }}", many(parameters), many(locals));
    // items, status
    for (items, expected) in [
        ("enum E { }".to_owned(), Some(S::ZeroVariantsError)),
        ("enum E { A {} }".to_owned(), None),
        ("struct S { a: T0 }".to_owned(), Some(S::IndexOutOfBounds)),
        ("struct S<T> { a: T }".to_owned(), None),
        ("struct S<T> { a: vector<S> }".to_owned(), Some(S::NumberOfTypeArgumentsMismatch)),
        ("enum E<T> { A { x: T1 } }".to_owned(), Some(S::IndexOutOfBounds)),
        ("fun f(T0) { Ret }".to_owned(), Some(S::IndexOutOfBounds)),
        ("fun f<T>(T) { Ret }".to_owned(), None),
        ("fun f(): T0 { Ret }".to_owned(), Some(S::IndexOutOfBounds)),
        ("native struct S; fun f() { ImmBorrowField S.0 }".to_owned(), Some(S::IndexOutOfBounds)),
        (
            "enum E { A { x: u8 }, B {} } fun f() { ImmBorrowVariantField E/A|B.0 }".to_owned(),
            Some(S::IndexOutOfBounds),
        ),
        ("enum E { A { x: u8 }, B {} } fun f() { TestVariant E/2 }".to_owned(), Some(S::IndexOutOfBounds)),
        ("fun f() access (reads * @ param 0) { Ret }".to_owned(), Some(S::IndexOutOfBounds)),
        ("fun f(u8) access (reads * @ param 0) { Ret }".to_owned(), None),
        ("fun f(u8) access (reads * @ param 0 via #0) { Ret }".to_owned(), Some(S::IndexOutOfBounds)),
        (locals(0, 255), None),
        (locals(200, 55), None),
        (locals(255, 0), None),
        (locals(128, 128), Some(S::TooManyLocals)),
        (locals(1, 255), Some(S::TooManyLocals)),
    ] {
        let module = assemble(&format!("module 0x1::m version 8 {{ {items} }}")).unwrap();
        assert_eq!(status(&module.serialize(8).unwrap(), &NEWEST), expected, "{items}");
    }
    let empty = CompiledModule { version: 8, ..CompiledModule::default() };
    assert_eq!(status(&empty.serialize(8).unwrap(), &NEWEST), Some(S::NoModuleHandles));
}

#[test]
fn a_version_cannot_hold_what_came_later() {
    // items, first version
    for (items, since) in [
        ("struct S { a: u16 }", 6),
        ("struct S { a: vector<u256> }", 6),
        ("enum E { A {} }", 7),
        ("fun f() access () { Ret }", 7),
        ("struct S { a: ||() }", 8),
        ("fun f() [persistent] { Ret }", 8),
        ("struct S { a: i8 }", 9),
        ("struct a$b { a: u8 }", 9),
        ("fun f() [pack] { Ret }", 10),
        ("fun f() [immutable] { Ret }", 11),
        ("fun f() [constant_accessor] { Ret }", 11),
    ] {
        let module = assemble(&format!("module 0x1::m {{ {items} }}")).unwrap();
        for version in VERSION_MIN - 1..=VERSION_MAX + 1 {
            let can = version >= since && version <= VERSION_MAX;
            assert_eq!(module.serialize(version).is_ok(), can, "{items} in {version}");
        }
    }
}

#[test]
fn what_cannot_be_assembled_says_where() {
    for (text, line, message) in [
        ("", 1, "expected `module`, found the end"),
        ("module 0x1::m {", 1, "expected an item"),
        ("module 0x1::m {\n fun f() { Fly } }", 2, "unknown instruction `Fly`"),
        ("module 0x1::m {\n fun f() {\n 1: Ret } }", 3, "this is instruction 0, not 1"),
        ("module 0x1::m {\n fun f() {\n Branch away } }", 3, "no label `away`"),
        ("module 0x1::m { fun f(S) { Ret } }", 1, "this type is not declared"),
        ("module 0x1::m { fun f() { Call g } }", 1, "this function is not declared"),
        ("module 0x1::m { fun f() { LdU8 256 } }", 1, "expected a number in range, found `256`"),
        ("module 0x1::m { fun f() { Ret }", 1, "expected an item"),
        ("module 0x1::m { struct S { a: u8 } struct S { b: u8 } fun f(&S) { ImmBorrowField S.b } }", 1, "no field `b`"),
        ("module 0x1::m { what }", 1, "unexpected `what`"),
        ("module 0x1::m { fun f() { \u{e9} } }", 1, "unexpected `\u{e9}`"),
    ] {
        let error = assemble(text).unwrap_err();
        assert_eq!((error.line, error.message.as_str()), (line, message), "{text}");
    }
    let deep = format!("module 0x1::m {{ struct S {{ a: {}u8 }} }}", "&".repeat(100_000));
    assert_eq!(assemble(&deep).unwrap_err().message, "type nested too deeply");
}

#[test]
fn lines_of_instructions_are_known() {
    let text = "module 0x1::m {\n fun f() {\n  Nop\n  Ret }\n native fun g();\n fun h() { Ret } }";
    let assembled = move_binary_format::assembly::assemble_with_lines(text).unwrap();
    assert_eq!(assembled.lines, vec![vec![3, 4], vec![], vec![6]]);
    assert!(assembled.module.function_def(FunctionDefIdx(1)).unwrap().is_native());
}
