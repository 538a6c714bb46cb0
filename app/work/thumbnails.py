"""Thumbnails as files: made once for each picture, found again by path, time and size."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np

from app.work.decoded import stamp_of

LONG_SIDE = 192  # px: 96 on a screen of twice the density
QUALITY = 85


def shrink(pixels: np.ndarray, long_side: int = LONG_SIDE) -> np.ndarray:
    """(H, W, 3) uint8 -> the same picture with no side above long_side px; a smaller one stays as it is."""
    import cv2

    height, width = pixels.shape[:2]
    scale = long_side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


class ThumbnailFiles:
    """A folder of small JPEGs. It is a cache: a file that is lost, torn or deleted is made again."""

    def __init__(self, folder: Path, project: Path) -> None:
        self._folder = folder
        self._project = project

    def file_for(self, path: Path) -> Path | None:
        """Where the thumbnail of this version of this file belongs; None when the file is gone.

        Known by its path inside the project, so that a project that was moved keeps its thumbnails.
        """
        stamp = stamp_of(path)
        if stamp is None:
            return None
        key = f"{os.path.relpath(path, self._project)}\0{stamp[0]}\0{stamp[1]}\0{LONG_SIDE}"
        digest = hashlib.sha1(os.fsencode(key), usedforsecurity=False).hexdigest()
        return self._folder / digest[:2] / f"{digest[2:]}.jpg"  # 256 folders: none grows too large

    def read(self, path: Path) -> np.ndarray | None:
        """(H, W, 3) uint8 RGB, or None when it has to be made."""
        import cv2

        file = self.file_for(path)
        if file is None:
            return None
        try:
            data = file.read_bytes()
        except OSError:
            return None
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
        return None if pixels is None else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)

    def write(self, path: Path, pixels: np.ndarray) -> None:
        """Keep a thumbnail. A disk that is full or cannot be written costs the cache, nothing else."""
        import cv2

        file = self.file_for(path)
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        coded, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        if file is None or not coded:
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            temporary = file.with_suffix(f".{os.getpid()}")
            temporary.write_bytes(data.tobytes())  # not flushed to the disk: a lost thumbnail is made again
            os.replace(temporary, file)
        except OSError:
            return
