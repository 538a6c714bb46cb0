"""What a person says of an image, from the project to the loss: nothing here, ignore this, no such thing there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.data.project import Project
from model.network.anchors import anchors_for
from model.network.criterion import Criterion
from model.network.matching import pad
from model.network.retinanet import Outputs
from model.network.roles import Role
from model.records import (
    Box,
    ClassesChange,
    Detection,
    Edit,
    LabelledImage,
    Labels,
    LabelsChange,
    Snapshot,
    State,
    Verdict,
)
from model.training.augmentations.augmentation import Sample
from model.training.dataset import Loader, Unreadable, batches
from model.training.errors import TrainingError
from model.training.pixels import PixelCache
from model.training.sampling import order_of
from model.training.selection import select
from tests.model.training.scenes import DISC, SETTINGS, SQUARE, TINY, draw

PLAIN = replace(SETTINGS, flip=0.0, scale_jitter=(1.0, 1.0))
AREA, FOUND = Box(0, 0, 64, 96, SQUARE.id, ignore=True), Detection(70, 20, 110, 60, "disc", 0.7)


def project_of(folder: Path, *said: Labels, rejected: int | None = None) -> Snapshot:
    """A project with an image for each; of the one with this number a proposal was rejected."""
    for number in range(len(said)):
        draw(folder, number)
    with Project.open(folder) as project:
        ids = project.add_images([f"{n}.png" for n in range(len(said))], [(128, 96)] * len(said))
        project.apply(Edit("Classes", (ClassesChange((), (SQUARE, DISC)),)))
        project.apply(
            Edit("Say", tuple(LabelsChange(i, Labels(), one) for i, one in zip(ids, said, strict=True)))
        )
        if rejected is not None:
            project.add_verdicts(ids[rejected], (FOUND,), Verdict.REJECTED)
        return project.snapshot()


def thing(number: int) -> Box:
    return Box(10, 10, 50, 50, SQUARE.id, uid=number)


def samples(snapshot: Snapshot) -> dict[str, Sample]:
    """Those of an epoch, by the path of their image."""
    train = select(snapshot, PLAIN).train
    order = order_of(train, PLAIN, epoch=0)
    loader = Loader(snapshot, PLAIN, PixelCache(TINY, 1 << 24), train)
    images = [image for batch in order for image, _ in batch]
    read = [sample for batch in batches(loader, order, Unreadable()) for sample in batch]
    return {image.path: sample for image, sample in zip(images, read, strict=True)}


def losses(sample: Sample, rejected_weight: float = 1.0) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """The losses of a network that is sure of nothing, and the gradient of its logits (A, K)."""
    anchors = anchors_for(sample.size, TINY)
    logits = torch.zeros(1, len(anchors), 2, requires_grad=True)
    said = Outputs(logits, torch.zeros(1, len(anchors), 4))
    told = Criterion(rejected_weight=rejected_weight)(
        said, anchors, pad([(sample.boxes, sample.labels, sample.roles)])
    )
    told["class"].backward()
    return told, logits.grad[0]


def test_an_image_with_nothing_here_is_in_the_batches_and_all_of_it_is_background(tmp_path: Path) -> None:
    shown = samples(project_of(tmp_path, Labels((thing(1),)), Labels((), State.EMPTY), Labels()))
    assert set(shown) == {"0.png", "1.png"}  # of the third nobody has said anything
    assert len(shown["1.png"].boxes) == 0
    told, gradient = losses(shown["1.png"])
    assert told["class"] > 0
    assert told["box"] == 0
    assert (gradient > 0).all()  # every anchor is taught to be less sure, of every class


def test_an_image_done_without_boxes_is_background_too(tmp_path: Path) -> None:
    shown = samples(project_of(tmp_path, Labels((thing(1),)), Labels((), State.DONE)))
    assert set(shown) == {"0.png", "1.png"}


def test_an_area_to_ignore_is_a_region_and_its_inside_is_not_punished(tmp_path: Path) -> None:
    shown = samples(project_of(tmp_path, Labels((thing(1),)), Labels((AREA,), State.DONE)))
    assert shown["1.png"].roles.tolist() == [Role.REGION]
    _, gradient = losses(shown["1.png"])
    anchors = anchors_for(shown["1.png"].size, TINY)
    inside = ((anchors[:, :2] >= 0) & (anchors[:, 2:] <= torch.tensor([64, 96]))).all(dim=1)
    assert inside.any()
    assert (gradient[inside] == 0).all()
    assert (gradient[anchors[:, 0] >= 64] > 0).all()


def test_an_image_to_do_with_areas_or_rejections_alone_is_not_learned(tmp_path: Path) -> None:
    snapshot = project_of(tmp_path, Labels((thing(1),)), Labels((AREA,)), Labels(), rejected=2)
    assert set(samples(snapshot)) == {"0.png"}


def test_a_rejected_proposal_is_a_hard_negative_of_an_image_that_is_learned(tmp_path: Path) -> None:
    shown = samples(project_of(tmp_path, Labels((thing(1),)), Labels((), State.EMPTY), rejected=1))
    sample = shown["1.png"]
    assert sample.roles.tolist() == [Role.REJECTED]
    assert sample.boxes.tolist() == [list(FOUND.xyxy)]
    (_, once), (_, four_times) = losses(sample), losses(sample, rejected_weight=4.0)
    ratio = four_times / once
    assert set(ratio.unique().tolist()) == {1.0, 4.0}


def test_only_areas_are_nothing_to_learn_from(tmp_path: Path) -> None:
    image = LabelledImage(1, "1.png", 128, 96, Labels((AREA,), State.DONE))
    snapshot = Snapshot(tmp_path, (SQUARE, DISC), (image,))
    with pytest.raises(TrainingError, match="no image has a box"):
        select(snapshot, PLAIN)


def test_a_class_that_few_images_have_is_told(tmp_path: Path) -> None:
    images = [
        LabelledImage(
            n, f"{n}.png", 128, 96, Labels((Box(0, 0, 9, 9, (DISC if n == 7 else SQUARE).id),)), "train"
        )
        for n in range(40)
    ]
    snapshot = Snapshot(tmp_path, (SQUARE, DISC), tuple(images))
    assert any(note.startswith("disc is on 1 of 40 images.") for note in select(snapshot, SETTINGS).notes)
    repeating = replace(SETTINGS, repeat_rare=0.1)
    (note,) = (n for n in select(snapshot, repeating).notes if "rare" in n)
    assert note == "Images of rare classes are shown more often: disc 2.0 times."
