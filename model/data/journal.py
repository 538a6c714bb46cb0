"""The journal: every edit, undo and redo as rows that are only added. All in a transaction of the caller's.

Each row says what lies beneath it, so the stacks of undo and redo are linked lists inside the journal, and
the newest row tells both tops. Nothing is kept in memory: a restart or a second connection finds the same
stacks.

    newest row   top of the undo stack           top of the redo stack
    edit E       E (E.beneath under it)          empty: a new edit ends redoing
    undo U of E  E.beneath                       U (U.beneath under it)
    redo of U    the edit that U took back       U.beneath

A change of labels is written as a splice: where the first box differs, and the boxes before and after from
there up to those that both share at their ends. Moving one of a thousand boxes is two boxes here, not two
thousand.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from model.data.labels import (
    STATES,
    box_of,
    check_classes,
    check_known_classes,
    check_labels,
    read_classes,
    read_labels,
    values_of,
    write_classes,
    write_labels,
)
from model.data.opening import ProjectError
from model.records import Box, Change, ClassesChange, Edit, LabelClass, Labels, LabelsChange


class StaleEdit(ProjectError):  # noqa: N818  a fact about the edit, not a fault
    """The edit was made against labels or classes that are no longer there. Nothing was stored."""


class Step(NamedTuple):
    """One edit in the history, as a list of it would show."""

    sequence: int
    time: str  # ISO 8601, UTC
    text: str
    undone: bool


class _Tops(NamedTuple):
    """The edit that undo would take back, and the undo that redo would take back."""

    undo: int | None
    redo: int | None


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


# ------------------------------------------------------------------------------------------ steps


def apply(db: sqlite3.Connection, edit: Edit) -> int:
    """Make an edit and journal it; its sequence.

    An edit that changes nothing is not journaled: undo would then seem to do nothing. Raises StaleEdit,
    ValueError.
    """
    tops = _tops(db)
    if all(change.before == change.after for change in edit.changes):
        for change in edit.changes:
            _make(db, change)
        return sequence(db)
    row = _add(db, "edit", edit.text, None, tops.undo)
    for position, change in enumerate(edit.changes):
        _check(db, change)
        _make(db, change)
        db.execute("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?)", (row, position, *_values(change)))
    return row


def undo(db: sqlite3.Connection) -> Edit | None:
    """Take back the newest edit that stands; the inverse edit as made, or None if there is nothing."""
    tops = _tops(db)
    if tops.undo is None:
        return None
    text = _row(db, tops.undo)["text"]
    _add(db, "undo", text, tops.undo, tops.redo)
    return Edit(text, _replay(db, tops.undo, backwards=True))


def redo(db: sqlite3.Connection) -> Edit | None:
    """Make again the edit undone last; the edit as it was made, None if there is nothing."""
    tops = _tops(db)
    if tops.redo is None:
        return None
    undone = _row(db, tops.redo)
    _add(db, "redo", undone["text"], tops.redo, None)
    return Edit(undone["text"], _replay(db, undone["target"], backwards=False))


# ------------------------------------------------------------------------------------------ reading


def sequence(db: sqlite3.Connection) -> int:
    """The newest row's; 0 while there is none."""
    return int(db.execute("SELECT coalesce(max(sequence), 0) FROM journal").fetchone()[0])


def undo_sequence(db: sqlite3.Connection) -> int | None:
    """The edit that undo() would take back."""
    return _tops(db).undo


def undo_text(db: sqlite3.Connection) -> str:
    top = _tops(db).undo
    return "" if top is None else _row(db, top)["text"]


def redo_text(db: sqlite3.Connection) -> str:
    top = _tops(db).redo
    return "" if top is None else _row(db, top)["text"]


def history(db: sqlite3.Connection, limit: int) -> tuple[Step, ...]:
    """The newest edits, newest first, and whether each is undone at present."""
    rows = db.execute(
        "SELECT sequence, time, text FROM journal WHERE kind = 'edit' ORDER BY sequence DESC LIMIT ?",
        (limit,),
    ).fetchall()
    standing: set[int] = set()
    oldest = rows[-1][0] if rows else 0
    edit = _tops(db).undo
    while edit is not None and edit >= oldest:
        standing.add(edit)
        edit = _row(db, edit)["beneath"]
    return tuple(Step(number, time, text, number not in standing) for number, time, text in rows)


# ------------------------------------------------------------------------------------------ rows


def _row(db: sqlite3.Connection, number: int) -> dict[str, Any]:
    columns = ("kind", "target", "beneath", "text")
    row = db.execute(f"SELECT {', '.join(columns)} FROM journal WHERE sequence = ?", (number,)).fetchone()
    return dict(zip(columns, row, strict=True))


def _tops(db: sqlite3.Connection) -> _Tops:
    newest = sequence(db)
    if newest == 0:
        return _Tops(None, None)
    row = _row(db, newest)
    if row["kind"] == "edit":
        return _Tops(newest, None)
    target = _row(db, row["target"])
    if row["kind"] == "undo":
        return _Tops(target["beneath"], newest)
    return _Tops(target["target"], target["beneath"])


def _add(db: sqlite3.Connection, kind: str, text: str, target: int | None, beneath: int | None) -> int:
    cursor = db.execute(
        "INSERT INTO journal (time, kind, target, beneath, text) VALUES (?, ?, ?, ?, ?)",
        (now(), kind, target, beneath, text),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


# ------------------------------------------------------------------------------------------ changes


def _check(db: sqlite3.Connection, change: Change) -> None:
    if isinstance(change, ClassesChange):
        check_classes(db, change.after)
    else:
        check_labels(change.after, f"image {change.image}")
        check_known_classes(db, change.after, f"image {change.image}")


def _make(db: sqlite3.Connection, change: Change) -> None:
    """Store `after`, if `before` is what is stored. Raises StaleEdit."""
    if isinstance(change, ClassesChange):
        if read_classes(db) != change.before:
            raise StaleEdit("The classes have been changed elsewhere meanwhile, so this step was not made.")
        write_classes(db, change.after)
        return
    if read_labels(db, change.image) != change.before:
        path = db.execute("SELECT path FROM images WHERE id = ?", (change.image,)).fetchone()[0]
        raise StaleEdit(
            f"The labels of {path} have been changed elsewhere meanwhile, so this step was not made."
        )
    write_labels(db, change.image, change.before, change.after)


def _replay(db: sqlite3.Connection, edit: int, *, backwards: bool) -> tuple[Change, ...]:
    """Make the changes of an edit again, or their inverses from last to first; the changes as made."""
    rows = db.execute(
        "SELECT image, start, before, after FROM changes WHERE sequence = ? ORDER BY position", (edit,)
    ).fetchall()
    made: list[Change] = []
    for image, start, old, new in reversed(rows) if backwards else rows:
        before, after = (
            (json.loads(new), json.loads(old)) if backwards else (json.loads(old), json.loads(new))
        )
        change: Change
        if image is None:
            change = ClassesChange(_classes(before), _classes(after))
        else:
            change = _spliced(image, read_labels(db, image), start, before, after)
        _make(db, change)
        made.append(change)
    return tuple(made)


def _values(change: Change) -> tuple[int | None, int, str, str]:
    """image, start, before, after: as the columns of the same names."""
    if isinstance(change, ClassesChange):
        before, after = ([[c.id, c.name, c.colour] for c in side] for side in (change.before, change.after))
        return None, 0, _json(before), _json(after)
    start, end = _shared(change.before.boxes, change.after.boxes)
    sides = (
        [labels.state.value, *(values_of(box) for box in labels.boxes[start : len(labels.boxes) - end])]
        for labels in (change.before, change.after)
    )
    return change.image, start, *(_json(side) for side in sides)  # type: ignore[return-value]


def _shared(before: tuple[Box, ...], after: tuple[Box, ...]) -> tuple[int, int]:
    """How many boxes both have in common at their start, and of the rest at their end."""
    shorter = min(len(before), len(after))
    start = 0
    while start < shorter and before[start] == after[start]:
        start += 1
    end = 0
    while end < shorter - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return start, end


def _spliced(
    image: int, stored: Labels, start: int, before: Sequence[Any], after: Sequence[Any]
) -> LabelsChange:
    """The change that both sides of a splice make of what is stored. Raises StaleEdit if they do not fit."""
    gone, come = (tuple(box_of(values) for values in side[1:]) for side in (before, after))
    end = start + len(gone)
    if stored.state.value != before[0] or stored.boxes[start:end] != gone:
        raise StaleEdit(
            f"The labels of image {image} are not those that its journal tells of; nothing was changed."
        )
    boxes = (*stored.boxes[:start], *come, *stored.boxes[end:])
    return LabelsChange(image, stored, Labels(boxes, STATES[after[0]]))


def _classes(values: Sequence[Any]) -> tuple[LabelClass, ...]:
    return tuple(LabelClass(*row) for row in values)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
