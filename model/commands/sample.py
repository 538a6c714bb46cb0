"""main.py sample: draw the sample project."""

from __future__ import annotations

import argparse
from pathlib import Path

from model.commands.command import Command, Result
from model.commands.options import add_seed, positive
from model.terminal import finish, say


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--images", type=positive, default=60, metavar="N")
    parser.add_argument("--scenes", choices=("workbench", "varied"), default="workbench")
    add_seed(parser)


def _run(a: argparse.Namespace) -> Result:
    from model.data.sample import draw_sample

    finish(draw_sample(a.dir, images=a.images, seed=a.seed, scenes=a.scenes), "drawing")
    say(f"{a.images} images are in {a.dir}")
    return {"folder": a.dir, "images": a.images}


COMMAND = Command("sample", 10, "draw the sample project: small rendered scenes with boxes", _options, _run)
