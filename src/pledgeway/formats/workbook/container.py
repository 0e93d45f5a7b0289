"""Opening a workbook that may be anything: damaged, hostile, or no workbook at all."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook

from pledgeway.tables.faults import Fault, FaultyInput

MOST_BYTES = 200 * 2**20
"""The largest workbook read, unpacked."""

MOST_CELLS = 10_000_000
"""The most cells, empty ones included, between a sheet's first cell and its last."""

_REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_ERROR = re.compile(
    rb"""<c r="([A-Z]{1,3})(\d{1,7})"[^>]*\bt="e"[^>]*>(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)?<v>([^<]*)</v>"""
)
_ALLOWED = "a workbook (.xlsx), saved without a password"


class ErrorValue:
    """A cell with a formula that failed, such as #REF!."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def read_sheets(path: Path | str) -> dict[str, list[list[Any]]]:
    """Return the sheets of a workbook: for each its rows of cells, from A1 on.

    Raises FaultyInput where there is no such file, or it is not a workbook that can be read in bounds.
    """
    file = Path(path)
    if file.is_dir():
        raise _fault(path, "a folder", "a file")
    if not file.exists():
        raise _fault(path, "no such file", "a file that exists")
    if not zipfile.is_zipfile(file):
        raise _fault(path, "a file that is no workbook", _ALLOWED)
    try:
        errors = _survey(file)
        return _load(file, errors)
    except FaultyInput:
        raise
    except OSError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as failure:
        raise _fault(path, f"a damaged workbook ({failure})", _ALLOWED) from None
    except Exception as failure:
        if type(failure).__module__.startswith("python_calamine"):
            raise _fault(path, f"a damaged workbook ({failure})", _ALLOWED) from None
        raise
    except BaseException as failure:  # the reader's own alarm, which is no Exception
        if type(failure).__name__ != "PanicException":
            raise
        raise _fault(path, "a damaged workbook", _ALLOWED) from None


def column_letters(column: int) -> str:
    """Return the letters of a column, from 0: A, B, ..., Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _load(file: Path, errors: dict[str, dict[tuple[int, int], str]]) -> dict[str, list[list[Any]]]:
    with CalamineWorkbook.from_path(str(file)) as book:
        sheets: dict[str, list[list[Any]]] = {}
        for name in book.sheet_names:
            rows: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for (row, column), text in errors.get(name, {}).items():
                if row < len(rows) and column < len(rows[row]):
                    rows[row][column] = ErrorValue(text)
            sheets[name] = rows
    return sheets


def _survey(file: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Read all parts once; return where error values stand, by sheet. Raises FaultyInput for what is out of bounds."""
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_BYTES:
            raise _fault(file, f"{unpacked / 2**20:,.0f} MiB unpacked", f"at most {MOST_BYTES / 2**20:,.0f} MiB")
        names = _sheet_names(archive)
        errors: dict[str, dict[tuple[int, int], str]] = {}
        for part in archive.namelist():
            content = archive.read(part)
            if b"worksheet" not in content[:4096]:
                continue
            name = names.get(part, part)
            _refuse_vast(file, name, content)
            if b't="e"' in content:
                found = _ERROR.findall(content)
                errors[name] = {
                    (int(row) - 1, _column(letters)): text.decode("utf-8", "replace") for letters, row, text in found
                }
    return errors


def _refuse_vast(file: Path, name: str, content: bytes) -> None:
    """Raise FaultyInput where a sheet's cells lie so far apart that it could not be held in memory."""
    references = _REFERENCE.findall(content)
    if not references:
        return
    last_row = max(int(row) for _, row in references)
    last_column = max(_column(letters) for letters in {letters for letters, _ in references})
    if last_row * (last_column + 1) > MOST_CELLS:
        far = f"{name}!{column_letters(last_column)}{last_row}"
        fault = Fault(name, str(last_row), "", far, f"cells as far out as this, in {file}",
                      f"at most {MOST_CELLS:,} cells a sheet; delete what lies outside the table")  # fmt: skip
        raise FaultyInput([fault])


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _sheet_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the names of the sheets by the part that holds each; what cannot be told is left out."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return {}
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found = {}
    for sheet in book.iter():
        if sheet.tag.endswith("}sheet"):
            key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
            target = targets.get(key, "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            found[part] = sheet.get("name", "")
    return found


def _fault(path: Path | str, found: str, allowed: str) -> FaultyInput:
    return FaultyInput([Fault(str(path), "", "", str(path), found, allowed)])
