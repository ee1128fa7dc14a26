"""Small files written by the libraries whose formats the package reads: SentencePiece models and a voice prompt of torch.save.

python files.py ../../packages/model/test/reference
"""
import argparse
import io
import json
import os

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("out")
out = arguments.parse_args().out

import sentencepiece as spm
import torch

CORPUS = [
    "You are a wise and friendly teacher. Answer questions or provide advice in a clear and engaging way.",
    "You work for a telephone company and you must be polite. The agent speaks with the caller about the bill.",
    "Der Anruf wird geführt, während die Stimme erkannt wird. L'appel est vérifié par la voix elle-même.",
    "Identity for voice agents, proven by the voice itself: every frame, every second, every call.",
    "Numbers such as 8998, 24000 and 0.8 appear; so do e-mails, names like José or Zoë, and quotes.",
]
TEXTS = [
    "You are a wise teacher.", " two  spaces and a trailing one ", "", "▁", "naïve café ﬁne ½ ①", "Stimme, voix, голос, 声, 🎙️!",
    "<system> You enjoy having a good conversation. <system>", "a\tb\nc", "UPPER lower MiXeD 12345", "e\u0301 vs é", "　full　width　ＡＢＣ",
]
for name, options in {
    "unigram": dict(model_type="unigram", vocab_size=400, normalization_rule_name="nmt_nfkc"),
    "bpe": dict(model_type="bpe", vocab_size=450, normalization_rule_name="identity"),
}.items():
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS), model_writer=model, byte_fallback=True, hard_vocab_limit=False,
                                   character_coverage=1.0, pad_id=3, minloglevel=2, **options)
    with open(os.path.join(out, f"{name}.model"), "wb") as file:
        file.write(model.getvalue())
    processor = spm.SentencePieceProcessor(model_proto=model.getvalue())
    with open(os.path.join(out, f"{name}.json"), "w") as file:
        json.dump([{"text": t, "ids": processor.encode(t), "decoded": processor.decode(processor.encode(t))} for t in TEXTS], file)

torch.manual_seed(7)
embeddings = torch.randn(5, 1, 1, 512).bfloat16()
cache = torch.arange(17 * 4).reshape(1, 17, 4)
torch.save({"embeddings": embeddings, "cache": cache}, os.path.join(out, "voice.pt"))
with open(os.path.join(out, "voice.json"), "w") as file:
    json.dump({"first": embeddings[0, 0, 0, :8].float().tolist(), "last": embeddings[-1, 0, 0, -8:].float().tolist()}, file)
