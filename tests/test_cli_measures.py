"""main.py evaluate: what it prints, writes and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model import cli
from model.commands.evaluate import _confused
from model.data.project import Project
from model.detection import detector
from model.network.retinanet import RetinaNet
from model.network.weights import Weights, save, state_of
from model.records import MEASURES, Architecture, Confusion, Detection

TINY = Architecture("resnet18", channels=32, head_convs=1, short_side=96, long_side=96)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "scenes"
    assert cli.run(["sample", str(folder), "--images", "12", "--scenes", "varied", "--seed", "3"]) == 0
    return folder


@pytest.fixture
def model(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of the folder's classes that finds the boxes of every image but the last, and takes one for another."""
    with Project.open(folder) as project:
        classes = project.classes()
        images = project.snapshot().labelled()
    names = {c.id: c.name for c in classes}
    answers = [[Detection(*b.xyxy, names[b.label], 0.8) for b in i.boxes] for i in images]
    wrong = answers[0][0]
    other = next(name for name in names.values() if name != wrong.name)
    answers[0][0] = Detection(*wrong.xyxy, other, 0.9)
    answers[-1] = []
    told = iter(map(tuple, answers))
    monkeypatch.setattr(detector.Detector, "detect", lambda self, pixels: next(told))
    path = tmp_path / "played.safetensors"
    save(Weights(TINY, tuple(names.values()), state_of(RetinaNet(TINY, len(names)))), path)
    return path


def test_it_prints_all_measures_classes_scores_and_the_matrix(
    folder: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["evaluate", str(folder), "--model", str(model), "--split", "all", "--device", "cpu"]) == 0
    said = capsys.readouterr().err
    for measure in MEASURES:
        assert f"  {measure.title:<10} " in said
    assert "VOC AP" in said
    assert "best scores to keep detections from" in said
    assert "all classes              score 0.800" in said
    assert "most frequent mistakes from score 0.800 on:" in said  # the scenes have more than nine classes
    assert "played: AP 0." in said


def test_the_matrix_of_few_classes_is_printed_whole() -> None:
    images = (((), (7,), ()), ((), (), ()), ((), (), ()))
    matrix = Confusion(("cat", "dog"), ((10, 2, 0), (0, 31, 4), (0, 1, 0)), images, 0.5, 0.5)
    assert list(_confused(matrix))[1:] == [
        "                     cat        dog background",
        "  cat                 10          2          0",
        "  dog                  0         31          4",
        "  background           0          1          0",
    ]


def test_json_has_all_of_it_and_the_files_behind_each_mistake(
    folder: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "r.json"
    call = ["evaluate", str(folder), "--model", str(model), "--split", "all", "--device", "cpu"]
    assert cli.run([*call, "--score", "0.85", "--json", str(out)]) == 0
    said = json.loads(out.read_text("utf-8"))
    assert {measure.name for measure in MEASURES} <= set(said)
    assert 0 < said["ap"] < 1
    assert said["confusion"]["score"] == 0.85
    names = [*said["confusion"]["names"], "background"]
    mistakes = {
        (names[row], names[column]): (count, said["confusion"]["images"][row][column])
        for row, counts in enumerate(said["confusion"]["counts"])
        for column, count in enumerate(counts)
        if count and names[column] != "background"
    }
    with Project.open(folder) as project:
        first = project.snapshot().labelled()[0].path
    assert list(mistakes.values()) == [(1, [first])]  # the one told at 0.9
    assert len(said["curves"]) == len(said["thresholds"]) == len(said["per_class"])


def test_the_report_is_a_page(folder: Path, model: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    call = ["evaluate", str(folder), "--model", str(model), "--split", "all", "--device", "cpu"]
    assert cli.run([*call, "--report", str(page)]) == 0
    text = page.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "Measures of played" in text
