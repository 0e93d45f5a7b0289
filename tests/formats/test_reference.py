"""The reference page says what the declaration says."""

from __future__ import annotations

from pathlib import Path

from pledgeway.formats.reference import main, reference
from pledgeway.tables.planning import START, TABLES

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "run python -m pledgeway.formats.reference docs/reference.md"
    )


def test_the_page_has_every_column_of_every_table() -> None:
    page = reference()
    for table in (START, *TABLES):
        section = page.split(f"## {table.sheet}\n")[1].split("\n## ")[0]
        for field in table.fields:
            assert f"| {field.title} |" in section
            assert field.meaning in section


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    assert main([str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == reference()
    assert main(["a", "b"]) == 2
