"""Writes the trained networks as TypeScript modules for packages/signal/src/weights.

usage: export_weights.py OUT_DIRECTORY CHECKPOINT.pt…
Of several checkpoints (a run and its continuation) the mean is written.
Each layer is its scales [out] float32, its biases [out] float32 and its weights int8 in the order the evaluator reads them;
a weight is its byte times its row's scale. Little-endian, base64.
"""
import base64, sys, numpy as np, torch

def layer(w, b):
    """w [out, in...] already in reading order"""
    w = w.reshape(w.shape[0], -1).numpy().astype(np.float64); s = np.maximum(np.abs(w).max(1), 1e-9) / 127
    q = np.clip(np.round(w / s[:, None]), -127, 127).astype(np.int8)
    return s.astype('<f4').tobytes() + b.numpy().astype('<f4').tobytes() + q.tobytes()

def write(path, what, blob):
    open(path, 'w').write(f'/** {what} Trained by tools/signal-lab/train.py, written by export_weights.py. Layout: neural.ts. */\n'
                          f"export default '{base64.b64encode(blob).decode()}';\n")
    print(path, len(blob))

def mean(runs):
    return {n: {w: sum(r[n][w] for r in runs) / len(runs) for w in runs[0][n]} for n in ('dem', 'enc', 'tile')} | {'scale': sum(r['scale'] for r in runs) / len(runs)}

def main(out, *sources):
    k = mean([torch.load(s, map_location='cpu') for s in sources])
    d, e, t = k['dem'], k['enc'], k['tile']
    conv = lambda w: w.permute(0, 2, 3, 1)                     # [out, in, time, band] -> [out, time, band, in]
    one = lambda w: w.permute(0, 2, 1)                         # [out, in, time] -> [out, time, in]
    blob = layer(conv(d['i.weight']), d['i.bias'])
    for r in range(2): blob += layer(conv(d[f'a.{r}.weight']), d[f'a.{r}.bias']) + layer(d[f'b.{r}.weight'], d[f'b.{r}.bias'])
    blob += layer(d['o.weight'], d['o.bias'])
    write(f'{out}/demodulator.ts', f'The demodulator network; soft bit scale {abs(float(k["scale"])):.4f}.', blob)
    write(f'{out}/embedder-frame.ts', f'The embedder that knows whole 80 ms frames; carrier gain {float(e["g"]):.4f} dB.',
          b''.join(layer(one(e[n + '.weight']), e[n + '.bias']) for n in ('i', 'm', 'm2', 'o')))
    write(f'{out}/embedder-tile.ts', f'The embedder that knows the tiles before; carrier gain {float(t["g"]):.4f} dB.',
          b''.join(layer(one(t[n + '.weight']), t[n + '.bias']) for n in ('i', 'm', 'o')))
    print('scale', float(k['scale']), 'frame g', float(e['g']), 'tile g', float(t['g']))

if __name__ == '__main__': main(*sys.argv[1:])
