"""`evaluate: {by: pairs}`: what fits together, what is chosen by default, how it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from recipe_kit import BASE, expect, read, read_text

VALUES = BASE + "objective: [{use: mse}, {use: l2}]\n"
CHANCES = BASE + "objective: [{use: bce}]\n"
NEGATIVE = "negative: {by: uniform}"


def pairs(rest: str) -> str:
    return f"evaluate: {{by: pairs, {rest}}}\n"


CASES = [
    (
        VALUES + pairs("metric: [rmse, §recall]"),
        "`recall` judges rankings, and `by: pairs` makes none / one of rmse",
    ),
    (
        VALUES + "evaluate: {metric: [ndcg, §rmse]}\n",
        "`rmse` judges pairs, and rankings are judged here / one of rec",
    ),
    (VALUES + pairs("metric: [rmse], k: §[5]"), "pairs are in no list, so `k` means nothing / remove it"),
    (VALUES + pairs("metric: [rmse], candidate: §all"), "so `candidate` means nothing"),
    (
        VALUES + "evaluate: {positive: §4}\n",
        "need no clicks and no negatives, so `positive` means nothing / by: pairs",
    ),
    (VALUES + "evaluate: {negative: §{count: 2}}\n", "so `negative` means nothing"),
    (
        VALUES + pairs("metric: [rmse, §auc]"),
        "`auc` judges clicks, and nothing says which pairs are none / negative",
    ),
    (VALUES + pairs("metric: [§rmse], " + NEGATIVE), "`rmse` judges weights, and a drawn negative has none"),
    (VALUES + pairs("metric: [auc], positive: 4, negative: §{count: 1}"), "it is one or the other"),
    (
        VALUES + pairs("metric: [rmse, mae], select: §rmse@10"),
        "so `select` has no k: `rmse` / did you mean 'rmse'?",
    ),
    (
        VALUES + pairs("metric: [rmse, mae], select: §auc"),
        "`select` is a metric of this recipe, not 'auc' / one of: rmse, mae",
    ),
    (
        VALUES + pairs("metric: [§log-loss], positive: 4"),
        "needs probabilities, and scores of mse are weights",
    ),
    (
        CHANCES + pairs("metric: [§mae]"),
        "needs weights, and scores of bce are probabilities / the objective mse",
    ),
    (BASE + "objective: [{use: bpr}]\n" + pairs("metric: [§log-loss], " + NEGATIVE), "of bpr are an order"),
    (
        BASE + "objective: [{use: bpr}, {use: mse}]\n" + pairs("metric: [§rmse]"),
        "of bpr and mse are an order",
    ),
    (
        CHANCES + pairs("metric: [§log-loss], positive: 4"),
        "beside weights below 4, and bce learns those of drawn negatives / positive: 4 in bce",
    ),
    (
        CHANCES.replace("bce", "bce, positive: 3") + pairs("metric: [§log-loss], " + NEGATIVE),
        "beside drawn negatives, and bce learns those below 3 / positive: null in bce",
    ),
    (CHANCES + pairs("metric: [auc], negative: {count: §0}"), "at least 1"),
    (CHANCES + pairs("metric: [auc], negative: {by: §hard}"), "uniform"),
    (
        "recbox: 1\ndata: {source: {use: ratings}}\nmodel: {use: ease}\n" + pairs("metric: [§rmse]"),
        "of ease are an order",
    ),
]


@pytest.mark.parametrize(("marked", "said"), CASES)
def test_what_does_not_fit_is_a_mistake_in_its_place(tmp_path: Path, marked: str, said: str) -> None:
    expect(tmp_path, marked, said)


@pytest.mark.parametrize(
    ("text", "metric", "select", "baseline"),
    [
        (VALUES + "evaluate: {by: pairs}\n", ["rmse", "mae"], "rmse", ["bias"]),
        (VALUES + pairs("metric: [mae, rmse]"), ["mae", "rmse"], "mae", ["bias"]),
        (
            VALUES + pairs("metric: [rmse, auc], positive: 4, select: auc, baseline: [bias]"),
            ["rmse", "auc"],
            "auc",
            ["bias"],
        ),
        (
            CHANCES + pairs(NEGATIVE),
            ["auc", "gauc"],
            "auc",
            ["popularity", "item-knn", "ease", "click-rate"],
        ),
        (
            CHANCES + pairs("metric: [log-loss, calibration-error], " + NEGATIVE + ", baseline: []"),
            ["log-loss", "calibration-error"],
            "log-loss",
            [],
        ),
        (
            CHANCES.replace("bce", "bce, positive: 4")
            + pairs("metric: [log-loss], positive: 4, baseline: []"),
            ["log-loss"],
            "log-loss",
            [],
        ),
        (
            "recbox: 1\ndata: {source: {use: ratings}}\nmodel: {use: bias}\n" + pairs("baseline: []"),
            ["rmse", "mae"],
            "rmse",
            [],
        ),
        (
            BASE + "objective: [{use: bpr, weight: 0}, {use: mse}]\n" + pairs("baseline: []"),
            ["rmse", "mae"],
            "rmse",
            [],
        ),
    ],
)
def test_what_is_not_said_follows_from_what_is_judged(
    tmp_path: Path, text: str, metric: list[str], select: str, baseline: list[str]
) -> None:
    recipe = read_text(tmp_path, text)
    assert [p.label for p in recipe.metric] == metric
    assert recipe.evaluate.select == select
    assert [p.label for p in recipe.baseline] == baseline
    again = read(recipe.resolved)
    assert (again.evaluate, again.metric, again.resolved) == (recipe.evaluate, recipe.metric, recipe.resolved)


def test_a_recipe_for_rankings_is_written_as_it_always_was(tmp_path: Path) -> None:
    keys: Any = read_text(tmp_path, BASE).resolved["evaluate"].keys()
    assert set(keys) == {"k", "select", "candidate", "refit", "gap", "metric", "baseline"}
    pair = read_text(tmp_path, VALUES + "evaluate: {by: pairs}\n").resolved["evaluate"]
    assert set(pair) == {"by", "select", "refit", "positive", "negative", "gap", "metric", "baseline"}


@pytest.mark.parametrize(
    ("metric", "lower"), [("rmse", True), ("mae", True), ("auc", False), ("gauc", False)]
)
def test_the_direction_is_the_metrics_own(tmp_path: Path, metric: str, lower: bool) -> None:
    recipe = read_text(tmp_path, VALUES + pairs(f"metric: [{metric}], positive: 4"))
    assert recipe.lower_is_better == lower
