"""Dated records, agreed values, and attestations that somebody submits and somebody decides.

Old code keeps writing while this runs: each new column of ``partners_attestation`` is empty or has
a default in the database, and what is there already counts as accepted. That table holds a few
rows per partner, so its checks and unique indexes are made at once.
"""

import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.sql import transitions_trigger
from tenants.wall import Wall


# A frozen copy of the model's TRANSITIONS; a test compares it with the catalogue.
ATTESTATION_STATES = {"pending": {"accepted", "refused"}}


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0002_walls'),
        ('tenants', '0004_read_only_catalogues'),
    ]

    operations = [
        migrations.CreateModel(
            name='AgreedValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('code', models.SlugField(max_length=60, verbose_name='code')),
                ('value', models.DecimalField(decimal_places=4, max_digits=18, verbose_name='value')),
                ('since', models.DateField(verbose_name='from')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('agreed_by', models.CharField(max_length=160, verbose_name='agreed by')),
                ('recorded_at', models.DateTimeField()),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='agreed_values', to='partners.partner')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'agreed value',
                'ordering': ['-since', '-id'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='agreedvalue_span'),
                    models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('vendor', 'partner', 'code'), name='agreedvalue_one_open'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Record',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('kind', models.SlugField(max_length=60, verbose_name='kind')),
                ('on', models.DateField(verbose_name='day')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('value', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True, verbose_name='value')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('tags', models.JSONField(blank=True, default=dict, verbose_name='tags')),
                ('external_id', models.CharField(blank=True, max_length=120, verbose_name='external id')),
                ('source', models.CharField(max_length=60, verbose_name='source')),
                ('recorded_at', models.DateTimeField()),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='partners.partner')),
                ('superseded_by', tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.record')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'record',
                'ordering': ['-on', '-id'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('on')), _connector='OR'), name='record_span'),
                    models.CheckConstraint(condition=models.Q(('currency', ''), models.Q(('currency__regex', '^[A-Z]{3}$'), ('value__isnull', False)), _connector='OR'), name='record_currency'),
                    models.UniqueConstraint(condition=models.Q(('superseded_by__isnull', True), models.Q(('external_id', ''), _negated=True)), fields=('vendor', 'partner', 'kind', 'external_id'), name='record_external_id'),
                ],
                'indexes': [models.Index(condition=models.Q(('superseded_by__isnull', True)), fields=['vendor', 'partner', 'kind', 'on'], name='record_current')],
            },
        ),
        migrations.AlterModelOptions(
            name='attestation',
            options={'ordering': ['-since', '-id'], 'verbose_name': 'attestation'},
        ),
        migrations.AlterModelOptions(
            name='fact',
            options={'ordering': ['-period', '-id'], 'verbose_name': 'figure'},
        ),
        migrations.AddField(
            model_name='attestation',
            name='decided_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='decided'),
        ),
        migrations.AddField(
            model_name='attestation',
            name='decided_by',
            field=tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person'),
        ),
        migrations.AddField(
            model_name='attestation',
            name='document_sha256',
            field=models.CharField(blank=True, db_default='', default='', max_length=64, verbose_name='digest of the document'),
        ),
        migrations.AddField(
            model_name='attestation',
            name='external_id',
            field=models.CharField(blank=True, db_default='', default='', max_length=120, verbose_name='external id'),
        ),
        migrations.AddField(
            model_name='attestation',
            name='link',
            field=models.URLField(blank=True, db_default='', default='', max_length=300, verbose_name='link'),
        ),
        migrations.AddField(
            model_name='attestation',
            name='reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='reason'),
        ),
        migrations.AddField(
            model_name='attestation',
            name='state',
            field=models.CharField(choices=[('pending', 'Waiting for a decision'), ('accepted', 'Accepted'), ('refused', 'Refused')], db_default='accepted', default='accepted', max_length=12, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='attestation',
            name='submitted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='submitted'),
        ),
        migrations.AddField(
            model_name='attestation',
            name='value',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True, verbose_name='value'),
        ),
        migrations.AlterField(
            model_name='attestation',
            name='attested_by',
            field=models.CharField(max_length=160, verbose_name='attested by'),
        ),
        migrations.AlterField(
            model_name='attestation',
            name='evidence',
            field=models.CharField(max_length=300, verbose_name='evidence'),
        ),
        migrations.AddConstraint(
            model_name='attestation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'pending'), ('submitted_at__isnull', False)), ('state', 'accepted'), models.Q(('decided_at__isnull', False), ('state', 'refused'), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='attestation_decision'),
        ),
        migrations.AddConstraint(
            model_name='attestation',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('vendor', 'partner', 'code'), name='attestation_one_pending'),
        ),
        migrations.AddConstraint(
            model_name='attestation',
            constraint=models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('vendor', 'partner', 'code', 'external_id'), name='attestation_external_id'),
        ),
        Wall("Record", partners="partner"),
        Wall("AgreedValue", partners="partner"),
        migrations.RunSQL(
            "ALTER TABLE partners_attestation "
            "ADD CONSTRAINT partners_attestation_decided_by_id_same_vendor "
            "FOREIGN KEY (vendor_id, decided_by_id) REFERENCES tenants_person (vendor_id, id); "
            "CREATE INDEX partners_attestation_decided_by_id_led "
            "ON partners_attestation (vendor_id, decided_by_id)",
            "DROP INDEX IF EXISTS partners_attestation_decided_by_id_led; "
            "ALTER TABLE partners_attestation "
            "DROP CONSTRAINT IF EXISTS partners_attestation_decided_by_id_same_vendor",
        ),
        migrations.RunSQL(
            *transitions_trigger("partners_attestation", "state", ATTESTATION_STATES)
        ),
    ]
