"""Options that name vectors of texts, as `encoder` of closed forms does: read as they are, not projected."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, SerializationInfo, WithJsonSchema

from recbox.plugin import mistake
from recbox_text.bert import Bert
from recbox_text.gpt import GPT
from recbox_text.projected import Projected
from recbox_text.sentence_transformer import SentenceTransformer
from recbox_text.vectors import Vectors

READERS: dict[str, type[Projected]] = {
    "sentence-transformer": SentenceTransformer,
    "bert": Bert,
    "gpt": GPT,
    "vectors": Vectors,
}
PACKAGE = "recbox-text:"
READING = frozenset(
    {"model", "text", "prompt", "max_length", "batch", "precision", "quantize", "pooling", "normalise"}
    | {"file", "ids", "id_column", "vector_column", "missing"}
)
"""Options that say what a vector is; all others say how an encoder learns."""


BASELINES = ("ease-text", "cold-align")
"""Closed forms that stand beside a recipe whose items have an encoder of this package."""


def named(reader: Projected) -> dict[str, Any]:
    """A reader as a recipe names it, with the options that are not at their defaults; nothing for one that
    reads a history, which closed forms don't."""
    said = reader.model_dump(mode="json", exclude_defaults=True)
    if "history" in said or "history_by" in said:
        return {}
    return {"use": _name(reader), **{key: value for key, value in said.items() if key in READING}}


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    use = value.get("use")
    cls = READERS.get(use.removeprefix(PACKAGE)) if isinstance(use, str) else None
    if cls is None:
        said = f"`use` names no encoder that reads texts: {use!r}" if use else "`use` is missing"
        raise mistake(said, at="use" if use else "", instead=f"one of: {', '.join(READERS)}")
    reader = cls.parse({key: inner for key, inner in value.items() if key != "use"})
    for key, inner in reader.model_dump(exclude_defaults=True).items():
        if key not in READING and (key, inner) != ("train", "frozen"):
            raise mistake(_unread(key), at=key, instead=f"leave `{key}` out")
    return reader


def _unread(key: str) -> str:
    if key in ("history", "history_by"):
        return f"a node's own columns are read here, and no history, so `{key}` would do nothing"
    return f"vectors are taken as they are here, without an encoder's projection, so `{key}` would do nothing"


def _name(reader: Projected) -> str:
    return next(name for name, cls in READERS.items() if cls is type(reader))


def _said(reader: Projected, info: SerializationInfo) -> dict[str, Any]:
    """All options, or those that were given."""
    return {"use": _name(reader), **reader.model_dump(mode="json", exclude_unset=bool(info.exclude_unset))}


Reader = Annotated[
    SentenceTransformer | Bert | GPT | Vectors,
    BeforeValidator(_read),
    PlainSerializer(_said),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {"use": {"enum": [n for name in READERS for n in (name, PACKAGE + name)]}},
            "required": ["use"],
            "additionalProperties": True,
        }
    ),
]
"""An encoder of this package with its own options: `{use: sentence-transformer, model: ..., text: ...}`."""
