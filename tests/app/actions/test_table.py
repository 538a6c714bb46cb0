"""The tables: every key of the design, no key twice, everything in a menu, in step with the owners."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from app.actions.action import Action
from app.actions.card import card_sections
from app.actions.table import all_actions, clashes, keys_in_force
from app.canvas import tools
from model.discover import discover

# The Keys of the design (ux.md), less W, V and P, which belong to the canvas's tools.
KEYS = {
    "A": "view.previous_image", "D": "view.next_image", "Ctrl+Left": "view.previous_to_do",
    "Ctrl+Right": "view.next_to_do", "1": "labels.class_1", "9": "labels.class_9", "0": "labels.class_10",
    "/": "labels.name_class", "Del": "edit.delete", "Backspace": "detection.reject",
    "Ctrl+D": "edit.duplicate", "Ctrl+C": "edit.copy", "Ctrl+V": "edit.paste",
    "Ctrl+Shift+V": "edit.paste_previous", "Ctrl+Z": "edit.undo", "Ctrl+Shift+Z": "edit.redo",
    "Ctrl+Y": "edit.redo", "Ctrl+A": "edit.select_all", "Left": "edit.nudge_left",
    "Shift+Up": "edit.nudge_up_10", "Ctrl+Alt+Right": "edit.resize_wider", "Tab": "labels.next_box",
    "Shift+Tab": "labels.previous_box", "X": "labels.difficult", "I": "labels.ignore", "Return": "detection.accept",
    "Enter": "detection.accept", "Shift+Return": "detection.accept_all", "]": "detection.fewer",
    "[": "detection.more", "L": "detection.live", "Space": "labels.done", "N": "labels.nothing_here",
    "H": "view.hide_boxes", "Ctrl+0": "view.fit", "Ctrl++": "view.zoom_in", "Ctrl+-": "view.zoom_out",
    "T": "detection.train", "Ctrl+E": "file.export", "Ctrl+U": "file.open_folder",
    "Ctrl+O": "file.open_folder", "F1": "help.keys", "Esc": "labels.cancel",
}  # fmt: skip


def test_every_key_of_the_design_does_what_it_says():
    by_key = {key: action.name for action in all_actions() for key in action.keys}
    assert {key: by_key.get(key) for key in KEYS} == KEYS


def test_every_tool_has_its_key():
    by_name = {action.name: action.keys for action in all_actions()}
    for tool in discover(tools, "TOOL"):
        assert by_name[f"tool.{tool.name}"] == ((tool.key,) if tool.key else ())


def test_no_key_is_given_twice():
    assert clashes((action.name, action.keys) for action in all_actions()) == ()


def test_a_clash_is_found_however_the_key_is_written():
    found = clashes([("one", ("Ctrl+Shift+Z",)), ("other", ("shift+ctrl+z",)), ("third", ("Z",))])
    assert found == (("Ctrl+Shift+Z", "one", "other"),)


def test_names_are_unique():
    names = [action.name for action in all_actions()]
    assert len(set(names)) == len(names)


def row(name: str, *keys: str) -> Action:
    return Action(name, "File", name, lambda c, w: None, keys)


def test_a_persons_own_key_is_taken_from_the_action_that_had_it():
    actions = (row("one", "A", "B"), row("other", "C"))
    assert keys_in_force(actions, {"other": ("a", "D")}) == {"one": ("B",), "other": ("a", "D")}


def test_a_persons_keys_are_in_force_in_the_window(qtbot, shell):
    shell.context.settings.set_keys("view.fit", ("F",))
    window = shell.window()
    qtbot.addWidget(window)
    assert window.table["view.fit"].shortcuts() == [QKeySequence("F")]


def test_everything_is_in_a_menu(qtbot, window):
    in_menus = {action for menu in window.menus.values() for action in menu.actions()}
    assert {row.name for row in window.table.rows() if window.table[row.name] not in in_menus} == set()


def underlined(menu) -> list[str]:
    texts = (action.text().replace("&&", "") for action in menu.actions())
    return [text[text.index("&") + 1].lower() for text in texts if "&" in text]


def test_no_menu_underlines_one_letter_twice(window):
    for name, menu in window.menus.items():
        letters = underlined(menu)
        assert len(set(letters)) == len(letters), (name, letters)


def test_tooltips_name_the_key(qtbot, window):
    assert window.table["detection.live"].toolTip().startswith("Live detection  (L)")


def test_menus_follow_the_owners(qtbot, shell, window):
    table = window.table
    assert not table["edit.undo"].isEnabled()
    assert not table["view.next_image"].isEnabled()
    first, *_ = shell.open()
    shell.draw(first, (5, 5))
    qtbot.waitUntil(table["edit.undo"].isEnabled)
    assert table["edit.undo"].text() == "&Undo: Draw"
    assert table["view.next_image"].isEnabled()
    assert table["labels.class_2"].text() == "nut"
    assert not table["labels.class_3"].isEnabled()
    assert not table["edit.delete"].isEnabled()
    shell.context.session.select(frozenset(box.uid for box in shell.boxes()))
    qtbot.waitUntil(table["edit.delete"].isEnabled)


def test_a_check_mark_shows_the_owners_state_and_not_the_click(qtbot, shell, window):
    shell.open()
    window.table["view.theme_system"].trigger()  # it was chosen already: Qt would take the mark away
    qtbot.waitUntil(window.table["view.theme_system"].isChecked)


def test_train_says_what_is_missing(qtbot, shell, window):
    ids = shell.open(images=5)
    shell.draw(ids[0], (5, 5))
    qtbot.waitUntil(
        lambda: "2 more images with boxes are needed" in window.table["detection.train"].toolTip()
    )
    assert not window.table["detection.train"].isEnabled()
    shell.draw(ids[1], (5, 5))
    shell.draw(ids[2], (5, 5))
    qtbot.waitUntil(window.table["detection.train"].isEnabled)


def test_the_card_shows_every_key(qtbot, window):
    on_card = {key for section in card_sections(window.table) for row in section.rows for key in row.keys}
    for key in KEYS:
        assert QKeySequence(key).toString() in on_card


def test_the_card_says_what_many_keys_share_once(qtbot, window):
    rows = [row for section in card_sections(window.table) for row in section.rows]
    (classes,) = (row for row in rows if row.text == "Class of selection or next box")
    assert classes.keys == tuple("1234567890")
