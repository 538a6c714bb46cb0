"""What a row of the action tables says, and what an action may ask of the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.context import Context


class CanvasView(Protocol):
    """What actions ask of the canvas."""

    def fit(self) -> None: ...
    def zoom_in(self) -> None: ...
    def zoom_out(self) -> None: ...
    def actual_size(self) -> None: ...
    def nudge(self, dx: float, dy: float) -> None: ...
    def resize_selection(self, dw: float, dh: float) -> None: ...
    def cycle(self, step: int) -> None: ...
    def start_class_palette(self) -> None: ...
    def cancel(self) -> None: ...


class Window(Protocol):
    """What actions ask of the window."""

    @property
    def canvas(self) -> CanvasView: ...
    def ask_for_folder(self) -> None: ...
    def ask_for_images(self) -> None: ...
    def ask_for_labels(self) -> None: ...
    def bring(self, paths: Sequence[Path]) -> None: ...
    def open_sample(self) -> None: ...
    def open_export_dialog(self) -> None: ...
    def open_measures(self) -> None: ...
    def find_image(self) -> None: ...
    def reset_layout(self) -> None: ...
    def toggle_full_screen(self) -> None: ...
    def show_key_card(self) -> None: ...
    def show_about(self) -> None: ...
    def show_log(self) -> None: ...
    def close(self) -> bool: ...


Run = Callable[[Context, Window], object]


def always(context: Context) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do by menu, key or toolbar. The order of a table is the order of its menu.

    menu "View/Zoom" is a submenu; the group changes where a separator stands. enabled, checked and title are
    asked again whenever an owner announces that something is different.
    """

    name: str  # "edit.undo": what settings and tests call it
    menu: str
    text: str  # with its mnemonic: "&Undo"
    run: Run
    keys: tuple[str, ...] = ()  # as QKeySequence reads them; the first is shown
    icon: str = ""  # QtAwesome's name
    group: str = ""
    tip: str = ""  # a sentence for the tooltip, where the text does not say it all
    card: str = ""  # what the key card says; rows that say the same stand there as one
    enabled: Callable[[Context], bool] = always
    checked: Callable[[Context], bool] | None = None
    title: Callable[[Context], str] | None = None  # a text that changes: "Undo draw box"
    hint: Callable[[Context], str] | None = None  # a tooltip that changes: what is missing
    release: Run | None = None  # run when the key goes down, this when it is let go

    @property
    def plain_text(self) -> str:
        return self.text.replace("&", "").removesuffix("…")


def is_open(context: Context) -> bool:
    return context.document.is_open


def has_images(context: Context) -> bool:
    return bool(context.document.images())


def has_image(context: Context) -> bool:
    return context.document.has_image(context.session.image)


def has_boxes(context: Context) -> bool:
    image = context.session.image
    return (
        image is not None and context.document.has_image(image) and bool(context.document.labels(image).boxes)
    )


def has_selection(context: Context) -> bool:
    return bool(context.session.selection)


def has_proposals(context: Context) -> bool:
    return bool(context.session.proposals())
