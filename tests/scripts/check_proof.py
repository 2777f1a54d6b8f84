#!/usr/bin/env python3
"""Checks a state proof file (chain.md 2.3) with nothing but SHA-256: value under state root, header by its hash.

Usage: check_proof.py FILE [--state-root HEX]

Prints path, value, height, state root and header hash and exits 0, or says what is wrong and exits 1. It does not
check the signature, nor that the header was read from DA: compare the header hash with one that you trust, or give the
state root that you trust.
"""

import hashlib
import sys

EMPTY = b"SPARSE_MERKLE_PLACEHOLDER_HASH__"
HEADER_BYTES = 246


class Wrong(Exception):
    pass


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Reader:
    """BCS, as far as the file needs it."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise Wrong("the file ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def length(self):
        value = shift = 0
        while True:
            byte = self.number(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift:
                    raise Wrong("a length is not canonical")
                return value
            shift += 7
            if shift > 28:
                raise Wrong("a length is too large")

    def bytes(self):
        return self.take(self.length())

    def option(self, read):
        tag = self.number(1)
        if tag > 1:
            raise Wrong("an option is neither none nor some")
        return read() if tag else None


def bit(path, index):
    return (path[index // 8] >> (7 - index % 8)) & 1


def check(root, path, value, leaf, siblings):
    n = len(siblings)
    if n > 256:
        raise Wrong("too many siblings")
    if value is not None:
        if leaf is None or leaf[0] != path:
            raise Wrong("no leaf for the value")
        if leaf[1] != sha256(value):
            raise Wrong("the leaf holds another value")
    elif leaf is not None:
        if leaf[0] == path:
            raise Wrong("the key is present")
        if any(bit(leaf[0], i) != bit(path, i) for i in range(n)):
            raise Wrong("the leaf shown lies elsewhere")
    node = EMPTY if leaf is None else sha256(b"JMT::LeafNode", *leaf)
    for i, sibling in enumerate(siblings):
        pair = (sibling, node) if bit(path, n - 1 - i) else (node, sibling)
        node = sha256(b"JMT::IntrnalNode", *pair)
    if node != root:
        raise Wrong(f"the proof leads to {node.hex()}, not to state root {root.hex()}")


def main(arguments):
    with open(arguments[0], "rb") as file:
        reader = Reader(file.read())
    if reader.number(2) != 1:
        raise Wrong("unknown format")
    genesis_hash = reader.take(32)
    key = reader.bytes()
    value = reader.option(reader.bytes)
    leaf = reader.option(lambda: (reader.take(32), reader.take(32)))
    siblings = [reader.take(32) for _ in range(reader.length())]
    header = reader.take(HEADER_BYTES)
    reader.take(64)
    reader.option(lambda: reader.take(16))
    if reader.at != len(reader.data):
        raise Wrong("bytes are left over")
    if header[:2] != b"\x01\x00" or header[2:34] != genesis_hash:
        raise Wrong("the header is of another chain or format")
    root = header[166:198]
    if "--state-root" in arguments:
        trusted = arguments[arguments.index("--state-root") + 1]
        if root.hex() != trusted.removeprefix("0x"):
            raise Wrong(f"the header has state root {root.hex()}")
    path = sha256(key)
    check(root, path, value, leaf, siblings)
    print("path       ", path.hex())
    print("value      ", "absent" if value is None else value.hex())
    print("height     ", int.from_bytes(header[34:42], "little"))
    print("state root ", root.hex())
    print("header hash", sha256(b"TENOR::Header\x00", header).hex())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        main(sys.argv[1:])
    except (Wrong, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
