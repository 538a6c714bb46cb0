"""What the command line shows: progress bars on a terminal, one-line notes, and results as JSON."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from model.records import (
    EpochEnded,
    Metrics,
    Problem,
    Progress,
    Setback,
    StepEnded,
    TrainEvent,
    TrainingStarted,
)

T = TypeVar("T")
SHOWN_PROBLEMS = 20  # the rest is counted; all of them are in the --json result


def quiet() -> bool:
    """Whether progress bars would only litter a log."""
    return not sys.stderr.isatty()


def say(text: str) -> None:
    """A line of the result, on standard error: standard output is for what a pipe would read."""
    tqdm.write(text, file=sys.stderr)


def tell(problems: Iterable[Problem]) -> None:
    problems = tuple(problems)
    for problem in problems[:SHOWN_PROBLEMS]:
        say(f"  {problem.file}: {problem.reason}")
    if len(problems) > SHOWN_PROBLEMS:
        say(f"  and {len(problems) - SHOWN_PROBLEMS} more")


def finish(steps: Iterator[Progress | Problem | T], verb: str) -> T:
    """Run long work to its end behind a progress bar, and return its report: the last thing it yields.

    Problems on the way are told at once.
    """
    report: Any = None
    with tqdm(desc=verb, disable=quiet(), unit="") as bar:
        for report in steps:
            if isinstance(report, Progress):
                bar.total = report.total or None
                bar.update(report.done - bar.n)
            elif isinstance(report, Problem):
                tell((report,))
    return report


def follow_download(steps: Iterable[Progress]) -> None:
    """Run a download to its end behind a bar of bytes; where there is no terminal, a line says that it began."""
    with bar_of_bytes() as bar:
        for progress in steps:
            show_bytes(bar, progress)


def bar_of_bytes() -> tqdm:
    # not drawn before the first byte: mostly there is nothing to download
    return tqdm(desc="downloading", disable=quiet(), unit="B", unit_scale=True, leave=False, delay=1e-9)


def show_bytes(bar: tqdm, progress: Progress) -> None:
    if progress.done == 0:
        say(f"{progress.text}, {progress.total / 1e6:.0f} MB")
    bar.total = progress.total or None
    bar.update(progress.done - bar.n)


def follow_training(events: Iterator[TrainEvent]) -> Iterator[TrainEvent]:
    """Show training as it goes, and pass its events on."""
    with contextlib.ExitStack() as bars:
        bar = bars.enter_context(bar_of_bytes())
        for event in events:
            match event:
                case Progress():
                    show_bytes(bar, event)
                case TrainingStarted():
                    bar.close()
                    bar = bars.enter_context(tqdm(desc="training", disable=quiet(), unit="step"))
                    images = f"{event.train_images} images to learn from, {event.val_images} to check on"
                    say(f"{event.device}, {event.precision}: {images}; classes: {', '.join(event.classes)}")
                    for note in event.notes:
                        say(f"  {note}")
                case StepEnded():
                    bar.total = event.steps or None
                    bar.update(event.step - bar.n)
                    bar.set_postfix(_live(event), refresh=False)
                case EpochEnded():
                    losses_text = ", ".join(f"{name} loss {value:.3f}" for name, value in event.losses)
                    checked = f"; {in_words(event.metrics)}" if event.metrics else ""
                    say(
                        f"epoch {event.epoch}: {losses_text}{checked}; {event.images_per_second:.1f} images/s"
                    )
                    for note in event.notes:
                        say(f"  {note}")
                case Setback():
                    say(event.text)
            yield event


def _live(step: StepEnded) -> dict[str, str]:
    """What stands behind the bar while a run goes on."""
    shown = {name: f"{value:.3f}" for name, value in step.losses}
    shown |= {"lr": f"{step.learning_rate:.1e}", "img/s": f"{step.images_per_second:.1f}"}
    if step.device_memory:
        shown["GPU"] = f"{step.device_memory / 1e9:.1f} GB"
    return shown


def percent(value: float | None) -> str:
    return "    -" if value is None else f"{value:.3f}"


def in_words(metrics: Metrics | None) -> str:
    if metrics is None or metrics.ap is None:
        return "no validation images with boxes, so nothing was measured"
    return f"AP {percent(metrics.ap)}, AP50 {percent(metrics.ap50)}, AR {percent(metrics.ar100)}"


def plain(value: Any) -> Any:
    """Records, paths and tuples as what JSON knows. Shows every field, so a result hides nothing."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
