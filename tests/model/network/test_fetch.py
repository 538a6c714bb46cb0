"""Downloads, from a server of the test's own: whole and checked, or no file and a sentence."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torchvision.models import get_weight

from model.network import fetch as fetching
from model.network import starting
from model.network.fetch import fetch
from model.network.sources.source import Source
from model.network.starting import fetch_start, starting_tensors
from model.network.torchvision_files import check
from model.network.weights import WeightsError
from model.records import Architecture, Progress
from tests.model.network.downloads import Server, resnet18_on, serving

RESNET18 = Architecture("resnet18", 32, head_convs=1)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as it:
        yield it


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    """An empty cache of torch's own. Its folder is not made yet, as on a new machine."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(fetching, "TELL_S", 0.0)
    return tmp_path / "hub" / "checkpoints"


@pytest.fixture
def source(server, hub, tmp_path) -> Source:
    return resnet18_on(server, tmp_path)


def refused(source: Source) -> str:
    with pytest.raises(WeightsError) as error:
        list(fetch(source))
    return str(error.value)


def test_what_comes_is_what_was_sent_and_is_told_on_the_way(server, source, hub):
    told = list(fetch(source))
    assert (hub / "resnet18-f37072fd.pth").read_bytes() == server.data
    assert [path.name for path in hub.iterdir()] == ["resnet18-f37072fd.pth"]
    assert told[0] == Progress(0, len(server.data), "Downloading the ImageNet backbone of resnet18")
    done = [progress.done for progress in told]
    assert done == sorted(set(done))
    assert {progress.total for progress in told} == {len(server.data)}
    assert done[-1] == len(server.data)
    assert "of 47 MB, " in told[-1].text


def test_a_second_run_does_not_fetch(server, source):
    list(fetch(source))
    assert len(server.asked) == 1
    assert list(fetch(source)) == []
    assert len(server.asked) == 1


def test_cancelling_in_the_middle_leaves_no_file(server, source, hub):
    server.pause_s = 0.001
    steps = fetch(source)
    for progress in steps:
        if progress.done > 100_000:
            break
    assert len(list(hub.iterdir())) == 1  # the temporary one
    steps.close()
    assert list(hub.iterdir()) == []


def test_a_connection_that_ends_too_early_is_noticed(server, source, hub):
    server.promised, server.data = len(server.data), server.data[:5_000_000]
    sentence = refused(source)
    assert sentence.startswith("The connection ended after 5 of 47 MB of resnet18-f37072fd.pth. Try again")
    assert f"fetch {source.url} elsewhere and put the file into {hub}" in sentence
    assert list(hub.iterdir()) == []


def test_a_network_that_falls_silent_is_given_up(server, source, hub, monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT_S", 0.2)
    server.pause_s = 1.0
    assert refused(source).startswith("The connection ended after 0 of 47 MB")
    assert list(hub.iterdir()) == []


def test_another_file_than_promised_is_not_kept(server, source, hub):
    server.data = b"<html>Please sign in to this network</html>"
    assert "came damaged: its SHA-256 begins with" in refused(source)
    assert list(hub.iterdir()) == []


def test_one_flipped_bit_is_noticed(server, source, hub):
    data = bytearray(server.data)
    data[len(data) // 2] ^= 1
    server.data = bytes(data)
    assert "came damaged" in refused(source)
    assert list(hub.iterdir()) == []


def test_an_address_that_is_gone_says_so_with_the_way_around(server, source, hub):
    server.status = 404
    sentence = refused(source)
    assert "could not be downloaded (the server says 404 Not Found)" in sentence
    assert f"put the file into {hub}" in sentence


def test_without_a_network_it_says_which_file_to_put_where(server, source, hub):
    sentence = refused(replace(source, url="http://127.0.0.1:9/resnet18-f37072fd.pth"))
    assert sentence == (
        "resnet18-f37072fd.pth could not be downloaded (Connection refused). Without a network: fetch "
        f"http://127.0.0.1:9/resnet18-f37072fd.pth elsewhere and put the file into {hub}."
    )
    assert list(hub.iterdir()) == []


def test_a_disk_without_room_is_told_before_anything_is_written(source, hub, monkeypatch):
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda path: SimpleNamespace(free=3_000_000))
    assert refused(source).startswith("resnet18-f37072fd.pth needs 47 MB, and the disk of ")
    assert list(hub.iterdir()) == []


def test_a_disk_that_fills_up_meanwhile_is_told(source, hub, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetching.os, "fsync", full)
    assert refused(source) == (f"resnet18-f37072fd.pth cannot be written to {hub}: No space left on device.")
    assert list(hub.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told_before_the_network_is_asked(server, source, hub):
    hub.parent.mkdir()
    hub.write_bytes(b"a file where the folder should be")
    assert refused(source).startswith(f"resnet18-f37072fd.pth cannot be written to {hub}: ")
    assert hub.read_bytes() == b"a file where the folder should be"
    assert server.asked == []


# ------------------------------------------------------------------------------------ as training uses it


@pytest.fixture
def registered(source, monkeypatch) -> Source:
    """The test's file in the place of torchvision's, in the registry as training sees it."""
    monkeypatch.setattr(starting, "source_for", lambda kind, backbone: source)
    return source


def test_what_was_fetched_is_read_by_torchvisions_own_api(registered, server, hub, monkeypatch):
    list(fetch_start("imagenet", RESNET18))
    fetched = get_weight("ResNet18_Weights.IMAGENET1K_V1").get_state_dict(progress=False)
    tensors, _ = starting_tensors("imagenet", RESNET18, ("bolt",))
    body = {name.removeprefix("backbone.body.") for name in tensors}
    assert body == {n for n in fetched if not n.startswith("fc.") and not n.endswith("num_batches_tracked")}
    assert all(torch.equal(tensors[f"backbone.body.{name}"], fetched[name]) for name in body)
    assert len(server.asked) == 1


def test_tensors_that_are_asked_for_are_fetched_first(registered, server):
    tensors, _ = starting_tensors("imagenet", RESNET18, ("bolt",))
    assert "backbone.body.conv1.weight" in tensors
    assert len(server.asked) == 1


def test_what_lies_there_under_the_right_name_is_checked(registered, hub, server):
    hub.mkdir(parents=True)
    registered.file.write_bytes(b"not what it was")
    with pytest.raises(WeightsError, match=r"resnet18-f37072fd\.pth is damaged\. Delete it"):
        starting_tensors("imagenet", RESNET18, ("bolt",))
    with pytest.raises(WeightsError, match=r"is damaged"):
        check(registered)
    assert server.asked == []


def test_a_program_in_a_pickle_is_not_run(registered, hub, tmp_path, monkeypatch):
    class Program:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "ran",))  # type: ignore[return-value]

    hub.mkdir(parents=True)
    torch.save(Program(), registered.file)
    digest = hashlib.sha256(registered.file.read_bytes()).hexdigest()
    monkeypatch.setattr(starting, "source_for", lambda kind, backbone: replace(registered, hash=digest[:8]))
    with pytest.raises(WeightsError, match="cannot be read"):
        starting_tensors("imagenet", RESNET18, ("bolt",))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("weights", ["coco", "coco_v2"])
def test_what_cannot_fit_is_refused_before_it_is_fetched(hub, weights, monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(fetching.urllib.request, "urlopen", lambda *a, **k: asked.append("asked"))
    with pytest.raises(WeightsError, match=rf"The {weights} weights are for another backbone than resnet18"):
        list(fetch_start(weights, RESNET18))
    assert asked == []


@pytest.mark.parametrize("weights", ["none", "starter", "/nowhere/mine.pth"])
def test_nothing_is_fetched_for_what_is_no_download(hub, weights):
    assert list(fetch_start(weights, RESNET18)) == []
