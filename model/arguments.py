"""The commands' options: what the README's section on the command line says in words."""

from __future__ import annotations

import argparse
from pathlib import Path

COMMANDS = {
    "sample": "draw the sample project: small rendered scenes with boxes",
    "import": "read label files into the project of a folder",
    "train": "train a detector on the labels of a folder",
    "evaluate": "measure a model against the labels (COCO's AP and AR)",
    "detect": "find objects in images, with a trained model",
    "export": "write the labels in a format that other tools read",
    "doctor": "print versions, devices, places, and what is wrong",
}
COUNTING = "pixels are counted from one (Pascal VOC) or from zero (labelImg and others)"
AUTO = "auto: as for this folder before, else as its boxes show"


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog="main.py",
        description="Fovea: draw boxes, press Train, watch a detector learn. Without a command: the window.",
        epilog="main.py [FOLDER] opens the window.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = {name: commands.add_parser(name, help=text, description=text) for name, text in COMMANDS.items()}
    for command in made.values():
        command.add_argument(
            "--json", type=Path, metavar="FILE", help="write the result as JSON, - for standard output"
        )
    for name in ("import", "train", "evaluate", "export"):
        made[name].add_argument("folder", type=Path, metavar="FOLDER", help="the folder with the images")
    for name in ("import", "export"):
        made[name].add_argument("--format", choices=("voc",), default="voc")
    for name in ("train", "evaluate", "detect"):
        made[name].add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    for name in ("evaluate", "detect", "export"):
        made[name].add_argument(
            "--model", metavar="NAME|PATH", help="a model of the project, or a weights file"
        )
    for name in ("detect", "export"):
        made[name].add_argument(
            "--score", type=share, default=0.5, metavar="S", help="lowest score, 0 to 1 (0.5)"
        )

    made["sample"].add_argument("dir", type=Path, metavar="DIR", help="a new or empty folder")
    made["sample"].add_argument("--images", type=positive, default=60, metavar="N")
    made["sample"].add_argument("--scenes", choices=("workbench", "varied"), default="workbench")
    made["import"].add_argument(
        "--from", type=Path, dest="source", metavar="PATH", help="where the label files are"
    )
    made["train"].add_argument("--preset", choices=("fast", "balanced", "accurate", "paper"), default="fast")
    length = made["train"].add_mutually_exclusive_group()
    length.add_argument("--epochs", type=positive, metavar="N")
    length.add_argument("--minutes", type=float, metavar="M")
    made["train"].add_argument(
        "--weights", metavar="starter|coco|imagenet|none|PATH", help="what to start from"
    )
    made["train"].add_argument("--resume", action="store_true", help="go on with the newest interrupted run")
    for name in ("sample", "train"):
        made[name].add_argument("--seed", type=int, default=0, metavar="N")
    made["evaluate"].add_argument("--split", choices=("val", "all"), default="val")
    made["detect"].add_argument("path", type=Path, nargs="+", metavar="PATH", help="images and folders")
    made["detect"].add_argument("--out", type=Path, metavar="DIR")
    made["detect"].add_argument("--format", choices=("voc", "json", "images"), default="json")
    made["import"].add_argument(
        "--counting", choices=("auto", "one", "zero"), default="auto", help=f"{COUNTING}; {AUTO}"
    )
    made["export"].add_argument("--counting", choices=("one", "zero"), default="one", help=COUNTING)
    made["export"].add_argument("--out", type=Path, required=True, metavar="DIR")
    return top


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
