"""The lists of a large JSON file, one element at a time: COCO's own file is 450 MB, and 3 GB once it is objects."""

from __future__ import annotations

import codecs
import json
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

from model.data.formats.format import FormatError
from model.data.reading import shown

CHUNK = 1 << 20  # bytes read at a time
LONGEST = 1 << 28  # characters of one value: the outlines of one object take at most a few MB
NEAR_END = 16  # characters: what is cut off there may only go on in the next chunk
SPACE = " \t\n\r"


def elements(path: Path, lists: Collection[str]) -> Iterator[tuple[str, Any]]:
    """(key, element) of each list of these keys in a JSON object, in the file's order.

    A key that stands twice gives both its lists: json.load would keep the second and lose the first. Everything
    else is read and let go. Holds one chunk and one element. Raises FormatError: no regular file, not JSON, not an
    object, a value that json cannot read.
    """
    name = shown(path)
    try:
        # a pipe would wait for ever, so what it is is asked before it is opened, and opening does not block
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise FormatError(f"{name} is not a regular file.")
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as file:
            yield from _Reader(file, name).elements(lists)
    except OSError as error:
        raise FormatError(f"{name} cannot be read: {error.strerror or error}.") from error


class _Reader:
    """A window on a file's text that moves on. at: where it is read next; before: characters already let go."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._name = name
        head = file.read(CHUNK)
        self._decoder = codecs.getincrementaldecoder(json.detect_encoding(head))("strict")
        self._text, self._at, self._before, self._ended = "", 0, 0, False
        self._take(head)

    def elements(self, lists: Collection[str]) -> Iterator[tuple[str, Any]]:
        if self._next() != "{":
            raise FormatError(f"{self._name} is no JSON object, as COCO's files are.")
        self._at += 1
        if self._next() == "}":
            return
        while True:
            key = self._value()
            self._expect(":")
            if isinstance(key, str) and key in lists and self._next() == "[":
                self._at += 1
                yield from self._list(key)
            else:
                self._value()
            if self._either(",", "}"):
                return

    def _list(self, key: str) -> Iterator[tuple[str, Any]]:
        if self._next() == "]":
            self._at += 1
            return
        while True:
            yield key, self._value()
            if self._either(",", "]"):
                return

    def _value(self) -> Any:
        """The next JSON value, whole."""
        self._next()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                goes_on = error.pos >= len(self._text) - NEAR_END or error.msg.startswith("Unterminated")
                if not goes_on or not self._more():
                    raise self._broken(error.msg, error.pos) from error
            except RecursionError as error:
                raise self._broken("it is nested too deeply", self._at) from error
            except ValueError as error:  # a number of thousands of digits
                raise self._broken("a number has too many digits", self._at) from error
            else:
                whole = not isinstance(value, int | float) or end < len(self._text) - NEAR_END
                if whole or not self._more():  # 12 may be the beginning of 12.5e3
                    self._at = end
                    return value

    def _next(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def _expect(self, character: str) -> None:
        if self._next() != character:
            raise self._broken(f"“{character}” was expected", self._at)
        self._at += 1

    def _either(self, goes_on: str, ends: str) -> bool:
        """Pass one of two characters; whether it was the one that ends."""
        found = self._next()
        if found not in (goes_on, ends):
            raise self._broken(f"“{goes_on}” or “{ends}” was expected", self._at)
        self._at += 1
        return found == ends

    def _more(self) -> bool:
        """Read on, letting go of what was read; at least as much again as is held, so that long values take time
        in proportion. False at the end."""
        if self._ended:
            return False
        held = len(self._text) - self._at
        if held > LONGEST:
            raise self._broken(f"one value is longer than {LONGEST:,} characters", self._at)
        self._take(self._file.read(max(CHUNK, held)))
        return True

    def _take(self, data: bytes) -> None:
        self._ended = not data
        try:
            new = self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            raise FormatError(f"{self._name} is not text in UTF-8, as JSON is.") from error
        self._before += self._at
        self._text, self._at = self._text[self._at :] + new, 0

    def _broken(self, reason: str, at: int) -> FormatError:
        what = "it breaks off" if at >= len(self._text) and self._ended else reason[:1].lower() + reason[1:]
        return FormatError(
            f"{self._name} is not well-formed JSON at character {self._before + at + 1:,}: {what}."
        )


DECODER = json.JSONDecoder()
