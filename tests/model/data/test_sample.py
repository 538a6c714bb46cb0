"""The projects that the program draws: the same for everyone, with boxes that are right to the pixel."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

from model.data import scenes
from model.data.images import read_image
from model.data.project import Project
from model.data.sample import draw_sample
from model.data.scenes import hardware
from model.data.scenes.scene import Painted, Scene
from model.data.scenes.varied import SCENE as VARIED
from model.data.scenes.workbench import SCENE as WORKBENCH
from model.discover import discover
from model.records import Progress, State

every_scene = pytest.mark.parametrize("scene", discover(scenes, "SCENE"), ids=attrgetter("name"))


def paint(scene: Scene, *seed: int) -> Painted:
    return scene.paint(np.random.default_rng(seed))


@every_scene
def test_a_scene_is_the_same_from_the_same_seed(scene: Scene) -> None:
    first, second, other = paint(scene, 3, 1), paint(scene, 3, 1), paint(scene, 3, 2)
    assert (first[0] == second[0]).all()
    assert first[1] == second[1]
    assert (first[0] != other[0]).any()


@every_scene
def test_boxes_lie_in_the_picture_and_name_the_scene_s_classes(scene: Scene) -> None:
    for number in range(3 if scene is WORKBENCH else 30):
        pixels, objects = paint(scene, 5, number)
        height, width = pixels.shape[:2]
        assert pixels.dtype == np.uint8
        assert objects, "a picture without objects teaches nothing"
        for name, (xmin, ymin, xmax, ymax) in objects:
            assert name in scene.classes
            assert 0 <= xmin < xmax <= width
            assert 0 <= ymin < ymax <= height


def test_every_class_of_the_varied_scenes_turns_up() -> None:
    names = {name for number in range(40) for name, _ in paint(VARIED, 6, number)[1]}
    assert names == set(VARIED.classes)
    assert len(VARIED.classes) == 12


@every_scene
def test_a_box_is_tight_around_what_is_drawn(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One object on a flat bench without shadow, light or grain: what differs is the object."""
    module = __import__(scene.paint.__module__, fromlist=["x"])
    if scene is WORKBENCH:
        monkeypatch.setattr(module, "OBJECTS", (1, 2))
        monkeypatch.setattr(module, "SURFACES", (lambda rng, size: np.full((*size, 3), 300, np.float32),))
        monkeypatch.setattr(module, "_cast", lambda *_: None)
        monkeypatch.setattr(module, "_photograph", lambda rng, picture, light: picture)
        bench = 300 / 255
    else:
        monkeypatch.setattr(module, "MOST_OBJECTS", 1)
        monkeypatch.setattr(module, "_background", lambda rng: np.full((256, 320, 3), 300, np.float32))
        monkeypatch.setattr(module, "_shadow", lambda *_: None)
        monkeypatch.setattr(module, "_photograph", lambda rng, picture: picture)
        bench = 300.0
    for number in range(4 if scene is WORKBENCH else 20):
        picture, ((_, box),) = paint(scene, 7, number)
        share = np.abs(np.asarray(picture, np.float32) - bench).max(axis=2)
        rows, columns = np.flatnonzero(share.max(axis=1) > 1e-4), np.flatnonzero(share.max(axis=0) > 1e-4)
        drawn = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        assert np.abs(np.array(box) - drawn).max() <= 2, (number, box, drawn)  # edges are soft


@pytest.mark.parametrize("name", hardware.PARTS)
def test_a_part_fits_the_patch_that_it_is_drawn_on(name: str) -> None:
    """A head wider than its patch would be cut off straight."""
    kind = hardware.PARTS[name]
    y, x = np.mgrid[-120:121, -120:121].astype(np.float32)
    for seed in range(30):
        alpha = kind.make(np.random.default_rng(seed), x, y, 200.0).alpha
        assert np.abs(y[alpha > 0]).max() <= 100 * kind.breadth + 3
        assert np.abs(x[alpha > 0]).max() <= 103


# ------------------------------------------------------------------------------------------ projects


def drawn(folder: Path, images: int, scene: str = "varied", seed: int = 0) -> Path:
    steps = list(draw_sample(folder, images, seed, scene))
    assert [step.done for step in steps] == list(range(images + 1))
    assert steps[-1] == Progress(images, images)
    return folder


def test_a_project_is_drawn_ready_for_training(tmp_path: Path) -> None:
    with Project.open(drawn(tmp_path / "new" / "sample", 6), create=False) as project:
        assert [c.name for c in project.classes()] == list(VARIED.classes)
        for image in project.images():
            assert image.state is State.DONE
            assert read_image(project.folder / image.path).shape == (image.height, image.width, 3)
        painted = paint(VARIED, 0, 0)[1]  # seed, number
        names = {c.id: c.name for c in project.classes()}
        boxes = project.labels(project.images()[0].id).boxes
        assert [(names[box.label], box.xyxy) for box in boxes] == painted


def test_the_workbench_leaves_a_third_to_the_person(tmp_path: Path) -> None:
    with Project.open(drawn(tmp_path / "sample", 3, "workbench"), create=False) as project:
        assert [c.name for c in project.classes()] == ["bolt", "nut", "washer"]
        assert [i.state for i in project.images()] == [State.DONE, State.DONE, State.TO_DO]
        assert {(i.width, i.height) for i in project.images()} == {(640, 480)}


def test_the_same_seed_draws_the_same_files_however_many(tmp_path: Path) -> None:
    few, many = drawn(tmp_path / "few", 3), drawn(tmp_path / "many", 5)
    other = drawn(tmp_path / "other", 3, seed=1)
    for number in (1, 2, 3):
        name = f"scene_{number}.jpg"
        assert (few / name).read_bytes() == (many / name).read_bytes()
        assert (few / name).read_bytes() != (other / name).read_bytes()


def test_drawing_that_was_stopped_leaves_no_project_and_can_be_repeated(tmp_path: Path) -> None:
    steps = draw_sample(tmp_path, 4, scenes="varied")
    for _ in range(3):
        next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert not (tmp_path / ".fovea").exists()
    drawn(tmp_path, 4)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    drawn(tmp_path / "sample", 1)
    with pytest.raises(ValueError, match="holds a project already"):
        drawn(tmp_path / "sample", 1)
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(ValueError, match=r"is not empty: holiday\.jpg|is not empty: sample"):
        drawn(tmp_path, 1)
    with pytest.raises(ValueError, match="is a file"):
        drawn(tmp_path / "holiday.jpg", 1)


def test_unknown_scenes_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no scenes “beach”; there are varied, workbench\."):
        drawn(tmp_path / "sample", 1, "beach")
