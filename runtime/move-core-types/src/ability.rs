//! Abilities: what may be done with values of a type.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// One ability. The discriminant is its bit in an [`AbilitySet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Ability {
    /// The value may be duplicated.
    Copy = 1,
    /// The value may be discarded.
    Drop = 2,
    /// The value may live inside a value in global storage.
    Store = 4,
    /// The value may be a top-level value of global storage.
    Key = 8,
}

impl Ability {
    /// In canonical order.
    pub const ALL: [Ability; 4] = [Ability::Copy, Ability::Drop, Ability::Store, Ability::Key];

    /// What a field or type argument must have for the whole to have this ability.
    pub fn requires(self) -> Ability {
        match self {
            Ability::Copy => Ability::Copy,
            Ability::Drop => Ability::Drop,
            Ability::Store | Ability::Key => Ability::Store,
        }
    }

    /// The word of the language.
    pub fn name(self) -> &'static str {
        match self {
            Ability::Copy => "copy",
            Ability::Drop => "drop",
            Ability::Store => "store",
            Ability::Key => "key",
        }
    }
}

impl fmt::Display for Ability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of abilities. Invariant: only the four low bits are used. BCS: one byte.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AbilitySet(u8);

impl AbilitySet {
    /// No ability.
    pub const EMPTY: Self = Self(0);
    /// All four.
    pub const ALL: Self = Self(0xf);
    /// Of `bool`, integers and `address`: copy, drop, store.
    pub const PRIMITIVES: Self = Self(0x7);
    /// Of references: copy, drop.
    pub const REFERENCES: Self = Self(0x3);
    /// Of `signer`: drop.
    pub const SIGNER: Self = Self(0x2);
    /// What a vector can have if its elements have it: copy, drop, store.
    pub const VECTOR: Self = Self(0x7);
    /// Of closures over functions that are not persistent, before what is captured counts: copy, drop.
    pub const PRIVATE_FUNCTIONS: Self = Self(0x3);
    /// Of closures over persistent functions, before what is captured counts: copy, drop, store.
    pub const PUBLIC_FUNCTIONS: Self = Self(0x7);

    /// The set with these bits, unless others are set.
    pub const fn from_u8(bits: u8) -> Option<Self> {
        if bits > 0xf { None } else { Some(Self(bits)) }
    }

    /// The bits.
    pub const fn into_u8(self) -> u8 {
        self.0
    }

    /// The set of one ability.
    pub const fn singleton(ability: Ability) -> Self {
        Self(ability as u8)
    }

    /// Whether the set has the ability.
    pub const fn has(self, ability: Ability) -> bool {
        self.0 & ability as u8 != 0
    }

    /// Has `copy`.
    pub const fn has_copy(self) -> bool {
        self.has(Ability::Copy)
    }

    /// Has `drop`.
    pub const fn has_drop(self) -> bool {
        self.has(Ability::Drop)
    }

    /// Has `store`.
    pub const fn has_store(self) -> bool {
        self.has(Ability::Store)
    }

    /// Has `key`.
    pub const fn has_key(self) -> bool {
        self.has(Ability::Key)
    }

    /// The set with one more.
    #[must_use]
    pub const fn with(self, ability: Ability) -> Self {
        Self(self.0 | ability as u8)
    }

    /// The set without one.
    #[must_use]
    pub const fn without(self, ability: Ability) -> Self {
        Self(self.0 & !(ability as u8))
    }

    /// What either has.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both have.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every ability of `self` is in `other`.
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What the abilities of the set require of fields and arguments, united.
    #[must_use]
    pub fn requires(self) -> Self {
        self.iter().fold(Self::EMPTY, |set, ability| set.with(ability.requires()))
    }

    /// The abilities in canonical order.
    pub fn iter(self) -> impl Iterator<Item = Ability> {
        Ability::ALL.into_iter().filter(move |ability| self.has(*ability))
    }

    /// The abilities of a type whose definition declares `declared`, applied to arguments: an
    /// ability stays if every argument that is not phantom has what the ability requires.
    ///
    /// * `arguments`: for each argument whether its parameter is phantom, and its abilities.
    #[must_use]
    pub fn of_instance(declared: Self, arguments: impl IntoIterator<Item = (bool, AbilitySet)>) -> Self {
        let common = arguments
            .into_iter()
            .filter(|(is_phantom, _)| !is_phantom)
            .fold(Self::ALL, |common, (_, abilities)| common.intersect(abilities));
        declared.iter().filter(|ability| common.has(ability.requires())).collect()
    }
}

impl FromIterator<Ability> for AbilitySet {
    fn from_iter<I: IntoIterator<Item = Ability>>(abilities: I) -> Self {
        abilities.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Display for AbilitySet {
    /// `copy + drop`; nothing for the empty set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, ability) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(" + ")?;
            }
            f.write_str(ability.name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for AbilitySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

impl Serialize for AbilitySet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0)
    }
}

impl<'de> Deserialize<'de> for AbilitySet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bits = u8::deserialize(deserializer)?;
        Self::from_u8(bits).ok_or_else(|| serde::de::Error::custom(format!("{bits} is no ability set")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_keeps_what_its_real_arguments_allow() {
        let signer = AbilitySet::SIGNER;
        // declared, phantom, argument, result
        for (declared, is_phantom, argument, result) in [
            (AbilitySet::ALL, false, AbilitySet::PRIMITIVES, AbilitySet::ALL),
            (AbilitySet::ALL, false, signer, signer),
            (AbilitySet::ALL, true, signer, AbilitySet::ALL),
            (AbilitySet::EMPTY, false, AbilitySet::ALL, AbilitySet::EMPTY),
        ] {
            assert_eq!(AbilitySet::of_instance(declared, [(is_phantom, argument)]), result);
        }
        assert_eq!(AbilitySet::singleton(Ability::Key).requires(), AbilitySet::singleton(Ability::Store));
        assert_eq!(AbilitySet::ALL.to_string(), "copy + drop + store + key");
    }
}
