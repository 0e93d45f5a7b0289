from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_fill_totals")]
    operations = [
        migrations.RemoveIndex("posting", "posting_by_batch"),
        migrations.AddIndex("posting", models.Index("batch", "id", name="posting_of_batch")),
    ]
