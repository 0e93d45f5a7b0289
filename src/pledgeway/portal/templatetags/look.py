"""How values look on pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from pledgeway.pictures.words import number
from pledgeway.portal.words import counted, spoken

register = template.Library()


@register.filter
def words(value: Any) -> str:
    """Return any value as people read it."""
    return spoken(value)


@register.filter
def counting(count: int, noun: str) -> str:
    """Return a number with as many of ``noun``: 1 row, 2 rows."""
    return counted(count, noun)


@register.filter
def drawn(picture: Any) -> SafeString:
    """Return a picture of :mod:`pledgeway.pictures`, which is escaped where it is made."""
    return mark_safe(str(picture))


@register.filter
def tonnes(value: float | None) -> str:
    """Return a measured figure with no more digits than mean something; an unknown one is "not stated"."""
    return number(value)
