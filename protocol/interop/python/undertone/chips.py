"""The pattern of signs and the coded bits of each cell (02, 3 and 4)."""

from functools import cache

import numpy as np

BANDS, FRAME_TILES, FRAMES, SLOT_TILES = 8, 4, 32, 128
FAMILIES = 4


class SplitMix32:
    def __init__(self, seed: int):
        self.state = seed

    def next(self) -> int:
        self.state = z = (self.state + 0x9E3779B9) & 0xFFFFFFFF
        z = (z ^ z >> 16) * 0x85EBCA6B & 0xFFFFFFFF
        z = (z ^ z >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
        return z ^ z >> 16

    def permutation(self, n: int) -> list[int]:
        p = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.next() % (i + 1)
            p[i], p[j] = p[j], p[i]
        return p


@cache
def pattern(family: int) -> tuple[np.ndarray, np.ndarray]:
    """Signs and coded bits of a family: 128 tiles × 8 bands each."""
    sign, bit = np.zeros((SLOT_TILES, BANDS), int), np.zeros((SLOT_TILES, BANDS), int)
    generator = SplitMix32(0x756E6430 + family)
    for frame in range(FRAMES):
        p = generator.permutation(16)
        word = generator.next()
        for k in range(16):
            tile, band = FRAME_TILES * frame + 2 * (k // 8), k % 8
            chip = -1 if word >> k & 1 else 1
            sign[tile, band], sign[tile + 1, band] = chip, -chip
            bit[tile : tile + 2, band] = p[k] % 4
    return sign, bit


def to_bits(data: bytes) -> np.ndarray:
    """Most significant first."""
    return np.unpackbits(np.frombuffer(data, np.uint8)).astype(int)


def assign(open_lane: bytes, sealed_lane: bytes) -> np.ndarray:
    """SIG-2: 32 model frames × 4 coded bits of a slot; sealed after masking."""
    return np.hstack([to_bits(open_lane).reshape(FRAMES, 2), to_bits(sealed_lane).reshape(FRAMES, 2)])
