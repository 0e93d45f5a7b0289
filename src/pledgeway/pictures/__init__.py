"""Pictures as SVG drawn on the server, and the report of a plan as one HTML file."""

from pledgeway.pictures.report import render, write_report

__all__ = ["render", "write_report"]
