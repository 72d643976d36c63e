"""The laws as tests of pytest, which is imported here and nowhere else in recbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from recbox.contract.case import Case
from recbox.contract.law import Law
from recbox.contract.running import check, pairs
from recbox.registry import Options
from recbox.registry.code import plugin_name


def laws(*subjects: type[Options] | Options) -> Any:
    """A decorator: the test runs once for each law and each case, and is handed the check to call.

    subjects: classes, with all their cases, or options. In full:

        @laws(MyLayer)
        def test_laws(check):
            check()
    """
    import pytest

    found = list(_params(subjects))
    if not found:
        raise ValueError("laws() is given no plugin, so it would check nothing")
    return pytest.mark.parametrize("check", found)


def _params(subjects: Iterable[type[Options] | Options]) -> Iterator[Any]:
    import pytest

    asked: set[tuple[type[Options], str]] = set()
    for subject in subjects:
        for case, law in pairs(subject):
            name, key = plugin_name(case.cls), (case.cls, law.name)
            if not (law.once and key in asked):
                yield pytest.param(_bound(case, law, name), id=f"{name}-{law.name}-{case.label}")
            asked.add(key)


def _bound(case: Case, law: Law, name: str) -> Callable[[], None]:
    def call() -> None:
        import pytest

        result = check(case, law, name)
        if result.status == "skipped":
            pytest.skip(result.said)
        if result.status == "failed":
            pytest.fail(f"{result.states}\n  seen: {result.said}\n  try: {result.instead}", pytrace=False)

    return call
