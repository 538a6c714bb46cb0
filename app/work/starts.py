"""What training can start from, as the window shows it before and after torch has been imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from model.records import TrainSettings

if TYPE_CHECKING:
    from model.network.sources.source import Kind, Source


def find_sources() -> tuple[Source, ...]:
    """Every file of the registry. Some 20 ms, but torch must have been imported."""
    from model.network.sources.registry import sources

    return sources()


class Starts:
    """The kinds are known at once; sizes, licences and figures once on_torch_imported() was called."""

    def __init__(self, find: Callable[[], tuple[Source, ...]] = find_sources) -> None:
        self._find = find
        self._sources: tuple[Source, ...] = ()

    def on_torch_imported(self) -> None:
        if not self._sources:
            self._sources = self._find()

    def kinds(self) -> tuple[Kind, ...]:
        """What has a name, in the order to show it in."""
        from model.network.sources.registry import kinds

        return kinds()

    def source(self, weights: str, backbone: str) -> Source | None:
        """The file that a start from these weights reads; None while that is not known, and for other files."""
        found = [source for source in self._sources if source.name == weights]
        fitting = (source for source in found if backbone in source.backbones)
        return next(fitting, found[0] if len(found) == 1 else None)

    def title(self, plan: TrainSettings) -> str:
        """ "Starter weights", "20251120-101500-fast.safetensors"."""
        titles = {kind.name: kind.title for kind in self.kinds()}
        return titles.get(plan.weights) or Path(plan.weights).name
