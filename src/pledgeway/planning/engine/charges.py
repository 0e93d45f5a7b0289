"""What lanes, nights and seats cost at given prices, and where they are closed."""

from __future__ import annotations

import numpy as np

from pledgeway.planning.engine.arrays import Arrays, Floats, Network


def seat_prices(arrays: Arrays, training: Floats) -> Floats:
    """Return (classes, D): what a seat costs that is usable from a day on; infinite before any crew exists."""
    rows, days = arrays.training.row_of, arrays.network.days
    result = np.full((len(rows), days), np.inf)
    for c in range(len(rows)):
        first, last = arrays.training.first_row[c : c + 2]
        onward = np.cumsum(training[first:last][::-1])[::-1]
        exists = rows[c] >= 0
        result[c, exists] = onward[rows[c, exists] - first]
    return result


def lane_prices(network: Network, resources: Floats, capacity: Floats, least: float) -> Floats:
    """Return (L, D): cost of sending a tonne, infinite where less than ``least`` tonnes are left on the lane-day."""
    size = network.lanes * network.days
    handling = resources[size : size + network.places * network.days].reshape(network.places, network.days)
    days = np.arange(network.days)
    arrival = np.minimum(days[None, :] + network.transit[:, None], network.days - 1)
    price = resources[:size].reshape(network.lanes, network.days) + network.cost[:, None]
    price += handling[network.origin] + handling[network.destination[:, None], arrival]
    room = capacity[:size].reshape(network.lanes, network.days)
    open_ = (room > 0) & (room >= least)
    if least > 0:
        hub = capacity[size : size + network.places * network.days].reshape(network.places, network.days)
        open_ &= (hub[network.origin] >= least) & (hub[network.destination[:, None], arrival] >= least)
    return np.where(open_, price, np.inf)


def storage_prices(network: Network, resources: Floats, capacity: Floats, least: float) -> Floats:
    """Return (P, D): cost of a tonne staying the night, infinite where less than ``least`` tonnes fit."""
    begin = (network.lanes + network.places) * network.days
    shape = (network.places, network.days)
    return np.where(capacity[begin:].reshape(shape) >= least, resources[begin:].reshape(shape), np.inf)
