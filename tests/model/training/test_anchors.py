"""Which boxes anchors are fitted to, and what is told of it; on real data, that it helps."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from model.data.exchange import import_voc
from model.data.images import encode_jpeg
from model.data.project import Project
from model.data.scan import scan
from model.network.anchor_fit import FEWEST_BOXES
from model.records import Box, LabelClass, LabelledImage, Labels, Snapshot
from model.training.anchors import fit_anchors
from model.training.errors import TrainingError
from model.training.presets import ACCURATE, FAST

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
CLASSES = (
    LabelClass(4, "pole", "#e69f00"),
    LabelClass(7, "plate", "#56b4e9"),
    LabelClass(9, "none", "#009e73"),
)


def image(
    number: int, *boxes: Box, split: str = "train", size: tuple[int, int] = (640, 480)
) -> LabelledImage:
    return LabelledImage(number, f"{number}.jpg", *size, Labels(boxes), split)


def poles(number: int) -> tuple[Box, ...]:
    """Boxes of 24 x 144 px, of ratio 6: at 320 px they are 12 x 72."""
    return tuple(Box(90 * n, 50 + number, 90 * n + 24, 194 + number, 4) for n in range(6))


def snapshot(*images: LabelledImage, folder: Path = Path("nowhere")) -> Snapshot:
    """With an image that validates, so that the others train."""
    return Snapshot(folder, CLASSES, (*images, image(100, Box(0, 0, 200, 200, 4), split="val")))


TRAINING = tuple(image(n, *poles(n)) for n in range(1, 11))


def test_boxes_count_as_large_as_the_recipe_resizes_them():
    fit = fit_anchors(snapshot(*TRAINING), FAST)
    assert set(fit.box_shapes) == {(12.0, 72.0)}
    assert (fit.recall_before.boxes, fit.recall_before.met) == (60, 0)  # ratio 2 cannot meet ratio 6
    assert fit.recall_after.share == 1.0
    assert fit.is_better
    assert fit.before == FAST.architecture
    assert len(fit.anchor_shapes_before) == len(fit.anchor_shapes_after) == 45
    assert "box subnet" in fit.note


@pytest.mark.parametrize(
    "left_out",
    [
        image(99, *poles(1), split="val"),
        image(99, *poles(1), split="test"),
        image(99, *(replace(box, difficult=True) for box in poles(1))),
        image(99, *(replace(box, label=5) for box in poles(1))),  # of a class that is no longer there
        image(99, Box(10, 10, 10, 50, 4), Box(10, 10, 50, 10, 4), Box(float("nan"), 10, 50, 50, 4)),
        image(99, Box(700, 10, 800, 50, 4)),  # beside the picture
        image(99, Box(10, 10, 13, 200, 4)),  # 1.5 px wide at 320 px: nothing to learn
        image(99, *poles(1), size=(0, 0)),  # not there to be measured
    ],
    ids=["validation", "test", "difficult", "no class", "no area", "outside", "thin", "unreadable"],
)
def test_what_does_not_train_does_not_count(left_out: LabelledImage):
    fit = fit_anchors(snapshot(*TRAINING, left_out), FAST)
    alone = fit_anchors(snapshot(*TRAINING), FAST)
    assert (fit.recall_before, fit.after) == (alone.recall_before, alone.after)


def test_what_reaches_over_the_edge_counts_as_far_as_it_is_seen():
    fit = fit_anchors(snapshot(image(1, Box(-100, 10, 24, 154, 4))), FAST)
    assert fit.box_shapes == ((12.0, 72.0),)


def test_an_image_not_opened_yet_is_measured(tmp_path: Path):
    import numpy as np

    (tmp_path / "1.jpg").write_bytes(encode_jpeg(np.zeros((480, 640, 3), np.uint8)))
    fit = fit_anchors(snapshot(image(1, *poles(1), size=(0, 0)), folder=tmp_path), FAST)
    assert set(fit.box_shapes) == {(12.0, 72.0)}


def test_each_class_with_boxes_is_told_by_itself():
    squares = image(20, *(Box(x, 100, x + 64, 164, 7) for x in range(0, 500, 70)))
    fit = fit_anchors(snapshot(*TRAINING, squares), FAST)
    told = {c.name: (c.before.met, c.before.boxes) for c in fit.per_class}
    assert told == {"pole": (0, 60), "plate": (8, 8)}
    assert sum(c.after.met for c in fit.per_class) == fit.recall_after.met


def test_few_boxes_are_said_to_be_few():
    fit = fit_anchors(snapshot(image(1, *poles(1))), FAST)
    assert fit.after == fit.before == FAST.architecture
    assert fit.recall_after == fit.recall_before
    assert not fit.is_better
    assert fit.note.startswith(
        f"6 boxes to learn from are too few to fit anchors to: it takes {FEWEST_BOXES}."
    )


def test_without_boxes_it_says_what_to_do():
    with pytest.raises(TrainingError, match="Draw some boxes"):
        fit_anchors(Snapshot(Path("nowhere"), CLASSES, (image(1),)), FAST)


@pytest.fixture(params=["license_plates_odd", "microcontrollers", "bccd"])
def real(request, tmp_path: Path) -> Snapshot:
    """A data set of ours as training would see it; images as links, labels imported."""
    source = SHARED / request.param
    if not source.is_dir():
        pytest.skip(f"the shared data set {request.param} is not here")
    folder = tmp_path / request.param
    shutil.copytree(source, folder, copy_function=lambda a, b: Path(b).symlink_to(a))
    with Project.open(folder) as project:
        for steps in (scan(project), import_voc(project)):
            for _ in steps:
                pass
        return project.snapshot()


@pytest.mark.parametrize("settings", [FAST, ACCURATE], ids=["fast", "accurate"])
def test_real_boxes_get_closer_anchors(real: Snapshot, settings):
    fit = fit_anchors(real, settings)
    before, after = fit.recall_before, fit.recall_after
    if real.folder.name == "license_plates_odd":  # 7 boxes
        assert not fit.is_better
        return
    assert fit.is_better
    assert after.share >= before.share
    assert after.share > 0.99
    assert after.mean_iou > before.mean_iou + 0.02
