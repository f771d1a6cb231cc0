"""Sweep settings are kept by track and version as well, which is longer."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0007_draft_steps'),
    ]

    operations = [
        migrations.AlterField(
            model_name='sweepsetting',
            name='key',
            field=models.CharField(max_length=120),
        ),
    ]
