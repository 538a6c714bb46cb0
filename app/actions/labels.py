"""The Labels menu: the tool, the class, and what is said about an image."""

from __future__ import annotations

from functools import partial

from app.actions.action import Action, Window, has_boxes, has_image, has_selection
from app.actions.view import next_to_do
from app.canvas import tools
from app.context import Context
from app.document import edits
from app.notices import Offer
from model.discover import discover
from model.records import Edit, Labels, LabelsChange, State

START = "select"  # the tool that one starts with stands first
DIGITS = tuple("1234567890")  # the class keys, in the order of the classes


def cancel(context: Context, window: Window) -> None:
    """What is being drawn, else the tool, else the selection: one step back for each press."""
    window.canvas.cancel()


def set_class(context: Context, window: Window, number: int) -> None:
    context.review.choose_class(context.document.classes()[number].id)


def has_class(context: Context, number: int) -> bool:
    return number < len(context.document.classes())


def class_title(context: Context, number: int) -> str:
    classes = context.document.classes()
    return classes[number].name.replace("&", "&&") if number < len(classes) else f"Class {number + 1}"


def is_class(context: Context, number: int) -> bool:
    classes = context.document.classes()
    return number < len(classes) and classes[number].id == context.session.label


def toggle_mark(context: Context, window: Window, flag: str) -> None:
    """Set a flag on the boxes selected; take it away when all have it."""
    session, document = context.session, context.document
    if session.image is not None and session.selected_boxes():
        before, is_set = document.labels(session.image), not is_marked(context, flag)
        document.apply(edits.set_mark(session.image, before, session.selection, flag, is_set))


def is_marked(context: Context, flag: str) -> bool:
    boxes = context.session.selected_boxes()
    return bool(boxes) and all(getattr(box, flag) for box in boxes)


def is_done(context: Context) -> bool:
    image = context.session.image
    if image is None or not context.document.has_image(image):
        return False
    return context.document.image(image).state is not State.TO_DO


def set_state(context: Context, window: Window, state: State) -> None:
    image = context.session.image
    if image is None:
        return
    before = context.document.labels(image)
    if before.state is not state or (state is State.EMPTY and before.boxes):
        context.document.apply(edits.set_state(image, before, state))


def done(context: Context, window: Window) -> None:
    """On to the next to do. An image without boxes is not called finished by a slip of the thumb."""
    image = context.session.image
    if image is None:
        return
    if context.document.image(image).problem:  # nobody has seen it: there is nothing to say about it
        _go_on(context)
        return
    if not context.document.labels(image).boxes and context.document.labels(image).state is State.TO_DO:
        context.notices.info(
            "There are no boxes on this image yet. If there is nothing to find on it, say so with N.",
            "",
            Offer("Nothing here", partial(_say_nothing_here, context, image)),
        )
        return
    if context.document.labels(image).boxes:
        set_state(context, window, State.DONE)
    _go_on(context)


def nothing_here(context: Context, window: Window) -> None:
    """Somebody looked, and there is nothing: the image trains as background. On to the next to do."""
    image = context.session.image
    if image is None:
        return
    if context.document.image(image).problem:
        _go_on(context)
        return
    before = context.document.labels(image)
    set_state(context, window, State.EMPTY)
    if before.boxes:
        things = "1 box was" if len(before.boxes) == 1 else f"{len(before.boxes)} boxes were"
        context.notices.info(
            f"“Nothing here”: {things} taken away from “{context.document.image(image).path}”.",
            "",
            Offer("Bring back", partial(_bring_back, context, image, before)),
        )
    _go_on(context)


def _say_nothing_here(context: Context, image: int) -> None:
    """The answer to a notice. Whatever is on the screen by now, it is about the image it was asked for."""
    if not context.document.has_image(image):
        return
    before = context.document.labels(image)
    if before.state is State.TO_DO and not before.boxes:
        context.document.apply(edits.set_state(image, before, State.EMPTY))
    if context.session.image == image:
        _go_on(context)


def _bring_back(context: Context, image: int, labels: Labels) -> None:
    """What "nothing here" took away, if nothing else was drawn there since; and the image that had it."""
    if not context.document.has_image(image):
        return
    now = context.document.labels(image)
    if not now.boxes:
        context.document.apply(Edit("Bring boxes back", (LabelsChange(image, now, labels),)))
    context.session.show(image)


def _go_on(context: Context) -> None:
    image = next_to_do(context)
    if image is not None:
        context.session.show(image)
    else:
        context.notices.info("That was the last image to do.")


def set_tool(context: Context, window: Window, name: str) -> None:
    context.session.set_tool(name)


def is_tool(context: Context, name: str) -> bool:
    return context.session.tool == name


TOOLS = tuple(
    Action(
        f"tool.{tool.name}", "Labels", tool.text, partial(set_tool, name=tool.name),
        (tool.key,) if tool.key else (), tool.icon, "tool", tool.hint, enabled=has_image,
        checked=partial(is_tool, name=tool.name),
    )
    for tool in sorted(discover(tools, "TOOL"), key=lambda tool: tool.name != START)
)  # fmt: skip

CLASSES = tuple(
    Action(
        f"labels.class_{number + 1}", "Labels/&Class", f"Class {number + 1}",
        partial(set_class, number=number), (digit,), card="Class of selection or next box",
        enabled=partial(has_class, number=number), checked=partial(is_class, number=number),
        title=partial(class_title, number=number),
    )
    for number, digit in enumerate(DIGITS)
)  # fmt: skip

ACTIONS = (
    *TOOLS,
    Action(
        "labels.cancel", "Labels", "Cance&l", cancel, ("Esc",), group="tool",
        card="Cancel, then the select tool",
    ),
    *CLASSES,
    Action(
        "labels.name_class", "Labels/&Class", "By &typing…", lambda c, w: w.canvas.start_class_palette(),
        ("/",), "mdi6.tag-text-outline", "typing", "Type the name of a class, also of a new one",
        card="Class by typing", enabled=has_image,
    ),
    Action(
        "labels.difficult", "Labels", "Di&fficult", partial(toggle_mark, flag="difficult"), ("X",),
        group="box", tip="Hard to see even for a person: training and AP leave such boxes out",
        enabled=has_selection, checked=partial(is_marked, flag="difficult"),
    ),
    Action(
        "labels.ignore", "Labels", "&Ignore this area", partial(toggle_mark, flag="ignore"), ("I",),
        group="box", tip="An area, not an object: nothing in it is learned, and nothing is a mistake",
        enabled=has_selection, checked=partial(is_marked, flag="ignore"),
    ),
    Action(
        "labels.next_box", "Labels", "Ne&xt box", lambda c, w: w.canvas.cycle(1), ("Tab",), group="box",
        enabled=has_boxes,
    ),
    Action(
        "labels.previous_box", "Labels", "Pre&vious box", lambda c, w: w.canvas.cycle(-1), ("Shift+Tab",),
        group="box", enabled=has_boxes,
    ),
    Action(
        "labels.done", "Labels", "&Done, next image to do", done, ("Space",), "mdi6.check-circle-outline",
        "state", enabled=has_image,
    ),
    Action(
        "labels.nothing_here", "Labels", "&Nothing here, next", nothing_here, ("N",),
        "mdi6.circle-off-outline", "state",
        "There is nothing to find on this image: it trains as background", enabled=has_image,
    ),
    Action(
        "labels.to_do", "Labels", "Mark as &to do", partial(set_state, state=State.TO_DO),
        icon="mdi6.circle-outline", group="state", enabled=is_done,
    ),
)  # fmt: skip
