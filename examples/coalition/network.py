"""Places and lanes: true positions, days and costs computed from distances, invented capacities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coalition.data import Row, number, rows

EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True)
class Mode:
    """How goods of one mode travel: kilometres a day, days to load and unload, euros per tonne, and the detour.

    ``detour`` is the way's length by the distance as the crow flies; sea lanes have measured lengths instead.
    """

    km_per_day: float
    handling_days: int
    cost_fixed: float
    cost_per_km: float
    detour: float


MODES = {
    "sea": Mode(620.0, 2, 45.0, 0.012, 1.0),
    "air": Mode(9000.0, 0, 180.0, 0.55, 1.05),
    "rail": Mode(420.0, 1, 14.0, 0.045, 1.3),
    "road": Mode(520.0, 0, 8.0, 0.10, 1.3),
}


def places() -> list[dict[str, Any]]:
    """Return the rows of the problem's table of places."""
    return [
        {
            **row,
            "lat": float(row["lat"]),
            "lon": float(row["lon"]),
            "storage_t": number(row["storage_t"]),
            "handling_t_per_day": number(row["handling_t_per_day"]),
        }
        for row in rows("places")
    ]


def lanes() -> list[dict[str, Any]]:
    """Return the rows of the problem's table of lanes."""
    at = {row["id"]: row for row in rows("places")}
    return [_lane(row, at) for row in rows("lanes")]


def closures() -> list[dict[str, Any]]:
    """Return the rows of the problem's table of exceptions, other than sailing days."""
    return [
        {
            "lane": lane_id(row),
            "first_day": int(row["first_day"]),
            "last_day": int(row["last_day"]),
            "capacity_t_per_day": float(row["capacity_t_per_day"]),
            "note": row["note"],
        }
        for row in rows("closures")
    ]


def lane_id(row: Row) -> str:
    """Return the id of the lane between the row's origin and destination."""
    return f"{row['origin']} > {row['destination']}, {row['mode']}"


def distance_km(one: Row, other: Row) -> float:
    """Return the great-circle distance of two places in kilometres."""
    latitude, latitude_other = math.radians(float(one["lat"])), math.radians(float(other["lat"]))
    longitude = math.radians(float(other["lon"]) - float(one["lon"]))
    chord = (
        math.sin((latitude_other - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(latitude_other) * math.sin(longitude / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(chord))


def _lane(row: Row, at: Mapping[str, Row]) -> dict[str, Any]:
    mode = MODES[row["mode"]]
    km = number(row["sea_km"]) or mode.detour * distance_km(at[row["origin"]], at[row["destination"]])
    return {
        "id": lane_id(row),
        "origin": row["origin"],
        "destination": row["destination"],
        "mode": row["mode"],
        "transit_days": mode.handling_days + max(1, math.ceil(km / mode.km_per_day)),
        "capacity_t_per_day": float(row["capacity_t_per_day"]),
        "cost_per_t": round(mode.cost_fixed + mode.cost_per_km * km),
        "sailing_days": row["sailing_days"] or None,
        "note": f"{km:,.0f} km",
    }
