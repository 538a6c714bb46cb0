"""What each process of test_world.py runs, and one process alone: steps on the same batches, their losses printed."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import torch

from model.records import StepEnded
from model.training import run as running
from model.training import sampling
from model.training.train import train
from model.training.world import World, join, leave
from tests.model.training.scenes import SETTINGS, scenes

# group norm: a batch norm's statistics would be those of each part of a batch
ONE_RUN = replace(
    SETTINGS, norm="group", epochs=2, batch_size=4, optimizer="sgd", average_decay=0.9, learning_rate=1e-3
)


def main(folder: Path) -> None:
    """Train in `folder`, and leave losses by step in losses.json; the model is m.safetensors."""
    torch.set_num_threads(1)
    running.STEP_S, sampling.LEAST_STEPS = 0.0, 1
    join("cpu")
    world = World()
    snapshot = scenes(folder, train=10, val=3) if world.is_first else None
    losses: dict[int, dict[str, float]] = {}
    ap = None
    for event in train(lambda: snapshot, ONE_RUN, folder / "m.safetensors"):  # type: ignore[arg-type, return-value]
        if isinstance(event, StepEnded):
            losses[event.step] = dict(event.losses)
        ap = getattr(event, "metrics", None) or ap
    if world.is_first:
        found = {"losses": losses, "ap": ap and ap.ap, "size": world.size}
        (folder / "losses.json").write_text(json.dumps(found), "utf-8")
    leave()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
