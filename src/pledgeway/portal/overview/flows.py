"""Goods under way and at hubs, in tonnes, from what stands in the ledger now."""

from __future__ import annotations

import pandas as pd

from pledgeway.access.deciding import Reader
from pledgeway.ledger.balances import balances
from pledgeway.ledger.kept_balances import under_way
from pledgeway.ledger.remembered import until_recorded
from pledgeway.pictures import stock_map
from pledgeway.pictures.drawing import Figure
from pledgeway.registry.models import Lane, Place, masses


@until_recorded
def stock_and_flows(reader: Reader) -> Figure:
    """Return the map of what ``reader`` may see of the goods at hubs and in transit."""
    mass_of = masses()
    stock: dict[str, float] = {}
    for line in balances(["item", "place"], None, {"kind": ["goods"], "stage": ["at hub"]}, reader):
        place, tonnes = line.group["place"], float(line.quantity) * mass_of.get(line.group["item"] or "", 0.0)
        if tonnes > 0:
            stock[place] = stock.get(place, 0.0) + tonnes
    modes = _modes()
    rows = [(*ends, modes.get(ends, stock_map.UNKNOWN_MODE), tonnes) for ends, tonnes in under_way(reader).items()]
    names = ("code", "name", "kind", "country", "lat", "lon")
    places = pd.DataFrame(Place.objects.values_list(*names), columns=["id", *names[1:]]).set_index("id")
    places = places.astype({"lat": float, "lon": float})
    flows = pd.DataFrame(rows, columns=["origin", "destination", "mode", "tonnes"]).astype({"tonnes": float})
    return stock_map.figure(places, stock, flows)


def _modes() -> dict[tuple[str, str], str]:
    """Return by two places the mode of the lanes between them, where all of these have the same one."""
    found: dict[tuple[str, str], set[str]] = {}
    for origin, destination, mode in Lane.objects.values_list("origin__code", "destination__code", "mode"):
        found.setdefault((origin, destination), set()).add(mode)
    return {ends: modes.pop() for ends, modes in found.items() if len(modes) == 1}
