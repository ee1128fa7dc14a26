"""The transparency log: RFC 6962 trees and C2SP notes (08)."""

import base64
import binascii

from .errors import Refused, require
from .primitives import same, sha256, verify

PROOF_HEAD = "c2sp.org/tlog-proof@v1"
NOTE_KEY, COSIGNATURE_KEY = 1, 4


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1", left, right)


def _split(n: int) -> int:
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def root_of(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return sha256(b"\0", leaves[0])
    k = _split(len(leaves))
    return _node(root_of(leaves[:k]), root_of(leaves[k:]))


def inclusion(leaves: list[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return inclusion(leaves[:k], index) + [root_of(leaves[k:])]
    return inclusion(leaves[k:], index - k) + [root_of(leaves[:k])]


def consistency(leaves: list[bytes], size: int, whole: bool = True) -> list[bytes]:
    """From the first `size` leaves to all."""
    if size == len(leaves):
        return [] if whole else [root_of(leaves)]
    k = _split(len(leaves))
    if size <= k:
        return consistency(leaves[:k], size, whole) + [root_of(leaves[k:])]
    return consistency(leaves[k:], size - k, False) + [root_of(leaves[:k])]


def check_inclusion(entry: bytes, index: int, size: int, root: bytes, proof: list[bytes]) -> None:
    """LOG-1."""
    require(0 <= index < size, "log-not-included")
    hash_, last = sha256(b"\0", entry), size - 1
    for step in proof:
        require(last > 0, "log-not-included")
        if index & 1 or index == last:
            hash_ = _node(step, hash_)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            hash_ = _node(hash_, step)
        index, last = index >> 1, last >> 1
    require(last == 0 and same(hash_, root), "log-not-included")


def check_extension(first: tuple[int, bytes], second: tuple[int, bytes], proof: list[bytes]) -> None:
    """LOG-2; trees as (size, root)."""
    (size, root), (size2, root2) = first, second
    require(0 < size <= size2, "log-inconsistent")
    if size == size2:
        require(not proof and same(root, root2), "log-inconsistent")
        return
    path = list(proof) if size & size - 1 else [root, *proof]
    require(path, "log-inconsistent")
    node, last = size - 1, size2 - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        require(last > 0, "log-inconsistent")
        if node & 1 or node == last:
            old, new = _node(step, old), _node(step, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = _node(new, step)
        node, last = node >> 1, last >> 1
    require(last == 0 and same(old, root) and same(new, root2), "log-inconsistent")


def _key(text: str) -> tuple[str, bytes, int, bytes]:
    """Name, key id, kind and key of a C2SP verifier key."""
    try:
        name, id_hex, data = text.split("+", 2)
        raw = base64.b64decode(data, validate=True)
        key_id = bytes.fromhex(id_hex)
    except (ValueError, binascii.Error):
        raise Refused("log-malformed") from None
    require(len(raw) == 33 and same(key_id, sha256(name.encode(), b"\n", raw)[:4]), "log-malformed")
    return name, key_id, raw[0], raw[1:]


def _parse_proof(text: str) -> tuple[int, list[bytes], str, list[tuple[str, bytes]]]:
    """Index, inclusion proof, text of the note and its signatures (name, bytes)."""
    try:
        head, note = text.split("\n\n", 1)
        lines = head.split("\n")
        require(lines[0] == PROOF_HEAD and lines[1].startswith("index "), "log-malformed")
        proof = [base64.b64decode(line, validate=True) for line in lines[2:]]
        body, signed = note.split("\n\n", 1)
        signatures = []
        for line in signed.splitlines():
            dash, name, data = line.split(" ")
            require(dash == "—", "log-malformed")
            signatures.append((name, base64.b64decode(data, validate=True)))
        require(all(len(step) == 32 for step in proof), "log-malformed")
        return int(lines[1][6:]), proof, body + "\n", signatures
    except (ValueError, IndexError, binascii.Error):
        raise Refused("log-malformed") from None


def verify_log_proof(entry: bytes, text: str, log: str, witnesses: list[str], quorum: int):
    """LOG-1, LOG-3: index, size, and the time by which a quorum had seen the tree (seconds) or None."""
    index, proof, body, signatures = _parse_proof(text)
    origin, key_id, kind, log_key = _key(log)
    lines = body.split("\n")
    require(len(lines) >= 4 and lines[1].isdigit(), "log-malformed")
    size, root = int(lines[1]), base64.b64decode(lines[2])
    signed = any(
        kind == NOTE_KEY and name == origin and data[:4] == key_id and verify(log_key, data[4:], body.encode())
        for name, data in signatures
    )
    require(signed and lines[0] == origin, "log-bad-signature")
    check_inclusion(entry, index, size, root, proof)
    times: dict[bytes, int] = {}
    for name, key_id, kind, key in map(_key, witnesses):
        if kind != COSIGNATURE_KEY or key == log_key:
            continue
        for signer, data in signatures:
            seconds = int.from_bytes(data[4:12], "big")
            message = f"cosignature/v1\ntime {seconds}\n{body}".encode()
            if signer == name and data[:4] == key_id and verify(key, data[12:], message):
                times[key] = min(seconds, times.get(key, seconds))
    require(len(times) >= quorum, "log-few-witnesses")
    return index, size, sorted(times.values())[quorum - 1] if quorum else None
