"""Every setting of the next run: found by name or by group, with its help, and marked where it is one's own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.context import Context
from app.widgets.choice_list import ChoiceList
from app.widgets.field import Field, in_words
from app.widgets.form import Form
from app.widgets.icons import icon
from app.widgets.prose import Prose
from app.widgets.recipe import FIELDS, consistent
from app.widgets.words import backbone_title, count, preset_title
from model.records import TrainSettings

ALL, CHANGED = "all", "changed"
GROUPS = {
    "Length": "mdi6.timer-outline",
    "Optimizer": "mdi6.tune-vertical",
    "Learning rate": "mdi6.chart-bell-curve",
    "Network": "mdi6.layers-outline",
    "Augmentation": "mdi6.image-filter-hdr",
    "Data": "mdi6.database-outline",
    "Machine": "mdi6.memory",
}
SIZE = (820, 600)  # px
LIST_WIDTH = 168  # px


def matching(words: str) -> frozenset[str]:
    """The names of the fields in whose title, name, help, group or choices every word stands."""
    parts = words.casefold().split()
    return frozenset(field.name for field in FIELDS if all(part in _text_of(field) for part in parts))


def _text_of(field: Field) -> str:
    option = field.option
    choices = (f"{choice} {in_words(field, choice)}" for choice in option.choices)
    return " ".join((field.own_name, option.title, option.help, option.group, *choices)).casefold()


class RecipeDialog(QDialog):
    """Not modal. What is chosen is the plan's at once, and shown when TrainingWork has taken it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._training = context.training
        self._search = QLineEdit(self)
        self._about = Prose(self)
        self._put_back = QPushButton(icon("mdi6.restore"), "Put all back", self)
        groups = dict.fromkeys(field.option.group for field in FIELDS)
        self._groups = ChoiceList(
            (
                (ALL, "All settings", "mdi6.format-list-bulleted"),
                (CHANGED, "Changed", "mdi6.pencil-outline"),
                *((group, group, GROUPS.get(group, "mdi6.cog-outline")) for group in groups),
            ),
            self,
        )
        self._form = Form(FIELDS, self)
        self._area = QScrollArea(self)
        self._nothing = Prose(self, muted=True)
        self._note = Prose(self, muted=True)
        self._flaw = Prose(self)
        self._running = Prose(self, muted=True)
        self._close = QPushButton("Close", self)
        self._build()
        self._connect()
        self._show()
        self._filter()

    # ------------------------------------------------------------------------------------ making

    def _build(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE)
        self._search.setPlaceholderText("Search settings")
        self._search.setAccessibleName("Search settings")
        self._search.setClearButtonEnabled(True)
        self._groups.setFixedWidth(LIST_WIDTH)
        self._put_back.setToolTip("Every setting as the recipe has it")
        self._put_back.setAutoDefault(False)  # Enter in a field takes what was typed, and presses nothing
        self._close.setAutoDefault(False)
        self._form.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self._form.setAutoFillBackground(True)
        self._running.setText("For the next run: the one that goes on keeps what it began with.")
        self._area.setWidget(self._form)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Tab goes from field to field
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._flaw.setForegroundRole(QPalette.ColorRole.BrightText)
        self._search.setFixedWidth(LIST_WIDTH + 60)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._search)
        top.addWidget(self._about, 1, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self._put_back)
        page = QVBoxLayout()
        page.addWidget(self._nothing)
        page.addWidget(self._area, 1)
        middle = QHBoxLayout()
        middle.setSpacing(12)
        middle.addWidget(self._groups, 0, Qt.AlignmentFlag.AlignTop)
        middle.addLayout(page, 1)
        said = QVBoxLayout()
        said.addWidget(self._running)
        said.addWidget(self._flaw)
        said.addWidget(self._note)
        bottom = QHBoxLayout()
        bottom.addLayout(said, 1)
        bottom.addWidget(self._close, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addLayout(top)
        layout.addLayout(middle, 1)
        layout.addLayout(bottom)

    def _connect(self) -> None:
        self._search.textChanged.connect(self._on_search)
        self._groups.chosen.connect(self._filter)
        self._form.changed.connect(self._choose)
        self._put_back.clicked.connect(self._form.put_back)
        self._close.clicked.connect(self.reject)
        self._training.state_changed.connect(self._show)
        QShortcut(QKeySequence.StandardKey.Find, self, self._find)

    # ------------------------------------------------------------------------------------ intents

    def _choose(self, plan: TrainSettings) -> None:
        before = self._training.plan
        plan = consistent(plan, before, self._training.recipe)
        if plan.weights != before.weights:
            backbone, start = backbone_title(plan.architecture.backbone), self._training.starts.title(plan)
            self._note.setText(f"With {backbone} it starts from other weights: {start}.")
        self._training.choose(plan)

    def _find(self) -> None:
        self._search.setFocus()
        self._search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._search.hasFocus() and self._search.text():
            self._search.clear()
        else:
            super().keyPressEvent(event)

    def _on_search(self, words: str) -> None:
        if words:
            self._groups.choose(ALL)  # what is looked for may stand in any group
        self._filter()

    def _filter(self) -> None:
        """Show what is looked for. A field that is put back stays in view until the next search."""
        found = matching(self._search.text())
        choice = self._groups.choice()
        shown = found & self._named().get(choice, found)
        self._form.show_only(shown)
        self._area.verticalScrollBar().setValue(0)
        self._area.setVisible(bool(shown))
        self._nothing.setVisible(not shown)
        self._nothing.setText(
            f"No setting is about “{self._search.text()}”."
            if self._search.text()
            else "Every setting is as the recipe has it."
        )
        self._show_numbers()

    # ------------------------------------------------------------------------------------ showing

    def _show(self) -> None:
        plan, recipe = self._training.plan, self._training.recipe
        self._form.set_value(plan, recipe)
        self._form.offer("device", tuple(dict.fromkeys((*self._training.devices, plan.device))))
        changed = len(self._form.differing())
        title = preset_title(plan.preset)
        self.setWindowTitle(f"Settings of “{title}”")
        self._about.setText(f"{title}, {count(changed, 'setting') if changed else 'nothing'} changed")
        self._put_back.setEnabled(bool(changed))
        self._running.setVisible(self._training.is_running)
        flaw = self._training.flaw()
        is_told = self._form.set_flaw(flaw)
        self._flaw.setText("" if is_told else flaw)
        self._flaw.setVisible(bool(self._flaw.text()))
        self._show_numbers()

    def _show_numbers(self) -> None:
        found, named = matching(self._search.text()), self._named()
        self._groups.set_numbers({ALL: len(found)} | {name: len(found & of) for name, of in named.items()})

    def _named(self) -> dict[str, frozenset[str]]:
        """The names of the fields of each group, and of those that are one's own."""
        named: dict[str, frozenset[str]] = {CHANGED: frozenset(f.name for f in self._form.differing())}
        for field in FIELDS:
            group = field.option.group
            named[group] = named.get(group, frozenset()) | {field.name}
        return named
