"""Which column is what."""

from __future__ import annotations

import random
from zlib import crc32

import pytest

from recbox.sketching.facts import Facts
from recbox.sketching.peek import Sample
from recbox.sketching.roles import guesses
from recbox.sketching.words import target_of, tokens

DRAW = random.Random(0)
USERS = tuple(str(DRAW.randrange(300)) for _ in range(900))
ITEMS = tuple(f"A-{int(90 * DRAW.random() ** 2):03}" for _ in range(900))
ISO = tuple(f"2024-{1 + n % 12:02}-{1 + n % 28:02}T08:00:00" for n in range(900))
UNIX = tuple(str(1_700_000_000 + 977 * n) for n in range(900))
STARS = tuple(str(1 + n % 5) for n in range(900))
KINDS = tuple(DRAW.choice(["view", "add_to_cart", "purchase"]) for _ in range(900))
TITLES = tuple(f"Thing {item[2:]}" for item in ITEMS)
PRICES = tuple(f"{DRAW.random() * 50:.2f}" for _ in range(900))


def roles(**columns):
    """What is guessed of columns by these names; `_1` for one without."""
    samples = [
        Sample(None if name.startswith("_") else name.replace("__", " "), n + 1, values)
        for n, (name, values) in enumerate(columns.items())
    ]
    found = guesses([Facts(sample) for sample in samples])
    return {role: guess.column.sample.at for role, guess in found.items() if guess.column}, found


@pytest.mark.parametrize(
    ("user", "item", "time"),
    [
        ("user", "item", "time"),
        ("user_id", "item_id", "timestamp"),
        ("userId", "movieId", "timestamp"),
        ("CustomerID", "StockCode sku", "InvoiceDate"),
        ("customer_unique_id", "product_id", "order_date"),
        ("visitorid", "itemid", "timestamp"),
        ("reviewerID", "asin", "unixReviewTime"),
        ("Kunden-Nr.", "Artikel", "Zeitpunkt"),
        ("student", "course_code", "Datum"),
        ("uid", "track_id", "played at"),
    ],
)
def test_names_tell_roles(user, item, time):
    for order in ((user, item, time), (time, item, user)):
        values = {user: USERS, item: ITEMS, time: ISO}
        found, guess = roles(**{name.replace(" ", "__"): values[name] for name in order})
        assert found == {"user": user, "item": item, "time": time}
        assert not any(one.doubt for one in guess.values())


def test_without_names_users_come_first_and_all_is_in_doubt():
    found, guess = roles(_1=USERS, _2=ITEMS, _3=STARS, _4=UNIX)
    assert found == {"user": 1, "item": 2, "time": 4}
    assert all(guess[role].doubt for role in ("user", "item", "time"))


def test_a_title_is_no_user_of_its_item():
    found, _ = roles(what=TITLES, nr=ITEMS, who=USERS)
    assert {found["user"], found["item"]} in ({"nr", "who"}, {"what", "who"})


def test_weights_and_behaviours_are_told_by_name():
    found, _ = roles(user=USERS, item=ITEMS, rating=STARS, event_type=KINDS, price=PRICES)
    assert found == {"user": "user", "item": "item", "weight": "rating", "behaviour": "event_type"}


def test_two_columns_that_could_be_the_user_are_in_doubt():
    _, guess = roles(user_id=USERS, customer_id=USERS[::-1], item=ITEMS)
    assert "might be" in guess["user"].doubt and guess["user"].others


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([f"{1 + n % 28}/{1 + n % 12}/24" for n in range(900)], "'date' looks like times"),
        ([f"{45_000 + n / 7:.3f}" for n in range(900)], "Excel's numbers of days"),
    ],
)
def test_times_in_another_form_are_told(values, told):
    found, guess = roles(user=USERS, item=ITEMS, date=tuple(values))
    assert "time" not in found and told in guess["time"].doubt


@pytest.mark.parametrize(
    ("values", "written", "doubt"),
    [
        ([f"{1 + n % 28}/{1 + n % 12}/2024" for n in range(900)], "day-first", ""),
        ([f"{1 + n % 12}-{1 + n % 28}-2024" for n in range(900)], "month-first", ""),
        ([f"{1 + n % 12}.{1 + n % 12}.2024" for n in range(900)], "day-first", "can't be told"),
        (
            [f"{1 + n % 12}/{1 + n % 12}/2024 {1 + n % 12}:00 PM" for n in range(900)],
            "month-first",
            "can't be",
        ),
        ([f"2024-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(900)], "auto", ""),
    ],
)
def test_what_comes_first_in_a_date_is_told_by_its_values(values, written, doubt):
    found, guess = roles(user=USERS, item=ITEMS, date=tuple(values))
    assert found["time"] == "date" and guess["time"].column.times == (1.0, written)
    assert doubt in guess["time"].doubt and bool(doubt) == bool(guess["time"].doubt)


def test_numbers_that_look_like_times_are_some_in_doubt():
    found, guess = roles(user=USERS, item=ITEMS, moment=tuple(str(1_600_000_000 + n) for n in range(900)))
    assert found["time"] == "moment" and "look like Unix times" in guess["time"].doubt
    found, _ = roles(user=USERS, item=ITEMS, order_id=tuple(str(1_600_000_000 + n) for n in range(900)))
    assert "time" not in found


def test_a_decimal_comma_is_told():
    found, guess = roles(user=USERS, item=ITEMS, rating=tuple(f"{n % 5},5" for n in range(900)))
    assert "weight" not in found and "decimal comma" in guess["weight"].doubt


@pytest.mark.parametrize(
    ("user", "item", "time"),
    [("用户ID", "商品ID", "时间戳"), ("顧客番号", "商品番号", "日付"), ("пользователь", "товар", "дата"),
     ("Käufer", "Artikelnummer", "Tag"), ("Réf. client", "Référence article", "Date de commande"),
     ("usuario", "producto", "fecha"), ("buyer", "product_ref", "bought_on_date")],
)  # fmt: skip
def test_names_of_other_languages_are_known(user, item, time):
    dates = tuple(f"2024-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(900))
    found, guess = roles(**{item: ITEMS, time: dates, user: USERS})
    assert found == {"user": user, "item": item, "time": time}
    assert not any(one.doubt for one in guess.values())


def test_few_numbers_are_what_people_did_where_the_name_says_so():
    codes = tuple(str((1, 1, 1, 3, 4)[n * 7 % 5]) for n in range(900))
    found, _ = roles(user_id=USERS, item_id=ITEMS, behavior_type=codes)
    assert found["behaviour"] == "behavior_type"
    assert "behaviour" not in roles(user_id=USERS, item_id=ITEMS, kind=codes)[0]


def test_a_kind_of_item_is_nothing_that_people_did():
    kinds = tuple(f"k{crc32(item.encode()) % 3}" for item in ITEMS)
    found, _ = roles(user_id=USERS, item_id=ITEMS, type=kinds)
    assert "behaviour" not in found


@pytest.mark.parametrize("columns", [{"user": USERS}, {"user": USERS, "price": PRICES}, {}])
def test_one_id_is_not_enough(columns):
    found, _ = roles(**columns)
    assert "user" not in found and "item" not in found


@pytest.mark.parametrize(
    ("kinds", "target"),
    [
        (["view", "addtocart", "transaction"], "transaction"),
        (["pv", "cart", "fav", "buy"], "buy"),
        (["click", "purchase_event"], "purchase_event"),
        (["impression", "click"], "click"),
        (["red", "blue"], ""),
        (["views", "purchases"], "purchases"),
        (["order_cancelled", "order_completed"], "order_completed"),
        (["cancel_order", "view"], "view"),
        ([], ""),
    ],
)
def test_the_behaviour_that_says_most_is_the_target(kinds, target):
    assert target_of(kinds) == target


def test_names_fall_into_words():
    assert tokens("customerID") == ["customer", "id"]
    assert tokens("Kunden-Nr.") == ["kunden", "nr"]
    assert tokens("order_item2") == ["order", "item", "2"]
    assert tokens("ARTIKEL") == ["artikel"]
