"""The loop learns, repeats, resumes bit for bit, stops when told to, and drops rates as the schedule says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recbox.errors import ArtifactError, RecboxError
from recbox.progress import Silent
from recbox.recipe.blocks import Training
from recbox.train import CheckpointFile, GraphCourse, fit
from recbox.train.optimizing import rate
from tests.train.conftest import with_epochs

pytestmark = pytest.mark.kernel

OBJECTIVES = {
    "bpr": [{"use": "bpr"}],
    "bce": [{"use": "bce"}],
    "softmax": [{"use": "softmax"}],
    "softmax-sampled": [{"use": "softmax", "over": "sampled"}],
    "softmax-in-batch": [{"use": "softmax", "over": "in-batch"}],
}


def weights(recommender):
    return {k: v.clone() for k, v in recommender.state_dict().items()}


def same(a, b) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_supervised_objective_finds_the_planted_groups(name, prepare, validate):
    train = {"epochs": 12, "batch": 64, "optimizer": {"lr": 0.05}}
    if name in ("bpr", "bce", "softmax-sampled"):
        train["negative"] = {"count": 4}
    recipe, recommender, graph, world, context = prepare(objective=OBJECTIVES[name], train=train)
    result = fit(GraphCourse(recipe, recommender, graph, world, context), validate)
    assert max(r["valid"]["ndcg@5"] for r in result.history) > 0.8
    assert result.history[-1]["loss"] < result.history[0]["loss"]


@pytest.mark.parametrize(
    "layer", [[], [{"use": "gcn", "dropout": 0.1}], [{"use": "gat", "attention_dropout": 0.1}]]
)
def test_the_same_seed_gives_the_same_weights(layer, prepare, validate):
    ends = []
    for _ in range(2):
        torch.rand(3)  # what others draw from torch's own stream must not matter
        recipe, recommender, *rest = prepare(layer=layer)
        fit(GraphCourse(recipe, recommender, *rest), validate)
        ends.append(weights(recommender))
    assert same(*ends)


def test_another_seed_gives_other_weights(prepare, validate):
    ends = []
    for seed in (0, 1):
        recipe, recommender, *rest = prepare(seed=seed)
        fit(GraphCourse(recipe, recommender, *rest), validate)
        ends.append(weights(recommender))
    assert not same(*ends)


def test_every_term_has_a_line_in_the_history(prepare, validate):
    recipe, *rest = prepare(
        objective=[{"use": "bpr"}, {"use": "bpr", "weight": 0.5}, {"use": "l2", "weight": 0.1}]
    )
    row = fit(GraphCourse(recipe, *rest), validate).history[0]
    assert list(row["term"]) == ["bpr", "bpr-2", "l2"]
    t = row["term"]
    assert row["loss"] == pytest.approx(t["bpr"] + 0.5 * t["bpr-2"] + 0.1 * t["l2"], rel=1e-5)


class _Stop(Exception):
    pass


def stopping(validate, after: int):
    """`validate`, but the process dies (here: an exception) at the given call."""
    calls = iter(range(after))

    def value(scorer):
        if next(calls, None) is None:
            raise _Stop
        return validate(scorer)

    return value


@pytest.mark.parametrize(
    "optimizer", [{"by": "adam"}, {"by": "adamw", "weight_decay": 0.01}, {"by": "sgd", "momentum": 0.9}]
)
@pytest.mark.parametrize("after", [1, 4])
def test_a_resumed_run_ends_bit_for_bit_the_same(optimizer, after, prepare, validate, tmp_path, monkeypatch):
    monkeypatch.setattr("recbox.train.loop.SAVE_SHARE", float("inf"))
    blocks = {
        "layer": [{"use": "gcn", "dropout": 0.2, "repeat": 2}],
        "train": {
            "epochs": 6,
            "batch": 64,
            "edge_dropout": 0.3,
            "optimizer": {**optimizer, "lr": 0.02},
            "schedule": {"by": "plateau", "every": 1},
        },
    }
    recipe, straight, *rest = prepare(**blocks)
    expected = fit(GraphCourse(recipe, straight, *rest), validate)

    recipe, broken, *rest = prepare(**blocks)
    file = CheckpointFile(tmp_path / "c", {"recipe": "a"})
    with pytest.raises(_Stop):
        fit(GraphCourse(recipe, broken, *rest), stopping(validate, after), file)
    recipe, resumed, *rest = prepare(**blocks)
    state = file.load()
    assert state.epoch == after
    result = fit(GraphCourse(recipe, resumed, *rest), validate, file, state)
    assert same(weights(straight), weights(resumed))
    plain = [{k: v for k, v in row.items() if k != "seconds"} for row in result.history]
    assert plain == [{k: v for k, v in row.items() if k != "seconds"} for row in expected.history]


def test_more_epochs_go_on_from_a_finished_run(prepare, validate, tmp_path):
    file = CheckpointFile(tmp_path / "c", {"recipe": "a"})
    recipe, first, *rest = prepare()
    fit(GraphCourse(with_epochs(recipe, 3), first, *rest), validate, file)
    recipe, second, *rest = prepare()
    fit(GraphCourse(recipe, second, *rest), validate, file, file.load())
    recipe, straight, *rest = prepare()
    fit(GraphCourse(recipe, straight, *rest), validate)
    assert same(weights(straight), weights(second))


def test_a_checkpoint_of_another_run_is_refused(prepare, validate, tmp_path):
    recipe, *rest = prepare()
    fit(GraphCourse(recipe, *rest), validate, CheckpointFile(tmp_path / "c", {"recipe": "a", "threads": 1}))
    with pytest.raises(ArtifactError, match="threads was 1, is 2"):
        CheckpointFile(tmp_path / "c", {"recipe": "a", "threads": 2}).load()


@pytest.mark.parametrize("damage", [b"", b"x" * 100, b"\xff" * 9])
def test_a_damaged_checkpoint_is_refused(damage, tmp_path):
    file = CheckpointFile(tmp_path, {})
    file.path.write_bytes(damage)
    with pytest.raises(ArtifactError, match="can't be read"):
        file.load()


def test_one_run_at_a_time_holds_a_checkpoint(tmp_path):
    one, two = (CheckpointFile(tmp_path / "c", {}) for _ in range(2))
    assert one.claim()
    assert not two.claim()
    one.release(remove=True)
    assert not (tmp_path / "c").exists()
    assert two.claim()
    two.release(remove=False)


def test_interrupted_training_keeps_the_best_epoch(prepare, validate):
    calls = iter(range(3))

    def until(scorer):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return validate(scorer)

    recipe, recommender, *rest = prepare()
    result = fit(GraphCourse(recipe, recommender, *rest), until)
    assert (result.status, len(result.history)) == ("interrupted", 3)

    def never(scorer):
        raise KeyboardInterrupt

    recipe, recommender, *rest = prepare()
    with pytest.raises(KeyboardInterrupt):
        fit(GraphCourse(recipe, recommender, *rest), never)


def test_ctrl_c_without_validation_keeps_the_last_whole_epoch(prepare):
    class Stop(Silent):
        steps = iter(range(12))

        def open(self, title, total, unit):
            return self

        def advance(self, steps=1, **facts):
            if next(self.steps, None) is None:
                raise KeyboardInterrupt

    recipe, recommender, graph, world, context = prepare()
    stopped = fit(GraphCourse(recipe, recommender, graph, world, context.with_(progress=Stop())), None)
    per_epoch = -(-len(world.interaction) // 64)
    assert stopped.status == "interrupted" and stopped.epochs == 12 // per_epoch > 0
    recipe, straight, *rest = prepare()
    fit(GraphCourse(recipe, straight, *rest), None, stop=stopped.epochs)
    assert same(weights(straight), weights(recommender))


def test_a_run_resumed_with_fewer_epochs_than_it_had_is_judged_as_it_is(prepare, validate, tmp_path):
    train = {"epochs": 6, "batch": 64, "every": 6}
    file = CheckpointFile(tmp_path / "c", {})
    recipe, first, *rest = prepare(train=train)
    fit(GraphCourse(recipe, first, *rest), None, file, stop=2)
    state = file.load()
    state.kept = {}
    recipe, second, *rest = prepare(train=train)
    result = fit(GraphCourse(with_epochs(recipe, 2), second, *rest), validate, file, state)
    assert result.valid and same(weights(first), weights(second))


def test_patience_stops_and_the_best_weights_are_kept(prepare):
    values = iter([0.1, 0.3, 0.2, 0.2, 0.9, 0.9])
    seen = {}

    def validate(scorer):
        value = next(values)
        seen[value] = scorer.user.clone()
        return {"ndcg@5": value}

    train = {"epochs": 6, "batch": 64, "patience": 2}
    recipe, recommender, graph, world, context = prepare(train=train)
    result = fit(GraphCourse(recipe, recommender, graph, world, context), validate)
    assert (len(result.history), result.epochs) == (4, 2)
    with torch.no_grad():
        assert torch.equal(recommender(graph).final[: len(world.user)], seen[0.3])


def test_stages_follow_each_other_from_the_best_weights(prepare, validate):
    stage = [
        {"epochs": 2, "batch": 64, "objective": [{"use": "bce"}]},
        {"epochs": 3, "batch": 32, "objective": [{"use": "softmax"}]},
    ]
    recipe, *rest = prepare(train={"stage": stage}, objective=None)
    history = fit(GraphCourse(recipe, *rest), validate).history
    assert [(r["stage"], r["epoch"], *r["term"]) for r in history] == [
        (0, 0, "bce"), (0, 1, "bce"), (1, 0, "softmax"), (1, 1, "softmax"), (1, 2, "softmax"),
    ]  # fmt: skip


def test_a_loss_that_is_not_finite_is_an_error_that_says_what_to_do(prepare, validate):
    recipe, *rest = prepare(
        train={"epochs": 50, "batch": 64, "optimizer": {"by": "sgd", "lr": 1e30}}, objective=[{"use": "mse"}]
    )
    with pytest.raises(RecboxError, match="diverged"):
        fit(GraphCourse(recipe, *rest), validate)


def test_clipping_bounds_the_step(prepare, validate):
    moved = []
    for clip in (None, 1e-3):
        train = {"epochs": 1, "batch": 10_000, "optimizer": {"by": "sgd", "lr": 1.0}, "clip": clip}
        recipe, recommender, *rest = prepare(train=train)
        before = weights(recommender)
        fit(GraphCourse(recipe, recommender, *rest), validate)
        moved.append(sum((weights(recommender)[k] - before[k]).square().sum() for k in before).sqrt().item())
    assert moved[1] == pytest.approx(1e-3, rel=1e-3) and moved[0] > 2e-3


def schedule(**block) -> list[float]:
    training = Training(epochs=6, optimizer={"lr": 1.0}, schedule=block)
    return [rate(training, epoch, 0) for epoch in range(6)]


def test_schedules_by_hand():
    assert schedule() == [1.0] * 6
    assert schedule(by="step", every=2, gamma=0.1) == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])
    assert schedule(by="cosine") == pytest.approx([(1 + np.cos(np.pi * e / 6)) / 2 for e in range(6)])
    assert schedule(warmup=4) == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])
    plateau = Training(optimizer={"lr": 1.0}, schedule={"by": "plateau", "gamma": 0.5})
    assert [rate(plateau, 9, drops) for drops in range(3)] == [1.0, 0.5, 0.25]
