"""Rankings of other tools as methods: one list each, or several of one tool, with other seeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recbox.api.ground import Ground
from recbox.api.outside import Judged, judged_by, looked
from recbox.comparison.method import Method
from recbox.context import Context
from recbox.errors import DataError, OptionError
from recbox.outside import Listing, listing
from recbox.progress import Progress

if TYPE_CHECKING:
    from recbox.comparison.entry import Entry

BY = "compare --scores"
"""The command, as the ledger has it."""


@dataclass(frozen=True)
class Given:
    """A name, and the rankings that stand under it."""

    name: str
    listings: tuple[Listing, ...]


def given(scores: object, columns: Mapping[str, str] | None = None) -> list[Given]:
    """What was named: files, `NAME=FILE`, frames, or a mapping from names to one of these or a list of them.

    The same name given twice is one tool with two seeds; two files of one name without it are two tools.
    Nothing but heads of files is read. Errors as those of `recbox.outside.listing`.
    """
    found: list[Given] = []
    for name, source in _named(scores):
        read = listing(source, "auto", columns)
        same = next((n for n, g in enumerate(found) if name and g.name == name), None)
        if same is None:
            found.append(Given(name or read.name, (read,)))
        else:
            found[same] = Given(name, (*found[same].listings, read))
    return found


def _named(scores: object) -> Iterator[tuple[str, object]]:
    """Names, empty where there is none, and sources."""
    if isinstance(scores, Mapping):
        for name, sources in scores.items():
            for source in sources if isinstance(sources, list | tuple) else [sources]:
                yield str(name), source
    elif isinstance(scores, list | tuple):
        for source in scores:
            yield _split(source)
    else:
        yield _split(scores)


def _split(source: object) -> tuple[str, object]:
    """`lenskit=a.csv` as a name and a path; a file that is called so is that file."""
    if not isinstance(source, str | Path) or "=" not in str(source) or Path(source).is_file():
        return "", source
    name, _, path = str(source).partition("=")
    if not name.strip() or not path:
        raise OptionError(f"{str(source)!r} is neither FILE nor NAME=FILE", where="--scores")
    return name.strip(), path


def ground_of_entry(entry: Entry, progress: Progress, threads: int | None) -> Ground:
    """The split and the rules of judging of an argument."""
    if entry.job is not None:
        return Ground(entry.recipe, entry.dataset, entry.split, entry.job.context, entry.registry)
    from recbox.api.load import Fitted

    if entry.artifact is None:
        raise ValueError("an entry has an artifact or a job")
    limits: dict[str, Any] = {} if threads is None else {"threads": threads}
    return Fitted(entry.artifact, entry.registry, Context(progress=progress, **limits)).ground()


def listed(
    found: Sequence[Given], ground: Ground, metrics: Sequence[str], taken: Iterable[str]
) -> tuple[list[Method], dict[str, Any]]:
    """The methods, measured as the recipe says, and what the ledger says after them: each list is a look."""
    from recbox.api.blaming import blaming

    made: list[Method] = []
    names, ledger = set(taken), dict[str, Any]()
    if not found:
        return made, ledger
    truth = ground.truth("test")
    for group in found:
        label = next(n for n in _tries(group.name, len(names)) if n not in names)
        names.add(label)
        with blaming(ground.registry):
            lists = [judged_by(ground, truth, one, label, "test")[0] for one in group.listings]
        _check_whole(lists)
        for one in lists:
            ledger = looked(ground, one, BY)
        made.append(_method(label, lists, metrics))
    return made, ledger


def _check_whole(lists: Iterable[Judged]) -> None:
    """A `DataError` where pairs are judged, and some have no score: nothing is compared over other pairs."""
    for one in lists:
        if not one.whole:
            raise DataError(
                "it has scores for some of the judged pairs alone, and is compared over all or none",
                where=one.where,
                why="; ".join(one.oddities.lines()),
                instead="`recbox data export` writes the pairs that are to be scored; `recbox eval --scores` "
                "measures it over those that it has",
            )


def _tries(name: str, taken: int) -> Iterator[str]:
    yield name
    for number in range(2, taken + 3):
        yield f"{name}-{number}"


def _method(label: str, lists: Sequence[Judged], metrics: Sequence[str]) -> Method:
    """Lists that are all the same are one."""
    kept = lists if len({one.hash for one in lists}) > 1 else lists[:1]
    values = {m: np.array([one.per_user[m].to_numpy() for one in kept]) for m in metrics}
    where = tuple(one.where for one in lists)
    return Method(label, where, (), len(kept) > 1, values, tuple(kept))
