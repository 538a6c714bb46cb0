"""Numbers as a person says them. A number on screen has a unit."""

from __future__ import annotations

from model.records import StepEnded, TrainSettings


def duration(seconds: float) -> str:
    """ "40 s", "3 min", "1 h 05 min", "2 d 3 h"."""
    seconds = max(0, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min"
    return f"{hours // 24} d {hours % 24} h"


def speed(per_second: float, thing: str = "images") -> str:
    """ "212 images/s"; below one a second "24 images/min", so that it is never "0"."""
    if per_second <= 0:
        return ""
    if per_second < 1:
        return f"{per_second * 60:.0f} {thing}/min"
    return f"{per_second:.0f} {thing}/s" if per_second >= 10 else f"{per_second:.1f} {thing}/s"


def count(number: int, one: str, many: str = "") -> str:
    """ "1 image", "3 images", "1,234 boxes", "2 classes" with many="classes"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def epoch_of(step: StepEnded, settings: TrainSettings) -> str:
    """ "epoch 3 of 30"; "epoch 3" in a run by minutes, where nobody knows how many there will be."""
    epoch = f"epoch {step.epoch + 1:,}"
    return epoch if settings.minutes is not None else f"{epoch} of {step.epochs:,}"


def listed(names: tuple[str, ...], most: int = 4) -> str:
    """ "bolt, nut, washer and 9 more"."""
    if len(names) <= most + 1:
        return ", ".join(names)
    return ", ".join(names[:most]) + f" and {len(names) - most} more"


def megabytes(size: int) -> str:
    """ "137 MB", of bytes."""
    return f"{size / 1e6:,.0f} MB"


def backbone_title(name: str) -> str:
    """ "ResNet-18" of "resnet18"; other names as they are."""
    return f"ResNet-{name.removeprefix('resnet')}" if name.startswith("resnet") else name
