"""Reference network: from levels to soft cells (02, annex A)."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from .chips import BANDS

PROTOCOL = Path(__file__).resolve().parents[3]
RANGE_DB = 45.0
BEHIND, AHEAD = 153, 6
REACH = 6
"""Tiles that the convolutions look ahead."""


@cache
def _layers() -> list[tuple[np.ndarray, np.ndarray]]:
    """weights (outputs × inputs) and biases of each layer."""
    entry = json.loads((PROTOCOL / "registry" / "reference-network.json").read_text())
    data, at, layers = (PROTOCOL / entry["path"]).read_bytes(), 0, []
    for inputs, outputs in entry["layers"]:
        scales, biases = np.frombuffer(data, "<f4", 2 * outputs, at).reshape(2, outputs)
        weights = np.frombuffer(data, "i1", inputs * outputs, at + 8 * outputs).reshape(outputs, inputs)
        layers.append((weights * scales[:, None].astype(float), biases.astype(float)))
        at += 8 * outputs + inputs * outputs
    return layers


def _features(levels: np.ndarray) -> np.ndarray:
    """(tiles − 6) × 8 × 3."""
    loudest = np.concatenate([np.full(BEHIND + AHEAD, -np.inf), levels.max(axis=1)])
    references = np.lib.stride_tricks.sliding_window_view(loudest, BEHIND + AHEAD + 1).max(axis=1)[AHEAD:, None]
    padded = np.concatenate([np.repeat(levels[:1], AHEAD, axis=0), levels])
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * AHEAD + 1, axis=0)
    around = np.maximum(around, references[:, :, None] - RANGE_DB)
    means = around.mean(axis=2)
    colour = means - means.mean(axis=1, keepdims=True)
    return np.stack([(around[:, :, AHEAD] - means) / 5, (means - references) / 20 + 1, colour / 10], axis=2)


def _convolution(layer: int, x: np.ndarray) -> np.ndarray:
    """5 tiles × 3 bands, zero outside."""
    weights, biases = _layers()[layer]
    padded = np.pad(x, ((2, 2), (1, 1), (0, 0)))
    windows = [padded[i : i + len(x), j : j + BANDS] for i in range(5) for j in range(3)]
    return np.concatenate(windows, axis=2) @ weights.T + biases


def _dense(layer: int, x: np.ndarray) -> np.ndarray:
    weights, biases = _layers()[layer]
    return x @ weights.T + biases


def _network(features: np.ndarray) -> np.ndarray:
    relu = lambda x: np.maximum(x, 0)
    h = _convolution(0, features)
    last = len(_layers()) - 1
    for block in range(1, last, 2):
        h = h + _dense(block + 1, relu(_convolution(block, relu(h))))
    return _dense(last, relu(h))[:, :, 0]


def soft_cells(levels: np.ndarray) -> np.ndarray:
    """(tiles − 12) × 8 soft cells: those of tiles that have twelve more after them."""
    if len(levels) <= AHEAD + REACH:
        return np.zeros((0, BANDS))
    features = _features(levels)
    turned = features * [-1, 1, 1]
    return ((_network(features) - _network(turned)) / 2)[:-REACH]
