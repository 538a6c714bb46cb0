"""The image list: found by name and state, the session's image both ways, fluent at 100,000 rows."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt

from app.document import edits
from app.panels.images import ALL, CAPTION_ROLE, ROW_ROLE, ImagesPanel, caption, matching, tooltip
from model.records import ImageRow, State


def rows(*states: State) -> list[ImageRow]:
    return [ImageRow(number, f"a/{number}.jpg", 640, 480, state) for number, state in enumerate(states, 1)]


@pytest.fixture
def panel(qtbot, shell):
    panel = ImagesPanel(shell.context)
    qtbot.addWidget(panel)
    panel.resize(240, 500)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def say(shell, image: int, state: State) -> None:
    document = shell.context.document
    document.apply(edits.set_state(image, document.labels(image), state))


def listed(panel: ImagesPanel) -> list[str]:
    return [panel.model.index(row).data() for row in range(panel.model.rowCount())]


def test_every_word_must_be_in_the_path_whatever_its_case():
    found = [ImageRow(1, "Cats/one.jpg"), ImageRow(2, "dogs/one.jpg"), ImageRow(3, "cats/two.jpg")]
    assert matching(found, "CATS one", ALL) == [1]
    assert matching(found, "", ALL) == [1, 2, 3]


def test_a_filter_takes_one_state():
    assert matching(rows(State.TO_DO, State.DONE, State.EMPTY, State.DONE), "", State.DONE) == [2, 4]


def test_the_caption_says_how_far_one_got():
    assert caption(ImageRow(1, "a.jpg", state=State.DONE, box_count=1)) == "1 box, done"
    assert caption(ImageRow(1, "a.jpg", state=State.EMPTY)) == "Nothing here"
    assert caption(ImageRow(1, "a.jpg", problem="cut off")) == "Cannot be read"


def test_where_there_are_several_folders_the_caption_says_which(qtbot, shell, panel):
    shell.open(images=1)
    index = panel.model.index(0)
    assert index.data(CAPTION_ROLE) == "To do"
    shell.context.document.project.add_images(["day 1/x.jpg", "day 2/x.jpg"], [(640, 480)] * 2)
    shell.context.document.reread()
    captions = [panel.model.index(row).data(CAPTION_ROLE) for row in range(3)]
    assert captions == ["To do", "To do · day 1", "To do · day 2"]


def test_the_tooltip_says_why_a_file_cannot_be_read():
    assert tooltip(ImageRow(1, "a.jpg", 640, 480)) == "a.jpg\n640 × 480 px"
    assert tooltip(ImageRow(1, "a.jpg", problem="“a.jpg” is cut off.")) == "a.jpg\n“a.jpg” is cut off."


def test_the_row_chosen_is_the_sessions_image(qtbot, shell, panel):
    ids = shell.open()
    index = panel.model.index(2)
    qtbot.mouseClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, pos=panel.view.visualRect(index).center()
    )
    assert shell.context.session.image == ids[2]


def test_the_sessions_image_is_the_row_chosen(shell, panel):
    ids = shell.open()
    shell.context.session.show(ids[1])
    assert panel.view.selectionModel().selectedIndexes() == [panel.model.index(1)]
    shell.context.session.show(None)
    assert panel.view.selectionModel().selectedIndexes() == []


def test_counts_follow_edits(shell, panel):
    ids = shell.open(images=3)
    say(shell, ids[0], State.EMPTY)
    say(shell, ids[1], State.DONE)
    numbers = {name: button._number for name, button in panel.filters._buttons.items()}
    assert numbers == {ALL: 3, State.TO_DO: 1, State.DONE: 1, State.EMPTY: 1}


def test_an_image_leaves_the_filter_it_no_longer_fits_and_stays_in_view(shell, panel):
    ids = shell.open(images=3)
    panel.filters.choose(State.TO_DO)
    say(shell, ids[0], State.DONE)
    assert listed(panel) == ["2.jpg", "3.jpg"]
    assert shell.context.session.image == ids[0]


def test_next_goes_through_what_the_filter_shows(shell, panel):
    ids = shell.open(images=4)
    say(shell, ids[1], State.DONE)
    say(shell, ids[3], State.DONE)
    panel.filters.choose(State.DONE)
    assert shell.context.session.neighbour(1) == ids[1]
    shell.context.session.show(ids[1])
    assert shell.context.session.neighbour(1) == ids[3]
    panel.filters.choose(ALL)
    assert shell.context.session.neighbour(1) == ids[2]


def test_enter_in_the_search_shows_the_first_found(qtbot, shell, panel):
    ids = shell.open(images=12)
    qtbot.keyClicks(panel.search, "12")
    assert listed(panel) == ["12.jpg"]
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert shell.context.session.image == ids[11]


def test_escape_clears_the_search(qtbot, shell, panel):
    shell.open(images=3)
    qtbot.keyClicks(panel.search, "2")
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert len(listed(panel)) == 3


def test_another_project_starts_unfiltered(shell, panel):
    shell.open(images=3)
    panel.search.setText("2")
    panel.filters.choose(State.DONE)
    shell.context.document.opened.emit(shell.folder)
    assert (panel.search.text(), panel.filters.choice()) == ("", ALL)


def test_an_edit_of_one_image_leaves_the_scroll_where_it_is(shell, panel):
    ids = shell.open(images=200)
    panel.view.verticalScrollBar().setValue(3000)
    say(shell, ids[0], State.DONE)
    shell.context.document.learn_problem(ids[1], "cut off")
    assert panel.view.verticalScrollBar().value() == 3000


def test_thumbnails_are_asked_for_the_rows_in_view_only(qtbot, shell, panel, monkeypatch):
    asked: set[int] = set()
    monkeypatch.setattr(shell.context.images, "request_thumbnail", lambda image, path: asked.add(image))
    ids = shell.open(images=300)
    panel.view.viewport().repaint()
    in_view = {ids[0], ids[1], ids[2]}
    assert in_view <= asked
    assert len(asked) < 20


def test_a_file_that_cannot_be_read_is_not_asked_for(qtbot, shell, panel, monkeypatch):
    asked: set[int] = set()
    ids = shell.open(images=3)
    shell.context.document.learn_problem(ids[0], "cut off")
    monkeypatch.setattr(shell.context.images, "thumbnail", lambda image: None)
    monkeypatch.setattr(shell.context.images, "request_thumbnail", lambda image, path: asked.add(image))
    panel.view.viewport().repaint()
    assert asked == set(ids[1:])


class Many:
    """A document's rows without a disk: 100,000 of them."""

    def __init__(self, shell, count: int = 100_000) -> None:
        document = shell.context.document
        document._rows = tuple(ImageRow(n, f"{n:06}.jpg", 640, 480) for n in range(count))
        document._index = {row.id: place for place, row in enumerate(document._rows)}
        document.images_changed.emit()


def test_a_hundred_thousand_images_stay_fluent(shell, panel):
    shell.open(images=1)
    Many(shell)
    begun = time.perf_counter()
    for image in range(50_000, 50_100):
        shell.context.session.show(image)
        panel.view.viewport().repaint()
    each_ms = (time.perf_counter() - begun) * 10
    assert panel.model.index(50_099).data(ROW_ROLE).id == 50_099
    assert each_ms < 50, f"one step takes {each_ms:.1f} ms"
    begun = time.perf_counter()
    panel.search.setText("999")
    assert panel.model.rowCount() == 280  # 0..099,999 that hold 999
    assert time.perf_counter() - begun < 0.5
