use std::collections::BTreeMap;

use move_core_types::AccountAddress;

use crate::files::MemoryFiles;
use crate::graph::{Graph, GraphError, Mode, find_root, resolve};

fn files(packages: &[(&str, &str)]) -> MemoryFiles {
    let mut files = MemoryFiles::default();
    for (path, manifest) in packages {
        let name = path.rsplit('/').next().unwrap_or(path);
        files.insert(
            &format!("{path}/Move.toml"),
            format!("[package]\nname = \"{name}\"\nversion = \"0.0.1\"\n{manifest}"),
        );
        files.insert(&format!("{path}/sources/m.move"), format!("module {name}::m {{}}"));
    }
    files
}

fn graph(packages: &[(&str, &str)], mode: Mode) -> Result<Graph, GraphError> {
    resolve(&files(packages), packages[0].0, mode, &BTreeMap::new())
}

fn error(packages: &[(&str, &str)]) -> String {
    graph(packages, Mode::Normal).unwrap_err().to_string()
}

fn names(graph: &Graph) -> Vec<&str> {
    graph.packages.iter().map(|package| package.manifest.name.as_str()).collect()
}

#[test]
fn a_diamond_is_one_package_each_behind_what_it_uses() {
    let found = graph(
        &[
            ("A", "[dependencies]\nB = { local = \"../B\" }\nC = { local = \"../C\" }"),
            ("B", "[dependencies]\nD = { local = \"../D\" }"),
            ("C", "[dependencies]\nD = { local = \"../x/../D\" }"),
            ("D", "[addresses]\nd = \"0x4\""),
        ],
        Mode::Normal,
    )
    .unwrap();
    assert_eq!(names(&found), ["D", "B", "C", "A"]);
    assert_eq!(found.root().addresses["d"], AccountAddress::FOUR);
}

#[test]
fn what_does_not_fit_together_is_refused_with_both_sides() {
    assert_eq!(
        error(&[
            ("A", "[dependencies]\nB = { local = \"../B\" }"),
            ("B", "[dependencies]\nC = { local = \"../C\" }"),
            ("C", "[dependencies]\nB = { local = \"../B\" }"),
        ]),
        "packages depend on each other in a circle: B -> C -> B"
    );
    assert_eq!(
        error(&[
            ("A", "[dependencies]\nB = { local = \"../B\" }\nD = { local = \"../D\" }"),
            ("B", "[dependencies]\nD = { local = \"../other/D\" }"),
            ("D", ""),
            ("other/D", ""),
        ]),
        "dependency `D` is in two places: `other/D` and `D`"
    );
    assert_eq!(
        error(&[
            ("A", "[dependencies]\nB = { local = \"../B\" }\n[addresses]\nx = \"0x1\""),
            ("B", "[addresses]\nx = \"0x2\""),
        ]),
        "named address `x` has two values: 0x2 (B) and 0x1 (A)"
    );
    assert_eq!(
        error(&[("A", "[dependencies]\nB = { local = \"../B\" }"), ("B", "[addresses]\nx = \"_\"\ny = \"_\"")]),
        "named addresses without a value: `x` (declared in B), `y` (declared in B). Give them in `[addresses]`, or with \
         `--named-addresses NAME=0x..`"
    );
    assert_eq!(
        error(&[("A", "[dependencies]\nZ = { local = \"../B\" }"), ("B", "")]),
        "dependency `Z` of `A`: the package in `B` is called `B`"
    );
    assert_eq!(
        error(&[("A", "[dependencies]\nB = { local = \"../B\", version = \"1.0.0\" }"), ("B", "")]),
        "dependency `B` of `A` must have version 1.0.0, and has 0.0.1"
    );
    assert_eq!(
        error(&[("A", "[dependencies]\nB = { local = \"../B\" }")]),
        "dependency `B` of `A`: no Move.toml in `B`"
    );
}

#[test]
fn the_framework_comes_from_this_binary() {
    let found = graph(
        &[("A", "[dependencies.AptosFramework]\ngit = \"https://example.com/f.git\"\nrev = \"main\"\nsubdir = \"f\"")],
        Mode::Normal,
    )
    .unwrap();
    assert_eq!(names(&found), ["MoveStdlib", "AptosStdlib", "AptosFramework", "A"]);
    assert_eq!(found.root().addresses["std"], AccountAddress::ONE);
    assert!(found.notes.contains(&"using the built-in package AptosFramework".to_owned()));

    let local = graph(&[("A", "[dependencies]\nMoveStdlib = { local = \"../gone\" }")], Mode::Normal).unwrap();
    assert_eq!(names(&local), ["MoveStdlib", "A"]);
    let own =
        graph(&[("A", "[dependencies]\nMoveStdlib = { local = \"../MoveStdlib\" }"), ("MoveStdlib", "")], Mode::Normal);
    assert_eq!(own.unwrap().packages[0].place, "MoveStdlib");
    let refused = error(&[("A", "[dependencies]\nMoveStdlib = { local = \"../gone\" }\n[tenor]\nbundled = false")]);
    assert_eq!(refused, "dependency `MoveStdlib` of `A`: no Move.toml in `gone`");
}

#[test]
fn other_repositories_are_refused_with_the_way_out() {
    let refused =
        error(&[("A", "[dependencies]\nB = { git = \"https://example.com/b.git\", rev = \"v1\", subdir = \"move\" }")]);
    assert!(refused.contains("dependency `B` of `A` comes from git, which is not supported"), "{refused}");
    assert!(refused.ends_with("write `B = { local = \"vendor/B/move\" }`"), "{refused}");
}

#[test]
fn addresses_flow_upwards_under_their_new_names() {
    let packages = [
        (
            "A",
            "[dependencies]\nB = { local = \"../B\", addr_subst = { mine = \"x\" } }\n[addresses]\nmine = \"0x9\"\nown = \"_\"\n\
             [dev-addresses]\nown = \"0x8\"",
        ),
        ("B", "[addresses]\nx = \"_\""),
    ];
    let found = graph(&packages, Mode::Test).unwrap();
    assert_eq!(found.packages[0].addresses["x"], AccountAddress::from_u8(9));
    assert_eq!(found.root().addresses["own"], AccountAddress::from_u8(8));
    assert!(!found.root().addresses.contains_key("x"));

    let overrides = BTreeMap::from([("own".to_owned(), AccountAddress::from_u8(7))]);
    let found = resolve(&files(&packages), "A", Mode::Normal, &overrides).unwrap();
    assert_eq!(found.root().addresses["own"], AccountAddress::from_u8(7));
    let found = resolve(&files(&packages), "A", Mode::Test, &overrides).unwrap();
    assert_eq!(found.root().addresses["own"], AccountAddress::from_u8(7));
}

#[test]
fn tests_and_dev_dependencies_belong_to_test_builds_of_the_root() {
    let mut files = files(&[
        ("A", "[dependencies]\nB = { local = \"../B\" }\n[dev-dependencies]\nC = { local = \"../C\" }"),
        ("B", "[dev-dependencies]\nGone = { local = \"../gone\" }"),
        ("C", ""),
    ]);
    files.insert("A/tests/t.move", "");
    files.insert("B/tests/t.move", "");
    let normal = resolve(&files, "A", Mode::Normal, &BTreeMap::new()).unwrap();
    assert_eq!(names(&normal), ["B", "A"]);
    assert_eq!(normal.root().files.len(), 1);
    let test = resolve(&files, "A", Mode::Test, &BTreeMap::new()).unwrap();
    assert_eq!(names(&test), ["B", "C", "A"]);
    assert_eq!(test.root().files.len(), 2);
    assert_eq!(test.packages[0].files.len(), 1);
}

#[test]
fn the_root_is_the_nearest_manifest_above() {
    let files = files(&[("a/P", "")]);
    assert_eq!(find_root(&files, "a/P/sources/deep").unwrap(), "a/P");
    assert!(matches!(find_root(&files, "a"), Err(GraphError::NoManifest(_))));
}

#[test]
fn the_digest_is_of_contents_not_names() {
    let digest = |sources: &[&str]| crate::graph::source_digest("manifest", sources.iter().copied());
    assert_eq!(digest(&["a", "b"]), digest(&["b", "a"]));
    assert_ne!(digest(&["a"]), digest(&["b"]));
    assert_eq!(digest(&[]).len(), 64);
    assert!(digest(&[]).chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()));
}
