"""Which files are taken for images, by name. What is in them is found out when they are read."""

from __future__ import annotations

IMAGE_SUFFIXES: frozenset[str] = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".gif", ".jp2"}
)  # lower case, with the dot
