"""The registry of what training can start from: complete, told by torchvision, and each row true."""

from __future__ import annotations

import json
import subprocess
import sys
from operator import attrgetter
from pathlib import Path
from urllib.parse import urlparse

import pytest
import torch
from torchvision.models import get_weight

from model.discover import discover
from model.network import backbones, weights
from model.network.retinanet import RetinaNet
from model.network.sources.registry import kind_named, kinds, source_for, sources, that_fit
from model.network.starting import BODY
from model.network.weights import WeightsError, facts_of, load

ROOT = Path(__file__).resolve().parents[3]
BACKBONES = discover(backbones, "BACKBONES")
DOWNLOADS = tuple(source for source in sources() if source.url)


def test_the_kinds_are_these_in_this_order():
    assert [kind.name for kind in kinds()] == ["starter", "coco", "coco_v2", "imagenet", "none"]


def test_the_kinds_can_be_shown_before_torch_is_there():
    code = (
        "import sys; from model.network.sources.registry import kinds; "
        "assert all(kind.title and kind.words for kind in kinds()); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("source", DOWNLOADS, ids=attrgetter("file.name"))
def test_a_download_is_what_torchvision_says_of_it(source):
    told = get_weight(source.torchvision)
    assert source.url == told.url
    assert urlparse(source.url).scheme == "https"
    assert source.file == Path(torch.hub.get_dir()) / "checkpoints" / Path(told.url).name
    assert len(source.hash) >= 8
    assert f"-{source.hash}." in source.file.name
    assert source.parameters == told.meta["num_params"]
    # float32, and 3 % at most for the file's own table and the norms' statistics
    assert 1 < source.size / (4 * source.parameters) < 1.03
    assert "licence" in source.terms


def test_the_reported_figures_are_labelled():
    figures = {source.name: str(source.figure) for source in sources() if source.name.startswith("coco")}
    assert figures == {"coco": "COCO box AP 0.364", "coco_v2": "COCO box AP 0.415"}
    resnet18 = next(s for s in DOWNLOADS if s.backbones == ("resnet18",))
    assert str(resnet18.figure) == "ImageNet top-1 0.698"


@pytest.mark.parametrize("name", ["coco", "coco_v2"])
def test_rows_that_stand_for_nothing_are_no_classes(name):
    (source,) = kind_named(name).sources()
    assert len(source.classes) == 80
    assert not {"__background__", "N/A"} & set(source.classes)


@pytest.mark.parametrize("row", BACKBONES, ids=attrgetter("name"))
def test_every_backbone_has_imagenet_weights(row):
    source = source_for(kind_named("imagenet"), row.name)
    assert source.backbones == (row.name,)
    assert len(source.classes) == 1000
    assert "imagenet" in that_fit(row.name)
    assert "none" in that_fit(row.name)


@pytest.mark.parametrize("name", ["coco", "coco_v2"])
def test_the_architecture_of_a_detector_is_torchvisions(name):
    (source,) = kind_named(name).sources()
    with torch.device("meta"):
        network = RetinaNet(source.architecture, 91, norm="batch")
    # counted with a frozen stem's norms; torchvision counts the same parameters
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(source.parameters, rel=0.002)


@pytest.mark.parametrize("row", BACKBONES, ids=attrgetter("name"))
def test_a_classifiers_state_dict_is_a_backbones_under_its_prefix(row):
    kind = kind_named("imagenet")
    state = kind.adapt({"conv1.weight": torch.zeros(1)})
    assert list(state.tensors) == [f"{BODY}conv1.weight"]
    assert state.rows == ()


def test_the_starters_row_is_what_its_file_says():
    (starter,) = kind_named("starter").sources()
    whole = load(weights.STARTER)
    assert starter.is_here
    assert (starter.architecture, starter.classes) == (whole.architecture, whole.classes)
    assert starter.size == weights.STARTER.stat().st_size
    assert starter.figure.value == json.loads(whole.about["metrics"])["ap"]
    assert (starter.licence, starter.url) == ("MIT", "")


@pytest.mark.parametrize("data", [None, b"", b"no weights", b"\x05" + bytes(7) + b'"a b"'])
def test_a_missing_or_broken_starter_leaves_the_list_whole(tmp_path, monkeypatch, data):
    file = tmp_path / "starter.safetensors"
    if data is not None:
        file.write_bytes(data)
    monkeypatch.setattr(weights, "STARTER", file)
    (starter,) = kind_named("starter").sources()
    assert (starter.backbones, starter.is_here) == ((), data is not None)
    with pytest.raises(WeightsError, match=r"starter"):
        kind_named("starter").read(starter)
    with pytest.raises(WeightsError, match=r"starter\.safetensors"):
        facts_of(file)
