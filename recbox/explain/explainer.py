"""From a user and an item to what carried the score."""

from __future__ import annotations

from typing import Any, final

import numpy as np
import polars as pl

from recbox.artifact import Artifact
from recbox.errors import OptionError
from recbox.explain.explanation import Deletion, Explanation
from recbox.explain.found import Found, Path
from recbox.explain.subject import NOTHING, Records, Subject
from recbox.plugin import NewUsers


@final
class Explainer:
    """An artifact, asked again and again: what it takes to explain is made once.

    items: new items, as `recommend.new_items` gives them, or None.
    """

    def __init__(self, artifact: Artifact, items: pl.DataFrame | None = None) -> None:
        self.records = Records(artifact, items)

    def known(self, user: int, item: int, seen: np.ndarray = NOTHING) -> Subject:
        """By inner ids, a user of the artifact as the method was fitted. seen: as in `Subject`."""
        history = self.records.history(user)
        if not len(history.item):
            name = self.records.artifact.dataset.user.ids[user]
            raise OptionError(
                f"the user {name!r} has no interactions that the method was fitted on",
                where=str(self.records.artifact.path),
                why="a score is explained by the user's items, and there are none",
                instead="what the user took since, as a history, or another user",
            )
        return Subject(user, item, history, since=False, seen=seen)

    def since(self, history: NewUsers, item: int, seen: np.ndarray = NOTHING) -> Subject:
        """One user, known or new, as the method scores them by what they have now."""
        user = -1 if history.known is None else int(history.known[0])
        return Subject(user, item, history, since=True, seen=seen)

    def explain(
        self, subject: Subject, top: int = 5, *, deletion: bool = True, draws: int | None = None
    ) -> Explanation:
        """top: of how many items paths are looked for, and without up to how many the score is tested. An
        `UnsupportedError` where the method knows users by their ids alone."""
        if isinstance(top, bool) or not isinstance(top, int) or top < 1:
            raise OptionError(f"top is {top!r}, which is not a whole number of at least 1")
        found = self.found(subject, top)
        if not np.isfinite(found.score):
            raise OptionError(
                f"the method never recommends the item {self.records.ids[subject.item]!r}: its score is "
                f"{found.score}"
            )
        had = self._had(subject)
        return Explanation(
            user="new" if subject.user < 0 else self.records.artifact.dataset.user.ids[subject.user],
            item=self.records.ids[subject.item],
            title=self.records.titles[subject.item],
            score=found.score,
            method=found.method,
            held=found.held,
            had=bool(had[subject.item]),
            evidence=self._evidence(found, subject.item),
            paths=self._paths(found),
            rest=found.rest,
            residual=found.residual,
            deletion=self.deletion(found, subject, top, draws) if deletion else None,
            top=top,
        )

    @property
    def over_graph(self) -> bool:
        """Whether scores come over a graph, and not from histories as a whole."""
        artifact = self.records.artifact
        return artifact.manifest.scorer.kind != "model" and bool(artifact.growth.recipe.layer)

    def effort(self, subject: Subject) -> int:
        """About how many multiplications it takes to score the user without some of the items."""
        from recbox.explain.deleting import effort

        return effort(self.records, subject, over_graph=self.over_graph)

    def found(self, subject: Subject, top: int) -> Found:
        """What carried the score, by inner ids."""
        if not self.over_graph:
            from recbox.explain.histories import by_history

            return by_history(self.records, subject)
        from recbox.explain.graph import by_graph

        return by_graph(self.records, subject, top)

    def deletion(
        self,
        found: Found,
        subject: Subject,
        top: int,
        draws: int | None = None,
        named: np.ndarray | None = None,
    ) -> Deletion | None:
        """named: int64 inner ids of what is taken away; None: the up to `top` items that carried most, and at
        most half of all, so that there are others. draws: of others at random; None: as many as are
        affordable. None where no item carried anything."""
        named = strongest(found, min(top, max(1, len(found.items) // 2))) if named is None else named
        others = np.setdiff1d(found.items, named)
        if not len(named):
            return None
        generator = np.random.default_rng([0, max(subject.user, 0), subject.item])
        draws = found.draws if draws is None else draws
        draws = draws if len(others) >= len(named) else 0
        drawn = [generator.choice(others, len(named), replace=False) for _ in range(draws)]
        lists = [named[:0], named, *drawn]
        scores = found.without(lists)
        rank = _ranks(scores, subject.item, ~self._had(subject))
        score = scores[:, subject.item].astype(float)
        return Deletion(
            self.records.ids.gather(named).to_list(),
            float(score[0]), float(score[1]), int(rank[0]), int(rank[1]),
            float(score[2:].mean()) if draws else None, float(rank[2:].mean()) if draws else None, draws,
        )  # fmt: skip

    def _had(self, subject: Subject) -> np.ndarray:
        """bool `[items]`: what the user has."""
        had = np.zeros(len(self.records.ids), bool)
        if subject.user >= 0:
            had |= self.records.seen(subject.user)
        had[subject.history.item] = True
        had[subject.seen] = True
        return had

    def _evidence(self, found: Found, target: int) -> pl.DataFrame:
        order = np.argsort(-found.contribution, kind="stable")
        items, value = found.items[order], found.contribution[order]
        size = np.abs(value).sum() + sum(map(abs, found.rest.values()))
        return pl.DataFrame(
            {
                "item": self.records.ids.gather(items),
                "title": self.records.titles.gather(items),
                "contribution": value,
                "share": value / size if size else value,
                "users": self.records.common(items, target),
            }
        )

    def _paths(self, found: Found) -> pl.DataFrame:
        ordered = sorted(found.paths, key=lambda path: -path.contribution)
        return pl.DataFrame([self._path(path) for path in ordered], schema=self._columns())

    def _path(self, path: Path) -> dict[str, Any]:
        records, node, title = self.records, None, None
        if path.node >= 0:
            nodes = records.artifact.dataset.nodes(path.by)
            name = nodes.column("title")
            node = str(nodes.ids[path.node])
            title = None if name is None else nodes.table[name][path.node]
        own = {"item": records.ids[path.item], "title": records.titles[path.item], "by": path.by}
        own |= {"node": node, "node_title": title}
        return {**own, "count": path.count, "contribution": path.contribution}

    def _columns(self) -> dict[str, Any]:
        text = dict.fromkeys(("title", "by", "node", "node_title"), pl.String)
        return {"item": self.records.ids.dtype, **text, "count": pl.Int64, "contribution": pl.Float64}


def strongest(found: Found, top: int) -> np.ndarray:
    """int64: the up to `top` items that carried most, of those that carried something."""
    order = np.argsort(-found.contribution, kind="stable")[:top]
    return found.items[order[found.contribution[order] > 0]]


def _ranks(scores: np.ndarray, item: int, among: np.ndarray) -> np.ndarray:
    """int64 `[n]`: 1 and how many of these items have a larger score."""
    return np.asarray(1 + (scores[:, among] > scores[:, item, None]).sum(1))
