"""One table of typed settings, kept in QSettings. What is read back is checked: anyone may edit the file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

THEMES = ("system", "light", "dark")
RECENT_FOLDERS = 8  # as many as the welcome page shows without scrolling

T = TypeVar("T")


class _Stored(Generic[T]):
    """A row of the table, kept under its own name. `read` raises ValueError on nonsense."""

    def __init__(self, default: T, read: Callable[[Any], T], write: Callable[[T], Any]) -> None:
        self._default = default
        self._read = read
        self._write = write

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, settings: None, owner: type) -> _Stored[T]: ...
    @overload
    def __get__(self, settings: Settings, owner: type) -> T: ...
    def __get__(self, settings: Settings | None, owner: type) -> T | _Stored[T]:
        if settings is None:
            return self
        stored = settings.store.value(self._name)
        if stored is None:
            return self._default
        try:
            return self._read(stored)
        except (ValueError, TypeError):
            return self._default

    def __set__(self, settings: Settings, value: T) -> None:
        if value != self.__get__(settings, type(settings)):
            settings.store.setValue(self._name, self._write(value))
            settings.changed.emit(self._name)


def _choice(default: str, choices: Iterable[str]) -> _Stored[str]:
    allowed = tuple(choices)

    def read(stored: Any) -> str:
        if stored not in allowed:
            raise ValueError(f"{stored!r} is none of {allowed}")
        return str(stored)

    return _Stored(default, read, read)


def _switch(default: bool) -> _Stored[bool]:
    def read(stored: Any) -> bool:
        return (
            {"true": True, "false": False}[str(stored).lower()]
            if str(stored).lower() in ("true", "false")
            else default
        )

    return _Stored(default, read, lambda value: "true" if value else "false")


def _bytes() -> _Stored[bytes]:
    return _Stored(b"", lambda stored: bytes(QByteArray(stored).data()), QByteArray)


def _read_strings(stored: Any) -> tuple[str, ...]:
    values = json.loads(stored)
    if not isinstance(values, list):
        raise ValueError("a list was expected")
    return tuple(value for value in values if isinstance(value, str))


def _read_keys(stored: Any) -> dict[str, tuple[str, ...]]:
    values = json.loads(stored)
    if not isinstance(values, dict):
        raise ValueError("a mapping was expected")
    return {name: tuple(map(str, keys)) for name, keys in values.items() if isinstance(keys, list)}


def _write_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


class Settings(QObject):
    """What a person chose once and finds again. Setting a value equal to the present one emits nothing."""

    changed = Signal(str)  # name of the setting

    theme = _choice("system", THEMES)
    keep_view = _switch(False)  # zoom and place stay from image to image
    geometry = _bytes()  # of the window, as Qt writes it
    layout = _bytes()  # of docks and toolbar, as Qt writes it
    keys: _Stored[dict[str, tuple[str, ...]]] = _Stored(
        {}, _read_keys, _write_json
    )  # action name -> its keys
    recent: _Stored[tuple[str, ...]] = _Stored((), _read_strings, _write_json)  # folders, the newest first

    def __init__(self, file: Path | None = None, parent: QObject | None = None) -> None:
        """Kept in `file`, or where the system keeps a program's settings."""
        super().__init__(parent)
        form = QSettings.Format.IniFormat  # a file that can be read, copied and mended, on every system
        if file is not None:
            self.store = QSettings(str(file), form)
        else:
            self.store = QSettings(form, QSettings.Scope.UserScope, "Fovea", "Fovea")

    def recent_folders(self) -> tuple[Path, ...]:
        """Folders opened lately that are still there, the newest first."""
        return tuple(path for path in map(Path, self.recent) if path.is_dir())

    def add_recent(self, folder: Path) -> None:
        others = (other for other in self.recent if other != str(folder))
        self.recent = (str(folder), *others)[:RECENT_FOLDERS]

    def forget_recent(self, folder: Path) -> None:
        self.recent = tuple(other for other in self.recent if other != str(folder))

    def set_keys(self, action: str, keys: tuple[str, ...] | None) -> None:
        """Other keys for an action; None gives it its own again."""
        others = {name: given for name, given in self.keys.items() if name != action}
        self.keys = others if keys is None else {**others, action: keys}
