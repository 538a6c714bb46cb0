"""The frame: menus, toolbar, panels, status line, and the place where things are dropped. Holds no data.

What needs more than a widget is announced as a signal; application.py says who acts on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMenu, QMessageBox, QStackedWidget, QWidget

from app import crash
from app.actions.action import CanvasView
from app.actions.card import card_sections
from app.actions.keys import KeyRouter
from app.actions.table import ActionTable
from app.context import Context
from app.docks import Docks
from app.status_bar import StatusBar
from app.tool_bar import ToolBar, fill_recent
from app.widgets.drop_sheet import DropSheet
from app.widgets.empty_page import EmptyPage
from app.widgets.export_dialog import ExportDialog
from app.widgets.key_card import KeyCard
from app.widgets.measures_dialog import open_measures
from app.widgets.notice_bar import NoticeBar
from app.widgets.welcome import Welcome
from app.work.exchange import SAMPLE, SCAN
from model.data.suffixes import IMAGE_SUFFIXES

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
FIRST_SHARE = 0.8  # of the screen, the first time
LEAST = QSize(820, 520)  # px


class MainWindow(QMainWindow):
    """Made with the parts it shows; says what a person wants of the others."""

    open_requested = Signal(object)  # Path of a folder
    sample_requested = Signal()
    dropped = Signal(object)  # tuple[Path, ...]: folders and files, from the mouse or the clipboard
    closing = Signal()

    def __init__(self, context: Context, canvas: QWidget) -> None:
        super().__init__()
        self._context = context
        self._canvas = canvas
        emblem = QIcon(str(RESOURCES / "icon.svg"))
        self.setWindowIcon(emblem)
        self.setMinimumSize(LEAST)
        self.setAcceptDrops(True)
        self.table = ActionTable(context, self, self)
        self.menus = self.table.fill(self.menuBar())
        self.tool_bar = ToolBar(context, self.table, self.open_folder, self)
        self.addToolBar(self.tool_bar)
        self.status = StatusBar(context, self)
        self.setStatusBar(self.status)
        self.welcome = Welcome(emblem, self)
        self.empty = EmptyPage("mdi6.image-plus-outline", "Add images…", self)
        self.pages = QStackedWidget(self)
        for page in (self.welcome, self.empty, canvas):
            self.pages.addWidget(page)
        self.setCentralWidget(self.pages)
        self.notices = NoticeBar(self.pages)
        self._drop_sheet = DropSheet(self)
        self._key_card: KeyCard | None = None
        self.docks = Docks(context, self, self.pages)
        self._keys = KeyRouter(self.table, canvas)
        for window in (self, *self.docks.all()):
            self._keys.watch(window)
        self._finish_menus()
        self._connect()
        self._restore()
        self._show()

    # -------------------------------------------------------------------------------- what actions ask

    @property
    def canvas(self) -> CanvasView:
        return self._canvas  # type: ignore[return-value]  # a QWidget that is also a CanvasView

    def ask_for_folder(self) -> None:
        recent = self._context.settings.recent_folders()
        start = str(recent[0].parent if recent else Path.home())
        if folder := QFileDialog.getExistingDirectory(self, "Open a folder of images", start):
            self.open_requested.emit(Path(folder))

    def ask_for_images(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix in sorted(IMAGE_SUFFIXES))
        files, _ = QFileDialog.getOpenFileNames(self, "Add images", "", f"Images ({kinds});;All files (*)")
        if files:
            self.dropped.emit(tuple(map(Path, files)))

    def ask_for_labels(self) -> None:
        here = self._context.document.folder
        if folder := QFileDialog.getExistingDirectory(self, "Folder with Pascal VOC files", str(here)):
            self._context.exchange.import_voc(here, Path(folder))

    def open_folder(self, folder: Path) -> None:
        self.open_requested.emit(folder)

    def open_sample(self) -> None:
        self.sample_requested.emit()

    def bring(self, paths: Sequence[Path]) -> None:
        self.dropped.emit(tuple(paths))

    def open_export_dialog(self) -> None:
        dialog = ExportDialog(self._context, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def open_measures(self) -> None:
        open_measures(self._context, self)

    def find_image(self) -> None:
        self.docks.find_image()

    def reset_layout(self) -> None:
        self.docks.reset()

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def show_key_card(self) -> None:
        """Open it, or close it with the same key."""
        if self._key_card is not None and self._key_card.isVisible():
            self._key_card.close()
            return
        self._key_card = KeyCard(card_sections(self.table), self)
        self._key_card.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._key_card.destroyed.connect(self._forget_key_card)
        for key in self.table["help.keys"].shortcuts():
            QShortcut(QKeySequence(key), self._key_card, self._key_card.close)
        self._key_card.show()

    def show_log(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(crash.log_file().parent)))

    def show_about(self) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("About Fovea")
        box.setIconPixmap(self.windowIcon().pixmap(QSize(72, 72), self.devicePixelRatioF()))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Fovea {program_version()}")
        box.setInformativeText(
            "From a folder of photos to a detector of your own, on your own machine.\n\n"
            "The fovea is the part of the retina that sees sharply.\n\n"
            "MIT licence. Built on Qt, PyTorch, torchvision, OpenCV and SQLite."
        )
        box.open()

    # -------------------------------------------------------------------------------- making

    def _finish_menus(self) -> None:
        """What no table can hold: the folders opened lately, and the panels that there are."""
        recent = QMenu("Open &recent", self)
        recent.aboutToShow.connect(lambda: fill_recent(recent, self._context, self.open_folder))
        self.menus["File"].insertMenu(self.table["file.open_sample"], recent)
        panels = QMenu("P&anels", self)
        panels.addActions(self.docks.toggles())
        self.menus["View"].insertMenu(self.table["view.reset_layout"], panels)

    def _connect(self) -> None:
        c = self._context
        c.document.opened.connect(self._on_opened)
        c.document.images_changed.connect(self._show)
        c.session.image_changed.connect(self._show)
        c.settings.changed.connect(self._on_setting_changed)
        c.notices.posted.connect(self.notices.show_notice)
        c.exchange.started.connect(self._show)
        for signal in (c.exchange.finished, c.exchange.failed, c.exchange.cancelled):
            signal.connect(self._show)
        self._canvas.cursor_moved.connect(self.status.show_cursor)  # type: ignore[attr-defined]
        self._canvas.zoom_changed.connect(self.status.show_zoom)  # type: ignore[attr-defined]
        self.welcome.open_requested.connect(self.ask_for_folder)
        self.welcome.sample_requested.connect(self.sample_requested)
        self.welcome.folder_requested.connect(self.open_requested)
        self.empty.pressed.connect(self.ask_for_images)
        self.welcome.set_recent(c.settings.recent_folders())

    # -------------------------------------------------------------------------------- facts

    def _on_opened(self, folder: Path | None) -> None:
        self.docks.show_for_project(folder is not None)
        self.notices.withdraw_questions()
        self._show()

    def _on_setting_changed(self, name: str) -> None:
        if name == "recent":
            self.welcome.set_recent(self._context.settings.recent_folders())

    def _forget_key_card(self, card: object) -> None:
        self._key_card = None

    def _show(self, *facts: object) -> None:
        document = self._context.document
        rows = document.images()
        self.tool_bar.setVisible(document.is_open)
        draws = self._context.exchange.is_running(SAMPLE)
        self.status.setVisible(document.is_open or draws)
        self.welcome.set_drawing(draws)
        if rows:
            page: QWidget = self._canvas
        else:
            page = self.empty if document.is_open else self.welcome
        if page is self.empty:
            name = document.folder.name
            if self._context.exchange.is_running(SCAN):
                self.empty.say(f"Looking for images in “{name}”…", "", False)
            else:
                hint = "Drop images here, and they are copied into the folder."
                self.empty.say(f"There are no images in “{name}” yet", hint, True)
        if self.pages.currentWidget() is not page:
            self.pages.setCurrentWidget(page)
            if page is self._canvas:
                page.setFocus()
        self.setWindowTitle(self._title())

    def _title(self) -> str:
        document, image = self._context.document, self._context.session.image
        if not document.is_open:
            return "Fovea"
        if image is None or not document.has_image(image):
            return f"{document.folder.name} – Fovea"
        return (
            f"{document.folder.name} – {document.position(image) + 1:,} of {len(document.images()):,} – Fovea"
        )

    # -------------------------------------------------------------------------------- the window itself

    def _restore(self) -> None:
        """As it was when it was closed; the first time, a good part of the screen."""
        geometry = self._context.settings.geometry
        if not (geometry and self.restoreGeometry(geometry)):
            room = QGuiApplication.primaryScreen().availableGeometry()
            size = (room.size() * FIRST_SHARE).expandedTo(LEAST)
            self.resize(size)
            self.move(room.center() - self.rect().center())
        self.docks.restore()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._context.settings.geometry = bytes(self.saveGeometry().data())
        self.docks.save()
        self.hide()  # at once: training may need seconds to write its checkpoint
        self.closing.emit()
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.docks.leave_room_soon()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        paths = local_paths(event.mimeData().urls())
        if paths:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            document = self._context.document
            adds = document.is_open and not any(path.is_dir() for path in paths)
            self._drop_sheet.invite(f"Drop to add to “{document.folder.name}”" if adds else "Drop to open")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop_sheet.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop_sheet.hide()
        paths = local_paths(event.mimeData().urls())
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)


def local_paths(urls: Sequence[QUrl]) -> tuple[Path, ...]:
    """The files and folders among them; addresses of web pages are left out."""
    return tuple(Path(url.toLocalFile()) for url in urls if url.isLocalFile())


def program_version() -> str:
    """As installed; run from a folder without being installed, it has none."""
    try:
        return version("fovea")
    except PackageNotFoundError:
        return ""
