"""A method as it is compared: its runs, and each metric's values by seed and user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recbox.comparison.entry import Entry
from recbox.comparison.keeping import same, stacked
from recbox.errors import ArtifactError, OptionError
from recbox.evaluate.crossing import over_seeds
from recbox.evaluate.significance import Interval

if TYPE_CHECKING:
    from recbox.api.outside import Judged
    from recbox.artifact import Artifact
    from recbox.plugin import Meaning

ENOUGH = 3
"""Seeds of a method that draws at random, below which no difference is called real: with two, the t test
was wrong in up to 9 % of simulated comparisons with a method that draws nothing, instead of in 5 %."""


@dataclass(frozen=True, eq=False)
class Method:
    """values: for each metric float64 `[seeds, users]`; a method that draws nothing has one row. lists: of a
    tool that ranked elsewhere, in place of runs. meaning: what the scores of runs say."""

    label: str
    arguments: tuple[str, ...]
    runs: tuple[Artifact, ...]
    draws: bool
    values: Mapping[str, np.ndarray]
    lists: tuple[Judged, ...] = ()
    meaning: Meaning = "order"

    @property
    def one_list(self) -> bool:
        """Whether it is a single ranking, of whose seed nothing is known."""
        return len(self.lists) == 1

    @property
    def size(self) -> int:
        """How many runs or lists it has."""
        return len(self.values[next(iter(self.values))])

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of its runs, ascending."""
        return tuple(run.manifest.run.seed for run in self.runs)

    @property
    def enough(self) -> bool:
        """Whether the luck of its seeds can be judged."""
        return not self.draws or self.size >= ENOUGH

    def means(self, metric: str) -> np.ndarray:
        """float64 `[seeds]`."""
        return np.asarray(self.values[metric].mean(axis=1))

    def interval(self, metric: str) -> Interval | None:
        """Of the mean over seeds; None where there is one run, or nothing is drawn."""
        return over_seeds(self.means(metric))


def methods(
    groups: Mapping[str, Sequence[Entry]], runs: Mapping[str, Sequence[Artifact]], metrics: Sequence[str]
) -> list[Method]:
    """One method a group. An `ArtifactError` where runs don't judge the same users in the same order."""
    made: list[Method] = []
    for key, entries in groups.items():
        found, draws = list(runs[key]), entries[0].draws
        if len(found) > 1:
            draws = not (entries[0].recipe.model is not None and same(found))
        found = _different(found) if draws else found[:1]
        label = _free(entries[0], [m.label for m in made])
        values = {metric: stacked(found, metric) for metric in metrics}
        arguments, meaning = tuple(e.argument for e in entries), entries[0].recipe.meaning
        made.append(Method(label, arguments, tuple(found), draws, values, meaning=meaning))
    _check_users([run for method in made for run in method.runs])
    return made


def _different(runs: Sequence[Artifact]) -> list[Artifact]:
    """Runs of different seeds that agree in every user's values, bit for bit, are copies of one: it counts
    once. Of what draws at random two seeds never agree so."""
    kept: list[Artifact] = []
    for run in runs:
        if not any(same([run, other]) for other in kept):
            kept.append(run)
    return kept


def grouped(entries: Sequence[Entry], lists: int = 0) -> dict[str, list[Entry]]:
    """By method, in the order of the arguments: runs that differ in seeds alone are one. lists: methods of
    other tools that there are besides."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.key, []).append(entry)
    if len(groups) + lists < 2:
        raise OptionError(
            "there is nothing to compare: all arguments are one method, with one seed or several",
            where=", ".join(entry.argument for entry in entries),
            instead="name two methods or more, or rankings of other tools with --scores",
        )
    return groups


def _free(entry: Entry, taken: Sequence[str]) -> str:
    """The recipe's name; where another method has it, the argument, or the name with a number."""
    name = entry.recipe.name
    names = [name, entry.argument, *(f"{name}-{n}" for n in range(2, len(taken) + 3))]
    return next(n for n in names if n not in taken)


def _check_users(runs: Sequence[Artifact]) -> None:
    first = runs[0].per_user
    for run in runs[1:]:
        if first is None or run.per_user is None or not run.per_user["user"].equals(first["user"]):
            raise ArtifactError(
                "its values are of other users than those of the first",
                where=str(run.path),
                why=f"compared with {runs[0].path}",
                instead="train both again with this recbox",
            )


def check_lists(runs: Sequence[Method], lists: Sequence[Method]) -> None:
    """An `ArtifactError` where the runs' values aren't of the users by whom the lists were judged."""
    own = runs[0].runs[0]
    for method in lists:
        if own.per_user is None or not own.per_user["user"].equals(method.lists[0].per_user["user"]):
            raise ArtifactError(
                "its values are of other users than the test part gives",
                where=str(own.path),
                instead="train it again with this recbox",
            )
