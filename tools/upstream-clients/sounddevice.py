"""A sound card for clients on machines without one: a file is the microphone, a file is the loudspeaker, in real time.

UNDERTONE_MICROPHONE names a file to speak from, UNDERTONE_LOUDSPEAKER one to write to (raw float32, at the stream's rate).
"""

import os
import threading
import time

import numpy as np
import sphn


class _Stream:
    def __init__(self, samplerate, channels, blocksize, callback, **_):
        self.rate, self.channels, self.block, self.callback = int(samplerate), channels, blocksize, callback
        self.running = False

    def start(self):
        self.running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        self.running = False

    close = stop

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def _run(self):
        start, n = time.monotonic(), 0
        while self.running:
            n += 1
            time.sleep(max(0.0, start + n * self.block / self.rate - time.monotonic()))
            self._turn()


class InputStream(_Stream):
    """Silence for three seconds, then the microphone's file, over and over with pauses."""

    def _run(self):
        data, rate = sphn.read(os.environ["UNDERTONE_MICROPHONE"])
        voice = sphn.resample(data[:1], rate, self.rate)[0].astype(np.float32)
        pause = np.zeros(3 * self.rate, np.float32)
        parts = [pause]
        for at in range(0, len(voice), 4 * self.rate):
            parts += [voice[at : at + 4 * self.rate], pause]
        self.samples, self.at = np.concatenate(parts), 0
        super()._run()

    def _turn(self):
        chunk = np.take(self.samples, range(self.at, self.at + self.block), mode="wrap")
        self.at += self.block
        self.callback(np.repeat(chunk[:, None], self.channels, 1), self.block, None, None)


class OutputStream(_Stream):
    def _run(self):
        with open(os.environ["UNDERTONE_LOUDSPEAKER"], "wb") as self.file:
            super()._run()

    def _turn(self):
        out = np.zeros((self.block, self.channels), np.float32)
        self.callback(out, self.block, None, None)
        self.file.write(out[:, 0].tobytes())
        self.file.flush()
