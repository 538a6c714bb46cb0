"""Notices: information fades, problems stay, the same one is counted, many are few."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QWidget

from app.notices import Level, Notice, Offer
from app.widgets import notice_bar
from app.widgets.notice_bar import CARDS_KEPT, CARDS_SHOWN, NoticeBar


@pytest.fixture
def bar(qtbot, monkeypatch):
    monkeypatch.setattr(notice_bar, "SHOWN_MS", 60)
    monkeypatch.setattr(notice_bar, "FADE_MS", 20)
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(800, 600)
    host.show()
    bar = NoticeBar(host)
    bar.host = host
    return bar


def button(card, text: str) -> QPushButton:
    return next(b for b in card.findChildren(QPushButton) if b.text() == text)


def test_information_fades_and_an_error_stays(qtbot, bar):
    bar.show_notice(Notice(Level.ERROR, "The disk is full."))
    bar.show_notice(Notice(Level.INFO, "Exported."))
    assert [card.text() for card in bar.cards()] == ["Exported.", "The disk is full."]
    qtbot.waitUntil(lambda: len(bar.cards()) == 1, timeout=3000)
    qtbot.wait(150)
    assert [card.text() for card in bar.cards()] == ["The disk is full."]


def test_information_that_asks_something_stays_until_it_is_answered(qtbot, bar):
    asked: list[str] = []
    bar.show_notice(
        Notice(Level.INFO, "Import?", "", (Offer("Import", lambda: asked.append("yes")),), stays=True)
    )
    qtbot.wait(250)
    (card,) = bar.cards()
    qtbot.mouseClick(button(card, "Import"), Qt.MouseButton.LeftButton)
    assert asked == ["yes"]
    assert bar.cards() == ()


def test_without_notices_it_covers_nothing(qtbot, bar):
    assert not bar.isVisible()
    bar.show_notice(Notice(Level.ERROR, "The disk is full."))
    assert bar.isVisible()
    assert bar.height() < 120
    bar.clear()
    assert not bar.isVisible()


def test_the_same_notice_is_counted(bar):
    for number in range(3):
        bar.show_notice(Notice(Level.WARNING, "A file cannot be read.", f"{number}.jpg"))
    (card,) = bar.cards()
    assert card.text() == "A file cannot be read.  (×3)"
    assert card.notice.detail.splitlines() == ["0.jpg", "1.jpg", "2.jpg"]


def test_many_notices_stand_behind_a_line_that_counts_them(qtbot, bar):
    for number in range(6):
        bar.show_notice(Notice(Level.WARNING, f"Problem {number}"))
    assert sum(card.isVisible() for card in bar.cards()) == CARDS_SHOWN
    more = button(bar, "4 more")
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert sum(card.isVisible() for card in bar.cards()) == 6
    for number in range(100):
        bar.show_notice(Notice(Level.WARNING, f"Another {number}"))
    assert len(bar.cards()) == CARDS_KEPT


def test_text_is_never_markup(bar):
    bar.show_notice(Notice(Level.ERROR, "<b>bold</b> & <img src=x>.jpg", offers=(Offer("Cut & go", print),)))
    (card,) = bar.cards()
    label = next(each for each in card.findChildren(QLabel) if "img" in each.text())
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert button(card, "Cut && go")


def test_details_come_on_demand(qtbot, bar):
    bar.show_notice(Notice(Level.ERROR, "It broke.", "Traceback of it"))
    (card,) = bar.cards()
    details = card.findChild(QPlainTextEdit)
    low = bar.height()
    assert not details.isVisible()
    qtbot.mouseClick(button(card, "Details"), Qt.MouseButton.LeftButton)
    assert details.isVisible()
    assert details.toPlainText() == "Traceback of it"
    assert bar.height() > low


def test_an_offer_is_done_once_and_the_notice_goes(qtbot, bar):
    done: list[str] = []
    bar.show_notice(
        Notice(Level.INFO, "There are label files.", offers=(Offer("Import", lambda: done.append("x")),))
    )
    qtbot.mouseClick(button(bar.cards()[0], "Import"), Qt.MouseButton.LeftButton)
    assert done == ["x"]
    assert bar.cards() == ()


def test_it_stays_inside_a_narrow_host(bar):
    bar.host.resize(300, 200)
    bar.show_notice(
        Notice(Level.ERROR, "A long sentence that has to be broken over several lines to be read.")
    )
    assert bar.host.rect().contains(bar.geometry())


def test_a_question_is_withdrawn_and_a_problem_is_not(bar):
    bar.show_notice(Notice(Level.ERROR, "The disk is full.", "", (Offer("Show", lambda: None),)))
    bar.show_notice(Notice(Level.INFO, "No boxes yet.", "", (Offer("Nothing here", lambda: None),)))
    bar.withdraw_questions()
    assert [card.text() for card in bar.cards()] == ["The disk is full."]
