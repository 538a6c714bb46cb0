"""Export as a Pascal VOC data set: where to, what will be written, how far it is, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.context import Context
from app.widgets.prose import Prose
from app.widgets.words import count, listed
from app.work.exchange import EXPORT
from model.data.formats.format import Convention
from model.records import ExportReport, ImageRow, Progress, State

INSIDE = Path("VOCdevkit") / "VOC2012"  # where VOCDetection and its like look


@dataclass(frozen=True, slots=True)
class Extent:
    """What an export holds."""

    images: int
    boxes: int
    left_out: int  # to do, and without boxes: nobody has said anything about them yet
    splits: tuple[tuple[str, int], ...]


def extent_of(rows: tuple[ImageRow, ...]) -> Extent:
    said = [row for row in rows if row.box_count or row.state is not State.TO_DO]
    splits = Counter(row.split for row in said if row.split)
    boxes = sum(row.box_count for row in said)
    return Extent(len(said), boxes, len(rows) - len(said), tuple(sorted(splits.items())))


def free_folder(beside: Path) -> Path:
    """A folder that is not there yet: "bolts VOC", "bolts VOC 2" ..., beside the project's."""
    number = 1
    while (folder := beside.with_name(f"{beside.name} VOC{f' {number}' if number > 1 else ''}")).exists():
        number += 1
    return folder


class ExportDialog(QDialog):
    """Not modal: labelling goes on while it writes. The labels are exported as they were when it began."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._exchange = context.exchange
        self._source = context.document.folder
        self._report: ExportReport | None = None
        self._out = QLineEdit(str(free_folder(self._source)), self)
        self._choose = QPushButton("Choose…", self)
        self._what = Prose(self)
        self._where = Prose(self, muted=True)
        self._from_zero = QCheckBox("Count pixels from 0, as labelImg does", self)
        self._bar = QProgressBar(self)
        self._state = Prose(self)
        self._problems = QPlainTextEdit(self)
        self._buttons = QDialogButtonBox(self)
        self._export = QPushButton("Export", self)
        self._export.setProperty("primary", True)  # before it is in the box, which dresses it
        self._buttons.addButton(self._export, QDialogButtonBox.ButtonRole.AcceptRole)
        self._open = self._buttons.addButton("Open folder", QDialogButtonBox.ButtonRole.ActionRole)
        self._close = self._buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        self._build()
        self._connect()
        self._show()

    # ------------------------------------------------------------------------------------ making

    def _build(self) -> None:
        self.setWindowTitle("Export Pascal VOC")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self._out.setAccessibleName("Folder to export into")
        self._bar.setProperty("thin", True)
        self._bar.setTextVisible(False)
        self._problems.setReadOnly(True)
        self._problems.setMaximumHeight(110)
        self._problems.setAccessibleName("What to know about single files")
        self._from_zero.setToolTip(
            "For programs that read coordinates as distances from the edge: Pascal VOC itself counts from 1."
        )
        self._export.setDefault(True)
        into = QLabel("Export &into", self)
        into.setBuddy(self._out)
        row = QHBoxLayout()
        row.addWidget(into)
        row.addWidget(self._out, 1)
        row.addWidget(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addWidget(self._what)
        layout.addLayout(row)
        layout.addWidget(self._where)
        layout.addWidget(self._from_zero)
        layout.addWidget(self._bar)
        layout.addWidget(self._state)
        layout.addWidget(self._problems)
        layout.addStretch(1)
        layout.addWidget(self._buttons)
        self._what.setText(self._extent_in_words())

    def _connect(self) -> None:
        self._choose.clicked.connect(self._choose_folder)
        self._out.textChanged.connect(self._show)
        self._export.clicked.connect(self._begin)
        self._open.clicked.connect(self._open_folder)
        self._close.clicked.connect(self.reject)
        self._exchange.progress.connect(self._on_progress)
        self._exchange.finished.connect(self._on_finished)
        self._exchange.failed.connect(self._on_failed)
        self._exchange.cancelled.connect(self._on_cancelled)

    def _extent_in_words(self) -> str:
        extent = extent_of(self._context.document.images())
        names = tuple(label_class.name for label_class in self._context.document.classes())
        lines = [
            f"{count(extent.images, 'labelled image')} and {count(extent.boxes, 'box', 'boxes')} of "
            f"{count(len(names), 'class', 'classes')}: {listed(names)}."
        ]
        if extent.splits:
            lines.append(
                "Own split: " + ", ".join(f"{name} {number:,}" for name, number in extent.splits) + "."
            )
        if extent.left_out:
            lines.append(f"{count(extent.left_out, 'image')} still to do left out.")
        lines.append("Images are copied; yours stay as they are.")
        return "\n".join(lines)

    # ------------------------------------------------------------------------------------ intents

    def _choose_folder(self) -> None:
        start = str(Path(self._out.text()).parent)
        folder = QFileDialog.getExistingDirectory(self, "Export into", start)
        if folder:
            self._out.setText(folder)

    def _begin(self) -> None:
        self._report = None
        self._state.clear()
        self._problems.clear()
        self._bar.setRange(0, 0)
        counting = Convention.ZERO_BASED if self._from_zero.isChecked() else Convention.ONE_BASED
        self._exchange.export_voc(self._source, Path(self._out.text()).expanduser(), counting)
        self._show()

    def _open_folder(self) -> None:
        if self._report is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._report.folder)))

    def reject(self) -> None:
        """Cancel while it writes; close otherwise."""
        if self._exchange.is_running(EXPORT):
            self._exchange.cancel(EXPORT)
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._exchange.cancel(EXPORT)
        super().closeEvent(event)

    # ------------------------------------------------------------------------------------ facts

    def _on_progress(self, task: str, progress: Progress) -> None:
        if task == EXPORT:
            self._bar.setRange(0, progress.total)
            self._bar.setValue(progress.done)
            of = f"{progress.done:,} of {progress.total:,}" if progress.total else f"{progress.done:,}"
            self._state.setText(f"{of}   {progress.text}".strip())

    def _on_finished(self, task: str, report: ExportReport) -> None:
        if task != EXPORT:
            return
        self._report = report
        written = f"{count(report.files, 'image')} and {count(report.boxes, 'box', 'boxes')}"
        self._state.setText(f"Done: {written} written, read back and compared.")
        self._problems.setPlainText("\n".join(f"{p.file}: {p.reason}" for p in report.problems))
        self._show()

    def _on_failed(self, task: str, sentence: str) -> None:
        if task == EXPORT:
            self._state.setText(sentence)
            self._show()

    def _on_cancelled(self, task: str) -> None:
        if task == EXPORT:
            self._state.setText("Cancelled. What was written so far can be deleted.")
            self._show()

    def _show(self) -> None:
        runs = self._exchange.is_running(EXPORT)
        done = self._report is not None
        hindrance = "" if runs or done else self._hindrance()
        out = Path(self._out.text()).expanduser()
        self._where.setText(hindrance or f"{out / INSIDE}: Annotations, JPEGImages, ImageSets/Main")
        for field in (self._out, self._choose, self._from_zero):
            field.setEnabled(not runs)
        self._bar.setVisible(runs)
        self._state.setVisible(bool(self._state.text()) or runs)
        self._problems.setVisible(bool(self._problems.toPlainText()))
        self._export.setEnabled(not runs and not hindrance)
        self._export.setVisible(not done)
        self._open.setVisible(done)
        self._close.setText("Cancel" if runs else "Close")

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Show, QEvent.Type.LayoutRequest):
            self._take_height()
        return done

    def _take_height(self) -> None:
        """As high as what is shown needs: text asks for more before it knows how wide it is."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), layout.minimumSize().height())

    def _hindrance(self) -> str:
        """Why it cannot begin: nothing is ever written over."""
        text = self._out.text().strip()
        out = Path(text).expanduser()
        if not text:
            return "Choose a folder to export into."
        if not out.is_absolute():
            return "Give the whole path of the folder."
        if out.exists() and not out.is_dir():
            return f"“{out.name}” is a file, not a folder."
        if (out / INSIDE).exists():
            return f"“{out.name}” holds an export already: choose another folder."
        if not extent_of(self._context.document.images()).images:
            return "No image is labelled yet."
        return ""
