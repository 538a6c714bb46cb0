"""Where a project keeps its runs: one weights file each, and a checkpoint beside it while it can be resumed."""

from __future__ import annotations

import contextlib
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

from model.data.project import Project, ProjectError

WEIGHTS = ".safetensors"
CHECKPOINT = ".resume.safetensors"
UNFINISHED = ".????????????.tmp"  # as model/data/files.py names them
ABANDONED_S = 3600.0
TIME = "%Y%m%d-%H%M%S"
STARTED = re.compile(r"(\d{8}-\d{6})-")


def new_run(folder: Path, preset: str) -> Path:
    """The weights file in a models folder of a run that starts now: sorted by name, the newest is the last.

    Also where the clock has been set back: the name is then later than that of the newest run there is.
    """
    started = datetime.now()
    newest = max(
        (match[1] for file in folder.glob(f"*{WEIGHTS}") if (match := STARTED.match(file.name))), default=""
    )
    if newest >= f"{started:{TIME}}":
        started = datetime.strptime(newest, TIME) + timedelta(seconds=1)
    return folder / f"{started:{TIME}}-{preset}{WEIGHTS}"


def clear_away(folder: Path) -> None:
    """Remove what writing left in the models folder when the program was killed, unless it is of late.

    Something of late may be another program's that is still being written. What cannot be removed stays.
    """
    for left in folder.glob(UNFINISHED):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED_S:
                left.unlink()


def checkpoint_of(run: Path) -> Path:
    """The checkpoint beside a run's weights file."""
    return run.with_name(run.name.removesuffix(WEIGHTS) + CHECKPOINT)


def interrupted_run(folder: Path) -> Path | None:
    """The weights file of the newest run in a models folder that has not ended, whether or not there is one yet."""
    checkpoints = sorted(folder.glob(f"*{CHECKPOINT}"))
    return (
        checkpoints[-1].with_name(checkpoints[-1].name.removesuffix(CHECKPOINT) + WEIGHTS)
        if checkpoints
        else None
    )


def newest_model(folder: Path) -> str | None:
    """The path of the newest weights file in a models folder that no project knows; None where there is none."""
    files = sorted(f for f in folder.glob(f"*{WEIGHTS}") if not f.name.endswith(CHECKPOINT))
    return str(files[-1]) if files else None


def model_file(project: Project | None, wanted: str | None) -> Path:
    """The weights file meant by a name of the project's, by a path, or by nothing: the project's newest.

    Raises ProjectError when there is none.
    """
    if wanted is not None and Path(wanted).is_file():
        return Path(wanted)
    models = project.models() if project is not None else ()
    for model in models:
        if wanted is None or wanted in (model.name, model.file):
            return project.models_folder / model.file  # type: ignore[union-attr]
    if wanted is not None:
        known = ", ".join(model.name for model in models) or "none yet"
        raise ProjectError(
            f"There is no model “{wanted}”: neither a file nor one of this project's ({known})."
        )
    raise ProjectError("This project has no trained model yet. Train one first: main.py train FOLDER")
