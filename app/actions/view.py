"""The View menu: which image, how large, which panels, which colours."""

from __future__ import annotations

from functools import partial

from app.actions.action import Action, Window, has_image, has_images
from app.context import Context
from model.records import State


def go(context: Context, window: Window, step: int) -> None:
    """To the neighbour of the image shown, among those that the image list shows."""
    image = context.session.neighbour(step)
    if image is not None:
        context.session.show(image)


def go_to_do(context: Context, window: Window, step: int) -> None:
    """To the nearest image to do in that direction, and round the end."""
    image = next_to_do(context, step)
    if image is None:
        context.notices.info("No other image is left to do.")
    else:
        context.session.show(image)


def next_to_do(context: Context, step: int = 1) -> int | None:
    """The nearest image to do other than the one shown; None when there is none."""
    rows, image = context.document.images(), context.session.image
    here = context.document.position(image) if image is not None and context.document.has_image(image) else -1
    for distance in range(1, len(rows) + (here < 0)):
        row = rows[(here + step * distance) % len(rows)]
        if row.state is State.TO_DO and not row.problem:
            return row.id
    return None


def set_theme(context: Context, window: Window, theme: str) -> None:
    context.settings.theme = theme


def has_theme(context: Context, theme: str) -> bool:
    return context.settings.theme == theme


def toggle_keep_view(context: Context, window: Window) -> None:
    context.settings.keep_view = not context.settings.keep_view


THEMES = (("system", "As the &system"), ("light", "&Light"), ("dark", "&Dark"))

ACTIONS = (
    Action(
        "view.previous_image", "View", "&Previous image", partial(go, step=-1), ("A",), "mdi6.chevron-left",
        "image", enabled=has_images,
    ),
    Action(
        "view.next_image", "View", "&Next image", partial(go, step=1), ("D",), "mdi6.chevron-right", "image",
        enabled=has_images,
    ),
    Action(
        "view.previous_to_do", "View", "Previous image to do", partial(go_to_do, step=-1), ("Ctrl+Left",),
        "mdi6.skip-previous-outline", "image", enabled=has_images,
    ),
    Action(
        "view.next_to_do", "View", "Next image &to do", partial(go_to_do, step=1), ("Ctrl+Right",),
        "mdi6.skip-next-outline", "image", enabled=has_images,
    ),
    Action(
        "view.find", "View", "&Find an image", lambda c, w: w.find_image(), ("Ctrl+F",), "mdi6.magnify",
        "image", enabled=has_images,
    ),
    Action(
        "view.fit", "View", "Fit to the &window", lambda c, w: w.canvas.fit(), ("Ctrl+0",),
        "mdi6.fit-to-screen-outline", "zoom", enabled=has_image,
    ),
    Action(
        "view.zoom_in", "View", "Zoom &in", lambda c, w: w.canvas.zoom_in(), ("Ctrl++", "Ctrl+="),
        "mdi6.magnify-plus-outline", "zoom", enabled=has_image,
    ),
    Action(
        "view.zoom_out", "View", "Zoom &out", lambda c, w: w.canvas.zoom_out(), ("Ctrl+-",),
        "mdi6.magnify-minus-outline", "zoom", enabled=has_image,
    ),
    Action(
        "view.actual_size", "View", "Actual si&ze", lambda c, w: w.canvas.actual_size(), ("Ctrl+1",),
        "mdi6.numeric-1-box-outline", "zoom", enabled=has_image,
    ),
    Action(
        "view.keep_view", "View", "&Keep zoom and place", toggle_keep_view, group="zoom",
        tip="The next image is shown at the same zoom and place", checked=lambda c: c.settings.keep_view,
    ),
    Action(
        "view.hide_boxes", "View", "&Hide boxes while held", lambda c, w: c.session.hide_boxes(True), ("H",),
        group="zoom", card="Hide all boxes while held", enabled=has_image,
        checked=lambda c: c.session.hidden, release=lambda c, w: c.session.hide_boxes(False),
    ),
    *(
        Action(
            f"view.theme_{theme}", "View/&Colours", text, partial(set_theme, theme=theme), group="window",
            checked=partial(has_theme, theme=theme),
        )
        for theme, text in THEMES
    ),
    Action("view.reset_layout", "View", "&Reset panels", lambda c, w: w.reset_layout(), group="window"),
    Action(
        "view.full_screen", "View", "F&ull screen", lambda c, w: w.toggle_full_screen(), ("F11",),
        "mdi6.fullscreen", "window",
    ),
)  # fmt: skip
