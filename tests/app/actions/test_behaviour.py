"""What the actions do, through the tables, as menus and keys do it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QGuiApplication

from app.document import clipboard, edits
from model.data.project import Project
from model.records import Detection, State, Verdict

BEST, OTHER = Detection(50, 50, 90, 90, "bolt", 0.9), Detection(200, 50, 240, 90, "nut", 0.7)


@pytest.fixture
def run(qtbot, shell, window):
    """Trigger an action by its name, once things have settled."""

    def trigger(name: str) -> None:
        window.table.refresh()
        window.table[name].trigger()

    return trigger


@pytest.fixture
def first(shell, window) -> int:
    return shell.open()[0]


def select(shell, *boxes) -> None:
    shell.context.session.select(frozenset(box.uid for box in boxes))


def rejected(shell, image: int):
    """What training would hear of an image's proposals."""
    snapshot = shell.context.document.project.snapshot()
    return next(each for each in snapshot.images if each.id == image).rejected


def state(shell, image: int) -> State:
    return shell.context.document.labels(image).state


# ------------------------------------------------------------------------------------------ the clipboard


def test_boxes_are_copied_across_images(shell, run, first):
    boxes = shell.draw(first, (5, 5), (50, 5))
    select(shell, boxes[1])
    run("edit.copy")
    run("view.next_image")
    run("edit.paste")
    (pasted,) = shell.boxes()
    assert pasted.xyxy == boxes[1].xyxy
    assert shell.context.session.selection == {pasted.uid}
    run("edit.undo")
    assert shell.boxes() == ()


def test_cut_takes_them_away(shell, run, first):
    boxes = shell.draw(first, (5, 5), (50, 5))
    select(shell, boxes[0])
    run("edit.cut")
    assert shell.boxes() == (boxes[1],)
    run("edit.paste")
    assert shell.boxes()[1].xyxy == boxes[0].xyxy


def test_a_duplicate_stands_beside_its_original_and_is_selected(shell, run, first):
    boxes = shell.draw(first, (5, 5))
    select(shell, boxes[0])
    run("edit.duplicate")
    copy = shell.boxes()[1]
    assert (copy.xmin, copy.ymin) == (15, 15)
    assert shell.context.session.selection == {copy.uid}
    assert shell.context.document.undo_text() == "Duplicate box"


def test_pasting_something_else_says_how_it_is_done(shell, run, first):
    QGuiApplication.clipboard().setText("hello")
    run("edit.paste")
    assert "Ctrl+C" in shell.posted[-1].text


def test_boxes_from_a_stranger_are_refused_in_words(shell, run, first):
    data = QMimeData()
    data.setData(clipboard.MIME, b"{}")
    QGuiApplication.clipboard().setMimeData(data)
    run("edit.paste")
    assert "are not boxes" in shell.posted[-1].text


def test_pasted_files_are_brought_in_as_if_dropped(qtbot, run, window, first):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/pictures/new.jpg")])
    QGuiApplication.clipboard().setMimeData(data)
    with qtbot.waitSignal(window.dropped) as dropped:
        run("edit.paste")
    assert dropped.args == [(Path("/pictures/new.jpg"),)]


def test_the_boxes_of_the_previous_image_come_as_one_step(shell, run, first):
    boxes = shell.draw(first, (5, 5), (50, 5))
    run("view.next_image")
    run("edit.paste_previous")
    assert [box.xyxy for box in shell.boxes()] == [box.xyxy for box in boxes]
    assert {box.uid for box in shell.boxes()}.isdisjoint(box.uid for box in boxes)
    run("edit.undo")
    assert shell.boxes() == ()


def test_the_first_image_has_no_previous_one(window, first):
    window.table.refresh()
    assert not window.table["edit.paste_previous"].isEnabled()


def test_all_are_selected_and_deleted(shell, run, first):
    boxes = shell.draw(first, (5, 5), (50, 5))
    run("edit.select_all")
    assert shell.context.session.selection == {box.uid for box in boxes}
    run("edit.delete")
    assert shell.boxes() == ()
    run("edit.undo")
    assert shell.boxes() == boxes


# ------------------------------------------------------------------------------------------ images


def test_to_do_images_are_found_round_the_end(shell, run, first):
    document = shell.context.document
    ids = [row.id for row in document.images()]
    document.apply(edits.set_state(ids[1], document.labels(ids[1]), State.EMPTY))
    run("view.next_to_do")
    assert shell.context.session.image == ids[2]
    run("view.next_to_do")
    assert shell.context.session.image == ids[0]
    run("view.previous_to_do")
    assert shell.context.session.image == ids[2]


def test_an_image_that_cannot_be_read_is_nothing_to_do(shell, run, first):
    ids = [row.id for row in shell.context.document.images()]
    shell.context.document.learn_problem(ids[1], "cut off")
    run("view.next_to_do")
    assert shell.context.session.image == ids[2]


def test_next_stops_at_the_end(shell, run, first):
    for _ in range(5):
        run("view.next_image")
    assert shell.context.session.image == shell.context.document.images()[-1].id


# ------------------------------------------------------------------------------------------ labels


def test_a_digit_gives_the_class_to_the_selection(shell, run, first):
    boxes = shell.draw(first, (5, 5), (50, 5))
    select(shell, boxes[0])
    run("labels.class_2")
    assert [box.label for box in shell.boxes()] == [2, 1]


def test_a_digit_without_a_selection_is_for_the_next_box(shell, run, first):
    run("labels.class_2")
    assert shell.context.session.label == 2


def test_an_area_to_ignore_is_no_object_until_it_is_one_again(shell, run, window, first):
    document = shell.context.document
    boxes = shell.draw(first, (5, 5), (50, 5))
    select(shell, boxes[0])
    run("labels.ignore")
    assert [box.ignore for box in shell.boxes()] == [True, False]
    assert sum(document.class_counts().values()) == document.image(first).box_count == 1
    window.table.refresh()
    assert window.table["labels.ignore"].isChecked()
    assert window.table["edit.undo"].text() == "&Undo: Mark as area to ignore"
    run("labels.ignore")
    assert shell.boxes() == boxes
    run("edit.undo")
    assert [box.ignore for box in shell.boxes()] == [True, False]


def test_a_done_image_whose_last_object_becomes_an_area_is_to_do_again(shell, run, first):
    boxes = shell.draw(first, (5, 5))
    run("labels.done")
    shell.context.session.show(first)
    select(shell, *boxes)
    run("labels.ignore")
    assert state(shell, first) is State.TO_DO
    run("labels.done")  # somebody looked: around the area there is nothing
    assert state(shell, first) is State.DONE


def test_difficult_flips_all_that_are_selected_together(shell, run, first):
    boxes = shell.draw(first, (5, 5), (50, 5), (100, 5))
    select(shell, boxes[0])
    run("labels.difficult")
    select(shell, boxes[0], boxes[1])
    run("labels.difficult")
    assert [box.difficult for box in shell.boxes()] == [True, True, False]
    run("labels.difficult")
    assert [box.difficult for box in shell.boxes()] == [False, False, False]


def test_done_goes_on_to_the_next_to_do(shell, run, first):
    shell.draw(first, (5, 5))
    run("labels.done")
    assert state(shell, first) is State.DONE
    assert shell.context.session.image == shell.context.document.images()[1].id


def test_an_image_without_boxes_is_not_done_by_a_slip(shell, run, first):
    run("labels.done")
    assert state(shell, first) is State.TO_DO
    assert shell.context.session.image == first
    notice = shell.posted[-1]
    notice.offers[0].do()
    assert state(shell, first) is State.EMPTY


@pytest.mark.parametrize("action", ["labels.done", "labels.nothing_here"])
def test_of_an_image_that_cannot_be_read_nothing_is_said(shell, run, first, action):
    shell.context.document.learn_problem(first, "1.jpg is cut off.")
    run(action)
    assert state(shell, first) is State.TO_DO
    assert shell.context.session.image != first
    assert shell.posted == []


def test_a_late_answer_is_about_the_image_that_was_asked_about(shell, run, first):
    run("labels.done")
    run("view.next_image")
    second = shell.context.session.image
    boxes = shell.draw(second, (5, 5))
    shell.posted[-1].offers[0].do()
    assert state(shell, first) is State.EMPTY
    assert (state(shell, second), shell.boxes(second)) == (State.TO_DO, boxes)
    assert shell.context.session.image == second


def test_a_late_answer_takes_no_box_away_that_was_drawn_since(shell, run, first):
    run("labels.done")
    boxes = shell.draw(first, (5, 5))
    shell.posted[-1].offers[0].do()
    assert (state(shell, first), shell.boxes(first)) == (State.TO_DO, boxes)


def test_nothing_here_takes_the_boxes_away_and_offers_them_back(shell, run, first):
    boxes = shell.draw(first, (5, 5))
    run("labels.nothing_here")
    assert (state(shell, first), shell.boxes(first)) == (State.EMPTY, ())
    assert shell.context.session.image != first
    shell.draw(shell.context.session.image, (50, 5))
    shell.posted[-1].offers[0].do()
    assert (state(shell, first), shell.boxes(first)) == (State.TO_DO, boxes)
    assert shell.context.session.image == first


def test_the_last_one_says_so(shell, run, window):
    (only,) = shell.open(images=1)
    run("labels.nothing_here")
    assert shell.posted[-1].text == "That was the last image to do."
    assert shell.context.session.image == only


def test_a_done_image_can_be_to_do_again(shell, run, first):
    run("labels.nothing_here")
    shell.context.session.show(first)
    run("labels.to_do")
    assert state(shell, first) is State.TO_DO


# ------------------------------------------------------------------------------------------ proposals


@pytest.fixture
def proposed(shell, first) -> int:
    shell.context.session.set_detections(first, (OTHER, BEST))
    return first


def test_enter_selects_the_best_proposal_and_then_accepts_it(shell, run, proposed):
    run("detection.accept")
    assert shell.context.session.proposal == BEST
    assert shell.boxes() == ()
    run("detection.accept")
    assert [box.xyxy for box in shell.boxes()] == [BEST.xyxy]
    assert shell.context.session.proposal == OTHER


def test_backspace_rejects_the_selected_proposal(shell, run, proposed, monkeypatch):
    verdicts: list[object] = []
    monkeypatch.setattr(Project, "add_verdicts", lambda self, *said: verdicts.append(said))
    shell.context.session.select_proposal(BEST)
    run("detection.reject")
    assert shell.context.session.proposals() == (OTHER,)
    assert verdicts == [(proposed, (BEST,), Verdict.REJECTED)]


def test_undo_after_a_rejection_takes_that_back_and_nothing_else(shell, run, window, proposed):
    (box,) = shell.draw(proposed, (300, 300))
    for proposal in (BEST, OTHER):
        shell.context.session.select_proposal(proposal)
        run("detection.reject")
    window.table.refresh()
    assert window.table["edit.undo"].text() == "&Undo: Reject nut"
    assert len(rejected(shell, proposed)) == 2
    run("edit.undo")
    assert shell.context.session.proposals() == (OTHER,)
    assert [box.xyxy for box in rejected(shell, proposed)] == [BEST.xyxy]
    run("edit.undo")
    assert shell.context.session.proposals() == (BEST, OTHER)
    assert rejected(shell, proposed) == ()  # nor will training hear of it
    assert shell.boxes() == (box,)
    run("edit.undo")
    assert shell.boxes() == ()


def test_undo_goes_through_edits_and_rejections_in_their_order(shell, run, proposed):
    shell.context.session.select_proposal(BEST)
    run("detection.reject")
    shell.draw(proposed, (300, 300))
    run("edit.undo")
    assert (shell.boxes(), shell.context.session.proposals()) == ((), (OTHER,))
    run("edit.undo")
    assert shell.context.session.proposals() == (BEST, OTHER)


def test_undo_of_a_correction_brings_the_proposal_back(shell, run, proposed):
    corrected = replace(BEST, name="nut", xmin=120.0, xmax=160.0)
    shell.context.review.correct(BEST, corrected)
    assert [box.xyxy for box in shell.boxes()] == [corrected.xyxy]
    assert shell.context.session.proposals() == (OTHER,)
    run("edit.undo")
    assert (shell.boxes(), shell.context.session.proposals()) == ((), (BEST, OTHER))


def test_rejections_of_another_folder_are_not_undone_here(shell, run, window, proposed, tmp_path):
    shell.context.session.select_proposal(BEST)
    run("detection.reject")
    other = tmp_path / "other"
    other.mkdir()
    shell.context.document.open(other)
    shell.context.review.on_opened(other)
    window.table.refresh()
    assert not window.table["edit.undo"].isEnabled()


def test_two_names_for_one_place_are_one_proposal_the_better(shell, run, first):
    rival = replace(BEST, name="washer", score=0.6, xmin=52.0)
    shell.context.session.set_detections(first, (OTHER, rival, BEST))
    assert shell.context.session.proposals() == (BEST, OTHER)
    run("detection.accept_all")
    assert [box.xyxy for box in shell.boxes()] == [BEST.xyxy, OTHER.xyxy]


def test_backspace_on_a_box_deletes_it(shell, run, proposed):
    boxes = shell.draw(proposed, (300, 300))
    select(shell, *boxes)
    run("detection.reject")
    assert shell.boxes() == ()
    assert len(shell.context.session.proposals()) == 2


def test_delete_leaves_proposals_alone(shell, run, window, proposed):
    shell.context.session.select_proposal(BEST)
    window.table.refresh()
    assert not window.table["edit.delete"].isEnabled()


def test_all_shown_are_accepted_as_one_step(shell, run, proposed):
    shell.context.session.set_threshold(0.8)
    run("detection.accept_all")
    assert [box.xyxy for box in shell.boxes()] == [BEST.xyxy]
    run("edit.undo")
    assert shell.boxes() == ()


def test_brackets_move_the_threshold_by_a_twentieth(shell, run, proposed):
    run("detection.fewer")
    assert shell.context.session.threshold == 0.55
    run("detection.more")
    run("detection.more")
    assert shell.context.session.threshold == 0.45


def test_live_goes_off_and_on(shell, run, proposed):
    run("detection.live")
    assert not shell.context.session.live
    run("detection.live")
    assert shell.context.session.live


def test_one_key_trains_pauses_and_goes_on(qtbot, shell, run, window):
    for image in shell.open():
        shell.draw(image, (5, 5))
    training, train = shell.context.training, window.table["detection.train"]
    run("detection.train")
    assert training.is_running
    qtbot.waitUntil(lambda: train.text() == "Pause &training")
    run("detection.train")
    assert training.is_paused
    qtbot.waitUntil(lambda: train.text() == "Go on &training")
    run("detection.train")
    assert not training.is_paused
    run("detection.stop")
    qtbot.waitUntil(lambda: not training.is_running, timeout=5000)


def test_a_done_image_that_loses_its_last_box_is_to_do_again(shell, run, first):
    boxes = shell.draw(first, (5, 5), (50, 5))
    run("labels.done")
    shell.context.session.show(first)
    select(shell, boxes[0])
    run("edit.delete")
    assert state(shell, first) is State.DONE
    select(shell, boxes[1])
    run("edit.delete")
    assert state(shell, first) is State.TO_DO
    run("edit.undo")
    assert (state(shell, first), shell.boxes(first)) == (State.DONE, (boxes[1],))
