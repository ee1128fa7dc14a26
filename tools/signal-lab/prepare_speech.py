"""Cuts speech into recordings of 60 s at 16 kHz.

usage: prepare_speech.py SOUNDS TEXT OUT
SOUNDS: the folder /usr/share/asterisk/sounds of Debian's asterisk-core-sounds-{en,es,fr,it,ru}-g722. TEXT: any English prose for flite's voices.
Writes OUT/VOICE-NN.wav. The voices `ru` and `rms` are never trained on, nor are the last two recordings of every other voice.
"""
import re, subprocess, sys
from pathlib import Path
import numpy as np, soundfile as sf

RATE, SECONDS = 16000, 60
HUMAN = {'en': 'en_US_f_Allison', 'es': 'es_MX_f_Allison', 'fr': 'fr_CA_f_June', 'it': 'it_IT_m_Carlo', 'ru': 'ru_RU_f_IvrvoiceRU'}
SYNTHETIC = ['awb', 'slt', 'kal16', 'rms']
PER_HUMAN, PER_SYNTHETIC = 14, 4


def human(folder, rng):
    """The prompts of one voice in random order, decoded in one go: G.722 has no header, two samples a byte."""
    files = [f for f in sorted(Path(folder).rglob('*.g722')) if f.stat().st_size * 2 >= RATE]
    rng.shuffle(files)
    prompts = [f.read_bytes() for f in files]
    command = ['ffmpeg', '-v', 'error', '-f', 'g722', '-i', '-', '-f', 's16le', '-ar', str(RATE), '-ac', '1', '-']
    x = np.frombuffer(subprocess.run(command, input=b''.join(prompts), capture_output=True, check=True).stdout, np.int16).astype(np.float32) / 32768
    at = 0
    for p in prompts:
        yield x[at:at + 2 * len(p)]
        yield np.zeros(int(RATE * rng.uniform(.15, .5)), np.float32)
        at += 2 * len(p)


def synthetic(voice, sentences, out):
    for s in sentences:
        wav = out / 'flite.wav'
        subprocess.run(['flite', '-voice', voice, '-t', s, '-o', str(wav)], check=True)
        x, rate = sf.read(wav, dtype='float32')
        assert rate == RATE
        yield x
    wav.unlink()


def write(voice, pieces, count, out):
    x = np.concatenate(list(pieces))
    for i in range(min(count, len(x) // (SECONDS * RATE))):
        y = x[i * SECONDS * RATE:(i + 1) * SECONDS * RATE]
        e = (y[:len(y) // 1280 * 1280].reshape(-1, 1280) ** 2).mean(1)
        sf.write(out / f'{voice}-{i:02d}.wav', np.clip(y / np.sqrt(e[e > e.max() * 1e-3].mean()) * .1, -1, 1), RATE)
    print(voice, i + 1, flush=True)


def main(sounds, text, out):
    out = Path(out); out.mkdir(exist_ok=True); rng = np.random.default_rng(3)
    prose = [s for s in re.split(r'[.:;|]\s+', re.sub(r'[^A-Za-z0-9 .,:;|-]', ' ', Path(text).read_text())) if 40 < len(s) < 300]
    for voice, folder in HUMAN.items(): write(voice, human(f'{sounds}/{folder}', rng), PER_HUMAN, out)
    for i, voice in enumerate(SYNTHETIC): write(voice, synthetic(voice, prose[i::len(SYNTHETIC)][:120], out), PER_SYNTHETIC, out)


if __name__ == '__main__': main(*sys.argv[1:4])
