"""A causal model in 8 or 4 bits, read a tensor at a time: no more of it than that is ever held in full."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from recbox_text._folder import Folder
from recbox_text._int4 import Int4
from recbox_text._int8 import Weights8
from recbox_text._loading import unfit
from recbox_text._memory import give_back

PART = 1 << 18
"""Numbers of a tensor that are read at once."""


class Table(nn.Module):
    """The vectors of tokens, in 8 bits. The head may be the same numbers. scale: of all of them."""

    def __init__(self, rows: Weights8, scale: torch.Tensor | float) -> None:
        super().__init__()
        self.rows, self.scale = rows, scale

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.rows.rows(ids) * self.scale


def read(folder: Folder, config: Any, bits: str) -> nn.Module:
    """The model in evaluation mode, on the CPU. bits: `int8` or `int4`. A DataError where its weights don't
    have the names of its layers."""
    from transformers import AutoModelForCausalLM

    try:
        with _without_numbers():
            model = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except Exception as error:  # of any kind, for the configuration is a stranger's
        raise unfit(folder, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}") from error
    file = Tensors(folder, model.base_model_prefix)
    inner, head = model.get_input_embeddings(), model.get_output_embeddings()
    tied = head is not None and head.weight is inner.weight
    for name, module in list(model.named_modules()):
        if module is inner:
            rows = Weights8.of(file.parts(f"{name}.weight", inner.weight), None)
            model.set_input_embeddings(Table(rows, getattr(inner, "embed_scale", 1.0)))
        elif not (tied and module is head):
            _fill(model, name, module, file, bits, module is head)
        give_back()
    if tied:
        table = model.get_input_embeddings()
        model.set_output_embeddings(table.rows)
    return model.eval().requires_grad_(False)


def _fill(model: nn.Module, name: str, module: nn.Module, file: Tensors, bits: str, head: bool) -> None:
    """A module's own numbers, or in its place one with fewer bits. A head is 8 bits even of int4: of a small
    model it is a large part, and what it loses goes into each token."""
    from transformers.pytorch_utils import Conv1D

    at = f"{name}." if name else ""
    if type(module) in (nn.Linear, Conv1D):
        bias = None if module.bias is None else file.whole(f"{at}bias", module.bias)
        parts = file.parts(f"{at}weight", module.weight)
        if isinstance(module, Conv1D):
            parts = iter([torch.cat(list(parts)).T.contiguous()])
        packed = Int4 if bits == "int4" and not head and Int4.fits(*_shape(module)) else Weights8
        parent, _, own = name.rpartition(".")
        setattr(model.get_submodule(parent), own, packed.of(parts, bias))
        return
    for own, value in list(module.named_parameters(recurse=False)):
        setattr(module, own, nn.Parameter(file.whole(at + own, value), requires_grad=False))
    for own, value in list(module.named_buffers(recurse=False)):
        if own not in module._non_persistent_buffers_set and file.has(at + own):
            setattr(module, own, file.whole(at + own, value, value.dtype))


def _shape(module: nn.Module) -> tuple[int, int]:
    """Columns out, and in."""
    out, inner = module.weight.shape
    return (out, inner) if isinstance(module, nn.Linear) else (inner, out)


class Tensors:
    """The tensors of a model's files by the names of its layers, or by these without the first word."""

    def __init__(self, folder: Folder, prefix: str) -> None:
        from safetensors import safe_open

        self.folder, self.prefix, self.file = folder, f"{prefix}.", {}
        for path in folder.weights:
            with safe_open(path, "pt") as opened:
                self.file |= dict.fromkeys(opened.keys(), path)

    def has(self, name: str) -> bool:
        return self._own(name) in self.file

    def _own(self, name: str) -> str:
        return name if name in self.file else name.removeprefix(self.prefix)

    def parts(self, name: str, like: torch.Tensor) -> Iterator[torch.Tensor]:
        """float32, some rows at a time, in order. The file is opened for each, so that what was read of it
        isn't counted to this process for longer."""
        from safetensors import safe_open

        own = self._own(name)
        if own not in self.file:
            way = "; in fp32 or bf16 transformers itself may know what is stored under other names"
            raise unfit(self.folder, f"weights are missing, or of another name: {name} for one{way}")
        if self.folder.shapes[own] != tuple(like.shape):
            raise unfit(self.folder, f"{own} is {self.folder.shapes[own]}, and should be {tuple(like.shape)}")
        rows = like.shape[0] if like.dim() else 1
        step = max(PART // max(like.numel() // max(rows, 1), 1), 1)
        for start in range(0, rows, step):
            with safe_open(self.file[own], "pt") as file:
                part = file.get_slice(own)[start : start + step] if like.dim() else file.get_tensor(own)
                yield part.to(torch.float32, copy=True)

    def whole(self, name: str, like: torch.Tensor, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """The tensor in one."""
        parts = list(self.parts(name, like))
        return (torch.cat(parts) if like.dim() else parts[0]).to(dtype)


@contextmanager
def _without_numbers() -> Iterator[None]:
    """For the block: parameters of new modules have shapes and no numbers; buffers have theirs."""
    register = nn.Module.register_parameter

    def empty(self: nn.Module, name: str, value: nn.Parameter | None) -> None:
        if value is not None and not value.is_meta:  # one that is tied stays the same object
            value = nn.Parameter(value.to("meta"), requires_grad=False)
        register(self, name, value)

    nn.Module.register_parameter = empty
    try:
        yield
    finally:
        nn.Module.register_parameter = register
