"""Options that several commands have, each in the same words."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from model.data.formats.format import Convention
from model.records import Setting, TrainSettings, settings_with_options

COUNTING = "pixels are counted from one (Pascal VOC) or from zero (labelImg and others)"


def add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder with the images")


def add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")


def add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="NAME|PATH", help="a model of the project, or a weights file")


def add_score(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--score", type=share, default=0.5, metavar="S", help="lowest score, 0 to 1 (0.5)")


def add_seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0, metavar="N")


def add_label_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("voc",), default="voc")


def convention(counting: str) -> Convention | None:
    """How Pascal VOC files count pixels, as --counting says; None leaves it to what the files show."""
    return {"one": Convention.ONE_BASED, "zero": Convention.ZERO_BASED}.get(counting)


def share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("between 0 and 1")
    return value


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


ON, OFF = ("on", "yes", "true", "1"), ("off", "no", "false", "0")


def add_settings(parser: argparse.ArgumentParser, only: str = "") -> None:
    """An option for each setting of a recipe, in groups, with its help and range. Left out, it is the preset's.

    only: the one group that is wanted.
    """
    groups: dict[str, Any] = {}
    for setting in settings_with_options():
        option, default = setting.option, setting.default
        if only and option.group != only:
            continue
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group.lower())
        values: dict[str, Any] = {"type": _reader(setting)}
        if option.choices:
            values = {"choices": option.choices}
        elif isinstance(default, tuple):
            values |= {"nargs": len(default) if setting.name == "scale_jitter" else "+", "metavar": "X"}
        else:
            values["metavar"] = (
                "on|off" if isinstance(default, bool) else "N" if isinstance(default, int) else "X"
            )
        range_ = (
            f" ({option.range_in_words}{' ' + option.unit if option.unit else ''})"
            if _is_number(default)
            else ""
        )
        groups[option.group].add_argument(
            f"--{setting.name.replace('_', '-')}", help=f"{option.help}{range_}".replace("%", "%%"), **values
        )


def with_settings(settings: TrainSettings, a: argparse.Namespace) -> TrainSettings:
    """A recipe with what the options of add_settings() say otherwise."""
    asked: dict[str, Any] = {}
    for setting in settings_with_options():
        value = getattr(a, setting.name, None)
        if value is not None:
            asked[setting.name] = tuple(value) if isinstance(value, list) else value
    return replace(settings, **asked)


def _reader(setting: Setting) -> Callable[[str], Any]:
    """Reads one value of a setting, and says what is wrong with it."""
    default = setting.default[0] if isinstance(setting.default, tuple) else setting.default

    def read(text: str) -> Any:
        if isinstance(default, bool):
            if text.lower() not in ON + OFF:
                raise argparse.ArgumentTypeError("on or off")
            return text.lower() in ON
        try:
            value = int(text) if isinstance(default, int) else float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"“{text}” is not a {'whole ' * isinstance(default, int)}number"
            ) from None
        if flaw := setting.option.flaw(value):
            raise argparse.ArgumentTypeError(flaw)
        return value

    return read


def _is_number(default: Any) -> bool:
    return default is None or (isinstance(default, int | float | tuple) and not isinstance(default, bool))
