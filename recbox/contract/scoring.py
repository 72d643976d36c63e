"""The laws of the scorer that a model becomes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import torch

from recbox.contract.case import Case
from recbox.contract.fitted import block, fit, model, near
from recbox.contract.law import Skip, hold, law
from recbox.contract.world import USERS, world
from recbox.plugin import Scorer


def asked() -> np.ndarray:
    """Users in no order, one of them twice, and the last one, who has no training interaction; a new array,
    which a scorer may spoil."""
    return np.array([7, 0, 47, 7, 3, 46])


def every() -> np.ndarray:
    return np.arange(USERS)


def scorer(case: Case) -> Scorer:
    return fit(case, world().train)


@law(
    instead="return float32 [len(users), items] from block, and say (users, items) of the whole data in shape"
)
def a_block_has_a_score_for_each_item(case: Case) -> None:
    """`shape` is (users, items) of the training data, and a block is float32 `[n, items]`, for nobody too."""
    found, train = scorer(case), world().train
    sizes = (len(train.user), len(train.item))
    hold(tuple(found.shape) == sizes, f"the shape is {found.shape}, of data of {sizes}")
    for users in (every(), asked(), np.zeros(0, np.int64)):
        scores = found.block(users)
        hold(isinstance(scores, torch.Tensor), f"block returns a {type(scores).__name__}")
        hold(scores.dtype == torch.float32, f"the scores are {scores.dtype}")
        hold(scores.shape == (len(users), sizes[1]), f"{len(users)} users: {list(scores.shape)}")


@law(instead="guard divisions by the length of a history and by an item's count")
def strangers_have_finite_scores(case: Case) -> None:
    """All scores are finite, those of users and items without training interactions too."""
    scores = block(scorer(case))
    for whose, some in (
        ("the user without training interactions", scores[-1, :-1]),
        ("the item without training interactions", scores[:-1, -1]),
        ("some pairs", scores),
    ):
        hold(bool(np.isfinite(some).all()), f"scores of {whose} aren't finite")


@law(instead="index by the users that are asked for, in their order; neither sort, unite nor change them")
def rows_follow_the_users(case: Case) -> None:
    """A block's rows are those of the users asked for, in their order, as often as they are asked for; the
    array of users stays as it is."""
    found, users = scorer(case), asked()
    near(found.block(users).numpy(), block(found)[asked()], "rows differ from those of all users by {}", 1e-5)
    hold(np.array_equal(users, asked()), f"the array of users is {users.tolist()} afterwards")


@law(instead="leave `score` to the base class, or compute what block computes")
def pairs_equal_blocks(case: Case) -> None:
    """`score` of pairs of users and items equals these entries of `block`; both arrays stay as they are."""
    found, users = scorer(case), asked()
    items = np.arange(len(users)) * 5 % found.shape[1]
    given = users.copy(), items.copy()
    scores = found.score(*given)
    hold(scores.shape == (len(users),), f"{len(users)} pairs have scores {list(scores.shape)}")
    near(scores.numpy(), block(found)[users, items], "scores of pairs differ from the block by {}", 1e-5)
    hold(found.score(users[:0], items[:0]).shape == (0,), "no pairs have scores")
    hold(np.array_equal(given, (users, items)), "the arrays of users and items have changed")


@law(instead="return None from vectors() where no inner product gives the score, and add biases as a column")
def vectors_give_the_scores(case: Case) -> None:
    """Where there are vectors, the inner products of all users' and items' are the scores, to 1e-5."""
    found = scorer(case)
    vectors = found.vectors()
    if vectors is None:
        raise Skip("it has no vectors")
    user, item = vectors
    near((user @ item.T).numpy(), block(found), "inner products differ from the scores by {}", 1e-5)


@law(instead="return a new tensor from block: a copy, not a view or an expanded row of what you keep")
def a_block_may_be_written_to(case: Case) -> None:
    """Whoever asks for a block may mask items in it, without a change to any other row or later block."""
    found = scorer(case)
    before = block(found)
    for users in (asked(), every()):
        mine = found.block(users)
        mine[0] = -torch.inf
        near(mine[1:].numpy(), before[users[1:]], "masking a user's row changes another's by {}", 1e-5)
        mine.fill_(-torch.inf)
        near(found.block(users).numpy(), before[users], "asked for once more, a block differs by {}", 1e-5)
        hold(np.array_equal(block(found), before), "the next block has changed")


@law(
    instead="put all that scoring needs into state(), as arrays of numbers and JSON data; where last digits "
    "differ, keep np.ascontiguousarray of each array, so that sums are made in the same order"
)
def a_loaded_state_scores_the_same(case: Case) -> None:
    """State that was written by safetensors and as JSON, and is loaded by fresh options after a fit on other
    data, gives the same scores, bit for bit, and the same state again."""
    found = scorer(case)
    before, written = [found.block(users).clone() for users in (asked(), every())], _written(found)
    fit(case, world(1).train)
    again = _loaded(case, *written)
    hold(tuple(again.shape) == tuple(found.shape), f"the shape is {again.shape} after loading")
    for users, one in zip((asked(), every()), before, strict=True):
        other = again.block(users)
        gap = float((one - other).abs().max())
        hold(torch.equal(one, other), f"scores of {len(users)} users differ by {gap:.2g} after loading")
    hold(_written(again)[0] == written[0], "state() of the loaded scorer isn't what it was loaded from")


def _written(found: Scorer) -> tuple[bytes, str]:
    from safetensors.numpy import save

    state = found.state()
    hold(isinstance(state, tuple) and len(state) == 2, "state() returns no pair of arrays and JSON data")
    arrays, plain = state
    for name, array in arrays.items():
        hold(isinstance(name, str), f"the key {name!r} is no text")
        hold(isinstance(array, np.ndarray), f"{name} is a {type(array).__name__}, not a numpy array")
        hold(array.dtype.kind in "biuf", f"{name} is an array of {array.dtype}")
    hold(isinstance(plain, dict), f"the JSON data is a {type(plain).__name__}, not a dict")
    return save({n: np.ascontiguousarray(a) for n, a in arrays.items()}), json.dumps(plain, allow_nan=False)


def _loaded(case: Case, data: bytes, text: str) -> Scorer:
    from safetensors.numpy import load

    fresh: Any = type(model(case)).parse(case.options.values())
    again: Scorer = fresh.load(load(data), json.loads(text))
    hold(isinstance(again, Scorer), f"load returns a {type(again).__name__}, not a Scorer")
    return again


LAWS = (
    a_block_has_a_score_for_each_item,
    strangers_have_finite_scores,
    rows_follow_the_users,
    pairs_equal_blocks,
    vectors_give_the_scores,
    a_block_may_be_written_to,
    a_loaded_state_scores_the_same,
)
