"""Options that several commands have, each in the same words."""

from __future__ import annotations

import argparse
from pathlib import Path

from model.data.formats.format import Convention

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
