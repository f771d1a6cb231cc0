"""One case per partner that merges its reasons."""

import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.sql import transitions_trigger
from tenants.wall import Wall

# A frozen copy of the model's TRANSITIONS; a test compares it with the catalogue.
CASE_STATES = {"open": {"closed"}}


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('partners', '0006_contracts'),
        ('tenants', '0006_second_factor'),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('state', models.CharField(choices=[('open', 'Open'), ('closed', 'Closed')], default='open', max_length=6, verbose_name='state')),
                ('seats', models.PositiveIntegerField(default=0, verbose_name='seats at stake')),
                ('opened_on', models.DateField(verbose_name='opened')),
                ('snoozed_until', models.DateField(blank=True, null=True, verbose_name='snoozed until')),
                ('remark', models.CharField(blank=True, max_length=500, verbose_name='remark')),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person')),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='partners.partner')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'case',
                'ordering': ['-seats', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('vendor', 'partner'), name='case_one_open'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state', 'open')), models.Q(('closed_at__isnull', False), ('state', 'closed')), _connector='OR'), name='case_closed')],
            },
        ),
        migrations.CreateModel(
            name='CaseReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('kind', models.SlugField(max_length=20)),
                ('key', models.CharField(blank=True, max_length=200)),
                ('seats', models.PositiveIntegerField(default=0)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('data', models.JSONField(default=dict)),
                ('since', models.DateField()),
                ('until', models.DateField(blank=True, null=True)),
                ('case', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reasons', to='scorecards.case')),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'ordering': ['-seats', 'due_on', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('vendor', 'partner', 'kind', 'key'), name='casereason_once'), models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='casereason_span')],
            },
        ),
        Wall("Case", partners="staff"),
        Wall("CaseReason", partners="staff"),
        migrations.RunSQL(*transitions_trigger("scorecards_case", "state", CASE_STATES)),
    ]
