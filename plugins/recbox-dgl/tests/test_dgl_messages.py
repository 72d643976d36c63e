"""What a recipe's author is told about a convolution that doesn't fit."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from recbox_dgl import DGL, modules

from recbox.plugin.foreign import classes, signature

if modules.home() is None:
    pytest.skip(f"dgl is not installed: {modules.INSTALL}", allow_module_level=True)


def told(**options) -> list[dict[str, str]]:
    """What the mistakes say, where, and what instead."""
    with pytest.raises(ValidationError) as error:
        DGL.parse(options)
    return [e["ctx"] for e in error.value.errors()]


CASES = {
    "unknown module": (
        {"module": "GATv2"},
        "module",
        "dgl.nn has no 'GATv2'",
        "did you mean 'GATv2Conv'? There are: AGNNConv, APPNPConv",
    ),
    "unusable module": (
        {"module": "RelGraphConv", "num_rels": 3},
        "module",
        "RelGraphConv can't be a layer here: it needs types of edges",
        "one of AGNNConv",
    ),
    "module of an object": (
        {"module": "GroupRevRes"},
        "module",
        "GroupRevRes can't be a layer here: it is made of another module, its `gnn_module`",
        "one of",
    ),
    "unknown argument": (
        {"module": "GATv2Conv", "num_head": 4, "num_heads": 4},
        "num_head",
        "GATv2Conv has no argument 'num_head'",
        "did you mean 'num_heads'? There are: attn_drop, bias",
    ),
    "missing argument": (
        {"module": "GATv2Conv"},
        "module",
        "GATv2Conv needs `num_heads`",
        "beside it, `num_heads:` with a whole number",
    ),
    "a text for a number": (
        {"module": "GATv2Conv", "num_heads": "four"},
        "num_heads",
        "`num_heads` of GATv2Conv must be a whole number, not 'four'",
        "",
    ),
    "a truth for a number": (
        {"module": "GATv2Conv", "num_heads": True},
        "num_heads",
        "`num_heads` of GATv2Conv must be a whole number, not true",
        "",
    ),
    "half a head": (
        {"module": "GATv2Conv", "num_heads": 1.5},
        "num_heads",
        "`num_heads` of GATv2Conv must be a whole number, not 1.5",
        "",
    ),
    "no head": (
        {"module": "GATv2Conv", "num_heads": 0},
        "num_heads",
        "`num_heads` of GATv2Conv must be at least 1, not 0",
        "",
    ),
    "a number for a truth": (
        {"module": "GraphConv", "bias": 1},
        "bias",
        "`bias` of GraphConv must be true or false, not 1",
        "",
    ),
    "a list of the wrong": (
        {"module": "PNAConv", "aggregators": ["mean", 1], "scalers": ["identity"], "delta": 1},
        "aggregators",
        "`aggregators` of PNAConv must be a list of texts, not ['mean', 1]",
        "",
    ),
    "filled by the layer": (
        {"module": "GraphConv", "out_feats": 8},
        "out_feats",
        "`out_feats` of GraphConv is set by the layer: the recipe's `dim`",
        "leave it out",
    ),
    "an object": (
        {"module": "GraphConv", "activation": "relu"},
        "activation",
        "`activation` of GraphConv must be a Python object, which a recipe can't write, or null, not 'relu'",
        "leave it out",
    ),
    "cached": (
        {"module": "SGConv", "cached": True},
        "cached",
        "`cached` of SGConv can't be set: the graph of the first step would be kept",
        "leave it out",
    ),
    "order of neighbours": (
        {"module": "SAGEConv", "aggregator_type": "lstm"},
        "aggregator_type",
        "`aggregator_type: lstm` depends on the order of neighbours, and they have none",
        "mean",
    ),
    "hidden of nothing": (
        {"module": "GraphConv", "hidden": 8},
        "hidden",
        "GraphConv has no perceptron, so `hidden` would do nothing",
        "leave it out",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_mistake_says_where_what_and_what_instead(case) -> None:
    options, at, what, instead = case
    [said] = told(**options)
    assert (said["at"], said["what"]) == (at, what)
    assert said["instead"].startswith(instead) if instead else said["instead"] == ""


def test_all_mistakes_are_told_at_once() -> None:
    said = told(module="GATv2Conv", heads=4, bias=0, out_feats=3)
    assert [s["at"] for s in said] == ["heads", "bias", "out_feats", "module"]


@pytest.mark.parametrize(
    ("options", "width", "dim", "why"),
    [
        ({"module": "GATConv", "num_heads": 3}, 8, 8, "GATConv's 3 heads don't divide dim 8"),
        ({"module": "GatedGraphConv", "n_steps": 1}, 9, 8, "the 9 columns that come in are more than dim 8"),
        (
            {
                "module": "PNAConv",
                "aggregators": ["sum"],
                "scalers": ["identity"],
                "delta": 1,
                "num_towers": 4,
            },
            6,
            8,
            "PNAConv's 4 towers don't divide the widths 6 and 8",
        ),
    ],
)
def test_widths_that_do_not_fit(options, width, dim, why) -> None:
    with pytest.raises(ValueError, match=why):
        DGL.parse(options).width(width, dim)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_whatever_a_recipe_says_is_read_or_a_mistake(data) -> None:
    home = modules.home()
    module = data.draw(st.sampled_from([*classes(home), "Nothing"]))
    known = sorted(signature(home, module).arguments) if module != "Nothing" else []
    names = st.sampled_from([*known, "heads", "k"]) if known else st.text(max_size=5)
    options = data.draw(st.dictionaries(names, VALUES, max_size=4)) | {"module": module}
    try:
        layer = DGL.parse(options)
    except ValidationError as error:
        assert all(e["type"] == "mistake" and e["ctx"]["what"] for e in error.errors())
        return
    try:
        assert layer.width(12, 24) > 0
    except ValueError as error:
        assert module in str(error)


def test_null_is_allowed_where_it_is_the_default() -> None:
    assert DGL.parse({"module": "GraphConv", "activation": None}).given == {"activation": None}


def test_options_survive_a_round_trip() -> None:
    for options in DGL.examples:
        layer = DGL.parse(options)
        assert DGL.parse(layer.values()) == layer


def test_a_recipe_shows_the_place(tmp_path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        "recbox: 1\nname: r\ndim: 8\n"
        "data: {source: {use: synthetic, users: 20, items: 10, interactions: 100}}\n"
        "layer:\n  - {use: dgl, module: GATv2Conv, num_heds: 4}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "recbox", "check", recipe], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "r.yaml:6:35: GATv2Conv has no argument 'num_heds'" in done.stderr
    assert "did you mean 'num_heads'?" in done.stderr
    assert "GATv2Conv needs `num_heads`" in done.stderr


def test_without_dgl_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(modules, "folder", lambda *_: None)
    [said] = told(module="GATv2Conv", num_heads=4)
    assert said["what"] == "dgl is not installed"
    assert "pip install 'dgl>=2.1,<3'" in said["instead"]
