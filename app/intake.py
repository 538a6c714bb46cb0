"""How folders, files and label files come in: opened, dropped, drawn; and what is offered when they are there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject

from app.context import Context
from app.notices import Offer
from app.widgets.words import count
from app.work.adopt import AdoptReport
from app.work.exchange import SAMPLE, ScanReport
from model.data.formats.format import Convention
from model.data.project import ProjectError
from model.data.suffixes import IMAGE_SUFFIXES
from model.records import Doubt, ImportReport, Problem, State

SAMPLE_NAME = "Fovea sample"


class Intake(QObject):
    """Decides what happens to what a person brings. The work itself is ExchangeWork's."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._wanted: tuple[Path, ...] = ()  # files to show once the scan has found them

    # ------------------------------------------------------------------------------------------ intents

    def open_folder(self, folder: Path) -> None:
        """Open a folder and look through it for images; what was open stays open when that fails."""
        c = self._context
        folder = folder.absolute()
        try:
            c.document.open(folder)
        except ProjectError as error:
            c.notices.error(str(error))
            c.settings.forget_recent(folder)
            return
        c.settings.add_recent(folder)
        if c.document.project.is_elsewhere:
            c.notices.info(
                f"“{folder.name}” cannot be written to, so its project is kept in your own data folder.",
                f"{c.document.project.home}",
            )
        self._show_something()
        c.exchange.scan(folder)

    def open_sample(self) -> None:
        """Open the sample project, drawn first if it is not there."""
        folder = platformdirs.user_documents_path() / SAMPLE_NAME
        if (folder / ".fovea").is_dir():
            self.open_folder(folder)
        elif not self._context.exchange.is_running(SAMPLE):
            self._context.exchange.draw_sample(folder)

    def take(self, paths: Sequence[Path]) -> None:
        """Whatever was dropped or pasted: a folder is opened, image files are shown, and copied in if need be."""
        c = self._context
        folders = [path for path in paths if path.is_dir()]
        images = tuple(p for p in paths if p.suffix.lower() in IMAGE_SUFFIXES and not p.is_dir())
        if folders:
            self.open_folder(folders[0])
            if len(folders) > 1:
                c.notices.info(f"One folder at a time: “{folders[0].name}” is open.")
        elif not images:
            c.notices.warn(
                "None of what was dropped is an image or a folder.", "\n".join(str(p) for p in paths)
            )
        elif c.document.is_open:
            c.exchange.adopt_files(c.document.folder, images)
        else:
            self._wanted = tuple(path.absolute() for path in images)
            self.open_folder(images[0].absolute().parent)

    # ------------------------------------------------------------------------------------------ facts from the work

    def on_written(self, folder: Path) -> None:
        if self._is_open(folder):
            self._context.document.reread()
            self._show_something()

    def on_finished(self, task: str, report: object) -> None:
        c = self._context
        match report:
            case ScanReport() if c.document.is_open:
                self._wanted = ()
                if report.problems:
                    self._tell(f"Listed: {count(len(c.document.images()), 'image')}.", report.problems)
                if report.label_files:
                    self._offer_import(report.label_files)
            case ImportReport():
                if report.doubt and self._is_open(report.doubt.folder):
                    self._ask_how_pixels_count(report.doubt)
                boxes = count(report.boxes, "box", "boxes")
                self._tell(f"{boxes} on {count(report.images, 'image')} imported.", report.problems)
            case AdoptReport():
                if report.images and c.document.is_open and c.document.folder == report.folder:
                    c.session.show(report.images[0])
                if report.copied or report.problems:
                    self._tell(
                        f"{count(report.copied, 'image')} copied into “{report.folder.name}”.",
                        report.problems,
                    )
            case Path():  # of the sample that has been drawn
                self.open_folder(report)

    def on_failed(self, task: str, sentence: str) -> None:
        self._context.notices.error(sentence)

    # ------------------------------------------------------------------------------------------ within

    def _show_something(self) -> None:
        """The files asked for, if they are there by now; else the first image to do, unless one is shown."""
        c = self._context
        by_path = {row.path: row.id for row in c.document.images()} if self._wanted else {}
        for path in self._wanted:
            if path.is_relative_to(c.document.folder):
                image = by_path.get(path.relative_to(c.document.folder).as_posix())
                if image is not None:
                    self._wanted = ()
                    c.session.show(image)
                    return
        rows = c.document.images()
        if c.session.image is None and rows and not self._wanted:
            c.session.show(next((row.id for row in rows if row.state is State.TO_DO), rows[0].id))

    def _offer_import(self, files: int) -> None:
        """Label files lie beside the images: import them? Offered as long as the project knows no class."""
        c = self._context
        folder = c.document.folder
        if c.document.classes():
            return
        c.notices.ask(
            f"There are labels in this folder: {count(files, 'Pascal VOC file')}.",
            Offer("Import their boxes", lambda: c.exchange.import_voc(folder)),
        )

    def _ask_how_pixels_count(self, doubt: Doubt) -> None:
        """Once for each source of label files: how they were read is kept, and so is the other answer."""
        other, text = (
            (Convention.ONE_BASED, "Count from 1, as VOC does")
            if doubt.from_zero
            else (Convention.ZERO_BASED, "Count from 0, as labelImg does")
        )
        self._context.notices.ask(
            doubt.text,
            Offer("Keep", lambda: None),
            Offer(text, lambda: self._read_again(doubt, other)),
        )

    def _read_again(self, doubt: Doubt, convention: Convention) -> None:
        """Take the import back, and import the other way. What came after it is the person's, and is never undone."""
        c = self._context
        if not self._is_open(doubt.folder):
            return
        project = c.document.project
        since = project.history(project.sequence() - doubt.edit + 1)  # enough to reach back to the import
        standing = [step.sequence for step in since if not step.undone]
        if doubt.edit in standing[1:]:
            from model.data.exchange import keep_convention  # brings OpenCV: not while the window opens

            keep_convention(project, doubt.source, convention)
            c.notices.warn(
                "Labels were changed after the import, so it was left as it is: undo up to it and import again, "
                "and the files are read the other way."
            )
            return
        if doubt.edit in standing:
            c.document.undo()
        c.exchange.import_voc(doubt.folder, doubt.source, convention)

    def _is_open(self, folder: Path) -> bool:
        document = self._context.document
        return document.is_open and document.folder == folder

    def _tell(self, text: str, problems: Sequence[Problem]) -> None:
        detail = "\n".join(f"{problem.file}: {problem.reason}" for problem in problems)
        if problems:
            things = "thing" if len(problems) == 1 else "things"
            self._context.notices.warn(f"{text} {len(problems):,} {things} to know.", detail)
        else:
            self._context.notices.info(text)
