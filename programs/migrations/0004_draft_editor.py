"""Who may change a draft counts its changes; comments on it, and a second person's yes."""

import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.wall import Wall


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0003_level_axis'),
        ('tenants', '0004_read_only_catalogues'),
    ]

    operations = [
        migrations.AddField(
            model_name='programdraft',
            name='editors',
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name='programdraft',
            name='lock_version',
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='programdraft',
            name='started_at',
            field=models.DateTimeField(null=True, verbose_name='started at'),
        ),
        migrations.CreateModel(
            name='DraftComment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('place', models.CharField(blank=True, max_length=400, verbose_name='place')),
                ('text', models.TextField(max_length=4000, verbose_name='comment')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person')),
                ('draft', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='programs.programdraft')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'comment on a draft',
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='DraftApproval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('digest', models.CharField(max_length=64)),
                ('lock_version', models.PositiveIntegerField()),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person')),
                ('draft', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='programs.programdraft')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'approval of a draft',
                'ordering': ['-at'],
                'constraints': [models.UniqueConstraint(fields=('vendor', 'draft', 'lock_version'), name='draftapproval_once')],
            },
        ),
        Wall('DraftComment', partners='staff'),
        Wall('DraftApproval', partners='staff'),
    ]
