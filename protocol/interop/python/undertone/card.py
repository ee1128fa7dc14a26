"""The card: its bytes, and the checks in the order of page 01."""

from dataclasses import dataclass

from .chain import make_chain
from .claims import claims_hash, scope_hash
from .errors import require
from .primitives import public_of, same, sha256, sign, u16, u32, u48, verify
from .symbols import decode_symbols
from .trust import TrustedKey, kid_of

LENGTH = 162
SYMBOLS = 27
SLOT_MS = 2560


@dataclass
class Card:
    bytes: bytes
    delay_seconds: int
    epoch_slots: int
    family: int
    kid: str
    t0: int
    slots: int
    session_key: bytes
    root: bytes
    claims_hash: bytes
    status: int
    scope_hash: bytes

    @property
    def hash(self) -> bytes:
        return sha256(self.bytes)

    @property
    def locator(self) -> bytes:
        return self.hash[:6]

    def end_of(self, slot: int) -> int:
        """Time in ms at which a slot of the session ends."""
        return self.t0 + SLOT_MS * slot


def parse_card(data: bytes) -> Card:
    """CARD-1, CARD-9."""
    require(len(data) == LENGTH, "card-bad-length")
    require(data[0] == 1, "card-unknown-profile")
    require(data[1] >> 7 == 0, "card-unknown-critical")
    card = Card(
        bytes=data,
        delay_seconds=data[1] & 15,
        epoch_slots=4 if data[1] & 16 else 8,
        family=data[1] >> 5 & 3,
        kid=data[2:6].hex(),
        t0=int.from_bytes(data[6:12], "big"),
        slots=int.from_bytes(data[12:14], "big"),
        session_key=data[14:46],
        root=data[46:58],
        claims_hash=data[58:90],
        status=int.from_bytes(data[90:94], "big"),
        scope_hash=data[94:98],
    )
    require(2 <= card.delay_seconds <= 10 and card.slots >= 1, "card-bad-field")
    return card


def check_issuer(card: Card, keys: list[TrustedKey]) -> TrustedKey:
    """CARD-2: the trusted key that signed the card."""
    known = [key for key in keys if key.kid == card.kid]
    require(known, "issuer-unknown")
    signers = [key for key in known if verify(key.public, card.bytes[98:], b"ut1 card", card.bytes[:98])]
    require(signers, "card-bad-signature")
    return signers[0]


def check_times(card: Card, issuer: TrustedKey, at_ms: float) -> None:
    """CARD-8, CARD-3."""
    require(issuer.alive_at(at_ms), "issuer-key-expired")
    require(at_ms >= card.t0, "card-not-yet-valid")
    require(at_ms <= card.end_of(card.slots), "card-expired")


def check_claims(card: Card, claims, audience: str | None) -> str:
    """CARD-5, CARD-6: whether the call is `bound`."""
    require(same(claims_hash(claims), card.claims_hash), "claims-mismatch")
    require(same(scope_hash(claims), card.scope_hash), "claims-mismatch")
    if audience is None:
        return "none"
    require(claims.get("audience") == audience, "audience-mismatch")
    return "call"


def check_locator(card: Card, locator: bytes) -> None:
    """CARD-4."""
    require(same(card.locator, locator), "locator-mismatch")


def make_card(
    issuer_secret: bytes,
    session_secret: bytes,
    chain_seed: bytes,
    claims,
    t0: int,
    slots: int,
    delay_seconds: int,
    epoch_slots: int,
    status: int,
    family: int = 0,
) -> tuple[Card, list[bytes]]:
    """A signed card and the keys K_0 … K_slots."""
    require(2 <= delay_seconds <= 10 and epoch_slots in (4, 8) and 1 <= slots <= 65535, "card-bad-field")
    hashes = claims_hash(claims), scope_hash(claims)
    session_key = public_of(session_secret)
    keys = make_chain(session_key, chain_seed, slots)
    head = bytes([1, delay_seconds | (16 if epoch_slots == 4 else 0) | family << 5]) + bytes.fromhex(kid_of(public_of(issuer_secret)))
    head += u48(t0) + u16(slots) + session_key + keys[0] + hashes[0] + u32(status) + hashes[1]
    return parse_card(head + sign(issuer_secret, b"ut1 card", head)), keys


def card_from_symbols(received: dict[int, bytes], locator: bytes) -> Card:
    """SYM-2: confirmed by the locator."""

    def accept(data: list[bytes]) -> Card | None:
        joined = b"".join(data)
        return parse_card(joined) if same(sha256(joined)[:6], locator) else None

    return decode_symbols(received, SYMBOLS, accept)
