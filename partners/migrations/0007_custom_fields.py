"""Custom fields: definitions, values on the rows, internal values behind the staff wall."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.wall import Wall


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0006_contracts'),
        ('tenants', '0005_event_by_instant'),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('subject', models.CharField(choices=[('application', 'Application'), ('partner', 'Partner'), ('customer', 'Customer')], max_length=12, verbose_name='on')),
                ('code', models.SlugField(help_text='Small letters, digits and _: the name in the API and in files. It stays.', max_length=40, verbose_name='code')),
                ('label', models.CharField(max_length=80, verbose_name='label')),
                ('help', models.CharField(blank=True, help_text='A sentence under the field.', max_length=200, verbose_name='help')),
                ('kind', models.CharField(choices=[('text', 'Text'), ('long_text', 'Long text'), ('integer', 'Whole number'), ('decimal', 'Decimal number'), ('money', 'Money with currency'), ('date', 'Date'), ('boolean', 'Yes or no'), ('choice', 'Choice'), ('several', 'Several choices'), ('url', 'Web address'), ('email', 'E-mail address'), ('country', 'Country'), ('document', 'Document')], max_length=12, verbose_name='kind')),
                ('choices', models.JSONField(blank=True, default=list, verbose_name='choices')),
                ('minimum', models.CharField(blank=True, help_text='Numbers, money and dates.', max_length=40, verbose_name='at least')),
                ('maximum', models.CharField(blank=True, help_text='Numbers, money and dates; for texts the most characters.', max_length=40, verbose_name='at most')),
                ('required', models.BooleanField(default=False, verbose_name='required')),
                ('partner_types', django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=60), blank=True, default=list, size=None, verbose_name='partner types')),
                ('access', models.CharField(choices=[('writes', 'The partner fills it in'), ('reads', 'The partner reads it'), ('internal', 'Internal: only our staff')], default='writes', max_length=10, verbose_name='who sees it')),
                ('section', models.CharField(blank=True, help_text='Fields of one section stand together under its name.', max_length=80, verbose_name='section')),
                ('order', models.PositiveSmallIntegerField(default=100, verbose_name='order')),
                ('archived_at', models.DateTimeField(blank=True, null=True, verbose_name='archived')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'custom field',
                'ordering': ['subject', 'order', 'id'],
                'constraints': [models.UniqueConstraint(fields=('vendor', 'subject', 'code'), name='customfield_code'), models.CheckConstraint(condition=models.Q(('code__regex', '^[a-z][a-z0-9_]*$')), name='customfield_code_words'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'document'), _negated=True), ('subject', 'application'), _connector='OR'), name='customfield_document')],
            },
        ),
        migrations.CreateModel(
            name='InternalValues',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('values', models.JSONField(blank=True, default=dict)),
                ('customer', tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='internal_values', to='partners.customer')),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='internal_values', to='partners.partner')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'internal values',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['values'], name='internalvalues_find', opclasses=['jsonb_path_ops'])],
                'constraints': [models.UniqueConstraint(fields=('vendor', 'partner', 'customer'), name='internalvalues_one', nulls_distinct=False)],
            },
        ),
        migrations.AddField(
            model_name='application',
            name='custom',
            field=models.JSONField(blank=True, db_default={}, default=dict, verbose_name='custom fields'),
        ),
        migrations.AddField(
            model_name='customer',
            name='custom',
            field=models.JSONField(blank=True, db_default={}, default=dict, verbose_name='custom fields'),
        ),
        migrations.AddField(
            model_name='partner',
            name='custom',
            field=models.JSONField(blank=True, db_default={}, default=dict, verbose_name='custom fields'),
        ),
        Wall("CustomField", partners="access <> 'internal'"),
        Wall("InternalValues", partners="staff"),
    ]
