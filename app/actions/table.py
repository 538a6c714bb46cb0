"""Menus, shortcuts and tooltips, made from the action tables and kept in step with the owners."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from app import actions as tables
from app.actions.action import Action, Window
from app.context import Context
from app.widgets.icons import icon
from model.discover import discover

MENUS = ("File", "Edit", "View", "Labels", "Detection", "Help")
Keys = Mapping[str, tuple[str, ...]]


def all_actions() -> tuple[Action, ...]:
    """The rows of every table, the menus in their order."""
    found: tuple[Action, ...] = discover(tables, "ACTIONS")
    return tuple(sorted(found, key=lambda action: MENUS.index(action.menu.split("/")[0])))


def clashes(rows: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[tuple[str, str, str], ...]:
    """Every (key, action, other action) where two actions want one key: Qt would then run neither of them."""
    owner: dict[str, str] = {}
    found: list[tuple[str, str, str]] = []
    for name, keys in rows:
        for key in keys:
            known = QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)
            if known in owner and owner[known] != name:
                found.append((known, owner[known], name))
            owner.setdefault(known, name)
    return tuple(found)


def keys_in_force(actions: Iterable[Action], chosen: Keys) -> dict[str, tuple[str, ...]]:
    """The keys of each action: the person's own, or the table's, less those given to another action."""
    actions = tuple(actions)
    in_force: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for action in sorted(
        actions, key=lambda action: action.name not in chosen
    ):  # the person's own come first
        free = tuple(
            key
            for key in chosen.get(action.name, action.keys)
            if QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) not in taken
        )
        taken |= {QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) for key in free}
        in_force[action.name] = free
    return in_force


class ActionTable(QObject):
    """A QAction for each row. Refreshed once per turn of the event loop, however much was announced in it."""

    def __init__(self, context: Context, window: Window, widget: QWidget) -> None:
        """widget is the window that the shortcuts belong to."""
        super().__init__(widget)
        self._context = context
        self._window = window
        self._rows = all_actions()
        self._actions: dict[str, QAction] = {}
        self._refresh_soon = QTimer(self, singleShot=True, interval=0)
        self._refresh_soon.timeout.connect(self.refresh)
        keys = keys_in_force(self._rows, context.settings.keys)
        for row in self._rows:
            self._actions[row.name] = self._make(row, keys[row.name], widget)
        self._listen()
        self.refresh()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def rows(self) -> tuple[Action, ...]:
        return self._rows

    def held(self, key: QKeySequence) -> tuple[Callable[[], None], ...]:
        """What is to be done when this key is let go."""
        return tuple(
            partial(row.release, self._context, self._window)  # type: ignore[misc]
            for row in self._rows
            if row.release is not None and key in self._actions[row.name].shortcuts()
        )

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Make the menus; by their names, submenus as "View/Colours"."""
        menus: dict[str, QMenu] = {}
        groups: dict[str, str] = {}
        for row in self._rows:
            top, _, sub = row.menu.partition("/")
            if top not in menus:
                menus[top] = bar.addMenu(f"&{top}")
            if groups.get(top, row.group) != row.group and not (sub and row.menu in menus):
                menus[top].addSeparator()
            if sub and row.menu not in menus:
                menus[row.menu] = menus[top].addMenu(sub)
            elif sub and groups.get(row.menu, row.group) != row.group:
                menus[row.menu].addSeparator()
            if not sub or len(menus[row.menu].actions()) == 0:
                groups[top] = row.group
            groups[row.menu] = row.group
            menus[row.menu].addAction(self._actions[row.name])
        return menus

    def refresh(self) -> None:
        """Ask every row what it says now."""
        self._refresh_soon.stop()
        for row in self._rows:
            action = self._actions[row.name]
            action.setEnabled(row.enabled(self._context))
            if row.checked is not None:
                action.setChecked(row.checked(self._context))
            if row.title is not None:
                action.setText(row.title(self._context))
            action.setToolTip(self._tooltip(row, action))

    def refresh_if_waiting(self) -> None:
        """Before a key is matched: it must find the actions as things are now."""
        if self._refresh_soon.isActive():
            self.refresh()

    # ------------------------------------------------------------------------------------------ within

    def _make(self, row: Action, keys: tuple[str, ...], widget: QWidget) -> QAction:
        action = QAction(row.text, widget)
        action.setObjectName(row.name)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setMenuRole(QAction.MenuRole.NoRole)  # macOS would move actions by words in their names
        if row.icon:
            action.setIcon(icon(row.icon))
        action.setCheckable(row.checked is not None)
        if row.release is not None or row.name.startswith(ONCE):
            action.setAutoRepeat(False)
        action.triggered.connect(partial(self._run, row))
        widget.addAction(action)
        return action

    def _run(self, row: Action, checked: bool = False) -> None:
        if row.enabled(self._context):
            row.run(self._context, self._window)
        self._refresh_soon.start()  # Qt has flipped a check mark that only the owner may set

    def _tooltip(self, row: Action, action: QAction) -> str:
        keys = ", ".join(
            key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()[:2]
        )
        text = action.text().replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")
        sentence = row.hint(self._context) if row.hint else row.tip
        return "\n".join(part for part in (f"{text}  ({keys})" if keys else text, sentence) if part)

    def _listen(self) -> None:
        c = self._context
        for signal in (
            c.document.opened, c.document.images_changed, c.document.labels_changed,
            c.document.classes_changed, c.document.history_changed, c.session.image_changed,
            c.session.selection_changed, c.session.label_changed, c.session.tool_changed,
            c.session.proposals_changed, c.session.proposal_changed, c.session.threshold_changed,
            c.session.live_changed, c.session.hidden_changed, c.settings.changed, c.training.state_changed,
        ):  # fmt: skip
            signal.connect(self._on_announced)

    def _on_announced(self, *facts: object) -> None:
        self._refresh_soon.start()


# Not repeated while the key is held down: a person would accept proposals without having looked.
ONCE = ("labels.done", "labels.nothing_here", "detection.accept", "detection.train", "detection.live")
