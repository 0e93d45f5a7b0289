from django.db import migrations, models

CHAPTER = 20_000
CAME = "CASE WHEN p.unknown = 2 OR (p.unknown = 1 AND p.act <> 10) THEN 1 ELSE 0 END"
WENT = "CASE WHEN p.unknown = 2 OR (p.unknown = 1 AND p.act = 10) THEN -1 ELSE 0 END"
KEY = ("donor", "marking", "kind", "unit", "decimals", "stage", "left", "day")


def derive(apps, editor):
    """Derive the turnovers again from the postings, by chapter."""
    left = editor.quote_name("left")
    of = "t.donor_id, t.marking_id, t.kind, t.unit, t.decimals"
    ends = " UNION ALL ".join(
        f"SELECT {of}, s.stage, s.{left}, p.day, b.first / {CHAPTER} AS chapter, {sign}p.quantity AS quantity, "
        f"{marks} AS marks FROM ledger_posting p JOIN ledger_position s ON s.id = p.{end}_id "
        "JOIN ledger_commitmenttotal t ON t.commitment_id = p.commitment_id "
        "JOIN (SELECT batch_id, MIN(id) AS first FROM ledger_posting GROUP BY batch_id) b ON b.batch_id = p.batch_id"
        for end, sign, marks in (("target", "", CAME), ("source", "-", WENT))
    )
    key = f"donor_id, marking_id, kind, unit, decimals, stage, {left}, day, chapter"
    editor.execute("DELETE FROM ledger_turnover")
    editor.execute(
        f"INSERT INTO ledger_turnover ({key}, quantity, marks) SELECT {key}, SUM(quantity), SUM(marks) "
        f"FROM ({ends}) ends GROUP BY {key}"
    )
    if editor.connection.vendor == "sqlite":  # of what was recorded before, no statistics were kept
        editor.execute("PRAGMA analysis_limit = 400")
        editor.execute("ANALYZE")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_postings_of_a_batch_in_order")]
    operations = [
        migrations.AddIndex(
            "posting",
            models.Index(
                "batch",
                condition=models.Q(source__isnull=True) | models.Q(target__isnull=True) | models.Q(unknown__gt=0),
                name="posting_changes_promise",
            ),
        ),
        migrations.RemoveConstraint("turnover", "turnover_once_a_day"),
        migrations.AddField("turnover", "chapter", models.IntegerField(default=0), preserve_default=False),
        migrations.AddConstraint(
            "turnover", models.UniqueConstraint(fields=(*KEY, "chapter"), name="turnover_once_a_chapter")
        ),
        migrations.RunPython(derive),
    ]
