"""Names: every text either makes a package in its place, or is a mistake with a way out."""

from __future__ import annotations

import ast
import keyword
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recbox.errors import OptionError, PluginError, RecboxError
from recbox.registry import ALL_KINDS, Registry
from recbox.registry.code import plugin_name
from recbox.scaffold import create
from recbox.scaffold.naming import LONGEST, name_plugin
from recbox.scaffold.rendering import identifiers

REGISTRY = Registry()
NEAR = st.from_regex(r"[a-z0-9]{1,6}([-_./ ][a-z0-9A-Z]{1,6}){0,3}", fullmatch=True)


@settings(max_examples=150)
@given(name=st.text(max_size=40) | NEAR | st.sampled_from(keyword.kwlist), kind=st.sampled_from(ALL_KINDS))
@example(name="../x", kind="layer")
@example(name="/tmp/x", kind="layer")
@example(name="x\0", kind="layer")
@example(name="x\n", kind="layer")
@example(name="\ud800", kind="layer")
def test_any_text_makes_a_package_or_a_mistake(name: str, kind: str) -> None:
    with tempfile.TemporaryDirectory() as top:
        parent = Path(top, "d")
        parent.mkdir()
        try:
            made = {create(kind, name, parent, REGISTRY).folder.name}
        except RecboxError as error:
            made = set()
            assert error.what and error.instead
        assert os.listdir(top) == ["d"]
        assert set(os.listdir(parent)) == made
        assert made <= {f"recbox-{name}"}


@pytest.mark.parametrize(
    ("name", "problem", "way_out"),
    [
        ("", "empty", "my-hop"),
        ("MyHop", "a-z", "my-hop"),
        ("my_hop", "a-z", "my-hop"),
        ("my--hop", "a-z", "my-hop"),
        ("-hop", "a-z", "hop"),
        ("2hop", "begins with a letter", "my-hop"),
        ("a/b", "a-z", "a-b"),
        ("../hop", "a-z", "hop"),
        ("höp", "a-z", "my-hop"),
        ("ho\u0440", "a-z", "my-hop"),
        ("class", "Python's own", "my-hop"),
        ("recbox-hop", "recbox-NAME already", "hop"),
        ("x" * (LONGEST + 1), f"{LONGEST} at most", "my-hop"),
    ],
)
def test_a_bad_name_is_told_what_is_wrong_and_what_would_do(
    name: str, problem: str, way_out: str, tmp_path: Path
) -> None:
    with pytest.raises(OptionError) as caught:
        create("layer", name, tmp_path, REGISTRY)
    assert problem in caught.value.what
    assert way_out in caught.value.instead
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_name_that_the_kind_has_is_refused(kind: str, tmp_path: Path) -> None:
    for name in REGISTRY.names(kind):
        with pytest.raises(PluginError, match=f"there is a {kind} '{name}' already, from recbox-") as caught:
            create(kind, name, tmp_path, REGISTRY)
        assert caught.value.instead
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_another_kind_is_free(tmp_path: Path) -> None:
    assert create("layer", "recall", tmp_path, REGISTRY).folder.is_dir()


def test_a_distribution_that_is_installed_is_refused(tmp_path: Path) -> None:
    """`recbox-graph` is recbox itself."""
    with pytest.raises(PluginError, match="recbox-graph is installed already"):
        create("layer", "graph", tmp_path, REGISTRY)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_no_class_hides_a_name_that_its_module_uses(kind: str, tmp_path: Path) -> None:
    """`graph-x` is `GraphX`, but `spec` can't be `Spec`, which the module imports."""
    taken = identifiers(kind)
    assert {"Annotated", "ClassVar", "Field", kind.capitalize()} <= taken | {"UserMetric", "Metric"}
    for name in sorted(
        n for n in taken if n[0] != "_" and n.istitle() and n.lower() not in REGISTRY.names(kind)
    ):
        naming = name_plugin(kind, name.lower(), taken)
        assert naming.cls not in taken
        assert naming.named


@given(st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4}){0,3}", fullmatch=True))
def test_a_class_has_the_name_or_says_it(name: str) -> None:
    if keyword.iskeyword(name) or name.startswith("recbox"):
        return
    naming = name_plugin("layer", name, ())
    assert ast.parse(f"class {naming.cls}: pass\nimport {naming.package}.{naming.module}")
    assert naming.named or plugin_name(type(naming.cls, (), {})) == name
