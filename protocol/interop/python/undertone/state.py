"""The states of a session and the events that move them (09, States)."""

STATES = ("absent", "claimed", "live", "attested", "stale", "conflict", "revoked")
VERIFIED = ("live", "attested")
# Worst first, for a report's state of a whole sound.
WORST = ("revoked", "conflict", "stale", "claimed", "attested", "live", "absent")

_KEEP = dict(zip(STATES, STATES))
_TO_STALE = _KEEP | {"live": "stale"}
_CLAIM = _KEEP | {"absent": "claimed"}
_CONFLICT = {state: "conflict" for state in STATES} | {"revoked": "revoked"}
_CONTRADICTION = _CONFLICT | {"absent": "absent"}
TRANSITIONS = {
    "locator": _CLAIM,
    "undecided": _CLAIM,
    "proven-live": {state: "live" for state in STATES} | {"attested": "attested", "revoked": "revoked"},
    "proven-offline": _KEEP | {"absent": "attested", "claimed": "attested"},
    "silence": _KEEP,
    "silence-timeout": _TO_STALE,
    "unexplained-speech": _TO_STALE,
    "channel-lost": _TO_STALE,
    "ended": _TO_STALE,
    "digest-mismatch": _CONFLICT,
    "key-mismatch": _CONTRADICTION,
    "tags-failed": _CONTRADICTION,
    "equivocation": _CONTRADICTION,
    "revoked": {state: "revoked" for state in STATES},
}


def run(events: list[str]) -> tuple[list[str], int]:
    """States after each event, and the number of spans (VER-6)."""
    state, spans, states = "absent", 1, []
    for event in events:
        before, state = state, TRANSITIONS[event][state]
        spans += state == "live" and before in ("stale", "conflict")
        states.append(state)
    return states, spans


def worst(states: list[str]) -> str:
    return min(states, key=WORST.index, default="absent")
