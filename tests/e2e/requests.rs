//! Requests that no honest client sends: each is answered with a status of its kind and the documented body.

use crate::harness::{World, request};

const BCS: &str = "application/x.aptos.signed_transaction+bcs";

#[test]
fn malformed_requests_get_the_documented_error_body_and_change_nothing() {
    let world = World::new("counter");
    let node = world.run();
    let before = node.number("", "/ledger_version");
    let address = format!("0x{}", "11".repeat(32));
    let large = vec![7u8; 9 << 20];
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)).into_bytes();
    // What, method, path, content type, body, status.
    type Case<'a> = (&'a str, &'a str, String, &'a str, &'a [u8], u16);
    let cases: Vec<Case<'_>> = vec![
        ("no such route", "GET", "/nothing/here".into(), "", b"", 404),
        ("not an address", "GET", "/accounts/0xzz".into(), "", b"", 400),
        ("not a hash", "GET", "/transactions/by_hash/0x12".into(), "", b"", 400),
        ("an unknown hash", "GET", format!("/transactions/by_hash/{address}"), "", b"", 404),
        ("not a version", "GET", "/transactions/by_version/-1".into(), "", b"", 400),
        ("a version to come", "GET", "/transactions/by_version/999999".into(), "", b"", 404),
        ("a height to come", "GET", "/blocks/by_height/999999".into(), "", b"", 404),
        ("not a type", "GET", format!("/accounts/{address}/resource/nonsense"), "", b"", 400),
        ("an absent resource", "GET", format!("/accounts/{address}/resource/0x1::coin::Nothing"), "", b"", 404),
        ("an absent module", "GET", format!("/accounts/{address}/module/nothing"), "", b"", 404),
        ("bytes that are no transaction", "POST", "/transactions".into(), BCS, b"\x01\x02\x03", 400),
        ("no body", "POST", "/transactions".into(), BCS, b"", 400),
        ("JSON that is no transaction", "POST", "/transactions".into(), "application/json", b"{\"a\":1}", 400),
        ("not JSON", "POST", "/transactions".into(), "application/json", b"{", 400),
        ("nested too deep", "POST", "/view".into(), "application/json", &deep, 400),
        ("an unknown content type", "POST", "/transactions".into(), "text/plain", b"x", 415),
        ("too large", "POST", "/transactions".into(), BCS, &large, 413),
        ("a view of nothing", "POST", "/view".into(), "application/json", b"{\"function\":\"x\"}", 400),
    ];
    for (what, method, path, content_type, body, expected) in cases {
        let (status, answer) = request(method, &format!("{}/v1{path}", node.rest), content_type, body);
        assert_eq!(status, expected, "{what}: {answer}");
        assert!(answer["message"].is_string() && answer["error_code"].is_string(), "{what}: {answer}");
        assert!(answer.get("vm_error_code").is_some(), "{what}: {answer}");
    }
    let (status, answer) = request("POST", &format!("{}/fund", node.faucet), "application/json", b"{\"address\":1}");
    assert!((400..500).contains(&status), "{status}: {answer}");
    assert_eq!(node.number("", "/ledger_version"), before, "refused requests made a transaction");
}
