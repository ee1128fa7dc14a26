"""The operations of the conformance contract, by name, and how their values are read."""

from ..records import RecordChain

OPERATIONS = {}


def operation(name: str):
    def register(function):
        OPERATIONS[name] = function
        return function

    return register


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


def chain_report(chain: RecordChain) -> dict:
    return {
        "gaps": [{"from": first, "to": last} for first, last in chain.gaps],
        "rejected": [{"slot": slot, "code": code} for slot, code in chain.rejected],
    }
