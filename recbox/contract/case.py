"""A case: a plugin's class with one choice of options, as the laws see it."""

from __future__ import annotations

import tempfile
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError

from recbox.context import Context
from recbox.plugin import Source
from recbox.registry import Options


@dataclass(frozen=True, eq=False)
class Case:
    """One choice of options. All laws of a case look at the same object and must leave it as it is."""

    options: Options

    @property
    def cls(self) -> type[Options]:
        return type(self.options)

    @property
    def kind(self) -> str:
        return self.cls.kind

    @property
    def label(self) -> str:
        """The options that differ from their defaults, as text: `norm=row`; `defaults` for none."""
        changed = self.options.model_dump(mode="json", exclude_defaults=True)
        return ", ".join(f"{k}={v}" for k, v in changed.items()) or "defaults"

    @cached_property
    def context(self) -> Context:
        """A run on the CPU, in fp32, with seed 0, without a network."""
        return Context(seed=0, device="cpu", threads=1, kernel="torch", offline=True)


def cases(subject: type[Options] | Options) -> tuple[Case, ...]:
    """The cases of a class: its examples, and every other value of each option that has a fixed set of them
    (a literal, true or false), one at a time. Of a source with a sample: the sample's options. Of an object:
    itself alone."""
    if isinstance(subject, Options):
        return (Case(subject),)
    if issubclass(subject, Source) and (sampled := _sampled(subject)):
        return (Case(sampled),)
    first = [subject.parse(example) for example in subject.examples]
    found: list[Options] = []
    for options in [*first, *(other for one in first for other in _others(one))]:
        if options not in found:
            found.append(options)
    return tuple(map(Case, found))


def _sampled(cls: type[Source]) -> Source | None:
    """What reads a source's own sample; the laws write that anew wherever they read it."""
    with tempfile.TemporaryDirectory() as folder:
        sample = cls.sample(Path(folder))
    return None if sample is None else sample.options


def _others(options: Options) -> Iterator[Options]:
    for name, field in type(options).model_fields.items():
        for value in _values(field.annotation):
            try:
                yield type(options).parse({**options.values(), name: value})
            except ValidationError:
                continue  # a value that doesn't go with the others is none of the cases


def _values(annotation: Any) -> tuple[Any, ...]:
    if annotation is bool:
        return (False, True)
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(v for a in get_args(annotation) for v in _values(a))
    return ()
