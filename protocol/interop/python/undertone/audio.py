"""WAV files: PCM, 16 bit, mono, 8 kHz."""

import wave

import numpy as np


def read_wav(name: str) -> np.ndarray:
    """Samples −1 … 1."""
    with wave.open(name, "rb") as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, 8000):
            raise ValueError("not 16 bit, mono, 8 kHz")
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def write_wav(name: str, samples: np.ndarray) -> None:
    """16-bit integers."""
    with wave.open(name, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())
