//! Flat layouts: every type as words of 8 bytes, fields one after another.
//!
//! * integers up to 64 bits, booleans and references: one word, zero-extended;
//! * 128-bit integers: two words; 256-bit integers, addresses and signers: four words, least significant first
//!   (addresses as their bytes);
//! * a vector: address of its elements, length, capacity; elements of 1, 2 and 4 bytes are packed;
//! * a struct: its fields in order; an enum: the tag, then the fields of the variant, then zeros up to the widest one;
//! * closures have no layout: calls that meet them run on the plain interpreter.
//!
//! So packing a struct out of neighbouring slots moves nothing, and values without vectors can be copied
//! and compared word by word.

use crate::error::VmResult;
use crate::types::{IntKind, Kind, Ty};
use crate::world::World;
use std::sync::Arc;

/// Types with more words than this are not lowered.
pub(crate) const WORDS_MAX: u32 = 4096;

/// How the values of a type lie in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Words of a value.
    pub(crate) words: u32,
    /// No vector inside: words are the value.
    pub(crate) flat: bool,
    pub(crate) shape: Shape,
    /// All that is inside, where that is nothing but a few scalars: word, bytes in BCS, and whether it is a boolean.
    pub(crate) scalars: Option<Box<[(u32, u8, bool)]>>,
}

/// Scalars that a layout lists.
const SCALARS_MAX: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    Bool,
    Int(IntKind),
    Address,
    Vector(Ty),
    /// Word offset and type of each field.
    Struct(Vec<(u32, Ty)>),
    /// The same for each variant; offsets count from the tag.
    Enum(Vec<Vec<(u32, Ty)>>),
    Reference,
}

/// Bytes of an element inside a vector.
pub(crate) fn element_bytes(layout: &Layout) -> u32 {
    match layout.shape {
        Shape::Bool => 1,
        Shape::Int(kind) if kind.bytes() < 8 => kind.bytes() as u32,
        _ => layout.words * 8,
    }
}

impl World {
    /// Bytes that an element takes in a vector, for the memory quota; closures count as their abstract size.
    pub(crate) fn element_width(&mut self, ty: Ty) -> VmResult<u64> {
        Ok(self.layout(ty)?.map_or(40, |layout| u64::from(element_bytes(&layout))))
    }

    /// The layout of a type; `None` when it has too many words, or closures.
    pub(crate) fn layout(&mut self, ty: Ty) -> VmResult<Option<Arc<Layout>>> {
        if let Some(Some(layout)) = self.layouts.get(ty.idx()) {
            return Ok(Some(layout.clone()));
        }
        // Bounds the recursion below: fields nest at most as deep as values.
        if self.facts(ty)?.depth > crate::world::VALUE_DEPTH_MAX {
            return Ok(None);
        }
        let scalar = |words, shape| Layout { words, flat: true, shape, scalars: None };
        let known = |words, shape, bytes: u64, is_bool| Layout {
            scalars: Some(Box::new([(0, bytes as u8, is_bool)])),
            ..scalar(words, shape)
        };
        let layout = match self.types.kind(ty).clone() {
            Kind::Bool => known(1, Shape::Bool, 1, true),
            Kind::Int(kind) => {
                let words = u32::try_from(kind.bytes().div_ceil(8)).unwrap_or(4);
                known(words, Shape::Int(kind), kind.bytes(), false)
            }
            Kind::Address => known(4, Shape::Address, 32, false),
            // Decoding asks for more than bytes.
            Kind::Signer => scalar(4, Shape::Address),
            Kind::Ref { .. } => scalar(1, Shape::Reference),
            Kind::Vector(element) => {
                if self.layout(element)?.is_none() {
                    return Ok(None);
                }
                Layout { words: 3, flat: false, shape: Shape::Vector(element), scalars: None }
            }
            Kind::Function(_) => return Ok(None),
            Kind::Struct(..) => {
                let body = self.body(ty)?;
                let (mut flat, mut widest) = (true, 0);
                let mut scalars = (!body.is_enum).then(Vec::new);
                let start = u32::from(body.is_enum);
                let mut variants = Vec::with_capacity(body.variants.len());
                for fields in &body.variants {
                    let mut at = start;
                    let mut places = Vec::with_capacity(fields.len());
                    for field in fields {
                        let Some(layout) = self.layout(*field)? else { return Ok(None) };
                        places.push((at, *field));
                        scalars = scalars.zip(layout.scalars.as_deref()).map(|(mut scalars, inner)| {
                            scalars.extend(inner.iter().map(|(word, bytes, is_bool)| (at + word, *bytes, *is_bool)));
                            scalars
                        });
                        at += layout.words;
                        flat &= layout.flat;
                        if at > WORDS_MAX {
                            return Ok(None);
                        }
                    }
                    widest = widest.max(at);
                    variants.push(places);
                }
                let words = widest.max(1);
                let scalars = scalars.filter(|scalars| scalars.len() <= SCALARS_MAX).map(Vec::into_boxed_slice);
                match (body.is_enum, variants.pop()) {
                    (false, Some(fields)) => Layout { words, flat, shape: Shape::Struct(fields), scalars },
                    (_, last) => {
                        variants.extend(last);
                        Layout { words, flat, shape: Shape::Enum(variants), scalars: None }
                    }
                }
            }
        };
        let layout = Arc::new(layout);
        if self.layouts.len() <= ty.idx() {
            self.layouts.resize(ty.idx() + 1, None);
        }
        self.layouts[ty.idx()] = Some(layout.clone());
        Ok(Some(layout))
    }
}
