"""What the boxes are called and coloured."""

from __future__ import annotations

from app.canvas.hit import Target
from app.canvas.pointer import NO_LABEL
from app.canvas.tags import Tag
from model.records import Box, LabelClass

UNKNOWN = "#d7dbe1"  # a class that a model knows and the project does not have yet
LOST = Tag("?", "#808080")  # of a label whose class was deleted
AREA = Tag("ignore", "#b8bec8", is_area=True)  # of no class's colour: nothing in it is learned, of any class


class Names:
    """The tags of labels and proposals, for one list of classes."""

    def __init__(self, classes: tuple[LabelClass, ...], accent: str) -> None:
        """accent is the colour of a box whose class is not named yet."""
        self._colours = {c.name: c.colour for c in classes}
        self._labels = {(c.id, False): Tag(c.name, c.colour) for c in classes}
        self._labels |= {(c.id, True): Tag(c.name, c.colour, note="difficult") for c in classes}
        self._labels[NO_LABEL, False] = Tag("", accent)

    def tag_of(self, target: Target) -> Tag:
        if isinstance(target, Box):
            if target.ignore:
                return AREA
            return self._labels.get((target.label, target.difficult), LOST)
        return Tag(target.name, self._colours.get(target.name, UNKNOWN), target.score)
