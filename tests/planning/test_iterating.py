"""The rows of a route as the master counts them: nights one after another stand as one run."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from pledgeway.planning.engine.iterating import joined_nights
from pledgeway.planning.engine.master import _alike


def test_nights_one_after_another_are_one_run_and_every_row_is_counted_once_per_use() -> None:
    routes = [[(3, 1), (7, 1), (8, 1), (9, 1), (10, 1), (2, 1)], [], [(4, 1), (5, 1)], [(6, 2), (7, 2), (8, 2)]]
    start = np.cumsum([0] + [len(route) for route in routes])
    entry, times = np.array([pair for route in routes for pair in route]).T
    single_start, row, count, run_start, first, end = joined_nights(start, entry.copy(), times.copy())
    for r, route in enumerate(routes):
        found = np.zeros(12)
        for e in range(single_start[r], single_start[r + 1]):
            found[row[e]] += count[e]
        for e in range(run_start[r], run_start[r + 1]):
            found[first[e] : end[e]] += 1
        wanted = np.zeros(12)
        for resource, uses in route:
            wanted[resource] += uses
        assert found.tolist() == wanted.tolist()
    assert np.diff(run_start).tolist() == [1, 0, 0, 0]


def test_routes_with_as_many_columns_and_resources_stand_together() -> None:
    pool: Any = SimpleNamespace(
        route=np.array([4, 1, 4, 0, 3, 2, 2]), routes=SimpleNamespace(start=np.array([0, 3, 4, 6, 9, 10]))
    )
    columns = np.arange(1, 7)  # routes 1 and 4 use one resource each, 2 two, 0 and 3 three; 2 has two columns
    routes, route = _alike(pool, columns)
    assert routes.tolist() == [1, 4, 0, 3, 2]
    assert routes[route].tolist() == pool.route[columns].tolist()
