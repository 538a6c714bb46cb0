"""The Edit menu: undo, the clipboard, and boxes moved by keys."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from app.actions.action import Action, Window, has_boxes, has_image, has_selection
from app.context import Context
from app.document import clipboard, edits
from model.records import Box, LabelClass


def undo(context: Context, window: Window) -> None:
    context.review.undo()


def redo(context: Context, window: Window) -> None:
    context.document.redo()


def undo_title(context: Context) -> str:
    text = context.review.undo_text()
    return f"&Undo: {text}" if text else "&Undo"


def redo_title(context: Context) -> str:
    text = context.document.redo_text()
    return f"&Redo: {text}" if text else "&Redo"


def copy(context: Context, window: Window) -> None:
    """The selected boxes, for this image, another one, or another project."""
    data = QMimeData()
    data.setData(
        clipboard.MIME, clipboard.to_text(context.session.selected_boxes(), context.document.classes())
    )
    QGuiApplication.clipboard().setMimeData(data)


def cut(context: Context, window: Window) -> None:
    copy(context, window)
    delete(context, window)


def paste(context: Context, window: Window) -> None:
    """Boxes, or image files that were copied in a file manager."""
    data = QGuiApplication.clipboard().mimeData()
    files = tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
    if files:
        window.bring(files)
        return
    if not data.hasFormat(clipboard.MIME):
        context.notices.info("There are no boxes in the clipboard: select some and press Ctrl+C first.")
        return
    try:
        copied = clipboard.from_text(bytes(data.data(clipboard.MIME).data()))
        _add(context, copied, "Paste")
    except ValueError as error:
        context.notices.warn(str(error))


def duplicate(context: Context, window: Window) -> None:
    _add(context, _named(context, context.session.selected_boxes()), "Duplicate")


def paste_previous(context: Context, window: Window) -> None:
    """The boxes of the image before this one: most of them fit when images are frames of one scene."""
    document, image = context.document, context.session.image
    if image is None or not has_previous(context):
        return
    previous = document.images()[document.position(image) - 1]
    boxes = document.labels(previous.id).boxes
    if not boxes:
        context.notices.info(f"The previous image, “{previous.path}”, has no boxes.")
        return
    _add(context, _named(context, boxes), "Copy")


def has_previous(context: Context) -> bool:
    image = context.session.image
    return image is not None and has_image(context) and context.document.position(image) > 0


def select_all(context: Context, window: Window) -> None:
    image = context.session.image
    if image is not None:
        context.session.select(frozenset(box.uid for box in context.document.labels(image).boxes))


def delete(context: Context, window: Window) -> None:
    image = context.session.image
    if image is not None and context.session.selection:
        before = context.document.labels(image)
        context.document.apply(edits.delete_boxes(image, before, context.session.selection))


def _nudge(context: Context, window: Window, dx: float, dy: float) -> None:
    window.canvas.nudge(dx, dy)


def _resize(context: Context, window: Window, dw: float, dh: float) -> None:
    window.canvas.resize_selection(dw, dh)


def _named(context: Context, boxes: Sequence[Box]) -> tuple[tuple[str, Box], ...]:
    classes: tuple[LabelClass, ...] = context.document.classes()
    names = {label_class.id: label_class.name for label_class in classes}
    return tuple((names[box.label], box) for box in boxes if box.label in names)


def _add(context: Context, copied: Sequence[tuple[str, Box]], verb: str) -> None:
    """Put boxes on the image shown, as one step, and select them."""
    document, image = context.document, context.session.image
    if image is None or not copied:
        return
    row = document.image(image)
    text = f"{verb} box" if len(copied) == 1 else f"{verb} {len(copied)} boxes"
    edit, uids = clipboard.paste(
        image,
        document.labels(image),
        document.classes(),
        document.project.next_class_id(),
        copied,
        (row.width, row.height),
        text,
    )
    if not uids:
        context.notices.info("These boxes lie outside this image.")
        return
    document.apply(edit)
    context.session.select(uids)


ARROWS = (("Left", -1, 0, "left"), ("Right", 1, 0, "right"), ("Up", 0, -1, "up"), ("Down", 0, 1, "down"))
GROWTH = (
    ("Left", -1, 0, "Narrower"),
    ("Right", 1, 0, "Wider"),
    ("Up", 0, -1, "Lower"),
    ("Down", 0, 1, "Higher"),
)

MOVES = (
    *(
        Action(
            f"edit.nudge_{side}", "Edit/&Move selection", f"1 px {side}", partial(_nudge, dx=dx, dy=dy),
            (key,), group="moves", card="Move by 1 px", enabled=has_selection,
        )
        for key, dx, dy, side in ARROWS
    ),
    *(
        Action(
            f"edit.nudge_{side}_10", "Edit/&Move selection", f"10 px {side}",
            partial(_nudge, dx=10 * dx, dy=10 * dy), (f"Shift+{key}",), group="moves by ten",
            card="Move by 10 px", enabled=has_selection,
        )
        for key, dx, dy, side in ARROWS
    ),
    *(
        Action(
            f"edit.resize_{text.lower()}", "Edit/Resi&ze selection", f"1 px {text.lower()}",
            partial(_resize, dw=dw, dh=dh), (f"Ctrl+Alt+{key}",), group="moves", card="Resize by 1 px",
            enabled=has_selection,
        )
        for key, dw, dh, text in GROWTH
    ),
)  # fmt: skip

ACTIONS = (
    Action(
        "edit.undo", "Edit", "&Undo", undo, ("Ctrl+Z",), "mdi6.undo", "history", card="Undo",
        enabled=lambda c: bool(c.review.undo_text()), title=undo_title,
    ),
    Action(
        "edit.redo", "Edit", "&Redo", redo, ("Ctrl+Shift+Z", "Ctrl+Y"), "mdi6.redo", "history",
        enabled=lambda c: bool(c.document.redo_text()), title=redo_title,
    ),
    Action(
        "edit.cut", "Edit", "Cu&t boxes", cut, ("Ctrl+X",), "mdi6.content-cut", "clipboard",
        enabled=has_selection,
    ),
    Action(
        "edit.copy", "Edit", "&Copy boxes", copy, ("Ctrl+C",), "mdi6.content-copy", "clipboard",
        enabled=has_selection,
    ),
    Action(
        "edit.paste", "Edit", "&Paste boxes", paste, ("Ctrl+V",), "mdi6.content-paste", "clipboard",
        card="Paste boxes, or image files",
    ),
    Action(
        "edit.duplicate", "Edit", "&Duplicate", duplicate, ("Ctrl+D",), "mdi6.content-duplicate",
        "clipboard", card="Duplicate", enabled=has_selection,
    ),
    Action(
        "edit.paste_previous", "Edit", "&Boxes of the previous image", paste_previous, ("Ctrl+Shift+V",),
        "mdi6.page-previous-outline", "clipboard", enabled=has_previous,
    ),
    Action(
        "edit.select_all", "Edit", "Select &all", select_all, ("Ctrl+A",), "mdi6.select-all", "selection",
        card="Select all boxes", enabled=has_boxes,
    ),
    Action(
        "edit.delete", "Edit", "De&lete boxes", delete, ("Del",), "mdi6.trash-can-outline", "selection",
        card="Delete boxes", enabled=has_selection,
    ),
    *MOVES,
)  # fmt: skip
