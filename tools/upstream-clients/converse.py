"""Lets an upstream client converse with a server, unchanged but for the sound card.

python converse.py moshi|fujielab --port 8998 --seconds 30 --microphone voice.flac --loudspeaker heard.f32
"""

import argparse
import contextlib
import io
import json
import os
import pathlib
import runpy
import sys
import threading
import types

import numpy as np

HERE = pathlib.Path(__file__).parent


def upstream(name, folder):
    """A package without its __init__, which would ask for the model's libraries; a client needs none of them."""
    for place in map(pathlib.Path, sys.path):
        if (place / folder).is_dir():
            package = types.ModuleType(name)
            package.__path__ = [str(place / folder)]
            sys.modules[name] = package
            return
    raise SystemExit(f"{name} is not installed: pip install --no-deps {name}")


parser = argparse.ArgumentParser()
parser.add_argument("client", choices=["moshi", "fujielab"])
parser.add_argument("--port", default="8998")
parser.add_argument("--seconds", type=float, default=30)
parser.add_argument("--microphone", required=True)
parser.add_argument("--loudspeaker", required=True)
args = parser.parse_args()

os.environ["UNDERTONE_MICROPHONE"] = args.microphone
os.environ["UNDERTONE_LOUDSPEAKER"] = args.loudspeaker
sys.path.insert(0, str(HERE))

if args.client == "moshi":
    upstream("moshi", "moshi")
    module, argv = "moshi.client", ["--port", args.port]
else:
    module = "fujielab.moshi.simple_moshi_client"
    argv = ["--server", f"ws://localhost:{args.port}/api/chat", "-r", "24000", "-b", "1920"]

# Both clients end at Ctrl-C, as a user would end them.
threading.Timer(args.seconds, lambda: os.kill(os.getpid(), 2)).start()
sys.argv = [module, *argv]
said = io.StringIO()
failure = None
with contextlib.redirect_stdout(said):
    try:
        runpy.run_module(module, run_name="__main__")
    except (KeyboardInterrupt, SystemExit):
        pass
    except Exception as error:  # noqa: BLE001
        failure = repr(error)

heard = np.fromfile(args.loudspeaker, np.float32)
loud = np.abs(heard) > 0.01
print(
    json.dumps(
        {
            "client": module,
            "failure": failure,
            "lostConnection": "Lost connection" in said.getvalue(),
            "heardSeconds": len(heard) / 24000,
            "speechSeconds": round(float(loud.mean() * len(heard) / 24000), 2) if len(heard) else 0,
            "said": said.getvalue()[-2000:],
        },
        indent=1,
    )
)
sys.stdout.flush()
os._exit(0 if failure is None and loud.any() else 1)
