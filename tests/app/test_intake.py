"""What is said and shown of what came in, also when another folder is open by then."""

from __future__ import annotations

import pytest

from app.intake import Intake
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
