"""`ease-text`, `cold-align` and `text-knn` by hand, against dense solves, and where their equations meet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import text_made
from pydantic import ValidationError
from recbox_text.cold_align import ColdAlign
from recbox_text.ease_text import EASEText
from recbox_text.text_knn import TextKNN

from recbox.model.ease import EASE
from recbox.plugin import DataError, Model, Scorer, Spec, UnsupportedError

USERS, ITEMS, WIDTH = 30, 12, 4
COLD = 11
"""An item that nobody has."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Vectors of the items, and of two that come later: the one has the words of the cold one."""
    found = np.random.default_rng(1).normal(size=(ITEMS + 2, WIDTH)).astype(np.float32)
    found[ITEMS] = found[COLD]
    np.save(tmp_path / "x.npy", found)
    (tmp_path / "ids.txt").write_text("".join(f"{10 * i}\n" for i in range(ITEMS + 2)))
    return tmp_path


def made(cls: type[Model], place: Path, **options: Any) -> Model:
    encoder = {"use": "vectors", "file": str(place / "x.npy"), "ids": str(place / "ids.txt")}
    return cls.parse({"encoder": encoder, **options})


def unit(place: Path, rows: slice = slice(ITEMS)) -> np.ndarray:
    x = np.load(place / "x.npy").astype(np.float64)[rows]
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def given(items: int = ITEMS) -> tuple[Spec, np.ndarray]:
    """Users with some of the first `items` but the cold one, and the matrix of it."""
    x = np.random.default_rng(0).random((USERS, ITEMS)) < 0.3
    x[:, COLD:] = False
    x = x[:, :items]
    rows = [(int(u), int(i), 0) for u, i in zip(*np.nonzero(x), strict=True)]
    columns = {"title": [f"item {i}" for i in range(items)]}
    return text_made.given(columns, users=USERS, rows=rows), x.astype(np.float64)


def scores(scorer: Scorer) -> np.ndarray:
    return scorer.block(np.arange(scorer.shape[0])).numpy()


def constrained(x: np.ndarray, l2: float, pull: float = 0.0, s: np.ndarray | None = None) -> np.ndarray:
    """`min ‖X - X B‖² + l2 ‖B‖² + pull ‖B - S‖²` with a zero diagonal: column by column, without the item."""
    n = x.shape[1]
    b = np.zeros((n, n))
    for j in range(n):
        rest = np.arange(n) != j
        left = x[:, rest].T @ x[:, rest] + (l2 + pull) * np.eye(n - 1)
        right = x[:, rest].T @ x[:, j] + (0 if s is None else pull * s[rest, j])
        b[rest, j] = np.linalg.solve(left, right)
    return b


@pytest.mark.parametrize(("l2", "pull", "text_l2"), [(3.0, 5.0, 0.5), (1.0, 40.0, 2.0), (7.0, 0.0, 1.0)])
def test_ease_text_is_both_regressions_solved_column_by_column(
    place: Path, l2: float, pull: float, text_l2: float
) -> None:
    spec, x = given()
    s = constrained(unit(place).T, text_l2)
    found = made(EASEText, place, l2=l2, pull=pull, text_l2=text_l2).fit(spec)
    np.testing.assert_allclose(scores(found), x @ constrained(x, l2, pull, s), atol=1e-5)


def test_without_a_pull_ease_text_is_ease(place: Path) -> None:
    spec, _ = given()
    own = scores(made(EASEText, place, l2=4.0, pull=0.0).fit(spec))
    np.testing.assert_allclose(own, scores(EASE(l2=4.0).fit(spec)), atol=1e-6)


@pytest.mark.parametrize("l2", [2.0, None])
def test_cold_align_is_a_regression_of_eases_scores_on_vectors(place: Path, l2: float | None) -> None:
    spec, x = given()
    warm, f = np.arange(ITEMS) < COLD, unit(place)
    ease = x @ constrained(x, l2) if l2 else x
    # A constant column that is not penalised, beside the vectors.
    wide = np.column_stack([f, np.ones(ITEMS)])
    penalty = np.diag([0.7] * WIDTH + [0.0])
    w = np.linalg.solve(wide[warm].T @ wide[warm] + penalty, wide[warm].T @ ease[:, warm].T)
    expected = (wide @ w).T
    if l2:
        expected[:, warm] = ease[:, warm]
    found = scores(made(ColdAlign, place, l2=l2, text_l2=0.7).fit(spec))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_text_knn_by_hand(place: Path) -> None:
    """Of three directions in a plane: a right angle says nothing, and an item is no neighbour of itself."""
    np.save(place / "x.npy", np.array([[1, 0], [0, 2], [3, 3], [1, 1]], np.float32))
    (place / "ids.txt").write_text("0\n10\n20\n30\n")
    spec = text_made.given({"title": list("abcd")}, users=2, rows=[(0, 0, 0), (1, 1, 0), (1, 2, 0)])
    half = 0.5**0.5
    every = scores(made(TextKNN, place, k=9).fit(spec))
    np.testing.assert_allclose(every, [[0, 0, half, half], [half, half, half, half + 1]], atol=1e-6)
    nearest = scores(made(TextKNN, place, k=1).fit(spec))
    np.testing.assert_allclose(nearest, [[0, 0, half, 0], [half, half, 0, 1]], atol=1e-6)


@pytest.mark.parametrize(
    ("cls", "options"), [(EASEText, {"l2": 2.0, "pull": 3.0}), (ColdAlign, {"l2": 2.0}), (TextKNN, {})]
)
def test_a_new_item_is_scored_as_one_that_was_there_and_nobody_had(
    cls: type[Model], options: dict[str, Any], place: Path
) -> None:
    """The fit without it, and then with it, is the fit with it."""
    model = made(cls, place, **options)
    full, less = model.fit(given(ITEMS)[0]), model.fit(given(COLD)[0])
    wider = less.with_items(pl.DataFrame({"id": [10 * COLD]}))
    np.testing.assert_allclose(scores(wider)[:, COLD], scores(full)[:, COLD], atol=1e-5)
    assert np.abs(scores(full)[:, COLD]).max() > 0.01
    again = scores(less.with_items(pl.DataFrame({"id": [10 * (COLD + 1)]})))[:, COLD]
    np.testing.assert_allclose(again, scores(wider)[:, COLD], atol=1e-6)  # the same vector
    both, beside = (scores(one.with_user([0, 3, 5]))[-1, COLD] for one in (wider, full))
    assert both == pytest.approx(beside, abs=1e-5)  # for a user who is new too


@pytest.mark.parametrize("missing", ["error", "zero", "mean"])
def test_a_new_item_that_the_file_lacks(place: Path, missing: str) -> None:
    spec, _ = given()
    encoder = {"use": "vectors", "file": str(place / "x.npy"), "ids": str(place / "ids.txt")}
    found = ColdAlign.parse({"encoder": encoder | {"missing": missing}}).fit(spec)
    later = scores(found.with_items(pl.DataFrame({"id": [120, 99]})))[:, ITEMS:]
    alone = scores(found.with_items(pl.DataFrame({"id": [99]})))[:, ITEMS:]
    np.testing.assert_allclose(later[:, 1:], alone, atol=1e-6)
    mean = unit(place).mean(0) if missing == "mean" else np.zeros(WIDTH)
    weight = found.reach @ mean + found.offset
    np.testing.assert_allclose(alone[:, 0], found.history @ weight, atol=1e-5)


@pytest.mark.parametrize("cls", [EASEText, ColdAlign, TextKNN])
def test_texts_of_new_items_are_read_after_loading_too(
    cls: type[Model], models: dict[str, Path], tmp_path: Path
) -> None:
    spec, _ = given()
    model = str(models["bert"])
    options = cls.parse({"encoder": {"use": "bert", "model": model, "text": "{title}"}})
    found = options.fit(spec)
    loaded = options.load(*found.state())
    rows = pl.DataFrame({"title": ["item 11", None]})
    every = scores(loaded.with_items(rows))
    np.testing.assert_array_equal(every, scores(found.with_items(rows)))
    assert np.ptp(every[:, ITEMS]) > 0.01
    arrays, plain = found.state()
    other = options.load(arrays, plain | {"model": "0" * 64})
    with pytest.raises(UnsupportedError, match="another one than at the fit"):
        other.with_items(rows)


def test_the_order_of_the_files_rows_is_free(place: Path) -> None:
    spec, _ = given()
    before = scores(made(ColdAlign, place).fit(spec))
    order = np.random.default_rng(2).permutation(ITEMS)
    np.save(place / "x.npy", np.load(place / "x.npy")[order])
    (place / "ids.txt").write_text("".join(f"{10 * i}\n" for i in order))
    np.testing.assert_allclose(scores(made(ColdAlign, place).fit(spec)), before, atol=1e-6)


@pytest.mark.parametrize("cls", [EASEText, ColdAlign])
def test_more_items_than_a_block_are_scored_alike(
    cls: type[Model], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, _ = given()
    whole = scores(made(cls, place).fit(spec))
    monkeypatch.setattr("recbox.plugin.sparse.ROWS", 5)
    np.testing.assert_allclose(scores(made(cls, place).fit(spec)), whole, atol=1e-6)


SAID = {"use": "bert", "model": "package:recbox_text/tiny/bert", "text": "{title}"}


@pytest.mark.parametrize(
    ("encoder", "loc", "said"),
    [
        (SAID | {"use": "bart"}, ("encoder", "use"), "names no encoder that reads texts"),
        (SAID | {"use": None}, ("encoder",), "`use` is missing"),
        (
            SAID | {"hidden": 3, "projection": "mlp"},
            ("encoder", "projection"),
            "without an encoder's projection",
        ),
        (SAID | {"text": None, "history": "{id}"}, ("encoder", "history"), "are read here, and no history"),
        (SAID | {"model": 3}, ("encoder", "model"), "valid string"),
        ({"use": "vectors", "file": "x.csv"}, ("encoder", "file"), "of no format"),
        (3, ("encoder",), "should be an object"),
    ],
)
def test_a_mistake_in_the_encoder_stands_at_its_place(encoder: Any, loc: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as caught:
        ColdAlign.parse({"encoder": encoder})
    at = [
        (*e["loc"], *([e["ctx"]["at"]] if e.get("ctx", {}).get("at") else [])) for e in caught.value.errors()
    ]
    assert any(found[: len(loc)] == loc for found in at)


def test_the_encoders_options_are_written_and_read_again() -> None:
    options = ColdAlign.parse({"encoder": SAID | {"use": "recbox-text:bert", "train": "frozen"}, "l2": None})
    assert ColdAlign.parse(options.values()) == options
    short = options.model_dump(mode="json", exclude_unset=True)
    assert short == {"encoder": SAID | {"train": "frozen"}, "l2": None}
    assert options.needs == {"title"}


def test_a_column_that_is_not_there_is_said() -> None:
    asked = ColdAlign.parse({"encoder": SAID | {"text": "{titel}"}})
    with pytest.raises(DataError, match="no item column 'titel'"):
        asked.fit(given()[0])
