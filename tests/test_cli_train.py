"""main.py train: every setting by its name, data sets as they come, and what cannot be asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model import cli
from model.commands.options import with_settings
from model.commands.train import PRESETS as OFFERED
from model.data.runs import checkpoint_of
from model.network.weights import load
from model.records import Setting, settings_with_options
from model.training.card import card_file
from model.training.presets import FAST, PRESETS

SETTINGS = tuple(settings_with_options())
# a network from nothing that learns a few images in seconds
TINY = (
    "--weights",
    "none",
    "--norm",
    "group",
    "--image-size",
    64,
    "--epochs",
    1,
    "--batch-size",
    4,
    "--device",
    "cpu",
)


def run(*arguments: object) -> int:
    return cli.run([str(argument) for argument in arguments])


def other_than(setting: Setting) -> Any:
    """A value that is in the setting's range and not its default."""
    option, default = setting.option, setting.default
    if option.choices:
        return next(choice for choice in option.choices if choice != default)
    if isinstance(default, bool):
        return not default
    if isinstance(default, tuple):
        return tuple(value * 0.9 for value in default)
    middle = min(option.high, 2 * max(option.low, default or 0.01) + 0.01)
    return int(middle) + 1 if isinstance(default, int) else middle


def as_words(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["on" if value else "off"]
    return [
        repr(number) if isinstance(number, float) else str(number)
        for number in (value if isinstance(value, tuple) else (value,))
    ]


def test_every_preset_is_offered() -> None:
    assert tuple(preset.preset for preset in PRESETS) == OFFERED


@pytest.mark.parametrize("setting", SETTINGS, ids=[setting.name for setting in SETTINGS])
def test_every_setting_can_be_asked_for_by_its_name(setting: Setting) -> None:
    value = other_than(setting)
    assert not setting.option.flaw(value)
    a = cli.parser().parse_args(["train", "folder", f"--{setting.name.replace('_', '-')}", *as_words(value)])
    assert with_settings(FAST, a) == replace(FAST, **{setting.name: value})


def test_what_is_not_asked_for_is_the_presets() -> None:
    assert with_settings(FAST, cli.parser().parse_args(["train", "folder"])) == FAST


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--rotation", "999"), "argument --rotation: it must be from 0 to 180"),
        (("--epochs", "0"), "argument --epochs: it must be from 1 to 100000"),
        (("--epochs", "1.5"), "“1.5” is not a whole number"),
        (("--learning-rate", "nan"), "argument --learning-rate: it must be from 0 to 1"),
        (("--best-anchor", "maybe"), "on or off"),
    ],
)
def test_a_value_out_of_range_is_refused(
    words: tuple[str, ...], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("train", tmp_path, *words) == 2
    assert reason in capsys.readouterr().err


def test_settings_that_contradict_each_other_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sample", tmp_path / "scenes", "--images", 6, "--scenes", "varied") == 0
    for words, reason in (
        (("--epochs", 2, "--minutes", 1), "a run has one length"),
        (("--unfreeze-by", 0.5), "nothing is frozen"),
        (("--norm", "group"), "trained with batch norms"),
    ):
        assert run("train", tmp_path / "scenes", *words) == 1
        assert reason in capsys.readouterr().err


def test_a_voc_folder_trains_and_is_evaluated_as_it_comes(tmp_path: Path) -> None:
    scenes, voc = tmp_path / "scenes", tmp_path / "VOC2007"
    assert run("sample", scenes, "--images", 10, "--scenes", "varied") == 0
    assert run("export", scenes, "--format", "voc", "--out", voc) == 0
    before = {path: path.read_bytes() for path in voc.rglob("*") if path.is_file()}
    assert run("train", voc, *TINY, "--json", tmp_path / "trained.json") == 0
    trained = json.loads((tmp_path / "trained.json").read_text("utf-8"))
    model = Path(trained["file"])
    assert model.parent == voc / ".fovea" / "models"
    assert {path for path in voc.rglob("*") if path.is_file()} - set(before) == {model, card_file(model)}
    assert all(
        path.read_bytes() == data for path, data in before.items()
    )  # nothing of the data set is touched
    assert not checkpoint_of(model).exists()
    classes = load(model).classes
    assert run("evaluate", voc, "--json", tmp_path / "measured.json") == 0
    measured = json.loads((tmp_path / "measured.json").read_text("utf-8"))
    assert measured["model"] == model.stem
    assert measured["ap"] == pytest.approx(trained["ap"], abs=1e-3)
    assert [row["name"] for row in measured["per_class"]] == list(classes)


def test_models_of_a_data_set_can_go_elsewhere(tmp_path: Path) -> None:
    scenes, voc = tmp_path / "scenes", tmp_path / "VOC2007"
    assert run("sample", scenes, "--images", 6, "--scenes", "varied") == 0
    assert run("export", scenes, "--format", "voc", "--out", voc) == 0
    assert run("train", voc, *TINY, "--out", tmp_path / "models") == 0
    assert not (voc / ".fovea").exists()
    assert len(list((tmp_path / "models").glob("*.safetensors"))) == 1
