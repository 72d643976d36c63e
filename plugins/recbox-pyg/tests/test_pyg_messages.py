"""What a recipe's author is told about a convolution that doesn't fit."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from recbox_pyg import PyG, modules

from recbox.plugin.foreign import classes, signature

if modules.home() is None:
    pytest.skip(f"torch_geometric is not installed: {modules.INSTALL}", allow_module_level=True)


def told(**options) -> list[dict[str, str]]:
    """What the mistakes say, where, and what instead."""
    with pytest.raises(ValidationError) as error:
        PyG.parse(options)
    return [e["ctx"] for e in error.value.errors()]


CASES = {
    "unknown module": (
        {"module": "GATv2"},
        "module",
        "torch_geometric.nn has no convolution 'GATv2'",
        "did you mean 'GATv2Conv'? There are: AGNNConv, APPNP",
    ),
    "unusable module": (
        {"module": "RGCNConv", "num_relations": 3},
        "module",
        "RGCNConv can't be a layer here: it needs types of edges",
        "one of AGNNConv",
    ),
    "module of an object": (
        {"module": "GPSConv"},
        "module",
        "GPSConv can't be a layer here: it is made of another module, its `conv`",
        "one of",
    ),
    "unknown argument": (
        {"module": "GATv2Conv", "num_heads": 4},
        "num_heads",
        "GATv2Conv has no argument 'num_heads'",
        "did you mean 'heads'? There are: add_self_loops, bias",
    ),
    "missing argument": (
        {"module": "ChebConv"},
        "module",
        "ChebConv needs `K`",
        "beside it, `K:` with a whole number",
    ),
    "a text for a number": (
        {"module": "GATv2Conv", "heads": "four"},
        "heads",
        "`heads` of GATv2Conv must be a whole number, not 'four'",
        "",
    ),
    "a truth for a number": (
        {"module": "GATv2Conv", "dropout": True},
        "dropout",
        "`dropout` of GATv2Conv must be a number, not true",
        "",
    ),
    "no head": (
        {"module": "GATv2Conv", "heads": 0},
        "heads",
        "`heads` of GATv2Conv must be at least 1, not 0",
        "",
    ),
    "a number for a truth": (
        {"module": "GCNConv", "bias": 1},
        "bias",
        "`bias` of GCNConv must be true or false, not 1",
        "",
    ),
    "a list of the wrong": (
        {"module": "MixHopConv", "powers": [0, "one"]},
        "powers",
        "`powers` of MixHopConv must be null or a list of whole numbers, not [0, 'one']",
        "",
    ),
    "no powers": ({"module": "MixHopConv", "powers": []}, "powers", "`powers` is empty", "[0, 1, 2]"),
    "filled by the layer": (
        {"module": "GCNConv", "out_channels": 8},
        "out_channels",
        "`out_channels` of GCNConv is set by the layer: the recipe's `dim`",
        "leave it out",
    ),
    "a perceptron": (
        {"module": "GINConv", "nn": "mlp"},
        "nn",
        "`nn` of GINConv is set by the layer: a perceptron with `hidden` columns",
        "leave it out",
    ),
    "an object": (
        {"module": "ARMAConv", "act": "relu"},
        "act",
        "`act` of ARMAConv must be a Python object, which a recipe can't write, or null, not 'relu'",
        "leave it out",
    ),
    "cached": (
        {"module": "GCNConv", "cached": True},
        "cached",
        "`cached` of GCNConv can't be set: the graph of the first step would be kept",
        "leave it out",
    ),
    "order of neighbours": (
        {"module": "SAGEConv", "aggr": "lstm"},
        "aggr",
        "`aggr` of SAGEConv can't be 'lstm'",
        "one of add, max",
    ),
    "one of several aggregators": (
        {"module": "SAGEConv", "aggr": ["mean", "maxx"]},
        "aggr",
        "`aggr` of SAGEConv can't be 'maxx'",
        "did you mean 'max'?",
    ),
    "loops for some": (
        {"module": "EGConv", "aggregators": ["max"]},
        "aggregators",
        "without `symnorm` EGConv gives loops to some nodes without edges and not to others",
        "add_self_loops: false",
    ),
    "more features of edges": (
        {"module": "GATConv", "edge_dim": 3},
        "edge_dim",
        "`edge_dim` of GATConv must be 1, for an edge has its weight and nothing else",
        "edge_dim: 1",
    ),
    "no features of edges": (
        {"module": "GINEConv"},
        "module",
        "GINEConv needs `edge_dim`",
        "beside it, `edge_dim: 1`",
    ),
    "hidden of nothing": (
        {"module": "GCNConv", "hidden": 8},
        "hidden",
        "GCNConv has no perceptron, so `hidden` would do nothing",
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
    said = told(module="ChebConv", k=4, bias=0, out_channels=3)
    assert [s["at"] for s in said] == ["k", "bias", "out_channels", "module"]


@pytest.mark.parametrize(
    ("options", "width", "dim", "why"),
    [
        ({"module": "GATConv", "heads": 3}, 8, 8, "GATConv's 3 heads don't divide dim 8"),
        ({"module": "EGConv"}, 8, 12, "EGConv's 8 heads don't divide dim 12"),
        ({"module": "MixHopConv"}, 8, 8, "MixHopConv's 3 powers don't divide dim 8"),
        ({"module": "GatedGraphConv", "num_layers": 1}, 9, 8, "the 9 columns that come in are more than dim"),
        (
            {"module": "PNAConv", "aggregators": ["sum"], "scalers": ["identity"], "towers": 3},
            6,
            8,
            "PNAConv's 3 towers don't divide the widths 6 and 8",
        ),
    ],
)
def test_widths_that_do_not_fit(options, width, dim, why) -> None:
    with pytest.raises(ValueError, match=why):
        PyG.parse(options).width(width, dim)


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
        layer = PyG.parse(options)
    except ValidationError as error:
        assert all(e["type"] == "mistake" and e["ctx"]["what"] for e in error.errors())
        return
    try:
        assert layer.width(12, 24) > 0
    except ValueError as error:
        assert module in str(error)


def test_null_is_allowed_where_it_is_the_default() -> None:
    assert PyG.parse({"module": "ARMAConv", "act": None}).given == {"act": None}


def test_options_survive_a_round_trip() -> None:
    for options in PyG.examples:
        layer = PyG.parse(options)
        assert PyG.parse(layer.values()) == layer


def test_a_recipe_shows_the_place(tmp_path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        "recbox: 1\nname: r\ndim: 8\n"
        "data: {source: {use: synthetic, users: 20, items: 10, interactions: 100}}\n"
        "layer:\n  - {use: pyg, module: GATv2Conv, heds: 4}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "recbox", "check", recipe], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "r.yaml:6:35: GATv2Conv has no argument 'heds'" in done.stderr
    assert "did you mean 'heads'?" in done.stderr


def test_without_the_library_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(modules, "folder", lambda *_: None)
    [said] = told(module="GATv2Conv", heads=4)
    assert said["what"] == "torch_geometric is not installed"
    assert "pip install torch_geometric" in said["instead"]
