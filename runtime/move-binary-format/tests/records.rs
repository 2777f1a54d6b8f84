//! Files put together byte by byte: every record with what it may hold, and the status of what it may not.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use move_binary_format::{CompiledModule, CompiledScript, IndexKind, Place, ReaderConfig, file_format::VERSION_MAX};
use move_core_types::StatusCode as S;

const NEWEST: ReaderConfig = ReaderConfig { version_max: VERSION_MAX, ..ReaderConfig::PRODUCTION };

/// Kinds of tables with their contents.
type TableBytes<'t> = (u8, &'t [u8]);

fn file(version: u32, tables: &[TableBytes<'_>], trailer: &[u8]) -> Vec<u8> {
    let word = if version >= 7 { version | 0x0a00_0000 } else { version };
    let mut bytes =
        [&[0xa1, 0x1c, 0xeb, 0x0b][..], &word.to_le_bytes(), &[u8::try_from(tables.len()).unwrap()]].concat();
    let mut offset = 0;
    for (kind, contents) in tables {
        bytes.push(*kind);
        put_uleb(&mut bytes, offset);
        put_uleb(&mut bytes, contents.len());
        offset += contents.len();
    }
    tables.iter().for_each(|(_, contents)| bytes.extend_from_slice(contents));
    bytes.extend_from_slice(trailer);
    bytes
}

fn put_uleb(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}

/// The status of a module with these tables beside its name, without bounds checks.
fn decode(version: u32, tables: &[TableBytes<'_>]) -> Option<S> {
    let address = [0; 32];
    let own = [(1u8, &[0, 0][..]), (7, &[1, b'm']), (8, &address)];
    let all: Vec<TableBytes<'_>> = own.into_iter().chain(tables.iter().copied()).collect();
    CompiledModule::decode(&file(version, &all, &[0]), &NEWEST).err().map(|error| error.status)
}

/// The first version with a type constructor, and a type that begins with it.
fn constructor(tag: u8) -> Option<(u32, Vec<u8>)> {
    let rest: &[u8] = match tag {
        0x06 | 0x07 | 0x0a => &[2],
        0x08 | 0x09 => &[0],
        0x0b => &[0, 1, 2],
        0x10 => &[0, 0, 0],
        _ => &[],
    };
    let since = match tag {
        0x01..=0x0c => 5,
        0x0d..=0x0f => 6,
        0x10 => 8,
        0x11..=0x16 => 9,
        _ => return None,
    };
    Some((since, [&[tag], rest].concat()))
}

#[test]
fn constructors_of_types_belong_to_versions() {
    for tag in 0..=0xffu8 {
        for version in 5..=VERSION_MAX {
            let (expected, ty) = match constructor(tag) {
                None => (Some(S::UnknownSerializedType), vec![tag]),
                Some((since, ty)) => ((version < since).then_some(S::Malformed), ty),
            };
            let contents = [&[1][..], &ty].concat();
            assert_eq!(decode(version, &[(5, &contents)]), expected, "{tag:#04x} in {version}");
            // Inside another type, in a field and in a constant as well.
            let nested = [&[1, 0x0a][..], &ty].concat();
            assert_eq!(decode(version, &[(5, &nested)]), expected, "{tag:#04x} in {version}");
            let field = [&[0, 2, 1, 0][..], &ty].concat();
            assert_eq!(decode(version, &[(0x0a, &field)]), expected, "{tag:#04x} in {version}");
            let constant = [&ty[..], &[0]].concat();
            assert_eq!(decode(version, &[(6, &constant)]), expected, "{tag:#04x} in {version}");
        }
    }
}

#[test]
fn immediates_of_types_are_checked() {
    let wide = [&[1, 0x10, 0, 0xff, 1, 0xff, 1][..], &[2; 510]].concat();
    for (contents, expected) in [
        (&[1, 0x0b, 0, 0][..], Some(S::Malformed)),
        (&[1, 0x0b, 0, 1], Some(S::Malformed)),
        (&[1, 0x0b, 0, 2, 2, 2], None),
        (&[1, 0x10, 0x0f, 0, 0], None),
        (&[1, 0x10, 0x10, 0, 0], Some(S::Malformed)),
        (&[1, 0x10, 0, 1, 1, 2], Some(S::Malformed)),
        (&wide, None),
        (&wide[..516], Some(S::Malformed)),
        (&[1, 0x08, 0xff, 0xff, 3], None),
        (&[1, 0x08, 0x80, 0x80, 4], Some(S::Malformed)),
        (&[1, 0x09, 0xff, 0xff, 3], None),
        // Rule T-ULEB-1: 65536, which the public rules answer with 2000.
        (&[1, 0x09, 0x80, 0x80, 4], Some(S::Malformed)),
        (&[1, 0x09, 0x81, 0x80, 4], Some(S::Malformed)),
        (&[2, 2], Some(S::Malformed)),
        (&[0x80, 0], Some(S::Malformed)),
        (&[0], None),
    ] {
        assert_eq!(decode(8, &[(5, contents)]), expected, "{contents:?}");
    }
}

#[test]
fn records_hold_what_they_may() {
    let key = [&[0xff, 7][..], &[b'k'; 1023], &[0]].concat();
    let long_key = [&[0x80, 8][..], &[b'k'; 1024], &[0]].concat();
    let value = [&[0, 0xff, 0xff, 3][..], &vec![7; 65_535]].concat();
    let long_value = [&[0, 0x80, 0x80, 4][..], &vec![7; 65_536]].concat();
    let specifiers =
        |count: u8| [&[0, 0, 0, 0, 0, 2, count][..], &[1, 1, 1, 1].repeat(usize::from(count)), &[0]].concat();
    let attributes = |count: u8| [&[0, 0, 0, 0, 0, 1, count][..], &vec![1; usize::from(count)]].concat();
    let specifier = |bytes: &[u8]| [&[0, 0, 0, 0, 0, 2, 1][..], bytes, &[0]].concat();
    let variants = |count: u8| [&[0, 3, count][..], &[0, 0].repeat(usize::from(count))].concat();
    let listed = |count: u8| [&[0, 0, count][..], &vec![0; usize::from(count)]].concat();
    let cases: Vec<(u8, Vec<u8>, Option<S>)> = vec![
        // Struct handles: module, name, abilities, parameters with constraints and phantom flag.
        (2, vec![0, 0, 0x0f, 1, 0x0f, 1], None),
        (2, vec![0, 0, 0x10, 0], Some(S::Malformed)),
        (2, vec![0, 0, 0, 1, 0x10, 0], Some(S::Malformed)),
        (2, vec![0, 0, 0, 1, 0, 2], Some(S::Malformed)),
        (2, vec![0, 0, 0, 1, 0], Some(S::Malformed)),
        (2, vec![0, 0, 0x8f, 0, 0], Some(S::Malformed)),
        // Function handles.
        (3, vec![0, 0, 0, 0, 1, 0x0f, 1, 0], None),
        (3, vec![0, 0, 0, 0, 1, 0x10, 1, 0], Some(S::Malformed)),
        (3, vec![0, 0, 0, 0, 0, 0, 0], Some(S::Malformed)),
        (3, vec![0, 0, 0, 0, 0, 3, 0], Some(S::Malformed)),
        (3, attributes(16), None),
        (3, attributes(17), Some(S::Malformed)),
        (3, specifiers(64), None),
        (3, specifiers(65), Some(S::Malformed)),
        (3, specifier(&[2, 2, 2, 0, 2, 0]), None),
        (3, specifier(&[1, 1, 3, 0, 3, 0, 1]), None),
        (3, specifier(&[1, 1, 4, 0, 3, 0, 2, 0]), None),
        (3, specifier(&[1, 1, 5, 0, 0, 1]), None),
        (3, specifier(&[3, 1, 1, 1]), Some(S::Malformed)),
        (3, specifier(&[0, 1, 1, 1]), Some(S::Malformed)),
        (3, specifier(&[1, 0, 1, 1]), Some(S::Malformed)),
        (3, specifier(&[1, 3, 1, 1]), Some(S::Malformed)),
        (3, specifier(&[1, 1, 0, 1]), Some(S::Malformed)),
        (3, specifier(&[1, 1, 6, 1]), Some(S::Malformed)),
        (3, specifier(&[1, 1, 1, 0]), Some(S::Malformed)),
        (3, specifier(&[1, 1, 1, 4]), Some(S::Malformed)),
        (3, specifier(&[1, 1, 1, 3, 0, 3]), Some(S::Malformed)),
        // Struct definitions.
        (0x0a, vec![0, 1], None),
        (0x0a, vec![0, 2, 0], None),
        (0x0a, vec![0, 0], Some(S::UnknownNativeStructFlag)),
        (0x0a, vec![0, 4], Some(S::UnknownNativeStructFlag)),
        (0x0a, vec![0, 3, 0], None),
        (0x0a, variants(127), None),
        (0x0a, variants(128), Some(S::Malformed)),
        // Handles of fields and variants.
        (0x0d, vec![0, 0xff, 1], None),
        (0x0d, vec![0, 0x80, 2], Some(S::Malformed)),
        (0x11, listed(127), None),
        (0x11, listed(0), None),
        (0x11, listed(128), Some(S::Malformed)),
        (0x11, vec![0, 0, 1, 0x80, 1], Some(S::Malformed)),
        (0x13, vec![0, 0x7f], None),
        (0x13, vec![0, 0x80, 1], Some(S::Malformed)),
        // Identifiers, addresses, metadata, friends.
        (0x10, key, None),
        (0x10, long_key, Some(S::Malformed)),
        (0x10, value, None),
        (0x10, long_value, Some(S::Malformed)),
        (0x10, vec![1, b'k', 2, 0], Some(S::Malformed)),
        (0x0f, vec![0, 0], None),
        (0x0f, vec![0], Some(S::Malformed)),
        // Function definitions: flags are looked at after the code.
        (0x0c, vec![0, 0, 2, 0], None),
        (0x0c, vec![0, 0, 6, 0], None),
        (0x0c, vec![0, 0, 3, 0], Some(S::InvalidFlagBits)),
        (0x0c, vec![0, 0, 1, 0, 0, 1, 0xff], Some(S::UnknownOpcode)),
        (0x0c, vec![0, 0, 1, 0, 0, 1, 2], Some(S::InvalidFlagBits)),
        (0x0c, vec![0, 2, 0, 0, 0, 0], Some(S::Malformed)),
        (0x0c, vec![0, 4, 0, 0, 0, 0], Some(S::Malformed)),
        (0x0c, vec![0, 0, 0, 0, 0, 1, 0x00], Some(S::UnknownOpcode)),
        (0x0c, vec![0, 0, 0, 0, 0, 1, 0x69], Some(S::UnknownOpcode)),
        (0x0c, vec![0, 0, 0, 0, 0, 2, 2], Some(S::Malformed)),
    ];
    for (kind, contents, expected) in cases {
        assert_eq!(
            decode(8, &[(kind, &contents)]),
            expected,
            "table {kind:#04x}: {:?}",
            &contents[..contents.len().min(20)]
        );
    }
}

#[test]
fn attributes_belong_to_versions() {
    for byte in 0..=0x20u8 {
        let payload: &[u8] = if matches!(byte, 4 | 6..=9) { &[7, 0] } else { &[] };
        let since = match byte {
            1 | 2 => 8,
            3..=9 => 10,
            10 | 11 => 11,
            _ => u32::MAX,
        };
        for version in 8..=VERSION_MAX {
            let handle = [&[0, 0, 0, 0, 0, 1, 1, byte][..], payload].concat();
            let expected = (version < since).then_some(S::Malformed);
            assert_eq!(decode(version, &[(3, &handle)]), expected, "{byte} in {version}");
            if expected.is_none() && !payload.is_empty() {
                assert_eq!(decode(version, &[(3, &handle[..handle.len() - 1])]), Some(S::BadU16), "{byte}");
            }
        }
    }
}

#[test]
fn tables_belong_to_versions_and_to_modules() {
    let script = |kind: u8| {
        let file = file(7, &[(kind, &[0, 0])], &[0, 0, 0, 1, 2]);
        CompiledScript::decode(&file, &NEWEST).err().map(|error| error.status)
    };
    for kind in [0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x11, 0x12, 0x13, 0x14] {
        assert_eq!(script(kind), Some(S::Malformed), "{kind:#04x} in a script");
    }
    assert_eq!(script(0x01), None);
    for kind in [0x00, 0x09, 0x15, 0xff] {
        assert_eq!(script(kind), Some(S::UnknownTableType), "{kind:#04x}");
        assert_eq!(decode(7, &[(kind, &[0, 0])]), Some(S::UnknownTableType), "{kind:#04x}");
    }
    for (kind, contents) in [(0x11, &[0, 0, 0][..]), (0x12, &[0, 0]), (0x13, &[0, 0]), (0x14, &[0, 0])] {
        assert_eq!(decode(6, &[(kind, contents)]), Some(S::Malformed), "{kind:#04x} in version 6");
        assert_eq!(decode(7, &[(kind, contents)]), None, "{kind:#04x} in version 7");
    }
    for kind in [0x0f, 0x10] {
        assert_eq!(decode(5, &[(kind, &[0, 0])]), None, "{kind:#04x} in version 5");
    }
    // An enum is not for version 6, a script's access specifiers not for version 7.
    assert_eq!(decode(6, &[(0x0a, &[0, 3, 1, 0, 0])]), Some(S::Malformed));
    let with_access = [0, 0, 1, 0, 1, 2];
    for (version, trailer, fits) in
        [(7, &with_access[..], false), (8, &with_access, true), (8, &[0, 0, 0, 1, 2], false)]
    {
        let found = CompiledScript::decode(&file(version, &[], trailer), &NEWEST);
        assert_eq!(found.is_ok(), fits, "{version}: {found:?}");
    }
}

#[test]
fn a_count_that_promises_more_than_there_is_costs_nothing() {
    for (kind, contents) in [
        (5u8, vec![0xff, 1]),
        (0x0a, vec![0, 2, 0xff, 1]),
        (0x0c, vec![0, 0, 0, 0, 0, 0xff, 0xff, 3]),
        (0x10, vec![0xff, 7]),
        (6, vec![0x0a, 2, 0xff, 0xff, 3]),
        (3, vec![0, 0, 0, 0, 0xff, 1]),
        (0x0c, vec![0, 0, 2, 0xff, 1]),
    ] {
        assert_eq!(decode(8, &[(kind, &contents)]), Some(S::Malformed), "{kind:#04x}");
    }
}

#[test]
fn every_index_names_the_table_that_it_misses() {
    // A module with one entry in every table; each index of each record in turn is set to what is not there.
    let text = "module 0x42::m version 10 {
        struct S has copy, drop, store, key { a: u64 } struct G<T> has copy, drop, store, key { a: T }
        enum E has copy, drop { A { x: u64 } } enum O<T> has copy, drop { A { x: T } }
        friend 0x42::n;
        fun g<T>(T): T { MoveLoc 0 Ret }
        fun f(u64) acquires S { LdConst u8 x\"00\" ImmBorrowField S.a ImmBorrowFieldGeneric G<u8>.a CallGeneric g<u8> PackGeneric G<u8>
          PackVariant E/A PackVariantGeneric O<u8>/A ImmBorrowVariantField E/A.x ImmBorrowVariantFieldGeneric O<u8>/A.x Ret } }";
    let base = move_binary_format::assembly::assemble(text).unwrap();
    assert!(CompiledModule::deserialize_with(&base.serialize(10).unwrap(), &NEWEST).is_ok());
    let mut tried = 0;
    macro_rules! broken {
        ($($kind:ident: $module:ident => $place:expr;)*) => {$(
            for index in [999, u16::MAX] {
                let mut $module = base.clone();
                $place = index;
                let error = CompiledModule::deserialize_with(&$module.serialize(10).unwrap(), &NEWEST).unwrap_err();
                let found = (error.status, error.place);
                assert_eq!(found.0, S::IndexOutOfBounds, "{}", stringify!($place));
                assert!(error.message.starts_with(stringify!($kind)), "{}: {}", stringify!($place), error.message);
                if let Some(Place::Entry(kind, _)) = found.1 {
                    // The place is the entry that is missing, or the one that names it.
                    assert!(kind == IndexKind::$kind || kind == IndexKind::Signature || kind == IndexKind::ConstantPool);
                }
                tried += 1;
            }
        )*};
    }
    broken! {
        ModuleHandle: module => module.self_handle.0;
        AddressIdentifier: module => module.tables.module_handles[0].address.0;
        Identifier: module => module.tables.module_handles[0].name.0;
        ModuleHandle: module => module.tables.struct_handles[0].module.0;
        Identifier: module => module.tables.struct_handles[0].name.0;
        ModuleHandle: module => module.tables.function_handles[0].module.0;
        Identifier: module => module.tables.function_handles[0].name.0;
        Signature: module => module.tables.function_handles[0].parameters.0;
        Signature: module => module.tables.function_handles[0].results.0;
        StructDefinition: module => module.tables.field_handles[0].owner.0;
        AddressIdentifier: module => module.tables.friends[0].address.0;
        Identifier: module => module.tables.friends[0].name.0;
        StructDefinition: module => module.tables.struct_def_insts[0].target.0;
        Signature: module => module.tables.struct_def_insts[0].type_args.0;
        FunctionHandle: module => module.tables.function_insts[0].target.0;
        Signature: module => module.tables.function_insts[0].type_args.0;
        FieldHandle: module => module.tables.field_insts[0].target.0;
        Signature: module => module.tables.field_insts[0].type_args.0;
        StructHandle: module => module.tables.struct_defs[0].handle.0;
        StructDefinition: module => module.tables.variant_field_handles[0].owner.0;
        StructDefinition: module => module.tables.struct_variant_handles[0].owner.0;
        VariantFieldHandle: module => module.tables.variant_field_insts[0].target.0;
        Signature: module => module.tables.variant_field_insts[0].type_args.0;
        StructVariantHandle: module => module.tables.struct_variant_insts[0].target.0;
        Signature: module => module.tables.struct_variant_insts[0].type_args.0;
        FunctionHandle: module => module.tables.function_defs[0].handle.0;
        StructDefinition: module => module.tables.function_defs[1].acquires[0].0;
        Signature: module => module.tables.function_defs[0].code.as_mut().unwrap().locals.0;
    }
    assert_eq!(tried, 56);
}
