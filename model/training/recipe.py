"""Settings as they are used: checked, and made consistent where two of them cannot both be had."""

from __future__ import annotations

from dataclasses import replace

from model.records import TrainSettings


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
    """Raises ValueError for numbers that no run can be made of. Names are checked by those who know them."""
    lowest, highest = settings.scale_jitter
    rules = (
        ("epochs", settings.epochs >= 1, "at least 1"),
        ("minutes", settings.minutes is None or 0 < settings.minutes < float("inf"), "above 0"),
        ("batch_size", settings.batch_size >= 1, "at least 1"),
        ("learning_rate", 0 <= settings.learning_rate < float("inf"), "0 or above"),
        ("average_decay", 0 <= settings.average_decay < 1, "from 0 to below 1"),
        ("validation_share", 0 <= settings.validation_share < 1, "from 0 to below 1"),
        ("scale_jitter", 0 < lowest <= highest <= 4, "two factors above 0, the lower first, at most 4"),
    )
    for name, is_kept, rule in rules:
        if not is_kept:
            raise ValueError(f"{name} is {getattr(settings, name)}; it must be {rule}")
