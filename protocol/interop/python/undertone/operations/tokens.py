"""Frames, code, schedule, AUTH, records, symbols, checkpoints (03, 05)."""

import numpy as np

from .. import auth, card, checkpoint, chips, code, frames, records, schedule, symbols
from ..errors import Refused
from .registry import chain_report, operation, unhex


@operation("frame.encode")
def _(i):
    frame = frames.encode_frame(i["lane"], i["type"], i["ctr"], unhex(i["body"]), unhex(i["locator"]))
    return {"frame": frame.hex()}


@operation("frame.decode")
def _(i):
    locator = i["locator"] and unhex(i["locator"])
    kind, ctr, body = frames.decode_frame(i["lane"], unhex(i["frame"]), locator)
    return {"type": kind, "ctr": ctr, "body": body.hex()}


@operation("challenge.answer")
def _(i):
    return {"body": frames.challenge_body(unhex(i["key"]), unhex(i["cardHash"]), i["slot"], unhex(i["nonce"])).hex()}


@operation("challenge.verify")
def _(i):
    frames.check_challenge(unhex(i["body"]), unhex(i["key"]), unhex(i["cardHash"]), i["slot"], unhex(i["nonce"]))


@operation("heard.make")
def _(i):
    card_hash = unhex(i["cardHash"])
    body = frames.heard_body(unhex(i["key"]), card_hash, i["slot"], i["heardSlot"], i["digest"])
    return {"body": body.hex(), "selection": frames.heard_selection(unhex(i["heardKey"]), card_hash, i["heardSlot"]).hex()}


@operation("heard.count")
def _(i):
    bits, delay = frames.count_heard([(slot["heard"], slot["sent"]) for slot in i["slots"]])
    return {"bits": bits, "delay": delay}


@operation("heard.verify")
def _(i):
    return {"digest": frames.check_heard(unhex(i["body"]), unhex(i["key"]), unhex(i["cardHash"]), i["slot"], i["heardSlot"])}


@operation("auth.verify")
def _(i):
    state_, digest_ = auth.check_auth(unhex(i["body"]), unhex(i["key"]), unhex(i["cardHash"]), i["epoch"])
    return {"state": state_, "digest": digest_}


@operation("auth.count")
def _(i):
    tags = [(tag["epoch"], tag["holds"], tag["candidates"], tag.get("words", "match")) for tag in i["tags"]]
    return {"bits": auth.count_tags(tags)}


@operation("record.verify")
def _(i):
    record = records.verify_record(unhex(i["record"]), card.parse_card(unhex(i["card"])))
    return {
        "slot": record.slot,
        "sentMap": record.sent_map,
        "sealedBits": record.sealed.hex(),
        "digest": record.digest.hex(),
        "state": record.state,
        "hash": record.hash.hex(),
    }


@operation("record.chain")
def _(i):
    chained = records.chain_records([unhex(r) for r in i["records"]], card.parse_card(unhex(i["card"])))
    return {"kept": [record.slot for record in chained.kept], **chain_report(chained)}


@operation("symbols.encode")
def _(i):
    return {"symbol": symbols.encode_symbol([unhex(d) for d in i["data"]], i["index"]).hex()}


def _received(i) -> dict[int, bytes]:
    return {item["index"]: unhex(item["symbol"]) for item in i["received"]}


@operation("symbols.card")
def _(i):
    return {"card": card.card_from_symbols(_received(i), unhex(i["locator"])).bytes.hex()}


@operation("symbols.checkpoint")
def _(i):
    parsed = card.parse_card(unhex(i["card"]))
    return {"checkpoint": checkpoint.checkpoint_from_symbols(_received(i), i["k"], parsed).bytes.hex()}


@operation("checkpoint.verify")
def _(i):
    previous = i["previous"] and unhex(i["previous"])
    read = checkpoint.verify_checkpoint(unhex(i["checkpoint"]), previous, card.parse_card(unhex(i["card"])))
    return {
        "windowStart": read.window_start,
        "presenceMap": read.presence_map,
        "bodies": [body.hex() for body in read.bodies],
        "hash": read.hash.hex(),
        "symbols": [symbol.hex() for symbol in read.symbols],
    }


@operation("code.encode")
def _(i):
    coded = code.encode(chips.to_bits(unhex(i["frame"])))
    return {"parts": [np.packbits(part).tobytes().hex() for part in coded.reshape(-1, code.PART)]}


@operation("code.read")
def _(i):
    of = code.CODES[i["frame"]]
    ratios = code.gather(np.array(i["parts"], float).ravel(), of)
    locator = i["locator"] and unhex(i["locator"])
    read = code.read_frames(ratios[None], of, i["lane"], locator, i.get("first"))[0]
    if isinstance(read, Refused):
        raise read
    return {"type": read.kind, "ctr": read.ctr, "body": read.body.hex(), "information": read.information}


@operation("schedule.run")
def _(i):
    secrets = [unhex(i[name]) for name in ("issuerSecret", "sessionSecret", "chainSeed")]
    made, keys = card.make_card(*secrets, i["claims"], i["t0Ms"], i["slots"], 2, 8, 0)
    lane = schedule.OpenLane(made, keys) if i["lane"] == "open" else schedule.SealedLane(made, keys, secrets[1])
    sent = []
    for turn in i["turns"]:
        for nonce in turn.get("nonces", []):
            lane.ask(unhex(nonce))
        if "heard" in turn:
            lane.heard_slot(turn["heard"]["slot"], turn["heard"]["digest"])
        if "epoch" in turn:
            lane.epoch_ended(turn["epoch"], turn["state"], turn["digest"])
        sent.append(lane.turn(turn["part"]).hex())
        lane.sent(turn["carried"])
    return {"frames": sent}
