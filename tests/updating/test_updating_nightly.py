"""A run that begins where another ended, and takes its place where it is good enough."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
import yaml
from updating_shop import DAY, GRAPHS, SINCE, described_items, recipe, write_shop

import recbox
from recbox.api import nightly
from recbox.api.load import Fitted
from recbox.api.run import run
from recbox.cli.front import call
from recbox.errors import OptionError
from recbox.plugin import Scorer
from recbox.updating.promoting import promote, trail
from recbox.updating.since import PAIR, listed
from recbox.updating.translating import Places, Translated

Of = Callable[[str], Fitted]


@pytest.fixture
def grown_shop(tmp_path: Path) -> Path:
    """The shop a month later: a customer who sorts before all others has come, and everybody bought again."""
    folder = tmp_path / "later"
    folder.mkdir()
    write_shop(folder)
    before = pl.read_csv(folder / "events.csv")
    names = [*["an-early-bird"] * 5, *(f"person-{u:02d}" for u in range(30))] * 2
    count = range(len(names))
    more = pl.DataFrame(
        {
            "Customer": names,
            "item": [100 + (7 * n) % 20 for n in count],
            "when": [400 * DAY + n for n in count],
            "stars": [3] * len(names),
        }
    )
    pl.concat([before, more]).write_csv(folder / "events.csv")
    return folder


def later(folder: Path, **blocks: Any) -> dict[str, Any]:
    given = recipe(folder, "later", **{**GRAPHS["featured"], **blocks})
    given["train"] = {"epochs": 1, "batch": 64, "optimizer": {"by": "sgd", "lr": 1e-12}}
    return given


def test_weights_go_by_names_and_ids(fitted: Of, grown_shop, tmp_path):
    """With a learning rate of nothing, training ends where it began."""
    before = fitted("featured")
    outcome = run(later(grown_shop), out=tmp_path / "warm", warm_start=before.folder, threads=1)
    after = recbox.load(outcome.folder)
    assert after.dataset.user.ids[0] == "an-early-bird"
    one, other = (m.artifact.tensors("weights") for m in (before, after))
    table = "encoder.user.part.0.weight"
    np.testing.assert_allclose(other[table][1:], one[table], atol=1e-6)
    for name in ("encoder.item.part.0.weight", "encoder.item.fuse.scores.weight"):
        np.testing.assert_allclose(other[name], one[name], atol=1e-6)
    layer0 = [m.artifact.tensors("layer0")["user"] for m in (before, after)]
    np.testing.assert_allclose(layer0[1][1:], layer0[0], atol=1e-5)  # ages have another mean now
    told = outcome.metrics["warm_start"]
    assert (told["users"], told["items"]) == (30, 20)
    assert told["checksum"] == before.artifact.manifest.checksum
    cold = recbox.load(run(later(grown_shop), out=tmp_path / "cold", threads=1).folder)
    assert not np.allclose(cold.artifact.tensors("weights")[table][1:], one[table], atol=1e-3)


class Numbers(Scorer):
    """`score(u, i) = 10 u + i`."""

    @property
    def shape(self) -> tuple[int, int]:
        return 3, 4

    def block(self, users: np.ndarray) -> torch.Tensor:
        return 10.0 * torch.tensor(users)[:, None] + torch.arange(4.0)

    def state(self) -> Any:
        return {}, {}


def test_a_method_on_other_data_by_hand():
    """User 1 there is user 0 here, user 2 is unknown there; items 3 and 0 there are 0 and 2 here."""
    found = Translated(Numbers(), Places(np.array([1, 2, -1]), np.array([3, -1, 0])))
    never = -np.inf
    expected = [[never] * 3, [13, never, 10], [23, never, 20]]
    assert found.block(np.array([2, 0, 1])).tolist() == expected
    assert found.shape == (3, 3)


def test_promoted_where_the_condition_holds(fitted: Of, grown_shop, tmp_path):
    before = fitted("featured")
    link = tmp_path / "current"
    asked = {"warm_start": before.folder, "promote": link, "threads": 1}
    outcome = run(later(grown_shop), out=tmp_path / "new", promote_if="ndcg@5 >= A - 100%", **asked)
    assert outcome.promoted and os.readlink(link) == "new"
    told = outcome.metrics["promotion"]
    assert told["holds"] and told["unknown_users"] == 1 and told["unknown_items"] == 0
    assert 0 < told["test_seen"] < told["test"]
    refused = run(later(grown_shop), out=tmp_path / "worse", promote_if="ndcg@5 >= A + 1.1", promote=link)
    assert refused.promoted is False and os.readlink(link) == "new"
    assert refused.metrics["promotion"]["from"] == "new"  # where the link leads
    assert refused.metrics["promotion"]["a"] == pytest.approx(outcome.metrics["test"]["ndcg@5"])


def test_it_may_have_seen_the_test_part_and_says_so(fitted: Of, shop, tmp_path):
    """On a split by another seed some of test was in training."""
    before = fitted("lightgcn")
    again = recipe(shop, "again", **GRAPHS["lightgcn"])
    again["data"]["split"] = {"by": "user-random", "valid": 0.1, "test": 0.2}
    metrics = run(again, out=tmp_path / "again", warm_start=before.folder, threads=1).metrics
    x, split = before.dataset.interaction, before.artifact.split
    trained = set(zip(x.user[split.train].tolist(), x.item[split.train].tolist()))
    other = recbox.load(tmp_path / "again")
    y, test = other.dataset.interaction, other.artifact.split.test
    seen = sum(pair in trained for pair in zip(y.user[test].tolist(), y.item[test].tolist()))
    assert metrics["warm_start"]["test_seen"] == seen > 0
    assert [w["code"] for w in metrics["warning"]].count("warm-start") == 1


def test_mistakes_come_before_anything_is_read(fitted: Of, grown_shop, tmp_path):
    asked = {"out": tmp_path / "new", "threads": 1}
    with pytest.raises(OptionError, match="no A to compare with"):
        run(later(grown_shop), promote_if="ndcg@5 >= A", **asked)
    with pytest.raises(OptionError, match="doesn't measure"):
        run(later(grown_shop), promote_if="ndcg@20 >= A", warm_start=fitted("featured").folder, **asked)
    with pytest.raises(OptionError, match="in the way"):
        run(later(grown_shop), promote=fitted("featured").folder, **asked)
    assert not (tmp_path / "new").exists()


def test_a_model_beside_another_and_on_the_command_line(fitted: Of, grown_shop, tmp_path, capsys):
    """What is fitted at one go takes nothing from --warm-start, which is A all the same."""
    file = tmp_path / "nightly.yaml"
    file.write_text(yaml.safe_dump(recipe(grown_shop, "later", model={"use": "ease"})))
    link, before = str(tmp_path / "current"), str(fitted("ease").folder)
    args = ["run", str(file), "--out", str(tmp_path / "new"), "--warm-start", before, "--promote", link]
    assert call([*args, "--promote-if", "recall@5 > A + 200%", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["promoted"] is False and not os.path.lexists(link)
    assert "nothing is taken from --warm-start" in said.err
    args[3] = str(tmp_path / "other")
    assert call([*args, "--promote-if", "recall@5 >= A - 100%"]) == 0
    assert "\npromoted\n" in capsys.readouterr().out and os.readlink(link) == "other"
    assert call(["rollback", link]) == 2


def test_what_comes_in_during_the_run_is_in_what_is_promoted(fitted: Of, shop, tmp_path, monkeypatch, capsys):
    """A new customer, a new item, a later click, and somebody who is forgotten."""
    before, link = fitted("featured"), tmp_path / "current"
    promote(link, before.folder)
    usual = nightly.Night.judged

    def judged(*args: Any) -> Any:
        update = [str(link), str(tmp_path / "since.csv"), "--item", str(tmp_path / "items.csv")]
        assert call(["update", *update, "--forget-user", "person-07", "--promote", str(link)]) == 0
        return usual(*args)

    monkeypatch.setattr(nightly.Night, "judged", judged)
    SINCE.write_csv(tmp_path / "since.csv")
    described_items([500]).with_columns(kind=pl.lit("pot")).write_csv(tmp_path / "items.csv")
    outcome = run(
        recipe(shop, "featured", **GRAPHS["featured"]), out=tmp_path / "new", promote=link, threads=1
    )
    assert outcome.promoted and os.readlink(link) == "new-2" and outcome.folder == tmp_path / "new"
    now = recbox.load(link)
    assert "person-07" in recbox.load(tmp_path / "new").dataset.user.ids.to_list()
    assert "person-07" not in now.dataset.user.ids.to_list()
    assert now.dataset.item.table.row(-1, named=True)["name"] == "thing 500"
    assert 100 not in now.recommend("person-03", k=21)["item"].to_list()
    meanwhile = recbox.load(tmp_path / "featured-2").dataset
    assert listed(now.dataset).sort(PAIR).equals(listed(meanwhile).sort(PAIR))
    assert trail(link) == ["featured", "featured-2", "new-2"]


def test_what_was_promoted_meanwhile_and_is_another_is_told(fitted: Of, shop, tmp_path, monkeypatch, capsys):
    link, asked = tmp_path / "current", recipe(shop, "ease", model={"use": "ease"})
    promote(link, fitted("ease").folder)
    usual = nightly.Night.judged
    other = fitted("popularity").folder
    monkeypatch.setattr(nightly.Night, "judged", lambda *args: (promote(link, other), usual(*args))[1])
    file = tmp_path / "r.yaml"
    file.write_text(yaml.safe_dump(asked))
    assert call(["run", str(file), "--out", str(tmp_path / "new"), "--promote", str(link)]) == 0
    assert "wasn't made of ease" in " ".join(capsys.readouterr().err.split())
    assert os.readlink(link) == "new"


def test_what_was_folded_in_before_and_is_not_in_the_data_is_told(fitted: Of, shop, tmp_path, capsys):
    link, asked = tmp_path / "current", recipe(shop, "ease", model={"use": "ease"})
    promote(link, fitted("ease").update(SINCE).folder)
    file = tmp_path / "r.yaml"
    file.write_text(yaml.safe_dump(asked))
    assert call(["run", str(file), "--out", str(tmp_path / "new"), "--promote", str(link)]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "2 events that were folded into ease-2 aren't in the data of this run" in said
    assert os.readlink(link) == "new"  # of users and items that the data knows
