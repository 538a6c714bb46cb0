"""Measuring a model beside the window: the real steps on a real folder, and whose result is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.work.measures import Measured, NothingToMeasureError, measure_model
from model.data.project import Project
from model.records import (
    Architecture,
    Box,
    ClassesChange,
    Edit,
    LabelClass,
    Labels,
    LabelsChange,
    Progress,
    State,
)


def folder_with(tmp_path: Path, images: int) -> Path:
    from model.network.retinanet import RetinaNet
    from model.network.weights import Weights, save, state_of

    folder = tmp_path / "dots"
    folder.mkdir()
    tiny = Architecture("resnet18", channels=32, head_convs=1, short_side=64, long_side=64)
    with Project.open(folder) as project:
        ids = project.add_images([f"{n}.png" for n in range(images)], [(64, 64)] * images)
        project.apply(Edit("Add", (ClassesChange((), (LabelClass(1, "dot", "#808080"),)),)))
        for number, image in enumerate(ids):
            pixels = np.full((64, 64, 3), 90, np.uint8)
            QImage(pixels.data, 64, 64, 192, QImage.Format.Format_RGB888).save(str(folder / f"{number}.png"))
            labels = Labels((Box(5, 5, 40, 40, 1),), State.DONE)
            project.apply(Edit("Draw", (LabelsChange(image, project.labels(image), labels),)))
        save(Weights(tiny, ("dot",), state_of(RetinaNet(tiny, 1))), project.models_folder / "m.safetensors")
        project.add_model("m", "m.safetensors", "fast", ("dot",), None, None)
    return folder


def test_a_model_is_measured_on_the_images_kept_to_check_on(tmp_path: Path):
    folder = folder_with(tmp_path, 10)
    *steps, measured = measure_model(folder, folder / ".fovea" / "models" / "m.safetensors")
    assert isinstance(measured, Measured)
    assert measured.model == "m"
    metrics = measured.evaluation.metrics
    assert 1 <= metrics.images < 10  # the others were learned from
    assert metrics.per_class[0].boxes == metrics.images
    assert [step.done for step in steps if isinstance(step, Progress)][-1] == metrics.images


def test_an_image_that_cannot_be_read_is_told(tmp_path: Path):
    folder = folder_with(tmp_path, 10)
    for file in folder.glob("*.png"):
        file.write_bytes(b"no picture")
    *_, measured = measure_model(folder, folder / ".fovea" / "models" / "m.safetensors")
    assert isinstance(measured, Measured)
    assert measured.evaluation.metrics.images == 0
    assert measured.problems


def test_without_an_image_to_check_on_it_says_what_to_do(tmp_path: Path):
    folder = folder_with(tmp_path, 3)
    with pytest.raises(NothingToMeasureError, match="label more images"):
        list(measure_model(folder, folder / ".fovea" / "models" / "m.safetensors"))


def test_models_whose_file_is_gone_are_not_offered(qtbot, shell):
    shell.open()
    project = shell.context.document.project
    for name in ("a", "b"):
        (project.models_folder / f"{name}.safetensors").write_bytes(b"")
        project.add_model(name, f"{name}.safetensors", "fast", ("dot",), None, None)
    (project.models_folder / "b.safetensors").unlink()
    assert [row.name for row in shell.context.measures.models()] == ["a"]


def test_where_no_folder_is_open_there_are_no_models(shell):
    assert shell.context.measures.models() == ()
