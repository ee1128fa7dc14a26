"""Baseline demodulator: from levels to soft cells and ratios (02, 7)."""

from functools import cache

import numpy as np

from .chips import BANDS, FRAME_TILES, FRAMES, pattern

COEFFICIENTS = np.array([[892, -296, -140], [-617, 195, 101], [171, -47, -31]]) * 1e-4
RANGE_DB, SOFT_LIMIT, SCALE, MAX_RATIO = 45.0, 0.3, 0.6, 6.0
BEHIND, AHEAD = 157, 2


def _references(levels: np.ndarray) -> np.ndarray:
    """R[t]: the largest level of tiles t − 157 … t + 2."""
    loudest = np.concatenate([np.full(BEHIND, -np.inf), levels.max(axis=1), np.full(AHEAD, -np.inf)])
    return np.lib.stride_tricks.sliding_window_view(loudest, BEHIND + AHEAD + 1).max(axis=1)


def soft_cells(levels: np.ndarray) -> np.ndarray:
    """tiles × 8 soft cells, −1 … 1."""
    floors = (_references(levels) - RANGE_DB)[:, None]
    tiles = np.arange(len(levels))
    v = np.zeros(levels.shape)
    for u in range(-2, 3):
        y = np.maximum(levels[np.clip(tiles + u, 0, len(levels) - 1)], floors)
        for c in range(-2, 3):
            to, from_ = slice(max(0, -c), BANDS - max(0, c)), slice(max(0, c), BANDS - max(0, -c))
            v[:, to] += COEFFICIENTS[abs(u), abs(c)] * y[:, from_]
    return np.tanh(v / SOFT_LIMIT)


@cache
def _matrix(family: int) -> np.ndarray:
    """32 cells × (32 model frames · 4 coded bits): signs where the cell carries the bit."""
    sign, bit = (a.reshape(FRAMES, FRAME_TILES * BANDS) for a in pattern(family))
    carries = bit[:, :, None] == np.arange(4)
    return (sign[:, :, None] * carries).transpose(1, 0, 2).reshape(FRAME_TILES * BANDS, FRAMES * 4)


def frame_ratios(cells: np.ndarray, frame: int, family: int = 0) -> np.ndarray:
    """SIG-6: four ratios of the 32 soft cells (0 where not heard) of one model frame."""
    return np.clip(SCALE * (cells @ _matrix(family)[:, 4 * frame : 4 * frame + 4]), -MAX_RATIO, MAX_RATIO)


def all_ratios(soft: np.ndarray, family: int) -> np.ndarray:
    """tiles × 32 × 4: ratios as if model frame f began at tile t; tiles past the end say nothing."""
    padded = np.vstack([soft, np.zeros((FRAME_TILES, BANDS))])
    windows = np.stack([padded[k : k + len(soft)] for k in range(FRAME_TILES)], axis=1).reshape(len(soft), -1)
    return np.clip(SCALE * (windows @ _matrix(family)), -MAX_RATIO, MAX_RATIO).reshape(len(soft), FRAMES, 4)
