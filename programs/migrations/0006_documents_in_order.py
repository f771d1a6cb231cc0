"""Documents keep the order in which their author wrote the keys: ``json`` instead of ``jsonb``."""

from django.db import migrations

import programs.models


class Migration(migrations.Migration):
    dependencies = [("programs", "0005_announced_wall")]

    operations = [
        migrations.AlterField("programversion", "document", programs.models.DocumentField()),
        migrations.AlterField("programdraft", "document", programs.models.DocumentField()),
    ]
