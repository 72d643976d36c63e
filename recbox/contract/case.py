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
from recbox.errors import PluginError
from recbox.plugin import Sample, Source
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
    itself alone. PluginError: there is none, for no example does."""
    if isinstance(subject, Options):
        return (Case(subject),)
    if issubclass(subject, Source) and (sampled := _sampled(subject)):
        return (Case(sampled),)
    first = [_example(subject, example) for example in subject.examples]
    if not first:
        raise PluginError(f"{subject.__name__}.examples is empty", instead=_examples(subject))
    found: list[Options] = []
    for options in [*first, *(other for one in first for other in _others(one))]:
        if options not in found:
            found.append(options)
    return tuple(map(Case, found))


def _example(cls: type[Options], example: dict[str, Any]) -> Options:
    try:
        return cls.parse(example)
    except ValidationError as error:
        missing = ", ".join(str(e["loc"][0]) for e in error.errors() if e["type"] == "missing")
        if not example and missing:
            what = f"{cls.__name__} can't be made without options: it requires {missing}"
        else:
            said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            what = f"{example} of {cls.__name__}.examples is refused: {said}"
        raise PluginError(what, instead=_examples(cls)) from error


def _examples(cls: type[Options]) -> str:
    """What an author writes: each required option with a place for its value."""
    needed = ", ".join(f'"{name}": ...' for name, f in cls.model_fields.items() if f.is_required())
    return f"give `examples = ({{{needed}}},)` on the class, with options that a recipe would write"


def _sampled(cls: type[Source]) -> Source | None:
    """What reads a source's own sample; the laws write that anew wherever they read it."""
    with tempfile.TemporaryDirectory() as folder:
        sample = cls.sample(Path(folder))
    if not isinstance(sample, Sample | None):
        raise PluginError(
            f"{cls.__name__}.sample returns a {type(sample).__name__}", instead="return a Sample, or None"
        )
    return None if sample is None else sample.options


def _others(options: Options) -> Iterator[Options]:
    for name, field in type(options).model_fields.items():
        for value in fixed_values(field.annotation):
            try:
                yield type(options).parse({**options.values(), name: value})
            except ValidationError:
                continue  # a value that doesn't go with the others is none of the cases


def fixed_values(annotation: Any) -> tuple[Any, ...]:
    """The values of a type that has a fixed set of them; none of any other."""
    if annotation is bool:
        return (False, True)
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(v for a in get_args(annotation) for v in fixed_values(a))
    return ()
