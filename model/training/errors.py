"""What stops a training run."""

from __future__ import annotations


class TrainingError(Exception):
    """Training cannot begin or go on: a sentence that says why, and what can be done."""
