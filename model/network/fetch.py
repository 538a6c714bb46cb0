"""Bringing a file of weights to this machine: in chunks, checked, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import secrets
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from typing import IO, Any

from model.data.files import flush_folder
from model.network.sources.source import Source
from model.network.weights import WeightsError
from model.records import Progress

CHUNK = 1 << 18  # bytes at most; what has come is taken at once, so that a slow network can be stopped
TIMEOUT_S = 10.0  # without a byte
TELL_S = 0.1  # between two Progress
MB = 1e6


def fetch(source: Source) -> Generator[Progress, None, None]:
    """Download the file of a source, unless it is here; yields bytes done and bytes in all, with a sentence.

    Closing the generator cancels. The file appears under its name when it is whole, flushed, and has its
    hash; until then there is a temporary file beside it, which never stays. Raises WeightsError with a
    sentence that says what can be done, where there is no network: which file to put where.
    """
    if source.is_here:
        return
    yield Progress(0, source.size, f"Downloading {_named(source)}")
    folder = source.file.parent
    temporary = folder / f".{secrets.token_hex(6)}.partial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            digest = yield from _receive(source, file)
            file.flush()
            os.fsync(file.fileno())
        if not digest.startswith(source.hash):
            raise WeightsError(
                f"{source.file.name} came damaged: its SHA-256 begins with {digest[: len(source.hash)]}, not "
                f"with {source.hash}. Try again; a network that asks to sign in may have sent a page of its own."
            )
        os.replace(temporary, source.file)
        flush_folder(folder)
    except OSError as error:
        raise WeightsError(
            f"{source.file.name} cannot be written to {folder}: {error.strerror or error}."
        ) from error
    finally:
        with contextlib.suppress(OSError):  # gone already, unless something failed or the person stopped it
            temporary.unlink()


def _receive(source: Source, file: IO[bytes]) -> Generator[Progress, None, str]:
    """Write what the address sends; returns its SHA-256, hexadecimal."""
    response = _open(source)
    with response:
        length = response.headers.get("Content-Length")
        total = int(length) if length is not None else 0
        _check_room(source, total or source.size)
        digest, done = hashlib.sha256(), 0
        began = told = time.monotonic()
        while chunk := _read(source, response, done, total):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            if time.monotonic() - told >= TELL_S:
                told = time.monotonic()
                yield Progress(done, total, _how_far(source, done, total, told - began))
    if done < total:
        raise _cut(source, done, total)
    return digest.hexdigest()


def _open(source: Source) -> Any:
    request = urllib.request.Request(source.url, headers={"User-Agent": "fovea"})
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
        raise WeightsError(
            f"{source.file.name} could not be downloaded ({_reason(error)}). Without a network: fetch "
            f"{source.url} elsewhere and put the file into {source.file.parent}."
        ) from error


def _read(source: Source, response: Any, done: int, total: int) -> bytes:
    try:
        return response.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _cut(source, done, total) from error


def _cut(source: Source, done: int, total: int) -> WeightsError:
    return WeightsError(
        f"The connection ended after {_megabytes(done, total or source.size)} of {source.file.name}. Try again, "
        f"or fetch {source.url} elsewhere and put the file into {source.file.parent}."
    )


def _check_room(source: Source, needed: int) -> None:
    free = shutil.disk_usage(source.file.parent).free
    if free < needed:
        raise WeightsError(
            f"{source.file.name} needs {needed / MB:.0f} MB, and the disk of {source.file.parent} has "
            f"{free / MB:.0f} MB left. Make room, or set TORCH_HOME to a folder on another disk."
        )


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server says {error.code} {error.reason}"
    reason = getattr(error, "reason", error)  # a URLError wraps the error of the socket
    return getattr(reason, "strerror", None) or str(reason) or type(error).__name__


def _how_far(source: Source, done: int, total: int, seconds: float) -> str:
    """ "Downloading the COCO weights: 34 of 137 MB, 12.1 MB/s, 9 s left"."""
    speed = done / max(seconds, 1e-3)
    left = max(0, (total or source.size) - done) / speed
    return (
        f"Downloading {_named(source)}: {_megabytes(done, total or source.size)}, {speed / MB:.1f} MB/s, "
        + (f"{left:.0f} s left" if left < 100 else f"{left / 60:.0f} min left")
    )


def _named(source: Source) -> str:
    return f"the {source.title} of {source.backbones[0]}" if source.architecture is None else source.title


def _megabytes(done: int, total: int) -> str:
    return f"{done / MB:.0f} of {total / MB:.0f} MB"
