//! What is published beside the modules: the package's name, policy, manifest, texts and dependencies.

use std::io::{Read, Write};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use move_core_types::AccountAddress;
use serde::{Deserialize, Serialize};

/// How a published package may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "PolicyNumber", into = "PolicyNumber")]
pub enum UpgradePolicy {
    /// In any way.
    Arbitrary,
    /// So that what others may have used stays.
    Compatible,
    /// Not at all.
    Immutable,
}

/// `0x1::code::UpgradePolicy`.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct PolicyNumber {
    policy: u8,
}

impl From<PolicyNumber> for UpgradePolicy {
    fn from(number: PolicyNumber) -> Self {
        match number.policy {
            0 => UpgradePolicy::Arbitrary,
            1 => UpgradePolicy::Compatible,
            _ => UpgradePolicy::Immutable,
        }
    }
}

impl From<UpgradePolicy> for PolicyNumber {
    fn from(policy: UpgradePolicy) -> Self {
        PolicyNumber { policy: policy.number() }
    }
}

impl UpgradePolicy {
    /// As manifests write it.
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "arbitrary" => Some(UpgradePolicy::Arbitrary),
            "compatible" => Some(UpgradePolicy::Compatible),
            "immutable" => Some(UpgradePolicy::Immutable),
            _ => None,
        }
    }

    /// As chains write it.
    pub fn number(self) -> u8 {
        match self {
            UpgradePolicy::Arbitrary => 0,
            UpgradePolicy::Compatible => 1,
            UpgradePolicy::Immutable => 2,
        }
    }
}

/// `0x1::code::PackageMetadata`, in BCS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageMetadata {
    /// Name of the package.
    pub name: String,
    /// How it may change.
    pub upgrade_policy: UpgradePolicy,
    /// Filled by the chain.
    pub upgrade_number: u64,
    /// See [`crate::source_digest`].
    pub source_digest: String,
    /// The manifest, compressed.
    pub manifest: Vec<u8>,
    /// The modules, in the order of the code that is published.
    pub modules: Vec<ModuleMetadata>,
    /// Packages used, directly or not, ascending.
    pub deps: Vec<PackageDep>,
    /// Nothing.
    pub extension: Option<Extension>,
}

/// `0x1::code::ModuleMetadata`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleMetadata {
    /// Name of the module.
    pub name: String,
    /// Its text, compressed, or nothing.
    pub source: Vec<u8>,
    /// Its source map, compressed, or nothing.
    pub source_map: Vec<u8>,
    /// Nothing.
    pub extension: Option<Extension>,
}

/// `0x1::code::PackageDep`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PackageDep {
    /// Where it is published.
    pub account: AccountAddress,
    /// Its name.
    pub package_name: String,
}

/// `0x1::copyable_any::Any`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Name of the type.
    pub type_name: String,
    /// BCS of the value.
    pub data: Vec<u8>,
}

/// Compresses for the chain: gzip. The same bytes for the same input, whatever the time.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into a vector does not fail.
    if encoder.write_all(bytes).is_err() {
        return Vec::new();
    }
    encoder.finish().unwrap_or_default()
}

/// The inverse of [`compress`], up to `limit` bytes; `None` if it is not gzip or too long.
pub fn decompress(bytes: &[u8], limit: u64) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    GzDecoder::new(bytes).take(limit.saturating_add(1)).read_to_end(&mut out).ok()?;
    (out.len() as u64 <= limit).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_has_the_chains_layout() {
        let metadata = PackageMetadata {
            name: "P".into(),
            upgrade_policy: UpgradePolicy::Compatible,
            upgrade_number: 0,
            source_digest: "AB".into(),
            manifest: vec![9],
            modules: vec![ModuleMetadata { name: "m".into(), source: vec![], source_map: vec![], extension: None }],
            deps: vec![PackageDep { account: AccountAddress::ONE, package_name: "S".into() }],
            extension: None,
        };
        let bytes = bcs::to_bytes(&metadata).unwrap();
        let expected =
            format!("0150 01 0000000000000000 024142 0109 01 016d 00 00 00 01 {}01 0153 00", "00".repeat(31));
        assert_eq!(hex::encode(&bytes), expected.replace(' ', ""));
        assert_eq!(bcs::from_bytes::<PackageMetadata>(&bytes).unwrap(), metadata);
    }

    #[test]
    fn compression_is_undone_within_limits() {
        let text = b"module ".repeat(1000);
        let small = compress(&text);
        assert!(small.len() < 200);
        assert_eq!(&small[..2], [0x1f, 0x8b]);
        assert_eq!(decompress(&small, 7000).as_deref(), Some(&text[..]));
        assert_eq!(decompress(&small, 6999), None);
        assert_eq!(decompress(b"plain", 100), None);
    }
}
