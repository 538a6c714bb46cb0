"""Real data sets with their known defects, in and out: the counts are those of their own descriptions."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from model.data.exchange import export_voc
from model.data.formats import voc
from model.data.project import Project
from tests.model.data.folders import detection_set, exported, imported, opened, reasons

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], Path]:
    def copy(name: str) -> Path:
        if not (SHARED / name).is_dir():
            pytest.skip(f"the shared data set {name} is not here")
        target = tmp_path / name
        shutil.copytree(SHARED / name, target, copy_function=shutil.copyfile)
        for path in (target, *target.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return target

    return copy


def class_counts(project: Project) -> dict[str, int]:
    counts = project.class_counts()
    return {c.name: counts[c.id] for c in project.classes()}


def test_blood_cells(copied: Callable[[str], Path], tmp_path: Path) -> None:
    with opened(copied("bccd")) as project:
        report = imported(project)
        assert (report.images, report.boxes, report.classes) == (364, 4886, ("RBC", "WBC", "Platelets"))
        assert reasons(report) == [
            "Annotations/BloodImage_00338.xml: object 13 (RBC) was left out: it is a single point, 504, 337",
            "Annotations/BloodImage_00343.xml: object 4 (RBC) was left out: it is a single point, 181, 329",
        ]
        assert class_counts(project) == {"RBC": 4155 - 2, "WBC": 372, "Platelets": 361}
        assert Counter(i.split for i in project.images()) == {"train": 205, "val": 87, "test": 72}
        assert {(i.width, i.height) for i in project.images()} == {(640, 480)}
        # a few of them out again: the whole set would mean some thousand flushes to the disk
        snapshot = project.snapshot()
    list(export_voc(replace(snapshot, images=snapshot.images[::12]), tmp_path / "out"))
    found = detection_set(tmp_path / "out")
    assert len(found) > 15
    for image, target in found:
        assert image.size == (640, 480)
        name = target["annotation"]["filename"].replace(".jpg", ".xml")
        original = voc.read((tmp_path / "bccd" / "Annotations" / name).read_bytes(), name)
        corners = [
            tuple(int(v) for v in o["bndbox"].values()) for o in target["annotation"].get("object", [])
        ]
        assert corners == [o.written for o in original.objects if o.written[:2] != o.written[2:]]


def test_foreign_objects_on_tarmac(copied: Callable[[str], Path]) -> None:
    with opened(copied("fod_part")) as project:
        report = imported(project)
        assert (report.images, report.boxes, len(report.classes)) == (744, 756, 31)
        counts = class_counts(project)
        assert counts.pop("Pliers") == 36
        assert set(counts.values()) == {24}
        assert Counter(i.split for i in project.images()) == {
            "": 550,
            "test": 194,
        }  # 549 in trainval, 1 in neither
        assert report.problems == ()
        assert report.doubt is not None
        assert report.doubt.text.endswith("not as VOC's pixel numbers: 80 edges lie at 0.")
        (box,) = project.labels(project.images()[0].id).boxes
        assert box.xyxy == (139.0078, 110.1584, 152.3078, 154.4417)


def test_microcontrollers_beside_their_labels(copied: Callable[[str], Path]) -> None:
    with opened(copied("microcontrollers")) as project:
        report = imported(project)
        assert (report.images, report.boxes, report.problems) == (149, 177, ())
        of_half = Counter(i.path.split("/")[0] for i in project.images() for _ in range(i.box_count))
        assert of_half == {"train": 170, "test": 7}
        assert sum(class_counts(project).values()) == 177


def test_license_plates_with_odd_names(copied: Callable[[str], Path], tmp_path: Path) -> None:
    with opened(copied("license_plates_odd")) as project:
        report = imported(project)
        assert (report.images, report.boxes, report.classes) == (6, 9, ("license-plate",))
        assert {(i.width, i.height) for i in project.images()} == {(1280, 720)}
        exported(project, tmp_path / "out")
    found = detection_set(tmp_path / "out")
    assert [image.size for image, _ in found] == [(1280, 720)] * 6
    assert sum(len(target["annotation"]["object"]) for _, target in found) == 9
