"""Who prepares for which exam; a partner sees it of its people up to the day they left."""

import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.wall import Wall

OURS = """
EXISTS (SELECT 1 FROM partners_employment e WHERE e.vendor_id = certifications_courseenrolment.vendor_id
        AND e.person_id = certifications_courseenrolment.person_id AND e.partner_id = {mine}
        AND (e.until IS NULL OR certifications_courseenrolment.since < e.until))
"""


class Migration(migrations.Migration):

    dependencies = [
        ('certifications', '0003_parts_and_attempts'),
        ('partners', '0005_roles_and_documents'),
        ('programs', '0008_longer_sweep_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='CourseEnrolment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('version', models.CharField(blank=True, max_length=40, verbose_name='version')),
                ('since', models.DateField(verbose_name='since')),
                ('until', models.DateField(null=True, verbose_name='until')),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('under_way', 'Under way'), ('passed', 'Passed'), ('dropped', 'Given up')], max_length=10, verbose_name='state')),
                ('done', models.JSONField(default=list, verbose_name='steps done')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('person', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='tenants.person')),
                ('track', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.track')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'enrolment',
                'ordering': ['-since', '-id'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state__in', ['planned', 'under_way'])), fields=('vendor', 'person', 'track'), name='enrolment_open_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['planned', 'under_way']), ('until__isnull', True)), models.Q(('state__in', ['passed', 'dropped']), ('until__isnull', False)), _connector='OR'), name='enrolment_open_or_over'),
                ],
            },
        ),
        Wall('CourseEnrolment', partners=OURS),
    ]
