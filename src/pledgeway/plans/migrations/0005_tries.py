from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0004_stress"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="tries",
            field=models.IntegerField(default=0, help_text="How many workers began it"),
        ),
    ]
