"""From a model's own files to what is done with its tokens: pooling, dense layers, normalisation, limits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recbox.plugin import DataError
from recbox_text import _json, _weights
from recbox_text._folder import Folder, within

LONGEST = 512
"""Tokens of a text where neither the recipe nor the model says anything less."""
POOLING = {
    "mean": "mean",
    "cls": "cls",
    "max": "max",
    "lasttoken": "last-token",
    "weightedmean": "weighted-mean",
    "mean_sqrt_len_tokens": "mean-root",
}
"""sentence-transformers' words, and those of the options; `mean-root` is the sum over the length's root."""
_OLD = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
ACTIVATIONS = ("Identity", "Tanh", "ReLU", "GELU", "SiLU", "Sigmoid")
"""Of dense layers, all in `torch.nn`."""


@dataclass(frozen=True)
class Dense:
    """A layer after pooling: its weights, and the activation by its name in `torch.nn`."""

    weights: Path
    activation: str


@dataclass(frozen=True)
class Plan:
    """pooling: words of the options, side by side in this order. limit: tokens of a text; lower: whether
    texts go in as lower case; prompt: before each text, where the recipe has none."""

    family: str
    pooling: tuple[str, ...]
    limit: int
    lower: bool = False
    prompt: str = ""
    after: tuple[Dense | None, ...] = ()
    """Dense layers, and None for a normalisation."""

    @property
    def mark(self) -> str:
        """What of it changes vectors, but for the limit and the prompt, which a recipe may change."""
        after = [layer.activation if layer else "normalise" for layer in self.after]
        return " ".join([*self.pooling, f"lower={self.lower}", *after])


def of_transformer(folder: Folder, family: str, pooling: str) -> Plan:
    """A model of transformers alone. family: `bert` or `gpt`."""
    return Plan(family, (pooling,), min(_limit(folder), LONGEST))


def of_sentence_transformer(folder: Folder, pooling: str | None) -> Plan:
    """A model of sentence-transformers, as its files say; `pooling` in place of its own if it is given."""
    place = folder.root / "modules.json"
    if not place.is_file():
        what = "there is no modules.json, so it is no model of sentence-transformers"
        raise DataError(what, where=str(folder.root), instead="use: bert, or gpt for a causal model")
    modules = [m if isinstance(m, dict) else {} for m in _json.read(place, list)]
    kinds = [str(m.get("type", "")).rpartition(".")[2] for m in modules]
    if kinds[:2] != ["Transformer", "Pooling"] or set(kinds[2:]) - {"Dense", "Normalize", "Dropout"}:
        why = "a Transformer and a Pooling, then Dense and Normalize, are what is understood"
        raise DataError(f"its modules are {', '.join(kinds)}", where=str(place), why=why)
    own = _pooling(within(folder.root, modules[1].get("path"), place.name))
    after = [
        None if kind == "Normalize" else _dense(within(folder.root, module.get("path"), place.name))
        for kind, module in zip(kinds[2:], modules[2:])
        if kind != "Dropout"
    ]
    sizes = _json.read_if_there(folder.path / "sentence_bert_config.json")
    limit, length = _limit(folder), sizes.get("max_seq_length")
    return Plan(
        "any",
        (pooling,) if pooling else own,
        min(limit, length) if _whole(length) else limit,
        sizes.get("do_lower_case") is True,
        _prompt(folder.root),
        tuple(after),
    )


def _pooling(folder: Path) -> tuple[str, ...]:
    place = folder / "config.json"
    found = _json.read(place)
    named = found.get("pooling_mode") or [word for key, word in _OLD.items() if found.get(key) is True]
    named = [named] if isinstance(named, str) else named
    if not isinstance(named, list) or not named or any(word not in POOLING for word in named):
        raise DataError(f"its pooling is {named!r}", where=str(place), why=f"{', '.join(POOLING)} are known")
    if found.get("include_prompt") is False:
        raise DataError("it leaves the prompt out of pooling, which can't be done here", where=str(place))
    return tuple(POOLING[word] for word in named)


def _dense(folder: Path) -> Dense:
    place = folder / "config.json"
    found = _json.read(place)
    name = str(found.get("activation_function", "torch.nn.modules.activation.Tanh"))
    activation = name.rpartition(".")[2]
    if activation not in ACTIVATIONS or not name.startswith("torch.nn."):
        raise DataError(
            f"its activation is {name!r}", where=str(place), why=f"known: {', '.join(ACTIVATIONS)}"
        )
    if found.get("use_residual"):
        raise DataError("it has a residual connection, which is not known here", where=str(place))
    (weights, *_) = _weights.files(folder)
    _weights.shapes((weights,))
    return Dense(weights, activation)


def _prompt(root: Path) -> str:
    found = _json.read_if_there(root / "config_sentence_transformers.json")
    prompts, name = found.get("prompts"), found.get("default_prompt_name")
    text = prompts.get(name) if isinstance(prompts, dict) and isinstance(name, str) else ""
    return text if isinstance(text, str) else ""


def _limit(folder: Folder) -> int:
    """Tokens that the model has positions for, or its tokenizer's limit if that is less."""
    config: dict[str, Any] = folder.config
    positions = next(
        (config[k] for k in ("max_position_embeddings", "n_positions") if _whole(config.get(k))), 0
    )
    padding = config.get("pad_token_id")
    if config["model_type"] in OFFSET and _whole(padding):
        positions -= padding + 1
    said = folder.tokenizer.get("model_max_length")
    limits = [n for n in (positions, said) if _whole(n) and n > 0]
    return min(limits, default=LONGEST)


OFFSET = ("roberta", "xlm-roberta", "camembert", "mpnet", "longformer", "xlm-roberta-xl", "data2vec-text")
"""Whose positions begin after that of the padding."""


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
