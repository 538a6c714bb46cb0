"""The labels that a run learns from, read anew before each epoch."""

from __future__ import annotations

from model.data.opening import ProjectError
from model.records import ReadSnapshot, Snapshot, TrainSettings
from model.training.notes import Notes
from model.training.selection import Selection, select
from model.training.world import World


class Labels:
    """A snapshot and what of it is learned. The first process reads it, and shares it with the others.

    Raises TrainingError when there is nothing to learn from, and as read() does.
    """

    def __init__(self, read: ReadSnapshot, settings: TrainSettings, world: World, notes: Notes) -> None:
        self._read, self._settings, self._world, self._notes = read, settings, world, notes
        self.snapshot, self.selection = self._look()

    def look_again(self) -> str:
        """Take in what was labelled since. Why it could not be read, in a sentence; all is then as it was."""
        try:
            self.snapshot, self.selection = self._look()
        except (OSError, ProjectError) as error:
            return str(error)
        return ""

    def _look(self) -> tuple[Snapshot, Selection]:
        snapshot, error = None, None
        if self._world.is_first:
            try:
                snapshot = self._read()
            except (OSError, ProjectError) as failed:
                error = failed
        snapshot, reason = self._world.share((snapshot, str(error)))
        if snapshot is None:
            raise error or OSError(reason)
        selection = select(snapshot, self._settings)
        self._notes.add(selection.notes)
        return snapshot, selection
