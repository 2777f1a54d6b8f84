//! Fuzz targets: plain functions from bytes to a verdict. They panic when a promise is broken.

use crate::{
    Identifier, TypeTag,
    layout::{FieldLayout, StructBody, StructLayout, TypeLayout, VariantLayout},
    value::{DecodeLimits, MoveValue},
};
use std::sync::Arc;

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was read, and everything promised of what was read holds.
    Accepted,
    /// It was refused.
    Refused,
}

/// BCS to type tag: what is read is written with the same bytes, and its text means the same.
///
/// # Panics
/// When a promise is broken.
pub fn type_tag_bytes(bytes: &[u8]) -> Verdict {
    let Ok(tag) = bcs::from_bytes::<TypeTag>(bytes) else {
        return Verdict::Refused;
    };
    assert_eq!(bcs::to_bytes(&tag).as_deref(), Ok(bytes), "written differently: {tag}");
    for text in [tag.to_string(), tag.to_standard_string()] {
        let is_plain = text.len() <= crate::type_text::TYPE_TEXT_BYTES_MAX && !text.contains("<SELF>");
        assert!(!is_plain || text.parse().as_ref() == Ok(&tag), "read differently: {text}");
    }
    Verdict::Accepted
}

/// Text to type tag: the canonical text of what is read means the same, and BCS can hold it.
///
/// # Panics
/// When a promise is broken.
pub fn type_tag_text(bytes: &[u8]) -> Verdict {
    let Some(tag) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<TypeTag>().ok()) else {
        return Verdict::Refused;
    };
    assert_eq!(tag.to_string().parse().as_ref(), Ok(&tag), "read differently: {tag}");
    let bytes = bcs::to_bytes(&tag);
    assert!(bytes.is_ok_and(|bytes| bcs::from_bytes(&bytes).as_ref() == Ok(&tag)), "no BCS: {tag}");
    Verdict::Accepted
}

/// BCS to value of a type with a bit of everything: what is read is written with the same bytes.
///
/// # Panics
/// When a promise is broken.
pub fn value(bytes: &[u8]) -> Verdict {
    let Some(layout) = sample_layout() else {
        return Verdict::Refused;
    };
    match MoveValue::decode(bytes, &layout, &DecodeLimits { depth_max: 128, values_max: 4096 }) {
        Ok(value) => {
            assert_eq!(value.encode(), bytes, "written differently: {value}");
            Verdict::Accepted
        }
        Err(_) => Verdict::Refused,
    }
}

/// `vector<E>` with `enum E { A { x: bool, y: vector<u8> }, B {}, C { z: vector<i16>, f: ||(), a: address } }`.
fn sample_layout() -> Option<TypeLayout> {
    let name = |text: &str| Identifier::new(text).ok();
    let field = |text: &str, layout| Some(FieldLayout { name: name(text)?, layout });
    let body = StructBody::Enum(vec![
        VariantLayout {
            name: name("A")?,
            fields: vec![field("x", TypeLayout::Bool)?, field("y", TypeLayout::vector(TypeLayout::U8))?],
        },
        VariantLayout { name: name("B")?, fields: vec![] },
        VariantLayout {
            name: name("C")?,
            fields: vec![
                field("z", TypeLayout::vector(TypeLayout::I16))?,
                field("f", TypeLayout::Function)?,
                field("a", TypeLayout::Address)?,
            ],
        },
    ]);
    let layout = StructLayout { tag: "0x1::m::E".parse().ok()?, body };
    Some(TypeLayout::vector(TypeLayout::Struct(Arc::new(layout))))
}

/// A small deterministic generator (xorshift), for tests that change inputs at random.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The generator of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next_u64() % (bound.max(1) as u64)).unwrap_or(0)
    }

    /// One of some items.
    pub fn pick<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        items.get(self.below(items.len()))
    }

    /// An index into a table: mostly one that exists, so that bounds checks do not end everything.
    pub fn index(&mut self, length: usize) -> u16 {
        let length = if self.below(50) == 0 { length + 1 } else { length };
        u16::try_from(self.below(length)).unwrap_or(u16::MAX)
    }

    /// Changes some bytes: set, inserted, removed, copied, at the places where formats break.
    pub fn mutate(&mut self, bytes: &mut Vec<u8>) {
        const TELLING: [u8; 10] = [0, 1, 2, 3, 0x0a, 0x7f, 0x80, 0x81, 0xfe, 0xff];
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len().max(1));
            let byte = match self.below(3) {
                0 => TELLING.get(self.below(TELLING.len())).copied().unwrap_or_default(),
                1 => bytes.get(at).map_or(0, |byte| byte ^ (1 << self.below(8))),
                _ => self.next_u64().to_le_bytes()[0],
            };
            match self.below(8) {
                0 => bytes.insert(at.min(bytes.len()), byte),
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                3 => {
                    let from = self.below(bytes.len().max(1));
                    let end = (from + self.below(16)).min(bytes.len());
                    let piece = bytes.get(from..end).unwrap_or_default().to_vec();
                    bytes.splice(at.min(bytes.len())..at.min(bytes.len()), piece);
                }
                _ => {
                    if let Some(place) = bytes.get_mut(at) {
                        *place = byte;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hammer(target: fn(&[u8]) -> Verdict, corpus: &[Vec<u8>], rounds: u64) {
        let mut accepted = 0;
        for (position, seed) in corpus.iter().enumerate() {
            assert_eq!(target(seed), Verdict::Accepted, "corpus entry {position}");
            let mut random = Random::new(position as u64 + 1);
            for _ in 0..rounds {
                let mut bytes = seed.clone();
                random.mutate(&mut bytes);
                accepted += u64::from(target(&bytes) == Verdict::Accepted);
            }
        }
        assert!(accepted > 0 && accepted < rounds * corpus.len() as u64, "{accepted} accepted");
    }

    const TAGS: [&str; 6] = [
        "u8",
        "vector<vector<address>>",
        "0x1::m::S<u8, vector<0xcafe::a::B<bool, i256>>>",
        "|u8, &mut 0x1::m::S|(u64, ||()) has copy + drop",
        "vector<vector<vector<vector<vector<vector<vector<vector<u8>>>>>>>>",
        "||()",
    ];

    #[test]
    fn type_tags_survive_changes_of_their_bytes() {
        let corpus = TAGS.map(|text| bcs::to_bytes(&text.parse::<TypeTag>().unwrap()).unwrap());
        hammer(type_tag_bytes, &corpus, 3000);
    }

    #[test]
    fn type_tags_survive_changes_of_their_text() {
        hammer(type_tag_text, &TAGS.map(|text| text.as_bytes().to_vec()), 3000);
    }

    #[test]
    fn values_survive_changes_of_their_bytes() {
        let closure = [vec![7, 2, 0], vec![0; 32], vec![1, b'm', 1, b'f', 1, 6, 1], vec![0; 10], vec![1, 9]].concat();
        let c = [vec![2, 1, 0, 0], closure, vec![7; 32]].concat();
        let corpus =
            [vec![0], vec![2, 1, 0, 1, 3, 1, 2, 3], [vec![1], c.clone()].concat(), [vec![2], c.clone(), c].concat()];
        hammer(value, &corpus, 3000);
    }
}
