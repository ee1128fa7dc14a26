"""Sends the recordings through real codecs and writes what train.py needs.

usage: record_codecs.py RECORDINGS OUT.npz
names [R]; X [R, samples] int8, mu-law at 8 kHz. Every recording goes through three of the codecs. For every such pair p: rec [P], codec [P], and
D [P, tiles, bands] int8 in 0.2 dB steps, what the codec did to the levels of speech that carried random gains. Part of that answers the gains themselves (a codec
passes on less than it was given, and smears it): kernel [C, 3, 3] (tiles × bands) is fitted to it and taken out of D, so that training can apply it to its own gains.
"""
import subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import numpy as np, soundfile as sf
from scipy.signal import fftconvolve, resample_poly

SR, NB, LOW, BW, TILE, T = 8000, 8, 300, 375, 160, 3000
CODECS = {'opus24': ('-ar 24000 -c:a libopus -b:a 24k -application voip', 'opus'), 'opus16': ('-ar 24000 -c:a libopus -b:a 16k -application voip', 'opus'),
          'opus12': ('-ar 16000 -c:a libopus -b:a 12k -application voip', 'opus'), 'mp3': ('-ar 24000 -c:a libmp3lame -b:a 32k', 'mp3'),
          'gsm': ('-ar 8000 -c:a libgsm', 'gsm'), 'speex': ('-ar 8000 -c:a libspeex -b:a 11k', 'ogg'), 'amr': ('-C 7', 'amr-nb'), 'amr-low': ('-C 4', 'amr-nb')}
SPREAD = (0, 3, 5)                                                # of the codecs that recording i meets
HELD_VOICES, HELD_LAST = ('ru', 'rms', 'pico_it'), 1
window = np.hanning(161)[:160].astype(np.float32)
band = np.floor((np.arange(129) * SR / 256 - LOW) / BW).astype(int)
M = np.stack([band == b for b in range(NB)], 1).astype(np.float32)


def held(names):
    """[R] bool: recordings that training never sees"""
    return [n[:-3] in HELD_VOICES or sum(m[:-3] == n[:-3] and m > n for m in names) < HELD_LAST for n in names]


def levels(x):
    x = np.concatenate([x, np.zeros(400, np.float32)])
    P = np.abs(np.fft.rfft(np.lib.stride_tricks.sliding_window_view(x, 160)[::40][:4 * T] * window, 256, axis=1)) ** 2 @ M
    return 10 * np.log10(P.reshape(T, 4, NB).sum(1) + 1e-10)


def marked(x, rng):
    """x with random tile gains of 0.5 … 2.5 dB, in pairs, through a short-time spectrum at 16 kHz; and the gains [tiles, bands]"""
    hop, size = 160, 320; w = np.sqrt(np.hanning(size + 1)[:size]).astype(np.float32); n = (len(x) - size) // hop + 1
    F = np.fft.rfft(np.lib.stride_tricks.sliding_window_view(x, size)[::hop] * w, axis=1)
    b = np.floor((np.arange(161) * 50 - LOW) / BW).astype(int); c = rng.choice([-1., 1.], (T // 2 + 2, NB)) * rng.uniform(.5, 2.5, (T // 2 + 2, NB))
    g = np.stack([c, -c], 1).reshape(-1, NB); c = g[(np.arange(n) * hop + 40) // 320]
    d = np.fft.irfft(F * np.where((b >= 0) & (b < NB), 10 ** (c[:, np.clip(b, 0, NB - 1)] / 20) - 1, 0), axis=1) * w; y = x.copy()
    for i in range(n): y[i * hop:i * hop + size] += d[i]
    return y, g[:T]


def through(x, options, kind):
    with tempfile.TemporaryDirectory() as d:
        sf.write(f'{d}/a.wav', np.clip(x, -1, 1), 16000); raw = f'-f s16le -ar {SR} -ac 1 -'.split(); ff = ['ffmpeg', '-v', 'error', '-threads', '1', '-i']
        if kind == 'amr-nb':
            for c in (f'sox {d}/a.wav -r 8000 {options} {d}/b.amr-nb', f'sox {d}/b.amr-nb {d}/c.wav'): subprocess.run(c.split(), check=True)
            return sf.read(f'{d}/c.wav', dtype='float32')[0]
        subprocess.run([*ff, f'{d}/a.wav', *options.split(), f'{d}/b.{kind}'], check=True)
        return np.frombuffer(subprocess.run([*ff, f'{d}/b.{kind}', *raw], capture_output=True, check=True).stdout, np.int16).astype(np.float32) / 32768


def aligned(ref, y):
    n = 20 * SR; lag = int(np.argmax(fftconvolve(y[:n + 2400], ref[:n][::-1]))) - (n - 1)
    y = y[lag:] if lag >= 0 else np.concatenate([np.zeros(-lag, np.float32), y])
    return np.concatenate([y[:len(ref)], np.zeros(max(0, len(ref) - len(y)), np.float32)])


def neighbours(g):
    p = np.pad(g, ((1, 1), (1, 1)))
    return np.stack([p[i:i + T, j:j + NB] for i in range(3) for j in range(3)], -1)


def main(folder, out):
    files = sorted(Path(folder).glob('*.wav')); names = [f.stem for f in files]

    def one(i):
        x16 = sf.read(files[i], dtype='float32')[0]; x = resample_poly(x16, 1, 2).astype(np.float32)
        y16, g = marked(x16, np.random.default_rng(i)); y = resample_poly(y16, 1, 2).astype(np.float32); L = levels(y); floor = L.max() - 45
        active = L > floor + 8; diffs = {}
        for c in sorted({(i + k) % len(CODECS) for k in SPREAD}):
            diffs[c] = np.maximum(levels(aligned(y, through(y16, *list(CODECS.values())[c]))), floor) - np.maximum(L, floor)
        u = np.sign(x) * np.log1p(255 * np.minimum(np.abs(x) / .9, 1)) / np.log(256)
        print(names[i], {list(CODECS)[c]: round(float(np.abs(d[active]).mean()), 2) for c, d in diffs.items()}, flush=True)
        return np.round(u * 127).astype(np.int8), g, active, diffs
    with ThreadPoolExecutor(2) as pool: made = list(pool.map(one, range(len(files))))
    kernel, rec, codec, D = [], [], [], []
    for c, name in enumerate(CODECS):
        heard = [(i, g, active, diffs[c]) for i, (_, g, active, diffs) in enumerate(made) if c in diffs]; xx, xy = 0, 0
        for _, g, active, d in heard: a = neighbours(g)[active]; xx = xx + a.T @ a; xy = xy + a.T @ d[active]
        k = np.linalg.solve(xx, xy); kernel.append(k.reshape(3, 3)); print(name, 'answers a gain with', np.round(k, 3).tolist(), flush=True)
        for i, g, _, d in heard: rec.append(i); codec.append(c); D.append(np.clip(np.round((d - neighbours(g) @ k) * 5), -127, 127).astype(np.int8))
    np.savez_compressed(out, names=np.array(names), held=np.array(held(names)), X=np.stack([m[0] for m in made]), rec=np.array(rec), codec=np.array(codec), D=np.stack(D),
                        kernel=np.array(kernel, np.float32), codecs=np.array(list(CODECS)))


if __name__ == '__main__': main(*sys.argv[1:3])
