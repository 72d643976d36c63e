"""The interface does as its own description says, whatever is asked of it."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
TAKING = 8
"""Operations that take something: cases are shared out among them. Of others there is one case each."""


@pytest.mark.parametrize(
    "cases", [156, pytest.param(5000, marks=[pytest.mark.soak, pytest.mark.timeout(3000)])]
)
@pytest.mark.filterwarnings("ignore")
def test_no_case_is_a_fault_or_other_than_described(served, cases):
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{served.port}/openapi.json")
    asked = {mode: sum(_asked(schema, mode, -(-cases // 2 // TAKING))) for mode in GenerationMode}
    print({mode.name.lower(): count for mode, count in asked.items()})
    assert min(asked.values()) >= cases // 2
    assert not served.said("fault")


def _asked(schema, mode, most):
    """Of each operation how many cases were asked: of fitting data, or of data that doesn't fit."""
    for result in schema.get_all_operations():
        operation, count = result.ok(), 0

        @settings(
            max_examples=most,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case):
            nonlocal count
            count += 1
            found = case.call()
            if found.status_code != 413:  # a refusal that schemathesis doesn't know as one
                case.validate_response(found, checks=CHECKS)

        try:
            one()
        except Unsatisfiable:  # nothing is wrong with what takes nothing
            assert mode is GenerationMode.NEGATIVE and operation.method == "get", operation.label
        yield count
