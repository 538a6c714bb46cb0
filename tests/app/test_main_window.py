"""The frame: what it shows in each state, what it asks of others, and that it comes back as it was left."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMessageBox

from app import panels
from app.main_window import MainWindow, local_paths
from app.tool_bar import ap_text
from app.widgets.key_card import KeyCard
from model.discover import discover
from model.records import Metrics, Progress


def measured(ap: float | None) -> Metrics:
    return Metrics(3, ap, ap, ap, ap)


# -------------------------------------------------------------------------------- pages


def test_without_a_project_it_welcomes(window):
    assert window.pages.currentWidget() is window.welcome
    assert not any(dock.isVisible() for dock in window.docks.all())
    assert window.windowTitle() == "Fovea"


def test_a_project_brings_the_panels_and_the_picture(shell, window):
    shell.open(images=12)
    assert window.pages.currentWidget() is shell.canvas
    assert all(dock.isVisible() for dock in window.docks.all())
    assert window.windowTitle() == "bolts – 1 of 12 – Fovea"


def test_closing_the_project_brings_the_welcome_back(shell, window):
    shell.open()
    shell.context.session.show(None)
    shell.context.document.close()
    assert window.pages.currentWidget() is window.welcome
    assert not any(dock.isVisible() for dock in window.docks.all())


def test_a_folder_without_images_says_what_to_do(shell, window):
    shell.open(images=0, classes=())
    assert window.pages.currentWidget() is window.empty
    assert "no images in “bolts”" in window.empty._title.text()


def test_every_panel_of_the_folder_is_a_dock(window):
    assert {dock.objectName() for dock in window.docks.all()} == {p.name for p in discover(panels, "PANEL")}


def test_recent_folders_are_offered(qtbot, shell, window, tmp_path):
    shell.context.settings.add_recent(tmp_path)
    (button,) = window.welcome.folder_buttons()
    with qtbot.waitSignal(window.open_requested) as asked:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == [tmp_path]


def test_the_sample_is_asked_for(qtbot, window):
    with qtbot.waitSignal(window.sample_requested):
        window.table["file.open_sample"].trigger()


# -------------------------------------------------------------------------------- drops


def mime(*urls: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    return data


def enter(window: MainWindow, data: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(
        QPoint(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    window.dragEnterEvent(event)
    return event


def test_files_and_folders_can_be_dropped(qtbot, window):
    data = mime("file:///pictures/a.jpg", "file:///pictures/more")
    assert enter(window, data).isAccepted()
    assert window._drop_sheet.isVisible()
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(window.dropped) as dropped:
        window.dropEvent(event)
    assert dropped.args == [(Path("/pictures/a.jpg"), Path("/pictures/more"))]
    assert not window._drop_sheet.isVisible()


def test_the_address_of_a_page_is_no_file(window):
    assert not enter(window, mime("https://example.org/a.jpg")).isAccepted()
    assert local_paths([QUrl("https://example.org/a.jpg"), QUrl("file:///a.jpg")]) == (Path("/a.jpg"),)


# -------------------------------------------------------------------------------- toolbar and status


def test_the_toolbar_says_where_one_is(shell, window):
    ids = shell.open(images=1200)
    shell.context.session.show(ids[1])
    assert window.tool_bar._position.text() == "image 2 of 1,200"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], ""),
        ([None], ""),
        ([0.71], "AP 0.71"),
        ([0.67, 0.71], "AP 0.71  ▲ 0.04"),
        ([0.71, 0.67], "AP 0.67  ▼ 0.04"),
        ([0.71, 0.711], "AP 0.71"),
    ],
)
def test_ap_and_its_change(values, text):
    assert ap_text([measured(value) for value in values]) == text


def test_the_status_line_counts_what_is_done(qtbot, shell, window):
    shell.open()
    qtbot.waitUntil(lambda: window.status._done.text() == "0 of 3 done")
    window.table.refresh()
    window.table["labels.nothing_here"].trigger()
    qtbot.waitUntil(lambda: window.status._done.text() == "1 of 3 done")


def test_the_status_line_follows_the_canvas(shell, window):
    shell.open()
    shell.canvas.cursor_moved.emit(QPointF(412.4, 96.6))
    shell.canvas.zoom_changed.emit(1.5)
    assert window.status._cursor.text() == "x 412  y 97"
    assert window.status._zoom.text() == "150 %"
    shell.canvas.cursor_moved.emit(None)
    assert window.status._cursor.text() == ""


def test_a_long_task_shows_how_far_it_is_and_can_be_stopped(qtbot, shell, window, monkeypatch):
    stopped: list[str] = []
    exchange = shell.context.exchange
    monkeypatch.setattr(exchange, "cancel", stopped.append)
    shell.open()
    exchange.progress.emit("import", Progress(120, 364))
    task = window.status._task
    assert task._text.text() == "Importing boxes: 120 of 364"
    task._stop()
    assert stopped == ["import"]
    exchange.cancelled.emit("import")
    assert not task.isVisible()


def test_a_sample_being_drawn_is_seen_before_anything_is_open(shell, window, monkeypatch):
    exchange = shell.context.exchange
    drawing = {"sample"}
    monkeypatch.setattr(exchange, "is_running", drawing.__contains__)
    exchange.started.emit("sample")
    exchange.progress.emit("sample", Progress(12, 60))
    assert window.status.isVisible()
    assert window.status._task.isVisible()
    drawing.clear()
    exchange.failed.emit("sample", "The disk is full.")
    assert not window.status.isVisible()


def test_hints_are_for_what_one_is_doing(shell, window):
    (first, *_) = shell.open()
    boxes = shell.draw(first, (5, 5))
    shell.context.session.select(frozenset({boxes[0].uid}))
    assert "Del delete" in window.status._hint.text()


def test_notices_are_shown(shell, window):
    shell.context.notices.error("The disk is full.")
    assert [card.text() for card in window.notices.cards()] == ["The disk is full."]


# -------------------------------------------------------------------------------- the window itself


def test_panels_come_back_as_they_were_left(qtbot, shell, window):
    shell.open()
    window.docks["boxes"].hide()
    window.resize(1100, 700)
    window.close()
    again = shell.window()
    qtbot.addWidget(again)
    again.show()
    assert not again.docks["classes"].isVisible()  # nothing is open in it yet
    again.docks.show_for_project(True)
    assert again.docks["classes"].isVisible()
    assert not again.docks["boxes"].isVisible()
    assert again.height() == 700  # the width is cut to the screen, which is 800 px wide here


def test_closed_with_nothing_open_it_remembers_the_panels(qtbot, shell, window):
    window.close()
    again = shell.window()
    qtbot.addWidget(again)
    again.show()
    again.docks.show_for_project(True)
    assert all(dock.isVisible() for dock in again.docks.all())


def test_the_panels_can_be_put_back(shell, window):
    shell.open()
    window.docks["classes"].setFloating(True)
    window.docks["images"].hide()
    window.table["view.reset_layout"].trigger()
    assert all(dock.isVisible() and not dock.isFloating() for dock in window.docks.all())


@pytest.mark.parametrize("size", [(1024, 700), (1400, 900)])
def test_the_picture_has_half_of_the_width(qtbot, shell, window, size):
    shell.open()
    window.resize(*size)
    window.resizeDocks([window.docks["images"]], [700], Qt.Orientation.Horizontal)
    window.docks.leave_room_soon()
    qtbot.waitUntil(lambda: shell.canvas.width() >= size[0] * 0.49)
    assert (window.width(), window.height()) == size


def test_closing_says_so_first(qtbot, window):
    seen: list[bool] = []
    window.closing.connect(lambda: seen.append(window.isVisible()))
    with qtbot.waitSignal(window.closing):
        window.close()
    assert seen == [False]  # it is gone while training writes its checkpoint


def test_the_key_card_opens_and_closes_with_one_key(qtbot, window):
    window.table["help.keys"].trigger()
    (card,) = window.findChildren(KeyCard)
    assert card.isVisible()
    window.table["help.keys"].trigger()
    qtbot.waitUntil(lambda: not window.findChildren(KeyCard))


def test_about_says_what_this_is(window):
    window.table["help.about"].trigger()
    box = window.findChild(QMessageBox)
    assert box.text().startswith("Fovea")
    box.close()


def test_find_puts_the_cursor_into_the_search(qtbot, shell, window):
    shell.open()
    window.docks["images"].hide()
    window.table.refresh()
    window.table["view.find"].trigger()
    qtbot.waitUntil(window.docks.panel("images").search.hasFocus)


def test_the_window_has_its_icon(window):
    assert not window.windowIcon().pixmap(64, 64).isNull()
