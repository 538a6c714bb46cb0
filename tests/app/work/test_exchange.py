"""What takes time between a project and the world: in order, cancellable, never over another file."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.work import exchange
from app.work.adopt import copy_beside
from app.work.exchange import EXPORT, IMPORT, SCAN, ExchangeWork
from app.work.job import stop_all
from model.records import ImportReport, Problem, Progress

REPORT = ImportReport(2, 5, ("bolt",), (Problem("a.xml", "line 3: not XML"),))


@pytest.fixture
def work(qtbot):
    work = ExchangeWork()
    work.heard = []
    for name in ("started", "progress", "finished", "cancelled", "failed", "written"):
        getattr(work, name).connect(lambda *said, name=name: work.heard.append((name, *said)))
    yield work
    assert stop_all(5)


def endless() -> Iterator[Progress]:
    for number in range(100_000):
        time.sleep(0.001)
        yield Progress(number, 0)


def test_a_task_tells_its_progress_then_what_it_wrote_then_its_report(qtbot, work, monkeypatch, tmp_path):
    monkeypatch.setattr(
        exchange,
        "_import_voc",
        lambda folder, source, convention: iter([Progress(1, 2), Progress(2, 2), REPORT]),
    )
    with qtbot.waitSignal(work.finished, timeout=5000):
        work.import_voc(tmp_path)
    assert work.heard == [
        ("started", IMPORT),
        ("progress", IMPORT, Progress(1, 2)),
        ("progress", IMPORT, Progress(2, 2)),
        ("written", tmp_path),
        ("finished", IMPORT, REPORT),
    ]
    assert not work.is_running(IMPORT)


def test_a_scan_shows_its_first_images_at_once_and_the_rest_now_and_then(qtbot, work, monkeypatch, tmp_path):
    monkeypatch.setattr(exchange, "_scan", lambda folder: (Progress(n, 0) for n in range(200)))
    with qtbot.waitSignal(work.finished, timeout=5000):
        work.scan(tmp_path)
    announced = [number for number, said in enumerate(work.heard) if said[0] == "written"]
    assert announced[0] == 3  # started, 0 images, 1 image, written
    assert len(announced) == 2  # and at the end


def test_a_cancelled_task_says_so_and_nothing_after(qtbot, work, monkeypatch, tmp_path):
    monkeypatch.setattr(exchange, "_export_voc", lambda folder, out, convention: endless())
    with qtbot.waitSignal(work.progress, timeout=5000):
        work.export_voc(tmp_path, tmp_path / "out")
    with qtbot.waitSignal(work.cancelled, timeout=5000) as cancelled:
        work.cancel(EXPORT)
    assert cancelled.args == [EXPORT]
    assert work.heard[-1] == ("cancelled", EXPORT)


def test_a_new_scan_takes_the_place_of_the_old_one(qtbot, work, monkeypatch, tmp_path):
    scans = {tmp_path / "a": endless, tmp_path / "b": lambda: iter([Progress(1, 1)])}
    monkeypatch.setattr(exchange, "_scan", lambda folder: scans[folder]())
    with qtbot.waitSignal(work.progress, timeout=5000):
        work.scan(tmp_path / "a")
    with qtbot.waitSignal(work.finished, timeout=5000):
        work.scan(tmp_path / "b")
    qtbot.wait(30)
    assert not work.is_running(SCAN)
    assert [said[0] for said in work.heard if said[0] in ("cancelled", "failed", "finished")] == ["finished"]


def test_a_failure_is_a_sentence(qtbot, work, monkeypatch, tmp_path):
    def fails(folder: Path, source: Path | None, convention: object) -> Iterator[Progress]:
        yield Progress(0, 1)
        raise ValueError("Annotations holds no VOC file.")

    monkeypatch.setattr(exchange, "_import_voc", fails)
    with qtbot.waitSignal(work.failed, timeout=5000) as failed:
        work.import_voc(tmp_path)
    assert failed.args == [IMPORT, "Annotations holds no VOC file."]


def test_tasks_run_off_the_windows_thread(qtbot, work, monkeypatch, tmp_path):
    threads: list[int] = []

    def scan(folder: Path) -> Iterator[Progress]:
        threads.append(threading.get_ident())
        yield Progress(1, 1)

    monkeypatch.setattr(exchange, "_scan", scan)
    with qtbot.waitSignal(work.finished, timeout=5000):
        work.scan(tmp_path)
    assert threads
    assert threads != [threading.get_ident()]


@pytest.fixture
def outside(tmp_path):
    file = tmp_path / "outside" / "a.jpg"
    file.parent.mkdir()
    file.write_bytes(b"the original")
    return file


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def test_a_dropped_file_is_copied_and_the_original_stays(outside, folder):
    assert copy_beside(outside, folder) == (folder / "a.jpg", True)
    assert (folder / "a.jpg").read_bytes() == outside.read_bytes() == b"the original"
    assert [file.name for file in folder.iterdir()] == ["a.jpg"]  # nothing half-made is left


def test_a_name_that_is_taken_is_never_written_over(outside, folder):
    (folder / "a.jpg").write_bytes(b"another picture")
    assert copy_beside(outside, folder) == (folder / "a (2).jpg", True)
    assert (folder / "a.jpg").read_bytes() == b"another picture"


def test_the_same_picture_dropped_again_is_the_one_that_is_there(outside, folder):
    copy_beside(outside, folder)
    assert copy_beside(outside, folder) == (folder / "a.jpg", False)
    assert len(list(folder.iterdir())) == 1


def test_a_disk_without_hard_links_takes_the_copy_too(outside, folder, monkeypatch):
    def no_links(source: Path, target: Path) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.link", no_links)
    assert copy_beside(outside, folder) == (folder / "a.jpg", True)
    assert [file.name for file in folder.iterdir()] == ["a.jpg"]
