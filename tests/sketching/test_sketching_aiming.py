"""What is recommended for, where people do several things: by words, or by what comes behind what."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import recbox
from recbox.api.check import check
from recbox.errors import OptionError
from recbox.sketching import Question, aiming, first
from recbox.sketching.aiming import ALIKE, Aim, aim

PAIRS = [(f"u{n % 40}", f"i{n * n % 61}") for n in range(400)]


def funnel(*steps: tuple[str, int]) -> pl.DataFrame:
    """Each word is done to each so-manieth pair of those before."""
    rows = [(*pair, word) for word, every in steps for pair in PAIRS[::every]]
    return pl.DataFrame(rows, schema=["user", "item", "behaviour"], orient="row")


def apart() -> pl.DataFrame:
    """Three words, each of other pairs."""
    rows = [
        (user, f"{item}{word}", word) for n, (user, item) in enumerate(PAIRS) for word in "abc"[: 1 + n % 3]
    ]
    return pl.DataFrame(rows, schema=["user", "item", "behaviour"], orient="row")


@pytest.mark.parametrize(
    ("rows", "target", "others", "doubt"),
    [
        (funnel(("view", 1), ("buy", 9)), "buy", ("view",), ""),
        (funnel(("angesehen", 1), ("gemerkt", 3), ("mitgenommen", 12)), "mitgenommen",
         ("angesehen", "gemerkt"), "the rarest of those that come behind"),
        (funnel(("1", 1), ("3", 5), ("4", 10)), "4", ("1", "3"), "the rarest"),
        (funnel(("gesehen", 1), ("genommen", 3), ("refunded", 9)), "genommen", ("gesehen", "refunded"),
         "the rarest"),  # what takes something back comes behind it, and is nothing to recommend for
        (apart(), "", (), "none comes behind another"),
        (funnel(("only", 1)), "", (), ""),
        (apart().drop("behaviour"), "", (), ""),
    ],
)  # fmt: skip
def test_the_target(rows, target, others, doubt):
    found = aim(rows, first)
    assert (found.target, found.others) == (target, others)
    assert doubt in found.doubt and bool(doubt) == bool(found.doubt)


def test_a_word_of_few_rows_is_left_out_and_told():
    many = pl.concat([funnel(("view", 1), ("buy", 4))] * 5 + [funnel(("veiw", 400))])
    found = aim(many, first)
    assert found == Aim("buy", ("view",), {"veiw": 1})


def test_what_comes_behind_is_the_same_of_some_users(monkeypatch):
    rows = funnel(("seen", 1), ("kept", 3), ("taken", 12))
    monkeypatch.setattr(aiming, "SOME", rows.height // 2)
    assert aim(rows, first).target == "taken"


def test_who_is_asked_answers():
    rows, asked = funnel(("seen", 1), ("kept", 3)), []

    def answer(said: str):
        def ask(question: Question) -> str:
            asked.append(question)
            return said

        return aim(rows, ask)

    assert answer("seen") == Aim("seen", ("kept",)) and answer(ALIKE) == Aim()
    assert asked[0].answers == ("kept", "seen", ALIKE) and "what should be recommended for?" in asked[0].what
    with pytest.raises(OptionError, match="'gone' is no answer"):
        answer("gone")


@pytest.mark.parametrize("behind", [True, False])
def test_the_recipe_reads_what_was_counted(tmp_path: Path, behind: bool) -> None:
    """Words that come behind each other are edges, and a row without one is bad; others say nothing."""
    rows = funnel(("seen", 1), ("kept", 3), ("taken", 9)) if behind else apart()
    lines = ["user,item,event", *(",".join(row) for row in rows.iter_rows())]
    lines[7] = lines[7].rsplit(",", 1)[0] + ","
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n")
    made = recbox.sketch(tmp_path / "log.csv", out=tmp_path / "log.yaml")
    recipe = check(made.path).recipe
    assert recipe.resolved["data"].get("target") == ("taken" if behind else None)
    assert len(recipe.edge) == (3 if behind else 1) and made.counts.bad == int(behind)
    outcome = recbox.run(made.path, sets=["train.epochs=1", "evaluate.baseline=[]"], out=tmp_path / "out")
    facts = outcome.metrics["data"]["facts"]
    assert (facts["kept"], facts["bad"]) == (made.counts.kept, made.counts.bad)
