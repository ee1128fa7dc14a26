"""How much a listener by ITU-T P.862 hears of the difference: its disturbances, differentiable, for 8 kHz speech.

What P.862 does in time is done in frequency here (level, pre-emphasis), and there is no time alignment: the marked speech is aligned by construction.
"""
import torch, torch.nn.functional as F

FFT, HOP, WINDOWS = 256, 128, 20                                  # 32 ms, 16 ms; twenty frames are pooled
# P.862.2: spectral bins per Bark band (the 41 bands below 4 kHz), power correction, absolute threshold
BINS = [1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 3, 4, 5, 4, 5, 6, 6, 7, 8, 9, 9]
CORRECTION = [100, 100, 100, 100, 100, 100, 100, 100, 50, 100, 100, 100, 100, 100, 53.05, 110, 117.99, 65, 68.76, 70, 71.43, 75, 76.84, 80.97, 88.65, 63.86, 68.16,
              72.55, 75.58, 58.38, 80.95, 64.14, 54.38, 73.82, 64.44, 59.18, 65.52, 61.4, 58.14, 57, 64.13]
THRESHOLD = [5.129e7, 2.455e6, 70790, 4898, 1175, 389, 104.7, 45.71, 17.78, 9.772, 4.898, 3.09, 1.905, 1.259, .9772, .7244, .5623, .4571, .389, .3311, .2951, .2692, .257,
             .2512, .2512, .2512, .2512, .263, .2884, .309, .3388, .3715, .3981, .4365, .4677, .4898, .5012, .5012, .5129, .5248, .5248]
CENTRE = [.079, .316, .637, .961, 1.29, 1.624, 1.963, 2.306, 2.653, 3.006, 3.363, 3.725, 4.092, 4.464, 4.842, 5.224, 5.611, 6.003, 6.401, 6.804, 7.212, 7.626, 8.045, 8.469,
          8.899, 9.335, 9.776, 10.223, 10.676, 11.135, 11.6, 12.07, 12.547, 13.029, 13.518, 14.013, 14.515, 15.022, 15.536, 16.057, 16.584]   # Bark
TOTAL_WIDTH = 21.178                                              # of all 49 bands but the first, Bark
SPEECH_POWER = .0045                                              # 325 … 3250 Hz power of a recording whose active level is 0.1


class Disturbance:
    """call(reference, degraded, gain) of [N, samples] at 8 kHz; `gain` [N, 1] is what the recording was multiplied by. Returns P.862's symmetric and asymmetric
    disturbance, all clips taken as one recording."""
    def __init__(s, device):
        t = lambda v: torch.tensor(v, device=device, dtype=torch.float32)
        s.window = torch.hann_window(FFT, device=device); s.p0 = t(THRESHOLD); s.exp = .23 * (6 / (t(CENTRE) + 2)).clamp(1, 2) ** .15
        edges = t(CENTRE); s.width = torch.diff(torch.cat([edges, t([17.117])])); s.width[0] = 0       # the first band does not count
        z = torch.exp(-1j * 2 * torch.pi * torch.arange(FFT // 2, device=device) / (2 * FFT))
        pre = (2.740826 * (1 - 2 * z + z ** 2) / (1 - 1.9444777 * z + .94597794 * z ** 2)).abs() ** 2
        s.bank = torch.zeros(FFT // 2, len(BINS), device=device); at = 0
        for b, n in enumerate(BINS): s.bank[at:at + n, b] = CORRECTION[b] * 6.910853e-6; at += n
        s.bank *= (pre * 4 * 1e7 / SPEECH_POWER)[:, None]; s.bank[0] = 0                               # 4: half the samples of 16 kHz
    def power(s, x): return (torch.fft.rfft(x.unfold(1, FFT, HOP) * s.window).abs() ** 2)[:, :, :-1] @ s.bank
    def loudness(s, P): return .18661 * (2 * s.p0) ** s.exp * ((.5 + .5 * torch.maximum(P, s.p0) / s.p0) ** s.exp - 1)
    def audible(s, P): return (P * (P > s.p0)).sum(2)
    def pooled(s, d): return (F.unfold(d[:, None, None], (1, WINDOWS), stride=(1, WINDOWS // 2)) ** 6).mean(1).clamp(min=1e-12).pow(1 / 3).mean().sqrt()
    def __call__(s, reference, degraded, gain):
        R, D = s.power(reference / gain), s.power(degraded / gain)
        ratio = (s.audible(R) + 5e3) / (s.audible(D) + 5e3)
        ratio = torch.cat([ratio[:, :1], .8 * ratio[:, 1:] + .2 * ratio[:, :-1]], 1).clamp(3e-4, 5); D = D * ratio[:, :, None]
        a, b = s.loudness(R), s.loudness(D); d = (b - a).abs() - .25 * torch.minimum(a, b); d = d.clamp(min=0)
        weight = ((s.audible(R) + 1e5) / 1e7) ** .04; skew = ((D + 50) / (R + 50)) ** 1.2; skew = torch.where(skew < 3, 0, skew.clamp(max=12))
        symmetric = TOTAL_WIDTH ** .5 * ((s.width * d) ** 2).sum(2).add(1e-8).sqrt() / weight; asymmetric = (s.width * d * skew).sum(2) / weight
        return s.pooled(symmetric.clamp(max=45)), s.pooled(asymmetric.clamp(max=45))


def mos(symmetric, asymmetric):
    """P.862.2's wideband score"""
    return .999 + 4 / (1 + torch.exp(-1.3669 * (4.5 - .1 * symmetric - .0309 * asymmetric) + 3.8224))


class Dissimilarity:
    """call(reference, degraded) of [N, samples] at 8 kHz: one less ViSQOL's neurogram similarity over its 21 speech bands (those above 4 kHz are taken as alike), where there is
    speech."""
    WINDOW, HOP, BANDS, ALL, RANGE = 640, 160, 21, 21, 45
    def __init__(s, device):
        erb = lambda f: 24.7 + f / 9.26449
        low, high, q, bw = 50., 8000., 9.26449, 24.7
        k = torch.arange(1, s.ALL + 1, dtype=torch.float64); fc = -q * bw + torch.exp(k * (torch.log(torch.tensor(low + q * bw)) - torch.log(torch.tensor(high + q * bw))) / s.ALL) * (high + q * bw)
        fc = fc[fc < 3900].flip(0); f = torch.arange(513, dtype=torch.float64)[:, None] * 8000 / 1024
        s.bank = ((1 + ((f - fc) / (1.019 * erb(fc))) ** 2) ** -4).float().to(device); s.window = torch.hann_window(s.WINDOW, device=device)
        g = torch.tensor([.0113, .0838, .0113, .0838, .6195, .0838, .0113, .0838, .0113], device=device); s.kernel = g.reshape(1, 1, 3, 3)
    def neurogram(s, x): return 10 * torch.log10((torch.fft.rfft(x.unfold(1, s.WINDOW, s.HOP) * s.window, 1024).abs() ** 2) @ s.bank + 1e-7)
    def smooth(s, x): return F.conv2d(F.pad(x[:, None], (1, 1, 1, 1), mode='replicate'), s.kernel)[:, 0]
    def __call__(s, reference, degraded):
        X, Y = s.neurogram(reference), s.neurogram(degraded); top = torch.maximum(X, Y).amax(2, keepdim=True).detach(); loudest = top.amax((1, 2), keepdim=True)
        X, Y = torch.maximum(X, top - s.RANGE), torch.maximum(Y, top - s.RANGE); base = loudest - s.RANGE - 20; X, Y = X - base, Y - base
        mx, my = s.smooth(X), s.smooth(Y); vx, vy, c = s.smooth(X * X) - mx * mx, s.smooth(Y * Y) - my * my, s.smooth(X * Y) - mx * my
        alike = (2 * mx * my + 1e-4) / (mx * mx + my * my + 1e-4) * (c + 4.5e-4) / ((vx.clamp(min=0) * vy.clamp(min=0) + 1e-6).sqrt() + 4.5e-4)
        return ((1 - alike) * (top > loudest - 40)).sum() / ((top > loudest - 40).sum() * s.ALL)
