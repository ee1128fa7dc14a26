"""Which frame each turn of a lane sends (03, 4)."""

from .auth import auth_body
from .card import SYMBOLS, Card
from .chain import due_ms
from .checkpoint import FIRST, LATER, Checkpoint, make_checkpoint
from .errors import require
from .frames import AUTH, CARD, CKPT0, KEY, LOC, encode_frame, slot_of_counter
from .symbols import SIZE, encode_symbol

INDICES = 32
MOST_PARTS = 16
WIDEST_WINDOW = 32


def slot_of_part(part: int) -> int:
    return part // 2 + 1


class _Walk:
    """The symbol indices of one kind, in one lane (FRAME-6)."""

    def __init__(self, data: list[bytes], first: int):
        self.data, self.first, self.index = data, first, first
        self.carried: set[int] = set()

    def symbol(self) -> tuple[int, bytes]:
        return self.index, encode_symbol(self.data, self.index)

    def sent(self, carried: bool) -> None:
        if carried:
            self.carried.add(self.index)
            self.index = self.index + 1 if self.index + 1 < INDICES else self.first


def _card_walk(card: Card) -> _Walk:
    return _Walk([card.bytes[i : i + SIZE] for i in range(0, len(card.bytes), SIZE)], 0)


class OpenLane:
    """FRAME-4. Call `turn` where a frame begins and `sent` where it ends."""

    def __init__(self, card: Card, keys: list[bytes]):
        self.card, self.keys, self.walk = card, keys, _card_walk(card)
        self.turns = self.after_card = 0
        self.key_slot: int | None = None
        self.sends_symbol = False

    def turn(self, part: int) -> bytes:
        """The frame that begins with this part."""
        require(slot_of_part(part) <= self.card.slots, "chain-slot")
        kind, ctr, body = self._choose(part)
        self.sends_symbol = kind == CARD
        return encode_frame("open", kind, ctr, body, self.card.locator)

    def _choose(self, part: int) -> tuple[int, int, bytes]:
        turn, self.turns = self.turns, self.turns + 1
        if turn % 8 == 0:
            return LOC, 0, self.card.locator
        if len(self.walk.carried) >= SYMBOLS:
            place, self.after_card = self.after_card % 6, self.after_card + 1
            if place == 0:
                self.key_slot = self._newest_due(part)
            if place < 2 and self.key_slot:
                ctr = self.key_slot % 16 * 2 + place
                if slot_of_counter(ctr, slot_of_part(part)) == self.key_slot:
                    return KEY, ctr, self.keys[self.key_slot][SIZE * place : SIZE * (place + 1)]
        return CARD, *self.walk.symbol()

    def _newest_due(self, part: int) -> int | None:
        now = self.card.t0 + 1280 * part
        slot = slot_of_part(part)
        while slot > 0 and due_ms(self.card.t0, self.card.delay_seconds, slot) > now:
            slot -= 1
        return slot or None

    def sent(self, carried: bool) -> None:
        if self.sends_symbol:
            self.walk.sent(carried)


class SealedLane:
    """FRAME-5. `epoch_ended` tells it what the next AUTH is to say."""

    def __init__(self, card: Card, keys: list[bytes], session_secret: bytes):
        self.card, self.keys, self.secret = card, keys, session_secret
        self.card_walk, self.window_walk = _card_walk(card), None
        self.checkpoints: list[Checkpoint] = []
        self.window: dict[int, bytes] = {}
        self.ended: tuple[int, str, int] | None = None
        self.sending: _Walk | tuple[int, bytes] | None = None

    def epoch_ended(self, epoch: int, state: str, digest: int) -> None:
        self.ended = epoch, state, digest

    def turn(self, part: int) -> bytes:
        """The frame that begins with this part, before masking."""
        require(slot_of_part(part) <= self.card.slots, "chain-slot")
        key_slot = slot_of_part(part + MOST_PARTS - 1)
        if self.ended and key_slot <= self.card.slots:
            (epoch, state, digest), self.ended = self.ended, None
            body = auth_body(self.keys[key_slot], self.card.hash, epoch, state, digest)
            self.sending = epoch, body
            return encode_frame("sealed", AUTH, epoch % 32, body, self.card.locator)
        self.sending = walk = self.window_walk or self.card_walk
        kind = CARD if walk is self.card_walk else CKPT0 + (len(self.checkpoints) - 1) % 2
        return encode_frame("sealed", kind, *walk.symbol(), self.card.locator)

    def sent(self, carried: bool) -> None:
        if isinstance(self.sending, _Walk):
            self.sending.sent(carried)
        elif carried:
            epoch, body = self.sending
            if self.window and epoch - min(self.window) >= WIDEST_WINDOW:
                self.close_window()
            self.window[epoch] = body
            if len(self.window) == (LATER if self.checkpoints else FIRST):
                self.close_window()

    def close_window(self) -> None:
        """Signs the window, also one that the end of the session closes early."""
        previous = self.checkpoints[-1].bytes if self.checkpoints else None
        checkpoint = make_checkpoint(self.secret, self.card.hash, self.window, previous)
        self.checkpoints.append(checkpoint)
        self.window = {}
        self.window_walk = _Walk(checkpoint.symbols, len(checkpoint.bodies))
