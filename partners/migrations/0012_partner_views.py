"""Who looked through a partner's eyes, and when."""

import django.db.models.deletion
import tenants.rows
from django.db import migrations, models

from tenants.wall import Wall


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0011_relations'),
        ('tenants', '0006_second_factor'),
    ]

    operations = [
        migrations.CreateModel(
            name='PartnerView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=tenants.rows.NewPublicId(), editable=False, unique=True)),
                ('started_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('partner', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner')),
                ('person', tenants.rows.ScopedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.person')),
                ('vendor', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.vendor')),
            ],
            options={
                'ordering': ['-started_at', '-id'],
                'indexes': [models.Index(fields=['vendor', 'partner', '-started_at'], name='partnerview_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('started_at'))), name='partnerview_span')],
            },
        ),
        Wall("PartnerView", partners="partner"),
    ]
