"""Waiting for what will come back: a folder on a drive that was pulled, room on a disk that is full."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from pathlib import Path

from model.records import Setback, TrainEvent

RETRY_S = 2.0  # between two tries

Tell = Callable[[], TrainEvent]  # something to say while nothing happens, so that whoever listens can stop it


def wait_for(folder: Path, tell: Tell) -> Generator[TrainEvent, None, None]:
    """Pause while a folder is gone."""
    if folder.is_dir():
        return
    yield Setback(f"The folder “{folder}” is not there. Training waits until it is back.")
    while not folder.is_dir():
        time.sleep(RETRY_S)
        yield tell()
    yield Setback(f"The folder “{folder}” is back, and training goes on.")


def insist(write: Callable[[], None], file: Path, tell: Tell) -> Generator[TrainEvent, None, None]:
    """Write a file; where the disk refuses, say so once and try until it does not, or the run is closed."""
    has_told = False
    while True:
        try:
            write()
            return
        except OSError as error:
            if not has_told:
                yield Setback(f"{refused(file, error)} Training waits until it can be.")
            has_told = True
        time.sleep(RETRY_S)
        yield tell()


def refused(file: Path, error: OSError) -> str:
    """That a file could not be written, and why."""
    return f"“{file}” could not be written: {error.strerror or error}."
