"""What shows the same thing stays together; what is only numbered does not."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from model.data import groups
from model.data.exif import Shot, shot
from model.data.groups import told, with_groups
from model.data.suffixes import IMAGE_SUFFIXES
from model.records import Box, LabelledImage, Labels, State
from tests.model.data.folders import picture

DATA = Path(__file__).parents[4] / "shared" / "data"


def images(*paths: str, group: str = "") -> list[LabelledImage]:
    boxes = (Box(0, 0, 5, 5, 1),)
    return [
        LabelledImage(number, path, 60, 40, Labels(boxes, State.DONE), group=group)
        for number, path in enumerate(paths, 1)
    ]


def grouped(*paths: str, folder: Path = Path("nowhere")) -> list[list[str]]:
    """The groups of images with these paths, in their order."""
    found: dict[str, list[str]] = {}
    for image in with_groups(folder, images(*paths)):
        if image.group:
            found.setdefault(image.group, []).append(image.path)
    return list(found.values())


PLAIN_SETS = ("bccd", "raccoon", "microcontrollers", "fod_part", "coco_open", "coco_yolo_quirks", "voc_small")
OTHERS = tuple(f"IMG_{n:04d}.jpg" for n in range(10))


@pytest.mark.parametrize(
    "together",
    [
        ("clip_frame_000123.jpg", "clip_frame_000124.jpg"),
        ("video.mp4_000123.jpg", "video.mp4_000456.jpg"),
        ("dayride_type1_001.mp4#t=1055.jpg", "dayride_type1_001.mp4#t=517.jpg"),
        ("walk_mp4-12_jpg.rf.0a1b2c3d4e5f.jpg", "walk_mp4-13_jpg.rf.1a1b2c3d4e5f.jpg"),
        ("cat_7_jpg.rf.0a1b2c3d4e5f60718293.jpg", "cat_7_jpg.rf.ffeeddccbbaa00112233.jpg"),
        ("a/GH01frame-1.png", "a/GH01frame-22.png"),
    ],
    ids=lambda paths: paths[0],
)
def test_names_that_are_proof_enough_make_a_group(together: tuple[str, ...]) -> None:
    assert grouped(*together, *OTHERS) == [list(together)]


@pytest.mark.parametrize(
    "clips",
    [
        (("a/frame_0001.jpg", "a/frame_0002.jpg"), ("b/frame_0001.jpg", "b/frame_0002.jpg")),
        (("a/clip-00012.png", "a/clip-00013.png"), ("b/clip-00012.png", "b/clip-00013.png")),
        (("clip1_00012.png", "clip1_00013.png"), ("clip2_00012.png", "clip2_00013.png")),
        (("a/frames/frame1.jpg", "a/frames/frame2.jpg"), ("b/frames/frame1.jpg", "b/frames/frame2.jpg")),
    ],
    ids=lambda clips: clips[0][0],
)
def test_names_that_may_be_frames_are_so_where_there_are_several_clips(
    clips: tuple[tuple[str, ...], ...],
) -> None:
    assert grouped(*clips[0], *clips[1], *OTHERS) == [list(clip) for clip in clips]
    assert grouped(*clips[0], *OTHERS) == []


@pytest.mark.parametrize(
    "name",
    [
        "IMG_{:04d}.jpg", "BloodImage_{:05d}.jpg", "frame_{:04d}.jpg", "train/frame_{:04d}.jpg", "2009_{:06d}.jpg",
        "IMG_20181228_{:06d}.jpg", "raccoon-{}.jpg", "{:012d}.jpg", "cats/{:04d}.jpg", "n01443537_{}.JPEG",
        "video_{:04d}.jpg", "one_mp4-{}.jpg", "wireframe.{:d}.jpg",
    ],
)  # fmt: skip
def test_a_whole_folder_of_numbers_is_no_group(name: str) -> None:
    assert grouped(*(name.format(n) for n in range(200))) == []


def test_a_word_that_ends_in_frame_is_no_frame() -> None:
    assert grouped("wireframe1.jpg", "wireframe2.jpg", *OTHERS) == []


def test_classes_and_years_in_names_are_no_clips() -> None:
    assert (
        grouped(*(f"{name}_{n:04d}.jpg" for name in ("cat", "dog", "2009", "2010") for n in range(9))) == []
    )
    assert grouped(*(f"{name}/{n:04d}.jpg" for name in ("cat", "dog", "bear") for n in range(9))) == []


def test_a_group_that_labels_name_stands_and_one_of_more_than_half_is_none() -> None:
    both = with_groups(Path("nowhere"), [*images("a.jpg", "b.jpg", group="v"), *images("c.jpg", "d.jpg")])
    assert [image.group for image in both] == ["v", "v", "", ""]
    most = with_groups(
        Path("nowhere"), [*images("a.jpg", "b.jpg", "e.jpg", group="v"), *images("c.jpg", "d.jpg")]
    )
    assert [image.group for image in most] == [""] * 5


def test_a_person_is_told_how_many_groups_there_are() -> None:
    assert told(with_groups(Path("nowhere"), images(*OTHERS))) == ()
    two = with_groups(Path("nowhere"), images("a_frame1.jpg", "a_frame2.jpg", "b_frame1.jpg", "b_frame2.jpg"))
    (text,) = told(two)
    assert text.startswith("2 groups of frames, copies or bursts are kept together, 4 images in all")


@pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not here")
@pytest.mark.parametrize(
    "name", ["bccd", "raccoon", "microcontrollers", "fod_part", "coco_open", "coco_yolo_quirks", "voc_small"]
)
def test_names_of_data_sets_without_clips_make_no_groups(name: str) -> None:
    paths = [
        p.relative_to(DATA / name).as_posix() for p in (DATA / name).rglob("*") if p.suffix in IMAGE_SUFFIXES
    ]
    assert len(paths) > 50
    assert grouped(*paths) == []


@pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not here")
def test_the_frames_of_real_dash_cams_are_grouped_by_their_videos() -> None:
    folder = DATA / "license_plates_odd"
    paths = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.jpg"))
    assert [len(group) for group in grouped(*paths)] == [], "four of six are of one video: more than half"
    assert [len(group) for group in grouped(*paths, *OTHERS)] == [4]


# ------------------------------------------------------------------------------------------ photographs


def exif(camera: str = "ACME One", taken: str = "2024:05:01 12:00:00", order: str = "<") -> bytes:
    """A JPEG's beginning with the Exif of a camera."""
    model, time = camera.encode() + b"\0", taken.encode() + b"\0"
    inner_at = 8 + 2 + 2 * 12 + 4
    texts_at = inner_at + 2 + 12 + 4
    tiff = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    tiff += struct.pack(order + "H", 2)
    tiff += struct.pack(order + "HHII", 0x0110, 2, len(model), texts_at)
    tiff += struct.pack(order + "HHII", 0x8769, 4, 1, inner_at) + bytes(4)
    tiff += struct.pack(order + "H", 1)
    tiff += struct.pack(order + "HHII", 0x9003, 2, len(time), texts_at + len(model)) + bytes(4)
    body = b"Exif\0\0" + tiff + model + time
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body


@pytest.mark.parametrize("order", ["<", ">"])
def test_camera_and_time_are_read(order: str) -> None:
    first, later = shot(exif(order=order)), shot(exif(taken="2024:05:01 12:01:05", order=order))
    assert isinstance(first, Shot)
    assert isinstance(later, Shot)
    assert first.camera == "ACME One"
    assert later.second - first.second == 65


def test_a_photograph_without_a_sensible_time_or_camera_says_nothing() -> None:
    assert shot(exif(taken="0000:00:00 00:00:00")) is None
    assert shot(exif(taken="yesterday")) is None
    assert shot(exif(camera=" " * 8)) is None
    assert shot(b"") is None
    assert shot(b"\x89PNG") is None
    whole = exif()
    for length in range(len(whole)):
        shot(whole[:length])  # wherever it is cut, it is refused or read, never an error


def photograph(path: Path, second: int, camera: str = "ACME One") -> None:
    picture(path)
    taken = f"2024:05:01 12:{second // 60:02d}:{second % 60:02d}"
    path.write_bytes(exif(camera, taken) + path.read_bytes()[2:])


def test_photographs_within_two_seconds_by_one_camera_are_a_burst(tmp_path: Path) -> None:
    seconds = {"a.jpg": 0, "b.jpg": 2, "c.jpg": 4, "d.jpg": 7, "e.jpg": 60, "f.jpg": 100, "g.jpg": 200}
    for name, second in seconds.items():
        photograph(tmp_path / name, second)
    photograph(tmp_path / "other.jpg", 1, "ACME Two")
    picture(tmp_path / "plain.jpg")
    assert grouped(*seconds, "other.jpg", "plain.jpg", "gone.jpg", folder=tmp_path) == [
        ["a.jpg", "b.jpg", "c.jpg"]
    ]


def test_a_photograph_is_opened_once_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for second, name in enumerate(OTHERS):
        photograph(tmp_path / name, 60 * second)
    photograph(tmp_path / "x.jpg", 1)
    opened: list[Path] = []
    read = groups.read_bytes
    monkeypatch.setattr(groups, "read_bytes", lambda path, *a: (opened.append(path), read(path, *a))[1])
    assert grouped(*OTHERS, "x.jpg", folder=tmp_path) == [["IMG_0000.jpg", "x.jpg"]]
    assert len(opened) == 11
    grouped(*OTHERS, "x.jpg", folder=tmp_path)
    assert len(opened) == 11
    photograph(tmp_path / "x.jpg", 30, "ACME Twenty")
    assert grouped(*OTHERS, "x.jpg", folder=tmp_path) == []
    assert len(opened) == 12
