"""Opening a workbook that may be anything: damaged, hostile, or no workbook at all."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineWorkbook

from pledgeway.formats.workbook.survey import HostileError, Sheet, survey
from pledgeway.tables.faults import Fault, FaultyInput

MOST_BYTES = 200 * 2**20
"""The largest workbook read, unpacked."""

MOST_CELLS = 10_000_000
"""The most cells, empty ones included, between a sheet's first cell and its last."""

_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, expat.ExpatError,
)  # fmt: skip
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
        return _load(file, _survey(file))
    except FaultyInput:
        raise
    except OSError:
        raise
    except _DAMAGED as failure:
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


def _load(file: Path, found: dict[str, Sheet]) -> dict[str, list[list[Any]]]:
    with CalamineWorkbook.from_path(str(file)) as book:
        sheets: dict[str, list[list[Any]]] = {}
        for name in book.sheet_names:
            if name not in found:
                raise HostileError(f"a sheet, {name!r}, that its list of sheets does not name")
            rows: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for (row, column), text in found[name].errors.items():
                if row < len(rows) and column < len(rows[row]):
                    rows[row][column] = ErrorValue(text)
            sheets[name] = rows
    return sheets


def _survey(file: Path) -> dict[str, Sheet]:
    """Return what the file's sheets would become. Raises FaultyInput for what is out of bounds."""
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_BYTES:
            raise _fault(file, f"{unpacked / 2**20:,.0f} MiB unpacked", f"at most {MOST_BYTES / 2**20:,.0f} MiB")
        sheets = survey(archive)
    for name, sheet in sheets.items():
        if sheet.extent.cells > MOST_CELLS:
            rows, columns = sheet.extent
            far = f"{name}!{column_letters(columns - 1)}{rows}"
            fault = Fault(name, str(rows), "", far, f"cells as far out as this, in {file}",
                          f"at most {MOST_CELLS:,} cells a sheet; delete what lies outside the table")  # fmt: skip
            raise FaultyInput([fault])
    if (cells := sum(sheet.extent.cells for sheet in sheets.values())) > MOST_CELLS:
        raise _fault(file, f"{cells:,} cells in all sheets together, empty ones included", f"at most {MOST_CELLS:,}")
    if (letters := sum(sheet.letters for sheet in sheets.values())) > MOST_BYTES:
        raise _fault(file, f"{letters:,} letters in all cells together", f"at most {MOST_BYTES:,}")
    return sheets


def _fault(path: Path | str, found: str, allowed: str) -> FaultyInput:
    return FaultyInput([Fault(str(path), "", "", str(path), found, allowed)])
