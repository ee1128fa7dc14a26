"""The rate-compatible polar codes of single and double frames, with a list decoder (03, The code)."""

from dataclasses import dataclass

import numpy as np

from .chips import SplitMix32
from .errors import Refused
from .frames import decode_frame

PART = 32


class Code:
    """The code of the frames of one kind."""

    def __init__(self, bits: int, half: int, beta: float, fresh: int, least: int, expected: int):
        """fresh: positions of the second half that the first half repeats; least, expected: I that a frame needs (FRAME-2)."""
        self.bits, self.half, self.length = bits, half, 2 * half
        self.least = {False: least, True: expected}
        weight = [sum(beta**j for j in range(9) if i >> j & 1) for i in range(half)]
        best = sorted(range(half), key=lambda i: (weight[i], i), reverse=True)
        self.short = sorted(best[:bits])
        self.early, self.repeated = sorted(best[:fresh]), sorted(best[bits - fresh : bits])
        q = np.array(SplitMix32(0x706F6C72).permutation(half))
        self.order = np.concatenate([half + q, q])
        """Coded bit j is x[order[j]]."""
        self.late = [half + i for i in self.short]

    def kinds_short(self, expected: int | None) -> list[int]:
        """What each position holds; an expected first byte makes its eight positions known."""
        kinds = [-1] * self.half
        for place, i in enumerate(self.short):
            known = expected is not None and place < 8
            kinds[i] = (-3 if expected >> 7 - place & 1 else -1) if known else -2
        return kinds

    def kinds_long(self, expected: int | None) -> list[int]:
        kinds = [-1] * self.half + self.kinds_short(expected)
        for early, late in zip(self.early, self.repeated):
            kinds[early] = kinds[self.half + late]
            if kinds[early] == -2:
                kinds[self.half + late] = early
        return kinds


SINGLE = Code(72, 128, 2 ** (1 / 4), 11, 72, 64)
DOUBLE = Code(120, 256, 2 ** (1 / 6), 8, 120, 112)
CODES = {"single": SINGLE, "double": DOUBLE}


def code_of(bits: int) -> Code:
    return SINGLE if bits == SINGLE.bits else DOUBLE


def transform(u: np.ndarray) -> np.ndarray:
    """u · F^{⊗n} along the last axis."""
    x = u.copy()
    n, h = x.shape[-1], 1
    while h < n:
        pairs = x.reshape(*x.shape[:-1], n // (2 * h), 2, h)
        pairs[..., 0, :] ^= pairs[..., 1, :]
        h *= 2
    return x


def encode(bits: np.ndarray) -> np.ndarray:
    """Coded bits of a frame's (… × 72 to … × 256, … × 120 to … × 512)."""
    code = code_of(bits.shape[-1])
    u = np.zeros((*bits.shape[:-1], code.length), np.uint8)
    u[..., code.late] = bits
    u[..., code.early] = u[..., [code.half + i for i in code.repeated]]
    return transform(u)[..., code.order]


def gather(ratios: np.ndarray, code: Code) -> np.ndarray:
    """Ratios of the coded bits from those of whole parts; parts sent twice add up, unsent bits are 0."""
    out = np.zeros(code.length)
    np.add.at(out, np.arange(len(ratios)) % code.length, ratios)
    return out


def information(ratios: np.ndarray, coded: np.ndarray) -> np.ndarray:
    """FRAME-2: I in bits, along the last axis."""
    said = 1 - np.log2(1 + np.exp(-(2.0 * coded - 1) * ratios))
    return np.where(ratios != 0, said, 0).sum(axis=-1)


class _ListDecoder:
    """Successive cancellation with a list, for many received words at once."""

    def __init__(self, size: int, kinds: list[int]):
        """kinds: for each position −1 (0), −2 (free), −3 (1) or the earlier position that it repeats."""
        self.size, self.kinds = size, kinds

    def decode(self, llr: np.ndarray) -> np.ndarray:
        """words × positions of ln(P(0) / P(1)) to words × list × positions of u."""
        words, n = llr.shape
        self.metric = np.full((words, self.size), np.inf)
        self.metric[:, 0] = 0
        self.u = np.zeros((words, self.size, n), np.uint8)
        self.rows = np.arange(words)[:, None]
        self._node(np.repeat(llr[:, None, :], self.size, axis=1), 0)
        order = np.argsort(self.metric, axis=1)
        return self.u[self.rows, order]

    def _node(self, llr: np.ndarray, first: int):
        """Returns the code bits of this node and where each path of the list came from."""
        n = llr.shape[-1]
        if all(kind == -1 for kind in self.kinds[first : first + n]):
            self.metric = self.metric + np.logaddexp(0, -llr).sum(axis=-1)
            return np.zeros(llr.shape, np.uint8), None
        if n == 1:
            return self._leaf(llr[..., 0], first)
        a, b = llr[..., : n // 2], llr[..., n // 2 :]
        left, origin = self._node(np.sign(a) * np.sign(b) * np.minimum(np.abs(a), np.abs(b)), first)
        if origin is not None:
            a, b = a[self.rows, origin], b[self.rows, origin]
        right, origin2 = self._node(b + np.where(left, -a, a), first + n // 2)
        if origin2 is not None:
            left = left[self.rows, origin2]
            origin = origin2 if origin is None else origin[self.rows, origin2]
        return np.concatenate([left ^ right, right], axis=-1), origin

    def _leaf(self, llr: np.ndarray, at: int):
        kind = self.kinds[at]
        if kind >= 0 or kind == -3:
            bit = self.u[:, :, kind] if kind >= 0 else np.ones(llr.shape, np.uint8)
            self.metric = self.metric + np.logaddexp(0, np.where(bit, llr, -llr))
            self.u[:, :, at] = bit
            return bit[..., None], None
        both = np.concatenate(
            [self.metric + np.logaddexp(0, -llr), self.metric + np.logaddexp(0, llr)], axis=1
        )
        best = np.argpartition(both, self.size - 1, axis=1)[:, : self.size]
        origin, bit = best % self.size, (best >= self.size).astype(np.uint8)
        self.metric = both[self.rows, best]
        self.u = self.u[self.rows, origin]
        self.u[:, :, at] = bit
        return bit[..., None], origin


def decode(ratios: np.ndarray, code: Code, expected: int | None = None, size: int = 16) -> np.ndarray:
    """words × coded bits, ratios ln(P(1) / P(0)), to words × size × bits of the frame, best first.

    Where nothing came for the second half of the codeword, the short code is decoded.
    """
    x = np.zeros(ratios.shape)
    x[:, code.order] = -ratios
    short = ~x[:, : code.half].any(axis=1)
    bits = np.zeros((len(ratios), size, code.bits), np.uint8)
    if short.any():
        words = _ListDecoder(size, code.kinds_short(expected)).decode(x[short, code.half :])
        bits[short] = words[..., code.short]
    if not short.all():
        bits[~short] = _ListDecoder(size, code.kinds_long(expected)).decode(x[~short])[..., code.late]
    return bits


@dataclass
class Reading:
    kind: int
    ctr: int
    body: bytes
    information: float


def read_frames(
    ratios: np.ndarray, code: Code, lane: str, locator: bytes | None, expected: int | None = None
) -> list[Reading | Refused]:
    """FRAME-1, FRAME-2: what each word (words × ratios of a codeword) says, or why it says nothing.

    expected: a first byte (type and ctr); only frames that have it are read then.
    """
    least = code.least[expected is not None]
    candidates = decode(ratios, code, expected)
    return [_read(row, bits, lane, locator, least) for row, bits in zip(ratios, candidates)]


def _read(row: np.ndarray, candidates: np.ndarray, lane: str, locator: bytes | None, least: int) -> Reading | Refused:
    refusal = Refused("frame-ignored")
    for bits in candidates:
        try:
            kind, ctr, body = decode_frame(lane, np.packbits(bits).tobytes(), locator)
        except Refused:
            continue
        said = float(information(row, encode(bits)))
        if said >= least:
            return Reading(kind, ctr, body, said)
        refusal = Refused("frame-too-weak")
    return refusal
