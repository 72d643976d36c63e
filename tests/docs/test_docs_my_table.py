"""The start for a user's own CSV, and the scripts that put printed output into pages."""

from __future__ import annotations

import csv
import json
import random
import runpy
import shutil
import sys
from pathlib import Path

import pytest
from docs_kit import ROOT

from recbox.api.check import check
from recbox.api.run import run
from recbox.recipe import shipped

MINE = ROOT / "recipes" / "my_table.yaml"
PIECES = (
    *("weight:", "user_core:", "item_core:", "encoder:"),
    *("item:", "- path:", "id:", "columns:", "title:", "category:", "price:", "tags:"),
)


def uncommented(text: str) -> str:
    """The recipe with the pieces that stand in its comments."""
    return "\n".join(
        line.replace("# ", "", 1) if _yaml(line.lstrip()) else line for line in text.splitlines()
    )


def _yaml(bare: str) -> bool:
    """Whether a comment holds a piece of the recipe, and not a sentence."""
    return bare.startswith("# ") and bare[2:].lstrip().startswith(PIECES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the CSV files that the recipe names: 30 users, 20 items, 8 interactions each."""
    draw = random.Random(0)
    with (tmp_path / "interactions.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["user", "item", "time", "rating"])
        for user in range(30):
            for day, item in enumerate(draw.sample(range(20), 8), 1):
                out.writerow([f"u{user}", f"i{item}", f"2024-05-{day:02}", draw.randint(1, 5)])
    with (tmp_path / "items.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["item", "title", "category", "price", "tags"])
        out.writerows([f"i{n}", f"Item {n}", "ab"[n % 2], n / 2, "x|y"] for n in range(20))
    shutil.copy(MINE, tmp_path)
    return tmp_path


def test_it_ships_and_passes_the_check_without_its_data() -> None:
    assert "my_table" in shipped()
    assert check("my_table").recipe.name == "my-table"


def test_it_runs_beside_a_csv(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    outcome = run("my_table.yaml", sets=["train.epochs=1", "evaluate.baseline=[popularity]"], threads=1)
    assert outcome.metrics["data"]["users"] == 30
    assert outcome.metrics["data"]["synthetic"] is False


def test_what_stands_in_its_comments_is_right_too(folder: Path) -> None:
    path = folder / "my_table.yaml"
    path.write_text(uncommented(path.read_text(encoding="utf-8")), encoding="utf-8")
    recipe = check(path).recipe
    assert set(recipe.data.source.options.features("item")) == {"title", "category", "price", "tags"}
    assert recipe.data.source.options.interaction[0].columns.weight == "rating"
    assert recipe.encoder["item"].part[1].options.columns == ("category", "price", "tags")
    assert recipe.data.clean.user_core == 5


def test_it_runs_without_times_as_its_comment_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    lines = (folder / "my_table.yaml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.lstrip().startswith(("time:", "recency:"))]
    text = "\n".join(kept).replace("by: user-time", "by: user-random")
    (folder / "timeless.yaml").write_text(text, encoding="utf-8")
    outcome = run("timeless.yaml", sets=["train.epochs=1", "evaluate.baseline=[]"], threads=1)
    assert outcome.metrics["data"]["split"]["by"] == "user-random"


def script(name: str, *args: object) -> None:
    """Run a script of `benchmarks/` as the command line would."""
    before = sys.argv, list(sys.path)
    sys.argv = [name, *map(str, args)]
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        runpy.run_path(str(ROOT / "benchmarks" / name), run_name="__main__")
    finally:
        sys.argv, sys.path[:] = before[0], before[1]


def test_a_runs_table_goes_into_the_readme(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    sets = ["train.epochs=1", "evaluate.baseline=[popularity]"]
    outcome = run("my_table.yaml", sets=sets, threads=1, out="made")
    page = folder / "README.md"
    page.write_text((ROOT / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    for _ in range(2):
        script("readme_output.py", outcome.folder, page)
        text = page.read_text(encoding="utf-8")
        block = text.partition("<!-- output:start -->\n")[2].partition("<!-- output:end -->")[0]
        assert block.startswith("```text\n$ make run\n")
        assert outcome.sentence in block
        assert f"{outcome.metrics['test']['ndcg@20']:.4f}" in block
        assert "1 threads, kernel" in block


def test_timings_go_into_the_page(tmp_path: Path) -> None:
    row = {"what": "sum of neighbours", "name": "dgl fp32", "unit": "ms", "better": "less", "median": 3.4,
           "q1": 3.3, "q3": 3.5, "rounds": 11, "ratio": 1.0, "against": "dgl fp32", "extra": {}}  # fmt: skip
    report = {
        "machine": {"processor": "P", "vector": "AVX2", "cores": 2, "memory_gib": 8.0, "threads": 2,
                    "device": "cpu", "python": "3.11", "torch": "2", "dgl": None},
        "suite": {"kernel": {"about": {"triad GB/s": 68.0}, "seconds": 3.0, "row": [row]}},
    }  # fmt: skip
    (tmp_path / "kernel.json").write_text(json.dumps(report))
    page = tmp_path / "kernels.md"
    page.write_text((ROOT / "docs" / "kernels.md").read_text(encoding="utf-8"), encoding="utf-8")
    script("bench_output.py", tmp_path / "kernel.json", page)
    text = page.read_text(encoding="utf-8")
    assert "$ recbox bench kernel\n" in text
    assert "triad GB/s 68" in text and "3.40 ms" in text
    assert "P, AVX2, 2 cores, 8.0 GiB of memory, 2 threads, cpu; python 3.11, torch 2." in text
