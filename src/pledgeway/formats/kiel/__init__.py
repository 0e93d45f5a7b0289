"""The workbook of the Ukraine Support Tracker (Kiel Institute for the World Economy): its main sheet, row by row."""

from pledgeway.formats.kiel.reader import read_tracker
from pledgeway.formats.kiel.rows import Count, Tracker, TrackerRow, Unused

__all__ = ["Count", "Tracker", "TrackerRow", "Unused", "read_tracker"]
