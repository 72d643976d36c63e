"""The package as a whole: recipes, imports, where models are looked for, artifacts without them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import text_made
from recbox_text import GPT, Bert, MaskedLanguageModel, SentenceTransformer, Vectors
from recbox_text.text import Text

import recbox
from recbox.plugin import Context, DataError
from recbox.registry.code import plugin_name

HERE = Path(__file__).resolve().parents[1]

RECIPE = """
recbox: 1
name: small
dim: 8
data: {{source: {{use: synthetic, users: 30, items: 20, interactions: 300}}}}
encoder:
  item: {{fuse: sum, part: [{{use: id}}, {{use: {use}, {options}}}]}}
layer: [{{use: lightgcn}}]
train: {{epochs: 2, batch: 512}}
evaluate: {{k: [5], metric: [recall, ndcg], baseline: [popularity]}}
"""


def run(folder: Path, use: str, options: str, out: str = "run") -> Any:
    """A small recipe with one encoder of this package."""
    recipe = folder / "small.yaml"
    recipe.write_text(RECIPE.format(use=use, options=options))
    return recbox.run(recipe, out=folder / out, threads=1)


@pytest.mark.parametrize("recipe", sorted(p.name for p in HERE.glob("recipes/*.yaml")))
def test_the_recipes_of_the_package_are_sound(recipe: str) -> None:
    command = [sys.executable, "-m", "recbox", "check", HERE / "recipes" / recipe]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_checking_imports_neither_torch_nor_transformers() -> None:
    code = (
        "import sys; from recbox_text import Bert, GPT, SentenceTransformer, Vectors; "
        "[cls.parse(e).needs for cls in (Bert, GPT, SentenceTransformer, Vectors) for e in cls.examples]; "
        "sys.exit(bool({'torch', 'transformers', 'polars', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.parametrize("name", ["bert", "gpt", "sentence-transformer"])
def test_the_tiny_models_of_the_package_are_those_of_the_tests(name: str, models: dict[str, Path]) -> None:
    from safetensors.numpy import load_file

    shipped = HERE / "recbox_text" / "tiny" / name
    assert (shipped / "tokenizer.json").read_text() == (models[name] / "tokenizer.json").read_text()
    one, other = (load_file(f / "model.safetensors") for f in (shipped, models[name]))
    assert one.keys() == other.keys()
    for key, value in one.items():
        np.testing.assert_allclose(value, other[key], atol=1e-6)


@pytest.mark.parametrize("cls", [Bert, GPT, SentenceTransformer])
def test_a_packages_model_is_found_without_importing_it(
    cls: type[Text], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = cls.examples[0]["model"].rpartition("/")[2]
    package = tmp_path / "a_model"
    shutil.copytree(HERE / "recbox_text" / "tiny" / name, package / "inner")
    (package / "__init__.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    spec = text_made.given({"title": ["film", "drama"]})
    for place in ("package:a_model", "package:a_model/inner", str(package / "inner")):
        assert cls.parse({"model": place, "text": "{title}"}).vectors(spec).shape == (2, text_made.WIDTH)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("package:not_there_at_all", "pip install not-there-at-all"),
        ("package:recbox_text/none", "has no 'none'"),
        ("package:recbox_text", "holds 0 models"),
        ("models/none", "looked for .*models/none.*\n.*models/none@ and the 40 digits"),
        ("nowhere/at/all", "there is no 'nowhere/at/all'"),
        ("org/name@" + "0" * 40, "nothing is fetched with --offline"),
    ],
)
def test_a_model_that_is_not_there_is_said_to_be_missing(model: str, said: str) -> None:
    asked = Bert.parse({"model": model, "text": "{title}"})
    with pytest.raises(DataError, match=said):
        asked.vectors(text_made.given({"title": ["a"]}))


def test_a_folder_is_seen_from_the_recipe_and_from_the_data(tmp_path: Path, models: dict[str, Path]) -> None:
    shutil.copytree(models["bert"], tmp_path / "data" / "my-bert")
    for context in (Context(folder=tmp_path / "data"), Context(data_dir=(tmp_path / "data",))):
        spec = text_made.given({"title": ["a"]}, context=context.with_(threads=1))
        assert Bert.parse({"model": "my-bert", "text": "{title}"}).vectors(spec).shape == (1, text_made.WIDTH)


CASES: list[tuple[str, str]] = [
    ("bert", 'model: MODEL, text: "{id}"'),
    ("gpt", 'model: MODEL, text: "{id}", train: frozen'),
    ("sentence-transformer", 'model: MODEL, text: "{id}", projection: whiten'),
]


@pytest.mark.parametrize(("use", "options"), CASES)
def test_an_artifact_needs_no_text_model(
    use: str, options: str, tmp_path: Path, models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = shutil.copytree(models[use], tmp_path / "model")
    outcome = run(tmp_path, use, options.replace("MODEL", str(model)))
    shutil.rmtree(model)
    shutil.rmtree(tmp_path / "cache")
    fitted = recbox.load(outcome.folder)
    assert fitted.recommend(fitted.some_user(), k=3).height == 3
    assert fitted.evaluate() == pytest.approx({n: outcome.metrics["test"][n] for n in fitted.evaluate()})


def test_two_runs_are_the_same_bit_for_bit(tmp_path: Path, models: dict[str, Path]) -> None:
    """The second finds the vectors in the cache."""
    options = f'model: {models["bert"]}, text: "{{id}}"'
    one, other = (run(tmp_path, "bert", options, out) for out in ("a", "b"))
    scores = [recbox.load(o.folder).scorer.block(np.arange(30)) for o in (one, other)]
    np.testing.assert_array_equal(*scores)


def test_vectors_are_for_users_and_items(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(31, 5)))
    (tmp_path / "ids.txt").write_text("\n".join(map(str, range(31))))
    options = f"file: {tmp_path}/x.npy, ids: {tmp_path}/ids.txt, missing: mean"
    outcome = run(tmp_path, "vectors", options)
    assert outcome.metrics["status"] == "done"


def test_a_mistake_in_a_recipe_stands_at_its_place(tmp_path: Path) -> None:
    recipe = tmp_path / "wrong.yaml"
    recipe.write_text(
        "recbox: 1\nname: wrong\ndata: {source: {use: movielens-100k}, fallback: synthetic}\nencoder:\n"
        '  item: {use: bert, model: m, text: "{titel}"}\n'
    )
    command = [sys.executable, "-m", "recbox", "check", str(recipe)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "wrong.yaml:5:" in done.stderr
    assert "no column 'titel' for items" in done.stderr
    assert "'title'" in done.stderr


@pytest.mark.parametrize("cls", [SentenceTransformer, Bert, GPT, Vectors, MaskedLanguageModel])
def test_the_readme_names_every_encoder_and_option(cls: Any) -> None:
    text = (HERE / "README.md").read_text()
    name = plugin_name(cls)
    assert [f for f in (name, *cls.model_fields) if f"`{f}`" not in text] == []
