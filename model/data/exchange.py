"""Label files into a project, and out of it. Each is a generator of Progress that ends with its report."""

from __future__ import annotations

from model.data.voc_export import ExportError, export_voc
from model.data.voc_files import find_voc
from model.data.voc_import import LabelsError, import_voc, keep_convention

__all__ = ["ExportError", "LabelsError", "export_voc", "find_voc", "import_voc", "keep_convention"]
