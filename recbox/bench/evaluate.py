"""The suite `evaluate`: the best 20 unseen items of each user, beside plain blocks of scores and topk."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import torch

from recbox.bench.asked import Asked
from recbox.bench.figure import Figure, rows
from recbox.bench.timing import Call, Timed, take_turns
from recbox.bench.trainee import Trainee
from recbox.evaluate import Truth, at_test, judge_held, rank
from recbox.plugin import Scorer
from recbox.progress import SILENT

K, USERS, BLOCK = 20, 8192, 1024
REFERENCE = "torch, plain blocks"


def measure(asked: Asked) -> dict[str, Any]:
    """Users a second of those with test items, at most 8,192 of them. Extra: the share of users who get the
    very list of the reference."""
    truth, recipe = _truth(asked), asked.setting.recipe
    scorer, rules = _scorer(asked), recipe.evaluate
    quiet = asked.context.with_(progress=SILENT)
    lists: dict[str, Call] = {
        "recbox": lambda: rank(scorer, truth, K, quiet).items,
        REFERENCE: lambda: plain(scorer, truth),
    }
    if find_spec("implicit"):
        lists["implicit"] = _implicit(scorer, truth, asked.context.threads)
    alike = _alike(lists)
    calls = {**lists, "recbox, with metrics": lambda: judge_held(scorer, truth, recipe.metric, rules, quiet)}
    timed = take_turns(calls, asked.repeat, asked.progress, "rankings")
    count = len(truth.users)
    figures = [
        Figure(name, _speed(spent, count), "users/s", more=True, extra={"same lists": alike.get(name)})
        for name, spent in timed.items()
    ]
    return {"about": {**asked.about, "users": count, "k": K}, "row": rows("ranking", figures, REFERENCE)}


def plain(scorer: Scorer, truth: Truth) -> np.ndarray:
    """int64 `[users, K]`: all scores of a block of users, seen ones at -inf, torch's topk."""
    user, item = scorer.vectors() or ()
    found = []
    for users in np.array_split(truth.users, -(-len(truth.users) // BLOCK)):
        scores = user[users] @ item.T
        row, seen = truth.seen.pairs(users)
        scores[row, seen] = -torch.inf
        found.append(scores.topk(min(K, scores.shape[1])).indices)
    return torch.cat(found).cpu().numpy()


def _truth(asked: Asked) -> Truth:
    """Test items of some users; what they had before is masked."""
    job = asked.job
    truth = at_test(job.dataset, job.split, refit=True)
    return truth.some(USERS, asked.context.random("bench", 3))


def _scorer(asked: Asked) -> Scorer:
    """LightGCN after a step."""
    one = Trainee(asked.setting.recipe, asked.train, asked.context)
    one.opens()
    return one.course.scorer()


def _speed(spent: Timed, users: int) -> Timed:
    return Timed(tuple(1e3 * users / ms for ms in spent.rounds))


def _alike(lists: dict[str, Call]) -> dict[str, float]:
    beside = np.asarray(lists[REFERENCE]())
    return {name: float((np.asarray(call()) == beside).all(axis=1).mean()) for name, call in lists.items()}


def _implicit(scorer: Scorer, truth: Truth, threads: int) -> Call:
    """ALS of implicit (github.com/benfred/implicit) with these vectors; seen items are filtered by it."""
    from implicit.cpu.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    user, item = scorer.vectors() or ()
    model = AlternatingLeastSquares(factors=user.shape[1], num_threads=threads)
    model.user_factors, model.item_factors = user.cpu().numpy(), item.cpu().numpy()
    row, seen = truth.seen.pairs(truth.users)
    had = csr_matrix((np.ones(len(row), np.float32), (row, seen)), shape=(len(truth.users), truth.items))
    return lambda: model.recommend(truth.users, had, N=K, filter_already_liked_items=True)[0]
