//! What tests may watch and change: a count of elementary work, and one pass left out.
//!
//! No verdict of [`crate::verify_module`] depends on it.

use std::cell::Cell;

/// A pass over a single module, for tests that show what each is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pass {
    /// `move_binary_format::bounds`.
    Bounds,
    /// Features.
    Features,
    /// Limits.
    Limits,
    /// Duplicates and ownership.
    Duplicates,
    /// Signatures, fields included.
    Signatures,
    /// Instruction consistency.
    Instructions,
    /// Constants.
    Constants,
    /// Friends.
    Friends,
    /// Recursive data.
    Recursion,
    /// Instantiation loops.
    Instantiation,
    /// Struct accessors.
    StructAccessors,
    /// Constant accessors.
    ConstantAccessors,
    /// Immutable functions.
    Immutable,
    /// Control flow: reducibility and nesting of loops.
    Flow,
    /// Control flow: counts of blocks and back edges.
    FlowLimits,
    /// Stack height.
    Stack,
    /// Types of operands.
    Types,
    /// Locals.
    Locals,
    /// References.
    References,
    /// Acquires.
    Acquires,
    /// The meter.
    Meter,
}

impl Pass {
    /// Every pass, in order.
    pub const ALL: [Pass; 21] = [
        Pass::Bounds,
        Pass::Features,
        Pass::Limits,
        Pass::Duplicates,
        Pass::Signatures,
        Pass::Instructions,
        Pass::Constants,
        Pass::Friends,
        Pass::Recursion,
        Pass::Instantiation,
        Pass::StructAccessors,
        Pass::ConstantAccessors,
        Pass::Immutable,
        Pass::Flow,
        Pass::FlowLimits,
        Pass::Stack,
        Pass::Types,
        Pass::Locals,
        Pass::References,
        Pass::Acquires,
        Pass::Meter,
    ];
}

/// Steps so far, and the pass that is left out, which is none but in tests.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    count: Cell<u64>,
    without: Option<Pass>,
}

impl Steps {
    pub(crate) fn without(pass: Pass) -> Self {
        Self { count: Cell::new(0), without: Some(pass) }
    }

    pub(crate) fn runs(&self, pass: Pass) -> bool {
        self.without != Some(pass)
    }

    pub(crate) fn count(&self, steps: u64) {
        self.count.set(self.count.get().wrapping_add(steps));
    }

    pub(crate) fn get(&self) -> u64 {
        self.count.get()
    }
}
