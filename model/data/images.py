"""Image file -> (H, W, 3) uint8 RGB, upright. The one decoder: screen and training see the same pixels.

Choices, the same for every file:
- Exif orientation is applied here, from the header we parse, in every format that carries it, not by OpenCV.
- More than 8 bits (or floating point) is stretched linearly from the 0.1th to the 99.9th percentile of all
  channels together; values that are not finite become black.
- Transparency is shown on white. Grey, palette and CMYK become RGB. Of several pictures in a file, the first.
- A JPEG whose end is missing opens, the missing part grey, with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model.data.image_header import Header, HeaderError, ShortError, parse
from model.data.reading import ReadError, read_bytes, shown

MOST_BYTES = 1 << 30  # of a file
MOST_PIXELS = 200_000_000  # 102 Mpx cameras exist; 600 MB once decoded
MOST_DECODED_BYTES = 1_300_000_000  # as OpenCV holds it before we make 8-bit RGB of it
MOST_SCANS = 100  # of a progressive JPEG: 2000 take 49 s, and cannot be interrupted
HEAD_BYTES = 256 << 10  # where headers end, nearly always
PERCENTILES = (0.1, 99.9)
SAMPLED = 1 << 20  # values that percentiles are taken from
ROWS = 256  # worked on at a time where a float copy of the whole would be large

JPEG_SCAN, JPEG_END = b"\xff\xda", b"\xff\xd9"
FLAGS = cv2.IMREAD_UNCHANGED  # all bits and channels, as stored
JPEG_FLAGS = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION  # always 8 bits; CMYK becomes BGR


class ImageError(Exception):
    """A file cannot be read as an image: a sentence that names the file and says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """pixels (H, W, 3) uint8 RGB, upright, contiguous. warning is a sentence, or empty."""

    pixels: np.ndarray
    warning: str = ""


def read_image(path: Path) -> np.ndarray:
    """The pixels of a file, (H, W, 3) uint8 RGB, upright, contiguous. Raises ImageError."""
    return read_picture(path).pixels


def read_picture(path: Path) -> Picture:
    """The pixels of a file, with a warning where part of them is missing. Raises ImageError."""
    return decode(_read(path), shown(path))


def read_encoded(path: Path) -> tuple[bytes, Header]:
    """A file's content as it is, for decode() or to copy, and what it says of itself. Raises ImageError."""
    data = _read(path)
    return data, _header(data, shown(path))


def read_size(path: Path) -> tuple[int, int]:
    """(width, height) px of the upright image, from the header alone. Raises ImageError."""
    return read_header(path).upright


def read_header(path: Path) -> Header:
    """What the file says of itself, checked as read_image would. Raises ImageError."""
    try:
        return _checked(parse(_read(path, HEAD_BYTES)), shown(path))
    except (ShortError, HeaderError):  # either the header is long, or reading it whole says what is wrong
        return _header(_read(path), shown(path))


def decode(data: bytes, name: str) -> Picture:
    """The pixels of a file's content; name is for messages. Raises ImageError."""
    header = _header(data, name)
    warning = ""
    if header.format == "JPEG":
        if data.count(JPEG_SCAN) > MOST_SCANS:
            raise ImageError(f"{name} is a JPEG of over {MOST_SCANS} scans, made to keep programs busy.")
        if is_cut(data, header):
            warning = f"{name} is cut off: its end is missing and shows grey."
            data += JPEG_END  # imdecode refuses without it, and gives what is there with it
    elif header.format == "TIFF":
        data = _without_orientation(data, header)
    try:
        decoded = cv2.imdecode(
            np.frombuffer(data, np.uint8), JPEG_FLAGS if header.format == "JPEG" else FLAGS
        )
    except (cv2.error, MemoryError) as error:
        raise ImageError(f"{name} cannot be decoded: {_first_line(error)}") from error
    if decoded is None:
        raise ImageError(f"{name} is damaged or cut off: its {header.format} data cannot be decoded.")
    if (decoded.shape[1], decoded.shape[0]) != (header.width, header.height):
        said, is_ = f"{header.width} × {header.height}", f"{decoded.shape[1]} × {decoded.shape[0]}"
        raise ImageError(f"{name} is damaged: its header says {said} px, its data are {is_} px.")
    rgb = _to_rgb(_to_8_bits(decoded, name), header, name)
    return Picture(np.ascontiguousarray(_upright(rgb, header.orientation)), warning)


def is_cut(data: bytes, header: Header) -> bool:
    """Whether a JPEG lacks its end marker, which cannot occur in compressed pixels, only after them."""
    return data.find(JPEG_END, header.pixels_at) < 0


def encode_jpeg(pixels: np.ndarray, quality: int = 95) -> bytes:
    """(H, W, 3) uint8 RGB -> a JPEG file, without subsampling loss of colour edges above quality 90."""
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if quality > 90 else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    assert done, "encoding memory to memory does not fail"
    return data.tobytes()


def _read(path: Path, head: int | None = None) -> bytes:
    try:
        return read_bytes(path, MOST_BYTES, head)
    except ReadError as error:
        raise ImageError(f"{shown(path)} {error}.") from error


def _header(data: bytes, name: str) -> Header:
    try:
        return _checked(parse(data), name)
    except HeaderError as error:
        raise ImageError(f"{name} {error}.") from error
    except ShortError:
        raise ImageError(f"{name} is cut off: it ends before its header does.") from None


def _checked(header: Header, name: str) -> Header:
    pixels = header.width * header.height
    if pixels > MOST_PIXELS:
        most = MOST_PIXELS // 1_000_000
        raise ImageError(f"{name} is {pixels / 1e6:,.0f} megapixels large; Fovea opens up to {most}.")
    if pixels * max(3, header.channels) * header.sample_bytes > MOST_DECODED_BYTES:
        bits = 8 * header.sample_bytes
        raise ImageError(f"{name} is too large: {pixels / 1e6:,.0f} megapixels of {bits} bits a channel.")
    return header


def _without_orientation(data: bytes, header: Header) -> bytes:
    """A TIFF that says it is upright: OpenCV turns TIFFs itself, in some cases and in some versions."""
    at, size = header.orientation_at
    if header.orientation == 1 or not size:
        return data
    one = (1).to_bytes(size, "little" if data[:2] == b"II" else "big")
    return data[:at] + one + data[at + size :]


def _to_8_bits(decoded: np.ndarray, name: str) -> np.ndarray:
    if decoded.dtype == np.uint8:
        return decoded
    sampled = decoded.reshape(-1)[:: max(1, decoded.size // SAMPLED)].astype(np.float64)
    finite = sampled[np.isfinite(sampled)]
    if not len(finite):
        raise ImageError(f"{name} holds no finite value: there is nothing to show.")
    low, high = np.percentile(finite, PERCENTILES)
    if high <= low:  # nearly all of it is one value
        low, high = finite.min(), max(finite.max(), finite.min() + 1e-9)
    stretched = np.empty(decoded.shape, np.uint8)
    for top in range(0, len(decoded), ROWS):
        rows = (decoded[top : top + ROWS].astype(np.float32) - low) * (255 / (high - low))
        stretched[top : top + ROWS] = np.clip(np.nan_to_num(rows, posinf=0, neginf=0), 0, 255).round()
    return stretched


def _to_rgb(decoded: np.ndarray, header: Header, name: str) -> np.ndarray:
    channels = 1 if decoded.ndim == 2 else decoded.shape[2]
    if channels == 1:
        return cv2.cvtColor(decoded, cv2.COLOR_GRAY2RGB)
    if channels == 3:
        return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    if channels != 4:
        raise ImageError(f"{name} has {channels} channels; Fovea reads images of 1, 3 or 4.")
    rgb = cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGB)
    if header.alpha != "ignored" and decoded[..., 3].min() < 255:
        _put_on_white(rgb, decoded[..., 3], header.alpha == "premultiplied")
    return rgb


def _put_on_white(rgb: np.ndarray, alpha: np.ndarray, premultiplied: bool) -> None:
    for top in range(0, len(rgb), ROWS):
        rows = slice(top, top + ROWS)
        opacity = alpha[rows, :, None].astype(np.uint32)
        colour = rgb[rows].astype(np.uint32) * (255 if premultiplied else opacity)
        rgb[rows] = np.minimum((colour + 255 * (255 - opacity) + 127) // 255, 255)


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Exif's eight ways of holding a camera. The comments say where the first row and column are shown."""
    match orientation:
        case 2:
            return cv2.flip(pixels, 1)  # top, right
        case 3:
            return cv2.rotate(pixels, cv2.ROTATE_180)  # bottom, right
        case 4:
            return cv2.flip(pixels, 0)  # bottom, left
        case 5:
            return cv2.transpose(pixels)  # left, top
        case 6:
            return cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE)  # right, top
        case 7:
            return cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180)  # right, bottom
        case 8:
            return cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)  # left, bottom
    return pixels


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
