//! Messages as bytes: `Content-Length: N`, an empty line, N bytes.

/// Bytes of a message at most.
const MESSAGE_BYTES_MAX: usize = 64 << 20;
/// Bytes of the lines before a message at most.
const HEADER_BYTES_MAX: usize = 8 << 10;

/// Why bytes are no messages; what follows cannot be told apart any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportError {
    /// The lines before a message do not give its length, or are too long.
    Header,
    /// A message longer than 64 MiB.
    TooLong(u64),
}

impl std::fmt::Display for TransportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TransportError::Header => f.write_str("expected `Content-Length: N` and an empty line"),
            TransportError::TooLong(bytes) => {
                write!(f, "a message of {bytes} bytes is longer than {MESSAGE_BYTES_MAX}")
            }
        }
    }
}

impl std::error::Error for TransportError {}

/// A message as it goes over the wire.
pub fn frame(message: &serde_json::Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Takes messages out of bytes that come in pieces.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    /// Bytes before this were taken out.
    start: usize,
}

impl Frames {
    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 && self.start * 2 >= self.bytes.len() {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message, if it is complete.
    ///
    /// # Errors
    /// When the bytes are no messages.
    pub fn take(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        let rest = self.bytes.get(self.start..).unwrap_or_default();
        let head = rest.get(..rest.len().min(HEADER_BYTES_MAX)).unwrap_or_default();
        let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") else {
            return if rest.len() >= HEADER_BYTES_MAX { Err(TransportError::Header) } else { Ok(None) };
        };
        let header = String::from_utf8_lossy(head.get(..end).unwrap_or_default());
        let length = header.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<u64>().ok())?
        });
        let length = length.ok_or(TransportError::Header)?;
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= MESSAGE_BYTES_MAX)
            .ok_or(TransportError::TooLong(length))?;
        let Some(body) = rest.get(end + 4..end + 4 + length).map(<[u8]>::to_vec) else { return Ok(None) };
        self.start += end + 4 + length;
        Ok(Some(body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_whole_however_they_go_in() {
        let messages: Vec<serde_json::Value> =
            (0..5).map(|n| serde_json::json!({ "n": n, "t": "ü".repeat(n) })).collect();
        let bytes: Vec<u8> = messages.iter().flat_map(frame).collect();
        for size in [1, 2, 7, 1000] {
            let mut frames = Frames::default();
            let mut found = Vec::new();
            for piece in bytes.chunks(size) {
                frames.push(piece);
                while let Some(message) = frames.take().unwrap() {
                    found.push(serde_json::from_slice::<serde_json::Value>(&message).unwrap());
                }
            }
            assert_eq!(found, messages, "pieces of {size}");
        }
    }

    #[test]
    fn bytes_that_are_no_messages_are_refused() {
        let long = "x".repeat(9000);
        for text in [
            "Content-Length: x\r\n\r\n",
            "\r\n\r\n",
            "Length: 1\r\n\r\nx",
            "Content-Length: 99999999999999999999\r\n\r\n",
            "Content-Length: 9999999999\r\n\r\n",
            &long,
        ] {
            let mut frames = Frames::default();
            frames.push(text.as_bytes());
            assert!(frames.take().is_err(), "{}", &text[..text.len().min(40)]);
        }
    }
}
