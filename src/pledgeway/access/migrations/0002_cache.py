"""The table in which sign-ins are counted for all workers."""

from django.core.management import call_command
from django.db import migrations


def make(apps, editor):
    call_command("createcachetable", database=editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
