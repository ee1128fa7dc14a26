"""The operations of the conformance contract, by name."""

import numpy as np

from . import audio, auth, card, chain, channel, checkpoint, chips, claims, code, demodulate, detector, digest, embed
from . import encoder, frames, jwt, levels, lifecycle, log, match, records, schedule, session, state, status, symbols
from . import sync, trust
from .errors import Refused, require
from .primitives import from_base64url

OPERATIONS = {}


def operation(name: str):
    def register(function):
        OPERATIONS[name] = function
        return function

    return register


def _b(text: str) -> bytes:
    return bytes.fromhex(text)


def _cells(values: list, nothing: float) -> np.ndarray:
    return np.array([nothing if v is None else v for v in values], float)


def _samples(values: list) -> np.ndarray:
    return np.array(values, float) / 32768


def _rounded(values: np.ndarray, digits: int) -> list:
    return np.round(values, digits).tolist()


# Trust, card, claims, session (01)


@operation("trust.read")
def _(i):
    return {"kids": [key.kid for key in trust.read_trust(i["trust"])]}


@operation("card.verify")
def _(i):
    keys, parsed = trust.read_trust(i["trust"]), card.parse_card(_b(i["card"]))
    issuer = card.check_issuer(parsed, keys)
    card.check_times(parsed, issuer, i["atMs"])
    bound = "none"
    if "claims" in i:
        bound = card.check_claims(parsed, i["claims"], i.get("audience"))
    return {
        "issuer": issuer.name,
        "kid": parsed.kid,
        "cardHash": parsed.hash.hex(),
        "locator": parsed.locator.hex(),
        "t0Ms": parsed.t0,
        "slots": parsed.slots,
        "delaySeconds": parsed.delay_seconds,
        "epochSlots": parsed.epoch_slots,
        "status": parsed.status,
        "bound": bound,
    }


@operation("card.locate")
def _(i):
    parsed = card.parse_card(_b(i["card"]))
    card.check_locator(parsed, _b(i["locator"]))
    return {"cardHash": parsed.hash.hex()}


@operation("card.make")
def _(i):
    secrets = (_b(i[name]) for name in ("issuerSecret", "sessionSecret", "chainSeed"))
    made, keys = card.make_card(
        *secrets, i["claims"], i["t0Ms"], i["slots"], i["delaySeconds"], i["epochSlots"], i["status"]
    )
    return {"card": made.bytes.hex(), "root": keys[0].hex(), "sessionKey": made.session_key.hex()}


@operation("claims.hash")
def _(i):
    text = claims.canonical_claims(i["claims"])
    hashes = claims.claims_hash(i["claims"]), claims.scope_hash(i["claims"])
    return {"canonical": text, "claimsHash": hashes[0].hex(), "scopeHash": hashes[1].hex()}


@operation("persona.hash")
def _(i):
    return {"hash": claims.persona_hash(i["kind"], _b(i["persona"])).hex()}


@operation("jwt.import")
def _(i):
    names = ("audience", "chain", "steps", "holder", "claims")
    kind, derived, end = jwt.import_jwt(i["jwt"], i["keys"], i["atMs"], **{n: i.get(n) for n in names})
    return {"kind": kind, "claims": derived, "exp": end}


@operation("session.verify")
def _(i):
    read = session.read_session(i["session"], trust.read_trust(i["trust"]), i.get("audience"))
    return {
        "locator": read.card.locator.hex(),
        "slots": [record.slot for record in read.records.kept],
        "newestKey": read.newest_key[0] if read.newest_key else 0,
        "checkpoints": len(read.checkpoints),
        "rejectedCheckpoints": read.rejected_checkpoints,
        "signed": read.signed,
        "bound": read.bound,
        **_chain_report(read.records),
    }


def _chain_report(records_read: records.RecordChain) -> dict:
    return {
        "gaps": [{"from": first, "to": last} for first, last in records_read.gaps],
        "rejected": [{"slot": slot, "code": code} for slot, code in records_read.rejected],
    }


# Chain and clocks (04)


@operation("chain.make")
def _(i):
    keys = chain.make_chain(_b(i["sessionKey"]), _b(i["seed"]), i["slots"])
    return {"root": keys[0].hex(), "newest": keys[-1].hex()}


@operation("chain.verify")
def _(i):
    anchor = i["anchor"]["slot"], _b(i["anchor"]["key"])
    chain.check_key(_b(i["sessionKey"]), i["slots"], anchor, i["slot"], _b(i["key"]))


@operation("chain.derive")
def _(i):
    key, card_hash, slot = _b(i["key"]), _b(i["cardHash"]), i["slot"]
    return {
        "previous": chain.previous_key(_b(i["sessionKey"]), slot, key).hex(),
        "mask": chain.mask(key, card_hash, slot).hex(),
        "selection": chain.selection(key, b"ut1 dig", card_hash, slot).hex(),
    }


@operation("chain.release")
def _(i):
    return {"dueMs": chain.check_due(i["t0Ms"], i["delaySeconds"], i["slots"], i["slot"], i["nowMs"])}


@operation("time.verify")
def _(i):
    parsed, said = card.parse_card(_b(i["card"])), i["answer"]
    chain.check_time(parsed.session_key, parsed.hash, _b(i["nonce"]), said["timeMs"], _b(said["signature"]))


def _bound(value):
    return value and (value["timeMs"], value["askedAtMs"])


@operation("clock.bound")
def _(i):
    return {"upperMs": chain.upper_bound(_bound(i["bound"]), i["atMs"])}


@operation("arrival.check")
def _(i):
    due = chain.due_ms(i["t0Ms"], i["delaySeconds"], i["slot"])
    chain.check_arrival(due, _bound(i["bound"]), i["lastSampleMs"], i["recordMs"])


# Frames, AUTH, records, symbols, checkpoints (03, 05)


@operation("frame.encode")
def _(i):
    frame = frames.encode_frame(i["lane"], i["type"], i["ctr"], _b(i["body"]), _b(i["locator"]))
    return {"frame": frame.hex()}


@operation("frame.decode")
def _(i):
    locator = i["locator"] and _b(i["locator"])
    kind, ctr, body = frames.decode_frame(i["lane"], _b(i["frame"]), locator)
    return {"type": kind, "ctr": ctr, "body": body.hex()}


@operation("challenge.answer")
def _(i):
    return {"body": frames.challenge_body(_b(i["key"]), _b(i["cardHash"]), i["slot"], _b(i["nonce"])).hex()}


@operation("challenge.verify")
def _(i):
    frames.check_challenge(_b(i["body"]), _b(i["key"]), _b(i["cardHash"]), i["slot"], _b(i["nonce"]))


@operation("heard.make")
def _(i):
    card_hash = _b(i["cardHash"])
    body = frames.heard_body(_b(i["key"]), card_hash, i["slot"], i["heardSlot"], i["digest"])
    return {"body": body.hex(), "selection": frames.heard_selection(_b(i["heardKey"]), card_hash, i["heardSlot"]).hex()}


@operation("heard.verify")
def _(i):
    return {"digest": frames.check_heard(_b(i["body"]), _b(i["key"]), _b(i["cardHash"]), i["slot"], i["heardSlot"])}


@operation("auth.verify")
def _(i):
    state_, digest_ = auth.check_auth(_b(i["body"]), _b(i["key"]), _b(i["cardHash"]), i["epoch"])
    return {"state": state_, "digest": digest_}


@operation("auth.count")
def _(i):
    return {"bits": auth.count_tags([(tag["epoch"], tag["holds"], tag["candidates"]) for tag in i["tags"]])}


@operation("record.verify")
def _(i):
    record = records.verify_record(_b(i["record"]), card.parse_card(_b(i["card"])))
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
    chained = records.chain_records([_b(r) for r in i["records"]], card.parse_card(_b(i["card"])))
    return {"kept": [record.slot for record in chained.kept], **_chain_report(chained)}


@operation("symbols.encode")
def _(i):
    return {"symbol": symbols.encode_symbol([_b(d) for d in i["data"]], i["index"]).hex()}


def _received(i) -> dict[int, bytes]:
    return {item["index"]: _b(item["symbol"]) for item in i["received"]}


@operation("symbols.card")
def _(i):
    return {"card": card.card_from_symbols(_received(i), _b(i["locator"])).bytes.hex()}


@operation("symbols.checkpoint")
def _(i):
    parsed = card.parse_card(_b(i["card"]))
    return {"checkpoint": checkpoint.checkpoint_from_symbols(_received(i), i["k"], parsed).bytes.hex()}


@operation("checkpoint.verify")
def _(i):
    previous = i["previous"] and _b(i["previous"])
    read = checkpoint.verify_checkpoint(_b(i["checkpoint"]), previous, card.parse_card(_b(i["card"])))
    return {
        "windowStart": read.window_start,
        "presenceMap": read.presence_map,
        "bodies": [body.hex() for body in read.bodies],
        "hash": read.hash.hex(),
        "symbols": [symbol.hex() for symbol in read.symbols],
    }


@operation("code.encode")
def _(i):
    coded = code.encode(chips.to_bits(_b(i["frame"])))
    return {"parts": [np.packbits(part).tobytes().hex() for part in coded.reshape(8, code.PART)]}


@operation("code.read")
def _(i):
    ratios = code.gather(np.array(i["parts"], float).ravel())
    read = code.read_frames(ratios[None], i["lane"], i["locator"] and _b(i["locator"]))[0]
    if isinstance(read, Refused):
        raise read
    return {"type": read.kind, "ctr": read.ctr, "body": read.body.hex(), "information": read.information}


@operation("schedule.run")
def _(i):
    secrets = [_b(i[name]) for name in ("issuerSecret", "sessionSecret", "chainSeed")]
    made, keys = card.make_card(*secrets, i["claims"], i["t0Ms"], i["slots"], 2, 8, 0)
    lane = schedule.OpenLane(made, keys) if i["lane"] == "open" else schedule.SealedLane(made, keys, secrets[1])
    sent = []
    for turn in i["turns"]:
        if "epoch" in turn:
            lane.epoch_ended(turn["epoch"], turn["state"], turn["digest"])
        sent.append(lane.turn(turn["part"]).hex())
        lane.sent(turn["carried"])
    return {"frames": sent}


# Digest, match, state (06, 09)


@operation("digest.epoch")
def _(i):
    digest.compare_epoch(i["signed"], i["measured"])


@operation("digest.slot")
def _(i):
    taken = digest.slot_digest(_cells(i["levels"], -np.inf).reshape(-1, 8), _b(i["selection"]))
    return {"bits": taken.bits.hex(), "confident": taken.clear.hex(), "epochDigest": digest.epoch_digest([taken])}


@operation("digest.compare")
def _(i):
    slots = [digest.difference(*(_b(slot[n]) for n in ("bits", "confident", "signed"))) for slot in i["slots"]]
    n, e = digest.compare(slots)
    return {"compared": n, "errors": e}


@operation("match.information")
def _(i):
    mask = chain.mask(_b(i["key"]), _b(i["cardHash"]), i["slot"])
    coded = bytes(a ^ b for a, b in zip(_b(i["sealedBits"]), mask))
    per_frame = match.information(np.array(i["ratios"], float), coded, i["sentMap"])
    return {"bits": float(per_frame.sum()), "perFrame": per_frame.tolist()}


@operation("match.decide")
def _(i):
    return {"required": match.check_match(i["bits"], i["candidates"])}


@operation("match.follow")
def _(i):
    unexplained = match.unexplained_at([(slot["speechMs"], slot["bits"]) for slot in i["slots"]])
    require(unexplained is None, "unexplained-speech")


@operation("state.run")
def _(i):
    states, spans = state.run(i["events"])
    return {"states": states, "verified": states[-1] in state.VERIFIED, "spans": spans}


# Signal (02)


@operation("signal.chips")
def _(i):
    tiles = slice(4 * i["frame"], 4 * i["frame"] + 4)
    return {"sign": chips.SIGN[tiles].ravel().tolist(), "bit": chips.BIT[tiles].ravel().tolist()}


@operation("signal.assign")
def _(i):
    return {"bits": chips.assign(_b(i["open"]), _b(i["sealed"])).tolist()}


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


@operation("signal.ratios")
def _(i):
    return {"ratios": _rounded(demodulate.frame_ratios(_cells(i["soft"], 0.0), i["frame"]), 6)}


# Status, directory, log, renewal, personas, channel (07, 08)


@operation("status.verify")
def _(i):
    keys = trust.read_trust(i["trust"])
    value, ttl = status.verify_status(i["token"], keys, i["uri"], i["atMs"], i["index"])
    return {"status": value, "ttlSeconds": ttl}


@operation("status.read")
def _(i):
    bits, data = status.read_list(i["statusList"])
    return {"statuses": [status.status_at(bits, data, index) for index in i["indices"]]}


@operation("directory.merge")
def _(i):
    merged = status.merge_directory(trust.read_trust(i["trust"]), i["directory"], i["atMs"], i.get("lastUpdated"))
    signer, added, keys = merged
    listed = [{"kid": key.kid, "name": key.name, "exp": key.exp} for key in keys]
    return {"signer": signer, "added": added, "keys": listed}


@operation("renewal.verify")
def _(i):
    renewal = lifecycle.verify_renewal(_b(i["renewal"]), card.parse_card(_b(i["card"])))
    return {"lastSlot": renewal.last_slot, "reason": renewal.reason, "nextCardHash": renewal.next_card_hash.hex()}


@operation("renewal.follow")
def _(i):
    cards = [part for end in ("old", "next") for part in (_b(i[end]["card"]), i[end]["claims"])]
    lifecycle.follow_renewal(*cards, _b(i["renewal"]), trust.read_trust(i["trust"]))


@operation("persona.follow")
def _(i):
    events = [_b(event) for event in i["events"]]
    followed = lifecycle.follow_personas(events, card.parse_card(_b(i["card"])), i["claims"])
    return {"events": [{"number": event.number, "slot": event.slot, "kind": event.kind} for event in followed]}


@operation("log.root")
def _(i):
    entries = [_b(entry) for entry in i["entries"]]
    first = entries[: i["size"]]
    return {
        "root": log.root_of(first).hex(),
        "inclusion": [step.hex() for step in log.inclusion(first, i["index"])],
        "consistency": [step.hex() for step in log.consistency(entries, i["size"])],
    }


@operation("log.include")
def _(i):
    log.check_inclusion(_b(i["entry"]), i["index"], i["size"], _b(i["root"]), [_b(step) for step in i["proof"]])


@operation("log.extend")
def _(i):
    trees = [(i[name]["size"], _b(i[name]["root"])) for name in ("first", "second")]
    log.check_extension(*trees, [_b(step) for step in i["proof"]])


@operation("log.verify")
def _(i):
    proven = log.verify_log_proof(_b(i["entry"]), i["proof"], i["log"], i["witnesses"], i["quorum"])
    return dict(zip(("index", "size", "witnessedAt"), proven))


def _hexed(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: _hexed(inner) for name, inner in value.items()}
    return [_hexed(inner) for inner in value] if isinstance(value, list) else value


@operation("channel.read")
def _(i):
    return {"value": _hexed(channel.read(i["kind"], i["json"]))}


@operation("channel.unpack")
def _(i):
    return {"value": _hexed(channel.unpack(_b(i["msgpack"])))}


# Whole sounds


@operation("signal.align")
def _(i):
    start = sync.first_edge_seconds(sync.Sound(audio.read_wav(i["audio"])))
    require(start is not None, "mark-not-found")
    return {"startSeconds": start}


@operation("speech.encode")
def _(i):
    x = audio.read_wav(i["audio"])
    issuer, secret, seed = from_base64url(i["issuer"]["d"]), _b(i["sessionSecret"]), _b(i["chainSeed"])
    sounding = -(-len(x) // 20480)
    # The AUTH of a frame takes a key of up to eight slots later.
    made, keys = card.make_card(issuer, secret, seed, i["claims"], i["t0Ms"], sounding + 8, 2, 8, 0)
    marking = encoder.Encoder(x, made, keys, secret)
    samples, signed = marking.run()
    audio.write_wav(i["output"], samples)
    checkpoints = marking.lanes[1].checkpoints
    return {"session": session.make_session(secret, made, i["claims"], signed, (made.slots, keys[-1]), checkpoints)}


@operation("speech.detect")
def _(i):
    keys = trust.read_trust(i["trust"])
    read = session.read_session(i["session"], keys) if i.get("session") else None
    report = detector.detect(audio.read_wav(i["audio"]), read)
    spans = [
        {
            "state": span.state,
            "content": span.content,
            "sessionId": span.session_id,
            "issuer": span.issuer,
            "startSeconds": span.start_seconds,
            "endSeconds": span.end_seconds,
        }
        for span in report.spans
    ]
    findings = sorted(report.findings)
    return {"state": report.state, "spans": spans, "findings": findings, "absenceProvesNothing": True}
