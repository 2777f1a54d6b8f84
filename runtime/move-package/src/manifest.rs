//! `Move.toml`: what a package is called, which addresses it names, which packages it uses.

use std::collections::BTreeMap;

use move_core_types::AccountAddress;
use toml::{Table, Value};

use crate::metadata::UpgradePolicy;

/// The file's name.
pub const FILE_NAME: &str = "Move.toml";

/// A parsed manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Name of the package.
    pub name: String,
    /// Its version.
    pub version: [u64; 3],
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Its licence.
    pub license: Option<String>,
    /// How it may be upgraded once published.
    pub upgrade_policy: UpgradePolicy,
    /// Other keys of `[package]`.
    pub custom: BTreeMap<String, String>,
    /// Named addresses; `None` for `_`.
    pub addresses: BTreeMap<String, Option<AccountAddress>>,
    /// Values while developing and testing.
    pub dev_addresses: BTreeMap<String, AccountAddress>,
    /// Packages used.
    pub dependencies: BTreeMap<String, Dependency>,
    /// Packages used while developing and testing.
    pub dev_dependencies: BTreeMap<String, Dependency>,
    /// `[build] language_version`.
    pub language_version: Option<String>,
    /// `[tenor] bundled`: whether well-known packages come from this binary.
    pub bundled: bool,
    /// What is odd about the file, but no reason to stop.
    pub warnings: Vec<String>,
}

/// A package that another one uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Where it is.
    pub source: Source,
    /// Names that the dependency's addresses get here.
    pub addr_subst: BTreeMap<String, Substitution>,
    /// Version that its manifest must have.
    pub version: Option<[u64; 3]>,
    /// Source digest that it must have.
    pub digest: Option<String>,
}

/// Where a dependency is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a directory, relative to the manifest.
    Local(String),
    /// In a git repository.
    Git {
        /// Address of the repository.
        url: String,
        /// Commit, branch or tag.
        rev: String,
        /// Directory inside.
        subdir: Option<String>,
    },
    /// On a chain, as seen by a node.
    Node {
        /// The node.
        url: String,
        /// Where the package is published.
        address: String,
    },
}

/// The right-hand side of an entry of `addr_subst`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Substitution {
    /// The dependency's name for what gets the new name.
    Rename(String),
    /// The value of the dependency's name.
    Assign(AccountAddress),
}

/// Why a manifest is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The file is not TOML.
    #[error("not a TOML file: {0}")]
    Syntax(String),
    /// A table or key that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A value is of the wrong kind or form.
    #[error("`{key}` must be {expected}")]
    Invalid {
        /// Table and key.
        key: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A dependency names no source, or several.
    #[error("dependency `{0}` must have exactly one of `local`, `git` and `aptos`")]
    DependencySource(String),
}

const ADDRESS: &str = "an address: up to 64 hexadecimal digits, with or without `0x`";

/// Reads a manifest.
///
/// # Errors
/// What is wrong with it; unknown tables and keys are warnings only.
pub fn parse(text: &str) -> Result<Manifest, ManifestError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| ManifestError::Syntax(error.to_string()))?;
    let mut warnings = Vec::new();
    for key in table.keys() {
        const KNOWN: [&str; 7] =
            ["package", "addresses", "dev-addresses", "dependencies", "dev-dependencies", "build", "tenor"];
        if !KNOWN.contains(&key.as_str()) {
            warnings.push(format!("unknown table `{key}` in Move.toml{}", did_you_mean(key, &KNOWN)));
        }
    }

    let package = section(&table, "package")?.ok_or(ManifestError::Missing("[package]"))?;
    let name = required_text(package, "package.name", "name")?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
        return Err(invalid("package.name", "letters, digits, `_` and `-`"));
    }
    let version = parse_version(&required_text(package, "package.version", "version")?)
        .ok_or_else(|| invalid("package.version", "three numbers, as in `1.0.0`"))?;
    let mut manifest = Manifest {
        name,
        version,
        authors: Vec::new(),
        license: None,
        upgrade_policy: UpgradePolicy::Compatible,
        custom: BTreeMap::new(),
        addresses: BTreeMap::new(),
        dev_addresses: BTreeMap::new(),
        dependencies: BTreeMap::new(),
        dev_dependencies: BTreeMap::new(),
        language_version: None,
        bundled: true,
        warnings,
    };
    package_keys(package, &mut manifest)?;
    for (key, value) in section(&table, "addresses")?.into_iter().flatten() {
        let entry = format!("addresses.{key}");
        let value = value.as_str().ok_or_else(|| invalid(&entry, ADDRESS))?;
        let address = match value {
            "_" => None,
            value => Some(parse_address(value).ok_or_else(|| invalid(&entry, ADDRESS))?),
        };
        manifest.addresses.insert(address_name(key, &entry)?, address);
    }
    for (key, value) in section(&table, "dev-addresses")?.into_iter().flatten() {
        let entry = format!("dev-addresses.{key}");
        let address = value.as_str().and_then(parse_address).ok_or_else(|| invalid(&entry, ADDRESS))?;
        manifest.dev_addresses.insert(address_name(key, &entry)?, address);
    }
    manifest.dependencies = dependencies(&table, "dependencies", &mut manifest.warnings)?;
    manifest.dev_dependencies = dependencies(&table, "dev-dependencies", &mut manifest.warnings)?;
    for (key, value) in section(&table, "build")?.into_iter().flatten() {
        match (key.as_str(), value.as_str()) {
            ("language_version", Some(version)) => manifest.language_version = Some(version.to_owned()),
            ("language_version", None) => {
                return Err(invalid("build.language_version", "a version in quotes, as in `\"2.2\"`"));
            }
            ("arch", Some("move")) => {}
            ("arch", _) => return Err(invalid("build.arch", "`\"move\"`")),
            _ => manifest.warnings.push(format!(
                "unknown key `build.{key}` in Move.toml{}",
                did_you_mean(key, &["language_version", "arch"])
            )),
        }
    }
    for (key, value) in section(&table, "tenor")?.into_iter().flatten() {
        match (key.as_str(), value.as_bool()) {
            ("bundled", Some(bundled)) => manifest.bundled = bundled,
            ("bundled", None) => return Err(invalid("tenor.bundled", "`true` or `false`")),
            _ => manifest
                .warnings
                .push(format!("unknown key `tenor.{key}` in Move.toml{}", did_you_mean(key, &["bundled"]))),
        }
    }
    Ok(manifest)
}

fn package_keys(package: &Table, manifest: &mut Manifest) -> Result<(), ManifestError> {
    for (key, value) in package {
        match key.as_str() {
            "name" | "version" => {}
            "authors" => {
                let authors: Option<Vec<String>> =
                    value.as_array().and_then(|list| list.iter().map(|one| one.as_str().map(str::to_owned)).collect());
                manifest.authors = authors.ok_or_else(|| invalid("package.authors", "a list of texts"))?;
            }
            "license" => {
                manifest.license = Some(value.as_str().ok_or_else(|| invalid("package.license", "a text"))?.to_owned());
            }
            "upgrade_policy" => {
                manifest.upgrade_policy = value
                    .as_str()
                    .and_then(UpgradePolicy::from_text)
                    .ok_or_else(|| invalid("package.upgrade_policy", "`arbitrary`, `compatible` or `immutable`"))?;
            }
            key => {
                let known = ["name", "version", "authors", "license", "upgrade_policy"];
                manifest
                    .warnings
                    .push(format!("unknown key `package.{key}` in Move.toml{}", did_you_mean(key, &known)));
                if let Some(text) = value.as_str() {
                    manifest.custom.insert(key.to_owned(), text.to_owned());
                }
            }
        }
    }
    Ok(())
}

fn dependencies(
    table: &Table,
    name: &'static str,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, Dependency>, ManifestError> {
    let mut found = BTreeMap::new();
    for (key, value) in section(table, name)?.into_iter().flatten() {
        let entry = value
            .as_table()
            .ok_or_else(|| invalid(&format!("{name}.{key}"), "a table, as in `{ local = \"../other\" }`"))?;
        found.insert(key.clone(), dependency(&format!("{name}.{key}"), key, entry, warnings)?);
    }
    Ok(found)
}

fn dependency(at: &str, name: &str, entry: &Table, warnings: &mut Vec<String>) -> Result<Dependency, ManifestError> {
    const KNOWN: [&str; 9] = ["local", "git", "rev", "subdir", "aptos", "address", "addr_subst", "version", "digest"];
    for key in entry.keys().filter(|key| !KNOWN.contains(&key.as_str())) {
        warnings.push(format!("unknown key `{at}.{key}` in Move.toml{}", did_you_mean(key, &KNOWN)));
    }
    let text = |key: &str| match entry.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(&format!("{at}.{key}"), "a text")),
    };
    let source = match (text("local")?, text("git")?, text("aptos")?) {
        (Some(path), None, None) => Source::Local(path),
        (None, Some(url), None) => Source::Git {
            url,
            rev: text("rev")?.ok_or_else(|| invalid(&format!("{at}.rev"), "given with `git`"))?,
            subdir: text("subdir")?,
        },
        (None, None, Some(url)) => Source::Node {
            url,
            address: text("address")?.ok_or_else(|| invalid(&format!("{at}.address"), "given with `aptos`"))?,
        },
        _ => return Err(ManifestError::DependencySource(name.to_owned())),
    };
    let mut addr_subst = BTreeMap::new();
    if let Some(value) = entry.get("addr_subst") {
        let form = "a table, as in `{ \"new\" = \"old\" }`";
        let pairs = value.as_table().ok_or_else(|| invalid(&format!("{at}.addr_subst"), form))?;
        for (new, old) in pairs {
            let old = old.as_str().ok_or_else(|| invalid(&format!("{at}.addr_subst.{new}"), form))?;
            let substitution = match old.strip_prefix("0x") {
                Some(_) => Substitution::Assign(
                    parse_address(old).ok_or_else(|| invalid(&format!("{at}.addr_subst.{new}"), ADDRESS))?,
                ),
                None => Substitution::Rename(old.to_owned()),
            };
            addr_subst.insert(new.clone(), substitution);
        }
    }
    let version = match text("version")? {
        None => None,
        Some(text) => Some(
            parse_version(&text).ok_or_else(|| invalid(&format!("{at}.version"), "three numbers, as in `1.0.0`"))?,
        ),
    };
    Ok(Dependency { source, addr_subst, version, digest: text("digest")? })
}

fn section<'t>(table: &'t Table, name: &'static str) -> Result<Option<&'t Table>, ManifestError> {
    match table.get(name) {
        None => Ok(None),
        Some(Value::Table(section)) => Ok(Some(section)),
        Some(_) => Err(invalid(name, "a table")),
    }
}

fn required_text(table: &Table, at: &'static str, key: &str) -> Result<String, ManifestError> {
    match table.get(key) {
        None => Err(ManifestError::Missing(at)),
        Some(value) => Ok(value.as_str().ok_or_else(|| invalid(at, "a text"))?.to_owned()),
    }
}

fn invalid(key: &str, expected: &'static str) -> ManifestError {
    ManifestError::Invalid { key: key.to_owned(), expected }
}

fn address_name(name: &str, entry: &str) -> Result<String, ManifestError> {
    let starts_well = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if starts_well && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        Ok(name.to_owned())
    } else {
        Err(invalid(entry, "an identifier"))
    }
}

fn parse_version(text: &str) -> Option<[u64; 3]> {
    let mut parts = text.split('.').map(|part| part.parse().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit())));
    let version = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(version)
}

/// An address of up to 64 hexadecimal digits, with or without `0x`.
pub fn parse_address(text: &str) -> Option<AccountAddress> {
    AccountAddress::from_hex(text).ok()
}

/// `, did you mean ...?` if a known word is near.
fn did_you_mean(word: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|candidate| (distance(word, candidate), candidate)).min();
    match nearest {
        Some((steps, candidate)) if steps <= 2 => format!(", did you mean `{candidate}`?"),
        _ => String::new(),
    }
}

/// Insertions, deletions and replacements that lead from one word to the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (r, above) in right.iter().zip(row.iter_mut().skip(1)) {
            let here = (diagonal + usize::from(l != *r)).min(before + 1).min(*above + 1);
            diagonal = *above;
            *above = here;
            before = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[package]\nname = \"P\"\nversion = \"1.2.3\"\n";

    #[test]
    fn a_complete_manifest_is_read() {
        let manifest = parse(
            r#"
            [package]
            name = "Shop"
            version = "1.0.2"
            authors = ["A", "B"]
            license = "MIT"
            upgrade_policy = "immutable"

            [addresses]
            shop = "_"
            std = "0x1"
            bare = "cafe"

            [dev-addresses]
            shop = "0x42"

            [dependencies]
            Local = { local = "../local", addr_subst = { new = "old", fixed = "0x7" } }
            [dependencies.AptosFramework]
            git = "https://example.com/framework.git"
            rev = "main"
            subdir = "framework"

            [dev-dependencies]
            Chain = { aptos = "https://node", address = "0x1", version = "0.0.1", digest = "AB" }

            [build]
            language_version = "2.2"
            "#,
        )
        .unwrap();
        assert_eq!(manifest.version, [1, 0, 2]);
        assert_eq!(manifest.authors, ["A", "B"]);
        assert_eq!(manifest.upgrade_policy, UpgradePolicy::Immutable);
        assert_eq!(manifest.addresses["shop"], None);
        assert_eq!(manifest.addresses["bare"], parse_address("0xcafe"));
        assert_eq!(manifest.dev_addresses["shop"], parse_address("0x42").unwrap());
        let local = &manifest.dependencies["Local"];
        assert_eq!(local.source, Source::Local("../local".into()));
        assert_eq!(local.addr_subst["new"], Substitution::Rename("old".into()));
        assert_eq!(local.addr_subst["fixed"], Substitution::Assign(parse_address("7").unwrap()));
        assert!(matches!(&manifest.dependencies["AptosFramework"].source, Source::Git { rev, .. } if rev == "main"));
        assert_eq!(manifest.dev_dependencies["Chain"].version, Some([0, 0, 1]));
        assert_eq!(manifest.language_version.as_deref(), Some("2.2"));
        assert_eq!(manifest.warnings, Vec::<String>::new());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (tail, expected) in [
            ("[addresses]\na = \"0xg\"", "`addresses.a` must be an address"),
            ("[addresses]\na = 7", "`addresses.a` must be an address"),
            ("[addresses]\n\"1a\" = \"0x1\"", "`addresses.1a` must be an identifier"),
            ("[dev-addresses]\na = \"_\"", "`dev-addresses.a` must be an address"),
            ("[dependencies]\nD = \"x\"", "`dependencies.D` must be a table"),
            ("[dependencies]\nD = { }", "dependency `D` must have exactly one of"),
            ("[dependencies]\nD = { local = \"a\", git = \"b\" }", "dependency `D` must have exactly one of"),
            ("[dependencies]\nD = { git = \"b\" }", "`dependencies.D.rev` must be given with `git`"),
            ("[build]\nlanguage_version = 2", "`build.language_version` must be"),
            ("addresses = 1", "unknown key"),
            ("[addresses", "not a TOML file"),
            ("[addresses]\na = \"0x1\"\na = \"0x2\"", "not a TOML file"),
        ] {
            match parse(&format!("{HEAD}{tail}")) {
                Err(error) => assert!(error.to_string().contains(expected), "{tail}: {error}"),
                Ok(manifest) => {
                    assert!(manifest.warnings.iter().any(|warning| warning.contains(expected)), "{tail}: accepted");
                }
            }
        }
        assert_eq!(parse("").unwrap_err().to_string(), "`[package]` is missing");
        assert_eq!(parse("[package]\nname = \"A\"").unwrap_err().to_string(), "`package.version` is missing");
        for version in ["1.0", "1.0.0.0", "1.0.x", "+1.0.0", ""] {
            assert!(parse(&format!("[package]\nname = \"A\"\nversion = \"{version}\"")).is_err(), "{version}");
        }
    }

    #[test]
    fn unknown_keys_are_warnings_that_name_the_nearest() {
        let manifest = parse("[package]\nname = \"P\"\nversion = \"1.2.3\"\nlicence = \"MIT\"\n[adresses]\n").unwrap();
        assert_eq!(
            manifest.warnings,
            [
                "unknown table `adresses` in Move.toml, did you mean `addresses`?",
                "unknown key `package.licence` in Move.toml, did you mean `license`?"
            ]
        );
        assert_eq!(manifest.custom["licence"], "MIT");
    }
}
