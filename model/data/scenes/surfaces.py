"""What hardware lies on: workbench tops as pictures, (H, W, 3) float32 0..255."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

Size = tuple[int, int]  # (H, W) px


def noise(rng: np.random.Generator, size: Size, cell: float, stretch: float = 1.0) -> np.ndarray:
    """Smooth noise (H, W) float32, deviation near 1; features `cell` px high and `stretch` times wider."""
    height, width = size
    rows, columns = max(2, round(height / cell) + 1), max(2, round(width / (cell * stretch)) + 1)
    small = rng.normal(0, 1, (rows, columns)).astype(np.float32)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def clouds(rng: np.random.Generator, size: Size, cell: float, octaves: int = 4) -> np.ndarray:
    return sum(noise(rng, size, max(1.0, cell / 2**o)) * 0.55**o for o in range(octaves))  # type: ignore[return-value]


def wood(rng: np.random.Generator, size: Size) -> np.ndarray:
    """Planks with grain along them."""
    height, width = size
    base = np.array(
        ((150, 101, 58), (176, 130, 82), (112, 72, 44), (142, 112, 82))[rng.integers(4)], np.float32
    )
    picture = np.empty((height, width, 3), np.float32)
    plank = int(rng.integers(height // 4, height // 2))
    top = -int(rng.integers(plank))
    while top < height:
        rows = slice(max(top, 0), min(top + plank, height))
        part = (rows.stop - rows.start, width)
        warp = noise(rng, part, 90, 4) * rng.uniform(6, 22)
        y = np.arange(part[0], dtype=np.float32)[:, None] + warp
        rings = np.sin(y / rng.uniform(5, 12) + noise(rng, part, 40, 8) * 0.8)
        fibre = noise(rng, part, 1.6, 40) * 0.5 + noise(rng, part, 4, 60) * 0.5
        tone = rng.uniform(0.9, 1.08) * (1 + 0.075 * rings + 0.11 * fibre + 0.04 * noise(rng, part, 120))
        picture[rows] = base * tone[..., None]
        if 0 <= top < height - 3:
            picture[top : top + 3] *= 0.45
        top += plank
    return picture


def steel(rng: np.random.Generator, size: Size) -> np.ndarray:
    tone = rng.uniform(120, 175) * (1 + 0.05 * noise(rng, size, 1.3, 120) + 0.05 * noise(rng, size, 200, 2))
    return _scratched(rng, tone[..., None] * np.array((0.98, 1.0, 1.03), np.float32), 14)


def concrete(rng: np.random.Generator, size: Size) -> np.ndarray:
    tone = rng.uniform(120, 170) * (1 + 0.07 * clouds(rng, size, 160, 6) + 0.03 * noise(rng, size, 1.5))
    picture = tone[..., None] * np.array((1.0, 0.985, 0.95), np.float32)
    pits = cv2.GaussianBlur((rng.random(size) < 0.0006).astype(np.float32), (0, 0), 2.0)
    return picture * (1 - np.clip(pits * 9, 0, 0.45))[..., None]


def mat(rng: np.random.Generator, size: Size) -> np.ndarray:
    """A cutting mat with its grid."""
    base = np.array(((34, 92, 74), (38, 62, 104), (58, 60, 64), (96, 112, 122))[rng.integers(4)], np.float32)
    picture = base * (1 + 0.03 * noise(rng, size, 1.5) + 0.04 * clouds(rng, size, 200))[..., None]
    step, line = int(rng.integers(70, 110)), base * 0.35 + 140
    offset = rng.integers(0, step, 2)
    overlay = picture.copy()
    for axis, start in enumerate(offset):
        for at in range(int(start) - step, size[axis], step):
            for fraction in range(5):
                place = at + fraction * step // 5
                if 0 <= place < size[axis]:
                    thick = 2 if fraction == 0 else 1
                    rows = (slice(place, place + thick), slice(None))
                    overlay[rows if axis == 0 else rows[::-1]] = (
                        line if fraction == 0 else line * 0.55 + base * 0.4
                    )
    return _scratched(rng, picture * 0.3 + overlay * 0.7, 10)


def rubber(rng: np.random.Generator, size: Size) -> np.ndarray:
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    step = rng.uniform(13, 20)
    bumps = np.clip(np.cos(x * 2 * np.pi / step) * np.cos(y * 2 * np.pi / step), 0, 1) ** 2
    tone = rng.uniform(38, 60) * (
        1 + 0.28 * bumps + 0.06 * noise(rng, size, 1.4) + 0.08 * clouds(rng, size, 220)
    )
    return tone[..., None] * np.array((0.97, 1.0, 1.04), np.float32)


def cardboard(rng: np.random.Generator, size: Size) -> np.ndarray:
    fibre = 0.025 * noise(rng, size, 1.2, 5) + 0.02 * noise(rng, size, 1.3) + 0.02 * clouds(rng, size, 90)
    flutes = 0.015 * np.sin(np.arange(size[1], dtype=np.float32) * 2 * np.pi / rng.uniform(18, 26))
    return np.array((188, 152, 110), np.float32) * (rng.uniform(0.9, 1.05) + fibre + flutes)[..., None]


def cloth(rng: np.random.Generator, size: Size) -> np.ndarray:
    """A shop towel: woven, with folds."""
    base = np.array(
        ((52, 84, 138), (150, 52, 48), (196, 190, 178), (84, 88, 92))[rng.integers(4)], np.float32
    )
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    fold = clouds(rng, size, 260, 2)
    x, y = x + 6 * fold, y + 6 * noise(rng, size, 200)
    weave = np.sin(x * 2 * np.pi / 5.0) * np.sin(y * 2 * np.pi / 5.0)
    light = 1 + 0.10 * cv2.Sobel(cv2.GaussianBlur(fold, (0, 0), 8), cv2.CV_32F, 1, 1, ksize=5)
    return base * (np.clip(light, 0.6, 1.4) * (1 + 0.10 * weave + 0.07 * noise(rng, size, 2)))[..., None]


def _scratched(rng: np.random.Generator, picture: np.ndarray, count: int) -> np.ndarray:
    """Fine bright lines, as knives and swarf leave them."""
    height, width = picture.shape[:2]
    lines = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(count))):
        start = rng.uniform((0, 0), (width, height))
        end = start + rng.normal(0, 130, 2)
        strength = int(rng.integers(20, 90))
        cv2.line(lines, start.astype(int).tolist(), end.astype(int).tolist(), strength, 1, cv2.LINE_AA)
    return picture + lines[..., None] * np.float32(0.5)


SURFACES: tuple[Callable[[np.random.Generator, Size], np.ndarray], ...] = (
    wood, mat, wood, concrete, steel, rubber, cardboard, cloth,
)  # fmt: skip
