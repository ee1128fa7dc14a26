"""What a recording says: tracks, matches with a session record, locators (03, 06, 09)."""

from dataclasses import dataclass

import numpy as np

from .chain import keys_below, mask, selection
from .code import PART, SINGLE, Reading, gather, information, read_frames
from .digest import compare, difference, prove, slot_digest
from .errors import Refused
from .frames import LOC
from .match import information as slot_information
from .match import required_bits, unexplained_at
from .schedule import LEAST_PARTS, MOST_PARTS
from .session import Session
from .state import run, worst
from .sync import HOP_SECONDS, SLOT_HOPS, Sound, Track, find_tracks, likely_tracks

LEAST_FRAME_BITS = 0.5
LEAST_WORDS = 64
UNMARKED_MS = 1000
_BATCH = 96


@dataclass
class Span:
    start_seconds: float
    end_seconds: float
    state: str
    content: str
    session_id: str
    issuer: str | None


@dataclass
class Report:
    state: str
    spans: list[Span]
    findings: set[str]


@dataclass
class _Match:
    track: Track
    first: int
    last: int
    offset: int
    """Session slot less place in the track."""
    bits: float = 0.0

    def overlaps(self, track: Track, first: int, last: int) -> bool:
        begins, ends = self.track.starts[self.first], self.track.starts[self.last] + SLOT_HOPS
        middles = (track.starts[place] + SLOT_HOPS // 2 for place in range(first, last + 1))
        return any(begins <= middle < ends for middle in middles)


def detect(x: np.ndarray, session: Session | None) -> Report:
    """x: samples −1 … 1. The session was verified before."""
    sound = Sound(x)
    tracks = find_tracks(sound)
    findings: set[str] = set()
    spans: list[Span] = []
    matches = _matches(sound, tracks, session) if session and session.newest_key else []
    for evidence, match in matches:
        spans.append(_judge(sound, session, evidence, match, findings))
    for track in tracks:
        if not any(match.overlaps(track, 0, len(track.starts) - 1) for _, match in matches):
            spans += _claims(sound, track)
    spans = _merged(sorted(spans, key=lambda span: span.start_seconds))
    if _jumps([match for _, match in matches]):
        findings.add("gap")
    if spans and max(_unmarked_ms(sound, spans)) >= UNMARKED_MS:
        findings.add("unmarked-speech")
    return Report(worst([span.state for span in spans]), spans, findings)


def _matches(sound: Sound, tracks: list[Track], session: Session) -> list[tuple["_Evidence", _Match]]:
    """The best matches that do not overlap, in order of time. Records tell true slots better than chips, so that
    alignments which do not stand out are tried as well; each start is charged."""
    candidates, found = 0, []
    family = session.card.family
    own = [track for track in tracks if track.family == family]
    for track in own + likely_tracks(sound, family, own):
        evidence = _Evidence(sound, track, session)
        matches, candidates = evidence.matches(candidates)
        found += [(evidence, match) for match in matches]
    kept: list[tuple[_Evidence, _Match]] = []
    for evidence, match in sorted(found, key=lambda pair: -pair[1].bits):
        if not any(other.overlaps(match.track, match.first, match.last) for _, other in kept):
            kept.append((evidence, match))
    return sorted(kept, key=lambda pair: pair[1].track.starts[pair[1].first])


def _jumps(matches: list[_Match]) -> bool:
    """Whether sound was cut out or put in between two matches of the session."""
    begins = [match.track.starts[0] - SLOT_HOPS * match.offset for match in matches]
    return any(abs(a - b) > SLOT_HOPS // 2 for a, b in zip(begins, begins[1:]))


def _times(sound: Sound, track: Track, first: int, last: int) -> tuple[float, float]:
    start, end = track.starts[first] * HOP_SECONDS, (track.starts[last] + SLOT_HOPS) * HOP_SECONDS
    return max(0.0, start), min(sound.seconds, end)


class _Evidence:
    """Ratios frozen first, then what each is worth for each slot of the session (MATCH-1)."""

    def __init__(self, sound: Sound, track: Track, session: Session):
        sealed = [sound.slot_ratios(track.family, start)[:, 2:].ravel() for start in track.starts]
        self.sound, self.track, self.card_hash = sound, track, session.card.hash
        self.compared: dict[tuple[int, int], tuple[int, int]] = {}
        self.speech = [sound.speech_ms(40 * start, 40 * (start + SLOT_HOPS)) for start in track.starts]
        self.keys = keys_below(session.card.session_key, *session.newest_key)
        self.records = {r.slot: r for r in session.records.kept if r.slot in self.keys}
        self.frames: dict[tuple[int, int], np.ndarray] = {}
        for slot, record in self.records.items():
            coded = bytes(a ^ b for a, b in zip(record.sealed, mask(self.keys[slot], self.card_hash, slot)))
            for place, ratios in enumerate(sealed):
                self.frames[place, slot] = slot_information(ratios, coded, record.sent_map)
        self.places = len(sealed)

    def bits(self, place: int, slot: int) -> float:
        return float(self.frames[place, slot].sum()) if (place, slot) in self.frames else 0.0

    def words(self, place: int, slot: int) -> tuple[int, int]:
        """DIG-1: clear comparisons and errors, where the mark itself is heard."""
        if (place, slot) not in self.compared:
            chosen = selection(self.keys[slot], b"ut1 dig", self.card_hash, slot)
            heard = slot_digest(self.sound.slot_levels(self.track.starts[place]), chosen)
            carried = np.repeat(self.frames[place, slot] >= LEAST_FRAME_BITS, 16)
            clear = np.packbits(np.unpackbits(np.frombuffer(heard.clear, np.uint8)) & carried).tobytes()
            self.compared[place, slot] = difference(heard.bits, clear, self.records[slot].digest)
        return self.compared[place, slot]

    def explained(self, place: int, slot: int) -> float:
        """VER-2: a slot whose words cannot be told counts as W = 0."""
        bits = self.bits(place, slot)
        return bits if bits <= 0 or self.words(place, slot)[0] >= LEAST_WORDS else 0.0

    def matches(self, candidates: int) -> tuple[list[_Match], int]:
        """VER-1, VER-2: along every offset; also the candidates tried so far."""
        found: list[_Match] = []
        slots = self.records or {0: None}
        for offset in range(min(slots) - self.places + 1, max(slots) + 1):
            total, first, best = 0.0, 0, None
            for place in range(self.places):
                bits = self.bits(place, place + offset)
                if best is None and total <= 0:
                    total, first, candidates = 0.0, place, candidates + 1
                total += bits
                if best is None and total >= required_bits(candidates):
                    best = _Match(self.track, first, place, offset, total)
                elif best and self._unexplained(best.first, place, offset):
                    found.append(best)
                    total, best = 0.0, None
                elif best and bits > 0:
                    best.last, best.bits = place, total
            if best:
                found.append(best)
        return found, candidates

    def _unexplained(self, first: int, place: int, offset: int) -> bool:
        path = [(self.speech[p], self.explained(p, p + offset)) for p in range(first, place + 1)]
        return unexplained_at(path) is not None


def _judge(sound: Sound, session: Session, evidence: _Evidence, match: _Match, findings: set[str]) -> Span:
    """VER-4, VER-5: the words of a match."""
    track = match.track
    places = [p for p in range(match.first, match.last + 1) if p + match.offset in evidence.records]
    try:
        words = [evidence.words(p, p + match.offset) for p in places]
        compare(words)
        prove(words)
        event, content = "proven-offline", "full"
    except Refused as refusal:
        mismatch = refusal.code == "digest-mismatch"
        event, content = "digest-mismatch" if mismatch else "undecided", "none"
        findings.add("digest-mismatch" if mismatch else "content-undecided")
    state = run([event])[0][-1]
    times = _times(sound, track, match.first, match.last)
    return Span(*times, state, content, session.card.locator.hex(), session.issuer.name)


def _claims(sound: Sound, track: Track) -> list[Span]:
    """The locator that a track says best, for all of its slots."""
    ratios = np.concatenate([sound.slot_ratios(track.family, start)[:, :2].ravel() for start in track.starts])
    parts = len(ratios) // PART
    least, most = LEAST_PARTS["single"], MOST_PARTS["single"]
    words = []
    for first in range(parts - least + 1):
        for length in range(least, min(most, parts - first) + 1):
            word = gather(ratios[PART * first : PART * (first + length)], SINGLE)
            if information(np.abs(word), np.ones(len(word))) >= 72:
                words.append(word)
    best: Reading | None = None
    for at in range(0, len(words), _BATCH):
        for reading in read_frames(np.array(words[at : at + _BATCH]), SINGLE, "open", None):
            if isinstance(reading, Reading) and reading.kind == LOC:
                best = max(best or reading, reading, key=lambda r: r.information)
    if not best:
        return []
    times = _times(sound, track, 0, len(track.starts) - 1)
    return [Span(*times, run(["locator"])[0][-1], "none", best.body.hex(), None)]


def _merged(spans: list[Span]) -> list[Span]:
    """Claims of one session that follow one another are one."""
    out: list[Span] = []
    for span in spans:
        last = out[-1] if out else None
        if last and last.state == span.state == "claimed" and last.session_id == span.session_id:
            last.end_seconds = max(last.end_seconds, span.end_seconds)
        else:
            out.append(span)
    return out


def _unmarked_ms(sound: Sound, spans: list[Span]) -> list[int]:
    """VER-8: speech in each stretch outside all spans."""
    edges = [0.0, *(edge for span in spans for edge in (span.start_seconds, span.end_seconds)), sound.seconds]
    between = zip(edges[0::2], edges[1::2])
    return [sound.speech_ms(round(8000 * begin), round(8000 * max(begin, end))) for begin, end in between]
