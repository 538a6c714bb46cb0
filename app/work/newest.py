"""Long work of which only the newest counts: a new start takes the place of what goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.work.job import Failure, Job, Outcome


class NewestJob(QObject):
    """At most one job at a time. Of one that was cancelled, nothing more is told."""

    yielded = Signal(object)
    failed = Signal(str)  # a sentence; nothing runs any more
    ended = Signal()  # came to its end, without a failure

    def __init__(self, doing: str, nice: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._doing, self._nice = doing, nice
        self._job: Job | None = None

    @property
    def is_running(self) -> bool:
        return self._job is not None

    def start(self, make: Callable[[], Iterator[Any]]) -> None:
        """Run make() and what it returns on a thread, as Job does; what went on before is cancelled."""
        self.cancel()
        self._job = Job(make, self._doing, nice=self._nice)
        self._job.yielded.connect(self._on_yielded)
        self._job.failed.connect(self._on_failed)
        self._job.ended.connect(self._on_ended)
        self._job.begin()

    def cancel(self) -> None:
        """The thread ends by itself, after the yield that it is at."""
        if self._job is not None:
            self._job.stop()
            self._job = None

    def _on_yielded(self, value: object) -> None:
        if self.sender() is self._job:
            self.yielded.emit(value)

    def _on_failed(self, failure: Failure) -> None:
        if self.sender() is self._job:
            self._job = None
            self.failed.emit(failure.sentence)

    def _on_ended(self, outcome: Outcome) -> None:
        if self.sender() is self._job:
            self._job = None
            self.ended.emit()
