"""Claims, personas and the hashes that a card holds of them (01, Claims)."""

import re

from .errors import Refused, require
from .primitives import canonical, sha256

TEXTS = ("issuer", "agent", "agentChecksum", "audience")
HASHES = ("voicePersona", "rolePersona", "jwtHash", "previousCard")
NEEDED = {"issuer", "agent", "scope", "constraints"}


def _is_text(value) -> bool:
    return isinstance(value, str) and 1 <= len(value.encode("utf-16-be", "surrogatepass")) // 2 <= 1024


def _depth(value) -> int:
    """How many objects and lists the deepest value within lies in, this one counted."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return max((1 + _depth(item) for item in inner), default=0)


def _well_formed(claims) -> bool:
    if not isinstance(claims, dict) or not NEEDED <= claims.keys() <= NEEDED.union(TEXTS, HASHES):
        return False
    scope = claims["scope"]
    return (
        all(_is_text(claims[name]) for name in TEXTS if name in claims)
        and all(isinstance(claims[n], str) and re.fullmatch("[0-9a-f]{64}", claims[n]) for n in HASHES if n in claims)
        and isinstance(scope, list)
        and len(scope) <= 256
        and all(_is_text(item) and not re.search(r"\s", item) for item in scope)
        and len(set(scope)) == len(scope)
        and isinstance(claims["constraints"], dict)
        and _depth(claims) <= 16
    )


def canonical_claims(claims) -> str:
    """CARD-11: the canonical form of well-formed claims."""
    try:
        require(_well_formed(claims), "claims-malformed")
        text = canonical(claims)
    except (ValueError, RecursionError):
        raise Refused("claims-malformed") from None
    require(len(text.encode()) <= 16384, "claims-malformed")
    return text


def claims_hash(claims) -> bytes:
    return sha256(b"ut1 claims", canonical_claims(claims).encode())


def scope_hash(claims) -> bytes:
    items = sorted(claims["scope"], key=lambda item: item.encode("utf-16-be", "surrogatepass"))
    return sha256(" ".join(items).encode())[:4]


def persona_hash(kind: str, persona: bytes) -> bytes:
    """CARD-12: kind is `voice` or `role`."""
    return sha256(b"ut1 persona " + kind.encode() + b"\0", persona)
