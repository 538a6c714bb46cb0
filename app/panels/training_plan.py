"""What the next training run will do, as a small form over TrainingWork's plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.context import Context
from app.panels.plan_anchors import PlanAnchors
from app.panels.plan_balance import PlanBalance
from app.panels.plan_start import PlanStart
from app.widgets.elided_combo import ElidedComboBox
from app.widgets.icons import icon
from app.widgets.number_box import NumberBox
from app.widgets.offer_line import OfferLine
from app.widgets.preview_dialog import PreviewDialog
from app.widgets.prose import Prose
from app.widgets.recipe import FIELDS, as_recipe, on_this_machine, own_changes
from app.widgets.recipe_dialog import RecipeDialog
from app.widgets.wheel import wheel_needs_focus
from app.widgets.words import PRESETS, backbone_title, count, device_title, listed, preset_title
from model.records import TrainSettings, recipe_of

EPOCHS, MINUTES = "epochs", "minutes"  # units, and the fields of TrainSettings that count in them


class TrainingPlan(QWidget):
    """Shows the plan; a choice is asked of TrainingWork, and shown when it has taken it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._training = context.training
        self._before: TrainSettings | None = None  # whose own changes were left behind
        self._preset = ElidedComboBox(self)
        self._changed = OfferLine("Put back", self)
        self._words = Prose(self, muted=True)
        self._left = OfferLine("Undo", self)
        self._epochs, self._minutes = _length_box(EPOCHS, self), _length_box(MINUTES, self)
        self._unit = QComboBox(self)
        self._wrong_length = Prose(self)
        self._start = PlanStart(context, self)
        self._anchors = PlanAnchors(context, self)
        self._device = ElidedComboBox(self)
        self._flaw = Prose(self)
        self._all = QPushButton(icon("mdi6.tune-variant"), "All settings…", self)
        self._preview = QPushButton(icon("mdi6.image-multiple-outline"), "Preview…", self)
        self._build()
        self._connect()
        self.refresh()

    # ------------------------------------------------------------------------------------ making

    def _build(self) -> None:
        for preset in self._training.presets():
            self._preset.addItem(preset_title(preset.preset), preset)
            words = PRESETS[preset.preset].words if preset.preset in PRESETS else None
            self._preset.setItemData(self._preset.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
        self._preset.setAccessibleName("Recipe")
        self._unit.addItem(EPOCHS, EPOCHS)
        self._unit.addItem(MINUTES, MINUTES)
        self._unit.setItemData(0, "An epoch: every labelled image is seen once.", Qt.ItemDataRole.ToolTipRole)
        self._unit.setAccessibleName("Unit")
        self._device.setAccessibleName("Device")
        wheel_needs_focus(self._preset, self._unit, self._device)
        for wrong in (self._wrong_length, self._flaw):
            wrong.setForegroundRole(QPalette.ColorRole.BrightText)
            wrong.hide()
        self._all.setToolTip("Everything about the next run: optimizer, augmentation, network …")
        length, more = QHBoxLayout(), QHBoxLayout()
        length.addWidget(self._epochs, 1)
        length.addWidget(self._minutes, 1)
        length.addWidget(self._unit, 1)
        self._preview.setToolTip("See eight pictures as training will show them, with their boxes")
        more.addWidget(self._all)
        more.addWidget(self._preview)
        more.addStretch(1)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(6)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Recipe", self._preset)
        form.addRow(self._words)
        form.addRow(self._changed)
        form.addRow(self._left)
        form.addRow("Length", length)
        form.addRow(self._wrong_length)
        form.addRow("Start from", self._start)
        form.addRow(self._start.line)
        form.addRow("Anchors", self._anchors)
        form.addRow("Device", self._device)
        form.addRow(PlanBalance(self._context, self._all, self))
        form.addRow(self._flaw)
        form.addRow(more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)

    def _connect(self) -> None:
        self._preset.activated.connect(self._choose_preset)
        self._changed.taken.connect(self._choose_recipe_as_it_is)
        self._left.taken.connect(self._go_back)
        self._unit.activated.connect(self._choose_unit)
        self._device.activated.connect(self._choose_device)
        self._all.clicked.connect(self._open_all)
        self._preview.clicked.connect(self._open_preview)
        for box in (self._epochs, self._minutes):
            box.committed.connect(self._choose_length)
            box.refused.connect(self._on_length_refused)
        self._training.state_changed.connect(self.refresh)
        self._training.model_saved.connect(self.refresh)
        self._context.document.opened.connect(self._on_opened)

    # ------------------------------------------------------------------------------------ showing

    def refresh(self) -> None:
        plan, recipe = self._training.plan, self._training.recipe
        changes = own_changes(plan, recipe)
        for row in range(self._preset.count()):
            preset: TrainSettings = self._preset.itemData(row)
            title, is_plans = preset_title(preset.preset), preset.preset == plan.preset
            self._preset.setItemText(row, f"{title}, changed" if is_plans and changes else title)
            if is_plans:
                self._preset.setCurrentIndex(row)
        self._preset.setToolTip(self._preset.currentText())
        self._changed.set_text(f"Changed: {listed(changes, 5)}." if changes else "", self._preset)
        words = PRESETS[plan.preset].words if plan.preset in PRESETS else ""
        self._words.setText(f"{words} {network_in_words(plan)}".strip())
        self._show_left()
        is_by_time = plan.minutes is not None
        self._unit.setCurrentIndex(self._unit.findData(MINUTES if is_by_time else EPOCHS))
        self._epochs.setVisible(not is_by_time)
        self._minutes.setVisible(is_by_time)
        self._epochs.set_value(plan.epochs)
        if plan.minutes is not None:
            self._minutes.set_value(plan.minutes)
        self._fill_devices(plan.device)
        flaw = self._training.flaw()
        self._flaw.setText(flaw)
        self._flaw.setVisible(bool(flaw))
        self._preview.setEnabled(self._context.document.is_open and not flaw)

    def _show_left(self) -> None:
        """What was one's own in a recipe before, until a run has begun: one may look at others first."""
        if self._training.is_running:
            self._before = None
        before, plan = self._before, self._training.plan
        if before is None:
            self._left.set_text("", self._preset)
            return
        is_same = before.preset == plan.preset
        kept = self._own(plan) if is_same else ()
        lost = tuple(title for title in self._own(before) if title not in kept)
        how = "Put back" if is_same else f"Left behind with “{preset_title(before.preset)}”"
        self._left.set_text(f"{how}: {listed(lost, 5)}." if lost else "", self._preset)

    def _fill_devices(self, device: str) -> None:
        entries = [(device_title(name), name, "") for name in self._training.devices]
        if device not in self._training.devices:
            entries.append((device_title(device), device, ""))
        _fill(self._device, entries, device)

    # ------------------------------------------------------------------------------------ choosing

    def _own(self, plan: TrainSettings) -> tuple[str, ...]:
        """What of a plan another recipe does not have: settings, what it starts from, fitted anchors."""
        recipe = recipe_of(plan, self._training.presets())
        start = ("Start from",) if plan.weights != recipe.weights else ()
        ours, theirs = plan.architecture, recipe.architecture
        are_same = (ours.anchor_sizes, ours.anchor_ratios) == (theirs.anchor_sizes, theirs.anchor_ratios)
        return (*own_changes(plan, recipe), *start, *(() if are_same else ("Anchors",)))

    def _choose(self, **changes: object) -> None:
        self._training.choose(replace(self._training.plan, **changes))  # type: ignore[arg-type]

    def _choose_preset(self, row: int) -> None:
        preset: TrainSettings = self._preset.itemData(row)
        if preset.preset != self._training.plan.preset:
            self._leave_for(on_this_machine(preset, self._training.plan))

    def _choose_recipe_as_it_is(self) -> None:
        plan = self._training.plan
        self._leave_for(on_this_machine(as_recipe(plan, self._training.recipe), plan))

    def _leave_for(self, plan: TrainSettings) -> None:
        """Choose a plan without one's own changes, and keep the way back to the last that there were."""
        if self._own(self._training.plan):
            self._before = self._training.plan
        self._training.choose(plan)

    def _go_back(self) -> None:
        if (before := self._before) is not None:
            self._before = None
            self._leave_for(before)

    def _on_opened(self, folder: Path | None) -> None:
        self._before = None  # was for another folder's labels
        self.refresh()

    def _choose_length(self, length: float) -> None:
        self._choose(**{self._unit.currentData(): length})

    def _choose_unit(self, row: int) -> None:
        is_by_time = self._unit.itemData(row) == MINUTES
        self._choose(minutes=self._minutes.value() if is_by_time else None)

    def _on_length_refused(self, sentence: str) -> None:
        self._wrong_length.setText(sentence)
        self._wrong_length.setVisible(bool(sentence))

    def _choose_device(self, row: int) -> None:
        self._choose(device=self._device.itemData(row))

    def _open_all(self) -> None:
        """Every setting, in the one dialog that there is."""
        dialog = next(iter(self.findChildren(RecipeDialog)), None) or RecipeDialog(self._context, self)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _open_preview(self) -> None:
        """The pictures of the plan, in the one dialog that there is."""
        dialog = next(iter(self.findChildren(PreviewDialog)), None) or PreviewDialog(self._context, self)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()


def _length_box(name: str, parent: QWidget) -> NumberBox:
    field = next(field for field in FIELDS if field.name == name)
    box = NumberBox(field.option, field.default or field.when_on, field.kind is int, parent=parent)
    box.setMinimumWidth(64)  # its own least is for large numbers, too wide beside the unit
    box.setAccessibleName("How long to train")
    return box


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
    return f"{preset_title(plan.preset)}, {length}, from: {start}"
