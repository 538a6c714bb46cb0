"""The plan's anchors: which they are, the way to fitted ones, and the way back."""

from __future__ import annotations

from app.panels.plan_anchors import FIT, FITTED, RECIPES, PlanAnchors
from app.widgets.anchor_dialog import AnchorDialog
from tests.app.shell import Shell
from tests.app.work.test_anchors import use


def offered(box: PlanAnchors) -> list[str]:
    return [box.itemData(row) for row in range(box.count())]


def choose(box: PlanAnchors, value: str) -> None:
    """As a click in the open list does."""
    row = box.findData(value)
    box.setCurrentIndex(row)
    box.activated.emit(row)


def test_without_a_folder_there_is_nothing_to_fit_to(qtbot, shell: Shell):
    box = PlanAnchors(shell.context)
    qtbot.addWidget(box)
    assert offered(box) == [RECIPES]
    shell.open()
    assert offered(box) == [RECIPES, FIT]


def test_fitted_anchors_are_shown_with_a_way_back(qtbot, shell: Shell):
    shell.open()
    box = PlanAnchors(shell.context)
    qtbot.addWidget(box)
    use(shell)
    assert box.currentText() == "Fitted to your boxes"
    assert offered(box) == [RECIPES, FITTED, FIT]
    choose(box, RECIPES)
    assert box.currentText() == "The recipe's"
    assert not shell.context.anchors.is_fitted


def test_fitting_opens_the_dialog_and_the_box_goes_on_showing_the_plan(qtbot, shell: Shell):
    shell.open()
    box = PlanAnchors(shell.context)
    qtbot.addWidget(box)
    choose(box, FIT)
    assert box.currentText() == "The recipe's"
    (dialog,) = box.window().findChildren(AnchorDialog)
    assert dialog.isVisible()
    with qtbot.waitSignal(shell.context.anchors.failed, timeout=30_000):  # there are no boxes
        pass
    dialog.reject()
