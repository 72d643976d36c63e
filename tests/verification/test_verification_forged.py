"""Cheats that leave the method's figures alone: names, sizes, status, versions, baselines, seeds, data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import forging
import numpy as np
import pytest
from verification_recipes import graph, recipe

import recbox
from recbox.evaluate import at_test
from recbox.verification import Verification, verify

VERSION = {"recbox": "0.0.1"}


def failing(found: Verification) -> list[str]:
    return [check.name for check in found.failed]


def unproven(found: Verification) -> list[str]:
    return [check.name for check in found.unproven]


def seen(found: Verification, name: str) -> str:
    return next(check.seen for check in found.checks if check.name == name)


@pytest.fixture
def knn(made: Path, tmp_path: Path) -> Path:
    return forging.copied(made / "runs" / "knn", tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("select", "recall@5"),
        ("name", "our-method"),
        ("lower_is_better", ["ndcg"]),
        ("source", "movielens-100k"),
        ("users", 943),
        ("interactions", 100_000),
        ("by", "user-random"),
        ("test", 20_000),
    ],
)
def test_what_stands_beside_the_figures(knn: Path, key: str, value: Any) -> None:
    found = forging.document(knn)
    inner = next(
        d for d in (found["data"]["split"], found["data"], found) if key in d and not isinstance(d[key], dict)
    )
    inner[key] = value
    forging.metrics(knn, found)
    assert "what is stated" in failing(verify(knn))


def test_one_run_that_is_passed_off_as_another_seed(made: Path, tmp_path: Path) -> None:
    """Three copies with seeds of their own would show a method that seeds don't move."""
    copies = []
    for seed in range(3):
        folder = forging.copied(made / "runs" / "graph", tmp_path / str(seed))
        forging.sealed(folder, {}, run={"seed": seed})
        forging.pages(folder)
        copies.append(folder)
    assert failing(verify(copies[1])) == ["what is stated"]
    found = recbox.compare(*copies, made / "runs" / "knn")
    assert found.methods[0].size == 1 and found.pairs[0].verdict == "too few seeds"


def test_a_run_that_is_called_interrupted_and_shows_a_test_figure(knn: Path) -> None:
    stopped = forging.document(knn) | {"status": "interrupted"}
    forging.sealed(knn, {"metrics.json": json.dumps(stopped).encode()})
    raw = json.loads((knn / "manifest.json").read_text())
    raw.pop("checksum")
    (knn / "manifest.json").write_bytes(forging.manifests.seal(raw | {"status": "interrupted"}))
    forging.pages(knn)
    found = verify(knn)
    assert "figures" in failing(found) and "it states test" in seen(found, "figures")


def test_a_report_behind_another_version(knn: Path) -> None:
    """No other version's page can be drawn here, so nothing is said of it, and not that it holds."""
    page = (knn / "report.html").read_text()
    value = f"{forging.document(knn)['test']['ndcg@10']:.4f}"
    forging.sealed(knn, {"report.html": page.replace(value, "0.9999").encode()}, version=VERSION)
    found = verify(knn)
    assert found.holds and unproven(found) == ["report and card"]


def test_a_report_behind_another_processor(knn: Path) -> None:
    """Lists may differ there, so nothing is said of them; figures may not."""
    forging.metrics(knn, forging.document(knn) | {"machine": {"processor": "another"}})
    page = (knn / "report.html").read_text()
    forging.sealed(knn, {"report.html": page.replace('<li><span class="name">', "<li>x").encode()})
    found = verify(knn)
    assert found.holds and "report and card" in unproven(found)
    value = f"{forging.document(knn)['test']['ndcg@10']:.4f}"
    forging.sealed(knn, {"report.html": page.replace(value, "0.9999").encode()})
    assert failing(verify(knn)) == ["report and card"]


def test_values_of_users_behind_another_processor(knn: Path) -> None:
    """Near ties may move some users there; not all of them."""
    table = recbox.load(knn).artifact.per_user
    values = {name: table[name].to_numpy() for name in table.columns[1:]}
    values["ndcg@10"] = np.sort(values["ndcg@10"])
    artifact = recbox.load(knn).artifact
    users = at_test(artifact.dataset, artifact.split).users
    forging.sealed(knn, {"per-user.parquet": forging.tables.per_user_bytes(artifact.user.ids, users, values)})
    forging.metrics(knn, forging.document(knn) | {"machine": {"processor": "another"}})
    found = verify(knn)
    assert failing(found) == ["values of users"] and "% of the users" in seen(found, "values of users")


def test_tests_over_users_that_were_taken_out(knn: Path) -> None:
    found = forging.document(knn)
    del found["baseline"]["ease"]["beside"]
    forging.metrics(knn, found)
    assert failing(verify(knn)) == ["tests over users"]
    del found["baseline"]["popularity"]["beside"]
    forging.metrics(knn, found)
    assert "(p " not in forging.document(knn)["sentence"]
    assert unproven(verify(knn)) == ["tests over users"]


def test_a_baseline_under_another_name(knn: Path) -> None:
    found = forging.document(knn)
    found["baseline"] = {{"ease": "strong-net"}.get(n, n): e for n, e in found["baseline"].items()}
    forging.metrics(knn, found)
    assert failing(verify(knn)) == ["baselines"]


def test_a_baseline_that_was_left_out_for_want_of_memory(made: Path, tmp_path: Path) -> None:
    """Here there is enough: it is run, and what it reaches is told."""
    plain = recipe(made, model={"use": "popularity"})
    folder = recbox.run(plain, threads=1, memory=1e-4, out=tmp_path / "small").folder
    assert "left_out" in forging.document(folder)["baseline"]["ease"]
    found = verify(folder)
    assert found.holds and "ease: left out" in unproven(found)
    assert "here it can be run, and reaches ndcg@10 0." in seen(found, "ease: left out")


RIGGED = '''
"""A metric that is kind."""
from typing import final
import numpy as np
from recbox.plugin import UserMetric


@final
class Ndcg(UserMetric):
    """Nearly one."""

    def per_user(self, hits, relevant):
        return np.full(len(hits), 0.99)
'''


def test_a_metric_of_somebody_else_under_a_known_name(made: Path, tmp_path: Path) -> None:
    code = tmp_path / "kind.py"
    code.write_text(RIGGED)
    plain = recipe(made)
    judges = {"metric": ["recall", "kind.py:ndcg"], "select": "ndcg@10", "k": [10], "baseline": []}
    folder = recbox.run(plain | {"evaluate": judges}, threads=1, code=[code], out=tmp_path / "r").folder
    assert forging.document(folder)["test"]["ndcg@10"] == 0.99
    found = verify(folder, code=[code])
    assert failing(found) == ["by their own names"]
    without = verify(folder)
    assert without.holds and not without.proven, "and nothing is said of what can't be measured"


def test_generated_data_that_is_called_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECBOX_DATA", "RECBOX_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    made = {"use": "synthetic", "users": 60, "items": 40, "interactions": 900}
    judges = {"k": [10], "metric": ["recall", "ndcg"], "baseline": []}
    for name, data in {
        "asked": {"source": made},
        "fallback": {"source": {"use": "movielens-100k"}, "fallback": "synthetic"},
    }.items():
        plain = {"recbox": 1, "name": name, "data": data, "model": {"use": "popularity"}, "evaluate": judges}
        folder = recbox.run(plain, threads=1, offline=True, out=tmp_path / name).folder
        assert verify(folder).proven
        found = forging.document(folder)
        found["data"]["synthetic"], found["warning"] = False, []
        forging.sealed(folder, {"metrics.json": json.dumps(found).encode()}, data={"synthetic": False})
        forging.pages(folder)
        assert failing(verify(folder)) == ["made or real"], name


def test_looks_by_many_recipes_whose_folders_are_gone(made: Path, tmp_path: Path) -> None:
    for k in (3, 5, 9):
        plain = recipe(made, name=f"try-{k}", model={"use": "item-knn", "k": k})
        shutil.rmtree(recbox.run(plain, threads=1, out=tmp_path / f"try-{k}").folder)
    folder = recbox.run(recipe(made), threads=1, out=tmp_path / "knn").folder
    said = seen(verify(folder), "ledger's line")
    assert "looked at 4 times by 4 recipes, 3 times before this" in said


def test_a_split_that_was_chosen_among_many(made: Path, tmp_path: Path) -> None:
    """Each split has its own count; those of the other splits of these data stand beside it."""
    data = recipe(made)["data"] | {"split": {"by": "user-random", "valid": 0.1, "test": 0.2}}
    for seed in range(3):
        folder = recbox.run(
            recipe(made, data=data | {"seed": seed}), threads=1, out=tmp_path / f"{seed}"
        ).folder
    said = seen(verify(folder), "ledger's line")
    assert "looked at once by 1 recipe" in said
    assert "and 2 other splits of the same data 2 times" in said


def test_a_network_is_not_told_by_its_name_alone(made: Path, tmp_path: Path) -> None:
    """An artifact of other data under the recipe of these: the source says so."""
    other = tmp_path / "other.csv"
    rows = (made / "events.csv").read_text().splitlines()
    other.write_text("\n".join([rows[0], *rows[200:], ""]))
    plain = graph(made)
    plain["data"] = json.loads(json.dumps(plain["data"]).replace(str(made / "events.csv"), str(other)))
    folder = recbox.run(plain, threads=1, out=tmp_path / "graph").folder
    text = (folder / "recipe.yaml").read_text().replace(str(other), str(made / "events.csv"))
    forging.sealed(folder, {"recipe.yaml": text.encode()})
    forging.pages(folder)
    assert failing(verify(folder)) == ["ledger's line"]
    assert "data from the source" in failing(verify(folder, retrain=True))
