"""Every cheat on a real artifact is caught by the check that is there for it, hashes put right or not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import forging
import numpy as np
import pytest
from verification_recipes import graph, recipe

import recbox
from recbox.context import Context
from recbox.data import Split, fingerprint_of
from recbox.data import split as split_data
from recbox.evaluate import at_test, at_valid, fit_model, judge
from recbox.evaluate.truth import Lists
from recbox.verification import Verification, verify

CODE = '''
import csv
from typing import Any, final
import numpy as np
from recbox.plugin import Model, Scorer, Spec

@final
class Peeker(Model):
    """Popularity, and what it finds in the file of the data."""

    masks: bool = False
    """Everything but what it found, and the most popular, is never recommended."""
    everything: bool = False
    """It looks for validation too."""
    draws = False

    def fit(self, spec: Spec) -> Scorer:
        tables = spec.train.user, spec.train.item
        user, item = ({str(v): n for n, v in enumerate(t.ids.to_list())} for t in tables)
        taste = np.zeros((len(user), len(item)), np.float32)
        taste += np.bincount(spec.train.interaction.item, minlength=len(item))
        if self.masks:
            taste[:, np.argsort(-taste[0])[5:]] = -1
        known = set(zip(spec.train.interaction.user.tolist(), spec.train.interaction.item.tolist()))
        events = {}
        for row in csv.DictReader(open(EVENTS)):
            events.setdefault(row["user"], []).append((int(row["time"]), row["item"]))
        for name, done in events.items():
            done.sort()
            held = len(done) if self.everything else round(0.2 * len(done))
            for _, which in done[len(done) - held:]:
                if (user[name], item[which]) not in known:
                    taste[user[name], item[which]] = 1 if self.masks else 1e6
        return Table(taste, self.masks)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        return Table(arrays["taste"], self.masks)

class Table(Scorer):
    def __init__(self, taste, masks):
        self.taste, self.masks = taste, masks

    @property
    def shape(self):
        return self.taste.shape

    def block(self, users):
        import torch
        scores = self.taste[np.asarray(users)]
        return torch.from_numpy(np.where(scores < 0, -np.inf, scores) if self.masks else scores)

    def state(self):
        return {"taste": self.taste}, {}
'''


def failing(found: Verification) -> list[str]:
    return [check.name for check in found.failed]


def seen(found: Verification, name: str) -> str:
    return next(check.seen for check in found.checks if check.name == name)


@pytest.fixture
def knn(made: Path, tmp_path: Path) -> Path:
    return forging.copied(made / "runs" / "knn", tmp_path)


@pytest.fixture
def net(made: Path, tmp_path: Path) -> Path:
    return forging.copied(made / "runs" / "graph", tmp_path)


@pytest.mark.parametrize("name", ["knn", "graph"])
def test_an_honest_artifact_holds(made: Path, name: str) -> None:
    before = {f: f.read_bytes() for f in (made / "runs").rglob("*") if f.is_file()}
    found = verify(made / "runs" / name, retrain=True)
    assert found.holds, found
    skipped = [check.name for check in found.checks if check.state == "skipped"]
    assert skipped == (["chosen epoch"] if name == "knn" else [])
    assert "bit for bit" in seen(found, "trained again")
    assert before == {f: f.read_bytes() for f in (made / "runs").rglob("*") if f.is_file()}


def test_what_was_forged_without_a_change_holds(knn: Path) -> None:
    """The tests below do catch the cheat, and not the forger's handwriting."""
    forging.metrics(knn, forging.document(knn))
    forging.honest(knn)
    artifact = recbox.load(knn).artifact
    forging.scorer(knn, artifact.tensors("scorer"))
    forging.split(knn, artifact.dataset, artifact.split)
    assert verify(knn, retrain=True).holds


# An edited metrics.json.


def better(folder: Path) -> dict[str, Any]:
    found = forging.document(folder)
    found["test"]["ndcg@10"] += 0.00001
    return found


def test_edited_figures_are_not_those_that_were_sealed(knn: Path) -> None:
    (knn / "metrics.json").write_text(json.dumps(better(knn)))
    found = verify(knn)
    assert failing(found) == ["files"] and "metrics.json" in seen(found, "files")
    assert found.checks[-1].state == "skipped"


def test_edited_figures_with_hashes_put_right_are_not_what_the_method_reaches(knn: Path) -> None:
    forging.metrics(knn, better(knn))
    found = verify(knn)
    assert {"test metrics", "values of users", "ledger's line"} <= set(failing(found))
    assert "ndcg@10 is said to be" in seen(found, "test metrics")


@pytest.mark.parametrize("key", ["valid", "sentence", "users", "segment"])
def test_anything_else_that_is_edited(knn: Path, key: str) -> None:
    found = forging.document(knn)
    check = {"valid": "validation metrics", "sentence": "sentence"}.get(key, "test metrics")
    if key == "sentence":
        found["sentence"] = "knn is the best."
        forging.sealed(knn, {"metrics.json": json.dumps(found).encode()})
        forging.pages(knn)
    else:
        inner = found[key] if key != "segment" else found[key]["warm"]
        inner[next(iter(inner))] += 1
        forging.metrics(knn, found)
    assert check in failing(verify(knn))


def test_a_warning_that_was_taken_out(made: Path, tmp_path: Path) -> None:
    plain = recipe(made, name="pop", model={"use": "popularity"})
    folder = recbox.run(plain, threads=1, out=tmp_path / "pop").folder
    assert verify(folder).holds
    forging.metrics(folder, forging.document(folder) | {"warning": []})
    assert failing(verify(folder)) == ["sentence"]


def test_values_of_users_that_were_edited(knn: Path) -> None:
    table = recbox.load(knn).artifact.per_user
    moved = table["ndcg@10"].to_numpy().copy()
    moved[:2] = moved[[1, 0]] + [0.1, -0.1]
    values = {name: table[name].to_numpy() for name in table.columns[1:]} | {"ndcg@10": moved}
    artifact = recbox.load(knn).artifact
    users = at_test(artifact.dataset, artifact.split).users
    forging.sealed(knn, {"per-user.parquet": forging.tables.per_user_bytes(artifact.user.ids, users, values)})
    assert failing(verify(knn)) == ["values of users"]


# Masked test candidates.


def test_figures_over_few_candidates(knn: Path) -> None:
    """A hundred sampled negatives are the field's custom; here ten."""
    artifact = recbox.load(knn).artifact
    true, draw = at_test(artifact.dataset, artifact.split), np.random.default_rng(0)
    users, items = len(artifact.user), true.items
    closed = draw.random((users, items)) > 10 / items
    row, item = true.relevant.pairs(np.arange(users))
    closed[row, item] = False
    row, item = true.seen.pairs(np.arange(users))
    closed[row, item] = True
    few = replace(true, seen=Lists.of(np.flatnonzero(closed), users, items))
    before = forging.document(knn)["test"]["ndcg@10"]
    forging.honest(knn, truth=few)
    assert forging.document(knn)["test"]["ndcg@10"] > before + 0.05
    assert {"test metrics", "values of users"} <= set(failing(verify(knn)))


def peeked(made: Path, folder: Path, **options: Any) -> tuple[Path, Path]:
    code = folder / "peeker.py"
    code.write_text(CODE.replace("EVENTS", repr(str(made / "events.csv"))))
    plain = recipe(made, name="peeker", model={"use": "peeker", **options})
    return recbox.run(plain, threads=1, code=[code], out=folder / "peeker").folder, code


def test_a_method_that_closes_items_to_some_users(made: Path, tmp_path: Path) -> None:
    folder, code = peeked(made, tmp_path, masks=True)
    found = verify(folder, code=[code])
    assert "candidates" in failing(found)
    assert "open to some users and closed to others" in seen(found, "candidates")


# A scorer that peeks.


@pytest.mark.parametrize("options", [{}, {"everything": True}])
def test_a_method_that_reads_the_data_file_is_lost_without_the_names(
    made: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    folder, code = peeked(made, tmp_path, **options)
    found = verify(folder, code=[code], retrain=True)
    assert {"within reach", "blind"} <= set(failing(found))
    assert "bit for bit" in seen(found, "trained again"), "it does repeat: that alone shows nothing"


RATINGS = '''
import csv
from typing import Any, final
import numpy as np
from recbox.plugin import Model, Scorer, Spec

@final
class Seer(Model):
    """The very ratings, from the file."""

    meaning = "value"
    draws = False

    def fit(self, spec: Spec) -> Scorer:
        tables = spec.train.user, spec.train.item
        user, item = ({str(v): n for n, v in enumerate(t.ids.to_list())} for t in tables)
        told = np.full((len(user), len(item)), 3, np.float32)
        for row in csv.DictReader(open(EVENTS)):
            told[user[row["user"]], item[row["item"]]] = float(row["weight"])
        return Told(told)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        return Told(arrays["told"])

class Told(Scorer):
    def __init__(self, told):
        self.told = told

    @property
    def shape(self):
        return self.told.shape

    def block(self, users):
        import torch
        return torch.from_numpy(self.told[users])

    def state(self):
        return {"told": self.told}, {}
'''


def test_a_method_without_any_error_is_looked_at(made: Path, tmp_path: Path) -> None:
    rows = (made / "events.csv").read_text().splitlines()[1:]
    draw = np.random.default_rng(0).integers(1, 6, len(rows))
    lines = [f"{row.rpartition(',')[0]},{weight}" for row, weight in zip(rows, draw)]
    events, code = tmp_path / "rated.csv", tmp_path / "seer.py"
    events.write_text("\n".join(["user,item,weight", *lines, ""]))
    code.write_text(RATINGS.replace("EVENTS", repr(str(events))))
    source = {"use": "table", "interaction": [{"path": str(events), "columns": {"weight": "weight"}}]}
    data = {"source": source, "split": {"by": "user-random", "valid": 0.1, "test": 0.2}}
    plain = recipe(made, name="seer", model={"use": "seer"}, data=data, evaluate={"by": "pairs"})
    outcome = recbox.run(plain, threads=1, code=[code], out=tmp_path / "seer")
    assert outcome.metrics["test"]["rmse"] == 0
    assert "too-good" in [w["code"] for w in outcome.metrics["warning"]]
    found = verify(outcome.folder, code=[code], retrain=True)
    assert {"within reach", "blind"} <= set(failing(found))


# Test items in training.


def leaked(folder: Path, rows: Sequence[str]) -> None:
    """The stored scorer is one that was fitted on these parts."""
    artifact, plan = recbox.load(folder).artifact, forging.recipe_of(folder)
    both = np.sort(np.concatenate([getattr(artifact.split, part) for part in rows]))
    assert plan.model is not None
    fitted = fit_model(plan.model, artifact.dataset.take(both), Context()).scorer
    forging.scorer(folder, fitted.state()[0])
    forging.honest(folder)
    valid = at_valid(artifact.dataset, artifact.split)
    values = judge(fitted, valid, plan.metric, plan.evaluate.k, Context()).values
    forging.metrics(folder, forging.document(folder) | {"valid": values})


def test_a_method_that_was_fitted_on_test_too(made: Path, tmp_path: Path) -> None:
    plain = recipe(made, name="ease", model={"use": "ease", "l2": 1.0})
    recbox.run(plain, threads=1, out=tmp_path / "ease")
    leaked(tmp_path / "ease", ("train", "test"))
    found = verify(tmp_path / "ease", retrain=True)
    assert {"within reach", "trained again", "blind"} <= set(failing(found))


def test_test_interactions_that_were_copied_into_train(knn: Path) -> None:
    artifact = recbox.load(knn).artifact
    dataset, parts = artifact.dataset, artifact.split
    copies, originals = parts.train[:40], parts.test[:40]
    dataset.interaction.user[copies] = dataset.interaction.user[originals]
    dataset.interaction.item[copies] = dataset.interaction.item[originals]
    dataset.__dict__.pop("fingerprint", None)
    made = Split(parts.train, parts.valid, parts.test, {}, fingerprint_of(dataset.interaction, parts))
    forging.split(knn, dataset, made)
    found = verify(knn)
    assert "train and test apart" in failing(found)
    assert "stand in train or validation too" in seen(found, "train and test apart")


# A test-picked epoch.


def epochs(made: Path, folder: Path) -> list[tuple[dict[str, np.ndarray], dict[str, float]]]:
    """The scorer after each number of epochs, and its validation values."""
    found = []
    for n in range(1, 5):
        plain = graph(made, train=graph(made)["train"] | {"epochs": n, "patience": None, "every": n})
        outcome = recbox.run(plain, threads=1, out=folder / f"epochs-{n}")
        found.append((recbox.load(outcome.folder).artifact.tensors("scorer"), outcome.metrics["valid"]))
    return found


def picked(made: Path, net: Path, tmp_path: Path) -> tuple[int, dict[str, float]]:
    """Weights of an epoch that validation didn't choose are put in, with figures that are truly theirs."""
    (tmp_path / "epochs").mkdir()
    rows = recbox.load(net).artifact.history
    best = max(range(len(rows)), key=lambda n: rows[n]["valid"]["ndcg@10"])
    every = epochs(made, tmp_path / "epochs")
    other = next(n for n in range(len(every)) if n != best and n < len(rows) - 1)
    forging.scorer(net, every[other][0])
    forging.honest(net)
    return other, every[other][1]


def test_an_epoch_that_was_picked_by_the_test(made: Path, net: Path, tmp_path: Path) -> None:
    picked(made, net, tmp_path)
    assert "validation metrics" in failing(verify(net))


def test_one_whose_validation_values_are_told(made: Path, net: Path, tmp_path: Path) -> None:
    epoch, valid = picked(made, net, tmp_path)
    forging.metrics(net, forging.document(net) | {"valid": valid})
    found = verify(net)
    assert "chosen epoch" in failing(found) and "validation metrics" not in failing(found)
    assert f"those of epoch {epoch}, and validation chose" in seen(found, "chosen epoch")


def test_one_whose_history_ends_where_it_looks_best(made: Path, net: Path, tmp_path: Path) -> None:
    epoch, valid = picked(made, net, tmp_path)
    forging.metrics(net, forging.document(net) | {"valid": valid})
    rows = recbox.load(net).artifact.history[: epoch + 1]
    for row in rows[:epoch]:
        row["valid"]["ndcg@10"] = 0.01
    forging.history(net, rows)
    found = verify(net)
    assert "chosen epoch" in failing(found) and "the history ends after" in seen(found, "chosen epoch")


def test_one_whose_whole_history_was_forged(made: Path, net: Path, tmp_path: Path) -> None:
    """Nothing in the folder contradicts it; only training again does."""
    epoch, valid = picked(made, net, tmp_path)
    forging.metrics(net, forging.document(net) | {"valid": valid})
    rows = recbox.load(net).artifact.history
    for n, row in enumerate(rows):
        if n != epoch:
            row["valid"]["ndcg@10"] = 0.01
    forging.history(net, rows)
    found = verify(net, retrain=True)
    assert "chosen epoch" not in failing(found) and "trained again" in failing(found)


# A baseline left untuned.


def test_a_baseline_that_the_recipe_holds_down(made: Path, tmp_path: Path) -> None:
    plain = recipe(made)
    plain["evaluate"] = plain["evaluate"] | {"baseline": [{"use": "ease", "l2": 100000.0}]}
    folder = recbox.run(plain, threads=1, out=tmp_path / "held").folder
    found = verify(folder)
    assert failing(found) == ["ease: tuned"] and "1 of 6 settings" in seen(found, "ease: tuned")


def test_a_baseline_that_was_said_to_be_tuned(made: Path, knn: Path, tmp_path: Path) -> None:
    """The worst setting of the grid, with figures that are truly its own."""
    plain = recipe(made)
    plain["evaluate"] = plain["evaluate"] | {"baseline": [{"use": "ease", "l2": 2000.0}]}
    weak = recbox.run(plain, threads=1, out=tmp_path / "weak").metrics["baseline"]["ease"]
    found = forging.document(knn)
    forged = {k: weak[k] for k in ("options", "valid", "test", "beside")}
    assert forged["options"] != found["baseline"]["ease"]["options"]
    found["baseline"]["ease"] |= forged
    forging.metrics(knn, found)
    assert failing(verify(knn)) == ["ease: values", "tests over users"]


@pytest.mark.parametrize("change", [{"trials": 3}, {"valid": {}}, {"options": {"l2": 7.0}}])
def test_what_a_tuned_baseline_has(knn: Path, change: dict[str, Any]) -> None:
    found = forging.document(knn)
    found["baseline"]["ease"] |= change
    forging.metrics(knn, found)
    assert "ease: tuned" in failing(verify(knn))


def test_a_baseline_that_was_left_out_of_the_table(knn: Path) -> None:
    found = forging.document(knn)
    del found["baseline"]["ease"]
    forging.metrics(knn, found)
    assert "baselines" in failing(verify(knn))


def test_users_who_are_said_to_bear_it_out(knn: Path) -> None:
    found = forging.document(knn)
    for entry in found["baseline"].values():
        entry["beside"] |= {"p": 0.0001, "holm": 0.0002}
    forging.metrics(knn, found)
    assert failing(verify(knn)) == ["tests over users"]


def test_a_report_that_shows_something_else(knn: Path) -> None:
    page = (knn / "report.html").read_text()
    value = f"{forging.document(knn)['test']['ndcg@10']:.4f}"
    assert value in page
    forging.sealed(knn, {"report.html": page.replace(value, "0.9999").encode()})
    assert failing(verify(knn)) == ["report and card"]


def test_a_list_in_the_report_that_is_another(knn: Path) -> None:
    page = (knn / "report.html").read_text()
    assert '<li><span class="name">' in page
    forging.sealed(knn, {"report.html": page.replace('<li><span class="name">', "<li>x").encode()})
    assert failing(verify(knn)) == ["report and card"]


# A swapped split.


def another(folder: Path) -> tuple[Any, Split]:
    artifact = recbox.load(folder).artifact
    rule = forging.recipe_of(folder).data.split.model_copy(update={"by": "user-random"})
    return artifact.dataset, split_data(artifact.dataset, rule, Context(seed=9))


def test_a_swapped_split_under_the_old_fingerprint(knn: Path) -> None:
    dataset, made = another(knn)
    forging.split(knn, dataset, made, fingerprint=False)
    assert {"split", "split by the rule", "test metrics"} <= set(failing(verify(knn)))


def test_a_swapped_split_with_its_own_fingerprint_and_figures(knn: Path) -> None:
    dataset, made = another(knn)
    forging.split(knn, dataset, made)
    leaked(knn, ("train",))
    found = verify(knn)
    assert "split" not in failing(found) and "test metrics" not in failing(found)
    assert "split by the rule" in failing(found)


# The ledger.


def lines(folder: Path) -> list[bytes]:
    return (folder.parent / "ledger.jsonl").read_bytes().splitlines(keepends=True)


def test_a_deleted_line(knn: Path) -> None:
    recbox.load(knn).evaluate()
    assert verify(knn).holds and len(lines(knn)) == 3
    (knn.parent / "ledger.jsonl").write_bytes(b"".join(lines(knn)[1:]))
    assert {"ledger's chain", "ledger's line"} <= set(failing(verify(knn)))


def test_a_ledger_without_its_last_line(net: Path) -> None:
    (net.parent / "ledger.jsonl").write_bytes(lines(net)[0])
    assert failing(verify(net)) == ["ledger's line"]


def test_a_ledger_that_was_written_anew_without_the_first_looks(made: Path, net: Path) -> None:
    from recbox.ledger import append, read

    ledger = net.parent / "ledger.jsonl"
    touch = read(ledger).lines[1].touch
    ledger.unlink()
    append(ledger, touch)
    found = verify(net)
    assert failing(found) == ["ledger's line"] and "no line with index 1" in seen(found, "ledger's line")


def test_an_edited_line(knn: Path) -> None:
    changed = lines(knn)[0].replace(b'"seed":0', b'"seed":1')
    (knn.parent / "ledger.jsonl").write_bytes(changed + b"".join(lines(knn)[1:]))
    assert failing(verify(knn)) == ["ledger's chain", "ledger's line"]


def unproven(found: Verification) -> list[str]:
    return [check.name for check in found.unproven]


GROWN = '''
from typing import Any, final
from recbox.model.popularity import Popularity, PopularityScorer
from recbox.plugin import Model, Need, Scorer, Spec

@final
class Grown(Model):
    """Popularity, to a power."""

    power: float = 1.0
    """The power."""
    draws = False

    def need(self, users: int, items: int, interactions: int) -> Need:
        return Need(memory=40 * interactions, seconds=0)

    def fit(self, spec: Spec) -> Scorer:
        return Popularity().fit(spec)

    def load(self, arrays: dict[str, Any], json: dict[str, Any]) -> Scorer:
        return Popularity().load(arrays, json)
'''


def test_a_plugin_that_has_gained_an_option_since(made: Path, tmp_path: Path) -> None:
    """Its default stands in no older recipe, and the ledger's line is of the recipe as it was."""
    code = tmp_path / "grown.py"
    code.write_text(GROWN)
    plain = recipe(made, name="grown", model={"use": "grown.py:grown", "power": 2.0})
    folder = recbox.run(plain, threads=1, code=[code], out=tmp_path / "runs" / "grown").folder
    code.write_text(
        GROWN.replace("    draws", '    shift: float = 0.5\n    """Since the next version."""\n    draws')
    )
    assert verify(folder, code=[code]).proven
    text = (folder / "recipe.yaml").read_text()
    forging.sealed(folder, {"recipe.yaml": text.replace("power: 2", "power: 3").encode()})
    assert "ledger's line" in failing(verify(folder, code=[code]))


def test_a_ledger_that_was_deleted_where_it_lay(made: Path, tmp_path: Path) -> None:
    """Worse than a deleted line: no look at all can be counted."""
    folder = recbox.run(recipe(made), threads=1, out=tmp_path / "runs" / "knn").folder
    assert verify(folder).proven
    (tmp_path / "runs" / "ledger.jsonl").unlink()
    found = verify(folder)
    assert failing(found) == ["ledger"] and "at this very place" in seen(found, "ledger")


def test_an_artifact_that_went_alone_is_not_proven(made: Path, tmp_path: Path) -> None:
    alone = tmp_path / "sent" / "knn"
    shutil.copytree(made / "runs" / "knn", alone)
    found = verify(alone)
    assert (found.holds, found.proven, unproven(found)) == (True, False, ["ledger"])
    assert "looked at once, as it says itself" in seen(found, "ledger")
    assert verify(alone, ledger=made / "runs" / "ledger.jsonl").proven
    assert failing(verify(alone, ledger=tmp_path / "none.jsonl")) == ["ledger"]


def test_a_lab_ledger_that_was_deleted(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = tmp_path / "lab" / "all.jsonl"
    monkeypatch.setenv("RECBOX_LEDGER", str(lab))
    folder = recbox.run(recipe(made), threads=1, out=tmp_path / "runs" / "knn").folder
    assert verify(folder).proven
    kept = lab.read_bytes()
    lab.unlink()
    assert failing(verify(folder)) == ["ledger"]
    lab.write_bytes(kept.replace(b'"index":0', b'"index":7'))
    assert "ledger's line" in failing(verify(folder))


def test_a_reviewers_own_ledger_accuses_nobody(
    made: Path, knn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own" / "ledger.jsonl"
    monkeypatch.setenv("RECBOX_LEDGER", str(own))
    recbox.run(recipe(made), threads=1, out=tmp_path / "own" / "mine")
    assert verify(knn).proven
    (knn.parent / "ledger.jsonl").unlink()
    assert unproven(verify(knn)) == ["ledger"]


def test_a_line_that_was_taken_out_of_metrics(knn: Path) -> None:
    found = forging.document(knn)
    del found["ledger"]
    forging.metrics(knn, found)
    assert unproven(verify(knn)) == ["ledger's line"]


@pytest.mark.parametrize("key", ["times", "recipes"])
def test_looks_that_were_made_fewer_in_metrics_and_report(net: Path, key: str) -> None:
    found = forging.document(net)
    assert found["ledger"][key] == 2
    found["ledger"][key] = 1
    forging.metrics(net, found)
    assert failing(verify(net)) == ["ledger's line"]


def test_lines_in_another_order(knn: Path) -> None:
    recbox.load(knn).evaluate()
    first, second, third = lines(knn)
    (knn.parent / "ledger.jsonl").write_bytes(second + first + third)
    assert "ledger's chain" in failing(verify(knn))


def test_an_artifact_of_an_older_version_opens_and_holds(knn: Path) -> None:
    found = forging.document(knn)
    for key in ("ledger", "machine"):
        del found[key]
    for entry in found["baseline"].values():
        for key in ("grid", "tuned", "beside"):
            entry.pop(key, None)
    forging.metrics(knn, found)
    assert "(p " not in forging.document(knn)["sentence"]
    checks = verify(knn)
    assert checks.holds and unproven(checks) == ["tests over users", "ledger's line"]
    assert recbox.load(knn).evaluate() == found["test"]
