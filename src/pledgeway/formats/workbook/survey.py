"""What a workbook would become in memory, told from its XML before anything of it is put there.

The library that reads the cells makes room for all between a sheet's first cell and its last, and a text anew for each
cell that shares it: a file of a few kilobytes can ask for more memory than there is, and the process ends there. So
every sheet is walked first by a parser that keeps nothing.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.IGNORECASE)
_MARKS = tuple("sheetData".encode(coding) for coding in ("ascii", "utf-16-le", "utf-16-be"))
_SHARED = "xl/sharedstrings.xml"


class HostileError(ValueError):
    """XML that no spreadsheet program writes."""


class Extent(NamedTuple):
    """How far out the cells of a sheet lie: rows and columns from A1 on, and the last cell of each."""

    rows: int
    columns: int

    @property
    def cells(self) -> int:
        """How many cells that makes, empty ones included."""
        return self.rows * self.columns


@dataclass
class Sheet:
    """What a walk through a sheet finds: its extent, its error values by row and column, the letters of its texts."""

    extent: Extent
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    letters: int = 0


def survey(archive: zipfile.ZipFile) -> dict[str, Sheet]:
    """Return the sheets of a workbook by their names. One part that several names show is given for each.

    A sheet whose part cannot be told gets the largest extent and the most letters of any. Raises HostileError,
    and expat.ExpatError where a sheet is no whole XML.
    """
    lengths: list[int] = []
    for part in archive.namelist():
        if part.lower() == _SHARED:
            lengths = _lengths(archive.read(part))
    parts: dict[str, Sheet] = {}
    for part in archive.namelist():
        content = archive.read(part)
        if any(mark in content for mark in _MARKS):
            parts[part] = _Walk(lengths).through(content)
    largest = Sheet(
        Extent(*(max((sheet.extent[way] for sheet in parts.values()), default=0) for way in (0, 1))),
        letters=max((sheet.letters for sheet in parts.values()), default=0),
    )
    named = _sheet_names(archive)
    if len({name for name, _ in named}) < len(named):
        raise HostileError("two sheets with one name")
    return {name: parts.get(part, largest) for name, part in named}


class _Walk:
    """One walk through a sheet, cell by cell; a cell that does not say where it is follows the one before."""

    def __init__(self, lengths: list[int]) -> None:
        self._lengths = lengths
        self._sheet = Sheet(Extent(0, 0))
        self._row = self._column = -1
        self._rows = self._columns = 0
        self._kind = ""
        self._text: list[str] = []

    def through(self, content: bytes) -> Sheet:
        """Walk through a sheet's XML."""
        self._parser = _parser()
        self._parser.StartElementHandler = self._element
        self._parser.Parse(content, True)
        self._end_cell()
        self._sheet.extent = Extent(self._rows, self._columns)
        return self._sheet

    def _element(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._end_cell()
            self._place(attributes.get("r"))
            self._kind = attributes.get("t", "")
            self._parser.CharacterDataHandler = self._text.append if self._kind in ("s", "e") else None
        elif name == "row":
            self._end_cell()
            said = attributes.get("r")
            self._row = _number(said) - 1 if said else self._row + 1
            self._column = -1
        self._text.clear()  # the last element's text within a cell is its value

    def _place(self, said: str | None) -> None:
        if said is None:
            self._column += 1
        else:
            found = _CELL.fullmatch(said)
            if found is None:
                raise HostileError(f"a cell that says it is at {said[:20]!r}")
            self._row, self._column = int(found[2]) - 1, column_number(found[1])
        self._rows, self._columns = max(self._rows, self._row + 1), max(self._columns, self._column + 1)

    def _end_cell(self) -> None:
        if self._kind == "e":
            self._sheet.errors[self._row, self._column] = "".join(self._text).strip()
        elif self._kind == "s" and self._text:
            at = _number("".join(self._text))
            self._sheet.letters += self._lengths[at] if at < len(self._lengths) else 0
        self._kind = ""


def _lengths(content: bytes) -> list[int]:
    """Return the letters of each text that cells share."""
    lengths: list[int] = []

    def element(tag: str, _: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "si":
            lengths.append(0)

    def letters(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    parser = _parser()
    parser.StartElementHandler, parser.CharacterDataHandler = element, letters
    parser.Parse(content, True)
    return lengths


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise HostileError("XML with a document type of its own")


def _number(text: str) -> int:
    if not text.strip().isdecimal():
        raise HostileError(f"{text[:20]!r} where a number stands")
    return int(text)


def column_number(letters: str) -> int:
    """Return the column, from 0, that letters stand for: A, B, ..., Z, AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _sheet_names(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Return the name of each sheet and the part that holds it."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return []
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found = []
    for sheet in book.iter():
        if sheet.tag.endswith("}sheet"):
            key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
            target = targets.get(key, "")
            found.append((sheet.get("name", ""), target.lstrip("/") if target.startswith("/") else f"xl/{target}"))
    return found
