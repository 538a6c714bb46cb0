"""What is said and shown of what came in, also when another folder is open by then."""

from __future__ import annotations

import pytest

from app.intake import Intake
from app.notices import Level, Notice
from app.work.adopt import AdoptReport
from app.work.exchange import ADOPT, IMPORT
from model.records import Doubt, ImportReport


@pytest.fixture
def intake(shell) -> Intake:
    return Intake(shell.context)


def test_images_that_came_in_are_shown(shell, intake):
    _, second, _ = shell.open()
    intake.on_finished(ADOPT, AdoptReport(shell.folder, (second,), 1))
    assert shell.context.session.image == second
    assert shell.posted[-1].text == "1 image copied into “bolts”."


def test_images_that_came_into_another_folder_are_not_looked_for_in_this_one(shell, intake, tmp_path):
    first, second, _ = shell.open()
    intake.on_finished(ADOPT, AdoptReport(tmp_path / "screws", (second,), 2))
    assert shell.context.session.image == first
    assert shell.posted[-1].text == "2 images copied into “screws”."


def test_one_box_is_a_box(shell, intake):
    shell.open()
    intake.on_finished("import", ImportReport(images=1, boxes=1, classes=("bolt",)))
    assert shell.posted[-1].text == "1 box on 1 image imported."


# ------------------------------------------------------------------------------------------ how pixels are counted


@pytest.fixture
def unsure(qtbot, shell, intake):
    """Labels that count from 0, as it seems, were imported for the third of three images; the question about it."""
    shell.open()
    exchange = shell.context.exchange
    exchange.finished.connect(intake.on_finished)
    exchange.written.connect(intake.on_written)
    box = "<bndbox><xmin>0</xmin><ymin>4</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
    text = f"<annotation><object><name>nut</name>{box}</object></annotation>"
    (shell.folder / "3.xml").write_text(text, "utf-8")
    with qtbot.waitSignal(exchange.finished, timeout=5000):
        exchange.import_voc(shell.folder)
    (asked,) = questions(shell)
    return asked


FROM_0, FROM_1 = (0, 4, 9, 9), (0, 3, 9, 9)  # the box, as it can be read; 0 - 1 is cut at the edge


def questions(shell) -> list[Notice]:
    return [notice for notice in shell.posted if notice.stays]


def imported(shell) -> list[tuple[float, ...]]:
    return [box.xyxy for box in shell.boxes(shell.context.document.images()[2].id)]


def answer(qtbot, shell, notice: Notice) -> None:
    with qtbot.waitSignal(shell.context.exchange.finished, timeout=5000):
        notice.offers[1].do()


def test_how_pixels_are_counted_is_asked_and_the_other_answer_imports_again(qtbot, shell, unsure):
    assert imported(shell) == [FROM_0]
    assert unsure.level is Level.INFO
    assert "distances from the edge" in unsure.text
    assert [offer.text for offer in unsure.offers] == ["Keep", "Count from 1, as VOC does"]
    answer(qtbot, shell, unsure)
    assert imported(shell) == [FROM_1]


def test_the_answer_is_kept_and_not_asked_for_again(qtbot, shell, unsure):
    answer(qtbot, shell, unsure)
    shell.context.document.undo()
    with qtbot.waitSignal(shell.context.exchange.finished, timeout=5000):
        shell.context.exchange.import_voc(shell.folder)
    assert imported(shell) == [FROM_1]
    assert questions(shell) == [unsure]


def test_keep_changes_nothing(shell, unsure):
    unsure.offers[0].do()
    assert imported(shell) == [FROM_0]
    assert not shell.context.exchange.is_running(IMPORT)


def test_an_import_that_was_taken_back_already_is_made_the_other_way(qtbot, shell, unsure):
    (first, *_) = shell.context.document.images()
    shell.context.document.undo()
    shell.draw(first.id, (50, 50))
    answer(qtbot, shell, unsure)
    assert imported(shell) == [FROM_1]
    assert len(shell.boxes(first.id)) == 1


def test_what_a_person_undid_after_the_import_does_not_stand_in_the_way(qtbot, shell, unsure):
    shell.draw(shell.context.document.images()[0].id, (50, 50))
    shell.context.document.undo()
    answer(qtbot, shell, unsure)
    assert imported(shell) == [FROM_1]


def test_what_a_person_drew_after_the_import_is_not_undone_and_the_answer_waits(qtbot, shell, unsure):
    (first, *_) = shell.context.document.images()
    shell.draw(first.id, (50, 50))
    unsure.offers[1].do()
    assert not shell.context.exchange.is_running(IMPORT)
    assert (imported(shell), len(shell.boxes(first.id))) == ([FROM_0], 1)
    assert shell.posted[-1].level is Level.WARNING
    shell.context.document.undo()
    shell.context.document.undo()
    with qtbot.waitSignal(shell.context.exchange.finished, timeout=5000):
        shell.context.exchange.import_voc(shell.folder)
    assert imported(shell) == [FROM_1]


def test_an_answer_for_one_folder_changes_no_other(shell, unsure, tmp_path):
    other = tmp_path / "screws"
    other.mkdir()
    shell.context.document.open(other)
    unsure.offers[1].do()
    assert not shell.context.exchange.is_running(IMPORT)
    shell.context.document.open(shell.folder)
    assert imported(shell) == [FROM_0]


def test_nobody_is_asked_about_a_folder_that_is_not_open(shell, intake, tmp_path):
    doubt = Doubt(tmp_path / "screws", tmp_path / "screws", 1, True, "Is it so?")
    report = ImportReport(images=1, boxes=1, classes=("bolt",), doubt=doubt)
    intake.on_finished(IMPORT, report)  # nothing is open
    shell.open()
    intake.on_finished(IMPORT, report)
    assert questions(shell) == []


def test_mixed_evidence_offers_to_count_from_0(shell, intake):
    shell.open()
    doubt = Doubt(shell.folder, shell.folder, 1, False, "Is it so?")
    intake.on_finished(IMPORT, ImportReport(images=1, boxes=1, classes=("bolt",), doubt=doubt))
    assert [offer.text for offer in questions(shell)[0].offers] == ["Keep", "Count from 0, as labelImg does"]
