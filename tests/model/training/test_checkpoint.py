from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from model.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, settings_from
from model.training.errors import TrainingError
from model.training.pace import Position
from model.training.presets import PRESETS
from tests.model.training.scenes import DISC, SETTINGS, SQUARE

POINT = Checkpoint(
    SETTINGS,
    (SQUARE, DISC),
    Position(2, 3, 50, 12.5),
    49,
    1024.0,
    {"network/a": torch.arange(6.0).reshape(2, 3)},
)


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "m.resume.safetensors"
    save_checkpoint(POINT, path)
    loaded = load_checkpoint(path)
    assert (loaded.settings, loaded.classes, loaded.position) == (
        POINT.settings,
        POINT.classes,
        POINT.position,
    )
    assert (loaded.updates, loaded.loss_scale) == (49, 1024.0)
    assert loaded.tensors["network/a"].equal(POINT.tensors["network/a"])


@pytest.mark.parametrize("settings", PRESETS, ids=lambda settings: settings.preset)
def test_settings_survive_json(settings: object) -> None:
    assert settings_from(json.loads(json.dumps(asdict(settings)))) == settings  # type: ignore[call-overload]


def test_a_missing_checkpoint_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"cannot be resumed.*m\.resume"):
        load_checkpoint(tmp_path / "m.resume.safetensors")


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04"], ids=["empty", "page", "zip"])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.resume.safetensors"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match=r"m\.resume"):
        load_checkpoint(path)


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "m.resume.safetensors"
    save_checkpoint(POINT, path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(TrainingError, match="damaged"):
        load_checkpoint(path)
