"""The toolbar: what is done most, in the order it is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QSizePolicy, QToolBar, QToolButton, QWidget

from app.actions.table import ActionTable
from app.context import Context
from app.widgets.focus import hand_focus_back
from app.widgets.icons import icon
from model.records import Metrics

ICON = 20  # px
AP_MEANS = (
    "Average precision (AP) on the validation images, at overlaps (IoU) from 0.50 to 0.95: 1 is perfect.\n"
    "The arrow tells how it changed since the epoch before."
)


class ToolBar(QToolBar):
    """Shows the tables' actions; the numbers are the owners'."""

    def __init__(
        self, context: Context, table: ActionTable, open_recent: Callable[[Path], None], parent: QWidget
    ) -> None:
        super().__init__("Toolbar", parent)
        self._context = context
        self._open_recent = open_recent
        self._position = QLabel(self)
        self._ap = ApLabel(self)
        self._worded: list[QToolButton] = []
        self._train = QPushButton(self)
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setIconSize(QSize(ICON, ICON))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._fill(table)
        self._listen()
        self._show_position()
        self._show_ap()

    def _fill(self, table: ActionTable) -> None:
        self._add(table["file.open_folder"], "Open").setMenu(self._recent_menu())
        self.addSeparator()
        self._add(table["view.previous_image"])
        self._position.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.addWidget(self._position)
        self._add(table["view.next_image"])
        self.addSeparator()
        for row in table.rows():
            if row.name.startswith("tool."):
                self._add(table[row.name], row.plain_text if row.keys else "")
        self.addSeparator()
        self._add(table["edit.undo"])
        self._add(table["edit.redo"])
        self.addSeparator()
        self._add(table["labels.done"], "Done")
        self._add(table["labels.nothing_here"])
        self.addSeparator()
        self._add(table["detection.live"], "Live")
        space = QWidget(self)
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        self.addWidget(self._ap)
        self._mirror(table["detection.train"])
        self.addWidget(self._train)

    def _add(self, action: QAction, text: str = "") -> QToolButton:
        """A button with the icon, and with words where the icon does not say it all."""
        self.addAction(action)
        button = self.widgetForAction(action)
        assert isinstance(button, QToolButton)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if text:
            self._worded.append(button)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setText(text)
            action.changed.connect(
                lambda: button.setText(text)
            )  # shorter than in the menu, whatever that says
        return button

    def _recent_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.aboutToShow.connect(lambda: fill_recent(menu, self._context, self._open_recent))
        return menu

    def _mirror(self, action: QAction) -> None:
        """The one thing to press: a button of its own, that says and does what the action does."""
        self._train.setProperty("primary", True)
        self._train.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._train.clicked.connect(action.trigger)

        def show() -> None:
            training = self._context.training
            running, paused = training.is_running, training.is_paused
            is_on = action.isEnabled() and (training.can_pause or not running)
            if not is_on:
                hand_focus_back(self._train)
            self._train.setText("Go on" if paused else "Pause" if running else "Train")
            self._train.setToolTip(action.toolTip())
            self._train.setEnabled(is_on)
            name = "mdi6.pause" if running and not paused else "mdi6.play"
            self._train.setIcon(icon(name, QPalette.ColorRole.Base))
            self._make_room()

        action.changed.connect(show)
        self._context.training.state_changed.connect(show)
        show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """What does not fit is not shown, and Train is the last: so the icons stand alone where it is narrow."""
        for style in (Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly):
            for button in self._worded:
                button.setToolButtonStyle(style)
            needed = (
                self.sizeHint().width() - self._ap.sizeHint().width() + self._ap.minimumSizeHint().width()
            )
            if needed <= self.width():
                return

    # ------------------------------------------------------------------------------------------ facts

    def _listen(self) -> None:
        c = self._context
        c.session.image_changed.connect(self._show_position)
        c.document.images_changed.connect(self._show_position)
        c.training.epoch_ended.connect(self._show_ap)
        c.training.state_changed.connect(self._show_ap)

    def _show_position(self, *facts: object) -> None:
        document, image = self._context.document, self._context.session.image
        total = len(document.images())
        here = document.position(image) + 1 if image is not None and document.has_image(image) else 0
        self._position.setText(f"image {here:,} of {total:,}" if total else "no images")
        widest = self._position.fontMetrics().horizontalAdvance(f"image {total:,} of {total:,}  ")
        self._position.setMinimumWidth(max(widest, 90))  # the buttons beside it stay where they are
        self._make_room()

    def _show_ap(self, *facts: object) -> None:
        measured = [
            epoch.metrics for epoch in self._context.training.history.epochs if epoch.metrics is not None
        ]
        self._ap.setText(ap_text(measured))


class ApLabel(QLabel):
    """Gives way to the button beside it: the change is left out first, then all. Half a number would be wrong."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setToolTip(AP_MEANS)
        self.setContentsMargins(0, 0, 10, 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def shown_text(self) -> str:
        """As much as there is room for."""
        words = self.text().split("  ")
        room, metrics = self.contentsRect().width(), self.fontMetrics()
        fitting = (text for text in (self.text(), words[0]) if metrics.horizontalAdvance(text) <= room)
        return next(fitting, "")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.contentsRect(), int(right), self.shown_text())
        painter.end()


def ap_text(measured: list[Metrics]) -> str:
    """ "AP 0.71 ▲ 0.04"; empty before there is one."""
    values = [metrics.ap for metrics in measured if metrics.ap is not None]
    if not values:
        return ""
    change = values[-1] - values[-2] if len(values) > 1 else 0.0
    if abs(change) < 0.005:
        return f"AP {values[-1]:.2f}"
    return f"AP {values[-1]:.2f}  {'▲' if change > 0 else '▼'} {abs(change):.2f}"


def fill_recent(menu: QMenu, context: Context, open_folder: Callable[[Path], None]) -> None:
    """The folders opened lately, as they are when the menu opens."""
    menu.clear()
    folders = context.settings.recent_folders()
    for folder in folders:
        action = menu.addAction(icon("mdi6.folder-outline"), folder.name.replace("&", "&&"))
        action.setToolTip(str(folder))
        action.triggered.connect(lambda _=False, folder=folder: open_folder(folder))
    menu.setToolTipsVisible(True)
    if not folders:
        menu.addAction("No folder has been opened yet").setEnabled(False)
