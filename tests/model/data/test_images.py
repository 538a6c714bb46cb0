"""Files as people have them: every orientation, depth and colour model, and every kind of broken."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from model.data import images
from model.data.images import ImageError, decode, encode_jpeg, read_image, read_picture, read_size

ROOT = Path(__file__).resolve().parents[3]
RED, GREEN, BLUE, GREY = (220, 30, 30), (30, 200, 40), (30, 40, 220), (128, 128, 128)


def corners() -> np.ndarray:
    """(40, 60, 3): red at the top left, green at the top right, blue at the bottom left, grey elsewhere."""
    pixels = np.full((40, 60, 3), GREY, np.uint8)
    pixels[:20, :30], pixels[:20, 30:], pixels[20:, :30] = RED, GREEN, BLUE
    return pixels


def stored(orientation: int) -> np.ndarray:
    """`corners` as a camera would store it that says `orientation`: the inverse of what a reader must do."""
    p = corners()
    return np.ascontiguousarray(
        {
            1: p, 2: p[:, ::-1], 3: p[::-1, ::-1], 4: p[::-1],
            5: p.transpose(1, 0, 2), 6: np.rot90(p, 1),
            7: np.rot90(p, 2).transpose(1, 0, 2), 8: np.rot90(p, -1),
        }[orientation]
    )  # fmt: skip


def with_pillow(pixels: np.ndarray, suffix: str, orientation: int | None = None, **options: object) -> bytes:
    image = Image.fromarray(pixels)
    if orientation is not None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    buffer = io.BytesIO()
    image.save(buffer, {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix), **options)
    return buffer.getvalue()


def saved(tmp_path: Path, data: bytes, name: str = "picture.jpg") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def assert_close(pixels: np.ndarray, expected: np.ndarray, most: float = 4.0) -> None:
    """Equal in the mean: JPEG changes pixels at the edges of the corners."""
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).mean() < most


# ------------------------------------------------------------------------------------------ orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_every_orientation_is_upright_in_every_format(tmp_path: Path, suffix: str, orientation: int) -> None:
    options = {"lossless": True} if suffix == "webp" else {"quality": 95} if suffix == "jpg" else {}
    path = saved(tmp_path, with_pillow(stored(orientation), suffix, orientation, **options), f"a.{suffix}")
    assert_close(read_image(path), corners())
    assert read_size(path) == (60, 40)
    with Image.open(path) as image:
        assert_close(np.asarray(ImageOps.exif_transpose(image)), corners())  # Pillow sees it as we do


def exif_with_long(orientation: int) -> bytes:
    """An Exif block, motorola byte order, whose orientation is a LONG."""
    return b"MM\0*" + struct.pack(">IHHHII", 8, 1, 0x0112, 4, 1, orientation) + b"\0\0\0\0"


def test_an_orientation_stored_as_a_long_counts(tmp_path: Path) -> None:
    block = b"Exif\0\0" + exif_with_long(6)
    jpeg = with_pillow(stored(6), "jpg", quality=95)
    path = saved(tmp_path, jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:])
    assert_close(read_image(path), corners())


@pytest.mark.parametrize("orientation", [0, 9, 60_000])
def test_an_orientation_that_is_nonsense_is_none(tmp_path: Path, orientation: int) -> None:
    path = saved(tmp_path, with_pillow(corners(), "jpg", orientation, quality=95))
    assert_close(read_image(path), corners())


# ------------------------------------------------------------------------------------------ colour and depth


def test_pixels_are_contiguous_rgb_bytes(tmp_path: Path) -> None:
    pixels = read_image(saved(tmp_path, with_pillow(corners(), "png")))
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert (pixels == corners()).all()


def test_16_bits_of_a_12_bit_camera_fill_the_range(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 4095, 200).astype(np.uint16), (50, 1))
    for suffix in (".png", ".tif"):
        pixels = read_image(saved(tmp_path, cv2.imencode(suffix, ramp)[1].tobytes()))
        assert pixels.min() == 0
        assert pixels.max() == 255
        assert abs(int(pixels[0, 100, 0]) - 128) < 3


def test_float_with_nan_is_stretched_and_nan_is_black(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(-2, 2, 200, dtype=np.float32), (50, 1))
    ramp[10, 10], ramp[11, 11] = np.nan, np.inf
    pixels = read_image(saved(tmp_path, cv2.imencode(".tif", ramp)[1].tobytes()))
    assert (pixels[10, 10] == 0).all()
    assert (pixels[11, 11] == 0).all()
    assert abs(int(pixels[0, 100, 0]) - 128) < 3


def test_float_without_a_finite_value_is_refused(tmp_path: Path) -> None:
    data = cv2.imencode(".tif", np.full((5, 5), np.nan, np.float32))[1].tobytes()
    with pytest.raises(ImageError, match=r"picture.jpg holds no finite value"):
        read_image(saved(tmp_path, data))


def test_16_bits_of_one_value_open(tmp_path: Path) -> None:
    data = cv2.imencode(".png", np.full((5, 5), 700, np.uint16))[1].tobytes()
    assert (read_image(saved(tmp_path, data)) == 0).all()


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "bmp", "gif"])
def test_grey_becomes_rgb(tmp_path: Path, suffix: str) -> None:
    grey = np.tile(np.arange(0, 240, 4, dtype=np.uint8), (40, 1))
    path = saved(tmp_path, with_pillow(grey, suffix), f"a.{suffix}")
    assert_close(read_image(path), np.repeat(grey[..., None], 3, axis=2))
    assert read_size(path) == (60, 40)


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "tif"])
def test_a_palette_becomes_rgb(tmp_path: Path, suffix: str) -> None:
    buffer = io.BytesIO()
    Image.fromarray(corners()).convert("P", palette=Image.Palette.ADAPTIVE).save(
        buffer, {"tif": "TIFF"}.get(suffix, suffix)
    )
    assert_close(read_image(saved(tmp_path, buffer.getvalue())), corners())


def test_black_and_white_fax_tiff_opens(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(corners()).convert("1").save(buffer, "TIFF", compression="group4")
    assert set(np.unique(read_image(saved(tmp_path, buffer.getvalue())))) <= {0, 255}


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(corners()).convert("CMYK").save(buffer, "JPEG", quality=95)
    assert_close(read_image(saved(tmp_path, buffer.getvalue())), corners(), most=12)


@pytest.mark.parametrize("suffix", ["png", "webp", "tif"])
def test_transparency_is_shown_on_white(tmp_path: Path, suffix: str) -> None:
    """Half of red (220, 30, 30) on white: (237, 142, 142)."""
    pixels = np.dstack([np.full((40, 60, 3), RED, np.uint8), np.full((40, 60), 128, np.uint8)])
    pixels[20:, :, 3] = 0
    options = {"lossless": True, "exact": True} if suffix == "webp" else {}
    shown = read_image(saved(tmp_path, with_pillow(pixels, suffix, **options)))
    assert np.abs(shown[0, 0].astype(int) - (237, 142, 142)).max() <= 2
    assert (shown[30, 0] == 255).all()


def test_grey_with_transparency_opens(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.merge("LA", (Image.new("L", (6, 4), 0), Image.new("L", (6, 4), 255))).save(buffer, "PNG")
    assert (read_image(saved(tmp_path, buffer.getvalue())) == 0).all()


def test_of_an_animation_the_first_picture_shows(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (30, 20), RED), Image.new("RGB", (30, 20), BLUE)
    for suffix in ("gif", "webp", "tiff"):
        buffer = io.BytesIO()
        first.save(buffer, suffix, save_all=True, append_images=[second])
        path = saved(tmp_path, buffer.getvalue())
        assert_close(read_image(path), np.full((20, 30, 3), RED, np.uint8))
        assert read_size(path) == (30, 20)


def test_what_is_encoded_is_what_is_read() -> None:
    assert_close(decode(encode_jpeg(corners()), "a.jpg").pixels, corners(), most=2)


def test_read_size_agrees_with_read_image_on_real_files() -> None:
    data = ROOT.parent / "shared" / "data"
    if not data.is_dir():
        pytest.skip("the shared data sets are not here")
    for name in ("license_plates_odd/images", "bccd/JPEGImages", "raccoon/images"):
        for path in sorted((data / name).glob("*.jpg"))[::12]:
            width, height = read_size(path)
            assert read_image(path).shape == (height, width, 3)


# ------------------------------------------------------------------------------------------ broken


def test_a_cut_jpeg_opens_with_a_warning(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    data = encode_jpeg(noise)
    picture = read_picture(saved(tmp_path, data[: len(data) // 2], "half.jpg"))
    assert picture.pixels.shape == (64, 64, 3)
    assert picture.warning == "half.jpg is cut off: its end is missing and shows grey."
    assert np.abs(picture.pixels[:16].astype(int) - decode(data, "").pixels[:16]).max() == 0


def test_a_jpeg_with_a_tail_is_not_called_cut(tmp_path: Path) -> None:
    data = encode_jpeg(corners()) + bytes(5000)  # phones append video and depth maps
    assert read_picture(saved(tmp_path, data)).warning == ""


def shape_or_reason(data: bytes) -> tuple[int, ...] | str:
    """The shape of what is decoded, or the first word of the reason, which is the file's name."""
    try:
        return decode(data, "x").pixels.shape
    except ImageError as error:
        return str(error).split()[0]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".bmp", ".gif", ".jp2"])
def test_a_file_cut_anywhere_is_read_or_refused_and_nothing_else(suffix: str) -> None:
    data = cv2.imencode(suffix, corners())[1].tobytes()
    for length in range(1, len(data), max(1, len(data) // 40)):
        assert shape_or_reason(data[:length]) in {(40, 60, 3), "x"}


def test_a_flipped_bit_anywhere_is_read_or_refused_and_nothing_else() -> None:
    rng = np.random.default_rng(1)
    for suffix in (".jpg", ".png", ".tif", ".webp", ".bmp", ".gif"):
        data = cv2.imencode(suffix, corners())[1].tobytes()
        for _ in range(60):
            damaged = bytearray(data)
            damaged[rng.integers(min(len(data), 400))] ^= 1 << int(rng.integers(8))
            assert shape_or_reason(bytes(damaged))


def declared(width: int, height: int) -> dict[str, bytes]:
    """Tiny files whose headers say they are huge."""
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + ihdr + struct.pack(">I", zlib.crc32(ihdr))
    sof = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    tags = [(256, 4, 1, width), (257, 4, 1, height)]
    tiff = b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(struct.pack("<HHII", *t) for t in tags)
    return {
        "a.png": png + struct.pack(">I4s", 0, b"IDAT") + bytes(20),
        "a.jpg": b"\xff\xd8" + sof + b"\xff\xda" + bytes(20) + b"\xff\xd9",
        "a.gif": b"GIF89a" + struct.pack("<HH", width, height) + bytes(20),
        "a.bmp": b"BM" + bytes(12) + struct.pack("<IiiHH", 40, width, -height, 1, 24) + bytes(40),
        "a.tif": tiff + bytes(8),
    }


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.bmp", "a.tif"])
def test_a_header_that_declares_too_much_is_refused_before_decoding(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("OpenCV would allocate for it"))
    path = saved(tmp_path, declared(30_000, 30_000)[name], name)
    for read in (read_image, read_size):
        with pytest.raises(ImageError, match=rf"^{name} is 900 megapixels large; Fovea opens up to 200\.$"):
            read(path)


def test_a_tiny_webp_that_declares_the_largest_size_is_refused(tmp_path: Path) -> None:
    bits = (16_383 - 1) | (16_383 - 1) << 14
    body = b"WEBPVP8L" + struct.pack("<IBI", 20, 0x2F, bits) + bytes(15)
    with pytest.raises(ImageError, match="268 megapixels"):
        read_image(saved(tmp_path, b"RIFF" + struct.pack("<I", len(body)) + body))


def test_a_jpeg_of_2000_scans_is_refused(tmp_path: Path) -> None:
    data = encode_jpeg(corners())
    scans = data[:-2] + b"\xff\xda\x00\x02" * 2000 + data[-2:]
    with pytest.raises(ImageError, match="over 100 scans"):
        read_image(saved(tmp_path, scans))


def test_an_image_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="says it is 0 × 5 px"):
        read_image(saved(tmp_path, declared(0, 5)["a.gif"]))


# ------------------------------------------------------------------------------------------ no images


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7 ...", "is a PDF document"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><image href="secret.png"/></svg>', "is an SVG drawing"),
        (b"<!DOCTYPE html><html>404", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "is a placeholder of Git LFS"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "is a HEIC, AVIF or video file"),
        (b"RIFF\0\0\0\0AVI LIST" + bytes(40), "is a RIFF file"),
        (bytes(4096), "holds nothing but zeros"),
        (b"hello", "is not an image in a format that Fovea reads"),
    ],
)
def test_what_is_no_image_is_refused_by_its_content(tmp_path: Path, data: bytes, reason: str) -> None:
    path = saved(tmp_path, data, "holiday.png")
    for read in (read_image, read_size):
        with pytest.raises(ImageError, match=f"^holiday.png {reason}.*\\.$"):
            read(path)


def test_a_png_named_jpg_opens(tmp_path: Path) -> None:
    path = saved(tmp_path, with_pillow(corners(), "png"), "plate.mp4#t=517.jpg")
    assert (read_image(path) == corners()).all()


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.jpg").mkdir()
    with pytest.raises(ImageError, match=r"^folder.jpg is a folder, not a file\.$"):
        read_image(tmp_path / "folder.jpg")
    with pytest.raises(ImageError, match=r"^none.jpg is gone\.$"):
        read_image(tmp_path / "none.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for read in (read_image, read_size):
        with pytest.raises(ImageError, match=r"^pipe.jpg is not a regular file"):
            read(tmp_path / "pipe.jpg")


def test_a_name_with_a_nul_is_refused() -> None:
    with pytest.raises(ImageError, match="has a name that no file can have"):
        read_image(Path("a\0b.png"))


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_BYTES", 100)
    with pytest.raises(ImageError, match="is too large"):
        read_image(saved(tmp_path, encode_jpeg(corners())))


@pytest.mark.parametrize("name", [b"caf\xe9.jpg", "图像 ü.jpg".encode(), b"[abc]*?.jpg", b"<b>.jpg"])
def test_any_name_that_the_disk_takes_opens(tmp_path: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    try:
        path.write_bytes(with_pillow(corners(), "png"))
    except OSError:
        pytest.skip("this disk does not take such names")
    assert (read_image(path) == corners()).all()


def test_a_name_that_is_not_utf8_can_be_shown(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"caf\xe9.jpg")))
    with pytest.raises(ImageError) as caught:
        read_image(path)
    assert str(caught.value) == "caf\\xe9.jpg is gone."
    str(caught.value).encode("utf-8")
