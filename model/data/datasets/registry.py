"""The layouts of data sets there are, and which of them a folder has."""

from __future__ import annotations

from pathlib import Path

from model.data import datasets
from model.data.datasets.dataset import Dataset
from model.data.opening import ProjectError, find_home
from model.discover import discover

DATASETS: tuple[Dataset, ...] = discover(datasets, "DATASET")


def dataset_of(folder: Path) -> Dataset | None:
    """The layout of a folder that is a data set as it comes; None for any other folder.

    A folder with a project is none: the project owns its labels.
    """
    try:
        find_home(folder, create=False)
    except ProjectError:
        return next((dataset for dataset in DATASETS if dataset.recognises(folder)), None)
    return None
