"""Joint training of the embedders and the demodulator of signal profile 0, through the real STFT, on one GPU.

usage: train.py DATA.npz SECONDS LAMBDA OUT.pt
DATA.npz: X [recordings, samples] int8 mu-law speech at 8 kHz; D [recordings, codecs, tiles, bands] int8, 0.2 dB steps: the level
differences real codecs made on those recordings. Chips, bits, slots, channels and voices (speed change) are drawn afresh in every batch.
"""
import sys, time
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
torch.backends.cuda.matmul.allow_tf32 = True; torch.backends.cudnn.allow_tf32 = True; torch.backends.cudnn.benchmark = True
dev = 'cuda' if torch.cuda.is_available() else 'cpu'
SR, TILE, B, NB, W = 8000, 160, 8, 4, 160

def bandmap(nfft, lo):
    per = int(375 / (SR / nfft)); M = torch.zeros(nfft // 2 + 1, B, device=dev)
    for b in range(B): M[lo + b * per: lo + (b + 1) * per, b] = 1
    return M
MS, MA = bandmap(128, 5), bandmap(256, 10)
ws, wa = torch.sqrt(torch.hann_window(120, periodic=True, device=dev)), torch.hann_window(160, periodic=True, device=dev)

def hops(x, n):
    """analysis power per 5 ms hop: [N, hops, bands]; the centre of hop i is sample 40 i + 20, as in synthesis"""
    f = F.pad(x, (60, 180)).unfold(1, 160, 40)[:, :n] * wa
    return (torch.fft.rfft(f, 256).abs() ** 2) @ MA
def levels(P): return 10 * torch.log10(P.reshape(P.shape[0], -1, 4, B).sum(2) + 1e-10)
def synth(x, G):
    """G [N, tiles, bands] dB; synthesis window i is centred at 40 i + 20"""
    n = G.shape[1] * 4
    f = F.pad(x, (40, 160)).unfold(1, 120, 40)[:, :n] * ws
    t = torch.arange(n, device=dev) // 4
    d = torch.fft.irfft(torch.fft.rfft(f, 128) * ((10 ** (G[:, t] / 20) - 1) @ MS.T), 128)[:, :, :120] * ws / 1.5
    y = F.fold(d.transpose(1, 2), (1, (n - 1) * 40 + 120), (1, 120), stride=(1, 40))[:, 0, 0]
    return x + F.pad(y[:, 40:], (0, max(0, x.shape[1] - y.shape[1] + 40)))[:, :x.shape[1]]

class Dem(nn.Module):
    """odd in the level deviations: flipping them flips the soft value. [N, tiles, bands] dB -> [N, tiles, bands]"""
    def __init__(s, ch=24):
        super().__init__(); s.i = nn.Conv2d(3, ch, (5, 3), padding=(2, 1))
        s.a = nn.ModuleList([nn.Conv2d(ch, ch, (5, 3), padding=(2, 1)) for _ in range(2)]); s.b = nn.ModuleList([nn.Conv2d(ch, ch, 1) for _ in range(2)])
        s.o = nn.Conv2d(ch, 1, 1)
    def net(s, d, l, e):
        x = s.i(torch.cat([d, l, e], 1))
        for a, b in zip(s.a, s.b): x = x + b(F.relu(a(F.relu(x))))
        return s.o(F.relu(x))[:, 0]
    def forward(s, L, ref):
        m = F.avg_pool2d(F.pad(L[:, None], (0, 0, 6, 6), mode='replicate'), (13, 1), stride=1)
        d = (L[:, None] - m) / 5; l = (m - ref[:, None]) / 20 + 1; e = (m - m.mean(3, keepdim=True)) / 10
        return (s.net(d, l, e) - s.net(-d, l, e)) / 2
class EncFrame(nn.Module):
    """knows the 80 ms frame and five before it"""
    def __init__(s, h=192):
        super().__init__(); s.i = nn.Conv1d(32 * 3 + 16, h, 4); s.m = nn.Conv1d(h, h, 3); s.m2 = nn.Conv1d(h, h, 1); s.o = nn.Conv1d(h, 32, 1); s.g = nn.Parameter(torch.tensor(.5))
    def net(s, d, l, c, w):
        x = F.relu(s.i(F.pad(torch.cat([d, c, w, l], 1), (3, 0)))); x = x + F.relu(s.m(F.pad(x, (2, 0)))); x = x + F.relu(s.m2(x)); return s.o(x)
    def forward(s, L, Lh, c, w, wp):
        N, T, _ = L.shape; fr = T // 4; m = L.reshape(N, fr, 4, B).mean(2)
        pm = F.avg_pool1d(F.pad(m.transpose(1, 2), (3, 0), mode='replicate'), 4, 1).transpose(1, 2)
        d = ((L.reshape(N, fr, 4, B) - pm[:, :, None]) / 5).reshape(N, fr, 32).transpose(1, 2)
        l = torch.cat([(pm - pm.mean(2, keepdim=True)) / 10, (m - pm) / 10], 2).transpose(1, 2)
        C = c.reshape(N, fr, 32).transpose(1, 2); V = w.reshape(N, fr, 32).transpose(1, 2)
        G = C * s.g + s.net(d, l, C, V) - s.net(-d, l, -C, V)
        return (2.8 * torch.tanh(G / 2.8)).transpose(1, 2).reshape(N, T, B)
class EncTile(nn.Module):
    """20 ms mode: knows the tiles before this one and the first 5 ms hop of this one"""
    def __init__(s, h=96):
        super().__init__(); s.i = nn.Conv1d(8 * 6, h, 8); s.m = nn.Conv1d(h, h, 1); s.o = nn.Conv1d(h, 8, 1); s.g = nn.Parameter(torch.tensor(.5))
    def net(s, x, l):
        x = F.relu(s.i(F.pad(torch.cat([x, l], 1), (7, 0)))); x = x + F.relu(s.m(x)); return s.o(x)
    def forward(s, L, Lh, c, w, wp):
        P = F.pad(L, (0, 0, 1, 0))[:, :-1].clone(); P[:, 0] = L[:, 0]                       # the tile before
        pm = F.avg_pool1d(F.pad(P.transpose(1, 2), (12, 0), mode='replicate'), 13, 1).transpose(1, 2)
        c1 = F.pad(c, (0, 0, 0, 1))[:, 1:]
        x = torch.cat([(P - pm) / 5, (Lh - pm) / 5, c, c1, wp], 2).transpose(1, 2); l = ((pm - pm.mean(2, keepdim=True)) / 10).transpose(1, 2)
        G = c.transpose(1, 2) * s.g + s.net(x, l) - s.net(-x, l)
        return (2.8 * torch.tanh(G / 2.8)).transpose(1, 2)

def scatter(v, slot): N = v.shape[0]; return torch.zeros(N, W // 4, NB, device=dev).scatter_add(2, slot.reshape(N, W // 4, 4 * B), v.reshape(N, W // 4, 4 * B))

def main(data, seconds, lam, out):
    z = np.load(data); X = torch.tensor(z['X'], device=dev); D = torch.tensor(z['D'], device=dev)
    R, nC, T = D.shape[:3]; BS = 96; NCH = nC + 5
    held = torch.tensor([r for r in range(R) if r % 14 == 13], device=dev); train = torch.tensor([r for r in range(R) if r % 14 != 13], device=dev)
    dem, enc, tile = Dem().to(dev), EncFrame().to(dev), EncTile().to(dev); sc = nn.Parameter(torch.tensor(.7, device=dev))
    par = [*dem.parameters(), *enc.parameters(), *tile.parameters(), sc]; opt = torch.optim.AdamW(par, 2e-3, weight_decay=1e-2)
    fr4 = torch.arange(W, device=dev) // 4
    def clips(r, s, speed):
        n = W * TILE + 480; k = (torch.arange(n, device=dev)[None] * speed[:, None]) + (s * TILE)[:, None]; i = k.floor().long().clamp(max=X.shape[1] - 2); a = k - i
        g = lambda q: (lambda u: torch.sign(u) * (torch.exp(u.abs() * np.log(256)) - 1) / 255 * .9)(X[r[:, None], q].float() / 127)
        return g(i) * (1 - a) + g(i + 1) * a
    def batch(pool, ch=None):
        r = pool[torch.randint(0, len(pool), (BS,), device=dev)]; s = torch.randint(0, T - 2 * W, (BS,), device=dev)
        j = torch.randint(0, NCH, (BS,), device=dev) if ch is None else torch.full((BS,), ch, device=dev)
        speed = torch.where((j >= nC) & (ch is None), .8 + .5 * torch.rand(BS, device=dev), torch.ones(BS, device=dev))
        x = clips(r, s, speed) * 10 ** (torch.rand(BS, 1, device=dev) * 1.2 - .8)
        dd = D[r[:, None], j.clamp(max=nC - 1)[:, None], s[:, None] + torch.arange(W, device=dev)].float() / 5 * (j < nC)[:, None, None]
        sg = torch.randint(0, 2, (BS, W // 2, B), device=dev) * 2. - 1; chip = torch.stack([sg, -sg], 2).reshape(BS, W, B)
        pr = torch.argsort(torch.rand(BS, W // 4, 2 * B, device=dev), -1) % NB; slot = pr.reshape(BS, W // 4, 2, B).repeat_interleave(2, 2).reshape(BS, W, B)
        bits = torch.randint(0, 2, (BS, W // 4, NB), device=dev) * 2. - 1
        return x, dd, j, chip, slot, bits, torch.gather(bits[:, fr4], 2, slot)
    def channel(y, x, j):
        if not ((j >= nC).any()): return y
        k = (j - nC)
        rms = (x ** 2).mean(1, keepdim=True).sqrt() * 1.3
        snr = (k == 1)[:, None] * 10 ** (-(6 + 16 * torch.rand(BS, 1, device=dev)) / 20)
        y = y + snr * rms * torch.randn_like(y)
        other = x.roll(1, 0); y = y + (k == 2)[:, None] * other * rms / (other ** 2).mean(1, keepdim=True).sqrt().clamp(min=1e-6) * 10 ** (-(6 + 14 * torch.rand(BS, 1, device=dev)) / 20)
        rt = .15 + .4 * torch.rand(BS, 1, device=dev); tt = torch.arange(2400, device=dev)[None] / SR; h = torch.randn(BS, 2400, device=dev) * torch.exp(-6.9 * tt / rt) * .12; h[:, 0] = 1
        n = y.shape[1] + 2400; rev = torch.fft.irfft(torch.fft.rfft(y, n) * torch.fft.rfft(h, n), n)[:, :y.shape[1]]
        return torch.where((k == 3)[:, None], rev, y)
    def forward(e, b, hard=1.):
        x, dd, j, chip, slot, bits, bt = b
        H = hops(x, W * 4); L0 = levels(H); Lh = 10 * torch.log10(H[:, ::4] * 4 + 1e-10)
        top = torch.cummax(L0.amax(2), 1).values[:, :, None]; fl = torch.maximum(top - 45, torch.full_like(top, -55)); m = (L0 > fl + 6).float(); Le, Lhe = torch.maximum(L0, fl), torch.maximum(Lh, fl)
        w = chip * bt
        h = (Le.reshape(-1, W // 4, 4, B) - Le.reshape(-1, W // 4, 4, B).mean(2, keepdim=True)).reshape(Le.shape) / 5
        inf = torch.gather((scatter(h * m * chip, slot) * bits / 4)[:, fr4], 2, slot).clamp(-3, 3)
        hw = F.pad(h * 0 + (Le - F.avg_pool1d(F.pad(Le.transpose(1, 2), (13, 0), mode='replicate')[:, :, :-1], 13, 1).transpose(1, 2)) / 5, (0, 0, 0, 0)) * chip
        part = torch.zeros_like(L0).reshape(BS, W // 4, 4, B); acc = torch.zeros(BS, W // 4, NB, device=dev); q4, s4 = hw.reshape(BS, W // 4, 4, B), slot.reshape(BS, W // 4, 4, B)
        for t in range(4):
            part[:, :, t] = torch.gather(acc * bits, 2, s4[:, :, t]); acc = acc.scatter_add(2, s4[:, :, t], q4[:, :, t])
        me = m if e is enc else (Lh > fl + 6).float()
        G = e(Le, Lhe, w, inf, (part.reshape(L0.shape) / 4).clamp(-3, 3)) * me
        y = channel(synth(x, G), x, j)
        sh = torch.randint(-20, 21, (1,)).item() if hard else 0
        y = y.roll(sh, 1)
        Ly = levels(hops(y, W * 4)); ref = Ly.amax((1, 2), keepdim=True); fy = ref - 45; Ly = torch.maximum(Ly, fy) + dd * (1 + .3 * hard * torch.rand(BS, 1, 1, device=dev)) + (.3 + .4 * dd.abs()) * hard * torch.randn_like(Ly)
        Ly = torch.maximum(Ly, fy)
        S = scatter(dem(Ly, ref) * chip, slot); act = (scatter(m, slot) > 2).float()
        return S, act, G, m
    t0 = time.time(); i = 0
    while time.time() - t0 < seconds:
        p = (time.time() - t0) / seconds
        for g in opt.param_groups: g['lr'] = 2e-3 * min(1, (i + 1) / 200) * max(.005, (1 - p))
        b = batch(train); e = tile if i % 3 == 2 else enc; S, act, G, m = forward(e, b)
        bce = (F.softplus(-S * sc.abs() * b[5]) * act).sum() / act.sum(); dist = (G ** 2).sum() / m.sum(); loss = bce + lam * dist
        opt.zero_grad(); loss.backward(); nn.utils.clip_grad_norm_(par, 1.); opt.step(); i += 1
        if i % 500 < 2: print(f'{i} {time.time()-t0:.0f}s {"tile " if e is tile else "frame"} mi/bit {1-bce.item()/.6931:.3f} rms {dist.item()**.5:.2f}', flush=True)
    torch.save({'enc': enc.state_dict(), 'tile': tile.state_dict(), 'dem': dem.state_dict(), 'scale': sc.detach(), 'lambda': lam}, out)
    with torch.no_grad():
        for e, name in ((enc, 'frame'), (tile, 'tile')):
            for q in range(NCH):
                acc, ds = [], []
                for _ in range(4):
                    b = batch(held, q); S, act, G, m = forward(e, b, 0.); acc.append((S * b[5])[act > 0]); ds.append(((G ** 2).sum() / m.sum()).item())
                v = torch.cat(acc); mi = max((1 - torch.log2(1 + torch.exp(-(k * v).clamp(-50, 50)))).mean().item() for k in (.3, .5, .7, 1, 1.4))
                print(f'held {name} channel {q}: ber {(v<=0).float().mean():.3f} mi/bit {mi:.3f} rms {np.mean(ds)**.5:.2f}', flush=True)

if __name__ == '__main__': main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
