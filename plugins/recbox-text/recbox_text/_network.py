"""Texts to vectors: tokenizer, transformer, pooling and what comes after it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from recbox.plugin import Context, DataError, UnsupportedError
from recbox_text import _loading
from recbox_text._folder import Folder
from recbox_text._plan import Plan
from recbox_text._quantize import int8
from recbox_text._reading import Reading
from recbox_text._tokens import Tokens

_OWN = ("dense.weight", "dense.bias", "norm.weight", "norm.bias", "bias")
HEADS = (
    *(
        (own, f"cls.predictions.{'' if own == 'bias' else 'transform.'}{own}".replace("norm", "LayerNorm"))
        for own in _OWN
    ),
    *((own, f"lm_head.{own}".replace("norm", "layer_norm")) for own in _OWN),
)
"""Our names of a head's values, and those in files."""


class Network:
    """A text model, ready. precision: `fp32`, `bf16` or `int8`."""

    def __init__(self, folder: Folder, plan: Plan, limit: int, precision: str, context: Context) -> None:
        if precision == "int8" and context.device != "cpu":
            what = f"int8 runs on a CPU, and this run is on {context.device}"
            raise UnsupportedError(what, where="quantize", instead="precision: bf16")
        self.device, self.folder = context.device, folder
        self.tokens = Tokens(folder, plan, limit)
        model = _loading.load(folder, plan, context)
        self.vocabulary = model.get_input_embeddings().num_embeddings
        model = model.to(torch.bfloat16) if precision == "bf16" else model
        model = int8(model) if precision == "int8" else model
        self.reading = Reading(model, plan).to(self.device)

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [texts, w]; a DataError for token ids that the model doesn't have."""
        return self.reading(*self.batch(texts)).cpu().numpy()

    def batch(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """ids and mask: int64 [texts, longest], on the device."""
        ids, mask = self.tokens.batch(texts)
        if int(ids.max()) >= self.vocabulary:
            what = f"the tokenizer gives the token {int(ids.max())}, and the model has {self.vocabulary}"
            raise DataError(what, where=str(self.folder.path), instead="the tokenizer of this very model")
        return ids.to(self.device), mask.to(self.device)

    def table(self) -> nn.Module:
        """The vectors of all tokens: a module with `weight` [tokens, w]."""
        return self.reading.model.get_input_embeddings()

    def head(self) -> dict[str, torch.Tensor]:
        """What the model's file has of a masked language model's head, as BERT or RoBERTa names it."""
        from safetensors import safe_open

        found: dict[str, torch.Tensor] = {}
        for path in self.folder.weights:
            with safe_open(path, "pt") as file:
                there = set(file.keys())
                for own, theirs in HEADS:
                    if theirs in there:
                        found[own] = file.get_tensor(theirs)
        width = self.table().weight.shape[1]
        shapes = {"dense.weight": (width, width), "bias": (self.vocabulary,)}
        fits = all(tuple(v.shape) == shapes.get(name, (width,)) for name, v in found.items())
        return found if fits and len(found) == len(HEADS) // 2 else {}
