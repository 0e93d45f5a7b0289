import django.db.models.deletion
from django.db import migrations, models

CHAPTER = 20_000
CAME = "CASE WHEN p.unknown = 2 OR (p.unknown = 1 AND p.act <> 10) THEN 1 ELSE 0 END"
WENT = "CASE WHEN p.unknown = 2 OR (p.unknown = 1 AND p.act = 10) THEN -1 ELSE 0 END"
KEY = ("donor", "marking", "kind", "unit", "decimals", "item", "stage", "left", "place", "chapter")


def derive(apps, editor):
    """Derive from the postings what was turned over by stage before it was kept: of all donors, and of each."""
    left = editor.quote_name("left")
    public = [one.pk for one in apps.get_model("ledger", "Marking").objects.all() if "public" in one.codes]
    of = f"t.marking_id, t.kind, t.unit, t.decimals, t.item, s.stage, s.{left}"
    for donor, seen in (("0", "1 = 1"), ("t.donor_id", f"t.marking_id NOT IN ({', '.join(map(str, public)) or 0})")):
        ends = " UNION ALL ".join(
            f"SELECT {donor} AS donor, {of}, COALESCE(s.place_id, 0) AS place, b.first / {CHAPTER} AS chapter, "
            f"{sign}p.quantity AS quantity, {marks} AS marks FROM ledger_posting p "
            f"JOIN ledger_position s ON s.id = p.{end}_id "
            "JOIN ledger_commitmenttotal t ON t.commitment_id = p.commitment_id JOIN (SELECT batch_id, MIN(id) AS first "
            f"FROM ledger_posting GROUP BY batch_id) b ON b.batch_id = p.batch_id WHERE {seen}"
            for end, sign, marks in (("target", "", CAME), ("source", "-", WENT))
        )
        key = f"donor, marking_id, kind, unit, decimals, item, stage, {left}, place, chapter"
        editor.execute(
            f"INSERT INTO ledger_stageturnover ({key}, quantity, marks) SELECT {key}, SUM(quantity), SUM(marks) "
            f"FROM ({ends}) ends GROUP BY {key}"
        )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_chapters")]
    operations = [
        migrations.CreateModel(
            "StageTurnover",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("donor", models.BigIntegerField()),
                (
                    "marking",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                        to="ledger.marking",
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("unit", models.CharField(max_length=40)),
                ("decimals", models.SmallIntegerField()),
                ("item", models.BigIntegerField()),
                ("stage", models.CharField(max_length=30)),
                ("left", models.CharField(max_length=30)),
                ("place", models.BigIntegerField()),
                ("chapter", models.IntegerField()),
                ("quantity", models.BigIntegerField()),
                ("marks", models.BigIntegerField()),
            ],
        ),
        migrations.AddConstraint(
            "stageturnover", models.UniqueConstraint(fields=KEY, name="stage_turnover_once_a_chapter")
        ),
        migrations.RunPython(derive),
    ]  # fmt: skip
