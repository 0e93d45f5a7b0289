"""Figures and days as people read them: thin spaces, no more digits than are known, "not stated" for unknown."""

from __future__ import annotations

import math
from datetime import timedelta

from pledgeway.planning.problem import Problem

THIN = "\u202f"
"""The thin space that parts thousands and does not break a line."""

NOT_STATED = "not stated"


def number(value: float | None, digits: int | None = None) -> str:
    """Return ``value`` with thousands parted; ``digits`` after the point, by default fewer the larger the value is."""
    if value is None or not math.isfinite(value):
        return NOT_STATED
    if digits is None:
        size = abs(value)
        digits = 0 if size >= 100 or float(value).is_integer() else 1 if size >= 10 else 2
    text = f"{value:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).replace(",", THIN).replace("-", "\u2212")


def compact(value: float) -> tuple[str, str]:
    """Return ``value`` as a short figure and the word that goes with it: 1 823 400 is ("1.82", "million")."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return number(value / size, 2), word
    return number(value), ""


def compact_text(value: float) -> str:
    """Return :func:`compact` as one text: "1.82 million"."""
    return " ".join(part for part in compact(value) if part)


def percent(share: float | None) -> str:
    """Return a share as "63.2 %". Says 100 % only of all and 0 % only of nothing."""
    if share is None or not math.isfinite(share):
        return NOT_STATED
    if share <= 1e-9 or share >= 1 - 1e-9:
        return f"{number(round(share * 100, 1), 1)}{THIN}%"
    if share < 0.001:
        return f"under 0.1{THIN}%"
    if share > 0.999:
        return f"over 99.9{THIN}%"
    return f"{number(share * 100, 1)}{THIN}%"


def limit_percent(gap: float) -> str:
    """Return a proven gap as a percentage that is rounded up, so that what it claims stays true."""
    if not math.isfinite(gap):
        return NOT_STATED
    hundredths = math.ceil(gap * 10_000 - 1e-9)
    return f"{number(hundredths / 100, 2)}{THIN}%"


def tonnes(value: float | None) -> str:
    """Return tonnes with their unit: "31 200 t"."""
    text = number(value)
    return text if text == NOT_STATED else f"{text}{THIN}t"


def count(quantity: float, one: str, many: str | None = None) -> str:
    """Return "1 movement", "3 movements"."""
    return f"{number(quantity)} {one if quantity == 1 else many or one + 's'}"


def sentence_case(text: str) -> str:
    """Return ``text`` with a capital at its start; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def listed(words: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def short_date(problem: Problem, day: int) -> str:
    """Return ``day`` without its year: "18 Oct", or the number of the day where there is no start date."""
    if problem.start_date is None:
        return str(day)
    on = problem.start_date + timedelta(days=int(day))
    return f"{on.day} {on:%b}"


def shortened(text: str, room: float, size: float = 12) -> str:
    """Return ``text`` cut to fit ``room`` pixels in type of ``size`` pixels."""
    letters = max(3, int(room / (0.57 * size)))
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def text_width(text: str, size: float = 12) -> float:
    """Return about how many pixels ``text`` takes in type of ``size`` pixels."""
    return len(text) * 0.62 * size
