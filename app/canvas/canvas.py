"""The canvas: the mouse and its keys go to the tool's gesture, and what comes of it is shown.

Labels, selection and proposals are asked of their owners each time; a gesture's state is in its generator.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.canvas import cursors, tools
from app.canvas.deeds import Deeds
from app.canvas.hands import Hands
from app.canvas.hit import Hit, is_selected
from app.canvas.overlay import Overlay
from app.canvas.paint import Brushwork
from app.canvas.screen import Screen, Still
from app.canvas.view import Ground, Ready, View
from app.context import Context
from app.widgets.class_palette import ClassPalette
from model.discover import discover
from model.records import Detection

WHEEL_DOUBLES = 480.0  # eighths of a degree of the wheel that double the zoom: four clicks
ADDS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
PINCH = Qt.NativeGestureType.ZoomNativeGesture
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


class Canvas(QWidget):
    """Shows the session's image with its labels and proposals, and lets them be worked on."""

    cursor_moved = Signal(object)  # QPointF in image px, or None outside the picture
    zoom_changed = Signal(float)  # 1: a pixel of the image is one of the screen

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._deeds = Deeds(context)
        self._view = View(context, self)
        by_name = {tool.name: tool for tool in discover(tools, "TOOL")}
        self._hands = Hands(by_name, self._view, context.session, self._deeds)
        self._screen = Screen(self)
        self._pan_button = MIDDLE
        self._hover: Hit | None = None
        self._point: QPointF | None = None  # what cursor_moved said last
        self._asked: tuple[Ground, Brushwork, Still] | None = None  # what was last asked to be painted
        self._overlay: tuple[Brushwork | None, Overlay] = (None, Overlay())  # and over it
        self._overlay_region = QRegion()
        self.class_palette = ClassPalette(self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)
        self.setAccessibleName("Canvas")
        self._listen()
        self._look()

    def _listen(self) -> None:
        session, view = self._context.session, self._view
        view.image_changed.connect(self._on_image_changed)
        view.labels_changed.connect(self._on_ground_gone)
        view.moved.connect(self._on_view_moved)
        view.zoom_changed.connect(self.zoom_changed)
        for signal in (view.picture_changed, view.boxes_changed, self._context.document.classes_changed):
            signal.connect(self._look)
        session.selection_changed.connect(self._on_selection_changed)
        session.proposal_changed.connect(self._look)
        session.tool_changed.connect(self._on_ground_gone)
        self.class_palette.chosen.connect(self._on_class_chosen)
        self.class_palette.cancelled.connect(self._on_naming_cancelled)

    # ------------------------------------------------------------------------------------------ what is asked

    def fit(self) -> None:
        """The whole picture, as large as can be."""
        self._view.fit()

    def zoom_in(self) -> None:
        self._view.zoom_to(self._view.viewport.next_stop(1), self._hands.at)

    def zoom_out(self) -> None:
        self._view.zoom_to(self._view.viewport.next_stop(-1), self._hands.at)

    def actual_size(self) -> None:
        """Each pixel of the image as one of the screen."""
        self._view.zoom_to(1.0, self._hands.at)

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selection by image px."""
        self._deeds.nudge(dx, dy, self._view.viewport.image)

    def resize_selection(self, dw: float, dh: float) -> None:
        """Make the selection wider and higher by image px."""
        self._deeds.resize(dw, dh, self._view.viewport.image)

    def cycle(self, step: int) -> None:
        """Select the next (1) or previous (-1) box."""
        self._deeds.cycle(step, self._view.targets())

    def start_class_palette(self) -> None:
        """Ask for a class at the cursor: for the selection, else for the next box."""
        if self._view.is_editable and not self.class_palette.is_open:
            self._hands.drop()
            self._ask_for_class()

    def cancel(self) -> None:
        """One step back: the palette, what is being drawn, the tool, the selection."""
        session = self._context.session
        if self.class_palette.is_open:
            self.class_palette.cancel()
        elif not self._hands.are_idle:
            self._on_ground_gone()
        elif session.tool != "select":
            session.set_tool("select")
        else:
            session.select(frozenset())
            session.select_proposal(None)

    # ------------------------------------------------------------------------------------------ facts

    def on_image_ready(self, ready: Ready) -> None:
        """The pixels of an image are there; those of another than the session's are passed over."""
        self._view.on_ready(ready)

    def on_image_failed(self, image: int, sentence: str) -> None:
        """It cannot be read, and why."""
        self._view.on_failed(image, sentence)

    def _on_image_changed(self) -> None:
        self.class_palette.cancel()
        self._on_ground_gone()

    def _on_ground_gone(self, *facts: object) -> None:
        """What a gesture was made on is not there any more."""
        self._hands.drop()
        self._look()

    def _on_selection_changed(self) -> None:
        boxes = self._context.session.selected_boxes()
        if len(boxes) == 1 and self._view.is_editable:
            self._view.reveal(boxes[0].xyxy)
        self._look()

    def _on_view_moved(self) -> None:
        self._hands.follow()
        self._look()

    # ------------------------------------------------------------------------------------------ classes

    def _ask_for_class(self) -> None:
        at = self._hands.at
        place = QPointF(*at) if at is not None else QPointF(self.rect().center())
        self.class_palette.ask(self._context.document.classes(), place.toPoint(), self._deeds.current_name())

    def _on_class_chosen(self, name: str) -> None:
        try:
            self._deeds.name(name, self._hands.unnamed)
        except ValueError as error:
            self.class_palette.refuse(str(error))
            return
        self._hands.unnamed = None
        self.class_palette.done()
        self._look()

    def _on_naming_cancelled(self) -> None:
        self._hands.unnamed = None
        self._look()

    # ------------------------------------------------------------------------------------------ mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._notice(event.position(), event.modifiers())
        hands, button = self._hands, event.button()
        if self.class_palette.is_open:
            self.class_palette.cancel()
        elif hands.panning is None and (button == MIDDLE or (button == LEFT and hands.space)):
            self._pan_button = button
            hands.press_pan()
        elif button == LEFT:
            hands.press()
        elif button == RIGHT:
            hands.drop()
        self._look()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._notice(event.position(), event.modifiers())
        self._hands.move()
        self._look()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._notice(event.position(), event.modifiers())
        if self._hands.panning is not None and event.button() == self._pan_button:
            self._hands.release_pan()
        elif event.button() == LEFT:
            self._hands.release()
            if self._hands.unnamed is not None:
                self._ask_for_class()
        self._look()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On the background fits, on a proposal accepts it; on a label it is one more press."""
        self._notice(event.position(), event.modifiers())
        hit = self._hands.hit()
        is_ours = event.button() == LEFT and not self._hands.space and not self.class_palette.is_open
        if is_ours and hit is None:
            self._hands.drop()
            self.fit()
        elif is_ours and hit is not None and isinstance(hit.target, Detection):
            self._hands.drop()
            self._context.session.select_proposal(hit.target)
            self._context.review.accept_one()
        else:
            self.mousePressEvent(event)
        self._look()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms at the cursor. Two fingers on a touchpad move the picture, and zoom with Ctrl."""
        self._notice(event.position(), event.modifiers())
        is_touchpad = event.device().type() == QInputDevice.DeviceType.TouchPad
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if is_touchpad and not has_control and not event.pixelDelta().isNull():
            scale = self._view.viewport.scale
            self._view.shift(event.pixelDelta().x() / scale, event.pixelDelta().y() / scale)
        else:
            self._view.zoom_by(2.0 ** (event.angleDelta().y() / WHEEL_DOUBLES), self._hands.at)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._hands.at = None
        self._look()

    def _notice(self, place: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._hands.at = (place.x(), place.y())
        self._hands.adds, self._hands.alt = bool(modifiers & ADDS), bool(modifiers & ALT)

    # ------------------------------------------------------------------------------------------ other events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._on_key(event, is_down=True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._on_key(event, is_down=False)

    def _on_key(self, event: QKeyEvent, *, is_down: bool) -> None:
        """Space and Alt lend a tool while they are held; every other key is an action's."""
        event.ignore()
        if event.key() == Qt.Key.Key_Space:
            event.accept()
            self._hands.space = is_down or (event.isAutoRepeat() and self._hands.space)
        elif event.key() == Qt.Key.Key_Alt:
            self._hands.alt = is_down
        self._look()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._hands.space = self._hands.alt = False  # they will be let go elsewhere
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        self._on_ground_gone()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._measure()
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == PINCH:
            place = event.position()
            self._view.zoom_by(1.0 + event.value(), (place.x(), place.y()))
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._look()
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._measure()

    def _measure(self) -> None:
        self._view.set_widget(self.width(), self.height(), self.devicePixelRatioF())
        self._look()

    # ------------------------------------------------------------------------------------------ painting

    def _look(self, *facts: object) -> None:
        """Anything may be different: find out what is under the cursor, and what has to be painted anew."""
        hands, view = self._hands, self._view
        self._hover = hands.hit() if hands.tool.picks and hands.are_idle else None
        self._show_cursor()
        self._tell_cursor()
        brush = self._screen.brush(view.viewport, self._context.document.classes())
        asked = (view.ground(), brush, hands.still())
        if asked != self._asked:
            self._asked = asked
            self.update()
        overlay = (brush, hands.overlay(self._hover))
        if overlay != self._overlay:
            region = overlay[1].region(brush)
            self.update(region + self._overlay_region)
            self._overlay, self._overlay_region = overlay, region

    def _show_cursor(self) -> None:
        hands = self._hands
        if hands.are_pulling:
            shape = Qt.CursorShape.ClosedHandCursor
        elif hands.gesture is not None:
            return  # as it was at the press
        elif self._hover is not None:
            session = self._context.session
            chosen = is_selected(self._hover.target, session.selection, session.proposal)
            shape = cursors.over(self._hover.sides, chosen)
        elif self._view.is_editable or hands.space:
            shape = cursors.TOOL_SHAPES[hands.tool.cursor]
        else:
            shape = Qt.CursorShape.ArrowCursor
        if shape != self.cursor().shape():
            self.setCursor(shape)

    def _tell_cursor(self) -> None:
        point = self._view.point_at(self._hands.at)
        if point != self._point:
            self._point = point
            self.cursor_moved.emit(point)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        if self._asked is not None:
            self._screen.paint(painter, *self._asked, self._overlay[1])
        painter.end()
