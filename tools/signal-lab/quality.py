"""PESQ-WB of every 10 s piece and ViSQOL (speech) of the first 10 s: quality.py ORIGINALS MARKED [NAME…]"""
import sys
from pathlib import Path
import numpy as np, soundfile as sf
from pesq import pesq


def main(originals, marked, *names):
    files = [Path(marked) / f'{n}.wav' for n in names] or sorted(Path(marked).glob('*.wav'))
    from visqol import VisqolApi
    api = VisqolApi(); api.create(mode='speech'); scores, views = [], []
    for f in files:
        y, rate = sf.read(f); x = sf.read(Path(originals) / f.name)[0][:len(y)]; n = 10 * rate
        p = [pesq(rate, x[i:i + n], y[i:i + n], 'wb') for i in range(0, len(y) - n + 1, n)]; scores += p
        v = np.mean([api.measure_from_arrays(x[i:i + n], y[i:i + n], rate).moslqo for i in range(0, len(y) - n + 1, n)]); views.append(v); e = (y - x)
        print(f.stem, 'pesq', np.round(p, 2).tolist(), 'visqol', round(v, 3), 'snr', round(10 * np.log10((x ** 2).sum() / (e ** 2).sum()), 1), flush=True)
    print(f'all: PESQ-WB {np.mean(scores):.3f} ({min(scores):.2f} … {max(scores):.2f}), ViSQOL {np.mean(views):.3f}')


if __name__ == '__main__': main(*sys.argv[1:])
