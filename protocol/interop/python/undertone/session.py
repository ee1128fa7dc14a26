"""The session record beside a recording (01)."""

from dataclasses import dataclass

from .card import Card, check_claims, check_issuer, check_times, parse_card
from .chain import check_key
from .checkpoint import Checkpoint, verify_checkpoint
from .errors import Refused, require
from .primitives import canonical, from_base64url, sha256, sign, to_base64url, verify
from .records import Record, RecordChain, chain_records
from .trust import TrustedKey

NEEDED = {"version", "profile", "card", "claims", "records", "keys", "checkpoints"}


@dataclass
class Session:
    card: Card
    issuer: TrustedKey
    claims: dict
    records: RecordChain
    newest_key: tuple[int, bytes] | None
    checkpoints: list[Checkpoint]
    rejected_checkpoints: int
    signed: bool
    bound: str


def _signed_message(session: dict, card_hash: bytes) -> bytes:
    rest = {name: value for name, value in session.items() if name != "signature"}
    return b"ut1 session" + card_hash + sha256(canonical(rest).encode())


def _bytes(value) -> bytes:
    data = from_base64url(value)
    require(data is not None, "session-malformed")
    return data


def _well_formed(session) -> bool:
    if not isinstance(session, dict) or not NEEDED <= session.keys() <= NEEDED | {"jwt", "signature"}:
        return False
    keys = session["keys"]
    return (
        session["version"] == 1
        and session["profile"] == 1
        and isinstance(session["records"], list)
        and isinstance(session["checkpoints"], list)
        and (keys is None or isinstance(keys, dict) and keys.keys() == {"slot", "key"} and type(keys["slot"]) is int)
        and isinstance(session.get("jwt", ""), str)
    )


def read_session(session, trust: list[TrustedKey], audience: str | None = None) -> Session:
    """CARD-7, CARD-13. Judged at the card's t0 and at the end of its last record."""
    require(_well_formed(session), "session-malformed")
    card_bytes = _bytes(session["card"])
    records = [_bytes(r) for r in session["records"]]
    checkpoints = [_bytes(c) for c in session["checkpoints"]]
    key = session["keys"] and (session["keys"]["slot"], _bytes(session["keys"]["key"]))
    signature = _bytes(session["signature"]) if "signature" in session else None
    card = parse_card(card_bytes)
    issuer = check_issuer(card, trust)
    check_times(card, issuer, card.t0)
    claims = session["claims"]
    bound = check_claims(card, claims, audience)
    if "jwt" in session or "jwtHash" in claims:
        hashed = sha256(session.get("jwt", "").encode()).hex()
        require(hashed == claims.get("jwtHash"), "jwt-mismatch")
    if key:
        try:
            check_key(card.session_key, card.slots, (0, card.root), *key)
        except Refused:
            raise Refused("session-bad-key") from None
    if signature is not None:
        holds = verify(card.session_key, signature, _signed_message(session, card.hash))
        require(holds, "session-bad-signature")
    chain = chain_records(records, card)
    if chain.kept:
        check_times(card, issuer, card.end_of(chain.kept[-1].slot))
    kept = _chain_checkpoints(checkpoints, card)
    return Session(card, issuer, claims, chain, key, kept, len(checkpoints) - len(kept), signature is not None, bound)


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
