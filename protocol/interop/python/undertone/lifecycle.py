"""Renewal of a card and the persona events of a session (08)."""

from dataclasses import dataclass

from .card import SLOT_MS, Card, check_claims, check_issuer, check_times, parse_card
from .errors import require
from .primitives import same, sha256, verify
from .trust import TrustedKey

REASONS = ("time", "intent-step", "persona", "end")
KINDS = ("reinjected", "drifted", "changed")


@dataclass
class Renewal:
    last_slot: int
    reason: str
    next_card_hash: bytes


def verify_renewal(data: bytes, card: Card) -> Renewal:
    """REN-1."""
    require(len(data) == 141 and data[:8] == b"ut1 next" and data[76] < len(REASONS), "renewal-malformed")
    last_slot, next_hash, reason = int.from_bytes(data[40:44], "big"), data[44:76], REASONS[data[76]]
    require((next_hash == bytes(32)) == (reason == "end"), "renewal-malformed")
    announced = same(data[8:40], card.hash) and 1 <= last_slot <= card.slots
    require(announced and verify(card.session_key, data[77:], data[:77]), "next-card-unannounced")
    return Renewal(last_slot, reason, next_hash)


def follow_renewal(old, old_claims, next_, next_claims, renewal: bytes, trust: list[TrustedKey]) -> None:
    """REN-2, REN-3; old and next are card bytes."""
    cards = []
    for data, claims in ((old, old_claims), (next_, next_claims)):
        card = parse_card(data)
        check_times(card, check_issuer(card, trust), card.t0)
        check_claims(card, claims, None)
        cards.append(card)
    old_card, next_card = cards
    notice = verify_renewal(renewal, old_card)
    require(same(notice.next_card_hash, next_card.hash), "next-card-unannounced")
    require(next_claims.get("previousCard") == old_card.hash.hex(), "next-card-unlinked")
    alike = old_card.kid == next_card.kid and all(old_claims[n] == next_claims[n] for n in ("issuer", "agent"))
    require(alike, "next-card-stranger")
    late = next_card.t0 - old_card.end_of(notice.last_slot)
    require(0 <= late <= SLOT_MS, "next-card-gap")


@dataclass
class PersonaEvent:
    number: int
    slot: int
    kind: str


def follow_personas(events: list[bytes], card: Card, claims) -> list[PersonaEvent]:
    """PERS-1, PERS-2, in the order given."""
    claimed = claims or {}
    persona = bytes.fromhex(claimed.get("voicePersona", "00" * 32) + claimed.get("rolePersona", "00" * 32))
    followed: list[PersonaEvent] = []
    previous = bytes(32)
    for data in events:
        require(len(data) == 208 and data[:7] == b"ut1 evt" and data[79] < len(KINDS), "event-malformed")
        require(same(data[7:39], card.hash), "event-wrong-card")
        require(verify(card.session_key, data[144:], data[:144]), "event-bad-signature")
        number, slot = int.from_bytes(data[39:43], "big"), int.from_bytes(data[43:47], "big")
        in_order = number == len(followed) + 1 and (followed[-1].slot if followed else 1) <= slot <= card.slots
        require(in_order and same(data[47:79], previous), "event-chain-broken")
        kind, now = KINDS[data[79]], data[80:144]
        require((now != persona) == (kind == "changed"), "event-wrong-persona")
        followed.append(PersonaEvent(number, slot, kind))
        persona, previous = now, sha256(data)
    return followed
