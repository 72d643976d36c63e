"""Rankings that others made, on one split, beside the methods that recbox knows there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from recbox.api.beside import Others, of_artifact, of_recipe
from recbox.api.ground import Ground
from recbox.api.pointing import scored
from recbox.evaluate import Pairs
from recbox.evaluate.sentence import winner
from recbox.evaluate.warning import of_data, of_ranking
from recbox.outside import Listing, Oddities, PairOddities, Side, Tested, causes, gather, paired, sentence

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

    from recbox.evaluate import Held, Judgement, Ranking

CHOSEN = (
    "The baselines were chosen by this validation part, so that their values on it are a little too good."
)

PARTLY = "{} has scores for some of the pairs alone, so it is not said who is ahead."


@dataclass(frozen=True, eq=False)
class Judged:
    """One ranking, or scores of pairs (then `ranking` is None, and `scores` are
    float64 by pair, NaN where one is missing). values: metrics by name. per_user: a polars
    frame, the column `user` with external ids and one for each metric that has a value for each user. tests:
    it beside other methods, in `evaluate.select`. hash: SHA-256 of the lists, or scores, as they were judged.
    sentences: what the tests say."""

    name: str
    where: str
    format: str
    part: str
    values: dict[str, float]
    per_user: pl.DataFrame
    segment: dict[str, dict[str, float]]
    oddities: Oddities | PairOddities
    hash: str
    ranking: Ranking | None = field(repr=False)
    scores: np.ndarray | None = field(default=None, repr=False)
    tests: tuple[Tested, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all of it was there to be judged: without scores of some pairs it can't be compared."""
        return isinstance(self.oddities, Oddities) or not self.oddities.missing

    @property
    def sentences(self) -> list[str]:
        return [sentence(test) for test in self.tests]

    def document(self) -> dict[str, Any]:
        """As plain data, without the values of each user."""
        return {
            "file": self.where,
            "format": self.format,
            self.part: self.values,
            "segment": self.segment,
            "hash": self.hash,
            "oddities": self.oddities.document(),
        }

    def __repr__(self) -> str:
        values = ", ".join(f"{name} {value:.4f}" for name, value in self.values.items())
        return "\n".join([f"<recbox.Judged {self.name!r} on {self.part}: {values}>", *self.oddities.lines()])


@dataclass(frozen=True, eq=False)
class Hearing:
    """All that was judged together. users: how many were judged; left_out: who had nothing to find."""

    ground: Ground
    part: str
    rankings: tuple[Judged, ...]
    others: Others
    users: int
    left_out: int
    ledger: dict[str, Any] = field(default_factory=dict)
    """What the ledger says after the last of them; empty for validation."""

    @property
    def rows(self) -> dict[str, dict[str, float]]:
        """The values of all: the rankings, the artifact's method, the baselines from the best one on."""
        select, lower = self.ground.recipe.evaluate.select, self.ground.recipe.lower_is_better
        known, own = self.others.values, self.others.own
        rest = sorted(
            (n for n in known if n != own), key=lambda n: known[n].get(select, 0.0), reverse=not lower
        )
        order = [own, *rest] if own else rest
        return {judged.name: judged.values for judged in self.rankings} | {n: known[n] for n in order}

    @property
    def sentences(self) -> list[str]:
        """Of each ranking: who is ahead on this split, what the paired tests say, or why there are none."""
        recipe, said = self.ground.recipe, []
        for judged in self.rankings:
            if not judged.whole:
                said.append(PARTLY.format(judged.name))
                continue
            rows = {judged.name: judged.values} | self.others.values
            said.append(winner(rows, recipe.evaluate.select, judged.name, lower=recipe.lower_is_better))
            said += judged.sentences
        if self.others.untested:
            said.append(f"No test over users: {self.others.untested}.")
        if self.part == "valid" and self.others.chosen_here:
            said.append(CHOSEN)
        return said

    @property
    def warnings(self) -> list[dict[str, str]]:
        """As those of `metrics.json`: not ahead of popularity, too good to be true, data that is made."""
        recipe, found = self.ground.recipe, of_data(self.ground.dataset)
        for judged in filter(lambda one: one.whole, self.rankings):
            rows, why = {judged.name: judged.values} | self.others.values, causes(judged.oddities)
            found += of_ranking(judged.name, rows, recipe.evaluate.select, recipe.lower_is_better, why)
        return found

    def document(self) -> dict[str, Any]:
        """All of it as plain data, without the values of each user."""
        recipe = self.ground.recipe
        return {
            "part": self.part,
            "select": recipe.evaluate.select,
            "lower_is_better": sorted(
                p.label for p in recipe.metric if getattr(p.options, "lower_is_better", False)
            ),
            "users": {"judged": self.users, "left_out": self.left_out},
            "ranking": {judged.name: judged.document() for judged in self.rankings},
            **self.others.document(self.part),
            "pair": [test.document() for judged in self.rankings for test in judged.tests],
            "sentence": self.sentences,
            "warning": self.warnings,
            "data": self.ground.data_document(),
            **({"ledger": self.ledger} if self.ledger else {}),
        }


def hear(ground: Ground, listings: Sequence[Listing], part: str = "test", baseline: bool = True) -> Hearing:
    """Judge rankings on a part of the split, beside an artifact's method and its baselines, or, with
    `baseline`, beside a recipe's, which are tuned and tested for it."""
    from recbox.api.blaming import blaming

    truth = ground.truth(part)
    names = _names([x.name for x in listings], ground)
    with blaming(ground.registry):
        found = [judged_by(ground, truth, x, n, part) for x, n in zip(listings, names, strict=True)]
        others = of_artifact(ground, truth, part) if ground.fitted else of_recipe(ground, part, baseline)
    select, lower = ground.recipe.evaluate.select, ground.recipe.lower_is_better
    rivals = [Side(name, others.per_user[name]) for name in others.per_user]
    ours = [Side(judged.name, judgement.per_user) for judged, judgement in found]
    whole = {judged.name for judged, _ in found if judged.whole}
    tests = paired([one for one in ours if one.name in whole], rivals, select, lower)
    judged = [replace(j, tests=tuple(t for t in tests if t.one == j.name)) for j, _ in found]
    ledger: dict[str, Any] = {}
    for one in judged if part == "test" else ():
        ledger = looked(ground, one, "eval --scores")
    return Hearing(ground, part, tuple(judged), others, len(truth.users), truth.left_out, ledger)


def looked(ground: Ground, judged: Judged, by: str) -> dict[str, Any]:
    """A line in the ledger: that a ranking, by the hash of its lists, was measured on the test part."""
    from recbox.api.run import RUNS
    from recbox.api.touching import recorded
    from recbox.ledger import Touch

    select, seed = ground.recipe.evaluate.select, ground.recipe.seed
    prints = ground.dataset.fingerprint, ground.split.fingerprint
    touch = Touch(by, judged.name, judged.hash, *prints, seed, select, judged.values[select])
    folder = RUNS / ground.recipe.name if ground.fitted is None else ground.fitted.folder
    return recorded(folder, touch, ground.context.progress)


def _names(stems: Sequence[str], ground: Ground) -> list[str]:
    """A name for each ranking that no other row has."""
    taken = {ground.recipe.name, *(part.label for part in ground.recipe.baseline)}
    names: list[str] = []
    for stem in stems:
        tries = [stem, *(f"{stem}-{n}" for n in range(2, len(stems) + len(taken) + 3))]
        names.append(next(name for name in tries if name not in taken))
        taken.add(names[-1])
    return names


def judged_by(ground: Ground, truth: Held, given: Listing, name: str, part: str) -> tuple[Judged, Judgement]:
    """Read a ranking, and measure it as the recipe says."""
    import polars as pl

    from recbox.evaluate import measure

    if isinstance(truth, Pairs):
        return _scored(ground, truth, given, name, part)
    evaluate, recipe = ground.recipe.evaluate, ground.recipe
    with ground.context.progress.task(f"read {given.where}"):
        gathered = gather(given, ground.dataset, truth, max(evaluate.k))
    found = measure(gathered.ranking, truth, recipe.metric, evaluate.k)
    users = ground.dataset.user.ids.gather(found.users)
    per_user = pl.DataFrame({"user": users, **found.per_user})
    lists = hashlib.sha256(gathered.ranking.items.tobytes()).hexdigest()
    judged = Judged(
        name,
        given.where,
        given.format,
        part,
        found.values,
        per_user,
        found.segment,
        gathered.oddities,
        lists,
        gathered.ranking,
    )
    return judged, found


def _scored(ground: Ground, pairs: Pairs, given: Listing, name: str, part: str) -> tuple[Judged, Judgement]:
    import polars as pl

    with ground.context.progress.task(f"read {given.where}"):
        found = scored(ground, pairs, given)
    worth = found.found
    per_user = pl.DataFrame({"user": ground.dataset.user.ids.gather(worth.users), **worth.per_user})
    where = given.where, given.format, part
    judged = Judged(
        name, *where, worth.values, per_user, worth.segment, found.oddities, found.hash, None, found.scores
    )
    return judged, worth
