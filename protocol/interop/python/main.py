"""The conformance contract (protocol/conformance.md): requests on standard input, answers on standard output."""

import json
import sys
import traceback

from undertone.errors import Refused
from undertone.operations import OPERATIONS


def answer(request: dict) -> dict:
    operation = OPERATIONS.get(request["operation"])
    if operation is None:
        return {"unsupported": True}
    try:
        return {"valid": True, "output": operation(request["input"]) or {}}
    except Refused as refusal:
        return {"valid": False, "code": refusal.code}
    except Exception as error:
        traceback.print_exc()
        return {"error": repr(error)}


def main() -> None:
    for line in sys.stdin:
        if line.strip():
            request = json.loads(line)
            print(json.dumps({"id": request["id"]} | answer(request)), flush=True)


if __name__ == "__main__":
    main()
