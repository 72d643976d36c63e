"""A stage without layers is that of a recipe without any, and the next one goes on over the graph."""

from __future__ import annotations

import pytest
import torch

from recbox.train import CheckpointFile, GraphCourse, fit

pytestmark = pytest.mark.kernel

ALONE = {"epochs": 3, "batch": 64, "propagation": "none", "objective": [{"use": "softmax"}]}
GRAPH = {"epochs": 3, "batch": 64, "optimizer": {"lr": 0.05}, "objective": [{"use": "bpr"}]}
LAYERS = [{"use": "gcn", "repeat": 2}]
BOTH = {"layer": LAYERS, "objective": None, "train": {"stage": [ALONE, GRAPH]}}


class _Stop(Exception):
    pass


def stopping(validate, after: int, error: type[BaseException] = _Stop):
    """`validate`, but at the given call there is this error."""
    calls = iter(range(after))

    def value(scorer):
        if next(calls, None) is None:
            raise error
        return validate(scorer)

    return value


def rows(history, stage: int):
    return [
        {k: v for k, v in row.items() if k not in ("seconds", "stage")}
        for row in history
        if row["stage"] == stage
    ]


def weights(recommender):
    return {k: v.clone() for k, v in recommender.state_dict().items()}


@pytest.mark.parametrize("combine", ["mean", "sum", "last", "attention"])
def test_it_is_the_stage_of_a_recipe_without_layers(combine, prepare, validate):
    recipe, *rest = prepare(**BOTH, combine=combine)
    history = fit(GraphCourse(recipe, *rest), validate).history
    bare = {**BOTH, "layer": [], "train": {"stage": [{k: v for k, v in ALONE.items() if k != "propagation"}]}}
    recipe, *rest = prepare(**bare)
    alone = fit(GraphCourse(recipe, *rest), validate).history
    assert rows(history, 0) == rows(alone, 0)
    assert len(rows(history, 1)) == 3


def test_its_layers_stay_as_they_were_and_later_learn(prepare, validate):
    recipe, recommender, *rest = prepare(**BOTH)
    first = {k: v for k, v in weights(recommender).items() if k.startswith("layer")}
    course, seen = GraphCourse(recipe, recommender, *rest), []

    def look(scorer):
        seen.append((weights(recommender), scorer.user, recommender.first()[: len(scorer.user)].detach()))
        return validate(scorer)

    fit(course, look)
    for now, user, encoded in seen[:3]:
        assert all(torch.equal(now[k], v) for k, v in first.items())
        assert torch.equal(user, encoded), "it scores by what the encoders give"
    for now, user, encoded in seen[3:]:
        assert not all(torch.equal(now[k], v) for k, v in first.items())
        assert not torch.equal(user, encoded)


@pytest.mark.parametrize("after", [1, 2, 4])
def test_a_resumed_run_ends_bit_for_bit_the_same(after, prepare, validate, tmp_path, monkeypatch):
    monkeypatch.setattr("recbox.train.loop.SAVE_SHARE", float("inf"))
    recipe, straight, *rest = prepare(**BOTH)
    expected = fit(GraphCourse(recipe, straight, *rest), validate)
    file = CheckpointFile(tmp_path / "c", {"recipe": "a"})
    recipe, broken, *rest = prepare(**BOTH)
    with pytest.raises(_Stop):
        fit(GraphCourse(recipe, broken, *rest), stopping(validate, after), file)
    recipe, resumed, *rest = prepare(**BOTH)
    course = GraphCourse(recipe, resumed, *rest)
    result = fit(course, validate, file, file.load())
    own, other = weights(straight), weights(resumed)
    assert all(torch.equal(own[k], other[k]) for k in own)
    for stage in range(2):
        assert rows(result.history, stage) == rows(expected.history, stage)


@pytest.mark.parametrize("after", [2, 3])
def test_weights_that_score_otherwise_than_the_last_stage_are_no_method(after, prepare, validate):
    """Ctrl-C in the stage without layers, and in the next before its first validation."""
    recipe, *rest = prepare(**BOTH)
    with pytest.raises(KeyboardInterrupt):
        fit(GraphCourse(recipe, *rest), stopping(validate, after, KeyboardInterrupt))


def test_ctrl_c_in_the_last_stage_keeps_its_best_epoch(prepare, validate):
    recipe, *rest = prepare(**BOTH)
    result = fit(GraphCourse(recipe, *rest), stopping(validate, 4, KeyboardInterrupt))
    assert (result.status, result.epochs) == ("interrupted", 1)
