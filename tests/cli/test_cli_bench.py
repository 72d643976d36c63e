"""`recbox bench`: the printed form of figures, which are tested where they are taken, and the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recbox.bench.cells import beside, number
from recbox.cli.timing import print_bench
from recbox.kernel.dgl_door import missing

Recbox = Callable[..., Any]
TINY = ("--nodes", "300", "--edges", "3000", "--dim", "8", "--repeat", "2", "--threads", "1")


def row(name: str, ratio: float, **more: Any) -> dict[str, Any]:
    found = {"what": "sum", "name": name, "unit": "ms", "better": "less", "median": 3.4 * ratio}
    found |= {"q1": 3.0, "q3": 4.0, "rounds": 11, "ratio": ratio, "against": "dgl"}
    found["extra"] = {"of triad": 0.2}
    return found | more


REPORT = {
    "machine": {"cores": 2, "processor": "\x1b[31mAMD"},
    "repeat": 11,
    "suite": {
        "kernel": {
            "about": {"graph": "gowalla", "nodes": 70_839},
            "seconds": 3.2,
            "row": [row("dgl", 1.0), row("torch", 2.5, extra={"of triad": None})],
        }
    },
}


def test_each_row_is_printed_beside_what_it_is_compared_with(capsys: pytest.CaptureFixture[str]) -> None:
    print_bench(REPORT)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "cores 2, processor \\x1b[31mAMD"
    assert lines[1] == "kernel: graph gowalla, nodes 70,839"
    assert lines[2] == "medians of 11 rounds, 3.20 s in all"
    assert lines[-2].split() == ["sum", "dgl", "3.40", "ms", "3.00", "–", "4.00", "reference", "20%"]
    assert lines[-1].split() == ["torch", "8.50", "ms", "3.00", "–", "4.00", "2.50", "×", "slower"]


@pytest.mark.parametrize(
    ("unit", "better", "ratio", "said"),
    [
        ("ms", "less", 0.25, "4.00 × faster"),
        ("s", "less", 1.5, "1.50 × slower"),
        ("users/s", "more", 3.0, "3.00 × faster"),
        ("users/s", "more", 0.5, "2.00 × slower"),
        ("MiB", "less", 1.2, "1.20 ×"),
        ("", "more", 0.99, "0.9900 ×"),
    ],
)
def test_what_a_ratio_is_in_words(unit: str, better: str, ratio: float, said: str) -> None:
    assert beside(row("torch", ratio, unit=unit, better=better)) == said


def test_numbers_have_three_digits() -> None:
    shown = [number(x) for x in (0.0, 0.0012345, 0.18344, 1.5, 21.17, 450.2, 29858.0)]
    assert shown == ["0.0000", "0.00123", "0.1834", "1.50", "21.2", "450", "29,858"]


def test_the_command_measures_on_every_kernel(recbox: Recbox) -> None:
    done = recbox("bench", "step", "evaluate", *TINY, "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert set(document["suite"]) == {"step", "evaluate"}
    names = {row["name"] for row in document["suite"]["step"]["row"]}
    assert "torch fp32" in names and (missing() or "dgl fp32" in names)
    assert "about" in done.err and "training steps" in done.err


def test_the_command_prints_tables_writes_files_and_compares(recbox: Recbox, tmp_path: Path) -> None:
    done = recbox("bench", "evaluate", *TINY, "--out", tmp_path)
    assert done.code == 0, done.err
    assert "evaluate: graph random" in done.out and "users/s" in done.out
    assert {path.name for path in tmp_path.iterdir()} == {"evaluate.json", "evaluate.md", "evaluate.svg"}
    done = recbox("bench", "evaluate", *TINY, "--compare", tmp_path / "evaluate.json")
    assert done.code == 0, done.err
    assert "before" in done.out and done.out.count("too few rounds") == 3


def test_changes_are_printed_with_what_has_to_be_known(capsys: pytest.CaptureFixture[str]) -> None:
    change = {"suite": "step", "what": "sum", "name": "dgl", "unit": "ms", "before": 4.0, "after": 3.0}
    compared = {"machine": {"cores": [2, 64]}, "by": "ratio", "work": ["epoch"], "missing": [], "new": []}
    compared["row"] = [{**change, "change": -0.25, "verdict": "better"}]
    compared["missing"] = [["step", "sum", "gone"]]
    print_bench({**REPORT, "compared": compared})
    shown = capsys.readouterr().out
    assert "cores 2 before, 64 now" in shown and "the hardware differs" in shown
    assert "epoch was measured on something else before" in shown and "missing: step, sum, gone" in shown
    assert shown.splitlines()[-1].split() == ["step", "sum", "dgl", "4.00", "3.00", "ms", "-25.0%", "better"]


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["kernels"], "'kernel'"),
        (["step", "--propagation", "half"], "propagation"),
        (["step", "--device", "abacus"], "auto, cpu or cuda"),
        (["step", "--fanout", "3"], "propagation: sampled"),
        (["scale", "--fanout", "5,0"], "as in 5,3,2"),
        (["step", "--repeat", "0"], "repeat"),
        (["step", "--compare", "/no/such/file"], "can't be read"),
        (["step", "--compare", __file__], "is no document of recbox bench"),
        (["scale", "--sizes", "1e5"], "1e5,1e6"),
        (["scale", "--sizes", "1e5,many"], "1e5,1e6"),
        (["quality", "--recipe", "/no/such.yaml"], "such.yaml"),
        (["peers"], "benchmarks/peers/requirements-pyg.txt"),
        (["peers", "--peer", "pyg=/no/python"], "no interpreter /no/python"),
        (["peers", "--steps", "0"], "steps"),
    ],
)
def test_a_mistake_is_told(recbox: Recbox, args: list[str], hint: str) -> None:
    done = recbox("bench", *args, *(TINY if "--repeat" not in args else ()))
    assert done.code == 2 and hint in done.err and "Traceback" not in done.err and done.out == ""
