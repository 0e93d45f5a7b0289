"""Reading a workbook that people filled in: forgiving about form, strict about meaning, every fault at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from pledgeway.formats.sailing import check_sailing_days
from pledgeway.formats.workbook.cells import Calendar
from pledgeway.formats.workbook.container import read_sheets
from pledgeway.formats.workbook.headers import find_sheets
from pledgeway.formats.workbook.sheets import Rows, draft_of
from pledgeway.formats.workbook.start import draft_of_start, read_worths
from pledgeway.formats.workbook.weights import fill_weights
from pledgeway.planning.problem import Problem, table
from pledgeway.tables.checks import check
from pledgeway.tables.drafts import Draft, Drafts, nowhere
from pledgeway.tables.faults import Findings, Place, Remark
from pledgeway.tables.planning import PRIORITY_WORTH, START, TABLES


def read(path: Path | str) -> tuple[Problem, list[Remark]]:
    """Return the problem in the workbook ``path``, and remarks on what deserves a look.

    Raises FaultyInput with every fault, each with its sheet and cell, what was found and what is allowed.
    """
    sheets = read_sheets(path)
    findings = Findings()
    drafts, worths = _drafts(sheets, findings)
    if not drafts.start.missing:
        name = drafts.start.values["name"]
        name[0] = Path(path).stem if name[0] is None else name[0]
    _fill_last_day(drafts)
    fill_weights(drafts, worths, findings)
    check(drafts, findings)
    check_sailing_days(drafts, findings)
    sort_by_place(findings, list(sheets))
    findings.stop_if_faulty()
    return _problem(drafts), findings.remarks


def sort_by_place(findings: Findings, sheets: list[str]) -> None:
    """Sort faults as people come upon them: sheet by sheet, row by row."""
    order = {sheet: k for k, sheet in enumerate(sheets)}
    findings.faults.sort(key=lambda fault: (order.get(fault.sheet, -1), int(fault.row or 0)))


def _drafts(sheets: dict[str, Rows], findings: Findings) -> tuple[Drafts, dict[int, float]]:
    found = find_sheets(sheets, (START, *TABLES), findings)
    worths = dict(PRIORITY_WORTH)
    if START.name in found:
        start = draft_of_start(found[START.name], sheets[found[START.name]], findings)
        worths = read_worths(found[START.name], sheets[found[START.name]], findings)
    else:
        start = _missing(START.sheet, nowhere(START), findings)
    stated = start.values["start_date"][0] if start.rows else None
    days = start.values["days"][0] if start.rows else None
    calendar = Calendar(stated, days, known=not start.missing and not start.is_faulty("start_date"))
    tables = {}
    for declared in TABLES:
        if declared.name in found:
            sheet = found[declared.name]
            tables[declared.name] = draft_of(declared, sheet, sheets[sheet], calendar, findings)
        else:
            tables[declared.name] = nowhere(declared)
            if declared.essential:
                _missing(declared.sheet, tables[declared.name], findings)
    return Drafts(start, tables, lenient=False), worths


def _missing(sheet: str, draft: Draft, findings: Findings) -> Draft:
    findings.fault(Place(sheet, "", "", sheet), "no such sheet", f"a sheet '{sheet}', as in the template")
    draft.missing = True
    return draft


def _fill_last_day(drafts: Drafts) -> None:
    """Let offers that do not say until when they are available be available until the last day."""
    offers = drafts["offers"]
    faulty = offers.faulty.get("available_until", set())
    until = offers.values["available_until"]
    if drafts.days is not None:
        offers.values["available_until"] = [
            drafts.days - 1 if day is None and row not in faulty else day for row, day in enumerate(until)
        ]


def _problem(drafts: Drafts) -> Problem:
    tables = {name: _frame(draft) for name, draft in drafts.tables.items()}
    tables["accepts"] = _accepts(drafts)
    parts: dict[str, Any] = {name: values[0] for name, values in drafts.start.values.items()}
    parts |= {name: table(name, frame) for name, frame in tables.items()}
    return Problem(**parts)


def _frame(draft: Draft) -> pd.DataFrame:
    columns = [field.name for field in draft.table.inside()]
    return pd.DataFrame({name: pd.Series(draft.values[name], dtype=object) for name in columns})


def _accepts(drafts: Drafts) -> pd.DataFrame:
    """Return what each requirement accepts: what it asks for first, then the sheet Substitutes in its order."""
    needs, others = drafts["requirements"].values, drafts["accepts"].values
    accepted: dict[str, list[dict[str, Any]]] = {key: [] for key in needs["id"]}
    for key, item in zip(needs["id"], needs["item"], strict=True):
        if item is not None:
            accepted[key].append({"requirement": key, "item": item, "factor": 1.0})
    for key, item, factor in zip(others["requirement"], others["item"], others["factor"], strict=True):
        accepted[key].append({"requirement": key, "item": item, "factor": factor})
    rows = [row for own in accepted.values() for row in own]
    return pd.DataFrame(rows, columns=["requirement", "item", "factor"])
