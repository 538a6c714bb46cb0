"""Long work on a thread of its own: a generator's yields become signals, and closing it is stopping.

The one place where every exception is caught: the person gets a sentence, the log gets the traceback.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from model.records import Hold

log = logging.getLogger(__name__)

# Jobs that run. Held here: a QThread that is garbage-collected while it runs takes the process with it.
_running: set[Job] = set()


class Outcome(StrEnum):
    """How a job ended."""

    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong: a sentence for the person, a traceback for the log only."""

    sentence: str
    traceback: str


def failure_of(error: BaseException, doing: str) -> Failure:
    """A failure in words. Our own errors are sentences already; others say what was being done."""
    return Failure(_sentence(error, doing), "".join(traceback.format_exception(error)))


def attempt(task: Callable[[], object], doing: str) -> Failure | None:
    """Run a task that must not take its thread with it; what went wrong, logged, or None."""
    try:
        task()
    except Exception as error:  # noqa: BLE001
        failure = failure_of(error, doing)
        if _is_ours(error):
            log.info("%s: %s", doing, failure.sentence)  # about the input: no mystery to trace
        else:
            log.error("%s failed\n%s", doing, failure.traceback)
        return failure
    return None


def lower_priority(nice: int) -> None:
    """Make the calling thread give way to the window. Only Linux has a niceness for each thread.

    Threads that this thread starts inherit it, OpenMP's among them.
    """
    if nice and sys.platform == "linux":
        thread = threading.get_native_id()
        # never up: a program that was itself started with nice may not
        os.setpriority(os.PRIO_PROCESS, thread, max(nice, os.getpriority(os.PRIO_PROCESS, thread)))


class Job(QThread):
    """Runs `make()` and the generator it returns on a thread of its own.

    Its signals are emitted on the thread that made it, in the order of the yields, `ended` last and once,
    whatever happened. `doing` names the work for messages and the log: "training", "importing". holds: the
    generator wants to know when it is paused, to give back memory: it is then sent Hold.ASKED, and answers
    Hold.HELD.
    """

    yielded = Signal(object)  # an immutable value
    failed = Signal(object)  # Failure
    ended = Signal(object)  # Outcome

    # From thread to thread, to one slot that stays connected: PySide may crash when a slot is disconnected
    # while calls from another thread are queued for it, as whoever waits for the first of many would do.
    _said = Signal(str, object)  # the name of the public signal, its value

    def __init__(
        self,
        make: Callable[[], Iterator[Any]],
        doing: str,
        nice: int = 0,
        parent: QObject | None = None,
        holds: bool = False,
    ) -> None:
        super().__init__(parent)
        self._holds = holds
        self.setObjectName(doing)
        self._make = make
        self._doing = doing
        self._nice = nice
        self._exhausted = False  # the generator came to its own end
        self._stopping = threading.Event()
        self._go = threading.Event()
        self._go.set()
        self._said.connect(self._on_said)

    # ---------------------------------------------------------------------- on the window's thread

    def begin(self) -> None:
        """Start, once."""
        _running.add(self)
        self.start()

    @property
    def is_paused(self) -> bool:
        return not self._go.is_set() and not self._stopping.is_set()

    def pause(self) -> None:
        """Hold the generator at its next yield."""
        self._go.clear()

    def resume(self) -> None:
        self._go.set()

    def stop(self) -> None:
        """Close the generator at its next yield, on its own thread: there it puts its things in order."""
        self._stopping.set()
        self._go.set()

    def stop_and_wait(self, limit_s: float) -> bool:
        """Stop, and wait until the thread is gone, at most this long; whether it is."""
        self.stop()
        return not self.isRunning() or self.wait(max(0, round(limit_s * 1000)))

    def _on_said(self, name: str, value: object) -> None:
        if name == "ended":
            self.wait()  # the thread has nothing left to do but return
            _running.discard(self)
            self.deleteLater()
        getattr(self, name).emit(value)

    # -------------------------------------------------------------------------------------- on its own thread

    def run(self) -> None:
        """Called by Qt on the new thread."""
        lower_priority(self._nice)
        failure = attempt(self._work, self._doing)
        if failure is not None:
            self._said.emit("failed", failure)
            self._said.emit("ended", Outcome.FAILED)
        else:
            self._said.emit("ended", Outcome.FINISHED if self._exhausted else Outcome.STOPPED)

    def _work(self) -> None:
        values = self._make()
        try:
            for value in values:
                self._said.emit("yielded", value)
                if self._holds and self.is_paused:
                    values.send(Hold.ASKED)  # type: ignore[attr-defined]  # answered when it holds
                self._go.wait()
                if self._stopping.is_set():
                    return
            self._exhausted = True
        finally:
            close = getattr(values, "close", None)  # a plain iterator has nothing to put in order
            if close is not None:
                close()


def stop_all(limit_s: float) -> bool:
    """Stop every job when the window closes, waiting at most this long for all; whether all are gone.

    They are told first and waited for after, so that each can write its checkpoint at the same time.
    """
    jobs = tuple(_running)
    for job in jobs:
        job.stop()
    deadline = time.monotonic() + limit_s
    gone = [job.stop_and_wait(deadline - time.monotonic()) for job in jobs]
    return all(gone)


def _sentence(error: BaseException, doing: str) -> str:
    if _is_ours(error):
        return str(error)
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return f"There was not enough memory for {doing}."
    if isinstance(error, OSError) and error.strerror:
        where = f"“{os.fsdecode(error.filename)}”: " if isinstance(error.filename, str | bytes) else ""
        return f"{where}{error.strerror}."
    kind = type(error).__name__
    return f"Something went wrong inside Fovea while {doing} ({kind}). The details are in the log."


def _is_ours(error: BaseException) -> bool:
    """Raised at one of our doors, with a sentence."""
    top = type(error).__module__.partition(".")[0]
    return bool(str(error)) and (top in {"app", "model"} or type(error) is ValueError)
