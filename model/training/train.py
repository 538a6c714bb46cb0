"""The loop: for event in train(snapshot, settings, out)."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from model.data.runs import checkpoint_of
from model.network.devices import choose_device, choose_precision
from model.network.starting import fetch_start
from model.network.weights import save
from model.records import (
    EpochEnded,
    Metrics,
    ReadSnapshot,
    Snapshot,
    StepEnded,
    TrainEvent,
    TrainingEnded,
    TrainingStarted,
    TrainSettings,
    WeightsOffered,
)
from model.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from model.training.clock import Clock, Means, Speed, Timer
from model.training.dataset import Loader, Unreadable, batches
from model.training.errors import TrainingError
from model.training.learner import Learner
from model.training.pace import Pace, Position
from model.training.pixels import PixelCache, budget_bytes
from model.training.recipe import effective
from model.training.sampling import order_of
from model.training.schedule import learning_rate
from model.training.selection import Selection, select
from model.training.validate import validate

STEP_S = 0.1  # between two StepEnded at least
OFFER_S = {"cpu": 2.5}  # between two WeightsOffered, where no epoch ends before
OFFER_FAST_S = 0.7  # on anything faster
CHECKPOINT_S = 60.0  # between two checkpoints at most: what kill -9 may cost
EPOCH_CHECKPOINT_S = 20.0  # the least between those at epochs' ends: a short epoch is cheaper to repeat


def train(
    read_snapshot: ReadSnapshot, settings: TrainSettings, out: Path, resume: Path | None = None
) -> Iterator[TrainEvent]:
    """Train a detector on the labels that read_snapshot() gives, asked anew before each epoch.

    out: the weights file to write, at the end and when the generator is closed. While a run is not over, a
    checkpoint lies beside it. resume: the weights file of the interrupted run (it need not exist yet, its
    checkpoint must); the run then goes on with its own settings, but on the device asked for now.
    Weights to start from that are not on this machine are downloaded first, told as Progress; closing then
    leaves nothing. Until training starts, raises TrainingError and WeightsError when it cannot begin, and
    ValueError for settings that make no sense.
    """
    clock = Clock()
    run = _Run(read_snapshot, settings, out, resume, clock)
    events = run.events()
    try:
        for event in events:
            clock.pause()  # whoever takes the event may hold on to it for hours
            yield event
            clock.go()
    finally:
        events.close()


class _Run:
    """The state of one call of train()."""

    def __init__(
        self,
        read_snapshot: ReadSnapshot,
        settings: TrainSettings,
        out: Path,
        resume: Path | None,
        clock: Clock,
    ) -> None:
        self._read_snapshot, self._out, self._clock = read_snapshot, out, clock
        saved = load_checkpoint(checkpoint_of(resume)) if resume is not None else None
        self._is_resumed = saved is not None
        if saved is not None:
            settings = replace(saved.settings, device=settings.device, precision=settings.precision)
        self._settings, notes = effective(settings)
        self._notes = list(notes)
        self._told: set[str] = set()
        device = choose_device(settings.device)
        precision = choose_precision(settings.precision, device)
        self._snapshot, self._selection = self._look()
        if saved is None:
            self._position = Position()
            self._learner = Learner(self._settings, self._snapshot.classes, device, precision)
        else:
            self._position = saved.position
            clock.set(saved.position.seconds)
            self._learner = Learner(self._settings, saved.classes, device, precision)
            self._learner.load(saved.tensors, saved.updates, saved.loss_scale)
            self._learner = self._learner.for_classes(self._snapshot.classes)
        self._pace = Pace(self._settings, self._position, clock)
        architecture, budget = self._settings.architecture, budget_bytes()
        self._train_pixels = PixelCache(
            architecture, budget, enlarge=max(1.0, self._settings.scale_jitter[1])
        )
        self._val_pixels = PixelCache(architecture, budget // 4)
        self._unreadable = Unreadable()
        self._metrics: Metrics | None = None
        self._shown: StepEnded | None = None
        self._offered = Timer(clock, OFFER_S.get(device.type, OFFER_FAST_S))
        self._stepped = Timer(clock, STEP_S)
        self._checkpointed = Timer(clock, CHECKPOINT_S)
        self._speed = Speed()
        self._rate = 0.0

    # ------------------------------------------------------------------------------------------ the run

    def events(self) -> Generator[TrainEvent, None, None]:
        position = self._position
        if not self._is_resumed:
            yield from self._start()
        yield TrainingStarted(
            str(self._learner.device),
            str(self._learner.precision).removeprefix("torch."),
            len(self._selection.train),
            len(self._selection.val),
            tuple(c.name for c in self._snapshot.classes),
            self._pace.epochs,
            position.epoch,
            self._take_notes(),
        )
        is_over = False
        try:
            while not self._pace.is_over:
                yield from self._epoch()
            is_over = True
        finally:
            if position.step:
                save(self._learner.weights(self._about()), self._out)
                if not is_over:
                    self._save_checkpoint()
        checkpoint_of(self._out).unlink(missing_ok=True)
        yield TrainingEnded(self._out, self._metrics, position.epoch, self._clock.seconds)

    def _start(self) -> Generator[TrainEvent, None, None]:
        """Load what the run begins with, downloaded if need be: that does not count as training time."""
        weights, began = self._settings.weights, self._clock.seconds
        yield from fetch_start(weights, self._settings.architecture)
        self._learner.start_from(weights)
        self._clock.set(began)

    def _epoch(self) -> Generator[TrainEvent, None, None]:
        position, settings = self._position, self._settings
        if position.batch == 0 and position.step:
            self._look_again()
        began = self._clock.seconds
        loader = Loader(self._snapshot, settings, self._train_pixels)
        order = order_of(self._selection.train, settings, position.epoch)
        self._pace.batches = len(order)
        recent, whole = Means(), Means()
        read = batches(loader, order[position.batch :], self._unreadable)
        try:
            for samples in read:
                if samples:
                    step_began = self._clock.seconds
                    rate = self._rate = learning_rate(settings, position.step, self._pace.share)
                    losses = self._learner.step(samples, rate)
                    recent.add(losses)
                    whole.add(losses)
                    position.step += 1
                    self._speed.add(len(samples), self._clock.seconds - step_began)
                position.batch += 1
                if samples and self._stepped.is_due():
                    yield self._step_ended(recent, rate)
                    recent = Means()
                if samples and self._offered.is_due():
                    yield self._offer()
                if self._checkpointed.is_due():
                    self._save_checkpoint()
                if self._pace.time_is_up:
                    break
        finally:
            read.close()
        if not whole.steps and not position.step:
            raise TrainingError("None of the images could be read. " + " ".join(self._unreadable.take()))
        self._learner.check()
        yield self._offer()
        yield from self._measure()
        position.epoch, position.batch = position.epoch + 1, 0
        seconds = self._clock.seconds - began
        if self._checkpointed.elapsed >= EPOCH_CHECKPOINT_S:
            self._save_checkpoint()
        yield EpochEnded(
            position.epoch - 1,
            self._pace.epochs,
            whole.values(),
            self._metrics,
            self._rate,
            self._speed.images_per_second,
            seconds,
            self._take_notes(),
        )

    def _measure(self) -> Generator[TrainEvent, None, None]:
        """Validate. Meanwhile the last step is told again, so that a long validation can be stopped."""
        steps = validate(
            self._learner, self._snapshot, self._selection.val, self._val_pixels, self._unreadable
        )
        while True:
            try:
                next(steps)
            except StopIteration as ended:
                self._metrics = ended.value
                return
            if self._shown is not None and self._stepped.is_due():
                self._stepped.restart()
                yield self._shown

    # ------------------------------------------------------------------------------------------ labels

    def _look(self) -> tuple[Snapshot, Selection]:
        snapshot = self._read_snapshot()
        selection = select(snapshot, self._settings)
        self._notes += selection.notes
        return snapshot, selection

    def _look_again(self) -> None:
        """Take in what was labelled since the last epoch."""
        self._snapshot, self._selection = self._look()
        if self._snapshot.classes != self._learner.classes:
            self._learner = self._learner.for_classes(self._snapshot.classes)

    # ------------------------------------------------------------------------------------------ what is said

    def _step_ended(self, means: Means, rate: float) -> StepEnded:
        self._stepped.restart()
        self._learner.check()
        self._shown = StepEnded(
            self._position.epoch,
            self._pace.epochs,
            self._position.step,
            self._pace.steps,
            means.values(),
            rate,
            self._speed.images_per_second,
            self._pace.seconds_left,
        )
        return self._shown

    def _offer(self) -> WeightsOffered:
        self._offered.restart()
        return WeightsOffered(self._position.step, self._learner.weights(self._about()))

    def _take_notes(self) -> tuple[str, ...]:
        """What has come up since this was last asked, each once in the run."""
        new = dict.fromkeys([*self._notes, *self._learner.notes, *self._unreadable.take()])
        self._notes, self._learner.notes = [], []
        fresh = tuple(note for note in new if note not in self._told)
        self._told.update(fresh)
        return fresh

    def _about(self) -> dict[str, str]:
        return {
            "preset": self._settings.preset,
            "settings": json.dumps(asdict(self._settings)),
            "metrics": json.dumps(asdict(self._metrics)) if self._metrics else "",
            "epochs": str(self._position.epoch),
            "steps": str(self._position.step),
            "train images": str(len(self._selection.train)),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }

    def _save_checkpoint(self) -> None:
        self._position.seconds = self._clock.seconds
        learner = self._learner
        checkpoint = Checkpoint(
            self._settings,
            learner.classes,
            self._position,
            learner.averages.updates,
            learner.loss_scale,
            learner.state(),
        )
        save_checkpoint(checkpoint, checkpoint_of(self._out))
        self._checkpointed.restart()
