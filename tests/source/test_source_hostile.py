"""Hostile tables: built with a known number of bad rows, which are all that may be missing afterwards."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.context import Context
from recbox.data import assemble
from recbox.errors import DataError
from recbox.recipe.blocks import Clean
from recbox.source.table import Table

GOOD = ["user", "item", "weight", "time"]


@dataclass
class Built:
    """A file, and what reading it must find: {line: (user, item, weight, time)} and the bad lines."""

    content: bytes
    good: dict[int, tuple[str, str, float, int]]
    bad: set[int]
    options: dict


def _bad_line(draw: random.Random, sep: str, quoting: bool) -> bytes:
    u, i = str(draw.randrange(99)), str(draw.randrange(99))
    choice = draw.randrange(11)
    fields = {
        0: ["", i, "1", "1"],
        1: [u, " ", "1", "1"],
        2: [
            u,
            i,
            draw.choice(["x", "nan", "inf", "-inf", "1e400", "1,5" if sep != "," else "1..5", "0x10"]),
            "1",
        ],
        3: [u, i, "1", draw.choice(["x", "9" * 40, "2020-02-30", "2020-13-01", "nan", "1e300", "25:00"])],
        4: [u, i, "1"],
        5: [u, i, "1", "1", "1"],
        6: [u, "a" * 1001, "1", "1"],
        7: [u, i, "", "1"],
    }
    if choice in fields:
        return sep.join(fields[choice]).encode()
    plain = sep.join([u, i, "1", "1"]).encode()
    if choice == 8:
        return plain.replace(b"1", b"1\0", 1) if b"1" in plain else b"\0"
    if choice == 9:
        return plain + draw.choice([b"\xff", b"\xc3", b"\xe9", b"\xed\xa0\x80"])
    return b'"open' + plain if quoting else b"lone"


def _good_line(draw: random.Random, sep: str, quoting: bool) -> tuple[str, tuple[str, str, float, int]]:
    user = draw.choice([str(draw.randrange(99)), "007", "ä", "-3", "x y", "=1+1", "漢字", "9" * 30])
    item = str(draw.randrange(10**6))
    weight, time = (
        draw.choice([("1", 1.0), ("4.5", 4.5), ("-2", -2.0), (" 3 ", 3.0), ("1e3", 1000.0)]),
        draw.choice(
            [("0", 0), ("-5", -5), ("1969-12-31", -86_400), ("1500000000000", 1_500_000_000), ("7.9", 7)]
        ),
    )
    fields = [user, item, weight[0], time[0]]
    if quoting and draw.random() < 0.3:
        user = fields[0] = draw.choice([f"a{sep}b", 'say "so"'])
        fields[0] = '"' + user.replace('"', '""') + '"'
    return sep.join(fields), (user, item, weight[1], time[1])


def build(seed: int) -> Built:
    """A table of some rows, of which some are bad, in some dialect."""
    draw = random.Random(seed)
    sep, end = draw.choice([",", "\t", ";", "|", "::"]), draw.choice([b"\n", b"\r\n"])
    quoting, header = draw.random() < 0.5, draw.random() < 0.7
    lines: list[bytes] = [sep.join(GOOD).encode()] if header else []
    good: dict[int, tuple[str, str, float, int]] = {}
    bad: set[int] = set()
    count = draw.randrange(3, 60)
    # Without a header the width is that of most rows, so most rows are good then.
    badness = draw.choice([0, 0.1, 0.4] if header else [0, 0.1])
    for n in range(count):
        number = len(lines) + 1
        kind = draw.random()
        if n > 2 and kind < badness:
            lines.append(_bad_line(draw, sep, quoting))
            bad.add(number)
        elif kind > 0.95:
            lines.append(b"")
        else:
            text, good[number] = _good_line(draw, sep, quoting)
            lines.append(text.encode())
    mark = b"\xef\xbb\xbf" if draw.random() < 0.2 else b""
    content = mark + end.join(lines) + (end if draw.random() < 0.8 else b"")
    names = GOOD if header else [1, 2, 3, 4]
    options = {
        "delimiter": sep,
        "header": header,
        "quote": quoting,
        "columns": dict(zip(GOOD, names, strict=True)),
    }
    return Built(content, good, bad, options)


def check(seed: int, folder: Path) -> None:
    built = build(seed)
    (folder / "a.csv").write_bytes(built.content)
    tables = Table.parse({"interaction": [{"path": "a.csv", **built.options}]}).read(Context(folder=folder))
    assert {bad.line for bad in tables.bad} == built.bad, seed
    assert (tables.bad_count, tables.rows) == (len(built.bad), len(built.bad) + len(built.good)), seed
    found = {
        line: (str(u), str(i), w, t) for u, i, w, t, line in tables.interaction.select(*GOOD, "line").rows()
    }
    assert found == built.good, seed
    if built.bad:
        with pytest.raises(DataError, match=f"{len(built.bad)} bad row"):
            assemble(tables, Clean())
    if built.good:
        facts = assemble(tables, Clean(bad="skip")).facts
        assert facts["bad"] == len(built.bad) and facts["kept"] + facts["merged"] == len(built.good), seed


@pytest.mark.parametrize("seed", range(60))
def test_exactly_the_bad_rows_are_bad(seed, tmp_path):
    check(seed, tmp_path)


@pytest.mark.soak
def test_exactly_the_bad_rows_are_bad_2000_times(tmp_path):
    for seed in range(2000):
        check(seed, tmp_path)


@settings(max_examples=80)
@given(st.binary(max_size=300), st.booleans(), st.booleans(), st.sampled_from([",", "\t", "::", "|"]))
def test_any_bytes_give_rows_or_a_clear_error(content, header, quote, delimiter):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        for name, start in (
            ("a.csv", b"user" + delimiter.encode() + b"item\n" if header else b""),
            ("a.jsonl", b""),
        ):
            (path / name).write_bytes(start + content)
            options = {"path": name, "header": header, "quote": quote, "delimiter": delimiter}
            try:
                tables = Table.parse({"interaction": [options]}).read(Context(folder=path))
            except DataError:
                continue
            assert tables.rows == tables.bad_count + tables.interaction.height
