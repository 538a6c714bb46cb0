"""Notices as cards that float over a widget: information fades, problems stay until they are closed."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QAbstractAnimation, QEvent, QObject, QPropertyAnimation, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.notices import Level, Notice
from app.widgets.icons import IconLabel, icon

SHOWN_MS = 5000  # of information; twice as long where it offers something
FADE_MS = 400
CARDS_SHOWN = 2  # at once; the older ones wait behind a line that says how many they are
CARDS_KEPT = 50
WIDTH, MARGIN = 640, 12  # px
DETAIL_HEIGHT = 150  # px
ICONS: dict[Level, tuple[str, QPalette.ColorRole | str]] = {
    Level.INFO: ("mdi6.information-outline", QPalette.ColorRole.Accent),
    Level.WARNING: ("mdi6.alert-outline", "#d9901a"),
    Level.ERROR: ("mdi6.alert-circle-outline", QPalette.ColorRole.BrightText),
}


class NoticeBar(QWidget):
    """Stands over `host`, and is only as large as its cards: the rest of the host can be clicked as ever."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._cards: list[NoticeCard] = []  # the newest first
        self._unfolded = False
        self._rest = QPushButton(self)
        self._rest.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._rest.clicked.connect(self._unfold)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self._layout.addWidget(self._rest, 0, Qt.AlignmentFlag.AlignHCenter)
        host.installEventFilter(self)
        self._arrange()

    def cards(self) -> tuple[NoticeCard, ...]:
        """The newest first."""
        return tuple(self._cards)

    def show_notice(self, notice: Notice) -> None:
        """A notice that stands there already is counted, not shown twice."""
        same = next((card for card in self._cards if card.notice.text == notice.text), None)
        if same is not None:
            same.count_again(notice)
            self._cards.remove(same)
            self._layout.removeWidget(same)
            card = same
        else:
            card = NoticeCard(notice, self)
            card.closed.connect(self._on_closed)
            card.resized.connect(self._place)
        self._cards.insert(0, card)
        self._layout.insertWidget(0, card)
        for old in self._cards[CARDS_KEPT:]:
            old.close_now()
        self._arrange()

    def withdraw_questions(self) -> None:
        """What was offered for one project must not be answered in another."""
        for card in self.cards():
            if card.notice.level is Level.INFO and card.notice.offers:
                card.close_now()

    def clear(self) -> None:
        for card in self.cards():
            card.close_now()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _on_closed(self, card: NoticeCard) -> None:
        if card in self._cards:
            self._cards.remove(card)
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        if len(self._cards) <= CARDS_SHOWN:
            self._unfolded = False
        self._arrange()

    def _unfold(self) -> None:
        self._unfolded = not self._unfolded
        self._arrange()

    def _arrange(self) -> None:
        for number, card in enumerate(self._cards):
            card.setVisible(self._unfolded or number < CARDS_SHOWN)
        hidden = len(self._cards) - CARDS_SHOWN
        self._rest.setVisible(hidden > 0)
        self._rest.setText("Show less" if self._unfolded else f"{hidden} more")
        self.setVisible(bool(self._cards))
        self._place()

    def _place(self) -> None:
        width = min(WIDTH, self._host.width() - 2 * MARGIN)
        self._layout.activate()
        height = min(self._layout.totalHeightForWidth(width), self._host.height() - 2 * MARGIN)
        self.setGeometry((self._host.width() - width) // 2, MARGIN, width, max(0, height))
        self.raise_()


class NoticeCard(QFrame):
    """One notice. Names of files come from anywhere: everything is plain text."""

    closed = Signal(object)  # self
    resized = Signal()

    def __init__(self, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        self._count = 1
        self.setObjectName("notice")
        self.setProperty("level", notice.level.value)
        self.setAutoFillBackground(True)
        self._text = QLabel(self)
        self._details = QPlainTextEdit(self)
        self._details_button = QPushButton("Details", self)
        self._copy = QPushButton("Copy", self)
        self._buttons = QHBoxLayout()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._fade)
        self._animation: QPropertyAnimation | None = None
        self._build()
        self._show()
        self._count_down()

    def text(self) -> str:
        return self._text.text()

    def count_again(self, notice: Notice) -> None:
        """The same has happened once more."""
        self._count += 1
        if notice.detail and notice.detail not in self.notice.detail:
            joined = "\n".join(part for part in (self.notice.detail, notice.detail) if part)
            notice = replace(notice, detail=joined)
        self.notice = notice
        self._show()
        self._count_down()

    def close_now(self) -> None:
        self._timer.stop()
        self.closed.emit(self)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()  # somebody reads it
        self._stop_fading()

    def leaveEvent(self, event: QEvent) -> None:
        self._count_down()

    # ------------------------------------------------------------------------------------------ within

    def _build(self) -> None:
        name, colour = ICONS[self.notice.level]
        sign = IconLabel(name, 20, colour)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._details.setReadOnly(True)
        self._details.setFixedHeight(DETAIL_HEIGHT)
        self._details.hide()
        self._copy.hide()
        close = QToolButton(self)
        close.setIcon(icon("mdi6.close", QPalette.ColorRole.PlaceholderText))
        close.setAutoRaise(True)
        close.setToolTip("Close")
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        close.clicked.connect(self.close_now)
        for offer in self.notice.offers:
            button = QPushButton(offer.text.replace("&", "&&"), self)
            button.clicked.connect(offer.do)
            button.clicked.connect(self.close_now)
            self._buttons.addWidget(button)
        for button in (self._details_button, self._copy):
            button.setProperty("quiet", True)
            self._buttons.addWidget(button)
        for button in self.findChildren(QPushButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._details_button.clicked.connect(self._toggle_details)
        self._copy.clicked.connect(self._copy_details)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._text, 1)
        line.addLayout(self._buttons)
        line.addWidget(close, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 8, 8)
        layout.addLayout(line)
        layout.addWidget(self._details)

    def _show(self) -> None:
        self._text.setText(self.notice.text + (f"  (×{self._count})" if self._count > 1 else ""))
        self._details.setPlainText(self.notice.detail)
        self._details_button.setVisible(bool(self.notice.detail))

    def _toggle_details(self) -> None:
        shown = self._details.isHidden()
        self._details.setVisible(shown)
        self._copy.setVisible(shown)
        self._details_button.setText("Hide details" if shown else "Details")
        self._timer.stop()
        self.resized.emit()

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.notice.text}\n{self.notice.detail}")

    def _count_down(self) -> None:
        self._stop_fading()
        if self.notice.level is Level.INFO and self._details.isHidden() and not self.notice.stays:
            self._timer.start(SHOWN_MS * 2 if self.notice.offers else SHOWN_MS)

    def _fade(self) -> None:
        effect = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(effect)
        self._animation = QPropertyAnimation(effect, b"opacity", self)
        self._animation.setDuration(FADE_MS)
        self._animation.setStartValue(1.0)
        self._animation.setEndValue(0.0)
        self._animation.finished.connect(self.close_now)
        self._animation.start(QAbstractAnimation.DeletionPolicy.KeepWhenStopped)

    def _stop_fading(self) -> None:
        if self._animation is not None:
            self._animation.stop()
            self._animation = None
            self.setGraphicsEffect(None)  # type: ignore[arg-type]
