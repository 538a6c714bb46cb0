"""What the next run starts from: the registry's weights, this project's models, a file, or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QStandardItemModel
from PySide6.QtWidgets import QFileDialog, QWidget

from app.context import Context
from app.widgets.elided_combo import ElidedComboBox
from app.widgets.icons import icon
from app.widgets.prose import Prose
from app.widgets.wheel import wheel_needs_focus
from app.widgets.words import backbone_title, megabytes
from model.records import Architecture

if TYPE_CHECKING:
    from model.network.sources.source import Kind, Source

CHOOSE = "choose"
FILES = "Weights (*.safetensors *.pth *.pt);;All files (*)"
DOWNLOAD = "mdi6.download-outline"


class _Entry(NamedTuple):
    text: str
    weights: str  # as in TrainSettings, or CHOOSE
    line: str = ""  # below the list, once it is chosen
    tooltip: str = ""
    must_come: bool = False  # downloaded before training starts
    fits: bool = True


class PlanStart(ElidedComboBox):
    """Shows the plan; a choice is asked of TrainingWork, and shown when it has taken it.

    line is a sentence about what is chosen, for whoever lays this out to put below.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._training = context.training
        self.line = Prose(parent or self, muted=True)
        self.setAccessibleName("Start from")
        wheel_needs_focus(self)
        self.activated.connect(self._choose)
        self._training.state_changed.connect(self.refresh)
        self._training.model_saved.connect(self.refresh)
        self.refresh()

    # ------------------------------------------------------------------------------------ showing

    def refresh(self) -> None:
        weights, entries = self._training.plan.weights, self._entries()
        held = [(self.itemText(row), self.itemData(row)) for row in range(self.count())]
        if held != [(entry.text, entry.weights) for entry in entries]:  # else it may be open
            self.clear()
            for entry in entries:
                self.addItem(entry.text, entry.weights)
        rows = self.model()
        for row, entry in enumerate(entries):
            self.setItemData(row, entry.tooltip or entry.line or None, Qt.ItemDataRole.ToolTipRole)
            self.setItemIcon(row, icon(DOWNLOAD) if entry.must_come else QIcon())
            if isinstance(rows, QStandardItemModel):
                rows.item(row).setEnabled(entry.fits)
        row = next(row for row, entry in enumerate(entries) if entry.weights == weights)
        self.setCurrentIndex(row)
        self.setToolTip(entries[row].tooltip or entries[row].text)
        self.line.setText(entries[row].line)
        self.line.setToolTip(entries[row].tooltip)

    def _entries(self) -> list[_Entry]:
        plan, starts, document = self._training.plan, self._training.starts, self._context.document
        ours = plan.architecture
        entries = [_entry(kind, starts.source(kind.name, ours.backbone), ours) for kind in starts.kinds()]
        for model in document.project.models() if document.is_open else ():
            file = str(document.project.models_folder / model.file)
            entries.append(_Entry(f"Model {model.name}", file, "Goes on from a model of this project.", file))
        if plan.weights not in {entry.weights for entry in entries}:
            line = "A file of Fovea's or PyTorch's; what of it fits is taken over."
            entries.append(_Entry(Path(plan.weights).name, plan.weights, line, plan.weights))
        words = "A weights file of Fovea's, or a state_dict of torchvision's (.pth, .pt)."
        entries.append(_Entry("Choose a file…", CHOOSE, tooltip=words))
        return entries

    # ------------------------------------------------------------------------------------ choosing

    def _choose(self, row: int) -> None:
        weights = self.itemData(row)
        if weights == CHOOSE:
            weights, _ = QFileDialog.getOpenFileName(self, "Weights to start from", "", FILES)
        plan = self._training.plan
        self._training.choose(replace(plan, weights=weights or plan.weights))
        self.refresh()  # also when nothing was chosen: the box shows "Choose a file…" still


def _entry(kind: Kind, source: Source | None, ours: Architecture) -> _Entry:
    if source is None:  # nothing is read, or torch has not been imported yet
        return _Entry(kind.title, kind.name, kind.words)
    if not source.is_here and not source.url:
        return _Entry(kind.title, kind.name, f"{source.file} is missing. Install Fovea again.", fits=False)
    if ours.backbone not in source.backbones:
        fitting = ", ".join(backbone_title(name) for name in source.backbones)
        why = f"Only for {fitting}; this recipe has {backbone_title(ours.backbone)}."
        return _Entry(kind.title, kind.name, why, f"{kind.words}\n{why}", fits=False)
    must_come = bool(source.url) and not source.is_here
    words = " ".join(filter(None, (kind.words, _what_fits(source.architecture, ours))))
    tooltip = (words, _facts(source, must_come), source.terms, source.url, str(source.file))
    line = f"{words} {_facts(source, must_come)}" + (" Its data's terms may apply." if source.terms else "")
    return _Entry(kind.title, kind.name, line, "\n".join(filter(None, tooltip)), must_come)


def _what_fits(theirs: Architecture | None, ours: Architecture) -> str:
    """What of a whole detector does not fit a network with its backbone; nothing where all of it does."""
    if theirs is None:
        return ""
    if theirs.channels != ours.channels:
        return "Only its backbone fits this recipe."
    heads = [(a.head_norm, a.head_convs, a.anchors_per_place) for a in (theirs, ours)]
    return "" if heads[0] == heads[1] else "Its heads do not fit this recipe."


def _facts(source: Source, must_come: bool) -> str:
    """ "137 MB from torchvision, downloaded first. COCO box AP 0.364. Licence: BSD-3-Clause."."""
    where = megabytes(source.size)
    if source.url:
        where += " from torchvision, " + ("downloaded first" if must_come else "on this machine already")
    figure = f" {source.figure}." if source.figure else ""
    return f"{where}.{figure} Licence: {source.licence}."
