"""The detections panel shows the session's proposals; the slider filters and runs nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.panels.detections import PANEL, DetectionsPanel
from model.records import ModelRow, Verdict
from tests.app.panels.fakes import detection

RAW = (
    detection("bolt", 0.93, 0),
    detection("bolt", 0.71, 1),
    detection("nut", 0.55, 2),
    detection("washer", 0.30, 3),
)


@pytest.fixture
def context(work_context):
    work_context.session.show(0)
    work_context.session.set_detections(0, RAW)
    return work_context


@pytest.fixture
def panel(qtbot, context):
    panel = DetectionsPanel(context)
    qtbot.addWidget(panel)
    panel.resize(300, 420)
    panel.show()
    context.detection.use_starter()
    qtbot.waitUntil(lambda: context.detection.model == "starter", timeout=5000)
    return panel


def listed(panel: DetectionsPanel) -> list[str]:
    model = panel._list.model()
    return [model.index(row).data() for row in range(model.rowCount())]


def test_it_is_a_panel():
    assert (PANEL.name, PANEL.area, PANEL.make) == ("detections", "right", DetectionsPanel)


def test_it_lists_what_is_above_the_threshold_best_first(panel):
    assert listed(panel) == ["bolt 0.93", "bolt 0.71", "nut 0.55"]
    assert panel._summary.text() == "3 proposals: bolt 2 · nut 1"
    assert panel._accept_all.text() == "Accept 3 (Shift+Enter)"


def test_the_slider_filters_without_asking_the_detector(panel, context):
    asked = context.detector.asked
    panel._slider.set_value(0.8)
    assert context.session.threshold == 0.8
    assert listed(panel) == ["bolt 0.93"]
    panel._slider.set_value(0.2)
    assert len(listed(panel)) == 4
    assert context.detector.asked == asked


def test_a_threshold_set_by_key_moves_the_slider(panel, context):
    context.session.set_threshold(0.65)
    assert panel._slider.value == 0.65
    assert listed(panel) == ["bolt 0.93", "bolt 0.71"]


def test_it_says_which_weights_look_and_what_they_know(panel):
    assert panel._model.text() == "Starter weights"
    assert panel._knows.text() == "Knows bolt, nut, washer."


def test_choosing_a_row_selects_the_proposal_and_the_other_way_round(qtbot, panel, context):
    view = panel._list
    qtbot.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.model().index(1)).center()
    )
    assert context.session.proposal == RAW[1]
    context.session.select_proposal(RAW[2])
    assert view.currentIndex().row() == 2
    context.session.select_proposal(None)
    assert not view.selectionModel().hasSelection()


def test_enter_accepts_the_selected_proposal_as_one_edit(qtbot, panel, context):
    context.session.select_proposal(RAW[0])
    qtbot.keyClick(panel._list, Qt.Key.Key_Return)
    assert [box.xyxy for box in context.document.boxes(0)] == [RAW[0].xyxy]
    assert len(context.document.edits) == 1
    assert "bolt 0.93" not in listed(panel)


def test_backspace_rejects_it_for_good(qtbot, panel, context):
    context.session.select_proposal(RAW[0])
    qtbot.keyClick(panel._list, Qt.Key.Key_Backspace)
    assert "bolt 0.93" not in listed(panel)
    assert context.document.project.verdicts == [(0, (RAW[0],), Verdict.REJECTED)]
    context.session.set_detections(0, RAW)
    assert "bolt 0.93" not in listed(panel)


def test_shift_enter_and_the_button_accept_all_shown_as_one_step(qtbot, panel, context):
    qtbot.keyClick(panel._list, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert len(context.document.boxes(0)) == 3
    assert len(context.document.edits) == 1
    assert not panel._accept_all.isEnabled()
    panel._slider.set_value(0.1)
    qtbot.mouseClick(panel._accept_all, Qt.MouseButton.LeftButton)
    assert len(context.document.boxes(0)) == 4


def test_the_buttons_are_off_while_nothing_is_selected_or_shown(panel, context):
    assert not panel._accept.isEnabled()
    context.session.select_proposal(RAW[0])
    assert panel._accept.isEnabled()
    assert panel._reject.isEnabled()
    panel._slider.set_value(0.99)
    assert not panel._accept.isEnabled()
    assert not panel._accept_all.isEnabled()
    assert panel._summary.text() == "No proposals: the best score here is 0.93."


def test_where_all_is_said_there_is_no_proposal_left(panel, context):
    for proposal in RAW[:3]:
        context.session.select_proposal(proposal)
        context.review.reject_one()
    assert listed(panel) == []
    assert panel._summary.text() == "No proposals left: what it sees here is labelled or rejected."


def test_live_is_the_sessions(qtbot, panel, context):
    qtbot.mouseClick(panel._live, Qt.MouseButton.LeftButton)
    assert not context.session.live
    assert listed(panel) == []
    assert panel._summary.text() == "Live detection is off."
    context.session.set_live(True)
    assert panel._live.isChecked()


def test_the_menu_offers_the_projects_models_and_the_starter(panel, context):
    model = ModelRow(1, "20251120-fast", "20251120-fast.safetensors", "2025", "fast", ("bolt",), 0.714, 0.9)
    context.document.project.rows = (model,)
    (context.document.folder / model.file).write_bytes(b"weights")
    panel._fill_menu()
    actions = [action for action in panel._model.menu().actions() if not action.isSeparator()]
    assert [action.text() for action in actions] == [
        "20251120-fast    AP 0.71",
        "Starter weights",
        "Choose a file…",
    ]
    actions[0].trigger()
    assert context.detection.loading == "20251120-fast"


def test_it_fits_a_narrow_dock(panel):
    assert panel.minimumSizeHint().width() <= 256
