"""Whether explanations add up, and name what counts: `python benchmarks/explain.py ARTIFACT ...`.

For users drawn at random, each with one of their ten best items: the largest error of the sum, as a share of
its terms, and what the score and the item's rank lose when evidence is taken away and the pass is run again:
the items that the explanation names, as many others at random, and as many that most users share with the
target (co-occurrence, which looks at no model). Falls are shares of the score's size.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import recbox
from recbox.api.load import Fitted
from recbox.explain import Explainer
from recbox.explain.explainer import strongest
from recbox.explain.subject import Subject

HEAD = (
    "| model | method | pairs | largest error | score falls by: named | random | co-occurrence "
    "| rank: before | named | random | co-occurrence |"
)


def main() -> None:
    asked = _asked()
    print(HEAD)
    print("| --- " * 11 + "|")
    for folder in asked.artifact:
        print(_row(recbox.load(folder), asked), flush=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("artifact", nargs="+", type=Path)
    parser.add_argument("--pairs", type=int, default=1000, help="users and recommended items")
    parser.add_argument(
        "--deletions", type=int, help="of so many of them evidence is taken away; default: all"
    )
    parser.add_argument("--top", type=int, default=3, help="items that are taken away")
    parser.add_argument("--draws", type=int, default=5, help="of other items at random")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _row(model: Fitted, asked: argparse.Namespace) -> str:
    explainer, draw = Explainer(model.artifact), np.random.default_rng(asked.seed)
    subjects = _subjects(model, explainer, draw, asked.pairs)
    wanted = asked.pairs if asked.deletions is None else asked.deletions
    errors, falls, ranks, methods = [], [], [], set()
    for number, subject in enumerate(subjects):
        found = explainer.found(subject, 0)  # no paths
        methods.add(found.method)
        size = np.abs(found.contribution).sum() + sum(map(abs, found.rest.values()))
        errors.append(abs(found.residual) / size)
        named = strongest(found, asked.top)
        if number < wanted and len(named) == asked.top and len(found.items) >= 2 * asked.top:
            shared = explainer.records.common(found.items, subject.item)
            together = found.items[np.argsort(-shared, kind="stable")[: asked.top]]
            one = explainer.deletion(found, subject, asked.top, asked.draws, named)
            other = explainer.deletion(found, subject, asked.top, 0, together)
            assert one is not None and other is not None and one.random is not None
            low = np.array([one.after, one.random, other.after])
            falls.append((one.before - low) / abs(one.before))
            ranks.append([one.rank_before, one.rank_after, one.random_rank, other.rank_after])
    fall = [f"{value:.1%}" for value in np.mean(falls, 0)]
    rank = [f"{value:.1f}" for value in np.mean(ranks, 0)]
    cells = [model.name, ", ".join(methods), f"{len(errors):,} ({len(falls):,})", f"{max(errors):.1e}"]
    return f"| {' | '.join([*cells, *fall, *rank])} |"


def _subjects(model: Fitted, explainer: Explainer, draw: np.random.Generator, count: int) -> list[Subject]:
    """Users who have something in training, each with one of their ten best items."""
    data = model.dataset
    users = draw.choice(np.unique(explainer.records.train.interaction.user), count)
    lists: dict[Any, list[Any]] = {}
    for user, item in model.recommend(data.user.ids.gather(users), 10).select("user", "item").iter_rows():
        lists.setdefault(user, []).append(item)
    place = {item: inner for inner, item in enumerate(data.item.ids)}
    chosen = [place[draw.choice(lists[data.user.ids[int(user)]])] for user in users]
    return [explainer.known(int(user), item) for user, item in zip(users, chosen, strict=True)]


if __name__ == "__main__":
    main()
