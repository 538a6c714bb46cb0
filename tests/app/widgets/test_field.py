"""Numbers as people type them, and fields found in a dataclass."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from app.widgets.field import (
    Field,
    differing,
    fields_of,
    in_words,
    number_in_words,
    number_of,
    numbers_of,
    part,
    whole_number_of,
    with_part,
    with_parts_of,
)
from app.widgets.words import Wording
from model.records.settings import Option

SIZE = Option("Paper", "Size", "How large it is.", low=1, high=10, unit="cm")


@dataclass(frozen=True)
class Inner:
    size: int = field(default=3, metadata={"option": SIZE})
    colour: str = "red"


@dataclass(frozen=True)
class Outer:
    inner: Inner = Inner()
    weight: float | None = field(default=None, metadata={"option": SIZE})


@pytest.mark.parametrize(
    ("number", "text"),
    [(30, "30"), (100_000, "100000"), (5e-4, "0.0005"), (1e-5, "1e-5"), (1e6, "1e6"), (2 / 3, "0.666667"), (0.0, "0")],
)  # fmt: skip
def test_numbers_in_words_can_be_typed_again(number, text):
    assert number_in_words(number) == text
    assert number_of(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["1e-4", "0.0001", "0,0001", " 1E-4 ", "1,0e-4", ".0001"])
def test_a_rate_may_be_typed_in_many_ways(text):
    assert number_of(text) == 1e-4


def test_what_is_no_number_is_told():
    with pytest.raises(ValueError, match=r"such as 0\.0001 or 1e-4"):
        number_of("much")
    with pytest.raises(ValueError, match="a whole number"):
        whole_number_of("1.5")


@pytest.mark.parametrize(
    "text", ["0.66, 0.88", "0,66 0,88", "0.66,0.88", "0.66; 0.88", "0,66, 0,88", " 0.66  0.88,"]
)
def test_several_numbers_may_have_commas_between_and_within(text):
    assert numbers_of(text) == (0.66, 0.88)


def test_no_number_is_none_of_them():
    assert numbers_of("") == ()


def test_a_dataclass_is_its_options_and_a_field_of_a_field_has_both_names():
    (size,) = fields_of(Inner, "inner", size={"step": 2})
    assert (size.name, size.own_name, size.kind, size.option, size.default, size.step) == (
        "inner.size", "size", int, SIZE, 3, 2
    )  # fmt: skip
    colour = Option("Paper", "Colour", "Its colour.", choices=("red", "blue"))
    assert [f.name for f in fields_of(Inner, options={"colour": colour})] == ["size", "colour"]


def test_parts_are_read_and_replaced_by_their_names():
    assert part(Outer(), "inner.size") == 3
    assert with_part(Outer(), "inner.size", 5) == Outer(Inner(5))
    fields = (*fields_of(Inner, "inner"), *fields_of(Outer))
    assert [f.name for f in differing(Outer(), Outer(Inner(5, "blue")), fields)] == ["inner.size"]
    assert with_parts_of(Outer(Inner(3, "blue")), Outer(Inner(5), 2.0), fields) == Outer(
        Inner(5, "blue"), 2.0
    )


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [(int, 8, "8 cm"), (float | None, None, "off"), (bool, True, "on"), (str, "sgd", "SGD"), (str, "x", "x"),
     (tuple[float, float], (0.8, 1.25), "0.8 to 1.25"), (tuple[float, ...], (0.5, 2 / 3), "0.5, 0.667"),
     (tuple[float, ...], (), "none")],
)  # fmt: skip
def test_values_in_words(kind, value, words):
    assert in_words(Field("a", kind, SIZE, value, {"sgd": Wording("SGD")}), value) == words
