"""One bus for everything a person should be told: what happened, to which file, what can be done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

log = logging.getLogger(__name__)


class Level(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be done about it: a button on the notice."""

    text: str
    do: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. text is one sentence; detail is shown on demand. Plain text, never markup."""

    level: Level
    text: str
    detail: str = ""
    offers: tuple[Offer, ...] = ()
    stays: bool = False  # until it is answered or closed; errors and warnings stay anyhow


class Notices(QObject):
    """Whoever has something to tell posts it here; whoever shows notices listens."""

    posted = Signal(object)  # Notice

    def post(self, notice: Notice) -> None:
        log.log(
            logging.INFO if notice.level is Level.INFO else logging.WARNING,
            "%s %s",
            notice.text,
            notice.detail,
        )
        self.posted.emit(notice)

    def info(self, text: str, detail: str = "", *offers: Offer) -> None:
        self.post(Notice(Level.INFO, text, detail, offers))

    def ask(self, text: str, *offers: Offer) -> None:
        """Something that can be done now, and that a person should not have to catch in passing."""
        self.post(Notice(Level.INFO, text, "", offers, stays=True))

    def warn(self, text: str, detail: str = "", *offers: Offer) -> None:
        self.post(Notice(Level.WARNING, text, detail, offers))

    def error(self, text: str, detail: str = "", *offers: Offer) -> None:
        self.post(Notice(Level.ERROR, text, detail, offers))
