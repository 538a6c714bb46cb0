"""Settings as they are used: checked, and made consistent where two of them cannot both be had."""

from __future__ import annotations

from dataclasses import replace

from model.records import TrainSettings, settings_with_options


def effective(settings: TrainSettings) -> tuple[TrainSettings, tuple[str, ...]]:
    """The settings as they will be used, and notes for a person about what had to differ. Raises ValueError.

    Weights "none" decide over norm and frozen_stages, whatever these say: norms without statistics to keep
    and stages that stay random would learn nothing.
    """
    check(settings)
    if settings.weights == "none" and (settings.norm != "batch" or settings.frozen_stages):
        note = "Training from nothing: every stage learns, the batch norms too."
        return replace(settings, norm="batch", frozen_stages=0), (note,)
    return settings, ()


def check(settings: TrainSettings) -> None:
    """Raises ValueError for a value outside its setting's range, or settings that contradict each other."""
    for setting in settings_with_options():
        value = getattr(settings, setting.name)
        if value is not None and (flaw := setting.option.flaw(value)):
            raise ValueError(f"{setting.name} is {value}; {flaw}")
    lowest, highest = settings.scale_jitter
    if lowest > highest:
        raise ValueError(f"scale_jitter is {settings.scale_jitter}; the lower factor comes first")
