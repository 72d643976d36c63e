"""Conditions on columns of items, and which items may stand in lists."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.api.load import load
from recbox.api.run import run
from recbox.data import Column
from recbox.errors import OptionError, RecboxError
from recbox.recommend.where import condition

COLUMNS = {
    "price": Column("price", "numeric"),
    "brand": Column("brand", "categorical"),
    "Product name": Column("Product name", "text", "title"),
    "genre": Column("genre", "multi"),
}
TABLE = pl.DataFrame(
    {
        "price": [5.0, 20.0, None, 12.5],
        "brand": ["acme", "best buy", None, "acme"],
        "Product name": ["Green tea", "TEA pot", "Jam", None],
        "genre": [["Drama", "War"], [], None, ["Comedy"]],
    }
)


def fitting(text: str) -> list[int]:
    """Rows of which it is true."""
    found = TABLE.select(condition(text, COLUMNS).fill_null(value=False).alias("fits"))["fits"]
    return found.arg_true().to_list()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("price < 20", [0, 3]),
        ("price <= 2e1", [0, 1, 3]),
        ("price>12", [1, 3]),
        ("price >= -5", [0, 1, 3]),
        ("price = 12.5", [3]),
        ("price != 5", [1, 3]),
        ("brand = acme", [0, 3]),
        ("brand == 'best buy'", [1]),
        ('brand != "acme"', [1]),
        ("brand in (acme, 'best buy')", [0, 1, 3]),
        ("price in (5, 20)", [0, 1]),
        ("genre has Drama", [0]),
        ("not genre has Drama", [1, 3]),  # what is missing fits neither
        ("`Product name` contains tea", [0, 1]),
        ("brand is missing", [2]),
        ("brand is not missing and not price > 12", [0]),
        ("brand = acme and price < 10 or price = 20", [0, 1]),
        ("brand = acme and (price < 10 or price = 20)", [0]),
        ("NOT (price < 20 OR brand IS MISSING)", [1]),
        ("not not price < 20", [0, 3]),
        ("price < 20 or brand is missing", [0, 2, 3]),
    ],
)
def test_worked_by_hand(text: str, rows: list[int]) -> None:
    assert fitting(text) == rows


@given(st.text(min_size=1, max_size=30), st.sampled_from("\"'"))
def test_any_text_and_name_can_be_written_with_its_quotes_doubled(text: str, quote: str) -> None:
    said = "the `odd` one"
    column, table = Column(said, "text"), pl.DataFrame({said: [text, text + "x", text[1:]]})
    written = f"`{said.replace('`', '``')}` = {quote}{text.replace(quote, 2 * quote)}{quote}"
    assert table.select(condition(written, {said: column}))[said].to_list() == [True, False, False]


@pytest.mark.parametrize(
    ("text", "said", "at"),
    [
        ("", "name of a column is missing", 0),
        ("prise < 2", "no column 'prise'", 0),
        ("price <", "a value is missing", 7),
        ("price < cheap", "'cheap' is no number", 8),
        ("price has 3", "'price' is numeric", 6),
        ("genre = Drama", "'genre' is multi", 6),
        ("brand < acme", "'brand' is categorical", 6),
        ("price < 2 brand = acme", "`and` or `or` is missing", 10),
        ("(price < 2", "a `)` is missing", 10),
        ("price in 2", "a `(` is missing", 9),
        ("price in (2 3)", "a `,` or `)` is missing", 12),
        ("price is 3", "`missing` is missing", 9),
        ("price", "a comparison is missing", 5),
        ("price < 'x", "can't be read", 8),
        ("price < nan", "is no number", 8),
        ("and", "name of a column is missing", 0),
        ("(" * 60 + "price < 2", "more than 50 parentheses", 51),
    ],
)
def test_mistakes_are_shown_where_they_are(text: str, said: str, at: int) -> None:
    with pytest.raises(OptionError, match=said.replace("(", r"\(").replace(")", r"\)")) as caught:
        condition(text, COLUMNS)
    shown, caret = caught.value.why.split("\n")
    assert text[max(0, at - 60) :].startswith(shown) and len(caret) - 8 == min(at, 60)


def test_a_near_name_is_offered() -> None:
    with pytest.raises(OptionError) as caught:
        condition("prise < 2", COLUMNS)
    assert "price" in caught.value.instead


def test_many_parts_are_no_deep_tree() -> None:
    assert fitting(" and ".join(["price < 20"] * 600)) == [0, 3]
    assert fitting("price in (" + ", ".join(map(str, range(1500))) + ")") == [0, 1]
    with pytest.raises(OptionError, match="characters"):
        condition("price < 20 and " * 1000 + "price < 20", COLUMNS)


SIGNS = ["<", "=", "in", "(", ")", ",", "and", "or", "not", "is", "missing", "has", "contains"]
WORDS = st.sampled_from(
    ["price", "brand", "genre", "`Product name`", "5", "'x y'", '"', "`", "\n", "é", *SIGNS]
)


@given(st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=12).map(" ".join)))
def test_any_text_is_a_condition_or_a_mistake(text: str) -> None:
    try:
        found = condition(text, COLUMNS)
    except RecboxError as error:
        assert error.what
    else:
        assert TABLE.select(found.alias("fits"))["fits"].dtype == pl.Boolean


def test_lists_hold_what_may_stand_in_them(fitted) -> None:
    everything = fitted.recommend([1, 2], 9)
    only = fitted.recommend([1, 2], 9, only=[10, "12", 15])
    rest = fitted.recommend([1, 2], 9, exclude=[10, 12, 15])
    assert set(only["item"]) <= {10, 12, 15} and not set(rest["item"]) & {10, 12, 15}
    together = pl.concat([only, rest]).sort("user", "score", "item", descending=[False, True, False])
    assert together.select("user", "item", "score").equals(everything.select("user", "item", "score"))
    assert fitted.recommend(1, 9, seen=True).height == 9 > fitted.recommend(1, 9).height
    assert fitted.recommend(1, 2, only=10, seen=True)["item"].to_list() == [10]


def test_a_condition_is_of_the_items_columns(fitted) -> None:
    column = next(c.name for c in fitted.dataset.item.columns if c.role == "title")
    titled = fitted.recommend(1, 9, where=f"`{column}` is not missing", seen=True)
    assert titled["title"].null_count() == 0 and titled.height == 8


def test_an_empty_list_of_a_new_item_is_missing_too(graph, tmp_path) -> None:
    parts = [{"use": "id"}, {"use": "feature", "columns": ["genre"]}]
    recipe = graph | {"encoder": {"item": {"fuse": "sum", "part": parts}}}
    wide = load(run(recipe, out=tmp_path / "a").folder)
    row = {name: [value] for name, value in wide.dataset.item.table.row(0, named=True).items()}
    wide = wide.with_items({**row, "id": [999], "genre": [[]]})
    asked = {"k": 31, "seen": True}
    missing = wide.recommend(1, where="genre is missing", **asked)["item"].to_list()
    assert 999 in missing
    assert 999 not in wide.recommend(1, where="not genre has Drama", **asked)["item"]


@pytest.mark.parametrize("narrow", [{"only": [99]}, {"where": "nothing = 1"}])
def test_what_is_not_there_is_told(fitted, narrow) -> None:
    with pytest.raises(OptionError):
        fitted.recommend(1, 3, **narrow)


def test_what_is_excluded_may_be_unknown(fitted) -> None:
    assert fitted.recommend(1, 3, exclude=["x", 99]).equals(fitted.recommend(1, 3))


def test_nothing_left_is_told(fitted) -> None:
    with pytest.raises(OptionError, match="no item is left"):
        fitted.recommend(1, 3, only=[10], exclude=[10])
