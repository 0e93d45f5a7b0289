"""Goods under way and at hubs, in tonnes, from what stands in the ledger now."""

from __future__ import annotations

import pandas as pd

from pledgeway.access.deciding import Reader
from pledgeway.ledger.balances import balances
from pledgeway.pictures import stock_map
from pledgeway.pictures.drawing import Figure
from pledgeway.registry.models import Lane, Place, masses

UNDER_WAY = ("in transit", "at hub")


def stock_and_flows(reader: Reader) -> Figure:
    """Return the map of what ``reader`` may see of the goods at hubs and in transit."""
    mass_of = masses()
    stock: dict[str, float] = {}
    moving: dict[tuple[str, str], float] = {}
    asked = ["item", "stage", "place", "origin", "destination"]
    for line in balances(asked, None, {"kind": ["goods"], "stage": list(UNDER_WAY)}, reader):
        group = line.group
        tonnes = float(line.quantity) * mass_of.get(group["item"] or "", 0.0)
        if not tonnes > 0:
            continue
        if group["stage"] == "at hub":
            stock[group["place"]] = stock.get(group["place"], 0.0) + tonnes
        else:
            ends = (group["origin"] or "", group["place"] or group["destination"] or "")  # bound there next
            moving[ends] = moving.get(ends, 0.0) + tonnes
    rows = [(*ends, _mode(*ends), tonnes) for ends, tonnes in moving.items()]
    names = ("code", "name", "kind", "country", "lat", "lon")
    places = pd.DataFrame(Place.objects.values_list(*names), columns=["id", *names[1:]]).set_index("id")
    places = places.astype({"lat": float, "lon": float})
    flows = pd.DataFrame(rows, columns=["origin", "destination", "mode", "tonnes"]).astype({"tonnes": float})
    return stock_map.figure(places, stock, flows)


def _mode(origin: str, destination: str) -> str:
    """Return the mode of the lanes between two places where all of them have the same one."""
    found = set(Lane.objects.filter(origin__code=origin, destination__code=destination).values_list("mode", flat=True))
    return found.pop() if len(found) == 1 else stock_map.UNKNOWN_MODE
