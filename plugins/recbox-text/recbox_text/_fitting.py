"""In what numbers a model runs here: the best that fits into the memory that may be used."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from recbox.plugin import Context, DataError, UnsupportedError
from recbox_text._folder import Folder

if TYPE_CHECKING:
    from recbox_text.gpt_writer import GPTWriter

BYTES = {"fp32": 4.0, "bf16": 2.0, "int8": 1.02, "int4": 0.63}
"""Of a weight, best first, with the factors of its row or group."""
SPARE = 1.2
"""Times as much as the weights take, for what is read and thrown away meanwhile."""


def settled(options: GPTWriter, folder: Folder, config: Any, context: Context) -> str:
    """The precision; a DataError says how much memory each would take, where none fits."""
    asked, cpu = options.precision, context.device == "cpu"
    if asked in ("int8", "int4") and not cpu:
        what = f"{asked} runs on a CPU, and this run is on {context.device}"
        raise UnsupportedError(what, where="precision", instead="precision: bf16")
    room = context.memory if cpu else _of(context.device)
    names = [name for name in BYTES if cpu or name in ("fp32", "bf16")]
    needed = {name: need(options, folder, config, name) for name in names}
    for name in names if asked == "auto" else [asked]:
        if needed[name] <= room:
            return name
    told = ", ".join(f"{name} {_gib(needed[name])}" for name in names)
    raise DataError(
        f"the model takes more memory than the {_gib(room)} GiB that may be used",
        where=str(folder.path),
        why=f"with {options.batch} prompts at once: {told} GiB",
        instead="a smaller batch, max_length or model; or --memory GIB, if the machine has more",
    )


def need(options: GPTWriter, folder: Folder, config: Any, precision: str) -> int:
    """Bytes: the weights, and what a batch of the longest prompts keeps of each token."""
    vocabulary, width = config.vocab_size, config.hidden_size
    one = _whole(config, "intermediate_size", "ffn_dim", "n_inner") or 4 * width
    size = 2 if precision == "bf16" else 4
    tokens = options.max_length + options.max_tokens
    kept = 2 * _layers(config) * _kept_width(config) * size * tokens
    # Attention's and the wide layer's numbers of a single layer, and the choice of a token.
    passing = options.max_length * (6 * width + 3 * one) * size + 4 * vocabulary * 4
    return int(SPARE * _weights(folder, vocabulary, precision)) + options.batch * (kept + passing)


def _weights(folder: Folder, vocabulary: int, precision: str) -> float:
    """The tables of tokens are 8 bits even of int4."""
    found = 0.0
    for shape in folder.shapes.values():
        narrow = precision == "int4" and vocabulary in shape
        size = BYTES["int8" if narrow else precision] if len(shape) > 1 else 4.0
        found += prod(shape) * size
    return found


def _kept_width(config: Any) -> int:
    """Columns of a token's keys."""
    heads = _whole(config, "num_attention_heads", "n_head") or 1
    width = _whole(config, "head_dim") or config.hidden_size // heads
    return int(width * (_whole(config, "num_key_value_heads") or heads))


def _layers(config: Any) -> int:
    return _whole(config, "num_hidden_layers", "n_layer") or 1


def _whole(config: Any, *names: str) -> int | None:
    found = (getattr(config, name, None) for name in names)
    return next((n for n in found if isinstance(n, int) and n > 0), None)


def _of(device: str) -> int:
    import torch

    return int(0.9 * torch.cuda.get_device_properties(device).total_memory)


def _gib(size: float) -> str:
    return f"{size / 2**30:.2f}"
