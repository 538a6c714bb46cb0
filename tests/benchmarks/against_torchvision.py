"""AP by time of our training and of torchvision's reference recipe, on real sets.

    python -m tests.benchmarks.against_torchvision [--sets bccd,raccoon] [--minutes 4] [--json FILE]

Both start from the same weights and learn the same images for the same time on the same machine (contest.py says how,
torchvision_recipe.py what torchvision's recipe is). Goal: ours reaches torchvision's final AP50 in at most half the
time and ends higher. Each set takes the minutes, and again half of them or more to measure; twice the minutes
where the two have to take turns. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as main.py does: the processes inherit it

import torch
import torchvision

from model.terminal import percent, plain
from model.training.presets import preset
from tests.benchmarks.contest import Contest, Curve, cores_of, prepare, race
from tests.benchmarks.torchvision_recipe import IMAGES, RATE

SETS = ("bccd", "raccoon", "microcontrollers", "fod_part")
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PRESETS = (
    "fast",
    "balanced",
)  # what torchvision's first RetinaNet is, and what the starter weights are made for
WIDTH, HEIGHT = 60, 12  # of the drawn curves, in characters
OURS, THEIRS, BOTH = "o", "t", "*"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a contest showed, by AP50."""

    ours: float
    theirs: float
    reached: float | None  # share of the time after which ours was first seen as good as theirs at the end

    @property
    def in_half_the_time(self) -> bool:
        return self.reached is not None and self.reached <= 0.5

    @property
    def ends_higher(self) -> bool:
        return self.ours > self.theirs


def judge(ours: Curve, theirs: Curve, seconds: float) -> Verdict:
    """seconds: what each was to train for."""
    goal = ap50(theirs)[-1]
    reached = [
        point.seconds for point, value in zip(ours.points, ap50(ours), strict=True) if value >= goal > 0
    ]
    return Verdict(ap50(ours)[-1], goal, reached[0] / seconds if reached else None)


def ap50(curve: Curve) -> list[float]:
    return [point.metrics.ap50 or 0.0 for point in curve.points]


# ------------------------------------------------------------------------------------------ what is printed


def report(contest: Contest, ours: Curve, theirs: Curve) -> str:
    """Table, curves and verdict of one set."""
    minutes = contest.settings.minutes or 0.0
    classes = ", ".join(c.name for c in contest.snapshot.classes)
    lines = [
        f"{contest.name}: {len(contest.snapshot.images)} images to learn, {len(contest.val)} to measure on"
    ]
    lines += [f"  {classes}", *table(contest, ours, theirs), *drawn(ours, theirs, 60 * minutes)]
    verdict = judge(ours, theirs, 60 * minutes)
    batch = contest.settings.batch_size
    for name, curve in (("ours", ours), ("torchvision", theirs)):
        speed = curve.end.steps * batch / curve.end.seconds
        lines.append(f"  {name}: {curve.end.steps} steps of {batch} images, {speed:.1f} images a second")
        lines += [f"    {note}" for note in curve.notes]
    if better := classes_lost(ours, theirs):
        lines.append(f"  AP50 of torchvision is higher for {', '.join(better)}")
    if verdict.reached is None:
        lines.append(f"  ours never reaches torchvision's final AP50 of {verdict.theirs:.3f}")
    else:
        after = f"after {verdict.reached:.0%} of the time"
        lines.append(f"  ours reaches torchvision's final AP50 of {verdict.theirs:.3f} {after}")
    ends = f"({verdict.ours:.3f} against {verdict.theirs:.3f})"
    half, higher = yes(verdict.in_half_the_time), yes(verdict.ends_higher)
    return "\n".join([*lines, f"  half the time: {half}; ends higher: {higher} {ends}", ""])


def table(contest: Contest, ours: Curve, theirs: Curve) -> list[str]:
    """A row for each moment of measure. Ours was measured up to some seconds after it: JSON has the exact time."""
    lines = [
        f"  {'minutes':>8}{'ours AP50':>12}{'torchvision AP50':>18}{'ours AP':>10}{'torchvision AP':>16}"
    ]
    moments = (*contest.moments[:-1], 60 * (contest.settings.minutes or 0.0))
    for moment, mine, other in zip(moments, ours.points, theirs.points, strict=True):
        a, b = mine.metrics, other.metrics
        lines.append(
            f"  {moment / 60:>8.2f}{percent(a.ap50):>12}{percent(b.ap50):>18}{percent(a.ap):>10}{percent(b.ap):>16}"
        )
    return lines


def drawn(ours: Curve, theirs: Curve, seconds: float) -> list[str]:
    """AP50 by time, in characters."""
    top = max(*ap50(ours), *ap50(theirs)) or 1.0
    rows = [[" "] * (WIDTH + 1) for _ in range(HEIGHT + 1)]
    for mark, curve in ((OURS, ours), (THEIRS, theirs)):
        for point, value in zip(curve.points, ap50(curve), strict=True):
            column = min(WIDTH, round(WIDTH * point.seconds / seconds))
            row = rows[round(HEIGHT * (1 - value / top))]
            row[column] = mark if row[column] in (" ", mark) else BOTH
    edges = {0: f"{top:.3f}", HEIGHT: "0"}
    lines = [f"  {edges.get(number, ''):>6} |{''.join(row)}".rstrip() for number, row in enumerate(rows)]
    under = f"{'':9}0{f'{seconds / 60:g} min':>{WIDTH}}"
    return [f"  AP50: {OURS} ours, {THEIRS} torchvision, {BOTH} both", *lines, under]


def classes_lost(ours: Curve, theirs: Curve) -> list[str]:
    """Classes for which torchvision ended with the higher AP50, with both figures, the largest loss first."""
    rows = zip(ours.end.metrics.per_class, theirs.end.metrics.per_class, strict=True)
    lost = [(a, b) for a, b in rows if (a.ap50 or 0.0) < (b.ap50 or 0.0)]
    lost.sort(key=lambda pair: (pair[0].ap50 or 0.0) - (pair[1].ap50 or 0.0))
    return [f"{a.name} ({b.ap50:.3f} against {a.ap50 or 0.0:.3f})" for a, b in lost]


def yes(value: bool) -> str:
    return "yes" if value else "no"


# ------------------------------------------------------------------------------------------ the program


def result(contest: Contest, ours: Curve, theirs: Curve) -> dict[str, Any]:
    """All that was found, for --json."""
    verdict = judge(ours, theirs, 60 * (contest.settings.minutes or 0.0))
    return {
        "train_images": len(contest.snapshot.images), "val_images": len(contest.val),
        "verdict": {**asdict(verdict), "half": verdict.in_half_the_time, "higher": verdict.ends_higher},
        "ours": plain(ours), "torchvision": plain(theirs), "settings": plain(contest.settings),
    }  # fmt: skip


def processor() -> str:
    """What this machine computes with, as Linux calls it."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} cores, {names[0] if names else platform.machine()}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", default=",".join(SETS), help="folders of the data, with commas between")
    parser.add_argument("--minutes", type=float, default=4.0, help="of training, for each")
    parser.add_argument("--preset", choices=PRESETS, default="fast")
    parser.add_argument("--threads", type=int, default=1, help="of each run")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--json", type=Path, metavar="FILE", help="all points of both curves")
    a = parser.parse_args(arguments)
    settings = replace(preset(a.preset), minutes=a.minutes)
    apart = cores_of(0, 0, sorted(os.sched_getaffinity(0)), a.threads) is not None
    how = "side by side on cores of their own" if apart else "taking turns"
    rate = RATE * settings.batch_size / IMAGES
    print(
        f"{a.minutes:g} minutes each, {a.threads} threads, {how}; load {os.getloadavg()[0]:.1f} at the start"
    )
    print(f"{processor()}; torch {torch.__version__}, ", end="")
    print(
        f"torchvision {torchvision.__version__}; preset {a.preset}; torchvision's rate {rate:g}\n", flush=True
    )
    found = {}
    for name in a.sets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            contest = prepare(a.data / name, Path(folder), settings)
            ours, theirs = race(contest, a.threads)
        print(report(contest, ours, theirs), flush=True)
        found[name] = result(contest, ours, theirs)
        if a.json:
            a.json.write_text(json.dumps({"threads": a.threads, "sets": found}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
