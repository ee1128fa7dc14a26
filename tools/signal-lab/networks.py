"""The short-time spectra and the reference networks of signal profile 1, as packages/signal has them (filterbank, demodulator, embed-frame, embed-tile)."""
import torch, torch.nn as nn, torch.nn.functional as F

dev = 'cuda' if torch.cuda.is_available() else 'cpu'
SR, TILE, B, NB, W = 8000, 160, 8, 4, 160           # W: tiles of a clip
MAX_GAIN_DB = 6

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
    d = torch.fft.irfft(torch.fft.rfft(f, 128) * ((10 ** (G / 20) - 1) @ MS.T).repeat_interleave(4, 1), 128)[:, :, :120] * ws / 1.5
    d = d.reshape(len(x), n, 3, 40); y = sum(F.pad(d[:, :, j], (0, 0, j, 2 - j)) for j in range(3)).reshape(len(x), -1)
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
        both = s.net(torch.cat([d, -d]), torch.cat([l, l]), torch.cat([e, e])); return (both[:len(L)] - both[len(L):]) / 2
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
        return (MAX_GAIN_DB * torch.tanh(G / MAX_GAIN_DB)).transpose(1, 2).reshape(N, T, B)
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
        return (MAX_GAIN_DB * torch.tanh(G / MAX_GAIN_DB)).transpose(1, 2)
