"""What is said and shown of what came in, also when another folder is open by then."""

from __future__ import annotations

import pytest

from app.intake import Intake
from app.notices import Level
from app.work.adopt import AdoptReport
from app.work.exchange import ADOPT
from model.records import ImportReport


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


def test_how_pixels_are_counted_is_asked_and_the_other_answer_imports_again(qtbot, shell, intake):
    shell.open()
    context = shell.context
    annotation = (
        "<annotation><filename>{}</filename><object><name>nut</name><bndbox><xmin>0</xmin><ymin>4</ymin>"
    )
    annotation += "<xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>"
    row = context.document.images()[-1]
    assert context.document.labels(row.id).boxes == ()
    stem = row.path.rpartition(".")[0]
    (shell.folder / f"{stem}.xml").write_text(annotation.format(row.path), "utf-8")
    context.exchange.finished.connect(intake.on_finished)
    context.exchange.written.connect(intake.on_written)
    with qtbot.waitSignal(context.exchange.finished, timeout=5000):
        context.exchange.import_voc(shell.folder)
    assert [box.xyxy for box in context.document.labels(row.id).boxes] == [(0, 4, 9, 9)]
    (asked,) = [notice for notice in shell.posted if notice.stays]
    assert asked.level is Level.INFO
    assert "distances from the edge" in asked.text
    with qtbot.waitSignal(context.exchange.finished, timeout=5000):
        asked.offers[-1].do()
    assert [box.xyxy for box in context.document.labels(row.id).boxes] == [(0, 3, 9, 9)]
