"""What this machine has, what is missing, and why the window cannot open. Works when Qt and torch do not import."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

HEADLESS = (
    "sample, import, train, evaluate, detect, export, weights and doctor work without one (main.py --help)"
)
NO_DISPLAY = "there is no display"
PACKAGES = (
    "fovea", "torch", "torchvision", "numpy", "opencv-python-headless", "PySide6-Essentials", "pyqtgraph", "QtAwesome",
    "lxml", "safetensors", "faster-coco-eval", "platformdirs", "tqdm",
)  # fmt: skip
# Debian's and Ubuntu's packages for the libraries that Qt needs and pip cannot bring.
DEBIAN = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libGLX.so.0": "libglx0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


# ------------------------------------------------------------------------------------------ can the window open?


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ImportError:  # an import hook that refuses it
        return False


def why_no_window() -> str:
    """One sentence that says why the window cannot open, and what can be done; empty when it can.

    Qt itself would abort the process in each of these cases, so they are looked for before Qt is loaded.
    """
    if not _is_installed("PySide6"):
        return f"PySide6 is not installed, so there is no window; pip install PySide6-Essentials brings it; {HEADLESS}."
    if sys.platform.startswith("linux"):
        asked = os.environ.get("QT_QPA_PLATFORM", "")
        if not asked and not _wayland_answers() and (problem := _x11_problem()):
            return f"{NO_DISPLAY} ({problem}), so no window can be opened; {HEADLESS}."
        needed = ("QtWidgets.abi3.so", *(() if asked else ("Qt/plugins/platforms/libqxcb.so",)))
        if missing := missing_libraries(needed):
            return f"Qt needs system libraries that are not here: {', '.join(missing)}; {_advice(missing)}; {HEADLESS}."
    return ""


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY", "")
    return bool(name) and _connects(Path(os.environ.get("XDG_RUNTIME_DIR", "")) / name)


def _x11_problem() -> str:
    name = os.environ.get("DISPLAY", "")
    if not name:
        return "DISPLAY is not set"
    library = ctypes.util.find_library("xcb")
    if library is None:
        return ""  # missing_libraries() will name it
    xcb = ctypes.CDLL(library)
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return f"no answer from DISPLAY={name}" if failed else ""


def _connects(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
    except OSError:
        return False
    return True


def missing_libraries(files: tuple[str, ...]) -> tuple[str, ...]:
    """Shared libraries that these files of PySide6 ask for and the system does not have (Linux).

    Loads nothing into this process: reads what the dynamic linker's own `ldd` says.
    """
    spec = importlib.util.find_spec("PySide6") if _is_installed("PySide6") else None
    ldd = shutil.which("ldd")
    if spec is None or spec.origin is None or ldd is None:
        return ()
    folder = Path(spec.origin).parent
    paths = [str(folder / file) for file in files if (folder / file).exists()]
    said = subprocess.run([ldd, *paths], capture_output=True, text=True, check=False).stdout
    return tuple(sorted(set(re.findall(r"^\s*(\S+) => not found", said, re.MULTILINE))))


def _advice(missing: tuple[str, ...]) -> str:
    packages = sorted({DEBIAN.get(name, "") for name in missing} - {""})
    if not packages:
        return "your system's package manager has them"
    return f"on Debian or Ubuntu: sudo apt install {' '.join(packages)}"


# ------------------------------------------------------------------------------------------ the report


@dataclass
class Report:
    """Sections of (name, value) lines, and what is wrong in sentences."""

    versions: dict[str, str] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)
    precision: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "versions": self.versions, "devices": self.devices, "precision": self.precision, "places": self.places,
            "problems": self.problems,
        }  # fmt: skip

    def lines(self) -> list[str]:
        lines: list[str] = []
        for title in ("versions", "devices", "precision", "places"):
            lines.append(title.capitalize())
            lines += [f"  {name:<24} {value}" for name, value in getattr(self, title).items()]
        lines.append("What is wrong")
        lines += [f"  - {problem}" for problem in self.problems] or ["  nothing"]
        return lines


def examine() -> Report:
    """Look at everything that a person asking for help would be asked about."""
    report = Report()
    _versions(report)
    _torch(report)
    _places(report)
    reason = why_no_window()
    report.devices["window"] = f"cannot be opened: {reason}" if reason else "can be opened"
    if reason and not reason.startswith(NO_DISPLAY):  # a server without a display is as it should be
        report.problems.append(f"The window cannot be opened: {reason}")
    return report


def _versions(report: Report) -> None:
    report.versions["Python"] = f"{platform.python_version()} ({sys.executable})"
    report.versions["system"] = platform.platform()
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        report.problems.append(f"Python {platform.python_version()} is not supported; 3.11 to 3.13 are.")
    for package in PACKAGES:
        try:
            report.versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            report.versions[package] = "not installed"
            if package not in ("fovea", "PySide6-Essentials"):  # fovea itself may run from a plain checkout
                report.problems.append(f"{package} is not installed; pip install {package} brings it.")
    if report.versions["PySide6-Essentials"].startswith("6.12.0") and sys.version_info < (3, 12):
        report.problems.append("PySide6 6.12.0 aborts on Python 3.11; pip install 'PySide6-Essentials<6.12'.")


def _torch(report: Report) -> None:
    report.devices["processor"] = f"{_processor()}, {os.cpu_count()} cores"
    if memory := _memory():
        report.devices["memory"] = f"{memory / 2**30:.0f} GiB"
    try:
        import torch
    except Exception as error:  # noqa: BLE001  # a broken torch raises whatever it likes
        report.problems.append(f"torch cannot be imported: {error}")
        return
    report.devices["torch threads"] = str(torch.get_num_threads())
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            gpu = torch.cuda.get_device_properties(index)
            report.devices[f"cuda:{index}"] = (
                f"{gpu.name}, {gpu.total_memory / 2**30:.0f} GiB, compute {gpu.major}.{gpu.minor}"
            )
        report.precision["cuda"] = "float32, float16" + (
            ", bfloat16" if torch.cuda.is_bf16_supported() else ""
        )
        try:
            torch.ones(1, device="cuda").add(1).item()
            report.precision["cuda"] += f"; {_used('cuda')}"
        except RuntimeError as error:
            report.problems.append(
                f"The GPU is there but does not compute ({error}); Fovea will use the CPU."
            )
    else:
        report.devices["cuda"] = "none"
    if torch.backends.mps.is_available():
        report.devices["mps"] = "Apple GPU"
        report.precision["mps"] = "float32"
    report.precision["cpu"] = _used("cpu")


def _used(device: str) -> str:
    """Which precision is the fastest that learns as well."""
    import torch

    from model.network.devices import fastest_precision

    name = str(fastest_precision(torch.device(device))).removeprefix("torch.")
    return f"{name} is what training and detection use here"


def _places(report: Report) -> None:
    from model.network.sources.registry import sources

    for source in sources():
        name = f"{source.name} weights" if source.architecture else f"{source.name} {source.backbones[0]}"
        report.places[name] = _file(source.file)
        if not source.is_here and not source.url:
            report.problems.append(f"The starter weights are missing ({source.file}); install Fovea again.")
    report.places["a project's data"] = "FOLDER/.fovea (project.db, models, thumbnails)"
    report.places["projects elsewhere"] = (
        f"{platformdirs.user_data_path('Fovea') / 'projects'} (read-only folders)"
    )
    report.places["log"] = str(platformdirs.user_log_path("Fovea") / "fovea.log")


def _file(path: Path) -> str:
    return f"{path} ({path.stat().st_size / 2**20:.1f} MiB)" if path.exists() else f"not here yet: {path}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and (
        found := re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text("utf-8", "replace"))
    ):
        return found[1]
    return platform.processor() or platform.machine()


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
