"""Other watermarks, and how a mark sounds, for the channel matrix. One JSON request per line on standard input, one JSON answer per line on standard output.

{"op": "have"}                                    → which of quality, perth and aware can run here
{"op": "quality", "original": WAV, "marked": WAV} → pesq (WB, mean of 10 s pieces), visqol (speech, mean of 10 s pieces), snrDb
{"op": "embed", "peer": "perth" | "aware", "in": WAV, "out": WAV, "bits": [0, 1, …]}
{"op": "detect", "peer": …, "in": WAV}            → score, and for aware the bits
"""
import json, os, sys
import numpy as np, soundfile as sf

answers = os.fdopen(os.dup(1), 'w'); os.dup2(2, 1)          # libraries print; the answers stay clean
loaded = {}
PIECE = 10


def once(name, make):
    if name not in loaded: loaded[name] = make()
    return loaded[name]


def one_thread():
    import torch
    torch.version.cuda = None                               # torchaudio of another CUDA refuses otherwise
    torch.set_num_threads(1)


def perth():
    def make():
        one_thread()
        from perth.perth_net.perth_net_implicit.perth_watermarker import PerthImplicitWatermarker
        return PerthImplicitWatermarker()
    return once('perth', make)


def aware():
    def make():
        one_thread()
        from aware.utils.models import load
        return load(name='AWARE')
    return once('aware', make)


def visqol():
    def make():
        from visqol import VisqolApi
        api = VisqolApi(); api.create(mode='speech'); return api
    return once('visqol', make)


def have(_):
    # ViSQOL answers without ai_edge_litert too, but with other scores.
    def can(make):
        try: make(); return True
        except Exception: return False
    return {'quality': can(lambda: (__import__('pesq'), __import__('ai_edge_litert'), visqol())), 'perth': can(perth), 'aware': can(aware)}


def quality(r):
    from pesq import pesq
    x, rate = sf.read(r['original']); y = sf.read(r['marked'])[0]; n = PIECE * rate; m = min(len(x), len(y)); x, y = x[:m], y[:m]
    pieces = [(x[i:i + n], y[i:i + n]) for i in range(0, m - n + 1, n)]
    return {'pesq': float(np.mean([pesq(rate, a, b, 'wb') for a, b in pieces])), 'visqol': float(np.mean([visqol().measure_from_arrays(a, b, rate).moslqo for a, b in pieces])),
            'snrDb': float(10 * np.log10((x ** 2).sum() / ((y - x) ** 2).sum()))}


def embed(r):
    x, rate = sf.read(r['in'], dtype='float32')
    if r['peer'] == 'perth': y = perth().apply_watermark(x, sample_rate=rate)
    else:
        from aware.service import embed_watermark
        y = embed_watermark(x, rate, np.array(r['bits'], np.int32), aware()[0])
    sf.write(r['out'], np.clip(np.asarray(y, np.float32).squeeze()[:len(x)], -1, 1), rate, subtype='PCM_16')
    return {}


def detect(r):
    x, rate = sf.read(r['in'], dtype='float32')
    if r['peer'] == 'perth': return {'score': float(np.mean(perth().get_watermark(x, sample_rate=rate, round=False)))}
    from aware.service import detect_watermark
    bits, confidence = detect_watermark(x, rate, aware()[1])
    return {'score': float(confidence), 'bits': [int(b) for b in np.asarray(bits).ravel()]}


for line in sys.stdin:
    request = json.loads(line)
    try: answer = {'have': have, 'quality': quality, 'embed': embed, 'detect': detect}[request['op']](request)
    except Exception as error: answer = {'failed': f'{type(error).__name__}: {error}'[:300]}
    print(json.dumps(answer), file=answers, flush=True)
