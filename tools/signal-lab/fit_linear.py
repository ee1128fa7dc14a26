"""Fits the baseline demodulator (protocol/spec/02-signal.md, 7) to the output of mark_levels.mjs: fit_linear.py OUT_DIR

Least squares from 5 tiles x 5 bands of floored levels to chip x bit, made symmetric in time and band; every fourth recording is held
out, and its information is printed in bits per second of sound for each embedder and channel.
"""
import glob
import json
import os
import sys

import numpy as np

folder = sys.argv[1]
chips = json.load(open(f"{folder}/chips.json"))
SIGN = np.array(chips["sign"]).reshape(128, 8)
BIT = np.array(chips["bit"]).reshape(128, 8)
REACH, REFERENCE, RANGE_DB, LIMIT, SCALE = 2, 160, 45, 0.3, 0.6


def load(name):
    levels = np.fromfile(f"{folder}/{name}.L", dtype="<f4").reshape(-1, 8).astype(float)
    levels = levels[: len(levels) // 4 * 4]
    bits = np.fromfile(f"{folder}/{name}.w", dtype="i1").astype(float).reshape(-1, 4)[: len(levels) // 4]
    t = np.arange(len(levels)) % 128
    wanted = SIGN[t] * bits[np.arange(len(levels)) // 4][np.arange(len(levels))[:, None], BIT[t]]
    top = levels.max(1)
    reference = [top[max(0, i + REACH + 1 - REFERENCE) : i + REACH + 1].max() for i in range(len(top))]
    return np.maximum(levels, np.array(reference)[:, None] - RANGE_DB), wanted, bits, t


def patches(y):
    n, w = len(y), 2 * REACH + 1
    padded = np.concatenate([np.repeat(y[:1], REACH, 0), y, np.repeat(y[-1:], REACH, 0)])
    out = np.zeros((n, 8, w, w))
    for a in range(w):
        for b in range(w):
            low, high = max(0, REACH - b), min(8, 8 + REACH - b)
            out[:, low:high, a, b] = padded[a : a + n, low + b - REACH : high + b - REACH]
    return (out - out.mean(2, keepdims=True)).reshape(-1, w * w)


def information(soft, bits, t):
    sums = np.stack([((soft * SIGN[t]) * (BIT[t] == k)).reshape(len(bits), 32).sum(1) for k in range(4)], 1)
    ratios = np.clip(SCALE * sums, -6, 6)
    return (1 - np.log2(1 + np.exp(-bits * ratios))).sum() / (len(bits) * 0.08)


names = sorted(os.path.basename(f)[:-2] for f in glob.glob(f"{folder}/*.L"))
recordings = sorted({n.split(".")[0] for n in names})
held_out = set(recordings[3::4])
size = (2 * REACH + 1) ** 2
xx, xy = np.zeros((size, size)), np.zeros(size)
for name in names:
    if name.split(".")[0] in held_out or ".b2." in name or name.endswith("opus12"):
        continue
    y, wanted, _, _ = load(name)
    f = patches(y)
    xx += f.T @ f
    xy += f.T @ wanted.ravel()
h = np.linalg.solve(xx + np.eye(size) * np.trace(xx) / size * 1e-4, xy).reshape(2 * REACH + 1, -1)
h = (h + h[::-1] + h[:, ::-1] + h[::-1, ::-1]) / 4
h -= h.mean(0, keepdims=True)
print(np.round(h * 10_000).astype(int))
for embedder in ["nn", "b1.3", "b2"]:
    for channel in ["clean", "mulaw", "opus24", "opus12"]:
        rates = []
        for name in names:
            if name.split(".")[0] in held_out and f".{embedder}.{channel}" in name:
                y, _, bits, t = load(name)
                rates.append(information(np.tanh((patches(y) @ h.ravel()).reshape(-1, 8) / LIMIT), bits, t))
        print(f"{embedder:5} {channel:7} {np.mean(rates):5.1f} bit/s")
