"""Names of runs, and what killed programs leave in the models folder."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from model.data.runs import (
    ABANDONED_S,
    TIME,
    checkpoint_of,
    clear_away,
    interrupted_run,
    new_run,
    newest_model,
)


def test_the_newest_run_is_the_last_by_name_also_when_the_clock_was_set_back(tmp_path: Path) -> None:
    tomorrow = datetime.now() + timedelta(days=1)
    newest = tmp_path / f"{tomorrow:{TIME}}-fast.safetensors"
    checkpoint_of(newest).touch()  # of a run that was killed
    run = new_run(tmp_path, "paper")
    assert run.name == f"{tomorrow + timedelta(seconds=1):{TIME}}-paper.safetensors"
    run.touch()
    assert newest_model(tmp_path) == str(run)
    assert interrupted_run(tmp_path) == newest


def test_two_runs_of_one_second_have_two_names(tmp_path: Path) -> None:
    names = set()
    for _ in range(3):
        run = new_run(tmp_path, "fast")
        run.touch()
        names.add(run.name)
    assert len(names) == 3


def test_a_folder_without_runs_has_none(tmp_path: Path) -> None:
    assert newest_model(tmp_path) is None
    assert interrupted_run(tmp_path) is None


def test_half_a_file_is_cleared_away_once_it_is_old(tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in (".0123456789ab.tmp", ".ba9876543210.tmp", "mine.tmp"))
    for file in (old, new, other):
        file.write_bytes(b"half")
    then = time.time() - ABANDONED_S - 1
    for file in (old, other):
        os.utime(file, (then, then))
    clear_away(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [".ba9876543210.tmp", "mine.tmp"]
