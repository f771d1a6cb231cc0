"""Hand-overs, stand-ins, and the service that a specialist looks after.

Old code keeps writing entries while this runs: the database fills in the service.
"""

import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.sql import transitions_trigger
from tenants.wall import Wall

# A frozen copy of the model's TRANSITIONS; a test compares it with the catalogue.
HAND_OVER_STATES = {"planned": {"done", "withdrawn"}}


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0012_partner_views'),
        ('tenants', '0006_second_factor'),
    ]

    operations = [
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('on', models.DateField(verbose_name='from')),
                ('note', models.TextField(blank=True, max_length=2000, verbose_name='note')),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('done', 'Done'), ('withdrawn', 'Taken back')], default='planned', max_length=10)),
                ('planned_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('entry', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.portfolioentry')),
                ('from_person', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person')),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner')),
                ('to_person', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'hand-over',
                'ordering': ['on', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'planned')), fields=('vendor', 'partner'), name='handover_one_planned'), models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('done_at__isnull', True)), _connector='OR'), name='handover_done')],
            },
        ),
        migrations.AddField(
            model_name='portfolioentry',
            name='scope',
            field=models.CharField(blank=True, db_default='', default='', max_length=20, verbose_name='service'),
        ),
        migrations.AlterField(
            model_name='portfolioentry',
            name='kind',
            field=models.CharField(choices=[('main', 'Account manager'), ('specialist', 'Specialist'), ('stand_in', 'Stand-in')], default='main', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='portfolioentry',
            constraint=models.CheckConstraint(condition=models.Q(('scope', ''), ('kind', 'specialist'), _connector='OR'), name='portfolioentry_scope'),
        ),
        migrations.AddConstraint(
            model_name='portfolioentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'stand_in'), _negated=True), ('until__isnull', False), _connector='OR'), name='portfolioentry_stand_in'),
        ),
        Wall("HandOver", partners="staff"),
        migrations.RunSQL(
            *transitions_trigger("partners_handover", "state", HAND_OVER_STATES)
        ),
    ]
