//! Which packages a package needs, and what the named addresses of each are.
//!
//! Dependencies are looked for depth first. A name means one package: two different places for it are an error, as is a
//! circle. The framework's packages come from this binary wherever a manifest names them in git, or in a directory that is
//! not there.

use std::collections::BTreeMap;

use move_core_types::AccountAddress;
use sha2::{Digest, Sha256};

use crate::files::{FileSystem, join, move_files, normalize};
use crate::manifest::{self, Dependency, FILE_NAME, Manifest, ManifestError, Source, Substitution};

/// Dependencies below this depth are refused.
const DEPTH_MAX: usize = 64;
/// Packages beyond this number are refused.
const PACKAGES_MAX: usize = 1024;

/// What parts of packages are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What is published.
    Normal,
    /// With examples, and the manifest's values and dependencies for developing.
    Dev,
    /// As [`Mode::Dev`], with tests.
    Test,
}

/// A source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the package.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A package that was found.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its manifest.
    pub manifest: Manifest,
    /// Text of its manifest.
    pub manifest_text: String,
    /// Where it is, for messages and paths of files.
    pub place: String,
    /// Whether it comes from this binary.
    pub bundled: bool,
    /// Its sources, in path order.
    pub files: Vec<File>,
    /// Names of the packages that it names as dependencies.
    pub dependencies: Vec<String>,
    /// Values of all names that it sees.
    pub addresses: BTreeMap<String, AccountAddress>,
    /// See [`source_digest`].
    pub digest: String,
}

/// All packages of a build.
#[derive(Debug, Clone)]
pub struct Graph {
    /// Each behind those that it uses; the root is the last.
    pub packages: Vec<Package>,
    /// What was decided on the way that a person may want to know.
    pub notes: Vec<String>,
}

impl Graph {
    /// The package that is built.
    ///
    /// # Panics
    /// Never: a graph has a root.
    #[expect(clippy::expect_used, reason = "resolve pushes the root before it returns a graph")]
    pub fn root(&self) -> &Package {
        self.packages.last().expect("a graph has a root")
    }

    /// The others, each behind those that it uses.
    pub fn dependencies(&self) -> &[Package] {
        self.packages.split_last().map_or(&[], |(_, others)| others)
    }
}

/// Why the packages of a build cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A file or directory cannot be read.
    #[error("{0}")]
    Io(String),
    /// There is no manifest.
    #[error("no Move.toml in `{0}` or a directory above it")]
    NoManifest(String),
    /// A file is not text.
    #[error("`{0}` is not UTF-8 text")]
    NotText(String),
    /// A manifest is refused.
    #[error("`{path}`: {error}")]
    Manifest {
        /// The manifest.
        path: String,
        /// Why.
        error: ManifestError,
    },
    /// A local dependency is not there.
    #[error("dependency `{name}` of `{package}`: no Move.toml in `{path}`")]
    DependencyMissing {
        /// Name of the dependency.
        name: String,
        /// Who names it.
        package: String,
        /// Where it should be.
        path: String,
    },
    /// A dependency lies outside this machine.
    #[error(
        "dependency `{name}` of `{package}` comes from {from}, which is not supported: builds do not use a network. \
         Copy the package beside yours, as in `git clone {clone} vendor/{name}`, and write `{name} = {{ local = \"{path}\" }}`"
    )]
    Remote {
        /// Name of the dependency.
        name: String,
        /// Who names it.
        package: String,
        /// Kind of source.
        from: &'static str,
        /// What to copy.
        clone: String,
        /// What to write.
        path: String,
    },
    /// The dependency's manifest has another name.
    #[error("dependency `{name}` of `{package}`: the package in `{path}` is called `{found}`")]
    DependencyName {
        /// Name of the dependency.
        name: String,
        /// Who names it.
        package: String,
        /// Where it is.
        path: String,
        /// What it is called.
        found: String,
    },
    /// The dependency has another version.
    #[error("dependency `{name}` of `{package}` must have version {expected}, and has {found}")]
    Version {
        /// Name of the dependency.
        name: String,
        /// Who names it.
        package: String,
        /// What the manifest says.
        expected: String,
        /// What the dependency's says.
        found: String,
    },
    /// The dependency has other sources.
    #[error("dependency `{name}` of `{package}` must have the digest {expected}, and has {found}")]
    Digest {
        /// Name of the dependency.
        name: String,
        /// Who names it.
        package: String,
        /// What the manifest says.
        expected: String,
        /// What the sources make.
        found: String,
    },
    /// One name, two packages.
    #[error("dependency `{name}` is in two places: `{first}` and `{second}`")]
    TwoPlaces {
        /// The name.
        name: String,
        /// Where it was first.
        first: String,
        /// Where it is as well.
        second: String,
    },
    /// A package needs itself.
    #[error("packages depend on each other in a circle: {0}")]
    Cycle(String),
    /// Too many packages, or too many on top of each other.
    #[error("more than {0}")]
    TooMany(&'static str),
    /// A name has two values.
    #[error("named address `{name}` has two values: {first} ({first_origin}) and {second} ({second_origin})")]
    AddressConflict {
        /// The name.
        name: String,
        /// One value.
        first: String,
        /// Who gives it.
        first_origin: String,
        /// The other value.
        second: String,
        /// Who gives that.
        second_origin: String,
    },
    /// A substitution names what the dependency does not have.
    #[error("dependency `{name}` of `{package}` has no named address `{address}`")]
    UnknownSubstitution {
        /// Name of the dependency.
        name: String,
        /// Who names it.
        package: String,
        /// The name that it does not have.
        address: String,
    },
    /// A value for developing has no name.
    #[error("`dev-addresses.{0}` is not declared in `[addresses]` of the package or its dependencies")]
    UnknownDevAddress(String),
    /// A name without value is left.
    #[error("named addresses without a value: {}. Give them in `[addresses]`, or with `--named-addresses NAME=0x..`", list(.0))]
    Unassigned(
        /// Names, and the package that declares each.
        Vec<(String, String)>,
    ),
}

fn list(names: &[(String, String)]) -> String {
    let texts: Vec<String> = names.iter().map(|(name, package)| format!("`{name}` (declared in {package})")).collect();
    texts.join(", ")
}

/// The directory of the nearest manifest, from `start` upwards.
///
/// # Errors
/// [`GraphError::NoManifest`].
pub fn find_root(files: &dyn FileSystem, start: &str) -> Result<String, GraphError> {
    let mut directory = normalize(start);
    loop {
        if files.read(&join(&directory, FILE_NAME)).map_err(GraphError::Io)?.is_some() {
            return Ok(directory);
        }
        match directory.rsplit_once('/') {
            Some((parent, _)) => directory = parent.to_owned(),
            None if directory.is_empty() => return Err(GraphError::NoManifest(start.to_owned())),
            None => directory = String::new(),
        }
    }
}

/// Finds all packages that the one in `root` needs, and gives every named address its value.
///
/// * `overrides`: values from the command line, for names that the root sees.
///
/// # Errors
/// What cannot be found, does not fit together, or has no value.
pub fn resolve(
    files: &dyn FileSystem,
    root: &str,
    mode: Mode,
    overrides: &BTreeMap<String, AccountAddress>,
) -> Result<Graph, GraphError> {
    let root = normalize(root);
    let text = read_text(files, &join(&root, FILE_NAME))?.ok_or_else(|| GraphError::NoManifest(root.clone()))?;
    let manifest = parse_manifest(&text, &join(&root, FILE_NAME))?;
    let mut search =
        Search { files, bundled: manifest.bundled, mode, found: Vec::new(), open: Vec::new(), notes: Vec::new() };
    search.visit(Place::Directory(root), text, manifest, true)?;
    let Search { found, mut notes, .. } = search;

    let mut cells = Cells::default();
    let mut names: Vec<BTreeMap<String, usize>> = Vec::new();
    for (index, (_, package)) in found.iter().enumerate() {
        let seen = visible_names(package, index + 1 == found.len(), mode, &found, &names, &mut cells)?;
        names.push(seen);
    }
    if let (Some((_, package)), Some(seen)) = (found.last(), names.last_mut()) {
        assign_root(package, seen, mode, overrides, &mut cells)?;
        notes.extend(package.manifest.warnings.iter().cloned());
    }

    let mut packages: Vec<Package> = found.into_iter().map(|(_, package)| package).collect();
    let mut unassigned = BTreeMap::new();
    for (package, seen) in packages.iter_mut().zip(&names) {
        for (name, cell) in seen {
            match cells.value(*cell) {
                Some((address, _)) => {
                    package.addresses.insert(name.clone(), address);
                }
                None => {
                    unassigned.entry(name.clone()).or_insert_with(|| cells.declared_by(*cell));
                }
            }
        }
    }
    if !unassigned.is_empty() {
        return Err(GraphError::Unassigned(unassigned.into_iter().collect()));
    }
    Ok(Graph { packages, notes })
}

/// Where a package is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Directory(String),
    Bundled(&'static str),
}

impl Place {
    fn text(&self) -> String {
        match self {
            Place::Directory(path) => path.clone(),
            Place::Bundled(name) => format!("<bundled>/{name}"),
        }
    }
}

struct Search<'f> {
    files: &'f dyn FileSystem,
    bundled: bool,
    mode: Mode,
    /// Finished packages, each behind those that it uses.
    found: Vec<(Place, Package)>,
    /// Names from the root to the package at hand.
    open: Vec<String>,
    notes: Vec<String>,
}

impl Search<'_> {
    fn visit(
        &mut self,
        place: Place,
        manifest_text: String,
        manifest: Manifest,
        is_root: bool,
    ) -> Result<(), GraphError> {
        if self.open.len() >= DEPTH_MAX {
            return Err(GraphError::TooMany("64 packages on top of each other"));
        }
        if self.found.len() >= PACKAGES_MAX {
            return Err(GraphError::TooMany("1024 packages"));
        }
        self.open.push(manifest.name.clone());
        let mut wanted: Vec<(String, Dependency)> =
            manifest.dependencies.iter().map(|(name, dependency)| (name.clone(), dependency.clone())).collect();
        if is_root && self.mode != Mode::Normal {
            wanted
                .extend(manifest.dev_dependencies.iter().map(|(name, dependency)| (name.clone(), dependency.clone())));
        }
        for (name, dependency) in &wanted {
            self.dependency(&place, &manifest.name, name, dependency)?;
        }
        let files = self.sources(&place, is_root)?;
        let digest = source_digest(&manifest_text, files.iter().map(|file| file.text.as_str()));
        self.open.pop();
        let package = Package {
            place: place.text(),
            bundled: matches!(place, Place::Bundled(_)),
            manifest_text,
            dependencies: wanted.into_iter().map(|(name, _)| name).collect(),
            manifest,
            files,
            addresses: BTreeMap::new(),
            digest,
        };
        self.found.push((place, package));
        Ok(())
    }

    fn dependency(
        &mut self,
        from: &Place,
        package: &str,
        name: &str,
        dependency: &Dependency,
    ) -> Result<(), GraphError> {
        if let Some(start) = self.open.iter().position(|open| open == name) {
            let mut circle: Vec<&str> = self.open.iter().skip(start).map(String::as_str).collect();
            circle.push(name);
            return Err(GraphError::Cycle(circle.join(" -> ")));
        }
        let place = self.locate(from, package, name, dependency)?;
        if let Some((first, _)) = self.found.iter().find(|(_, found)| found.manifest.name == name) {
            if *first != place {
                return Err(GraphError::TwoPlaces { name: name.to_owned(), first: first.text(), second: place.text() });
            }
        } else {
            let (text, manifest) = self.manifest(&place, package, name)?;
            self.visit(place, text, manifest, false)?;
        }
        let Some((_, found)) = self.found.iter().find(|(_, found)| found.manifest.name == name) else { return Ok(()) };
        if let Some(expected) = dependency.version.filter(|expected| *expected != found.manifest.version) {
            return Err(GraphError::Version {
                name: name.to_owned(),
                package: package.to_owned(),
                expected: version_text(expected),
                found: version_text(found.manifest.version),
            });
        }
        match &dependency.digest {
            Some(expected) if !expected.eq_ignore_ascii_case(&found.digest) => Err(GraphError::Digest {
                name: name.to_owned(),
                package: package.to_owned(),
                expected: expected.clone(),
                found: found.digest.clone(),
            }),
            _ => Ok(()),
        }
    }

    fn locate(
        &mut self,
        from: &Place,
        package: &str,
        name: &str,
        dependency: &Dependency,
    ) -> Result<Place, GraphError> {
        let bundled = move_packages::package(name).filter(|found| is_framework(found));
        // What this binary carries uses nothing else.
        if let (Place::Bundled(_), Some(found)) = (from, bundled) {
            return Ok(Place::Bundled(found.name));
        }
        let base = match from {
            Place::Directory(path) => path.as_str(),
            Place::Bundled(_) => "",
        };
        let (from_text, clone) = match &dependency.source {
            Source::Local(path) => {
                let place = join(base, path);
                if self.files.read(&join(&place, FILE_NAME)).map_err(GraphError::Io)?.is_some() {
                    return Ok(Place::Directory(self.files.canonical(&place)));
                }
                return match bundled.filter(|_| self.bundled) {
                    Some(found) => Ok(self.bundle(found)),
                    None => Err(GraphError::DependencyMissing {
                        name: name.to_owned(),
                        package: package.to_owned(),
                        path: place,
                    }),
                };
            }
            Source::Git { url, .. } => ("git", url.clone()),
            Source::Node { url, .. } => ("a node", url.clone()),
        };
        if let Some(found) = bundled.filter(|_| self.bundled) {
            return Ok(self.bundle(found));
        }
        let path = match &dependency.source {
            Source::Git { subdir: Some(subdir), .. } => format!("vendor/{name}/{subdir}"),
            _ => format!("vendor/{name}"),
        };
        Err(GraphError::Remote { name: name.to_owned(), package: package.to_owned(), from: from_text, clone, path })
    }

    fn bundle(&mut self, found: &'static move_packages::Package) -> Place {
        let note = format!("using the built-in package {}", found.name);
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
        Place::Bundled(found.name)
    }

    fn manifest(&self, place: &Place, package: &str, name: &str) -> Result<(String, Manifest), GraphError> {
        let (path, text) = match place {
            Place::Bundled(bundled) => {
                let text = move_packages::package(bundled).map_or("", |found| found.manifest);
                (format!("{}/{FILE_NAME}", place.text()), text.to_owned())
            }
            Place::Directory(directory) => {
                let path = join(directory, FILE_NAME);
                let text = read_text(self.files, &path)?.ok_or_else(|| GraphError::DependencyMissing {
                    name: name.to_owned(),
                    package: package.to_owned(),
                    path: directory.clone(),
                })?;
                (path, text)
            }
        };
        let manifest = parse_manifest(&text, &path)?;
        if manifest.name == name {
            Ok((text, manifest))
        } else {
            Err(GraphError::DependencyName {
                name: name.to_owned(),
                package: package.to_owned(),
                path: place.text(),
                found: manifest.name,
            })
        }
    }

    fn sources(&self, place: &Place, is_root: bool) -> Result<Vec<File>, GraphError> {
        let mut parts = vec!["sources", "scripts"];
        if is_root && self.mode != Mode::Normal {
            parts.push("examples");
        }
        if is_root && self.mode == Mode::Test {
            parts.push("tests");
        }
        match place {
            Place::Bundled(name) => Ok(move_packages::package(name)
                .into_iter()
                .flat_map(|package| package.files)
                .filter(|file| parts.iter().any(|part| file.path.split('/').next() == Some(part)))
                .map(|file| File { path: file.path.to_owned(), text: file.text.to_owned() })
                .collect()),
            Place::Directory(directory) => {
                let mut files = Vec::new();
                for part in parts {
                    let below = join(directory, part);
                    for path in move_files(self.files, &below).map_err(GraphError::Io)? {
                        let text = read_text(self.files, &join(&below, &path))?.unwrap_or_default();
                        files.push(File { path: format!("{part}/{path}"), text });
                    }
                }
                Ok(files)
            }
        }
    }
}

/// Whether a package of this binary is one that others use, and no example.
fn is_framework(package: &move_packages::Package) -> bool {
    !package.directory.contains('/')
}

fn parse_manifest(text: &str, path: &str) -> Result<Manifest, GraphError> {
    manifest::parse(text).map_err(|error| GraphError::Manifest { path: path.to_owned(), error })
}

fn read_text(files: &dyn FileSystem, path: &str) -> Result<Option<String>, GraphError> {
    match files.read(path).map_err(GraphError::Io)? {
        None => Ok(None),
        Some(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| GraphError::NotText(path.to_owned())),
    }
}

fn version_text(version: [u64; 3]) -> String {
    let [major, minor, patch] = version;
    format!("{major}.{minor}.{patch}")
}

/// Digest of a package: SHA-256 of manifest and sources, their upper-case hex sorted and hashed again. Names of files do not count.
pub fn source_digest<'t>(manifest: &str, sources: impl Iterator<Item = &'t str>) -> String {
    let digest = |text: &[u8]| hex::encode_upper(Sha256::digest(text));
    let mut digests: Vec<String> = sources.map(|text| digest(text.as_bytes())).collect();
    digests.push(digest(manifest.as_bytes()));
    digests.sort();
    digest(digests.concat().as_bytes())
}

/// The names that a package sees: its own, and those of its dependencies under the names that it gives them.
fn visible_names(
    package: &Package,
    is_root: bool,
    mode: Mode,
    found: &[(Place, Package)],
    names: &[BTreeMap<String, usize>],
    cells: &mut Cells,
) -> Result<BTreeMap<String, usize>, GraphError> {
    let manifest = &package.manifest;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let dev: Vec<(&String, &Dependency)> =
        if is_root && mode != Mode::Normal { manifest.dev_dependencies.iter().collect() } else { Vec::new() };
    for (name, dependency) in manifest.dependencies.iter().chain(dev) {
        let theirs =
            found.iter().position(|(_, other)| other.manifest.name == *name).and_then(|index| names.get(index));
        let mut theirs = theirs.cloned().unwrap_or_default();
        for (new, substitution) in &dependency.addr_subst {
            let unknown = |address: &String| GraphError::UnknownSubstitution {
                name: name.clone(),
                package: manifest.name.clone(),
                address: address.clone(),
            };
            match substitution {
                Substitution::Rename(old) => {
                    let cell = theirs.remove(old).ok_or_else(|| unknown(old))?;
                    theirs.insert(new.clone(), cell);
                }
                Substitution::Assign(address) => {
                    let cell = *theirs.get(new).ok_or_else(|| unknown(new))?;
                    cells.assign(cell, *address, &manifest.name, new)?;
                }
            }
        }
        for (name, cell) in theirs {
            match seen.get(&name) {
                None => {
                    seen.insert(name, cell);
                }
                Some(other) => cells.unify(*other, cell, &name)?,
            }
        }
    }
    for (name, value) in &manifest.addresses {
        let cell = *seen.entry(name.clone()).or_insert_with(|| cells.declare(&manifest.name));
        if let Some(address) = value {
            cells.assign(cell, *address, &manifest.name, name)?;
        }
    }
    Ok(seen)
}

/// Values that only the root may give: those for developing, and those of the command line.
fn assign_root(
    package: &Package,
    seen: &mut BTreeMap<String, usize>,
    mode: Mode,
    overrides: &BTreeMap<String, AccountAddress>,
    cells: &mut Cells,
) -> Result<(), GraphError> {
    for (name, address) in overrides {
        let cell = *seen.entry(name.clone()).or_insert_with(|| cells.declare(&package.manifest.name));
        cells.replace(cell, *address, "the command line");
    }
    if mode != Mode::Normal {
        for (name, address) in &package.manifest.dev_addresses {
            let cell = *seen.get(name).ok_or_else(|| GraphError::UnknownDevAddress(name.clone()))?;
            if !overrides.contains_key(name) {
                cells.assign(cell, *address, "[dev-addresses]", name)?;
            }
        }
    }
    Ok(())
}

/// Names that must have the same value share a cell.
#[derive(Default)]
struct Cells(Vec<Cell>);

struct Cell {
    /// The cell that this one was unified with.
    same_as: Option<usize>,
    value: Option<(AccountAddress, String)>,
    declared_by: String,
}

impl Cells {
    fn declare(&mut self, package: &str) -> usize {
        self.0.push(Cell { same_as: None, value: None, declared_by: package.to_owned() });
        self.0.len() - 1
    }

    fn find(&self, mut cell: usize) -> usize {
        while let Some(next) = self.0.get(cell).and_then(|cell| cell.same_as) {
            cell = next;
        }
        cell
    }

    fn value(&self, cell: usize) -> Option<(AccountAddress, String)> {
        self.0.get(self.find(cell)).and_then(|cell| cell.value.clone())
    }

    fn declared_by(&self, cell: usize) -> String {
        self.0.get(self.find(cell)).map(|cell| cell.declared_by.clone()).unwrap_or_default()
    }

    fn assign(&mut self, cell: usize, address: AccountAddress, origin: &str, name: &str) -> Result<(), GraphError> {
        match self.value(cell) {
            Some((first, first_origin)) if first != address => Err(GraphError::AddressConflict {
                name: name.to_owned(),
                first: first.to_short_string(),
                first_origin,
                second: address.to_short_string(),
                second_origin: origin.to_owned(),
            }),
            Some(_) => Ok(()),
            None => {
                self.replace(cell, address, origin);
                Ok(())
            }
        }
    }

    fn replace(&mut self, cell: usize, address: AccountAddress, origin: &str) {
        let cell = self.find(cell);
        if let Some(cell) = self.0.get_mut(cell) {
            cell.value = Some((address, origin.to_owned()));
        }
    }

    fn unify(&mut self, left: usize, right: usize, name: &str) -> Result<(), GraphError> {
        let (left, right) = (self.find(left), self.find(right));
        if left == right {
            return Ok(());
        }
        if let Some((address, origin)) = self.value(right) {
            self.assign(left, address, &origin, name)?;
        }
        if let Some(cell) = self.0.get_mut(right) {
            cell.same_as = Some(left);
        }
        Ok(())
    }
}
