"""The master's iterations, over columns ordered by route; see :mod:`pledgeway.planning.engine.master` for the method.

Most rows of a route are the nights it waits in a store. Nights one after another are one *run*: its price is a
difference of running sums, its load is entered where it begins and taken off where it ends.

Rows by number are unsigned: of a signed one, every access asks whether it counts from the end. The last row limits
nothing: it is the kept allocation and the training of columns that have none, which spares a branch.
"""

from __future__ import annotations

import numpy as np

from pledgeway.planning.engine.arrays import Array
from pledgeway.planning.kernels import njit, prange

CHECK_EVERY = 40
RESTART_SURE, RESTART_LIKELY, RESTART_LONG = 0.2, 0.8, 0.36
WEIGHT_CHANGE, WEIGHT_LIMIT = 1.5, 8.0
SHORTEST_RUN = 3


@njit(cache=True)
def joined_nights(start: Array, entry: Array, times: Array) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Return (start, row, times) of each route's single rows, then (start, first, end) of its runs of rows."""
    single_start, run_start = np.zeros(len(start), dtype=np.uint32), np.zeros(len(start), dtype=np.uint32)
    row, count = np.empty(len(entry), dtype=np.uint32), np.empty(len(entry), dtype=np.float32)
    first, end = np.empty(len(entry), dtype=np.uint32), np.empty(len(entry), dtype=np.uint32)
    singles, runs = 0, 0
    for r in range(len(start) - 1):
        e = start[r]
        while e < start[r + 1]:
            stop = e + 1
            while stop < start[r + 1] and times[e] == times[stop] == 1 and entry[stop] == entry[stop - 1] + 1:
                stop += 1
            if stop - e >= SHORTEST_RUN:
                first[runs], end[runs] = entry[e], entry[e] + stop - e
                runs += 1
            else:
                for k in range(e, stop):
                    row[singles], count[singles] = entry[k], times[k]
                    singles += 1
            e = stop
        single_start[r + 1], run_start[r + 1] = singles, runs
    return single_start, row[:singles].copy(), count[:singles].copy(), run_start, first[:runs].copy(), end[:runs].copy()


@njit(cache=True)
def _load_rows(
    route_load: Array, start: Array, entry: Array, times: Array, first_row: Array, training_begin: int, load: Array
) -> None:
    for r in range(len(start) - 1):
        amount = route_load[r]
        for e in range(start[r], start[r + 1]):
            load[entry[e]] += times[e] * amount
    _gather_seats(load, first_row, training_begin)


@njit(cache=True)
def _gather_seats(load: Array, first_row: Array, training_begin: int) -> None:
    for c in range(len(first_row) - 1):
        total = 0.0
        for k in range(first_row[c], first_row[c + 1]):
            total += load[training_begin + k]
            load[training_begin + k] = total


@njit(cache=True)
def _steps(  # noqa: PLR0912 - two passes over the same columns
    mass: Array,
    route: Array,
    columns: tuple[Array, ...],
    seats: Array,
    entries: tuple[Array, ...],
    rows: int,
    first_row: Array,
    training_begin: int,
) -> tuple[Array, Array]:
    """Return the diagonal steps of columns and rows, all counted in tonnes so that light and heavy goods move alike."""
    _, offer, need, kept, training = columns
    start, entry, times = entries
    routes, none, untrained = len(start) - 1, rows - 1, rows - 1 - training_begin
    width = np.zeros(routes)
    for r in range(routes):
        for e in range(start[r], start[r + 1]):
            width[r] += times[e]
    tonnes, count = np.zeros(rows), np.zeros(rows)
    for j in range(len(mass)):
        for i in (offer[j], need[j], kept[j]):
            if i < none:
                tonnes[i] += mass[j]
                count[i] += 1.0
        if training[j] < untrained:
            tonnes[training_begin + training[j]] += mass[j] / seats[j]
            count[training_begin + training[j]] += 1.0
    scale = np.ones(rows)
    for i in range(rows):
        if count[i] > 0:
            scale[i] = tonnes[i] / count[i]
    following = np.zeros(rows - training_begin)
    for c in range(len(first_row) - 1):
        total = 0.0
        for k in range(first_row[c + 1] - 1, first_row[c] - 1, -1):
            total += scale[training_begin + k]
            following[k] = total
    tau = np.empty(len(mass), dtype=np.float32)
    total_row, by_route = np.zeros(rows), np.zeros(routes)
    for j in range(len(mass)):
        size = mass[j] * width[route[j]] + scale[offer[j]] + scale[need[j]]
        by_route[route[j]] += 1.0
        total_row[offer[j]] += 1.0 / mass[j]
        total_row[need[j]] += 1.0 / mass[j]
        if kept[j] < none:
            size += scale[kept[j]]
            total_row[kept[j]] += 1.0 / mass[j]
        if training[j] < untrained:
            size += seats[j] * following[training[j]]
            total_row[training_begin + training[j]] += seats[j] / mass[j]
        tau[j] = 1.0 / (mass[j] * size)
    _load_rows(by_route, start, entry, times, first_row, training_begin, total_row)
    return tau, scale / np.maximum(total_row, 1e-12)


@njit(cache=True)
def _running(y: Array, count: int, first_row: Array, training_begin: int, sums: Array, onward: Array) -> None:
    """Fill the running sums of the resources' prices, and what a seat pays that is used from a row on."""
    total = 0.0
    for i in range(count):
        sums[i] = total
        total += y[i]
    sums[count] = total
    for c in range(len(first_row) - 1):
        total = 0.0
        for k in range(first_row[c + 1] - 1, first_row[c] - 1, -1):
            total += y[training_begin + k]
            onward[k] = total


@njit(cache=True, nogil=True, inline="always")
def _route_price(r: int, runs: tuple[Array, ...], y: Array, sums: Array) -> float:
    single_start, row, times, run_start, first, end = runs
    price = 0.0
    for e in range(single_start[r], single_start[r + 1]):
        price += times[e] * y[row[e]]
    for e in range(run_start[r], run_start[r + 1]):
        price += sums[end[e]] - sums[first[e]]
    return price


@njit(cache=True, nogil=True, inline="always")
def _load_route(r: int, tonnes: float, runs: tuple[Array, ...], load: Array, steps: Array) -> None:
    single_start, row, times, run_start, first, end = runs
    for e in range(single_start[r], single_start[r + 1]):
        load[row[e]] += times[e] * tonnes
    for e in range(run_start[r], run_start[r + 1]):
        steps[first[e]] += tonnes
        steps[end[e]] -= tonnes


@njit(cache=True, nogil=True, fastmath={"nsz", "arcp", "contract", "reassoc"})
def _move_columns(
    begin: int, end: int, share: float, weight: float, x: Array, x0: Array, xt: Array, tau: Array,
    worth: tuple[Array, ...], rows: tuple[Array, ...], runs: tuple[Array, ...], prices: tuple[Array, ...],
    training_begin: int, load: Array, steps: Array,
) -> float:  # fmt: skip
    """Move the columns of routes ``begin`` to ``end`` one step; return how far, scaled."""
    first, offer, need, kept, training = rows
    value, mass, seats = worth
    y, sums, onward = prices
    load[:] = 0.0
    steps[:] = 0.0
    moved = 0.0
    for r in range(begin, end):
        price = _route_price(r, runs, y, sums)
        tonnes = 0.0
        for j in range(first[r], first[r + 1]):
            old = float(x[j])
            gain = value[j] - mass[j] * price - y[offer[j]] - y[need[j]] - y[kept[j]] - seats[j] * onward[training[j]]
            new = max(0.0, old + tau[j] / weight * gain)
            ahead = 2.0 * new - old
            xt[j], x[j] = new, share * ahead + (1.0 - share) * x0[j]
            if new != 0.0 or old != 0.0:
                moved += (new - old) ** 2 / tau[j]
                tonnes += mass[j] * ahead
                load[offer[j]] += ahead
                load[need[j]] += ahead
                load[kept[j]] += ahead
                load[training_begin + training[j]] += seats[j] * ahead
        if tonnes != 0.0:
            _load_route(r, tonnes, runs, load, steps)
    return moved


@njit(cache=True, parallel=True)
def _move_parts(
    parts: Array, share: float, weight: float, x: Array, x0: Array, xt: Array, tau: Array,
    worth: tuple[Array, ...], rows: tuple[Array, ...], runs: tuple[Array, ...], prices: tuple[Array, ...],
    training_begin: int, loads: Array, steps: Array,
) -> float:  # fmt: skip
    """Move all columns one step, the parts side by side; return how far, scaled."""
    moved = np.zeros(len(parts) - 1)
    for p in prange(len(parts) - 1):
        moved[p] = _move_columns(
            parts[p], parts[p + 1], share, weight, x, x0, xt, tau, worth, rows, runs, prices, training_begin, loads[p],
            steps[p],
        )  # fmt: skip
    for p in range(1, len(moved)):  # in the order of the parts, so that the same parts give the same sums
        loads[0] += loads[p]
        steps[0] += steps[p]
    return float(moved.sum())


@njit(cache=True, nogil=True, fastmath={"nsz", "arcp", "contract", "reassoc"})
def _weigh_columns(
    xt: Array, worth: tuple[Array, ...], rows: tuple[Array, ...], runs: tuple[Array, ...], prices: tuple[Array, ...],
    training_begin: int, need_begin: int, load: Array, steps: Array, spread: Array,
) -> float:  # fmt: skip
    """Enter the load of all columns, and what each requirement's best leaves; return their worth."""
    first, offer, need, kept, training = rows
    value, mass, seats = worth
    y, sums, onward = prices
    load[:] = 0.0
    steps[:] = 0.0
    spread[:] = 0.0
    total = 0.0
    for r in range(len(first) - 1):
        price = _route_price(r, runs, y, sums)
        tonnes = 0.0
        for j in range(first[r], first[r + 1]):
            amount = float(xt[j])
            gain = value[j] - mass[j] * price - y[offer[j]] - y[need[j]] - y[kept[j]] - seats[j] * onward[training[j]]
            spread[need[j] - need_begin] = max(spread[need[j] - need_begin], gain)
            load[offer[j]] += amount
            load[need[j]] += amount
            load[kept[j]] += amount
            load[training_begin + training[j]] += seats[j] * amount
            tonnes += mass[j] * amount
            total += value[j] * amount
        if tonnes != 0.0:
            _load_route(r, tonnes, runs, load, steps)
    return total


@njit(cache=True)
def _add_runs(load: Array, steps: Array, count: int, first_row: Array, training_begin: int) -> None:
    """Complete the load by that of runs, and of seats used before a row."""
    total = 0.0
    for i in range(count):
        total += steps[i]
        load[i] += total
    _gather_seats(load, first_row, training_begin)


@njit(cache=True, nogil=True, fastmath={"nsz", "arcp", "contract", "reassoc"})
def _move_rows(
    share: float, weight: float, y: Array, y0: Array, yt: Array, sigma: Array, load: Array, limit: Array
) -> float:
    """Move the prices of all rows one step; return how far, scaled."""
    turned = 0.0
    for i in range(len(y)):
        new = max(0.0, y[i] + sigma[i] * weight * (load[i] - limit[i]))
        turned += (new - y[i]) ** 2 / sigma[i]
        yt[i] = new
        y[i] = share * (2.0 * new - y[i]) + (1.0 - share) * y0[i]
    return turned


@njit(cache=True)
def _restart(
    x: Array, x0: Array, xt: Array, tau: Array, y: Array, y0: Array, yt: Array, sigma: Array, weight: float,
    start_weight: float,
) -> float:  # fmt: skip
    """Begin anew from where the iterations stand; return the primal weight by how far both sides came."""
    far, high = 0.0, 0.0
    for j in range(len(x)):
        far += (xt[j] - x0[j]) ** 2 / tau[j]
        x[j] = x0[j] = xt[j]
    for i in range(len(y)):
        high += (yt[i] - y0[i]) ** 2 / sigma[i]
        y[i] = y0[i] = yt[i]
    if far > 1e-20 and high > 1e-20:
        aim = np.sqrt(weight * np.sqrt(high / far))
        weight = min(max(aim, weight / WEIGHT_CHANGE), weight * WEIGHT_CHANGE)
        weight = min(max(weight, start_weight / WEIGHT_LIMIT), start_weight * WEIGHT_LIMIT)
    return weight


@njit(cache=True)
def iterate(
    x: Array, y: Array, worth: tuple[Array, ...], route: Array, rows: tuple[Array, ...], entries: tuple[Array, ...],
    runs: tuple[Array, ...], parts: Array, limit: Array, count: int, need_begin: int, needs: int, training_begin: int,
    first_row: Array, tolerance: float, iterations: int, weight: float,
) -> tuple[float, float, int, float]:  # fmt: skip
    """Iterate in place; return (value, limit, iterations, primal weight).

    ``worth`` is (value, tonnes, seats) of a unit of each column, ``rows`` (first column of each route, rows of offer,
    requirement and kept allocation of each column, row of its training from ``training_begin`` on), ``entries`` (start,
    row, times) of each route, ``runs`` the same as :func:`joined_nights` gives it. Routes ``parts[p]`` to
    ``parts[p + 1]`` are one thread's. ``count`` is that of the resources among the rows; the last row has no limit.
    """
    size = len(y)
    start_weight = weight
    tau, sigma = _steps(worth[1], route, rows, worth[2], entries, size, first_row, training_begin)
    onward, sums = np.zeros(size - training_begin), np.empty(count + 1)
    loads, steps = np.empty((len(parts) - 1, size)), np.empty((len(parts) - 1, count + 1))
    load, spread = loads[0], np.empty(needs)
    x0, y0, xt, yt = x.copy(), y.copy(), x.copy(), y.copy()
    first, previous = -1.0, -1.0
    k, done = 0, 0
    best_value, best_limit = -np.inf, np.inf
    while done < iterations:
        share = (k + 1.0) / (k + 2.0)
        _running(y, count, first_row, training_begin, sums, onward)
        prices = (y, sums, onward)
        if len(parts) == 2:
            moved = _move_columns(
                parts[0], parts[1], share, weight, x, x0, xt, tau, worth, rows, runs, prices, training_begin, load,
                steps[0],
            )  # fmt: skip
        else:
            moved = _move_parts(
                parts, share, weight, x, x0, xt, tau, worth, rows, runs, prices, training_begin, loads, steps
            )
        _add_runs(load, steps[0], count, first_row, training_begin)
        turned = _move_rows(share, weight, y, y0, yt, sigma, load, limit)
        residual = np.sqrt(weight * moved + turned / weight)
        k += 1
        done += 1
        if k == 1:
            first = residual
        if (
            residual <= RESTART_SURE * first
            or (residual <= RESTART_LIKELY * first and residual > previous >= 0)
            or k >= max(20.0, RESTART_LONG * done)
        ):
            weight = _restart(x, x0, xt, tau, y, y0, yt, sigma, weight, start_weight)
            k, previous = 0, -1.0
        else:
            previous = residual
        if done % CHECK_EVERY == 0 or done == iterations:
            _running(yt, count, first_row, training_begin, sums, onward)
            value = _weigh_columns(
                xt, worth, rows, runs, (yt, sums, onward), training_begin, need_begin, load, steps[0], spread
            )
            total = 0.0
            _add_runs(load, steps[0], count, first_row, training_begin)
            for i in range(size):
                total += limit[i] * yt[i]
                value -= yt[i] * max(0.0, load[i] - limit[i])
            for r in range(needs):
                total += limit[need_begin + r] * spread[r]
            best_value, best_limit = value, min(best_limit, total)
            if total - value <= tolerance * abs(total):
                break
    x[:] = xt
    y[:] = yt
    return best_value, best_limit, done, weight
