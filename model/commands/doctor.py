"""main.py doctor: what this machine has, and what is wrong."""

from __future__ import annotations

import argparse

from model.commands.command import Command, Result
from model.doctor import examine


def _options(parser: argparse.ArgumentParser) -> None:
    """It has none of its own."""


def _run(a: argparse.Namespace) -> Result:
    report = examine()
    if str(a.json) != "-":
        print("\n".join(report.lines()))
    return {**report.as_json(), "exit_code": 1 if report.problems else 0}


COMMAND = Command("doctor", 90, "print versions, devices, places, and what is wrong", _options, _run)
