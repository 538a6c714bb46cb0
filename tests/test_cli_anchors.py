"""The commands that fit anchors, on drawn scenes: what is printed, written, and trained with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from model import cli
from model.network.weights import load
from model.records import Architecture
from model.training import presets

# the scenes' things are some 20 to 60 px at 96 px, so anchors of 64 px and more meet few of them
TINY = Architecture(
    "resnet18", 32, 1, anchor_sizes=(64, 128, 256, 512, 1024), short_side=96, long_side=96
)  # fmt: skip


def run(*arguments: object) -> int:
    return cli.run([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("anchors") / "scenes"
    assert run("sample", folder, "--images", 16, "--scenes", "varied", "--seed", 3) == 0
    return folder


@pytest.fixture
def _tiny_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = replace(presets.FAST, architecture=TINY, weights="none", batch_size=2, device="cpu")
    monkeypatch.setattr(presets, "PRESETS", (tiny, *presets.PRESETS[1:]))


@pytest.mark.usefixtures("_tiny_preset")
def test_anchors_are_shown_before_and_after(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "anchors.json"
    assert run("anchors", folder, "--preset", "fast", "--json", out) == 0
    printed = capsys.readouterr().err
    said = json.loads(out.read_text("utf-8"))
    assert said["before"]["sizes"] == [64, 128, 256, 512, 1024]
    assert said["after"]["recall"] > said["before"]["recall"] + 0.1
    assert said["better"]
    assert sum(c["boxes"] for c in said["per_class"]) == said["boxes"]
    assert "64, 128, 256, 512, 1024" in printed
    assert ", ".join(map(str, said["after"]["sizes"])) in printed
    assert f"{100 * said['before']['recall']:.1f} %" in printed
    assert f"{100 * said['after']['recall']:.1f} %" in printed
    assert "--anchors fit" in printed
    for c in said["per_class"]:
        assert c["name"] in printed


def test_few_boxes_keep_the_anchors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sample", tmp_path / "s", "--images", 2, "--scenes", "varied") == 0
    assert run("anchors", tmp_path / "s") == 0
    printed = capsys.readouterr().err
    assert "too few to fit anchors to" in printed
    assert "--anchors fit" not in printed


def test_a_folder_without_boxes_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("anchors", tmp_path) == 1
    assert "Draw some boxes first" in capsys.readouterr().err


@pytest.mark.usefixtures("_tiny_preset")
def test_training_with_fitted_anchors_keeps_them_in_its_weights(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, trained = tmp_path / "anchors.json", tmp_path / "train.json"
    assert run("anchors", folder, "--json", found) == 0
    assert run("train", folder, "--anchors", "fit", "--epochs", 1, "--json", trained) == 0
    proposed = json.loads(found.read_text("utf-8"))["after"]
    architecture = load(Path(json.loads(trained.read_text("utf-8"))["file"])).architecture
    assert list(architecture.anchor_sizes) == proposed["sizes"]
    assert list(architecture.anchor_ratios) == proposed["ratios"]
    assert replace(architecture, anchor_sizes=TINY.anchor_sizes, anchor_ratios=TINY.anchor_ratios) == TINY
