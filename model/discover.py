"""A folder is a registry: what its modules export under one name."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any


def discover(package: ModuleType, constant: str) -> tuple[Any, ...]:
    """The values of `constant` in the modules of `package`, in the order of the modules' names.

    A constant that is a tuple counts as that many values: a module may export several. Modules without it are
    passed over.
    """
    found: list[Any] = []
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        value = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), constant, None)
        if isinstance(value, tuple):
            found.extend(value)
        elif value is not None:
            found.append(value)
    return tuple(found)
