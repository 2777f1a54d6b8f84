//! Random changes to sources. Several suites share this file.
#![expect(clippy::cast_possible_truncation, reason = "numbers are bounded by lengths")]

/// A small generator of numbers; the seed of a failure is in its message.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// Words that mean something to the layout.
const WORDS: [&str; 30] = [
    "{", "}", "(", ")", "<", ">", "[", "]", ";", ",", "|", "||", "=", "=>", ".", "::", "// c\n", "/* c */", "\n",
    "\n\n", " ", "if", "else", "match", "#", "&mut", "*", "return", "module", "fun",
];

/// The text with a few pieces lost, added, doubled or changed.
pub(crate) fn mutate(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..1 + random.below(4) {
        let at = random.below(bytes.len());
        match random.below(5) {
            0 => {
                let end = (at + random.below(30)).min(bytes.len());
                bytes.drain(at..end);
            }
            1 => {
                let word = WORDS[random.below(WORDS.len())];
                bytes.splice(at..at, word.bytes());
            }
            2 => {
                let end = (at + random.below(200)).min(bytes.len());
                let piece: Vec<u8> = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            3 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = b" \n{}();,|<>=&*!a0/\"'"[random.below(20)];
                }
            }
            _ => {
                // White space comes and goes.
                if let Some(at) = bytes.iter().skip(at).position(|byte| *byte == b' ').map(|found| at + found) {
                    bytes[at] = b'\n';
                }
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
