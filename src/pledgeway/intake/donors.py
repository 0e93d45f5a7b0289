"""The donors that trackers of aid name, with the ISO 3166 codes of those that are states."""

from __future__ import annotations

STATES = {
    "Australia": "AU", "Austria": "AT", "Belgium": "BE", "Bulgaria": "BG", "Canada": "CA", "China": "CN",
    "Croatia": "HR", "Cyprus": "CY", "Czech Republic": "CZ", "Denmark": "DK", "Estonia": "EE", "Finland": "FI",
    "France": "FR", "Germany": "DE", "Greece": "GR", "Hungary": "HU", "Iceland": "IS", "India": "IN", "Ireland": "IE",
    "Italy": "IT", "Japan": "JP", "Latvia": "LV", "Lithuania": "LT", "Luxembourg": "LU", "Malta": "MT",
    "Netherlands": "NL", "New Zealand": "NZ", "Norway": "NO", "Poland": "PL", "Portugal": "PT", "Romania": "RO",
    "Slovakia": "SK", "Slovenia": "SI", "South Korea": "KR", "Spain": "ES", "Sweden": "SE", "Switzerland": "CH",
    "Taiwan": "TW", "Turkey": "TR", "Ukraine": "UA", "United Kingdom": "GB", "United States": "US",
}  # fmt: skip
BANKS = frozenset({"European Investment Bank"})
RECIPIENT = "Ukraine"


def kind_of(name: str, otherwise: str = "organisation") -> str:
    """Return the kind of party that ``name`` is taken for when it is first met."""
    return "state" if name in STATES else "bank" if name in BANKS else otherwise
