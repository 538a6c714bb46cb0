"""One set, two runs from the same weights: ours and torchvision's, at the same time and for the same time.

Both learn the images that the program itself would train on, and both are measured on those that it would validate
on, as main.py evaluate does it, whenever EVERY_S seconds of training are over. No measuring counts as training,
for neither: so ours is not given the validation images, and torchvision's loop has no evaluation.

Each run is a process. Where each can have cores of its own, both train side by side and swap cores after each
measure, so that whatever else the machine does meets both alike; where they cannot, they take turns.
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from model import cli
from model.data.images import read_image
from model.data.project import Project
from model.detection.detector import Detector
from model.network.retinanet import RetinaNet
from model.network.starting import starting_tensors
from model.network.weights import Weights, load, save, state_of
from model.records import (
    LabelledImage,
    Metrics,
    Setback,
    Snapshot,
    TrainingEnded,
    TrainingStarted,
    TrainSettings,
    WeightsOffered,
)
from model.training.evaluate import Detect, measure
from model.training.selection import select
from model.training.train import train
from tests.benchmarks.rivals import Standing
from tests.benchmarks.torchvision_recipe import train_as_torchvision

EVERY_S = 10.0  # of training, between two measures; ours offers weights each 2.5 s on a CPU

Segment = Callable[[int], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Contest:
    """What both runs are given. settings start from `start`, a weights file, and last settings.minutes."""

    name: str
    snapshot: Snapshot  # of the images to learn from alone
    val: tuple[LabelledImage, ...]
    settings: TrainSettings
    start: Path

    @property
    def moments(self) -> tuple[float, ...]:
        """Seconds of training at which both are measured; infinity is the end, however late it comes."""
        seconds = 60 * (self.settings.minutes or 0.0)
        return (*(EVERY_S * number for number in range(math.ceil(seconds / EVERY_S))), math.inf)


@dataclass(frozen=True, slots=True)
class Point:
    """What a run knew after so much training."""

    seconds: float
    steps: int
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Curve:
    """A run from its start to its end."""

    points: tuple[Point, ...]
    notes: tuple[str, ...]  # each once

    @property
    def end(self) -> Point:
        return self.points[-1]


# ------------------------------------------------------------------------------------------ what both are given


def prepare(source: Path, folder: Path, settings: TrainSettings) -> Contest:
    """Import a data set of Pascal VOC files as a user would, in a copy of its own below folder."""
    copy = folder / source.name
    shutil.copytree(source, copy)
    if cli.run(["import", str(copy)]):
        raise SystemExit(f"{source} could not be imported whole")
    with Project.open(copy) as project:
        snapshot = project.snapshot()
    return contest_of(source.name, snapshot, folder, settings)


def contest_of(name: str, snapshot: Snapshot, folder: Path, settings: TrainSettings) -> Contest:
    """Split as train() would, and write the weights that both start from into folder."""
    selection = select(snapshot, settings)
    learned = replace(snapshot, images=tuple(replace(i, split="train") for i in selection.train))
    start = folder / f"{name}-start.safetensors"
    save(first_weights(snapshot, settings), start)
    settings = replace(settings, weights=str(start), validation_share=0.0, device="cpu")
    return Contest(name, learned, selection.val, settings, start)


def first_weights(snapshot: Snapshot, settings: TrainSettings) -> Weights:
    """What train() begins with: the settings' weights, and the rest of the network from the seed."""
    classes = tuple(c.name for c in snapshot.classes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = RetinaNet(settings.architecture, len(classes))
        tensors, _ = starting_tensors(settings.weights, settings.architecture, classes)
    network.load_state_dict(tensors, strict=False)
    return Weights(settings.architecture, classes, state_of(network))


# ------------------------------------------------------------------------------------------ the two runs


def ours(contest: Contest) -> Iterator[Standing]:
    """The program's own training; where it stands whenever it offers weights, and with what it leaves behind."""
    with tempfile.TemporaryDirectory() as folder:
        events = train(lambda: contest.snapshot, contest.settings, Path(folder) / "ours.safetensors")
        with contextlib.closing(events):
            yield from _standings(events, contest.start)


def _standings(events: Iterator[Any], start: Path) -> Iterator[Standing]:
    seconds, steps, began = 0.0, 0, math.nan
    see = partial(_detector, load(start))
    for event in events:  # its own clock, too, stands still while an event is held
        seconds += 0.0 if math.isnan(began) else time.perf_counter() - began
        notes = getattr(event, "notes", ())
        match event:
            case TrainingStarted():
                seconds = 0.0  # what came before is not training, for torchvision's neither
                notes = (f"It computes in {event.precision}.", *(n for n in notes if start.name not in n))
            case WeightsOffered():
                steps, see = event.step, partial(_detector, event.weights)
            case TrainingEnded():
                see = partial(_detector, load(event.model))
                notes = (event.reason,) if event.reason else ()
            case Setback():
                notes = (event.text,)
        if notes or isinstance(event, TrainingStarted | WeightsOffered | TrainingEnded):
            yield Standing(seconds, steps, see, notes)
        began = time.perf_counter()


def _detector(weights: Weights) -> Detect:
    return Detector(weights, "cpu").detect


def theirs(contest: Contest) -> Iterator[Standing]:
    """torchvision's network under its own recipe."""
    seconds = 60 * (contest.settings.minutes or 0.0)
    return train_as_torchvision(contest.snapshot, contest.settings, load(contest.start), seconds)


def follow(run: Iterator[Standing], contest: Contest, segment: Segment = lambda _: nullcontext()) -> Curve:
    """Train from moment to moment, each part inside its segment(number), and measure in between."""
    points: list[Point] = []
    notes: list[str] = []
    standing: Standing | None = None
    for number, moment in enumerate(contest.moments):
        with segment(number):
            while (standing is None or standing.seconds < moment) and (later := next(run, None)):
                standing = later
                notes += later.notes
        assert standing is not None, "a run says where it stands before its first step"
        points.append(Point(standing.seconds, standing.steps, measured(standing.see(), contest)))
    return Curve(tuple(points), tuple(dict.fromkeys(notes)))


def measured(detect: Detect, contest: Contest) -> Metrics:
    """How good a detector is on the images that nobody learned."""
    found = [detect(read_image(contest.snapshot.folder / image.path)) for image in contest.val]
    return measure(contest.snapshot, contest.val, found)


# ------------------------------------------------------------------------------------------ side by side

RUNS = (ours, theirs)
_meeting: tuple[Any, Any] = (None, None)  # of a process that runs one of them: barrier and turn


def race(contest: Contest, threads: int) -> tuple[Curve, Curve]:
    """Both runs, each in a process with so many threads."""
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read when the processes import torch
    context = multiprocessing.get_context("spawn")
    meeting = (context.Barrier(len(RUNS)), context.Lock())
    with ProcessPoolExecutor(len(RUNS), context, _meet, meeting) as pool:
        futures = [pool.submit(_run, side, contest, threads) for side in range(len(RUNS))]
        errors = [future.exception() for future in futures]
    for error in errors:  # whoever only missed the other at the barrier has nothing to say
        if error is not None and not isinstance(error, threading.BrokenBarrierError):
            raise error
    return futures[0].result(), futures[1].result()


def _meet(*meeting: Any) -> None:
    global _meeting
    _meeting = meeting


def _run(side: int, contest: Contest, threads: int) -> Curve:
    barrier, turn = _meeting
    every = sorted(os.sched_getaffinity(0))
    passed = worked = 0.0  # seconds of all segments; of a core

    @contextlib.contextmanager
    def segment(number: int) -> Iterator[None]:
        nonlocal passed, worked
        barrier.wait()
        cores = cores_of(side, number, every, threads)
        with turn if cores is None else nullcontext():
            pin(cores or every[:threads])
            began, used = time.perf_counter(), time.process_time()
            yield
            passed, worked = passed + time.perf_counter() - began, worked + time.process_time() - used
        barrier.wait()

    with contextlib.ExitStack() as on_failure:
        on_failure.callback(barrier.abort)  # or the other would wait for ever
        curve = follow(RUNS[side](contest), contest, segment)
        on_failure.pop_all()
    share = worked / (threads * passed)  # much below 1 where the machine had other work to do
    return replace(curve, notes=(*curve.notes, f"While it trained it had {share:.0%} of its cores."))


def cores_of(side: int, number: int, every: Sequence[int], threads: int) -> list[int] | None:
    """The cores of a side, 0 or 1, in a segment: swapped in the next. None where both need the same ones."""
    if len(RUNS) * threads > len(every):
        return None
    first = (side + number) % len(RUNS) * threads
    return list(every[first : first + threads])


def pin(cores: Sequence[int]) -> None:
    """Keep all threads of this process to these cores. Linux only."""
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
            os.sched_setaffinity(int(thread.name), cores)
