"""Roles of people, and the file that shows what is attested.

Old code keeps writing while this runs: the roles have a default in the database, the file may be
missing. Few attestations exist per partner, so the key and its index are made at once.
"""

import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.wall import ScopedKey


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0004_enrolment_axis'),
        ('tenants', '0005_event_by_instant'),
    ]

    operations = [
        migrations.AddField(
            model_name='attestation',
            name='document',
            field=tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.file', verbose_name='document'),
        ),
        migrations.AddField(
            model_name='employment',
            name='roles',
            field=models.JSONField(blank=True, db_default=[], default=list, verbose_name='roles'),
        ),
        ScopedKey('Attestation', 'document'),
    ]
