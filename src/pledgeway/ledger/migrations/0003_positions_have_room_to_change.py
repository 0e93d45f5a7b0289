from django.db import migrations


def leave_room(apps, editor):
    """Let PostgreSQL write what a position holds beside what it held, so that no index changes with it.

    Every batch changes each of its positions once: a page needs room for as much as it holds, and a little more.
    """
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE ledger_position SET (fillfactor = 45)")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_the_record_is_never_changed")]
    operations = [migrations.RunPython(leave_room)]
