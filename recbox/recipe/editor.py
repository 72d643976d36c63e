"""The JSON schema of recipes, from the blocks and the registry, so that editors complete and check them.

It says less than `load`: whether parts fit is not in it. A recipe that `load` takes, it takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import models_json_schema

from recbox.recipe.behaviour import Target
from recbox.recipe.blocks import (
    Clean,
    Drawing,
    Evaluate,
    Fallback,
    Formula,
    Fusing,
    Header,
    Range,
    Repeat,
    Split,
    Term,
    Training,
)
from recbox.recipe.edge import Edge
from recbox.recipe.loading import GRAPH
from recbox.recipe.network import TYPES
from recbox.recipe.profile import Profile
from recbox.registry import KINDS, Card, Options, Registry

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_BLOCKS = (
    Header,
    Target,
    Fallback,
    Profile,
    Drawing,
    Clean,
    Split,
    Edge,
    Fusing,
    Repeat,
    Term,
    Formula,
    Training,
    Evaluate,
    Range,
)


def schema(registry: Registry, cards: Sequence[Card] | None = None) -> Schema:
    """A JSON schema (draft 2020-12) of recipes that may use the plugins of `registry`.

    cards: of its plugins, where they are known already; one with an error is left out, and not imported.
    """
    cards = list(registry.cards()) if cards is None else cards
    defs = _blocks()
    for kind in KINDS:
        defs |= _plugins(registry, [card for card in cards if card.kind == kind], kind, defs)
    return {
        "$schema": DIALECT,
        "title": "recbox recipe",
        "type": "object",
        "if": {"required": ["extends"], "properties": {"extends": {"type": "string"}}},
        "then": {"$ref": "#/$defs/extension"},
        "else": {"$ref": "#/$defs/recipe"},
        "$defs": defs | {"recipe": _recipe(defs, loose=False), "extension": _recipe(defs, loose=True)},
    }


def _blocks() -> dict[str, Schema]:
    _, found = models_json_schema([(cls, "validation") for cls in _BLOCKS], ref_template="#/$defs/{model}")
    defs: dict[str, Schema] = found["$defs"]
    edge = defs["Edge"]["properties"]
    edge["vectors"] = edge["vectors"] | {"anyOf": _or_null(_part("encoder"))["anyOf"]}
    return defs


def _plugins(
    registry: Registry, cards: Sequence[Card], kind: str, blocks: dict[str, Schema]
) -> dict[str, Schema]:
    """A definition for each plugin of a kind, one for all of them, and one that a base may complete."""
    defs: dict[str, Schema] = {}
    claims = Counter(card.name for card in cards)
    for card in (card for card in cards if not card.error):
        own = f"{card.distribution}:{card.name}"
        names = [own] if claims[card.name] > 1 else [card.name, own]
        key = f"{kind}.{names[0]}".replace("~", "-").replace("/", "-")
        defs[key] = _plugin(registry.load(kind, own), key, names, blocks)
    refs = [{"$ref": f"#/$defs/{key}"} for key in defs]
    partial = [definition | {"required": ["use"]} for definition in defs.values()]
    nameless = {"type": "object", "not": {"required": ["use"]}}
    return defs | {kind: {"oneOf": refs}, f"{kind}-over": {"anyOf": [*partial, nameless]}}


def _plugin(cls: type[Options], key: str, names: list[str], blocks: dict[str, Schema]) -> Schema:
    """The options of a plugin, beside `use` and what else stands there."""
    try:
        own = cls.model_json_schema(ref_template=f"#/$defs/{key}/$defs/{{model}}")
    except PydanticInvalidForJsonSchema:
        own = {"type": "object", "properties": {}, "additionalProperties": True}
    beside = {"layer": ("Repeat", "repeat"), "objective": ("Term", "weight")}.get(cls.kind)
    properties = {"use": {"enum": names, "description": (cls.__doc__ or "").strip().split("\n")[0]}}
    if beside:
        properties[beside[1]] = blocks[beside[0]]["properties"][beside[1]]
    properties |= own.get("properties", {})
    return own | {"properties": properties, "required": ["use", *own.get("required", ())]}


def _recipe(defs: dict[str, Schema], loose: bool) -> Schema:
    """A whole recipe; `loose`: one that extends another, so that what is left out comes from there."""
    header = defs["Header"]["properties"]
    properties = {
        **{name: field if name == "recbox" else _or_null(field) for name, field in header.items()},
        "extends": _or_null({"type": "string", "description": "The recipe that this one is laid over."}),
        "data": _data(defs, loose),
        "graph": _or_null(_object({"edge": _or_null(_list(_named("type", defs["Edge"]), 1))})),
        "model": _or_null(_part("model", loose)),
        "encoder": _or_null(_object({type: _or_null(_encoder(defs, loose)) for type in TYPES})),
        "layer": _or_null(_list(_part("layer"))),
        "head": _or_null(_part("head", loose)),
        "objective": _or_null(_objective(defs, loose)),
        "train": _or_null(_train(defs, loose)),
        "evaluate": _or_null(_evaluate(defs)),
        "search": _or_null(_search(loose)),
    }
    one = {"type": "object", "properties": {name: {"type": "null"} for name in GRAPH if name != "train"}}
    with_model = {"required": ["model"], "properties": {"model": {"type": "object"}}}
    exclusive = {"if": with_model, "then": one}
    required = [] if loose else ["recbox", "data"]
    return _object(properties, required) | ({} if loose else exclusive)


def _data(defs: dict[str, Schema], loose: bool) -> Schema:
    properties = {
        "source": _part("source", loose),
        "target": defs["Target"]["properties"]["target"],
        "profile": _or_null(_list(_profile(defs))),
        "fallback": defs["Fallback"]["properties"]["fallback"],
        "clean": _or_null({"$ref": "#/$defs/Clean"}),
        "split": _or_null({"$ref": "#/$defs/Split"}),
        "seed": defs["Drawing"]["properties"]["seed"],
    }
    return _or_null(_object(properties)) if loose else _object(properties, ["source"])


def _profile(defs: dict[str, Schema]) -> Schema:
    """The block, and what writes it."""
    block = defs["Profile"]
    writer = _or_null({"anyOf": [{"type": "string"}, _part("writer")]})
    return block | {"properties": {**block["properties"], "writer": writer}}


def _encoder(defs: dict[str, Schema], loose: bool) -> Schema:
    properties = {"fuse": defs["Fusing"]["properties"]["fuse"], "part": _list(_part("encoder"), 1)}
    return {"anyOf": [_part("encoder", loose), _object(properties, [] if loose else ["part"])]}


def _objective(defs: dict[str, Schema], loose: bool) -> Schema:
    sides = ("supervised", "self-supervised")
    formula = {**defs["Formula"]["properties"], **{side: _list(_part("objective")) for side in sides}}
    return {"anyOf": [_list(_part("objective"), 1), _object(formula, [] if loose else list(formula))]}


def _train(defs: dict[str, Schema], loose: bool) -> Schema:
    stage = {**defs["Training"]["properties"], "objective": _or_null(_objective(defs, loose))}
    return {"anyOf": [{"$ref": "#/$defs/Training"}, _object({"stage": _list(_object(stage), 1)}, ["stage"])]}


def _evaluate(defs: dict[str, Schema]) -> Schema:
    lists = {"metric": _part("metric"), "baseline": _part("model")}
    named = {name: _or_null(_list({"anyOf": [{"type": "string"}, part]})) for name, part in lists.items()}
    return _object({**defs["Evaluate"]["properties"], **named})


def _search(loose: bool) -> Schema:
    """Choices or a range for each path; of a range, a base may have the rest."""
    span: Schema = {"type": "object"} if loose else {"$ref": "#/$defs/Range"}
    return {"type": "object", "additionalProperties": {"anyOf": [_list({}, 1), span, {"type": "null"}]}}


def _part(kind: str, loose: bool = False) -> Schema:
    return {"$ref": f"#/$defs/{kind}{'-over' if loose else ''}"}


def _named(field: str, block: Schema) -> Schema:
    """A block, or its field `field` alone."""
    return {"anyOf": [block["properties"][field], block]}


def _list(entry: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": entry} | ({"minItems": least} if least else {})


def _object(properties: dict[str, Any], required: Sequence[str] = ()) -> Schema:
    """A mapping with these names and no other."""
    base = {"type": "object", "properties": properties, "additionalProperties": False}
    return base | ({"required": list(required)} if required else {})


def _or_null(entry: Schema) -> Schema:
    return {"anyOf": [entry, {"type": "null"}]}
