"""What frozen ratios are worth once the key is known (09, Matching)."""

import math

import numpy as np

from .errors import require

FRAMES = 32
MATCH_BITS, FREE_CANDIDATES = 48, 256
SPEECH_MS, WEAK_BITS = 1000, 4
FALL, HOLE, HOLES, FRESH_HOLES, HOLES_FORGOTTEN = 20, 4, 8, 4, 1


def information(ratios: np.ndarray, coded: bytes, sent_map: int) -> np.ndarray:
    """Bits of each of 32 model frames; coded are the 64 bits as sent, after masking (MATCH-1, MATCH-2)."""
    signs = np.unpackbits(np.frombuffer(coded, np.uint8)) * 2.0 - 1
    bits = 1 - np.log2(1 + np.exp(-signs * np.clip(ratios, -6, 6)))
    sent = np.array([sent_map >> 31 - frame & 1 for frame in range(FRAMES)])
    return bits.reshape(FRAMES, 2).sum(axis=1) * sent


def required_bits(candidates: int) -> float:
    """VER-1."""
    return MATCH_BITS + max(0.0, math.log2(candidates / FREE_CANDIDATES))


def check_match(bits: float, candidates: int) -> float:
    required = required_bits(candidates)
    require(bits >= required, "match-too-weak")
    return required


def fallen(slots: list[list[float]]) -> tuple[bool, bool]:
    """VER-13 at the end of the last slot, from W by model frame: whether a proof has ended, and whether a match could not be proven."""
    fall = height = holes = 0.0
    for slot in slots:
        holes = max(0.0, holes - HOLES_FORGOTTEN)
        for bits in slot:
            fall = max(0.0, fall - bits)
            height = max(height, fall)
            if fall == 0:
                holes, height = holes + max(0.0, height - HOLE), 0.0
    holes += max(0.0, height - HOLE)
    return fall >= FALL or holes >= HOLES, fall >= FALL or holes >= FRESH_HOLES


def unexplained_at(slots: list[tuple[float, float]]) -> int | None:
    """VER-2: index of the second slot of speech (ms, bits) that the mark does not explain."""
    weak = 0
    for i, (speech_ms, bits) in enumerate(slots):
        if speech_ms >= SPEECH_MS:
            weak = weak + 1 if bits < WEAK_BITS else 0
            if weak == 2:
                return i
    return None
