"""The declaration is one: columns, titles and references agree with each other and with the problem."""

from __future__ import annotations

import pytest

from pledgeway.planning.problem import COLUMNS, Problem, table, to_dict
from pledgeway.tables.fields import Kind, Table
from pledgeway.tables.planning import BY_NAME, START, TABLES


@pytest.mark.parametrize("declared", [START, *TABLES], ids=lambda declared: declared.name)
def test_names_and_titles_are_unique_and_choices_hold_the_default(declared: Table) -> None:
    assert len({field.name for field in declared.fields}) == len(declared.fields)
    assert len({field.title for field in declared.fields}) == len(declared.fields)
    for field in declared.fields:
        assert field.meaning.endswith(".")
        assert field.kind is not Kind.CHOICE or field.required or field.default in field.choices
        assert field.kind is not Kind.REFERENCE or "id" in {own.name for own in BY_NAME[field.refers_to].fields}
        assert field.suggests is None or BY_NAME[field.suggests[0]][field.suggests[1]]
        assert not (field.required and field.nullable)
    assert all(declared[name].required for name in declared.key), "a key is always stated"


def test_the_problems_columns_are_the_declared_ones() -> None:
    assert list(COLUMNS) == [declared.name for declared in TABLES]
    assert list(COLUMNS["requirements"]) == [
        "id", "recipient", "quantity", "destination", "due", "grace_days", "weight", "priority", "source", "note"
    ]  # fmt: skip
    assert COLUMNS["offers"]["recipients"] is object
    assert COLUMNS["offers"]["donor"] is str
    assert COLUMNS["places"]["storage_t"] is float
    assert COLUMNS["courses"]["seats"] is int


def test_columns_that_are_missing_have_their_defaults() -> None:
    items = table("items", [{"id": "A", "mass_t": 2}, {"id": "B", "mass_t": 1, "divisible": True, "name": "Bread"}])
    assert items["divisible"].tolist() == [False, True]
    assert items["name"].tolist() == ["", "Bread"]
    assert items["seats_per_unit"].tolist() == [1.0, 1.0]
    assert items["training"].tolist() == [None, None]
    assert table("requirements", [{"id": "R"}])["priority"].tolist() == [3]


def test_an_unknown_table_or_field_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        table("wishes")
    with pytest.raises(KeyError):
        START["wishes"]


def test_the_same_problem_has_one_file_however_its_numbers_were_written() -> None:
    assert to_dict(Problem(name="x", days=3, transport_weight=0)) == to_dict(Problem(name="x", days=3))
    assert isinstance(to_dict(Problem(name="x", days=3))["transport_weight"], int)
