from django.db import migrations

from pledgeway.evidence.immutable import protect

RECORDED = (
    "batch", "announcement", "announcementterms", "commitment", "commitmentterms", "requirement",
    "requirementversion", "posting",
)  # fmt: skip
POSITION = ("id", "commitment_id", "stage", "left", "requirement_id", "place_id", "consignment", "lot")


def protect_the_record(apps, editor):
    for name in RECORDED:
        protect(editor, f"ledger_{name}")
    protect(editor, "ledger_position", POSITION)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("evidence", "0002_statements_are_never_changed")]
    operations = [migrations.RunPython(protect_the_record)]
