"""Digests, matches, states; cells of the signal (02, 06, 09)."""

import numpy as np

from .. import chain, chips, demodulate, digest, embed, levels, match, network, state
from ..errors import require
from .registry import operation, unhex


def _cells(values: list, nothing: float) -> np.ndarray:
    return np.array([nothing if v is None else v for v in values], float)


def _samples(values: list) -> np.ndarray:
    return np.array(values, float) / 32768


def _rounded(values: np.ndarray, digits: int) -> list:
    return np.round(values, digits).tolist()


@operation("digest.epoch")
def _(i):
    digest.compare_epoch(i["signed"], i["measured"])


@operation("digest.slot")
def _(i):
    taken = digest.slot_digest(_cells(i["levels"], -np.inf).reshape(-1, 8), unhex(i["selection"]))
    return {"bits": taken.bits.hex(), "clear": taken.clear.hex(), "epochDigest": digest.epoch_digest([taken])}


def _differences(slots: list) -> list:
    return [digest.difference(*(unhex(slot[n]) for n in ("bits", "clear", "signed"))) for slot in slots]


@operation("digest.compare")
def _(i):
    n, e = digest.compare(_differences(i["slots"]))
    return {"compared": n, "errors": e}


@operation("digest.prove")
def _(i):
    n, e = digest.prove(_differences(i["slots"]))
    return {"compared": n, "errors": e}


@operation("match.information")
def _(i):
    mask = chain.mask(unhex(i["key"]), unhex(i["cardHash"]), i["slot"])
    coded = bytes(a ^ b for a, b in zip(unhex(i["sealedBits"]), mask))
    per_frame = match.information(np.array(i["ratios"], float), coded, i["sentMap"])
    return {"bits": float(per_frame.sum()), "perFrame": per_frame.tolist()}


@operation("match.decide")
def _(i):
    return {"required": match.check_match(i["bits"], i["candidates"])}


@operation("match.follow")
def _(i):
    unexplained = match.unexplained_at([(slot["speechMs"], slot["bits"]) for slot in i["slots"]])
    require(unexplained is None, "unexplained-speech")


@operation("match.fall")
def _(i):
    ended, doubtful = match.fallen(i["slots"])
    require(not ended, "unexplained-speech")
    return {"throughout": not doubtful}


@operation("state.run")
def _(i):
    states, spans = state.run(i["events"])
    return {"states": states, "verified": states[-1] in state.VERIFIED, "spans": spans}


@operation("signal.chips")
def _(i):
    sign, bit = (cells[4 * i["frame"] :][:4].ravel().tolist() for cells in chips.pattern(i["family"]))
    return {"sign": sign, "bit": bit}


@operation("signal.assign")
def _(i):
    return {"bits": chips.assign(unhex(i["open"]), unhex(i["sealed"])).tolist()}


@operation("signal.levels")
def _(i):
    return {"levels": _rounded(levels.levels_within(_samples(i["samples"]), i["grid"]).ravel(), 4)}


@operation("signal.embed")
def _(i):
    embedder = embed.Embedder(_samples(i["samples"]), i["gainDb"])
    embedder.mark(0, np.array([[-1] * 4 if frame is None else frame for frame in i["bits"]]))
    return {"samples": _rounded(embedder.marked * 32768, 3)}


@operation("signal.soft")
def _(i):
    return {"soft": _rounded(demodulate.soft_cells(np.array(i["levels"], float).reshape(-1, 8)).ravel(), 6)}


@operation("signal.network")
def _(i):
    return {"soft": _rounded(network.soft_cells(np.array(i["levels"], float).reshape(-1, 8)).ravel(), 6)}


@operation("signal.ratios")
def _(i):
    return {"ratios": _rounded(demodulate.frame_ratios(_cells(i["soft"], 0.0), i["frame"], i.get("family", 0)), 6)}
