"""A run: what it knows, and the generator of its events."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path

from model.data.runs import checkpoint_of, clear_away
from model.network.devices import choose_device, choose_precision
from model.network.starting import fetch_start
from model.records import (
    EpochEnded,
    LabelledImage,
    ReadSnapshot,
    Setback,
    StepEnded,
    TrainEvent,
    TrainingEnded,
    TrainingStarted,
    TrainSettings,
    WeightsOffered,
)
from model.training.augmentations.augmentation import Sample
from model.training.checkpoint import Best, Checkpoint, load_checkpoint
from model.training.clock import Clock, Means, Speed, Timer
from model.training.dataset import Loader, Unreadable, batches
from model.training.errors import TrainingError
from model.training.evaluate import Findings
from model.training.events_file import EventsFile
from model.training.keeper import Keeper
from model.training.labels import Labels
from model.training.learner import Learner
from model.training.notes import Notes
from model.training.outcome import Measured, about, write
from model.training.pace import Pace, Position
from model.training.pixels import PixelCache, budget_bytes, pixels_to_learn
from model.training.recipe import effective
from model.training.sampling import order_of
from model.training.schedule import frozen_stages, learning_rate
from model.training.setbacks import MOST, SLOWER, Watch, last_sentence, sentence
from model.training.validate import look
from model.training.waiting import insist, refused, wait_for
from model.training.world import World

STEP_S = 0.25  # between two StepEnded at least: a person reads no faster, and each is drawn
OFFER_S = {"cpu": 2.5}  # between two WeightsOffered, where no epoch ends before
OFFER_FAST_S = 0.7  # on anything faster
CHECKPOINT_S = 60.0  # between two checkpoints at most: what kill -9 may cost
SEEDS = 1_000_003  # between those of two runs: no step of one has the seed of a step of another


class Run:
    """The state of one call of train(), which says what the arguments are."""

    def __init__(
        self,
        read_snapshot: ReadSnapshot,
        settings: TrainSettings,
        out: Path,
        resume: Path | None,
        clock: Clock,
    ) -> None:
        self._out, self._clock = out, clock
        self._world = World()
        saved = load_checkpoint(checkpoint_of(resume)) if resume is not None else None
        self._saved = saved
        if saved is not None:
            settings = replace(saved.settings, device=settings.device, precision=settings.precision)
        self._settings, notes = effective(settings)
        self._notes = Notes()
        self._notes.add(notes)
        device = choose_device(settings.device)
        precision = choose_precision(settings.precision, device)
        self._labels = Labels(read_snapshot, self._settings, self._world, self._notes)
        self._position = Position() if saved is None else saved.position
        clock.set(self._position.seconds)
        classes = self._labels.snapshot.classes if saved is None else saved.classes
        self._learner = Learner(self._settings, classes, device, precision, self._world)
        self._measured = Measured(None, None, 0)
        self._best: Best | None = None
        self._of_best = self._measured
        if saved is not None:
            self._learner.load(saved.tensors, saved.updates, saved.loss_scale)
            self._learner = self._learner.for_classes(self._labels.snapshot.classes)
            self._measured, self._best = Measured(saved.metrics, None, self._position.step), saved.best
            if saved.best is not None:
                self._of_best = Measured(saved.best.metrics, None, self._position.step)
        self._pace = Pace(self._settings, self._position, clock)
        self._train_pixels = pixels_to_learn(self._settings, budget_bytes())
        self._val_pixels = PixelCache(self._settings.architecture, budget_bytes() // 4)
        self._unreadable = Unreadable()
        self._keeper = Keeper(checkpoint_of(out))
        self._watch = Watch(device)
        self._offered = Timer(clock, OFFER_S.get(device.type, OFFER_FAST_S))
        self._stepped = Timer(clock, STEP_S)
        self._checkpointed = Timer(clock, CHECKPOINT_S)
        self._speed = Speed()
        self._recent = Means()  # losses since the last StepEnded
        self._rate = 0.0

    def record(self) -> EventsFile | None:
        """Event files for TensorBoard, where they are wanted and this process is the one to write them."""
        if not self._settings.tensorboard or not self._world.is_first:
            return None
        return EventsFile(self._out, purge_step=self._position.step)

    @property
    def learner(self) -> Learner:
        """What lives on the device now: another one after classes have come or gone."""
        return self._learner

    # ------------------------------------------------------------------------------------------ the run

    def events(self) -> Generator[TrainEvent, None, None]:
        position = self._position
        if self._saved is None:
            yield from self._start()
        self._saved = None  # its tensors are as large as the learner
        clear_away(self._out.parent)
        self._keeper.hold(self._checkpoint())
        yield TrainingStarted(
            str(self._learner.device),
            str(self._learner.precision).removeprefix("torch."),
            len(self._labels.selection.train),
            len(self._labels.selection.val),
            tuple(c.name for c in self._labels.snapshot.classes),
            self._pace.epochs,
            position.epoch,
            self._take_notes(),
        )
        is_over = False
        try:
            while not self._pace.is_over:
                yield from self._epoch()
            if self._world.is_first:
                yield from insist(self._write, self._out, self._step_ended)
            is_over = True
        finally:
            if position.step and not is_over:
                self._leave()
        self._keeper.discard()
        yield TrainingEnded(
            self._out, self._kept.metrics, position.epoch, self._clock.seconds, self._pace.reason
        )

    def _start(self) -> Generator[TrainEvent, None, None]:
        """Load what the run begins with, downloaded if need be: that does not count as training time."""
        weights, began = self._settings.weights, self._clock.seconds
        if self._world.is_first:
            yield from fetch_start(weights, self._settings.architecture)
        self._world.share(None)  # the others wait for the download
        self._learner.start_from(weights)
        self._clock.set(began)

    def _epoch(self) -> Generator[TrainEvent, None, None]:
        position, settings = self._position, self._settings
        if position.batch == 0 and position.step:
            yield from self._look_again()
        self._learner.freeze(frozen_stages(settings, self._pace.share))
        began = self._clock.seconds
        order = order_of(self._labels.selection.train, settings, position.epoch)
        self._pace.batches = len(order)
        whole = Means()
        while position.batch < len(order) and not self._pace.time_is_up:
            yield from self._batches(order, whole)
        if not whole.steps and not position.step:
            raise TrainingError("None of the images could be read. " + " ".join(self._unreadable.take()))
        yield from self._set_back()
        yield self._offer()
        yield from self._measure()
        self._judge(whole)
        position.epoch, position.batch = position.epoch + 1, 0
        seconds = self._clock.seconds - began
        if not self._pace.is_over:
            yield from self._keep()
        yield EpochEnded(
            position.epoch - 1,
            self._pace.epochs,
            whole.values(),
            self._measured.metrics,
            self._rate,
            self._speed.images_per_second,
            seconds,
            self._take_notes(),
        )

    def _batches(
        self, order: list[list[tuple[LabelledImage, str]]], whole: Means
    ) -> Generator[TrainEvent, None, None]:
        """Learn from where the run stands to the end of the order, of the time, or of the folder's presence."""
        position = self._position
        folder, learned = self._labels.snapshot.folder, self._labels.selection.train
        loader = Loader(self._labels.snapshot, self._settings, self._train_pixels, learned)
        parts = [self._world.part(batch) for batch in order[position.batch :]]
        with contextlib.closing(batches(loader, parts, self._unreadable)) as read:
            for samples, part in zip(read, parts, strict=False):
                alone = self._world.is_alone  # several cannot wait for a folder that only one of them misses
                if alone and len(samples) < len(part) and not folder.is_dir():
                    break
                if samples or not alone:
                    self._step(samples, [image.path for image, _ in part], whole)
                position.batch += 1
                if position.step:
                    yield from self._tell()
                if self._pace.time_is_up:
                    return
            else:
                return
        self._unreadable = Unreadable()  # they are not gone, the folder is
        yield from self._heard(wait_for(folder, self._step_ended))

    def _step(self, samples: list[Sample], names: list[str], whole: Means) -> None:
        position, settings, began = self._position, self._settings, self._clock.seconds
        if self._pace.is_by_the_clock:  # all must agree how late it is
            self._clock.set(self._world.share(self._clock.seconds))
        self._rate = position.rate_factor * learning_rate(
            settings, position.step, self._pace.share, position.drops
        )
        losses = self._learner.step(samples, self._rate, SEEDS * settings.seed + position.step)
        self._watch.add(self._learner.is_bad, names)
        self._recent.add(losses)
        whole.add(losses)
        position.step += 1
        self._speed.add(len(samples) * self._world.size, self._clock.seconds - began)

    def _tell(self) -> Generator[TrainEvent, None, None]:
        """What has become due after a step."""
        yield from self._heard(Setback(note) for note in self._learner.take_notes())
        if self._watch.is_due:
            yield from self._set_back()
            if self._world.share(self._checkpointed.is_due()):  # all hold the same state to go back to
                yield from self._keep()
        if self._stepped.is_due() and self._recent.steps:
            self._stepped.restart()
            yield self._step_ended()
            self._recent = Means()
        if self._offered.is_due():
            yield self._offer()

    def _measure(self) -> Generator[TrainEvent, None, None]:
        """Validate. Meanwhile the last step is told again, so that a long validation can be stopped."""
        labels = self._labels
        steps = look(
            self._learner,
            labels.snapshot,
            labels.selection.val,
            self._val_pixels,
            self._unreadable,
            self._world,
        )
        while True:
            try:
                next(steps)
            except StopIteration as ended:
                found: Findings = ended.value
                metrics = found.metrics() if found.images else None
                self._measured = Measured(metrics, found, self._position.step)
                return
            if self._stepped.is_due():
                self._stepped.restart()
                yield self._step_ended()

    def _judge(self, losses: Means) -> None:
        """Take in how good the epoch was, by AP or, where there is nothing to measure on, by its losses."""
        metrics = self._measured.metrics
        ap = metrics.ap if metrics is not None else None
        score = ap if ap is not None else -sum(value for _, value in losses.values())
        if self._pace.note(score) and self._settings.patience:
            self._best = Best(self._learner.weights({}).tensors, metrics, self._position.epoch)
            self._of_best = self._measured

    @property
    def _kept(self) -> Measured:
        """How good the weights are that would be written now."""
        return self._measured if self._best is None else self._of_best

    # ------------------------------------------------------------------------------------------ labels

    def _look_again(self) -> Generator[TrainEvent, None, None]:
        """Take in what was labelled since the last epoch. A project that cannot be read now may be next time."""
        if reason := self._labels.look_again():
            text = f"The labels could not be read; training goes on with those it has. {reason}"
            yield from self._heard([Setback(text)])
            yield from self._heard(wait_for(self._labels.snapshot.folder, self._step_ended))
            return
        classes = self._labels.snapshot.classes
        if classes != self._learner.classes:
            self._learner = self._learner.for_classes(classes)
            self._best = None  # it knows other classes
            self._keeper.hold(self._checkpoint())

    # ------------------------------------------------------------------------------------------ when things go wrong

    def _set_back(self) -> Generator[TrainEvent, None, None]:
        """Go back to the last good state where a loss since then was not finite. Raises TrainingError."""
        names = self._watch.look()
        if names is None:
            return
        names = tuple(name for part in self._world.gather(names) for name in part)
        position, held = self._position, self._keeper.newest
        assert held is not None, "a state is held from the start"
        self._learner.load(held.tensors, held.updates, held.loss_scale)
        position.setbacks += 1
        if position.setbacks > MOST:
            raise TrainingError(last_sentence(names, position.setbacks))
        position.rate_factor *= SLOWER
        yield from self._heard([Setback(sentence(names, position.setbacks))])

    def _heard(self, events: Iterable[TrainEvent]) -> Generator[TrainEvent, None, None]:
        """The events; setbacks among them are remembered for the model card."""
        for event in events:
            if isinstance(event, Setback):
                self._notes.tell(event.text)
            yield event

    def _keep(self) -> Generator[TrainEvent, None, None]:
        """Write a checkpoint, in the background. That it cannot be written is told once, until it can."""
        yield from self._set_back()  # what is kept is good
        self._checkpointed.restart()
        if self._world.is_first:
            self._keeper.keep(self._checkpoint())
            if (error := self._keeper.take_news()) is not None:
                text = f"{refused(checkpoint_of(self._out), error)} Training goes on; free some space."
                yield from self._heard([Setback(text)])
        else:
            self._keeper.hold(self._checkpoint())

    def _leave(self) -> None:
        """The run was closed, or failed: leave the model so far, and what it takes to go on. Raises TrainingError."""
        if not self._world.is_first:
            return
        try:
            self._keeper.keep(self._checkpoint())  # first: from it a run loses nothing
            try:
                self._write()
            finally:
                self._keeper.finish()
        except OSError as error:
            raise TrainingError(refused(self._out, error)) from error

    # ------------------------------------------------------------------------------------------ what is said

    def _step_ended(self) -> StepEnded:
        position = self._position
        return StepEnded(
            position.epoch,
            self._pace.epochs,
            position.step,
            self._pace.steps,
            self._recent.values(),
            self._rate,
            self._speed.images_per_second,
            self._pace.seconds_left,
            self._learner.device_memory,
        )

    def _offer(self) -> WeightsOffered:
        self._offered.restart()
        metrics, selection = self._measured.metrics, self._labels.selection
        facts = about(self._settings, self._position, selection, metrics)
        return WeightsOffered(self._position.step, self._learner.weights(facts))

    def _take_notes(self) -> tuple[str, ...]:
        self._notes.add(self._learner.take_notes())
        self._notes.add(self._unreadable.take())
        return self._notes.take()

    def _write(self) -> None:
        """Write the model so far. Raises OSError."""
        self._position.seconds = self._clock.seconds
        write(
            self._out,
            self._learner,
            self._best,
            self._kept,
            self._position,
            self._labels.selection,
            self._notes,
            self._pace.reason,
        )

    def _checkpoint(self) -> Checkpoint:
        self._position.seconds = self._clock.seconds
        learner = self._learner
        return Checkpoint(
            self._settings,
            learner.classes,
            self._position,
            learner.averages.updates,
            learner.loss_scale,
            learner.state(),
            self._measured.metrics,
            self._best,
        )
