"""The session record beside a recording (01)."""

import re
from dataclasses import dataclass

from .card import Card, check_claims, check_issuer, check_times, parse_card
from .chain import check_key
from .checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from .claims import canonical_claims
from .errors import Refused, require
from .lifecycle import PersonaEvent, Renewal, check_event_form, follow_personas, parse_renewal, verify_renewal
from .primitives import canonical, from_base64url, sha256, sign, to_base64url, verify
from .records import Record, RecordChain, chain_records, check_form, slot_in
from .trust import TrustedKey

NEEDED = {"version", "profile", "card", "claims", "records", "keys", "checkpoints"}
OPTIONAL = {"jwt", "events", "renewal", "signature"}
MOST_CHECKPOINTS, MOST_EVENTS, MOST_JWT = 4096, 65535, 65536


@dataclass
class Session:
    card: Card
    issuer: TrustedKey
    claims: dict
    records: RecordChain
    newest_key: tuple[int, bytes] | None
    checkpoints: list[Checkpoint]
    rejected_checkpoints: int
    events: list[PersonaEvent]
    event_failure: str | None
    renewal: Renewal | None
    signed: bool
    bound: str


def _signed_message(session: dict, card_hash: bytes) -> bytes:
    rest = {name: value for name, value in session.items() if name != "signature"}
    return b"ut1 session" + card_hash + sha256(canonical(rest).encode())


def _bytes(value) -> bytes:
    data = from_base64url(value)
    require(data is not None, "session-malformed")
    return data


@dataclass
class Parsed:
    """A session record that has the form of CARD-7; nothing in it is checked."""

    card: Card
    records: list[bytes]
    checkpoints: list[bytes]
    events: list[bytes]
    key: tuple[int, bytes] | None
    renewal: bytes | None
    signature: bytes | None


def _well_formed(session) -> bool:
    if not isinstance(session, dict) or not NEEDED <= session.keys() <= NEEDED | OPTIONAL:
        return False
    keys, jwt = session["keys"], session.get("jwt", "x")
    return (
        session["version"] == 1
        and session["profile"] == 1
        and all(isinstance(session.get(name, []), list) for name in ("records", "checkpoints", "events"))
        and len(session["checkpoints"]) <= MOST_CHECKPOINTS
        and len(session.get("events", [])) <= MOST_EVENTS
        and (keys is None or isinstance(keys, dict) and keys.keys() == {"slot", "key"} and type(keys["slot"]) is int)
        and isinstance(jwt, str)
        and re.fullmatch(r"[\w.-]{1,%d}" % MOST_JWT, jwt, re.ASCII) is not None
    )


def _parse(session) -> Parsed:
    """CARD-7."""
    require(_well_formed(session), "session-malformed")
    try:
        card = parse_card(_bytes(session["card"]))
        canonical_claims(session["claims"])
        lists = [[_bytes(item) for item in session.get(name, [])] for name in ("records", "checkpoints", "events")]
        for check, items in zip((check_form, parse_checkpoint, check_event_form), lists):
            for item in items:
                check(item)
        renewal = _bytes(session["renewal"]) if "renewal" in session else None
        if renewal is not None:
            parse_renewal(renewal)
    except Refused:
        raise Refused("session-malformed") from None
    keys = session["keys"]
    key = keys and (keys["slot"], _bytes(keys["key"]))
    signature = _bytes(session["signature"]) if "signature" in session else None
    formed = (key is None or len(key[1]) == 12 and 1 <= key[0] <= 65535) and (signature is None or len(signature) == 64)
    require(formed and len(lists[0]) <= card.slots, "session-malformed")
    return Parsed(card, *lists, key, renewal, signature)


def read_session(session, trust: list[TrustedKey], audience: str | None = None) -> Session:
    """CARD-7, CARD-13. Judged at the card's t0 and at the end of its last record."""
    parsed = _parse(session)
    card, key = parsed.card, parsed.key
    issuer = check_issuer(card, trust)
    check_times(card, issuer, card.t0)
    claims = session["claims"]
    bound = check_claims(card, claims, audience)
    if "jwt" in session:
        require(sha256(session["jwt"].encode()).hex() == claims.get("jwtHash"), "jwt-mismatch")
    if key:
        try:
            check_key(card.session_key, card.slots, (0, card.root), *key)
        except Refused:
            raise Refused("session-bad-key") from None
    if parsed.signature is not None:
        holds = verify(card.session_key, parsed.signature, _signed_message(session, card.hash))
        require(holds, "session-bad-signature")
    renewal = _renewal(parsed.renewal, card)
    chain = chain_records([data for data in parsed.records if not renewal or slot_in(data) <= renewal.last_slot], card)
    if renewal:
        late = sorted(slot_in(data) for data in parsed.records if slot_in(data) > renewal.last_slot)
        chain.rejected += [(slot, "record-after-end") for slot in late]
    if chain.kept:
        check_times(card, issuer, card.end_of(chain.kept[-1].slot))
    kept = _chain_checkpoints(parsed.checkpoints, card)
    events, failure = follow_personas(parsed.events, card, claims)
    rejected, signed = len(parsed.checkpoints) - len(kept), parsed.signature is not None
    return Session(card, issuer, claims, chain, key, kept, rejected, events, failure, renewal, signed, bound)


def _renewal(data: bytes | None, card: Card) -> Renewal | None:
    try:
        return data and verify_renewal(data, card)
    except Refused:
        raise Refused("session-bad-renewal") from None


def _chain_checkpoints(checkpoints: list[bytes], card: Card) -> list[Checkpoint]:
    kept: list[Checkpoint] = []
    for data in checkpoints:
        try:
            kept.append(verify_checkpoint(data, kept[-1].bytes if kept else None, card))
        except Refused:
            pass
    return kept


def make_session(
    secret: bytes, card: Card, claims, records: list[Record], key: tuple[int, bytes] | None, checkpoints: list[Checkpoint]
) -> dict:
    session = {
        "version": 1,
        "profile": 1,
        "card": to_base64url(card.bytes),
        "claims": claims,
        "records": [to_base64url(record.bytes) for record in records],
        "keys": key and {"slot": key[0], "key": to_base64url(key[1])},
        "checkpoints": [to_base64url(checkpoint.bytes) for checkpoint in checkpoints],
    }
    return session | {"signature": to_base64url(sign(secret, _signed_message(session, card.hash)))}
