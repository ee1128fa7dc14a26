"""Trains the embedders and the demodulator of signal profile 1 together, through the real short-time spectra, on one GPU.

usage: train.py DATA.npz SECONDS DISTURBANCE DISSIMILARITY OUT.pt [START.pt]
DATA.npz: record_codecs.py. Chips, bits, slots, channels and voices (speed) are drawn afresh in every batch. DISTURBANCE is what P.862 may hear of the mark
(0.1 × symmetric + 0.0309 × asymmetric), DISSIMILARITY what ViSQOL may; their prices follow by themselves, so that the trained gains are the ones to apply.
"""
import sys, time
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from networks import B, NB, SR, TILE, W, Dem, EncFrame, EncTile, dev, hops, levels, synth
from perceptual import Dissimilarity, Disturbance, mos
torch.backends.cuda.matmul.allow_tf32 = True; torch.backends.cudnn.allow_tf32 = True; torch.backends.cudnn.benchmark = True

BS = 128
RATE, WARM_UP = 2e-3, 300
GAIN_PRICE = .005                                                 # of the mean squared gain, dB²: what neither listener hears is not free
NONE, NOISE, TALKER, REVERB, LOSS = range(5)                      # what happens on the way, besides a codec


def rand(*shape): return torch.rand(*shape, device=dev)
def scatter(v, slot): N = v.shape[0]; return torch.zeros(N, W // 4, NB, device=dev).scatter_add(2, slot.reshape(N, W // 4, 4 * B), v.reshape(N, W // 4, 4 * B))
def gather(v, slot): return torch.gather(v.repeat_interleave(4, 1), 2, slot)


class Speech:
    def __init__(s, path):
        z = np.load(path); names, held = z['names'], z['held']; s.codecs = list(z['codecs']); s.C, s.R = len(s.codecs), len(names)
        s.X = torch.tensor(z['X'], device=dev); s.D = torch.tensor(z['D'], device=dev); s.rec = torch.tensor(z['rec'], device=dev); s.T = s.D.shape[1]
        s.kernel = torch.cat([torch.tensor(z['kernel'], device=dev), torch.zeros(1, 3, 3, device=dev)])          # the last: no codec
        pick = lambda f: torch.tensor([i for i in range(s.R) if f(i)], device=dev)
        unheard = sorted({n[:-3] for n in names if all(h for m, h in zip(names, held) if m[:-3] == n[:-3])})
        def pool(f):
            """recordings, and for every codec the pairs of recordings that went through it, repeated to the same number"""
            pairs = [[p for p in range(len(z['rec'])) if z['codec'][p] == c and f(z['rec'][p])] or [0] for c in range(s.C)]; n = max(map(len, pairs))
            return pick(f), torch.tensor([(q * n)[:n] for q in pairs], device=dev)
        s.train = pool(lambda i: not held[i]); s.held = pool(lambda i: held[i] and names[i][:-3] not in unheard)
        s.unheard = {v: pool(lambda i, v=v: names[i][:-3] == v) for v in unheard}

    def clips(s, r, start, speed):
        n = W * TILE + 480; k = torch.arange(n, device=dev)[None] * speed[:, None] + (start * TILE)[:, None]; i = k.floor().long().clamp(max=s.X.shape[1] - 2); a = k - i
        linear = lambda q: (lambda u: torch.sign(u) * (torch.exp(u.abs() * np.log(256)) - 1) / 255 * .9)(s.X[r[:, None], q].float() / 127)
        return linear(i) * (1 - a) + linear(i + 1) * a

    def batch(s, pool, codec=None, way=None):
        """Clips with their channels, chips, slots and bits."""
        recordings, pairs = pool; r = recordings[(rand(BS) * len(recordings)).long()]; start = (rand(BS) * (s.T - 2 * W)).long()
        w = torch.where(rand(BS) < .4, 1 + (rand(BS) * 4).long(), 0) if way is None else torch.full((BS,), way, device=dev)
        c = (rand(BS) * (s.C + 2)).long().clamp(max=s.C) if codec is None else torch.full((BS,), codec, device=dev)
        if codec is None: c = torch.where((w != NONE) & (rand(BS) < .75), s.C, c)
        pair = pairs[c.clamp(max=s.C - 1), (rand(BS) * pairs.shape[1]).long()]; r = torch.where(c < s.C, s.rec[pair], r)
        speed = torch.where((c == s.C) & (rand(BS) < .8), .8 + .5 * rand(BS), 1.) if codec is None else torch.ones(BS, device=dev)
        gain = 10 ** (rand(BS, 1) * 1.2 - .8); x = s.clips(r, start, speed) * gain
        dd = s.D[pair[:, None], start[:, None] + torch.arange(W, device=dev)].float() / 5 * (c < s.C)[:, None, None]
        sign = (rand(BS, W // 2, B) < .5) * 2. - 1; chip = torch.stack([sign, -sign], 2).reshape(BS, W, B)
        slot = (torch.argsort(rand(BS, W // 4, 2 * B), -1) % NB).reshape(BS, W // 4, 2, B).repeat_interleave(2, 2).reshape(BS, W, B)
        return x, gain, dd, c, w, chip, slot, (rand(BS, W // 4, NB) < .5) * 2. - 1


def on_the_way(y, x, w):
    """noise, another talker, a room or lost packets, by the clip's w"""
    is_ = lambda k: (w == k)[:, None]
    rms = (x ** 2).mean(1, keepdim=True).sqrt() * 1.3
    y = y + is_(NOISE) * 10 ** (-(6 + 16 * rand(BS, 1)) / 20) * rms * torch.randn_like(y)
    other = x.roll(1, 0); y = y + is_(TALKER) * other * rms / (other ** 2).mean(1, keepdim=True).sqrt().clamp(min=1e-6) * 10 ** (-(5 + 13 * rand(BS, 1)) / 20)
    decay = .15 + .4 * rand(BS, 1); tt = torch.arange(2400, device=dev)[None] / SR; h = torch.randn(BS, 2400, device=dev) * torch.exp(-6.9 * tt / decay) * (.03 + .09 * rand(BS, 1))
    h = torch.cat([torch.ones(BS, 1, device=dev), h[:, 1:]], 1); n = 32768
    y = torch.where(is_(REVERB), torch.fft.irfft(torch.fft.rfft(y, n) * torch.fft.rfft(h, n), n)[:, :y.shape[1]], y)
    blocks = y[:, :W * TILE].reshape(BS, W, TILE); at = torch.arange(W, device=dev).expand(BS, W)          # a lost block repeats the last one, fading
    last = torch.cummax(torch.where(rand(BS, W) < .01 + .09 * rand(BS, 1), 0, at), 1).values
    lost = (torch.gather(blocks, 1, last[:, :, None].expand(-1, -1, TILE)) * (.7 ** (at - last))[:, :, None]).reshape(BS, -1)
    return torch.where(is_(LOSS), torch.cat([lost, y[:, W * TILE:]], 1), y)


def codec_kernel(g, kernel, c):
    """what each clip's codec answers to the gains it was given: [N, tiles, bands]"""
    return F.conv2d(F.pad(g[None], (1, 1, 1, 1)), kernel[c][:, None], groups=BS)[0]


def through(speech, dem, e, b, hard):
    """Marks a batch, sends it through its channels and reads it: soft bits, which of them count, gains, which cells, the marked clips."""
    x, gain, dd, c, w, chip, slot, bits = b
    H = hops(x, W * 4); L0 = levels(H); Lh = 10 * torch.log10(H[:, ::4] * 4 + 1e-10)
    top = torch.cummax(L0.amax(2), 1).values[:, :, None]; floor = (top - 45).clamp(min=-55); m = (L0 > floor + 6).float(); Le, Lhe = torch.maximum(L0, floor), torch.maximum(Lh, floor)
    q4, s4 = (lambda v: v.reshape(-1, W // 4, 4, B)), slot.reshape(-1, W // 4, 4, B)
    h = (q4(Le) - q4(Le).mean(2, keepdim=True)).reshape(Le.shape) / 5
    host = gather(scatter(h * m * chip, slot) * bits / 4, slot).clamp(-3, 3)
    past = F.avg_pool1d(F.pad(Le.transpose(1, 2), (13, 0), mode='replicate')[:, :, :-1], 13, 1).transpose(1, 2); hw = q4((Le - past) / 5 * chip)
    part, acc = [], torch.zeros(BS, W // 4, NB, device=dev)
    for t in range(4): part.append(torch.gather(acc * bits, 2, s4[:, :, t])); acc = acc.scatter_add(2, s4[:, :, t], hw[:, :, t])
    me = m if isinstance(e, EncFrame) else (Lh > floor + 6).float()
    G = e(Le, Lhe, chip * gather(bits, slot), host, (torch.stack(part, 2).reshape(L0.shape) / 4).clamp(-3, 3)) * me
    marked = synth(x, G); y = on_the_way(marked, x, w)
    if hard: y = y[:, (torch.arange(y.shape[1], device=dev) + torch.randint(-20, 21, (1,), device=dev)) % y.shape[1]]
    Ly = levels(hops(y, W * 4)); ref = Ly.amax((1, 2), keepdim=True); floor = ref - 45
    Ly = torch.maximum(Ly, floor) + dd * (1 + .3 * hard * rand(BS, 1, 1)) + codec_kernel(G, speech.kernel, c) + (.3 + .4 * dd.abs()) * hard * torch.randn_like(Ly)
    S = scatter(dem(torch.maximum(Ly, floor), ref) * chip, slot)
    return S, (scatter(m, slot) > 2).float(), G, m, marked


def information(v):
    """bits per coded bit that soft values v (positive: right) carry, at the best scale"""
    return max((1 - torch.log2(1 + torch.exp(-(k * v).clamp(-50, 50)))).mean().item() for k in (.3, .5, .7, 1, 1.4))


def report(speech, dem, encoders, disturbance, dissimilarity):
    channels = [(c, NONE) for c in range(speech.C + 1)] + [(speech.C, w) for w in (NOISE, TALKER, REVERB, LOSS)]
    label = [*speech.codecs, 'clean', 'noise', 'talker', 'reverb', 'loss']
    for pool_name, pool in (('held', speech.held), *speech.unheard.items()):
        for mode, e in encoders:
            line, ds = [], []
            for (c, w), name in zip(channels, label):
                soft = []
                for _ in range(3):
                    b = speech.batch(pool, c, w); S, act, G, m, marked = through(speech, dem, e, b, 0.); soft.append((S * b[-1])[act > 0])
                    ds.append((*disturbance(b[0], marked, b[1]), dissimilarity(b[0], marked), (G ** 2).sum() / m.sum()))
                line.append(f'{name} {information(torch.cat(soft)):.3f}')
            s, a, n, g = torch.tensor(ds).mean(0); print(f'{pool_name} {mode}: {" ".join(line)}; mos {mos(s, a):.3f} dissimilarity {n:.4f} rms {g ** .5:.2f} dB', flush=True)


def main(data, seconds, disturbed, dissimilar, out, start=None):
    t0 = time.time(); speech = Speech(data); disturbance, dissimilarity = Disturbance(dev), Dissimilarity(dev)
    dem, enc, tile = Dem().to(dev), EncFrame().to(dev), EncTile().to(dev); scale = nn.Parameter(torch.tensor(.7, device=dev))
    allowed = torch.tensor([disturbed, dissimilar], device=dev); price = {e: torch.tensor([.1, 5.], device=dev) for e in (enc, tile)}; most = torch.tensor([10., 500.], device=dev)
    if start:
        k = torch.load(start, map_location=dev); dem.load_state_dict(k['dem']); enc.load_state_dict(k['enc']); tile.load_state_dict(k['tile']); scale.data.copy_(k['scale'])
    par = [*dem.parameters(), *enc.parameters(), *tile.parameters(), scale]; lr = torch.tensor(RATE, device=dev)
    for p in par: p.grad = torch.zeros_like(p)
    opt = torch.optim.AdamW(par, lr, weight_decay=1e-2, capturable=dev == "cuda"); seen = {e: torch.zeros(4, device=dev) for e in (enc, tile)}

    def step(e):
        for p in par: p.grad.zero_()
        b = speech.batch(speech.train); S, act, G, m, marked = through(speech, dem, e, b, 1.)
        bce = (F.softplus(-S * scale.abs() * b[-1]) * act).sum() / act.sum(); s, a = disturbance(b[0], marked, b[1]); d = torch.stack([.1 * s + .0309 * a, dissimilarity(b[0], marked)]); g = (G ** 2).sum() / m.sum()
        (bce + price[e] @ d + GAIN_PRICE * g).backward(); nn.utils.clip_grad_norm_(par, 1., foreach=True); opt.step()
        with torch.no_grad():
            price[e].mul_(torch.exp(.003 * (d / allowed - 1).clamp(-1, 1))).clamp_(most / 1000, most); seen[e].mul_(.99).add_(torch.stack([bce, *d, g]), alpha=.01)

    def captured(e):
        side = torch.cuda.Stream(); side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(5): step(e)
        torch.cuda.current_stream().wait_stream(side); graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph): step(e)
        return graph.replay
    lr.fill_(RATE / 100); run = {e: captured(e) if dev == 'cuda' else (lambda e=e: step(e)) for e in (enc, tile)}
    save = lambda: torch.save({'enc': enc.state_dict(), 'tile': tile.state_dict(), 'dem': dem.state_dict(), 'scale': scale.detach()}, out)
    i, began, lap = 0, time.time(), 0; top = RATE / (2 if start else 1)
    while True:
        p = (time.time() - began) / (seconds - (began - t0))
        if p >= 1: break
        if i % 20 == 0: lr.fill_(top * min(1, (i + 1) / WARM_UP) * max(.003, 1 - p))
        run[tile if i % 3 == 2 else enc](); i += 1
        if i % 20 == 0: torch.cuda.synchronize() if dev == 'cuda' else None
        if time.time() - began > lap:
            lap += 20; v = [(1 - .99 ** max(1, (i / 3) * k)) for k in (2, 1)]
            print(f'{i} {time.time() - t0:.0f}s', *(f'{n}: mi/bit {1 - (q[0] / u).item() / .6931:.3f} disturbance {q[1] / u:.3f} at {price[e][0]:.3f} dissimilarity {q[2] / u:.4f} at {price[e][1]:.1f} rms {(q[3] / u).item() ** .5:.2f} dB;'
                  for n, e, u, q in (('frame', enc, v[0], seen[enc]), ('tile', tile, v[1], seen[tile]))), flush=True)
            if lap % 100 == 0: save()
    save()
    with torch.no_grad(): report(speech, dem, (('frame', enc), ('tile', tile)), disturbance, dissimilarity)


if __name__ == '__main__': main(sys.argv[1], *map(float, sys.argv[2:5]), *sys.argv[5:7])
