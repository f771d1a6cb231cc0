"""Service contracts with their terms, who sees what of them, and take-outs.

Old code keeps writing while this runs: the new columns of ``partners_customer`` have a default in the
database. A contract names its latest terms and terms name their contract: the second key is made
once both stand behind their walls.
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.sql import transitions_trigger
from tenants.wall import ScopedKey, Wall

# A frozen copy of the model's TRANSITIONS; a test compares it with the catalogue.
TAKE_OUT_STATES = {"asked": {"ready", "failed"}}


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0005_roles_and_documents'),
        ('tenants', '0005_event_by_instant'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='domain_digest',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='customer',
            name='private_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=160, verbose_name='real name'),
        ),
        migrations.CreateModel(
            name='ContractTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('since', models.DateField(verbose_name='from')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='end')),
                ('months', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='months of a term')),
                ('notice_days', models.PositiveSmallIntegerField(default=0, verbose_name='days of notice')),
                ('auto_renews', models.BooleanField(default=False, verbose_name='renews by itself')),
                ('duties', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('deploy', 'Deploy'), ('integrate', 'Integrate'), ('monitor', 'Monitor'), ('patch', 'Patch'), ('troubleshoot', 'Troubleshoot'), ('restore', 'Restore')], max_length=20), blank=True, default=list, size=None, verbose_name='duties')),
                ('billing', models.CharField(choices=[('monthly', 'Monthly'), ('quarterly', 'Quarterly'), ('yearly', 'Yearly')], default='monthly', max_length=10, verbose_name='billing')),
                ('fee', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='fee')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('promises', models.JSONField(blank=True, default=dict, verbose_name='promised times')),
                ('uptime', models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True, verbose_name='promised uptime')),
                ('credit', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='service credit')),
                ('recorded_at', models.DateTimeField()),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'ordering': ['-since', '-id'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='contractterms_span'),
                    models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gt', models.F('since')), _connector='OR'), name='contractterms_end'),
                    models.CheckConstraint(condition=models.Q(('auto_renews', False), models.Q(('ends_on__isnull', False), ('months__gte', 1)), _connector='OR'), name='contractterms_renewal'),
                    models.CheckConstraint(condition=models.Q(models.Q(('currency', ''), ('fee__isnull', True)), models.Q(('currency__regex', '^[A-Z]{3}$'), ('fee__gte', 0)), _connector='OR'), name='contractterms_fee'),
                    models.CheckConstraint(condition=models.Q(models.Q(('uptime__isnull', True), models.Q(('uptime__gte', 0), ('uptime__lte', 100)), _connector='OR'), models.Q(('credit__isnull', True), models.Q(('credit__gte', 0), ('credit__lte', 100)), _connector='OR')), name='contractterms_percent'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ServiceContract',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('external_id', models.CharField(blank=True, max_length=120, verbose_name='external id')),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('infrastructure', 'Infrastructure'), ('security', 'Security'), ('cloud', 'Cloud'), ('end_user', 'End-user computing')], max_length=20), size=None, verbose_name='services')),
                ('since', models.DateField(verbose_name='start')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('ended', models.BooleanField(db_default=False, default=False)),
                ('recorded_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('customer', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='service_contracts', to='partners.customer')),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='service_contracts', to='partners.partner')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'service contract',
                'ordering': ['-since', '-id'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='servicecontract_span'),
                    models.CheckConstraint(condition=models.Q(('scopes__len__gt', 0), ('scopes__contained_by', ['infrastructure', 'security', 'cloud', 'end_user'])), name='servicecontract_scopes'),
                    models.CheckConstraint(condition=models.Q(('ended', False), ('until__isnull', False), _connector='OR'), name='servicecontract_ended'),
                    models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('vendor', 'partner', 'external_id'), name='servicecontract_external_id'),
                ],
            },
        ),
        migrations.AddField(
            model_name='contractterms',
            name='contract',
            field=tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='history', to='partners.servicecontract'),
        ),
        migrations.CreateModel(
            name='SharingChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('field', models.SlugField(max_length=20)),
                ('share', models.CharField(choices=[('cam', 'Shared with our account manager'), ('aggregate', 'In sums only'), ('partner', 'Only us')], max_length=10)),
                ('customer', tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sharing_choices', to='partners.customer')),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='sharing_choices', to='partners.partner')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('vendor', 'partner', 'customer', 'field'), name='sharingchoice_one', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('share__in', ['cam', 'aggregate', 'partner'])), name='sharingchoice_share'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TakeOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('state', models.CharField(choices=[('asked', 'Being made'), ('ready', 'Ready'), ('failed', 'Failed')], default='asked', max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('rows', models.PositiveIntegerField(default=0)),
                ('asked_by', tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person')),
                ('file', tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.file')),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'take-out',
                'ordering': ['-id'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('vendor', 'partner'), name='takeout_one_at_a_time'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'ready'), _negated=True), ('file__isnull', False), _connector='OR'), name='takeout_file'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RestrictedRead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('on', models.DateField()),
                ('customer', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.customer')),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner')),
                ('person', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('vendor', 'customer', 'person', 'on'), name='restrictedread_one')],
            },
        ),
        migrations.AddConstraint(
            model_name='servicecontract',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('scopes__contains', ['infrastructure'])), expressions=[(models.Func(models.F('customer_id'), models.F('customer_id'), models.Value('[]', output_field=models.TextField()), function='int8range'), '&&'), (models.Func(models.F('since'), models.F('until'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='servicecontract_one_infrastructure'),
        ),
        migrations.AddConstraint(
            model_name='servicecontract',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('scopes__contains', ['security'])), expressions=[(models.Func(models.F('customer_id'), models.F('customer_id'), models.Value('[]', output_field=models.TextField()), function='int8range'), '&&'), (models.Func(models.F('since'), models.F('until'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='servicecontract_one_security'),
        ),
        migrations.AddConstraint(
            model_name='servicecontract',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('scopes__contains', ['cloud'])), expressions=[(models.Func(models.F('customer_id'), models.F('customer_id'), models.Value('[]', output_field=models.TextField()), function='int8range'), '&&'), (models.Func(models.F('since'), models.F('until'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='servicecontract_one_cloud'),
        ),
        migrations.AddConstraint(
            model_name='servicecontract',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('scopes__contains', ['end_user'])), expressions=[(models.Func(models.F('customer_id'), models.F('customer_id'), models.Value('[]', output_field=models.TextField()), function='int8range'), '&&'), (models.Func(models.F('since'), models.F('until'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='servicecontract_one_end_user'),
        ),
        migrations.AddConstraint(
            model_name='contractterms',
            constraint=models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('vendor', 'contract'), name='contractterms_one_latest'),
        ),
        Wall("ServiceContract", partners="partner"),
        Wall("ContractTerms", partners="partner"),
        Wall("SharingChoice", partners="partner"),
        Wall("RestrictedRead", partners="partner"),
        Wall("TakeOut", partners="partner"),
        migrations.AddField(
            model_name='servicecontract',
            name='terms',
            field=tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.contractterms'),
        ),
        ScopedKey('ServiceContract', 'terms'),
        migrations.RunSQL(*transitions_trigger("partners_takeout", "state", TAKE_OUT_STATES)),
    ]
