"""The command line from end to end, on drawn scenes: what each command writes, prints and returns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model import cli, terminal
from model.data.project import Project
from model.network import fetch
from model.network.retinanet import RetinaNet
from model.network.sources import imagenet
from model.network.sources.source import Source
from model.network.weights import Weights, load, save, state_of
from model.records import Architecture, Progress
from model.training import presets
from tests.model.network.downloads import Server, resnet18_on, serving

TINY = Architecture(
    backbone="resnet18",
    channels=32,
    head_convs=1,
    anchor_sizes=(16, 32, 64, 128, 256),
    short_side=96,
    long_side=96,
)


def run(*arguments: object) -> int:
    return cli.run([str(argument) for argument in arguments])


def result(path: Path) -> dict:
    return json.loads(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small drawn project. Read only: tests that write take a copy of their own."""
    folder = tmp_path_factory.mktemp("cli") / "scenes"
    assert run("sample", folder, "--images", 12, "--scenes", "varied", "--seed", 3) == 0
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network of the scenes' classes, in a file."""
    path = tmp_path_factory.mktemp("models") / "untrained.safetensors"
    save(Weights(TINY, ("disc", "ring"), state_of(RetinaNet(TINY, 2))), path)
    return path


def test_sample_draws_what_is_asked_for(folder: Path) -> None:
    with Project.open(folder, create=False) as project:
        assert len(project.images()) == 12
        assert all(row.box_count for row in project.images())


def test_sample_refuses_a_folder_with_other_things_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert run("sample", tmp_path) == 1
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    assert "thesis.txt" in said


def test_evaluate_measures_a_file_of_weights(folder: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    assert run("evaluate", folder, "--model", model, "--split", "all", "--device", "cpu", "--json", out) == 0
    said = result(out)
    assert said["images"] == 12
    assert {"ap", "ap50", "ap75", "ar100", "per_class"} <= set(said)
    assert 0 <= said["ap"] <= said["ap50"] < 0.2


def test_evaluate_without_a_model_says_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", folder) == 1
    assert "Train one first" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["voc", "json", "images"])
def test_detect_writes_each_format(folder: Path, model: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "found"
    image = sorted(folder.glob("*.jpg"))[0]
    assert run("detect", image, "--model", model, "--score", 0.0, "--out", out, "--format", form) == 0
    (written,) = out.iterdir()
    assert (
        written.name
        == {"voc": f"{image.name}.xml", "json": "detections.json", "images": f"{image.name}.jpg"}[form]
    )
    if form == "json":
        assert result(written)["images"][0]["detections"]


def test_detect_goes_on_after_a_file_that_cannot_be_read_and_fails_in_the_end(
    folder: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    good = sorted(folder.glob("*.jpg"))[0]
    assert run("detect", broken, good, "--model", model, "--score", 0.0, "--out", tmp_path / "out") == 1
    assert "broken.jpg" in capsys.readouterr().err
    (image,) = result(tmp_path / "out" / "detections.json")["images"]
    assert image["file"].endswith(good.name)


def test_export_then_import_gives_the_same_boxes(folder: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "voc", tmp_path / "r.json"
    assert run("export", folder, "--format", "voc", "--out", out) == 0
    devkit = out / "VOCdevkit" / "VOC2012"
    assert run("import", devkit, "--json", again) == 0
    with Project.open(folder) as first, Project.open(devkit) as second:
        counts = sorted(row.box_count for row in first.images())
        assert sorted(row.box_count for row in second.images()) == counts
    assert result(again)["boxes"] == sum(counts)


def test_counting_from_zero_goes_out_and_comes_back_exactly(folder: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "voc", tmp_path / "again"
    assert run("export", folder, "--out", out, "--counting", "zero") == 0
    devkit = out / "VOCdevkit" / "VOC2012"
    assert "labelImg" in (devkit / "README.txt").read_text("utf-8")
    assert run("import", devkit, "--counting", "zero") == 0
    assert run("export", devkit, "--out", again, "--counting", "zero") == 0
    first, second = (p / "VOCdevkit" / "VOC2012" / "Annotations" for p in (out, again))
    assert {p.name: p.read_bytes() for p in first.iterdir()} == {
        p.name: p.read_bytes() for p in second.iterdir()
    }


def test_import_fails_when_a_label_file_cannot_be_read_and_takes_the_others(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "voc"
    assert run("export", folder, "--out", out) == 0
    devkit = out / "VOCdevkit" / "VOC2012"
    first = sorted((devkit / "Annotations").iterdir())[0]
    first.write_bytes(first.read_bytes()[:100])
    assert run("import", devkit, "--json", tmp_path / "r.json") == 1
    said = capsys.readouterr().err
    assert first.name in said
    assert "fovea import: 1 of the label files could not be read" in said
    assert result(tmp_path / "r.json")["images"] == 11
    with Project.open(devkit) as project:
        assert sum(row.box_count > 0 for row in project.images()) == 11


def test_import_succeeds_when_only_single_objects_are_left_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "voc"
    assert run("export", folder, "--out", out) == 0
    devkit = out / "VOCdevkit" / "VOC2012"
    first = sorted((devkit / "Annotations").iterdir())[0]
    box = "<bndbox><xmin>5</xmin><ymin>5</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
    point = f"<object><name>disc</name>{box}</object>"
    first.write_text(first.read_text("utf-8").replace("</annotation>", f"{point}</annotation>"), "utf-8")
    assert run("import", devkit) == 0
    assert "it is a single point, 5, 5" in capsys.readouterr().err


def test_import_says_how_pixels_were_counted_where_that_is_a_guess(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = sorted(folder.glob("*.jpg"))[0]
    (tmp_path / image.name).write_bytes(image.read_bytes())
    box = "<bndbox><xmin>0</xmin><ymin>0</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
    text = f"<annotation><object><name>disc</name>{box}</object></annotation>"
    (tmp_path / f"{image.stem}.xml").write_text(text, "utf-8")
    assert run("import", tmp_path) == 0
    assert "2 edges lie at 0. If that is wrong: undo the import in the window, then --counting one" in (
        capsys.readouterr().err
    )


def test_export_with_a_model_labels_what_nobody_has(folder: Path, model: Path, tmp_path: Path) -> None:
    unlabelled = tmp_path / "new"
    unlabelled.mkdir()
    image = sorted(folder.glob("*.jpg"))[0]
    (unlabelled / image.name).write_bytes(image.read_bytes())
    out = tmp_path / "out"
    assert run("export", unlabelled, "--format", "voc", "--out", out, "--model", model, "--score", 0.0) == 0
    (xml,) = (out / "VOCdevkit" / "VOC2012" / "Annotations").iterdir()
    assert b"<name>disc</name>" in xml.read_bytes()
    with Project.open(unlabelled) as project:
        assert project.classes() == ()
        assert project.images()[0].box_count == 0


def test_training_from_nothing_makes_a_model_that_evaluate_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = replace(presets.preset("fast"), architecture=TINY, batch_size=2)
    monkeypatch.setattr(presets, "preset", lambda name: tiny)
    folder, out = tmp_path / "scenes", tmp_path / "r.json"
    assert run("sample", folder, "--images", 8, "--scenes", "varied") == 0
    assert run("train", folder, "--epochs", 1, "--weights", "none", "--device", "cpu", "--json", out) == 0
    trained = result(out)
    assert trained["epochs"] == 1
    assert Path(trained["file"]).is_file()
    assert run("evaluate", folder, "--json", tmp_path / "e.json") == 0
    assert result(tmp_path / "e.json")["ap"] == pytest.approx(trained["ap"], abs=0.02)
    assert run("train", folder, "--resume") == 1  # nothing was interrupted


@pytest.fixture
def download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, Source]]:
    """The ImageNet weights of ResNet-18 lie on a server of the test's, and torch's cache is empty."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    with serving() as server:
        source = resnet18_on(server, tmp_path)
        kind = replace(imagenet.KIND, sources=lambda: (source, replace(source, backbones=("resnet34",))))
        monkeypatch.setattr(imagenet, "KIND", kind)
        yield server, source


def test_weights_lists_what_training_can_start_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], download: tuple[Server, Source]
) -> None:
    out = tmp_path / "r.json"
    assert run("weights", "--json", out) == 0
    head, starter, coco, coco_v2, *_, terms, terms_too = capsys.readouterr().out.splitlines()
    assert head.split() == ["NAME", "FITS", "SIZE", "LICENCE", "FIGURE", "HERE"]
    assert starter.split()[:5] == ["starter", "resnet18", "13", "MB", "MIT"]
    assert coco.split()[:5] == ["coco", "resnet50", "137", "MB", "BSD-3-Clause*"]
    assert "COCO box AP 0.415" in coco_v2
    assert "no, at https://download.pytorch.org/models/retinanet_resnet50_fpn_v2_coco-5905b1c5.pth" in coco_v2
    assert terms.endswith("terms of the data they learned from, COCO.")
    assert terms_too.endswith("terms of the data they learned from, ImageNet.")
    rows = result(out)["weights"]
    assert [row["name"] for row in rows] == ["starter", "coco", "coco_v2", "imagenet", "imagenet"]
    assert [row["is_here"] for row in rows] == [True, False, False, False, False]
    assert len(rows[1]["classes"]) == 80


def test_weights_are_downloaded_once(
    capsys: pytest.CaptureFixture[str], download: tuple[Server, Source]
) -> None:
    server, source = download
    for said in ("is here now", "was here already"):
        assert run("weights", "--download", "imagenet", "--backbone", "resnet18") == 0
        assert f"{source.file} {said}" in capsys.readouterr().err
    assert source.file.read_bytes() == server.data
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            ("imagenet",),
            "imagenet is a file for each backbone; say which with --backbone: resnet18, resnet34",
        ),
        (("imagenet", "--backbone", "vgg"), "say which with --backbone"),
        (("none",), "there are no weights “none” to download; there are starter, coco, coco_v2, imagenet"),
        (("yolo",), "there are no weights “yolo” to download"),
    ],
)
def test_weights_that_are_not_there_are_named(
    capsys: pytest.CaptureFixture[str], download: tuple[Server, Source], options: tuple[str, ...], reason: str
) -> None:
    assert run("weights", "--download", *options) == 1
    assert reason in capsys.readouterr().err
    assert download[0].asked == []


def test_ctrl_c_cancels_a_download_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], download: tuple[Server, Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, source = download
    monkeypatch.setattr(fetch, "TELL_S", 0.0)

    def interrupted(bar: object, progress: Progress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    monkeypatch.setattr(terminal, "show_bytes", interrupted)
    assert run("weights", "--download", "imagenet", "--backbone", "resnet18") == 130
    assert capsys.readouterr().err.splitlines() == ["stopped"]
    assert list(source.file.parent.iterdir()) == []


def test_training_with_another_backbone_starts_from_imagenet_and_fetches_it(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    download: tuple[Server, Source],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, _ = download
    tiny = replace(presets.preset("accurate"), architecture=replace(TINY, backbone="resnet50"), batch_size=2)
    monkeypatch.setattr(presets, "preset", lambda name: tiny)
    folder, out = tmp_path / "scenes", tmp_path / "r.json"
    assert run("sample", folder, "--images", 4, "--scenes", "varied") == 0
    asked = ("train", folder, "--backbone", "resnet18", "--epochs", 1, "--device", "cpu", "--json", out)
    assert run(*asked) == 0
    said = capsys.readouterr().err
    assert "coco_v2 weights are of another backbone than resnet18: starts from imagenet" in said
    assert "Downloading the ImageNet backbone of resnet18, 47 MB" in said
    assert len(server.asked) == 1
    trained = load(Path(result(out)["file"]))
    assert trained.architecture == TINY
    assert json.loads(trained.about["settings"])["weights"] == "imagenet"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--backbone", "vgg16"), "there is no backbone 'vgg16'; there are "),
        (
            ("--backbone", "resnet34", "--weights", "starter"),
            "The starter weights are for another backbone than resnet34. What fits it: imagenet, none.",
        ),
        (("--weights", "coco"), "The coco weights are for another backbone than resnet18."),
    ],
)
def test_training_refuses_what_does_not_fit_and_says_what_does(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    download: tuple[Server, Source],
    options: tuple[str, ...],
    reason: str,
) -> None:
    assert run("train", folder, *options) == 1
    assert f"fovea train: {reason}" in capsys.readouterr().err
    assert download[0].asked == []


def test_json_goes_to_standard_output_alone(
    folder: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("evaluate", folder, "--model", model, "--split", "all", "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["images"] == 12
    assert run("weights", "--json", "-") == 0
    assert len(json.loads(capsys.readouterr().out)["weights"]) > 3


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in cli.COMMANDS:
        assert run(command, "--help") == 0
        assert "--json" in capsys.readouterr().out
