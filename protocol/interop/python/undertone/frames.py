"""Single frames of 72 bits, double ones of 120, and the two that answer a verifier (03)."""

import math

from .chain import selection, subkey
from .errors import require
from .primitives import hmac256, same, u32

LOC, AUTH, KEY, CARD, CKPT0, CKPT1, CHAL, DUPX = range(8)
DOUBLE = {KEY, CARD, CKPT0, CKPT1}
LANES = {"open": {LOC, KEY, CARD, CKPT0, CKPT1}, "sealed": {AUTH, CARD, CKPT0, CKPT1, CHAL, DUPX}}


def crc16(data: bytes) -> int:
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return crc


def _check(lane: str, payload: bytes, locator: bytes) -> bytes:
    scope = b"" if payload[0] >> 5 == LOC else locator
    return crc16(scope + bytes([lane == "sealed"]) + payload).to_bytes(2, "big")


def _allowed(lane: str, kind: int, ctr: int) -> bool:
    return kind in LANES[lane] and 0 <= ctr < 32 and (kind != LOC or ctr == 0)


def body_bytes(kind: int) -> int:
    return 12 if kind in DOUBLE else 6


def encode_frame(lane: str, kind: int, ctr: int, body: bytes, locator: bytes) -> bytes:
    """Nine bytes, fifteen of a double frame."""
    require(lane in LANES and _allowed(lane, kind, ctr) and len(body) == body_bytes(kind), "frame-bad-field")
    payload = bytes([kind << 5 | ctr]) + body
    return payload + _check(lane, payload, locator)


def decode_frame(lane: str, frame: bytes, locator: bytes | None) -> tuple[int, int, bytes]:
    """FRAME-1: type, counter, body. Without a locator only a LOC can be read."""
    require(len(frame) > 0, "frame-ignored")
    kind, ctr = frame[0] >> 5, frame[0] & 31
    end = 1 + body_bytes(kind)
    require(len(frame) == end + 2, "frame-ignored")
    require(_allowed(lane, kind, ctr) and (kind == LOC or locator is not None), "frame-ignored")
    require(same(_check(lane, frame[:end], locator or b""), frame[end:]), "frame-ignored")
    return kind, ctr, frame[1:end]


def slot_of_counter(ctr: int, frame_slot: int) -> int:
    """FRAME-4: the newest slot before the frame's own that a KEY counter can mean; may be below 1."""
    newest = frame_slot - 1
    return newest - (newest - ctr) % 32


def challenge_body(key: bytes, card_hash: bytes, slot: int, nonce: bytes) -> bytes:
    """CHAL-1."""
    require(8 <= len(nonce) <= 64, "bad-argument")
    return hmac256(subkey(key, b"ut1 chal", card_hash, slot), b"ut1 answer", card_hash, nonce)[:6]


def check_challenge(body: bytes, key: bytes, card_hash: bytes, slot: int, nonce: bytes) -> None:
    require(same(challenge_body(key, card_hash, slot, nonce), body), "challenge-mismatch")


def _heard_tag(key: bytes, card_hash: bytes, slot: int, heard_slot: int, digest: bytes) -> bytes:
    return hmac256(subkey(key, b"ut1 dupx", card_hash, slot), b"ut1 heard", card_hash, u32(heard_slot), digest)[:3]


def heard_body(key: bytes, card_hash: bytes, slot: int, heard_slot: int, digest: int) -> bytes:
    """DUPX-1."""
    data = digest.to_bytes(3, "big")
    return data + _heard_tag(key, card_hash, slot, heard_slot, data)


def check_heard(body: bytes, key: bytes, card_hash: bytes, slot: int, heard_slot: int) -> int:
    require(len(body) == 6, "tag-mismatch")
    require(same(_heard_tag(key, card_hash, slot, heard_slot, body[:3]), body[3:]), "tag-mismatch")
    return int.from_bytes(body[:3], "big")


def heard_selection(key: bytes, card_hash: bytes, slot: int) -> bytes:
    return selection(key, b"ut1 ears", card_hash, slot)


def slot_of_heard(ctr: int, first_slot: int) -> int:
    """The newest slot before the one in which the frame begins that this DUPX counter can mean."""
    return first_slot - 1 - (first_slot - 1 - ctr) % 32


def count_heard(slots: list[tuple[int, list[int]]]) -> tuple[float, int]:
    """DUPX-3: bits in favour of a two-way call, and the best of the delays, from (heard, sent at each delay)."""
    delays = len(slots[0][1])
    errors = [sum((heard ^ sent[d]).bit_count() for heard, sent in slots) for d in range(delays)]
    coins, fewest = 24 * len(slots), min(errors)
    bits = coins - math.log2(sum(math.comb(coins, i) for i in range(fewest + 1))) - math.log2(delays)
    require(bits >= 24, "two-way-undecided")
    return bits, errors.index(fewest)
