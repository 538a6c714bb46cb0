"""What the first bytes of an image file say: its format, size and orientation, before anything is decoded.

OpenCV allocates for the size that a header declares, so it is read here first. Sources: ITU T.81 (JPEG),
W3C PNG, TIFF 6.0, RFC 9649 (WebP), GIF89a, BITMAPV5HEADER, ISO 15444-1 (JPEG 2000), CIPA DC-008 (Exif).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

ORIENTATION, EXTRA_SAMPLES = 274, 338  # tags of TIFF and Exif
INTEGER_FORMATS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # TIFF's BYTE, SHORT, LONG, LONG8


class HeaderError(Exception):
    """The bytes are no image that can be read. The message is a clause that follows the file's name."""


class ShortError(Exception):
    """The header goes on after the bytes given."""


@dataclass(frozen=True, slots=True)
class Header:
    """width and height in px as stored; orientation is Exif's, 1 to 8."""

    format: str
    width: int
    height: int
    orientation: int = 1
    channels: int = 3
    sample_bytes: int = 1
    alpha: str = "straight"  # of the fourth channel: straight, premultiplied, or ignored
    pixels_at: int = 0  # where the compressed pixels of a JPEG begin
    orientation_at: tuple[int, int] = (0, 0)  # where a TIFF keeps its orientation: offset and bytes

    @property
    def upright(self) -> tuple[int, int]:
        """(width, height) px once the orientation is applied: 5 to 8 lie on their side."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


def parse(data: bytes) -> Header:
    """Raises HeaderError; ShortError where more bytes of the file are needed."""
    for magic, read in READERS:
        if data.startswith(magic):
            try:
                header = read(data)
            except (struct.error, IndexError):
                raise ShortError from None
            if header.width < 1 or header.height < 1:
                raise HeaderError(f"says it is {header.width} × {header.height} px")
            return header
    raise HeaderError(_what_it_is(data))


def _jpeg(data: bytes) -> Header:
    header: Header | None = None
    orientation, at = 1, 2
    while True:
        if data[at] != 0xFF:
            raise HeaderError("is damaged: a JPEG whose header breaks off")
        marker = data[at + 1]
        if marker in (0x01, 0xFF) or 0xD0 <= marker <= 0xD7:  # fill byte, or a marker without a length
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        body = at + 4
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            _, height, width, channels = struct.unpack_from(">BHHB", data, body)
            header = Header("JPEG", width, height, channels=channels)
        elif marker == 0xE1 and data[body : body + 6] == b"Exif\0\0" and orientation == 1:
            orientation = _exif_orientation(data[body + 6 : at + 2 + length])
        elif marker in (0xDA, 0xD9):
            if header is None:
                raise HeaderError("is damaged: a JPEG without a size")
            return replace(header, orientation=orientation, pixels_at=body)
        at += 2 + length


def _png(data: bytes) -> Header:
    width, height, bits, kind = struct.unpack_from(">IIBB", data, 16)
    channels = 4 if kind in (3, 4, 6) else 3  # a palette may be transparent; greys become colours
    header = Header("PNG", width, height, channels=channels, sample_bytes=2 if bits == 16 else 1)
    at = 8
    while True:
        length, kind_of_chunk = struct.unpack_from(">I4s", data, at)
        if kind_of_chunk == b"eXIf":
            return replace(header, orientation=_exif_orientation(data[at + 8 : at + 8 + length]))
        if kind_of_chunk in (b"IDAT", b"IEND"):
            return header
        at += 12 + length


def _gif(data: bytes) -> Header:
    width, height = struct.unpack_from("<HH", data, 6)
    return Header("GIF", width, height, channels=4)


def _bmp(data: bytes) -> Header:
    (size,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if size == 12 else "<ii", data, 18)
    return Header("BMP", width, abs(height), channels=4, alpha="ignored")  # below 0: rows from the top


def _webp(data: bytes) -> Header:
    if data[8:12] != b"WEBP":
        raise HeaderError("is a RIFF file (sound or video), not a picture")
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header("WebP", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Header("WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, channels=4)
    if kind != b"VP8X":
        raise HeaderError("is damaged: a WebP without a size")
    width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    header = Header("WebP", width, height, channels=4)
    at = 12
    while data[20] & 0x08:  # the header promises Exif; it stands after the pixels
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"EXIF":
            return replace(header, orientation=_exif_orientation(data[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    if len(data) < 30:
        raise ShortError
    return header


def _jpeg_2000(data: bytes) -> Header:
    if data.startswith(b"\xff\x4f"):  # a bare codestream
        right, bottom, left, top = struct.unpack_from(">IIII", data, 8)
        return Header("JPEG 2000", right - left, bottom - top, channels=4)
    at = data.find(b"ihdr", 0, 4096)
    if at < 0:
        raise HeaderError("is damaged: a JPEG 2000 without a size")
    height, width, channels, bits = struct.unpack_from(">IIHB", data, at + 4)
    return Header("JPEG 2000", width, height, channels=channels, sample_bytes=2 if (bits & 0x7F) >= 8 else 1)


def _tiff(data: bytes) -> Header:
    tags, where = _tags(data)
    width, height = tags.get(256, 0), tags.get(257, 0)
    channels = tags.get(277, 1)
    sample_bytes = max(1, tags.get(258, 1) // 8)
    alpha = "ignored"
    if tags.get(EXTRA_SAMPLES) in (1, 2):  # libtiff multiplies 8-bit colours by their alpha, and no others
        alpha = "premultiplied" if sample_bytes == 1 or tags[EXTRA_SAMPLES] == 1 else "straight"
    turned = tags.get(ORIENTATION, 1)
    return Header(
        "TIFF", width, height, turned if 1 <= turned <= 8 else 1, channels, sample_bytes, alpha,
        orientation_at=where.get(ORIENTATION, (0, 0)),
    )  # fmt: skip


def _exif_orientation(data: bytes) -> int:
    """What a block of Exif says; 1 where it says nothing sensible, for many tools write nonsense."""
    try:
        tags, _ = _tags(data.removeprefix(b"Exif\0\0"))
    except (struct.error, IndexError, HeaderError):
        return 1
    turned = tags.get(ORIENTATION, 1)
    return turned if 1 <= turned <= 8 else 1


def _tags(data: bytes) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
    """The whole-number tags of a TIFF's first directory: tag -> first value, tag -> (offset, bytes) of it."""
    if data[:2] not in (b"II", b"MM"):
        raise HeaderError("is damaged: a TIFF without a byte order")
    order = "<" if data[:2] == b"II" else ">"
    (version,) = struct.unpack_from(order + "H", data, 2)
    big = version == 43  # BigTIFF: offsets of eight bytes
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
    at += 8 if big else 2
    if count > 65_535:
        raise HeaderError("is damaged: a TIFF with more entries than it can hold")
    tags: dict[int, int] = {}
    where: dict[int, tuple[int, int]] = {}
    room = 8 if big else 4
    for entry in range(at, at + count * (12 + 2 * (room - 4)), 12 + 2 * (room - 4)):
        tag, kind, values = struct.unpack_from(order + ("HHQ" if big else "HHI"), data, entry)
        if kind not in INTEGER_FORMATS:
            continue
        value_format = order + INTEGER_FORMATS[kind]
        size = struct.calcsize(value_format)
        value_at = entry + 4 + room
        if values * size > room:
            (value_at,) = struct.unpack_from(order + ("Q" if big else "I"), data, value_at)
        if values:
            (tags[tag],) = struct.unpack_from(value_format, data, value_at)
            where[tag] = (value_at, size)
    return tags, where


READERS: tuple[tuple[bytes, Callable[[bytes], Header]], ...] = (
    (b"\xff\xd8\xff", _jpeg),
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"GIF87a", _gif),
    (b"GIF89a", _gif),
    (b"BM", _bmp),
    (b"RIFF", _webp),
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
    (b"II+\0", _tiff),
    (b"MM\0+", _tiff),
    (b"\0\0\0\x0cjP  \r\n\x87\n", _jpeg_2000),
    (b"\xff\x4f\xff\x51", _jpeg_2000),
)


def _what_it_is(data: bytes) -> str:
    """Why these bytes are no image we read: what they look like instead."""
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data[4:8] == b"ftyp":
        return "is a HEIC, AVIF or video file; convert it to JPEG or PNG first"
    for magic, what in (
        (b"version https://git-lfs", "is a placeholder of Git LFS: the picture itself was not downloaded"),
        (b"%pdf", "is a PDF document, not a picture"),
        (b"<svg", "is an SVG drawing; export it as PNG first"),
        (b"<!doctype html", "is a web page, not a picture: the download went wrong"),
        (b"<html", "is a web page, not a picture: the download went wrong"),
        (b"<?xml", "is an XML or SVG file, not a picture"),
        (b"pk\x03\x04", "is a ZIP archive, not a picture"),
    ):
        if start.startswith(magic):
            return what
    if not data.strip(b"\0"):
        return "holds nothing but zeros: the disk or a copy has lost it"
    return "is not an image in a format that Fovea reads (JPEG, PNG, TIFF, WebP, BMP, GIF, JPEG 2000)"
