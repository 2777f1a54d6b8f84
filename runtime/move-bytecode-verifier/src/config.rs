//! What the verifier may be told: limits and feature switches.
//!
//! The configuration is part of the identity of a verdict: a cache of verified modules must be
//! keyed by the bytes and by [`VerifierConfig::fingerprint`].

use std::hash::{Hash, Hasher};

/// Limits and switches. [`VerifierConfig::production`] is what networks run; `None` is no limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VerifierConfig {
    /// Nesting of natural loops.
    pub max_loop_depth: Option<u32>,
    /// Type parameters of a struct or function.
    pub max_type_parameters: Option<u32>,
    /// Parameters of a function or function type.
    pub max_function_parameters: Option<u32>,
    /// Results of a function or function type.
    pub max_function_results: Option<u32>,
    /// Basic blocks of a function.
    pub max_basic_blocks: Option<u32>,
    /// Basic blocks of a script.
    pub max_basic_blocks_in_script: Option<u32>,
    /// Operand stack height inside a block.
    pub max_stack_height: u32,
    /// Weighted size of a type: structs and type parameters count 4, other nodes 1.
    pub max_type_nodes: Option<u32>,
    /// Depth of a type; the root has depth 1.
    pub max_type_depth: Option<u32>,
    /// All pushes of one basic block.
    pub max_pushes_in_block: Option<u32>,
    /// Struct definitions of a module.
    pub max_struct_definitions: Option<u32>,
    /// Variants of an enum.
    pub max_struct_variants: Option<u32>,
    /// Fields of a struct or of one variant.
    pub max_fields: Option<u32>,
    /// Function definitions of a module.
    pub max_function_definitions: Option<u32>,
    /// Back edges of a function.
    pub max_back_edges_per_function: Option<u32>,
    /// Back edges of a module.
    pub max_back_edges_per_module: Option<u32>,
    /// Metering units of a function.
    pub max_units_per_function: Option<u64>,
    /// Metering units of a module.
    pub max_units_per_module: Option<u64>,
    /// Report an exhausted meter as `CONSTRAINT_NOT_SATISFIED`, as the public network does, instead
    /// of `PROGRAM_TOO_COMPLEX` (rule T-MET-1).
    pub meter_reports_constraint: bool,
    /// Enums may be defined.
    pub enable_enums: bool,
    /// Access specifiers may be present.
    pub enable_resource_access_control: bool,
    /// Function types, closures and function attributes may be used.
    pub enable_function_values: bool,
}

impl VerifierConfig {
    /// The limits of production networks (rule T-CFG-1).
    pub const fn production() -> Self {
        Self {
            max_loop_depth: Some(5),
            max_type_parameters: Some(32),
            max_function_parameters: Some(128),
            max_function_results: Some(128),
            max_basic_blocks: Some(1024),
            max_basic_blocks_in_script: None,
            max_stack_height: 1024,
            max_type_nodes: Some(128),
            max_type_depth: Some(20),
            max_pushes_in_block: Some(10_000),
            max_struct_definitions: None,
            max_struct_variants: None,
            max_fields: None,
            max_function_definitions: None,
            max_back_edges_per_function: None,
            max_back_edges_per_module: None,
            max_units_per_function: Some(80_000_000),
            max_units_per_module: Some(80_000_000),
            meter_reports_constraint: false,
            enable_enums: true,
            enable_resource_access_control: false,
            enable_function_values: true,
        }
    }

    /// A number that differs, all but certainly, between different configurations; stable within a build.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        self.hash(&mut hasher);
        hasher.finish()
    }
}

impl Default for VerifierConfig {
    fn default() -> Self {
        Self::production()
    }
}

/// FNV-1a: small, fixed, and enough for a handful of configurations that nobody attacks.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
