"""The page: what it shows, that nothing in it runs or loads, and that it stands when parts are missing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from report_example import RECIPE, example, history, metrics

from recbox.report import Document, render

PAYLOADS = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'; alert(1)//",
    "</title><svg onload=alert(1)>",
    "</style><script>1</script>", "{{ 7*7 }}", "{% raw %}", "<!--", "]]>", "javascript:alert(1)", "&lt;b&gt;",
    "\x00\x1b[31m\u202e\ud800", "</code></pre><iframe src=//x>", "<a href='javascript:1'>x</a>",
)  # fmt: skip
VOID = {"meta", "link", "br", "img", "input", "hr", "line", "rect", "circle", "path"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; an unbalanced tag is an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data

    def found(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def harmless(page: Page) -> None:
    names = {tag for tag, _ in page.tags}
    assert not names & {
        "script",
        "img",
        "iframe",
        "a",
        "link",
        "object",
        "embed",
        "form",
        "base",
        "animate",
        "use",
    }
    attributes = {name for _, attrs in page.tags for name in attrs}
    assert not [a for a in attributes if a.startswith("on") or a in ("href", "src", "style", "xlink:href")]
    assert len(page.found("style")) == 1
    policy = next(
        m["content"] for m in page.found("meta") if m.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_it_shows_what_was_found() -> None:
    page = Page(render(example()))
    harmless(page)
    for text in (
        "movielens-gcn is ahead of item-knn by 0.0067", "left out: needs about 12.2 GiB", "1,682", "6.305 %",
        "best of 12 settings on validation", "Recall@20", "Gini@20 ↓", "user-time", "812 MiB",
    ):  # fmt: skip
        assert text in page.text
    assert RECIPE in page.text
    assert "band red" not in render(example())


def test_the_best_of_each_row_is_bold() -> None:
    html = render(example(segment={}))
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', html)
    bold = {
        name: [i for i, cell in enumerate(re.findall(r"<td>(.*?)</td>", cells)) if "<strong>" in cell]
        for name, cells in rows
    }
    assert bold["NDCG@20"] == [0]
    assert bold["Gini@20 ↓"] == [2], "less is better"


def test_it_is_readable_without_eyes_and_on_a_phone() -> None:
    page = Page(render(example()))
    assert any("width=device-width" in (m.get("content") or "") for m in page.found("meta"))
    ids = {attrs["id"] for _, attrs in page.tags if attrs.get("id")}
    drawings = page.found("svg")
    assert len(drawings) == 8
    for attrs in drawings:
        assert attrs["role"] == "img" and attrs["viewbox"]
        assert set((attrs["aria-labelledby"] or "").split()) <= ids
    assert len(page.found("caption")) == len(page.found("table")) == 2
    assert [t for t, _ in page.tags if t in ("h1", "h2", "h3")][:2] == ["h1", "h2"]


@pytest.mark.parametrize("name", ["gender=F", *(f"x={payload}" for payload in PAYLOADS)], ids=ascii)
def test_groups_of_users_have_a_table_of_their_own(name: str) -> None:
    segment = {"warm": {"recall@20": 0.2}, name: {"recall@20": 0.31}, "gap of gender": {"recall@20": 0.04}}
    html = render(example(segment=segment, users={"judged": 940, "left_out": 3, name: 257}))
    harmless(Page(html))
    page = Page(html.partition("Groups of users</h3>")[2].partition("</div>")[0] + "</div>")
    assert [tag for tag, _ in page.tags].count("tr") == 3
    assert all(value in page.text for value in ("257", "0.3100", "0.0400"))
    assert "0.2000" not in page.text


def test_ids_are_unique() -> None:
    ids = [attrs["id"] for _, attrs in Page(render(example())).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_synthetic_data_can_not_be_missed() -> None:
    document = example()
    data = {**document.metrics["data"], "synthetic": True}
    page = Page(render(example(data=data)))
    assert [a for a in page.found("div") if a.get("class") == "band red"]
    assert "Synthetic data." in page.text


def test_an_interrupted_run_says_so() -> None:
    left = metrics(status="interrupted")
    for name in ("test", "baseline", "segment", "users"):
        del left[name]
    page = Page(render(Document("x", left, history(), RECIPE)))
    assert [a for a in page.found("div") if a.get("class") == "band amber"]
    assert "NDCG@20 on validation" in page.text


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_hostile_texts_stay_text(payload: str) -> None:
    given = metrics(warning=[{"code": "x", "message": payload}], select=payload)
    given["test"] = {payload: 0.5, **given["test"]}
    given["baseline"] = {
        payload: {"options": {payload: payload}, "test": {payload: 0.4}, "trials": 2},
        f"{payload}2": {"left_out": payload},
    }
    given["segment"] = {payload: {payload: 0.1}}
    given["data"] |= {
        "source": payload,
        "fingerprint": payload,
        "facts": {payload: [payload, {payload: payload}]},
    }
    given["data"]["split"]["by"] = payload
    rows = [
        {
            "stage": 0,
            "epoch": e,
            "loss": 1.0 / e,
            "term": {payload: 1.0, "b": 2.0},
            "valid": {payload: 0.1 * e},
        }
        for e in (1, 2)
    ]
    html = render(Document(payload, given, rows, payload, payload))
    page = Page(html)
    harmless(page)
    shape = [tag for tag, _ in page.tags]
    plain = [tag for tag, _ in Page(render(_named(given, rows, payload, "x"))).tags]
    assert shape == plain, "the text changes the structure of the page"
    assert not re.search("[\x00-\x08\x0e-\x1f\ud800-\udfff\u202e]", html)


def _named(given: Any, rows: Any, payload: str, name: str) -> Document:
    """The same document with a harmless text in the payload's place."""

    def swap(value: Any) -> Any:
        if isinstance(value, dict):
            return {swap(k): swap(v) for k, v in value.items()}
        if isinstance(value, list):
            return [swap(v) for v in value]
        return value.replace(payload, name) if isinstance(value, str) else value

    return Document(name, swap(given), swap(rows), name, name)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"test": {}, "baseline": {}, "data": {}, "time": {}, "memory": {}},
        {"test": {"ndcg@20": float("nan")}, "valid": None, "baseline": None, "warning": None, "data": None},
        {
            "test": {"ndcg@20": 0.0},
            "baseline": {"a": {"test": {"ndcg@20": 0.0}}},
            "data": {"users": 0, "items": 0},
        },
        {"test": {"ndcg@20": np.float32(0.5)}, "data": {"facts": {"a": np.int64(3), "b": None, "c": {1}}}},
    ],
)
def test_parts_may_be_missing(document: dict[str, Any]) -> None:
    harmless(Page(render(Document("x", document))))


@pytest.mark.parametrize(
    "rows",
    [
        [{"epoch": 1, "loss": 1.0}],
        [{"epoch": 1, "loss": None, "valid": {"ndcg@20": 0.1}}, {"epoch": 2, "loss": float("inf")}],
        [{"loss": 0.5}, {"loss": 0.5}],
        [{"epoch": e, "loss": -1e12 * e, "term": None, "valid": None} for e in range(1, 2000)],
        [{"stage": s, "epoch": e, "loss": 1e-12} for s in (0, 1) for e in (1, 2, 3)],
    ],
)
def test_odd_histories(rows: list[dict[str, Any]]) -> None:
    html = render(Document("x", metrics(), rows))
    Page(html)
    assert "nan" not in html and "inf," not in html
    assert len(html) < 100_000
