"""The part of a text model that is a torch module: transformer, pooling, and what comes after it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from recbox.plugin import DataError
from recbox_text._plan import Dense, Plan
from recbox_text._pooling import pooled


class Reading(nn.Module):
    """Token ids to vectors. It stays in evaluation mode, so that a text has one vector, in training too."""

    def __init__(self, model: nn.Module, plan: Plan) -> None:
        super().__init__()
        self.model = model
        self.after = nn.ModuleList(_dense(d) if d else Unit() for d in plan.after)
        self.pooling: Sequence[str] = plan.pooling
        self.more = {"use_cache": False} if plan.family == "gpt" else {}
        self.requires_grad_(False).eval()

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """ids, mask: int64 [texts, tokens]; float [texts, w]."""
        vectors = pooled(self.pooling, self.tokens(ids, mask), mask)
        for layer in self.after:
            vectors = layer(vectors)
        return vectors

    def tokens(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """float [texts, tokens, w]: the transformer's last vectors, float32 at least."""
        found = self.model(input_ids=ids, attention_mask=mask, **self.more).last_hidden_state
        return found if found.dtype == torch.float64 else found.float()

    def train(self, mode: bool = True) -> Reading:
        return super().train(False)


class Unit(nn.Module):
    """Rows of length 1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.normalize(x)


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
