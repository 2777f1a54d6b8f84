//! Keys in files: 32 bytes in hexadecimal, readable by their owner only.
//!
//! A chain's directory has `keys/` with `sequencer.key`, `admin.key`, `faucet.key` and one file for each account made
//! with `tenor account new`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use types::SigningKey;

/// Where the keys of the chain in `directory` lie.
pub(crate) fn directory(chain: &Path) -> PathBuf {
    chain.join("keys")
}

/// A fresh key from the operating system's randomness.
pub(crate) fn generate() -> Result<SigningKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow!("the operating system gave no randomness: {error}"))?;
    Ok(SigningKey::from_seed(seed))
}

/// Writes a key to a new file of mode 0600.
pub(crate) fn write(path: &Path, key: &SigningKey) -> Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("cannot create {}", path.display()))?;
    writeln!(file, "{}", hex::encode(key.seed())).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads a key file.
pub(crate) fn read(path: &Path) -> Result<SigningKey> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the key {}; make one with `tenor account new NAME`", path.display()))?;
    let text = text.trim();
    let seed = hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok().and_then(|bytes| bytes.try_into().ok());
    let Some(seed) = seed else { bail!("{} is not a key: expected 64 hexadecimal digits", path.display()) };
    Ok(SigningKey::from_seed(seed))
}

/// The key of the account called `name`, or in the file `name` if there is one.
pub(crate) fn find(chain: &Path, name: &str) -> Result<SigningKey> {
    let file = Path::new(name);
    if file.is_file() { read(file) } else { read(&directory(chain).join(format!("{name}.key"))) }
}

/// Names of all keys of a chain, sorted.
pub(crate) fn names(chain: &Path) -> Result<Vec<String>> {
    let directory = directory(chain);
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&directory).with_context(|| format!("cannot list {}", directory.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "key") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

/// `NAME::module::function` with the name of an account replaced by its address; anything else as it is.
pub(crate) fn resolve(chain: &Path, function: &str) -> String {
    let Some((name, rest)) = function.split_once("::") else { return function.to_string() };
    let path = directory(chain).join(format!("{name}.key"));
    let key = if path.is_file() { read(&path).ok() } else { None };
    key.map_or_else(|| function.to_string(), |key| format!("{}::{rest}", key.address()))
}
