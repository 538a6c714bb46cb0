"""kill -9 at any moment: every edit that was said to be stored is there, and the project is sound."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from model.data.project import Project
from model.records import Box

ROOT = Path(__file__).resolve().parents[3]
KILLS = 6

# each edit writes its own number into the box; a line is printed once the edit is committed
CHILD = """
import sys
from pathlib import Path
from model.data.project import Project
from model.records import Box, ClassesChange, Edit, LabelClass, Labels, LabelsChange, State

with Project.open(Path(sys.argv[1])) as project:
    if not project.classes():
        project.add_images(["a.jpg", "b.jpg"])
        project.apply(Edit("Add class", (ClassesChange((), (LabelClass(1, "a", "#000000"),)),)))
    while True:
        number = project.sequence() + 1
        after = Labels(tuple(Box(0, 0, number + i / 8, number, 1) for i in range(20)), State.DONE)
        changes = tuple(LabelsChange(image, project.labels(image), after) for image in (1, 2))
        print(project.apply(Edit(f"edit {number}", changes)), flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX's")
def test_every_edit_said_to_be_stored_survives_kill_9(tmp_path: Path) -> None:
    chance = random.Random(0)
    newest = 0
    for _ in range(KILLS):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, os.fspath(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        printed = [int(child.stdout.readline())]  # it is running
        time.sleep(chance.uniform(0.0, 0.25))
        child.kill()
        printed += [int(line) for line in child.communicate()[0].splitlines() if line]
        assert printed[0] > newest  # what an earlier child wrote was gone on from
        with Project.open(tmp_path) as project:
            newest = project.sequence()
            assert printed[-1] <= newest <= printed[-1] + 1  # killed between the commit and the line, at most
            for image in (1, 2):
                boxes = project.labels(image).boxes
                assert [box.xyxy for box in boxes] == [
                    Box(0, 0, newest + i / 8, newest, 1).xyxy for i in range(20)
                ]
            assert project.class_counts() == {1: 40}
            steps = {step.sequence: step.text for step in project.history(len(printed) + 1)}
            assert all(steps[number] == f"edit {number}" for number in printed)
            assert project.undo_text() == f"edit {newest}"
            file = project.file
        with closing(sqlite3.connect(file)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX's")
def test_a_kill_while_a_project_is_made_leaves_one_that_opens(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from model.data.project import Project\n"
    code += "print(flush=True); Project.open(Path(sys.argv[1])).close()"
    for number in range(4):
        folder = tmp_path / str(number)
        folder.mkdir()
        child = subprocess.Popen([sys.executable, "-c", code, folder], cwd=ROOT, stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(number * 0.003)
        child.kill()
        child.communicate()
        with Project.open(folder) as project:
            assert project.images() == ()
