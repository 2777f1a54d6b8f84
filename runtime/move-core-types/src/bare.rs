//! 32 bytes as they stand in BCS: bare. Written as two 16-byte words, which BCS stores little-endian, so that an
//! encoder or decoder is asked twice and not 32 times; the bytes are those of `[u8; 32]`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes 32 bytes without a length.
///
/// # Errors
/// As the serializer.
pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        return bytes.serialize(serializer);
    }
    let [low, high] = words(bytes);
    (low, high).serialize(serializer)
}

/// Reads 32 bytes without a length.
///
/// # Errors
/// As the deserializer: fewer than 32 bytes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    if deserializer.is_human_readable() {
        return <[u8; 32]>::deserialize(deserializer);
    }
    let (low, high) = <(u128, u128)>::deserialize(deserializer)?;
    let mut bytes = [0; 32];
    let (head, tail) = bytes.split_at_mut(16);
    head.copy_from_slice(&low.to_le_bytes());
    tail.copy_from_slice(&high.to_le_bytes());
    Ok(bytes)
}

fn words(bytes: &[u8; 32]) -> [u128; 2] {
    let (words, _) = bytes.as_chunks::<16>();
    std::array::from_fn(|at| words.get(at).map_or(0, |word| u128::from_le_bytes(*word)))
}

#[cfg(test)]
mod tests {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Bare(#[serde(with = "super")] [u8; 32]);

    #[test]
    fn the_bytes_are_those_of_an_array() {
        for seed in 0..=255u8 {
            let bytes = std::array::from_fn(|at| u8::try_from(at).unwrap().wrapping_mul(7).wrapping_add(seed));
            assert_eq!(bcs::to_bytes(&Bare(bytes)).unwrap(), bcs::to_bytes(&bytes).unwrap());
            assert_eq!(bcs::from_bytes::<Bare>(&bytes).unwrap().0, bytes);
            assert!(bcs::from_bytes::<Bare>(&bytes[..31]).is_err());
        }
    }
}
