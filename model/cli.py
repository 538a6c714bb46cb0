"""The command line: model/commands is its registry, over the same parts as the window."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from pathlib import Path

from model import commands
from model.commands.command import Command, Result
from model.data.files import write_atomically
from model.discover import discover
from model.terminal import plain, say

log = logging.getLogger(__name__)

COMMANDS: dict[str, Command] = {
    row.name: row for row in sorted(discover(commands, "COMMAND"), key=lambda row: row.place)
}


def parser() -> argparse.ArgumentParser:
    """All commands and their options: what the README's section on the command line says in words."""
    top = argparse.ArgumentParser(
        prog="main.py",
        description="Fovea: draw boxes, press Train, watch a detector learn. Without a command: the window.",
        epilog="main.py [FOLDER] opens the window.",
    )
    made = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for row in COMMANDS.values():
        command = made.add_parser(row.name, help=row.help, description=row.help)
        command.add_argument(
            "--json", type=Path, metavar="FILE", help="write the result as JSON, - for standard output"
        )
        row.add_options(command)
    return top


def run(arguments: list[str]) -> int:
    """Run one command. 0 only when all of it worked; otherwise one line says why not (1), or how to call it (2)."""
    try:
        a = parser().parse_args(arguments)
    except SystemExit as ended:  # argparse has said what was wrong, or printed its help
        return int(ended.code or 0)
    try:
        result = COMMANDS[a.command].run(a)
        if a.json:
            write_json(a.json, result)
        sys.stdout.flush()
    except (
        BrokenPipeError
    ):  # whoever read has enough, as in "| head"; Python would complain when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 130
    except Exception as error:  # the edge of the program: a reason for the person, the traceback for the log
        log.debug("%s failed", a.command, exc_info=True)
        say(f"fovea {a.command}: {reason(error)}")
        return 1
    return int(result.get("exit_code", 0))


def reason(error: Exception) -> str:
    """One line. Our own errors are sentences already; of a stranger the type is told too."""
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if type(error).__module__.startswith("model.") or isinstance(error, ValueError):
        return text
    return f"{type(error).__name__}: {text or 'no reason given'}"


def write_json(file: Path, result: Result) -> None:
    text = json.dumps(plain(result), ensure_ascii=False, indent=1) + "\n"
    if str(file) == "-":
        sys.stdout.write(text)
    else:
        write_atomically(file, text.encode("utf-8"))
