from typing import Any

from django.db import migrations


def note_ways(apps: Any, _: Any) -> None:
    """Give what was allocated before ways were kept its day of arrival; by which lanes is not known."""
    way = apps.get_model("plans", "Way")
    posted = apps.get_model("plans", "Proposal").objects.filter(state="posted", arrives__isnull=False)
    way.objects.bulk_create(
        way(run=one.run, commitment=one.commitment, requirement=one.requirement, place=one.place, parts=one.parts,
            usable=one.arrives)
        for one in posted.select_related("run", "commitment", "requirement")
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("plans", "0002_keeping")]
    operations = [migrations.RunPython(note_ways, migrations.RunPython.noop)]
