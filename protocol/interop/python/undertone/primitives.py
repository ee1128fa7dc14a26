"""Hashes, strict Ed25519 (01, CARD-10), base64url and canonical JSON (RFC 8785)."""

import base64
import hashlib
import hmac as _hmac
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FIELD = 2**255 - 19
# The y of the points of order 1, 2, 4 and 8; a key with one of them signs everything.
SMALL_ORDER = {
    0,
    1,
    FIELD - 1,
    int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
}


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def hmac256(key: bytes, *parts: bytes) -> bytes:
    return _hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def same(a: bytes, b: bytes) -> bool:
    return _hmac.compare_digest(a, b)


def u16(n: int) -> bytes:
    return n.to_bytes(2, "big")


def u32(n: int) -> bytes:
    return n.to_bytes(4, "big")


def u48(n: int) -> bytes:
    return n.to_bytes(6, "big")


def usable_key(public: bytes) -> bool:
    """Whether 32 bytes are a canonical point that is not of small order."""
    if len(public) != 32:
        return False
    y = int.from_bytes(public, "little") & (2**255 - 1)
    return y < FIELD and y not in SMALL_ORDER


def verify(public: bytes, signature: bytes, *message: bytes) -> bool:
    """Strict check: the library refuses S at or above the group order and compares R byte by byte."""
    if not usable_key(public) or len(signature) != 64:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, b"".join(message))
        return True
    except (InvalidSignature, ValueError):
        return False


def sign(secret: bytes, *message: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).sign(b"".join(message))


def public_of(secret: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def from_base64url(text) -> bytes | None:
    """Bytes of unpadded base64url in its only spelling, else None."""
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if to_base64url(data) == text else None


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(value: float) -> str:
    """A number as RFC 8785 writes it, which is as ECMAScript does."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("no JSON number")
    if value == 0:
        return "0"
    sign_, text = ("-", repr(-value)) if value < 0 else ("", repr(value))
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    n = len(digits)
    if n <= point <= 21:
        body = digits + "0" * (point - n)
    elif 0 < point <= 21:
        body = digits[:point] + "." + digits[point:]
    elif -6 < point <= 0:
        body = "0." + "0" * -point + digits
    else:
        body = digits[0] + ("." + digits[1:] if n > 1 else "") + f"e{point - 1:+d}"
    return sign_ + body


def canonical(value) -> str:
    """Canonical JSON text. Raises ValueError for what has none (a lone surrogate, NaN)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(float(value))
    if isinstance(value, str):
        value.encode("utf-8")
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
