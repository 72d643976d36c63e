"""Models that are copies of built-ins with one thing broken."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mutant_kit import Mutant

from recbox.data import Dataset
from recbox.plugin import Model, Need, Scorer, Spec

Parts = dict[str, np.ndarray]
"""history: float64 `[users, items]`; weight: float64 `[items, items]`."""


class Linear(Scorer):
    """What a user has, times what each item says of the others: EASE and ItemKNN, dense and in float64."""

    def __init__(self, **parts: Any) -> None:
        self.__dict__.update(parts)

    @property
    def shape(self) -> tuple[int, int]:
        return self.history.shape

    def block(self, users: np.ndarray) -> torch.Tensor:
        return torch.from_numpy((self.history[users] @ self.weight).astype(np.float32))

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"history": self.history, "weight": self.weight}, {}


def model(
    fit: Callable[[Spec], Parts] = lambda spec: neighbours(seen(spec.train)),
    scorer: Callable[..., Linear] = Linear,
    **members: Any,
) -> type[Model]:
    """A model that becomes `scorer` of what `fit` finds; members: of the class, besides."""

    class Broken(Model):
        def fit(self, spec: Spec) -> Scorer:
            return scorer(**fit(spec))

        def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
            return scorer(**arrays)

    for name, value in members.items():
        setattr(Broken, name, value)
    return Broken


def seen(train: Dataset) -> np.ndarray:
    """float64 `[users, items]`: 1 where a user has an item."""
    x = np.zeros((len(train.user), len(train.item)))
    x[train.interaction.user, train.interaction.item] = 1
    return x


def neighbours(x: np.ndarray, least: float = 1.0) -> Parts:
    """The cosine of two items' users, as ItemKNN with all items as neighbours."""
    count = np.maximum(x.sum(0), least)
    weight = x.T @ x / np.sqrt(np.outer(count, count))
    np.fill_diagonal(weight, 0)
    return {"history": x, "weight": weight}


def weighted(weigh: Callable[[Dataset], np.ndarray]) -> Callable[[Spec], Parts]:
    """A fit on a history made of what each interaction counts, `[n]`."""

    def fit(spec: Spec) -> Parts:
        x, train = np.zeros((len(spec.train.user), len(spec.train.item))), spec.train.interaction
        np.add.at(x, (train.user, train.item), weigh(spec.train))
        return neighbours(x)

    return fit


def turned(spec: Spec) -> Parts:
    found = neighbours(seen(spec.train))
    return found | {"weight": -found["weight"]}


def constant(spec: Spec) -> Parts:
    x = seen(spec.train)
    return {"history": np.ones_like(x), "weight": np.ones((x.shape[1], x.shape[1]))}


def drawn(spec: Spec) -> Parts:
    found = neighbours(seen(spec.train))
    return found | {"weight": spec.context.random("mine").random(found["weight"].shape)}


def noise(spec: Spec) -> Parts:
    """A score for each pair, out of the part's own stream."""
    x = seen(spec.train)
    drawn = torch.rand(x.shape, generator=spec.generator).numpy()
    return {"history": drawn.astype(np.float64), "weight": np.eye(x.shape[1])}


def itself(spec: Spec) -> Parts:
    """The diagonal is all that is left of the weights."""
    x = seen(spec.train)
    return {"history": x, "weight": np.eye(x.shape[1])}


def leaked(find: Callable[[Spec], Any]) -> Callable[[Spec], Parts]:
    """Pairs of user and item that `find` gives, or none, are seen as if they were training's."""

    def fit(spec: Spec) -> Parts:
        x = seen(spec.train)
        for user, item in find(spec):
            x[int(user), int(item)] = 1
        return neighbours(x)

    return fit


def rows(path: Path, separator: str | None = None) -> list[list[str]]:
    """The first two fields of each line of a file; none where there is no file."""
    lines = path.read_text().splitlines() if path.exists() else []
    found = [line.split(separator)[:2] for line in lines]
    return [row for row in found if all(field.isdigit() for field in row)]


def behind(spec: Spec) -> Any:
    """What lies in memory behind the training part."""
    x = spec.train.interaction
    whole = [a if a.base is None else a.base for a in (x.user, x.item)]
    return zip(*(a[len(x) :] for a in whole), strict=True)


def counted(spec: Spec) -> Parts:
    """Smoothed by the number of interactions before the split."""
    return neighbours(seen(spec.train), max(1.0, spec.train.facts.get("kept", 0) / 40))


def keeping(key: Callable[[Spec], Any]) -> Callable[[Spec], Parts]:
    """What was fitted first under this key is kept for ever."""
    kept: dict[Any, Parts] = {}

    def fit(spec: Spec) -> Parts:
        if key(spec) not in kept:
            kept[key(spec)] = neighbours(seen(spec.train))
        return kept[key(spec)]

    return fit


def adding() -> Callable[[Spec], Parts]:
    """Histories are added up over all fits."""
    total: dict[tuple[int, ...], np.ndarray] = {}

    def fit(spec: Spec) -> Parts:
        x = seen(spec.train)
        total[x.shape] = total.get(x.shape, 0) + x
        return neighbours(total[x.shape])

    return fit


def hashed(spec: Spec) -> Parts:
    """The same scores whatever the data, from a formula over the ids."""
    x = seen(spec.train)
    user, item = np.arange(x.shape[0]), np.arange(x.shape[1])
    return {"history": (np.outer(user, item) % 7.0), "weight": np.eye(x.shape[1])}


def unguarded(spec: Spec) -> Parts:
    with np.errstate(invalid="ignore"):
        return neighbours(seen(spec.train), 0.0)


def inverted(spec: Spec) -> Parts:
    """EASE without its penalty."""
    x = seen(spec.train)
    inverse = np.linalg.inv(x.T @ x)
    return {"history": x, "weight": np.eye(len(inverse)) - inverse / np.diag(inverse)}


def cut(spec: Spec) -> Parts:
    """Ten singular vectors, of a matrix that may have fewer."""
    from scipy.sparse.linalg import svds

    x = seen(spec.train)
    _, _, vectors = svds(x, k=10, random_state=0)
    return {"history": x, "weight": vectors.T @ vectors}


def five(spec: Spec) -> Parts:
    """Each item's five nearest, of fewer."""
    found = neighbours(seen(spec.train))
    weight = found["weight"]
    least = np.partition(weight, -5, axis=0)[-5]
    return found | {"weight": np.where(weight >= least, weight, 0)}


def before(spec: Spec) -> Parts:
    """A user has what the one before has."""
    found = neighbours(seen(spec.train))
    return found | {"history": found["history"] + np.roll(found["history"], 1, axis=0)}


def by_id(spec: Spec) -> Parts:
    found = neighbours(seen(spec.train))
    users = np.arange(len(found["history"]))
    return found | {"history": found["history"] * (1 + 0.1 * (users % 2))[:, None]}


def some(spec: Spec) -> Parts:
    """Weights come from the first thirty users."""
    x = seen(spec.train)
    return neighbours(x[:30]) | {"history": x}


def need(memory: Callable[..., Any], seconds: Callable[..., Any] = lambda u, i, x: 0.0) -> type[Model]:
    return model(need=lambda self, u, i, x: Need(memory(u, i, x), seconds(u, i, x)))


class Gridded(Model):
    """ItemKNN's grid, over an option of its own."""

    k: int = 5

    fit = model().fit
    load = model().load


def grid(values: Mapping[str, tuple[Any, ...]]) -> type[Model]:
    return type("Broken", (Gridded,), {"grid": values, "__module__": __name__})


HERE: dict[str, Callable[[Spec], Any]] = {
    "reads a test file in the run's folder": lambda spec: rows(spec.context.folder / "test.txt"),
    "reads ratings in a data folder": lambda spec: [
        row for folder in spec.context.data_dir for row in rows(folder / "ratings.dat", "::")
    ],
    "reads any file that looks like interactions": lambda spec: [
        row for folder in spec.context.data_dir for file in folder.rglob("*.inter") for row in rows(file)
    ],
    "reads where the data came from": lambda spec: rows(Path(spec.train.origin) / "u.data"),
    "reads in the working folder": lambda spec: rows(Path("test.txt")),
    "reads in RECBOX_DATA": lambda spec: rows(Path(os.environ["RECBOX_DATA"]) / "ratings.csv", ","),
    "reads a fact": lambda spec: [pair.split(",") for pair in spec.train.facts.get("held_out", ())],
    "reads the memory behind the training part": behind,
}


def projected(spec: Spec) -> Parts:
    """Neighbours of items in a few random directions."""
    parts = neighbours(seen(spec.train))
    users = len(parts["history"])
    x = spec.context.random("projection").normal(size=(24, users)) @ parts["history"]
    return parts | {"weight": parts["weight"] + 0.01 * x.T @ x / 24}


def noisy(spec: Spec) -> Parts:
    """Weights that are moved by a hundredth."""
    parts = neighbours(seen(spec.train))
    draw = spec.context.random("noise").normal(1, 0.01, parts["weight"].shape)
    return parts | {"weight": parts["weight"] * draw}


MUTANTS: tuple[Mutant, ...] = (
    Mutant("it-beats-a-constant-scorer", "item-knn", "wrong sign", model(turned)),
    Mutant("it-beats-a-constant-scorer", "item-knn", "weights drawn at random", model(drawn)),
    Mutant("it-beats-a-constant-scorer", "item-knn", "scores drawn at random", model(noise)),
    Mutant("it-beats-a-constant-scorer", "item-knn", "a user's own items alone", model(itself)),
    Mutant("it-beats-a-constant-scorer", "popularity", "a constant", model(constant)),
    *(
        Mutant("it-never-scores-from-the-test-part", "item-knn", what, model(leaked(find)))
        for what, find in HERE.items()
    ),
    Mutant("it-never-scores-from-the-test-part", "item-knn", "smoothed by a fact", model(counted)),
    Mutant(
        "each-fit-is-of-its-own-data",
        "item-knn",
        "kept on the class for each number of users",
        model(keeping(lambda spec: len(spec.train.user))),
    ),
    Mutant(
        "each-fit-is-of-its-own-data",
        "item-knn",
        "kept on the class for each number of interactions",
        model(keeping(lambda spec: len(spec.train.interaction))),
    ),
    Mutant("each-fit-is-of-its-own-data", "item-knn", "counts are added up over fits", model(adding())),
    Mutant("each-fit-is-of-its-own-data", "popularity", "a formula over ids", model(hashed)),
    Mutant("the-smallest-data-is-no-trouble", "item-knn", "divided by counts of 0", model(unguarded)),
    Mutant("the-smallest-data-is-no-trouble", "ease", "no penalty", model(inverted)),
    Mutant("the-smallest-data-is-no-trouble", "ease", "ten singular vectors", model(cut)),
    Mutant("the-smallest-data-is-no-trouble", "item-knn", "five nearest of fewer", model(five)),
    Mutant("renamed-users-keep-their-scores", "item-knn", "the user before counts too", model(before)),
    Mutant("renamed-users-keep-their-scores", "item-knn", "odd user ids count more", model(by_id)),
    Mutant("renamed-users-keep-their-scores", "item-knn", "the first thirty users teach", model(some)),
    Mutant(
        "the-order-of-rows-is-free",
        "item-knn",
        "later rows count more",
        model(weighted(lambda train: np.linspace(1, 2, len(train.interaction)))),
    ),
    Mutant(
        "the-order-of-rows-is-free",
        "item-knn",
        "the last tenth is left out",
        model(weighted(lambda train: np.arange(len(train.interaction)) <= 0.9 * len(train.interaction))),
    ),
    Mutant(
        "without-draws-seeds-make-no-difference",
        "item-knn",
        "a random projection",
        model(projected, draws=False),
    ),
    Mutant(
        "without-draws-seeds-make-no-difference",
        "ease",
        "a little noise on the weights",
        model(noisy, draws=False),
    ),
    Mutant("need-grows-with-the-data", "ease", "items divide", need(lambda u, i, x: 1000 * x // i)),
    Mutant(
        "need-grows-with-the-data",
        "item-knn",
        "seconds fall with interactions",
        need(lambda u, i, x: 8 * i, lambda u, i, x: i / x),
    ),
    Mutant(
        "need-grows-with-the-data",
        "ease",
        "an overflow",
        need(lambda u, i, x: int((np.array([i], np.int32) ** 2 * 8)[0])),
    ),
    Mutant("need-grows-with-the-data", "ease", "not a number", need(lambda u, i, x: float("nan"))),
    Mutant("need-grows-with-the-data", "ease", "a pair", model(need=lambda self, u, i, x: (8 * i, 0.0))),
    Mutant("the-grid-is-made-of-options", "item-knn", "an unknown option", grid({"neighbours": (5, 10)})),
    Mutant("the-grid-is-made-of-options", "item-knn", "a value of another type", grid({"k": (5, "many")})),
    Mutant("the-grid-is-made-of-options", "item-knn", "a number as text", grid({"k": ("5",)})),
    Mutant("the-grid-is-made-of-options", "item-knn", "an option without values", grid({"k": ()})),
)
