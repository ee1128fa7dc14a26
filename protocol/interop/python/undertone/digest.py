"""Slot and epoch digests, and when they match (06)."""

from dataclasses import dataclass

import numpy as np

from .errors import require

STEPS, BITS = 64, 512
RANGE_DB, MARGIN_DB, CLIP_DB = 52.0, 3.0, 12.0
LEAST, MATCH, MISMATCH, SPREADS = 100, 0.26, 0.36, 49
PROOF, PROOF_SPREAD = 0.24, 1.7


@dataclass
class SlotDigest:
    bits: bytes
    clear: bytes
    differences: np.ndarray
    """512 values in dB, 0 where not heard."""


def slot_digest(levels: np.ndarray, selection: bytes) -> SlotDigest:
    """levels: 128 tiles × 8 bands in dB, −inf where not heard; selection: 512 bytes."""
    with np.errstate(invalid="ignore"):
        steps = (levels[0::2] + levels[1::2]) / 2
        chosen = np.frombuffer(selection, np.uint8).astype(int)
        t = np.arange(BITS) // 8
        i = chosen & 7
        j = (i + 1 + (chosen >> 3 & 7) % 7) % 8
        lag = (chosen >> 6) + 1
        other = np.where(t - lag < 0, t + lag, t - lag)
        four = np.stack([steps[t, i], steps[t, j], steps[other, i], steps[other, j]])
        d = np.nan_to_num((four[0] - four[1]) - (four[2] - four[3]), nan=0.0, posinf=0.0, neginf=0.0)
        heard = np.all(four > steps.max() - RANGE_DB, axis=0)
    clear = heard & (np.abs(d) >= MARGIN_DB)
    return SlotDigest(np.packbits(d > 0).tobytes(), np.packbits(clear).tobytes(), np.where(heard, d, 0))


def epoch_digest(slots: list[SlotDigest], bits: int = 22) -> int:
    """Also the 24 bits of DUPX."""
    total = np.sum([np.clip(slot.differences, -CLIP_DB, CLIP_DB) for slot in slots], axis=0)
    value = 0
    for m in range(bits):
        value = value << 1 | int(total[m::bits].sum() > 0)
    return value


def difference(bits: bytes, clear: bytes, signed: bytes) -> tuple[int, int]:
    """Comparisons n and errors e."""
    a, c, s = (np.unpackbits(np.frombuffer(x, np.uint8)) for x in (bits, clear, signed))
    return int(c.sum()), int((c & (a ^ s)).sum())


def decide(n: int, e: int) -> str:
    """DIG-2: `match`, `digest-undecided` or `digest-mismatch`."""
    if n < LEAST:
        return "digest-undecided"
    clear = e / n <= MATCH and (n - 2 * e) ** 2 >= SPREADS * n
    return "match" if clear else "digest-mismatch" if e / n >= MISMATCH else "digest-undecided"


def compare(slots: list[tuple[int, int]]) -> tuple[int, int]:
    """DIG-3, DIG-4: (n, e) of slots at one alignment, added up."""
    require(all(decide(n, e) != "digest-mismatch" for n, e in slots), "digest-mismatch")
    n, e = sum(slot[0] for slot in slots), sum(slot[1] for slot in slots)
    outcome = decide(n, e)
    require(outcome == "match", outcome)
    return n, e


def prove(slots: list[tuple[int, int]]) -> tuple[int, int]:
    """DIG-6: (n, e) of slots at one alignment, added up, if they prove the words."""
    n, e = sum(slot[0] for slot in slots), sum(slot[1] for slot in slots)
    require(n >= LEAST and e / n + PROOF_SPREAD / n**0.5 <= PROOF, "digest-undecided")
    return n, e


def compare_epoch(signed: int, measured: int) -> None:
    """DIG-5, for an epoch that was heard whole."""
    differ = (signed ^ measured).bit_count()
    require(differ < 8, "digest-mismatch")
    require(differ <= 4, "digest-undecided")
