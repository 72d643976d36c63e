"""recbox-classic on MovieLens-100K: `RECBOX_DATA=DIR python benchmarks/classic.py [METHOD ...]`.

For both splits (seed 0): each method tuned on validation over the grid that it states, and judged once on
test. Then each beside another library's, with the same options on the same split: `implicit` for user-knn and
ials, `lenskit` for slim, RecBole's module for multvae (in a plain loop here); implicit's BPR has another
optimizer, so its rates are chosen on validation too. Where they are installed. All is judged by recbox.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix

from recbox.api.training import fitter
from recbox.context import Context
from recbox.data import Dataset, Split, assemble, split
from recbox.evaluate import Judgement, LeftOut, Truth, at_test, at_valid, baselines, judge
from recbox.model.history import history
from recbox.plugin import Model, Scorer
from recbox.recipe import blocks
from recbox.recipe import load as load_recipe
from recbox.recipe.recipe import Part
from recbox.registry import Registry

METHODS = ("popularity", "item-knn", "ease", "user-knn", "rp3beta", "slim", "ials", "bpr-mf", "multvae")
REGISTRY = Registry()
METRICS = [Part("metric", name, REGISTRY.load("metric", name)()) for name in ("ndcg", "recall")]
Valid = Callable[[np.ndarray], float]
"""NDCG@20 of a table of scores on validation."""
CONTEXT = Context(threads=1, data_dir=(Path(os.environ.get("RECBOX_DATA", ".")),))


RECIPE = {
    "recbox": 1,
    "data": {"source": {"use": "movielens-100k"}},
    "model": {"use": "popularity"},
    "evaluate": {"k": [20], "select": "ndcg@20", "metric": ["ndcg", "recall"], "baseline": []},
}
FITTER = fitter(load_recipe(RECIPE, registry=REGISTRY, context=CONTEXT))


@dataclass(frozen=True)
class Given(Scorer):
    """Scores that another library made: float32 `[users, items]`."""

    scores: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.scores.shape

    def block(self, users: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(self.scores[users])

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"scores": self.scores}, {}


def user_knn(matrix: csr_matrix, options: dict[str, Any], valid: Valid) -> np.ndarray:
    """implicit's cosine of the rows, which counts a user among their own neighbours."""
    from implicit.nearest_neighbours import CosineRecommender

    model = CosineRecommender(K=options["k"] + 1, num_threads=1)
    model.fit(matrix.astype(np.float64).T.tocsr(), show_progress=False)
    similar = model.similarity.tolil()
    similar.setdiag(0)
    return (similar.tocsr() @ matrix).toarray().astype(np.float32)


def slim(matrix: csr_matrix, options: dict[str, Any], valid: Valid) -> np.ndarray:
    """LensKit's SLIM: coordinate descent too, in Rust."""
    import pandas as pd
    from lenskit.data import from_interactions_df
    from lenskit.knn.slim import SLIMScorer
    from lenskit.training import TrainingOptions

    pairs = matrix.tocoo()
    data = from_interactions_df(pd.DataFrame({"user_id": pairs.row, "item_id": pairs.col}))
    model = SLIMScorer(l1_reg=options["l1"], l2_reg=options["l2"], max_iters=options["rounds"])
    model.train(data, TrainingOptions())
    scores = np.zeros(matrix.shape, np.float32)
    known = model.items.ids().astype(np.int64)
    scores[:, known] = (matrix[:, known] @ model.weights).toarray()
    return scores


def ials(matrix: csr_matrix, options: dict[str, Any], valid: Valid) -> np.ndarray:
    """implicit's, where a pair without interaction has weight 1, and one with has target 1 and nothing else:
    the same problem with vectors √(1 + unobserved) as long. It begins with the same item vectors."""
    from implicit.als import AlternatingLeastSquares

    weight = options["unobserved"]
    model = AlternatingLeastSquares(
        factors=options["dim"],
        alpha=1 + 1 / weight,
        regularization=options["l2"] * (1 + weight) / weight,
        iterations=options["rounds"],
        dtype=np.float64,
        use_native=True,
        use_cg=False,
        num_threads=1,
        random_state=0,
    )
    users, items = matrix.shape
    draw = CONTEXT.random("recbox-classic.ials").standard_normal((items, options["dim"]))
    model.item_factors = draw * options["scale"] * ((1 + weight) / options["dim"]) ** 0.5
    model.user_factors = np.zeros((users, options["dim"]))
    model.fit(matrix.astype(np.float64), show_progress=False)
    return (model.user_factors @ model.item_factors.T).astype(np.float32)


def bpr_mf(matrix: csr_matrix, options: dict[str, Any], valid: Valid) -> np.ndarray:
    """implicit's, by single steps of SGD, always with a bias for each item: the best of eighteen settings."""
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    tried = []
    for lr, l2, rounds in product((0.01, 0.03, 0.1), (0.003, 0.01, 0.03), (50, 150)):
        model = BayesianPersonalizedRanking(
            options["dim"], lr, l2, iterations=rounds, num_threads=1, random_state=0
        )
        model.fit(matrix, show_progress=False)
        scores = (model.user_factors @ model.item_factors.T).astype(np.float32)
        tried.append((valid(scores), scores))
    return max(tried, key=lambda pair: pair[0])[1]


def multvae(matrix: csr_matrix, options: dict[str, Any], valid: Valid) -> np.ndarray:
    """RecBole's module, in a plain loop with Adam, for as many epochs. Its noise in the middle is a hundredth
    of the paper's, and its first values are other ones."""
    from recbole.model.general_recommender.multivae import MultiVAE

    torch.manual_seed(0)
    users, (batch, lr) = matrix.shape[0], (128, 0.001)
    wide = [options["hidden"]] if options["hidden"] else []
    updates = options["anneal"] * -(-users // batch)
    settings = {
        "mlp_hidden_size": wide,
        "latent_dimension": 2 * options["dim"],
        "dropout_prob": options["dropout"],
        "anneal_cap": options["cap"],
        "total_anneal_steps": int(updates / options["cap"]) if options["cap"] else 0,
        "USER_ID_FIELD": "user",
        "ITEM_ID_FIELD": "item",
        "NEG_PREFIX": "neg_",
        "device": "cpu",
    }
    model = MultiVAE(settings, Histories(matrix))
    adam = torch.optim.Adam(model.parameters(), lr)
    for _ in range(options["epochs"]):
        for some in torch.randperm(users).split(batch):
            adam.zero_grad()
            model.calculate_loss({"user": some}).backward()
            adam.step()
    model.eval()
    with torch.no_grad():
        scores: np.ndarray = model(torch.from_numpy(matrix.toarray()))[0].numpy()
    return scores


@dataclass(frozen=True)
class Histories:
    """What RecBole's modules ask of a data set; short histories are filled up with item 0, of value 0."""

    matrix: csr_matrix

    def num(self, field: str) -> int:
        return int(self.matrix.shape[0 if field == "user" else 1])

    def history_item_matrix(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        rows = [torch.from_numpy(row.indices.astype(np.int64)) for row in self.matrix]
        item = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        length = torch.tensor([len(row) for row in rows])
        return item, (torch.arange(item.shape[1]) < length[:, None]).float(), length


@dataclass(frozen=True)
class Other:
    """Another library's method. fixed: what our options must be where it has none."""

    package: str
    scores: Callable[[csr_matrix, dict[str, Any], Valid], np.ndarray]
    fixed: Callable[[dict[str, Any], csr_matrix], dict[str, Any]]


def no_frequency(options: dict[str, Any], matrix: csr_matrix) -> dict[str, Any]:
    """nu = 0, with a ridge as large as that of the mean user was."""
    mean = matrix.nnz / matrix.shape[0] + options["unobserved"] * matrix.shape[1]
    return {"nu": 0.0, "l2": float(options["l2"] * mean ** options["nu"])}


OTHERS = {
    "user-knn": Other("implicit", user_knn, lambda options, matrix: {"shrinkage": 0.0}),
    "slim": Other("lenskit", slim, lambda options, matrix: {}),
    "ials": Other("implicit", ials, no_frequency),
    "bpr-mf": Other("implicit", bpr_mf, lambda options, matrix: {}),
    "multvae": Other("recbole", multvae, lambda options, matrix: {}),
}


def load(by: str) -> tuple[Dataset, Split]:
    source = REGISTRY.load("source", "movielens-100k")()
    dataset = assemble(source.read(CONTEXT), blocks.Clean())
    return dataset, split(dataset, blocks.Split.parse({"by": by, "valid": 0.1, "test": 0.2}), CONTEXT)


def part(name: str, options: dict[str, Any] | None = None) -> Part:
    return Part("model", name, REGISTRY.load("model", name).parse(options or {}))


def told(model: type[Model], options: dict[str, Any]) -> str:
    return ", ".join(f"{key} {options[key]:.4g}" for key in model.grid) or "–"


def figures(judgement: Judgement) -> str:
    return " | ".join(f"{judgement.values[name]:.4f}" for name in ("ndcg@20", "recall@20"))


def judged(scorer: Scorer, truth: Truth) -> str:
    return figures(judge(scorer, truth, METRICS, (20,), CONTEXT))


def tuned(names: list[str], dataset: Dataset, parts: Split) -> Iterator[tuple[str, dict[str, Any]]]:
    """A row for each method; yields the options that validation chose."""
    evaluate = blocks.Evaluate.parse({"k": [20], "select": "ndcg@20"})
    for name in names:
        began = time.process_time()
        held = dataset, parts, CONTEXT, evaluate, METRICS
        (found,) = baselines([part(name)], *held, fitter=FITTER).values()
        if isinstance(found, LeftOut):
            print(f"| {name} | left out: {found.reason} | | | | |", flush=True)
            continue
        options = told(REGISTRY.load("model", name), found.options)
        seconds = f"{found.fit_s:.1f} | {len(found.trials)} | {time.process_time() - began:.0f}"
        print(f"| {name} | {options} | {figures(found.judgement)} | {seconds} |", flush=True)
        yield name, found.options


def beside(name: str, chosen: dict[str, Any], dataset: Dataset, parts: Split) -> None:
    """A row of both libraries' figures for the same options."""
    other = OTHERS[name]
    if importlib.util.find_spec(other.package) is None:
        print(f"| {name} | {other.package} is not installed | | | | |")
        return
    train, truth, valid = dataset.take(parts.train), at_test(dataset, parts), at_valid(dataset, parts)

    def validate(scorer: Scorer) -> dict[str, float]:
        return judge(scorer, valid, METRICS, (20,), CONTEXT).values

    matrix = history(train)
    options = chosen | other.fixed(chosen, matrix)
    fitted = FITTER(part(name, options), train, CONTEXT, validate)
    ours = judged(fitted.scorer, truth)
    known = options | {"epochs": fitted.epochs}
    table = other.scores(matrix, known, lambda scores: validate(Given(scores))["ndcg@20"])
    theirs = judged(Given(table), truth)
    shown = {**REGISTRY.load("model", name).grid, **other.fixed(chosen, matrix)}
    said = ", ".join(f"{key} {options[key]:.4g}" for key in shown)
    print(f"| {name} | {said} | {ours} | {other.package} | {theirs} |", flush=True)


def main() -> None:
    torch.set_num_threads(1)
    names = sys.argv[1:] or list(METHODS)
    print(f"{os.cpu_count()} cores, one thread, Python {sys.version.split()[0]}, torch {torch.__version__}")
    for by in ("user-time", "user-random"):
        dataset, parts = load(by)
        print(f"\n{by}\n")
        print("| method | chosen on validation | NDCG@20 | Recall@20 | fit s | settings | all, cpu s |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        chosen = dict(tuned(names, dataset, parts))
        print("\n| method | options | NDCG@20 | Recall@20 | library | its NDCG@20 | its Recall@20 |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for name in OTHERS:
            if name in chosen:
                beside(name, chosen[name], dataset, parts)


if __name__ == "__main__":
    main()
