"""What unquoted words mean, as YAML 1.2 has it and people expect it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.recipe.scalars import resolve

VALUES = {
    "1e-3": 0.001, "1E3": 1000.0, "1.0e-4": 0.0001, ".5": 0.5, "5.": 5.0, "-0.0": 0.0, "+3": 3, "-7": -7,
    "010": 10, "0o10": 8, "0x1F": 31, "00": 0, "0": 0,
    "null": None, "~": None, "": None, "Null": None, "true": True, "True": True, "FALSE": False,
    "no": "no", "on": "on", "yes": "yes", "off": "off", "y": "y", "1:30": "1:30", "1_000": "1_000",
    "2024-01-01": "2024-01-01", "nan": "nan", "inf": "inf", "e5": "e5", "1e": "1e",
    "0b11": "0b11", "0o9": "0o9",
    "tRUE": "tRUE", "1,5": "1,5", "١": "١", "0x": "0x", "-": "-", ".": ".", "1.2.3": "1.2.3", "--1": "--1",
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_a_word_means_what_people_mean(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    "text", [".inf", "-.inf", "+.INF", ".Inf", ".nan", ".NaN", ".NAN", "1e999", "-1e400"]
)
def test_numbers_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        resolve(text)


@pytest.mark.parametrize(
    "text", ["9" * 61, "9" * 5000, "0x" + "f" * 5000, "1." + "1" * 5000, "1e" + "9" * 5000]
)
def test_endless_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        resolve(text)


def test_a_number_that_would_vanish_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        resolve("1e-400")
    assert resolve("0e-400") == 0.0


@given(st.integers(-(10**40), 10**40))
def test_integers_come_back(number: int) -> None:
    assert resolve(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_come_back(number: float) -> None:
    assert resolve(repr(number)) == number


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_a_reason(text: str) -> None:
    try:
        resolve(text)
    except ValueError as error:
        assert "number" in str(error)
