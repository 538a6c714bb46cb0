"""What the next training run will do, as a small form over TrainingWork's plan."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.context import Context
from app.panels.plan_anchors import PlanAnchors
from app.panels.plan_start import PlanStart
from app.widgets.prose import Prose
from app.widgets.wheel import wheel_needs_focus
from app.widgets.words import backbone_title, count
from model.records import TrainSettings

IN_WORDS = {
    "fast": "Small pictures, quick to learn: minutes on a laptop. Misses small objects.",
    "balanced": "Larger pictures, for small objects. Takes a few times as long.",
    "accurate": "A large network on large pictures: the best boxes. Wants a GPU.",
    "paper": "The recipe of the RetinaNet paper, to compare with. Wants a GPU and hours.",
}
DEVICES = {"auto": "Automatic", "cpu": "Processor (CPU)", "cuda": "GPU (CUDA)", "mps": "GPU (Apple)"}
EPOCHS, MINUTES = "epochs", "minutes"
DEFAULT_MINUTES = 10


class TrainingPlan(QWidget):
    """Shows the plan; a choice is asked of TrainingWork, and shown when it has taken it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._training = context.training
        self._preset = QComboBox(self)
        self._words = Prose(self, muted=True)
        self._length = QSpinBox(self)
        self._unit = QComboBox(self)
        self._start = PlanStart(context, self)
        self._device = QComboBox(self)
        self._build()
        self._preset.activated.connect(self._choose_preset)
        self._length.valueChanged.connect(self._choose_length)
        self._unit.activated.connect(self._choose_unit)
        self._device.activated.connect(self._choose_device)
        self._training.state_changed.connect(self.refresh)
        self._training.model_saved.connect(self.refresh)
        self.refresh()

    def _build(self) -> None:
        for preset in self._training.presets():
            self._preset.addItem(preset.preset.capitalize(), preset)
        self._length.setRange(1, 10_000)
        self._length.setKeyboardTracking(False)
        self._length.setMinimumWidth(64)  # its own least is for 10,000 epochs, too wide beside the unit
        self._length.setAccessibleName("How long to train")
        self._unit.addItem(EPOCHS, EPOCHS)
        self._unit.addItem(MINUTES, MINUTES)
        self._unit.setItemData(0, "An epoch: every labelled image is seen once.", Qt.ItemDataRole.ToolTipRole)
        self._unit.setAccessibleName("Unit")
        for box in (self._preset, self._device):
            # a long name must not make the dock wider
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        wheel_needs_focus(self._preset, self._length, self._unit, self._device)
        length = QHBoxLayout()
        length.addWidget(self._length, 1)
        length.addWidget(self._unit, 1)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(6)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Recipe", self._preset)
        form.addRow(self._words)
        form.addRow("Length", length)
        form.addRow("Start from", self._start)
        form.addRow(self._start.line)
        form.addRow("Anchors", PlanAnchors(self._context, self))
        form.addRow("Device", self._device)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)

    # ------------------------------------------------------------------------------------ showing

    def refresh(self) -> None:
        plan = self._training.plan
        self._preset.setCurrentIndex(self._preset.findText(plan.preset.capitalize()))
        self._words.setText(f"{IN_WORDS.get(plan.preset, '')} {network_in_words(plan)}".strip())
        self._unit.setCurrentIndex(0 if plan.minutes is None else 1)
        self._length.setValue(plan.epochs if plan.minutes is None else max(1, round(plan.minutes)))
        self._fill_devices(plan.device)

    def _fill_devices(self, device: str) -> None:
        entries = [(DEVICES.get(name, name), name, "") for name in self._training.devices]
        if device not in self._training.devices:
            entries.append((DEVICES.get(device, device), device, ""))
        _fill(self._device, entries, device)

    # ------------------------------------------------------------------------------------ choosing

    def _choose(self, **changes: object) -> None:
        self._training.choose(replace(self._training.plan, **changes))  # type: ignore[arg-type]

    def _choose_preset(self, row: int) -> None:
        preset: TrainSettings = self._preset.itemData(row)
        if preset.preset != self._training.plan.preset:
            self._training.choose(replace(preset, device=self._training.plan.device))

    def _choose_length(self, length: int) -> None:
        if self._unit.currentData() == MINUTES:
            self._choose(minutes=float(length))
        else:
            self._choose(epochs=length)

    def _choose_unit(self, row: int) -> None:
        self._choose(minutes=float(DEFAULT_MINUTES) if self._unit.itemData(row) == MINUTES else None)

    def _choose_device(self, row: int) -> None:
        self._choose(device=self._device.itemData(row))


def _fill(box: QComboBox, entries: list[tuple[str, str, str]], current: str) -> None:
    """Entries of text, value and tooltip; left alone while it holds just these, as it may be open."""
    held = [(box.itemText(row), box.itemData(row)) for row in range(box.count())]
    if held != [(text, value) for text, value, _ in entries]:
        box.clear()
        for row, (text, value, words) in enumerate(entries):
            box.addItem(text, value)
            box.setItemData(row, words or None, Qt.ItemDataRole.ToolTipRole)
    box.setCurrentIndex(next((row for row, entry in enumerate(entries) if entry[1] == current), -1))
    box.setToolTip(box.currentText())


def network_in_words(plan: TrainSettings) -> str:
    """ "ResNet-18 at 320 px." """
    architecture = plan.architecture
    backbone = backbone_title(architecture.backbone)
    if architecture.short_side == architecture.long_side:
        return f"{backbone} at {architecture.long_side} px."
    return f"{backbone} at {architecture.short_side} to {architecture.long_side} px."


def plan_in_words(plan: TrainSettings, start: str) -> str:
    """One line for a run that goes on: "Fast, 30 epochs, from: Starter weights"."""
    if plan.minutes is None:
        length = count(plan.epochs, "epoch")
    else:
        length = f"{plan.minutes:g} " + ("minute" if plan.minutes == 1 else "minutes")
    return f"{plan.preset.capitalize()}, {length}, from: {start}"
