"""Runs the vectors of protocol/vectors through main.answer: python check_vectors.py [word in the file's name]

Vectors with sound are left to the conformance runner, which makes WAV files of their FLAC.
"""

import json
import math
import sys
from collections import Counter
from pathlib import Path

from main import answer

VECTORS = Path(__file__).resolve().parents[2] / "vectors"


def agrees(want, got, tolerance: float = 0.0) -> bool:
    if isinstance(want, dict):
        alike = isinstance(got, dict) and want.keys() == got.keys()
        return alike and all(agrees(want[name], got[name], tolerance) for name in want)
    if isinstance(want, list):
        alike = isinstance(got, list) and len(want) == len(got)
        return alike and all(agrees(w, g, tolerance) for w, g in zip(want, got))
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (want, got))
    return math.fabs(want - got) <= tolerance if numbers else type(want) is type(got) and want == got


def outcome(vector: dict, request: dict) -> str:
    expect, got = vector["expect"], answer(request)
    if "unsupported" in got:
        return "unsupported"
    if "error" in got or got["valid"] != expect["valid"] or got.get("code") != expect.get("code"):
        return f"failed: {str(got)[:200]}, not {str(expect)[:200]}"
    tolerance = vector.get("tolerance", {})
    for name, want in expect.get("output", {}).items():
        if name not in got["output"] or not agrees(want, got["output"][name], tolerance.get(name, 0.0)):
            return f"failed: {name} is {str(got['output'].get(name))[:200]}, not {str(want)[:200]}"
    return "passed"


def main() -> int:
    counts: Counter = Counter()
    for path in sorted(VECTORS.glob("*/**/*.json")):
        if len(sys.argv) > 1 and sys.argv[1] not in str(path.relative_to(VECTORS)):
            continue
        file = json.loads(path.read_text())
        for vector in file["vectors"]:
            if "audio" in vector["input"]:
                counts["left to the runner"] += 1
                continue
            request = {"id": "1", "operation": file["operation"], "input": file["common"] | vector["input"]}
            result = outcome(vector, request)
            counts[result.partition(":")[0]] += 1
            if result != "passed":
                print(f"{path.relative_to(VECTORS)} {vector['name']}: {result}")
    print(dict(counts))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
