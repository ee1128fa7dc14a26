"""Renewal of a card and the persona events of a session (08)."""

from dataclasses import dataclass

from .card import SLOT_MS, Card, check_claims, check_issuer, check_times, parse_card
from .errors import Refused, require
from .primitives import same, sha256, verify
from .trust import TrustedKey

REASONS = ("time", "intent-step", "persona", "end")
KINDS = ("reinjected", "drifted", "changed")


@dataclass
class Renewal:
    last_slot: int
    reason: str
    next_card_hash: bytes


def parse_renewal(data: bytes) -> Renewal:
    """REN-1, what needs no card."""
    require(len(data) == 141 and data[:8] == b"ut1 next" and data[76] < len(REASONS), "renewal-malformed")
    last_slot, next_hash, reason = int.from_bytes(data[40:44], "big"), data[44:76], REASONS[data[76]]
    require((next_hash == bytes(32)) == (reason == "end"), "renewal-malformed")
    return Renewal(last_slot, reason, next_hash)


def verify_renewal(data: bytes, card: Card) -> Renewal:
    """REN-1."""
    renewal = parse_renewal(data)
    announced = same(data[8:40], card.hash) and renewal.last_slot <= card.slots
    require(announced and verify(card.session_key, data[77:], data[:77]), "next-card-unannounced")
    return renewal


def follow_renewal(old, old_claims, next_, next_claims, renewal: bytes, trust: list[TrustedKey]) -> None:
    """REN-2, REN-3; old and next are card bytes."""
    cards, issuers = [], []
    for data, claims in ((old, old_claims), (next_, next_claims)):
        card = parse_card(data)
        issuer = check_issuer(card, trust)
        check_times(card, issuer, card.t0)
        check_claims(card, claims, None)
        cards.append(card)
        issuers.append(issuer)
    old_card, next_card = cards
    notice = verify_renewal(renewal, old_card)
    require(same(notice.next_card_hash, next_card.hash), "next-card-unannounced")
    require(next_claims.get("previousCard") == old_card.hash.hex(), "next-card-unlinked")
    one, other = issuers
    same_issuer = one.public == other.public or one.name != "" and one.name == other.name
    require(same_issuer and old_claims["agent"] == next_claims["agent"], "next-card-stranger")
    late = next_card.t0 - old_card.end_of(notice.last_slot)
    require(0 <= late <= SLOT_MS, "next-card-gap")


@dataclass
class PersonaEvent:
    number: int
    slot: int
    kind: str


def check_event_form(data: bytes) -> None:
    """PERS-1, what needs no card."""
    require(len(data) == 208 and data[:7] == b"ut1 evt" and data[79] < len(KINDS), "event-malformed")


def follow_personas(events: list[bytes], card: Card, claims) -> tuple[list[PersonaEvent], str | None]:
    """PERS-1, PERS-2: the events in the order given up to the first that does not hold, and why that one does not."""
    none = "00" * 32
    persona = claims and bytes.fromhex(claims.get("voicePersona", none) + claims.get("rolePersona", none))
    followed: list[PersonaEvent] = []
    previous = bytes(32)
    for data in events:
        try:
            followed.append(_next_event(data, followed, previous, persona, card))
        except Refused as refusal:
            return followed, refusal.code
        previous = sha256(data)
    return followed, None


def _next_event(data: bytes, before: list[PersonaEvent], previous: bytes, persona: bytes | None, card: Card) -> PersonaEvent:
    check_event_form(data)
    require(same(data[7:39], card.hash), "event-wrong-card")
    require(verify(card.session_key, data[144:], data[:144]), "event-bad-signature")
    number, slot = int.from_bytes(data[39:43], "big"), int.from_bytes(data[43:47], "big")
    in_order = number == len(before) + 1 and (before[-1].slot if before else 1) <= slot <= card.slots
    require(in_order and same(data[47:79], previous), "event-chain-broken")
    kind = KINDS[data[79]]
    require(persona is None or (data[80:144] != persona) == (kind == "changed"), "event-wrong-persona")
    return PersonaEvent(number, slot, kind)
