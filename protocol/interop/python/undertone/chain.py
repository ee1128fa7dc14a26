"""Slot keys, sealing, disclosure, clock bound and arrival rule (04)."""

from .errors import require
from .primitives import hmac256, same, sha256, u32, u48, verify

KEY = 12
DRIFT = 2e-4
BOUND_MS = 300_000


def previous_key(session_key: bytes, slot: int, key: bytes) -> bytes:
    """K_(slot − 1) from K_slot."""
    return sha256(b"ut1 chain", session_key, u32(slot), key)[:KEY]


def make_chain(session_key: bytes, seed: bytes, slots: int) -> list[bytes]:
    """K_0 … K_slots."""
    require(1 <= slots <= 65535, "chain-slot")
    keys = [sha256(b"ut1 chain end", session_key, seed)[:KEY]]
    for slot in range(slots, 0, -1):
        keys.append(previous_key(session_key, slot, keys[-1]))
    return keys[::-1]


def check_key(session_key: bytes, slots: int, anchor: tuple[int, bytes], slot: int, key: bytes) -> None:
    """CHAIN-1: the key hashes down to the anchor (slot, key)."""
    require(len(key) == KEY and 1 <= slot <= slots and slot >= anchor[0], "key-mismatch")
    for i in range(slot, anchor[0], -1):
        key = previous_key(session_key, i, key)
    require(same(key, anchor[1]), "key-mismatch")


def keys_below(session_key: bytes, slot: int, key: bytes) -> dict[int, bytes]:
    """All keys 1 … slot that K_slot gives."""
    keys = {slot: key}
    for i in range(slot, 1, -1):
        keys[i - 1] = previous_key(session_key, i, keys[i])
    return keys


def subkey(key: bytes, label: bytes, card_hash: bytes, index: int) -> bytes:
    return hmac256(key, label, card_hash, u32(index))


def mask(key: bytes, card_hash: bytes, slot: int) -> bytes:
    """CHAIN-2: the 8 bytes with which the sealed lane of a slot is masked."""
    return subkey(key, b"ut1 seal", card_hash, slot)[:8]


def selection(key: bytes, label: bytes, card_hash: bytes, slot: int) -> bytes:
    """The 512 selection bytes of a digest (06)."""
    base = subkey(key, label, card_hash, slot)
    return b"".join(hmac256(base, u32(i)) for i in range(16))


def due_ms(t0: int, delay_seconds: int, slot: int) -> int:
    """D_s."""
    return t0 + 2560 * slot + 1000 * delay_seconds


def check_due(t0: int, delay_seconds: int, slots: int, slot: int, now_ms: float) -> int:
    """CHAIN-3."""
    due = due_ms(t0, delay_seconds, slot)
    require(1 <= slot <= slots and now_ms >= due, "key-not-due")
    return due


def time_message(nonce: bytes, card_hash: bytes, time_ms: int) -> bytes:
    return b"ut1 time" + nonce + card_hash + u48(time_ms)


def check_time(session_key: bytes, card_hash: bytes, nonce: bytes, time_ms: int, signature: bytes) -> None:
    """CHAIN-4."""
    holds = len(nonce) == 16 and verify(session_key, signature, time_message(nonce, card_hash, time_ms))
    require(holds, "time-bad-signature")


def upper_bound(bound, at_ms: float) -> float:
    """U(x); bound is (T, q) or None (CHAIN-5)."""
    require(bound is not None and 0 <= at_ms - bound[1] <= BOUND_MS, "clock-unbounded")
    return bound[0] + (at_ms - bound[1]) * (1 + DRIFT)


def check_arrival(due: int, bound, last_sample_ms: float, record_ms: float) -> None:
    """CHAIN-6, for a slot whose key is due at `due`."""
    for at in (last_sample_ms, record_ms):
        require(upper_bound(bound, at) < due, "arrived-late")
