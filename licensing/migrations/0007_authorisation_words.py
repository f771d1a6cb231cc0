"""People read "authorisation" on deployments and reservations; no statement in the database."""

import django.db.models.deletion
from django.db import migrations

import tenants.rows


class Migration(migrations.Migration):
    dependencies = [("licensing", "0006_move_walls")]

    operations = [
        migrations.AlterField(
            model_name="deployment",
            name="authorization",
            field=tenants.rows.ScopedForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="licensing.authorization",
                verbose_name="authorisation",
            ),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="authorization",
            field=tenants.rows.ScopedForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="licensing.authorization",
                verbose_name="authorisation",
            ),
        ),
    ]
