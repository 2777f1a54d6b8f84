//! The control-flow graph of a function: basic blocks, successors, an order of traversal, back edges.
//!
//! A block starts at instruction 0, at every branch target and after every branch; it ends before
//! the next start. The traversal order is a reverse post-order of a depth-first search with its own
//! stack. A *back edge* is an edge to a block that is on the search path at the moment the edge is
//! looked at: deciding it in any other way loses edges, and a lost back edge ends the fixpoint of
//! the abstract interpreter too early (specification 42.2).

use move_binary_format::file_format::Bytecode;

/// What an instruction does to the flow of control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Goes on to the next instruction.
    Next,
    /// Goes to the target only.
    Jump(u16),
    /// Goes to the target or to the next instruction.
    Fork(u16),
    /// Leaves the function.
    Stop,
}

impl Flow {
    /// Whether the next instruction, if reached, is reached by a jump.
    pub fn ends_block(self) -> bool {
        self != Flow::Next
    }

    /// Whether the next instruction is not a successor.
    pub fn is_terminator(self) -> bool {
        matches!(self, Flow::Jump(_) | Flow::Stop)
    }
}

/// What an instruction does to the flow of control.
pub fn flow_of(instruction: &Bytecode) -> Flow {
    match instruction {
        Bytecode::Branch(target) => Flow::Jump(*target),
        Bytecode::BrTrue(target) | Bytecode::BrFalse(target) => Flow::Fork(*target),
        Bytecode::Ret | Bytecode::Abort | Bytecode::AbortMsg => Flow::Stop,
        Bytecode::Pop
        | Bytecode::LdU64(..)
        | Bytecode::LdConst(..)
        | Bytecode::LdTrue
        | Bytecode::LdFalse
        | Bytecode::CopyLoc(..)
        | Bytecode::MoveLoc(..)
        | Bytecode::StLoc(..)
        | Bytecode::MutBorrowLoc(..)
        | Bytecode::ImmBorrowLoc(..)
        | Bytecode::MutBorrowField(..)
        | Bytecode::ImmBorrowField(..)
        | Bytecode::Call(..)
        | Bytecode::Pack(..)
        | Bytecode::Unpack(..)
        | Bytecode::ReadRef
        | Bytecode::WriteRef
        | Bytecode::Add
        | Bytecode::Sub
        | Bytecode::Mul
        | Bytecode::Mod
        | Bytecode::Div
        | Bytecode::BitOr
        | Bytecode::BitAnd
        | Bytecode::Xor
        | Bytecode::Or
        | Bytecode::And
        | Bytecode::Not
        | Bytecode::Eq
        | Bytecode::Neq
        | Bytecode::Lt
        | Bytecode::Gt
        | Bytecode::Le
        | Bytecode::Ge
        | Bytecode::Nop
        | Bytecode::Exists(..)
        | Bytecode::MutBorrowGlobal(..)
        | Bytecode::ImmBorrowGlobal(..)
        | Bytecode::MoveFrom(..)
        | Bytecode::MoveTo(..)
        | Bytecode::FreezeRef
        | Bytecode::Shl
        | Bytecode::Shr
        | Bytecode::LdU8(..)
        | Bytecode::LdU128(..)
        | Bytecode::CastU8
        | Bytecode::CastU64
        | Bytecode::CastU128
        | Bytecode::MutBorrowFieldGeneric(..)
        | Bytecode::ImmBorrowFieldGeneric(..)
        | Bytecode::CallGeneric(..)
        | Bytecode::PackGeneric(..)
        | Bytecode::UnpackGeneric(..)
        | Bytecode::ExistsGeneric(..)
        | Bytecode::MutBorrowGlobalGeneric(..)
        | Bytecode::ImmBorrowGlobalGeneric(..)
        | Bytecode::MoveFromGeneric(..)
        | Bytecode::MoveToGeneric(..)
        | Bytecode::VecPack(..)
        | Bytecode::VecLen(..)
        | Bytecode::VecImmBorrow(..)
        | Bytecode::VecMutBorrow(..)
        | Bytecode::VecPushBack(..)
        | Bytecode::VecPopBack(..)
        | Bytecode::VecUnpack(..)
        | Bytecode::VecSwap(..)
        | Bytecode::LdU16(..)
        | Bytecode::LdU32(..)
        | Bytecode::LdU256(..)
        | Bytecode::CastU16
        | Bytecode::CastU32
        | Bytecode::CastU256
        | Bytecode::ImmBorrowVariantField(..)
        | Bytecode::MutBorrowVariantField(..)
        | Bytecode::ImmBorrowVariantFieldGeneric(..)
        | Bytecode::MutBorrowVariantFieldGeneric(..)
        | Bytecode::PackVariant(..)
        | Bytecode::PackVariantGeneric(..)
        | Bytecode::UnpackVariant(..)
        | Bytecode::UnpackVariantGeneric(..)
        | Bytecode::TestVariant(..)
        | Bytecode::TestVariantGeneric(..)
        | Bytecode::PackClosure(..)
        | Bytecode::PackClosureGeneric(..)
        | Bytecode::CallClosure(..)
        | Bytecode::LdI8(..)
        | Bytecode::LdI16(..)
        | Bytecode::LdI32(..)
        | Bytecode::LdI64(..)
        | Bytecode::LdI128(..)
        | Bytecode::LdI256(..)
        | Bytecode::CastI8
        | Bytecode::CastI16
        | Bytecode::CastI32
        | Bytecode::CastI64
        | Bytecode::CastI128
        | Bytecode::CastI256
        | Bytecode::Negate => Flow::Next,
    }
}

/// One basic block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Offset of the first instruction.
    pub start: u16,
    /// Offset of the last instruction.
    pub last: u16,
    /// Indices of the blocks that may follow, without repetition; the target of a branch comes first.
    successors: [u16; 2],
    successor_count: u8,
}

impl Block {
    /// Indices of the blocks that may follow; the target of a branch comes first.
    pub fn successors(&self) -> &[u16] {
        &self.successors[..usize::from(self.successor_count)]
    }

    /// Offsets of the instructions.
    pub fn offsets(&self) -> impl Iterator<Item = u16> + use<> {
        self.start..=self.last
    }
}

/// The graph of one function.
///
/// Assumes that the code has passed bounds checks, is not empty, and ends in an unconditional
/// terminator; [`ControlFlow::new`] returns `None` otherwise. Linear in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlFlow {
    blocks: Vec<Block>,
    /// Reachable blocks in reverse post-order.
    order: Vec<u16>,
    /// Position of a block in `order`; `UNREACHABLE` if it has none.
    position: Vec<u16>,
    /// Edges (from, to) that close a loop, sorted.
    back_edges: Vec<(u16, u16)>,
}

const UNREACHABLE: u16 = u16::MAX;

/// State of a block during the search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Unseen,
    OnPath,
    Done,
}

impl ControlFlow {
    /// Builds the graph.
    pub fn new(code: &[Bytecode]) -> Option<Self> {
        let blocks = split(code)?;
        let (order, mut back_edges) = search(&blocks);
        let mut position = vec![UNREACHABLE; blocks.len()];
        for (at, block) in (0u16..).zip(&order) {
            position[usize::from(*block)] = at;
        }
        back_edges.sort_unstable();
        back_edges.dedup();
        Some(Self { blocks, order, position, back_edges })
    }

    /// All blocks by offset, reachable or not. Block 0 is the entry.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Indices of the reachable blocks in reverse post-order: every block comes after its
    /// predecessors, except along back edges.
    pub fn traversal(&self) -> &[u16] {
        &self.order
    }

    /// The position of a block in [`ControlFlow::traversal`], if it is reachable.
    pub fn position(&self, block: u16) -> Option<u16> {
        self.position.get(usize::from(block)).copied().filter(|position| *position != UNREACHABLE)
    }

    /// Edges that close a loop, sorted.
    pub fn back_edges(&self) -> &[(u16, u16)] {
        &self.back_edges
    }

    /// Whether the edge closes a loop.
    pub fn is_back_edge(&self, from: u16, to: u16) -> bool {
        self.back_edges.binary_search(&(from, to)).is_ok()
    }

    /// The index of the block that holds an instruction.
    pub fn block_of(&self, offset: u16) -> Option<u16> {
        let after = self.blocks.partition_point(|block| block.start <= offset);
        let index = after.checked_sub(1)?;
        if offset <= self.blocks[index].last { u16::try_from(index).ok() } else { None }
    }
}

fn split(code: &[Bytecode]) -> Option<Vec<Block>> {
    let count = code.len();
    if !flow_of(code.last()?).is_terminator() || count > usize::from(u16::MAX) {
        return None;
    }
    let mut starts = vec![false; count + 1];
    starts[0] = true;
    for (at, instruction) in code.iter().enumerate() {
        match flow_of(instruction) {
            Flow::Next => {}
            Flow::Stop => starts[at + 1] = true,
            Flow::Jump(target) | Flow::Fork(target) => {
                *starts.get_mut(usize::from(target)).filter(|_| usize::from(target) < count)? = true;
                starts[at + 1] = true;
            }
        }
    }
    // Which block starts at or covers an offset.
    let mut index_at = vec![0u16; count];
    let mut blocks: Vec<Block> = Vec::new();
    for (at, start) in (0u16..).zip(&starts[..count]) {
        if *start {
            blocks.push(Block { start: at, last: at, successors: [0; 2], successor_count: 0 });
        }
        blocks.last_mut()?.last = at;
        index_at[usize::from(at)] = u16::try_from(blocks.len() - 1).ok()?;
    }
    for block in &mut blocks {
        let next = index_at.get(usize::from(block.last) + 1).copied();
        let (first, second) = match flow_of(&code[usize::from(block.last)]) {
            Flow::Next => (next, None),
            Flow::Stop => (None, None),
            Flow::Jump(target) => (Some(index_at[usize::from(target)]), None),
            Flow::Fork(target) => (Some(index_at[usize::from(target)]), next),
        };
        for successor in [first, second.filter(|second| Some(*second) != first)].into_iter().flatten() {
            block.successors[usize::from(block.successor_count)] = successor;
            block.successor_count += 1;
        }
    }
    Some(blocks)
}

/// Reverse post-order of the reachable blocks, and the back edges.
fn search(blocks: &[Block]) -> (Vec<u16>, Vec<(u16, u16)>) {
    let mut marks = vec![Mark::Unseen; blocks.len()];
    let mut order = Vec::with_capacity(blocks.len());
    let mut back_edges = Vec::new();
    let mut stack = vec![0u16];
    while let Some(block) = stack.pop() {
        let mark = &mut marks[usize::from(block)];
        match *mark {
            Mark::Done => {}
            Mark::OnPath => {
                *mark = Mark::Done;
                order.push(block);
            }
            Mark::Unseen => {
                *mark = Mark::OnPath;
                stack.push(block);
                for successor in blocks[usize::from(block)].successors() {
                    match marks[usize::from(*successor)] {
                        Mark::Unseen => stack.push(*successor),
                        Mark::OnPath => back_edges.push((block, *successor)),
                        Mark::Done => {}
                    }
                }
            }
        }
    }
    order.reverse();
    (order, back_edges)
}
