"""The model card: what a hub reads of it, its figures, and that foreign text stays text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from recbox.artifact import Content, write
from recbox.artifact.card import FILES, model_card
from recbox.artifact.escaping import text

HOSTILE = (
    'x"\n---\nevil: 1\n<script>|\x1b[31m' + chr(0xD800),
    "[click](javascript:alert(1))", "![x](http://evil.example/x.png)", "`a` | b |", "# x\n## y", "\u202eabc",
    "<img src=x onerror=alert(1)>", "https://evil.example www.evil.example", "$\\alpha$ ~~x~~ **x** __y__",
    "--- \n...", "{{ x }} &lt; &#60;",
)  # fmt: skip


def parts(card: str) -> tuple[dict[str, Any], str]:
    """The head, as YAML reads it, and the text."""
    _, head, body = card.split("---\n", 2)
    return yaml.safe_load(head), body


def html(body: str) -> str:
    return MarkdownIt("commonmark").enable("table").render(body)


def test_the_head_is_what_hubs_read(whole: Path) -> None:
    head, _ = parts((whole / "README.md").read_text())
    (index,) = head.pop("model-index")
    assert head == {
        "library_name": "recbox",
        "tags": ["recommendation", "collaborative-filtering"],
        "datasets": ["tiny"],
        "metrics": ["ndcg", "recall"],
    }
    (result,) = index["results"]
    assert index["name"] == "tiny" and result["task"]["name"] == "Top-k recommendation"
    assert result["dataset"].pop("args")["synthetic"] is False
    assert result["dataset"] == {
        "type": "tiny",
        "name": "tiny",
        "split": "test",
    }
    assert result["metrics"] == [
        {"type": "recall", "value": 0.25, "name": "Recall@2", "args": {"k": 2}},
        {"type": "ndcg", "value": 0.5, "name": "NDCG@2", "args": {"k": 2}},
    ]


def test_hugging_face_reads_it(whole: Path) -> None:
    hub = pytest.importorskip("huggingface_hub", reason="comes with recbox-text")
    card = hub.ModelCard((whole / "README.md").read_text(), ignore_metadata_errors=False)
    assert card.data.library_name == "recbox" and card.data.model_name == "tiny"
    assert card.data.license is None, "nobody said one"
    found = {r.metric_name: (r.metric_value, r.dataset_name, r.dataset_split) for r in card.data.eval_results}
    assert found == {"Recall@2": (0.25, "tiny", "test"), "NDCG@2": (0.5, "tiny", "test")}


def test_baselines_and_warnings_stand_in_it(make: Callable[..., Content]) -> None:
    metrics = {
        **make().metrics,
        "baseline": {"tiny": {"test": {"recall@2": 0.125}}, "slow": {"left_out": "too much"}},
        "warning": [{"code": "x", "message": "the data is odd"}],
        "time": {"fit_s": 1.25},
    }
    _, body = parts(model_card(make(metrics=metrics), ["scorer.safetensors"]))
    assert "| metric | tiny | tiny (simple) |" in body
    assert "| Recall@2 | 0.2500 | 0.1250 |" in body and "| NDCG@2 | 0.5000 | – |" in body
    assert "- the data is odd" in body and "1.5 s, 1.2 s of them training" in body
    assert "slow" not in body


def test_what_was_not_tested_has_validation_values(make: Callable[..., Content]) -> None:
    metrics = {"format": 1, "status": "interrupted", "valid": {"ndcg@2": 0.4}}
    head, body = parts(model_card(make(status="interrupted", metrics=metrics), []))
    assert head["model-index"][0]["results"][0]["dataset"]["split"] == "validation"
    assert "On the validation part" in body and "was interrupted" in body
    head, body = parts(model_card(make(metrics={"format": 1, "status": "done"}), []))
    assert "model-index" not in head and "It was not measured." in body


def test_it_names_the_files_that_are_there(whole: Path) -> None:
    _, body = parts((whole / "README.md").read_text())
    named = set(re.findall(r"^\| `(.+?)` \|", body, re.MULTILINE))
    there = {str(p.relative_to(whole)) for p in whole.rglob("*") if p.is_file()}
    assert named == there <= set(FILES)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_stays_text(name: str, place: Path, make: Callable[..., Content]) -> None:
    metrics = {**make().metrics, "baseline": {name: {"test": {"recall@2": 0.1}}}, "sentence": name}
    metrics["test"] = {name: 0.5, **metrics["test"]}
    metrics["warning"] = [{"code": "x", "message": name}]
    data = replace(make().dataset, name=name)
    card = (write(make(name=name, dataset=data, metrics=metrics), None) / "README.md").read_text()
    head, body = parts(card)
    assert head["library_name"] == "recbox" and "evil" not in head
    assert head["model-index"][0]["name"] == "".join(c if c.isprintable() else " " for c in name)[:200]
    assert "\x1b" not in card and "\u202e" not in card
    plain = model_card(replace(make(), name="a"), [])
    allowed = set(re.findall(r"<(\w+)", html(parts(plain)[1])))
    assert set(re.findall(r"<(\w+)", html(body))) <= allowed, "nothing but what every card has"
    assert html(body).count("<h1>") == 1


@given(st.text(max_size=60))
def test_escaped_text_is_shown_as_it_is(value: str) -> None:
    shown = html(f"x {text(value)} y")
    assert set(re.findall(r"</?(\w+)", shown)) <= {"p"}
    assert "\n" not in text(value)
