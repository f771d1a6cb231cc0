"""A message may be dropped: its reader left, or what it tells of was settled."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0007_webhook_begins'),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='state',
            field=models.CharField(choices=[('pending', 'Waiting'), ('sent', 'Sent'), ('failed', 'Given up'), ('dropped', 'Not sent any more')], default='pending', max_length=8),
        ),
    ]
