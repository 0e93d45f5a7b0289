"""Reference data holds what the declared tables name, and every change of it is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import models

from pledgeway.registry.changing import MergeRefusedError, change, merge
from pledgeway.registry.models import Change, Closure, Course, Item, Lane, Party, Place, resolved
from pledgeway.tables.fields import Kind
from pledgeway.tables.planning import BY_NAME
from tests.databases import fresh

MODELS = {"places": Place, "lanes": Lane, "exceptions": Closure, "items": Item, "courses": Course}
ELSEWHERE = {"id": "code", "source": "", "note": ""}
"""Columns under another name, or kept with the statement that the row rests on."""

TYPES: dict[Kind, tuple[type[models.Field], ...]] = {  # type: ignore[type-arg]
    Kind.NUMBER: (models.FloatField,),
    Kind.WHOLE: (models.IntegerField,),
    Kind.YES_NO: (models.BooleanField,),
    Kind.DAY: (models.DateField,),
    Kind.REFERENCE: (models.ForeignKey,),
    Kind.TEXT: (models.CharField, models.TextField),
    Kind.CHOICE: (models.CharField,),
}


@pytest.fixture(autouse=True)
def _database() -> Iterator[None]:
    with fresh("sqlite"):
        yield


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_every_declared_column_by_its_name_and_type(name: str) -> None:
    fields = {field.name: field for field in MODELS[name]._meta.concrete_fields}
    for column in BY_NAME[name].fields:
        wanted = ELSEWHERE.get(column.name, column.name)
        if wanted:
            assert isinstance(fields[wanted], TYPES[column.kind]), column.name


def test_changes_are_kept_with_who_made_them() -> None:
    place = Place(code="A")
    change(place, {"name": "Depot", "kind": "depot"}, "cora")
    change(place, {"name": "Depot", "storage_t": 40.0}, "dora")
    assert list(Change.objects.order_by("pk").values_list("code", "field", "old", "new", "author")) == [
        ("A", "", "", "recorded", "cora"), ("A", "storage_t", "", "40.0", "dora"),
    ]  # fmt: skip


def test_merging_keeps_both_and_refuses_circles_with_every_reason() -> None:
    one, two = (Item.objects.create(code=code, name=code, unit="piece") for code in ("one", "two"))
    merge(one, two, "cora")
    assert resolved(Item.objects.all())[one.pk] == two
    assert Change.objects.get().field == "merged_into"
    with pytest.raises(MergeRefusedError, match=r"two was merged into one|one was merged"):
        merge(two, one, "cora")
    other = Item.objects.create(code="other", name="other", unit="tonne", decimals=3)
    with pytest.raises(MergeRefusedError) as refused:
        merge(one, other, "cora")
    assert len(refused.value.reasons) == 2
    with pytest.raises(MergeRefusedError, match="never one"):
        merge(Party.objects.create(code="P", name="P", kind="state"), two, "cora")
