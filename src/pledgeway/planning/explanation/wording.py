"""Figures, days and names as the sentences of this package say them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pledgeway.planning.problem import Problem

THIN = "\u202f"


def figure(value: float) -> str:
    """Return ``value`` with thousands parted and no more digits than it needs: "1 240", "12.5", "0.033"."""
    size = abs(value)
    digits = 0 if size >= 100 or float(value).is_integer() else 1 if size >= 10 else 2 if size >= 0.1 else 3
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return ("0" if text == "-0" else text).replace(",", THIN).replace("-", "\u2212")


def tonnes(value: float) -> str:
    """Return tonnes with their unit."""
    return f"{figure(value)}{THIN}t"


def percent(share: float) -> str:
    """Return a share as a whole percentage; 100 % only of all."""
    return f"{min(round(100 * share), 100 if share >= 1 else 99)}{THIN}%"


def units(quantity: float, item: str) -> str:
    """Return "1 × Generator, 20 kW": a figure and the name of what is counted."""
    return f"{figure(quantity)} × {item}"


def counted(quantity: float, one: str, many: str | None = None) -> str:
    """Return "1 seat", "3 seats"."""
    return f"{figure(quantity)} {one if quantity == 1 else many or one + 's'}"


def listed(words: Sequence[str], most: int = 0, last: str = "and") -> str:
    """Return "a, b and c"; with ``most``, no more than so many and how many are left out."""
    shown = list(words)
    if most and len(shown) > most + 1:
        shown = [*shown[:most], f"{len(shown) - most} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}" if shown else ""


def span(problem: Problem, first: int, last: int) -> str:
    """Return "on 3 Nov 2022" for one day, "from 3 to 9 Nov 2022" for more; month and year once where they agree."""
    begin, end = problem.date_of(first), problem.date_of(last)
    if first == last:
        return f"on {end}"
    if problem.start_date is not None:
        day, month, year = begin.split(" ")
        _, end_month, end_year = end.split(" ")
        begin = begin if year != end_year else f"{day} {month}" if month != end_month else day
    return f"from {begin} to {end}"


def sentence(text: str) -> str:
    """Return ``text`` with its first letter large and a full stop."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def runs(days: Iterable[int]) -> list[tuple[int, int]]:
    """Return the runs (first, last) of consecutive days among ``days``, which are in order."""
    found: list[tuple[int, int]] = []
    for day in map(int, days):
        if found and found[-1][1] == day - 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
