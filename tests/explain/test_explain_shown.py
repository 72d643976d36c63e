"""What is read of an explanation: a sentence, plain data, a drawing; and what is refused."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.api.load import Fitted
from recbox.errors import OptionError, RecboxError, UnsupportedError
from recbox.explain import Explanation

Artifact = Callable[[str], Fitted]
SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "style", "path", "g", "circle", "text"}
EVIDENCE = {"item": ["a", "b"], "title": ["A", None], "contribution": [0.5, -0.2], "share": [0.5, -0.2]}
PATHS = {
    "item": ["a", "a"],
    "title": ["A", "A"],
    "by": ["user", "vectors"],
    "node": ["v", None],
    "node_title": [None, None],
    "count": [1, 1],
    "contribution": [0.1, 0.4],
}
SOME = Explanation(
    user="u",
    item="t",
    title="T",
    score=0.6,
    method="exact",
    held="",
    had=False,
    evidence=pl.DataFrame({**EVIDENCE, "users": [3, 0]}),
    paths=pl.DataFrame(PATHS, schema_overrides={"node_title": pl.String}),
    rest={"the user's own vector": 0.3},
    residual=0.0,
    deletion=None,
    top=5,
)


def texts(svg: str) -> list[str]:
    return [one.text or "" for one in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_sentence_says_what_counts() -> None:
    assert SOME.sentence == (
        "For user u “T” scores 0.6. The strongest of their 2 items: “A” (0.5). All items count 0.3. "
        "Besides them counts the user's own vector 0.3."
    )
    assert "which they have already" in replace(SOME, had=True).sentence


def test_a_drawing_shows_who_lies_between() -> None:
    svg = SOME.svg()
    assert texts(svg) == ["user u", "“T”", "“A”", "b", "user v"]
    widths = [float(p.get("stroke-width", "")) for p in ET.fromstring(svg).iter(f"{SVG}path")]
    assert widths[0] == max(widths) and len(widths) == 6
    dashed = [p for p in ET.fromstring(svg).iter(f"{SVG}path") if p.get("stroke-dasharray")]
    assert len(dashed) == 2
    assert "<style>" in svg and "<style>" not in SOME.svg(embedded=True)


@given(st.text(max_size=30), st.text(max_size=10))
def test_any_title_is_text_and_nothing_else(title: str, id: str) -> None:
    evidence = SOME.evidence.with_columns(pl.Series("title", [title, None]), pl.Series("item", [id, "b"]))
    svg = replace(SOME, title=title, user=id or "x", evidence=evidence).svg()
    root = ET.fromstring(svg)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= ALLOWED
    assert not [name for one in root.iter() for name in one.attrib if name.startswith("on") or "href" in name]
    svg.encode()


@pytest.mark.parametrize("name", ["friends", "ease", "gat", "user-knn"])
def test_plain_data_goes_through_json(artifact: Artifact, name: str) -> None:
    found = artifact(name).explain("u03", "i05")
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    total = sum(row["contribution"] for row in document["evidence"]) + sum(document["rest"].values())
    assert total + document["residual"] == pytest.approx(document["score"])
    assert document["sentence"] == found.sentence and texts(found.svg())[0] == "user u03"


def test_paths_go_over_users_items_and_friends(artifact: Artifact) -> None:
    found = artifact("friends").explain("u03", "i05", top=14).paths
    assert {"user", "vectors", "item"} <= set(found["by"])
    direct = found.filter((pl.col("by") == "item") & (pl.col("node") == "i05"))
    assert direct.height and set(direct["node_title"]) == {"Film 5"}


def test_linked_users_are_no_items(artifact: Artifact) -> None:
    model = artifact("friends")
    named = [model.explain(u, "i05", deletion=False).rest for u in model.dataset.user.ids]
    assert any("linked users" in rest for rest in named) and not all("linked users" in rest for rest in named)


@pytest.mark.parametrize("name", ["no-layer", "bpr-mf"])
def test_who_is_known_by_an_id_alone_is_not_explained(artifact: Artifact, name: str) -> None:
    with pytest.raises(UnsupportedError, match="can't say which interactions") as caught:
        artifact(name).explain("u03", "i05")
    assert caught.value.why and "item-knn" in caught.value.instead


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"user": "u3", "item": "i05"}, "there is no user 'u3'"),
        ({"user": "u03", "item": "i5"}, "there is no item 'i5'"),
        ({"user": "u03", "item": "i05", "history": ["zzz"]}, "there is no item 'zzz'"),
        ({"history": ["zzz"], "item": "i05"}, "there is no item 'zzz'"),
        ({"item": "i05"}, "one user, known or new"),
        ({"user": "u03"}, "one user, known or new"),
        ({"user": ["u03", "u04"], "item": "i05"}, "2 users"),
        ({"user": "u03", "item": ["i05", "i06"]}, "2 items"),
        ({"user": "u03", "history": {"u03": ["i01"], "u04": ["i02"]}, "item": "i05"}, "names 'u04' beside"),
        ({"user": "u03", "history": {"u04": ["i02"]}, "item": "i05"}, "'u04', and 'u03' was asked for"),
        ({"history": {"a": ["i01"], "b": ["i02"]}, "item": "i05"}, "names 'b' beside 'a'"),
        ({"history": [], "item": "i05"}, "the history is empty"),
        ({"user": "u03", "item": "i05", "top": 0}, "top is 0"),
    ],
)
def test_what_is_none_is_refused(artifact: Artifact, given: dict[str, object], said: str) -> None:
    with pytest.raises(RecboxError) as caught:
        artifact("ease").explain(**given)  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_a_user_without_interactions_has_nothing_to_explain_by(artifact: Artifact) -> None:
    model = artifact("lightgcn")
    records = model.explainer.records
    split = model.artifact.split
    x = model.dataset.interaction
    without = replace(model.dataset, interaction=x.take(split.train[x.user[split.train] != 3]))
    before, records.__dict__["train"] = records.train, without
    records.__dict__.pop("_by_user", None)
    try:
        with pytest.raises(OptionError, match="no interactions that the method was fitted on"):
            model.explain("u03", "i05")
    finally:
        records.__dict__["train"] = before
        records.__dict__.pop("_by_user", None)


def test_a_new_item_is_explained_by_its_vector(artifact: Artifact) -> None:
    """Its encoder reads features; it receives nothing, so that no path leads to it."""
    model = artifact("featured").with_items({"id": ["n1", "n2"], "name": ["New", None], "kind": ["k1", "k9"]})
    found = model.explain("u03", "n1", top=2)
    assert found.title == "New" and found.method == "exact"
    assert abs(found.residual) < 1e-5 and set(found.paths["by"]) == {"vectors"}
    scores = model.recommend(["u03"], k=16, seen=True)
    ours = scores.filter(pl.col("item") == "n1")
    assert float(ours["score"][0]) == pytest.approx(found.score, abs=1e-5)
    assert found.deletion is None or found.deletion.before == pytest.approx(found.score, abs=1e-5)
