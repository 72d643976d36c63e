"""A method fitted once more on the same interactions under other names, without the test part in reach.

What a method learns from interactions, times and features it learns here too: users and items have only
changed places. What comes from elsewhere by their ids (the files of the data, a table of answers) now belongs
to somebody else, and is lost.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from recbox.api.fitting import fit_method
from recbox.api.reading import Job
from recbox.data import Dataset, Knowledge, Nodes, Split
from recbox.evaluate import Validation, held_test, held_valid, judge_held
from recbox.evaluate.significance import randomisation
from recbox.plugin import Scorer
from recbox.verification.check import Check, checked, skipped
from recbox.verification.subject import Subject

LOSS = 0.2
"""The share of the value that may be lost: another order of nodes draws other numbers, as a seed does."""
LEVEL = 0.01
MEANS = (
    "the result hangs on what users and items are called, and so on something other than the interactions "
    "and features that the method was given: very likely the held-out part itself, read from the data's files"
)


class Renamed(Scorer):
    """A scorer of renamed users and items, asked by their true inner ids."""

    def __init__(self, inner: Scorer, user: np.ndarray, item: np.ndarray) -> None:
        self.inner, self.user, self.item = inner, user, item

    @property
    def shape(self) -> tuple[int, int]:
        users, items = self.inner.shape
        return users, items

    def block(self, users: np.ndarray) -> torch.Tensor:
        scores = self.inner.block(self.user[np.asarray(users)])
        return scores[:, torch.from_numpy(self.item).to(scores.device)]

    def score(self, users: np.ndarray, items: np.ndarray) -> torch.Tensor:
        return self.inner.score(self.user[np.asarray(users)], self.item[np.asarray(items)])

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, object]]:
        return self.inner.state()


def blind(subject: Subject, job: Job) -> Check:
    """Fails where much of the test value is lost under other names, and users bear that out."""
    name, recipe = "blind", job.recipe
    user, item = (_places(job, n, len(job.dataset.nodes(n))) for n in ("user", "item"))
    renamed = _renamed(job, user, item)
    rules = recipe.evaluate
    held = held_valid(renamed.dataset, renamed.split, rules)
    whole = Validation.of(recipe, held, job.context)
    validate = replace(whole, held=whole.watched) if len(renamed.split.valid) else None
    method = fit_method(renamed, validate, None, False)
    if method.status != "done":
        raise KeyboardInterrupt
    scorer = Renamed(method.scorer, user, item)
    test = held_test(job.dataset, job.split, rules)
    found = judge_held(scorer, test, recipe.metric, rules, job.context, recipe.meaning, "test").per_user
    return _compared(name, subject, found)


def _compared(name: str, subject: Subject, found: dict[str, np.ndarray]) -> Check:
    select = subject.select
    own, other = subject.test.per_user[select], found[select]
    stated, reached = float(own.mean()), float(other.mean())
    lost = (reached - stated) if subject.recipe.lower_is_better else (stated - reached)
    seen = f"{select} {reached:.4f} under other names, {stated:.4f} under its own"
    if stated == 0 and not subject.recipe.lower_is_better:
        return skipped(name, f"{select} is 0, so nothing can be lost")
    p = randomisation(own - other, subject.context.random("blind"))
    wrong = seen if lost > LOSS * abs(stated) and p < LEVEL else ""
    return checked(name, wrong, seen, MEANS)


def _places(job: Job, node: str, n: int) -> np.ndarray:
    """int64 `[n]`: the new inner id of each."""
    return job.context.random(f"blind {node}").permutation(n)


def _renamed(job: Job, user: np.ndarray, item: np.ndarray) -> Job:
    """Train and validation alone, with other names; no row of the test part is in it."""
    kept = np.sort(np.concatenate([job.split.train, job.split.valid]))
    train, valid = (np.searchsorted(kept, rows) for rows in (job.split.train, job.split.valid))
    dataset = _moved(job.dataset.take(kept), {"user": user, "item": item})
    return replace(job, dataset=dataset, split=Split(train, valid, train[:0]))


def _moved(dataset: Dataset, places: dict[str, np.ndarray]) -> Dataset:
    x = dataset.interaction
    x = replace(x, user=places["user"][x.user], item=places["item"][x.item])
    relation = {
        name: replace(r, source=_end(r.source, r.ends[0], places), target=_end(r.target, r.ends[1], places))
        for name, r in dataset.relation.items()
    }
    user, item = (_shuffled(dataset.nodes(n), places[n]) for n in ("user", "item"))
    known = _known(dataset.knowledge, places["item"], len(dataset.entity))
    return replace(dataset, user=user, item=item, interaction=x, relation=relation, knowledge=known)


def _known(known: Knowledge | None, item: np.ndarray, entities: int) -> Knowledge | None:
    """What triples say goes with the item, as its features do."""
    if known is None:
        return None
    place = np.concatenate([item, len(item) + np.arange(entities)])
    return replace(known, head=place[known.head], tail=place[known.tail])


def _end(ids: np.ndarray, node: str, places: dict[str, np.ndarray]) -> np.ndarray:
    return places[node][ids] if node in places else ids


def _shuffled(nodes: Nodes, places: np.ndarray) -> Nodes:
    """Names stay where they are, and features go with their node."""
    features = nodes.table.drop("id")[np.argsort(places)]
    return replace(nodes, table=nodes.table.select("id").hstack(features.get_columns()))
