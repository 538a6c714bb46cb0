"""What a run can start from: where it comes from, its size, licence and figure, and whether it must come first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.panels.plan_start import PlanStart
from model.network.sources.source import Figure, Source
from model.records import Architecture, ModelRow
from tests.app.panels.fakes import PAPER

STARTER = Source(
    "starter", "Starter weights", "", Path("starter.safetensors"), 13_499_024, 13_000_000, "MIT", "", ("disc",),
    Figure("AP on drawn scenes", 0.203), "", ("resnet18",), Architecture("resnet18", 128),
)  # fmt: skip
COCO = Source(
    "coco", "COCO weights", "https://example.org/coco-eeacb38b.pth", Path("coco-eeacb38b.pth"), 136_594_850,
    34_014_999, "BSD-3-Clause", "May carry terms of COCO.", ("person",), Figure("COCO box AP", 0.364), "eeacb38b",
    ("resnet50",), Architecture("resnet50"),
)  # fmt: skip
RESNET18 = replace(COCO, name="imagenet", backbones=("resnet18",), size=46_830_453, architecture=None)


@pytest.fixture
def here(tmp_path) -> Path:
    file = tmp_path / "here.pth"
    file.write_bytes(b"weights")
    return file


@pytest.fixture
def start(qtbot, work_context, here):
    work_context.sources += [
        replace(STARTER, file=here),
        COCO,
        RESNET18,
        replace(RESNET18, backbones=("resnet34",)),
    ]
    start = PlanStart(work_context)
    qtbot.addWidget(start)
    return start


def shown(start: PlanStart) -> dict[str, tuple[str, bool, bool]]:
    """Weights -> tooltip, whether it can be chosen, whether it bears the sign of a download."""
    box = start
    return {
        box.itemData(row): (
            box.itemData(row, Qt.ItemDataRole.ToolTipRole) or "",
            bool(box.model().flags(box.model().index(row, 0)) & Qt.ItemFlag.ItemIsEnabled),
            not box.itemIcon(row).isNull(),
        )
        for row in range(box.count())
    }


def test_before_torch_is_there_the_kinds_are_shown_in_words(start):
    assert list(shown(start)) == ["starter", "coco", "coco_v2", "imagenet", "none", "choose"]
    assert start.currentText() == "Starter weights"
    assert start.line.text() == "Learned from drawn scenes; they come with the program."
    assert all(can_be_chosen for _, can_be_chosen, _ in shown(start).values())


def test_then_size_figure_and_licence_are_told(start, work_context):
    work_context.training.on_devices_known(("cpu",))
    assert start.line.text() == (
        "Learned from drawn scenes; they come with the program. 13 MB. AP on drawn scenes 0.203. Licence: MIT."
    )
    tooltip, can_be_chosen, is_download = shown(start)["imagenet"]
    assert "47 MB from torchvision, downloaded first. COCO box AP 0.364. Licence: BSD-3-Clause" in tooltip
    assert "May carry terms of COCO." in tooltip
    assert "https://example.org/coco-eeacb38b.pth" in tooltip
    assert (can_be_chosen, is_download) == (True, True)
    assert not shown(start)["starter"][2]


def test_what_is_here_needs_no_download(start, work_context, here):
    work_context.sources[2] = replace(RESNET18, file=here)
    work_context.training.on_devices_known(("cpu",))
    tooltip, _, is_download = shown(start)["imagenet"]
    assert "47 MB from torchvision, on this machine already." in tooltip
    assert not is_download


def test_what_fits_another_network_cannot_be_chosen_and_says_why(start, work_context):
    work_context.training.on_devices_known(("cpu",))
    tooltip, can_be_chosen, _ = shown(start)["coco"]
    assert not can_be_chosen
    assert "Only for ResNet-50; this recipe has ResNet-18." in tooltip
    work_context.training.choose(replace(PAPER, weights="coco"))
    assert shown(start)["coco"][1]
    assert not shown(start)["starter"][1]
    assert start.line.text().endswith("Licence: BSD-3-Clause. Its data's terms may apply.")
    assert "this recipe" not in start.line.text()
    assert "137 MB from torchvision, downloaded first." in start.line.text()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"channels": 128}, "Only its backbone fits this recipe."),
        ({"head_norm": "group"}, "Its heads do not fit this recipe."),
        ({"anchor_ratios": (1.0,)}, "Its heads do not fit this recipe."),
    ],
)
def test_what_fits_in_part_says_so(start, work_context, change, said):
    work_context.training.on_devices_known(("cpu",))
    architecture = replace(PAPER.architecture, **change)
    work_context.training.choose(replace(PAPER, weights="coco", architecture=architecture))
    assert said in start.line.text()
    assert shown(start)["coco"][1]


def test_a_starter_that_is_missing_is_told(start, work_context, tmp_path):
    gone = tmp_path / "starter.safetensors"
    work_context.sources[0] = replace(STARTER, file=gone, backbones=())
    work_context.training.on_devices_known(("cpu",))
    assert start.line.text() == f"{gone} is missing. Install Fovea again."


def test_a_choice_is_the_plans(start, work_context):
    row = start.findData("none")
    start.setCurrentIndex(row)
    start.activated.emit(row)
    assert work_context.training.plan.weights == "none"
    assert start.line.text() == "Learns everything from your images; needs very many."


def test_models_of_the_project_are_offered(start, work_context, tmp_path):
    work_context.document.project.rows = (
        ModelRow(1, "mine", "mine.safetensors", "", "fast", (), None, None),
    )
    start.refresh()
    assert start.findData(str(tmp_path / "mine.safetensors")) == start.count() - 2


def test_a_file_of_pytorchs_can_be_chosen(start, work_context, monkeypatch):
    asked: list[str] = []

    def answer(parent, title, folder, kinds) -> tuple[str, str]:
        asked.append(kinds)
        return "/elsewhere/mine.pth", ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    start.activated.emit(start.findData("choose"))
    assert work_context.training.plan.weights == "/elsewhere/mine.pth"
    assert start.currentText() == "mine.pth"
    assert all(f"*{suffix}" in asked[0] for suffix in (".safetensors", ".pth", ".pt"))


def test_choosing_no_file_changes_nothing(start, work_context, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: ("", ""))
    row = start.findData("choose")
    start.setCurrentIndex(row)
    start.activated.emit(row)
    assert work_context.training.plan.weights == "starter"
    assert start.currentText() == "Starter weights"
