"""Labelled images divided into those to learn from and those to measure on, by all who need it in the same way."""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.data.groups import told, with_groups
from model.data.project import Project
from model.data.splits import has_own_split, split
from model.records import LabelledImage, Snapshot


@dataclass(frozen=True, slots=True)
class Division:
    """notes: sentences for a person."""

    train: tuple[LabelledImage, ...]
    val: tuple[LabelledImage, ...]
    notes: tuple[str, ...] = ()


def divide(snapshot: Snapshot, share: float) -> Division:
    """What is labelled, divided as split() says, with groups kept together where the data set has no split of its own.

    Opens photographs, once in the life of the program: not for the window's thread.
    """
    images = snapshot.labelled()
    if share <= 0 or has_own_split(images):
        return Division(*split(images, share))
    usable = tuple(image for image in images if image.split != "test")
    grouped = with_groups(snapshot.folder, usable)
    return Division(*split(grouped, share), told(grouped))


def draw(project: Project, share: float) -> Snapshot:
    """The labels of a project as a run takes them, with its split kept for all times: train() reads through this.

    What trained once trains ever after, whatever is labelled, corrected or added later. Nothing is kept of a run
    that measures nothing (share 0), nor where the data set brought its own split. Raises ProjectError.
    """
    snapshot = project.snapshot()
    if share <= 0 or has_own_split(snapshot.labelled()):
        return snapshot
    division = divide(snapshot, share)
    drawn = dict.fromkeys((i.id for i in division.train), "train") | dict.fromkeys(
        (i.id for i in division.val), "val"
    )
    new = {i.id: drawn[i.id] for i in snapshot.images if i.id in drawn and drawn[i.id] != i.drawn}
    if not new:
        return snapshot
    project.keep_drawn(new)
    return replace(snapshot, images=tuple(replace(i, drawn=new.get(i.id, i.drawn)) for i in snapshot.images))
