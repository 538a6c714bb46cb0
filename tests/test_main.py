"""The program from outside: what main.py says and returns where it cannot open a window."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run_main(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        env={**kept, **environment}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="a display can only be missing on Linux")
@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":987"}, {"WAYLAND_DISPLAY": "wayland-987"}])
def test_without_a_display_one_sentence_and_exit_code_2(environment: dict[str, str]) -> None:
    ended = run_main(**environment)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "no display" in ended.stderr
    assert "detect" in ended.stderr
    assert "export" in ended.stderr


def test_missing_system_libraries_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    from model import doctor

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(doctor, "missing_libraries", lambda files: ("libEGL.so.1", "libodd.so.7"))
    sentence = doctor.why_no_window()
    assert "libEGL.so.1, libodd.so.7" in sentence
    assert "apt install libegl1" in sentence


def test_what_ldd_does_not_find_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from model import doctor

    ldd = tmp_path / "ldd"
    ldd.write_text(
        "#!/bin/sh\nprintf '\\tlibGL.so.1 => not found\\n\\tlibc.so.6 => /lib/libc.so.6 (0x1)\\n'\n"
    )
    ldd.chmod(0o755)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: str(ldd))
    assert doctor.missing_libraries(("QtWidgets.abi3.so",)) == ("libGL.so.1",)


def test_a_word_that_is_neither_a_folder_nor_a_command_is_named() -> None:
    ended = run_main("trian", QT_QPA_PLATFORM="offscreen")
    assert ended.returncode == 2
    assert "“trian”" in ended.stderr


def test_an_unknown_option_exits_with_2_and_usage() -> None:
    ended = run_main("train", ".", "--presett", "fast")
    assert ended.returncode == 2
    assert "usage:" in ended.stderr


def test_doctor_works_when_qt_does_not_import() -> None:
    blocked = (
        "import sys, runpy\n"
        "class Block:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'PySide6', 'shiboken6'}: raise ImportError(name)\n"
        "sys.meta_path.insert(0, Block())\n"
        f"sys.argv = ['main.py', 'doctor']; runpy.run_path({str(ROOT / 'main.py')!r}, run_name='__main__')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", blocked], capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in ended.stderr
    for word in ("torch", "precision", "Places", "What is wrong", "PySide6 is not installed"):
        assert word.lower() in ended.stdout.lower()


def test_help_is_quick_torch_is_not_imported() -> None:
    code = "import sys; from model import cli; cli.run(['--help']); sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False).returncode
        == 0
    )


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise on Windows")
def test_a_reader_who_leaves_early_hears_nothing_more() -> None:  # main.py weights | head -0
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "weights"],
        stdout=write, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
    )  # fmt: skip
    os.close(write)
    assert ended.returncode == 1
    assert ended.stderr == ""
