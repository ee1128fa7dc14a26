"""Which frame each turn of a lane sends (03, 4)."""

from .auth import auth_body
from .card import SYMBOLS, Card
from .chain import due_ms
from .checkpoint import FIRST, LATER, Checkpoint, make_checkpoint
from .errors import require
from .frames import AUTH, CARD, CHAL, CKPT0, DUPX, KEY, LOC, challenge_body, encode_frame, heard_body, slot_of_counter, slot_of_heard
from .symbols import SIZE, encode_symbol

INDICES = 32
LEAST_PARTS, MOST_PARTS = {"single": 4, "double": 6}, {"single": 16, "double": 32}
WIDEST_WINDOW = 32
MOST_NONCES = 8
MOST_ANSWERS = 3


def slot_of_part(part: int) -> int:
    return part // 2 + 1


class _Walk:
    """The symbols of one kind, two by two, in one lane (FRAME-6)."""

    def __init__(self, data: list[bytes], first: int):
        self.data, self.first, self.index = data, first, first
        self.carried: set[int] = set()

    def symbols(self) -> tuple[int, bytes]:
        return self.index, encode_symbol(self.data, self.index) + encode_symbol(self.data, self.index + 1)

    def sent(self, carried: bool) -> None:
        if carried:
            self.carried |= {self.index, self.index + 1}
            self.index = self.index + 2 if self.index + 2 < INDICES else self.first


def _card_walk(card: Card) -> _Walk:
    return _Walk([card.bytes[i : i + SIZE] for i in range(0, len(card.bytes), SIZE)], 0)


class OpenLane:
    """FRAME-4. Call `turn` where a frame begins and `sent` where it ends."""

    def __init__(self, card: Card, keys: list[bytes]):
        self.card, self.keys, self.walk = card, keys, _card_walk(card)
        self.turns = self.after_card = 0
        self.sends_symbol = False

    def turn(self, part: int) -> bytes:
        """The frame that begins with this part."""
        require(slot_of_part(part) <= self.card.slots, "chain-slot")
        kind, ctr, body = self._choose(part)
        self.sends_symbol = kind == CARD
        return encode_frame("open", kind, ctr, body, self.card.locator)

    def _choose(self, part: int) -> tuple[int, int, bytes]:
        turn, self.turns = self.turns, self.turns + 1
        if turn % 5 == 0:
            return LOC, 0, self.card.locator
        if len(self.walk.carried) >= SYMBOLS:
            place, self.after_card = self.after_card % 3, self.after_card + 1
            slot = self._newest_due(part) if place == 0 else None
            if slot and slot_of_counter(slot % 32, slot_of_part(part)) == slot:
                return KEY, slot % 32, self.keys[slot]
        return CARD, *self.walk.symbols()

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
        self.sending: _Walk | tuple[int, bytes] | list | None = None
        self.nonces: list[list] = []
        """Each: number, nonce, times sent."""
        self.asked = 0
        self.told: tuple[int, int] | None = None
        self.told_in: int | None = None
        self.last_kind: int | None = None
        self.symbol_owed = False

    def ask(self, nonce: bytes) -> None:
        """CHAL-2: a nonce to be answered."""
        require(len(self.nonces) < MOST_NONCES, "challenge-busy")
        self.nonces.append([self.asked, nonce, 0])
        self.asked += 1

    def heard_slot(self, slot: int, digest: int) -> None:
        """DUPX-2: what was heard in a slot with enough clear comparisons."""
        self.told = slot, digest

    def epoch_ended(self, epoch: int, state: str, digest: int) -> None:
        self.ended = epoch, state, digest

    def turn(self, part: int) -> bytes:
        """The frame that begins with this part, before masking."""
        require(slot_of_part(part) <= self.card.slots, "chain-slot")
        kind, ctr, body = self._with_key(part) or self._symbol()
        self.last_kind = kind
        self.symbol_owed = kind in (CHAL, DUPX) or (kind == AUTH and self.symbol_owed)
        return encode_frame("sealed", kind, ctr, body, self.card.locator)

    def _with_key(self, part: int) -> tuple[int, int, bytes] | None:
        """AUTH, CHAL or DUPX, if one is due and its key is in the card's span."""
        slot = slot_of_part(part + MOST_PARTS["single"] - 1)
        if slot > self.card.slots:
            return None
        key, first = self.keys[slot], slot_of_part(part)
        if self.ended and not (self.nonces and self.last_kind == AUTH):
            (epoch, state, digest), self.ended = self.ended, None
            body = auth_body(key, self.card.hash, epoch, state, digest)
            self.sending = epoch, body
            return AUTH, epoch % 32, body
        if self.symbol_owed:
            return None
        if self.nonces:
            self.sending = waiting = self.nonces.pop(0)
            waiting[2] += 1
            return CHAL, waiting[0] % 32, challenge_body(key, self.card.hash, slot, waiting[1])
        if self.told and (self.told_in is None or first - self.told_in >= self.card.epoch_slots):
            (heard, digest), self.told = self.told, None
            if slot_of_heard(heard % 32, first) == heard:
                self.told_in, self.sending = first, None
                return DUPX, heard % 32, heard_body(key, self.card.hash, slot, heard, digest)
        return None

    def _symbol(self) -> tuple[int, int, bytes]:
        self.sending = walk = self.window_walk or self.card_walk
        kind = CARD if walk is self.card_walk else CKPT0 + (len(self.checkpoints) - 1) % 2
        return kind, *walk.symbols()

    def sent(self, carried: bool) -> None:
        if isinstance(self.sending, _Walk):
            self.sending.sent(carried)
        elif isinstance(self.sending, list):
            if not carried and self.sending[2] < MOST_ANSWERS:
                self.nonces.insert(0, self.sending)
        elif self.sending and carried:
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
