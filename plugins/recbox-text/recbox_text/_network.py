"""Texts to vectors: tokenizer, transformer, pooling and what comes after it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from recbox.plugin import Context, DataError, UnsupportedError
from recbox_text import _loading
from recbox_text._folder import Folder
from recbox_text._plan import Plan
from recbox_text._quantize import int8
from recbox_text._reading import Reading
from recbox_text._tokens import Tokens


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
