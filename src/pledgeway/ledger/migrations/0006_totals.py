import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0002_statements_are_never_changed"),
        ("ledger", "0005_disputes"),
        ("registry", "0002_planning_fields"),
    ]

    operations = [
        migrations.DeleteModel("Turnover"),
        migrations.CreateModel(
            name="CommitmentTotal",
            fields=[
                (
                    "commitment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="total",
                        serialize=False,
                        to="ledger.commitment",
                    ),
                ),
                ("item", models.BigIntegerField()),
                ("place", models.BigIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("unit", models.CharField(max_length=40)),
                ("decimals", models.SmallIntegerField()),
                ("promised", models.BigIntegerField(default=0)),
                ("marks", models.BigIntegerField(default=0)),
                ("delivered", models.BigIntegerField(default=0)),
                ("furthest", models.SmallIntegerField(default=-1)),
            ],
        ),
        migrations.CreateModel(
            name="Marking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("codes", models.JSONField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="RequirementTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("decimals", models.SmallIntegerField()),
                ("allocated", models.BigIntegerField()),
                ("delivered", models.BigIntegerField()),
                ("received", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="StageTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("donor", models.BigIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("unit", models.CharField(max_length=40)),
                ("decimals", models.SmallIntegerField()),
                ("item", models.BigIntegerField()),
                ("stage", models.CharField(max_length=30)),
                ("left", models.CharField(max_length=30)),
                ("place", models.BigIntegerField()),
                ("quantity", models.BigIntegerField()),
                ("marks", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Turnover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("unit", models.CharField(max_length=40)),
                ("decimals", models.SmallIntegerField()),
                ("stage", models.CharField(max_length=30)),
                ("left", models.CharField(max_length=30)),
                ("day", models.DateField()),
                ("quantity", models.BigIntegerField()),
                ("marks", models.BigIntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name="position",
            index=models.Index(models.F("stage"), models.F("commitment"), name="position_by_stage"),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(models.F("batch"), name="posting_by_batch"),
        ),
        migrations.AddField(
            model_name="commitmenttotal",
            name="donor",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.party"),
        ),
        migrations.AddField(
            model_name="commitmenttotal",
            name="terms",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="total", to="ledger.commitmentterms"
            ),
        ),
        migrations.AddField(
            model_name="commitmenttotal",
            name="marking",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.marking"
            ),
        ),
        migrations.AddField(
            model_name="requirementtotal",
            name="donor",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.party"
            ),
        ),
        migrations.AddField(
            model_name="requirementtotal",
            name="marking",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.marking"
            ),
        ),
        migrations.AddField(
            model_name="requirementtotal",
            name="requirement",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="totals",
                to="ledger.requirement",
            ),
        ),
        migrations.AddField(
            model_name="stagetotal",
            name="marking",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.marking"
            ),
        ),
        migrations.AddField(
            model_name="turnover",
            name="donor",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.party"
            ),
        ),
        migrations.AddField(
            model_name="turnover",
            name="marking",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.marking"
            ),
        ),
        migrations.AddConstraint(
            model_name="requirementtotal",
            constraint=models.UniqueConstraint(
                fields=("requirement", "donor", "marking", "decimals"), name="requirement_total_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="stagetotal",
            constraint=models.UniqueConstraint(
                fields=("donor", "marking", "kind", "unit", "decimals", "item", "stage", "left", "place"),
                name="stage_total_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="turnover",
            constraint=models.UniqueConstraint(
                fields=("donor", "marking", "kind", "unit", "decimals", "stage", "left", "day"),
                name="turnover_once_a_day",
            ),
        ),
    ]
