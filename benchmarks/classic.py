"""recbox-classic on MovieLens-100K: `RECBOX_DATA=DIR python benchmarks/classic.py [METHOD ...]`.

For both splits (seed 0): each method tuned on validation over the grid that it states, and judged once on
test. Then each beside another library's, with the same options on the same split: `implicit` for user-knn and
ials, `lenskit` for slim, RecBole's modules for bpr-mf and multvae (in a plain loop of this file), where they
are installed. All is judged by recbox.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix

from recbox.api.training import fitter
from recbox.context import Context
from recbox.data import Dataset, Split, assemble, split
from recbox.evaluate import Judgement, LeftOut, Truth, at_test, at_valid, baselines, judge
from recbox.plugin import Model, Scorer
from recbox.plugin.sparse import history
from recbox.recipe import blocks
from recbox.recipe import load as load_recipe
from recbox.recipe.recipe import Part
from recbox.registry import Registry

METHODS = ("popularity", "item-knn", "ease", "user-knn", "rp3beta", "slim", "ials", "bpr-mf", "multvae")
REGISTRY = Registry()
METRICS = [Part("metric", name, REGISTRY.load("metric", name)()) for name in ("ndcg", "recall")]
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


def user_knn(matrix: csr_matrix, options: dict[str, Any]) -> np.ndarray:
    """implicit's cosine of the rows, which counts a user among their own neighbours."""
    from implicit.nearest_neighbours import CosineRecommender

    model = CosineRecommender(K=options["k"] + 1, num_threads=1)
    model.fit(matrix.astype(np.float64).T.tocsr(), show_progress=False)
    similar = model.similarity.tolil()
    similar.setdiag(0)
    return (similar.tocsr() @ matrix).toarray().astype(np.float32)


def slim(matrix: csr_matrix, options: dict[str, Any]) -> np.ndarray:
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


def ials(matrix: csr_matrix, options: dict[str, Any]) -> np.ndarray:
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


def bpr_mf(matrix: csr_matrix, options: dict[str, Any]) -> np.ndarray:
    """RecBole's module, which has neither a penalty nor biases; negatives are drawn again until none is
    known."""
    from recbole.model.general_recommender.bpr import BPR

    model = BPR({"embedding_size": options["dim"], **FIELDS}, Histories(matrix))
    known, pairs = torch.from_numpy(matrix.toarray()) > 0, matrix.tocoo()
    user, item = (torch.from_numpy(index.astype(np.int64)) for index in (pairs.row, pairs.col))

    def batches() -> Iterator[dict[str, torch.Tensor]]:
        for some in torch.randperm(len(user)).split(1024):
            negative = torch.randint(matrix.shape[1], (len(some),))
            while (wrong := known[user[some], negative]).any():
                negative[wrong] = torch.randint(matrix.shape[1], (int(wrong.sum()),))
            yield {"user": user[some], "item": item[some], "neg_item": negative}

    return looped(
        model, 0.002, batches, lambda: model.user_embedding.weight @ model.item_embedding.weight.T, options
    )


def multvae(matrix: csr_matrix, options: dict[str, Any]) -> np.ndarray:
    """RecBole's module; its noise in the middle, a hundredth of the paper's, is put right."""
    from recbole.model.general_recommender.multivae import MultiVAE

    class Noisy(MultiVAE):
        def reparameterize(self, mean: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
            return mean + torch.randn_like(mean) * (logvar / 2).exp() if self.training else mean

    users, batch = matrix.shape[0], 128
    updates = options["anneal"] * -(-users // batch)
    settings = {
        "mlp_hidden_size": [options["hidden"]] if options["hidden"] else [],
        "latent_dimension": 2 * options["dim"],
        "dropout_prob": options["dropout"],
        "anneal_cap": options["cap"],
        "total_anneal_steps": int(updates / options["cap"]) if options["cap"] else 0,
    }
    model = Noisy(settings | FIELDS, Histories(matrix))
    whole = torch.from_numpy(matrix.toarray())

    def batches() -> Iterator[dict[str, torch.Tensor]]:
        return ({"user": some} for some in torch.randperm(users).split(batch))

    return looped(model, 0.001, batches, lambda: model(whole)[0], options)


def looped(
    model: torch.nn.Module,
    lr: float,
    batches: Callable[[], Iterator[dict[str, torch.Tensor]]],
    scores: Callable[[], torch.Tensor],
    options: dict[str, Any],
) -> np.ndarray:
    """A plain loop with Adam: the scores of the epoch that is best on validation, ten epochs after it."""
    adam, best, waited = torch.optim.Adam(model.parameters(), lr), (-1.0, np.empty(0)), 0
    while waited < 10:
        model.train()
        for batch in batches():
            adam.zero_grad()
            model.calculate_loss(batch).backward()
            adam.step()
        with torch.no_grad():
            found = scores_in(model, scores)
        value = options["valid"](found)
        best, waited = ((value, found), 0) if value > best[0] else (best, waited + 1)
    return best[1]


def scores_in(model: torch.nn.Module, scores: Callable[[], torch.Tensor]) -> np.ndarray:
    """In evaluation mode."""
    model.eval()
    found: np.ndarray = scores().numpy().copy()
    return found


FIELDS = {"USER_ID_FIELD": "user", "ITEM_ID_FIELD": "item", "NEG_PREFIX": "neg_", "device": "cpu"}


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
    scores: Callable[[csr_matrix, dict[str, Any]], np.ndarray]
    fixed: Callable[[dict[str, Any], csr_matrix], dict[str, Any]]


def no_frequency(options: dict[str, Any], matrix: csr_matrix) -> dict[str, Any]:
    """nu = 0, with a ridge as large as that of the mean user was."""
    mean = matrix.nnz / matrix.shape[0] + options["unobserved"] * matrix.shape[1]
    return {"nu": 0.0, "l2": float(options["l2"] * mean ** options["nu"])}


def plain_factors(options: dict[str, Any], matrix: csr_matrix) -> dict[str, Any]:
    """No penalty, no biases, and first vectors as long as RecBole's (of users: Glorot's)."""
    return {"l2": 0.0, "bias": False, "std": (2 / (matrix.shape[0] + options["dim"])) ** 0.5}


OTHERS = {
    "user-knn": Other("implicit", user_knn, lambda options, matrix: {"shrinkage": 0.0}),
    "slim": Other("lenskit", slim, lambda options, matrix: {}),
    "ials": Other("implicit", ials, no_frequency),
    "bpr-mf": Other("recbole", bpr_mf, plain_factors),
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
    torch.manual_seed(0)
    table = other.scores(matrix, {**options, "valid": lambda table: validate(Given(table))["ndcg@20"]})
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
