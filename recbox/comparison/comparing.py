"""`recbox.compare`: methods side by side, trained where they aren't yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from recbox.api.ground import Ground
from recbox.api.run import RUNS
from recbox.api.setting import Given, Where, absolute, absolute_one
from recbox.api.touching import looks
from recbox.comparison import alike
from recbox.comparison.entry import Entry, is_folder, of_artifact, of_recipe
from recbox.comparison.keeping import Keeper
from recbox.comparison.listed import given, ground_of_entry, listed
from recbox.comparison.method import Method, check_lists, grouped, methods
from recbox.comparison.pair import Pair, best, pairs
from recbox.comparison.segment import Segment, segments
from recbox.comparison.words import sentence
from recbox.errors import OptionError
from recbox.progress import SILENT, Progress
from recbox.tracker import Trackers

SEEDS = 5
MANY = 4
"""Methods beyond which not every pair has its sentence on a page."""
LARGEST = 1000


@dataclass(frozen=True, eq=False)
class Comparison:
    """methods: in the order of the arguments. metrics: the main one first. data: as in metrics.json."""

    methods: tuple[Method, ...]
    metrics: tuple[str, ...]
    lower_is_better: frozenset[str]
    data: Mapping[str, Any]
    ground: Ground = field(repr=False)
    notes: tuple[str, ...] = ()
    ledger: Mapping[str, Any] = field(default_factory=dict)
    """How often this test part has been looked at by now, as the ledger beside the runs has it."""

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Every two methods in every metric, with Holm's correction over all of them."""
        return tuple(pairs(self.methods, self.metrics, self.lower_is_better))

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The same differences among users of little and much history, and for cold and warm items."""
        return tuple(segments(self.methods, self.metrics, self.ground))

    @property
    def sentences(self) -> list[str]:
        """One for each pair, in plain words."""
        return [sentence(pair) for pair in self.pairs]

    @property
    def told_pairs(self) -> list[Pair]:
        """Those that a page can hold: of many methods the main metric's leading one beside each other."""
        if len(self.methods) <= MANY:
            return list(self.pairs)
        main = self.metrics[0]
        leader = self.leading(main)
        return [x for x in self.pairs if x.metric == main and leader in (x.one, x.other)]

    @property
    def told(self) -> list[str]:
        """Their sentences."""
        return [sentence(pair) for pair in self.told_pairs]

    def best(self, metric: str) -> Method | None:
        """The method that is really better than every other; None where there is no such."""
        return best(self.methods, self.pairs, metric)

    def leading(self, metric: str) -> Method:
        """The method with the best mean, whether the tests bear it out or not."""
        sign = -1 if metric in self.lower_is_better else 1
        return max(self.methods, key=lambda m: sign * float(m.means(metric).mean()))

    def document(self) -> dict[str, Any]:
        """All of it as plain data."""
        from recbox.comparison.document import document

        return document(self)

    def text(self, format: str) -> str:
        """It as `json`, `csv`, `latex` (booktabs) or `html` (one page, no script)."""
        from recbox.comparison.writing import text

        return text(self, format)

    def __repr__(self) -> str:
        return "\n".join(["<recbox.Comparison>", *self.sentences])


def compare(
    *arguments: Where,
    seeds: int = SEEDS,
    metric: str | Sequence[str] = (),
    scores: object = (),
    columns: Mapping[str, str] | None = None,
    data_dir: Iterable[str | Path] = (),
    code: Iterable[str | Path] = (),
    device: str = "auto",
    kernel: str = "auto",
    threads: int | None = None,
    memory: float | None = None,
    scratch: str | Path | None = None,
    offline: bool = False,
    track: Iterable[str] = (),
    progress: Progress = SILENT,
) -> Comparison:
    """Compare two methods or more on one data set and split.

    arguments: folders of artifacts, and recipes as for `recbox.run`. A recipe is trained with the seeds 0 to
    `seeds` - 1 on the split of its own seed, without baselines; finished runs under `runs/` are used again,
    and a method that draws nothing at random runs once. Artifacts that differ in their seeds alone are one
    method. metric: names such as `ndcg@20`, of which the first is the main one; by default the one by which
    all recipes select. scores: rankings of other tools, judged on the same split: files, `NAME=FILE`, frames,
    or a mapping from names to one of these or, for several seeds, a list; columns: names in them, as for
    `Fitted.judge`. track: trackers that are told of each run that is trained. An `OptionError` for other
    data, another split, or a metric that isn't in all.
    """
    if not 1 <= seeds <= LARGEST:
        raise OptionError(f"seeds is {seeds}, which is not from 1 to {LARGEST}", where="--seeds")
    if not arguments:
        raise OptionError("there is nothing to compare", instead="name two artifacts or recipes")
    shared = Given(
        absolute(data_dir),
        absolute(code),
        threads=threads,
        memory=memory,
        scratch=absolute_one(scratch),
        kernel=kernel,
        offline=offline,
    )
    rankings = given(scores, columns)
    wanted = [metric] if isinstance(metric, str) else metric
    with Trackers(track, shared.registry(), progress) as trackers:
        entries = [_entry(argument, shared, progress) for argument in arguments]
        alike.check_data(entries)
        alike.check_rules(entries)
        groups = grouped(entries, len(rankings))
        names = alike.chosen_metrics(wanted, entries)
        taken = [name for e in entries for name in (e.recipe.name, e.argument)]
        ground = ground_of_entry(entries[0], progress, threads)
        lists, ledger = listed(rankings, ground, names, taken)
        keeper = Keeper(RUNS, seeds, names, progress, shared, device, trackers, _called(groups))
        found = methods(groups, keeper.complete(groups), names)
    check_lists(found, lists)
    first = found[0].runs[0]
    ledger = ledger or looks(first.path, first.manifest.split.fingerprint, progress)
    lower, notes = alike.lower_is_better(entries, names), tuple(alike.notes(entries))
    return Comparison((*found, *lists), names, lower, entries[0].data, ground, notes, ledger)


def _called(groups: Mapping[str, Sequence[Entry]]) -> str:
    """What trackers are told that the runs belong to."""
    return f"{'-'.join(entries[0].recipe.name for entries in groups.values())[:80]}-compare"


def _entry(argument: Where, shared: Given, progress: Progress) -> Entry:
    if is_folder(argument):
        return of_artifact(Path(str(argument)), map(Path, shared.code))
    return of_recipe(argument, shared.settle(argument, progress))
