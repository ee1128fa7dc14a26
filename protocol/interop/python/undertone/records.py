"""Signed slot records and their chain (05)."""

from dataclasses import dataclass

from .card import Card
from .errors import Refused, require
from .primitives import same, sha256, sign, u32, verify

LABEL = b"ut1 rec"
LENGTH = 216
STATES = ("full", "interrupted", "void", "end")


@dataclass
class Record:
    bytes: bytes
    slot: int
    previous: bytes
    sent_map: int
    sealed: bytes
    digest: bytes
    state: str

    @property
    def hash(self) -> bytes:
        return sha256(self.bytes)


def make_record(secret, card_hash, slot, previous, sent_map, sealed, digest, state) -> Record:
    body = LABEL + card_hash + u32(slot) + previous + u32(sent_map) + sealed + digest + bytes([STATES.index(state)])
    return Record(body + sign(secret, body), slot, previous, sent_map, sealed, digest, state)


def slot_in(data: bytes) -> int:
    return int.from_bytes(data[39:43], "big")


def check_form(data: bytes) -> None:
    """REC-1, what needs no card. Slot 0 is malformed: no card could have it."""
    formed = len(data) == LENGTH and data[:7] == LABEL and data[151] < len(STATES)
    require(formed and slot_in(data) > 0, "record-malformed")


def verify_record(data: bytes, card: Card) -> Record:
    """REC-1."""
    check_form(data)
    slot = slot_in(data)
    require(same(data[7:39], card.hash), "record-wrong-card")
    require(slot <= card.slots, "record-bad-slot")
    require(verify(card.session_key, data[152:], data[:152]), "record-bad-signature")
    sent_map = int.from_bytes(data[75:79], "big")
    return Record(data, slot, data[43:75], sent_map, data[79:87], data[87:151], STATES[data[151]])


@dataclass
class RecordChain:
    kept: list[Record]
    gaps: list[tuple[int, int]]
    rejected: list[tuple[int, str]]


def chain_records(records: list[bytes], card: Card) -> RecordChain:
    """REC-2, REC-3."""
    by_slot: dict[int, dict[bytes, Record]] = {}
    rejected: list[tuple[int, str]] = []
    for data in records:
        try:
            record = verify_record(data, card)
            by_slot.setdefault(record.slot, {})[data] = record
        except Refused as refusal:
            rejected.append((slot_in(data), refusal.code))
    kept: list[Record] = []
    gaps: list[tuple[int, int]] = []
    for slot, same_slot in sorted(by_slot.items()):
        record = next(iter(same_slot.values()))
        last = kept[-1] if kept else None
        if len(same_slot) > 1:
            rejected.append((slot, "record-equivocation"))
            continue
        opens = record.previous == bytes(32)
        if last is None:
            linked = opens or slot > 1
        else:
            linked = same(record.previous, last.hash) if last.slot == slot - 1 else not opens
        if not linked:
            rejected.append((slot, "record-chain-broken"))
            continue
        expected = last.slot + 1 if last else 1
        if slot > expected and not (last is None and opens):
            gaps.append((expected, slot - 1))
        kept.append(record)
    return RecordChain(kept, gaps, sorted(rejected, key=lambda item: item[0]))
