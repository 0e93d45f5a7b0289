"""What a reader may see of reference data: users see it all, nobody else sees any."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from pledgeway.access.deciding import Reader

Referred = TypeVar("Referred", bound=Model)


def reference_seen(model: type[Referred], reader: Reader) -> QuerySet[Referred]:
    """Return the reference data of ``model`` that ``reader`` may see."""
    every = model._default_manager.all()
    return every.none() if reader.role is None else every
