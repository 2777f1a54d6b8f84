//! The standard Move packages and the examples, embedded, so that one binary carries them all.
//!
//! The Move text lies beside this crate's sources: one directory per package, each with `Move.toml`, `sources` and
//! `tests`. This crate knows nothing of Move; it hands out texts.
//!
//! ```
//! let stdlib = move_packages::package("MoveStdlib").expect("is embedded");
//! assert!(stdlib.manifest.contains("MoveStdlib"));
//! assert!(stdlib.sources().any(|file| file.path == "sources/vector.move"));
//! ```

/// One embedded package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    /// The name in its manifest, `MoveStdlib`.
    pub name: &'static str,
    /// Where it lies in the repository's `move-packages`, `move-stdlib` or `examples/counter`.
    pub directory: &'static str,
    /// Text of its `Move.toml`.
    pub manifest: &'static str,
    /// Its `*.move` files below `sources`, `scripts` and `tests`, sorted by path.
    pub files: &'static [PackageFile],
}

/// One embedded Move file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackageFile {
    /// Path inside the package with `/`, `sources/vector.move`.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

impl Package {
    /// The files below `sources`.
    pub fn sources(&self) -> impl Iterator<Item = &'static PackageFile> {
        self.files.iter().filter(|file| file.path.starts_with("sources/"))
    }

    /// The files below `tests`.
    pub fn tests(&self) -> impl Iterator<Item = &'static PackageFile> {
        self.files.iter().filter(|file| file.path.starts_with("tests/"))
    }
}

/// Every embedded package, sorted by directory.
pub fn packages() -> &'static [Package] {
    PACKAGES
}

/// The embedded package of that name.
pub fn package(name: &str) -> Option<&'static Package> {
    PACKAGES.iter().find(|package| package.name == name)
}

static PACKAGES: &[Package] = include!(concat!(env!("OUT_DIR"), "/packages.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_has_a_name_of_its_own_and_sources() {
        let mut names: Vec<_> = packages().iter().map(|package| package.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for package in packages() {
            assert!(package.sources().count() > 0, "{} has sources", package.name);
            assert!(package.files.is_sorted_by_key(|file| file.path));
        }
    }
}
