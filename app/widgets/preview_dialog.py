"""Eight pictures as training will see them, with their boxes, before anything is trained."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.context import Context
from app.widgets.picture_tile import DASHES, LINE, NOT_LEARNED, PictureTile
from app.widgets.prose import Prose
from app.widgets.words import preset_title
from model.records import TrainSettings, settings_with_options
from model.records.preview import Picture
from model.records.settings import AUGMENTATION

COLUMNS, ROWS = 4, 2
ABOUT = (
    "Training shows each picture in another way every time, so that the network learns the things and not the "
    "pictures. These are the next ones that it would see."
)
NOT_LEARNED_WORDS = "not learned: little is left of it, or it is marked so"


class PreviewDialog(QDialog):
    """Begins to draw when it is made, and draws again when the plan changes."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._work, self._training = context.preview, context.training
        self._settings = self._training.plan
        self._shown = 0  # tiles that show a picture of this drawing
        self._next = 0  # the number of the picture after them
        self._about = Prose(self, muted=True)
        self._on = Prose(self)
        self._bar = QProgressBar(self)
        self._tiles = tuple(PictureTile(self) for _ in range(COLUMNS * ROWS))
        self._key = _Key(self)
        self._notes = Prose(self, muted=True)
        self._buttons = QDialogButtonBox(self)
        self._others = QPushButton("Draw eight others", self)
        self._close = self._buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        self._build()
        self._others.clicked.connect(self._draw_others)
        self._close.clicked.connect(self.reject)
        self._work.drawn.connect(self._on_drawn)
        self._work.noted.connect(self._on_noted)
        self._work.ended.connect(self._show)
        self._work.failed.connect(self._on_failed)
        self._training.state_changed.connect(self._on_plan_changed)
        self._draw(0)

    def _build(self) -> None:
        self.setWindowTitle("Preview of the training pictures")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._about.setText(ABOUT)
        self._bar.setRange(0, len(self._tiles))
        self._bar.setProperty("thin", True)
        self._bar.setTextVisible(False)
        kept = self._bar.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # or the tiles would jump
        self._bar.setSizePolicy(kept)
        self._buttons.addButton(self._others, QDialogButtonBox.ButtonRole.ActionRole)
        self._others.setAutoDefault(False)
        grid = QGridLayout()
        grid.setSpacing(8)
        for number, tile in enumerate(self._tiles):
            grid.addWidget(tile, number // COLUMNS, number % COLUMNS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        layout.addWidget(self._about)
        layout.addWidget(self._on)
        layout.addWidget(self._bar)
        layout.addLayout(grid, 1)
        layout.addWidget(self._key)
        layout.addWidget(self._notes)
        layout.addWidget(self._buttons)
        self.resize(1000, 680)

    # ------------------------------------------------------------------------------------ intents

    def _draw(self, number: int) -> None:
        self._settings = self._training.plan
        self._shown, self._next = 0, number
        self._on.setText(augmentations_in_words(self._settings))
        self._notes.setText("")
        self._work.start(number)
        self._show()

    def _draw_others(self) -> None:
        self._draw(self._next)

    def done(self, result: int) -> None:
        """Also by Esc and the window's own button. Nobody waits for the picture that is being drawn."""
        self._work.cancel()
        super().done(result)

    # ------------------------------------------------------------------------------------ facts

    def _on_drawn(self, picture: Picture) -> None:
        if self._shown < len(self._tiles):
            self._tiles[self._shown].show_picture(picture)
            self._shown, self._next = self._shown + 1, picture.number + 1
        self._show()

    def _on_noted(self, sentence: str) -> None:
        self._notes.setText("\n".join(filter(None, (self._notes.text(), sentence))))
        self._show()

    def _on_failed(self, sentence: str) -> None:
        for tile in self._tiles:
            tile.show_picture(None)
        self._on_noted(sentence)

    def _on_plan_changed(self) -> None:
        if self.isVisible() and self._training.plan != self._settings:
            self._draw(0)

    # ------------------------------------------------------------------------------------ showing

    def _show(self) -> None:
        runs = self._work.is_running
        self._bar.setVisible(runs)
        self._bar.setValue(self._shown)
        self._others.setEnabled(not runs and self._shown > 0)
        self._notes.setVisible(bool(self._notes.text()))
        boxes = [box for tile in self._tiles if tile.picture for box in tile.picture.boxes]
        classes = {box.name: box.colour for box in boxes if not box.note}
        self._key.set_entries(classes, has_others=any(box.note for box in boxes))


def augmentations_in_words(settings: TrainSettings) -> str:
    """What is done to the pictures: "Fast: Mirror 0.5, Scale 0.8 to 1.25."."""
    done = []
    for setting in settings_with_options():
        value, option = getattr(settings, setting.name), setting.option
        if option.group != AUGMENTATION or not value or value == (1.0, 1.0):
            continue
        numbers = value if isinstance(value, tuple) else (value,)
        amount = " to ".join(f"{number:g}" for number in numbers)
        done.append(f"{option.title} {amount} {option.unit}".strip())
    return f"{preset_title(settings.preset)}: {', '.join(done) or 'pictures as they are'}."


class _Key(QWidget):
    """The classes that are shown, each behind its colour, and what a dashed box is; cut off where it is too long."""

    GAP, MARK = 16.0, 12.0  # px

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._classes: dict[str, str] = {}
        self._has_others = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_entries(self, classes: dict[str, str], has_others: bool) -> None:
        if (classes, has_others) != (self._classes, self._has_others):
            self._classes, self._has_others = classes, has_others
            self.setAccessibleName(", ".join(classes))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, metrics = QPainter(self), self.fontMetrics()
        text = self.palette().color(QPalette.ColorRole.WindowText)
        middle = self.height() / 2
        entries = [(name, QColor(colour), False) for name, colour in sorted(self._classes.items())]
        if self._has_others:  # first, because what is last may be cut off
            entries.insert(0, (NOT_LEARNED_WORDS, NOT_LEARNED.darker(130), True))
        x = 1.0
        for name, colour, is_dashed in entries:
            pen = QPen(colour, LINE)
            if is_dashed:
                pen.setDashPattern(DASHES)
            painter.setPen(pen)
            painter.drawRect(QRectF(x, middle - self.MARK / 2, self.MARK, self.MARK))
            painter.setPen(text)
            baseline = middle + (metrics.ascent() - metrics.descent()) / 2
            room = max(0, int(self.width() - x - self.MARK - 6))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(x + self.MARK + 6, baseline), shown)
            x += self.MARK + 6 + metrics.horizontalAdvance(name) + self.GAP
            if x > self.width() - 3 * self.MARK:
                return
