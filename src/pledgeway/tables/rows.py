"""Walking a table row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def each_row(table: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of ``table`` as named tuples. A cell has its column's type, which no static type can say."""
    return iter(table.itertuples(index=False))
