"""One behaviour is what is recommended for, the target; the others become relations of users and items.

None of them may tell of what is held out. By these rules, the first that fits, an event is left out

1. whose row the data itself gives to the valid or test part (`given`);
2. of a user or item that is held out whole (`cold-user`, `cold-item`);
3. of a pair that is held out, whatever its time;
4. that is not older than the first held-out interaction: of its user, and for `time` of all. It takes times,
   and interactions that were held out by time or by the data: what is drawn has no before and after.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recbox.data.dataset import Dataset, Interactions, Relation
from recbox.data.splitting import TRAIN
from recbox.errors import DataError, nearest
from recbox.recipe.blocks import BY_TIME

if TYPE_CHECKING:
    from recbox.data.splitting import Split

ENDS = ("user", "item")
UNNAMED = "interaction"
"""What interactions are of whose file names no behaviour."""
RULES = ("given_as_held_out", "of_held_out_nodes", "of_held_out_pairs", "not_before_held_out")
"""Why an event is left out, as facts have it: `view_of_held_out_pairs`."""


def aimed(x: Interactions, behaviours: tuple[str, ...], target: str, where: str) -> np.ndarray:
    """bool `[n]`: the interactions of the target; all of them where none is named. A `DataError` for a target
    that the data doesn't have."""
    if not target:
        return np.ones(len(x), bool)
    if x.behaviour is None or target not in behaviours:
        raise DataError(
            f"no interaction is of the target {target!r}",
            where=where,
            why=f"behaviours are {', '.join(behaviours)}" if behaviours else "the data tells no behaviours",
            instead=nearest(target, list(behaviours)) if behaviours else "leave `data.target` out",
        )
    found: np.ndarray = x.behaviour == behaviours.index(target)
    return found


def parted(dataset: Dataset, target: str) -> Dataset:
    """The interactions of the target alone, and a relation for each other behaviour, over the same nodes."""
    if not target:
        return dataset
    x, where = dataset.interaction, dataset.origin or dataset.name
    others = [name for name in dataset.behaviours if name != target]
    own = aimed(x, dataset.behaviours, target, where)
    if not own.any():
        what = f"no interaction of the target {target!r} is left"
        raise DataError(what, where=where, instead="look at `data.clean` (threshold, user_core, item_core)")
    if taken := [name for name in others if name in dataset.relation]:
        what = f"{taken[0]!r} is the name of a behaviour and of a relation"
        raise DataError(what, where=where, instead="call one of them otherwise")
    relation = {name: _relation(x, dataset.behaviours.index(name)) for name in others}
    links = {f"{name}_links": len(one.source) for name, one in relation.items()}
    mine = x.take(np.flatnonzero(own))
    return replace(
        dataset,
        interaction=replace(mine, behaviour=np.zeros(len(mine), np.int8)),
        relation=dataset.relation | relation,
        behaviours=(target,),
        facts=dataset.facts | {"kept": len(mine), "target": target, **links},
    )


def _relation(x: Interactions, behaviour: int) -> Relation:
    assert x.behaviour is not None  # noqa: S101
    x = x.take(np.flatnonzero(x.behaviour == behaviour))
    return Relation(ENDS, x.user, x.item, x.weight, x.time, x.part, x.scratch)


def without_held(dataset: Dataset, split: Split) -> Dataset:
    """The relations between users and items without the events that would tell of the held-out part; facts
    count them by behaviour and rule."""
    links = {name: one for name, one in dataset.relation.items() if one.ends == ENDS}
    if not links:
        return dataset
    facts, relation = dict(dataset.facts), dict(dataset.relation)
    held = dataset.interaction.take(np.concatenate([split.valid, split.test]))
    since = _first(dataset, split)
    for name, one in links.items():
        wrong = _wrong(one, held, len(dataset.item), split.facts["by"], since)
        first = np.where(wrong.any(axis=0), wrong.argmax(axis=0), len(RULES))
        for number, rule in enumerate(RULES):
            facts[f"{name}_{rule}"] = int((first == number).sum())
        relation[name] = one.take(np.flatnonzero(first == len(RULES)))
        facts[f"{name}_links"] = len(relation[name].source)
    return replace(dataset, relation=relation, facts=facts)


def usual(behaviours: tuple[str, ...]) -> str | None:
    """Of an event that names none, in data with these: the only one, or what files without a name are of.
    None: nobody can say."""
    if len(behaviours) == 1:
        return behaviours[0]
    return UNNAMED if UNNAMED in behaviours else None


def others(dataset: Dataset) -> tuple[str, ...]:
    """Behaviours that the data had beside the target, of which an artifact keeps the counts alone."""
    ending = f"_{RULES[0]}"
    return tuple(sorted(name.removesuffix(ending) for name in dataset.facts if name.endswith(ending)))


def told(dataset: Dataset) -> str:
    """What `without_held` left out, in a line; empty where that is nothing."""
    found = [
        f"{name} {dataset.facts[f'{name}_{rule}']:,} {rule.replace('_', ' ')}"
        for name, one in dataset.relation.items()
        for rule in RULES
        if one.ends == ENDS and dataset.facts.get(f"{name}_{rule}")
    ]
    return f"left out of the other behaviours, to be honest: {', '.join(found)}" if found else ""


def _wrong(one: Relation, held: Interactions, items: int, by: str, since: np.ndarray) -> np.ndarray:
    """bool `[rules, n]`: the events that each rule leaves out. since: of each user, as `_first` gives it."""
    wrong = np.zeros((len(RULES), len(one.source)), bool)
    if by == "given" and one.part is not None:
        wrong[0] = one.part != TRAIN
    if by in ("cold-user", "cold-item"):
        ends, gone = (one.source, held.user) if by == "cold-user" else (one.target, held.item)
        wrong[1] = np.isin(ends, gone)
    wrong[2] = np.isin(one.source * items + one.target, held.user * items + held.item)
    if one.time is not None:
        wrong[3] = one.time >= since[one.source]
    return wrong


def _first(dataset: Dataset, split: Split) -> np.ndarray:
    """int64 `[users]`: the time from which on a user's events are no past; the largest number where none
    is."""
    never = np.full(len(dataset.user), np.iinfo(np.int64).max)
    by, x = split.facts["by"], dataset.interaction
    rows = np.concatenate([split.valid, split.test])
    if by == "given" and x.part is not None:
        rows = rows[x.part[rows] != TRAIN]  # validation that was drawn out of train has no before
    if x.time is None or not len(rows) or by not in (*BY_TIME, "given"):
        return never
    if by == "time":
        return np.full(len(never), x.time[rows].min())
    np.minimum.at(never, x.user[rows], x.time[rows])
    return never
