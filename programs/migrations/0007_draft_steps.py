"""A draft says when partners are told, can be undone step by step, and its comments resolved."""

import django.db.models.deletion
import programs.models
import tenants.rows
from django.db import migrations, models

from tenants.wall import ScopedKey, Wall


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0006_documents_in_order'),
        ('tenants', '0005_event_by_instant'),
    ]

    operations = [
        migrations.AddField(
            model_name='draftcomment',
            name='resolved_at',
            field=models.DateTimeField(null=True, verbose_name='resolved at'),
        ),
        migrations.AddField(
            model_name='draftcomment',
            name='resolved_by',
            field=tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person'),
        ),
        migrations.AddField(
            model_name='programdraft',
            name='announced_on',
            field=models.DateField(null=True, verbose_name='announced on'),
        ),
        migrations.CreateModel(
            name='DraftStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('lock_version', models.PositiveIntegerField()),
                ('document', programs.models.DocumentField()),
                ('draft', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='programs.programdraft')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'step of a draft',
                'ordering': ['-lock_version'],
                'constraints': [models.UniqueConstraint(fields=('vendor', 'draft', 'lock_version'), name='draftstep_once')],
            },
        ),
        ScopedKey('DraftComment', 'resolved_by'),
        Wall('DraftStep', partners='staff'),
    ]
