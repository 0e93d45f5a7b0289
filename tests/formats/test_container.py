"""Workbooks that are damaged, hostile or none at all are refused in words."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from pledgeway.formats import read, write_problem
from pledgeway.formats.workbook import container
from pledgeway.formats.workbook.container import column_letters, read_sheets
from pledgeway.tables.faults import FaultyInput
from tests.formats.sample import sample


def only_fault(file: Path) -> tuple[str, str]:
    with pytest.raises(FaultyInput) as caught:
        read(file)
    (fault,) = caught.value.faults
    return fault.found, fault.allowed


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"not a workbook", b"\xd0\xcf\x11\xe0" * 200, b"PK\x05\x06" + b"\0" * 18]
)
def test_a_file_that_is_no_workbook(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(content)
    found, allowed = only_fault(tmp_path / "x.xlsx")
    assert "workbook" in found
    assert allowed == "a workbook (.xlsx), saved without a password"


def test_an_archive_of_something_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
        archive.writestr("letter.txt", "Dear minister")
    assert "workbook" in only_fault(tmp_path / "x.xlsx")[0]


def test_an_archive_that_would_unpack_to_too_much(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/bomb.xml", "w") as part,
    ):
        for _ in range(201):
            part.write(bytes(2**20))
    assert only_fault(tmp_path / "x.xlsx") == ("201 MiB unpacked", "at most 200 MiB")


def test_an_archive_that_lies_about_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MOST_BYTES", 2**20)
    file = tmp_path / "x.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", bytes(2**22))
    content = file.read_bytes()
    size = struct.pack("<I", 2**22)
    assert content.count(size) == 2
    file.write_bytes(content.replace(size, struct.pack("<I", 1000)))
    assert "damaged workbook" in only_fault(file)[0]


def test_a_value_far_outside_the_table_is_named(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "x.xlsx")) as book:
        book.add_worksheet("Places").write_string(1_048_575, 16_383, "lost")
    with pytest.raises(FaultyInput) as caught:
        read(tmp_path / "x.xlsx")
    assert [fault.where for fault in caught.value.faults] == ["Places!XFD1048576"]


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NEAR, FAR = '<row r="1"><c r="A1"><v>1</v></c></row>', '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
SHARING = '<c t="s"><v>0</v></c>'
LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


def hostile(
    file: Path,
    rows: str,
    *,
    before: str = "",
    strings: str = f'<sst xmlns="{MAIN}"/>',
    coding: str = "utf-8",
    sheets: int = 1,
) -> Path:
    """Write a workbook whose every sheet is one part with ``rows``, as no spreadsheet program would."""
    with xlsxwriter.Workbook(str(file)) as book:
        for k in range(sheets):
            book.add_worksheet(f"S{k}")
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = f'<?xml version="1.0" encoding="{coding}"?>{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}'
    parts["xl/worksheets/sheet1.xml"] = f"{sheet}</sheetData></worksheet>".encode(coding)
    for k in range(2, sheets + 1):
        parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
            f"sheet{k}.xml".encode(), b"sheet1.xml"
        )
    parts["xl/sharedStrings.xml"] = f'<?xml version="1.0"?>{strings}'.encode()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file


@pytest.mark.parametrize(
    ("rows", "more", "found"),
    [
        (NEAR + FAR.replace("r=", "r ="), {}, "as far out"),
        (NEAR + FAR.replace("X", "&#88;"), {}, "as far out"),
        (NEAR + FAR, {"before": f"<!--{'x' * 5000}-->"}, "as far out"),
        (NEAR + FAR, {"coding": "utf-16"}, "as far out"),
        (f'<row>{"<c/>" * 16_384}</row><row r="1048576"><c/></row>', {}, "as far out"),
        (NEAR.replace("A1", "A3000000").replace('r="1"', 'r="3000000"'), {"sheets": 4}, "12,000,000 cells in all"),
        ('<row r="x"/>', {}, "'x' where a number stands"),
        ('<row><c r="1A"/></row>', {}, "a cell that says it is at '1A'"),
        ('<row r="1"><c r="A1"></row>', {}, "mismatched tag"),
        (NEAR, {"before": LAUGHS}, "a document type of its own"),
        (NEAR, {"strings": f'{LAUGHS}<sst xmlns="{MAIN}"><si><t>&b;</t></si></sst>'}, "a document type of its own"),
        (
            f"<row>{SHARING * 300}</row>",
            {"strings": f'<sst xmlns="{MAIN}"><si><t>{"x" * 10**6}</t></si></sst>'},
            "300,000,000 letters in all cells together",
        ),
    ],
)  # fmt: skip
def test_a_small_file_that_asks_for_much_memory(rows: str, more: dict[str, Any], found: str, tmp_path: Path) -> None:
    file = hostile(tmp_path / "x.xlsx", rows, **more)
    assert file.stat().st_size < 50_000
    assert found in only_fault(file)[0]


def test_a_formula_that_failed_is_not_taken_for_nothing(tmp_path: Path) -> None:
    write_problem(sample(), tmp_path / "whole.xlsx")
    with xlsxwriter.Workbook(str(tmp_path / "x.xlsx")) as book:
        for name, rows in read_sheets(tmp_path / "whole.xlsx").items():
            sheet = book.add_worksheet(name)
            for k, row in enumerate(rows):
                for column, cell in enumerate(row):
                    sheet.write(k, column, str(cell))
            if name == "Places":
                sheet.write_formula("G3", "=Lanes!B99", None, "#REF!")
    with pytest.raises(FaultyInput) as caught:
        read(tmp_path / "x.xlsx")
    (fault,) = caught.value.faults
    assert (fault.where, fault.found) == ("Places!G3", "the error #REF!")


def test_the_results_of_formulas_are_read(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "x.xlsx")) as book:
        book.add_worksheet("A").write_formula(0, 0, "=1+1", None, 2)
    assert read_sheets(tmp_path / "x.xlsx") == {"A": [[2.0]]}


def test_columns_have_letters() -> None:
    assert [column_letters(column) for column in (0, 25, 26, 701, 702, 16_383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
