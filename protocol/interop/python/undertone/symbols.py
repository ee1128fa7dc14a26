"""Cauchy Reed–Solomon symbols of six bytes over GF(256) (05, Symbols)."""

from itertools import combinations

from .errors import Refused, require

EXP = [1] * 510
for _i in range(1, 510):
    EXP[_i] = EXP[_i - 1] << 1 ^ (0x11D if EXP[_i - 1] & 0x80 else 0)
LOG = {value: i for i, value in enumerate(EXP[:255])}
SIZE = 6


def mul(a: int, b: int) -> int:
    return EXP[LOG[a] + LOG[b]] if a and b else 0


def div(a: int, b: int) -> int:
    return EXP[LOG[a] - LOG[b] + 255] if a else 0


def encode_symbol(data: list[bytes], index: int) -> bytes:
    """SYM-1: symbol `index` of K data symbols."""
    require(0 <= index <= 255 and 1 <= len(data) <= 255 and all(len(d) == SIZE for d in data), "rs-bad-parameter")
    if index < len(data):
        return data[index]
    out = [0] * SIZE
    for j, symbol in enumerate(data):
        for position, byte in enumerate(symbol):
            out[position] ^= div(byte, index ^ j)
    return bytes(out)


# Polynomials are lists of coefficients, lowest first, without zeros at the end.


def _trim(p: list[int]) -> list[int]:
    while p and not p[-1]:
        p.pop()
    return p


def _add(p: list[int], q: list[int]) -> list[int]:
    out = list(p) + [0] * max(0, len(q) - len(p))
    for i, c in enumerate(q):
        out[i] ^= c
    return _trim(out)


def _product(p: list[int], q: list[int]) -> list[int]:
    out = [0] * max(0, len(p) + len(q) - 1)
    for i, a in enumerate(p):
        if a:
            for j, b in enumerate(q):
                out[i + j] ^= mul(a, b)
    return _trim(out)


def _divmod(p: list[int], q: list[int]) -> tuple[list[int], list[int]]:
    rest, quotient = list(p), [0] * max(0, len(p) - len(q) + 1)
    for i in range(len(p) - len(q), -1, -1):
        factor = quotient[i] = div(rest[i + len(q) - 1], q[-1])
        if factor:
            for j, c in enumerate(q):
                rest[i + j] ^= mul(factor, c)
    return _trim(quotient), _trim(rest[: len(q) - 1])


def _value(p: list[int], x: int) -> int:
    out = 0
    for c in reversed(p):
        out = mul(out, x) ^ c
    return out


def _scale(index: int, k: int) -> int:
    """What turns symbol `index` into the value there of a polynomial of degree below K."""
    out = 1
    for l in range(k):
        if l != index:
            out = mul(out, index ^ l)
    return out


class _Points:
    """The indices received: Lagrange polynomials once, for all byte positions."""

    def __init__(self, indices: list[int], k: int):
        self.indices, self.k = indices, k
        self.scales = [_scale(i, k) for i in indices]
        self.data_scales = [_scale(i, k) for i in range(k)]
        self.zero = [1]
        for i in indices:
            self.zero = _product(self.zero, [i, 1])
        self.basis = []
        for i in indices:
            others = _divmod(self.zero, [i, 1])[0]
            self.basis.append([div(c, _value(others, i)) for c in others])

    def decode(self, values: list[int]) -> list[int] | None:
        """The K data bytes of one byte position (Gao 2003), or None."""
        points = [mul(v, s) for v, s in zip(values, self.scales)]
        r0, r1 = self.zero, []
        for value, basis in zip(points, self.basis):
            r1 = _add(r1, [mul(value, c) for c in basis])
        v0, v1 = [], [1]
        while 2 * (len(r1) - 1) >= len(points) + self.k:
            quotient, rest = _divmod(r0, r1)
            r0, r1 = r1, rest
            v0, v1 = v1, _add(v0, _product(quotient, v1))
        polynomial, rest = _divmod(r1, v1) if r1 else ([], [])
        if rest or len(polynomial) > self.k:
            return None
        return [div(_value(polynomial, i), s) for i, s in enumerate(self.data_scales)]


def _decode(received: list[tuple[int, bytes]], k: int) -> list[bytes] | None:
    points = _Points([index for index, _ in received], k)
    columns = []
    for position in range(SIZE):
        column = points.decode([symbol[position] for _, symbol in received])
        if column is None:
            return None
        columns.append(column)
    return [bytes(column[i] for column in columns) for i in range(k)]


def decode_symbols(received: dict[int, bytes], k: int, accept):
    """SYM-2: what `accept(data symbols)` returns (None: not confirmed), also without each one and each two."""
    require(all(0 <= i <= 255 and len(s) == SIZE for i, s in received.items()), "rs-bad-parameter")
    pairs = list(received.items())
    for dropped in range(3):
        if len(pairs) - dropped < k:
            break
        for out in combinations(range(len(pairs)), dropped):
            data = _decode([pair for i, pair in enumerate(pairs) if i not in out], k)
            accepted = accept(data) if data is not None else None
            if accepted is not None:
                return accepted
    raise Refused("symbols-undecodable")
