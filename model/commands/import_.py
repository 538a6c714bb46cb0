"""main.py import: read label files into the project of a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model.commands.command import Command, Result
from model.commands.options import COUNTING, add_folder, add_label_format, convention
from model.commands.projects import open_and_scan
from model.terminal import finish, plain, say, tell

AUTO = "auto: as for this folder before, else as its boxes show"


def _options(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    add_label_format(parser)
    parser.add_argument("--from", type=Path, dest="source", metavar="PATH", help="where the label files are")
    parser.add_argument(
        "--counting", choices=("auto", "one", "zero"), default="auto", help=f"{COUNTING}; {AUTO}"
    )


def _run(a: argparse.Namespace) -> Result:
    from model.data.exchange import import_voc

    with open_and_scan(a.folder) as project:
        report: Any = finish(import_voc(project, a.source, convention(a.counting)), "importing")
    tell(report.problems)
    if report.doubt:
        other = "one" if report.doubt.from_zero else "zero"
        say(f"  {report.doubt.text} If that is wrong: undo the import in the window, then --counting {other}")
    say(f"{report.boxes} boxes on {report.images} images; classes: {', '.join(report.classes) or 'none'}")
    if report.unread:
        say(f"fovea import: {report.unread} of the label files could not be read; the others are imported")
    return {**plain(report), "folder": str(a.folder), "exit_code": 1 if report.unread else 0}


COMMAND = Command("import", 20, "read label files into the project of a folder", _options, _run)
