"""A causal language model that writes, from a folder that was looked through."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from recbox.plugin import Context, DataError
from recbox_text import _json, _packed
from recbox_text._folder import Folder
from recbox_text._loading import config_of, read, unfit
from recbox_text._quiet import quiet

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
CLOSE = 0.25
"""How far tokens that count for nothing may move what comes next, in standard deviations of it: bf16 moves it
by a hundredth, and a model that sees them by much more."""


def config(folder: Folder, context: Context) -> Any:
    """transformers' configuration; a DataError where the model writes no texts."""
    with quiet(context.with_(device="cpu")):
        found = config_of(folder, "gpt")
    positions = positions_of(found)
    if positions is not None and positions < 2:
        raise unfit(folder, f"config.json says {positions} positions")
    return found


def positions_of(config: Any) -> int | None:
    """Tokens that the model has places for, those that it writes included; None: it doesn't say."""
    found = getattr(config, "max_position_embeddings", None)
    return found if isinstance(found, int) and found > 0 else None


def ending(folder: Folder) -> object:
    """What the model's files say of the ids that end a text. Nothing else of how it is to write is heeded:
    the recipe says that."""
    said = _json.read_if_there(folder.path / "generation_config.json").get("eos_token_id")
    return folder.config.get("eos_token_id") if said is None else said


def load(folder: Folder, config: Any, precision: str, context: Context) -> nn.Module:
    """The model with its head, on the context's device, as nobody's settings but ours have it generate."""
    from transformers import AutoModelForCausalLM, GenerationConfig

    plain = GenerationConfig()
    with quiet(context):
        if dtype := DTYPES.get(precision):
            more = {"dtype": dtype, "generation_config": plain}
            model = read(AutoModelForCausalLM, folder, config, **more)
        else:
            model = _packed.read(folder, config, precision)
    if not model.can_generate() or model.get_output_embeddings() is None:
        what = f"{folder.config['model_type']!r} has no head that writes"
        raise DataError(what, where=str(folder.path), instead="a causal language model")
    model.generation_config = plain
    return model.to(context.device)


@torch.inference_mode()
def sees_padding(model: nn.Module, folder: Folder, padding: int, context: Context) -> bool:
    """Whether tokens that are said to count for nothing change what comes next: some models go by their
    number all the same. A DataError where the model can't be run at all."""
    ids = torch.tensor([[padding, 0, 1]], device=context.device) % model.config.vocab_size
    wide = torch.nn.functional.pad(ids, (13, 0), value=padding)
    mask = torch.nn.functional.pad(torch.ones_like(ids), (13, 0))
    place = (mask.cumsum(1) - 1).clamp_min(0)
    try:
        with quiet(context):
            plain = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -1].float()
            padded = _padded(model, wide, mask, place).logits[0, -1].float()
    except Exception as error:  # of any kind, for the sizes are a stranger's
        raise unfit(folder, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}") from error
    return not bool((plain - padded).abs().max() <= CLOSE * plain.std())


def _padded(model: nn.Module, ids: torch.Tensor, mask: torch.Tensor, place: torch.Tensor) -> Any:
    from inspect import signature

    takes = "position_ids" in signature(model.forward).parameters
    return model(input_ids=ids, attention_mask=mask, **({"position_ids": place} if takes else {}))
