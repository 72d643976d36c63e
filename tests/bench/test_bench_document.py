"""What every suite's document holds, and the arithmetic of figures, by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from recbox.bench import QUICK, bench
from recbox.bench.asked import Asked
from recbox.bench.figure import Figure, rows
from recbox.bench.suites import SUITES, choose
from recbox.bench.timing import Timed, take_turns
from recbox.errors import OptionError, RecipeError

KEYS = {"what", "name", "unit", "better", "median", "q1", "q3", "rounds", "ratio", "ratio_q1", "ratio_q3",
        "against", "extra"}  # fmt: skip
SMALL: dict[str, Any] = {"threads": 1, "nodes": 300, "edges": 3000, "dim": 8, "repeat": 3}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return bench(["kernel", "step", "evaluate"], **SMALL)


def test_it_is_one_json_document(document: dict[str, Any]) -> None:
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["bench"] == 1 and document["repeat"] == 3
    assert document["machine"]["threads"] == 1 and document["machine"]["torch"] in torch.__version__
    assert document["machine"]["cores"] > 0 and document["machine"]["processor"]


def test_every_figure_is_whole_and_has_its_reference_at_ratio_1(document: dict[str, Any]) -> None:
    for part in document["suite"].values():
        assert part["about"] and part["seconds"] > 0 and part["row"]
        for row in part["row"]:
            names = {other["name"]: other for other in part["row"] if other["what"] == row["what"]}
            assert set(row) == KEYS
            assert names[row["against"]]["ratio"] == 1.0
            assert 0 < row["q1"] <= row["median"] <= row["q3"]
            assert 0 < row["ratio_q1"] <= row["ratio"] <= row["ratio_q3"]


def test_no_figure_has_the_name_of_another(document: dict[str, Any]) -> None:
    for part in document["suite"].values():
        keys = [(row["what"], row["name"]) for row in part["row"]]
        assert len(set(keys)) == len(keys)


def test_threads_are_put_back() -> None:
    before = torch.get_num_threads()
    bench(["kernel"], **{**SMALL, "threads": before + 1, "repeat": 1})
    assert torch.get_num_threads() == before


def test_calls_take_turns() -> None:
    heard: list[str] = []
    take_turns({"a": lambda: heard.append("a"), "b": lambda: heard.append("b")}, 2)
    assert heard == ["a", "b"] * 3


def test_a_ratio_is_the_median_of_the_rounds_own() -> None:
    """Rounds 2, 9, 4 beside 1, 3, 4 are 2, 3 and 1 times as long: 2, where the medians' ratio is 4 / 3."""
    one, other = Timed((2.0, 9.0, 4.0)), Timed((1.0, 3.0, 4.0))
    assert one.ms == 4.0 and one.ratio(other) == 2.0
    assert one.over(other).quartiles == (1.5, 2.5)
    assert one.quartiles == (3.0, 6.5) and Timed((7.0,)).quartiles == (7.0, 7.0)


def test_a_row_worked_by_hand() -> None:
    figures = [Figure("a", Timed((2.0, 9.0, 4.0)), extra={"x": None}), Figure("b", Timed((1.0, 3.0, 4.0)))]
    first, second = rows("sum", figures, "b")
    assert first == {
        "what": "sum", "name": "a", "unit": "ms", "better": "less", "median": 4.0, "q1": 3.0, "q3": 6.5,
        "rounds": 3, "ratio": 2.0, "ratio_q1": 1.5, "ratio_q3": 2.5, "against": "b", "extra": {"x": None},
    }  # fmt: skip
    assert second["ratio"] == second["ratio_q1"] == second["ratio_q3"] == 1.0


def test_suites_are_chosen_by_name_and_measured_in_one_order() -> None:
    assert choose([]) == QUICK and choose(["step", "kernel", "step"]) == ("kernel", "step")
    assert set(QUICK) <= set(SUITES)
    with pytest.raises(OptionError, match="did you mean 'kernel'"):
        choose(["kernels"])


def test_a_propagation_that_there_isnt_is_told_before_anything_is_measured() -> None:
    with pytest.raises(RecipeError, match="propagation"):
        bench(["kernel"], **SMALL, propagation="half")


def test_the_random_graph_is_skewed_and_repeats() -> None:
    asked = Asked(nodes=3000, edges=40_000)
    train = asked.train
    assert len(train.interaction) == 20_000 and len(asked.job.split.test) == 5000
    assert asked.about["graph"] == "random" and 2900 <= asked.about["nodes"] <= 3000
    degree = np.sort(np.bincount(train.interaction.item))[::-1]
    assert degree[: len(degree) // 10].sum() > 0.25 * len(train.interaction)
    assert Asked(nodes=3000, edges=40_000).train.fingerprint == train.fingerprint


def test_gowalla_is_used_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "gowalla").mkdir()
    lines = [" ".join(map(str, [user, *range(user, user + 20)])) for user in range(10)]
    (tmp_path / "gowalla" / "train.txt").write_text("\n".join(lines))
    (tmp_path / "gowalla" / "test.txt").write_text("0 25\n")
    found = Asked(data_dir=[tmp_path], dim=8).about
    assert found == {"graph": "gowalla", "nodes": 39, "edges": 400, "dim": 8}
