"""Steps of onboarding that partners have done."""

import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.wall import Wall


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0013_hand_overs'),
        ('programs', '0008_longer_sweep_keys'),
        ('tenants', '0005_event_by_instant'),
    ]

    operations = [
        migrations.CreateModel(
            name='OnboardingStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('code', models.SlugField(max_length=60, verbose_name='step')),
                ('how', models.CharField(choices=[('met', 'Met'), ('ticked', 'Ticked'), ('waived', 'Set aside')], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('done_on', models.DateField(verbose_name='done')),
                ('at', models.DateTimeField()),
                ('by', tenants.rows.ScopedForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person')),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='onboarding_steps', to='partners.partner')),
                ('partner_type', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.partnertype')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'verbose_name': 'onboarding step',
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('vendor', 'partner', 'partner_type', 'code'), name='onboardingstep_one'), models.CheckConstraint(condition=models.Q(models.Q(('how', 'waived'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='onboardingstep_reason')],
            },
        ),
        Wall("OnboardingStep", partners="partner"),
    ]
