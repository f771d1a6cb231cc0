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
            ],
            options={
                'verbose_name': 'hand-over',
                'ordering': ['on', 'id'],
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
        migrations.AddField(
            model_name='handover',
            name='entry',
            field=tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.portfolioentry'),
        ),
        migrations.AddField(
            model_name='handover',
            name='from_person',
            field=tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person'),
        ),
        migrations.AddField(
            model_name='handover',
            name='partner',
            field=tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner'),
        ),
        migrations.AddField(
            model_name='handover',
            name='to_person',
            field=tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person'),
        ),
        migrations.AddField(
            model_name='handover',
            name='vendor',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'planned')), fields=('vendor', 'partner'), name='handover_one_planned'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('done_at__isnull', True)), _connector='OR'), name='handover_done'),
        ),
        Wall("HandOver", partners="staff"),
        migrations.RunSQL(
            *transitions_trigger("partners_handover", "state", HAND_OVER_STATES)
        ),
    ]
