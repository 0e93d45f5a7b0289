"""Every text has a spelling in a cell, and every cell says one text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pledgeway.formats.workbook.texts import as_cell, from_cell, names_as_cell, names_from_cell, why_unwritable


@given(st.text(), st.booleans())
def test_a_text_is_read_from_the_cell_it_was_written_to(text: str, free: bool) -> None:
    cell = as_cell(text, free=free)
    assert cell.strip()
    assert from_cell(cell, free=free) == text


@given(st.lists(st.text()))
def test_names_are_read_from_the_cell_they_were_written_to(names: list[str]) -> None:
    assert names_from_cell(names_as_cell(names)) == tuple(names)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Oslo", "Oslo"),
        (" Oslo", '" Oslo"'),
        ("", '""'),
        ('"Hope"', '"""Hope"""'),
        ('"Hope" and "Joy"', '"Hope" and "Joy"'),
    ],
)
def test_only_texts_that_would_be_misread_are_quoted(text: str, cell: str) -> None:
    assert as_cell(text, free=False) == cell


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Army", ("Army",)),
        ("Army; Navy ;", ("Army", "Navy")),
        ('"a;b";c', ("a;b", "c")),
        (" NOBODY ", ()),
        ('"nobody"', ("nobody",)),
        (";;", ()),
        ('St. Mary "East"; x', ('St. Mary "East"', "x")),
    ],
)
def test_names_are_separated_by_semicolons(cell: str, names: tuple[str, ...]) -> None:
    assert names_from_cell(cell) == names


def test_what_no_workbook_can_hold_is_said() -> None:
    assert why_unwritable("x" * 32_767) is None
    assert why_unwritable("x" * 32_768) == "a text of 32,768 characters"
    assert why_unwritable("\uffff") == "a character that no workbook can hold"
