//! What a node's failures mean.
//!
//! The node answers nearly everything with code 1 and a text, so that texts decide. Whatever is not known is taken
//! for temporary when reading and for an unknown outcome when submitting: both are safe.
//! Source: celestia-node and celestia-app of August 2026.

use celestia_rpc::Error as ConnectError;
use jsonrpsee::core::ClientError;

use crate::DaError;

/// What was being done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Doing {
    /// Reading something about a height; 0 for the head.
    Reading(u64),
    /// Submitting so many bytes.
    Submitting(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Later,
    NotYet,
    Unknown,
    TooLarge,
    Pruned,
    Stop,
}

/// Text that the answer contains, and what it means. The first match counts.
const TEXTS: &[(&str, Meaning)] = &[
    ("given height is from the future", Meaning::NotYet),
    ("from the future", Meaning::NotYet),
    ("header: not found", Meaning::NotYet),
    ("syncing in progress", Meaning::Later),
    ("below tail", Meaning::Pruned),
    ("timestamp outside sampling window", Meaning::Pruned),
    ("data not found", Meaning::Pruned),
    ("account sequence mismatch", Meaning::Later),
    ("mempool is full", Meaning::Later),
    ("estimated gas price exceeds max gas price", Meaning::Later),
    ("insufficient fees", Meaning::Stop),
    ("insufficient funds", Meaning::Stop),
    ("already in mempool", Meaning::Unknown),
    ("already exists in cache", Meaning::Unknown),
    ("tx was evicted", Meaning::Unknown),
    ("timed out waiting for tx", Meaning::Unknown),
    ("too large", Meaning::TooLarge),
    ("invalid blob signer", Meaning::Stop),
    ("reserved namespace", Meaning::Stop),
    ("missing permission", Meaning::Stop),
    ("method not found", Meaning::Stop),
];

/// A failed call.
pub(super) fn of_call(error: &ClientError, doing: Doing) -> DaError {
    let text = chain(error);
    let meaning = match error {
        ClientError::Call(_) => meaning(&text),
        ClientError::RequestTimeout => Some(Meaning::Unknown),
        // Before any byte of the request: no server, or one that turns us away.
        ClientError::Transport(_) | ClientError::RestartNeeded(_) | ClientError::Custom(_) => of_transport(&text),
        // An answer that is none: when submitting, it may have been an answer all the same.
        ClientError::ParseError(_) => return garbage(doing, text),
        _ => Some(Meaning::Unknown),
    };
    to_error(meaning, doing, text)
}

/// A client that could not be built.
pub(super) fn of_connecting(error: &ConnectError) -> DaError {
    match error {
        ConnectError::JsonRpc(inner) => {
            let text = chain(inner);
            match of_transport(&text) {
                Some(Meaning::Stop) => DaError::Fatal(format!("celestia endpoint: {text}")),
                _ => DaError::Unavailable(text),
            }
        }
        other => DaError::Fatal(format!("celestia endpoint: {other}")),
    }
}

fn meaning(text: &str) -> Option<Meaning> {
    let text = text.to_lowercase();
    TEXTS.iter().find(|(part, _)| text.contains(part)).map(|(_, meaning)| *meaning)
}

fn of_transport(text: &str) -> Option<Meaning> {
    let text = text.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(&["401", "403", "unauthorized", "forbidden"]) {
        Some(Meaning::Stop)
    } else if has(&["requesttoolarge", "messagetoolarge", "request is too large", "message too large", "413"]) {
        Some(Meaning::TooLarge)
    } else if has(&["429", "503", "connection refused", "tcp connect error", "opening the tcp socket", "dns error"]) {
        Some(Meaning::Later)
    } else {
        None
    }
}

fn garbage(doing: Doing, text: String) -> DaError {
    match doing {
        Doing::Reading(height) => DaError::byzantine(height, format!("not what was asked for: {text}")),
        Doing::Submitting(_) => DaError::Unknown(text),
    }
}

fn to_error(meaning: Option<Meaning>, doing: Doing, text: String) -> DaError {
    match (meaning, doing) {
        (Some(Meaning::Stop), _) => DaError::Fatal(format!("celestia: {text}")),
        (Some(Meaning::TooLarge), Doing::Submitting(bytes)) => {
            DaError::TooLarge { bytes, limit: bytes.saturating_sub(1) }
        }
        (Some(Meaning::Later), Doing::Submitting(_)) => DaError::Unavailable(text),
        (_, Doing::Submitting(_)) => DaError::Unknown(text),
        (Some(Meaning::NotYet), Doing::Reading(height)) => DaError::NotYet { height, head: 0 },
        (Some(Meaning::Pruned), Doing::Reading(height)) => DaError::Pruned { height, reason: text },
        (_, Doing::Reading(_)) => DaError::Unavailable(text),
    }
}

/// The message with those of its sources, where they say more.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    // Real chains are short; a longer one says nothing new.
    for _ in 0..8 {
        let Some(inner) = source else { break };
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use jsonrpsee::types::ErrorObject;

    use super::*;
    use crate::ErrorClass;

    #[test]
    fn the_nodes_words_decide_what_is_done() {
        // What the node says, class when reading, class when submitting
        for (text, reading, submitting) in [
            (
                "header: given height is from the future: networkHeight: 5, requestedHeight: 9",
                ErrorClass::Wait,
                ErrorClass::Reconcile,
            ),
            ("header: syncing in progress: localHeadHeight: 3", ErrorClass::Retry, ErrorClass::Retry),
            ("requested header is below Tail", ErrorClass::Archive, ErrorClass::Reconcile),
            ("share: data not found", ErrorClass::Archive, ErrorClass::Reconcile),
            ("account sequence mismatch, expected 4, got 3", ErrorClass::Retry, ErrorClass::Retry),
            ("insufficient fees; got: 1utia required: 2utia", ErrorClass::Stop, ErrorClass::Stop),
            ("insufficient funds", ErrorClass::Stop, ErrorClass::Stop),
            ("tx already in mempool", ErrorClass::Retry, ErrorClass::Reconcile),
            ("mempool is full", ErrorClass::Retry, ErrorClass::Retry),
            ("tx was evicted", ErrorClass::Retry, ErrorClass::Reconcile),
            ("timed out waiting for tx to be included in a block", ErrorClass::Retry, ErrorClass::Reconcile),
            ("blob(s) too large", ErrorClass::Retry, ErrorClass::Split),
            ("invalid blob signer", ErrorClass::Stop, ErrorClass::Stop),
            ("cannot use reserved namespace IDs", ErrorClass::Stop, ErrorClass::Stop),
            ("missing permission to invoke 'Submit' (need 'write')", ErrorClass::Stop, ErrorClass::Stop),
            ("something never seen before", ErrorClass::Retry, ErrorClass::Reconcile),
        ] {
            let error = ClientError::Call(ErrorObject::owned(1, text, None::<()>));
            assert_eq!(of_call(&error, Doing::Reading(9)).class(), reading, "reading: {text}");
            assert_eq!(of_call(&error, Doing::Submitting(9)).class(), submitting, "submitting: {text}");
        }
        assert_eq!(of_call(&ClientError::RequestTimeout, Doing::Reading(1)).class(), ErrorClass::Retry);
        assert_eq!(of_call(&ClientError::RequestTimeout, Doing::Submitting(1)).class(), ErrorClass::Reconcile);
    }
}
