"""A connection, and its two kinds of transaction; SQLite's errors become sentences here."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from model.data.opening import ProjectError, in_words, open_database


class Database:
    """Stays on the thread that opened it. Raises ProjectError for whatever is wrong with the file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._connection = open_database(file)

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """All statements see the project as it was at the first of them. Never waits for a writer."""
        with self._in_words():
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """All of it or nothing. durable: wait until it is on the disk, as for everything that a person did.

        What can be found out again is written without that wait: a power cut may lose it, nothing else can.
        """
        with self._in_words():
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            # IMMEDIATE: take the turn to write before reading, so that what was read still holds when writing
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:  # closed, or another thread's: our mistake, not the file's
            raise
        except sqlite3.IntegrityError as error:  # a value that the schema does not allow
            raise ValueError(f"{self.file}: {error}") from error
        except sqlite3.Error as error:
            raise ProjectError(in_words(self.file, error)) from error
