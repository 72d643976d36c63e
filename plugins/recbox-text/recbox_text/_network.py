"""Texts to vectors: tokenizer, transformer, pooling and what comes after it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from recbox.plugin import Context, DataError, UnsupportedError
from recbox_text import _loading
from recbox_text._folder import Folder
from recbox_text._plan import Dense, Plan
from recbox_text._pooling import pooled
from recbox_text._quantize import int8
from recbox_text._tokens import Tokens


class Network:
    """A text model, ready. precision: `fp32`, `bf16` or `int8`."""

    def __init__(self, folder: Folder, plan: Plan, limit: int, precision: str, context: Context) -> None:
        if precision == "int8" and context.device != "cpu":
            what = f"int8 runs on a CPU, and this run is on {context.device}"
            raise UnsupportedError(what, where="quantize", instead="precision: bf16")
        self.plan, self.device, self.folder = plan, context.device, folder
        self.tokens = Tokens(folder, plan, limit)
        model = _loading.load(folder, plan, context)
        self.vocabulary = model.get_input_embeddings().num_embeddings
        model = model.to(torch.bfloat16) if precision == "bf16" else model
        self.model = int8(model) if precision == "int8" else model.to(self.device)
        self.after = [_dense(d) if d else None for d in plan.after]

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [texts, w]; a DataError for token ids that the model doesn't have."""
        ids, mask = self.tokens.batch(texts)
        if int(ids.max()) >= self.vocabulary:
            what = f"the tokenizer gives the token {int(ids.max())}, and the model has {self.vocabulary}"
            raise DataError(what, where=str(self.folder.path), instead="the tokenizer of this very model")
        ids, mask = ids.to(self.device), mask.to(self.device)
        more = {"use_cache": False} if self.plan.family == "gpt" else {}
        tokens = self.model(input_ids=ids, attention_mask=mask, **more).last_hidden_state
        vectors = pooled(self.plan.pooling, tokens.float(), mask).cpu()
        for layer in self.after:
            vectors = functional.normalize(vectors) if layer is None else layer(vectors)
        return vectors.numpy()


def _dense(asked: Dense) -> nn.Module:
    from safetensors.torch import load_file

    found = {name.removeprefix("linear."): value.float() for name, value in load_file(asked.weights).items()}
    weight = found.get("weight")
    fits = weight is not None and weight.dim() == 2 and set(found) <= {"weight", "bias"}
    if weight is None or not fits or ("bias" in found and found["bias"].shape != weight.shape[:1]):
        raise DataError("it holds no dense layer", where=str(asked.weights))
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias="bias" in found, device="meta")
    layer.load_state_dict(found, assign=True)
    return nn.Sequential(layer, getattr(nn, asked.activation)())
