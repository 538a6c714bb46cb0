"""What goes in and out of a project, and takes time: scan, import, export, dropped files, the sample."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.work.adopt import adopt
from app.work.job import Failure, Job, Outcome
from model.data.formats.format import Convention
from model.records import Problem, Progress

SCAN, IMPORT, EXPORT, ADOPT, SAMPLE = "scan", "import", "export", "adopt", "sample"
DOING = {
    SCAN: "looking through the folder",
    IMPORT: "importing",
    EXPORT: "exporting",
    ADOPT: "adding images",
    SAMPLE: "drawing the sample",
}
FIRST_PAUSE_S = 0.5  # between announcements of what a scan found; doubled each time: rereading grows slower
LONGEST_PAUSE_S = 8.0

Steps = Callable[[], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan found beside the images: files with labels, to import, and what had to be left out."""

    label_files: int
    problems: tuple[Problem, ...] = ()


def _scan(folder: Path) -> Iterator[Any]:
    from model.data.exchange import find_voc
    from model.data.project import Project
    from model.data.scan import FolderReport, scan

    problems: tuple[Problem, ...] = ()
    with Project.open(folder) as project:
        for step in scan(project):
            if isinstance(step, FolderReport):
                problems = step.problems
            else:
                yield step
    yield ScanReport(len(find_voc(folder)), problems)


def _import_voc(folder: Path, source: Path | None, convention: Convention | None) -> Iterator[Any]:
    from model.data.exchange import import_voc
    from model.data.project import Project

    with Project.open(folder) as project:
        yield from import_voc(project, source, convention)


def _export_voc(folder: Path, out: Path, convention: Convention) -> Iterator[Any]:
    from model.data.exchange import export_voc
    from model.data.project import Project

    with Project.open(folder) as project:
        snapshot = project.snapshot()
    yield from export_voc(snapshot, out, convention)


def _adopt(folder: Path, paths: Sequence[Path]) -> Iterator[Any]:
    from model.data.project import Project

    with Project.open(folder) as project:
        yield from adopt(project, paths)


def _draw_sample(folder: Path) -> Iterator[Any]:
    from model.data.sample import draw_sample

    yield from draw_sample(folder)
    yield folder


class ExchangeWork(QObject):
    """Each task runs on a thread of its own. A new one of the same kind takes the place of the old."""

    started = Signal(str)  # task
    progress = Signal(str, object)  # task, Progress
    finished = Signal(str, object)  # task, its report: the last thing it yielded that is not Progress
    cancelled = Signal(str)  # task
    failed = Signal(str, str)  # task, a sentence
    written = Signal(object)  # folder whose project has new rows or labels: Document.reread

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: dict[str, _Task] = {}

    # -------------------------------------------------------------------------------------- tasks

    def scan(self, folder: Path) -> None:
        """Find the images of a folder; `written` tells now and then that there are more."""
        self._run(SCAN, lambda: _scan(folder), folder)

    def import_voc(
        self, folder: Path, source: Path | None = None, convention: Convention | None = None
    ) -> None:
        """Read VOC XML, from `source` or from beside the images, into a project: an ImportReport."""
        self._run(IMPORT, lambda: _import_voc(folder, source, convention), folder)

    def export_voc(self, folder: Path, out: Path, convention: Convention = Convention.ONE_BASED) -> None:
        """Write the labelled images of a project as a VOC data set into `out`: an ExportReport."""
        self._run(EXPORT, lambda: _export_voc(folder, out, convention))

    def adopt_files(self, folder: Path, paths: Sequence[Path]) -> None:
        """Make dropped image files part of a project: an AdoptReport with the images to show."""
        self._run(ADOPT, lambda: _adopt(folder, tuple(paths)), folder)

    def draw_sample(self, folder: Path) -> None:
        """Draw the sample project: its folder."""
        self._run(SAMPLE, lambda: _draw_sample(folder))

    def is_running(self, task: str) -> bool:
        return task in self._running

    def cancel(self, task: str) -> None:
        """Stop at the next step; what was written before stays whole."""
        if task in self._running:
            self._running[task].stop()

    # -------------------------------------------------------------------------------------- within

    def _run(self, name: str, steps: Steps, writes: Path | None = None) -> None:
        self.cancel(name)
        task = self._running[name] = _Task(name, steps, writes, self)
        task.begin()
        self.started.emit(name)

    def on_progress(self, task: _Task, value: Progress) -> None:
        if self._running.get(task.name) is task:
            self.progress.emit(task.name, value)

    def on_ended(self, task: _Task, outcome: Outcome) -> None:
        """Last of all. A task whose place was taken says nothing more, but what it wrote is there."""
        if task.writes is not None:
            self.written.emit(task.writes)
        if self._running.get(task.name) is not task:
            return
        del self._running[task.name]
        if outcome is Outcome.FINISHED:
            self.finished.emit(task.name, task.report)
        elif outcome is Outcome.STOPPED:
            self.cancelled.emit(task.name)
        else:
            self.failed.emit(task.name, task.sentence)


class _Task(QObject):
    """One job of ExchangeWork's, and what it has said."""

    def __init__(self, name: str, steps: Steps, writes: Path | None, work: ExchangeWork) -> None:
        super().__init__(work)
        self.name = name
        self.writes = writes
        self.report: Any = None
        self.sentence = ""
        self._work = work
        self._pause_s = FIRST_PAUSE_S
        self._told_s = 0.0  # never: the first images show at once
        self._job = Job(steps, DOING[name])
        self._job.yielded.connect(self._on_yielded)
        self._job.failed.connect(self._on_failed)
        self._job.ended.connect(self._on_ended)

    def begin(self) -> None:
        self._job.begin()

    def stop(self) -> None:
        self._job.stop()

    def _on_yielded(self, value: Any) -> None:
        if not isinstance(value, Progress):
            self.report = value
            return
        self._work.on_progress(self, value)
        now_s = time.monotonic()
        is_time = now_s - self._told_s > self._pause_s
        if self.name == SCAN and value.done and is_time:  # the list fills while the scan goes on
            self._told_s = now_s
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
            self._work.written.emit(self.writes)

    def _on_failed(self, failure: Failure) -> None:
        self.sentence = failure.sentence

    def _on_ended(self, outcome: Outcome) -> None:
        self._work.on_ended(self, outcome)
        self.deleteLater()
