"""Results of parts, attempts that failed, and the file that shows a result.

Old code keeps writing while this runs: the new columns have defaults in the database, and no two
of its rows are alike under the new key that were not under the old one.
"""

import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.wall import ScopedKey


class Migration(migrations.Migration):

    dependencies = [
        ('certifications', '0002_walls'),
        ('tenants', '0005_event_by_instant'),
    ]

    operations = [
        migrations.AddField(
            model_name='result',
            name='part',
            field=models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='part'),
        ),
        migrations.AddField(
            model_name='result',
            name='passed',
            field=models.BooleanField(db_default=True, default=True, verbose_name='passed'),
        ),
        migrations.AddField(
            model_name='result',
            name='document',
            field=tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.file'),
        ),
        migrations.AlterField(
            model_name='result',
            name='passed_on',
            field=models.DateField(verbose_name='day of the exam'),
        ),
        migrations.RemoveConstraint(model_name='result', name='result_once'),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.UniqueConstraint(fields=('vendor', 'person', 'track', 'version', 'part', 'passed_on', 'passed'), name='result_once'),
        ),
        ScopedKey('Result', 'document'),
    ]
