//! Fuzz targets: any bytes in, a verdict out, never a panic and never more memory than the bytes deserve.

use types::LogRecord;

use crate::{
    log::parse_record,
    rows::{
        BatchRecord, ExecutedTransaction, Pruned, Tip, decode, decode_block, number, split_offsets, split_rows,
        split_state_key, split_state_value, split_stream_value, split_transactions_row, version_of,
    },
};

/// Reads a run of log records as recovery does, and decodes their bodies. Gives how many were intact.
///
/// # Panics
/// If a body has two encodings, which is what the fuzzer looks for.
pub fn log(bytes: &[u8]) -> usize {
    let (mut rest, mut offset, mut count) = (bytes, 0, 0);
    while let Ok(Some(body)) = parse_record(rest, offset) {
        // What decodes has one form only.
        if let Ok(record) = LogRecord::from_bytes(body) {
            assert_eq!(record.to_bytes(), body, "a log record has two encodings");
        }
        let size = 8 + body.len();
        count += 1;
        offset += size as u64;
        rest = rest.get(size..).unwrap_or_default();
    }
    count
}

/// Decodes a row as that of the table that the first byte selects. Gives whether it was one.
pub fn row(bytes: &[u8]) -> bool {
    let Some((table, row)) = bytes.split_first() else { return false };
    match table % 13 {
        0 => decode::<ExecutedTransaction>("transactions", row).is_ok(),
        1 => decode_block(row).is_ok(),
        2 => decode::<BatchRecord>("batches", row).is_ok(),
        3 => decode::<Tip>("meta", row).is_ok(),
        4 => decode::<Pruned>("meta", row).is_ok(),
        5 => split_state_key(row).is_ok(),
        6 => split_state_value(row).is_ok(),
        7 => split_stream_value(row).is_ok(),
        8 => version_of("accounts", row).is_ok(),
        9 => split_transactions_row(row).is_ok(),
        10 => split_offsets(row, 7).is_ok(),
        11 => split_rows(row).is_ok(),
        _ => number("hashes", row).is_ok(),
    }
}

/// Every target, by name.
pub const TARGETS: &[(&str, Target)] = &[("log", |bytes| log(bytes) > 0), ("row", row)];

/// Bytes in, whether they were anything out.
pub type Target = fn(&[u8]) -> bool;
