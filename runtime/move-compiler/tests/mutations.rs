//! Random changes of valid sources: the compiler answers with diagnostics or with code that verifies, and never panics.
//!
//! `TENOR_MUTATIONS=<count>` asks for more than the default, `TENOR_SEED=<n>` for another start.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
#![expect(clippy::disallowed_methods, reason = "the sources are files, the dose is named by the environment")]
#![expect(clippy::cast_possible_truncation, clippy::indexing_slicing, reason = "random choices")]

use move_compiler::codes::Code;
use move_compiler::{Dependency, Input, LanguageVersion, Options, SourceFile, compile};
use move_core_types::AccountAddress;
use std::path::Path;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

const WORDS: &[&str] = &[
    "module",
    "fun",
    "struct",
    "enum",
    "has",
    "copy",
    "drop",
    "store",
    "key",
    "let",
    "if",
    "else",
    "while",
    "loop",
    "for",
    "in",
    "match",
    "return",
    "abort",
    "break",
    "continue",
    "move",
    "&",
    "&mut",
    "*",
    "!",
    "-",
    "+",
    "=",
    "==",
    "<",
    ">",
    "<=",
    "||",
    "|",
    "&&",
    "::",
    ":",
    ";",
    ",",
    ".",
    "..",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "=>",
    "0",
    "1u8",
    "255",
    "18446744073709551616",
    "0x",
    "true",
    "b\"x\"",
    "x\"0g\"",
    "@0x1",
    "'a",
    "u8",
    "u64",
    "i8",
    "vector",
    "vector<u64>",
    "Self",
    "self",
    "_",
    "T",
    "S",
    "x",
    "phantom",
    "public",
    "friend",
    "package",
    "entry",
    "native",
    "inline",
    "use",
    "as",
    "is",
    "acquires",
    "const",
    "#[test]",
    "#[",
    "spec",
    "/*",
    "//",
    "///",
    "\u{e9}",
    "\"",
    "<<",
    ">>=",
];

fn tokens(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut previous: Option<char> = None;
    for (at, c) in text.char_indices() {
        if let Some(before) = previous
            && !(word(before) && word(c))
        {
            out.push(&text[start..at]);
            start = at;
        }
        previous = Some(c);
    }
    out.push(&text[start..]);
    out
}

fn mutate(text: &str, random: &mut Random) -> String {
    let mut parts: Vec<String> = tokens(text).into_iter().map(str::to_owned).collect();
    for _ in 0..1 + random.below(3) {
        if parts.len() < 4 {
            break;
        }
        let at = random.below(parts.len());
        let other = random.below(parts.len());
        match random.below(7) {
            0 => {
                parts.remove(at);
            }
            1 => parts[at] = WORDS[random.below(WORDS.len())].to_owned(),
            2 => parts.insert(at, format!(" {} ", WORDS[random.below(WORDS.len())])),
            3 => parts.swap(at, other),
            4 => parts[at] = parts[other].clone(),
            5 => {
                let end = (at + random.below(12)).min(parts.len());
                let piece: Vec<String> = parts[at..end].to_vec();
                parts.splice(other..other, piece);
            }
            _ => {
                let end = (at + random.below(6)).min(parts.len());
                parts.drain(at..end);
            }
        }
    }
    parts.concat()
}

fn corpus() -> Vec<String> {
    let mut texts = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut dirs = vec![
        root.join("tests/language"),
        root.join("../../tests/vectors/vm"),
        root.join("../../tests/vectors/compile-fail"),
    ];
    while let Some(dir) = dirs.pop() {
        let Ok(entries) = std::fs::read_dir(dir) else { continue };
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|e| e == "move") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

/// A standard library small enough to be compiled thousands of times.
fn library() -> Dependency {
    let package = move_packages::package("MoveStdlib").unwrap();
    let wanted = [
        "sources/vector.move",
        "sources/signer.move",
        "sources/option.move",
        "sources/cmp.move",
        "sources/mem.move",
        "sources/error.move",
    ];
    let sources = package
        .sources()
        .filter(|file| wanted.contains(&file.path))
        .map(|file| SourceFile::new(file.path, file.text))
        .collect();
    Dependency {
        name: "std".into(),
        sources,
        named_addresses: [("std".to_owned(), AccountAddress::ONE)].into(),
        language: None,
    }
}

#[test]
fn random_changes_never_break_the_compiler() {
    let corpus = corpus();
    let number =
        |name: &str, default: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let count = number("TENOR_MUTATIONS", 400);
    let seed = number("TENOR_SEED", 1);
    let library = library();
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..count {
        let mut random = Random((seed.wrapping_mul(1_000_003) + round + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        random.next();
        let text = mutate(&corpus[random.below(corpus.len())], &mut random);
        let input = Input {
            sources: vec![SourceFile::new("m.move", text.clone())],
            named_addresses: [("std".to_owned(), AccountAddress::ONE), ("mine".to_owned(), AccountAddress::TWO)].into(),
            dependencies: vec![library.clone()],
            options: Options {
                language: if round % 2 == 0 { LanguageVersion::V2_4 } else { LanguageVersion::V2_2 },
                test_mode: round % 3 == 0,
                compile_dependencies: false,
                ..Options::default()
            },
            ..Input::default()
        };
        let output = std::panic::catch_unwind(|| compile(input))
            .unwrap_or_else(|_| panic!("round {round}, seed {seed}: panic on\n{text}"));
        let rendered = output.diagnostics.render();
        let _ = output.diagnostics.to_json_lines();
        if let Some(defect) = output.diagnostics.errors().find(|error| error.code == Code::Internal) {
            panic!("round {round}, seed {seed}: {}\n{rendered}\n{text}", defect.message);
        }
        if output.diagnostics.has_errors() { refused += 1 } else { accepted += 1 }
    }
    println!("{accepted} accepted, {refused} refused");
    assert!(refused > 0);
}
