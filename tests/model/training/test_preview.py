"""What the preview shows is what training sees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.network.roles import Role
from model.records import Box, Snapshot
from model.records.preview import Picture
from model.training.dataset import Loader, Unreadable, batches
from model.training.errors import TrainingError
from model.training.pixels import PixelCache
from model.training.preview import PICTURES, preview
from model.training.sampling import order_of
from tests.model.training.pictures import ALWAYS
from tests.model.training.scenes import DISC, SETTINGS, SQUARE, TINY, draw, relabelled, scenes


def pictures(snapshot: Snapshot, start: int = 0, **changes: object) -> list[Picture]:
    shown = preview(snapshot, replace(ALWAYS, **changes), start)  # type: ignore[arg-type]
    return [each for each in shown if isinstance(each, Picture)]


def test_the_preview_is_what_the_first_batches_hold(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=5, val=2)
    train = snapshot.images[:5]
    load = Loader(snapshot, ALWAYS, PixelCache(TINY, 1 << 24, enlarge=1.6), train)
    order = order_of(train, ALWAYS, epoch=0)
    learned = [sample for batch in batches(load, order[:2], Unreadable()) for sample in batch]
    shown = pictures(snapshot)
    assert len(shown) == len(learned) == PICTURES
    for picture, sample in zip(shown, learned, strict=True):
        pixels = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
        assert np.array_equal(pixels, sample.image.permute(1, 2, 0).numpy())
        assert [list(box.xyxy) for box in picture.boxes] == sample.boxes.tolist()
        assert [bool(box.note) for box in picture.boxes] == (sample.roles != Role.OBJECT).tolist()


def test_others_go_on_where_the_first_ended(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=3, val=0)
    first, others = pictures(snapshot), pictures(snapshot, start=PICTURES)
    assert [picture.number for picture in first + others] == list(range(2 * PICTURES))
    assert len({picture.rgb for picture in first + others}) == 2 * PICTURES
    assert pictures(snapshot, start=3)[0] == first[3]
    assert pictures(snapshot, start=500)[0].number == 500  # epochs later


def test_boxes_have_their_classs_name_and_colour_and_say_why_they_are_not_learned(tmp_path: Path) -> None:
    image = draw(tmp_path, 1)
    boxes = (
        Box(10, 10, 40, 40, DISC.id), Box(50, 10, 90, 40, SQUARE.id, difficult=True),
        Box(10, 50, 40, 90, SQUARE.id, ignore=True),
    )  # fmt: skip
    image = replace(relabelled(image, *boxes), rejected=(Box(50, 50, 90, 90, SQUARE.id),))
    plain = replace(SETTINGS, flip=0.0, scale_jitter=(1.0, 1.0))
    (shown, *_) = preview(Snapshot(tmp_path, (SQUARE, DISC), (image,)), plain)
    assert isinstance(shown, Picture)
    assert [(box.name, box.note) for box in shown.boxes] == [
        ("disc", ""), ("square", "ignored"), ("square", "area to ignore"), ("square", "rejected"),
    ]  # fmt: skip
    assert shown.boxes[0].xyxy == (10, 10, 40, 40)
    assert shown.boxes[0].colour == DISC.colour
    assert shown.path == "1.png"


def test_what_cannot_be_read_is_skipped_and_told_once(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=4, val=0)
    (tmp_path / "2.png").write_bytes(b"no image")
    shown = list(preview(snapshot, SETTINGS))
    (note,) = (each for each in shown if isinstance(each, str))
    assert "2.png" in note
    read = [each for each in shown if isinstance(each, Picture)]
    assert len(read) == PICTURES
    assert {picture.path for picture in read} == {"1.png", "3.png", "4.png"}


def test_where_nothing_can_be_read_it_says_so_and_ends(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=3, val=0)
    for number in (1, 2, 3):
        (tmp_path / f"{number}.png").unlink()
    with pytest.raises(TrainingError, match="None of the images could be read"):
        list(preview(snapshot, SETTINGS))


def test_without_boxes_there_is_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="Draw some boxes first"):
        list(preview(Snapshot(tmp_path, (), ()), SETTINGS))


def test_settings_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rotation is 999"):
        list(preview(scenes(tmp_path), replace(SETTINGS, rotation=999.0)))
