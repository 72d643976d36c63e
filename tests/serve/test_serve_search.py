"""Lists found by a first look at bytes are those of all scores, to the last bit."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whole import whole

from recbox.api.run import run
from recbox.kernel import byte_table
from recbox.serve import version
from recbox.serve.asked import Recommend
from recbox.serve.desk import Desk
from recbox.serve.looking import look
from recbox.serve.searching import Search, lister
from recbox.serve.version import Version
from recbox.serve.wish import Wish

USERS, ITEMS = 30, 6000
CONDITIONS = ["price < 2", "price < 9", "price >= 2", "kind = k1"]


def shop(folder: Path, encoder: Any) -> Path:
    draw = random.Random(5)
    with (folder / "items.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [["id", "kind", "price"], *([n, f"k{n % 700}", n % 60 / 4] for n in range(ITEMS))]
        )
    with (folder / "events.csv").open("w", newline="") as file:
        events = [[f"u{draw.randrange(USERS)}", n, n] for n in range(ITEMS)]  # each item is known
        events += [[f"u{n % USERS}", int(ITEMS * draw.random() ** 2), ITEMS + n] for n in range(1500)]
        csv.writer(file).writerows([["user", "item", "time"], *events])
    columns = {"kind": {"type": "categorical"}, "price": {"type": "numeric"}}
    named = {name: name for name in ("user", "item", "time")}
    table = {"use": "table", "interaction": [{"path": str(folder / "events.csv"), "columns": named}]}
    table["item"] = [{"path": str(folder / "items.csv"), "id": "id", "columns": columns}]
    recipe = {
        "recbox": 1, "name": "large", "dim": 16,
        "data": {"source": table, "clean": {"duplicate": "last"}, "split": {"by": "user-time", "test": 0.1}},
        "encoder": {"item": encoder},
        "layer": [{"use": "lightgcn"}],
        "train": {"epochs": 1, "batch": 512},
        "evaluate": {"k": [5], "metric": ["ndcg"], "baseline": []},
    }  # fmt: skip
    return Path(run(recipe, out=folder / "a").folder)


@pytest.fixture(scope="module", params=["id", "ties"])
def desk(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that looks at bytes first, whatever the size. ties: items are what their columns say, so that
    some are alike."""
    folder = tmp_path_factory.mktemp("search")
    kind = {"use": "feature", "columns": ["kind"]}
    encoder = kind if request.param == "ties" else {"fuse": "sum", "part": [{"use": "id"}, kind]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(version, "LARGE", 0)
        patch.setattr(byte_table, "byte_products", lambda: True)
        made = Desk(Version.open(shop(folder, encoder)), folder / "e.db")
        made.store.put_items(
            [
                *((str(n), {}, False) for n in range(0, ITEMS, 50)),
                *((str(ITEMS + n), {"kind": f"k{n}", "price": float(n)}, None) for n in range(5)),
            ]
        )
        yield made


ids = st.lists(st.integers(0, ITEMS + 3), max_size=40)
boost = st.one_of(
    st.fixed_dictionaries(
        {"where": st.sampled_from(CONDITIONS), "by": st.sampled_from([-1.0, -0.1, 0.001, 0.01, 0.1])}
    ),
    st.fixed_dictionaries({"items": ids, "by": st.floats(-2, 2)}),
)
asks = st.fixed_dictionaries(
    {"user": st.integers(0, USERS - 1).map("u{}".format), "k": st.integers(1, 60)},
    optional={
        "where": st.sampled_from(CONDITIONS),
        "exclude": ids,
        "only": ids,
        "seen": st.booleans(),
        "boost": st.lists(boost, max_size=3),
    },
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=asks)
def test_a_list_is_that_of_all_scores(desk: Desk, asked: dict[str, Any]) -> None:
    request = Recommend(**asked)
    person, catalogue = desk.person(request.user, None)
    glance = person.glance(catalogue)
    assert glance is not None
    quick = lister(person, request, catalogue, look(*glance))(request.k)
    score, item = whole(person, request, catalogue)
    assert np.array_equal(quick[1], item) and np.array_equal(quick[0], score)
    own, items = person.vector.double(), catalogue.version.vectors[1].double()
    if not asked.get("boost") and len(quick[1]) and quick[1].max() < ITEMS:
        exact = (items[quick[1]] @ own).numpy()
        assert quick[0] == pytest.approx(exact, rel=1e-6, abs=1e-9)


def test_most_lists_are_found_without_all_scores(desk: Desk) -> None:
    """Else nothing would have been won, and the law above would say nothing."""
    found = 0
    for user in range(USERS):
        asked = Recommend(user=f"u{user}", k=10)
        person, catalogue = desk.person(asked.user, None)
        seen = look(*person.glance(catalogue))
        search = Search(catalogue, person.vector, seen, Wish(catalogue, asked, person.seen))
        found += search.best(asked.k) is not None
    assert found >= USERS // 2


def test_what_a_boost_raises_is_not_overlooked(desk: Desk) -> None:
    """By about as much as the best scores are apart, and by more."""
    for user in range(USERS):
        for by in (0.003, 0.01, 0.03, 0.1):
            asked = Recommend(user=f"u{user}", k=10, boost=[{"where": "price < 2", "by": by}])
            person, catalogue = desk.person(asked.user, None)
            quick = lister(person, asked, catalogue, look(*person.glance(catalogue)))(asked.k)
            all_of_them = whole(person, asked, catalogue)
            assert np.array_equal(quick[1], all_of_them[1]) and np.array_equal(quick[0], all_of_them[0])
