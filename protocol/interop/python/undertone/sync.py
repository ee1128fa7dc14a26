"""Finding the slots of a sound and following them (02, 8)."""

from dataclasses import dataclass

import numpy as np

from .chips import FRAMES
from .demodulate import all_ratios, soft_cells
from .levels import HOP, grid_levels, hop_powers

GRIDS, SLOT_HOPS, FRAME_HOPS = 4, 512, 16
HOP_SECONDS = HOP / 8000
_KEEP = 2 ** (-FRAME_HOPS * HOP_SECONDS / 4.8)
_LEAD_SIGMAS, _LEAD_NATS, _NEIGHBOURS = 5.6, 14.0, 3
_STEADY_NATS = 1.5
_MOST_TRACKS = 8


class Sound:
    """Levels, and ratios on all four grids, of samples −1 … 1."""

    def __init__(self, x: np.ndarray):
        self.x = x
        self.hops = -(-len(x) // HOP)
        powers = hop_powers(x, self.hops)
        self.levels = [grid_levels(powers, grid) for grid in range(GRIDS)]
        self.ratios = [all_ratios(soft_cells(levels)) for levels in self.levels]
        self.evidence = [np.log(np.cosh(ratios / 2)).sum(axis=2) for ratios in self.ratios]

    @property
    def seconds(self) -> float:
        return len(self.x) / 8000

    def slot_ratios(self, start: int) -> np.ndarray:
        """32 × 4 ratios of the slot that begins at this hop; 0 where the sound does not reach."""
        return self._of_slot(self.ratios, start)

    def slot_evidence(self, start: int) -> float:
        return float(self._of_slot(self.evidence, start).sum())

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


def _accumulated(sound: Sound) -> np.ndarray:
    """steps of 80 ms × 512 alignments: evidence, halving every 4.8 s."""
    steps = min(len(evidence) for evidence in sound.evidence) // 4
    out = np.zeros((steps, SLOT_HOPS))
    frames = np.arange(FRAMES)
    for grid in range(GRIDS):
        for residue in range(4):
            # Alignments whose model frames begin at tiles ≡ residue (mod 4).
            columns = grid + GRIDS * (residue + 4 * frames)
            total = np.zeros(FRAMES)
            for step in range(steps):
                total = total * _KEEP + sound.evidence[grid][residue + 4 * step, (step - frames) % FRAMES]
                out[step, columns] = total
    return out


def _standing_out(sound: Sound) -> list[tuple[float, int, int]]:
    """(lead in σ, step, alignment) wherever an alignment leads its class."""
    values = _accumulated(sound)
    classes = values.reshape(len(values), SLOT_HOPS // 8, 8)
    others = classes.shape[1] - 1
    total, squares = classes.sum(axis=1, keepdims=True), (classes**2).sum(axis=1, keepdims=True)
    mean = (total - classes) / others
    deviation = np.sqrt(np.maximum((squares - classes**2) / others - mean**2, 1e-12))
    lead = (classes - mean).reshape(values.shape)
    sigmas = lead / deviation.reshape(values.shape)
    largest = np.ones(values.shape, bool)
    for shift in range(1, _NEIGHBOURS + 1):
        largest &= (values >= np.roll(values, shift, axis=1)) & (values >= np.roll(values, -shift, axis=1))
    found = np.argwhere((lead >= _LEAD_NATS) & (sigmas >= _LEAD_SIGMAS) & largest)
    return sorted(((float(sigmas[step, a]), int(step), int(a)) for step, a in found), reverse=True)


@dataclass
class Track:
    """Slots that follow one another: the hop at which each begins."""

    starts: list[int]

    def alignment_at(self, hop: int) -> int:
        return min(self.starts, key=lambda start: abs(start + SLOT_HOPS // 2 - hop)) % SLOT_HOPS


def _next(sound: Sound, start: int, step: int) -> int:
    """The slot after or before, one hop earlier or later if the evidence says so."""
    around = [start + step + drift for drift in (0, -1, 1)]
    return max(around, key=lambda s: sound.slot_evidence(s) + (_STEADY_NATS if s == around[0] else 0))


def _follow(sound: Sound, step: int, alignment: int) -> Track:
    end = FRAME_HOPS * (step + 1)
    first = end - FRAME_HOPS - (end - FRAME_HOPS - alignment) % SLOT_HOPS
    starts = [max((first - 1, first, first + 1), key=sound.slot_evidence)]
    while starts[-1] + SLOT_HOPS < sound.hops:
        starts.append(_next(sound, starts[-1], SLOT_HOPS))
    while starts[0] > 0:
        starts.insert(0, _next(sound, starts[0], -SLOT_HOPS))
    return Track(starts)


def find_tracks(sound: Sound) -> list[Track]:
    """SIG-7: one track for each alignment that stands out; none where no mark is found."""
    tracks: list[Track] = []
    for _, step, alignment in _standing_out(sound):
        apart = [(alignment - track.alignment_at(FRAME_HOPS * step)) % SLOT_HOPS for track in tracks]
        if all(_NEIGHBOURS < d < SLOT_HOPS - _NEIGHBOURS for d in apart) and len(tracks) < _MOST_TRACKS:
            tracks.append(_follow(sound, step, alignment))
    return tracks


def first_edge_seconds(sound: Sound) -> float | None:
    """Where the first slot edge lies, 0 … 2.56 s."""
    tracks = find_tracks(sound)
    if not tracks:
        return None
    return tracks[0].starts[0] % SLOT_HOPS * HOP_SECONDS
