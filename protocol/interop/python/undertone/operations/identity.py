"""Trust, cards, claims, session records, chain and clocks (01, 04)."""

from .. import card, chain, claims, jwt, session, trust
from .registry import chain_report, operation, unhex


@operation("trust.read")
def _(i):
    return {"kids": [key.kid for key in trust.read_trust(i["trust"])]}


@operation("card.verify")
def _(i):
    keys, parsed = trust.read_trust(i["trust"]), card.parse_card(unhex(i["card"]))
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
        "family": parsed.family,
        "status": parsed.status,
        "bound": bound,
    }


@operation("card.locate")
def _(i):
    parsed = card.parse_card(unhex(i["card"]))
    card.check_locator(parsed, unhex(i["locator"]))
    return {"cardHash": parsed.hash.hex()}


@operation("card.make")
def _(i):
    secrets = (unhex(i[name]) for name in ("issuerSecret", "sessionSecret", "chainSeed"))
    made, keys = card.make_card(
        *secrets, i["claims"], i["t0Ms"], i["slots"], i["delaySeconds"], i["epochSlots"], i["status"], i["family"]
    )
    return {"card": made.bytes.hex(), "root": keys[0].hex(), "sessionKey": made.session_key.hex()}


@operation("claims.hash")
def _(i):
    text = claims.canonical_claims(i["claims"])
    hashes = claims.claims_hash(i["claims"]), claims.scope_hash(i["claims"])
    return {"canonical": text, "claimsHash": hashes[0].hex(), "scopeHash": hashes[1].hex()}


@operation("persona.hash")
def _(i):
    return {"hash": claims.persona_hash(i["kind"], unhex(i["persona"])).hex()}


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
        "events": len(read.events),
        "eventFailure": read.event_failure,
        "renewal": read.renewal and {"lastSlot": read.renewal.last_slot, "reason": read.renewal.reason},
        "signed": read.signed,
        "bound": read.bound,
        **chain_report(read.records),
    }


@operation("chain.make")
def _(i):
    keys = chain.make_chain(unhex(i["sessionKey"]), unhex(i["seed"]), i["slots"])
    return {"root": keys[0].hex(), "newest": keys[-1].hex()}


@operation("chain.verify")
def _(i):
    anchor = i["anchor"]["slot"], unhex(i["anchor"]["key"])
    chain.check_key(unhex(i["sessionKey"]), i["slots"], anchor, i["slot"], unhex(i["key"]))


@operation("chain.derive")
def _(i):
    key, card_hash, slot = unhex(i["key"]), unhex(i["cardHash"]), i["slot"]
    return {
        "previous": chain.previous_key(unhex(i["sessionKey"]), slot, key).hex(),
        "mask": chain.mask(key, card_hash, slot).hex(),
        "selection": chain.selection(key, b"ut1 dig", card_hash, slot).hex(),
    }


@operation("chain.release")
def _(i):
    return {"dueMs": chain.check_due(i["t0Ms"], i["delaySeconds"], i["slots"], i["slot"], i["nowMs"])}


@operation("time.verify")
def _(i):
    parsed, said = card.parse_card(unhex(i["card"])), i["answer"]
    chain.check_time(parsed.session_key, parsed.hash, unhex(i["nonce"]), said["timeMs"], unhex(said["signature"]))


def _bound(value):
    return value and (value["timeMs"], value["askedAtMs"])


@operation("clock.bound")
def _(i):
    return {"upperMs": chain.upper_bound(_bound(i["bound"]), i["atMs"])}


@operation("arrival.check")
def _(i):
    due = chain.due_ms(i["t0Ms"], i["delaySeconds"], i["slot"])
    chain.check_arrival(due, _bound(i["bound"]), i["lastSampleMs"], i["recordMs"])
