"""Settings as they are used: checked, and made consistent where two of them cannot both be had."""

from __future__ import annotations

from dataclasses import replace

from model.network.sources.registry import kinds
from model.records import TrainSettings, settings_with_options


def effective(settings: TrainSettings) -> tuple[TrainSettings, tuple[str, ...]]:
    """The settings as they will be used, and notes for a person about what had to differ. Raises ValueError.

    Norm "group" is the architecture's, and has no statistics that could be frozen. Weights "none" decide over
    norm and frozen_stages, whatever these say: norms without statistics to keep and stages that stay random
    would learn nothing.
    """
    check(settings)
    if settings.norm == "group":
        settings = replace(
            settings, architecture=replace(settings.architecture, body_norm="group"), norm="frozen"
        )
    if settings.weights != "none":
        return settings, ()
    norm = "batch" if settings.architecture.body_norm == "batch" else settings.norm
    used = replace(settings, norm=norm, frozen_stages=0, unfreeze_by=0.0)
    note = "Training from nothing: every stage learns, the batch norms too."
    return used, (note,) if used != settings else ()


def check(settings: TrainSettings) -> None:
    """Raises ValueError for a value outside its setting's range, or settings that contradict each other."""
    for setting in settings_with_options():
        value = getattr(settings, setting.name)
        if value is not None and (flaw := setting.option.flaw(value)):
            raise ValueError(f"{setting.name} is {value}; {flaw}")
    lowest, highest = settings.scale_jitter
    if lowest > highest:
        raise ValueError(f"scale_jitter is {settings.scale_jitter}; the lower factor comes first")
    if settings.norm == "group" and settings.weights in _pretrained():
        raise ValueError(
            f"norm is group, but the {settings.weights} weights were trained with batch norms; start from nothing "
            "(weights none), or from a model trained with group norms"
        )
    if settings.unfreeze_by and not settings.frozen_stages:
        raise ValueError("unfreeze_by is set, but nothing is frozen; set frozen_stages, or unfreeze_by to 0")


def _pretrained() -> set[str]:
    """The names of weights that others have trained, with batch norms all of them."""
    return {kind.name for kind in kinds()} - {"none"}
