"""main.py preview: the files it writes and what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from model import cli
from model.commands.preview import painted
from model.records.preview import Picture, PreviewBox
from model.training import presets
from tests.model.training.scenes import TINY


def run(*arguments: object) -> int:
    return cli.run([str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tiny = replace(presets.FAST, architecture=TINY, weights="none")
    monkeypatch.setattr(presets, "PRESETS", (tiny, *presets.PRESETS[1:]))
    assert run("sample", tmp_path / "s", "--images", 6) == 0
    return tmp_path / "s"


def test_the_pictures_are_written_with_their_boxes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, said = tmp_path / "out", tmp_path / "said.json"
    assert run("preview", folder, "--out", out, "--mosaic", 1, "--scale-jitter", 1, 1, "--json", said) == 0
    result, printed = json.loads(said.read_text("utf-8"))["pictures"], capsys.readouterr().err
    assert sorted(out.iterdir()) == sorted(Path(each["file"]) for each in result)
    assert len(result) == 8
    for each in result:
        assert max(cv2.imread(each["file"]).shape) == 128
        assert each["file"] in printed
    assert max(len(each["boxes"]) for each in result) > 3


def test_the_same_seed_writes_the_same(folder: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run("preview", folder, "--out", tmp_path / name, "--pictures", 2, "--seed", seed) == 0
    a, b, c = (b"".join(f.read_bytes() for f in sorted((tmp_path / n).iterdir())) for n in "abc")
    assert a == b != c


def test_a_value_out_of_range_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("preview", folder, "--out", tmp_path / "out", "--rotation", 999) == 2
    assert "argument --rotation: it must be from 0 to 180" in capsys.readouterr().err


def test_a_box_that_is_not_learned_is_dashed_and_grey() -> None:
    black = bytes(40 * 60 * 3)
    boxes = (
        PreviewBox((2, 2, 25, 38), "ü", "#ff0000"),
        PreviewBox((30, 2, 60, 40), "ü", "#ff0000", "ignored"),
    )
    image = painted(Picture(0, "a.png", 60, 40, black, boxes))
    assert (image[20, 2] == (255, 0, 0)).all()
    edge = image[2:40, 30]
    assert {tuple(pixel) for pixel in edge.tolist()} == {(190, 190, 190), (0, 0, 0)}
    assert not np.array_equal(edge[:-1], edge[1:])
    assert (image[39, 32] == (190, 190, 190)).all()
