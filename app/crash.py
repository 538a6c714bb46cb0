"""The last line of defence: an exception nobody caught is logged and told, and the window stays open."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
import time
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any

import platformdirs
from PySide6.QtCore import QCoreApplication, QMessageLogContext, QtMsgType, QUrl, qInstallMessageHandler
from PySide6.QtGui import QDesktopServices

from app.notices import Level, Notice, Notices, Offer

log = logging.getLogger("fovea")

LOG_BYTES = 1 << 20  # of one file; three older ones are kept
LOG_FILES = 3
TO_FILE, TO_TERMINAL = "fovea file", "fovea terminal"  # our handlers' names
QUIET_S = 5.0  # an error that comes again sooner is only counted: one of painting comes sixty times a second
QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_file() -> Path:
    """Where the log is; model/doctor.py names the same place."""
    return platformdirs.user_log_path("Fovea") / "fovea.log"


class CrashHook:
    """What to do with an exception that reached the top of a thread."""

    def __init__(self, notices: Notices, file: Path) -> None:
        self._notices = notices
        self._file = file
        self._told: dict[tuple[str, str, int], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def caught(self, error: BaseException, thread: str = "") -> None:
        """Log it and tell it. Never raises."""
        try:
            repeats = self._repeats(error)
            if repeats is None:
                return
            details = "".join(traceback.format_exception(error))
            times = f" ({repeats} times since it was last told)" if repeats else ""
            log.error("uncaught%s%s\n%s", f" in {thread}" if thread else "", times, details)
            self._notices.posted.emit(
                self._notice(error, details)
            )  # posted, not post: it is in the log already
        except Exception:  # noqa: BLE001 - nothing may escape from here: Qt would end the program
            traceback.print_exc()

    def _repeats(self, error: BaseException) -> int | None:
        """How often it came without being told; None when it was told a moment ago."""
        frames = traceback.extract_tb(error.__traceback__)
        place = (
            type(error).__name__,
            frames[-1].filename if frames else "",
            frames[-1].lineno or 0 if frames else 0,
        )
        now = time.monotonic()
        with self._lock:
            told_at, repeats = self._told.get(place, (-QUIET_S, 0))
            if now - told_at < QUIET_S:
                self._told[place] = (told_at, repeats + 1)
                return None
            self._told[place] = (now, 0)
            return repeats

    def _notice(self, error: BaseException, details: str) -> Notice:
        kind = type(error).__name__
        folder = QUrl.fromLocalFile(str(self._file.parent))
        return Notice(
            Level.ERROR,
            f"Something went wrong inside Fovea ({kind}). Your labels are safe: every edit is on disk.",
            details,
            (Offer("Show log file", lambda: QDesktopServices.openUrl(folder)),),
        )

    # -------------------------------------------------------------------------------- Python's hooks

    def on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()  # Ctrl+C in the terminal: close as a person would
        else:
            self.caught(error.with_traceback(trace))

    def on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.caught(args.exc_value, args.thread.name if args.thread else "a thread")

    def on_unraisable(self, args: Any) -> None:
        if args.exc_value is not None:
            self.caught(args.exc_value)


def install(notices: Notices, file: Path | None = None) -> CrashHook:
    """From now on no exception ends the program, and the log is written to `file`."""
    file = file or log_file()
    _open_log(file)
    hook = CrashHook(notices, file)
    sys.excepthook = hook.on_exception
    threading.excepthook = hook.on_thread_exception
    sys.unraisablehook = hook.on_unraisable
    qInstallMessageHandler(_on_qt_message)
    return hook


def _open_log(file: Path) -> None:
    """Log to a file that starts anew at a megabyte; errors also to the terminal, if there is one."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    for old in [handler for handler in root.handlers if handler.get_name() in (TO_FILE, TO_TERMINAL)]:
        root.removeHandler(old)  # installed twice in one process, as tests do
        old.close()
    if sys.stderr is not None:  # pythonw.exe has none
        terminal = logging.StreamHandler()
        terminal.set_name(TO_TERMINAL)
        terminal.setLevel(logging.ERROR)
        root.addHandler(terminal)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
        native = open(file.with_suffix(".native.log"), "a", encoding="utf-8")  # noqa: SIM115 - open until the end
    except OSError as error:
        log.warning("no log file: %s", error)
        return
    handler.set_name(TO_FILE)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root.addHandler(handler)
    faulthandler.enable(native)  # a crash below Python leaves its stack here


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logging.getLogger("qt").log(QT_LEVELS.get(kind, logging.WARNING), "%s", message)
