"""Finding the slots of a sound and following them (02, 8)."""

from dataclasses import dataclass

import numpy as np

from .chips import FAMILIES, FRAMES
from .demodulate import all_ratios, soft_cells
from .levels import HOP, grid_levels, hop_powers

GRIDS, SLOT_HOPS, FRAME_HOPS = 4, 512, 16
HOP_SECONDS = HOP / 8000
# A recording is also summed whole, without forgetting: a weak mark needs all of it.
_KEEPS = 2 ** (-FRAME_HOPS * HOP_SECONDS / 4.8), 1.0
_LEAD_SIGMAS, _LEAD_NATS, _NEIGHBOURS = 5.9, 15.4, 7
_STEADY_NATS = 1.5
_BLOCK = 640
_MOST_TRACKS, _LIKELY = 8, 16


class Sound:
    """Levels on all four grids, and ratios of each chip family on them, of samples −1 … 1."""

    def __init__(self, x: np.ndarray):
        self.x = x
        self.hops = -(-len(x) // HOP)
        powers = hop_powers(x, self.hops)
        self.levels = [grid_levels(powers, grid) for grid in range(GRIDS)]
        soft = [soft_cells(levels) for levels in self.levels]
        self.ratios = [[all_ratios(cells, family) for cells in soft] for family in range(FAMILIES)]
        self._speech = _speech_blocks(x)
        self.evidence = [[np.log(np.cosh(r / 2)).sum(axis=2) for r in grids] for grids in self.ratios]

    def speech_ms(self, first: int, end: int) -> int:
        """VER-2: speech between two samples, in blocks of 80 ms."""
        blocks = slice(max(0, -(-first // _BLOCK)), max(0, end // _BLOCK))
        return 80 * int(self._speech[blocks].sum())

    @property
    def seconds(self) -> float:
        return len(self.x) / 8000

    def slot_ratios(self, family: int, start: int) -> np.ndarray:
        """32 × 4 ratios of the slot that begins at this hop; 0 where the sound does not reach."""
        return self._of_slot(self.ratios[family], start)

    def slot_evidence(self, family: int, start: int) -> float:
        return float(self._of_slot(self.evidence[family], start).sum())

    def _of_slot(self, grids: list[np.ndarray], start: int) -> np.ndarray:
        grid = grids[start % GRIDS]
        frames = np.arange(FRAMES)
        tiles = start // GRIDS + 4 * frames
        inside = (tiles >= 0) & (tiles < len(grid))
        out = np.zeros(grid.shape[1:])
        out[inside] = grid[tiles[inside], frames[inside]]
        return out

    def slot_levels(self, start: int) -> np.ndarray:
        """128 × 8 levels of the slot; −∞ where the sound does not reach."""
        grid, first = self.levels[start % GRIDS], start // GRIDS
        out = np.full((128, 8), -np.inf)
        tiles = np.arange(first, first + 128)
        inside = (tiles >= 0) & (tiles < len(grid))
        out[inside] = grid[tiles[inside]]
        return out


def _speech_blocks(x: np.ndarray) -> np.ndarray:
    padded = np.pad(x, (0, -len(x) % _BLOCK)).reshape(-1, _BLOCK)
    powers = 10 * np.log10(np.mean(padded**2, axis=1) + 1e-12)
    loudest, out = -np.inf, np.zeros(len(powers), bool)
    for i, power in enumerate(powers):
        loudest = max(loudest - 0.08, power)
        out[i] = power > max(loudest - 30, -55)
    return out


def _accumulated(sound: Sound, family: int, keep: float) -> np.ndarray:
    """steps of 80 ms × 512 alignments: evidence, of which `keep` is left after each step."""
    grids = sound.evidence[family]
    steps = min(len(evidence) for evidence in grids) // 4
    out = np.zeros((steps, SLOT_HOPS))
    frames = np.arange(FRAMES)
    for grid in range(GRIDS):
        for residue in range(4):
            # Alignments whose model frames begin at tiles ≡ residue (mod 4).
            columns = grid + GRIDS * (residue + 4 * frames)
            total = np.zeros(FRAMES)
            for step in range(steps):
                total = total * keep + grids[grid][residue + 4 * step, (step - frames) % FRAMES]
                out[step, columns] = total
    return out


def _leads(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each alignment: its lead over the mean of its class a mod 8, in nats and in σ; whether it is the
    largest within seven hops."""
    classes = values.reshape(len(values), SLOT_HOPS // 8, 8)
    others = classes.shape[1] - 1
    total, squares = classes.sum(axis=1, keepdims=True), (classes**2).sum(axis=1, keepdims=True)
    mean = (total - classes) / others
    deviation = np.sqrt(np.maximum((squares - classes**2) / others - mean**2, 1e-12))
    lead = (classes - mean).reshape(values.shape)
    sigmas = lead / deviation.reshape(values.shape)
    largest = np.ones(lead.shape, bool)
    for shift in range(1, _NEIGHBOURS + 1):
        largest &= (lead >= np.roll(lead, shift, axis=1)) & (lead >= np.roll(lead, -shift, axis=1))
    return lead, sigmas, largest


def _standing_out(sound: Sound) -> list[tuple[float, int, int, int]]:
    """(lead in σ, family, step, alignment) wherever an alignment leads its class, best first."""
    found = []
    for family in range(FAMILIES):
        for keep in _KEEPS:
            lead, sigmas, largest = _leads(_accumulated(sound, family, keep))
            for step, a in np.argwhere((lead >= _LEAD_NATS) & (sigmas >= _LEAD_SIGMAS) & largest):
                found.append((float(sigmas[step, a]), family, int(step), int(a)))
    return sorted(found, reverse=True)


@dataclass
class Track:
    """Slots of one chip family that follow one another: the hop at which each begins."""

    family: int
    starts: list[int]

    def alignment_at(self, hop: int) -> int:
        return min(self.starts, key=lambda start: abs(start + SLOT_HOPS // 2 - hop)) % SLOT_HOPS


def _next(sound: Sound, family: int, start: int, step: int) -> int:
    """The slot after or before, one hop earlier or later if the evidence says so."""
    around = [start + step + drift for drift in (0, -1, 1)]
    return max(around, key=lambda s: sound.slot_evidence(family, s) + (_STEADY_NATS if s == around[0] else 0))


def _follow(sound: Sound, family: int, step: int, alignment: int) -> Track:
    end = FRAME_HOPS * (step + 1)
    first = end - FRAME_HOPS - (end - FRAME_HOPS - alignment) % SLOT_HOPS
    starts = [max((first - 1, first, first + 1), key=lambda s: sound.slot_evidence(family, s))]
    while starts[-1] + SLOT_HOPS < sound.hops:
        starts.append(_next(sound, family, starts[-1], SLOT_HOPS))
    while starts[0] > 0:
        starts.insert(0, _next(sound, family, starts[0], -SLOT_HOPS))
    return Track(family, starts)


def find_tracks(sound: Sound) -> list[Track]:
    """SIG-7: one track for each alignment that stands out; none where no mark is found."""
    tracks: list[Track] = []
    for _, family, step, alignment in _standing_out(sound):
        if len(tracks) < _MOST_TRACKS and _is_new(tracks, family, step, alignment):
            tracks.append(_follow(sound, family, step, alignment))
    return tracks


def likely_tracks(sound: Sound, family: int, known: list[Track]) -> list[Track]:
    """Alignments that lead without standing out, for a reader that has something better to tell them by."""
    values = _accumulated(sound, family, 1.0)[-1:]
    _, sigmas, largest = _leads(values)
    order = np.argsort(np.where(largest, -sigmas, np.inf)[0])[:_LIKELY]
    middle = sound.hops // FRAME_HOPS // 2
    return [_follow(sound, family, middle, int(a)) for a in order if _is_new(known, family, middle, int(a))]


def _is_new(tracks: list[Track], family: int, step: int, alignment: int) -> bool:
    own = [track for track in tracks if track.family == family]
    apart = [(alignment - track.alignment_at(FRAME_HOPS * step)) % SLOT_HOPS for track in own]
    return all(_NEIGHBOURS < d < SLOT_HOPS - _NEIGHBOURS for d in apart)


def first_edge_seconds(sound: Sound) -> float | None:
    """Where the first slot edge lies, 0 … 2.56 s."""
    tracks = find_tracks(sound)
    if not tracks:
        return None
    return tracks[0].starts[0] % SLOT_HOPS * HOP_SECONDS
