"""Several processes train as one would, and go on when one of them dies. torchrun starts them, over gloo."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from model import cli
from model.data.project import Project
from model.data.runs import checkpoint_of
from model.network.retinanet import RetinaNet
from model.network.weights import Weights, load, save, state_of
from model.training.world import World
from tests.model.training import together
from tests.model.training.scenes import TINY

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 240.0
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


def torchrun(processes: int, *arguments: object, restarts: int = 0) -> subprocess.Popen[str]:
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}",
        f"--max-restarts={restarts}", "--monitor-interval=0.2", *map(str, arguments),
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def result(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "losses.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one process makes of the run."""
    folder = tmp_path_factory.mktemp("alone")
    subprocess.run(
        [sys.executable, "-m", "tests.model.training.together", str(folder)],
        cwd=ROOT,
        check=True,
        timeout=LIMIT_S,
    )
    return folder


@pytest.mark.parametrize(
    "processes", [2, 3]
)  # 4 images a step: 2 and 2, or 2, 1 and 1; 2 of the last: 1, 1 and 0
def test_together_they_learn_what_one_learns(processes: int, alone: Path, tmp_path: Path) -> None:
    run = torchrun(processes, "-m", "tests.model.training.together", tmp_path)
    said, _ = run.communicate(timeout=LIMIT_S)
    assert run.returncode == 0, said
    one, many = result(alone), result(tmp_path)
    assert many["size"] == processes
    assert many["losses"].keys() == one["losses"].keys()
    for step, losses in one["losses"].items():
        assert many["losses"][step] == pytest.approx(losses, rel=1e-5), step
    assert many["ap"] == pytest.approx(one["ap"], abs=1e-4)
    ours, theirs = load(tmp_path / "m.safetensors").tensors, load(alone / "m.safetensors").tensors
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in theirs) < 1e-5


def process_of(rank: int, folder: Path) -> int | None:
    """The process of this rank that trains on the folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = process.joinpath("cmdline").read_bytes().split(b"\0")
            environment = process.joinpath("environ").read_bytes().split(b"\0")
        except OSError:  # it has just ended, or is another person's
            continue
        if os.fsencode(folder) in command and f"RANK={rank}".encode() in environment:
            return int(process.name)
    return None


def test_the_run_completes_when_a_process_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    assert cli.run(["sample", str(folder), "--images", "8", "--scenes", "varied"]) == 0
    run = torchrun(
        2, "main.py", "train", folder, "--weights", "none", "--norm", "group", "--image-size", "64",
        "--epochs", "4", "--batch-size", "2", "--device", "cpu", "--precision", "float32", restarts=2,
    )  # fmt: skip
    models, deadline = folder / ".fovea" / "models", time.monotonic() + LIMIT_S
    while not list(models.glob("*.resume.safetensors")):
        assert run.poll() is None, run.communicate()[0]
        assert time.monotonic() < deadline, "no checkpoint came"
        time.sleep(0.05)
    process = process_of(1, folder)
    assert process is not None
    os.kill(process, signal.SIGKILL)
    said, _ = run.communicate(timeout=LIMIT_S)
    assert run.returncode == 0, said
    epochs = [int(number) for number in re.findall(r"^epoch (\d+):", said, re.MULTILINE)]
    assert epochs[-1] == 3
    assert said.count("images to learn from") == 2  # started twice: once anew, once from the checkpoint
    again = said.rindex("images to learn from")
    assert "epoch 0:" not in said[again:]
    (model,) = [
        file for file in models.glob("*.safetensors") if not file.name.endswith(".resume.safetensors")
    ]
    assert not checkpoint_of(model).exists()
    with Project.open(folder, create=False) as project:
        assert [row.file for row in project.models()] == [model.name]


def test_a_folder_is_shared_out_for_detection_and_reported_as_by_one(tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    assert cli.run(["sample", str(folder), "--images", "5", "--scenes", "varied"]) == 0
    (folder / "broken.jpg").write_bytes(b"not a picture")
    weights = tmp_path / "untrained.safetensors"
    save(Weights(TINY, ("disc", "ring"), state_of(RetinaNet(TINY, 2))), weights)
    options = ["detect", str(folder), "--model", str(weights), "--score", "0.0", "--device", "cpu", "--out"]
    assert cli.run([*options, str(tmp_path / "one")]) == 1  # one cannot be read
    run = torchrun(2, "main.py", *options, tmp_path / "two")
    said, _ = run.communicate(timeout=LIMIT_S)
    assert run.returncode != 0
    assert said.count("broken.jpg is not an image") == 1  # told once, by the first process
    one, two = (json.loads((tmp_path / n / "detections.json").read_text("utf-8")) for n in ("one", "two"))
    assert [image["file"] for image in two["images"]] == [image["file"] for image in one["images"]]
    assert two == one


def test_alone_nothing_is_exchanged() -> None:
    world, values = World(), torch.tensor([1.0, 2.0])
    assert (world.size, world.is_first, world.share("a"), world.gather("a")) == (1, True, "a", ["a"])
    assert world.add(values) is values
    assert world.part(together.ONE_RUN.milestones) == list(together.ONE_RUN.milestones)
