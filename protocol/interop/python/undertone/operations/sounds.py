"""Whole sounds."""

from .. import audio, card, detector, encoder, session, sync, trust
from ..errors import require
from ..primitives import from_base64url
from .registry import operation, unhex


@operation("signal.align")
def _(i):
    start = sync.first_edge_seconds(sync.Sound(audio.read_wav(i["audio"])))
    require(start is not None, "mark-not-found")
    return {"startSeconds": start}


@operation("speech.encode")
def _(i):
    x = audio.read_wav(i["audio"])
    issuer, secret, seed = from_base64url(i["issuer"]["d"]), unhex(i["sessionSecret"]), unhex(i["chainSeed"])
    sounding = -(-len(x) // 20480)
    # The AUTH of a frame takes a key of up to eight slots later.
    made, keys = card.make_card(issuer, secret, seed, i["claims"], i["t0Ms"], sounding + 8, 2, 8, 0, i.get("family", 0))
    marking = encoder.Encoder(x, made, keys, secret)
    samples, signed = marking.run()
    audio.write_wav(i["output"], samples)
    checkpoints = marking.lanes[1].checkpoints
    newest = (signed[-1].slot, keys[signed[-1].slot]) if signed else None
    return {"session": session.make_session(secret, made, i["claims"], signed, newest, checkpoints)}


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
