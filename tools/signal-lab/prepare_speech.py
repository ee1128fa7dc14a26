"""Cuts speech into recordings of 60 s at 16 kHz.

usage: prepare_speech.py SHARE TEXTS OUT
SHARE: the folder /usr/share with Debian's asterisk-core-sounds-{en,es,fr,it,ru}-g722, asterisk-prompt-it-menardi-wav and festvox-ru; festvox-kdlpc16k, flite and
libttspico-utils are installed. TEXTS: a folder with prose in en.txt, de.txt, es.txt and it.txt for the synthetic voices.
Writes OUT/VOICE-NN.wav. The voices `ru`, `rms` and `pico_it` are never trained on, nor is the last recording of every other voice.
"""
import re, subprocess, sys
from pathlib import Path
import numpy as np, soundfile as sf
from scipy.signal import resample_poly

RATE, SECONDS = 16000, 60
ASTERISK = {'en': 'en_US_f_Allison', 'es': 'es_MX_f_Allison', 'fr': 'fr_CA_f_June', 'it': 'it_IT_m_Carlo', 'ru': 'ru_RU_f_IvrvoiceRU'}
WAVES = {'menardi': ('asterisk/sounds/it_IT_f_Menardi', '**/*.wav', 6), 'nsh': ('festival/voices/russian/msu_ru_nsh_clunits/wav', '*.wav', 8)}
FLITE = ['awb', 'slt', 'kal16', 'rms']
PICO = {'pico_us': ('en-US', 'en'), 'pico_gb': ('en-GB', 'en'), 'pico_de': ('de-DE', 'de'), 'pico_es': ('es-ES', 'es'), 'pico_fr': ('fr-FR', 'es'), 'pico_it': ('it-IT', 'it')}
PER_ASTERISK, PER_FLITE, PER_KED, PER_PICO = 6, 3, 3, 3


def pause(rng): return np.zeros(int(RATE * rng.uniform(.15, .5)), np.float32)


def asterisk(folder, rng):
    """The prompts of one voice in random order, decoded in one go: G.722 has no header, two samples a byte."""
    files = [f for f in sorted(Path(folder).rglob('*.g722')) if f.stat().st_size * 2 >= RATE]
    rng.shuffle(files)
    prompts = [f.read_bytes() for f in files]
    command = ['ffmpeg', '-v', 'error', '-f', 'g722', '-i', '-', '-f', 's16le', '-ar', str(RATE), '-ac', '1', '-']
    x = np.frombuffer(subprocess.run(command, input=b''.join(prompts), capture_output=True, check=True).stdout, np.int16).astype(np.float32) / 32768
    at = 0
    for p in prompts:
        yield x[at:at + 2 * len(p)]
        yield pause(rng)
        at += 2 * len(p)


def waves(folder, pattern, rng):
    """Sentences that lie there as files, each brought to the same level, in random order."""
    files = sorted(Path(folder).glob(pattern)); rng.shuffle(files)
    for f in files:
        x, rate = sf.read(f, dtype='float32')
        if len(x) < rate / 2 or x.std() < 1e-4: continue
        x = resample_poly(x, RATE, rate).astype(np.float32) if rate != RATE else x
        yield x / x.std() * .1
        yield pause(rng)


def spoken(command, sentences, out):
    """Sentences by a program that takes a text, `{say}` or the file `{text}`, and writes the file `{wav}`."""
    text, wav = out / 'say.txt', out / 'said.wav'
    for s in sentences:
        text.write_text(s)
        if subprocess.run([c.format(text=text, wav=wav, say=s) for c in command], capture_output=True).returncode: continue
        x, rate = sf.read(wav, dtype='float32')
        assert rate == RATE
        yield x
    text.unlink(); wav.unlink(missing_ok=True)


def prose(path):
    """Sentences of 40 … 300 characters; other writing than letters, digits and commas is left out."""
    return [s for s in re.split(r'[.:;|!?]\s+', re.sub(r'[^\w ,.:;|!?-]', ' ', path.read_text())) if 40 < len(s) < 300]


def write(voice, pieces, count, out):
    length, got = count * SECONDS * RATE, []
    for p in pieces:
        got.append(p); length -= len(p)
        if length <= 0: break
    x = np.concatenate(got)
    for i in range(min(count, len(x) // (SECONDS * RATE))):
        y = x[i * SECONDS * RATE:(i + 1) * SECONDS * RATE]
        e = (y[:len(y) // 1280 * 1280].reshape(-1, 1280) ** 2).mean(1)
        sf.write(out / f'{voice}-{i:02d}.wav', np.clip(y / np.sqrt(e[e > e.max() * 1e-3].mean()) * .1, -1, 1), RATE)
    print(voice, i + 1, flush=True)


def main(share, texts, out):
    out = Path(out); out.mkdir(exist_ok=True); rng = np.random.default_rng(3); texts = Path(texts)
    for voice, folder in ASTERISK.items(): write(voice, asterisk(f'{share}/asterisk/sounds/{folder}', rng), PER_ASTERISK, out)
    for voice, (folder, pattern, count) in WAVES.items(): write(voice, waves(f'{share}/{folder}', pattern, rng), count, out)
    english = prose(texts / 'en.txt')
    for i, voice in enumerate(FLITE): write(voice, spoken(['flite', '-voice', voice, '-f', '{text}', '-o', '{wav}'], english[i::len(FLITE)], out), PER_FLITE, out)
    write('ked', spoken(['text2wave', '-F', str(RATE), '-eval', '(voice_ked_diphone)', '-o', '{wav}', '{text}'], english[1::7], out), PER_KED, out)
    for i, (voice, (language, text)) in enumerate(PICO.items()):
        write(voice, spoken(['pico2wave', '-l', language, '-w', '{wav}', '{say}'], prose(texts / f'{text}.txt')[i::len(PICO)], out), PER_PICO, out)


if __name__ == '__main__': main(*sys.argv[1:4])
