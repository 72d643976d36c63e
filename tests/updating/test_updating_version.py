"""A version says what it is: in its files, when it is opened, judged and verified."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from updating_shop import SINCE

import recbox
from recbox.api.load import Fitted
from recbox.artifact import manifest, open_artifact, read_manifest
from recbox.cli.front import call
from recbox.errors import ArtifactError
from recbox.updating.version import stem_of
from recbox.verification import verify

Of = Callable[[str], Fitted]


def test_names_go_on_from_the_parents(fitted: Of, tmp_path):
    first = fitted("lightgcn")
    second = first.update(SINCE[:2])
    third = second.update(SINCE[2:])
    assert [m.folder.name for m in (second, third)] == ["lightgcn-2", "lightgcn-3"]
    told = third.metrics["updated"]
    assert (told["from"], told["trained"]) == ("lightgcn-2", "lightgcn")
    assert told["checksum"] == second.artifact.manifest.checksum
    assert told["since_training"] == {"events": 6, "users": 1, "items": 1, "forgotten": 0}
    assert third.metrics["test"] == first.metrics["test"]
    assert any(w["code"] == "updated" for w in third.metrics["warning"])
    named = first.update(SINCE, out=tmp_path / "elsewhere" / "v7")
    assert named.folder == tmp_path / "elsewhere" / "v7"
    with pytest.raises(ArtifactError, match="isn't empty"):
        first.update(SINCE, out=named.folder)
    assert stem_of(Path("x/lightgcn-12"), "lightgcn") == stem_of(Path("x/lightgcn"), "lightgcn") == "lightgcn"
    assert stem_of(Path("x/v7"), "lightgcn") == "v7"


def test_only_what_was_updated_is_of_the_newer_format(fitted: Of):
    first = fitted("lightgcn")
    second = first.update(SINCE)
    assert (first.artifact.manifest.format, second.artifact.manifest.format) == (1, 2)
    assert second.artifact.manifest.updated.base == {
        "user": 30, "item": 20, "entity": 0, "interaction": 240,
    }  # fmt: skip
    raw = (second.folder / "manifest.json").read_bytes()
    assert manifest.read(raw, "manifest.json")
    for change, said in (
        ({"format": 1}, "format"),
        ({"format": 3}, "upgrade recbox"),
        ({"updated": {"base": {"user": 99, "item": 20, "entity": 0, "interaction": 240}}}, "trained with"),
        ({"updated": {"base": {"user": 30}}}, "trained with"),
    ):
        document = json.loads(raw)
        for key, value in change.items():
            document[key] = {**document[key], **value} if isinstance(value, dict) else value
        del document["checksum"]
        with pytest.raises(ArtifactError, match=said):
            manifest.seal(document)


def test_its_figures_are_not_measured_again(fitted: Of):
    second = fitted("featured").update(SINCE)
    with pytest.raises(ArtifactError, match="no test metrics of its own"):
        second.evaluate()
    with pytest.raises(ArtifactError, match="no test metrics of its own"):
        second.judge(second.recommend(k=5))
    with pytest.raises(ArtifactError, match="no test metrics of its own"):
        recbox.compare(second.folder, second.folder)
    found = verify(second.folder)
    states = {check.name: check.state for check in found.checks}
    assert found.holds and not found.proven
    assert states["vectors"] == states["data"] == states["split"] == "holds"
    assert states["figures"] == "unproven"


def test_vectors_that_are_not_those_of_one_pass_fail(fitted: Of, monkeypatch):
    """As if rows had been edited in weights.safetensors and the manifest sealed anew."""
    second = fitted("lightgcn").update(SINCE)
    artifact = open_artifact(second.folder)
    weights = {k: v + 1 for k, v in artifact.tensors("weights").items()}
    usual = type(artifact).tensors
    monkeypatch.setattr(
        type(artifact), "tensors", lambda self, name: weights if name == "weights" else usual(self, name)
    )
    found = verify(second.folder)
    assert [check.name for check in found.failed] == ["vectors"]


def test_through_a_link(fitted: Of, tmp_path, capsys):
    fitted("lightgcn")
    (tmp_path / "current").symlink_to("lightgcn")
    second = recbox.load(tmp_path / "current").update(SINCE)
    assert second.folder.parent == tmp_path and second.folder.name == "lightgcn-2"
    assert call(["recommend", str(tmp_path / "current"), "--user", "person-03", "-k", "2"]) == 0
    assert "person-03" in capsys.readouterr().out


def test_on_the_command_line(fitted: Of, tmp_path, capsys):
    model = fitted("lightgcn")
    SINCE.write_csv(tmp_path / "since.csv")
    since = str(tmp_path / "since.csv")
    assert call(["update", str(model.folder), since, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["count"]["new"] == 6
    assert read_manifest(Path(document["artifact"])).updated.events == 6
    assert call(["update", document["artifact"], since, "--forget-user", "stranger"]) == 0
    said = capsys.readouterr()
    assert "nothing names the id" in said.out and "3 there already" in said.out
    assert "run the recipe again without" in said.err and "left: version" in said.err
    assert call(["update", str(model.folder), str(tmp_path / "none.csv")]) == 2
    assert "there is no such file of events" in capsys.readouterr().err
