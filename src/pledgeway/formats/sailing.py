"""The check of sailing days, whose grammar belongs to the planner."""

from __future__ import annotations

from pledgeway.planning.sailing import ALLOWED, sailing_exceptions
from pledgeway.tables.drafts import Drafts
from pledgeway.tables.faults import Findings, shown


def check_sailing_days(drafts: Drafts, findings: Findings) -> None:
    """Add a fault for each lane whose sailing days cannot be read."""
    lanes = drafts["lanes"]
    if drafts.start.is_faulty("start_date"):
        return
    for row, text in enumerate(lanes.values["sailing_days"]):
        if text:
            try:
                sailing_exceptions(text, drafts.start_date, 1)
            except ValueError:
                findings.fault(lanes.place(row, "sailing_days"), shown(text), ALLOWED)
