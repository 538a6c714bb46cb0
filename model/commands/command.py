"""What a module of this folder exports as COMMAND: one command of main.py."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Result = dict[str, Any]  # what --json writes; "exit_code" is the program's


class CommandError(Exception):
    """The command could not do all of what was asked; one line for the person."""


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the registry. Its module loads fast: torch is imported inside run()."""

    name: str
    place: int  # in the list of commands, the lowest first
    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Result]
