"""Who may import whom. The arrows are those of the README's map; a new one is a decision, made here."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# A module may import the packages on its right, and its own package. The longest key that matches decides.
MAY_IMPORT: dict[str, set[str]] = {
    "main": {"app.application", "model.cli", "model.doctor"},
    "model.records": set(),
    "model.discover": set(),
    "model.data": {"model.records", "model.discover"},
    "model.network": {"model.records", "model.discover", "model.data"},
    "model.training": {"model.records", "model.discover", "model.data", "model.network"},
    "model.detection": {"model.records", "model.discover", "model.data", "model.network"},
    "model.terminal": {"model.records"},
    "model.commands": {"model"},
    "model.doctor": {"model"},
    "model.cli": {"model"},
    "app.application": {"app", "model"},
    "app.notices": set(),
    "app.settings": {"model.records"},
    "app.document": {"model.records", "model.data"},
    "app.session": {"app.document", "model.records"},
    "app.review": {"app.document", "app.session", "model.records"},
    "app.intake": {"app.context", "app.notices", "app.widgets.words", "app.work", "model.records", "model.data"},
    "app.context": {"app"},
    "app.widgets": {"model.records"},
    "app.widgets.notice_bar": {"app.notices", "app.widgets"},
    "app.widgets.export_dialog": {"app.context", "app.widgets", "app.work", "model.data.formats", "model.records"},
    "app.widgets.measures_dialog": {"app.context", "app.widgets", "app.work", "model.records"},
    "app.widgets.anchor_dialog": {"app.context", "app.widgets", "model.records"},
    "app.widgets.preview_dialog": {"app.context", "app.widgets", "model.records"},
    "app.widgets.recipe_dialog": {"app.context", "app.widgets", "model.records"},
    "app.work": {"app.document", "app.session", "app.notices", "app.settings", "model"},
    "app.canvas.tools": {"app.canvas.pointer", "app.canvas.hit", "model.records", "model.discover"},
    "app.canvas": {"app.context", "app.document", "app.session", "app.settings", "app.widgets", "model.records", "model.discover"},
    "app.panels": {"app.context", "app.document", "app.session", "app.settings", "app.notices", "app.widgets", "app.work", "model.records", "model.data"},
    "app.actions": {"app.canvas.tools", "app.context", "app.document", "app.session", "app.settings", "app.notices", "app.widgets", "app.work", "model.records", "model.discover"},
    "app.theme": {"app.settings"},
    "app.crash": {"app.notices"},
    "app.docks": {"app.context", "app.panels", "model.discover"},
    "app.tool_bar": {"app.actions", "app.context", "app.widgets", "model.records"},
    "app.status_bar": {"app.canvas.tools", "app.context", "app.widgets", "app.work", "model.records", "model.discover"},
    "app.main_window": {"app.actions", "app.context", "app.crash", "app.docks", "app.status_bar", "app.tool_bar", "app.widgets", "app.work", "model.data"},
}  # fmt: skip
HEAVY = {"torch", "torchvision", "safetensors", "faster_coco_eval"}


def modules() -> list[tuple[str, Path]]:
    found = [("main", ROOT / "main.py")]
    for top in ("app", "model"):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found.append((name, path))
    return [(name, path) for name, path in found if path.exists()]


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every absolute module imported, and whether at the module's top level (not inside a function)."""
    tree = ast.parse(path.read_text("utf-8"))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) not in inside
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                child = f"{node.module}.{alias.name}"
                is_module = (ROOT / Path(*child.split("."))).with_suffix(".py").exists() or (
                    ROOT / Path(*child.split("."))
                ).is_dir()
                yield (child if is_module else node.module), id(node) not in inside


def rule_for(module: str) -> tuple[str, set[str]]:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in MAY_IMPORT:
            return key, MAY_IMPORT[key]
    return module, set()


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


ALL = modules()


@pytest.mark.parametrize(("module", "path"), ALL, ids=[name for name, _ in ALL])
def test_imports_run_one_way(module: str, path: Path) -> None:
    own, allowed = rule_for(module)
    for imported, _ in imports(path):
        if imported.split(".")[0] not in {"app", "model", "main", "resources"}:
            continue
        if imported in {"app", "model"} or imported == "resources" or within(imported, "resources"):
            continue
        assert within(imported, own) or any(within(imported, package) for package in allowed), (
            f"{module} imports {imported}; {own} may import {sorted(allowed) or 'nothing of ours'}"
        )


@pytest.mark.parametrize(
    ("module", "path"), [m for m in ALL if m[0].startswith("model")], ids=lambda v: str(v)
)
def test_model_never_imports_qt(module: str, path: Path) -> None:
    for imported, _ in imports(path):
        assert not imported.startswith(("PySide6", "pyqtgraph", "qtawesome", "app"))


@pytest.mark.parametrize(
    ("module", "path"), [m for m in ALL if m[0].startswith(("app", "main"))], ids=lambda v: str(v)
)
def test_the_window_imports_torch_only_inside_functions(module: str, path: Path) -> None:
    for imported, top_level in imports(path):
        heavy = imported.split(".")[0] in HEAVY or imported.startswith(
            ("model.training", "model.detection", "model.network")
        )
        if heavy:
            assert not top_level, f"{module} imports {imported} at its top level"
            assert within(module, "app.work"), (
                f"{module} imports {imported}: only app.work may, inside a function"
            )


def test_opening_the_window_does_not_import_torch() -> None:
    code = "import sys, app.application; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(("module", "path"), ALL, ids=[name for name, _ in ALL])
def test_files_stay_small(module: str, path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400, f"{module}: look for the second idea in it"


BROAD_EXCEPT = {"app/work/job.py", "app/crash.py", "model/cli.py", "model/doctor.py"}


@pytest.mark.parametrize(("module", "path"), ALL, ids=[name for name, _ in ALL])
def test_broad_except_lives_at_the_edges_only(module: str, path: Path) -> None:
    if path.relative_to(ROOT).as_posix() in BROAD_EXCEPT:
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{path}:{node.lineno}"
            names = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
            assert not names & {"Exception", "BaseException"}, f"{module}:{node.lineno} catches everything"
