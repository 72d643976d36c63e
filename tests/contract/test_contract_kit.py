"""The kit itself: cases, reports, and the helper for pytest."""

from __future__ import annotations

import pytest
from contract_layers import Hop, Needy

from recbox.contract import Report, Result, laws, run
from recbox.contract.case import cases
from recbox.contract.kinds import laws_of
from recbox.contract.running import pairs
from recbox.errors import PluginError
from recbox.metric.auc import AUC
from recbox.metric.coverage import Coverage
from recbox.metric.diversity import Diversity
from recbox.metric.hit import Hit
from recbox.plugin import Layer


def test_cases_are_the_examples_and_each_other_value_of_a_fixed_set() -> None:
    assert [case.label for case in cases(Hop)] == ["defaults", "norm=row", "plain=False"]
    assert [case.options.k for case in cases(Needy)] == [1, 2]
    assert [case.label for case in cases(Hop(k=9))] == ["k=9"]


class Bare(Needy):
    examples = ({},)


class Misspelt(Needy):
    examples = ({"K": 1},)


class Empty(Hop):
    examples = ()


@pytest.mark.parametrize(
    ("cls", "said", "instead"),
    [
        (Bare, "Bare can't be made without options: it requires k", 'examples = ({"k": ...},)'),
        (Misspelt, "{'K': 1} of Misspelt.examples is refused: k: Field required; K: Extra", '{"k": ...}'),
        (Empty, "Empty.examples is empty", "examples = ({},)"),
    ],
)
def test_a_class_without_a_case_is_told_to_give_one(cls: type[Layer], said: str, instead: str) -> None:
    for ask in (cases, run, laws):
        with pytest.raises(PluginError) as error:
            ask(cls)
        assert error.value.what.startswith(said)
        assert instead in error.value.instead


def test_a_law_of_the_class_is_checked_once_and_the_others_for_each_case() -> None:
    report = run(Hop)
    assert report.ok
    count = [r.law for r in report.results].count
    assert (count("imports-lightly"), count("same-seed-same-result")) == (1, 3)


def test_a_law_about_another_sort_of_the_kind_is_not_asked() -> None:
    sorts = Hit, Coverage, Diversity, AUC
    of_users, of_catalogue, of_lists, of_pairs = ({law.name for _, law in pairs(cls)} for cls in sorts)
    assert "a-value-for-each-user" in of_users - of_catalogue
    assert "one-finite-number" in of_catalogue - of_users
    assert "a-value-for-each-list" in of_lists - of_users
    assert "influences-sum-to-0" in of_pairs - of_users
    assert of_users | of_catalogue | of_lists | of_pairs == {law.name for law in laws_of("metric")}
    assert not any(run(cls).of("skipped") for cls in sorts)


def test_a_report_in_which_nothing_ran_is_no_success() -> None:
    assert not Report(()).ok
    skipped = Result("layer", "hop", "", "law", "states", "skipped")
    assert not Report((skipped,)).ok
    passed = Result("layer", "hop", "", "law", "states", "passed")
    assert Report((passed, skipped)).ok
    assert not Report((passed, Result("layer", "hop", "", "law", "states", "failed"))).ok


def test_an_exception_is_a_failure_with_its_place() -> None:
    seen = {r.said for r in run(Needy).of("failed")}
    assert any(said.startswith("ValueError: no (") and "contract_layers.py:" in said for said in seen)


@laws(Hop)
def test_laws(check) -> None:
    check()


def test_the_helper_fails_and_skips_as_the_kit_does() -> None:
    found = {p.id: p.values[0] for p in laws(Needy).args[1]}
    with pytest.raises(pytest.fail.Exception, match="ValueError: no"):
        found["needy-shape-is-what-width-says-k=1"]()
    assert "hop-gradients-reach-every-parameter-defaults" in {p.id for p in laws(Hop).args[1]}
    with pytest.raises(ValueError, match="check nothing"):
        laws()
