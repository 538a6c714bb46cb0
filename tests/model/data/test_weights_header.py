"""The network of a weights file, without its tensors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from model.data.weights_header import LARGEST_HEADER, architecture_of, length_of
from model.network.retinanet import RetinaNet
from model.network.weights import Weights, save, state_of
from model.records import Architecture, TrainSettings
from model.training.checkpoint import Checkpoint, save_checkpoint
from model.training.pace import Position

FITTED = Architecture(
    "resnet18", 32, head_convs=1, anchor_sizes=(9, 17, 40, 80, 200), anchor_ratios=(0.4, 1.1, 3.0)
)


def test_it_is_the_one_that_was_saved(tmp_path: Path) -> None:
    file = tmp_path / "m.safetensors"
    save(Weights(FITTED, ("cat",), state_of(RetinaNet(FITTED, 1))), file)
    assert architecture_of(file) == FITTED


def headed(header: object) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 a zip file",
        (LARGEST_HEADER + 1).to_bytes(8, "little"),
        headed({})[:-1],
        headed([]),
        headed({}),
        headed({"__metadata__": None}),
        headed({"__metadata__": {"architecture": "[]"}}),
        headed({"__metadata__": {"architecture": json.dumps({"channels": 10**9})}}),
        headed({"__metadata__": {"architecture": json.dumps({"attention": 1})}}),
    ],
    ids=["empty", "zip", "huge", "cut", "list", "no metadata", "null", "no object", "absurd", "newer"],
)
def test_another_file_is_a_value_error(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "m.safetensors"
    file.write_bytes(data)
    with pytest.raises(ValueError):  # json's is one too: nobody reads the words
        architecture_of(file)


@pytest.mark.parametrize(("epochs", "minutes"), [(30, None), (30, 2.5), (50_000, 20_000.0)])
def test_the_length_of_a_run_is_in_its_checkpoint(tmp_path: Path, epochs: int, minutes: float | None) -> None:
    file = tmp_path / "m.resume.safetensors"
    settings = TrainSettings("fast", FITTED, epochs=epochs, minutes=minutes)
    save_checkpoint(Checkpoint(settings, (), Position(), 0, 1.0, {"network/a": torch.zeros(1)}), file)
    assert length_of(file) == (epochs, minutes)


@pytest.mark.parametrize(
    "settings", [None, "[]", "{", '{"epochs": 3}', '{"epochs": "3", "minutes": null}',
                 '{"epochs": 3, "minutes": "ten"}']
)  # fmt: skip
def test_a_checkpoint_without_a_length_is_a_value_error(tmp_path: Path, settings: str | None) -> None:
    file = tmp_path / "m.resume.safetensors"
    file.write_bytes(headed({"__metadata__": {"settings": settings}}))
    with pytest.raises(ValueError):
        length_of(file)
