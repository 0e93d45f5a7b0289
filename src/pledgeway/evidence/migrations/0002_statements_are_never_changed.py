from django.db import migrations

from pledgeway.evidence.immutable import make_function, protect


def protect_statements(apps, editor):
    make_function(editor)
    protect(editor, "evidence_statement")


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]
    operations = [migrations.RunPython(protect_statements)]
