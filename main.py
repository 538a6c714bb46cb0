"""Fovea. No argument, or a folder: the window. A command: headless, through model/cli.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Before torch is first imported: spinning OpenMP threads steal the window's core, and training is faster without them.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main(arguments: list[str] | None = None) -> int:
    """Run a command, or the window where no command is named. Returns the exit code."""
    from model import cli

    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and (arguments[0] in cli.COMMANDS or arguments[0].startswith("-")):
        return cli.run(arguments)
    return window(arguments)


def window(arguments: list[str] | None = None) -> int:
    """Open the window, or say in one sentence why it cannot be opened (exit code 2)."""
    from model import doctor

    arguments = sys.argv[1:] if arguments is None else arguments
    folder = Path(arguments[0]) if arguments else None
    reason = doctor.why_no_window()
    if len(arguments) > 1:
        reason = f"one folder at a time, please: {len(arguments)} were given."
    elif folder is not None and not folder.is_dir():
        reason = f"“{folder}” is neither a folder nor a command; main.py --help lists the commands."
    if reason:
        print(f"fovea: {reason}", file=sys.stderr)
        return 2
    from app.application import run

    return run(folder)


if __name__ == "__main__":
    sys.exit(main())
