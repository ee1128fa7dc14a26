"""AUTH: the tag of an epoch, sent in the sealed lane (05)."""

import math

from .chain import subkey
from .errors import require
from .primitives import hmac256, same, u32
from .records import STATES

TAG_BITS = 24


def _tag(key: bytes, card_hash: bytes, epoch: int, state: int, digest: int) -> bytes:
    message = b"ut1 tag" + card_hash + u32(epoch) + bytes([state]) + digest.to_bytes(3, "big")
    return hmac256(subkey(key, b"ut1 auth", card_hash, epoch), message)[:3]


def auth_body(key: bytes, card_hash: bytes, epoch: int, state: str, digest: int) -> bytes:
    code = STATES.index(state)
    return (code << 22 | digest).to_bytes(3, "big") + _tag(key, card_hash, epoch, code, digest)


def check_auth(body: bytes, key: bytes, card_hash: bytes, epoch: int) -> tuple[str, int]:
    """AUTH-1: state and digest."""
    require(len(body) == 6, "tag-mismatch")
    head = int.from_bytes(body[:3], "big")
    state, digest = head >> 22, head & 0x3FFFFF
    require(same(_tag(key, card_hash, epoch, state, digest), body[3:]), "tag-mismatch")
    return STATES[state], digest


def count_tags(tags: list[tuple[int, bool, int, str]]) -> float:
    """AUTH-2, AUTH-3: bits that (epoch, holds, candidates, words) are worth together."""
    bits, seen = 0.0, set()
    for i, (epoch, holds, candidates, words) in enumerate(tags):
        require(sum(not tag[1] for tag in tags[max(0, i - 3) : i + 1]) < 2, "tags-failed")
        if holds and words == "match" and epoch not in seen:
            seen.add(epoch)
            bits += TAG_BITS - math.log2(candidates)
    require(bits >= 48, "tags-too-few")
    return bits
