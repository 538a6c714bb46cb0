"""The project's images follow what is in the folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from model.data import scan as scanning
from model.data.project import Project
from model.data.scan import GONE, FolderReport, scan
from model.records import Box, ClassesChange, Edit, LabelClass, Labels, LabelsChange, Progress


def put(folder: Path, path: str, content: str = "", time_ns: int | None = None) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(content, encoding="utf-8")
    if time_ns is not None:
        os.utime(folder / path, ns=(time_ns, time_ns))


def scanned(folder: Path) -> FolderReport:
    with Project.open(folder) as project:
        *progress, report = scan(project)
    assert isinstance(report, FolderReport)
    assert all(isinstance(step, Progress) for step in progress)
    return report


def listed(folder: Path) -> list[tuple[str, str]]:
    with Project.open(folder) as project:
        return [(row.path, row.problem) for row in project.images()]


def paths(folder: Path) -> list[str]:
    return [path for path, _ in listed(folder)]


def label(folder: Path, path: str) -> Labels:
    """Draw a box on an image."""
    labels = Labels((Box(1, 2, 3, 4, 1),))
    with Project.open(folder) as project:
        if not project.classes():
            project.apply(Edit("Add class", (ClassesChange((), (LabelClass(1, "a", "#000000"),)),)))
        row = project.image_at(path)
        assert row is not None
        project.apply(Edit("Draw", (LabelsChange(row.id, Labels(), labels),)))
    return labels


def labels_of(folder: Path, path: str) -> Labels:
    with Project.open(folder) as project:
        row = project.image_at(path)
        assert row is not None
        return project.labels(row.id)


def test_images_are_found_by_suffix_in_all_folders_that_are_not_hidden(tmp_path: Path) -> None:
    for path in [
        "img10.jpg", "img2.JPG", "b/x.png", "b/deep/y.Tiff", "图像 ü/苹果.webp", "notes.txt", "jpg",
        ".hidden.jpg", "._img2.jpg", ".cache/z.jpg", "__MACOSX/z.jpg", "b.jpg.xml",
    ]:  # fmt: skip
        put(tmp_path, path)
    report = scanned(tmp_path)
    assert paths(tmp_path) == ["b/deep/y.Tiff", "b/x.png", "img2.JPG", "img10.jpg", "图像 ü/苹果.webp"]
    assert (report.images, report.added, report.problems) == (5, 5, ())


def test_a_second_scan_changes_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg")
    scanned(tmp_path)
    label(tmp_path, "a.jpg")
    assert scanned(tmp_path) == FolderReport(images=1, added=0, moved=0, gone=0)
    assert listed(tmp_path) == [("a.jpg", "")]


def test_a_file_that_is_gone_keeps_its_labels_and_comes_back(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "a")
    put(tmp_path, "b.jpg", "bb")
    scanned(tmp_path)
    labels = label(tmp_path, "a.jpg")
    (tmp_path / "a.jpg").unlink()
    assert scanned(tmp_path).gone == 1
    assert listed(tmp_path) == [("a.jpg", GONE), ("b.jpg", "")]
    put(tmp_path, "a.jpg", "another picture")
    assert scanned(tmp_path).gone == 0
    assert listed(tmp_path) == [("a.jpg", ""), ("b.jpg", "")]
    assert labels_of(tmp_path, "a.jpg") == labels


def test_another_problem_of_a_file_is_not_the_scan_s_to_clear(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg")
    scanned(tmp_path)
    with Project.open(tmp_path) as project:
        project.set_problem(1, "It is cut off.")
    scanned(tmp_path)
    assert listed(tmp_path) == [("a.jpg", "It is cut off.")]


@pytest.mark.parametrize("new", ["done/a.jpg", "renamed.jpg"])
def test_a_file_that_moved_keeps_its_labels(tmp_path: Path, new: str) -> None:
    put(tmp_path, "a.jpg", "a", time_ns=1_700_000_000_123_456_789)
    put(tmp_path, "b.jpg", "b")
    scanned(tmp_path)
    labels = label(tmp_path, "a.jpg")
    (tmp_path / new).parent.mkdir(exist_ok=True)
    (tmp_path / "a.jpg").rename(tmp_path / new)
    put(tmp_path, "c.jpg", "c")
    report = scanned(tmp_path)
    assert (report.added, report.moved, report.gone) == (1, 1, 0)
    assert labels_of(tmp_path, new) == labels
    assert sorted(paths(tmp_path)) == sorted([new, "b.jpg", "c.jpg"])


def test_one_of_two_files_alike_is_not_taken_for_the_other(tmp_path: Path) -> None:
    moment = 1_700_000_000_123_456_789
    put(tmp_path, "a.jpg", "one", moment)
    scanned(tmp_path)
    label(tmp_path, "a.jpg")
    (tmp_path / "a.jpg").unlink()
    put(tmp_path, "x/a.jpg", "two", moment)
    put(tmp_path, "y/a.jpg", "333", moment)
    report = scanned(tmp_path)
    assert (report.added, report.moved, report.gone) == (2, 0, 1)


def test_a_renamed_file_of_an_unpacked_archive_is_new(tmp_path: Path) -> None:
    """Archives keep whole seconds, often one for all files: another picture may share size and time."""
    put(tmp_path, "a.bmp", "one", 1_700_000_000_000_000_000)
    scanned(tmp_path)
    (tmp_path / "a.bmp").unlink()
    put(tmp_path, "b.bmp", "two", 1_700_000_000_000_000_000)
    assert scanned(tmp_path).moved == 0


def test_the_list_fills_while_the_scan_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "BATCH_S", 0.0)
    for number in range(20):
        put(tmp_path, f"{number}.jpg")
    seen = []
    with Project.open(tmp_path) as project, Project.open(tmp_path) as window:
        for step in scan(project):
            if isinstance(step, Progress):
                seen.append((step.done, len(window.images())))
    assert seen[:3] == [(1, 1), (2, 2), (3, 3)]
    assert seen[-1] == (20, 20)


def test_stopping_early_marks_nothing_as_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "BATCH_S", 0.0)
    for number in range(5):
        put(tmp_path, f"{number}.jpg")
    scanned(tmp_path)
    with Project.open(tmp_path) as project:
        steps = scan(project)
        next(steps)
        steps.close()  # type: ignore[attr-defined]
    assert listed(tmp_path) == [(f"{number}.jpg", "") for number in range(5)]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names there are always text")
def test_a_name_that_is_not_utf_8_is_a_problem_and_the_rest_is_listed(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg")
    try:
        with open(os.fsencode(tmp_path) + b"/caf\xe9.jpg", "wb"):
            pass
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    report = scanned(tmp_path)
    assert paths(tmp_path) == ["a.jpg"]
    [problem] = report.problems
    assert problem.file == r"caf\xe9.jpg"
    assert "not UTF-8" in problem.reason


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in this file system")
def test_a_pipe_and_a_dead_link_are_no_images(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "dead.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (tmp_path / "folder.jpg").mkdir()
    put(tmp_path, "folder.jpg/a.jpg")
    scanned(tmp_path)
    assert paths(tmp_path) == ["folder.jpg/a.jpg"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "x.jpg")
    folder = tmp_path / "project"
    put(folder, "a/y.jpg")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "a" / "back").symlink_to(folder)
    (folder / "round").symlink_to(folder / "round")
    scanned(folder)
    assert paths(folder) == ["a/y.jpg", "linked/x.jpg"]


def test_a_folder_that_cannot_be_read_is_a_problem_and_its_images_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "locked/a.jpg")
    put(tmp_path, "open/b.jpg")
    scanned(tmp_path)
    look = os.scandir

    def scandir(path: str):  # type: ignore[no-untyped-def]
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return look(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = scanned(tmp_path)
    assert [(problem.file, problem.reason) for problem in report.problems] == [
        ("locked", "cannot be read: Permission denied")
    ]
    assert listed(tmp_path) == [("locked/a.jpg", ""), ("open/b.jpg", "")]
