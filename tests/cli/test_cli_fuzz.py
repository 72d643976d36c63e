"""Any list of arguments ends with 0 or 2, a word to the user, and no traceback."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.cli.front import call

WORDS = [
    "run",
    "check",
    "eval",
    "recommend",
    "plugins",
    "list",
    "show",
    "schema",
    "rnu",
    "nonsense.yaml",
    "gcn",
    ".",
]
OPTIONS = [
    "--set",
    "--json",
    "--user",
    "--all",
    "-k",
    "--seed",
    "--kind",
    "--format",
    "--kernel",
    "--help",
    "--",
]
VALUES = ["a=b", "layer.0.use=gat", "0", "-1", "1e9", "nan", "layer", "json", "dgl", "", "/dev/null", "\0"]

token = st.one_of(
    st.sampled_from(WORDS), st.sampled_from(OPTIONS), st.sampled_from(VALUES), st.text(max_size=12)
)
lines = st.builds(
    lambda first, rest: [first, *rest], st.sampled_from(WORDS[:5]) | token, st.lists(token, max_size=6)
)


def ends_well(args: list[str]) -> None:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = call(args)
    assert code in (0, 2), (args, err.getvalue())
    assert "Traceback" not in err.getvalue()
    assert code == 0 or err.getvalue().strip()


@given(lines)
@settings(max_examples=60)
def test_a_few_argument_lists(args: list[str]) -> None:
    ends_well(args)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@given(lines)
@settings(max_examples=5_000)
def test_many_argument_lists(args: list[str]) -> None:
    ends_well(args)
