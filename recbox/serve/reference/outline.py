"""An OpenAPI document as a plain list: each endpoint with what it takes, what it gives, and an example."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recbox.serve.reference.words import Schema, plain, said

HOST = "http://127.0.0.1:8000"
"""Where examples think that the server is."""
JSON = "application/json"
DEEPEST = 4
"""Levels of fields within fields that are told apart."""


@dataclass(frozen=True)
class Row:
    """A field of a request or an answer; `boost[].by` is one of each object in a list."""

    name: str
    value: str
    default: str
    meaning: str


@dataclass(frozen=True)
class Operation:
    """One endpoint."""

    method: str
    path: str
    summary: str
    description: str
    asked: tuple[Row, ...]
    answered: tuple[Row, ...]
    outcomes: tuple[tuple[str, str], ...]
    """Status and meaning of each answer that is none."""
    curl: str
    example: str
    """An answer; empty where the document has none."""

    @property
    def anchor(self) -> str:
        """The name of its place in the page."""
        return f"{self.method.lower()}{self.path.replace('/', '-')}"


def shared(found: Sequence[Operation]) -> list[tuple[str, str]]:
    """Outcomes that all endpoints have."""
    return [each for each in found[0].outcomes if all(each in other.outcomes for other in found)]


def operations(document: Schema) -> list[Operation]:
    """In the document's order."""
    return [
        _operation(document, method, path, said_of)
        for path, methods in document["paths"].items()
        for method, said_of in methods.items()
    ]


def _operation(document: Schema, method: str, path: str, of: Schema) -> Operation:
    body, answer = _content(of.get("requestBody", {})), _content(_good(of["responses"]))
    parameters = of.get("parameters", [])
    return Operation(
        method=method.upper(),
        path=path,
        summary=of.get("summary", ""),
        description=of.get("description", ""),
        asked=(*map(_parameter, parameters), *_rows(document, body.get("schema", {}))),
        answered=tuple(_rows(document, answer.get("schema", {}))),
        outcomes=tuple((s, r["description"]) for s, r in of["responses"].items() if not s.startswith("2")),
        curl=_curl(document, method, path, parameters, body),
        example=_written(_example(document, answer)),
    )


def _good(responses: Mapping[str, Schema]) -> Schema:
    return next((r for status, r in responses.items() if status.startswith("2")), {})


def _content(message: Schema) -> Schema:
    found: Schema = message.get("content", {}).get(JSON, {})
    return found


def _parameter(parameter: Schema) -> Row:
    schema = parameter["schema"]
    default = _default(schema, parameter.get("required", False))
    return Row(parameter["name"], said(schema), default, parameter.get("description", ""))


def _rows(document: Schema, schema: Schema, before: str = "", depth: int = 0) -> Iterator[Row]:
    """The fields of an object, each followed by those within it."""
    schema = _resolved(document, schema)
    for name, field in schema.get("properties", {}).items():
        required = name in schema.get("required", ())
        value = said(field if required else _given(field))
        yield Row(before + name, value, _default(field, required), field.get("description", ""))
        inner, mark = _inside(document, field)
        if depth < DEEPEST and "properties" in inner:
            yield from _rows(document, inner, f"{before}{name}{mark}.", depth + 1)


def _inside(document: Schema, field: Schema) -> tuple[Schema, str]:
    """The schema of the objects in a field, and how its name goes on to theirs."""
    for choice in field.get("anyOf") or [field]:
        if choice.get("type") == "array":
            return _resolved(document, choice.get("items", {})), "[]"
        if "$ref" in choice:
            return _resolved(document, choice), ""
    return {}, ""


def _resolved(document: Schema, schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _given(field: Schema) -> Schema:
    """A field that may be left out, without the null that says the same."""
    choices = [choice for choice in field.get("anyOf", []) if choice.get("type") != "null"]
    return {**field, "anyOf": choices} if choices else field


def _default(schema: Schema, required: bool) -> str:
    if required:
        return "required"
    return f"`{plain(schema['default'])}`" if "default" in schema else ""


def _example(document: Schema, content: Schema) -> Any:
    """The first example of a body: its own, or its schema's."""
    schema = _resolved(document, content.get("schema", {}))
    named = [e.get("value") for e in content.get("examples", {}).values()]
    own = [content[key] for key in ("example",) if key in content]
    return next(iter([*own, *named, *schema.get("examples", [])]), None)


def _first(parameter: Schema) -> Any:
    """The first example of a parameter: its own, or its schema's."""
    return next(iter(parameter["schema"].get("examples", [])), parameter.get("example"))


def _written(example: Any) -> str:
    return "" if example is None else json.dumps(example, ensure_ascii=False, indent=2)


def _curl(document: Schema, method: str, path: str, parameters: list[Schema], body: Schema) -> str:
    examples = {p["name"]: _first(p) for p in parameters}
    given = [f"{name}={plain(value)}" for name, value in examples.items() if value is not None]
    words = ["curl", HOST + path + (f"?{'&'.join(given)}" if given else "")]
    if body:
        told = json.dumps(_example(document, body) or {}, ensure_ascii=False)
        words += ["--json", told]
    elif method != "get":
        words += ["-X", method.upper()]
    return shlex.join(words)
