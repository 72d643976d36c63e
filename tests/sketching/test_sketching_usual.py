"""Files as they are found in the world: the columns of public data sets and of exports, with made rows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import recbox
from recbox.api.check import check
from recbox.context import Context
from recbox.data import assemble, split

DRAW = random.Random(5)
N = 3000


def one_of(*values: str) -> Callable[[int], str]:
    return lambda n: DRAW.choice(values)


def some(prefix: str, count: int) -> Callable[[int], str]:
    """Ids of which low numbers are frequent."""
    return lambda n: f"{prefix}{int(count * DRAW.random() ** 1.5)}"


def seconds(n: int) -> str:
    return str(1_500_000_000 + 3001 * n)


def iso(n: int) -> str:
    return f"20{10 + n % 10}-{1 + n % 12:02}-{1 + n % 28:02} {n % 24:02}:09:11"


def maybe(share: float, value: Callable[[int], str]) -> Callable[[int], str]:
    return lambda n: value(n) if DRAW.random() < share else ""


def title_of(ids: Callable[[int], str]) -> tuple[Callable[[int], str], Callable[[int], str]]:
    """An id and the title that goes with it."""
    kept: list[str] = []

    def own(n: int) -> str:
        kept.append(ids(n))
        return kept[-1]

    return own, lambda n: f"The film called {kept[n]}"


def price(n: int) -> str:
    return f"{1 + DRAW.random() * 40:.2f}"


film, film_title = title_of(some("", 300))
stock, stock_title = title_of(some("85", 300))
USUAL = {
    "movielens": (
        "userId,movieId,rating,timestamp",
        [some("", 200), some("", 300), one_of("0.5", "3.0", "4.5"), seconds],
        {"user": "userId", "item": "movieId", "weight": "rating", "time": "timestamp"},
    ),
    "online retail": (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        [lambda n: str(536_365 + n // 20), stock, stock_title, some("", 12),
         lambda n: f"{1 + n % 12}/{1 + n % 28}/2010 8:26", price, some("17", 200), one_of("France", "UK")],
        {"user": "CustomerID", "item": "StockCode", "weight": "Quantity", "time": "InvoiceDate"},
    ),
    "online retail by pandas": (
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
        [lambda n: str(489_434 + n // 20), stock, stock_title, some("", 12), iso, price,
         maybe(0.75, lambda n: f"{13_085 + int(200 * DRAW.random())}.0"), one_of("France", "UK")],
        {"user": "Customer ID", "item": "StockCode", "weight": "Quantity", "time": "InvoiceDate"},
    ),
    "retail rocket": (
        "timestamp,visitorid,event,itemid,transactionid",
        [lambda n: str(1_433_221_332_117 + n * 977_003), some("", 300),
         one_of(*["view"] * 8, "addtocart", "transaction"), some("", 200), maybe(0.01, some("", 9000))],
        {"user": "visitorid", "item": "itemid", "behaviour": "event", "time": "timestamp"},
    ),
    "taobao": (
        "",
        [some("", 200), some("", 300), some("", 20), one_of("pv", "pv", "pv", "cart", "fav", "buy"), seconds],
        {"user": 1, "item": 2, "behaviour": 4, "time": 5},
    ),
    "amazon": (
        "",
        [some("A", 200), some("B00", 300), one_of("1.0", "5.0"), seconds],
        {"user": 1, "item": 2, "time": 4},
    ),
    "google analytics": (
        "event_name,user_id,item_id,value,ts",
        [one_of("view_item", "view_item", "purchase"), some("u", 200), some("i", 100), maybe(0.05, price),
         iso],
        {"user": "user_id", "item": "item_id", "behaviour": "event_name", "time": "ts"},
    ),
    "titles as items": (
        "user,movie,rating",
        [some("", 200), lambda n: f"The Movie {int(100 * DRAW.random())} (1999)", one_of("1", "2", "5")],
        {"user": "user", "item": "movie", "weight": "rating"},
    ),
    "films with titles": (
        "who,film_id,film_title,when",
        [some("", 200), film, film_title, iso],
        {"user": "who", "item": "film_id", "time": "when"},
    ),
    "erp": (
        "Order date,Qty,Customer No,PartNo",
        [iso, some("", 12), some("C", 200), some("X-", 100)],
        {"user": "Customer No", "item": "PartNo", "weight": "Qty", "time": "Order date"},
    ),
    "barcodes": (
        "customer_id,ean,date,qty",
        [some("", 200), lambda n: str(4_006_381_333_000 + int(100 * DRAW.random())), iso, some("", 5)],
        {"user": "customer_id", "item": "ean", "time": "date", "weight": "qty"},
    ),
    "two times": (
        "user,item,date,timestamp",
        [some("", 200), some("", 100), iso, seconds],
        {"user": "user", "item": "item"},
    ),
    "countries": (
        "user_id,country_id,product_id,time",
        [some("", 200), some("", 9), some("", 100), iso],
        {"user": "user_id", "item": "product_id", "time": "time"},
    ),
    "orders": (
        "Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem sku,Total",
        [lambda n: f"#{1001 + n // 3}", lambda n: f"c{int(200 * DRAW.random())}@x.org", iso, some("", 4),
         lambda n: f"Thing {n % 7} blue", some("SKU", 100), price],
        {"user": "Email", "item": "Lineitem sku", "time": "Created at", "weight": "Lineitem quantity"},
    ),
    "an index": (
        ",user_id,item_id,rating",
        [str, some("", 200), some("", 100), one_of("1", "4", "5")],
        {"user": "user_id", "item": "item_id", "weight": "rating"},
    ),
    "microseconds": (
        "user,item,timestamp",
        [some("", 200), some("", 100), lambda n: str(1_500_000_000_000_000 + 3001 * n)],
        {"user": "user", "item": "item"},
    ),
}  # fmt: skip


def rows(header: str, makers: list[Callable[[int], str]]) -> Iterator[str]:
    if header:
        yield header
    for n in range(N):
        yield ",".join(make(n) for make in makers)


@pytest.mark.parametrize("kind", USUAL)
def test_the_columns_are_found_and_the_recipe_reads_most_rows(tmp_path: Path, kind: str) -> None:
    header, makers, expected = USUAL[kind]
    (tmp_path / "log.csv").write_text("\n".join(rows(header, makers)) + "\n")
    made = recbox.sketch(tmp_path / "log.csv", out=tmp_path / "log.yaml")
    found = made.events[0].entry["columns"]
    if kind == "two times":
        assert "time" in found and found.pop("time") in ("date", "timestamp")
    assert found == expected
    data = check(made.path).recipe.data
    dataset = assemble(data.source.options.read(Context(folder=tmp_path)), data.clean, data.target or "")
    assert made.counts.bad < 0.3 * N and len(split(dataset, data.split, Context()).train)


def test_an_item_file_is_known_by_its_own_ids(tmp_path: Path) -> None:
    """Of a catalogue larger than what was taken, other columns hold more numbers that are ids by chance."""
    (tmp_path / "log.csv").write_text("\n".join(rows("user_id,item_id", [some("", 90), some("", 100)])))
    lines = ["item_id,category_name,product_name,stock,category_id,colour_code,price,vector"]
    for n in range(400):
        lines.append(
            f"{n},kind {n % 5},Thing {n},{n % 30},{n % 40},{n % 20},{'N/A' if n == 7 else n / 7},0.1|0.{n}"
        )
    (tmp_path / "items.csv").write_text("\n".join(lines) + "\n")
    made = recbox.sketch(tmp_path / "log.csv", item=[tmp_path / "items.csv"], out=tmp_path / "log.yaml")
    (side,) = made.sides
    assert side.id.sample.at == "item_id"
    assert {name: column["type"] for name, column in side.columns.items()} == {
        "category_name": "categorical",
        "product_name": "text",
        "stock": "numeric",
        "category_id": "categorical",
        "colour_code": "categorical",
        "price": "numeric",
    }
    assert [name for name, column in side.columns.items() if column.get("role") == "title"] == [
        "product_name"
    ]
    assert side.left == {"vector": "it holds lists of numbers"}
    assert made.counts.bad == 1 and check(made.path).recipe.data.clean.bad == "skip"  # the price N/A


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("purchase-2024-01", "purchase-2024-02"), {}),
        (("views", "purchases"), {"views", "purchases"}),
        (("monday", "tuesday"), {}),
    ],
)
def test_files_are_behaviours_only_where_their_names_differ_in_that(tmp_path: Path, names, said) -> None:
    for name in names:
        (tmp_path / f"{name}.csv").write_text("\n".join(rows("user,item", [some("", 90), some("", 50)])))
    made = recbox.sketch(*(tmp_path / f"{name}.csv" for name in names), out=tmp_path / "log.yaml")
    assert {one.entry.get("behaviour") for one in made.events} - {None} == set(said)


@pytest.mark.parametrize("per_user", [1, 2, 3, 5])
def test_few_interactions_are_held_out_all_the_same(tmp_path: Path, per_user: int) -> None:
    lines = [f"u{n // per_user},i{n * 7 % 40}" for n in range(600)]
    (tmp_path / "log.csv").write_text("user,item\n" + "\n".join(lines) + "\n")
    if per_user == 1:
        with pytest.raises(recbox.sketching.making.DataError, match="no user has more than one"):
            recbox.sketch(tmp_path / "log.csv", out=tmp_path / "log.yaml")
        return
    made = recbox.sketch(tmp_path / "log.csv", out=tmp_path / "log.yaml")
    data = check(made.path).recipe.data
    dataset = assemble(data.source.options.read(Context(folder=tmp_path)), data.clean)
    assert len(split(dataset, data.split, Context()).test)
