"""The model card: what it says, and that it is whole or not there."""

from __future__ import annotations

import importlib.metadata
from dataclasses import replace
from pathlib import Path

import pytest

from model.data.digest import digest
from model.data.project import Project
from model.data.runs import interrupted_run, model_file
from model.records import LabelClass
from model.training.card import RunFacts, card, card_file, write_card
from model.training.presets import preset
from tests.model.training.measures.drawn import findings

NAME = "20260101-120000-fast.safetensors"
TOLD = findings()
RUN = RunFacts(
    replace(preset("fast"), learning_rate=0.003, mosaic=0.5),
    TOLD.snapshot.classes, TOLD.images[10:], TOLD.images[:10], "cpu", "bfloat16",
    epochs=7, steps=350, seconds=125.0, evaluation=TOLD.evaluation(), measured_step=340,
    notes=("3 boxes are too thin.",), reason="The AP had not risen for 5 epochs.",
)  # fmt: skip


def rows(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "|" in line
    ]


def row(text: str, first: str) -> list[str]:
    (found,) = [cells for cells in rows(text) if cells[0] == first]
    return found


def test_it_tells_what_a_model_was_trained_on() -> None:
    text = card(NAME, RUN)
    assert digest(TOLD.snapshot.classes, TOLD.images) in text
    for c in TOLD.snapshot.classes[:-1]:
        in_train = sum(box.label == c.id and not box.ignore for i in TOLD.images[10:] for box in i.boxes)
        assert f"| {c.name} | {in_train} |" in text
    assert row(text, "images")[1:] == ["30", "", "10", ""]


def test_it_has_all_measures_thresholds_and_each_class() -> None:
    text, evaluation = card(NAME, RUN), TOLD.evaluation()
    metrics, best = evaluation.metrics, evaluation.threshold
    assert best is not None
    assert row(text, "AP small")[1] == f"{metrics.ap_small:.3f}"
    assert row(text, "VOC07 AP")[1] == f"{metrics.voc07_ap:.3f}"
    assert row(text, "all classes")[1:] == [
        f"{v:.3f}" for v in (best.score, best.precision, best.recall, best.f1)
    ]
    measured = [r for r in rows(text) if len(r) == 7]
    assert [r[0] for r in measured[2:]] == [c.name for c in metrics.per_class]
    assert measured[-1][2:] == ["–"] * 5  # the class that no image holds
    assert "after step 340" in text


def test_it_marks_the_settings_that_differ_from_the_recipe() -> None:
    text = card(NAME, RUN)
    marked = {r[1].strip("*"): r[2:] for r in rows(text) if len(r) == 4 and r[1].startswith("**")}
    assert marked == {"Learning rate": ["**0.003**", "0.0005"], "Mosaic": ["**0.5**", "0"]}
    assert ["Architecture", "Backbone", "resnet18", ""] in rows(text)


def test_it_tells_how_why_and_with_what() -> None:
    text = card(NAME, RUN)
    assert row(text, "Trained")[1] == "7 epochs, 350 steps, 2.1 min"
    assert row(text, "On")[1] == "cpu, bfloat16"
    assert row(text, "Started from")[1] == "starter: Starter weights; licence: MIT"
    assert row(text, "Ended early")[1] == "The AP had not risen for 5 epochs."
    assert row(text, "torch")[1] == importlib.metadata.version("torch")
    assert "- 3 boxes are too thin." in text


@pytest.mark.parametrize(
    ("weights", "said"),
    [("none", "none"), ("mine.pth", "its licence is not known here"), ("coco_v2", "licence:")],
)
def test_it_tells_the_licence_of_what_it_started_from(weights: str, said: str) -> None:
    run = replace(RUN, settings=replace(preset("accurate"), weights=weights))
    assert said in row(card(NAME, run), "Started from")[1]


def test_a_run_without_validation_images_has_a_card_too() -> None:
    text = card(NAME, replace(RUN, val=(), evaluation=None))
    assert "nothing was measured" in text
    assert "| AP50 |" not in text


def test_a_name_that_would_end_a_cell_does_not() -> None:
    strange = LabelClass(TOLD.snapshot.classes[0].id, "a|b\nc", "#000000")
    text = card(NAME, replace(RUN, classes=(strange, *TOLD.snapshot.classes[1:]), evaluation=None))
    assert "| a\\|b c |" in text


def test_it_lies_beside_the_weights_and_is_taken_for_nothing_else(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        weights = project.models_folder / NAME
        weights.write_bytes(b"")
        assert write_card(weights, RUN) == card_file(weights) == weights.with_suffix(".md")
        write_card(weights, replace(RUN, epochs=8))
        assert "8 epochs" in card_file(weights).read_text("utf-8")
        assert sorted(p.name for p in weights.parent.iterdir()) == [card_file(weights).name, NAME]
        project.add_model(weights.stem, weights.name, "fast", ("a",), None, None)
        assert model_file(project, None) == weights
        assert interrupted_run(project.models_folder) is None
