"""Table, JSON, CSV, LaTeX and page show the same figures, all made again from the JSON here."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import recbox
from recbox.cli.comparing import comparison_lines
from recbox.comparison import Comparison
from recbox.comparison.words import p_value

METRICS = ("ndcg@10", "recall@5")
TITLES = ("NDCG@10", "Recall@5")


@pytest.fixture(scope="module")
def found(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A method with three seeds, one with one, one that draws nothing, a ranking."""
    runs, file = trained / "runs", tmp_path_factory.mktemp("formats") / "other tool.parquet"
    recbox.load(runs / "popularity").recommend(k=5, part="test").write_parquet(file)
    names = ("graph-0", "graph-1", "graph-2", "ease")
    return recbox.compare(*(runs / n for n in names), scores=file, metric=METRICS)


@pytest.fixture(scope="module")
def plain(found: Comparison) -> dict[str, Any]:
    return json.loads(found.text("json"))


def number(value: float) -> str:
    return f"{value:.4f}".replace("-", "−")


def between(ends: list[float] | None) -> str:
    return "-" if ends is None else f"{number(ends[0])} to {number(ends[1])}"


def mean(value: dict[str, Any]) -> str:
    if value["interval"] is None:
        return number(value["mean"])
    low, high = value["interval"]
    return f"{number(value['mean'])} ± {(high - low) / 2:.4f}"


def mean_rows(plain: dict[str, Any]) -> list[list[str]]:
    def seeds(method: dict[str, Any]) -> str:
        if method["draws"]:
            return str(len(method["run"]))
        return "one" if method["list"] else "any"

    return [[m["name"], seeds(m), *(mean(m["value"][x]) for x in METRICS)] for m in plain["method"]]


def pair_rows(plain: dict[str, Any]) -> list[list[str]]:
    titles = dict(zip(METRICS, TITLES, strict=True))
    return [
        [
            f"{p['one']} − {p['other']}",
            titles[p["metric"]],
            p["verdict"],
            number(p["difference"]),
            between(p["interval"]),
            *(p_value(p[key]).removeprefix("= ") for key in ("p", "holm")),
            f"{p['effect']['standardised']:.2f}".replace("-", "−"),
            f"{p['effect']['users_better']:.0%} / {p['effect']['users_worse']:.0%}".replace("%", " %"),
        ]
        for p in plain["pair"]
    ]


def segment_rows(plain: dict[str, Any]) -> list[list[str]]:
    return [
        [
            s["segment"],
            f"{s['one']} − {s['other']}",
            f"{s['users']:,}",
            *map(number, s["mean"]),
            number(s["difference"]),
            s["lacking"] or between(s["interval"]),
        ]
        for s in plain["segment"]
        if s["metric"] == METRICS[0]
    ]


class Tables(HTMLParser):
    """The rows of cells of each table's body, as text."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.cell = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self.cell = True

    def handle_endtag(self, tag: str) -> None:
        self.cell = self.cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.cell:
            self.tables[-1][-1][-1] += data


def test_the_page(found: Comparison, plain: dict[str, Any]) -> None:
    reader = Tables()
    reader.feed(found.text("html"))
    means, pairs, segments = (table[1:] for table in reader.tables)
    assert means == mean_rows(plain)
    assert pairs == pair_rows(plain)
    assert segments == segment_rows(plain)


def test_latex(found: Comparison, plain: dict[str, Any]) -> None:
    text = found.text("latex").replace(r"$\pm$", "±").replace(r"\_", "_")
    shown = [line.removesuffix(r" \\") for line in text.splitlines() if " & " in line][1:]
    bare = [line.replace(r"\textbf{", "").replace("}", "") for line in shown]
    assert [line.split(" & ") for line in bare] == mean_rows(plain)
    for pair in plain["pair"]:
        assert f"% {pair['sentence']}".replace("−", "-") in text


def test_the_terminal(found: Comparison, plain: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    comparison_lines(found)
    out = capsys.readouterr().out.replace("*", "")
    flat, words = "".join(out.split()), set(out.split())
    for row in (*mean_rows(plain), *pair_rows(plain), *segment_rows(plain)):
        for cell in row:  # a long cell goes on in the line below, between others
            assert "".join(cell.split()) in flat or set(cell.split()) <= words, cell
    for pair in plain["pair"]:
        assert "".join(pair["sentence"].split()) in flat


def test_csv(found: Comparison, plain: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(found.text("csv"))))
    means = {(r["metric"], r["method"]): r for r in rows if r["row"] == "mean"}
    for method in plain["method"]:
        for metric, value in method["value"].items():
            row = means[metric, method["name"]]
            assert float(row["value"]) == value["mean"] and ends(row) == value["interval"]
            assert row["best"] == str(int(value["best"]))
    for key in ("pair", "segment"):
        same = [r for r in rows if r["row"] == key]
        assert len(same) == len(plain[key])
        for row, one in zip(same, plain[key], strict=True):
            assert [row["metric"], row["method"], row["other"]] == [one["metric"], one["one"], one["other"]]
            assert float(row["value"]) == one["difference"] and ends(row) == one["interval"]
    for row, one in zip((r for r in rows if r["row"] == "pair"), plain["pair"], strict=True):
        assert [float(row["p"]), float(row["holm"])] == [one["p"], one["holm"]]
        assert row["verdict"] == one["verdict"]
    for row, one in zip((r for r in rows if r["row"] == "segment"), plain["segment"], strict=True):
        assert [row["segment"], int(row["users"])] == [one["segment"], one["users"]]


def ends(row: dict[str, str]) -> list[float] | None:
    return [float(row["low"]), float(row["high"])] if row["low"] else None


def test_a_star_bold_and_best_are_the_same(found: Comparison, plain: dict[str, Any]) -> None:
    best = [m["name"] for m in plain["method"] if m["value"][METRICS[0]]["best"]]
    latex = [line for line in found.text("latex").splitlines() if r"\textbf{" in line]
    assert best == [m.label for m in [found.best(METRICS[0])] if m]
    assert all(any(line.startswith(name) for line in latex) for name in best)
