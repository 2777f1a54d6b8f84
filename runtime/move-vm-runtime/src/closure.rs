//! Function values: who is called, with which captured arguments, and how they are stored.

use crate::codec::{LENGTH_MAX, Reader, put_length, put_uleb};
use crate::error::{VmError, VmResult};
use move_core_types::{Identifier, ModuleId, StatusCode, TypeTag};

/// The identity of a function value; ordered as closures are, captured values aside.
///
/// Equality includes the mask, so that equal closures behave alike (rule T-EQ-1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClosureHead {
    pub(crate) module: ModuleId,
    pub(crate) function: Identifier,
    pub(crate) type_args: Vec<TypeTag>,
    pub(crate) mask: u64,
}

/// A closure as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredClosure {
    pub(crate) head: ClosureHead,
    pub(crate) depth: u16,
    /// BCS of the captured values, one after another.
    pub(crate) captured: Vec<u8>,
}

const LAYOUT_DEPTH_MAX: u32 = 128;
/// Closures of format 1 inside one another; what this machine writes has format 2, which does not nest.
const NESTED_MAX: u32 = 8;

impl ClosureHead {
    /// Which parameters are captured.
    pub(crate) fn captures(&self, position: usize) -> bool {
        position < 64 && self.mask >> position & 1 == 1
    }

    /// Appends format 2: a sequence of seven elements.
    pub(crate) fn encode(&self, depth: u16, captured: &[u8], out: &mut Vec<u8>) -> VmResult<()> {
        put_uleb(out, 7);
        out.extend(2u16.to_le_bytes());
        let mut put = |bytes: Result<Vec<u8>, bcs::Error>| -> VmResult<()> {
            out.extend(bytes.map_err(|_| VmError::new(StatusCode::ValueSerializationError))?);
            Ok(())
        };
        put(bcs::to_bytes(&self.module))?;
        put(bcs::to_bytes(&self.function))?;
        put(bcs::to_bytes(&self.type_args))?;
        out.extend(self.mask.to_le_bytes());
        out.extend(depth.to_le_bytes());
        put_length(out, captured.len())?;
        out.extend_from_slice(captured);
        Ok(())
    }
}

impl StoredClosure {
    /// Reads format 1 or 2; other formats are refused.
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        Self::decode_at(reader, 0)
    }

    /// `nested`: closures around this one; bounds the recursion.
    fn decode_at(reader: &mut Reader<'_>, nested: u32) -> Option<Self> {
        if nested > NESTED_MAX {
            return None;
        }
        let elements = reader.uleb()?;
        let format = reader.u16()?;
        let module = reader.module_id()?;
        let function = reader.identifier()?;
        let type_args = reader.type_tags()?;
        let mask = reader.u64()?;
        let head = ClosureHead { module, function, type_args, mask };
        match (format, elements) {
            (2, 7) => {
                let depth = reader.u16()?;
                let captured = reader.bytes()?.to_vec();
                (u32::from(depth) <= LAYOUT_DEPTH_MAX && (depth == 0) == (mask == 0)).then_some(())?;
                Some(Self { head, depth, captured })
            }
            (1, 5..) if (elements - 5) % 2 == 0 => {
                let count = (elements - 5) / 2;
                (count == mask.count_ones()).then_some(())?;
                let (mut captured, mut depth) = (Vec::new(), 0);
                for _ in 0..count {
                    let layout = Layout::decode(reader, 0)?;
                    let before = reader.left;
                    depth = depth.max(1 + layout.skip(reader, nested)?);
                    captured.extend_from_slice(&before[..before.len() - reader.left.len()]);
                }
                Some(Self {
                    head,
                    depth: u16::try_from(depth).ok().filter(|depth| u32::from(*depth) <= LAYOUT_DEPTH_MAX)?,
                    captured,
                })
            }
            _ => None,
        }
    }
}

/// The layout of a captured value in format 1.
enum Layout {
    Bool,
    Fixed(usize),
    Vector(Box<Layout>),
    Struct(Vec<Layout>),
    Enum(Vec<Vec<Layout>>),
    Function,
}

impl Layout {
    fn decode(reader: &mut Reader<'_>, depth: u32) -> Option<Self> {
        if depth >= LAYOUT_DEPTH_MAX {
            return None;
        }
        let list = |reader: &mut Reader<'_>| -> Option<Vec<Layout>> {
            let count = reader.length()?;
            (0..count).map(|_| Layout::decode(reader, depth + 1)).collect()
        };
        Some(match reader.uleb()? {
            0 => Layout::Bool,
            1 | 13 => Layout::Fixed(1),
            2 | 16 => Layout::Fixed(8),
            3 | 17 => Layout::Fixed(16),
            4 | 10 | 18 => Layout::Fixed(32),
            5 => Layout::Vector(Box::new(Layout::decode(reader, depth + 1)?)),
            6 => match reader.uleb()? {
                0 => Layout::Struct(list(reader)?),
                1 => {
                    let count = reader.length()?;
                    Layout::Enum((0..count).map(|_| list(reader)).collect::<Option<_>>()?)
                }
                _ => return None,
            },
            8 | 14 => Layout::Fixed(2),
            9 | 15 => Layout::Fixed(4),
            12 => Layout::Function,
            _ => return None,
        })
    }

    /// Passes over one value; the answer is its nesting.
    fn skip(&self, reader: &mut Reader<'_>, nested: u32) -> Option<u32> {
        let fields = |fields: &[Layout], reader: &mut Reader<'_>| -> Option<u32> {
            fields.iter().try_fold(1, |depth, field| Some(depth.max(1 + field.skip(reader, nested)?)))
        };
        Some(match self {
            Layout::Bool => {
                reader.bool()?;
                0
            }
            Layout::Fixed(size) => {
                reader.take(*size)?;
                0
            }
            Layout::Vector(element) => {
                let count = reader.length()?;
                debug_assert!(count as u64 <= LENGTH_MAX);
                let mut depth = 1;
                for _ in 0..count {
                    let before = reader.left.len();
                    depth = depth.max(1 + element.skip(reader, nested)?);
                    if before == reader.left.len() {
                        return None; // Elements without bytes: nothing of ours has such values.
                    }
                }
                depth
            }
            Layout::Struct(parts) => fields(parts, reader)?,
            Layout::Enum(variants) => fields(variants.get(reader.uleb()? as usize)?, reader)?,
            Layout::Function => u32::from(StoredClosure::decode_at(reader, nested + 1)?.depth).max(1),
        })
    }
}
