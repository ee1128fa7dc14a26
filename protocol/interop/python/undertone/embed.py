"""Baseline embedder and synthesis (02, 5 and 6)."""

import numpy as np

from .chips import BANDS, FRAME_TILES, SLOT_TILES, pattern
from .errors import require
from .levels import HOP, TILE_HOPS, grid_levels, hop_powers

MAX_GAIN_DB = 6
_BEFORE, _WINDOW, _DFT = 40, 120, 128
_SQRT_HANN = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW))


class Embedder:
    """Marks one sound, whose first sample is the first of a slot, in pieces of any number of tiles."""

    def __init__(self, x: np.ndarray, gain_db: float, family: int = 0):
        """x: samples −1 … 1."""
        require(0 <= gain_db <= MAX_GAIN_DB, "gain-out-of-range")
        self.gain_db, self.length = gain_db, len(x)
        self.sign, self.bit = pattern(family)
        self.tiles = -(-len(x) // (HOP * TILE_HOPS))
        hops = self.tiles * TILE_HOPS
        padded = np.zeros(_BEFORE + HOP * hops + _WINDOW)
        padded[_BEFORE : _BEFORE + len(x)] = x
        frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[: HOP * hops : HOP]
        self._spectra = np.fft.rfft(frames * _SQRT_HANN, _DFT)
        self._padded = padded
        self._loud = _loud_cells(grid_levels(hop_powers(x, hops), 0))

    @property
    def marked(self) -> np.ndarray:
        return self._padded[_BEFORE : _BEFORE + self.length]

    def mark(self, first_frame: int, bits: np.ndarray) -> None:
        """bits: model frames × 4, 0 or 1, and −1 in a frame that stays unmarked."""
        for tile in range(first_frame * FRAME_TILES, min(self.tiles, (first_frame + len(bits)) * FRAME_TILES)):
            in_slot = tile % SLOT_TILES
            sent = bits[tile // FRAME_TILES - first_frame][self.bit[in_slot]]
            gains = self.gain_db * self.sign[in_slot] * np.where(sent < 0, 0, 2 * sent - 1) * self._loud[tile]
            factors = np.zeros(_DFT // 2 + 1)
            factors[5 : 5 + 6 * BANDS] = np.repeat(10 ** (gains / 20) - 1, 6)
            for hop in range(tile * TILE_HOPS, (tile + 1) * TILE_HOPS):
                difference = np.fft.irfft(self._spectra[hop] * factors, _DFT)[:_WINDOW]
                self._padded[hop * HOP : hop * HOP + _WINDOW] += _SQRT_HANN * difference / 1.5


def _loud_cells(levels: np.ndarray) -> np.ndarray:
    """SIG-4: the cells loud enough to be marked."""
    loud = np.zeros(levels.shape, bool)
    top = -np.inf
    for t, row in enumerate(levels):
        top = max(top - 0.02, row.max())
        loud[t] = row > max(top - 45, -55) + 6
    return loud
