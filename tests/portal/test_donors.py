"""Donors' scorecards, from a small tracker: what they gave, as a share of all and of what they produce."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from pledgeway.access.deciding import NOBODY
from pledgeway.intake.kiel import import_tracker
from pledgeway.portal.lists.donors import scorecards
from pledgeway.registry.models import Party
from tests.databases import fresh
from tests.formats.tracker import rows, write_tracker
from tests.portal.conftest import client_of

PRODUCTS = [("Country", "GDP (2021)", "GDP (EUR)"), ("", "US$ billion", "\u20ac billion"), ("Norland", 9, 10.5)]


def test_a_donor_is_seen_beside_its_gross_domestic_product_where_that_is_known(tmp_path: Path) -> None:
    with fresh("sqlite"):
        import_tracker(write_tracker(tmp_path / "a.xlsx", rows(), products=PRODUCTS))
        cards = {card.name: card for card in scorecards(NOBODY)}
        # 1,000,000 + 10,000 + 5,000,000 + 300.5 EUR of 10,500 million
        assert cards["Norland"].value == Decimal("6010300.5")
        assert (cards["Norland"].share_of_gdp, cards["Norland"].gdp_year) == (Decimal("0.057"), 2021)
        assert cards["Sudland"].share_of_gdp is None
        code = Party.objects.get(name="Norland").code
        page = client_of(None).get(f"/donors/{code}/").content.decode()
        assert "0.057 % of its GDP of 2021" in page
        assert "0.057" in client_of(None).get("/donors/?format=csv").content.decode()
