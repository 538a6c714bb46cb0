"""Settings are typed, checked, and kept."""

from __future__ import annotations

from PySide6.QtCore import QSettings

from app.settings import RECENT_FOLDERS, Settings


def test_what_was_set_is_found_by_the_next_start(qtbot, tmp_path):
    file = tmp_path / "settings.ini"
    first = Settings(file)
    first.theme, first.keep_view, first.layout = "dark", True, b"\x00\xffdocks"
    first.set_keys("edit.undo", ("Ctrl+Z", "U"))
    first.store.sync()
    second = Settings(file)
    assert (second.theme, second.keep_view, second.layout) == ("dark", True, b"\x00\xffdocks")
    assert second.keys == {"edit.undo": ("Ctrl+Z", "U")}


def test_setting_the_present_value_emits_nothing(qtbot, tmp_path):
    settings = Settings(tmp_path / "settings.ini")
    heard: list[str] = []
    settings.changed.connect(heard.append)
    settings.theme = "system"
    settings.theme = "dark"
    settings.theme = "dark"
    assert heard == ["theme"]


def test_nonsense_in_the_file_is_read_as_the_default(qtbot, tmp_path):
    file = tmp_path / "settings.ini"
    store = QSettings(str(file), QSettings.Format.IniFormat)
    for name, value in (("theme", "purple"), ("keep_view", "perhaps"), ("keys", "[1, 2"), ("recent", "{}")):
        store.setValue(name, value)
    store.sync()
    settings = Settings(file)
    assert (settings.theme, settings.keep_view, settings.keys, settings.recent) == ("system", False, {}, ())


def test_recent_folders_are_the_newest_first_once_each_and_there(qtbot, tmp_path):
    settings = Settings(tmp_path / "settings.ini")
    folders = [tmp_path / f"folder {number}" for number in range(RECENT_FOLDERS + 2)]
    for folder in folders:
        folder.mkdir()
        settings.add_recent(folder)
    settings.add_recent(folders[5])
    folders[4].rmdir()
    assert settings.recent_folders()[0] == folders[5]
    assert len(settings.recent) == RECENT_FOLDERS
    assert settings.recent_folders().count(folders[5]) == 1
    assert folders[4] not in settings.recent_folders()
    settings.forget_recent(folders[5])
    assert folders[5] not in settings.recent_folders()


def test_an_action_gets_its_own_keys_back(qtbot, tmp_path):
    settings = Settings(tmp_path / "settings.ini")
    settings.set_keys("view.fit", ("F",))
    settings.set_keys("view.fit", None)
    assert settings.keys == {}
