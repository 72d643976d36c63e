"""A measurement beside an earlier one: verdicts on made cases, and files that are none."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from recbox.bench import bench, compare, load, write
from recbox.bench.comparing import verdict
from recbox.errors import ArtifactError, OptionError


def row(median: float, q1: float, q3: float, **more: Any) -> dict[str, Any]:
    found = {"what": "step", "name": "dgl", "unit": "ms", "better": "less", "median": median, "q1": q1}
    found |= {"q3": q3, "rounds": 11, "ratio": median / 10, "ratio_q1": q1 / 10, "ratio_q3": q3 / 10}
    return found | {"against": "coo", "extra": {}} | more


def document(*rows: dict[str, Any], **machine: Any) -> dict[str, Any]:
    facts = {"processor": "P", "cores": 2, "torch": "2.13.0", "load": 0.1} | machine
    part = {"about": {"graph": "gowalla", "triad GB/s": 19.0}, "seconds": 1.0, "row": list(rows)}
    return {"bench": 1, "machine": facts, "repeat": 11, "suite": {"step": part}}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (row(10, 9, 11), row(7, 6.5, 7.5), "within noise"),  # 3 apart, and 2 + 1 wide
        (row(10, 9, 11), row(6.9, 6.5, 7.5), "better"),
        (row(6.9, 6.5, 7.5), row(10, 9, 11), "worse"),
        (row(6.9, 6.5, 7.5, better="more"), row(10, 9, 11, better="more"), "better"),
        (row(10, 9, 11, better="more"), row(6.9, 6.5, 7.5, better="more"), "worse"),
        (row(10, 10, 10, rounds=1), row(5, 5, 5), "too few rounds"),
        (row(10, 10, 10), row(5, 5, 5, rounds=4), "too few rounds"),
        (row(10, 10, 10), row(10, 10, 10), "within noise"),
    ],
)
def test_a_change_counts_where_it_is_more_than_both_spreads(
    before: dict[str, Any], after: dict[str, Any], said: str
) -> None:
    assert verdict(before, after) == said


def test_a_change_is_told_of_the_figures_that_both_have() -> None:
    before = document(row(10, 9, 11), row(3, 3, 3, name="gone"))
    after = document(row(5, 5, 5), row(4, 4, 4, name="come"), load=3.0)
    found = compare(before, after)
    assert found["machine"] == {} and found["by"] == "figure" and found["work"] == []
    assert found["row"] == [
        {"suite": "step", "what": "step", "name": "dgl", "unit": "ms", "before": 10, "after": 5,
         "change": -0.5, "verdict": "better"},
    ]  # fmt: skip
    assert found["missing"] == [["step", "step", "gone"]] and found["new"] == [["step", "step", "come"]]


def test_on_other_hardware_ratios_are_compared() -> None:
    after = document(row(5, 5, 5, ratio=1.0, ratio_q1=0.9, ratio_q3=1.1), row(8, 8, 8, name="coo"), cores=64)
    found = compare(document(row(10, 9, 11), row(8, 8, 8, name="coo")), after)
    assert found["machine"] == {"cores": [2, 64]} and found["by"] == "ratio"
    assert [r["verdict"] for r in found["row"]] == ["within noise", "reference"]
    assert found["row"][0]["change"] == 0.0 and found["row"][0]["unit"] == "× reference"


def test_other_versions_are_told_and_times_compared() -> None:
    found = compare(document(row(10, 9, 11)), document(row(5, 5, 5), torch="3.0"))
    assert found["machine"] == {"torch": ["2.13.0", "3.0"]} and found["by"] == "figure"
    assert found["row"][0]["verdict"] == "better"


def test_what_was_measured_on_something_else_is_not_compared() -> None:
    after = document(row(5, 5, 5))
    after["suite"]["step"]["about"] = {"graph": "random", "triad GB/s": 19.0}
    assert compare(document(row(10, 9, 11)), after)["row"] == []
    assert compare(document(row(10, 9, 11)), after)["work"] == ["step"]
    after["suite"]["step"]["about"] = {"graph": "gowalla", "triad GB/s": 18.0}
    assert compare(document(row(10, 9, 11)), after)["work"] == []


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda d: [], "no `bench`"),
        (lambda d: d | {"bench": 2}, "its format is 2"),
        (lambda d: d | {"machine": None}, "no `machine`"),
        (lambda d: d | {"suite": {"step": 3}}, "isn't whole"),
        (lambda d: d | {"suite": {"step": {"about": {}, "row": [{}]}}}, "isn't whole"),
        (lambda d: document(row(1, 1, 1) | {"median": "1"}), "isn't whole"),
        (lambda d: document(row(1, 1, 1, ratio=float("nan"))), "isn't whole"),
        (lambda d: document(row(1, 1, 1, better=None)), "isn't whole"),
    ],
)
def test_a_foreign_file_is_refused(tmp_path: Path, damage: Any, why: str) -> None:
    path = tmp_path / "x.json"
    whole = document(row(1, 1, 1))
    path.write_text(json.dumps(whole))
    assert load(path) == whole
    path.write_text(json.dumps(damage(copy.deepcopy(whole))))
    with pytest.raises(OptionError, match=why):
        load(path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"[" * 100_000, b"{"])
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(OptionError, match="no JSON"):
        load(path)
    with pytest.raises(OptionError, match="can't be read"):
        load(tmp_path / "none.json")
    with pytest.raises(OptionError, match="it is no file"):
        load(tmp_path)


def test_what_is_written_is_read_again_and_drawn(tmp_path: Path) -> None:
    found = bench(["step", "evaluate"], nodes=300, edges=3000, dim=8, repeat=5, threads=1)
    paths = write(found, tmp_path / "new", "recbox bench step | cat")
    assert {p.name for p in paths} == {
        f"{s}.{e}" for s in ("step", "evaluate") for e in ("json", "md", "svg")
    }
    again = load(tmp_path / "new" / "step.json")
    assert again["suite"] == {"step": found["suite"]["step"]}
    changes = compare(again, found)
    assert len(changes["row"]) == len(again["suite"]["step"]["row"])
    assert {r["verdict"] for r in changes["row"]} == {"within noise"} and not changes["missing"]
    page = (tmp_path / "new" / "step.md").read_text()
    assert "`recbox bench step | cat`" in page and "![step](step.svg)" in page
    assert page.count("\n| ") == len(again["suite"]["step"]["row"]) + 2
    drawing = ElementTree.parse(tmp_path / "new" / "step.svg")
    texts = {element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert {row["name"] for row in again["suite"]["step"]["row"]} <= texts


def test_a_folder_that_cant_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError, match="can't write the measurements"):
        write(document(row(1, 1, 1)), tmp_path / "file" / "inside", "x")
