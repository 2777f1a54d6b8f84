//! Where packages lie: a disk in the command line, memory in tests. Paths are text with `/`.

use std::collections::BTreeMap;

/// Read access to directories and files. Paths are made by [`join`] and never end with `/`.
pub trait FileSystem {
    /// The bytes of a file; `None` if there is none.
    ///
    /// # Errors
    /// Why the file cannot be read, in words.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String>;

    /// Names of the visible entries of a directory, sorted, and whether each is a directory; `None` if there is none.
    ///
    /// # Errors
    /// Why the directory cannot be read, in words.
    fn list(&self, path: &str) -> Result<Option<Vec<(String, bool)>>, String>;

    /// The one path of what several paths may lead to.
    fn canonical(&self, path: &str) -> String {
        normalize(path)
    }
}

/// Files in memory, by normalized path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryFiles(BTreeMap<String, Vec<u8>>);

impl MemoryFiles {
    /// Adds a file, or replaces it.
    pub fn insert(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.0.insert(normalize(path), bytes.into());
    }

    /// Adds an embedded package below `root`.
    pub fn insert_package(&mut self, root: &str, package: &move_packages::Package) {
        self.insert(&join(root, "Move.toml"), package.manifest);
        for file in package.files {
            self.insert(&join(root, file.path), file.text);
        }
    }
}

impl FileSystem for MemoryFiles {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.get(&normalize(path)).cloned())
    }

    fn list(&self, path: &str) -> Result<Option<Vec<(String, bool)>>, String> {
        let root = normalize(path);
        let prefix = if root.is_empty() { String::new() } else { format!("{root}/") };
        let mut entries = BTreeMap::new();
        for below in self.0.range(prefix.clone()..).map(|(path, _)| path).take_while(|path| path.starts_with(&prefix)) {
            let rest = below.get(prefix.len()..).unwrap_or_default();
            match rest.split_once('/') {
                Some((directory, _)) => entries.insert(directory.to_owned(), true),
                None => entries.insert(rest.to_owned(), false),
            };
        }
        entries.retain(|name, _| !name.starts_with('.'));
        Ok((!entries.is_empty()).then(|| entries.into_iter().collect()))
    }
}

/// `relative` seen from `base`; `relative` alone if it starts at the root.
pub fn join(base: &str, relative: &str) -> String {
    if relative.starts_with('/') || base.is_empty() {
        normalize(relative)
    } else {
        normalize(&format!("{base}/{relative}"))
    }
}

/// The path without `.`, doubled `/`, and `..` where something stands before it.
pub fn normalize(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if path.starts_with('/') { format!("/{joined}") } else { joined }
}

/// Directories below this depth are not searched: nothing but a loop of links is that deep.
const DEPTH_MAX: usize = 32;

/// The `*.move` files below a directory, relative to it, in path order; without specifications and hidden entries.
///
/// # Errors
/// Why a directory cannot be read.
pub fn move_files(files: &dyn FileSystem, root: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), 0)];
    while let Some((directory, depth)) = open.pop() {
        for (name, is_directory) in files.list(&join(root, &directory))?.unwrap_or_default() {
            if name.starts_with('.') {
                continue;
            }
            let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
            if is_directory {
                if depth < DEPTH_MAX {
                    open.push((path, depth + 1));
                }
            } else if path.ends_with(".move") && !path.ends_with(".spec.move") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normal() {
        for (base, relative, expected) in [
            ("a/b", "../c", "a/c"),
            ("a", "../../c", "../c"),
            ("/a/b", "./x//y", "/a/b/x/y"),
            ("a", "/c", "/c"),
            ("", "c/.", "c"),
        ] {
            assert_eq!(join(base, relative), expected, "{base} {relative}");
        }
    }

    #[test]
    fn sources_are_found_in_path_order_without_specifications() {
        let mut files = MemoryFiles::default();
        for path in [
            "p/sources/b.move",
            "p/sources/a/z.move",
            "p/sources/a.spec.move",
            "p/sources/.x/h.move",
            "p/sources/n.txt",
        ] {
            files.insert(path, "");
        }
        assert_eq!(move_files(&files, "p/sources").unwrap(), ["a/z.move", "b.move"]);
        assert_eq!(move_files(&files, "p/tests").unwrap(), Vec::<String>::new());
    }
}
