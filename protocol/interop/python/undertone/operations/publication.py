"""Status, directory, log, renewal, personas, channel (07, 08)."""

from .. import card, channel, lifecycle, log, status, trust
from ..errors import require
from .registry import operation, unhex


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
    renewal = lifecycle.verify_renewal(unhex(i["renewal"]), card.parse_card(unhex(i["card"])))
    return {"lastSlot": renewal.last_slot, "reason": renewal.reason, "nextCardHash": renewal.next_card_hash.hex()}


@operation("renewal.follow")
def _(i):
    cards = [part for end in ("old", "next") for part in (unhex(i[end]["card"]), i[end]["claims"])]
    lifecycle.follow_renewal(*cards, unhex(i["renewal"]), trust.read_trust(i["trust"]))


@operation("persona.follow")
def _(i):
    events = [unhex(event) for event in i["events"]]
    followed, failure = lifecycle.follow_personas(events, card.parse_card(unhex(i["card"])), i["claims"])
    require(failure is None, failure)
    return {"events": [{"number": event.number, "slot": event.slot, "kind": event.kind} for event in followed]}


@operation("log.root")
def _(i):
    entries = [unhex(entry) for entry in i["entries"]]
    first = entries[: i["size"]]
    return {
        "root": log.root_of(first).hex(),
        "inclusion": [step.hex() for step in log.inclusion(first, i["index"])],
        "consistency": [step.hex() for step in log.consistency(entries, i["size"])],
    }


@operation("log.include")
def _(i):
    log.check_inclusion(unhex(i["entry"]), i["index"], i["size"], unhex(i["root"]), [unhex(step) for step in i["proof"]])


@operation("log.extend")
def _(i):
    trees = [(i[name]["size"], unhex(i[name]["root"])) for name in ("first", "second")]
    log.check_extension(*trees, [unhex(step) for step in i["proof"]])


@operation("log.verify")
def _(i):
    proven = log.verify_log_proof(unhex(i["entry"]), i["proof"], i["log"], i["witnesses"], i["quorum"])
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
    return {"value": _hexed(channel.unpack(unhex(i["msgpack"])))}
