"""The one table of every list: declared once, it sorts, filters, pages, exports, and answers the API."""

from pledgeway.portal.tables.declaration import Column, Filter, Table
from pledgeway.portal.tables.filters import choice, contains, since, until, whether
from pledgeway.portal.tables.selection import QueryFaultsError, Selection, select

__all__ = [
    "Column", "Filter", "QueryFaultsError", "Selection", "Table", "choice", "contains", "select", "since", "until",
    "whether",
]  # fmt: skip
