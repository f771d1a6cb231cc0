"""Applications are drafted, vetted and asked about: states, the link to go on, checks."""

import django.contrib.postgres.fields
import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.sql import transitions_trigger
from tenants.wall import Wall

# Frozen copies of the model's TRANSITIONS; a test compares them with the catalogue.
BEFORE = {"submitted": {"approved", "refused"}}
STATES = {
    "draft": {"submitted"},
    "submitted": {"asked", "approved", "refused"},
    "asked": {"submitted", "approved", "refused"},
}
OLD, NEW = (transitions_trigger("partners_application", "state", s) for s in (BEFORE, STATES))


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0009_merged_customers'),
        ('programs', '0008_longer_sweep_keys'),
        ('tenants', '0005_event_by_instant'),
    ]

    operations = [
        migrations.CreateModel(
            name='CheckRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('title', models.CharField(max_length=120, verbose_name='check')),
                ('help', models.CharField(blank=True, help_text='What to look at, and where.', max_length=300, verbose_name='how')),
                ('mandatory', models.BooleanField(default=True, help_text='Nobody is approved without it.', verbose_name='mandatory')),
                ('partner_types', django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=60), blank=True, default=list, size=None, verbose_name='partner types')),
                ('order', models.PositiveSmallIntegerField(default=100, verbose_name='order')),
                ('archived_at', models.DateTimeField(blank=True, null=True, verbose_name='archived')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'check',
                'ordering': ['order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='VettingCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('outcome', models.CharField(choices=[('done', 'Done'), ('overridden', 'Set aside')], max_length=12, verbose_name='state')),
                ('remark', models.CharField(blank=True, max_length=500, verbose_name='remark')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('application', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='checks', to='partners.application')),
                ('by', tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person')),
                ('rule', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.checkrule')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'vetting',
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('vendor', 'application', 'rule'), name='vettingcheck_one'), models.CheckConstraint(condition=models.Q(('outcome', 'done'), models.Q(('remark', ''), _negated=True), _connector='OR'), name='vettingcheck_reason')],
            },
        ),
        migrations.RemoveConstraint(
            model_name='application',
            name='application_decision',
        ),
        migrations.AddField(
            model_name='application',
            name='answer',
            field=models.TextField(blank=True, db_default='', default='', max_length=4000, verbose_name='answer'),
        ),
        migrations.AddField(
            model_name='application',
            name='link_digest',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='application',
            name='link_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='application',
            name='question',
            field=models.TextField(blank=True, db_default='', default='', max_length=2000, verbose_name='what we ask'),
        ),
        migrations.AlterField(
            model_name='application',
            name='contact_name',
            field=models.CharField(blank=True, max_length=160, verbose_name='contact'),
        ),
        migrations.AlterField(
            model_name='application',
            name='country',
            field=models.CharField(blank=True, max_length=2, verbose_name='country'),
        ),
        migrations.AlterField(
            model_name='application',
            name='state',
            field=models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Waiting'), ('asked', 'Waiting for the applicant'), ('approved', 'Approved'), ('refused', 'Refused')], default='submitted', max_length=12, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='application',
            name='submitted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='received'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state__in', ['draft', 'submitted', 'asked'])), models.Q(('decided_at__isnull', False), ('resulting_partner__isnull', False), ('state', 'approved')), models.Q(('decided_at__isnull', False), ('state', 'refused'), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='application_decision'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'draft'), ('submitted_at__isnull', True)), models.Q(models.Q(('state', 'draft'), _negated=True), ('submitted_at__isnull', False), models.Q(('country', ''), _negated=True), models.Q(('contact_name', ''), _negated=True)), _connector='OR'), name='application_complete'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.UniqueConstraint(condition=models.Q(('link_digest', ''), _negated=True), fields=('vendor', 'link_digest'), name='application_link'),
        ),
        Wall("CheckRule", partners="staff"),
        Wall("VettingCheck", partners="staff"),
        migrations.RunSQL([OLD[1], NEW[0]], [NEW[1], OLD[0]]),
        # Backwards: older code knows neither drafts nor questions.
        migrations.RunSQL(
            migrations.RunSQL.noop,
            [
                "DELETE FROM partners_application WHERE state = 'draft'",
                "UPDATE partners_application SET state = 'submitted' WHERE state = 'asked'",
            ],
        ),
    ]
