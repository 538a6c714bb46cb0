"""Anchors for the boxes of a folder, from its project into the plan; and only of the folder they were fitted to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.work.anchors import fit_folder
from model.records import Box, Edit, Labels, LabelsChange
from model.records.anchors import AnchorFit, AnchorRecall
from tests.app.panels.fakes import FAST
from tests.app.shell import Shell

FITTED = replace(FAST.architecture, anchor_sizes=(20, 40, 80, 160, 320), anchor_ratios=(0.7, 1.0, 1.43))


def draw_poles(shell: Shell, images: tuple[int, ...]) -> None:
    """Five boxes of 24 x 144 px in each image."""
    document = shell.context.document
    for image in images:
        boxes = tuple(Box(90 * n, 50 + image, 90 * n + 24, 194 + image, 1) for n in range(5))
        document.apply(Edit("Draw", (LabelsChange(image, Labels(), Labels(boxes)),)))


def use(shell: Shell) -> None:
    none = AnchorRecall(0, 0, 0.0)
    fit = AnchorFit("fast", FAST.architecture, FITTED, none, none, (), (), (), (), "")
    shell.context.anchors.use(fit)


def test_the_boxes_of_the_open_folder_are_fitted_to(qtbot, shell: Shell):
    draw_poles(shell, shell.open(images=10))
    anchors, training = shell.context.anchors, shell.context.training
    with qtbot.waitSignal(anchors.found, timeout=30_000) as found:
        anchors.start()
        assert anchors.is_running
    assert not anchors.is_running
    fit: AnchorFit = found.args[0]
    assert fit.before == FAST.architecture
    assert fit.recall_before.boxes >= 35  # some of the ten images validate
    assert fit.recall_before.share == 0.0
    assert fit.recall_after.share == 1.0
    anchors.use(fit)
    assert training.plan.architecture == fit.after
    anchors.put_back()
    assert training.plan == FAST


def test_without_boxes_it_says_what_to_do(qtbot, shell: Shell):
    shell.open()
    with qtbot.waitSignal(shell.context.anchors.failed, timeout=30_000) as failed:
        shell.context.anchors.start()
    assert "Draw some boxes first" in failed.args[0]


def test_where_no_folder_is_open_nothing_begins(shell: Shell):
    shell.context.anchors.start()
    assert not shell.context.anchors.is_running


def test_another_folder_has_the_recipes_anchors(shell: Shell, tmp_path: Path):
    shell.open()
    use(shell)
    assert shell.context.anchors.is_fitted
    other = tmp_path / "other"
    other.mkdir()
    shell.context.document.open(other)
    assert not shell.context.anchors.is_fitted
    assert shell.context.training.plan.architecture == FAST.architecture


def test_the_same_folder_opened_again_keeps_its_anchors(shell: Shell):
    shell.open()
    use(shell)
    shell.context.document.open(shell.folder)
    assert shell.context.anchors.is_fitted


def test_what_else_was_planned_stays(shell: Shell):
    shell.open()
    training = shell.context.training
    training.choose(replace(training.plan, epochs=7, weights="none"))
    use(shell)
    assert (training.plan.epochs, training.plan.weights) == (7, "none")
    shell.context.anchors.put_back()
    assert training.plan == replace(FAST, epochs=7, weights="none")


def test_the_project_is_only_read(shell: Shell):
    draw_poles(shell, shell.open(images=6))
    shell.context.document.close()
    before = (shell.folder / ".fovea" / "project.db").read_bytes()
    (fit,) = fit_folder(shell.folder, FAST)
    assert fit.is_better
    assert (shell.folder / ".fovea" / "project.db").read_bytes() == before
