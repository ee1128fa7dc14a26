"""Checkpoints: the session key's signature over a window of epochs (05)."""

from dataclasses import dataclass

from .card import Card
from .errors import Refused, require
from .primitives import same, sha256, sign, u16, u32, verify
from .symbols import SIZE, decode_symbols

FIRST, LATER = 4, 16
EXTRA = 13


@dataclass
class Checkpoint:
    bytes: bytes
    window_start: int
    presence_map: int
    bodies: list[bytes]
    previous: bytes

    @property
    def hash(self) -> bytes:
        return sha256(self.bytes)

    @property
    def symbols(self) -> list[bytes]:
        padded = self.bytes + bytes(2)
        return [padded[i : i + SIZE] for i in range(0, len(padded), SIZE)]


def _message(card_hash: bytes, head: bytes, n: int) -> bytes:
    return b"utc1" + card_hash + head[SIZE * n :] + head[: SIZE * n]


def make_checkpoint(secret: bytes, card_hash: bytes, auths: dict[int, bytes], previous: bytes | None) -> Checkpoint:
    """auths: body by epoch, as many as were carried in the window."""
    n = LATER if previous else FIRST
    start = min(auths)
    presence = sum(1 << 31 - (epoch - start) for epoch in auths)
    bodies = [auths[epoch] for epoch in sorted(auths)]
    bodies += [bytes(SIZE)] * (n - len(bodies))
    named = sha256(previous)[:SIZE] if previous else bytes(SIZE)
    head = b"".join(bodies) + u16(start) + u32(presence) + named
    return Checkpoint(head + sign(secret, _message(card_hash, head, n)), start, presence, bodies, named)


def parse_checkpoint(data: bytes) -> Checkpoint:
    """CKPT-3."""
    sizes = {SIZE * (n + EXTRA) - 2: n for n in (FIRST, LATER)}
    require(len(data) in sizes, "checkpoint-malformed")
    n = sizes[len(data)]
    bodies = [data[i : i + SIZE] for i in range(0, SIZE * n, SIZE)]
    start = int.from_bytes(data[SIZE * n : SIZE * n + 2], "big")
    presence = int.from_bytes(data[SIZE * n + 2 : SIZE * n + 6], "big")
    named = presence.bit_count()
    well_formed = start >= 1 and presence >> 31 and named <= n and not any(any(b) for b in bodies[named:])
    require(well_formed, "checkpoint-malformed")
    return Checkpoint(data, start, presence, bodies, data[SIZE * (n + 1) : SIZE * (n + 2)])


def signed_checkpoint(data: bytes, card: Card) -> Checkpoint:
    """CKPT-3, CKPT-1."""
    checkpoint = parse_checkpoint(data)
    n = len(checkpoint.bodies)
    head, signature = data[: SIZE * (n + 2)], data[SIZE * (n + 2) :]
    require(verify(card.session_key, signature, _message(card.hash, head, n)), "checkpoint-bad-signature")
    return checkpoint


def verify_checkpoint(data: bytes, previous: bytes | None, card: Card) -> Checkpoint:
    """With CKPT-2: `previous` are the bytes of the window before."""
    checkpoint = signed_checkpoint(data, card)
    named = sha256(previous)[:SIZE] if previous else bytes(SIZE)
    require(same(checkpoint.previous, named), "checkpoint-chain-broken")
    return checkpoint


def checkpoint_from_symbols(received: dict[int, bytes], k: int, card: Card) -> Checkpoint:
    """SYM-2: confirmed by its signature."""
    require(k - EXTRA in (FIRST, LATER), "rs-bad-parameter")

    def accept(data: list[bytes]) -> Checkpoint | None:
        joined = b"".join(data)
        try:
            return signed_checkpoint(joined[:-2], card) if joined[-2:] == bytes(2) else None
        except Refused:
            return None

    return decode_symbols(received, k, accept)
