"""Fitting anchors beside the window, and which anchors the plan of the next run has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.document.document import Document
from app.work.newest import NewestJob
from app.work.training import NICE, TrainingWork
from app.work.warm_up import load_torch
from model.records import Architecture, TrainSettings
from model.records.anchors import AnchorFit


def fit_folder(folder: Path, settings: TrainSettings) -> Iterator[AnchorFit]:
    """The recipe's anchors and better ones for the boxes of a folder."""
    load_torch()
    from model.data.project import Project
    from model.training.anchors import fit_anchors

    with Project.open(folder) as project:
        snapshot = project.snapshot()
    yield fit_anchors(snapshot, settings)


class AnchorWork(QObject):
    """At most one fit at a time. Fitted anchors are in TrainingWork's plan and nowhere else."""

    found = Signal(object)  # AnchorFit
    failed = Signal(str)  # a sentence

    def __init__(
        self,
        document: Document,
        training: TrainingWork,
        parent: QObject | None = None,
        fit: Callable[[Path, TrainSettings], Iterator[AnchorFit]] = fit_folder,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._training = training
        self._fit = fit
        self._job = NewestJob("fitting anchors", NICE, self)
        self._job.yielded.connect(self._on_fitted)
        self._job.failed.connect(self.failed)

    @property
    def is_running(self) -> bool:
        return self._job.is_running

    def start(self) -> None:
        """Fit to the labels of the open folder as they are now: `found` or `failed` tells, unless cancelled."""
        self.cancel()
        if not self._document.is_open:
            return
        folder, settings = self._document.folder, self._with_anchors_of(self._training.recipe.architecture)
        self._job.start(lambda: self._fit(folder, settings))

    def cancel(self) -> None:
        """Nothing more is told of the fit that goes on; its thread ends by itself, in seconds."""
        self._job.cancel()

    # -------------------------------------------------------------------------------------- the plan

    @property
    def is_fitted(self) -> bool:
        """Whether the plan's anchors are others than its recipe's."""
        return _anchors(self._training.plan.architecture) != _anchors(self._training.recipe.architecture)

    def use(self, fit: AnchorFit) -> None:
        """Plan to train with the anchors of a fit."""
        self._training.choose(self._with_anchors_of(fit.after))

    def put_back(self) -> None:
        """Plan to train with the anchors of the recipe."""
        self._training.choose(self._with_anchors_of(self._training.recipe.architecture))

    def on_opened(self, folder: Path | None) -> None:
        """What is being fitted is of no use to another folder. TrainingWork plans for that one's own network."""
        self.cancel()

    def _with_anchors_of(self, other: Architecture) -> TrainSettings:
        plan = self._training.plan
        sizes, ratios = _anchors(other)
        return replace(
            plan, architecture=replace(plan.architecture, anchor_sizes=sizes, anchor_ratios=ratios)
        )

    # -------------------------------------------------------------------------------------- within

    def _on_fitted(self, fit: AnchorFit) -> None:
        self._job.cancel()  # there is nothing more to come
        self.found.emit(fit)


def _anchors(architecture: Architecture) -> tuple[tuple[int, ...], tuple[float, ...]]:
    return architecture.anchor_sizes, architecture.anchor_ratios
