"""What an unknown name was most likely meant to be."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from pledgeway.tables.faults import shown

COMPARISONS = 100_000
"""Comparisons spent on looking for what an unknown name was meant to be; a file of nonsense must not take minutes."""


class Closest:
    """Finds the known name that an unknown one was most likely meant to be."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._plain: dict[str, str] | None = None
        self._left = COMPARISONS
        self._found: dict[str, str | None] = {}

    def to(self, name: str) -> str | None:
        """Return the closest known name, None where none is close."""
        if name not in self._found:
            self._found[name] = self._look(name)
        return self._found[name]

    def suggestion(self, name: str) -> str:
        """Return "; the closest is ..." where a known name is close, else nothing."""
        close = self.to(name)
        return "" if close is None else f"; the closest is {shown(close)}"

    def _look(self, name: str) -> str | None:
        if self._plain is None:
            self._plain = {known.strip().casefold(): known for known in self._known}
        plain = name.strip().casefold()
        if plain in self._plain:
            return self._plain[plain]
        self._left -= len(self._plain)
        if self._left < 0 or len(plain) > 200:
            return None
        close = get_close_matches(plain, self._plain, n=1)
        return self._plain[close[0]] if close else None
