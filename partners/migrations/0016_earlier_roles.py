"""Roles of people by day.

What is recorded holds since the start of each employment: no row is rewritten, and old code keeps
writing while this runs. The way back keeps the roles of the last change.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0015_account_managers'),
    ]

    operations = [
        migrations.AddField(
            model_name='employment',
            name='earlier_roles',
            field=models.JSONField(blank=True, db_default=[], default=list, verbose_name='earlier roles'),
        ),
    ]
