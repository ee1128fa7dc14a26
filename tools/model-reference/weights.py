"""Random weights that Python and TypeScript both make, bit for bit, from a seed and a tensor's name.

The same rule is in packages/model/src/weights/random.ts; the tests fail when the two differ.
"""
import numpy as np

MASK = np.uint32(0xFFFFFFFF)


def fnv1a(name: str) -> int:
    h = 0x811C9DC5
    for byte in name.encode():
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def uniform(name: str, count: int, seed: int = 1, start: int = 0) -> np.ndarray:
    """`count` numbers in [-1, 1), float64 with 24 significant bits."""
    key = np.uint32(fnv1a(name) ^ ((seed * 0x9E3779B9) & 0xFFFFFFFF))
    with np.errstate(over="ignore"):
        h = np.arange(start, start + count, dtype=np.uint32) * np.uint32(0x85EBCA6B) ^ key
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x7FEB352D)
        h = (h ^ (h >> np.uint32(15))) * np.uint32(0x846CA68B)
        h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float64) / (1 << 23) - 1


def shape_rule(name: str, shape: tuple[int, ...]) -> tuple[float, float]:
    """(offset, scale) of a tensor's values: keeps activations of the order of one through the stack."""
    last = name.split(".")[-1]
    if last == "_initialized":
        return 1.0, 0.0
    if last == "alpha" or ".norm" in name and last == "weight":
        return 1.0, 0.3
    if last == "bias":
        return 0.0, 0.1
    if last == "scale":
        return 0.3, 0.1
    if last == "cluster_usage":
        return 1.0, 0.5
    if last == "embedding_sum":
        return 0.0, 1.0
    if "emb." in name:
        return 0.0, 0.5
    fan_in = int(np.prod(shape[1:])) if "convtr" not in name else shape[0] * 2
    head = 2.0 if name.startswith(("linears.", "text_linear")) else 1.0
    return 0.0, head * 1.7 / np.sqrt(max(fan_in, 1)) if "upsample" not in name else 0.7


def to_bf16(x: np.ndarray) -> np.ndarray:
    """Rounds float32 to the nearest bfloat16, ties to even."""
    bits = x.view(np.uint32)
    bits = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
    return bits.view(np.float32)


def tensor(name: str, shape: tuple[int, ...], bf16: bool, seed: int = 1) -> np.ndarray:
    offset, scale = shape_rule(name, shape)
    x = (offset + scale * uniform(name, int(np.prod(shape)), seed)).astype(np.float32)
    return (to_bf16(x) if bf16 else x).reshape(shape)
