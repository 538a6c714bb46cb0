"""Pictures off the window's thread: newest first, kept within bytes, thumbnails kept on disk."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from app.work.decoded import DecodedImages, to_qimage
from app.work.images import ImageWork
from app.work.thumbnails import LONG_SIDE, ThumbnailFiles


class Disk:
    """A reader that notes what it read and on which thread, and that can be held at the door."""

    def __init__(self, height: int = 40, width: int = 60) -> None:
        self.read: list[str] = []
        self.threads: set[int] = set()
        self.door = threading.Event()
        self.door.set()
        self.size = (height, width)

    def __call__(self, path: Path) -> tuple[np.ndarray, str]:
        self.threads.add(threading.get_ident())
        self.read.append(path.name)
        self.door.wait(5)
        if "broken" in path.name:
            raise ValueError(f"{path.name} is cut off.")
        pixels = np.zeros((*self.size, 3), np.uint8)
        pixels[..., 0] = 200
        return pixels, f"{path.name} is cut off." if "cut" in path.name else ""


@pytest.fixture
def paths(tmp_path):
    files = [tmp_path / f"{n}.jpg" for n in range(6)]
    for file in files:
        file.write_bytes(b"as good as a picture")
    return files


@pytest.fixture
def make(qtbot):
    made: list[ImageWork] = []

    def _make(disk: Disk, threads: int = 1) -> ImageWork:
        made.append(ImageWork(read=disk, threads=threads))
        return made[-1]

    yield _make
    for work in made:
        assert work.close()


def test_an_image_is_decoded_off_the_windows_thread(qtbot, make, paths):
    disk = Disk()
    work = make(disk)
    sizes: list[tuple[int, int, int]] = []
    work.size_learned.connect(lambda *size: sizes.append(size))
    with qtbot.waitSignal(work.ready, timeout=5000) as ready:
        work.request(7, paths[0])
    image = ready.args[0]
    assert (image.image, image.path) == (7, paths[0])
    assert (image.qimage.width(), image.qimage.height()) == (60, 40)
    assert image.qimage.pixelColor(3, 3).getRgb()[:3] == (200, 0, 0)
    assert not image.pixels.flags.writeable
    assert threading.get_ident() not in disk.threads
    assert sizes == [(7, 60, 40)]


def test_a_request_replaced_before_it_began_is_never_decoded_and_only_the_newest_is_shown(qtbot, make, paths):
    disk = Disk()
    work = make(disk)
    shown: list[int] = []
    work.ready.connect(lambda ready: shown.append(ready.image))
    disk.door.clear()
    work.request(0, paths[0])
    qtbot.waitUntil(lambda: disk.read == ["0.jpg"], timeout=5000)
    for image in (1, 2, 3):
        work.request(image, paths[image])
    with qtbot.waitSignal(work.ready, timeout=5000):
        disk.door.set()
    assert disk.read == ["0.jpg", "3.jpg"]
    assert shown == [3]


def test_a_decoded_neighbour_is_shown_at_once(qtbot, make, paths):
    disk = Disk()
    work = make(disk)
    work.request(0, paths[0])
    work.prefetch([(1, paths[1]), (2, paths[2])])
    qtbot.waitUntil(lambda: disk.read == ["0.jpg", "1.jpg", "2.jpg"], timeout=5000)
    qtbot.waitUntil(lambda: work._pictures.get(paths[2]) is not None, timeout=5000)
    shown: list[int] = []
    work.ready.connect(lambda ready: shown.append(ready.image))
    work.request(1, paths[1])
    assert shown == [1]  # before any event loop ran
    assert work.pixels(1) is not None
    assert work.pixels(0) is None  # not in view any more


def test_an_unreadable_image_says_why(qtbot, make, paths):
    work = make(Disk())
    broken = paths[0].with_name("broken.jpg")
    problems: list[tuple[int, str]] = []
    work.problem_learned.connect(lambda *problem: problems.append(problem))
    with qtbot.waitSignal(work.failed, timeout=5000) as failed:
        work.request(9, broken)
    assert failed.args == [9, "broken.jpg is cut off."]
    assert problems == [(9, "broken.jpg is cut off.")]


def test_a_picture_that_is_cut_is_shown_and_its_warning_told_once(qtbot, make, paths):
    work = make(Disk())
    cut = paths[0].with_name("cut.jpg")
    cut.write_bytes(b"half a picture")
    warnings: list[str] = []
    work.warned.connect(warnings.append)
    for image, path in ((1, cut), (2, paths[2]), (1, cut)):
        with qtbot.waitSignal(work.ready, timeout=5000):
            work.request(image, path)
    assert warnings == ["cut.jpg is cut off."]


def test_an_answer_for_a_project_that_was_closed_is_dropped(qtbot, make, paths):
    disk = Disk()
    work = make(disk)
    shown: list[object] = []
    work.ready.connect(shown.append)
    disk.door.clear()
    work.request(0, paths[0])
    qtbot.waitUntil(lambda: disk.read == ["0.jpg"], timeout=5000)
    work.open(None, None)
    disk.door.set()
    qtbot.wait(50)
    assert shown == []


def test_a_thumbnail_is_made_once_and_then_read_from_disk(qtbot, make, paths, tmp_path):
    disk = Disk(height=600, width=800)
    for _ in range(2):  # the second time is another session over the same folder
        work = make(disk)
        work.open(tmp_path, tmp_path / ".fovea")
        with qtbot.waitSignal(work.thumbnail_ready, timeout=5000) as ready:
            work.request_thumbnail(4, paths[4])
        image, thumbnail = ready.args
        assert (image, thumbnail.width(), thumbnail.height()) == (4, LONG_SIDE, LONG_SIDE * 3 // 4)
        assert work.thumbnail(4) is not None
    assert disk.read == ["4.jpg"]
    stored = [file for file in (tmp_path / ".fovea" / "thumbnails").rglob("*") if file.is_file()]
    assert [file.suffix for file in stored] == [".jpg"]


def test_a_file_that_changed_gets_a_new_thumbnail(tmp_path):
    files = ThumbnailFiles(tmp_path / "thumbnails", tmp_path)
    picture = tmp_path / "a.png"
    picture.write_bytes(b"one")
    files.write(picture, np.zeros((20, 30, 3), np.uint8))
    assert files.read(picture).shape == (20, 30, 3)
    os.utime(picture, ns=(1, 1))
    assert files.read(picture) is None


def test_a_torn_thumbnail_is_made_again(tmp_path):
    files = ThumbnailFiles(tmp_path / "thumbnails", tmp_path)
    picture = tmp_path / "a.png"
    picture.write_bytes(b"one")
    files.write(picture, np.zeros((20, 30, 3), np.uint8))
    files.file_for(picture).write_bytes(b"")
    assert files.read(picture) is None


def test_memory_holds_what_fits_and_what_was_used_last(paths):
    disk = Disk(height=10, width=10)  # 3 + 4 bytes a pixel: 700 bytes each
    cache = DecodedImages(1500, disk)
    for path in paths[:2]:
        cache.load(path)
    cache.load(paths[0])
    cache.load(paths[2])
    assert [cache.get(path) is not None for path in paths[:3]] == [True, False, True]
    assert disk.read == ["0.jpg", "1.jpg", "2.jpg"]


def test_the_picture_on_screen_is_never_thrown_out_for_its_neighbours(paths):
    cache = DecodedImages(1500, Disk(height=10, width=10))
    cache.keep(paths[:3])
    for path in paths[:3]:
        cache.load(path)
    assert [cache.get(path) is not None for path in paths[:3]] == [True, True, False]


def test_a_file_that_changed_is_decoded_again(paths):
    disk = Disk()
    cache = DecodedImages(10**6, disk)
    cache.load(paths[0])
    os.utime(paths[0], ns=(1, 1))
    cache.load(paths[0])
    assert disk.read == ["0.jpg", "0.jpg"]


def test_two_threads_that_want_one_file_decode_it_once(paths):
    disk = Disk()
    disk.door.clear()
    cache = DecodedImages(10**6, disk)
    threads = [threading.Thread(target=cache.load, args=(paths[0],)) for _ in range(3)]
    for thread in threads:
        thread.start()
    disk.door.set()
    for thread in threads:
        thread.join(5)
    assert disk.read == ["0.jpg"]


def test_a_qimage_owns_its_pixels():
    pixels = np.full((3, 5, 3), (10, 20, 30), np.uint8)
    qimage = to_qimage(pixels)
    pixels[:] = 0
    assert qimage.pixelColor(4, 2).getRgb()[:3] == (10, 20, 30)
