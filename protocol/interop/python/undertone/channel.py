"""Messages of the verification channel (07, channel.cddl)."""

import struct

from .errors import Refused, require
from .primitives import from_base64url

DEEPEST, MOST_VALUES = 20, 65536
MOST_SEQ, MOST_ID = 2**53 - 1, 2**32 - 1


def _whole(value, least: int, most: int) -> int:
    require(type(value) is int and least <= value <= most, "channel-bad-message")
    return value


def _data(value, *sizes: int) -> bytes:
    """Bytes of one of these lengths, as msgpack or as base64url."""
    data = value if isinstance(value, bytes) else from_base64url(value)
    require(data is not None and len(data) in sizes, "channel-bad-message")
    return data


def _flag(value) -> bool:
    require(isinstance(value, bool), "channel-bad-message")
    return value


def _text(value, most: int) -> str:
    require(isinstance(value, str) and 1 <= len(value) <= most, "channel-bad-message")
    return value


def _member(value, name: str):
    require(isinstance(value, dict) and name in value, "channel-bad-message")
    return value[name]


def _list(value, most: int) -> list:
    require(isinstance(value, list) and len(value) <= most, "channel-bad-message")
    return value


def _item(value) -> dict:
    kind = _member(value, "type")
    read = {
        "record": lambda: {"record": _data(_member(value, "record"), 216)},
        "key": lambda: {
            "slot": _whole(_member(value, "slot"), 0, 65535),
            "key": _data(_member(value, "key"), 12),
        },
        "checkpoint": lambda: {"checkpoint": _data(_member(value, "checkpoint"), 100, 172)},
        "persona": lambda: {"event": _data(_member(value, "event"), 208)},
        "renewal": lambda: {"renewal": _data(_member(value, "renewal"), 141)},
        "end": lambda: {"signature": _data(_member(value, "signature"), 64)},
    }
    require(isinstance(kind, str) and kind in read, "channel-bad-message")
    return {"type": kind, "seq": _whole(_member(value, "seq"), 0, MOST_SEQ)} | read[kind]()


def _id(value) -> int:
    return _whole(_member(value, "id"), 0, MOST_ID)


def _message(value) -> dict:
    kind = _member(value, "type")
    if kind == "beat":
        return {"type": kind}
    if kind == "status":
        return {"type": kind, "id": _id(value), "revoked": _flag(_member(value, "revoked"))}
    if kind == "error":
        id_ = _member(value, "id")
        return {"type": kind, "id": id_ if id_ is None else _id(value), "code": _text(_member(value, "code"), 64)}
    return _item(value) | {"id": _id(value)}


def _command(value) -> dict:
    kind = _member(value, "type")
    require(kind in ("follow", "unfollow"), "channel-bad-message")
    if kind == "unfollow":
        return {"type": kind, "id": _id(value)}
    card = _data(_member(value, "card"), 32)
    return {"type": kind, "id": _id(value), "card": card, "after": _whole(_member(value, "after"), 0, MOST_SEQ)}


def _sessions(value) -> dict:
    found = _list(_member(value, "sessions"), 8)
    return {"sessions": [{"card": _data(_member(s, "card"), 162), "claims": _member(s, "claims")} for s in found]}


def _time(value) -> dict:
    time_ms = _whole(_member(value, "timeMs"), 0, 2**48 - 1)
    return {"timeMs": time_ms, "signature": _data(_member(value, "signature"), 64)}


def _page(value) -> dict:
    items = _list(_member(value, "items"), 1024)
    return {"items": [_item(item) for item in items], "more": _flag(_member(value, "more"))}


def _challenge(value) -> dict:
    if isinstance(value, dict) and "refused" in value:
        require(value["refused"] in ("challenge-busy", "challenge-unsupported"), "channel-bad-message")
        return {"refused": value["refused"]}
    return {"number": _whole(_member(value, "number"), 0, 2**32 - 1)}


READERS = {
    "message": _message,
    "command": _command,
    "sessions": _sessions,
    "time": _time,
    "challenge": _challenge,
    "page": _page,
}


def read(kind: str, value) -> dict:
    """CHAN-1: the value with its bytes read."""
    return READERS[kind](value)


class _Unpacker:
    def __init__(self, data: bytes):
        self.data, self.at, self.values = data, 0, 0

    def take(self, n: int) -> bytes:
        require(self.at + n <= len(self.data), "channel-malformed")
        self.at += n
        return self.data[self.at - n : self.at]

    def number(self, form: str):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def text(self, n: int) -> str:
        try:
            return self.take(n).decode()
        except UnicodeDecodeError:
            raise Refused("channel-malformed") from None

    def many(self, n: int) -> None:
        """Counted before anything is made for them: each value takes a byte at least."""
        self.values += n
        require(self.values <= MOST_VALUES and n <= len(self.data) - self.at, "channel-malformed")

    def list(self, n: int, depth: int) -> list:
        self.many(n)
        return [self.value(depth) for _ in range(n)]

    def map(self, n: int, depth: int) -> dict:
        self.many(2 * n)
        out = {}
        for _ in range(n):
            name = self.value(depth)
            require(isinstance(name, str) and name not in out, "channel-malformed")
            out[name] = self.value(depth)
        return out

    def value(self, depth: int = 0):
        require(depth <= DEEPEST, "channel-malformed")
        tag = self.take(1)[0]
        if tag < 0x80:
            return tag
        if tag < 0x90:
            return self.map(tag & 15, depth + 1)
        if tag < 0xA0:
            return self.list(tag & 15, depth + 1)
        if tag < 0xC0:
            return self.text(tag & 31)
        if tag >= 0xE0:
            return tag - 256
        if tag in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[tag]
        if tag in (0xC4, 0xC5, 0xC6):
            return self.take(self.number("BHI"[tag - 0xC4]))
        if tag in (0xCA, 0xCB):
            return self.number("fd"[tag - 0xCA])
        if 0xCC <= tag <= 0xD3:
            return self.number("BHIQbhiq"[tag - 0xCC])
        if tag in (0xD9, 0xDA, 0xDB):
            return self.text(self.number("BHI"[tag - 0xD9]))
        if tag in (0xDC, 0xDD):
            return self.list(self.number("HI"[tag - 0xDC]), depth + 1)
        if tag in (0xDE, 0xDF):
            return self.map(self.number("HI"[tag - 0xDE]), depth + 1)
        raise Refused("channel-malformed")


def unpack(data: bytes):
    """CHAN-2: one msgpack value of the kinds used here, and nothing after it."""
    require(len(data) <= 1 << 20, "channel-too-large")
    unpacker = _Unpacker(data)
    value = unpacker.value()
    require(unpacker.at == len(data), "channel-malformed")
    return value
