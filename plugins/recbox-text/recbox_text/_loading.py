"""A transformer with its weights, from a folder that was looked through."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from recbox.plugin import Context, DataError
from recbox_text._folder import Folder
from recbox_text._plan import Plan
from recbox_text._quiet import quiet

MOST_POSITIONS = 1 << 22
"""More would fill the memory before the first weight is read."""
_OTHER = {"bert": "use: gpt reads causal models", "gpt": "use: bert reads models that look both ways"}


def load(folder: Folder, plan: Plan, context: Context) -> nn.Module:
    """The model in float32 and evaluation mode, on the CPU; a DataError says what doesn't fit."""
    with quiet(context):
        config = config_of(folder, plan.family)
        from transformers import AutoModel

        return read(AutoModel, folder, config)


def read(
    auto: Any, folder: Folder, config: Any, dtype: torch.dtype = torch.float32, **more: Any
) -> nn.Module:
    """A model by one of transformers' Auto classes, in evaluation mode; a DataError says what doesn't fit."""
    try:
        model, report = auto.from_pretrained(
            str(folder.path),
            config=config,
            dtype=dtype,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            **more,
        )
    except Exception as error:  # of any kind, for the files are a stranger's
        raise unfit(folder, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}") from error
    _whole(folder, report)
    return model.eval().requires_grad_(False)


def config_of(folder: Folder, family: str) -> Any:
    """transformers' configuration of a model, of no other sizes than its weights are."""
    config = _config(folder, family)
    _fits(folder, config)
    return config


def _config(folder: Folder, family: str) -> Any:
    from transformers import CONFIG_MAPPING, MODEL_MAPPING
    from transformers.models.auto import modeling_auto

    type = folder.config["model_type"]
    place = str(folder.path / "config.json")
    if type not in CONFIG_MAPPING:
        what = f"transformers knows no model {type!r}"
        raise DataError(what, where=place, instead="a newer transformers, or another model")
    families = {
        "bert": set(modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES),
        "gpt": set(modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)
        - set(modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES),
    }
    if type not in families.get(family, {type}):
        kind = "causal model" if family == "gpt" else "model that looks in both directions"
        raise DataError(f"{type!r} is no {kind}", where=place, instead=_OTHER[family])
    try:
        config = CONFIG_MAPPING[type].from_dict(folder.config)
    except Exception as error:  # of any kind, for the file is a stranger's
        raise unfit(folder, " ".join(str(error).split())[:300]) from error
    if config.__class__ not in MODEL_MAPPING:
        raise DataError(f"{type!r} has no model that reads texts", where=place)
    return config


def _fits(folder: Folder, config: Any) -> None:
    """The sizes that the configuration speaks of are those of the weights: nothing is made that is larger."""
    vocabulary = getattr(config, "vocab_size", None)
    width = getattr(config, "embedding_size", None) or getattr(config, "hidden_size", None)
    layers = getattr(config, "num_hidden_layers", 0)
    if (vocabulary, width) not in folder.shapes.values():
        sizes = f"config.json says {vocabulary} tokens of {width} columns, and no weights are of that shape"
        raise unfit(folder, sizes)
    if not isinstance(layers, int) or layers > len(folder.shapes):
        raise unfit(folder, f"config.json says {layers} layers, and there are {len(folder.shapes)} weights")
    positions = getattr(config, "max_position_embeddings", 0)
    if isinstance(positions, int) and positions > MOST_POSITIONS:
        raise unfit(folder, f"config.json says {positions} positions")


def _whole(folder: Folder, report: dict[str, Any]) -> None:
    """What isn't in the file would be drawn at random, silently."""
    missing = sorted(n for n in report.get("missing_keys", ()) if "pooler" not in n.split("."))
    if missing or report.get("mismatched_keys"):
        first = missing[0] if missing else str(next(iter(report["mismatched_keys"])))
        raise unfit(folder, f"weights are missing, or of another shape: {first} for one")


def unfit(folder: Folder, why: str) -> DataError:
    """What is said of files that contradict each other."""
    return DataError("its weights and its config.json don't fit", where=str(folder.path), why=why)
