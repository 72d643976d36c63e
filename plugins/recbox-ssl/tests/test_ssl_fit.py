"""What a term can't learn from is told before any data is read, at its place and with a way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.numpy import load_file
from test_ssl_package import RECIPE, TERMS, TEXT, sourced, written

import recbox
from recbox.api.check import check
from recbox.errors import RecipeError

LAYERS = "layer: [{use: lightgcn, repeat: 2}]"
TWO = "{fuse: concat, part: [{use: id}, {use: id}]}"
CONCAT = f"encoder: {{user: {TWO}, item: {TWO}}}"
NEEDY = [term for term in TERMS if "alignment-uniformity" not in term and term != TEXT]


def said(path: Path) -> tuple[str, str, str]:
    """What the one mistake says, what to do instead, and what of the line is behind its caret."""
    with pytest.raises(RecipeError) as caught:
        check(path)
    (mistake,) = caught.value.mistakes
    return mistake.what, mistake.instead, mistake.line[mistake.column - 1 :]


def changed(folder: Path, term: str, *parts: tuple[str, str]) -> Path:
    path = written(folder, term)
    text = path.read_text()
    for old, new in parts:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


@pytest.mark.parametrize("term", [*NEEDY, "use: noise-contrast, layer: 0"])
@pytest.mark.parametrize("layers", ["layer: []", "propagation: none"])
def test_what_needs_layers_says_so_where_there_are_none(term: str, layers: str, tmp_path: Path) -> None:
    if layers == "layer: []":
        path = changed(tmp_path, term, (LAYERS, layers))
    else:
        path = staged(tmp_path, term)
    what, instead, _ = said(path)
    assert "hop 2 is asked for" in what or "learns from what layers give" in what
    assert "`propagation: full`" in instead


def staged(folder: Path, term: str) -> Path:
    """The term in a stage without layers; the next one has them, and bpr alone."""
    text = RECIPE.format(term=term, epochs=1)
    objective = next(line for line in text.splitlines() if line.startswith("objective"))
    first = f"train:\n  stage:\n  - {objective}\n    epochs: 1\n    propagation: none\n"
    second = "  - {objective: [{use: bpr}], epochs: 1}"
    path = folder / "small.yaml"
    path.write_text(
        text.replace(objective + "\n", "").replace("train: {epochs: 1, batch: 64}", first + second)
    )
    return path


def test_alignment_uniformity_needs_no_layers(tmp_path: Path) -> None:
    check(changed(tmp_path, "use: alignment-uniformity", (LAYERS, "layer: []")))


@pytest.mark.parametrize("term", TERMS)
def test_over_lightgcn_all_fit(term: str, tmp_path: Path) -> None:
    check(sourced(tmp_path, term, "movielens-100k"))


@pytest.mark.parametrize(
    ("term", "network", "what", "instead"),
    [
        ("use: noise-contrast, §layer: 3", LAYERS, "layer 3 is asked for, and the last one is 2",
         "`layer: 2` or"),
        ("use: noise-contrast, §layer: 1", f"combine: concat\n{LAYERS}",
         "layer 1 has 8 columns, and the final vectors have 24", "`layer: null`"),
        ("use: neighbour-contrast, §hop: 4", LAYERS, "hop 4 is asked for, and the last one is 2", "4 layers"),
        ("use: §neighbour-contrast", "layer: [{use: lightgcn}]", "hop 2 is asked for", "2 layers"),
        ("use: §neighbour-contrast", f"combine: last\n{CONCAT}\nlayer: [{{use: gcn, repeat: 2}}]",
         "hop 2 has 8 columns, and the first vectors have 16", "lightgcn, or another `fuse`"),
        ("use: §svd-contrast", f"combine: last\n{CONCAT}\nlayer: [{{use: gcn}}]",
         "hop 1 has 8 columns, and what it is made of has 16", "lightgcn, or another `fuse`"),
        ("use: §masked-attribute, of: vectors", f"{CONCAT}\n{LAYERS}", "the encoders give 16 columns",
         "another `fuse` than concat"),
        ("use: §masked-attribute", f"{CONCAT}\n{LAYERS}", "the encoders give 16",
         "another `fuse` than concat"),
        ("use: §masked-attribute, of: vectors", f"combine: concat\n{LAYERS}",
         "the final vectors have 24 columns", "another `combine` than concat"),
        (TEXT.replace("use: t", "use: §t", 1) + ", by: generative", f"{CONCAT}\n{LAYERS}",
         "the encoders give 16",
         "another `fuse` than concat"),
        (TEXT.replace("use: t", "use: §t", 1), f"{CONCAT}\n{LAYERS}", "final vectors have 16 columns",
         "another `fuse` than concat"),
        (TEXT.replace("use: t", "use: §t", 1), f"combine: concat\n{LAYERS}", "final vectors have 24 columns",
         "another `combine` than concat"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_at_its_place(
    term: str, network: str, what: str, instead: str, tmp_path: Path
) -> None:
    path = sourced(tmp_path, term.replace("§", ""), "movielens-100k")
    path.write_text(path.read_text().replace(LAYERS, network))
    told, way, behind = said(path)
    assert "doesn't fit: " in told
    assert what in told
    assert instead in way
    assert behind.startswith(term.partition("§")[2][:12])


def test_wide_vectors_fit_where_nothing_is_compared_with_others(tmp_path: Path) -> None:
    """Encoders side by side under lightgcn, and hops side by side for terms of final vectors."""
    for term in ("use: svd-contrast", "use: neighbour-contrast", "use: noise-contrast, layer: 1"):
        check(changed(tmp_path, term, (LAYERS, f"{CONCAT}\n{LAYERS}")))
    for term in ("use: edge-dropout-contrast", "use: noise-contrast", "use: masked-edge"):
        check(changed(tmp_path, term, (LAYERS, f"combine: concat\n{LAYERS}")))


def test_a_column_of_another_type_is_named_with_those_that_do(tmp_path: Path) -> None:
    path = sourced(tmp_path, "use: masked-attribute, columns: [genre, title]", "movielens-100k")
    what, instead, behind = said(path)
    assert what == "'title' of movielens-100k is text, and 'masked-attribute' reads none of these"
    assert instead.startswith("columns that are categorical or multi or numeric: ")
    assert "genre" in instead
    assert behind.startswith("title]")


@pytest.mark.parametrize("head", ["mlp", "rating"])
def test_a_head_that_nothing_teaches_is_refused(head: str, tmp_path: Path) -> None:
    alone = ("{use: bpr}, {use: alignment-uniformity, weight: 0.2}", "{use: alignment-uniformity}")
    ask = (LAYERS, f"{LAYERS}\nhead: {{use: {head}}}")
    what, instead, _ = said(changed(tmp_path, "use: alignment-uniformity", alone, ask))
    assert f"the head '{head}' would learn nothing: 'alignment-uniformity' looks at vectors alone" in what
    assert "{use: dot}" in instead
    check(changed(tmp_path, "use: alignment-uniformity", alone))  # the inner product has nothing to learn
    beside = ("{use: bpr}", "{use: softmax, over: all}")
    check(changed(tmp_path, "use: alignment-uniformity", ask, beside))


@pytest.mark.parametrize(
    "term",
    ["use: svd-contrast, over: all", "use: neighbour-contrast, over: all, prototype: 0",
     "use: neighbour-contrast", "use: masked-edge"],
)  # fmt: skip
def test_what_looks_at_candidates_lets_them_be_chosen(term: str, tmp_path: Path) -> None:
    """Beside a term that draws nothing."""
    alone = ("{use: bpr}", "{use: alignment-uniformity}")
    check(changed(tmp_path, term, alone, ("batch: 64", "batch: 64, candidate: warm")))


@pytest.mark.parametrize("term", ["use: svd-contrast", "use: neighbour-contrast, prototype: 0"])
def test_else_the_choice_means_nothing(term: str, tmp_path: Path) -> None:
    alone = ("{use: bpr}", "{use: alignment-uniformity}")
    what, instead, _ = said(changed(tmp_path, term, alone, ("batch: 64", "batch: 64, candidate: warm")))
    assert "`candidate` means nothing" in what
    assert instead == "remove it"


def test_the_main_view_has_the_noise_of_one_term(tmp_path: Path) -> None:
    two = ("weight: 0.2}", "weight: 0.2}, {use: noise-contrast, layer: 2}")
    what, instead, _ = said(changed(tmp_path, "use: noise-contrast, layer: 1", two))
    assert "'noise-contrast' would add its noise to that of 'noise-contrast'" in what
    assert "one of them" in instead
    check(changed(tmp_path, "use: noise-contrast", two))  # two passes have noise of their own
    check(changed(tmp_path, "use: noise-contrast, layer: 1", ("weight: 0.2}", two[1].replace("0.2", "0"))))


def test_a_term_without_weight_has_no_say_in_the_others(tmp_path: Path) -> None:
    """Its noise is no part of what bpr sees."""
    found = []
    for name, weight in (("without", "0.0"), ("beside", "0")):
        term = "use: noise-contrast, layer: 1, eps: 0.5"
        path = changed(tmp_path / name, term, ("weight: 0.2", f"weight: {weight}"))
        if name == "without":
            path.write_text(path.read_text().replace(f", {{{term}, weight: 0.0}}", ""))
        outcome = recbox.run(path, out=tmp_path / name / "run", threads=1)
        found.append(load_file(outcome.folder / "weights.safetensors"))
    assert found[0].keys() == found[1].keys()
    assert all((found[0][key] == found[1][key]).all() for key in found[0])
