"""main.py weights: what training can start from, and what of it is on this machine."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

from model.commands.command import Command, CommandError, Result
from model.network.sources.registry import kind_named, kinds
from model.network.sources.source import Source
from model.terminal import follow_download, plain, say

HEAD = ("NAME", "FITS", "SIZE", "LICENCE", "FIGURE", "HERE")


def _options(parser: argparse.ArgumentParser) -> None:
    names = "|".join(kind.name for kind in kinds() if kind.name not in ("none", "starter"))
    parser.add_argument("--download", metavar=names, help="fetch it now; training would fetch it by itself")
    parser.add_argument("--backbone", metavar="NAME", help="with --download imagenet: of which backbone")


def _run(a: argparse.Namespace) -> Result:
    from model.network.fetch import fetch
    from model.network.sources.registry import sources
    from model.network.torchvision_files import check

    if a.download is None:
        rows = sources()
        if str(a.json) != "-":
            print(table([_cells(source) for source in rows]))
            for terms in dict.fromkeys(source.terms for source in rows if source.terms):
                print(f"* {terms}")
        return {"weights": [_facts(source) for source in rows]}
    source = _asked(a.download, a.backbone)
    was_here = source.is_here
    follow_download(fetch(source))
    if source.url:
        check(source)
    say(f"{source.file} {'was here already' if was_here else 'is here now'}")
    return _facts(source)


def _asked(name: str, backbone: str | None) -> Source:
    """The one file that is meant. Raises CommandError."""
    kind = kind_named(name)
    if kind is None or not (found := kind.sources()):
        known = ", ".join(each.name for each in kinds() if each.sources())
        raise CommandError(f"there are no weights “{name}” to download; there are {known}")
    if len(found) == 1:
        return found[0]
    for source in found:
        if backbone in source.backbones:
            return source
    which = ", ".join(each for source in found for each in source.backbones)
    raise CommandError(f"{name} is a file for each backbone; say which with --backbone: {which}")


def _cells(source: Source) -> tuple[str, ...]:
    where = str(source.file) if source.is_here else f"no, at {source.url}"
    licence = source.licence + ("*" if source.terms else "")
    return (
        source.name, ", ".join(source.backbones), f"{source.size / 1e6:.0f} MB", licence,
        str(source.figure or ""), where,
    )  # fmt: skip


def _facts(source: Source) -> Result:
    return {**plain(source), "is_here": source.is_here}


def table(rows: Iterable[Sequence[str]]) -> str:
    """Lines with columns below each other; the last one is as long as it is."""
    lines = [HEAD, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]])
        for line in lines
    )


COMMAND = Command(
    "weights",
    80,
    "list what training can start from, and download it (see also train --weights)",
    _options,
    _run,
)
