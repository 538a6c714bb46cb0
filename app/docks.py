"""The panels as docks: found in app/panels, arranged, remembered, and never in the picture's place."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QDockWidget,
    QFrame,
    QMainWindow,
    QScrollArea,
    QWidget,
)

from app import panels
from app.context import Context
from app.panels.images import ImagesPanel
from app.panels.panel import Panel
from model.discover import discover

LAYOUT_VERSION = 1  # of the panels' names and areas; a layout of another version is forgotten
AREAS = {"left": Qt.DockWidgetArea.LeftDockWidgetArea, "right": Qt.DockWidgetArea.RightDockWidgetArea}
WIDTHS = {"left": 232, "right": 268}  # px, the first time
CANVAS_SHARE = 0.5  # of the window's width, at least


class Docks:
    """Shown while a project is open. What is remembered is how they stood then."""

    def __init__(self, context: Context, window: QMainWindow, central: QWidget) -> None:
        self._context = context
        self._central = central
        self._window = window
        found: tuple[Panel, ...] = discover(panels, "PANEL")
        self._panels = tuple(sorted(found, key=lambda panel: (panel.area, panel.order)))
        self._widgets = {panel.name: panel.make(context) for panel in self._panels}
        self._docks = {panel.name: self._make(panel, self._widgets[panel.name]) for panel in self._panels}
        self._arrangement = b""  # as Qt writes it
        self._shown = False
        self._leave_room_soon = QTimer(window, singleShot=True, interval=0)
        self._leave_room_soon.timeout.connect(self._leave_room)
        window.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
        )
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, AREAS["left"]),
            (Qt.Corner.BottomRightCorner, AREAS["right"]),
        ):
            window.setCorner(corner, area)

    def all(self) -> tuple[QDockWidget, ...]:
        return tuple(self._docks.values())

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def panel(self, name: str) -> QWidget:
        """The widget that a panel made."""
        return self._widgets[name]

    def toggles(self) -> list[QAction]:
        """One check mark for each panel, for a menu."""
        return [dock.toggleViewAction() for dock in self.all()]

    # -------------------------------------------------------------------------------- arranging

    def restore(self) -> None:
        """As it was left the last time, or as we think best."""
        self._arrange()
        saved = self._context.settings.layout
        if saved:
            self._window.restoreState(saved, LAYOUT_VERSION)
        self._arrangement = self._state()
        self._hide()

    def save(self) -> None:
        self._context.settings.layout = self._state() if self._shown else self._arrangement

    def reset(self) -> None:
        """As it was the first time."""
        self._arrange()
        if not self._shown:
            self._arrangement = self._state()
            self._hide()

    def show_for_project(self, is_open: bool) -> None:
        if is_open and not self._shown:
            self._shown = True
            self._window.restoreState(self._arrangement, LAYOUT_VERSION)
            self.leave_room_soon()
        elif not is_open and self._shown:
            self._arrangement = self._state()
            self._hide()
        for toggle in self.toggles():
            toggle.setEnabled(is_open)

    def leave_room_soon(self) -> None:
        """After the layout has settled: see that the picture has its half."""
        self._leave_room_soon.start()

    def find_image(self) -> None:
        """Bring the image list up, with the cursor in its search field."""
        dock, panel = self._docks["images"], self.panel("images")
        dock.show()
        dock.raise_()
        if isinstance(panel, ImagesPanel):
            panel.search.setFocus()
            panel.search.selectAll()

    # -------------------------------------------------------------------------------- within

    def _make(self, panel: Panel, widget: QWidget) -> QDockWidget:
        dock = QDockWidget(panel.title, self._window)
        dock.setObjectName(panel.name)
        for button in widget.findChildren(QAbstractButton):
            # a click leaves the keyboard with the picture: Space would else press Train again
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        dock.setWidget(widget if isinstance(widget, QAbstractScrollArea) else _Scroll(widget))
        return dock

    def _arrange(self) -> None:
        for panel in self._panels:
            dock = self._docks[panel.name]
            dock.setFloating(False)
            self._window.addDockWidget(AREAS[panel.area], dock, Qt.Orientation.Vertical)
            dock.show()
        for area, width in WIDTHS.items():
            here = [panel for panel in self._panels if panel.area == area]
            docks = [self._docks[panel.name] for panel in here]
            shares = [100 * panel.share for panel in here]
            self._window.resizeDocks(docks, [width] * len(docks), Qt.Orientation.Horizontal)
            self._window.resizeDocks(docks, shares, Qt.Orientation.Vertical)

    def _hide(self) -> None:
        self._shown = False
        for dock in self.all():
            dock.hide()

    def _state(self) -> bytes:
        return bytes(self._window.saveState(LAYOUT_VERSION).data())

    def _leave_room(self) -> None:
        """The canvas never falls under half the window: the panels give way, each in its measure."""
        window = self._window
        room = int(window.width() * (1 - CANVAS_SHARE))
        columns = [self._column(area) for area in AREAS.values()]
        taken = window.width() - self._central.width()
        wide = sum(column[0].width() for column in columns if column)
        if not self._shown or taken <= room or not wide:
            return
        for column in columns:
            if column:
                width = int(column[0].width() * (room - (taken - wide)) / wide)
                window.resizeDocks(column, [width] * len(column), Qt.Orientation.Horizontal)

    def _column(self, area: Qt.DockWidgetArea) -> list[QDockWidget]:
        return [
            dock
            for dock in self.all()
            if self._window.dockWidgetArea(dock) == area and dock.isVisible() and not dock.isFloating()
        ]


class _Scroll(QScrollArea):
    """Lets a panel be lower than it likes: then it scrolls."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self._inside = widget
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(widget)

    def sizeHint(self) -> QSize:
        return self._inside.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._inside.minimumSizeHint().width(), 60)
