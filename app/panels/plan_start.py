"""What the next run starts from: the registry's weights, this project's models, a file, or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QFileDialog, QSizePolicy, QVBoxLayout, QWidget

from app.context import Context
from app.widgets.icons import icon
from app.widgets.prose import Prose
from app.widgets.words import backbone_title, megabytes

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


class PlanStart(QWidget):
    """Shows the plan; a choice is asked of TrainingWork, and shown when it has taken it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._training = context.training
        self._box = QComboBox(self)
        self._box.setAccessibleName("Start from")
        # a long name of a file must not make the dock wider
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._box.setMinimumContentsLength(8)
        self._box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._line = Prose(self, muted=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._box)
        layout.addWidget(self._line)
        self._box.activated.connect(self._choose)
        self._training.state_changed.connect(self.refresh)
        self._training.model_saved.connect(self.refresh)
        self.refresh()

    # ------------------------------------------------------------------------------------ showing

    def refresh(self) -> None:
        weights, entries = self._training.plan.weights, self._entries()
        box = self._box
        held = [(box.itemText(row), box.itemData(row)) for row in range(box.count())]
        if held != [(entry.text, entry.weights) for entry in entries]:  # else it may be open
            box.clear()
            for entry in entries:
                box.addItem(entry.text, entry.weights)
        rows = box.model()
        for row, entry in enumerate(entries):
            box.setItemData(row, entry.tooltip or entry.line or None, Qt.ItemDataRole.ToolTipRole)
            box.setItemIcon(row, icon(DOWNLOAD) if entry.must_come else QIcon())
            if isinstance(rows, QStandardItemModel):
                rows.item(row).setEnabled(entry.fits)
        row = next(row for row, entry in enumerate(entries) if entry.weights == weights)
        box.setCurrentIndex(row)
        box.setToolTip(entries[row].tooltip or entries[row].text)
        self._line.setText(entries[row].line)
        self._line.setToolTip(entries[row].tooltip)

    def _entries(self) -> list[_Entry]:
        plan, starts, document = self._training.plan, self._training.starts, self._context.document
        backbone = plan.architecture.backbone
        entries = [_entry(kind, starts.source(kind.name, backbone), backbone) for kind in starts.kinds()]
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
        weights = self._box.itemData(row)
        if weights == CHOOSE:
            weights, _ = QFileDialog.getOpenFileName(self, "Weights to start from", "", FILES)
        plan = self._training.plan
        self._training.choose(replace(plan, weights=weights or plan.weights))
        self.refresh()  # also when nothing was chosen: the box shows "Choose a file…" still


def _entry(kind: Kind, source: Source | None, backbone: str) -> _Entry:
    if source is None:  # nothing is read, or torch has not been imported yet
        return _Entry(kind.title, kind.name, kind.words)
    if not source.is_here and not source.url:
        return _Entry(kind.title, kind.name, f"{source.file} is missing. Install Fovea again.", fits=False)
    if backbone not in source.backbones:
        fitting = ", ".join(backbone_title(name) for name in source.backbones)
        why = f"Only for {fitting}; this recipe has {backbone_title(backbone)}."
        return _Entry(kind.title, kind.name, why, f"{kind.words}\n{why}", fits=False)
    must_come = bool(source.url) and not source.is_here
    line = f"{kind.words} {_facts(source, must_come)}"
    parts = (kind.words, _facts(source, must_come), source.terms, source.url or "", str(source.file))
    return _Entry(kind.title, kind.name, line, "\n".join(part for part in parts if part), must_come)


def _facts(source: Source, must_come: bool) -> str:
    """ "From torchvision, 137 MB, downloaded first. COCO box AP 0.364. Licence: BSD-3-Clause."."""
    if not source.url:
        where = f"{megabytes(source.size)}."
    else:
        how = "downloaded first" if must_come else "on this machine already"
        where = f"From torchvision, {megabytes(source.size)}, {how}."
    figure = f" {source.figure}." if source.figure else ""
    return f"{where}{figure} Licence: {source.licence}{', see the tooltip' if source.terms else ''}."
