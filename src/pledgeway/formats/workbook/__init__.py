"""Workbooks (.xlsx) that people fill in: the template, the reader and the writer, all from the declared tables."""

from pledgeway.formats.workbook.reader import read
from pledgeway.formats.workbook.registry import read_registry, write_registry_template
from pledgeway.formats.workbook.writer import write_problem, write_template

__all__ = ["read", "read_registry", "write_problem", "write_registry_template", "write_template"]
