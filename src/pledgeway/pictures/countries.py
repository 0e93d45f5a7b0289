"""Names of countries for the two-letter codes of ISO 3166, after the public-domain time zone database."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources


@cache
def _names() -> dict[str, str]:
    file = resources.files("pledgeway.pictures") / "static" / "countries.json"
    names: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return names


def country_name(country: str) -> str:
    """Return the name that a code such as "GB" stands for; anything else comes back as it is."""
    return _names().get(country, country)
