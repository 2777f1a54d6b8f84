//! Compiles a package with all that it needs, and lays out what comes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use move_binary_format::abi::ModuleAbi;
use move_compiler::api::CompiledUnit;
use move_compiler::{Dependency, Input, LanguageVersion, Options, Output, SourceFile, compile};
use move_core_types::AccountAddress;
use sha2::{Digest, Sha256};

use crate::checks;
use crate::files::{FileSystem, join};
use crate::graph::{Graph, GraphError, Mode, Package, resolve};
use crate::metadata::{ModuleMetadata, PackageDep, PackageMetadata, compress};

/// Name of the file that describes a build.
const BUILD_INFO: &str = "BuildInfo.yaml";

/// How to build.
#[derive(Debug, Clone)]
pub struct BuildConfig {
    /// What parts of the package.
    pub mode: Mode,
    /// Values for named addresses of the root.
    pub named_addresses: BTreeMap<String, AccountAddress>,
    /// Language version; `None`: the manifest's, or the newest that is stable.
    pub language: Option<LanguageVersion>,
    /// Version of the binary format; `None`: the lowest that does.
    pub bytecode_version: Option<u32>,
    /// Whether unknown attributes are warned about.
    pub check_attributes: bool,
    /// What of the sources is published.
    pub artifacts: Artifacts,
}

impl Default for BuildConfig {
    /// What is published, with the manifest's addresses and language, and no sources.
    fn default() -> Self {
        BuildConfig {
            mode: Mode::Normal,
            named_addresses: BTreeMap::new(),
            language: None,
            bytecode_version: None,
            check_attributes: true,
            artifacts: Artifacts::None,
        }
    }
}

/// What of the sources goes into the metadata that is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Artifacts {
    /// Nothing.
    None,
    /// Texts.
    Sparse,
    /// Texts and source maps.
    All,
}

/// What a build is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Something that a person may want to know.
    Note(&'a str),
    /// A package that the root uses is read.
    Including(&'a str),
    /// The root is compiled.
    Building(&'a str),
}

/// Why there is no build.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The packages do not fit together.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A language version that nobody knows.
    #[error("unknown language version `{0}`: known are 1, 2.0, 2.1, 2.2, 2.3 and 2.4")]
    Language(String),
    /// The sources have errors.
    #[error("the package does not compile: {} errors", .0.diagnostics.errors().count())]
    Compile(
        /// With the diagnostics, and no code.
        Box<Output>,
    ),
    /// The code breaks a rule that goes beyond one module.
    #[error("{}", .0.join("\n"))]
    Checks(
        /// One text per violation.
        Vec<String>,
    ),
}

/// A package that was compiled.
#[derive(Debug)]
pub struct Built {
    /// The packages, the root last.
    pub graph: Graph,
    /// What the compiler made of them.
    pub output: Output,
    /// What is published beside the modules.
    pub metadata: PackageMetadata,
    mode: Mode,
    fingerprint: String,
}

/// Builds the package in `root`.
///
/// # Errors
/// What is wrong with manifests, sources or code.
pub fn build(
    files: &dyn FileSystem,
    root: &str,
    config: &BuildConfig,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Built, BuildError> {
    let graph = resolve(files, root, config.mode, &config.named_addresses)?;
    for note in &graph.notes {
        progress(Progress::Note(note));
    }
    for package in graph.dependencies() {
        progress(Progress::Including(&package.manifest.name));
    }
    progress(Progress::Building(&graph.root().manifest.name));

    let output = compile(input(&graph, config)?);
    if output.diagnostics.has_errors() {
        return Err(BuildError::Compile(Box::new(output)));
    }
    let violations = checks::violations(&output);
    if !violations.is_empty() {
        return Err(BuildError::Checks(violations));
    }
    let metadata = metadata(&graph, &output, config.artifacts);
    let fingerprint = fingerprint(&graph, config);
    Ok(Built { graph, output, metadata, mode: config.mode, fingerprint })
}

/// What the compiler is given for a graph.
///
/// # Errors
/// When the manifest names a language version that nobody knows.
pub fn input(graph: &Graph, config: &BuildConfig) -> Result<Input, BuildError> {
    let manifest = &graph.root().manifest;
    let language = match (config.language, &manifest.language_version) {
        (Some(language), _) => language,
        (None, Some(text)) => LanguageVersion::from_text(text).ok_or_else(|| BuildError::Language(text.clone()))?,
        (None, None) => LanguageVersion::default(),
    };
    Ok(Input {
        package: manifest.name.clone(),
        sources: sources(graph.root()),
        named_addresses: graph.root().addresses.clone(),
        dependencies: graph.dependencies().iter().map(dependency).collect(),
        options: Options {
            language,
            bytecode_version: config.bytecode_version,
            test_mode: config.mode == Mode::Test,
            warn_unknown_attributes: config.check_attributes,
            ..Options::default()
        },
    })
}

fn sources(package: &Package) -> Vec<SourceFile> {
    package.files.iter().map(|file| SourceFile::new(join(&package.place, &file.path), file.text.clone())).collect()
}

fn dependency(package: &Package) -> Dependency {
    Dependency {
        name: package.manifest.name.clone(),
        sources: sources(package),
        named_addresses: package.addresses.clone(),
        language: package.manifest.language_version.as_deref().and_then(LanguageVersion::from_text),
    }
}

fn metadata(graph: &Graph, output: &Output, artifacts: Artifacts) -> PackageMetadata {
    let root = graph.root();
    let text_of = |unit: &CompiledUnit| {
        output.diagnostics.files.get(unit.facts.span.file).map(|file| file.text.as_bytes()).unwrap_or_default()
    };
    let modules = published(output)
        .map(|unit| ModuleMetadata {
            name: unit.id.name.to_string(),
            source: if artifacts == Artifacts::None { Vec::new() } else { compress(text_of(unit)) },
            source_map: if artifacts == Artifacts::All { compress(&unit.source_map.to_bcs()) } else { Vec::new() },
            extension: None,
        })
        .collect();
    let deps: BTreeSet<PackageDep> = output
        .modules
        .iter()
        .filter_map(|unit| Some(PackageDep { account: unit.id.address, package_name: unit.dependency.clone()? }))
        .collect();
    PackageMetadata {
        name: root.manifest.name.clone(),
        upgrade_policy: root.manifest.upgrade_policy,
        upgrade_number: 0,
        source_digest: root.digest.clone(),
        manifest: compress(root.manifest_text.as_bytes()),
        modules,
        deps: deps.into_iter().collect(),
        extension: None,
    }
}

/// The modules of the root that exist outside tests, each behind those that it uses.
fn published(output: &Output) -> impl Iterator<Item = &CompiledUnit> {
    output.root_modules().filter(|unit| !unit.facts.is_test_only)
}

/// What a build is a function of: the packages, the addresses, and how they are compiled, as one digest.
pub fn fingerprint(graph: &Graph, config: &BuildConfig) -> String {
    let mut text = lock_file(graph);
    for (name, address) in &graph.root().addresses {
        let _ = writeln!(text, "{name} = {}", hex::encode(address.0));
    }
    let _ = writeln!(
        text,
        "{:?} {:?} {:?} {:?} {}",
        config.mode,
        config.language,
        config.bytecode_version,
        config.artifacts,
        env!("CARGO_PKG_VERSION")
    );
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Whether the build directory of the package in `root` holds what [`build`] would make.
///
/// # Errors
/// What is wrong with the manifests.
pub fn is_up_to_date(files: &dyn FileSystem, root: &str, config: &BuildConfig) -> Result<bool, GraphError> {
    let graph = resolve(files, root, config.mode, &config.named_addresses)?;
    let path = join(root, &format!("build/{}/{BUILD_INFO}", graph.root().manifest.name));
    let info = files.read(&path).map_err(GraphError::Io)?.unwrap_or_default();
    let line = format!("  fingerprint: {}", fingerprint(&graph, config));
    Ok(String::from_utf8_lossy(&info).lines().any(|found| found == line))
}

/// `Move.lock`: what the build was made of, package by package, dependencies first.
pub fn lock_file(graph: &Graph) -> String {
    let mut text = String::from("# Written by `tenor build`: what the last build was made of.\nversion = 1\n");
    for package in &graph.packages {
        let [major, minor, patch] = package.manifest.version;
        let _ = write!(
            text,
            "\n[[package]]\nname = \"{}\"\nversion = \"{major}.{minor}.{patch}\"\nbundled = {}\ndigest = \"{}\"\ndependencies = [{}]\n",
            package.manifest.name,
            package.bundled,
            package.digest,
            package.dependencies.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
        );
    }
    text
}

impl Built {
    /// What `code::publish_package_txn` takes: BCS of the metadata, and the modules, each behind those that it uses.
    pub fn publication(&self) -> (Vec<u8>, Vec<Vec<u8>>) {
        let metadata = bcs::to_bytes(&self.metadata).unwrap_or_default();
        (metadata, published(&self.output).map(|unit| unit.bytes.clone()).collect())
    }

    /// The root's modules, as `<64 digits>::<name>`.
    pub fn module_names(&self) -> Vec<String> {
        published(&self.output).map(|unit| format!("{}::{}", hex::encode(unit.id.address.0), unit.id.name)).collect()
    }

    /// Warnings about the root's sources, as text. Those about dependencies are their authors' business.
    pub fn warnings(&self) -> String {
        let own: BTreeSet<String> =
            self.graph.root().files.iter().map(|file| join(&self.graph.root().place, &file.path)).collect();
        let diagnostics = &self.output.diagnostics;
        let mut text = String::new();
        for warning in diagnostics.warnings().filter(|w| own.contains(diagnostics.files.path(w.primary.span.file))) {
            diagnostics.render_one(warning, &mut text);
            text.push('\n');
        }
        text
    }

    /// The ABI of each of the root's modules.
    pub fn abis(&self) -> Vec<ModuleAbi> {
        published(&self.output).filter_map(|unit| ModuleAbi::of(&unit.module)).collect()
    }

    /// The build directory: paths below `build`, and contents.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let root = &self.graph.root().manifest.name;
        let mut files = BTreeMap::new();
        let mut put = |path: String, bytes: Vec<u8>| files.insert(format!("{root}/{path}"), bytes);
        put(BUILD_INFO.to_owned(), self.build_info().into_bytes());
        if let Ok(bytes) = bcs::to_bytes(&self.metadata) {
            put("package-metadata.bcs".to_owned(), bytes);
        }
        let mut names: BTreeMap<(Option<&str>, &str), usize> = BTreeMap::new();
        for unit in &self.output.modules {
            *names.entry((unit.dependency.as_deref(), unit.id.name.as_str())).or_default() += 1;
        }
        for unit in self.output.modules.iter().filter(|unit| !unit.facts.is_test_only || self.mode == Mode::Test) {
            let ambiguous = names.get(&(unit.dependency.as_deref(), unit.id.name.as_str())).is_some_and(|n| *n > 1);
            let name = if ambiguous {
                format!("{}_{}", unit.id.address.to_short_string(), unit.id.name)
            } else {
                unit.id.name.to_string()
            };
            let path = match &unit.dependency {
                Some(package) => format!("dependencies/{package}/{name}"),
                None => name,
            };
            put(format!("bytecode_modules/{path}.mv"), unit.bytes.clone());
            put(format!("source_maps/{path}.mvsm"), unit.source_map.to_bcs());
            if let Some(file) = self.output.diagnostics.files.get(unit.facts.span.file) {
                put(format!("sources/{path}.move"), file.text.clone().into_bytes());
            }
            if unit.dependency.is_none()
                && let Some(abi) = ModuleAbi::of(&unit.module)
                && let Ok(json) = serde_json::to_vec_pretty(&abi)
            {
                put(format!("abis/{path}.json"), json);
            }
        }
        let mut scripts: BTreeMap<&str, usize> = BTreeMap::new();
        for script in &self.output.scripts {
            let count = scripts.entry(script.name.as_str()).or_default();
            let suffix = if *count == 0 { String::new() } else { format!("_{count}") };
            *count += 1;
            put(format!("bytecode_scripts/{}{suffix}.mv", script.name), script.bytes.clone());
        }
        files
    }

    fn build_info(&self) -> String {
        let root = self.graph.root();
        let mut text = String::from("---\ncompiled_package_info:\n");
        // Names are identifiers or checked by the manifest's reader: none needs quoting.
        let _ = writeln!(text, "  package_name: {}", root.manifest.name);
        let _ = writeln!(text, "  address_alias_instantiation:");
        for (name, address) in &root.addresses {
            let _ = writeln!(text, "    {name}: \"{}\"", hex::encode(address.0));
        }
        let _ = writeln!(text, "  source_digest: {}", root.digest);
        let _ = writeln!(text, "  fingerprint: {}", self.fingerprint);
        let _ = writeln!(text, "  build_flags:");
        let _ = writeln!(text, "    dev_mode: {}", self.mode != Mode::Normal);
        let _ = writeln!(text, "    test_mode: {}", self.mode == Mode::Test);
        let _ = writeln!(text, "dependencies:");
        for package in self.graph.dependencies() {
            let _ = writeln!(text, "  - {}", package.manifest.name);
        }
        text
    }
}
