"""Checks a state proof with the standard library alone: none of Tenor's code, no third-party package.

Reads JSON on stdin: {"root": hex, "path": hex, "value": hex or null, "leaf": {"path": hex, "value_hash": hex} or null,
"siblings": [hex, leaf to root]}. Prints "ok" and exits 0, or says what is wrong and exits 1.
"""

import hashlib
import json
import sys


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def check(root, path, value, leaf, siblings):
    n = len(siblings)
    if n > 256:
        return "too many siblings"
    bit = lambda i: (path[i // 8] >> (7 - i % 8)) & 1
    if value is not None:
        if leaf is None or leaf[0] != path or leaf[1] != sha256(value):
            return "the leaf is not the value's"
    elif leaf is not None:
        other = lambda i: (leaf[0][i // 8] >> (7 - i % 8)) & 1
        if leaf[0] == path or any(bit(i) != other(i) for i in range(n)):
            return "the leaf does not exclude the key"
    node = b"SPARSE_MERKLE_PLACEHOLDER_HASH__" if leaf is None else sha256(b"JMT::LeafNode", leaf[0], leaf[1])
    for i in range(n):
        pair = (siblings[i], node) if bit(n - 1 - i) else (node, siblings[i])
        node = sha256(b"JMT::IntrnalNode", *pair)
    return None if node == root else "the proof leads to " + node.hex()


def main():
    given = json.load(sys.stdin)
    read = lambda text: None if text is None else bytes.fromhex(text.removeprefix("0x"))
    leaf = given["leaf"] and (read(given["leaf"]["path"]), read(given["leaf"]["value_hash"]))
    siblings = [read(sibling) for sibling in given["siblings"]]
    wrong = check(read(given["root"]), read(given["path"]), read(given["value"]), leaf, siblings)
    print(wrong or "ok")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
