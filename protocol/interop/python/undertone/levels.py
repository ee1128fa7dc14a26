"""Levels of cells: one tile of 20 ms × one band of 375 Hz (02, 2)."""

import numpy as np

HOP, TILE_HOPS, BANDS = 40, 4, 8
_BEFORE, _WINDOW = 60, 160
_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)


def hop_powers(x: np.ndarray, hops: int) -> np.ndarray:
    """hops × 8 powers of samples −1 … 1, which are zero before and after x."""
    padded = np.zeros(max(_BEFORE + len(x), HOP * hops + _WINDOW))
    padded[_BEFORE : _BEFORE + len(x)] = x
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[: HOP * hops : HOP]
    spectrum = np.abs(np.fft.rfft(frames * _HANN, 256)[:, 10:106]) ** 2
    return spectrum.reshape(hops, BANDS, 12).sum(axis=2)


def grid_levels(powers: np.ndarray, grid: int) -> np.ndarray:
    """tiles × 8 levels in dB; tile t is hops 4 t + grid … 4 t + grid + 3."""
    tiles = (len(powers) - grid) // TILE_HOPS
    cut = powers[grid : grid + TILE_HOPS * tiles]
    return 10 * np.log10(cut.reshape(tiles, TILE_HOPS, BANDS).sum(axis=1) + 1e-10)


def levels_within(x: np.ndarray, grid: int) -> np.ndarray:
    """Levels of the tiles whose last window ends within x."""
    hops = max(0, (len(x) - (_WINDOW - _BEFORE)) // HOP + 1)
    return grid_levels(hop_powers(x, hops), grid)
