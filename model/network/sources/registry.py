"""Everything that a network can start from: one row for each file of this folder."""

from __future__ import annotations

from model.discover import discover
from model.network import sources as folder
from model.network.sources.source import Kind, Source


def kinds() -> tuple[Kind, ...]:
    """All kinds, in the order in which they are shown. Imports no torch."""
    return tuple(sorted(discover(folder, "KIND"), key=lambda kind: kind.place))


def kind_named(name: str) -> Kind | None:
    """The kind of this name; None for anything else, which then is the path of a file."""
    return next((kind for kind in kinds() if kind.name == name), None)


def sources() -> tuple[Source, ...]:
    """Every file of every kind."""
    return tuple(source for kind in kinds() for source in kind.sources())


def source_for(kind: Kind, backbone: str) -> Source | None:
    """The file of a kind that serves this backbone best; None where the kind has none.

    A kind of one file has that one for every backbone, whether it fits or not.
    """
    found = kind.sources()
    fitting = (source for source in found if backbone in source.backbones)
    return next(fitting, found[0] if len(found) == 1 else None)


def that_fit(backbone: str) -> tuple[str, ...]:
    """The names of what fits this backbone, or any: for a sentence that says what to do."""
    return tuple(
        kind.name
        for kind in kinds()
        if not (found := kind.sources()) or any(backbone in source.backbones for source in found)
    )
