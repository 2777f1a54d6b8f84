//! Formatting every Move source of the tree, and random mutations of them: tokens and comments stay, and a second round
//! changes nothing.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail loudly; its sources are files")]

use std::path::{Path, PathBuf};

#[path = "common/mutations.rs"]
mod mutations;
use mutations::{Random, mutate};

use move_fmt::{WIDTH, format, same_pieces};

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != "node_modules" && !name.starts_with('.') {
                files(&path, found);
            }
        } else if name.ends_with(".move") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), &mut found);
    assert!(found.len() > 100, "the sources are missing");
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(&path).unwrap())).collect()
}

/// What must hold for any text.
fn check(what: &str, text: &str) -> Option<String> {
    let Ok(formatted) = format(text, WIDTH) else { return None };
    assert!(same_pieces(text, &formatted), "{what}: tokens differ:\n{formatted}");
    assert_eq!(format(&formatted, WIDTH).as_ref(), Ok(&formatted), "{what}: not settled");
    Some(formatted)
}

#[test]
fn sources_keep_their_tokens_and_settle() {
    for (path, text) in sources() {
        // Empty lines at the end go, unless the layout did not settle and the text came back as it was.
        let Some(formatted) = check(&path.display().to_string(), &format!("{text}\n\n\n")) else { continue };
        assert!(!formatted.ends_with("\n\n"), "{}: the layout does not settle", path.display());
    }
}

/// How many mutations: `TENOR_MUTATIONS`, or a small dose.
fn count() -> u64 {
    std::env::var("TENOR_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

#[test]
fn mutated_sources_keep_their_tokens_and_settle() {
    let sources: Vec<String> = sources().into_iter().map(|(_, text)| text).filter(|text| text.len() < 20_000).collect();
    let mut formatted = 0;
    for seed in 0..count() {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let text = &sources[random.below(sources.len())];
        formatted += u64::from(check(&format!("seed {seed}"), &mutate(text, &mut random)).is_some());
    }
    assert!(formatted * 10 > count(), "only {formatted} of {} could be formatted", count());
}

#[test]
fn hostile_texts_end_in_time() {
    for text in [
        "(".repeat(100_000),
        "if (a) ".repeat(20_000),
        "if (a) {} else ".repeat(20_000),
        "a = ".repeat(20_000),
        "|x| ".repeat(20_000),
        "a + ".repeat(20_000),
        "a.b().c()".repeat(20_000),
        "!".repeat(100_000),
        "a<".repeat(50_000),
        "a<".repeat(50_000) + &">".repeat(50_000),
        "return ".repeat(50_000),
        "/*".repeat(50_000),
        format!("{}x{}", "{".repeat(250), "}".repeat(250)),
        format!("{}x{}", "f(".repeat(250), ")".repeat(250)),
        format!("{}x{}", "f(|x| {".repeat(120), "})".repeat(120)),
        "#[".repeat(100) + &"]".repeat(100),
        "x, ".repeat(100_000),
        format!("f({})", "x, ".repeat(50_000)),
        format!("vector[{}]", "1, ".repeat(50_000)),
        "f(x) ".repeat(50_000),
    ] {
        check(text.get(..20).unwrap_or(&text), &text);
    }
}

#[test]
fn examples_read_as_they_should() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples");
    let mut found = Vec::new();
    files(&directory, &mut found);
    assert!(!found.is_empty());
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let formatted = format(&text, WIDTH).unwrap();
        let expected = path.with_extension("formatted");
        if std::env::var("TENOR_UPDATE").is_ok() {
            std::fs::write(&expected, &formatted).unwrap();
        }
        let wanted = std::fs::read_to_string(&expected).unwrap_or_else(|_| panic!("{} is missing", expected.display()));
        assert_eq!(formatted, wanted, "{}", path.display());
    }
}
