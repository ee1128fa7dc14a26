"""Reference outputs of upstream moshi 0.2.13 (PyTorch, CPU, float32) on random weights.

pip install moshi==0.2.13, then: python reference.py tiny middle mimi-tiny mimi --out ../../packages/model/test/reference
"""
import argparse
import os
import re

os.environ["NO_TORCH_COMPILE"] = "1"
import numpy as np
import torch
from moshi.models import loaders
from moshi.models.lm import LMGen, LMModel
from moshi.utils import sampling
from safetensors.numpy import save_file

import weights

FRAMES = 200
KEPT = 16  # logits and hidden values kept of each row
LM = {
    "tiny": dict(dim=512, num_heads=8, num_layers=2, hidden_scale=1.5, text_card=1000, context=50, depformer_dim=128,
                 depformer_num_heads=2, depformer_num_layers=2, depformer_dim_feedforward=288),
    "middle": dict(dim=1024, num_heads=8, num_layers=8, hidden_scale=4.125, text_card=8000, context=120, depformer_dim=256,
                   depformer_num_heads=4, depformer_num_layers=4, depformer_dim_feedforward=1056),
}
MIMI_TINY = dict(seanet=dict(dimension=64, n_filters=8),
                 transformer=dict(d_model=64, num_heads=2, num_layers=2, context=20, dim_feedforward=128, input_dimension=64,
                                  output_dimensions=[64]),
                 quantizer=dict(dimension=32, input_dimension=64, output_dimension=64))


def legacy_names(state: dict[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    """Names and shapes as published: the depth transformer's projections are stacked by step."""
    shapes: dict[str, list[int]] = {}
    for name, value in state.items():
        match = re.fullmatch(r"(.*\.self_attn\.)(in|out)_projs\.\d+\.weight", name)
        if match:
            stacked = match[1] + ("in_proj_weight" if match[2] == "in" else "out_proj.weight")
            rows = shapes.get(stacked, [0])[0] + value.shape[0]
            shapes[stacked] = [rows, value.shape[1]]
        else:
            shapes[name] = list(value.shape)
    return {name: tuple(shape) for name, shape in shapes.items()}


def fill(model: torch.nn.Module, bf16: bool) -> None:
    model.load_state_dict({name: torch.from_numpy(weights.tensor(name, shape, bf16))
                           for name, shape in legacy_names(model.state_dict()).items()}, strict=True)


def user_codes(card: int) -> np.ndarray:
    return np.floor((weights.uniform("user-codes", FRAMES * 8) + 1) / 2 * card).astype(np.int64).reshape(FRAMES, 8)


def exponential(name: str, count: int) -> torch.Tensor:
    """Exp(1) noise; its negative logarithm is the Gumbel noise that the graphs take."""
    return torch.from_numpy(-np.log((weights.uniform(name, count) + 1) / 2 + 2.0**-25)).float()


def run_lm(name: str, sampled: bool) -> dict[str, np.ndarray]:
    kwargs = dict(loaders._lm_kwargs) | LM[name]
    kwargs.pop("depformer_causal", None)
    model = LMModel(device="cpu", dtype=torch.float32, **kwargs).eval()
    fill(model, bf16=True)
    seen: dict[str, list[np.ndarray]] = {"hidden": [], "text_logits": [], "audio_logits": [], "tokens": [], "out": []}
    forward_text, forward_depformer = model.forward_text, model.forward_depformer

    def text(*a, **k):
        hidden, logits = forward_text(*a, **k)
        seen["hidden"].append(hidden[0, 0, :KEPT].numpy())
        seen["text_logits"].append(logits[0, 0, 0, :KEPT].numpy())
        return hidden, logits

    def depth(*a, **k):
        logits = forward_depformer(*a, **k)
        seen["audio_logits"].append(logits[0, 0, 0, :KEPT].numpy())
        return logits

    model.forward_text, model.forward_depformer = text, depth
    noise = iter(exponential("noise", FRAMES * (25 + 8 * 250)).split(25 + 8 * 250))
    current: list[torch.Tensor] = []

    def multinomial(probabilities, num_samples, **_):
        rest = current.pop()
        k = probabilities.shape[-1]
        current.append(rest[k:])
        return (probabilities / rest[:k]).argmax(dim=-1, keepdim=True)

    gen = LMGen(model, use_sampling=sampled, on_text_hook=lambda t: seen["tokens"].append(t.numpy()),
                on_audio_hook=lambda a: seen["tokens"].append(a[0].numpy()))
    upstream = sampling.multinomial
    sampling.multinomial = multinomial
    with torch.no_grad(), gen.streaming(1):
        for codes in user_codes(kwargs["card"]):
            current[:] = [next(noise)]
            out = gen.step(torch.from_numpy(codes)[None, :, None])
            seen["out"].append(np.full(9, -2) if out is None else out[0, :, 0].numpy())
    sampling.multinomial = upstream
    tokens = np.concatenate(seen["tokens"]).reshape(FRAMES, 9)
    logits = np.stack(seen["audio_logits"]).reshape(FRAMES, 8, KEPT)
    return {"hidden": np.stack(seen["hidden"]), "text_logits": np.stack(seen["text_logits"]), "audio_logits": logits,
            "tokens": tokens.astype(np.int32), "out": np.stack(seen["out"]).astype(np.int32)}


def bf16_error(name: str) -> np.ndarray:
    """How far PyTorch's own bfloat16 is from float32, relative, hidden values, the same inputs to both."""
    kwargs = dict(loaders._lm_kwargs) | LM[name]
    kwargs.pop("depformer_causal", None)
    rows = []
    columns = np.floor((weights.uniform("columns", FRAMES * 17) + 1) / 2 * 1000).astype(np.int64).reshape(FRAMES, 17)
    for dtype in (torch.float32, torch.bfloat16):
        model = LMModel(device="cpu", dtype=torch.float32, **kwargs).eval()
        fill(model, bf16=True)
        model = model.to(dtype)
        with torch.no_grad(), model.streaming(1):
            rows.append(torch.stack([model.forward_text(torch.from_numpy(c)[None, :, None])[0][0, 0].float() for c in columns]))
    return np.array([((rows[1] - rows[0]).norm() / rows[0].norm()).item()], dtype=np.float32), rows[0][:, :KEPT].numpy()


def run_mimi(tiny: bool, frames: int, keep: int) -> dict[str, np.ndarray]:
    config = dict(loaders._mimi_config)
    if tiny:
        config |= {part: config[part] | change for part, change in MIMI_TINY.items()}
    mimi = loaders.get_mimi(None, config, num_codebooks=8)
    fill(mimi, bf16=False)
    t = np.arange(frames * 1920)
    pcm = (0.3 * np.sin(t / 17) + 0.3 * np.sin(t / 171) + 0.2 * weights.uniform("pcm", len(t))).astype(np.float32)
    codes, audio = [], []
    with torch.no_grad(), mimi.streaming(1):
        for frame in torch.from_numpy(pcm).split(1920):
            codes.append(mimi.encode(frame[None, None]))
            audio.append(mimi.decode(codes[-1]))
    sound = torch.cat(audio, -1)[0, 0].numpy()
    print("mimi", "tiny" if tiny else "full", "rms", float(np.sqrt((sound**2).mean())), "codes", np.unique(torch.cat(codes)).size)
    return {"codes": torch.cat(codes, -1)[0].T.numpy().astype(np.int32), "audio": sound[::keep].copy()}


def main() -> None:
    args = argparse.ArgumentParser()
    args.add_argument("what", nargs="+", choices=["tiny", "middle", "mimi-tiny", "mimi"])
    args.add_argument("--out", required=True)
    options = args.parse_args()
    os.makedirs(options.out, exist_ok=True)
    for what in options.what:
        if what.startswith("mimi"):
            tensors = run_mimi(what == "mimi-tiny", 60 if what == "mimi-tiny" else 140, 8 if what == "mimi-tiny" else 16)
        else:
            tensors = {f"greedy.{k}": v for k, v in run_lm(what, sampled=False).items()}
            tensors |= {f"sampled.{k}": v for k, v in run_lm(what, sampled=True).items() if k in ("tokens", "out")}
            error, forced = bf16_error(what)
            tensors |= {"bf16_error": error, "forced.hidden": forced}
            print(what, "bf16 error", error, "distinct tokens", len(np.unique(tensors["greedy.tokens"])))
        save_file(tensors, os.path.join(options.out, f"{what}.safetensors"))


if __name__ == "__main__":
    main()
