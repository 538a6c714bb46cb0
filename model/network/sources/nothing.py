"""--weights none: random numbers."""

from __future__ import annotations

from model.network.sources.source import Kind, Source, State


def _sources() -> tuple[Source, ...]:
    return ()


def _read(source: Source) -> State:
    return State({}, ())


KIND = Kind(
    name="none",
    place=90,
    title="Nothing",
    words="Learns everything from your images; needs very many.",
    sources=_sources,
    read=_read,
)
