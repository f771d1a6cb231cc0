"""Levels stand on an axis. Old code keeps writing: the database fills in the axis of the tiers."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0002_walls'),
    ]

    operations = [
        migrations.AddField(
            model_name='level',
            name='axis',
            field=models.SlugField(db_default='tier', db_index=False, default='tier', max_length=60, verbose_name='axis'),
        ),
        # Backwards: older code takes every level for a tier.
        migrations.RunSQL(
            migrations.RunSQL.noop, "DELETE FROM programs_level WHERE axis <> 'tier'"
        ),
    ]
