"""Marks a whole recording: pages 02 to 06 together."""

from dataclasses import dataclass

import numpy as np

from .card import Card
from .chain import mask, selection
from .chips import FRAMES, SLOT_TILES, to_bits
from .code import CODES, PART, Code, encode, gather, information
from .demodulate import all_ratios, soft_cells
from .digest import epoch_digest, slot_digest
from .embed import Embedder
from .frames import DOUBLE as DOUBLE_TYPES
from .frames import LOC
from .levels import grid_levels, hop_powers
from .match import information as slot_information
from .records import Record, make_record
from .schedule import LEAST_PARTS, MOST_PARTS, OpenLane, SealedLane, slot_of_part

GAIN_DB = 2.0
PART_FRAMES, PART_TILES = 16, 64
# Bits that the self-check asks for, without a channel: what µ-law and Opus leave of them still gives 72, or 120.
ENOUGH, ENOUGH_LOC = {"single": 110, "double": 185}, 160
READ_BACK = 0.5
EPOCH_TAIL = 16
_LOOK_BACK = 164


@dataclass
class _Turn:
    """The frame that a lane is sending."""

    frame: bytes
    kind: str
    code: Code
    coded: np.ndarray
    ratios: list[np.ndarray]

    @classmethod
    def of(cls, frame: bytes) -> "_Turn":
        kind = "double" if frame[0] >> 5 in DOUBLE_TYPES else "single"
        return cls(frame, kind, CODES[kind], encode(to_bits(frame).astype(np.uint8)), [])

    def next_part(self) -> np.ndarray:
        at = len(self.ratios) % (self.code.length // PART)
        return self.coded[PART * at : PART * (at + 1)].astype(int)

    @property
    def carried(self) -> bool:
        enough = ENOUGH_LOC if self.frame[0] >> 5 == LOC else ENOUGH[self.kind]
        return information(gather(np.concatenate(self.ratios), self.code), self.coded) >= enough

    @property
    def over(self) -> bool:
        lasted = len(self.ratios)
        return lasted >= MOST_PARTS[self.kind] or lasted >= LEAST_PARTS[self.kind] and self.carried


class Encoder:
    """x: samples −1 … 1, the first at the card's t0."""

    def __init__(self, x: np.ndarray, card: Card, keys: list[bytes], session_secret: bytes):
        self.card, self.keys, self.secret = card, keys, session_secret
        self.embedder = Embedder(x, GAIN_DB, card.family)
        self.lanes = OpenLane(card, keys), SealedLane(card, keys, session_secret)
        self.sealed: list[np.ndarray] = []

    def run(self) -> tuple[np.ndarray, list[Record]]:
        """16-bit samples, and the records of their slots."""
        turns: list[_Turn | None] = [None, None]
        for part in range(-(-self.embedder.tiles // PART_TILES)):
            self._end_epoch(part)
            for lane, turn in enumerate(turns):
                if turn is None:
                    turns[lane] = _Turn.of(self.lanes[lane].turn(part))
            masking = self._mask(part)
            open_bits, sealed_bits = (turn.next_part() for turn in turns)
            self.sealed.append(sealed_bits)
            sent = [open_bits.reshape(-1, 2), (sealed_bits ^ masking).reshape(-1, 2)]
            self.embedder.mark(PART_FRAMES * part, np.hstack(sent))
            heard = self._read_back(part)
            turns[0].ratios.append(heard[:, :2].ravel())
            turns[1].ratios.append(heard[:, 2:].ravel() * (1 - 2 * masking))
            for lane, turn in enumerate(turns):
                if turn.over:
                    self.lanes[lane].sent(turn.carried)
                    turns[lane] = None
        samples = np.clip(np.round(self.embedder.marked * 32768), -32768, 32767)
        return samples, self._records(samples / 32768)

    def _mask(self, part: int) -> np.ndarray:
        slot = slot_of_part(part)
        return to_bits(mask(self.keys[slot], self.card.hash, slot))[PART * (part % 2) :][:PART]

    def _marked_levels(self, first_tile: int, end_tile: int) -> np.ndarray:
        """Levels as marked so far; the first tile's are wrong where it is not the sound's."""
        cut = self.embedder.marked[160 * first_tile : 160 * end_tile + 160]
        return grid_levels(hop_powers(cut, 4 * (min(end_tile, self.embedder.tiles) - first_tile)), 0)

    def _read_back(self, part: int) -> np.ndarray:
        """Self-check: 16 × 4 ratios of the part just marked; 0 after the sound's end."""
        first = PART_TILES * part
        before = min(first, _LOOK_BACK)
        soft = soft_cells(self._marked_levels(first - before, first + PART_TILES))[before:]
        out = np.zeros((PART_FRAMES, 4))
        chip_frames = np.arange(PART_FRAMES) + PART_FRAMES * (part % 2)
        tiles = np.arange(0, len(soft), 4)
        out[: len(tiles)] = all_ratios(soft, self.card.family)[tiles, chip_frames[: len(tiles)]]
        return out

    def _end_epoch(self, part: int) -> None:
        """Gives the sealed lane what the AUTH of the epoch that ends here says."""
        parts = 2 * self.card.epoch_slots
        if part == 0 or part % parts:
            return
        epoch, first_slot = part // parts, (part - parts) // 2 + 1
        levels = self._marked_levels(PART_TILES * (part - parts), PART_TILES * part)
        levels[-EPOCH_TAIL:] = -np.inf
        slots = [
            slot_digest(piece, selection(self.keys[slot], b"ut1 dig", self.card.hash, slot))
            for slot, piece in enumerate(levels.reshape(-1, SLOT_TILES, 8), first_slot)
        ]
        self.lanes[1].epoch_ended(epoch, "full", epoch_digest(slots))

    def _records(self, y: np.ndarray) -> list[Record]:
        slots = -(-self.embedder.tiles // SLOT_TILES)
        levels = grid_levels(hop_powers(y, 4 * SLOT_TILES * slots), 0)
        ratios = all_ratios(soft_cells(levels), self.card.family)
        sealed = np.concatenate([*self.sealed, np.zeros(64 * slots - PART * len(self.sealed), int)])
        records: list[Record] = []
        for slot in range(1, slots + 1):
            key, tiles = self.keys[slot], slice(SLOT_TILES * (slot - 1), SLOT_TILES * slot)
            bits = np.packbits(sealed[64 * (slot - 1) : 64 * slot]).tobytes()
            coded = bytes(a ^ b for a, b in zip(bits, mask(key, self.card.hash, slot)))
            heard = ratios[tiles][4 * np.arange(FRAMES), np.arange(FRAMES)][:, 2:].ravel()
            carried = slot_information(heard, coded, 0xFFFFFFFF) >= READ_BACK
            sent_map = int.from_bytes(np.packbits(carried).tobytes(), "big")
            digest = slot_digest(levels[tiles], selection(key, b"ut1 dig", self.card.hash, slot)).bits
            state = "end" if slot == slots else "full" if sent_map else "void"
            previous = records[-1].hash if records else bytes(32)
            records.append(
                make_record(self.secret, self.card.hash, slot, previous, sent_map, bits, digest, state)
            )
        return records
