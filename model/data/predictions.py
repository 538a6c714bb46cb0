"""Models, their detections and the person's verdicts, as rows. All within a transaction of the caller's."""

from __future__ import annotations

import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence

from model.data.journal import now
from model.data.naming import check_path
from model.records import Box, Detection, LabelClass, ModelRow, Verdict

MODEL_COLUMNS = "id, name, file, created, preset, classes, ap, ap50"
SAME_OBJECT = 0.5  # IoU from which two boxes of one class are the same object: VOC's own criterion


def add_model(
    db: sqlite3.Connection,
    name: str,
    file: str,
    preset: str,
    classes: Sequence[str],
    ap: float | None,
    ap50: float | None,
) -> ModelRow:
    """Enter a model, or what is new about the one of this name and file: its run was stopped and resumed.

    Raises ValueError when the name is taken by another file, or the file is not inside the models folder.
    """
    check_path(file)
    known = db.execute("SELECT file FROM models WHERE name = ?", (name,)).fetchone()
    if known is not None and known[0] != file:
        raise ValueError(f"there is a model “{name}” already")
    db.execute(
        "INSERT INTO models (name, file, created, preset, classes, ap, ap50) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET created = excluded.created, preset = excluded.preset,"
        " classes = excluded.classes, ap = excluded.ap, ap50 = excluded.ap50",
        (name, file, now(), preset, json.dumps(list(classes), ensure_ascii=False), ap, ap50),
    )
    return next(model for model in read_models(db) if model.name == name)


def read_models(db: sqlite3.Connection) -> tuple[ModelRow, ...]:
    """Newest first."""
    rows = db.execute(f"SELECT {MODEL_COLUMNS} FROM models ORDER BY created DESC, id DESC")
    return tuple(
        ModelRow(id_, name, file, created, preset, tuple(json.loads(classes)), ap, ap50)
        for id_, name, file, created, preset, classes, ap, ap50 in rows
    )


def write_predictions(
    db: sqlite3.Connection, image: int, model: str, detections: Sequence[Detection]
) -> None:
    """What the model says about the image from now on. Raises ValueError for a number that is not finite."""
    _check(detections)
    values = [[*(float(value) for value in d.xyxy), d.name, float(d.score)] for d in detections]
    db.execute(
        "INSERT OR REPLACE INTO predictions (image, model, detections) VALUES (?, ?, ?)",
        (image, model, json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))),
    )


def read_predictions(db: sqlite3.Connection, image: int, model: str) -> tuple[Detection, ...]:
    row = db.execute(
        "SELECT detections FROM predictions WHERE image = ? AND model = ?", (image, model)
    ).fetchone()
    return tuple(Detection(*values) for values in json.loads(row[0])) if row else ()


def write_verdicts(
    db: sqlite3.Connection, image: int, detections: Sequence[Detection], verdict: Verdict
) -> None:
    """Add what a person did with proposals. Raises ValueError for a number that is not finite."""
    _check(detections)
    time = now()
    db.executemany(
        "INSERT INTO verdicts (time, image, verdict, name, score, xmin, ymin, xmax, ymax)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (time, image, verdict.value, d.name, float(d.score), *(float(value) for value in d.xyxy))
            for d in detections
        ],
    )


def remove_rejection(db: sqlite3.Connection, image: int, proposal: Detection) -> None:
    """Remove the newest rejection of just this proposal, if there is one."""
    places = " AND ".join(f"{side} = ?" for side in ("xmin", "ymin", "xmax", "ymax"))
    db.execute(
        "DELETE FROM verdicts WHERE id = (SELECT max(id) FROM verdicts"
        f" WHERE verdict = 'rejected' AND image = ? AND name = ? AND {places})",
        (image, proposal.name, *(float(value) for value in proposal.xyxy)),
    )


def read_rejected(
    db: sqlite3.Connection, classes: Sequence[LabelClass], labels: Mapping[int, Sequence[Box]]
) -> dict[int, tuple[Box, ...]]:
    """image id -> where it was said last that there is no such thing, newest first; uid is the verdict's id.

    labels: image id -> its boxes. The newest verdict on a place counts, whichever model had proposed it, and a
    label more than any: what covers a rejected proposal of its own class overrules it. A proposal of a class
    that the project does not have says nothing about its classes.
    """
    label_of = {c.name: c.id for c in classes}
    rows = db.execute(
        "SELECT image, verdict, id, name, xmin, ymin, xmax, ymax FROM verdicts"
        " WHERE image IN (SELECT image FROM verdicts WHERE verdict = 'rejected') ORDER BY id DESC"
    )
    said: dict[int, list[Box]] = {}  # what overrules a verdict: labels, and proposals with a newer one
    rejected: dict[int, list[Box]] = defaultdict(list)
    for image, verdict, row, name, xmin, ymin, xmax, ymax in rows:
        if name not in label_of:
            continue
        proposal = Box(xmin, ymin, xmax, ymax, label_of[name], uid=row)
        if image not in said:
            said[image] = [box for box in labels.get(image, ()) if not box.ignore]
        if verdict == Verdict.REJECTED and not any(_is_same(proposal, other) for other in said[image]):
            rejected[image].append(proposal)
        said[image].append(proposal)
    return {image: tuple(boxes) for image, boxes in rejected.items()}


def _is_same(a: Box, b: Box) -> bool:
    if a.label != b.label:
        return False
    width = min(a.xmax, b.xmax) - max(a.xmin, b.xmin)
    height = min(a.ymax, b.ymax) - max(a.ymin, b.ymin)
    intersection = max(0.0, width) * max(0.0, height)
    return intersection >= SAME_OBJECT * (a.area + b.area - intersection) > 0


def _check(detections: Sequence[Detection]) -> None:
    for d in detections:
        if not all(math.isfinite(value) for value in (*d.xyxy, d.score)):
            raise ValueError(
                f"a detection of {d.name} has a number that is not finite: {d.xyxy}, score {d.score}"
            )
