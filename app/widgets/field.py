"""A field of a frozen dataclass as a form shows it: where it stands, what it may be, and it in words."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from app.widgets.words import Wording
from model.records.settings import Option

T = TypeVar("T")
SEPARATORS = re.compile(r"[;\s]+|,\s+")
NOT_A_NUMBER = "it must be a number, such as 0.0001 or 1e-4"


@dataclass(frozen=True, slots=True)
class Field:
    """kind is the type that the dataclass declares; wordings are of the option's choices."""

    name: str  # "epochs"; "architecture.backbone" is a field of a field
    kind: Any
    option: Option
    default: Any
    wordings: Mapping[str, Wording] = dataclasses.field(default_factory=dict)
    step: float = 0.0  # of the arrows; 0 leaves it to the range
    when_on: float = 1.0  # what a number that may be left out is at first

    @property
    def own_name(self) -> str:
        """As in the code and on the command line."""
        return self.name.rpartition(".")[2]


def fields_of(
    kind: type,
    within: str = "",
    options: Mapping[str, Option] | None = None,
    **more: Mapping[str, Any],
) -> Iterator[Field]:
    """The fields of a dataclass that have an Option, in their metadata or in options, in their order.

    more is what else a form says of single fields, by name: epochs={"step": 5}.
    """
    hints = typing.get_type_hints(kind)
    for each in dataclasses.fields(kind):
        option = (options or {}).get(each.name) or each.metadata.get("option")
        if option is not None:
            name = f"{within}.{each.name}" if within else each.name
            yield Field(name, hints[each.name], option, each.default, **more.get(each.name, {}))


def part(value: Any, name: str) -> Any:
    """The part of a dataclass that a field's name says."""
    for each in name.split("."):
        value = getattr(value, each)
    return value


def with_part(value: T, name: str, new: Any) -> T:
    """The same dataclass with one part changed."""
    head, _, rest = name.partition(".")
    if rest:
        new = with_part(getattr(value, head), rest, new)
    return dataclasses.replace(value, **{head: new})  # type: ignore[type-var]


def with_parts_of(value: T, other: Any, fields: Iterable[Field]) -> T:
    """The same dataclass with these fields as another has them."""
    for field in fields:
        value = with_part(value, field.name, part(other, field.name))
    return value


def differing(value: Any, other: Any, fields: Iterable[Field]) -> tuple[Field, ...]:
    """The fields in which two dataclasses are not the same."""
    return tuple(field for field in fields if part(value, field.name) != part(other, field.name))


# ------------------------------------------------------------------------------------ in words, and back


def number_in_words(number: float) -> str:
    """ "30", "0.0005", "1e-5", "0.666667"."""
    if isinstance(number, int):
        return str(number)
    mantissa, e, exponent = f"{number:g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if e else mantissa


def number_of(text: str) -> float:
    """A number as people type it, with a point or a comma. Raises ValueError with what is wrong."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise ValueError(NOT_A_NUMBER) from None


def whole_number_of(text: str) -> int:
    """Raises ValueError with what is wrong."""
    try:
        return int(text.strip())
    except ValueError:
        raise ValueError("it must be a whole number") from None


def numbers_in_words(numbers: tuple[float, ...]) -> str:
    """ "0.667, 0.889"."""
    return ", ".join(f"{number:.3g}" for number in numbers)


def numbers_of(text: str) -> tuple[float, ...]:
    """Numbers with spaces, semicolons or commas between them; a comma within a number is a point.

    "0.66, 0.88", "0,66 0,88" and "0.66,0.88" are the same. Raises ValueError with what is wrong.
    """
    if "." in text:
        text = text.replace(",", " ")
    return tuple(number_of(number) for number in SEPARATORS.split(text.strip(" ,;")) if number)


def in_words(field: Field, value: Any) -> str:
    """A value of a field: "AdamW", "8 images", "off", "0.8 to 1.25"."""
    option = field.option
    if value is None or value is False:
        return "off"
    if value is True:
        return "on"
    if isinstance(value, str):
        return field.wordings[value].title if value in field.wordings else value
    if isinstance(value, tuple):
        joint = " to " if is_pair(field.kind) else ", "
        return joint.join(f"{number:.3g}" for number in value) or "none"
    return f"{number_in_words(value)} {option.unit}".rstrip()


def is_pair(kind: Any) -> bool:
    """tuple[float, float], and not tuple[float, ...]."""
    arguments = typing.get_args(kind)
    return typing.get_origin(kind) is tuple and len(arguments) == 2 and arguments[1] is not Ellipsis


def may_be_none(kind: Any) -> bool:
    """float | None"""
    return type(None) in typing.get_args(kind)
