"""Tables, sentences and formats of a comparison that was worked by hand."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recbox.comparison.method import Method
from recbox.comparison.pair import best, pair, pairs
from recbox.comparison.words import p_value, sentence
from recbox.comparison.writing import tex

M = "ndcg@20"


def method(label: str, values: object, draws: bool = False) -> Method:
    """A method without artifacts: `values` is `[seeds, users]`."""
    rows = np.atleast_2d(np.asarray(values, dtype=np.float64))
    runs = tuple(object() for _ in rows)
    return Method(label, (label,), runs, draws, {M: rows})  # type: ignore[arg-type]


def test_three_users_by_hand() -> None:
    """Gains 0.2, 0.3, 0.1: mean 0.2, spread 0.1, and of the 8 signs 2 go as far: p = 0.25."""
    found = pair(method("a", [0.4, 0.5, 0.3]), method("b", [0.2, 0.2, 0.2]), M)
    assert found.difference == pytest.approx(0.2) and found.relative == pytest.approx(1.0)
    assert (found.p, found.test) == (0.25, "users")
    assert found.effect.standardised == pytest.approx(2.0)
    assert (found.effect.better, found.effect.worse) == (1.0, 0.0)


def test_holm_over_three_pairs_by_hand_and_what_is_bold() -> None:
    """10 users, all alike in their gains: 2 of 1,024 signs go as far, p = 1/512 three times, Holm 3/512."""
    users = np.linspace(0.1, 0.2, 10)
    shown = [method("a", users + 0.2), method("b", users + 0.1), method("c", users)]
    found = pairs(shown, [M], [])
    assert [x.p for x in found] == [1 / 512] * 3
    assert [x.holm for x in found] == pytest.approx([3 / 512] * 3)
    assert best(shown, found, M) is shown[0]
    assert best(shown, pairs(shown, [M], [M]), M) is shown[2]


def test_the_best_is_not_bold_where_one_other_is_not_really_worse() -> None:
    users = np.linspace(0.1, 0.2, 10)
    near = users + 0.2 + 0.01 * np.array([1, -1] * 5)
    shown = [method("a", users + 0.2), method("b", near), method("c", users)]
    found = pairs(shown, [M], [])
    assert [x.verdict for x in found] == ["not shown", "real", "real"]
    assert best(shown, found, M) is None


def test_a_method_that_draws_needs_three_seeds() -> None:
    users = np.linspace(0.1, 0.2, 10)
    seeds = users + 0.1 + 0.001 * np.arange(3)[:, None]
    verdicts = [
        pairs([method("a", seeds[:n], True), method("b", users)], [M], [])[0].verdict for n in (1, 2, 3)
    ]
    assert verdicts == ["too few seeds", "too few seeds", "real"]


def test_pairs_without_enough_seeds_are_no_part_of_the_correction() -> None:
    users = np.linspace(0.1, 0.2, 10)
    shown = [method("a", users + 0.2), method("b", users), method("c", users + 0.3, True)]
    found = pairs(shown, [M], [])
    assert [x.holm for x in found] == [pytest.approx(1 / 512), None, None]


def test_sentences() -> None:
    users = np.linspace(0.1, 0.2, 10)
    a, b, c = method("a", users + 0.05), method("b", users), method("c", users + 0.3, True)
    real, few, _ = pairs([a, b, c], [M], [])
    assert sentence(real) == (
        "Real: a is better than b by 0.0500 NDCG@20 (33.3 %); 95 % interval 0.0500 to 0.0500, "
        "p = 0.0020 after Holm: more than chance among users."
    )
    assert sentence(few).startswith(
        "Too few seeds: c is ahead of a by 0.2500 NDCG@20 (125.0 %), but c has 1 run"
    )
    (level,) = pairs([a, method("d", users + 0.05)], [M], [])
    assert sentence(level).startswith("Not shown: a and d are level in NDCG@20;")
    (less,) = pairs([a, b], [M], [M])
    assert sentence(less).startswith("Real: b is better than a by 0.0500")


@pytest.mark.parametrize(
    ("p", "text"), [(0, "< 0.0001"), (0.0123, "= 0.0123"), (0.25, "= 0.25"), (None, "-")]
)
def test_p_values_have_no_more_digits_than_they_bear(p: float | None, text: str) -> None:
    assert p_value(p) == text


def test_every_character_of_tex_is_escaped() -> None:
    assert tex("a_b & 5 % {x} #1 ~^\\ ü") == (
        r"a\_b \& 5 \% \{x\} \#1 \textasciitilde{}\textasciicircum{}\textbackslash{} ?"
    )
    assert tex("0.2 ± 0.1") == r"0.2 $\pm$ 0.1"


def folders(trained: Path) -> Mapping[str, str]:
    return {f.name: str(f) for f in sorted((trained / "runs").iterdir()) if f.is_dir()}


@pytest.fixture(scope="module")
def latex(trained: Path) -> str:
    import recbox

    return recbox.compare(*folders(trained).values()).text("latex")


def test_the_latex_table_is_whole(latex: str) -> None:
    rows = re.findall(r"^(?!%)(.*) \\\\$", latex, re.MULTILINE)
    assert len(rows) == 4 and {row.count("&") for row in rows} == {2}
    assert all(latex.count(rule) == 1 for rule in (r"\toprule", r"\midrule", r"\bottomrule"))
    for environment in ("table", "tabular"):
        assert latex.count(rf"\begin{{{environment}}}") == latex.count(rf"\end{{{environment}}}") == 1
    body = latex.replace(r"\{", "").replace(r"\}", "")
    assert body.count("{") == body.count("}") and latex.isascii()


def test_latex_compiles(latex: str, tmp_path: Path) -> None:
    compiler = shutil.which("tectonic") or shutil.which("pdflatex")
    if compiler is None:
        pytest.skip("needs a LaTeX: tectonic or pdflatex")
    page = (
        "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n" + latex + "\\end{document}\n"
    )
    (tmp_path / "table.tex").write_text(page)
    options = ["-interaction=nonstopmode", "-halt-on-error"] if compiler.endswith("pdflatex") else []
    subprocess.run(
        [compiler, *options, "table.tex"], cwd=tmp_path, check=True, capture_output=True, timeout=120
    )
    assert (tmp_path / "table.pdf").stat().st_size > 0


def test_a_hostile_name_stays_text_in_the_page(trained: Path) -> None:
    import recbox

    found = recbox.compare(folders(trained)["ease"], folders(trained)["popularity"])
    evil = replace(found, notes=("<script>x</script>",))
    page = evil.text("html")
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "Synthetic data." in page
    assert "60 users, 40 items, 900 interactions, split by user-random" in page


def test_the_interval_of_a_sentence_is_of_the_one_that_is_ahead() -> None:
    gain = np.linspace(0.05, 0.15, 10)
    base = np.linspace(0.1, 0.2, 10)
    (first,) = pairs([method("a", base + gain), method("b", base)], [M], [])
    (second,) = pairs([method("b", base), method("a", base + gain)], [M], [])
    assert first.interval is not None and second.interval is not None
    low, high = re.findall(r"interval (\S+) to (\S+),", sentence(first))[0]
    assert 0.05 < float(low) < 0.1 < float(high) < 0.15
    low, high = re.findall(r"interval (\S+) to (\S+),", sentence(second))[0]
    assert 0.05 < float(low) < 0.1 < float(high) < 0.15
    (less,) = pairs([method("b", base), method("a", base + gain)], [M], [M])
    assert re.search(r"Real: b is better than a by 0\.1000 .*interval 0\.0", sentence(less))


def test_a_correction_over_many_pairs_leaves_a_difference_real() -> None:
    """20 users that all gain, in 528 comparisons: 10,000 draws would give no less than 528 / 10,001."""
    users = np.linspace(0.1, 0.2, 20)
    many = [method(f"m{n}", users + 0.01 * n) for n in range(33)]
    found = pairs(many, [M], [])
    assert len(found) == 528
    assert {x.verdict for x in found} == {"real"}
